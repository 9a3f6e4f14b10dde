"""What is on the air at the venues: cards of access points, without what only the door of a passphrase may tell."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import and_, exists, or_, select
from sqlmodel import Session, SQLModel

from inventory.borrowers import LOAN, VENUE
from inventory.devices import DEVICE, ITEM
from inventory.errors import NotFound
from inventory.shapes import Card, row_id
from inventory.tables import WifiAuth

ACCESS_POINT = SQLModel.metadata.tables["access_point"]
ROOM = SQLModel.metadata.tables["room"]


class RoomOfPoint(Card):
    id: str
    name: str


class DeviceOfPoint(Card):
    """The device that sends the network. ``installed``: it is out to this venue now; it may have been taken down."""

    asset_number: str
    model: str
    installed: bool


class AccessPointCard(Card):
    """``passphrase_until`` is the day on which the passphrase changes next. ``area`` is where in the venue."""

    id: str
    venue: str
    venue_name: str
    room: RoomOfPoint | None
    area: str | None
    ssid: str
    auth: WifiAuth
    band: str | None
    disaster_ssid: bool
    has_passphrase: bool
    passphrase_until: date | None
    device: DeviceOfPoint | None
    installed_on: date
    removed_on: date | None
    note: str | None
    revision: int


class AccessPointList(Card):
    items: list[AccessPointCard]


# Not the passphrase itself: what never leaves the database cannot be shown by mistake.
_SHOWN = (
    "id", "ssid", "area", "auth", "band", "disaster_ssid", "passphrase_until", "installed_on", "removed_on", "note",
    "revision",
)  # fmt: skip
_STANDS_HERE = exists().where(
    ITEM.c.device_id == ACCESS_POINT.c.device_id,
    ITEM.c.returned_at.is_(None),
    ITEM.c.loan_id == LOAN.c.id,
    LOAN.c.installed,
    LOAN.c.venue_id == ACCESS_POINT.c.venue_id,
)
_SELECT = select(
    *(ACCESS_POINT.c[name] for name in _SHOWN),
    ACCESS_POINT.c.passphrase.is_not(None).label("has_passphrase"),
    VENUE.c.code.label("venue"),
    VENUE.c.name.label("venue_name"),
    ROOM.c.id.label("room_id"),
    ROOM.c.name.label("room_name"),
    DEVICE.c.asset_number,
    DEVICE.c.model,
    _STANDS_HERE.label("stands_here"),
).select_from(
    ACCESS_POINT.join(VENUE, ACCESS_POINT.c.venue_id == VENUE.c.id)
    .outerjoin(ROOM, ACCESS_POINT.c.room_id == ROOM.c.id)
    .outerjoin(DEVICE, ACCESS_POINT.c.device_id == DEVICE.c.id)
)
_ORDER = (VENUE.c.code, ACCESS_POINT.c.installed_on, ACCESS_POINT.c.id)


def access_point_card(session: Session, access_point: str, venue: str | None = None) -> AccessPointCard:
    """Raises NotFound when there is no such access point, or it is not at this venue."""
    query = _SELECT.where(ACCESS_POINT.c.id == row_id(access_point))
    if venue is not None:
        query = query.where(VENUE.c.code == venue)
    row = session.connection().execute(query).first()
    if row is None:
        raise NotFound("そのアクセスポイントは見つかりません。会場のページから選び直してください。")
    return _card(row)


def list_access_points(
    session: Session, venues: Collection[str] | None = None, on: date | None = None
) -> list[AccessPointCard]:
    """Access points of these venues (all of them when None), by venue, day and id, in one statement.

    ``on`` keeps those that were in place on that day; without it those that were taken down are there as well.
    """
    query = _SELECT
    if venues is not None:
        query = query.where(VENUE.c.code.in_(list(venues)))
    if on is not None:
        standing = or_(ACCESS_POINT.c.removed_on.is_(None), ACCESS_POINT.c.removed_on > on)
        query = query.where(and_(ACCESS_POINT.c.installed_on <= on, standing))
    return [_card(row) for row in session.connection().execute(query.order_by(*_ORDER))]


def access_points_of(session: Session, venue: str) -> AccessPointList:
    """Those of one venue, also those that were taken down.

    Raises:
        NotFound: there is no such venue.
    """
    if session.connection().execute(select(VENUE.c.id).where(VENUE.c.code == venue)).first() is None:
        raise NotFound("その会場は見つかりません。一覧から選んでください。")
    return AccessPointList(items=list_access_points(session, [venue]))


def _card(row: Any) -> AccessPointCard:
    values = {name: getattr(row, name) for name in (*_SHOWN, "venue", "venue_name", "has_passphrase") if name != "id"}
    device = None
    if row.asset_number is not None:
        device = DeviceOfPoint(asset_number=row.asset_number, model=row.model, installed=row.stands_here)
    room = RoomOfPoint(id=str(row.room_id), name=row.room_name) if row.room_id is not None else None
    return AccessPointCard(id=str(row.id), room=room, device=device, **values)
