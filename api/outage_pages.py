"""Outages of a venue's wifi as a page: one form while it works, another while it does not, and what was before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from sqlmodel import Session

from api.forms import Sent, Wrong, wrong, wrong_status
from api.moments import fields_of_moment, moment_of
from api.pages import render, see_other
from api.transactions import Look, Now
from api.visitors import DESK_OR_IT
from inventory.errors import NotFound
from inventory.issue_lists import list_issues
from inventory.outages import BeginOutage, EndOutage, OutageCard, begin_outage, end_outage, list_outages
from inventory.tables import IssueCategory
from inventory.venues import VenueCard, venue_card

pages = APIRouter(include_in_schema=False)
Venue = Annotated[str, Path(alias="code", max_length=60)]
Outage = Annotated[str, Path(alias="id", max_length=20)]


@dataclass(frozen=True)
class Broken:
    """``open`` is the outage that lasts; ``hours`` are those of the last 12 months. ``reports`` may have told of it."""

    card: VenueCard
    open: OutageCard | None
    past: list[OutageCard]
    hours: float
    reports: list[tuple[str, str]]
    received: dict[str, datetime]


def outages_of(session: Session, venue: str, now: datetime) -> Broken:
    found = list_outages(session, venue, now=now)
    reports = list_issues(session, venue=venue, category=IssueCategory.NETWORK, limit=20).items
    return Broken(
        card=venue_card(session, venue),
        open=next((one for one in found.items if one.ended_at is None), None),
        past=[one for one in found.items if one.ended_at is not None],
        hours=round(found.down_minutes / 60, 1),
        reports=[(line.id, line.receipt) for line in reports],
        received={line.id: line.received_at for line in reports},
    )


@pages.get("/venues/{code}/outages", dependencies=[DESK_OR_IT])
async def outage_page(
    request: Request, venue: Venue, look: Look, now: Now, issue: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    broken = await look.read(outages_of, venue, now)
    told = broken.received.get(issue)
    return _page(
        request, broken, {"issue": issue, "from_issue": issue, **fields_of_moment(told or now, "on", "time")}, now
    )


@pages.post("/venues/{code}/outages", dependencies=[DESK_OR_IT])
async def begin_by_form(request: Request, venue: Venue, sent: Sent, look: Look, now: Now) -> Response:
    try:
        began = moment_of(sent.values, "on", "time", "on")
        told: dict[str, Any] = {**sent.given("issue", "note"), "began_at": began}
        if sent.given("end_on", "end_time"):
            told["ended_at"] = moment_of(sent.values, "end_on", "end_time", "end_on")
        order = BeginOutage.model_validate(told)
        await sent.act(begin_outage, order, status=201, venue=venue)
    except NotFound:
        raise
    except Wrong as error:
        return _page(request, await look.read(outages_of, venue, now), sent.values, now, error)
    return see_other(_back(venue, sent.values), done="outage-begun")


@pages.post("/venues/{code}/outages/{id}/end", dependencies=[DESK_OR_IT])
async def end_by_form(request: Request, venue: Venue, outage: Outage, sent: Sent, look: Look, now: Now) -> Response:
    try:
        order = EndOutage(ended_at=moment_of(sent.values, "on", "time", "on"))
        await sent.act(end_outage, order, venue=venue, outage=outage)
    except NotFound:
        raise
    except Wrong as error:
        return _page(request, await look.read(outages_of, venue, now), sent.values, now, error)
    return see_other(_back(venue, sent.values), done="outage-over")


def _back(venue: str, values: Mapping[str, str]) -> str:
    """Whoever came from a report goes back there."""
    issue = values.get("from_issue", "")
    return f"/issues/{issue}" if issue.isascii() and issue.isdecimal() else f"/venues/{venue}/outages"


def _page(
    request: Request, broken: Broken, values: Mapping[str, Any], now: datetime, error: Exception | None = None
) -> Response:
    fields = _FIELD | ({"ended_at": "end_on"} if "end_on" in values else {})
    said = {fields.get(name, name): sentence for name, sentence in wrong(error).items()} if error else {}
    return render(
        request,
        "venues/outages.html",
        nav="venues",
        status=wrong_status(error) if error else 200,
        broken=broken,
        card=broken.card,
        values=values,
        ends=fields_of_moment(now, "on", "time"),
        errors=said,
    )


# A moment is asked for in two fields; what is wrong with it is told beside the first.
_FIELD = {"began_at": "on", "ended_at": "on"}
