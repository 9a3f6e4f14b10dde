"""Devices on screen: the list, the card with its past, stopping and releasing, and the return over the counter."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from markupsafe import Markup
from sqlmodel import Session

from api.device_views import borrower_page, headline, is_overdue, knots, listed
from api.forms import Sent, Wrong, wrong, wrong_status
from api.issue_views import SIGNS, loss_knots, said_of
from api.label_orders import in_ink, labels_of
from api.pages import query_of, render, see_other
from api.transactions import Look, Now
from api.visitors import DESK, DESK_OR_IT, READERS
from inventory.conflicts import ConflictCard, conflicts_on, count_conflicts
from inventory.devices import DeviceCard, device_card, list_devices, list_places
from inventory.errors import Invalid
from inventory.history import Event, device_history
from inventory.issue_lines import IssueLine
from inventory.issue_lists import list_issues
from inventory.loans import ItemCard, LoanCard, loan_card
from inventory.losses import Loss, loss_of
from inventory.pictures import PictureCard, pictures_of_device
from inventory.pools import PoolCard, list_pools
from inventory.returning import Condition, TakeBack, take_back
from inventory.shapes import BlankIsNone
from inventory.stock import OpenHold, ReleaseHold, open_hold, release_hold
from inventory.tables import DeviceState, HoldReason
from labels.preview import face_svg

pages = APIRouter(include_in_schema=False)
Device = Annotated[str, Path(alias="asset_number", max_length=60)]
# What of a device's past stands on its card; the rest is one tap away.
RECENT = 8


@dataclass(frozen=True)
class _Listed:
    cards: list[DeviceCard]
    next: str | None
    total: int
    ready: int
    pools: list[PoolCard]
    places: list[str]
    conflicts: int


def _list(session: Session, /, cursor: str | None, **filters: Any) -> _Listed:
    page = list_devices(session, cursor=cursor, exact=True, **filters)
    in_stock = filters | {"state": DeviceState.IN_STOCK}
    wanted = filters["state"] in (None, DeviceState.IN_STOCK)
    ready = list_devices(session, limit=1, exact=True, **in_stock).total if wanted else 0
    pools, places, conflicts = list_pools(session), list_places(session), count_conflicts(session)
    return _Listed(page.items, page.next, page.total or 0, ready or 0, pools, places, conflicts)


@pages.get("/devices", dependencies=[READERS])
async def device_list(
    request: Request,
    look: Look,
    now: Now,
    q: Annotated[str | None, Query(max_length=100)] = None,
    pool: Annotated[str | None, Query(max_length=60)] = None,
    state: Annotated[DeviceState | None, BlankIsNone] = None,
    hold: Annotated[HoldReason | None, BlankIsNone] = None,
    place: Annotated[str | None, Query(max_length=60)] = None,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
) -> Response:
    filters = {"q": q or None, "pool": pool or None, "state": state, "hold": hold, "place": place or None}
    found = await look.read(_list, cursor or None, **filters)
    following = f"/devices?{query_of(request, cursor=found.next)}" if found.next else None
    return render(
        request,
        "devices/list.html",
        nav="devices",
        found=found,
        devices=listed(found.cards, now),
        pool_options=[(one.id, one.name) for one in found.pools],
        place_options=[(name, name) for name in found.places],
        filters=filters,
        filtered=any(filters.values()),
        query=query_of(request, cursor=None),
        next_url=following,
        first_url=f"/devices?{query_of(request, cursor=None)}" if cursor else None,
    )


@dataclass(frozen=True)
class _Card:
    card: DeviceCard
    events: list[Event]
    loan: LoanCard | None
    item: ItemCard | None
    conflicts: list[ConflictCard]
    pictures: list[PictureCard]
    troubles: list[IssueLine]
    loss: Loss | None


def _load(session: Session, device: str, now: datetime) -> _Card:
    card = device_card(session, device)
    loan = loan_card(session, card.loan.number, now=now) if card.loan else None
    events, conflicts = device_history(session, device).items, conflicts_on(session, [card.asset_number])
    pictures, troubles = pictures_of_device(session, device), list_issues(session, device=device, state="open").items
    loss = loss_of(session, device)
    return _Card(card, events, loan, _open_item(loan, card), conflicts, pictures, troubles, loss)


def _open_item(loan: LoanCard | None, card: DeviceCard) -> ItemCard | None:
    items = loan.items if loan else []
    return next((item for item in items if item.asset_number == card.asset_number and item.returned_at is None), None)


@pages.get("/devices/{asset_number}", dependencies=[READERS])
async def one_device(
    request: Request, device: Device, look: Look, now: Now, stop: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """``stop`` is a reason to hold the device that a link proposes; a person still presses."""
    proposed = {"reason": stop} if stop in tuple(HoldReason) else None
    return await _show(request, look, now, device, values=proposed)


async def _show(
    request: Request,
    look: Look,
    now: datetime,
    device: str,
    *,
    values: dict[str, str] | None = None,
    error: Exception | None = None,
) -> Response:
    loaded = await look.read(_load, device, now)
    past = knots(loaded.events, now)
    everything = request.query_params.get("all") == "1"
    return render(
        request,
        "devices/card.html",
        nav="devices",
        status=wrong_status(error) if error else 200,
        card=loaded.card,
        loan=loaded.loan,
        item=loaded.item,
        pictures=loaded.pictures,
        conflicts=loaded.conflicts,
        troubles=[(issue, SIGNS[issue.state][0], said_of(issue)) for issue in loaded.troubles],
        loss=loaded.loss,
        loss_knots=loss_knots(loaded.loss) if loaded.loss else [],
        overdue=is_overdue(loaded.card.loan, now),
        sentences=headline(loaded.card, now),
        borrower_path=borrower_page(loaded.card.loan.borrower) if loaded.card.loan else None,
        knots=past if everything else past[:RECENT],
        past=len(past),
        label=await _label(request, loaded.card),
        values=values or {},
        errors=wrong(error) if error else {},
    )


async def _label(request: Request, card: DeviceCard) -> Markup | None:
    """The label as it stands on the device; none where the public address cannot stand on a label."""
    if card.tag is None:
        return None
    try:
        drawn = await in_ink(request, lambda: face_svg(labels_of([card], [], request.app.state.settings)[0]))
    except Invalid:
        return None
    # The ink escapes every text it draws.
    return Markup(drawn)  # noqa: S704


@pages.post("/devices/{asset_number}/holds", dependencies=[DESK_OR_IT])
async def stop_device(request: Request, device: Device, sent: Sent, look: Look, now: Now) -> Response:
    try:
        await sent.act(open_hold, OpenHold.model_validate(sent.values), device=device)
    except Wrong as error:
        return await _show(request, look, now, device, values=sent.values, error=error)
    return see_other(f"/devices/{device}", done="held")


@pages.post("/devices/{asset_number}/holds/{hold}/release", dependencies=[DESK_OR_IT])
async def release_device(
    request: Request, device: Device, hold: Annotated[str, Path(max_length=20)], sent: Sent, look: Look, now: Now
) -> Response:
    try:
        order = ReleaseHold.model_validate({"note": sent.values.get("note")})
        await sent.act(release_hold, order, device=device, hold=hold)
    except Wrong as error:
        return await _show(request, look, now, device, error=error)
    return see_other(f"/devices/{device}", done="released")


@pages.get("/devices/{asset_number}/return", dependencies=[DESK])
async def ask_return(request: Request, device: Device, look: Look, now: Now) -> Response:
    loaded = await look.read(_load, device, now)
    return _return_form(request, loaded, now, values={}, error=None)


@pages.post("/devices/{asset_number}/return", dependencies=[DESK])
async def take_device_back(request: Request, device: Device, sent: Sent, look: Look, now: Now) -> Response:
    loaded = await look.read(_load, device, now)
    number = loaded.card.asset_number
    try:
        condition = Condition.model_validate(_condition(sent.values))
        order = TakeBack(devices=[number], condition={number: condition})
        done = await sent.act(take_back, order)
    except Wrong as error:
        return _return_form(request, loaded, now, values=sent.values, error=error)
    said = "returned" if done.results[0].outcome == "returned" else "already-here"
    return see_other(f"/devices/{number}", done=said)


# Names of accessories are free text, so their fields are numbered and the name is sent beside each.
_NAME = "-name"


def _accessories(loaded: _Card) -> list[tuple[str, str, int]]:
    """Field, name and count of what went out with the device."""
    out = loaded.item.accessories if loaded.item else {}
    return [(f"accessory-{at}", name, count) for at, (name, count) in enumerate(out.items())]


def _condition(values: dict[str, str]) -> dict[str, Any]:
    """From the form alone, so that a second press, when the device is back already, is the same order."""
    names = {field.removesuffix(_NAME): name for field, name in values.items() if field.endswith(_NAME)}
    # A field left empty was not counted: what is not known is not written down as zero.
    counted = {name: values[field] for field, name in names.items() if values.get(field)}
    return {"ok": values.get("ok") != "no", "note": values.get("note"), "accessories": counted or None}


def _return_form(
    request: Request, loaded: _Card, now: datetime, *, values: dict[str, str], error: Exception | None
) -> Response:
    accessories = _accessories(loaded)
    fields = {f"accessories.{name}": field for field, name, _ in accessories}
    errors = {fields.get(name, name): sentence for name, sentence in (wrong(error) if error else {}).items()}
    return render(
        request,
        "devices/return.html",
        nav="devices",
        status=wrong_status(error) if error else 200,
        card=loaded.card,
        loan=loaded.loan,
        overdue=is_overdue(loaded.card.loan, now),
        sentences=headline(loaded.card, now),
        accessories=accessories,
        values=values,
        errors=errors,
    )
