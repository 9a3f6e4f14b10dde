"""Pictures: of a device that came back damaged, and of agreements on paper.

What arrives here was decoded and re-encoded at the door; the ledger keeps nothing of the file that was sent but its
digest in the journal's memory of the request.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints
from sqlalchemy import bindparam, insert, or_, select
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.borrowers import LOAN
from inventory.devices import DEVICE, ITEM, find_device
from inventory.errors import NotFound
from inventory.journal import By
from inventory.shapes import Card, Shape, row_id
from inventory.tables import Realm

PICTURE = SQLModel.metadata.tables["picture"]

# What a picture may weigh in the ledger, in bytes: one backup holds them all.
LARGEST_KEPT = 400_000

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]

_CARDS = (
    select(
        PICTURE.c.id,
        PICTURE.c.media_type,
        PICTURE.c.width,
        PICTURE.c.height,
        PICTURE.c.received_at,
        PICTURE.c.erased_at,
        PICTURE.c.agreement_id,
        DEVICE.c.asset_number,
        LOAN.c.number.label("loan"),
    )
    .select_from(
        PICTURE.outerjoin(DEVICE, PICTURE.c.device_id == DEVICE.c.id)
        .outerjoin(ITEM, PICTURE.c.loan_item_id == ITEM.c.id)
        .outerjoin(LOAN, ITEM.c.loan_id == LOAN.c.id)
    )
    .order_by(PICTURE.c.id.desc())
)
_OF_ITEM = (
    select(ITEM.c.id)
    .where(
        ITEM.c.device_id == bindparam("device"),
        or_(ITEM.c.returned_entry == bindparam("seq"), ITEM.c.entry == bindparam("seq")),
    )
    .order_by(ITEM.c.id.desc())
)


@dataclass(frozen=True)
class Ready:
    """A picture as it will be kept: ``content`` in ``media_type``, at most ``LARGEST_KEPT`` bytes; sizes in pixels."""

    content: bytes
    media_type: str
    width: int
    height: int

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


class AddPicture(Shape):
    """``picture`` is the SHA-256 of the file as sent; ``operation`` the op_id of the act that it belongs to."""

    picture: Digest
    operation: Annotated[str, Field(min_length=1, max_length=255)] | None = None


class PictureCard(Card):
    """``device`` is an asset number, ``loan`` the number of the loan that the picture belongs to."""

    id: str
    media_type: str
    width: int
    height: int
    device: str | None
    loan: str | None
    received_at: datetime


@dataclass(frozen=True)
class Shown:
    """A picture's bytes. ``personal`` ones show what only those may see who see telephone numbers.

    So does a photo of a course whose people did not all agree that it is shown.
    """

    content: bytes
    media_type: str
    personal: bool


def add_picture(
    session: Session, order: AddPicture, *, device: str, ready: Ready, by: By, now: datetime, op_id: str
) -> PictureCard:
    """Keep a picture of a device.

    Raises:
        NotFound: there is no such device, or the act that it belongs to is not in the ledger.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = find_device(session, device)
    item = _item_of(session, row.id, order.operation) if order.operation else None
    picture = put(session, ready, now=now, entry=entry, device_id=row.id, loan_item_id=item)
    journal.note(session, "add_picture", picture=picture, device=row.asset_number, sha256=ready.sha256)
    return picture_card(session, str(picture))


def put(session: Session, ready: Ready, *, now: datetime, entry: int, **thing: int | str | None) -> int:
    """Keep a picture of whatever ``thing`` names by its column; the picture's row number."""
    values = {
        "media_type": ready.media_type,
        "content": ready.content,
        "width": ready.width,
        "height": ready.height,
        "sha256": ready.sha256,
        "received_at": now,
        "entry": entry,
        **thing,
    }
    made = session.connection().execute(insert(PICTURE).values(values))
    assert made.inserted_primary_key is not None
    return int(made.inserted_primary_key[0])


def picture_card(session: Session, picture: str) -> PictureCard:
    row = session.connection().execute(_CARDS.where(PICTURE.c.id == row_id(picture))).first()
    if row is None:
        raise _no_picture()
    return _card(row)


def pictures_of_device(session: Session, asset_number: str, limit: int = 20) -> list[PictureCard]:
    """Pictures of a device that are still kept, the newest first."""
    query = _CARDS.where(DEVICE.c.asset_key == asset_number.upper(), PICTURE.c.erased_at.is_(None)).limit(limit)
    return [_card(row) for row in session.connection().execute(query)]


def pictures_of_loan(session: Session, number: str, limit: int = 60) -> list[PictureCard]:
    """Pictures that belong to a loan's devices going out or coming back, the newest first."""
    query = _CARDS.where(LOAN.c.number == number.upper(), PICTURE.c.erased_at.is_(None)).limit(limit)
    return [_card(row) for row in session.connection().execute(query)]


def shown(session: Session, picture: str) -> Shown:
    """A picture's bytes.

    Raises:
        NotFound: there is no such picture, or it was erased.
    """
    named = [PICTURE.c.media_type, PICTURE.c.agreement_id, PICTURE.c.course_id, PICTURE.c.consent]
    query = select(PICTURE.c.content, *named).where(PICTURE.c.id == row_id(picture))
    row = session.connection().execute(query).first()
    if row is None or row.content is None:
        raise _no_picture()
    of_people = row.agreement_id is not None or (row.course_id is not None and not row.consent)
    return Shown(bytes(row.content), row.media_type, of_people)


def _item_of(session: Session, device: int, operation: str) -> int | None:
    """The loan item that an act opened or ended for this device; None where it did neither."""
    act = journal.find(session, Realm.STAFF, operation)
    if act is None:
        raise NotFound("この写真の操作は、まだ台帳にありません。先に操作を送ってから、写真を送ってください。")
    found = session.connection().execute(_OF_ITEM, {"device": device, "seq": act.seq}).scalar()
    return int(found) if found is not None else None


def _card(row: Any) -> PictureCard:
    return PictureCard(
        id=str(row.id),
        media_type=row.media_type,
        width=row.width,
        height=row.height,
        device=row.asset_number,
        loan=row.loan,
        received_at=row.received_at,
    )


def _no_picture() -> NotFound:
    return NotFound("この写真は見つかりません。画面を開き直してください。")
