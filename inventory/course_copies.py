"""Copies: a course on another day, and a series from another day on.

A copy is planned: it has no figures, no reservations, no note of its day, and is not published yet. A room or a case
that was given up meanwhile is not taken over.
"""

from datetime import datetime
from typing import Any, NamedTuple

from pydantic import model_validator
from sqlalchemy import select
from sqlmodel import Session

from inventory import journal
from inventory.borrowers import COURSE
from inventory.calendar import today
from inventory.course_fields import ROOM, SHARED, SHARED_REFERENCES, Dates, must_last, search_of, venue_name
from inventory.course_series import SeriesCard, add_dates, series_card, shifted
from inventory.courses import CourseCard, course_card
from inventory.devices import CASE
from inventory.errors import Invalid, NotFound
from inventory.journal import By
from inventory.shapes import Day, Instant, LongName, Shape, row_id
from inventory.tables import Course, CourseSeries, CourseState


class CopyCourse(Shape):
    starts_at: Instant
    ends_at: Instant
    title: LongName | None = None

    @model_validator(mode="after")
    def _lasts(self) -> "CopyCourse":
        must_last(self.starts_at, self.ends_at)
        return self


class CopySeries(Shape):
    """``first``: the day of the first date; the others follow at the same distance."""

    first: Day
    title: LongName | None = None


def copy_course(session: Session, order: CopyCourse, *, course: str, by: By, now: datetime, op_id: str) -> CourseCard:
    """The same course on another day. Raises NotFound."""
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = session.get(Course, row_id(course))
    if row is None:
        raise NotFound("その講座は見つかりません。一覧から選んでください。")
    title = order.title or row.title
    values = copied(row, given_up(session)) | {"programme_id": row.programme_id, "title": title}
    search = search_of(title, venue_name(session, row.venue_id))
    made = Course(**values, starts_at=order.starts_at, ends_at=order.ends_at, search=search, entry=entry)
    session.add(made)
    session.flush()
    journal.note(session, "copy_course", course=made.id, of=row.id)
    return course_card(session, str(made.id))


def copy_series(session: Session, order: CopySeries, *, series: str, by: By, now: datetime, op_id: str) -> SeriesCard:
    """The same dates of a series from another first day on; those that were cancelled or postponed are left out.

    Raises:
        Invalid: the series has no date to copy.
        NotFound: there is no such series.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    old = session.get(CourseSeries, row_id(series))
    if old is None:
        raise NotFound("その連続講座は見つかりません。講座の一覧から選んでください。")
    going = COURSE.c.state.in_([CourseState.PLANNED, CourseState.HELD])
    query = select(COURSE).where(COURSE.c.series_id == old.id, going).order_by(COURSE.c.starts_at, COURSE.c.id)
    rows = session.connection().execute(query).all()
    if not rows:
        raise Invalid.field("first", "この連続講座には、写せる日がありません。中止と延期の日は写しません。")
    days = (order.first - today(rows[0].starts_at)).days
    dates = [Dates(starts_at=shifted(row.starts_at, days), ends_at=shifted(row.ends_at, days)) for row in rows]
    made = CourseSeries(programme_id=old.programme_id, title=order.title or old.title, entry=entry)
    session.add(made)
    session.flush()
    courses = add_dates(session, made, copied(rows[0], given_up(session)), dates, before=0, entry=entry)
    journal.note(session, "copy_series", series=made.id, of=old.id, courses=courses)
    return series_card(session, str(made.id))


class GivenUp(NamedTuple):
    """Row numbers of the rooms and cases that are used no more."""

    rooms: frozenset[int]
    cases: frozenset[int]


def given_up(session: Session) -> GivenUp:
    connection = session.connection()
    rooms, cases = (select(table.c.id).where(table.c.retired_at.is_not(None)) for table in (ROOM, CASE))
    return GivenUp(frozenset(connection.execute(rooms).scalars()), frozenset(connection.execute(cases).scalars()))


def copied(row: Any, gone: GivenUp) -> dict[str, Any]:
    """What a copy takes over of a course's row."""
    values = {name: getattr(row, name) for name in (*SHARED, *SHARED_REFERENCES)} | {"published": False}
    if values["room_id"] in gone.rooms:
        values["room_id"] = None
    if values["case_id"] in gone.cases:
        values["case_id"] = None
    return values
