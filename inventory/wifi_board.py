"""Every venue with the stage it stands in, the day planned for the next one, and how late that is.

One statement for all venues: the board, the map and the table are made from what it answers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import Select, case, literal, select
from sqlmodel import Session

from inventory.calendar import today
from inventory.shapes import Card
from inventory.tables import SlipCause, VenueKind, WifiStage
from inventory.wifi_stages import ROAD, next_stage
from inventory.wifi_standing import (
    PLAN,
    PROGRAMME,
    STEP,
    VENUE,
    counted_steps,
    first_plan,
    last_plan,
    last_step,
    late_days,
    overdue_days,
    programme_row,
    target_id,
    target_venues,
)

_OUT = (WifiStage.EXCLUDED, WifiStage.REMOVED)
# Beside the road, in the order in which they stand under it.
BESIDE = (WifiStage.ON_HOLD, WifiStage.EXCLUDED, WifiStage.REMOVED)


class Hall(NamedTuple):
    """A venue on a day. ``venue`` is its row number; coordinates are degrees.

    ``place`` is the stage of the six where it stands or, on hold, goes on. ``planned_on`` is the day planned for
    entering ``next``, ``first_on`` the one it began with, ``service_on`` the day planned for 運用. ``overdue_days``
    and ``late_days`` say how late ``next`` is on that day.
    """

    overdue_days: int
    late_days: int
    venue: int
    code: str
    name: str
    kana: str
    kind: VenueKind
    latitude: float | None
    longitude: float | None
    stage: WifiStage | None
    since: date | None
    place: WifiStage | None
    next: WifiStage | None
    planned_on: date | None
    first_on: date | None
    cause: SlipCause | None
    service_on: date | None


# By number, because looking two thousand rows' columns up by name takes as long as reading them.
_PLANNED = Hall._fields.index("planned_on") - Hall._fields.index("venue")


class HallCard(Card):
    """``days_late``: from the day first planned for ``next_stage`` to the day now expected, never below 0."""

    code: str
    name: str
    kind: VenueKind
    since: date | None
    place: WifiStage | None
    next_stage: WifiStage | None
    planned_on: date | None
    days_late: int
    cause: SlipCause | None


class StageOnBoard(Card):
    """``stage`` is null for venues where nothing has begun. The latest venues come first."""

    stage: WifiStage | None
    count: int
    venues: list[HallCard]


class BoardCard(Card):
    """``on``: the day whose steps and plans count. ``total`` counts every venue of the programme, or every venue."""

    on: date
    programme: str | None
    programme_name: str | None
    total: int
    in_service: int
    late: int
    stages: list[StageOnBoard]


@dataclass(frozen=True)
class Board:
    """``day``: the day asked for. ``on``: the day whose steps count, today for a day to come, which has none yet."""

    day: date
    on: date
    programme: Any | None
    halls: list[Hall]

    @cached_property
    def latest_first(self) -> list[Hall]:
        return by_lateness(self.halls)

    @cached_property
    def late(self) -> list[Hall]:
        """The latest first."""
        return [hall for hall in self.latest_first if hall.late_days or hall.overdue_days]

    @cached_property
    def stages(self) -> dict[WifiStage | None, list[Hall]]:
        """Venues by stage, the latest first: the six of the road, those beside it, None for those not begun."""
        found: dict[WifiStage | None, list[Hall]] = {stage: [] for stage in (*ROAD, *BESIDE, None)}
        for hall in self.latest_first:
            found[hall.stage].append(hall)
        return found

    @property
    def in_service(self) -> int:
        return sum(hall.stage is WifiStage.IN_SERVICE for hall in self.halls)

    @property
    def excluded(self) -> int:
        return sum(hall.stage is WifiStage.EXCLUDED for hall in self.halls)

    @property
    def expected(self) -> int:
        """Venues in service on a day to come, if every plan holds."""
        return self.in_service + sum(hall.service_on is not None and hall.service_on <= self.day for hall in self.halls)

    @property
    def coming(self) -> list[Hall]:
        """Venues with a day planned for 運用, the next first."""
        waiting = [hall for hall in self.halls if hall.service_on is not None]
        return sorted(waiting, key=lambda hall: (hall.service_on or date.max, hall.kana, hall.code))


def load_board(
    session: Session, *, now: datetime, on: date | None = None, programme: str | None = None, everything: bool = False
) -> Board:
    """Where every venue of a programme stands; of the newest programme without a name, of all where there is none.

    ``everything``: all venues, whatever programme there is.

    Raises:
        NotFound: there is no programme of this code.
    """
    day = on or today(now)
    as_of = min(day, today(now))
    found = None if everything else programme_row(session, programme)
    query = halls_query(as_of, baseline_on=found.baseline_on if found else None)
    if found is not None:
        target = target_id(session, found.id, on=max(day, found.from_on))
        query = query.where(query.selected_columns.id.in_(target_venues(target if target is not None else 0)))
    halls = [_hall(row, as_of) for row in session.connection().execute(query).all()]
    return Board(day, as_of, found, halls)


def programme_names(session: Session) -> list[tuple[str, str]]:
    """Code and name of every programme, the newest first."""
    query = select(PROGRAMME.c.code, PROGRAMME.c.name).order_by(PROGRAMME.c.from_on.desc(), PROGRAMME.c.id.desc())
    return [(row.code, row.name) for row in session.connection().execute(query)]


def halls_query(on: date, *, baseline_on: date | None = None) -> Select[Any]:
    """One row per venue, by kana: its standing on ``on`` and the plan as decided by then."""
    counts = counted_steps(on, None)
    firm = STEP.alias("firm")
    # Only a venue on hold is asked where it stood before.
    before = last_step(VENUE.c.id, counts, STEP.c.stage != WifiStage.ON_HOLD)
    stood = case((STEP.c.stage == WifiStage.ON_HOLD, before), else_=STEP.c.id)
    following = case(
        (STEP.c.stage.in_(_OUT), None),
        *((firm.c.stage == stage, literal(next_stage(stage), STEP.c.stage.type)) for stage in ROAD),
        else_=literal(ROAD[0], STEP.c.stage.type),
    )
    # The columns of a row stand in the order of Hall's fields.
    kept = ("id", "code", "name", "name_kana", "kind", "latitude", "longitude")
    place = case((firm.c.stage.not_in(_OUT), firm.c.stage)).label("place")
    here = (
        select(*(VENUE.c[name] for name in kept), STEP.c.stage, STEP.c.happened_on, place, following.label("next"))
        .select_from(VENUE)
        .outerjoin(STEP, STEP.c.id == last_step(VENUE.c.id, counts))
        .outerjoin(firm, firm.c.id == stood)
        .subquery("here")
    )
    plan, first, goal = PLAN.alias("plan"), PLAN.alias("first"), PLAN.alias("goal")
    service = literal(WifiStage.IN_SERVICE, STEP.c.stage.type)
    return (
        select(
            *here.c,
            plan.c.planned_on,
            first.c.planned_on.label("first_on"),
            plan.c.cause,
            case((here.c.next.is_not(None), goal.c.planned_on)).label("service_on"),
        )
        .select_from(here)
        .outerjoin(plan, plan.c.id == last_plan(here.c.id, here.c.next, on))
        .outerjoin(first, first.c.id == first_plan(here.c.id, here.c.next, baseline_on))
        .outerjoin(goal, goal.c.id == last_plan(here.c.id, service, on))
        .order_by(here.c.name_kana, here.c.code)
    )


def _hall(row: Any, on: date) -> Hall:
    planned_on, first_on = row[_PLANNED : _PLANNED + 2]
    return Hall(overdue_days(planned_on, on), late_days(planned_on, first_on, on), *row)


def by_lateness(halls: Iterable[Hall]) -> list[Hall]:
    """The latest first, then by the day planned next; those without one last, by kana."""
    return sorted(
        halls, key=lambda hall: (-hall.late_days, -hall.overdue_days, hall.planned_on or date.max, hall.kana, hall.code)
    )


def board_card(session: Session, *, now: datetime, on: date | None = None, programme: str | None = None) -> BoardCard:
    """The board as data: every stage, whoever stands in it or nobody."""
    board = load_board(session, now=now, on=on, programme=programme)
    return BoardCard(
        on=board.on,
        programme=board.programme.code if board.programme else None,
        programme_name=board.programme.name if board.programme else None,
        total=len(board.halls),
        in_service=board.in_service,
        late=len(board.late),
        stages=[
            StageOnBoard(stage=stage, count=len(halls), venues=[_card(hall) for hall in halls])
            for stage, halls in board.stages.items()
        ],
    )


def _card(hall: Hall) -> HallCard:
    return HallCard(
        code=hall.code,
        name=hall.name,
        kind=hall.kind,
        since=hall.since,
        place=hall.place,
        next_stage=hall.next,
        planned_on=hall.planned_on,
        days_late=hall.late_days,
        cause=hall.cause,
    )
