"""What slipped and why: the first plan, the plan now and what happened, stage by stage, and days by cause.

The day of a stage is when the venue entered it; a venue that went back has not reached what lies ahead of it.
``late_days`` says how much later than first planned the next stage comes, as far as is known on the day;
``overdue_days`` how long the day planned for it has passed. Days moved by cause add up to the slip of the plan of that
stage; what happened on another day than planned at last is the rest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlmodel import Session

from inventory.calendar import fiscal_year, fiscal_year_days
from inventory.tables import SlipCause, WifiStage
from inventory.wifi_stages import ROAD, next_stage
from inventory.wifi_standing import PLAN, STEP, VENUE, Standing, counted_steps, standings

_OUT = (WifiStage.EXCLUDED, WifiStage.REMOVED)
Causes = dict[SlipCause | None, int]
# Planned and decided day, and the cause.
_Revision = Any


class Late(NamedTuple):
    """The next stage of a venue and its days. ``overdue_days`` and ``late_days`` are never below 0."""

    venue: int
    stage: WifiStage
    planned_on: date | None
    first_on: date | None
    overdue_days: int
    late_days: int
    cause: SlipCause | None


class Planned(NamedTuple):
    """The plan of one stage at one venue: the first day, the day that stands, and days moved by cause.

    A day that follows one taken back counts as moved from the day before. ``cause``: of the newest move.
    """

    first_on: date | None
    planned_on: date | None
    cause: SlipCause | None
    causes: Causes


@dataclass(frozen=True, slots=True)
class StageRow:
    """``slip_days``: the day it was reached, else the day planned now, against the first plan; null where one lacks."""

    stage: WifiStage
    first_on: date | None
    planned_on: date | None
    reached_on: date | None
    slip_days: int | None
    causes: Causes
    days_spent: int | None


@dataclass(frozen=True, slots=True)
class VenueSlip:
    """``slip_days`` and ``causes`` are of 運用. ``days_in_stage``: since it entered the stage where it stands."""

    code: str
    name: str
    stage: WifiStage | None
    place: WifiStage | None
    since: date | None
    next_stage: WifiStage | None
    days_in_stage: int | None
    planned_on: date | None
    overdue_days: int
    late_days: int
    cause: SlipCause | None
    slip_days: int | None
    causes: Causes
    stages: tuple[StageRow, ...]


@dataclass(frozen=True, slots=True)
class CauseSum:
    """How many venues a cause met and by how many days it moved their plan of 運用, all together."""

    cause: SlipCause | None
    venues: int
    days: int


_NOTHING = Planned(None, None, None, {})


def ahead(standing: Standing | None) -> WifiStage | None:
    """The stage that a venue enters next; None in 運用, 対象外 and 撤去."""
    if standing is None:
        return next_stage(None)
    return None if standing.stage in _OUT else next_stage(standing.place)


def late_of(venue: int, stage: WifiStage, plan: Planned, on: date) -> Late:
    """How late a stage is that was not reached by ``on``."""
    planned, first = plan.planned_on, plan.first_on
    overdue = max((on - planned).days, 0) if planned else 0
    late = max((max(planned, on) - first).days, 0) if planned and first else 0
    return Late(venue, stage, planned, first, overdue, late, plan.cause)


def lateness(
    session: Session,
    *,
    on: date,
    venues: Sequence[int] | None = None,
    baseline_on: date | None = None,
    standing: dict[int, Standing] | None = None,
) -> dict[int, Late]:
    """How late the next stage is, of every venue with a day for it. ``venues``: row numbers, all when left out.

    One query for each of the six stages that is next somewhere: venues in service cost nothing.
    """
    where = standing if standing is not None else standings(session, on=on, venues=_listed(venues))
    asked = venues if venues is not None else session.connection().execute(select(VENUE.c.id)).scalars()
    following: dict[WifiStage, list[int]] = {}
    for venue in asked:
        stage = ahead(where.get(venue))
        if stage is not None:
            following.setdefault(stage, []).append(venue)
    found: dict[int, Late] = {}
    for stage, waiting in following.items():
        planned = plans(session, venues=waiting, stage=stage, baseline_on=baseline_on)
        for (venue, _), plan in planned.items():
            if plan.planned_on is not None:
                found[venue] = late_of(venue, stage, plan, on)
    return found


def venue_slips(
    session: Session,
    *,
    on: date,
    venues: Sequence[int] | None = None,
    baseline_on: date | None = None,
    year: int | None = None,
) -> list[VenueSlip]:
    """Planned against actual of venues: those overdue the longest first, then the latest, then by kana.

    Four queries for any number of venues. A venue without a step and without a plan is left out. ``year``: causes of
    decisions in that 年度 alone.
    """
    decided = fiscal_year_days(year) if year is not None else None
    planned = plans(session, venues=venues, baseline_on=baseline_on, decided=decided)
    walked = _walks(session, on, venues)
    standing = standings(session, on=on, venues=_listed(venues))
    names = select(VENUE.c.id, VENUE.c.code, VENUE.c.name).order_by(VENUE.c.name_kana, VENUE.c.code)
    slips = []
    for venue in session.connection().execute(_of(names, VENUE.c.id, venues)):
        mine = [planned.get((venue.id, stage), _NOTHING) for stage in ROAD]
        here = standing.get(venue.id)
        if here is not None or any(plan.first_on for plan in mine):
            slips.append(_slip(venue, here, mine, walked.get(venue.id, []), on))
    return sorted(slips, key=lambda slip: (-slip.overdue_days, -slip.late_days))


def _slip(
    venue: Any, here: Standing | None, planned: list[Planned], steps: list[tuple[WifiStage, date]], on: date
) -> VenueSlip:
    entered, stayed = reached(steps), spent(steps, on)
    rows = []
    for stage, plan in zip(ROAD, planned, strict=True):
        last = entered.get(stage) or plan.planned_on
        rows.append(
            StageRow(
                stage=stage,
                first_on=plan.first_on,
                planned_on=plan.planned_on,
                reached_on=entered.get(stage),
                slip_days=(last - plan.first_on).days if last and plan.first_on else None,
                causes=plan.causes,
                days_spent=stayed.get(stage),
            )
        )
    following = ahead(here)
    late = late_of(venue.id, following, planned[ROAD.index(following)], on) if following else None
    return VenueSlip(
        code=venue.code,
        name=venue.name,
        stage=here.stage if here else None,
        place=here.place if here else None,
        since=here.since if here else None,
        next_stage=following,
        days_in_stage=(on - here.since).days if here else None,
        planned_on=late.planned_on if late else None,
        overdue_days=late.overdue_days if late else 0,
        late_days=late.late_days if late else 0,
        cause=late.cause if late else None,
        slip_days=rows[-1].slip_days,
        causes=rows[-1].causes,
        stages=tuple(rows),
    )


def cause_sums(session: Session, *, venues: Sequence[int] | None = None, year: int | None = None) -> list[CauseSum]:
    """Days by which the plan of 運用 was moved, by cause, most days first; ``year``: decided in that 年度."""
    decided = fiscal_year_days(year) if year is not None else None
    days: Causes = {}
    met: Causes = {}
    for plan in plans(session, venues=venues, stage=WifiStage.IN_SERVICE, decided=decided).values():
        for cause, moved in plan.causes.items():
            days[cause] = days.get(cause, 0) + moved
            met[cause] = met.get(cause, 0) + 1
    sums = [CauseSum(cause=cause, venues=met[cause], days=days[cause]) for cause in days]
    return sorted(sums, key=lambda one: (-one.days, -one.venues, one.cause or "~"))


def years_of_moves(session: Session) -> list[int]:
    """The 年度 from the first to the last decision about a plan, newest first."""
    first, last = session.connection().execute(select(func.min(PLAN.c.decided_on), func.max(PLAN.c.decided_on))).one()
    if first is None:
        return []
    return list(range(fiscal_year(last), fiscal_year(first) - 1, -1))


def plans(
    session: Session,
    *,
    venues: Sequence[int] | None = None,
    stage: WifiStage | None = None,
    baseline_on: date | None = None,
    decided: tuple[date, date] | None = None,
) -> dict[tuple[int, WifiStage], Planned]:
    """The plan of every venue and stage that has revisions, in one walk through them, oldest decision first.

    ``baseline_on``: the first plan is the one that stood on that day, where there was one. ``decided``: causes count
    from revisions decided in [from, until) alone.
    """
    columns = (PLAN.c.venue_id, PLAN.c.stage, PLAN.c.planned_on, PLAN.c.decided_on, PLAN.c.cause)
    query = _of(select(*columns), PLAN.c.venue_id, venues)
    if stage is not None:
        query = query.where(PLAN.c.stage == stage)
    told: dict[tuple[int, WifiStage], list[_Revision]] = {}
    # All at once and by place: one by one and by name costs three times as much at 24,000 rows.
    rows: list[Any] = list(session.connection().execute(query.order_by(PLAN.c.decided_on, PLAN.c.id)).all())
    for venue, of, *revision in rows:
        told.setdefault((venue, of), []).append(revision)
    return {key: _planned(own, baseline_on, decided) for key, own in told.items()}


def _planned(rows: list[_Revision], baseline_on: date | None, decided: tuple[date, date] | None) -> Planned:
    first: date | None = None
    last: date | None = None
    cause: SlipCause | None = None
    taken_back: SlipCause | None = None
    causes: Causes = {}
    for planned_on, decided_on, said in rows:
        if planned_on is None:
            taken_back = said
            continue
        if first is None or (baseline_on is not None and decided_on <= baseline_on):
            first = planned_on
        if last is not None and planned_on != last:
            cause = said or taken_back
            if decided is None or decided[0] <= decided_on < decided[1]:
                causes[cause] = causes.get(cause, 0) + (planned_on - last).days
        last, taken_back = planned_on, None
    return Planned(first, rows[-1][0], cause, causes)


def reached(steps: Iterable[tuple[WifiStage, date]]) -> dict[WifiStage, date]:
    """When each of the six stages was entered; going back takes away what lies ahead, 対象外 and 撤去 everything."""
    days: dict[WifiStage, date] = {}
    for stage, day in steps:
        if stage in ROAD:
            for later in ROAD[ROAD.index(stage) + 1 :]:
                days.pop(later, None)
            days.setdefault(stage, day)
        elif stage in _OUT:
            days.clear()
    return days


def spent(steps: Sequence[tuple[WifiStage, date]], on: date) -> dict[WifiStage, int]:
    """Days spent in each stage, all stays together; the stage that stands counts until ``on``."""
    days: dict[WifiStage, int] = {}
    ends = [day for _, day in steps[1:]] + [on]
    for (stage, day), end in zip(steps, ends, strict=False):
        days[stage] = days.get(stage, 0) + (end - day).days
    return days


def _walks(session: Session, on: date, venues: Sequence[int] | None) -> dict[int, list[tuple[WifiStage, date]]]:
    query = select(STEP.c.venue_id, STEP.c.stage, STEP.c.happened_on).where(counted_steps(on, None))
    query = _of(query, STEP.c.venue_id, venues).order_by(STEP.c.venue_id, STEP.c.happened_on, STEP.c.id)
    steps: dict[int, list[tuple[WifiStage, date]]] = {}
    told: list[Any] = list(session.connection().execute(query).all())
    for venue, stage, day in told:
        steps.setdefault(venue, []).append((stage, day))
    return steps


def _of(query: Select[Any], column: Any, venues: Sequence[int] | None) -> Select[Any]:
    return query if venues is None else query.where(column.in_(list(venues)))


def _listed(venues: Sequence[int] | None) -> list[int] | None:
    return None if venues is None else list(venues)
