"""Cards and lists of reservations: what was promised to whom, and how much of it was handed out."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pydantic import Field
from sqlalchemy import ColumnElement, select
from sqlmodel import Session

from inventory import keyset
from inventory.availability_rows import HANDED, RESERVATION
from inventory.borrowers import ASSOCIATION, COURSE, COURSE_VENUE, DISTRICT, Borrower
from inventory.devices import POOL
from inventory.errors import Invalid, NotFound
from inventory.shapes import Card, row_id
from inventory.tables import PoolKind


class ReservationState(StrEnum):
    """Open until it is over or released."""

    OPEN = "open"
    OVER = "over"
    RELEASED = "released"


class ReservationCard(Card):
    """``handed`` units went out on it already; ``wanted`` are still promised. ``borrower``: a course or an association.

    ``from`` and ``until`` are without the preparation.
    """

    id: str
    pool: str
    pool_name: str
    kind: PoolKind
    quantity: int
    handed: int
    wanted: int
    from_: datetime = Field(serialization_alias="from")
    until: datetime
    borrower: Borrower
    note: str | None
    override_reason: str | None
    released_at: datetime | None

    def state(self, now: datetime) -> ReservationState:
        if self.released_at is not None:
            return ReservationState.RELEASED
        return ReservationState.OPEN if self.until > now else ReservationState.OVER


class ReservationList(Card):
    items: list[ReservationCard]
    next: str | None
    total: int | None


_SELECT = select(
    RESERVATION,
    POOL.c.name.label("pool_name"),
    POOL.c.kind,
    COURSE.c.title.label("course_title"),
    COURSE_VENUE.c.name.label("venue_name"),
    ASSOCIATION.c.name.label("association_name"),
    DISTRICT.c.name.label("district_name"),
    HANDED.label("handed"),
).select_from(
    RESERVATION.join(POOL, RESERVATION.c.pool_id == POOL.c.id)
    .outerjoin(COURSE, RESERVATION.c.course_id == COURSE.c.id)
    .outerjoin(COURSE_VENUE, COURSE.c.venue_id == COURSE_VENUE.c.id)
    .outerjoin(ASSOCIATION, RESERVATION.c.association_id == ASSOCIATION.c.id)
    .outerjoin(DISTRICT, ASSOCIATION.c.district_id == DISTRICT.c.id)
)
_ORDER = (RESERVATION.c.from_at, RESERVATION.c.id)


def find_reservation(session: Session, reservation: str) -> Any:
    """The row of a reservation.

    Raises:
        NotFound: there is none of this id.
    """
    query = select(RESERVATION).where(RESERVATION.c.id == row_id(reservation))
    row = session.connection().execute(query).first()
    if row is None:
        raise NotFound("その予約は見つかりません。予約の一覧から選び直してください。")
    return row


def reservation_card(session: Session, reservation: str) -> ReservationCard:
    row = find_reservation(session, reservation)
    return reservation_cards(session, RESERVATION.c.id == row.id)[0]


def reservation_cards(session: Session, *which: ColumnElement[bool]) -> list[ReservationCard]:
    """The reservations of which all of this is true, the earliest first."""
    return [_card(row) for row in session.connection().execute(_SELECT.where(*which).order_by(*_ORDER))]


def list_reservations(
    session: Session,
    *,
    now: datetime,
    pool: str | None = None,
    course: str | None = None,
    association: str | None = None,
    state: ReservationState | None = ReservationState.OPEN,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 50,
    cursor: str | None = None,
    exact: bool = False,
) -> ReservationList:
    """A page of reservations in the order they begin, those that end after ``since`` and begin before ``until``."""
    query = _SELECT.where(*_in_state(state, now))
    if pool:
        query = query.where(RESERVATION.c.pool_id == pool)
    if course:
        query = query.where(RESERVATION.c.course_id == row_id(course))
    if association:
        query = query.where(RESERVATION.c.association_id == row_id(association))
    if since is not None:
        query = query.where(RESERVATION.c.until_at > since)
    if until is not None:
        query = query.where(RESERVATION.c.from_at < until)
    total = keyset.total(session, query, exact=exact)
    if cursor:
        begun, last_id = keyset.after(cursor, str, int)
        query = query.where(keyset.beyond(list(_ORDER), [_instant(begun), last_id]))
    rows = session.connection().execute(query.order_by(*_ORDER).limit(limit + 1)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    following = keyset.cursor_of(last.from_at.isoformat(), last.id) if last else None
    return ReservationList(items=[_card(row) for row in rows[:limit]], next=following, total=total)


def _in_state(state: ReservationState | None, now: datetime) -> list[ColumnElement[bool]]:
    if state is None:
        return []
    if state is ReservationState.RELEASED:
        return [RESERVATION.c.released_at.is_not(None)]
    over = RESERVATION.c.until_at <= now if state is ReservationState.OVER else RESERVATION.c.until_at > now
    return [RESERVATION.c.released_at.is_(None), over]


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid.field("cursor", "一覧の続きが見つかりません。一覧をはじめから開いてください。") from None


def _card(row: Any) -> ReservationCard:
    handed = min(row.handed, row.quantity)
    return ReservationCard(
        id=str(row.id),
        pool=row.pool_id,
        pool_name=row.pool_name,
        kind=row.kind,
        quantity=row.quantity,
        handed=handed,
        wanted=0 if row.released_at is not None else row.quantity - handed,
        from_=row.from_at,
        until=row.until_at,
        borrower=_borrower(row),
        note=row.note,
        override_reason=row.override_reason,
        released_at=row.released_at,
    )


def _borrower(row: Any) -> Borrower:
    if row.course_id is not None:
        return Borrower(type="course", id=str(row.course_id), name=f"{row.venue_name or ''}「{row.course_title}」")
    name = f"{row.district_name} {row.association_name}" if row.district_name else row.association_name
    return Borrower(type="association", id=str(row.association_id), name=name)
