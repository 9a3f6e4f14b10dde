"""Puts a dump in the place of a PostgreSQL ledger.

The schema ``public`` steps aside under another name, the dump is loaded into a new one and checked, and when it does
not pass, the old one steps back. Killed in between, the old ledger is whole under its other name:
``DROP SCHEMA public CASCADE; ALTER SCHEMA before_restore_… RENAME TO public``.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, create_engine

from inventory import schema
from inventory.backup import digest_of, postgres_dump
from inventory.database import Database, connect
from inventory.restore.checks import Candidate, RestoreRefused

# What makes up a ledger in pg_restore's list. Functions and triggers run code of whoever made the dump, so they are
# not loaded; ours are made anew.
_PARTS = (
    "TABLE public ",
    "TABLE DATA public ",
    "SEQUENCE public ",
    "SEQUENCE OWNED BY public ",
    "SEQUENCE SET public ",
    "DEFAULT public ",
    "CONSTRAINT public ",
    "FK CONSTRAINT public ",
    "INDEX public ",
)
_OURS = (
    "SCHEMA - public ",
    "COMMENT - SCHEMA public",
    "FUNCTION public forbid_change() ",
    *(f"TRIGGER public {table} {table}_forbids_" for table in schema.APPEND_ONLY),
)


def put_in_place(
    url: str, source: Path, candidate: Candidate, *, replace: bool, say: Callable[[str], None]
) -> tuple[str | None, tuple[int, str]]:
    """The schema that holds the old ledger (None when it had no entries), and the journal's head."""
    opened = connect(url, keys=candidate.keys)
    # A server sees many connections of ours in the making; this one is kept out of their pools.
    engine = create_engine(opened.url, isolation_level="AUTOCOMMIT")
    aside = f"before_restore_{candidate.stamp.lower()}"
    try:
        with engine.connect() as connection:
            in_the_way = _must_be_free(connection, replace=replace)
            say("comparing the checksum")
            if digest_of(source) != (candidate.manifest.sha256, candidate.manifest.bytes):
                raise RestoreRefused("the backup was changed or damaged since it was made; take another one")
            with tempfile.TemporaryDirectory(prefix="restore-") as folder:
                listed = _list_parts(source, opened, Path(folder))
                connection.exec_driver_sql(f"ALTER SCHEMA public RENAME TO {aside}")
                try:
                    say("loading the dump")
                    connection.exec_driver_sql("CREATE SCHEMA public")
                    postgres_dump.load(source, opened.url, listed)
                    with opened.writer.begin() as writer:
                        schema.protect(writer)
                    say("checking the journal")
                    head = candidate.accept(opened)
                except BaseException:
                    opened.dispose()
                    connection.exec_driver_sql("DROP SCHEMA IF EXISTS public CASCADE")
                    connection.exec_driver_sql(f"ALTER SCHEMA {aside} RENAME TO public")
                    raise
            if not in_the_way:
                connection.exec_driver_sql(f"DROP SCHEMA {aside} CASCADE")
    finally:
        opened.dispose()
        engine.dispose()
    return (f"schema {aside}" if in_the_way else None), head


def _must_be_free(connection: Connection, *, replace: bool) -> bool:
    """Whether a ledger with entries stands there, which may be put aside. Nobody else may be connected."""
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    # The server notices a moment later that a program which has just ended is gone.
    for _ in range(30):
        if not connection.exec_driver_sql(others).scalar_one():
            break
        time.sleep(0.1)
    else:
        raise RestoreRefused("the database is in use; stop the server and restore again")
    tables = connection.exec_driver_sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").scalar_one()
    in_the_way = tables > 0
    if connection.exec_driver_sql("SELECT to_regclass('public.entry')").scalar_one() is not None:
        in_the_way = connection.exec_driver_sql("SELECT EXISTS (SELECT 1 FROM entry)").scalar_one()
    if in_the_way and not replace:
        raise RestoreRefused("the database holds a ledger already; with --replace it is put aside and kept")
    return bool(in_the_way)


def _list_parts(source: Path, opened: Database, folder: Path) -> Path:
    """A list for pg_restore of the parts of a ledger in the dump."""
    wanted = []
    for line in postgres_dump.contents(source, opened.url):
        # "215; 1259 16386 TABLE public entry owner": what follows the numbers is the kind, the schema and the name.
        thing = line.split(" ", 3)[3]
        if thing.startswith(_PARTS):
            wanted.append(line)
        elif not thing.startswith(_OURS):
            raise RestoreRefused(f"the backup holds {thing!r}, which is no part of a ledger; take another backup")
    listed = folder / "parts"
    listed.write_text("\n".join(wanted) + "\n", encoding="utf-8")
    return listed
