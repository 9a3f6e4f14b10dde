"""The pools that courses draw on: what of each can go out now, what waits for work first, and what is free when."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, exists, func, or_, select
from sqlmodel import Session

from inventory.availability import Window, free_windows
from inventory.availability_rows import GONE
from inventory.calendar import today
from inventory.devices import DEVICE, HOLD, ITEM, POOL
from inventory.tables import HoldReason, PoolKind


@dataclass(frozen=True)
class Stock:
    """A pool: how many of its units can go out this minute, how many wait for work first, and what is free when."""

    id: str
    name: str
    kind: PoolKind
    preparation: timedelta
    ready: int = 0
    waiting: Counter[HoldReason] = field(default_factory=Counter)
    windows: Sequence[Window] = ()

    def free(self, from_at: datetime, until_at: datetime) -> int:
        """How many are free throughout, the preparation before and after included; below 0: more are promised."""
        start, end = from_at - self.preparation, until_at + self.preparation
        first = max(0, bisect_right(self.windows, start, key=lambda window: window.from_at) - 1)
        least: int | None = None
        for window in self.windows[first:]:
            if window.from_at >= end:
                break
            least = window.free if least is None else min(least, window.free)
        return least or 0


def load_stock(
    session: Session, reserved: Collection[str], from_at: datetime, until_at: datetime, *, now: datetime
) -> dict[str, Stock]:
    """Every pool of phones and routers that has a device, and those that are ``reserved``, by their ids.

    Their windows reach from ``from_at`` to ``until_at`` and the preparation beyond.
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
