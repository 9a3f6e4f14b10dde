"""What a desk takes into a hall: everything it may scan and nobody's name; and what is still out, seen by all desks."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, text

from inventory.case_keeping import Fill, NewCase, create_case, fill_case
from inventory.courses import CourseCard
from inventory.database import Database, reading
from inventory.demo import city as demo
from inventory.demo.places import NEIGHBOURHOODS
from inventory.errors import NotFound
from inventory.lending import CheckOut, check_out
from inventory.packs import Pack, desk_pack
from inventory.remaining import OfWhom, Remaining, remaining
from inventory.reservations import NewReservation, release, reserve
from inventory.tables import Role
from inventory.undo import undo
from tests.inventory.city import (
    NOON,
    act,
    bring_back,
    course,
    device,
    devices,
    later,
    led_association,
    lend,
    look,
    member,
    phones,
    retired,
    rows,
    seen,
    stop,
    tablets,
    venue,
)

DAY = date(2026, 11, 24)


def packed(database: Database, *, venue: str | None = None, on: date = DAY, now: datetime = NOON) -> Pack:
    return look(database, desk_pack, venue=venue, on=on, now=now)


def left(database: Database, *, now: datetime = NOON, **of: str) -> Remaining:
    return look(database, remaining, OfWhom(**of), now=now)


def test_every_device_in_use_is_packed_with_its_label_and_its_state(database: Database) -> None:
    phones(database)
    for number in (1, 2, 3, 4):
        device(database, f"MB-S-{number:04d}", pool="phones", call_number=number, serial=f"SH{number}")
    lend(database, {"section": "情報政策課"}, "MB-S-0002", due={"on": "2999-01-01"})
    stop(database, "MB-S-0003", "wipe")
    stop(database, "MB-S-0003", "repair")
    retired(database, "MB-S-0004")
    pack = packed(database)
    assert [(one.asset_number, one.state, one.holds) for one in pack.devices] == [
        ("MB-S-0001", "in_stock", []),
        ("MB-S-0002", "on_loan", []),
        ("MB-S-0003", "held", ["wipe", "repair"]),
    ]
    first = pack.devices[0]
    assert (first.call_number, first.tag, first.serial) == (1, seen(database, "MB-S-0001").tag, "SH1")
    assert (first.pool, first.kind) == ("phones", "smartphone")


def test_cases_are_packed_with_their_members_in_order(database: Database) -> None:
    phones(database)
    for number in (2, 1):
        device(database, f"MB-S-{number:04d}", pool="phones", call_number=number)
    made = act(database, create_case, NewCase(code="BOX-A", name="スマホ箱A"))
    act(database, fill_case, Fill(devices=["MB-S-0002", "MB-S-0001"]), case="BOX-A")
    assert [one.model_dump() for one in packed(database).cases] == [
        {"code": "BOX-A", "name": "スマホ箱A", "tag": made.tag, "devices": ["MB-S-0001", "MB-S-0002"]}
    ]


def _of_people_without_a_phone(database: Database, lesson: CourseCard, **asked: int) -> CourseCard:
    with database.writer.begin() as connection:
        to = {"id": int(lesson.programme)}
        connection.execute(text("UPDATE programme SET audience = 'no_phone' WHERE id = :id"), to)
        for column, value in asked.items():
            connection.execute(
                text(f"UPDATE course SET {column} = :value WHERE id = :id"), {"id": int(lesson.id), "value": value}
            )
    return lesson


def test_a_course_needs_what_is_reserved_for_it_or_else_the_phones_it_asks_for(database: Database) -> None:
    phones(database)
    devices(database, *(f"MB-S-{number:04d}" for number in range(1, 11)), pool="phones")
    tablets(database)
    devices(database, "MB-T-0001", "MB-T-0002")
    first = _of_people_without_a_phone(database, course(database, capacity=15))
    asks = _of_people_without_a_phone(database, course(database, capacity=15), phones_needed=4)
    none = _of_people_without_a_phone(database, course(database, capacity=15), phones_needed=0)

    def reserved(pool: str, quantity: int) -> str:
        asked = {"pool": pool, "quantity": quantity, "course": first.id}
        order = NewReservation.model_validate(asked | {"from": later(hours=1), "until": later(hours=2)})
        return act(database, reserve, order).id

    reserved("phones", 3)
    reserved("phones", 2)
    last = reserved("tablets", 1)

    def needs() -> set[tuple[str, str | None, int]]:
        return {(one.course, one.pool, one.quantity) for one in packed(database).needs}

    assert needs() == {(first.id, "phones", 5), (first.id, "tablets", 1), (asks.id, "phones", 4)}
    act(database, release, reservation=last)
    assert needs() == {(first.id, "phones", 5), (asks.id, "phones", 4)} and none.id not in {row[0] for row in needs()}


def test_the_day_and_the_hall_choose_the_courses_and_what_they_need(database: Database) -> None:
    phones(database)
    devices(database, "MB-S-0001", "MB-S-0002", pool="phones")
    here, there = venue(database), venue(database, "miyagi", name="宮城公民館")
    mine = _of_people_without_a_phone(database, course(database, venue=here.code, capacity=15))
    theirs = course(database, venue=there.code, title="LINE", starts_at=later(hours=3), capacity=8)
    course(database, venue=here.code, starts_at=later(days=1))
    both = packed(database)
    assert [one.id for one in both.targets.courses] == [mine.id, theirs.id]
    assert [need.model_dump() for need in both.needs] == [{"course": mine.id, "pool": "phones", "quantity": 15}]
    only = packed(database, venue=here.code)
    assert [(one.id, one.venue, one.title) for one in only.targets.courses] == [(mine.id, "ohgo", "スマホ入門")]
    assert [one.code for one in only.targets.venues] == ["miyagi", "ohgo"]
    assert packed(database, on=date(2026, 11, 23)).targets.courses == []
    with pytest.raises(NotFound):
        packed(database, venue="nowhere")


def test_a_course_that_is_off_is_not_packed(database: Database) -> None:
    off = course(database, capacity=10)
    with database.writer.begin() as connection:
        connection.execute(text("UPDATE course SET state = 'cancelled' WHERE id = :id"), {"id": int(off.id)})
    pack = packed(database)
    assert (pack.targets.courses, pack.needs) == ([], [])


def test_associations_and_sections_are_packed_without_people(database: Database) -> None:
    phones(database)
    device(database, "MB-S-0001", pool="phones", section="生涯学習課")
    made = led_association(database)
    lend(database, {"section": "鈴木さんの班"}, "MB-S-0001", due={"on": "2999-01-01"})
    targets = packed(database).targets
    assert [one.model_dump() for one in targets.associations] == [
        {"id": made.id, "name": "堀越町自治会", "district": None}
    ]
    # What somebody wrote on a loan may be a person's name, so it is no section of the pack.
    assert targets.sections == ["生涯学習課"]


@pytest.mark.parametrize(
    ("now", "on", "expires"),
    [
        # 6:00 of the day after the day (JST), while that is twelve hours away.
        (datetime(2026, 11, 24, 3, tzinfo=UTC), DAY, datetime(2026, 11, 24, 21, tzinfo=UTC)),
        (datetime(2026, 11, 23, 3, tzinfo=UTC), DAY, datetime(2026, 11, 24, 21, tzinfo=UTC)),
        # Later: twelve hours from now, to the next full hour.
        (datetime(2026, 11, 24, 9, 30, tzinfo=UTC), DAY, datetime(2026, 11, 24, 22, tzinfo=UTC)),
        (datetime(2026, 11, 26, 3, tzinfo=UTC), DAY, datetime(2026, 11, 26, 15, tzinfo=UTC)),
    ],
)
def test_a_pack_holds_until_the_day_is_over_and_through_the_night(
    database: Database, now: datetime, on: date, expires: datetime
) -> None:
    pack = packed(database, on=on, now=now)
    assert (pack.made_at, pack.expires_at) == (now, expires)


def test_a_pack_of_any_size_takes_the_same_few_statements(database: Database) -> None:
    def statements() -> int:
        count = 0

        def counted(*_: object) -> None:
            nonlocal count
            count += 1

        event.listen(database.reader, "before_cursor_execute", counted)
        with reading(database) as session:
            desk_pack(session, venue=None, on=DAY, now=NOON)
        event.remove(database.reader, "before_cursor_execute", counted)
        return count

    phones(database)
    course(database, capacity=3)
    device(database, "MB-S-0001", pool="phones")
    few = statements()
    devices(database, *(f"MB-S-{number:04d}" for number in range(2, 30)), pool="phones")
    lend(
        database, {"section": "情報政策課"}, *(f"MB-S-{number:04d}" for number in range(2, 9)), due={"on": "2999-01-01"}
    )
    assert statements() == few <= 13


def test_the_pack_of_the_demo_city_names_nobody(database: Database, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    demo.load(database, tmp_path / "sign-in.txt", now=now)
    written = packed(database, on=now.astimezone(UTC).date(), now=now).model_dump_json()
    people = rows(database, "person")
    assert len(people) >= len(NEIGHBOURHOODS) > 10
    private = {value for row in people for value in (row.name, row.name_kana, row.phone, row.email) if value}
    private |= {part for row in people for part in row.name.split()}
    private |= {row.name for row in rows(database, "staff")} | {row.username for row in rows(database, "staff")}
    private |= {value for row in rows(database, "device") for value in (row.line_number, row.imei) if value}
    private |= {row.phone for row in rows(database, "venue") if row.phone}
    private |= {row.number for row in rows(database, "loan")}
    # Family names are also names of towns (「茂木町」), and no town is a person.
    towns = written
    for row in rows(database, "association") + rows(database, "district") + rows(database, "venue"):
        towns = towns.replace(row.name, "")
    assert [word for word in private if f'"{word}"' in written] == []
    assert [word for word in private if len(word) > 2 and word in towns] == []
    assert "MB-S-0001" in written and "スマホ箱A" in written


def test_what_a_course_still_has_is_told_by_call_number_with_its_desk(database: Database) -> None:
    phones(database)
    for number in (2, 1, 3):
        device(database, f"MB-S-{number:04d}", pool="phones", call_number=number)
    day = course(database)
    assert left(database, course=day.id).model_dump() == {
        "devices_out": [],
        "returned": 0,
        "lent": 0,
        "last_change": None,
    }
    first = lend(database, {"course": day.id}, "MB-S-0002", "MB-S-0001")
    second = lend(database, {"course": day.id}, "MB-S-0003", now=later(minutes=5))
    bring_back(database, "MB-S-0001", now=later(minutes=30))
    now = left(database, course=day.id)
    assert [(one.asset_number, one.call_number, one.loan) for one in now.devices_out] == [
        ("MB-S-0002", 2, first.number),
        ("MB-S-0003", 3, second.number),
    ]
    assert (now.returned, now.lent, now.last_change) == (1, 3, later(minutes=30))
    assert [one.desk for one in now.devices_out] == [None, None]
    assert [one.asset_number for one in left(database, loan=second.number.lower()).devices_out] == ["MB-S-0003"]


def test_what_was_lent_by_mistake_and_undone_counts_for_nothing(database: Database) -> None:
    phones(database)
    devices(database, "MB-S-0001", pool="phones")
    day = course(database)
    clerk = member(database, "desk", Role.DESK)
    order = CheckOut.model_validate({"borrower": {"course": day.id}, "devices": ["MB-S-0001"]})
    act(database, check_out, order, by=clerk, op_id="slip")
    act(database, undo, operation="slip", by=clerk)
    now = left(database, course=day.id)
    assert (now.devices_out, now.returned, now.lent) == ([], 0, 0)


def test_of_an_association_the_running_loans_count_and_those_that_ended_today(database: Database) -> None:
    tablets(database)
    devices(database, "MB-T-0001", "MB-T-0002", "MB-T-0003")
    head = led_association(database)
    old = lend(database, {"association": head.id}, "MB-T-0001", due={"on": "2999-01-01"})
    bring_back(database, "MB-T-0001", now=later(hours=1))
    lend(database, {"association": head.id}, "MB-T-0002", "MB-T-0003", due={"on": "2999-01-01"}, now=later(days=1))
    bring_back(database, "MB-T-0002", now=later(days=1, hours=1))
    today = left(database, association=head.id, now=later(days=1, hours=2))
    assert ([one.asset_number for one in today.devices_out], today.returned, today.lent) == (["MB-T-0003"], 1, 2)
    bring_back(database, "MB-T-0003", now=later(days=1, hours=3))
    done = left(database, association=head.id, now=later(days=1, hours=4))
    assert (done.devices_out, done.returned, done.lent) == ([], 2, 2)
    assert left(database, association=head.id, now=later(days=3)).lent == 0
    assert left(database, loan=old.number, now=later(days=3)).returned == 1


def test_a_hall_is_asked_for_by_its_code(database: Database) -> None:
    tablets(database)
    devices(database, "MB-T-0001")
    venue(database)
    lend(database, {"venue": "ohgo"}, "MB-T-0001", due={"on": "2999-01-01"})
    assert [one.asset_number for one in left(database, venue="ohgo").devices_out] == ["MB-T-0001"]


@pytest.mark.parametrize("of", [{"course": "99"}, {"association": "x"}, {"venue": "nowhere"}, {"loan": "R8-00001"}])
def test_nobody_is_told_about_a_borrower_that_is_not_there(database: Database, of: dict[str, str]) -> None:
    with pytest.raises(NotFound):
        look(database, remaining, OfWhom(**of), now=NOON)


@pytest.mark.parametrize("of", [{}, {"course": "1", "venue": "ohgo"}])
def test_exactly_one_borrower_is_asked_about(of: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="1つ"):
        OfWhom(**of)


def test_hours_of_japan_end_the_day(database: Database) -> None:
    night = course(database, starts_at=NOON + timedelta(hours=11), ends_at=NOON + timedelta(hours=13))
    for on in (DAY, DAY + timedelta(days=1)):
        assert [one.id for one in packed(database, on=on).targets.courses] == [night.id]
    assert packed(database, on=DAY + timedelta(days=2)).targets.courses == []
