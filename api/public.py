"""What anybody may open: the page of a label, and the field to type its number into. Never a borrower's name."""

from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from sqlmodel import Session
from starlette.exceptions import HTTPException

from api.codes import Problem
from api.pages import render, see_other
from api.throttle import Throttle, client_of
from api.transactions import Look, Now
from api.visitors import ANYBODY
from inventory.cases import CaseCard
from inventory.devices import DeviceCard
from inventory.errors import NotFound
from inventory.tags import FinderCard, PaperFound, finder_card, look_up
from inventory.text import tag_number_in
from inventory.venues import VenueCard

pages = APIRouter(include_in_schema=False)

# Enough for somebody who mistypes, too few for whoever tries numbers one after the other: of ten million numbers, a few
# hundred are in use.
MISSES, MISSES_WITHIN = 20, timedelta(minutes=10)
ALL, ALL_WITHIN = 120, timedelta(minutes=1)

_UNKNOWN = "この番号のラベルは見つかりません。番号をもう一度お確かめください。"
_REPLACED = "このラベルは貼り替えられました。新しいラベルの番号をお確かめください。"
_WAIT = "たくさん調べたので、しばらくお待ちください。お急ぎのときは電話をかけてください。"


class _Watch:
    """The counts of this app."""

    def __init__(self) -> None:
        self.misses = Throttle(MISSES, MISSES_WITHIN)
        self.all = Throttle(ALL, ALL_WITHIN)


def _watch_of(request: Request) -> _Watch:
    state = request.app.state
    if not hasattr(state, "label_watch"):
        state.label_watch = _Watch()
    watch: _Watch = state.label_watch
    return watch


@pages.get("/robots.txt", dependencies=[ANYBODY])
async def robots() -> PlainTextResponse:
    """Search engines have no business here: a label's page is for whoever holds the label."""
    return PlainTextResponse("User-agent: *\nDisallow: /\n")


@pages.get("/T", dependencies=[ANYBODY])
@pages.get("/t", dependencies=[ANYBODY])
async def type_number(request: Request) -> Response:
    """The field for the number; what was typed leads to the number's page."""
    _must_be_public(request)
    typed = request.query_params.get("number")
    if typed is not None:
        # Anything that is no number leads to the page that every unknown number has.
        return see_other(f"/T/{tag_number_in(typed) or 0}")
    return render(request, "public/number.html")


@pages.get("/T/{number:path}", dependencies=[ANYBODY])
@pages.get("/t/{number:path}", dependencies=[ANYBODY])
async def label(request: Request, number: str, look: Look, now: Now) -> Response:
    _must_be_public(request)
    if not number:
        return see_other("/T")
    if request.state.visitor is not None:
        return await _label(request, number, look)
    watch, client = _watch_of(request), client_of(request.client.host if request.client else "")
    # A miss is counted before the number is looked up, so that parallel guesses count like guesses in a row.
    wait = watch.all.count(client, now) or watch.misses.count(client, now)
    if wait:
        return _refuse(request, "too-many", _WAIT, "public/too_many.html", {"Retry-After": str(wait)}, wait)
    answer = await _label(request, number, look)
    if answer.status_code != 404:
        watch.misses.uncount(client)
    return answer


async def _label(request: Request, number: str, look: Look) -> Response:
    try:
        card = await look.read(finder_card, number)
    except NotFound:
        paper = await look.read(_paper, number) if request.state.visitor else None
        if paper is not None:
            return see_other(f"/paper/{paper}")
        return _refuse(request, "not-found", _UNKNOWN, "public/unknown.html")
    if card.replaced:
        return _refuse(request, "replaced", _REPLACED, "public/replaced.html")
    own = await look.read(_own_page, card) if request.state.visitor else None
    lost_phone = request.app.state.settings.lost_phone
    return render(request, "public/label.html", card=card, own_page=own, lost_phone=lost_phone)


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


def _refuse(
    request: Request, code: str, detail: str, template: str, headers: dict[str, str] | None = None, wait: int = 0
) -> Response:
    """One page for every number of a kind, the same to the byte; programs that ask for problems get one."""
    problem = Problem(code, detail, headers=headers)
    if "application/problem+json" in request.headers.get("accept", ""):
        raise problem
    return render(request, template, status=problem.status, headers=headers, wait=wait)


def _must_be_public(request: Request) -> None:
    """A server that the public cannot reach (PUBLIC_PAGES=off) has no such pages."""
    if not request.app.state.settings.public_pages:
        raise HTTPException(404)
