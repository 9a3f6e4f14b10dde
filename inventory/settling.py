"""Conflicts end: a person settles them, or what another desk tells later makes the act fit."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session

from inventory import journal
from inventory.conflicts import (
    CONFLICT,
    ONE_CLAIM,
    ConflictCard,
    conflict_card,
    find_conflict,
    open_conflicts,
    retriable,
)
from inventory.devices import DEVICE, ITEM
from inventory.errors import AlreadyLent, Invalid, Refusal
from inventory.errors import Conflict as RefusedByTheLedger
from inventory.journal import By
from inventory.lending import CheckOut, Override, add_to_loan
from inventory.merging import displace, places
from inventory.scan_acts import swap, target_of
from inventory.scan_shapes import Scan, ScanAct
from inventory.shapes import OptionalLine, Shape
from inventory.tables import Choice

_WHY = "要確認で決めた"
_FURTHER = "そのあとにも貸出の記録があるので、ここでは決められません。端末の画面で、貸出と返却を直してください。"


class Settle(Shape):
    """``keep``: the ledger stays. ``other``: the late act counts, what it denies ends. ``dismiss``: neither."""

    choice: Choice
    reason: OptionalLine = None


def settle(session: Session, order: Settle, *, conflict: str, by: By, now: datetime, op_id: str) -> ConflictCard:
    """Settle a conflict for good.

    Raises:
        NotFound: there is no such conflict.
        Invalid: nobody may say that it fitted by itself.
        Conflict: somebody settled it before; or the late act still fits nowhere (retired, or further loans since).
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = find_conflict(session, conflict)
    if order.choice is Choice.FITTED:
        raise Invalid.field("choice", "どちらかを選んでください。")
    if row.settled_at is not None:
        raise RefusedByTheLedger("この要確認は、ほかの人がもう決めました。要確認の一覧を開き直してください。")
    journal.note(session, "settle", conflict=row.id, choice=order.choice.value)
    fresh = None
    if order.choice is Choice.OTHER:
        against = places(session, [row.device_id], row.happened_at)[row.device_id].against
        if against is not None:
            # Only what whoever decides was shown may end: not a loan that the ledger heard of since.
            if against.id != row.against_id:
                raise RefusedByTheLedger(_FURTHER)
            displace(session, against, row.happened_at, entry=entry)
        try:
            fresh = _apply(session, row, by=by, op_id=op_id, entry=entry, reason=order.reason or _WHY)
        except AlreadyLent as refusal:
            raise RefusedByTheLedger(_FURTHER, **refusal.facts) from None
    _close(session, row.id, order.choice, now, entry, reason=order.reason, item=fresh)
    if fresh is None:
        for twin in _unasked_twins(session, row):
            _close(session, twin, order.choice, now, entry, reason=order.reason, item=None)
    _look_again(session, {row.device_id})
    return conflict_card(session, str(row.id))


def _unasked_twins(session: Session, row: Any) -> list[int]:
    """What nobody was asked about because of this conflict: whoever said that it did not count said it of them too."""
    kept = [one for one in retriable(session, {row.device_id}) if one.settled_at is not None]
    return [
        one.id
        for one in kept
        if one.device_id == row.device_id
        and one.claim.get("target") == row.claim.get("target")
        and abs(one.happened_at - row.happened_at) <= ONE_CLAIM
    ]


def _look_again(session: Session, devices: set[int]) -> None:
    """Name what stands in the way now that the past of these devices has changed: people settle what they are shown."""
    for device in devices:
        for row in open_conflicts(session, device):
            against = places(session, [device], row.happened_at)[device].against
            if against is not None and against.id != row.against_id:
                now_against = update(CONFLICT).where(CONFLICT.c.id == row.id).values(against_id=against.id)
                session.connection().execute(now_against)


def retry(session: Session, touched: list[int], *, by: By, op_id: str) -> None:
    """Let conflicts end that fit now that the past of these devices has changed.

    Nobody's loan ends by it: an act fits only where no other loan ran.
    """
    entry = journal.open_entry(session, by=by, now=journal.opened_at(session), op_id=op_id)
    changed, fitted = set(touched), True
    while fitted:
        fitted = False
        for row in retriable(session, changed):
            if not changed & _concerned(session, row):
                continue
            item = _fits(session, row, by=by, op_id=op_id, entry=entry)
            if item is None:
                continue
            _close(session, row.id, Choice.FITTED, journal.opened_at(session), entry, reason=None, item=item)
            journal.note(session, "conflict_fitted", conflict=row.id)
            changed.add(row.device_id)
            fitted = True
            break
    _look_again(session, changed)


def _concerned(session: Session, row: Any) -> set[int]:
    """The devices whose past decides whether an act fits."""
    worn = (row.claim.get("target") or {}).get("device") if row.claim["act"] == ScanAct.SWAP else None
    if worn is None:
        return {row.device_id}
    found = session.connection().execute(select(DEVICE.c.id).where(DEVICE.c.asset_key == worn.upper())).scalar()
    return {row.device_id, found}


def _fits(session: Session, row: Any, *, by: By, op_id: str, entry: int) -> int | None:
    before = journal.mark(session)
    savepoint = session.begin_nested()
    try:
        item = _apply(session, row, by=by, op_id=op_id, entry=entry, reason=None)
    except Refusal:
        savepoint.rollback()
        journal.back_to(session, before)
        return None
    savepoint.commit()
    return item


def _apply(session: Session, row: Any, *, by: By, op_id: str, entry: int, reason: str | None) -> int:
    """Do what the act says, at its own time; with a reason in spite of holds and limits. The loan item it made."""
    item = Scan.model_validate(row.claim)
    number = select(DEVICE.c.asset_number).where(DEVICE.c.id == row.device_id)
    device = session.connection().execute(number).scalar_one()
    verb = {"by": by, "now": row.happened_at, "op_id": op_id}
    if item.act is ScanAct.SWAP:
        swap(session, item, device, verb, despite_holds=reason is not None)
    else:
        order = CheckOut(
            borrower=target_of(item),
            devices=[device],
            due=item.due,
            batch=item.batch,
            seat=item.seat,
            override=Override(reason=reason) if reason else None,
        )
        add_to_loan(session, order, **verb, despite_holds=reason is not None)
    made = select(ITEM.c.id).where(ITEM.c.device_id == row.device_id, ITEM.c.entry == entry).order_by(ITEM.c.id.desc())
    return int(session.connection().execute(made.limit(1)).scalar_one())


def _close(
    session: Session, conflict: int, choice: Choice, now: datetime, entry: int, *, reason: str | None, item: int | None
) -> None:
    session.connection().execute(
        update(CONFLICT)
        .where(CONFLICT.c.id == conflict)
        .values(settled_at=now, choice=choice, settled_entry=entry, reason=reason, item_id=item)
    )
