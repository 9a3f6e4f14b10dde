"""The rule of a hall's closed days, and whether it closes on a day. Pure. ``closed_days`` reads one from words.

A day is a day of Japan. Holidays are those of 国民の祝日に関する法律 with their 振替休日 (jpholiday).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import jpholiday

WEEKDAYS = "月火水木金土日"
LAST = 0
"""The last week or the last day of a month, where a number counts the others from 1."""


@dataclass(frozen=True, slots=True)
class Weekly:
    """Days of the week (0 is Monday), each week or in the ``weeks`` of a month (1–5, ``LAST``).

    ``holiday``: what becomes of one that is a holiday: ``closed`` as any, ``open``, closed on the ``next`` day instead,
    or on the next ``workday`` (Monday to Friday and no holiday).
    """

    weekdays: tuple[int, ...]
    weeks: tuple[int, ...] = ()
    holiday: str = "closed"

    def __str__(self) -> str:
        days = "・".join(WEEKDAYS[day] for day in self.weekdays) + "曜日"
        if not self.weeks:
            return f"毎週{days}"
        return "・".join("最終" if week == LAST else f"第{week}" for week in self.weeks) + days

    def falls_on(self, day: date) -> bool:
        if day.weekday() not in self.weekdays:
            return False
        if not self.weeks:
            return True
        last = (day + timedelta(days=7)).month != day.month
        return (day.day + 6) // 7 in self.weeks or (last and LAST in self.weeks)

    def why(self, day: date) -> str:
        if self.falls_on(day) and (self.holiday == "closed" or not holiday_name(day)):
            return str(self)
        if self.holiday == "next" or (self.holiday == "workday" and _is_workday(day)):
            before = day - timedelta(days=1)
            while not (self.falls_on(before) and holiday_name(before)):
                # The next workday after it may lie behind a weekend and further holidays.
                if self.holiday == "next" or _is_workday(before):
                    return ""
                before -= timedelta(days=1)
            return f"{WEEKDAYS[before.weekday()]}曜日が祝日だったため"
        return ""


@dataclass(frozen=True, slots=True)
class Holidays:
    """Holidays themselves, or the day after each."""

    after: bool = False

    def why(self, day: date) -> str:
        if self.after:
            return "祝日の翌日" if holiday_name(day - timedelta(days=1)) else ""
        name = holiday_name(day)
        return f"祝日（{name}）" if name else ""


@dataclass(frozen=True, slots=True)
class Monthly:
    """Days of every month; ``LAST`` is its last."""

    days: tuple[int, ...]

    def why(self, day: date) -> str:
        if LAST in self.days and (day + timedelta(days=1)).month != day.month:
            return "毎月末日"
        return f"毎月{day.day}日" if day.day in self.days else ""


@dataclass(frozen=True, slots=True)
class Yearly:
    """``(month, day)`` to ``(month, day)`` of every year, both included; over the turn of the year where it is later.

    ``plain``: 年末年始 without days of its own, which are then those that the rule names elsewhere, if it does.
    """

    first: tuple[int, int]
    last: tuple[int, int]
    name: str = ""
    plain: bool = False

    def why(self, day: date) -> str:
        at = (day.month, day.day)
        within = self.first <= at <= self.last
        if self.first > self.last:
            within = at >= self.first or at <= self.last
        return (self.name or self._days()) if within else ""

    def _days(self) -> str:
        first, last = (f"{month}月{day}日" for month, day in (self.first, self.last))
        return first if first == last else f"{first}から{last}まで"


Part = Weekly | Holidays | Monthly | Yearly


@dataclass(frozen=True, slots=True)
class Rule:
    """A day is closed when any of the parts says so; a hall that never closes has none."""

    parts: tuple[Part, ...]


def closed(rule: Rule, day: date) -> bool:
    return bool(why(rule, day))


def why(rule: Rule, day: date) -> str:
    """Why the hall is closed on this day, in words; empty when it is open."""
    return next((said for part in rule.parts if (said := part.why(day))), "")


@lru_cache(maxsize=8192)
def holiday_name(day: date) -> str:
    """The name of a holiday; empty for any other day."""
    return jpholiday.is_holiday_name(day) or ""


def _is_workday(day: date) -> bool:
    return day.weekday() < 5 and not holiday_name(day)
