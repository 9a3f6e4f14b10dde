"""Who helps at a course: asked, agreed, declined, taken back; two courses at one time are told of."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from inventory.borrowers import COURSE
from inventory.course_help import (
    AskSupporters,
    CourseHelpers,
    RecordAnswer,
    ask_supporters,
    course_helpers,
    helpers_of,
    record_answer,
    take_back,
)
from inventory.database import Database, writing
from inventory.errors import Conflict, Invalid, NotFound
from inventory.supporters import EndSupporter, end_supporter
from inventory.tables import HelpAnswer, SupporterCategory
from tests.inventory.city import NOON, act, course, later, look, refused_fields, rows
from tests.inventory.volunteers import supporter


def ask(database: Database, of: str, *supporters: str, **more: Any) -> CourseHelpers:
    return act(database, ask_supporters, AskSupporters(supporters=list(supporters)), course=of, **more)


def answer(database: Database, of: str, helper: str, said: HelpAnswer, **more: Any) -> CourseHelpers:
    return act(database, record_answer, RecordAnswer(answer=said), course=of, helper=helper, **more)


def _set(database: Database, of: str, **values: Any) -> None:
    with writing(database) as session:
        session.connection().execute(update(COURSE).where(COURSE.c.id == int(of)).values(**values))


def test_who_is_asked_is_counted_and_who_agrees_by_category(database: Database) -> None:
    made = course(database)
    _set(database, made.id, supporters_needed=3)
    first, second, third = (
        supporter(database, name, category=category).id
        for name, category in (
            ("金井 康男", SupporterCategory.WELFARE),
            ("荒木 一", SupporterCategory.WELFARE),
            ("髙橋 節子", SupporterCategory.STUDENT),
        )
    )
    card = ask(database, made.id, first, second, third)
    assert (card.needed, card.asked, card.agreed, card.declined, card.missing) == (3, 3, 0, 0, 3)
    assert [item.answer for item in card.items] == [None, None, None]
    of = {item.supporter: item.id for item in card.items}
    answer(database, made.id, of[third], HelpAnswer.AGREED, now=later(hours=1))
    card = answer(database, made.id, of[first], HelpAnswer.DECLINED)
    assert [(item.supporter, item.answer) for item in card.items] == [
        (third, HelpAnswer.AGREED),
        (second, None),
        (first, HelpAnswer.DECLINED),
    ]
    assert card.items[0].answered_at == later(hours=1)
    assert (card.agreed, card.declined, card.missing) == (1, 1, 2)
    other = course(database)
    found = look(database, helpers_of, [int(made.id), int(other.id)])
    helpers = found[int(made.id)]
    assert (helpers.asked, helpers.agreed, helpers.declined, helpers.waiting) == (3, 1, 1, 1)
    assert helpers.categories == {SupporterCategory.STUDENT: 1}
    assert found[int(other.id)].asked == 0 and found[int(other.id)].categories == {}
    assert look(database, helpers_of, []) == {}


def test_a_course_that_asks_for_nobody_misses_nobody(database: Database) -> None:
    made = course(database)
    card = look(database, course_helpers, made.id)
    assert (card.needed, card.missing, card.items) == (None, None, [])


def test_who_was_asked_already_stays_as_they_are(database: Database) -> None:
    made = course(database)
    first, second = supporter(database, "金井 康男").id, supporter(database, "荒木 一").id
    card = ask(database, made.id, first)
    answer(database, made.id, card.items[0].id, HelpAnswer.AGREED)
    card = ask(database, made.id, second, first, second)
    assert (card.asked, card.agreed) == (2, 1)
    assert len(rows(database, "course_help")) == 2


def test_a_later_answer_takes_the_place_of_the_first(database: Database) -> None:
    made = course(database)
    helper = ask(database, made.id, supporter(database).id).items[0].id
    answer(database, made.id, helper, HelpAnswer.AGREED)
    card = answer(database, made.id, helper, HelpAnswer.DECLINED)
    assert (card.agreed, card.declined) == (0, 1)
    notes = rows(database, "entry")[-1].data["notes"]
    assert notes == [["answer_help", {"help": int(helper), "before": "agreed", "after": "declined"}]]


def test_what_was_asked_is_taken_back_and_may_be_asked_again(database: Database) -> None:
    made, one = course(database), supporter(database).id
    helper = ask(database, made.id, one).items[0].id
    assert act(database, take_back, course=made.id, helper=helper).items == []
    assert look(database, helpers_of, [int(made.id)])[int(made.id)].asked == 0
    with pytest.raises(NotFound):
        act(database, take_back, course=made.id, helper=helper)
    with pytest.raises(NotFound):
        answer(database, made.id, helper, HelpAnswer.AGREED)
    again = ask(database, made.id, one)
    assert again.items[0].id != helper
    kept = rows(database, "course_help")
    assert [row.undone_entry is None for row in kept] == [False, True]


def test_two_courses_at_one_time_are_told_of_and_not_refused(database: Database) -> None:
    one = supporter(database).id
    morning = course(database, title="朝", starts_at=NOON, ends_at=later(hours=2))
    beside = course(database, title="同じ時間", starts_at=later(hours=1), ends_at=later(hours=3))
    after = course(database, title="つぎ", starts_at=later(hours=2), ends_at=later(hours=4))
    for each in (morning, beside, after):
        answer(database, each.id, ask(database, each.id, one).items[0].id, HelpAnswer.AGREED)
    card = look(database, course_helpers, after.id)
    # 朝 ends as つぎ begins: nobody has to be in two places. 同じ時間 reaches into both.
    assert [other.id for other in card.items[0].overlaps] == [beside.id]
    assert [other.title for other in look(database, course_helpers, beside.id).items[0].overlaps] == ["朝", "つぎ"]
    assert [other.id for other in look(database, course_helpers, morning.id).items[0].overlaps] == [beside.id]
    _set(database, beside.id, state="cancelled")
    assert look(database, course_helpers, morning.id).items[0].overlaps == []
    _set(database, beside.id, state="planned")
    helper = look(database, course_helpers, morning.id).items[0].id
    assert answer(database, morning.id, helper, HelpAnswer.DECLINED).items[0].overlaps == []
    assert [other.id for other in look(database, course_helpers, beside.id).items[0].overlaps] == [after.id]


def test_whoever_is_not_registered_on_the_day_is_not_asked(database: Database) -> None:
    made = course(database, starts_at=NOON + timedelta(days=30))
    one = supporter(database).id
    for unknown in ("999", "x"):
        with pytest.raises(Invalid) as refusal:
            ask(database, made.id, one, unknown)
        assert refused_fields(refusal) == ["supporters"]
    last = (NOON + timedelta(days=29)).date()
    act(database, end_supporter, EndSupporter(on=last), supporter=one)
    with pytest.raises(Invalid):
        ask(database, made.id, one)
    assert rows(database, "course_help") == []
    act(database, end_supporter, EndSupporter(on=date(2026, 12, 24)), supporter=one)
    assert ask(database, made.id, one).asked == 1


def test_nobody_is_asked_for_a_course_that_is_called_off(database: Database) -> None:
    made, one = course(database), supporter(database).id
    for state in ("cancelled", "postponed"):
        _set(database, made.id, state=state)
        with pytest.raises(Conflict):
            ask(database, made.id, one)
    with pytest.raises(NotFound):
        ask(database, "999", one)


def test_a_helper_of_another_course_is_none_of_this(database: Database) -> None:
    made, other = course(database), course(database)
    helper = ask(database, made.id, supporter(database).id).items[0].id
    with pytest.raises(NotFound):
        answer(database, other.id, helper, HelpAnswer.AGREED)


def test_the_journal_names_numbers_alone(database: Database) -> None:
    made, one = course(database), supporter(database, "金井 康男").id
    ask(database, made.id, one)
    entry = rows(database, "entry")[-1]
    assert entry.data["notes"] == [["ask_supporters", {"course": int(made.id), "supporters": [int(one)]}]]
    assert isinstance(entry.at, datetime)
