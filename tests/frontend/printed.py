"""What a camera sees: labels as they come out of the printer, in a photo and in a video."""

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from labels.face import Label
from labels.qr import label_url
from labels.sheet import sheet_pdf
from labels.stock import sheet
from tests.labels.reading import crop, pages

TABLE = (176, 164, 148)  # The table a label is held over.


def label_of(public_url: str, asset_number: str, number: str) -> Label:
    return Label(
        url=label_url(public_url, number),
        number=number,
        asset_number=asset_number,
        call_number=int(asset_number[-2:]),
        title="前橋市 講座用スマートフォン",
        phone="027-000-1234",
    )


def photo(labels: Sequence[Label]) -> bytes:
    """A JPEG of a sheet of these labels, as a telephone takes it of the sheet on a table."""
    [page] = pages(sheet_pdf(labels).pdf, 200)
    table = Image.new("RGB", (page.width + 120, page.height + 120), TABLE)
    table.paste(page.convert("RGB"), (60, 60))
    return _jpeg(table.rotate(1.5, resample=Image.Resampling.BICUBIC, fillcolor=TABLE))


def video(file: Path, label: Label, *, shown: int, away: int) -> None:
    """Motion JPEG for Chromium's fake camera, 30 frames a second: the label is there for some frames, then away."""
    paper = sheet("72224")
    [page] = pages(sheet_pdf([label]).pdf)
    left, top = paper.corner(1)
    face = crop(page, left, top, paper.face_width, paper.face_height).convert("RGB")
    face = face.resize((520, round(520 * face.height / face.width)), Image.Resampling.LANCZOS)
    empty = Image.new("RGB", (640, 480), TABLE)
    held = empty.copy()
    held.paste(face.rotate(4, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=TABLE), (48, 90))
    file.write_bytes(_jpeg(held) * shown + _jpeg(empty) * away)


def _jpeg(picture: Image.Image) -> bytes:
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=85)
    return target.getvalue()
