"""An app over a ledger of its own, and visitors who knock at its doors."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlmodel import SQLModel
from starlette.datastructures import State

from api.app import create_app
from api.transactions import Ledger, clock
from inventory.database import Database, reading, writing
from inventory.journal import By, head
from inventory.settings import Settings
from inventory.staff import NewStaff, add_staff
from inventory.tables import Role

PASSWORD = "さくらと自転車で出かけた日"
# The weakest hash that the library makes: what a guess costs is not what these tests are about, and each signs in.
_HASHED = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
ROLES = ("viewer", "desk", "it", "admin")


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings.from_environment(
        {
            "DATABASE_URL": database_url,
            "SECRET_KEY_FILE": str(tmp_path / "secret.key"),
            "PUBLIC_URL": "http://testserver",
            "OFFICE_PHONE": "027-000-1234",
            "OFFICE_HOURS": "平日 8:30–17:15",
        }
    )


@pytest.fixture(scope="session")
def hung() -> list[FastAPI]:
    """The doors in their frame, once there. The framework works each door out when it is first knocked at, which takes
    longer than what most tests do; what belongs to one ledger stands in the app's state alone."""
    return []


@pytest.fixture
def app(settings: Settings, database: Database, hung: list[FastAPI]) -> Iterator[FastAPI]:
    """The app with one account per role; each has the role's name as user name and ``PASSWORD``."""
    with writing(database) as session:
        for role in ROLES:
            order = NewStaff(username=role, name=f"{role}さん", section="生涯学習課", roles=[Role(role)])
            add_staff(session, order, password_hash=_HASHED, by=By(), now=datetime.now(UTC), op_id="staff")
    if not hung:
        hung.append(create_app(settings, database))
    app = hung[0]
    app.state = State({"settings": settings, "ledger": Ledger(database), "demo": False})
    yield app
    app.dependency_overrides.clear()


@pytest.fixture
def anonymous(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="session")
def portal() -> Iterator[BlockingPortal]:
    """The event loop of all tests: a client without one starts a loop and its threads anew for every request."""
    with start_blocking_portal() as opened:
        yield opened


@pytest.fixture
def sign_in(app: FastAPI, portal: BlockingPortal) -> Iterator[Callable[[str], TestClient]]:
    """``sign_in("desk")`` gives a browser in which the member of staff of that role is signed in."""
    clients: list[TestClient] = []

    def enter(role: str) -> TestClient:
        client = TestClient(app, follow_redirects=False)
        client.portal = portal
        clients.append(client)
        answer = client.post("/api/session", json={"username": role, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return client

    yield enter
    for client in clients:
        client.close()


@pytest.fixture
def admin(sign_in: Callable[[str], TestClient]) -> TestClient:
    return sign_in("admin")


@pytest.fixture
def desk(sign_in: Callable[[str], TestClient]) -> TestClient:
    return sign_in("desk")


@pytest.fixture
def viewer(sign_in: Callable[[str], TestClient]) -> TestClient:
    return sign_in("viewer")


@pytest.fixture
def at(app: FastAPI) -> Iterator[Callable[[datetime], None]]:
    """``at(moment)`` sets the server's clock."""

    def set_clock(moment: datetime) -> None:
        app.dependency_overrides[clock] = lambda: moment

    yield set_clock
    app.dependency_overrides.clear()


# For tests of what no database has a part in.
on_sqlite = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


def op() -> dict[str, str]:
    """Headers with a fresh Idempotency-Key."""
    return {"Idempotency-Key": str(uuid4())}


def head_of(database: Database) -> int:
    """How many acts the journal holds."""
    with reading(database) as session:
        return head(session)[0]


def rows_of(database: Database) -> dict[str, int]:
    """How many rows each table holds."""
    with reading(database) as session:
        count = {table.name: select(func.count()).select_from(table) for table in SQLModel.metadata.sorted_tables}
        return {name: session.connection().execute(query).scalar_one() for name, query in count.items()}
