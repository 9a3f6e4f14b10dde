"""Programmes of a fiscal year and their courses."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from inventory import keyset
from inventory.calendar import TOKYO
from inventory.courses import NewCourse, course_card, create_course, list_courses
from inventory.database import Database
from inventory.errors import Invalid, NotFound
from inventory.programmes import NewProgramme, create_programme, list_programmes, programme_card
from inventory.tables import Audience, CourseState
from tests.inventory.city import NOON, act, course, later, look, refused_fields, rows, venue


def test_a_programme_keeps_both_its_figures(database: Database) -> None:
    order = NewProgramme(
        code="R8-A",
        fiscal_year=2026,
        name="スマホ講座",
        line="デジタルデバイド対策",
        audience=Audience.NO_PHONE,
        funding="国補助",
        partner="携帯会社",
        planned_courses=100,
        reported_courses=98,
        reported_participants=1200,
        reported_distinct=700,
        approx=True,
        venues_note="公民館ほか",
        note="延べ",
    )
    made = act(database, create_programme, order)
    assert look(database, programme_card, made.id) == made
    assert made.model_dump(exclude={"id", "revision"}) == order.model_dump()
    with pytest.raises(Invalid) as refusal:
        act(database, create_programme, NewProgramme(code="R8-A", fiscal_year=2026, name="別"))
    assert refused_fields(refusal) == ["code"]
    older = act(database, create_programme, NewProgramme(code="R8-A", fiscal_year=2025, name="前年"))
    assert [card.id for card in look(database, list_programmes)] == [made.id, older.id]
    assert [card.id for card in look(database, list_programmes, fiscal_year=2025)] == [older.id]
    for unknown in ("999", "x"):
        with pytest.raises(NotFound):
            look(database, programme_card, unknown)


def test_a_course_stands_in_a_programme_and_may_have_a_venue(database: Database) -> None:
    venue(database)
    made = course(database, venue="ohgo", level=2, capacity=15, needs_wifi=True)
    assert look(database, course_card, made.id) == made
    assert (made.venue, made.venue_name, made.programme_name) == ("ohgo", "大胡公民館", "スマホ講座")
    assert (made.starts_at, made.ends_at, made.state) == (NOON, later(hours=2), CourseState.PLANNED)
    assert (made.level, made.capacity, made.needs_wifi, made.participants) == (2, 15, True, None)
    bare = course(database)
    assert (bare.venue, bare.venue_name) == (None, None)
    with pytest.raises(Invalid) as unknown_venue:
        course(database, venue="none")
    assert refused_fields(unknown_venue) == ["venue"]
    order = NewCourse(programme="999", title="題", starts_at=NOON, ends_at=later(hours=1))
    with pytest.raises(Invalid) as unknown_programme:
        act(database, create_course, order)
    assert refused_fields(unknown_programme) == ["programme"]
    with pytest.raises(NotFound):
        look(database, course_card, "999")
    assert len(rows(database, "course")) == 2


def test_courses_are_listed_as_they_begin(database: Database) -> None:
    venue(database)
    starts = [later(days=days) for days in (3, 1, 2, 1)]
    made = [
        course(database, title=f"第{number}回 髙齢者", starts_at=at, venue="ohgo" if number == 2 else None)
        for number, at in enumerate(starts)
    ]
    in_order = [made[1].id, made[3].id, made[2].id, made[0].id]

    def listed(**query: Any) -> list[str]:
        walked, cursor = [], None
        while True:
            page = look(database, list_courses, limit=1, cursor=cursor, **query)
            walked += [card.id for card in page.items]
            cursor = page.next
            if cursor is None:
                return walked

    assert listed() == in_order
    assert look(database, list_courses).total == 4
    # Half-open: what ends when the interval begins is out, and so is what begins when it ends.
    assert listed(since=later(days=1, hours=2)) == in_order[2:]
    assert listed(since=later(days=1, hours=1)) == in_order
    assert listed(until=later(days=2)) == in_order[:2]
    assert listed(venue="ohgo") == [made[2].id] == listed(q="大胡")
    assert listed(programme=made[0].programme) == [made[0].id]
    assert listed(programme="x") == listed(venue="none") == []
    assert listed(q="第３回高齢者") == [made[3].id]


@pytest.mark.parametrize("begun", ["", "tomorrow", "0001-01-01T00:00:00+23:59"])
def test_a_cursor_of_another_list_is_refused(database: Database, begun: str) -> None:
    with pytest.raises(Invalid) as refusal:
        look(database, list_courses, cursor=keyset.cursor_of(begun, 1))
    assert refused_fields(refusal) == ["cursor"]
    page = look(database, list_courses, cursor=keyset.cursor_of(NOON.astimezone(UTC).isoformat(), 1))
    assert page.items == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"ends_at": NOON},
        {"ends_at": NOON - timedelta(hours=1)},
        {"ends_at": datetime(2026, 11, 25)},
        {"level": 6},
        {"capacity": -1},
        {"title": "\x00"},
        {"starts_at": datetime(1899, 1, 1, tzinfo=TOKYO)},
    ],
)
def test_a_course_of_the_wrong_shape_is_refused(wrong: dict[str, Any]) -> None:
    right = {"programme": "1", "title": "題", "starts_at": NOON, "ends_at": later(hours=1)}
    assert NewCourse.model_validate(right).title == "題"
    with pytest.raises(ValidationError):
        NewCourse.model_validate(right | wrong)


def test_distinct_people_are_never_more_than_all_visits() -> None:
    right: dict[str, Any] = {"code": "A", "fiscal_year": 2026, "name": "講座"}
    for fits in ({"reported_distinct": 5}, {"reported_participants": 5, "reported_distinct": 5}, {}):
        assert NewProgramme.model_validate(right | fits).code == "A"
    for wrong in ({"reported_participants": 4, "reported_distinct": 5}, {"fiscal_year": 1988}, {"code": "."}):
        with pytest.raises(ValidationError):
            NewProgramme.model_validate(right | wrong)
