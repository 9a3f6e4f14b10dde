"""check_out: devices go out on a loan, all or none."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import bindparam, func, insert, select, update
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.borrowers import LOAN
from inventory.calendar import era_year_code, fiscal_year, today
from inventory.course_seats import seats_from
from inventory.devices import DEVICE, ITEM, POOL
from inventory.due import DueBy, default_due, given_due
from inventory.errors import AlreadyLent, Held, Invalid, LimitReached, NotFound, NotOut, Retired
from inventory.journal import By
from inventory.lendable import lendable
from inventory.loans import LoanCard, loan_card
from inventory.merging import Place, end_by, running_until
from inventory.promises import keep_promises
from inventory.shapes import AssetNumber, Count, Note, OptionalLine, Reason, Seat, Shape
from inventory.tables import PoolKind
from inventory.targets import BORROWER_COLUMNS, Target, borrower_columns

POINT = SQLModel.metadata.tables["access_point"]

_DEVICES = (
    select(
        DEVICE,
        POOL.c.after_course,
        POOL.c.after_term,
        POOL.c.accessories,
        POOL.c.default_days,
        POOL.c.one_per_borrower,
        POOL.c.preparation_minutes,
        POOL.c.name.label("pool_name"),
        POOL.c.kind,
    )
    .join(POOL, DEVICE.c.pool_id == POOL.c.id)
    .where(DEVICE.c.asset_key.in_(bindparam("keys", expanding=True)))
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


def check_out(
    session: Session,
    order: CheckOut,
    *,
    by: By,
    now: datetime,
    op_id: str,
    despite_holds: bool = False,
    installed: bool = False,
) -> LoanCard:
    """Lend every device of the order, or none, at ``now``, which may be long ago when a desk tells of it late.

    ``installed``: they stay at a venue until they are taken down, so no day is due.

    Raises:
        NotFound: a device or the borrower does not exist.
        AlreadyLent, Held, Retired, Promised, LimitReached: in this order of precedence; ``device`` names the offending
            one. The last two give way to an ``override``.
        Invalid: no due day can be told, or an accessory is not the pool's.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    devices = devices_named(session, order.devices)
    fits = _must_be_lendable(session, devices, now, despite_holds=despite_holds)
    borrower = borrower_columns(session, order.borrower, today(now))
    overridden = order.override is not None
    if installed:
        due: dict[str, Any] = {"due_on": None, "due_at": None, "end_of_office": False, "installed": True}
    elif order.due is not None:
        due = given_due(order.due, borrower["officer_id"], now)
    else:
        due = default_due(session, borrower, devices, now)
    out_on = keep_promises(session, devices, fits, borrower, due, at=now, overridden=overridden)
    _must_respect_limits(session, devices, borrower, overridden=overridden)
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
    goods = Goods(devices, fits, order.seat, order.accessories, out_on, course=borrower["course_id"] is not None)
    _add_items(session, row.inserted_primary_key[0], goods, entry=entry)
    journal.note(
        session,
        "check_out",
        loan=values["number"],
        devices=[device.asset_number for device in devices],
        overridden=overridden,
    )
    return loan_card(session, values["number"], now=now)


def add_to_loan(
    session: Session, order: CheckOut, *, by: By, now: datetime, op_id: str, despite_holds: bool = False
) -> LoanCard:
    """Lend more devices on the loan that the order's batch began, or begin it.

    A desk scans one device at a time; what it calls one batch is one loan.

    Raises:
        Invalid: the batch belongs to another borrower.
    """
    begun = session.connection().execute(_OF_BATCH, {"batch": order.batch}).first()
    if order.batch is None or begun is None:
        return check_out(session, order, by=by, now=now, op_id=op_id, despite_holds=despite_holds)
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    devices = devices_named(session, order.devices)
    fits = _must_be_lendable(session, devices, now, despite_holds=despite_holds)
    borrower = borrower_columns(session, order.borrower, today(now))
    if any(getattr(begun, name) != borrower[name] for name in BORROWER_COLUMNS):
        raise Invalid.field("batch", "この読み取りのまとまりは、別の貸出先のものです。貸出先を選び直してください。")
    overridden = order.override is not None
    out_on = keep_promises(session, devices, fits, borrower, dict(begun._mapping), at=now, overridden=overridden)
    _must_respect_limits(session, devices, borrower, overridden=overridden)
    goods = Goods(devices, fits, order.seat, order.accessories, out_on, course=begun.course_id is not None)
    _add_items(session, begun.id, goods, entry=entry)
    if now < begun.lent_at:
        session.connection().execute(update(LOAN).where(LOAN.c.id == begun.id).values(lent_at=now))
    journal.note(
        session,
        "check_out",
        loan=begun.number,
        devices=[device.asset_number for device in devices],
        overridden=overridden,
    )
    return loan_card(session, begun.number, now=now)


def swap_onto(
    session: Session, out: str, fresh: str, *, by: By, now: datetime, op_id: str, despite_holds: bool = False
) -> str:
    """Lend a fresh device on the loan that another one is out on at ``now``, in its seat; the loan's number.

    The other device is still out afterwards: taking it back is part of the same act.

    Raises:
        NotFound: one of the devices does not exist. NotOut: the first is not out.
        AlreadyLent, Held, Retired: the fresh device may not go out. Promised: nor may one more of its pool, which is
            another than the worn one's: within a pool a swap changes no number.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    worn, new = devices_named(session, [out])[0], devices_named(session, [fresh])
    standing = running_until(session, worn.id, now)
    if standing is None:
        raise NotOut(f"{worn.asset_number} は貸し出していません。取り替える端末を選び直してください。", device=out)
    loan = session.connection().execute(select(LOAN).where(LOAN.c.id == standing.loan_id)).one()
    if loan.installed and new[0].kind is not PoolKind.ACCESS_POINT:
        raise Invalid.field("code", f"{new[0].asset_number} はアクセスポイントではないので、取り替えられません。")
    fits = _must_be_lendable(session, new, now, despite_holds=despite_holds)
    if new[0].pool_id == worn.pool_id:
        out_on = _pass_reservation(session, standing, new[0].id)
    else:
        due = dict(loan._mapping)
        out_on = keep_promises(session, new, fits, due, due, at=now, overridden=despite_holds)
    goods = Goods(new, fits, standing.seat, None, out_on, course=standing.course_id is not None)
    _add_items(session, standing.loan_id, goods, entry=entry)
    if loan.installed:
        _send_from(session, worn.id, new[0].id)
    journal.note(session, "swap", loan=standing.number, devices=[worn.asset_number, new[0].asset_number])
    return str(standing.number)


def _pass_reservation(session: Session, worn: Any, fresh: int) -> dict[int, int]:
    """Let a fresh device be the one that was handed out on the reservation of a worn one's loan item."""
    if worn.reservation_id is None:
        return {}
    session.connection().execute(update(ITEM).where(ITEM.c.id == worn.id).values(reservation_id=None))
    return {fresh: worn.reservation_id}


def _send_from(session: Session, worn: int, fresh: int) -> None:
    """Let the networks that one device sent be sent by another from now on."""
    sent = (POINT.c.device_id == worn) & POINT.c.removed_on.is_(None)
    changed = {"device_id": fresh, "revision": POINT.c.revision + 1}
    session.connection().execute(update(POINT).where(sent).values(changed))


@dataclass(frozen=True)
class Goods:
    """What goes on a loan: devices with their pools, the place of each in its past, and what goes with each.

    ``out_on`` is the reservation that a device goes out on, by row numbers.
    """

    devices: Sequence[Any]
    fits: dict[int, Place]
    seat: str | None
    accessories: dict[str, int] | None
    out_on: dict[int, int]
    course: bool = field(kw_only=True)


def _add_items(session: Session, loan: int, goods: Goods, *, entry: int) -> None:
    """Put devices on a loan; one that has come back since is back again."""
    for device, seat in zip(goods.devices, seats_from(goods.seat, len(goods.devices)), strict=True):
        place = goods.fits[device.id]
        values = {
            "loan_id": loan,
            "device_id": device.id,
            "lent_at": place.start,
            "seat": seat,
            "accessories": _accessories(device, goods.accessories),
            "returned_at": place.until.returned_at if place.until is not None else None,
            "reservation_id": goods.out_on.get(device.id),
            "entry": entry,
        }
        row = session.connection().execute(_INSERT_ITEM, values)
        if place.until is not None:
            assert row.inserted_primary_key is not None
            end_by(session, row.inserted_primary_key[0], device, place.until, course=goods.course, entry=entry)


def devices_named(session: Session, asset_numbers: Sequence[str]) -> list[Any]:
    """The devices with their pools, in the order of the order; each is named once however often it was scanned."""
    keys = list(dict.fromkeys(number.upper() for number in asset_numbers))
    found = {row.asset_key: row for row in session.connection().execute(_DEVICES, {"keys": keys})}
    for key in keys:
        if key not in found:
            raise NotFound(f"備品番号 {key} の端末は見つかりません。番号をたしかめてください。", device=key)
    return [found[key] for key in keys]


def _must_be_lendable(
    session: Session, devices: Sequence[Any], at: datetime, *, despite_holds: bool
) -> dict[int, Place]:
    """The place of each device in its past at this moment."""
    fits, why_not = lendable(session, devices, at, despite_holds=despite_holds)
    for kind in (AlreadyLent, Held, Retired):
        for device in devices:
            refusal = why_not.get(device.id)
            if isinstance(refusal, kind):
                raise refusal
    return fits


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
