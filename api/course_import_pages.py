"""Lists of courses and programmes by form: paste or choose one, see what it would do, then do exactly that."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from sqlmodel import Session

from api.codes import Problem
from api.course_lists import CoursesIn, ProgrammesIn, courses_in, programmes_in
from api.forms import Wrong
from api.list_tables import ListIn
from api.pages import render, see_other
from api.sent_lists import Sent, list_form
from api.tables_in import TableIn, as_text
from api.transactions import Look, Now
from api.visitors import DESK
from inventory.calendar import fiscal_year, fiscal_year_name, today
from inventory.course_imports import courses_entered, enter_courses
from inventory.course_plans import plan_courses
from inventory.errors import Invalid, Stale
from inventory.list_plans import ListPlan, PlannedRow
from inventory.programme_imports import enter_programmes, plan_programmes, programmes_entered
from inventory.programmes import list_programmes

pages = APIRouter(include_in_schema=False)
# Rows, repairs and refusals that are drawn: more than a city has courses in a season, and a page still bears.
_DRAWN = 600
# What the preview of a new row says in its name already.
_BESIDE = ("title", "name", "line", "on", "starts", "venue_name")


@dataclass(frozen=True)
class _Of:
    """What a list is of, and what the pages call it."""

    path: str
    thing: str
    counter: str
    export: str
    back: str


COURSES = _Of("/courses/import", "講座", "件", "courses", "/courses")
PROGRAMMES = _Of("/courses/programmes/import", "事業", "件", "programmes", "/courses")
Entry = Annotated[str, Path(max_length=20)]


@pages.get("/courses/import", dependencies=[DESK])
async def courses_form(request: Request, look: Look, now: Now) -> Response:
    return await _form(request, look, now, COURSES, {})


@pages.post("/courses/import", dependencies=[DESK])
async def preview_courses(request: Request, sent: Sent, look: Look, now: Now) -> Response:
    """Read the list and show what it would do. Writes nothing."""
    values = sent.values | {"text": sent.text}
    try:
        table = await sent.table()
        values["text"] = as_text(table)
        found = _courses(table, values)
        plan = await look.read(plan_courses, found.order, now=now)
    except (*Wrong, Problem) as error:
        return await _form(request, look, now, COURSES, values, error, chosen="file" in sent.files)
    return await _preview(request, look, now, COURSES, values, found.list, plan)


@pages.post("/courses/import/enter", dependencies=[DESK])
async def enter_the_courses(request: Request, sent: Sent, look: Look, now: Now) -> Response:
    """Do what was shown. When the ledger has moved on since, show what the list would do now."""
    values = sent.values | {"text": sent.text}
    try:
        found = _courses(await sent.table(), values, values.get("digest") or "unseen")
    except (*Wrong, Problem) as error:
        return await _form(request, look, now, COURSES, values, error)
    try:
        done = await sent.act(enter_courses, found.order)
    except (Invalid, Stale) as error:
        plan = await look.read(plan_courses, found.order, now=now)
        return await _preview(request, look, now, COURSES, values, found.list, plan, error)
    return see_other(f"{COURSES.path}/{done.entry}")


@pages.get("/courses/import/{entry}", dependencies=[DESK])
async def courses_done(request: Request, entry: Entry, look: Look) -> Response:
    done = await look.read(courses_entered, entry)
    return render(request, "courses/import_done.html", nav="courses", of=COURSES, done=done)


@pages.get("/courses/programmes/import", dependencies=[DESK])
async def programmes_form(request: Request, look: Look, now: Now) -> Response:
    return await _form(request, look, now, PROGRAMMES, {})


@pages.post("/courses/programmes/import", dependencies=[DESK])
async def preview_programmes(request: Request, sent: Sent, look: Look, now: Now) -> Response:
    """Read the list and show what it would do. Writes nothing."""
    values = sent.values | {"text": sent.text}
    try:
        table = await sent.table()
        values["text"] = as_text(table)
        found = _programmes(table, values)
        plan = await look.read(plan_programmes, found.order)
    except (*Wrong, Problem) as error:
        return await _form(request, look, now, PROGRAMMES, values, error, chosen="file" in sent.files)
    return await _preview(request, look, now, PROGRAMMES, values, found.list, plan)


@pages.post("/courses/programmes/import/enter", dependencies=[DESK])
async def enter_the_programmes(request: Request, sent: Sent, look: Look, now: Now) -> Response:
    """Do what was shown. When the ledger has moved on since, show what the list would do now."""
    values = sent.values | {"text": sent.text}
    try:
        found = _programmes(await sent.table(), values, values.get("digest") or "unseen")
    except (*Wrong, Problem) as error:
        return await _form(request, look, now, PROGRAMMES, values, error)
    try:
        done = await sent.act(enter_programmes, found.order)
    except (Invalid, Stale) as error:
        plan = await look.read(plan_programmes, found.order)
        return await _preview(request, look, now, PROGRAMMES, values, found.list, plan, error)
    return see_other(f"{PROGRAMMES.path}/{done.entry}")


@pages.get("/courses/programmes/import/{entry}", dependencies=[DESK])
async def programmes_done(request: Request, entry: Entry, look: Look) -> Response:
    done = await look.read(programmes_entered, entry)
    return render(request, "courses/import_done.html", nav="courses", of=PROGRAMMES, done=done)


def _courses(table: TableIn, values: Mapping[str, str], digest: str | None = None) -> CoursesIn:
    return courses_in(table, programme=values.get("programme", "")[:60], digest=digest)


def _programmes(table: TableIn, values: Mapping[str, str], digest: str | None = None) -> ProgrammesIn:
    year = values.get("fiscal_year", "")
    usable = len(year) == 4 and year.isascii() and year.isdecimal() and 1989 <= int(year) <= 2999
    return programmes_in(table, fiscal_year=int(year) if usable else None, digest=digest)


async def _choices(look: Look, now: datetime, of: _Of) -> dict[str, Any]:
    """What the form lets somebody choose for rows that do not say it."""
    year = fiscal_year(today(now))
    if of is PROGRAMMES:
        return {"years": [(one, fiscal_year_name(one)) for one in range(year + 1, year - 10, -1)]}

    def load(session: Session) -> list[tuple[str, str]]:
        return [
            (one.id, f"{fiscal_year_name(one.fiscal_year)}　{one.name}{f'　{one.line}' if one.line else ''}")
            for one in list_programmes(session)
        ]

    return {"programmes": await look.read(load)}


async def _form(
    request: Request,
    look: Look,
    now: datetime,
    of: _Of,
    values: Mapping[str, str],
    error: Exception | None = None,
    *,
    chosen: bool = False,
) -> Response:
    choices = await _choices(look, now, of)
    return list_form(request, "courses/import.html", values, error, chosen=chosen, nav="courses", of=of, **choices)


async def _preview(
    request: Request,
    look: Look,
    now: datetime,
    of: _Of,
    values: Mapping[str, str],
    found: ListIn,
    plan: ListPlan,
    error: Exception | None = None,
) -> Response:
    errors, repairs = found.wrong(plan.told.errors), found.repaired(plan.told.repairs)
    moving = [row for row in plan.rows if row.act != "unchanged"]
    refused = error.sentence if isinstance(error, Invalid) and not errors else None
    return render(
        request,
        "courses/import_preview.html",
        nav="courses",
        status=422 if errors or refused else 412 if isinstance(error, Stale) else 200,
        of=of,
        values=values,
        plan=plan,
        found=found,
        sentences=_headline(of, plan),
        refused=refused,
        stale=isinstance(error, Stale),
        done=not errors and not plan.created and not plan.changed,
        moving=moving[:_DRAWN],
        more_moving=max(0, len(moving) - _DRAWN),
        errors=errors[:_DRAWN],
        more_errors=max(0, len(errors) - _DRAWN),
        repairs=repairs[:_DRAWN],
        more_repairs=max(0, len(repairs) - _DRAWN),
        words={row.line: _words(row, found) for row in moving[:_DRAWN]},
        **await _choices(look, now, of),
    )


def _words(row: PlannedRow, found: ListIn) -> list[tuple[str, str, str]]:
    """The word of each column that a row writes, and both values; of a new one without what stands beside it."""
    told = _BESIDE if row.act == "new" else ()
    return [(found.header(one.column), one.before, one.after) for one in row.changes if one.column not in told]


def _headline(of: _Of, plan: ListPlan) -> list[str]:
    """What the list would do, in counts."""
    if plan.told.errors:
        return [f"{len(plan.told.errors)}か所を直すと、登録できます。", "まだ何も記録していません。"]
    if not plan.created and not plan.changed:
        return ["一覧は台帳と同じです。", f"{len(plan.rows):,}{of.counter}とも、登録するものはありません。"]
    counts = [(plan.created, "加える"), (plan.changed, "直す"), (plan.unchanged, "そのままの")]
    said = "、".join(f"{word}{of.thing}が{count:,}{of.counter}" for count, word in counts if count)
    return [f"{said}あります。"]
