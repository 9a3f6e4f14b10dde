"""A pool's calendar: for each of thirty days how many are free throughout it, and how many are promised at most."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from sqlmodel import Session

from api.pages import render
from api.transactions import Look, Now
from api.visitors import READERS
from inventory.availability import free_windows
from inventory.availability_rows import units_of
from inventory.calendar import jst_day_bounds, today
from inventory.pools import PoolCard, pool_card
from inventory.shapes import BlankIsNone, Day

pages = APIRouter(include_in_schema=False)
PoolId = Annotated[str, Path(alias="pool", max_length=60)]
DAYS = 30


@dataclass(frozen=True)
class DayOfPool:
    """``free`` is the least of the day, below 0 where more is promised than there is; ``promised`` the most."""

    day: date
    free: int
    promised: int


@dataclass(frozen=True)
class _Calendar:
    pool: PoolCard
    total: int
    days: list[DayOfPool]


def _load(session: Session, pool: str, first: date, now: datetime) -> _Calendar:
    card = pool_card(session, pool)
    bounds = [jst_day_bounds(first + timedelta(days=step)) for step in range(DAYS)]
    windows = free_windows(session, card.id, bounds[0][0], bounds[-1][1], now=now)
    days = []
    for step, (begin, end) in enumerate(bounds):
        within = [one for one in windows if one.from_at < end and one.until_at > begin]
        day = first + timedelta(days=step)
        days.append(DayOfPool(day, min(one.free for one in within), max(one.promised for one in within)))
    return _Calendar(card, units_of(session, card.id), days)


@pages.get("/pools/{pool}/calendar", dependencies=[READERS])
async def pool_calendar(
    request: Request, pool: PoolId, look: Look, now: Now, since: Annotated[Day | None, BlankIsNone] = None
) -> Response:
    first = since or today(now)
    # A calendar that would run beyond the last day there is begins earlier.
    first = min(first, date(2999, 12, 1))
    found = await look.read(_load, pool, first, now)
    return render(
        request,
        "pools/calendar.html",
        nav="pools",
        card=found.pool,
        total=found.total,
        days=found.days,
        short=[one for one in found.days if one.free < 0],
        first=first,
        last=first + timedelta(days=DAYS - 1),
        before=first - timedelta(days=DAYS) if since is not None else None,
        after=first + timedelta(days=DAYS),
    )
