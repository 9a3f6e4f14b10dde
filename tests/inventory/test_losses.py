"""Lost devices: what was done about them, in the order in which it was done, until they are found."""

from datetime import timedelta

import pytest

from inventory.database import Database
from inventory.errors import Conflict, Invalid, NotFound
from inventory.losses import loss_of, open_losses
from inventory.tables import HoldReason, IssueState, Role
from tests.inventory.city import NOON, device, later, look, member, refused_fields, retired, rows, seen, stop
from tests.inventory.troubled import card, lent_tablet, lost_step, stopped, told


def test_a_loss_stops_the_device_and_alarms_until_it_is_locked(database: Database) -> None:
    lent_tablet(database)
    issue = told(database, category="lost")
    found = stopped(database, issue, "lost", now=later(hours=1))
    assert found.loss is not None
    assert (found.loss.locked, found.loss.since, found.loss.issue) == (False, later(hours=1), issue)
    assert (found.loss.receipt, found.state) == (found.receipt, IssueState.IN_PROGRESS)
    assert found.loss.borrower is not None and found.loss.borrower.name == "堀越町自治会"
    by = member(database, "sakurai", Role.IT)
    lost_step(database, "T1", "lock_asked", now=later(hours=2), by=by, issue=issue)
    assert [loss.asset_number for loss in look(database, open_losses, unlocked=True)] == ["T1"]
    lost_step(database, "T1", "locked", now=later(hours=3), at=NOON + timedelta(hours=2, minutes=30))
    assert look(database, open_losses, unlocked=True) == []
    loss = look(database, open_losses)[0]
    assert [(step.kind.value, step.at, step.by) for step in loss.steps] == [
        ("lock_asked", later(hours=2), "sakurai さん"),
        ("locked", later(hours=2, minutes=30), None),
    ]
    assert loss.locked
    assert [row.issue_id for row in rows(database, "loss_step")] == [int(issue), None]


def test_a_step_done_before_the_ledger_heard_of_the_loss_counts(database: Database) -> None:
    lent_tablet(database)
    lost_step(database, "T1", "wiped", at=later(hours=-3))
    assert [hold.reason for hold in seen(database, "T1").holds] == [HoldReason.LOST]
    assert look(database, loss_of, "t1").locked  # type: ignore[union-attr]
    assert look(database, open_losses, unlocked=True) == []


def test_found_again_and_lost_again(database: Database) -> None:
    lent_tablet(database)
    with pytest.raises(Conflict):
        lost_step(database, "T1", "found")
    lost_step(database, "T1", "locked")
    lost_step(database, "T1", "found", now=later(hours=1), note="公民館のいすの下")
    assert (seen(database, "T1").holds, look(database, open_losses)) == ([], [])
    over = look(database, loss_of, "T1")
    assert over is not None
    assert (over.found_at, [step.kind.value for step in over.steps]) == (later(hours=1), ["locked", "found"])
    stop(database, "T1", "lost", now=later(days=1))
    again = look(database, loss_of, "T1")
    assert again is not None
    assert (again.steps, again.locked, again.found_at) == ([], False, None)
    assert look(database, open_losses, unlocked=True) == [again], "the lock of the time before is none"


def test_what_is_no_step(database: Database) -> None:
    lent_tablet(database)
    device(database, "T2")
    other = told(database, "T2", category="lost")
    for field, fields in (
        ("note", {"kind": "police"}),
        ("at", {"kind": "locked", "at": later(minutes=6)}),
        ("issue", {"kind": "locked", "issue": other}),
    ):
        with pytest.raises(Invalid) as refusal:
            lost_step(database, "T1", **fields)
        assert refused_fields(refusal) == [field]
    with pytest.raises(NotFound):
        lost_step(database, "T7", "locked")
    assert lost_step(database, "T1", "police", note="前橋署 第123号", at=later(minutes=4)).note == "前橋署 第123号"
    assert seen(database, "T2").holds == []


def test_a_device_that_never_was_lost_and_one_that_is_gone(database: Database) -> None:
    lent_tablet(database)
    assert look(database, loss_of, "T1") is None
    assert card(database, told(database)).loss is None
    device(database, "T2")
    stop(database, "T2", "lost")
    retired(database, "T2")
    assert look(database, open_losses) == []


def test_no_word_about_a_loss_enters_the_journal(database: Database) -> None:
    lent_tablet(database)
    lost_step(database, "T1", "police", note="ひみつの番号")
    assert all("ひみつ" not in str(entry.data) for entry in rows(database, "entry"))
