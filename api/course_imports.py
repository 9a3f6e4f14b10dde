"""Lists of courses and programmes over JSON."""

from typing import Annotated, Any

from fastapi import Query, Request, Response

from api.course_lists import courses_in, programmes_in
from api.course_tables import courses_template, programmes_template
from api.json_doors import json_router
from api.list_tables import ListIn
from api.problems import problems
from api.roster_tables import read_file
from api.table_files import A_WORKBOOK, ONE_FILE, Imported, not_entered, sent_file, template_file
from api.transactions import ActMaybeOnce, Look, Now
from api.visitors import DESK
from inventory.course_imports import enter_courses
from inventory.course_plans import plan_courses
from inventory.errors import Invalid
from inventory.list_plans import ListEntered, ListPlan
from inventory.programme_imports import enter_programmes, plan_programmes

json = json_router("imports")
_DOOR: dict[str, Any] = {
    "dependencies": [DESK],
    "responses": problems("op-id-reused", "invalid", "too-large"),
    "openapi_extra": ONE_FILE,
}
DryRun = Annotated[bool, Query(description="Tell what would be done, and do nothing.")]


class ListImported(Imported):
    """``unread`` are headers of columns that nothing is read from."""

    unread: list[str]


@json.post("/api/imports/courses", **_DOOR)
async def import_courses(
    request: Request,
    look: Look,
    act: ActMaybeOnce,
    now: Now,
    dry_run: DryRun = False,
    programme: Annotated[
        str | None, Query(max_length=60, description="Of rows that name no programme: its id.")
    ] = None,
) -> ListImported:
    """Courses from a list: new ones, and what is new of those that are there. An error stops the whole list."""
    table = await read_file(await sent_file(request))
    found = courses_in(table, programme=programme)
    plan = await look.read(plan_courses, found.order, now=now)
    told = _told(table.encoding, found.list, plan)
    if dry_run:
        return _answer(told, plan, found.list.wrong(plan.told.errors))
    try:
        done = await act(enter_courses, found.order)
    except Invalid as error:
        raise _refused(error, told, found.list, plan) from error
    return _answer(told, done, [])


@json.post("/api/imports/programmes", **_DOOR)
async def import_programmes(
    request: Request,
    look: Look,
    act: ActMaybeOnce,
    dry_run: DryRun = False,
    fiscal_year: Annotated[int | None, Query(ge=1989, le=2999, description="Of rows that do not say theirs.")] = None,
) -> ListImported:
    """Programmes of a fiscal year with what was planned and reported. An error stops the whole list."""
    table = await read_file(await sent_file(request))
    found = programmes_in(table, fiscal_year=fiscal_year)
    plan = await look.read(plan_programmes, found.order)
    told = _told(table.encoding, found.list, plan)
    if dry_run:
        return _answer(told, plan, found.list.wrong(plan.told.errors))
    try:
        done = await act(enter_programmes, found.order)
    except Invalid as error:
        raise _refused(error, told, found.list, plan) from error
    return _answer(told, done, [])


@json.get("/api/imports/courses/template.xlsx", dependencies=[DESK], response_class=Response, responses=A_WORKBOOK)
async def empty_courses() -> Response:
    """An empty list of courses with the headers that are read."""
    return await template_file(courses_template(), "courses")


@json.get("/api/imports/programmes/template.xlsx", dependencies=[DESK], response_class=Response, responses=A_WORKBOOK)
async def empty_programmes() -> Response:
    """An empty list of programmes with the headers that are read."""
    return await template_file(programmes_template(), "programmes")


def _told(encoding: str, found: ListIn, plan: ListPlan) -> dict[str, Any]:
    repairs = found.repaired(plan.told.repairs)
    return {"encoding": encoding, "rows": len(found.rows), "repairs": repairs, "unread": found.unread}


def _answer(told: dict[str, Any], counted: ListPlan | ListEntered, errors: list[dict[str, Any]]) -> ListImported:
    counts = {name: getattr(counted, name) for name in ("created", "changed", "unchanged")}
    return ListImported.model_validate(told | counts | {"errors": errors})


def _refused(error: Invalid, told: dict[str, Any], found: ListIn, plan: ListPlan) -> Exception:
    """The refusal with every cell; one that the plan could not foresee names its line alone."""
    cells = found.wrong(plan.told.errors)
    if not cells:
        named = [(*item["field"].split(".", 1), item["message"]) for item in error.errors]
        cells = [
            {"line": int(line), "column": found.header(column), "value": "", "message": message}
            for line, column, message in named
        ]
    return not_entered(error.sentence, told, cells)
