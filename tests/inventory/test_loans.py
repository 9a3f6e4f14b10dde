"""Loan lists: what is out, what is late, page by page, and found by what people type."""

import base64
import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from inventory import keyset
from inventory.calendar import TOKYO
from inventory.courses import list_courses
from inventory.database import Database
from inventory.devices import list_devices
from inventory.errors import Invalid, NotFound
from inventory.loans import LoanList, list_loans, loan_card
from inventory.officers import EndOffice, end_office
from inventory.people import list_associations
from inventory.undo import undo
from inventory.venues import list_venues
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
    look,
    refused_fields,
    tablets,
    venue,
)

SECTION = {"section": "福祉課"}


def listed(database: Database, now: datetime = NOON, **query: Any) -> list[str]:
    return [card.number for card in look(database, list_loans, now=now, **query).items]


def until(day: date) -> dict[str, Any]:
    return {"due": {"on": day.isoformat()}}


def test_a_loan_is_open_overdue_or_closed(database: Database) -> None:
    tablets(database)
    devices(database, "T1", "T2", "T3", "T4", "T5")
    late = lend(database, SECTION, "T1", **until(date(2026, 11, 25))).number
    on_time = lend(database, SECTION, "T2", **until(date(2026, 11, 26))).number
    half = lend(database, SECTION, "T3", "T4", **until(date(2026, 11, 25))).number
    back = lend(database, SECTION, "T5", **until(date(2026, 11, 25))).number
    bring_back(database, "T3", "T5", now=later(hours=1))
    now = datetime(2026, 11, 26, 0, 0, tzinfo=TOKYO)
    assert listed(database, now) == [back, half, on_time, late]
    assert listed(database, now, state="open") == [half, on_time, late]
    assert listed(database, now, state="overdue") == [half, late]
    assert listed(database, now, state="closed") == [back]
    assert listed(database, now - timedelta(seconds=1), state="overdue") == []
    assert {card.number for card in look(database, list_loans, now=now).items if card.overdue} == {half, late}
    # Half-open: due before a day leaves out what is due on it.
    assert listed(database, now, due_before=date(2026, 11, 26)) == [half, late]
    assert listed(database, now, due_before=date(2026, 11, 27)) == [half, on_time, late]


def test_the_end_of_an_office_makes_a_loan_late(database: Database) -> None:
    tablets(database)
    device(database, "T1")
    made = association(database)
    chair = head(database, made.id)
    number = lend(database, {"association": made.id}, "T1").number
    next_year = later(days=365)
    assert (
        listed(database, next_year, state="overdue") == listed(database, next_year, due_before=date(2999, 1, 1)) == []
    )
    order = EndOffice(until=date(2027, 3, 31))
    act(database, end_office, order, association=made.id, officer=chair.id, now=next_year)
    assert listed(database, next_year, state="overdue") == [number]
    assert listed(database, datetime(2027, 3, 31, 23, 59, tzinfo=TOKYO), state="overdue") == []
    assert listed(database, next_year, due_before=date(2027, 4, 1)) == [number]


def test_an_undone_loan_is_in_no_list(database: Database) -> None:
    tablets(database)
    devices(database, "T1", "T2")
    slip = lend(database, SECTION, "T1", op_id="slip", **until(date(2026, 11, 24)))
    act(database, undo, operation="slip")
    kept = lend(database, SECTION, "T2", **until(date(2026, 12, 1))).number
    for query in ({}, {"state": "closed"}, {"state": "overdue"}, {"device": "T1"}):
        assert slip.number not in listed(database, later(days=30), **query)
    assert listed(database) == [kept]
    assert look(database, loan_card, slip.number, now=NOON).items == []


def test_loans_are_found_by_whom_and_what(database: Database) -> None:
    tablets(database)
    device(database, "MB-T-0001", serial="SN-１")
    devices(database, "MB-T-0002", "MB-T-0003", "MB-T-0004")
    venue(database, name="髙崎公民館")
    lesson = course(database, title="髙齢者の会")
    one = led_association(database, "堀越町自治会")
    lent = {
        "association": lend(database, {"association": one.id}, "MB-T-0001").number,
        "course": lend(database, {"course": lesson.id}, "MB-T-0002").number,
        "venue": lend(database, {"venue": "ohgo"}, "MB-T-0003", **until(date(2026, 12, 1))).number,
        "section": lend(database, {"section": "福祉課%"}, "MB-T-0004", **until(date(2026, 12, 1))).number,
    }
    assert listed(database, association=one.id) == [lent["association"]]
    assert listed(database, course=lesson.id) == [lent["course"]]
    assert listed(database, venue="ohgo") == [lent["venue"]]
    assert listed(database, device="mb-t-0004") == [lent["section"]]
    # An id that cannot be stands for nobody; it does not stand for "every loan that has none".
    for unknown in ("x", "0", "999", "９９"):
        assert listed(database, association=unknown) == listed(database, course=unknown) == []
    assert listed(database, venue="none") == listed(database, device="none") == []
    for q, found in (
        ("堀越", "association"),
        ("ｓｎ1", "association"),
        ("高齢者", "course"),
        ("高崎公民館", "venue"),
        ("福祉課", "section"),
        ("課%", "section"),
        ("福祉課\x00", "section"),
        (f" {lent['venue'].lower()} ", "venue"),
        ("Ｒ８－００００３", "venue"),
    ):
        assert listed(database, q=q) == [lent[found]], q
    assert listed(database, q="ＭＢ－Ｔ") == list(reversed(lent.values()))
    assert listed(database, q="_") == listed(database, q="無い") == []


def test_pages_of_loans_hold_each_loan_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    tablets(database)
    devices(database, *(f"T{number}" for number in range(8)))
    numbers = [lend(database, SECTION, f"T{number}", **until(date(2026, 12, 1))).number for number in range(7)]
    first = look(database, list_loans, now=NOON, limit=3)
    assert ([card.number for card in first.items], first.total) == (numbers[:3:-1], 7)
    # What is lent while somebody turns pages neither repeats nor hides a row.
    lend(database, SECTION, "T7", **until(date(2026, 12, 1)))
    second = look(database, list_loans, now=NOON, limit=3, cursor=first.next)
    third = look(database, list_loans, now=NOON, limit=3, cursor=second.next)
    assert [card.number for card in (*second.items, *third.items)] == numbers[3::-1]
    assert third.next is None

    def total(**query: Any) -> int | None:
        page: LoanList = look(database, list_loans, now=NOON, limit=1, **query)
        return page.total

    monkeypatch.setattr(keyset, "COUNTED", 8)
    assert total() == 8
    monkeypatch.setattr(keyset, "COUNTED", 7)
    assert total() is None
    assert total(exact=True) == 8
    assert total(state="closed") == 0


def forged(*keys: object) -> str:
    """A cursor as somebody would make it who knows how they are made."""
    return base64.urlsafe_b64encode(json.dumps(keys).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "あ",
        "!!!!",
        "W1tb" * 40_000,
        forged(),
        forged("1"),
        forged(1, 2),
        forged(True),
        forged(None),
        forged(10**30),
        forged(-(10**30)),
    ],
    ids=lambda cursor: cursor[:12],
)
def test_a_cursor_that_no_list_made_is_refused(database: Database, cursor: str) -> None:
    with pytest.raises(Invalid) as refusal:
        look(database, list_loans, now=NOON, cursor=cursor)
    assert refused_fields(refusal) == ["cursor"]


@pytest.mark.parametrize("text", ["\x00", "\ud800"], ids=["NUL", "surrogate"])
def test_a_cursor_with_what_no_database_stores_is_refused(database: Database, text: str) -> None:
    for read, second in ((list_venues, "a"), (list_associations, 1), (list_courses, 1)):
        more = {"now": NOON} if read is list_associations else {}
        with pytest.raises(Invalid):
            look(database, read, cursor=forged(text, second), **more)
    with pytest.raises(Invalid):
        look(database, list_devices, cursor=forged(text))


def test_a_cursor_keeps_every_kind_of_key() -> None:
    assert keyset.after(keyset.cursor_of("オカ　ノ", 7, ""), str, int, str) == ["オカ　ノ", 7, ""]


def test_an_unknown_loan_is_not_found(database: Database) -> None:
    for number in ("R8-00001", "", "x"):
        with pytest.raises(NotFound):
            look(database, loan_card, number, now=NOON)
