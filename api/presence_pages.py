"""所在確認 on screen: what is confirmed and what is not, the telephone list, and what was said on the telephone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import Field
from sqlmodel import Session

from api.forms import Sent, Wrong, wrong, wrong_status
from api.pages import query_of, render, see_other
from api.transactions import Look, Now
from api.visitors import DESK, READERS, Staff, sees_contacts
from api.words import PRESENCE
from inventory.calendar import fiscal_year, fiscal_year_name, today
from inventory.errors import Conflict, NotFound
from inventory.presence_counts import PresenceState, PresenceSummary, summarize
from inventory.presence_lists import NO_DISTRICT, Asked, PresenceList, asked_device, list_presences
from inventory.presences import Confirm, NewRound, RoundCard, confirm, create_round, list_rounds, round_card
from inventory.shapes import BlankIsNone
from inventory.tables import Usage

pages = APIRouter(include_in_schema=False)
Round = Annotated[str, Path(alias="round", max_length=60)]
Device = Annotated[str, Path(alias="asset_number", max_length=60)]
Word = Annotated[Annotated[str, Field(max_length=100)] | None, BlankIsNone]
Cursor = Annotated[Annotated[str, Field(max_length=400)] | None, BlankIsNone]
State = Annotated[PresenceState | None, BlankIsNone]
# What one press says: that a device is at hand and how much it is used, or that it is not.
SAID: dict[str, dict[str, Any]] = {
    **{usage.value: {"in_hand": True, "usage": usage} for usage in Usage},
    "at_hand": {"in_hand": True},
    "gone": {"in_hand": False},
}
# How long a round is when nobody says otherwise.
_USUAL = timedelta(days=60)


@dataclass(frozen=True)
class _Listed:
    summary: PresenceSummary
    found: PresenceList
    rounds: list[RoundCard]


def _list(session: Session, /, *, now: datetime, in_round: str | None, **filters: Any) -> _Listed:
    return _Listed(
        summarize(session, now=now, in_round=in_round),
        list_presences(session, now=now, in_round=in_round, **filters),
        list_rounds(session, now=now),
    )


@pages.get("/presence", dependencies=[READERS])
async def presence_list(
    request: Request,
    look: Look,
    now: Now,
    visitor: Staff,
    in_round: Annotated[Word, Query(alias="round")] = None,
    state: State = None,
    district: Word = None,
    q: Word = None,
    cursor: Cursor = None,
) -> Response:
    # Whoever comes here wants to ring those who have not answered; all of them is a choice of the filter.
    shown = state if "state" in request.query_params else "missing"
    listed = await look.read(
        _list,
        now=now,
        contacts=sees_contacts(visitor),
        in_round=in_round,
        state=shown,
        district=district,
        q=q,
        cursor=cursor,
        exact=True,
    )
    following = listed.found.next
    return render(
        request,
        "presence/list.html",
        nav="associations",
        round=listed.summary.round,
        counts=listed.summary.counts,
        districts=listed.summary.districts,
        asked=listed.found.items,
        total=listed.found.total or 0,
        rounds=[(card.id, card.name) for card in listed.rounds],
        states=list(PRESENCE.items()),
        no_district=NO_DISTRICT,
        state=shown or "",
        district=district or "",
        q=q or "",
        today=today(now),
        query=query_of(request, cursor=None, state=shown),
        next_url=f"/presence?{query_of(request, cursor=following)}" if following else None,
        first_url=f"/presence?{query_of(request, cursor=None)}" if cursor else None,
    )


@pages.get("/presence/new", dependencies=[DESK])
async def ask_new(request: Request, now: Now) -> Response:
    day = today(now)
    name = f"{fiscal_year_name(fiscal_year(day))}の所在確認"
    return _round_form(request, {"name": name, "opens_on": f"{day}", "closes_on": f"{day + _USUAL}"})


@pages.post("/presence/new", dependencies=[DESK])
async def add_round(request: Request, sent: Sent) -> Response:
    try:
        order = NewRound.model_validate({"name": "", **sent.given("name", "opens_on", "closes_on")})
        card = await sent.act(create_round, order, status=201)
    except Wrong as error:
        return _round_form(request, sent.values, error)
    return see_other(f"/presence?round={card.id}&state=missing", done="round")


@pages.get("/presence/{round}/devices/{asset_number}", dependencies=[DESK])
async def ask_word(request: Request, in_round: Round, device: Device, look: Look, now: Now, visitor: Staff) -> Response:
    return await _word_form(request, in_round, device, look, now, {})


@pages.post("/presence/{round}/devices/{asset_number}", dependencies=[DESK])
async def add_word(
    request: Request, in_round: Round, device: Device, sent: Sent, look: Look, now: Now, visitor: Staff
) -> Response:
    word = sent.values.get("word", "")
    try:
        order = Confirm.model_validate({**SAID.get(word, {}), **sent.given("note", "channel")})
        await sent.act(confirm, order, status=201, in_round=in_round, device=device)
    except NotFound:
        raise
    except Wrong as error:
        return await _word_form(request, in_round, device, look, now, sent.values, error)
    back = {"round": in_round, "state": sent.values.get("state", ""), "district": sent.values.get("district", "")}
    return see_other(f"/presence?{urlencode(back)}", done="presence" if order.in_hand else "not-in-hand")


def _round_form(request: Request, values: Mapping[str, Any], error: Exception | None = None) -> Response:
    return render(
        request,
        "presence/new.html",
        nav="associations",
        status=wrong_status(error) if error else 200,
        values=values,
        errors=wrong(error) if error else {},
    )


def _ask(session: Session, device: str, *, in_round: str, now: datetime) -> tuple[RoundCard, Asked]:
    """Raises NotFound when the round does not ask for this device."""
    asked = asked_device(session, device, in_round=in_round, contacts=True, now=now)
    if asked is None:
        raise NotFound("この端末は、この所在確認の一覧にありません。一覧から選んでください。")
    return round_card(session, in_round, now=now), asked


async def _word_form(
    request: Request,
    in_round: str,
    device: str,
    look: Look,
    now: datetime,
    values: Mapping[str, Any],
    error: Exception | None = None,
) -> Response:
    card, asked = await look.read(_ask, device, in_round=in_round, now=now)
    errors = wrong(error) if error else {}
    if errors and not isinstance(error, Conflict) and "in_hand" in errors:
        errors = {"word": "どれかを選んで押してください。"}
    return render(
        request,
        "presence/word.html",
        nav="associations",
        status=wrong_status(error) if error else 200,
        round=card,
        asked=asked,
        values=values,
        state=values.get("state", request.query_params.get("state", "")),
        district=values.get("district", request.query_params.get("district", "")),
        today=today(now),
        errors=errors,
    )
