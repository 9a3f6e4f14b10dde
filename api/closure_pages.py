"""Single closed days of a venue as a page: what is coming, and a form for more."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from sqlmodel import Session

from api.forms import Sent, Wrong, wrong, wrong_status
from api.pages import render, see_other
from api.transactions import Look, Now
from api.visitors import DESK_OR_IT
from inventory.calendar import today
from inventory.closures import (
    ClosureCard,
    NewClosure,
    add_closure,
    closed_on,
    list_closures,
    rule_of,
    take_closure_back,
)
from inventory.errors import NotFound
from inventory.venue_records import venue_row

pages = APIRouter(include_in_schema=False)
Venue = Annotated[str, Path(alias="code", max_length=60)]
Closure = Annotated[str, Path(alias="id", max_length=20)]
# How far ahead the page of a venue looks.
AHEAD = timedelta(weeks=5)
_RUN_ON = timedelta(weeks=4)


@dataclass(frozen=True)
class ComingDays:
    """The closed days of the coming weeks: ``spans`` are first and last day of a run, and why.

    ``today`` is why the venue is closed today, empty when it is open. ``unread``: the rule in words cannot be read.
    """

    code: str
    name: str
    rule: str | None
    unread: bool
    today: str
    spans: list[tuple[date, date, str]]
    next: tuple[date, str] | None
    single: list[ClosureCard]


def coming_days(session: Session, venue: str, now: datetime) -> ComingDays:
    row = venue_row(session, venue)
    day = today(now)
    # A run that begins in these weeks is told to its end: 12月29日から1月3日まで, not to the day where they stop.
    days = closed_on(session, [row.id], day, day + AHEAD + _RUN_ON)[row.id]
    spans: list[tuple[date, date, str]] = []
    for on, why in days.items():
        if spans and spans[-1][2] == why and spans[-1][1] == on - timedelta(days=1):
            spans[-1] = (spans[-1][0], on, why)
        else:
            spans.append((on, on, why))
    return ComingDays(
        code=row.code,
        name=row.name,
        rule=row.closed_days,
        unread=row.closed_days is not None and rule_of(row.closed_days) is None,
        today=days.get(day, ""),
        spans=[span for span in spans if span[0] <= day + AHEAD],
        next=next(((on, why) for on, why in days.items() if on <= day + AHEAD), None),
        single=list_closures(session, venue, day).items,
    )


@pages.get("/venues/{code}/closures", dependencies=[DESK_OR_IT])
async def closure_page(request: Request, venue: Venue, look: Look, now: Now) -> Response:
    return _page(request, await look.read(coming_days, venue, now), {})


@pages.post("/venues/{code}/closures", dependencies=[DESK_OR_IT])
async def close_by_form(request: Request, venue: Venue, sent: Sent, look: Look, now: Now) -> Response:
    try:
        order = NewClosure.model_validate(sent.given("from", "until", "reason"))
        await sent.act(add_closure, order, status=201, venue=venue)
    except NotFound:
        raise
    except Wrong as error:
        return _page(request, await look.read(coming_days, venue, now), sent.values, error)
    return see_other(f"/venues/{venue}/closures", done="closure-added")


@pages.post("/venues/{code}/closures/{id}/take-back", dependencies=[DESK_OR_IT])
async def open_by_form(venue: Venue, closure: Closure, sent: Sent) -> Response:
    await sent.act(take_closure_back, venue=venue, closure=closure)
    return see_other(f"/venues/{venue}/closures", done="closure-taken-back")


def _page(request: Request, days: ComingDays, values: Mapping[str, Any], error: Exception | None = None) -> Response:
    return render(
        request,
        "venues/closures.html",
        nav="venues",
        status=wrong_status(error) if error else 200,
        days=days,
        values=values,
        errors=wrong(error) if error else {},
    )
