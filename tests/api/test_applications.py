"""Applications at the doors: handed in, decided once, and every paper of it as PDF."""

import shutil
import subprocess
from typing import Any

import pytest
from fastapi.testclient import TestClient

from inventory.database import Database
from tests.api.conftest import op, rows_of
from tests.api.furnishing import PHONE, POOL, association, lend, made, stock
from tests.labels.reading import decode, pages

PATH = "/api/applications"


def pdf_words(content: bytes) -> str:
    """The text of a PDF as poppler finds it, without any blanks."""
    tool = shutil.which("pdftotext")
    assert tool, "pdftotext is missing: apt-get install poppler-utils"
    said = subprocess.run([tool, "-", "-"], input=content, capture_output=True, check=True).stdout
    return "".join(said.decode().split())


def paper(client: TestClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.count(b"/FontFile2") >= 1
    return pdf_words(answer.content)


@pytest.fixture
def town(admin: TestClient) -> str:
    stock(admin, 3, lend_word="貸与", return_word="返納", agreement_required=True, accessories=[{"name": "充電器"}])
    return association(admin)


def order(town: str, **fields: Any) -> dict[str, Any]:
    usual = {"association": town, "pool": POOL["id"], "quantity": 1, "from": "2026-04-01", "applied_on": "2026-04-01"}
    return usual | {"purpose": "電子回覧板に使うため"} | fields


DECISION = {"decision": "approved", "decided_on": "2026-04-20", "document_number": "前情政第12号"}


def test_an_application_is_handed_in_and_decided_once(desk: TestClient, town: str, database: Database) -> None:
    headers = op()
    answer = desk.post(PATH, json=order(town), headers=headers)
    assert answer.status_code == 201
    card = answer.json()
    assert (card["state"], card["from"], card["officer"]["name"]) == ("open", "2026-04-01", "金井 康男")
    again = desk.post(PATH, json=order(town), headers=headers)
    assert (again.json(), again.headers["idempotent-replayed"]) == (card, "true")
    assert rows_of(database)["application"] == 1
    here = f"{PATH}/{card['id']}"
    assert desk.get(here).json() == card
    assert [one["id"] for one in desk.get(f"{PATH}?state=open&association={town}").json()["items"]] == [card["id"]]
    assert desk.get(f"{here}/approval.pdf").status_code == 409
    done = desk.post(f"{here}/decide", json=DECISION)
    assert (done.status_code, done.json()["document_number"]) == (200, "前情政第12号")
    assert desk.post(f"{here}/decide", json=DECISION).json()["code"] == "refused"
    assert desk.get(f"{PATH}?state=open").json()["items"] == []
    assert desk.get(f"{PATH}?state=decided&count=exact").json()["total"] == 1


def test_what_cannot_be_is_refused_with_its_field(desk: TestClient, town: str) -> None:
    for wrong, field in (
        ({"quantity": 0}, "quantity"),
        ({"applied_on": "2999-01-01"}, "applied_on"),
        ({"officer": "999"}, "officer"),
        ({"from": None}, "from"),
    ):
        answer = desk.post(PATH, json=order(town, **wrong))
        assert (answer.status_code, [one["field"] for one in answer.json()["errors"]]) == (422, [field])
    assert desk.post(PATH, json=order("999")).status_code == 404
    card = made(desk, PATH, order(town))
    answer = desk.post(f"{PATH}/{card['id']}/decide", json=DECISION | {"decision": "refused"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "reason")
    assert desk.get(f"{PATH}/999").status_code == 404
    assert desk.get(f"{PATH}?cursor=nonsense").status_code == 422


def test_viewers_look_and_do_not_decide(desk: TestClient, viewer: TestClient, town: str) -> None:
    card = made(desk, PATH, order(town))
    assert viewer.get(f"{PATH}/{card['id']}").status_code == 200
    assert viewer.post(PATH, json=order(town)).status_code == 403
    assert viewer.post(f"{PATH}/{card['id']}/decide", json=DECISION).status_code == 403
    told = PHONE.replace("-", "")
    assert told in paper(desk, f"{PATH}/{card['id']}/application.pdf").replace("-", "")
    assert told not in paper(viewer, f"{PATH}/{card['id']}/application.pdf").replace("-", "")


def test_the_papers_say_number_day_and_the_words_of_the_pool(admin: TestClient, town: str) -> None:
    rule: dict[str, Any] = {
        "title": "貸与承認通知書",
        "opening": "次のとおり決定しました。",
        "legal_basis": "前橋市物品管理規則第13条",
    }
    rule |= {"form_number": "様式第2号", "lines": ["大切に使ってください。"]}
    card = made(admin, PATH, order(town))
    asked = paper(admin, f"{PATH}/{card['id']}/application.pdf")
    for word in ("貸与申請書", "（宛先）前橋市長", "令和8年4月1日", "堀越町自治会", "電子回覧板に使うため", "返納"):
        assert word in asked, word
    assert "貸出" not in asked and "返却" not in asked
    refused = made(admin, PATH, order(town))
    admin.post(f"{PATH}/{card['id']}/decide", json=DECISION)
    no = DECISION | {"decision": "refused", "reason": "台数がたりません。", "decided_on": "2026-11-01"}
    assert admin.post(f"{PATH}/{refused['id']}/decide", json=no).status_code == 200
    said = paper(admin, f"{PATH}/{card['id']}/approval.pdf")
    for word in ("貸与承認通知書", "前情政第12号", "令和8年4月20日", "会長金井康男様", "承認", "前橋市長"):
        assert word in said, word
    assert "不承認" not in said
    said = paper(admin, f"{PATH}/{refused['id']}/approval.pdf")
    assert "貸与不承認通知書" in said and "台数がたりません。" in said
    # Words that are written today are not those of a notice of April.
    made(admin, f"/api/pools/{POOL['id']}/form-texts/approval", rule)
    assert "様式第2号" not in paper(admin, f"{PATH}/{card['id']}/approval.pdf")
    blank = paper(admin, f"/api/pools/{POOL['id']}/forms/approval.pdf")
    assert "様式第2号" in blank and "前橋市物品管理規則第13条の規定により、次のとおり決定しました。" in blank


def test_papers_of_a_loan_name_its_devices(admin: TestClient, viewer: TestClient, town: str) -> None:
    loan = lend(admin, "MB-T-0001", "MB-T-0002", borrower={"association": town}, due=None)["number"]
    here = f"/api/loans/{loan}"
    loss = paper(admin, f"{here}/loss.pdf")
    for word in ("亡失・損傷届", f"貸与番号{loan}", "□MB-T-0001", "□MB-T-0002", "金井康男", "警察署", "受理番号"):
        assert word in loss, word
    handover = paper(admin, f"{here}/handover.pdf")
    for word in ("引き継ぎ確認書", "前の使用者", "会長金井康男", "MB-T-0002", "充電器1", "LINE", "アカウント"):
        assert word in handover, word
    assert PHONE not in paper(viewer, f"{here}/loss.pdf")
    assert admin.get(f"{here}/receipt.pdf").status_code == 409
    admin.post("/api/returns", json={"devices": ["MB-T-0001"]}, headers=op())
    back = paper(admin, f"{here}/receipt.pdf")
    for word in ("返納確認書", "返納の日", "まだ返っていないもの", "貸与の日", "生涯学習課"):
        assert word in back, word
    assert "返却" not in back and "貸出" not in back
    # What came back cannot be lost or passed on any more.
    assert "MB-T-0001" not in paper(admin, f"{here}/loss.pdf")
    assert admin.get("/api/loans/R8-09999/loss.pdf").status_code == 404
    agreement = paper(admin, f"{here}/agreement.pdf")
    assert "貸与番号" in agreement and "返納のとき" in agreement and "返却" not in agreement


def test_cards_for_the_refrigerator_are_printed_alone_and_with_the_agreement(
    admin: TestClient, viewer: TestClient, town: str
) -> None:
    loan = lend(admin, "MB-T-0001", "MB-T-0002", borrower={"association": town}, due=None)["number"]
    tags = {admin.get(f"/api/devices/{number}").json()["tag"] for number in ("MB-T-0001", "MB-T-0002")}
    cards = viewer.get(f"/api/loans/{loan}/cards.pdf")
    said = pdf_words(cards.content)
    assert "堀越町" not in said and "金井" not in said
    assert all(tag in said for tag in tags) and "027-000-1234" in said
    [sheet] = pages(cards.content)
    assert {read.text[-8:] for read in decode(sheet)} == tags
    alone = admin.get(f"/api/loans/{loan}/agreement.pdf").content
    both = admin.get(f"/api/loans/{loan}/agreement.pdf?cards=1").content
    assert (len(pages(alone, 50)), len(pages(both, 50))) == (1, 2)
    admin.post("/api/returns", json={"devices": ["MB-T-0001"]}, headers=op())
    [sheet] = pages(admin.get(f"/api/loans/{loan}/cards.pdf").content)
    assert len(decode(sheet)) == 1
    admin.post("/api/returns", json={"devices": ["MB-T-0002"]}, headers=op())
    assert admin.get(f"/api/loans/{loan}/cards.pdf").status_code == 409
    assert admin.get(f"/api/loans/{loan}/agreement.pdf?cards=1").status_code == 200


def test_blank_papers_are_for_everybody_or_for_one_association(admin: TestClient, town: str) -> None:
    forms = f"/api/pools/{POOL['id']}/forms"
    titles = {
        "application": "貸与申請書",
        "approval": "貸与承認通知書",
        "handover": "引き継ぎ確認書",
        "return": "返納確認書",
        "loss": "亡失・損傷届",
    }
    for kind, title in titles.items():
        blank, filled = (paper(admin, f"{forms}/{kind}.pdf{query}") for query in ("", f"?association={town}"))
        assert title in blank and title in filled
        assert "堀越町自治会" not in blank
        assert ("堀越町自治会" in filled) is (kind != "approval")
    assert admin.get(f"{forms}/loss.pdf?association=999").status_code == 404
    assert admin.get(f"{forms}/loss.pdf?version=9").status_code == 404
    assert admin.get("/api/pools/none/forms/loss.pdf").status_code == 404
    assert admin.get(f"{forms}/letter.pdf").status_code == 422
