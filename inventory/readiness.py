"""Whether a course can be held as it is planned: one verdict from every check, and what to do about each trouble.

A course that is over, counted, called off or put off has no verdict: nothing can be made ready any more.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session

from inventory.calendar import jst_day_bounds, today
from inventory.courses import CourseCard, course_card, list_courses
from inventory.readiness_cards import Act, Check, Level
from inventory.readiness_checks import CHECKS
from inventory.readiness_facts import Facts, load_facts
from inventory.shapes import Card
from inventory.tables import CourseState

# How far the list of courses sorted by trouble looks ahead, today included.
DAYS = 30
_STEP = 500


class Verdict(StrEnum):
    GO = "go"
    CAUTION = "caution"
    NO_GO = "no_go"


class Suggestion(Card):
    """What would end the trouble that the check of this name found."""

    check: str
    act: Act


class Readiness(Card):
    """``course`` is its id; ``verdict`` is that of the worst check, null for a course that needs none any more.

    ``suggestions`` are for what is not ok, the worst first.
    """

    course: str
    verdict: Verdict | None
    checks: list[Check]
    suggestions: list[Suggestion]

    @property
    def troubles(self) -> list[Check]:
        """What is not ok, the worst first."""
        return sorted((check for check in self.checks if not check.ok), key=lambda check: -_WORSE.index(check.level))


class ReadyCourse(Card):
    course: CourseCard
    readiness: Readiness


_WORSE = (Level.OK, Level.CAUTION, Level.NO_GO)
_VERDICTS = {Level.OK: Verdict.GO, Level.CAUTION: Verdict.CAUTION, Level.NO_GO: Verdict.NO_GO}
_BY_TROUBLE = (Verdict.NO_GO, Verdict.CAUTION, Verdict.GO)


def readiness(session: Session, course: str, *, now: datetime) -> Readiness:
    """Raises NotFound when there is no such course."""
    card = course_card(session, course)
    return readiness_of(session, [card], now=now)[card.id]


def readiness_of(session: Session, cards: Sequence[CourseCard], *, now: datetime) -> dict[str, Readiness]:
    """The readiness of each course, by its id. The number of queries does not grow with the courses."""
    asked = [card for card in cards if is_to_come(card, now)]
    found = {card.id: Readiness(course=card.id, verdict=None, checks=[], suggestions=[]) for card in cards}
    return found | {facts.card.id: judge(facts) for facts in load_facts(session, asked, now=now)}


def is_to_come(card: CourseCard, now: datetime) -> bool:
    """Whether a course takes place and is not over, so that it can be asked whether it is ready.

    Who counts those who came has no question left, even before the last minute of it.
    """
    going_on = card.state in (CourseState.PLANNED, CourseState.HELD) and card.participants is None
    return going_on and card.ends_at > now


def judge(facts: Facts) -> Readiness:
    checks = [check for judged in CHECKS if (check := judged(facts)) is not None]
    worst = max((check.level for check in checks), key=_WORSE.index)
    made = Readiness(course=facts.card.id, verdict=_VERDICTS[worst], checks=checks, suggestions=[])
    suggestions = [Suggestion(check=check.name, act=check.act) for check in made.troubles if check.act is not None]
    return made.model_copy(update={"suggestions": suggestions})


def ready_list(session: Session, *, now: datetime, days: int = DAYS) -> list[ReadyCourse]:
    """The courses from now on that begin within ``days`` days, sorted by trouble, and among like ones by time."""
    until, _ = jst_day_bounds(today(now) + timedelta(days=days))
    cards: list[CourseCard] = []
    cursor: str | None = None
    while True:
        page = list_courses(session, since=now, until=until, limit=_STEP, cursor=cursor)
        cards += [card for card in page.items if is_to_come(card, now)]
        cursor = page.next
        if cursor is None:
            break
    found = readiness_of(session, cards, now=now)
    listed = [ReadyCourse(course=card, readiness=found[card.id]) for card in cards]
    return sorted(listed, key=lambda one: _BY_TROUBLE.index(one.readiness.verdict or Verdict.GO))
