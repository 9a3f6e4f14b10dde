"""backup: one consistent copy of a ledger that is in use, checked, with a manifest beside it.

``FILE`` is a plain SQLite file (the online copy: never ``cp``, which parts the file from its write-ahead log), or a
dump in PostgreSQL's custom format. ``FILE.json`` says what must be in it: a SHA-256 over the whole file, the schema,
the journal's head, the id of the secret key, and the rows of every table, sealed with that key. The manifest comes
last, so a backup that was cut short has none.

The secret key is not in the backup: whoever finds a lost backup disk must not find the key to the journal with it.
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter
from sqlalchemy import func, inspect, select
from sqlmodel import Session, SQLModel

from inventory import journal, schema
from inventory.backup import postgres_dump
from inventory.database import Database, connect, reading
from inventory.erasure_register import catch_up
from inventory.journal import Finding
from inventory.keys import Keys

FORMAT = 1
LARGEST_MANIFEST = 100_000
WITHOUT_THE_KEY = (
    "Keep a copy of SECRET_KEY_FILE apart from the backups: without it a restored city loses verification and wifi "
    "passphrases."
)


class BackupFailed(Exception):
    """The backup was not made, or the copy is not what it should be. The text is one English sentence."""


@dataclass(frozen=True)
class Contents:
    """What one state of a ledger holds. ``rows`` counts each table."""

    schema: str
    journal_seq: int
    journal_head: str
    rows: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Manifest(Contents):
    """What a backup holds. ``bytes`` is the size of FILE; ``made_at`` is RFC 3339; ``key_id`` names the secret."""

    made_at: str
    database: str
    sha256: str
    bytes: int
    key_id: str
    format: int = FORMAT
    seal: str = ""

    def sealed(self, keys: Keys) -> "Manifest":
        """The same manifest with the mac that only the ledger's secret can make over all of it."""
        content = json.dumps({**asdict(self), "seal": ""}, sort_keys=True).encode()
        return replace(self, seal=keys.sign("backup", content))


_READ = TypeAdapter(Manifest)


@dataclass(frozen=True)
class BackupReport:
    """``findings`` are places where the journal did not hold before the copy was made; the copy holds them too."""

    file: Path
    manifest: Manifest
    findings: list[Finding]


def manifest_file(file: Path) -> Path:
    return file.with_name(file.name + ".json")


def backup(database: Database, target: Path, *, now: datetime) -> BackupReport:
    """Copy the ledger into ``target`` (mode 0600) while it is being read and written, and check the copy.

    Raises:
        BackupFailed: the target exists, cannot be written, or the copy is not whole; nothing is left behind then.
    """
    for path in (target, manifest_file(target)):
        if path.exists():
            raise BackupFailed(f"{path} exists already; a backup never overwrites another one, so choose a new name")
    if not target.parent.is_dir():
        raise BackupFailed(f"there is no folder {target.parent}; make it first")
    try:
        with _draft(target) as draft:
            if database.on_sqlite:
                _copy_sqlite(database, draft)
                contents, findings = _check_sqlite(draft, database.keys)
            else:
                with reading(database) as session:
                    contents, findings = contents_of(session), list(journal.verify(session, database.keys))
                    postgres_dump.dump(session, draft)
            digest, size = digest_of(draft)
            sync_file(draft)
            manifest = Manifest(
                **asdict(contents),
                made_at=now.isoformat(timespec="seconds"),
                database="sqlite" if database.on_sqlite else "postgresql",
                sha256=digest,
                bytes=size,
                key_id=database.keys.id,
            ).sealed(database.keys)
            draft.rename(target)
    except (OSError, sqlite3.Error, postgres_dump.DumpFailed) as error:
        raise BackupFailed(f"the backup could not be written: {error}") from error
    _write_manifest(manifest_file(target), manifest)
    if database.register:
        # This copy will outlive later erasures; the register must know at least those that it was made after.
        with reading(database) as session:
            catch_up(session, database.register)
    return BackupReport(target, manifest, findings)


def contents_of(session: Session) -> Contents:
    """Schema, head of the journal and rows of each table, of one state of a ledger.

    Raises:
        BackupFailed: the database holds no ledger.
    """
    revision = schema.version(session.connection())
    if revision is None:
        raise BackupFailed("there is no ledger in this database; `python -m inventory migrate` makes one")
    seq, mac = journal.head(session)
    present = set(inspect(session.connection()).get_table_names())
    rows = {
        table.name: session.connection().execute(select(func.count()).select_from(table)).scalar_one()
        for table in SQLModel.metadata.sorted_tables
        if table.name in present
    }
    return Contents(revision, seq, mac, rows)


def read_manifest(file: Path) -> Manifest:
    """The manifest beside a backup.

    Raises:
        BackupFailed: one of the two files is not there, or the manifest cannot be read.
    """
    beside = manifest_file(file)
    for path in (file, beside):
        if path.is_symlink() or not path.is_file():
            raise BackupFailed(f"there is no file {path}; a backup is two files, {file.name} and {beside.name}")
    try:
        manifest = _READ.validate_json(beside.read_bytes()[:LARGEST_MANIFEST], strict=True)
    except ValueError as error:
        raise BackupFailed(f"{beside.name} is no manifest of a backup; take another backup") from error
    if manifest.format != FORMAT:
        raise BackupFailed(f"{beside.name} has format {manifest.format}, this program knows {FORMAT}")
    return manifest


def check_sqlite_file(file: Path) -> None:
    """Raise BackupFailed unless the file is a whole SQLite database whose rows refer to what is there."""
    if not is_sqlite(file):
        raise BackupFailed(f"{file.name} is no SQLite database")
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA cell_size_check = ON")
            damage = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
            dangling = None if damage != ["ok"] else connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.Error as error:
        raise BackupFailed(f"{file.name} is damaged: {error}") from error
    if damage != ["ok"]:
        raise BackupFailed(f"{file.name} is damaged: {'; '.join(damage)}")
    if dangling:
        raise BackupFailed(f"{file.name} has a row in {dangling[0]} that refers to a row of {dangling[2]} not there")


def is_sqlite(file: Path) -> bool:
    """Whether the file begins as SQLite files do. Looking is safe; opening a file that does not deletes its log."""
    with file.open("rb") as opened:
        return opened.read(16) == b"SQLite format 3\0"


def digest_of(file: Path) -> tuple[str, int]:
    """SHA-256 (hex) and size in bytes."""
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    return digest, file.stat().st_size


def _copy_sqlite(database: Database, draft: Path) -> None:
    live = database.reader.raw_connection()
    try:
        source = live.driver_connection
        assert isinstance(source, sqlite3.Connection)
        with closing(sqlite3.connect(draft)) as copy:
            # One step inside one read transaction: writers go on meanwhile, and the copy is of a single moment.
            source.backup(copy)
            # The copy says that it has a write-ahead log; as a plain file it can be moved, burnt and read anywhere.
            copy.execute("PRAGMA journal_mode = DELETE")
    finally:
        live.close()


def _check_sqlite(draft: Path, keys: Keys) -> tuple[Contents, list[Finding]]:
    check_sqlite_file(draft)
    copy = connect(f"sqlite:///{draft}", keys=keys)
    try:
        with reading(copy) as session:
            return contents_of(session), list(journal.verify(session, keys))
    finally:
        copy.dispose()


@contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """An empty file beside the target, the owner's alone from its first byte, gone when the block fails."""
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _write_manifest(file: Path, manifest: Manifest) -> None:
    with _draft(file) as draft:
        draft.write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
        sync_file(draft)
        draft.rename(file)
    sync_folder(file.parent)


def sync_file(file: Path) -> None:
    descriptor = os.open(file, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder survive a power cut, where the file system can."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:  # Network file systems refuse to sync a folder; they keep their own order.
        pass
    finally:
        os.close(descriptor)
