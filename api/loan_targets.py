"""Whom the lending form offers: associations by district, the courses of the coming weeks, the halls."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from sqlmodel import Session

from api.words import clock_time, short_day
from inventory.calendar import jst_day_bounds, today
from inventory.courses import CourseCard, course_card, list_courses
from inventory.people import list_associations
from inventory.tables import CourseState
from inventory.venues import list_venues

# Everything a city has fits one chooser: a few hundred associations, fewer halls, the courses of a season.
_ALL = 2000
_COMING = timedelta(days=92)


@dataclass(frozen=True)
class Choices:
    """What the lending form offers for one kind of borrower; each option is (value, text)."""

    groups: list[tuple[str, list[tuple[str, str]]]]
    options: list[tuple[str, str]]


def choices(session: Session, kind: str, target: str | None, now: datetime) -> Choices:
    if kind == "association":
        cards = list_associations(session, now=now, limit=_ALL).items
        cards.sort(key=lambda card: (card.district is None, card.district.name_kana or "" if card.district else ""))
        named = groupby(cards, key=lambda card: card.district.name if card.district else "地区の記録がないところ")
        return Choices([(name, [(card.id, card.name) for card in group]) for name, group in named], [])
    if kind == "course":
        begin, _ = jst_day_bounds(today(now))
        courses = list_courses(session, since=begin, until=begin + _COMING, limit=_ALL).items
        if target and all(card.id != target for card in courses):
            courses.append(course_card(session, target))
        return Choices([], [(card.id, _course_words(card)) for card in courses if _is_held(card)])
    if kind == "venue":
        return Choices([], [(card.code, card.name) for card in list_venues(session, limit=_ALL).items])
    return Choices([], [])


def _is_held(card: CourseCard) -> bool:
    return card.state in (CourseState.PLANNED, CourseState.HELD)


def _course_words(card: CourseCard) -> str:
    return f"{short_day(card.starts_at)} {clock_time(card.starts_at)} {card.venue_name or ''}「{card.title}」"
