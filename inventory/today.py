"""What the day asks for: what is late, what comes back, what waits to be worked off, which courses are near."""

from datetime import datetime, timedelta

from sqlalchemy import and_, func, select
from sqlmodel import Session

from inventory.borrowers import DUE_DAY, LOAN, OFFICER
from inventory.calendar import jst_day_bounds, today
from inventory.conflicts import ConflictCard, count_conflicts, list_conflicts
from inventory.courses import CourseCard, list_courses
from inventory.devices import DEVICE, HOLD, ITEM
from inventory.issue_lists import NewReports, new_reports
from inventory.issue_works import SubstituteOut, substitutes_to_come_back
from inventory.loans import LoanCard, cards_where, list_loans
from inventory.losses import Loss, open_losses
from inventory.readiness import Readiness, readiness_of
from inventory.reminder_lists import count_doubtful
from inventory.shapes import Card
from inventory.tables import HoldReason
from inventory.terms import LeftBehind, left_behind

# What fits one sheet of A4; the page links to the whole list beyond it.
SHOWN = 20


class WaitingHold(Card):
    """Devices in stock that wait for the same work. ``oldest`` is when the first of them began to wait."""

    reason: HoldReason
    count: int
    oldest: datetime


class Today(Card):
    """``conflicts`` are late acts that a person has to settle; ``unsigned`` open loans that want a signature.
    ``doubtful_mails`` counts mails of which nobody knows whether they arrived. ``losses`` are lost devices that
    somebody could still read; ``substitutes`` stand-ins that are out though what they stood for is well again;
    ``behind`` is what stayed with heads who left; ``readiness`` says of each course whether it can be held."""

    overdue: list[LoanCard]
    overdue_total: int
    conflicts: list[ConflictCard]
    conflicts_total: int
    unsigned: list[LoanCard]
    unsigned_total: int
    due_today: list[LoanCard]
    due_today_devices: int
    waiting: list[WaitingHold]
    courses: list[CourseCard]
    readiness: dict[str, Readiness]
    doubtful_mails: int
    new_reports: NewReports
    losses: list[Loss]
    substitutes: list[SubstituteOut]
    behind: LeftBehind


def day_at_a_glance(session: Session, *, now: datetime) -> Today:
    day = today(now)
    overdue = cards_where(session, DUE_DAY < day, now=now, limit=SHOWN)
    due_today = cards_where(session, DUE_DAY == day, now=now, limit=SHOWN)
    begin, _ = jst_day_bounds(day)
    courses = list_courses(session, since=begin, until=begin + timedelta(days=8), limit=SHOWN)
    due = (
        select(func.count())
        .select_from(ITEM.join(LOAN, ITEM.c.loan_id == LOAN.c.id).outerjoin(OFFICER, LOAN.c.officer_id == OFFICER.c.id))
        .where(ITEM.c.returned_at.is_(None), DUE_DAY == day)
    )
    unsigned = list_loans(session, now=now, state="open", agreement="missing", limit=SHOWN, exact=True)
    return Today(
        overdue=overdue,
        overdue_total=list_loans(session, now=now, state="overdue", limit=1, exact=True).total or 0,
        conflicts=list_conflicts(session, limit=SHOWN).items,
        conflicts_total=count_conflicts(session),
        unsigned=unsigned.items,
        unsigned_total=unsigned.total or 0,
        due_today=due_today,
        due_today_devices=session.connection().execute(due).scalar_one(),
        waiting=_waiting(session),
        courses=courses.items,
        readiness=readiness_of(session, courses.items, now=now),
        doubtful_mails=count_doubtful(session, now=now),
        new_reports=new_reports(session),
        losses=open_losses(session, unlocked=True, limit=SHOWN),
        substitutes=substitutes_to_come_back(session, limit=SHOWN),
        behind=left_behind(session, now=now),
    )


def _waiting(session: Session) -> list[WaitingHold]:
    out = select(ITEM.c.device_id).where(ITEM.c.returned_at.is_(None))
    query = (
        select(HOLD.c.reason, func.count().label("devices"), func.min(HOLD.c.opened_at).label("oldest"))
        .join(DEVICE, HOLD.c.device_id == DEVICE.c.id)
        .where(and_(HOLD.c.closed_at.is_(None), DEVICE.c.retired_at.is_(None), HOLD.c.device_id.not_in(out)))
        .group_by(HOLD.c.reason)
    )
    found = {row.reason: row for row in session.connection().execute(query)}
    return [
        WaitingHold(reason=reason, count=found[reason].devices, oldest=found[reason].oldest)
        for reason in HoldReason
        if reason in found
    ]
