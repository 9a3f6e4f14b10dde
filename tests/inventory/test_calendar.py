"""Days in Japan: eras, fiscal years, and a machine whose clock stands elsewhere."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory import calendar


@pytest.fixture(params=["Pacific/Kiritimati", "America/Los_Angeles", "UTC", "Asia/Tokyo"])
def machine_zone(request: pytest.FixtureRequest) -> Iterator[str]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.usefixtures("machine_zone")
def test_the_day_is_japans_whatever_zone_the_machine_has() -> None:
    assert calendar.today(datetime(2026, 3, 31, 14, 59, 59, tzinfo=UTC)) == date(2026, 3, 31)
    assert calendar.today(datetime(2026, 3, 31, 15, 0, tzinfo=UTC)) == date(2026, 4, 1)
    assert calendar.today(datetime(2026, 3, 31, 8, 0, tzinfo=timezone(timedelta(hours=-8)))) == date(2026, 4, 1)
    start, end = calendar.jst_day_bounds(date(2026, 4, 1))
    assert start == datetime(2026, 3, 31, 15, tzinfo=UTC)
    assert end == datetime(2026, 4, 1, 15, tzinfo=UTC)


def test_a_datetime_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        calendar.today(datetime(2026, 4, 1))


@pytest.mark.parametrize(
    ("day", "year"),
    [(date(2026, 3, 31), 2025), (date(2026, 4, 1), 2026), (date(2026, 12, 31), 2026), (date(2027, 1, 1), 2026)],
)
def test_a_fiscal_year_begins_in_april(day: date, year: int) -> None:
    assert calendar.fiscal_year(day) == year


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1)))
def test_a_day_lies_in_the_days_of_its_fiscal_year(day: date) -> None:
    first, after = calendar.fiscal_year_days(calendar.fiscal_year(day))
    assert first <= day < after


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(1873, 1, 1), "明治6年1月1日"),
        (date(1912, 7, 29), "明治45年7月29日"),
        (date(1912, 7, 30), "大正元年7月30日"),
        (date(1926, 12, 24), "大正15年12月24日"),
        (date(1926, 12, 25), "昭和元年12月25日"),
        (date(1989, 1, 7), "昭和64年1月7日"),
        (date(1989, 1, 8), "平成元年1月8日"),
        (date(2019, 4, 30), "平成31年4月30日"),
        (date(2019, 5, 1), "令和元年5月1日"),
        (date(2026, 11, 23), "令和8年11月23日"),
    ],
)
def test_each_era_begins_on_its_first_day(day: date, text: str) -> None:
    assert calendar.wareki(day) == text
    assert calendar.parse_day(text) == day


def test_a_day_of_the_lunisolar_calendar_has_no_name_here() -> None:
    with pytest.raises(calendar.NotADay):
        calendar.wareki(date(1872, 12, 31))


def test_the_day_of_the_week_stands_in_full_width_brackets() -> None:
    assert calendar.wareki(date(2026, 11, 23), weekday=True) == "令和8年11月23日（月）"
    assert calendar.month_day(date(2026, 11, 24)) == "11月24日（火）"
    assert calendar.month_day(date(2026, 11, 29)) == "11月29日（日）"


@pytest.mark.parametrize(
    ("year", "code", "name"),
    [
        (2026, "R8", "令和8年度"),
        (2019, "R1", "令和元年度"),
        (2018, "H30", "平成30年度"),
        (1989, "H1", "平成元年度"),
        (1988, "S63", "昭和63年度"),
    ],
)
def test_a_fiscal_year_has_one_code_and_one_name(year: int, code: str, name: str) -> None:
    assert calendar.era_year_code(year) == code
    assert calendar.fiscal_year_name(year) == name
    first, after = calendar.fiscal_year_days(year)
    assert calendar.wareki_short_year(first) == code
    assert calendar.wareki_short_year(after - timedelta(days=1)) == code


@pytest.mark.parametrize(
    "text",
    [
        "令和8年11月23日",
        "令和８年１１月２３日",
        "㋿8年11月23日",
        "令和 8年 11月 23日",
        "令和8年11月23日（月）",
        "令和8年11月23日(月曜日)",
        "R8.11.23",
        "r8.11.23",
        "Ｒ８．１１．２３",
        "R08/11/23",
        "R8-11-23",
        "2026年11月23日",
        "2026/11/23",
        "2026-11-23",
        "２０２６ー１１ー２３",
        "2026−11−23",
        " 2026/11/23（月） ",
        "平成38年11月23日",
    ],
)
def test_the_ways_people_write_a_day_are_read(text: str) -> None:
    assert calendar.parse_day(text) == date(2026, 11, 23)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "きのう",
        "11月23日",
        "8.11.23",
        "2026/11-23",
        "2026/2/29",
        "2026/13/1",
        "R0.1.1",
        "令和0年1月1日",
        "令和元年4月30日",
        "平成元年1月7日",
        "明治5年12月1日",
        "2026/11/23（火）",
        "0000/1/1",
        "2026/11/23 ほか",
        "X8.11.23",
    ],
)
def test_what_is_not_one_real_day_is_refused(text: str) -> None:
    with pytest.raises(calendar.NotADay):
        calendar.parse_day(text)


@given(st.dates(min_value=calendar.FIRST_GREGORIAN_DAY, max_value=date(2117, 12, 31)), st.booleans())
def test_what_the_screen_shows_is_read_back(day: date, weekday: bool) -> None:
    assert calendar.parse_day(calendar.wareki(day, weekday=weekday)) == day
