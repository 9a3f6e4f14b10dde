"""What a desk asks for besides scanning: its pack for a day, what is still out, the places things are carried to."""

from hashlib import sha256
from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import BaseModel

from api.json_doors import json_router
from api.problems import problems
from api.transactions import ActMaybeOnce, Look, Now
from api.visitors import DESK, DESK_OR_IT, READERS
from inventory.calendar import today
from inventory.packs import Pack, desk_pack
from inventory.packs_held import HoldPack, PackHeldCard, hold_pack
from inventory.places import places_in_use
from inventory.remaining import OfWhom, Remaining, remaining
from inventory.shapes import BlankIsNone, Card, OptionalDay

json = json_router("desk")
Code = Annotated[Annotated[str, Query(max_length=60)] | None, BlankIsNone]
_UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "As it was when the If-None-Match was given."}}


class Places(Card):
    items: list[str]
    next: None = None
    total: int


@json.get(
    "/api/desk/pack", dependencies=[DESK_OR_IT], response_model=Pack, responses=problems("not-found") | _UNCHANGED
)
async def pack(
    request: Request,
    look: Look,
    now: Now,
    venue: Code = None,
    on: Annotated[OptionalDay, Query(description="A day (JST); today without it.")] = None,
) -> Response:
    """Everything a desk needs for a day without a network. No contact data, no names of persons, no borrowers.

    ``needs`` tells what the day's courses need: their capacity, from the pool with the most smartphones. The ETag
    covers everything but ``made_at``.
    """
    packed = await look.read(desk_pack, venue=venue, on=on or today(now), now=now)
    return _conditional(request, packed, exclude={"made_at"})


@json.post("/api/desk/packs", dependencies=[DESK])
async def hold(order: HoldPack, act: ActMaybeOnce) -> PackHeldCard:
    """A desk says that it has a pack on its disk. Whoever asks whether a hall is prepared hears it from here."""
    return await act(hold_pack, order)


@json.get(
    "/api/desk/remaining",
    dependencies=[READERS],
    response_model=Remaining,
    responses=problems("not-found") | _UNCHANGED,
)
async def still_out(request: Request, look: Look, now: Now, of: Annotated[OfWhom, Query()]) -> Response:
    """What of a course, an association, a venue or a loan is still out. Made to be asked every few seconds."""
    return _conditional(request, await look.read(remaining, of, now=now))


@json.get("/api/places", dependencies=[READERS])
async def places(look: Look) -> Places:
    """Where things are kept or may be carried to: the places in use, then the other halls."""
    items = await look.read(places_in_use)
    return Places(items=items, total=len(items))


def _conditional(request: Request, card: BaseModel, *, exclude: set[str] | None = None) -> Response:
    """The card under an ETag of its content, or 304 to whoever has it already (RFC 9110 section 13.1.2)."""
    text = card.model_dump_json(exclude=exclude)
    tag = f'"{sha256(text.encode()).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    known = request.headers.get("if-none-match", "")
    if tag in (part.strip().removeprefix("W/") for part in known.split(",")) or known.strip() == "*":
        return Response(status_code=304, headers=headers)
    whole = card.model_dump_json() if exclude else text
    return Response(whole, media_type="application/json", headers=headers)
