"""災害時: which venues open, how, and when it was last tried."""

from datetime import date, timedelta

import pytest

from inventory.database import Database
from inventory.drills import (
    DisasterCard,
    DisasterPlan,
    NewDrill,
    disaster_card,
    last_drills,
    list_for_disaster,
    plan_for_disaster,
    record_drill,
    take_drill_back,
)
from inventory.errors import Invalid, NotFound, Stale
from tests.inventory.city import NOON, act, look, refused_fields, rows, venue

TODAY = date(2026, 11, 24)
HOW = "管理画面で「災害時」を入れる。"


def opens(database: Database, code: str = "ohgo", how: str | None = HOW, revision: int = 1) -> DisasterCard:
    order = DisasterPlan(disaster_open=True, disaster_procedure=how)
    return act(database, plan_for_disaster, order, venue=code, revision=revision)


def drill(database: Database, days_ago: int, code: str = "ohgo") -> str:
    return act(database, record_drill, NewDrill(held_on=TODAY - timedelta(days=days_ago)), venue=code).id


def seen(database: Database, code: str = "ohgo") -> DisasterCard:
    return look(database, disaster_card, code, now=NOON)


def test_a_venue_that_opens_needs_a_drill_a_year(database: Database) -> None:
    venue(database)
    assert not seen(database).stale
    card = opens(database)
    assert (card.disaster_open, card.disaster_procedure, card.stale, card.revision) == (True, HOW, True, 2)
    drill(database, 366)
    assert (seen(database).days_ago, seen(database).stale) == (366, True)
    fresh = drill(database, 365)
    assert (seen(database).days_ago, seen(database).stale) == (365, False)
    act(database, take_drill_back, venue="ohgo", drill=fresh)
    assert (seen(database).last_drill, seen(database).stale) == (TODAY - timedelta(days=366), True)
    assert look(database, last_drills) == {1: TODAY - timedelta(days=366)}
    assert len(rows(database, "disaster_drill")) == 2


def test_the_list_holds_what_matters_in_a_disaster(database: Database) -> None:
    venue(database, "a", name="ア館", name_kana="ア")
    venue(database, "b", name="イ館", name_kana="イ")
    venue(database, "c", name="ウ館", name_kana="ウ", shelter=True)
    opens(database, "b")
    drill(database, 3, "b")
    found = look(database, list_for_disaster, now=NOON)
    assert [(card.code, card.disaster_open, card.days_ago) for card in found] == [("b", True, 3), ("c", False, None)]


def test_what_is_refused(database: Database) -> None:
    venue(database)
    with pytest.raises(Invalid) as unsaid:
        opens(database, how=" ")
    assert refused_fields(unsaid) == ["disaster_procedure"]
    opens(database)
    with pytest.raises(Stale):
        opens(database)
    with pytest.raises(Invalid) as early:
        drill(database, -1)
    assert refused_fields(early) == ["held_on"]
    made = drill(database, 1)
    with pytest.raises(NotFound):
        act(database, take_drill_back, venue="elsewhere", drill=made)
