"""connect, reading, writing: the only BEGIN and COMMIT of the ledger.

There is one writer per city on both databases: ``BEGIN IMMEDIATE`` on SQLite, an advisory lock as the first statement
on PostgreSQL. So a verb may look, decide and write without anybody writing in between, and the journal's chain has
one head. Readers have an engine of their own that cannot write: a GET changes nothing, whatever its code says.

Verbs that every scan runs keep their statements at module level, with ``bindparam`` for what changes: making a
statement anew costs about five times what running it does.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlmodel import Session

from inventory import journal
from inventory.erasure_register import REGISTER_NAME, Line, Register, line_of
from inventory.keys import Keys

# Any number will do as long as every process of the city uses it; advisory locks are scoped to one database.
WRITER_LOCK = 7_264_101

# As many readers as anyio has worker threads: a reader never waits for a connection while it holds a thread.
READERS = 40


class Database:
    """One city's ledger: a writing engine with a single connection, a reading engine, and the keys of its journal."""

    def __init__(self, url: str, keys: Keys, anchor: Path | None) -> None:
        self.url = make_url(url)
        self.keys = keys
        self.anchor = journal.Anchor(anchor) if anchor else None
        self.register = Register(anchor.with_name(REGISTER_NAME)) if anchor else None
        self.on_sqlite = self.url.get_backend_name() == "sqlite"
        if self.on_sqlite:
            self.writer, self.reader = _sqlite(url)
        else:
            self.writer, self.reader = _postgresql(url)

    def dispose(self) -> None:
        self.writer.dispose()
        self.reader.dispose()
        if self.anchor:
            self.anchor.close()


def connect(url: str, *, keys: Keys | None = None, anchor: Path | None = None) -> Database:
    """Open a ledger.

    Args:
        url: ``sqlite:///path`` or ``postgresql://…`` (driver psycopg 3 unless named).
        keys: signs the journal. Without keys a fresh secret is used, and nothing can be verified after this process.
        anchor: file that keeps the journal's newest head outside the database; shows a cut tail. The register of
            erasures stands beside it.
    """
    if url.startswith(("postgresql://", "postgres://")):
        url = "postgresql+psycopg://" + url.split("://", 1)[1]
    if url.startswith("sqlite:///") and not url.endswith(":memory:"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    return Database(url, keys or Keys.fresh(), anchor)


@contextmanager
def reading(database: Database) -> Iterator[Session]:
    """A session that sees one state of the ledger and cannot change it."""
    with Session(database.reader, expire_on_commit=False, autoflush=False) as session:
        yield session


@contextmanager
def writing(database: Database) -> Iterator[Session]:
    """The one writing session. Leaving the block seals the journal entry and commits; an exception rolls back.

    The writer's lock is taken when the block is entered, before the first look, because a transaction that begins
    by reading can find, when it comes to write, that the ledger has moved on.
    """
    with Session(database.writer, expire_on_commit=False) as session:
        session.connection()
        yield session
        session.flush()
        noted = journal.noted(session)
        head = journal.seal(session, database.keys)
        erased = line_of(session, *head, noted) if head and session.info.pop("erasing", False) else None
        session.commit()
        if head and database.anchor:
            database.anchor.advance(*head)
    if erased is not None:
        _forget(database, erased)


def _forget(database: Database, erased: Line) -> None:
    """Enter an erasure that is committed into the register, and empty the log that still holds what was erased."""
    if database.register:
        # A full disk here undoes no erasure; the day's housekeeping enters what the journal tells of.
        with suppress(OSError):
            database.register.append([erased] if erased.erased else [])
    sweep(database)


def sweep(database: Database) -> bool:
    """Empty SQLite's write-ahead log, which keeps old pages; False while a reader still needs it.

    PostgreSQL clears what no reader sees any more by itself (autovacuum), its log by its own settings.
    """
    if not database.on_sqlite:
        return True
    raw = database.writer.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("PRAGMA busy_timeout = 1000")
        busy: int = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        cursor.execute("PRAGMA busy_timeout = 30000")
        cursor.execute("PRAGMA secure_delete = FAST")
        cursor.close()
    finally:
        raw.close()
    return busy == 0


def _sqlite(url: str) -> tuple[Engine, Engine]:
    arguments: dict[str, Any] = {"check_same_thread": False, "timeout": 30.0, "isolation_level": None}
    writer = create_engine(url, connect_args=arguments, pool_size=1, max_overflow=0, pool_timeout=60)
    reader = create_engine(url, connect_args=arguments, pool_size=READERS, max_overflow=-1)
    event.listen(writer, "connect", lambda raw, _: _pragmas(raw, query_only=False))
    event.listen(reader, "connect", lambda raw, _: _pragmas(raw, query_only=True))
    # pysqlite would begin a deferred transaction of its own at the first write; with isolation_level None the BEGIN
    # is ours, and the writer's takes the lock at once.
    event.listen(writer, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    event.listen(reader, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    event.listen(writer, "checkin", lambda raw, _: _let_go(raw))
    return writer, reader


def _let_go(raw: Any) -> None:
    """End a transaction whose COMMIT failed (a dangling reference, a full disk).

    SQLite leaves it open, and SQLAlchemy takes it for ended: the writer's lock would stay taken for every other
    process, and the next act would fail at its BEGIN.
    """
    if raw is not None and raw.in_transaction:
        raw.rollback()


def _pragmas(raw: Any, *, query_only: bool) -> None:
    cursor = raw.cursor()
    cursor.execute("PRAGMA busy_timeout = 30000")
    if not query_only:
        cursor.execute("PRAGMA journal_mode = WAL")
        # FULL syncs the WAL at every commit: with NORMAL an acknowledged loan can vanish in a power cut.
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA secure_delete = FAST")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA trusted_schema = OFF")
    cursor.execute(f"PRAGMA query_only = {'ON' if query_only else 'OFF'}")
    cursor.close()


def _postgresql(url: str) -> tuple[Engine, Engine]:
    # jit=off: the planner's default made long lists several times slower than the lists themselves.
    common = "-c timezone=UTC -c jit=off"
    writer = create_engine(
        url, pool_size=1, max_overflow=0, pool_timeout=60, pool_pre_ping=True, connect_args={"options": common}
    )
    reader = create_engine(
        url,
        pool_size=5,
        max_overflow=READERS - 5,
        pool_pre_ping=True,
        connect_args={"options": f"{common} -c default_transaction_read_only=on"},
        isolation_level="REPEATABLE READ",
    )

    def lock(connection: Connection) -> None:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")

    event.listen(writer, "begin", lock)
    return writer, reader
