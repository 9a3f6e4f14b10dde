"""Cells as people write them: days, times, numbers, yes and no."""

from datetime import date, time

import pytest

from inventory.list_rows import (
    Counted,
    Kind,
    NotRead,
    SentLine,
    Told,
    clocks_in,
    count_in,
    day_and_clocks,
    day_in,
    exact_in,
    read_cells,
    yes_in,
)

NOON, HALF_PAST, THREE = time(12), time(13, 30), time(15)


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("13:30", [HALF_PAST]),
        ("１３：３０", [HALF_PAST]),
        ("13:30:00", [HALF_PAST]),
        ("13時30分", [HALF_PAST]),
        ("午後1時半", [HALF_PAST]),
        ("午後１時３０分", [HALF_PAST]),
        ("PM 1:30", [HALF_PAST]),
        ("1:30 PM", [HALF_PAST]),
        ("0.5625", [HALF_PAST]),
        ("午後0時", [NOON]),
        ("午前12時", [time(0)]),
        ("9時", [time(9)]),
        ("13:30〜15:00", [HALF_PAST, THREE]),
        ("13：30～15：00", [HALF_PAST, THREE]),
        ("13:30 - 15:00", [HALF_PAST, THREE]),
        ("13時30分から15時まで", [HALF_PAST, THREE]),
        ("午後1時半から3時まで", [HALF_PAST, THREE]),
        ("午前10時〜午後3時", [time(10), THREE]),
    ],
)
def test_times(text: str, times: list[time]) -> None:
    assert clocks_in(text) == times


@pytest.mark.parametrize("text", ["", "夕方", "25:00", "13:60", "1330", "10:00〜11:00〜12:00", "13:3"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(NotRead):
        clocks_in(text)


@pytest.mark.parametrize(
    ("text", "day", "times"),
    [
        ("令和8年5月20日（水）13:30〜15:00", date(2026, 5, 20), [HALF_PAST, THREE]),
        ("2026-05-20 13:30:00", date(2026, 5, 20), [HALF_PAST]),
        ("2026-05-20 00:00:00", date(2026, 5, 20), []),
        ("R8.5.20", date(2026, 5, 20), []),
        ("2026/5/20 13:30", date(2026, 5, 20), [HALF_PAST]),
        ("5月20日（水）", date(2026, 5, 20), []),
        ("5/20", date(2026, 5, 20), []),
        ("1月13日", date(2027, 1, 13), []),
        ("令和8年11月23日（月・祝）午後1時半", date(2026, 11, 23), [HALF_PAST]),
    ],
)
def test_days_with_their_times(text: str, day: date, times: list[time]) -> None:
    assert day_and_clocks(text, 2026) == (day, times)


@pytest.mark.parametrize("text", ["5月20日（木）", "2026-02-30", "5月", "毎週水曜", "2026-05-20〜21"])
def test_what_is_no_day(text: str) -> None:
    with pytest.raises(NotRead):
        day_and_clocks(text, 2026)


def test_a_day_without_its_year_needs_one() -> None:
    with pytest.raises(NotRead):
        day_in("5月20日")


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("20", Counted(20, approx=False)),
        ("２０名", Counted(20, approx=False)),
        ("約900人", Counted(900, approx=True)),
        ("30名程度", Counted(30, approx=True)),
        ("1,234", Counted(1234, approx=False)),
        ("20.0", Counted(20, approx=False)),
    ],
)
def test_numbers(text: str, counted: Counted) -> None:
    assert count_in(text) == counted


@pytest.mark.parametrize("text", ["-3", "2.5", "多数", "1,23", "100000", "20〜30"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(NotRead):
        count_in(text)


def test_about_so_many_is_no_exact_number() -> None:
    with pytest.raises(NotRead):
        exact_in("約20")


@pytest.mark.parametrize(
    ("text", "said"),
    [("はい", True), ("○", True), ("有", True), ("1", True), ("×", False), ("なし", False), ("-", None)],
)
def test_yes_and_no(text: str, said: bool | None) -> None:
    assert yes_in(text) is said


def test_a_line_is_read_cell_by_cell() -> None:
    told = Told()
    kinds = {
        "count": Kind(exact_in, "数を"),
        "wifi": Kind(yes_in, "はいか", nothing=False),
        "more": Kind(exact_in, "数を"),
    }
    sent = SentLine(line=7, cells={"count": "２０人", "wifi": "なし", "more": "なし", "else": "x"})
    assert read_cells(sent, kinds, told) == {"count": 20, "wifi": False}
    assert [(cell.line, cell.column, cell.repaired) for cell in told.repairs] == [
        (7, "count", "20"),
        (7, "wifi", "いいえ"),
    ]
    read_cells(SentLine(line=8, cells={"count": "多数"}), kinds, told)
    assert [(cell.line, cell.column, cell.value) for cell in told.errors] == [(8, "count", "多数")]
