"""The venues of the rollout as a table on screen and as a file, and the conditions that are kept under a name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import Field
from sqlmodel import Session

from api.exports import FILE, Written
from api.forms import Sent, Wrong, wrong, wrong_status
from api.json_doors import json_router
from api.pages import query_of, render, see_other
from api.problems import problems
from api.spreadsheets import Cell, Table
from api.transactions import Look, Now
from api.visitors import DESK_OR_IT, READERS
from api.wifi_words import CAUSE, STAGE
from api.words import VENUE
from inventory.errors import NotFound
from inventory.saved_filters import NewSavedFilter, SavedFilterCard, remove_filter, save_filter, saved_filters
from inventory.shapes import BlankIsNone
from inventory.tables import VenueKind, WifiStage
from inventory.wifi_board import programme_names
from inventory.wifi_table import PAGE, Conditions, Order, TableRow, WifiTable, wifi_table

json = json_router("exports")
pages = APIRouter(include_in_schema=False)
Saved = Annotated[str, Path(alias="saved_filter", max_length=60)]
Words = Annotated[Annotated[str, Field(max_length=100)] | None, BlankIsNone]
Code = Annotated[Annotated[str, Field(max_length=32)] | None, BlankIsNone]
Yes = Annotated[Literal["yes"] | None, BlankIsNone]
_HERE = "/wifi/table"
# The choice that means every venue, whatever programmes there are.
_EVERYTHING = "-"
# Columns that sort, in the order of the table.
ORDERS = (
    (Order.NAME, "会場"),
    (Order.STAGE, "段階"),
    (Order.SINCE, "入った日"),
    (Order.PLANNED, "つぎの予定"),
    (Order.LATE, "おくれ"),
    (Order.SERVICE, "運用の見込み"),
    (Order.POINTS, "AP"),
    (Order.USAGE, "利用件数"),
)


async def conditions_of(
    q: Words = None,
    stage: Annotated[WifiStage | Literal["none"] | None, BlankIsNone] = None,
    kind: Annotated[VenueKind | None, BlankIsNone] = None,
    late: Yes = None,
    outage: Yes = None,
    coordinates: Annotated[Literal["none"] | None, BlankIsNone] = None,
    programme: Code = None,
    order: Order = Order.LATE,
    down: Yes = None,
) -> Conditions:
    return Conditions(
        q=q,
        stage=stage,
        kind=kind,
        late=late is not None,
        outage=outage is not None,
        coordinates=coordinates,
        programme=None if programme == _EVERYTHING else programme,
        everything=programme == _EVERYTHING,
        order=order,
        down=down is not None,
    )


Asked = Annotated[Conditions, Depends(conditions_of)]


@dataclass(frozen=True)
class _Loaded:
    table: WifiTable
    saved: list[SavedFilterCard]
    programmes: list[tuple[str, str]]


def _load(session: Session, asked: Conditions, now: datetime, page: int) -> _Loaded:
    table = wifi_table(session, asked, now=now, page=page)
    return _Loaded(table, saved_filters(session, page=_HERE).items, programme_names(session))


@pages.get("/wifi/table", dependencies=[READERS])
async def table(
    request: Request, look: Look, now: Now, asked: Asked, page: Annotated[int, Query(ge=1, le=1000)] = 1
) -> Response:
    return await _page(request, look, now, asked, page)


@pages.post("/wifi/table", dependencies=[DESK_OR_IT])
async def keep(request: Request, sent: Sent, look: Look, now: Now, asked: Asked) -> Response:
    """Keep the conditions of this address under the name that was written."""
    query = query_of(request, page=None)
    try:
        order = NewSavedFilter.model_validate({"page": _HERE, "query": query, "name": sent.values.get("name", "")})
        await sent.act(save_filter, order, status=201)
    except Wrong as error:
        return await _page(request, look, now, asked, 1, sent.values.get("name", ""), error)
    return see_other(f"{_HERE}?{query}", done="filter-saved")


@pages.post("/wifi/table/saved/{saved_filter}/remove", dependencies=[DESK_OR_IT])
async def remove(saved: Saved, sent: Sent) -> Response:
    await sent.act(remove_filter, saved=saved)
    return see_other(_HERE, done="filter-removed")


async def _page(
    request: Request,
    look: Look,
    now: datetime,
    asked: Conditions,
    page: int,
    name: str = "",
    error: Exception | None = None,
) -> Response:
    loaded = await look.read(_load, asked, now, page)
    shown = loaded.table
    if not shown.rows and page > 1:
        raise NotFound("この一覧の続きはありません。はじめから見てください。")
    query = query_of(request, page=None)
    return render(
        request,
        "wifi/table.html",
        nav="venues",
        status=wrong_status(error) if error else 200,
        asked=asked,
        table=shown,
        programmes=loaded.programmes,
        filtered=bool(query_of(request, page=None, order=None, down=None, programme=None)),
        heads={order.value: _head(request, asked, order, word) for order, word in ORDERS},
        query=query,
        saved=loaded.saved,
        here=next((one.name for one in loaded.saved if one.query == query), None),
        values={"name": name},
        errors=wrong(error) if error else {},
        first=(page - 1) * PAGE + 1,
        next_url=f"{_HERE}?{query_of(request, page=str(page + 1))}" if shown.total > page * PAGE else None,
        first_url=f"{_HERE}?{query}" if page > 1 else None,
    )


def _head(request: Request, asked: Conditions, order: Order, word: str) -> dict[str, Any]:
    """A column's head: a link that sorts by it, the other way round when it is sorted by already."""
    here = asked.order is order
    down = "yes" if here and not asked.down else None
    query = query_of(request, page=None, order=None if order is Order.LATE else order.value, down=down)
    return {
        "word": word,
        "href": _HERE + (f"?{query}" if query else ""),
        # The latest first is the order without being asked.
        "sort": ("descending" if asked.down != (order is Order.LATE) else "ascending") if here else None,
    }


_COLUMNS: Sequence[tuple[str, Callable[[TableRow], Cell]]] = (
    ("会場コード", lambda row: row.code),
    ("会場", lambda row: row.name),
    ("種類", lambda row: VENUE[row.kind]),
    ("段階", lambda row: STAGE[row.stage] if row.stage else None),
    ("段階に入った日", lambda row: row.since),
    ("段階の日数", lambda row: row.days_in_stage),
    ("つぎの段階", lambda row: STAGE[row.next_stage] if row.next_stage else None),
    ("つぎの段階の予定日", lambda row: row.planned_on),
    ("予定日をすぎた日数", lambda row: row.overdue_days or None),
    ("はじめの計画からのおくれ（日）", lambda row: row.days_late or None),
    ("おくれの原因", lambda row: CAUSE[row.cause] if row.cause else None),
    ("運用の見込み", lambda row: row.service_on),
    ("つぎにすること", lambda row: row.action),
    ("担当", lambda row: row.owner),
    ("いつまで", lambda row: row.action_due_on),
    ("使えなくなった日時", lambda row: row.outage_since),
    ("アクセスポイント", lambda row: row.access_points),
    ("先月の利用件数", lambda row: row.used),
    ("座標", lambda row: "あり" if row.placed else "なし"),
)


def _file(session: Session, /, *, asked: Conditions, now: datetime) -> Table:
    found = wifi_table(session, asked, now=now, size=None)
    rows = [[cell(row) for _, cell in _COLUMNS] for row in found.rows]
    return Table("Wi-Fi整備", tuple(name for name, _ in _COLUMNS), rows)


@json.get(
    "/api/exports/wifi_venues.{form}",
    dependencies=[READERS],
    response_class=Response,
    responses={200: FILE, **problems("not-found")},
)
async def venues_file(look: Look, written: Written, asked: Asked) -> Response:
    """The table of the rollout, with its filters and in its order."""
    return await written("wifi_venues", await look.read(_file, asked=asked, now=written.now))
