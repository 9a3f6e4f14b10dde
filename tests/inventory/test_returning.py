"""Returning: what comes over the counter is taken, and what the pool asks for stops the device until it is done."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import update

from inventory.database import Database, writing
from inventory.devices import DEVICE
from inventory.errors import Held, Invalid
from inventory.returning import TakeBack
from inventory.stock import ReleaseHold, release_hold
from inventory.tables import DeviceState, HoldReason
from tests.inventory.city import (
    NOON,
    act,
    bring_back,
    course,
    device,
    devices,
    later,
    lend,
    loan,
    refused_fields,
    rows,
    seen,
    stop,
    tablets,
)

SECTION = {"section": "福祉課"}


@pytest.mark.parametrize(
    ("after_course", "after_term"), [("none", "wipe"), ("inspect", "none"), ("wipe", "inspect"), ("none", "none")]
)
def test_the_pool_asks_by_what_the_loan_was_for(database: Database, after_course: str, after_term: str) -> None:
    tablets(database, after_course=after_course, after_term=after_term, default_days=7)
    devices(database, "LESSON", "TERM")
    out = [lend(database, {"course": course(database).id}, "LESSON"), lend(database, SECTION, "TERM")]
    results = bring_back(database, "LESSON", "TERM", now=later(hours=1)).results
    asked = [[] if demand == "none" else [HoldReason(demand)] for demand in (after_course, after_term)]
    assert [result.outcome for result in results] == ["returned", "returned"]
    assert [result.loan for result in results] == [card.number for card in out]
    assert [result.holds_opened for result in results] == asked
    for number, holds in zip(("LESSON", "TERM"), asked, strict=True):
        card = seen(database, number)
        assert [hold.reason for hold in card.holds] == holds
        assert card.loan is None
        assert card.state is (DeviceState.HELD if holds else DeviceState.IN_STOCK)


def test_what_was_asked_for_stops_the_next_loan_until_it_is_done(database: Database) -> None:
    tablets(database, after_term="wipe", default_days=7)
    device(database, "T1")
    lend(database, SECTION, "T1")
    bring_back(database, "T1")
    with pytest.raises(Held) as refusal:
        lend(database, SECTION, "T1")
    assert refusal.value.facts["holds"] == ["wipe"]
    act(database, release_hold, ReleaseHold(), device="T1", hold=seen(database, "T1").holds[0].id)
    assert lend(database, SECTION, "T1").open


def test_a_return_closes_the_item_and_keeps_its_condition(database: Database) -> None:
    tablets(database, default_days=7)
    devices(database, "T1", "T2")
    card = lend(database, SECTION, "T1", "T2")
    told = {"t1": {"ok": True, "note": "画面に傷", "accessories": {"充電器": 0}}}
    bring_back(database, "T1", now=later(days=1), condition=told)
    half = loan(database, card.number)
    first, second = half.items
    assert (first.returned_at, first.condition_ok, first.condition_note) == (later(days=1), True, "画面に傷")
    assert (first.returned_accessories, second.returned_at, second.condition_ok) == ({"充電器": 0}, None, None)
    assert half.open
    bring_back(database, "T2", now=later(days=2))
    assert not loan(database, card.number).open


@pytest.mark.parametrize(
    ("demand", "opened"), [("none", ["inspect"]), ("wipe", ["wipe", "inspect"]), ("inspect", ["inspect"])]
)
def test_what_came_back_broken_waits_for_an_inspection(database: Database, demand: str, opened: list[str]) -> None:
    tablets(database, after_term=demand, default_days=7)
    device(database, "T1")
    lend(database, SECTION, "T1")
    (result,) = bring_back(database, "T1", condition={"T1": {"ok": False, "note": "電源が入らない"}}).results
    assert result.holds_opened == opened
    assert {hold.note for hold in seen(database, "T1").holds} == {"電源が入らない"}


def test_a_demand_that_is_open_already_is_not_opened_again(database: Database) -> None:
    tablets(database, after_term="wipe", default_days=7)
    device(database, "T1")
    lend(database, SECTION, "T1")
    stop(database, "T1", "wipe", "先に気づいた")
    (result,) = bring_back(database, "T1", now=later(hours=1)).results
    assert (result.outcome, result.holds_opened) == ("returned", [])
    assert [(hold.opened_at, hold.note) for hold in seen(database, "T1").holds] == [(NOON, "先に気づいた")]


def test_a_return_is_never_refused(database: Database) -> None:
    tablets(database, default_days=7)
    devices(database, "T1", "T2", "T3")
    lend(database, SECTION, "T1", "T2")
    stop(database, "T1", "lost")
    with writing(database) as session:
        # No verb retires a lent device; a ledger that was written by hand may still hold one.
        session.connection().execute(update(DEVICE).where(DEVICE.c.asset_number == "T2").values(retired_at=NOON))
    results = bring_back(database, "T1", "T2", "T3", "MB-X", "\x00", "x" * 200, now=later(hours=1)).results
    assert [(result.asset_number, result.outcome) for result in results] == [
        ("T1", "returned"),
        ("T2", "returned"),
        ("T3", "already_here"),
        ("MB-X", "unknown"),
        ("\x00", "unknown"),
        ("x" * 200, "unknown"),
    ]
    assert seen(database, "T1").state is DeviceState.HELD and seen(database, "T2").state is DeviceState.RETIRED
    assert all(row.returned_at == later(hours=1) for row in rows(database, "loan_item"))


def test_the_second_return_changes_nothing(database: Database) -> None:
    tablets(database, after_term="wipe", default_days=7)
    device(database, "T1")
    lend(database, SECTION, "T1")
    bring_back(database, "T1", condition={"T1": {"ok": False, "note": "割れ"}})
    before = rows(database, "loan_item"), rows(database, "hold")
    (result,) = bring_back(database, "T1", now=later(hours=1)).results
    assert (result.outcome, result.holds_opened, result.loan) == ("already_here", [], None)
    assert (rows(database, "loan_item"), rows(database, "hold")) == before


def test_a_device_comes_back_by_any_of_its_codes(database: Database) -> None:
    tablets(database, default_days=7)
    tag = device(database, "MB-T-0001").tag
    device(database, "MB-T-0002", serial="SN-2")
    device(database, "MB-T-0003", imei="352099001761481")
    device(database, "MB-T-0004")
    lend(database, SECTION, "MB-T-0001", "MB-T-0002", "MB-T-0003", "MB-T-0004")
    codes = [f"https://x.example/T/{tag}", "sn-2", "３５２０９９００１７６１４８１", "mb-t-0004", "MB-T-0004"]
    results = bring_back(database, *codes).results
    assert [(result.asset_number, result.outcome) for result in results] == [
        ("MB-T-0001", "returned"),
        ("MB-T-0002", "returned"),
        ("MB-T-0003", "returned"),
        ("MB-T-0004", "returned"),
        ("MB-T-0004", "already_here"),
    ]


def test_a_condition_of_something_else_is_refused(database: Database) -> None:
    tablets(database, default_days=7)
    devices(database, "T1", "T2")
    lend(database, SECTION, "T1", "T2")
    with pytest.raises(Invalid) as refusal:
        bring_back(database, "T1", condition={"T2": {"ok": False}})
    assert refused_fields(refusal) == ["condition"]
    assert seen(database, "T1").loan is not None


def test_a_clock_that_was_set_back_does_not_stop_a_return(database: Database) -> None:
    tablets(database, default_days=7)
    device(database, "T1")
    lend(database, SECTION, "T1")
    bring_back(database, "T1", now=NOON - timedelta(hours=1))
    (item,) = rows(database, "loan_item")
    assert (item.returned_at, seen(database, "T1").state) == (NOON, DeviceState.IN_STOCK)


def test_the_entry_names_codes_and_nothing_that_was_typed(database: Database) -> None:
    tablets(database, default_days=7)
    device(database, "T1")
    card = lend(database, SECTION, "T1", purpose="秘密の用事")
    bring_back(database, "T1", "山田太郎さんの電話", condition={"T1": {"note": "090-1234-5678"}})
    notes = [note for row in rows(database, "entry") for note in row.data["notes"]]
    assert notes[-1] == ["take_back", {"results": [["T1", "returned", card.number]]}]
    written = str(notes)
    assert not any(text in written for text in ("秘密の用事", "福祉課", "山田太郎", "090-1234-5678"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"devices": []},
        {"devices": [""]},
        {"devices": ["x" * 201]},
        {"devices": ["T1"], "condition": {"T1": {"ok": "maybe"}}},
        {"devices": ["T1"], "condition": {"T1": {"note": "\x00"}}},
        {"devices": ["T1"], "condition": {"T1": {"accessories": {"充電器": -1}}}},
    ],
)
def test_a_return_of_the_wrong_shape_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TakeBack.model_validate(wrong)


def test_a_hold_note_is_kept_though_the_return_is_repeated_by_hand(database: Database) -> None:
    tablets(database, default_days=7)
    device(database, "T1")
    lend(database, SECTION, "T1")
    bring_back(database, "T1", condition={"T1": {"ok": False, "note": "割れ"}})
    bring_back(database, "T1", condition={"T1": {"ok": False, "note": "別のこと"}})
    assert [hold.note for hold in seen(database, "T1").holds] == ["割れ"]
