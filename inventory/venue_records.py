"""What the records of a venue share: its row, its rooms, and a moment that was."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, SQLModel

from inventory.errors import Invalid, NotFound
from inventory.shapes import row_id

VENUE = SQLModel.metadata.tables["venue"]
ROOM = SQLModel.metadata.tables["room"]
# How far ahead the clock of a phone may be of the server's.
_AHEAD = timedelta(minutes=5)


def venue_row(session: Session, venue: str) -> Any:
    """The row of the venue with this code.

    Raises:
        NotFound: there is none.
    """
    found = session.connection().execute(select(VENUE).where(VENUE.c.code == venue)).first()
    if found is None:
        raise NotFound(f"会場 {venue} は見つかりません。一覧から選んでください。")
    return found


def room_row(session: Session, venue: int, room: str) -> Any:
    """A room of this venue, by its id or, where that is no number, by its name.

    Raises:
        Invalid: the venue has no such room.
    """
    named = ROOM.c.id == row_id(room) if room.isdecimal() else ROOM.c.name == room
    query = select(ROOM).where(ROOM.c.venue_id == venue, ROOM.c.retired_at.is_(None), named)
    found = session.connection().execute(query).first()
    if found is None:
        raise Invalid.field(
            "room", "この会場に、その部屋はありません。部屋を選び直すか、「部屋を決めない」にしてください。"
        )
    return found


def rooms_of(session: Session, venue: int) -> list[tuple[str, str]]:
    """Id and name of the rooms that a venue has now."""
    query = select(ROOM.c.id, ROOM.c.name).where(ROOM.c.venue_id == venue, ROOM.c.retired_at.is_(None))
    return [(str(row.id), row.name) for row in session.connection().execute(query.order_by(ROOM.c.name, ROOM.c.id))]


def must_have_been(at: datetime, now: datetime, field: str) -> None:
    """Raises Invalid when the moment is still to come."""
    if at > now + _AHEAD:
        raise Invalid.field(field, "まだ来ていない日時です。日時をたしかめて書き直してください。")
