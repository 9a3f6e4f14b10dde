"""The merge rule for work and the holds it ends: what a return asks for, and what was done, each at its moment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.borrowers import LOAN
from inventory.devices import DEVICE, HOLD, ITEM, POOL
from inventory.holds import WORK_OF, close_hold, standing, stop
from inventory.lateness import is_late, slack_of
from inventory.tables import Demand, HoldReason, WorkKind

WORK = SQLModel.metadata.tables["work"]
_AT = bindparam("at", type_=ITEM.c.lent_at.type)
_WORKED_SINCE = (
    select(WORK.c.done_at)
    .where(
        WORK.c.device_id == bindparam("device"),
        WORK.c.kind == bindparam("kind"),
        WORK.c.undone_entry.is_(None),
        WORK.c.done_at >= _AT,
    )
    .order_by(WORK.c.done_at.desc())
    .limit(1)
)
_RETURNED_SINCE = (
    select(LOAN.c.course_id, POOL.c.after_course, POOL.c.after_term, ITEM.c.condition_ok)
    .select_from(
        ITEM.join(LOAN, ITEM.c.loan_id == LOAN.c.id)
        .join(DEVICE, ITEM.c.device_id == DEVICE.c.id)
        .join(POOL, DEVICE.c.pool_id == POOL.c.id)
    )
    .where(ITEM.c.device_id == bindparam("device"), ITEM.c.undone_entry.is_(None), ITEM.c.returned_at > _AT)
)


@dataclass(frozen=True)
class Ending:
    """How something came back: what a loan item or a stray return keeps of it."""

    at: datetime
    entry: int
    accessories: dict[str, int] | None = None
    ok: bool | None = None
    note: str | None = None


def work(session: Session, device: int, kind: WorkKind, at: datetime, *, note: str | None, entry: int) -> bool:
    """Write down work that was done at a moment; whether it ended a hold."""
    connection = session.connection()
    connection.execute(insert(WORK).values(device_id=device, kind=kind, done_at=at, entry=entry))
    # Later work may have ended the hold that this work had ended before.
    ended = update(HOLD).where(
        HOLD.c.device_id == device,
        HOLD.c.reason == HoldReason(kind.value),
        HOLD.c.opened_at <= at,
        HOLD.c.closed_at > at,
    )
    if is_late(session, at) and connection.execute(ended.values(closed_at=at)).rowcount:
        return True
    hold = standing(session, device, HoldReason(kind.value))
    if hold is None:
        return False
    # A hold of the future was opened before the server's clock was set back.
    newer = at + slack_of(session, at) < hold.opened_at <= journal.opened_at(session)
    if newer or _asked_again(session, device, kind, at):
        return False
    close_hold(session, hold.id, note, now=max(at, hold.opened_at), entry=entry)
    return True


def ask(session: Session, device: Any, course: bool, ending: Ending, *, entry: int) -> list[HoldReason]:
    """Open the holds that the pool asks for after this return, where the work has not been done since."""
    demand = device.after_course if course else device.after_term
    reasons = [] if demand is Demand.NONE else [HoldReason(demand.value)]
    if ending.ok is False and HoldReason.INSPECT not in reasons:
        reasons.append(HoldReason.INSPECT)
    if is_late(session, ending.at):
        reasons = [reason for reason in reasons if _worked_since(session, device.id, reason, ending.at) is None]
    return open_holds(session, device.id, reasons, Ending(ending.at, entry, ok=ending.ok, note=ending.note))


def open_holds(session: Session, device: int, reasons: list[HoldReason], ending: Ending) -> list[HoldReason]:
    note = ending.note if ending.ok is False else None
    return [
        reason
        for reason in reasons
        if stop(session, device, reason, note, now=ending.at, entry=ending.entry) is not None
    ]


def reopen_earlier(session: Session, device: int, was: datetime, at: datetime, *, entry: int) -> None:
    """What a return asked for was asked for at an earlier moment already, and may have been done since."""
    asked = select(HOLD).where(
        HOLD.c.device_id == device,
        HOLD.c.opened_at == was,
        HOLD.c.reason.in_(WORK_OF),
        HOLD.c.closed_at.is_(None),
    )
    for hold in session.connection().execute(asked).all():
        session.connection().execute(update(HOLD).where(HOLD.c.id == hold.id).values(opened_at=at))
        done_at = _worked_since(session, device, hold.reason, at)
        if done_at is not None and not _asked_again(session, device, WORK_OF[hold.reason], done_at):
            close_hold(session, hold.id, None, now=done_at, entry=entry)


def _worked_since(session: Session, device: int, reason: HoldReason, at: datetime) -> datetime | None:
    """When the work that ends such a hold was last done, from a moment on."""
    if reason not in WORK_OF:
        return None
    asked = {"device": device, "kind": WORK_OF[reason], "at": at}
    found: datetime | None = session.connection().execute(_WORKED_SINCE, asked).scalar()
    return found


def _asked_again(session: Session, device: int, kind: WorkKind, at: datetime) -> bool:
    """Whether a return after the work asks for it anew. On the spot there is none."""
    if not is_late(session, at):
        return False
    since = at + slack_of(session, at)
    for row in session.connection().execute(_RETURNED_SINCE, {"device": device, "at": since}):
        demand = row.after_course if row.course_id is not None else row.after_term
        if demand.value == kind.value or (row.condition_ok is False and kind is WorkKind.INSPECT):
            return True
    return False
