"""Access points on screen: the forms of one, and its passphrase for IT."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.forms import Sent, Wrong, wrong, wrong_status
from api.pages import render, see_other
from api.transactions import Look, Now
from api.visitors import IT
from inventory.access_point_lists import AccessPointCard, access_point_card
from inventory.access_points import (
    AccessPointChange,
    AddAccessPoint,
    RemoveAccessPoint,
    add_access_point,
    change_access_point,
    remove_access_point,
)
from inventory.calendar import today
from inventory.devices import list_devices
from inventory.errors import NotFound, Refusal, Stale
from inventory.keys import Keys
from inventory.passphrases import NewPassphrase, Opened, change_passphrase, make_passphrase, passphrases_of
from inventory.pools import list_pools
from inventory.rooms import RoomCard, list_rooms
from inventory.tables import DeviceState, PoolKind, WifiAuth
from inventory.venues import VenueCard, venue_card
from labels.qr import encode
from labels.wifi_poster import join_code

pages = APIRouter(include_in_schema=False)
Code = Annotated[str, Path(alias="code", max_length=60)]
Point = Annotated[str, Path(alias="id", max_length=20)]
Make = Annotated[str, Query(max_length=10)]
# Devices offered beside the field; another number can be typed.
_OFFERED = 100
_TYPE_AGAIN = "パスワードだけは残していません。もう一度打ってください。"
_FIELDS = ("ssid", "area", "auth", "band", "passphrase_until", "installed_on", "note")


@dataclass(frozen=True)
class _Asked:
    venue: VenueCard
    card: AccessPointCard | None
    rooms: list[RoomCard]
    devices: list[tuple[str, str]]


def _ask(session: Session, venue: str, point: str | None) -> _Asked:
    """What a form needs: the venue, the access point if there is one, rooms, and devices that are free."""
    hall = venue_card(session, venue)
    card = access_point_card(session, point, hall.code) if point else None
    rooms = list_rooms(session, venue=hall.code).items
    pools = [pool.id for pool in list_pools(session) if pool.kind is PoolKind.ACCESS_POINT]
    free = [
        (device.asset_number, device.model)
        for pool in pools
        for device in list_devices(session, pool=pool, state=DeviceState.IN_STOCK, limit=_OFFERED).items
    ]
    return _Asked(hall, card, rooms, free[:_OFFERED])


@pages.get("/venues/{code}/access-points/new", dependencies=[IT])
async def ask_new(request: Request, venue: Code, look: Look, now: Now) -> Response:
    asked = await look.read(_ask, venue, None)
    return _form(request, asked, {"auth": WifiAuth.PASSPHRASE.value, "installed_on": today(now).isoformat()})


@pages.post("/venues/{code}/access-points/new", dependencies=[IT])
async def add_point(request: Request, venue: Code, sent: Sent, look: Look) -> Response:
    try:
        order = AddAccessPoint.model_validate(_ticked(sent.values))
        keys = look.database.keys
        await sent.act(add_access_point, order, status=201, venue=venue, keys=keys)
    except Wrong as error:
        return _form(request, await look.read(_ask, venue, None), sent.values, error)
    return see_other(f"/venues/{venue}", done="point-added")


@pages.get("/venues/{code}/access-points/{id}/edit", dependencies=[IT])
async def ask_change(request: Request, venue: Code, point: Point, look: Look) -> Response:
    asked = await look.read(_ask, venue, point)
    assert asked.card is not None
    values = asked.card.model_dump(mode="json", include={*_FIELDS})
    values |= {
        "room": asked.card.room.id if asked.card.room else "",
        "device": asked.card.device.asset_number if asked.card.device else "",
        "disaster_ssid": "yes" if asked.card.disaster_ssid else "",
    }
    return _form(request, asked, values)


@pages.post("/venues/{code}/access-points/{id}/edit", dependencies=[IT])
async def edit_point(request: Request, venue: Code, point: Point, sent: Sent, look: Look) -> Response:
    try:
        change = AccessPointChange.model_validate(_ticked(sent.values))
        await sent.act(change_access_point, change, venue=venue, access_point=point, revision=sent.revision)
    except NotFound as error:
        if "device" not in error.facts:
            raise
        return _form(request, await look.read(_ask, venue, point), sent.values, error)
    except Wrong as error:
        return _form(request, await look.read(_ask, venue, point), sent.values, error)
    return see_other(f"/venues/{venue}", done="point-changed")


def _ticked(values: Mapping[str, str]) -> dict[str, Any]:
    """A box that is not ticked is not sent, and means no."""
    return {**values, "disaster_ssid": bool(values.get("disaster_ssid"))}


def _form(request: Request, asked: _Asked, values: Mapping[str, Any], error: Exception | None = None) -> Response:
    """The form of a new access point (no card) or of one that is there; a typed passphrase is not sent back."""
    kept = {name: value for name, value in values.items() if name != "passphrase"}
    errors = wrong(error) if error else {}
    if isinstance(error, Refusal) and "device" in error.facts and "" in errors:
        errors["device"] = errors.pop("")
    if error is not None and values.get("passphrase"):
        errors.setdefault("passphrase", _TYPE_AGAIN)
    return render(
        request,
        "access_points/form.html",
        nav="venues",
        status=wrong_status(error) if error else 200,
        venue=asked.venue,
        card=asked.card,
        rooms=[(room.id, room.name) for room in asked.rooms],
        free=asked.devices,
        values=kept,
        stale=isinstance(error, Stale),
        errors=errors,
    )


@pages.get("/venues/{code}/access-points/{id}/remove", dependencies=[IT])
async def ask_remove(request: Request, venue: Code, point: Point, look: Look, now: Now) -> Response:
    card = await look.read(access_point_card, point, venue)
    return _remove_form(request, card, {"on": today(now).isoformat()})


@pages.post("/venues/{code}/access-points/{id}/remove", dependencies=[IT])
async def remove_point(request: Request, venue: Code, point: Point, sent: Sent, look: Look) -> Response:
    try:
        order = RemoveAccessPoint.model_validate(sent.values)
        await sent.act(remove_access_point, order, venue=venue, access_point=point)
    except NotFound:
        raise
    except Wrong as error:
        return _remove_form(request, await look.read(access_point_card, point, venue), sent.values, error)
    return see_other(f"/venues/{venue}", done="point-removed")


def _remove_form(
    request: Request, card: AccessPointCard, values: Mapping[str, str], error: Exception | None = None
) -> Response:
    return render(
        request,
        "access_points/remove.html",
        nav="venues",
        status=wrong_status(error) if error else 200,
        card=card,
        values=values,
        errors=wrong(error) if error else {},
    )


def _opened(session: Session, point: str, venue: str, keys: Keys) -> tuple[AccessPointCard, Opened]:
    card = access_point_card(session, point, venue)
    return card, passphrases_of(session, keys, [card.id])[card.id]


@pages.get("/venues/{code}/access-points/{id}/passphrase", dependencies=[IT])
async def show_passphrase(request: Request, venue: Code, point: Point, look: Look, make: Make = "") -> Response:
    """The page that shows a passphrase. ``?make=1`` fills its form with a new one, which changes nothing."""
    return await _secret(request, look, venue, point, {"passphrase": make_passphrase()} if make else {})


@pages.post("/venues/{code}/access-points/{id}/passphrase", dependencies=[IT])
async def new_passphrase(request: Request, venue: Code, point: Point, sent: Sent, look: Look) -> Response:
    keys = look.database.keys
    try:
        order = NewPassphrase.model_validate(sent.values)
        await sent.act(change_passphrase, order, venue=venue, access_point=point, keys=keys)
    except NotFound:
        raise
    except Wrong as error:
        return await _secret(request, look, venue, point, sent.values, error)
    return see_other(f"/venues/{venue}/access-points/{point}/passphrase", done="passphrase-changed")


async def _secret(
    request: Request, look: Look, venue: str, point: str, values: Mapping[str, str], error: Exception | None = None
) -> Response:
    card, opened = await look.read(_opened, point, venue, look.database.keys)
    shown = opened.passphrase
    return render(
        request,
        "access_points/passphrase.html",
        nav="venues",
        status=wrong_status(error) if error else 200,
        card=card,
        opened=opened.opened,
        groups=groups(shown) if shown else [],
        blanks=bool(shown and " " in shown),
        square=_square(join_code(card.ssid, shown)) if shown else None,
        # A passphrase that was refused is left out: an answer that refuses repeats none.
        values={name: value for name, value in values.items() if error is None or name != "passphrase"},
        errors=wrong(error) if error else {},
    )


def groups(passphrase: str) -> list[str]:
    """A passphrase in parts of about four characters, as one reads it out; a blank is shown as ␣."""
    parts: list[str] = []
    for word in passphrase.replace(" ", "␣").replace("-", "-\n").split("\n"):
        parts += [word] if len(word) <= 5 else [word[at : at + 4] for at in range(0, len(word), 4)]
    return [part for part in parts if part]


def _square(content: str) -> tuple[int, str]:
    """A QR code as the side of a square in modules, with its quiet zone, and the path of the dark ones."""
    modules = encode(content)
    dark = (
        f"M{x + 4} {y + 4}h1v1h-1z"
        for y, row in enumerate(modules.rows)
        for x, module in enumerate(row)
        if module == "1"
    )
    return modules.size + 8, "".join(dark)
