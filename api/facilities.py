"""Lists of facilities over JSON: 公共施設一覧 in its old and new layout, and our own list of venues."""

from typing import Annotated

from fastapi import Query, Request, Response

from api.facility_tables import read_facilities_file, template
from api.json_doors import json_router
from api.problems import problems
from api.table_files import A_WORKBOOK, ONE_FILE, Imported, not_entered, sent_file, template_file
from api.transactions import ActMaybeOnce, Look
from api.visitors import IT
from inventory.errors import Invalid
from inventory.facilities import enter_facilities, plan_facilities
from inventory.facility_plans import Plan
from inventory.facility_rows import SkippedLine
from inventory.tables import VenueKind

json = json_router("imports")


class FacilitiesImported(Imported):
    """``layout`` is what the headers were recognised as; ``unread`` are columns that the ledger has no place for.

    ``skipped`` are lines below the halls that are none, such as footnotes.
    """

    layout: str
    unread: list[str]
    skipped: list[SkippedLine]


@json.post(
    "/api/imports/venues",
    dependencies=[IT],
    responses=problems("op-id-reused", "invalid", "too-large"),
    openapi_extra=ONE_FILE,
)
async def import_venues(
    request: Request,
    look: Look,
    act: ActMaybeOnce,
    dry_run: Annotated[bool, Query(description="Tell what would be done, and do nothing.")] = False,
    kind: Annotated[VenueKind, Query(description="What a new hall is where neither row nor name tells.")] = (
        VenueKind.OTHER
    ),
) -> FacilitiesImported:
    """Venues from a list of public facilities. A row with an error stops the whole list."""
    sent, encoding = await read_facilities_file(await sent_file(request), kind=kind)
    plan: Plan = await look.read(plan_facilities, sent.order)
    told = {
        "encoding": encoding,
        "rows": len(sent.order.rows) - len(plan.skipped),
        "repairs": sent.repaired(plan.repairs),
        "layout": sent.title,
        "unread": sent.unread,
        "skipped": [line.model_dump() for line in plan.skipped],
    }
    if dry_run:
        counts = {"created": plan.created, "changed": plan.changed, "unchanged": plan.unchanged}
        return FacilitiesImported.model_validate(told | counts | {"errors": sent.wrong(plan.errors)})
    try:
        done = await act(enter_facilities, sent.order)
    except Invalid as error:
        raise not_entered(error.sentence, told, sent.wrong(plan.errors)) from error
    counts = {"created": done.created, "changed": done.changed, "unchanged": done.unchanged}
    return FacilitiesImported.model_validate(told | counts | {"errors": []})


@json.get("/api/imports/venues/template.xlsx", dependencies=[IT], response_class=Response, responses=A_WORKBOOK)
async def venues_template() -> Response:
    """An empty list with the headers that are read."""
    return await template_file(template(), "venues")
