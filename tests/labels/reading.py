"""What the label tests read back: pages as pixels, codes out of pixels, ink out of PDF geometry. All lengths in mm."""

import io
from dataclasses import dataclass
from typing import Any

import pypdfium2
import zxingcpp
from PIL import Image

from labels.face import Label
from labels.qr import label_url

PUBLIC_URL = "https://lend.city.example.jp"
PAGE_HEIGHT = 297.0
MM = 25.4 / 72


def label(number: str = "48217390", **other: Any) -> Label:
    """A label of the demo city; ``other`` replaces single fields."""
    words: dict[str, Any] = {
        "url": label_url(PUBLIC_URL, number),
        "number": number,
        "asset_number": "MB-S-0016",
        "call_number": 16,
        "title": "前橋市 講座用スマートフォン",
        "phone": "027-000-1234",
    }
    return Label(**(words | other))


def labels(count: int) -> list[Label]:
    """Labels of every sort: with and without call number, blank, venue; one number begins with zeros."""
    made = [label("00000018", asset_number="A", call_number=8)]
    for i in range(1, count):
        number = f"{(48217390 + i * 7654321) % 10**8:08d}"
        made.append(
            label(
                number,
                asset_number=None if i % 5 == 0 else f"MB-S-{i:04d}",
                call_number=None if i % 3 == 0 else i % 99 + 1,
                title="大胡公民館" if i % 10 == 0 else "前橋市 講座用スマートフォン",
            )
        )
    return made[:count]


@dataclass(frozen=True)
class Read:
    format: str
    text: str
    level: str


def decode(image: Image.Image) -> list[Read]:
    """Every code of any kind in the picture, sorted: a false extra read would show."""
    found = zxingcpp.read_barcodes(image)
    return sorted(
        (Read(str(code.format), code.text, str(code.ec_level)) for code in found), key=lambda read: read.format
    )


def pages(pdf: bytes, dots_per_inch: int = 300) -> list[Image.Image]:
    return [page.render(scale=dots_per_inch / 72).to_pil().convert("L") for page in pypdfium2.PdfDocument(pdf)]


def text(pdf: bytes) -> str:
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))


@dataclass(frozen=True)
class Area:
    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def holds(self, other: "Area") -> bool:
        across = self.left <= other.left and other.right <= self.right
        return across and self.top <= other.top and other.bottom <= self.bottom

    def overlaps(self, other: "Area") -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def crop(page: Image.Image, left: float, top: float, width: float, height: float) -> Image.Image:
    """The picture of one place on a page of 300 dpi."""
    scale = 300 / 25.4
    edges = [round(edge * scale) for edge in (left, top, left + width, top + height)]
    return page.crop((edges[0], edges[1], edges[2], edges[3]))


def close_up(pdf: bytes, area: Area, dots_per_inch: int) -> Image.Image:
    """One place of the first page, rendered alone at a high resolution."""
    page = pypdfium2.PdfDocument(pdf)[0]
    width, height = page.get_size()
    edges = (area.left / MM, height - area.bottom / MM, width - area.right / MM, area.top / MM)
    return page.render(scale=dots_per_inch / 72, crop=edges).to_pil().convert("L")  # type: ignore[no-any-return]


def paths(pdf: bytes, page: int = 0) -> list[Area]:
    """Where the filled or stroked paths of a page stand, in drawing order, from the top left corner of the sheet."""
    found = []
    for item in pypdfium2.PdfDocument(pdf)[page].get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_PATH]):
        left, bottom, right, top = item.get_bounds()
        found.append(Area(left * MM, PAGE_HEIGHT - top * MM, right * MM, PAGE_HEIGHT - bottom * MM))
    return found


def png(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def runs(row: list[bool]) -> list[tuple[bool, int]]:
    """``[(dark, length)]`` of a row of pixels."""
    out: list[tuple[bool, int]] = []
    for dark in row:
        if out and out[-1][0] == dark:
            out[-1] = (dark, out[-1][1] + 1)
        else:
            out.append((dark, 1))
    return out
