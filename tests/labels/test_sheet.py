"""Label sheets: every label is printed, rasterised and decoded; positions are measured in the PDF's own geometry."""

import re
from concurrent.futures import ThreadPoolExecutor

import pypdfium2
import pytest

from labels import fonts
from labels.errors import (
    CopiesOutOfRange,
    FontMissing,
    LabelError,
    NothingToPrint,
    OffsetOutOfRange,
    StartOutOfRange,
    TooManyLabels,
    UnknownStock,
)
from labels.sheet import sheet_pdf
from labels.stock import STOCKS, Sheet, sheet
from tests.labels.reading import MM, Area, close_up, crop, decode, label, labels, pages, paths, runs, text

SHEETS = [stock for stock in STOCKS.values() if isinstance(stock, Sheet)]


@pytest.mark.parametrize("stock", SHEETS, ids=lambda stock: stock.id)
def test_every_label_of_a_full_sheet_decodes_from_its_own_face(stock: Sheet) -> None:
    printed = labels(stock.faces)
    made = sheet_pdf(printed, stock.id)
    assert made.pages == 1
    [page] = pages(made.pdf)
    for face, one in enumerate(printed, start=1):
        found = decode(crop(page, *stock.corner(face), stock.face_width, stock.face_height))
        qr_code = found[-1]
        assert (qr_code.format, qr_code.text) == ("QR Code", one.url)
        assert qr_code.level in ("M", "Q", "H")
        bars = [(read.format, read.text) for read in found[:-1]]
        assert bars == ([("Code 128", one.number)] if stock.has_code128 else []), face


@pytest.mark.parametrize("stock", [stock for stock in SHEETS if stock.has_code128], ids=lambda stock: stock.id)
def test_bars_measure_at_least_0_375_mm_and_are_even(stock: Sheet) -> None:
    made = sheet_pdf([label()], stock.id)
    qr_code, bars = paths(made.pdf)
    module = bars.width / 79
    assert module >= 0.375
    # At 2,400 dpi a module is many pixels; every run must be a whole number of modules.
    middle = (bars.top + bars.bottom) / 2
    strip = close_up(made.pdf, Area(bars.left, middle - 0.5, bars.right, middle + 0.5), 2400)
    line = strip.tobytes()[strip.width * (strip.height // 2) :][: strip.width]
    dots = module / 25.4 * 2400
    lengths = [length for _, length in runs([value < 128 for value in line])]
    assert sum(round(length / dots) for length in lengths) == 79
    assert all(abs(length / dots - round(length / dots)) < 0.06 for length in lengths)
    assert qr_code.width == pytest.approx(qr_code.height)


def dark_in(pdf: bytes, area: Area) -> bool:
    return min(close_up(pdf, area, 600).tobytes()) < 128


@pytest.mark.parametrize("stock", SHEETS, ids=lambda stock: stock.id)
def test_quiet_zones_are_white_and_inside_the_face(stock: Sheet) -> None:
    made = sheet_pdf([label()], stock.id)
    qr_code, *bars = paths(made.pdf)
    left, top = stock.corner(1)
    four = 4 * qr_code.width / 29  # The link of the test labels is a version 3 code: 29 modules.
    assert qr_code.width / 29 >= (0.42 if stock.id != "72244" else 0.40)
    assert left <= qr_code.left - four and top <= qr_code.top - four
    slack = 0.03
    around = [
        Area(qr_code.left - four, qr_code.top - four, qr_code.right + four, qr_code.top - slack),
        Area(qr_code.left - four, qr_code.bottom + slack, qr_code.right + four, qr_code.bottom + four),
        Area(qr_code.left - four, qr_code.top, qr_code.left - slack, qr_code.bottom),
        Area(qr_code.right + slack, qr_code.top, qr_code.right + four, qr_code.bottom),
    ]
    for bar in bars:
        ten = 10 * bar.width / 79
        around += [
            Area(bar.left - ten, bar.top, bar.left - slack, bar.bottom),
            Area(bar.right + slack, bar.top, bar.right + ten, bar.bottom),
        ]
        assert left <= bar.left - ten and bar.right + ten <= left + stock.face_width
    assert dark_in(made.pdf, qr_code)
    assert [area for area in around if dark_in(made.pdf, area)] == []


def test_pdf_is_vector_with_embedded_subsets_and_asks_for_no_scaling() -> None:
    pdf = sheet_pdf(labels(24)).pdf
    assert not re.search(rb"/Subtype\s*/Image|/XObject", pdf)
    # An inline image would be an object of the page as well.
    kinds = {item.type for item in pypdfium2.PdfDocument(pdf)[0].get_objects()}
    assert kinds == {pypdfium2.raw.FPDF_PAGEOBJ_PATH, pypdfium2.raw.FPDF_PAGEOBJ_TEXT}
    assert pdf.count(b"/FontFile2") >= 2
    assert re.search(rb"/BaseFont /[A-Z]{6}\+BIZUDPGothic", pdf)
    assert b"/PrintScaling /None" in pdf and b"/Lang (ja-JP)" in pdf
    document = pypdfium2.PdfDocument(pdf)
    assert document.get_metadata_value("Title") == "管理ラベル エーワン 72224"
    assert [round(side * MM, 2) for side in document[0].get_size()] == [210.0, 297.0]


def test_japanese_text_can_be_taken_out_of_the_pdf() -> None:
    found = text(sheet_pdf([label()]).pdf)
    for words in ("前橋市 講座用スマートフォン", "MB-S-0016", "16", "4821 7390", "電話 027-000-1234", "困ったときは、"):
        assert words in found


def test_same_order_gives_the_same_bytes() -> None:
    assert sheet_pdf(labels(30), copies=2).pdf == sheet_pdf(labels(30), copies=2).pdf


def test_sheets_made_at_the_same_time_do_not_mix() -> None:
    # The fonts are shared by the whole process; each document must still get the glyphs of its own text.
    orders = [
        [label(title=f"{name}公民館") for name in names]
        for names in ("大胡", "粕川", "富士見", "宮城", "上川淵", "芳賀")
    ]
    alone = [sheet_pdf(order).pdf for order in orders]
    with ThreadPoolExecutor(6) as pool:
        assert [made.pdf for made in pool.map(sheet_pdf, orders * 4)] == alone * 4


def test_sheet_begins_at_the_chosen_face() -> None:
    for start in (1, 5, 24):
        first = paths(sheet_pdf([label()], start=start).pdf)[0]
        left, top = sheet("72224").corner(start)
        origin = paths(sheet_pdf([label()]).pdf)[0]
        assert first.left - origin.left == pytest.approx(left - 6.0, abs=0.005)
        assert first.top - origin.top == pytest.approx(top - 12.9, abs=0.005)


def test_second_page_begins_at_its_first_face() -> None:
    made = sheet_pdf(labels(3), start=23)
    assert made.pages == 2
    assert len(paths(made.pdf, 0)) == 4 and len(paths(made.pdf, 1)) == 2
    assert paths(made.pdf, 1)[0].left == pytest.approx(paths(sheet_pdf([label()]).pdf)[0].left, abs=0.005)


def test_copies_stand_side_by_side() -> None:
    two = [label("48217390"), label("00000018")]
    made = sheet_pdf(two, copies=3, start=2)
    stock = sheet("72224")
    [page] = pages(made.pdf)
    read = [decode(crop(page, *stock.corner(face), 66.0, 33.9)) for face in range(1, 9)]
    assert [found[0].text if found else "" for found in read] == ["", *["48217390"] * 3, *["00000018"] * 3, ""]


def test_offset_moves_everything_right_and_down_by_that_much() -> None:
    here = paths(sheet_pdf([label()], frame=True).pdf)
    there = paths(sheet_pdf([label()], frame=True, offset_x=1.0, offset_y=-0.4).pdf)
    moved = [(round(b.left - a.left, 2), round(b.top - a.top, 2)) for a, b in zip(here, there, strict=True)]
    # The ruler and its two ticks stay: they measure the printer, not the labels.
    assert sorted(moved) == sorted([(1.0, -0.4)] * 26 + [(0.0, 0.0)] * 3)
    words = [sheet_pdf([label()], offset_x=offset).pdf for offset in (0.0, 1.0)]
    edges = [pypdfium2.PdfDocument(pdf)[0].get_textpage().get_charbox(0)[0] * MM for pdf in words]
    assert edges[1] - edges[0] == pytest.approx(1.0, abs=0.01)


def test_frame_page_outlines_every_face_without_labels() -> None:
    made = sheet_pdf([], frame=True)
    assert made.pages == 1 and made.warnings == []
    outlines = [area for area in paths(made.pdf) if area.height > 30]
    assert len(outlines) == 24
    for face, area in enumerate(outlines, start=1):
        left, top = sheet("72224").corner(face)
        # The bounds of an outline include its stroke.
        assert area.left == pytest.approx(left, abs=0.2) and area.top == pytest.approx(top, abs=0.2)
        assert area.width == pytest.approx(66.0, abs=0.4) and area.height == pytest.approx(33.9, abs=0.4)
    ruler = max((area for area in paths(made.pdf) if area.height < 1), key=lambda area: area.width)
    assert ruler.width == pytest.approx(100.0, abs=0.4)
    assert {str(face) for face in range(1, 25)} <= set(text(made.pdf).split())


def test_framed_labels_still_decode() -> None:
    stock = sheet("72224")
    made = sheet_pdf(labels(26), frame=True)
    assert made.pages == 2
    outlines = [[area for area in paths(made.pdf, page) if area.width > 60 and area.height > 30] for page in (0, 1)]
    assert [len(found) for found in outlines] == [24, 24]
    page = pages(made.pdf)[0]
    assert [read.text for read in decode(crop(page, *stock.corner(24), 66.0, 33.9))] == [
        labels(26)[23].number,
        labels(26)[23].url,
    ]


def test_warnings_name_the_text_once_however_often_it_is_printed() -> None:
    made = sheet_pdf([label(title="前橋市 𠮷田自治会")] * 3, copies=2)
    assert len(made.warnings) == 1 and "𠮷" in made.warnings[0]
    assert "前橋市 〓田自治会" in text(made.pdf)
    assert sheet_pdf([label()]).warnings == []


def test_a_thousand_labels_stay_under_a_megabyte() -> None:
    made = sheet_pdf(labels(1000))
    assert made.pages == 42
    assert len(made.pdf) <= 1_000_000
    assert len(paths(made.pdf, 41)) == 2 * 16


@pytest.mark.parametrize(
    ("arguments", "refusal", "field"),
    [
        ({"stock": "L7160"}, UnknownStock, "stock"),
        ({"stock": "ql-62"}, UnknownStock, "stock"),
        ({"start": 0}, StartOutOfRange, "start"),
        ({"start": 25}, StartOutOfRange, "start"),
        ({"copies": 0}, CopiesOutOfRange, "copies"),
        ({"copies": 51}, CopiesOutOfRange, "copies"),
        ({"offset_x": 10.1}, OffsetOutOfRange, "offset_x"),
        ({"offset_y": float("nan")}, OffsetOutOfRange, "offset_y"),
        ({"offset_y": float("-inf")}, OffsetOutOfRange, "offset_y"),
    ],
)
def test_argument_out_of_range_is_refused_by_name(
    arguments: dict[str, object], refusal: type[LabelError], field: str
) -> None:
    with pytest.raises(refusal) as raised:
        sheet_pdf([label()], **arguments)  # type: ignore[arg-type]
    assert raised.value.field == field and isinstance(raised.value, ValueError)


def test_edges_of_the_ranges_are_allowed() -> None:
    assert sheet_pdf([label()], "72265", start=65, copies=50, offset_x=-10.0, offset_y=10.0).pages == 2


def test_nothing_and_too_much_are_refused() -> None:
    with pytest.raises(NothingToPrint):
        sheet_pdf([])
    with pytest.raises(TooManyLabels):
        sheet_pdf([label()] * 101, copies=50)


def test_missing_font_says_which_command_fetches_it(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr(fonts, "FOLDER", tmp_path)
    with pytest.raises(FontMissing, match="make assets"):
        fonts.font_file(bold=True)
