"""Many clients at the real server at once: every device goes out once, and nobody is answered with a breakdown."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from inventory.database import Database, reading
from inventory.devices import ITEM
from inventory.journal import ENTRY
from tests.crowd import Readers, knock, spread, together
from tests.server import Answer, Caller, Server, asset_number, furnish

CLIENTS = 64


@pytest.fixture
def token(database_url: str, tmp_path: Path) -> str:
    return furnish(database_url, tmp_path, devices=CLIENTS)


@pytest.fixture
def server(token: str, database_url: str, tmp_path: Path) -> Iterator[Server]:
    with Server(database_url, tmp_path) as running:
        yield running


@pytest.fixture
def callers(server: Server, token: str) -> Iterator[list[Caller]]:
    made = [server.caller(token) for _ in range(CLIENTS)]
    knock(made)
    yield made
    for caller in made:
        caller.close()


def test_of_64_who_want_one_device_one_gets_it(callers: list[Caller], database: Database) -> None:
    answers = together(CLIENTS, lambda client: callers[client].lend(asset_number(1)))
    assert spread(answers) == {(201, None): 1, (409, "already-lent"): CLIENTS - 1}
    assert {answer.json()["device"] for answer in answers if answer.status == 409} == {asset_number(1)}
    assert _items(database) == 1


def test_192_writes_by_64_clients_all_get_through_while_others_read(
    server: Server, token: str, callers: list[Caller], database: Database
) -> None:
    def out_back_and_out(client: int) -> list[Answer]:
        device, caller = asset_number(client + 1), callers[client]
        return [caller.lend(device), caller.take_back(device), caller.lend(device)]

    paths = ("/api/devices?limit=50", "/api/loans", f"/api/lookup?code={asset_number(1)}", "/livez")
    with Readers(server, token, *paths) as readers:
        answers = [answer for three in together(CLIENTS, out_back_and_out) for answer in three]
    assert spread(answers) == {(201, None): 2 * CLIENTS, (200, None): CLIENTS}
    assert set(readers.answers) == {200}
    assert _items(database) == 2 * CLIENTS
    numbers = [answer.json()["number"] for answer in answers if answer.status == 201]
    assert len(set(numbers)) == 2 * CLIENTS


def test_one_key_sent_50_times_at_once_is_one_loan(callers: list[Caller], database: Database) -> None:
    key = str(uuid4())
    answers = together(50, lambda client: callers[client].lend(asset_number(7), key=key))
    assert spread(answers) == {(201, None): 50}
    assert len({answer.json()["number"] for answer in answers}) == 1
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 49
    assert _items(database) == 1
    with reading(database) as session:
        entries = session.connection().execute(select(func.count()).where(ENTRY.c.op_id == key)).scalar_one()
    assert entries == 1


def _items(database: Database) -> int:
    with reading(database) as session:
        return session.connection().execute(select(func.count()).select_from(ITEM)).scalar_one()


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_gate_inside_a_sync_dependency_stands_still(database_url: str, token: str, tmp_path: Path) -> None:
    """The same rush at the planted defect, so that the tests above are known to be able to fail."""
    program = ("-m", "tests.api.sync_gate")
    with Server(database_url, tmp_path, program=program) as planted:
        one_after_another = planted.caller(token)
        assert one_after_another.lend(asset_number(CLIENTS)).status == 201
        one_after_another.close()

        def lent(client: int) -> bool:
            with planted.caller(token, seconds=4) as caller:
                try:
                    return caller.lend(asset_number(client + 1)).status == 201
                except TimeoutError:
                    return False

        done = sum(together(CLIENTS - 1, lent))
    assert done < (CLIENTS - 1) // 2
