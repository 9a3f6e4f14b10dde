"""Access points: what may be written, what stays secret, and which of them stand on a day."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from inventory.access_point_lists import AccessPointCard, access_point_card, access_points_of, list_access_points
from inventory.access_points import (
    AccessPointChange,
    AddAccessPoint,
    RemoveAccessPoint,
    add_access_point,
    change_access_point,
    remove_access_point,
)
from inventory.database import Database
from inventory.errors import Invalid, NotFound, Stale
from inventory.keys import Keys
from inventory.passphrases import (
    NewPassphrase,
    NewPassphrases,
    Opened,
    change_passphrase,
    change_passphrases,
    make_passphrase,
    passphrases_of,
)
from inventory.rooms import NewRoom, add_room
from inventory.tables import WifiAuth
from inventory.wifi_networks import list_networks
from tests.inventory.city import NOON, act, later, look, refused_fields, rows, venue

PHRASE = "kamo-sube-tani-4738"
DAY = date(2026, 11, 24)


def point(database: Database, at: str = "ohgo", **fields: Any) -> AccessPointCard:
    order = {"ssid": "Maebashi-Free-WiFi", "area": "1階ロビー", "auth": "passphrase", **fields}
    return act(database, add_access_point, AddAccessPoint.model_validate(order), venue=at, keys=database.keys)


def change(database: Database, card: AccessPointCard, revision: int | None = None, **fields: Any) -> AccessPointCard:
    return act(
        database,
        change_access_point,
        AccessPointChange.model_validate(fields),
        venue=card.venue,
        access_point=card.id,
        revision=revision or card.revision,
    )


def remove(database: Database, card: AccessPointCard, on: date = DAY, reason: str | None = None) -> AccessPointCard:
    order = RemoveAccessPoint(on=on, reason=reason)
    return act(database, remove_access_point, order, venue=card.venue, access_point=card.id)


def phrase(database: Database, card: AccessPointCard, keys: Keys | None = None) -> Opened:
    return look(database, passphrases_of, keys or database.keys, [card.id])[card.id]


def test_an_access_point_is_kept_with_its_passphrase_sealed(database: Database) -> None:
    venue(database)
    card = point(
        database, passphrase=PHRASE, passphrase_until=date(2027, 4, 1), band="2.4GHz／5GHz", disaster_ssid=True
    )
    assert (card.venue, card.ssid, card.auth, card.area) == ("ohgo", "Maebashi-Free-WiFi", "passphrase", "1階ロビー")
    assert (card.has_passphrase, card.passphrase_until, card.disaster_ssid) == (True, date(2027, 4, 1), True)
    assert (card.installed_on, card.removed_on, card.device, card.room) == (DAY, None, None, None)
    (row,) = rows(database, "access_point")
    assert PHRASE.encode() not in row.passphrase
    assert phrase(database, card).passphrase == PHRASE
    last = rows(database, "entry")[-1]
    assert (row.entry, last.act) == (last.seq, "add_access_point")
    assert last.data["notes"] == [["add_access_point", {"venue": "ohgo", "access_point": card.id, "passphrase": True}]]
    order = AddAccessPoint(ssid="a", auth=WifiAuth.PASSPHRASE, passphrase=SecretStr(PHRASE))
    assert (PHRASE in repr(order), PHRASE in str(order.model_dump())) == (False, False)
    assert PHRASE not in repr(phrase(database, card))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ssid", ""),
        ("ssid", "  "),
        ("ssid", "a" * 33),
        ("ssid", "あ" * 11),
        ("ssid", "a\nb"),
        ("passphrase", "short77"),
        ("passphrase", "a" * 64),
        ("passphrase", "ぱすわーどです"),
        ("passphrase", "tab\tinside"),
        ("passphrase", " blank-first"),
        ("passphrase", "blank-last "),
        ("auth", "wep"),
        ("band", "5" * 41),
    ],
)
def test_what_no_network_can_be_called_is_refused(field: str, value: str) -> None:
    order = {"ssid": "a" * 32, "auth": "passphrase", "passphrase": "x" * 63} | {field: value}
    with pytest.raises(ValidationError) as refusal:
        AddAccessPoint.model_validate(order)
    assert [error["loc"] for error in refusal.value.errors()] == [(field,)]


def test_the_longest_names_and_passphrases_fit(database: Database) -> None:
    venue(database)
    card = point(database, ssid="あ" * 10 + "ab", passphrase="~" * 63)
    assert (card.ssid, phrase(database, card).passphrase) == ("あ" * 10 + "ab", "~" * 63)


@pytest.mark.parametrize("auth", ["open", "portal"])
def test_only_a_network_with_a_passphrase_has_one(database: Database, auth: str) -> None:
    venue(database)
    for fields in ({"passphrase": PHRASE}, {"passphrase_until": date(2027, 4, 1)}):
        with pytest.raises(Invalid) as refusal:
            point(database, auth=auth, **fields)
        assert refused_fields(refusal) == ["passphrase"]
    assert rows(database, "access_point") == []


def test_a_room_and_the_days_have_to_fit(database: Database) -> None:
    venue(database)
    venue(database, "shiki")
    other = act(database, add_room, NewRoom(name="研修室"), venue="shiki")
    with pytest.raises(Invalid) as refusal:
        point(database, room=other.id)
    assert refused_fields(refusal) == ["room"]
    with pytest.raises(Invalid) as refusal:
        point(database, installed_on=DAY + timedelta(days=1))
    assert refused_fields(refusal) == ["installed_on"]
    with pytest.raises(Invalid) as refusal:
        point(database, passphrase_until=DAY - timedelta(days=1))
    assert refused_fields(refusal) == ["passphrase_until"]
    with pytest.raises(NotFound):
        point(database, at="nowhere")
    own = act(database, add_room, NewRoom(name="大会議室"), venue="ohgo")
    card = point(database, room=own.id, installed_on=date(2022, 6, 1))
    assert card.room is not None
    assert (card.room.name, card.installed_on) == ("大会議室", date(2022, 6, 1))


def test_a_change_leaves_what_it_does_not_name(database: Database) -> None:
    venue(database)
    card = point(database, passphrase=PHRASE, band="5GHz", note="天井裏")
    changed = change(database, card, area="2階ホール", band=None)
    assert (changed.area, changed.band, changed.note, changed.has_passphrase) == ("2階ホール", None, "天井裏", True)
    assert changed.revision == card.revision + 1
    with pytest.raises(Stale):
        change(database, card, area="1階")
    with pytest.raises(NotFound):
        act(
            database,
            change_access_point,
            AccessPointChange(area="x"),
            venue="nowhere",
            access_point=card.id,
            revision=2,
        )


def test_another_way_in_forgets_the_passphrase(database: Database) -> None:
    venue(database)
    card = point(database, passphrase=PHRASE, passphrase_until=date(2027, 4, 1))
    changed = change(database, card, auth="portal")
    assert (changed.auth, changed.has_passphrase, changed.passphrase_until) == ("portal", False, None)
    assert rows(database, "access_point")[0].passphrase is None
    with pytest.raises(Invalid):
        act(
            database,
            change_passphrase,
            NewPassphrase.model_validate({"passphrase": PHRASE}),
            venue="ohgo",
            access_point=card.id,
            keys=database.keys,
        )


def test_what_was_taken_down_stays_and_has_no_passphrase(database: Database) -> None:
    venue(database)
    card = point(database, passphrase=PHRASE, installed_on=date(2022, 6, 1), note="天井裏")
    with pytest.raises(Invalid) as refusal:
        remove(database, card, on=date(2022, 5, 31))
    assert refused_fields(refusal) == ["on"]
    with pytest.raises(Invalid) as refusal:
        remove(database, card, on=DAY + timedelta(days=1))
    assert refused_fields(refusal) == ["on"]
    gone = remove(database, card, reason="館の改修")
    assert (gone.removed_on, gone.has_passphrase, gone.note) == (DAY, False, "天井裏\n外したわけ：館の改修")
    (row,) = rows(database, "access_point")
    assert row.removed_entry == rows(database, "entry")[-1].seq
    with pytest.raises(Invalid):
        remove(database, gone)
    with pytest.raises(Invalid):
        change(database, gone, area="x")
    assert look(database, access_points_of, "ohgo").items == [gone]
    with pytest.raises(NotFound):
        look(database, access_points_of, "nowhere")


def test_the_list_knows_what_stood_on_a_day(database: Database) -> None:
    for code in ("b", "a"):
        venue(database, code)
    old = point(database, "b", ssid="old", installed_on=date(2022, 6, 1))
    new = point(database, "b", ssid="new", installed_on=date(2024, 6, 1))
    first = point(database, "a", ssid="first", installed_on=date(2025, 6, 1))
    remove(database, old, on=date(2024, 6, 1))
    assert [card.ssid for card in look(database, list_access_points)] == ["first", "old", "new"]
    assert [card.id for card in look(database, list_access_points, ["b"])] == [old.id, new.id]

    def stood(day: date) -> list[str]:
        return [card.ssid for card in look(database, list_access_points, None, day)]

    assert stood(date(2022, 5, 31)) == []
    assert (stood(date(2022, 6, 1)), stood(date(2024, 5, 31))) == (["old"], ["old"])
    assert stood(date(2024, 6, 1)) == ["new"]
    assert stood(DAY) == ["first", "new"]
    assert look(database, access_point_card, first.id, "a") == first
    with pytest.raises(NotFound):
        look(database, access_point_card, first.id, "b")


def test_many_passphrases_change_in_one_act_or_none(database: Database) -> None:
    venue(database)
    cards = [point(database, ssid=name, passphrase=PHRASE) for name in ("one", "two")]
    bare = point(database, ssid="open", auth="open")
    acts = len(rows(database, "entry"))

    def order(*ids: str, until: date | None = date(2027, 4, 1)) -> NewPassphrases:
        changes = [{"access_point": one, "passphrase": f"fresh-phrase-{one}"} for one in ids]
        return NewPassphrases.model_validate({"changes": changes, "until": until})

    for refused, error in (
        (order(cards[0].id, bare.id), Invalid),
        (order(cards[0].id, "999"), NotFound),
        (order(cards[0].id, cards[0].id), Invalid),
        (order(cards[0].id, until=date(2026, 11, 23)), Invalid),
    ):
        with pytest.raises(error):
            act(database, change_passphrases, refused, keys=database.keys)
    assert [phrase(database, card).passphrase for card in cards] == [PHRASE, PHRASE]
    done = act(database, change_passphrases, order(*(card.id for card in cards)), keys=database.keys)
    assert done.access_points == [card.id for card in cards]
    assert [phrase(database, card).passphrase for card in cards] == [f"fresh-phrase-{card.id}" for card in cards]
    assert {row.passphrase_until for row in rows(database, "access_point")[:2]} == {date(2027, 4, 1)}
    last = rows(database, "entry")[-1]
    assert (last.seq, last.act) == (acts + 1, "change_passphrase")
    assert "fresh" not in str(last.data)


def test_another_key_opens_nothing_and_does_not_break(database: Database) -> None:
    venue(database)
    card = point(database, passphrase=PHRASE)
    assert phrase(database, card, Keys(b"x" * 32)) == Opened(None, opened=False)
    bare = point(database, ssid="bare")
    assert phrase(database, bare, Keys(b"x" * 32)) == Opened(None, opened=True)


def test_access_points_of_one_name_are_one_network(database: Database) -> None:
    venue(database)
    venue(database, "shiki", kind="community_center")
    one = point(database, area="1階", passphrase=PHRASE, passphrase_until=date(2027, 4, 1))
    two = point(database, area="2階", passphrase_until=date(2027, 3, 1), disaster_ssid=True)
    staff = point(database, ssid="staff", auth="portal")
    gone = point(database, ssid="gone", auth="open")
    remove(database, gone)
    there = point(database, "shiki", auth="open")
    found = look(database, list_networks, now=NOON)
    assert [(net.venue, net.ssid, net.points) for net in found] == [
        ("ohgo", "Maebashi-Free-WiFi", [one.id, two.id]),
        ("ohgo", "staff", [staff.id]),
        ("shiki", "Maebashi-Free-WiFi", [there.id]),
    ]
    first = found[0]
    assert (first.until, first.disaster, first.areas, first.without) == (
        date(2027, 3, 1),
        True,
        ["1階", "2階"],
        [two.id],
    )
    assert [net.venue for net in look(database, list_networks, now=NOON, kind="community_center")] == ["shiki"]
    assert [net.venue for net in look(database, list_networks, now=later(days=1), venues=["ohgo"])] == ["ohgo", "ohgo"]
    with pytest.raises(NotFound):
        look(database, list_networks, now=NOON, programme="nowhere")


def test_made_passphrases_can_be_read_out_and_are_never_the_same() -> None:
    made = {make_passphrase() for _ in range(300)}
    assert len(made) == 300
    assert all(re.fullmatch(r"([a-z]{4}-){3}[2-9]{4}", one) and not set(one) & set("l01") for one in made)
    for one in made:
        NewPassphrase.model_validate({"passphrase": one})
