"""What slipped, against a walk through random plans and steps by hand; then what single venues look like."""

from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlmodel import Session, SQLModel

from inventory.calendar import fiscal_year
from inventory.database import Database
from inventory.tables import SlipCause, WifiStage
from inventory.wifi_slips import (
    CauseSum,
    Late,
    VenueSlip,
    ahead,
    cause_sums,
    lateness,
    reached,
    spent,
    venue_slips,
    years_of_moves,
)
from inventory.wifi_stages import ROAD, next_stage, standing_place
from tests.inventory.city import NOON
from tests.inventory.test_tables import ROWS

TABLES = SQLModel.metadata.tables
# Late in a fiscal year, so that decisions fall into two.
DAY = date(2026, 3, 28)
VENUES = (1, 2, 3)
ON = DAY + timedelta(days=6)


class Plan(NamedTuple):
    venue: int
    stage: WifiStage
    planned: int | None
    decided: int
    cause: SlipCause | None


class Step(NamedTuple):
    venue: int
    stage: WifiStage
    day: int
    struck: bool


planned = st.lists(
    st.builds(
        Plan,
        st.sampled_from(VENUES),
        st.sampled_from(ROAD[3:]),
        st.none() | st.integers(0, 8),
        st.integers(0, 6),
        st.none() | st.sampled_from(SlipCause),
    ),
    max_size=25,
)
told = st.lists(
    st.builds(Step, st.sampled_from(VENUES), st.sampled_from(WifiStage), st.integers(0, 8), st.booleans()), max_size=12
)


def day(number: int) -> date:
    return DAY + timedelta(days=number)


def load(session: Session, plans: list[Plan], steps: list[Step]) -> None:
    connection = session.connection()
    connection.execute(insert(TABLES["entry"]).values(ROWS["entry"]))
    for venue in VENUES:
        row = ROWS["venue"] | {"id": venue, "code": f"v{venue}", "name_kana": "アカサ"[venue - 1]}
        connection.execute(insert(TABLES["venue"]).values(row))
    for number, plan in enumerate(plans, 1):
        row = {"id": number, "venue_id": plan.venue, "stage": plan.stage, "decided_on": day(plan.decided)}
        row |= {"planned_on": None if plan.planned is None else day(plan.planned), "cause": plan.cause}
        connection.execute(insert(TABLES["wifi_plan"]).values(row | {"recorded_at": NOON, "entry": 1}))
    for number, step in enumerate(steps, 1):
        row = {"id": number, "venue_id": step.venue, "stage": step.stage, "happened_on": day(step.day)}
        row |= {"recorded_at": NOON, "checks": [], "entry": 1}
        connection.execute(insert(TABLES["wifi_step"]).values(row))
        if step.struck:
            strike = {"step_id": number, "recorded_at": NOON, "entry": 1}
            connection.execute(insert(TABLES["wifi_step_strike"]).values(strike))


def of_one(plans: list[Plan], venue: int, stage: WifiStage) -> list[Plan]:
    own = [(plan.decided, number, plan) for number, plan in enumerate(plans)]
    return [plan for _, _, plan in sorted(own) if plan.venue == venue and plan.stage is stage]


def moves(revisions: list[Plan]) -> list[tuple[Plan, SlipCause | None, int]]:
    """Each revision that moved the day: it, why, and by how many days."""
    found = []
    for number, revision in enumerate(revisions):
        before = [one for one in revisions[:number] if one.planned is not None]
        if revision.planned is None or not before or revision.planned == before[-1].planned:
            continue
        back = revisions[number - 1] if number and revisions[number - 1].planned is None else None
        cause = revision.cause or (back.cause if back else None)
        found.append((revision, cause, revision.planned - (before[-1].planned or 0)))
    return found


def summed(found: list[tuple[Plan, SlipCause | None, int]]) -> dict[SlipCause | None, int]:
    return {cause: sum(days for _, other, days in found if other is cause) for _, cause, _ in found}


def first(revisions: list[Plan], baseline: int | None) -> date | None:
    days = [one for one in revisions if one.planned is not None]
    early = [one for one in days if baseline is not None and one.decided <= baseline]
    found = early[-1] if early else days[0] if days else None
    return day(found.planned or 0) if found else None


def steps_of(steps: list[Step], venue: int) -> list[Step]:
    own = [(step.day, number, step) for number, step in enumerate(steps)]
    return [step for _, _, step in sorted(own) if step.venue == venue and not step.struck and day(step.day) <= ON]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plans=planned, steps=told, baseline=st.none() | st.integers(0, 6), venues=st.none() | st.just([1, 3]))
def test_slips_agree_with_a_walk_by_hand(
    database: Database, plans: list[Plan], steps: list[Step], baseline: int | None, venues: list[int] | None
) -> None:
    expected: dict[str, dict[str, Any]] = {}
    late: dict[int, tuple[WifiStage, int, int]] = {}
    sums: dict[SlipCause | None, tuple[int, int]] = {}
    for venue in venues or VENUES:
        walked = steps_of(steps, venue)
        revisions = {stage: of_one(plans, venue, stage) for stage in ROAD}
        planned_now = {
            stage: day(own[-1].planned) for stage, own in revisions.items() if own and own[-1].planned is not None
        }
        place = standing_place([step.stage for step in walked])
        out = bool(walked) and walked[-1].stage in (WifiStage.EXCLUDED, WifiStage.REMOVED)
        following = None if out else next_stage(place)
        overdue = behind = 0
        if following in planned_now:
            assert following is not None
            begun = first(revisions[following], baseline)
            assert begun is not None
            overdue = max((ON - planned_now[following]).days, 0)
            behind = max((max(ON, planned_now[following]) - begun).days, 0)
            late[venue] = (following, overdue, behind)
        entered = {stage: _entered(walked, stage) for stage in ROAD}
        if walked or any(first(own, baseline) for own in revisions.values()):
            expected[f"v{venue}"] = {
                "overdue": overdue,
                "late": behind,
                "stages": [
                    (first(revisions[stage], baseline), planned_now.get(stage), entered[stage]) for stage in ROAD
                ],
                "causes": [summed(moves(revisions[stage])) for stage in ROAD],
            }
        moved = moves(revisions[WifiStage.IN_SERVICE])
        for cause, days in summed([one for one in moved if fiscal_year(day(one[0].decided)) == 2026]).items():
            count, total = sums.get(cause, (0, 0))
            sums[cause] = (count + 1, total + days)
    with database.writer.connect() as connection, Session(connection) as session:
        load(session, plans, steps)
        at = None if baseline is None else day(baseline)
        slips = venue_slips(session, on=ON, venues=venues, baseline_on=at)
        slim = lateness(session, on=ON, venues=venues, baseline_on=at)
        causes = cause_sums(session, venues=venues, year=2026)
        connection.rollback()
    assert {
        slip.code: {
            "overdue": slip.overdue_days,
            "late": slip.late_days,
            "stages": [(row.first_on, row.planned_on, row.reached_on) for row in slip.stages],
            "causes": [row.causes for row in slip.stages],
        }
        for slip in slips
    } == expected
    assert {venue: (one.stage, one.overdue_days, one.late_days) for venue, one in slim.items()} == late
    assert {one.cause: (one.venues, one.days) for one in causes} == sums
    assert [-one.days for one in causes] == sorted(-one.days for one in causes)
    order = [(-slip.overdue_days, -slip.late_days, slip.code) for slip in slips]
    assert order == sorted(order)
    for slip in slips:
        service = slip.stages[-1]
        # The days by cause are the whole way from the first plan to the one that stands.
        if baseline is None and service.planned_on and service.first_on:
            assert sum(service.causes.values()) == (service.planned_on - service.first_on).days


def _entered(walked: list[Step], stage: WifiStage) -> date | None:
    """The first day in the stage since the venue last stood before it, or nowhere."""
    since = 0
    for number, step in enumerate(walked):
        before = step.stage in ROAD and ROAD.index(step.stage) < ROAD.index(stage)
        if before or step.stage in (WifiStage.EXCLUDED, WifiStage.REMOVED):
            since = number + 1
    found = [step for step in walked[since:] if step.stage is stage]
    return day(found[0].day) if found else None


def test_days_in_a_stage_are_those_of_all_stays() -> None:
    steps = [
        (WifiStage.SURVEY, day(0)),
        (WifiStage.DESIGN, day(10)),
        (WifiStage.ON_HOLD, day(15)),
        (WifiStage.SURVEY, day(20)),
        (WifiStage.DESIGN, day(23)),
    ]
    assert spent(steps, day(30)) == {WifiStage.SURVEY: 13, WifiStage.DESIGN: 12, WifiStage.ON_HOLD: 5}
    assert spent([], day(30)) == {}
    assert reached(steps) == {WifiStage.SURVEY: day(0), WifiStage.DESIGN: day(23)}


@pytest.fixture
def slipping(database: Database) -> Database:
    """宮城's 開通 was moved by 14 days, 芳賀's day has passed, 総社 is in service nine days late."""
    plans = [
        Plan(1, WifiStage.ACTIVATION, 0, 0, None),
        Plan(1, WifiStage.IN_SERVICE, 4, 0, None),
        Plan(1, WifiStage.ACTIVATION, 14, 1, SlipCause.POLE_WAIT),
        Plan(1, WifiStage.IN_SERVICE, 18, 1, SlipCause.POLE_WAIT),
        Plan(2, WifiStage.IN_SERVICE, 3, 0, None),
        Plan(3, WifiStage.IN_SERVICE, -4, 0, None),
        Plan(3, WifiStage.IN_SERVICE, 2, 1, SlipCause.TENDER_FAILED),
    ]
    steps = [
        Step(1, WifiStage.CONSTRUCTION, -20, False),
        Step(2, WifiStage.ACTIVATION, -3, False),
        Step(3, WifiStage.IN_SERVICE, 5, False),
    ]
    with database.writer.begin() as connection, Session(connection) as session:
        load(session, plans, steps)
        session.flush()
        session.commit()
    return database


def _slips(database: Database) -> dict[str, VenueSlip]:
    with database.reader.connect() as connection, Session(connection) as session:
        return {slip.code: slip for slip in venue_slips(session, on=ON)}


def test_the_days_of_one_venue(slipping: Database) -> None:
    miyagi = _slips(slipping)["v1"]
    assert (miyagi.stage, miyagi.next_stage) == (WifiStage.CONSTRUCTION, WifiStage.ACTIVATION)
    assert (miyagi.days_in_stage, miyagi.overdue_days, miyagi.late_days) == (26, 0, 14)
    assert (miyagi.cause, miyagi.slip_days, miyagi.causes) == (SlipCause.POLE_WAIT, 14, {SlipCause.POLE_WAIT: 14})
    sosha = _slips(slipping)["v3"]
    assert (sosha.next_stage, sosha.overdue_days, sosha.slip_days) == (None, 0, 9)
    # Six days were planned anew; three more just happened.
    assert sosha.causes == {SlipCause.TENDER_FAILED: 6}


def test_overdue_venues_come_first(slipping: Database) -> None:
    assert list(_slips(slipping)) == ["v2", "v1", "v3"]
    with slipping.reader.connect() as connection, Session(connection) as session:
        found = lateness(session, on=ON)
        assert found[2] == Late(2, WifiStage.IN_SERVICE, day(3), day(3), 3, 3, None)
        assert sorted(found) == [1, 2]
        assert cause_sums(session) == [
            CauseSum(cause=SlipCause.POLE_WAIT, venues=1, days=14),
            CauseSum(cause=SlipCause.TENDER_FAILED, venues=1, days=6),
        ]
        assert years_of_moves(session) == [2025]


def test_a_day_after_one_taken_back_is_moved_by_the_cause_of_the_taking_back(database: Database) -> None:
    plans = [
        Plan(1, WifiStage.IN_SERVICE, 3, 0, None),
        Plan(1, WifiStage.IN_SERVICE, None, 1, SlipCause.BUDGET),
        Plan(1, WifiStage.IN_SERVICE, 9, 2, None),
        Plan(1, WifiStage.IN_SERVICE, 7, 3, None),
        # The same day again is no move.
        Plan(1, WifiStage.IN_SERVICE, None, 4, SlipCause.DISASTER),
        Plan(1, WifiStage.IN_SERVICE, 7, 5, SlipCause.OTHER),
    ]
    with database.writer.connect() as connection, Session(connection) as session:
        load(session, plans, [])
        found = venue_slips(session, on=ON)
        connection.rollback()
    assert [slip.causes for slip in found] == [{SlipCause.BUDGET: 6, None: -2}]


def test_what_was_decided_on_the_day_of_the_baseline_belongs_to_it(database: Database) -> None:
    plans = [Plan(1, WifiStage.IN_SERVICE, planned, planned, None) for planned in (1, 2, 3)]
    with database.writer.connect() as connection, Session(connection) as session:
        load(session, plans, [])
        slips = venue_slips(session, on=ON, baseline_on=day(2))
        connection.rollback()
    assert [slip.stages[-1].first_on for slip in slips] == [day(2)]


def test_a_venue_without_a_step_has_the_survey_ahead() -> None:
    assert ahead(None) is WifiStage.SURVEY
