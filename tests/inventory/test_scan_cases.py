"""A case is scanned once for all that lies in it: what goes, what stays behind and why, and what comes back."""

from typing import Any

import pytest

from inventory.case_keeping import Fill, NewCase, create_case, fill_case
from inventory.database import Database
from inventory.errors import Invalid
from inventory.scan_shapes import Scan, ScanResult
from inventory.scans import scan
from inventory.tables import DeviceState
from inventory.undo import undo
from tests.inventory.city import NOON, act, course, device, later, lend, loan, phones, rows, seen, stop

MEMBERS = tuple(f"P{number:02d}" for number in range(1, 17))


@pytest.fixture
def box(database: Database) -> Database:
    """A case of sixteen phones, which are looked over after a course and wiped after anything else."""
    phones(database, after_course="inspect", after_term="wipe")
    for number, member in enumerate(MEMBERS, 1):
        device(database, member, pool="phones", call_number=number)
    act(database, create_case, NewCase(code="BOX-A", name="スマホ箱A"))
    act(database, fill_case, Fill(devices=list(MEMBERS)), case="BOX-A")
    return database


def scanned(database: Database, verb: str, code: str = "box-a", minutes: int = 0, **more: Any) -> ScanResult:
    """A scan on the spot, so many minutes after noon."""
    at = later(minutes=minutes)
    op_id = more.pop("op_id", f"{verb}-{code}-{minutes}")
    item = Scan.model_validate({"op_id": op_id, "seq": 1, "act": verb, "code": code, "occurred_at": at} | more)
    return act(database, scan, item, desk="大胡1番", now=at, op_id=op_id)


def states(database: Database) -> set[DeviceState]:
    return {seen(database, member).state for member in MEMBERS}


def test_one_scan_lends_the_whole_case_on_one_loan(box: Database) -> None:
    lesson = course(box)
    result = scanned(box, "lend", target={"course": lesson.id}, batch="b")
    assert (result.outcome, result.case, result.device, result.loan) == ("applied", "BOX-A", None, "R8-00001")
    assert (tuple(result.devices), result.left_out) == (MEMBERS, [])
    assert len(loan(box, "R8-00001").items) == 16 and len(rows(box, "loan")) == 1
    assert [note[0] for note in rows(box, "entry")[-1].data["notes"]] == ["check_out"]


def test_what_cannot_go_stays_behind_and_says_why(box: Database) -> None:
    stop(box, "P03", "repair")
    lend(box, {"section": "福祉課"}, "P04", due={"on": "2999-01-01"}, now=later(minutes=-5))
    result = scanned(box, "lend", target={"course": course(box).id}, without=["p05"])
    assert len(result.devices) == 13
    assert {one.device: one.code for one in result.left_out} == {
        "P03": "held",
        "P04": "already-lent",
        "P05": "not-there",
    }
    assert all(one.detail for one in result.left_out)
    assert seen(box, "P05").state is DeviceState.IN_STOCK
    # Sentences may name a borrower, so the journal keeps the codes alone.
    assert all(one["device"] and "detail" not in one for one in result.kept()["left_out"])


def test_a_case_of_which_nothing_can_go_is_refused(box: Database) -> None:
    scanned(box, "lend", target={"course": course(box).id})
    again = scanned(box, "lend", minutes=1, target={"section": "福祉課"}, due={"on": "2999-01-01"})
    assert (again.outcome, again.code) == ("refused", "already-lent")
    empty = scanned(box, "lend", minutes=2, target={"section": "福祉課"}, without=list(MEMBERS))
    assert (empty.outcome, empty.code) == ("refused", Invalid.code)


def test_the_same_phones_serve_two_courses_with_one_check_between_and_no_wipe(box: Database) -> None:
    morning = course(box, title="朝", starts_at=NOON, ends_at=later(hours=3))
    afternoon = course(box, title="昼", starts_at=later(hours=4), ends_at=later(hours=8))
    scanned(box, "lend", minutes=0, target={"course": morning.id}, batch="m")
    back = scanned(box, "return", minutes=180)
    assert (back.loan, back.holds, len(back.devices)) == ("R8-00001", ["inspect"], 16)
    early = scanned(box, "lend", minutes=181, target={"course": afternoon.id}, batch="a")
    assert (early.outcome, early.code) == ("refused", "held")
    check = scanned(box, "inspect", minutes=190)
    assert (check.outcome, check.detail, len(check.devices)) == ("applied", None, 16)
    again = scanned(box, "lend", minutes=240, target={"course": afternoon.id}, batch="a")
    assert (again.outcome, len(again.devices)) == ("applied", 16)
    scanned(box, "return", minutes=480)
    scanned(box, "inspect", minutes=490)
    assert states(box) == {DeviceState.IN_STOCK}
    assert {row.kind for row in rows(box, "work")} == {"inspect"} and len(rows(box, "work")) == 32
    assert {row.reason for row in rows(box, "hold")} == {"inspect"}
    assert "wipe" not in str([row.data for row in rows(box, "entry")])


def test_a_case_comes_back_without_what_was_lent_to_somebody_else(box: Database) -> None:
    lend(box, {"section": "福祉課"}, "P04", due={"on": "2999-01-01"}, now=later(minutes=-5))
    scanned(box, "lend", target={"course": course(box).id})
    back = scanned(box, "return", minutes=60, without=["P07"])
    assert len(back.devices) == 14
    assert {one.device: one.code for one in back.left_out} == {"P04": "already-lent", "P07": "not-there"}
    assert [member for member in MEMBERS if seen(box, member).loan] == ["P04", "P07"]
    once_more = scanned(box, "return", minutes=70)
    assert once_more.devices == ["P07"]
    nothing = scanned(box, "return", minutes=80, without=["P04"])
    assert (nothing.outcome, nothing.devices) == ("applied", []) and nothing.detail


def test_a_case_is_lent_in_the_hall_and_told_of_late(box: Database) -> None:
    lend(box, {"section": "福祉課"}, "P04", due={"on": "2999-01-01"}, now=later(minutes=-5))
    lesson = course(box)
    item = {"op_id": "late", "seq": 1, "act": "lend", "code": "BOX-A", "target": {"course": lesson.id}}
    told = Scan.model_validate(item | {"occurred_at": NOON})
    result = act(box, scan, told, desk="大胡1番", now=later(hours=5), op_id="late")
    assert (result.outcome, len(result.devices)) == ("applied", 15)
    (conflict,) = rows(box, "conflict")
    assert (conflict.code, conflict.settled_at, conflict.happened_at) == ("already-lent", None, NOON)
    assert conflict.device_id == next(row.id for row in rows(box, "device") if row.asset_number == "P04")


def test_a_move_takes_the_case_and_an_undo_brings_it_back(box: Database) -> None:
    moved = scanned(box, "move", target={"place": "大胡公民館"}, op_id="moved")
    assert len(moved.devices) == 16
    assert {seen(box, member).place for member in MEMBERS} == {"大胡公民館"}
    assert rows(box, "loan_case")[0].place == "大胡公民館"
    assert len(act(box, undo, operation="moved", now=later(minutes=1)).devices) == 16
    assert {seen(box, member).place for member in MEMBERS} == {None} == {rows(box, "loan_case")[0].place}


def test_undoing_the_scan_of_a_case_undoes_all_of_it(box: Database) -> None:
    scanned(box, "lend", target={"course": course(box).id}, op_id="lent")
    assert len(act(box, undo, operation="lent", now=later(minutes=1)).devices) == 16
    assert states(box) == {DeviceState.IN_STOCK}


def test_a_swap_is_of_single_devices(box: Database) -> None:
    lend(box, {"section": "福祉課"}, "P04", due={"on": "2999-01-01"}, now=later(minutes=-5))
    result = scanned(box, "swap", target={"device": "P04"})
    assert (result.outcome, result.code) == ("refused", Invalid.code)


def test_an_empty_case_says_so(box: Database) -> None:
    act(box, create_case, NewCase(code="BOX-B", name="から"))
    assert scanned(box, "lend", "BOX-B", target={"section": "福祉課"}).code == Invalid.code
