"""公共施設一覧 by form: paste or choose a list, see row by row what it would do, then do exactly that."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from api.codes import Problem
from api.facility_tables import FacilitiesIn, facilities_in
from api.forms import Wrong
from api.pages import render, see_other
from api.sent_lists import Sent, list_form
from api.tables_in import as_text
from api.transactions import Look
from api.visitors import IT
from api.words import VENUE
from inventory.errors import Invalid, Stale
from inventory.facilities import enter_facilities, facilities_entered, plan_facilities
from inventory.facility_plans import Plan
from inventory.open_data_layouts import layouts
from inventory.tables import VenueKind

pages = APIRouter(include_in_schema=False)
# Rows, repairs and refusals that are drawn: more than a city has halls, and a page that a browser still bears.
_DRAWN = 1000


@pages.get("/venues/import", dependencies=[IT])
async def import_form(request: Request) -> Response:
    return _form(request, {})


@pages.post("/venues/import", dependencies=[IT])
async def preview(request: Request, sent: Sent, look: Look) -> Response:
    """Read the list and show what it would do. Writes nothing."""
    values = sent.values | {"text": sent.text}
    try:
        table = await sent.table()
        values["text"] = as_text(table)
        found = facilities_in(table, kind=_kind(values))
        plan = await look.read(plan_facilities, found.order)
    except (*Wrong, Problem) as error:
        return _form(request, values, error, chosen="file" in sent.files)
    return _preview(request, values, found, plan)


@pages.post("/venues/import/enter", dependencies=[IT])
async def enter(request: Request, sent: Sent, look: Look) -> Response:
    """Do what was shown. When the ledger has moved on since, show what the list would do now."""
    values = sent.values | {"text": sent.text}
    try:
        table = await sent.table()
        values["text"] = as_text(table)
        found = facilities_in(table, kind=_kind(values), digest=values.get("digest") or "unseen")
    except (*Wrong, Problem) as error:
        return _form(request, values, error)
    try:
        done = await sent.act(enter_facilities, found.order)
    except (Invalid, Stale) as error:
        plan = await look.read(plan_facilities, found.order)
        return _preview(request, values, found, plan, error)
    return see_other(f"/venues/import/{done.entry}")


@pages.get("/venues/import/{entry}", dependencies=[IT])
async def entered(request: Request, entry: Annotated[str, Path(max_length=20)], look: Look) -> Response:
    done = await look.read(facilities_entered, entry)
    return render(request, "venues/import_done.html", nav="venues", done=done)


def _kind(values: Mapping[str, str]) -> VenueKind:
    given = values.get("kind", "")
    return VenueKind(given) if given in set(VenueKind) else VenueKind.OTHER


def _form(
    request: Request, values: Mapping[str, str], error: Exception | None = None, *, chosen: bool = False
) -> Response:
    return list_form(request, "venues/import.html", values, error, chosen=chosen)


def _preview(
    request: Request, values: Mapping[str, str], found: FacilitiesIn, plan: Plan, error: Exception | None = None
) -> Response:
    stale = isinstance(error, Stale)
    errors, repairs = found.wrong(plan.errors), found.repaired(plan.repairs)
    moving = [row for row in plan.rows if row.act != "unchanged"]
    return render(
        request,
        "venues/import_preview.html",
        nav="venues",
        status=422 if errors else 412 if stale else 200,
        values=values,
        plan=plan,
        found=found,
        moving=moving[:_DRAWN],
        more_moving=max(0, len(moving) - _DRAWN),
        sentences=_headline(plan),
        errors=errors[:_DRAWN],
        more_errors=max(0, len(errors) - _DRAWN),
        repairs=[cell | {"value": _visible(cell["value"])} for cell in repairs[:_DRAWN]],
        more_repairs=max(0, len(repairs) - _DRAWN),
        changes={row.line: [_change(change.model_dump()) for change in row.changes] for row in moving[:_DRAWN]},
        stale=stale,
        done=not errors and not plan.created and not plan.changed,
    )


_WORDS = {column.key: column.name for column in layouts("venues")[0].columns}


def _change(change: Mapping[str, Any]) -> tuple[str, str, str]:
    """The word of a column, and both values as the screen says them."""
    column = change["column"]
    before, after = (
        VENUE.get(value, value) if column == "kind" else value for value in (change["before"], change["after"])
    )
    return _WORDS[column], before, after


def _visible(text: str) -> str:
    """A cell with the blanks at its ends to be seen, since they are what was mended."""
    left, right = len(text) - len(text.lstrip()), len(text) - len(text.rstrip())
    return text if not text.strip() else "␣" * left + text.strip() + "␣" * right


def _headline(plan: Plan) -> list[str]:
    """What the list would do, in counts."""
    if plan.errors:
        return [f"{len(plan.errors)}か所を直すと、登録できます。", "まだ何も記録していません。"]
    if not plan.created and not plan.changed:
        return ["一覧は台帳と同じです。", f"{len(plan.rows)}館とも、登録するものはありません。"]
    counts = [(plan.created, "加える会場"), (plan.changed, "直す会場"), (plan.unchanged, "そのままの会場")]
    return ["、".join(f"{word}が{count}館" for count, word in counts if count) + "あります。"]
