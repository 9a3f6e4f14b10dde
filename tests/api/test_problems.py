"""Whatever goes wrong under /api is a problem of RFC 9457, and whatever is sent, nothing breaks."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import event

from api import codes, lookup, visitors
from api.problems import status_of
from api.transactions import Ledger
from inventory.database import Database
from inventory.errors import Refusal
from tests.api.conftest import PASSWORD, head_of, on_sqlite, op, rows_of
from tests.api.furnishing import POOL, made, order_for, stock

LIMIT = 1024 * 1024


def is_problem(answer: Any) -> bool:
    body = answer.json()
    return bool(
        answer.headers["content-type"] == "application/problem+json"
        and set(body) >= {"type", "title", "status", "detail", "code", "errors"}
        and body["status"] == answer.status_code
        and body["type"] == f"/problems/{body['code']}"
        and codes.TITLES[body["code"]] == (answer.status_code, body["title"])
        and body["detail"].endswith("。")
        and all(set(error) == {"field", "message"} and error["message"].endswith("。") for error in body["errors"])
    )


def test_every_kind_of_refusal_is_a_problem(admin: TestClient, viewer: TestClient, anonymous: TestClient) -> None:
    stock(admin, 1)
    key = op()
    admin.post("/api/loans", json=order_for("MB-T-0001"), headers=key)
    answers = {
        "missing-op-id": admin.post("/api/loans", json=order_for("MB-T-0001")),
        "bad-request": admin.get("/api/devices?q=%00"),
        "sign-in": anonymous.get("/api/devices"),
        "not-allowed": viewer.post("/api/pools", json=POOL),
        "not-found": admin.get("/api/nowhere"),
        "wrong-method": admin.delete("/api/devices/MB-T-0001"),
        "already-lent": admin.post("/api/loans", json=order_for("MB-T-0001"), headers=op()),
        "stale": admin.patch("/api/devices/MB-T-0001", json={}, headers={"If-Match": '"7"'}),
        "too-large": admin.post("/api/districts", content=b" " * (LIMIT + 1)),
        "op-id-reused": admin.post("/api/districts", json={"name": "大胡地区"}, headers=key),
        "invalid": admin.get("/api/devices?limit=0"),
        "missing-if-match": admin.patch("/api/devices/MB-T-0001", json={}),
    }
    for code, answer in answers.items():
        assert is_problem(answer), answer.text
        assert answer.json()["code"] == code
    assert answers["invalid"].json()["errors"][0]["field"] == "limit"
    assert "GET" in answers["wrong-method"].headers["allow"]
    assert answers["already-lent"].json()["device"] == "MB-T-0001"


def test_every_refusal_of_the_rule_book_has_the_status_of_its_code() -> None:
    def kinds(family: type[Refusal]) -> Iterator[type[Refusal]]:
        for kind in family.__subclasses__():
            yield kind
            yield from kinds(kind)

    found = {kind.__name__: (status_of(kind("")), codes.TITLES[kind.code][0]) for kind in kinds(Refusal)}
    assert len(found) >= 14
    assert {name: pair for name, pair in found.items() if pair[0] != pair[1]} == {}


@on_sqlite
def test_every_unsafe_door_takes_broken_input_for_broken(admin: TestClient, app: FastAPI, database: Database) -> None:
    """Texts that are no JSON, or JSON that another reader could understand otherwise."""
    deep = b'{"a":' * 10_000 + b"1" + b"}" * 10_000
    texts = [
        b"{", b"", b"nul", b"\xff\xfe{}", b"\x00", b"[" * 10_000 + b"]" * 10_000, deep,
        b'{"name": NaN}', b'{"name": Infinity}', b'{"name": 1e400}', b'{"name": "\\ud800"}', b'{"na\\udc00me": 1}',
        b'{"name": "a", "name": "b"}', b'{"name": ' + b"9" * 5000 + b"}", b"[]", b'"text"', b"7", b"true", b"[[]]",
        b'{"nobody": 1}', b'{"name": ["a"]}', b'{"name": {"a": 1}}', b'{"name": "a\\u0000b"}', b'{"name": null}',
    ]  # fmt: skip
    before = head_of(database)
    tried = 0
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody")
            if body is None or "application/json" not in body["content"]:
                continue
            for text in texts:
                if text in (b"", b"null") and not body.get("required"):
                    continue
                headers = op() | {"If-Match": '"1"', "Content-Type": "application/json"}
                answer = admin.request(method, path, content=text, headers=headers)
                assert 400 <= answer.status_code < 500 and is_problem(answer), (path, text[:40], answer.text)
                tried += 1
    assert tried > 15 * len(texts) and head_of(database) == before


def test_odd_texts_in_addresses_and_fields_break_nothing(admin: TestClient) -> None:
    stock(admin, 1)
    odd = (
        "%00",
        "a%00b",
        "%FF",
        "%ED%A0%80",
        "%F0%9F%97%BE",
        "x" * 3000,
        "%25",
        "_",
        "..%2f..",
        "%0d%0aX:1",
        "-1",
        "1e9",
    )
    for text in odd:
        for path in (
            f"/api/devices/{text}",
            f"/api/loans/{text}",
            f"/api/associations/{text}/officers",
            f"/api/devices?q={text}",
            f"/api/devices?cursor={text}",
            f"/api/loans?cursor={text}&association={text}",
            f"/api/courses?cursor={text}&since={text}",
            f"/api/associations?cursor={text}&q={text}",
            f"/api/lookup?code={text}",
        ):
            answer = admin.get(path)
            assert answer.status_code < 500, (path, answer.text)
            assert answer.status_code == 200 or is_problem(answer), path
    assert admin.get("/api/devices/a%00b").json()["code"] == "bad-request"
    for order in (
        {"devices": ["MB-T-\x000001", "\u202e", "鍵" * 200]},
        {"devices": ["x"], "condition": {"x\x00": {"ok": False}}},
    ):
        assert admin.post("/api/returns", json=order, headers=op()).status_code in (200, 422)
    for act in ("lend", "return", "see", "move"):
        item = {"op_id": f"odd-{act}", "seq": 1, "act": act, "code": "\x00", "occurred_at": "2026-11-24T10:00:00Z"}
        verdict = admin.post("/api/scans", json={"desk": "1", "items": [item]})
        assert verdict.status_code == 200 and verdict.json()["results"][0]["outcome"] == "refused"


def test_a_cursor_made_by_somebody_else_is_refused(admin: TestClient) -> None:
    import base64

    for keys in (
        ["a", 1],
        [1],
        [2**40],
        ["\x00"],
        [None],
        {"a": 1},
        [True],
        ["9999-12-31T23:59:59-23:59", 1],
        ["0001-01-01", 1],
    ):
        cursor = base64.urlsafe_b64encode(json.dumps(keys).encode()).decode()
        for path in ("devices", "loans", "associations", "venues", "courses"):
            answer = admin.get(f"/api/{path}", params={"cursor": cursor})
            assert answer.status_code in (200, 422), (path, keys, answer.text)
    assert admin.get("/api/loans?cursor=x").json()["errors"][0]["field"] == "cursor"


@on_sqlite
def test_a_body_of_the_limit_passes_and_one_byte_more_does_not(admin: TestClient, anonymous: TestClient) -> None:
    order = json.dumps({"name": "大胡地区"}).encode()
    full = order + b" " * (LIMIT - len(order))
    headers = {"Content-Type": "application/json"}
    assert admin.post("/api/districts", content=full, headers=headers).status_code == 201

    def chunks() -> Any:
        yield full
        yield b" "

    for client in (admin, anonymous):
        for content in (full + b" ", chunks()):
            answer = client.post("/api/districts", content=content, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (413, "too-large") and is_problem(answer)


@on_sqlite
def test_a_full_disk_is_said_and_nothing_half_is_kept(admin: TestClient, database: Database) -> None:
    stock(admin, 1)

    def full(connection: Any) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    event.listen(database.writer, "begin", full)
    accepted, before = 0, rows_of(database)
    order = {"name": "堀越町自治会", "name_kana": "ア" * 120}
    answer = admin.post("/api/associations", json=order, headers=op())
    while answer.status_code == 201 and accepted < 500:
        accepted, before = accepted + 1, rows_of(database)
        answer = admin.post("/api/associations", json=order, headers=op())
    assert (answer.status_code, answer.json()["code"]) == (507, "storage-full") and is_problem(answer)
    assert rows_of(database) == before
    assert admin.get("/api/associations?count=exact").json()["total"] == accepted
    event.remove(database.writer, "begin", full)
    with database.writer.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1073741823")
    assert admin.post("/api/associations", json={"name": "堀越町"}, headers=op()).status_code == 201


@on_sqlite
def test_a_defect_is_answered_without_a_word_of_what_was_typed(
    app: FastAPI,
    admin: TestClient,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    typed = "金井 康男 027-283-5678"

    async def fail(*arguments: Any, **names: Any) -> Any:
        raise RuntimeError(typed)

    monkeypatch.setattr(Ledger, "read", fail)
    # The visitor was already known when the reading began to fail.
    monkeypatch.setattr(visitors, "visitor_of", _admin_of(app))
    with caplog.at_level(logging.ERROR):
        answer = admin.get("/api/lookup?code=1")
    assert (answer.status_code, answer.json()["code"]) == (500, "broken") and is_problem(answer)
    assert (
        answer.headers["x-content-type-options"] == "nosniff"
        and "default-src" in answer.headers["content-security-policy"]
    )
    assert typed not in answer.text and typed not in caplog.text
    assert "RuntimeError" in caplog.text and lookup.__name__.replace(".", "/") in caplog.text


def _admin_of(app: FastAPI) -> Callable[..., Any]:
    from inventory.sign_in import SignedIn
    from inventory.tables import Role

    visitor = SignedIn(1, "admin", "管理者", None, frozenset({Role.ADMIN}))

    async def known(request: Any, now: Any) -> SignedIn:
        request.state.visitor = visitor
        return visitor

    return known


@on_sqlite
def test_a_browser_is_led_to_the_sign_in_and_a_program_is_told(anonymous: TestClient) -> None:
    page = anonymous.get("/account", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["location"]) == (303, "/sign-in?next=%2Faccount")
    told = anonymous.get("/account", headers={"Accept": "application/problem+json"})
    assert told.status_code == 401 and is_problem(told)
    missing = anonymous.get("/nowhere")
    assert missing.status_code == 404 and missing.headers["content-type"].startswith("text/html")


@on_sqlite
def test_what_was_typed_wrongly_is_never_repeated(anonymous: TestClient) -> None:
    answer = anonymous.post("/api/session", json={"username": ["secret-1"], "password": {"secret-2": PASSWORD}})
    assert answer.status_code == 422
    assert "secret" not in answer.text and PASSWORD not in answer.text
    assert [error["field"] for error in answer.json()["errors"]] == ["username", "password"]


@on_sqlite
def test_a_thing_has_one_address(admin: TestClient) -> None:
    made(admin, "/api/pools", POOL)
    for path in ("/api/pools/", f"/api/pools/{POOL['id']}/", "/api//pools"):
        answer = admin.get(path, headers={"Host": "evil.example"})
        assert answer.status_code == 404 and is_problem(answer)
        assert "location" not in answer.headers
