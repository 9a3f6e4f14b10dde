"""To whom a loan goes, as ordered: the borrower's row and the officer who answers for it."""

from datetime import date
from typing import Any

from pydantic import model_validator
from sqlalchemy import Date, bindparam, func, select
from sqlmodel import Session

from inventory.borrowers import ASSOCIATION, COURSE, COURSE_VENUE, DISTRICT, OFFICER, PERSON, VENUE, Borrower
from inventory.devices import find_device
from inventory.errors import NotFound
from inventory.shapes import AssetNumber, Identifier, Name, Shape, row_id

BORROWER_COLUMNS = ("association_id", "course_id", "venue_id", "section", "substitute_for_id")

_ASSOCIATION = select(ASSOCIATION.c.id).where(ASSOCIATION.c.id == bindparam("id"))
_COURSE = select(COURSE.c.id).where(COURSE.c.id == bindparam("id"))
_DAY = bindparam("day", type_=Date)
_IN_CHARGE = (
    select(OFFICER.c.id)
    .join(PERSON, OFFICER.c.person_id == PERSON.c.id)
    .where(
        OFFICER.c.association_id == bindparam("association"),
        PERSON.c.erased_at.is_(None),
        OFFICER.c.from_on <= _DAY,
        func.coalesce(OFFICER.c.until_on, _DAY) >= _DAY,
    )
    .order_by((OFFICER.c.office == "会長").desc(), OFFICER.c.from_on.desc(), OFFICER.c.id.desc())
    .limit(1)
)


class Target(Shape):
    """Exactly one of the borrowers. ``substitute_for`` is the asset number of a device in repair."""

    association: Identifier | None = None
    course: Identifier | None = None
    venue: Identifier | None = None
    section: Name | None = None
    substitute_for: AssetNumber | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "Target":
        if sum(value is not None for value in self.__dict__.values()) != 1:
            raise ValueError("貸出先を1つ選んでください")
        return self


def borrower_columns(session: Session, target: Target, day: date) -> dict[str, Any]:
    """The loan's borrower columns and the officer in charge on this day.

    Raises:
        NotFound: the borrower does not exist.
    """
    values: dict[str, Any] = dict.fromkeys((*BORROWER_COLUMNS, "officer_id"))
    connection = session.connection()
    if target.association is not None:
        found = connection.execute(_ASSOCIATION, {"id": row_id(target.association)}).scalar()
        values["association_id"] = _must_exist(found, "自治会")
        values["officer_id"] = officer_in_charge(session, values["association_id"], day)
    elif target.course is not None:
        found = connection.execute(_COURSE, {"id": row_id(target.course)}).scalar()
        values["course_id"] = _must_exist(found, "講座")
    elif target.venue is not None:
        found = connection.execute(select(VENUE.c.id).where(VENUE.c.code == target.venue)).scalar()
        values["venue_id"] = _must_exist(found, "会場")
    elif target.section is not None:
        values["section"] = target.section
    else:
        assert target.substitute_for is not None
        values["substitute_for_id"] = find_device(session, target.substitute_for).id
    return values


def borrower_card(session: Session, target: Target) -> Borrower | None:
    """The borrower that a target names, as the screen says it; None when there is no such borrower any more."""
    connection = session.connection()
    if target.association is not None:
        query = (
            select(ASSOCIATION.c.name, DISTRICT.c.name.label("district"))
            .select_from(ASSOCIATION.outerjoin(DISTRICT, ASSOCIATION.c.district_id == DISTRICT.c.id))
            .where(ASSOCIATION.c.id == row_id(target.association))
        )
        row = connection.execute(query).first()
        name = f"{row.district} {row.name}" if row and row.district else row.name if row else ""
        return Borrower(type="association", id=target.association, name=name) if row else None
    if target.course is not None:
        query = (
            select(COURSE.c.title, COURSE_VENUE.c.name)
            .select_from(COURSE.outerjoin(COURSE_VENUE, COURSE.c.venue_id == COURSE_VENUE.c.id))
            .where(COURSE.c.id == row_id(target.course))
        )
        row = connection.execute(query).first()
        return Borrower(type="course", id=target.course, name=f"{row.name or ''}「{row.title}」") if row else None
    if target.venue is not None:
        found = connection.execute(select(VENUE.c.name).where(VENUE.c.code == target.venue)).scalar()
        return Borrower(type="venue", id=target.venue, name=found) if found else None
    if target.section is not None:
        return Borrower(type="section", id=target.section, name=target.section)
    return Borrower(type="substitute", id=str(target.substitute_for), name=f"{target.substitute_for} の代替機")


def officer_in_charge(session: Session, association: int, day: date) -> int | None:
    """Row number of the officer who answers for the association on this day: the 会長 before any other office."""
    return session.connection().execute(_IN_CHARGE, {"association": association, "day": day}).scalar()


def _must_exist(found: int | None, word: str) -> int:
    if found is None:
        raise NotFound(f"その{word}は見つかりません。一覧から選んでください。")
    return found
