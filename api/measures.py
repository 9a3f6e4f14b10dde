"""What happens in a venue, over JSON: closed days, speed tests, outages, and what it does in a disaster."""

from typing import Annotated

from fastapi import Path, Response

from api.json_doors import etag, json_router
from api.problems import problems
from api.transactions import ActMaybeOnce, Look, Now, SeenRevision
from api.visitors import DESK_OR_IT, IT, READERS
from inventory.closures import ClosureCard, Closures, NewClosure, add_closure, list_closures, take_closure_back
from inventory.drills import (
    DisasterCard,
    DisasterPlan,
    DrillCard,
    NewDrill,
    disaster_card,
    list_for_disaster,
    plan_for_disaster,
    record_drill,
    take_drill_back,
)
from inventory.outages import BeginOutage, EndOutage, OutageCard, Outages, begin_outage, end_outage, list_outages
from inventory.shapes import Card
from inventory.speed_tests import (
    NewSpeedTest,
    SpeedTestCard,
    SpeedTests,
    list_speed_tests,
    record_speed_test,
    take_speed_test_back,
)

json = json_router("venues")
Venue = Annotated[str, Path(alias="code", max_length=60)]
Id = Annotated[str, Path(alias="id", max_length=20)]
_NOT_FOUND = problems("not-found")


class Disasters(Card):
    items: list[DisasterCard]
    next: None = None
    total: int


@json.get("/api/venues/{code}/closures", dependencies=[READERS], responses=_NOT_FOUND)
async def closures(venue: Venue, look: Look) -> Closures:
    """Single closed days besides the rule; those that were taken back are left out."""
    return await look.read(list_closures, venue)


@json.post("/api/venues/{code}/closures", status_code=201, dependencies=[DESK_OR_IT], responses=_NOT_FOUND)
async def close_venue(venue: Venue, order: NewClosure, act: ActMaybeOnce) -> ClosureCard:
    """A day, or all days from one to another, on which the venue is closed."""
    return await act(add_closure, order, status=201, venue=venue)


@json.post("/api/venues/{code}/closures/{id}/take-back", dependencies=[DESK_OR_IT], responses=_NOT_FOUND)
async def open_venue_again(venue: Venue, closure: Id, act: ActMaybeOnce) -> ClosureCard:
    """The closure was entered wrongly: it stays, is marked, and does not count."""
    return await act(take_closure_back, venue=venue, closure=closure)


@json.get("/api/venues/{code}/speed-tests", dependencies=[READERS], responses=_NOT_FOUND)
async def speed_tests(venue: Venue, look: Look, now: Now) -> SpeedTests:
    """The newest measurements, with the medians of a year."""
    return await look.read(list_speed_tests, venue, now=now)


@json.post("/api/venues/{code}/speed-tests", status_code=201, dependencies=[DESK_OR_IT], responses=_NOT_FOUND)
async def add_speed_test(venue: Venue, order: NewSpeedTest, act: ActMaybeOnce) -> SpeedTestCard:
    return await act(record_speed_test, order, status=201, venue=venue)


@json.post("/api/venues/{code}/speed-tests/{id}/take-back", dependencies=[DESK_OR_IT], responses=_NOT_FOUND)
async def speed_test_was_mistyped(venue: Venue, speed_test: Id, act: ActMaybeOnce) -> SpeedTestCard:
    """The measurement was typed wrongly: it stays, is marked, and does not count."""
    return await act(take_speed_test_back, venue=venue, speed_test=speed_test)


@json.get("/api/venues/{code}/outages", dependencies=[READERS], responses=_NOT_FOUND)
async def outages(venue: Venue, look: Look, now: Now) -> Outages:
    """The newest first."""
    return await look.read(list_outages, venue, now=now)


@json.post(
    "/api/venues/{code}/outages",
    status_code=201,
    dependencies=[DESK_OR_IT],
    responses=problems("not-found", "refused"),
)
async def add_outage(venue: Venue, order: BeginOutage, act: ActMaybeOnce) -> OutageCard:
    """The wifi does not work; perhaps a trouble report on the venue told of it."""
    return await act(begin_outage, order, status=201, venue=venue)


@json.post("/api/venues/{code}/outages/{id}/end", dependencies=[DESK_OR_IT], responses=_NOT_FOUND)
async def outage_over(venue: Venue, outage: Id, order: EndOutage, act: ActMaybeOnce) -> OutageCard:
    """The wifi works again."""
    return await act(end_outage, order, venue=venue, outage=outage)


@json.get("/api/wifi/disaster", dependencies=[READERS])
async def disasters(look: Look, now: Now) -> Disasters:
    """Venues that open their network in a disaster, shelters, and others with wifi in service."""
    items = await look.read(list_for_disaster, now=now)
    return Disasters(items=items, total=len(items))


@json.get("/api/venues/{code}/disaster", dependencies=[READERS], responses=_NOT_FOUND)
async def disaster(venue: Venue, look: Look, now: Now, response: Response) -> DisasterCard:
    """Whether and how the venue opens its network as 00000JAPAN, and its drills. The ETag is the venue's."""
    card = await look.read(disaster_card, venue, now=now)
    etag(response, card.revision)
    return card


@json.put(
    "/api/venues/{code}/disaster",
    dependencies=[IT],
    responses=problems("not-found", "stale", "missing-if-match"),
)
async def set_disaster(
    venue: Venue, order: DisasterPlan, revision: SeenRevision, act: ActMaybeOnce, response: Response
) -> DisasterCard:
    card = await act(plan_for_disaster, order, venue=venue, revision=revision)
    etag(response, card.revision)
    return card


@json.post("/api/venues/{code}/drills", status_code=201, dependencies=[IT], responses=_NOT_FOUND)
async def add_drill(venue: Venue, order: NewDrill, act: ActMaybeOnce) -> DrillCard:
    """A drill in which the venue opened its network as in a disaster."""
    return await act(record_drill, order, status=201, venue=venue)


@json.post("/api/venues/{code}/drills/{id}/take-back", dependencies=[IT], responses=_NOT_FOUND)
async def drill_was_not_held(venue: Venue, drill: Id, act: ActMaybeOnce) -> DrillCard:
    """The drill was entered wrongly: it stays, is marked, and does not count."""
    return await act(take_drill_back, venue=venue, drill=drill)
