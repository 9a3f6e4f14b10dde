"""What the readiness of courses is judged by, read for many courses at once: a few queries, whatever their number."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, literal, or_, select
from sqlmodel import Session

from inventory.availability_rows import RESERVATION
from inventory.borrowers import COURSE, LOAN, VENUE
from inventory.calendar import today
from inventory.closures import closed_on, rule_of
from inventory.course_help import Helpers, helpers_of
from inventory.courses import CourseCard
from inventory.devices import CASE, DEVICE, ITEM, MEMBER, POOL
from inventory.issue_lists import OPEN
from inventory.issue_steps import ISSUE, ISSUE_STEP
from inventory.outages import open_outages
from inventory.packs_held import PackHeldCard, packs_held
from inventory.readiness_stock import AHEAD, Stock, load_stock
from inventory.reservation_lists import ReservationCard
from inventory.reservations import reservations_of
from inventory.rooms import ROOM
from inventory.tables import Audience, CourseState, IssueState, PoolKind, WifiStage
from inventory.wifi_standing import PLAN, last_plan, standings

_GOING_ON = (CourseState.PLANNED, CourseState.HELD)


@dataclass(frozen=True)
class Hall:
    """``stage`` None: nothing has begun. ``service_on``: the day planned for 運用, None without one.

    ``closed``: why, by day. ``rule`` is in the hall's words, ``rule_read`` whether it can be read.
    ``largest_room``: people, None where no room's capacity is known.
    """

    id: int
    stage: WifiStage | None
    service_on: date | None
    down_since: datetime | None
    closed: dict[date, str]
    rule: str | None
    rule_read: bool
    open_issues: int
    last_solved: datetime | None
    rooms: int
    largest_room: int | None

    @property
    def has_wifi(self) -> bool:
        return self.stage is WifiStage.IN_SERVICE and self.down_since is None


@dataclass(frozen=True)
class Clash:
    """Another course in the same room at the same time."""

    course: str
    title: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Facts:
    """``loose`` counts devices that are with the course beside its open reservations, by kind."""

    card: CourseCard
    now: datetime
    hall: Hall | None
    room_retired: bool
    clashes: list[Clash]
    kept: list[ReservationCard]
    loose: Counter[PoolKind]
    pools: dict[str, Stock]
    helpers: Helpers
    case_place: str | None
    case_out: bool
    packs: list[PackHeldCard]

    @property
    def day(self) -> date:
        return today(self.card.starts_at)

    @property
    def last_day(self) -> date:
        """The last day of the course; one that ends at midnight does not reach into the next."""
        return today(self.card.ends_at - timedelta(microseconds=1))

    def kept_of(self, *kinds: PoolKind) -> list[ReservationCard]:
        return [one for one in self.kept if self.pools[one.pool].kind in kinds]

    def stocks(self, kind: PoolKind) -> list[Stock]:
        """Pools of a kind, the one with the most free devices at the time of the course first."""
        found = [stock for stock in self.pools.values() if stock.kind is kind]
        return sorted(found, key=lambda one: (-one.free(self.card.starts_at, self.card.ends_at), one.id))


def load_facts(session: Session, cards: Sequence[CourseCard], *, now: datetime) -> list[Facts]:
    """The facts of each course, in the order given."""
    if not cards:
        return []
    ids = [int(card.id) for card in cards]
    places = _places(session, ids)
    first = min(today(card.starts_at) for card in cards)
    last = max(today(card.ends_at) for card in cards)
    halls = _halls(session, sorted({row.venue_id for row in places.values() if row.venue_id}), first, last, now)
    kept = reservations_of(session, ids)
    clashes, loose, helpers = _clashes(session, ids), _loose(session, ids), helpers_of(session, ids)
    pools = _pools(session, cards, kept, now)
    near = [card for card in cards if is_near(card, now)]
    out = _cases_out(session, [int(card.id) for card in near if card.case])
    packs = packs_held(session, today(now), today(now) + timedelta(days=2)) if near else []
    return [
        Facts(
            card=card,
            now=now,
            hall=halls.get(places[int(card.id)].venue_id),
            room_retired=places[int(card.id)].retired_at is not None,
            clashes=clashes[int(card.id)],
            kept=kept[int(card.id)],
            loose=loose[int(card.id)],
            pools=pools,
            helpers=helpers[int(card.id)],
            case_place=places[int(card.id)].place,
            case_out=int(card.id) in out,
            packs=packs,
        )
        for card in cards
    ]


def phones_needed(card: CourseCard) -> int:
    """What the plan asks for; a seat of a course for people without a phone needs one."""
    if card.phones_needed is not None:
        return card.phones_needed
    if card.audience is Audience.NO_PHONE:
        return card.capacity if card.capacity is not None else card.enrolled or 0
    return 0


def is_near(card: CourseCard, now: datetime) -> bool:
    """From the day before the course on: then its case has to be there, and a desk has to hold its pack."""
    return today(card.starts_at) - timedelta(days=1) <= today(now)


def _places(session: Session, ids: Sequence[int]) -> dict[int, Any]:
    query = (
        select(COURSE.c.id, COURSE.c.venue_id, ROOM.c.retired_at, CASE.c.place)
        .select_from(
            COURSE.outerjoin(ROOM, COURSE.c.room_id == ROOM.c.id).outerjoin(CASE, COURSE.c.case_id == CASE.c.id)
        )
        .where(COURSE.c.id.in_(ids))
    )
    return {row.id: row for row in session.connection().execute(query)}


def _halls(session: Session, ids: list[int], first: date, last: date, now: datetime) -> dict[int | None, Hall]:
    if not ids:
        return {}
    connection = session.connection()
    stages = standings(session, on=today(now), venues=ids)
    planned = select(VENUE.c.id, PLAN.c.planned_on).join(
        PLAN, PLAN.c.id == last_plan(VENUE.c.id, literal(WifiStage.IN_SERVICE, PLAN.c.stage.type))
    )
    service = {row.id: row.planned_on for row in connection.execute(planned.where(VENUE.c.id.in_(ids)))}
    down = open_outages(session)
    closed = closed_on(session, ids, first, last + AHEAD)
    texts = select(VENUE.c.id, VENUE.c.closed_days).where(VENUE.c.id.in_(ids))
    rules = {row.id: row.closed_days for row in connection.execute(texts)}
    issues = (
        select(ISSUE.c.venue_id, ISSUE_STEP.c.state, func.count().label("count"), func.max(ISSUE_STEP.c.began_at))
        .join(ISSUE_STEP, and_(ISSUE_STEP.c.issue_id == ISSUE.c.id, ISSUE_STEP.c.ended_at.is_(None)))
        .where(ISSUE.c.venue_id.in_(ids), ISSUE.c.merged_into_id.is_(None))
        .group_by(ISSUE.c.venue_id, ISSUE_STEP.c.state)
    )
    waiting: Counter[int] = Counter()
    solved: dict[int, datetime] = {}
    for venue, state, count, since in connection.execute(issues):
        if state in OPEN:
            waiting[venue] += count
        elif state == IssueState.RESOLVED:
            solved[venue] = since
    of_venue = ROOM.c.venue_id.in_(ids), ROOM.c.retired_at.is_(None)
    counted = select(ROOM.c.venue_id, func.count().label("rooms"), func.max(ROOM.c.capacity).label("largest"))
    rooms = {row.venue_id: row for row in connection.execute(counted.where(*of_venue).group_by(ROOM.c.venue_id))}
    return {
        venue: Hall(
            id=venue,
            stage=stages[venue].stage if venue in stages else None,
            service_on=service.get(venue),
            down_since=down.get(venue),
            closed=closed.get(venue, {}),
            rule=rules.get(venue),
            rule_read=rule_of(rules.get(venue)) is not None,
            open_issues=waiting[venue],
            last_solved=solved.get(venue),
            rooms=rooms[venue].rooms if venue in rooms else 0,
            largest_room=rooms[venue].largest if venue in rooms else None,
        )
        for venue in ids
    }


def _clashes(session: Session, ids: Sequence[int]) -> dict[int, list[Clash]]:
    other = COURSE.alias("other")
    query = (
        select(COURSE.c.id.label("of"), other.c.id, other.c.title, other.c.starts_at, other.c.ends_at)
        .join(other, and_(other.c.room_id == COURSE.c.room_id, other.c.id != COURSE.c.id))
        .where(COURSE.c.id.in_(ids), other.c.state.in_(_GOING_ON))
        .where(other.c.starts_at < COURSE.c.ends_at, other.c.ends_at > COURSE.c.starts_at)
        .order_by(other.c.starts_at, other.c.id)
    )
    found: defaultdict[int, list[Clash]] = defaultdict(list)
    for row in session.connection().execute(query):
        found[row.of].append(Clash(str(row.id), row.title, row.starts_at, row.ends_at))
    return found


def _loose(session: Session, ids: Sequence[int]) -> dict[int, Counter[PoolKind]]:
    query = (
        select(LOAN.c.course_id, POOL.c.kind, func.count())
        .select_from(
            ITEM.join(LOAN, ITEM.c.loan_id == LOAN.c.id)
            .join(DEVICE, ITEM.c.device_id == DEVICE.c.id)
            .join(POOL, DEVICE.c.pool_id == POOL.c.id)
            .outerjoin(RESERVATION, ITEM.c.reservation_id == RESERVATION.c.id)
        )
        .where(LOAN.c.course_id.in_(ids), ITEM.c.returned_at.is_(None))
        .where(or_(RESERVATION.c.id.is_(None), RESERVATION.c.released_at.is_not(None)))
        .group_by(LOAN.c.course_id, POOL.c.kind)
    )
    found: defaultdict[int, Counter[PoolKind]] = defaultdict(Counter)
    for course, kind, count in session.connection().execute(query):
        found[course][kind] += count
    return found


def _pools(
    session: Session, cards: Sequence[CourseCard], kept: dict[int, list[ReservationCard]], now: datetime
) -> dict[str, Stock]:
    times = [one for found in kept.values() for one in found]
    return load_stock(
        session,
        {one.pool for one in times},
        min([card.starts_at for card in cards] + [one.from_ for one in times]),
        max([card.ends_at for card in cards] + [one.until for one in times]),
        now=now,
    )


def _cases_out(session: Session, ids: Sequence[int]) -> set[int]:
    """Which of these courses have devices of their own case lent to them: the case went out already."""
    query = (
        select(LOAN.c.course_id)
        .select_from(
            ITEM.join(LOAN, ITEM.c.loan_id == LOAN.c.id)
            .join(COURSE, LOAN.c.course_id == COURSE.c.id)
            .join(MEMBER, and_(MEMBER.c.device_id == ITEM.c.device_id, MEMBER.c.case_id == COURSE.c.case_id))
        )
        .where(LOAN.c.course_id.in_(ids), ITEM.c.returned_at.is_(None), MEMBER.c.left_at.is_(None))
        .distinct()
    )
    return set(session.connection().execute(query).scalars()) if ids else set()
