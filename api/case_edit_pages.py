"""The forms of a case: a new one, its words, what lies in it, its label, and giving it up."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.forms import Sent, Submitted, Wrong, label_number, wrong, wrong_status
from api.label_orders import split_codes
from api.pages import render, see_other
from api.transactions import Look
from api.visitors import IT
from inventory.case_keeping import (
    CaseChange,
    Fill,
    NewCase,
    bind_case_tag,
    change_case,
    create_case,
    fill_case,
    retire_case,
)
from inventory.cases import CaseCard, case_card
from inventory.devices import device_cards, list_devices
from inventory.errors import Invalid, NotFound, Refusal
from inventory.places import places_in_use
from inventory.pools import PoolCard, list_pools
from inventory.stock import BindTag
from inventory.tags import device_by_code
from inventory.text import NotText, code_text

pages = APIRouter(include_in_schema=False)
Case = Annotated[str, Path(alias="case", max_length=60)]
_FIELDS = ("name", "place", "note")


@pages.get("/cases/new", dependencies=[IT])
async def ask_new(request: Request, look: Look) -> Response:
    return await _form(request, look, None, {})


@pages.post("/cases/new", dependencies=[IT])
async def add_case(request: Request, sent: Sent, look: Look) -> Response:
    try:
        order = NewCase.model_validate({**sent.given(*_FIELDS, "name"), "code": _code(sent.values.get("code", ""))})
        card = await sent.act(create_case, order, status=201)
    except Wrong as error:
        return await _form(request, look, None, sent.values, error)
    return see_other(f"/cases/{card.code}", done="created")


@pages.get("/cases/{case}/edit", dependencies=[IT])
async def ask_change(request: Request, case: Case, look: Look) -> Response:
    card = await look.read(case_card, case)
    return await _form(request, look, card, card.model_dump(mode="json", include={*_FIELDS}))


@pages.post("/cases/{case}/edit", dependencies=[IT])
async def edit_case(request: Request, case: Case, sent: Sent, look: Look) -> Response:
    try:
        given = {name: sent.values.get(name, "") for name in _FIELDS}
        card = await sent.act(change_case, CaseChange.model_validate(given), case=case, revision=sent.revision)
    except NotFound:
        raise
    except Wrong as error:
        return await _form(request, look, await look.read(case_card, case), sent.values, error)
    return see_other(f"/cases/{card.code}", done="changed")


async def _form(
    request: Request, look: Look, card: CaseCard | None, values: Mapping[str, Any], error: Exception | None = None
) -> Response:
    """The form of a new case (no card) or of one that is there."""
    return render(
        request,
        "cases/form.html",
        nav="devices",
        status=wrong_status(error) if error else 200,
        card=card,
        values=values,
        places=await look.read(places_in_use),
        stale=isinstance(error, Refusal) and error.code == "stale",
        errors=wrong(error) if error else {},
    )


@pages.get("/cases/{case}/members", dependencies=[IT])
async def ask_members(request: Request, case: Case, look: Look) -> Response:
    card = await look.read(case_card, case)
    return await _members(request, look, case, "\n".join(member.asset_number for member in card.members))


@pages.post("/cases/{case}/members", dependencies=[IT])
async def fill(request: Request, case: Case, sent: Sent, look: Look) -> Response:
    typed = sent.values.get("devices", "")
    try:
        order = await look.read(_order, sent)
        card = await sent.act(fill_case, order, case=case)
    except Wrong as error:
        return await _members(request, look, case, typed, error)
    return see_other(f"/cases/{card.code}", done="filled")


def _order(session: Session, sent: Submitted) -> Fill:
    """The devices as typed or scanned, whatever names them, and those of a pool that lie in no case.

    Raises:
        Invalid: nobody knows one of the codes.
    """
    numbers = []
    for code in split_codes([sent.values.get("devices", "")]):
        device = device_by_code(session, code)
        if device is None:
            raise Invalid.field("devices", f"「{code[:60]}」の端末は見つかりません。番号をたしかめてください。")
        numbers.append(device_cards(session, [device])[0].asset_number)
    if pool := sent.values.get("pool"):
        loose = (card for card in list_devices(session, pool=pool, limit=500).items if card.case is None)
        numbers += [card.asset_number for card in loose]
    return Fill.model_validate({"devices": numbers, "take_over": "take_over" in sent.values})


async def _members(request: Request, look: Look, case: str, typed: str, error: Exception | None = None) -> Response:
    card, pools = await look.read(_filling, case)
    errors = wrong(error) if error else {}
    if "" in errors:
        # Whatever is refused here is about one of the devices.
        errors["devices"] = errors.pop("")
    return render(
        request,
        "cases/members.html",
        nav="devices",
        status=wrong_status(error) if error else 200,
        card=card,
        typed=typed,
        pool_options=[(pool.id, pool.name) for pool in pools],
        elsewhere=isinstance(error, Refusal) and error.code == "in-other-case",
        errors=errors,
    )


def _filling(session: Session, case: str) -> tuple[CaseCard, list[PoolCard]]:
    return case_card(session, case), list_pools(session)


@pages.get("/cases/{case}/tag", dependencies=[IT])
async def ask_tag(request: Request, case: Case, look: Look) -> Response:
    return await _confirm(request, look, case, "cases/tag.html")


@pages.post("/cases/{case}/tag", dependencies=[IT])
async def tag_case(request: Request, case: Case, sent: Sent, look: Look) -> Response:
    number = label_number(sent.values)
    try:
        card = await sent.act(bind_case_tag, BindTag.model_validate({"number": number}), case=case)
    except Wrong as error:
        return await _confirm(request, look, case, "cases/tag.html", values=sent.values, error=error)
    return see_other(f"/cases/{card.code}", done="tagged")


@pages.get("/cases/{case}/retire", dependencies=[IT])
async def ask_retire(request: Request, case: Case, look: Look) -> Response:
    return await _confirm(request, look, case, "cases/retire.html")


@pages.post("/cases/{case}/retire", dependencies=[IT])
async def give_up(request: Request, case: Case, sent: Sent, look: Look) -> Response:
    try:
        card = await sent.act(retire_case, case=case)
    except Wrong as error:
        return await _confirm(request, look, case, "cases/retire.html", error=error)
    return see_other(f"/cases/{card.code}", done="given-up")


async def _confirm(
    request: Request,
    look: Look,
    case: str,
    template: str,
    *,
    values: Mapping[str, str] | None = None,
    error: Exception | None = None,
) -> Response:
    return render(
        request,
        template,
        nav="devices",
        status=wrong_status(error) if error else 200,
        card=await look.read(case_card, case),
        values=values or {},
        errors=wrong(error) if error else {},
    )


def _code(typed: str) -> str:
    """A code typed under an input method: full-width letters and long marks become plain ones."""
    try:
        plain = code_text(typed)
    except NotText:
        return typed
    # The case is the city's own; only width and strokes are put right.
    return typed if typed.upper() == plain else plain
