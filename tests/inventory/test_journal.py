"""The journal shows every change that nobody journaled, and the database forbids the honest ways of making one."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from inventory import journal
from inventory.database import Database, connect, reading, writing
from inventory.journal import ENTRY, By, Finding, canonical
from inventory.keys import Keys
from inventory.people import NewDistrict, create_district
from inventory.tables import Realm

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
KEYS = Keys(b"the secret of the tests, 32 bytes at least")
ACTS = 6


@pytest.fixture
def ledger(database_url: str, tmp_path: Path) -> Iterator[Database]:
    """A ledger with six acts that left no facts, so that rows of the journal alone can be taken away."""
    opened = connect(database_url, keys=KEYS, anchor=tmp_path / "journal.head")
    for number in range(1, ACTS + 1):
        act(opened, f"act-{number}", number=number)
    assert findings(opened) == []
    yield opened
    opened.dispose()


def act(database: Database, op_id: str, realm: Realm = Realm.STAFF, **facts: int) -> None:
    with writing(database) as session:
        journal.open_entry(session, by=By(), now=NOW, op_id=op_id, realm=realm)
        journal.note(session, "test", **facts)


def findings(database: Database) -> list[tuple[str, int]]:
    with reading(database) as session:
        found: list[Finding] = list(journal.verify(session, database.keys, database.anchor))
    return [(finding.kind, finding.seq) for finding in found]


def tamper(database: Database, *statements: str) -> None:
    """What somebody does who has the database in hand: no trigger and no foreign key stops them."""
    connection = database.writer.connect().execution_options(isolation_level="AUTOCOMMIT")
    with connection:
        if database.on_sqlite:
            connection.exec_driver_sql("COMMIT")
            statements = (
                "PRAGMA foreign_keys = OFF",
                "DROP TRIGGER entry_forbids_update",
                "DROP TRIGGER entry_forbids_delete",
                *statements,
                "BEGIN",
            )
        else:
            statements = (
                "ALTER TABLE entry DISABLE TRIGGER USER",
                "ALTER TABLE district DROP CONSTRAINT fk_district_entry_entry",
                *statements,
            )
        for statement in statements:
            connection.exec_driver_sql(statement)
    database.writer.dispose()


def test_an_edit_is_seen_where_it_was_made(ledger: Database) -> None:
    tamper(ledger, "UPDATE entry SET desk = 'elsewhere' WHERE seq = 3")
    assert findings(ledger) == [("edited", 3)]


@pytest.mark.parametrize(
    "change",
    [
        "realm = 'public'",
        "op_id = 'other'",
        "act = 'other'",
        "at = '2020-01-01 00:00:00.000000'",
        "occurred_at = '2020-01-01 00:00:00.000000'",
        '"by" = 1',
        "desk = 'other'",
        "desk_seq = 1",
        "data = '{}'",
        "request_mac = 'ff'",
        "answer = '{}'",
    ],
)
def test_every_column_is_covered(ledger: Database, change: str) -> None:
    tamper(ledger, f"UPDATE entry SET {change} WHERE seq = 2")
    assert findings(ledger) == [("edited", 2)]


def test_a_missing_entry_is_seen(ledger: Database) -> None:
    tamper(ledger, "DELETE FROM entry WHERE seq = 3")
    assert findings(ledger) == [("gap", 3), ("edited", 4)]


def test_two_entries_that_changed_places_are_seen(ledger: Database) -> None:
    tamper(
        ledger,
        "UPDATE entry SET seq = 99 WHERE seq = 3",
        "UPDATE entry SET seq = 3 WHERE seq = 4",
        "UPDATE entry SET seq = 4 WHERE seq = 99",
    )
    assert findings(ledger) == [("edited", 3), ("edited", 4), ("edited", 5)]


def test_a_cut_tail_is_seen_by_the_anchor(ledger: Database) -> None:
    tamper(ledger, "DELETE FROM entry WHERE seq > 4")
    assert findings(ledger) == [("cut-tail", 6)]
    with reading(ledger) as session:
        assert list(journal.verify(session, KEYS)) == [], "without the anchor nothing outside tells of the tail"


def test_a_cut_tail_that_grew_again_is_seen(ledger: Database) -> None:
    anchored = ledger.anchor.read() if ledger.anchor else None
    tamper(ledger, "DELETE FROM entry WHERE seq > 4")
    for number in range(5, ACTS + 1):
        act(ledger, f"again-{number}", number=number)
    assert anchored is not None and ledger.anchor is not None
    assert findings(ledger) == []
    ledger.anchor.advance(*anchored)
    assert findings(ledger) == [("cut-tail", 6)]


def test_a_fact_without_its_entry_is_seen(ledger: Database) -> None:
    with writing(ledger) as session:
        create_district(session, NewDistrict(name="大胡地区"), by=By(), now=NOW, op_id="district")
    assert findings(ledger) == []
    tamper(ledger, "DELETE FROM entry WHERE seq = 7")
    assert findings(ledger) == [("cut-tail", 7), ("dangling", 7)]


@pytest.mark.parametrize(("claimed", "kind"), [(KEYS.id, "edited"), (None, "unknown-key")])
def test_a_forger_who_chains_anew_is_seen(ledger: Database, claimed: str | None, kind: str) -> None:
    """The forger edits one entry and signs all of them again, with another secret and either name for it."""
    forger = Keys(b"another secret, which is as long as that of the ledger")
    with ledger.reader.connect() as connection:
        rows = [dict(row) for row in connection.execute(ENTRY.select().order_by(ENTRY.c.seq)).mappings()]
    rows[1]["data"] = {"notes": [["test", {"number": 1000}]]}
    previous, statements = journal.GENESIS, []
    for row in rows:
        row["key_id"] = claimed or forger.id
        previous = forger.sign("journal", canonical(row, previous))
        data = json.dumps(row["data"])
        statements.append(
            f"UPDATE entry SET data = '{data}', key_id = '{row['key_id']}', mac = '{previous}' WHERE seq = {row['seq']}"
        )
    tamper(ledger, *statements)
    assert findings(ledger) == [*((kind, seq) for seq in range(1, ACTS + 1)), ("cut-tail", 6)]
    with reading(ledger) as session:
        assert list(journal.verify(session, forger)) == [] or claimed, "the chain is whole under the forger's own key"


def test_an_op_id_stands_for_one_act_in_its_realm_for_ever(ledger: Database) -> None:
    act(ledger, "act-1", Realm.PUBLIC)
    for realm in (Realm.STAFF, Realm.PUBLIC):
        with pytest.raises(IntegrityError):
            act(ledger, "act-1", realm)
    with reading(ledger) as session:
        assert journal.head(session)[0] == ACTS + 1
        staff, public = (journal.find(session, realm, "act-1") for realm in (Realm.STAFF, Realm.PUBLIC))
    assert staff is not None and public is not None
    assert (staff.seq, public.seq) == (1, ACTS + 1)
    assert findings(ledger) == []


def test_one_transaction_is_one_act(ledger: Database) -> None:
    with writing(ledger) as session:
        journal.open_entry(session, by=By(), now=NOW, op_id="one")
        assert journal.open_entry(session, by=By(), now=NOW, op_id="one") == ACTS + 1
        with pytest.raises(RuntimeError):
            journal.open_entry(session, by=By(), now=NOW, op_id="another")


def test_an_act_that_fails_leaves_no_entry(ledger: Database) -> None:
    def fail() -> None:
        with writing(ledger) as session:
            create_district(session, NewDistrict(name="大胡地区"), by=By(), now=NOW, op_id="failed")
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with reading(ledger) as session:
        assert journal.head(session)[0] == ACTS
        assert session.connection().execute(text("SELECT count(*) FROM district")).scalar_one() == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET act = 'other'",
        "UPDATE entry SET act = 'other' WHERE seq = 2",
        "DELETE FROM entry",
        "DELETE FROM entry WHERE seq = 6",
    ],
)
def test_the_database_forbids_changing_an_entry(ledger: Database, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), ledger.writer.begin() as connection:
        connection.exec_driver_sql(statement)
    assert findings(ledger) == []


def test_times_are_covered_as_instants(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was signed where the machine's clock is Japan's verifies where it is UTC."""
    import time

    opened = connect(database_url, keys=KEYS)
    try:
        monkeypatch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        act(opened, "in Tokyo")
        monkeypatch.setenv("TZ", "UTC")
        time.tzset()
        assert findings(opened) == []
    finally:
        opened.dispose()
        monkeypatch.undo()
        time.tzset()


def test_a_mac_covers_every_column_but_itself() -> None:
    """A column that comes later is listed in ``SIGNED`` with care, or its facts go into ``data``."""
    assert set(journal.SIGNED) == set(journal.ENTRY.c.keys()) - {"mac"}
