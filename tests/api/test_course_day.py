"""The day of a course over JSON: seats, how many came, and a desk that says it holds the pack."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from inventory.database import Database
from tests.api.conftest import op, rows_of
from tests.api.furnishing import course, stock, venue

STARTS, ENDS = "2026-11-24T10:00:00+09:00", "2026-11-24T12:00:00+09:00"
AFTER = datetime(2026, 11, 24, 4, tzinfo=UTC)
PACK = {"desk": "大胡1番", "on": "2026-11-24", "made_at": "2026-11-23T01:00:00Z", "expires_at": "2026-11-24T21:00:00Z"}


@pytest.fixture
def day(admin: TestClient) -> str:
    stock(admin, 3)
    return course(admin, venue(admin), STARTS, ENDS)


def scan(desk: TestClient, day: str, *seats: tuple[str, str]) -> None:
    items = [
        {
            "op_id": f"seat-{at}-{code}",
            "seq": at,
            "act": "lend",
            "code": code,
            "target": {"course": day},
            "batch": "morning",
            "seat": seat,
            "occurred_at": "2026-11-24T09:50:00+09:00",
            "clock_offset_ms": 0,
        }
        for at, (code, seat) in enumerate(seats, 1)
    ]
    answer = desk.post("/api/scans", json={"desk": "大胡1番", "items": items})
    assert {one["outcome"] for one in answer.json()["results"]} == {"applied"}


def test_seats_are_told_by_number_and_by_nothing_else(
    desk: TestClient, viewer: TestClient, day: str, at: Callable[[datetime], None]
) -> None:
    at(AFTER)
    scan(desk, day, ("MB-T-0002", "2"), ("MB-T-0001", "1"))
    told: dict[str, Any] = viewer.get(f"/api/courses/{day}/seats").json()
    assert [(one["seat"], one["call_number"], one["returned_at"]) for one in told["items"]] == [
        ("1", 1, None),
        ("2", 2, None),
    ]
    assert set(told["items"][0]) == {
        "seat",
        "asset_number",
        "call_number",
        "kind",
        "loan",
        "lent_at",
        "returned_at",
        "doubled",
    }
    assert viewer.get("/api/courses/99/seats").status_code == 404


def test_a_case_gives_each_of_its_devices_a_seat(
    admin: TestClient, desk: TestClient, day: str, at: Callable[[datetime], None]
) -> None:
    at(AFTER)
    assert admin.post("/api/cases", json={"code": "BOX-A", "name": "箱A"}, headers=op()).status_code == 201
    filled = admin.put("/api/cases/BOX-A/members", json={"devices": ["MB-T-0003", "MB-T-0001"]}, headers=op())
    assert filled.status_code == 200, filled.text
    scan(desk, day, ("BOX-A", "4"), ("MB-T-0002", "6"))
    told = desk.get(f"/api/courses/{day}/seats").json()["items"]
    assert [(one["seat"], one["call_number"]) for one in told] == [("4", 1), ("5", 3), ("6", 2)]


def test_a_count_is_sent_once_and_mended_by_another(
    desk: TestClient, day: str, at: Callable[[datetime], None], database: Database
) -> None:
    door = f"/api/courses/{day}/participants"
    at(datetime(2026, 11, 24, 0, 59, tzinfo=UTC))
    assert desk.post(door, json={"participants": 12}).status_code == 422
    at(datetime(2026, 11, 24, 1, tzinfo=UTC))
    key, order = op(), {"participants": 12, "participants_distinct": 11, "approx": True}
    first = desk.post(door, json=order, headers=key)
    assert first.status_code == 200
    card = first.json()
    assert (card["state"], card["participants"], card["participants_distinct"], card["approx"]) == (
        "held",
        12,
        11,
        True,
    )
    before = rows_of(database)["entry"]
    assert desk.post(door, json=order, headers=key).headers["idempotent-replayed"] == "true"
    assert rows_of(database)["entry"] == before
    assert desk.post(door, json={"participants": 13}).json()["participants_distinct"] is None
    refused = desk.post(door, json={"participants": 3, "participants_distinct": 4})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    assert desk.post("/api/courses/99/participants", json={"participants": 3}).status_code == 404


def test_a_desk_says_that_it_holds_a_pack_and_asking_for_one_says_nothing(
    desk: TestClient, day: str, database: Database
) -> None:
    before = rows_of(database)
    assert desk.get("/api/desk/pack", params={"venue": "ohgo", "on": "2026-11-24"}).status_code == 200
    assert rows_of(database) == before
    first = desk.post("/api/desk/packs", json=PACK | {"venue": "ohgo"}).json()
    assert (first["desk"], first["venue"], first["on_day"]) == ("大胡1番", "ohgo", "2026-11-24")
    again = desk.post("/api/desk/packs", json=PACK | {"venue": "ohgo", "made_at": "2026-11-23T02:00:00Z"})
    assert again.json()["id"] == first["id"]
    assert rows_of(database)["pack_held"] == 1
    assert desk.post("/api/desk/packs", json=PACK | {"venue": "nowhere"}).status_code == 422
    key = op()
    said = [desk.post("/api/desk/packs", json=PACK, headers=key).json()["id"] for _ in range(2)]
    assert said[0] == said[1] != first["id"]
