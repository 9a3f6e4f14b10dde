"""The label number of a venue, which its poster shows: whoever has trouble there reports it under this number."""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from inventory import journal
from inventory.devices import BINDING
from inventory.errors import NotFound
from inventory.journal import By
from inventory.shapes import Card
from inventory.stock import BindTag
from inventory.tags import bind
from inventory.venues import venue_by_code, venue_card


class VenueTag(Card):
    """``code`` is the venue's, ``tag`` its label number; None while it has none."""

    code: str
    name: str
    tag: str | None


def bind_venue_tag(session: Session, order: BindTag, *, venue: str, by: By, now: datetime, op_id: str) -> VenueTag:
    """Give a venue a label number, fresh or printed blank; its old label then says that it was replaced.

    Raises:
        NotFound: there is no such venue.
        Invalid: the number was never printed, or is or was bound to something.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = venue_by_code(session, venue)
    if row is None:
        raise NotFound("その会場は見つかりません。一覧から選んでください。")
    number = bind(session, order.number, now=now, entry=entry, venue_id=row)
    journal.note(session, "bind_tag", venue=venue, tag=number)
    return venue_tag(session, venue)


def venue_tag(session: Session, venue: str) -> VenueTag:
    """The number that stands.

    Raises:
        NotFound: there is no such venue.
    """
    card = venue_card(session, venue)
    query = select(BINDING.c.number).where(
        BINDING.c.venue_id == venue_by_code(session, card.code), BINDING.c.unbound_at.is_(None)
    )
    return VenueTag(code=card.code, name=card.name, tag=session.connection().execute(query).scalar())
