"""Venues: the halls where courses are held and wifi stands."""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints
from sqlalchemy import select
from sqlmodel import Session, SQLModel

from inventory import journal, keyset
from inventory.addresses import PARTS, postal_code, settled
from inventory.closed_days import readable
from inventory.errors import Invalid, NotFound
from inventory.journal import By
from inventory.revisions import must_be_current
from inventory.shapes import (
    BlankIsNone,
    Card,
    LongNote,
    ModelName,
    NotAPage,
    OneLine,
    OptionalKana,
    OptionalLine,
    OptionalName,
    OptionalPhone,
    Shape,
)
from inventory.tables import Venue, VenueKind
from inventory.text import fold

VENUE = SQLModel.metadata.tables["venue"]


def _not_the_import(value: str) -> str:
    # /venues/import is a page of its own.
    if value.lower() == "import":
        raise ValueError("import という会場コードは使えません。ほかのコードにしてください")
    return value


VenueCode = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,31}$", strip_whitespace=True),
    NotAPage,
    AfterValidator(_not_the_import),
]
Latitude = Annotated[Annotated[float, Field(ge=20, le=46, allow_inf_nan=False)] | None, BlankIsNone]
Longitude = Annotated[Annotated[float, Field(ge=122, le=154, allow_inf_nan=False)] | None, BlankIsNone]


def _web_address(value: str) -> str:
    """Only what a browser may be sent to; a link to javascript: would run in the page that shows it."""
    text = value.strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or any(c.isspace() or c in '<>"' for c in text):
        raise ValueError("https:// か http:// で始まるアドレスを書いてください")
    return text


PostalCode = Annotated[
    Annotated[str, StringConstraints(max_length=20), OneLine, AfterValidator(postal_code)] | None, BlankIsNone
]
WebAddress = Annotated[
    Annotated[str, StringConstraints(max_length=300), OneLine, AfterValidator(_web_address)] | None, BlankIsNone
]
ClosedDays = Annotated[
    Annotated[str, StringConstraints(max_length=200), OneLine, AfterValidator(readable)] | None, BlankIsNone
]
EnglishName = Annotated[Annotated[str, StringConstraints(max_length=160), OneLine] | None, BlankIsNone]
Prefecture = Annotated[Annotated[str, StringConstraints(max_length=10), OneLine] | None, BlankIsNone]
City = Annotated[Annotated[str, StringConstraints(max_length=40), OneLine] | None, BlankIsNone]
Building = Annotated[Annotated[str, StringConstraints(max_length=80), OneLine] | None, BlankIsNone]
Extension = Annotated[Annotated[str, StringConstraints(max_length=20), OneLine] | None, BlankIsNone]
# Columns that are never null: a null in a change leaves them as they are.
_ALWAYS = ("kind", "name", "shelter", "disaster_open")


class VenueFields(Shape):
    """Coordinates are degrees of JGD2011 (WGS 84 agrees within a metre).

    ``address`` is the whole address as written; ``prefecture`` … ``building`` are its parts. Where only the parts are
    given the whole is made of them, and where only the whole is given it names prefecture and city if that is certain.
    """

    name_kana: OptionalKana = None
    name_english: EnglishName = None
    postal_code: PostalCode = None
    address: OptionalLine = None
    prefecture: Prefecture = None
    city: City = None
    town: OptionalName = None
    street: OptionalName = None
    building: Building = None
    latitude: Latitude = None
    longitude: Longitude = None
    phone: OptionalPhone = None
    extension: Extension = None
    url: WebAddress = None
    closed_days: ClosedDays = None
    disaster_procedure: LongNote = None
    note: LongNote = None


class NewVenue(VenueFields):
    code: VenueCode
    kind: VenueKind
    name: ModelName
    shelter: bool = False
    disaster_open: bool = False


class VenueChange(VenueFields):
    """Fields left out stay as they are; null empties a field."""

    kind: VenueKind | None = None
    name: ModelName | None = None
    shelter: bool | None = None
    disaster_open: bool | None = None


class VenueCard(Card):
    """``shelter``: it is a 指定避難所. ``disaster_open``: its network opens as 00000JAPAN in a disaster."""

    code: str
    kind: VenueKind
    name: str
    name_kana: str
    name_english: str | None
    postal_code: str | None
    address: str | None
    prefecture: str | None
    city: str | None
    town: str | None
    street: str | None
    building: str | None
    latitude: float | None
    longitude: float | None
    phone: str | None
    extension: str | None
    url: str | None
    closed_days: str | None
    shelter: bool
    disaster_open: bool
    disaster_procedure: str | None
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
    fields |= settled(fields, {})
    session.add(Venue(**fields, search=search_of(fields), entry=entry))
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
    fields = {name: value for name, value in given.items() if value is not None or name not in _ALWAYS}
    if "name_kana" in fields:
        fields["name_kana"] = fields["name_kana"] or ""
    if fields.keys() & {"address", *PARTS}:
        fields |= settled(fields, row.model_dump())
    row.sqlmodel_update(fields)
    row.search = search_of(row.model_dump())
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
    shelter: bool | None = None,
    q: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
    exact: bool = False,
) -> VenueList:
    """A page of venues by kana, then code."""
    query = select(VENUE)
    if kind:
        query = query.where(VENUE.c.kind == kind)
    if shelter is not None:
        query = query.where(VENUE.c.shelter == shelter)
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


def search_of(fields: Any) -> str:
    """What a venue is found by, folded."""
    words = ("code", "name", "name_kana", "address")
    return "\n".join(fold(fields[word]) for word in words if fields.get(word))
