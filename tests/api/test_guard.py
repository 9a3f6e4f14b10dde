"""What holds for every request and every answer, whichever door it comes to."""

import json
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from api.guard import CSP, DESK_CSP
from inventory.database import Database
from inventory.settings import Settings
from tests.api.conftest import PASSWORD, head_of, on_sqlite, op
from tests.api.doors import routes
from tests.api.furnishing import POOL, stock
from tests.server import HOST, Server, furnish

pytestmark = on_sqlite

HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}

PUBLIC_FORMS = {
    "/T/{number}/report",
    "/t/{number}/report",
    "/T/{number}/presence",
    "/t/{number}/presence",
    "/R/{secret}/messages",
    "/R/{secret}/solved",
    "/R/{secret}/reopen",
}


def test_no_unsafe_route_takes_an_order_from_another_site(app: FastAPI, admin: TestClient, database: Database) -> None:
    stock(admin, 1)
    before = head_of(database)
    cross: list[dict[str, str]] = [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
        {"Sec-Fetch-Site": "anything"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://testserver.evil.example"},
        {"Origin": "http://testserver:8080"},
        {"Origin": "null"},
        {"Origin": "http://[broken"},
        {"Origin": "https://evil.example", "X-Forwarded-Host": "evil.example"},
    ]
    unsafe = [route for route in routes(app) if not route.safe and route.path != "/static"]
    assert len(unsafe) > 25
    for route in unsafe:
        for headers in cross:
            # The forms of a page that is not to be referred to say so; they are acts of nobody, whoever is signed in.
            if headers == {"Origin": "null"} and route.path in PUBLIC_FORMS:
                continue
            answer = admin.request(route.method, route.address, headers=op() | headers)
            assert answer.status_code == 403, (str(route), headers)
    assert head_of(database) == before
    for route in unsafe:
        for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://testserver"}):
            # Signing out would turn every later request away.
            if route.path not in ("/api/session", "/sign-out"):
                answer = admin.request(route.method, route.address, headers=op() | headers)
                assert answer.status_code != 403, str(route)


def test_an_order_of_our_own_page_or_of_a_program_passes(admin: TestClient) -> None:
    for number, headers in enumerate(
        (
            {},
            {"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver"},
            {"Sec-Fetch-Site": "none"},
            {"Origin": "http://testserver"},
        )
    ):
        assert admin.post("/api/pools", json=POOL | {"id": f"pool-{number}"}, headers=headers).status_code == 201


def test_looking_from_another_site_is_harmless_and_allowed(admin: TestClient) -> None:
    answer = admin.get("/api/pools", headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"})
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    asked = admin.options(
        "/api/pools", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    )
    assert asked.status_code == 405
    assert not [name for name in asked.headers if name.startswith("access-control-")]


def test_every_answer_carries_the_headers(app: FastAPI, admin: TestClient, anonymous: TestClient) -> None:
    stock(admin, 1)
    answers = [
        client.request(route.method, route.address)
        for route in routes(app)
        for client in (anonymous, admin)
        if route.path not in ("/api/session", "/sign-out", "/static")
    ]
    answers += [
        admin.get("/static/app.css"),
        admin.get("/static/nothing.css"),
        admin.get("/nowhere"),
        admin.get("/api/nowhere"),
        admin.get("/api/devices?q=%00"),
        admin.put("/api/devices"),
        admin.post("/api/pools", json=POOL, headers={"Sec-Fetch-Site": "cross-site"}),
        admin.post("/sign-out", headers={"Sec-Fetch-Site": "cross-site"}),
        admin.post("/api/pools", content=b" " * (1024 * 1024 + 1)),
    ]
    assert {answer.status_code for answer in answers} >= {200, 303, 400, 401, 403, 404, 405, 413, 422}
    for answer in answers:
        where = (answer.request.method, str(answer.request.url))
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, where
        assert answer.headers["content-security-policy"] == (DESK_CSP if answer.url.path == "/desk" else CSP), where
        assert answer.headers["referrer-policy"] in ("same-origin", "no-referrer"), where
        assert "camera=(self)" in answer.headers["permissions-policy"], where
        assert "cache-control" in answer.headers, where
        assert "server" not in answer.headers and "strict-transport-security" not in answer.headers, where


def test_only_pages_with_a_secret_address_hide_where_their_forms_come_from(admin: TestClient) -> None:
    """A browser says ``Origin: null`` for a form of such a page, which an older one has nothing else to say for."""
    for path in ("/T", "/T/00000000", "/t", "/R/nothing", "/api/receipts/nothing"):
        assert admin.get(path).headers["referrer-policy"] == "no-referrer", path
    for path in ("/today", "/terms", "/trial", "/", "/api/loans"):
        assert admin.get(path).headers["referrer-policy"] == "same-origin", path


def test_nothing_of_the_ledger_is_kept_by_a_cache(admin: TestClient) -> None:
    stock(admin, 1)
    for path in ("/api/devices", "/api/devices/MB-T-0001", "/account", "/api/session"):
        assert admin.get(path).headers["cache-control"] == "no-store"
    assert "immutable" in admin.get("/static/app.css?v=1").headers["cache-control"]


def test_no_policy_lets_foreign_or_inline_code_run(admin: TestClient) -> None:
    said = {path: admin.get(path).headers["content-security-policy"] for path in ("/account", "/desk", "/api/devices")}
    assert said == {"/account": CSP, "/desk": DESK_CSP, "/api/devices": CSP}
    for policy in said.values():
        parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
        assert parts["default-src"] == "'self'" and parts["object-src"] == "'none'" and parts["base-uri"] == "'none'"
        assert parts["frame-ancestors"] == "'none'" and parts["form-action"] == "'self'"
        assert "unsafe-inline" not in policy and "'unsafe-eval'" not in policy
        assert "http" not in policy and "*" not in policy
    assert "script-src 'self';" in CSP and "wasm" not in CSP
    assert "script-src 'self' 'wasm-unsafe-eval';" in DESK_CSP


FORWARDED = {
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Real-IP": "203.0.113.7",
    "Forwarded": "for=203.0.113.7;host=evil.example;proto=https",
    "X-Original-URL": "/api/staff",
    "X-HTTP-Method-Override": "DELETE",
}


def test_forwarded_headers_change_neither_client_nor_host_nor_method(app: FastAPI) -> None:
    guesser = TestClient(app, client=("192.0.2.1", 50000))
    for number in range(30):
        headers = FORWARDED | {"X-Forwarded-For": f"203.0.113.{number}", "X-Real-IP": f"203.0.113.{number}"}
        wrong = {"username": f"name-{number}", "password": "x"}
        assert guesser.post("/api/session", json=wrong, headers=headers).status_code == 401
    right = {"username": "desk", "password": PASSWORD}
    assert guesser.post("/api/session", json=right, headers=FORWARDED).status_code == 429
    elsewhere = TestClient(app, client=("192.0.2.2", 50000))
    signed = elsewhere.post("/api/session", json=right, headers=FORWARDED)
    assert signed.status_code == 200 and "Secure" not in signed.headers["set-cookie"]
    assert elsewhere.get("/api/session", headers=FORWARDED).json()["username"] == "desk"


def test_our_address_is_never_taken_from_the_request(
    settings: Settings, database: Database, app: FastAPI, admin: TestClient, tmp_path: Path
) -> None:
    stock(admin, 1)
    foreign = FORWARDED | {"Host": "evil.example"}
    for route in routes(app):
        if route.method == "GET":
            answer = admin.get(route.address, headers=foreign)
            assert "evil.example" not in answer.text and "evil.example" not in str(answer.headers), str(route)
    environ = {
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY_FILE": str(tmp_path / "secret.key"),
        "PUBLIC_URL": "https://daicho.example",
    }
    secure = create_app(Settings.from_environment(environ), database)
    with_foreign_host = TestClient(secure, base_url="http://evil.example").get("/livez")
    assert with_foreign_host.headers["strict-transport-security"].startswith("max-age=")


def test_the_server_believes_a_forwarded_address_only_of_a_named_proxy(database_url: str, tmp_path: Path) -> None:
    furnish(database_url, tmp_path)

    def last_status(server: Server) -> int:
        """Thirty wrong names, each with another forwarded address, then one more."""
        statuses = []
        with closing(HTTPConnection(HOST, server.port, timeout=60)) as client:
            for number in range(31):
                wrong = json.dumps({"username": f"name-{number}", "password": "x"})
                headers = {"Content-Type": "application/json", "X-Forwarded-For": f"203.0.113.{number}"}
                client.request("POST", "/api/session", wrong, headers)
                answer = client.getresponse()
                answer.read()
                statuses.append(answer.status)
        assert set(statuses[:30]) == {401}
        return statuses[-1]

    with Server(database_url, tmp_path, environ={"TRUSTED_PROXIES": "127.0.0.1"}) as behind_a_proxy:
        assert last_status(behind_a_proxy) == 401
    with Server(database_url, tmp_path, environ={"FORWARDED_ALLOW_IPS": "*"}) as alone:
        assert last_status(alone) == 429


@pytest.mark.parametrize("charset", ["punycode", "undefined", "utf-7", 'utf-8; charset="utf-16"', "utf-8x"])
def test_a_form_in_another_encoding_is_refused_before_it_is_decoded(admin: TestClient, charset: str) -> None:
    form = b'--x\r\nContent-Disposition: form-data; name="signed_name"\r\n\r\n+2AA-\xff\r\n--x--\r\n'
    for path in ("/api/loans/R8-00001/agreement", "/loans/R8-00001/agreement/paper"):
        kind = f"multipart/form-data; boundary=x; charset={charset}"
        answer = admin.post(path, content=form, headers={**op(), "Content-Type": kind})
        assert answer.status_code == 400, (path, answer.status_code)
    plain = {**op(), "Content-Type": 'multipart/form-data; boundary=x; charset="UTF-8"'}
    # Neither drawn nor consented to: the form itself was read.
    assert admin.post("/api/loans/R8-00001/agreement", content=form, headers=plain).status_code == 422
