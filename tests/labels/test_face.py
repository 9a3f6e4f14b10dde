"""One composed face: nothing overlaps, nothing leaves the face, no text is lost in silence."""

from dataclasses import replace
from typing import Any

import pytest

from labels import code128, qr
from labels.errors import CallNumberOutOfRange, LinkTooLong, NumberMalformed, NumberMismatch, UnknownStock
from labels.face import Ink, Text, compose, warnings
from labels.layout import WIDE, Layout
from labels.stock import PAGE_HEIGHT, PAGE_WIDTH, STOCKS, Sheet, Tape, sheet, tape
from tests.labels.reading import Area, label

VARIANTS = {
    "device": label(),
    "device without call number": label(call_number=None),
    "blank": label(asset_number=None, call_number=None),
    "blank with call number": label(asset_number=None),
    "widest digits": label("88888888", call_number=88, asset_number="W" * 32, title="会" * 80),
    "no phone": label(phone=""),
    "long link": label(url="HTTPS://" + "A" * 75 + "/T/48217390"),
}


def sizes(layout: Layout) -> int:
    return 300 if layout is STOCKS["ql-62"].layout else 600


def code_areas(ink: Ink) -> tuple[Area, Area]:
    """The dark area, and the area that must stay clear of text."""
    columns = max(column + length for column, _, length in ink.runs)
    rows = max(row for _, row, _ in ink.runs) + 1
    dark = Area(ink.x, ink.y, ink.x + columns * ink.module, ink.y + rows * ink.row_height)
    aside = ink.module * (code128.QUIET if rows == 1 else qr.QUIET)
    above = 0.0 if rows == 1 else aside
    return dark, Area(dark.left - aside, dark.top - above, dark.right + aside, dark.bottom + above)


def text_area(text: Text) -> Area:
    """Digits and capitals are 0.77 em high and sit on the base line; Japanese type is taller and reaches below it."""
    japanese = not text.content.isascii()
    above, below = (0.83, 0.1) if japanese else (0.78, 0.02)
    return Area(text.x, text.baseline - above * text.size, text.x + text.width, text.baseline + below * text.size)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("stock", STOCKS)
def test_codes_and_texts_keep_clear_of_each_other_and_of_the_edge(stock: str, variant: str) -> None:
    layout = STOCKS[stock].layout
    face = compose(VARIANTS[variant], layout, sizes(layout))
    areas = [text_area(text) for text in face.texts]
    edge = Area(0, 0, layout.width, layout.height)
    for i, area in enumerate(areas):
        assert edge.holds(area), face.texts[i]
        for j in range(i):
            assert not area.overlaps(areas[j]), (face.texts[i], face.texts[j])
        for ink in face.codes:
            assert not area.overlaps(code_areas(ink)[1]), face.texts[i]
    for ink in face.codes:
        quiet = code_areas(ink)[1]
        assert edge.holds(quiet)
        for other in face.codes:
            assert other is ink or not quiet.overlaps(code_areas(other)[0])


@pytest.mark.parametrize("stock", STOCKS)
def test_modules_are_wide_enough_and_whole_dots(stock: str) -> None:
    layout = STOCKS[stock].layout
    dots = sizes(layout)
    face = compose(label(), layout, dots)
    for ink in face.codes:
        assert ink.module * dots / 25.4 == pytest.approx(round(ink.module * dots / 25.4))
    assert face.codes[0].module >= layout.qr_narrowest
    if STOCKS[stock].has_code128:
        assert face.codes[1].module >= code128.NARROWEST
    assert len(face.codes) == (2 if STOCKS[stock].has_code128 else 1)


def test_only_the_smallest_stock_goes_without_bars() -> None:
    assert [stock.id for stock in STOCKS.values() if not stock.has_code128] == ["72265"]


@pytest.mark.parametrize("stock", [stock for stock in STOCKS.values() if isinstance(stock, Sheet)])
def test_faces_lie_on_the_page_side_by_side_and_centred_across(stock: Sheet) -> None:
    left, top = stock.corner(1)
    right, bottom = stock.corner(stock.faces)
    right, bottom = right + stock.face_width, bottom + stock.face_height
    assert left >= 0 and top >= 0 and right <= PAGE_WIDTH and bottom <= PAGE_HEIGHT
    assert left == pytest.approx(PAGE_WIDTH - right, abs=0.1)
    assert top == pytest.approx(PAGE_HEIGHT - bottom, abs=1.0)
    assert stock.pitch_x >= stock.face_width and stock.pitch_y >= stock.face_height
    assert (stock.layout.width, stock.layout.height) == (stock.face_width, stock.face_height)


def test_face_counts_are_those_of_the_makers() -> None:
    counts = {stock.id: stock.faces for stock in STOCKS.values() if isinstance(stock, Sheet)}
    assert counts == {"72224": 24, "72244": 44, "72212": 12, "72265": 65, "31514": 10}
    assert sheet("72224").corner(5) == (72.0, 46.8)


def test_stocks_describe_themselves_for_the_list() -> None:
    described = {stock.id: (stock.name, stock.size) for stock in STOCKS.values()}
    assert described["72224"] == ("エーワン 72224", "A4に24面　66.0×33.9 mm")
    assert described["ql-62"] == ("ブラザー QL 62 mm", "ロール紙　1枚ずつ切れます")
    assert list(described) == list(STOCKS)


def test_sheet_and_tape_know_their_own_stocks_only() -> None:
    assert isinstance(tape("ql-62"), Tape) and tape("ql-62").dots == 696
    with pytest.raises(UnknownStock):
        sheet("ql-62")
    with pytest.raises(UnknownStock):
        tape("72224")
    with pytest.raises(UnknownStock):
        sheet("L7160")


def contents(**other: Any) -> dict[str, str]:
    return {text.field: text.content for text in compose(label(**other), WIDE).texts}


def test_face_says_what_the_label_says() -> None:
    assert contents() == {
        "title": "前橋市 講座用スマートフォン",
        "asset_number": "MB-S-0016",
        "call_number": "16",
        "hint_1": "困ったときは、",
        "hint_2": "左の四角をカメラで",
        "hint_3": "読み取ってください",
        "number_caption": "ラベル番号",
        "number": "4821 7390",
        "phone": "電話 027-000-1234",
    }


def test_blank_label_carries_its_title_large_and_no_asset_number() -> None:
    blank = contents(asset_number=None, call_number=None, phone="")
    assert blank["name"] == "前橋市 講座用スマートフォン"
    assert not {"title", "asset_number", "call_number", "phone"} & set(blank)
    assert blank["hint_first"] + blank["hint_last"] == "困ったときは、左の四角をカメラで読み取ってください"


def test_call_number_is_the_largest_text() -> None:
    texts = {text.field: text.size for text in compose(label(), WIDE).texts}
    assert texts["call_number"] >= 1.8 * max(size for field, size in texts.items() if field != "call_number")


def test_missing_character_becomes_geta_and_is_reported_once() -> None:
    rare = label(title="前橋市 𠮷田自治会")
    assert contents(title="前橋市 𠮷田自治会")["title"] == "前橋市 〓田自治会"
    found = warnings([rare, replace(rare, call_number=17)], WIDE)
    assert len(found) == 1 and "𠮷" in found[0] and "〓" in found[0]


def test_names_of_the_region_print_without_a_warning() -> None:
    title = "髙橋 﨑 橳島町 桝 德 ①"
    assert contents(title=title)["title"] == title
    assert warnings([label(title=title)], WIDE) == []


def test_asked_for_variant_shape_is_reported_not_changed_in_silence() -> None:
    title = "葛\U000e0101飾公民館"
    assert contents(title=title)["title"] == "〓飾公民館"
    assert "葛" in warnings([label(title=title)], WIDE)[0]


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("か\u3099んばる", "がんばる"),
        ("前橋市\n\t公民館\u200b", "前橋市 公民館"),
        ("  大胡　公民館 ", "大胡 公民館"),
        ("☎\ufe0f", "☎"),
    ],
)
def test_text_is_composed_and_blanks_are_joined(typed: str, printed: str) -> None:
    assert contents(title=typed)["title"] == printed
    assert warnings([label(title=typed)], WIDE) == []


def test_long_text_shrinks_first_and_is_cut_last() -> None:
    def title(text: str) -> Text:
        return next(found for found in compose(label(title=text), WIDE).texts if found.field == "title")

    usual, shrunk, cut = title("会" * 13), title("会" * 16), title("会" * 40)
    assert usual.size == 2.9 and usual.content == "会" * 13
    assert 2.1 < shrunk.size < 2.9 and shrunk.content == "会" * 16 and shrunk.width <= 39.4 + 1e-6
    assert cut.size == 2.1 and cut.content.endswith("…") and len(cut.content) > 16 and cut.width <= 39.4
    assert warnings([label(title="会" * 16)], WIDE) == []
    assert len(warnings([label(title="会" * 40)], WIDE)) == 1


def test_longest_usual_asset_number_is_whole_on_the_usual_stock() -> None:
    longest = "KOMINKAN-TABLET-2026-0001-SPARE1"
    assert len(longest) == 32 and contents(asset_number=longest)["asset_number"] == longest


def test_link_too_long_for_the_face_is_refused_not_shrunk() -> None:
    long = label(url="HTTPS://" + "A" * 150 + "/T/48217390")
    with pytest.raises(LinkTooLong):
        compose(long, WIDE)
    assert compose(long, STOCKS["31514"].layout).codes[0].module >= 0.42


def test_label_refuses_what_would_print_two_truths() -> None:
    with pytest.raises(NumberMalformed):
        replace(label(), number="4821739", url="X4821739")
    with pytest.raises(NumberMismatch):
        label(url="HTTPS://LEND.CITY.EXAMPLE.JP/T/00000018")
    for call_number in (0, 100, -1):
        with pytest.raises(CallNumberOutOfRange):
            label(call_number=call_number)
