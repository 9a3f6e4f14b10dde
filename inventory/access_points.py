"""Access points: a network name on the air at a venue, put up, changed and taken down."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, StringConstraints
from sqlalchemy import insert, select, update
from sqlmodel import Session

from inventory import journal
from inventory.access_point_lists import ACCESS_POINT, ROOM, AccessPointCard, access_point_card
from inventory.borrowers import VENUE
from inventory.calendar import today
from inventory.errors import Invalid, NotFound
from inventory.installing import install, take_down
from inventory.journal import By
from inventory.keys import Keys
from inventory.passphrases import OptionalPassphrase, must_be_ahead, put
from inventory.revisions import must_be_current
from inventory.shapes import (
    AssetNumber,
    BlankIsNone,
    Day,
    Identifier,
    Note,
    OneLine,
    OptionalDay,
    OptionalLine,
    OptionalLongName,
    Shape,
    row_id,
)
from inventory.tables import WifiAuth

_NOTE = 1000


def _network(value: str) -> str:
    """IEEE Std 802.11-2020, 9.4.2.2: 0 to 32 octets; an empty name is a wildcard, which nobody can choose."""
    name = value.strip()
    if not name or not name.isprintable():
        raise ValueError("ネットワーク名（SSID）を書いてください。改行などの見えない文字は使えません")
    if len(name.encode()) > 32:
        raise ValueError("ネットワーク名（SSID）は、半角で32文字、かな・漢字では10文字までです")
    return name


Ssid = Annotated[str, StringConstraints(max_length=200), AfterValidator(_network)]
Band = Annotated[Annotated[str, StringConstraints(max_length=40), OneLine] | None, BlankIsNone]
_Room = Annotated[Identifier | None, BlankIsNone]
_Device = Annotated[AssetNumber | None, BlankIsNone]


class AccessPointFields(Shape):
    """``room`` is the id of a room of the venue; ``device`` the asset number of what sends the network."""

    area: OptionalLongName = None
    band: Band = None
    room: _Room = None
    device: _Device = None
    installed_on: OptionalDay = None
    passphrase_until: OptionalDay = None
    note: Note = None


class AddAccessPoint(AccessPointFields):
    """Without ``installed_on`` it is today. Naming a device installs it at the venue in the same act."""

    ssid: Ssid
    auth: WifiAuth
    disaster_ssid: bool = False
    passphrase: OptionalPassphrase = None


class AccessPointChange(AccessPointFields):
    """Fields left out stay as they are; null empties a field."""

    ssid: Ssid | None = None
    auth: WifiAuth | None = None
    disaster_ssid: bool | None = None


class RemoveAccessPoint(Shape):
    on: Day
    reason: OptionalLine = None


def add_access_point(
    session: Session, order: AddAccessPoint, *, venue: str, keys: Keys | None = None, by: By, now: datetime, op_id: str
) -> AccessPointCard:
    """``keys`` seal the passphrase; an order without one needs none.

    Raises:
        NotFound: there is no such venue or device.
        Invalid: a passphrase where none is used, a room of another venue, a device that is no access point, a day that
            cannot be.
        AlreadyLent, Held, Retired, LimitReached: the device may not go out.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    hall = _venue(session, venue)
    _must_take_passphrase(order.auth, order.passphrase is not None or order.passphrase_until is not None)
    must_be_ahead(order.passphrase_until, now, "passphrase_until")
    values = order.model_dump(exclude={"passphrase", "room", "device"})
    values |= {
        "venue_id": hall.id,
        "room_id": _room(session, order.room, hall.id),
        "installed_on": _past(order.installed_on or today(now), now),
        "entry": entry,
    }
    done = session.connection().execute(insert(ACCESS_POINT).values(**values))
    assert done.inserted_primary_key is not None
    point = int(done.inserted_primary_key[0])
    journal.note(
        session, "add_access_point", venue=hall.code, access_point=str(point), passphrase=order.passphrase is not None
    )
    if order.passphrase is not None:
        if keys is None:
            raise ValueError("a passphrase needs the ledger's keys")
        put(session, keys, point, order.passphrase)
    if order.device is not None:
        device = install(session, order.device, hall, by=by, now=now, op_id=op_id)
        _set(session, point, {"device_id": device})
    return access_point_card(session, str(point))


def change_access_point(
    session: Session,
    change: AccessPointChange,
    *,
    venue: str,
    access_point: str,
    revision: int,
    by: By,
    now: datetime,
    op_id: str,
) -> AccessPointCard:
    """Correct what is written of an access point. Another way to get in than by a passphrase forgets the passphrase.

    Raises:
        NotFound, Stale, and what ``add_access_point`` raises; Invalid also when it was taken down.
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    hall, row = _venue(session, venue), _standing(session, venue, access_point)
    must_be_current(row.revision, revision)
    given = change.model_dump(exclude_unset=True, exclude={"room", "device"})
    always = ("ssid", "auth", "disaster_ssid", "installed_on")
    values = {name: value for name, value in given.items() if value is not None or name not in always}
    # A room that was given up since stays written where it stood.
    if "room" in change.model_fields_set and row_id(change.room or "") != (row.room_id or 0):
        values["room_id"] = _room(session, change.room, hall.id)
    if values.get("passphrase_until") != row.passphrase_until:
        must_be_ahead(values.get("passphrase_until"), now, "passphrase_until")
    if values.get("installed_on") is not None:
        _past(values["installed_on"], now)
    auth = values.get("auth", row.auth)
    if auth is not WifiAuth.PASSPHRASE:
        _must_take_passphrase(auth, values.get("passphrase_until") is not None)
        values |= {"passphrase": None, "passphrase_until": None}
    journal.note(
        session,
        "change_access_point",
        venue=hall.code,
        access_point=str(row.id),
        fields=sorted(change.model_fields_set),
    )
    if "device" in change.model_fields_set:
        new = install(session, change.device, hall, by=by, now=now, op_id=op_id) if change.device else None
        values["device_id"] = new
    _set(session, row.id, values | {"revision": row.revision + 1})
    if "device_id" in values and row.device_id is not None and row.device_id != values["device_id"]:
        take_down(session, row.device_id, hall, by=by, now=now, op_id=op_id)
    return access_point_card(session, str(row.id))


def remove_access_point(
    session: Session, order: RemoveAccessPoint, *, venue: str, access_point: str, by: By, now: datetime, op_id: str
) -> AccessPointCard:
    """Take an access point down: its row stays, its passphrase goes, and its device comes back with its last row.

    Raises:
        NotFound: there is no such access point at this venue.
        Invalid: it was taken down before, or the day is ahead or before it was put up.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    hall, row = _venue(session, venue), _standing(session, venue, access_point)
    if order.on < row.installed_on:
        raise Invalid.field("on", "外した日が、設置した日より前です。日付をたしかめてください。")
    if order.on > today(now):
        raise Invalid.field("on", "外した日が、まだ来ていません。外したあとに記録してください。")
    note = row.note
    if order.reason:
        note = "\n".join(words for words in (row.note, f"外したわけ：{order.reason}") if words)
        if len(note) > _NOTE:
            raise Invalid.field("reason", "備考と合わせて1000文字を超えます。短く書いてください。")
    values = {
        "removed_on": order.on,
        "removed_entry": entry,
        "note": note,
        "passphrase": None,
        "passphrase_until": None,
        "revision": row.revision + 1,
    }
    _set(session, row.id, values)
    journal.note(session, "remove_access_point", venue=hall.code, access_point=str(row.id), on=order.on.isoformat())
    if row.device_id is not None:
        take_down(session, row.device_id, hall, by=by, now=now, op_id=op_id)
    return access_point_card(session, str(row.id))


def _set(session: Session, point: int, values: dict[str, Any]) -> None:
    session.connection().execute(update(ACCESS_POINT).where(ACCESS_POINT.c.id == point).values(**values))


def _venue(session: Session, code: str) -> Any:
    row = session.connection().execute(select(VENUE.c.id, VENUE.c.code).where(VENUE.c.code == code)).first()
    if row is None:
        raise NotFound("その会場は見つかりません。一覧から選んでください。")
    return row


def _standing(session: Session, venue: str, access_point: str) -> Any:
    """The row of an access point that has not been taken down."""
    card = access_point_card(session, access_point, venue)
    if card.removed_on is not None:
        raise Invalid.field("", "このアクセスポイントは、もう外してあります。")
    return session.connection().execute(select(ACCESS_POINT).where(ACCESS_POINT.c.id == int(card.id))).one()


def _room(session: Session, room: str | None, venue: int) -> int | None:
    if room is None:
        return None
    found = select(ROOM.c.id).where(ROOM.c.id == row_id(room), ROOM.c.venue_id == venue, ROOM.c.retired_at.is_(None))
    row = session.connection().execute(found).scalar()
    if row is None:
        raise Invalid.field("room", "その部屋は、この会場にありません。選び直してください。")
    return int(row)


def _must_take_passphrase(auth: WifiAuth, given: bool) -> None:
    if given and auth is not WifiAuth.PASSPHRASE:
        raise Invalid.field("passphrase", "パスワードを書けるのは、認証が「パスワード」のときだけです。")


def _past(day: date, now: datetime) -> date:
    if day > today(now):
        raise Invalid.field("installed_on", "設置した日が、まだ来ていません。設置したあとに記録してください。")
    return day
