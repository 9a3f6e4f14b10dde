"""Who is to be told today: the rule against one written again from its words, and the bundle that it makes."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory import reminding
from inventory.cadence import Told, calls_for, concerned
from inventory.database import Database
from inventory.errors import NotFound
from inventory.extending import Extend, extend
from inventory.officers import EndOffice, end_office
from inventory.reminders import RecordReminder, record_reminder
from inventory.reminding import Call, call_of, calls_of
from inventory.tables import ReminderChannel, ReminderOutcome
from tests.inventory.city import (
    act,
    association,
    bring_back,
    course,
    devices,
    head,
    later,
    led_association,
    lend,
    look,
    phones,
    tablets,
    venue,
)

DAY = date(2026, 11, 24)
DAYS = st.integers(-40, 40).map(lambda days: DAY + timedelta(days=days))
CADENCE = st.none() | st.integers(1, 20)


def brute_force(due: date, day: date, before: int | None, every: int | None, told: list[date]) -> bool:
    """The rule day by day: is there a day of the window, or of the stretch since the last word, that says no?"""
    if due >= day:
        if before is None:
            return False
        window = [due - timedelta(days=days) for days in range(before + 1)]
        return day in window and not any(one in told for one in window if one <= day)
    if every is None:
        return False
    quiet = [day - timedelta(days=days) for days in range(every)]
    return not any(one in told for one in quiet)


@settings(max_examples=400)
@given(due=DAYS, before=st.none() | st.integers(0, 20), every=CADENCE, told=st.lists(DAYS, max_size=5))
def test_the_rule_is_what_its_words_say(due: date, before: int | None, every: int | None, told: list[date]) -> None:
    past = [on for on in told if on <= DAY]
    assert calls_for(due, DAY, before, every, past) == brute_force(due, DAY, before, every, past)
    if calls_for(due, DAY, before, every, past):
        assert concerned(due, DAY, before, every)


@settings(max_examples=100)
@given(before=st.integers(0, 30), every=st.integers(1, 30), late=st.integers(0, 60))
def test_told_whenever_asked_a_loan_is_called_to_mind_at_its_cadence(before: int, every: int, late: int) -> None:
    """Somebody who tells everybody every morning tells of a loan once before its due day, then every so many days."""
    due, told = DAY + timedelta(days=40), list[date]()
    for days in range(40 + late + 1):
        day = DAY + timedelta(days=days)
        if calls_for(due, day, before, every, told):
            told.append(day)
    assert [on for on in told if on <= due] == [due - timedelta(days=before)]
    after = [on for on in told if on > due]
    assert all((later_ - earlier).days == every for earlier, later_ in pairwise(told[1:]))
    assert not after or (after[0] - due).days == max(1, every - before)


def tell(database: Database, key: str, days: float = 0, channel: str = "phone", outcome: str = "sent") -> None:
    order = RecordReminder.model_validate({"borrower": key, "channel": channel, "outcome": outcome})
    act(database, record_reminder, order, now=later(days=days))


def called(database: Database, days: float = 0) -> list[str]:
    return [call.key for call in look(database, calls_of, now=later(days=days))]


def only(database: Database, days: float = 0) -> Call:
    [call] = look(database, calls_of, now=later(days=days))
    return call


def lent(database: Database, borrower: dict[str, str], *numbers: str, due: int, **fields: Any) -> str:
    on = (DAY + timedelta(days=due)).isoformat()
    return lend(database, borrower, *numbers, due={"on": on}, **fields).number


def test_a_borrower_is_told_once_of_everything_that_is_due(database: Database) -> None:
    tablets(database, remind_before_days=7, remind_every_days=5)
    devices(database, "T-1", "T-2", "T-3", "T-4")
    one = led_association(database)
    first = lent(database, {"association": one.id}, "T-1", "T-2", due=3)
    lent(database, {"association": one.id}, "T-3", due=20)
    key = f"association:{one.id}"
    call = only(database)
    assert (call.key, call.loans, [item.asset_number for item in call.items]) == (key, [first], ["T-1", "T-2"])
    assert (call.contact.name, call.contact.office) == ("金井 康男", "会長")
    assert [(item.days_late, item.days_left) for item in call.items] == [(0, 3), (0, 3)]
    tell(database, key)
    assert called(database) == []
    # The first is overdue since the fourth day; five days after the last word it is called for again.
    assert called(database, days=4) == []
    assert called(database, days=5) == [key]
    tell(database, key, days=5)
    assert called(database, days=9) == []
    # What is near now goes along with what is late.
    late = only(database, days=13)
    assert [item.asset_number for item in late.items] == ["T-1", "T-2", "T-3"]
    assert [item.days_late for item in late.items] == [10, 10, 0]
    bring_back(database, "T-1", "T-2", "T-3", now=later(days=13))
    assert called(database, days=30) == []


def test_a_word_about_one_loan_is_none_about_another(database: Database) -> None:
    tablets(database, remind_before_days=7)
    devices(database, "T-1", "T-2")
    one = led_association(database)
    key = f"association:{one.id}"
    lent(database, {"association": one.id}, "T-1", due=3)
    second = lent(database, {"association": one.id}, "T-2", due=8)
    tell(database, key)
    assert called(database) == []
    # The day on which the second comes near; the word of the day before was about the first alone.
    assert called(database, days=1) == [key]
    tell(database, key, days=1)
    assert called(database, days=2) == []
    bundle, _ = look(database, call_of, key, now=later(days=2))
    assert bundle is not None and second in bundle.loans


def test_what_failed_or_does_not_count_told_nobody(database: Database) -> None:
    tablets(database, remind_every_days=5)
    devices(database, "T-1")
    one = led_association(database)
    lent(database, {"association": one.id}, "T-1", due=0)
    key = f"association:{one.id}"
    for outcome in ("failed", "void"):
        tell(database, key, days=1, outcome=outcome)
        assert called(database, days=1) == [key]
    tell(database, key, days=1)
    assert called(database, days=1) == []
    assert called(database, days=6) == [key]


def test_pools_without_a_cadence_and_days_that_nobody_knows_call_for_nothing(database: Database) -> None:
    tablets(database, remind_before_days=7, remind_every_days=5)
    phones(database)
    devices(database, "T-1", "T-2")
    devices(database, "P-1", pool="phones")
    one = led_association(database)
    lend(database, {"association": one.id}, "T-1", due={"end_of_office": True})
    lent(database, {"section": "福祉課"}, "P-1", due=0)
    assert called(database, days=30) == []


def test_an_end_of_office_that_is_entered_late_calls_at_once(database: Database) -> None:
    tablets(database, remind_before_days=7, remind_every_days=5)
    devices(database, "T-1")
    one = association(database)
    officer = head(database, one.id)
    lend(database, {"association": one.id}, "T-1", due={"end_of_office": True})
    assert called(database, days=10) == []
    order = EndOffice(until=DAY + timedelta(days=2))
    act(database, end_office, order, association=one.id, officer=officer.id, now=later(days=10))
    call = only(database, days=10)
    # Whoever left office still has the device, and answers for it.
    assert (call.items[0].days_late, call.contact.officer) == (8, officer.id)


def test_a_later_due_day_makes_a_window_of_its_own(database: Database) -> None:
    tablets(database, remind_before_days=3, remind_every_days=5)
    devices(database, "T-1")
    one = led_association(database)
    number = lent(database, {"association": one.id}, "T-1", due=1)
    tell(database, f"association:{one.id}")
    order = Extend.model_validate({"due": {"on": (DAY + timedelta(days=10)).isoformat()}})
    act(database, extend, order, loan=number)
    assert called(database, days=6) == []
    assert called(database, days=7) == [f"association:{one.id}"]


def test_everybody_who_can_have_a_loan_can_be_told(database: Database) -> None:
    tablets(database, remind_every_days=5)
    devices(database, "T-1", "T-2", "T-3", "T-4", "T-5")
    venue(database, phone="027-283-1111")
    day = course(database, venue="ohgo")
    borrowers = [{"venue": "ohgo"}, {"course": day.id}, {"section": "福祉課"}, {"substitute_for": "T-5"}]
    for at, borrower in enumerate(borrowers, start=1):
        lent(database, borrower, f"T-{at}", due=0)
    calls = {call.key: call for call in look(database, calls_of, now=later(days=1))}
    assert list(calls) == ["venue:ohgo", f"course:{day.id}", "section:福祉課", "substitute:T-5"]
    assert [call.contact.phone for call in calls.values()] == ["027-283-1111", "027-283-1111", None, None]
    for key, call in calls.items():
        assert look(database, call_of, key, now=later(days=1))[0] == call
        tell(database, key, days=1)
    assert called(database, days=1) == []
    for unknown in ("nobody:1", "association:", "association"):
        with pytest.raises(NotFound):
            look(database, call_of, unknown, now=later(days=1))


def test_an_association_without_an_officer_on_the_loan_is_told_through_its_head(database: Database) -> None:
    tablets(database, remind_every_days=5)
    devices(database, "T-1", "T-2")
    alone, led = association(database, "茂木町自治会"), association(database, "堀越町自治会")
    for one, number in ((alone, "T-1"), (led, "T-2")):
        lent(database, {"association": one.id}, number, due=0)
    head(database, led.id, name="高橋 一郎", phone="027-000-2222")
    calls = look(database, calls_of, now=later(days=1))
    assert [(call.contact.name, call.contact.phone) for call in calls] == [(None, None), ("高橋 一郎", "027-000-2222")]


def test_a_mail_goes_where_an_address_is_until_a_server_refused_it(database: Database) -> None:
    tablets(database, remind_every_days=5)
    devices(database, "T-1", "T-2")
    one, two = association(database, "堀越町自治会"), association(database, "茂木町自治会")
    head(database, one.id, email="head@example.jp")
    head(database, two.id)
    for of, number in ((one, "T-1"), (two, "T-2")):
        lent(database, {"association": of.id}, number, due=0)
    assert [call.way for call in look(database, calls_of, now=later(days=1))] == ["mail", "hand"]
    refused = Told(
        DAY, ReminderChannel.MAIL, frozenset(), later(), ReminderOutcome.FAILED, f"{reminding.REFUSED}（550）"
    )
    assert not refused.counts
    for days, barred in ((0, True), (1, True), (29, True), (30, False)):
        assert reminding._no_mail([refused], DAY + timedelta(days=days)) is barred
    busy = Told(DAY, refused.channel, frozenset(), later(), ReminderOutcome.FAILED, "接続が切れました")
    assert [reminding._no_mail([busy], DAY + timedelta(days=days)) for days in (0, 1)] == [True, False]


def test_the_list_takes_a_handful_of_statements(database: Database) -> None:
    from sqlalchemy import event

    tablets(database, remind_every_days=5)
    numbers = [f"T-{at}" for at in range(12)]
    devices(database, *numbers)
    for number in numbers:
        one = led_association(database, f"{number}自治会")
        lent(database, {"association": one.id}, number, due=0)
    statements: list[str] = []
    event.listen(database.reader, "before_cursor_execute", lambda *args: statements.append(args[2]))
    assert len(called(database, days=1)) == 12
    assert len(statements) <= 5
