"""The SVG preview: the same face as on paper, and harmless whatever stands in the ledger."""

import re
from xml.etree import ElementTree

import pytest
from PIL import Image, ImageDraw

from labels.face import Label
from labels.preview import face_svg
from tests.labels.reading import decode, label

SVG = "{http://www.w3.org/2000/svg}"


def parsed(one: Label) -> ElementTree.Element:
    return ElementTree.fromstring(face_svg(one))


def test_preview_names_itself_and_measures_tenths_of_millimetres() -> None:
    root = parsed(label())
    assert root.get("viewBox") == "0 0 660 339" and root.get("role") == "img"
    about = root.get("aria-label") or ""
    assert "備品番号 MB-S-0016" in about and "呼び番号 16" in about and "ラベル番号 4821 7390" in about
    blank = parsed(label(asset_number=None, call_number=None)).get("aria-label") or ""
    assert "前橋市 講座用スマートフォン" in blank and "番号 4821 7390" in blank and "呼び番号" not in blank


def test_preview_shows_the_same_codes_as_the_paper() -> None:
    image = Image.new("L", (660 * 3, 339 * 3), 255)
    pen = ImageDraw.Draw(image)
    for path in parsed(label()).findall(f"{SVG}path"):
        x, y, across, down = (float(value) * 3 for value in re.findall(r"[\d.]+", path.get("transform") or ""))
        for column, row, length in re.findall(r"M(\d+) (\d+)h(\d+)", path.get("d") or ""):
            left, top = x + int(column) * across, y + int(row) * down
            pen.rectangle((left, top, left + int(length) * across - 1, top + down - 1), fill=0)
    assert [read.text for read in decode(image)] == [label().number, label().url]


def test_preview_needs_no_script_style_or_outside_address() -> None:
    for element in parsed(label()).iter():
        assert element.tag in {f"{SVG}{name}" for name in ("svg", "rect", "path", "text")}
        assert not [name for name in element.attrib if name == "style" or name.startswith("on") or "href" in name]


@pytest.mark.parametrize(
    "payload", ['"><script>alert(1)</script>', "<svg onload=alert(1)>", "a & b's", "\x00\x0b\ud800x"]
)
def test_payload_in_any_text_stays_text(payload: str) -> None:
    hostile = label(title=payload, asset_number=payload, phone=payload)
    for one in (hostile, label(title=payload, asset_number=None)):
        root = parsed(one)
        assert {element.tag for element in root.iter()} == {f"{SVG}{name}" for name in ("svg", "rect", "path", "text")}
        assert not [name for element in root.iter() for name in element.attrib if name.startswith("on")]
