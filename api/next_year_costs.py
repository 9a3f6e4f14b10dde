"""来年度の費用の見込み as JSON, and as a workbook with a sheet a part or one long CSV."""

from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import Query, Response

from api.exports import FILE, Written
from api.files import attachment
from api.json_doors import json_router
from api.next_year_cost_tables import long_table, sheets
from api.spreadsheets import xlsx_book
from api.table_files import XLSX
from api.transactions import Look, Now
from api.visitors import READERS
from inventory.calendar import fiscal_year_name
from inventory.next_year_costs import NextYearCosts, next_year_costs
from inventory.shapes import BlankIsNone

json = json_router("next_year_costs")

Year = Annotated[int | None, Query(ge=1989, le=2998, description="Default: the next fiscal year."), BlankIsNone]
RepairYen = Annotated[int | None, Query(ge=0, le=100_000_000, description="What one repair costs."), BlankIsNone]
_ANSWER: dict[str, Any] = {"dependencies": [READERS], "response_class": Response, "responses": {200: FILE}}


@json.get("/api/costs/next-year", dependencies=[READERS])
async def costs_of_year(look: Look, now: Now, year: Year = None, repair_yen: RepairYen = None) -> NextYearCosts:
    """What devices, lines, contracts and repairs will cost in a fiscal year; the total is the sum of the parts."""
    return await look.read(next_year_costs, now=now, year=year, repair_yen=repair_yen)


@json.get("/api/exports/next_year_costs.{form}", **_ANSWER)
async def costs_file(
    look: Look, written: Written, now: Now, year: Year = None, repair_yen: RepairYen = None
) -> Response:
    """A workbook with the sum, a sheet a part and how the figures were made; or CSV with one row a thing."""
    found = await look.read(next_year_costs, now=now, year=year, repair_yen=repair_yen)
    if written.form == "csv":
        return await written("next_year_costs", await run_sync(long_table, found))
    made = await run_sync(xlsx_book, await run_sync(sheets, found))
    name = f"{fiscal_year_name(found.fiscal_year)}の費用の見込み.xlsx"
    headers = attachment(f"next_year_costs-{found.fiscal_year}.xlsx", name)
    return Response(made.content, headers=headers | {"X-Lost-Characters": "0", "Content-Type": XLSX})
