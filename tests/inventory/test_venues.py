"""Venues: a code that is theirs alone, coordinates in Japan, and lists by kana."""

from typing import Any

import pytest
from pydantic import ValidationError

from inventory.database import Database
from inventory.errors import Invalid, NotFound, Stale
from inventory.tables import VenueKind
from inventory.venues import NewVenue, VenueChange, change_venue, list_venues, venue_card
from tests.inventory.city import act, look, refused_fields, rows, venue


def test_a_venue_keeps_what_it_was_given(database: Database) -> None:
    made = venue(
        database,
        name="髙﨑公民館",
        name_kana="たかさきこうみんかん",
        address="前橋市堀越町1115",
        latitude=36.42,
        longitude=139.15,
        phone="０２７－２８３－００００",
        closed_days="月曜、年末年始",
        note="駐車場30台\n",
    )
    assert look(database, venue_card, "ohgo") == made
    assert (made.name, made.name_kana, made.phone) == ("髙﨑公民館", "タカサキコウミンカン", "027-283-0000")
    assert (made.latitude, made.longitude, made.note, made.revision) == (36.42, 139.15, "駐車場30台", 1)


def test_a_code_is_given_once(database: Database) -> None:
    venue(database)
    with pytest.raises(Invalid) as refusal:
        venue(database, name="別の館")
    assert refused_fields(refusal) == ["code"]
    assert len(rows(database, "venue")) == 1


def test_a_change_touches_only_what_it_names(database: Database) -> None:
    venue(database, name_kana="オオゴ", address="堀越町", phone="027-283-0000")
    change = VenueChange(name="富士見公民館", kind=None, name_kana=None, phone=None)
    card = act(database, change_venue, change, venue="ohgo", revision=1)
    assert (card.name, card.kind, card.name_kana, card.phone) == ("富士見公民館", VenueKind.KOMINKAN, "", None)
    assert (card.address, card.revision) == ("堀越町", 2)
    assert [item.code for item in look(database, list_venues, q="冨士見").items] == ["ohgo"]
    assert look(database, list_venues, q="大胡公").items == look(database, list_venues, q="おおご").items == []
    moved = act(database, change_venue, VenueChange(address="粕川町"), venue="ohgo", revision=2)
    assert (moved.address, moved.name, moved.revision) == ("粕川町", "富士見公民館", 3)
    with pytest.raises(Stale):
        act(database, change_venue, change, venue="ohgo", revision=1)
    with pytest.raises(NotFound):
        act(database, change_venue, change, venue="none", revision=1)
    with pytest.raises(NotFound):
        look(database, venue_card, "none")


def test_venues_are_listed_by_kana_in_pages(database: Database) -> None:
    kana = ["アサヒ", "イケ", "イケ", "ウエ", "カミ"]
    for number, reading in enumerate(reversed(kana)):
        venue(database, f"v{number}", name=f"館{number}", name_kana=reading, kind="library" if number else "kominkan")
    walked, cursor = [], None
    while True:
        page = look(database, list_venues, limit=2, cursor=cursor)
        assert page.total == 5
        walked += [(card.name_kana, card.code) for card in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert walked == [("アサヒ", "v4"), ("イケ", "v2"), ("イケ", "v3"), ("ウエ", "v1"), ("カミ", "v0")]
    assert [card.code for card in look(database, list_venues, kind=VenueKind.KOMINKAN).items] == ["v0"]
    assert [card.code for card in look(database, list_venues, q="Ｖ３").items] == ["v3"]


def test_an_address_may_be_given_whole_or_in_parts(database: Database) -> None:
    whole = venue(database, address="前橋市堀越町1115", postal_code="〒371-0222", extension="12", shelter=True)
    assert (whole.prefecture, whole.city, whole.town) == ("群馬県", "前橋市", None)
    assert (whole.postal_code, whole.extension, whole.shelter, whole.disaster_open) == ("3710222", "12", True, False)
    parts = {"prefecture": "群馬県", "city": "前橋市", "town": "茂木町", "street": "1-2"}
    made = venue(database, "motogi", name="茂木会館", **parts, url=" https://www.example.jp/a?b=1 ")
    assert (made.address, made.url) == ("群馬県前橋市茂木町1-2", "https://www.example.jp/a?b=1")
    change = VenueChange(street="9", shelter=None, url=None, name_english="Motogi Hall")
    moved = act(database, change_venue, change, venue="motogi", revision=1)
    assert (moved.address, moved.shelter, moved.url) == ("群馬県前橋市茂木町9", False, None)
    assert (moved.name_english, moved.revision) == ("Motogi Hall", 2)
    # A change of something else leaves an address alone that nobody would make of its parts.
    other = act(database, change_venue, VenueChange(shelter=False), venue="ohgo", revision=1)
    assert (other.address, other.shelter) == ("前橋市堀越町1115", False)
    assert [card.code for card in look(database, list_venues, q="茂木町9").items] == ["motogi"]
    act(database, change_venue, VenueChange(shelter=True), venue="motogi", revision=2)
    assert [card.code for card in look(database, list_venues, shelter=True).items] == ["motogi"]
    assert [card.code for card in look(database, list_venues, shelter=False).items] == ["ohgo"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"code": "Import"}, "code"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "ftp://example.jp/"}, "url"),
        ({"url": "https://"}, "url"),
        ({"url": "https://example.jp/ a"}, "url"),
        ({"url": "https://[example"}, "url"),
        ({"url": "https://example.jp/" + "a" * 300}, "url"),
        ({"postal_code": "371-022"}, "postal_code"),
        ({"closed_days": "ときどき"}, "closed_days"),
        ({"building": "棟" * 81}, "building"),
        ({"shelter": "たぶん"}, "shelter"),
        ({"code": "大胡"}, "code"),
        ({"code": ".hidden"}, "code"),
        ({"code": "NEW"}, "code"),
        ({"code": "a" * 33}, "code"),
        ({"kind": "castle"}, "kind"),
        ({"name": "\x07"}, "name"),
        ({"latitude": 19.9}, "latitude"),
        ({"latitude": "NaN"}, "latitude"),
        ({"longitude": 154.1}, "longitude"),
        ({"address": "所" * 201}, "address"),
        ({"note": "a\x1bb"}, "note"),
    ],
)
def test_a_venue_of_the_wrong_shape_is_refused(wrong: dict[str, Any], field: str) -> None:
    right = {"code": " ohgo ", "kind": "kominkan", "name": "大胡公民館", "latitude": "", "longitude": " "}
    made = NewVenue.model_validate(right)
    assert (made.code, made.latitude, made.longitude) == ("ohgo", None, None)
    with pytest.raises(ValidationError) as refusal:
        NewVenue.model_validate(right | wrong)
    assert {error["loc"][0] for error in refusal.value.errors()} == {field}
