"""Plans, what is next, and rollout programmes over JSON."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from inventory.database import Database
from tests.api.conftest import head_of, on_sqlite, op
from tests.api.furnishing import made, venue

PLAN = {"stage": "activation", "planned_on": "2999-05-01"}
WHY = {"reason": "共架の返事がまだ", "cause": "pole_wait"}
PROGRAMME = {"code": "R7", "name": "全公民館", "from_on": "2025-04-01", "until_on": "2027-03-31"}


@pytest.fixture
def hall(admin: TestClient) -> str:
    return venue(admin)


def test_a_plan_is_revised_and_every_revision_stays(admin: TestClient, hall: str) -> None:
    at = f"/api/venues/{hall}/wifi/plans"
    first = made(admin, at, PLAN)
    assert (first["planned_on"], first["cause"]) == ("2999-05-01", None)
    refused = admin.post(at, json=PLAN | {"planned_on": "2999-05-15"}, headers=op())
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == ["cause", "reason"]
    made(admin, at, PLAN | {"planned_on": "2999-05-15"} | WHY)
    listed = admin.get(at).json()
    assert [(one["planned_on"], one["cause"]) for one in listed["items"]] == [
        ("2999-05-15", "pole_wait"),
        ("2999-05-01", None),
    ]
    assert admin.get("/api/venues/nowhere/wifi/plans").status_code == 404


@on_sqlite
@pytest.mark.parametrize(
    "order",
    [
        {},
        {"stage": "activation"},
        PLAN | {"stage": "on_hold"},
        PLAN | {"cause": "bad-luck"},
        PLAN | {"decided_on": "2999-01-01"},
        PLAN | {"reason": "ん" * 401},
    ],
    ids=["empty", "no day", "no stage of the road", "no such cause", "decided in the future", "too long"],
)
def test_a_plan_of_the_wrong_shape_is_refused(admin: TestClient, hall: str, order: dict[str, Any]) -> None:
    assert admin.post(f"/api/venues/{hall}/wifi/plans", json=order, headers=op()).status_code == 422


@on_sqlite
def test_a_repeated_act_adds_nothing(admin: TestClient, hall: str, database: Database) -> None:
    key = op()
    orders = {
        f"/api/venues/{hall}/wifi/plans": PLAN,
        "/api/wifi/plans": {"venues": [hall], "days": {"in_service": "2999-06-01"}},
        f"/api/venues/{hall}/wifi/actions": {"action": "検収の日を決める"},
        "/api/wifi/programmes": PROGRAMME | {"baseline_on": "2025-04-01"},
        "/api/wifi/programmes/R7/targets": {"name": "1館", "since_on": "2025-04-01", "venues": [hall]},
    }
    for number, (path, order) in enumerate(orders.items()):
        key = {"Idempotency-Key": f"again-{number}"}
        first = admin.post(path, json=order, headers=key)
        assert first.status_code == 201, first.text
        before = head_of(database)
        again = admin.post(path, json=order, headers=key)
        assert (again.status_code, again.json()) == (201, first.json())
        assert head_of(database) == before


def test_many_plans_are_moved_in_one_act(admin: TestClient, hall: str) -> None:
    halls = [hall, venue(admin, "K02")]
    made(admin, "/api/wifi/plans", {"venues": halls, "days": {"activation": "2999-05-01", "in_service": "2999-05-02"}})
    order = {"venues": halls, "stage": "activation", "shift_days": 7, "following": True}
    assert made(admin, "/api/wifi/plans", order | WHY) == {"venues": ["K02", hall], "revisions": 4}
    listed = admin.get("/api/venues/K02/wifi/plans").json()["items"]
    assert {one["planned_on"] for one in listed[:2]} == {"2999-05-08", "2999-05-09"}
    unknown = admin.post("/api/wifi/plans", json=order | WHY | {"venues": [hall, "nowhere"]}, headers=op())
    assert [error["field"] for error in unknown.json()["errors"]] == ["venues"]


def test_what_is_next_is_written_and_done(admin: TestClient, hall: str) -> None:
    at = f"/api/venues/{hall}/wifi/actions"
    card = made(admin, at, {"action": "返事を聞く", "owner": "情報政策課", "due_on": "2026-12-01"})
    assert admin.get("/api/wifi/actions").json()["items"] == [card]
    done = admin.post(f"{at}/{card['id']}/done", headers=op())
    assert done.status_code == 200
    assert done.json()["ended_at"] is not None
    assert admin.get("/api/wifi/actions").json()["total"] == 0
    assert admin.post(f"{at}/99/done", headers=op()).status_code == 404
    assert admin.post(at, json={"action": " "}, headers=op()).status_code == 422


def test_a_programme_gets_set_after_set(admin: TestClient, hall: str) -> None:
    made(admin, "/api/wifi/programmes", PROGRAMME | {"baseline_on": "2025-04-01"})
    at = "/api/wifi/programmes/R7"
    other = venue(admin, "K02")
    made(admin, f"{at}/targets", {"name": "1館", "since_on": "2025-04-01", "venues": [hall]})
    order = {"name": "2館", "since_on": "2999-04-01", "venues": [hall, other], "reason": "来年度に加える"}
    card = made(admin, f"{at}/targets", order)
    assert [(one["name"], one["joined"], one["stands"]) for one in card["targets"]] == [
        ("1館", [hall], True),
        ("2館", [other], False),
    ]
    assert [(one["target"], one["venues"]) for one in admin.get("/api/wifi/programmes").json()["items"]] == [("1館", 1)]
    seen = admin.get(at)
    change = {"name": "全公民館（16館）"}
    assert admin.patch(at, json=change).status_code == 428
    changed = admin.patch(at, json=change, headers={"If-Match": seen.headers["ETag"]})
    assert (changed.status_code, changed.json()["name"]) == (200, "全公民館（16館）")
    assert admin.patch(at, json=change, headers={"If-Match": seen.headers["ETag"]}).status_code == 412
    assert admin.get("/api/wifi/programmes/nothing").status_code == 404
