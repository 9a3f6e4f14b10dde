"""How many devices of a pool are free at any time: the one function behind every screen, promise and refusal.

All intervals are half-open, ``[from, until)``, and all times are instants. A reservation occupies its time and the
pool's preparation (charging, wiping) before and after it. A loan occupies its device from when it went out until it is
due and prepared again; an overdue one until it is back, whenever that is. A device in repair, lost or missing is not
there until that ends, and a leased one not after its lease. Waiting for a check or a wipe does not occupy: that work is
what the preparation is for, and ``inventory/readiness.py`` tells of it.

What is over has no weight: closed loans and released reservations do not count, at no time. A reservation counts with
what of it has not been handed out yet.

The cost grows with the reservations that reach into the time asked for, and with the devices that are out or held: the
short reservations are found by where they begin, the few long ones by where they end (``Reservation.long``).
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, bindparam, case, exists, func, literal, not_, null, or_, select, union_all
from sqlmodel import Session, SQLModel

from inventory.borrowers import DUE_DAY, LOAN, OFFICER
from inventory.calendar import jst_day_bounds, today
from inventory.devices import DEVICE, HOLD, ITEM, POOL
from inventory.errors import NotFound
from inventory.tables import HoldReason

RESERVATION = SQLModel.metadata.tables["reservation"]
SHORT = timedelta(days=7)
NEVER = datetime(9999, 12, 1, tzinfo=UTC)
# Nobody knows when these end.
GONE = (HoldReason.REPAIR, HoldReason.LOST, HoldReason.MISSING)


class Window(NamedTuple):
    """``free`` units from ``from_at`` to before ``until_at``, below 0 where more is promised than there is;
    ``promised`` units are reserved and not handed out yet."""

    from_at: datetime
    until_at: datetime
    free: int
    promised: int


class Shortage(NamedTuple):
    """So many units are missing from ``from_at`` to before ``until_at``."""

    from_at: datetime
    until_at: datetime
    missing: int


@dataclass(frozen=True)
class Besides:
    """What does not count: reservations and a loan by their row numbers, because the question is about them."""

    reservations: Collection[int] = ()
    loan: int | None = None


_NOTHING = Besides()
_TIME = RESERVATION.c.from_at.type
_A, _B = bindparam("after", type_=_TIME), bindparam("before", type_=_TIME)
_POOL: Any = bindparam("pool")
_OPEN = and_(RESERVATION.c.pool_id == _POOL, RESERVATION.c.released_at.is_(None))
_REACHES_IN = and_(RESERVATION.c.until_at > _A, RESERVATION.c.from_at < _B)
_SHORT_ONES = and_(_OPEN, not_(RESERVATION.c.long), RESERVATION.c.from_at > bindparam("since", type_=_TIME))
_LONG_ONES = and_(_OPEN, RESERVATION.c.long)


def _begins(which: Any) -> Select[Any]:
    query = select(RESERVATION.c.from_at.label("at"), func.sum(RESERVATION.c.quantity).label("units"), literal(1))
    return query.where(which, _REACHES_IN).group_by(RESERVATION.c.from_at)


def _ends(which: Any) -> Select[Any]:
    query = select(RESERVATION.c.until_at.label("at"), func.sum(RESERVATION.c.quantity).label("units"), literal(-1))
    return query.where(which, _REACHES_IN).group_by(RESERVATION.c.until_at)


_PROMISED = union_all(_begins(_SHORT_ONES), _ends(_SHORT_ONES), _begins(_LONG_ONES), _ends(_LONG_ONES))
_ANY_PROMISED = union_all(*(select(literal(1)).where(which, _REACHES_IN) for which in (_SHORT_ONES, _LONG_ONES))).limit(
    1
)
# Whether a loan item on a reservation counts as handed out. A unit that came back before the reservation's time began
# is wanted again, and a loan of no length never ran: it was taken for an error.
WAS_HANDED = and_(
    ITEM.c.undone_entry.is_(None),
    or_(
        ITEM.c.returned_at.is_(None),
        and_(ITEM.c.returned_at > ITEM.c.lent_at, ITEM.c.returned_at > RESERVATION.c.from_at),
    ),
)
_HANDED = (
    select(
        RESERVATION.c.id,
        RESERVATION.c.from_at,
        RESERVATION.c.until_at,
        RESERVATION.c.quantity,
        func.count().label("handed"),
    )
    .select_from(RESERVATION.join(ITEM, ITEM.c.reservation_id == RESERVATION.c.id))
    .where(_OPEN, _REACHES_IN, or_(RESERVATION.c.long, RESERVATION.c.from_at > bindparam("since", type_=_TIME)))
    .where(WAS_HANDED)
    .group_by(RESERVATION.c.id, RESERVATION.c.from_at, RESERVATION.c.until_at, RESERVATION.c.quantity)
)
_OWN = select(RESERVATION).where(RESERVATION.c.id.in_(bindparam("own", expanding=True)), _OPEN, _REACHES_IN)
_UNITS = select(func.count()).select_from(DEVICE).where(DEVICE.c.pool_id == _POOL, DEVICE.c.retired_at.is_(None))
_PREPARATION = select(POOL.c.preparation_minutes).where(POOL.c.id == _POOL)

_STOPPED = exists().where(HOLD.c.device_id == DEVICE.c.id, HOLD.c.closed_at.is_(None), HOLD.c.reason.in_(GONE))
_LEASE_ENDS = DEVICE.c.lease_until < bindparam("last_day", type_=DEVICE.c.lease_until.type)
# Such a device is looked at by itself, so that what is lost and overdue is missing once.
_BY_ITSELF = or_(_STOPPED, and_(DEVICE.c.lease_until.is_not(None), _LEASE_ENDS))
_NOT_OF_LOAN = or_(bindparam("loan", type_=LOAN.c.id.type).is_(None), ITEM.c.loan_id != bindparam("loan"))
_OUT = and_(ITEM.c.returned_at.is_(None), _NOT_OF_LOAN)
_DUE = (LOAN.c.due_at, DUE_DAY.label("due_day"), LOAN.c.installed)
# Nearly all went out before the time that is asked for, so they are counted by when they come back.
_LENT_WITHIN = case((ITEM.c.lent_at > _A, ITEM.c.lent_at), else_=null()).label("lent_at")
_COUNTED_OUT = (
    select(_LENT_WITHIN, *_DUE, func.count().label("units"))
    .select_from(
        ITEM.join(LOAN, ITEM.c.loan_id == LOAN.c.id)
        .join(DEVICE, ITEM.c.device_id == DEVICE.c.id)
        .outerjoin(OFFICER, LOAN.c.officer_id == OFFICER.c.id)
    )
    .where(_OUT, DEVICE.c.pool_id == _POOL, DEVICE.c.retired_at.is_(None), not_(_BY_ITSELF))
    .group_by(_LENT_WITHIN, LOAN.c.due_at, DUE_DAY, LOAN.c.installed)
)
_STOPPED_SINCE = (
    select(func.min(HOLD.c.opened_at))
    .where(HOLD.c.device_id == DEVICE.c.id, HOLD.c.closed_at.is_(None), HOLD.c.reason.in_(GONE))
    .scalar_subquery()
)
_SINGLE = (
    select(DEVICE.c.lease_until, _STOPPED_SINCE.label("stopped_at"), ITEM.c.lent_at, *_DUE)
    .select_from(
        DEVICE.outerjoin(ITEM, and_(ITEM.c.device_id == DEVICE.c.id, _OUT))
        .outerjoin(LOAN, ITEM.c.loan_id == LOAN.c.id)
        .outerjoin(OFFICER, LOAN.c.officer_id == OFFICER.c.id)
    )
    .where(DEVICE.c.pool_id == _POOL, DEVICE.c.retired_at.is_(None), _BY_ITSELF)
)


def free_windows(
    session: Session, pool: str, from_at: datetime, until_at: datetime, *, now: datetime, besides: Besides = _NOTHING
) -> list[Window]:
    """What is free from ``from_at`` to before ``until_at``, without gaps, in order; neighbours differ.

    The preparation of whoever asks is not added here (``with_preparation``).

    Raises:
        NotFound: there is no such pool.
    """
    from_at, until_at = from_at.astimezone(UTC), until_at.astimezone(UTC)
    preparation = preparation_of(session, pool)
    asked = {
        "pool": pool,
        "after": from_at - preparation,
        "before": until_at + preparation,
        "since": from_at - preparation - SHORT,
        "loan": besides.loan,
        "last_day": today(until_at),
    }
    units = units_of(session, pool)
    # Changes of (free, promised) by moment; what began before is one change at the beginning.
    changes: defaultdict[datetime, list[int]] = defaultdict(lambda: [0, 0])
    changes[from_at] = [units, 0]

    def occupy(start: datetime, end: datetime, count: int, promised: int = 0) -> None:
        if start < until_at and end > from_at:
            begin = changes[max(start, from_at)]
            begin[0] -= count
            begin[1] += promised
            if end < until_at:
                back = changes[end]
                back[0] += count
                back[1] -= promised

    for at, count, sign in session.connection().execute(_PROMISED, asked):
        moment = at - preparation if sign > 0 else at + preparation
        if moment < until_at:
            change = changes[max(moment, from_at)]
            change[0] -= sign * count
            change[1] += sign * count
    for start, end, count in _not_promised(session, asked, besides):
        occupy(start - preparation, end + preparation, -count, -count)
    for row in session.connection().execute(_COUNTED_OUT, asked):
        occupy(row.lent_at or from_at, _back(row, now, preparation), row.units)
    for row in session.connection().execute(_SINGLE, asked):
        for start, end in _away(row, now, preparation):
            occupy(start, end, 1)
    return _windows(changes, until_at)


def _not_promised(
    session: Session, asked: dict[str, Any], besides: Besides
) -> Iterator[tuple[datetime, datetime, int]]:
    """Units of reservations that do not count: handed out already, or of a reservation that is left out."""
    handed: dict[int, int] = {}
    for row in session.connection().execute(_HANDED, asked):
        handed[row.id] = min(row.handed, row.quantity)
        yield row.from_at, row.until_at, handed[row.id]
    if besides.reservations:
        for row in session.connection().execute(_OWN, asked | {"own": list(besides.reservations)}):
            yield row.from_at, row.until_at, row.quantity - handed.get(row.id, 0)


def _windows(changes: dict[datetime, list[int]], until_at: datetime) -> list[Window]:
    windows: list[Window] = []
    free = promised = 0
    begin, shown = min(changes), (0, 0)
    for at in sorted(changes):
        more_free, more_promised = changes[at]
        free, promised = free + more_free, promised + more_promised
        if (free, promised) != shown:
            if at > begin:
                windows.append(Window(begin, at, *shown))
            begin, shown = at, (free, promised)
    windows.append(Window(begin, until_at, *shown))
    return windows


def _back(row: Any, now: datetime, preparation: timedelta) -> datetime:
    """When a device that is out can go out again, as far as one knows."""
    if row.installed or row.due_day is None or row.due_day < today(now):
        return NEVER
    end: datetime = row.due_at or day_end(row.due_day)
    # Who is an hour late is expected today still.
    return (end if end > now else day_end(today(now))) + preparation


def _away(row: Any, now: datetime, preparation: timedelta) -> Iterator[tuple[datetime, datetime]]:
    """When a device that is held, or whose lease ends, is not there, each time once."""
    ends = [row.stopped_at, day_end(row.lease_until) if row.lease_until else None]
    gone = min((end for end in ends if end is not None), default=NEVER)
    if row.lent_at is not None:
        back = _back(row, now, preparation)
        if back < gone:
            yield row.lent_at, back
        else:
            gone = min(gone, row.lent_at)
    yield gone, NEVER


def away_until(end: datetime, preparation: timedelta) -> datetime:
    """When a device that comes back at ``end`` can go out again."""
    return end if end == NEVER else end + preparation


def day_end(day: date) -> datetime:
    """The first moment after a day of Japan."""
    return jst_day_bounds(day)[1].astimezone(UTC)


def units_of(session: Session, pool: str) -> int:
    """How many units the pool has, wherever they are."""
    return session.connection().execute(_UNITS, {"pool": pool}).scalar_one()


def preparation_of(session: Session, pool: str) -> timedelta:
    """How long a unit of the pool is prepared before it goes out, and after it came back.

    Raises:
        NotFound: there is no such pool.
    """
    minutes = None if "\0" in pool else session.connection().execute(_PREPARATION, {"pool": pool}).scalar()
    if minutes is None:
        raise NotFound("その貸出区分は見つかりません。一覧から選んでください。")
    return timedelta(minutes=minutes)


def with_preparation(
    session: Session, pool: str, from_at: datetime, until_at: datetime, *, now: datetime, besides: Besides = _NOTHING
) -> list[Window]:
    """What is free for somebody who wants units for this time, the preparation before and after it included."""
    preparation = preparation_of(session, pool)
    return free_windows(session, pool, from_at - preparation, until_at + preparation, now=now, besides=besides)


def least_free(windows: list[Window]) -> int:
    """How many units are free throughout; below 0 where more is promised than there is."""
    return min(window.free for window in windows)


def shortages(windows: list[Window], quantity: int) -> list[Shortage]:
    """Where fewer than ``quantity`` are free, and how many are missing there; neighbours that miss the same are one."""
    found: list[Shortage] = []
    for window in windows:
        missing = quantity - window.free
        if missing <= 0:
            continue
        last = found[-1] if found else None
        if last is not None and last.until_at == window.from_at and last.missing == missing:
            found[-1] = Shortage(last.from_at, window.until_at, missing)
        else:
            found.append(Shortage(window.from_at, window.until_at, missing))
    return found


def any_promised(session: Session, pool: str, from_at: datetime, until_at: datetime, preparation: timedelta) -> bool:
    """Whether anything is promised in this time, however little: one look at an index."""
    after = from_at - preparation
    ask = {"pool": pool, "after": after, "before": until_at + preparation, "since": after - SHORT}
    return session.connection().execute(_ANY_PROMISED, ask).first() is not None


class Entitled(NamedTuple):
    """So many units were promised to whoever asks, from ``from_at`` to before ``until_at``, preparation included."""

    from_at: datetime
    until_at: datetime
    units: int


class Room(NamedTuple):
    """So many units may go, and the time that binds: there somebody else would miss the next one."""

    units: int
    from_at: datetime
    until_at: datetime


def room_for(
    session: Session,
    pool: str,
    from_at: datetime,
    until_at: datetime,
    *,
    now: datetime,
    besides: Besides = _NOTHING,
    entitled: Sequence[Entitled] = (),
) -> Room | None:
    """How many units may be away throughout this time without breaking a promise to somebody else; None: any number.

    Units that are merely scarce (all the others are overdue) may go: only what somebody was promised stays. Whoever was
    promised units itself (``entitled``, which ``besides`` leaves out) may have them also where the pool is short.
    """
    least: Room | None = None
    for window in free_windows(session, pool, from_at, until_at, now=now, besides=besides):
        if window.promised <= 0:
            continue
        for begin, end in _pieces(window, entitled):
            own = sum(one.units for one in entitled if one.from_at <= begin and one.until_at >= end)
            units = max(window.free, own)
            if least is None or units < least.units:
                least = Room(units, begin, end)
    return least


def _pieces(window: Window, entitled: Sequence[Entitled]) -> Iterator[tuple[datetime, datetime]]:
    """A window cut where somebody's own promises begin and end."""
    edges = {edge for one in entitled for edge in (one.from_at, one.until_at)}
    inside = sorted(edge for edge in edges if window.from_at < edge < window.until_at)
    yield from pairwise((window.from_at, *inside, window.until_at))
