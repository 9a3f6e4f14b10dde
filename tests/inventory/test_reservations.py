"""Reservations: promised with what is free, refused with when how many are missing, released, moved."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import text, update
from sqlmodel import SQLModel

from inventory import journal
from inventory.database import Database, writing
from inventory.errors import Invalid, NotEnough, NotFound
from inventory.lending import Override
from inventory.reservation_lists import ReservationCard, ReservationState, list_reservations, reservation_card
from inventory.reservation_moves import move_with_course
from inventory.reservations import (
    NewReservation,
    another_day,
    availability,
    release,
    release_of_course,
    reservations_of,
    reserve,
)
from tests.inventory.city import (
    NOON,
    PROGRAM,
    act,
    association,
    bring_back,
    course,
    devices,
    later,
    lend,
    look,
    phones,
    refused_fields,
    rows,
    tablets,
)


def reserved(
    database: Database, quantity: int, from_at: datetime, until: datetime, *, now: datetime = NOON, **fields: Any
) -> ReservationCard:
    asked = {"pool": "phones", "quantity": quantity, "from": from_at, "until": until}
    order = NewReservation.model_validate(asked | fields)
    return act(database, reserve, order, now=now)


def _stocked(database: Database, count: int, minutes: int = 60) -> None:
    phones(database, preparation_minutes=minutes)
    devices(database, *(f"SP-{number:03d}" for number in range(1, count + 1)), pool="phones")


def test_a_reservation_takes_its_time_and_the_preparation_on_both_sides(database: Database) -> None:
    _stocked(database, 3)
    of = course(database, starts_at=later(days=1))
    card = reserved(database, 2, later(days=1), later(days=1, hours=2), course=of.id)
    assert (card.quantity, card.handed, card.wanted, card.borrower.id) == (2, 0, 2, of.id)
    said = look(database, availability, "phones", later(days=1, hours=4), later(days=1, hours=5), now=NOON)
    assert (said.free, said.total, said.preparation_minutes) == (3, 3, 60)
    sooner = look(
        database, availability, "phones", later(days=1, hours=3, minutes=59), later(days=1, hours=5), now=NOON
    )
    assert sooner.free == 1
    assert [(window.from_, window.until, window.free) for window in sooner.windows] == [
        (later(days=1, hours=2, minutes=59), later(days=1, hours=3), 1),
        (later(days=1, hours=3), later(days=1, hours=6), 3),
    ]


def test_what_is_said_to_be_free_can_be_reserved_and_not_one_more(database: Database) -> None:
    _stocked(database, 5)
    of = association(database)
    reserved(database, 2, later(days=1), later(days=1, hours=2), association=of.id)
    time = (later(days=1, hours=2), later(days=1, hours=8))
    free = look(database, availability, "phones", *time, now=NOON).free
    with pytest.raises(NotEnough) as refusal:
        reserved(database, free + 1, *time, association=of.id)
    assert refusal.value.facts["shortage"] == [
        {
            "from": later(days=1, hours=1).astimezone(UTC).isoformat(),
            "until": later(days=1, hours=3).astimezone(UTC).isoformat(),
            "missing": 1,
        }
    ]
    assert reserved(database, free, *time, association=of.id).quantity == free == 3
    assert reserved(database, 9, *time, association=of.id, override={"reason": "借りてくる"}).override_reason


def test_what_cannot_be_reserved(database: Database) -> None:
    _stocked(database, 1)
    tablets(database)
    of = association(database)
    off = course(database, starts_at=later(days=1))
    with database.writer.begin() as connection:
        called_off = text("UPDATE course SET state = 'cancelled', cancel_reason = '雪' WHERE id = :id")
        connection.execute(called_off, {"id": int(off.id)})
    tomorrow = (later(days=1), later(days=1, hours=1))
    wrongs: list[tuple[str, dict[str, Any]]] = [
        ("pool", {"pool": "nowhere", "association": of.id}),
        ("pool", {"pool": "tablets", "association": of.id}),
        ("course", {"course": off.id}),
    ]
    for field, wrong in wrongs:
        with pytest.raises(Invalid) as refusal:
            reserved(database, 1, *tomorrow, **wrong)
        assert refused_fields(refusal) == [field]
    with pytest.raises(Invalid) as refusal:
        reserved(database, 1, later(hours=-2), NOON, association=of.id)
    assert refused_fields(refusal) == ["until"]
    with pytest.raises(NotFound):
        reserved(database, 1, *tomorrow, association="99")
    assert reserved(database, 1, later(hours=-2), later(minutes=1), association=of.id).wanted == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"until": later(days=1)},
        {"until": later(days=1 + 5 * 366, seconds=1)},
        {"quantity": 0},
        {"association": "1"},
        {"course": None},
    ],
)
def test_a_reservation_lasts_and_is_for_one(wrong: dict[str, Any]) -> None:
    right = {"pool": "phones", "quantity": 1, "from": later(days=1), "until": later(days=2), "course": "1"}
    assert NewReservation.model_validate(right).quantity == 1
    with pytest.raises(ValidationError):
        NewReservation.model_validate(right | wrong)


def test_releasing_frees_and_keeps_the_row(database: Database) -> None:
    _stocked(database, 1)
    of = association(database)
    card = reserved(database, 1, later(days=1), later(days=2), association=of.id)
    with pytest.raises(NotEnough):
        reserved(database, 1, later(days=1), later(days=2), association=of.id)
    gone = act(database, release, reservation=card.id, now=later(hours=1))
    assert (gone.released_at, gone.wanted) == (later(hours=1), 0)
    assert act(database, release, reservation=card.id, now=later(hours=2)).released_at == later(hours=1)
    assert reserved(database, 1, later(days=1), later(days=2), association=of.id).wanted == 1
    with pytest.raises(NotFound):
        act(database, release, reservation="99")


def test_lists_by_state_borrower_and_time(database: Database) -> None:
    _stocked(database, 9)
    of, lesson = association(database), course(database, starts_at=later(days=1))
    over = reserved(database, 1, later(hours=1), later(hours=2), association=of.id)
    third = reserved(database, 1, later(days=3), later(days=4), association=of.id)
    second = reserved(database, 1, later(days=1), later(days=2), course=lesson.id)
    gone = act(database, release, reservation=reserved(database, 1, later(days=1), later(days=2), course=lesson.id).id)
    now = later(hours=2)

    def ids(**filters: Any) -> list[str]:
        return [card.id for card in look(database, list_reservations, now=now, **filters).items]

    assert ids() == [second.id, third.id]
    assert ids(state=ReservationState.OVER) == [over.id]
    assert ids(state=ReservationState.RELEASED) == [gone.id]
    assert ids(state=None) == [over.id, second.id, gone.id, third.id]
    assert ids(association=of.id) == [third.id] and ids(course=lesson.id) == [second.id]
    assert ids(pool="tablets") == [] and ids(course="x") == []
    assert ids(since=later(days=2)) == [third.id] and ids(until=later(days=3)) == [second.id]
    first = look(database, list_reservations, now=now, limit=1)
    assert first.next is not None and first.total == 2
    assert [one.id for one in look(database, list_reservations, now=now, cursor=first.next).items] == [third.id]
    assert look(database, reservations_of, [int(lesson.id), 99]) == {int(lesson.id): [second], 99: []}


def _moved(database: Database, lesson: str, starts_at: datetime, ends_at: datetime, *, override: bool = False) -> None:
    with writing(database) as session:
        entry = journal.open_entry(session, by=PROGRAM, now=NOON, op_id=f"move to {ends_at}")
        given = Override(reason="借りてくる") if override else None
        move_with_course(session, int(lesson), starts_at, ends_at, now=NOON, entry=entry, override=given)


def test_reservations_go_along_with_their_course_or_stay_all(database: Database) -> None:
    _stocked(database, 3, minutes=0)
    lesson, of = course(database, starts_at=later(days=1)), association(database)
    first = reserved(database, 2, later(hours=23), later(days=1, hours=2), course=lesson.id)
    second = reserved(database, 1, later(days=1), later(days=1, hours=3), course=lesson.id)
    done = act(database, release, reservation=reserved(database, 1, later(days=9), later(days=10), course=lesson.id).id)
    reserved(database, 2, later(days=5), later(days=5, hours=1), association=of.id)
    with pytest.raises(NotEnough):
        _moved(database, lesson.id, later(days=5), later(days=5, hours=2))
    assert [look(database, reservation_card, one.id) for one in (first, second)] == [first, second]
    _moved(database, lesson.id, later(days=8), later(days=8, hours=1))
    times = [(card.from_, card.until) for card in (look(database, reservation_card, one.id) for one in (first, second))]
    assert times == [(later(days=7, hours=23), later(days=8, hours=1)), (later(days=8), later(days=8, hours=2))]
    assert look(database, reservation_card, done.id).from_ == done.from_
    with database.writer.begin() as connection:
        moved = {"id": int(lesson.id), "starts": later(days=8), "ends": later(days=8, hours=1)}
        table = SQLModel.metadata.tables["course"]
        connection.execute(
            update(table).where(table.c.id == moved["id"]).values(starts_at=moved["starts"], ends_at=moved["ends"])
        )
    _moved(database, lesson.id, later(days=5), later(days=5, hours=1), override=True)
    assert look(database, reservation_card, first.id).override_reason == "借りてくる"


def test_units_that_are_out_for_today_are_wanted_again_on_the_day_to_which_the_course_moves(database: Database) -> None:
    _stocked(database, 3, minutes=0)
    lesson = course(database, starts_at=NOON)
    card = reserved(database, 3, NOON, later(hours=2), course=lesson.id)
    lend(database, {"course": lesson.id}, "SP-001", "SP-002")
    _moved(database, lesson.id, later(days=7), later(days=7, hours=2))
    assert look(database, reservation_card, card.id).wanted == 3
    assert look(database, availability, "phones", later(days=7), later(days=7, hours=1), now=NOON).free == 0
    bring_back(database, "SP-001", "SP-002", now=later(hours=1))
    assert look(database, availability, "phones", later(days=7), later(days=7, hours=1), now=later(hours=1)).free == 0


def test_units_that_are_out_stay_those_of_a_course_that_begins_a_little_later(database: Database) -> None:
    _stocked(database, 2, minutes=0)
    lesson = course(database, starts_at=NOON)
    card = reserved(database, 2, NOON, later(hours=2), course=lesson.id)
    lend(database, {"course": lesson.id}, "SP-001", "SP-002")
    _moved(database, lesson.id, later(minutes=30), later(hours=2))
    assert look(database, reservation_card, card.id).wanted == 0


def test_a_reservation_that_is_moved_to_be_long_is_still_found(database: Database) -> None:
    _stocked(database, 1, minutes=0)
    lesson = course(database, starts_at=later(days=1))
    reserved(database, 1, later(days=1), later(days=1, hours=2), course=lesson.id)
    _moved(database, lesson.id, later(days=1), later(days=31))
    assert look(database, availability, "phones", later(days=30), later(days=30, hours=1), now=NOON).free == 0
    assert rows(database, "reservation")[0].long is True


def test_a_course_that_is_called_off_gives_its_reservations_up(database: Database) -> None:
    _stocked(database, 3)
    lesson = course(database, starts_at=later(days=1))
    card = reserved(database, 2, later(days=1), later(days=1, hours=2), course=lesson.id)
    with writing(database) as session:
        entry = journal.open_entry(session, by=PROGRAM, now=NOON, op_id="off")
        assert release_of_course(session, int(lesson.id), now=NOON, entry=entry) == [int(card.id)]
        assert release_of_course(session, int(lesson.id), now=NOON, entry=entry) == []
    assert look(database, reservation_card, card.id).released_at == NOON


def test_the_next_day_with_enough_at_the_same_hours(database: Database) -> None:
    _stocked(database, 3)
    of = association(database)
    reserved(database, 2, later(days=1), later(days=2, hours=10), association=of.id)
    asked = (later(days=1), later(days=1, hours=2))
    assert look(database, another_day, "phones", 3, *asked, now=NOON) == (later(days=3), later(days=3, hours=2))
    assert look(database, another_day, "phones", 1, *asked, now=NOON) == (later(days=2), later(days=2, hours=2))
    assert look(database, another_day, "phones", 4, *asked, now=NOON) is None
