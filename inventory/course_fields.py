"""What is written of a course, whichever act writes it, and what its words must refer to."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator
from sqlalchemy import select
from sqlmodel import Session, SQLModel

from inventory.borrowers import VENUE
from inventory.devices import CASE
from inventory.errors import Invalid
from inventory.programmes import PROGRAMME
from inventory.shapes import (
    BlankIsNone,
    Identifier,
    Instant,
    Kana,
    Lines,
    LongName,
    Note,
    OneLine,
    OptionalCount,
    OptionalLine,
    OptionalLongName,
    OptionalName,
    Shape,
    row_id,
)
from inventory.text import fold
from inventory.venues import WebAddress

_tables = SQLModel.metadata.tables
SERIES = _tables["course_series"]
ROOM = _tables["room"]

# A course is one date of a series. What is longer was mistyped: every day of it would be looked at in its hall.
LONGEST = timedelta(days=31)

OptionalId = Annotated[Identifier | None, BlankIsNone]
Level = Annotated[Annotated[int, Field(ge=1, le=5)] | None, BlankIsNone]
TitleKana = Annotated[Annotated[Kana, StringConstraints(max_length=120)] | None, BlankIsNone]
Description = Annotated[Annotated[str, StringConstraints(max_length=500), Lines] | None, BlankIsNone]
ApplyHow = Annotated[Annotated[str, StringConstraints(max_length=200), OneLine] | None, BlankIsNone]


class CourseContent(Shape):
    """What several dates of a course may share. ``venue`` and ``case`` are codes, ``room`` an id."""

    title: LongName
    title_kana: TitleKana = None
    level: Level = None
    topics: OptionalLine = None
    venue: OptionalId = None
    room: OptionalId = None
    capacity: OptionalCount = None
    phones_needed: OptionalCount = None
    supporters_needed: OptionalCount = None
    case: OptionalId = None
    needs_wifi: bool = False
    note: Note = None
    published: bool = False
    description: Description = None
    fee: OptionalName = None
    contact: OptionalLongName = None
    apply_how: ApplyHow = None
    url: WebAddress = None


# What a new date of a course takes over from one that is there. A note is about its own day and may name a person.
SHARED = tuple(name for name in CourseContent.model_fields if name not in ("venue", "room", "case", "note"))
SHARED_REFERENCES = ("programme_id", "venue_id", "room_id", "case_id")


def why_not(starts_at: datetime, ends_at: datetime) -> str | None:
    """Why a course cannot last from one moment to the other, in a sentence without its stop; None where it can."""
    if ends_at <= starts_at:
        return "終わりの時刻が、始まりより前です。時刻をたしかめてください"
    if ends_at - starts_at > LONGEST:
        return f"1回の講座は{LONGEST.days}日までです。日付をたしかめてください"
    return None


def must_last(starts_at: datetime, ends_at: datetime) -> None:
    """Raises ValueError where a course cannot last from one moment to the other."""
    if (reason := why_not(starts_at, ends_at)) is not None:
        raise ValueError(reason)


class Dates(Shape):
    """One date: it ends after it begins."""

    starts_at: Instant
    ends_at: Instant

    @model_validator(mode="after")
    def _lasts(self) -> "Dates":
        must_last(self.starts_at, self.ends_at)
        return self


def refer(session: Session, written: Mapping[str, Any], *, kept: Any = None) -> dict[str, Any]:
    """The row numbers behind ``programme``, ``series``, ``venue``, ``room`` and ``case``; a room brings its venue.

    ``kept`` is the course's row as it is: a room or a case that was given up meanwhile may stay where it stands.

    Raises:
        Invalid: one of them is unknown, given up, or does not go with another; the field is named.
    """
    connection = session.connection()
    programme = connection.execute(
        select(PROGRAMME.c.id).where(PROGRAMME.c.id == row_id(written["programme"]))
    ).scalar()
    if programme is None:
        raise Invalid.field("programme", "その事業は見つかりません。一覧から選んでください。")
    series = None
    if written.get("series") is not None:
        found = connection.execute(select(SERIES).where(SERIES.c.id == row_id(written["series"]))).first()
        if found is None:
            raise Invalid.field("series", "その連続講座は見つかりません。事業の画面から選んでください。")
        if found.programme_id != programme:
            raise Invalid.field("series", "その連続講座は、別の事業のものです。同じ事業の連続講座を選んでください。")
        series = found.id
    venue = None
    if written.get("venue") is not None:
        venue = connection.execute(select(VENUE.c.id).where(VENUE.c.code == written["venue"])).scalar()
        if venue is None:
            raise Invalid.field("venue", "その会場は見つかりません。一覧から選んでください。")
    room = None
    if written.get("room") is not None:
        place = connection.execute(select(ROOM).where(ROOM.c.id == row_id(written["room"]))).first()
        if place is None or (place.retired_at is not None and place.id != getattr(kept, "room_id", None)):
            raise Invalid.field("room", "その部屋は使われていません。いまある部屋から選んでください。")
        if venue is not None and place.venue_id != venue:
            raise Invalid.field("room", "その部屋は、別の会場の部屋です。会場か部屋を選び直してください。")
        room, venue = place.id, place.venue_id
    case = None
    if written.get("case") is not None:
        box = connection.execute(select(CASE).where(CASE.c.code == written["case"])).first()
        if box is None or (box.retired_at is not None and box.id != getattr(kept, "case_id", None)):
            raise Invalid.field("case", "その貸出ケースは使われていません。いまあるケースから選んでください。")
        case = box.id
    return {"programme_id": programme, "series_id": series, "venue_id": venue, "room_id": room, "case_id": case}


def venue_name(session: Session, venue: int | None) -> str | None:
    if venue is None:
        return None
    name: str | None = session.connection().execute(select(VENUE.c.name).where(VENUE.c.id == venue)).scalar()
    return name


def search_of(title: str, hall: str | None) -> str:
    """The words that a course is found by: its title and the name of its venue."""
    return "\n".join(fold(word) for word in (title, hall) if word)
