"""Rollouts: their days, and sets of venues of which none is ever changed."""

from datetime import date
from typing import Any

import pytest

from inventory.database import Database
from inventory.errors import Invalid, NotFound, Stale
from inventory.wifi_programmes import (
    NewTarget,
    NewWifiProgramme,
    WifiProgrammeCard,
    WifiProgrammeChange,
    change_wifi_programme,
    create_wifi_programme,
    list_wifi_programmes,
    set_targets,
    wifi_programme_card,
)
from tests.inventory.city import NOON, act, look, refused_fields, rows, venue

DAYS: dict[str, Any] = {"from_on": date(2025, 4, 1), "until_on": date(2027, 3, 31), "baseline_on": date(2025, 4, 1)}


@pytest.fixture
def programme(database: Database) -> str:
    for code in ("K01", "K02", "K03"):
        venue(database, code)
    return act(database, create_wifi_programme, NewWifiProgramme(code="R7", name="全公民館", **DAYS)).code


def targets(database: Database, programme: str, since: date, *venues: str, name: str = "対象") -> WifiProgrammeCard:
    order = NewTarget(name=name, since_on=since, venues=list(venues), reason="議会の説明のあと")
    return act(database, set_targets, order, programme=programme)


def test_a_set_is_followed_by_the_next_and_stays(database: Database, programme: str) -> None:
    targets(database, programme, date(2025, 4, 1), "K01", "K02", name="2館")
    card = targets(database, programme, date(2026, 4, 1), "K03", "K02", name="入れかえ")
    first, second = card.targets
    assert (first.venues, first.joined, first.left, first.stands) == (["K01", "K02"], ["K01", "K02"], [], False)
    assert (second.venues, second.joined, second.left, second.stands) == (["K02", "K03"], ["K03"], ["K01"], True)
    assert len(rows(database, "wifi_target_venue")) == 4
    line = look(database, list_wifi_programmes, now=NOON)[0]
    assert (line.code, line.target, line.venues) == ("R7", "入れかえ", 2)


def test_a_day_in_the_future_is_an_enlargement_that_does_not_count_yet(database: Database, programme: str) -> None:
    targets(database, programme, date(2025, 4, 1), "K01", name="はじめ")
    card = targets(database, programme, date(2027, 4, 1), "K01", "K02", name="来年度から")
    assert [one.stands for one in card.targets] == [True, False]
    line = look(database, list_wifi_programmes, now=NOON)[0]
    assert (line.target, line.venues) == ("はじめ", 1)


def test_of_one_day_the_set_recorded_last_counts(database: Database, programme: str) -> None:
    targets(database, programme, date(2025, 4, 1), "K01")
    card = targets(database, programme, date(2025, 4, 1), "K02")
    assert [one.stands for one in card.targets] == [False, True]
    # A set typed in later for an earlier day goes before those.
    card = targets(database, programme, date(2024, 4, 1), "K03")
    assert [one.venues for one in card.targets] == [["K03"], ["K01"], ["K02"]]
    assert card.targets[2].stands


def test_a_programme_without_a_set_counts_no_venue(database: Database, programme: str) -> None:
    line = look(database, list_wifi_programmes, now=NOON)[0]
    assert (line.target, line.venues) == (None, 0)


def test_what_is_refused(database: Database, programme: str) -> None:
    targets(database, programme, date(2025, 4, 1), "K01")
    with pytest.raises(Invalid) as refusal:
        targets(database, programme, date(2026, 4, 1), "K01")
    assert refused_fields(refusal) == ["venues"]
    with pytest.raises(Invalid) as refusal:
        targets(database, programme, date(2026, 4, 1), "K01", "nowhere")
    assert refused_fields(refusal) == ["venues"]
    with pytest.raises(NotFound):
        targets(database, "nothing", date(2026, 4, 1), "K01")
    with pytest.raises(Invalid) as refusal:
        act(database, create_wifi_programme, NewWifiProgramme(code="R7", name="もう一つ", **DAYS))
    assert refused_fields(refusal) == ["code"]
    assert len(rows(database, "wifi_target")) == 1
    backwards = NewWifiProgramme(code="R8", name="逆", **DAYS | {"until_on": date(2025, 3, 31)})
    with pytest.raises(Invalid) as refusal:
        act(database, create_wifi_programme, backwards)
    assert refused_fields(refusal) == ["until_on"]


def test_a_programme_is_changed_by_whoever_saw_it_last(database: Database, programme: str) -> None:
    change = WifiProgrammeChange(name="全公民館（16館）", note="国の交付金")
    card = act(database, change_wifi_programme, change, programme=programme, revision=1)
    assert (card.name, card.note, card.revision, card.until_on) == (
        "全公民館（16館）",
        "国の交付金",
        2,
        DAYS["until_on"],
    )
    with pytest.raises(Stale):
        act(database, change_wifi_programme, change, programme=programme, revision=1)
    earlier = WifiProgrammeChange(until_on=date(2025, 3, 31))
    with pytest.raises(Invalid) as refusal:
        act(database, change_wifi_programme, earlier, programme=programme, revision=2)
    assert refused_fields(refusal) == ["until_on"]
    assert look(database, wifi_programme_card, programme, now=NOON).revision == 2
