"""The append-only record of every act: keyed by op_id, chained by HMAC.

One act is one entry in the act's own transaction, however many verbs it calls. A verb opens the entry (which gives the
number its facts refer to) and notes what it did; ``database.writing`` seals it before the commit. Each entry's mac
covers its content and the mac before it, so an edit, a gap, a swap and a forgery show; the anchor file outside the
database and the facts that name their entry show a cut tail.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlmodel import Session, SQLModel

from inventory.keys import Keys
from inventory.tables import Realm, Role

GENESIS = "0" * 64
ENTRY = SQLModel.metadata.tables["entry"]
_HEAD = select(ENTRY.c.seq, ENTRY.c.mac).order_by(ENTRY.c.seq.desc()).limit(1)
_OF_OP_ID = select(ENTRY).where(ENTRY.c.realm == bindparam("realm"), ENTRY.c.op_id == bindparam("op_id"))
_INSERT = insert(ENTRY)


@dataclass(frozen=True)
class By:
    """Who acts. ``staff_id`` is None for the program itself (set-up, demo, import at the command line)."""

    staff_id: int | None = None
    roles: frozenset[Role] = frozenset()


@dataclass
class Draft:
    """The entry of the act under way. ``notes`` are ``[verb, facts]`` pairs of ids, codes and dates."""

    seq: int
    previous: str
    op_id: str
    by: By
    at: datetime
    realm: Realm
    occurred_at: datetime
    desk: str | None = None
    desk_seq: int | None = None
    act: str | None = None
    notes: list[list[Any]] = field(default_factory=list)
    request_mac: str | None = None
    answer: dict[str, Any] | None = None


def open_entry(
    session: Session,
    *,
    by: By,
    now: datetime,
    op_id: str,
    realm: Realm = Realm.STAFF,
    occurred_at: datetime | None = None,
    desk: str | None = None,
    desk_seq: int | None = None,
) -> int:
    """Open the act's entry, or find it already open, and give its number.

    Raises:
        RuntimeError: an entry of another act is open in this transaction; one transaction is one act.
    """
    draft: Draft | None = session.info.get("draft")
    if draft is not None:
        if draft.op_id != op_id or draft.realm != realm:
            raise RuntimeError("one transaction is one act: another entry is already open")
        return draft.seq
    seq, previous = head(session)
    session.info["draft"] = Draft(seq + 1, previous, op_id, by, now, realm, occurred_at or now, desk, desk_seq)
    return seq + 1


def open_entry_number(session: Session) -> int:
    """The number of the entry of the act under way, to which its facts refer."""
    draft: Draft = session.info["draft"]
    return draft.seq


def opened_at(session: Session) -> datetime:
    """The server's time of the act under way: when the ledger hears of it, which may be long after it happened."""
    draft: Draft = session.info["draft"]
    return draft.at


def opened_by(session: Session) -> By:
    """Who does the act under way."""
    draft: Draft = session.info["draft"]
    return draft.by


def note(session: Session, verb: str, **facts: Any) -> None:
    """Add what a verb did. The first verb names the act."""
    draft: Draft = session.info["draft"]
    draft.act = draft.act or verb
    draft.notes.append([verb, facts])


def mark(session: Session) -> int:
    """How many notes the open entry has, to go back to when a part of the act is rolled back."""
    draft: Draft = session.info["draft"]
    return len(draft.notes)


def back_to(session: Session, marked: int) -> None:
    """Forget the notes after ``mark``: what they told of was rolled back."""
    draft: Draft = session.info["draft"]
    del draft.notes[marked:]
    draft.act = draft.notes[0][0] if draft.notes else None


def noted(session: Session) -> list[list[Any]]:
    """What the open entry tells of so far; nothing when none is open."""
    draft: Draft | None = session.info.get("draft")
    return list(draft.notes) if draft else []


def answer(session: Session, request_mac: str | None, said: dict[str, Any]) -> None:
    """Keep what the act answered (status and identifiers), so that its repetition gets the same answer."""
    draft: Draft = session.info["draft"]
    draft.request_mac = request_mac
    draft.answer = said


def head(session: Session) -> tuple[int, str]:
    """Number and mac of the newest entry; ``(0, GENESIS)`` of an empty journal."""
    row = session.connection().execute(_HEAD).first()
    return (row.seq, row.mac) if row else (0, GENESIS)


def first_mark(session: Session) -> str:
    """The mac of the oldest entry, which no other ledger has and which never changes; ``GENESIS`` without any."""
    return session.connection().execute(select(ENTRY.c.mac).order_by(ENTRY.c.seq).limit(1)).scalar() or GENESIS


def find(session: Session, realm: Realm, op_id: str) -> Any | None:
    """The entry that an op_id stands for (its row), for ever, or None."""
    return session.connection().execute(_OF_OP_ID, {"realm": realm, "op_id": op_id}).first()


def seal(session: Session, keys: Keys) -> tuple[int, str] | None:
    """Write the open entry, if there is one, and give the new head."""
    draft: Draft | None = session.info.pop("draft", None)
    if draft is None:
        return None
    row: dict[str, Any] = {
        "seq": draft.seq,
        "realm": draft.realm,
        "op_id": draft.op_id,
        "act": draft.act or "nothing",
        "at": draft.at,
        "occurred_at": draft.occurred_at,
        "by": draft.by.staff_id,
        "desk": draft.desk,
        "desk_seq": draft.desk_seq,
        "data": {"notes": draft.notes},
        "request_mac": draft.request_mac,
        "answer": draft.answer,
        "key_id": keys.id,
    }
    row["mac"] = keys.sign("journal", canonical(row, draft.previous))
    session.connection().execute(_INSERT, row)
    return draft.seq, row["mac"]


# What a mac covers. The list is spelled out, because a column that a later version adds must not make every older
# entry look edited; a later column that is to be covered goes into ``data``.
SIGNED = (
    "seq",
    "realm",
    "op_id",
    "act",
    "at",
    "occurred_at",
    "by",
    "desk",
    "desk_seq",
    "data",
    "request_mac",
    "answer",
    "key_id",
)


def canonical(row: dict[str, Any], previous: str) -> bytes:
    """The bytes an entry's mac covers: the signed columns, then the mac before it, as sorted JSON."""
    content = {name: _plain(row[name]) for name in SIGNED}
    return json.dumps([content, previous], sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value


@dataclass(frozen=True)
class Finding:
    """A place where the journal does not hold. ``kind`` is edited, gap, unknown-key, dangling or cut-tail."""

    kind: str
    seq: int
    detail: str


def verify(session: Session, keys: Keys, anchor: "Anchor | None" = None) -> Iterator[Finding]:
    """Walk the whole chain and every fact's reference; yield what does not hold, oldest first.

    A re-chained forgery shows as ``edited``, because without the key no mac can be made that fits.
    """
    previous, expected = GENESIS, 1
    macs_at: dict[int, str] = {}
    anchored = anchor.read() if anchor else None
    rows = session.connection().execution_options(stream_results=True).execute(select(ENTRY).order_by(ENTRY.c.seq))
    for row in rows.mappings():
        if row["seq"] != expected:
            yield Finding("gap", expected, f"entries {expected} to {row['seq'] - 1} are missing")
        if row["key_id"] != keys.id:
            yield Finding("unknown-key", row["seq"], "signed with a key that is not in the secret key file")
        elif keys.sign("journal", canonical(dict(row), previous)) != row["mac"]:
            yield Finding("edited", row["seq"], "the entry or its place in the chain was changed")
        previous, expected = row["mac"], row["seq"] + 1
        if anchored and row["seq"] == anchored[0]:
            macs_at[row["seq"]] = row["mac"]
    if anchored and macs_at.get(anchored[0]) != anchored[1]:
        yield Finding("cut-tail", anchored[0], "the journal once reached this entry and no longer holds it")
    yield from _dangling(session)


def _dangling(session: Session) -> Iterator[Finding]:
    """Facts whose entry is gone: foreign keys forbid them, but not to somebody who edits the file."""
    for table in SQLModel.metadata.sorted_tables:
        for column in table.c:
            if any(key.column is ENTRY.c.seq for key in column.foreign_keys):
                missing = (
                    select(column)
                    .select_from(table.outerjoin(ENTRY, column == ENTRY.c.seq))
                    .where(column.is_not(None), ENTRY.c.seq.is_(None))
                    .limit(1)
                )
                seq = session.connection().execute(missing).scalar()
                if seq is not None:
                    yield Finding("dangling", seq, f"{table.name}.{column.name} names an entry that is not there")


class Anchor:
    """A file beside the secret key that holds the journal's newest head as fixed-width text.

    It is written after the commit and not synced: a crash leaves it a little behind, which proves nothing and harms
    nothing. It is never ahead of an honest journal, so a journal behind it was cut (or restored, which says so).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def advance(self, seq: int, mac: str) -> None:
        if self._descriptor is None:
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        os.pwrite(self._descriptor, f"{seq:020d} {mac}\n".encode(), 0)

    def read(self) -> tuple[int, str] | None:
        """The anchored head, or None when there is none yet."""
        try:
            seq, mac = self.path.read_text().split()
        except (FileNotFoundError, ValueError):
            return None
        return int(seq), mac

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
