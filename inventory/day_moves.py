"""この日のうごき: what goes on around a course, in its room and with the devices it draws on, hour by hour."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session

from inventory.availability import Window, free_windows
from inventory.borrowers import COURSE
from inventory.calendar import TOKYO, jst_day_bounds, today
from inventory.courses import CourseCard
from inventory.readiness_facts import phones_needed
from inventory.readiness_stock import Stock, load_stock
from inventory.reservation_lists import ReservationCard
from inventory.reservations import reservations_of
from inventory.shapes import row_id
from inventory.tables import CourseState, PoolKind

# So much of the day is shown on both sides of the course and of the preparation of its devices.
_MARGIN = timedelta(hours=1)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Bar:
    """Something that goes on from ``from_at`` to before ``until_at``. ``title`` is that of another course."""

    from_at: datetime
    until_at: datetime
    own: bool = True
    title: str | None = None


@dataclass(frozen=True)
class Lane:
    """The room (``kind`` None), or a pool. ``bars`` of a pool are the reservations for the course without preparation.

    ``windows`` say how many units are free besides those. ``quantity`` are reserved for the course.
    """

    name: str
    kind: PoolKind | None
    bars: list[Bar]
    quantity: int
    preparation: timedelta
    windows: list[Window]


@dataclass(frozen=True)
class DayMoves:
    """Full hours of one day in Japan, from ``from_at`` to ``until_at``."""

    from_at: datetime
    until_at: datetime
    lanes: list[Lane]


def day_moves(session: Session, card: CourseCard, *, now: datetime) -> DayMoves:
    """The hours around a course; of one that lasts over several days those of the first day."""
    kept = reservations_of(session, [int(card.id)])[int(card.id)]
    reserved = {one.pool for one in kept}
    stock = load_stock(session, reserved, card.starts_at, card.ends_at, now=now)
    pools = _pools(card, stock, reserved)
    margin = max((one.preparation for one in pools), default=timedelta()) + _MARGIN
    from_at, until_at = _hours(card, margin)
    lanes = [_room(session, card, from_at, until_at)] if card.room or card.venue else []
    lanes += [_pool(session, one, kept, from_at, until_at, now) for one in pools]
    return DayMoves(from_at, until_at, lanes)


def _pools(card: CourseCard, stock: dict[str, Stock], reserved: set[str]) -> list[Stock]:
    """What is reserved; of phones and routers that the course needs besides, the pool with the most free devices."""
    needs = {PoolKind.ROUTER: card.needs_wifi, PoolKind.SMARTPHONE: phones_needed(card) > 0}
    shown = [stock[pool] for pool in reserved]
    for kind, needed in needs.items():
        others = [one for one in stock.values() if one.kind is kind]
        if needed and others and not any(one.kind is kind for one in shown):
            shown.append(max(others, key=lambda one: one.free(card.starts_at, card.ends_at)))
    return sorted(shown, key=lambda one: (one.kind is PoolKind.ROUTER, one.kind is not PoolKind.SMARTPHONE, one.id))


def _hours(card: CourseCard, margin: timedelta) -> tuple[datetime, datetime]:
    begin, end = jst_day_bounds(today(card.starts_at))
    first = (card.starts_at - margin).astimezone(TOKYO).replace(minute=0, second=0, microsecond=0)
    last = (card.ends_at + margin).astimezone(TOKYO)
    full = last.replace(minute=0, second=0, microsecond=0)
    return max(begin, first), min(end, full if full == last else full + _HOUR)


def _room(session: Session, card: CourseCard, from_at: datetime, until_at: datetime) -> Lane:
    """The courses in the room that day; of a course without a room, that course alone."""
    bars = [Bar(card.starts_at, card.ends_at)]
    if card.room is not None:
        others = (
            select(COURSE.c.title, COURSE.c.starts_at, COURSE.c.ends_at)
            .where(COURSE.c.room_id == row_id(card.room), COURSE.c.id != row_id(card.id))
            .where(COURSE.c.state.in_((CourseState.PLANNED, CourseState.HELD)))
            .where(COURSE.c.starts_at < until_at, COURSE.c.ends_at > from_at)
            .order_by(COURSE.c.starts_at, COURSE.c.id)
        )
        found = session.connection().execute(others)
        bars += [Bar(row.starts_at, row.ends_at, own=False, title=row.title) for row in found]
    return Lane(card.room_name or card.venue_name or "", None, bars, 0, timedelta(), [])


def _pool(
    session: Session, pool: Stock, kept: list[ReservationCard], from_at: datetime, until_at: datetime, now: datetime
) -> Lane:
    own = [one for one in kept if one.pool == pool.id]
    return Lane(
        name=pool.name,
        kind=pool.kind,
        bars=[Bar(one.from_, one.until) for one in own],
        quantity=sum(one.quantity for one in own),
        preparation=pool.preparation,
        windows=free_windows(session, pool.id, from_at, until_at, now=now),
    )
