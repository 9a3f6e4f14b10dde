"""At the desk: what was promised to somebody else stays, and what goes out counts on the borrower's own reservation."""

from typing import Any

import pytest
from sqlalchemy import event

from inventory.conflicts import conflict_card
from inventory.database import Database
from inventory.errors import Held, Invalid, LimitReached, NotEnough, Promised
from inventory.extending import Extend, ExtendAll, extend, extend_all
from inventory.lending import CheckOut, check_out
from inventory.reservation_lists import ReservationCard, reservation_card
from inventory.reservations import availability, release
from inventory.targets import Target
from inventory.undo import undo
from tests.inventory.city import (
    NOON,
    act,
    association,
    bring_back,
    course,
    devices,
    later,
    led_association,
    lend,
    look,
    phones,
    rows,
    stop,
    tablets,
    venue,
)
from tests.inventory.test_merging import told, waiting
from tests.inventory.test_reservations import reserved
from tests.inventory.test_settling import decide

TOMORROW = later(days=1)
ENDS = later(days=1, hours=2)


@pytest.fixture
def stock(database: Database) -> Database:
    """Three phones that are prepared for an hour."""
    phones(database, preparation_minutes=60)
    devices(database, "P1", "P2", "P3", pool="phones")
    return database


def promised(database: Database, quantity: int = 2) -> tuple[str, ReservationCard]:
    """Phones for a course from tomorrow noon to two."""
    lesson = course(database, starts_at=TOMORROW)
    return lesson.id, reserved(database, quantity, TOMORROW, ENDS, course=lesson.id)


def card(database: Database, reservation: ReservationCard) -> ReservationCard:
    return look(database, reservation_card, reservation.id)


SECTION = {"section": "福祉課"}


def test_what_was_promised_to_somebody_else_stays(stock: Database) -> None:
    _, reservation = promised(stock)
    lend(stock, SECTION, "P1", due={"at": later(days=2)})
    with pytest.raises(Promised) as refusal:
        lend(stock, SECTION, "P2", due={"at": later(days=2)})
    assert refusal.value.facts == {"device": "P2", "reservation": reservation.id}
    assert [row.device_id for row in rows(stock, "loan_item")] == [1]
    assert lend(stock, SECTION, "P2", due={"at": later(days=2)}, override={"reason": "借りてくる"}).override
    act(stock, release, reservation=reservation.id)
    assert lend(stock, SECTION, "P3", due={"at": later(days=2)}).open


def test_a_loan_that_is_back_and_prepared_before_breaks_nothing(stock: Database) -> None:
    promised(stock, 3)
    # Back at ten, prepared until eleven; from eleven on the phones are prepared for the course.
    with pytest.raises(Promised):
        lend(stock, SECTION, "P1", due={"at": later(hours=22, minutes=1)})
    assert lend(stock, SECTION, "P1", due={"at": later(hours=22)}).open


def test_of_several_the_first_that_may_not_go_is_named_and_none_goes(stock: Database) -> None:
    promised(stock, 1)
    with pytest.raises(Promised) as refusal:
        lend(stock, SECTION, "P3", "P1", "P2", due={"at": later(days=2)})
    assert refusal.value.facts["device"] == "P2" and not rows(stock, "loan_item")


def test_the_order_of_refusals(database: Database) -> None:
    phones(database, one_per_borrower=True)
    devices(database, "P1", "P2", pool="phones")
    lesson = course(database, starts_at=TOMORROW)
    lend(database, SECTION, "P1", due={"at": later(days=2)})
    reserved(database, 1, TOMORROW, ENDS, course=lesson.id)
    with pytest.raises(Promised):
        lend(database, SECTION, "P2", due={"at": later(days=2)})
    stop(database, "P2", "inspect")
    with pytest.raises(Held):
        lend(database, SECTION, "P2", due={"at": later(days=2)})
    with pytest.raises(LimitReached):
        lend(database, {"course": lesson.id}, *_freed(database, lesson.id))


def _freed(database: Database, lesson: str) -> tuple[str]:
    """The course has one phone, and takes another."""
    devices(database, "P3", "P4", pool="phones")
    lend(database, {"course": lesson}, "P3")
    return ("P4",)


def test_what_goes_to_the_borrower_itself_counts_on_its_reservation(stock: Database) -> None:
    lesson, reservation = promised(stock)
    lend(stock, {"course": lesson}, "P1", now=TOMORROW, op_id="first")
    assert (card(stock, reservation).handed, card(stock, reservation).wanted) == (1, 1)
    free = look(stock, availability, "phones", TOMORROW, ENDS, now=TOMORROW).free
    assert free == 1
    act(stock, undo, operation="first", now=later(days=1, minutes=1))
    assert card(stock, reservation).handed == 0
    lend(stock, {"course": lesson}, "P1", "P2", now=TOMORROW)
    bring_back(stock, "P1", "P2", now=ENDS)
    assert (card(stock, reservation).handed, card(stock, reservation).wanted) == (2, 0)


def test_what_came_back_before_its_time_is_wanted_again(stock: Database) -> None:
    lesson, reservation = promised(stock)
    lend(stock, {"course": lesson}, "P1")
    assert card(stock, reservation).handed == 1
    bring_back(stock, "P1", now=later(hours=3))
    assert card(stock, reservation).handed == 0
    lend(stock, {"course": lesson}, "P2", now=later(hours=4))
    bring_back(stock, "P2", now=TOMORROW)
    assert card(stock, reservation).handed == 0
    assert look(stock, availability, "phones", TOMORROW, ENDS, now=TOMORROW).free == 1


def test_a_loan_that_ends_before_the_reservation_begins_does_not_count_on_it(stock: Database) -> None:
    of = association(stock)
    reservation = reserved(stock, 1, later(days=5), later(days=6), association=of.id)
    lend(stock, {"association": of.id}, "P1", due={"at": later(days=5)})
    assert card(stock, reservation).handed == 0
    lend(stock, {"association": of.id}, "P2", due={"at": later(days=5, minutes=1)})
    assert card(stock, reservation).handed == 1


def test_whoever_was_promised_units_gets_them_where_overdue_loans_made_them_short(stock: Database) -> None:
    lend(stock, SECTION, "P3", due={"at": later(days=1)})
    lesson, _ = promised(stock, 1)
    of = association(stock)
    reserved(stock, 1, TOMORROW, ENDS, association=of.id)
    lend(stock, SECTION, "P2", due={"on": "2026-11-24"}, override={"reason": "急ぎ"})
    # P2 and P3 are late: one phone is left for two promises, and either may have it.
    today = later(days=2)
    assert look(stock, availability, "phones", today, later(days=2, hours=1), now=today).free == 1
    lend(stock, {"course": lesson}, "P1", now=TOMORROW)
    late = later(days=1, minutes=5)
    bring_back(stock, "P3", now=late)
    with pytest.raises(Promised):
        lend(stock, SECTION, "P3", now=late, due={"at": later(days=3)})


def test_a_swap_changes_no_number_and_its_undo_neither(stock: Database) -> None:
    lesson, reservation = promised(stock, 3)
    lend(stock, {"course": lesson}, "P1", "P2", now=later(hours=20))
    assert card(stock, reservation).handed == 2
    swapped = told(stock, "swap", "P3", later(hours=21), now=later(hours=21), op_id="swap", target={"device": "P1"})
    assert swapped.outcome == "applied" and card(stock, reservation).handed == 2
    by_device = {row.device_id: row.reservation_id for row in rows(stock, "loan_item")}
    assert (by_device[1], by_device[3]) == (None, int(reservation.id))
    act(stock, undo, operation="swap", now=later(hours=21, minutes=1))
    assert card(stock, reservation).handed == 2


def test_a_device_of_another_pool_goes_out_on_a_reservation_of_its_own_and_its_undo_too(stock: Database) -> None:
    lesson, reservation = promised(stock, 1)
    tablets(stock)
    devices(stock, "T1")
    other = reserved(stock, 1, TOMORROW, ENDS, pool="tablets", course=lesson)
    lend(stock, {"course": lesson}, "P1", now=TOMORROW)
    minute = later(days=1, minutes=1)
    order: dict[str, Any] = {"op_id": "swap", "target": {"device": "P1"}}
    assert told(stock, "swap", "T1", minute, now=minute, **order).outcome == "applied"
    assert (card(stock, reservation).handed, card(stock, other).handed) == (1, 1)
    act(stock, undo, operation="swap", now=later(days=1, minutes=2))
    assert (card(stock, reservation).handed, card(stock, other).handed) == (1, 0)


def test_an_extension_into_a_promise_is_refused_and_overridden(stock: Database) -> None:
    promised(stock, 3)
    number = lend(stock, SECTION, "P1", due={"at": later(hours=6)}).number
    longer = {"due": {"at": later(days=3)}}
    with pytest.raises(Invalid) as refusal:
        act(stock, extend, Extend.model_validate(longer), loan=number)
    assert refusal.value.facts["overridable"]
    act(stock, extend, Extend.model_validate({"due": {"at": later(hours=22)}}), loan=number)
    reason = {"override": {"reason": "ほかから借りる"}}
    assert act(stock, extend, Extend.model_validate(longer | reason), loan=number).override == "ほかから借りる"


def test_what_is_late_by_hours_is_expected_today_and_binds_tomorrow_nothing(stock: Database) -> None:
    promised(stock, 3)
    over = course(stock, starts_at=later(hours=-4), ends_at=later(hours=-2))
    assert lend(stock, {"course": over.id}, "P1").open
    reserved(stock, 2, later(hours=9), later(hours=10), association=association(stock).id)
    with pytest.raises(Promised):
        lend(stock, {"course": over.id}, "P2")


def test_what_ought_to_have_been_back_yesterday_is_out_until_it_is_back(stock: Database) -> None:
    promised(stock, 3)
    late: dict[str, Any] = {"target": SECTION, "due": {"at": later(hours=-20)}}
    assert told(stock, "lend", "P1", later(hours=-21), now=NOON, **late).code == "promised"


def test_units_that_come_back_before_their_reservation_begins_are_kept_for_it(stock: Database) -> None:
    lesson, reservation = promised(stock)
    number = lend(stock, {"course": lesson}, "P1", "P2").number
    assert card(stock, reservation).handed == 2
    act(stock, extend, Extend.model_validate({"due": {"at": later(hours=6)}}), loan=number)
    assert (card(stock, reservation).handed, card(stock, reservation).wanted) == (0, 2)
    with pytest.raises(NotEnough):
        reserved(stock, 2, TOMORROW, ENDS, association=association(stock).id)


def test_all_loans_of_a_borrower_are_extended_together_or_none(stock: Database) -> None:
    promised(stock, 2)
    for number in ("P1", "P2"):
        lend(stock, SECTION, number, due={"on": "2026-11-24"})
    all_of = ExtendAll.model_validate({"borrower": "section:福祉課", "on": "2026-12-24"})
    with pytest.raises(Invalid):
        act(stock, extend_all, all_of)
    bring_back(stock, "P2", now=later(minutes=1))
    assert len(act(stock, extend_all, all_of, now=later(minutes=2)).loans) == 1


def test_a_late_scan_of_what_was_promised_waits_for_a_person_who_may_let_it_count(stock: Database) -> None:
    promised(stock, 3)
    refused = told(stock, "lend", "P1", later(hours=1), now=later(hours=3), target=SECTION, due={"on": "2999-01-01"})
    assert (refused.outcome, refused.code) == ("conflict", "promised")
    (conflict,) = waiting(stock)
    assert look(stock, conflict_card, str(conflict.id)).code == "promised"
    decide(stock, conflict, "other")
    assert [row.lent_at for row in rows(stock, "loan_item")] == [later(hours=1)] and not waiting(stock)


def test_on_the_spot_it_is_just_refused(stock: Database) -> None:
    promised(stock, 3)
    refused = told(stock, "lend", "P1", NOON, now=NOON, target=SECTION, due={"on": "2999-01-01"})
    assert (refused.outcome, refused.code) == ("refused", "promised") and not waiting(stock)


def test_what_has_come_back_since_takes_nothing(stock: Database) -> None:
    promised(stock, 3)
    told(stock, "return", "P1", later(hours=2), now=later(hours=3))
    lent = told(stock, "lend", "P1", later(hours=1), now=later(hours=3), target=SECTION, due={"on": "2999-01-01"})
    assert lent.outcome == "applied"


def test_what_would_stay_for_good_breaks_every_promise_to_come(stock: Database) -> None:
    hall, of = venue(stock), led_association(stock)
    reserved(stock, 3, later(days=400), later(days=401), association=association(stock, "茂木町自治会").id)
    with pytest.raises(Promised):
        act(stock, check_out, CheckOut(borrower=Target(venue=hall.code), devices=["P1"]), installed=True)
    # Nobody knows when this head's term ends.
    with pytest.raises(Promised):
        lend(stock, {"association": of.id}, "P1")
    assert lend(stock, {"association": of.id}, "P1", due={"on": "2027-03-31"}).open


def test_where_nothing_is_promised_lending_asks_once(stock: Database) -> None:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.extend([statement] if "FROM reservation" in statement else [])

    event.listen(stock.writer, "before_cursor_execute", note)
    lend(stock, SECTION, "P1", "P2", due={"at": later(days=2)})
    event.remove(stock.writer, "before_cursor_execute", note)
    assert len(asked) == 1
