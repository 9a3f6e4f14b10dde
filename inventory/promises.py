"""Whether lending would break what somebody else was promised, and which reservation a unit goes out on.

Where nothing is promised in a pool this costs one small query. A borrower with reservations of its own may take what it
was promised, even where overdue loans have made the pool short for everybody; beyond that it takes only what nobody
else was promised.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, select, update
from sqlmodel import Session

from inventory import journal
from inventory.availability import (
    NEVER,
    Besides,
    Entitled,
    Room,
    any_promised,
    away_until,
    back_by,
    room_for,
)
from inventory.availability_rows import HANDED, RESERVATION
from inventory.borrowers import ASSOCIATION, COURSE, LOAN, OFFICER
from inventory.calendar import TOKYO, month_day, today
from inventory.devices import DEVICE, ITEM, POOL
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
_OUT_BY_POOL = (
    select(
        POOL.c.id,
        POOL.c.preparation_minutes,
        func.count().label("units"),
        func.min(DEVICE.c.asset_number).label("device"),
    )
    .select_from(ITEM.join(DEVICE, ITEM.c.device_id == DEVICE.c.id).join(POOL, DEVICE.c.pool_id == POOL.c.id))
    .where(ITEM.c.loan_id == bindparam("loan"), ITEM.c.returned_at.is_(None))
    .group_by(POOL.c.id, POOL.c.preparation_minutes)
)

_OUT_ON = (
    select(
        ITEM.c.id,
        RESERVATION.c.from_at,
        LOAN.c.due_on,
        LOAN.c.due_at,
        LOAN.c.end_of_office,
        LOAN.c.installed,
        LOAN.c.officer_id,
    )
    .select_from(
        ITEM.join(RESERVATION, ITEM.c.reservation_id == RESERVATION.c.id).join(LOAN, ITEM.c.loan_id == LOAN.c.id)
    )
    .where(ITEM.c.returned_at.is_(None), RESERVATION.c.released_at.is_(None))
)


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
        if not any_promised(session, pool, at, away_until(reach, preparation), preparation):
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
            raise refusal(session, pool, going[room.units].asset_number, room, own)
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
    return back_by(due["due_at"], day, now, today(now))


def want_again(session: Session, which: ColumnElement[bool], *, now: datetime) -> None:
    """Units that are out on reservations and expected back before those begin are wanted again for them.

    To be called when the time of a reservation, or the due day of a loan, has changed. ``which`` is a condition on
    those tables.
    """
    found = session.connection().execute(_OUT_ON.where(which)).all()
    early = [row.id for row in found if end_of(session, dict(row._mapping), row.officer_id, now=now) <= row.from_at]
    if early:
        session.connection().execute(update(ITEM).where(ITEM.c.id.in_(early)).values(reservation_id=None))


def in_the_way(session: Session, loan: Any, due: Mapping[str, Any], *, now: datetime) -> Iterator[str]:
    """What somebody else was promised while a loan would go on until it is due anew, a sentence a pool.

    Only the time that is added counts; an overdue loan has none left.
    """
    before = end_of(session, loan._mapping, loan.officer_id, now=now)
    end = end_of(session, due, loan.officer_id, now=now)
    overdue = before == NEVER and loan.due_on is not None
    for pool in session.connection().execute(_OUT_BY_POOL, {"loan": loan.id}).all():
        preparation = timedelta(minutes=pool.preparation_minutes)
        start, until = now if overdue else away_until(before, preparation), away_until(end, preparation)
        if until <= start or not any_promised(session, pool.id, start, until, preparation):
            continue
        own = own_reservations(session, pool.id, loan._mapping, now, preparation)
        besides = Besides(own.besides, loan.id)
        room = room_for(session, pool.id, start, until, now=now, besides=besides, entitled=own.entitled)
        if room is not None and room.units < pool.units:
            yield f"{pool.device} は、{said_of(session, _broken(session, pool.id, room, own))}"


def refusal(session: Session, pool: str, device: str, room: Room, own: Own) -> Promised:
    """A device may not go: it is promised, with the first promise that would be broken."""
    broken = _broken(session, pool, room, own)
    facts = {} if broken is None else {"reservation": str(broken.id)}
    return Promised(f"{device} は貸せません。{said_of(session, broken)}", device=device, **facts)


def _broken(session: Session, pool: str, room: Room, own: Own) -> Any:
    """The first reservation of somebody else in the time that binds; None when all of it has been handed out since."""
    query = _OF_POOL.where(RESERVATION.c.from_at < room.until_at + own.preparation)
    asked = {"pool": pool, "at": room.from_at - own.preparation}
    found = session.connection().execute(query, asked)
    return next((row for row in found if row.id not in own.besides and row.handed < row.quantity), None)


def said_of(session: Session, reservation: Any) -> str:
    """A reservation that is in the way, as a sentence: when, and for whom."""
    if reservation is None:
        return "ほかの講座や自治会のために予約されています。"
    begin = reservation.from_at.astimezone(TOKYO)
    table = COURSE if reservation.course_id is not None else ASSOCIATION
    column = COURSE.c.title if reservation.course_id is not None else ASSOCIATION.c.name
    owner = reservation.course_id if reservation.course_id is not None else reservation.association_id
    name = session.connection().execute(select(column).where(table.c.id == owner)).scalar_one()
    return f"{month_day(begin.date())}{begin.hour}:{begin:%M}からの「{name}」に予約されています。"
