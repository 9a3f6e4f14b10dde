"""Pools over JSON."""

from typing import Any

from fastapi.testclient import TestClient

from inventory.database import Database
from tests.api.conftest import head_of
from tests.api.furnishing import POOL, made


def test_all_but_id_name_and_kind_is_optional(admin: TestClient) -> None:
    made(admin, "/api/pools", {"id": "routers", "name": "モバイルルーター", "kind": "router"})
    card = admin.get("/api/pools/routers").json()
    assert card == {
        "id": "routers",
        "name": "モバイルルーター",
        "kind": "router",
        "after_course": "none",
        "after_term": "none",
        "handover": "check",
        "agreement_required": False,
        "accessories": [],
        "preparation_minutes": 0,
        "default_days": None,
        "one_per_borrower": False,
        "lend_word": "貸出",
        "return_word": "返却",
        "remind_before_days": None,
        "remind_every_days": None,
        "revision": 1,
    }
    made(admin, "/api/pools", POOL)
    assert [pool["id"] for pool in admin.get("/api/pools").json()["items"]] == [POOL["id"], "routers"]


def test_a_change_leaves_what_it_does_not_name(admin: TestClient) -> None:
    made(admin, "/api/pools", POOL | {"default_days": 14, "accessories": [{"name": "充電器", "count": 2}]})
    changed = admin.patch("/api/pools/head-tablets", json={"default_days": None}, headers={"If-Match": '"1"'}).json()
    assert (changed["default_days"], changed["revision"]) == (None, 2)
    assert (changed["accessories"], changed["after_term"]) == ([{"name": "充電器", "count": 2}], "wipe")


def test_what_no_pool_can_be(admin: TestClient, database: Database) -> None:
    made(admin, "/api/pools", POOL)
    before = head_of(database)
    fresh = POOL | {"id": "phones"}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"id": POOL["id"]}, "id"),
        ({"id": "Course Phones"}, "id"),
        ({"id": "a" * 41}, "id"),
        ({"kind": "drone"}, "kind"),
        ({"name": ""}, "name"),
        ({"default_days": -1}, "default_days"),
        ({"preparation_minutes": 10081}, "preparation_minutes"),
        ({"accessories": [{"name": "充電器"}, {"name": "充電器"}]}, ""),
        ({"accessories": [{"name": "充電器", "count": 0}]}, "accessories.0.count"),
        ({"agreement_required": "maybe"}, "agreement_required"),
    ]
    for fields, field in wrong:
        answer = admin.post("/api/pools", json=fresh | fields)
        assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field]), fields
    assert admin.get("/api/pools/phones").status_code == 404
    assert head_of(database) == before
