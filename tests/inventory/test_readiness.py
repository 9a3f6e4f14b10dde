"""Whether a course can be held: every check with its edges, the verdict of the worst, many courses in a few queries."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from inventory.case_keeping import Fill, MoveCase, NewCase, create_case, fill_case, move
from inventory.closures import NewClosure, add_closure
from inventory.course_counts import CountParticipants, count_participants
from inventory.course_help import AskSupporters, RecordAnswer, ask_supporters, record_answer
from inventory.courses import CourseCard, NewCourse, create_course, list_courses
from inventory.database import Database, reading
from inventory.errors import NotFound
from inventory.outages import BeginOutage, begin_outage
from inventory.packs_held import HoldPack, hold_pack
from inventory.pools import NewPool, create_pool
from inventory.programmes import NewProgramme, create_programme
from inventory.readiness import Readiness, Verdict, readiness, readiness_of, ready_list
from inventory.readiness_cards import Act, Check, Do, Level
from inventory.reservation_lists import ReservationCard
from inventory.reservations import NewReservation, reserve
from inventory.rooms import NewRoom, RoomChange, add_room, change_room, retire_room
from inventory.tables import Audience, CourseState, HelpAnswer, PoolKind, WifiStage
from inventory.wifi_plans import PlanOrder, revise_plan
from tests.inventory.city import NOON, act, devices, later, lend, look, phones, release, rows, stop, venue
from tests.inventory.halls import stand
from tests.inventory.troubled import changed, told
from tests.inventory.volunteers import supporter

# 26 November 2026, ten o'clock in Japan: two days after NOON.
START = later(hours=46)
END = START + timedelta(minutes=90)
HALL = "ohgo"


def course(database: Database, *, audience: Audience | None = None, **fields: Any) -> CourseCard:
    """A course of an hour and a half in a hall that has wifi unless it was given a stage before."""
    number = len(rows(database, "programme"))
    order = NewProgramme(code=f"P{number}", fiscal_year=2026, name="スマホ講座", audience=audience)
    programme = act(database, create_programme, order)
    given = {"venue": HALL, "starts_at": START, "ends_at": END, **fields}
    return act(database, create_course, NewCourse(programme=programme.id, title="スマホ体験講座", **given))


def judged(database: Database, of: CourseCard, now: datetime = NOON) -> Readiness:
    return look(database, readiness, of.id, now=now)


def check(database: Database, of: CourseCard, name: str, now: datetime = NOON) -> Check | None:
    return next((one for one in judged(database, of, now).checks if one.name == name), None)


def level(database: Database, of: CourseCard, name: str, now: datetime = NOON) -> Level | None:
    found = check(database, of, name, now)
    assert found is None or found.ok is (found.level is Level.OK)
    return found.level if found else None


def acted(database: Database, of: CourseCard, name: str, now: datetime = NOON) -> Act | None:
    found = check(database, of, name, now)
    assert found is not None
    return found.act


def noted(database: Database, of: CourseCard, name: str) -> str:
    found = check(database, of, name)
    assert found is not None
    return found.note or ""


def routers(database: Database, count: int = 1) -> None:
    act(database, create_pool, NewPool(id="routers", name="モバイルルーター", kind=PoolKind.ROUTER))
    devices(database, *(f"R{number}" for number in range(1, count + 1)), pool="routers")


def reserved(database: Database, of: CourseCard, quantity: int, pool: str = "phones", **fields: Any) -> ReservationCard:
    time = {"from": of.starts_at, "until": of.ends_at}
    order = NewReservation.model_validate({"pool": pool, "quantity": quantity, **time, "course": of.id, **fields})
    return act(database, reserve, order)


def some_phones(database: Database, count: int, **rules: Any) -> None:
    phones(database, **{"preparation_minutes": 60, **rules})
    devices(database, *(f"S{number}" for number in range(1, count + 1)), pool="phones")


@pytest.fixture
def hall(database: Database) -> str:
    venue(database)
    return HALL


def test_a_course_that_asks_for_nothing_can_be_held(database: Database, hall: str) -> None:
    found = judged(database, course(database))
    assert found.verdict is Verdict.GO and all(one.ok for one in found.checks) and not found.suggestions
    # Nobody asks for wifi, supporters, a case or a pack here.
    assert [one.name for one in found.checks] == ["phones", "hall", "issues"]
    with pytest.raises(NotFound):
        look(database, readiness, "99", now=NOON)


@pytest.mark.parametrize("state", [CourseState.CANCELLED, CourseState.POSTPONED])
def test_a_course_that_does_not_take_place_has_no_verdict(database: Database, hall: str, state: CourseState) -> None:
    found = judged(database, course(database, state=state, cancel_reason="大雪"))
    assert (found.verdict, found.checks, found.suggestions) == (None, [], [])


def test_a_course_that_is_over_has_no_verdict_and_one_that_runs_has(database: Database, hall: str) -> None:
    made = course(database)
    assert judged(database, made, END - timedelta(seconds=1)).verdict is Verdict.GO
    assert judged(database, made, END).verdict is None


def test_a_course_whose_people_were_counted_has_no_verdict_even_before_its_last_minute(
    database: Database, hall: str
) -> None:
    made = course(database)
    act(database, count_participants, CountParticipants(participants=3), course=made.id, now=END - timedelta(minutes=5))
    assert judged(database, made, END - timedelta(minutes=4)).verdict is None


def test_a_hall_without_wifi_is_a_worry_until_a_router_is_reserved(database: Database, hall: str) -> None:
    routers(database)
    stand(database, hall, WifiStage.CONSTRUCTION)
    made = course(database, needs_wifi=True)
    assert judged(database, made).verdict is Verdict.CAUTION
    assert acted(database, made, "wifi") == Act(do=Do.RESERVE_ROUTER, pool="routers", quantity=1)
    reserved(database, made, 1, pool="routers")
    assert level(database, made, "wifi") is Level.OK and level(database, made, "routers") is Level.OK
    assert judged(database, made).verdict is Verdict.GO


def test_a_router_that_is_out_for_the_course_stands_in_as_well(database: Database, hall: str) -> None:
    routers(database)
    made = course(database, needs_wifi=True)
    assert level(database, made, "wifi") is Level.CAUTION
    lend(database, {"course": made.id}, "R1")
    assert level(database, made, "wifi") is Level.OK and level(database, made, "routers") is Level.OK


def test_without_a_router_to_reserve_a_hall_without_wifi_cannot_hold_it(database: Database, hall: str) -> None:
    stand(database, hall, WifiStage.CONSTRUCTION)
    made = course(database, needs_wifi=True)
    assert level(database, made, "routers") is Level.NO_GO and acted(database, made, "wifi") is None
    routers(database)
    assert level(database, made, "routers") is Level.OK
    other = course(database, needs_wifi=True)
    reserved(database, other, 1, pool="routers")
    assert level(database, made, "routers") is Level.NO_GO
    assert "11月27日（金）" in noted(database, made, "routers")
    # In a hall with wifi nobody needs one.
    stand(database, hall)
    assert level(database, made, "routers") is Level.OK and level(database, made, "wifi") is Level.OK


@pytest.mark.parametrize(
    ("planned", "told_as"),
    [(date(2026, 11, 26), "見込みどおり"), (date(2026, 12, 14), "12月14日（月）"), (None, "工事中")],
)
def test_a_planned_opening_is_told_and_is_no_wifi_yet(
    database: Database, hall: str, planned: date | None, told_as: str
) -> None:
    stand(database, hall, WifiStage.CONSTRUCTION)
    if planned:
        act(database, revise_plan, PlanOrder(stage=WifiStage.IN_SERVICE, planned_on=planned), venue=hall)
    found = check(database, course(database, needs_wifi=True), "wifi")
    assert found is not None and found.level is Level.CAUTION
    assert told_as in f"{found.detail}{found.note}"


def test_an_outage_counts_where_there_is_wifi_and_for_who_needs_it(database: Database, hall: str) -> None:
    stand(database, hall)
    made, without = course(database, needs_wifi=True), course(database)
    assert level(database, made, "outage") is Level.OK and level(database, without, "outage") is None
    act(database, begin_outage, BeginOutage(began_at=later(hours=-2)), venue=hall)
    assert level(database, made, "outage") is Level.CAUTION
    assert acted(database, made, "outage") == Act(do=Do.END_OUTAGE)
    routers(database)
    assert acted(database, made, "outage") == Act(do=Do.RESERVE_ROUTER, pool="routers", quantity=1)
    reserved(database, made, 1, pool="routers")
    assert level(database, made, "outage") is Level.OK


def test_phones_that_nobody_reserved(database: Database, hall: str) -> None:
    some_phones(database, 10)
    made = course(database, phones_needed=8)
    assert level(database, made, "phones") is Level.CAUTION
    assert acted(database, made, "phones") == Act(do=Do.RESERVE_PHONES, pool="phones", quantity=8)
    reserved(database, made, 5)
    assert acted(database, made, "phones") == Act(do=Do.RESERVE_PHONES, pool="phones", quantity=3)
    reserved(database, made, 3)
    assert level(database, made, "phones") is Level.OK


def test_every_seat_of_people_without_a_phone_needs_one(database: Database, hall: str) -> None:
    some_phones(database, 20)
    for audience, fields, needed in (
        (Audience.NO_PHONE, {"capacity": 12}, 12),
        (Audience.NO_PHONE, {"enrolled": 7}, 7),
        (Audience.NO_PHONE, {"capacity": 12, "phones_needed": 4}, 4),
        (Audience.NO_PHONE, {"capacity": 12, "phones_needed": 0}, None),
        (Audience.PHONE, {"capacity": 12}, None),
    ):
        found = acted(database, course(database, audience=audience, **fields), "phones")
        assert (found.quantity if found else None) == needed


def test_fewer_free_than_needed_cannot_be_held_and_says_when_enough_are(database: Database, hall: str) -> None:
    made = course(database, phones_needed=8)
    assert level(database, made, "phones") is Level.NO_GO
    some_phones(database, 10)
    reserved(database, course(database), 5)
    found = check(database, made, "phones")
    assert found is not None and found.level is Level.NO_GO
    assert (found.act, "3台" in found.detail) == (Act(do=Do.SEE_RESERVATIONS, pool="phones", quantity=3), True)
    assert "11月27日（金）" in (found.note or "")
    # Nobody goes to a hall that is closed on that day.
    act(database, add_closure, NewClosure.model_validate({"from": "2026-11-27"}), venue=hall)
    assert "11月28日（土）" in noted(database, made, "phones")


def test_more_promised_than_there_is_by_an_overdue_loan(database: Database, hall: str) -> None:
    some_phones(database, 5)
    made = course(database)
    reserved(database, made, 5)
    assert level(database, made, "phones") is Level.OK
    lend(database, {"section": "福祉課"}, "S1", "S2", due={"on": "2026-11-24"})
    assert level(database, made, "phones") is Level.OK
    late = later(days=1)
    found = check(database, made, "phones", late)
    assert found is not None and found.level is Level.NO_GO
    assert found.act == Act(do=Do.SEE_RESERVATIONS, pool="phones", quantity=2)
    # What was handed out for the course is no longer missing.
    assert judged(database, made, late).verdict is Verdict.NO_GO


def test_phones_in_repair_are_missing_and_those_handed_out_are_not(database: Database, hall: str) -> None:
    some_phones(database, 3)
    made = course(database)
    reserved(database, made, 3)
    stop(database, "S3", "repair")
    assert level(database, made, "phones") is Level.NO_GO
    release(database, "S3", "repair")
    lend(database, {"course": made.id}, "S1", "S2", "S3", now=START)
    assert level(database, made, "phones", START) is Level.OK
    assert level(database, made, "prepared", START) is None


def test_what_waits_for_a_wipe_is_a_worry_and_too_late_in_the_end(database: Database, hall: str) -> None:
    some_phones(database, 5)
    made = course(database)
    reserved(database, made, 4)
    assert level(database, made, "prepared") is Level.OK
    stop(database, "S1", "wipe")
    # Four of five are ready: that is enough.
    assert level(database, made, "prepared") is Level.OK
    stop(database, "S2", "wipe")
    assert level(database, made, "prepared") is Level.CAUTION
    assert acted(database, made, "prepared") == Act(do=Do.WIPE, pool="phones", quantity=1)
    stop(database, "S3", "inspect")
    stop(database, "S4", "inspect")
    stop(database, "S2", "inspect")
    # Three of four are missing; two of them wait for a wipe, whatever else is to be done.
    assert acted(database, made, "prepared") == Act(do=Do.WIPE, pool="phones", quantity=2)
    # An hour is needed for the work; from then on it is too late.
    assert level(database, made, "prepared", START - timedelta(minutes=60)) is Level.CAUTION
    assert level(database, made, "prepared", START - timedelta(minutes=59)) is Level.NO_GO
    assert level(database, made, "prepared", START) is Level.NO_GO


def test_what_is_in_repair_is_neither_ready_nor_waits(database: Database, hall: str) -> None:
    some_phones(database, 3)
    made = course(database)
    reserved(database, made, 2)
    stop(database, "S3", "repair")
    stop(database, "S2", "wipe")
    assert acted(database, made, "prepared") == Act(do=Do.WIPE, pool="phones", quantity=1)
    stop(database, "S2", "repair")
    assert level(database, made, "prepared") is Level.OK and level(database, made, "phones") is Level.NO_GO


def test_a_wipe_that_has_weeks_is_told_and_no_worry(database: Database, hall: str) -> None:
    some_phones(database, 2)
    stop(database, "S1", "wipe")
    made = course(database, starts_at=later(days=8), ends_at=later(days=8, hours=1))
    reserved(database, made, 2)
    assert level(database, made, "prepared") is Level.OK
    assert acted(database, made, "prepared") == Act(do=Do.WIPE, pool="phones", quantity=1)
    assert level(database, made, "prepared", later(days=1)) is Level.CAUTION


def test_the_hall_is_closed_by_its_rule_or_on_a_single_day(database: Database) -> None:
    venue(database, HALL, closed_days="毎週木曜日")
    venue(database, "open", name="宮城公民館")
    assert level(database, course(database), "hall") is Level.NO_GO
    other = course(database, venue="open")
    assert level(database, other, "hall") is Level.OK
    act(database, add_closure, NewClosure.model_validate({"from": "2026-11-26"}), venue="open")
    assert level(database, other, "hall") is Level.NO_GO
    assert acted(database, other, "hall") == Act(do=Do.CHANGE_COURSE)
    # The second day of a course counts as well, and the day after it does not.
    before: dict[str, Any] = {"starts_at": START - timedelta(days=1), "venue": "open"}
    assert level(database, course(database, **before, ends_at=END), "hall") is Level.NO_GO
    # One that ends at midnight does not reach into the next day.
    assert level(database, course(database, **before, ends_at=START - timedelta(hours=10)), "hall") is Level.OK


def test_without_a_hall_there_is_one_worry(database: Database) -> None:
    found = judged(database, course(database, venue=None, needs_wifi=True))
    assert [one.name for one in found.checks if not one.ok] == ["hall"]


def test_a_room_holds_those_who_come_and_one_course_at_a_time(database: Database, hall: str) -> None:
    room = act(database, add_room, NewRoom(name="会議室1", capacity=20), venue=hall)
    made = course(database, room=room.id, capacity=20, enrolled=14)
    assert level(database, made, "room") is Level.OK
    assert level(database, course(database, room=room.id, starts_at=END, ends_at=later(days=3)), "room") is Level.OK
    act(database, change_room, RoomChange(capacity=15), venue=hall, room=room.id, revision=1)
    assert level(database, made, "room") is Level.CAUTION
    act(database, change_room, RoomChange(capacity=13), venue=hall, room=room.id, revision=2)
    assert level(database, made, "room") is Level.NO_GO
    act(database, change_room, RoomChange(capacity=None), venue=hall, room=room.id, revision=3)
    assert level(database, made, "room") is Level.OK
    act(database, retire_room, venue=hall, room=room.id, revision=4)
    assert level(database, made, "room") is Level.CAUTION


def test_two_courses_want_one_room_at_one_time(database: Database, hall: str) -> None:
    room = act(database, add_room, NewRoom(name="会議室1"), venue=hall)
    made = course(database, room=room.id)
    course(database, room=room.id, state=CourseState.CANCELLED, cancel_reason="大雪")
    assert level(database, made, "room") is Level.OK
    other = course(database, room=room.id, starts_at=END - timedelta(minutes=1), ends_at=END + timedelta(hours=1))
    assert level(database, made, "room") is Level.NO_GO and level(database, other, "room") is Level.NO_GO


def test_a_course_without_a_room_is_no_trouble_where_some_room_is_large_enough(database: Database, hall: str) -> None:
    made = course(database, capacity=30)
    assert level(database, made, "room") is None
    act(database, add_room, NewRoom(name="会議室1", capacity=30), venue=hall)
    assert level(database, made, "room") is Level.OK
    assert level(database, course(database, capacity=31), "room") is Level.CAUTION


def test_supporters_who_agreed_are_enough(database: Database, hall: str) -> None:
    made = course(database, supporters_needed=1)
    assert level(database, made, "supporters") is Level.CAUTION
    assert acted(database, made, "supporters") == Act(do=Do.ASK_SUPPORTERS, quantity=1)
    card = act(database, ask_supporters, AskSupporters(supporters=[supporter(database).id]), course=made.id)
    assert level(database, made, "supporters") is Level.CAUTION
    agreed = RecordAnswer(answer=HelpAnswer.AGREED)
    act(database, record_answer, agreed, course=made.id, helper=card.items[0].id)
    assert level(database, made, "supporters") is Level.OK


def test_the_case_is_at_the_hall_from_the_day_before_on(database: Database, hall: str) -> None:
    some_phones(database, 1)
    act(database, create_case, NewCase(code="BOX-A", name="スマホ箱A"))
    act(database, fill_case, Fill(devices=["S1"]), case="BOX-A")
    made = course(database, case="BOX-A")
    assert level(database, made, "case", START - timedelta(hours=34, seconds=1)) is None
    assert level(database, made, "case", START - timedelta(hours=34)) is Level.CAUTION
    act(database, move, MoveCase(place="大胡公民館 会議室1"), case="BOX-A")
    assert level(database, made, "case", START) is Level.OK
    act(database, move, MoveCase(place="中央公民館"), case="BOX-A")
    assert level(database, made, "case", START) is Level.CAUTION
    lend(database, {"course": made.id}, "S1", now=START)
    assert level(database, made, "case", START) is Level.OK


def test_a_desk_holds_the_pack_where_there_is_no_wifi(database: Database, hall: str) -> None:
    some_phones(database, 2)
    made = course(database, phones_needed=2)
    reserved(database, made, 2)
    day_before = START - timedelta(hours=20)
    assert level(database, made, "pack") is None
    assert level(database, made, "pack", day_before) is Level.CAUTION
    venue(database, "other", name="宮城公民館")

    def hold(**fields: Any) -> None:
        order = {"desk": "窓口1", "on": "2026-11-26", "made_at": day_before, "expires_at": END, **fields}
        act(database, hold_pack, HoldPack.model_validate(order), now=day_before)

    hold(venue="other")
    hold(on="2026-11-25")
    assert level(database, made, "pack", day_before) is Level.CAUTION
    hold(expires_at=START)
    assert level(database, made, "pack", day_before) is Level.OK
    assert level(database, made, "pack", START) is Level.CAUTION
    hold(venue=HALL)
    assert level(database, made, "pack", START) is Level.OK
    # A course that lends nothing needs none, and with wifi it is no worry.
    assert level(database, course(database), "pack", day_before) is None
    stand(database, hall)
    other = course(database, phones_needed=1, starts_at=END, ends_at=END + timedelta(hours=1))
    assert level(database, other, "pack", END) is Level.OK


def test_open_reports_at_the_hall_are_a_worry(database: Database, hall: str) -> None:
    made = course(database)
    issue = told(database, hall, category="network")
    assert level(database, made, "issues") is Level.CAUTION
    changed(database, issue, state="resolved")
    found = check(database, made, "issues")
    assert found is not None and found.ok and "11月24日（火）" in (found.note or "")


def test_the_worst_check_decides_and_comes_first_among_what_to_do(database: Database) -> None:
    venue(database, HALL, closed_days="毎週木曜日")
    found = judged(database, course(database, supporters_needed=2))
    assert found.verdict is Verdict.NO_GO
    assert [one.check for one in found.suggestions] == ["hall", "supporters"]


def test_the_list_of_thirty_days_is_sorted_by_trouble_and_then_by_time(database: Database) -> None:
    venue(database, HALL, closed_days="毎週木曜日")
    fine = course(database, starts_at=later(hours=-1), ends_at=later(hours=1))
    thursday = course(database)
    worry = course(database, starts_at=later(days=1), ends_at=later(days=1, hours=1), supporters_needed=1)
    course(database, starts_at=later(days=30), ends_at=later(days=30, hours=1))
    course(database, starts_at=later(hours=-2), ends_at=NOON)
    last = course(database, starts_at=later(days=29, hours=11), ends_at=later(days=29, hours=12))
    found = look(database, ready_list, now=NOON)
    assert [one.course.id for one in found] == [thursday.id, worry.id, fine.id, last.id]


def test_many_courses_take_no_more_queries_than_a_few(database: Database, hall: str) -> None:
    some_phones(database, 3)
    routers(database)
    for day in range(1, 4):
        time: dict[str, Any] = {"starts_at": later(days=day), "ends_at": later(days=day, hours=1)}
        reserved(database, course(database, needs_wifi=True, phones_needed=2, **time), 1)

    def queries(count: int) -> int:
        with reading(database) as session:
            cards = list_courses(session).items[:count]
            asked: list[str] = []
            engine = session.connection().engine

            def note(*told: Any) -> None:
                asked.append(told[2])

            event.listen(engine, "before_cursor_execute", note)
            try:
                assert len(readiness_of(session, cards, now=NOON)) == count
            finally:
                event.remove(engine, "before_cursor_execute", note)
            return len(asked)

    assert queries(3) == queries(1)


def test_no_courses_no_queries(database: Database) -> None:
    assert look(database, readiness_of, [], now=NOON) == {}
