"""Which rows hold what the ledger knows about a person: found by the person's number, and by telephone and mail."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlmodel import Session, SQLModel

from inventory.borrowers import LOAN, OFFICER, PERSON
from inventory.devices import ITEM
from inventory.errors import NotFound
from inventory.free_texts import About, words_of
from inventory.issue_steps import ISSUE, ISSUE_MESSAGE, ISSUE_STEP
from inventory.shapes import row_id
from inventory.tables import IssueState

_tables = SQLModel.metadata.tables
AGREEMENT = _tables["agreement"]
PICTURE = _tables["picture"]
PRESENCE = _tables["presence"]
REMINDER = _tables["reminder"]
SUPPORTER = _tables["supporter"]
TRANSFER = _tables["transfer"]


_OFFICE = OFFICER.alias("office_in_charge")
_IN_CHARGE = PERSON.alias("in_charge")


@dataclass(frozen=True)
class Scope:
    """The rows that belong to one person."""

    person: Any
    about: About


def scope_of(session: Session, person: str | int) -> Scope:
    """Raises NotFound when there is no such person."""
    number = person if isinstance(person, int) else row_id(person)
    connection = session.connection()
    row = connection.execute(select(PERSON).where(PERSON.c.id == number)).first()
    if row is None:
        raise NotFound("この人の記録は見つかりません。自治会の画面から開き直してください。")
    officers = tuple(connection.execute(select(OFFICER.c.id).where(OFFICER.c.person_id == number)).scalars())
    loans = set(connection.execute(select(LOAN.c.id).where(LOAN.c.officer_id.in_(officers))).scalars())
    passed = or_(TRANSFER.c.from_officer_id.in_(officers), TRANSFER.c.to_officer_id.in_(officers))
    loans |= set(connection.execute(select(TRANSFER.c.loan_id).where(passed)).scalars())
    signed = select(AGREEMENT.c.loan_id).where(AGREEMENT.c.officer_id.in_(officers))
    loans |= set(connection.execute(signed).scalars())
    # Whoever reports trouble at a hall leaves a telephone number, which is the person's as well.
    reached = exists().where(PERSON.c.id == number, left_by(PERSON.c)).correlate(ISSUE)
    own = or_(ISSUE.c.officer_id.in_(officers), reached)
    reports = tuple(connection.execute(select(ISSUE.c.id).where(own).order_by(ISSUE.c.id)).scalars())
    helps = tuple(connection.execute(select(SUPPORTER.c.id).where(SUPPORTER.c.person_id == number)).scalars())
    words = words_of(row.name, row.name_kana, row.phone, row.email)
    return Scope(row, About(officers, tuple(sorted(loans)), reports, words, helps))


def left_by(person: Any) -> ColumnElement[bool]:
    """The condition on a report that the telephone or mail in it is this person's (columns of ``PERSON``).

    Not where the device was somebody else's who has the same: a household has one telephone.
    """

    def same(contacts: Any) -> ColumnElement[bool]:
        return or_(
            func.replace(ISSUE.c.phone, "-", "") == func.replace(contacts.phone, "-", ""),
            func.lower(ISSUE.c.email) == func.lower(contacts.email),
        )

    shared = exists().where(
        _OFFICE.c.id == ISSUE.c.officer_id,
        _OFFICE.c.person_id == _IN_CHARGE.c.id,
        _IN_CHARGE.c.id != person.id,
        same(_IN_CHARGE.c),
    )
    return and_(same(person), ~shared.correlate(ISSUE, PERSON))


def agreements_left(session: Session, scope: Scope) -> list[int]:
    left = or_(
        AGREEMENT.c.signed_name.is_not(None), AGREEMENT.c.relation.is_not(None), AGREEMENT.c.signature.is_not(None)
    )
    return ids_where(session, AGREEMENT, AGREEMENT.c.officer_id.in_(scope.about.officers), left)


def scans_left(session: Session, scope: Scope) -> list[int]:
    of_person = select(AGREEMENT.c.id).where(AGREEMENT.c.officer_id.in_(scope.about.officers))
    return ids_where(session, PICTURE, PICTURE.c.agreement_id.in_(of_person), PICTURE.c.content.is_not(None))


def pictures_left(session: Session, scope: Scope) -> list[int]:
    return ids_where(session, PICTURE, PICTURE.c.issue_id.in_(scope.about.reports), PICTURE.c.content.is_not(None))


def reports_left(session: Session, reports: Collection[int]) -> list[int]:
    personal = [ISSUE.c[name].is_not(None) for name in ("words", "reporter_name", "phone", "email")]
    return ids_where(session, ISSUE, ISSUE.c.id.in_(reports), or_(*personal))


def messages_left(session: Session, reports: Collection[int]) -> list[int]:
    return ids_where(session, ISSUE_MESSAGE, ISSUE_MESSAGE.c.issue_id.in_(reports), ISSUE_MESSAGE.c.words.is_not(None))


def reminders_left(session: Session, scope: Scope) -> list[int]:
    return ids_where(session, REMINDER, REMINDER.c.person_id == scope.person.id, REMINDER.c.note.is_not(None))


def presences_left(session: Session, scope: Scope) -> list[int]:
    return ids_where(session, PRESENCE, PRESENCE.c.officer_id.in_(scope.about.officers), PRESENCE.c.note.is_not(None))


def supporters_left(session: Session, scope: Scope, day: date | None = None) -> list[int]:
    """Registrations as a supporter that still say something of the person, or have no end (by this day, if given)."""
    left = or_(SUPPORTER.c.note.is_not(None), SUPPORTER.c.ended_on.is_(None))
    if day is not None:
        left = or_(left, SUPPORTER.c.ended_on > day)
    return ids_where(session, SUPPORTER, SUPPORTER.c.id.in_(scope.about.supporters), left)


def open_loans(session: Session, scope: Scope) -> list[str]:
    query = (
        select(LOAN.c.number)
        .join(ITEM, ITEM.c.loan_id == LOAN.c.id)
        .where(LOAN.c.officer_id.in_(scope.about.officers), ITEM.c.returned_at.is_(None))
        .distinct()
        .order_by(LOAN.c.number)
    )
    return list(session.connection().execute(query).scalars())


def open_reports(session: Session, scope: Scope) -> list[str]:
    query = (
        select(ISSUE.c.receipt)
        .join(ISSUE_STEP, ISSUE_STEP.c.issue_id == ISSUE.c.id)
        .where(
            ISSUE.c.id.in_(scope.about.reports),
            ISSUE.c.merged_into_id.is_(None),
            ISSUE_STEP.c.ended_at.is_(None),
            ISSUE_STEP.c.state != IssueState.RESOLVED,
        )
        .order_by(ISSUE.c.id)
    )
    return list(session.connection().execute(query).scalars())


def ids_where(session: Session, table: Any, *where: Any) -> list[int]:
    return list(session.connection().execute(select(table.c.id).where(*where).order_by(table.c.id)).scalars())
