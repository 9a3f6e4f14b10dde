"""Photos of a venue, over JSON and as a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from sqlmodel import Session

from api.forms import Sent
from api.json_doors import json_router
from api.pages import render, see_other
from api.pictures import BadPhoto, picture_from
from api.problems import problems
from api.transactions import ActMaybeOnce, Look, Now
from api.uploads import (
    PHOTO,
    Refused,
    SentFiles,
    fields_of,
    file_of,
    multipart,
    received,
    said_beside,
    said_status,
)
from api.visitors import DESK_OR_IT, READERS
from api.wifi_words import STAGE
from inventory.calendar import wareki
from inventory.errors import NotFound
from inventory.venue_pictures import (
    AddVenuePhoto,
    VenuePhoto,
    VenuePhotos,
    add_venue_photo,
    erase_venue_photo,
    list_venue_photos,
)
from inventory.venues import VenueCard, venue_card
from inventory.wifi_history import venue_wifi

json = json_router("venues")
pages = APIRouter(include_in_schema=False)
Venue = Annotated[str, Path(alias="code", max_length=60)]
Photo = Annotated[str, Path(alias="id", max_length=20)]


@json.get("/api/venues/{code}/photos", dependencies=[READERS], responses=problems("not-found"))
async def photos(venue: Venue, look: Look) -> VenuePhotos:
    """Photos that are kept, the newest first; the bytes are at ``/api/pictures/{id}``."""
    return await look.read(list_venue_photos, venue)


@json.post(
    "/api/venues/{code}/photos",
    status_code=201,
    dependencies=[DESK_OR_IT],
    responses={**problems("not-found", "bad-photo"), **PHOTO},
    openapi_extra=multipart(
        ["photo"],
        photo={"type": "string", "format": "binary", "description": "JPEG, PNG, WebP or HEIC of at most 15 MB."},
        caption={"type": "string", "maxLength": 200, "description": "What it shows."},
        step={"type": "string", "maxLength": 60, "description": "The wifi step that it is evidence of."},
    ),
)
async def add_photo(request: Request, venue: Venue, act: ActMaybeOnce) -> VenuePhoto:
    """Keep a photo, drawn anew without what the camera wrote into it."""
    form = await request.form(max_files=1, max_fields=20)
    digest, ready = await received(file_of(form, "photo"), picture_from, "photo")
    if digest is None or ready is None:
        raise BadPhoto("写真を選んでください。", status=422, field="photo")
    order = AddVenuePhoto.model_validate({**fields_of(form), "photo": digest})
    return await act(add_venue_photo, order, status=201, venue=venue, ready=ready)


@json.post("/api/venues/{code}/photos/{id}/erase", dependencies=[DESK_OR_IT], responses=problems("not-found"))
async def erase_photo(venue: Venue, photo: Photo, act: ActMaybeOnce) -> VenuePhoto:
    """Take the bytes and the caption away for good; that it was there stays."""
    return await act(erase_venue_photo, venue=venue, picture=photo)


@dataclass(frozen=True)
class _Loaded:
    card: VenueCard
    photos: list[VenuePhoto]
    steps: list[tuple[str, str]]


def _load(session: Session, venue: str) -> _Loaded:
    steps = [(step.id, _step(step)) for step in venue_wifi(session, venue).history if step.struck is None]
    return _Loaded(venue_card(session, venue), list_venue_photos(session, venue).items, steps)


def _step(step: Any) -> str:
    return f"{wareki(step.on)}　{STAGE[str(step.stage)]}"


@pages.get("/venues/{code}/photos", dependencies=[DESK_OR_IT])
async def photo_page(request: Request, venue: Venue, look: Look, now: Now) -> Response:
    return _page(request, await look.read(_load, venue), now, {})


@pages.post("/venues/{code}/photos", dependencies=[DESK_OR_IT])
async def add_photo_by_form(request: Request, venue: Venue, sent: SentFiles, look: Look, now: Now) -> Response:
    try:
        digest, ready = await received(sent.files.get("photo"), picture_from, "photo")
        if digest is None or ready is None:
            raise BadPhoto("写真を選んでください。", status=422, field="photo")
        order = AddVenuePhoto.model_validate({**sent.given("caption", "step"), "photo": digest})
        await sent.act(add_venue_photo, order, status=201, venue=venue, ready=ready)
    except NotFound:
        raise
    except Refused as error:
        return _page(request, await look.read(_load, venue), now, sent.values, error)
    return see_other(f"/venues/{venue}/photos", done="photo-added")


@pages.post("/venues/{code}/photos/{id}/erase", dependencies=[DESK_OR_IT])
async def erase_by_form(venue: Venue, photo: Photo, sent: Sent) -> Response:
    await sent.act(erase_venue_photo, venue=venue, picture=photo)
    return see_other(f"/venues/{venue}/photos", done="photo-erased")


def _page(
    request: Request, loaded: _Loaded, now: datetime, values: Mapping[str, Any], error: Exception | None = None
) -> Response:
    return render(
        request,
        "venues/photos.html",
        nav="venues",
        status=said_status(error) if error else 200,
        card=loaded.card,
        photos=loaded.photos,
        steps=loaded.steps,
        today=now,
        values=values,
        errors=said_beside(error) if error else {},
    )
