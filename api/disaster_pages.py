"""災害時 as pages: how one venue opens its network, and all of them in one list that hangs on the wall."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from api.forms import Sent, Wrong, wrong, wrong_status
from api.pages import render, see_other
from api.transactions import Look, Now
from api.visitors import IT, READERS
from inventory.calendar import today
from inventory.drills import (
    DisasterCard,
    DisasterPlan,
    NewDrill,
    disaster_card,
    list_for_disaster,
    plan_for_disaster,
    record_drill,
    take_drill_back,
)
from inventory.errors import NotFound, Stale

pages = APIRouter(include_in_schema=False)
Venue = Annotated[str, Path(alias="code", max_length=60)]
# The halls that open are all in sight; of the others as many as somebody still to decide about reads.
_OTHERS = 200
Drill = Annotated[str, Path(alias="id", max_length=20)]


@pages.get("/wifi/disaster", dependencies=[READERS])
async def disaster_list(request: Request, look: Look, now: Now) -> Response:
    halls = await look.read(list_for_disaster, now=now)
    others = [hall for hall in halls if not hall.disaster_open]
    return render(
        request,
        "wifi/disaster.html",
        nav="venues",
        opening=[hall for hall in halls if hall.disaster_open],
        others=others[:_OTHERS],
        more=max(0, len(others) - _OTHERS),
        stale=sum(hall.stale for hall in halls),
        today=now,
    )


@pages.get("/venues/{code}/disaster", dependencies=[IT])
async def ask_disaster(request: Request, venue: Venue, look: Look, now: Now) -> Response:
    return _page(request, await look.read(disaster_card, venue, now=now), now)


@pages.post("/venues/{code}/disaster", dependencies=[IT])
async def plan_by_form(request: Request, venue: Venue, sent: Sent, look: Look, now: Now) -> Response:
    try:
        order = DisasterPlan.model_validate(
            {
                "disaster_open": "disaster_open" in sent.values,
                "disaster_procedure": sent.values.get("disaster_procedure"),
            }
        )
        await sent.act(plan_for_disaster, order, venue=venue, revision=sent.revision)
    except NotFound:
        raise
    except Wrong as error:
        card = await look.read(disaster_card, venue, now=now)
        return _page(request, card, now, form="plan", values=sent.values, error=error)
    return see_other(f"/venues/{venue}/disaster", done="disaster-planned")


@pages.post("/venues/{code}/drills", dependencies=[IT])
async def drill_by_form(request: Request, venue: Venue, sent: Sent, look: Look, now: Now) -> Response:
    try:
        order = NewDrill.model_validate(sent.given("held_on", "note"))
        await sent.act(record_drill, order, status=201, venue=venue)
    except NotFound:
        raise
    except Wrong as error:
        card = await look.read(disaster_card, venue, now=now)
        return _page(request, card, now, form="drill", values=sent.values, error=error)
    return see_other(f"/venues/{venue}/disaster", done="drill-added")


@pages.post("/venues/{code}/drills/{id}/take-back", dependencies=[IT])
async def drill_back_by_form(venue: Venue, drill: Drill, sent: Sent) -> Response:
    await sent.act(take_drill_back, venue=venue, drill=drill)
    return see_other(f"/venues/{venue}/disaster", done="drill-taken-back")


def _page(
    request: Request,
    card: DisasterCard,
    now: datetime,
    *,
    form: str = "",
    values: Mapping[str, Any] | None = None,
    error: Exception | None = None,
) -> Response:
    plan = {"disaster_open": card.disaster_open, "disaster_procedure": card.disaster_procedure}
    return render(
        request,
        "venues/disaster.html",
        nav="venues",
        status=wrong_status(error) if error else 200,
        card=card,
        plan=values if form == "plan" else plan,
        drill=values if form == "drill" else {"held_on": today(now).isoformat()},
        stale=isinstance(error, Stale),
        errors=wrong(error) if error else {},
    )
