"""Cases over JSON."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from inventory.database import Database
from tests.api.conftest import head_of, op
from tests.api.furnishing import lend, made, stock

CASE: dict[str, Any] = {"code": "BOX-A", "name": "タブレット箱A", "place": "情報政策課 保管庫"}


@pytest.fixture
def it(sign_in: Callable[[str], TestClient]) -> TestClient:
    return sign_in("it")


def fill(client: TestClient, *devices: str, code: str = "BOX-A", **more: bool) -> Any:
    return client.put(f"/api/cases/{code}/members", json={"devices": list(devices)} | more, headers=op())


def test_a_case_is_made_filled_and_read(
    it: TestClient, viewer: TestClient, desk: TestClient, admin: TestClient
) -> None:
    first, second = stock(admin, 2)
    card = made(it, "/api/cases", CASE)
    assert (card["members"], card["missing"], card["retired_at"], card["revision"]) == ([], [], None, 1)
    assert fill(it, first, second).json()["revision"] == 2
    number = lend(desk, second)["number"]
    answer = viewer.get("/api/cases/box-a")
    assert answer.headers["etag"] == '"2"'
    card = answer.json()
    assert [member["asset_number"] for member in card["members"]] == [first, second]
    assert card["missing"] == [second]
    assert card["members"][1]["loan"]["number"] == number
    assert card["members"][0] == {
        "asset_number": first,
        "call_number": 1,
        "model": "TB-10A",
        "pool": "head-tablets",
        "kind": "tablet",
        "state": "in_stock",
        "holds": [],
        "loan": None,
        "place": "情報政策課 保管庫",
        "here": True,
    }
    listed = viewer.get("/api/cases", params={"count": "exact"}).json()
    assert (listed["items"], listed["total"], listed["next"]) == ([card], 1, None)
    assert viewer.get(f"/api/devices/{first}").json()["case"] == {"code": "BOX-A", "name": "タブレット箱A"}


def test_a_scanned_case_is_told_from_a_device(it: TestClient, viewer: TestClient, admin: TestClient) -> None:
    stock(admin, 1)
    card = made(it, "/api/cases", CASE)
    for code in (card["tag"], "ｂｏｘ－ａ"):
        assert viewer.get("/api/lookup", params={"code": code}).json() == {"type": "case", "card": card}
    assert viewer.get("/api/lookup", params={"code": "MB-T-0001"}).json()["type"] == "device"


def test_a_device_of_another_case_is_taken_over_only_when_asked(it: TestClient, admin: TestClient) -> None:
    (device,) = stock(admin, 1)
    for code in ("BOX-A", "BOX-B"):
        made(it, "/api/cases", CASE | {"code": code})
    assert fill(it, device).status_code == 200
    refused = fill(it, device, code="BOX-B")
    assert (refused.status_code, refused.json()["code"]) == (409, "in-other-case")
    assert refused.json()["devices"] == {device: "BOX-A"}
    assert fill(it, device, code="BOX-B", take_over=True).status_code == 200
    assert it.get("/api/cases/BOX-A").json()["members"] == []


def test_a_change_needs_the_revision_it_was_made_from(it: TestClient, viewer: TestClient) -> None:
    made(it, "/api/cases", CASE)
    assert it.patch("/api/cases/BOX-A", json={"name": "箱"}, headers=op()).status_code == 428
    seen = viewer.get("/api/cases/BOX-A").headers["etag"]
    changed = it.patch("/api/cases/box-a", json={"place": "大胡公民館"}, headers=op() | {"If-Match": seen})
    assert (changed.status_code, changed.json()["place"], changed.json()["name"]) == (200, "大胡公民館", CASE["name"])
    late = it.patch("/api/cases/BOX-A", json={"name": "箱"}, headers=op() | {"If-Match": seen})
    assert (late.status_code, late.json()["code"]) == (412, "stale")


def test_the_desk_carries_a_case_and_brings_back_what_went_astray(
    it: TestClient, desk: TestClient, admin: TestClient
) -> None:
    first, second = stock(admin, 2)
    made(it, "/api/cases", CASE)
    fill(it, first, second)
    assert (
        desk.post("/api/cases/BOX-A/move", json={"place": "大胡公民館"}, headers=op()).json()["place"] == "大胡公民館"
    )
    assert admin.get(f"/api/devices/{first}").json()["place"] == "大胡公民館"
    etag = admin.get(f"/api/devices/{second}").headers["etag"]
    away = admin.patch(f"/api/devices/{second}", json={"place": "修理店"}, headers=op() | {"If-Match": etag})
    assert away.status_code == 200
    assert desk.get("/api/cases/BOX-A").json()["missing"] == [second]
    back = desk.post("/api/cases/BOX-A/bring-in", json={"devices": [second]}, headers=op())
    assert (back.status_code, back.json()["missing"]) == (200, [])


def test_a_case_gets_another_label_and_is_given_up_at_last(it: TestClient, anonymous: TestClient) -> None:
    old = made(it, "/api/cases", CASE)["tag"]
    blank = made(it, "/api/labels/blanks", {"count": 1})["numbers"][0]
    answer = it.post("/api/cases/BOX-A/tag", json={"number": blank}, headers=op())
    assert (answer.status_code, answer.json()["tag"]) == (200, blank)
    fresh = it.post("/api/cases/BOX-A/tag", headers=op()).json()["tag"]
    assert len({old, blank, fresh}) == 3
    assert anonymous.get(f"/T/{old}").status_code == 410
    gone = it.post("/api/cases/BOX-A/retire", headers=op())
    assert gone.status_code == 200 and gone.json()["retired_at"] is not None
    assert it.post("/api/cases/BOX-A/retire", headers=op()).json()["code"] == "retired"
    assert it.get("/api/cases").json()["items"] == []
    assert [one["code"] for one in it.get("/api/cases", params={"retired": True}).json()["items"]] == ["BOX-A"]
    past = [event["what"] for event in it.get("/api/cases/BOX-A/history").json()["items"]]
    assert past == ["retired", "tagged", "tagged", "tagged", "created"]


def test_the_same_order_sent_again_makes_one_case(it: TestClient, database: Database) -> None:
    headers = op()
    first = it.post("/api/cases", json=CASE, headers=headers)
    before = head_of(database)
    again = it.post("/api/cases", json=CASE, headers=headers)
    assert (again.status_code, again.headers["idempotent-replayed"]) == (201, "true")
    assert again.json() == first.json()
    assert head_of(database) == before


@pytest.mark.parametrize("code", ["箱A", "new", "BOX A", "", "X" * 33])
def test_a_code_that_no_label_could_bear_is_refused(it: TestClient, code: str) -> None:
    answer = it.post("/api/cases", json=CASE | {"code": code}, headers=op())
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["code"]


def test_nothing_is_found_under_a_code_that_nobody_gave(it: TestClient) -> None:
    for answer in (
        it.get("/api/cases/BOX-Z"),
        it.get("/api/cases/BOX-Z/history"),
        fill(it, code="BOX-Z"),
        it.post("/api/cases/BOX-Z/move", json={"place": "どこか"}, headers=op()),
        it.post("/api/cases/BOX-Z/retire", headers=op()),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_whoever_finds_the_case_learns_nothing_of_what_lies_in_it(
    it: TestClient, admin: TestClient, anonymous: TestClient
) -> None:
    stock(admin, 1)
    card = made(it, "/api/cases", CASE)
    fill(it, "MB-T-0001")
    page = anonymous.get(f"/T/{card['tag']}")
    assert page.status_code == 200
    for word in (CASE["name"], CASE["place"], "BOX-A", "MB-T-0001", "None"):
        assert word not in page.text
    assert '/cases/BOX-A"' in it.get(f"/T/{card['tag']}").text
