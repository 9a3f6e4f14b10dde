"""One writer per city: whoever races, one act follows the other, and the database itself is the last to agree."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import insert, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from inventory import journal
from inventory.availability import free_windows, least_free
from inventory.borrowers import LOAN
from inventory.database import Database, connect, reading, writing
from inventory.devices import DEVICE, ITEM, device_card
from inventory.errors import AlreadyLent, NotEnough, Refusal
from inventory.journal import By, open_entry
from inventory.keys import Keys
from inventory.lending import CheckOut, check_out
from inventory.loans import LoanCard
from inventory.reservation_lists import ReservationCard
from inventory.reservations import NewReservation, reserve
from inventory.returning import TakeBack, take_back
from inventory.stock import NewDevice, create_device
from inventory.undo import undo
from tests.inventory.city import (
    NOON,
    PROGRAM,
    act,
    course,
    device,
    later,
    lend,
    look,
    phones,
    rows,
    seen,
    tablets,
)

THREADS = 64
PROCESSES = 8
SECTION = {"section": "福祉課"}


@pytest.fixture
def keys() -> Keys:
    return Keys(b"the secret of the races, 32 bytes at least")


@pytest.fixture
def city(database_url: str, keys: Keys) -> Iterator[list[Database]]:
    """Eight ledgers open on one database, as eight app processes have it: nothing but the database keeps them apart."""
    opened = [connect(database_url, keys=keys) for _ in range(PROCESSES)]
    yield opened
    for ledger in opened:
        ledger.dispose()


def race(city: list[Database], run: Callable[[Database, int], Any]) -> list[Any]:
    """What each of 64 threads got, or was refused with, when all began at once."""
    start = threading.Barrier(THREADS)

    def runner(number: int) -> Any:
        start.wait()
        try:
            return run(city[number % PROCESSES], number)
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(runner, range(THREADS)))


def test_one_of_64_gets_the_device(city: list[Database], keys: Keys) -> None:
    tablets(city[0], default_days=7)
    device(city[0], "T1")

    def take(database: Database, number: int) -> LoanCard:
        order = CheckOut.model_validate({"borrower": {"section": f"課{number}"}, "devices": ["T1"]})
        with writing(database) as session:
            return check_out(session, order, by=PROGRAM, now=later(seconds=number), op_id=f"take {number}")

    results = race(city, take)
    assert Counter(type(result) for result in results) == {LoanCard: 1, AlreadyLent: THREADS - 1}
    won = next(result for result in results if isinstance(result, LoanCard))
    assert (won.number, [row.number for row in rows(city[0], "loan")]) == ("R8-00001", ["R8-00001"])
    (item,) = rows(city[0], "loan_item")
    assert item.returned_at is None
    assert {result.facts["device"] for result in results if isinstance(result, AlreadyLent)} == {"T1"}
    with reading(city[0]) as session:
        assert list(journal.verify(session, keys)) == []
    # Two acts that made the ground, and the one that won.
    assert [row.act for row in rows(city[0], "entry")] == ["create_pool", "create_device", "check_out"]


def test_50_reservations_for_the_last_15_phones_promise_15(city: list[Database], keys: Keys) -> None:
    phones(city[0], preparation_minutes=60)
    with writing(city[0]) as session:
        for number in range(15):
            order = NewDevice(pool="phones", asset_number=f"P{number}", model="Pixel 8a")
            create_device(session, order, by=PROGRAM, now=NOON, op_id="all phones")
    lesson = course(city[0], starts_at=later(days=1)).id

    def promise(database: Database, number: int) -> ReservationCard | None:
        # Some begin a little later; every one of them overlaps every other.
        time = {"from": later(days=1, minutes=number), "until": later(days=1, hours=2)}
        order = NewReservation.model_validate({"pool": "phones", "quantity": 1, "course": lesson, **time})
        return act(database, reserve, order) if number < 50 else None

    results = race(city, promise)
    assert Counter(type(result) for result in results) == {ReservationCard: 15, NotEnough: 35, type(None): THREADS - 50}
    assert sum(row.quantity for row in rows(city[0], "reservation")) == 15
    with reading(city[0]) as session:
        windows = free_windows(session, "phones", later(days=1), later(days=1, hours=3), now=NOON)
        assert (least_free(windows), max(window.promised for window in windows)) == (0, 15)
        assert list(journal.verify(session, keys)) == []


def test_50_who_want_several_never_get_more_than_there_are(city: list[Database]) -> None:
    phones(city[0])
    with writing(city[0]) as session:
        for number in range(15):
            order = NewDevice(pool="phones", asset_number=f"P{number}", model="Pixel 8a")
            create_device(session, order, by=PROGRAM, now=NOON, op_id="all phones")
    lesson = course(city[0], starts_at=later(days=1)).id

    def promise(database: Database, number: int) -> ReservationCard:
        time = {"from": later(days=1), "until": later(days=1, hours=2)}
        asked = {"pool": "phones", "quantity": 1 + number % 4, "course": lesson}
        return act(database, reserve, NewReservation.model_validate(asked | time))

    race(city, promise)
    # Somebody who wants one is always left, so all of them are promised in the end.
    assert sum(row.quantity for row in rows(city[0], "reservation")) == 15


def test_64_loans_at_once_are_64_numbers_in_one_chain(city: list[Database], keys: Keys) -> None:
    tablets(city[0], default_days=7)
    with writing(city[0]) as session:
        for number in range(THREADS):
            order = NewDevice(pool="tablets", asset_number=f"T{number}", model="LAVIE Tab T9")
            create_device(session, order, by=PROGRAM, now=NOON, op_id="all devices")
    results = race(city, lambda database, number: lend(database, SECTION, f"T{number}"))
    assert sorted(card.number for card in results) == [f"R8-{number:05d}" for number in range(1, THREADS + 1)]
    with reading(city[0]) as session:
        assert list(journal.verify(session, keys)) == []
        assert journal.head(session)[0] == 2 + THREADS


def test_a_return_and_its_undoing_race_to_one_end(city: list[Database], keys: Keys) -> None:
    tablets(city[0], after_term="wipe", default_days=7)
    device(city[0], "T1")
    lend(city[0], SECTION, "T1")
    with writing(city[0]) as session:
        take_back(session, TakeBack(devices=["T1"]), by=PROGRAM, now=NOON, op_id="return")

    def either(database: Database, number: int) -> Any:
        if number % 2:
            return act(database, undo, operation="return", now=later(seconds=1))
        return act(database, take_back, TakeBack(devices=["T1"]), now=later(seconds=1))

    results = race(city, either)
    undone = [result for result in results[1::2] if not isinstance(result, Refusal)]
    returned = [result for result in results[::2] if result.results[0].outcome == "returned"]
    assert len(undone) == 1 and len(returned) <= 1
    # Whoever returned it before the undoing came saw it at the counter as well: that return ends the loan then.
    card = seen(city[0], "T1")
    assert card.loan is None and [hold.reason for hold in card.holds] == ["wipe"]
    assert [row.returned_at for row in rows(city[0], "loan_item")] == [later(seconds=1)]
    with reading(city[0]) as session:
        assert list(journal.verify(session, keys)) == []


def test_a_second_open_item_is_refused_by_the_database_itself(database: Database) -> None:
    tablets(database, default_days=7)
    device(database, "T1")
    lend(database, SECTION, "T1")
    (item,) = rows(database, "loan_item")
    again = {"loan_id": item.loan_id, "device_id": item.device_id, "lent_at": NOON, "accessories": {}}

    def past_every_verb() -> None:
        with writing(database) as session:
            entry = open_entry(session, by=PROGRAM, now=NOON, op_id="past every verb")
            session.connection().execute(insert(ITEM).values(again | {"entry": entry}))

    with pytest.raises(IntegrityError):
        past_every_verb()
    assert rows(database, "loan_item") == [item]


def test_without_a_good_end_nothing_happened(database: Database) -> None:
    tablets(database, default_days=7)
    device(database, "T1")
    before = rows(database, "entry")

    class PowerCut(Exception):
        pass

    order = CheckOut.model_validate({"borrower": SECTION, "devices": ["T1"]})

    def lend_by_candle() -> None:
        with writing(database) as session:
            check_out(session, order, by=PROGRAM, now=NOON, op_id="lend")
            assert device_card(session, "T1").loan is not None
            raise PowerCut

    with pytest.raises(PowerCut):
        lend_by_candle()
    assert (rows(database, "loan"), rows(database, "loan_item"), rows(database, "entry")) == ([], [], before)
    # The same act again is the first of its name: the one that failed left no trace of its op_id.
    assert act(database, check_out, order, op_id="lend").number == "R8-00001"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE device SET model = 'x'",
        "DELETE FROM device",
        "INSERT INTO setting (name, value) VALUES ('a', 'b')",
        "CREATE TABLE sneaked (a integer)",
        "DROP TABLE hold",
    ],
)
def test_a_reader_cannot_write(database: Database, statement: str) -> None:
    tablets(database)
    device(database, "T1")
    before = rows(database, "device"), rows(database, "setting"), rows(database, "hold")

    def sneak() -> None:
        with reading(database) as session:
            session.connection().execute(text(statement))
            session.commit()

    with pytest.raises(DBAPIError):
        sneak()
    assert (rows(database, "device"), rows(database, "setting"), rows(database, "hold")) == before


def test_a_reader_sees_one_state_while_others_write(database: Database) -> None:
    tablets(database, default_days=7)
    device(database, "T1")
    with reading(database) as session:
        assert device_card(session, "T1").loan is None
        lend(database, SECTION, "T1")
        assert device_card(session, "T1").loan is None
    assert seen(database, "T1").loan is not None


def test_a_reader_does_not_wait_for_the_writer(database: Database) -> None:
    tablets(database, default_days=7)
    device(database, "T1")
    with writing(database) as session:
        session.connection().execute(update(DEVICE).values(place="いま書いている"))
        assert look(database, device_card, "T1").place is None
    assert seen(database, "T1").place == "いま書いている"


def test_the_writer_holds_its_turn_from_the_first_look(city: list[Database]) -> None:
    """A verb that has looked may write: nobody writes in between, not even from another process."""
    tablets(city[0], default_days=7)
    device(city[0], "T1")
    done: list[str] = []

    def other() -> None:
        lend(city[1], SECTION, "T1")
        done.append("other")

    thread = threading.Thread(target=other)
    with writing(city[0]) as session:
        thread.start()
        thread.join(timeout=0.3)
        assert thread.is_alive() and device_card(session, "T1").loan is None
        session.connection().execute(update(DEVICE).values(place="先に書いた"))
        done.append("first")
    thread.join(timeout=20)
    assert done == ["first", "other"]
    assert seen(city[0], "T1").place == "先に書いた"


def test_the_writer_signs_what_it_did(database: Database) -> None:
    tablets(database, default_days=7)
    device(database, "T1")
    lend(database, SECTION, "T1", by=By(None), op_id="lend", now=later(minutes=3))
    last = rows(database, "entry")[-1]
    assert (last.op_id, last.act, last.at, last.occurred_at, last.by) == (
        "lend",
        "check_out",
        later(minutes=3),
        later(minutes=3),
        None,
    )
    assert last.data["notes"] == [["check_out", {"loan": "R8-00001", "devices": ["T1"], "overridden": False}]]
    with reading(database) as session:
        number = session.connection().execute(LOAN.select()).one()
    assert number.entry == last.seq
