"""Venues over JSON."""

from typing import Any

from fastapi.testclient import TestClient

from inventory.database import Database
from tests.api.conftest import head_of
from tests.api.furnishing import made, venue


def test_a_venue_is_kept_changed_and_found(admin: TestClient) -> None:
    venue(admin)
    fields = {"address": "前橋市堀越町1115", "latitude": 36.42, "longitude": 139.16, "phone": "027-283-1111"}
    changed = admin.patch("/api/venues/ohgo", json=fields | {"kind": None}, headers={"If-Match": '"1"'}).json()
    assert changed == admin.get("/api/venues/ohgo").json()
    assert (changed["kind"], changed["latitude"], changed["phone"]) == ("kominkan", 36.42, "027-283-1111")
    made(admin, "/api/venues", {"code": "lib-1", "kind": "library", "name": "市立図書館", "name_kana": "シリツ"})

    def found(**query: str) -> list[str]:
        return [card["code"] for card in admin.get("/api/venues", params=query).json()["items"]]

    assert found() == ["ohgo", "lib-1"]
    assert found(kind="library") == found(q="図書") == ["lib-1"]
    assert found(q="堀越") == found(q="おおご") == ["ohgo"]


def test_what_no_venue_can_be(admin: TestClient, database: Database) -> None:
    venue(admin)
    before = head_of(database)
    fresh = {"code": "jonan", "kind": "kominkan", "name": "城南公民館"}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"code": "ohgo"}, "code"),
        ({"code": "城南"}, "code"),
        ({"kind": "castle"}, "kind"),
        ({"latitude": 47.0}, "latitude"),
        ({"longitude": 0}, "longitude"),
        ({"phone": "110-"}, "phone"),
        ({"name": ""}, "name"),
    ]
    for fields, field in wrong:
        answer = admin.post("/api/venues", json=fresh | fields)
        assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field]), fields
    assert admin.get("/api/venues/jonan").status_code == 404
    assert head_of(database) == before
