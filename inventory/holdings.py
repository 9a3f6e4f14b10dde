"""What an association has of the city and what came of it: word that a device is at hand, reports, transfers, papers.

One set of statements for a whole association, however many devices and years it has; each list is bounded.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlmodel import Session, SQLModel

from inventory.agreement_sheets import AGREEMENT, TRANSFER
from inventory.borrowers import LOAN, OFFICER, PERSON
from inventory.devices import DEVICE, ITEM
from inventory.issue_steps import ISSUE, ISSUE_STEP
from inventory.loans import OfficerInCharge
from inventory.shapes import Card, row_id
from inventory.tables import Handover, IssueCategory, IssueState, PresenceChannel, Usage

PRESENCE = SQLModel.metadata.tables["presence"]
PRESENCE_ROUND = SQLModel.metadata.tables["presence_round"]
# More than any association has; the newest stand first.
_MOST = 50


class DeviceSeen(Card):
    """The newest word about a device that is out on a loan, and the 所在確認 that asked for it."""

    asset_number: str
    in_hand: bool
    usage: Usage | None
    channel: PresenceChannel
    confirmed_at: datetime
    round: str
    round_name: str


class ReportedTrouble(Card):
    """A report about a device that the association has or had. ``since`` is when it came into its state."""

    id: str
    receipt: str
    category: IssueCategory
    state: IssueState
    since: datetime
    received_at: datetime
    asset_number: str | None
    self_solved: bool

    @property
    def open(self) -> bool:
        return self.state is not IssueState.RESOLVED


class PassedLoan(Card):
    """A loan that passed to a successor. ``checked_at`` is None while the hand-over check is still to come."""

    loan: str
    way: Handover
    transferred_at: datetime
    checked_at: datetime | None
    giver: OfficerInCharge | None
    taker: OfficerInCharge


class KeptAgreement(Card):
    """An agreement that a later one superseded. It is kept as it was signed."""

    id: str
    loan: str
    signed_at: datetime
    superseded_at: datetime
    officer: OfficerInCharge | None


class Holdings(Card):
    """``seen`` maps the asset number of each device that is out to the newest word about it."""

    seen: dict[str, DeviceSeen]
    troubles: list[ReportedTrouble]
    passed: list[PassedLoan]
    kept: list[KeptAgreement]
    round_open: bool


def holdings(session: Session, association: str, *, day: date) -> Holdings:
    """What stands on the page of an association besides its officers and its open loans."""
    number = row_id(association)
    running = select(PRESENCE_ROUND.c.id).where(PRESENCE_ROUND.c.opens_on <= day, PRESENCE_ROUND.c.closes_on >= day)
    return Holdings(
        seen=_seen(session, number),
        troubles=_troubles(session, number),
        passed=_passed(session, number),
        kept=_kept(session, number),
        round_open=session.connection().execute(running).first() is not None,
    )


def _seen(session: Session, association: int) -> dict[str, DeviceSeen]:
    query = (
        select(PRESENCE, PRESENCE_ROUND.c.name.label("round_name"), DEVICE.c.asset_number)
        .select_from(
            LOAN.join(ITEM, and_(ITEM.c.loan_id == LOAN.c.id, ITEM.c.returned_at.is_(None)))
            .join(DEVICE, ITEM.c.device_id == DEVICE.c.id)
            .join(PRESENCE, and_(PRESENCE.c.loan_id == LOAN.c.id, PRESENCE.c.device_id == ITEM.c.device_id))
            .join(PRESENCE_ROUND, PRESENCE.c.round_id == PRESENCE_ROUND.c.id)
        )
        .where(LOAN.c.association_id == association)
        .order_by(PRESENCE.c.confirmed_at, PRESENCE.c.id)
    )
    # Later words overwrite earlier ones, so the newest stands.
    return {
        row.asset_number: DeviceSeen(
            asset_number=row.asset_number,
            in_hand=row.in_hand,
            usage=row.usage,
            channel=row.channel,
            confirmed_at=row.confirmed_at,
            round=str(row.round_id),
            round_name=row.round_name,
        )
        for row in session.connection().execute(query)
    }


def _troubles(session: Session, association: int) -> list[ReportedTrouble]:
    """Reports of whoever was its officer then, or about a loan of its own, without those merged into another."""
    query = (
        select(ISSUE, ISSUE_STEP.c.state, ISSUE_STEP.c.began_at, DEVICE.c.asset_number)
        .select_from(
            ISSUE.join(
                ISSUE_STEP, and_(ISSUE_STEP.c.issue_id == ISSUE.c.id, ISSUE_STEP.c.ended_at.is_(None))
            ).outerjoin(DEVICE, ISSUE.c.device_id == DEVICE.c.id)
        )
        .where(
            or_(
                ISSUE.c.officer_id.in_(_officers(association)),
                and_(ISSUE.c.officer_id.is_(None), ISSUE.c.loan_id.in_(_loans(association))),
            ),
            ISSUE.c.merged_into_id.is_(None),
        )
        .order_by(ISSUE.c.received_at.desc(), ISSUE.c.id.desc())
        .limit(_MOST)
    )
    found = [
        ReportedTrouble(
            id=str(row.id),
            receipt=row.receipt,
            category=row.category,
            state=row.state,
            since=row.began_at,
            received_at=row.received_at,
            asset_number=row.asset_number,
            self_solved=row.self_solved,
        )
        for row in session.connection().execute(query)
    ]
    return sorted(found, key=lambda trouble: not trouble.open)


def _passed(session: Session, association: int) -> list[PassedLoan]:
    before, after = OFFICER.alias("before"), OFFICER.alias("after")
    giver, taker = PERSON.alias("giver"), PERSON.alias("taker")
    query = (
        select(
            TRANSFER,
            LOAN.c.number,
            *_named(before, giver, "giver"),
            *_named(after, taker, "taker"),
        )
        .select_from(
            TRANSFER.join(LOAN, TRANSFER.c.loan_id == LOAN.c.id)
            .outerjoin(before, TRANSFER.c.from_officer_id == before.c.id)
            .outerjoin(giver, before.c.person_id == giver.c.id)
            .join(after, TRANSFER.c.to_officer_id == after.c.id)
            .join(taker, after.c.person_id == taker.c.id)
        )
        .where(
            or_(
                TRANSFER.c.from_officer_id.in_(_officers(association)),
                TRANSFER.c.to_officer_id.in_(_officers(association)),
            ),
            TRANSFER.c.undone_entry.is_(None),
        )
        .order_by(TRANSFER.c.transferred_at.desc(), TRANSFER.c.id.desc())
        .limit(_MOST)
    )
    found = []
    for row in session.connection().execute(query):
        taken = _officer(row, "taker")
        assert taken is not None
        found.append(
            PassedLoan(
                loan=row.number,
                way=row.way,
                transferred_at=row.transferred_at,
                checked_at=row.checked_at,
                giver=_officer(row, "giver"),
                taker=taken,
            )
        )
    return found


def _kept(session: Session, association: int) -> list[KeptAgreement]:
    query = (
        select(
            AGREEMENT.c.id,
            AGREEMENT.c.signed_at,
            AGREEMENT.c.superseded_at,
            LOAN.c.number,
            *_named(OFFICER, PERSON, "signer"),
        )
        .select_from(
            AGREEMENT.join(LOAN, AGREEMENT.c.loan_id == LOAN.c.id)
            .outerjoin(OFFICER, AGREEMENT.c.officer_id == OFFICER.c.id)
            .outerjoin(PERSON, OFFICER.c.person_id == PERSON.c.id)
        )
        .where(
            or_(AGREEMENT.c.loan_id.in_(_loans(association)), AGREEMENT.c.officer_id.in_(_officers(association))),
            AGREEMENT.c.superseded_at.is_not(None),
        )
        .order_by(AGREEMENT.c.superseded_at.desc(), AGREEMENT.c.id.desc())
        .limit(_MOST)
    )
    return [
        KeptAgreement(
            id=str(row.id),
            loan=row.number,
            signed_at=row.signed_at,
            superseded_at=row.superseded_at,
            officer=_officer(row, "signer"),
        )
        for row in session.connection().execute(query)
    ]


def _officers(association: int) -> Any:
    return select(OFFICER.c.id).where(OFFICER.c.association_id == association)


def _loans(association: int) -> Any:
    return select(LOAN.c.id).where(LOAN.c.association_id == association)


def _named(officer: Any, person: Any, who: str) -> list[Any]:
    """The columns that ``_officer`` reads."""
    return [
        officer.c.id.label(f"{who}_id"),
        officer.c.office.label(f"{who}_office"),
        person.c.name.label(f"{who}_name"),
        person.c.erased_at.label(f"{who}_erased"),
    ]


def _officer(row: Any, who: str) -> OfficerInCharge | None:
    number = getattr(row, f"{who}_id")
    if number is None:
        return None
    name = "（消去ずみ）" if getattr(row, f"{who}_erased") else getattr(row, f"{who}_name")
    return OfficerInCharge(id=str(number), name=name, office=getattr(row, f"{who}_office"))
