"""A device's past, read from the facts: when it came, went out, came back, stopped and was released."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, SQLModel

from inventory.borrowers import COLUMNS, LOAN, Borrower, borrower_of, with_borrower
from inventory.devices import BINDING, HOLD, ITEM, find_device
from inventory.journal import ENTRY
from inventory.shapes import Card
from inventory.tables import HoldReason

_STAFF = SQLModel.metadata.tables["staff"]


class Event(Card):
    """``what`` is created, tagged, lent, returned, stopped, released, retired, lend_undone.

    ``by`` is the name of the member of staff, None for the program itself.
    """

    at: datetime
    what: str
    by: str | None
    loan: str | None = None
    borrower: Borrower | None = None
    reason: HoldReason | None = None
    note: str | None = None
    tag: str | None = None
    accessories: dict[str, int] | None = None
    op_id: str | None = None


class History(Card):
    items: list[Event]


def device_history(session: Session, asset_number: str) -> History:
    """Everything that happened to a device, the newest first.

    Raises:
        NotFound: there is no such device.
    """
    device = find_device(session, asset_number)
    found = [*_loans(session, device.id), *_holds(session, device.id), *_tags(session, device.id)]
    found.append((device.entry, {"what": "created"}))
    if device.retired_at is not None:
        found.append((None, {"what": "retired", "at": device.retired_at, "note": device.retired_reason}))
    entries = _entries(session, {seq for seq, _ in found if seq is not None})
    events = []
    for seq, facts in found:
        entry: Any = entries.get(seq)
        at: datetime = facts.pop("at", None) or entry.at
        events.append(
            (
                seq or 0,
                Event(at=at, by=entry.staff_name if entry else None, op_id=entry.op_id if entry else None, **facts),
            )
        )
    events.sort(key=lambda event: (event[1].at, event[0]), reverse=True)
    return History(items=[event for _, event in events])


def _loans(session: Session, device: int) -> list[tuple[int | None, dict[str, Any]]]:
    query = (
        select(ITEM, *COLUMNS)
        .select_from(with_borrower(ITEM.join(LOAN, ITEM.c.loan_id == LOAN.c.id)))
        .where(ITEM.c.device_id == device)
    )
    found: list[tuple[int | None, dict[str, Any]]] = []
    for row in session.connection().execute(query):
        loan = {"loan": row.loan_number, "borrower": borrower_of(row)}
        found.append((row.entry, {"what": "lent", "accessories": row.accessories, **loan}))
        if row.undone_entry is not None:
            found.append((row.undone_entry, {"what": "lend_undone", **loan}))
        elif row.returned_entry is not None:
            returned = {"accessories": row.returned_accessories, "note": row.condition_note, **loan}
            found.append((row.returned_entry, {"what": "returned", **returned}))
    return found


def _holds(session: Session, device: int) -> list[tuple[int | None, dict[str, Any]]]:
    found: list[tuple[int | None, dict[str, Any]]] = []
    for row in session.connection().execute(select(HOLD).where(HOLD.c.device_id == device)):
        found.append((row.entry, {"what": "stopped", "reason": row.reason, "note": row.note}))
        if row.closed_entry is not None:
            found.append((row.closed_entry, {"what": "released", "reason": row.reason, "note": row.closing_note}))
    return found


def _tags(session: Session, device: int) -> list[tuple[int | None, dict[str, Any]]]:
    query = select(BINDING).where(BINDING.c.device_id == device)
    return [(row.entry, {"what": "tagged", "tag": row.number}) for row in session.connection().execute(query)]


def _entries(session: Session, seqs: set[int]) -> dict[int | None, Any]:
    query = (
        select(ENTRY.c.seq, ENTRY.c.at, ENTRY.c.op_id, _STAFF.c.name.label("staff_name"))
        .select_from(ENTRY.outerjoin(_STAFF, ENTRY.c.by == _STAFF.c.id))
        .where(ENTRY.c.seq.in_(seqs))
    )
    return {row.seq: row for row in session.connection().execute(query)}
