"""Districts and associations."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import Session

from inventory import journal, keyset
from inventory.borrowers import ASSOCIATION, DISTRICT, LOAN, OFFICER, PERSON
from inventory.calendar import today
from inventory.devices import ITEM
from inventory.errors import Invalid, NotFound
from inventory.journal import By
from inventory.officers import OfficerCard, find_association, heads_of
from inventory.revisions import must_be_current
from inventory.shapes import (
    Card,
    Identifier,
    Name,
    OptionalKana,
    Shape,
    row_id,
)
from inventory.tables import Association, District
from inventory.text import fold


class NewDistrict(Shape):
    name: Name
    name_kana: OptionalKana = None


class DistrictCard(Card):
    id: str
    name: str
    name_kana: str | None


class NewAssociation(Shape):
    name: Name
    name_kana: OptionalKana = None
    district: Identifier | None = None


class AssociationChange(Shape):
    """Fields left out stay as they are; null empties a field."""

    name: Name | None = None
    name_kana: OptionalKana = None
    district: Identifier | None = None


class AssociationCard(Card):
    id: str
    name: str
    name_kana: str
    district: DistrictCard | None
    head: OfficerCard | None
    devices_out: int
    revision: int


class AssociationList(Card):
    items: list[AssociationCard]
    next: str | None
    total: int | None


def create_district(session: Session, order: NewDistrict, *, by: By, now: datetime, op_id: str) -> DistrictCard:
    """Raises Invalid when a district of this name exists."""
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    if session.connection().execute(select(DISTRICT.c.id).where(DISTRICT.c.name == order.name)).first():
        raise Invalid.field("name", f"{order.name}はもうあります。一覧から選んでください。")
    row = District(name=order.name, name_kana=order.name_kana, entry=entry)
    session.add(row)
    session.flush()
    journal.note(session, "create_district", district=row.id)
    return DistrictCard(id=str(row.id), name=row.name, name_kana=row.name_kana)


def district_card(session: Session, district: str) -> DistrictCard:
    row = session.connection().execute(select(DISTRICT).where(DISTRICT.c.id == row_id(district))).first()
    if row is None:
        raise NotFound("その地区は見つかりません。一覧から選んでください。")
    return DistrictCard(id=str(row.id), name=row.name, name_kana=row.name_kana)


def list_districts(session: Session) -> list[DistrictCard]:
    query = select(DISTRICT).order_by(func.coalesce(DISTRICT.c.name_kana, DISTRICT.c.name), DISTRICT.c.id)
    return [
        DistrictCard(id=str(row.id), name=row.name, name_kana=row.name_kana)
        for row in session.connection().execute(query)
    ]


def create_association(
    session: Session, order: NewAssociation, *, by: By, now: datetime, op_id: str
) -> AssociationCard:
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    district = _district(session, order.district)
    row = Association(
        name=order.name,
        name_kana=order.name_kana or "",
        district_id=district.id if district else None,
        search=search_of(order.name, order.name_kana, district.name if district else None),
        entry=entry,
    )
    session.add(row)
    session.flush()
    journal.note(session, "create_association", association=row.id)
    return association_card(session, str(row.id), now=now)


def change_association(
    session: Session,
    change: AssociationChange,
    *,
    association: str,
    revision: int,
    by: By,
    now: datetime,
    op_id: str,
) -> AssociationCard:
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = find_association(session, association)
    must_be_current(row.revision, revision)
    given = change.model_dump(exclude_unset=True)
    if given.get("name"):
        row.name = given["name"]
    if "name_kana" in given:
        row.name_kana = given["name_kana"] or ""
    if "district" in given:
        found = _district(session, given["district"])
        row.district_id = found.id if found else None
    district = session.get(District, row.district_id) if row.district_id else None
    row.search = search_of(row.name, row.name_kana, district.name if district else None)
    row.revision += 1
    session.add(row)
    session.flush()
    journal.note(session, "change_association", association=row.id, fields=sorted(given))
    return association_card(session, association, now=now)


def association_card(session: Session, association: str, *, now: datetime) -> AssociationCard:
    row = session.connection().execute(_SELECT.where(ASSOCIATION.c.id == row_id(association))).first()
    if row is None:
        raise NotFound("その自治会は見つかりません。一覧から選んでください。")
    return _cards(session, [row], now)[0]


def list_associations(
    session: Session,
    *,
    now: datetime,
    district: str | None = None,
    q: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
    exact: bool = False,
) -> AssociationList:
    """A page of associations by kana."""
    query = _SELECT
    if district:
        query = query.where(ASSOCIATION.c.district_id == row_id(district))
    if q:
        query = query.where(_mentions(session, q))
    total = keyset.total(session, query, exact=exact)
    order = [ASSOCIATION.c.name_kana, ASSOCIATION.c.id]
    if cursor:
        query = query.where(keyset.beyond(order, keyset.after(cursor, str, int)))
    rows = session.connection().execute(query.order_by(*order).limit(limit + 1)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    following = keyset.cursor_of(last.name_kana, last.id) if last else None
    return AssociationList(items=_cards(session, rows[:limit], now), next=following, total=total)


class DevicesLent(Card):
    """How many associations have devices of the city, and how many devices they have."""

    associations: int
    devices: int


def lent_to_associations(session: Session) -> DevicesLent:
    query = (
        select(func.count(LOAN.c.association_id.distinct()), func.count())
        .join(ITEM, ITEM.c.loan_id == LOAN.c.id)
        .where(LOAN.c.association_id.is_not(None), ITEM.c.returned_at.is_(None))
    )
    associations, devices = session.connection().execute(query).one()
    return DevicesLent(associations=associations, devices=devices)


_SELECT = select(
    ASSOCIATION, DISTRICT.c.name.label("district_name"), DISTRICT.c.name_kana.label("district_kana")
).select_from(ASSOCIATION.outerjoin(DISTRICT, ASSOCIATION.c.district_id == DISTRICT.c.id))


def _mentions(session: Session, q: str) -> Any:
    """The association by name, or by the name of whoever holds or held an office in it."""
    word = fold(q)
    # A person has no folded column that an erasure could forget, and a city's officers are few enough to fold here.
    people = select(OFFICER.c.association_id, PERSON.c.name, PERSON.c.name_kana).join(
        PERSON, OFFICER.c.person_id == PERSON.c.id
    )
    of_people = {
        row.association_id
        for row in session.connection().execute(people)
        if word in fold(row.name) or word in fold(row.name_kana)
    }
    return or_(ASSOCIATION.c.search.contains(word, autoescape=True), ASSOCIATION.c.id.in_(of_people))


def _cards(session: Session, rows: Any, now: datetime) -> list[AssociationCard]:
    ids = [row.id for row in rows]
    if not ids:
        return []
    day = today(now)
    connection = session.connection()
    heads = heads_of(session, ids, day)
    out = (
        select(LOAN.c.association_id, func.count())
        .join(ITEM, ITEM.c.loan_id == LOAN.c.id)
        .where(LOAN.c.association_id.in_(ids), ITEM.c.returned_at.is_(None))
        .group_by(LOAN.c.association_id)
    )
    counts = {row[0]: row[1] for row in connection.execute(out)}
    return [_card(row, heads.get(row.id), counts.get(row.id, 0)) for row in rows]


def _card(row: Any, head: OfficerCard | None, devices_out: int) -> AssociationCard:
    district = None
    if row.district_id is not None:
        district = DistrictCard(id=str(row.district_id), name=row.district_name, name_kana=row.district_kana)
    return AssociationCard(
        id=str(row.id),
        name=row.name,
        name_kana=row.name_kana,
        district=district,
        head=head,
        devices_out=devices_out,
        revision=row.revision,
    )


def _district(session: Session, district: str | None) -> Any | None:
    if district is None:
        return None
    row = session.connection().execute(select(DISTRICT).where(DISTRICT.c.id == row_id(district))).first()
    if row is None:
        raise Invalid.field("district", "その地区は見つかりません。一覧から選んでください。")
    return row


def search_of(name: str, kana: str | None, district: str | None) -> str:
    """The folded text by which an association is found."""
    return "\n".join(fold(word) for word in (name, kana, district) if word)
