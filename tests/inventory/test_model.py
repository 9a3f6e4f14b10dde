"""The ledger against a model of a few sets: whatever desks do in whatever order, both say the same."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from inventory import journal
from inventory.database import Database, connect, reading
from inventory.devices import list_devices
from inventory.errors import AlreadyLent, Conflict, Held, LimitReached, NotFound, Refusal, Retired, TooLateToUndo
from inventory.keys import Keys
from inventory.loans import list_loans
from inventory.tables import DeviceState
from inventory.undo import UNDO_WITHIN, undo
from tests.inventory.city import (
    NOON,
    act,
    bring_back,
    course,
    devices,
    led_association,
    lend,
    release,
    retired,
    rows,
    stop,
    tablets,
)

KEYS = Keys(b"the secret of the model, 32 bytes at least")
# Few devices and reasons, so that what desks do meets again and again. A tablet goes one to a borrower, and is wiped
# after a term and only looked over, when it came back broken, after a course.
DEVICES = ("T1", "T2")
REASONS = ("inspect", "wipe")


@dataclass(eq=False)
class Item:
    """A device that went out: with whom, and by which act."""

    device: str
    borrower: str
    order: int
    at: datetime
    out: bool = True
    undone: bool = False


@dataclass(eq=False)
class Stray:
    """A return of what was not out, by which act. It may end a loan that an undoing gives back."""

    device: str
    act: "Act"
    broken: bool
    used: bool = False


@dataclass(eq=False)
class Stop:
    device: str
    reason: str
    open: bool = True
    closed_by: int | None = None


@dataclass(eq=False)
class Act:
    """What was done, as far as undoing it needs to know. ``order`` counts all acts."""

    kind: str
    at: datetime
    order: int
    lent: list[Item] = field(default_factory=list)
    returned: list[Item] = field(default_factory=list)
    opened: list[Stop] = field(default_factory=list)
    closed: list[Stop] = field(default_factory=list)
    strays: int = 0
    undone: bool = False


def refusal_of(attempt: Callable[[], object]) -> Refusal | None:
    try:
        attempt()
    except Refusal as refusal:
        return refusal
    return None


class Desk(RuleBasedStateMachine):
    template: Path
    database: Database
    borrowers: dict[str, dict[str, str]]

    @initialize()
    def open_the_ledger(self) -> None:
        # One engine for all runs, each on a fresh copy of the file: a new engine would compile every statement anew.
        self.database.dispose()
        for leftover in self.template.parent.glob("ledger*"):
            leftover.unlink()
        shutil.copyfile(self.template, self.template.with_name("ledger.db"))
        self.now = NOON
        self.items: list[Item] = []
        self.stops: list[Stop] = []
        self.strays: list[Stray] = []
        self.gone: set[str] = set()
        self.acts: dict[str, Act] = {}

    def teardown(self) -> None:
        with reading(self.database) as session:
            assert list(journal.verify(session, KEYS, self.database.anchor)) == []
        _no_device_was_in_two_places(self.database)

    # --- what the desks do ------------------------------------------------------------------------------------

    @rule(who=st.sampled_from(["association", "course"]), data=st.data())
    def lend(self, who: str, data: st.DataObject) -> None:
        wanted = self._some(data, [number for number in DEVICES if self._why_not(who, [number]) is None])
        expected = self._why_not(who, wanted)
        op_id, done = self._begin("lend")
        refusal = refusal_of(lambda: lend(self.database, self.borrowers[who], *wanted, now=self.now, op_id=op_id))
        assert (refusal and (type(refusal), refusal.facts["device"])) == expected
        if refusal:
            return
        done.lent = [Item(number, who, done.order, self.now) for number in wanted]
        self.items += done.lent
        self.acts[op_id] = done

    @rule(fine=st.booleans(), data=st.data())
    def take_back(self, fine: bool, data: st.DataObject) -> None:
        what = self._some(data, [number for number in DEVICES if self._out(number)])
        op_id, done = self._begin("return")
        condition = {} if fine else {what[0]: {"ok": False}}
        results = bring_back(self.database, *what, now=self.now, op_id=op_id, condition=condition).results
        for number, result in zip(what, results, strict=True):
            item = self._out(number)
            assert (result.asset_number, result.outcome) == (number, "returned" if item else "already_here")
            if item is None:
                # What comes back though nobody had it is written down too, and what is broken is stopped.
                done.strays += 1
                self.strays.append(Stray(number, done, not fine and number == what[0]))
                asked = []
            else:
                item.out = False
                done.returned.append(item)
                asked = ["wipe"] if item.borrower == "association" else []
            asked += ["inspect"] if not fine and number == what[0] else []
            opened = [Stop(number, reason) for reason in asked if reason not in self._reasons(number)]
            assert result.holds_opened == [one.reason for one in opened]
            done.opened += opened
            self.stops += opened
        self.acts[op_id] = done

    @rule(number=st.sampled_from(DEVICES), reason=st.sampled_from(REASONS))
    def stop(self, number: str, reason: str) -> None:
        op_id, done = self._begin("stop")
        stop(self.database, number, reason, now=self.now, op_id=op_id)
        if reason not in self._reasons(number):
            done.opened.append(Stop(number, reason))
            self.stops += done.opened
        self.acts[op_id] = done

    @precondition(lambda self: any(one.open for one in self.stops))
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        standing = data.draw(st.sampled_from([one for one in self.stops if one.open]))
        op_id, done = self._begin("release")
        release(self.database, standing.device, standing.reason, now=self.now, op_id=op_id)
        standing.open, standing.closed_by = False, done.order
        done.closed.append(standing)
        self.acts[op_id] = done

    @precondition(lambda self: len(self.acts) > 6 and not self.gone)
    @rule(number=st.sampled_from(DEVICES))
    def retire(self, number: str) -> None:
        expected = Retired if number in self.gone else AlreadyLent if self._out(number) else None
        op_id, done = self._begin("retire")
        refusal = refusal_of(lambda: retired(self.database, number, now=self.now, op_id=op_id))
        assert (refusal and type(refusal)) == expected
        if not refusal:
            self.gone.add(number)
            self.acts[op_id] = done

    @precondition(lambda self: self.acts)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        operation = data.draw(st.sampled_from(list(self.acts)[-4:]))
        done = self.acts[operation]
        expected = self._why_not_undone(done)
        op_id, undoing = self._begin("undo")
        refusal = refusal_of(lambda: act(self.database, undo, operation=operation, now=self.now, op_id=op_id))
        assert (refusal and type(refusal)) == expected, (operation, done)
        if refusal:
            return
        done.undone = True
        for one in done.opened:
            if one.open:
                one.open, one.closed_by = False, undoing.order
        for item in done.lent:
            item.out, item.undone = False, True
        for item in sorted(done.returned, key=self.items.index):
            item.out = True
            self._end_by_a_later_return(item)
        for one in done.closed:
            if one.reason not in self._reasons(one.device):
                one.open, one.closed_by = True, None

    @rule(minutes=st.sampled_from([1, 1, 1, 16]))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    def _end_by_a_later_return(self, item: Item) -> None:
        """The desk saw the device come back another time: that return ends the loan in place of the undone one."""
        for stray in self.strays:
            if stray.device != item.device or stray.used or stray.act.undone or stray.act.at <= item.at:
                continue
            item.out, stray.used = False, True
            stray.act.returned.append(item)
            asked = ["wipe"] if item.borrower == "association" else []
            asked += ["inspect"] if stray.broken else []
            self.stops += [Stop(item.device, reason) for reason in asked if reason not in self._reasons(item.device)]
            return

    # --- what must hold ---------------------------------------------------------------------------------------

    @invariant()
    def both_say_the_same(self) -> None:
        with reading(self.database) as session:
            cards = list_devices(session).items + list_devices(session, state=DeviceState.RETIRED).items
            out = list_loans(session, now=self.now, state="open")
        for card in cards:
            number = card.asset_number
            item = self._out(number)
            assert (card.loan.borrower.type if card.loan else None) == (item.borrower if item else None)
            assert {hold.reason.value for hold in card.holds} == self._reasons(number)
            assert (card.state is DeviceState.RETIRED) == (number in self.gone)
            if card.state is not DeviceState.RETIRED:
                expected = DeviceState.HELD if self._reasons(number) else DeviceState.IN_STOCK
                assert card.state is (DeviceState.ON_LOAN if item else expected)
        open_items = {one.asset_number for card in out.items for one in card.items if one.returned_at is None}
        assert open_items == {item.device for item in self.items if item.out}

    # --- the model --------------------------------------------------------------------------------------------

    def _some(self, data: st.DataObject, likely: list[str]) -> list[str]:
        """One or two devices, mostly those with which the act will succeed: a refusal leads nowhere further."""
        dice = data.draw(st.integers(0, 3))
        among = likely if likely and dice else list(DEVICES)
        return data.draw(st.lists(st.sampled_from(among), min_size=1, max_size=2, unique=True))

    def _begin(self, kind: str) -> tuple[str, Act]:
        self.count = getattr(self, "count", 0) + 1
        return f"{kind} {self.count}", Act(kind, self.now, self.count)

    def _out(self, number: str) -> Item | None:
        return next((item for item in self.items if item.device == number and item.out), None)

    def _reasons(self, number: str) -> set[str]:
        return {one.reason for one in self.stops if one.device == number and one.open}

    def _why_not(self, who: str, wanted: list[str]) -> tuple[type[Conflict], str] | None:
        out = {item.device for item in self.items if item.out}
        held = {one.device for one in self.stops if one.open}
        for kind, those in ((AlreadyLent, out), (Held, held), (Retired, self.gone)):
            for number in wanted:
                if number in those:
                    return kind, number
        has = sum(item.out and item.borrower == who for item in self.items)
        if has + len(wanted) > 1:
            return LimitReached, wanted[1 - has]
        return None

    def _why_not_undone(self, done: Act) -> type[Refusal] | None:
        if done.kind == "retire":
            return TooLateToUndo
        if self.now - done.at > UNDO_WITHIN:
            return TooLateToUndo
        if done.undone:
            return NotFound
        if any(not item.out for item in done.lent):
            return TooLateToUndo
        for item in sorted(done.returned, key=self.items.index):
            if self._out(item.device):
                return AlreadyLent
            if self._lent_since(item.device, done) or item.device in self.gone:
                return TooLateToUndo
        if any(self._lent_since(one.device, done) for one in done.closed if one.closed_by == done.order):
            return TooLateToUndo
        touched = done.lent or done.returned or done.strays or any(one.open for one in done.opened)
        return None if touched or any(one.closed_by == done.order for one in done.closed) else NotFound

    def _lent_since(self, number: str, done: Act) -> bool:
        return any(item.device == number and item.order > done.order and not item.undone for item in self.items)


def _no_device_was_in_two_places(database: Database) -> None:
    """The items of one device that stand never overlap, and none begins while a stop was open that still counts."""
    by_device: dict[int, list[Any]] = {}
    for row in rows(database, "loan_item"):
        if row.undone_entry is None:
            by_device.setdefault(row.device_id, []).append(row)
    for items in by_device.values():
        for earlier, later in pairwise(items):
            assert earlier.returned_at is not None and earlier.returned_at <= later.lent_at
            assert earlier.returned_entry < later.entry
    for hold in rows(database, "hold"):
        for item in by_device.get(hold.device_id, []):
            assert not (hold.entry < item.entry and (hold.closed_entry is None or hold.closed_entry > item.entry))


@pytest.fixture
def desks(sqlite_template: Path, tmp_path: Path) -> Iterator[None]:
    """A ledger with the devices and the borrowers, copied for every run of the machine."""
    file = tmp_path / "template.db"
    shutil.copyfile(sqlite_template, file)
    database = connect(f"sqlite:///{file}", keys=KEYS)
    tablets(database, after_term="wipe", one_per_borrower=True, default_days=7)
    devices(database, *DEVICES)
    Desk.borrowers = {
        "association": {"association": led_association(database).id},
        "course": {"course": course(database).id},
    }
    database.dispose()
    Desk.template = file
    Desk.database = connect(f"sqlite:///{tmp_path}/ledger.db", keys=KEYS, anchor=tmp_path / "ledger.anchor")
    yield
    Desk.database.dispose()


@pytest.mark.usefixtures("desks")
def test_whatever_desks_do_ledger_and_model_agree() -> None:
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=60, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
