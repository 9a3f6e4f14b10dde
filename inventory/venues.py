"""Venues: the halls where courses are held and wifi stands."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints
from sqlalchemy import select
from sqlmodel import Session, SQLModel

from inventory import journal, keyset
from inventory.errors import Invalid, NotFound
from inventory.journal import By
from inventory.revisions import must_be_current
from inventory.shapes import (
    BlankIsNone,
    Card,
    LongNote,
    ModelName,
    NotAPage,
    OptionalKana,
    OptionalLine,
    OptionalPhone,
    Shape,
)
from inventory.tables import Venue, VenueKind
from inventory.text import fold

VENUE = SQLModel.metadata.tables["venue"]

VenueCode = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,31}$", strip_whitespace=True), NotAPage
]
Latitude = Annotated[Annotated[float, Field(ge=20, le=46, allow_inf_nan=False)] | None, BlankIsNone]
Longitude = Annotated[Annotated[float, Field(ge=122, le=154, allow_inf_nan=False)] | None, BlankIsNone]


class VenueFields(Shape):
    """Coordinates are degrees of JGD2011 (WGS 84 agrees within a metre)."""

    name_kana: OptionalKana = None
    address: OptionalLine = None
    latitude: Latitude = None
    longitude: Longitude = None
    phone: OptionalPhone = None
    closed_days: OptionalLine = None
    note: LongNote = None


class NewVenue(VenueFields):
    code: VenueCode
    kind: VenueKind
    name: ModelName


class VenueChange(VenueFields):
    """Fields left out stay as they are; null empties a field."""

    kind: VenueKind | None = None
    name: ModelName | None = None


class VenueCard(Card):
    code: str
    kind: VenueKind
    name: str
    name_kana: str
    address: str | None
    latitude: float | None
    longitude: float | None
    phone: str | None
    closed_days: str | None
    note: str | None
    revision: int


class VenueList(Card):
    items: list[VenueCard]
    next: str | None
    total: int | None


def create_venue(session: Session, order: NewVenue, *, by: By, now: datetime, op_id: str) -> VenueCard:
    """Raises Invalid when the code is taken."""
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    if venue_by_code(session, order.code) is not None:
        raise Invalid.field("code", f"会場コード {order.code} はもうあります。別のコードにしてください。")
    fields = order.model_dump()
    fields["name_kana"] = fields["name_kana"] or ""
    session.add(Venue(**fields, search=_search(fields), entry=entry))
    session.flush()
    journal.note(session, "create_venue", venue=order.code)
    return venue_card(session, order.code)


def change_venue(
    session: Session, change: VenueChange, *, venue: str, revision: int, by: By, now: datetime, op_id: str
) -> VenueCard:
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = _venue(session, venue)
    must_be_current(row.revision, revision)
    given = change.model_dump(exclude_unset=True)
    fields = {name: value for name, value in given.items() if value is not None or name not in ("kind", "name")}
    if "name_kana" in fields:
        fields["name_kana"] = fields["name_kana"] or ""
    row.sqlmodel_update(fields)
    row.search = _search(row.model_dump())
    row.revision += 1
    session.add(row)
    session.flush()
    journal.note(session, "change_venue", venue=row.code, fields=sorted(fields))
    return venue_card(session, row.code)


def venue_card(session: Session, venue: str) -> VenueCard:
    return VenueCard.model_validate(_venue(session, venue), from_attributes=True)


def venue_by_id(session: Session, venue: int) -> VenueCard:
    return VenueCard.model_validate(session.get_one(Venue, venue), from_attributes=True)


def venue_by_code(session: Session, venue: str) -> int | None:
    """Row number of the venue with this code, None when there is none."""
    return session.connection().execute(select(VENUE.c.id).where(VENUE.c.code == venue)).scalar()


def list_venues(
    session: Session,
    *,
    kind: VenueKind | None = None,
    q: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
    exact: bool = False,
) -> VenueList:
    """A page of venues by kana, then code."""
    query = select(VENUE)
    if kind:
        query = query.where(VENUE.c.kind == kind)
    if q:
        query = query.where(VENUE.c.search.contains(fold(q), autoescape=True))
    total = keyset.total(session, query, exact=exact)
    order = [VENUE.c.name_kana, VENUE.c.code]
    if cursor:
        query = query.where(keyset.beyond(order, keyset.after(cursor, str, str)))
    rows = session.connection().execute(query.order_by(*order).limit(limit + 1)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    following = keyset.cursor_of(last.name_kana, last.code) if last else None
    cards = [VenueCard.model_validate(row, from_attributes=True) for row in rows[:limit]]
    return VenueList(items=cards, next=following, total=total)


def _venue(session: Session, venue: str) -> Venue:
    found = venue_by_code(session, venue)
    if found is None:
        raise NotFound(f"会場 {venue} は見つかりません。一覧から選んでください。")
    return session.get_one(Venue, found)


def _search(fields: Any) -> str:
    words = ("code", "name", "name_kana", "address")
    return "\n".join(fold(fields[word]) for word in words if fields.get(word))
