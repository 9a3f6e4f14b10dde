"""The history of wifi from a spreadsheet: against the ledger, first as a plan, then as one act.

The rows of a venue may come in any order. Together with what the ledger holds of that venue they are one history, and
that history is checked as if its steps had been recorded one by one.
"""

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import insert, select
from sqlmodel import Session

from inventory import journal
from inventory.calendar import today
from inventory.errors import Invalid, NotFound, Stale
from inventory.journal import ENTRY, By
from inventory.shapes import Card, row_id
from inventory.tables import WifiStage
from inventory.wifi_history import Fault, Told, faults, live_steps
from inventory.wifi_import_rows import RepairedCell, Row, SentSteps, Venues, Words, WrongCell, read_rows
from inventory.wifi_stages import ROAD, Move
from inventory.wifi_standing import STEP, VENUE


class PlannedStep(Card):
    """What a row does. ``kept``: the ledger has the step with other words beside it, which stay."""

    line: int
    kind: Literal["new", "unchanged"]
    venue: str
    name: str
    stage: WifiStage
    on: date
    move: Move | None
    reason: str | None
    note: str | None
    kept: bool = False


@dataclass
class StepPlan:
    """``rows`` stand in the order of the file. Nothing of a plan with ``errors`` can be done."""

    rows: list[PlannedStep] = field(default_factory=list)
    errors: list[WrongCell] = field(default_factory=list)
    repairs: list[RepairedCell] = field(default_factory=list)
    new: list[Row] = field(default_factory=list)

    @property
    def created(self) -> int:
        return sum(row.kind == "new" for row in self.rows)

    @property
    def unchanged(self) -> int:
        return sum(row.kind == "unchanged" for row in self.rows)

    @property
    def venues(self) -> list[str]:
        """The codes of the venues that get a step."""
        return sorted({row.venue for row in self.rows if row.kind == "new"})

    @property
    def digest(self) -> str:
        """The same for two plans that do the same to the same ledger."""
        rows = [row.model_dump(mode="json") for row in self.rows]
        more = [[row.line, row.checks, row.accepted_on] for row in self.new]
        return hashlib.sha256(json.dumps([rows, more], sort_keys=True, default=str).encode()).hexdigest()


class StepsEntered(Card):
    """What a spreadsheet did, in counts. ``entry`` is the number of its act in the journal."""

    entry: str
    rows: int
    created: int
    unchanged: int
    venues: int


def plan_wifi_steps(session: Session, order: SentSteps, *, words: Words, now: datetime) -> StepPlan:
    """What the spreadsheet would do now. Writes nothing."""
    known = session.connection().execute(select(VENUE.c.id, VENUE.c.code, VENUE.c.name).order_by(VENUE.c.id))
    venues = Venues((row.id, row.code, row.name) for row in known)
    read = read_rows(order.rows, words=words, venues=venues, today=today(now))
    plan = StepPlan(errors=read.errors, repairs=read.repairs)
    of_venue: dict[int, list[Row]] = defaultdict(list)
    for row in read.rows:
        of_venue[row.venue].append(row)
    ledger = live_steps(session, of_venue)
    planned: dict[Row, PlannedStep] = {}
    for venue, rows in of_venue.items():
        card = {"venue": venues.codes[venue], "name": venues.names[venue]}
        _plan_venue(plan, rows, ledger[venue], card, planned, note_is_reason=order.note_is_reason)
    plan.rows = sorted(planned.values(), key=lambda row: row.line)
    plan.new.sort(key=lambda row: (row.venue, row.on))
    plan.errors.sort(key=lambda cell: cell.line)
    return plan


def enter_wifi_steps(
    session: Session, order: SentSteps, *, words: Words, by: By, now: datetime, op_id: str
) -> StepsEntered:
    """Record all steps that the spreadsheet tells of, or none.

    Raises:
        Invalid: a cell cannot stand.
        Stale: the spreadsheet would do something else now than what was seen before.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    plan = plan_wifi_steps(session, order, words=words, now=now)
    if plan.errors:
        errors = [{"field": f"{cell.line}.{cell.column}", "message": cell.message} for cell in plan.errors]
        raise Invalid("見直すところがあります。まだ何も記録していません。", errors)
    if order.digest is not None and order.digest != plan.digest:
        raise Stale("たしかめたあとで台帳が変わりました。まだ何も記録していません。もう一度たしかめてください。")
    if plan.new:
        session.connection().execute(insert(STEP), [_values(row, entry, now) for row in plan.new])
    journal.note(session, "enter_wifi_steps", rows=len(plan.rows), created=plan.created, venues=plan.venues)
    return StepsEntered(
        entry=str(entry),
        rows=len(plan.rows),
        created=plan.created,
        unchanged=plan.unchanged,
        venues=len(plan.venues),
    )


def steps_entered(session: Session, entry: str) -> StepsEntered:
    """What an earlier spreadsheet did: the answer that its act gave.

    Raises:
        NotFound: no steps were entered by this act.
    """
    row = session.connection().execute(select(ENTRY).where(ENTRY.c.seq == row_id(entry))).first()
    if row is None or row.act != "enter_wifi_steps" or row.answer is None:
        raise NotFound("この取り込みの記録は見つかりません。会場とWi-Fiの画面を開き直してください。")
    return StepsEntered.model_validate(row.answer["said"])


def _values(row: Row, entry: int, now: datetime) -> dict[str, Any]:
    return {
        "venue_id": row.venue,
        "stage": row.stage,
        "happened_on": row.on,
        "recorded_at": now,
        "reason": row.reason,
        "note": row.note,
        "checks": list(row.checks),
        "accepted_on": row.accepted_on,
        "entry": entry,
    }


def _plan_venue(
    plan: StepPlan,
    rows: list[Row],
    ledger: list[Any],
    card: dict[str, str],
    planned: dict[Row, PlannedStep],
    *,
    note_is_reason: bool,
) -> None:
    """Plan the rows of one venue: those that the ledger has, those that are new, and those that cannot stand."""
    there: dict[tuple[WifiStage, date], list[Any]] = defaultdict(list)
    for step in ledger:
        there[step.stage, step.happened_on].append(step)
    new = []
    for row in rows:
        same = there[row.stage, row.on]
        if same:
            planned[row] = _unchanged(row, same.pop(0), card)
        else:
            new.append(row)
    # Of one day, what the ledger holds comes first, then the rows.
    history: list[tuple[Told, Row | None]] = [(Told(step.stage, step.happened_on), None) for step in ledger]
    history += [(Told(row.stage, row.on, new=True), row) for row in _in_order(new)]
    history.sort(key=lambda pair: pair[0].on)
    found = {fault.at: fault for fault in faults([told for told, _ in history])}
    last = {told.line: told for _, told in history if told is not None}
    for at, (_, told) in enumerate(history):
        if told is None:
            continue
        fault = found.get(at)
        whole = _with_reason(told, fault, note_is_reason=note_is_reason, last=last[told.line] is told)
        if fault is not None and (fault.move is Move.NOWHERE or whole.reason is None):
            plan.errors.append(_wrong(told, fault, note_is_reason=note_is_reason))
        else:
            plan.new.append(whole)
        planned[told] = PlannedStep(
            line=told.line,
            kind="new",
            venue=card["venue"],
            name=card["name"],
            stage=told.stage,
            on=told.on,
            move=fault.move if fault else None,
            reason=whole.reason,
            note=whole.note,
        )


def _unchanged(row: Row, step: Any, card: dict[str, str]) -> PlannedStep:
    kept = row.column == "on" and not {row.reason, row.note} <= {step.reason, step.note, None}
    return PlannedStep(
        line=row.line,
        kind="unchanged",
        venue=card["venue"],
        name=card["name"],
        stage=row.stage,
        on=row.on,
        move=None,
        reason=step.reason,
        note=step.note,
        kept=kept,
    )


def _in_order(rows: list[Row]) -> list[Row]:
    """Rows by day. Of one day in the order of the file, or of the road where the file itself goes back in time."""
    days = [row.on for row in rows]
    if days == sorted(days):
        return rows
    return sorted(rows, key=lambda row: (row.on, ROAD.index(row.stage) if row.stage in ROAD else len(ROAD)))


def _with_reason(row: Row, fault: Fault | None, *, note_is_reason: bool, last: bool) -> Row:
    """The row with its note as its reason, where it needs one and the sheet has no column for reasons.

    The words of a row that tells of many steps stand beside those that need a reason, and its note beside the last.
    """
    needed = fault is not None
    wide = row.column != "on"
    reason = row.reason if needed or not wide else None
    note = row.note if last or not wide else None
    if needed and reason is None and note_is_reason and row.note is not None:
        reason = row.note[:400]
        note = row.note if len(row.note) > 400 else None
    return replace(row, reason=reason, note=note)


_WHY = {
    Move.SKIP: "前の段階を飛ばしています。",
    Move.BACK: "前の段階に戻っています。",
    Move.HOLD: "保留には理由が要ります。",
    Move.EXCLUDE: "対象外には理由が要ります。",
    Move.RESTART: "対象外か撤去のあとに始め直しています。",
}


def _wrong(row: Row, fault: Fault, *, note_is_reason: bool) -> WrongCell:
    if fault.move is Move.NOWHERE:
        column = row.column if row.column != "on" else "stage"
        message = "同じ段階がつづいています。同じ行が2つあれば1つにし、日付がちがえばたしかめてください。"
        return WrongCell(line=row.line, column=column, value=row.on.isoformat(), message=message)
    why = _WHY[fault.move] if fault.because == fault.at else "あとの段階とつながりません。"
    column = "note" if note_is_reason else "reason"
    where = "備考" if note_is_reason else "理由"
    message = f"{why}{where}にわけを書くか、段階と日付をたしかめてください。"
    return WrongCell(
        line=row.line, column=column, value=(row.note or "")[:200] if note_is_reason else "", message=message
    )
