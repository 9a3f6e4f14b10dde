"""Who has a loan: an association through its officer, a course, a venue, a section, or a device in repair."""

from datetime import date
from typing import Any

from sqlalchemy import Column, ColumnElement, FromClause, func
from sqlmodel import SQLModel

from inventory.shapes import Card

_tables = SQLModel.metadata.tables
LOAN = _tables["loan"]
ASSOCIATION = _tables["association"]
DISTRICT = _tables["district"]
OFFICER = _tables["officer"]
PERSON = _tables["person"]
COURSE = _tables["course"]
VENUE = _tables["venue"]
COURSE_VENUE = VENUE.alias("course_venue")
SUBSTITUTED = _tables["device"].alias("substituted")


class Borrower(Card):
    """``type`` is association, course, venue, section or substitute; ``name`` is what the screen says."""

    type: str
    id: str
    name: str


def with_borrower(loans: FromClause) -> FromClause:
    """A join that reaches everything ``COLUMNS`` names, from a FROM clause that holds the loan."""
    return (
        loans.outerjoin(ASSOCIATION, LOAN.c.association_id == ASSOCIATION.c.id)
        .outerjoin(DISTRICT, ASSOCIATION.c.district_id == DISTRICT.c.id)
        .outerjoin(OFFICER, LOAN.c.officer_id == OFFICER.c.id)
        .outerjoin(COURSE, LOAN.c.course_id == COURSE.c.id)
        .outerjoin(COURSE_VENUE, COURSE.c.venue_id == COURSE_VENUE.c.id)
        .outerjoin(VENUE, LOAN.c.venue_id == VENUE.c.id)
        .outerjoin(SUBSTITUTED, LOAN.c.substitute_for_id == SUBSTITUTED.c.id)
    )


COLUMNS: list[Column[Any] | ColumnElement[Any]] = [
    LOAN.c.number.label("loan_number"),
    LOAN.c.association_id,
    LOAN.c.course_id,
    LOAN.c.venue_id,
    LOAN.c.section,
    ASSOCIATION.c.name.label("association_name"),
    DISTRICT.c.name.label("district_name"),
    COURSE.c.title.label("course_title"),
    COURSE_VENUE.c.name.label("course_venue_name"),
    VENUE.c.code.label("venue_code"),
    VENUE.c.name.label("venue_name"),
    SUBSTITUTED.c.asset_number.label("substituted_number"),
    LOAN.c.due_on,
    LOAN.c.due_at,
    LOAN.c.end_of_office,
    LOAN.c.installed,
    OFFICER.c.until_on.label("office_until"),
]

# The day a loan is due: its own, or the last day of its officer's term, which may not be known yet.
DUE_DAY = func.coalesce(LOAN.c.due_on, OFFICER.c.until_on)


def borrower_of(row: Any) -> Borrower:
    """The borrower in a row that holds ``COLUMNS``."""
    if row.association_id is not None:
        name = f"{row.district_name} {row.association_name}" if row.district_name else row.association_name
        return Borrower(type="association", id=str(row.association_id), name=name)
    if row.course_id is not None:
        title = f"「{row.course_title}」"
        return Borrower(type="course", id=str(row.course_id), name=f"{row.course_venue_name or ''}{title}")
    if row.venue_id is not None:
        return Borrower(type="venue", id=row.venue_code, name=row.venue_name)
    if row.section is not None:
        return Borrower(type="section", id=row.section, name=row.section)
    return Borrower(type="substitute", id=row.substituted_number, name=f"{row.substituted_number} の代替機")


def due_day_of(row: Any) -> date | None:
    """The day in a row that holds ``COLUMNS``; None while the end of office is not known."""
    day: date | None = row.due_on if row.due_on is not None else row.office_until
    return day
