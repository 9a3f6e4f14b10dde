"""Where venues stand, on both clocks, against a walk through the rows by hand."""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlmodel import Session, SQLModel

from inventory.database import Database
from inventory.errors import NotFound
from inventory.tables import WifiStage
from inventory.wifi_stages import ROAD, standing_place
from inventory.wifi_standing import first_plans, latest_plans, programme_row, standings
from tests.inventory.city import NOON
from tests.inventory.test_tables import ROWS

TABLES = SQLModel.metadata.tables
DAY = date(2026, 4, 1)
VENUES = (1, 2, 3)


class Step(NamedTuple):
    venue: int
    stage: WifiStage
    day: int
    recorded: int
    struck: int | None


class Plan(NamedTuple):
    venue: int
    planned: int | None
    decided: int
    recorded: int


small = st.integers(0, 5)
steps = st.lists(
    st.builds(Step, st.sampled_from(VENUES), st.sampled_from(WifiStage), small, small, st.none() | st.integers(0, 7)),
    max_size=14,
)
plans = st.lists(st.builds(Plan, st.sampled_from(VENUES), st.none() | small, small, small), max_size=10)
clock = st.none() | small


def at(moment: int) -> datetime:
    return NOON + timedelta(hours=moment)


def day(number: int) -> date:
    return DAY + timedelta(days=number)


def load(session: Any, told: list[Step], planned: list[Plan]) -> None:
    connection = session.connection()
    connection.execute(insert(TABLES["entry"]).values(ROWS["entry"]))
    for venue in VENUES:
        connection.execute(insert(TABLES["venue"]).values(ROWS["venue"] | {"id": venue, "code": f"v{venue}"}))
    for number, step in enumerate(told, 1):
        row = {
            "id": number,
            "venue_id": step.venue,
            "stage": step.stage,
            "happened_on": day(step.day),
            "recorded_at": at(step.recorded),
            "checks": [],
            "entry": 1,
        }
        connection.execute(insert(TABLES["wifi_step"]).values(row))
        if step.struck is not None:
            strike = {"step_id": number, "recorded_at": at(step.struck), "entry": 1}
            connection.execute(insert(TABLES["wifi_step_strike"]).values(strike))
    for number, plan in enumerate(planned, 1):
        row = {
            "id": number,
            "venue_id": plan.venue,
            "stage": WifiStage.IN_SERVICE,
            "planned_on": None if plan.planned is None else day(plan.planned),
            "decided_on": day(plan.decided),
            "recorded_at": at(plan.recorded),
            "entry": 1,
        }
        connection.execute(insert(TABLES["wifi_plan"]).values(row))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=steps, planned=plans, on=clock, known=clock)
def test_the_queries_agree_with_a_walk_by_hand(
    database: Database, told: list[Step], planned: list[Plan], on: int | None, known: int | None
) -> None:
    seen = [
        (step, number)
        for number, step in enumerate(told, 1)
        if (on is None or step.day <= on)
        and (known is None or step.recorded <= known)
        and (step.struck is None or (known is not None and step.struck > known))
    ]
    expected = {}
    for venue in VENUES:
        own = [step for step, _ in sorted(seen, key=lambda pair: (pair[0].day, pair[1])) if step.venue == venue]
        if own:
            place = standing_place([step.stage for step in own])
            expected[venue] = (own[-1].stage, day(own[-1].day), place)
    heard = [(plan, n) for n, plan in enumerate(planned, 1) if known is None or plan.recorded <= known]
    latest, first = {}, {}
    for venue in VENUES:
        own_plans = [p for p, n in sorted(heard, key=lambda pair: (pair[0].decided, pair[1])) if p.venue == venue]
        if own_plans and own_plans[-1].planned is not None:
            latest[venue] = day(own_plans[-1].planned)
        days = [plan for plan in own_plans if plan.planned is not None]
        early = [plan for plan in days if plan.decided <= 2]
        if days:
            first[venue] = day((early[-1] if early else days[0]).planned or 0)
    with database.writer.connect() as connection, Session(connection) as session:
        load(session, told, planned)
        now = None if known is None else at(known)
        found = standings(session, on=None if on is None else day(on), known_at=now)
        plan_rows = session.connection().execute(latest_plans(now)).all()
        first_rows = session.connection().execute(first_plans(now, day(2))).all()
        connection.rollback()
    assert {venue: (one.stage, one.since, one.place) for venue, one in found.items()} == expected
    assert {row.venue_id: row.planned_on for row in plan_rows} == latest
    assert {row.venue_id: row.planned_on for row in first_rows} == first
    assert all(one.place is None or one.place in ROAD for one in found.values())


def test_no_programme_has_a_code_that_no_database_can_be_asked_about(database: Database) -> None:
    for code in ("a\0", "nowhere"):
        with database.reader.connect() as connection, Session(connection) as session, pytest.raises(NotFound):
            programme_row(session, code)
