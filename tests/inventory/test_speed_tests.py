"""Measurements of a venue's wifi: in which room, the newest of each, medians, and one typed wrongly."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import insert

from inventory.database import Database, writing
from inventory.errors import Invalid, NotFound
from inventory.speed_tests import (
    NewSpeedTest,
    SpeedTestCard,
    every_speed_test,
    list_speed_tests,
    newest_by_room,
    newest_speeds,
    record_speed_test,
    take_speed_test_back,
)
from inventory.venue_records import ROOM, rooms_of
from tests.inventory.city import NOON, act, later, look, refused_fields, rows, venue


def room(database: Database, name: str, of: int = 1) -> str:
    with writing(database) as session:
        made = session.connection().execute(insert(ROOM).values(venue_id=of, name=name, revision=1, entry=1))
        assert made.inserted_primary_key is not None
        return str(made.inserted_primary_key[0])


def measured(database: Database, down: Any, at: datetime = NOON, code: str = "ohgo", **fields: Any) -> SpeedTestCard:
    order = NewSpeedTest.model_validate({"measured_at": at, "down_mbps": down, "up_mbps": 10, **fields})
    return act(database, record_speed_test, order, venue=code)


def test_the_newest_of_each_room_and_the_median_of_a_year(database: Database) -> None:
    venue(database)
    hall, kitchen = room(database, "ホール"), room(database, "調理室")
    assert look(database, rooms_of, 1) == [(hall, "ホール"), (kitchen, "調理室")]
    for days, down, where in ((-400, 1, hall), (-20, 80, hall), (-10, 60, "ホール"), (-5, 20, kitchen), (-1, 40, None)):
        measured(database, down, later(days=days), room=where)
    found = look(database, list_speed_tests, "ohgo", now=NOON)
    assert [one.down_mbps for one in found.items] == [40, 20, 60, 80, 1]
    assert found.median_down_mbps == 50
    newest = newest_by_room(found.items)
    assert [(one.room_name, one.down_mbps) for one in newest] == [(None, 40), ("ホール", 60), ("調理室", 20)]
    assert look(database, newest_speeds, [1, 2]) == {1: 40}


def test_figures_as_a_phone_types_them(database: Database) -> None:
    venue(database)
    card = measured(database, "１２．５", up_mbps="1,024", latency_ms="")
    assert (card.down_mbps, card.up_mbps, card.latency_ms) == (12.5, 1024, None)


def test_one_typed_wrongly_stays_and_does_not_count(database: Database) -> None:
    venue(database)
    first, second = measured(database, 50, later(hours=-1)), measured(database, 5000)
    taken = act(database, take_speed_test_back, venue="ohgo", speed_test=second.id)
    assert taken.taken_back
    found = look(database, list_speed_tests, "ohgo", now=NOON)
    assert [one.id for one in found.items] == [first.id]
    assert (found.median_down_mbps, look(database, newest_speeds, [1])) == (50, {1: 50})
    assert [one.id for one in look(database, every_speed_test)] == [first.id]
    assert len(rows(database, "speed_test")) == 2
    with pytest.raises(NotFound):
        act(database, take_speed_test_back, venue="elsewhere", speed_test=first.id)


def test_what_is_refused(database: Database) -> None:
    venue(database)
    venue(database, "miyagi", name="宮城公民館")
    theirs = room(database, "和室", of=2)
    with pytest.raises(Invalid) as early:
        measured(database, 1, later(hours=1))
    assert refused_fields(early) == ["measured_at"]
    for where in (theirs, "和室", "99"):
        with pytest.raises(Invalid) as elsewhere:
            measured(database, 1, room=where)
        assert refused_fields(elsewhere) == ["room"]
    for wrong in (-1, 100_001, "速い", "nan"):
        with pytest.raises(ValueError, match="down_mbps"):
            measured(database, wrong)
    assert rows(database, "speed_test") == []
