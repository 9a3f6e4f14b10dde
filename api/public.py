"""What anybody may open: the page of a label, and the field to type its number into. Never a borrower's name."""

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from sqlmodel import Session

from api.label_watch import ALL, must_be_public, read_label
from api.pages import render, see_other
from api.report_words import picks_of
from api.transactions import Look, Now
from api.visitors import ANYBODY
from inventory.cases import CaseCard
from inventory.devices import DeviceCard
from inventory.presences import open_round
from inventory.tags import FinderCard, PaperFound, look_up
from inventory.text import tag_number_in
from inventory.venues import VenueCard

__all__ = ["ALL", "pages"]

pages = APIRouter(include_in_schema=False)


@pages.get("/robots.txt", dependencies=[ANYBODY])
async def robots() -> PlainTextResponse:
    """Search engines have no business here: a label's page is for whoever holds the label."""
    return PlainTextResponse("User-agent: *\nDisallow: /\n")


@pages.get("/T", dependencies=[ANYBODY])
@pages.get("/t", dependencies=[ANYBODY])
async def type_number(request: Request) -> Response:
    """The field for the number; what was typed leads to the number's page."""
    must_be_public(request)
    typed = request.query_params.get("number")
    if typed is not None:
        # Anything that is no number leads to the page that every unknown number has.
        return see_other(f"/T/{tag_number_in(typed) or 0}")
    return render(request, "public/number.html")


@pages.get("/T/{number:path}", dependencies=[ANYBODY])
@pages.get("/t/{number:path}", dependencies=[ANYBODY])
async def label(request: Request, number: str, look: Look, now: Now) -> Response:
    must_be_public(request)
    if not number:
        return see_other("/T")
    staff = request.state.visitor is not None
    card = await read_label(request, number, look, now)
    if isinstance(card, Response):
        paper = await look.read(_paper, number) if staff and card.status_code == 404 else None
        return see_other(f"/paper/{paper}") if paper else card
    return render(
        request,
        "public/label.html",
        card=card,
        picks=picks_of(venue=card.name is not None) if card.kind or card.name else [],
        own_page=await look.read(_own_page, card) if staff else None,
        lost_phone=request.app.state.settings.lost_phone,
        presence=await look.read(open_round, now=now) is not None if card.kind else False,
    )


def _own_page(session: Session, card: FinderCard) -> str | None:
    """Where staff find what this label is on."""
    found = look_up(session, card.number).card
    if isinstance(found, DeviceCard):
        return f"/devices/{found.asset_number}"
    if isinstance(found, CaseCard):
        return f"/cases/{found.code}"
    return f"/venues/{found.code}" if isinstance(found, VenueCard) else None


def _paper(session: Session, number: str) -> str | None:
    """The number of a form on paper, which only staff can do something with."""
    found = look_up(session, number).card if tag_number_in(number) else None
    return found.number if isinstance(found, PaperFound) else None
