"""What the forms of courses choose from, and a course as a form sends it: a day and two times of Japan."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session

from api.forms import Submitted, wrong
from api.words import AUDIENCE
from inventory.calendar import TOKYO, fiscal_year_name
from inventory.cases import list_cases
from inventory.course_changes import ChangeCourse
from inventory.course_fields import CourseContent, OptionalId
from inventory.course_series import series_of
from inventory.courses import CourseCard, NewCourse
from inventory.errors import Invalid
from inventory.programmes import ProgrammeCard, list_programmes
from inventory.rooms import every_room
from inventory.shapes import Day, Identifier, OptionalCount, OptionalDay, OptionalLine
from inventory.tables import CourseState
from inventory.venues import list_venues

AUDIENCES = list(AUDIENCE.items())
LEVELS = [(1, "1（入門）"), (2, "2"), (3, "3"), (4, "4"), (5, "5（活用）")]
_ALL = 2000
Options = list[tuple[str, str]]


@dataclass(frozen=True)
class Choices:
    """Values and words. Rooms stand under the name of their hall, so that they are found without a script."""

    programmes: Options
    venues: Options
    rooms: Options
    cases: Options
    series: Options
    levels: list[tuple[int, str]]


def load_choices(session: Session, programme: str = "") -> Choices:
    """``programme``: whose series can be chosen."""
    venues = list_venues(session, limit=_ALL).items
    rooms = every_room(session)
    return Choices(
        programmes=[(one.id, programme_name(one)) for one in list_programmes(session)],
        venues=[(one.code, one.name) for one in venues],
        rooms=[(one.id, f"{one.venue_name}　{one.name}{_holds(one.capacity)}") for one in rooms],
        cases=[(one.code, f"{one.name}（{one.code}）") for one in list_cases(session, limit=_ALL).items],
        series=series_of(session, programme) if programme else [],
        levels=LEVELS,
    )


def programme_name(programme: ProgrammeCard) -> str:
    line = f"　{programme.line}" if programme.line else ""
    return f"{fiscal_year_name(programme.fiscal_year)}　{programme.name}{line}"


def _holds(capacity: int | None) -> str:
    return "" if capacity is None else f"（{capacity}人まで）"


class EnterCourse(CourseContent):
    """A course as the form of one date sends it."""

    programme: Identifier
    series: OptionalId = None
    day: Day
    starts: time
    ends: time
    enrolled: OptionalCount = None
    apply_until: OptionalDay = None
    state: CourseState = CourseState.PLANNED
    cancel_reason: OptionalLine = None
    participants: OptionalCount = None
    participants_distinct: OptionalCount = None
    approx: bool = False

    def order(self) -> NewCourse:
        return NewCourse.model_validate({**self.model_dump(exclude={*_WHEN}), **self._moments()})

    def change(self, override: str) -> ChangeCourse:
        """The change that writes every field of the form; the reason only where the form shows it."""
        left_out = {*_WHEN, "state", "participants", "participants_distinct", "approx"}
        if "cancel_reason" not in self.model_fields_set:
            left_out.add("cancel_reason")
        if "series" not in self.model_fields_set:
            left_out.add("series")
        fields = {**self.model_dump(exclude=left_out), **self._moments()}
        return ChangeCourse.model_validate(fields | ({"override": {"reason": override}} if override else {}))

    def _moments(self) -> dict[str, datetime]:
        starts_at, ends_at = moments(self.day, self.starts, self.ends)
        return {"starts_at": starts_at, "ends_at": ends_at}


_WHEN = ("day", "starts", "ends")
# What to say where a field was left empty that the ledger needs.
_LEFT_OUT = {
    "programme": "どの事業の講座かを選んでください。",
    "title": "講座名を書いてください。",
    "day": "日にちを選んでください。",
    "first": "最初の日を選んでください。",
    "starts": "始まりの時刻を書いてください。",
    "ends": "終わりの時刻を書いてください。",
    "times": "回数を書いてください。",
    "reason": "理由を書いてください。",
}


def moments(day: date, starts: time, ends: time) -> tuple[datetime, datetime]:
    """Two times of one day in Japan.

    Raises:
        Invalid: it would end before it begins.
    """
    if ends.replace(tzinfo=None) <= starts.replace(tzinfo=None):
        raise Invalid.field("ends", "終わりの時刻が、始まりより前です。時刻をたしかめてください。")
    begins, over = (datetime.combine(day, at.replace(tzinfo=None), tzinfo=TOKYO) for at in (starts, ends))
    return begins, over


def read_course(sent: Submitted, *also: str) -> EnterCourse:
    """What the form sent. ``also``: fields of an edit form that mean something when they are empty."""
    names = [name for name in EnterCourse.model_fields if name not in also]
    empty = {name: sent.values[name] or None for name in also if name in sent.values}
    return EnterCourse.model_validate({**sent.given(*names), **empty})


def values_of(card: CourseCard) -> dict[str, Any]:
    """A course as its form shows it."""
    begins, over = (moment.astimezone(TOKYO) for moment in (card.starts_at, card.ends_at))
    values = card.model_dump(mode="json")
    return values | {"day": begins.date().isoformat(), "starts": f"{begins:%H:%M}", "ends": f"{over:%H:%M}"}


def beside_fields(error: Exception, values: Mapping[str, str]) -> dict[str, str]:
    """The sentences, beside the fields of the form: it asks for a day and times where the ledger keeps moments."""
    errors = wrong(error)
    for inside, shown in (("starts_at", "day"), ("ends_at", "ends")):
        if inside in errors and shown not in errors:
            errors[shown] = errors.pop(inside)
    if isinstance(error, ValidationError):
        for name, said in _LEFT_OUT.items():
            if name in errors and not values.get(name):
                errors[name] = said
    return errors
