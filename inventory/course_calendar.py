"""Courses by day: a span of days with what is held on each, holidays, closed halls, and what is in each other's way."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Literal

from sqlalchemy import select
from sqlmodel import Session

from inventory.calendar import jst_day_bounds, today
from inventory.closed_rules import holiday_name
from inventory.closures import closed_on
from inventory.courses import CourseCard, list_courses
from inventory.errors import Invalid
from inventory.shapes import Card
from inventory.tables import CourseState
from inventory.venue_records import VENUE

# Days of one calendar, and courses that are looked at for it: a large city has some 200 in its fullest month.
LONGEST = 62
MOST = 2000
# What is called off is in nobody's way.
_TAKES_PLACE = (CourseState.PLANNED, CourseState.HELD)

Clash = Literal["room", "hall"]


class OnDay(Card):
    """A course on one of its days. ``closed`` is why its hall is closed then.

    ``clash``: another course is at the same time in the same ``room``, or in the same ``hall`` while a room of either
    is not known; ``clash_with`` are the ids of those courses.
    """

    course: CourseCard
    closed: str | None
    clash: Clash | None
    clash_with: list[str]


class CalendarDay(Card):
    """``holiday``: its name, or empty. ``closed``: why each hall (code) is closed on this day."""

    on: date
    holiday: str
    closed: dict[str, str]
    courses: list[OnDay]


class Hall(Card):
    code: str
    name: str


class CourseCalendar(Card):
    """``venues`` are all halls that were asked about, by kana. ``whole``: every course of the span is in it."""

    days: list[CalendarDay]
    venues: list[Hall]
    whole: bool


def course_calendar(
    session: Session, *, since: date, until: date, venue: str | None = None, programme: str | None = None
) -> CourseCalendar:
    """The days from ``since`` to ``until``, both included, in Japan.

    Courses of other programmes are looked at as well: a room is taken by whoever is in it.

    Raises:
        Invalid: more than ``LONGEST`` days are asked for, or none.
    """
    length = (until - since).days + 1
    if not 1 <= length <= LONGEST:
        raise Invalid.field("until", f"期間は1日から{LONGEST}日までにしてください。")
    begins, ends = jst_day_bounds(since)[0], jst_day_bounds(until)[1]
    found = list_courses(session, since=begins, until=ends, venue=venue, limit=MOST)
    halls = select(VENUE.c.id, VENUE.c.code, VENUE.c.name).order_by(VENUE.c.name_kana, VENUE.c.code)
    if venue is not None:
        halls = halls.where(VENUE.c.code == venue)
    rows = session.connection().execute(halls).all()
    told = closed_on(session, [row.id for row in rows], since, until + timedelta(days=1))
    closed = {row.code: told[row.id] for row in rows}
    clashes = clashes_among(found.items)
    days = {since + timedelta(days=step): list[OnDay]() for step in range(length)}
    for course in found.items:
        if programme is not None and course.programme != programme:
            continue
        kind, others = clashes.get(course.id, (None, []))
        for day in _days_of(course, since, until):
            why = closed.get(course.venue, {}).get(day) if course.venue else None
            days[day].append(OnDay(course=course, closed=why, clash=kind, clash_with=others))
    return CourseCalendar(
        days=[
            CalendarDay(
                on=day,
                holiday=holiday_name(day),
                closed={code: reasons[day] for code, reasons in closed.items() if day in reasons},
                courses=courses,
            )
            for day, courses in days.items()
        ],
        venues=[Hall(code=row.code, name=row.name) for row in rows],
        whole=found.next is None,
    )


def clashes_among(courses: Iterable[CourseCard]) -> dict[str, tuple[Clash, list[str]]]:
    """Courses that share a room, or perhaps share one, at one time: id → how, and with which others.

    Times are half-open: one that begins when another ends is in nobody's way. A course that is called off neither.
    """
    of_hall: dict[str, list[CourseCard]] = defaultdict(list)
    for course in courses:
        if course.venue is not None and course.state in _TAKES_PLACE:
            of_hall[course.venue].append(course)
    found: dict[str, tuple[Clash, list[str]]] = {}
    for held in of_hall.values():
        held.sort(key=lambda course: course.starts_at)
        going: list[CourseCard] = []
        for course in held:
            going = [other for other in going if other.ends_at > course.starts_at]
            for other in going:
                if course.room is not None and other.room is not None and course.room != other.room:
                    continue
                kind: Clash = "room" if course.room is not None and course.room == other.room else "hall"
                for one, two in ((course, other), (other, course)):
                    before, others = found.get(one.id, (kind, []))
                    found[one.id] = ("room" if "room" in (before, kind) else "hall", [*others, two.id])
            going.append(course)
    return found


def _days_of(course: CourseCard, since: date, until: date) -> list[date]:
    """The days of Japan that a course touches, within the span. One that ends at midnight ends the day before."""
    first = max(today(course.starts_at), since)
    last = min(today(course.ends_at - timedelta(microseconds=1)), until)
    return [first + timedelta(days=step) for step in range((last - first).days + 1)]
