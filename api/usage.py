"""利用件数 over JSON: a venue's counts, the table of all, the import, and the file that the import reads back."""

from typing import Annotated, Any

from fastapi import Path, Query, Request, Response

from api.exports import FILE, Written
from api.json_doors import json_router
from api.problems import problems
from api.spreadsheets import Cell, Table
from api.table_files import A_WORKBOOK, ONE_FILE, Imported, not_entered, sent_file, template_file
from api.transactions import ActMaybeOnce, Look, Now
from api.usage_tables import read_usage, template
from api.visitors import IT, READERS
from inventory.calendar import fiscal_year as fiscal_year_of
from inventory.calendar import fiscal_year_name, today
from inventory.errors import Invalid
from inventory.shapes import BlankIsNone
from inventory.tables import VenueKind
from inventory.usage_counts import (
    RecordUsage,
    UsageCard,
    Usages,
    UsageTable,
    every_count,
    list_usage,
    record_usage,
    usage_table,
)
from inventory.usage_imports import enter_usage, plan_usage

json = json_router("venues")
Venue = Annotated[str, Path(alias="code", max_length=60)]
Year = Annotated[int | None, BlankIsNone, Query(ge=1989, le=2997)]


@json.get("/api/venues/{code}/usage", dependencies=[READERS], responses=problems("not-found"))
async def usage(venue: Venue, look: Look) -> Usages:
    """The counts that count, the newest month first."""
    return await look.read(list_usage, venue)


@json.post("/api/venues/{code}/usage", status_code=201, dependencies=[IT], responses=problems("not-found"))
async def add_usage(venue: Venue, order: RecordUsage, act: ActMaybeOnce) -> UsageCard:
    """How often the wifi was used in a month; the count recorded last counts."""
    return await act(record_usage, order, status=201, venue=venue)


@json.get("/api/wifi/usage", dependencies=[READERS], responses=problems("not-found"))
async def table(
    look: Look,
    now: Now,
    fiscal_year: Annotated[int | None, Query(ge=1989, le=2997, description="Default: this one.")] = None,
    programme: Annotated[str | None, Query(max_length=60)] = None,
    kind: VenueKind | None = None,
    q: Annotated[str | None, Query(max_length=100)] = None,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
) -> UsageTable:
    """Venues and the twelve months of a fiscal year, with the sums over all of them."""
    return await look.read(
        usage_table,
        fiscal_year=fiscal_year or fiscal_year_of(today(now)),
        now=now,
        programme=programme,
        kind=kind,
        q=q,
        cursor=cursor,
    )


@json.post(
    "/api/imports/usage",
    dependencies=[IT],
    responses=problems("op-id-reused", "invalid", "too-large"),
    openapi_extra=ONE_FILE,
)
async def import_usage(
    request: Request,
    look: Look,
    act: ActMaybeOnce,
    now: Now,
    dry_run: Annotated[bool, Query(description="Tell what would be done, and do nothing.")] = False,
    fiscal_year: Annotated[
        int | None, Query(ge=1989, le=2997, description="Of months that do not say their year.")
    ] = None,
) -> Imported:
    """A line per venue and month, or a line per venue with a column per month. An error stops the whole list."""
    sent, encoding = await read_usage(await sent_file(request), fiscal_year)
    plan = await look.read(plan_usage, sent.order, now=now)
    repairs = [cell.model_dump() for cell in plan.repairs]
    told: dict[str, Any] = {"encoding": encoding, "rows": plan.rows, "repairs": repairs}
    if dry_run:
        counts = {"created": plan.created, "changed": plan.changed, "unchanged": plan.unchanged}
        return Imported.model_validate(told | counts | {"errors": [cell.model_dump() for cell in plan.errors]})
    try:
        done = await act(enter_usage, sent.order)
    except Invalid as error:
        raise not_entered(error.sentence, told, [cell.model_dump() for cell in plan.errors]) from error
    counts = {"created": done.created, "changed": done.changed, "unchanged": done.unchanged}
    return Imported.model_validate(told | counts | {"errors": []})


@json.get("/api/imports/usage/template.xlsx", dependencies=[IT], response_class=Response, responses=A_WORKBOOK)
async def usage_template() -> Response:
    """An empty list of months with the headers that are read."""
    return await template_file(template(), "usage-template")


@json.get("/api/exports/usage.{form}", dependencies=[READERS], response_class=Response, responses={200: FILE})
async def usage_file(look: Look, written: Written, fiscal_year: Year = None) -> Response:
    """A line per venue and month, of one fiscal year or of all; ``/api/imports/usage`` reads it back unchanged."""
    found = await look.read(every_count, fiscal_year)
    rows: list[list[Cell]] = [
        [code, name, fiscal_year_name(fiscal_year_of(month)), f"{month:%Y-%m}", count]
        for code, name, month, count in found
    ]
    return await written("usage", Table("利用件数", ("会場コード", "会場", "年度", "月", "件数"), rows))
