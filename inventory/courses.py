"""Programmes of a fiscal year and the courses held under them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator
from sqlalchemy import select
from sqlmodel import Session, SQLModel

from inventory import journal, keyset
from inventory.borrowers import COURSE, VENUE
from inventory.devices import CASE
from inventory.errors import Invalid, NotFound
from inventory.journal import By
from inventory.shapes import (
    Card,
    Identifier,
    Instant,
    LongName,
    OptionalCount,
    OptionalLine,
    OptionalLongName,
    OptionalName,
    Shape,
    row_id,
)
from inventory.tables import Audience, Course, CourseState, Programme, TotalSource
from inventory.text import fold

_tables = SQLModel.metadata.tables
PROGRAMME = _tables["programme"]
SERIES = _tables["course_series"]
ROOM = _tables["room"]


class NewProgramme(Shape):
    code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,31}$")]
    fiscal_year: Annotated[int, Field(ge=1989, le=2999)]
    name: LongName
    line: OptionalLongName = None
    call: OptionalName = None
    audience: Audience | None = None
    funding: OptionalName = None
    partner: OptionalName = None
    owner_section: OptionalName = None
    planned_courses: OptionalCount = None
    planned_participants: OptionalCount = None
    planned_approx: bool = False
    reported_courses: OptionalCount = None
    reported_participants: OptionalCount = None
    reported_distinct: OptionalCount = None
    approx: bool = False
    prints: TotalSource | None = None
    supporters_asked: OptionalCount = None
    supporters_agreed: OptionalCount = None
    venues_note: OptionalLine = None
    note: OptionalLine = None

    @model_validator(mode="after")
    def _distinct_within_total(self) -> "NewProgramme":
        if (self.reported_distinct or 0) > (self.reported_participants or self.reported_distinct or 0):
            raise ValueError("実人員が延べ人数より多くなっています。数をたしかめてください")
        return self


class NewCourse(Shape):
    programme: Identifier
    title: LongName
    level: Annotated[int, Field(ge=1, le=5)] | None = None
    venue: Identifier | None = None
    starts_at: Instant
    ends_at: Instant
    capacity: OptionalCount = None
    needs_wifi: bool = False

    @model_validator(mode="after")
    def _lasts(self) -> "NewCourse":
        if self.ends_at <= self.starts_at:
            raise ValueError("終わりの時刻が、始まりより前です。時刻をたしかめてください")
        return self


class ProgrammeCard(Card):
    id: str
    code: str
    fiscal_year: int
    name: str
    line: str | None
    call: str | None
    audience: Audience | None
    funding: str | None
    partner: str | None
    owner_section: str | None
    planned_courses: int | None
    planned_participants: int | None
    planned_approx: bool
    reported_courses: int | None
    reported_participants: int | None
    reported_distinct: int | None
    approx: bool
    prints: TotalSource | None
    supporters_asked: int | None
    supporters_agreed: int | None
    venues_note: str | None
    note: str | None
    revision: int


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


def create_programme(session: Session, order: NewProgramme, *, by: By, now: datetime, op_id: str) -> ProgrammeCard:
    """Raises Invalid when the fiscal year has a programme of this code."""
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    taken = select(PROGRAMME.c.id).where(PROGRAMME.c.fiscal_year == order.fiscal_year, PROGRAMME.c.code == order.code)
    if session.connection().execute(taken).first():
        raise Invalid.field("code", f"事業コード {order.code} は、この年度にもうあります。別のコードにしてください。")
    row = Programme(**order.model_dump(), entry=entry)
    session.add(row)
    session.flush()
    journal.note(session, "create_programme", programme=row.id)
    return programme_card(session, str(row.id))


def create_course(session: Session, order: NewCourse, *, by: By, now: datetime, op_id: str) -> CourseCard:
    """Raises Invalid when the programme or the venue is unknown."""
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    connection = session.connection()
    programme = connection.execute(select(PROGRAMME.c.id).where(PROGRAMME.c.id == row_id(order.programme))).scalar()
    if programme is None:
        raise Invalid.field("programme", "その事業は見つかりません。一覧から選んでください。")
    venue = None
    if order.venue is not None:
        venue = connection.execute(select(VENUE.c.id, VENUE.c.name).where(VENUE.c.code == order.venue)).first()
        if venue is None:
            raise Invalid.field("venue", "その会場は見つかりません。一覧から選んでください。")
    row = Course(
        **order.model_dump(exclude={"programme", "venue"}),
        programme_id=programme,
        venue_id=venue.id if venue else None,
        search="\n".join(fold(word) for word in (order.title, venue.name if venue else None) if word),
        entry=entry,
    )
    session.add(row)
    session.flush()
    journal.note(session, "create_course", course=row.id)
    return course_card(session, str(row.id))


def programme_card(session: Session, programme: str) -> ProgrammeCard:
    row = session.connection().execute(select(PROGRAMME).where(PROGRAMME.c.id == row_id(programme))).first()
    if row is None:
        raise NotFound("その事業は見つかりません。一覧から選んでください。")
    return _programme(row)


def list_programmes(session: Session, *, fiscal_year: int | None = None) -> list[ProgrammeCard]:
    """Programmes in the order they were entered, the newest fiscal year first."""
    query = select(PROGRAMME).order_by(PROGRAMME.c.fiscal_year.desc(), PROGRAMME.c.id)
    if fiscal_year is not None:
        query = query.where(PROGRAMME.c.fiscal_year == fiscal_year)
    return [_programme(row) for row in session.connection().execute(query)]


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


def _programme(row: Any) -> ProgrammeCard:
    values = {name: getattr(row, name) for name in ProgrammeCard.model_fields if name != "id"}
    return ProgrammeCard(id=str(row.id), **values)


def _course(row: Any) -> CourseCard:
    ids = {name: getattr(row, f"{name}_id") for name in ("programme", "series", "room", "postponed_to")}
    values = {name: getattr(row, name) for name in CourseCard.model_fields if name not in ("id", *ids)}
    values |= {name: None if value is None else str(value) for name, value in ids.items()}
    return CourseCard(id=str(row.id), **values)
