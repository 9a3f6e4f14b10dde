"""Rooms of venues, over JSON and on screen."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from api.forms import Sent, Wrong, wrong, wrong_status
from api.json_doors import etag, json_router
from api.pages import render, see_other
from api.problems import problems
from api.transactions import ActMaybeOnce, Look, SeenRevision
from api.visitors import IT, READERS
from inventory.errors import NotFound, Stale
from inventory.rooms import (
    NewRoom,
    RoomCard,
    RoomChange,
    RoomList,
    add_room,
    change_room,
    list_rooms,
    retire_room,
    room_card,
)
from inventory.venues import venue_card

json = json_router("venues")
pages = APIRouter(include_in_schema=False)
Venue = Annotated[str, Path(alias="code", max_length=60)]
Room = Annotated[str, Path(alias="room", max_length=60)]
_FIELDS = ("name", "capacity", "note")


@json.get("/api/venues/{code}/rooms", dependencies=[READERS], responses=problems("not-found"))
async def rooms(venue: Venue, look: Look, retired: bool = False) -> RoomList:
    """The rooms in use; with ``retired`` also those that were given up."""
    return await look.read(list_rooms, venue=venue, retired=retired)


@json.post("/api/venues/{code}/rooms", status_code=201, dependencies=[IT], responses=problems("not-found"))
async def new_room(venue: Venue, order: NewRoom, act: ActMaybeOnce, response: Response) -> RoomCard:
    card = await act(add_room, order, status=201, venue=venue)
    etag(response, card.revision)
    return card


@json.get("/api/venues/{code}/rooms/{room}", dependencies=[READERS], responses=problems("not-found"))
async def one_room(venue: Venue, room: Room, look: Look, response: Response) -> RoomCard:
    card = await look.read(room_card, room, venue)
    etag(response, card.revision)
    return card


@json.patch(
    "/api/venues/{code}/rooms/{room}", dependencies=[IT], responses=problems("not-found", "stale", "missing-if-match")
)
async def edit_room(
    venue: Venue, room: Room, change: RoomChange, revision: SeenRevision, act: ActMaybeOnce, response: Response
) -> RoomCard:
    card = await act(change_room, change, venue=venue, room=room, revision=revision)
    etag(response, card.revision)
    return card


@json.post(
    "/api/venues/{code}/rooms/{room}/retire",
    dependencies=[IT],
    responses=problems("not-found", "stale", "missing-if-match"),
)
async def give_up_room(
    venue: Venue, room: Room, revision: SeenRevision, act: ActMaybeOnce, response: Response
) -> RoomCard:
    """The room is used no more; what was recorded of it stays."""
    card = await act(retire_room, venue=venue, room=room, revision=revision)
    etag(response, card.revision)
    return card


@pages.get("/venues/{code}/rooms", dependencies=[IT])
async def ask_rooms(request: Request, venue: Venue, look: Look) -> Response:
    return await _list(request, look, venue, {})


@pages.post("/venues/{code}/rooms", dependencies=[IT])
async def add_by_form(request: Request, venue: Venue, sent: Sent, look: Look) -> Response:
    try:
        await sent.act(add_room, NewRoom.model_validate(sent.values), status=201, venue=venue)
    except NotFound:
        raise
    except Wrong as error:
        return await _list(request, look, venue, sent.values, error)
    return see_other(f"/venues/{venue}/rooms", done="room-added")


@pages.get("/venues/{code}/rooms/{room}", dependencies=[IT])
async def ask_room(request: Request, venue: Venue, room: Room, look: Look) -> Response:
    card = await look.read(room_card, room, venue)
    return _form(request, card, card.model_dump(mode="json", include={*_FIELDS}))


@pages.post("/venues/{code}/rooms/{room}", dependencies=[IT])
async def change_by_form(request: Request, venue: Venue, room: Room, sent: Sent, look: Look) -> Response:
    """Change the room or give it up: two buttons of one form."""
    try:
        if sent.values.pop("act", "") == "retire":
            await sent.act(retire_room, venue=venue, room=room, revision=sent.revision)
            return see_other(f"/venues/{venue}/rooms", done="room-retired")
        change = RoomChange.model_validate(sent.values)
        await sent.act(change_room, change, venue=venue, room=room, revision=sent.revision)
    except NotFound:
        raise
    except Wrong as error:
        return _form(request, await look.read(room_card, room, venue), sent.values, error)
    return see_other(f"/venues/{venue}/rooms", done="changed")


async def _list(
    request: Request, look: Look, venue: str, values: Mapping[str, Any], error: Exception | None = None
) -> Response:
    hall = await look.read(venue_card, venue)
    found = await look.read(list_rooms, venue=venue, retired=True)
    return render(
        request,
        "venues/rooms.html",
        nav="venues",
        status=wrong_status(error) if error else 200,
        hall=hall,
        rooms=[room for room in found.items if room.retired_at is None],
        past=[room for room in found.items if room.retired_at is not None],
        values=values,
        errors=wrong(error) if error else {},
    )


def _form(request: Request, card: RoomCard, values: Mapping[str, Any], error: Exception | None = None) -> Response:
    return render(
        request,
        "venues/room.html",
        nav="venues",
        status=wrong_status(error) if error else 200,
        card=card,
        values=values,
        # Whoever meets another's change sees what stands now beside what was written, and may press again.
        stale=isinstance(error, Stale),
        errors=wrong(error) if error else {},
    )
