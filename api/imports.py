"""Lists that come in as a file: read, held against the ledger, and entered all or not at all."""

from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import Query, Request, Response
from starlette.datastructures import UploadFile

from api.codes import Problem
from api.files import attachment
from api.json_doors import json_router
from api.problems import problems
from api.roster_tables import RosterIn, read_roster, template
from api.spreadsheets import xlsx_file
from api.tables_in import LARGEST_TABLE, refused
from api.transactions import ActMaybeOnce, Look, Now
from api.uploads import multipart
from api.visitors import DESK
from inventory.errors import Invalid
from inventory.roster_plans import Plan
from inventory.rosters import enter_roster, plan_roster
from inventory.shapes import Card

json = json_router("imports")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WORKBOOK = {XLSX: {"schema": {"type": "string", "format": "binary"}}}


class ErrorAt(Card):
    """A cell that cannot stand, under the header that the file gives its column."""

    line: int
    column: str
    value: str
    message: str


class RepairAt(Card):
    """A cell that was read as ``repaired``."""

    line: int
    column: str
    value: str
    repaired: str


class Imported(Card):
    """``encoding`` is what the file was read as. A row is created, changed, unchanged, or has an error."""

    encoding: str
    rows: int
    created: int
    changed: int
    unchanged: int
    errors: list[ErrorAt]
    repairs: list[RepairAt]


@json.post(
    "/api/imports/associations",
    dependencies=[DESK],
    responses=problems("op-id-reused", "invalid", "too-large"),
    openapi_extra=multipart(["file"], file={"type": "string", "format": "binary"}),
)
async def import_associations(
    request: Request,
    look: Look,
    act: ActMaybeOnce,
    now: Now,
    dry_run: Annotated[bool, Query(description="Tell what would be done, and do nothing.")] = False,
) -> Imported:
    """Districts, associations and their officers: the April change. A row with an error stops the whole list."""
    roster, encoding = await read_roster(await _sent_file(request))
    plan: Plan = await look.read(plan_roster, roster.order, now=now)
    told = {"encoding": encoding, "rows": len(roster.order.rows), "repairs": roster.repaired(plan.repairs)}
    if dry_run:
        counts = {"created": plan.created, "changed": plan.changed, "unchanged": plan.unchanged}
        return Imported.model_validate(told | counts | {"errors": roster.wrong(plan.errors)})
    try:
        done = await act(enter_roster, roster.order)
    except Invalid as error:
        raise _listed(error, told, roster, plan) from error
    counts = {"created": done.created, "changed": done.changed, "unchanged": done.unchanged}
    return Imported.model_validate(told | counts | {"errors": []})


def _listed(error: Invalid, told: dict[str, Any], roster: RosterIn, plan: Plan) -> Problem:
    """The refusal of a list with what a dry run would have told of it. ``field`` is line and column in one."""
    cells = [cell | {"field": f"{cell['line']}.{cell['column']}"} for cell in roster.wrong(plan.errors)]
    nothing = {"created": 0, "changed": 0, "unchanged": 0}
    return Problem("invalid", error.sentence, **told | nothing | {"errors": cells})


async def _sent_file(request: Request) -> bytes:
    form = await request.form(max_files=1, max_fields=5)
    file = form.get("file")
    if set(form) - {"file"}:
        raise refused("送れるのは file だけです。")
    if not isinstance(file, UploadFile):
        raise refused("名簿のファイルを選んでください。")
    if file.size is not None and file.size > LARGEST_TABLE:
        raise Problem("too-large", f"ファイルが大きすぎます。{LARGEST_TABLE // 1024 // 1024} MBまでにしてください。")
    return await file.read()


@json.get(
    "/api/imports/associations/template.xlsx",
    dependencies=[DESK],
    response_class=Response,
    responses={
        200: {"description": "The file.", "content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}
    },
)
async def associations_template() -> Response:
    """An empty list with the headers that are read."""
    made = await run_sync(xlsx_file, template())
    return Response(made.content, headers=attachment("associations.xlsx", "自治会名簿.xlsx") | {"Content-Type": XLSX})
