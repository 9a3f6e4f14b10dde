"""Photos of a venue: where the access points hang, what the survey saw, perhaps as evidence of a wifi step."""

from datetime import datetime
from typing import Annotated

from sqlalchemy import select
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.erasing import blank_pictures, leave_no_trace
from inventory.errors import Invalid, NotFound
from inventory.journal import By
from inventory.pictures import PICTURE, Digest, Ready, put
from inventory.shapes import BlankIsNone, Card, Identifier, OptionalLine, Shape, row_id
from inventory.venue_records import VENUE, venue_row

STEP = SQLModel.metadata.tables["wifi_step"]
_MOST = 60


class AddVenuePhoto(Shape):
    """``photo`` is the SHA-256 of the file as sent, ``step`` the id of the wifi step that it is evidence of."""

    photo: Digest
    caption: OptionalLine = None
    step: Annotated[Identifier | None, BlankIsNone] = None


class VenuePhoto(Card):
    """``venue`` is the venue's code, ``step`` the id of a wifi step. ``erased``: its bytes are gone."""

    id: str
    venue: str
    caption: str | None
    step: str | None
    media_type: str
    width: int
    height: int
    received_at: datetime
    erased: bool


class VenuePhotos(Card):
    items: list[VenuePhoto]
    next: None = None
    total: int


def add_venue_photo(
    session: Session, order: AddVenuePhoto, *, venue: str, ready: Ready, by: By, now: datetime, op_id: str
) -> VenuePhoto:
    """Keep a photo of a venue.

    Raises:
        NotFound: there is no such venue.
        Invalid: the step is none of this venue's.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = venue_row(session, venue)
    step = None
    if order.step is not None:
        step = row_id(order.step)
        query = select(STEP.c.id).where(STEP.c.id == step, STEP.c.venue_id == row.id)
        if session.connection().execute(query).first() is None:
            raise Invalid.field("step", "この会場に、その段階の記録はありません。一覧から選び直してください。")
    picture = put(session, ready, now=now, entry=entry, venue_id=row.id, wifi_step_id=step, caption=order.caption)
    journal.note(session, "add_venue_photo", venue=row.code, picture=picture, step=step, sha256=ready.sha256)
    return venue_photo(session, str(picture))


def erase_venue_photo(session: Session, *, venue: str, picture: str, by: By, now: datetime, op_id: str) -> VenuePhoto:
    """Take a photo's bytes and its caption away, because it shows somebody or was taken by mistake.

    That it was there, and its digest, stay. One that is erased already stays as it is.

    Raises:
        NotFound: the venue has no such photo.
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    card = venue_photo(session, picture)
    if card.venue != venue:
        raise _not_there()
    if not card.erased:
        journal.note(session, "erase_pictures", venue=venue, erased=take_away(session, row_id(picture), now=now))
    return venue_photo(session, picture)


def take_away(session: Session, picture: int, *, now: datetime) -> list[list[str | int]]:
    """Blank a picture and its caption; what the act notes under ``erased``.

    The register of erasures reads that, so that no backup brings either of them back.
    """
    leave_no_trace(session)
    blank_pictures(session, [picture], now=now)
    session.connection().execute(PICTURE.update().where(PICTURE.c.id == picture).values(caption=None))
    return [["picture", picture], ["picture.caption", picture]]


_CARDS = select(PICTURE, VENUE.c.code).join(VENUE, PICTURE.c.venue_id == VENUE.c.id)


def venue_photo(session: Session, picture: str) -> VenuePhoto:
    row = session.connection().execute(_CARDS.where(PICTURE.c.id == row_id(picture))).first()
    if row is None:
        raise _not_there()
    return VenuePhoto(
        id=str(row.id),
        venue=row.code,
        caption=row.caption,
        step=str(row.wifi_step_id) if row.wifi_step_id is not None else None,
        media_type=row.media_type,
        width=row.width,
        height=row.height,
        received_at=row.received_at,
        erased=row.erased_at is not None,
    )


def list_venue_photos(session: Session, venue: str) -> VenuePhotos:
    """The photos of a venue that are still kept, the newest first."""
    row = venue_row(session, venue)
    kept = [PICTURE.c.id, PICTURE.c.caption, PICTURE.c.wifi_step_id, PICTURE.c.media_type]
    sizes = [PICTURE.c.width, PICTURE.c.height, PICTURE.c.received_at]
    # Without their bytes: a page of photos loads each by its own address.
    query = select(*kept, *sizes).where(PICTURE.c.venue_id == row.id, PICTURE.c.erased_at.is_(None))
    found = session.connection().execute(query.order_by(PICTURE.c.id.desc()).limit(_MOST)).all()
    items = [
        VenuePhoto(
            id=str(one.id),
            venue=row.code,
            caption=one.caption,
            step=str(one.wifi_step_id) if one.wifi_step_id is not None else None,
            media_type=one.media_type,
            width=one.width,
            height=one.height,
            received_at=one.received_at,
            erased=False,
        )
        for one in found
    ]
    return VenuePhotos(items=items, total=len(items))


def _not_there() -> NotFound:
    return NotFound("この写真は見つかりません。会場の画面を開き直してください。")
