"""The past of a device and of a loan, read from facts: what came, went out, came back, stopped and was released."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Text, cast, exists, not_, select
from sqlmodel import Session, SQLModel

from inventory.borrowers import COLUMNS, LOAN, Borrower, borrower_of, with_borrower
from inventory.chores import WORK
from inventory.devices import BINDING, DEVICE, HOLD, ITEM, find_device
from inventory.errors import NotFound
from inventory.journal import ENTRY, By
from inventory.lateness import ON_THE_SPOT
from inventory.shapes import Card
from inventory.stock import MOVE
from inventory.tables import HoldReason, Role
from inventory.transfer_history import TransferCard, transfers_of
from inventory.undo import UNDO_WITHIN, UNDOABLE

_OF_ENTRY = (ENTRY.c.seq, ENTRY.c.act, ENTRY.c.at, ENTRY.c.by, ENTRY.c.desk, ENTRY.c.op_id)
_STAFF = SQLModel.metadata.tables["staff"]


class Event(Card):
    """``what`` is created, tagged, lent, returned, stopped, released, worked, moved, retired, lend_undone.

    ``at`` is when it happened; ``known_at`` when the ledger heard of it, where that was later than on the spot. ``by``
    is the name of the member of staff, None for the program itself; ``desk`` the desk's name, None for other pages.
    ``installed``: the loan is one that stays at a venue.
    """

    at: datetime
    what: str
    by: str | None
    desk: str | None = None
    known_at: datetime | None = None
    place: str | None = None
    loan: str | None = None
    borrower: Borrower | None = None
    installed: bool = False
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
    found += [*_work(session, device.id), *_moves(session, device.id)]
    found.append((device.entry, {"what": "created"}))
    if device.retired_at is not None:
        found.append((None, {"what": "retired", "at": device.retired_at, "note": device.retired_reason}))
    entries = _entries(session, {seq for seq, _ in found if seq is not None})
    events = []
    for seq, facts in found:
        entry: Any = entries.get(seq)
        at: datetime = facts.pop("at", None) or entry.at
        told = {"by": entry.staff_name, "desk": entry.desk, "op_id": entry.op_id} if entry else {"by": None}
        late = entry is not None and entry.at - at > ON_THE_SPOT
        events.append((seq or 0, Event(at=at, known_at=entry.at if late else None, **told, **facts)))
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
        loan = {"loan": row.loan_number, "borrower": borrower_of(row), "installed": row.installed}
        found.append((row.entry, {"what": "lent", "at": row.lent_at, "accessories": row.accessories, **loan}))
        if row.undone_entry is not None:
            found.append((row.undone_entry, {"what": "lend_undone", **loan}))
        elif row.returned_entry is not None:
            returned = {"accessories": row.returned_accessories, "note": row.condition_note, **loan}
            found.append((row.returned_entry, {"what": "returned", "at": row.returned_at, **returned}))
    return found


def _holds(session: Session, device: int) -> list[tuple[int | None, dict[str, Any]]]:
    found: list[tuple[int | None, dict[str, Any]]] = []
    for row in session.connection().execute(select(HOLD).where(HOLD.c.device_id == device)):
        found.append((row.entry, {"what": "stopped", "at": row.opened_at, "reason": row.reason, "note": row.note}))
        if row.closed_entry is not None:
            closed = {"at": row.closed_at, "reason": row.reason, "note": row.closing_note}
            found.append((row.closed_entry, {"what": "released", **closed}))
    return found


def _work(session: Session, device: int) -> list[tuple[int | None, dict[str, Any]]]:
    """Work that ended no hold; where it ended one, the hold tells of it."""
    ended = exists().where(HOLD.c.device_id == device, HOLD.c.closed_entry == WORK.c.entry)
    query = select(WORK).where(WORK.c.device_id == device, WORK.c.undone_entry.is_(None), not_(ended))
    return [
        (row.entry, {"what": "worked", "at": row.done_at, "reason": HoldReason(row.kind.value)})
        for row in session.connection().execute(query)
    ]


def _moves(session: Session, device: int) -> list[tuple[int | None, dict[str, Any]]]:
    query = select(MOVE).where(MOVE.c.device_id == device, MOVE.c.to_place.is_not(None))
    return [
        (row.entry, {"what": "moved", "at": row.moved_at, "place": row.to_place})
        for row in session.connection().execute(query)
    ]


def _tags(session: Session, device: int) -> list[tuple[int | None, dict[str, Any]]]:
    query = select(BINDING).where(BINDING.c.device_id == device)
    return [(row.entry, {"what": "tagged", "tag": row.number}) for row in session.connection().execute(query)]


class LoanAct(Card):
    """One act on a loan. ``what`` is lent, lend_undone, returned, extended, transferred, transfer_undone or checked.

    ``transfer`` is what a transfer, its undoing or the check of its hand-over is about. ``due_on`` and
    ``end_of_office`` are the new due of an extension, ``holds`` what a return stopped. ``undoable``: the caller may
    take the act back now, as far as the loan itself can tell.
    """

    at: datetime
    what: str
    by: str | None
    desk: str | None
    op_id: str
    devices: list[str]
    holds: list[HoldReason] = []
    notes: list[str] = []
    due_on: date | None = None
    end_of_office: bool = False
    transfer: TransferCard | None = None
    undoable: bool = False


def loan_history(session: Session, number: str, *, by: By, now: datetime) -> list[LoanAct]:
    """What was done with a loan, the newest act first.

    Raises:
        NotFound: there is no loan of this number.
    """
    connection = session.connection()
    loan = connection.execute(select(LOAN.c.id, LOAN.c.number, LOAN.c.entry).where(LOAN.c.number == number)).first()
    if loan is None:
        raise NotFound(f"貸出 {number} は見つかりません。番号をたしかめてください。")
    query = select(ITEM, DEVICE.c.asset_number).join(DEVICE, ITEM.c.device_id == DEVICE.c.id)
    items = connection.execute(query.where(ITEM.c.loan_id == loan.id).order_by(ITEM.c.id)).all()
    did: dict[tuple[int, str], list[Any]] = {}
    for item in items:
        did.setdefault((item.entry, "lent"), []).append(item)
        if item.undone_entry is not None:
            did.setdefault((item.undone_entry, "lend_undone"), []).append(item)
        elif item.returned_entry is not None:
            did.setdefault((item.returned_entry, "returned"), []).append(item)
    extended = _extensions(session, loan)
    passed = _transfers(session, loan.number)
    did.update({key: did.get(key, []) for key in passed})
    entries = _entries(session, {seq for seq, _ in did} | set(extended))
    acts = []
    for seq, what in sorted([*did, *((seq, "extended") for seq in extended)], reverse=True):
        entry: Any = entries[seq]
        rows = did.get((seq, what), [])
        mine = by.staff_id is not None and (entry.by == by.staff_id or Role.ADMIN in by.roles)
        # A lend whose device is back can no longer be undone; its return must be undone first.
        stands = what == "returned" or (what == "lent" and all(row.returned_at is None for row in rows))
        one = passed.get((seq, what))
        if what == "transferred" and one is not None:
            # Of many at once none is taken back alone: that is done where all of them are shown.
            stands = not one.undone and one.checked_entry is None and entry.act == "transfer"
        elif what in ("lent", "returned"):
            # What was before a transfer can be taken back only after it.
            stands = stands and not any(seq < later.entry and not later.undone for later in passed.values())
        acts.append(
            LoanAct(
                at=_happened(what, rows, entry),
                what=what,
                by=entry.staff_name,
                desk=entry.desk,
                op_id=entry.op_id,
                devices=[row.asset_number for row in rows],
                holds=_holds_opened(session, seq, rows) if what == "returned" else [],
                notes=[row.condition_note for row in rows if row.condition_note] if what == "returned" else [],
                transfer=one,
                undoable=mine and stands and entry.act in UNDOABLE and now - entry.at <= UNDO_WITHIN,
                **extended.get(seq, {}) if what == "extended" else {},
            )
        )
    # A desk may tell of an act after later ones: the past stands in the order in which it happened.
    return sorted(acts, key=lambda done: done.at, reverse=True)


def _transfers(session: Session, number: str) -> dict[tuple[int, str], TransferCard]:
    """Each transfer of the loan by the act that made it, took it back, or recorded its check."""
    found = {}
    for one in transfers_of(session, number):
        found[(one.entry, "transferred")] = one
        if one.undone_entry is not None:
            found[(one.undone_entry, "transfer_undone")] = one
        elif one.checked_entry is not None:
            found[(one.checked_entry, "checked")] = one
    return found


def _happened(what: str, rows: list[Any], entry: Any) -> datetime:
    times: list[datetime] = [
        row.lent_at if what == "lent" else row.returned_at for row in rows if what in ("lent", "returned")
    ]
    heard: datetime = entry.at
    return min(times, default=heard)


def _extensions(session: Session, loan: Any) -> dict[int, dict[str, Any]]:
    """The new due of each extension by its entry. Only the journal keeps them: the loan holds the last one alone."""
    query = select(ENTRY.c.seq, ENTRY.c.data).where(
        ENTRY.c.seq > loan.entry, ENTRY.c.act == "extend", cast(ENTRY.c.data, Text).contains(loan.number)
    )
    found = {}
    for row in session.connection().execute(query):
        for verb, facts in row.data["notes"]:
            if verb == "extend" and facts["loan"] == loan.number:
                day = date.fromisoformat(facts["after"]) if facts["after"] else None
                found[row.seq] = {"due_on": day, "end_of_office": facts["after_end_of_office"]}
    return found


def _holds_opened(session: Session, seq: int, rows: list[Any]) -> list[HoldReason]:
    query = select(HOLD.c.reason).where(HOLD.c.entry == seq, HOLD.c.device_id.in_([row.device_id for row in rows]))
    return list(dict.fromkeys(session.connection().execute(query.order_by(HOLD.c.id)).scalars()))


def _entries(session: Session, seqs: set[int]) -> dict[int | None, Any]:
    query = (
        select(*_OF_ENTRY, _STAFF.c.name.label("staff_name"))
        .select_from(ENTRY.outerjoin(_STAFF, ENTRY.c.by == _STAFF.c.id))
        .where(ENTRY.c.seq.in_(seqs))
    )
    return {row.seq: row for row in session.connection().execute(query)}
