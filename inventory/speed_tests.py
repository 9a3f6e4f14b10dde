"""Speed tests: how fast the wifi of a venue was, where and when it was measured.

A measurement that was typed wrongly is taken back: it stays and is marked.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from sqlalchemy import func, insert, select, update
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.errors import NotFound
from inventory.journal import By
from inventory.outages import ShortNote
from inventory.shapes import BlankIsNone, Card, Identifier, Instant, Shape, row_id
from inventory.text import code_text
from inventory.venue_records import ROOM, VENUE, must_have_been, room_row, venue_row

SPEED = SQLModel.metadata.tables["speed_test"]
_MOST = 200
_YEAR = timedelta(days=365)


def _figure(value: Any) -> Any:
    """A number as a phone's keyboard gives it: １２．５ and 1,024 are numbers too."""
    return code_text(value).replace(",", "") if isinstance(value, str) else value


Figure = BeforeValidator(_figure)
Mbps = Annotated[float, Figure, Field(ge=0, le=100_000, allow_inf_nan=False, description="Mbit/s")]
Milliseconds = Annotated[
    Annotated[float, Figure, Field(ge=0, le=60_000, allow_inf_nan=False, description="ms")] | None, BlankIsNone
]


class NewSpeedTest(Shape):
    """``room`` is the id of one of the venue's rooms, or its name."""

    measured_at: Instant
    room: Annotated[Identifier | None, BlankIsNone] = None
    down_mbps: Mbps
    up_mbps: Mbps
    latency_ms: Milliseconds = None
    note: ShortNote = None


class SpeedTestCard(Card):
    """``venue`` is the venue's code, ``room`` a room's id. ``taken_back``: it was typed wrongly and does not count."""

    id: str
    venue: str
    venue_name: str
    room: str | None
    room_name: str | None
    measured_at: datetime
    down_mbps: float
    up_mbps: float
    latency_ms: float | None
    note: str | None
    taken_back: bool


class SpeedTests(Card):
    """Measurements that count, the newest first. Medians are those of the 365 days before now; null without any."""

    items: list[SpeedTestCard]
    next: None = None
    total: int
    median_down_mbps: float | None
    median_up_mbps: float | None


def record_speed_test(
    session: Session, order: NewSpeedTest, *, venue: str, by: By, now: datetime, op_id: str
) -> SpeedTestCard:
    """Write a measurement down.

    Raises:
        NotFound: there is no such venue.
        Invalid: it was measured in the future, or the venue has no such room.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = venue_row(session, venue)
    must_have_been(order.measured_at, now, "measured_at")
    room = room_row(session, row.id, order.room).id if order.room is not None else None
    values = {
        "venue_id": row.id,
        "room_id": room,
        **order.model_dump(include={"measured_at", "down_mbps", "up_mbps", "latency_ms", "note"}),
        "entry": entry,
    }
    made = session.connection().execute(insert(SPEED).values(values))
    assert made.inserted_primary_key is not None
    test = int(made.inserted_primary_key[0])
    journal.note(session, "record_speed_test", venue=row.code, speed_test=test, room=room)
    return speed_test_card(session, str(test))


def take_speed_test_back(
    session: Session, *, venue: str, speed_test: str, by: By, now: datetime, op_id: str
) -> SpeedTestCard:
    """Mark a measurement as typed wrongly. One that is marked already stays as it is.

    Raises:
        NotFound: the venue has no such measurement.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    card = speed_test_card(session, speed_test)
    if card.venue != venue:
        raise _not_there()
    if not card.taken_back:
        change = update(SPEED).where(SPEED.c.id == row_id(speed_test)).values(undone_entry=entry)
        session.connection().execute(change)
        journal.note(session, "take_speed_test_back", venue=venue, speed_test=row_id(speed_test))
    return speed_test_card(session, speed_test)


_CARDS = select(SPEED, VENUE.c.code, VENUE.c.name.label("venue_name"), ROOM.c.name.label("room_name")).select_from(
    SPEED.join(VENUE, SPEED.c.venue_id == VENUE.c.id).outerjoin(ROOM, SPEED.c.room_id == ROOM.c.id)
)
_NEWEST = (SPEED.c.measured_at.desc(), SPEED.c.id.desc())


def speed_test_card(session: Session, speed_test: str) -> SpeedTestCard:
    row = session.connection().execute(_CARDS.where(SPEED.c.id == row_id(speed_test))).first()
    if row is None:
        raise _not_there()
    return _card(row)


def list_speed_tests(session: Session, venue: str, *, now: datetime) -> SpeedTests:
    """The newest measurements of a venue."""
    row = venue_row(session, venue)
    query = _CARDS.where(SPEED.c.venue_id == row.id, SPEED.c.undone_entry.is_(None)).order_by(*_NEWEST).limit(_MOST)
    items = [_card(found) for found in session.connection().execute(query)]
    year = [one for one in items if one.measured_at > now - _YEAR]
    return SpeedTests(
        items=items,
        total=len(items),
        median_down_mbps=round(median(one.down_mbps for one in year), 1) if year else None,
        median_up_mbps=round(median(one.up_mbps for one in year), 1) if year else None,
    )


def newest_by_room(tests: Sequence[SpeedTestCard]) -> list[SpeedTestCard]:
    """The newest measurement of each room, of ``tests`` as they stand in the list: the newest first."""
    found: dict[str | None, SpeedTestCard] = {}
    for test in tests:
        found.setdefault(test.room, test)
    return sorted(found.values(), key=lambda test: test.room_name or "")


def newest_speeds(session: Session, venues: Sequence[int]) -> dict[int, float]:
    """Mbit/s down of the newest measurement of each venue (row numbers); venues without one are left out."""
    rank = func.row_number().over(partition_by=SPEED.c.venue_id, order_by=_NEWEST).label("rank")
    ranked = (
        select(SPEED.c.venue_id, SPEED.c.down_mbps, rank)
        .where(SPEED.c.venue_id.in_(venues), SPEED.c.undone_entry.is_(None))
        .subquery("ranked")
    )
    query = select(ranked.c.venue_id, ranked.c.down_mbps).where(ranked.c.rank == 1)
    return {row.venue_id: row.down_mbps for row in session.connection().execute(query)}


def every_speed_test(session: Session) -> list[SpeedTestCard]:
    """All measurements that count, by venue, the oldest first."""
    query = _CARDS.where(SPEED.c.undone_entry.is_(None))
    query = query.order_by(VENUE.c.name_kana, VENUE.c.code, SPEED.c.measured_at, SPEED.c.id)
    return [_card(row) for row in session.connection().execute(query)]


def _card(row: Any) -> SpeedTestCard:
    return SpeedTestCard(
        id=str(row.id),
        venue=row.code,
        venue_name=row.venue_name,
        room=str(row.room_id) if row.room_id is not None else None,
        room_name=row.room_name,
        measured_at=row.measured_at,
        down_mbps=row.down_mbps,
        up_mbps=row.up_mbps,
        latency_ms=row.latency_ms,
        note=row.note,
        taken_back=row.undone_entry is not None,
    )


def _not_there() -> NotFound:
    return NotFound("その速度測定は見つかりません。会場の画面を開き直してください。")
