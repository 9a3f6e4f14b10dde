"""Conflicts end: whoever decides ends only what they were shown, and nothing that a desk told of is dropped."""

from typing import Any

import pytest

from inventory.case_keeping import Fill, NewCase, create_case, fill_case
from inventory.conflicts import conflict_card
from inventory.database import Database
from inventory.errors import Conflict
from inventory.settling import Settle, settle
from inventory.tables import Choice, DeviceState
from inventory.undo import undo
from tests.inventory.city import NOON, act, devices, later, lend, look, phones, rows, seen
from tests.inventory.test_merging import COUNTER, NORTH, SOUTH, past, to, told, waiting


@pytest.fixture
def stock(database: Database) -> Database:
    """Phones of which nothing is asked, three of them in a case."""
    phones(database)
    devices(database, "P1", "P2", "P3", pool="phones")
    act(database, create_case, NewCase(code="BOX-A", name="スマホ箱A"))
    act(database, fill_case, Fill(devices=["P1", "P2", "P3"]), case="BOX-A")
    return database


def decide(database: Database, conflict: Any, choice: str) -> None:
    act(database, settle, Settle(choice=Choice(choice)), conflict=str(conflict.id), now=later(days=2))


def test_a_loan_that_nobody_was_shown_is_not_ended(stock: Database) -> None:
    now = later(days=1)
    told(stock, "lend", "P1", now, now=now, op_id="slip", **to("福祉課"))
    told(stock, "lend", "P1", later(hours=1), now=later(days=1, minutes=1), **to("生涯学習課"))
    act(stock, undo, operation="slip", now=later(days=1, minutes=2))
    lend(stock, {"section": "総務課"}, "P1", due={"on": "2999-01-01"}, now=later(days=1, minutes=3))
    (conflict,) = waiting(stock)
    with pytest.raises(Conflict):
        decide(stock, conflict, "other")
    assert past(stock, "P1") == [("総務課", later(days=1, minutes=3), None)] and waiting(stock) == [conflict]
    decide(stock, conflict, "keep")
    assert past(stock, "P1") == [("総務課", later(days=1, minutes=3), None)]


def test_what_stands_in_the_way_now_is_shown_and_ends(stock: Database) -> None:
    told(stock, "lend", "P1", NOON, **to("福祉課"))
    told(stock, "lend", "P1", later(hours=2), **to("総務課"))
    told(stock, "lend", "P1", later(minutes=90), **to("生涯学習課"))
    told(stock, "return", "P1", later(hours=1))
    # The earlier of the two fits now, and stands in the way of the other.
    (conflict,) = waiting(stock)
    card = look(stock, conflict_card, str(conflict.id))
    assert card.ledger is not None and card.ledger.happened_at == later(minutes=90)
    decide(stock, conflict, "other")
    assert past(stock, "P1")[1:] == [
        ("生涯学習課", later(minutes=90), later(hours=2)),
        ("総務課", later(hours=2), None),
    ]


def test_a_decision_is_what_stands_in_the_way_of_the_next(stock: Database) -> None:
    told(stock, "lend", "P1", NOON, **to("福祉課"))
    told(stock, "lend", "P1", later(hours=1), **to("総務課"))
    told(stock, "lend", "P1", later(hours=2), **to("生涯学習課"))
    first, second = waiting(stock)
    decide(stock, first, "other")
    card = look(stock, conflict_card, str(second.id))
    assert card.ledger is not None and card.ledger.happened_at == later(hours=1)


def test_one_borrower_twice_is_two_loans_once_the_return_between_is_told_of(stock: Database) -> None:
    told(stock, "lend", "P1", NOON, **to("福祉課"))
    assert told(stock, "lend", "P1", later(minutes=10), desk=SOUTH, **to("総務課")).outcome == "conflict"
    assert told(stock, "lend", "P1", later(minutes=20), desk=SOUTH, **to("総務課")).outcome == "refused"
    assert told(stock, "lend", "P1", later(hours=2), desk=SOUTH, **to("総務課")).outcome == "conflict"
    for minutes in (5, 15, 60):
        told(stock, "return", "P1", later(minutes=minutes), desk=COUNTER)
    assert past(stock, "P1") == [
        ("福祉課", NOON, later(minutes=5)),
        ("総務課", later(minutes=10), later(minutes=15)),
        ("総務課", later(minutes=20), later(hours=1)),
        ("総務課", later(hours=2), None),
    ]
    assert waiting(stock) == []


@pytest.mark.parametrize("choice", ["keep", "dismiss"])
def test_what_did_not_count_does_not_come_back_as_its_twin(stock: Database, choice: str) -> None:
    told(stock, "lend", "P1", NOON, **to("福祉課"))
    for minutes in (10, 11):
        told(stock, "lend", "P1", later(minutes=minutes), desk=SOUTH, **to("総務課"))
    (conflict,) = waiting(stock)
    decide(stock, conflict, choice)
    told(stock, "return", "P1", later(minutes=5), now=later(days=3))
    assert past(stock, "P1") == [("福祉課", NOON, later(minutes=5))] and waiting(stock) == []


def test_a_device_is_not_swapped_for_itself(stock: Database) -> None:
    told(stock, "lend", "P1", NOON, **to("福祉課"))
    result = told(stock, "swap", "P1", later(minutes=5), target={"device": "p1"})
    assert (result.outcome, result.code) == ("refused", "invalid")
    assert past(stock, "P1") == [("福祉課", NOON, None)] and waiting(stock) == []


def test_a_case_that_came_back_before_its_loan_was_told_of_is_here(stock: Database) -> None:
    early = told(stock, "return", "BOX-A", later(hours=2), desk=SOUTH)
    assert (early.outcome, early.devices) == ("applied", []) and early.detail
    assert told(stock, "lend", "BOX-A", later(hours=1), desk=NORTH, **to("福祉課")).outcome == "applied"
    for member in ("P1", "P2", "P3"):
        assert past(stock, member) == [("福祉課", later(hours=1), later(hours=2))]
        assert seen(stock, member).state is DeviceState.IN_STOCK


def test_of_a_case_that_went_out_twice_every_member_waits(stock: Database) -> None:
    told(stock, "lend", "BOX-A", later(hours=1), desk=NORTH, **to("福祉課"))
    result = told(stock, "lend", "BOX-A", later(hours=2), desk=SOUTH, op_id="twice", without=["P3"], **to("総務課"))
    assert (result.outcome, result.code) == ("conflict", "already-lent")
    assert len(waiting(stock)) == 2 and len({row.device_id for row in waiting(stock)}) == 2
    assert [note[0] for note in rows(stock, "entry")[-1].data["notes"]] == ["conflict", "conflict"]
    assert len(act(stock, undo, operation="twice", now=later(days=1, minutes=1)).devices) == 2
    assert waiting(stock) == []


def test_of_a_case_that_a_limit_stops_every_member_waits(database: Database) -> None:
    phones(database, one_per_borrower=True)
    devices(database, "P1", "P2", "P3", pool="phones")
    act(database, create_case, NewCase(code="BOX-A", name="スマホ箱A"))
    act(database, fill_case, Fill(devices=["P1", "P2", "P3"]), case="BOX-A")
    assert told(database, "lend", "BOX-A", later(hours=2), **to("総務課")).code == "limit-reached"
    assert [row.code for row in waiting(database)] == ["limit-reached"] * 3
