"""The day of a course: seats instead of names, what goes to the hall, and what waits afterwards."""

from datetime import date
from typing import Any

import pytest

from inventory.case_keeping import Fill, NewCase, create_case, fill_case
from inventory.course_day import packing_list, work_after
from inventory.course_seats import course_seats, seat_order, seats_from
from inventory.courses import CourseCard
from inventory.database import Database
from inventory.errors import NotFound
from inventory.packs_held import HoldPack, hold_pack
from inventory.pools import NewPool, create_pool
from inventory.reservations import NewReservation, reserve
from inventory.tables import PoolKind, Role
from inventory.undo import undo
from tests.inventory.city import (
    NOON,
    act,
    bring_back,
    course,
    device,
    later,
    lend,
    look,
    member,
    phones,
    rows,
    stop,
    venue,
)


def stocked(database: Database, count: int, **rules: Any) -> CourseCard:
    """A pool of phones MB-S-0001 … with call numbers, and a course at a hall."""
    phones(database, **rules)
    for number in range(1, count + 1):
        device(database, f"MB-S-{number:04d}", pool="phones", call_number=number)
    venue(database)
    return course(database, venue="ohgo", capacity=12)


def seats(database: Database, of: CourseCard) -> list[tuple[str, int | None, bool, bool]]:
    found = look(database, course_seats, of.id).items
    return [(one.seat, one.call_number, one.returned_at is not None, one.doubled) for one in found]


def test_seats_stand_in_their_order_with_their_call_numbers(database: Database) -> None:
    day = stocked(database, 5)
    for number, seat in ((1, "10"), (2, "2"), (3, "A-1"), (4, None)):
        lend(database, {"course": day.id}, f"MB-S-{number:04d}", seat=seat, now=later(minutes=number))
    bring_back(database, "MB-S-0002", now=later(hours=1))
    assert seats(database, day) == [("2", 2, True, False), ("10", 1, False, False), ("A-1", 3, False, False)]
    assert look(database, course_seats, day.id).unseated == 1


def test_two_devices_that_are_out_at_one_seat_are_told(database: Database) -> None:
    day = stocked(database, 3)
    for number in (1, 2):
        lend(database, {"course": day.id}, f"MB-S-{number:04d}", seat="3", now=later(minutes=number))
    assert [doubled for *_, doubled in seats(database, day)] == [True, True]
    bring_back(database, "MB-S-0001", now=later(hours=1))
    assert seats(database, day) == [("3", 1, True, False), ("3", 2, False, False)]


def test_what_was_undone_and_what_other_courses_have_is_no_seat(database: Database) -> None:
    day = stocked(database, 3)
    other = course(database)
    clerk = member(database, "desk", Role.DESK)
    lend(database, {"course": day.id}, "MB-S-0001", seat="1", by=clerk, op_id="slip")
    act(database, undo, operation="slip", by=clerk)
    lend(database, {"course": other.id}, "MB-S-0002", seat="1")
    assert seats(database, day) == []
    with pytest.raises(NotFound):
        look(database, course_seats, "99")


def test_devices_that_go_out_at_once_sit_side_by_side(database: Database) -> None:
    day = stocked(database, 4)
    lend(database, {"course": day.id}, "MB-S-0002", "MB-S-0001", seat="7")
    lend(database, {"course": day.id}, "MB-S-0003", "MB-S-0004", seat="窓ぎわ")
    assert seats(database, day) == [
        ("7", 2, False, False),
        ("8", 1, False, False),
        ("窓ぎわ", 3, False, True),
        ("窓ぎわ", 4, False, True),
    ]


def test_seats_count_on_from_the_first() -> None:
    assert seats_from("9", 3) == ["9", "10", "11"]
    assert seats_from("A-9", 2) == ["A-9", "A-10"]
    assert seats_from("01", 2) == ["01", "2"]
    assert seats_from(None, 2) == [None, None]
    assert seats_from("x" * 16 + "9999", 2) == ["x" * 16 + "9999"] * 2
    assert sorted(["10", "窓", "2", "B-1", "A-10", "A-2"], key=seat_order) == ["2", "10", "A-2", "A-10", "B-1", "窓"]


def test_the_list_counts_what_is_promised_and_what_lies_in_the_case_once(database: Database) -> None:
    day = stocked(database, 6, accessories=[{"name": "充電器", "count": 2}])
    order = NewPool(id="routers", name="モバイルルーター", kind=PoolKind.ROUTER)
    act(database, create_pool, order)
    device(database, "MB-R-0001", pool="routers", call_number=1)
    act(database, create_case, NewCase(code="BOX-A", name="スマホ箱A"))
    act(database, fill_case, Fill(devices=["MB-S-0002", "MB-S-0001"]), case="BOX-A")
    for pool, quantity in (("phones", 5), ("routers", 1)):
        asked = {"pool": pool, "quantity": quantity, "from": later(days=1), "until": later(days=1, hours=2)}
        act(database, reserve, NewReservation.model_validate(asked | {"course": day.id}))
    with database.writer.begin() as connection:
        connection.exec_driver_sql("UPDATE course SET case_id = 1")
    found = look(database, packing_list, day.id)
    assert found.case is not None and found.case.code == "BOX-A"
    goods = found.goods
    assert [(one.pool, one.quantity, one.reserved) for one in goods] == [("phones", 5, 5), ("routers", 1, 1)]
    assert [[each.call_number for each in one.numbered] for one in goods] == [[1, 2], []]
    assert [(one.name, one.count) for one in goods[0].accessories] == [("充電器", 10)]
    assert (found.phones_wanted, found.helpers.asked, found.packs) == (None, 0, [])


def test_without_a_promise_the_list_asks_for_what_the_plan_wants(database: Database) -> None:
    day = stocked(database, 1)
    assert (look(database, packing_list, day.id).goods, look(database, packing_list, day.id).phones_wanted) == ([], 12)


def test_the_list_knows_the_packs_of_the_day_and_of_this_hall(database: Database) -> None:
    day = stocked(database, 1)
    venue(database, "miyagi", name="宮城公民館")
    held = {"made_at": NOON, "expires_at": later(hours=30)}
    for desk, hall, on in (
        ("大胡", "ohgo", date(2026, 11, 24)),
        ("宮城", "miyagi", date(2026, 11, 24)),
        ("本庁", None, date(2026, 11, 24)),
        ("あす", "ohgo", date(2026, 11, 25)),
    ):
        act(database, hold_pack, HoldPack(desk=desk, venue=hall, on=on, **held))
    assert sorted(one.desk for one in look(database, packing_list, day.id).packs) == ["大胡", "本庁"]


def test_what_came_back_waits_until_somebody_wipes_it(database: Database) -> None:
    day = stocked(database, 4, after_course="wipe")
    assert look(database, work_after, day.id, now=later(hours=3)).returned == 0
    for number in (3, 1, 2):
        lend(database, {"course": day.id}, f"MB-S-{number:04d}")
    bring_back(database, "MB-S-0003", "MB-S-0001", now=later(hours=2))
    stop(database, "MB-S-0002", "inspect")
    work = look(database, work_after, day.id, now=later(hours=3))
    assert (work.returned, [one.call_number for one in work.wipe], work.inspect) == (2, [1, 3], [])
    with database.writer.begin() as connection:
        connection.exec_driver_sql("UPDATE hold SET closed_at = opened_at WHERE reason = 'wipe'")
    work = look(database, work_after, day.id, now=later(hours=3))
    assert (work.returned, work.wipe) == (2, [])
    assert len(rows(database, "hold")) == 3
