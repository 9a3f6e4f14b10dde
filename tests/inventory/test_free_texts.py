"""Texts that are erased stay erased: a form that was open before cannot bring one back."""

import pytest

from inventory.database import Database, writing
from inventory.errors import Stale
from inventory.free_texts import blank_text
from inventory.rooms import NewRoom, RoomChange, add_room, change_room
from inventory.venues import VenueChange, change_venue
from tests.inventory.city import act, rows, venue

WORDS = "鍵は金井康男さんへ"


def test_a_form_that_was_open_before_an_erasure_is_stale(database: Database) -> None:
    hall = venue(database, note=WORDS)
    room = act(database, add_room, NewRoom(name="第1会議室", note=WORDS), venue=hall.code)
    with writing(database) as session:
        assert blank_text(session, "venue.note", rows(database, "venue")[0].id)
        assert blank_text(session, "room.note", int(room.id))
    with pytest.raises(Stale):
        act(database, change_venue, VenueChange(note=WORDS), venue=hall.code, revision=hall.revision)
    change = RoomChange(note=WORDS)
    with pytest.raises(Stale):
        act(database, change_room, change, venue=hall.code, room=room.id, revision=room.revision)
    assert (rows(database, "venue")[0].note, rows(database, "room")[0].note) == (None, None)
