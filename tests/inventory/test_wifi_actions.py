"""What is next: one per venue, replaced, done, and in which order all of them stand."""

from datetime import date, timedelta

import pytest

from inventory.database import Database
from inventory.errors import NotFound
from inventory.tables import WifiStage
from inventory.wifi_actions import (
    ActionCard,
    ActionOrder,
    finish_action,
    open_actions,
    set_action,
    things_to_do,
)
from inventory.wifi_plans import PlanOrder, revise_plan
from tests.inventory.city import act, later, look, rows, venue

TODAY = date(2026, 11, 24)


def put(database: Database, hall: str, action: str = "共架の返事を聞く", due: date | None = None) -> ActionCard:
    return act(database, set_action, ActionOrder(action=action, owner="情報政策課", due_on=due), venue=hall)


def test_a_new_action_takes_the_place_of_the_one_before(database: Database) -> None:
    hall = venue(database).code
    before = put(database, hall)
    after = put(database, hall, "検収の日を決める", due=TODAY)
    assert look(database, open_actions) == {1: after}
    assert (after.action, after.owner, after.due_on, after.ended_at) == ("検収の日を決める", "情報政策課", TODAY, None)
    ended, still_open = rows(database, "wifi_action")
    assert (str(ended.id), ended.ended_entry) == (before.id, still_open.entry)


def test_what_is_done_is_open_no_more(database: Database) -> None:
    hall = venue(database).code
    card = put(database, hall)
    done = act(database, finish_action, venue=hall, action=card.id, now=later(hours=1))
    assert done.ended_at == later(hours=1)
    # To say it once more changes nothing.
    again = act(database, finish_action, venue=hall, action=card.id, now=later(hours=2))
    assert again.ended_at == later(hours=1)
    assert look(database, open_actions) == {}


def test_an_action_of_another_venue_is_not_found(database: Database) -> None:
    hall, other = venue(database).code, venue(database, "K02").code
    card = put(database, hall)
    for at, action in ((other, card.id), (hall, "99"), (hall, "x")):
        with pytest.raises(NotFound):
            act(database, finish_action, venue=at, action=action)
    with pytest.raises(NotFound):
        put(database, "nowhere")


def test_overdue_steps_come_first_then_overdue_actions_then_by_day(database: Database) -> None:
    for code in ("A", "B", "C", "D", "E", "F"):
        venue(database, code)
    for code, days in (("A", -1), ("B", -9), ("F", 3)):
        order = PlanOrder(stage=WifiStage.SURVEY, planned_on=TODAY + timedelta(days=days))
        act(database, revise_plan, order, venue=code)
    put(database, "B")
    put(database, "C", due=TODAY - timedelta(days=3))
    put(database, "D", due=TODAY + timedelta(days=1))
    put(database, "E")
    found = look(database, things_to_do, on=TODAY)
    assert [one.venue for one in found] == ["B", "A", "C", "D", "E"]
    assert [(one.overdue_days, one.action_overdue_days) for one in found] == [(9, 0), (1, 0), (0, 3), (0, 0), (0, 0)]
    assert found[1].action is None
    assert found[0].next_stage is WifiStage.SURVEY
