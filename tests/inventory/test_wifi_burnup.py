"""The burn-up on both clocks, against counts made day by day from the rows in plain Python."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.calendar import TOKYO, today
from inventory.database import Database, reading, writing
from inventory.errors import Invalid, NotFound
from inventory.tables import WifiStage
from inventory.wifi_burnup import BurnUp, Point, burn_up, count_on, rollout
from inventory.wifi_burnup_days import SERIES
from tests.inventory.city import PROGRAM
from tests.inventory.test_tables import ROWS

TABLES = SQLModel.metadata.tables
VENUES = (1, 2, 3)
FIRST = date(2026, 4, 1)
# The days of a case are few, so that many things happen on one day; the clock of the ledger has the same days.
DAYS = 8
BASELINE = 3


class Step(NamedTuple):
    venue: int
    stage: WifiStage
    on: int
    recorded: int
    struck: int | None


class Plan(NamedTuple):
    venue: int
    stage: WifiStage
    planned: int | None
    decided: int
    recorded: int


class Target(NamedTuple):
    venues: frozenset[int]
    since: int
    recorded: int


class City(NamedTuple):
    steps: list[Step]
    plans: list[Plan]
    targets: list[Target]


days = st.integers(0, DAYS - 1)
venues = st.sampled_from(VENUES)
# What the burn-up is about comes up more often than the other stages.
stages = st.sampled_from([WifiStage.IN_SERVICE] * 6 + [*WifiStage])
cities = st.builds(
    City,
    st.lists(st.builds(Step, venues, stages, days, days, st.none() | days), min_size=3, max_size=14),
    st.lists(st.builds(Plan, venues, stages, st.none() | days, days, days), min_size=2, max_size=12),
    st.lists(st.builds(Target, st.frozensets(venues), days, days), max_size=4),
)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def noon(number: int) -> datetime:
    return datetime.combine(day(number), datetime.min.time(), TOKYO) + timedelta(hours=12)


def load(session: Any, city: City, *, programme: bool = True) -> None:
    """The rows of a city past every verb: random history would not pass the rules of moves."""
    connection = session.connection()
    entry = journal.open_entry(session, by=PROGRAM, now=noon(0), op_id="history")
    journal.note(session, "import")

    def write(table: str, row: dict[str, Any]) -> None:
        connection.execute(insert(TABLES[table]).values(row | {"entry": entry}))

    for venue in VENUES:
        write("venue", ROWS["venue"] | {"id": venue, "code": f"v{venue}"})
    for number, step in enumerate(city.steps, 1):
        row = {"id": number, "venue_id": step.venue, "stage": step.stage, "happened_on": day(step.on), "checks": []}
        write("wifi_step", row | {"recorded_at": noon(step.recorded)})
        if step.struck is not None:
            write("wifi_step_strike", {"step_id": number, "recorded_at": noon(step.struck)})
    for number, plan in enumerate(city.plans, 1):
        planned = None if plan.planned is None else day(plan.planned)
        row = {"id": number, "venue_id": plan.venue, "stage": plan.stage, "planned_on": planned}
        write("wifi_plan", row | {"decided_on": day(plan.decided), "recorded_at": noon(plan.recorded)})
    if not programme:
        return
    row = {"id": 1, "code": "all", "name": "全館", "from_on": day(0), "until_on": day(DAYS - 1)}
    write("wifi_programme", row | {"baseline_on": day(BASELINE), "revision": 1})
    for number, target in enumerate(city.targets, 1):
        row = {"id": number, "programme_id": 1, "name": "版", "since_on": day(target.since)}
        write("wifi_target", row | {"recorded_at": noon(target.recorded)})
        for venue in target.venues:
            write("wifi_target_venue", {"target_id": number, "venue_id": venue})


def by_hand(city: City, on: int, known: int, *, programme: bool) -> dict[str, int]:
    """The four counts of one day as known at noon of another, from the definitions."""
    steps = [
        (step.on, number, step)
        for number, step in enumerate(city.steps)
        if step.recorded <= known and (step.struck is None or step.struck > known)
    ]
    plans = [(plan.decided, number, plan) for number, plan in enumerate(city.plans) if plan.recorded <= known]
    if programme:
        sets = [(one.since, n, one) for n, one in enumerate(city.targets) if one.recorded <= known and one.since <= on]
        of = max(sets)[2].venues if sets else frozenset()
    else:
        of = frozenset({step.venue for _, _, step in steps} | {plan.venue for _, _, plan in plans})

    def in_service(venue: int, then: int) -> bool:
        own = [found for found in steps if found[2].venue == venue and found[0] <= then]
        return bool(own) and max(own)[2].stage is WifiStage.IN_SERVICE

    def first_day(venue: int) -> int | None:
        return next((then for then in range(DAYS) if in_service(venue, then)), None)

    def planned(venue: int) -> int | None:
        own = [found for found in plans if found[2].venue == venue and found[2].stage is WifiStage.IN_SERVICE]
        newest = max(own)[2].planned if own else None
        return newest if newest is not None else first_day(venue)

    def baseline(venue: int) -> int | None:
        own = sorted(
            found
            for found in plans
            if found[2].venue == venue and found[2].stage is WifiStage.IN_SERVICE and found[2].planned is not None
        )
        early = [found for found in own if programme and found[0] <= BASELINE]
        chosen = early[-1:] or own[:1]
        return chosen[0][2].planned if chosen else first_day(venue)

    def counted(venues: list[int | None]) -> int:
        return sum(1 for begun in venues if begun is not None and begun <= on)

    return {
        "denominator": len(of),
        "actual": sum(in_service(venue, on) for venue in of),
        "plan": counted([planned(venue) for venue in of]),
        "baseline": counted([baseline(venue) for venue in of]),
    }


def asked(database: Database, city: City, *, programme: bool = True, **how: Any) -> BurnUp:
    with database.writer.connect() as connection, Session(connection) as session:
        load(session, city, programme=programme)
        found = burn_up(session, **how)
        connection.rollback()
    return found


SERVICE = WifiStage.IN_SERVICE
# A hall goes on hold, which is told late; the wrong hold is struck out late; it opens and goes on hold in one day.
TOLD_LATE = City([Step(1, SERVICE, 1, 1, None), Step(1, WifiStage.ON_HOLD, 3, 6, None)], [], [])
STRUCK_LATE = City([Step(1, SERVICE, 1, 1, None), Step(1, WifiStage.ON_HOLD, 3, 3, 6)], [], [])
OF_ONE_DAY = City(
    [Step(1, SERVICE, 1, 1, None), Step(1, WifiStage.ON_HOLD, 1, 1, None), Step(1, SERVICE, 5, 5, None)], [], []
)


@example(city=TOLD_LATE, known=4, programme=False, audit=True)
@example(city=STRUCK_LATE, known=4, programme=False, audit=True)
@example(city=OF_ONE_DAY, known=7, programme=False, audit=False)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(city=cities, known=days, programme=st.booleans(), audit=st.booleans())
def test_any_day_as_known_on_any_other_agrees_with_a_count_by_hand(
    database: Database, city: City, known: int, programme: bool, audit: bool
) -> None:
    now = noon(DAYS)
    at = noon(known) if audit else None
    found = asked(database, city, programme=programme, now=now, since=day(0), until=day(DAYS - 1), known_at=at)
    seen = known if audit else DAYS
    for on in range(DAYS):
        expected = by_hand(city, on, seen, programme=programme)
        if audit and on > known:
            del expected["actual"]
        assert {name: count_on(getattr(found, name), day(on)) for name in expected} == expected
    for name in SERIES:
        line = getattr(found, name)
        last = known if audit and name == "actual" else DAYS - 1
        assert (line[0].on, line[-1].on) == (day(0), day(last))
        # Between its ends a line has a point only where its count changes.
        assert all(one.count != other.count for one, other in pairwise(line[:-1]))
        assert [point.on for point in line] == sorted({point.on for point in line})


# Two halls of a programme that a third joins on day 4. Of the first it was told late, and wrongly once.
HISTORY = City(
    steps=[
        Step(1, SERVICE, 2, 6, None),
        Step(2, SERVICE, 1, 1, 5),
        Step(3, SERVICE, 3, 3, None),
        Step(3, WifiStage.ON_HOLD, 6, 6, None),
    ],
    plans=[Plan(1, SERVICE, 1, 0, 0), Plan(1, SERVICE, 3, 2, 2), Plan(2, SERVICE, 5, 0, 0)],
    targets=[Target(frozenset({1, 2}), 0, 0), Target(frozenset({1, 2, 3}), 4, 4)],
)


def counts(line: list[Point]) -> list[tuple[int, int]]:
    return [((point.on - FIRST).days, point.count) for point in line]


def test_history_typed_in_late_counts_on_the_day_it_happened_and_not_in_what_was_known(database: Database) -> None:
    span: dict[str, Any] = {"since": day(0), "until": day(7)}
    now = asked(database, HISTORY, now=noon(7), **span)
    assert counts(now.actual) == [(0, 0), (2, 1), (4, 2), (6, 1), (7, 1)]
    assert counts(now.plan) == [(0, 0), (3, 1), (4, 2), (5, 3), (7, 3)]
    # On the baseline day the plan of the first hall had been revised already.
    assert counts(now.baseline) == [(0, 0), (3, 1), (4, 2), (5, 3), (7, 3)]
    assert counts(now.denominator) == [(0, 2), (4, 3), (7, 3)]
    then = asked(database, HISTORY, now=noon(7), known_at=noon(3), **span)
    assert counts(then.actual) == [(0, 0), (1, 1), (3, 1)]
    assert counts(then.denominator) == [(0, 2), (7, 2)]
    later = asked(database, HISTORY, now=noon(7), since=day(5), until=day(7))
    assert counts(later.actual) == [(5, 2), (6, 1), (7, 1)]
    assert asked(database, HISTORY, now=noon(2), since=day(5), until=day(7)).actual == []


@pytest.mark.parametrize("programme", [True, False])
def test_without_days_it_spans_the_programme_or_all_that_is_known(database: Database, programme: bool) -> None:
    with writing(database) as session:
        load(session, HISTORY, programme=programme)
    with reading(database) as session:
        found = rollout(session, now=noon(7))
        assert (found.programme is not None) is programme
        assert found.since == FIRST
        assert found.until == (day(DAYS - 1) if programme else date(2027, 3, 31))
        assert found.last == today(noon(7))
        with pytest.raises(NotFound):
            rollout(session, now=noon(7), programme="nowhere")
        with pytest.raises(Invalid):
            rollout(session, now=noon(7), since=day(3), until=day(2))
        with pytest.raises(Invalid):
            rollout(session, now=noon(7), since=date(1900, 1, 1), until=day(2))


def test_an_empty_ledger_has_a_flat_burn_up(database: Database) -> None:
    with reading(database) as session:
        found = rollout(session, now=noon(7))
    assert {name: {point.count for point in getattr(found.lines, name)} for name in SERIES} == {
        name: {0} for name in SERIES
    }
