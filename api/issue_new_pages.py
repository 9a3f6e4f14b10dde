"""A report on behalf of somebody who rings or stands at the counter: find the device or the venue, write it down."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.forms import Sent, Wrong, wrong, wrong_status
from api.pages import render, see_other
from api.report_words import PHRASES
from api.transactions import Look, Now
from api.visitors import DESK_OR_IT
from api.words import CALL_TIME
from inventory.devices import DeviceCard, device_card, device_cards, list_devices
from inventory.errors import Invalid, NotFound
from inventory.loans import LoanCard, list_loans, loan_card
from inventory.people import list_associations
from inventory.reporting import PHRASES as OF_CATEGORY
from inventory.reporting import Report, report
from inventory.tags import device_by_code
from inventory.venues import VenueCard, list_venues, venue_card

pages = APIRouter(include_in_schema=False)
_FEW = 12


@dataclass(frozen=True)
class Found:
    """What an inquiry may be about."""

    devices: list[DeviceCard]
    venues: list[VenueCard]


def _find(session: Session, q: str, now: datetime) -> Found:
    """Devices by number, those of associations by name, and venues."""
    known = device_by_code(session, q)
    if known is not None:
        return Found(device_cards(session, [known]), [])
    devices = {card.asset_number: card for card in list_devices(session, q=q, limit=_FEW).items}
    for association in list_associations(session, now=now, q=q, limit=5).items:
        for loan in list_loans(session, now=now, association=association.id, state="open", limit=_FEW).items:
            for item in loan.items:
                if item.returned_at is None and len(devices) < 2 * _FEW:
                    devices.setdefault(item.asset_number, device_card(session, item.asset_number))
    return Found(list(devices.values()), list_venues(session, q=q, limit=5).items)


@dataclass(frozen=True)
class Thing:
    """What the report is about: a device with its loan, or a venue."""

    code: str
    device: DeviceCard | None = None
    loan: LoanCard | None = None
    venue: VenueCard | None = None


def _thing(session: Session, code: str, now: datetime) -> Thing | None:
    try:
        device = device_card(session, code)
        loan = loan_card(session, device.loan.number, now=now) if device.loan else None
        return Thing(device.asset_number, device=device, loan=loan)
    except NotFound:
        pass
    try:
        venue = venue_card(session, code)
    except NotFound:
        return None
    return Thing(venue.code, venue=venue)


@pages.get("/issues/new", dependencies=[DESK_OR_IT])
async def ask_new(
    request: Request,
    look: Look,
    now: Now,
    q: Annotated[str, Query(max_length=100)] = "",
    about: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    thing = await look.read(_thing, about, now) if about else None
    found = await look.read(_find, q, now) if q.strip() and thing is None else None
    nothing = "q" in request.query_params and not q.strip()
    error = Invalid.field("q", "番号、自治会、会場のどれかを書いてください。") if nothing else None
    return _form(request, thing, {}, q=q, found=found, error=error)


@pages.post("/issues/new", dependencies=[DESK_OR_IT])
async def add_new(request: Request, sent: Sent, look: Look, now: Now) -> Response:
    fields: dict[str, Any] = sent.given("text", "category", "reporter_name", "phone", "email", "call_time")
    fields |= {"tag": sent.values.get("about", ""), "on_behalf": True}
    # Only what goes with the category that was chosen in the end: without a script all of them are in sight.
    category = sent.values.get("category", "")
    known = next((codes for of, codes in OF_CATEGORY.items() if of == category), ())
    fields["phrases"] = [phrase for phrase in sent.lists.get("phrase", []) if phrase in known]
    try:
        order = Report.model_validate(fields)
        done = await sent.act(report, order, status=201, keys=look.database.keys, pictures=[])
    except Wrong as error:
        thing = await look.read(_thing, sent.values.get("about", ""), now)
        values = {**sent.values, "phrases": sent.lists.get("phrase", [])}
        return _form(request, thing, values, error=error)
    return see_other(f"/issues/{done.issue}/receipt", done="reported")


def _form(
    request: Request,
    thing: Thing | None,
    values: Mapping[str, Any],
    *,
    q: str = "",
    found: Found | None = None,
    error: Exception | None = None,
) -> Response:
    return render(
        request,
        "issues/new.html",
        nav="issues",
        status=wrong_status(error) if error else 200,
        thing=thing,
        q=q,
        found=found,
        phrases={str(category): [(code, PHRASES[code]) for code in codes] for category, codes in OF_CATEGORY.items()},
        call_times=list(CALL_TIME.items()),
        values=values,
        errors=wrong(error) if error else {},
    )
