"""What a desk scans: each item stands alone, has a verdict of its own, and keeps it."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from inventory import scan_acts
from inventory.calendar import TOKYO
from inventory.database import Database
from inventory.errors import Invalid, LimitReached
from inventory.scan_shapes import Scan, ScanResult
from inventory.scans import scan
from inventory.tables import DeviceState, HoldReason
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
    loan,
    phones,
    rows,
    seen,
    stop,
    tablets,
    venue,
)

SECTION = {"section": "福祉課"}


def scanned(
    database: Database, verb: str, code: str, op_id: str | None = None, now: datetime = NOON, **more: Any
) -> ScanResult:
    op_id = op_id or f"op-{len(rows(database, 'entry'))}"
    item = Scan.model_validate({"op_id": op_id, "seq": 1, "act": verb, "code": code, "occurred_at": now} | more)
    return act(database, scan, item, desk="窓口1", now=now, op_id=op_id)


def test_fifteen_phones_of_one_batch_are_one_loan(database: Database) -> None:
    tablets(database, accessories=[{"name": "充電器"}])
    devices(database, *(f"T{number}" for number in range(15)))
    lesson = course(database)
    results = [
        scanned(database, "lend", f"t{number}", target={"course": lesson.id}, batch="b1", seat=f"{number}番")
        for number in range(15)
    ]
    assert [result.outcome for result in results] == ["applied"] * 15
    assert {result.loan for result in results} == {"R8-00001"}
    assert [result.device for result in results] == [f"T{number}" for number in range(15)]
    card = loan(database, "R8-00001")
    assert [(item.asset_number, item.seat) for item in card.items] == [(f"T{n}", f"{n}番") for n in range(15)]
    assert {tuple(item.accessories.items()) for item in card.items} == {(("充電器", 1),)}
    assert (card.due.at, len(rows(database, "loan"))) == (lesson.ends_at, 1)
    assert [row.data["notes"][0][0] for row in rows(database, "entry")[-15:]] == ["check_out"] * 15


def test_a_scan_says_whether_its_loan_waits_for_a_signature(database: Database) -> None:
    tablets(database, default_days=7, agreement_required=True)
    phones(database, default_days=7)
    device(database, "T1")
    device(database, "P1", pool="phones")
    assert scanned(database, "lend", "T1", target=SECTION).agreement == "missing"
    assert scanned(database, "lend", "P1", target=SECTION).agreement is None


def test_scans_without_a_batch_are_loans_of_their_own(database: Database) -> None:
    tablets(database, default_days=7)
    devices(database, "T1", "T2")
    numbers = [scanned(database, "lend", code, target=SECTION).loan for code in ("T1", "T2")]
    assert numbers == ["R8-00001", "R8-00002"]
    longer = scanned(database, "return", "T1")
    assert longer.loan == "R8-00001"
    again = scanned(database, "lend", "T1", target=SECTION, due={"on": "2027-03-31"})
    assert again.loan is not None and loan(database, again.loan).due.on == date(2027, 3, 31)


def test_a_batch_belongs_to_one_borrower(database: Database) -> None:
    tablets(database, default_days=7, one_per_borrower=True)
    devices(database, "T1", "T2", "T3")
    association = led_association(database)
    assert scanned(database, "lend", "T1", target={"association": association.id}, batch="b1").outcome == "applied"
    other = scanned(database, "lend", "T2", target=SECTION, batch="b1")
    assert (other.outcome, other.code) == ("refused", Invalid.code)
    second = scanned(database, "lend", "T2", target={"association": association.id}, batch="b1")
    assert (second.outcome, second.code, second.device) == ("refused", LimitReached.code, "T2")
    held = scanned(database, "lend", "T1", target={"association": association.id}, batch="b1")
    assert (held.outcome, held.code) == ("refused", "already-lent")
    assert len(rows(database, "loan_item")) == 1


def test_every_target_can_be_scanned_to(database: Database) -> None:
    tablets(database, default_days=7)
    devices(database, "T1", "T2", "T3", "T4", "T5", "BROKEN")
    targets: list[tuple[dict[str, str], str]] = [
        ({"association": led_association(database).id}, "association"),
        ({"course": course(database).id}, "course"),
        ({"venue": venue(database).code}, "venue"),
        (SECTION, "section"),
        ({"device": "broken"}, "substitute"),
    ]
    for number, (target, kind) in enumerate(targets, 1):
        result = scanned(database, "lend", f"T{number}", target=target)
        assert result.outcome == "applied" and result.loan is not None
        assert loan(database, result.loan).borrower.type == kind


def test_a_bad_item_stops_no_other(database: Database) -> None:
    tablets(database, default_days=7)
    devices(database, "T1", "T2", "T3")
    stop(database, "T2", "wipe")
    stop(database, "T2", "lost")
    results = [
        scanned(database, "lend", code, target=SECTION, batch="b") for code in ("T1", "T2", "MB-X", "\x00", "T3", "T1")
    ]
    assert [(result.outcome, result.code) for result in results] == [
        ("applied", None),
        ("refused", "held"),
        ("refused", "not-found"),
        ("refused", "not-found"),
        ("applied", None),
        ("refused", "already-lent"),
    ]
    assert results[1].holds == [HoldReason.WIPE, HoldReason.LOST] and results[1].device == "T2"
    assert results[5].device == "T1" and all(result.detail for result in results if result.code)
    assert [item.asset_number for item in loan(database, "R8-00001").items] == ["T1", "T3"]


def test_a_refusal_is_kept_in_the_journal_and_leaves_nothing_else(database: Database) -> None:
    tablets(database, default_days=7)
    devices(database, "T1", "T2")
    lend(database, SECTION, "T2")
    before = rows(database, "loan"), rows(database, "loan_item"), rows(database, "hold")
    result = scanned(database, "swap", "T2", op_id="bad", target={"device": "T1"})
    assert (result.outcome, result.code, result.op_id) == ("refused", "not-found", "bad")
    last = rows(database, "entry")[-1]
    assert (last.op_id, last.act, last.desk, last.desk_seq) == ("bad", "scan_refused", "窓口1", 1)
    assert last.data["notes"] == [["scan_refused", {"act": "swap", "code": "not-found", "device": "T1"}]]
    assert (rows(database, "loan"), rows(database, "loan_item"), rows(database, "hold")) == before


def test_what_was_half_done_when_a_rule_refused_is_undone(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    tablets(database, default_days=7)
    devices(database, "T1", "T2")
    lend(database, SECTION, "T1")

    def refuse(*_: Any, **__: Any) -> None:
        raise Invalid("返却で断られたとする。")

    monkeypatch.setattr(scan_acts, "take_back", refuse)
    assert scanned(database, "swap", "T2", target={"device": "T1"}).outcome == "refused"
    assert seen(database, "T2").state is DeviceState.IN_STOCK and len(rows(database, "loan_item")) == 1
    last = rows(database, "entry")[-1]
    assert last.act == "scan_refused" and [note[0] for note in last.data["notes"]] == ["scan_refused"]


def test_a_return_by_scan_tells_what_waits(database: Database) -> None:
    tablets(database, after_term="wipe", default_days=7)
    device(database, "T1", call_number=12)
    card = lend(database, SECTION, "T1")
    condition = {"ok": False, "note": "割れ", "accessories": {"充電器": 1}}
    result = scanned(database, "return", "T1", condition=condition)
    assert (result.loan, result.holds, result.detail, result.call_number) == (
        card.number,
        ["wipe", "inspect"],
        None,
        12,
    )
    (item,) = loan(database, card.number).items
    assert (item.condition_ok, item.condition_note, item.returned_accessories) == (False, "割れ", {"充電器": 1})
    again = scanned(database, "return", "T1")
    assert (again.outcome, again.loan, again.holds) == ("applied", None, []) and again.detail


def test_a_swap_gives_the_fresh_device_the_seat_of_the_worn(database: Database) -> None:
    tablets(database, after_course="inspect")
    devices(database, "WORN", "FRESH", "HELD")
    stop(database, "HELD", "repair")
    card = lend(database, {"course": course(database).id}, "WORN", seat="3番")
    refused = scanned(database, "swap", "HELD", target={"device": "WORN"})
    assert (refused.outcome, refused.code, refused.device) == ("refused", "held", "HELD")
    same = scanned(database, "swap", "WORN", target={"device": "WORN"})
    assert (same.outcome, same.code) == ("refused", "invalid")
    result = scanned(
        database,
        "swap",
        "fresh",
        target={"device": "worn"},
        condition={"ok": False, "note": "電池"},
        now=later(hours=1),
    )
    assert (result.outcome, result.loan, result.device) == ("applied", card.number, "FRESH")
    lines = loan(database, card.number).items
    assert [(line.asset_number, line.seat, line.returned_at) for line in lines] == [
        ("WORN", "3番", later(hours=1)),
        ("FRESH", "3番", None),
    ]
    assert lines[0].condition_note == "電池"
    assert [hold.reason for hold in seen(database, "WORN").holds] == ["inspect"]
    last = rows(database, "entry")[-1]
    assert (last.act, [note[0] for note in last.data["notes"]]) == ("swap", ["swap", "take_back"])
    not_out = scanned(database, "swap", "WORN", target={"device": "HELD"})
    assert (not_out.outcome, not_out.code) == ("refused", "not-found")


@pytest.mark.parametrize(("verb", "reason"), [("inspect", "inspect"), ("wipe", "wipe")])
def test_work_is_recorded_by_a_scan(database: Database, verb: str, reason: str) -> None:
    tablets(database)
    device(database, "T1")
    stop(database, "T1", reason)
    stop(database, "T1", "repair")
    done = scanned(database, verb, "T1", now=later(hours=1))
    assert (done.outcome, done.detail) == ("applied", None)
    assert [hold.reason for hold in seen(database, "T1").holds] == ["repair"]
    closed = next(row for row in rows(database, "hold") if row.reason == reason)
    assert closed.closed_at == later(hours=1)
    again = scanned(database, verb, "T1", now=later(hours=2))
    assert again.outcome == "applied" and again.detail
    assert next(row for row in rows(database, "hold") if row.reason == reason).closed_at == later(hours=1)


def test_a_device_is_moved_and_seen(database: Database) -> None:
    tablets(database, default_days=7)
    device(database, "T1")
    assert scanned(database, "move", "T1", target={"place": "大胡公民館"}).outcome == "applied"
    assert seen(database, "T1").place == "大胡公民館"
    # A place is a word of people: it stands in the ledger, and the journal names the device alone.
    (move,) = rows(database, "move")
    assert (move.from_place, move.to_place, move.moved_at) == (None, "大胡公民館", NOON)
    last = rows(database, "entry")[-1]
    assert (last.seq, last.data["notes"]) == (move.entry, [["move", {"device": "T1"}]])
    stop(database, "T1", "missing")
    found = scanned(database, "see", "T1")
    assert (found.outcome, found.loan, found.holds) == ("applied", None, ["missing"])
    bring_back(database, "T1")
    assert rows(database, "entry")[-2].act == "see"


@pytest.mark.parametrize(
    ("verb", "target"),
    [
        ("lend", None),
        ("lend", {"place": "大胡"}),
        ("move", None),
        ("move", SECTION),
        ("swap", None),
        ("swap", SECTION),
    ],
)
def test_an_act_needs_its_target(database: Database, verb: str, target: dict[str, str] | None) -> None:
    tablets(database, default_days=7)
    device(database, "T1")
    result = scanned(database, verb, "T1", target=target)
    assert (result.outcome, result.code) == ("refused", "invalid")
    assert seen(database, "T1").state is DeviceState.IN_STOCK and seen(database, "T1").revision == 1


def test_the_time_of_a_scan_is_the_servers(database: Database) -> None:
    tablets(database, default_days=7)
    devices(database, "T1", "T2", "T3")
    an_hour_ago = NOON - timedelta(hours=1)
    scanned(database, "see", "T1", op_id="slow", occurred_at=an_hour_ago, clock_offset_ms=90_000)
    scanned(database, "see", "T1", op_id="known", occurred_at=an_hour_ago)
    scanned(database, "see", "T1", op_id="fast", occurred_at=later(days=400))
    entries = {row.op_id: row for row in rows(database, "entry")}
    assert entries["slow"].occurred_at == an_hour_ago + timedelta(seconds=90)
    assert entries["known"].occurred_at == an_hour_ago
    assert entries["fast"].occurred_at == NOON
    assert {entries[op_id].at for op_id in ("slow", "known", "fast")} == {NOON}


@pytest.mark.parametrize(
    "wrong",
    [
        {"op_id": ""},
        {"op_id": "with blank"},
        {"op_id": "全角"},
        {"op_id": "x" * 256},
        {"seq": -1},
        {"seq": 2**31},
        {"act": "steal"},
        {"code": ""},
        {"code": "x" * 501},
        {"target": {}},
        {"target": {"section": "a", "place": "b"}},
        {"batch": "a b"},
        {"seat": "席" * 21},
        {"occurred_at": "2026-11-24T12:00:00"},
        {"clock_offset_ms": 10**12},
        {"condition": {"accessories": {"充電器" * 21: 1}}},
        {"condition": {"accessories": {"充\x00電器": 1}}},
        {"extra": 1},
    ],
)
def test_an_item_of_the_wrong_shape_is_refused(wrong: dict[str, Any]) -> None:
    right = {"op_id": "a", "seq": 0, "act": "see", "code": "T1", "occurred_at": datetime(2026, 1, 1, tzinfo=TOKYO)}
    assert Scan.model_validate(right).seq == 0
    with pytest.raises(ValidationError):
        Scan.model_validate(right | wrong)
