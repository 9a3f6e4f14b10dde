"""take_back: what comes over the counter is always taken. A return is never refused for another record's sake."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import bindparam, select
from sqlmodel import Session

from inventory import journal
from inventory.chores import Ending
from inventory.devices import DEVICE, POOL
from inventory.errors import Invalid
from inventory.journal import By
from inventory.merging import take
from inventory.shapes import Card, Count, Name, Note, Shape
from inventory.tables import HoldReason
from inventory.tags import device_by_code
from inventory.text import code_text

_DEVICE = select(DEVICE.c.id, DEVICE.c.asset_number, POOL.c.after_course, POOL.c.after_term).join(
    POOL, DEVICE.c.pool_id == POOL.c.id
)
_OF_KEY = _DEVICE.where(DEVICE.c.asset_key == bindparam("key"))
_OF_ID = _DEVICE.where(DEVICE.c.id == bindparam("id"))


class Condition(Shape):
    """How a device came back. ``ok`` false asks for an inspection; ``accessories`` are what came back with it."""

    ok: bool = True
    note: Note = None
    accessories: Annotated[dict[Name, Count], Field(max_length=20)] | None = None


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
    """Take devices back at ``now``, which may be long ago: end the loans that ran then, and ask for what pools ask.

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
    device = _device(session, code)
    if device is None:
        return TakenBack(asset_number=code, outcome="unknown", holds_opened=[])
    ending = Ending(now, entry, condition.accessories, condition.ok, condition.note)
    taken = take(session, device, ending)
    return TakenBack(
        asset_number=device.asset_number,
        outcome="returned" if taken.loan else "already_here",
        holds_opened=taken.holds,
        loan=taken.loan,
    )


def _device(session: Session, code: str) -> Any | None:
    connection = session.connection()
    row = connection.execute(_OF_KEY, {"key": code_text(code)}).first()
    if row is None:
        found = device_by_code(session, code)
        row = connection.execute(_OF_ID, {"id": found}).first() if found else None
    return row
