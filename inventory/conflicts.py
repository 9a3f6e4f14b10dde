"""Conflicts: acts told of too late to be refused, with the facts of both sides, until a person settles them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select
from sqlmodel import Session, SQLModel

from inventory import journal, keyset
from inventory.borrowers import COLUMNS, LOAN, Borrower, borrower_of, with_borrower
from inventory.calendar import today
from inventory.devices import DEVICE, ITEM, DeviceCard, device_cards, find_device
from inventory.errors import AlreadyLent, NotFound, NotOut, Refusal
from inventory.errors import Conflict as RefusedByTheLedger
from inventory.journal import ENTRY
from inventory.lateness import is_on_the_spot
from inventory.merging import places
from inventory.scan_shapes import Scan, ScanAct, ScanTarget
from inventory.shapes import Card, row_id
from inventory.tables import Choice
from inventory.tags import device_by_code
from inventory.targets import BORROWER_COLUMNS, Target, borrower_card, borrower_columns

CONFLICT = SQLModel.metadata.tables["conflict"]
STAFF = SQLModel.metadata.tables["staff"]
SENTENCE = "台帳の記録と合いません。「要確認」に入れました。どちらが正しいかは、あとで決められます。"
# What can have happened although the ledger, as it stood, would not have had it.
_HAPPENED = (ScanAct.LEND, ScanAct.SWAP)
# Acts with one device for one borrower within this time are one question.
ONE_CLAIM = timedelta(minutes=15)

_SETTLED_BY_SOMEBODY = CONFLICT.c.settled_at.is_not(None) & (CONFLICT.c.settled_entry != CONFLICT.c.entry)


class Side(Card):
    """One side of a conflict: who had the device from when, told by whom at which desk, and when that was known.

    ``happened_at`` is by the server's clock; ``offset_ms`` is how far the desk's own was off, None when unknown.
    """

    loan: str | None
    borrower: Borrower | None
    happened_at: datetime
    known_at: datetime
    by: str | None
    desk: str | None
    offset_ms: int | None = None
    seat: str | None = None
    returned_at: datetime | None = None


class Settled(Card):
    """``loan`` is the loan on which the late act put the device, None when it did not count."""

    at: datetime
    choice: Choice
    reason: str | None
    by: str | None
    loan: str | None = None


class ConflictCard(Card):
    """``claim`` is what the desk did, ``ledger`` what stood in its way (None for a hold, a limit, a retired device).

    ``worn`` is the asset number of the unit that a swap replaced.
    """

    id: str
    act: ScanAct
    code: str
    device: DeviceCard
    worn: str | None
    claim: Side
    ledger: Side | None
    settled: Settled | None


class ConflictList(Card):
    items: list[ConflictCard]
    next: str | None
    total: int | None


def keep(session: Session, item: Scan, refusal: Refusal, *, at: datetime) -> int | None:
    """Keep a refused act as a conflict when it happened all the same; its row number, None when it is just refused.

    It is just refused when whoever did it was told on the spot, when the ledger knew nothing that it contradicts
    (an unknown code, a wrong shape), or when the device is out with that very borrower or somebody is asked about that
    borrower already. Those last are kept too, though nobody is asked about them: what another desk tells later may make
    a loan of its own of them.
    """
    if item.act not in _HAPPENED or not isinstance(refusal, RefusedByTheLedger | NotOut):
        return None
    device = _device_of(session, item, refusal)
    against = places(session, [device], at)[device].against if isinstance(refusal, AlreadyLent) else None
    if is_on_the_spot(session, at) and (against is None or (against.known_at is not None and against.known_at <= at)):
        return None
    claim = item.model_dump(mode="json", exclude_unset=True)
    same = [row for row in open_conflicts(session, device) if row.claim.get("target") == claim.get("target")]
    if any(row.happened_at == at for row in same):
        return None
    has_it = against is not None and against.lent_at <= at and _has_it_already(session, item, against, at)
    # Nobody is asked the same thing twice.
    has_it = has_it or any(abs(row.happened_at - at) <= ONE_CLAIM for row in same)
    values = {
        "device_id": device,
        "code": refusal.code,
        "claim": claim,
        "happened_at": at,
        "against_id": against.id if against is not None else None,
        "entry": journal.open_entry_number(session),
    }
    if has_it:
        values |= {
            "settled_at": journal.opened_at(session),
            "choice": Choice.KEEP,
            "settled_entry": journal.open_entry_number(session),
        }
    row = session.connection().execute(insert(CONFLICT).values(values))
    assert row.inserted_primary_key is not None
    if has_it:
        return None
    conflict = int(row.inserted_primary_key[0])
    number = select(DEVICE.c.asset_number).where(DEVICE.c.id == device)
    journal.note(
        session,
        "conflict",
        conflict=conflict,
        act=item.act.value,
        code=refusal.code,
        device=session.connection().execute(number).scalar_one(),
    )
    return conflict


def _device_of(session: Session, item: Scan, refusal: Refusal) -> int:
    if item.act is ScanAct.SWAP:
        found = device_by_code(session, item.code)
        assert found is not None
        return found
    return int(find_device(session, refusal.facts["device"]).id)


def _has_it_already(session: Session, item: Scan, against: Any, at: datetime) -> bool:
    if item.act is not ScanAct.LEND or item.target is None:
        return False
    wanted = borrower_columns(session, target_of(item.target), today(at))
    return all(getattr(against, name) == wanted[name] for name in BORROWER_COLUMNS)


def target_of(target: ScanTarget) -> Target:
    return Target(
        association=target.association,
        course=target.course,
        venue=target.venue,
        section=target.section,
        substitute_for=target.device,
    )


def open_conflicts(session: Session, device: int | None = None) -> list[Any]:
    """Rows that nobody settled yet, in the order in which the acts happened."""
    query = select(CONFLICT).where(CONFLICT.c.settled_at.is_(None))
    if device is not None:
        query = query.where(CONFLICT.c.device_id == device)
    return list(session.connection().execute(query.order_by(CONFLICT.c.happened_at, CONFLICT.c.id)))


def retriable(session: Session, devices: set[int]) -> list[Any]:
    """Rows that may come to fit once the past of these devices has changed."""
    settled_by_itself = (
        CONFLICT.c.device_id.in_(devices)
        & (CONFLICT.c.choice == Choice.KEEP)
        & (CONFLICT.c.settled_entry == CONFLICT.c.entry)
    )
    query = select(CONFLICT).where(CONFLICT.c.settled_at.is_(None) | settled_by_itself)
    return list(session.connection().execute(query.order_by(CONFLICT.c.happened_at, CONFLICT.c.id)))


def count_conflicts(session: Session) -> int:
    """How many wait for a person."""
    query = select(func.count()).select_from(CONFLICT).where(CONFLICT.c.settled_at.is_(None))
    return session.connection().execute(query).scalar_one()


def find_conflict(session: Session, conflict: str) -> Any:
    """The row of a conflict.

    Raises:
        NotFound: there is none of this id.
    """
    row = session.connection().execute(select(CONFLICT).where(CONFLICT.c.id == row_id(conflict))).first()
    if row is None:
        raise NotFound("その要確認は見つかりません。要確認の一覧を開き直してください。")
    return row


def conflict_card(session: Session, conflict: str) -> ConflictCard:
    return _cards(session, [find_conflict(session, conflict)])[0]


def conflicts_on(session: Session, asset_numbers: Sequence[str]) -> list[ConflictCard]:
    """What waits for a person about any of these devices, the oldest act first."""
    keys = [number.upper() for number in asset_numbers]
    devices = set(session.connection().execute(select(DEVICE.c.id).where(DEVICE.c.asset_key.in_(keys))).scalars())
    return _cards(session, [row for row in open_conflicts(session) if row.device_id in devices])


def list_conflicts(
    session: Session,
    *,
    settled: bool = False,
    q: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
    exact: bool = False,
) -> ConflictList:
    """A page of conflicts, the newest first: those that wait, or those that were settled."""
    query = select(CONFLICT).where(_SETTLED_BY_SOMEBODY if settled else CONFLICT.c.settled_at.is_(None))
    if q:
        device = select(DEVICE.c.id).where(DEVICE.c.asset_key.contains(q.strip().upper(), autoescape=True))
        query = query.where(CONFLICT.c.device_id.in_(device))
    total = keyset.total(session, query, exact=exact)
    if cursor:
        query = query.where(CONFLICT.c.id < keyset.after(cursor, int)[0])
    rows = session.connection().execute(query.order_by(CONFLICT.c.id.desc()).limit(limit + 1)).all()
    following = keyset.cursor_of(rows[limit - 1].id) if len(rows) > limit else None
    return ConflictList(items=_cards(session, list(rows[:limit])), next=following, total=total)


def _cards(session: Session, rows: list[Any]) -> list[ConflictCard]:
    if not rows:
        return []
    ids = [row.device_id for row in rows]
    numbers = select(DEVICE.c.id, DEVICE.c.asset_number).where(DEVICE.c.id.in_(ids))
    number_of = {row.id: row.asset_number for row in session.connection().execute(numbers)}
    cards = {card.asset_number: card for card in device_cards(session, ids)}
    entries = _entries(session, {seq for row in rows for seq in (row.entry, row.settled_entry) if seq is not None})
    return [_card(session, row, cards[number_of[row.device_id]], entries) for row in rows]


def _card(session: Session, row: Any, device: DeviceCard, entries: dict[int, Any]) -> ConflictCard:
    item = Scan.model_validate(row.claim)
    told = entries[row.entry]
    settled = None
    if row.settled_at is not None:
        by = entries[row.settled_entry].staff_name if row.settled_entry in entries else _who_settles(session)
        loan = _loan_of(session, row.item_id) if row.item_id is not None else None
        settled = Settled(at=row.settled_at, choice=row.choice, reason=row.reason, by=by, loan=loan)
    swaps = item.act is ScanAct.SWAP
    claim = Side(
        loan=None,
        borrower=None if swaps or item.target is None else borrower_card(session, target_of(item.target)),
        happened_at=row.happened_at,
        known_at=told.at,
        by=told.staff_name,
        desk=told.desk,
        offset_ms=item.clock_offset_ms,
        seat=item.seat,
    )
    return ConflictCard(
        id=str(row.id),
        act=item.act,
        code=row.code,
        device=device,
        worn=item.target.device if swaps and item.target else None,
        claim=claim,
        ledger=_ledger_side(session, row.against_id) if row.against_id is not None else None,
        settled=settled,
    )


def _who_settles(session: Session) -> str | None:
    """The name of whoever does the act under way, whose entry is written at its end."""
    query = select(STAFF.c.name).where(STAFF.c.id == journal.opened_by(session).staff_id)
    return session.connection().execute(query).scalar()


def _loan_of(session: Session, item: int) -> str:
    query = select(LOAN.c.number).join(ITEM, ITEM.c.loan_id == LOAN.c.id).where(ITEM.c.id == item)
    return str(session.connection().execute(query).scalar_one())


def _ledger_side(session: Session, item: int) -> Side:
    query = (
        select(ITEM.c.lent_at, ITEM.c.returned_at, ITEM.c.seat, ITEM.c.entry, *COLUMNS)
        .select_from(with_borrower(ITEM.join(LOAN, ITEM.c.loan_id == LOAN.c.id)))
        .where(ITEM.c.id == item)
    )
    row = session.connection().execute(query).one()
    entry = _entries(session, {row.entry})[row.entry]
    return Side(
        loan=row.loan_number,
        borrower=borrower_of(row),
        happened_at=row.lent_at,
        known_at=entry.at,
        by=entry.staff_name,
        desk=entry.desk,
        offset_ms=_offset_of(entry),
        seat=row.seat,
        returned_at=row.returned_at,
    )


def _offset_of(entry: Any) -> int | None:
    """How far off the clock of an act's desk was, where it was so far off that the journal says so."""
    said = [facts["offset_ms"] for verb, facts in entry.data["notes"] if verb == "clock_off"]
    return said[0] if said else None


def _entries(session: Session, seqs: set[int]) -> dict[int, Any]:
    query = (
        select(ENTRY.c.seq, ENTRY.c.at, ENTRY.c.desk, ENTRY.c.data, STAFF.c.name.label("staff_name"))
        .select_from(ENTRY.outerjoin(STAFF, ENTRY.c.by == STAFF.c.id))
        .where(ENTRY.c.seq.in_(seqs))
    )
    return {row.seq: row for row in session.connection().execute(query)}
