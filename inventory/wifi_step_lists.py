"""Steps of many venues in a row, venues to choose from, and the contracts that may be named as evidence."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, SQLModel

from inventory.shapes import Card
from inventory.tables import WifiStage
from inventory.text import fold
from inventory.wifi_standing import STEP, STRIKE, VENUE, latest_steps

_tables = SQLModel.metadata.tables
CONTRACT, CONTRACT_VENUE = _tables["contract"], _tables["contract_venue"]
# Venues on one page of choices, and contracts among which one is chosen.
MOST_CHOICES = 300
_MOST_CONTRACTS = 200


class StepLine(Card):
    """A step that counts, as a list of steps shows it."""

    venue: str
    venue_name: str
    stage: WifiStage
    on: date
    reason: str | None
    note: str | None
    checks: list[str]
    contract_year: int | None
    contract_number: str | None
    accepted_on: date | None
    recorded_at: datetime


class VenueChoice(Card):
    """A venue with where it stands; ``stage`` is null before its first step."""

    code: str
    name: str
    stage: WifiStage | None
    since: date | None
    place: WifiStage | None


@dataclass(frozen=True)
class Choices:
    """``more``: how many venues fit what was asked for and are not among ``items``."""

    items: list[VenueChoice]
    more: int


class ContractChoice(Card):
    """``venues``: how many of the venues in question it covers."""

    id: str
    fiscal_year: int
    number: str
    title: str
    contractor: str
    venues: int


def list_steps(session: Session) -> list[StepLine]:
    """Every step that counts, by venue and in the order of its history."""
    query = (
        select(
            VENUE.c.code.label("venue"),
            VENUE.c.name.label("venue_name"),
            STEP.c.stage,
            STEP.c.happened_on.label("on"),
            *(STEP.c[name] for name in ("reason", "note", "checks", "accepted_on", "recorded_at")),
            CONTRACT.c.fiscal_year.label("contract_year"),
            CONTRACT.c.number.label("contract_number"),
        )
        .select_from(STEP)
        .join(VENUE, VENUE.c.id == STEP.c.venue_id)
        .outerjoin(STRIKE, STRIKE.c.step_id == STEP.c.id)
        .outerjoin(CONTRACT, CONTRACT.c.id == STEP.c.contract_id)
        .where(STRIKE.c.step_id.is_(None))
        .order_by(VENUE.c.code, STEP.c.happened_on, STEP.c.id)
    )
    return [StepLine.model_validate(row, from_attributes=True) for row in session.connection().execute(query)]


def venue_names(session: Session) -> list[tuple[str, str]]:
    """Code and name of every venue, by code."""
    query = select(VENUE.c.code, VENUE.c.name).order_by(VENUE.c.code)
    return [(row.code, row.name) for row in session.connection().execute(query)]


def venue_choices(
    session: Session, *, q: str | None = None, stage: WifiStage | None = None, venues: list[str] | None = None
) -> Choices:
    """Venues by kana with where they stand: those named, else those that fit, ``MOST_CHOICES`` at most."""
    standing = latest_steps().subquery("standing")
    columns = (VENUE.c.code, VENUE.c.name, standing.c.stage, standing.c.happened_on.label("since"), standing.c.place)
    query = select(*columns).select_from(VENUE.outerjoin(standing, standing.c.venue_id == VENUE.c.id))
    if venues is not None:
        query = query.where(VENUE.c.code.in_(venues))
    if stage is not None:
        query = query.where(standing.c.stage == stage)
    if q:
        query = query.where(VENUE.c.search.contains(fold(q), autoescape=True))
    limit = MOST_CHOICES if venues is None else len(venues)
    rows = session.connection().execute(query.order_by(VENUE.c.name_kana, VENUE.c.code).limit(limit)).all()
    more = 0
    if len(rows) == limit and venues is None:
        count = select(func.count()).select_from(query.order_by(None).limit(None).subquery())
        more = int(session.connection().execute(count).scalar_one()) - len(rows)
    return Choices([_choice(row) for row in rows], more)


def _choice(row: Any) -> VenueChoice:
    beside = (WifiStage.EXCLUDED, WifiStage.REMOVED, WifiStage.ON_HOLD)
    place = None if row.place in beside else row.place
    return VenueChoice(code=row.code, name=row.name, stage=row.stage, since=row.since, place=place)


def contract_choices(session: Session, venues: list[str]) -> list[ContractChoice]:
    """Contracts that cover any of these venues, the newest first."""
    covers = (
        select(CONTRACT_VENUE.c.contract_id, func.count().label("venues"))
        .join(VENUE, VENUE.c.id == CONTRACT_VENUE.c.venue_id)
        .where(CONTRACT_VENUE.c.undone_entry.is_(None), VENUE.c.code.in_(venues))
        .group_by(CONTRACT_VENUE.c.contract_id)
        .subquery("covers")
    )
    columns = (CONTRACT.c.id, CONTRACT.c.fiscal_year, CONTRACT.c.number, CONTRACT.c.title, CONTRACT.c.contractor)
    query = (
        select(*columns, covers.c.venues)
        .join(covers, covers.c.contract_id == CONTRACT.c.id)
        .order_by(CONTRACT.c.fiscal_year.desc(), CONTRACT.c.id.desc())
        .limit(_MOST_CONTRACTS)
    )
    return [
        ContractChoice.model_validate({**row._mapping, "id": str(row.id)})
        for row in session.connection().execute(query)
    ]
