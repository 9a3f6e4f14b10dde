"""Lists of access points over JSON: 公衆無線LANアクセスポイント一覧 in any of its layouts."""

from typing import Annotated

from fastapi import Query, Request

from api.json_doors import json_router
from api.open_data_checks import publisher_of
from api.open_data_tables import Wishes, read_points_file
from api.problems import problems
from api.table_files import ONE_FILE, Imported, not_entered, sent_file
from api.transactions import ActMaybeOnce, Look, Now
from api.visitors import IT
from inventory.access_point_imports import enter_access_points, plan_access_points
from inventory.access_point_plans import Plan
from inventory.errors import Invalid
from inventory.shapes import BlankIsNone, OptionalDay
from inventory.tables import WifiAuth

json = json_router("imports")


class PointsImported(Imported):
    """``layout`` is what the headers were recognised as; ``unread`` are columns that nothing is read from.

    ``new_venues`` are the codes of venues that the list brings, ``foreign`` codes of other municipalities in it.
    """

    layout: str
    unread: list[str]
    new_venues: list[str]
    foreign: list[str]


@json.post(
    "/api/imports/access_points",
    dependencies=[IT],
    responses=problems("op-id-reused", "invalid", "too-large"),
    openapi_extra=ONE_FILE,
)
async def import_access_points(
    request: Request,
    look: Look,
    act: ActMaybeOnce,
    now: Now,
    dry_run: Annotated[bool, Query(description="Tell what would be done, and do nothing.")] = False,
    new_venues: Annotated[bool, Query(description="Add venues that the ledger lacks.")] = False,
    auth: Annotated[WifiAuth, Query(description="How one gets in where a row does not say.")] = WifiAuth.OPEN,
    since: Annotated[
        OptionalDay, BlankIsNone, Query(description="Since when new access points are in place; default: today.")
    ] = None,
) -> PointsImported:
    """Access points from a published list. A row with an error stops the whole list."""
    wishes = Wishes(new_venues=new_venues, auth=auth, since=since)
    sent, encoding = await read_points_file(await sent_file(request), wishes)
    publisher = publisher_of(request)
    plan: Plan = await look.read(plan_access_points, sent.order, publisher=publisher, now=now)
    told = {
        "encoding": encoding,
        "rows": len(sent.order.rows),
        "repairs": sent.repaired(plan.repairs),
        "layout": sent.title,
        "unread": sent.unread,
        "new_venues": [hall.code for hall in plan.venues],
        "foreign": plan.foreign,
    }
    if dry_run:
        counts = {"created": plan.created, "changed": plan.changed, "unchanged": plan.unchanged}
        return PointsImported.model_validate(told | counts | {"errors": sent.wrong(plan.errors)})
    try:
        done = await act(enter_access_points, sent.order, publisher=publisher)
    except Invalid as error:
        raise not_entered(error.sentence, told, sent.wrong(plan.errors)) from error
    counts = {"created": done.created, "changed": done.changed, "unchanged": done.unchanged}
    return PointsImported.model_validate(told | counts | {"errors": []})
