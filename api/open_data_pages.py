"""The page of the published access points: how many rows, what they lack, and whether a machine can read the file."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request, Response

from api.open_data_checks import checked, publisher_of
from api.open_data_showing import Kind, asked_for, verdict
from api.pages import render
from api.published_files import Headers, LayoutCode
from api.transactions import Look, Now
from api.visitors import READERS
from inventory.calendar import today
from inventory.open_data import DATASET, MissingCell, published_rows
from inventory.shapes import BlankIsNone

pages = APIRouter(include_in_schema=False)

# Halls whose missing cells are drawn; the file tells of all of them.
_DRAWN = 100
# Where a published cell is filled in on the form of the venue, when its field has another name.
_FIELD = {"place_code": "address", "municipality": "address", "prefecture_name": "address"}


@pages.get("/open-data", dependencies=[READERS])
async def open_data(
    request: Request,
    look: Look,
    now: Now,
    layout_code: Annotated[LayoutCode | None, Query(alias="layout"), BlankIsNone] = None,
    file: Annotated[Kind | None, BlankIsNone] = None,
    headers: Annotated[Headers | None, BlankIsNone] = None,
) -> Response:
    """What would be published today in the layout and the file that are chosen."""
    asked = asked_for(DATASET, layout_code, file, headers)
    published, publisher = asked.published, publisher_of(request)
    rows = await look.read(published_rows, on=today(now), publisher=publisher)
    check = await run_sync(partial(checked, published, rows, publisher))
    required = [cell for cell in check.missing if cell.required == "required"]
    recommended = [cell for cell in check.missing if cell.required == "recommended"]
    by_hall = _by_hall(required)
    return render(
        request,
        "open_data/publish.html",
        nav="venues",
        check=check,
        answer=_answer(check.rows, len(required)),
        halls=len({row.venue for row in rows}),
        **asked.shown,
        required=by_hall[:_DRAWN],
        more_halls=max(0, len(by_hall) - _DRAWN),
        recommended=_by_column(recommended),
        lost=check.lost[:_DRAWN],
        more_lost=max(0, len(check.lost) - _DRAWN),
        verdict=verdict(check.rules),
        day=today(now),
    )


def _answer(rows: int, missing: int) -> list[str]:
    if not rows:
        return ["いま書き出せるアクセスポイントはありません。"]
    told = f"必須の項目が{missing:,}件たりません。" if missing else "必須の項目はそろっています。"
    return [f"{rows:,}件を書き出せます。", told]


def _by_hall(cells: Sequence[MissingCell]) -> list[dict[str, Any]]:
    """Missing cells of each hall: its lines in the file (the header is line 1), and the columns to fill in."""
    found: dict[str, dict[str, Any]] = {}
    for cell in cells:
        hall = found.setdefault(
            cell.venue, {"venue": cell.venue, "name": cell.venue_name, "lines": [], "columns": {}, "count": 0}
        )
        hall["count"] += 1
        if cell.row + 1 not in hall["lines"]:
            hall["lines"].append(cell.row + 1)
        hall["columns"][_FIELD.get(cell.key, cell.key)] = cell.column
    return [hall | {"said": _lines(hall["lines"])} for hall in found.values()]


def _lines(lines: Sequence[int]) -> str:
    """The lines of one hall stand together."""
    return f"{lines[0]}行目" if len(lines) == 1 else f"{lines[0]}〜{lines[-1]}行目"


def _by_column(cells: Sequence[MissingCell]) -> list[tuple[str, int, int]]:
    """Recommended columns with how many rows and how many halls lack them."""
    rows = Counter(cell.column for cell in cells)
    halls = {column: len({cell.venue for cell in cells if cell.column == column}) for column in rows}
    return [(column, count, halls[column]) for column, count in rows.items()]
