"""The history of wifi by form: paste or choose a sheet, see step by step what it would do, then do exactly that."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api.codes import Problem
from api.forms import Wrong
from api.pages import render, see_other
from api.sent_lists import Sent, list_form
from api.step_tables import WORDS, StepsIn, steps_in
from api.tables_in import as_text
from api.transactions import Look, Now
from api.visitors import IT
from inventory.errors import Invalid, Stale
from inventory.wifi_imports import PlannedStep, StepPlan, enter_wifi_steps, plan_wifi_steps, steps_entered

pages = APIRouter(include_in_schema=False)
# Steps that the preview lists one by one. A city's six years are some hundred; the rest is told in counts.
_SHOWN = 400


@pages.get("/wifi/import", dependencies=[IT])
async def import_form(request: Request) -> Response:
    return _form(request, {})


@pages.post("/wifi/import", dependencies=[IT])
async def preview(request: Request, sent: Sent, look: Look, now: Now) -> Response:
    """Read the sheet and show what it would do. Writes nothing."""
    values = {"text": sent.text}
    try:
        table = await sent.table()
        values["text"] = as_text(table)
        steps = steps_in(table)
        plan = await look.read(plan_wifi_steps, steps.order, words=WORDS, now=now)
    except (*Wrong, Problem) as error:
        return _form(request, values, error, chosen="file" in sent.files)
    return _preview(request, values, steps, plan)


@pages.post("/wifi/import/enter", dependencies=[IT])
async def enter(request: Request, sent: Sent, look: Look, now: Now) -> Response:
    """Do what was shown. When the ledger has moved on since, show what the sheet would do now."""
    values = {"text": sent.text}
    try:
        steps = steps_in(await sent.table(), digest=sent.values.get("digest") or "unseen")
    except (*Wrong, Problem) as error:
        return _form(request, values, error)
    try:
        done = await sent.act(enter_wifi_steps, steps.order, words=WORDS)
    except (Invalid, Stale) as error:
        plan = await look.read(plan_wifi_steps, steps.order, words=WORDS, now=now)
        return _preview(request, values, steps, plan, error)
    return see_other(f"/wifi/import/{done.entry}")


@pages.get("/wifi/import/{entry}", dependencies=[IT])
async def entered(request: Request, entry: Annotated[str, Path(max_length=20)], look: Look) -> Response:
    return render(request, "wifi/import_done.html", nav="venues", done=await look.read(steps_entered, entry))


def _form(
    request: Request, values: Mapping[str, str], error: Exception | None = None, *, chosen: bool = False
) -> Response:
    return list_form(request, "wifi/import.html", values, error, chosen=chosen)


def _preview(
    request: Request, values: Mapping[str, str], steps: StepsIn, plan: StepPlan, error: Exception | None = None
) -> Response:
    stale = isinstance(error, Stale)
    wrong = {(cell.line, cell.column) for cell in plan.errors}
    halls: dict[str, list[PlannedStep]] = {}
    for row in sorted(plan.rows, key=lambda row: (row.venue, row.on, row.line)):
        if row.kind == "new":
            halls.setdefault(row.venue, []).append(row)
    return render(
        request,
        "wifi/import_preview.html",
        nav="venues",
        status=422 if plan.errors else 412 if stale else 200,
        values=values,
        plan=plan,
        halls=list(halls.values())[:_SHOWN],
        more_halls=max(len(halls) - _SHOWN, 0),
        sentences=_headline(plan, len(wrong)),
        errors=steps.wrong(plan.errors),
        repairs=steps.repaired(plan.repairs),
        unread=steps.unread,
        kept=sum(row.kept for row in plan.rows),
        stale=stale,
        done=not plan.errors and not plan.created,
    )


def _headline(plan: StepPlan, wrong: int) -> list[str]:
    """What the sheet would do, in counts."""
    if plan.errors:
        return [f"{wrong}か所を直すと、記録できます。", "まだ何も記録していません。"]
    if not plan.created:
        return ["履歴は台帳と同じです。", f"{plan.unchanged:,}件とも、記録するものはありません。"]
    said = [f"{len(plan.venues):,}館の{plan.created:,}件を記録します。"]
    return [*said, *([f"{plan.unchanged:,}件は、もう台帳にあります。"] if plan.unchanged else [])]
