"""Agreements over JSON: signing on the screen, by name, on paper; the papers of a loan; and who may see what."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from inventory.database import Database
from tests.api.conftest import head_of, on_sqlite, op, rows_of
from tests.api.furnishing import PHONE, association, lend, made, stock
from tests.api.test_pictures import encoded, photo, signature
from tests.labels.reading import decode, pages, text

LOAN = "R8-00001"
SIGN = f"/api/loans/{LOAN}/agreement"


@pytest.fixture
def lent(admin: TestClient) -> dict[str, Any]:
    """Two tablets out with the head of an association, whose pool wants an agreement."""
    stock(admin, 3, agreement_required=True, accessories=[{"name": "充電器"}])
    return lend(admin, "MB-T-0001", "MB-T-0002", borrower={"association": association(admin)}, purpose="電子回覧")


def signed(client: TestClient, *, key: dict[str, str] | None = None, **fields: Any) -> Any:
    data = {"signed_name": "金井 康男"} | fields
    return client.post(SIGN, data=data, files={"signature": ("s.png", signature(), "image/png")}, headers=key or op())


def said(pdf: bytes) -> str:
    return "".join(text(pdf).split())


def test_a_loan_is_marked_until_somebody_signs(desk: TestClient, lent: dict[str, Any], database: Database) -> None:
    assert lent["agreement"] == "missing"
    assert desk.get(SIGN).json()["code"] == "agreement-missing"
    answer = signed(desk)
    assert answer.status_code == 201, answer.text
    card = answer.json()
    assert (card["method"], card["signed_name"], card["by_proxy"], card["relation"]) == (
        "screen",
        "金井 康男",
        False,
        None,
    )
    assert card["text"]["version"] == 1 and card["has_signature"] and len(card["signature_sha256"]) == 64
    loan = desk.get(f"/api/loans/{LOAN}").json()
    assert loan["agreement"] == {"signed_at": card["signed_at"], "method": "screen"}
    assert rows_of(database)["agreement"] == 1
    assert desk.get(SIGN).json() == card


def test_the_signature_comes_back_as_a_grey_png(desk: TestClient, lent: dict[str, Any]) -> None:
    assert desk.get(f"{SIGN}/signature.png").status_code == 404
    signed(desk)
    answer = desk.get(f"{SIGN}/signature.png")
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert Image.open(io.BytesIO(answer.content)).mode == "L"


def test_signing_again_is_refused_and_the_same_act_is_repeated(
    desk: TestClient, lent: dict[str, Any], database: Database
) -> None:
    key = op()
    first = signed(desk, key=key)
    before = (rows_of(database), head_of(database))
    again = signed(desk, key=key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    assert signed(desk, key=key, signed_name="別の人").json()["code"] == "op-id-reused"
    other = desk.post(
        SIGN, data={"signed_name": "金井 康男"}, files={"signature": signature(size=(700, 300))}, headers=key
    )
    assert other.json()["code"] == "op-id-reused"
    refused = signed(desk)
    assert (refused.status_code, refused.json()["code"]) == (409, "refused")
    assert (rows_of(database), head_of(database)) == before


def test_a_name_and_consent_sign_without_a_drawing(desk: TestClient, lent: dict[str, Any]) -> None:
    refused = desk.post(SIGN, data={"signed_name": "金井 康男"}, headers=op())
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "signature")
    card = desk.post(SIGN, data={"signed_name": "金井 康男", "consent": "yes"}, headers=op()).json()
    assert (card["method"], card["has_signature"], card["signature_sha256"]) == ("typed", False, None)


def test_a_proxy_says_what_they_are_to_the_borrower(desk: TestClient, lent: dict[str, Any]) -> None:
    refused = signed(desk, by_proxy="true")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "relation")
    card = signed(desk, signed_name="金井 花子", by_proxy="true", relation="妻").json()
    assert (card["by_proxy"], card["relation"]) == (True, "妻")
    assert "代理（妻）" in said(desk.get(f"{SIGN}.pdf").content)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"signed_name": ""}, "signed_name"),
        ({"signed_name": "x" * 61}, "signed_name"),
        ({"signed_name": "金井\x07"}, "signed_name"),
        ({"surprise": "1"}, "surprise"),
        ({"text_version": "none"}, "text_version"),
        ({"by_proxy": "perhaps"}, "by_proxy"),
    ],
)
@on_sqlite
def test_a_wrong_field_is_named(
    desk: TestClient, lent: dict[str, Any], database: Database, fields: dict[str, Any], field: str
) -> None:
    refused = signed(desk, **fields)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
    assert rows_of(database)["agreement"] == 0


def test_a_signature_that_is_none_is_refused(desk: TestClient, lent: dict[str, Any], database: Database) -> None:
    empty = encoded(Image.new("L", (300, 100), 255), "PNG")
    for content, status in ((encoded(photo()), 415), (b"GIF89a", 415), (empty, 422), (signature()[:80], 422)):
        answer = desk.post(SIGN, data={"signed_name": "金井"}, files={"signature": content}, headers=op())
        assert (answer.status_code, answer.json()["code"]) == (status, "bad-photo")
        assert answer.json()["errors"][0]["field"] == "signature"
    assert rows_of(database)["agreement"] == 0
    assert desk.post(SIGN, data={"signed_name": "金井"}).json()["code"] == "missing-op-id"
    assert desk.post("/api/loans/R8-09999/agreement", data={"signed_name": "a", "consent": "1"}, headers=op()).json()[
        "code"
    ] == ("not-found")


def test_what_the_signer_saw_is_what_is_signed(desk: TestClient, admin: TestClient, lent: dict[str, Any]) -> None:
    stale = signed(desk, devices=["MB-T-0001"])
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    words = {"opening": "新しい文です。", "promises": ["大切に使います。"], "statement": "受け取りました。"}
    made(admin, "/api/pools/head-tablets/agreement-texts", words)
    card = signed(desk, devices=["MB-T-0002", "MB-T-0001"], text_version=1).json()
    assert card["text"]["version"] == 1 and len(card["text"]["promises"]) == 6
    assert signed(desk, text_version=9).json()["code"] in ("not-found", "refused")


def test_the_paper_says_what_was_signed_whatever_comes_later(
    desk: TestClient, admin: TestClient, lent: dict[str, Any]
) -> None:
    before = desk.get(f"{SIGN}.pdf")
    assert before.headers["content-type"] == "application/pdf"
    assert "filename*=UTF-8''%E5%80%9F" in before.headers["content-disposition"]
    told = said(before.content)
    for word in (
        LOAN,
        "堀越町自治会",
        "会長金井康男",
        "MB-T-0001",
        "MB-T-0002",
        "充電器1",
        "第1版",
        "電子回覧",
        "前橋市長",
    ):
        assert word in told, word
    assert PHONE in told
    codes = [read.text for page in pages(before.content) for read in decode(page)]
    assert codes == [f"http://testserver/loans/{LOAN}"]
    signed(desk)
    made(
        admin,
        "/api/pools/head-tablets/agreement-texts",
        {"opening": "第2版の文。", "promises": ["新しい約束。"], "statement": "受け取りました。"},
    )
    admin.post("/api/returns", json={"devices": ["MB-T-0001"]}, headers=op())
    after = desk.get(f"{SIGN}.pdf").content
    assert "新しい約束" not in said(after) and "MB-T-0001" in said(after)
    assert after == desk.get(f"{SIGN}.pdf").content


def test_viewers_see_the_paper_without_telephone_numbers(
    viewer: TestClient, desk: TestClient, lent: dict[str, Any]
) -> None:
    assert PHONE in said(desk.get(f"{SIGN}.pdf").content)
    answer = viewer.get(f"{SIGN}.pdf")
    assert answer.status_code == 200 and PHONE not in said(answer.content)


def test_a_paper_is_filed_and_its_scan_comes_later(desk: TestClient, viewer: TestClient, lent: dict[str, Any]) -> None:
    early = desk.post(f"{SIGN}/scans", files={"scan": encoded(photo())}, headers=op())
    assert (early.status_code, early.json()["code"]) == (409, "agreement-missing")
    order = {"signed_name": "金井 康男", "signed_on": "2026-04-24"}
    future = desk.post(f"{SIGN}/paper", data=order | {"signed_on": "2999-01-01"}, headers=op())
    assert (future.status_code, future.json()["errors"][0]["field"]) == (422, "signed_on")
    card = desk.post(f"{SIGN}/paper", data=order, headers=op()).json()
    assert (card["method"], card["scans"]) == ("paper", [])
    assert desk.get(f"/api/loans/{LOAN}").json()["agreement"]["signed_at"].startswith("2026-04-23T15:00:00")
    assert "令和8年4月24日" in said(desk.get(f"{SIGN}.pdf").content)
    key = op()
    added = desk.post(f"{SIGN}/scans", files={"scan": encoded(photo())}, headers=key)
    assert added.status_code == 201
    assert desk.post(f"{SIGN}/scans", files={"scan": encoded(photo())}, headers=key).json() == added.json()
    [scan] = added.json()["scans"]
    assert desk.get(f"/api/pictures/{scan}").headers["content-type"] == "image/jpeg"
    # A paper shows whatever was written on it, so it is for those who see telephone numbers.
    assert viewer.get(f"/api/pictures/{scan}").status_code == 403


def test_a_scan_may_come_with_the_paper_and_a_wrong_one_keeps_everything_unsaid(
    desk: TestClient, lent: dict[str, Any], database: Database
) -> None:
    order = {"signed_name": "金井 康男", "signed_on": "2026-04-24"}
    refused = desk.post(f"{SIGN}/paper", data=order, files={"scan": b"%PDF-1.7 paper"}, headers=op())
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (415, "scan")
    assert rows_of(database)["agreement"] == 0
    assert desk.post(f"{SIGN}/scans", data={}, headers=op()).status_code == 422
    card = desk.post(f"{SIGN}/paper", data=order, files={"scan": encoded(photo(), "PNG")}, headers=op()).json()
    assert len(card["scans"]) == 1


def test_forms_printed_before_the_loan_are_filed_by_their_number(
    desk: TestClient, lent: dict[str, Any], database: Database
) -> None:
    forms = made(desk, "/api/paper-forms", {"pool": "head-tablets", "copies": 3})["numbers"]
    assert len(set(forms)) == 3
    printed = desk.get(f"/api/paper-forms.pdf?numbers={','.join(forms)}")
    codes = [read.text for page in pages(printed.content) for read in decode(page)]
    assert codes == [f"HTTP://TESTSERVER/T/{number}" for number in forms]
    assert desk.get(f"/api/lookup?code=http://x/T/{forms[0]}").json() == {
        "type": "paper",
        "card": {"number": forms[0], "loan": None},
    }
    order = {"signed_name": "金井 康男", "signed_on": "2026-04-24", "paper": f"{forms[0][:4]} {forms[0][4:]}"}
    assert desk.post(f"{SIGN}/paper", data=order | {"paper": "12345"}, headers=op()).status_code == 422
    unknown = desk.post(f"{SIGN}/paper", data=order | {"paper": "00000000"}, headers=op())
    assert unknown.json()["code"] == "not-found"
    card = desk.post(f"{SIGN}/paper", data=order, headers=op()).json()
    assert card["paper"] == forms[0]
    found = desk.get(f"/api/lookup?code={forms[0]}").json()
    assert found["card"] == {"number": forms[0], "loan": LOAN}
    # The same paper cannot stand for another loan.
    other = lend(desk, "MB-T-0003")["number"]
    taken = desk.post(f"/api/loans/{other}/agreement/paper", data=order, headers=op())
    assert (taken.status_code, taken.json()["code"]) == (409, "refused")
    assert rows_of(database)["agreement"] == 1


@on_sqlite
def test_a_forms_number_is_no_label(admin: TestClient, anonymous: TestClient, lent: dict[str, Any]) -> None:
    [number] = made(admin, "/api/paper-forms", {"pool": "head-tablets"})["numbers"]
    assert admin.post("/api/devices/MB-T-0003/tag", json={"number": number}, headers=op()).status_code == 422
    assert admin.get(f"/api/labels/sheet.pdf?numbers={number}").status_code == 422
    # The public page of the number is that of a number that nobody has.
    assert anonymous.get(f"/T/{number}").status_code == 404
    assert admin.get(f"/T/{number}").headers["location"] == f"/paper/{number}"
    assert admin.post("/api/paper-forms", json={"pool": "none"}, headers=op()).status_code == 404
    assert admin.post("/api/paper-forms", json={"pool": "head-tablets", "association": "99"}, headers=op()).json()[
        "code"
    ] == ("not-found")
    assert admin.get("/api/paper-forms.pdf?numbers=00000000").status_code == 404


def test_a_loans_code_is_looked_up(desk: TestClient, admin: TestClient, lent: dict[str, Any]) -> None:
    for code in (LOAN, "r8-00001", "HTTPS://KASHI.EXAMPLE/LOANS/R8-00001", "http://testserver/loans/R8-00001"):
        assert desk.get("/api/lookup", params={"code": code}).json() == {
            "type": "paper",
            "card": {"number": None, "loan": LOAN},
        }
    assert desk.get("/api/lookup?code=R8-09999").json()["type"] == "unknown"
    # A city that numbers its devices as we number loans finds its device.
    device = {"pool": "head-tablets", "asset_number": LOAN, "model": "TB-10A"}
    made(admin, "/api/devices", device)
    assert desk.get(f"/api/lookup?code={LOAN}").json()["type"] == "device"


def test_the_list_of_loans_can_be_those_that_nobody_signed(desk: TestClient, lent: dict[str, Any]) -> None:
    lend(desk, "MB-T-0003")
    numbers = [loan["number"] for loan in desk.get("/api/loans?agreement=missing").json()["items"]]
    assert numbers == ["R8-00002", LOAN]
    signed(desk)
    assert [loan["number"] for loan in desk.get("/api/loans?agreement=missing").json()["items"]] == ["R8-00002"]


def test_a_receipt_tells_what_came_back_and_how(desk: TestClient, admin: TestClient, lent: dict[str, Any]) -> None:
    none = desk.get(f"/api/loans/{LOAN}/receipt.pdf")
    assert (none.status_code, none.json()["code"]) == (409, "refused")
    condition = {"MB-T-0001": {"ok": False, "note": "画面に傷があります", "accessories": {"充電器": 0}}}
    desk.post("/api/returns", json={"devices": ["MB-T-0001"], "condition": condition}, headers=op())
    told = said(desk.get(f"/api/loans/{LOAN}/receipt.pdf").content)
    for word in (
        "返却確認書",
        "堀越町自治会様",
        "画面に傷があります",
        "足りないもの：充電器1",
        "生涯学習課",
        "前橋市長",
    ):
        assert word in told, word
    assert told.index("まだ返っていないもの") < told.index("MB-T-0002")
    desk.post("/api/returns", json={"devices": ["MB-T-0002"]}, headers=op())
    told = said(desk.get(f"/api/loans/{LOAN}/receipt.pdf").content)
    assert "まだ返っていないもの" not in told and "異常なし" in told


def test_texts_are_versions_that_never_change(
    admin: TestClient, sign_in: Callable[[str], TestClient], lent: dict[str, Any]
) -> None:
    path = "/api/pools/head-tablets/agreement-texts"
    [first] = admin.get(path).json()["items"]
    assert (first["version"], first["since"], len(first["promises"])) == (1, None, 6)
    words = {"opening": "借ります。", "promises": ["守ります。"], "statement": "受け取りました。", "fields": ["serial"]}
    second = made(admin, path, words | {"seen": 1})
    assert (second["version"], second["fields"]) == (2, ["serial"])
    late = admin.post(path, json=words | {"seen": 1}, headers=op())
    assert (late.status_code, late.json()["code"]) == (409, "refused")
    assert [text["version"] for text in admin.get(path).json()["items"]] == [2, 1]
    assert admin.get(path).json()["items"][1] == first
    assert admin.post(path, json=words | {"promises": []}, headers=op()).status_code == 422
    assert admin.post(path, json=words | {"fields": ["{{ 1 }}"]}, headers=op()).status_code == 422
    assert admin.get("/api/pools/none/agreement-texts").status_code == 404
    for role in ("desk", "viewer"):
        assert sign_in(role).post(path, json=words, headers=op()).status_code == 403
