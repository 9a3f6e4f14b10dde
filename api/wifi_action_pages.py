"""What is to be done next, on screen: the list of all venues, and the form of one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.forms import Sent, Wrong, wrong, wrong_status
from api.pages import render, see_other
from api.transactions import Look, Now
from api.visitors import IT, READERS
from inventory.calendar import today
from inventory.errors import NotFound
from inventory.venues import VenueCard, venue_by_code, venue_card
from inventory.wifi_actions import (
    ActionCard,
    ActionOrder,
    finish_action,
    open_actions,
    set_action,
    things_to_do,
)

pages = APIRouter(include_in_schema=False)
Code = Annotated[str, Path(alias="code", max_length=60)]
# A sheet of them is read; whoever has more has to do the first ones first.
_SHOWN = 500


@pages.get("/wifi/actions", dependencies=[READERS])
async def actions(request: Request, look: Look, now: Now) -> Response:
    found = await look.read(things_to_do, on=today(now))
    return render(
        request,
        "wifi/actions.html",
        nav="venues",
        found=found[:_SHOWN],
        total=len(found),
        overdue=sum(one.overdue_days > 0 for one in found),
        due=sum(one.action_overdue_days > 0 for one in found),
        today=today(now),
    )


@dataclass(frozen=True)
class _Asked:
    card: VenueCard
    action: ActionCard | None


def _load(session: Session, venue: str) -> _Asked:
    card, row = venue_card(session, venue), venue_by_code(session, venue)
    return _Asked(card, open_actions(session, venues=[row]).get(row) if row is not None else None)


@pages.get("/venues/{code}/wifi/actions", dependencies=[IT])
async def ask_action(request: Request, venue: Code, look: Look) -> Response:
    loaded = await look.read(_load, venue)
    values = loaded.action.model_dump(mode="json", include={"action", "owner", "due_on"}) if loaded.action else {}
    return _form(request, loaded, values)


@pages.post("/venues/{code}/wifi/actions", dependencies=[IT])
async def add_action(request: Request, venue: Code, sent: Sent, look: Look) -> Response:
    try:
        await sent.act(set_action, ActionOrder.model_validate(sent.values), venue=venue, status=201)
    except NotFound:
        raise
    except Wrong as error:
        return _form(request, await look.read(_load, venue), sent.values, error)
    return see_other(f"/venues/{venue}", done="wifi-action")


@pages.post("/venues/{code}/wifi/actions/{action}/done", dependencies=[IT])
async def action_done(venue: Code, action: Annotated[str, Path(max_length=20)], sent: Sent) -> Response:
    card = await sent.act(finish_action, venue=venue, action=action)
    back = "/wifi/actions" if sent.values.get("back") == "list" else f"/venues/{card.venue}"
    return see_other(back, done="wifi-action-done")


def _form(request: Request, loaded: _Asked, values: Mapping[str, Any], error: Exception | None = None) -> Response:
    return render(
        request,
        "wifi/action_form.html",
        nav="venues",
        status=wrong_status(error) if error else 200,
        card=loaded.card,
        action=loaded.action,
        values=values,
        errors=wrong(error) if error else {},
    )
