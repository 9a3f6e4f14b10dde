"""The printing page: which devices, on which paper, from which face on. Every choice stands in the address."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from markupsafe import Markup
from sqlmodel import Session

from api.forms import Sent, Wrong, wrong, wrong_status
from api.label_orders import (
    CaseLabel,
    Labelled,
    blank_numbers,
    chosen,
    in_ink,
    labels_of,
    leads_to_this_machine_only,
    pages_needed,
    split_codes,
)
from api.pages import render, see_other
from api.transactions import Look
from api.visitors import DESK_OR_IT, IT
from inventory.errors import Invalid, Refusal
from inventory.pools import PoolCard, list_pools
from inventory.shapes import BlankIsNone
from inventory.tags import PrintBlanks, print_blanks
from labels.face import Label, warnings
from labels.preview import face_svg
from labels.sheet import MOST_COPIES, MOST_OFFSET
from labels.stock import STOCKS, Sheet, Tape

pages = APIRouter(include_in_schema=False)
Codes = Annotated[list[Annotated[str, Query(max_length=20_000)]] | None, Query()]
Whole = Annotated[int | None, BlankIsNone, Query()]
Millimetres = Annotated[float | None, BlankIsNone, Query()]
DEFAULT_STOCK = "72224"


@dataclass(frozen=True)
class Order:
    """What the address of the page asks for. Numbers out of range are brought back to the nearest that exists."""

    stock: Sheet | Tape
    start: int
    copies: int
    offset_x: float
    offset_y: float


@dataclass(frozen=True)
class Chosen:
    cards: list[Labelled]
    numbers: list[str]
    pools: list[PoolCard]
    error: Refusal | None


@dataclass(frozen=True)
class Drawn:
    """The label as it will come out, and what prints otherwise than written."""

    sample: Markup
    warnings: list[str]


def _order(stock: str, start: int | None, copies: int | None, offset_x: float | None, offset_y: float | None) -> Order:
    paper = STOCKS.get(stock, STOCKS[DEFAULT_STOCK])
    faces = paper.faces if isinstance(paper, Sheet) else 1
    return Order(
        stock=paper,
        start=min(max(start or 1, 1), faces),
        copies=min(max(copies or 1, 1), MOST_COPIES),
        offset_x=_within(offset_x),
        offset_y=_within(offset_y),
    )


def _within(millimetres: float | None) -> float:
    # Written so that NaN, which no comparison holds for, becomes 0 too.
    return millimetres if millimetres is not None and abs(millimetres) <= MOST_OFFSET else 0.0


def _choose(session: Session, codes: list[str], pool: str | None, numbers: list[str]) -> Chosen:
    try:
        return Chosen(chosen(session, codes, pool), blank_numbers(session, numbers), list_pools(session), None)
    except Refusal as error:
        return Chosen([], [], list_pools(session), error)


@pages.get("/labels", dependencies=[DESK_OR_IT])
async def label_page(
    request: Request,
    look: Look,
    devices: Codes = None,
    pool: Annotated[str | None, Query(max_length=60)] = None,
    numbers: Codes = None,
    stock: Annotated[str, Query(max_length=20)] = DEFAULT_STOCK,
    start: Whole = None,
    copies: Whole = None,
    offset_x: Millimetres = None,
    offset_y: Millimetres = None,
) -> Response:
    order = _order(stock, start, copies, offset_x, offset_y)
    picked = await look.read(_choose, split_codes(devices), pool or None, split_codes(numbers))
    if not picked.cards and not picked.numbers:
        return _choice(request, picked, typed="\n".join(split_codes(devices)), pool=pool or "", error=picked.error)
    return await _printing(request, picked, order)


@pages.post("/labels/blanks", dependencies=[IT])
async def make_blanks(request: Request, sent: Sent, look: Look) -> Response:
    try:
        made = await sent.act(print_blanks, PrintBlanks.model_validate(sent.values))
    except Wrong as error:
        picked = await look.read(_choose, [], None, [])
        return _choice(request, picked, typed="", pool="", error=error, count=sent.values.get("count", ""))
    return see_other(f"/labels?{urlencode({'numbers': ','.join(made.numbers)})}", done="blanks")


def _choice(
    request: Request, picked: Chosen, *, typed: str, pool: str, error: Exception | None, count: str = "24"
) -> Response:
    errors = wrong(error) if error else {}
    if typed and "" in errors:
        errors = {"devices": errors[""]}
    return render(
        request,
        "labels/choose.html",
        nav="labels",
        status=wrong_status(error) if error else 200,
        pool_options=[(one.id, one.name) for one in picked.pools],
        pool=pool,
        typed=typed,
        count=count,
        errors=errors,
        nothing=not error and bool(pool),
        own_machine=leads_to_this_machine_only(request.app.state.settings.public_url),
    )


async def _printing(request: Request, picked: Chosen, order: Order) -> Response:
    settings = request.app.state.settings
    refused = ""
    drawn: Drawn | None = None
    try:
        drawn = await in_ink(request, lambda: _draw(labels_of(picked.cards, picked.numbers, settings), order.stock))
    except Invalid as error:
        refused = error.sentence
    count = len(picked.cards) + len(picked.numbers)
    sheet = order.stock if isinstance(order.stock, Sheet) else None
    faces = sheet.faces if sheet else 1
    what = {
        "devices": ",".join(card.asset_number for card in picked.cards),
        "numbers": ",".join(picked.numbers),
    }
    what = {name: value for name, value in what.items() if value}
    offsets = {"offset_x": f"{order.offset_x:g}", "offset_y": f"{order.offset_y:g}"}
    given = offsets | {"copies": str(order.copies)}
    return render(
        request,
        "labels/print.html",
        nav="labels",
        cards=picked.cards,
        cases=any(isinstance(card, CaseLabel) for card in picked.cards),
        numbers=picked.numbers,
        order=order,
        sheet=sheet,
        faces=range(1, faces + 1),
        count=count,
        printed=count * order.copies,
        sheets=pages_needed(count, order.copies, order.start, faces) if sheet else count,
        hidden=what,
        again=urlencode(what),
        stocks=[(one, urlencode(what | given | {"stock": one.id})) for one in STOCKS.values()],
        frame=urlencode(offsets | {"stock": order.stock.id, "frame": "only"}),
        drawn=drawn,
        refused=refused,
        most_copies=MOST_COPIES,
        most_offset=MOST_OFFSET,
        own_machine=leads_to_this_machine_only(settings.public_url),
    )


def _draw(labels: list[Label], stock: Sheet | Tape) -> Drawn:
    doubts = warnings(labels, stock.layout)
    # The ink escapes every text it draws.
    return Drawn(sample=Markup(face_svg(labels[0])), warnings=doubts)  # noqa: S704
