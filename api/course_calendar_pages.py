"""The calendar of courses on screen: a week, a month, or a week by hall."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field
from sqlmodel import Session

from api.pages import render
from api.transactions import Look, Now
from api.visitors import READERS
from api.words import long_day
from inventory.calendar import fiscal_year, fiscal_year_name, today
from inventory.course_calendar import CalendarDay, CourseCalendar, OnDay, course_calendar
from inventory.programmes import ProgrammeCard, list_programmes
from inventory.shapes import BlankIsNone, OptionalDay
from inventory.venues import VenueCard, list_venues

pages = APIRouter(include_in_schema=False)
View = Literal["week", "month", "venue"]
Word = Annotated[Annotated[str, Field(max_length=60)] | None, BlankIsNone]
VIEWS: dict[View, str] = {"week": "週", "month": "月", "venue": "会場ごと"}
# The whole of the time that the ledger holds; a link beyond it would lead nowhere.
_FIRST, _LAST = date(1900, 1, 1), date(2999, 12, 31)
# Halls without a course that the grid by hall still shows: a city has some dozens, a prefecture's server hundreds.
_HALLS = 60
_ALL = 2000


@dataclass(frozen=True)
class _Loaded:
    calendar: CourseCalendar
    programmes: list[ProgrammeCard]
    venues: list[VenueCard]


def _load(session: Session, since: date, until: date, venue: str | None, programme: str | None) -> _Loaded:
    return _Loaded(
        course_calendar(session, since=since, until=until, venue=venue, programme=programme),
        list_programmes(session),
        list_venues(session, limit=_ALL).items,
    )


@pages.get("/courses/calendar", dependencies=[READERS])
async def calendar(
    request: Request,
    look: Look,
    now: Now,
    view: Annotated[View | None, BlankIsNone] = None,
    on: OptionalDay = None,
    venue: Word = None,
    programme: Word = None,
) -> Response:
    """The week, or the month, that ``on`` lies in; today's without it."""
    shown: View = view or "week"
    day = on or today(now)
    since, until = span_of(shown, day)
    loaded = await look.read(_load, since, until, venue, programme)
    found = loaded.calendar
    years = {fiscal_year(since), fiscal_year(until)}
    programmes = [(one.id, _name(one)) for one in loaded.programmes if one.fiscal_year in years or one.id == programme]
    kept = {"venue": venue, "programme": programme}

    def address(of: View, to: date) -> str | None:
        if not _FIRST <= to <= _LAST:
            return None
        asked = {"view": of, "on": to.isoformat(), **kept}
        return f"/courses/calendar?{urlencode({name: value for name, value in asked.items() if value})}"

    before, after = neighbours(shown, day)
    filters = {name: value for name, value in kept.items() if value}
    days = [one for one in found.days if shown != "month" or one.on.month == day.month]
    return render(
        request,
        "courses/calendar.html",
        nav="courses",
        view=shown,
        views=[(name, word, address(name, day)) for name, word in VIEWS.items()],
        on=day,
        year=long_day(day if shown == "month" else since).split("年")[0] + "年",
        here=today(now),
        now=now,
        weeks=[found.days[at : at + 7] for at in range(0, len(found.days), 7)],
        grid=halls_of(found) if shown == "venue" else [],
        calendar=found,
        sentences=headline(shown, days, day, now),
        before=address(shown, before),
        after=address(shown, after),
        current=address(shown, today(now)),
        venue=venue,
        venues=[(one.code, one.name) for one in loaded.venues],
        programme=programme,
        programmes=programmes,
        files=urlencode({"since": since.isoformat(), "until": until.isoformat(), **filters}),
        filtered=bool(filters),
        month=day.month if shown == "month" else None,
    )


def span_of(view: View, day: date) -> tuple[date, date]:
    """The days that a view shows, from a Monday to a Sunday, both included."""
    first = day.replace(day=1) if view == "month" else day
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1) if view == "month" else day
    return first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday())


def neighbours(view: View, day: date) -> tuple[date, date]:
    """A day of the span before and of the one after: the first of a month, or the Monday of a week."""
    if view == "month":
        first = day.replace(day=1)
        return (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=31)).replace(day=1)
    monday = day - timedelta(days=day.weekday())
    return monday - timedelta(days=7), monday + timedelta(days=7)


@dataclass(frozen=True)
class HallRow:
    """A hall and its week: of each day what is held and why it is closed."""

    code: str | None
    name: str
    days: Sequence[tuple[CalendarDay, list[OnDay], str | None]]


def halls_of(found: CourseCalendar) -> list[HallRow]:
    """The rows of the grid by hall. Where a city has very many halls, those without a course are left out."""
    held = {one.course.venue for day in found.days for one in day.courses}
    shown = [hall for hall in found.venues if hall.code in held or len(found.venues) <= _HALLS]
    rows = [
        HallRow(
            hall.code,
            hall.name,
            [
                (day, [one for one in day.courses if one.course.venue == hall.code], day.closed.get(hall.code))
                for day in found.days
            ],
        )
        for hall in shown
    ]
    if None in held:
        nowhere = [(day, [one for one in day.courses if one.course.venue is None], None) for day in found.days]
        rows.append(HallRow(None, "会場が決まっていない講座", nowhere))
    return rows


def headline(view: View, days: Sequence[CalendarDay], day: date, now: datetime) -> list[str]:
    """How many courses there are, and what is wrong with some of them."""
    held = {one.course.id: one for of_day in days for one in of_day.courses}.values()
    going = [one for one in held if one.course.state in ("planned", "held")]
    when = _when(view, day, today(now))
    if not going:
        return [f"{when}は、講座がありません。"]
    closed = sum(one.closed is not None for one in going)
    clashing = sum(one.clash is not None for one in going)
    said = [f"{when}は、講座が{len(going):,}回あります。"]
    if closed:
        said.append(f"休館日にあたる講座が{closed}回あります。")
    if clashing:
        said.append(f"時間の重なる講座が{clashing}回あります。")
    return said


def _when(view: View, day: date, here: date) -> str:
    if view == "month":
        same = (day.year, day.month) == (here.year, here.month)
        return "今月" if same else f"{day.month}月"
    first, last = span_of(view, day)
    if first <= here <= last:
        return "今週"
    tail = f"{last.day}日" if last.month == first.month else f"{last.month}月{last.day}日"
    return f"{first.month}月{first.day}日から{tail}まで"


def _name(programme: ProgrammeCard) -> str:
    line = f"　{programme.line}" if programme.line else ""
    return f"{fiscal_year_name(programme.fiscal_year)}　{programme.name}{line}"
