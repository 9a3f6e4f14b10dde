"""The burn-up over JSON."""

from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import Query

from api.json_doors import json_router
from api.problems import problems
from api.transactions import Look, Now
from api.visitors import READERS
from inventory.calendar import jst_day_bounds
from inventory.shapes import Day, Instant, OptionalDay
from inventory.wifi_burnup import BurnUp, burn_up

json = json_router("wifi")
# The programme of an address that means all venues, whatever programmes there are.
EVERYTHING = "-"


@json.get("/api/wifi/burnup", dependencies=[READERS], responses=problems("not-found"))
async def burnup(
    look: Look,
    now: Now,
    since: Annotated[OptionalDay, Query(alias="from", description="Default: the first day of the programme.")] = None,
    until: Annotated[OptionalDay, Query(description="Default: the last day of the programme or of its plans.")] = None,
    known_at: Annotated[
        Instant | Day | None, Query(description="Only what was recorded by then counts; a day means its end in Japan.")
    ] = None,
    programme: Annotated[str | None, Query(max_length=60, description="Default: the newest; - for all venues.")] = None,
) -> BurnUp:
    """How many halls were to have wifi and how many had it: the days on which a count changes, and both ends."""
    return await look.read(
        burn_up,
        now=now,
        programme=programme or None,
        everything=programme == EVERYTHING,
        since=since,
        until=until,
        known_at=moment(known_at),
    )


def moment(known_at: datetime | date | None) -> datetime | None:
    """The time that is meant: of a day its last microsecond in Japan."""
    if known_at is None or isinstance(known_at, datetime):
        return known_at
    return jst_day_bounds(known_at)[1] - timedelta(microseconds=1)
