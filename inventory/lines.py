"""Lines to the internet: which provider serves which venue, from when to when, and what it costs a month."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator
from sqlalchemy import Select, insert, select, update
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.errors import Invalid, NotFound
from inventory.journal import By
from inventory.revisions import must_be_current
from inventory.shapes import (
    BlankIsNone,
    Card,
    Day,
    Identifier,
    Lines,
    ModelName,
    OptionalDay,
    OptionalName,
    Shape,
    Yen,
    row_id,
)
from inventory.tables import LineKind

_tables = SQLModel.metadata.tables
LINE, VENUE, CONTRACT = _tables["line"], _tables["venue"], _tables["contract"]

Mbps = Annotated[Annotated[int, Field(ge=1, le=1_000_000)] | None, BlankIsNone]
OptionalContract = Annotated[Identifier | None, BlankIsNone]
LineNote = Annotated[Annotated[str, StringConstraints(max_length=400), Lines] | None, BlankIsNone]


class LineFields(Shape):
    """``speed_mbps`` is what the provider promises, in Mbit/s; ``contract`` the id of a contract."""

    circuit: OptionalName = None
    speed_mbps: Mbps = None
    monthly_yen: Yen = None
    until_on: OptionalDay = None
    contract: OptionalContract = None
    note: LineNote = None


class NewLine(LineFields):
    provider: ModelName
    kind: LineKind
    from_on: Day

    @model_validator(mode="after")
    def _in_order(self) -> "NewLine":
        if self.until_on is not None and self.until_on < self.from_on:
            raise ValueError(_BACKWARDS.removesuffix("。"))
        return self


class LineChange(LineFields):
    """Fields left out stay as they are; null empties a field. A line ends with its ``until_on``, its last day."""

    provider: ModelName | None = None
    kind: LineKind | None = None
    from_on: Day | None = None


class LineCard(Card):
    """``venue`` is a code; ``contract_name`` is the number and the title of its contract."""

    id: str
    venue: str
    venue_name: str
    provider: str
    kind: LineKind
    circuit: str | None
    speed_mbps: int | None
    monthly_yen: int | None
    from_on: date
    until_on: date | None
    contract: str | None
    contract_name: str | None
    note: str | None
    revision: int


class LineList(Card):
    items: list[LineCard]
    next: None = None
    total: int


_BACKWARDS = "終わりの日は、始まりの日より後にしてください。"
_REQUIRED = ("provider", "kind", "from_on")


def add_line(session: Session, order: NewLine, *, venue: str, by: By, now: datetime, op_id: str) -> LineCard:
    """Enter a line of a venue.

    Raises:
        NotFound: there is no such venue.
        Invalid: there is no such contract.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    of = session.connection().execute(select(VENUE.c.id, VENUE.c.code).where(VENUE.c.code == venue)).first()
    if of is None:
        raise NotFound(f"会場 {venue} は見つかりません。一覧から選んでください。")
    fields = order.model_dump(exclude={"contract"})
    contract = _contract(session, order.contract)
    values = {**fields, "venue_id": of.id, "contract_id": contract, "revision": 1, "entry": entry}
    row = session.connection().execute(insert(LINE).values(values))
    assert row.inserted_primary_key is not None
    line = row.inserted_primary_key[0]
    journal.note(session, "add_line", venue=of.code, line=line, kind=order.kind.value, contract=contract)
    return line_card(session, str(line))


def change_line(
    session: Session,
    change: LineChange,
    *,
    venue: str,
    line: str,
    revision: int,
    by: By,
    now: datetime,
    op_id: str,
) -> LineCard:
    """Change what the order names, its end among it; ``revision`` is the one the caller has seen.

    Raises:
        NotFound: the venue has no such line.
        Invalid: it would end before it begins, or there is no such contract.
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = session.connection().execute(_cards().where(LINE.c.id == row_id(line), VENUE.c.code == venue)).first()
    if row is None:
        raise NotFound("その回線は見つかりません。会場の画面を開き直してください。")
    must_be_current(row.revision, revision)
    given = {
        name: value
        for name, value in change.model_dump(exclude_unset=True).items()
        if value is not None or name not in _REQUIRED
    }
    if "contract" in given:
        given["contract_id"] = _contract(session, given.pop("contract"))
    merged = {**row._mapping, **given}
    if merged["until_on"] is not None and merged["until_on"] < merged["from_on"]:
        raise Invalid.field("until_on", _BACKWARDS)
    session.connection().execute(update(LINE).where(LINE.c.id == row.id).values(**given, revision=row.revision + 1))
    journal.note(session, "change_line", venue=venue, line=row.id, fields=sorted(change.model_fields_set))
    return line_card(session, line)


def line_card(session: Session, line: str) -> LineCard:
    """A line by its id.

    Raises:
        NotFound: there is none.
    """
    row = session.connection().execute(_cards().where(LINE.c.id == row_id(line))).first()
    if row is None:
        raise NotFound("その回線は見つかりません。会場の画面を開き直してください。")
    return _card(row)


def lines_of(session: Session, venue: str) -> LineList:
    """The lines of a venue, the newest first.

    Raises:
        NotFound: there is no such venue.
    """
    if session.connection().execute(select(VENUE.c.id).where(VENUE.c.code == venue)).first() is None:
        raise NotFound(f"会場 {venue} は見つかりません。一覧から選んでください。")
    query = _cards().where(VENUE.c.code == venue).order_by(LINE.c.from_on.desc(), LINE.c.id.desc())
    items = [_card(row) for row in session.connection().execute(query)]
    return LineList(items=items, total=len(items))


def every_line(session: Session) -> list[LineCard]:
    """All lines of all venues, by venue, for a file."""
    query = _cards().order_by(VENUE.c.name_kana, VENUE.c.code, LINE.c.from_on, LINE.c.id)
    return [_card(row) for row in session.connection().execute(query)]


def _contract(session: Session, contract: str | None) -> int | None:
    if contract is None:
        return None
    found = session.connection().execute(select(CONTRACT.c.id).where(CONTRACT.c.id == row_id(contract))).scalar()
    if found is None:
        raise Invalid.field("contract", "この契約は見つかりません。一覧から選び直してください。")
    return int(found)


def _cards() -> Select[Any]:
    return (
        select(
            LINE,
            VENUE.c.code.label("venue"),
            VENUE.c.name.label("venue_name"),
            CONTRACT.c.number.label("contract_number"),
            CONTRACT.c.title.label("contract_title"),
        )
        .join(VENUE, VENUE.c.id == LINE.c.venue_id)
        .outerjoin(CONTRACT, CONTRACT.c.id == LINE.c.contract_id)
    )


def _card(row: Any) -> LineCard:
    known = row.contract_id is not None
    return LineCard.model_validate(
        {
            **row._mapping,
            "id": str(row.id),
            "contract": str(row.contract_id) if known else None,
            "contract_name": f"{row.contract_number} {row.contract_title}" if known else None,
        }
    )
