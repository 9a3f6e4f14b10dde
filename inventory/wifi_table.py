"""The venues of a rollout as a table: filters, an order, and what stands beside each venue."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal

from sqlalchemy import func, select
from sqlmodel import Session, SQLModel

from inventory.calendar import today
from inventory.outages import open_outages
from inventory.shapes import Card
from inventory.tables import SlipCause, VenueKind, WifiStage
from inventory.text import fold
from inventory.wifi_actions import open_actions
from inventory.wifi_board import BESIDE, Hall, by_lateness, load_board
from inventory.wifi_stages import ROAD
from inventory.wifi_standing import VENUE

ACCESS_POINT = SQLModel.metadata.tables["access_point"]
USAGE = SQLModel.metadata.tables["wifi_usage"]
PAGE = 100


class Order(StrEnum):
    """By what the table is sorted."""

    LATE = "late"
    NAME = "name"
    STAGE = "stage"
    SINCE = "since"
    PLANNED = "planned"
    SERVICE = "service"
    POINTS = "points"
    USAGE = "usage"


@dataclass(frozen=True, slots=True)
class Conditions:
    """Which venues, in what order. ``stage``: a wire value, or ``none`` for venues where nothing has begun.

    ``coordinates``: ``none`` for venues without. ``everything``: of all venues instead of a programme's.
    """

    q: str | None = None
    stage: WifiStage | Literal["none"] | None = None
    kind: VenueKind | None = None
    late: bool = False
    outage: bool = False
    coordinates: Literal["none"] | None = None
    programme: str | None = None
    everything: bool = False
    order: Order = Order.LATE
    down: bool = False


class TableRow(Card):
    """``days_in_stage`` since the venue entered ``stage``. ``used``: 利用件数 of the month before, null: not told."""

    code: str
    name: str
    kind: VenueKind
    stage: WifiStage | None
    place: WifiStage | None
    since: date | None
    days_in_stage: int | None
    next_stage: WifiStage | None
    planned_on: date | None
    service_on: date | None
    overdue_days: int
    days_late: int
    cause: SlipCause | None
    action: str | None
    owner: str | None
    action_due_on: date | None
    outage_since: datetime | None
    access_points: int
    used: int | None
    placed: bool


class WifiTable(Card):
    """A page of ``rows`` of ``total``. ``month``: the first day of the month of ``used``."""

    programme: str | None
    programme_name: str | None
    on: date
    month: date
    rows: list[TableRow]
    total: int
    late: int
    in_service: int


def wifi_table(
    session: Session, conditions: Conditions, *, now: datetime, page: int = 1, size: int | None = PAGE
) -> WifiTable:
    """Page ``page`` (from 1) of ``size`` rows; all of them without a size.

    Raises:
        NotFound: there is no programme of this code.
    """
    board = load_board(session, now=now, programme=conditions.programme, everything=conditions.everything)
    month = month_before(today(now))
    outages = open_outages(session)
    halls = [hall for hall in board.halls if _meets(hall, conditions, outages)]
    if conditions.q:
        named = _named(session, conditions.q)
        halls = [hall for hall in halls if hall.venue in named]
    halls = _sorted(session, halls, conditions, month)
    shown = halls if size is None else halls[(page - 1) * size : page * size]
    return WifiTable(
        programme=board.programme.code if board.programme else None,
        programme_name=board.programme.name if board.programme else None,
        on=board.on,
        month=month,
        rows=_rows(session, shown, board.on, month, outages),
        total=len(halls),
        late=sum(_is_late(hall) for hall in halls),
        in_service=sum(hall.stage is WifiStage.IN_SERVICE for hall in halls),
    )


def month_before(day: date) -> date:
    """The first day of the month before the one of ``day``."""
    return date(day.year - (day.month == 1), (day.month - 2) % 12 + 1, 1)


def _is_late(hall: Hall) -> bool:
    return bool(hall.late_days or hall.overdue_days)


def _meets(hall: Hall, conditions: Conditions, outages: dict[int, datetime]) -> bool:
    return (
        (conditions.stage is None or (hall.stage or "none") == conditions.stage)
        and (conditions.kind is None or hall.kind is conditions.kind)
        and (not conditions.late or _is_late(hall))
        and (not conditions.outage or hall.venue in outages)
        and (conditions.coordinates is None or hall.latitude is None or hall.longitude is None)
    )


def _named(session: Session, q: str) -> set[int]:
    query = select(VENUE.c.id).where(VENUE.c.search.contains(fold(q), autoescape=True))
    return set(session.connection().execute(query).scalars())


def _sorted(session: Session, halls: list[Hall], conditions: Conditions, month: date) -> list[Hall]:
    """In the order asked for, those that have nothing to be sorted by last, then by kana."""
    if conditions.order is Order.LATE:
        found = by_lateness(halls)
        return found[::-1] if conditions.down else found
    key = _key(session, conditions.order, month)
    filled = sorted((hall for hall in halls if key(hall) is not None), key=key, reverse=conditions.down)
    return filled + [hall for hall in halls if key(hall) is None]


def _key(session: Session, order: Order, month: date) -> Callable[[Hall], Any]:
    """What a venue is sorted by, None where it has none."""
    if order is Order.STAGE:
        places = {stage: number for number, stage in enumerate((*ROAD, *BESIDE))}
        return lambda hall: places.get(hall.stage) if hall.stage else None
    if order is Order.SINCE:
        return lambda hall: hall.since
    if order is Order.PLANNED:
        return lambda hall: hall.planned_on
    if order is Order.SERVICE:
        return lambda hall: hall.service_on
    if order is Order.POINTS:
        points = _points(session, None)
        return lambda hall: points.get(hall.venue)
    if order is Order.USAGE:
        used = _used(session, None, month)
        return lambda hall: used.get(hall.venue)
    return lambda hall: (hall.kana, hall.name, hall.code)


def _rows(session: Session, halls: list[Hall], on: date, month: date, outages: dict[int, datetime]) -> list[TableRow]:
    venues = [hall.venue for hall in halls]
    actions = open_actions(session, venues=venues)
    points, used = _points(session, venues), _used(session, venues, month)
    found = []
    for hall in halls:
        action = actions.get(hall.venue)
        found.append(
            TableRow(
                code=hall.code,
                name=hall.name,
                kind=hall.kind,
                stage=hall.stage,
                place=hall.place,
                since=hall.since,
                days_in_stage=(on - hall.since).days if hall.since else None,
                next_stage=hall.next,
                planned_on=hall.planned_on,
                service_on=hall.service_on,
                overdue_days=hall.overdue_days,
                days_late=hall.late_days,
                cause=hall.cause,
                action=action.action if action else None,
                owner=action.owner if action else None,
                action_due_on=action.due_on if action else None,
                outage_since=outages.get(hall.venue),
                access_points=points.get(hall.venue, 0),
                used=used.get(hall.venue),
                placed=hall.latitude is not None and hall.longitude is not None,
            )
        )
    return found


def _points(session: Session, venues: list[int] | None) -> dict[int, int]:
    """Access points in place, by venue."""
    query = select(ACCESS_POINT.c.venue_id, func.count()).where(ACCESS_POINT.c.removed_on.is_(None))
    if venues is not None:
        query = query.where(ACCESS_POINT.c.venue_id.in_(venues))
    rows = session.connection().execute(query.group_by(ACCESS_POINT.c.venue_id)).all()
    return {row[0]: row[1] for row in rows}


def _used(session: Session, venues: list[int] | None, month: date) -> dict[int, int]:
    """利用件数 of a month, by venue: the count recorded last."""
    newest = select(func.max(USAGE.c.id)).where(USAGE.c.month == month)
    if venues is not None:
        newest = newest.where(USAGE.c.venue_id.in_(venues))
    query = select(USAGE.c.venue_id, USAGE.c.count).where(USAGE.c.id.in_(newest.group_by(USAGE.c.venue_id)))
    return {row[0]: row[1] for row in session.connection().execute(query).all()}
