"""Signing in and out: tries are counted, sessions end, and the ledger keeps nothing that opens a door."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select, text
from sqlmodel import SQLModel

from api.app import create_app
from inventory.calendar import TOKYO, today
from inventory.database import Database, reading, writing
from inventory.journal import By
from inventory.settings import Settings
from inventory.sign_in import NewToken, add_token
from inventory.staff import list_staff
from tests.api.conftest import PASSWORD, head_of, on_sqlite

At = Callable[[datetime], None]


def knock(client: TestClient, username: str = "desk", password: str = PASSWORD) -> Any:
    return client.post("/api/session", json={"username": username, "password": password})


def from_address(app: FastAPI, number: int) -> TestClient:
    return TestClient(app, client=(f"192.0.2.{number}", 50000))


def staff_id(database: Database, username: str) -> int:
    with reading(database) as session:
        return next(int(card.id) for card in list_staff(session, now=datetime.now(UTC)) if card.username == username)


def change(admin: TestClient, username: str, **fields: Any) -> None:
    card = next(card for card in admin.get("/api/staff").json()["items"] if card["username"] == username)
    answer = admin.patch(f"/api/staff/{card['id']}", json=fields, headers={"If-Match": f'"{card["revision"]}"'})
    assert answer.status_code == 200, answer.text


def signed_in(client: TestClient) -> bool:
    return client.get("/api/session").status_code == 200


def test_who_signs_in_is_told_who_they_are(anonymous: TestClient) -> None:
    said = knock(anonymous, "DESK")
    assert (said.status_code, said.json()) == (200, {"username": "desk", "name": "deskさん", "roles": ["desk"]})
    assert anonymous.get("/api/session").json() == said.json()


def test_an_unknown_name_and_a_wrong_password_get_the_same_answer(app: FastAPI, database: Database) -> None:
    answers = [
        knock(from_address(app, 1), "desk", "ちがう言葉"),
        knock(from_address(app, 2), "nobody", PASSWORD),
        knock(from_address(app, 3), "", ""),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert len({frozenset(answer.headers.items()) for answer in answers}) == 1
    assert "set-cookie" not in answers[0].headers


def test_the_sixth_try_waits_even_with_the_right_password_and_the_wait_ends(
    app: FastAPI, at: At, database: Database
) -> None:
    now = datetime(2026, 11, 24, 1, tzinfo=UTC)
    at(now)
    for number in range(5):
        assert knock(from_address(app, number), "Desk", "x").status_code == 401
    before = head_of(database)
    # Counted by account: another address changes nothing, and another account is not concerned.
    blocked = knock(from_address(app, 9))
    assert (blocked.status_code, blocked.json()["code"]) == (429, "too-many")
    wait = int(blocked.headers["retry-after"])
    assert 0 < wait <= 901
    assert knock(from_address(app, 9), "admin").status_code == 200
    assert head_of(database) == before + 1
    at(now + timedelta(seconds=wait - 2))
    assert knock(from_address(app, 9)).status_code == 429
    at(now + timedelta(seconds=wait))
    assert knock(from_address(app, 9)).status_code == 200
    # The tries in vain while waiting did not make the wait longer, and a success forgets the failures before it.
    for _ in range(4):
        assert knock(from_address(app, 9), "desk", "x").status_code == 401
    assert knock(from_address(app, 9)).status_code == 200


def test_a_client_that_tries_many_names_waits_too(app: FastAPI) -> None:
    guesser, elsewhere = from_address(app, 1), from_address(app, 2)
    for number in range(30):
        assert knock(guesser, f"name-{number}", "x").status_code == 401
    assert knock(guesser).status_code == 429
    assert knock(elsewhere).status_code == 200


def test_the_count_names_nobody(anonymous: TestClient, database: Database) -> None:
    knock(anonymous, "desk", "ちがう言葉")
    with reading(database) as session:
        row = session.connection().execute(select(SQLModel.metadata.tables["failed_sign_in"])).one()
    for told in (row.account, row.client):
        assert len(told) == 64 and told not in {
            hashlib.sha256(name.encode()).hexdigest() for name in ("desk", "testclient")
        }


def test_an_hour_of_rest_ends_a_session_and_work_keeps_it_for_twelve(app: FastAPI, at: At) -> None:
    now = datetime(2026, 11, 24, 0, tzinfo=UTC)
    at(now)
    resting, working = from_address(app, 1), from_address(app, 2)
    knock(resting)
    knock(working)
    at(now + timedelta(minutes=60))
    assert signed_in(resting)
    at(now + timedelta(minutes=120, seconds=1))
    assert not signed_in(resting)
    for minutes in range(50, 720, 50):
        at(now + timedelta(minutes=minutes))
        assert signed_in(working)
    at(now + timedelta(hours=12, seconds=-1))
    assert signed_in(working)
    at(now + timedelta(hours=12))
    assert not signed_in(working)


def test_a_cookie_is_signed_anew_after_a_minute_and_no_other_time_passes_for_its_own(
    app: FastAPI, at: At, database: Database
) -> None:
    now = datetime(2026, 11, 24, 0, tzinfo=UTC)
    at(now)
    client = from_address(app, 1)
    knock(client)
    first = client.cookies["tsunagu"]
    token, stamp, signature = first.split(".")
    before = head_of(database)
    at(now + timedelta(seconds=60))
    client.get("/api/session")
    assert client.cookies["tsunagu"] == first
    at(now + timedelta(seconds=61))
    client.get("/api/session")
    assert client.cookies["tsunagu"].startswith(f"{token}.{int(stamp) + 61}.") and head_of(database) == before
    later = str(int(stamp) + 3000)
    for forged in (
        f"{token}.{later}.{signature}",
        f"{token}x.{stamp}.{signature}",
        token,
        f"{token}.{stamp}.",
        "..",
        "é",
    ):
        stranger = TestClient(app)
        cookie = [(b"Cookie", f"tsunagu={forged}".encode("latin-1"))]
        assert stranger.get("/api/session", headers=cookie).status_code == 401


def test_signing_out_ends_the_session_for_every_copy(app: FastAPI, desk: TestClient) -> None:
    copied = TestClient(app, cookies=dict(desk.cookies))
    assert signed_in(copied)
    left = desk.delete("/api/session")
    assert (left.status_code, left.content) == (204, b"")
    assert "Max-Age=0" in left.headers["set-cookie"]
    assert not signed_in(desk) and not signed_in(copied)
    assert desk.delete("/api/session").status_code == 204


def test_a_disabled_account_is_out_at_its_next_request(admin: TestClient, desk: TestClient, app: FastAPI) -> None:
    change(admin, "desk", disabled=True)
    assert not signed_in(desk)
    assert knock(from_address(app, 1)).status_code == 401
    change(admin, "desk", disabled=False)
    assert not signed_in(desk)
    assert knock(from_address(app, 1)).status_code == 200


def test_a_changed_role_holds_from_the_next_request(admin: TestClient, desk: TestClient, database: Database) -> None:
    with writing(database) as session:
        order = NewToken(label="窓口の端末")
        made = add_token(
            session, order, staff=staff_id(database, "desk"), by=By(), now=datetime.now(UTC), op_id="token"
        )
    program = TestClient(admin.app, headers={"Authorization": f"Bearer {made.token}"})
    assert program.post("/api/districts", json={"name": "大胡地区"}).status_code == 201
    change(admin, "desk", roles=["viewer"])
    assert not signed_in(desk)
    refused = program.post("/api/districts", json={"name": "城南地区"})
    assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")
    assert program.get("/api/session").json()["roles"] == ["viewer"]


def test_an_appointment_ends_with_its_last_day_in_japan(admin: TestClient, app: FastAPI, at: At) -> None:
    last = today(datetime.now(UTC)) + timedelta(days=30)
    change(admin, "desk", appointed_until=last.isoformat())
    midnight = datetime(last.year, last.month, last.day, tzinfo=TOKYO) + timedelta(days=1)
    at(midnight - timedelta(seconds=1))
    client = from_address(app, 1)
    assert knock(client).status_code == 200 and signed_in(client)
    at(midnight)
    assert not signed_in(client)
    assert knock(client).status_code == 401


def cookie_of(client: TestClient) -> tuple[str, Any]:
    answer = knock(client)
    jar = SimpleCookie(answer.headers["set-cookie"])
    assert len(jar) == 1
    return next(iter(jar.items()))


def test_over_http_the_cookie_is_plain_and_kept_from_scripts(anonymous: TestClient) -> None:
    name, cookie = cookie_of(anonymous)
    assert (name, cookie["path"], cookie["httponly"], cookie["samesite"]) == ("tsunagu", "/", True, "Lax")
    assert (cookie["secure"], cookie["domain"]) == ("", "")


def test_over_https_the_cookie_is_bound_to_the_host(app: FastAPI, database: Database, tmp_path: Path) -> None:
    environ = {
        "DATABASE_URL": app.state.settings.database_url,
        "SECRET_KEY_FILE": str(tmp_path / "secret.key"),
        "PUBLIC_URL": "https://daicho.example",
    }
    client = TestClient(create_app(Settings.from_environment(environ), database), base_url="https://daicho.example")
    name, cookie = cookie_of(client)
    assert (name, cookie["path"], cookie["httponly"], cookie["secure"]) == ("__Host-tsunagu", "/", True, True)
    assert (cookie["samesite"], cookie["domain"]) == ("Lax", "")
    assert signed_in(client)
    assert "max-age=" in client.get("/api/session").headers["strict-transport-security"]


def test_the_ledger_keeps_only_hashes(desk: TestClient, database: Database) -> None:
    with writing(database) as session:
        order = NewToken(label="連携")
        made = add_token(
            session, order, staff=staff_id(database, "desk"), by=By(), now=datetime.now(UTC), op_id="token"
        )
    secrets = (PASSWORD, desk.cookies["tsunagu"].split(".")[0], made.token)
    with reading(database) as session:
        for table in SQLModel.metadata.sorted_tables:
            for row in session.connection().execute(text(f'SELECT * FROM "{table.name}"')):
                assert not any(secret in str(value) for value in row for secret in secrets), table.name


def test_a_bearer_token_acts_for_its_account_until_it_is_revoked(app: FastAPI, database: Database) -> None:
    with writing(database) as session:
        order = NewToken(label="連携")
        made = add_token(session, order, staff=staff_id(database, "it"), by=By(), now=datetime.now(UTC), op_id="token")
    program = TestClient(app, headers={"Authorization": f"bearer {made.token}"})
    assert program.get("/api/session").json()["username"] == "it"
    assert program.get("/metrics").status_code == 200
    assert "set-cookie" not in program.get("/api/session").headers
    assert program.delete("/api/session").status_code == 204 and signed_in(program)
    for wrong in (f"Basic {made.token}", f"Bearer {made.token}x", "Bearer", "Bearer ", made.token):
        refused = TestClient(app, headers={"Authorization": wrong}).get("/api/session")
        assert (refused.status_code, refused.json()["code"]) == (401, "sign-in")
        assert refused.headers["www-authenticate"].startswith("Bearer")
    with writing(database) as session:
        session.connection().execute(text("UPDATE api_token SET revoked_at = CURRENT_TIMESTAMP"))
    assert not signed_in(program)


@on_sqlite
def test_metrics_are_for_programs(admin: TestClient, anonymous: TestClient) -> None:
    assert admin.get("/metrics").status_code == 403
    assert admin.get("/metrics", headers={"Authorization": "Basic eDp5"}).status_code == 403
    assert anonymous.get("/metrics").status_code == 401


@pytest.mark.parametrize(
    "wrong", [{"username": "desk\0"}, {"password": "x" * 1001}, {"username": "x" * 201}, {"pin": 1}]
)
def test_what_nobody_can_be_called_is_refused_before_anything_is_hashed(
    anonymous: TestClient, wrong: dict[str, Any]
) -> None:
    answer = anonymous.post("/api/session", json={"username": "desk", "password": PASSWORD} | wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert PASSWORD not in answer.text
