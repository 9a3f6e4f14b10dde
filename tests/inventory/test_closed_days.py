"""The rule of a hall's closed days against a calendar worked out by brute force."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import jpholiday
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.closed_days import NotARule, parse, readable
from inventory.closed_rules import closed, why

WEEKDAYS = "月火水木金土日"


def days(text: str, first: date, last: date) -> list[date]:
    rule = parse(text)
    count = (last - first).days + 1
    return [day for day in (first + timedelta(days=n) for n in range(count)) if closed(rule, day)]


def november(text: str) -> list[int]:
    return [day.day for day in days(text, date(2026, 11, 1), date(2026, 11, 30))]


def new_year(text: str) -> list[tuple[int, int]]:
    return [(day.month, day.day) for day in days(text, date(2026, 12, 25), date(2027, 1, 10))]


@pytest.mark.parametrize(
    ("text", "closed_in_november"),
    [
        # In November 2026 the 1st is a Sunday; the 3rd (Tuesday) and the 23rd (Monday) are holidays.
        ("第1・第3月曜、12/29–1/3", [2, 16]),
        ("毎週月曜日", [2, 9, 16, 23, 30]),
        ("月曜（祝日のときは翌日）", [2, 9, 16, 24, 30]),
        ("月曜日（祝日の場合は火曜日）", [2, 9, 16, 24, 30]),
        ("月曜日。ただし、祝日に当たるときはその翌日", [2, 9, 16, 24, 30]),
        ("月曜（祝日を除く）", [2, 9, 16, 30]),
        ("休館日：毎週月曜日（祝日の場合は開館）", [2, 9, 16, 30]),
        ("第2火曜日・祝日", [3, 10, 23]),
        ("火曜日、祝日の翌日", [3, 4, 10, 17, 24]),
        ("毎月末日", [30]),
        ("毎月１０日・２０日", [10, 20]),
        ("第１，３月曜日", [2, 16]),
        ("毎月第2・4土曜日", [14, 28]),
        ("第二・第四土曜日", [14, 28]),
        ("最終金曜日", [27]),
        ("土日", [1, 7, 8, 14, 15, 21, 22, 28, 29]),
        ("土・日・祝日", [1, 3, 7, 8, 14, 15, 21, 22, 23, 28, 29]),
        ("木曜から土曜まで", [5, 6, 7, 12, 13, 14, 19, 20, 21, 26, 27, 28]),
        ("第1月曜日・第3火曜", [2, 17]),
        ("11月3日から11月5日まで/１１／２３", [3, 4, 5, 23]),
        ("毎週水曜は休館", [4, 11, 18, 25]),
        ("なし", []),
        ("年中無休", []),
    ],
)
def test_what_cities_write(text: str, closed_in_november: list[int]) -> None:
    assert november(text) == closed_in_november


@pytest.mark.parametrize(
    "text",
    [
        "12/29～1/3",
        "１２／２９〜１／３",
        "12月29日―1月3日",
        "12.29-1.3",
        "年末年始",
        "年末年始（12月29日から1月3日まで）",
        "年末年始（12月29日〜翌年1月3日）",
        "年末年始12/29ー1/3",
    ],
)
def test_the_turn_of_the_year_in_many_hands(text: str) -> None:
    assert new_year(text) == [(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)]


def test_the_turn_of_the_year_with_days_of_its_own() -> None:
    assert new_year("年末年始（12/30～1/2）") == [(12, 30), (12, 31), (1, 1), (1, 2)]
    assert new_year("年末年始、12/30～1/2") == [(12, 30), (12, 31), (1, 1), (1, 2)]
    assert new_year("12月30日から31日まで") == [(12, 30), (12, 31)]


def test_the_next_workday_lies_behind_the_holidays() -> None:
    # Monday 4 May 2026 to Wednesday the 6th are holidays.
    assert days("月曜（祝日のときは翌平日）", date(2026, 5, 1), date(2026, 5, 10)) == [date(2026, 5, 7)]
    assert days("月曜（祝日のときは翌日）", date(2026, 5, 1), date(2026, 5, 10)) == [date(2026, 5, 5)]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("館長が定める日", "館長が定める日"),
        ("月曜日、臨時休館あり", "臨時休館あり"),
        ("第2月曜・火曜", "火曜"),
        ("月", "月"),
        ("2/30", "2/30"),
        ("毎月32日", "毎月32日"),
        ("", "（空）"),
        ("13月1日から13月3日", "13月1日から13月3日"),
        ("月曜（祝日のときは木曜）", "(祝日のときは木曜)"),
        ("第6月曜", "第6月曜"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, part: str) -> None:
    with pytest.raises(NotARule) as refused:
        parse(text)
    assert refused.value.part == part
    with pytest.raises(ValueError, match="休館日として読み取れません"):
        readable(text)


def test_a_closed_day_says_why() -> None:
    rule = parse("第1・第3月曜、毎週月曜（祝日のときは翌日）、祝日、毎月末日、年末年始")
    told = {day: why(rule, day) for day in (date(2026, 11, n) for n in (2, 3, 4, 9, 23, 24, 30))}
    assert told[date(2026, 11, 2)] == "第1・第3月曜日"
    assert told[date(2026, 11, 3)] == "祝日（文化の日）"
    assert told[date(2026, 11, 4)] == ""
    assert told[date(2026, 11, 24)] == "月曜日が祝日だったため"
    assert why(rule, date(2027, 1, 1)) != ""


# --- brute force -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Written:
    """A part of a rule as it may be written, and every day of 2024 to 2028 that it closes."""

    text: str
    closes: frozenset[date]


EVERY_DAY = [date(2024, 1, 1) + timedelta(days=n) for n in range(5 * 366)]
HOLIDAYS = frozenset(day for day in EVERY_DAY if jpholiday.is_holiday(day))


def _nth(year: int, month: int, weekday: int, week: int) -> date | None:
    """The ``week``-th such weekday of a month, counted off a printed month."""
    found = [row[weekday] for row in calendar.Calendar().monthdayscalendar(year, month) if row[weekday]]
    return date(year, month, found[week - 1]) if len(found) >= week else None


letters = st.sampled_from(["{}曜", "{}曜日"])
commas = st.sampled_from(["・", "、", "，", ",", "･", "と", "及び"])
strokes = st.sampled_from(["–", "～", "〜", "-", "－", "ー", "―", "から", "−"])


@st.composite
def weekly(draw: st.DrawFn) -> Written:
    weekday = draw(st.integers(0, 6))
    name = draw(letters).format(WEEKDAYS[weekday])
    weeks = draw(st.sets(st.integers(1, 5), max_size=3))
    if weeks:
        lead = draw(st.sampled_from(["第", "毎月第"]))
        between = draw(commas) + draw(st.sampled_from(["第", ""]))
        name = lead + between.join(str(week) for week in sorted(weeks)) + name
    else:
        name = draw(st.sampled_from(["", "毎週", "毎週の"])) + name
    base = {
        day
        for day in EVERY_DAY
        if day.weekday() == weekday
        and (not weeks or any(_nth(day.year, day.month, weekday, week) == day for week in weeks))
    }
    policy = draw(st.sampled_from(["", "（祝日のときは翌日）", "(祝日の場合は開館)", "（祝日に当たる場合はその翌日）"]))
    if "翌日" in policy:
        base = (base - HOLIDAYS) | {day + timedelta(days=1) for day in base & HOLIDAYS}
    elif policy:
        base = base - HOLIDAYS
    return Written(name + policy, frozenset(base))


@st.composite
def yearly(draw: st.DrawFn) -> Written:
    first, last = (date(2023, 1, 1) + timedelta(days=draw(st.integers(0, 364))) for _ in "ab")
    form = draw(st.sampled_from(["{0}/{1}", "{0}月{1}日"]))
    text = form.format(first.month, first.day) + draw(strokes) + form.format(last.month, last.day)
    closes, day = set(), first
    while True:
        closes.add((day.month, day.day))
        if (day.month, day.day) == (last.month, last.day):
            break
        # Through a leap year, so that a span over the end of February holds the 29th.
        day = date(2024, day.month, day.day) + timedelta(days=1)
    return Written(text, frozenset(one for one in EVERY_DAY if (one.month, one.day) in closes))


@st.composite
def others(draw: st.DrawFn) -> Written:
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return Written(draw(st.sampled_from(["祝日", "祝祭日", "国民の祝日"])), HOLIDAYS)
    if kind == 1:
        return Written("祝日の翌日", frozenset(day + timedelta(days=1) for day in HOLIDAYS))
    if kind == 2:
        ends = frozenset(day for day in EVERY_DAY if day.day == calendar.monthrange(day.year, day.month)[1])
        return Written(draw(st.sampled_from(["毎月末日", "毎月の末日", "月末"])), ends)
    number = draw(st.integers(1, 31))
    return Written(f"毎月{number}日", frozenset(day for day in EVERY_DAY if day.day == number))


WIDE = {ord(narrow): wide for narrow, wide in zip("0123456789/()", "０１２３４５６７８９／（）", strict=True)}


@settings(max_examples=150, deadline=None)
@given(st.lists(weekly() | yearly() | others(), min_size=1, max_size=4), st.data())
def test_any_rule_closes_the_days_of_a_printed_calendar(parts: list[Written], data: st.DataObject) -> None:
    text = parts[0].text
    for before, part in pairwise(parts):
        # After 第2月曜 a bare 火曜 would be refused: it may be meant for the second week as well.
        plain = part.text[0] in WEEKDAYS and part.text != "月末" and before.text.startswith(("第", "毎月第"))
        text += data.draw(st.sampled_from(["、", "，", "・", "/", " ", "　、"])) + ("毎週" if plain else "") + part.text
    if data.draw(st.booleans()):
        text = text.translate(WIDE)
    rule = parse(text)
    expected = frozenset[date]().union(*(part.closes for part in parts))
    # The first day may follow a holiday that lies before the calendar.
    for day in EVERY_DAY[1:]:
        assert closed(rule, day) == (day in expected), (text, day)
