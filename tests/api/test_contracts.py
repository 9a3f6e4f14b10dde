"""Contracts and lines over JSON: what goes in comes back, conditions hold, and refusals name the field."""

import pytest
from fastapi.testclient import TestClient

from tests.api.conftest import op

HALLS = ["ogo", "miyagi"]


@pytest.fixture
def it(admin: TestClient) -> TestClient:
    for code in HALLS:
        made = admin.post("/api/venues", json={"code": code, "kind": "kominkan", "name": f"{code}公民館"})
        assert made.status_code == 201
    return admin


ORDER = {
    "number": "7-12",
    "title": "公民館Wi-Fi整備工事",
    "contractor": "前橋電工",
    "fiscal_year": 2025,
    "signed_on": "2025-06-01",
    "until_on": "2026-02-27",
    "funding": "一般財源",
    "amount_yen": 3_000_000_001,
    "budget_yen": 3_100_000_000,
    "executed_yen": 3_000_000_000,
    "carried_yen": None,
    "venues": [{"venue": "ogo", "share_yen": 1_000_000_000}, "miyagi"],
}


def test_a_contract_comes_back_as_it_went_in(it: TestClient, viewer: TestClient) -> None:
    headers = op()
    made = it.post("/api/contracts", json=ORDER, headers=headers)
    assert made.status_code == 201
    card = made.json()
    assert {name: card[name] for name in ORDER if name != "venues"} == {
        name: value for name, value in ORDER.items() if name != "venues"
    }
    # More than an int4 holds, and what the second hall bears is derived.
    borne = {one["code"]: (one["share_yen"], one["part_yen"]) for one in card["venues"]}
    assert borne == {"ogo": (1_000_000_000, 1_000_000_000), "miyagi": (None, 2_000_000_001)}
    again = it.post("/api/contracts", json=ORDER, headers=headers)
    assert (again.json(), again.headers["idempotent-replayed"]) == (card, "true")
    one = viewer.get(f"/api/contracts/{card['id']}")
    assert (one.json(), one.headers["etag"]) == (card, '"1"')
    assert viewer.get("/api/contracts?venue=ogo&fiscal_year=2025&q=前橋").json()["items"] == [card]
    assert viewer.get("/api/contracts?fiscal_year=2024").json()["items"] == []
    assert viewer.get("/api/contracts/99").status_code == 404


def test_a_change_needs_the_revision_it_saw(it: TestClient) -> None:
    at = f"/api/contracts/{it.post('/api/contracts', json=ORDER).json()['id']}"
    assert it.patch(at, json={"note": "検収ずみ"}).status_code == 428
    changed = it.patch(at, json={"venues": ["miyagi"], "executed_yen": None}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert [one["code"] for one in changed.json()["venues"]] == ["miyagi"]
    assert it.patch(at, json={"note": "検収ずみ"}, headers={"If-Match": '"1"'}).status_code == 412


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"budget_yen": 2_999_999_999}, "executed_yen"),
        ({"amount_yen": 999_999_999}, "venues"),
        ({"venues": ["ogo", "ogo"]}, ""),
        ({"amount_yen": -1}, "amount_yen"),
        ({"venues": [{"venue": "ogo", "share_yen": -1}]}, "venues.0.share_yen"),
        ({"fiscal_year": 25}, "fiscal_year"),
        ({"winner": "社"}, "winner"),
    ],
)
def test_a_refusal_names_the_field(it: TestClient, wrong: dict[str, object], field: str) -> None:
    answer = it.post("/api/contracts", json=ORDER | wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_number_is_taken_once_a_year(it: TestClient) -> None:
    assert it.post("/api/contracts", json=ORDER).status_code == 201
    assert it.post("/api/contracts", json=ORDER, headers=op()).status_code == 422
    assert it.post("/api/contracts", json=ORDER | {"fiscal_year": 2026}).status_code == 201


LINE = {"provider": "NTT東日本", "kind": "fibre", "circuit": "CAF0001", "speed_mbps": 1000, "monthly_yen": 5940}


def test_a_line_comes_and_ends(it: TestClient, viewer: TestClient) -> None:
    made = it.post("/api/venues/ogo/lines", json=LINE | {"from_on": "2025-08-01"})
    assert made.status_code == 201
    card = made.json()
    assert {name: card[name] for name in LINE} == LINE
    assert viewer.get("/api/venues/ogo/lines").json()["items"] == [card]
    at = f"/api/venues/ogo/lines/{card['id']}"
    ended = it.patch(at, json={"until_on": "2026-03-31"}, headers={"If-Match": '"1"'})
    assert (ended.json()["until_on"], ended.headers["etag"]) == ("2026-03-31", '"2"')
    assert it.patch(at, json={"until_on": "2025-07-31"}, headers={"If-Match": '"2"'}).status_code == 422
    assert it.patch(at.replace("ogo", "miyagi"), json={}, headers={"If-Match": '"2"'}).status_code == 404
    assert it.post("/api/venues/nowhere/lines", json=LINE | {"from_on": "2025-08-01"}).status_code == 404
    assert viewer.get("/api/venues/nowhere/lines").status_code == 404
