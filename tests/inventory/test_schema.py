"""Migrating: one history for both databases, and nothing that protects the journal is lost on the way."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError, IntegrityError

from inventory import journal, schema
from inventory.database import Database, connect, reading, writing
from inventory.journal import By
from inventory.keys import Keys
from inventory.people import NewDistrict, create_district

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
KEYS = Keys(b"the secret of the tests, 32 bytes at least")
# SQLite cannot alter a table in place, so its batch mode builds a new one, which has none of the old one's triggers.
HEAD = schema.head()
NEXT = f"""
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{HEAD}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    recreate = "always" if op.get_bind().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("entry", recreate=recreate) as batch:
        batch.add_column(sa.Column("weather", sa.String(20), nullable=True))
"""


@pytest.fixture
def ledger(database_url: str) -> Iterator[Database]:
    opened = connect(database_url, keys=KEYS)
    with writing(opened) as session:
        create_district(session, NewDistrict(name="大胡地区"), by=By(), now=NOW, op_id="first")
    yield opened
    opened.dispose()


@pytest.fixture
def longer_history(tmp_path: Path) -> Path:
    """This program's history and one revision more, as a newer program would have it."""
    history = tmp_path / "migrations"
    shutil.copytree(schema.HISTORY, history, ignore=shutil.ignore_patterns("__pycache__"))
    (history / "versions" / "9999_weather.py").write_text(NEXT)
    return history


def journal_bites(database: Database) -> bool:
    for statement in ("UPDATE entry SET act = 'other'", "DELETE FROM entry"):
        with pytest.raises(DBAPIError, match="append-only"), database.writer.begin() as connection:
            connection.exec_driver_sql(statement)
    with reading(database) as session:
        return journal.head(session)[0] > 0


def test_the_tables_agree_with_the_migrated_database(ledger: Database) -> None:
    assert schema.check(ledger) == []


def test_a_table_changed_behind_its_back_is_told(ledger: Database) -> None:
    with ledger.writer.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE district ADD COLUMN weather VARCHAR(20)")
    assert len(schema.check(ledger)) == 1


def test_the_triggers_bite_after_a_batch_migration(ledger: Database, longer_history: Path) -> None:
    assert journal_bites(ledger)
    assert schema.migrate(ledger, history=longer_history, now=NOW)
    with ledger.reader.connect() as connection:
        assert "weather" in {column["name"] for column in inspect(connection).get_columns("entry")}
        assert schema.version(connection) == "9999"
        catalogue = (
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            if ledger.on_sqlite
            else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
        )
        triggers = {row[0] for row in connection.exec_driver_sql(catalogue)}
    assert triggers == {f"{table}_forbids_{verb}" for table in schema.APPEND_ONLY for verb in ("update", "delete")}
    assert journal_bites(ledger)
    with reading(ledger) as session:
        assert list(journal.verify(session, KEYS)) == []


def test_migrating_again_changes_nothing(ledger: Database) -> None:
    assert not schema.migrate(ledger)


def test_a_newer_programs_ledger_is_refused_and_left_alone(ledger: Database, longer_history: Path) -> None:
    schema.migrate(ledger, history=longer_history, now=NOW)
    with pytest.raises(schema.UnknownSchema, match="9999"):
        schema.migrate(ledger)
    with ledger.reader.connect() as connection:
        assert schema.version(connection) == "9999"


def test_a_migration_that_fails_leaves_the_ledger_as_it_was(ledger: Database, longer_history: Path) -> None:
    failing = longer_history / "versions" / "9999_weather.py"
    failing.write_text(NEXT + '    raise RuntimeError("the power went")\n')
    with pytest.raises(RuntimeError, match="the power went"):
        schema.migrate(ledger, history=longer_history, now=NOW)
    with ledger.reader.connect() as connection:
        assert schema.version(connection) == HEAD
        assert "weather" not in {column["name"] for column in inspect(connection).get_columns("entry")}
    assert journal_bites(ledger)


def test_an_older_file_is_copied_before_it_is_migrated(
    sqlite_template: Path, tmp_path: Path, longer_history: Path
) -> None:
    shutil.copyfile(sqlite_template, tmp_path / "ledger.db")
    opened = connect(f"sqlite:///{tmp_path}/ledger.db", keys=KEYS)
    with writing(opened) as session:
        create_district(session, NewDistrict(name="大胡地区"), by=By(), now=NOW, op_id="first")
    # The district is still in the write-ahead log alone when the copy is made.
    assert schema.migrate(opened, history=longer_history, now=NOW)
    opened.dispose()
    copies = list(tmp_path.glob("ledger.db.before-*"))
    assert [copy.name for copy in copies] == [f"ledger.db.before-{HEAD}-20261123T030000"]
    assert copies[0].stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(copies[0])) as copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == (HEAD,)
        assert copy.execute("SELECT name FROM district").fetchone() == ("大胡地区",)


def test_a_migrated_file_is_not_copied_again(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copyfile(sqlite_template, tmp_path / "ledger.db")
    opened = connect(f"sqlite:///{tmp_path}/ledger.db", keys=KEYS)
    assert not schema.migrate(opened)
    opened.dispose()
    assert list(tmp_path.glob("*before*")) == []


def test_programs_that_start_at_once_migrate_once(empty_url: str, tmp_path: Path) -> None:
    environ = {**os.environ, "DATABASE_URL": empty_url, "SECRET_KEY_FILE": f"{tmp_path}/secret.key"}
    programs = [
        subprocess.Popen(
            [sys.executable, "-m", "inventory", "migrate"],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    said = [program.communicate(timeout=60) for program in programs]
    assert [program.returncode for program in programs] == [0, 0, 0], said
    assert sum("brought up to date" in out for out, _ in said) == 1
    opened = connect(empty_url)
    assert schema.check(opened) == []
    opened.dispose()


def test_a_ledger_of_the_first_version_keeps_its_rows_and_gets_the_new_laws(empty_url: str, tmp_path: Path) -> None:
    history = tmp_path / "first"
    shutil.copytree(schema.HISTORY, history, ignore=shutil.ignore_patterns("__pycache__", "000[2-9]_*"))
    opened = connect(empty_url, keys=KEYS)
    schema.migrate(opened, history=history, now=NOW)
    with writing(opened) as session:
        create_district(session, NewDistrict(name="大胡地区"), by=By(), now=NOW, op_id="first")
    pool = (
        "INSERT INTO pool (id, name, kind, after_course, after_term, handover, agreement_required, accessories,"
        " preparation_minutes, one_per_borrower, lend_word, return_word, revision, entry) VALUES ('tablets', 'T',"
        " 'tablet', 'none', 'none', 'wipe', false, '[]', 0, false, '貸出', '返却', 1, 1)"
    )
    venue = "INSERT INTO venue (id, code, kind, name, name_kana, search, revision, entry)"
    device = "INSERT INTO device (id, asset_number, asset_key, pool_id, model, search, revision, entry)"
    tag = "INSERT INTO tag (number, created_at, entry)"
    binding = "INSERT INTO tag_binding (number, device_id, venue_id, bound_at, unbound_at, entry)"
    bindings = "SELECT id, number, device_id, venue_id, unbound_at FROM tag_binding ORDER BY id"
    when = "'2026-11-23 03:00:00.000000'"
    with opened.writer.begin() as connection:
        connection.exec_driver_sql(pool)
        connection.exec_driver_sql(f"{venue} VALUES (5, 'ohgo', 'kominkan', '大胡公民館', '', 'ohgo', 1, 1)")
        connection.exec_driver_sql(f"{device} VALUES (7, 'A', 'A', 'tablets', 'T9', 'a', 1, 1)")
        for number in ("11111111", "22222222", "33333333", "44444444"):
            connection.exec_driver_sql(f"{tag} VALUES ('{number}', {when}, 1)")
        connection.exec_driver_sql(f"{binding} VALUES ('11111111', 7, NULL, {when}, {when}, 1)")
        connection.exec_driver_sql(f"{binding} VALUES ('22222222', 7, NULL, {when}, NULL, 1)")
        connection.exec_driver_sql(f"{binding} VALUES ('33333333', NULL, 5, {when}, NULL, 1)")
        before = connection.exec_driver_sql(bindings).fetchall()
    assert schema.migrate(opened, now=NOW) and schema.check(opened) == []
    with opened.reader.connect() as connection:
        assert connection.exec_driver_sql(bindings).fetchall() == before and len(before) == 3
    # One open label of a device, one label for one thing, and a label that there is.
    for values in ("'44444444', 7, NULL", "'44444444', NULL, NULL", "'55555555', 7, NULL"):
        with pytest.raises(IntegrityError), opened.writer.begin() as connection:
            connection.exec_driver_sql(f"{binding} VALUES ({values}, {when}, NULL, 1)")
    with reading(opened) as session:
        assert list(journal.verify(session, KEYS)) == []
    assert journal_bites(opened)
    opened.dispose()
