"""Trouble reports for the tests of the rule book: taken in and worked on by the verbs of the doors."""

from datetime import datetime
from typing import Any

from inventory.database import Database
from inventory.issue_answers import Answer, IssueChange, Merge, answer, change_issue, merge
from inventory.issue_works import LendSubstitute, Repaired, StopDevice, lend_substitute, repaired, stop_device
from inventory.issues import IssueCard, issue_card
from inventory.journal import By
from inventory.losses import LossStep, LossStepCard, record_loss_step
from inventory.reporting import Report, report
from inventory.tables import Realm
from tests.inventory.city import NOON, PROGRAM, act, led_association, lend, look, seen, tablets
from tests.inventory.city import device as make_device


def lent_tablet(database: Database, asset_number: str = "T1", **due: Any) -> str:
    """A tablet that is out with the head of an association; the loan's number."""
    tablets(database, default_days=14)
    make_device(database, asset_number)
    head = led_association(database)
    return lend(database, {"association": head.id}, asset_number, **due).number


def told(database: Database, code: str = "T1", *, now: datetime = NOON, **fields: Any) -> str:
    """A report about a device or at a venue, on behalf of a caller; its id."""
    order = Report.model_validate({"tag": code, "category": "power", "on_behalf": True, **fields})
    return act(database, report, order, keys=database.keys, now=now).issue


def told_by_scan(database: Database, asset_number: str = "T1", *, now: datetime = NOON, **fields: Any) -> str:
    """The same from whoever holds the device, who has no account."""
    order = Report.model_validate({"tag": seen(database, asset_number).tag, "category": "power", **fields})
    return act(database, report, order, keys=database.keys, realm=Realm.PUBLIC, now=now).issue


def answered(
    database: Database, issue: str, text: str = "30分充電してください。", *, channel: str = "message", by: By = PROGRAM,
    now: datetime = NOON, **fields: Any,
) -> IssueCard:  # fmt: skip
    order = Answer.model_validate({"channel": channel, "text": text, **fields})
    return act(database, answer, order, issue=issue, by=by, now=now)


def changed(
    database: Database, issue: str, *, revision: int | None = None, now: datetime = NOON, **to: Any
) -> IssueCard:
    seen_revision = revision if revision is not None else card(database, issue).revision
    return act(database, change_issue, IssueChange.model_validate(to), issue=issue, revision=seen_revision, now=now)


def merged(database: Database, issue: str, into: str, *, now: datetime = NOON) -> IssueCard:
    return act(database, merge, Merge(into=into), issue=issue, now=now)


def stopped(database: Database, issue: str, reason: str = "repair", *, now: datetime = NOON) -> IssueCard:
    return act(database, stop_device, StopDevice.model_validate({"reason": reason}), issue=issue, now=now)


def stood_in(database: Database, issue: str, device: str, *, now: datetime = NOON) -> IssueCard:
    return act(database, lend_substitute, LendSubstitute(device=device), issue=issue, now=now)


def mended(database: Database, issue: str, *, now: datetime = NOON, **how: Any) -> IssueCard:
    return act(database, repaired, Repaired.model_validate(how), issue=issue, now=now)


def lost_step(
    database: Database, device: str, kind: str, *, by: By = PROGRAM, now: datetime = NOON, **more: Any
) -> LossStepCard:
    return act(
        database, record_loss_step, LossStep.model_validate({"kind": kind, **more}), device=device, by=by, now=now
    )


def card(database: Database, issue: str) -> IssueCard:
    return look(database, issue_card, issue)
