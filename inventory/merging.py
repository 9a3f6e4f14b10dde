"""The merge rule: what an act that is told of late does to the past of a device. It stands here and nowhere else.

Desks without a network tell of their acts when they can, each in its own order, so the ledger hears of them in any
order. Every act carries the moment it happened, and the past of a device is laid out by those moments:

- A loan has a place where no other loan covers its moment and none began after it; a return that came in before its
  loan (a *stray return*) ends it at once, so such a device ends in stock.
- A return ends the loan that covers its moment, and no loan that began later. Told of after a later return, it takes
  that one's place, and the later return is a stray one again.
- Work ends the hold that was open at its moment, unless a later return asks for the same work anew. A return told of
  after the work that followed it asks for nothing.

What work does stands in ``inventory/chores.py``. What has no place is a conflict (``inventory/conflicts.py``).
Nothing here ends a loan but a return that happened while it ran. When all desks have told everything, and their acts
fit one another, the order in which they did so has made no difference: ``tests/inventory/test_merging.py`` holds it
over random orders.

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
from inventory.chores import Ending, ask, open_holds, reopen_earlier
from inventory.devices import DEVICE, ITEM, POOL
from inventory.journal import ENTRY
from inventory.lateness import is_late, slack_of
from inventory.tables import HoldReason
from inventory.targets import BORROWER_COLUMNS

STRAY = SQLModel.metadata.tables["stray_return"]

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
    # What this very act has written has no entry yet.
    .outerjoin(ENTRY, ITEM.c.entry == ENTRY.c.seq)
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
_ENDED = ("returned_at", "returned_entry", "returned_accessories", "condition_ok", "condition_note")
_CLOSE_ITEM = update(ITEM).where(ITEM.c.id == bindparam("item")).values({name: bindparam(name) for name in _ENDED})


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
    slack, heard = slack_of(session, at), journal.opened_at(session)
    # Only an act told of late can have a return after it.
    if is_late(session, at):
        for stray in connection.execute(_STRAYS, asked | {"at": at + slack}):
            strays.setdefault(stray.device_id, stray)
    return {device: _place(later.get(device, []), strays.get(device), at, slack, heard) for device in devices}


def _place(later: list[Any], stray: Any | None, at: datetime, slack: timedelta, heard: datetime) -> Place:
    start = at
    for item in later:
        before = item.lent_at <= at and item.returned_at is not None and item.returned_at <= at + slack
        # A return of the server's future was taken before its clock was set back.
        if before or (item.returned_at is not None and item.returned_at > heard):
            start = max(start, item.returned_at)
            stray = None if stray is not None and stray.returned_at < start else stray
            continue
        if item.lent_at > at and stray is not None and stray.returned_at <= item.lent_at:
            return Place(until=stray, start=start)
        return Place(against=item, start=start)
    return Place(until=stray, start=start)


def end_by(session: Session, item: int, device: Any, stray: Any, *, course: bool, entry: int) -> list[HoldReason]:
    """End a loan item by the stray return that came before it; the holds that this opened."""
    ending = Ending(stray.returned_at, stray.entry, stray.accessories, stray.condition_ok, stray.condition_note)
    _close(session, item, ending)
    session.connection().execute(update(STRAY).where(STRAY.c.id == stray.id).values(item_id=item))
    return ask(session, device, course, ending, entry=entry)


def end_by_later_return(session: Session, item: Any, *, except_of: int, entry: int) -> None:
    """End a loan item that is open again by the first stray return after it that no act of entry ``except_of`` is."""
    asked = {"devices": [item.device_id], "at": item.lent_at}
    strays = session.connection().execute(_STRAYS, asked).all()
    stray = next((stray for stray in strays if stray.entry != except_of), None)
    if stray is None:
        return
    rules = (
        select(DEVICE.c.id, POOL.c.after_course, POOL.c.after_term)
        .join(POOL, DEVICE.c.pool_id == POOL.c.id)
        .where(DEVICE.c.id == item.device_id)
    )
    device = session.connection().execute(rules).one()
    course = session.connection().execute(select(LOAN.c.course_id).where(LOAN.c.id == item.loan_id)).scalar()
    end_by(session, item.id, device, stray, course=course is not None, entry=entry)


def take(session: Session, device: Any, ending: Ending) -> Taken:
    """Take a device back at a moment. ``device`` has ``id``, ``after_course`` and ``after_term`` of its pool."""
    running = running_at(session, device.id, ending.at)
    if running is None:
        _stray(session, device.id, ending)
        broken = [] if ending.ok is not False else open_holds(session, device.id, [HoldReason.INSPECT], ending)
        return Taken(None, broken)
    if running.returned_at is not None:
        displace(session, running, ending.at, entry=ending.entry)
    # The server's clock may have been set back since; the device still came back after it went out.
    at = max(ending.at, running.lent_at)
    _close(session, running.id, Ending(at, ending.entry, ending.accessories, ending.ok, ending.note))
    holds = ask(session, device, running.course_id is not None, ending, entry=ending.entry)
    return Taken(running.number, holds)


def running_until(session: Session, device: int, at: datetime) -> Any | None:
    """The loan item that covers a moment or ended in it: the one that a swap at that moment goes on with."""
    running = running_at(session, device, at)
    if running is not None:
        return running
    a_moment_before = session.connection().execute(
        _FROM_THEN_ON, {"devices": [device], "at": at - timedelta(microseconds=1)}
    )
    return next((item for item in a_moment_before if item.lent_at < at and item.returned_at == at), None)


def displace(session: Session, item: Any, at: datetime, *, entry: int) -> None:
    """End a loan item at an earlier moment; the return that had ended it is a stray one again."""
    _close(session, item.id, Ending(max(at, item.lent_at), entry))
    if item.returned_at is None or item.returned_entry is None:
        return
    later = Ending(
        item.returned_at, item.returned_entry, item.returned_accessories, item.condition_ok, item.condition_note
    )
    _stray(session, item.device_id, later)
    reopen_earlier(session, item.device_id, item.returned_at, at, entry=entry)


def running_at(session: Session, device: int, at: datetime) -> Any | None:
    """The loan item that covers a moment, with its loan's number and borrower; None when the device was here."""
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
