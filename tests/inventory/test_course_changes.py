"""A course is changed, and what was reserved for it goes along; a programme is changed."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from inventory.case_keeping import NewCase, create_case
from inventory.course_changes import ChangeCourse, change_course
from inventory.course_series import ChangeSeries, NewSeries, change_series, create_series
from inventory.courses import CourseCard, NewCourse, create_course, list_courses
from inventory.database import Database, writing
from inventory.errors import Invalid, NotEnough, NotFound, Stale
from inventory.free_texts import blank_text
from inventory.lending import Override
from inventory.programmes import ChangeProgramme, NewProgramme, change_programme, create_programme
from inventory.reservations import NewReservation, reservations_of, reserve
from inventory.rooms import NewRoom, RoomCard, add_room, retire_room
from inventory.tables import CourseState, TotalSource
from tests.inventory.city import NOON, act, course, devices, later, look, phones, refused_fields, rows, venue


def changed(database: Database, card: CourseCard, *, now: Any = NOON, **fields: Any) -> CourseCard:
    order = ChangeCourse.model_validate(fields)
    return act(database, change_course, order, course=card.id, revision=card.revision, now=now)


def a_room(database: Database, hall: str, name: str = "研修室") -> RoomCard:
    return act(database, add_room, NewRoom(name=name, capacity=30), venue=hall)


def refused(database: Database, card: CourseCard, **fields: Any) -> list[str]:
    with pytest.raises(Invalid) as refusal:
        changed(database, card, **fields)
    return refused_fields(refusal)


def test_what_is_left_out_stays_and_null_empties(database: Database) -> None:
    venue(database)
    card = course(
        database, venue="ohgo", level=2, capacity=15, description="はじめての方へ", fee="無料", needs_wifi=True
    )
    after = changed(
        database, card, level=None, title="スマホで写真", topics="カメラ", url="https://example.jp/k", needs_wifi=None
    )
    assert (after.level, after.title, after.topics, after.url) == (
        None,
        "スマホで写真",
        "カメラ",
        "https://example.jp/k",
    )
    kept = ("capacity", "description", "fee", "needs_wifi", "venue", "programme", "starts_at", "ends_at", "state")
    assert {name: getattr(after, name) for name in kept} == {name: getattr(card, name) for name in kept}
    assert after.revision == card.revision + 1
    # The list finds it by its new name, and no longer by the old one.
    assert [len(look(database, list_courses, q=q).items) for q in ("写真", "入門", "大胡")] == [1, 0, 1]
    with pytest.raises(Stale):
        changed(database, card, title="おそい")
    with pytest.raises(NotFound):
        act(database, change_course, ChangeCourse(title="題"), course="999", revision=1)


def test_what_a_course_refers_to_goes_together(database: Database) -> None:
    venue(database)
    venue(database, "jonan", name="城南公民館")
    here, there = a_room(database, "ohgo"), a_room(database, "jonan")
    act(database, create_case, NewCase(code="BOX-A", name="スマホ箱A"))
    card = course(database, room=here.id, case="BOX-A")
    # A room brings its hall along.
    assert (card.venue, card.room_name, card.room_capacity, card.case_name) == ("ohgo", "研修室", 30, "スマホ箱A")
    assert refused(database, card, room=there.id, venue="ohgo") == ["room"]
    assert refused(database, card, venue="jonan", room=here.id) == ["room"]
    assert refused(database, card, room="999") == ["room"]
    assert refused(database, card, venue="nowhere") == ["venue"]
    assert refused(database, card, case="BOX-B") == ["case"]
    assert refused(database, card, programme="999") == ["programme"]
    assert refused(database, card, series="999") == ["series"]
    dates = [{"starts_at": later(days=9), "ends_at": later(days=9, hours=1)}]
    other = course(database)
    series = act(
        database, create_series, NewSeries.model_validate({"programme": other.programme, "title": "続", "dates": dates})
    )
    assert refused(database, card, series=series.id) == ["series"]
    # Another hall leaves the old hall's room behind.
    moved = changed(database, card, venue="jonan")
    assert (moved.venue, moved.room, moved.case) == ("jonan", None, "BOX-A")
    back = changed(database, moved, room=here.id, venue="ohgo")
    act(database, retire_room, venue="ohgo", room=here.id, revision=1)
    # A room that was given up stays where it stands, and is not chosen anew.
    assert changed(database, back, title="別の題").room == here.id
    assert refused(database, course(database), room=here.id) == ["room"]


def test_reservations_go_along_or_nothing_changes(database: Database) -> None:
    phones(database, preparation_minutes=60)
    devices(database, "SP-1", "SP-2", "SP-3", pool="phones")
    card, other = course(database, starts_at=later(days=1)), course(database, starts_at=later(days=2))

    def promise(of: CourseCard, quantity: int) -> None:
        order = {"pool": "phones", "quantity": quantity, "from": of.starts_at, "until": of.ends_at, "course": of.id}
        act(database, reserve, NewReservation.model_validate(order))

    promise(card, 2)
    promise(other, 2)
    with pytest.raises(NotEnough):
        changed(database, card, title="別の題", starts_at=other.starts_at, ends_at=other.ends_at)
    assert rows(database, "course")[0].title == card.title
    free = changed(database, card, starts_at=later(days=3), ends_at=later(days=3, hours=1))
    (moved,) = look(database, reservations_of, [int(card.id)])[int(card.id)]
    assert (moved.from_, moved.until) == (free.starts_at, free.ends_at)
    forced = changed(
        database, free, starts_at=other.starts_at, ends_at=other.ends_at, override=Override(reason="1台は持参")
    )
    (moved,) = look(database, reservations_of, [int(card.id)])[int(card.id)]
    assert (moved.from_, moved.override_reason) == (forced.starts_at, "1台は持参")


def test_times_and_reasons_that_cannot_be_are_refused(database: Database) -> None:
    card = course(database, starts_at=later(days=1))
    assert refused(database, card, ends_at=later(hours=1)) == ["ends_at"]
    assert refused(database, card, ends_at=later(days=33)) == ["ends_at"]
    card = changed(database, card, ends_at=later(days=32))
    assert refused(database, card, cancel_reason="雨") == ["cancel_reason"]
    held = course(database, starts_at=later(days=-1), state="held", participants=5)
    assert refused(database, held, starts_at=later(days=1), ends_at=later(days=1, hours=1)) == ["starts_at"]
    assert changed(database, held, starts_at=later(days=-2)).state == CourseState.HELD
    off = course(database, state="cancelled", cancel_reason="台風")
    assert refused(database, off, cancel_reason=None) == ["cancel_reason"]
    assert changed(database, off, cancel_reason="大雨").cancel_reason == "大雨"
    for wrong in (
        {"starts_at": NOON, "ends_at": NOON},
        {"url": "javascript:alert(1)"},
        {"level": 6},
        {"state": "held"},
    ):
        with pytest.raises(ValidationError):
            ChangeCourse.model_validate(wrong)


@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        ({"state": "held", "participants": 12, "participants_distinct": 12, "approx": True}, True),
        ({"state": "held"}, True),
        ({"state": "cancelled", "cancel_reason": "台風"}, True),
        ({"state": "postponed"}, True),
        ({"state": "cancelled"}, False),
        ({"cancel_reason": "台風"}, False),
        ({"participants": 12}, False),
        ({"state": "held", "participants": 11, "participants_distinct": 12}, False),
        ({"state": "cancelled", "cancel_reason": "台風", "participants": 3}, False),
    ],
)
def test_a_course_that_is_over_is_entered_with_how_it_went(
    database: Database, fields: dict[str, Any], fits: bool
) -> None:
    past = {"programme": "1", "title": "題", "starts_at": later(days=-1), "ends_at": later(hours=-20)}
    if not fits:
        with pytest.raises(ValidationError):
            NewCourse.model_validate(past | fields)
        return
    card = course(database, starts_at=later(days=-1), **fields)
    assert {name: getattr(card, name) for name in fields} == fields


def test_a_course_is_held_once_it_has_begun(database: Database) -> None:
    assert course(database, starts_at=NOON, state="held").state == CourseState.HELD
    programme = rows(database, "programme")[0].id
    start = NOON + timedelta(microseconds=1)
    order = NewCourse(
        programme=str(programme), title="題", starts_at=start, ends_at=later(hours=1), state=CourseState.HELD
    )
    with pytest.raises(Invalid) as refusal:
        act(database, create_course, order)
    assert refused_fields(refusal) == ["state"]


def test_a_programme_is_changed_within_its_limits(database: Database) -> None:
    made = act(database, create_programme, NewProgramme(code="A", fiscal_year=2026, name="教室", approx=True))
    act(database, create_programme, NewProgramme(code="B", fiscal_year=2026, name="別"))

    def change(**fields: Any) -> Any:
        order = ChangeProgramme.model_validate(fields)
        revision = rows(database, "programme")[0].revision
        return act(database, change_programme, order, programme=made.id, revision=revision)

    after = change(reported_participants=2429, reported_distinct=113, prints="counted", supporters_asked=113)
    assert (after.prints, after.approx, after.name) == (TotalSource.COUNTED, True, "教室")
    assert change(supporters_agreed=26, owner_section="情報政策課", approx=None).approx is True
    for fields, field in (
        ({"code": "B"}, "code"),
        ({"reported_participants": 112}, "reported_distinct"),
        ({"supporters_asked": 25}, "supporters_agreed"),
    ):
        with pytest.raises(Invalid) as refusal:
            change(**fields)
        assert refused_fields(refusal) == [field]
    assert change(fiscal_year=2025).fiscal_year == 2025
    order = NewCourse(programme=made.id, title="題", starts_at=NOON, ends_at=later(hours=1))
    act(database, create_course, order)
    with pytest.raises(Invalid) as refusal:
        change(fiscal_year=2027)
    assert refused_fields(refusal) == ["fiscal_year"]
    with pytest.raises(Stale):
        act(database, change_programme, ChangeProgramme(name="遅い"), programme=made.id, revision=1)
    with pytest.raises(NotFound):
        act(database, change_programme, ChangeProgramme(name="無い"), programme="99", revision=1)
    with pytest.raises(ValidationError):
        NewProgramme(code="C", fiscal_year=2026, name="名", supporters_asked=1, supporters_agreed=2)


def test_people_of_a_series_are_no_more_than_its_visits(database: Database) -> None:
    card = course(database)
    dates = [{"starts_at": later(days=day), "ends_at": later(days=day, hours=1)} for day in (1, 2)]
    order = NewSeries.model_validate({"programme": card.programme, "title": "続", "dates": dates})
    series = act(database, create_series, order)
    more = {
        "programme": card.programme,
        "title": "続（第0回）",
        "series": series.id,
        "state": "held",
        "participants": 9,
    }
    past = NewCourse.model_validate(more | {"starts_at": later(days=-1), "ends_at": later(hours=-20)})
    act(database, create_course, past)
    with pytest.raises(Invalid) as refusal:
        act(database, change_series, ChangeSeries(participants_distinct=10), series=series.id, revision=1)
    assert refused_fields(refusal) == ["participants_distinct"]
    after = act(database, change_series, ChangeSeries(participants_distinct=9), series=series.id, revision=1)
    assert (after.participants, after.participants_distinct, len(after.courses)) == (9, 9, 3)


def test_words_about_a_course_can_be_erased(database: Database) -> None:
    card = course(database, state="cancelled", cancel_reason="金井さんの入院", note="金井さんに電話")
    for column in ("cancel_reason", "note"):
        with writing(database) as session:
            assert blank_text(session, f"course.{column}", int(card.id))
    row = rows(database, "course")[0]
    assert (row.cancel_reason, row.note, row.revision) == (None, None, card.revision + 2)
