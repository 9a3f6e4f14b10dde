"""Supporters over JSON: who may see what, who is asked to help, and lists that come in and go out."""

import csv
import io
from collections.abc import Callable
from typing import Any

from fastapi.testclient import TestClient
from openpyxl import Workbook, load_workbook

from inventory.database import Database
from tests.api.conftest import head_of, op, rows_of
from tests.api.furnishing import EMAIL, PHONE, course, made, venue

SignIn = Callable[[str], TestClient]
NEW: dict[str, Any] = {"name": "髙橋 節子", "name_kana": "たかはし せつこ", "category": "care_prevention"}
NEW |= {
    "consented_on": "2026-06-01",
    "registered_on": "2026-06-01",
    "phone": PHONE,
    "email": EMAIL,
    "note": "火曜は休み",
}
DAY = ("2999-05-20T10:00:00+09:00", "2999-05-20T12:00:00+09:00")


def register(client: TestClient, **fields: Any) -> dict[str, Any]:
    return made(client, "/api/supporters", NEW | fields)


def send(client: TestClient, data: bytes, *, dry_run: bool = False, headers: dict[str, str] | None = None) -> Any:
    door = f"/api/imports/supporters?dry_run={str(dry_run).lower()}"
    return client.post(door, files={"file": ("名簿", data)}, headers=headers)


def table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_a_supporter_is_registered_changed_and_ended(desk: TestClient, database: Database) -> None:
    district = made(desk, "/api/districts", {"name": "大胡地区"})["id"]
    answer = desk.post("/api/supporters", json=NEW | {"districts": [district]}, headers=(key := op()))
    card = answer.json()
    assert (answer.status_code, answer.headers["etag"], card["active"]) == (201, '"1"', True)
    assert (card["phone"], card["districts"][0]["name"], card["name_kana"]) == (PHONE, "大胡地区", "タカハシ セツコ")
    again = desk.post("/api/supporters", json=NEW | {"districts": [district]}, headers=key)
    assert (again.json(), again.headers["idempotent-replayed"]) == (card, "true")
    here = f"/api/supporters/{card['id']}"
    assert desk.get(here).json() == card
    assert desk.patch(here, json={"category": "student"}).status_code == 428
    changed = desk.patch(here, json={"category": "student"}, headers={"If-Match": '"1"'})
    assert (changed.json()["category"], changed.headers["etag"]) == ("student", '"2"')
    assert desk.patch(here, json={}, headers={"If-Match": '"1"'}).status_code == 412
    ended = desk.post(f"{here}/end", json={"on": "2026-06-30"}, headers=op())
    assert (ended.json()["active"], ended.json()["ended_on"]) == (False, "2026-06-30")
    assert desk.get("/api/supporters/999").status_code == 404
    assert desk.get("/api/supporters?active=true").json()["items"] == []
    assert len(desk.get(f"/api/supporters?active=false&district={district}&q=高橋").json()["items"]) == 1


def test_without_consent_nobody_is_registered(desk: TestClient, database: Database) -> None:
    before = head_of(database)
    refused = desk.post("/api/supporters", json={"name": "荒木 一", "category": "welfare"}, headers=op())
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "consented_on")
    assert head_of(database) == before and rows_of(database)["person"] == 0


def test_contacts_are_for_those_who_need_them(sign_in: SignIn, desk: TestClient) -> None:
    card = register(desk)
    for role, sees in (("viewer", False), ("it", True), ("desk", True)):
        client = sign_in(role)
        for answer in (
            client.get(f"/api/supporters/{card['id']}").json(),
            client.get("/api/supporters").json()["items"][0],
        ):
            assert (answer["phone"], answer["email"], answer["note"]) == (
                (PHONE, EMAIL, "火曜は休み") if sees else (None, None, None)
            )
        row = table(client.get("/api/exports/supporters.csv").content)[0]
        assert ("電話番号" in row, "メール" in row, "メモ" in row) == (sees, sees, sees)
        assert row["氏名"] == "髙橋 節子"


def test_supporters_are_asked_answer_and_are_taken_back(desk: TestClient) -> None:
    day = course(desk, None, *DAY)
    first, second = register(desk)["id"], register(desk, name="荒木 一")["id"]
    here = f"/api/courses/{day}/helpers"
    order = {"supporters": [first, second]}
    asked = desk.post(here, json=order, headers=(key := op())).json()
    assert (asked["asked"], asked["agreed"], asked["needed"]) == (2, 0, None)
    assert desk.post(here, json=order, headers=key).json() == asked
    helper = asked["items"][0]["id"]
    answered = desk.post(f"{here}/{helper}/answer", json={"answer": "agreed"}, headers=op()).json()
    assert (answered["agreed"], answered["items"][0]["answer"]) == (1, "agreed")
    gone = desk.post(f"{here}/{answered['items'][1]['id']}/take-back", headers=op()).json()
    assert (gone["asked"], gone["agreed"]) == (1, 1)
    assert desk.get(here).json() == gone
    assert desk.post(here, json={"supporters": []}, headers=op()).status_code == 422
    assert desk.post(f"{here}/999/answer", json={"answer": "agreed"}, headers=op()).status_code == 404
    assert desk.post(f"{here}/{helper}/answer", json={"answer": "maybe"}, headers=op()).status_code == 422
    for unknown in ("/api/courses/999/helpers", "/api/courses/x/helpers"):
        assert desk.get(unknown).status_code == 404
    card = desk.get(f"/api/supporters/{first}").json()
    assert (card["asked"], card["agreed"]) == (1, 1)


def test_what_was_reported_stands_beside_the_register(desk: TestClient) -> None:
    programme = made(desk, "/api/programmes", {"code": "S16", "fiscal_year": 2025, "name": "人材育成"})["id"]
    register(desk, programme=programme)
    found = desk.get("/api/supporters/counts?fiscal_year=2025").json()
    assert (found["asked"], found["agreed"], found["programmes"][0]["registered"]) == (None, None, 1)
    assert desk.get("/api/supporters/counts").status_code == 422


def test_our_own_list_reads_back_as_nothing_new(desk: TestClient, database: Database) -> None:
    district = made(desk, "/api/districts", {"name": "大胡地区"})["id"]
    programme = made(desk, "/api/programmes", {"code": "S16", "fiscal_year": 2025, "name": "人材育成"})["id"]
    register(desk, districts=[district], programme=programme, note="一行目\n=二行目")
    register(desk, name="𠮷田 〜子", category="other", note="'=x")
    gone = register(desk, name="荒木 一")
    desk.post(f"/api/supporters/{gone['id']}/end", json={"on": "2026-06-30"}, headers=op())
    erased = register(desk, name="茂木 ちづる")
    assert desk.post(f"/api/people/{erased['person']}/erase", json={}, headers=op()).status_code == 200
    before = head_of(database)
    for file in ("supporters.xlsx", "supporters.csv", "supporters.csv?encoding=cp932"):
        sent = send(desk, desk.get(f"/api/exports/{file}").content, dry_run=True)
        told = sent.json()
        assert (told["rows"], told["created"], told["changed"], told["unchanged"]) == (4, 0, 0, 4), file
        assert told["errors"] == []
    assert head_of(database) == before
    done = send(desk, desk.get("/api/exports/supporters.xlsx").content).json()
    assert (done["created"], done["changed"], done["unchanged"]) == (0, 0, 4)


def test_a_list_is_entered_all_or_not_at_all(desk: TestClient, database: Database) -> None:
    lines = "登録名簿\n\n氏名,区分,同意年月日,TEL,好きな花\n荒木 一,民生委員,令和8年6月1日,027-283-5678,桜\n"
    bad = lines + "金井 康男,学生,,,\n"
    refused = send(desk, bad.encode("cp932"))
    assert (refused.status_code, refused.json()["encoding"]) == (422, "cp932")
    assert [(one["line"], one["column"]) for one in refused.json()["errors"]] == [(5, "同意年月日")]
    assert rows_of(database)["supporter"] == 0
    dry = send(desk, lines.encode(), dry_run=True).json()
    assert (dry["created"], rows_of(database)["supporter"]) == (1, 0)
    done = send(desk, lines.encode(), headers=(key := op()))
    assert (done.status_code, done.json()["created"]) == (200, 1)
    assert send(desk, lines.encode(), headers=key).headers["idempotent-replayed"] == "true"
    assert rows_of(database)["supporter"] == 1
    for useless in (b"", "名前\n".encode(), "氏名,分類\n".encode(), "氏名,氏名,分類\n甲,乙,学生\n".encode()):
        assert send(desk, useless).status_code == 422


def test_the_template_has_the_headers_that_are_read(desk: TestClient) -> None:
    sheet = load_workbook(io.BytesIO(desk.get("/api/imports/supporters/template.xlsx").content)).active
    assert sheet is not None
    headers = [cell.value for cell in next(iter(sheet.iter_rows()))]
    book = Workbook()
    filled = book.active
    assert filled is not None
    filled.append(headers)
    values = {"氏名": "荒木 一", "分類": "学生", "同意日": "2026-06-01"}
    filled.append([values.get(str(header)) for header in headers])
    target = io.BytesIO()
    book.save(target)
    told = send(desk, target.getvalue(), dry_run=True).json()
    assert (told["created"], told["errors"]) == (1, [])


def test_no_pack_no_calendar_and_no_open_data_names_a_supporter(desk: TestClient, admin: TestClient) -> None:
    day = course(admin, venue(admin), *DAY)
    person = register(desk, name="龘驫 康男")["id"]
    helpers = desk.post(f"/api/courses/{day}/helpers", json={"supporters": [person]}, headers=op()).json()
    helper = helpers["items"][0]["id"]
    desk.post(f"/api/courses/{day}/helpers/{helper}/answer", json={"answer": "agreed"}, headers=op())
    for address in (
        "/api/desk/pack?venue=ohgo&on=2999-05-20",
        f"/courses/{day}.ics",
        "/api/exports/courses.ics",
        "/api/exports/courses.csv",
        "/api/exports/event.csv",
        f"/api/courses/{day}/readiness",
        "/api/fiscal-years/2026/summary",
    ):
        answer = desk.get(address)
        assert answer.status_code == 200, address
        assert "龘" not in answer.text, address
