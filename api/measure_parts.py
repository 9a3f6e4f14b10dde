"""The parts of a venue's page that tell what happens there: closed days, outages, speed, use, 災害時, photos."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from api.closure_pages import ComingDays, coming_days
from api.outage_pages import Broken, outages_of
from api.venue_charts import Bars, Lines, month_bars, speed_lines
from inventory.calendar import today
from inventory.drills import DisasterCard, disaster_card
from inventory.sign_in import SignedIn
from inventory.speed_tests import SpeedTestCard, SpeedTests, list_speed_tests, newest_by_room
from inventory.tables import Role
from inventory.usage_counts import counts_of
from inventory.venue_pictures import VenuePhotos, list_venue_photos
from inventory.venue_records import venue_row

# Measurements that a small chart shows.
_DRAWN = 24


def _works(visitor: SignedIn, *roles: Role) -> bool:
    return bool(visitor.roles & {*roles, Role.ADMIN})


def load_closures(session: Session, venue: str, now: datetime, visitor: SignedIn) -> ComingDays | None:
    days = coming_days(session, venue, now)
    told = days.rule or days.spans or days.single
    return days if told or _works(visitor, Role.DESK, Role.IT) else None


@dataclass(frozen=True)
class _Speeds:
    tests: SpeedTests
    newest: list[SpeedTestCard]
    drawn: list[SpeedTestCard]
    chart: dict[str, Lines] | None


def load_speeds(session: Session, venue: str, now: datetime, visitor: SignedIn) -> _Speeds | None:
    tests = list_speed_tests(session, venue, now=now)
    if not tests.items and not _works(visitor, Role.DESK, Role.IT):
        return None
    drawn = tests.items[:_DRAWN]
    points = [(test.measured_at, test.down_mbps, test.up_mbps, test.room) for test in reversed(drawn)]
    chart = speed_lines(points) if len(points) > 1 else None
    return _Speeds(tests, newest_by_room(tests.items), drawn, chart)


@dataclass(frozen=True)
class _Usage:
    """``months``: month, count, and count of the same month a year before; the newest last."""

    months: list[tuple[date, int | None, int | None]]
    total: int
    before: int | None
    chart: dict[str, Bars]


def load_usage(session: Session, venue: str, now: datetime, visitor: SignedIn) -> _Usage | None:
    row = venue_row(session, venue)
    day = today(now)
    newest = date(day.year, day.month, 1)
    counts = counts_of(session, [row.id], _months_before(newest, 24), newest)
    told = {month: count for (_, month), count in counts.items()}
    if not told:
        return None
    last = max(told)
    months = [_months_before(last, step) for step in range(11, -1, -1)]
    shown = [(month, told.get(month), told.get(_months_before(month, 12))) for month in months]
    past = [before for _, _, before in shown if before is not None]
    total = sum(count or 0 for _, count, _ in shown)
    return _Usage(shown, total, sum(past) if past else None, month_bars(shown))


def _months_before(month: date, count: int) -> date:
    at = month.year * 12 + month.month - 1 - count
    return date(at // 12, at % 12 + 1, 1)


def load_outages(session: Session, venue: str, now: datetime, visitor: SignedIn) -> Broken | None:
    broken = outages_of(session, venue, now)
    return broken if broken.open or broken.past or _works(visitor, Role.DESK, Role.IT) else None


def load_disaster(session: Session, venue: str, now: datetime, visitor: SignedIn) -> DisasterCard | None:
    card = disaster_card(session, venue, now=now)
    return card if card.disaster_open or card.drills or _works(visitor, Role.IT) else None


def load_photos(session: Session, venue: str, now: datetime, visitor: SignedIn) -> VenuePhotos | None:
    photos = list_venue_photos(session, venue)
    return photos if photos.items or _works(visitor, Role.DESK, Role.IT) else None


PARTS: tuple[tuple[str, Any], ...] = (
    ("outages", load_outages),
    ("closures", load_closures),
    ("speeds", load_speeds),
    ("usage", load_usage),
    ("disaster", load_disaster),
    ("photos", load_photos),
)
