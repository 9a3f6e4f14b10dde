"""A list of supporters entered as one act: all of what was planned, or nothing."""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from inventory import journal
from inventory.errors import Invalid, NotFound, Stale
from inventory.journal import ENTRY, By
from inventory.shapes import Card, row_id
from inventory.supporter_plans import plan_supporters
from inventory.supporter_rows import SentSupporters
from inventory.supporter_writes import write_supporters


class SupportersEntered(Card):
    """What a list did, in counts. ``entry`` is the number of its act in the journal; rows count once each."""

    entry: str
    rows: int
    created: int
    changed: int
    unchanged: int


def enter_supporters(
    session: Session, order: SentSupporters, *, by: By, now: datetime, op_id: str
) -> SupportersEntered:
    """Do all that the list says, or nothing.

    Raises:
        Invalid: a row cannot stand.
        Stale: the list would do something else now than what was seen before.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    plan = plan_supporters(session, order, now=now)
    if plan.errors:
        errors = [{"field": f"{cell.line}.{cell.column}", "message": cell.message} for cell in plan.errors]
        raise Invalid("見直すところがあります。まだ何も記録していません。", errors)
    if order.digest is not None and order.digest != plan.digest:
        raise Stale("たしかめたあとで台帳が変わりました。まだ何も記録していません。もう一度たしかめてください。")
    created = write_supporters(session, plan.fresh, plan.renewed, entry)
    changed = [
        [int(row.supporter or 0), [change.column for change in row.changes]]
        for row in plan.rows
        if row.act == "changed"
    ]
    journal.note(session, "enter_supporters", rows=len(plan.rows), created=created, changed=changed)
    return SupportersEntered(
        entry=str(entry),
        rows=len(plan.rows),
        created=plan.created,
        changed=plan.changed,
        unchanged=plan.unchanged,
    )


def supporters_entered(session: Session, entry: str) -> SupportersEntered:
    """What an earlier list did: the answer that its act gave.

    Raises:
        NotFound: no list was entered by this act.
    """
    row = session.connection().execute(select(ENTRY).where(ENTRY.c.seq == row_id(entry))).first()
    if row is None or row.act != "enter_supporters" or row.answer is None:
        raise NotFound("この取り込みの記録は見つかりません。サポーターの一覧を開き直してください。")
    return SupportersEntered.model_validate(row.answer["said"])
