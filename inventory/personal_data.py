"""Everything the ledger holds about one person, for whoever asks to see it (開示請求).

Found by the same rows as an erasure would blank, so that what is shown and what can be erased are the same.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import Session, SQLModel

from inventory.borrowers import ASSOCIATION, LOAN, OFFICER
from inventory.devices import DEVICE, ITEM
from inventory.erasing import PersonCard, person_card
from inventory.issue_steps import ISSUE, ISSUE_MESSAGE
from inventory.personal_rows import AGREEMENT, PICTURE, PRESENCE, REMINDER, Scope, scope_of
from inventory.shapes import Card
from inventory.supporters_held import SupporterHeld, supporters_of
from inventory.tables import (
    Author,
    Decision,
    IssueCategory,
    MessageChannel,
    PresenceChannel,
    ReminderChannel,
    ReminderOutcome,
    SignMethod,
    Usage,
)

APPLICATION = SQLModel.metadata.tables["application"]
ROUND = SQLModel.metadata.tables["presence_round"]


class OfficeHeld(Card):
    """``until`` is the last day, null while it is not known."""

    association_id: str
    association: str
    office: str
    since: date
    until: date | None


class LoanHeld(Card):
    """``in_charge``: the person answers for the loan now, and not only before it passed to a successor."""

    number: str
    lent_at: datetime
    devices: list[str]
    open: bool
    in_charge: bool
    purpose: str | None
    note: str | None


class PictureHeld(Card):
    """``address`` gives the bytes to whoever may see them; null once erased."""

    sha256: str
    received_at: datetime
    address: str | None


class AgreementHeld(Card):
    loan: str
    signed_at: datetime
    method: SignMethod
    signed_name: str | None
    by_proxy: bool
    relation: str | None
    signature_sha256: str | None
    has_signature: bool
    superseded_at: datetime | None
    erased_at: datetime | None
    scans: list[PictureHeld]


class ApplicationHeld(Card):
    applied_on: date
    quantity: int
    purpose: str | None
    note: str | None
    decision: Decision | None
    decided_on: date | None
    decision_reason: str | None


class MessageHeld(Card):
    author: Author
    channel: MessageChannel
    written_at: datetime
    words: str | None


class ReportHeld(Card):
    receipt: str
    received_at: datetime
    category: IssueCategory
    phrases: list[str]
    words: str | None
    reporter_name: str | None
    phone: str | None
    email: str | None
    erased_at: datetime | None
    messages: list[MessageHeld]
    pictures: list[PictureHeld]


class ReminderHeld(Card):
    on: date
    channel: ReminderChannel
    loans: list[str]
    outcome: ReminderOutcome | None
    note: str | None


class PresenceHeld(Card):
    round: str
    device: str
    confirmed_at: datetime
    channel: PresenceChannel
    in_hand: bool
    usage: Usage | None
    note: str | None


class PersonalRecord(Card):
    """What the ledger holds about one person, the newest first in each list."""

    person: PersonCard
    as_of: datetime
    offices: list[OfficeHeld]
    loans: list[LoanHeld]
    agreements: list[AgreementHeld]
    applications: list[ApplicationHeld]
    reports: list[ReportHeld]
    reminders: list[ReminderHeld]
    presences: list[PresenceHeld]
    supporters: list[SupporterHeld]


def personal_record(session: Session, person: str, *, now: datetime) -> PersonalRecord:
    """Raises NotFound when there is no such person."""
    scope = scope_of(session, person)
    return PersonalRecord(
        person=person_card(session, person),
        as_of=now,
        offices=_offices(session, scope),
        loans=_loans(session, scope),
        agreements=_agreements(session, scope),
        applications=_applications(session, scope),
        reports=_reports(session, scope),
        reminders=_reminders(session, scope),
        presences=_presences(session, scope),
        supporters=supporters_of(session, scope),
    )


def _all(session: Session, query: Select[Any]) -> list[Any]:
    return list(session.connection().execute(query).all())


def _offices(session: Session, scope: Scope) -> list[OfficeHeld]:
    query = (
        select(OFFICER, ASSOCIATION.c.name)
        .join(ASSOCIATION, OFFICER.c.association_id == ASSOCIATION.c.id)
        .where(OFFICER.c.person_id == scope.person.id)
        .order_by(OFFICER.c.from_on.desc(), OFFICER.c.id.desc())
    )
    return [
        OfficeHeld(
            association_id=str(row.association_id),
            association=row.name,
            office=row.office,
            since=row.from_on,
            until=row.until_on,
        )
        for row in _all(session, query)
    ]


def _loans(session: Session, scope: Scope) -> list[LoanHeld]:
    items = (
        select(ITEM.c.loan_id, ITEM.c.returned_at, DEVICE.c.asset_number)
        .join(DEVICE, ITEM.c.device_id == DEVICE.c.id)
        .where(ITEM.c.loan_id.in_(scope.about.loans), ITEM.c.undone_entry.is_(None))
        .order_by(ITEM.c.id)
    )
    devices: dict[int, list[Any]] = {}
    for item in _all(session, items):
        devices.setdefault(item.loan_id, []).append(item)
    query = select(LOAN).where(LOAN.c.id.in_(scope.about.loans)).order_by(LOAN.c.id.desc())
    return [
        LoanHeld(
            number=row.number,
            lent_at=row.lent_at,
            devices=[item.asset_number for item in devices.get(row.id, [])],
            open=any(item.returned_at is None for item in devices.get(row.id, [])),
            in_charge=row.officer_id in scope.about.officers,
            purpose=row.purpose,
            note=row.note,
        )
        for row in _all(session, query)
    ]


def _agreements(session: Session, scope: Scope) -> list[AgreementHeld]:
    columns = [column for column in AGREEMENT.c if column is not AGREEMENT.c.signature]
    query = (
        select(*columns, AGREEMENT.c.signature.is_not(None).label("drawn"), LOAN.c.number)
        .join(LOAN, AGREEMENT.c.loan_id == LOAN.c.id)
        .where(AGREEMENT.c.officer_id.in_(scope.about.officers))
        .order_by(AGREEMENT.c.id.desc())
    )
    rows = _all(session, query)
    scans = _pictures(session, PICTURE.c.agreement_id, [row.id for row in rows])
    return [
        AgreementHeld(
            loan=row.number,
            signed_at=row.signed_at,
            method=row.method,
            signed_name=row.signed_name,
            by_proxy=row.by_proxy,
            relation=row.relation,
            signature_sha256=row.signature_sha256,
            has_signature=row.drawn,
            superseded_at=row.superseded_at,
            erased_at=row.erased_at,
            scans=scans.get(row.id, []),
        )
        for row in rows
    ]


def _pictures(session: Session, of: Any, rows: list[int]) -> dict[int, list[PictureHeld]]:
    query = (
        select(
            PICTURE.c.id,
            PICTURE.c.sha256,
            PICTURE.c.received_at,
            PICTURE.c.content.is_not(None).label("kept"),
            of.label("thing"),
        )
        .where(of.in_(rows))
        .order_by(PICTURE.c.id)
    )
    found: dict[int, list[PictureHeld]] = {}
    for row in _all(session, query):
        address = f"/api/pictures/{row.id}" if row.kept else None
        held = PictureHeld(sha256=row.sha256, received_at=row.received_at, address=address)
        found.setdefault(row.thing, []).append(held)
    return found


def _applications(session: Session, scope: Scope) -> list[ApplicationHeld]:
    query = (
        select(APPLICATION).where(APPLICATION.c.officer_id.in_(scope.about.officers)).order_by(APPLICATION.c.id.desc())
    )
    names = ApplicationHeld.model_fields
    return [ApplicationHeld(**{name: getattr(row, name) for name in names}) for row in _all(session, query)]


def _reports(session: Session, scope: Scope) -> list[ReportHeld]:
    query = select(ISSUE).where(ISSUE.c.id.in_(scope.about.reports)).order_by(ISSUE.c.id.desc())
    rows = _all(session, query)
    said: dict[int, list[MessageHeld]] = {}
    messages = (
        select(ISSUE_MESSAGE).where(ISSUE_MESSAGE.c.issue_id.in_(scope.about.reports)).order_by(ISSUE_MESSAGE.c.id)
    )
    for message in _all(session, messages):
        held = MessageHeld(
            author=message.author, channel=message.channel, written_at=message.written_at, words=message.words
        )
        said.setdefault(message.issue_id, []).append(held)
    pictures = _pictures(session, PICTURE.c.issue_id, [row.id for row in rows])
    plain = [name for name in ReportHeld.model_fields if name not in ("messages", "pictures")]
    return [
        ReportHeld(
            **{name: getattr(row, name) for name in plain},
            messages=said.get(row.id, []),
            pictures=pictures.get(row.id, []),
        )
        for row in rows
    ]


def _reminders(session: Session, scope: Scope) -> list[ReminderHeld]:
    query = select(REMINDER).where(REMINDER.c.person_id == scope.person.id).order_by(REMINDER.c.id.desc())
    return [
        ReminderHeld(on=row.on_day, channel=row.channel, loans=row.loans, outcome=row.outcome, note=row.note)
        for row in _all(session, query)
    ]


def _presences(session: Session, scope: Scope) -> list[PresenceHeld]:
    query = (
        select(PRESENCE, ROUND.c.name, DEVICE.c.asset_number)
        .join(ROUND, PRESENCE.c.round_id == ROUND.c.id)
        .join(DEVICE, PRESENCE.c.device_id == DEVICE.c.id)
        .where(PRESENCE.c.officer_id.in_(scope.about.officers))
        .order_by(PRESENCE.c.id.desc())
    )
    return [
        PresenceHeld(
            round=row.name,
            device=row.asset_number,
            confirmed_at=row.confirmed_at,
            channel=row.channel,
            in_hand=row.in_hand,
            usage=row.usage,
            note=row.note,
        )
        for row in _all(session, query)
    ]
