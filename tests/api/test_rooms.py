"""Rooms of venues, over JSON."""

from fastapi.testclient import TestClient

from tests.api.conftest import op
from tests.api.furnishing import made, venue

ROOM = {"name": "第1会議室", "capacity": 40}


def test_rooms_are_added_changed_and_given_up(admin: TestClient, viewer: TestClient) -> None:
    code = venue(admin)
    door = f"/api/venues/{code}/rooms"
    key = op()
    first, again = (admin.post(door, json=ROOM, headers=key) for _ in range(2))
    assert (first.status_code, first.headers["ETag"]) == (201, '"1"')
    assert again.json() == first.json() and again.headers["Idempotent-Replayed"] == "true"
    one = f"{door}/{first.json()['id']}"
    assert viewer.get(one).json() == first.json() and viewer.get(one).headers["ETag"] == '"1"'
    assert admin.patch(one, json={"capacity": 30}).status_code == 428
    changed = admin.patch(one, json={"capacity": 30}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["capacity"], changed.headers["ETag"]) == (200, 30, '"2"')
    assert admin.patch(one, json={"capacity": 20}, headers={"If-Match": '"1"'}).status_code == 412
    made(admin, door, {"name": "ロビー"})
    assert [room["name"] for room in viewer.get(door).json()["items"]] == ["第1会議室", "ロビー"]
    assert admin.post(f"{one}/retire").status_code == 428
    gone = admin.post(f"{one}/retire", headers={"If-Match": '"2"'})
    assert gone.status_code == 200 and gone.json()["retired_at"]
    assert [room["name"] for room in viewer.get(door).json()["items"]] == ["ロビー"]
    assert len(viewer.get(door, params={"retired": "true"}).json()["items"]) == 2


def test_what_no_room_can_be(admin: TestClient) -> None:
    code = venue(admin)
    door = f"/api/venues/{code}/rooms"
    made(admin, door, dict(ROOM))
    for order, field in ((ROOM, "name"), ({"name": " "}, "name"), ({"name": "ロビー", "capacity": 0}, "capacity")):
        answer = admin.post(door, json=order)
        assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field])
    for path in ("/api/venues/nowhere/rooms", f"{door}/0", f"{door}/x"):
        assert admin.get(path).status_code == 404
    assert admin.post("/api/venues/nowhere/rooms", json=ROOM).status_code == 404
