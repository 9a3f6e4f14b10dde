"""Pools on screen: the list with their rules, and the form."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from pydantic import ValidationError

from api.forms import Sent, Submitted, Wrong, wrong, wrong_status
from api.pages import render, see_other
from api.transactions import Look
from api.visitors import IT, READERS
from inventory.errors import NotFound, Stale
from inventory.pools import NewPool, PoolCard, PoolChange, PoolRules, change_pool, create_pool, list_pools, pool_card

pages = APIRouter(include_in_schema=False)
PoolId = Annotated[str, Path(alias="pool", max_length=60)]

_TICKS = ("agreement_required", "one_per_borrower")
# Numbers of days of which an empty one is a rule too: never, or decided each time.
_DAYS = ("default_days", "remind_before_days", "remind_every_days")
_LINE = re.compile(r"(?P<name>.+?)(?:\s*[×xX*]\s*|\s+|(?<=[^\x00-\x7f]))(?P<count>\d{1,5})[個本枚つ台]?")


def accessories_in(text: str) -> list[dict[str, Any]]:
    """The accessories of a text, one a line: 充電器 1, ケース×2, タッチペン (one). Digits of any width."""
    found = []
    for line in text.splitlines():
        line = line.strip()
        match = _LINE.fullmatch(line)
        if match:
            found.append({"name": match["name"], "count": int(match["count"])})
        elif line:
            found.append({"name": line, "count": 1})
    return found


def accessory_lines(card: PoolCard) -> str:
    return "\n".join(f"{one.name} {one.count}" for one in card.accessories)


@pages.get("/pools", dependencies=[READERS])
async def pool_list(request: Request, look: Look) -> Response:
    return render(request, "pools/list.html", nav="pools", pools=await look.read(list_pools))


@pages.get("/pools/new", dependencies=[IT])
async def ask_new(request: Request) -> Response:
    return _form(request, None, {"accessories": "充電器 1", "preparation_minutes": "0"})


@pages.post("/pools/new", dependencies=[IT])
async def add_pool(request: Request, sent: Sent) -> Response:
    try:
        order = NewPool.model_validate({**_rules(sent), **sent.given("id", "name", "kind")})
        await sent.act(create_pool, order, status=201)
    except Wrong as error:
        return _form(request, None, _again(sent), error)
    return see_other("/pools", done="created")


@pages.get("/pools/{pool}/edit", dependencies=[IT])
async def ask_change(request: Request, pool: PoolId, look: Look) -> Response:
    card = await look.read(pool_card, pool)
    return _form(request, card, {**card.model_dump(mode="json"), "accessories": accessory_lines(card)})


@pages.post("/pools/{pool}/edit", dependencies=[IT])
async def edit_pool(request: Request, pool: PoolId, sent: Sent, look: Look) -> Response:
    try:
        change = PoolChange.model_validate({**_rules(sent), "name": sent.values.get("name", ""), **sent.given("kind")})
        await sent.act(change_pool, change, pool=pool, revision=sent.revision)
    except NotFound:
        raise
    except Wrong as error:
        return _form(request, await look.read(pool_card, pool), _again(sent), error)
    return see_other("/pools", done="changed")


def _rules(sent: Submitted) -> dict[str, Any]:
    """The rules as the form says them: a box that is not ticked is a no, an empty number of days is none."""
    return {
        **sent.given("after_course", "after_term", "handover", "lend_word", "return_word"),
        **{name: name in sent.values for name in _TICKS},
        "accessories": accessories_in(sent.values.get("accessories", "")),
        "preparation_minutes": sent.values.get("preparation_minutes") or 0,
        **{name: sent.values.get(name) or None for name in _DAYS},
    }


def _again(sent: Submitted) -> dict[str, Any]:
    return {**sent.values, **{name: name in sent.values for name in _TICKS}}


def _form(
    request: Request, card: PoolCard | None, values: Mapping[str, Any], error: Exception | None = None
) -> Response:
    """The form of a new pool (no card) or of one that is there. Rules not written yet are those of the shape."""
    usual = PoolRules().model_dump(mode="json")
    return render(
        request,
        "pools/form.html",
        nav="pools",
        status=wrong_status(error) if error else 200,
        card=card,
        values={"id": "", "name": "", "kind": None, **usual, **values},
        stale=isinstance(error, Stale),
        errors=_sentences(error) if error else {},
    )


def _sentences(error: Exception) -> dict[str, str]:
    """Accessories are one field on the page, whichever of them is meant."""
    errors: dict[str, str] = {}
    for field, sentence in wrong(error).items():
        errors.setdefault(field.split(".")[0], sentence)
    # The one rule over several fields of a pool is that no accessory is named twice.
    if isinstance(error, ValidationError) and "" in errors:
        errors["accessories"] = errors.pop("")
    if "kind" in errors:
        errors["kind"] = "種類を選んでください。"
    return errors
