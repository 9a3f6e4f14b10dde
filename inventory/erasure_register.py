"""The register of erasures: what was erased, in a file outside the database, so that no old backup brings it back.

It stands beside the secret key and holds numbers alone: no name, no word of anybody. A row is named by its number, by
the entry that made it and by that entry's mac, because a restored ledger gives the same numbers out again; the mac
tells whether it is the same row. ``restore`` erases again whatever of it stands in a backup.
"""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select
from sqlmodel import Session, SQLModel

from inventory.journal import ENTRY

REGISTER_NAME = "erasures.register"
# Acts that erase. Each notes under ``erased`` what it did: pairs of a kind and a row number.
ACTS = ("erase_person", "erase_report", "erase_pictures", "erase_notes", "restore")


@dataclass(frozen=True)
class Erased:
    """One erased row. ``kind`` is its table, or table and column for one text of staff; ``made`` the entry of the row.

    Rows that a person's erasure takes along are not named: they are found again by the person.
    """

    kind: str
    row: int
    made: int
    mac: str


@dataclass(frozen=True)
class Line:
    """What one act erased; ``seq`` and ``mac`` are those of its entry."""

    seq: int
    mac: str
    erased: tuple[Erased, ...]


class Register:
    """The file, one line of JSON an act. Whoever reads it twice does no harm, and so does a line that stands twice."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, lines: Iterable[Line]) -> None:
        """Write lines at the end and make them survive a power cut."""
        text = "".join(
            json.dumps([line.seq, line.mac, [[one.kind, one.row, one.made, one.mac] for one in line.erased]]) + "\n"
            for line in lines
        )
        if not text:
            return
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            # A line that a power cut left unfinished spoils itself alone.
            cut = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            os.write(descriptor, (b"\n" if cut else b"") + text.encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def read(self) -> list[Line]:
        """Every line that can be read: a line cut short by a power cut is entered again from the journal."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        return list(_lines(text))


def _lines(text: str) -> Iterator[Line]:
    for written in text.splitlines():
        try:
            seq, mac, erased = json.loads(written)
            yield Line(int(seq), str(mac), tuple(Erased(str(k), int(r), int(m), str(s)) for k, r, m, s in erased))
        except (ValueError, TypeError):
            continue


def line_of(session: Session, seq: int, mac: str, notes: list[list[Any]]) -> Line:
    """The register's line of an act, by what it noted in its entry."""
    pairs = [(str(kind), int(row)) for verb, facts in notes if verb in ACTS for kind, row in facts.get("erased", [])]
    found = []
    for kind, row in pairs:
        table = table_of(kind)
        if table is None:
            continue
        made = select(table.c.entry, ENTRY.c.mac).join(ENTRY, table.c.entry == ENTRY.c.seq).where(table.c.id == row)
        entry = session.connection().execute(made).first()
        if entry is not None:
            found.append(Erased(kind, row, entry.entry, entry.mac))
    return Line(seq, mac, tuple(found))


def catch_up(session: Session, register: Register) -> int:
    """Enter what the journal tells of and the register does not: other machines erased it, or a power cut came between.

    Returns how many acts were entered.
    """
    known = {(line.seq, line.mac) for line in register.read()}
    query = select(ENTRY.c.seq, ENTRY.c.mac, ENTRY.c.data).where(ENTRY.c.act.in_(ACTS)).order_by(ENTRY.c.seq)
    missing = [
        line_of(session, row.seq, row.mac, row.data["notes"])
        for row in session.connection().execute(query).all()
        if (row.seq, row.mac) not in known
    ]
    told = [line for line in missing if line.erased]
    register.append(told)
    return len(told)


def stands(session: Session, one: Erased) -> bool:
    """Whether this ledger holds the very row, and not another one that got its number."""
    table = table_of(one.kind)
    if table is None:
        return False
    query = (
        select(table.c.id)
        .join(ENTRY, table.c.entry == ENTRY.c.seq)
        .where(table.c.id == one.row, table.c.entry == one.made, ENTRY.c.mac == one.mac)
    )
    return session.connection().execute(query).first() is not None


def table_of(kind: str) -> Table | None:
    """The table of a kind; None for one that this program does not know."""
    return SQLModel.metadata.tables.get(kind.partition(".")[0])
