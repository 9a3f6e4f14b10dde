"""What was recorded of a venue's wifi: its steps in their order, and which of them need a reason.

The order is that of when it happened, of one day that of the records. A step recorded into the middle of a history
changes what kind of move the steps after it are; the reason of the newcomer then stands for them as well.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.errors import NotFound
from inventory.shapes import Card
from inventory.tables import WifiStage
from inventory.wifi_stages import PLAIN, Move, move, standing_place
from inventory.wifi_standing import STEP, STRIKE, VENUE

_tables = SQLModel.metadata.tables
ENTRY, STAFF, CONTRACT = _tables["entry"], _tables["staff"], _tables["contract"]


@dataclass(frozen=True)
class Told:
    """One step of a history. ``new``: it is about to be recorded; ``explained``: a reason comes with it."""

    stage: WifiStage
    on: date
    new: bool = False
    explained: bool = False


@dataclass(frozen=True)
class Fault:
    """``at`` is the place of the new step that cannot stand, ``because`` that of the step whose ``move`` it is.

    ``Move.NOWHERE`` cannot stand at all, every other kind can with a reason.
    """

    at: int
    because: int
    move: Move


def moves(stages: Sequence[WifiStage]) -> list[Move]:
    """What kind of move each step is, in a history from its beginning."""
    found: list[Move] = []
    before: WifiStage | None = None
    place: WifiStage | None = None
    for stage in stages:
        found.append(move(before, place, stage))
        before, place = stage, standing_place([place, stage] if place else [stage])
    return found


def faults(history: Sequence[Told]) -> list[Fault]:
    """Where the new steps of a history, given in its order, break it: at most one fault for each of them.

    A step that stood before is nobody's fault as long as it stays the kind of move that it was.
    """
    before = iter(moves([step.stage for step in history if not step.new]))
    found: dict[int, Fault] = {}
    newest: int | None = None
    for at, (step, kind) in enumerate(zip(history, moves([step.stage for step in history]), strict=True)):
        if step.new:
            newest = at
        elif next(before) is kind:
            continue
        if kind in PLAIN or newest is None or (history[newest].explained and kind is not Move.NOWHERE):
            continue
        if newest not in found or kind is Move.NOWHERE:
            found[newest] = Fault(newest, at, kind)
    return list(found.values())


class StruckOut(Card):
    """When a step was struck out, why and by whom. It does not count from then on."""

    at: datetime
    reason: str | None
    by: str | None


class StepCard(Card):
    """A step as recorded. ``move`` is what kind of move it is as the history stands now; null of one struck out.

    ``days``: how long the stage lasted, until today if it still does; null of one struck out or when it is over for
    good. ``contract`` is the id of what was signed.
    """

    id: str
    stage: WifiStage
    on: date
    recorded_at: datetime
    by: str | None
    reason: str | None
    note: str | None
    checks: list[str]
    contract: str | None
    contract_name: str | None
    accepted_on: date | None
    move: Move | None
    days: int | None
    struck: StruckOut | None


class VenueWifi(Card):
    """Where a venue's wifi stands and how it came there, the oldest step first; ``stage`` is null before the first.

    ``place`` is the stage of the six where it stands or, on hold, where it goes on.
    """

    venue: str
    name: str
    stage: WifiStage | None
    since: date | None
    place: WifiStage | None
    history: list[StepCard]


def venue_row(session: Session, venue: str) -> Any:
    """Row number, code and name of a venue.

    Raises:
        NotFound: no venue has this code.
    """
    columns = (VENUE.c.id, VENUE.c.code, VENUE.c.name)
    row = session.connection().execute(select(*columns).where(VENUE.c.code == venue)).first()
    if row is None:
        raise NotFound(f"会場 {venue} は見つかりません。一覧から選んでください。")
    return row


def live_steps(session: Session, venues: Iterable[int]) -> dict[int, list[Any]]:
    """The steps that count, by venue row number, each venue's in their order: ``id, venue_id, stage, happened_on``."""
    wanted = sorted(set(venues))
    found: dict[int, list[Any]] = {venue: [] for venue in wanted}
    columns = (STEP.c.id, STEP.c.venue_id, STEP.c.stage, STEP.c.happened_on, STEP.c.reason, STEP.c.note)
    query = select(*columns).outerjoin(STRIKE, STRIKE.c.step_id == STEP.c.id).where(STRIKE.c.step_id.is_(None))
    # Neither database takes any number of parameters in one statement.
    for first in range(0, len(wanted), 500):
        part = query.where(STEP.c.venue_id.in_(wanted[first : first + 500]))
        for row in session.connection().execute(part.order_by(STEP.c.venue_id, STEP.c.happened_on, STEP.c.id)):
            found[row.venue_id].append(row)
    return found


def venue_wifi(session: Session, venue: str, *, today: date | None = None) -> VenueWifi:
    """One venue's wifi. Without ``today`` the days of the stage that still lasts are not counted.

    Raises:
        NotFound: no venue has this code.
    """
    at = venue_row(session, venue)
    author, striker = STAFF.alias("author"), STAFF.alias("striker")
    entry, strike_entry = ENTRY.alias("step_entry"), ENTRY.alias("strike_entry")
    query = (
        select(
            STEP,
            entry.c.seq.label("told"),
            strike_entry.c.seq.label("strike_told"),
            author.c.name.label("by"),
            STRIKE.c.recorded_at.label("struck_at"),
            STRIKE.c.reason.label("struck_reason"),
            striker.c.name.label("struck_by"),
            CONTRACT.c.number.label("contract_number"),
            CONTRACT.c.title.label("contract_title"),
        )
        .outerjoin(entry, entry.c.seq == STEP.c.entry)
        .outerjoin(author, author.c.id == entry.c.by)
        .outerjoin(STRIKE, STRIKE.c.step_id == STEP.c.id)
        .outerjoin(strike_entry, strike_entry.c.seq == STRIKE.c.entry)
        .outerjoin(striker, striker.c.id == strike_entry.c.by)
        .outerjoin(CONTRACT, CONTRACT.c.id == STEP.c.contract_id)
        .where(STEP.c.venue_id == at.id)
        .order_by(STEP.c.happened_on, STEP.c.id)
    )
    rows = session.connection().execute(query).all()
    live = [row for row in rows if row.struck_at is None]
    kinds = dict(zip([row.id for row in live], moves([row.stage for row in live]), strict=True))
    ends = {row.id: after.happened_on for row, after in itertools.pairwise(live)}
    if live and today is not None and live[-1].stage not in (WifiStage.EXCLUDED, WifiStage.REMOVED):
        ends[live[-1].id] = today
    acting = _acting(session, rows)
    return VenueWifi(
        venue=at.code,
        name=at.name,
        stage=live[-1].stage if live else None,
        since=live[-1].happened_on if live else None,
        place=standing_place([row.stage for row in live]),
        history=[_step(row, kinds.get(row.id), ends.get(row.id), acting) for row in rows],
    )


def _acting(session: Session, rows: Sequence[Any]) -> str | None:
    """Who does the act under way, whose entry in the journal is written last of all."""
    under_way = any(row.told is None or (row.struck_at is not None and row.strike_told is None) for row in rows)
    staff = journal.opened_by(session).staff_id if under_way else None
    return session.connection().execute(select(STAFF.c.name).where(STAFF.c.id == staff)).scalar() if staff else None


def _step(row: Any, kind: Move | None, end: date | None, acting: str | None) -> StepCard:
    struck = row.struck_at is not None
    return StepCard(
        id=str(row.id),
        stage=row.stage,
        on=row.happened_on,
        recorded_at=row.recorded_at,
        by=row.by if row.told is not None else acting,
        reason=row.reason,
        note=row.note,
        checks=row.checks,
        contract=None if row.contract_id is None else str(row.contract_id),
        contract_name=None if row.contract_id is None else f"{row.contract_number} {row.contract_title}",
        accepted_on=row.accepted_on,
        move=kind,
        days=None if end is None else (end - row.happened_on).days,
        struck=StruckOut(at=row.struck_at, reason=row.struck_reason, by=row.struck_by if row.strike_told else acting)
        if struck
        else None,
    )
