"""What the wifi of the halls costs, by fiscal year, on screen."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field
from sqlmodel import Session

from api.burnup_views import PHONE, WIDE
from api.cost_bars import draw_costs, yen_short
from api.pages import query_of, render
from api.transactions import Look, Now
from api.visitors import READERS
from inventory.calendar import fiscal_year, fiscal_year_name
from inventory.shapes import BlankIsNone
from inventory.wifi_costs import Costs, YearCost, costs
from inventory.wifi_standing import PROGRAMME

pages = APIRouter(include_in_schema=False)
Word = Annotated[Annotated[str, Field(max_length=60)] | None, BlankIsNone]
Year = Annotated[Annotated[int, Field(ge=1900, le=2998)] | None, BlankIsNone]
EVERYTHING = "-"
# Halls of the table; all of them stand in the file.
_HALLS = 100


def _load(session: Session, /, **asked: Any) -> tuple[Costs, list[tuple[str, str]]]:
    programmes = session.connection().execute(
        PROGRAMME.select().with_only_columns(PROGRAMME.c.code, PROGRAMME.c.name).order_by(PROGRAMME.c.from_on.desc())
    )
    return costs(session, **asked), [(code, name) for code, name in programmes]


@pages.get("/wifi/costs", dependencies=[READERS])
async def cost_page(request: Request, look: Look, now: Now, programme: Word = None, year: Year = None) -> Response:
    found, programmes = await look.read(_load, now=now, programme=programme, everything=programme == EVERYTHING)
    this_year = fiscal_year(found.as_of)
    passed = [one.fiscal_year for one in found.years if one.fiscal_year <= this_year]
    shown = year or (passed or [this_year])[-1]
    halls = [one for one in found.venues if one.fiscal_year == shown]
    return render(
        request,
        "wifi/costs.html",
        nav="venues",
        costs=found,
        this_year=this_year,
        sentences=sentences(found.years, this_year),
        wide=draw_costs(found.years, WIDE),
        phone=draw_costs(found.years, PHONE),
        shown=shown,
        years=[(one.fiscal_year, fiscal_year_name(one.fiscal_year)) for one in reversed(found.years)],
        halls=halls[:_HALLS],
        more=max(0, len(halls) - _HALLS),
        programmes=programmes,
        chosen=EVERYTHING if programme == EVERYTHING else found.programme,
        query=query_of(request, year=None),
    )


def sentences(years: list[YearCost], this_year: int) -> list[str]:
    """What whoever decides wants to know first."""
    known = {year.fiscal_year: year for year in years}
    if not years:
        return ["費用の記録は、まだありません。"]
    spent = known.get(this_year)
    total = sum(year.total_yen for year in years)
    if spent is None:
        return [f"これまでに{yen_short(total)}かかりました。"]
    said = [f"{fiscal_year_name(this_year)}は、これまでに{yen_short(spent.total_yen)}かかりました。"]
    if spent.per_hall_yen is not None:
        said.append(f"使える{spent.in_service:,}館で割ると、1館あたり{yen_short(spent.per_hall_yen)}です。")
    return said
