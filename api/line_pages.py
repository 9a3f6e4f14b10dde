"""Lines of a venue on screen: the forms. What a venue has stands on its own page (``lines_part``)."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from pydantic import ValidationError
from sqlmodel import Session

from api.forms import Sent, Submitted, Wrong, wrong, wrong_status
from api.money import amounts
from api.pages import render, see_other
from api.transactions import Look, Now
from api.visitors import IT
from inventory.calendar import fiscal_year_name, today
from inventory.contract_lists import ContractCard, list_contracts
from inventory.errors import NotFound, Stale
from inventory.lines import LineCard, LineChange, NewLine, add_line, change_line, line_card
from inventory.venues import VenueCard, venue_card

pages = APIRouter(include_in_schema=False)
Code = Annotated[str, Path(alias="code", max_length=60)]
Id = Annotated[str, Path(alias="line", max_length=60)]
_FIELDS = ("provider", "kind", "circuit", "speed_mbps", "from_on", "until_on", "contract", "note")
# Of the contracts that a line may belong to, the newest.
_CONTRACTS = 100


@pages.get("/venues/{code}/lines/new", dependencies=[IT])
async def ask_new(request: Request, venue: Code, look: Look, now: Now) -> Response:
    return await _form(request, look, venue, None, {"kind": "fibre", "from_on": today(now).isoformat()})


@pages.post("/venues/{code}/lines/new", dependencies=[IT])
async def new_line(request: Request, venue: Code, sent: Sent, look: Look) -> Response:
    try:
        await sent.act(add_line, NewLine.model_validate(_sent(sent)), status=201, venue=venue)
    except NotFound:
        raise
    except Wrong as error:
        return await _form(request, look, venue, None, sent.values, error)
    return see_other(f"/venues/{venue}", done="created")


@pages.get("/venues/{code}/lines/{line}/edit", dependencies=[IT])
async def ask_change(request: Request, venue: Code, line: Id, look: Look) -> Response:
    card = await look.read(_line, venue, line)
    return await _form(request, look, venue, card, card.model_dump(mode="json"))


@pages.post("/venues/{code}/lines/{line}/edit", dependencies=[IT])
async def edit_line(request: Request, venue: Code, line: Id, sent: Sent, look: Look) -> Response:
    try:
        change = LineChange.model_validate(_sent(sent))
        await sent.act(change_line, change, venue=venue, line=line, revision=sent.revision)
    except NotFound:
        raise
    except Wrong as error:
        return await _form(request, look, venue, await look.read(_line, venue, line), sent.values, error)
    return see_other(f"/venues/{venue}", done="changed")


def _line(session: Session, venue: str, line: str) -> LineCard:
    card = line_card(session, line)
    if card.venue != venue:
        raise NotFound("その回線は見つかりません。会場の画面を開き直してください。")
    return card


def _sent(sent: Submitted) -> dict[str, Any]:
    return {
        **{name: sent.values.get(name) or None for name in _FIELDS if name != "provider"},
        "provider": sent.values.get("provider", ""),
        **amounts(sent.values, ("monthly_yen",)),
    }


def _choices(session: Session, venue: str) -> tuple[VenueCard, list[ContractCard]]:
    """The venue, and its own contracts before the others."""
    card = venue_card(session, venue)
    own = list_contracts(session, venue=card.code, limit=_CONTRACTS).items
    ids = {one.id for one in own}
    others = [one for one in list_contracts(session, limit=_CONTRACTS).items if one.id not in ids]
    return card, [*own, *others]


async def _form(
    request: Request,
    look: Look,
    venue: str,
    card: LineCard | None,
    values: Mapping[str, Any],
    error: Exception | None = None,
) -> Response:
    hall, contracts = await look.read(_choices, venue)
    known = [(one.id, f"{fiscal_year_name(one.fiscal_year)} {one.number} {one.title}") for one in contracts]
    if card and card.contract and card.contract not in {one.id for one in contracts}:
        known.append((card.contract, card.contract_name or ""))
    errors = wrong(error) if error else {}
    if errors.get("provider") == "書いてください。":
        errors["provider"] = "事業者の名前を書いてください。"
    if isinstance(error, ValidationError) and "" in errors:
        # The one rule over several fields of a line is that it ends after it begins.
        errors["until_on"] = errors.pop("")
    return render(
        request,
        "venues/line.html",
        nav="venues",
        status=wrong_status(error) if error else 200,
        venue=hall,
        card=card,
        values=values,
        contracts=known,
        stale=isinstance(error, Stale),
        errors=errors,
    )
