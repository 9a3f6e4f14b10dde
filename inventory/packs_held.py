"""Which desks hold the pack of a day: what a desk says of itself once the pack is on its disk.

A pack that is asked for may never arrive, and asking changes nothing. So the desk says it, once for each hall, day and
end of the pack.
"""

from datetime import date, datetime, timedelta
from typing import Annotated

from pydantic import Field
from sqlalchemy import String, cast, select
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.borrowers import VENUE
from inventory.errors import Invalid, NotFound
from inventory.journal import By
from inventory.shapes import Card, Day, Identifier, Instant, Name, Shape, row_id
from inventory.tables import PackHeld

_HELD = SQLModel.metadata.tables["pack_held"]


class HoldPack(Shape):
    """``venue`` is a code; None: the pack of every hall. ``made_at`` and ``expires_at`` are those of the pack."""

    desk: Name
    venue: Identifier | None = None
    on: Annotated[Day, Field(description="The day of the pack (JST).")]
    made_at: Instant
    expires_at: Instant


class PackHeldCard(Card):
    """``venue`` is the hall's code, None for every hall; ``held_at`` is when the desk said it."""

    id: str
    desk: str
    venue: str | None
    on_day: date
    made_at: datetime
    expires_at: datetime
    held_at: datetime


_CARDS = select(
    cast(_HELD.c.id, String).label("id"),
    _HELD.c.desk,
    VENUE.c.code.label("venue"),
    *(_HELD.c[name] for name in ("on_day", "made_at", "expires_at", "held_at")),
).select_from(_HELD.outerjoin(VENUE, _HELD.c.venue_id == VENUE.c.id))


def hold_pack(session: Session, order: HoldPack, *, by: By, now: datetime, op_id: str) -> PackHeldCard:
    """A desk holds a pack. Said again of the same hall, day and end, it is the first word that stands.

    Raises:
        Invalid: the pack ends before it was made, or there is no such hall.
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id, desk=order.desk)
    if order.expires_at <= order.made_at:
        raise Invalid.field("expires_at", "控えの期限が、控えを作った時刻より前です。控えを読み込み直してください。")
    venue = _venue(session, order.venue)
    same = (
        _HELD.c.desk == order.desk,
        _HELD.c.venue_id.is_not_distinct_from(venue),
        _HELD.c.on_day == order.on,
        _HELD.c.expires_at == order.expires_at,
    )
    held = session.connection().execute(select(_HELD.c.id).where(*same)).scalar()
    if held is None:
        row = PackHeld(
            desk=order.desk,
            venue_id=venue,
            on_day=order.on,
            made_at=order.made_at,
            expires_at=order.expires_at,
            held_at=now,
            entry=journal.open_entry_number(session),
        )
        session.add(row)
        session.flush()
        held = row.id
    journal.note(session, "hold_pack", pack=held, venue=order.venue, on=order.on.isoformat())
    return pack_held(session, str(held))


def pack_held(session: Session, pack: str) -> PackHeldCard:
    row = session.connection().execute(_CARDS.where(_HELD.c.id == row_id(pack))).first()
    if row is None:
        raise NotFound("その控えの記録は見つかりません。窓口の画面を開き直してください。")
    return PackHeldCard.model_validate(row, from_attributes=True)


def packs_held(session: Session, since: date, until: date) -> list[PackHeldCard]:
    """What desks said of the packs of the days from ``since`` to before ``until``: by day, the latest word first."""
    query = _CARDS.where(_HELD.c.on_day >= since, _HELD.c.on_day < until)
    order = (_HELD.c.on_day, _HELD.c.held_at.desc(), _HELD.c.id.desc())
    return [
        PackHeldCard.model_validate(row, from_attributes=True)
        for row in session.connection().execute(query.order_by(*order))
    ]


def packs_of(session: Session, on: date, venue: str | None) -> list[PackHeldCard]:
    """The packs of a day that serve a hall: its own and those of every hall."""
    held = packs_held(session, on, on + timedelta(days=1))
    return [one for one in held if one.venue is None or one.venue == venue]


def _venue(session: Session, code: str | None) -> int | None:
    if code is None:
        return None
    found = session.connection().execute(select(VENUE.c.id).where(VENUE.c.code == code)).scalar()
    if found is None:
        raise Invalid.field("venue", f"会場 {code} は見つかりません。窓口の画面を開き直してください。")
    return int(found)
