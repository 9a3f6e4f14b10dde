"""restore: put a backup in the place of the ledger, after everything that can be checked has been checked.

The copy is checked, brought to this program's schema, rid of whatever was erased since it was made (the register of
erasures says what) and given its journal entry aside; the ledger in place changes in one step at the end. What stood
there is kept: a SQLite file as ``FILE.before-restore-TIME``, a PostgreSQL schema as ``before_restore_time``. The server
must be stopped, because it would go on writing into what is put aside.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from inventory import journal, schema
from inventory.backup import BackupFailed, Manifest, read_manifest
from inventory.backup.postgres_dump import DumpFailed
from inventory.erasure_register import Erased, Register
from inventory.keys import Keys
from inventory.restore import postgresql, sqlite
from inventory.restore.checks import Candidate, RestoreRefused
from inventory.settings import BadSetting, Settings, load_keys


@dataclass(frozen=True)
class RestoreReport:
    """``kept`` says where the ledger that stood there before is now; None when there was none with entries."""

    manifest: Manifest
    kept: str | None


def restore(
    settings: Settings,
    source: Path,
    *,
    now: datetime,
    replace: bool = False,
    key_lost: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> RestoreReport:
    """Put the backup ``source`` in place of the ledger that ``settings`` name, and journal that.

    Args:
        replace: permits that a ledger with entries is put aside.
        key_lost: restores although the journal was signed with a secret that is gone for good.
        say: told what is under way, a line at a time.

    Raises:
        RestoreRefused: the backup is damaged, foreign or newer, its key is not there, a ledger is in the way, or the
            server is running. The ledger in place is as it was.
    """
    try:
        manifest = read_manifest(source)
        on_sqlite = settings.database_url.startswith("sqlite")
        if manifest.database != ("sqlite" if on_sqlite else "postgresql"):
            raise RestoreRefused(f"the backup is of a ledger on {manifest.database}; DATABASE_URL names another kind")
        keys = _keys(settings, manifest, key_lost)
        candidate = Candidate(manifest, keys, key_lost, now, _erased(settings, say), say)
        mechanics = sqlite.put_in_place if on_sqlite else postgresql.put_in_place
        kept, head = mechanics(settings.database_url, source, candidate, replace=replace, say=say)
    except (BackupFailed, BadSetting, DumpFailed, schema.UnknownSchema) as error:
        raise RestoreRefused(str(error)) from error
    except DBAPIError as error:
        raise RestoreRefused(f"the database said: {str(error.orig).splitlines()[0]}") from error
    except OSError as error:
        raise RestoreRefused(f"{error.filename or source}: {error.strerror}") from error
    # The anchor may be ahead of the restored journal; that is no cut tail but what was asked for.
    anchor = journal.Anchor(settings.anchor_file)
    anchor.advance(*head)
    anchor.close()
    return RestoreReport(manifest, kept)


def _erased(settings: Settings, say: Callable[[str], None]) -> tuple[Erased, ...]:
    """What the register of erasures beside the secret names. Without one, a backup may bring back who was erased."""
    lines = Register(settings.register_file).read()
    if not lines:
        say(f"no erasures in {settings.register_file}: whoever was erased since the backup was made is back")
    return tuple(one for line in lines for one in line.erased)


def _keys(settings: Settings, manifest: Manifest, key_lost: bool) -> Keys:
    """The secret that signed the backup's journal; with ``key_lost`` whatever secret there is, or a new one."""
    advice = (
        f"the backup's journal was signed with the secret key {manifest.key_id}; put that key in place "
        f"({settings.secret_key_file}) and restore again. If it is lost for good, --key-lost restores without it: "
        "then nothing older can be verified, and wifi passphrases are gone"
    )
    if key_lost:
        return load_keys(settings)
    # A missing secret is not made here: a fresh one would only stand in the way of the right one.
    if not settings.secret_key_file.exists():
        raise RestoreRefused(f"there is no secret key; {advice}")
    keys = load_keys(settings)
    if keys.id != manifest.key_id:
        raise RestoreRefused(f"the secret key here is {keys.id}; {advice}")
    if manifest.sealed(keys) != manifest:
        raise RestoreRefused("the backup's manifest was changed since it was made; take another backup")
    return keys
