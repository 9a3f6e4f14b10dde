"""Cases on screen: the list, one case with what is missing, and moving it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from markupsafe import Markup
from pydantic import Field
from sqlmodel import Session

from api.case_views import absent, headline, knots
from api.forms import Sent, Wrong, wrong, wrong_status
from api.label_orders import case_label, in_ink, labels_of
from api.pages import query_of, render, see_other
from api.transactions import Look, Now
from api.visitors import DESK_OR_IT, READERS
from inventory.case_history import CaseHistory, case_history
from inventory.case_keeping import BringIn, MoveCase, bring_in, move
from inventory.cases import CaseCard, CaseList, case_card, list_case_places, list_cases
from inventory.errors import Invalid, NotFound
from inventory.places import places_in_use
from inventory.shapes import BlankIsNone
from labels.preview import face_svg

pages = APIRouter(include_in_schema=False)
Case = Annotated[str, Path(alias="case", max_length=60)]
Word = Annotated[Annotated[str, Field(max_length=60)] | None, BlankIsNone]
Words = Annotated[Annotated[str, Field(max_length=100)] | None, BlankIsNone]
Cursor = Annotated[Annotated[str, Field(max_length=400)] | None, BlankIsNone]
# What of a case's past stands on its page; the rest is one tap away.
RECENT = 8


def _list(session: Session, /, **filters: Any) -> tuple[CaseList, list[str]]:
    return list_cases(session, exact=True, **filters), list_case_places(session)


@pages.get("/cases", dependencies=[READERS])
async def case_list(
    request: Request,
    look: Look,
    q: Words = None,
    place: Word = None,
    retired: Annotated[bool | None, BlankIsNone] = None,
    cursor: Cursor = None,
) -> Response:
    found, places = await look.read(_list, q=q, place=place, retired=bool(retired), cursor=cursor)
    return render(
        request,
        "cases/list.html",
        nav="devices",
        cases=found.items,
        total=found.total or 0,
        short=sum(1 for card in found.items if card.missing),
        whole_list=found.next is None and cursor is None,
        q=q,
        place=place,
        retired=bool(retired),
        filtered=bool(q or place or retired),
        place_options=[(name, name) for name in places],
        query=query_of(request, cursor=None),
        next_url=f"/cases?{query_of(request, cursor=found.next)}" if found.next else None,
        first_url=f"/cases?{query_of(request, cursor=None)}" if cursor else None,
    )


@dataclass(frozen=True)
class _Card:
    card: CaseCard
    history: CaseHistory
    places: list[str]


def _load(session: Session, case: str) -> _Card:
    return _Card(case_card(session, case), case_history(session, case), places_in_use(session))


@pages.get("/cases/{case}", dependencies=[READERS])
async def one_case(request: Request, case: Case, look: Look, now: Now) -> Response:
    return await _show(request, look, now, case)


async def _show(
    request: Request,
    look: Look,
    now: Now,
    case: str,
    *,
    values: Mapping[str, str] | None = None,
    error: Exception | None = None,
) -> Response:
    loaded = await look.read(_load, case)
    past = knots(loaded.history.items, now)
    everything = request.query_params.get("all") == "1"
    return render(
        request,
        "cases/card.html",
        nav="devices",
        status=wrong_status(error) if error else 200,
        card=loaded.card,
        sentences=headline(loaded.card),
        groups=absent(loaded.card),
        places=[place for place in loaded.places if place != loaded.card.place],
        knots=past if everything else past[:RECENT],
        past=len(past),
        label=await _label(request, loaded.card),
        values=values or {},
        errors=wrong(error) if error else {},
    )


async def _label(request: Request, card: CaseCard) -> Markup | None:
    """The label as it stands on the case; none where the public address cannot stand on a label."""
    if card.tag is None:
        return None
    try:
        settings = request.app.state.settings
        drawn = await in_ink(request, lambda: face_svg(labels_of([case_label(card)], [], settings)[0]))
    except Invalid:
        return None
    # The ink escapes every text it draws.
    return Markup(drawn)  # noqa: S704


@pages.post("/cases/{case}/move", dependencies=[DESK_OR_IT])
async def carry(request: Request, case: Case, sent: Sent, look: Look, now: Now) -> Response:
    try:
        card = await sent.act(move, MoveCase.model_validate(sent.given("place")), case=case)
    except NotFound:
        raise
    except Wrong as error:
        return await _show(request, look, now, case, values=sent.values, error=error)
    return see_other(f"/cases/{card.code}", done="carried")


@pages.post("/cases/{case}/bring-in", dependencies=[DESK_OR_IT])
async def bring(request: Request, case: Case, sent: Sent, look: Look, now: Now) -> Response:
    try:
        card = await sent.act(bring_in, BringIn(devices=sent.lists.get("device", [])), case=case)
    except Wrong as error:
        return await _show(request, look, now, case, error=error)
    return see_other(f"/cases/{card.code}", done="brought")
