"""Wishes (要望) for courses, from districts and associations, and what planning answered.

A wish is open until it is answered or withdrawn. An answer may be given anew, as plans change; a wish that was
withdrawn stays and counts no more.
"""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints
from sqlalchemy import update
from sqlmodel import Session

from inventory import journal
from inventory.borrowers import ASSOCIATION, COURSE, DISTRICT
from inventory.calendar import today
from inventory.course_help import PROGRAMME
from inventory.errors import Conflict, Invalid
from inventory.journal import By
from inventory.revisions import must_be_current
from inventory.shapes import BlankIsNone, Identifier, Lines, OptionalDay, Shape, row_id
from inventory.tables import Wish, WishAnswer, WishKind
from inventory.wish_lists import WISH, WishCard, find_wish, wish_card

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400), Lines]
OptionalWords = Annotated[Annotated[str, StringConstraints(max_length=400), Lines] | None, BlankIsNone]
People = Annotated[Annotated[int, Field(ge=1, le=99999)] | None, BlankIsNone]
OptionalIdentifier = Annotated[Identifier | None, BlankIsNone]
# What null leaves as it is, because it cannot be emptied.
_KEPT = frozenset({"kind", "words", "wished_on"})


class NewWish(Shape):
    """``district``, ``association`` or both: the district of an association is taken from it. ``wished_on``: today."""

    district: OptionalIdentifier = None
    association: OptionalIdentifier = None
    kind: WishKind
    words: Words
    people: People = None
    wished_on: OptionalDay = None


class WishChange(Shape):
    """Fields left out stay as they are; null empties a field."""

    district: OptionalIdentifier = None
    association: OptionalIdentifier = None
    kind: WishKind | None = None
    words: Words | None = None
    people: People = None
    wished_on: OptionalDay = None


class AnswerWish(Shape):
    """``course`` or ``programme``: where the wish comes true, for one that is planned. ``on``: today unless given."""

    answer: WishAnswer
    words: OptionalWords = None
    course: OptionalIdentifier = None
    programme: OptionalIdentifier = None
    on: OptionalDay = None


def add_wish(session: Session, order: NewWish, *, by: By, now: datetime, op_id: str) -> WishCard:
    """Write down a wish.

    Raises:
        Invalid: nobody wishes it, the district or association is unknown, or the day is still to come.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    wished = order.wished_on or today(now)
    district, association = _from(session, order.district, order.association)
    _not_to_come("wished_on", wished, now)
    row = Wish(
        district_id=district,
        association_id=association,
        kind=order.kind,
        words=order.words,
        people=order.people,
        wished_on=wished,
        entry=entry,
    )
    session.add(row)
    session.flush()
    journal.note(session, "add_wish", wish=row.id)
    return wish_card(session, str(row.id))


def change_wish(
    session: Session, change: WishChange, *, wish: str, revision: int, by: By, now: datetime, op_id: str
) -> WishCard:
    """Correct a wish.

    Raises:
        NotFound: there is no such wish.
        Stale: somebody changed or answered it in between.
        Conflict: it was withdrawn.
        Invalid: nobody would wish it, the district or association is unknown, or the day is still to come.
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = find_wish(session, wish)
    must_be_current(row.revision, revision)
    _standing(row)
    given = change.model_dump(exclude_unset=True)
    given = {name: value for name, value in given.items() if value is not None or name not in _KEPT}
    values: dict[str, Any] = {name: given[name] for name in ("kind", "words", "people", "wished_on") if name in given}
    if "wished_on" in values:
        _not_to_come("wished_on", values["wished_on"], now)
    if "district" in given or "association" in given:
        before = {name: None if number is None else str(number) for name, number in _whose(row).items()}
        # An association that is named anew brings its own district, unless the change names one too.
        kept = before | {"district": None} if given.get("association") else before
        whose = kept | {name: given[name] for name in before if name in given}
        values["district_id"], values["association_id"] = _from(session, whose["district"], whose["association"])
    session.connection().execute(update(WISH).where(WISH.c.id == row.id).values(revision=row.revision + 1, **values))
    journal.note(session, "change_wish", wish=row.id, fields=sorted(given))
    return wish_card(session, wish)


def answer_wish(session: Session, order: AnswerWish, *, wish: str, by: By, now: datetime, op_id: str) -> WishCard:
    """Write down what planning answers; a later answer takes the place of the first.

    Raises:
        NotFound: there is no such wish.
        Conflict: it was withdrawn.
        Invalid: the course or programme is unknown or goes with no such answer, or the day cannot be.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = find_wish(session, wish)
    _standing(row)
    on = order.on or today(now)
    _not_to_come("on", on, now)
    if on < row.wished_on:
        raise Invalid.field("on", "答えの日が、要望の日より前です。日付をたしかめてください。")
    course, programme = row_id(order.course or ""), row_id(order.programme or "")
    planned = order.answer == WishAnswer.PLANNED
    for name, table, number, given in (
        ("course", COURSE, course, order.course),
        ("programme", PROGRAMME, programme, order.programme),
    ):
        if given is None:
            continue
        if not planned:
            raise Invalid.field(name, "講座や事業は、「計画に入れた」と答えるときだけ選んでください。")
        if session.connection().execute(table.select().where(table.c.id == number)).first() is None:
            raise Invalid.field(name, "見つかりません。一覧から選んでください。")
    values = {
        "answer": order.answer,
        "answer_words": order.words,
        "answered_on": on,
        "course_id": course or None,
        "programme_id": programme or None,
        "answered_entry": entry,
        "revision": row.revision + 1,
    }
    session.connection().execute(update(WISH).where(WISH.c.id == row.id).values(values))
    journal.note(
        session,
        "answer_wish",
        wish=row.id,
        before=row.answer.value if row.answer else None,
        after=order.answer.value,
        course=course or None,
        programme=programme or None,
    )
    return wish_card(session, wish)


def withdraw_wish(session: Session, *, wish: str, by: By, now: datetime, op_id: str) -> WishCard:
    """Take a wish out of the list: nobody wishes it any more, or it was written down twice.

    Raises:
        NotFound: there is no such wish.
        Conflict: it was withdrawn already.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = find_wish(session, wish)
    _standing(row)
    session.connection().execute(
        update(WISH).where(WISH.c.id == row.id).values(withdrawn_entry=entry, revision=row.revision + 1)
    )
    journal.note(session, "withdraw_wish", wish=row.id)
    return wish_card(session, wish)


def _standing(row: Any) -> None:
    if row.withdrawn_entry is not None:
        raise Conflict("この要望は取り下げられています。また要望が出たら、新しく書いてください。")


def _whose(row: Any) -> dict[str, int | None]:
    return {"district": row.district_id, "association": row.association_id}


def _not_to_come(field: str, day: date, now: datetime) -> None:
    if day > today(now):
        raise Invalid.field(field, "今日より先の日です。日付をたしかめてください。")


def _from(session: Session, district: str | None, association: str | None) -> tuple[int | None, int | None]:
    """The numbers of the district and the association that wish it."""
    connection = session.connection()
    if association is not None:
        row = connection.execute(ASSOCIATION.select().where(ASSOCIATION.c.id == row_id(association))).first()
        if row is None:
            raise Invalid.field("association", "その自治会は見つかりません。一覧から選んでください。")
        if district is None or row_id(district) == row.district_id:
            return row.district_id, row.id
        if row.district_id is not None:
            raise Invalid.field("district", "自治会の地区とちがいます。どちらかを選び直してください。")
    if district is None:
        raise Invalid.field("district", "どこからの要望かを、地区か自治会で選んでください。")
    number = connection.execute(DISTRICT.select().where(DISTRICT.c.id == row_id(district))).scalar()
    if number is None:
        raise Invalid.field("district", "その地区は見つかりません。一覧から選んでください。")
    return int(number), None if association is None else row_id(association)
