"""Undoing what a desk told of late: its time runs from when it happened, and what it set in motion goes back too."""

from datetime import timedelta
from typing import Any

import pytest

from inventory.database import Database
from inventory.errors import NotFound, TooLateToUndo
from inventory.scan_shapes import Scan, ScanResult
from inventory.scans import scan
from inventory.tables import DeviceState
from inventory.undo import TakeUndo, Undone, undo
from tests.inventory.city import NOON, act, devices, later, rows, seen, stop, tablets

SECTION = {"target": {"section": "福祉課"}, "due": {"on": "2999-01-01"}}
OTHER = {"target": {"section": "生涯学習課"}, "due": {"on": "2999-01-01"}}


@pytest.fixture
def stock(database: Database) -> Database:
    tablets(database, after_term="wipe")
    devices(database, "T1", "T2")
    return database


def told(database: Database, verb: str, code: str, minutes: float, op_id: str, **more: Any) -> ScanResult:
    """Scanned so many minutes after noon, and told of five hours after noon."""
    at = later(minutes=minutes)
    item = Scan.model_validate({"op_id": op_id, "seq": 1, "act": verb, "code": code, "occurred_at": at} | more)
    return act(database, scan, item, desk="大胡1番", now=later(hours=5), op_id=op_id)


def take_back(database: Database, operation: str, *, minutes: float, pressed: float | None = None) -> Undone:
    """The undo reaches the ledger so many minutes after noon; ``pressed``: when the button was."""
    orders = [] if pressed is None else [TakeUndo(occurred_at=later(minutes=pressed))]
    return act(database, undo, *orders, operation=operation, now=later(minutes=minutes))


def test_the_time_runs_from_the_act_to_the_press(stock: Database) -> None:
    told(stock, "lend", "T1", 0, "lend", **SECTION)
    with pytest.raises(TooLateToUndo):
        take_back(stock, "lend", minutes=400)
    with pytest.raises(TooLateToUndo):
        take_back(stock, "lend", minutes=400, pressed=15.1)
    assert take_back(stock, "lend", minutes=400, pressed=15).devices == ["T1"]
    last = rows(stock, "entry")[-1]
    assert (last.at, last.occurred_at) == (later(minutes=400), later(minutes=15))


def test_the_time_runs_also_from_when_the_ledger_heard_of_it(stock: Database) -> None:
    told(stock, "lend", "T1", 0, "lend", **SECTION)
    assert take_back(stock, "lend", minutes=314).devices == ["T1"]


def test_when_it_was_pressed_is_told_by_the_servers_clock() -> None:
    order = TakeUndo(occurred_at=NOON, clock_offset_ms=-60_000)
    assert order.when(later(hours=1)) == NOON - timedelta(minutes=1)
    assert order.when(NOON - timedelta(hours=1)) == NOON - timedelta(hours=1)
    assert TakeUndo().when(NOON) == NOON


def test_a_stray_return_that_was_taken_back_ends_no_loan(stock: Database) -> None:
    told(stock, "return", "T1", 10, "stray")
    take_back(stock, "stray", minutes=301)
    assert told(stock, "lend", "T1", 5, "lend", **SECTION).outcome == "applied"
    assert seen(stock, "T1").state is DeviceState.ON_LOAN


def test_a_stray_return_that_ended_a_loan_gives_it_back(stock: Database) -> None:
    told(stock, "return", "T1", 10, "stray")
    told(stock, "lend", "T1", 5, "lend", **SECTION)
    assert [hold.reason for hold in seen(stock, "T1").holds] == ["wipe"]
    take_back(stock, "stray", minutes=301)
    assert seen(stock, "T1").state is DeviceState.ON_LOAN


def test_work_that_was_taken_back_is_asked_for(stock: Database) -> None:
    told(stock, "wipe", "T1", 20, "wipe")
    take_back(stock, "wipe", minutes=301)
    told(stock, "lend", "T1", 0, "lend", **SECTION)
    told(stock, "return", "T1", 10, "return")
    assert [hold.reason for hold in seen(stock, "T1").holds] == ["wipe"]


def test_a_conflict_that_was_taken_back_waits_for_nobody(stock: Database) -> None:
    told(stock, "lend", "T1", 0, "first", **SECTION)
    assert told(stock, "lend", "T1", 5, "second", **OTHER).outcome == "conflict"
    assert take_back(stock, "second", minutes=301).devices == ["T1"]
    (conflict,) = rows(stock, "conflict")
    assert (conflict.choice, conflict.settled_at) == ("dismiss", later(minutes=301))
    assert len(rows(stock, "loan_item")) == 1
    with pytest.raises(NotFound):
        take_back(stock, "second", minutes=302)


def test_a_conflict_that_fitted_waits_again_when_what_made_it_fit_is_taken_back(stock: Database) -> None:
    told(stock, "lend", "T1", 0, "first", **SECTION)
    told(stock, "wipe", "T1", 8, "wipe")
    told(stock, "lend", "T1", 10, "second", **OTHER)
    told(stock, "return", "T1", 5, "return")
    assert [row.choice for row in rows(stock, "conflict")] == ["fitted"]
    take_back(stock, "return", minutes=301)
    (conflict,) = rows(stock, "conflict")
    assert (conflict.choice, conflict.settled_at, conflict.item_id) == (None, None, None)
    assert [row.returned_at for row in rows(stock, "loan_item") if row.undone_entry is None] == [None]


def test_a_late_loan_that_has_come_back_already_is_not_undone(stock: Database) -> None:
    told(stock, "return", "T1", 10, "stray")
    told(stock, "lend", "T1", 5, "lend", **SECTION)
    with pytest.raises(TooLateToUndo):
        take_back(stock, "lend", minutes=301)


def test_a_held_device_that_went_out_all_the_same_is_a_conflict_that_can_be_taken_back(stock: Database) -> None:
    stop(stock, "T2", "repair", now=later(minutes=-10))
    assert told(stock, "lend", "T2", 5, "lend", **SECTION).outcome == "conflict"
    assert take_back(stock, "lend", minutes=301).act == "conflict"


def test_a_return_that_had_taken_a_later_ones_place_gives_it_back(stock: Database) -> None:
    told(stock, "lend", "T1", 0, "lend", **SECTION)
    told(stock, "return", "T1", 180, "later")
    told(stock, "return", "T1", 60, "early")
    assert rows(stock, "loan_item")[0].returned_at == later(minutes=60)
    take_back(stock, "early", minutes=301)
    # Somebody else took the device in at three: it is here, and its wipe is still asked for.
    (item,) = rows(stock, "loan_item")
    assert item.returned_at == later(minutes=180)
    assert [hold.reason for hold in seen(stock, "T1").holds] == ["wipe"] and seen(stock, "T1").loan is None
    take_back(stock, "later", minutes=302)
    assert seen(stock, "T1").state is DeviceState.ON_LOAN and rows(stock, "stray_return")[0].undone_entry is not None


def test_a_move_that_was_taken_back_leaves_the_device_where_an_earlier_one_took_it(stock: Database) -> None:
    told(stock, "move", "T1", 120, "second", target={"place": "総社公民館"})
    told(stock, "move", "T1", 60, "first", target={"place": "大胡公民館"})
    take_back(stock, "second", minutes=301)
    assert seen(stock, "T1").place == "大胡公民館"
    told(stock, "move", "T2", 60, "only", target={"place": "大胡公民館"})
    take_back(stock, "only", minutes=301)
    assert seen(stock, "T2").place is None
