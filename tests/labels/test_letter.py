"""Letters: printed, measured, read back."""

import pypdfium2
import pytest

from labels.errors import NothingToPrint
from labels.letter import ADDRESS, FOLDS, SEEN, Letter, LetterRow, letters_pdf
from labels.stock import PAGE_HEIGHT
from tests.labels.reading import text

_POINT = 72 / 25.4
# The window of the envelope and how far the folded sheet slides in it, in mm.
WINDOW, SLIDES = (20.0, 12.0, 110.0, 57.0), (25.0, 21.0)


def letter(rows: int = 2, **other: object) -> Letter:
    words: dict[str, object] = {
        "to": ("大胡地区 堀越町自治会", "会長　髙﨑 橳男　様"),
        "day": "令和8年11月26日",
        "office": ("前橋市 デジタルデバイド解消WG", "電話　027-000-1234（平日 8:30–17:15）"),
        "title": "端末の返却について（お願い）",
        "opening": ("いつもお世話になっております。", "返却の期日をすぎたものがあります。"),
        "rows": tuple(
            LetterRow("自治会長タブレット　呼び番号 7", f"MB-T-{at:04d}", "令和8年11月14日", "12日すぎています")
            for at in range(1, rows + 1)
        ),
        "closing": ("お手数をおかけしますが、お持ちください。",),
    }
    return Letter(**(words | other))  # type: ignore[arg-type]


def places(pdf: bytes) -> list[tuple[str, tuple[float, float, float, float]]]:
    """Every text of the first sheet and where it stands: left, top, right, bottom in mm."""
    page = pypdfium2.PdfDocument(pdf)[0].get_textpage()
    found = []
    for at in range(page.count_rects()):
        left, bottom, right, top = page.get_rect(at)
        box = (left / _POINT, PAGE_HEIGHT - top / _POINT, right / _POINT, PAGE_HEIGHT - bottom / _POINT)
        found.append((page.get_text_bounded(left, bottom, right, top), box))
    return found


def test_a_letter_says_its_words() -> None:
    made = letters_pdf([letter()])
    assert (made.pages, made.warnings) == (1, [])
    said = "".join(text(made.pdf).split())
    for word in ("堀越町自治会", "会長髙﨑橳男様", "MB-T-0002", "12日すぎています", "027-000-1234", "〒"):
        assert word in said, word


@pytest.mark.parametrize(
    "to",
    [
        ("大胡地区 堀越町自治会", "会長　髙﨑 橳男　様"),
        ("大胡地区 大前田町上宿南部第二住宅団地連合自治会", "会長職務代理者　長谷川 喜久右衛門　様"),
        ("芳賀公民館「地図アプリで出かけよう（第三回・防災ハザードマップの見かた）」", "ご担当者　様"),
    ],
)
def test_the_address_stands_in_the_window_wherever_the_sheet_slides_and_nothing_else_does(to: tuple[str, ...]) -> None:
    left, top, right, bottom = ADDRESS
    assert left >= WINDOW[0] and top >= WINDOW[1]
    assert right + SLIDES[0] <= WINDOW[2] and bottom + SLIDES[1] <= WINDOW[3]
    assert SEEN[2] >= WINDOW[2] and SEEN[3] >= WINDOW[3]
    shown = [box for _, box in places(letters_pdf([letter(to=to)]).pdf) if box[0] < SEEN[2] and box[1] < SEEN[3]]
    assert shown
    for box in shown:
        assert left - 0.3 <= box[0] and top - 0.3 <= box[1] and box[2] <= right + 0.3 and box[3] <= bottom + 0.3, box
    # The reader's line is never lost, however long the name above it is.
    lowest = max(places(letters_pdf([letter(to=to)]).pdf), key=lambda one: one[1][3] if one[1] in shown else 0)
    assert "様" in lowest[0]


def test_two_folds_make_thirds() -> None:
    assert FOLDS == (PAGE_HEIGHT / 3, PAGE_HEIGHT / 3 * 2)


def test_many_devices_go_on_over_sheets_and_every_letter_begins_one() -> None:
    made = letters_pdf([letter(60), letter(1)])
    assert made.pages == 4
    said = "".join(text(made.pdf).split())
    assert all(f"MB-T-{at:04d}" in said for at in range(1, 61))
    assert letters_pdf([letter(60), letter(1)]).pdf == made.pdf


def test_no_letter_is_no_paper() -> None:
    with pytest.raises(NothingToPrint):
        letters_pdf([])
