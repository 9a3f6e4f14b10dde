"""What a copy must pass before it may become the ledger, on both databases."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import update

from inventory import journal, schema
from inventory.backup import Manifest, contents_of
from inventory.database import Database, reading, writing
from inventory.erasing import erase_again
from inventory.erasure_register import Erased
from inventory.journal import By
from inventory.keys import Keys
from inventory.staff import STAFF_SESSION


class RestoreRefused(Exception):
    """The ledger in place is as it was. The text says why and what to do, in one English sentence."""


@dataclass(frozen=True)
class Candidate:
    """A backup on its way to become the ledger.

    ``key_lost``: the secret of its journal is gone for good. ``erased`` is what the register of erasures names.
    """

    manifest: Manifest
    keys: Keys
    key_lost: bool
    now: datetime
    erased: tuple[Erased, ...]
    say: Callable[[str], None]

    @property
    def stamp(self) -> str:
        return self.now.strftime("%Y%m%dT%H%M%S")

    def accept(self, copy: Database) -> tuple[int, str]:
        """Check the copy, bring it to this program's schema, erase again what was erased since it was made, and
        journal the restoring; the journal's new head.

        Raises:
            RestoreRefused: it does not hold what its manifest says, or its journal does not hold.
            UnknownSchema: it was made by a newer program.
        """
        with reading(copy) as session:
            found = contents_of(session)
        wanted = self.manifest
        if (found.schema, found.journal_seq, found.journal_head) != (
            wanted.schema,
            wanted.journal_seq,
            wanted.journal_head,
        ):
            raise RestoreRefused("the backup's journal ends elsewhere than its manifest says; take another backup")
        for table, count in found.rows.items():
            if wanted.rows.get(table, 0) != count:
                raise RestoreRefused(
                    f"the backup holds {count} rows of {table}, its manifest says {wanted.rows.get(table, 0)}; "
                    "take another backup"
                )
        schema.migrate(copy, now=self.now)
        with reading(copy) as session:
            for finding in journal.verify(session, self.keys):
                if not (self.key_lost and finding.kind == "unknown-key"):
                    raise RestoreRefused(
                        f"the backup's journal does not hold at entry {finding.seq}: {finding.detail}; "
                        "take another backup"
                    )
        with writing(copy) as session:
            # Sessions that were ended since the backup would be open again.
            session.connection().execute(
                update(STAFF_SESSION).where(STAFF_SESSION.c.revoked_at.is_(None)).values(revoked_at=self.now)
            )
            journal.open_entry(session, by=By(), now=self.now, op_id=f"restore-{uuid4()}")
            back = erase_again(session, self.erased, now=self.now)
            journal.note(
                session,
                "restore",
                journal_seq=wanted.journal_seq,
                sha256=wanted.sha256,
                key=wanted.key_id,
                erased=back,
            )
        if self.erased:
            self.say(f"erased again {len(back)} of {len(self.erased)} things in the register of erasures")
        with reading(copy) as session:
            return journal.head(session)
