"""Corners of the merge rule that random days meet too seldom: each of these was broken once and seen."""

from datetime import timedelta

import pytest

from inventory.database import Database
from inventory.settling import Settle, settle
from inventory.tables import Choice, DeviceState
from inventory.undo import undo
from tests.inventory.city import NOON, act, bring_back, devices, later, lend, phones, rows, seen, stop
from tests.inventory.test_merging import COUNTER, NORTH, SECTIONS, SOUTH, past, to, told, waiting


@pytest.fixture
def stock(database: Database) -> Database:
    """Phones that are looked over after a course and wiped after anything else."""
    phones(database, after_course="inspect", after_term="wipe")
    devices(database, "P1", "P2", "P3", pool="phones")
    return database


def holds(database: Database, number: str) -> list[str]:
    return [hold.reason.value for hold in seen(database, number).holds]


def test_a_loan_before_a_later_one_ends_by_the_return_between(stock: Database) -> None:
    told(stock, "return", "P1", later(minutes=30), desk=NORTH)
    told(stock, "lend", "P1", later(minutes=60), desk=SOUTH, **to(SECTIONS[1]))
    assert told(stock, "lend", "P1", later(minutes=10), desk=NORTH, **to()).outcome == "applied"
    assert past(stock, "P1") == [
        (SECTIONS[0], later(minutes=10), later(minutes=30)),
        (SECTIONS[1], later(minutes=60), None),
    ]


def test_what_comes_in_broken_is_stopped_though_nobody_had_it(stock: Database) -> None:
    told(stock, "return", "P1", NOON, condition={"ok": False, "note": "割れ"})
    assert holds(stock, "P1") == ["inspect"]


@pytest.mark.parametrize("order", [("return", "wipe"), ("wipe", "return")])
def test_a_second_look_at_a_device_asks_for_nothing_once_the_return_before_it_is_known(
    stock: Database, order: tuple[str, str]
) -> None:
    told(stock, "lend", "P1", NOON, **to())
    told(stock, "return", "P1", later(hours=3), desk=COUNTER)
    assert holds(stock, "P1") == ["wipe"]
    for verb in order:
        told(stock, verb, "P1", later(hours=1, minutes=5 * (verb == "wipe")))
    assert holds(stock, "P1") == [] and seen(stock, "P1").state is DeviceState.IN_STOCK


def test_a_return_scanned_in_the_second_of_another_is_the_same_return(stock: Database) -> None:
    lend(stock, {"section": SECTIONS[0]}, "P1", due={"on": "2999-01-01"}, now=later(hours=-1))
    bring_back(stock, "P1", now=later(seconds=1))
    again = told(stock, "return", "P1", later(seconds=0.5), now=later(seconds=2))
    assert again.loan is None and rows(stock, "loan_item")[0].returned_at == later(seconds=1)


def test_a_loan_that_was_undone_stands_in_nobodys_way(stock: Database) -> None:
    told(stock, "lend", "P1", NOON, op_id="slip", **to())
    act(stock, undo, operation="slip", now=later(days=1, minutes=1))
    assert told(stock, "lend", "P1", later(hours=1), now=later(days=1, minutes=2), **to(SECTIONS[1])).loan
    assert waiting(stock) == [] and past(stock, "P1") == [(SECTIONS[1], later(hours=1), None)]


def test_work_before_somebody_stopped_a_device_does_not_release_it(stock: Database) -> None:
    stop(stock, "P1", "inspect", now=later(hours=1))
    told(stock, "inspect", "P1", later(minutes=30))
    assert holds(stock, "P1") == ["inspect"]


@pytest.mark.parametrize(("kind", "condition"), [("wipe", None), ("inspect", {"ok": False})])
def test_work_before_a_return_that_asks_anew_does_not_release_what_was_stopped_before(
    stock: Database, kind: str, condition: dict[str, bool] | None
) -> None:
    stop(stock, "P1", kind, now=later(hours=-1))
    told(stock, "lend", "P1", later(hours=1), **to())
    [conflict] = waiting(stock)
    act(stock, settle, Settle(choice=Choice.OTHER), conflict=str(conflict.id), now=later(days=1, minutes=1))
    told(stock, "return", "P1", later(hours=3), now=later(days=1, minutes=2), condition=condition)
    early = told(stock, kind, "P1", later(hours=2), now=later(days=1, minutes=3), desk=SOUTH)
    assert kind in holds(stock, "P1") and early.detail
    told(stock, kind, "P1", later(hours=4), now=later(days=1, minutes=4), desk=SOUTH)
    assert kind not in holds(stock, "P1")


def test_the_same_borrower_later_is_another_loan_and_so_a_question(stock: Database) -> None:
    told(stock, "lend", "P1", later(hours=2), **to())
    assert told(stock, "lend", "P1", later(hours=1), desk=SOUTH, **to()).outcome == "conflict"


def test_what_a_swap_replaced_is_back_though_the_fresh_one_is_elsewhere(stock: Database) -> None:
    told(stock, "lend", "P1", NOON, **to())
    told(stock, "lend", "P2", NOON, desk=SOUTH, **to(SECTIONS[1]))
    assert told(stock, "swap", "P2", later(hours=1), target={"device": "P1"}).outcome == "conflict"
    assert past(stock, "P1") == [(SECTIONS[0], NOON, later(hours=1))]
    assert past(stock, "P2") == [(SECTIONS[1], NOON, None)]


def test_one_act_that_fits_lets_the_next_one_fit(stock: Database) -> None:
    # The fresh one was itself replaced: the second swap waits for the first, and that for the loan.
    told(stock, "swap", "P3", later(hours=2), target={"device": "P2"})
    told(stock, "swap", "P2", later(hours=1), target={"device": "P1"})
    assert len(waiting(stock)) == 2
    told(stock, "lend", "P1", NOON, desk=SOUTH, **to())
    assert waiting(stock) == []
    assert [past(stock, number)[0][1:] for number in ("P1", "P2", "P3")] == [
        (NOON, NOON + timedelta(hours=1)),
        (later(hours=1), later(hours=2)),
        (later(hours=2), None),
    ]


def test_earlier_work_ends_a_hold_that_later_work_had_ended_before(stock: Database) -> None:
    for minutes in (30, 120):
        told(stock, "return", "P1", later(minutes=minutes), desk=SOUTH)
    told(stock, "lend", "P1", NOON, **to())
    told(stock, "wipe", "P1", later(minutes=150), desk=SOUTH)
    told(stock, "wipe", "P1", later(minutes=60))
    assert told(stock, "lend", "P1", later(minutes=90), **to(SECTIONS[1])).outcome == "applied"
    assert past(stock, "P1")[1] == (SECTIONS[1], later(minutes=90), later(minutes=120)) and holds(stock, "P1") == []
