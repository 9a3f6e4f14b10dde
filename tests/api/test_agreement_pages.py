"""Agreements on screen, as forms send them: signing, papers, forms printed before, the words of a pool."""

import base64
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from inventory.database import Database
from tests.api.conftest import rows_of
from tests.api.furnishing import PHONE, association, lend, made, stock
from tests.api.test_pictures import encoded, photo, signature

LOAN = "/loans/R8-00001"
SIGN = f"{LOAN}/agreement/sign"
DRAWN = "data:image/png;base64," + base64.b64encode(signature()).decode()


@pytest.fixture
def lent(admin: TestClient) -> dict[str, Any]:
    stock(admin, 3, agreement_required=True, accessories=[{"name": "充電器"}])
    return lend(admin, "MB-T-0001", "MB-T-0002", borrower={"association": association(admin)})


def hidden(page: str, name: str) -> str:
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def filled(client: TestClient, **fields: str) -> dict[str, str]:
    """The form as its page gives it, with what somebody wrote."""
    page = client.get(SIGN).text
    names = ("op_id", "text_version", "devices")
    return {name: hidden(page, name) for name in names} | {"signed_name": "金井 康男"} | fields


def test_the_sheet_shows_what_is_signed_and_leads_to_every_way_of_signing(
    desk: TestClient, viewer: TestClient, lent: dict[str, Any]
) -> None:
    page = desk.get(f"{LOAN}/agreement").text
    for href in ("/agreement/sign", "/agreement/paper"):
        assert f'href="{LOAN}{href}"' in page
    assert f'href="/api{LOAN}/agreement.pdf"' in page
    assert all(word in page for word in ("堀越町自治会", "MB-T-0002", "充電器1", "第1版", PHONE))
    seen = viewer.get(f"{LOAN}/agreement").text
    assert "/agreement/sign" not in seen and PHONE not in seen
    assert f'href="{LOAN}/agreement"' in desk.get(LOAN).text


def test_a_drawn_signature_is_kept(desk: TestClient, lent: dict[str, Any], database: Database) -> None:
    form = filled(desk, drawing=DRAWN)
    done = desk.post(SIGN, data=form)
    assert (done.status_code, done.headers["location"]) == (303, f"{LOAN}/agreement?done=signed")
    # A second press of the same form is the same act.
    assert desk.post(SIGN, data=form).status_code == 303
    assert rows_of(database)["agreement"] == 1
    page = desk.get(f"{LOAN}/agreement").text
    assert f'src="/api{LOAN}/agreement/signature.png"' in page and "金井 康男" in page
    assert f'href="{SIGN}"' not in page
    assert desk.get(f"/api{LOAN}/agreement").json()["method"] == "screen"
    again = desk.post(SIGN, data=filled_again(desk))
    assert again.status_code == 409


def filled_again(client: TestClient) -> dict[str, str]:
    """What an old page of the form sends, after somebody else has signed."""
    return {"op_id": "another", "text_version": "1", "signed_name": "別の人", "consent": "yes"}


def test_a_name_and_consent_sign_without_script(desk: TestClient, lent: dict[str, Any]) -> None:
    assert desk.post(SIGN, data=filled(desk, consent="yes", drawing="")).status_code == 303
    assert desk.get(f"/api{LOAN}/agreement").json()["method"] == "typed"


def test_a_refused_form_comes_back_with_everything_that_was_written(
    desk: TestClient, lent: dict[str, Any], database: Database
) -> None:
    wrong: list[tuple[dict[str, str], int, str]] = [
        ({}, 422, "signature"),
        ({"drawing": DRAWN, "by_proxy": "yes"}, 422, "relation"),
        ({"drawing": DRAWN, "signed_name": ""}, 422, "signed_name"),
        ({"drawing": "data:image/png;base64,###", "relation": "妻"}, 422, "signature"),
        ({"drawing": "javascript:alert(1)"}, 422, "signature"),
        ({"drawing": DRAWN, "devices": "MB-T-0001"}, 412, ""),
    ]
    for fields, status, field in wrong:
        form = filled(desk, **fields)
        answer = desk.post(SIGN, data=form)
        assert answer.status_code == status, fields
        assert (f'href="#f-{field}"' in answer.text) if field else ('id="wrong"' in answer.text), fields
        if form["signed_name"]:
            assert f'value="{form["signed_name"]}"' in answer.text
        if fields.get("drawing", "").startswith("data:"):
            assert hidden(answer.text, "drawing") == fields["drawing"]
    assert rows_of(database)["agreement"] == 0


def test_a_loan_that_was_taken_back_has_nothing_to_sign(desk: TestClient, lent: dict[str, Any]) -> None:
    page = desk.get(LOAN).text
    undo = re.search(r'action="(/operations/[^"]+/undo)"', page)
    assert undo is None  # Only whoever lent may take it back.
    assert desk.get("/loans/R8-09999/agreement").status_code == 404
    assert desk.get("/loans/R8-09999/agreement/sign").status_code == 404


def test_an_undone_loan_has_no_agreement(admin: TestClient, lent: dict[str, Any]) -> None:
    undo = re.search(r'action="(/operations/[^"]+/undo)"', admin.get(LOAN).text)
    assert undo and admin.post(undo[1], data={"op_id": "u", "back": "/"}).status_code == 303
    assert admin.get(f"{LOAN}/agreement").status_code == 200
    assert "署名を記録する" not in admin.get(SIGN).text
    assert admin.get(f"/api{LOAN}/agreement.pdf").status_code == 409
    assert admin.post(SIGN, data=filled_again(admin)).status_code == 409
    assert admin.get(f"{LOAN}/agreement/paper").status_code == 409


def test_a_paper_is_filed_with_its_scan(desk: TestClient, lent: dict[str, Any], database: Database) -> None:
    path = f"{LOAN}/agreement/paper"
    page = desk.get(path).text
    form = {"op_id": hidden(page, "op_id"), "signed_name": "金井 康男", "signed_on": "2026-04-24"}
    for fields, files, field in (
        ({"signed_on": "2999-01-01"}, {}, "signed_on"),
        ({"signed_on": ""}, {}, "signed_on"),
        ({"by_proxy": "yes"}, {}, "relation"),
        ({"paper": "1234"}, {}, "paper"),
        ({}, {"scan": ("a.pdf", b"%PDF-1.7")}, "scan"),
    ):
        answer = desk.post(path, data=form | fields, files=files or {"scan": ("", b"")})
        assert answer.status_code in (415, 422) and f'href="#f-{field}"' in answer.text, field
        assert 'value="金井 康男"' in answer.text
    assert rows_of(database)["agreement"] == 0
    done = desk.post(path, data=form, files={"scan": ("a.jpg", encoded(photo()))})
    assert (done.status_code, done.headers["location"]) == (303, f"{LOAN}/agreement?done=paper")
    assert rows_of(database)["picture"] == 1
    assert "/api/pictures/" in desk.get(f"{LOAN}/agreement").text
    assert "紙の借用書を記録する</button>" not in desk.get(path).text


def test_a_scan_comes_later(desk: TestClient, lent: dict[str, Any], database: Database) -> None:
    path = f"{LOAN}/agreement/scan"
    assert desk.get(path).status_code == 409
    desk.post(f"{LOAN}/agreement/paper", data={"op_id": "p", "signed_name": "金井", "signed_on": "2026-04-24"})
    assert f'href="{path}"' in desk.get(f"{LOAN}/agreement").text
    empty = desk.post(path, data={"op_id": "s0"}, files={"scan": ("", b"")})
    assert empty.status_code == 422 and 'href="#f-scan"' in empty.text
    done = desk.post(path, data={"op_id": "s1"}, files={"scan": ("a.webp", encoded(photo(), "WEBP"))})
    assert (done.status_code, done.headers["location"]) == (303, f"{LOAN}/agreement?done=scan")
    assert rows_of(database)["picture"] == 1


def test_forms_are_made_found_again_and_filed(desk: TestClient, viewer: TestClient, lent: dict[str, Any]) -> None:
    page = desk.get("/paper").text
    wrong = desk.post("/paper", data={"op_id": "f0", "pool": "", "copies": "3"})
    assert wrong.status_code == 422 and 'href="#f-pool"' in wrong.text and 'value="3"' in wrong.text
    form = {"op_id": hidden(page, "op_id"), "pool": "head-tablets", "copies": "2", "association": "1"}
    done = desk.post("/paper", data=form)
    assert done.status_code == 303
    assert desk.post("/paper", data=form).headers["location"] == done.headers["location"]
    numbers = re.findall(r"\d{8}", done.headers["location"])
    assert len(numbers) == 2
    assert f'href="/api/paper-forms.pdf?numbers={",".join(numbers)}"' in desk.get(done.headers["location"]).text
    # What a scanner gives, or somebody types, leads to the form.
    for code in (numbers[0], f"http://testserver/T/{numbers[0]}", f"{numbers[0][:4]} {numbers[0][4:]}"):
        assert desk.get("/find", params={"q": code}).headers["location"] == f"/paper/{numbers[0]}"
    choose = desk.get(f"/paper/{numbers[0]}").text
    filing = f"{LOAN}/agreement/paper?paper={numbers[0]}"
    assert f'href="{filing}"' in choose
    assert f'href="{filing}"' not in viewer.get(f"/paper/{numbers[0]}").text
    assert f'value="{numbers[0]}"' in desk.get(filing).text
    order = {"op_id": "p1", "signed_name": "金井", "signed_on": "2026-04-24", "paper": numbers[0]}
    assert desk.post(f"{LOAN}/agreement/paper", data=order).status_code == 303
    filed = desk.get(f"/paper/{numbers[0]}").text
    assert f'href="{LOAN}/agreement"' in filed and "agreement/paper" not in filed
    # Nobody has to sign any more, so the other form belongs to no loan.
    assert "agreement/paper" not in desk.get(f"/paper/{numbers[1]}").text
    assert desk.get("/paper/00000000").status_code == 404
    assert desk.get("/find", params={"q": "R8-00001"}).headers["location"] == LOAN


def test_a_name_that_the_ink_lacks_is_told_beside_the_sheet(admin: TestClient, lent: dict[str, Any]) -> None:
    assert "〓" not in admin.get(f"{LOAN}/agreement").text
    head = {"name": "𠮷野 髙﨑", "name_kana": "ヨシノ", "from": "2026-04-02"}
    of = made(admin, "/api/associations", {"name": "吉野町自治会"})["id"]
    made(admin, f"/api/associations/{of}/officers", head)
    number = lend(admin, "MB-T-0003", borrower={"association": of})["number"]
    page = admin.get(f"/loans/{number}/agreement").text
    assert "「𠮷」" in page and "〓" in page and "「髙」" not in page
    assert admin.get(f"/api/loans/{number}/agreement.pdf").headers["x-label-warnings"] == "1"


def test_a_form_offers_loans_of_its_pool_and_association_only(admin: TestClient, lent: dict[str, Any]) -> None:
    other = association(admin, "茂木町自治会")
    lend(admin, "MB-T-0003", borrower={"association": other})
    made(admin, "/api/pools", {"id": "others", "name": "ほか", "kind": "other", "agreement_required": True})
    for order, offered in (
        ({"pool": "head-tablets"}, ["R8-00002", "R8-00001"]),
        ({"pool": "head-tablets", "association": other}, ["R8-00002"]),
        ({"pool": "others"}, []),
    ):
        [number] = made(admin, "/api/paper-forms", order)["numbers"]
        page = admin.get(f"/paper/{number}").text
        assert re.findall(r"/loans/(R8-\d+)/agreement/paper", page) == offered


def test_the_list_of_what_nobody_signed(desk: TestClient, lent: dict[str, Any]) -> None:
    lend(desk, "MB-T-0003")
    assert 'href="/loans?agreement=missing"' in desk.get("/loans").text
    assert desk.get("/loans?agreement=missing").text.count('scope="row"') == 2
    desk.post(SIGN, data=filled(desk, consent="yes"))
    page = desk.get("/loans?agreement=missing").text
    assert page.count('scope="row"') == 1 and "R8-00002" in page
    assert "/api/exports/loans.csv?agreement=missing" in page
    assert desk.get("/api/exports/loans.csv?agreement=missing").text.count("R8-0000") == 1


def test_the_words_of_a_pool_are_shown_tried_and_written(
    admin: TestClient, desk: TestClient, lent: dict[str, Any], database: Database
) -> None:
    path = "/pools/head-tablets/agreement-text"
    assert f'href="{path}"' in admin.get("/pools/head-tablets/forms").text
    assert f'action="{path}"' in admin.get(path).text and f'action="{path}"' not in desk.get(path).text
    form = {
        "op_id": "t1",
        "seen": "1",
        "opening": "新しいはじめの文。",
        "promises": "一つめ。\n\n 二つめ。 \n",
        "statement": "受け取りました。",
        "fields": ["serial", "contact"],
    }
    tried = admin.post(path, data=form | {"preview": "yes"})
    assert tried.status_code == 200 and "二つめ。" in tried.text and "一つめ。" in tried.text
    assert rows_of(database)["agreement_text"] == 0
    for fields, field in (
        ({"promises": ""}, "promises"),
        ({"opening": ""}, "opening"),
        ({"statement": ""}, "statement"),
    ):
        wrong = admin.post(path, data=form | fields)
        assert wrong.status_code == 422 and f'href="#f-{field}"' in wrong.text
        assert "新しいはじめの文。" in wrong.text or field == "opening"
    assert admin.post(path, data=form | {"promises": "一つめ。\n" + "x" * 201}).status_code == 422
    done = admin.post(path, data=form)
    assert (done.status_code, done.headers["location"]) == (303, f"{path}?done=text")
    assert admin.post(path, data=form | {"op_id": "t2"}).status_code == 409
    page = desk.get(path).text
    assert "二つめ。" in page and f'href="{path}?version=1"' in page
    assert "善良な管理者" in desk.get(f"{path}?version=1").text
    assert desk.get(f"{path}?version=9").status_code == 404
    assert desk.get("/pools/none/agreement-text").status_code == 404
    assert desk.post(path, data=form).status_code == 403


def test_other_devices_than_were_signed_for_are_told(desk: TestClient, lent: dict[str, Any]) -> None:
    desk.post(SIGN, data=filled(desk, consent="yes"))
    assert "端末が変わりました" not in desk.get(f"{LOAN}/agreement").text
    swap = {"act": "swap", "code": "MB-T-0003", "target": {"device": "MB-T-0001"}, "op_id": "swap-1", "seq": 1}
    item = swap | {"occurred_at": datetime.now(UTC).isoformat(), "clock_offset_ms": 0}
    answer = desk.post("/api/scans", json={"desk": "窓口1", "items": [item]})
    assert answer.json()["results"][0]["outcome"] == "applied"
    page = desk.get(f"{LOAN}/agreement").text
    assert "端末が変わりました" in page and "MB-T-0001" in page
