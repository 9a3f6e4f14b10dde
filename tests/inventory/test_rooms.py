"""Rooms: a name that is one room's in its venue, and a room that is given up but not forgotten."""

from typing import Any

import pytest
from pydantic import ValidationError

from inventory.database import Database
from inventory.errors import Invalid, NotFound, Stale
from inventory.rooms import NewRoom, RoomChange, add_room, change_room, list_rooms, retire_room, room_card, rooms_of
from tests.inventory.city import NOON, act, look, refused_fields, rows, venue


def room(database: Database, name: str = "第1会議室", venue: str = "ohgo", **fields: Any) -> Any:
    return act(database, add_room, NewRoom(name=name, **fields), venue=venue)


def names(database: Database, venue: str = "ohgo", **which: bool) -> list[str]:
    return [card.name for card in look(database, list_rooms, venue=venue, **which).items]


def test_a_room_is_added_changed_and_given_up(database: Database) -> None:
    venue(database)
    made = room(database, capacity=40, note="2階")
    assert (made.venue, made.name, made.capacity, made.note, made.revision) == ("ohgo", "第1会議室", 40, "2階", 1)
    assert look(database, room_card, made.id) == made
    change = RoomChange(name=None, capacity=None)
    changed = act(database, change_room, change, venue="ohgo", room=made.id, revision=1)
    assert (changed.name, changed.capacity, changed.note, changed.revision) == ("第1会議室", None, "2階", 2)
    with pytest.raises(Stale):
        act(database, retire_room, venue="ohgo", room=made.id, revision=1)
    room(database, "ロビー")
    gone = act(database, retire_room, venue="ohgo", room=made.id, revision=2)
    assert (gone.retired_at, gone.revision) == (NOON, 3)
    assert names(database) == ["ロビー"] and names(database, retired=True) == ["ロビー", "第1会議室"]
    # The name is free again, and the room that was given up stays.
    assert room(database).id != made.id and names(database) == ["ロビー", "第1会議室"]
    assert len(rows(database, "room")) == 3
    assert not any("会議室" in str(entry) or "2階" in str(entry) for entry in rows(database, "entry"))


def test_two_rooms_of_a_venue_have_two_names(database: Database) -> None:
    first, second = venue(database), venue(database, "jonan", name="城南公民館")
    made = room(database)
    with pytest.raises(Invalid) as refusal:
        room(database)
    assert refused_fields(refusal) == ["name"]
    there = room(database, venue="jonan")
    lobby = room(database, "ロビー")
    with pytest.raises(Invalid):
        act(database, change_room, RoomChange(name="第1会議室"), venue="ohgo", room=lobby.id, revision=1)
    same = act(database, change_room, RoomChange(name="第1会議室"), venue="ohgo", room=made.id, revision=1)
    assert same.revision == 2
    numbers = [row.id for row in rows(database, "venue")]
    found = look(database, rooms_of, numbers)
    assert [(card.venue, card.name) for card in found] == [
        (first.code, "第1会議室"),
        (first.code, "ロビー"),
        (second.code, "第1会議室"),
    ]
    for wrong in (there.id, "0", "x", "99999999999"):
        with pytest.raises(NotFound):
            act(database, change_room, RoomChange(capacity=1), venue="ohgo", room=wrong, revision=1)
        with pytest.raises(NotFound):
            look(database, room_card, wrong, "ohgo")
    with pytest.raises(NotFound):
        room(database, venue="nowhere")
    with pytest.raises(NotFound):
        look(database, list_rooms, venue="nowhere")


@pytest.mark.parametrize("wrong", [{"capacity": 0}, {"capacity": 10000}, {"name": " "}, {"name": "室" * 61}])
def test_a_room_of_the_wrong_shape_is_refused(wrong: dict[str, Any]) -> None:
    assert NewRoom.model_validate({"name": "ロビー", "capacity": ""}).capacity is None
    with pytest.raises(ValidationError):
        NewRoom.model_validate({"name": "ロビー"} | wrong)
