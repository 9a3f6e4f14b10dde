"""公衆無線LANアクセスポイント一覧 by form: paste or choose a list, see what it would do, then do exactly that."""

import re
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api.codes import Problem
from api.forms import Wrong
from api.open_data_checks import publisher_of
from api.open_data_tables import PointsIn, Wishes, points_in
from api.pages import render, see_other
from api.sent_lists import Sent, list_form
from api.tables_in import TableIn, as_text
from api.transactions import Look, Now
from api.visitors import IT
from inventory.access_point_imports import access_points_entered, enter_access_points, plan_access_points
from inventory.access_point_plans import Plan
from inventory.addresses import municipality
from inventory.errors import Invalid, Stale
from inventory.tables import WifiAuth

pages = APIRouter(include_in_schema=False)
# Cells and rows that are drawn; a list that needs more is mended in the file first.
_DRAWN = 300
# What a row changes, as the preview says it.
_CHANGE = {"ssid": "SSID", "area": "提供エリア", "auth": "認証", "disaster_ssid": "災害時の開放"}


@pages.get("/open-data/import", dependencies=[IT])
async def import_form(request: Request) -> Response:
    return _form(request, {})


@pages.post("/open-data/import", dependencies=[IT])
async def preview(request: Request, sent: Sent, look: Look, now: Now) -> Response:
    """Read the list and show what it would do. Writes nothing."""
    values = sent.values | {"text": sent.text}
    try:
        table = await sent.table()
        values["text"] = as_text(table)
        found = _read(table, values)
        plan = await look.read(plan_access_points, found.order, publisher=publisher_of(request), now=now)
    except (*Wrong, Problem) as error:
        return _form(request, values, error, chosen="file" in sent.files)
    return _preview(request, values, found, plan)


@pages.post("/open-data/import/enter", dependencies=[IT])
async def enter(request: Request, sent: Sent, look: Look, now: Now) -> Response:
    """Do what was shown. When the ledger has moved on since, show what the list would do now."""
    values = sent.values | {"text": sent.text}
    publisher = publisher_of(request)
    try:
        found = _read(await sent.table(), values, values.get("digest") or "unseen")
    except (*Wrong, Problem) as error:
        return _form(request, values, error)
    try:
        done = await sent.act(enter_access_points, found.order, publisher=publisher)
    except (Invalid, Stale) as error:
        plan = await look.read(plan_access_points, found.order, publisher=publisher, now=now)
        if isinstance(error, Invalid) and not plan.errors:
            return _form(request, values, error)
        return _preview(request, values, found, plan, error)
    return see_other(f"/open-data/import/{done.entry}")


@pages.get("/open-data/import/{entry}", dependencies=[IT])
async def entered(request: Request, entry: Annotated[str, Path(max_length=20)], look: Look) -> Response:
    done = await look.read(access_points_entered, entry)
    return render(request, "open_data/import_done.html", nav="venues", done=done)


def _read(table: TableIn, values: Mapping[str, str], digest: str | None = None) -> PointsIn:
    auth = values.get("auth", "")
    wishes = Wishes(
        new_venues=values.get("new_venues") == "yes",
        auth=WifiAuth(auth) if auth in set(WifiAuth) else WifiAuth.OPEN,
        since=values.get("since") or None,
        digest=digest,
    )
    return points_in(table, wishes)


def _form(
    request: Request, values: Mapping[str, str], error: Exception | None = None, *, chosen: bool = False
) -> Response:
    return list_form(request, "open_data/import.html", values, error, chosen=chosen)


def _preview(
    request: Request, values: Mapping[str, str], found: PointsIn, plan: Plan, error: Exception | None = None
) -> Response:
    stale = isinstance(error, Stale)
    errors, repairs = found.wrong(plan.errors), found.repaired(plan.repairs)
    moving = [row for row in plan.rows if row.act != "unchanged"]
    return render(
        request,
        "open_data/import_preview.html",
        nav="venues",
        status=422 if errors else 412 if stale else 200,
        values=values,
        plan=plan,
        found=found,
        sentences=_headline(plan),
        moving=moving[:_DRAWN],
        more_moving=max(0, len(moving) - _DRAWN),
        errors=errors[:_DRAWN],
        more_errors=max(0, len(errors) - _DRAWN),
        repairs=[cell | {"value": _visible(cell["value"])} for cell in repairs[:_DRAWN]],
        more_repairs=max(0, len(repairs) - _DRAWN),
        foreign=[_named(code) for code in plan.foreign],
        words=_CHANGE,
        stale=stale,
        done=not plan.errors and not moving,
    )


def _visible(text: str) -> str:
    """A cell with the blanks at its ends in sight: they are what was repaired."""
    return re.sub(r"^\s+|\s+$", lambda blanks: "␣" * len(blanks[0]), text)


def _named(code: str) -> str:
    known = municipality(code)
    return f"{code}（{known.prefecture}{known.name}）" if known else code


def _headline(plan: Plan) -> list[str]:
    """What the list would do, in counts."""
    if plan.errors:
        return [f"{len(plan.errors):,}か所を直すと、登録できます。", "まだ何も記録していません。"]
    if not plan.created and not plan.changed:
        return ["一覧は台帳と同じです。", f"{len(plan.rows):,}行とも、登録するものはありません。"]
    counts = [
        (len(plan.venues), "館", "新しい会場"),
        (plan.created, "件", "新しいアクセスポイント"),
        (plan.changed, "件", "直すアクセスポイント"),
        (plan.unchanged, "件", "そのままのアクセスポイント"),
    ]
    return ["、".join(f"{word}が{count:,}{unit}" for count, unit, word in counts if count) + "あります。"]
