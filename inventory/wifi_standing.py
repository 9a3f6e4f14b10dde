"""Where the wifi of venues stands, on any day, as known at any time: the queries that every screen shares.

Two clocks. ``on`` is the day in question: steps that happened by then count. ``known_at`` is the time from which one
looks: what the ledger heard of by then counts, and a step that was struck out counts until the strike was recorded.
Without ``known_at`` everything that the ledger knows now counts.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, exists, func, or_, select
from sqlmodel import Session, SQLModel

from inventory.errors import NotFound
from inventory.tables import WifiStage
from inventory.wifi_stages import ROAD

_tables = SQLModel.metadata.tables
VENUE = _tables["venue"]
STEP = _tables["wifi_step"]
STRIKE = _tables["wifi_step_strike"]
PLAN = _tables["wifi_plan"]
PROGRAMME = _tables["wifi_programme"]
TARGET = _tables["wifi_target"]
TARGET_VENUE = _tables["wifi_target_venue"]


@dataclass(frozen=True, slots=True)
class Standing:
    """``stage`` and since when; ``place`` is the stage of the six where it stands or, on hold, where it goes on."""

    venue: int
    stage: WifiStage
    since: date
    place: WifiStage | None


def counted_steps(on: date | None, known_at: datetime | None) -> ColumnElement[bool]:
    """The condition on ``wifi_step`` that a step counts on ``on`` as known at ``known_at``."""
    struck = select(STRIKE.c.step_id).where(STRIKE.c.step_id == STEP.c.id)
    if known_at is not None:
        struck = struck.where(STRIKE.c.recorded_at <= known_at)
    conditions = [~exists(struck)]
    if on is not None:
        conditions.append(STEP.c.happened_on <= on)
    if known_at is not None:
        conditions.append(STEP.c.recorded_at <= known_at)
    return and_(*conditions)


def last_step(venue: ColumnElement[int], *conditions: ColumnElement[bool]) -> ScalarSelect[Any]:
    """The id of a venue's newest step that meets the conditions.

    A look into the index per venue: ranking all steps of all venues cost twenty times as much at 20,000 steps.
    """
    newest = select(STEP.c.id).where(STEP.c.venue_id == venue, *conditions)
    return newest.order_by(STEP.c.happened_on.desc(), STEP.c.id.desc()).limit(1).correlate(VENUE).scalar_subquery()


def latest_steps(on: date | None = None, known_at: datetime | None = None) -> Select[Any]:
    """One row per venue that has a step: ``venue_id, stage, happened_on, place``.

    ``place`` is the newest of the six stages since the venue was last 対象外 or 撤去; null where there is none.
    """
    counts = counted_steps(on, known_at)
    # On hold is left out here, so that a venue on hold answers with the stage before it.
    firm = STEP.alias("firm")
    return (
        select(STEP.c.venue_id, STEP.c.stage, STEP.c.happened_on, firm.c.stage.label("place"))
        .select_from(VENUE)
        .join(STEP, STEP.c.id == last_step(VENUE.c.id, counts))
        .outerjoin(firm, firm.c.id == last_step(VENUE.c.id, counts, STEP.c.stage != WifiStage.ON_HOLD))
    )


def standings(
    session: Session, *, on: date | None = None, known_at: datetime | None = None, venues: list[int] | None = None
) -> dict[int, Standing]:
    """Where each venue stands; a venue without a step is not among them. ``venues`` are row numbers."""
    query = latest_steps(on, known_at)
    if venues is not None:
        query = query.where(query.selected_columns.venue_id.in_(venues))
    return {
        row.venue_id: Standing(row.venue_id, row.stage, row.happened_on, row.place if row.place in ROAD else None)
        for row in session.connection().execute(query)
    }


def programme_row(session: Session, code: str | None) -> Any | None:
    """The programme with this code; without one the newest, None when there is none at all.

    Raises:
        NotFound: there is no programme of this code.
    """
    query = select(PROGRAMME)
    if code is not None:
        # PostgreSQL cannot even be asked about a NUL.
        found = None if "\0" in code else session.connection().execute(query.where(PROGRAMME.c.code == code)).first()
        if found is None:
            raise NotFound("その整備計画は見つかりません。一覧から選んでください。")
        return found
    return session.connection().execute(query.order_by(PROGRAMME.c.from_on.desc(), PROGRAMME.c.id.desc())).first()


def target_id(
    session: Session, programme: int, *, on: date | None = None, known_at: datetime | None = None
) -> int | None:
    """The target set of a programme that stands on a day, as known at a time; None before the first."""
    query = select(TARGET.c.id).where(TARGET.c.programme_id == programme)
    if on is not None:
        query = query.where(TARGET.c.since_on <= on)
    if known_at is not None:
        query = query.where(TARGET.c.recorded_at <= known_at)
    newest = query.order_by(TARGET.c.since_on.desc(), TARGET.c.id.desc()).limit(1)
    return session.connection().execute(newest).scalar()


def target_venues(target: int) -> Select[Any]:
    """Row numbers of the venues of a target set."""
    return select(TARGET_VENUE.c.venue_id).where(TARGET_VENUE.c.target_id == target)


def latest_plans(known_at: datetime | None = None, decided_by: date | None = None) -> Select[Any]:
    """One row per venue and stage with a plan that stands: ``venue_id, stage, planned_on, decided_on, cause, id``.

    ``decided_by``: revisions decided by that day alone, which gives the plan as it was then.
    """
    conditions = []
    if known_at is not None:
        conditions.append(PLAN.c.recorded_at <= known_at)
    if decided_by is not None:
        conditions.append(PLAN.c.decided_on <= decided_by)
    ranked = (
        select(
            PLAN.c.id,
            PLAN.c.venue_id,
            PLAN.c.stage,
            PLAN.c.planned_on,
            PLAN.c.decided_on,
            PLAN.c.cause,
            func.row_number()
            .over(partition_by=(PLAN.c.venue_id, PLAN.c.stage), order_by=(PLAN.c.decided_on.desc(), PLAN.c.id.desc()))
            .label("rank"),
        )
        .where(*conditions)
        .subquery("plans")
    )
    columns = [column for column in ranked.c if column.name != "rank"]
    return select(*columns).where(ranked.c.rank == 1, ranked.c.planned_on.is_not(None))


def first_plans(known_at: datetime | None = None, baseline_on: date | None = None) -> Select[Any]:
    """The baseline: ``venue_id, stage, planned_on`` as planned on ``baseline_on``, else in the first revision of all.

    A venue that joined after that day has its own first plan as its baseline.
    """
    known = [PLAN.c.planned_on.is_not(None)] + ([PLAN.c.recorded_at <= known_at] if known_at is not None else [])
    early = PLAN.c.decided_on <= baseline_on if baseline_on is not None else None
    partition = (PLAN.c.venue_id, PLAN.c.stage)
    first = func.row_number().over(partition_by=partition, order_by=(PLAN.c.decided_on, PLAN.c.id)).label("first")
    if early is None:
        ranked = select(PLAN.c.venue_id, PLAN.c.stage, PLAN.c.planned_on, first).where(*known).subquery("firsts")
        return select(ranked.c.venue_id, ranked.c.stage, ranked.c.planned_on).where(ranked.c.first == 1)
    # Of the revisions up to the day the newest counts; of those after it, where there are no others, the oldest.
    last_early = (
        func.row_number()
        .over(partition_by=(*partition, early), order_by=(PLAN.c.decided_on.desc(), PLAN.c.id.desc()))
        .label("last")
    )
    ranked = (
        select(PLAN.c.venue_id, PLAN.c.stage, PLAN.c.planned_on, PLAN.c.decided_on, first, last_early)
        .where(*known)
        .subquery("firsts")
    )
    return select(ranked.c.venue_id, ranked.c.stage, ranked.c.planned_on).where(
        or_(
            and_(ranked.c.decided_on <= baseline_on, ranked.c.last == 1),
            and_(ranked.c.decided_on > baseline_on, ranked.c.first == 1),
        )
    )


def last_plan(
    venue: ColumnElement[int], stage: ColumnElement[Any], decided_by: date | None = None
) -> ScalarSelect[Any]:
    """The id of the revision that counts for a venue and a stage; it may be one that took the plan back.

    ``venue`` and ``stage`` are columns of one table, whose rows the look-up is made for.
    """
    newest = select(PLAN.c.id).where(PLAN.c.venue_id == venue, PLAN.c.stage == stage)
    if decided_by is not None:
        newest = newest.where(PLAN.c.decided_on <= decided_by)
    newest = newest.order_by(PLAN.c.decided_on.desc(), PLAN.c.id.desc()).limit(1)
    return newest.correlate(venue.table).scalar_subquery()


def first_plan(
    venue: ColumnElement[int], stage: ColumnElement[Any], baseline_on: date | None = None
) -> ColumnElement[Any]:
    """The id of the revision that is the baseline of a venue and a stage (see ``first_plans``)."""
    planned = select(PLAN.c.id).where(PLAN.c.venue_id == venue, PLAN.c.stage == stage, PLAN.c.planned_on.is_not(None))
    first = planned.order_by(PLAN.c.decided_on, PLAN.c.id).limit(1)
    first_id = first.correlate(venue.table).scalar_subquery()
    if baseline_on is None:
        return first_id
    early = planned.where(PLAN.c.decided_on <= baseline_on).order_by(PLAN.c.decided_on.desc(), PLAN.c.id.desc())
    early_id = early.limit(1).correlate(venue.table).scalar_subquery()
    return func.coalesce(early_id, first_id)


def overdue_days(planned: date | None, on: date) -> int:
    """Days since the day planned for a stage that is not reached on ``on``; 0 where it is still to come."""
    return max((on - planned).days, 0) if planned else 0


def late_days(planned: date | None, first: date | None, on: date) -> int:
    """Days from the day first planned to the one now expected, which is not before ``on``; never below 0."""
    return max((max(planned, on) - first).days, 0) if planned and first else 0
