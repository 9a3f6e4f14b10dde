"""The pools that courses draw on: what of each can go out now, what waits for work first, and what is free when."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, partial
from operator import attrgetter
from typing import Any

from sqlalchemy import and_, case, exists, func, or_, select
from sqlmodel import Session

from inventory.availability import Window, free_windows
from inventory.availability_rows import GONE
from inventory.calendar import today
from inventory.devices import DEVICE, HOLD, ITEM, POOL
from inventory.tables import HoldReason, PoolKind

# How far beyond the last course one looks for a day on which enough devices are free.
AHEAD = timedelta(days=31)
_BEGIN = attrgetter("from_at")


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
    """Of each pool how many devices in the house could go out this minute, and how many wait for which work first."""

    def held(*reasons: HoldReason) -> Any:
        return exists().where(HOLD.c.device_id == DEVICE.c.id, HOLD.c.closed_at.is_(None), HOLD.c.reason.in_(reasons))

    out = exists().where(ITEM.c.device_id == DEVICE.c.id, ITEM.c.returned_at.is_(None))
    work = case(
        (held(HoldReason.WIPE), HoldReason.WIPE.value), (held(HoldReason.INSPECT), HoldReason.INSPECT.value), else_=""
    ).label("work")
    leased = or_(DEVICE.c.lease_until.is_(None), DEVICE.c.lease_until >= today(now))
    each = (
        select(DEVICE.c.pool_id, work)
        .where(DEVICE.c.pool_id.in_(pools), DEVICE.c.retired_at.is_(None), leased, ~out, ~held(*GONE))
        .subquery("each")
    )
    query = select(each.c.pool_id, each.c.work, func.count()).group_by(each.c.pool_id, each.c.work)
    found: defaultdict[str, tuple[int, Counter[HoldReason]]] = defaultdict(lambda: (0, Counter()))
    for pool, reason, count in session.connection().execute(query):
        ready, waiting = found[pool]
        if reason:
            waiting[HoldReason(reason)] += count
        found[pool] = (ready if reason else count, waiting)
    return found
