"""The roster of associations as a file: read, held against the ledger, and entered all or not at all."""

from typing import Annotated

from fastapi import Query, Request, Response

from api.json_doors import json_router
from api.problems import problems
from api.roster_tables import read_roster, template
from api.table_files import A_WORKBOOK, ONE_FILE, Imported, not_entered, sent_file, template_file
from api.transactions import ActMaybeOnce, Look, Now
from api.visitors import DESK
from inventory.errors import Invalid
from inventory.roster_plans import Plan
from inventory.rosters import enter_roster, plan_roster

json = json_router("imports")


@json.post(
    "/api/imports/associations",
    dependencies=[DESK],
    responses=problems("op-id-reused", "invalid", "too-large"),
    openapi_extra=ONE_FILE,
)
async def import_associations(
    request: Request,
    look: Look,
    act: ActMaybeOnce,
    now: Now,
    dry_run: Annotated[bool, Query(description="Tell what would be done, and do nothing.")] = False,
) -> Imported:
    """Districts, associations and their officers: the April change. A row with an error stops the whole list."""
    roster, encoding = await read_roster(await sent_file(request))
    plan: Plan = await look.read(plan_roster, roster.order, now=now)
    told = {"encoding": encoding, "rows": len(roster.order.rows), "repairs": roster.repaired(plan.repairs)}
    if dry_run:
        counts = {"created": plan.created, "changed": plan.changed, "unchanged": plan.unchanged}
        return Imported.model_validate(told | counts | {"errors": roster.wrong(plan.errors)})
    try:
        done = await act(enter_roster, roster.order)
    except Invalid as error:
        raise not_entered(error.sentence, told, roster.wrong(plan.errors)) from error
    counts = {"created": done.created, "changed": done.changed, "unchanged": done.unchanged}
    return Imported.model_validate(told | counts | {"errors": []})


@json.get("/api/imports/associations/template.xlsx", dependencies=[DESK], response_class=Response, responses=A_WORKBOOK)
async def associations_template() -> Response:
    """An empty list with the headers that are read."""
    return await template_file(template(), "associations")
