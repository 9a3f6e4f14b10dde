"""How long personal words, contacts and pictures are kept. An admin sets the years; ``daily`` erases what is over.

Every rule may be off, and all are until somebody sets them. What is over is asked anew under the writer's lock before
each small part, so that several machines may run it and nothing is erased twice.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Select, exists, func, or_, select, union_all
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.borrowers import ASSOCIATION, LOAN, OFFICER, PERSON
from inventory.calendar import jst_day_bounds, today
from inventory.devices import DEVICE, ITEM
from inventory.erasing import (
    ErasePerson,
    EraseReason,
    blank_notes,
    blank_pictures,
    blank_whole_reports,
    erase_person,
    leave_no_trace,
)
from inventory.issue_steps import ISSUE, ISSUE_MESSAGE, ISSUE_STEP
from inventory.journal import ENTRY, By
from inventory.personal_rows import PICTURE, PRESENCE, REMINDER, SUPPORTER, left_by
from inventory.shapes import BlankIsNone, Card, Shape
from inventory.tables import IssueState, Realm

SETTING = SQLModel.metadata.tables["setting"]
NAME = "retention"
# What is erased by itself, and the rule that says when.
KINDS = {"people": "people", "reports": "reports", "pictures": "pictures", "reminders": "notes", "presences": "notes"}
# Rows of one part: what an act of the counter waits for at most.
PART = 50
SHOWN = 200

Years = Annotated[Annotated[int, Field(ge=1, le=30)] | None, BlankIsNone]


class Rules(Shape):
    """Years, counted in calendar years; null keeps for ever.

    ``people``: after the last day in office or as a supporter, where no loan is open. ``reports``: after a report was
    resolved, its words, contacts, messages and pictures. ``pictures``: pictures of devices, after they came in.
    ``notes``: what was written down about reminders and 所在確認.
    """

    people: Years = None
    reports: Years = None
    pictures: Years = None
    notes: Years = None


class RulesCard(Card):
    people: int | None
    reports: int | None
    pictures: int | None
    notes: int | None


class Over(Card):
    """One thing whose time is over: ``row`` is its number, ``name`` what a person knows it by, ``since`` the day."""

    kind: str
    row: int
    name: str
    since: date


class Plan(Card):
    """What would be erased today: how many of each kind whose rule is on, and the first ``SHOWN`` of each."""

    rules: RulesCard
    counts: dict[str, int]
    rows: list[Over]


def rules_of(session: Session) -> RulesCard:
    written = session.connection().execute(select(SETTING.c.value).where(SETTING.c.name == NAME)).scalar()
    years = json.loads(written) if written else {}
    return RulesCard(**{name: years.get(name) for name in RulesCard.model_fields})


def set_rules(session: Session, order: Rules, *, by: By, now: datetime, op_id: str) -> RulesCard:
    """Set every rule; a rule that is left out is off."""
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    years = order.model_dump()
    connection = session.connection()
    changed = connection.execute(
        SETTING.update().where(SETTING.c.name == NAME).values(value=json.dumps(years))
    ).rowcount
    if not changed:
        connection.execute(SETTING.insert().values(name=NAME, value=json.dumps(years)))
    journal.note(session, "set_retention", **years)
    return rules_of(session)


def plan(session: Session, *, now: datetime, rules: RulesCard | None = None) -> Plan:
    """What the rules would erase now; nothing is written. ``rules`` are those that stand, unless given."""
    rules = rules or rules_of(session)
    counts, rows = dict[str, int](), list[Over]()
    for kind in KINDS:
        query = _over(kind, rules, now)
        if query is None:
            continue
        total = select(func.count()).select_from(query.subquery())
        counts[kind] = session.connection().execute(total).scalar_one()
        rows += _listed(session, kind, query, SHOWN)
    return Plan(rules=rules, counts=counts, rows=rows)


@dataclass(frozen=True)
class Part:
    """One act of keeping to the rules: the row to go on after, and how many rows it erased."""

    last: int
    erased: int


def keep_part(session: Session, kind: str, *, now: datetime, after: int = 0) -> Part | None:
    """Erase the next few things of a kind whose time is over; None when none is left beyond row ``after``."""
    query = _over(kind, rules_of(session), now)
    if query is None:
        return None
    # A person is an act of its own, as when somebody presses the button.
    most = 1 if kind == "people" else PART
    found = _listed(session, kind, query.where(query.selected_columns["row"] > after), most)
    if not found:
        return None
    rows = [one.row for one in found]
    op_id = f"retention-{kind}-{today(now).isoformat()}-{rows[0]}-{rows[-1]}"
    if journal.find(session, Realm.STAFF, op_id) is not None:
        return Part(rows[-1], 0)
    if kind == "people":
        order = ErasePerson(reason=EraseReason.RETENTION)
        erase_person(session, order, person=str(rows[0]), by=By(), now=now, op_id=op_id)
        return Part(rows[-1], 1)
    journal.open_entry(session, by=By(), now=now, op_id=op_id)
    leave_no_trace(session)
    if kind == "reports":
        blank_whole_reports(session, rows, now=now)
        journal.note(session, "erase_report", erased=[["issue", row] for row in rows])
    elif kind == "pictures":
        blank_pictures(session, rows, now=now)
        journal.note(session, "erase_pictures", erased=[["picture", row] for row in rows])
    else:
        table = _NOTES[kind]
        blank_notes(session, table, rows)
        journal.note(session, "erase_notes", erased=[[table.name, row] for row in rows])
    return Part(rows[-1], len(rows))


def _over(kind: str, rules: RulesCard, now: datetime) -> Select[Any] | None:
    """``row``, ``name`` and ``since`` of everything of a kind whose time is over; None where the rule is off."""
    years: int | None = getattr(rules, KINDS[kind])
    if years is None:
        return None
    last = _years_before(today(now), years)
    if kind == "people":
        return _people(last)
    return _SELECTS[kind]().where(_SINCE[kind] < jst_day_bounds(last)[1])


def _people(last: date) -> Select[Any]:
    """People whose last office, or time as a supporter, ended by a day; who answer for nothing that is out and wait
    for no answer."""
    theirs = OFFICER.alias("theirs")
    open_loan = (
        select(ITEM.c.id)
        .select_from(theirs.join(LOAN, LOAN.c.officer_id == theirs.c.id).join(ITEM, ITEM.c.loan_id == LOAN.c.id))
        .where(theirs.c.person_id == PERSON.c.id, ITEM.c.returned_at.is_(None))
    )
    offices = select(theirs.c.id).where(theirs.c.person_id == PERSON.c.id).correlate(PERSON)
    open_report = (
        select(ISSUE.c.id)
        .join(ISSUE_STEP, ISSUE_STEP.c.issue_id == ISSUE.c.id)
        .where(
            or_(ISSUE.c.officer_id.in_(offices), left_by(PERSON.c)),
            ISSUE.c.merged_into_id.is_(None),
            ISSUE_STEP.c.ended_at.is_(None),
            ISSUE_STEP.c.state != IssueState.RESOLVED,
        )
    )
    done = union_all(
        select(OFFICER.c.person_id, OFFICER.c.until_on.label("until")),
        select(SUPPORTER.c.person_id, SUPPORTER.c.ended_on.label("until")),
    ).subquery()
    return (
        select(PERSON.c.id.label("row"), PERSON.c.name.label("name"), func.max(done.c.until).label("since"))
        .join(done, done.c.person_id == PERSON.c.id)
        .where(
            PERSON.c.erased_at.is_(None),
            ~open_loan.correlate(PERSON).exists(),
            ~open_report.correlate(PERSON).exists(),
        )
        .group_by(PERSON.c.id, PERSON.c.name)
        .having(func.max(done.c.until) <= last, func.count(done.c.until) == func.count())
    )


def _reports() -> Select[Any]:
    """Resolved reports that still say something. A report that was merged goes with the one it went into."""
    left = or_(
        *(ISSUE.c[name].is_not(None) for name in ("words", "reporter_name", "phone", "email")),
        exists().where(ISSUE_MESSAGE.c.issue_id == ISSUE.c.id, ISSUE_MESSAGE.c.words.is_not(None)),
        exists().where(PICTURE.c.issue_id == ISSUE.c.id, PICTURE.c.content.is_not(None)),
    )
    standing = ISSUE_STEP.c.issue_id == func.coalesce(ISSUE.c.merged_into_id, ISSUE.c.id)
    return (
        select(ISSUE.c.id.label("row"), ISSUE.c.receipt.label("name"), ISSUE_STEP.c.began_at.label("since"))
        .join(ISSUE_STEP, standing)
        .where(ISSUE_STEP.c.ended_at.is_(None), ISSUE_STEP.c.state == IssueState.RESOLVED, left)
    )


def _device_pictures() -> Select[Any]:
    """Pictures of devices that still have their bytes.

    Whatever stands behind the bytes in a row is read through all of them on SQLite, so day and device come from
    indexes: the entry's time, and the device by an alias that needs nothing else of the row.
    """
    of_device = PICTURE.alias("of_device")
    return (
        select(PICTURE.c.id.label("row"), DEVICE.c.asset_number.label("name"), ENTRY.c.at.label("since"))
        .join(ENTRY, PICTURE.c.entry == ENTRY.c.seq)
        .join(of_device, of_device.c.id == PICTURE.c.id)
        .join(DEVICE, of_device.c.device_id == DEVICE.c.id)
        .where(of_device.c.device_id.is_not(None), PICTURE.c.content.is_not(None))
    )


def _reminders() -> Select[Any]:
    name = func.coalesce(ASSOCIATION.c.name, REMINDER.c.borrower).label("name")
    return (
        select(REMINDER.c.id.label("row"), name, REMINDER.c.claimed_at.label("since"))
        .outerjoin(ASSOCIATION, REMINDER.c.association_id == ASSOCIATION.c.id)
        .where(REMINDER.c.note.is_not(None))
    )


def _presences() -> Select[Any]:
    return (
        select(PRESENCE.c.id.label("row"), DEVICE.c.asset_number.label("name"), PRESENCE.c.confirmed_at.label("since"))
        .join(DEVICE, PRESENCE.c.device_id == DEVICE.c.id)
        .where(PRESENCE.c.note.is_not(None))
    )


_SELECTS = {"reports": _reports, "pictures": _device_pictures, "reminders": _reminders, "presences": _presences}
_SINCE = {
    "reports": ISSUE_STEP.c.began_at,
    "pictures": ENTRY.c.at,
    "reminders": REMINDER.c.claimed_at,
    "presences": PRESENCE.c.confirmed_at,
}
_NOTES = {"reminders": REMINDER, "presences": PRESENCE}


def _listed(session: Session, kind: str, query: Select[Any], most: int) -> list[Over]:
    found = session.connection().execute(query.order_by(query.selected_columns["row"]).limit(most))
    return [
        Over(
            kind=kind,
            row=row.row,
            name=row.name,
            since=today(row.since) if isinstance(row.since, datetime) else row.since,
        )
        for row in found
    ]


def _years_before(day: date, years: int) -> date:
    """The same day so many years before; 28 February where that year has no 29th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
