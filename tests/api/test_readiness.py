"""The readiness of a course over JSON, as the contract has it, and the list of 30 days as a file."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from fastapi.testclient import TestClient

from inventory.calendar import TOKYO
from tests.api.conftest import op
from tests.api.furnishing import course, made, venue

NOON = datetime(2026, 11, 24, 12, tzinfo=TOKYO)
FROM, UNTIL = "2026-11-26T10:00:00+09:00", "2026-11-26T11:30:00+09:00"
SignIn = Callable[[str], TestClient]
Clock = Callable[[datetime], None]


def routers(client: TestClient, count: int = 1) -> None:
    made(client, "/api/pools", {"id": "routers", "name": "モバイルルーター", "kind": "router"})
    for number in range(1, count + 1):
        order = {"pool": "routers", "asset_number": f"MB-R-{number:04d}", "model": "FS040W"}
        made(client, "/api/devices", order)


def taught(client: TestClient, starts_at: str = FROM, ends_at: str = UNTIL, **fields: Any) -> str:
    """A course that needs wifi, in a hall that has none; its id."""
    halls = {card["code"] for card in client.get("/api/venues").json()["items"]}
    hall = "ohgo" if "ohgo" in halls else venue(client)
    known = client.get("/api/programmes").json()["items"]
    if not known:
        first = course(client, hall, starts_at, ends_at)
        programme = client.get(f"/api/courses/{first}").json()["programme"]
        assert client.get("/api/programmes").json()["total"] == 1
    else:
        programme = known[0]["id"]
    order = {"programme": programme, "title": "スマホ体験", "venue": hall, "starts_at": starts_at, "ends_at": ends_at}
    return str(made(client, "/api/courses", {**order, "needs_wifi": True, **fields})["id"])


def ready(client: TestClient, of: str) -> dict[str, Any]:
    answer = client.get(f"/api/courses/{of}/readiness")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_course_without_wifi_is_a_caution_and_a_router_makes_it_go(sign_in: SignIn, at: Clock) -> None:
    at(NOON)
    admin = sign_in("admin")
    routers(admin)
    made_course = taught(admin)
    found = ready(sign_in("viewer"), made_course)
    assert found["verdict"] == "caution" and found["course"] == made_course
    checks = {check["name"]: check for check in found["checks"]}
    assert (checks["wifi"]["ok"], checks["wifi"]["level"]) == (False, "caution") and checks["wifi"]["detail"]
    assert all(check["ok"] == (check["level"] == "ok") for check in found["checks"])
    assert [(one["check"], one["href"], one["method"]) for one in found["suggestions"]] == [
        ("wifi", f"/courses/{made_course}/reserve", "POST")
    ]
    order = {"pool": "routers", "quantity": 1, "from": FROM, "until": UNTIL, "course": made_course}
    made(admin, "/api/reservations", order)
    found = ready(admin, made_course)
    assert (found["verdict"], found["suggestions"]) == ("go", [])


def test_a_course_that_is_over_has_no_verdict(sign_in: SignIn, at: Clock) -> None:
    at(NOON)
    admin = sign_in("admin")
    over = taught(admin, "2026-11-24T10:00:00+09:00", "2026-11-24T12:00:00+09:00")
    assert ready(admin, over) == {"course": over, "verdict": None, "checks": [], "suggestions": []}


def test_nobody_knows_the_readiness_of_a_course_that_is_not_there(admin: TestClient) -> None:
    answer = admin.get("/api/courses/4711/readiness")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert admin.get("/api/courses/ready/readiness").status_code == 404


def test_the_thirty_days_are_a_file(sign_in: SignIn, at: Clock) -> None:
    at(NOON)
    admin = sign_in("admin")
    routers(admin)
    fine, worry = taught(admin, needs_wifi=False), taught(admin)
    lines = sign_in("viewer").get("/api/exports/ready.csv").text.lstrip("\ufeff").splitlines()
    rows = [line.split(",") for line in lines[1:]]
    first = course_ids(rows)
    assert first.index(worry) < first.index(fine) and len(rows) == 3
    assert admin.get("/api/exports/ready.xlsx").content.startswith(b"PK")


def course_ids(rows: list[list[str]]) -> list[str]:
    return [row[5] for row in rows]


def test_a_router_is_reserved_once_however_often_it_is_pressed(sign_in: SignIn, at: Clock) -> None:
    at(NOON)
    admin = sign_in("admin")
    routers(admin, 2)
    made_course = taught(admin)
    desk = sign_in("desk")
    form = {"pool": "routers", "quantity": "1", "op_id": op()["Idempotency-Key"]}
    for _ in range(2):
        answer = desk.post(f"/courses/{made_course}/reserve", data=form, follow_redirects=False)
        assert answer.status_code == 303 and answer.headers["location"].startswith(f"/courses/{made_course}?")
    kept = admin.get(f"/api/reservations?course={made_course}").json()["items"]
    assert [(one["quantity"], one["pool"]) for one in kept] == [(1, "routers")]
    assert datetime.fromisoformat(kept[0]["from"]) == datetime.fromisoformat(FROM)
    assert datetime.fromisoformat(kept[0]["until"]) == datetime.fromisoformat(UNTIL)


def test_what_cannot_be_reserved_by_a_press(sign_in: SignIn, at: Clock) -> None:
    at(NOON)
    admin = sign_in("admin")
    routers(admin)
    first, second = taught(admin), taught(admin)
    address = f"/courses/{second}/reserve"
    assert sign_in("viewer").post(address, data={"pool": "routers", "quantity": "1"}).status_code == 403
    made(admin, "/api/reservations", {"pool": "routers", "quantity": 1, "from": FROM, "until": UNTIL, "course": first})
    desk = sign_in("desk")
    refused = desk.post(address, data={"pool": "routers", "quantity": "1"}, follow_redirects=False)
    assert refused.status_code == 409 and "11月27日（金）" in refused.text
    for form in ({}, {"pool": "routers", "quantity": "many"}, {"pool": "none", "quantity": "1"}, {"pool": "routers"}):
        answer = desk.post(address, data=form, follow_redirects=False)
        assert answer.status_code == 422 and 'role="alert"' in answer.text
    assert desk.post("/courses/4711/reserve", data={"pool": "routers", "quantity": "1"}).status_code == 404
    assert admin.get(f"/api/reservations?course={second}").json()["items"] == []
