"""Venues over JSON."""

from typing import Annotated

from fastapi import Path, Response

from api.json_doors import Pages, etag, json_router
from api.problems import problems
from api.transactions import ActMaybeOnce, Look, SeenRevision
from api.visitors import IT, READERS
from inventory.tables import VenueKind
from inventory.venues import (
    NewVenue,
    VenueCard,
    VenueChange,
    VenueList,
    change_venue,
    create_venue,
    list_venues,
    venue_card,
)

json = json_router("venues")
Venue = Annotated[str, Path(alias="code", max_length=60)]


@json.get("/api/venues", dependencies=[READERS])
async def venues(look: Look, pages: Pages, kind: VenueKind | None = None, shelter: bool | None = None) -> VenueList:
    return await look.read(list_venues, kind=kind, shelter=shelter, **pages.arguments)


@json.post("/api/venues", status_code=201, dependencies=[IT])
async def add_venue(order: NewVenue, act: ActMaybeOnce, response: Response) -> VenueCard:
    card = await act(create_venue, order, status=201)
    etag(response, card.revision)
    return card


@json.get("/api/venues/{code}", dependencies=[READERS], responses=problems("not-found"))
async def one_venue(venue: Venue, look: Look, response: Response) -> VenueCard:
    card = await look.read(venue_card, venue)
    etag(response, card.revision)
    return card


@json.patch("/api/venues/{code}", dependencies=[IT], responses=problems("not-found", "stale", "missing-if-match"))
async def edit_venue(
    venue: Venue, change: VenueChange, revision: SeenRevision, act: ActMaybeOnce, response: Response
) -> VenueCard:
    card = await act(change_venue, change, venue=venue, revision=revision)
    etag(response, card.revision)
    return card
