"""Rooms of a venue: what they are called and how many people they hold. A room that is given up stays and is marked."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints
from sqlalchemy import Select, String, cast, select
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.errors import Invalid, NotFound
from inventory.journal import By
from inventory.revisions import must_be_current
from inventory.shapes import BlankIsNone, Card, Lines, Name, Shape, row_id
from inventory.tables import Room
from inventory.venues import VENUE, venue_by_code

ROOM = SQLModel.metadata.tables["room"]

Capacity = Annotated[Annotated[int, Field(ge=1, le=9999)] | None, BlankIsNone]
RoomNote = Annotated[Annotated[str, StringConstraints(max_length=400), Lines] | None, BlankIsNone]


class NewRoom(Shape):
    """``capacity``: how many people the room holds; None where nobody has counted."""

    name: Name
    capacity: Capacity = None
    note: RoomNote = None


class RoomChange(Shape):
    """Fields left out stay as they are; null empties capacity and note."""

    name: Name | None = None
    capacity: Capacity = None
    note: RoomNote = None


class RoomCard(Card):
    id: str
    venue: str
    venue_name: str
    name: str
    capacity: int | None
    note: str | None
    retired_at: datetime | None
    revision: int


class RoomList(Card):
    items: list[RoomCard]


def add_room(session: Session, order: NewRoom, *, venue: str, by: By, now: datetime, op_id: str) -> RoomCard:
    """Raises Invalid when the venue has a room of this name."""
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    hall = _venue(session, venue)
    _must_be_free(session, hall, order.name)
    room = Room(venue_id=hall, **order.model_dump(), entry=entry)
    session.add(room)
    session.flush()
    journal.note(session, "add_room", venue=venue, room=room.id)
    return room_card(session, str(room.id))


def change_room(
    session: Session, change: RoomChange, *, venue: str, room: str, revision: int, by: By, now: datetime, op_id: str
) -> RoomCard:
    """Change what the order names.

    Raises:
        Invalid: another room of the venue has this name.
        NotFound, Stale.
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = _room(session, venue, room)
    must_be_current(row.revision, revision)
    given = change.model_dump(exclude_unset=True)
    fields = {name: value for name, value in given.items() if value is not None or name != "name"}
    if "name" in fields and row.retired_at is None:
        _must_be_free(session, row.venue_id, fields["name"], besides=row.id)
    row.sqlmodel_update(fields)
    row.revision += 1
    session.add(row)
    session.flush()
    journal.note(session, "change_room", venue=venue, room=row.id, fields=sorted(fields))
    return room_card(session, room)


def retire_room(
    session: Session, *, venue: str, room: str, revision: int, by: By, now: datetime, op_id: str
) -> RoomCard:
    """Give the room up: it takes no more access points and measurements, and what was recorded of it stays."""
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = _room(session, venue, room)
    must_be_current(row.revision, revision)
    if row.retired_at is None:
        row.retired_at = now
        row.revision += 1
        session.add(row)
        session.flush()
    journal.note(session, "retire_room", venue=venue, room=row.id)
    return room_card(session, room)


def room_card(session: Session, room: str, venue: str | None = None) -> RoomCard:
    """Raises NotFound when there is no such room, or when it is one of another venue."""
    query = _cards().where(ROOM.c.id == row_id(room))
    row = session.connection().execute(query).first()
    if row is None or (venue is not None and row.venue != venue):
        raise _no_room()
    return RoomCard.model_validate(row, from_attributes=True)


def list_rooms(session: Session, *, venue: str, retired: bool = False) -> RoomList:
    """Rooms in use, the oldest first; with ``retired`` those given up as well, behind them. Raises NotFound."""
    return RoomList(items=rooms_of(session, [_venue(session, venue)], retired=retired))


def rooms_of(session: Session, venues: Sequence[int], *, retired: bool = False) -> list[RoomCard]:
    """Rooms of the venues with these row numbers, venue by venue."""
    query = _cards().where(ROOM.c.venue_id.in_(venues))
    if not retired:
        query = query.where(ROOM.c.retired_at.is_(None))
    order = (ROOM.c.venue_id, ROOM.c.retired_at.is_not(None), ROOM.c.id)
    return [
        RoomCard.model_validate(row, from_attributes=True)
        for row in session.connection().execute(query.order_by(*order))
    ]


def every_room(session: Session) -> list[RoomCard]:
    """The rooms in use of all venues, by the venue's kana."""
    query = _cards().where(ROOM.c.retired_at.is_(None)).order_by(VENUE.c.name_kana, VENUE.c.code, ROOM.c.id)
    return [RoomCard.model_validate(row, from_attributes=True) for row in session.connection().execute(query)]


def _cards() -> Select[Any]:
    return select(
        cast(ROOM.c.id, String).label("id"),
        VENUE.c.code.label("venue"),
        VENUE.c.name.label("venue_name"),
        *(ROOM.c[name] for name in ("name", "capacity", "note", "retired_at", "revision")),
    ).join_from(ROOM, VENUE, ROOM.c.venue_id == VENUE.c.id)


def _venue(session: Session, venue: str) -> int:
    found = venue_by_code(session, venue)
    if found is None:
        raise NotFound(f"会場 {venue} は見つかりません。一覧から選んでください。")
    return found


def _room(session: Session, venue: str, room: str) -> Room:
    found = session.get(Room, row_id(room))
    if found is None or found.venue_id != _venue(session, venue):
        raise _no_room()
    return found


def _no_room() -> NotFound:
    return NotFound("部屋は見つかりません。会場の画面から選んでください。")


def _must_be_free(session: Session, venue: int, name: str, besides: int | None = None) -> None:
    taken = select(ROOM.c.id).where(
        ROOM.c.venue_id == venue, ROOM.c.name == name, ROOM.c.retired_at.is_(None), ROOM.c.id != (besides or 0)
    )
    if session.connection().execute(taken).first() is not None:
        raise Invalid.field("name", f"この会場には「{name}」という部屋がもうあります。別の名前にしてください。")
