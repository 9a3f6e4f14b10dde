"""Cases enter the ledger, are filled, change, move and are given up."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import insert, select, update
from sqlmodel import Session

from inventory import journal
from inventory.cases import CaseCard, case_card, find_case, is_with, members_of
from inventory.devices import CASE, DEVICE, MEMBER, find_device
from inventory.errors import InOtherCase, Invalid, Retired
from inventory.journal import By
from inventory.revisions import must_be_current
from inventory.shapes import AssetNumber, Name, Note, OptionalName, Shape
from inventory.stock import MOVE, BindTag, put
from inventory.tags import bind
from inventory.text import fold

# A case is carried by one person; a member list longer than this is a slip.
MOST_MEMBERS = 200
Members = Annotated[list[AssetNumber], Field(max_length=MOST_MEMBERS)]


class NewCase(Shape):
    """``code`` has the form of an asset number and is none of a device's: both are scanned and typed alike."""

    code: AssetNumber
    name: Name
    place: OptionalName = None
    note: Note = None


class CaseChange(Shape):
    """Fields left out stay as they are; null empties a field. Another place moves the case with what lies in it."""

    name: Name | None = None
    place: OptionalName = None
    note: Note = None


class Fill(Shape):
    """The whole list of devices that have their place in the case. ``take_over``: also those of another case."""

    devices: Members
    take_over: bool = False


class MoveCase(Shape):
    place: Name


class BringIn(Shape):
    """Members that lie elsewhere are in their case again."""

    devices: Annotated[Members, Field(min_length=1)]


def create_case(session: Session, order: NewCase, *, by: By, now: datetime, op_id: str) -> CaseCard:
    """Take a case into the ledger and give it its first label number.

    Raises:
        Invalid: the code is another case's or a device's.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    key = order.code.upper()
    connection = session.connection()
    if connection.execute(select(CASE.c.id).where(CASE.c.code_key == key)).first():
        raise Invalid.field("code", f"番号 {order.code} は、ほかの貸出ケースが使っています。別の番号にしてください。")
    if connection.execute(select(DEVICE.c.id).where(DEVICE.c.asset_key == key)).first():
        raise Invalid.field("code", f"番号 {order.code} は、端末の備品番号です。別の番号にしてください。")
    fields = order.model_dump()
    values = {
        **fields,
        "code_key": key,
        "placed_at": now if order.place else None,
        "search": _search(fields),
        "revision": 1,
        "entry": entry,
    }
    row = connection.execute(insert(CASE).values(values))
    assert row.inserted_primary_key is not None
    number = bind(session, None, now=now, entry=entry, case_id=row.inserted_primary_key[0])
    journal.note(session, "create_case", case=order.code, tag=number)
    return case_card(session, order.code)


def change_case(
    session: Session, change: CaseChange, *, case: str, revision: int, by: By, now: datetime, op_id: str
) -> CaseCard:
    """Change what the order names; ``revision`` is the one the caller has seen."""
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = find_case(session, case)
    must_be_current(row.revision, revision)
    given = change.model_dump(exclude_unset=True)
    if given.get("name", "") is None:
        del given["name"]
    journal.note(session, "change_case", case=row.code, fields=sorted(given))
    if "place" in given and given["place"] != row.place:
        move_case(session, row.id, given["place"], at=now, entry=entry)
        row = find_case(session, case)
    given.pop("place", None)
    session.connection().execute(
        update(CASE)
        .where(CASE.c.id == row.id)
        .values(**given, search=_search({**row._mapping, **given}), revision=row.revision + 1)
    )
    return case_card(session, row.code)


def fill_case(session: Session, order: Fill, *, case: str, by: By, now: datetime, op_id: str) -> CaseCard:
    """Say which devices have their place in the case, all of them.

    What comes in belongs where the case is from now on.

    Raises:
        NotFound: the case or a device does not exist.
        Retired: the case or a device is in use no more.
        InOtherCase: a device has its place in another case, and the order does not take it over.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = _usable(session, case)
    wanted = _devices(session, order.devices)
    if not order.take_over:
        _must_be_free(session, row.id, [device.id for device in wanted])
    connection = session.connection()
    lying = set(members_of(session, row.id))
    joining = [device for device in wanted if device.id not in lying]
    leaving = sorted(lying - {device.id for device in wanted})
    gone = {"left_at": now, "left_entry": entry}
    # A device that comes over from another case leaves that one in the same breath.
    for device in [*leaving, *(device.id for device in joining)]:
        connection.execute(
            update(MEMBER).where(MEMBER.c.device_id == device, MEMBER.c.left_at.is_(None)).values(**gone)
        )
    for device in joining:
        values = {"case_id": row.id, "device_id": device.id, "joined_at": now, "entry": entry}
        connection.execute(insert(MEMBER).values(values))
        if row.place is not None and row.place != device.place:
            put(session, device.id, row.place, now=now, entry=entry)
    if joining or leaving:
        connection.execute(update(CASE).where(CASE.c.id == row.id).values(revision=row.revision + 1))
    journal.note(
        session,
        "fill_case",
        case=row.code,
        joined=[device.asset_number for device in joining],
        left=_asset_numbers(session, leaving),
    )
    return case_card(session, row.code)


def bring_in(session: Session, order: BringIn, *, case: str, by: By, now: datetime, op_id: str) -> CaseCard:
    """Write down that members of the case, which lay elsewhere, are where the case is.

    Raises:
        Invalid: a device has no place in this case.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = _usable(session, case)
    lying = set(members_of(session, row.id))
    devices = _devices(session, order.devices)
    for device in devices:
        if device.id not in lying:
            raise Invalid.field("devices", f"{device.asset_number} は、この貸出ケースの端末ではありません。")
        if not is_with(row.place, device.place):
            put(session, device.id, row.place, now=now, entry=entry)
    journal.note(session, "bring_in", case=row.code, devices=[device.asset_number for device in devices])
    return case_card(session, row.code)


def move(session: Session, order: MoveCase, *, case: str, by: By, now: datetime, op_id: str) -> CaseCard:
    """Carry a case to another place."""
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = _usable(session, case)
    moved = move_case(session, row.id, order.place, at=now, entry=entry)
    journal.note(session, "move_case", case=row.code, devices=_asset_numbers(session, moved))
    return case_card(session, row.code)


def move_case(session: Session, case_id: int, place: str | None, *, at: datetime, entry: int) -> list[int]:
    """Write down that a case came to a place at a time, and what lies in it with it; row numbers of those devices.

    Members that lie elsewhere stay where they are. Of a member that is lent the place is where it belongs once it is
    back, so it goes along. A move that is told of after a later one leaves the case where the later one took it; the
    devices' own moves are ``put``'s to judge.
    """
    connection = session.connection()
    row = connection.execute(select(CASE).where(CASE.c.id == case_id)).one()
    members = members_of(session, case_id)
    places = {
        device.id: device.place
        for device in connection.execute(select(DEVICE.c.id, DEVICE.c.place).where(DEVICE.c.id.in_(members)))
    }
    along = [device for device in members if is_with(row.place, places[device])]
    for device in along:
        put(session, device, place, now=at, entry=entry)
    if row.placed_at is None or row.placed_at <= at:
        moved = {**row._mapping, "place": place}
        values = {"place": place, "placed_at": at, "search": _search(moved), "revision": row.revision + 1}
        connection.execute(update(CASE).where(CASE.c.id == case_id).values(values))
    return along


def undo_case_move(session: Session, seq: int, *, now: datetime, entry: int) -> None:
    """Put the case that the act of entry ``seq`` moved back where it was, as its devices are put back.

    A case that was moved on since stays; of a case that had nothing in it nobody knows where it was.
    """
    connection = session.connection()
    query = (
        select(CASE.c.id, CASE.c.name, CASE.c.code, CASE.c.note, CASE.c.revision, MOVE.c.from_place)
        .select_from(MOVE.join(MEMBER, MEMBER.c.device_id == MOVE.c.device_id).join(CASE))
        .where(
            MOVE.c.entry == seq,
            MEMBER.c.left_at.is_(None),
            CASE.c.place == MOVE.c.to_place,
            CASE.c.placed_at == MOVE.c.moved_at,
        )
        .order_by(MOVE.c.id)
    )
    for row in {row.id: row for row in connection.execute(query)}.values():
        back = {**row._mapping, "place": row.from_place}
        values = {"place": row.from_place, "placed_at": now, "search": _search(back), "revision": row.revision + 1}
        connection.execute(update(CASE).where(CASE.c.id == row.id).values(values))


def retire_case(session: Session, *, case: str, by: By, now: datetime, op_id: str) -> CaseCard:
    """Give a case up. Its devices stay in the ledger without a case; its history stays.

    Raises:
        Retired: it is given up already.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = _usable(session, case)
    connection = session.connection()
    connection.execute(
        update(MEMBER)
        .where(MEMBER.c.case_id == row.id, MEMBER.c.left_at.is_(None))
        .values(left_at=now, left_entry=entry)
    )
    connection.execute(update(CASE).where(CASE.c.id == row.id).values(retired_at=now, revision=row.revision + 1))
    journal.note(session, "retire_case", case=row.code)
    return case_card(session, row.code)


def bind_case_tag(session: Session, order: BindTag, *, case: str, by: By, now: datetime, op_id: str) -> CaseCard:
    """Give a case a new label number, fresh or printed blank; its old label then says that it was replaced."""
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = find_case(session, case)
    number = bind(session, order.number, now=now, entry=entry, case_id=row.id)
    journal.note(session, "bind_tag", case=row.code, tag=number)
    return case_card(session, row.code)


def _usable(session: Session, case: str) -> Any:
    row = find_case(session, case)
    if row.retired_at is not None:
        raise Retired(f"貸出ケース {row.code} は、もう使っていません。ほかのケースを選んでください。", case=row.code)
    return row


def _devices(session: Session, asset_numbers: list[str]) -> list[Any]:
    devices = [find_device(session, number) for number in dict.fromkeys(name.upper() for name in asset_numbers)]
    for device in devices:
        if device.retired_at is not None:
            number = device.asset_number
            raise Retired(f"{number} は除却ずみです。ほかの端末を選んでください。", device=number)
    return devices


def _must_be_free(session: Session, case: int, devices: list[int]) -> None:
    query = (
        select(DEVICE.c.asset_number, CASE.c.code, CASE.c.name)
        .select_from(MEMBER.join(DEVICE, MEMBER.c.device_id == DEVICE.c.id).join(CASE, MEMBER.c.case_id == CASE.c.id))
        .where(MEMBER.c.device_id.in_(devices), MEMBER.c.left_at.is_(None), MEMBER.c.case_id != case)
        .order_by(DEVICE.c.asset_key)
    )
    others = session.connection().execute(query).all()
    if others:
        named = "、".join(f"{other.asset_number}（{other.name}）" for other in others[:3])
        more = f"など{len(others)}台" if len(others) > 3 else ""
        raise InOtherCase(
            f"{named}{more}は、ほかの貸出ケースに入っています。こちらへ移すなら、移すことをえらんでください。",
            devices={other.asset_number: other.code for other in others},
        )


def _asset_numbers(session: Session, devices: list[int]) -> list[str]:
    query = select(DEVICE.c.asset_number).where(DEVICE.c.id.in_(devices)).order_by(DEVICE.c.asset_key)
    return list(session.connection().execute(query).scalars())


def _search(fields: Any) -> str:
    return "\n".join(fold(fields[word]) for word in ("code", "name", "place", "note") if fields.get(word))
