"""Erasing, handing out and keeping through the doors: who may, what is answered again, and what no answer shows."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import pypdfium2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from inventory.database import Database
from tests.api.conftest import head_of, on_sqlite, op
from tests.api.doors import KNOWN, routes
from tests.inventory import city, whole_person
from tests.inventory.whole_person import MARK, MARKS, PHONE, Whole


@pytest.fixture
def whole(app: FastAPI, database: Database) -> Whole:
    """The person whose everything has a mark, in an app whose accounts are there."""
    return whole_person.enter(database)


def _text(answer: Response) -> str:
    """What an answer says, also inside of a PDF and of packed files."""
    kind = answer.headers.get("content-type", "")
    if kind == "application/pdf":
        document = pypdfium2.PdfDocument(answer.content)
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)
    if answer.content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            return "\n".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    return answer.content.decode("utf-8", "replace")


def keys(client: TestClient, whole: Whole) -> list[str]:
    """The texts of staff that the page offers to erase."""
    page = client.get(f"/people/{whole.person}/erase").text
    return [part.split('"')[0] for part in page.split('name="texts" value="')[1:]]


def erase(client: TestClient, whole: Whole, **order: Any) -> Any:
    return client.post(f"/api/people/{whole.person}/erase", json=order, headers=op())


def test_an_erasure_answers_without_the_name_and_again(desk: TestClient, whole: Whole, database: Database) -> None:
    key = op()
    first = desk.post(f"/api/people/{whole.person}/erase", json={"texts": keys(desk, whole)}, headers=key)
    assert first.status_code == 200, first.text
    assert first.json()["erased_at"] is not None
    assert not any(mark in first.text for mark in (*MARKS, PHONE))
    before = head_of(database)
    again = desk.post(f"/api/people/{whole.person}/erase", json={"texts": []}, headers=key)
    assert again.status_code == 422
    order = {"texts": ["loan.note.1"]}
    assert desk.post(f"/api/people/{whole.person}/erase", json=order, headers=key).status_code == 422
    assert head_of(database) == before
    assert whole_person.marked(database) == {}


def test_the_page_offers_what_others_told_about_the_person(desk: TestClient, whole: Whole, database: Database) -> None:
    act: dict[str, Any] = {"officer": None, "loan": None, "resolved": False, "receipt": "111222"}
    city.act(database, whole_person.report, **act, phone=None, email=None, words=f"{MARK}さんの番号")
    presence: dict[str, Any] = {
        "round_id": 1,
        "device_id": 2,
        "channel": "phone",
        "in_hand": True,
        "confirmed_at": city.NOON,
    }
    city.act(database, whole_person.row, "presence", **presence, note=f"{MARK}さんが持っている")
    offered = keys(desk, whole)
    kinds = {key.rpartition(".")[0] for key in offered}
    assert kinds >= {"issue.words", "issue.reporter_name", "issue_message.words", "presence.note", "loan.note"}
    form = {"texts": offered, "reason": "request", "op_id": "erase-all"}
    assert desk.post(f"/people/{whole.person}/erase", data=form).status_code == 303
    marked = whole_person.marked(database)
    # The picture of somebody else's report is for whoever looks at it.
    assert set(marked) <= {"picture"}


def test_the_same_key_gets_the_first_answer(desk: TestClient, whole: Whole) -> None:
    key = op()
    first, again = (desk.post(f"/api/people/{whole.person}/erase", headers=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == first.json()


def test_refusals_say_what_stands_in_the_way(desk: TestClient, whole: Whole, database: Database) -> None:
    assert desk.post("/api/people/99/erase", json={}, headers=op()).status_code == 404
    assert erase(desk, whole, texts=["person.name.1"]).status_code == 422
    assert erase(desk, whole, reason="because").status_code == 422
    act: dict[str, Any] = {"officer": int(whole.officer), "loan": None, "resolved": False, "receipt": "111222"}
    city.act(database, whole_person.report, **act)
    refused = erase(desk, whole)
    assert (refused.status_code, refused.json()["code"]) == (409, "refused")
    assert "111-222" in refused.json()["detail"]


def test_the_export_is_the_whole_record(desk: TestClient, whole: Whole) -> None:
    answer = desk.get(f"/api/people/{whole.person}/export")
    assert answer.headers["content-disposition"] == f'attachment; filename="person-{whole.person}.json"'
    assert MARK in answer.json()["person"]["name"]
    packed = desk.get(f"/api/people/{whole.person}/export.zip")
    assert packed.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        names = archive.namelist()
        record = json.loads(archive.read("record.json"))
    assert names[0] == "record.json"
    assert len(names) == 1 + 1 + sum(len(one["scans"]) for one in record["agreements"]) + 1
    assert {**record, "as_of": None} == {**answer.json(), "as_of": None}


@on_sqlite
@pytest.mark.parametrize("role", ["viewer", "it"])
def test_only_the_desk_and_admins_see_and_erase_a_person(
    sign_in: Callable[[str], TestClient], whole: Whole, database: Database, role: str
) -> None:
    client = sign_in(role)
    for path in ("", "/erase"):
        assert client.get(f"/people/{whole.person}{path}").status_code == 403
    for path in ("/export", "/export.zip"):
        assert client.get(f"/api/people/{whole.person}{path}").status_code == 403
    assert erase(client, whole).status_code == 403
    assert "person" in whole_person.marked(database)


@on_sqlite
def test_the_page_erases_and_a_refused_form_comes_back_filled(
    desk: TestClient, whole: Whole, database: Database
) -> None:
    address = f"/people/{whole.person}/erase"
    refused = desk.post(address, data={"reason": "other", "texts": ["device.note.77"], "op_id": "one"})
    assert refused.status_code == 422
    assert 'value="other" checked' in refused.text
    done = desk.post(address, data={"reason": "request", "texts": keys(desk, whole), "op_id": "two"})
    assert (done.status_code, done.headers["location"]) == (303, f"/people/{whole.person}?done=erased")
    assert whole_person.marked(database) == {}
    assert desk.get(done.headers["location"]).status_code == 200


@on_sqlite
def test_no_answer_of_any_door_shows_an_erased_person(
    app: FastAPI, admin: TestClient, whole: Whole, database: Database
) -> None:
    """Every page, list, file and JSON answer that an admin can ask for, before and after."""
    known = {**KNOWN, "number": whole.loan, "pool": "tablets", "form": "xlsx"}

    def shown() -> set[str]:
        found = set()
        for route in routes(app):
            if route.method != "GET" or route.path in ("/openapi.json", "/static"):
                continue
            answer = admin.get(re.sub(r"{(\w+)(:path)?}", lambda name: known.get(name[1], "1"), route.path))
            assert answer.status_code < 500, route.path
            if any(mark in _text(answer) for mark in (*MARKS, PHONE, "ミルシ")):
                found.add(route.path)
        return found

    before = shown()
    assert before >= {
        "/people/{person}",
        "/api/people/{person}/export.zip",
        "/loans/{number}",
        "/api/loans/{number}",
        "/api/loans/{number}/agreement.pdf",
        "/api/pictures/{picture}",
        "/associations/{association}",
        "/api/exports/loans.{form}",
    }
    order = {"texts": keys(admin, whole)}
    assert admin.post(f"/api/people/{whole.person}/erase", json=order, headers=op()).status_code == 200
    assert shown() == set()


def test_rules_of_keeping_are_read_tried_and_set(admin: TestClient, whole: Whole, database: Database) -> None:
    assert admin.get("/api/retention").json()["rules"] == dict.fromkeys(("people", "reports", "pictures", "notes"))
    key = op()
    first = admin.put("/api/retention", json={"people": 3}, headers=key)
    assert (first.status_code, first.json()["people"]) == (200, 3)
    again = admin.put("/api/retention", json={"people": 3}, headers=key)
    assert again.headers["idempotent-replayed"] == "true"
    assert admin.put("/api/retention", json={"people": 0}).status_code == 422
    assert admin.get("/api/retention").json()["counts"] == {"people": 0}


@on_sqlite
def test_trying_the_years_writes_nothing(
    admin: TestClient, whole: Whole, database: Database, at: Callable[[Any], None]
) -> None:
    at(city.later(days=4000))
    admin.post("/api/session", json={"username": "admin", "password": "さくらと自転車で出かけた日"})
    before = head_of(database)
    tried = admin.post("/retention", data={"people": "3", "reports": "", "try": "yes"})
    assert tried.status_code == 200
    assert f"/people/{whole.person}" in tried.text
    assert head_of(database) == before
    wrong = admin.post("/retention", data={"people": "百"})
    assert (wrong.status_code, 'value="百"' in wrong.text) == (422, True)
    assert head_of(database) == before
    done = admin.post("/retention", data={"people": "3", "op_id": "keep"})
    assert done.headers["location"] == "/retention?done=retention"
    assert admin.get("/api/retention").json()["rules"]["people"] == 3
    assert admin.get("/retention").text.count(f"/people/{whole.person}") == 1


@on_sqlite
@pytest.mark.parametrize("role", ["viewer", "desk", "it"])
def test_only_admins_say_how_long_things_are_kept(sign_in: Callable[[str], TestClient], role: str) -> None:
    client = sign_in(role)
    assert client.get("/retention").status_code == 403
    assert client.post("/retention", data={"people": "1"}).status_code == 403
    assert client.get("/api/retention").status_code == 403
    assert client.put("/api/retention", json={"people": 1}).status_code == 403


def test_a_person_in_office_is_shown_with_it(desk: TestClient, whole: Whole, database: Database) -> None:
    record = desk.get(f"/api/people/{whole.person}/export").json()
    assert record["offices"][0]["until"] == date(2026, 11, 23).isoformat()
    assert record["offices"][0]["association_id"] == whole.association
