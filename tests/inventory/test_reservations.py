"""Reservations: promised with what is free, refused with when how many are missing, released, moved."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inventory import journal
from inventory.database import Database, writing
from inventory.errors import Invalid, NotEnough, NotFound
from inventory.lending import Override
from inventory.reservation_lists import ReservationCard, ReservationState, list_reservations, reservation_card
from inventory.reservations import (
    NewReservation,
    another_day,
    availability,
    move_with_course,
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
    course,
    devices,
    later,
    lend,
    look,
    phones,
    refused_fields,
    rows,
)


def reserved(
    database: Database, quantity: int, from_at: datetime, until: datetime, *, now: datetime = NOON, **fields: Any
) -> ReservationCard:
    order = NewReservation.model_validate(
        {"pool": "phones", "quantity": quantity, "from": from_at, "until": until, **fields}
    )
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
    sooner = look(database, availability, "phones", later(days=1, hours=3, minutes=59), later(days=1, hours=5), now=NOON)
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

