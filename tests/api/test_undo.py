"""A wrong act is taken back: within 15 minutes, by whoever did it or an admin, and only once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi.testclient import TestClient

from inventory.database import Database
from tests.api.conftest import PASSWORD, head_of, op
from tests.api.furnishing import order_for, state_of, stock


def _undo(client: TestClient, key: dict[str, str]) -> Any:
    return client.post(f"/api/operations/{key['Idempotency-Key']}/undo", headers=op())


def test_a_loan_is_undone_once_and_its_number_is_not_given_again(desk: TestClient, admin: TestClient) -> None:
    stock(admin, 2)
    key = op()
    first = desk.post("/api/loans", json=order_for("MB-T-0001", "MB-T-0002"), headers=key).json()["number"]
    undone = _undo(desk, key)
    assert (undone.status_code, undone.json()) == (
        200,
        {"op_id": key["Idempotency-Key"], "act": "check_out", "devices": ["MB-T-0001", "MB-T-0002"]},
    )
    assert state_of(desk, "MB-T-0001") == "in_stock" and desk.get("/api/devices/MB-T-0001").json()["holds"] == []
    assert desk.get("/api/loans").json()["items"] == []
    again = _undo(desk, key)
    assert (again.status_code, again.json()["code"]) == (404, "not-found")
    second = desk.post("/api/loans", json=order_for("MB-T-0001"), headers=op()).json()["number"]
    assert second != first
    whats = [event["what"] for event in desk.get("/api/devices/MB-T-0001/history").json()["items"]]
    assert whats[:3] == ["lent", "lend_undone", "lent"]


def test_an_undone_return_is_out_again_without_its_holds(desk: TestClient, admin: TestClient) -> None:
    stock(admin, 1)
    number = desk.post("/api/loans", json=order_for("MB-T-0001"), headers=op()).json()["number"]
    key = op()
    desk.post("/api/returns", json={"devices": ["MB-T-0001"]}, headers=key)
    assert state_of(desk, "MB-T-0001") == "held"
    assert _undo(desk, key).json()["act"] == "take_back"
    card = desk.get("/api/devices/MB-T-0001").json()
    assert (card["state"], card["loan"]["number"], card["holds"]) == ("on_loan", number, [])


def test_a_hold_is_undone_by_it(admin: TestClient, sign_in: Callable[[str], TestClient]) -> None:
    stock(admin, 1)
    it, key = sign_in("it"), op()
    it.post("/api/devices/MB-T-0001/holds", json={"reason": "lost"}, headers=key)
    assert _undo(it, key).status_code == 200
    assert state_of(it, "MB-T-0001") == "in_stock"


def test_only_whoever_did_it_or_an_admin_takes_it_back(
    desk: TestClient, admin: TestClient, sign_in: Callable[[str], TestClient]
) -> None:
    stock(admin, 1)
    key = op()
    desk.post("/api/loans", json=order_for("MB-T-0001"), headers=key)
    other = _undo(sign_in("it"), key)
    assert (other.status_code, other.json()["code"]) == (403, "not-allowed")
    assert state_of(desk, "MB-T-0001") == "on_loan"
    assert _undo(admin, key).status_code == 200


def test_it_is_too_late_after_fifteen_minutes_and_for_what_cannot_be_undone(
    desk: TestClient, admin: TestClient, at: Callable[[datetime], None], database: Database
) -> None:
    stock(admin, 2)
    now = datetime.now(UTC)
    at(now)
    keys = [op(), op()]
    for key, number in zip(keys, ("MB-T-0001", "MB-T-0002"), strict=True):
        desk.post("/api/loans", json=order_for(number), headers=key)
    at(now + timedelta(minutes=15))
    assert _undo(desk, keys[0]).status_code == 200
    at(now + timedelta(minutes=15, seconds=1))
    late = _undo(desk, keys[1])
    assert (late.status_code, late.json()["code"]) == (409, "too-late-to-undo")
    created = op()
    admin.post("/api/districts", json={"name": "城南地区"}, headers=created)
    before = head_of(database)
    fixed = _undo(admin, created)
    assert (fixed.status_code, fixed.json()["code"]) == (409, "too-late-to-undo")
    assert _undo(admin, op()).status_code == 404
    assert head_of(database) == before


def test_a_return_is_not_undone_when_the_device_went_out_again(desk: TestClient, admin: TestClient) -> None:
    stock(admin, 1, after_term="none")
    desk.post("/api/loans", json=order_for("MB-T-0001"), headers=op())
    key = op()
    desk.post("/api/returns", json={"devices": ["MB-T-0001"]}, headers=key)
    number = desk.post("/api/loans", json=order_for("MB-T-0001"), headers=op()).json()["number"]
    refused = _undo(desk, key)
    assert (refused.status_code, refused.json()["code"], refused.json()["device"]) == (409, "already-lent", "MB-T-0001")
    assert desk.get("/api/devices/MB-T-0001").json()["loan"]["number"] == number


def test_the_account_may_be_another_browser(desk: TestClient, admin: TestClient, anonymous: TestClient) -> None:
    stock(admin, 1)
    key = op()
    desk.post("/api/loans", json=order_for("MB-T-0001"), headers=key)
    assert _undo(anonymous, key).status_code == 401
    anonymous.post("/api/session", json={"username": "desk", "password": PASSWORD})
    assert _undo(anonymous, key).status_code == 200
