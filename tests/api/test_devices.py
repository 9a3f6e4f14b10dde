"""Devices over JSON: taken in, changed, stopped, released, labelled, retired."""

from typing import Any

from fastapi.testclient import TestClient

from inventory.database import Database
from inventory.text import damm_valid
from tests.api.conftest import head_of, op
from tests.api.furnishing import POOL, lend, made, state_of, stock, tablet


def test_a_device_is_taken_in_with_its_first_label(admin: TestClient) -> None:
    stock(admin, 0)
    order: dict[str, Any] = {
        "pool": POOL["id"],
        "asset_number": "MB-T-0042",
        "model": "LAVIE  Tab T9",
        "serial": "SN-1",
        "imei": "352099001761481",
        "line_number": "０９０１２３４５６７８",
        "call_number": 42,
        "acquired_on": "2026-04-01",
        "price_yen": 54780,
        "place": "",
    }
    made_card = admin.post("/api/devices", json=order)
    card = made_card.json()
    assert made_card.status_code == 201 and made_card.headers["etag"] == '"1"'
    assert damm_valid(card["tag"])
    assert (card["state"], card["holds"], card["loan"], card["place"]) == ("in_stock", [], None, None)
    assert (card["model"], card["line_number"], card["kind"]) == ("LAVIE Tab T9", "090-1234-5678", "tablet")
    assert admin.get("/api/devices/mb-t-0042").json() == card
    history = admin.get("/api/devices/MB-T-0042/history").json()["items"]
    assert {event["what"] for event in history} == {"created", "tagged"}
    assert {event["by"] for event in history} == {"adminさん"}


def test_numbers_belong_to_one_device(admin: TestClient, database: Database) -> None:
    stock(admin, 0)
    tablet(admin, 1, serial="SN-1", imei="352099001761481")
    before = head_of(database)
    fresh = {"pool": POOL["id"], "asset_number": "MB-T-0002", "model": "TB-10A"}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"asset_number": "mb-t-0001"}, "asset_number"),
        ({"serial": "SN-1"}, "serial"),
        ({"imei": "35-209900-176148-1"}, "imei"),
        ({"call_number": 1}, "call_number"),
        ({"pool": "nowhere"}, "pool"),
        ({"imei": "12"}, "imei"),
        ({"asset_number": "备品"}, "asset_number"),
        ({"asset_number": "x" * 33}, "asset_number"),
        ({"call_number": 100}, "call_number"),
        ({"price_yen": -1}, "price_yen"),
        ({"price_yen": 2_147_483_648}, "price_yen"),
        ({"acquired_on": "2026-02-30"}, "acquired_on"),
        ({"line_number": "12"}, "line_number"),
        ({"model": "　"}, "model"),
    ]
    for fields, field in wrong:
        answer = admin.post("/api/devices", json=fresh | fields)
        assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field]), fields
    assert head_of(database) == before


def test_a_change_names_the_version_and_leaves_the_rest(admin: TestClient) -> None:
    stock(admin, 1)
    seen = admin.get("/api/devices/MB-T-0001").headers["etag"]
    changed = admin.patch(
        "/api/devices/MB-T-0001", json={"place": "書庫", "note": "箱なし"}, headers={"If-Match": seen}
    )
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert (changed.json()["place"], changed.json()["call_number"]) == ("書庫", 1)
    emptied = admin.patch("/api/devices/MB-T-0001", json={"place": None, "model": None}, headers={"If-Match": '"2"'})
    assert (emptied.json()["place"], emptied.json()["note"], emptied.json()["model"]) == (None, "箱なし", "TB-10A")


def test_holds_stop_a_device_once_per_reason_and_are_worked_off_one_by_one(desk: TestClient, admin: TestClient) -> None:
    stock(admin, 1)
    first = made(desk, "/api/devices/MB-T-0001/holds", {"reason": "wipe", "note": "返却後"})
    second = made(desk, "/api/devices/MB-T-0001/holds", {"reason": "wipe"})
    repair = made(desk, "/api/devices/MB-T-0001/holds", {"reason": "repair"})
    assert (first["id"], first["note"]) == (second["id"], "返却後") and repair["id"] != first["id"]
    assert state_of(desk, "MB-T-0001") == "held"
    for hold, state in ((first["id"], "held"), (first["id"], "held"), (repair["id"], "in_stock")):
        answer = desk.post(f"/api/devices/MB-T-0001/holds/{hold}/release", json={"note": "済"})
        assert (answer.status_code, answer.json()["state"]) == (200, state)
    other = tablet(admin, 2)
    for path in (f"/api/devices/{other}/holds/{first['id']}/release", "/api/devices/MB-T-0001/holds/x/release"):
        assert desk.post(path).status_code == 404
    assert desk.post("/api/devices/MB-T-0001/holds", json={"reason": "stolen"}).status_code == 422


def test_a_lent_device_is_not_retired_and_a_retired_one_keeps_its_past(admin: TestClient) -> None:
    stock(admin, 2)
    lend(admin, "MB-T-0001")
    out = admin.post("/api/devices/MB-T-0001/retire", json={"reason": "電池の劣化"})
    assert (out.status_code, out.json()["code"]) == (409, "already-lent")
    admin.post("/api/returns", json={"devices": ["MB-T-0001"]}, headers=op())
    gone = admin.post("/api/devices/MB-T-0001/retire", json={"reason": "電池の劣化"})
    assert (gone.json()["state"], gone.json()["retired_reason"]) == ("retired", "電池の劣化")
    again = admin.post("/api/devices/MB-T-0001/retire", json={"reason": "もう一度"})
    assert (again.status_code, again.json()["code"]) == (409, "retired")
    assert [card["asset_number"] for card in admin.get("/api/devices").json()["items"]] == ["MB-T-0002"]
    assert [card["asset_number"] for card in admin.get("/api/devices?state=retired").json()["items"]] == ["MB-T-0001"]
    whats = [event["what"] for event in admin.get("/api/devices/MB-T-0001/history").json()["items"]]
    assert whats[0] == "retired" and {"created", "tagged", "lent", "returned", "stopped"} <= set(whats)
    # The call number is free for another device.
    assert tablet(admin, 3, call_number=1) == "MB-T-0003"


def test_a_given_label_must_be_blank_and_is_bound_once(admin: TestClient) -> None:
    stock(admin, 2)
    taken = admin.get("/api/devices/MB-T-0002").json()["tag"]
    for number in (taken, "00000000", "1234"):
        answer = admin.post("/api/devices/MB-T-0001/tag", json={"number": number})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "number")
    blank = admin.post("/api/labels/blanks", json={"count": 1}).json()["numbers"][0]
    assert admin.post("/api/devices/MB-T-0001/tag", json={"number": blank}).json()["tag"] == blank
    assert admin.post("/api/devices/MB-T-0002/tag", json={"number": blank}).status_code == 422


def test_lists_filter_by_pool_state_place_hold_and_word(admin: TestClient) -> None:
    stock(admin, 4)
    made(admin, "/api/pools", {"id": "phones", "name": "講座用スマートフォン", "kind": "smartphone"})
    made(
        admin,
        "/api/devices",
        {"pool": "phones", "asset_number": "SP-1", "model": "Ａｎｄｒｏｉｄ１４", "place": "書庫"},
    )
    lend(admin, "MB-T-0002")
    made(admin, "/api/devices/MB-T-0003/holds", {"reason": "wipe"})
    tag = admin.get("/api/devices/MB-T-0004").json()["tag"]

    def found(**query: Any) -> list[str]:
        return [card["asset_number"] for card in admin.get("/api/devices", params=query).json()["items"]]

    assert found(pool="phones") == found(place="書庫") == found(q="android14") == ["SP-1"]
    assert found(state="on_loan") == ["MB-T-0002"]
    assert found(state="held") == found(hold="wipe") == ["MB-T-0003"]
    assert found(state="in_stock") == ["MB-T-0001", "MB-T-0004", "SP-1"]
    assert found(q=tag) == ["MB-T-0004"]
    assert found(q="%") == found(q="_") == []
    first = admin.get("/api/devices", params={"limit": 4}).json()
    rest = admin.get("/api/devices", params={"limit": 4, "cursor": first["next"]}).json()
    assert [card["asset_number"] for card in first["items"] + rest["items"]] == found()
    assert (first["total"], rest["next"]) == (5, None)


def test_what_is_not_there_is_not_found(admin: TestClient) -> None:
    for path in ("/api/devices/MB-T-0001", "/api/devices/MB-T-0001/history"):
        answer = admin.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    for path, order in (("holds", {"reason": "lost"}), ("retire", {"reason": "なし"}), ("tag", {})):
        assert admin.post(f"/api/devices/MB-T-0001/{path}", json=order).status_code == 404
