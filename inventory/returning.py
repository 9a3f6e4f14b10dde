"""take_back: what comes over the counter is always taken. A return is never refused for another record's sake."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import bindparam, select, update
from sqlmodel import Session

from inventory import journal
from inventory.borrowers import LOAN
from inventory.devices import DEVICE, ITEM, POOL
from inventory.errors import Invalid
from inventory.journal import By
from inventory.shapes import Card, Count, Note, Shape
from inventory.stock import stop
from inventory.tables import Demand, HoldReason
from inventory.tags import device_by_code
from inventory.text import code_text

_DEVICE = select(DEVICE.c.id, DEVICE.c.asset_number, POOL.c.after_course, POOL.c.after_term).join(
    POOL, DEVICE.c.pool_id == POOL.c.id
)
_OF_KEY = _DEVICE.where(DEVICE.c.asset_key == bindparam("key"))
_OF_ID = _DEVICE.where(DEVICE.c.id == bindparam("id"))
_OPEN_ITEM = (
    select(ITEM, LOAN.c.number, LOAN.c.course_id)
    .join(LOAN, ITEM.c.loan_id == LOAN.c.id)
    .where(ITEM.c.device_id == bindparam("device"), ITEM.c.returned_at.is_(None))
)
_CLOSE_ITEM = (
    update(ITEM)
    .where(ITEM.c.id == bindparam("item"))
    .values(
        returned_at=bindparam("returned_at"),
        returned_entry=bindparam("returned_entry"),
        returned_accessories=bindparam("returned_accessories"),
        condition_ok=bindparam("condition_ok"),
        condition_note=bindparam("condition_note"),
    )
)


class Condition(Shape):
    """How a device came back. ``ok`` false asks for an inspection; ``accessories`` are what came back with it."""

    ok: bool = True
    note: Note = None
    accessories: Annotated[dict[str, Count], Field(max_length=20)] | None = None


class TakeBack(Shape):
    """Devices by asset number, label number, serial or IMEI; what nobody knows is named, not refused."""

    devices: Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]], Field(min_length=1, max_length=200)]
    condition: Annotated[dict[str, Condition], Field(max_length=200)] = {}


class TakenBack(Card):
    asset_number: str
    outcome: Literal["returned", "already_here", "unknown"]
    holds_opened: list[HoldReason]
    loan: str | None = None


class Returned(Card):
    results: list[TakenBack]


def take_back(session: Session, order: TakeBack, *, by: By, now: datetime, op_id: str) -> Returned:
    """Close the open loan items of these devices and open the holds that their pools ask for.

    Raises:
        Invalid: a condition is told of a device that is not among those returned.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    conditions = {name.upper(): condition for name, condition in order.condition.items()}
    named = {code.upper() for code in order.devices}
    for name in conditions:
        if name not in named:
            raise Invalid.field("condition", f"{name} は、返却する端末に入っていません。番号をたしかめてください。")
    results = [
        _take_back_one(session, code, conditions.get(code.upper(), Condition()), now=now, entry=entry)
        for code in dict.fromkeys(order.devices)
    ]
    journal.note(
        session,
        "take_back",
        results=[
            [result.asset_number, result.outcome, result.loan] for result in results if result.outcome != "unknown"
        ],
    )
    return Returned(results=results)


def _take_back_one(session: Session, code: str, condition: Condition, *, now: datetime, entry: int) -> TakenBack:
    connection = session.connection()
    device = _device(session, code)
    if device is None:
        return TakenBack(asset_number=code, outcome="unknown", holds_opened=[])
    item = connection.execute(_OPEN_ITEM, {"device": device.id}).first()
    if item is None:
        return TakenBack(asset_number=device.asset_number, outcome="already_here", holds_opened=[])
    connection.execute(
        _CLOSE_ITEM,
        {
            "item": item.id,
            # The server's clock may have been set back since; the device still came back after it went out.
            "returned_at": max(now, item.lent_at),
            "returned_entry": entry,
            "returned_accessories": condition.accessories,
            "condition_ok": condition.ok,
            "condition_note": condition.note,
        },
    )
    demand = device.after_course if item.course_id is not None else device.after_term
    reasons = [] if demand is Demand.NONE else [HoldReason(demand.value)]
    if not condition.ok and HoldReason.INSPECT not in reasons:
        reasons.append(HoldReason.INSPECT)
    note = condition.note if not condition.ok else None
    opened = [reason for reason in reasons if stop(session, device.id, reason, note, now=now, entry=entry) is not None]
    return TakenBack(asset_number=device.asset_number, outcome="returned", holds_opened=opened, loan=item.number)


def _device(session: Session, code: str) -> Any | None:
    connection = session.connection()
    row = connection.execute(_OF_KEY, {"key": code_text(code)}).first()
    if row is None:
        found = device_by_code(session, code)
        row = connection.execute(_OF_ID, {"id": found}).first() if found else None
    return row
