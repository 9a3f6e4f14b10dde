"""The page of a label for whoever comes without an account: one answer for every number that is none of ours.

What several public doors share: the count of guesses, the card of a label, and the pages that refuse.
"""

from datetime import timedelta
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from api.codes import Problem
from api.pages import render
from api.throttle import Throttle, client_of
from api.transactions import Ledger
from inventory.errors import NotFound
from inventory.tags import FinderCard, finder_card

# Enough for somebody who mistypes, too few for whoever tries numbers one after the other: of ten million numbers, a few
# hundred are in use.
MISSES, MISSES_WITHIN = 20, timedelta(minutes=10)
ALL, ALL_WITHIN = 120, timedelta(minutes=1)

UNKNOWN = "見つかりません。番号をもう一度お確かめください。"
REPLACED = "このラベルは貼り替えられました。新しいラベルの番号をお確かめください。"
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


async def read_label(request: Request, number: str, look: Ledger, now: Any) -> FinderCard | Response:
    """The card of a label, or the page that refuses: 404 for what is none of ours, 410, or 429 after many guesses."""
    must_be_public(request)
    if request.state.visitor is not None:
        return await _card(request, number, look)
    watch, client = _watch_of(request), client_of(request.client.host if request.client else "")
    # A miss is counted before the number is looked up, so that parallel guesses count like guesses in a row.
    wait = watch.all.count(client, now) or watch.misses.count(client, now)
    if wait:
        return refuse(request, "too-many", _WAIT, "public/too_many.html", {"Retry-After": str(wait)}, wait)
    answer = await _card(request, number, look)
    if isinstance(answer, FinderCard) or answer.status_code != 404:
        watch.misses.uncount(client)
    return answer


async def _card(request: Request, number: str, look: Ledger) -> FinderCard | Response:
    try:
        card = await look.read(finder_card, number)
    except NotFound:
        return unknown(request)
    return replaced(request) if card.replaced else card


def unknown(request: Request) -> Response:
    """The one page for every number and secret that leads nowhere."""
    return refuse(request, "not-found", UNKNOWN, "public/unknown.html")


def replaced(request: Request) -> Response:
    return refuse(request, "replaced", REPLACED, "public/replaced.html")


def refuse(
    request: Request, code: str, detail: str, template: str, headers: dict[str, str] | None = None, wait: int = 0
) -> Response:
    """One page for every number of a kind, the same to the byte; programs that ask for problems get one."""
    problem = Problem(code, detail, headers=headers)
    if "application/problem+json" in request.headers.get("accept", ""):
        raise problem
    return render(request, template, status=problem.status, headers=headers, wait=wait)


def must_be_public(request: Request) -> None:
    """A server that the public cannot reach (PUBLIC_PAGES=off) has no such pages."""
    if not request.app.state.settings.public_pages:
        raise HTTPException(404)
