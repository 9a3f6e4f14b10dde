"""Supporters (デジタルサポーター): who registered as a helper, with consent, from when until when.

Name and contacts stand in the person's own row, so that an erasure takes them and the count stays. Nobody is registered
without consent.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints
from sqlalchemy import delete, insert, select, update
from sqlmodel import Session

from inventory import journal
from inventory.borrowers import DISTRICT, PERSON
from inventory.calendar import today
from inventory.course_help import PROGRAMME, SUPPORTER
from inventory.errors import Conflict, Invalid
from inventory.journal import By
from inventory.revisions import must_be_current
from inventory.shapes import (
    BlankIsNone,
    Day,
    Identifier,
    Lines,
    Name,
    OptionalDay,
    OptionalEmail,
    OptionalKana,
    OptionalPhone,
    Shape,
    row_id,
)
from inventory.supporter_lists import SUPPORTER_DISTRICT, SupporterCard, find_supporter, supporter_card
from inventory.tables import Person, Supporter, SupporterCategory

SupporterNote = Annotated[Annotated[str, StringConstraints(max_length=400), Lines] | None, BlankIsNone]
Districts = Annotated[list[Identifier], Field(max_length=100)]
OptionalIdentifier = Annotated[Identifier | None, BlankIsNone]
_OF_PERSON = ("name", "name_kana", "phone", "email")
# Columns that null leaves as they are: they cannot be emptied.
_KEPT = frozenset({"name", "category", "registered_on", "consented_on", "districts"})


class NewSupporter(Shape):
    """``consented_on``: the day on which the person agreed to be registered. ``registered_on``: today unless given.

    ``districts``: where the person helps; none is everywhere. ``programme``: from which one the person came.
    """

    name: Name
    name_kana: OptionalKana = None
    phone: OptionalPhone = None
    email: OptionalEmail = None
    category: SupporterCategory
    consented_on: OptionalDay = None
    registered_on: OptionalDay = None
    districts: Districts = []
    programme: OptionalIdentifier = None
    note: SupporterNote = None


class SupporterChange(Shape):
    """Fields left out stay as they are; null empties a field. ``ended_on`` null takes an end back."""

    name: Name | None = None
    name_kana: OptionalKana = None
    phone: OptionalPhone = None
    email: OptionalEmail = None
    category: SupporterCategory | None = None
    consented_on: OptionalDay = None
    registered_on: OptionalDay = None
    ended_on: OptionalDay = None
    districts: Districts | None = None
    programme: OptionalIdentifier = None
    note: SupporterNote = None


class EndSupporter(Shape):
    """``on`` is the last day on which the person helps."""

    on: Day


def register_supporter(session: Session, order: NewSupporter, *, by: By, now: datetime, op_id: str) -> SupporterCard:
    """Register a helper.

    Raises:
        Invalid: there is no consent, a day cannot be, or a district or the programme is unknown.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    if order.consented_on is None:
        raise Invalid.field(
            "consented_on", "本人の同意がないと登録できません。同意をもらってから、その日を書いてください。"
        )
    registered = order.registered_on or max(today(now), order.consented_on)
    must_follow(order.consented_on, registered, None, today(now))
    districts, programme = _districts(session, order.districts), _programme(session, order.programme)
    person = Person(name=order.name, name_kana=order.name_kana or "", phone=order.phone, email=order.email, entry=entry)
    session.add(person)
    session.flush()
    assert person.id is not None
    row = Supporter(
        person_id=person.id,
        category=order.category,
        registered_on=registered,
        consented_on=order.consented_on,
        programme_id=programme,
        note=order.note,
        entry=entry,
    )
    session.add(row)
    session.flush()
    assert row.id is not None
    _place(session, row.id, districts)
    journal.note(session, "register_supporter", supporter=row.id, person=person.id)
    return supporter_card(session, str(row.id), now=now)


def change_supporter(
    session: Session,
    change: SupporterChange,
    *,
    supporter: str,
    revision: int,
    by: By,
    now: datetime,
    op_id: str,
) -> SupporterCard:
    """Correct a registration. The journal keeps which fields changed, no names and no contacts.

    Raises:
        NotFound: there is no such supporter.
        Stale: somebody changed the registration in between.
        Conflict: the person was erased.
        Invalid: a day cannot be, or a district or the programme is unknown.
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = find_supporter(session, supporter)
    must_be_current(row.revision, revision)
    given = change.model_dump(exclude_unset=True)
    given = {name: value for name, value in given.items() if value is not None or name not in _KEPT}
    if row.erased_at is not None and any(name in given for name in (*_OF_PERSON, "note", "ended_on")):
        raise Conflict("この方の名前と連絡先は消去ずみです。分類と地区と日付だけ直せます。")
    days = {name: given.get(name, getattr(row, name)) for name in ("consented_on", "registered_on", "ended_on")}
    must_follow(days["consented_on"], days["registered_on"], days["ended_on"], today(now))
    values: dict[str, Any] = {name: given[name] for name in ("category", "note") if name in given} | days
    if "programme" in given:
        values["programme_id"] = _programme(session, given["programme"])
    if "districts" in given:
        _place(session, row.id, _districts(session, given["districts"]))
    connection = session.connection()
    connection.execute(update(SUPPORTER).where(SUPPORTER.c.id == row.id).values(revision=row.revision + 1, **values))
    personal = {name: given[name] for name in _OF_PERSON if name in given}
    if "name_kana" in personal:
        personal["name_kana"] = personal["name_kana"] or ""
    if personal:
        connection.execute(update(PERSON).where(PERSON.c.id == row.person_id).values(personal))
    journal.note(session, "change_supporter", supporter=row.id, fields=sorted(given))
    return supporter_card(session, supporter, now=now)


def end_supporter(
    session: Session, order: EndSupporter, *, supporter: str, by: By, now: datetime, op_id: str
) -> SupporterCard:
    """Enter the last day of a registration, also late and backdated. What the person did stays counted.

    Raises:
        NotFound: there is no such supporter.
        Invalid: the day is before the first day.
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = find_supporter(session, supporter)
    if order.on < row.registered_on:
        raise Invalid.field("on", "終わりの日が、登録の日より前です。日付をたしかめてください。")
    session.connection().execute(
        update(SUPPORTER).where(SUPPORTER.c.id == row.id).values(ended_on=order.on, revision=row.revision + 1)
    )
    journal.note(
        session,
        "end_supporter",
        supporter=row.id,
        before=row.ended_on.isoformat() if row.ended_on else None,
        after=order.on.isoformat(),
    )
    return supporter_card(session, supporter, now=now)


def must_follow(consented: date, registered: date, ended: date | None, day: date) -> None:
    """Raises Invalid unless consent came first and not in days to come, and the end not before the beginning."""
    if consented > day:
        raise Invalid.field("consented_on", "同意の日が、今日より先です。同意をもらった日を書いてください。")
    if registered < consented:
        raise Invalid.field("registered_on", "登録の日が、同意の日より前です。同意のあとの日にしてください。")
    if ended is not None and ended < registered:
        raise Invalid.field("ended_on", "終わりの日が、登録の日より前です。日付をたしかめてください。")


def _districts(session: Session, districts: Sequence[str]) -> list[int]:
    wanted = list(dict.fromkeys(row_id(district) for district in districts))
    found = set(session.connection().execute(select(DISTRICT.c.id).where(DISTRICT.c.id.in_(wanted))).scalars())
    if any(one not in found for one in wanted):
        raise Invalid.field("districts", "その地区は見つかりません。一覧から選んでください。")
    return wanted


def _programme(session: Session, programme: str | None) -> int | None:
    if programme is None:
        return None
    number: int | None = (
        session.connection().execute(select(PROGRAMME.c.id).where(PROGRAMME.c.id == row_id(programme))).scalar()
    )
    if number is None:
        raise Invalid.field("programme", "その事業は見つかりません。一覧から選んでください。")
    return number


def _place(session: Session, supporter: int, districts: list[int]) -> None:
    """Have the supporter help in these districts and no others."""
    connection = session.connection()
    connection.execute(delete(SUPPORTER_DISTRICT).where(SUPPORTER_DISTRICT.c.supporter_id == supporter))
    if districts:
        rows = [{"supporter_id": supporter, "district_id": district} for district in districts]
        connection.execute(insert(SUPPORTER_DISTRICT), rows)
