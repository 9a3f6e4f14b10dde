"""The board against a walk through the rows by hand, on random rows and both databases."""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlmodel import Session, SQLModel

from inventory.calendar import TOKYO
from inventory.database import Database
from inventory.errors import NotFound
from inventory.tables import SlipCause, WifiStage
from inventory.wifi_board import Hall, board_card, load_board
from inventory.wifi_stages import ROAD, next_stage, standing_place
from tests.inventory.test_tables import ROWS

TABLES = SQLModel.metadata.tables
FIRST = date(2026, 4, 1)
NOW = datetime(2026, 4, 7, 12, tzinfo=TOKYO)  # Day 6 of those below.
VENUES = (1, 2, 3)
BASELINE = 2


class Step(NamedTuple):
    venue: int
    stage: WifiStage
    day: int
    struck: bool


class Plan(NamedTuple):
    venue: int
    stage: WifiStage
    planned: int | None
    decided: int
    cause: SlipCause | None


small = st.integers(0, 9)
steps = st.lists(
    st.builds(Step, st.sampled_from(VENUES), st.sampled_from(WifiStage), small, st.sampled_from([False, False, True])),
    max_size=14,
)
some_causes = st.none() | st.sampled_from([SlipCause.BUDGET, SlipCause.POLE_WAIT])
plans = st.lists(
    st.builds(Plan, st.sampled_from(VENUES), st.sampled_from(ROAD), st.none() | small, small, some_causes), max_size=24
)
targets = st.none() | st.lists(st.tuples(small, st.frozensets(st.sampled_from(VENUES))), min_size=1, max_size=3)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def load(session: Any, told: list[Step], planned: list[Plan], sets: list[tuple[int, frozenset[int]]] | None) -> None:
    connection = session.connection()

    def put(table: str, **row: Any) -> None:
        connection.execute(insert(TABLES[table]).values(row))

    put("entry", **ROWS["entry"])
    for venue in VENUES:
        put("venue", **(ROWS["venue"] | {"id": venue, "code": f"v{venue}", "name_kana": f"カナ{9 - venue}"}))
    for number, step in enumerate(told, 1):
        row = {"venue_id": step.venue, "stage": step.stage, "happened_on": day(step.day)}
        put("wifi_step", id=number, recorded_at=NOW, checks=[], entry=1, **row)
        if step.struck:
            put("wifi_step_strike", step_id=number, recorded_at=NOW, entry=1)
    for number, plan in enumerate(planned, 1):
        when = None if plan.planned is None else day(plan.planned)
        row = {"venue_id": plan.venue, "stage": plan.stage, "planned_on": when, "decided_on": day(plan.decided)}
        put("wifi_plan", id=number, recorded_at=NOW, cause=plan.cause, entry=1, **row)
    if sets is not None:
        days = {"from_on": day(0), "until_on": day(9), "baseline_on": day(BASELINE)}
        put("wifi_programme", id=1, code="all", name="全公民館", revision=1, entry=1, **days)
        for number, (since, venues) in enumerate(sets, 1):
            put("wifi_target", id=number, programme_id=1, name="対象", since_on=day(since), recorded_at=NOW, entry=1)
            for venue in venues:
                put("wifi_target_venue", target_id=number, venue_id=venue, entry=1)


def by_hand(
    venue: int, told: list[Step], planned: list[Plan], on: int, baseline: int | None
) -> tuple[WifiStage | None, WifiStage | None, WifiStage | None, date | None, date | None, date | None, int, int]:
    """Stage, place, next, planned, first, in service, overdue and late of a venue on day ``on``."""
    own = sorted((step.day, number, step.stage) for number, step in enumerate(told) if step.venue == venue)
    stages = [stage for when, number, stage in own if when <= on and not told[number].struck]
    stage, place = (stages[-1] if stages else None), standing_place(stages)
    following = None if stage in (WifiStage.EXCLUDED, WifiStage.REMOVED) else next_stage(place)

    def revisions(of: WifiStage | None, until: int) -> list[int | None]:
        found = [(plan.decided, number) for number, plan in enumerate(planned) if plan[:2] == (venue, of)]
        return [planned[number].planned for decided, number in sorted(found) if decided <= until]

    def stands(of: WifiStage | None) -> int | None:
        return (revisions(of, on) or [None])[-1]

    early = [] if baseline is None else [one for one in revisions(following, baseline) if one is not None]
    every = [one for one in revisions(following, 99) if one is not None]
    first = early[-1] if early else every[0] if every else None
    plan = stands(following)
    service = stands(WifiStage.IN_SERVICE) if following is not None else None
    late = max(max(plan, on) - first, 0) if plan is not None and first is not None else 0
    overdue = max(on - plan, 0) if plan is not None else 0
    when = [None if one is None else day(one) for one in (plan, first, service)]
    return stage, place, following, when[0], when[1], when[2], overdue, late


def told_of(hall: Hall) -> tuple[Any, ...]:
    days = (hall.planned_on, hall.first_on, hall.service_on, hall.overdue_days, hall.late_days)
    return hall.stage, hall.place, hall.next, *days


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=steps, planned=plans, sets=targets, asked=st.none() | small)
def test_the_board_agrees_with_a_walk_by_hand(
    database: Database,
    told: list[Step],
    planned: list[Plan],
    sets: list[tuple[int, frozenset[int]]] | None,
    asked: int | None,
) -> None:
    # A day to come has no steps yet, so what stands today is shown for it.
    today = (NOW.date() - FIRST).days
    on = min(asked if asked is not None else today, today)
    counted = set(VENUES)
    if sets is not None:
        until = asked if asked is not None else today
        standing = [venues for since, venues in sorted(sets, key=lambda one: one[0]) if since <= until]
        counted = set(standing[-1]) if standing else set()
    baseline = None if sets is None else BASELINE
    expected = {f"v{venue}": by_hand(venue, told, planned, on, baseline) for venue in counted}
    with database.writer.connect() as connection, Session(connection) as session:
        load(session, told, planned, sets)
        board = load_board(session, now=NOW, on=None if asked is None else day(asked))
        card = board_card(session, now=NOW, on=None if asked is None else day(asked))
        connection.rollback()
    assert {hall.code: told_of(hall) for hall in board.halls} == expected
    assert [hall.kana for hall in board.halls] == sorted(hall.kana for hall in board.halls)
    assert (card.total, card.in_service) == (
        len(counted),
        sum(found[0] is WifiStage.IN_SERVICE for found in expected.values()),
    )
    assert card.late == sum(bool(found[6] or found[7]) for found in expected.values())
    assert {one.code: column.stage for column in card.stages for one in column.venues} == {
        code: found[0] for code, found in expected.items()
    }
    for column in card.stages:
        assert column.count == len(column.venues)
        assert [one.days_late for one in column.venues] == sorted(one.days_late for one in column.venues)[::-1]


def test_everything_is_shown_whatever_programmes_there_are(database: Database) -> None:
    with database.writer.connect() as connection, Session(connection) as session:
        load(session, [], [], [(0, frozenset({2}))])
        named = load_board(session, now=NOW, programme="all")
        every = load_board(session, now=NOW, everything=True)
        with pytest.raises(NotFound):
            load_board(session, now=NOW, programme="other")
        connection.rollback()
    assert [hall.code for hall in named.halls] == ["v2"]
    assert [hall.code for hall in every.halls] == ["v3", "v2", "v1"]
    assert every.programme is None


def test_what_a_day_to_come_may_expect(database: Database) -> None:
    """Halls planned for 運用 by that day join those in service; the next to come stands first."""
    told = [Step(1, WifiStage.IN_SERVICE, 1, False), Step(2, WifiStage.ACTIVATION, 2, False)]
    planned = [Plan(2, WifiStage.IN_SERVICE, 8, 0, None), Plan(3, WifiStage.IN_SERVICE, 7, 0, None)]
    with database.writer.connect() as connection, Session(connection) as session:
        load(session, told, planned, None)
        boards = [load_board(session, now=NOW, on=day(number)) for number in (6, 7, 8)]
        connection.rollback()
    assert [board.expected for board in boards] == [1, 2, 3]
    assert [hall.code for hall in boards[0].coming] == ["v3", "v2"]
    assert all(board.on == NOW.date() for board in boards)
