"""The merge rule: what an act that is told of late does to the past of a device. It stands here and nowhere else.

Desks without a network tell of their acts when they can, each in its own order, so the ledger hears of them in any
order. Every act carries the moment it happened, and the past of a device is laid out by those moments:

- A loan has a place where no other loan covers its moment and none began after it; a return that came in before its
  loan (a *stray return*) ends it at once, so such a device ends in stock.
- A return ends the loan that covers its moment, and no loan that began later. Told of after a later return, it takes
  that one's place, and the later return is a stray one again.
- Work ends the hold that was open at its moment, unless a later return asks for the same work anew. A return told of
  after the work that followed it asks for nothing.

What has no place is a conflict (``inventory/conflicts.py``). Nothing here ends a loan but a return that happened
while it ran. When all desks have told everything, and their acts fit one another, the order in which they did so has
made no difference: ``tests/inventory/test_merging.py`` holds it over random orders.

An act on the spot is the same act with nothing after it. The clocks of desks are known to a second or so, so for an
act on the spot what the ledger heard before it counts as before it, though its clock says a little later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, insert, or_, select, update
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.borrowers import LOAN
from inventory.devices import DEVICE, HOLD, ITEM, POOL
from inventory.holds import close_hold, standing, stop
from inventory.journal import ENTRY
from inventory.tables import Demand, HoldReason, WorkKind
from inventory.targets import BORROWER_COLUMNS

WORK = SQLModel.metadata.tables["work"]
STRAY = SQLModel.metadata.tables["stray_return"]

# An act that reaches the ledger within this time was told to whoever did it while they stood there.
ON_THE_SPOT = timedelta(seconds=30)
# How far apart two clocks may be that show the same time.
CLOCKS = timedelta(seconds=2)

_AT = bindparam("at", type_=ITEM.c.lent_at.type)
_DEVICES: Any = bindparam("devices", expanding=True)
# Loans of these devices that ran at a moment or began after it. One of no length never ran: it was taken for an error.
_FROM_THEN_ON = (
    select(
        ITEM,
        LOAN.c.number,
        ENTRY.c.at.label("known_at"),
        *(LOAN.c[name] for name in BORROWER_COLUMNS),
    )
    .join(LOAN, ITEM.c.loan_id == LOAN.c.id)
    .join(ENTRY, ITEM.c.entry == ENTRY.c.seq)
    .where(
        ITEM.c.device_id.in_(_DEVICES),
        ITEM.c.undone_entry.is_(None),
        or_(ITEM.c.returned_at.is_(None), and_(ITEM.c.returned_at > _AT, ITEM.c.returned_at > ITEM.c.lent_at)),
    )
    .order_by(ITEM.c.lent_at, ITEM.c.id)
)
_STRAYS = (
    select(STRAY)
    .where(
        STRAY.c.device_id.in_(_DEVICES),
        STRAY.c.item_id.is_(None),
        STRAY.c.undone_entry.is_(None),
        STRAY.c.returned_at > _AT,
    )
    .order_by(STRAY.c.returned_at, STRAY.c.id)
)
_WORKED_SINCE = (
    select(WORK.c.id)
    .where(
        WORK.c.device_id == bindparam("device"),
        WORK.c.kind == bindparam("kind"),
        WORK.c.undone_entry.is_(None),
        WORK.c.done_at >= _AT,
    )
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
_CLOSE_ITEM = (
    update(ITEM)
    .where(ITEM.c.id == bindparam("item"))
    .values({name: bindparam(name) for name in ("returned_at", "returned_entry", "returned_accessories")})
    .values({name: bindparam(name) for name in ("condition_ok", "condition_note")})
)


@dataclass(frozen=True)
class Place:
    """Where a loan that began at a moment belongs in a device's past.

    ``against`` is the loan item that stands in its way; ``until`` the stray return that ended it already. Neither:
    the device is out from then on. ``start`` is the moment, after the loan before it.
    """

    against: Any | None = None
    until: Any | None = None
    start: datetime | None = None


@dataclass(frozen=True)
class Ending:
    """How something came back: what a loan item or a stray return keeps of it."""

    at: datetime
    entry: int
    accessories: dict[str, int] | None = None
    ok: bool | None = None
    note: str | None = None


@dataclass(frozen=True)
class Taken:
    """What a return did: the loan number it ended (None: it was here already) and the holds it opened."""

    loan: str | None
    holds: list[HoldReason]


def places(session: Session, devices: Sequence[int], at: datetime) -> dict[int, Place]:
    """The place of a loan that began at this moment, for each of these devices."""
    connection = session.connection()
    asked = {"devices": list(devices), "at": at}
    later: dict[int, list[Any]] = {}
    for item in connection.execute(_FROM_THEN_ON, asked):
        later.setdefault(item.device_id, []).append(item)
    strays: dict[int, Any] = {}
    # Only an act told of late can have a return after it.
    if _is_late(session, at):
        for stray in connection.execute(_STRAYS, asked):
            strays.setdefault(stray.device_id, stray)
    slack = slack_of(session, at)
    return {device: _place(later.get(device, []), strays.get(device), at, slack) for device in devices}


def _place(later: list[Any], stray: Any | None, at: datetime, slack: timedelta) -> Place:
    start = at
    for item in later:
        if item.lent_at <= at and item.returned_at is not None and item.returned_at <= at + slack:
            start = item.returned_at
            continue
        if item.lent_at > at and stray is not None and stray.returned_at <= item.lent_at:
            return Place(until=stray, start=start)
        return Place(against=item, start=start)
    return Place(until=stray, start=start)


def slack_of(session: Session, at: datetime) -> timedelta:
    """How much later something may seem to be that the ledger heard of before this act."""
    return CLOCKS if is_on_the_spot(session, at) else timedelta()


def is_on_the_spot(session: Session, at: datetime) -> bool:
    """Whether the act under way happened just now, so that its refusal reaches whoever did it."""
    return journal.opened_at(session) - at <= ON_THE_SPOT


def end_by(session: Session, item: int, device: Any, stray: Any, *, course: bool, entry: int) -> list[HoldReason]:
    """End a loan item by the stray return that came before it; the holds that this opened."""
    ending = Ending(stray.returned_at, stray.entry, stray.accessories, stray.condition_ok, stray.condition_note)
    _close(session, item, ending)
    session.connection().execute(update(STRAY).where(STRAY.c.id == stray.id).values(item_id=item))
    return _ask(session, device, course, ending, entry=entry)


def take(session: Session, device: Any, ending: Ending) -> Taken:
    """Take a device back at a moment. ``device`` has ``id``, ``after_course`` and ``after_term`` of its pool."""
    running = _running(session, device.id, ending.at)
    if running is None:
        _stray(session, device.id, ending)
        broken = [] if ending.ok is not False else _open_holds(session, device.id, [HoldReason.INSPECT], ending)
        return Taken(None, broken)
    if running.returned_at is not None:
        displace(session, running, ending.at, entry=ending.entry)
    # The server's clock may have been set back since; the device still came back after it went out.
    at = max(ending.at, running.lent_at)
    _close(session, running.id, Ending(at, ending.entry, ending.accessories, ending.ok, ending.note))
    holds = _ask(session, device, running.course_id is not None, ending, entry=ending.entry)
    return Taken(running.number, holds)


def running_at(session: Session, device: int, at: datetime) -> Any | None:
    """The loan item that covers a moment, with its loan's number and borrower; None when the device was here."""
    return _running(session, device, at)


def displace(session: Session, item: Any, at: datetime, *, entry: int) -> None:
    """End a loan item at an earlier moment; the return that had ended it is a stray one again."""
    if item.returned_at is not None and item.returned_entry is not None:
        later = Ending(
            item.returned_at, item.returned_entry, item.returned_accessories, item.condition_ok, item.condition_note
        )
        _stray(session, item.device_id, later)
        # The hold that the later return opened was asked for at the earlier moment already.
        session.connection().execute(
            update(HOLD)
            .where(
                HOLD.c.device_id == item.device_id,
                HOLD.c.entry == item.returned_entry,
                HOLD.c.closed_at.is_(None),
                HOLD.c.opened_at > at,
            )
            .values(opened_at=at)
        )
    _close(session, item.id, Ending(max(at, item.lent_at), entry))


def work(session: Session, device: int, kind: WorkKind, at: datetime, *, note: str | None, entry: int) -> bool:
    """Write down work that was done at a moment; whether it ended a hold."""
    session.connection().execute(insert(WORK).values(device_id=device, kind=kind, done_at=at, entry=entry))
    hold = standing(session, device, HoldReason(kind.value))
    if hold is None:
        return False
    # A hold of the future was opened before the server's clock was set back.
    newer = at + slack_of(session, at) < hold.opened_at <= journal.opened_at(session)
    if newer or _asked_again(session, device, kind, at):
        return False
    close_hold(session, hold.id, note, now=max(at, hold.opened_at), entry=entry)
    return True


def _running(session: Session, device: int, at: datetime) -> Any | None:
    found = session.connection().execute(_FROM_THEN_ON, {"devices": [device], "at": at}).all()
    slack = slack_of(session, at)
    for item in found:
        # A loan that began in the server's future was lent before its clock was set back.
        ahead = item.returned_at is None and item.lent_at > journal.opened_at(session)
        ended = item.returned_at is not None and item.returned_at <= at + slack
        if (item.lent_at <= at + slack and not ended) or ahead:
            return item
    return None


def _close(session: Session, item: int, ending: Ending) -> None:
    session.connection().execute(
        _CLOSE_ITEM,
        {
            "item": item,
            "returned_at": ending.at,
            "returned_entry": ending.entry,
            "returned_accessories": ending.accessories,
            "condition_ok": ending.ok,
            "condition_note": ending.note,
        },
    )


def _stray(session: Session, device: int, ending: Ending) -> None:
    session.connection().execute(
        insert(STRAY).values(
            device_id=device,
            returned_at=ending.at,
            accessories=ending.accessories,
            condition_ok=ending.ok is not False,
            condition_note=ending.note,
            entry=ending.entry,
        )
    )


def _ask(session: Session, device: Any, course: bool, ending: Ending, *, entry: int) -> list[HoldReason]:
    """Open the holds that the pool asks for after this return, where the work has not been done since."""
    demand = device.after_course if course else device.after_term
    reasons = [] if demand is Demand.NONE else [HoldReason(demand.value)]
    if ending.ok is False and HoldReason.INSPECT not in reasons:
        reasons.append(HoldReason.INSPECT)
    if _is_late(session, ending.at):
        reasons = [reason for reason in reasons if not _worked_since(session, device.id, reason, ending.at)]
    return _open_holds(session, device.id, reasons, Ending(ending.at, entry, ok=ending.ok, note=ending.note))


def _open_holds(session: Session, device: int, reasons: list[HoldReason], ending: Ending) -> list[HoldReason]:
    note = ending.note if ending.ok is False else None
    return [
        reason
        for reason in reasons
        if stop(session, device, reason, note, now=ending.at, entry=ending.entry) is not None
    ]


def _worked_since(session: Session, device: int, reason: HoldReason, at: datetime) -> bool:
    asked = {"device": device, "kind": WorkKind(reason.value), "at": at}
    return session.connection().execute(_WORKED_SINCE, asked).first() is not None


def _asked_again(session: Session, device: int, kind: WorkKind, at: datetime) -> bool:
    """Whether a return after the work asks for it anew. On the spot there is none."""
    if not _is_late(session, at):
        return False
    since = at + slack_of(session, at)
    for row in session.connection().execute(_RETURNED_SINCE, {"device": device, "at": since}):
        demand = row.after_course if row.course_id is not None else row.after_term
        if demand.value == kind.value or (row.condition_ok is False and kind is WorkKind.INSPECT):
            return True
    return False


def _is_late(session: Session, at: datetime) -> bool:
    return at < journal.opened_at(session)
