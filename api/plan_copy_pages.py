"""Last year's plan a year later, on screen: shown, chosen, and taken over exactly so."""

from collections.abc import Collection
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import Field

from api.forms import Submitted, Wrong, wrong, wrong_status
from api.pages import render, see_other
from api.transactions import Look, Now
from api.visitors import DESK
from inventory.calendar import fiscal_year, fiscal_year_name, today
from inventory.plan_copies import MOST, CopyYear, copy_year, year_plan
from inventory.programmes import list_programmes
from inventory.shapes import BlankIsNone

pages = APIRouter(include_in_schema=False)
Year = Annotated[Annotated[int, Field(ge=1989, le=2998)] | None, BlankIsNone]


async def _ticked(request: Request, now: Now) -> Submitted:
    # A box for each course of a year is more than a form has otherwise.
    return Submitted(request, await request.form(max_files=0, max_fields=2 * MOST), now)


Ticked = Annotated[Submitted, Depends(_ticked)]


@pages.get("/courses/copy-year", dependencies=[DESK])
async def ask_plan(request: Request, look: Look, now: Now, year: Year = None) -> Response:
    return await _page(request, look, year or fiscal_year(today(now)))


@pages.post("/courses/copy-year", dependencies=[DESK])
async def take_over(request: Request, sent: Ticked, look: Look, now: Now) -> Response:
    year = fiscal_year(today(now))
    chosen = {name: sent.lists.get(name, []) for name in ("programmes", "courses")}
    try:
        order = CopyYear.model_validate({**sent.given("year", "digest"), **chosen})
        year = order.year
        told = await sent.act(copy_year, order, status=201)
    except Wrong as error:
        return await _page(request, look, year, {*chosen["programmes"]}, {*chosen["courses"]}, error)
    return see_other(f"/courses?year={told.year}", done="plan-copied")


async def _page(
    request: Request,
    look: Look,
    year: int,
    programmes: Collection[str] | None = None,
    courses: Collection[str] | None = None,
    error: Exception | None = None,
) -> Response:
    """What is ticked: at first all that took place and is not there yet, later what was sent."""
    plan = await look.read(year_plan, year)
    years = sorted({year, *(one.fiscal_year for one in await look.read(list_programmes))}, reverse=True)
    if programmes is None or courses is None:
        programmes = {one.id for one in plan.programmes if not one.there}
        courses = {copy.id for one in plan.programmes for copy in one.courses if copy.usual}
    return render(
        request,
        "courses/copy_year.html",
        nav="courses",
        status=wrong_status(error) if error else 200,
        plan=plan,
        years=[(one, fiscal_year_name(one)) for one in years],
        programmes=programmes,
        courses=courses,
        errors=wrong(error) if error else {},
    )
