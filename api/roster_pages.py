"""The April change by form: paste or choose a list, see row by row what would be done, then do exactly that."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api.codes import Problem
from api.forms import Wrong
from api.pages import render, see_other
from api.roster_tables import RosterIn, roster_in
from api.sent_lists import Sent, list_form
from api.tables_in import TableIn, as_text
from api.transactions import Look, Now
from api.visitors import DESK
from inventory.calendar import today
from inventory.errors import Invalid, Stale
from inventory.roster_plans import Plan
from inventory.rosters import enter_roster, plan_roster, roster_entered

pages = APIRouter(include_in_schema=False)


@pages.get("/associations/import", dependencies=[DESK])
async def import_form(request: Request, now: Now) -> Response:
    return _form(request, {"since": _first_day(now).isoformat()})


def _first_day(now: datetime) -> date:
    """The first day of the terms that a list of this season tells of: the 1 April that is nearest."""
    day = today(now)
    return date(day.year if day.month < 10 else day.year + 1, 4, 1)


@pages.post("/associations/import", dependencies=[DESK])
async def preview(request: Request, sent: Sent, look: Look, now: Now) -> Response:
    """Read the list and show what it would do. Writes nothing."""
    values = sent.values | {"text": sent.text}
    try:
        table = await sent.table()
        values["text"] = as_text(table)
        roster = _roster(table, values)
        plan = await look.read(plan_roster, roster.order, now=now)
    except (*Wrong, Problem) as error:
        return _form(request, values, error, chosen="file" in sent.files)
    return _preview(request, values, roster, plan)


@pages.post("/associations/import/enter", dependencies=[DESK])
async def enter(request: Request, sent: Sent, look: Look, now: Now) -> Response:
    """Do what was shown. When the ledger has moved on since, show what the list would do now."""
    values = sent.values | {"text": sent.text}
    try:
        roster = _roster(await sent.table(), values, values.get("digest") or "unseen")
    except (*Wrong, Problem) as error:
        return _form(request, values, error)
    try:
        done = await sent.act(enter_roster, roster.order)
    except (Invalid, Stale) as error:
        plan = await look.read(plan_roster, roster.order, now=now)
        return _preview(request, values, roster, plan, error)
    return see_other(f"/associations/import/{done.entry}")


@pages.get("/associations/import/{entry}", dependencies=[DESK])
async def entered(request: Request, entry: Annotated[str, Path(max_length=20)], look: Look) -> Response:
    done = await look.read(roster_entered, entry)
    return render(request, "associations/import_done.html", nav="associations", done=done)


def _roster(table: TableIn, values: Mapping[str, str], digest: str | None = None) -> RosterIn:
    return roster_in(table, since=values.get("since") or None, until=values.get("until") or None, digest=digest)


def _form(
    request: Request, values: Mapping[str, str], error: Exception | None = None, *, chosen: bool = False
) -> Response:
    return list_form(request, "associations/import.html", values, error, chosen=chosen, nav="associations")


def _preview(
    request: Request, values: Mapping[str, str], roster: RosterIn, plan: Plan, error: Exception | None = None
) -> Response:
    stale = isinstance(error, Stale)
    return render(
        request,
        "associations/import_preview.html",
        nav="associations",
        status=422 if plan.errors else 412 if stale else 200,
        values=values,
        plan=plan,
        sentences=_headline(plan, len(roster.order.rows)),
        errors=roster.wrong(plan.errors),
        repairs=roster.repaired(plan.repairs),
        unread=roster.unread,
        words=COLUMN,
        stale=stale,
        done=not plan.errors and not plan.created and not plan.changed,
    )


# What a row changes, as the preview says it.
COLUMN = {
    "district": "地区",
    "association_kana": "自治会のかな",
    "name_kana": "フリガナ",
    "until": "任期の終わり",
    "phone": "電話",
    "email": "メール",
}


def _headline(plan: Plan, rows: int) -> list[str]:
    """What the list would do, in counts."""
    if plan.errors:
        return [f"{len(plan.errors)}か所を直すと、登録できます。", "まだ何も記録していません。"]
    said = []
    if plan.successions:
        said.append(f"{plan.successions}人が交代します。")
    others = plan.created - plan.successions - plan.new_associations
    counts = [
        (plan.new_associations, "新しい自治会"),
        (others, "新しい役職者・任期"),
        (plan.changed, "直す行"),
        (plan.unchanged, "そのままの行"),
    ]
    told = "、".join(f"{word}が{count}" for count, word in counts if count)
    if not plan.created and not plan.changed:
        return ["名簿は台帳と同じです。", f"{rows}行とも、登録するものはありません。"]
    return [*said, *([f"{told}あります。"] if told else [])]
