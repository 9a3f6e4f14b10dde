"""来年度の費用の見込み on screen: the sum as a sentence, then what it is made of."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from api.cost_bars import yen_short
from api.money import yen_typed
from api.next_year_cost_tables import CONTRACT, PART, UNIT, assumptions
from api.pages import render
from api.transactions import Look, Now
from api.visitors import READERS
from inventory.calendar import fiscal_year, fiscal_year_name, today
from inventory.next_year_costs import NextYearCosts, next_year_costs
from inventory.shapes import BlankIsNone

pages = APIRouter(include_in_schema=False)
Year = Annotated[Annotated[int, Field(ge=1989, le=2998)] | None, BlankIsNone]
Typed = Annotated[Annotated[str, Field(max_length=40)] | None, BlankIsNone]
# Rows of each table; all of them stand in the files.
_ROWS = 50
_MOST_YEN = 100_000_000


@pages.get("/costs/next-year", dependencies=[READERS])
async def next_year_page(
    request: Request, look: Look, now: Now, year: Year = None, repair_yen: Typed = None
) -> Response:
    """A price that is no amount is told beside its field, and counts as none."""
    price, errors = _price(repair_yen)
    found = await look.read(next_year_costs, now=now, year=year, repair_yen=price)
    this_year = fiscal_year(today(now))
    choices = sorted({*range(this_year - 1, this_year + 4), found.fiscal_year})
    ending = [one for one in found.devices if one.ends]
    query = {"year": found.fiscal_year} | ({} if price is None else {"repair_yen": price})
    return render(
        request,
        "costs/next_year.html",
        nav="courses",
        found=found,
        sentences=sentences(found),
        years=[(one, fiscal_year_name(one)) for one in choices],
        typed=repair_yen or "",
        errors=errors,
        part_word=PART,
        unit=UNIT,
        contract_word=CONTRACT,
        ending=ending[:_ROWS],
        more_ending=max(0, len(ending) - _ROWS),
        lines=found.lines[:_ROWS],
        more_lines=max(0, len(found.lines) - _ROWS),
        support_ends=found.support_ends[:_ROWS],
        more_support=max(0, len(found.support_ends) - _ROWS),
        assumptions=assumptions(found),
        query=urlencode(query),
    )


def _price(typed: str | None) -> tuple[int | None, dict[str, str]]:
    if typed is None:
        return None, {}
    digits = yen_typed(typed)
    if digits.isascii() and digits.isdecimal() and int(digits) <= _MOST_YEN:
        return int(digits), {}
    return None, {"repair_yen": "額は、15,000 のように円の数で書いてください（1億円まで）。"}


def sentences(found: NextYearCosts) -> list[str]:
    """What whoever makes the budget wants to know first."""
    name = fiscal_year_name(found.fiscal_year)
    ending = sum(one.leases_ending for one in found.pools)
    said = [f"{name}の費用は、{yen_short(found.total_yen)}の見込みです。"]
    if ending:
        said.append(f"年度末までに、リースが{ending:,}台終わります。")
    return said
