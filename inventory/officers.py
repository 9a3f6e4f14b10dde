"""Officers: who holds an office of an association, from when until when. Contacts stand in the person's own row."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from pydantic import Field, model_validator
from sqlalchemy import func, select, update
from sqlmodel import Session

from inventory import journal
from inventory.borrowers import OFFICER, PERSON
from inventory.calendar import today
from inventory.errors import Invalid, NotFound
from inventory.journal import By
from inventory.shapes import (
    Card,
    Day,
    Name,
    OptionalDay,
    OptionalEmail,
    OptionalKana,
    OptionalPhone,
    Shape,
    ShortName,
    row_id,
)
from inventory.tables import Association, Officer, Person


class NewOfficer(Shape):
    """``until`` is the last day in office, null while it is not known. ``from`` is the first."""

    name: Name
    name_kana: OptionalKana = None
    office: ShortName = "会長"
    from_: Day = Field(alias="from")
    until: OptionalDay = None
    phone: OptionalPhone = None
    email: OptionalEmail = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> "NewOfficer":
        if self.until is not None and self.until < self.from_:
            raise ValueError("任期の終わりが、始まりより前です。日付をたしかめてください")
        return self


class OfficerCard(Card):
    """``phone`` and ``email`` are null for whoever may not see contacts."""

    id: str
    person: str
    name: str
    name_kana: str
    office: str
    from_: date = Field(serialization_alias="from")
    until: date | None
    phone: str | None
    email: str | None
    in_office: bool
    revision: int


class EndOffice(Shape):
    until: Day


def add_officer(
    session: Session, order: NewOfficer, *, association: str, by: By, now: datetime, op_id: str
) -> OfficerCard:
    """Enter who holds an office from when; the end may stay open until the general meeting."""
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = find_association(session, association)
    person = Person(name=order.name, name_kana=order.name_kana or "", phone=order.phone, email=order.email, entry=entry)
    session.add(person)
    session.flush()
    assert row.id is not None and person.id is not None
    officer = Officer(
        association_id=row.id,
        person_id=person.id,
        office=order.office,
        from_on=order.from_,
        until_on=order.until,
        entry=entry,
    )
    session.add(officer)
    session.flush()
    journal.note(session, "add_officer", association=row.id, officer=officer.id, person=person.id)
    return officer_card(session, str(officer.id), now=now)


def end_office(
    session: Session, order: EndOffice, *, association: str, officer: str, by: By, now: datetime, op_id: str
) -> OfficerCard:
    """Enter the last day of an office, also late and backdated.

    Raises:
        NotFound: the association has no such officer.
        Invalid: the day is before the first day.
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = find_officer(session, association, officer)
    if order.until < row.from_on:
        raise Invalid.field("until", "任期の終わりが、始まりより前です。日付をたしかめてください。")
    session.connection().execute(
        update(OFFICER).where(OFFICER.c.id == row.id).values(until_on=order.until, revision=row.revision + 1)
    )
    journal.note(
        session,
        "end_office",
        officer=row.id,
        before=row.until_on.isoformat() if row.until_on else None,
        after=order.until.isoformat(),
    )
    return officer_card(session, str(row.id), now=now)


def officer_card(session: Session, officer: str, *, now: datetime) -> OfficerCard:
    row = session.connection().execute(_OFFICERS.where(OFFICER.c.id == row_id(officer))).first()
    if row is None:
        raise NotFound("その役職者は見つかりません。自治会の画面を開き直してください。")
    return _officer(row, today(now))


def find_officer(session: Session, association: str, officer: str) -> Any:
    """The row of an officer of this association, with the person's columns.

    Raises:
        NotFound: the association has no such officer.
    """
    query = _OFFICERS.where(OFFICER.c.id == row_id(officer), OFFICER.c.association_id == row_id(association))
    row = session.connection().execute(query).first()
    if row is None:
        raise NotFound("その役職者は見つかりません。自治会の画面を開き直してください。")
    return row


def officer_of(session: Session, association: str, officer: str, *, now: datetime) -> OfficerCard:
    """Raises NotFound when the association has no such officer."""
    return _officer(find_officer(session, association, officer), today(now))


def list_officers(session: Session, association: str, *, now: datetime) -> list[OfficerCard]:
    """Everybody who held an office of the association, the newest first."""
    row = find_association(session, association)
    query = _OFFICERS.where(OFFICER.c.association_id == row.id).order_by(OFFICER.c.from_on.desc(), OFFICER.c.id.desc())
    return [_officer(officer, today(now)) for officer in session.connection().execute(query)]


def heads_of(session: Session, associations: list[int], day: date) -> dict[int, OfficerCard]:
    """Who answers for each association on this day: the 会長 before any other office."""
    query = _OFFICERS.where(
        OFFICER.c.association_id.in_(associations),
        OFFICER.c.from_on <= day,
        func.coalesce(OFFICER.c.until_on, day) >= day,
    ).order_by((OFFICER.c.office == "会長").asc(), OFFICER.c.from_on, OFFICER.c.id)
    # Later rows overwrite earlier ones, so the 会長 who came last stands.
    return {row.association_id: _officer(row, day) for row in session.connection().execute(query)}


def serving(session: Session, associations: list[int], day: date) -> dict[int, list[OfficerCard]]:
    """Everybody who holds an office of these associations on this day: the 会長 first, then who came first."""
    query = _OFFICERS.where(
        OFFICER.c.association_id.in_(associations),
        OFFICER.c.from_on <= day,
        func.coalesce(OFFICER.c.until_on, day) >= day,
    ).order_by((OFFICER.c.office == "会長").desc(), OFFICER.c.from_on, OFFICER.c.id)
    found: dict[int, list[OfficerCard]] = {}
    for row in session.connection().execute(query):
        found.setdefault(row.association_id, []).append(_officer(row, day))
    return found


def phones_of(session: Session, officers: Collection[str]) -> dict[str, str]:
    """Telephone numbers of these officers by officer id, without those who have none; for whoever may see contacts."""
    query = (
        select(OFFICER.c.id, PERSON.c.phone)
        .join(PERSON, OFFICER.c.person_id == PERSON.c.id)
        .where(OFFICER.c.id.in_([row_id(officer) for officer in officers]), PERSON.c.phone.is_not(None))
    )
    return {str(row.id): row.phone for row in session.connection().execute(query)}


_OFFICERS = select(OFFICER, PERSON.c.name, PERSON.c.name_kana, PERSON.c.phone, PERSON.c.email, PERSON.c.erased_at).join(
    PERSON, OFFICER.c.person_id == PERSON.c.id
)


def _officer(row: Any, day: date) -> OfficerCard:
    return OfficerCard(
        id=str(row.id),
        person=str(row.person_id),
        name="（消去ずみ）" if row.erased_at else row.name,
        name_kana=row.name_kana,
        office=row.office,
        from_=row.from_on,
        until=row.until_on,
        phone=row.phone,
        email=row.email,
        in_office=row.from_on <= day and (row.until_on is None or row.until_on >= day),
        revision=row.revision,
    )


def find_association(session: Session, association: str) -> Association:
    number = row_id(association)
    row = session.get(Association, number)
    if row is None:
        raise NotFound("その自治会は見つかりません。一覧から選んでください。")
    return row


def without_contacts(officer: OfficerCard) -> OfficerCard:
    """The card as a viewer sees it: who and when, but no telephone number and no mail address."""
    return officer.model_copy(update={"phone": None, "email": None})
