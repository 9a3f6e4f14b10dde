"""Series, copies, and last year's plan a year later."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from inventory.calendar import TOKYO, fiscal_year_days, today
from inventory.course_copies import CopyCourse, CopySeries, copy_course, copy_series
from inventory.course_series import (
    MoreDates,
    NewSeries,
    SeriesCard,
    Weekly,
    create_series,
    extend_series,
    propose_dates,
    series_card,
)
from inventory.course_states import CancelCourse, cancel_course
from inventory.courses import CourseCard, NewCourse, course_card, create_course, list_courses
from inventory.database import Database
from inventory.errors import Conflict, Invalid, NotFound
from inventory.plan_copies import CopyYear, YearPlan, a_year_later, copy_year, year_plan
from inventory.programmes import NewProgramme, create_programme, list_programmes
from inventory.rooms import NewRoom, add_room, retire_room
from inventory.tables import CourseState
from tests.inventory.city import NOON, act, course, later, look, refused_fields, rows, venue

TUESDAYS = Weekly(first=date(2026, 12, 1), starts=time(10), ends=time(11, 30), times=5)


def programme(database: Database, year: int = 2026, code: str = "A", **fields: Any) -> str:
    return act(database, create_programme, NewProgramme(code=code, fiscal_year=year, name="教室", **fields)).id


def series(database: Database, of: str, **fields: Any) -> SeriesCard:
    dates = [{"starts_at": later(days=day), "ends_at": later(days=day, hours=2)} for day in (8, 1, 15)]
    if "weekly" not in fields:
        fields = {"dates": dates, **fields}
    return act(database, create_series, NewSeries.model_validate({"programme": of, "title": "スマホ入門", **fields}))


def under(database: Database, of: str, starts_at: datetime, **fields: Any) -> CourseCard:
    values = {"programme": of, "title": "講座", "starts_at": starts_at, "ends_at": starts_at + timedelta(hours=2)}
    return act(database, create_course, NewCourse.model_validate(values | fields))


def days(card: SeriesCard) -> list[date]:
    return [today(one.starts_at) for one in card.courses]


def test_a_series_is_entered_in_one_act_and_its_dates_are_numbered(database: Database) -> None:
    venue(database)
    before = len(rows(database, "entry"))
    of = programme(database)
    made = series(database, of, venue="ohgo", level=2, phones_needed=15, url="https://example.jp")
    assert len(rows(database, "entry")) == before + 2
    assert [one.title for one in made.courses] == ["スマホ入門（第1回）", "スマホ入門（第2回）", "スマホ入門（第3回）"]
    assert [one.starts_at for one in made.courses] == [later(days=day) for day in (1, 8, 15)]
    assert {(one.venue, one.level, one.phones_needed, one.series) for one in made.courses} == {("ohgo", 2, 15, made.id)}
    assert [len(look(database, list_courses, q=q).items) for q in ("第2回", "大胡")] == [1, 3]
    assert look(database, series_card, made.id) == made
    more = MoreDates.model_validate({"dates": [{"starts_at": later(days=22), "ends_at": later(days=22, hours=1)}]})
    longer = act(database, extend_series, more, series=made.id)
    assert (longer.courses[-1].title, longer.courses[-1].level) == ("スマホ入門（第4回）", 2)
    with pytest.raises(Invalid) as refusal:
        act(database, extend_series, more, series=made.id)
    assert refused_fields(refusal) == ["dates"]
    with pytest.raises(NotFound):
        look(database, series_card, "99")


def test_a_long_title_leaves_room_for_its_number(database: Database) -> None:
    made = series(database, programme(database), title="あ" * 120)
    assert {len(one.title) for one in made.courses} == {120} and made.courses[2].title.endswith("（第3回）")


def test_the_same_date_twice_is_refused(database: Database) -> None:
    date_ = {"starts_at": later(days=1), "ends_at": later(days=1, hours=1)}
    with pytest.raises(Invalid) as refusal:
        series(database, programme(database), dates=[date_, date_])
    assert refused_fields(refusal) == ["dates"]
    wrongs: list[dict[str, Any]] = [{"dates": []}, {"dates": [date_], "weekly": TUESDAYS}, {}]
    for wrong in wrongs:
        with pytest.raises(ValidationError):
            NewSeries.model_validate({"programme": "1", "title": "題", **wrong})


def test_a_weekly_rule_tells_the_days_on_which_the_hall_is_closed(database: Database) -> None:
    venue(database, closed_days="第3火曜、12/29–1/3")
    told = look(database, propose_dates, TUESDAYS, "ohgo").items
    assert [today(one.starts_at).day for one in told] == [1, 8, 15, 22, 29]
    assert [one.closed is not None for one in told] == [False, False, True, False, True]
    skipping = TUESDAYS.model_copy(update={"skip_closed": True})
    told_all = look(database, propose_dates, skipping, "ohgo")
    assert [today(one.starts_at) for one in told_all.items][2:] == [
        date(2026, 12, 22),
        date(2027, 1, 5),
        date(2027, 1, 12),
    ]
    assert [today(one.starts_at).day for one in told_all.passed_over] == [15, 29]
    assert all(one.closed is None for one in look(database, propose_dates, TUESDAYS, None).items)
    made = series(database, programme(database), venue="ohgo", weekly=skipping)
    assert days(made) == [today(one.starts_at) for one in told_all.items]
    assert made.courses[0].starts_at == datetime(2026, 12, 1, 10, tzinfo=TOKYO)
    always = venue(database, "shut", closed_days="火曜")
    with pytest.raises(Invalid) as refusal:
        series(database, made.programme, venue=always.code, weekly=skipping)
    assert refused_fields(refusal) == ["weekly"]


def test_every_second_week(database: Database) -> None:
    rule = TUESDAYS.model_copy(update={"every_weeks": 2, "times": 3})
    assert [today(one.starts_at).day for one in look(database, propose_dates, rule, None).items] == [1, 15, 29]


def test_a_copy_is_planned_and_empty(database: Database) -> None:
    venue(database)
    room = act(database, add_room, NewRoom(name="研修室"), venue="ohgo")
    old = course(
        database,
        starts_at=later(days=-1),
        state="held",
        participants=12,
        approx=True,
        room=room.id,
        note="金井さんに鍵",
        published=True,
        enrolled=14,
        capacity=15,
        description="はじめての方へ",
        apply_until=date(2026, 11, 20),
    )
    order = CopyCourse(starts_at=later(days=7), ends_at=later(days=7, hours=1))
    new = act(database, copy_course, order, course=old.id)
    assert (new.state, new.participants, new.approx, new.note, new.published) == (
        CourseState.PLANNED,
        None,
        False,
        None,
        False,
    )
    assert (new.enrolled, new.apply_until, new.series) == (None, None, None)
    assert (new.title, new.room, new.capacity, new.description) == (old.title, room.id, 15, "はじめての方へ")
    assert look(database, course_card, old.id) == old
    act(database, retire_room, venue="ohgo", room=room.id, revision=1)
    assert act(database, copy_course, order, course=old.id).room is None
    with pytest.raises(NotFound):
        act(database, copy_course, order, course="99")


def test_a_series_is_copied_to_another_first_day(database: Database) -> None:
    made = series(database, programme(database))
    first = made.courses[0]
    act(database, cancel_course, CancelCourse(reason="雨"), course=first.id, revision=first.revision)
    copy = act(database, copy_series, CopySeries(first=date(2027, 1, 12)), series=made.id)
    # The cancelled one is left out; the others keep their distance.
    assert days(copy) == [date(2027, 1, 12), date(2027, 1, 19)]
    assert copy.id != made.id and {one.state for one in copy.courses} == {CourseState.PLANNED}
    assert copy.courses[0].starts_at.astimezone(TOKYO).hour == 12


@pytest.mark.parametrize(
    ("day", "later_on"),
    [
        (date(2026, 11, 24), date(2027, 11, 23)),
        # 52 weeks after 1 April 2026 is still fiscal 2026.
        (date(2026, 4, 1), date(2027, 4, 7)),
        (date(2026, 4, 2), date(2027, 4, 1)),
        (date(2027, 3, 31), date(2028, 3, 29)),
    ],
)
def test_a_year_later_is_the_same_weekday_of_the_next_fiscal_year(day: date, later_on: date) -> None:
    starts_at = datetime.combine(day, time(13, 30), tzinfo=TOKYO)
    new, ends = a_year_later(starts_at, starts_at + timedelta(hours=2), 2026)
    assert (today(new), new.astimezone(TOKYO).time(), ends - new) == (later_on, time(13, 30), timedelta(hours=2))
    first, after = fiscal_year_days(2027)
    assert later_on.weekday() == day.weekday() and first <= later_on < after


def test_last_years_plan_is_taken_over_as_it_was_shown(database: Database) -> None:
    venue(database, closed_days="11/23")
    of = programme(
        database, planned_courses=2, reported_courses=2, reported_participants=30, prints="reported", partner="協力"
    )
    empty = programme(database, code="B")
    kept = under(database, of, NOON, venue="ohgo", state="held", participants=9)
    off = under(database, of, later(days=1), state="cancelled", cancel_reason="雨")
    in_series = series(database, of)
    plan: YearPlan = look(database, year_plan, 2026)
    assert [(one.code, one.there, len(one.courses)) for one in plan.programmes] == [("A", False, 5), ("B", False, 0)]
    by_id = {one.id: one for one in plan.programmes[0].courses}
    assert (by_id[kept.id].usual, by_id[kept.id].closed is None) == (True, False)
    assert (by_id[off.id].usual, by_id[off.id].there) == (False, False)

    chosen = [kept.id, *(one.id for one in in_series.courses[:2])]
    order = CopyYear(year=2026, programmes=[empty], courses=chosen, digest=plan.digest)
    before = len(rows(database, "course"))
    told = act(database, copy_year, order)
    assert (told.year, len(told.programmes), len(told.series), len(told.courses)) == (2027, 2, 1, 3)
    assert len(rows(database, "course")) == before + 3
    new = {card.code: card for card in look(database, list_programmes, fiscal_year=2027)}
    assert (new["A"].planned_courses, new["A"].reported_courses, new["A"].prints, new["A"].partner) == (
        2,
        None,
        None,
        "協力",
    )
    cards = [look(database, course_card, one) for one in told.courses]
    assert {(one.state, one.participants, one.programme) for one in cards} == {(CourseState.PLANNED, None, new["A"].id)}
    assert [today(one.starts_at) for one in cards] == [today(by_id[one].starts_at) for one in chosen]
    assert [one.series for one in cards] == [None, told.series[0], told.series[0]]

    # The same preview once more is out of date; a fresh one shows what is there already.
    with pytest.raises(Conflict):
        act(database, copy_year, order)
    again = look(database, year_plan, 2026)
    shown = {one.id: (one.there, one.usual) for one in again.programmes[0].courses}
    assert shown[kept.id] == (True, False) and shown[in_series.courses[2].id] == (False, True)
    with pytest.raises(Invalid):
        act(database, copy_year, CopyYear(year=2026, courses=[kept.id], digest=again.digest))
    left = CopyYear(year=2026, courses=[in_series.courses[2].id], digest=again.digest)
    assert len(act(database, copy_year, left).programmes) == 0


def test_nothing_is_taken_over_that_was_not_shown(database: Database) -> None:
    of = programme(database)
    card = under(database, of, NOON)
    elsewhere = under(database, programme(database, 2025), later(days=-365))
    digest = look(database, year_plan, 2026).digest
    for chosen in ({"courses": [elsewhere.id]}, {"programmes": ["99"]}, {}):
        with pytest.raises(Invalid):
            act(database, copy_year, CopyYear.model_validate({"year": 2026, "digest": digest, **chosen}))
    act(database, cancel_course, CancelCourse(reason="雨"), course=card.id, revision=1)
    with pytest.raises(Conflict):
        act(database, copy_year, CopyYear(year=2026, courses=[card.id], digest=digest))
    assert look(database, list_programmes, fiscal_year=2027) == []
