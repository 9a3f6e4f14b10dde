"""Halls with wifi for the tests of what is published: made by the verbs that staff would use."""

from datetime import date
from typing import Any

from inventory.access_points import AddAccessPoint, add_access_point
from inventory.database import Database
from inventory.open_data import Publisher
from inventory.tables import VenueKind, WifiAuth, WifiStage
from inventory.venues import NewVenue, create_venue
from inventory.wifi_steps import RecordStep, record_step
from tests.inventory.city import act

PUBLISHER = Publisher("102016", "前橋市")
OHGO: dict[str, Any] = {
    "name": "大胡公民館",
    "name_kana": "オオゴコウミンカン",
    "name_english": "Ohgo Kominkan",
    "postal_code": "3710223",
    "address": "群馬県前橋市大胡町15番地",
    "prefecture": "群馬県",
    "city": "前橋市",
    "town": "大胡町",
    "street": "15番地",
    "latitude": 36.4231854,
    "longitude": 139.16382,
    "phone": "027-283-0011",
    "extension": "21",
    "url": "https://www.example.lg.jp/ohgo",
}


def hall(database: Database, code: str, **fields: Any) -> str:
    order = {"code": code, "kind": VenueKind.KOMINKAN, "name": f"{code}公民館"} | fields
    return act(database, create_venue, NewVenue.model_validate(order)).code


def stand(database: Database, venue: str, stage: WifiStage = WifiStage.IN_SERVICE, on: date = date(2026, 4, 1)) -> None:
    order = RecordStep(stage=stage, on=on, reason="まとめて入力")
    act(database, record_step, order, venue=venue)


def point(database: Database, venue: str, ssid: str = "Maebashi-Free-WiFi", **fields: Any) -> str:
    order = {"ssid": ssid, "auth": WifiAuth.OPEN, "area": "ロビー", "installed_on": date(2026, 4, 1)} | fields
    asked = AddAccessPoint.model_validate(order)
    return act(database, add_access_point, asked, venue=venue, keys=database.keys).id
