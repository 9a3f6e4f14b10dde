"""The words of papers and applications on screen, as forms send them."""

import re

import pytest
from fastapi.testclient import TestClient

from inventory.database import Database
from tests.api.conftest import rows_of
from tests.api.furnishing import POOL, association, stock
from tests.api.test_applications import pdf_words

FORMS = f"/pools/{POOL['id']}/forms"
TEXT = f"{FORMS}/loss"
API = f"/api/pools/{POOL['id']}/form-texts/loss"
WORDS = {
    "title": "亡失等届",
    "opening": "次のとおり届け出ます。",
    "lines": "見つけたら届けます。\n\n二度となくしません。",
    "statement": "まちがいありません。",
    "legal_basis": "前橋市物品管理規則第20条",
    "form_number": "様式第5号",
}


@pytest.fixture(autouse=True)
def town(admin: TestClient) -> str:
    stock(admin, 1, agreement_required=True, lend_word="貸付")
    return association(admin)


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="(\d+)"', page)
    assert found
    return found[1]


def test_the_list_leads_to_every_paper(admin: TestClient, viewer: TestClient) -> None:
    assert f'href="{FORMS}"' in admin.get("/pools").text
    page = viewer.get(FORMS).text
    for kind in ("application", "approval", "handover", "return", "loss"):
        assert f'href="{FORMS}/{kind}"' in page and f'href="/api{FORMS}/{kind}.pdf"' in page
    assert f'href="/pools/{POOL["id"]}/agreement-text"' in page
    assert "貸付申請書" in page and "貸出申請書" not in page
    assert viewer.get("/pools/none/forms").status_code == 404


def test_a_version_is_looked_at_before_it_counts(admin: TestClient, database: Database) -> None:
    form = {**WORDS, "fields": ["contact", "police"], "seen": seen(admin.get(TEXT).text)}
    shown = admin.post(TEXT, data=form | {"preview": "yes"})
    assert shown.status_code == 200
    for word in ("亡失等届", "様式第5号", "前橋市物品管理規則第20条の規定により、次のとおり", "二度となくしません。"):
        assert word in shown.text
    made = admin.post(TEXT, data=form | {"pdf": "yes"})
    assert made.headers["content-type"] == "application/pdf"
    said = pdf_words(made.content)
    assert "亡失等届" in said and "様式第5号" in said and "警察署" in said
    assert rows_of(database)["form_text"] == 0
    done = admin.post(TEXT, data=form)
    assert (done.status_code, done.headers["location"]) == (303, f"{TEXT}?done=form-text")
    assert rows_of(database)["form_text"] == 2
    card = admin.get(API).json()["items"][0]
    assert (card["version"], card["lines"]) == (2, ["見つけたら届けます。", "二度となくしません。"])
    assert card["fields"] == ["contact", "police"]
    page = admin.get(TEXT).text
    assert f'href="{TEXT}?version=1"' in page
    assert "亡失・損傷届" in admin.get(f"{TEXT}?version=1").text
    assert admin.get(f"{TEXT}?version=3").status_code == 404


def test_two_who_write_at_once_are_told(admin: TestClient, database: Database) -> None:
    first = WORDS | {"seen": "1"}
    assert admin.post(TEXT, data=first).status_code == 303
    second = admin.post(TEXT, data=first | {"title": "ほかの題"})
    assert second.status_code == 409
    # What was written comes back, and what it was based on stays.
    assert 'value="ほかの題"' in second.text and seen(second.text) == "1"
    assert rows_of(database)["form_text"] == 2


def test_what_cannot_be_printed_is_told_beside_its_field(admin: TestClient, database: Database) -> None:
    for wrong, field in (
        ({"title": ""}, "title"),
        ({"opening": ""}, "opening"),
        ({"lines": "\n".join(["行"] * 21)}, "lines"),
        ({"lines": "よい行\n" + "長" * 201}, "lines"),
        ({"fields": ["purpose"]}, "fields"),
        ({"fields": ["{{ secret }}"]}, "fields"),
        ({"form_number": "様" * 41}, "form_number"),
    ):
        answer = admin.post(TEXT, data=WORDS | wrong)
        assert answer.status_code == 422, wrong
        assert f'href="#f-{field}"' in answer.text, wrong
    assert rows_of(database)["form_text"] == 0
    # There is no template language: braces are printed as they stand.
    shown = admin.post(TEXT, data=WORDS | {"title": "{{ 7 * 7 }}<b>", "preview": "yes"}).text
    assert "{{ 7 * 7 }}&lt;b&gt;" in shown


def test_only_it_writes_words(desk: TestClient, viewer: TestClient) -> None:
    for client in (desk, viewer):
        assert "刷り上がりを見る" not in client.get(TEXT).text
        assert client.post(TEXT, data=WORDS).status_code == 403
        assert client.post(API, json={"title": "題", "opening": "文"}).status_code == 403


def test_the_agreement_has_its_rule_and_number_too(admin: TestClient) -> None:
    path = f"/pools/{POOL['id']}/agreement-text"
    words = {"opening": "借ります。", "promises": "守ります。", "statement": "受け取りました。", "seen": "1"}
    words |= {"legal_basis": "前橋市物品管理規則第12条", "form_number": "様式第3号"}
    shown = admin.post(path, data=words | {"preview": "yes"}).text
    assert "前橋市物品管理規則第12条の規定により、借ります。" in shown and ">様式第3号</p>" in shown
    assert admin.post(path, data=words).status_code == 303
    card = admin.get(f"/api/pools/{POOL['id']}/agreement-texts").json()["items"][0]
    assert (card["legal_basis"], card["form_number"]) == ("前橋市物品管理規則第12条", "様式第3号")


def test_an_application_is_entered_decided_and_lent_on_screen(desk: TestClient, viewer: TestClient, town: str) -> None:
    assert 'href="/applications"' in desk.get("/associations").text
    assert "えらんでください" in desk.get("/applications/new").text
    page = desk.get(f"/applications/new?association={town}").text
    assert f'href="/api/pools/{POOL["id"]}/forms/application.pdf?association={town}"' in page
    form = {"association": town, "pool": POOL["id"], "quantity": "1", "from": "2026-04-01", "applied_on": "2026-04-01"}
    bad = desk.post("/applications/new", data=form | {"until": "2026-03-01", "note": "のこる"})
    assert bad.status_code == 422 and 'href="#f-until"' in bad.text and "のこる" in bad.text
    assert desk.post("/applications/new", data=form | {"association": "999"}).status_code == 404
    done = desk.post("/applications/new", data=form)
    assert done.status_code == 303
    here = done.headers["location"].partition("?")[0]
    assert f'href="{here}"' in viewer.get("/applications").text
    assert f"{here}/decide" in desk.get(here).text and f"{here}/decide" not in viewer.get(here).text
    assert viewer.get(f"{here}/decide").status_code == 403
    bad = desk.post(
        f"{here}/decide", data={"decision": "refused", "decided_on": "2026-04-20", "document_number": "1号"}
    )
    assert bad.status_code == 422 and 'href="#f-reason"' in bad.text
    bad = desk.post(f"{here}/decide", data={"decided_on": "2026-04-20"})
    assert 'href="#f-decision"' in bad.text and 'href="#f-document_number"' in bad.text
    order = {"decision": "approved", "decided_on": "2026-04-20", "document_number": "前情政第12号"}
    assert desk.post(f"{here}/decide", data=order).status_code == 303
    page = desk.get(here).text
    assert f'href="/loans/new?association={town}"' in page and f'href="/api{here}/approval.pdf"' in page
    again = desk.post(f"{here}/decide", data=order)
    assert again.status_code == 409
    assert here not in desk.get("/applications").text
    assert here in desk.get("/applications?state=decided").text
    assert "前情政第12号" in desk.get(f"/applications?state=decided&association={town}").text
    assert desk.get("/applications/999").status_code == 404


def test_pages_work_before_there_is_anything(desk: TestClient) -> None:
    assert desk.get("/applications").status_code == 200
    assert desk.get("/applications?state=decided").status_code == 200
    assert desk.get("/applications/new?association=999").status_code == 404
