"""A list of supporters by form: paste or choose a list, see row by row what it would do, then do exactly that."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api.codes import Problem
from api.forms import Wrong
from api.pages import render, see_other
from api.sent_lists import Sent, list_form
from api.supporter_tables import SupportersIn, supporters_in, word_of
from api.tables_in import as_text
from api.transactions import Look, Now
from api.visitors import DESK
from api.words import SUPPORTER
from inventory.errors import Invalid, Stale
from inventory.facility_plans import Change
from inventory.supporter_imports import enter_supporters, supporters_entered
from inventory.supporter_plans import Plan, plan_supporters

pages = APIRouter(include_in_schema=False)


@pages.get("/supporters/import", dependencies=[DESK])
async def import_form(request: Request) -> Response:
    return _form(request, {})


@pages.post("/supporters/import", dependencies=[DESK])
async def preview(request: Request, sent: Sent, look: Look, now: Now) -> Response:
    """Read the list and show what it would do. Writes nothing."""
    values = sent.values | {"text": sent.text}
    try:
        table = await sent.table()
        values["text"] = as_text(table)
        found = supporters_in(table)
        plan = await look.read(plan_supporters, found.order, now=now)
    except (*Wrong, Problem) as error:
        return _form(request, values, error, chosen="file" in sent.files)
    return _preview(request, values, found, plan)


@pages.post("/supporters/import/enter", dependencies=[DESK])
async def enter(request: Request, sent: Sent, look: Look, now: Now) -> Response:
    """Do what was shown. When the ledger has moved on since, show what the list would do now."""
    values = sent.values | {"text": sent.text}
    try:
        found = supporters_in(await sent.table(), digest=values.get("digest") or "unseen")
    except (*Wrong, Problem) as error:
        return _form(request, values, error)
    try:
        done = await sent.act(enter_supporters, found.order)
    except (Invalid, Stale) as error:
        plan = await look.read(plan_supporters, found.order, now=now)
        return _preview(request, values, found, plan, error)
    return see_other(f"/supporters/import/{done.entry}")


@pages.get("/supporters/import/{entry}", dependencies=[DESK])
async def entered(request: Request, entry: Annotated[str, Path(max_length=20)], look: Look) -> Response:
    done = await look.read(supporters_entered, entry)
    return render(request, "supporters/import_done.html", nav="courses", done=done)


def _form(
    request: Request, values: Mapping[str, str], error: Exception | None = None, *, chosen: bool = False
) -> Response:
    return list_form(request, "supporters/import.html", values, error, chosen=chosen, nav="courses")


def _preview(
    request: Request, values: Mapping[str, str], found: SupportersIn, plan: Plan, error: Exception | None = None
) -> Response:
    stale = isinstance(error, Stale)
    moving = [row for row in plan.rows if row.act != "unchanged"]
    return render(
        request,
        "supporters/import_preview.html",
        nav="courses",
        status=422 if plan.errors else 412 if stale else 200,
        values=values,
        plan=plan,
        sentences=_headline(plan),
        errors=found.wrong(plan.errors),
        repairs=found.repaired(plan.repairs),
        unread=found.unread,
        moving=moving,
        changes={row.line: [_change(change) for change in row.changes] for row in moving},
        stale=stale,
        done=not plan.errors and not plan.created and not plan.changed,
    )


def _change(change: Change) -> tuple[str, str, str]:
    """The word of a column, and both values as the screen says them."""
    before, after = change.before, change.after
    if change.column == "category":
        before, after = SUPPORTER.get(before, before), SUPPORTER.get(after, after)
    return word_of(change.column), before, after


def _headline(plan: Plan) -> list[str]:
    """What the list would do, in counts."""
    if plan.errors:
        return [f"{len(plan.errors)}か所を直すと、登録できます。", "まだ何も記録していません。"]
    if not plan.created and not plan.changed:
        return ["一覧は台帳と同じです。", f"{len(plan.rows)}人とも、登録するものはありません。"]
    counts = [(plan.created, "新しく登録する方"), (plan.changed, "直す方"), (plan.unchanged, "そのままの方")]
    return ["、".join(f"{word}が{count}人" for count, word in counts if count) + "います。"]
