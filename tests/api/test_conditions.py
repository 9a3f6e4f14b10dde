"""ETag and If-Match (RFC 9110 sections 8.8.3 and 13.1.1): nobody overwrites what they have not seen."""

from typing import Any

from fastapi.testclient import TestClient

from inventory.database import Database
from tests.api.conftest import head_of, op
from tests.api.furnishing import POOL, association, lend, made, stock, venue


def things(admin: TestClient) -> list[tuple[str, dict[str, Any]]]:
    """One of each thing that can be changed, and a change of it."""
    stock(admin, 1)
    order = {"username": "kimura", "name": "木村", "roles": ["viewer"], "password": "山と川とそば粉と水"}
    return [
        ("/api/devices/MB-T-0001", {"place": "書庫"}),
        (f"/api/pools/{POOL['id']}", {"default_days": 14}),
        (f"/api/venues/{venue(admin)}", {"address": "堀越町1115"}),
        (f"/api/associations/{association(admin)}", {"name": "堀越自治会"}),
        (f"/api/staff/{made(admin, '/api/staff', order)['id']}", {"section": "情報政策課"}),
    ]


def test_a_change_must_name_the_version_it_changes(admin: TestClient, database: Database) -> None:
    for path, change in things(admin):
        seen = admin.get(path).headers["etag"]
        assert seen == '"1"'
        before = head_of(database)
        nameless = admin.patch(path, json=change)
        assert (nameless.status_code, nameless.json()["code"]) == (428, "missing-if-match"), path
        for other in ('W/"1"', '"2"', "1", "*", '"1", "2"', '""', '"-1"', '"01"', '"1', f'"{"9" * 30}"'):
            stale = admin.patch(path, json=change, headers={"If-Match": other})
            assert (stale.status_code, stale.json()["code"]) == (412, "stale"), (path, other)
        assert head_of(database) == before
        changed = admin.patch(path, json=change, headers={"If-Match": seen})
        assert (changed.status_code, changed.headers["etag"], changed.json()["revision"]) == (200, '"2"', 2)
        assert admin.get(path).headers["etag"] == '"2"'
        late = admin.patch(path, json=change, headers={"If-Match": seen})
        assert (late.status_code, late.json()["code"]) == (412, "stale")


def test_lending_returning_and_holds_leave_the_version(admin: TestClient) -> None:
    stock(admin, 1)
    seen = admin.get("/api/devices/MB-T-0001").headers["etag"]
    lend(admin, "MB-T-0001")
    admin.post("/api/returns", json={"devices": ["MB-T-0001"]}, headers=op())
    made(admin, "/api/devices/MB-T-0001/holds", {"reason": "repair"})
    admin.post("/api/devices/MB-T-0001/tag")
    assert admin.get("/api/devices/MB-T-0001").headers["etag"] == seen
    assert admin.patch("/api/devices/MB-T-0001", json={"note": "箱なし"}, headers={"If-Match": seen}).status_code == 200


def test_what_is_not_there_is_not_found_with_any_version(admin: TestClient) -> None:
    for path in ("/api/devices/X", "/api/pools/x", "/api/venues/x", "/api/associations/9", "/api/staff/9999"):
        answer = admin.patch(path, json={}, headers={"If-Match": '"1"'})
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
