"""A trouble report as a list shows it: what, about which device or venue, from whom, and since when somebody waits."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlmodel import Session

from inventory.borrowers import (
    ASSOCIATION,
    COLUMNS,
    DISTRICT,
    LOAN,
    OFFICER,
    PERSON,
    VENUE,
    Borrower,
    borrower_of,
    with_borrower,
)
from inventory.devices import DEVICE, POOL
from inventory.issue_steps import ISSUE, ISSUE_MESSAGE, ISSUE_STEP
from inventory.journal import ENTRY
from inventory.shapes import Card
from inventory.tables import Author, CallTime, IssueCategory, IssueState, MessageChannel, Realm

AT = VENUE.alias("troubled_venue")
BRING = VENUE.alias("bring_venue")


class DeviceOfIssue(Card):
    asset_number: str
    call_number: int | None
    model: str
    pool: str
    pool_name: str


class VenueOfIssue(Card):
    code: str
    name: str


class OfficerOfIssue(Card):
    """Who had the device. ``phone`` and ``email`` are null for whoever may not see contacts."""

    id: str
    name: str
    office: str
    phone: str | None
    email: str | None


class Bring(Card):
    """Where and on which day the device is to be brought. ``venue`` is the venue's code."""

    venue: str
    name: str
    on: date | None


class IssueLine(Card):
    """A report as a list shows it.

    ``receipt`` is written as it is read out (``482-173``). ``waits_since`` is since when somebody waits for the office
    to say something, null while nobody does. ``merged_into`` is the id of the report that stands for this one.
    """

    id: str
    receipt: str
    category: IssueCategory
    phrases: list[str]
    text: str | None
    state: IssueState
    device: DeviceOfIssue | None
    venue: VenueOfIssue | None
    loan: str | None
    borrower: Borrower | None
    district: str | None
    officer: OfficerOfIssue | None
    reporter_name: str | None
    phone: str | None
    email: str | None
    call_time: CallTime | None
    on_behalf: bool
    self_solved: bool
    received_at: datetime
    first_answer_at: datetime | None
    waits_since: datetime | None
    bring: Bring | None
    merged_into: str | None
    erased: bool
    revision: int


# Who says that it is not over yet, with or without words, waits from then on.
REOPENED_AT = case((ENTRY.c.realm == Realm.PUBLIC, ISSUE_STEP.c.began_at))
SELECT = select(
    ISSUE,
    ISSUE_STEP.c.state,
    REOPENED_AT.label("reopened_at"),
    DEVICE.c.asset_number,
    DEVICE.c.call_number,
    DEVICE.c.model,
    DEVICE.c.pool_id,
    POOL.c.name.label("pool_name"),
    AT.c.code.label("at_code"),
    AT.c.name.label("at_name"),
    BRING.c.code.label("bring_code"),
    BRING.c.name.label("bring_name"),
    OFFICER.c.office,
    PERSON.c.name.label("officer_name"),
    PERSON.c.phone.label("officer_phone"),
    PERSON.c.email.label("officer_email"),
    PERSON.c.erased_at.label("officer_erased"),
    DISTRICT.c.name.label("district_name"),
    LOAN.c.number.label("loan_number"),
).select_from(
    ISSUE.join(ISSUE_STEP, and_(ISSUE_STEP.c.issue_id == ISSUE.c.id, ISSUE_STEP.c.ended_at.is_(None)))
    .outerjoin(ENTRY, ISSUE_STEP.c.entry == ENTRY.c.seq)
    .outerjoin(DEVICE, ISSUE.c.device_id == DEVICE.c.id)
    .outerjoin(POOL, DEVICE.c.pool_id == POOL.c.id)
    .outerjoin(AT, ISSUE.c.venue_id == AT.c.id)
    .outerjoin(BRING, ISSUE.c.bring_venue_id == BRING.c.id)
    .outerjoin(OFFICER, ISSUE.c.officer_id == OFFICER.c.id)
    .outerjoin(PERSON, OFFICER.c.person_id == PERSON.c.id)
    .outerjoin(LOAN, ISSUE.c.loan_id == LOAN.c.id)
    .outerjoin(ASSOCIATION, LOAN.c.association_id == ASSOCIATION.c.id)
    .outerjoin(DISTRICT, ASSOCIATION.c.district_id == DISTRICT.c.id)
)
ANSWER = and_(ISSUE_MESSAGE.c.author == Author.OFFICE, ISSUE_MESSAGE.c.channel != MessageChannel.NOTE)
ANSWERED_AT = case((ANSWER, ISSUE_MESSAGE.c.written_at))
ASKED_AT = case((ISSUE_MESSAGE.c.author == Author.REPORTER, ISSUE_MESSAGE.c.written_at))


def lines(session: Session, rows: Sequence[Any]) -> list[IssueLine]:
    """Two statements for any number of reports: who had the devices, and when either side spoke."""
    if not rows:
        return []
    borrowers = _borrowers(session, {row.loan_id for row in rows if row.loan_id is not None})
    talks = _talks(session, {row.merged_into_id or row.id for row in rows})
    return [IssueLine(**values_of(row, borrowers, talks)) for row in rows]


def _borrowers(session: Session, loans: set[int]) -> dict[int, Borrower]:
    if not loans:
        return {}
    query = select(LOAN.c.id, *COLUMNS).select_from(with_borrower(LOAN)).where(LOAN.c.id.in_(loans))
    return {row.id: borrower_of(row) for row in session.connection().execute(query)}


def _talks(session: Session, targets: set[int]) -> dict[int, Any]:
    """First answer, last answer and last word of a reporter by report, with all that was merged into it."""
    target = func.coalesce(ISSUE.c.merged_into_id, ISSUE.c.id)
    query = (
        select(
            target.label("target"),
            func.min(ANSWERED_AT).label("first"),
            func.max(ANSWERED_AT).label("last"),
            func.max(ASKED_AT).label("asked"),
        )
        .select_from(ISSUE.join(ISSUE_MESSAGE, ISSUE_MESSAGE.c.issue_id == ISSUE.c.id))
        .where(or_(ISSUE.c.id.in_(targets), ISSUE.c.merged_into_id.in_(targets)))
        .group_by(target)
    )
    return {row.target: row for row in session.connection().execute(query)}


def waits_since(
    state: IssueState, received: datetime, answered: datetime | None, asked: datetime | None, reopened: datetime | None
) -> datetime | None:
    """Since when somebody waits for the office: from the first word that came after its last."""
    if state is IssueState.RESOLVED:
        return None
    if answered is None:
        # Who was asked for something without a word in the ledger was asked on the telephone.
        return asked if state is IssueState.WAITING else received
    return min((moment for moment in (asked, reopened) if moment is not None and moment > answered), default=None)


def values_of(row: Any, borrowers: dict[int, Borrower], talks: dict[int, Any]) -> dict[str, Any]:
    """The fields of an ``IssueLine`` from a row of ``SELECT``."""
    talk = talks.get(row.merged_into_id or row.id)
    first, last, asked = (talk.first, talk.last, talk.asked) if talk else (None, None, None)
    return {
        "id": str(row.id),
        "receipt": spoken_receipt(row.receipt),
        "category": row.category,
        "phrases": row.phrases,
        "text": row.words,
        "state": row.state,
        "device": _device(row),
        "venue": VenueOfIssue(code=row.at_code, name=row.at_name) if row.at_code else None,
        "loan": row.loan_number,
        "borrower": borrowers.get(row.loan_id),
        "district": row.district_name,
        "officer": _officer(row),
        "reporter_name": row.reporter_name,
        "phone": row.phone,
        "email": row.email,
        "call_time": row.call_time,
        "on_behalf": row.on_behalf,
        "self_solved": row.self_solved,
        "received_at": row.received_at,
        "first_answer_at": first,
        "waits_since": waits_since(row.state, row.received_at, last, asked, row.reopened_at),
        "bring": Bring(venue=row.bring_code, name=row.bring_name, on=row.bring_on) if row.bring_code else None,
        "merged_into": str(row.merged_into_id) if row.merged_into_id else None,
        "erased": row.erased_at is not None,
        "revision": row.revision,
    }


def _device(row: Any) -> DeviceOfIssue | None:
    if row.asset_number is None:
        return None
    return DeviceOfIssue(
        asset_number=row.asset_number,
        call_number=row.call_number,
        model=row.model,
        pool=row.pool_id,
        pool_name=row.pool_name,
    )


def _officer(row: Any) -> OfficerOfIssue | None:
    if row.officer_id is None:
        return None
    name = "（消去ずみ）" if row.officer_erased else row.officer_name
    return OfficerOfIssue(
        id=str(row.officer_id), name=name, office=row.office, phone=row.officer_phone, email=row.officer_email
    )


def spoken_receipt(receipt: str) -> str:
    """482-173, as it is read out on the telephone."""
    return f"{receipt[:3]}-{receipt[3:]}"
