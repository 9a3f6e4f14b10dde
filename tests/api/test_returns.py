"""Taking back: whatever comes over the counter is taken, and what it asks for stands as a hold."""

from fastapi.testclient import TestClient

from inventory.database import Database
from tests.api.conftest import head_of, op
from tests.api.furnishing import course, lend, stock, venue


def test_each_device_has_its_own_outcome(desk: TestClient, admin: TestClient) -> None:
    stock(admin, 3)
    lend(admin, "MB-T-0001", "MB-T-0002")
    answer = desk.post("/api/returns", json={"devices": ["MB-T-0001", "MB-T-0003", "MB-T-9999"]}, headers=op())
    assert answer.status_code == 200
    assert [(item["asset_number"], item["outcome"], item["holds_opened"]) for item in answer.json()["results"]] == [
        ("MB-T-0001", "returned", ["wipe"]),
        ("MB-T-0003", "already_here", []),
        ("MB-T-9999", "unknown", []),
    ]
    loan = desk.get("/api/loans?state=open").json()["items"][0]
    assert [item["returned_at"] is None for item in loan["items"]] == [False, True]
    assert desk.get("/api/devices/MB-T-0001").json()["loan"] is None


def test_any_code_of_a_device_brings_it_back(admin: TestClient) -> None:
    stock(admin, 3)
    admin.patch("/api/devices/MB-T-0002", json={"serial": "SN-7781"}, headers={"If-Match": '"1"'})
    tag = admin.get("/api/devices/MB-T-0003").json()["tag"]
    lend(admin, "MB-T-0001", "MB-T-0002", "MB-T-0003")
    codes = ["ｍｂ-ｔ-0001", "sn-7781", f"http://elsewhere.example/T/{tag}"]
    back = admin.post("/api/returns", json={"devices": codes}, headers=op()).json()["results"]
    assert [(item["asset_number"], item["outcome"]) for item in back] == [
        (f"MB-T-000{number}", "returned") for number in (1, 2, 3)
    ]
    assert admin.get("/api/loans?state=open").json()["items"] == []


def test_a_course_asks_for_what_its_pool_says_and_damage_for_an_inspection(admin: TestClient) -> None:
    stock(admin, 2, after_course="inspect", after_term="wipe", accessories=[{"name": "充電器", "count": 1}])
    day = course(admin, venue(admin), "2999-05-20T10:00:00+09:00", "2999-05-20T12:00:00+09:00")
    lend(admin, "MB-T-0001", borrower={"course": day}, due=None)
    number = lend(admin, "MB-T-0002")["number"]
    condition = {"MB-T-0002": {"ok": False, "note": "画面に傷", "accessories": {"充電器": 0}}}
    order = {"devices": ["MB-T-0001", "MB-T-0002"], "condition": condition}
    back = admin.post("/api/returns", json=order, headers=op()).json()["results"]
    assert [sorted(item["holds_opened"]) for item in back] == [["inspect"], ["inspect", "wipe"]]
    item = admin.get(f"/api/loans/{number}").json()["items"][0]
    assert (item["accessories"], item["returned_accessories"]) == ({"充電器": 1}, {"充電器": 0})
    assert (item["condition_ok"], item["condition_note"]) == (False, "画面に傷")
    # A second damaged return opens no second hold of the same reason.
    holds = [hold["reason"] for hold in admin.get("/api/devices/MB-T-0002").json()["holds"]]
    assert sorted(holds) == ["inspect", "wipe"]


def test_a_condition_of_a_device_that_is_not_returned_is_refused(admin: TestClient, database: Database) -> None:
    stock(admin, 2)
    lend(admin, "MB-T-0001")
    before = head_of(database)
    order = {"devices": ["MB-T-0001"], "condition": {"MB-T-0002": {"ok": False}}}
    answer = admin.post("/api/returns", json=order, headers=op())
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "condition")
    assert head_of(database) == before
    assert admin.get("/api/devices/MB-T-0001").json()["state"] == "on_loan"


def test_a_device_scanned_twice_in_one_return_is_one(admin: TestClient) -> None:
    stock(admin, 1)
    lend(admin, "MB-T-0001")
    back = admin.post("/api/returns", json={"devices": ["MB-T-0001", "MB-T-0001"]}, headers=op()).json()["results"]
    assert [item["outcome"] for item in back] == ["returned"]
