"""What a desk takes into a hall without a network: every device and whom it may go to, for one day.

A pack leaves the house on a phone, so it holds no contact data, no name of a person and no borrower. It decides
nothing: it lets the desk name what it scanned, and the ledger judges once the scans arrive.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, select
from sqlmodel import Session, SQLModel

from inventory.borrowers import ASSOCIATION, COURSE, DISTRICT, VENUE
from inventory.calendar import jst_day_bounds
from inventory.devices import BINDING, CASE, DEVICE, HOLD, ITEM, MEMBER, POOL
from inventory.errors import NotFound
from inventory.reservations import reservations_of
from inventory.shapes import Card
from inventory.tables import Audience, CourseState, DeviceState, HoldReason, PoolKind

_STAFF = SQLModel.metadata.tables["staff"]
PROGRAMME = SQLModel.metadata.tables["programme"]
# A day ends late: who cleared the hall at nine may send from home. A pack that is fetched in the evening holds
# through the night.
AFTER_THE_DAY = timedelta(hours=6)
AT_LEAST = timedelta(hours=12)


class PackedDevice(Card):
    asset_number: str
    call_number: int | None
    tag: str | None
    serial: str | None
    pool: str
    kind: PoolKind
    state: DeviceState
    holds: list[HoldReason]


class PackedCase(Card):
    """``devices`` are the asset numbers of its members, by call number."""

    code: str
    name: str
    tag: str | None
    devices: list[str]


class PackedCourse(Card):
    id: str
    title: str
    venue: str | None
    starts_at: datetime
    ends_at: datetime


class PackedAssociation(Card):
    id: str
    name: str
    district: str | None


class PackedVenue(Card):
    code: str
    name: str


class Targets(Card):
    """Whom a device may go to: the courses of the day, every association, every venue, the sections of the city."""

    courses: list[PackedCourse]
    associations: list[PackedAssociation]
    venues: list[PackedVenue]
    sections: list[str]


class Need(Card):
    """What a course of the day needs. ``pool`` is None while the ledger has no smartphones."""

    course: str
    pool: str | None
    quantity: int


class Pack(Card):
    """Good until ``expires_at``. ``venue`` None: of every hall."""

    venue: str | None
    on: date
    made_at: datetime
    expires_at: datetime
    devices: list[PackedDevice]
    cases: list[PackedCase]
    targets: Targets
    needs: list[Need]


_DEVICES = (
    select(
        DEVICE.c.id,
        DEVICE.c.asset_number,
        DEVICE.c.call_number,
        BINDING.c.number.label("tag"),
        DEVICE.c.serial,
        DEVICE.c.pool_id,
        POOL.c.kind,
    )
    .select_from(
        DEVICE.join(POOL, DEVICE.c.pool_id == POOL.c.id).outerjoin(
            BINDING, and_(BINDING.c.device_id == DEVICE.c.id, BINDING.c.unbound_at.is_(None))
        )
    )
    .where(DEVICE.c.retired_at.is_(None))
    .order_by(DEVICE.c.asset_key)
)
_OUT = select(ITEM.c.device_id).where(ITEM.c.returned_at.is_(None))
_HOLDS = select(HOLD.c.device_id, HOLD.c.reason).where(HOLD.c.closed_at.is_(None)).order_by(HOLD.c.id)
_CASES = (
    select(CASE.c.id, CASE.c.code, CASE.c.name, BINDING.c.number.label("tag"))
    .select_from(CASE.outerjoin(BINDING, and_(BINDING.c.case_id == CASE.c.id, BINDING.c.unbound_at.is_(None))))
    .where(CASE.c.retired_at.is_(None))
    .order_by(CASE.c.code_key)
)
_LYING = (
    select(MEMBER.c.case_id, DEVICE.c.asset_number)
    .join(DEVICE, MEMBER.c.device_id == DEVICE.c.id)
    .where(MEMBER.c.left_at.is_(None), DEVICE.c.retired_at.is_(None))
    .order_by(DEVICE.c.call_number.is_(None), DEVICE.c.call_number, DEVICE.c.asset_key)
)
_ASSOCIATIONS = (
    select(ASSOCIATION.c.id, ASSOCIATION.c.name, DISTRICT.c.name.label("district"))
    .select_from(ASSOCIATION.outerjoin(DISTRICT, ASSOCIATION.c.district_id == DISTRICT.c.id))
    .order_by(ASSOCIATION.c.name_kana, ASSOCIATION.c.id)
)
_VENUES = select(VENUE.c.code, VENUE.c.name).order_by(VENUE.c.name_kana, VENUE.c.code)
_LARGEST_PHONE_POOL = (
    select(DEVICE.c.pool_id)
    .join(POOL, DEVICE.c.pool_id == POOL.c.id)
    .where(POOL.c.kind == PoolKind.SMARTPHONE, DEVICE.c.retired_at.is_(None))
    .group_by(DEVICE.c.pool_id)
    .order_by(func.count().desc(), DEVICE.c.pool_id)
    .limit(1)
)


def desk_pack(session: Session, *, venue: str | None, on: date, now: datetime) -> Pack:
    """The pack of a day, for one hall or for all.

    The hall narrows the courses and what they need; devices and borrowers are packed whole, because anything may come
    back anywhere.

    Raises:
        NotFound: there is no such hall.
    """
    connection = session.connection()
    if venue is not None and connection.execute(select(VENUE.c.id).where(VENUE.c.code == venue)).first() is None:
        raise NotFound(f"会場 {venue} は見つかりません。一覧から選んでください。")
    courses = _courses(session, venue, on)
    pool = connection.execute(_LARGEST_PHONE_POOL).scalar() if courses else None
    return Pack(
        venue=venue,
        on=on,
        made_at=now,
        expires_at=_expires_at(on, now),
        devices=_devices(session),
        cases=_cases(session),
        targets=Targets(
            courses=[
                PackedCourse(
                    id=str(row.id), title=row.title, venue=row.venue, starts_at=row.starts_at, ends_at=row.ends_at
                )
                for row in courses
            ],
            associations=[
                PackedAssociation(id=str(row.id), name=row.name, district=row.district)
                for row in connection.execute(_ASSOCIATIONS)
            ],
            venues=[PackedVenue(code=row.code, name=row.name) for row in connection.execute(_VENUES)],
            sections=_sections(session),
        ),
        needs=_needs(session, courses, pool),
    )


def _needs(session: Session, courses: list[Any], phones: str | None) -> list[Need]:
    """What is reserved for each course, by pool. Where nothing is, the phones it asks for: one for each seat of those
    who have none, unless somebody said how many."""
    reserved = reservations_of(session, [row.id for row in courses])
    needs: list[Need] = []
    for row in courses:
        by_pool: dict[str | None, int] = {}
        for one in reserved[row.id]:
            by_pool[one.pool] = by_pool.get(one.pool, 0) + one.quantity
        if not by_pool:
            seats = row.capacity if row.audience is Audience.NO_PHONE else 0
            by_pool[phones] = seats if row.phones_needed is None else row.phones_needed
        needs += [Need(course=str(row.id), pool=pool, quantity=count) for pool, count in by_pool.items() if count]
    return needs


def _expires_at(on: date, now: datetime) -> datetime:
    """Six hours after the day, and never less than twelve from now, to the full hour: a pack that is asked for twice
    within the hour is the same pack."""
    soonest = now + AT_LEAST
    full = soonest.replace(minute=0, second=0, microsecond=0)
    if full < soonest:
        full += timedelta(hours=1)
    return max(jst_day_bounds(on)[1] + AFTER_THE_DAY, full).astimezone(UTC)


def _devices(session: Session) -> list[PackedDevice]:
    connection = session.connection()
    out = set(connection.execute(_OUT).scalars())
    holds: dict[int, list[HoldReason]] = {}
    for hold in connection.execute(_HOLDS):
        holds.setdefault(hold.device_id, []).append(hold.reason)
    return [
        PackedDevice(
            asset_number=row.asset_number,
            call_number=row.call_number,
            tag=row.tag,
            serial=row.serial,
            pool=row.pool_id,
            kind=row.kind,
            state=_state(row.id in out, row.id in holds),
            holds=holds.get(row.id, []),
        )
        for row in connection.execute(_DEVICES)
    ]


def _state(out: bool, held: bool) -> DeviceState:
    if out:
        return DeviceState.ON_LOAN
    return DeviceState.HELD if held else DeviceState.IN_STOCK


def _cases(session: Session) -> list[PackedCase]:
    connection = session.connection()
    lying: dict[int, list[str]] = {}
    for member in connection.execute(_LYING):
        lying.setdefault(member.case_id, []).append(member.asset_number)
    return [
        PackedCase(code=row.code, name=row.name, tag=row.tag, devices=lying.get(row.id, []))
        for row in connection.execute(_CASES)
    ]


def _courses(session: Session, venue: str | None, on: date) -> list[Any]:
    since, until = jst_day_bounds(on)
    query = (
        select(
            COURSE.c.id,
            COURSE.c.title,
            VENUE.c.code.label("venue"),
            COURSE.c.starts_at,
            COURSE.c.ends_at,
            COURSE.c.capacity,
            COURSE.c.phones_needed,
            PROGRAMME.c.audience,
        )
        .select_from(
            COURSE.join(PROGRAMME, COURSE.c.programme_id == PROGRAMME.c.id).outerjoin(
                VENUE, COURSE.c.venue_id == VENUE.c.id
            )
        )
        .where(
            COURSE.c.ends_at > since,
            COURSE.c.starts_at < until,
            COURSE.c.state.in_([CourseState.PLANNED, CourseState.HELD]),
        )
        .order_by(COURSE.c.starts_at, COURSE.c.id)
    )
    if venue is not None:
        query = query.where(VENUE.c.code == venue)
    return list(session.connection().execute(query))


def _sections(session: Session) -> list[str]:
    """The sections that devices and staff belong to. Those written on loans are free text and stay in the house."""
    connection = session.connection()
    of_devices = select(DEVICE.c.section).where(DEVICE.c.section.is_not(None), DEVICE.c.retired_at.is_(None))
    of_staff = select(_STAFF.c.section).where(_STAFF.c.section.is_not(None), _STAFF.c.disabled_at.is_(None))
    return sorted({*connection.execute(of_devices.distinct()).scalars(), *connection.execute(of_staff).scalars()})
