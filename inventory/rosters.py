"""The April change: a roster of associations and officers against the ledger, first as a plan, then as one act.

Names are compared by ``text.fold``, so 髙橋　節子 and 高橋節子 are one person. An empty cell changes nothing. Whoever
held the same office before ends the day before the successor begins.
"""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from inventory import journal
from inventory.errors import Invalid, NotFound, Stale
from inventory.journal import ENTRY, By
from inventory.roster_plans import Plan
from inventory.roster_rows import SentRoster
from inventory.roster_terms import make_plan
from inventory.roster_writes import write_plan
from inventory.shapes import Card, row_id


class RosterEntered(Card):
    """What a roster did, in counts. ``entry`` is the number of its act in the journal; rows count once each.

    ``associations``, ``officers`` and ``ended`` count what was new and whose term ended.
    """

    entry: str
    rows: int
    created: int
    changed: int
    unchanged: int
    associations: int
    officers: int
    ended: int


def plan_roster(session: Session, order: SentRoster, *, now: datetime) -> Plan:
    """What the roster would do now. Writes nothing."""
    return make_plan(session, order, now=now)


def enter_roster(session: Session, order: SentRoster, *, by: By, now: datetime, op_id: str) -> RosterEntered:
    """Do all that the roster says, or nothing.

    Raises:
        Invalid: a row cannot stand.
        Stale: the roster would do something else now than what was seen before.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    plan = make_plan(session, order, now=now)
    if plan.errors:
        errors = [{"field": f"{cell.line}.{cell.column}", "message": cell.message} for cell in plan.errors]
        raise Invalid("見直すところがあります。まだ何も記録していません。", errors)
    if order.digest is not None and order.digest != plan.digest:
        raise Stale("たしかめたあとで台帳が変わりました。まだ何も記録していません。もう一度たしかめてください。")
    written = write_plan(session, plan, entry)
    journal.note(session, "enter_roster", rows=len(plan.rows), **written)
    return RosterEntered(
        entry=str(entry),
        rows=len(plan.rows),
        created=plan.created,
        changed=plan.changed,
        unchanged=plan.unchanged,
        associations=len(written["associations"]),
        officers=len(written["officers"]),
        ended=len(written["ended"]),
    )


def roster_entered(session: Session, entry: str) -> RosterEntered:
    """What an earlier roster did: the answer that its act gave.

    Raises:
        NotFound: no roster was entered by this act.
    """
    row = session.connection().execute(select(ENTRY).where(ENTRY.c.seq == row_id(entry))).first()
    if row is None or row.act != "enter_roster" or row.answer is None:
        raise NotFound("この取り込みの記録は見つかりません。自治会の画面を開き直してください。")
    return RosterEntered.model_validate(row.answer["said"])
