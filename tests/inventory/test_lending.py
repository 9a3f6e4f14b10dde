"""Lending: all or nothing, the first rule in the way is named, and every loan knows until when it goes."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from inventory.calendar import TOKYO
from inventory.database import Database
from inventory.errors import AlreadyLent, Conflict, Held, Invalid, LimitReached, NotFound, Retired
from inventory.extending import Extend, extend
from inventory.lending import CheckOut
from inventory.officers import EndOffice, end_office
from tests.inventory.city import (
    NOON,
    act,
    association,
    bring_back,
    course,
    device,
    devices,
    head,
    later,
    led_association,
    lend,
    loan,
    phones,
    refused_fields,
    retired,
    rows,
    stop,
    tablets,
    venue,
)

SECTION = {"section": "福祉課"}
TODAY = date(2026, 11, 24)


def until(due: dict[str, Any]) -> Extend:
    return Extend.model_validate({"due": due})


def _lent(database: Database) -> list[str]:
    numbers = {row.id: row.asset_number for row in rows(database, "device")}
    return [numbers[row.device_id] for row in rows(database, "loan_item") if row.returned_at is None]


def test_a_loan_is_one_card_of_all_its_devices(database: Database) -> None:
    tablets(database, default_days=14, accessories=[{"name": "充電器"}, {"name": "タッチペン", "count": 2}])
    device(database, "MB-T-0001", call_number=1)
    device(database, "MB-T-0002")
    card = lend(database, SECTION, "mb-t-0002", "MB-T-0001", "MB-T-0002", purpose="巡回相談", note="鍵つき", seat="3番")
    assert card == loan(database, card.number.lower())
    assert [item.asset_number for item in card.items] == ["MB-T-0002", "MB-T-0001"]
    assert [item.call_number for item in card.items] == [None, 1]
    assert {item.seat for item in card.items} == {"3番"}
    assert card.items[0].accessories == {"充電器": 1, "タッチペン": 2}
    assert (card.borrower.type, card.borrower.id, card.borrower.name) == ("section", "福祉課", "福祉課")
    assert (card.purpose, card.note, card.override, card.agreement) == ("巡回相談", "鍵つき", None, "not_needed")
    assert (card.open, card.overdue, card.lent_at, card.officer) == (True, False, NOON, None)
    assert (card.due.on, card.due.at, card.due.end_of_office) == (date(2026, 12, 8), None, False)


# Each refusal of the scale, and one device that earns it alone. OUT is also held, WAITING is also retired, and so on:
# the device that stands first in the order never has the gravest reason.
REASONS: dict[str, type[Conflict]] = {"OUT": AlreadyLent, "WAITING": Held, "GONE": Retired, "SECOND": LimitReached}


@pytest.fixture
def scale(database: Database) -> dict[str, str]:
    """One device for every refusal, and the borrower who has reached the limit."""
    tablets(database, one_per_borrower=True)
    devices(database, "FIRST", "SECOND", "OUT", "WAITING", "GONE")
    borrower = {"association": led_association(database).id}
    lend(database, borrower, "FIRST")
    lend(database, {"association": led_association(database, "茂木町自治会").id}, "OUT")
    for number in ("OUT", "WAITING"):
        stop(database, number, "wipe")
    for number in ("WAITING", "GONE"):
        retired(database, number)
    return borrower


@pytest.mark.parametrize("gravest", range(4))
def test_the_gravest_reason_is_told_and_its_device_named(
    database: Database, scale: dict[str, str], gravest: int
) -> None:
    before = rows(database, "loan"), rows(database, "loan_item"), rows(database, "entry")
    named = list(REASONS)[gravest]
    with pytest.raises(Conflict) as refusal:
        lend(database, scale, *reversed(list(REASONS)[gravest:]))
    assert type(refusal.value) is REASONS[named]
    assert refusal.value.facts["device"] == named
    assert (rows(database, "loan"), rows(database, "loan_item"), rows(database, "entry")) == before


def test_a_held_device_names_every_reason(database: Database) -> None:
    tablets(database, default_days=7)
    device(database, "MB-T-0001")
    for reason in ("repair", "wipe", "inspect", "lost", "missing"):
        stop(database, "MB-T-0001", reason)
    with pytest.raises(Held) as refusal:
        lend(database, SECTION, "MB-T-0001")
    assert refusal.value.facts == {
        "device": "MB-T-0001",
        "holds": ["repair", "wipe", "inspect", "lost", "missing"],
    }


@pytest.mark.parametrize("reason", ["inspect", "wipe", "repair", "lost", "missing"])
def test_every_reason_to_stop_stops(database: Database, reason: str) -> None:
    tablets(database, default_days=7)
    device(database, "MB-T-0001")
    stop(database, "MB-T-0001", reason)
    with pytest.raises(Held) as refusal:
        lend(database, SECTION, "MB-T-0001")
    assert refusal.value.facts["holds"] == [reason]


def test_one_bad_device_keeps_all_others_here(database: Database) -> None:
    tablets(database, default_days=7)
    devices(database, "MB-T-0001", "MB-T-0002", "MB-T-0003")
    lend(database, SECTION, "MB-T-0002")
    with pytest.raises(AlreadyLent) as refusal:
        lend(database, SECTION, "MB-T-0001", "mb-t-0002", "MB-T-0003")
    assert refusal.value.facts == {"device": "MB-T-0002"}
    with pytest.raises(NotFound) as unknown:
        lend(database, SECTION, "MB-T-0001", "mb-x")
    assert unknown.value.facts == {"device": "MB-X"}
    assert _lent(database) == ["MB-T-0002"]
    assert len(rows(database, "loan")) == 1


@pytest.mark.parametrize(
    ("wrong", "device_named"),
    [
        ({"association": "999"}, None),
        ({"course": "x"}, None),
        ({"venue": "none"}, None),
        ({"substitute_for": "Z"}, "Z"),
    ],
)
def test_an_unknown_borrower_gets_nothing(database: Database, wrong: dict[str, str], device_named: str | None) -> None:
    tablets(database, default_days=7)
    device(database, "MB-T-0001")
    with pytest.raises(NotFound) as refusal:
        lend(database, wrong, "MB-T-0001")
    assert refusal.value.facts.get("device") == device_named
    assert _lent(database) == []


def test_every_kind_of_borrower_is_named_on_the_card(database: Database) -> None:
    tablets(database, default_days=7)
    devices(database, *(f"T{number}" for number in range(6)))
    hall = venue(database)
    told = [
        ({"venue": hall.code}, ("venue", "ohgo", "大胡公民館")),
        ({"section": " 福祉課 "}, ("section", "福祉課", "福祉課")),
        ({"substitute_for": "t5"}, ("substitute", "T5", "T5 の代替機")),
    ]
    lesson = course(database, venue="ohgo")
    told.append(({"course": lesson.id}, ("course", lesson.id, "大胡公民館「スマホ入門」")))
    plain = course(database, title="出前講座")
    told.append(({"course": plain.id}, ("course", plain.id, "「出前講座」")))
    for number, (borrower, expected) in enumerate(told):
        card = lend(database, borrower, f"T{number}")
        assert (card.borrower.type, card.borrower.id, card.borrower.name) == expected


def test_an_association_borrows_through_its_officer_in_charge(database: Database) -> None:
    tablets(database)
    devices(database, "T1", "T2", "T3")
    borrower = association(database)
    with pytest.raises(Invalid) as refusal:
        lend(database, {"association": borrower.id}, "T1")
    assert refused_fields(refusal) == ["due"]

    head(database, borrower.id, name="前の会長", since=date(2024, 4, 1), until=date(2026, 3, 31))
    head(database, borrower.id, name="会計の人", since=date(2026, 4, 1), office="会計")
    by_treasurer = lend(database, {"association": borrower.id}, "T1").officer
    assert by_treasurer is not None and by_treasurer.name == "会計の人"
    head(database, borrower.id, name="次の会長", since=date(2026, 11, 25))
    chair = head(database, borrower.id, name="今の会長", since=date(2026, 4, 1), until=TODAY)
    card = lend(database, {"association": borrower.id}, "T2")
    assert card.officer is not None
    assert (card.officer.id, card.officer.name, card.officer.office) == (chair.id, "今の会長", "会長")
    assert (card.due.on, card.due.end_of_office, card.overdue) == (TODAY, True, False)
    tomorrow = lend(database, {"association": borrower.id}, "T3", now=later(days=1))
    assert tomorrow.officer is not None and tomorrow.officer.name == "次の会長"


def test_a_loan_to_a_course_is_due_at_its_end(database: Database) -> None:
    tablets(database, default_days=30)
    devices(database, "T1", "T2")
    lesson = course(database, starts_at=datetime(2026, 11, 30, 13, tzinfo=TOKYO))
    card = lend(database, {"course": lesson.id}, "T1")
    assert (card.due.on, card.due.at) == (date(2026, 11, 30), datetime(2026, 11, 30, 15, tzinfo=TOKYO))
    # Booked out when the papers are done late: nothing is overdue that goes out only now.
    late = datetime(2026, 12, 3, 9, tzinfo=TOKYO)
    after_the_end = lend(database, {"course": lesson.id}, "T2", now=late)
    assert (after_the_end.due.on, after_the_end.due.at, after_the_end.overdue) == (date(2026, 12, 3), late, False)


def test_without_a_day_the_shortest_rule_of_the_pools_holds(database: Database) -> None:
    tablets(database, default_days=14)
    phones(database, default_days=3)
    device(database, "T1")
    device(database, "S1", pool="phones")
    device(database, "T2")
    assert lend(database, SECTION, "T1", "S1").due.on == date(2026, 11, 27)
    assert lend(database, SECTION, "T2", due={"on": "2027-01-31"}).due.on == date(2027, 1, 31)


def test_a_due_day_is_not_past_and_an_office_needs_a_holder(database: Database) -> None:
    tablets(database)
    device(database, "T1")
    borrower = association(database)
    for target, due in (
        (SECTION, {"on": "2026-11-23"}),
        (SECTION, {"at": "2026-11-23T23:59:59+09:00"}),
        (SECTION, {"end_of_office": True}),
        ({"association": borrower.id}, {"end_of_office": True}),
        (SECTION, None),
    ):
        with pytest.raises(Invalid) as refusal:
            lend(database, target, "T1", due=due)
        assert refused_fields(refusal) == ["due"]
    assert _lent(database) == []
    card = lend(database, SECTION, "T1", due={"at": "2026-11-24T15:30:00Z"})
    assert (card.due.on, card.due.at) == (date(2026, 11, 25), datetime(2026, 11, 24, 15, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    "due", [{}, {"end_of_office": False}, {"on": "2026-12-01", "end_of_office": True}, {"at": "2026-12-01T10:00:00"}]
)
def test_a_due_day_is_told_in_exactly_one_way(due: dict[str, Any]) -> None:
    order = {"borrower": SECTION, "devices": ["T1"]}
    assert CheckOut.model_validate(order | {"due": {"on": "2026-12-01"}}).due is not None
    with pytest.raises(ValidationError):
        CheckOut.model_validate(order | {"due": due})


@pytest.mark.parametrize("borrower", [{}, {"section": "福祉課", "venue": "ohgo"}, {"section": " "}, {"person": "1"}])
def test_a_loan_has_exactly_one_borrower(borrower: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        CheckOut.model_validate({"borrower": borrower, "devices": ["T1"]})


def test_an_unknown_end_of_office_is_never_overdue_until_it_is_entered(database: Database) -> None:
    tablets(database)
    device(database, "T1")
    borrower = association(database)
    chair = head(database, borrower.id)
    card = lend(database, {"association": borrower.id}, "T1")
    assert (card.due.on, card.due.end_of_office) == (None, True)
    years_later = later(days=2000)
    assert not loan(database, card.number, now=years_later).overdue
    act(
        database,
        end_office,
        EndOffice(until=date(2026, 11, 30)),
        association=borrower.id,
        officer=chair.id,
        now=years_later,
    )
    assert loan(database, card.number, now=datetime(2026, 11, 30, 23, 59, tzinfo=TOKYO)).overdue is False
    found = loan(database, card.number, now=datetime(2026, 12, 1, 0, 0, tzinfo=TOKYO))
    assert (found.due.on, found.overdue) == (date(2026, 11, 30), True)


@pytest.fixture
def machine_in_new_york() -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = "America/New_York"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.usefixtures("machine_in_new_york")
def test_loan_numbers_count_japans_fiscal_years(database: Database) -> None:
    tablets(database, default_days=0)
    devices(database, *(f"T{number}" for number in range(6)))
    moments = [
        datetime(2027, 3, 31, 14, 59, 59, tzinfo=UTC),
        datetime(2027, 3, 31, 23, 59, 59, 999999, tzinfo=TOKYO),
        datetime(2027, 3, 31, 15, 0, tzinfo=UTC),
        datetime(2027, 4, 1, 9, 0, tzinfo=TOKYO),
        datetime(2026, 4, 1, 0, 0, tzinfo=TOKYO),
        datetime(2026, 3, 31, 23, 0, tzinfo=TOKYO),
    ]
    cards = [lend(database, SECTION, f"T{number}", now=now) for number, now in enumerate(moments)]
    assert [card.number for card in cards] == ["R8-00001", "R8-00002", "R9-00001", "R9-00002", "R8-00003", "R7-00001"]
    assert [card.due.on for card in cards[:3]] == [date(2027, 3, 31), date(2027, 3, 31), date(2027, 4, 1)]
    assert loan(database, "R8-00001", now=datetime(2027, 3, 31, 14, 59, 59, tzinfo=UTC)).overdue is False
    assert loan(database, "R8-00001", now=datetime(2027, 3, 31, 15, 0, tzinfo=UTC)).overdue is True


def test_a_refused_loan_uses_no_number(database: Database) -> None:
    tablets(database, default_days=7)
    devices(database, "T1", "T2")
    lend(database, SECTION, "T1")
    with pytest.raises(AlreadyLent):
        lend(database, SECTION, "T1")
    assert lend(database, SECTION, "T2").number == "R8-00002"


def test_one_per_borrower_gives_way_to_a_reason(database: Database) -> None:
    tablets(database, one_per_borrower=True, default_days=7)
    phones(database, default_days=7)
    devices(database, "T1", "T2", "T3")
    device(database, "S1", pool="phones")
    device(database, "S2", pool="phones")
    borrower = {"association": led_association(database).id}
    with pytest.raises(LimitReached) as together:
        lend(database, borrower, "S1", "T1", "T2")
    assert together.value.facts == {"device": "T2"}
    lend(database, borrower, "T1", "S1")
    lend(database, borrower, "S2")
    with pytest.raises(LimitReached) as refusal:
        lend(database, borrower, "T2")
    assert refusal.value.facts == {"device": "T2"}
    card = lend(database, borrower, "T2", override={"reason": "支部が2つある"})
    assert card.override == "支部が2つある"
    lend(database, {"association": led_association(database, "茂木町自治会").id}, "T3")
    bring_back(database, "T1", "T2", "T3")
    assert lend(database, borrower, "T3").open


def test_accessories_are_the_pools(database: Database) -> None:
    tablets(database, default_days=7, accessories=[{"name": "充電器"}, {"name": "ケース"}])
    devices(database, "T1", "T2")
    assert lend(database, SECTION, "T1", accessories={"充電器": 0}).items[0].accessories == {"充電器": 0}
    with pytest.raises(Invalid) as refusal:
        lend(database, SECTION, "T2", accessories={"充電器": 1, "マウス": 1})
    assert refused_fields(refusal) == ["accessories"]
    assert _lent(database) == ["T1"]


def test_a_pool_that_wants_an_agreement_marks_its_loans(database: Database) -> None:
    tablets(database, default_days=7, agreement_required=True)
    device(database, "T1")
    assert lend(database, SECTION, "T1").agreement == "missing"


def test_the_longest_texts_fit(database: Database) -> None:
    tablets(database, default_days=7)
    device(database, "T" * 32, model="型" * 80, serial="S" * 60, place="所" * 60, note="注" * 2000, section="課" * 60)
    card = lend(
        database,
        {"section": "課" * 60},
        "T" * 32,
        purpose="用" * 200,
        note="注" * 1000,
        seat="席" * 20,
        batch="b" * 64,
        override={"reason": "理" * 200},
    )
    assert (card.items[0].seat, card.purpose) == ("席" * 20, "用" * 200)
    wrongs: list[dict[str, Any]]
    wrongs = [{"seat": "席" * 21}, {"batch": "b" * 65}, {"batch": "a\x00"}, {"seat": "\x00"}, {"devices": []}]
    for wrong in wrongs:
        with pytest.raises(ValidationError):
            CheckOut.model_validate({"borrower": SECTION, "devices": ["T1"]} | wrong)


def test_an_extension_gives_a_new_day(database: Database) -> None:
    tablets(database, default_days=7)
    devices(database, "T1", "T2")
    card = lend(database, SECTION, "T1", "T2", due={"at": "2026-11-25T17:00:00+09:00"})
    bring_back(database, "T1")
    longer = act(
        database,
        extend,
        until({"on": "2026-12-24"}),
        loan=card.number.lower(),
        now=later(days=3),
    )
    assert (longer.due.on, longer.due.at, longer.overdue) == (date(2026, 12, 24), None, False)
    told = rows(database, "entry")[-1].data["notes"]
    assert told == [
        [
            "extend",
            {
                "loan": card.number,
                "before": "2026-11-25",
                "before_end_of_office": False,
                "after": "2026-12-24",
                "after_end_of_office": False,
                "overridden": False,
            },
        ]
    ]


def test_an_extension_that_makes_no_sense_is_refused(database: Database) -> None:
    tablets(database, default_days=7)
    device(database, "T1")
    card = lend(database, SECTION, "T1")
    for due in ({"on": "2026-11-23"}, {"end_of_office": True}):
        with pytest.raises(Invalid) as refusal:
            act(database, extend, until(due), loan=card.number)
        assert refused_fields(refusal) == ["due"]
    with pytest.raises(NotFound):
        act(database, extend, until({"on": "2026-12-24"}), loan="R8-99999")
    bring_back(database, "T1")
    with pytest.raises(Invalid):
        act(database, extend, until({"on": "2026-12-24"}), loan=card.number)
    assert loan(database, card.number).due.on == TODAY + timedelta(days=7)


def test_an_officers_loan_may_be_extended_to_the_end_of_office_and_back(database: Database) -> None:
    tablets(database)
    device(database, "T1")
    borrower = {"association": led_association(database, until=date(2027, 3, 31)).id}
    card = lend(database, borrower, "T1", due={"on": "2026-12-01"})
    to_the_end = act(database, extend, until({"end_of_office": True}), loan=card.number)
    assert (to_the_end.due.on, to_the_end.due.end_of_office) == (date(2027, 3, 31), True)
    back = act(database, extend, until({"on": "2026-12-15"}), loan=card.number)
    assert (back.due.on, back.due.end_of_office) == (date(2026, 12, 15), False)


def test_what_is_typed_is_kept_as_typed(database: Database) -> None:
    tablets(database, default_days=7)
    device(database, "T1")
    text = "<script>alert('髙﨑')</script> & \"%_\\"
    card = lend(database, {"section": text}, "T1", purpose=text, note=f"{text}\r\n二行目")
    assert (card.borrower.name, card.purpose, card.note) == (text, text, f"{text}\n二行目")
