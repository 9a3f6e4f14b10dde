"""Planned days: first days, moved days, days that would not follow each other, many venues in one act."""

from datetime import date
from typing import Any

import pytest

from inventory.database import Database
from inventory.errors import Invalid, NotFound
from inventory.tables import SlipCause, WifiStage
from inventory.wifi_plan_lists import plan_revisions, standing_plans, venues_to_plan
from inventory.wifi_plans import PlanOrder, PlansOrder, PlansRevised, revise_plan, revise_plans
from tests.inventory.city import act, look, refused_fields, rows, venue

# The day of every act here, NOON, is 24 November 2026.
MAY, JUNE, JULY = date(2027, 5, 1), date(2027, 6, 1), date(2027, 7, 1)
WHY: dict[str, Any] = {"reason": "電力会社の返事がまだ", "cause": SlipCause.POLE_WAIT}


@pytest.fixture
def hall(database: Database) -> str:
    return venue(database).code


def plan(database: Database, hall: str, stage: WifiStage, day: date | None, **more: Any) -> Any:
    return act(database, revise_plan, PlanOrder(stage=stage, planned_on=day, **more), venue=hall)


def many(database: Database, venues: list[str], **order: Any) -> PlansRevised:
    return act(database, revise_plans, PlansOrder(venues=venues, **order))


def days(database: Database, hall: str) -> dict[WifiStage, date]:
    return look(database, venues_to_plan, codes=[hall])[0][0].days


def test_a_first_day_needs_no_reason_and_is_decided_today(database: Database, hall: str) -> None:
    card = plan(database, hall, WifiStage.ACTIVATION, MAY)
    assert (card.venue, card.stage, card.planned_on) == (hall, WifiStage.ACTIVATION, MAY)
    assert (card.decided_on, card.cause, card.reason) == (date(2026, 11, 24), None, None)
    assert days(database, hall) == {WifiStage.ACTIVATION: MAY}


def test_a_day_that_stands_is_moved_with_a_reason_and_a_cause(database: Database, hall: str) -> None:
    plan(database, hall, WifiStage.ACTIVATION, MAY)
    with pytest.raises(Invalid) as refusal:
        plan(database, hall, WifiStage.ACTIVATION, JUNE)
    assert refused_fields(refusal) == ["cause", "reason"]
    with pytest.raises(Invalid) as refusal:
        plan(database, hall, WifiStage.ACTIVATION, None, cause=SlipCause.BUDGET)
    assert refused_fields(refusal) == ["reason"]
    assert len(rows(database, "wifi_plan")) == 1
    card = plan(database, hall, WifiStage.ACTIVATION, JUNE, **WHY)
    assert (card.cause, card.reason) == (SlipCause.POLE_WAIT, WHY["reason"])
    assert [one.planned_on for one in look(database, plan_revisions, hall)] == [JUNE, MAY]


def test_a_plan_is_taken_back_and_made_again(database: Database, hall: str) -> None:
    plan(database, hall, WifiStage.ACTIVATION, MAY)
    assert plan(database, hall, WifiStage.ACTIVATION, None, **WHY).planned_on is None
    assert days(database, hall) == {}
    plan(database, hall, WifiStage.ACTIVATION, JULY)
    assert days(database, hall) == {WifiStage.ACTIVATION: JULY}


@pytest.mark.parametrize(
    ("order", "field"),
    [
        ({"stage": WifiStage.ACTIVATION, "planned_on": MAY}, "planned_on"),
        ({"stage": WifiStage.IN_SERVICE, "planned_on": date(2027, 4, 30)}, "planned_on"),
        ({"stage": WifiStage.CONSTRUCTION, "planned_on": date(2027, 5, 2)}, "planned_on"),
        ({"stage": WifiStage.SURVEY, "planned_on": MAY, "decided_on": date(2026, 11, 25)}, "decided_on"),
    ],
    ids=["the same day", "before the stage before", "after the stage after", "decided tomorrow"],
)
def test_what_cannot_be_planned(database: Database, hall: str, order: dict[str, Any], field: str) -> None:
    plan(database, hall, WifiStage.ACTIVATION, MAY)
    with pytest.raises(Invalid) as refusal:
        act(database, revise_plan, PlanOrder(**order, **WHY), venue=hall)
    assert refused_fields(refusal) == [field]
    assert days(database, hall) == {WifiStage.ACTIVATION: MAY}


def test_two_stages_on_one_day_follow_each_other(database: Database, hall: str) -> None:
    plan(database, hall, WifiStage.ACTIVATION, MAY)
    plan(database, hall, WifiStage.IN_SERVICE, MAY)
    assert set(days(database, hall).values()) == {MAY}


@pytest.mark.parametrize("stage", [WifiStage.ON_HOLD, WifiStage.EXCLUDED, WifiStage.REMOVED])
def test_only_the_six_stages_are_planned(stage: WifiStage) -> None:
    with pytest.raises(ValueError, match="stage"):
        PlanOrder(stage=stage, planned_on=MAY)


def test_an_older_decision_typed_in_later_does_not_change_what_stands(database: Database, hall: str) -> None:
    plan(database, hall, WifiStage.ACTIVATION, JUNE)
    plan(database, hall, WifiStage.ACTIVATION, MAY, decided_on=date(2026, 4, 1))
    assert days(database, hall) == {WifiStage.ACTIVATION: JUNE}
    row = look(database, venues_to_plan, codes=[hall])[0][0]
    assert row.days[WifiStage.ACTIVATION] == JUNE
    then = look(database, standing_plans, [1], date(2026, 5, 1))
    assert then == {1: {WifiStage.ACTIVATION: MAY}}


def test_a_late_entry_may_not_go_backwards_from_what_was_decided_meanwhile(database: Database, hall: str) -> None:
    plan(database, hall, WifiStage.IN_SERVICE, MAY)
    with pytest.raises(Invalid) as refusal:
        plan(database, hall, WifiStage.ACTIVATION, JUNE, decided_on=date(2026, 4, 1))
    assert refused_fields(refusal) == ["planned_on"]


def test_an_unknown_venue_is_not_found(database: Database, hall: str) -> None:
    with pytest.raises(NotFound):
        plan(database, "nowhere", WifiStage.SURVEY, MAY)
    with pytest.raises(NotFound):
        look(database, plan_revisions, "nowhere")


def test_many_venues_get_their_days_in_one_act(database: Database) -> None:
    halls = [venue(database, code).code for code in ("K01", "K02", "K03")]
    done = many(database, halls, days={WifiStage.ACTIVATION: MAY, WifiStage.IN_SERVICE: JUNE})
    assert done == PlansRevised(venues=halls, revisions=6)
    assert len({row.entry for row in rows(database, "wifi_plan")}) == 1
    # What is the same adds nothing.
    done = many(database, halls[:2], stage=WifiStage.IN_SERVICE, planned_on=JULY, **WHY)
    assert done == PlansRevised(venues=halls[:2], revisions=2)
    done = many(database, halls, stage=WifiStage.IN_SERVICE, planned_on=JULY, **WHY)
    assert done == PlansRevised(venues=["K03"], revisions=1)
    with pytest.raises(Invalid) as refusal:
        many(database, halls, stage=WifiStage.IN_SERVICE, planned_on=JULY, **WHY)
    assert refused_fields(refusal) == ["planned_on"]


def test_days_are_moved_with_all_that_follow(database: Database) -> None:
    halls = [venue(database, code).code for code in ("K01", "K02")]
    many(database, halls, days={WifiStage.CONTRACT: MAY, WifiStage.ACTIVATION: JUNE, WifiStage.IN_SERVICE: JULY})
    moved = {"stage": WifiStage.ACTIVATION, "shift_days": 14, **WHY}
    with pytest.raises(Invalid) as refusal:
        many(database, halls, **moved | {"shift_days": 60})
    assert refused_fields(refusal) == ["shift_days"]
    assert many(database, halls, **moved, following=True).revisions == 4
    expected = {
        WifiStage.CONTRACT: MAY,
        WifiStage.ACTIVATION: date(2027, 6, 15),
        WifiStage.IN_SERVICE: date(2027, 7, 15),
    }
    assert days(database, "K02") == expected
    assert many(database, ["K01"], **moved).revisions == 1
    assert days(database, "K01")[WifiStage.ACTIVATION] == date(2027, 6, 29)


@pytest.mark.parametrize(
    ("order", "field"),
    [
        ({"venues": ["K01", "nowhere"], "stage": WifiStage.SURVEY, "planned_on": MAY}, "venues"),
        ({"venues": ["K01"], "planned_on": MAY}, "stage"),
        ({"venues": ["K01"], "stage": WifiStage.SURVEY}, "planned_on"),
        ({"venues": ["K01"], "stage": WifiStage.ACTIVATION, "shift_days": 0}, "shift_days"),
        ({"venues": ["K01", "K02"], "stage": WifiStage.ACTIVATION, "shift_days": 7}, "shift_days"),
        ({"venues": ["K01"], "stage": WifiStage.ACTIVATION, "shift_days": 7, "reason": None}, "reason"),
        ({"venues": ["K01"], "days": {WifiStage.IN_SERVICE: date(2027, 4, 1)}}, "days"),
    ],
    ids=["unknown", "no stage", "no day", "moved by nothing", "nothing to move", "no reason", "backwards"],
)
def test_what_many_venues_are_refused(database: Database, order: dict[str, Any], field: str) -> None:
    for code in ("K01", "K02"):
        venue(database, code)
    plan(database, "K01", WifiStage.ACTIVATION, MAY)
    with pytest.raises(Invalid) as refusal:
        many(database, **WHY | order)
    assert refused_fields(refusal) == [field]
    assert len(rows(database, "wifi_plan")) == 1


def test_venues_are_offered_by_kana_and_found_by_words(database: Database) -> None:
    for code, name, kana in (
        ("K02", "総社公民館", "ソウジャ"),
        ("K01", "大胡公民館", "オオゴ"),
        ("K03", "東公民館", "アズマ"),
    ):
        venue(database, code, name=name, name_kana=kana)
    found, more = look(database, venues_to_plan, limit=2)
    assert ([one.code for one in found], more) == (["K03", "K01"], True)
    found, more = look(database, venues_to_plan, q="総社")
    assert ([one.code for one in found], more) == (["K02"], False)


def test_no_day_is_moved_out_of_the_ledger_s_time(database: Database, hall: str) -> None:
    plan(database, hall, WifiStage.ACTIVATION, date(2999, 12, 1))
    with pytest.raises(Invalid) as refusal:
        many(database, [hall], stage=WifiStage.ACTIVATION, shift_days=60, **WHY)
    assert refused_fields(refusal) == ["shift_days"]
    assert days(database, hall) == {WifiStage.ACTIVATION: date(2999, 12, 1)}
