"""Undoing: within 15 minutes, by whoever did it, and only while nothing else builds on it."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest

from inventory.database import Database
from inventory.devices import list_devices
from inventory.errors import AlreadyLent, Conflict, NotAllowed, NotFound, TooLateToUndo
from inventory.journal import By
from inventory.loans import list_loans
from inventory.scan_shapes import Scan, ScanAct, ScanTarget
from inventory.scans import scan
from inventory.stock import DeviceChange, change_device
from inventory.tables import DeviceState, Role
from inventory.undo import Undone, undo
from tests.inventory.city import (
    NOON,
    PROGRAM,
    act,
    bring_back,
    device,
    devices,
    later,
    lend,
    loan,
    look,
    member,
    release,
    retired,
    rows,
    seen,
    stop,
    tablets,
)

SECTION = {"section": "福祉課"}


def take_back_act(database: Database, operation: str, by: By = PROGRAM, **more: float) -> Undone:
    """Undo an act, so much time after noon."""
    return act(database, undo, operation=operation, by=by, now=later(**more))


def move(database: Database, asset_number: str, place: str, op_id: str) -> None:
    item = Scan(
        op_id=op_id, seq=1, act=ScanAct.MOVE, code=asset_number, target=ScanTarget(place=place), occurred_at=NOON
    )
    assert act(database, scan, item, desk="窓口", op_id=op_id).outcome == "applied"


def test_an_undone_loan_never_was_but_keeps_its_number(database: Database) -> None:
    tablets(database, default_days=7)
    devices(database, "T1", "T2")
    card = lend(database, SECTION, "T1", "T2", op_id="lend")
    undone = take_back_act(database, "lend", minutes=5)
    assert (undone.op_id, undone.act, undone.devices) == ("lend", "check_out", ["T1", "T2"])
    assert {seen(database, number).state for number in ("T1", "T2")} == {DeviceState.IN_STOCK}
    assert [row.returned_at for row in rows(database, "loan_item")] == [later(minutes=5)] * 2
    assert look(database, list_loans, now=NOON).items == []
    assert (loan(database, card.number).items, loan(database, card.number).open) == ([], False)
    assert lend(database, SECTION, "T1").number == "R8-00002"
    assert rows(database, "entry")[-2].data["notes"] == [
        [
            "undo",
            {
                "undone": next(row.seq for row in rows(database, "entry") if row.op_id == "lend"),
                "devices": ["T1", "T2"],
            },
        ]
    ]


def test_an_undone_return_is_open_again_without_its_holds(database: Database) -> None:
    tablets(database, after_term="wipe", default_days=7)
    device(database, "T1")
    card = lend(database, SECTION, "T1")
    told = {"T1": {"ok": False, "note": "割れ", "accessories": {"充電器": 1}}}
    bring_back(database, "T1", op_id="return", now=later(minutes=1), condition=told)
    assert take_back_act(database, "return", minutes=2).devices == ["T1"]
    (item,) = loan(database, card.number).items
    assert (item.returned_at, item.returned_accessories, item.condition_ok, item.condition_note) == (None,) * 4
    back = seen(database, "T1")
    assert (back.state, back.holds) == (DeviceState.ON_LOAN, [])
    assert bring_back(database, "T1").results[0].outcome == "returned"


def test_an_undone_stop_and_an_undone_release(database: Database) -> None:
    tablets(database, default_days=7)
    device(database, "T1")
    stop(database, "T1", "repair", op_id="stop")
    assert take_back_act(database, "stop").devices == ["T1"]
    assert seen(database, "T1").state is DeviceState.IN_STOCK

    hold = stop(database, "T1", "wipe", note="前の人の写真")
    release(database, "T1", "wipe", "終わった", op_id="release")
    assert take_back_act(database, "release").devices == ["T1"]
    (reopened,) = seen(database, "T1").holds
    assert (reopened.id, reopened.note) == (hold.id, "前の人の写真")
    kept = next(row for row in rows(database, "hold") if str(row.id) == hold.id)
    assert (kept.closed_at, kept.closing_note, kept.closed_entry) == (None, None, None)


def test_a_reason_that_is_open_again_is_not_opened_twice_by_undoing(database: Database) -> None:
    tablets(database)
    device(database, "T1")
    stop(database, "T1", "wipe")
    release(database, "T1", "wipe", op_id="release")
    again = stop(database, "T1", "wipe")
    assert take_back_act(database, "release").devices == ["T1"]
    assert [hold.id for hold in seen(database, "T1").holds] == [again.id]


def test_a_stop_that_was_released_since_has_nothing_left_to_undo(database: Database) -> None:
    tablets(database)
    device(database, "T1")
    stop(database, "T1", "wipe", op_id="stop")
    release(database, "T1", "wipe")
    with pytest.raises(NotFound):
        take_back_act(database, "stop")


def test_an_undone_move_is_found_at_the_place_before(database: Database) -> None:
    tablets(database)
    device(database, "T1", place="本庁")
    move(database, "T1", "大胡公民館", "move")
    assert seen(database, "T1").place == "大胡公民館"
    assert [card.asset_number for card in look(database, list_devices, q="大胡").items] == ["T1"]
    assert take_back_act(database, "move").devices == ["T1"]
    assert seen(database, "T1").place == "本庁"
    assert look(database, list_devices, q="大胡").items == []
    assert [card.asset_number for card in look(database, list_devices, q="本庁").items] == ["T1"]
    assert seen(database, "T1").revision == 3


def test_a_move_that_others_build_on_stays(database: Database) -> None:
    tablets(database)
    device(database, "T1", place="本庁")
    move(database, "T1", "大胡公民館", "first")
    move(database, "T1", "宮城公民館", "second")
    with pytest.raises(TooLateToUndo) as refusal:
        take_back_act(database, "first")
    assert refusal.value.facts == {"device": "T1"}
    assert seen(database, "T1").place == "宮城公民館"
    take_back_act(database, "second")
    assert seen(database, "T1").place == "大胡公民館"


def test_an_act_is_undone_once(database: Database) -> None:
    tablets(database, after_term="wipe", default_days=7)
    device(database, "T1", place="本庁")
    lend(database, SECTION, "T1", op_id="lend")
    bring_back(database, "T1", op_id="return")
    release(database, "T1", "wipe", op_id="release")
    move(database, "T1", "大胡公民館", "move")
    for operation in ("move", "release", "return", "lend"):
        take_back_act(database, operation, minutes=1)
        before = rows(database, "loan_item"), rows(database, "hold"), rows(database, "device")
        with pytest.raises(NotFound):
            take_back_act(database, operation, minutes=2)
        assert (rows(database, "loan_item"), rows(database, "hold"), rows(database, "device")) == before
    assert seen(database, "T1").state is DeviceState.IN_STOCK


@pytest.mark.parametrize(("minutes", "allowed"), [(15, True), (15.001, False)])
def test_fifteen_minutes_and_no_longer(database: Database, minutes: float, allowed: bool) -> None:
    tablets(database, default_days=7)
    device(database, "T1")
    lend(database, SECTION, "T1", op_id="lend")
    if allowed:
        assert take_back_act(database, "lend", minutes=minutes).devices == ["T1"]
    else:
        with pytest.raises(TooLateToUndo):
            take_back_act(database, "lend", minutes=minutes)
        assert seen(database, "T1").state is DeviceState.ON_LOAN


def test_who_did_it_or_an_admin_undoes_it(database: Database) -> None:
    tablets(database, default_days=7)
    devices(database, "T1", "T2")
    one, other = member(database, "one", Role.DESK), member(database, "other", Role.DESK, Role.IT)
    boss = member(database, "boss", Role.ADMIN)
    lend(database, SECTION, "T1", by=one, op_id="first")
    lend(database, SECTION, "T2", by=one, op_id="second")
    for somebody in (other, PROGRAM):
        with pytest.raises(NotAllowed):
            take_back_act(database, "first", by=somebody)
    assert take_back_act(database, "first", by=one).devices == ["T1"]
    assert take_back_act(database, "second", by=boss).devices == ["T2"]


def test_a_loan_that_is_back_is_not_undone(database: Database) -> None:
    tablets(database, default_days=7)
    devices(database, "T1", "T2")
    lend(database, SECTION, "T1", "T2", op_id="lend")
    bring_back(database, "T2")
    with pytest.raises(TooLateToUndo):
        take_back_act(database, "lend")
    assert (seen(database, "T1").state, seen(database, "T2").state) == (DeviceState.ON_LOAN, DeviceState.IN_STOCK)


def _lent_again(database: Database) -> None:
    lend(database, SECTION, "T1")


def _lent_again_and_back(database: Database) -> None:
    lend(database, SECTION, "T1")
    bring_back(database, "T1")


def _retired(database: Database) -> None:
    retired(database, "T1")


@pytest.mark.parametrize(
    ("build_on", "refusal"),
    [(_lent_again, AlreadyLent), (_lent_again_and_back, TooLateToUndo), (_retired, TooLateToUndo)],
)
def test_a_return_that_others_build_on_stays(
    database: Database, build_on: Callable[[Database], None], refusal: type[Conflict]
) -> None:
    tablets(database, default_days=7)
    device(database, "T1")
    lend(database, SECTION, "T1")
    bring_back(database, "T1", op_id="return")
    build_on(database)
    before = rows(database, "loan_item")
    with pytest.raises(refusal) as refused:
        take_back_act(database, "return")
    assert refused.value.facts == {"device": "T1"}
    assert rows(database, "loan_item") == before


def test_a_return_after_an_undone_loan_can_still_be_undone(database: Database) -> None:
    tablets(database, default_days=7)
    device(database, "T1")
    card = lend(database, SECTION, "T1")
    bring_back(database, "T1", op_id="return")
    lend(database, SECTION, "T1", op_id="slip")
    take_back_act(database, "slip")
    take_back_act(database, "return")
    assert loan(database, card.number).open


def test_a_release_before_a_loan_stays(database: Database) -> None:
    tablets(database, default_days=7)
    device(database, "T1")
    stop(database, "T1", "wipe")
    release(database, "T1", "wipe", op_id="release")
    lend(database, SECTION, "T1")
    with pytest.raises(TooLateToUndo) as refusal:
        take_back_act(database, "release")
    assert refusal.value.facts == {"device": "T1"}
    assert seen(database, "T1").holds == []


def test_what_cannot_be_undone_says_so(database: Database) -> None:
    tablets(database, default_days=7)
    device(database, "T1")
    act(database, change_device, DeviceChange(note="新"), device="T1", revision=1, op_id="change")
    retired(database, "T1", op_id="retire")
    for operation in ("change", "retire"):
        with pytest.raises(TooLateToUndo):
            take_back_act(database, operation)
    with pytest.raises(NotFound):
        take_back_act(database, "never done")
    # A return that ended no loan is a fact of its own, so it is taken back like any other, once.
    bring_back(database, "T1", op_id="nothing came back")
    assert take_back_act(database, "nothing came back").devices == ["T1"]
    assert [row.undone_entry is not None for row in rows(database, "stray_return")] == [True]
    with pytest.raises(NotFound):
        take_back_act(database, "nothing came back")
    assert seen(database, "T1").state is DeviceState.RETIRED


def test_an_undoing_is_not_undone(database: Database) -> None:
    tablets(database, default_days=7)
    device(database, "T1")
    lend(database, SECTION, "T1", op_id="lend")
    act(database, undo, operation="lend", op_id="undo")
    with pytest.raises(TooLateToUndo):
        take_back_act(database, "undo")


def test_an_undone_swap_puts_the_first_device_back_out(database: Database) -> None:
    tablets(database, after_term="wipe", default_days=7)
    devices(database, "WORN", "FRESH")
    card = lend(database, SECTION, "WORN", seat="3番")
    op_id = str(uuid.uuid4())
    item = Scan(op_id=op_id, seq=1, act=ScanAct.SWAP, code="FRESH", target=ScanTarget(device="WORN"), occurred_at=NOON)
    act(database, scan, item, desk="窓口", op_id=op_id)
    assert take_back_act(database, op_id).devices == ["FRESH", "WORN"]
    assert [(line.asset_number, line.returned_at) for line in loan(database, card.number).items] == [("WORN", None)]
    assert seen(database, "WORN").holds == [] and seen(database, "FRESH").state is DeviceState.IN_STOCK


def test_a_clock_that_was_set_back_does_not_stop_an_undoing(database: Database) -> None:
    tablets(database, default_days=7)
    device(database, "T1")
    lend(database, SECTION, "T1", op_id="lend")
    act(database, undo, operation="lend", now=NOON - timedelta(hours=1))
    (item,) = rows(database, "loan_item")
    assert item.returned_at == item.lent_at == NOON
