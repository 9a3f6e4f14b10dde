"""What is published of access points: which of them, what stands in each cell, and what a layout lacks."""

from datetime import date

import pytest

from inventory.access_points import RemoveAccessPoint, remove_access_point
from inventory.database import Database, reading
from inventory.open_data import (
    DATASET,
    PublishedRow,
    Publisher,
    conditions,
    missing_cells,
    point_of,
    published_id,
    published_rows,
    read_conditions,
)
from inventory.open_data_layouts import layout
from inventory.tables import WifiAuth, WifiStage
from tests.inventory.city import NOON, act
from tests.inventory.halls import OHGO, PUBLISHER, hall, point, stand

TODAY = date(2026, 11, 24)


def published(database: Database, on: date = TODAY, publisher: Publisher = PUBLISHER) -> list[PublishedRow]:
    with reading(database) as session:
        return published_rows(session, on=on, publisher=publisher)


def test_only_what_is_in_place_at_a_hall_in_service_is_published(database: Database) -> None:
    for code in ("K01", "K02", "K03", "K04"):
        hall(database, code)
    kept = point(database, "K01")
    gone = point(database, "K01", ssid="Old", area="事務室")
    point(database, "K01", ssid="New", installed_on=TODAY)
    act(database, remove_access_point, RemoveAccessPoint(on=date(2026, 10, 1)), venue="K01", access_point=gone)
    stand(database, "K01")
    point(database, "K02")
    stand(database, "K02", WifiStage.ACTIVATION)
    point(database, "K03")
    stand(database, "K03")
    stand(database, "K03", WifiStage.ON_HOLD, date(2026, 11, 1))
    stand(database, "K04")
    assert [(row.venue, row.cells["ssid"]) for row in published(database)] == [
        ("K01", "Maebashi-Free-WiFi"),
        ("K01", "New"),
    ]
    # On the day on which one is taken down it is not there any more.
    assert "Old" not in [row.cells["ssid"] for row in published(database, date(2026, 10, 1))]
    september = published(database, date(2026, 9, 30))
    assert [(row.venue, row.cells["ssid"]) for row in september] == [
        ("K01", "Maebashi-Free-WiFi"),
        ("K01", "Old"),
        ("K03", "Maebashi-Free-WiFi"),
    ]
    assert september[0].cells["id"] == f"K01-{int(kept):04d}"


def test_a_row_is_made_of_the_venue_the_access_point_and_the_city(database: Database) -> None:
    hall(database, "K05", **OHGO)
    number = point(
        database, "K05", auth=WifiAuth.PASSPHRASE, disaster_ssid=True, note="鍵は事務室の金井さん", area="和室 〜 廊下"
    )
    stand(database, "K05")
    (row,) = published(database)
    assert "金井" not in "".join(map(str, row.cells.values()))
    assert row.cells == {
        "code": "102016",
        "corporate_number": "",
        "id": f"K05-{int(number):04d}",
        "municipality": "群馬県前橋市",
        "prefecture_name": "群馬県",
        "city_name": "前橋市",
        "name": "大胡公民館",
        "name_kana": "オオゴコウミンカン",
        "name_english": "Ohgo Kominkan",
        "place_code": "102016",
        "town_id": "",
        "address": "群馬県前橋市大胡町15番地",
        "prefecture": "群馬県",
        "city": "前橋市",
        "town": "大胡町",
        "street": "15番地",
        "building": "",
        "latitude": 36.4231854,
        "longitude": 139.16382,
        "owner": "前橋市",
        "phone": "027-283-0011",
        "extension": "21",
        "email": "",
        "form_url": "",
        "contact_note": "",
        "postal_code": "3710223",
        "ssid": "Maebashi-Free-WiFi",
        "area": "和室 〜 廊下",
        "url": "https://www.example.lg.jp/ohgo",
        "note": "パスワード。災害時は00000JAPANを開放",
    }
    for code in ("ods", "suishou"):
        assert {column.key for column in layout(DATASET, code).columns} <= row.cells.keys()


@pytest.mark.parametrize(
    ("address", "whole", "code"),
    [
        ("大胡町15番地", "群馬県前橋市大胡町15番地", "102016"),
        ("前橋市大胡町15番地", "群馬県前橋市大胡町15番地", "102016"),
        ("群馬県前橋市大胡町15番地", "群馬県前橋市大胡町15番地", "102016"),
        ("群馬県高崎市高松町35", "群馬県高崎市高松町35", ""),
        ("高崎市高松町35", "群馬県高崎市高松町35", ""),
        (None, "", ""),
    ],
)
def test_an_address_begins_with_the_prefecture(database: Database, address: str | None, whole: str, code: str) -> None:
    hall(database, "K01", address=address)
    point(database, "K01")
    stand(database, "K01")
    (row,) = published(database)
    assert (row.cells["address"], row.cells["place_code"]) == (whole, code)


def test_what_a_layout_wants_and_a_row_lacks_is_told_by_row(database: Database) -> None:
    hall(database, "K01", **OHGO)
    hall(database, "K02", name_kana=None, address=None)
    for code in ("K01", "K02"):
        point(database, code)
        stand(database, code)
    rows = published(database)
    new = missing_cells(rows, layout(DATASET, "ods"))
    assert {(cell.row, cell.venue, cell.column) for cell in new if cell.required == "required"} == {
        (2, "K02", "所在地_連結表記")
    }
    assert {cell.key for cell in new if cell.required == "recommended"} == {
        "name_kana", "name_english", "place_code", "prefecture", "city", "town", "street", "latitude", "longitude",
    }  # fmt: skip
    old = missing_cells(rows, layout(DATASET, "suishou"))
    assert [(cell.row, cell.key, cell.required) for cell in old] == [
        (2, "name_kana", "required"),
        (2, "address", "required"),
    ]


@pytest.mark.parametrize("auth", list(WifiAuth))
@pytest.mark.parametrize("disaster", [False, True])
def test_conditions_are_read_back(auth: WifiAuth, disaster: bool) -> None:
    assert read_conditions(conditions(auth, disaster=disaster)) == (auth, disaster, "")


def test_conditions_of_other_cities_are_read_as_far_as_they_go() -> None:
    assert read_conditions("1回60分、メール登録が必要") == (WifiAuth.PORTAL, False, "1回60分、メール登録が必要")
    assert read_conditions("パスワードなし") == (WifiAuth.OPEN, False, "パスワードなし")
    assert read_conditions("1日4回まで") == (None, False, "1日4回まで")


def test_an_id_names_the_venue_and_the_row() -> None:
    assert point_of(published_id("K-01", 12)) == ("K-01", 12)
    assert [point_of(text) for text in ("0000000012", "K01", "K01-x", "", "K01-12")] == [None] * 5


def test_a_code_of_no_municipality_names_no_prefecture() -> None:
    assert Publisher("100005", "群馬県").name == "群馬県"
    assert NOON.date() == TODAY
