"""The search box of every page: a code leads to its thing at once, words lead to everything that bears them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from api.device_views import ListedDevice, listed
from api.pages import render
from api.transactions import Look, Now
from api.visitors import READERS
from inventory.cases import CaseCard, CaseList, list_cases
from inventory.courses import CourseList, list_courses
from inventory.devices import DeviceCard, DeviceList, list_devices
from inventory.errors import NotFound
from inventory.issues import issue_of_receipt
from inventory.loans import LoanList, list_loans
from inventory.people import AssociationList, list_associations
from inventory.tags import PaperFound, finder_card, look_up
from inventory.text import NotText
from inventory.venues import VenueCard, VenueList, list_venues

pages = APIRouter(include_in_schema=False)

# Of each kind so many are shown; the list of the kind shows the others.
SHOWN = 8


@dataclass(frozen=True)
class Hits:
    """What bears the words. ``total`` is None beyond the rows that lists count."""

    devices: DeviceList
    cases: CaseList
    loans: LoanList
    associations: AssociationList
    venues: VenueList
    courses: CourseList
    replaced: bool

    @property
    def total(self) -> int | None:
        lists = (self.devices, self.cases, self.loans, self.associations, self.venues, self.courses)
        totals = [found.total for found in lists]
        return None if None in totals else sum(total or 0 for total in totals)


def _find(session: Session, q: str, now: datetime) -> str | Hits:
    """The page of the thing that a code names, or whatever bears the words."""
    try:
        card, issue = look_up(session, q).card, issue_of_receipt(session, q)
    except NotText:
        card, issue = None, None
    if isinstance(card, DeviceCard):
        return f"/devices/{card.asset_number}"
    if isinstance(card, CaseCard):
        return f"/cases/{card.code}"
    if isinstance(card, VenueCard):
        return f"/venues/{card.code}"
    if isinstance(card, PaperFound):
        return f"/paper/{card.number}" if card.number else f"/loans/{card.loan}"
    if issue is not None:
        return f"/issues/{issue}"
    return Hits(
        devices=list_devices(session, q=q, limit=SHOWN),
        cases=list_cases(session, q=q, limit=SHOWN),
        loans=list_loans(session, now=now, q=q, limit=SHOWN),
        associations=list_associations(session, now=now, q=q, limit=SHOWN),
        venues=list_venues(session, q=q, limit=SHOWN),
        courses=list_courses(session, q=q, limit=SHOWN),
        replaced=_replaced(session, q),
    )


def _replaced(session: Session, q: str) -> bool:
    try:
        return finder_card(session, q).replaced
    except NotFound:
        return False


@pages.get("/find", dependencies=[READERS])
async def find(request: Request, look: Look, now: Now, q: Annotated[str, Query(max_length=500)] = "") -> Response:
    words = q.strip()
    hits = await look.read(_find, words, now) if words else None
    if isinstance(hits, str):
        return RedirectResponse(hits, 303)
    devices: list[ListedDevice] = listed(hits.devices.items, now) if hits else []
    return render(
        request,
        "find/found.html",
        q=words,
        hits=hits,
        devices=devices,
        more_query=urlencode({"q": words}),
    )
