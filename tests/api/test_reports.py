"""Trouble over HTTP: the contract, replays, throttles, one answer for whatever leads nowhere, and who may do what."""

import io
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api import guard
from api.app import create_app
from api.problems import without_secret
from api.report_words import CATEGORY, PHRASES, furigana, picks_of, plain, read_aloud
from inventory import report_receipts
from inventory.database import Database
from inventory.reporting import PHRASES as CODES
from inventory.settings import Settings
from inventory.text import damm_check
from tests.api.conftest import head_of, op, rows_of
from tests.api.furnishing import association, made, order_for, stock

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
PROBLEM = {"Accept": "application/problem+json"}


@pytest.fixture
def tag(admin: TestClient) -> str:
    """The label of a tablet that an association has."""
    (device,) = stock(admin, 1)
    head = association(admin)
    order = order_for(device) | {"borrower": {"association": head}, "due": {"end_of_office": True}}
    made(admin, "/api/loans", order)
    return str(admin.get(f"/api/devices/{device}").json()["tag"])


def jpeg(colour: str = "red") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "JPEG")
    return out.getvalue()


def send(
    client: TestClient,
    tag: str,
    *photos: bytes,
    key: str | None = None,
    headers: dict[str, str] | None = None,
    **fields: Any,
) -> Any:
    files = [("photos", (f"{at}.jpg", data, "image/jpeg")) for at, data in enumerate(photos)]
    order = {"tag": tag, "category": "power"} | fields
    # A form of one kind, also without a file: a client that has none sends multipart all the same.
    parts = files or [("photos", ("", b"", "application/octet-stream"))]
    return client.post(
        "/api/issues", data=order, files=parts, headers={"Idempotency-Key": key or str(uuid4())} | (headers or {})
    )


def reported(client: TestClient, tag: str, **fields: Any) -> dict[str, Any]:
    answer = send(client, tag, **fields)
    assert answer.status_code == 201, answer.text
    card: dict[str, Any] = answer.json()
    return card


def form_of(page: Any, **fields: Any) -> dict[str, Any]:
    """The page's hidden op_id and what somebody wrote."""
    op_id = page.text.partition('name="op_id" value="')[2].partition('"')[0]
    return {"op_id": op_id} | fields


def test_a_report_is_answered_with_a_number_and_a_link(anonymous: TestClient, tag: str) -> None:
    answer = send(anonymous, f"{tag[:4]} {tag[4:]}", jpeg(), phrase=["no-charge", "no-start"], text="つかない")
    assert answer.status_code == 201
    said = answer.json()
    assert set(said) == {"receipt", "link", "refused_photos"} and said["refused_photos"] == []
    assert len(said["receipt"]) == 7 and said["receipt"][3] == "-"
    card = anonymous.get("/api/receipts/" + said["link"].removeprefix("/R/")).json()
    assert (card["receipt"], card["category"], card["phrases"]) == (said["receipt"], "power", ["no-charge", "no-start"])
    assert (card["state"], card["pictures"], card["words"]) == ("received", 1, "つかない")
    page = anonymous.get(said["link"])
    assert page.status_code == 200 and said["receipt"] in page.text
    assert page.headers["referrer-policy"] == "no-referrer" and page.headers["cache-control"] == "no-store"
    assert 'content="noindex"' in page.text


def test_the_same_report_twice_is_one(anonymous: TestClient, tag: str, database: Database) -> None:
    first = send(anonymous, tag, jpeg(), key="k-1", text="つかない")
    before = rows_of(database)
    again = send(anonymous, tag, jpeg(), key="k-1", text="つかない")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotent-replayed"] == "true" and rows_of(database) == before
    for other in (send(anonymous, tag, jpeg("blue"), key="k-1", text="つかない"), send(anonymous, tag, key="k-1")):
        assert (other.status_code, other.json()["code"]) == (422, "op-id-reused")
    missing = anonymous.post("/api/issues", data={"tag": tag, "category": "power"})
    assert (missing.status_code, missing.json()["code"]) == (400, "missing-op-id")


def test_an_op_id_of_the_staff_is_another_one(admin: TestClient, anonymous: TestClient, tag: str) -> None:
    made_by_staff = send(admin, "MB-T-0001", key="shared", on_behalf="true")
    public = send(anonymous, tag, key="shared")
    assert made_by_staff.status_code == public.status_code == 201
    assert made_by_staff.json()["receipt"] != public.json()["receipt"]


def test_a_refused_photo_keeps_the_words(anonymous: TestClient, tag: str) -> None:
    answer = send(anonymous, tag, jpeg(), b"%PDF-1.7", jpeg()[:100], jpeg("blue"), text="文は届く")
    assert answer.status_code == 201
    assert [photo["photo"] for photo in answer.json()["refused_photos"]] == [2, 3, 4]
    card = anonymous.get("/api/receipts/" + answer.json()["link"].removeprefix("/R/")).json()
    assert (card["words"], card["pictures"]) == ("文は届く", 1)


def test_a_photo_beyond_fifteen_megabytes_keeps_the_words_and_a_body_beyond_the_door_s_limit_does_not(
    anonymous: TestClient, tag: str
) -> None:
    answer = send(anonymous, tag, b"\xff\xd8\xff" + b"\0" * (15 * 1024 * 1024), text="文")
    assert answer.status_code == 201 and len(answer.json()["refused_photos"]) == 1
    assert guard.body_limit("/api/issues") == guard.body_limit(f"/T/{tag}/report") == 48 * 1024 * 1024
    assert guard.body_limit("/api/loans") < 2 * 1024 * 1024 and guard.body_limit(f"/T/{tag}") < 2 * 1024 * 1024
    headers = op() | {"Content-Length": str(48 * 1024 * 1024 + 1)}
    assert anonymous.post("/api/issues", content=b"", headers=headers).status_code == 413


def test_what_is_written_wrongly_is_said_and_nothing_is_kept(
    anonymous: TestClient, tag: str, database: Database
) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"category": "fire"}, "category"),
        ({"phone": "12"}, "phone"),
        ({"phrase": "lost-home"}, "phrase"),
        ({"unknown": "x"}, "unknown"),
        ({"text": "あ" * 2001}, "text"),
    ]
    for fields, field in wrong:
        answer = send(anonymous, tag, **fields)
        assert answer.status_code == 422, fields
        assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert rows_of(database)["issue"] == 0


def test_whatever_leads_nowhere_has_one_answer(
    admin: TestClient, anonymous: TestClient, tag: str, at: Callable[[datetime], None]
) -> None:
    at(NOW)
    mistyped = tag[:-1] + str((int(tag[-1]) + 1) % 10)
    unknown = "0000001" + damm_check("0000001")
    posts = [send(anonymous, number) for number in (mistyped, unknown, "MB-T-0001", "1")]
    gets = [anonymous.get(f"/api/receipts/{secret}") for secret in ("0" * 64, "x", "482-173", tag)]
    assert {answer.status_code for answer in posts + gets} == {404}
    assert len({answer.content for answer in posts + gets}) == 1
    pages = [anonymous.get(path) for path in (f"/T/{unknown}", f"/T/{mistyped}/report", f"/R/{'0' * 64}", "/R/x/y")]
    pages.append(anonymous.post(f"/R/{'0' * 64}/messages", data={"text": "x"}))
    pages.append(anonymous.post(f"/T/{unknown}/report", data={"category": "power"}))
    assert {page.status_code for page in pages} == {404}
    assert len({page.content for page in pages}) == 1
    assert anonymous.get("/R").headers["location"] == "/T"


def test_a_replaced_label_takes_no_report(admin: TestClient, anonymous: TestClient, tag: str) -> None:
    assert admin.post("/api/devices/MB-T-0001/tag").status_code == 200
    answer = send(anonymous, tag)
    assert (answer.status_code, answer.json()["code"]) == (410, "replaced")
    pages = [anonymous.get(f"/T/{tag}"), anonymous.get(f"/T/{tag}/report"), anonymous.post(f"/T/{tag}/report")]
    assert {page.status_code for page in pages} == {410} and len({page.content for page in pages}) == 1


def test_ten_in_ten_minutes_of_one_client(
    app: FastAPI, anonymous: TestClient, admin: TestClient, tag: str, at: Callable[[datetime], None]
) -> None:
    at(NOW)
    unknown = "0000001" + damm_check("0000001")
    assert [send(anonymous, unknown).status_code for _ in range(10)] == [404] * 10
    refused = send(anonymous, tag)
    assert (refused.status_code, refused.json()["code"]) == (429, "too-many")
    assert refused.headers["retry-after"] == "600"
    other = TestClient(app, client=("192.0.2.7", 50000))
    assert send(other, tag).status_code == send(admin, tag).status_code == 201
    at(NOW + timedelta(minutes=10))
    assert send(anonymous, tag).status_code == 201


def test_ten_in_ten_minutes_about_one_label(
    app: FastAPI, admin: TestClient, tag: str, at: Callable[[datetime], None]
) -> None:
    at(NOW)
    clients = [TestClient(app, client=(f"192.0.2.{number}", 50000)) for number in range(12)]
    spelled = f"{tag[:4]}-{tag[4:]}"
    answers = [send(client, spelled if at % 2 else tag).status_code for at, client in enumerate(clients)]
    assert answers == [201] * 10 + [429] * 2


def test_a_client_cannot_name_itself_otherwise(
    app: FastAPI, anonymous: TestClient, tag: str, at: Callable[[datetime], None]
) -> None:
    at(NOW)
    unknown = "0000001" + damm_check("0000001")

    def forged(number: int) -> dict[str, str]:
        address = f"203.0.113.{number}"
        return {"X-Forwarded-For": address, "X-Real-IP": address, "Forwarded": f"for={address}"}

    assert [send(anonymous, unknown, headers=forged(n)).status_code for n in range(11)] == [404] * 10 + [429]
    # Behind the proxy that TRUSTED_PROXIES names: it appends the address it saw, and only that one counts.
    proxied = TestClient(ProxyHeadersMiddleware(app, ["192.0.2.1"]), client=("192.0.2.1", 443))  # type: ignore[arg-type]
    seen = [{"X-Forwarded-For": f"203.0.113.{n}, 198.51.100.9"} for n in range(11)]
    assert [send(proxied, unknown, headers=one).status_code for one in seen] == [404] * 10 + [429]
    assert send(proxied, tag, headers={"X-Forwarded-For": "198.51.100.10"}).status_code == 201
    # Whoever reaches the server past the proxy is nobody's proxy.
    direct = TestClient(ProxyHeadersMiddleware(app, ["192.0.2.1"]), client=("192.0.2.66", 443))  # type: ignore[arg-type]
    assert [send(direct, unknown, headers=forged(n)).status_code for n in range(11)] == [404] * 10 + [429]


def test_messages_and_reopening_over_json(anonymous: TestClient, tag: str, database: Database) -> None:
    link = reported(anonymous, tag)["link"].replace("/R/", "/api/receipts/")
    said = anonymous.post(f"{link}/messages", json={"text": "まだです"}, headers={"Idempotency-Key": "m"})
    assert said.status_code == 201 and said.json()["messages"][0]["words"] == "まだです"
    again = anonymous.post(f"{link}/messages", json={"text": "まだです"}, headers={"Idempotency-Key": "m"})
    assert again.headers["idempotent-replayed"] == "true" and len(again.json()["messages"]) == 1
    assert anonymous.post(f"{link}/solved", headers=op()).json()["state"] == "resolved"
    assert anonymous.post(f"{link}/reopen", json={}, headers=op()).json()["state"] == "received"
    for path, body in (("messages", {"text": "x"}), ("reopen", {}), ("solved", None)):
        assert anonymous.post(f"{link}/{path}", json=body).json()["code"] == "missing-op-id"
        nowhere = anonymous.post(f"/api/receipts/{'0' * 64}/{path}", json=body, headers=op())
        assert nowhere.status_code == 404
    assert anonymous.post(f"{link}/messages", json={"text": " "}, headers=op()).status_code == 422


def test_messages_are_counted_as_well(anonymous: TestClient, tag: str, at: Callable[[datetime], None]) -> None:
    at(NOW)
    link = reported(anonymous, tag)["link"]
    path = link.replace("/R/", "/api/receipts/") + "/messages"
    answers = [anonymous.post(path, json={"text": "x"}, headers=op()).status_code for _ in range(10)]
    assert answers == [201] * 9 + [429]
    page = anonymous.post(f"{link}/messages", data={"text": "消えない文"})
    assert page.status_code == 429 and "消えない文" in page.text and page.headers["retry-after"] == "600"


def test_staff_give_a_new_link_and_the_old_one_dies(anonymous: TestClient, desk: TestClient, tag: str) -> None:
    link = reported(anonymous, tag)["link"]
    slip = desk.get("/issues/1/receipt")
    assert f'href="{link}"' in slip.text
    assert desk.post("/issues/1/link", data=form_of(slip)).headers["location"] == "/issues/1/receipt"
    fresh = "/R/" + desk.get("/issues/1/receipt").text.partition('href="/R/')[2][:64]
    assert fresh != link
    assert (anonymous.get(link).status_code, anonymous.get(fresh).status_code) == (404, 200)
    assert anonymous.post("/issues/1/link").status_code in (401, 403)


def test_a_report_without_photos_may_come_as_json(anonymous: TestClient, tag: str) -> None:
    order = {"tag": tag, "category": "power", "phrase": ["no-charge"], "text": "つかない"}
    said = anonymous.post("/api/issues", json=order, headers=op())
    assert said.status_code == 201
    card = anonymous.get("/api/receipts/" + said.json()["link"].removeprefix("/R/")).json()
    assert (card["phrases"], card["words"]) == (["no-charge"], "つかない")
    for body in (order | {"photos": []}, order | {"phrases": []}, order | {"tag": 1}, {}):
        assert anonymous.post("/api/issues", json=body, headers=op()).status_code == 422, body
    for broken in (b"[]", b"{", b"\xff"):
        headers = op() | {"Content-Type": "application/json"}
        assert anonymous.post("/api/issues", content=broken, headers=headers).json()["code"] == "bad-request"


def test_only_desk_and_it_report_on_behalf(
    sign_in: Callable[[str], TestClient], anonymous: TestClient, tag: str, database: Database
) -> None:
    for role, status in (("viewer", 403), ("desk", 201), ("it", 201), ("admin", 201)):
        assert send(sign_in(role), tag, on_behalf="true").status_code == status, role
    assert send(anonymous, tag, on_behalf="true").status_code == 403
    assert rows_of(database)["issue"] == 3


def test_the_form_without_a_script_does_all_of_it(anonymous: TestClient, tag: str, database: Database) -> None:
    page = anonymous.get(f"/T/{tag}/report", params={"category": "screen"})
    assert page.status_code == 200 and 'value="screen" data-tips checked' in page.text
    fields = form_of(page, category="screen", phrase=["cracked", "no-charge"], text="われた", solved="")
    parts = [("photos", ("a.jpg", jpeg(), "image/jpeg")), ("photos", ("b.gif", b"GIF89a", "image/gif"))]
    sent = anonymous.post(f"/T/{tag}/report", data=fields, files=parts)
    assert sent.status_code == 303 and sent.headers["location"].endswith("?photo=1")
    # Phrases of a category that was not chosen stand on the same page; they are left out, not refused.
    card = anonymous.get("/api/receipts/" + sent.headers["location"][3:67]).json()
    assert (card["category"], card["phrases"], card["pictures"]) == ("screen", ["cracked"], 1)
    again = anonymous.post(f"/T/{tag}/report", data=fields, files=parts)
    assert again.headers["location"] == sent.headers["location"] and rows_of(database)["issue"] == 1


def test_a_wrong_form_comes_back_filled(admin: TestClient, anonymous: TestClient, database: Database) -> None:
    (device,) = stock(admin, 1)
    tag = admin.get(f"/api/devices/{device}").json()["tag"]
    page = anonymous.get(f"/T/{tag}/report")
    fields = form_of(page, category="lost", phrase="lost-home", text="ここに残る", phone="27", reporter_name="金井")
    back = anonymous.post(f"/T/{tag}/report", data=fields)
    assert back.status_code == 422 and rows_of(database)["issue"] == 0
    for kept in ("ここに残る", 'value="27"', 'value="金井"', 'value="lost" checked', 'value="lost-home" checked'):
        assert kept in back.text
    assert fields["op_id"] in back.text and 'id="f-phone-wrong"' in back.text
    assert anonymous.post(f"/T/{tag}/report", data=fields | {"phone": "027-283-1111"}).status_code == 303


def test_a_form_in_the_flood_comes_back_filled_with_the_telephone(
    anonymous: TestClient, tag: str, at: Callable[[datetime], None]
) -> None:
    at(NOW)
    for _ in range(10):
        reported(anonymous, tag)
    back = anonymous.post(f"/T/{tag}/report", data={"category": "power", "text": "ここに残る"})
    assert back.status_code == 429 and back.headers["retry-after"] == "600"
    assert "ここに残る" in back.text and 'href="tel:0270001234"' in back.text


def test_what_was_tried_first_ends_a_report_at_once(anonymous: TestClient, tag: str) -> None:
    page = anonymous.get(f"/T/{tag}/report")
    sent = anonymous.post(f"/T/{tag}/report", data=form_of(page, category="power", solved="yes"))
    card = anonymous.get("/api/receipts/" + sent.headers["location"].removeprefix("/R/")).json()
    assert (card["state"], card["self_solved"]) == ("resolved", True)


def test_the_receipt_s_forms_without_a_script(anonymous: TestClient, tag: str) -> None:
    link = reported(anonymous, tag)["link"]
    card = link.replace("/R/", "/api/receipts/")
    empty = anonymous.post(f"{link}/messages", data={"text": " "})
    assert empty.status_code == 422 and 'id="f-text-wrong"' in empty.text
    assert anonymous.post(f"{link}/messages", data={"text": "返事"}).headers["location"] == f"{link}?said=message"
    assert anonymous.post(f"{link}/solved").headers["location"] == link
    assert anonymous.get(card).json()["state"] == "resolved"
    assert "/reopen" in anonymous.get(link).text and "/solved" not in anonymous.get(link).text
    assert anonymous.post(f"{link}/reopen").headers["location"] == f"{link}?said=again"
    assert anonymous.get(card).json()["state"] == "received"


def test_the_name_and_telephone_are_asked_only_where_none_is_on_file(
    admin: TestClient, anonymous: TestClient, tag: str
) -> None:
    assert 'name="phone"' not in anonymous.get(f"/T/{tag}/report").text
    made(admin, "/api/devices", {"pool": "head-tablets", "asset_number": "MB-T-0002", "model": "TB-10A"})
    shelved = admin.get("/api/devices/MB-T-0002").json()["tag"]
    assert 'name="phone"' in anonymous.get(f"/T/{shelved}/report").text


def test_a_server_out_of_the_public_s_reach_takes_no_report(
    settings: Settings, database: Database, admin: TestClient, tag: str
) -> None:
    app = create_app(replace(settings, public_pages=False), database)
    with TestClient(app, follow_redirects=False) as client:
        assert send(client, tag).status_code == 404
        for path in ("/R", f"/R/{'0' * 64}", f"/T/{tag}/report", f"/api/receipts/{'0' * 64}"):
            assert client.get(path).status_code == 404


def test_no_secret_is_written_down(
    app: FastAPI, tag: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = TestClient(app, raise_server_exceptions=False)
    link = reported(client, tag)["link"]

    def broken(*_: Any) -> Any:
        raise RuntimeError("a defect")

    monkeypatch.setattr(report_receipts, "_card", broken)
    # What the test's own client says is no log of the server.
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    with caplog.at_level(logging.DEBUG, "tsunagu"):
        for path in (link, link.replace("/R/", "/api/receipts/")):
            assert client.get(path).status_code == 500
    assert "RuntimeError" in caplog.text and link.removeprefix("/R/") not in caplog.text
    assert without_secret("/R/abc/messages") == "/R/…/messages" and without_secret("/T/1") == "/T/1"


def test_looking_at_a_receipt_changes_nothing(anonymous: TestClient, tag: str, database: Database) -> None:
    link = reported(anonymous, tag)["link"]
    before = head_of(database)
    for path in (link, link.replace("/R/", "/api/receipts/"), f"/T/{tag}/report"):
        assert anonymous.get(path).status_code == 200
    assert head_of(database) == before


def test_every_word_of_the_page_is_there_for_every_code() -> None:
    assert set(PHRASES) == {code for group in CODES.values() for code in group}
    assert set(CATEGORY) == {str(category) for category in CODES}
    device, venue = picks_of(venue=False), picks_of(venue=True)
    assert len([pick for pick in device if not pick.quiet]) == 7 and device[-1].category == "handover"
    assert [pick.category for pick in venue] == ["network", "howto", "other"]
    assert read_aloud("482-173") == "よん はち に の いち なな さん"
    assert plain("{電源|でんげん}が {入|はい}らない") == "電源が入らない"
    assert furigana("<{電源|でんげん}>") == "&lt;<ruby>電源<rp>（</rp><rt>でんげん</rt><rp>）</rp></ruby>&gt;"


def test_a_browser_without_fetch_metadata_reports_and_writes_by_form(anonymous: TestClient, tag: str) -> None:
    """These pages are not to be referred to, so such a browser sends its forms with ``Origin: null``."""
    old = {"Origin": "null"}
    form = form_of(anonymous.get(f"/T/{tag}/report"), category="power")
    sent = anonymous.post(f"/T/{tag}/report", data=form, files=[("photos", ("", b"", "image/jpeg"))], headers=old)
    assert sent.status_code == 303
    link = sent.headers["location"]
    form = form_of(anonymous.get(link), text="まだです")
    assert anonymous.post(f"{link}/messages", data=form, headers=old).status_code == 303
    assert anonymous.post(f"{link}/solved", data=form_of(anonymous.get(link)), headers=old).status_code == 303
    assert anonymous.post("/api/issues", json={"tag": tag, "category": "power"}, headers=old | op()).status_code == 403


def test_only_files_may_be_as_large_as_three_photos(anonymous: TestClient, tag: str) -> None:
    large = b'{"tag": "' + b" " * (1024 * 1024 + 1) + b'"}'
    for kind in ("application/json", "application/x-www-form-urlencoded", ""):
        answer = anonymous.post("/api/issues", content=large, headers=op() | {"Content-Type": kind})
        assert (answer.status_code, answer.json()["code"]) == (413, "too-large"), kind


@pytest.mark.parametrize("body", ["[" * 100_000, '{"tag": "\\ud800", "category": "power"}', '{"tag": NaN}', "[]", ""])
def test_json_that_nobody_means_is_refused(anonymous: TestClient, tag: str, body: str) -> None:
    answer = anonymous.post("/api/issues", content=body, headers=op() | {"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) in ((400, "bad-request"), (422, "invalid")), body


@pytest.mark.parametrize("said", ["t", "y", "Y", "on", "1", 1, 1.0, True])
def test_nobody_reports_on_behalf_without_an_account(
    anonymous: TestClient, tag: str, database: Database, said: Any
) -> None:
    order = {"tag": tag, "category": "power", "on_behalf": said}
    answer = anonymous.post("/api/issues", json=order, headers=op())
    assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")
    assert rows_of(database)["issue"] == 0


def test_who_goes_back_and_reports_something_else_can_send_it(anonymous: TestClient, tag: str) -> None:
    """A browser keeps the hidden number of a form that somebody goes back to."""
    nothing = [("photos", ("", b"", "image/jpeg"))]
    where = f"/T/{tag}/report"
    form = form_of(anonymous.get(where), category="power")
    first = anonymous.post(where, data=form, files=nothing)
    refused = anonymous.post(where, data=form | {"category": "screen", "text": "暗い"}, files=nothing)
    assert (first.status_code, refused.status_code) == (303, 422) and "暗い" in refused.text
    second = anonymous.post(where, data=form_of(refused, category="screen", text="暗い"), files=nothing)
    assert second.status_code == 303 and second.headers["location"] != first.headers["location"]


def test_who_has_the_old_link_learns_nothing_by_repeating_what_was_sent(
    anonymous: TestClient, admin: TestClient, tag: str
) -> None:
    secret = reported(anonymous, tag)["link"].removeprefix("/R/")
    acts: list[tuple[str, dict[str, Any]]] = [("messages", {"text": "まだです"}), ("solved", {}), ("reopen", {})]
    for act, body in acts:
        sent = anonymous.post(f"/api/receipts/{secret}/{act}", json=body, headers={"Idempotency-Key": act})
        assert sent.status_code in (200, 201)
    issue = admin.get("/api/issues", params={"state": "open"}).json()["items"][0]["id"]
    assert admin.post(f"/issues/{issue}/link", data={"op_id": "fresh"}).status_code == 303
    for act, body in acts:
        again = anonymous.post(f"/api/receipts/{secret}/{act}", json=body, headers={"Idempotency-Key": act})
        assert (again.status_code, again.json()["code"]) == (404, "not-found"), act


def test_who_goes_back_and_writes_something_else_is_told_that_it_waits(anonymous: TestClient, tag: str) -> None:
    link = reported(anonymous, tag)["link"]
    form = form_of(anonymous.get(link), text="まだです")
    assert anonymous.post(f"{link}/messages", data=form).status_code == 303
    refused = anonymous.post(f"{link}/messages", data=form | {"text": "もう1つ"})
    assert (refused.status_code, 'role="alert"' in refused.text.partition("<h1>")[0]) == (422, True)
    again = form_of(refused, text="もう1つ")
    assert again["op_id"] != form["op_id"]
    assert anonymous.post(f"{link}/messages", data=again).status_code == 303
