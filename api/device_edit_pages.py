"""Devices on screen, for the IT section: entering, changing, retiring, and giving a new label number."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.forms import Sent, Wrong, label_number, wrong, wrong_status
from api.pages import render, see_other
from api.transactions import Look
from api.visitors import IT
from inventory.devices import DeviceCard, device_card, list_places
from inventory.errors import Refusal
from inventory.pools import PoolCard, list_pools
from inventory.stock import (
    BindTag,
    DeviceChange,
    DeviceFields,
    NewDevice,
    Retire,
    bind_tag,
    change_device,
    create_device,
    retire,
)
from inventory.text import NotText, code_text

pages = APIRouter(include_in_schema=False)
Device = Annotated[str, Path(alias="asset_number", max_length=60)]
_FIELDS = tuple(DeviceFields.model_fields)


def _choices(session: Session) -> tuple[list[PoolCard], list[str]]:
    return list_pools(session), list_places(session)


@pages.get("/devices/new", dependencies=[IT])
async def ask_new(request: Request, look: Look, pool: Annotated[str, Query(max_length=60)] = "") -> Response:
    return await _form(request, look, card=None, values={"pool": pool}, revision=None, error=None)


@pages.post("/devices/new", dependencies=[IT])
async def add_device(request: Request, sent: Sent, look: Look) -> Response:
    try:
        order = NewDevice.model_validate({**sent.values, "asset_number": _code(sent.values.get("asset_number", ""))})
        card = await sent.act(create_device, order)
    except Wrong as error:
        return await _form(request, look, card=None, values=sent.values, revision=None, error=error)
    return see_other(f"/devices/{card.asset_number}", done="created")


@pages.get("/devices/{asset_number}/edit", dependencies=[IT])
async def ask_change(request: Request, device: Device, look: Look) -> Response:
    card = await look.read(device_card, device)
    values = card.model_dump(mode="json", include={"pool", "model", *_FIELDS})
    return await _form(request, look, card=card, values=values, revision=card.revision, error=None)


@pages.post("/devices/{asset_number}/edit", dependencies=[IT])
async def edit_device(request: Request, device: Device, sent: Sent, look: Look) -> Response:
    try:
        change = DeviceChange.model_validate(sent.values)
        card = await sent.act(change_device, change, device=device, revision=sent.revision)
    except Wrong as error:
        seen = await look.read(device_card, device)
        return await _form(request, look, card=seen, values=sent.values, revision=sent.revision, error=error)
    return see_other(f"/devices/{card.asset_number}", done="changed")


async def _form(
    request: Request,
    look: Look,
    *,
    card: DeviceCard | None,
    values: dict[str, Any],
    revision: int | None,
    error: Exception | None,
) -> Response:
    pools, places = await look.read(_choices)
    return render(
        request,
        "devices/form.html",
        nav="devices",
        status=wrong_status(error) if error else 200,
        card=card,
        pool_options=[(pool.id, pool.name) for pool in pools],
        places=places,
        values=values,
        revision=revision,
        stale=isinstance(error, Refusal) and error.code == "stale",
        errors=wrong(error) if error else {},
    )


@pages.get("/devices/{asset_number}/retire", dependencies=[IT])
async def ask_retire(request: Request, device: Device, look: Look) -> Response:
    return await _confirm(request, look, device, "devices/retire.html", values={}, error=None)


@pages.post("/devices/{asset_number}/retire", dependencies=[IT])
async def retire_device(request: Request, device: Device, sent: Sent, look: Look) -> Response:
    try:
        card = await sent.act(retire, Retire.model_validate(sent.values), device=device)
    except Wrong as error:
        return await _confirm(request, look, device, "devices/retire.html", values=sent.values, error=error)
    return see_other(f"/devices/{card.asset_number}", done="retired")


@pages.get("/devices/{asset_number}/tag", dependencies=[IT])
async def ask_tag(request: Request, device: Device, look: Look) -> Response:
    return await _confirm(request, look, device, "devices/tag.html", values={}, error=None)


@pages.post("/devices/{asset_number}/tag", dependencies=[IT])
async def tag_device(request: Request, device: Device, sent: Sent, look: Look) -> Response:
    try:
        card = await sent.act(bind_tag, BindTag.model_validate({"number": label_number(sent.values)}), device=device)
    except Wrong as error:
        return await _confirm(request, look, device, "devices/tag.html", values=sent.values, error=error)
    return see_other(f"/devices/{card.asset_number}", done="tagged")


async def _confirm(
    request: Request, look: Look, device: str, template: str, *, values: dict[str, str], error: Exception | None
) -> Response:
    return render(
        request,
        template,
        nav="devices",
        status=wrong_status(error) if error else 200,
        card=await look.read(device_card, device),
        values=values,
        errors=wrong(error) if error else {},
    )


def _code(typed: str) -> str:
    """An asset number typed under an input method: full-width letters and long marks become plain ones."""
    try:
        plain = code_text(typed)
    except NotText:
        return typed
    # The case is the city's own; only width and strokes are put right.
    return typed if typed.upper() == plain else plain
