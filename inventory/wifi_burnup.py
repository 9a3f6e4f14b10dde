"""The burn-up of a rollout: how many halls were to have wifi, on any day, and how many had it, as known at any time.

The set of a day is the target set that stands on that day (``wifi_standing.target_id``). Where there is no programme at
all the set is the same on every day: the venues of which the ledger knows a step that counts or a plan. Then, on day D:

- ``denominator``: the venues of the set of D;
- ``actual``: those of them whose standing stage on D is 運用, up to today, or up to the day of ``known_at``;
- ``plan``: those of them whose newest plan for 運用 names D or an earlier day; a venue without a plan counts from the
  first day on which it was in service;
- ``baseline``: the same with the plans of the programme's ``baseline_on`` (``wifi_standing.first_plans``).

``known_at`` is the audit view: steps, strikes, plans and target sets recorded by then count, and nothing else. The
database turns all this into the days on which a count changes; Python only adds them up.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session

from inventory.calendar import fiscal_year, fiscal_year_days, today
from inventory.errors import Invalid
from inventory.shapes import Card
from inventory.wifi_burnup_days import EVER, NEVER, SERIES, changes_of
from inventory.wifi_standing import programme_row

# A plan typed as 2926 must not stretch the picture over nine centuries.
_LONGEST = 30
_DAYS_OF_LONGEST = 366 * 60


class Point(Card):
    """From ``on`` until the next point the count is ``count``."""

    on: date
    count: int


class BurnUp(Card):
    """Each line begins on ``from``, ends on ``until`` (``actual``: no later than the day it is known) and has a point
    wherever its count changes."""

    baseline: list[Point]
    plan: list[Point]
    actual: list[Point]
    denominator: list[Point]


@dataclass(frozen=True, slots=True)
class Rollout:
    """A burn-up with the days it is about. ``last`` is the last day of which ``actual`` tells."""

    since: date
    until: date
    last: date
    lines: BurnUp
    programme: Any | None


def count_on(line: Sequence[Point], day: date) -> int:
    """The count of a line on a day; 0 before its first point."""
    at = bisect_right(line, day, key=lambda point: point.on)
    return line[at - 1].count if at else 0


def burn_up(
    session: Session,
    *,
    now: datetime,
    programme: str | None = None,
    everything: bool = False,
    since: date | None = None,
    until: date | None = None,
    known_at: datetime | None = None,
) -> BurnUp:
    """The four lines of ``rollout``."""
    return rollout(
        session, now=now, programme=programme, everything=everything, since=since, until=until, known_at=known_at
    ).lines


def rollout(
    session: Session,
    *,
    now: datetime,
    programme: str | None = None,
    everything: bool = False,
    since: date | None = None,
    until: date | None = None,
    known_at: datetime | None = None,
) -> Rollout:
    """The burn-up of a programme by code, of the newest without one, of all venues where there is no programme.

    ``everything``: of all venues, whatever programme there is.

    Without ``since`` and ``until`` it spans the programme, and goes on to the end of the fiscal year of the last plan.

    Raises:
        NotFound: there is no programme of this code.
        Invalid: ``until`` is before ``since``, or so far after it that nobody can mean it.
    """
    about = None if everything else programme_row(session, programme)
    changes = changes_of(session, about, known_at)
    last_known = min(today(now), today(known_at)) if known_at is not None else today(now)
    first, end = _span(about, changes, last_known)
    # Of two days of which one is given, the other gives way.
    first = since or (min(first, until) if until else first)
    end = until or max(end, first)
    if end < first:
        raise Invalid.field("until", "終わりの日は、始まりの日より後にしてください。")
    if (end - first).days > _DAYS_OF_LONGEST:
        raise Invalid.field("until", "期間は60年までにしてください。")
    last = min(end, last_known)
    lines = {name: _line(changes[name], first, last if name == "actual" else end) for name in SERIES}
    return Rollout(first, end, last, BurnUp(**lines), about)


def _span(about: Any | None, changes: dict[str, list[tuple[date, int]]], known: date) -> tuple[date, date]:
    days = [day for name in SERIES for day, _ in changes[name] if EVER < day < NEVER]
    if about is not None:
        first, end = about.from_on, about.until_on
    else:
        first = fiscal_year_days(fiscal_year(min([*days, known])))[0]
        end = known
    last = max([end, *(day for day, _ in changes["plan"] if day < NEVER)])
    last = min(last, date(min(first.year + _LONGEST, 2998), 12, 31))
    if last > end or about is None:
        end = fiscal_year_days(fiscal_year(last))[1] - timedelta(days=1)
    return first, end


def _line(changes: list[tuple[date, int]], first: date, end: date) -> list[Point]:
    if end < first:
        return []
    count, points = 0, []
    for day, change in changes:
        if day > end:
            break
        count += change
        if day <= first:
            points = [Point(on=first, count=count)]
        elif points[-1:] and points[-1].count == count:
            continue
        else:
            points = points or [Point(on=first, count=0)]
            points.append(Point(on=day, count=count))
    points = points or [Point(on=first, count=0)]
    if points[-1].on < end:
        points.append(Point(on=end, count=count))
    return points
