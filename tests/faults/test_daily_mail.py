"""Each borrower's mail goes once: two runs at once, a run that is killed with a mail on its way, and the day after.

The large city runs with ``make faults``; a small one holds the same in the suite.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from inventory import journal
from inventory.calendar import today
from inventory.daily import remind
from inventory.database import Database, reading, writing
from inventory.journal import By
from inventory.pools import NewPool, create_pool
from inventory.reminder_lists import DOUBTFUL_AFTER, list_reminders
from inventory.reminders import SettleReminder, settle_reminder
from inventory.reminding import REMINDER, calls_of
from inventory.settings import Settings, open_ledger
from inventory.tables import PoolKind, ReminderOutcome
from tests import kill_rounds
from tests.server import ROOT
from tests.smtp_sink import Sink

SMALL = (33, 20)
LARGE = pytest.param((500, 300), marks=pytest.mark.faults)


def environ(url: str, folder: Path, sink: Sink | None) -> dict[str, str]:
    given = {
        "DATABASE_URL": url,
        "SECRET_KEY_FILE": str(folder / "secret.key"),
        "PUBLIC_URL": "https://daicho.example.jp",
        "OFFICE_PHONE": "027-000-1234",
        "MAIL_FROM": "daicho@example.jp",
    }
    return given | ({"SMTP_URL": sink.url} if sink else {})


@contextmanager
def opened(url: str, folder: Path) -> Iterator[Database]:
    database = open_ledger(Settings.from_environment(environ(url, folder, None)))
    try:
        yield database
    finally:
        database.dispose()


def overdue_city(url: str, folder: Path, loans: int, borrowers: int) -> None:
    """So many overdue loans of so many associations, each with a head who has an address of their own.

    Written as rows in one act: through the verbs the large city would take longer than what it is for.
    """
    now = datetime.now(UTC)
    due = today(now) - timedelta(days=3)
    with opened(url, folder) as database, writing(database) as session:
        op_id = "overdue-city"
        entry = journal.open_entry(session, by=By(), now=now, op_id=op_id)
        pool = NewPool(id="tablets", name="自治会長タブレット", kind=PoolKind.TABLET, remind_every_days=7)
        create_pool(session, pool, by=By(), now=now, op_id=op_id)
        tables = REMINDER.metadata.tables
        rows: dict[str, list[dict[str, Any]]] = {"association": [], "person": [], "officer": []}
        for at in range(1, borrowers + 1):
            rows["association"].append({"id": at, "name": f"第{at}自治会", "search": ""})
            rows["person"].append({"id": at, "name": f"会長{at}", "email": f"head{at}@example.jp"})
            rows["officer"].append({"id": at, "association_id": at, "person_id": at, "from_on": date(2026, 4, 1)})
        rows |= {"device": [], "loan": [], "loan_item": []}
        for at in range(1, loans + 1):
            number, of = f"MB-T-{at:04d}", (at - 1) % borrowers + 1
            rows["device"].append(
                {
                    "id": at,
                    "asset_number": number,
                    "asset_key": number,
                    "pool_id": "tablets",
                    "model": "T",
                    "search": "",
                }
            )
            rows["loan"].append(
                {"id": at, "number": f"R8-{at:05d}", "fiscal_year": 2026, "sequence": at, "association_id": of}
                | {"officer_id": of, "due_on": due, "end_of_office": False, "lent_at": now - timedelta(days=30)}
            )
            rows["loan_item"].append(
                {"id": at, "loan_id": at, "device_id": at, "lent_at": now - timedelta(days=30), "accessories": {}}
            )
        usual: dict[str, dict[str, Any]] = {
            "association": {"name_kana": "", "revision": 1},
            "person": {"name_kana": ""},
            "officer": {"office": "会長", "revision": 1},
            "device": {"revision": 1},
        }
        for name, made in rows.items():
            values = [{**usual.get(name, {}), **row, "entry": entry} for row in made]
            session.connection().execute(insert(tables[name]), values)
        journal.note(session, "overdue_city")


def start(url: str, folder: Path, sink: Sink) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "inventory", "daily"],
        cwd=ROOT,
        env={**os.environ, **environ(url, folder, sink)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def outcomes(url: str, folder: Path) -> list[str | None]:
    with opened(url, folder) as database, reading(database) as session:
        found = session.connection().execute(select(REMINDER.c.outcome).order_by(REMINDER.c.id)).scalars()
        return [one.value if one else None for one in found]


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
def test_two_runs_at_once_send_each_mail_once(database_url: str, tmp_path: Path, size: tuple[int, int]) -> None:
    loans, borrowers = size
    overdue_city(database_url, tmp_path, loans, borrowers)
    with Sink() as sink:
        runs = [start(database_url, tmp_path, sink) for _ in range(2)]
        said = [run.communicate(timeout=600)[0] for run in runs]
        assert [run.returncode for run in runs] == [0, 0], said
        assert sorted(sink.recipients) == sorted(f"head{at}@example.jp" for at in range(1, borrowers + 1))
        assert sum(text.get_content().count("備品番号") for text in sink.mails) == loans
        assert len({str(mail["Message-ID"]) for mail in sink.mails}) == borrowers
        again = start(database_url, tmp_path, sink)
        assert again.wait(600) == 0
        again.communicate()
        assert len(sink.mails) == borrowers
    assert outcomes(database_url, tmp_path) == ["sent"] * borrowers
    assert kill_rounds.findings(database_url, tmp_path) == []


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
def test_a_killed_run_leaves_a_doubtful_mail_that_a_person_decides(
    database_url: str, tmp_path: Path, size: tuple[int, int]
) -> None:
    loans, borrowers = size
    overdue_city(database_url, tmp_path, loans, borrowers)
    with Sink(hang="DATA") as sink:
        run = start(database_url, tmp_path, sink)
        assert sink.reached.wait(120)
        run.kill()
        run.communicate()
        assert outcomes(database_url, tmp_path) == [None]
    with Sink() as sink:
        next_run = start(database_url, tmp_path, sink)
        said = next_run.communicate(timeout=600)[0]
        assert next_run.returncode == 0, said
        # Everybody else's goes; the one that was on its way does not, neither now nor by itself on any later day.
        assert len(sink.mails) == borrowers - 1
        assert "head1@example.jp" not in sink.recipients
    with opened(database_url, tmp_path) as database:
        now = datetime.now(UTC) + DOUBTFUL_AFTER
        with reading(database) as session:
            doubtful = list_reminders(session, state="doubtful", now=now).items
            assert [(one.key, one.state) for one in doubtful] == [("association:1", "doubtful")]
            assert calls_of(session, now=now + timedelta(days=2)) == []
        with writing(database) as session:
            order = SettleReminder(outcome="void")
            settle_reminder(session, order, reminder=doubtful[0].id, by=By(), now=now, op_id="settle")
        with Sink() as sink:
            settings = Settings.from_environment(environ(database_url, tmp_path, sink))
            tomorrow = now + timedelta(days=1)
            done = remind(database, settings, clock=lambda: tomorrow, say=lambda _: None)
            assert (done.sent, done.doubtful) == (1, 0)
            assert sink.recipients == ["head1@example.jp"]
    assert kill_rounds.findings(database_url, tmp_path) == []


def test_a_doubtful_mail_that_counts_as_sent_is_not_sent_again(database_url: str, tmp_path: Path) -> None:
    overdue_city(database_url, tmp_path, 1, 1)
    with Sink(drop="DATA") as sink:
        run = start(database_url, tmp_path, sink)
        said = run.communicate(timeout=120)[0]
        assert (run.returncode, sink.began) == (1, 1), said
    with opened(database_url, tmp_path) as database:
        sent_at = datetime.now(UTC)
        now = sent_at + DOUBTFUL_AFTER
        with writing(database) as session:
            settle_reminder(session, SettleReminder(outcome="sent"), reminder="1", by=By(), now=now, op_id="settle")
        for days, expected in ((1, 0), (6, 0), (7, 1)):
            with Sink() as sink:
                settings = Settings.from_environment(environ(database_url, tmp_path, sink))
                # The day of the mail counts, and what is settled shortly before midnight is settled on the next one.
                then = max(now, sent_at + timedelta(days=days))
                assert (
                    remind(
                        database,
                        settings,
                        clock=partial(datetime.fromtimestamp, then.timestamp(), UTC),
                        say=lambda _: None,
                    ).sent
                    == expected
                )


def test_a_server_that_is_away_leaves_everything_for_the_next_run(database_url: str, tmp_path: Path) -> None:
    overdue_city(database_url, tmp_path, 3, 3)
    with Sink() as gone:
        pass
    run = start(database_url, tmp_path, gone)
    said = run.communicate(timeout=120)[0]
    assert run.returncode == 1, said
    assert outcomes(database_url, tmp_path) == []
    with Sink(refuse={"head2@example.jp": "550 nobody here"}) as sink:
        run = start(database_url, tmp_path, sink)
        run.communicate(timeout=120)
        assert run.returncode == 1
        assert sorted(sink.recipients) == ["head1@example.jp", "head3@example.jp"]
    assert sorted(str(one) for one in outcomes(database_url, tmp_path)) == ["failed", "sent", "sent"]


def test_two_threads_of_claims_cannot_take_the_same_mail(database_url: str, tmp_path: Path) -> None:
    """The law behind the rule: the table takes one mail a borrower and day, whatever a program believes."""
    overdue_city(database_url, tmp_path, 1, 1)
    with opened(database_url, tmp_path) as database, Sink() as sink:
        settings = Settings.from_environment(environ(database_url, tmp_path, sink))
        assert remind(database, settings, clock=lambda: datetime.now(UTC), say=lambda _: None).sent == 1
        with writing(database) as session:
            session.connection().execute(update(REMINDER).values(outcome=ReminderOutcome.FAILED))
        # Failed today: the rule calls again, and there is no second mail of this day.
        done = remind(database, settings, clock=lambda: datetime.now(UTC), say=lambda _: None)
        assert (done.sent, done.by_hand, len(sink.mails)) == (0, 1, 1)
