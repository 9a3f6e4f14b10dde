"""Venues on screen: the list, one venue with its courses and what it holds, and the forms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from pydantic import Field
from sqlmodel import Session

from api.forms import Sent, Wrong, wrong, wrong_status
from api.issue_views import view as issue_view
from api.loan_views import counted, still_out, view
from api.pages import query_of, render, see_other
from api.transactions import Look, Now
from api.venue_parts import load_parts
from api.visitors import IT, READERS, Staff
from inventory.addresses import municipality
from inventory.calendar import jst_day_bounds, today
from inventory.courses import CourseList, list_courses
from inventory.errors import NotFound, Stale
from inventory.issue_lines import IssueLine
from inventory.issue_lists import list_issues
from inventory.loans import LoanCard, list_loans
from inventory.shapes import BlankIsNone
from inventory.sign_in import SignedIn
from inventory.tables import IssueState, VenueKind
from inventory.venues import (
    NewVenue,
    VenueCard,
    VenueChange,
    VenueFields,
    change_venue,
    create_venue,
    list_venues,
    venue_card,
)

pages = APIRouter(include_in_schema=False)
Code = Annotated[str, Path(alias="code", max_length=60)]
# A form sends an empty field where an address leaves it out.
Words = Annotated[Annotated[str, Field(max_length=100)] | None, BlankIsNone]
Cursor = Annotated[Annotated[str, Field(max_length=400)] | None, BlankIsNone]
# What is done with a hall in a disaster has a form of its own.
_ELSEWHERE = ("disaster_procedure",)
_FIELDS = ("kind", "name", "shelter", *(name for name in VenueFields.model_fields if name not in _ELSEWHERE))
# More loans and courses than one hall has at a time.
_ALL = 200
_SHOWN = 20


@pages.get("/venues", dependencies=[READERS])
async def venue_list(
    request: Request,
    look: Look,
    kind: Annotated[VenueKind | None, BlankIsNone] = None,
    shelter: Annotated[bool | None, BlankIsNone] = None,
    q: Words = None,
    cursor: Cursor = None,
) -> Response:
    found = await look.read(list_venues, kind=kind, shelter=shelter, q=q, cursor=cursor, exact=True)
    return render(
        request,
        "venues/list.html",
        nav="venues",
        venues=found.items,
        total=found.total or 0,
        kind=kind,
        shelter=shelter,
        q=q,
        filtered=bool(kind or q or shelter is not None),
        query=query_of(request, cursor=None),
        next_url=f"/venues?{query_of(request, cursor=found.next)}" if found.next else None,
        first_url=f"/venues?{query_of(request, cursor=None)}" if cursor else None,
    )


@pages.get("/venues/new", dependencies=[IT])
async def ask_new(request: Request) -> Response:
    # Most halls of a city stand in the city.
    here = municipality(request.app.state.settings.municipality_code)
    place = {"prefecture": here.prefecture, "city": here.name} if here else {}
    return _form(request, None, {"kind": VenueKind.KOMINKAN.value, **place})


@pages.post("/venues/new", dependencies=[IT])
async def add_venue(request: Request, sent: Sent) -> Response:
    try:
        card = await sent.act(create_venue, NewVenue.model_validate(_ticked(sent.values)), status=201)
    except Wrong as error:
        return _form(request, None, sent.values, error)
    return see_other(f"/venues/{card.code}", done="created")


@dataclass(frozen=True)
class _Card:
    card: VenueCard
    courses: CourseList
    loans: list[LoanCard]
    past_loans: bool
    troubles: list[IssueLine]
    past_troubles: bool
    parts: dict[str, Any]


def _load(session: Session, venue: str, now: datetime, visitor: SignedIn) -> _Card:
    card = venue_card(session, venue)
    since = jst_day_bounds(today(now))[0]
    courses = list_courses(session, since=since, venue=card.code, limit=_SHOWN, exact=True)
    loans = list_loans(session, now=now, venue=card.code, state="open", limit=_ALL).items
    past = list_loans(session, now=now, venue=card.code, state="closed", limit=1).items
    troubles = list_issues(session, venue=card.code, state="open").items
    solved = list_issues(session, venue=card.code, state=IssueState.RESOLVED, limit=1).items
    parts = load_parts(session, card.code, now, visitor)
    return _Card(card, courses, loans, bool(past), troubles, bool(solved), parts)


@pages.get("/venues/{code}", dependencies=[READERS])
async def one_venue(request: Request, venue: Code, look: Look, now: Now, visitor: Staff) -> Response:
    loaded = await look.read(_load, venue, now, visitor)
    out = [item for loan in loaded.loans for item in still_out(loan)]
    coming = loaded.courses.total or 0
    return render(
        request,
        "venues/card.html",
        nav="venues",
        card=loaded.card,
        lent=counted(out),
        devices_out=len(out),
        loans=[view(loan, now) for loan in loaded.loans],
        past_loans=loaded.past_loans,
        troubles=[issue_view(line, now) for line in loaded.troubles],
        past_troubles=loaded.past_troubles,
        courses=loaded.courses.items,
        coming=coming,
        parts=loaded.parts,
    )


@pages.get("/venues/{code}/edit", dependencies=[IT])
async def ask_change(request: Request, venue: Code, look: Look) -> Response:
    card = await look.read(venue_card, venue)
    values = card.model_dump(mode="json", include={*_FIELDS})
    if card.postal_code:
        values["postal_code"] = f"{card.postal_code[:3]}-{card.postal_code[3:]}"
    return _form(request, card, values)


@pages.post("/venues/{code}/edit", dependencies=[IT])
async def edit_venue(request: Request, venue: Code, sent: Sent, look: Look) -> Response:
    try:
        change = VenueChange.model_validate(_ticked(sent.values))
        card = await sent.act(change_venue, change, venue=venue, revision=sent.revision)
    except NotFound:
        raise
    except Wrong as error:
        return _form(request, await look.read(venue_card, venue), sent.values, error)
    return see_other(f"/venues/{card.code}", done="changed")


def _ticked(values: Mapping[str, Any]) -> dict[str, Any]:
    """The form's fields; a box that is not ticked is not sent, and means no."""
    return {"shelter": "no", **values}


def _form(
    request: Request, card: VenueCard | None, values: Mapping[str, Any], error: Exception | None = None
) -> Response:
    """The form of a new venue (no card) or of one that is there."""
    return render(
        request,
        "venues/form.html",
        nav="venues",
        status=wrong_status(error) if error else 200,
        card=card,
        values=values,
        # Whoever meets another's change sees what stands now beside what was written, and may press again.
        stale=isinstance(error, Stale),
        errors=wrong(error) if error else {},
    )
