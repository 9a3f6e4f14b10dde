"""利用件数 as a table of venues and months that is typed by hand. What was typed and cannot be stays in its field."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field
from sqlmodel import Session

from api.forms import Sent, Wrong, wrong, wrong_status
from api.pages import query_of, render, see_other
from api.transactions import Look, Now
from api.visitors import IT, READERS
from inventory.calendar import fiscal_year as fiscal_year_of
from inventory.calendar import fiscal_year_name, today
from inventory.shapes import BlankIsNone
from inventory.tables import VenueKind
from inventory.text import code_text
from inventory.usage_counts import (
    MOST_COUNT,
    RecordUsages,
    UsageRow,
    UsageTable,
    VenueMonth,
    months_of,
    record_usages,
    usage_table,
)
from inventory.wifi_programmes import list_wifi_programmes

pages = APIRouter(include_in_schema=False)
Word = Annotated[Annotated[str, Field(max_length=100)] | None, BlankIsNone]
Cursor = Annotated[Annotated[str, Field(max_length=400)] | None, BlankIsNone]
Year = Annotated[Annotated[int, Field(ge=1989, le=2997)] | None, BlankIsNone]
Kind = Annotated[VenueKind | None, BlankIsNone]

# Longer is no count, whatever it begins with.
_FIGURES = len(str(MOST_COUNT))


@dataclass(frozen=True)
class _Loaded:
    table: UsageTable
    programmes: list[tuple[str, str]]


def _load(session: Session, /, *, now: datetime, **filters: Any) -> _Loaded:
    programmes = [(one.code, one.name) for one in list_wifi_programmes(session, now=now)]
    return _Loaded(usage_table(session, now=now, **filters), programmes)


class _Asked:
    """The filter of the page, from its address."""

    def __init__(
        self,
        request: Request,
        now: Now,
        fiscal_year: Year = None,
        programme: Word = None,
        kind: Kind = None,
        q: Word = None,
        cursor: Cursor = None,
    ) -> None:
        self.request = request
        self.year = fiscal_year or fiscal_year_of(today(now))
        self.filters: dict[str, Any] = {
            "fiscal_year": self.year,
            "programme": programme,
            "kind": kind,
            "q": q,
            "cursor": cursor,
        }


Asked = Annotated[_Asked, Depends()]


@pages.get("/wifi/usage", dependencies=[READERS])
async def usage_page(asked: Asked, look: Look, now: Now) -> Response:
    return _page(asked, await look.read(_load, now=now, **asked.filters), now, {})


@pages.post("/wifi/usage", dependencies=[IT])
async def type_usage(asked: Asked, look: Look, sent: Sent, now: Now) -> Response:
    """Write down the cells that were typed anew; a cell that was left as it was shown is nobody's act."""
    loaded = await look.read(_load, now=now, **asked.filters)
    items, errors = _typed(loaded.table, sent.values, today(now))
    if errors:
        return _page(asked, loaded, now, sent.values, errors=errors)
    done = "nothing"
    if items:
        try:
            await sent.act(record_usages, RecordUsages(items=items))
        except Wrong as error:
            return _page(asked, loaded, now, sent.values, errors=wrong(error), status=wrong_status(error))
        done = "usage-recorded"
    return see_other(f"/wifi/usage?{query_of(asked.request)}", done=done)


def field_of(code: str, month: date) -> str:
    return f"n.{code}.{month:%Y-%m}"


def _typed(table: UsageTable, values: Mapping[str, str], day: date) -> tuple[list[VenueMonth], dict[str, str]]:
    """The cells that were typed anew, and sentences for those that cannot stand."""
    months = [month for month in months_of(table.fiscal_year) if month <= day]
    items: list[VenueMonth] = []
    errors: dict[str, str] = {}
    for row in table.rows:
        seen = values.get(f"seen.{row.code}", "").split(",")
        for place, month in enumerate(months):
            name = field_of(row.code, month)
            typed = values.get(name)
            was = seen[place] if place < len(seen) else ""
            if typed is None or typed == was:
                continue
            plain = code_text(typed).replace(",", "").removesuffix("件")
            where = f"{row.name}の{month.month}月"
            if not plain:
                errors[name] = f"{where}：記録した件数は消せません。使われなかった月は0と書いてください。"
            elif not (plain.isascii() and plain.isdecimal() and len(plain) <= _FIGURES) or int(plain) > MOST_COUNT:
                errors[name] = f"{where}：件数は、1,234 のように0以上の整数で書いてください。"
            elif plain != was:
                items.append(VenueMonth(venue=row.code, month=month, count=int(plain)))
    return items, errors


def _page(
    asked: _Asked,
    loaded: _Loaded,
    now: datetime,
    values: Mapping[str, str],
    *,
    errors: Mapping[str, str] | None = None,
    status: int = 422,
) -> Response:
    table, request = loaded.table, asked.request
    this_year = fiscal_year_of(today(now))
    following = query_of(request, cursor=table.next) if table.next else None
    return render(
        request,
        "wifi/usage.html",
        nav="venues",
        status=status if errors else 200,
        table=table,
        months=months_of(table.fiscal_year),
        begun=[month <= today(now) for month in months_of(table.fiscal_year)],
        seen={row.code: _seen(row) for row in table.rows},
        field_of=field_of,
        year=asked.year,
        years=[(year, fiscal_year_name(year)) for year in range(this_year, this_year - 8, -1)],
        programmes=loaded.programmes,
        filters=asked.filters,
        query=query_of(request),
        file_query=f"fiscal_year={asked.year}",
        next_url=f"/wifi/usage?{following}" if following else None,
        first_url=f"/wifi/usage?{query_of(request, cursor=None)}" if asked.filters["cursor"] else None,
        values=values,
        errors=errors or {},
    )


def _seen(row: UsageRow) -> str:
    """What the page showed of a venue, so that only what was typed anew is written."""
    return ",".join("" if count is None else str(count) for count in row.months)
