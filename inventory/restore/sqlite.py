"""Puts a backup in the place of a SQLite ledger."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import create_engine

from inventory import schema
from inventory.backup import check_sqlite_file, digest_of, is_sqlite, sync_file, sync_folder
from inventory.database import connect
from inventory.restore.checks import Candidate, RestoreRefused


def put_in_place(
    url: str, source: Path, candidate: Candidate, *, replace: bool, say: Callable[[str], None]
) -> tuple[str | None, tuple[int, str]]:
    """Where the old file is now (None when there was none with entries), and the journal's head."""
    file = Path(url.removeprefix("sqlite:///"))
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    in_the_way = _holds_entries(file)
    if in_the_way and not replace:
        raise RestoreRefused(f"{file} holds a ledger already; with --replace it is put aside and kept")
    aside = Path(tempfile.mkdtemp(prefix=".restore-", dir=file.parent))
    try:
        say("copying the backup and comparing its checksum")
        copy = aside / "ledger.db"
        shutil.copyfile(source, copy)
        copy.chmod(0o600)
        if digest_of(copy) != (candidate.manifest.sha256, candidate.manifest.bytes):
            raise RestoreRefused("the backup was changed or damaged since it was made; take another one")
        say("checking the database")
        check_sqlite_file(copy)
        _refuse_foreign_objects(copy)
        say("checking the journal")
        opened = connect(f"sqlite:///{copy}", keys=candidate.keys)
        try:
            head = candidate.accept(opened)
        finally:
            opened.dispose()
        _fold(copy)
        sync_file(copy)
        say("putting it in place")
        if file.exists() and is_sqlite(file):
            _must_be_free(file)
        kept = _put_aside(file, candidate.stamp) if in_the_way else None
        copy.replace(file)
        sync_folder(file.parent)
    finally:
        shutil.rmtree(aside)
    return (str(kept) if kept else None), head


def _holds_entries(file: Path) -> bool:
    """Whether something worth keeping stands there. A file that cannot be read is worth keeping."""
    log = file.with_name(file.name + "-wal")
    if not file.exists() or not is_sqlite(file):
        return any(path.exists() and path.stat().st_size > 0 for path in (file, log))
    try:
        with closing(sqlite3.connect(file)) as connection:
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'entry'").fetchone() is None:
                return connection.execute("SELECT 1 FROM sqlite_master").fetchone() is not None
            return connection.execute("SELECT 1 FROM entry LIMIT 1").fetchone() is not None
    except sqlite3.Error:
        return True


def _refuse_foreign_objects(copy: Path) -> None:
    """Triggers and views run code of whoever made the file. The only ones that belong there are ours, to the letter."""
    engine = create_engine("sqlite://")
    try:
        with engine.begin() as connection:
            for table in schema.APPEND_ONLY:
                connection.exec_driver_sql(f"CREATE TABLE {table} (seq INTEGER)")
            schema.protect(connection)
            query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
            ours = {(row[0], row[1]) for row in connection.exec_driver_sql(query)}
    finally:
        engine.dispose()
    query = "SELECT name, sql FROM sqlite_master WHERE type NOT IN ('table', 'index') OR sql LIKE 'CREATE VIRTUAL%'"
    with closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        for name, sql in connection.execute(query):
            if (name, sql) not in ours:
                raise RestoreRefused(f"the backup holds {name}, which is no part of a ledger; take another backup")


def _fold(file: Path) -> None:
    """Make the file whole without its write-ahead log. Refused while another program has it open."""
    with closing(sqlite3.connect(file, timeout=1.0)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE").fetchone()


def _must_be_free(file: Path) -> None:
    """Raise RestoreRefused while another program has the ledger open."""
    try:
        _fold(file)
    except sqlite3.DatabaseError as error:
        # A file that is damaged may be why somebody restores; nobody serves it.
        if error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise RestoreRefused(f"{file} is in use; stop the server and restore again") from error


def _put_aside(file: Path, stamp: str) -> Path:
    """Give the old file a second name, which is returned, so that the first is never without a ledger."""
    kept = file.with_name(f"{file.name}.before-restore-{stamp}")
    if kept.exists():
        raise RestoreRefused(f"{kept} exists already; restore again in a moment")
    if file.exists():
        try:
            os.link(file, kept)
        except OSError:  # Some file systems know no second name; there the file is away for an instant.
            file.rename(kept)
        kept.chmod(0o600)
    # A log left behind would be replayed into the restored file.
    for tail in ("-wal", "-shm"):
        log = file.with_name(file.name + tail)
        if log.exists():
            log.rename(kept.with_name(kept.name + tail))
    return kept
