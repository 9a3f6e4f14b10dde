"""Labels: sheets and tapes for devices, and blank numbers to claim later."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query, Request, Response
from sqlmodel import Session

from api.files import PDF, PNG, inline
from api.json_doors import json_router
from api.label_orders import Labelled, blank_numbers, chosen, in_ink, labels_of, split_codes
from api.problems import problems
from api.transactions import ActMaybeOnce, Look, Now
from api.visitors import DESK_OR_IT, IT, READERS
from inventory.calendar import today
from inventory.shapes import BlankIsNone, Card
from inventory.tags import Blanks, PrintBlanks, print_blanks
from labels.errors import NothingToPrint
from labels.face import Label
from labels.sheet import sheet_pdf
from labels.stock import STOCKS, Sheet
from labels.tape import tape_png

json = json_router("labels")

Codes = Annotated[list[Annotated[str, Query(max_length=20_000)]] | None, Query()]
Stock = Annotated[str, Query(max_length=20, description="An id of /api/labels/stocks.")]
Whole = Annotated[int | None, BlankIsNone, Query()]
Millimetres = Annotated[float | None, BlankIsNone, Query(description="Millimetres, right or down; at most 10.")]


class StockCard(Card):
    """A label stock. Sizes are those of one face in millimetres; a tape is cut label by label and has no grid."""

    id: str
    name: str
    kind: Literal["sheet", "tape"]
    size: str
    columns: int | None
    rows: int | None
    faces: int | None
    width: float
    height: float
    code128: bool


class Stocks(Card):
    items: list[StockCard]
    next: None = None
    total: int


@json.get("/api/labels/stocks", dependencies=[READERS])
async def stocks() -> Stocks:
    """The label papers that can be printed on."""
    items = [_stock(stock) for stock in STOCKS]
    return Stocks(items=items, total=len(items))


def _stock(key: str) -> StockCard:
    stock = STOCKS[key]
    sheet = stock if isinstance(stock, Sheet) else None
    return StockCard(
        id=stock.id,
        name=stock.name,
        kind="sheet" if sheet else "tape",
        size=stock.size,
        columns=sheet.columns if sheet else None,
        rows=sheet.rows if sheet else None,
        faces=sheet.faces if sheet else None,
        width=sheet.face_width if sheet else round(stock.layout.width, 1),
        height=sheet.face_height if sheet else stock.layout.height,
        code128=stock.has_code128,
    )


@json.get(
    "/api/labels/sheet.pdf",
    dependencies=[DESK_OR_IT],
    response_class=Response,
    responses={**problems("not-found"), 200: PDF},
)
async def sheet(
    request: Request,
    look: Look,
    now: Now,
    stock: Stock = "72224",
    devices: Codes = None,
    pool: Annotated[str | None, Query(max_length=60)] = None,
    numbers: Codes = None,
    start: Whole = None,
    copies: Whole = None,
    offset_x: Millimetres = None,
    offset_y: Millimetres = None,
    frame: Annotated[
        Literal["0", "1", "only"], Query(description="1 draws the outlines of the faces too; only: nothing else.")
    ] = "0",
) -> Response:
    """An A4 sheet of labels. ``devices`` and ``numbers`` (blank labels) take commas or may stand several times.

    The header ``X-Label-Warnings`` counts the texts that print otherwise than written; /labels shows them.
    """
    cards, blank = await look.read(_ordered, split_codes(devices), pool, split_codes(numbers))
    settings = request.app.state.settings
    printed = await in_ink(
        request,
        lambda: sheet_pdf(
            [] if frame == "only" else labels_of(cards, blank, settings),
            stock,
            start=1 if start is None else start,
            copies=1 if copies is None else copies,
            offset_x=offset_x or 0.0,
            offset_y=offset_y or 0.0,
            frame=frame != "0",
        ),
    )
    headers = inline(f"labels-{_stamp(now)}.pdf", f"ラベル-{_stamp(now)}.pdf")
    headers["X-Label-Warnings"] = str(len(printed.warnings))
    return Response(printed.pdf, media_type="application/pdf", headers=headers)


@json.get(
    "/api/labels/tape.png",
    dependencies=[DESK_OR_IT],
    response_class=Response,
    responses={**problems("not-found"), 200: PNG},
)
async def tape(
    request: Request,
    look: Look,
    device: Annotated[str | None, Query(max_length=60)] = None,
    number: Annotated[str | None, Query(max_length=20, description="A blank number, instead of a device.")] = None,
    stock: Stock = "ql-62",
) -> Response:
    """One label for a tape printer: a picture of exact dots."""
    cards, blank = await look.read(_ordered, split_codes([device or ""]), None, split_codes([number or ""]))
    settings = request.app.state.settings
    picture = await in_ink(request, lambda: _one_tape(labels_of(cards[:1], blank[:1], settings), stock))
    name = cards[0].asset_number if cards else blank[0]
    return Response(picture, media_type="image/png", headers=inline(f"label-{name}.png", f"ラベル-{name}.png"))


@json.post("/api/labels/blanks", status_code=201, dependencies=[IT])
async def new_blanks(order: PrintBlanks, act: ActMaybeOnce) -> Blanks:
    """Make numbers for labels that are printed now and claimed by devices later."""
    return await act(print_blanks, order, status=201)


def _one_tape(labels: list[Label], stock: str) -> bytes:
    if not labels:
        raise NothingToPrint
    return tape_png(labels[0], stock)


def _ordered(
    session: Session, codes: list[str], pool: str | None, numbers: list[str]
) -> tuple[list[Labelled], list[str]]:
    return chosen(session, codes, pool or None), blank_numbers(session, numbers)


def _stamp(now: datetime) -> str:
    return f"{today(now):%Y%m%d}"
