"""Courses: how one is entered, its card, and the lists of them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from pydantic import model_validator
from sqlalchemy import select
from sqlmodel import Session

from inventory import journal, keyset
from inventory.borrowers import COURSE, VENUE
from inventory.course_fields import ROOM, SERIES, CourseContent, OptionalId, must_last, refer, search_of, venue_name
from inventory.devices import CASE
from inventory.errors import Invalid, NotFound
from inventory.journal import By
from inventory.programmes import PROGRAMME
from inventory.shapes import Card, Identifier, Instant, OptionalCount, OptionalDay, OptionalLine, row_id
from inventory.tables import Audience, Course, CourseState
from inventory.text import fold


class NewCourse(CourseContent):
    """One date of a course. One that has begun may be entered with how it went.

    ``cancel_reason`` is also why it was postponed. ``participants`` 延べ, ``participants_distinct`` 実人員.
    """

    programme: Identifier
    series: OptionalId = None
    starts_at: Instant
    ends_at: Instant
    enrolled: OptionalCount = None
    apply_until: OptionalDay = None
    state: CourseState = CourseState.PLANNED
    cancel_reason: OptionalLine = None
    participants: OptionalCount = None
    participants_distinct: OptionalCount = None
    approx: bool = False

    @model_validator(mode="after")
    def _holds_together(self) -> "NewCourse":
        must_last(self.starts_at, self.ends_at)
        if self.state == CourseState.CANCELLED and self.cancel_reason is None:
            raise ValueError("中止した講座には、中止の理由を書いてください")
        if self.cancel_reason is not None and self.state not in (CourseState.CANCELLED, CourseState.POSTPONED):
            raise ValueError("中止の理由は、中止か延期の講座に書きます。講座のようすをたしかめてください")
        counted = self.participants is not None or self.participants_distinct is not None
        if counted and self.state != CourseState.HELD:
            raise ValueError("参加者の数は、開いた講座に書きます。講座のようすをたしかめてください")
        if (self.participants_distinct or 0) > (self.participants or self.participants_distinct or 0):
            raise ValueError("実人員が延べ人数より多くなっています。数をたしかめてください")
        return self


REFERENCES = ("programme", "series", "venue", "room", "case")


class CourseCard(Card):
    """``venue`` and ``case`` are codes, other references ids. ``postponed_to`` is the date that stands in for it."""

    id: str
    programme: str
    programme_name: str
    fiscal_year: int
    audience: Audience | None
    series: str | None
    series_title: str | None
    title: str
    title_kana: str | None
    level: int | None
    topics: str | None
    venue: str | None
    venue_name: str | None
    room: str | None
    room_name: str | None
    room_capacity: int | None
    starts_at: datetime
    ends_at: datetime
    capacity: int | None
    enrolled: int | None
    phones_needed: int | None
    supporters_needed: int | None
    case: str | None
    case_name: str | None
    needs_wifi: bool
    state: CourseState
    cancel_reason: str | None
    postponed_to: str | None
    participants: int | None
    participants_distinct: int | None
    approx: bool
    note: str | None
    published: bool
    description: str | None
    fee: str | None
    contact: str | None
    apply_until: date | None
    apply_how: str | None
    url: str | None
    revision: int


class CourseList(Card):
    items: list[CourseCard]
    next: str | None
    total: int | None


def create_course(session: Session, order: NewCourse, *, by: By, now: datetime, op_id: str) -> CourseCard:
    """Raises Invalid when what it refers to is unknown or does not go together, or it is held and has not begun."""
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = course_row(session, order, now=now, entry=entry)
    session.add(row)
    session.flush()
    journal.note(session, "create_course", course=row.id)
    return course_card(session, str(row.id))


def course_row(session: Session, order: NewCourse, *, now: datetime, entry: int) -> Course:
    """The row of a new course, not added yet: for the act that enters one, and for those that enter many.

    Raises:
        Invalid: what it refers to is unknown or does not go together, or it is held and has not begun.
    """
    if order.state == CourseState.HELD and now < order.starts_at:
        raise Invalid.field(
            "state", "まだ始まっていない講座は、開いたことにできません。日時かようすを見直してください。"
        )
    given = order.model_dump()
    found = refer(session, given)
    values = {name: value for name, value in given.items() if name not in REFERENCES} | found
    return Course(
        **values,
        search=search_of(order.title, venue_name(session, found["venue_id"])),
        entry=entry,
    )


_SELECT = select(
    COURSE,
    PROGRAMME.c.name.label("programme_name"),
    PROGRAMME.c.fiscal_year,
    PROGRAMME.c.audience,
    SERIES.c.title.label("series_title"),
    VENUE.c.code.label("venue"),
    VENUE.c.name.label("venue_name"),
    ROOM.c.name.label("room_name"),
    ROOM.c.capacity.label("room_capacity"),
    CASE.c.code.label("case"),
    CASE.c.name.label("case_name"),
).select_from(
    COURSE.join(PROGRAMME, COURSE.c.programme_id == PROGRAMME.c.id)
    .outerjoin(SERIES, COURSE.c.series_id == SERIES.c.id)
    .outerjoin(VENUE, COURSE.c.venue_id == VENUE.c.id)
    .outerjoin(ROOM, COURSE.c.room_id == ROOM.c.id)
    .outerjoin(CASE, COURSE.c.case_id == CASE.c.id)
)


def course_card(session: Session, course: str) -> CourseCard:
    row = session.connection().execute(_SELECT.where(COURSE.c.id == row_id(course))).first()
    if row is None:
        raise NotFound("その講座は見つかりません。一覧から選んでください。")
    return _course(row)


def course_cards(session: Session, courses: Sequence[int]) -> list[CourseCard]:
    """The cards of courses by their row numbers, in the order in which they begin."""
    query = _SELECT.where(COURSE.c.id.in_(courses)).order_by(COURSE.c.starts_at, COURSE.c.id)
    return [_course(row) for row in session.connection().execute(query)] if courses else []


def list_courses(
    session: Session,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    programme: str | None = None,
    venue: str | None = None,
    q: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
    exact: bool = False,
) -> CourseList:
    """A page of courses in the order they begin, those that end after ``since`` and begin before ``until``."""
    query = _SELECT
    if since:
        query = query.where(COURSE.c.ends_at > since)
    if until:
        query = query.where(COURSE.c.starts_at < until)
    if programme:
        query = query.where(COURSE.c.programme_id == row_id(programme))
    if venue:
        query = query.where(VENUE.c.code == venue)
    if q:
        query = query.where(COURSE.c.search.contains(fold(q), autoescape=True))
    total = keyset.total(session, query, exact=exact)
    order = [COURSE.c.starts_at, COURSE.c.id]
    if cursor:
        begun, last_id = keyset.after(cursor, str, int)
        query = query.where(keyset.beyond(order, [_instant(begun), last_id]))
    rows = session.connection().execute(query.order_by(*order).limit(limit + 1)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    following = keyset.cursor_of(last.starts_at.isoformat(), last.id) if last else None
    return CourseList(items=[_course(row) for row in rows[:limit]], next=following, total=total)


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid.field("cursor", "一覧の続きが見つかりません。一覧をはじめから開いてください。") from None


def _course(row: Any) -> CourseCard:
    ids = {name: getattr(row, f"{name}_id") for name in ("programme", "series", "room", "postponed_to")}
    values = {name: getattr(row, name) for name in CourseCard.model_fields if name not in ("id", *ids)}
    values |= {name: None if value is None else str(value) for name, value in ids.items()}
    return CourseCard(id=str(row.id), **values)
