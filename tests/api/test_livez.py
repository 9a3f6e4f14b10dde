"""``/livez`` tells that the process answers, also to whoever sends a token, and asks the ledger nothing."""

from fastapi.testclient import TestClient
from sqlalchemy import Connection, event

from inventory.database import Database


def test_livez_begins_no_transaction(admin: TestClient, database: Database) -> None:
    begun: list[Connection] = []
    event.listen(database.reader, "begin", begun.append)
    event.listen(database.writer, "begin", begun.append)
    assert admin.get("/api/session").status_code == 200
    assert len(begun) == 1
    assert admin.get("/livez", headers={"Authorization": "Bearer tsunagu_unknown"}).text == "ok\n"
    assert len(begun) == 1
