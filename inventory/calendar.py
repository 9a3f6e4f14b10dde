"""Days as a Japanese city counts them: JST days, 年度 (fiscal years) and 和暦 (era years).

Everything here is pure and uses Asia/Tokyo by name, so the TZ of the machine never moves a due day.

Sources: the era law (元号法, 昭和54年法律第43号) and the cabinet orders that named each era; the fiscal year of
地方自治法 §208 (1 April to 31 March). Before 1 January 1873 (明治6年) Japan counted lunisolar months, so no Gregorian
day of that time has a 和暦 name here.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

TOKYO = ZoneInfo("Asia/Tokyo")


class NotADay(ValueError):
    """The text does not name one day, or names a day that no calendar has."""


@dataclass(frozen=True, slots=True)
class Era:
    """One 元号: its name on paper, its letter in codes, and its first day (the day of the change)."""

    name: str
    letter: str
    first_day: date

    @property
    def first_year(self) -> int:
        """The Gregorian year that is 元年."""
        return self.first_day.year


ERAS = (
    Era("明治", "M", date(1868, 10, 23)),
    Era("大正", "T", date(1912, 7, 30)),
    Era("昭和", "S", date(1926, 12, 25)),
    Era("平成", "H", date(1989, 1, 8)),
    Era("令和", "R", date(2019, 5, 1)),
)
"""Oldest first."""

FIRST_GREGORIAN_DAY = date(1873, 1, 1)
"""明治6年1月1日, the first day that Japan itself wrote in the Gregorian calendar."""

_WEEKDAYS = "月火水木金土日"
_ERA_BY_WORD = {era.name: era for era in ERAS} | {era.letter: era for era in ERAS}

_WEEKDAY_TAIL = rf"(?:\s*\((?P<weekday>[{_WEEKDAYS}])(?:曜日?)?\))?"
_YEAR = r"(?:(?P<era>明治|大正|昭和|平成|令和|[MTSHR])\s*(?P<era_year>[0-9]{1,2}|元)|(?P<year>[0-9]{4}))"
_DAY_IN_WORDS = re.compile(
    rf"{_YEAR}\s*年\s*(?P<month>[0-9]{{1,2}})\s*月\s*(?P<day>[0-9]{{1,2}})\s*日{_WEEKDAY_TAIL}", re.IGNORECASE
)
_DAY_IN_MARKS = re.compile(
    rf"{_YEAR}(?P<mark>[./-])(?P<month>[0-9]{{1,2}})(?P=mark)(?P<day>[0-9]{{1,2}}){_WEEKDAY_TAIL}", re.IGNORECASE
)
# An input method turns the minus key into any of these when full-width input is on.
_MARKS = str.maketrans(dict.fromkeys("‐‑‒–—−ー", "-") | {"。": "."})


def today(now: datetime) -> date:
    """The day in Japan at the moment ``now``. A datetime without a zone is refused: nobody knows which day it is."""
    if now.utcoffset() is None:
        raise ValueError("today() needs a datetime with a time zone")
    return now.astimezone(TOKYO).date()


def jst_day_bounds(day: date) -> tuple[datetime, datetime]:
    """The half-open interval ``[start, end)`` of ``day`` in Japan, both ends with the zone Asia/Tokyo."""
    return (
        datetime.combine(day, time.min, tzinfo=TOKYO),
        datetime.combine(day + timedelta(days=1), time.min, tzinfo=TOKYO),
    )


def fiscal_year(day: date) -> int:
    """The 年度 of ``day``: fiscal year N runs from 1 April N to 31 March N+1."""
    return day.year if day.month >= 4 else day.year - 1


def fiscal_year_days(year: int) -> tuple[date, date]:
    """The half-open interval of fiscal year ``year``: its first day and the first day of the next one."""
    return date(year, 4, 1), date(year + 1, 4, 1)


def era_of(day: date) -> Era:
    """The era that ``day`` belongs to.

    Raises:
        NotADay: for a day before 1 January 1873, which Japan did not write in this calendar.
    """
    if day < FIRST_GREGORIAN_DAY:
        raise NotADay(f"no 和暦 for a day before {FIRST_GREGORIAN_DAY}: {day}")
    return next(era for era in reversed(ERAS) if era.first_day <= day)


def wareki(day: date, *, weekday: bool = False) -> str:
    """``day`` as a city prints it: 令和8年11月23日, or 令和8年11月23日（月） with ``weekday``; year 1 is 元年."""
    era = era_of(day)
    text = f"{era.name}{_year_name(day.year - era.first_year + 1)}年{day.month}月{day.day}日"
    return text + _weekday_in_brackets(day) if weekday else text


def month_day(day: date) -> str:
    """``day`` where the year is plain: 11月24日（火）."""
    return f"{day.month}月{day.day}日{_weekday_in_brackets(day)}"


def era_year_code(year: int) -> str:
    """Fiscal year ``year`` as the short code that loan numbers begin with: 2026 → ``R8``.

    The year in which an era changes takes the new era's name, as the cabinet office laid down for 令和元年度
    (改元に伴う元号による年表示の取扱いについて, 2019-04-01), so 2019 is ``R1``.
    """
    era = era_of(date(year, 12, 31))
    return f"{era.letter}{year - era.first_year + 1}"


def wareki_short_year(day: date) -> str:
    """The code of the fiscal year that ``day`` falls in: 2027-03-31 → ``R8``."""
    return era_year_code(fiscal_year(day))


def fiscal_year_name(year: int) -> str:
    """Fiscal year ``year`` in words: 2026 → 令和8年度, 2019 → 令和元年度."""
    era = era_of(date(year, 12, 31))
    return f"{era.name}{_year_name(year - era.first_year + 1)}年度"


def parse_day(text: str) -> date:
    """The day that a person or a spreadsheet wrote.

    Reads 令和8年11月23日, 令和元年5月1日, R8.11.23, R08/11/23, 2026年11月23日, 2026/11/23 and 2026-11-23, in any width,
    with or without the day of the week, and the eras back to 明治. A contract of 2016 may end on 平成35年3月31日: an
    old era is allowed to run on, because that is how such papers were written. A day before its era began, a day of
    the week that does not agree, and a day that no month has are refused.

    Raises:
        NotADay: when the text does not name exactly one real day.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_MARKS).strip()
    match = _DAY_IN_WORDS.fullmatch(plain) or _DAY_IN_MARKS.fullmatch(plain)
    if match is None:
        raise NotADay(f"not a day: {text!r}")
    era = _ERA_BY_WORD[match["era"].upper()] if match["era"] else None
    if era is None:
        year = int(match["year"])
    else:
        era_year = 1 if match["era_year"] == "元" else int(match["era_year"])
        if era_year == 0:
            raise NotADay(f"an era has no year 0: {text!r}")
        year = era.first_year + era_year - 1
    try:
        day = date(year, int(match["month"]), int(match["day"]))
    except ValueError as error:
        raise NotADay(f"no such day: {text!r}") from error
    if era is not None and day < max(era.first_day, FIRST_GREGORIAN_DAY):
        raise NotADay(f"{era.name} had not begun: {text!r}")
    if match["weekday"] and match["weekday"] != _WEEKDAYS[day.weekday()]:
        raise NotADay(f"that day is another day of the week: {text!r}")
    return day


def _year_name(era_year: int) -> str:
    return "元" if era_year == 1 else str(era_year)


def _weekday_in_brackets(day: date) -> str:
    return f"（{_WEEKDAYS[day.weekday()]}）"
