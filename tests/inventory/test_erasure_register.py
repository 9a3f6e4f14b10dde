"""No old backup brings an erased person back: the register outlives the database, and restore erases again."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from inventory import journal
from inventory.backup import backup
from inventory.daily import keep_retention
from inventory.database import Database, reading
from inventory.erasing import ErasePerson, erase_person, holdings
from inventory.erasure_register import Erased, Line, Register, catch_up
from inventory.restore import restore
from inventory.settings import Settings, open_ledger
from tests.inventory import city, whole_person
from tests.inventory.test_backup import _client_programs
from tests.inventory.whole_person import Whole


@pytest.fixture
def settings(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    if database_url.startswith("postgresql"):
        monkeypatch.setenv("PATH", f"{_client_programs(database_url)}{os.pathsep}{os.environ['PATH']}")
    return Settings.from_environment({"DATABASE_URL": database_url, "SECRET_KEY_FILE": f"{tmp_path}/key/secret.key"})


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Database]:
    opened = open_ledger(settings)
    yield opened
    opened.dispose()


def erase(ledger: Database, whole: Whole) -> None:
    keys = [text.key for text in city.look(ledger, holdings, whole.person).texts]
    city.act(ledger, erase_person, ErasePerson(texts=keys), person=whole.person, now=city.later(days=1))


def restored(settings: Settings, file: Path, *, days: int = 2) -> tuple[Database, str]:
    said: list[str] = []
    restore(settings, file, now=city.later(days=days), replace=True, say=said.append)
    return open_ledger(settings), "\n".join(said)


def findings(ledger: Database) -> list[str]:
    with reading(ledger) as session:
        return [finding.kind for finding in journal.verify(session, ledger.keys, ledger.anchor)]


def test_the_register_names_rows_and_nobody(ledger: Database, settings: Settings) -> None:
    whole = whole_person.enter(ledger)
    erase(ledger, whole)
    lines = Register(settings.register_file).read()
    head = city.rows(ledger, "entry")[-1]
    assert [(line.seq, line.mac) for line in lines] == [(head.seq, head.mac)]
    first = lines[0].erased[0]
    made = city.rows(ledger, "person")[0].entry
    assert first == Erased("person", 1, made, city.rows(ledger, "entry")[made - 1].mac)
    text = settings.register_file.read_text()
    assert not any(mark in text for mark in (*whole_person.MARKS, whole_person.PHONE))
    assert settings.register_file.stat().st_mode & 0o777 == 0o600


def test_an_older_backup_does_not_bring_the_person_back(ledger: Database, settings: Settings, tmp_path: Path) -> None:
    whole = whole_person.enter(ledger)
    file = tmp_path / "city.backup"
    backup(ledger, file, now=city.NOON)
    erase(ledger, whole)
    ledger.dispose()
    lines = Register(settings.register_file).read()
    back, said = restored(settings, file)
    try:
        assert whole_person.marked(back) == {}
        assert city.rows(back, "person")[0].erased_at == city.later(days=2)
        assert findings(back) == []
        entry = city.rows(back, "entry")[-1]
        again = entry.data["notes"][0][1]["erased"]
        assert (entry.act, again) == ("restore", [[one.kind, one.row] for one in lines[0].erased])
        assert f"erased again {len(again)} of {len(again)} things" in said
        # The restored journal tells of it too, so that a lost register is made anew from it.
        settings.register_file.unlink()
        keep_retention(back, clock=lambda: city.later(days=3))
        assert [line.erased for line in Register(settings.register_file).read()] == [lines[0].erased]
        if back.on_sqlite:
            raw = Path(str(back.url.database)).read_bytes()
            assert [mark for mark in whole_person.MARKS if mark.encode() in raw] == []
    finally:
        back.dispose()


def test_without_the_register_the_person_is_back_and_restore_says_so(
    ledger: Database, settings: Settings, tmp_path: Path
) -> None:
    whole = whole_person.enter(ledger)
    file = tmp_path / "city.backup"
    backup(ledger, file, now=city.NOON)
    erase(ledger, whole)
    ledger.dispose()
    settings.register_file.unlink()
    back, said = restored(settings, file)
    try:
        assert "person" in whole_person.marked(back)
        assert f"no erasures in {settings.register_file}" in said
    finally:
        back.dispose()


def test_another_row_that_got_the_number_is_left_alone(ledger: Database, settings: Settings, tmp_path: Path) -> None:
    """A restored ledger gives numbers out again: person 2 of the register is not the person 2 who came since."""
    whole = whole_person.enter(ledger)
    old, new = tmp_path / "old.backup", tmp_path / "new.backup"
    backup(ledger, old, now=city.NOON)
    second = city.head(ledger, whole.association, name="二番 次郎")
    city.act(ledger, erase_person, ErasePerson(), person=second.person)
    ledger.dispose()
    back, _ = restored(settings, old)
    other = city.head(back, whole.association, name="別の 三郎")
    assert other.person == second.person
    backup(back, new, now=city.later(days=3))
    back.dispose()
    again, said = restored(settings, new, days=4)
    try:
        assert city.rows(again, "person")[1].name == "別の 三郎"
        assert "erased again 0 of 1 things" in said
    finally:
        again.dispose()


def test_a_backup_made_after_the_erasure_is_left_as_it_is(ledger: Database, settings: Settings, tmp_path: Path) -> None:
    whole = whole_person.enter(ledger)
    erase(ledger, whole)
    file = tmp_path / "city.backup"
    backup(ledger, file, now=city.later(days=1))
    ledger.dispose()
    back, said = restored(settings, file)
    try:
        assert "erased again 0 of" in said
        assert city.rows(back, "person")[0].erased_at == city.later(days=1)
    finally:
        back.dispose()


def test_what_another_machine_erased_is_entered_by_backup_and_daily(
    ledger: Database, settings: Settings, tmp_path: Path
) -> None:
    whole = whole_person.enter(ledger)
    erase(ledger, whole)
    lines = Register(settings.register_file).read()
    settings.register_file.unlink()
    backup(ledger, tmp_path / "one.backup", now=city.NOON)
    assert Register(settings.register_file).read() == lines
    settings.register_file.unlink()
    keep_retention(ledger, clock=lambda: city.NOON)
    assert Register(settings.register_file).read() == lines
    with reading(ledger) as session:
        assert ledger.register is not None
        assert catch_up(session, ledger.register) == 0


def test_a_line_that_was_cut_short_spoils_itself_alone(tmp_path: Path) -> None:
    register = Register(tmp_path / "erasures.register")
    one, two = (Line(seq, f"mac{seq}", (Erased("person", seq, seq, "made"),)) for seq in (1, 2))
    register.append([one])
    with register.path.open("a") as file:
        file.write('[2, "mac2", [["per')
    assert register.read() == [one]
    register.append([two])
    assert register.read() == [one, two]
