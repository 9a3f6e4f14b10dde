"""Who took part: counted once the course has begun, mended later, and missed where nobody counted."""

from datetime import datetime
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import text

from inventory.course_counts import CountParticipants, count_participants, uncounted
from inventory.courses import CourseCard, course_card
from inventory.database import Database
from inventory.errors import Invalid, NotFound
from tests.inventory.city import NOON, act, course, later, look, refused_fields, rows

AFTER = later(hours=3)


def count(database: Database, of: str, *, now: datetime = AFTER, **given: Any) -> CourseCard:
    return act(database, count_participants, CountParticipants(**given), course=of, now=now)


def become(database: Database, of: CourseCard, state: str) -> None:
    with database.writer.begin() as connection:
        connection.execute(text("UPDATE course SET state = :state WHERE id = :id"), {"state": state, "id": int(of.id)})


def test_a_count_makes_the_course_held(database: Database) -> None:
    day = course(database)
    card = count(database, day.id, participants=12, participants_distinct=11, approx=True, note="雨でした")
    assert (card.state, card.participants, card.participants_distinct, card.approx, card.note) == (
        "held",
        12,
        11,
        True,
        "雨でした",
    )
    assert card.revision == day.revision + 1
    assert look(database, course_card, day.id) == card


def test_a_count_is_mended_and_the_journal_knows_both(database: Database) -> None:
    day = course(database)
    count(database, day.id, participants=12, approx=True, note="雨でした")
    card = count(database, day.id, now=later(days=40), participants=13, participants_distinct=13)
    assert (card.participants, card.participants_distinct, card.approx, card.note) == (13, 13, False, "雨でした")
    noted = [note for entry in rows(database, "entry") for note in entry.data["notes"]]
    assert [facts for verb, facts in noted if verb == "count_participants"] == [
        {"course": int(day.id), "before": [None, None, False], "after": [12, None, True]},
        {"course": int(day.id), "before": [12, None, True], "after": [13, 13, False]},
    ]
    assert count(database, day.id, participants=0, note=None).note is None


def test_nobody_is_counted_before_the_course_begins(database: Database) -> None:
    day = course(database)
    with pytest.raises(Invalid) as refusal:
        count(database, day.id, participants=1, now=later(seconds=-1))
    assert refused_fields(refusal) == ["participants"]
    assert look(database, course_card, day.id).state == "planned"
    assert count(database, day.id, participants=1, now=NOON).state == "held"


@pytest.mark.parametrize("state", ["cancelled", "postponed"])
def test_a_course_that_is_off_has_no_participants(database: Database, state: str) -> None:
    day = course(database)
    become(database, day, state)
    with pytest.raises(Invalid):
        count(database, day.id, participants=1)
    with pytest.raises(NotFound):
        count(database, "99", participants=1)


@pytest.mark.parametrize(
    "given", [{"participants": 3, "participants_distinct": 4}, {"participants": -1}, {"participants": 100_000}, {}]
)
def test_distinct_people_are_never_more_than_all(given: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        CountParticipants.model_validate(given)


def test_what_is_over_and_not_counted_is_found_the_latest_first(database: Database) -> None:
    first = course(database, title="一回め")
    second = course(database, title="二回め", starts_at=later(hours=1))
    counted, off = course(database), course(database)
    count(database, counted.id, participants=0)
    become(database, off, "cancelled")
    # It was held, says a list of another year, and nobody knows how many came.
    become(database, first, "held")
    course(database, starts_at=later(days=1))
    assert look(database, uncounted, later(hours=2, seconds=-1)).total == 0
    assert [card.id for card in look(database, uncounted, later(hours=2)).items] == [first.id]
    found = look(database, uncounted, later(hours=3))
    assert ([card.id for card in found.items], found.total) == ([second.id, first.id], 2)
    found = look(database, uncounted, later(hours=3), limit=1)
    assert ([card.id for card in found.items], found.total) == ([second.id], 2)
