"""Planned days as they are read: every revision of a venue, the days that stand, and venues to plan for."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from inventory.errors import NotFound
from inventory.shapes import Card, row_id
from inventory.tables import SlipCause, WifiStage
from inventory.text import fold
from inventory.wifi_standing import PLAN, VENUE


class PlanRevision(Card):
    """``reason`` is null also where it was erased."""

    id: str
    venue: str
    stage: WifiStage
    planned_on: date | None
    decided_on: date
    recorded_at: datetime
    cause: SlipCause | None
    reason: str | None


class VenueToPlan(Card):
    """A venue in a form of plans; ``days``: what is planned, by stage."""

    code: str
    name: str
    days: dict[WifiStage, date]


def plan_revision(session: Session, revision: str) -> PlanRevision:
    """Raises NotFound when there is no such revision."""
    found = _revisions(session, PLAN.c.id == row_id(revision))
    if not found:
        raise NotFound("この見込みは見つかりません。会場のページから選んでください。")
    return found[0]


def plan_revisions(session: Session, venue: str) -> list[PlanRevision]:
    """Every revision of a venue, the newest decision first.

    Raises:
        NotFound: there is no such venue.
    """
    return _revisions(session, PLAN.c.venue_id == next(iter(named_venue(session, venue))))


def _revisions(session: Session, which: Any) -> list[PlanRevision]:
    query = select(PLAN, VENUE.c.code).join(VENUE, PLAN.c.venue_id == VENUE.c.id).where(which)
    rows = session.connection().execute(query.order_by(PLAN.c.decided_on.desc(), PLAN.c.id.desc()))
    return [
        PlanRevision(
            id=str(row.id),
            venue=row.code,
            stage=row.stage,
            planned_on=row.planned_on,
            decided_on=row.decided_on,
            recorded_at=row.recorded_at,
            cause=row.cause,
            reason=row.reason,
        )
        for row in rows
    ]


def named_venues(session: Session, codes: Collection[str]) -> dict[int, tuple[str, str]]:
    """Code and name of the venues with these codes, by row number."""
    query = select(VENUE.c.id, VENUE.c.code, VENUE.c.name).where(VENUE.c.code.in_(list(codes))).order_by(VENUE.c.code)
    return {row.id: (row.code, row.name) for row in session.connection().execute(query)}


def named_venue(session: Session, code: str) -> dict[int, tuple[str, str]]:
    """The same of one venue. Raises NotFound when there is none."""
    found = named_venues(session, [code])
    if not found:
        raise NotFound(f"会場 {code} は見つかりません。一覧から選んでください。")
    return found


def standing_plans(
    session: Session, venues: Collection[int], decided_by: date | None = None
) -> dict[int, dict[WifiStage, date]]:
    """The days that stand (as of ``decided_by``), by venue and stage. Reads the revisions of these venues alone."""
    query = select(PLAN.c.venue_id, PLAN.c.stage, PLAN.c.planned_on).where(PLAN.c.venue_id.in_(list(venues)))
    if decided_by is not None:
        query = query.where(PLAN.c.decided_on <= decided_by)
    found: dict[int, dict[WifiStage, date]] = {}
    # The newest decision comes last and counts; one that takes the plan back leaves none.
    for row in session.connection().execute(query.order_by(PLAN.c.decided_on, PLAN.c.id)):
        days = found.setdefault(row.venue_id, {})
        days.pop(row.stage, None)
        if row.planned_on is not None:
            days[row.stage] = row.planned_on
    return found


def venues_to_plan(
    session: Session, *, codes: Collection[str] = (), q: str | None = None, limit: int = 200
) -> tuple[list[VenueToPlan], bool]:
    """The venues named, or else those found by ``q`` or all, by kana; and whether there are more than ``limit``."""
    query = select(VENUE.c.id, VENUE.c.code, VENUE.c.name)
    if codes:
        query = query.where(VENUE.c.code.in_(list(codes)))
    elif q:
        query = query.where(VENUE.c.search.contains(fold(q), autoescape=True))
    query = query.order_by(VENUE.c.name_kana, VENUE.c.code).limit(limit + 1)
    rows = session.connection().execute(query).all()
    days = standing_plans(session, [row.id for row in rows[:limit]])
    cards = [VenueToPlan(code=row.code, name=row.name, days=days.get(row.id, {})) for row in rows[:limit]]
    return cards, len(rows) > limit
