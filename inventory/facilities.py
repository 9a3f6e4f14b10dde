"""A list of facilities against the venues of the ledger, first as a plan, then as one act: all of it or nothing."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session

from inventory import journal
from inventory.errors import Invalid, NotFound, Stale
from inventory.facility_plans import COLUMNS, Plan, make_plan
from inventory.facility_rows import SentFacilities
from inventory.journal import ENTRY, By
from inventory.shapes import Card, row_id
from inventory.venues import VENUE


class FacilitiesEntered(Card):
    """What a list did, in counts. ``entry`` is the number of its act in the journal; rows count once each."""

    entry: str
    rows: int
    created: int
    changed: int
    unchanged: int


def plan_facilities(session: Session, order: SentFacilities) -> Plan:
    """What the list would do now. Writes nothing."""
    return make_plan(session, order)


def enter_facilities(
    session: Session, order: SentFacilities, *, by: By, now: datetime, op_id: str
) -> FacilitiesEntered:
    """Do all that the list says, or nothing.

    Raises:
        Invalid: a row cannot stand.
        Stale: the list would do something else now than what was seen before.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    plan = make_plan(session, order)
    if plan.errors:
        errors = [{"field": f"{cell.line}.{cell.column}", "message": cell.message} for cell in plan.errors]
        raise Invalid("見直すところがあります。まだ何も記録していません。", errors)
    if order.digest is not None and order.digest != plan.digest:
        raise Stale("たしかめたあとで台帳が変わりました。まだ何も記録していません。もう一度たしかめてください。")
    _write(session, plan, entry)
    changed = [[row.code, [change.column for change in row.changes]] for row in plan.rows if row.act == "changed"]
    created = [row.code for row in plan.rows if row.act == "new"]
    journal.note(session, "enter_facilities", rows=len(plan.rows), created=created, changed=changed)
    return FacilitiesEntered(
        entry=str(entry),
        rows=len(plan.rows),
        created=plan.created,
        changed=plan.changed,
        unchanged=plan.unchanged,
    )


def facilities_entered(session: Session, entry: str) -> FacilitiesEntered:
    """What an earlier list did: the answer that its act gave.

    Raises:
        NotFound: no list was entered by this act.
    """
    row = session.connection().execute(select(ENTRY).where(ENTRY.c.seq == row_id(entry))).first()
    if row is None or row.act != "enter_facilities" or row.answer is None:
        raise NotFound("この取り込みの記録は見つかりません。会場の一覧を開き直してください。")
    return FacilitiesEntered.model_validate(row.answer["said"])


def _write(session: Session, plan: Plan, entry: int) -> None:
    """Every new venue in one statement, and every change in another, however long the list is."""
    connection = session.connection()
    if plan.fresh:
        connection.execute(insert(VENUE), [row | {"revision": 1, "entry": entry} for row in plan.fresh])
    if plan.renewed:
        names = (*COLUMNS, "search")
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
        bound = [{f"new_{name}": row[name] for name in ("id", *names)} for row in plan.renewed]
        statement = update(VENUE).where(VENUE.c.id == bindparam("new_id"))
        connection.execute(statement.values(revision=VENUE.c.revision + 1, **values), bound)
