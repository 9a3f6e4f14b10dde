"""Photos of a venue: kept with their caption, erased with it, and not brought back by a backup."""

import pytest
from sqlalchemy import select, update

from inventory.database import Database, writing
from inventory.erasing import erase_again
from inventory.erasure_register import line_of
from inventory.errors import Invalid, NotFound
from inventory.journal import ENTRY, head
from inventory.pictures import PICTURE, Ready
from inventory.venue_pictures import AddVenuePhoto, VenuePhoto, add_venue_photo, erase_venue_photo, list_venue_photos
from tests.inventory.city import NOON, act, look, refused_fields, rows, venue

READY = Ready(b"\xff\xd8\xff picture", "image/jpeg", 40, 30)


def photo(database: Database, code: str = "ohgo", **fields: str) -> VenuePhoto:
    return act(database, add_venue_photo, AddVenuePhoto(photo="0" * 64, **fields), venue=code, ready=READY)


def test_a_photo_is_kept_and_erased_with_its_caption(database: Database) -> None:
    venue(database)
    kept = photo(database, caption="ロビーの天井のAP")
    assert (kept.venue, kept.caption, kept.width, kept.erased) == ("ohgo", "ロビーの天井のAP", 40, False)
    assert [one.id for one in look(database, list_venue_photos, "ohgo").items] == [kept.id]
    gone = act(database, erase_venue_photo, venue="ohgo", picture=kept.id)
    assert (gone.erased, gone.caption) == (True, None)
    assert look(database, list_venue_photos, "ohgo").items == []
    (row,) = rows(database, "picture")
    assert (row.content, row.caption, row.sha256) == (None, None, READY.sha256)
    # The register of erasures tells a restored ledger what to erase again.
    with writing(database) as session:
        seq, mac = head(session)
        noted = session.connection().execute(select(ENTRY.c.data).where(ENTRY.c.seq == seq)).scalar_one()
        line = line_of(session, seq, mac, noted["notes"])
        assert [(one.kind, one.row) for one in line.erased] == [("picture", 1), ("picture.caption", 1)]
        session.connection().execute(update(PICTURE).values(content=b"back", caption="ロビー", erased_at=None))
        erase_again(session, line.erased, now=NOON)
    (row,) = rows(database, "picture")
    assert (row.content, row.caption) == (None, None)
    again = act(database, erase_venue_photo, venue="ohgo", picture=kept.id)
    assert again == gone


def test_what_is_refused(database: Database) -> None:
    venue(database)
    venue(database, "miyagi", name="宮城公民館")
    kept = photo(database)
    with pytest.raises(NotFound):
        act(database, erase_venue_photo, venue="miyagi", picture=kept.id)
    with pytest.raises(NotFound):
        photo(database, "nowhere")
    with pytest.raises(Invalid) as unknown:
        photo(database, step="5")
    assert refused_fields(unknown) == ["step"]
    assert len(rows(database, "picture")) == 1
