"""Loans and the terms of office they hang on: whose ends soon, who has left, what a transfer still waits for.

What is shown are facts of the ledger: whose loan it is, when that term ended or who began in the same office. Where a
device really lies nobody here guesses.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, exists, func, not_, or_, select
from sqlmodel import Session

from inventory.agreement_sheets import AGREEMENT, TRANSFER
from inventory.borrowers import ASSOCIATION, DISTRICT, LOAN, OFFICER
from inventory.calendar import today
from inventory.devices import DEVICE, HOLD, ITEM, POOL
from inventory.loans import LoanCard, cards_where
from inventory.officers import OfficerCard, heads_of, without_contacts
from inventory.shapes import Card, row_id
from inventory.tables import Handover, HoldReason

# Of these offices there is one at a time; several may be 副会長, and the earlier is none the less in office.
_ONE_AT_A_TIME = ("会長", "自治会長", "町会長", "町内会長", "区長")
# How many days ahead an end of office is near.
NEAR = 60
# More loans than these are not listed at once; a district is chosen then.
SHOWN = 1000


class TermStage(StrEnum):
    """Why a loan is on the list. A loan can be there for several reasons."""

    BEHIND = "behind"
    ENDING = "ending"
    UNKNOWN = "unknown"
    WIPING = "wiping"
    CHECKING = "checking"
    UNSIGNED = "unsigned"


class TermLoan(Card):
    """An open loan of an association.

    ``office_from`` and ``office_until`` are the term of the officer whose loan it is; ``successor`` who heads the
    association today, or will next, when that is somebody else; ``ready``: the loan can pass to them now.
    """

    loan: LoanCard
    stages: list[TermStage]
    association: str
    district: str | None
    office_from: date | None
    office_until: date | None
    successor: OfficerCard | None
    ready: bool
    transferred_at: datetime | None
    way: Handover | None


class LeftBehind(Card):
    """How many loans stayed with whoever left office, and how many devices are out on them."""

    loans: int
    devices: int


class TermList(Card):
    """``more``: the list was cut at ``SHOWN``."""

    items: list[TermLoan]
    more: bool


_SUCCESSOR = OFFICER.alias("successor")
_PASSED = TRANSFER.alias("passed")
_LATEST = (
    select(func.max(_PASSED.c.id))
    .where(_PASSED.c.loan_id == LOAN.c.id, _PASSED.c.undone_entry.is_(None))
    .correlate(LOAN)
    .scalar_subquery()
)
_OUT = LOAN.c.id.in_(select(ITEM.c.loan_id).where(ITEM.c.returned_at.is_(None)))
_WIPING = and_(
    TRANSFER.c.way == Handover.WIPE,
    exists().where(
        ITEM.c.loan_id == LOAN.c.id,
        ITEM.c.returned_at.is_(None),
        HOLD.c.device_id == ITEM.c.device_id,
        HOLD.c.reason == HoldReason.WIPE,
        HOLD.c.closed_at.is_(None),
    ),
)
_CHECKING = and_(TRANSFER.c.way == Handover.CHECK, TRANSFER.c.checked_at.is_(None))
_UNSIGNED = and_(
    not_(exists().where(AGREEMENT.c.loan_id == LOAN.c.id, AGREEMENT.c.superseded_at.is_(None))),
    exists().where(
        ITEM.c.loan_id == LOAN.c.id,
        ITEM.c.undone_entry.is_(None),
        ITEM.c.device_id == DEVICE.c.id,
        DEVICE.c.pool_id == POOL.c.id,
        POOL.c.agreement_required,
    ),
)


def _conditions(day: date) -> dict[TermStage, Any]:
    """What each stage is on a day, as a condition on the loan, its officer and its last transfer."""
    succeeded = exists().where(
        _SUCCESSOR.c.association_id == OFFICER.c.association_id,
        OFFICER.c.office.in_(_ONE_AT_A_TIME),
        _SUCCESSOR.c.office == OFFICER.c.office,
        _SUCCESSOR.c.from_on > OFFICER.c.from_on,
        _SUCCESSOR.c.from_on <= day,
    )
    behind = and_(OFFICER.c.id.is_not(None), or_(func.coalesce(OFFICER.c.until_on, day) < day, succeeded))
    near = and_(OFFICER.c.until_on >= day, OFFICER.c.until_on <= day + timedelta(days=NEAR))
    return {
        TermStage.BEHIND: behind,
        TermStage.ENDING: and_(near, not_(succeeded)),
        TermStage.UNKNOWN: and_(OFFICER.c.until_on.is_(None), not_(succeeded)),
        TermStage.WIPING: _WIPING,
        TermStage.CHECKING: _CHECKING,
        # Nobody is asked to sign for what somebody else ought to take over.
        TermStage.UNSIGNED: and_(_UNSIGNED, not_(behind)),
    }


def list_terms(
    session: Session,
    *,
    now: datetime,
    district: str | None = None,
    stage: TermStage | None = None,
    limit: int = SHOWN,
) -> TermList:
    """Open loans of associations that a term of office concerns, by district and association."""
    day = today(now)
    conditions = _conditions(day)
    query = (
        select(
            LOAN.c.id,
            LOAN.c.number,
            LOAN.c.association_id,
            LOAN.c.officer_id,
            ASSOCIATION.c.name.label("association"),
            DISTRICT.c.name.label("district"),
            OFFICER.c.from_on,
            OFFICER.c.until_on,
            TRANSFER.c.transferred_at,
            TRANSFER.c.way,
            *(func.coalesce(condition, False).label(name.value) for name, condition in conditions.items()),
        )
        .select_from(
            LOAN.join(ASSOCIATION, LOAN.c.association_id == ASSOCIATION.c.id)
            .outerjoin(DISTRICT, ASSOCIATION.c.district_id == DISTRICT.c.id)
            .outerjoin(OFFICER, LOAN.c.officer_id == OFFICER.c.id)
            .outerjoin(TRANSFER, TRANSFER.c.id == _LATEST)
        )
        .where(_OUT, conditions[stage] if stage else or_(*conditions.values()))
        .order_by(
            func.coalesce(DISTRICT.c.name_kana, DISTRICT.c.name, ""),
            ASSOCIATION.c.name_kana,
            ASSOCIATION.c.id,
            LOAN.c.id,
        )
        .limit(limit + 1)
    )
    if district:
        query = query.where(ASSOCIATION.c.district_id == row_id(district))
    rows = session.connection().execute(query).all()
    return TermList(items=_cards(session, rows[:limit], now), more=len(rows) > limit)


def left_behind(session: Session, *, now: datetime) -> LeftBehind:
    query = (
        select(func.count(LOAN.c.id.distinct()), func.count())
        .select_from(LOAN.join(OFFICER, LOAN.c.officer_id == OFFICER.c.id).join(ITEM, ITEM.c.loan_id == LOAN.c.id))
        .where(ITEM.c.returned_at.is_(None), _conditions(today(now))[TermStage.BEHIND])
    )
    loans, devices = session.connection().execute(query).one()
    return LeftBehind(loans=loans, devices=devices)


def stages_of(session: Session, loan: str, *, now: datetime) -> list[TermStage]:
    """Why an association's loan is on the list; nothing for any other loan or once everything is back."""
    conditions = _conditions(today(now))
    query = (
        select(*(func.coalesce(condition, False).label(name.value) for name, condition in conditions.items()))
        .select_from(
            LOAN.outerjoin(OFFICER, LOAN.c.officer_id == OFFICER.c.id).outerjoin(TRANSFER, TRANSFER.c.id == _LATEST)
        )
        .where(LOAN.c.number == loan, LOAN.c.association_id.is_not(None), _OUT)
    )
    row = session.connection().execute(query).first()
    return [stage for stage in TermStage if row is not None and row._mapping[stage.value]]


def unsigned_loans(session: Session, *, now: datetime, district: str | None = None, limit: int = 300) -> list[str]:
    """Numbers of the loans whose 借用書 nobody has signed, in the order of the list: what is printed in one go."""
    found = list_terms(session, now=now, district=district, stage=TermStage.UNSIGNED, limit=limit)
    return [item.loan.number for item in found.items]


def _cards(session: Session, rows: Sequence[Any], now: datetime) -> list[TermLoan]:
    """Five statements for any number of loans: the rows, the loans, their items, who heads them now and soon."""
    if not rows:
        return []
    day = today(now)
    found = cards_where(session, LOAN.c.id.in_([row.id for row in rows]), now=now, limit=len(rows))
    loans = {card.number: card for card in found}
    associations = sorted({row.association_id for row in rows})
    heads, next_heads = (heads_of(session, associations, when) for when in (day, day + timedelta(days=NEAR)))
    return [_card(row, loans[row.number], heads, next_heads) for row in rows]


def _card(row: Any, loan: LoanCard, heads: dict[int, OfficerCard], next_heads: dict[int, OfficerCard]) -> TermLoan:
    mine = str(row.officer_id)
    head = heads.get(row.association_id)
    ready = head is not None and head.id != mine
    coming = next_heads.get(row.association_id)
    if not ready and coming is not None and coming.id not in (mine, head.id if head else None):
        head = coming.model_copy(update={"in_office": False})
    return TermLoan(
        loan=loan,
        stages=[stage for stage in TermStage if row._mapping[stage.value]],
        association=row.association,
        district=row.district,
        office_from=row.from_on,
        office_until=row.until_on,
        successor=without_contacts(head) if head is not None and head.id != mine else None,
        ready=ready,
        transferred_at=row.transferred_at,
        way=row.way,
    )
