"""Cards for the refrigerator: printed, rasterised, read back."""

from typing import Any

import pypdfium2
import pytest

from labels.errors import NothingToPrint
from labels.fridge import HEIGHT, MARGIN, WIDTH, FridgeCard
from labels.paper import PaperPdf, paper_pdf
from labels.qr import label_url
from tests.labels.reading import MM, PAGE_HEIGHT, Area, decode, pages, text

URL = "https://lend.city.example.jp"
NUMBERS = ("48217390", "00000018", "12345674", "99999994", "31415926")


def card(number: str = "48217390", **other: Any) -> FridgeCard:
    words: dict[str, Any] = {
        "kind": "タブレット",
        "office": "前橋市 デジタルデバイド解消WG",
        "phone": "027-898-1234",
        "hours": "平日 8:30–17:15",
        "lost_phone": "090-0000-1111",
        "code": label_url(URL, number),
        "address": "lend.city.example.jp/T",
        "number": number,
        "asset_number": "MB-T-0042",
    }
    return FridgeCard(**(words | other))


def printed(*cards: FridgeCard) -> PaperPdf:
    return paper_pdf([], cards)


def words(made: PaperPdf) -> str:
    return "".join(text(made.pdf).split())


def writing(made: PaperPdf, page: int = 0) -> list[Area]:
    """Where text stands on a page."""
    found = []
    for item in pypdfium2.PdfDocument(made.pdf)[page].get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT]):
        left, bottom, right, top = item.get_bounds()
        found.append(Area(left * MM, PAGE_HEIGHT - top * MM, right * MM, PAGE_HEIGHT - bottom * MM))
    return found


def place(at: int) -> Area:
    """What a card may be written on: its quarter of the sheet without the margins."""
    x, y = WIDTH * (at % 2), HEIGHT * (at // 2)
    return Area(x + MARGIN - 0.5, y + MARGIN - 0.5, x + WIDTH - MARGIN + 0.5, y + HEIGHT - MARGIN + 0.6)


def test_a_card_says_whom_to_ring_and_which_device_it_is() -> None:
    made = printed(card())
    assert (made.pages, made.warnings) == (1, [])
    said = words(made)
    for word in ("タブレット", "027-898-1234", "平日8:30–17:15", "090-0000-1111", "48217390", "MB-T-0042"):
        assert word in said, word
    assert "4821 7390" in text(made.pdf)
    [page] = pages(made.pdf)
    assert [read.text for read in decode(page)] == [label_url(URL, "48217390")]


def test_four_cards_fill_a_sheet_each_in_its_quarter() -> None:
    made = printed(*(card(number) for number in NUMBERS))
    assert made.pages == 2
    first, second = pages(made.pdf)
    assert sorted(read.text for read in decode(first)) == sorted(label_url(URL, number) for number in NUMBERS[:4])
    assert [read.text for read in decode(second)] == [label_url(URL, NUMBERS[4])]
    for area in writing(made):
        assert any(place(at).holds(area) for at in range(4)), area


@pytest.mark.parametrize(
    "other",
    [
        {"office": "とても長い名前の市 " * 6, "phone": "027-898-1234（内線 12345）", "hours": "平日 8:30–17:15 " * 6},
        {"asset_number": "M" * 32, "address": "a-very-long-host-name.of-the.city.example.jp:8443/T"},
        {"kind": "モバイルルーター", "lost_phone": ""},
        {"phone": "", "hours": "", "lost_phone": "", "code": "", "address": ""},
        {"kind": "アクセスポイント", "lost_phone": "0120-000-0000（24時間・年中無休）", "code": ""},
    ],
)
def test_nothing_leaves_its_card_or_lies_on_something_else(other: dict[str, Any]) -> None:
    made = printed(*(card(number, **other) for number in NUMBERS[:4]))
    found = writing(made)
    assert found
    for area in found:
        assert any(place(at).holds(area) for at in range(4)), area
    first = [area for area in found if place(0).holds(area)]
    for at, area in enumerate(first):
        # Boxes of glyphs may touch; one line must not run into another.
        inner = Area(area.left + 0.15, area.top + 0.15, area.right - 0.15, area.bottom - 0.15)
        assert not any(inner.overlaps(one) for one in first[at + 1 :]), area


def test_rare_characters_are_drawn_or_told() -> None:
    made = printed(card(office="髙﨑𠮷市"))
    assert "髙﨑〓市" in words(made)
    assert len(made.warnings) == 1 and "𠮷" in made.warnings[0]


def test_without_public_pages_there_is_no_code_and_nothing_to_scan() -> None:
    made = printed(card(code="", address=""))
    assert decode(pages(made.pdf)[0]) == []
    assert "二次元コード" not in words(made) and "48217390" in words(made)


def test_the_same_cards_are_the_same_bytes_and_no_cards_are_no_sheet() -> None:
    assert printed(card()).pdf == printed(card()).pdf
    with pytest.raises(NothingToPrint):
        printed()
