"""Transfers: a loan passes to the successor without coming back, and what was signed is kept."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from inventory import journal
from inventory.agreement_sheets import agreement_again, agreement_card, loan_sheet, past_agreements, superseded_sheet
from inventory.agreements import Sign, sign
from inventory.database import Database, reading
from inventory.erasing import ErasePerson, erase_person
from inventory.errors import AgreementMissing, Conflict, Invalid, NotFound, Refusal, Stale, TooLateToUndo
from inventory.handovers import Checked, RecordHandover, record_handover, waiting_check
from inventory.history import loan_history
from inventory.journal import By
from inventory.loans import LoanCard, list_loans, loan_card
from inventory.officers import EndOffice, end_office, heads_of, officer_card
from inventory.pictures import Ready
from inventory.pools import PoolChange, change_pool
from inventory.returning import TakeBack, take_back
from inventory.roster_rows import SentRoster
from inventory.rosters import enter_roster
from inventory.scan_shapes import Scan, ScanAct
from inventory.scans import scan
from inventory.tables import Handover, HoldReason, Pool, Role
from inventory.terms import TermStage, stages_of
from inventory.transfer_history import transfers_of
from inventory.transfers import PassedOn, PassOn, PassOnMany, passing, transfer, transfer_many
from inventory.undo import undo
from tests.inventory.city import (
    NOON,
    PROGRAM,
    act,
    association,
    bring_back,
    device,
    devices,
    head,
    later,
    lend,
    loan,
    look,
    member,
    phones,
    release,
    rows,
    seen,
    stop,
    tablets,
)
from tests.inventory.troubled import stood_in, told

DRAWING = Ready(b"\x89PNG drawing", "image/png", 900, 300)
CONSENT = {"from": True, "to": True, "checklist": ["passcode", "photos", "line"]}


class Hills:
    """An association whose head changed, and the loan that the old head has: ``old`` and ``new`` are officer ids."""

    def __init__(self, database: Database, *, handover: str = "wipe", name: str = "堀越町自治会") -> None:
        self.database = database
        tablets(database, handover=handover, agreement_required=True, after_term="wipe")
        devices(database, "T1", "T2")
        self.association = association(database, name).id
        self.old = head(database, self.association, since=date(2025, 4, 1)).id
        self.loan = lend(database, {"association": self.association}, "T1", "T2").number
        self.new = head(database, self.association, name="新井 和江", since=date(2026, 11, 1)).id

    def pass_on(self, op_id: str = "pass", by: By = PROGRAM, now: Any = NOON, **to: str) -> LoanCard:
        order = PassOn.model_validate(to or {"association": self.association})
        return act(self.database, transfer, order, loan=self.loan, by=by, now=now, op_id=op_id)

    def sign(self, name: str = "金井 康男", now: Any = NOON) -> Any:
        return act(self.database, sign, Sign(signed_name=name), loan=self.loan, ready=DRAWING, now=now)


@pytest.fixture
def hills(database: Database) -> Hills:
    return Hills(database)


def holds(database: Database, number: str) -> set[HoldReason]:
    return {hold.reason for hold in seen(database, number).holds}


def test_the_loan_passes_and_nothing_comes_back(database: Database, hills: Hills) -> None:
    items = rows(database, "loan_item")
    card = hills.pass_on()
    assert (card.number, card.open, card.due.end_of_office) == (hills.loan, True, True)
    assert card.officer is not None and card.officer.id == hills.new
    assert rows(database, "loan_item") == items
    [row] = rows(database, "transfer")
    assert (row.from_officer_id, row.to_officer_id) == (int(hills.old), int(hills.new))
    assert row.way is Handover.WIPE and row.transferred_at == NOON and row.checked_at is None
    [told] = [entry for entry in rows(database, "entry") if entry.op_id == "pass"]
    assert told.act == "transfer" and row.entry == told.seq
    assert "金井" not in str(told.data) and "新井" not in str(told.data)
    with reading(database) as session:
        assert list(journal.verify(session, database.keys, database.anchor)) == []


def test_a_sheet_that_lay_open_while_the_loan_passed_is_not_signed_for_the_successor(
    database: Database, hills: Hills
) -> None:
    seen_by_the_old_head = Sign(signed_name="金井 康男", officer=hills.old)
    hills.pass_on()
    with pytest.raises(Stale):
        act(database, sign, seen_by_the_old_head, loan=hills.loan, ready=DRAWING)
    assert rows(database, "agreement") == []
    act(database, sign, Sign(signed_name="新井 和江", officer=hills.new), loan=hills.loan, ready=DRAWING)
    [signed] = rows(database, "agreement")
    assert signed.officer_id == int(hills.new)


def test_wiping_first_stops_every_device_that_is_out(database: Database, hills: Hills) -> None:
    bring_back(database, "T2")
    release(database, "T2", "wipe")
    hills.pass_on()
    assert (holds(database, "T1"), holds(database, "T2")) == ({HoldReason.WIPE}, set())


def test_the_wipe_is_recorded_at_the_desk_while_the_device_is_out(database: Database, hills: Hills) -> None:
    hills.pass_on(now=later(hours=-1))
    item = Scan(op_id="wiped", seq=1, act=ScanAct.WIPE, code="T1", occurred_at=NOON)
    assert act(database, scan, item, desk="窓口", op_id="wiped").outcome == "applied"
    assert (holds(database, "T1"), holds(database, "T2")) == (set(), {HoldReason.WIPE})
    assert loan(database, hills.loan).open
    release(database, "T2", "wipe")
    assert holds(database, "T2") == set()
    assert {one.returned_at for one in loan(database, hills.loan).items} == {None}
    # The term's end asks for a wipe of its own when the device is back at last.
    assert bring_back(database, "T1", now=later(days=1)).results[0].holds_opened == [HoldReason.WIPE]


def test_a_wipe_from_before_the_transfer_does_not_count_for_it(database: Database, hills: Hills) -> None:
    hills.pass_on()
    early = later(hours=-2)
    item = Scan(op_id="wiped", seq=1, act=ScanAct.WIPE, code="T1", occurred_at=early)
    assert act(database, scan, item, desk="公民館", op_id="wiped").outcome == "applied"
    assert holds(database, "T1") == {HoldReason.WIPE}


def test_a_hold_that_is_open_already_stays_the_one(database: Database, hills: Hills) -> None:
    stop(database, "T1", "wipe")
    stop(database, "T2", "repair")
    hills.pass_on()
    assert (holds(database, "T1"), holds(database, "T2")) == ({HoldReason.WIPE}, {HoldReason.WIPE, HoldReason.REPAIR})
    assert len(rows(database, "hold")) == 3


def test_one_device_to_wipe_brings_all_over_the_counter(database: Database) -> None:
    hills = Hills(database, handover="check")
    phones(database, handover="wipe")
    device(database, "S1", pool="phones")
    mixed = lend(database, {"association": hills.association}, "S1", now=later(minutes=1))
    assert mixed.officer is not None and mixed.officer.id == hills.new
    other = lend_to_old(database, hills, "S2", "T3")
    assert look(database, passing, other, now=NOON).way is Handover.WIPE
    act(database, transfer, PassOn(officer=hills.new), loan=other)
    assert holds(database, "S2") == holds(database, "T3") == {HoldReason.WIPE}
    assert look(database, passing, hills.loan, now=NOON).way is Handover.CHECK


def lend_to_old(database: Database, hills: Hills, *numbers: str) -> str:
    """A further loan that the old head has."""
    for number in numbers:
        device(database, number, pool="phones" if number.startswith("S") else "tablets")
    card = lend(database, {"association": hills.association}, *numbers, now=later(days=-40))
    assert card.officer is not None and card.officer.id == hills.old
    return card.number


def test_the_signed_agreement_is_kept_and_a_new_one_asked_for(database: Database, hills: Hills) -> None:
    first = hills.sign()
    hills.pass_on(now=later(minutes=1))
    assert loan(database, hills.loan).agreement == "missing"
    with pytest.raises(AgreementMissing):
        look(database, agreement_card, hills.loan)
    fresh = look(database, loan_sheet, hills.loan, now=later(days=2))
    assert fresh.agreement is None and fresh.signer is not None and fresh.signer.name == "新井 和江"
    second = hills.sign("新井 和江", now=later(minutes=2))
    assert second.id != first.id and look(database, agreement_card, hills.loan) == second
    [past] = look(database, past_agreements, hills.loan)
    assert (past.id, past.signed_name, past.superseded_at) == (first.id, "金井 康男", later(minutes=1))
    sheet, drawing = look(database, superseded_sheet, hills.loan, first.id)
    assert drawing == DRAWING.content and sheet.signer is not None and sheet.signer.name == "金井 康男"
    for wrong in (second.id, "0", "x"):
        with pytest.raises(NotFound):
            look(database, superseded_sheet, hills.loan, wrong)
    # What a repeated act of signing answers is what it signed, also after the loan passed on.
    assert look(database, agreement_again, first.id).id == look(database, agreement_again, hills.loan).id == first.id


def test_the_successor_signs_for_the_time_from_the_transfer(database: Database, hills: Hills) -> None:
    assert look(database, loan_sheet, hills.loan, now=NOON).document.lent_on == date(2026, 11, 24)
    hills.pass_on(now=later(days=3))
    assert look(database, loan_sheet, hills.loan, now=later(days=4)).document.lent_on == date(2026, 11, 27)
    assert loan(database, hills.loan).lent_at == NOON


def test_a_due_day_stays_and_an_end_of_office_moves_with_the_officer(database: Database, hills: Hills) -> None:
    device(database, "T3")
    dated = lend(
        database, {"association": hills.association}, "T3", now=later(days=-40), due={"on": date(2026, 12, 24)}
    )
    end = EndOffice(until=date(2027, 3, 31))
    act(database, end_office, end, association=hills.association, officer=hills.new)
    act(database, transfer, PassOn(officer=hills.new), loan=dated.number)
    assert loan(database, dated.number).due.on == date(2026, 12, 24)
    assert hills.pass_on().due.on == date(2027, 3, 31)


def test_a_loan_may_pass_to_another_association(database: Database, hills: Hills) -> None:
    other = association(database, "茂木町自治会").id
    officer = head(database, other, name="髙橋 節子").id
    card = hills.pass_on(officer=officer)
    assert (card.borrower.id, card.officer and card.officer.id) == (other, officer)
    [row] = look(database, transfers_of, hills.loan)
    assert (row.from_association, row.to_association) == ("堀越町自治会", "茂木町自治会")


def test_what_cannot_pass_says_why_and_changes_nothing(database: Database, hills: Hills) -> None:
    section = lend_section(database)
    empty = association(database, "役員のいない自治会").id
    gone = head(database, empty, since=date(2025, 4, 1), until=date(2026, 3, 31)).id
    before = [rows(database, name) for name in ("loan", "transfer", "hold", "entry")]
    for order, number in (
        ({"association": empty}, hills.loan),
        ({"officer": gone}, hills.loan),
        ({"officer": hills.old}, hills.loan),
        ({"association": hills.association}, section),
    ):
        with pytest.raises(Conflict):
            act(database, transfer, PassOn.model_validate(order), loan=number)
    for order, number in (
        ({"officer": "99"}, hills.loan),
        ({"association": "99"}, hills.loan),
        ({"officer": hills.new}, "R1-00001"),
    ):
        with pytest.raises(NotFound):
            act(database, transfer, PassOn.model_validate(order), loan=number)
    assert [rows(database, name) for name in ("loan", "transfer", "hold", "entry")] == before
    bring_back(database, "T1", "T2")
    with pytest.raises(Conflict):
        hills.pass_on()
    for wrong in ({}, {"officer": "1", "association": "1"}, {"who": "1"}):
        with pytest.raises(ValidationError):
            PassOn.model_validate(wrong)


def test_a_stand_in_goes_with_the_loan_that_it_stands_for(database: Database, hills: Hills) -> None:
    device(database, "T3")
    stood_in(database, told(database, "T1"), "T3")
    spare = seen(database, "T3").loan
    assert spare is not None

    def in_charge() -> str | None:
        officer = loan(database, spare.number).officer
        return officer.id if officer else None

    assert in_charge() == hills.old
    hills.pass_on()
    assert in_charge() == hills.new and HoldReason.WIPE in holds(database, "T3")
    act(database, undo, operation="pass")
    assert in_charge() == hills.old and HoldReason.WIPE not in holds(database, "T3")
    # What stands in for something else, or is back, stays with whom it was.
    bring_back(database, "T3")
    hills.pass_on(op_id="again")
    assert in_charge() == hills.old


@pytest.mark.parametrize("handover", ["wipe", "check"])
def test_who_is_elected_again_neither_wipes_nor_hands_over(database: Database, handover: str) -> None:
    hills = Hills(database, handover=handover)
    first = hills.sign()
    served = {"line": 1, "cells": {"association": "堀越町自治会", "name": "金井 康男", "since": "2026-11-20"}}
    act(database, end_office, EndOffice(until=date(2026, 11, 10)), association=hills.association, officer=hills.new)
    act(database, enter_roster, SentRoster.model_validate({"rows": [served]}))
    again = look(database, heads_of, [int(hills.association)], date(2026, 11, 24))[int(hills.association)]
    persons = {row.id: row.person_id for row in rows(database, "officer")}
    assert again.id != hills.old and persons[int(again.id)] == persons[int(hills.old)]
    act(database, transfer_many, PassOnMany(loans=[hills.loan]), op_id="april")
    assert holds(database, "T1") == set()
    card = loan(database, hills.loan)
    assert (card.officer and card.officer.id, card.agreement) == (again.id, "missing")
    with pytest.raises(Conflict):
        look(database, waiting_check, hills.loan)
    assert look(database, stages_of, hills.loan, now=NOON) == [TermStage.UNKNOWN, TermStage.UNSIGNED]
    act(database, undo, operation="april")
    assert look(database, agreement_card, hills.loan).id == first.id


def test_what_an_earlier_transfer_waits_for_is_waited_for_still(database: Database) -> None:
    hills = Hills(database, handover="check")
    hills.pass_on()
    served = {"line": 1, "cells": {"association": "堀越町自治会", "name": "新井 和江", "since": "2026-11-22"}}
    act(database, enter_roster, SentRoster.model_validate({"rows": [served]}))
    hills.pass_on(op_id="again")
    assert TermStage.CHECKING in look(database, stages_of, hills.loan, now=NOON)
    act(database, record_handover, RecordHandover.model_validate(CONSENT), loan=hills.loan)
    assert TermStage.CHECKING not in look(database, stages_of, hills.loan, now=NOON)


def test_nothing_passes_to_whoever_was_erased(database: Database, hills: Hills) -> None:
    person = look(database, officer_card, hills.new, now=NOON).person
    act(database, erase_person, ErasePerson(), person=person)
    assert [one.id for one in look(database, passing, hills.loan, now=NOON).officers] == []
    with pytest.raises(Conflict):
        hills.pass_on(officer=hills.new)
    told = act(database, transfer_many, PassOnMany(loans=[hills.loan]))
    assert [one.outcome for one in told.results] == ["refused"]
    device(database, "T3")
    lent = lend(database, {"association": hills.association}, "T3", due={"on": date(2026, 12, 1)})
    assert lent.officer is not None and lent.officer.id == hills.old


def lend_section(database: Database) -> str:
    device(database, "T9")
    return lend(database, {"section": "福祉課"}, "T9", due={"on": date(2026, 12, 1)}).number


def test_a_return_told_late_ends_the_loan_whoever_has_it_now(database: Database, hills: Hills) -> None:
    hills.pass_on()
    item = Scan(op_id="late", seq=1, act=ScanAct.RETURN, code="T1", occurred_at=later(minutes=-30))
    said = act(database, scan, item, desk="公民館", now=later(hours=3), op_id="late")
    # The loan began at noon: a return from before it ended nothing; one from after the transfer ends it.
    assert (said.outcome, said.loan) == ("applied", None)
    item = Scan(op_id="late-2", seq=2, act=ScanAct.RETURN, code="T2", occurred_at=later(hours=1))
    said = act(database, scan, item, desk="公民館", now=later(hours=3), op_id="late-2")
    assert (said.outcome, said.loan) == ("applied", hills.loan)
    assert loan(database, hills.loan).officer is not None


class TestManyAtOnce:
    def test_each_goes_to_its_own_head_and_one_that_cannot_is_named(self, database: Database, hills: Hills) -> None:
        section = lend_section(database)
        empty = association(database, "役員のいない自治会").id
        gone = head(database, empty, since=date(2025, 4, 1))
        device(database, "T8")
        left = lend(database, {"association": empty}, "T8").number
        end = EndOffice(until=date(2026, 11, 23))
        act(database, end_office, end, association=empty, officer=gone.id)
        order = PassOnMany(loans=[hills.loan, section, left, "R1-00009", hills.loan.lower()])
        desk = member(database, "desk", Role.DESK)
        done = act(database, transfer_many, order, by=desk, op_id="april")
        assert [(one.loan, one.outcome, one.code) for one in done.results] == [
            (hills.loan, "transferred", None),
            (section, "refused", "refused"),
            (left, "refused", "refused"),
            ("R1-00009", "refused", "not-found"),
        ]
        assert all(one.detail for one in done.results if one.outcome == "refused")
        [row] = rows(database, "transfer")
        assert row.entry == rows(database, "entry")[-1].seq
        [told] = [entry for entry in rows(database, "entry") if entry.op_id == "april"]
        assert [verb for verb, _ in told.data["notes"]] == ["transfer_many", "transfer"]
        # One of many is not taken back alone, where the others are not in sight.
        past = look(database, loan_history, hills.loan, by=desk, now=NOON)
        assert (past[0].what, past[0].undoable) == ("transferred", False)

    def test_ninety_in_one_act(self, database: Database) -> None:
        numbers = ninety(database)
        done = act(database, transfer_many, PassOnMany(loans=numbers), op_id="april")
        assert {one.outcome for one in done.results} == {"transferred"}
        assert len(rows(database, "transfer")) == 90
        assert len(look(database, list_loans, now=NOON, agreement="missing", limit=200).items) == 90
        act(database, undo, operation="april", now=later(minutes=10))
        assert {hold.closed_at for hold in rows(database, "hold")} == {later(minutes=10)}


def ninety(database: Database, count: int = 90) -> list[str]:
    """Loans of so many associations whose heads changed."""
    tablets(database, handover="wipe", agreement_required=True)
    numbers = []
    for at in range(count):
        place = association(database, f"第{at}自治会").id
        head(database, place, since=date(2025, 4, 1))
        device(database, f"N{at}")
        numbers.append(lend(database, {"association": place}, f"N{at}").number)
        head(database, place, name="新井 和江", since=date(2026, 11, 1))
    return numbers


class TestTheCheck:
    @pytest.fixture
    def hills(self, database: Database) -> Hills:
        return Hills(database, handover="check")

    def test_both_consent_and_the_list_is_gone_through(self, database: Database, hills: Hills) -> None:
        hills.pass_on()
        assert holds(database, "T1") == set()
        assert look(database, waiting_check, hills.loan).checked_at is None
        order = RecordHandover.model_validate(CONSENT | {"checklist": [*CONSENT["checklist"], "accounts"]})  # type: ignore[misc]
        act(database, record_handover, order, loan=hills.loan, now=later(days=1))
        [row] = rows(database, "transfer")
        assert (row.checked_at, row.checklist) == (later(days=1), ["photos", "line", "passcode", "accounts"])
        with pytest.raises(Conflict):
            act(database, record_handover, order, loan=hills.loan)

    @pytest.mark.parametrize(
        ("lacking", "fields"),
        [
            ({"from": False}, ["from"]),
            ({"to": False}, ["to"]),
            ({"checklist": ["photos", "line"]}, ["checklist"]),
            ({"from": False, "to": False, "checklist": []}, ["from", "to", "checklist"]),
        ],
    )
    def test_what_is_lacking_is_named(
        self, database: Database, hills: Hills, lacking: dict[str, Any], fields: list[str]
    ) -> None:
        hills.pass_on()
        with pytest.raises(Invalid) as refusal:
            act(database, record_handover, RecordHandover.model_validate(CONSENT | lacking), loan=hills.loan)
        assert [error["field"] for error in refusal.value.errors] == fields
        assert rows(database, "transfer")[0].checked_at is None

    def test_no_check_is_waited_for_before_a_transfer_or_with_a_wipe(self, database: Database, hills: Hills) -> None:
        order = RecordHandover.model_validate(CONSENT)
        with pytest.raises(NotFound):
            act(database, record_handover, order, loan="R1-00001")
        with pytest.raises(Conflict):
            act(database, record_handover, order, loan=hills.loan)
        act(database, change_pool, PoolChange(handover=Handover.WIPE), pool="tablets", revision=1)
        hills.pass_on()
        with pytest.raises(Conflict):
            act(database, record_handover, order, loan=hills.loan)

    def test_only_the_last_transfer_waits(self, database: Database, hills: Hills) -> None:
        hills.pass_on()
        hills.pass_on(officer=hills.old, op_id="again")
        waiting = look(database, waiting_check, hills.loan)
        assert waiting.to_officer.id == hills.old
        assert list(Checked) == ["photos", "line", "passcode", "accounts", "accessories"]


class TestUndoing:
    def test_everything_is_as_before(self, database: Database, hills: Hills) -> None:
        first = hills.sign()
        before = loan(database, hills.loan)
        hills.pass_on()
        undone = act(database, undo, operation="pass", now=later(minutes=14))
        assert (undone.act, undone.devices) == ("transfer", ["T1", "T2"])
        assert loan(database, hills.loan) == before
        assert look(database, agreement_card, hills.loan).id == first.id
        assert holds(database, "T1") == holds(database, "T2") == set()
        assert [one.undone for one in look(database, transfers_of, hills.loan)] == [True]
        with pytest.raises(NotFound):
            act(database, undo, operation="pass")
        hills.pass_on(op_id="again")
        assert loan(database, hills.loan).officer.id == hills.new  # type: ignore[union-attr]

    def test_not_after_what_builds_on_it(self, database: Database, hills: Hills) -> None:
        hills.pass_on()
        hills.sign("新井 和江")
        with pytest.raises(TooLateToUndo):
            act(database, undo, operation="pass")

    def test_not_after_a_return(self, database: Database, hills: Hills) -> None:
        hills.pass_on()
        bring_back(database, "T1")
        with pytest.raises(TooLateToUndo):
            act(database, undo, operation="pass")
        assert holds(database, "T1") == {HoldReason.WIPE}

    def test_not_after_the_next_transfer(self, database: Database, hills: Hills) -> None:
        hills.pass_on()
        hills.pass_on(officer=hills.old, op_id="again")
        with pytest.raises(TooLateToUndo):
            act(database, undo, operation="pass")
        act(database, undo, operation="again")
        act(database, undo, operation="pass")
        assert loan(database, hills.loan).officer.id == hills.old  # type: ignore[union-attr]

    def test_not_after_the_check_or_a_quarter_of_an_hour(self, database: Database) -> None:
        hills = Hills(database, handover="check")
        hills.pass_on()
        with pytest.raises(TooLateToUndo):
            act(database, undo, operation="pass", now=later(minutes=16))
        act(database, record_handover, RecordHandover.model_validate(CONSENT), loan=hills.loan)
        with pytest.raises(TooLateToUndo):
            act(database, undo, operation="pass")

    def test_neither_lending_nor_returning_is_undone_behind_it(self, database: Database, hills: Hills) -> None:
        lent = rows(database, "entry")[rows(database, "loan_item")[0].entry - 1].op_id
        back = TakeBack.model_validate({"devices": ["T2"]})
        act(database, take_back, back, op_id="back")
        hills.pass_on(now=later(minutes=1))
        for operation in ("back", lent):
            with pytest.raises(TooLateToUndo):
                act(database, undo, operation=operation, now=later(minutes=2))
        assert [one.returned_at for one in loan(database, hills.loan).items] == [None, NOON]
        act(database, undo, operation="pass", now=later(minutes=3))
        act(database, undo, operation="back", now=later(minutes=4))
        assert [one.returned_at for one in loan(database, hills.loan).items] == [None, None]

    def test_the_past_of_the_loan_tells_of_it(self, database: Database, hills: Hills) -> None:
        desk = member(database, "desk", Role.DESK)
        hills.pass_on(by=desk)
        admin = replace(desk, roles=frozenset({Role.ADMIN}))
        past = look(database, loan_history, hills.loan, by=admin, now=NOON)
        assert [one.what for one in past if one.undoable] == ["transferred"]
        newest = look(database, loan_history, hills.loan, by=desk, now=NOON)[0]
        assert (newest.what, newest.undoable) == ("transferred", True)
        assert newest.transfer is not None and newest.transfer.to_officer.name == "新井 和江"
        act(database, undo, operation="pass", by=desk, now=later(minutes=1))
        told = [one.what for one in look(database, loan_history, hills.loan, by=desk, now=later(minutes=1))]
        assert (told[0], sorted(told[1:])) == ("transfer_undone", ["lent", "transferred"])
        assert not any(
            one.undoable and one.what == "transferred"
            for one in look(database, loan_history, hills.loan, by=desk, now=later(minutes=1))
        )


STEPS = st.lists(st.sampled_from(["old", "new", "deputy", "return", "sign", "undo"]), min_size=1, max_size=8)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_a_transfer_never_touches_what_went_out(database: Database, steps: list[str]) -> None:
    place = association(database, f"自治会{uuid.uuid4().hex[:8]}").id
    if not look(database, lambda session: session.get(Pool, "tablets")):
        tablets(database, handover="wipe", agreement_required=True)
    number = f"P{uuid.uuid4().hex[:8]}"
    device(database, number)
    officers = {"old": head(database, place, since=date(2025, 4, 1)).id}
    lent = lend(database, {"association": place}, number).number
    officers |= {
        "new": head(database, place, since=date(2026, 11, 1)).id,
        "deputy": head(database, place, office="副会長").id,
    }
    signed: list[str] = []
    last = ""
    for at, step in enumerate(steps):
        items = rows(database, "loan_item")
        op_id, now = uuid.uuid4().hex, later(seconds=at)
        try:
            if step in officers:
                act(database, transfer, PassOn(officer=officers[step]), loan=lent, now=now, op_id=op_id)
                last = op_id
            elif step == "undo":
                act(database, undo, operation=last, now=now)
            elif step == "sign":
                signed.append(act(database, sign, Sign(signed_name="名", consent=True), loan=lent, ready=None).id)
            else:
                bring_back(database, number, now=now)
        except Refusal:
            assert rows(database, "loan_item") == items
            continue
        if step in officers or step in ("undo", "sign"):
            assert rows(database, "loan_item") == items
    # Every agreement is there still; at most one of them stands.
    kept = [row for row in rows(database, "agreement") if str(row.id) in signed]
    assert len(kept) == len(signed) and sum(row.superseded_at is None for row in kept) <= 1
    with reading(database) as session:
        card = loan_card(session, lent, now=NOON)
    assert card.officer is not None and card.officer.id in officers.values()


def test_of_two_at_once_one_passes_and_the_other_is_told(database: Database, hills: Hills) -> None:
    def pass_on(op_id: str) -> str:
        try:
            hills.pass_on(op_id=op_id)
        except Conflict:
            return "refused"
        return "passed"

    with ThreadPoolExecutor(4) as desks:
        said = list(desks.map(pass_on, ["a", "b", "c", "d"]))
    assert sorted(said) == ["passed", "refused", "refused", "refused"]
    assert len(rows(database, "transfer")) == 1
    assert len([hold for hold in rows(database, "hold") if hold.closed_at is None]) == 2


def test_what_became_of_one_names_nobody() -> None:
    assert set(PassedOn.model_fields) == {"loan", "outcome", "way", "code", "detail"}
