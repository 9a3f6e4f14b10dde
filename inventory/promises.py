"""Whether lending would break what somebody else was promised, and which reservation a unit goes out on.

Where nothing is promised in a pool this costs one small query. A borrower with reservations of its own may take what it
was promised, even where overdue loans have made the pool short for everybody; beyond that it takes only what nobody
else was promised.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select
from sqlmodel import Session

from inventory import journal
from inventory.availability import (
    NEVER,
    Besides,
    Entitled,
    Room,
    any_promised,
    away_until,
    day_end,
    room_for,
)
from inventory.availability_rows import HANDED, RESERVATION
from inventory.borrowers import ASSOCIATION, COURSE, OFFICER
from inventory.calendar import TOKYO, month_day
from inventory.devices import POOL
from inventory.errors import Promised
from inventory.merging import Place

_OWNERS = ("association_id", "course_id")
_OF_POOL = (
    select(RESERVATION, HANDED.label("handed"))
    .where(
        RESERVATION.c.pool_id == bindparam("pool"),
        RESERVATION.c.released_at.is_(None),
        RESERVATION.c.until_at > bindparam("at", type_=RESERVATION.c.until_at.type),
    )
    .order_by(RESERVATION.c.from_at, RESERVATION.c.id)
)
_OWN = {name: _OF_POOL.where(RESERVATION.c[name] == bindparam("owner")) for name in _OWNERS}
_TERM = select(OFFICER.c.until_on).where(OFFICER.c.id == bindparam("officer"))
_PREPARATION = select(POOL.c.preparation_minutes).where(POOL.c.id == bindparam("pool"))


@dataclass(frozen=True)
class Own:
    """What a borrower was promised of a pool and has not got yet: rows with ``handed``, the earliest first."""

    rows: Sequence[Any]
    preparation: timedelta

    @property
    def besides(self) -> frozenset[int]:
        return frozenset(row.id for row in self.rows)

    @property
    def entitled(self) -> list[Entitled]:
        return [
            Entitled(row.from_at - self.preparation, row.until_at + self.preparation, row.quantity - row.handed)
            for row in self.rows
            if row.quantity > row.handed
        ]

    def reservations(self, end: datetime) -> list[int]:
        """For each unit that goes out until ``end`` the earliest reservation that is reached and still wants one."""
        return [row.id for row in self.rows if row.from_at < end for _ in range(max(0, row.quantity - row.handed))]


def keep_promises(
    session: Session,
    devices: Sequence[Any],
    fits: dict[int, Place],
    borrower: Mapping[str, Any],
    due: Mapping[str, Any],
    *,
    at: datetime,
    overridden: bool,
) -> dict[int, int]:
    """The reservation that each device goes out on, by row numbers, when it goes to this borrower until this day.

    ``at`` is when they went out, which may be long ago; what was promised for a time that is over binds nobody. A
    device that has come back since takes nothing from anybody.

    Raises:
        Promised: that many cannot go without breaking a promise to somebody else, and it was not overridden.
    """
    out_on: dict[int, int] = {}
    pools = {device.pool_id: timedelta(minutes=device.preparation_minutes) for device in devices}
    heard = journal.opened_at(session)
    # When a term ends is looked up only where something is promised at all.
    reach = NEVER if due["due_on"] is None else end_of(session, due, None, now=heard)
    for pool, preparation in pools.items():
        if not any_promised(session, pool, at, reach, preparation):
            continue
        here = [device for device in devices if device.pool_id == pool]
        end = end_of(session, due, borrower["officer_id"], now=heard)
        own = own_reservations(session, pool, borrower, at, preparation)
        out_on |= dict(zip((device.id for device in here), own.reservations(end), strict=False))
        going = [device for device in here if fits[device.id].until is None]
        if overridden or not going:
            continue
        room = room_for(
            session,
            pool,
            max(at, heard),
            away_until(end, preparation),
            now=heard,
            besides=Besides(reservations=own.besides),
            entitled=own.entitled,
        )
        if room is not None and room.units < len(going):
            raise refusal(session, pool, going[max(0, room.units)].asset_number, room, own)
    return out_on


def own_reservations(
    session: Session, pool: str, borrower: Mapping[str, Any], at: datetime, preparation: timedelta | None = None
) -> Own:
    """The reservations of a borrower that were not over at this moment. ``borrower`` maps the loan's columns."""
    if preparation is None:
        minutes = session.connection().execute(_PREPARATION, {"pool": pool}).scalar_one()
        preparation = timedelta(minutes=minutes)
    for name in _OWNERS:
        if borrower[name] is not None:
            asked = {"pool": pool, "at": at, "owner": borrower[name]}
            return Own(session.connection().execute(_OWN[name], asked).all(), preparation)
    return Own((), preparation)


def end_of(session: Session, due: Mapping[str, Any], officer: int | None, *, now: datetime) -> datetime:
    """Until when a loan with these due columns keeps its devices, as far as one knows."""
    day: date | None = due["due_on"]
    if day is None and due["end_of_office"] and officer is not None:
        day = session.connection().execute(_TERM, {"officer": officer}).scalar()
    if due.get("installed") or day is None:
        return NEVER
    end: datetime = due["due_at"] or day_end(day)
    # What ought to be back already is out until it is.
    return end if end > now else NEVER


def refusal(session: Session, pool: str, device: str, room: Room, own: Own) -> Promised:
    """A device may not go: it is promised, with the first promise that would be broken."""
    query = _OF_POOL.where(
        RESERVATION.c.from_at < room.until_at + own.preparation, RESERVATION.c.id.not_in(own.besides)
    )
    after = {"pool": pool, "at": room.from_at - own.preparation}
    broken = next((row for row in session.connection().execute(query, after) if row.handed < row.quantity), None)
    facts = {} if broken is None else {"reservation": str(broken.id)}
    return Promised(f"{device} は貸せません。{said_of(session, broken)}", device=device, **facts)


def said_of(session: Session, reservation: Any) -> str:
    """A reservation that is in the way, as a sentence: when, and for whom."""
    if reservation is None:
        return "ほかの講座や自治会のために予約されています。"
    begin = reservation.from_at.astimezone(TOKYO)
    table = COURSE if reservation.course_id is not None else ASSOCIATION
    column = COURSE.c.title if reservation.course_id is not None else ASSOCIATION.c.name
    owner = reservation.course_id if reservation.course_id is not None else reservation.association_id
    name = session.connection().execute(select(column).where(table.c.id == owner)).scalar_one()
    return f"{month_day(begin.date())}{begin:%H:%M}からの「{name}」に予約されています。"
