"""Programmes and courses over JSON."""

from datetime import datetime
from typing import Any

from fastapi.testclient import TestClient

from inventory.database import Database
from tests.api.conftest import head_of
from tests.api.furnishing import course, made, venue

YEAR: dict[str, Any] = {"code": "R8-01", "fiscal_year": 2026, "name": "スマホ講座"}


def test_a_programme_keeps_what_the_city_reported(desk: TestClient) -> None:
    order = YEAR | {"audience": "phone", "planned_courses": 50, "reported_participants": 700, "approx": True}
    card = made(desk, "/api/programmes", order)
    assert {name: card[name] for name in order} == order
    made(desk, "/api/programmes", YEAR | {"fiscal_year": 2025})
    assert [row["fiscal_year"] for row in desk.get("/api/programmes").json()["items"]] == [2026, 2025]
    assert [row["id"] for row in desk.get("/api/programmes?fiscal_year=2026").json()["items"]] == [card["id"]]


def test_courses_stand_in_the_order_they_begin_and_are_found_by_day_venue_and_word(
    desk: TestClient, admin: TestClient
) -> None:
    hall = venue(admin)
    late = course(desk, hall, "2026-11-26T23:00:00+09:00", "2026-11-27T00:30:00+09:00")
    early = course(desk, hall, "2026-11-24T10:00:00+09:00", "2026-11-24T12:00:00+09:00")

    def found(**query: Any) -> list[str]:
        return [card["id"] for card in desk.get("/api/courses", params=query).json()["items"]]

    assert found() == found(venue=hall) == found(q="大胡") == found(q="すまほ入門") == [early, late]
    assert found(since="2026-11-25") == found(since="2026-11-27") == [late]
    assert found(until="2026-11-24") == [early]
    assert found(since="2026-11-28") == found(until="2026-11-23") == found(programme="9") == []
    card = desk.get(f"/api/courses/{early}").json()
    assert (card["venue"], card["venue_name"], card["state"]) == (hall, "大胡公民館", "planned")
    assert datetime.fromisoformat(card["starts_at"]) == datetime.fromisoformat("2026-11-24T10:00:00+09:00")
    first = desk.get("/api/courses?limit=1").json()
    second = desk.get("/api/courses", params={"limit": 1, "cursor": first["next"]}).json()
    assert [first["items"][0]["id"], second["items"][0]["id"], second["next"]] == [early, late, None]


def test_what_is_wrong_is_named_by_its_field(desk: TestClient, database: Database) -> None:
    programme = made(desk, "/api/programmes", YEAR)["id"]
    lesson: dict[str, Any] = {
        "programme": programme,
        "title": "入門",
        "starts_at": "2026-11-24T10:00:00+09:00",
        "ends_at": "2026-11-24T12:00:00+09:00",
    }
    before = head_of(database)
    for path, order, field in (
        ("/api/programmes", YEAR, "code"),
        ("/api/programmes", YEAR | {"code": "B", "reported_participants": 5, "reported_distinct": 6}, ""),
        ("/api/programmes", YEAR | {"code": "B", "fiscal_year": 1988}, "fiscal_year"),
        ("/api/courses", lesson | {"programme": "9999"}, "programme"),
        ("/api/courses", lesson | {"venue": "nowhere"}, "venue"),
        ("/api/courses", lesson | {"ends_at": lesson["starts_at"]}, ""),
        ("/api/courses", lesson | {"level": 6}, "level"),
        ("/api/courses", lesson | {"starts_at": "2026-11-24T10:00:00"}, "starts_at"),
    ):
        answer = desk.post(path, json=order)
        assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field]), order
    assert desk.get("/api/courses/9999").status_code == 404
    assert head_of(database) == before
