"""When a venue is to enter a stage: revisions that are only ever added, each with why the day was moved."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, Field
from sqlalchemy import insert, select
from sqlmodel import Session

from inventory import journal
from inventory.calendar import month_day, today
from inventory.errors import Invalid
from inventory.journal import By
from inventory.shapes import BlankIsNone, Card, Lines, OptionalDay, Shape
from inventory.tables import SlipCause, WifiStage
from inventory.venues import VenueCode
from inventory.wifi_plan_lists import PlanRevision, named_venue, named_venues, plan_revision, standing_plans
from inventory.wifi_stages import ROAD
from inventory.wifi_standing import PLAN

STAGE_NAMES = dict(zip(ROAD, ("調査", "設計", "契約", "工事", "開通", "運用"), strict=True))
"""The six stages as a sentence calls them."""
# Between these days a day is planned; a few years beyond them the calendar of the program ends.
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)
# More venues than a city has.
MOST = 3000
# How many venues a refusal names before it only counts them.
_NAMED = 5


def _on_the_road(stage: WifiStage) -> WifiStage:
    if stage not in ROAD:
        raise ValueError("見込みを決められるのは、調査・設計・契約・工事・開通・運用です。どれかを選んでください")
    return stage


PlanStage = Annotated[WifiStage, AfterValidator(_on_the_road)]
OptionalCause = Annotated[SlipCause | None, BlankIsNone]
PlanReason = Annotated[Annotated[str, Field(max_length=400), Lines] | None, BlankIsNone]


class PlanOrder(Shape):
    """``planned_on`` null takes the plan back. ``decided_on`` is today in Japan when left out.

    A day that stands already is moved with ``reason`` and ``cause``; a first day needs neither.
    """

    stage: PlanStage
    planned_on: OptionalDay
    reason: PlanReason = None
    cause: OptionalCause = None
    decided_on: OptionalDay = None


class PlansOrder(Shape):
    """The plans of many venues at once: ``days`` by stage, or one ``stage`` with a day or moved by a number of days.

    A null among ``days`` takes the plan of that stage back.
    ``shift_days`` moves what stands; ``following`` moves the stages after it, where they have a day, by as many.
    """

    venues: Annotated[list[VenueCode], Field(min_length=1, max_length=MOST)]
    days: Annotated[dict[PlanStage, OptionalDay], Field(max_length=len(ROAD))] | None = None
    stage: Annotated[PlanStage | None, BlankIsNone] = None
    planned_on: OptionalDay = None
    shift_days: Annotated[Annotated[int, Field(ge=-3650, le=3650)] | None, BlankIsNone] = None
    following: bool = False
    reason: PlanReason = None
    cause: OptionalCause = None
    decided_on: OptionalDay = None


class PlansRevised(Card):
    """What one act for many venues did: how many revisions, at which venues."""

    venues: list[str]
    revisions: int


def revise_plan(session: Session, order: PlanOrder, *, venue: str, by: By, now: datetime, op_id: str) -> PlanRevision:
    """Add one revision.

    Raises:
        NotFound: there is no such venue. Invalid: the day stands already, is moved without a reason and a cause, was
        decided in the future, or the stages would go backwards.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    named = named_venue(session, venue)
    wanted = {row: {order.stage: order.planned_on} for row in named}
    changes = _add(session, named, wanted, order, entry=entry, now=now, field="planned_on")
    if not changes:
        raise Invalid.field("planned_on", "いまの見込みと同じ日です。ちがう日を書いてください。")
    journal.note(session, "revise_plan", venue=venue, stage=order.stage, planned_on=_iso(order.planned_on))
    newest = select(PLAN.c.id).where(PLAN.c.entry == entry).order_by(PLAN.c.id.desc()).limit(1)
    return plan_revision(session, str(session.connection().execute(newest).scalar_one()))


def revise_plans(session: Session, order: PlansOrder, *, by: By, now: datetime, op_id: str) -> PlansRevised:
    """Add revisions at many venues in one act; where a day stays as it is, nothing is added.

    Raises:
        Invalid: a venue is not there, it does not say what is to be moved, nothing would change, or as in
        ``revise_plan``.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    named = named_venues(session, order.venues)
    known = {code for code, _ in named.values()}
    missing = [code for code in order.venues if code not in known]
    if missing:
        raise Invalid.field("venues", f"会場 {_some(missing)} は見つかりません。一覧から選んでください。")
    wanted = _wanted(session, order, named, now)
    field = "days" if order.days else "shift_days" if order.shift_days is not None else "planned_on"
    changes = _add(session, named, wanted, order, entry=entry, now=now, field=field)
    if not changes:
        raise Invalid.field(field, "どの館も、いまの見込みと同じ日です。ちがう日を書いてください。")
    touched = sorted({named[row][0] for row, _, _ in changes})
    days = {stage: _iso(day) for stage, day in order.days.items()} if order.days else None
    facts = {"stage": order.stage, "planned_on": _iso(order.planned_on), "shift_days": order.shift_days, "days": days}
    journal.note(session, "revise_plans", venues=touched, **{name: fact for name, fact in facts.items() if fact})
    return PlansRevised(venues=touched, revisions=len(changes))


def _wanted(
    session: Session, order: PlansOrder, named: dict[int, tuple[str, str]], now: datetime
) -> dict[int, dict[WifiStage, date | None]]:
    """What each venue's days shall be."""
    if order.days:
        return {row: dict(order.days) for row in named}
    if order.stage is None:
        raise Invalid.field("stage", "どの段階の見込みかを選んでください。")
    if order.shift_days is None:
        if order.planned_on is None:
            raise Invalid.field("planned_on", "新しい日か、動かす日数を書いてください。")
        return {row: {order.stage: order.planned_on} for row in named}
    if order.shift_days == 0:
        raise Invalid.field("shift_days", "動かす日数を書いてください。早めるときは、-7 のように書きます。")
    standing = standing_plans(session, named, order.decided_on or today(now))
    without = [name for row, (_, name) in named.items() if order.stage not in standing.get(row, {})]
    if without:
        stage = STAGE_NAMES[order.stage]
        raise Invalid.field(
            "shift_days", f"{_some(without)}には、{stage}の見込みがまだありません。はじめの日を書いてください。"
        )
    moved = ROAD[ROAD.index(order.stage) :] if order.following else (order.stage,)
    by = timedelta(days=order.shift_days)
    days = {row: {stage: standing[row][stage] for stage in moved if stage in standing[row]} for row in named}
    if not all(_FIRST_DAY <= day + by <= _LAST_DAY for of_venue in days.values() for day in of_venue.values()):
        raise Invalid.field("shift_days", "動かしたあとの日が遠すぎます。動かす日数をたしかめてください。")
    return {row: {stage: day + by for stage, day in of_venue.items()} for row, of_venue in days.items()}


def _add(
    session: Session,
    named: dict[int, tuple[str, str]],
    wanted: dict[int, dict[WifiStage, date | None]],
    order: PlanOrder | PlansOrder,
    *,
    entry: int,
    now: datetime,
    field: str,
) -> list[tuple[int, WifiStage, date | None]]:
    """Write the revisions that change something, all checked before; answers with venue, stage and day of each."""
    decided = order.decided_on or today(now)
    if decided > today(now):
        raise Invalid.field("decided_on", "決めた日が、きょうよりあとです。きょうまでの日を書いてください。")
    then = standing_plans(session, wanted, decided)
    changes = [
        (row, stage, day)
        for row, days in wanted.items()
        for stage, day in days.items()
        if day != then.get(row, {}).get(stage)
    ]
    if any(stage in then.get(row, {}) for row, stage, _ in changes):
        _must_say_why(order)
    added = [
        {
            "venue_id": row,
            "stage": stage,
            "planned_on": day,
            "decided_on": decided,
            "recorded_at": now,
            "cause": order.cause,
            "reason": order.reason,
            "entry": entry,
        }
        for row, stage, day in changes
    ]
    if added:
        session.connection().execute(insert(PLAN), added)
        # As it stood on the day of the decision, and as it stands now: a late entry may meet later decisions.
        for until in (decided, None):
            _must_go_forward(named, standing_plans(session, {row for row, _, _ in changes}, until), field)
    return changes


def _must_say_why(order: PlanOrder | PlansOrder) -> None:
    errors = []
    if order.cause is None:
        errors.append({"field": "cause", "message": "決まっていた日を動かします。原因を選んでください。"})
    if order.reason is None:
        errors.append({"field": "reason", "message": "決まっていた日を動かします。理由を書いてください。"})
    if errors:
        raise Invalid(errors[0]["message"], errors)


def _must_go_forward(named: dict[int, tuple[str, str]], standing: dict[int, dict[WifiStage, date]], field: str) -> None:
    collisions = []
    for row, days in standing.items():
        planned = [stage for stage in ROAD if stage in days]
        for before, after in pairwise(planned):
            if days[after] < days[before]:
                collisions.append(
                    f"{named[row][1]}の{STAGE_NAMES[after]}（{month_day(days[after])}）が、"
                    f"{STAGE_NAMES[before]}（{month_day(days[before])}）より前になります。"
                )
    if collisions:
        more = f"ほかに{len(collisions) - 1}か所あります。" if len(collisions) > 1 else ""
        raise Invalid.field(field, collisions[0] + more + "段階の順になるように、日を直してください。")


def _some(words: list[str]) -> str:
    named = "、".join(words[:_NAMED])
    return named if len(words) <= _NAMED else f"{named}ほか{len(words) - _NAMED}館"


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
