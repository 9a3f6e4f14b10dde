"""Devices over JSON: cards, holds, retirement, labels."""

from typing import Annotated

from fastapi import Path, Query, Response

from api.json_doors import Pages, etag, json_router
from api.problems import problems
from api.transactions import ActMaybeOnce, Look, SeenRevision
from api.visitors import DESK_OR_IT, IT, READERS
from inventory.devices import DeviceCard, DeviceList, device_card, list_devices
from inventory.history import History, device_history
from inventory.stock import (
    BindTag,
    DeviceChange,
    HoldOpened,
    NewDevice,
    OpenHold,
    ReleaseHold,
    Retire,
    bind_tag,
    change_device,
    create_device,
    open_hold,
    release_hold,
    retire,
)
from inventory.tables import DeviceState, HoldReason

json = json_router("devices")
Device = Annotated[str, Path(alias="asset_number", max_length=60, description="Asset number, in any case.")]


@json.get("/api/devices", dependencies=[READERS])
async def devices(
    look: Look,
    pages: Pages,
    pool: Annotated[str | None, Query(max_length=60)] = None,
    state: DeviceState | None = None,
    place: Annotated[str | None, Query(max_length=60)] = None,
    hold: HoldReason | None = None,
    case: Annotated[str | None, Query(max_length=60, description="Code of a case: what has its place in it.")] = None,
) -> DeviceList:
    """Devices by asset number. Retired ones appear when they are asked for."""
    return await look.read(list_devices, pool=pool, state=state, place=place, hold=hold, case=case, **pages.arguments)


@json.post("/api/devices", status_code=201, dependencies=[IT])
async def add_device(order: NewDevice, act: ActMaybeOnce, response: Response) -> DeviceCard:
    """Take a device into the ledger; it gets its first label number."""
    card = await act(create_device, order, status=201)
    etag(response, card.revision)
    return card


@json.get("/api/devices/{asset_number}", dependencies=[READERS], responses=problems("not-found"))
async def one_device(device: Device, look: Look, response: Response) -> DeviceCard:
    card = await look.read(device_card, device)
    etag(response, card.revision)
    return card


@json.patch(
    "/api/devices/{asset_number}", dependencies=[IT], responses=problems("not-found", "stale", "missing-if-match")
)
async def edit_device(
    device: Device, change: DeviceChange, revision: SeenRevision, act: ActMaybeOnce, response: Response
) -> DeviceCard:
    card = await act(change_device, change, device=device, revision=revision)
    etag(response, card.revision)
    return card


@json.get("/api/devices/{asset_number}/history", dependencies=[READERS], responses=problems("not-found"))
async def history(device: Device, look: Look) -> History:
    """Everything that happened to the device, the newest first."""
    return await look.read(device_history, device)


@json.post(
    "/api/devices/{asset_number}/holds", status_code=201, dependencies=[DESK_OR_IT], responses=problems("not-found")
)
async def stop_device(device: Device, order: OpenHold, act: ActMaybeOnce) -> HoldOpened:
    return await act(open_hold, order, status=201, device=device)


@json.post(
    "/api/devices/{asset_number}/holds/{hold}/release", dependencies=[DESK_OR_IT], responses=problems("not-found")
)
async def release_device(
    device: Device, hold: Annotated[str, Path(max_length=20)], act: ActMaybeOnce, order: ReleaseHold | None = None
) -> DeviceCard:
    return await act(release_hold, order or ReleaseHold(), device=device, hold=hold)


@json.post(
    "/api/devices/{asset_number}/retire",
    dependencies=[IT],
    responses=problems("not-found", "already-lent", "retired"),
)
async def retire_device(device: Device, order: Retire, act: ActMaybeOnce) -> DeviceCard:
    return await act(retire, order, device=device)


@json.post("/api/devices/{asset_number}/tag", dependencies=[IT], responses=problems("not-found"))
async def tag_device(device: Device, act: ActMaybeOnce, order: BindTag | None = None) -> DeviceCard:
    """Give the device another label number; whoever reads the old one learns that it was replaced."""
    return await act(bind_tag, order or BindTag(), device=device)
