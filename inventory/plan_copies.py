"""Last year's plan a year later: what the next fiscal year would take over is shown first, then taken over exactly so.

A year later is as many whole weeks later as bring a course to the same weekday of the next fiscal year: 52, or 53
where 52 fall short. The copies are planned: no figures, no reservations, not published yet.
"""

import hashlib
import json
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import select
from sqlmodel import Session

from inventory import journal
from inventory.borrowers import COURSE, VENUE
from inventory.calendar import fiscal_year, fiscal_year_days, today
from inventory.closures import closed_on
from inventory.course_copies import copied, given_up
from inventory.course_fields import SERIES
from inventory.course_series import shifted
from inventory.errors import Conflict, Invalid
from inventory.journal import By
from inventory.programmes import PROGRAMME, ProgrammeCard, list_programmes
from inventory.shapes import Card, Identifier, Shape
from inventory.tables import Course, CourseSeries, CourseState, Programme

MOST = 3000
# What a new year's programme takes over; what was reported and remarked belongs to the old year.
_PLAN = ("code", "name", "line", "call", "audience", "funding", "partner", "owner_section")
_PLANNED = ("planned_courses", "planned_participants", "planned_approx")


class CopyYear(Shape):
    """``programmes`` and ``courses`` are ids of what is taken over into the year after ``year``.

    ``digest`` is that of the preview: what is applied is exactly what was shown, or nothing.
    """

    year: Annotated[int, Field(ge=1989, le=2998)]
    programmes: Annotated[list[Identifier], Field(max_length=MOST)] = []
    courses: Annotated[list[Identifier], Field(max_length=MOST)] = []
    digest: Annotated[str, Field(min_length=64, max_length=64)]


class PlannedCopy(Card):
    """A course of last year and when it would be. ``there``: the new year has it already. ``usual``: ticked at first.

    ``closed``: why the hall is closed on the new day.
    """

    id: str
    title: str
    venue_name: str | None
    state: CourseState
    was: datetime
    starts_at: datetime
    ends_at: datetime
    closed: str | None
    there: bool
    usual: bool


class ProgrammeCopy(Card):
    """``there``: the new year has a programme of this code; its courses go under it."""

    id: str
    code: str
    name: str
    line: str | None
    there: bool
    courses: list[PlannedCopy]


class YearPlan(Card):
    year: int
    to_year: int
    programmes: list[ProgrammeCopy]
    digest: str


class YearCopied(Card):
    """Ids of what was made in ``year``."""

    year: int
    programmes: list[str]
    series: list[str]
    courses: list[str]


def year_plan(session: Session, year: int) -> YearPlan:
    """What the year after ``year`` would take over, nothing written. ``digest`` names exactly this plan.

    Raises:
        Invalid: the year has more than ``MOST`` courses.
    """
    to_year = year + 1
    old = list_programmes(session, fiscal_year=year)
    new = {card.code: card.id for card in list_programmes(session, fiscal_year=to_year)}
    rows = _courses(session, old)
    if len(rows) > MOST:
        raise Invalid.field("year", f"1年に{MOST}回より多くの講座は、まとめて写せません。講座ごとに写してください。")
    taken = _taken(session, to_year)
    dates = {row.id: a_year_later(row.starts_at, row.ends_at, year) for row in rows}
    closed = _closed(session, rows, to_year)
    by_programme: dict[int, list[PlannedCopy]] = {}
    codes = {int(card.id): card.code for card in old}
    for row in rows:
        starts_at, ends_at = dates[row.id]
        there = (codes[row.programme_id], row.title, starts_at, row.venue_id) in taken
        copy = PlannedCopy(
            id=str(row.id),
            title=row.title,
            venue_name=row.venue_name,
            state=row.state,
            was=row.starts_at,
            starts_at=starts_at,
            ends_at=ends_at,
            closed=closed.get(row.venue_id, {}).get(today(starts_at)),
            there=there,
            usual=not there and row.state in (CourseState.PLANNED, CourseState.HELD),
        )
        by_programme.setdefault(row.programme_id, []).append(copy)
    programmes = [
        ProgrammeCopy(
            id=card.id,
            code=card.code,
            name=card.name,
            line=card.line,
            there=card.code in new,
            courses=by_programme.get(int(card.id), []),
        )
        for card in old
    ]
    revisions = [[card.id, card.revision] for card in old] + [[row.id, row.revision] for row in rows]
    shown = [[one.model_dump(mode="json") for one in programmes], revisions]
    digest = hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()
    return YearPlan(year=year, to_year=to_year, programmes=programmes, digest=digest)


def copy_year(session: Session, order: CopyYear, *, by: By, now: datetime, op_id: str) -> YearCopied:
    """Take over into the next fiscal year exactly what was previewed and chosen; a course brings its programme along.

    Raises:
        Conflict: what was previewed has changed since.
        Invalid: nothing was chosen, or something that was not in the preview.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    plan = year_plan(session, order.year)
    if plan.digest != order.digest:
        raise Conflict(
            "たしかめているあいだに、もとの講座か新しい年度が変わりました。もう一度、写す内容を見てください。"
        )
    chosen, wanted = set(order.programmes), set(order.courses)
    shown = {copy.id: copy for one in plan.programmes for copy in one.courses}
    if not chosen <= {one.id for one in plan.programmes} or not wanted <= shown.keys():
        raise Invalid.field("courses", "見ていない講座が選ばれています。もう一度、写す内容を見てください。")
    if any(shown[one].there for one in wanted):
        raise Invalid.field("courses", "新しい年度にもうある講座が選ばれています。印を外してください。")
    going = [one for one in plan.programmes if one.id in chosen or any(copy.id in wanted for copy in one.courses)]
    if not going:
        raise Invalid.field("courses", "写す事業か講座を、1つ以上選んでください。")
    made, into = _programmes(session, plan, going, entry)
    series, courses = _write(session, plan, wanted, into, entry)
    journal.note(session, "copy_year", year=order.year, programmes=made, series=series, courses=courses)
    return YearCopied(
        year=plan.to_year,
        programmes=[str(one) for one in made],
        series=[str(one) for one in series],
        courses=[str(one) for one in courses],
    )


def a_year_later(starts_at: datetime, ends_at: datetime, year: int) -> tuple[datetime, datetime]:
    """The same weekday and hours in the fiscal year after ``year``: whole weeks later."""
    first = fiscal_year_days(year + 1)[0]
    day = today(starts_at)
    days = 364 if day + timedelta(days=364) >= first or fiscal_year(day) != year else 371
    return shifted(starts_at, days), shifted(ends_at, days)


def _courses(session: Session, programmes: list[ProgrammeCard]) -> list[Any]:
    query = (
        select(COURSE, VENUE.c.name.label("venue_name"))
        .select_from(COURSE.outerjoin(VENUE, COURSE.c.venue_id == VENUE.c.id))
        .where(COURSE.c.programme_id.in_([int(card.id) for card in programmes]))
        .order_by(COURSE.c.starts_at, COURSE.c.id)
        .limit(MOST + 1)
    )
    return list(session.connection().execute(query)) if programmes else []


def _taken(session: Session, year: int) -> set[tuple[str, str, datetime, int | None]]:
    """The courses that the new year has: programme's code, title, beginning, venue."""
    query = (
        select(PROGRAMME.c.code, COURSE.c.title, COURSE.c.starts_at, COURSE.c.venue_id)
        .join_from(COURSE, PROGRAMME, COURSE.c.programme_id == PROGRAMME.c.id)
        .where(PROGRAMME.c.fiscal_year == year)
    )
    return {(row.code, row.title, row.starts_at, row.venue_id) for row in session.connection().execute(query)}


def _closed(session: Session, rows: list[Any], year: int) -> dict[int, dict[date, str]]:
    venues = sorted({row.venue_id for row in rows if row.venue_id is not None})
    first, after = fiscal_year_days(year)
    return closed_on(session, venues, first, after + timedelta(days=14)) if venues else {}


def _programmes(
    session: Session, plan: YearPlan, going: list[ProgrammeCopy], entry: int
) -> tuple[list[int], dict[str, int]]:
    """The programmes that are new, and under which row of the new year each old one's courses go."""
    there = {card.code: int(card.id) for card in list_programmes(session, fiscal_year=plan.to_year)}
    made, into = [], {}
    for one in going:
        number = there.get(one.code)
        if number is None:
            old = session.get_one(Programme, int(one.id))
            values = {name: getattr(old, name) for name in (*_PLAN, *_PLANNED)}
            row = Programme(**values, fiscal_year=plan.to_year, entry=entry)
            session.add(row)
            session.flush()
            assert row.id is not None
            number = row.id
            made.append(number)
        into[one.id] = number
    return made, into


def _write(
    session: Session, plan: YearPlan, wanted: set[str], into: dict[str, int], entry: int
) -> tuple[list[int], list[int]]:
    dates = {copy.id: copy for one in plan.programmes for copy in one.courses if copy.id in wanted}
    numbers = [int(one) for one in dates]
    query = select(COURSE).where(COURSE.c.id.in_(numbers)).order_by(COURSE.c.starts_at, COURSE.c.id)
    olds = session.connection().execute(query).all() if numbers else []
    in_series = sorted({old.series_id for old in olds if old.series_id is not None})
    titles = select(SERIES.c.id, SERIES.c.title, SERIES.c.programme_id).where(SERIES.c.id.in_(in_series))
    series: dict[int, CourseSeries] = {}
    for row in session.connection().execute(titles).all() if in_series else []:
        series[row.id] = CourseSeries(programme_id=into[str(row.programme_id)], title=row.title, entry=entry)
    session.add_all(series.values())
    session.flush()
    gone, made = given_up(session), []
    for old in olds:
        copy = dates[str(old.id)]
        values = copied(old, gone) | {"programme_id": into[str(old.programme_id)]}
        values["series_id"] = series[old.series_id].id if old.series_id is not None else None
        values |= {"starts_at": copy.starts_at, "ends_at": copy.ends_at}
        made.append(Course(**values, search=old.search, entry=entry))
    session.add_all(made)
    session.flush()
    return [one.id for one in series.values() if one.id is not None], [one.id for one in made if one.id is not None]
