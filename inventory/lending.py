"""check_out and extend: devices go out on a loan, all or none."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import bindparam, func, insert, select, update
from sqlmodel import Session

from inventory import journal
from inventory.borrowers import LOAN
from inventory.calendar import era_year_code, fiscal_year, today
from inventory.devices import DEVICE, HOLD, ITEM, POOL
from inventory.due import DueBy, default_due, given_due
from inventory.errors import AlreadyLent, Held, Invalid, LimitReached, NotFound, Retired
from inventory.journal import By
from inventory.loans import LoanCard, loan_card
from inventory.shapes import (
    AssetNumber,
    Count,
    Note,
    OptionalLine,
    Reason,
    Seat,
    Shape,
)
from inventory.targets import BORROWER_COLUMNS, Target, borrower_columns

_DEVICES = (
    select(DEVICE, POOL.c.accessories, POOL.c.default_days, POOL.c.one_per_borrower, POOL.c.name.label("pool_name"))
    .join(POOL, DEVICE.c.pool_id == POOL.c.id)
    .where(DEVICE.c.asset_key.in_(bindparam("keys", expanding=True)))
)
_OUT = select(ITEM.c.device_id).where(
    ITEM.c.device_id.in_(bindparam("devices", expanding=True)), ITEM.c.returned_at.is_(None)
)
_HELD = (
    select(HOLD.c.device_id, HOLD.c.reason)
    .where(HOLD.c.device_id.in_(bindparam("devices", expanding=True)), HOLD.c.closed_at.is_(None))
    .order_by(HOLD.c.id)
)
_OF_BATCH = select(LOAN).where(LOAN.c.batch == bindparam("batch"))
_LAST_OF_YEAR = select(func.max(LOAN.c.sequence)).where(LOAN.c.fiscal_year == bindparam("year"))
_INSERT_LOAN = insert(LOAN)
_INSERT_ITEM = insert(ITEM)

# The name a desk gives to what it scans in one go.
Batch = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")]


class Override(Shape):
    reason: Reason


class CheckOut(Shape):
    """Lend devices to one borrower. Without ``due``: the course's end, the end of office, or the pool's days."""

    borrower: Target
    devices: Annotated[list[AssetNumber], Field(min_length=1, max_length=200)]
    due: DueBy | None = None
    accessories: Annotated[dict[str, Count], Field(max_length=20)] | None = None
    purpose: OptionalLine = None
    note: Note = None
    override: Override | None = None
    batch: Batch | None = None
    seat: Seat = None


class Extend(Shape):
    due: DueBy


def check_out(session: Session, order: CheckOut, *, by: By, now: datetime, op_id: str) -> LoanCard:
    """Lend every device of the order, or none.

    Raises:
        NotFound: a device or the borrower does not exist.
        AlreadyLent, Held, Retired, LimitReached: in this order of precedence; ``device`` names the offending one.
        Invalid: no due day can be told, or an accessory is not the pool's.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    devices = _devices(session, order.devices)
    _must_be_lendable(session, devices)
    borrower = borrower_columns(session, order.borrower, today(now))
    _must_respect_limits(session, devices, borrower, overridden=order.override is not None)
    if order.due is not None:
        due = given_due(order.due, borrower["officer_id"], now)
    else:
        due = default_due(session, borrower, devices, now)
    values = {
        **borrower,
        **due,
        **_next_number(session, now),
        "purpose": order.purpose,
        "note": order.note,
        "override_reason": order.override.reason if order.override else None,
        "batch": order.batch,
        "lent_at": now,
        "entry": entry,
    }
    row = session.connection().execute(_INSERT_LOAN, values)
    assert row.inserted_primary_key is not None
    add_items(
        session,
        row.inserted_primary_key[0],
        devices,
        seat=order.seat,
        accessories=order.accessories,
        now=now,
        entry=entry,
    )
    journal.note(
        session,
        "check_out",
        loan=values["number"],
        devices=[device.asset_number for device in devices],
        overridden=order.override is not None,
    )
    return loan_card(session, values["number"], now=now)


def add_to_loan(session: Session, order: CheckOut, *, by: By, now: datetime, op_id: str) -> LoanCard:
    """Lend more devices on the loan that the order's batch began, or begin it.

    A desk scans one device at a time; what it calls one batch is one loan.

    Raises:
        Invalid: the batch belongs to another borrower.
    """
    begun = session.connection().execute(_OF_BATCH, {"batch": order.batch}).first()
    if order.batch is None or begun is None:
        return check_out(session, order, by=by, now=now, op_id=op_id)
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    devices = _devices(session, order.devices)
    _must_be_lendable(session, devices)
    borrower = borrower_columns(session, order.borrower, today(now))
    if any(getattr(begun, name) != borrower[name] for name in BORROWER_COLUMNS):
        raise Invalid.field("batch", "この読み取りのまとまりは、別の貸出先のものです。貸出先を選び直してください。")
    _must_respect_limits(session, devices, borrower, overridden=order.override is not None)
    add_items(session, begun.id, devices, seat=order.seat, accessories=order.accessories, now=now, entry=entry)
    journal.note(
        session,
        "check_out",
        loan=begun.number,
        devices=[device.asset_number for device in devices],
        overridden=order.override is not None,
    )
    return loan_card(session, begun.number, now=now)


def swap_onto(session: Session, out: str, fresh: str, *, by: By, now: datetime, op_id: str) -> str:
    """Lend a fresh device on the loan that another one is out on, in its seat; the loan's number.

    The other device is still out afterwards: taking it back is part of the same act.

    Raises:
        NotFound: one of the devices does not exist, or the first is not out.
        AlreadyLent, Held, Retired: the fresh device may not go out.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    worn, new = _devices(session, [out])[0], _devices(session, [fresh])
    query = (
        select(ITEM.c.loan_id, ITEM.c.seat, LOAN.c.number)
        .join(LOAN, ITEM.c.loan_id == LOAN.c.id)
        .where(ITEM.c.device_id == worn.id, ITEM.c.returned_at.is_(None))
    )
    standing = session.connection().execute(query).first()
    if standing is None:
        raise NotFound(f"{worn.asset_number} は貸し出していません。取り替える端末を選び直してください。", device=out)
    _must_be_lendable(session, new)
    add_items(session, standing.loan_id, new, seat=standing.seat, accessories=None, now=now, entry=entry)
    journal.note(session, "swap", loan=standing.number, devices=[worn.asset_number, new[0].asset_number])
    return str(standing.number)


def extend(session: Session, order: Extend, *, loan: str, by: By, now: datetime, op_id: str) -> LoanCard:
    """Give a loan a new due day.

    Raises:
        NotFound: there is no such loan.
        Invalid: everything is back already, the new day is past, or nobody's term can end.
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    card = loan_card(session, loan, now=now)
    if not card.open:
        raise Invalid.field("due", f"貸出 {card.number} は、すべて返っています。延ばす必要はありません。")
    row = session.connection().execute(select(LOAN).where(LOAN.c.number == card.number)).one()
    due = given_due(order.due, row.officer_id, now)
    session.connection().execute(update(LOAN).where(LOAN.c.id == row.id).values(**due))
    journal.note(
        session,
        "extend",
        loan=card.number,
        before=_iso(row.due_on),
        before_end_of_office=row.end_of_office,
        after=_iso(due["due_on"]),
        after_end_of_office=due["end_of_office"],
    )
    return loan_card(session, card.number, now=now)


def add_items(
    session: Session,
    loan: int,
    devices: Sequence[Any],
    *,
    seat: str | None,
    accessories: dict[str, int] | None,
    now: datetime,
    entry: int,
) -> None:
    rows = [
        {
            "loan_id": loan,
            "device_id": device.id,
            "lent_at": now,
            "seat": seat,
            "accessories": _accessories(device, accessories),
            "entry": entry,
        }
        for device in devices
    ]
    session.connection().execute(_INSERT_ITEM, rows)


def _devices(session: Session, asset_numbers: Sequence[str]) -> list[Any]:
    """The devices with their pools, in the order of the order; each is named once however often it was scanned."""
    keys = list(dict.fromkeys(number.upper() for number in asset_numbers))
    found = {row.asset_key: row for row in session.connection().execute(_DEVICES, {"keys": keys})}
    for key in keys:
        if key not in found:
            raise NotFound(f"備品番号 {key} の端末は見つかりません。番号をたしかめてください。", device=key)
    return [found[key] for key in keys]


def _must_be_lendable(session: Session, devices: Sequence[Any]) -> None:
    connection = session.connection()
    ids = {"devices": [device.id for device in devices]}
    out = set(connection.execute(_OUT, ids).scalars())
    for device in devices:
        if device.id in out:
            number = device.asset_number
            raise AlreadyLent(f"{number} は貸出中です。先に返却を記録してください。", device=number)
    holds: dict[int, list[str]] = {}
    for hold in connection.execute(_HELD, ids):
        holds.setdefault(hold.device_id, []).append(hold.reason.value)
    for device in devices:
        if device.id in holds:
            raise _held(device.asset_number, holds[device.id])
    for device in devices:
        if device.retired_at is not None:
            number = device.asset_number
            raise Retired(f"{number} は除却ずみです。ほかの端末を選んでください。", device=number)


_HOLD_SENTENCES = {
    "wipe": "貸せません。初期化がまだです。初期化を記録してください。",
    "inspect": "貸せません。点検がまだです。点検を記録してください。",
    "repair": "貸せません。修理中です。ほかの端末を選んでください。",
    "lost": "貸せません。紛失の記録があります。見つかったことを記録してください。",
    "missing": "貸せません。所在不明の記録があります。見つかったことを記録してください。",
}


def _held(number: str, reasons: list[str]) -> Held:
    return Held(f"{number} は{_HOLD_SENTENCES[reasons[0]]}", device=number, holds=reasons)


def _must_respect_limits(
    session: Session, devices: Sequence[Any], borrower: dict[str, Any], *, overridden: bool
) -> None:
    limited = {device.pool_id: device for device in devices if device.one_per_borrower}
    if overridden or not limited:
        return
    column = next(name for name in BORROWER_COLUMNS if borrower[name] is not None)
    query = (
        select(DEVICE.c.pool_id, func.count())
        .select_from(ITEM.join(LOAN, ITEM.c.loan_id == LOAN.c.id).join(DEVICE, ITEM.c.device_id == DEVICE.c.id))
        .where(LOAN.c[column] == borrower[column], ITEM.c.returned_at.is_(None), DEVICE.c.pool_id.in_(list(limited)))
        .group_by(DEVICE.c.pool_id)
    )
    held = {row[0]: row[1] for row in session.connection().execute(query)}
    for device in devices:
        if device.pool_id in limited:
            held[device.pool_id] = held.get(device.pool_id, 0) + 1
            if held[device.pool_id] > 1:
                raise LimitReached(
                    f"{device.pool_name}は1つの貸出先に1台までです。わけを書けば、{device.asset_number} も貸せます。",
                    device=device.asset_number,
                )


def _accessories(device: Any, given: dict[str, int] | None) -> dict[str, int]:
    """What goes out with a device: what was said, or everything the pool lists."""
    listed = {accessory["name"]: accessory["count"] for accessory in device.accessories}
    if given is None:
        return listed
    for name in given:
        if name not in listed:
            raise Invalid.field(
                "accessories", f"{device.pool_name}の付属品に「{name}」はありません。名前をたしかめてください。"
            )
    return dict(given)


def _next_number(session: Session, now: datetime) -> dict[str, Any]:
    """The next loan number of the fiscal year, such as R8-00012. One writer per city makes reading the last enough."""
    year = fiscal_year(today(now))
    last = session.connection().execute(_LAST_OF_YEAR, {"year": year}).scalar()
    sequence = (last or 0) + 1
    return {"number": f"{era_year_code(year)}-{sequence:05d}", "fiscal_year": year, "sequence": sequence}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
