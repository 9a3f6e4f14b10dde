"""災害時: which venues open their network to everybody (00000JAPAN), how that is done, and when it was last tried."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import StringConstraints
from sqlalchemy import func, insert, select, update
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.calendar import today
from inventory.errors import Invalid, NotFound
from inventory.journal import By
from inventory.outages import ShortNote
from inventory.revisions import must_be_current
from inventory.shapes import BlankIsNone, Card, Day, Lines, Shape, row_id
from inventory.tables import VenueKind, WifiStage
from inventory.venue_records import VENUE, venue_row
from inventory.wifi_standing import Standing, standings

DRILL = SQLModel.metadata.tables["disaster_drill"]
# Days after which a drill is too long ago: people and machines have changed.
STALE_AFTER = 365
_MOST = 50


class DisasterPlan(Shape):
    """Whether the network is opened in a disaster, and how."""

    disaster_open: bool
    disaster_procedure: Annotated[Annotated[str, StringConstraints(max_length=2000), Lines] | None, BlankIsNone] = None


class NewDrill(Shape):
    held_on: Day
    note: ShortNote = None


class DrillCard(Card):
    """``taken_back``: it was entered wrongly and does not count."""

    id: str
    venue: str
    held_on: date
    note: str | None
    taken_back: bool


class DisasterCard(Card):
    """``code`` is the venue's. ``stale``: no drill yet, or none for more than a year; of a venue that opens only."""

    code: str
    name: str
    kind: VenueKind
    address: str | None
    phone: str | None
    shelter: bool
    disaster_open: bool
    disaster_procedure: str | None
    in_service: bool
    last_drill: date | None
    days_ago: int | None
    stale: bool
    drills: list[DrillCard]
    revision: int


def plan_for_disaster(
    session: Session, order: DisasterPlan, *, venue: str, revision: int, by: By, now: datetime, op_id: str
) -> DisasterCard:
    """Say whether and how a venue opens its network in a disaster; ``revision`` is the one the caller has seen.

    Raises:
        NotFound: there is no such venue.
        Stale: somebody changed the venue in between.
        Invalid: it opens, and nobody says how.
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = venue_row(session, venue)
    must_be_current(row.revision, revision)
    if order.disaster_open and order.disaster_procedure is None:
        raise Invalid.field(
            "disaster_procedure", "開放するときの手順を書いてください。その場の人が、読むだけで動けるようにします。"
        )
    change = update(VENUE).where(VENUE.c.id == row.id).values(**order.model_dump(), revision=row.revision + 1)
    session.connection().execute(change)
    journal.note(session, "plan_for_disaster", venue=row.code, disaster_open=order.disaster_open)
    return disaster_card(session, row.code, now=now)


def record_drill(session: Session, order: NewDrill, *, venue: str, by: By, now: datetime, op_id: str) -> DrillCard:
    """Write down that a venue tried to open its network.

    Raises:
        NotFound: there is no such venue.
        Invalid: the day is still to come.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = venue_row(session, venue)
    if order.held_on > today(now):
        raise Invalid.field("held_on", "まだ来ていない日です。訓練をした日を書いてください。")
    values = {"venue_id": row.id, "held_on": order.held_on, "note": order.note, "entry": entry}
    made = session.connection().execute(insert(DRILL).values(values))
    assert made.inserted_primary_key is not None
    drill = int(made.inserted_primary_key[0])
    journal.note(session, "record_drill", venue=row.code, drill=drill, held_on=order.held_on.isoformat())
    return drill_card(session, str(drill))


def take_drill_back(session: Session, *, venue: str, drill: str, by: By, now: datetime, op_id: str) -> DrillCard:
    """Mark a drill as entered wrongly. One that is marked already stays as it is.

    Raises:
        NotFound: the venue has no such drill.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    card = drill_card(session, drill)
    if card.venue != venue:
        raise _not_there()
    if not card.taken_back:
        session.connection().execute(update(DRILL).where(DRILL.c.id == row_id(drill)).values(undone_entry=entry))
        journal.note(session, "take_drill_back", venue=venue, drill=row_id(drill))
    return drill_card(session, drill)


_DRILLS = select(DRILL, VENUE.c.code).join(VENUE, DRILL.c.venue_id == VENUE.c.id)


def drill_card(session: Session, drill: str) -> DrillCard:
    row = session.connection().execute(_DRILLS.where(DRILL.c.id == row_id(drill))).first()
    if row is None:
        raise _not_there()
    return _drill(row)


def disaster_card(session: Session, venue: str, *, now: datetime) -> DisasterCard:
    """How a venue stands for a disaster, with its drills, the newest first."""
    row = venue_row(session, venue)
    query = _DRILLS.where(DRILL.c.venue_id == row.id, DRILL.c.undone_entry.is_(None))
    query = query.order_by(DRILL.c.held_on.desc(), DRILL.c.id.desc()).limit(_MOST)
    drills = [_drill(found) for found in session.connection().execute(query)]
    standing = standings(session, on=today(now), venues=[row.id]).get(row.id)
    return _card(row, drills[0].held_on if drills else None, standing, now, drills)


def list_for_disaster(session: Session, *, now: datetime) -> list[DisasterCard]:
    """Every venue that opens its network, is a shelter or has wifi in service: those that open first, then by kana."""
    stands = standings(session, on=today(now))
    serving = [venue for venue, standing in stands.items() if standing.stage is WifiStage.IN_SERVICE]
    query = select(VENUE).order_by(VENUE.c.disaster_open.desc(), VENUE.c.name_kana, VENUE.c.code)
    rows = session.connection().execute(query).all()
    named = set(serving)
    shown = [row for row in rows if row.disaster_open or row.shelter or row.id in named]
    drilled = last_drills(session)
    return [_card(row, drilled.get(row.id), stands.get(row.id), now, []) for row in shown]


def last_drills(session: Session, venues: Sequence[int] | None = None) -> dict[int, date]:
    """The day of the last drill of each venue (row numbers); venues without one are left out."""
    query = select(DRILL.c.venue_id, func.max(DRILL.c.held_on)).where(DRILL.c.undone_entry.is_(None))
    if venues is not None:
        query = query.where(DRILL.c.venue_id.in_(venues))
    return {row[0]: row[1] for row in session.connection().execute(query.group_by(DRILL.c.venue_id))}


def _card(
    row: Any, last: date | None, standing: Standing | None, now: datetime, drills: list[DrillCard]
) -> DisasterCard:
    ago = (today(now) - last).days if last is not None else None
    return DisasterCard(
        **{name: row._mapping[name] for name in _OF_VENUE},
        in_service=standing is not None and standing.stage is WifiStage.IN_SERVICE,
        last_drill=last,
        days_ago=ago,
        stale=row.disaster_open and (ago is None or ago > STALE_AFTER),
        drills=drills,
    )


_OF_VENUE = (
    "code",
    "name",
    "kind",
    "address",
    "phone",
    "shelter",
    "disaster_open",
    "disaster_procedure",
    "revision",
)


def _drill(row: Any) -> DrillCard:
    return DrillCard(
        id=str(row.id),
        venue=row.code,
        held_on=row.held_on,
        note=row.note,
        taken_back=row.undone_entry is not None,
    )


def _not_there() -> NotFound:
    return NotFound("その訓練の記録は見つかりません。会場の画面を開き直してください。")
