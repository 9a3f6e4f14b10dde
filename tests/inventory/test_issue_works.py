"""A report leads to a repair and a stand-in, and both come back to rights."""

from datetime import date

import pytest

from inventory.database import Database
from inventory.errors import AlreadyLent, Conflict, Held, Invalid, NotFound
from inventory.issue_works import spare_devices, substitutes_to_come_back
from inventory.tables import DeviceState, HoldReason, IssueState
from tests.inventory.city import (
    NOON,
    association,
    bring_back,
    device,
    head,
    later,
    lend,
    loan,
    look,
    release,
    rows,
    seen,
    stop,
    tablets,
    venue,
)
from tests.inventory.troubled import answered, card, lent_tablet, mended, merged, stood_in, stopped, told


def reasons(database: Database, asset_number: str) -> list[str]:
    return [hold.reason.value for hold in seen(database, asset_number).holds]


def test_a_repair_stops_a_device_that_is_out(database: Database) -> None:
    lent_tablet(database)
    issue = told(database)
    found = stopped(database, issue)
    assert [(hold.reason, hold.closed_at) for hold in found.holds] == [(HoldReason.REPAIR, None)]
    assert found.state is IssueState.IN_PROGRESS
    assert (seen(database, "T1").state, reasons(database, "T1")) == (DeviceState.ON_LOAN, ["repair"])
    stopped(database, issue)
    assert len(rows(database, "issue_hold")) == len(rows(database, "hold")) == 1
    bring_back(database, "T1")
    with pytest.raises(Held):
        lend(database, {"section": "福祉課"}, "T1", due={"on": "2026-12-24"})


def test_a_hold_that_is_open_already_is_linked_once(database: Database) -> None:
    lent_tablet(database)
    first, second = told(database), told(database)
    stop(database, "T1", "repair", "画面")
    stopped(database, first)
    stopped(database, second)
    assert [(row.issue_id, row.hold_id) for row in rows(database, "issue_hold")] == [(int(first), 1)]
    assert [hold.note for hold in card(database, second).holds] == ["画面"]


def test_a_stand_in_goes_out_until_the_device_itself_is_due(database: Database) -> None:
    number = lent_tablet(database, due={"on": "2027-03-31"})
    device(database, "T9")
    issue = told(database)
    found = stood_in(database, issue, "t9")
    substitute = found.substitutes[0]
    assert (substitute.asset_number, substitute.due_on, substitute.comes_back) == ("T9", date(2027, 3, 31), False)
    lent = loan(database, substitute.loan)
    assert (lent.borrower.type, lent.borrower.id) == ("substitute", "T1")
    assert lent.officer is not None and lent.officer == loan(database, number).officer
    assert (reasons(database, "T1"), found.state) == (["repair"], IssueState.IN_PROGRESS)
    assert [row.issue_id for row in rows(database, "issue_substitute")] == [int(issue)]


@pytest.mark.parametrize("until", [None, date(2027, 3, 31)])
def test_a_stand_in_for_a_term_ends_with_the_term(database: Database, until: date | None) -> None:
    tablets(database, default_days=14, agreement_required=True)
    for number in ("T1", "T9"):
        device(database, number)
    led = association(database)
    head(database, led.id, until=until)
    lend(database, {"association": led.id}, "T1")
    lent = loan(database, stood_in(database, told(database), "T9").substitutes[0].loan)
    assert (lent.due.end_of_office, lent.due.on) == (True, until)
    assert lent.agreement == "missing"


@pytest.mark.parametrize(("days", "due"), [(14, date(2026, 12, 8)), (None, date(2026, 12, 25))])
def test_a_stand_in_for_a_device_on_the_shelf_has_the_days_of_its_pool(
    database: Database, days: int | None, due: date
) -> None:
    tablets(database, default_days=days)
    for number in ("T1", "T9"):
        device(database, number)
    assert loan(database, stood_in(database, told(database), "T9").substitutes[0].loan).due.on == due


def test_who_cannot_stand_in(database: Database) -> None:
    lent_tablet(database)
    venue(database)
    for number in ("T8", "T9"):
        device(database, number)
    issue, wifi = told(database), told(database, "ohgo", category="network")
    lend(database, {"section": "福祉課"}, "T8", due={"on": "2026-12-24"})
    stop(database, "T9", "wipe")
    for refusal, stand_in, of in (
        (AlreadyLent, "T8", issue),
        (Held, "T9", issue),
        (NotFound, "T7", issue),
        (Invalid, "t1", issue),
        (Conflict, "T9", wifi),
    ):
        with pytest.raises(refusal):
            stood_in(database, of, stand_in)
    assert reasons(database, "T1") == [], "a stand-in that could not go out left the device stopped"
    with pytest.raises(Conflict):
        stopped(database, wifi)


def test_the_repaired_device_is_handed_back_and_the_stand_in_returns(database: Database) -> None:
    number = lent_tablet(database)
    device(database, "T9")
    issue = told(database)
    stood_in(database, issue, "T9")
    assert look(database, substitutes_to_come_back) == []
    found = mended(database, issue, now=later(days=3), substitutes_back=True, resolved=True)
    assert (found.state, reasons(database, "T1")) == (IssueState.RESOLVED, [])
    assert [substitute.returned_at for substitute in found.substitutes] == [later(days=3)]
    assert loan(database, number).open, "the device itself stays with its head"
    assert not loan(database, found.substitutes[0].loan).open
    assert look(database, substitutes_to_come_back) == []


def test_a_stand_in_that_stays_behind_is_called_for(database: Database) -> None:
    lent_tablet(database)
    device(database, "T9")
    issue = told(database)
    stood_in(database, issue, "T9")
    found = mended(database, issue, now=later(days=3))
    assert [substitute.comes_back for substitute in found.substitutes] == [True]
    waiting = look(database, substitutes_to_come_back)
    assert [(one.issue, one.asset_number, one.substitute_for) for one in waiting] == [(issue, "T9", "T1")]
    again = mended(database, issue, now=later(days=4), substitutes_back=True)
    assert [substitute.returned_at for substitute in again.substitutes] == [later(days=4)]
    assert look(database, substitutes_to_come_back) == []
    with pytest.raises(Conflict):
        mended(database, issue, now=later(days=5))


def test_a_stand_in_is_called_for_however_the_repair_ended(database: Database) -> None:
    lent_tablet(database)
    device(database, "T9")
    stood_in(database, told(database), "T9")
    release(database, "T1", "repair")
    assert [one.asset_number for one in look(database, substitutes_to_come_back)] == ["T9"]
    bring_back(database, "T9")
    assert look(database, substitutes_to_come_back) == []


def test_merged_reports_have_their_stops_and_stand_ins_together(database: Database) -> None:
    lent_tablet(database)
    device(database, "T9")
    first, second = told(database), told(database)
    stood_in(database, second, "T9")
    merged(database, second, first)
    found = card(database, first)
    assert [substitute.asset_number for substitute in found.substitutes] == ["T9"]
    assert [hold.reason for hold in found.holds] == [HoldReason.REPAIR]
    assert mended(database, first, substitutes_back=True).substitutes[0].returned_at == NOON
    assert answered(database, first).state is IssueState.IN_PROGRESS


def test_spare_devices_are_those_that_can_go_out(database: Database) -> None:
    lent_tablet(database)
    for number in ("T2", "T3", "T4"):
        device(database, number)
    stop(database, "T2", "wipe")
    assert [spare.asset_number for spare in look(database, spare_devices, "tablets")] == ["T3", "T4"]
