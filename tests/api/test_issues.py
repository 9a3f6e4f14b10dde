"""Trouble reports over JSON as the staff work on them: who may, what a viewer does not see, once and in turn."""

from collections.abc import Callable
from typing import Any

from fastapi.testclient import TestClient

from inventory.database import Database
from tests.api.conftest import head_of, op
from tests.api.furnishing import EMAIL, PHONE, association, lend, stock, trouble, venue

NAME = "家の人のなまえ"


def told(client: TestClient, tag: str = "MB-T-0001", **fields: Any) -> str:
    """A report on behalf of a caller; its id."""
    receipt = trouble(client, tag, **fields)
    return str(client.get(f"/api/issues?q={receipt}").json()["items"][0]["id"])


def furnished(admin: TestClient) -> str:
    """A tablet with an association, and a report about it with contacts."""
    stock(admin, 2, default_days=14)
    lend(admin, "MB-T-0001", borrower={"association": association(admin)}, due=None)
    return told(admin, text="充電しても、ふえない", reporter_name=NAME, phone=PHONE, email=EMAIL)


def post(client: TestClient, path: str, order: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
    return client.post(path, json=order, headers=headers or op())


def test_a_report_and_what_a_viewer_sees_of_it(admin: TestClient, desk: TestClient, viewer: TestClient) -> None:
    issue = furnished(admin)
    whole = desk.get(f"/api/issues/{issue}")
    assert whole.headers["etag"] == '"1"'
    card = whole.json()
    assert (card["state"], card["category"], card["text"]) == ("received", "power", "充電しても、ふえない")
    assert card["device"]["asset_number"] == "MB-T-0001"
    assert (card["borrower"]["type"], card["district"]) == ("association", "大胡地区")
    assert (card["reporter_name"], card["phone"], card["email"]) == (NAME, PHONE, EMAIL)
    assert card["officer"]["phone"] == PHONE
    for path in (f"/api/issues/{issue}", "/api/issues"):
        seen = viewer.get(path)
        assert seen.status_code == 200
        assert PHONE not in seen.text and EMAIL not in seen.text and NAME not in seen.text
        assert "金井 康男" in seen.text
    listed = desk.get("/api/issues?state=received&audience=desk&q=充電").json()
    assert [(one["id"], one["phone"]) for one in listed["items"]] == [(issue, PHONE)]
    for empty in ("state=resolved", "audience=it", "category=lost", "district=99", "q=ありません"):
        assert desk.get(f"/api/issues?{empty}").json()["items"] == []


def test_an_answer_is_given_once(admin: TestClient, desk: TestClient, database: Database) -> None:
    issue = furnished(admin)
    order, headers = {"channel": "message", "text": "30分充電してください。"}, op()
    first = post(desk, f"/api/issues/{issue}/messages", order, headers)
    assert (first.status_code, first.json()["state"]) == (201, "in_progress")
    entries = head_of(database)
    again = post(desk, f"/api/issues/{issue}/messages", order, headers)
    assert (again.status_code, again.headers["idempotent-replayed"], head_of(database)) == (201, "true", entries)
    assert [one["text"] for one in again.json()["messages"]] == ["30分充電してください。"]
    assert again.json()["messages"][0]["by"] == "deskさん"
    other = post(desk, f"/api/issues/{issue}/messages", order | {"text": "ほか"}, headers)
    assert (other.status_code, other.json()["code"]) == (422, "op-id-reused")
    bare = desk.post(f"/api/issues/{issue}/messages", json=order)
    assert (bare.status_code, bare.json()["code"]) == (400, "missing-op-id")
    for wrong in ({"channel": "message", "text": " "}, {"channel": "fax", "text": "a"}, order | {"by": "me"}):
        assert post(desk, f"/api/issues/{issue}/messages", wrong).status_code == 422
    assert post(desk, "/api/issues/99/messages", order).status_code == 404


def test_a_change_names_the_revision_it_has_seen(admin: TestClient, desk: TestClient) -> None:
    issue, hall = furnished(admin), venue(admin)
    path, bring = f"/api/issues/{issue}", {"bring": {"venue": hall, "on": "2999-01-01"}}
    changed = desk.patch(path, json=bring | {"category": "broken"}, headers=op() | {"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert changed.json()["bring"] == {"venue": hall, "name": "大胡公民館", "on": "2999-01-01"}
    stale = desk.patch(path, json={"state": "resolved"}, headers=op() | {"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert desk.patch(path, json={"state": "resolved"}, headers=op()).status_code == 428
    gone = desk.patch(path, json={"bring": {"venue": "moon"}}, headers=op() | {"If-Match": '"2"'})
    assert [error["field"] for error in gone.json()["errors"]] == ["bring.venue"]
    solved = desk.patch(path, json={"state": "resolved"}, headers=op() | {"If-Match": '"2"'})
    assert solved.json()["state"] == "resolved"


def test_repair_and_a_stand_in(admin: TestClient, desk: TestClient, sign_in: Callable[[str], TestClient]) -> None:
    issue, it = furnished(admin), sign_in("it")
    assert post(it, f"/api/issues/{issue}/hold", {"reason": "repair"}).status_code == 201
    assert post(it, f"/api/issues/{issue}/hold", {"reason": "wipe"}).status_code == 422
    assert post(it, f"/api/issues/{issue}/substitute", {"device": "MB-T-0002"}).status_code == 403
    lent = post(desk, f"/api/issues/{issue}/substitute", {"device": "MB-T-0002"})
    assert lent.status_code == 201
    loan = desk.get(f"/api/loans/{lent.json()['substitutes'][0]['loan']}").json()
    assert (loan["borrower"]["id"], loan["due"]["end_of_office"]) == ("MB-T-0001", True)
    twice = post(desk, f"/api/issues/{issue}/substitute", {"device": "MB-T-0002"})
    assert (twice.status_code, twice.json()["code"]) == (409, "already-lent")
    back = post(desk, f"/api/issues/{issue}/repaired", {"substitutes_back": True, "resolved": True})
    assert (back.status_code, back.json()["state"]) == (200, "resolved")
    assert desk.get("/api/devices/MB-T-0001").json()["holds"] == []
    over = post(desk, f"/api/issues/{issue}/repaired", {})
    assert (over.status_code, over.json()["code"]) == (409, "refused")


def test_two_reports_of_one_trouble(admin: TestClient, desk: TestClient) -> None:
    first = furnished(admin)
    second = told(admin)
    done = post(desk, f"/api/issues/{second}/merge", {"into": first})
    assert (done.status_code, done.json()["id"]) == (200, first)
    assert [one["id"] for one in done.json()["merged"]] == [second]
    assert [one["id"] for one in desk.get("/api/issues").json()["items"]] == [first]
    refused = post(desk, f"/api/issues/{second}/messages", {"channel": "note", "text": "a"})
    assert (refused.status_code, refused.json()["code"]) == (409, "refused")
    assert post(desk, f"/api/issues/{first}/merge", {"into": second}).status_code == 422


def test_a_loss_and_its_steps(admin: TestClient, sign_in: Callable[[str], TestClient], viewer: TestClient) -> None:
    issue, it = furnished(admin), sign_in("it")
    assert it.get("/api/losses").json()["total"] == 0
    post(it, f"/api/issues/{issue}/hold", {"reason": "lost"})
    steps = "/api/devices/MB-T-0001/loss-steps"
    asked = {"kind": "locked", "at": "2026-04-01T10:00:00+09:00", "issue": issue}
    assert post(it, steps, asked).status_code == 201
    assert post(it, steps, {"kind": "police"}).status_code == 422
    assert post(it, steps, {"kind": "locked", "at": "2999-01-01T00:00:00+09:00"}).status_code == 422
    loss = viewer.get("/api/losses").json()["items"][0]
    assert (loss["asset_number"], loss["locked"], loss["steps"][0]["by"]) == ("MB-T-0001", True, "itさん")
    assert post(it, steps, {"kind": "found"}).status_code == 201
    assert it.get("/api/losses").json()["items"] == []
    again = post(it, steps, {"kind": "found"})
    assert (again.status_code, again.json()["code"]) == (409, "refused")


def test_trouble_at_a_venue_is_for_it(admin: TestClient, desk: TestClient) -> None:
    hall = venue(admin)
    issue = told(admin, hall, category="network")
    assert [one["id"] for one in desk.get("/api/issues?audience=it").json()["items"]] == [issue]
    assert desk.get("/api/issues?audience=desk").json()["items"] == []
    assert [one["id"] for one in desk.get(f"/api/issues?venue={hall}").json()["items"]] == [issue]
    refused = post(desk, f"/api/issues/{issue}/hold", {"reason": "repair"})
    assert (refused.status_code, refused.json()["code"]) == (409, "refused")


def test_standard_answers(admin: TestClient, desk: TestClient, viewer: TestClient) -> None:
    order = {"title": "充電", "text": "30分充電してください。", "category": "power"}
    made_one = desk.post("/api/standard-answers", json=order)
    assert (made_one.status_code, made_one.headers["etag"]) == (201, '"1"')
    path = f"/api/standard-answers/{made_one.json()['id']}"
    assert desk.patch(path, json={"retired": True}).status_code == 428
    retired = desk.patch(path, json={"retired": True}, headers={"If-Match": '"1"'})
    assert retired.json()["retired_at"] is not None
    assert desk.patch(path, json={"title": "電源"}, headers={"If-Match": '"1"'}).status_code == 412
    assert viewer.get("/api/standard-answers").json()["items"] == []
    assert [one["title"] for one in viewer.get("/api/standard-answers?retired=true").json()["items"]] == ["充電"]
    assert viewer.post("/api/standard-answers", json=order).status_code == 403
    assert desk.post("/api/standard-answers", json=order | {"text": "　"}).status_code == 422


def test_the_list_as_a_file_names_nobody(admin: TestClient, desk: TestClient) -> None:
    issue = furnished(admin)
    told(admin, category="howto")
    receipt = desk.get(f"/api/issues/{issue}").json()["receipt"]
    file = desk.get("/api/exports/issues.csv?category=power")
    lines = file.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 2 and receipt in lines[1] and "充電しても、ふえない" in lines[1]
    assert PHONE not in file.text and NAME not in file.text
    assert desk.get("/api/exports/issues.xlsx?state=open").content[:2] == b"PK"
