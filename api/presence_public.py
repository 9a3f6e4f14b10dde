"""所在確認 at the label: whoever has the device says that it is at hand, and whether it is used. Two questions.

Every device's label has this page while a round is open, lent or not, so nothing can be told from it.
"""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.label_watch import read_label, unknown
from api.pages import render, see_other
from api.public_acts import act_of_form, flooded
from api.transactions import Look, Now
from api.visitors import ANYBODY
from inventory.errors import Conflict, NotFound, OpIdReused
from inventory.presences import OwnWord, confirm_by_label, open_round
from inventory.tables import Usage
from inventory.tags import FinderCard

pages = APIRouter(include_in_schema=False)

# What the first question and the second can be answered with.
_IN_HAND = {"yes": True, "no": False}
_USAGE = {usage.value: usage for usage in Usage}


@pages.get("/T/{number}/presence", dependencies=[ANYBODY])
@pages.get("/t/{number}/presence", dependencies=[ANYBODY])
async def ask(request: Request, number: str, look: Look, now: Now) -> Response:
    """The question that is next. The steps are in the address, so that the way back works without a script."""
    card = await _device(request, number, look, now)
    if isinstance(card, Response):
        return card
    step = request.query_params.get("step", "")
    if await look.read(open_round, now=now) is None:
        step = "closed"
    return _page(request, card, step if step in ("usage", "thanks", "gone", "closed") else "hand")


@pages.post("/T/{number}/presence", dependencies=[ANYBODY])
@pages.post("/t/{number}/presence", dependencies=[ANYBODY])
async def take(request: Request, number: str, look: Look, now: Now) -> Response:
    """Each answer is kept at once: who stops after the first has said where the device is."""
    card = await _device(request, number, look, now)
    if isinstance(card, Response):
        return card
    form = await request.form(max_files=0, max_fields=20)
    in_hand, usage = _IN_HAND.get(str(form.get("in_hand", ""))), _USAGE.get(str(form.get("usage", "")))
    if in_hand is None or (usage is not None and not in_hand):
        return _page(request, card, "hand", status=422)
    wait = flooded(request, now, card.number)
    if wait:
        step = "usage" if "usage" in form else "hand"
        return _page(request, card, step, status=429, headers={"Retry-After": str(wait)}, wait=wait)
    try:
        await act_of_form(request, form, now)(
            confirm_by_label, OwnWord(in_hand=in_hand, usage=usage), status=201, number=card.number
        )
    except NotFound:
        return unknown(request)
    except OpIdReused:
        return _page(request, card, "hand", status=422)
    except Conflict:
        return _page(request, card, "closed", status=409)
    step = "gone" if not in_hand else "thanks" if usage else "usage"
    return see_other(f"/T/{card.number}/presence?step={step}")


async def _device(request: Request, number: str, look: Look, now: Any) -> FinderCard | Response:
    """The card of a device's label, or the page that refuses; the label of anything else is as good as unknown."""
    card = await read_label(request, number, look, now)
    return unknown(request) if isinstance(card, FinderCard) and card.kind is None else card


def _page(
    request: Request,
    card: FinderCard,
    step: str,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    wait: int = 0,
) -> Response:
    settings = request.app.state.settings
    return render(
        request,
        "public/presence.html",
        status=status,
        headers=headers,
        card=card,
        step=step,
        wait=wait,
        lost_phone=settings.lost_phone,
    )
