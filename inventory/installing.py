"""A device that stays at a venue: installed is an open loan to the venue that has no day on which it is due."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlmodel import Session

from inventory.access_point_lists import ACCESS_POINT
from inventory.borrowers import LOAN
from inventory.devices import DEVICE, ITEM, POOL, find_device
from inventory.errors import Invalid
from inventory.journal import By
from inventory.lending import CheckOut, check_out
from inventory.returning import TakeBack, take_back
from inventory.tables import PoolKind
from inventory.targets import Target

_KIND = select(POOL.c.kind).where(POOL.c.id == bindparam("pool"))
_STANDS = (
    select(ITEM.c.id)
    .join(LOAN, ITEM.c.loan_id == LOAN.c.id)
    .where(
        ITEM.c.device_id == bindparam("device"),
        ITEM.c.returned_at.is_(None),
        LOAN.c.installed,
        LOAN.c.venue_id == bindparam("venue"),
    )
)


def install(session: Session, asset_number: str, venue: Any, *, by: By, now: datetime, op_id: str) -> int:
    """Row number of the device, which stays at the venue (its row) from now on, unless it does so already.

    Raises:
        NotFound: there is no such device.
        Invalid: it is not of a pool of access points.
        AlreadyLent, Held, Retired, LimitReached: it may not go out.
    """
    device = find_device(session, asset_number)
    kind = session.connection().execute(_KIND, {"pool": device.pool_id}).scalar_one()
    if kind is not PoolKind.ACCESS_POINT:
        raise Invalid.field(
            "device",
            f"{device.asset_number} は、アクセスポイントの貸出区分の端末ではありません。番号をたしかめてください。",
        )
    if not _stands(session, device.id, venue.id):
        order = CheckOut(borrower=Target(venue=venue.code), devices=[device.asset_number])
        check_out(session, order, by=by, now=now, op_id=op_id, installed=True)
    return int(device.id)


def take_down(session: Session, device: int, venue: Any, *, by: By, now: datetime, op_id: str) -> None:
    """Take a device back from its venue, once no access point there is sent by it any more."""
    sent = (
        select(func.count())
        .select_from(ACCESS_POINT)
        .where(
            ACCESS_POINT.c.device_id == device, ACCESS_POINT.c.venue_id == venue.id, ACCESS_POINT.c.removed_on.is_(None)
        )
    )
    if session.connection().execute(sent).scalar_one() or not _stands(session, device, venue.id):
        return
    number = session.connection().execute(select(DEVICE.c.asset_number).where(DEVICE.c.id == device)).scalar_one()
    take_back(session, TakeBack(devices=[number]), by=by, now=now, op_id=op_id)


def _stands(session: Session, device: int, venue: int) -> bool:
    return session.connection().execute(_STANDS, {"device": device, "venue": venue}).first() is not None
