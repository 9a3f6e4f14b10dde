"""A list of 利用件数 by form: paste or choose it, see what it would do, then do exactly that."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api.codes import Problem
from api.forms import Wrong
from api.pages import render, see_other
from api.sent_lists import Sent, list_form
from api.tables_in import TableIn, as_text
from api.transactions import Look, Now
from api.usage_tables import UsageIn, usage_in
from api.visitors import IT
from inventory.calendar import fiscal_year as fiscal_year_of
from inventory.calendar import fiscal_year_name, today
from inventory.errors import Invalid, Stale
from inventory.usage_imports import UsagePlan, enter_usage, plan_usage, usage_entered

pages = APIRouter(include_in_schema=False)


@pages.get("/wifi/usage/import", dependencies=[IT])
async def import_form(request: Request, now: Now) -> Response:
    return _form(request, now, {"fiscal_year": str(fiscal_year_of(today(now)))})


@pages.post("/wifi/usage/import", dependencies=[IT])
async def preview(request: Request, sent: Sent, look: Look, now: Now) -> Response:
    """Read the list and show what it would do. Writes nothing."""
    values = sent.values | {"text": sent.text}
    try:
        table = await sent.table()
        values["text"] = as_text(table)
        usage = _usage(table, values)
        plan = await look.read(plan_usage, usage.order, now=now)
    except (*Wrong, Problem) as error:
        return _form(request, now, values, error, chosen="file" in sent.files)
    return _preview(request, now, values, usage, plan)


@pages.post("/wifi/usage/import/enter", dependencies=[IT])
async def enter(request: Request, sent: Sent, look: Look, now: Now) -> Response:
    """Do what was shown. When the ledger has moved on since, show what the list would do now."""
    values = sent.values | {"text": sent.text}
    try:
        usage = _usage(await sent.table(), values, values.get("digest") or "unseen")
    except (*Wrong, Problem) as error:
        return _form(request, now, values, error)
    try:
        done = await sent.act(enter_usage, usage.order)
    except (Invalid, Stale) as error:
        plan = await look.read(plan_usage, usage.order, now=now)
        return _preview(request, now, values, usage, plan, error)
    return see_other(f"/wifi/usage/import/{done.entry}")


@pages.get("/wifi/usage/import/{entry}", dependencies=[IT])
async def entered(request: Request, entry: Annotated[str, Path(max_length=20)], look: Look) -> Response:
    done = await look.read(usage_entered, entry)
    return render(request, "wifi/usage_import_done.html", nav="venues", done=done)


def _usage(table: TableIn, values: Mapping[str, str], digest: str | None = None) -> UsageIn:
    year = values.get("fiscal_year", "")
    usable = year.isascii() and year.isdecimal() and 1989 <= int(year[:4]) <= 2997 and len(year) == 4
    return usage_in(table, fiscal_year=int(year) if usable else None, digest=digest)


def _years(now: datetime) -> list[tuple[int, str]]:
    year = fiscal_year_of(today(now))
    return [(one, fiscal_year_name(one)) for one in range(year, year - 10, -1)]


def _form(
    request: Request,
    now: datetime,
    values: Mapping[str, str],
    error: Exception | None = None,
    *,
    chosen: bool = False,
) -> Response:
    return list_form(request, "wifi/usage_import.html", values, error, chosen=chosen, years=_years(now))


def _preview(
    request: Request,
    now: datetime,
    values: Mapping[str, str],
    usage: UsageIn,
    plan: UsagePlan,
    error: Exception | None = None,
) -> Response:
    stale = isinstance(error, Stale)
    return render(
        request,
        "wifi/usage_preview.html",
        nav="venues",
        status=422 if plan.errors else 412 if stale else 200,
        years=_years(now),
        values=values,
        plan=plan,
        unread=usage.unread,
        sums=usage.sums,
        stale=stale,
    )
