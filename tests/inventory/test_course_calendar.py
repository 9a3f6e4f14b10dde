"""Courses by day: the days that a course touches, closed halls, holidays, and rooms that two courses want at once."""

from datetime import date, datetime

import pytest
from sqlalchemy import update

from inventory.borrowers import COURSE
from inventory.calendar import TOKYO
from inventory.closures import NewClosure, add_closure
from inventory.course_calendar import CourseCalendar, course_calendar
from inventory.database import Database, writing
from inventory.errors import Invalid
from inventory.rooms import NewRoom, add_room
from tests.inventory.city import act, course, look, venue

MONDAY, SUNDAY = date(2026, 11, 23), date(2026, 11, 29)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=TOKYO)


def week(database: Database, **filters: str) -> CourseCalendar:
    return look(database, course_calendar, since=MONDAY, until=SUNDAY, **filters)


def held(calendar: CourseCalendar) -> dict[int, list[str]]:
    return {day.on.day: [one.course.id for one in day.courses] for day in calendar.days if day.courses}


def marks(calendar: CourseCalendar) -> dict[str, tuple[str | None, list[str]]]:
    return {one.course.id: (one.clash, one.clash_with) for day in calendar.days for one in day.courses}


def test_days_are_those_of_japan(database: Database) -> None:
    early = course(database, starts_at=at(23, 0), ends_at=at(23, 1)).id
    late = course(database, starts_at=at(29, 22), ends_at=datetime(2026, 11, 30, tzinfo=TOKYO)).id
    long = course(database, starts_at=at(25, 23), ends_at=at(27, 1)).id
    until_midnight = course(database, starts_at=at(27, 22), ends_at=at(28, 0)).id
    course(database, starts_at=at(22, 22), ends_at=at(23, 0))
    course(database, starts_at=datetime(2026, 11, 30, tzinfo=TOKYO))
    found = week(database)
    assert held(found) == {23: [early], 25: [long], 26: [long], 27: [long, until_midnight], 29: [late]}
    assert (len(found.days), found.whole) == (7, True)
    assert {day.on.day: day.holiday for day in found.days if day.holiday} == {23: "勤労感謝の日"}


def test_closed_days_of_the_hall_stand_beside_its_courses(database: Database) -> None:
    venue(database, closed_days="毎週火曜日")
    venue(database, "higashi", name="東公民館")
    act(database, add_closure, NewClosure.model_validate({"from": "2026-11-25", "reason": "選挙"}), venue="higashi")
    shut = course(database, starts_at=at(24, 10), venue="ohgo").id
    open_there = course(database, starts_at=at(24, 10), venue="higashi").id
    election = course(database, starts_at=at(25, 10), venue="higashi").id
    days = {day.on.day: day for day in week(database).days}
    assert {one.course.id: one.closed for one in days[24].courses} == {shut: "毎週火曜日", open_there: None}
    assert (days[24].closed, days[25].closed) == ({"ohgo": "毎週火曜日"}, {"higashi": "選挙"})
    assert [one.closed for one in days[25].courses if one.course.id == election] == ["選挙"]
    only = week(database, venue="higashi")
    assert held(only) == {24: [open_there], 25: [election]}
    assert [hall.code for hall in only.venues] == ["higashi"]


def test_two_courses_in_one_room_at_one_time_are_marked(database: Database) -> None:
    venue(database)
    rooms = [act(database, add_room, NewRoom(name=name), venue="ohgo").id for name in ("会議室", "和室")]

    def one(begins: datetime, ends: datetime, room: str | None, state: str = "planned") -> str:
        made = course(database, starts_at=begins, ends_at=ends, venue="ohgo").id
        with writing(database) as session:
            values = {"room_id": int(room) if room else None, "state": state}
            session.connection().execute(update(COURSE).where(COURSE.c.id == int(made)).values(values))
        return made

    first = one(at(24, 10), at(24, 12), rooms[0])
    after = one(at(24, 12), at(24, 13), rooms[0])
    beside = one(at(24, 10), at(24, 12), rooms[1])
    second = one(at(24, 11, 59), at(24, 12), rooms[0])
    off = one(at(24, 10), at(24, 12), rooms[0], "cancelled")
    nowhere = one(at(25, 10), at(25, 12), None)
    somewhere = one(at(25, 11), at(25, 12), rooms[1])
    assert marks(week(database)) == {
        first: ("room", [second]),
        second: ("room", [first]),
        after: (None, []),
        beside: (None, []),
        off: (None, []),
        nowhere: ("hall", [somewhere]),
        somewhere: ("hall", [nowhere]),
    }


def test_a_course_of_another_programme_takes_the_room_all_the_same(database: Database) -> None:
    venue(database)
    mine = course(database, starts_at=at(24, 10), venue="ohgo")
    other = course(database, starts_at=at(24, 11), venue="ohgo")
    assert marks(week(database, programme=mine.programme)) == {mine.id: ("hall", [other.id])}


def test_a_span_has_its_limits(database: Database) -> None:
    for since, until in ((SUNDAY, MONDAY), (date(2026, 1, 1), date(2026, 3, 4))):
        with pytest.raises(Invalid):
            look(database, course_calendar, since=since, until=until)
    assert len(look(database, course_calendar, since=date(2026, 1, 1), until=date(2026, 3, 3)).days) == 62
