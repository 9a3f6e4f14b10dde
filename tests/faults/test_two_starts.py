"""Two programs started at once on an empty folder agree: one makes the ledger and its secret, both serve it."""

from pathlib import Path

import pytest

from inventory import schema
from inventory.database import reading
from inventory.settings import Settings, open_ledger
from inventory.staff import STAFF
from tests import kill_rounds
from tests.server import Server

pytestmark = pytest.mark.faults

PASSWORD = "さくらと自転車で出かけた日"


@pytest.mark.parametrize("attempt", range(3))
def test_two_starts_on_an_empty_folder(empty_url: str, tmp_path: Path, attempt: int) -> None:
    servers = [Server(empty_url, tmp_path, environ={"ADMIN_PASSWORD": PASSWORD}) for _ in range(2)]
    try:
        for server in servers:
            server.launch()
        for server in servers:
            server.wait_until_alive()
        for server in servers:
            with server.caller() as caller:
                signed_in = caller.call("POST", "/api/session", {"username": "admin", "password": PASSWORD})
                assert signed_in.status == 200
                # A cookie that one of them signed opens the other, so they have the same secret.
                cookie = signed_in.headers["set-cookie"].partition(";")[0]
            for door in servers:
                with door.caller() as caller:
                    assert caller.get("/api/session", headers={"Cookie": cookie}).status == 200
    finally:
        for server in servers:
            server.kill()
    for server in servers:
        assert "Traceback" not in server.said()
    database = open_ledger(Settings.from_environment(_settings(empty_url, tmp_path)))
    try:
        with reading(database) as session:
            assert [row.username for row in session.connection().execute(STAFF.select())] == ["admin"]
            assert schema.version(session.connection()) == schema.head()
    finally:
        database.dispose()
    assert kill_rounds.findings(empty_url, tmp_path) == []


def _settings(url: str, folder: Path) -> dict[str, str]:
    return {"DATABASE_URL": url, "SECRET_KEY_FILE": str(folder / "secret.key")}
