"""python -m inventory: what each command does, its exit code, and what stands in the ledger afterwards."""

import csv
import io
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from inventory import schema
from inventory.__main__ import main
from inventory.database import connect, reading, writing
from inventory.demo.city import load
from inventory.keys import Keys
from inventory.sign_in import begin_session, check_password, count_failure, stored_password, who_has_token
from inventory.tables import Role

COMMANDS = "migrate demo backup restore verify daily staff token export".split()
PASSWORD = "ため池のさくら 77"


class Commands:
    """Runs commands on the ledger in one folder, as programs of their own or, quicker, in this one."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, heard: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.file = folder / "ledger.db"
        self.environ = {"DATABASE_URL": f"sqlite:///{self.file}", "SECRET_KEY_FILE": f"{folder}/secret.key"}
        self.patch = patch
        self.heard = heard
        for name, value in self.environ.items():
            patch.setenv(name, value)

    def program(self, *arguments: str, typed: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "inventory", *arguments],
            env={**os.environ, **self.environ, **environ},
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )

    def run(self, *arguments: str, typed: str = "") -> tuple[int, str, str]:
        self.heard.readouterr()
        with self.patch.context() as patched:
            patched.setattr(sys, "stdin", io.StringIO(typed))
            code = main(arguments)
        said = self.heard.readouterr()
        return code, said.out, said.err

    def fails(self, *arguments: str, typed: str = "") -> str:
        """The one line in which a command says why it failed."""
        code, _, reason = self.run(*arguments, typed=typed)
        assert code == 1
        assert reason.startswith("inventory: ")
        assert reason.count("\n") == 1
        return reason

    def rows(self, query: str) -> list[Any]:
        with closing(sqlite3.connect(self.file)) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Commands:
    return Commands(tmp_path, monkeypatch, capsys)


@pytest.fixture
def migrated(commands: Commands, sqlite_template: Path) -> Commands:
    shutil.copyfile(sqlite_template, commands.file)
    return commands


@pytest.fixture(scope="module")
def loaded_folder(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo city with its secret, loaded once, because loading it for every test takes its time."""
    folder = tmp_path_factory.mktemp("city")
    shutil.copyfile(sqlite_template, folder / "ledger.db")
    ledger = connect(
        f"sqlite:///{folder}/ledger.db", keys=Keys.load(folder / "secret.key"), anchor=folder / "journal.head"
    )
    load(ledger, folder / "demo-sign-in.txt", now=datetime.now(UTC))
    ledger.dispose()
    return folder


@pytest.fixture
def city(commands: Commands, loaded_folder: Path) -> Commands:
    shutil.copytree(loaded_folder, commands.folder, dirs_exist_ok=True)
    return commands


def with_account(commands: Commands) -> Commands:
    arguments = (
        "--username Sato --name 佐藤 --role desk --role it --section 生涯学習課 --until R9.3.31 --password-stdin"
    )
    assert commands.run("staff", "add", *arguments.split(), typed=f"{PASSWORD}\n")[0] == 0
    return commands


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in [[], *([name] for name in COMMANDS), ["staff", "add"], ["staff", "password"], ["token", "add"]]:
        with pytest.raises(SystemExit) as left:
            main([*arguments, "--help"])
        assert left.value.code == 0
        said = capsys.readouterr().out
        assert len(said) > 100
        if not arguments:
            assert set(COMMANDS) <= set(said.split())


def test_a_command_called_wrongly_exits_with_2(commands: Commands) -> None:
    for arguments in ([], ["nothing"], ["backup"], ["staff", "add", "--username", "a"], ["export", "nothing", "x.csv"]):
        with pytest.raises(SystemExit) as left:
            main(arguments)
        assert left.value.code == 2
    assert not commands.file.exists()


def test_from_nothing_to_a_restored_city(commands: Commands) -> None:
    """The whole way with programs of their own, as make run and cron start them."""
    loaded = commands.program("demo", "--if-empty")
    assert loaded.returncode == 0
    assert commands.rows("SELECT value FROM setting WHERE name = 'demo'") == [("1",)]
    again = commands.program("demo", "--if-empty")
    assert again.returncode == 0
    assert again.stdout == (commands.folder / "demo-sign-in.txt").read_text()
    assert commands.rows("SELECT count(*) FROM loan") == [(37,)]
    backed_up = commands.program("backup", f"{commands.folder}/city")
    assert backed_up.returncode == 0
    assert "SECRET_KEY_FILE" in backed_up.stdout
    assert "--replace" in commands.fails("restore", f"{commands.folder}/city")
    assert commands.program("restore", f"{commands.folder}/city", "--replace").returncode == 0
    assert commands.rows("SELECT act FROM entry ORDER BY seq DESC LIMIT 1") == [("restore",)]
    code, said, _ = commands.run("verify")
    assert code == 0
    seq, mac = commands.rows("SELECT seq, mac FROM entry ORDER BY seq DESC LIMIT 1")[0]
    assert f"{seq} entries" in said and mac in said
    refused = commands.program("verify", PORT="http")
    assert refused.returncode == 1
    assert refused.stderr.startswith("inventory: PORT: ")
    assert refused.stderr.count("\n") == 1


def test_without_a_ledger_nothing_is_made(commands: Commands) -> None:
    written = [["backup", f"{commands.folder}/b"], ["export", "devices", f"{commands.folder}/d"]]
    for arguments in (["verify"], ["daily"], ["staff", "list"], *written):
        assert "migrate" in commands.fails(*arguments)
    assert list(commands.folder.iterdir()) == []


def test_another_schema_is_refused(migrated: Commands) -> None:
    with closing(sqlite3.connect(migrated.file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    assert "9999" in migrated.fails("verify")
    assert "9999" in migrated.fails("migrate")
    with closing(sqlite3.connect(migrated.file)) as connection:
        connection.execute("DELETE FROM alembic_version")
        connection.commit()
    assert "migrate" in migrated.fails("verify")


def test_migrating_twice_says_so(migrated: Commands) -> None:
    assert migrated.run("migrate") == (0, f"schema {schema.head()}: nothing to do\n", "")


def test_an_account_is_opened(migrated: Commands) -> None:
    with_account(migrated)
    assert migrated.rows("SELECT username, name, section, appointed_until FROM staff") == [
        ("sato", "佐藤", "生涯学習課", "2027-03-31")
    ]
    assert migrated.rows("SELECT role FROM staff_role ORDER BY role") == [("desk",), ("it",)]
    stored = migrated.rows("SELECT password_hash FROM staff")[0][0]
    assert check_password(stored, PASSWORD)
    _, listed, _ = migrated.run("staff", "list")
    assert listed.split("\t")[:3] == ["sato", "desk,it", "佐藤"]


def test_what_is_wrong_with_an_account_is_said(migrated: Commands) -> None:
    with_account(migrated)
    add = ["staff", "add", "--name", "鈴木", "--role", "desk", "--password-stdin", "--username"]
    migrated.fails(*add, "sato", typed=f"{PASSWORD}\n")
    migrated.fails(*add, "鈴木", typed=f"{PASSWORD}\n")
    migrated.fails(*add, "suzuki", typed="short\n")
    migrated.fails(*add, "suzuki", typed="")
    assert "--password-stdin" in migrated.fails(*(word for word in [*add, "suzuki"] if word != "--password-stdin"))
    with pytest.raises(SystemExit):
        main([*add, "suzuki", "--until", "someday"])
    assert migrated.rows("SELECT count(*) FROM staff") == [(1,)]


@pytest.mark.parametrize(("answers", "code"), [((PASSWORD, PASSWORD), 0), ((PASSWORD, PASSWORD + "x"), 1)])
def test_on_a_terminal_the_password_is_asked_twice(
    migrated: Commands, monkeypatch: pytest.MonkeyPatch, answers: tuple[str, str], code: int
) -> None:
    typed = iter(answers)
    monkeypatch.setattr("getpass.getpass", lambda _: next(typed))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    assert main(["staff", "add", "--username", "suzuki", "--name", "鈴木", "--role", "viewer"]) == code
    assert migrated.rows("SELECT count(*) FROM staff") == [(1 - code,)]


def test_a_new_password_ends_the_sessions(migrated: Commands) -> None:
    with_account(migrated)
    now = datetime.now(UTC)
    ledger = connect(f"sqlite:///{migrated.file}")
    with writing(ledger) as session:
        begin_session(session, 1, now=now, op_id="sign-in")
    ledger.dispose()
    assert migrated.run("staff", "password", "--username", "SATO", "--password-stdin", typed="別のことば 88\n")[0] == 0
    ledger = connect(f"sqlite:///{migrated.file}")
    with reading(ledger) as session:
        stored = stored_password(session, "sato", now)
    ledger.dispose()
    assert stored is not None and check_password(stored[1], "別のことば 88") and not check_password(stored[1], PASSWORD)
    assert migrated.rows("SELECT count(*) FROM staff_session WHERE revoked_at IS NULL") == [(0,)]
    migrated.fails("staff", "password", "--username", "nobody", "--password-stdin", typed="別のことば 88\n")


def test_a_token_acts_for_its_account(migrated: Commands) -> None:
    with_account(migrated)
    code, token, _ = migrated.run("token", "add", "--staff", "sato", "--label", "温度計")
    assert code == 0
    ledger = connect(f"sqlite:///{migrated.file}")
    with reading(ledger) as session:
        bearer = who_has_token(session, token.strip(), datetime.now(UTC))
    ledger.dispose()
    assert bearer is not None
    assert bearer.username == "sato"
    assert bearer.roles == frozenset({Role.DESK, Role.IT})
    assert migrated.rows("SELECT label FROM api_token") == [("温度計",)]
    assert token.strip() not in str(migrated.rows("SELECT * FROM api_token"))
    migrated.fails("token", "add", "--staff", "nobody")


def test_verify_finds_an_edit_and_exits_with_1(city: Commands) -> None:
    assert city.run("verify")[0] == 0
    with closing(sqlite3.connect(city.file)) as connection:
        connection.execute("DROP TRIGGER entry_forbids_update")
        connection.execute("UPDATE entry SET desk = 'elsewhere' WHERE seq = 3")
        connection.commit()
    code, said, _ = city.run("verify")
    assert code == 1
    assert "edited at entry 3" in said
    assert city.run("daily")[0] == 1
    assert "restore will refuse it" in city.fails("backup", f"{city.folder}/damaged")
    assert "entry 3" in city.fails("restore", f"{city.folder}/damaged", "--replace")


def test_verify_finds_a_cut_tail_and_another_key(city: Commands) -> None:
    with closing(sqlite3.connect(city.file)) as connection:
        connection.execute("DROP TRIGGER entry_forbids_delete")
        connection.execute("DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)")
        connection.commit()
    _, said, _ = city.run("verify")
    assert "cut-tail" in said
    (city.folder / "secret.key").unlink()
    code, said, _ = city.run("verify")
    assert code == 1
    assert said.count("unknown-key") == 20, "more of the same says no more"
    assert "more" in said


def test_verify_works_while_somebody_writes(city: Commands) -> None:
    ledger = connect(f"sqlite:///{city.file}")
    with writing(ledger) as session:
        count_failure(session, "account", "client", datetime.now(UTC))
        assert city.run("verify")[0] == 0
    ledger.dispose()


def test_daily_forgets_what_is_over(city: Commands) -> None:
    now = datetime.now(UTC)
    ledger = connect(f"sqlite:///{city.file}", keys=None)
    times = [now - timedelta(days=200), now - timedelta(days=1), now]
    with writing(ledger) as session:
        for at in reversed(times):
            count_failure(session, "account", "client", at)
        session.connection().exec_driver_sql(
            "INSERT INTO staff_session (token_hash, staff_id, created_at, expires_at) VALUES "
            "('a', 1, '2020-01-01 00:00:00', '2020-01-02 00:00:00'), "
            "('b', 1, '2020-01-01 00:00:00', '2999-01-01 00:00:00')"
        )
    ledger.dispose()
    before = city.rows("SELECT count(*) FROM entry")
    code, said, _ = city.run("daily")
    assert code == 0
    assert "1 sessions" in said
    assert city.rows("SELECT token_hash FROM staff_session") == [("b",)]
    assert all(at > str(now - timedelta(minutes=15)) for (at,) in city.rows("SELECT at FROM failed_sign_in"))
    assert city.run("daily")[0] == 0
    assert city.rows("SELECT count(*) FROM entry") == before


@pytest.mark.parametrize(("name", "rows"), [("devices", 68), ("loans", 64), ("associations", 24), ("venues", 21)])
def test_a_list_is_written_for_spreadsheets(city: Commands, name: str, rows: int) -> None:
    file = city.folder / f"{name}.csv"
    file.write_text("older")
    assert city.run("export", name, str(file))[0] == 0
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    assert file.stat().st_mode & 0o777 == 0o600
    with file.open(encoding="utf-8-sig", newline="") as opened:
        table = list(csv.reader(opened))
    assert len(table) == rows + 1
    assert {len(row) for row in table} == {len(table[0])}
    assert not list(city.folder.glob(".*part"))


def test_a_cell_is_never_a_formula(migrated: Commands) -> None:
    with closing(sqlite3.connect(migrated.file)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute(
            "INSERT INTO venue (code, kind, name, name_kana, search, revision, entry, note, shelter, disaster_open) "
            "VALUES ('K1', 'kominkan', '=1+1', '', '', 1, 1, '@SUM(A1)', 0, 0)"
        )
        connection.commit()
    file = migrated.folder / "venues.csv"
    migrated.run("export", "venues", str(file))
    assert "'=1+1" in file.read_text("utf-8-sig")
    assert "'@SUM(A1)" in file.read_text("utf-8-sig")
    assert "nowhere" in migrated.fails("export", "venues", str(migrated.folder / "nowhere" / "venues.csv"))


def test_the_demo_city_goes_into_an_empty_ledger_only(migrated: Commands) -> None:
    with_account(migrated)
    assert "empty" in migrated.fails("demo")
    assert migrated.run("demo", "--if-empty")[0] == 0
    assert migrated.rows("SELECT count(*) FROM pool") == [(0,)]
    assert migrated.rows("SELECT count(*) FROM setting") == [(0,)]


def test_what_the_database_says_is_one_line(migrated: Commands) -> None:
    migrated.file.write_bytes(b"\xff" * 4096)
    assert "not a database" in migrated.fails("verify")


def test_ctrl_c_stops_in_one_line(migrated: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("inventory.commands.upkeep.journal.verify", interrupt)
    assert migrated.fails("verify") == "inventory: stopped\n"
