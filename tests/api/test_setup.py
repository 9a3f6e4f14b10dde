"""The first set-up of an empty ledger."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.__main__ import keep_setup_code
from api.app import create_app
from api.transactions import clock
from inventory.database import Database, reading, writing
from inventory.settings import Settings
from inventory.staff import list_staff
from inventory.tables import Role, Setting

CODE = "0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
ACCOUNT = {
    "username": "kobayashi",
    "name": "小林 恵",
    "section": "情報政策課",
    "password": "さくらと自転車で出かけた日",
    "again": "さくらと自転車で出かけた日",
}


@pytest.fixture
def empty(settings: Settings, database: Database) -> FastAPI:
    """The app over a ledger without any account, ten minutes after its code was printed."""
    with writing(database) as session:
        keep_setup_code(session, CODE, NOW + timedelta(minutes=20))
    app = create_app(settings, database)
    app.dependency_overrides[clock] = lambda: NOW
    return app


@pytest.fixture
def newcomer(empty: FastAPI) -> Iterator[TestClient]:
    with TestClient(empty, follow_redirects=False) as client:
        yield client


def _accounts(database: Database) -> list[tuple[str, list[Role]]]:
    with reading(database) as session:
        return [(card.username, card.roles) for card in list_staff(session, now=NOW)]


def _code_stands(database: Database) -> bool:
    with reading(database) as session:
        return session.get(Setting, "setup_code") is not None


def test_every_page_of_an_empty_ledger_leads_to_the_set_up(newcomer: TestClient) -> None:
    assert newcomer.get("/account").headers["location"].startswith("/sign-in?")
    assert newcomer.get("/sign-in?next=%2Faccount").headers["location"] == "/setup"
    assert newcomer.get("/setup").status_code == 200


@pytest.mark.parametrize(
    "typed", [CODE, "0123 4567 89ab cdef 0123 4567 89ab cdef", "０１２３４５６７８９ＡＢＣＤＥＦ0123456789ABCDEF"]
)
def test_the_code_makes_one_admin_who_is_signed_in_and_then_the_page_is_gone(
    newcomer: TestClient, database: Database, typed: str
) -> None:
    done = newcomer.post("/setup", data={**ACCOUNT, "code": typed})
    assert (done.status_code, done.headers["location"]) == (303, "/?done=set-up")
    who = newcomer.get("/api/session").json()
    assert (who["username"], who["name"], who["roles"]) == ("kobayashi", "小林 恵", ["admin"])
    assert not _code_stands(database)
    assert newcomer.get("/setup").status_code == 404
    again = newcomer.post("/setup", data={**ACCOUNT, "username": "second", "code": CODE})
    assert again.status_code == 404
    assert _accounts(database) == [("kobayashi", [Role.ADMIN])]


def test_a_wrong_code_opens_nothing_and_keeps_what_was_written_but_passwords(
    newcomer: TestClient, database: Database
) -> None:
    answer = newcomer.post("/setup", data={**ACCOUNT, "code": CODE[::-1]})
    assert answer.status_code == 422
    assert 'id="f-code-wrong"' in answer.text
    assert 'value="小林 恵"' in answer.text and ACCOUNT["password"] not in answer.text
    assert _accounts(database) == [] and _code_stands(database)


def test_a_slip_in_the_form_costs_no_try_and_a_wrong_code_does(newcomer: TestClient, database: Database) -> None:
    for _ in range(7):
        slip = newcomer.post("/setup", data={**ACCOUNT, "code": CODE, "again": "ちがう"})
        assert slip.status_code == 422 and 'id="f-again-wrong"' in slip.text
    for _ in range(5):
        assert newcomer.post("/setup", data={**ACCOUNT, "code": "0" * 32}).status_code == 422
    waiting = newcomer.post("/setup", data={**ACCOUNT, "code": CODE})
    assert waiting.status_code == 429 and int(waiting.headers["retry-after"]) > 0
    assert _accounts(database) == []


def test_guesses_from_elsewhere_do_not_shut_the_owner_out(empty: FastAPI, database: Database) -> None:
    stranger = TestClient(empty, follow_redirects=False, client=("192.0.2.9", 50000))
    for _ in range(6):
        stranger.post("/setup", data={**ACCOUNT, "code": "0" * 32})
    owner = TestClient(empty, follow_redirects=False, client=("192.0.2.1", 50000))
    assert owner.post("/setup", data={**ACCOUNT, "code": CODE}).status_code == 303
    assert len(_accounts(database)) == 1


def test_a_code_is_good_for_thirty_minutes_and_no_longer(
    empty: FastAPI, newcomer: TestClient, database: Database
) -> None:
    empty.dependency_overrides[clock] = lambda: NOW + timedelta(minutes=20)
    late = newcomer.post("/setup", data={**ACCOUNT, "code": CODE})
    assert late.status_code == 422 and 'id="f-code-wrong"' in late.text
    assert _accounts(database) == []
    empty.dependency_overrides[clock] = lambda: NOW + timedelta(minutes=20, seconds=-1)
    assert newcomer.post("/setup", data={**ACCOUNT, "code": CODE}).status_code == 303


def test_without_a_code_in_the_ledger_no_code_fits(newcomer: TestClient, database: Database) -> None:
    with writing(database) as session:
        session.delete(session.get_one(Setting, "setup_code"))
    for code in (CODE, ""):
        assert newcomer.post("/setup", data={**ACCOUNT, "code": code}).status_code == 422
    assert _accounts(database) == []


def test_of_ten_set_ups_at_once_one_makes_the_admin(empty: FastAPI, database: Database) -> None:
    start = Barrier(10)
    server = TestClient(empty)

    def knock(number: int) -> int:
        client = TestClient(empty, follow_redirects=False, client=(f"192.0.2.{number}", 50000))
        # Ten browsers, one event loop, as one server has.
        client.portal = server.portal
        start.wait()
        return client.post("/setup", data={**ACCOUNT, "username": f"admin-{number}", "code": CODE}).status_code

    with server, ThreadPoolExecutor(10) as pool:
        answers = sorted(pool.map(knock, range(10)))
    # Whoever comes while the winner is at work is refused; whoever comes later finds no such page.
    assert answers.count(303) == 1
    assert set(answers) <= {303, 404, 409, 422}
    accounts = _accounts(database)
    assert len(accounts) == 1 and accounts[0][1] == [Role.ADMIN]
