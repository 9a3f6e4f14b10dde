"""Devices enter the ledger, change, are stopped, released and retired."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, StringConstraints
from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session, SQLModel

from inventory import chores, journal
from inventory.cases import case_by_code
from inventory.devices import DEVICE, HOLD, ITEM, DeviceCard, device_card, find_device
from inventory.errors import AlreadyLent, Invalid, NotFound, Retired
from inventory.holds import WORK_OF, close_hold, standing, stop
from inventory.journal import By
from inventory.pools import PoolId
from inventory.revisions import must_be_current
from inventory.shapes import (
    AssetNumber,
    BlankIsNone,
    CallNumber,
    Card,
    LongNote,
    ModelName,
    Note,
    OptionalDay,
    OptionalName,
    OptionalPhone,
    Reason,
    Shape,
    TagNumber,
    Yen,
    row_id,
)
from inventory.tables import HoldReason
from inventory.tags import bind_to_device
from inventory.text import code_text, fold

_POOL = SQLModel.metadata.tables["pool"]
MOVE = SQLModel.metadata.tables["move"]
_LATER_MOVE = (
    select(MOVE.c.id).where(MOVE.c.device_id == bindparam("device"), MOVE.c.moved_at > bindparam("at")).limit(1)
)


def _imei(value: str) -> str:
    digits = code_text(value).replace("-", "")
    if not (digits.isdecimal() and len(digits) in (14, 15)):
        raise ValueError("IMEIは15けたの数字です。端末の設定画面か箱で確かめてください")
    return digits


Imei = Annotated[Annotated[str, StringConstraints(max_length=40), AfterValidator(_imei)] | None, BlankIsNone]


class DeviceFields(Shape):
    serial: OptionalName = None
    imei: Imei = None
    line_number: OptionalPhone = None
    call_number: CallNumber = None
    acquired_on: OptionalDay = None
    price_yen: Yen = None
    lease_until: OptionalDay = None
    monthly_cost_yen: Yen = None
    os_support_until: OptionalDay = None
    section: OptionalName = None
    place: OptionalName = None
    note: LongNote = None


class NewDevice(DeviceFields):
    pool: PoolId
    asset_number: AssetNumber
    model: ModelName


class DeviceChange(DeviceFields):
    """Fields left out stay as they are; null empties a field."""

    pool: PoolId | None = None
    model: ModelName | None = None


class OpenHold(Shape):
    reason: HoldReason
    note: Note = None


class ReleaseHold(Shape):
    note: Note = None


class Retire(Shape):
    reason: Reason


class BindTag(Shape):
    """Without a number the device gets a fresh one."""

    number: Annotated[TagNumber | None, BlankIsNone] = None


def create_device(session: Session, order: NewDevice, *, by: By, now: datetime, op_id: str) -> DeviceCard:
    """Take a device into the ledger and give it its first label number.

    Raises:
        Invalid: the pool is unknown, or the asset number, serial, IMEI or call number belongs to another device.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    fields = order.model_dump(exclude={"pool"})
    _must_fit(session, order.pool, fields, own=None)
    # Devices and cases are scanned and typed alike, so no code may be both.
    if case_by_code(session, order.asset_number) is not None:
        raise Invalid.field(
            "asset_number", f"番号 {order.asset_number} は、貸出ケースが使っています。たしかめて書き直してください。"
        )
    values = {
        **fields,
        "pool_id": order.pool,
        "asset_key": order.asset_number.upper(),
        "search": _search(fields),
        "revision": 1,
        "entry": entry,
    }
    row = session.connection().execute(insert(DEVICE).values(values))
    assert row.inserted_primary_key is not None
    device = row.inserted_primary_key[0]
    number = bind_to_device(session, device, None, now=now, entry=entry)
    journal.note(session, "create_device", device=order.asset_number, pool=order.pool, tag=number)
    return device_card(session, order.asset_number)


def change_device(
    session: Session, change: DeviceChange, *, device: str, revision: int, by: By, now: datetime, op_id: str
) -> DeviceCard:
    """Change what the order names; ``revision`` is the one the caller has seen."""
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = find_device(session, device)
    must_be_current(row.revision, revision)
    given = change.model_dump(exclude_unset=True)
    for required in ("pool", "model"):
        if required in given and given[required] is None:
            del given[required]
    pool = given.pop("pool", row.pool_id)
    merged = {**row._mapping, **given}
    claimed = {name: merged[name] for name in _UNIQUE}
    # A retired device keeps its call number for the record, but the number may have gone on to another.
    claimed["call_number"] = merged["call_number"] if row.retired_at is None else None
    _must_fit(session, pool, claimed, own=row.id)
    session.connection().execute(
        update(DEVICE)
        .where(DEVICE.c.id == row.id)
        .values(**given, pool_id=pool, search=_search(merged), revision=row.revision + 1)
    )
    if merged["place"] != row.place:
        # Written down as a move too, so that one told of late does not undo it.
        session.connection().execute(
            insert(MOVE).values(
                device_id=row.id, from_place=row.place, to_place=merged["place"], moved_at=now, entry=entry
            )
        )
    journal.note(session, "change_device", device=row.asset_number, pool=pool, fields=sorted(given))
    return device_card(session, row.asset_number)


def put(session: Session, device: int, place: str | None, *, now: datetime, entry: int) -> None:
    """Write down that a device was taken somewhere, and that it is there, unless it was taken on since."""
    row = session.connection().execute(select(DEVICE).where(DEVICE.c.id == device)).one()
    if session.connection().execute(_LATER_MOVE, {"device": device, "at": now}).first() is None:
        moved = {**row._mapping, "place": place}
        session.connection().execute(
            update(DEVICE)
            .where(DEVICE.c.id == device)
            .values(place=place, search=_search(moved), revision=row.revision + 1)
        )
    session.connection().execute(
        insert(MOVE).values(device_id=device, from_place=row.place, to_place=place, moved_at=now, entry=entry)
    )


class HoldOpened(Card):
    """The hold that stands after asking for it, fresh or open before."""

    id: str
    asset_number: str
    reason: HoldReason
    opened_at: datetime
    note: str | None


def open_hold(session: Session, order: OpenHold, *, device: str, by: By, now: datetime, op_id: str) -> HoldOpened:
    """Stop a device, lent or not. A reason that is already open stays as it is."""
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = find_device(session, device)
    opened = stop(session, row.id, order.reason, order.note, now=now, entry=entry)
    journal.note(session, "open_hold", device=row.asset_number, reason=order.reason.value, hold=opened)
    stands = standing(session, row.id, order.reason)
    assert stands is not None
    return hold_opened(session, str(stands.id))


def hold_opened(session: Session, hold: str) -> HoldOpened:
    query = select(HOLD, DEVICE.c.asset_number).join(DEVICE, HOLD.c.device_id == DEVICE.c.id)
    row = session.connection().execute(query.where(HOLD.c.id == row_id(hold))).one()
    return HoldOpened(
        id=str(row.id), asset_number=row.asset_number, reason=row.reason, opened_at=row.opened_at, note=row.note
    )


def release_hold(
    session: Session, order: ReleaseHold, *, device: str, hold: str, by: By, now: datetime, op_id: str
) -> DeviceCard:
    """Close one hold of a device: the inspection, wipe or repair is done, or the device was found.

    A hold that is closed already stays as it is: two people who did the same work both did it.

    Raises:
        NotFound: the device has no such hold.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = find_device(session, device)
    query = select(HOLD).where(HOLD.c.id == row_id(hold), HOLD.c.device_id == row.id)
    stopped = session.connection().execute(query).first()
    if stopped is None:
        raise NotFound("その貸出停止は見つかりません。端末の画面を開き直してください。")
    if stopped.closed_at is None:
        if stopped.reason in WORK_OF:
            chores.work(session, row.id, WORK_OF[stopped.reason], now, note=order.note, entry=entry)
        else:
            close_hold(session, stopped.id, order.note, now=now, entry=entry)
        journal.note(session, "release_hold", device=row.asset_number, reason=stopped.reason.value, hold=stopped.id)
    return device_card(session, row.asset_number)


def retire(session: Session, order: Retire, *, device: str, by: By, now: datetime, op_id: str) -> DeviceCard:
    """Take a device out of use for good. Its history stays.

    Raises:
        AlreadyLent: it is out on a loan.
        Retired: it is retired already.
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = find_device(session, device)
    if row.retired_at is not None:
        raise Retired(f"{row.asset_number} は、もう除却されています。", device=row.asset_number)
    lent = select(ITEM.c.id).where(ITEM.c.device_id == row.id, ITEM.c.returned_at.is_(None))
    if session.connection().execute(lent).first():
        raise AlreadyLent(
            f"{row.asset_number} は貸出中です。返却を記録してから除却してください。", device=row.asset_number
        )
    session.connection().execute(
        update(DEVICE).where(DEVICE.c.id == row.id).values(retired_at=now, retired_reason=order.reason)
    )
    journal.note(session, "retire", device=row.asset_number)
    return device_card(session, row.asset_number)


def bind_tag(session: Session, order: BindTag, *, device: str, by: By, now: datetime, op_id: str) -> DeviceCard:
    """Give a device a new label number, fresh or printed blank; its old label then says that it was replaced."""
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = find_device(session, device)
    number = bind_to_device(session, row.id, order.number, now=now, entry=entry)
    journal.note(session, "bind_tag", device=row.asset_number, tag=number)
    return device_card(session, row.asset_number)


_UNIQUE = {
    "asset_number": "備品番号",
    "serial": "シリアル番号",
    "imei": "IMEI",
}


def _must_fit(session: Session, pool: str, fields: dict[str, Any], *, own: int | None) -> None:
    connection = session.connection()
    if connection.execute(select(_POOL.c.id).where(_POOL.c.id == pool)).first() is None:
        raise Invalid.field("pool", f"貸出区分 {pool} は見つかりません。一覧から選んでください。")
    for name, word in _UNIQUE.items():
        value = fields.get(name)
        column = DEVICE.c.asset_key if name == "asset_number" else DEVICE.c[name]
        if value is None:
            continue
        wanted = value.upper() if name == "asset_number" else value
        taken = connection.execute(
            select(DEVICE.c.asset_number).where(column == wanted, DEVICE.c.id != (own or 0))
        ).scalar()
        if taken:
            raise Invalid.field(name, f"この{word}は {taken} で使われています。たしかめて書き直してください。")
    if fields.get("call_number") is not None:
        taken = connection.execute(
            select(DEVICE.c.asset_number).where(
                DEVICE.c.pool_id == pool,
                DEVICE.c.call_number == fields["call_number"],
                DEVICE.c.retired_at.is_(None),
                DEVICE.c.id != (own or 0),
            )
        ).scalar()
        if taken:
            number = fields["call_number"]
            raise Invalid.field("call_number", f"呼び番号{number}は {taken} が使っています。別の番号にしてください。")


def _search(fields: Any) -> str:
    words = ("asset_number", "model", "serial", "imei", "line_number", "section", "place", "note")
    return "\n".join(fold(fields[word]) for word in words if fields.get(word))
