"""Who sits where at a course, without a name: seat and call number. The sheet on the table needs no personal data."""

import re
from collections import Counter
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from inventory.borrowers import COURSE, LOAN
from inventory.devices import DEVICE, ITEM, POOL
from inventory.errors import NotFound
from inventory.shapes import Card, row_id
from inventory.tables import PoolKind

_NUMBERED = re.compile(r"(.*?)([0-9]{1,9})", re.DOTALL)
_ENDS_WITH_NUMBER = re.compile(r"(.{0,10}?)([0-9]{1,4})", re.DOTALL)


class SeatCard(Card):
    """``seat`` as it was written. ``doubled``: another device that is still out has the same seat."""

    seat: str
    asset_number: str
    call_number: int | None
    kind: PoolKind
    loan: str
    lent_at: datetime
    returned_at: datetime | None
    doubled: bool


class Seats(Card):
    """Seats in their order, 2 before 10; of a seat that changed its device the later one comes last.

    ``unseated`` devices went out to the course without a seat.
    """

    items: list[SeatCard]
    unseated: int


def course_seats(session: Session, course: str) -> Seats:
    """The seats of a course and the devices on them, those included that came back. Raises NotFound."""
    connection = session.connection()
    if connection.execute(select(COURSE.c.id).where(COURSE.c.id == row_id(course))).first() is None:
        raise NotFound("その講座は見つかりません。一覧から選んでください。")
    query = (
        select(
            ITEM.c.seat,
            DEVICE.c.asset_number,
            DEVICE.c.call_number,
            POOL.c.kind,
            LOAN.c.number.label("loan"),
            ITEM.c.lent_at,
            ITEM.c.returned_at,
        )
        .select_from(
            ITEM.join(LOAN, ITEM.c.loan_id == LOAN.c.id)
            .join(DEVICE, ITEM.c.device_id == DEVICE.c.id)
            .join(POOL, DEVICE.c.pool_id == POOL.c.id)
        )
        .where(LOAN.c.course_id == row_id(course), ITEM.c.undone_entry.is_(None))
        .order_by(ITEM.c.lent_at, ITEM.c.id)
    )
    rows = connection.execute(query).all()
    seated = [row for row in rows if row.seat is not None]
    out = Counter(row.seat for row in seated if row.returned_at is None)
    items = [
        SeatCard(**row._mapping, doubled=row.returned_at is None and out[row.seat] > 1)
        for row in sorted(seated, key=lambda row: seat_order(row.seat))
    ]
    return Seats(items=items, unseated=len(rows) - len(seated))


def seat_order(seat: str) -> tuple[str, int, str]:
    """By the letters before the number, then by the number: 2, 10, A-1, A-10, 窓ぎわ."""
    found = _NUMBERED.match(seat)
    return (found[1], int(found[2]), seat) if found else (seat, 0, seat)


def seats_from(first: str | None, devices: int) -> list[str | None]:
    """A seat for each of so many devices that go out at once, such as those of a case: the first is given, the others
    follow it. One that does not end with a number is the seat of them all."""
    found = _ENDS_WITH_NUMBER.fullmatch(first) if first is not None else None
    if found is None:
        return [first] * devices
    seats: list[str | None] = [f"{found[1]}{int(found[2]) + more}" for more in range(devices)]
    # The one that was written stays as it was written: 01 is 01.
    return [first, *seats[1:]][:devices]
