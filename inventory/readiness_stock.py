"""The pools that courses draw on: what of each can go out now, what waits for work first, and what is free when."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, partial
from operator import attrgetter

from sqlalchemy import and_, case, exists, func, literal, or_, select, union_all
from sqlmodel import Session

from inventory.availability import Window, free_windows
from inventory.availability_rows import GONE
from inventory.calendar import today
from inventory.devices import DEVICE, HOLD, ITEM, POOL
from inventory.tables import HoldReason, PoolKind

# How far beyond the last course one looks for a day on which enough devices are free.
AHEAD = timedelta(days=31)
_BEGIN = attrgetter("from_at")
# Why a device could not go out this minute; of several reasons the first counts: away (0), to wipe, to inspect.
_WORK = {1: HoldReason.WIPE, 2: HoldReason.INSPECT}
_RANK = case((HOLD.c.reason.in_(GONE), 0), *((HOLD.c.reason == reason, rank) for rank, reason in _WORK.items()))
_NAMED = union_all(
    select(ITEM.c.device_id.label("id"), literal(0).label("rank")).where(ITEM.c.returned_at.is_(None)),
    select(HOLD.c.device_id, _RANK).where(HOLD.c.closed_at.is_(None), HOLD.c.reason.in_((*GONE, *_WORK.values()))),
).subquery("named")
_WHY = select(_NAMED.c.id, func.min(_NAMED.c.rank).label("why")).group_by(_NAMED.c.id).subquery("why")


@dataclass(frozen=True)
class Stock:
    """A pool: how many of its units can go out this minute, how many wait for work first, and what is free when.

    ``later`` reads what is free in the weeks behind ``windows``; it is asked only where something is missing.
    """

    id: str
    name: str
    kind: PoolKind
    preparation: timedelta
    ready: int = 0
    waiting: Counter[HoldReason] = field(default_factory=Counter)
    windows: Sequence[Window] = ()
    later: Callable[[], Sequence[Window]] = tuple

    def free(self, from_at: datetime, until_at: datetime) -> int:
        """How many are free throughout, the preparation before and after included; below 0: more are promised."""
        return _least(self.windows, from_at - self.preparation, until_at + self.preparation)

    def free_later(self, from_at: datetime, until_at: datetime) -> int:
        """The same of a time in the weeks after."""
        return _least(self.later(), from_at - self.preparation, until_at + self.preparation)


def _least(windows: Sequence[Window], start: datetime, end: datetime) -> int:
    at = max(0, bisect_right(windows, start, key=_BEGIN) - 1)
    least = windows[at].free if windows else 0
    while (at := at + 1) < len(windows) and windows[at].from_at < end:
        least = min(least, windows[at].free)
    return least


def load_stock(
    session: Session, reserved: Collection[str], from_at: datetime, until_at: datetime, *, now: datetime
) -> dict[str, Stock]:
    """Every pool of phones and routers that has a device, and those that are ``reserved``, by their ids.

    Their windows reach from ``from_at`` to ``until_at`` and the preparation beyond; ``later`` a further ``AHEAD``.
    """
    stocked = exists().where(DEVICE.c.pool_id == POOL.c.id, DEVICE.c.retired_at.is_(None))
    wanted = and_(POOL.c.kind.in_((PoolKind.SMARTPHONE, PoolKind.ROUTER)), stocked)
    rows = session.connection().execute(select(POOL).where(or_(POOL.c.id.in_(reserved), wanted))).all()
    here = _here(session, [row.id for row in rows], now)
    margin = timedelta(minutes=max((row.preparation_minutes for row in rows), default=0))
    return {
        row.id: Stock(
            id=row.id,
            name=row.name,
            kind=row.kind,
            preparation=timedelta(minutes=row.preparation_minutes),
            ready=here[row.id][0],
            waiting=here[row.id][1],
            windows=free_windows(session, row.id, from_at - margin, until_at + margin, now=now),
            later=cache(partial(free_windows, session, row.id, from_at - margin, until_at + margin + AHEAD, now=now)),
        )
        for row in rows
    }


def _here(session: Session, pools: Sequence[str], now: datetime) -> defaultdict[str, tuple[int, Counter[HoldReason]]]:
    """Of each pool how many devices in the house could go out this minute, and how many wait for which work first.

    Most devices have nothing to tell: they are counted, and only those that are out or held are looked at.
    """
    leased = or_(DEVICE.c.lease_until.is_(None), DEVICE.c.lease_until >= today(now))
    there = and_(DEVICE.c.pool_id.in_(pools), DEVICE.c.retired_at.is_(None), leased)
    connection = session.connection()
    counted = select(DEVICE.c.pool_id, func.count()).where(there).group_by(DEVICE.c.pool_id)
    found: defaultdict[str, tuple[int, Counter[HoldReason]]] = defaultdict(lambda: (0, Counter()))
    found |= {pool: (count, Counter()) for pool, count in connection.execute(counted)}
    query = (
        select(DEVICE.c.pool_id, _WHY.c.why, func.count())
        .join(_WHY, _WHY.c.id == DEVICE.c.id)
        .where(there)
        .group_by(DEVICE.c.pool_id, _WHY.c.why)
    )
    for pool, why, count in connection.execute(query):
        ready, waiting = found[pool]
        if why in _WORK:
            waiting[_WORK[why]] += count
        found[pool] = (ready - count, waiting)
    return found
