"""Planned days on screen: one form for one venue or many, for new days or days moved by a number."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field

from api.forms import Sent, Wrong, wrong, wrong_status
from api.pages import render, see_other
from api.transactions import Look, Now
from api.visitors import IT
from inventory.calendar import today
from inventory.shapes import BlankIsNone
from inventory.tables import WifiStage
from inventory.wifi_plan_lists import venues_to_plan
from inventory.wifi_plans import PlansOrder, revise_plans
from inventory.wifi_stages import ROAD

pages = APIRouter(include_in_schema=False)
# Boxes to tick on one page; beyond them one searches.
_OFFERED = 200
Codes = Annotated[
    list[Annotated[str, Field(max_length=60)]], Query(alias="venue", max_length=_OFFERED, default_factory=list)
]
Words = Annotated[Annotated[str, Field(max_length=100)] | None, BlankIsNone]


@pages.get("/wifi/plans/new", dependencies=[IT])
async def ask_plans(
    request: Request,
    look: Look,
    now: Now,
    venue: Codes,
    stage: Annotated[WifiStage | None, BlankIsNone] = None,
    q: Words = None,
) -> Response:
    return await _form(request, look, now, venue, {"stage": stage or ""}, q=q)


@pages.post("/wifi/plans/new", dependencies=[IT])
async def add_plans(request: Request, sent: Sent, look: Look, now: Now) -> Response:
    venues = sent.lists.get("venues", [])
    try:
        done = await sent.act(revise_plans, PlansOrder.model_validate(_order(sent.values, venues)), status=201)
    except Wrong as error:
        offered = sent.lists.get("offered", [])
        return await _form(request, look, now, offered, sent.values, ticked=venues, error=error)
    return see_other(f"/venues/{done.venues[0]}" if len(done.venues) == 1 else "/wifi", done="wifi-plans")


def _order(values: Mapping[str, str], venues: list[str]) -> dict[str, Any]:
    """What the form says, by the one of its two ways that is ticked."""
    order: dict[str, Any] = {name: values.get(name, "") for name in ("reason", "cause", "decided_on")}
    order["venues"] = venues
    if values.get("how") == "shift":
        order |= {"stage": values.get("stage", ""), "shift_days": values.get("shift_days") or "0"}
        return order | {"following": values.get("following") == "yes"}
    days = {stage.value: values.get(f"days.{stage}", "") for stage in ROAD}
    if values.get("alone") == "yes":
        # The days of one venue were all in the form: one that was emptied is taken back.
        return order | {"days": days}
    days = {stage: day for stage, day in days.items() if day}
    return order | {"days": days} if days else order | {"stage": ROAD[0].value}


async def _form(
    request: Request,
    look: Look,
    now: Now,
    codes: list[str],
    values: Mapping[str, Any],
    *,
    ticked: list[str] | None = None,
    q: str | None = None,
    error: Exception | None = None,
) -> Response:
    venues, more = await look.read(venues_to_plan, codes=codes, q=q, limit=_OFFERED)
    alone = venues[0] if len(venues) == 1 else None
    filled = {f"days.{stage}": day.isoformat() for stage, day in alone.days.items()} if alone else {}
    return render(
        request,
        "wifi/plan_form.html",
        nav="venues",
        status=wrong_status(error) if error else 200,
        venues=venues,
        named=bool(codes),
        more=more,
        q=q,
        ticked=ticked if ticked is not None else [venue.code for venue in venues] if codes else [],
        how="days" if alone or not codes else "shift",
        values=({"decided_on": today(now).isoformat()} | filled if error is None else {}) | dict(values),
        road=ROAD,
        today=today(now),
        errors=wrong(error) if error else {},
    )
