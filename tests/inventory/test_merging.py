"""The merge rule: whatever the order in which desks tell of their acts, the ledger comes to the same past.

A day is played first, as it really was: devices go out, come back, are worked on and swapped, and one desk sees each
act. Then the desks tell of it, each in its own order, woven together at random, with a counter that is always online.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory.database import Database
from inventory.errors import Held
from inventory.scan_shapes import Scan, ScanResult
from inventory.scans import scan
from inventory.tables import DeviceState
from tests.inventory.city import (
    NOON,
    act,
    bring_back,
    course,
    device,
    devices,
    later,
    lend,
    loan,
    phones,
    release,
    rows,
    seen,
    stop,
)

SECTIONS = ("福祉課", "生涯学習課")
COUNTER, NORTH, SOUTH = "窓口", "大胡", "総社"
_NUMBER = itertools.count(1)


def told(
    database: Database,
    verb: str,
    code: str,
    at: datetime,
    *,
    now: datetime | None = None,
    desk: str = NORTH,
    op_id: str | None = None,
    **more: Any,
) -> ScanResult:
    """A desk tells at ``now`` (by itself: the next morning) of what it scanned at ``at``."""
    op_id = op_id or f"told-{next(_NUMBER)}"
    item = Scan.model_validate({"op_id": op_id, "seq": 1, "act": verb, "code": code, "occurred_at": at} | more)
    return act(database, scan, item, desk=desk, now=now or later(days=1), op_id=op_id)


def to(section: str = SECTIONS[0], batch: str | None = None) -> dict[str, Any]:
    """The target of a lend; it is due on some day to come."""
    return {"target": {"section": section}, "due": {"on": "2999-01-01"}, "batch": batch}


def past(database: Database, asset_number: str) -> list[tuple[str | None, datetime, datetime | None]]:
    """What the ledger holds of a device: section (None: the course), from, until."""
    own = next(row.id for row in rows(database, "device") if row.asset_number == asset_number)
    loans = {row.id: row for row in rows(database, "loan")}
    items = [row for row in rows(database, "loan_item") if row.device_id == own and row.undone_entry is None]
    ran = [item for item in items if item.returned_at is None or item.returned_at > item.lent_at]
    found = [(loans[item.loan_id].section, item.lent_at, item.returned_at) for item in ran]
    return sorted(found, key=lambda one: one[1])


def waiting(database: Database) -> list[Any]:
    return [row for row in rows(database, "conflict") if row.settled_at is None]


# --- one case each ----------------------------------------------------------------------------------------------


@pytest.fixture
def stock(database: Database) -> Database:
    """Phones that are looked over after a course and wiped after anything else."""
    phones(database, after_course="inspect", after_term="wipe")
    devices(database, "P1", "P2", "P3", pool="phones")
    if database.on_sqlite:
        # Thousands of acts follow; what a power cut would leave of them is not looked at here.
        database.writer.raw_connection().execute("PRAGMA synchronous = OFF")
    return database


def test_a_return_that_came_in_before_its_loan_ends_it(stock: Database) -> None:
    early = told(stock, "return", "P1", later(minutes=30))
    assert (early.outcome, early.loan, early.holds) == ("applied", None, []) and early.detail
    late = told(stock, "lend", "P1", later(minutes=10), desk=SOUTH, **to())
    assert late.outcome == "applied" and late.loan is not None
    assert past(stock, "P1") == [(SECTIONS[0], later(minutes=10), later(minutes=30))]
    # What the pool asks for after such a loan is asked for all the same.
    card = seen(stock, "P1")
    assert card.loan is None and [hold.reason for hold in card.holds] == ["wipe"]
    (stray,) = rows(stock, "stray_return")
    assert stray.item_id == rows(stock, "loan_item")[0].id
    assert loan(stock, late.loan).open is False


def test_work_that_was_told_of_first_is_not_asked_for_again(stock: Database) -> None:
    told(stock, "return", "P1", later(minutes=30))
    told(stock, "wipe", "P1", later(minutes=40))
    told(stock, "lend", "P1", later(minutes=10), **to())
    assert seen(stock, "P1").state is DeviceState.IN_STOCK
    assert [row.closed_at for row in rows(stock, "hold")] == []


def test_a_return_ends_no_loan_that_began_after_it(stock: Database) -> None:
    told(stock, "lend", "P1", later(minutes=30), **to())
    early = told(stock, "return", "P1", later(minutes=10), desk=SOUTH)
    assert (early.outcome, early.loan) == ("applied", None)
    assert past(stock, "P1") == [(SECTIONS[0], later(minutes=30), None)]


def test_a_return_told_of_after_a_later_one_takes_its_place(stock: Database) -> None:
    told(stock, "lend", "P1", NOON, **to())
    told(stock, "return", "P1", later(hours=3), desk=COUNTER)
    told(stock, "return", "P1", later(hours=1), desk=NORTH)
    told(stock, "wipe", "P1", later(hours=1, minutes=5), desk=NORTH)
    between = told(stock, "lend", "P1", later(hours=2), desk=NORTH, **to(SECTIONS[1]))
    assert between.outcome == "applied"
    assert past(stock, "P1") == [(SECTIONS[0], NOON, later(hours=1)), (SECTIONS[1], later(hours=2), later(hours=3))]
    assert [hold.reason for hold in seen(stock, "P1").holds] == ["wipe"]
    assert waiting(stock) == []


@pytest.mark.parametrize("first", [NORTH, SOUTH])
def test_two_desks_lend_the_same_device_and_whoever_tells_first_has_it(stock: Database, first: str) -> None:
    scans = {NORTH: (later(minutes=1), SECTIONS[0]), SOUTH: (later(minutes=2), SECTIONS[1])}
    second = SOUTH if first == NORTH else NORTH
    at, section = scans[first]
    assert told(stock, "lend", "P1", at, desk=first, **to(section)).outcome == "applied"
    later_at, other = scans[second]
    result = told(stock, "lend", "P1", later_at, desk=second, op_id="second", **to(other))
    assert (result.outcome, result.code, result.device) == ("conflict", "already-lent", "P1") and result.detail
    assert past(stock, "P1") == [(section, at, None)]
    (conflict,) = waiting(stock)
    assert (conflict.happened_at, conflict.claim["target"]) == (later_at, {"section": other})
    assert conflict.against_id == rows(stock, "loan_item")[0].id
    last = rows(stock, "entry")[-1]
    assert (last.op_id, last.act, last.desk, last.occurred_at) == ("second", "conflict", second, later_at)
    # The section is a word of people: the journal names the device and the conflict alone.
    assert other not in str(last.data)


def test_a_conflict_ends_when_the_return_between_is_told_of(stock: Database) -> None:
    told(stock, "lend", "P1", NOON, **to())
    assert told(stock, "lend", "P1", later(hours=2), desk=SOUTH, **to(SECTIONS[1])).outcome == "conflict"
    told(stock, "return", "P1", later(hours=1), desk=NORTH)
    # Back, and not wiped yet as far as the ledger knows.
    assert len(waiting(stock)) == 1
    told(stock, "wipe", "P1", later(hours=1, minutes=30), desk=NORTH)
    assert waiting(stock) == []
    assert past(stock, "P1") == [(SECTIONS[0], NOON, later(hours=1)), (SECTIONS[1], later(hours=2), None)]
    (conflict,) = rows(stock, "conflict")
    assert conflict.choice == "fitted" and conflict.item_id == rows(stock, "loan_item")[-1].id
    assert [note[0] for note in rows(stock, "entry")[-1].data["notes"]][-1] == "conflict_fitted"


def test_a_return_after_the_second_loan_does_not_let_it_fit(stock: Database) -> None:
    told(stock, "lend", "P1", NOON, **to())
    assert told(stock, "lend", "P1", later(hours=2), desk=SOUTH, **to(SECTIONS[1])).outcome == "conflict"
    back = told(stock, "return", "P1", later(hours=3), desk=COUNTER)
    assert back.loan is not None
    assert past(stock, "P1") == [(SECTIONS[0], NOON, later(hours=3))]
    assert len(waiting(stock)) == 1


def test_what_whoever_did_it_was_told_is_refused(stock: Database) -> None:
    lend(stock, {"section": SECTIONS[0]}, "P1", due={"on": "2999-01-01"})
    at = later(minutes=5)
    told_at_once = told(stock, "lend", "P1", at, now=at + timedelta(seconds=2), **to(SECTIONS[1]))
    assert (told_at_once.outcome, told_at_once.code) == ("refused", "already-lent")
    later_on = told(stock, "lend", "P1", at, now=at + timedelta(seconds=31), **to(SECTIONS[1]))
    assert later_on.outcome == "conflict"


def test_a_loan_that_the_ledger_heard_of_since_is_a_conflict_however_soon(stock: Database) -> None:
    at = later(minutes=5)
    lend(stock, {"section": SECTIONS[0]}, "P1", now=at + timedelta(seconds=1), due={"on": "2999-01-01"})
    result = told(stock, "lend", "P1", at, now=at + timedelta(seconds=3), **to(SECTIONS[1]))
    assert result.outcome == "conflict"


def test_a_device_that_is_out_with_that_borrower_is_no_conflict(stock: Database) -> None:
    told(stock, "lend", "P1", NOON, **to(batch="b1"))
    for batch in ("b1", "b2"):
        again = told(stock, "lend", "P1", later(minutes=1), desk=SOUTH, **to(batch=batch))
        assert (again.outcome, again.code) == ("refused", "already-lent")
    assert waiting(stock) == [] and len(rows(stock, "loan")) == 1


def test_one_claim_is_one_conflict(stock: Database) -> None:
    told(stock, "lend", "P1", NOON, **to())
    outcomes = [told(stock, "lend", "P1", later(minutes=1), **to(SECTIONS[1])).outcome for _ in range(2)]
    assert outcomes == ["conflict", "refused"] and len(waiting(stock)) == 1


@pytest.mark.parametrize("reason", ["wipe", "repair", "lost"])
def test_what_went_out_in_spite_of_a_hold_is_a_conflict_when_it_is_told_late(stock: Database, reason: str) -> None:
    stop(stock, "P1", reason)
    result = told(stock, "lend", "P1", later(minutes=10), **to())
    assert (result.outcome, result.code, result.holds) == ("conflict", "held", [reason])
    (conflict,) = waiting(stock)
    assert conflict.against_id is None and past(stock, "P1") == []


def test_a_hold_that_was_opened_after_a_loan_does_not_stand_in_its_way(stock: Database) -> None:
    stop(stock, "P1", "repair", now=later(hours=2))
    assert told(stock, "lend", "P1", later(hours=1), **to()).outcome == "applied"
    assert seen(stock, "P1").state is DeviceState.ON_LOAN


def test_work_before_the_return_that_asks_for_it_ends_nothing(stock: Database) -> None:
    told(stock, "lend", "P1", NOON, **to())
    told(stock, "return", "P1", later(hours=2))
    before = told(stock, "wipe", "P1", later(hours=1), desk=SOUTH)
    assert before.outcome == "applied" and before.detail
    assert [hold.reason for hold in seen(stock, "P1").holds] == ["wipe"]
    after = told(stock, "wipe", "P1", later(hours=3), desk=SOUTH)
    assert after.detail is None and seen(stock, "P1").holds == []


def test_the_latest_place_stands_whatever_came_last(stock: Database) -> None:
    told(stock, "move", "P1", later(hours=2), target={"place": "総社公民館"})
    told(stock, "move", "P1", later(hours=1), desk=SOUTH, target={"place": "大胡公民館"})
    assert seen(stock, "P1").place == "総社公民館"
    assert [row.to_place for row in rows(stock, "move")] == ["総社公民館", "大胡公民館"]


def test_a_swap_waits_for_the_loan_it_was_part_of(stock: Database) -> None:
    early = told(stock, "swap", "P2", later(hours=1), target={"device": "P1"})
    assert (early.outcome, early.code) == ("conflict", "not-found")
    told(stock, "lend", "P1", NOON, desk=SOUTH, **to(batch="b"), seat="3番")
    assert waiting(stock) == []
    assert past(stock, "P1") == [(SECTIONS[0], NOON, later(hours=1))]
    assert past(stock, "P2") == [(SECTIONS[0], later(hours=1), None)]
    assert {row.seat for row in rows(stock, "loan_item")} == {"3番"}


def test_a_loan_told_of_late_is_numbered_and_due_by_its_own_day(stock: Database) -> None:
    at = datetime.fromisoformat("2026-03-31T10:00:00+09:00")
    due = {"on": "2026-04-02"}
    result = told(stock, "lend", "P1", at, target={"section": SECTIONS[0]}, due=due)
    # Due in the past by now, but not when it was lent.
    assert (result.outcome, result.loan) == ("applied", "R7-00001")
    assert told(stock, "lend", "P2", later(minutes=1), target={"section": "X"}, due=due).outcome == "refused"


@pytest.mark.parametrize(("ahead", "outcome"), [(23, "applied"), (25, "refused")])
def test_a_clock_may_be_wrong_but_not_impossible(stock: Database, ahead: int, outcome: str) -> None:
    now = later(minutes=1)
    result = told(stock, "see", "P1", now + timedelta(hours=ahead), now=now, op_id="ahead")
    assert result.outcome == outcome and (result.code == "impossible-time") == (outcome == "refused")
    assert rows(stock, "entry")[-1].occurred_at == now


def test_a_clock_that_is_far_off_is_named(stock: Database) -> None:
    for offset, named in ((-300_001, True), (300_000, False), (300_001, True)):
        told(stock, "see", "P1", NOON, clock_offset_ms=offset)
        notes = dict(rows(stock, "entry")[-1].data["notes"])
        assert ("clock_off" in notes) == named, offset


def test_a_return_that_was_heard_of_before_does_not_end_what_goes_out_on_the_spot(stock: Database) -> None:
    """The desk that lends has a clock a second behind the one that took the device in."""
    second, heard = timedelta(seconds=1), NOON + timedelta(seconds=2)
    told(stock, "return", "P1", NOON + second, now=NOON + second)
    assert told(stock, "lend", "P1", NOON, now=heard, desk=SOUTH, **to()).outcome == "applied"
    assert past(stock, "P1") == [(SECTIONS[0], NOON, None)]


def test_a_lend_told_of_late_has_a_place_after_the_servers_clock_was_set_back(stock: Database) -> None:
    told(stock, "lend", "P1", later(hours=2), now=later(hours=2), **to())
    told(stock, "return", "P1", later(hours=3), now=later(hours=3))
    told(stock, "wipe", "P1", later(hours=3, minutes=1), now=later(hours=3, minutes=1))
    told(stock, "return", "P1", later(minutes=30), now=later(hours=1), desk=SOUTH)
    again = told(stock, "lend", "P1", NOON, now=later(hours=1), desk=NORTH, **to(SECTIONS[1]))
    assert again.outcome in ("applied", "conflict")
    ran = past(stock, "P1")
    assert all(until is None or until >= since for _, since, until in ran) and ran


def test_a_return_is_taken_though_the_servers_clock_was_set_back(stock: Database) -> None:
    lend(stock, {"section": SECTIONS[0]}, "P1", due={"on": "2999-01-01"}, now=later(hours=1))
    assert bring_back(stock, "P1", now=NOON).results[0].outcome == "returned"
    assert rows(stock, "loan_item")[0].returned_at == later(hours=1)
    release(stock, "P1", "wipe", now=later(minutes=1))
    assert seen(stock, "P1").holds == []


def test_a_device_goes_out_again_though_the_servers_clock_was_set_back(stock: Database) -> None:
    """What the ledger heard before counts as before, though its time is still to come."""
    lend(stock, {"section": SECTIONS[0]}, "P1", due={"on": "2999-01-01"}, now=later(hours=1))
    bring_back(stock, "P1", now=later(hours=2))
    release(stock, "P1", "wipe", now=later(hours=3))
    assert lend(stock, {"section": SECTIONS[1]}, "P1", due={"on": "2999-01-01"}, now=NOON).open
    assert past(stock, "P1") == [(SECTIONS[0], later(hours=1), later(hours=2)), (SECTIONS[1], later(hours=2), None)]
    stop(stock, "P2", "repair", now=later(hours=1))
    with pytest.raises(Held):
        lend(stock, {"section": SECTIONS[1]}, "P2", due={"on": "2999-01-01"}, now=NOON)


# --- any day, any order -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Act:
    """One act of the day as it was, and the desk that saw it."""

    kind: str
    device: str
    at: datetime
    desk: str
    section: str | None = None
    worn: str | None = None


@dataclass
class Shelf:
    """A device as it really is: with whom since when, what is still to be done on it, and its past."""

    borrower: tuple[str | None, datetime] | None = None
    lent_by: str | None = None
    undone: set[str] = field(default_factory=set)
    past: list[tuple[str | None, datetime, datetime | None]] = field(default_factory=list)

    def came_back(self, at: datetime) -> None:
        assert self.borrower is not None
        section, since = self.borrower
        self.past.append((section, since, at))
        self.undone.add("inspect" if section is None else "wipe")
        self.borrower = None


class Day:
    """The real devices of one example, and what the desks saw."""

    def __init__(self, database: Database, draw: st.DataObject) -> None:
        mark = next(_NUMBER)
        self.database, self.draw, self.at = database, draw, NOON
        self.names = [f"E{mark}-{letter}" for letter in "AB"]
        for name in self.names:
            device(database, name, pool="phones")
        self.shelf = {name: Shelf() for name in self.names}
        self.acts: list[Act] = []

    def play(self, *desks: str) -> None:
        for _ in range(self.draw.draw(st.integers(2, 9), label="acts")):
            self.at += timedelta(minutes=1)
            name = self.draw.draw(st.sampled_from(self.names))
            desk = self.draw.draw(st.sampled_from(desks))
            self._next(name, desk)

    def _next(self, name: str, desk: str) -> None:
        one = self.shelf[name]
        other = next(other for other in self.names if other != name)
        if one.borrower is not None:
            # A swap names no borrower: it goes on with the loan that its own desk began.
            swappable = self.shelf[other].borrower is None and not self.shelf[other].undone and one.lent_by == desk
            if swappable and self.draw.draw(st.booleans(), label="swap"):
                self._did("swap", other, desk, worn=name)
                self.shelf[other].borrower, self.shelf[other].lent_by = (one.borrower[0], self.at), desk
            else:
                self._did("return", name, desk)
            one.came_back(self.at)
        elif one.undone:
            work = sorted(one.undone)[0]
            self._did(work, name, desk)
            one.undone.discard(work)
        else:
            section = self.draw.draw(st.sampled_from([*SECTIONS, None]))
            self._did("lend", name, desk, section=section)
            one.borrower, one.lent_by = (section, self.at), desk

    def _did(self, kind: str, name: str, desk: str, **more: Any) -> None:
        self.acts.append(Act(kind, name, self.at, desk, **more))

    def expected(self, name: str) -> list[tuple[str | None, datetime, datetime | None]]:
        one = self.shelf[name]
        running = [(*one.borrower, None)] if one.borrower else []
        return sorted([*one.past, *running], key=lambda ran: ran[1])


def woven(acts: list[Act], draw: st.DataObject) -> Iterator[tuple[Act, datetime]]:
    """The acts in an order in which the ledger may hear of them, each with that moment.

    The counter is online: it tells at once. A desk tells in its own order, each act when it happened or later.
    """
    queues = {desk: [one for one in acts if one.desk == desk] for desk in (NORTH, SOUTH)}
    counter = [one for one in acts if one.desk == COUNTER]
    clock = NOON
    while counter or any(queues.values()):
        ready = [desk for desk, queue in queues.items() if queue and (not counter or queue[0].at < counter[0].at)]
        if counter and (not ready or draw.draw(st.booleans(), label="counter next")):
            one = counter.pop(0)
            clock = max(clock, one.at)
            yield one, one.at
            continue
        choices = ready or [desk for desk, queue in queues.items() if queue]
        one = queues[draw.draw(st.sampled_from(choices), label="desk next")].pop(0)
        # Late enough that nobody was told on the spot.
        clock = max(clock, one.at) + timedelta(milliseconds=1)
        yield one, max(clock, one.at + timedelta(seconds=31))


def tell(database: Database, one: Act, now: datetime, lesson: str) -> ScanResult:
    more: dict[str, Any] = {}
    if one.kind == "lend":
        target = {"section": one.section} if one.section else {"course": lesson}
        more = {"target": target, "due": {"on": "2999-01-01"}}
    if one.kind == "swap":
        more = {"target": {"device": one.worn}}
    return told(database, one.kind, one.device, one.at, now=now, desk=one.desk, **more)


def at_the_counter(database: Database, one: Act, lesson: str) -> list[Act]:
    """What a person at the counter does until the act goes through; the acts that went through."""
    at = one.at
    done: list[Act] = []
    for _ in range(8):
        result = tell(database, replace(one, at=at), at, lesson)
        if result.outcome == "applied":
            return [*done, replace(one, at=at)]
        at += timedelta(seconds=5)
        if result.code == "already-lent":
            extra = Act("return", one.device, at, COUNTER)
        elif result.code == "held":
            extra = Act(result.holds[0].value, one.device, at, COUNTER)
        else:
            # The worn unit is not out as far as the ledger knows: the counter takes it in and lends the fresh one.
            return done
        assert tell(database, extra, at, lesson).outcome == "applied"
        done.append(extra)
        at += timedelta(seconds=5)
    raise AssertionError("the counter gives up")


_RUNS = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
_FEWER = settings(_RUNS, max_examples=10)


def _runs(database: Database) -> settings:
    return _RUNS if database.on_sqlite else _FEWER


def test_any_order_of_telling_ends_in_the_day_as_it_was(stock: Database) -> None:
    lesson = course(stock).id

    @_runs(stock)
    @given(st.data())
    def any_day(data: st.DataObject) -> None:
        day = Day(stock, data)
        day.play(NORTH, SOUTH)
        acts = day.acts
        for one, now in woven(acts, data):
            tell(stock, one, now, lesson)
            _sound(stock, day.names, acts)
        own = {row.id for row in rows(stock, "device") if row.asset_number in day.names}
        assert [row for row in waiting(stock) if row.device_id in own] == []
        for name in day.names:
            assert past(stock, name) == day.expected(name)
            assert {hold.reason.value for hold in seen(stock, name).holds} == day.shelf[name].undone

    any_day()


def test_a_counter_that_knows_less_changes_only_when_its_own_acts_happened(stock: Database) -> None:
    lesson = course(stock).id

    @_runs(stock)
    @given(st.data())
    def any_day(data: st.DataObject) -> None:
        day = Day(stock, data)
        day.play(NORTH, SOUTH, COUNTER)
        day.acts = [one for one in day.acts if not (one.kind == "swap" and one.desk == COUNTER)]
        told_acts: list[Act] = []
        for one, now in woven(day.acts, data):
            if one.desk == COUNTER:
                told_acts += at_the_counter(stock, one, lesson)
            else:
                tell(stock, one, now, lesson)
                told_acts.append(one)
            _sound(stock, day.names, told_acts)

    any_day()


def test_with_scans_forgotten_every_loan_is_there_or_waits(stock: Database) -> None:
    lesson = course(stock).id

    @_runs(stock)
    @given(st.data())
    def any_day(data: st.DataObject) -> None:
        day = Day(stock, data)
        day.play(NORTH, SOUTH)
        acts = day.acts
        kept = [one for one in acts if data.draw(st.integers(0, 3), label="scanned")]
        verdicts = [(one, tell(stock, one, now, lesson)) for one, now in woven(kept, data)]
        _sound(stock, day.names, kept)
        claims = {(row.device_id, row.happened_at) for row in rows(stock, "conflict")}
        ids = {row.asset_number: row.id for row in rows(stock, "device")}
        for one, verdict in verdicts:
            if one.kind == "lend":
                there = any(since == one.at for _, since, _ in past(stock, one.device))
                waits = (ids[one.device], one.at) in claims
                same = verdict.code == "already-lent" and verdict.outcome == "refused"
                again = any(row.desk and row.act == "scan_refused" for row in rows(stock, "entry")) and same
                assert there or waits or same or again, (one, verdict)
            elif one.kind != "swap":
                assert verdict.outcome == "applied", (one, verdict)

    any_day()


def _sound(database: Database, names: list[str], acts: list[Act]) -> None:
    """No two loans of a device overlap, and each that ended did so when somebody took that very device back."""
    for name in names:
        took_back = {one.at for one in acts if (one.kind == "return" and one.device == name) or one.worn == name}
        ran = past(database, name)
        for (_, _, until), (_, since, _) in itertools.pairwise(sorted(ran, key=lambda one: one[1])):
            assert until is not None and until <= since, ran
        assert {until for _, _, until in ran if until is not None} <= took_back, (ran, took_back)
