"""Lost devices: who was asked to lock and wipe them, what was reported to whom, and when they were found."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, insert, not_, select
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.borrowers import Borrower
from inventory.devices import DEVICE, HOLD, device_cards, find_device
from inventory.errors import Conflict, Invalid
from inventory.holds import close_hold, standing, stop
from inventory.issue_lines import spoken_receipt
from inventory.issue_steps import ISSUE, issue_row
from inventory.journal import ENTRY, By
from inventory.shapes import Card, Identifier, Instant, OptionalLine, Shape
from inventory.tables import HoldReason, LossStepKind

LOSS_STEP = SQLModel.metadata.tables["loss_step"]
ISSUE_HOLD = SQLModel.metadata.tables["issue_hold"]
STAFF = SQLModel.metadata.tables["staff"]
# After one of these nobody reads what is on the device.
SAFE = (LossStepKind.LOCKED, LossStepKind.WIPED)
# How far ahead a clock at a desk may be of the server's.
_AHEAD = timedelta(minutes=5)


class LossStep(Shape):
    """Something that was done about a lost device, ``at`` (now, when it is left out). ``note``: the police's number."""

    kind: LossStepKind
    at: Instant | None = None
    note: OptionalLine = None
    issue: Identifier | None = None


class LossStepCard(Card):
    id: str
    kind: LossStepKind
    at: datetime
    note: str | None
    by: str | None


class Loss(Card):
    """A device that is lost, or was and was found. ``locked``: locked or wiped, so that nobody reads it.

    ``issue`` and ``receipt`` are those of the report that told of it; ``borrower`` has it on loan now.
    """

    asset_number: str
    model: str
    pool_name: str
    line_number: str | None
    borrower: Borrower | None
    since: datetime
    found_at: datetime | None
    locked: bool
    issue: str | None
    receipt: str | None
    steps: list[LossStepCard]


_HOLDS = select(HOLD, ISSUE.c.id.label("issue_id"), ISSUE.c.receipt).select_from(
    HOLD.join(DEVICE, HOLD.c.device_id == DEVICE.c.id)
    .outerjoin(ISSUE_HOLD, ISSUE_HOLD.c.hold_id == HOLD.c.id)
    .outerjoin(ISSUE, ISSUE_HOLD.c.issue_id == ISSUE.c.id)
)
# Steps belong to the loss that was known when they were written down, whenever they were done.
_MADE_SAFE = exists().where(
    LOSS_STEP.c.device_id == HOLD.c.device_id, LOSS_STEP.c.kind.in_(SAFE), LOSS_STEP.c.entry >= HOLD.c.entry
)


def record_loss_step(
    session: Session, order: LossStep, *, device: str, by: By, now: datetime, op_id: str
) -> LossStepCard:
    """Write down what was done about a lost device. The device is stopped as lost; found again, it is released.

    Raises:
        NotFound: there is no such device or report.
        Conflict: it was found but nobody had lost it.
        Invalid: the moment is to come, or the police gave a number that is missing.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = find_device(session, device)
    at = order.at or now
    if at > now + _AHEAD:
        raise Invalid.field("at", "まだ来ていない日時です。したときの日時を書いてください。")
    if order.kind is LossStepKind.POLICE and order.note is None:
        raise Invalid.field("note", "警察の受理番号を書いてください。")
    hold = standing(session, row.id, HoldReason.LOST)
    if order.kind is LossStepKind.FOUND:
        if hold is None:
            raise Conflict(f"{row.asset_number} は、紛失になっていません。", device=row.asset_number)
        close_hold(session, hold.id, order.note, now=now, entry=entry)
    elif hold is None:
        stop(session, row.id, HoldReason.LOST, None, now=now, entry=entry)
    values = {
        "device_id": row.id,
        "issue_id": _issue(session, order.issue, row.id),
        "kind": order.kind,
        "at": at,
        "note": order.note,
        "entry": entry,
    }
    made = session.connection().execute(insert(LOSS_STEP).values(values))
    assert made.inserted_primary_key is not None
    step = int(made.inserted_primary_key[0])
    journal.note(session, "loss_step", device=row.asset_number, kind=order.kind.value, step=step, at=at.isoformat())
    return loss_step_card(session, str(step))


def loss_step_card(session: Session, step: str) -> LossStepCard:
    row = session.connection().execute(select(LOSS_STEP).where(LOSS_STEP.c.id == int(step))).one()
    # The entry of the act under way is not written yet, so who did it is told when the step is read again.
    by = select(STAFF.c.name).select_from(ENTRY.join(STAFF, ENTRY.c.by == STAFF.c.id)).where(ENTRY.c.seq == row.entry)
    return _step(row, session.connection().execute(by).scalar())


def loss_of(session: Session, asset_number: str) -> Loss | None:
    """The newest loss of a device, also one that is over; None when it never was lost."""
    query = _HOLDS.where(DEVICE.c.asset_key == asset_number.upper(), HOLD.c.reason == HoldReason.LOST)
    row = session.connection().execute(query.order_by(HOLD.c.id.desc()).limit(1)).first()
    return _losses(session, [row])[0] if row is not None else None


def open_losses(session: Session, *, unlocked: bool = False, limit: int = 50) -> list[Loss]:
    """Devices that are lost now, the oldest loss first; ``unlocked``: only those that somebody could still read."""
    query = _HOLDS.where(HOLD.c.reason == HoldReason.LOST, HOLD.c.closed_at.is_(None), DEVICE.c.retired_at.is_(None))
    if unlocked:
        query = query.where(not_(_MADE_SAFE))
    return _losses(session, session.connection().execute(query.order_by(HOLD.c.id).limit(limit)).all())


def _losses(session: Session, holds: Sequence[Any]) -> list[Loss]:
    """Four statements for any number of losses: their devices with all that goes with those, and the steps."""
    if not holds:
        return []
    ids = [hold.device_id for hold in holds]
    numbers = select(DEVICE.c.id, DEVICE.c.asset_number).where(DEVICE.c.id.in_(ids))
    number_of = {row.id: row.asset_number for row in session.connection().execute(numbers)}
    devices = {card.asset_number: card for card in device_cards(session, ids)}
    query = (
        select(LOSS_STEP, STAFF.c.name)
        .select_from(
            LOSS_STEP.outerjoin(ENTRY, LOSS_STEP.c.entry == ENTRY.c.seq).outerjoin(STAFF, ENTRY.c.by == STAFF.c.id)
        )
        .where(LOSS_STEP.c.device_id.in_(ids))
        .order_by(LOSS_STEP.c.at, LOSS_STEP.c.id)
    )
    steps = session.connection().execute(query).all()
    return [_loss(hold, devices[number_of[hold.device_id]], steps) for hold in holds]


def _loss(hold: Any, device: Any, steps: Sequence[Any]) -> Loss:
    own = [
        step
        for step in steps
        if step.device_id == hold.device_id
        and step.entry >= hold.entry
        and (hold.closed_entry is None or step.entry <= hold.closed_entry)
    ]
    return Loss(
        asset_number=device.asset_number,
        model=device.model,
        pool_name=device.pool_name,
        line_number=device.line_number,
        borrower=device.loan.borrower if device.loan else None,
        since=hold.opened_at,
        found_at=hold.closed_at,
        locked=any(step.kind in SAFE for step in own),
        issue=str(hold.issue_id) if hold.issue_id else None,
        receipt=spoken_receipt(hold.receipt) if hold.receipt else None,
        steps=[_step(step, step.name) for step in own],
    )


def _step(row: Any, by: str | None) -> LossStepCard:
    return LossStepCard(id=str(row.id), kind=row.kind, at=row.at, note=row.note, by=by)


def _issue(session: Session, issue: str | None, device: int) -> int | None:
    """The row number of the report that a step is told on; None for another device's report."""
    if issue is None:
        return None
    row = issue_row(session, issue)
    if row.device_id != device:
        raise Invalid.field("issue", "この困りごとは、別の端末のものです。端末の画面から記録してください。")
    return int(row.id)
