"""The days on which a count of the burn-up changes: the query behind ``inventory.wifi_burnup``, which says what counts.

Everything becomes a time ``[since, until)`` in which a venue counts in a line: its times in service, the time from its
planned day on, its times in the target set. The changes are plus one where a time begins and minus one where it ends.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    FromClause,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    select,
    tuple_,
    union,
    union_all,
)
from sqlalchemy.sql.selectable import NamedFromClause
from sqlmodel import Session

from inventory.tables import WifiStage
from inventory.wifi_standing import PLAN, STEP, STRIKE, TARGET, TARGET_VENUE, counted_steps

SERIES = ("baseline", "plan", "actual", "denominator")
# No day of the ledger lies before or after these.
EVER, NEVER = date(1, 1, 1), date(9999, 12, 31)
# The time from which one looks, as it stands in a query: a parameter, or None for now.
Known = Any


def changes_of(session: Session, about: Any | None, known_at: datetime | None) -> dict[str, list[tuple[date, int]]]:
    """By line the days on which its count changes and by how much, in order: ``[(date(2025, 4, 1), 16), …]``."""
    found: dict[str, list[tuple[date, int]]] = {name: [] for name in SERIES}
    query = _query(about is not None, known_at is not None)
    asked = {"programme": about and about.id, "baseline_on": about and about.baseline_on, "known_at": known_at}
    for row in session.connection().execute(query, asked):
        found[SERIES[row.line]].append((row.day, row.change))
    return found


@cache
def _query(of_programme: bool, audit: bool) -> Select[Any]:
    """``line, day, change`` in order; ``line`` is the place of its name in ``SERIES``.

    It is built once: to put it together takes as long as to answer it for a city of 200 halls.
    """
    known_at = bindparam("known_at", type_=STEP.c.recorded_at.type) if audit else None
    served = _served(known_at).cte("served")
    of = _members(of_programme, known_at)
    planned = _planned(of, served, known_at, of_programme).cte("planned")
    spans = union_all(
        _part(of, 2, served, served.c.since, served.c.until),
        _part(of, 1, planned, planned.c.plan),
        _part(of, 0, planned, planned.c.baseline),
        select(literal(3).label("line"), of.since, of.until).select_from(of.rows),
    ).cte("spans")
    changes = union_all(
        select(spans.c.line, spans.c.since.label("day"), literal(1).label("change")),
        select(spans.c.line, spans.c.until, literal(-1)).where(spans.c.until < _far(NEVER)),
    ).subquery("changes")
    total = func.sum(changes.c.change)
    return (
        select(changes.c.line, changes.c.day, total.label("change"))
        .group_by(changes.c.line, changes.c.day)
        .having(total != 0)
        .order_by(changes.c.line, changes.c.day)
    )


def _far(day: date) -> ColumnElement[date]:
    return literal(day, Date)


@dataclass(frozen=True, slots=True)
class _Members:
    """``venue`` is of the set on the days in ``[since, until)``: columns of ``rows``, one row per such time."""

    rows: FromClause
    venue: ColumnElement[int]
    since: ColumnElement[date]
    until: ColumnElement[date]


def _members(of_programme: bool, known_at: Known) -> _Members:
    if not of_programme:
        plans = select(PLAN.c.venue_id)
        if known_at is not None:
            plans = plans.where(PLAN.c.recorded_at <= known_at)
        venues = union(select(STEP.c.venue_id).where(counted_steps(None, known_at)), plans).cte("venues")
        return _Members(venues, venues.c.venue_id, _far(EVER), _far(NEVER))
    conditions = [TARGET.c.programme_id == bindparam("programme")]
    if known_at is not None:
        conditions.append(TARGET.c.recorded_at <= known_at)
    following = func.lead(TARGET.c.since_on, type_=Date).over(order_by=(TARGET.c.since_on, TARGET.c.id))
    until = func.coalesce(following, _far(NEVER), type_=Date).label("until")
    every = select(TARGET.c.id, TARGET.c.since_on, until).where(*conditions).subquery("every")
    # A set that another of the same day took the place of never stood.
    stands = select(every).where(every.c.since_on < every.c.until).cte("stands")
    rows = stands.join(TARGET_VENUE, TARGET_VENUE.c.target_id == stands.c.id)
    return _Members(rows, TARGET_VENUE.c.venue_id, stands.c.since_on, stands.c.until)


def _served(known_at: Known) -> Select[Any]:
    """``venue_id, since, until``: from when until before when a venue was in service; empty where the two are one day.

    The step that ends such a time is looked up in the index for the few steps that begin one: to rank all steps of all
    venues takes three times as long.
    """
    after = STEP.alias("after")
    following = (
        select(after.c.happened_on)
        .where(
            after.c.venue_id == STEP.c.venue_id,
            tuple_(after.c.happened_on, after.c.id) > tuple_(STEP.c.happened_on, STEP.c.id),
            _counts(after, known_at),
        )
        .order_by(after.c.happened_on, after.c.id)
        .limit(1)
        .correlate(STEP)
        .scalar_subquery()
    )
    until = func.coalesce(following, _far(NEVER), type_=Date).label("until")
    return select(STEP.c.venue_id, STEP.c.happened_on.label("since"), until).where(
        STEP.c.stage == WifiStage.IN_SERVICE, counted_steps(None, known_at)
    )


def _counts(steps: NamedFromClause, known_at: Known) -> ColumnElement[bool]:
    """``wifi_standing.counted_steps`` for steps under another name."""
    struck = select(STRIKE.c.step_id).where(STRIKE.c.step_id == steps.c.id)
    if known_at is None:
        return ~exists(struck)
    return and_(~exists(struck.where(STRIKE.c.recorded_at <= known_at)), steps.c.recorded_at <= known_at)


def _planned(of: _Members, served: CTE, known_at: Known, of_programme: bool) -> Select[Any]:
    """``venue_id, plan, baseline``: the days from which on a venue counts in the two lines of plans; null for never.

    They are the plans of ``wifi_standing.latest_plans`` and ``first_plans``, looked up venue by venue.
    """
    venues = select(of.venue.label("venue_id")).select_from(of.rows).distinct().cte("venues_planned")
    begun = (
        select(served.c.venue_id, func.min(served.c.since).label("day"))
        .where(served.c.since < served.c.until)
        .group_by(served.c.venue_id)
        .cte("begun")
    )

    def revision(*conditions: ColumnElement[bool], newest: bool) -> ScalarSelect[Any]:
        order = (PLAN.c.decided_on, PLAN.c.id)
        found = select(PLAN.c.planned_on).where(
            PLAN.c.venue_id == venues.c.venue_id, PLAN.c.stage == WifiStage.IN_SERVICE, *conditions
        )
        if known_at is not None:
            found = found.where(PLAN.c.recorded_at <= known_at)
        found = found.order_by(*(column.desc() if newest else column for column in order)).limit(1)
        return found.correlate(venues).scalar_subquery()

    some = PLAN.c.planned_on.is_not(None)
    firsts = [revision(some, newest=False)]
    if of_programme:
        baseline_on = bindparam("baseline_on", type_=Date)
        firsts.insert(0, revision(some, PLAN.c.decided_on <= baseline_on, newest=True))
    return select(
        venues.c.venue_id,
        func.coalesce(revision(newest=True), begun.c.day, type_=Date).label("plan"),
        func.coalesce(*firsts, begun.c.day, type_=Date).label("baseline"),
    ).select_from(venues.outerjoin(begun, begun.c.venue_id == venues.c.venue_id))


def _part(
    of: _Members, line: int, spans: CTE, since: ColumnElement[date], until: ColumnElement[date] | None = None
) -> Select[Any]:
    """The times of ``spans`` as far as their venue is of the set. Without ``until`` they have no end."""
    begin = case((since > of.since, since), else_=of.since).label("since")
    end = of.until if until is None else case((until < of.until, until), else_=of.until)
    shared = [since < of.until] if until is None else [since < of.until, of.since < until, since < until]
    return (
        select(literal(line).label("line"), begin, end.label("until"))
        .select_from(of.rows.join(spans, spans.c.venue_id == of.venue))
        .where(*shared)
    )
