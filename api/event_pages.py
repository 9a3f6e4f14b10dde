"""The page of the published events: which courses stand among them, what they lack, whether a machine can read them."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request, Response

from api.open_data_checks import events_checked, publisher_of
from api.open_data_showing import Kind, asked_for, verdict
from api.pages import render
from api.published_files import Headers, LayoutCode
from api.transactions import Look, Now
from api.visitors import READERS
from inventory.calendar import today
from inventory.event_rows import EVENTS, MissingEventCell, published_events
from inventory.shapes import BlankIsNone

pages = APIRouter(include_in_schema=False)

# Courses whose missing cells are drawn; the check tells of all of them.
_DRAWN = 100
# Where a published cell is filled in on the form of the course or of the hall, when its field has another name.
_FIELD = {
    "event_name": "title",
    "event_name_kana": "title_kana",
    "place": "venue",
    "online": "venue",
    "fee_detail": "fee",
    "charged": "fee",
    "event_url": "url",
    "place_code": "address",
}


@pages.get("/open-data/events", dependencies=[READERS])
async def events(
    request: Request,
    look: Look,
    now: Now,
    layout_code: Annotated[LayoutCode | None, Query(alias="layout"), BlankIsNone] = None,
    file: Annotated[Kind | None, BlankIsNone] = None,
    headers: Annotated[Headers | None, BlankIsNone] = None,
) -> Response:
    """What would be published today in the layout and the file that are chosen."""
    asked = asked_for(EVENTS, layout_code, file, headers)
    publisher = publisher_of(request)
    rows = await look.read(published_events, on=today(now), publisher=publisher)
    check = await run_sync(partial(events_checked, asked.published, rows, publisher))
    required = [cell for cell in check.missing if cell.required == "required"]
    by_course = _by_course(required)
    return render(
        request,
        "open_data/events.html",
        nav="courses",
        check=check,
        answer=_answer(check.rows, len(required)),
        count=len(required),
        **asked.shown,
        required=by_course[:_DRAWN],
        more_courses=max(0, len(by_course) - _DRAWN),
        recommended=list(Counter(cell.column for cell in check.missing if cell.required == "recommended").items()),
        withheld=check.withheld[:_DRAWN],
        lost=check.lost[:_DRAWN],
        more_lost=max(0, len(check.lost) - _DRAWN),
        verdict=verdict(check.rules),
        day=today(now),
    )


def _answer(rows: int, missing: int) -> list[str]:
    if not rows:
        return ["公開する講座は、まだありません。"]
    told = f"必須の項目が{missing:,}件たりません。" if missing else "必須の項目はそろっています。"
    return [f"講座{rows:,}件を書き出せます。", told]


def _by_course(cells: Sequence[MissingEventCell]) -> list[dict[str, Any]]:
    """Missing cells of each course: its line in the file (the header is line 1), and where each is filled in."""
    found: dict[str, dict[str, Any]] = {}
    for cell in cells:
        one = found.setdefault(
            cell.course, {"course": cell.course, "title": cell.title, "line": cell.row + 1, "columns": []}
        )
        one["columns"].append((cell.column, cell.venue, _FIELD.get(cell.key, cell.key)))
    return list(found.values())
