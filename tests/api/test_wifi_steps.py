"""The doors of the wifi steps: one venue, many at once, struck out, imported, and the same again by form."""

from typing import Any

from fastapi.testclient import TestClient

from api.tables_in import read_table
from inventory.database import Database
from tests.api.conftest import head_of, on_sqlite, op, rows_of
from tests.api.furnishing import made
from tests.api.stocked import Page

NEW = "/wifi/steps/new"


def venue(admin: TestClient, code: str, name: str) -> None:
    made(admin, "/api/venues", {"code": code, "kind": "kominkan", "name": name})


def step(client: TestClient, code: str, stage: str, on: str, **fields: Any) -> Any:
    return client.post(f"/api/venues/{code}/wifi/steps", json={"stage": stage, "on": on, **fields}, headers=op())


def test_a_step_is_answered_with_where_the_venue_stands(admin: TestClient, database: Database) -> None:
    venue(admin, "ohgo", "大胡公民館")
    order = {"stage": "survey", "on": "2022-05-01", "evidence": {"checks": ["power"]}, "note": "雨だった"}
    key = op()
    first = admin.post("/api/venues/ohgo/wifi/steps", json=order, headers=key)
    assert first.status_code == 201, first.text
    card = first.json()
    assert (card["stage"], card["since"], card["place"]) == ("survey", "2022-05-01", "survey")
    assert [one["checks"] for one in card["history"]] == [["power"]]
    assert card["history"][0]["by"] == "adminさん"
    head = head_of(database)
    again = admin.post("/api/venues/ohgo/wifi/steps", json=order, headers=key)
    assert (again.status_code, again.json(), again.headers["idempotent-replayed"]) == (201, card, "true")
    assert head_of(database) == head
    assert admin.get("/api/venues/ohgo/wifi").json() == card


def test_what_needs_a_reason_is_refused_with_the_venues(admin: TestClient, database: Database) -> None:
    venue(admin, "a", "南橘公民館")
    venue(admin, "b", "芳賀公民館")
    assert step(admin, "a", "survey", "2022-05-01").status_code == 201
    order = {"venues": ["a", "b"], "stage": "design", "on": "2022-06-01"}
    before = rows_of(database)
    refused = admin.post("/api/wifi/steps", json=order, headers=op())
    told = refused.json()
    assert (refused.status_code, told["code"], told["venues"]) == (409, "illegal-step", ["b"])
    assert rows_of(database) == before
    done = admin.post("/api/wifi/steps", json=order | {"reason": "bは図面があった"}, headers=op())
    assert (done.status_code, done.json()["venues"]) == (201, ["a", "b"])
    wrong: dict[str, Any]
    for wrong in ({"on": "2999-01-01"}, {"on": "1989-12-31"}, {"venues": []}, {"venues": ["a", "nowhere"]}):
        answer = admin.post("/api/wifi/steps", json=order | {"stage": "contract"} | wrong, headers=op())
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, *wrong)


def test_a_struck_step_stays_in_the_answer(admin: TestClient) -> None:
    venue(admin, "ohgo", "大胡公民館")
    number = step(admin, "ohgo", "survey", "2022-05-01").json()["history"][0]["id"]
    struck = admin.post(f"/api/venues/ohgo/wifi/steps/{number}/strike", json={"reason": "館ちがい"}, headers=op())
    assert (struck.status_code, struck.json()["stage"]) == (200, None)
    assert struck.json()["history"][0]["struck"]["reason"] == "館ちがい"
    again = admin.post(f"/api/venues/ohgo/wifi/steps/{number}/strike", json={"reason": "館ちがい"}, headers=op())
    assert again.status_code == 422
    assert admin.get("/api/exports/wifi_steps.csv").text.count("\r\n") == 1


def test_our_own_export_changes_nothing_when_it_is_read_back(admin: TestClient, database: Database) -> None:
    venue(admin, "a", "南橘公民館")
    venue(admin, "b", "東公民館")
    venue(admin, "c", "東公民館")
    for code in ("a", "b", "c"):
        step(admin, code, "design", "2022-05-01", reason="=図面が「あった」,ので", note="1行目\n2行目")
        step(admin, code, "contract", "2022-05-01", evidence={"checks": ["tender_done", "estimate"]})
        step(admin, code, "on_hold", "2022-07-01", reason="予算")
        step(admin, code, "contract", "2022-08-01")
        step(admin, code, "in_service", "2022-09-01", reason="急いだ", evidence={"accepted_on": "2022-08-30"})
    for form, query in (("csv", ""), ("csv", "?encoding=cp932"), ("xlsx", "")):
        file = admin.get(f"/api/exports/wifi_steps.{form}{query}").content
        before, head = rows_of(database), head_of(database)
        told = admin.post("/api/imports/wifi_steps?dry_run=true", files={"file": ("x", file)}).json()
        counts = {name: told[name] for name in ("rows", "created", "changed", "unchanged", "errors", "repairs")}
        assert counts == {"rows": 15, "created": 0, "changed": 0, "unchanged": 15, "errors": [], "repairs": []}
        assert (rows_of(database), head_of(database)) == (before, head)
        assert admin.post("/api/imports/wifi_steps", files={"file": ("x", file)}).json()["unchanged"] == 15
        assert rows_of(database)["wifi_step"] == before["wifi_step"]


def test_an_import_is_whole_or_nothing(admin: TestClient, database: Database) -> None:
    venue(admin, "a", "南橘公民館")
    good = "館名,調査,設計\n南橘公民館,R4.5.1,R4.9.1\n"
    bad = good + "どこかの館,R4.5.1,R4.10\n"
    before = rows_of(database)
    refused = admin.post("/api/imports/wifi_steps", files={"file": ("x", bad.encode("cp932"))}, headers=op())
    told = refused.json()
    assert (refused.status_code, told["code"], told["encoding"], told["rows"]) == (422, "invalid", "cp932", 4)
    assert [(one["line"], one["column"]) for one in told["errors"]] == [(3, "館名"), (3, "設計")]
    assert rows_of(database) == before
    key = op()
    for _ in range(2):
        done = admin.post("/api/imports/wifi_steps", files={"file": ("x", good.encode())}, headers=key)
        assert (done.status_code, done.json()["created"]) == (200, 2)
    assert admin.get("/api/venues/a/wifi").json()["stage"] == "design"
    empty = admin.post("/api/imports/wifi_steps", files={"file": ("x", b"a,b\n1,2\n")}, headers=op())
    assert (empty.status_code, empty.json()["errors"][0]["field"]) == (422, "file")
    template = admin.get("/api/imports/wifi_steps/template.xlsx?wide=true")
    (_, header), (_, hall) = read_table(template.content).rows
    assert (header[:3], hall) == (["会場コード", "館名", "調査"], ["a", "南橘公民館"])
    (_, header) = read_table(admin.get("/api/imports/wifi_steps/template.xlsx").content).rows[0]
    assert header[:3] == ["会場コード", "会場", "段階"]


@on_sqlite
def test_halls_are_chosen_and_move_by_form(admin: TestClient, viewer: TestClient, database: Database) -> None:
    venue(admin, "a", "南橘公民館")
    venue(admin, "b", "芳賀公民館")
    venue(admin, "c", "桂萱公民館")
    step(admin, "a", "survey", "2022-05-01")
    step(admin, "b", "survey", "2022-06-01")
    assert viewer.get(NEW).status_code == 403
    assert {NEW, "/wifi/import"} <= set(Page(admin.get("/wifi")).links)
    assert not {NEW, "/wifi/import"} & set(Page(viewer.get("/wifi")).links)
    assert all(name in admin.get(NEW).text for name in ("南橘公民館", "芳賀公民館", "桂萱公民館"))
    assert admin.get(f"{NEW}?chosen=yes").status_code == 422
    every = Page(admin.get(f"{NEW}?standing=survey&every=true"))
    assert (every.fields["stage"], "2館" in every.h1) == ("design", True)
    mixed = Page(admin.get(f"{NEW}?venue=a&venue=c"))
    assert mixed.fields.get("stage", "") == ""
    fields = {"op_id": "form-1", "on": "2022-07-01", "stage": "design", "of": ["a", "c"], "venue": ["a", "c"]}
    fields |= {"check": ["estimate"], "note": "金曜に下見"}
    before = rows_of(database)
    shown = admin.post(NEW, data=fields | {"look": "yes"})
    assert shown.status_code == 200 and "floor_plan" in shown.text
    refused = admin.post(NEW, data=fields)
    page = Page(refused)
    assert (refused.status_code, page.fields["note"]) == (409, "金曜に下見")
    assert "#f-reason" in page.links and "桂萱公民館は、" in refused.text and "南橘公民館は、" not in refused.text
    assert rows_of(database) == before
    one = admin.post(NEW, data=fields | {"venue": ["a"]})
    assert (one.status_code, one.headers["location"]) == (303, "/venues/a?done=wifi-step")
    two = admin.post(NEW, data=fields | {"op_id": "form-2", "venue": ["b", "c"], "reason": "図面があった"})
    assert (two.status_code, two.headers["location"]) == (303, "/wifi?done=wifi-steps")
    assert admin.get("/api/venues/c/wifi").json()["history"][0]["reason"] == "図面があった"
    assert admin.post(NEW, data={"venue": "a\0", "of": "a\0", "look": "yes"}).status_code == 200
    assert admin.post(NEW, data=fields | {"op_id": "form-3", "venue": ["a\0"]}).status_code == 422
    empty = Page(admin.post(NEW, data={"venue": "a", "of": "a"}))
    assert {"#f-stage", "#f-on"} <= set(empty.links)


@on_sqlite
def test_a_venue_shows_its_time_line_and_strikes_out_by_form(admin: TestClient, viewer: TestClient) -> None:
    venue(admin, "ohgo", "大胡公民館")
    assert viewer.get("/venues/ohgo").status_code == 200
    step(admin, "ohgo", "survey", "2022-05-01")
    number = step(admin, "ohgo", "design", "2022-06-01", note="館長に電話").json()["history"][1]["id"]
    step(admin, "ohgo", "contract", "2022-07-01")
    strike = f"/venues/ohgo/wifi/steps/{number}/strike"
    shown = Page(admin.get("/venues/ohgo"))
    assert strike in shown.links and f"{NEW}?venue=ohgo" in shown.links
    assert strike not in Page(viewer.get("/venues/ohgo")).links
    # Without the design the contract follows the survey, which the page says before it is done.
    assert "「調査」のつぎが「契約」" in admin.get(strike).text
    assert admin.post(strike, data={"reason": " "}).status_code == 422
    done = admin.post(strike, data={"reason": "日付ちがい"})
    assert (done.status_code, done.headers["location"]) == (303, "/venues/ohgo?done=wifi-step-struck")
    after = admin.get("/venues/ohgo").text
    assert "日付ちがい" in after and "館長に電話" not in after
    assert "もう取り消されて" in Page(admin.get(strike)).h1.replace("\u200b", "")
    assert admin.get("/venues/ohgo/wifi/steps/999/strike").status_code == 404


@on_sqlite
def test_a_sheet_is_seen_first_and_then_entered_as_it_was_seen(admin: TestClient, database: Database) -> None:
    venue(admin, "a", "南橘公民館")
    text = "館名\t調査\t設計\t工事\n南橘公民館\tR4.5.1\tR4.9.1\tR5.10\n"

    def post(path: str, **fields: str) -> Any:
        return admin.post(path, data={"text": text} | fields, files={"file": ("", b"")})

    before, head = rows_of(database), head_of(database)
    wrong = post("/wifi/import")
    assert wrong.status_code == 422 and "月だけでは" in wrong.text and "digest" not in Page(wrong).fields
    text = text.replace("R5.10", "未定")
    page = Page(post("/wifi/import"))
    assert "1館の2件" in page.h1
    assert (rows_of(database), head_of(database)) == (before, head)
    fields = {name: page.fields[name] for name in ("op_id", "digest")}
    entered, again = post("/wifi/import/enter", **fields), post("/wifi/import/enter", **fields)
    assert (entered.status_code, again.headers["location"]) == (303, entered.headers["location"])
    assert head_of(database) == head + 1
    assert "1館の2件" in Page(admin.get(entered.headers["location"])).h1
    assert post("/wifi/import/enter", digest=fields["digest"]).status_code == 412
    assert "同じ" in Page(post("/wifi/import")).h1
    assert admin.get("/wifi/import/1").status_code == 404
    assert Page(admin.post("/wifi/import", data={"text": ""}, files={"file": ("", b"")})).links
