"""Contracts on screen: the list with its sums by fiscal year, one contract with its halls, and the form."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import Field, ValidationError
from sqlmodel import Session

from api.forms import Sent, Submitted, Wrong, wrong, wrong_status
from api.money import amounts, percent, yen_typed
from api.pages import query_of, render, see_other
from api.transactions import Look, Now
from api.visitors import IT, READERS
from inventory.calendar import fiscal_year, fiscal_year_name, today
from inventory.contract_lists import (
    ContractCard,
    ContractList,
    YearOfContracts,
    contract_card,
    covered,
    fundings,
    list_contracts,
    years_of_contracts,
)
from inventory.contracts import ContractChange, NewContract, change_contract, create_contract
from inventory.errors import Invalid, NotFound, Stale
from inventory.shapes import BlankIsNone, row_id
from inventory.tables import VenueKind
from inventory.venues import VenueCard, list_venues
from inventory.wifi_standing import Standing, standings

pages = APIRouter(include_in_schema=False)
Id = Annotated[str, Path(alias="contract", max_length=60)]
Words = Annotated[Annotated[str, Field(max_length=100)] | None, BlankIsNone]
Cursor = Annotated[Annotated[str, Field(max_length=400)] | None, BlankIsNone]
Year = Annotated[Annotated[int, Field(ge=1989, le=2998)] | None, BlankIsNone]
Kind = Annotated[VenueKind | None, BlankIsNone]
_AMOUNTS = ("amount_yen", "budget_yen", "carried_yen", "executed_yen")
_PLAIN = ("number", "title", "contractor", "fiscal_year", "signed_on", "until_on", "funding", "note")
# More halls than one form can take are chosen kind by kind.
_HALLS = 400


@dataclass(frozen=True)
class _Listed:
    contracts: ContractList
    years: list[YearOfContracts]


def _list(session: Session, /, **filters: Any) -> _Listed:
    return _Listed(list_contracts(session, exact=True, **filters), years_of_contracts(session))


@pages.get("/contracts", dependencies=[READERS])
async def contract_list(
    request: Request, look: Look, year: Year = None, venue: Words = None, q: Words = None, cursor: Cursor = None
) -> Response:
    listed = await look.read(_list, fiscal_year=year, venue=venue, q=q, cursor=cursor)
    return render(
        request,
        "contracts/list.html",
        nav="venues",
        contracts=listed.contracts.items,
        total=listed.contracts.total or 0,
        sums=[one for one in listed.years if year in (None, one.fiscal_year)],
        years=[(one.fiscal_year, fiscal_year_name(one.fiscal_year)) for one in listed.years],
        year=year,
        q=q,
        venue=venue,
        filtered=bool(year or venue or q),
        percent=percent,
        query=query_of(request, cursor=None, year=None, fiscal_year=str(year) if year else None),
        next_url=f"/contracts?{query_of(request, cursor=listed.contracts.next)}" if listed.contracts.next else None,
        first_url=f"/contracts?{query_of(request, cursor=None)}" if cursor else None,
    )


@pages.get("/contracts/new", dependencies=[IT])
async def ask_new(
    request: Request,
    look: Look,
    now: Now,
    kind: Kind = None,
    venue: Annotated[list[str] | None, Query(max_length=400)] = None,
) -> Response:
    values = {"fiscal_year": str(fiscal_year(today(now)))}
    return await _form(request, look, now, None, values, dict.fromkeys(venue or [], ""), kind=kind)


@pages.post("/contracts/new", dependencies=[IT])
async def add_contract(request: Request, sent: Sent, look: Look, now: Now, kind: Kind = None) -> Response:
    try:
        order = NewContract.model_validate({**_fields(sent), "venues": _venues(sent, {})})
        card = await sent.act(create_contract, order, status=201)
    except Wrong as error:
        return await _form(request, look, now, None, sent.values, _ticked(sent), error, kind=kind)
    return see_other(f"/contracts/{card.id}", done="created")


def _load(session: Session, contract: str) -> tuple[ContractCard, dict[str, Standing]]:
    card = contract_card(session, contract)
    rows = covered(session, [row_id(card.id)])[row_id(card.id)]
    stand = standings(session, venues=[row.id for row in rows])
    return card, {row.code: stand[row.id] for row in rows if row.id in stand}


@pages.get("/contracts/{contract}", dependencies=[READERS])
async def one_contract(request: Request, contract: Id, look: Look) -> Response:
    card, stand = await look.read(_load, contract)
    serving = sum(1 for one in stand.values() if one.stage == "in_service")
    return render(
        request, "contracts/card.html", nav="venues", card=card, stand=stand, serving=serving, percent=percent
    )


@pages.get("/contracts/{contract}/edit", dependencies=[IT])
async def ask_change(request: Request, contract: Id, look: Look, now: Now, kind: Kind = None) -> Response:
    card = await look.read(contract_card, contract)
    values = {**card.model_dump(mode="json", include={*_PLAIN})}
    values |= {name: f"{getattr(card, name):,}" for name in _AMOUNTS if getattr(card, name) is not None}
    return await _form(request, look, now, card, values, _stored(card), kind=kind)


@pages.post("/contracts/{contract}/edit", dependencies=[IT])
async def edit_contract(
    request: Request, contract: Id, sent: Sent, look: Look, now: Now, kind: Kind = None
) -> Response:
    before = await look.read(contract_card, contract)
    try:
        change = ContractChange.model_validate({**_fields(sent), "venues": _venues(sent, _stored(before))})
        card = await sent.act(change_contract, change, contract=contract, revision=sent.revision)
    except NotFound:
        raise
    except Wrong as error:
        again = await look.read(contract_card, contract)
        return await _form(request, look, now, again, sent.values, _ticked(sent), error, kind=kind)
    return see_other(f"/contracts/{card.id}", done="changed")


def _fields(sent: Submitted) -> dict[str, Any]:
    return {
        **{name: sent.values.get(name) or None for name in _PLAIN if name not in ("number", "title", "contractor")},
        **{name: sent.values.get(name, "") for name in ("number", "title", "contractor")},
        **amounts(sent.values, _AMOUNTS),
    }


def _stored(card: ContractCard) -> dict[str, str]:
    """The shares of the halls that a contract covers, as its form shows them, by code."""
    return {one.code: "" if one.share_yen is None else f"{one.share_yen:,}" for one in card.venues}


def _ticked(sent: Submitted) -> dict[str, str]:
    """What was typed beside each hall that is ticked, by code."""
    return {code: sent.values.get(f"share-{code}", "") for code in sent.lists.get("venue", [])}


def _venues(sent: Submitted, stored: Mapping[str, str]) -> list[dict[str, Any]]:
    """The halls that are ticked, with their shares.

    Raises:
        Invalid: an amount stands beside a hall that is not ticked; it must not be lost silently.
    """
    ticked = _ticked(sent)
    for name, typed in sent.values.items():
        code = name.removeprefix("share-")
        beside = name != code and typed and code not in ticked
        if beside and yen_typed(typed) != yen_typed(stored.get(code, "")):
            raise Invalid.field(
                "venues", "額を書いた館に、しるしがついていません。しるしをつけるか、額を消してください。"
            )
    return [{"venue": code, "share_yen": yen_typed(share) if share else None} for code, share in ticked.items()]


def _choices(session: Session, kind: VenueKind | None) -> tuple[list[VenueCard], int, list[str]]:
    found = list_venues(session, kind=kind, limit=_HALLS, exact=True)
    return found.items, found.total or 0, fundings(session)


async def _form(
    request: Request,
    look: Look,
    now: datetime,
    card: ContractCard | None,
    values: Mapping[str, Any],
    ticked: Mapping[str, str],
    error: Exception | None = None,
    *,
    kind: VenueKind | None = None,
) -> Response:
    """The form of a new contract (no card) or of one that is there. Halls that are ticked stand in it in any case."""
    halls, total, known = await look.read(_choices, kind)
    listed = {hall.code for hall in halls}
    others = [(one.code, one.name) for one in card.venues if one.code not in listed] if card else []
    this_year = fiscal_year(today(now))
    chosen = str(values.get("fiscal_year") or "")
    years = {this_year + 1 - back for back in range(12)}
    if re.fullmatch("[0-9]{4}", chosen):
        years.add(int(chosen))
    return render(
        request,
        "contracts/form.html",
        nav="venues",
        status=wrong_status(error) if error else 200,
        card=card,
        values=values,
        ticked=ticked,
        halls=[*others, *((one.code, one.name) for one in halls)],
        total=total,
        most=_HALLS,
        kind=kind,
        fundings=known,
        years=[(year, fiscal_year_name(year)) for year in sorted(years, reverse=True) if 1989 <= year <= 2998],
        stale=isinstance(error, Stale),
        errors=_sentences(error) if error else {},
    )


_LEFT_OUT = {
    "number": "契約番号を書いてください。",
    "title": "件名を書いてください。",
    "contractor": "契約の相手を書いてください。",
}


def _sentences(error: Exception) -> dict[str, str]:
    """Halls are one field on the page, whichever of them is meant."""
    errors: dict[str, str] = {}
    for field, sentence in wrong(error).items():
        name = field.split(".")[0]
        errors.setdefault(name, _LEFT_OUT.get(name, sentence) if sentence == "書いてください。" else sentence)
    if isinstance(error, ValidationError) and "" in errors:
        # The one rule of the shape over several fields is that no hall is named twice.
        errors["venues"] = errors.pop("")
    return errors
