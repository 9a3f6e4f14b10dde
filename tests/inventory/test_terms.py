"""The list of terms: whose ends soon, what stayed with a head who left, what a transfer still waits for."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from inventory.agreements import Sign, sign
from inventory.calendar import today
from inventory.database import Database
from inventory.demo import city
from inventory.demo.terms import FORMER
from inventory.handovers import RecordHandover, record_handover
from inventory.loans import loan_card
from inventory.officers import EndOffice, end_office
from inventory.people import NewDistrict, create_district
from inventory.terms import (
    NEAR,
    LeftBehind,
    TermList,
    TermStage,
    left_behind,
    list_terms,
    stages_of,
    unsigned_loans,
)
from inventory.transfers import PassOn, transfer
from inventory.undo import undo
from tests.inventory.city import (
    NOON,
    act,
    association,
    bring_back,
    device,
    devices,
    head,
    later,
    lend,
    look,
    phones,
    release,
    rows,
    tablets,
)

TODAY = today(NOON)
LONG = date(2027, 3, 31)
CHECKED = RecordHandover.model_validate({"from": True, "to": True, "checklist": ["photos", "line", "passcode"]})


@pytest.fixture
def pools(database: Database) -> Database:
    tablets(database, handover="wipe", agreement_required=True)
    phones(database, handover="check")
    return database


def place(database: Database, name: str, number: str, until: date | None = LONG, **more: str) -> tuple[str, str, str]:
    """An association with a head since 2025 and a loan: the association's and officer's ids and the loan's number."""
    made = association(database, name, **more).id
    officer = head(database, made, since=date(2025, 4, 1), until=until).id
    device(database, number, pool="phones" if number.startswith("S") else "tablets")
    # Lent long ago, when nobody had followed yet.
    loan = lend(database, {"association": made}, number, now=later(days=-300), due={"end_of_office": True})
    return made, officer, loan.number


def stages(database: Database, **narrow: str) -> dict[str, list[str]]:
    found: TermList = look(database, list_terms, now=NOON, **narrow)
    return {item.loan.number: [stage.value for stage in item.stages] for item in found.items}


def signed(database: Database, loan: str) -> None:
    act(database, sign, Sign(signed_name="金井", consent=True), loan=loan, ready=None)


@pytest.mark.parametrize(
    ("until", "found"),
    [
        (TODAY - timedelta(days=1), ["behind"]),
        (TODAY, ["ending"]),
        (TODAY + timedelta(days=NEAR), ["ending"]),
        (TODAY + timedelta(days=NEAR + 1), []),
        (None, ["unknown"]),
    ],
)
def test_an_end_of_office_is_over_near_far_or_unknown(
    database: Database, pools: Database, until: date | None, found: list[str]
) -> None:
    _, _, loan = place(database, "堀越町自治会", "S1", until)
    assert stages(database) == ({loan: found} if found else {})


def test_a_device_stays_behind_when_somebody_began_in_the_same_office(database: Database, pools: Database) -> None:
    made, old, loan = place(database, "堀越町自治会", "S1", None)
    head(database, made, name="副", office="副会長", since=date(2026, 4, 1))
    head(database, made, name="まだ", since=TODAY + timedelta(days=1))
    assert stages(database) == {loan: ["unknown"]}
    [item] = look(database, list_terms, now=NOON).items
    assert item.successor is not None and (item.successor.name, item.ready) == ("まだ", False)
    new = head(database, made, name="新井 和江", since=TODAY).id
    [item] = look(database, list_terms, now=NOON).items
    assert item.stages == [TermStage.BEHIND] and item.ready
    assert item.successor is not None and item.successor.id == new and item.successor.phone is None
    assert (item.loan.officer and item.loan.officer.id, item.office_from) == (old, date(2025, 4, 1))
    act(database, transfer, PassOn(officer=new), loan=loan)
    assert stages(database) == {loan: ["unknown", "checking"]}


def test_of_several_in_one_office_the_earlier_is_not_behind(database: Database, pools: Database) -> None:
    made = association(database, "堀越町自治会").id
    first = head(database, made, name="副 一", office="副会長", since=date(2024, 4, 1), until=LONG).id
    unknown = head(database, made, name="副 二", office="副会長", since=date(2024, 4, 1)).id
    for number, officer in (("S1", first), ("S2", unknown)):
        device(database, number, pool="phones")
        loan = lend(database, {"association": made}, number, due={"end_of_office": True}).number
        if look(database, loan_card, loan, now=NOON).officer.id != officer:  # type: ignore[union-attr]
            act(database, transfer, PassOn(officer=officer), loan=loan)
            act(database, record_handover, CHECKED, loan=loan)
    head(database, made, name="副 三", office="副会長", since=date(2026, 4, 1))
    assert [found for found in stages(database).values() if "behind" in found] == []
    assert look(database, left_behind, now=NOON) == LeftBehind(loans=0, devices=0)


def test_an_end_entered_late_shows_what_stayed_behind(database: Database, pools: Database) -> None:
    made, officer, loan = place(database, "堀越町自治会", "S1")
    assert stages(database) == {}
    act(database, end_office, EndOffice(until=date(2026, 10, 31)), association=made, officer=officer)
    [item] = look(database, list_terms, now=NOON).items
    assert (item.stages, item.ready, item.successor) == ([TermStage.BEHIND], False, None)
    assert item.office_until == date(2026, 10, 31) and item.loan.number == loan


def test_the_next_head_is_named_before_the_term_begins(database: Database, pools: Database) -> None:
    made, _, _ = place(database, "堀越町自治会", "S1", TODAY + timedelta(days=20))
    head(database, made, name="新井 和江", since=TODAY + timedelta(days=21))
    [item] = look(database, list_terms, now=NOON).items
    assert item.successor is not None
    assert (item.successor.name, item.successor.in_office, item.ready) == ("新井 和江", False, False)


def test_a_transfer_waits_for_wipe_check_and_signature(database: Database, pools: Database) -> None:
    first, _, wiped = place(database, "堀越町自治会", "T1")
    second, _, checked = place(database, "茂木町自治会", "S1")
    signed(database, wiped)
    assert stages(database) == {}
    for made, loan in ((first, wiped), (second, checked)):
        new = head(database, made, since=TODAY, until=LONG).id
        act(database, transfer, PassOn(officer=new), loan=loan)
    assert stages(database) == {wiped: ["wiping", "unsigned"], checked: ["checking"]}
    assert look(database, unsigned_loans, now=NOON) == [wiped]
    assert look(database, stages_of, wiped, now=NOON) == [TermStage.WIPING, TermStage.UNSIGNED]
    release(database, "T1", "wipe")
    act(database, record_handover, CHECKED, loan=checked)
    assert stages(database) == {wiped: ["unsigned"]}
    signed(database, wiped)
    assert stages(database) == {}


def test_nobody_is_asked_to_sign_for_what_stayed_behind(database: Database, pools: Database) -> None:
    _, _, loan = place(database, "堀越町自治会", "T1", TODAY - timedelta(days=3))
    assert stages(database) == {loan: ["behind"]}
    assert look(database, unsigned_loans, now=NOON) == []
    assert look(database, left_behind, now=NOON) == LeftBehind(loans=1, devices=1)
    assert look(database, stages_of, loan, now=NOON) == [TermStage.BEHIND]
    bring_back(database, "T1")
    assert look(database, left_behind, now=NOON) == LeftBehind(loans=0, devices=0)
    assert look(database, stages_of, loan, now=NOON) == []


def test_what_came_back_and_what_is_not_an_associations_is_not_listed(database: Database, pools: Database) -> None:
    _, _, loan = place(database, "堀越町自治会", "T1", None)
    device(database, "T2")
    lend(database, {"section": "福祉課"}, "T2", due={"on": LONG})
    assert list(stages(database)) == [loan]
    bring_back(database, "T1")
    assert stages(database) == {}


def test_a_list_by_district_and_by_stage(database: Database, pools: Database) -> None:
    south = act(database, create_district, NewDistrict(name="南橘地区", name_kana="ナンキツチク")).id
    north = act(database, create_district, NewDistrict(name="大胡地区", name_kana="オオゴチク")).id
    _, _, later_one = place(database, "荒牧町自治会", "S1", None, district=south)
    _, _, first = place(database, "堀越町自治会", "S2", TODAY, district=north)
    _, _, nowhere = place(database, "地区のない自治会", "S3", None)
    assert list(stages(database)) == [nowhere, first, later_one]
    assert list(stages(database, district=south)) == [later_one]
    assert list(stages(database, stage=TermStage.ENDING)) == [first]
    cut = look(database, list_terms, now=NOON, limit=2)
    assert (len(cut.items), cut.more) == (2, True)


def test_an_undone_transfer_is_waited_for_no_more(database: Database, pools: Database) -> None:
    made, _, loan = place(database, "堀越町自治会", "S1")
    new = head(database, made, since=TODAY, until=LONG).id
    act(database, transfer, PassOn(officer=new), loan=loan, op_id="slip")
    assert stages(database) == {loan: ["checking"]}
    act(database, undo, operation="slip")
    assert stages(database) == {loan: ["behind"]}
    assert len(rows(database, "transfer")) == 1


def test_several_loans_of_one_association_stand_beside_each_other(database: Database, pools: Database) -> None:
    made, _, first = place(database, "堀越町自治会", "S1", None)
    devices(database, "S2", "S3", pool="phones")
    second = lend(database, {"association": made}, "S2", "S3", now=later(days=-1)).number
    _, _, other = place(database, "茂木町自治会", "S4", None)
    assert list(stages(database)) == [first, second, other]


def test_the_demo_city_has_something_of_most(database: Database, tmp_path: Path) -> None:
    assert city.load(database, tmp_path / "sign-in.txt", now=NOON)
    found = look(database, list_terms, now=NOON).items
    behind = [item for item in found if TermStage.BEHIND in item.stages]
    assert {item.association for item in behind} == set(FORMER)
    assert all(item.ready and item.successor and item.office_until is None for item in behind)
    told = {stage for item in found for stage in item.stages}
    assert told == {TermStage.BEHIND, TermStage.ENDING, TermStage.WIPING, TermStage.UNSIGNED}
