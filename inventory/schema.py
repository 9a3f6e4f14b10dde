"""migrate and check: one migration history for both databases, driven by Alembic without an ini file."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event, inspect
from sqlmodel import SQLModel

from inventory import (
    tables as tables,  # Alembic compares the database with this module's metadata.
)
from inventory.database import Database

HISTORY = Path(__file__).parent / "migrations"

# Rows of these tables are history itself, but for the columns named beside them: words that may be about a person and
# are blanked when that person is erased. Batch migrations rebuild a SQLite table without its triggers, so they are
# made anew after every migration.
APPEND_ONLY: dict[str, tuple[str, ...]] = {
    "entry": (),
    "wifi_step": ("reason", "note"),
    "wifi_step_strike": ("reason",),
    "wifi_plan": ("reason",),
    "wifi_target": ("reason",),
    "wifi_target_venue": (),
    "wifi_usage": (),
    "report_text": ("words",),
    "report_edition": ("note",),
}


class UnknownSchema(Exception):
    """The database was made by a newer program than this one."""


def migrate(database: Database, *, history: Path = HISTORY, now: datetime | None = None) -> bool:
    """Bring the database to the newest schema, in one transaction; True when anything changed.

    An older SQLite file is copied beside itself first. Two processes that start together take turns.

    Raises:
        UnknownSchema: the database names a revision that this program does not know.
    """
    config = Config()
    config.set_main_option("script_location", str(history))
    script = ScriptDirectory.from_config(config)
    with _migrating(database) as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        if current is not None and current not in {revision.revision for revision in script.walk_revisions()}:
            raise UnknownSchema(
                f"the database has schema {current}, which this program does not know; start the newer program"
            )
        if current == script.get_current_head():
            return False
        if current is not None:
            _keep_copy(database, current, now)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        protect(connection)
        if database.on_sqlite:
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
            if broken:
                raise RuntimeError(f"the migration left a row of {broken[0]} without what it refers to")
    return True


def version(connection: Connection) -> str | None:
    """The revision the database names, None when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """The newest revision this program knows."""
    config = Config()
    config.set_main_option("script_location", str(HISTORY))
    return ScriptDirectory.from_config(config).get_current_head()


def check(database: Database) -> list[Any]:
    """Differences between the tables and the migrated database; an empty list when they agree."""
    with database.reader.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, SQLModel.metadata))


def protect(connection: Connection) -> None:
    """Make the triggers that forbid UPDATE and DELETE on append-only tables. An older schema lacks some of those."""
    there = set(inspect(connection).get_table_names())
    for table, blanked in APPEND_ONLY.items():
        if table not in there:
            continue
        kept = [column.name for column in SQLModel.metadata.tables[table].columns if column.name not in blanked]
        update = f"UPDATE OF {', '.join(kept)}" if blanked else "UPDATE"
        for verb in ("UPDATE", "DELETE"):
            name = f"{table}_forbids_{verb.lower()}"
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
                connection.exec_driver_sql(
                    f"CREATE TRIGGER {name} BEFORE {update if verb == 'UPDATE' else verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
            else:
                connection.exec_driver_sql(
                    "CREATE OR REPLACE FUNCTION forbid_change() RETURNS trigger LANGUAGE plpgsql AS "
                    "$$ BEGIN RAISE EXCEPTION 'the table is append-only'; END $$"
                )
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON {table}")
                # FOR EACH STATEMENT also stops a statement that would touch no row, and TRUNCATE can be covered.
                events = "DELETE OR TRUNCATE" if verb == "DELETE" else update
                connection.exec_driver_sql(
                    f"CREATE TRIGGER {name} BEFORE {events} ON {table} "
                    "FOR EACH STATEMENT EXECUTE FUNCTION forbid_change()"
                )


@contextmanager
def _migrating(database: Database) -> Iterator[Connection]:
    """A connection that holds the writer's lock. SQLite rebuilds tables, which needs its foreign keys off."""
    if not database.on_sqlite:
        with database.writer.begin() as connection:
            yield connection
        return
    engine = create_engine(database.url, connect_args={"isolation_level": None, "timeout": 60.0})
    event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA journal_mode = WAL"))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _keep_copy(database: Database, current: str, now: datetime | None) -> None:
    if not database.on_sqlite or not database.url.database:
        return
    source = Path(database.url.database)
    stamp = (now or datetime.now().astimezone()).strftime("%Y%m%dT%H%M%S")
    copy = source.with_name(f"{source.name}.before-{current}-{stamp}")
    # The online backup sees the committed state; a copy of the file alone would miss the WAL.
    with sqlite3.connect(source) as live, sqlite3.connect(copy) as kept:
        live.backup(kept)
    copy.chmod(0o600)
