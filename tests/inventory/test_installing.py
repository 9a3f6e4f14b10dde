"""Devices that stay at a venue: out, but never due, late or reminded of, and back when they are taken down."""

from datetime import date

import pytest

from inventory.access_point_lists import AccessPointCard, access_point_card
from inventory.database import Database
from inventory.devices import list_devices
from inventory.due import DueBy
from inventory.errors import AlreadyLent, Held, Invalid, NotFound, Retired
from inventory.extending import Extend, ExtendAll, extend, extend_all
from inventory.history import device_history, loan_history
from inventory.loans import list_loans
from inventory.pools import NewPool, create_pool
from inventory.remaining import OfWhom, remaining
from inventory.reminding import calls_of
from inventory.tables import DeviceState, Role
from inventory.today import day_at_a_glance
from inventory.undo import undo
from tests.inventory.city import (
    NOON,
    act,
    bring_back,
    device,
    later,
    lend,
    loan,
    look,
    member,
    retired,
    rows,
    seen,
    stop,
    tablets,
    venue,
)
from tests.inventory.test_access_points import DAY, change, point, remove
from tests.inventory.test_scans import scanned

YEARS = later(days=4000)


def hall(database: Database, *devices: str, **rules: object) -> None:
    """A venue and a pool of access points with these devices."""
    venue(database)
    order = {"id": "aps", "name": "無線アクセスポイント", "kind": "access_point", "after_term": "inspect", **rules}
    act(database, create_pool, NewPool.model_validate(order))
    for number in devices:
        device(database, number, pool="aps", model="AP-300")


def here(database: Database, card: AccessPointCard) -> tuple[str, bool] | None:
    found = look(database, access_point_card, card.id).device
    return (found.asset_number, found.installed) if found else None


def test_an_access_point_takes_its_device_along_in_one_act(database: Database) -> None:
    hall(database, "AP-1")
    acts = len(rows(database, "entry"))
    card = point(database, device="ap-1", installed_on=date(2022, 6, 1))
    assert here(database, card) == ("AP-1", True)
    assert len(rows(database, "entry")) == acts + 1
    last = rows(database, "entry")[-1]
    assert (last.act, [verb for verb, _ in last.data["notes"]]) == (
        "add_access_point",
        ["add_access_point", "check_out"],
    )
    found = seen(database, "AP-1")
    assert found.loan is not None
    assert (found.state, found.loan.installed, found.loan.due_on, found.loan.end_of_office) == (
        DeviceState.ON_LOAN, True, None, False,
    )  # fmt: skip
    assert (found.loan.borrower.type, found.loan.borrower.id) == ("venue", "ohgo")
    lent = loan(database, found.loan.number)
    assert (lent.installed, lent.open, lent.overdue, lent.due.on, lent.due.at) == (True, True, False, None, None)


def test_only_an_access_point_that_may_go_out_is_installed(database: Database) -> None:
    hall(database, "LENT", "HELD", "GONE", "AWAY")
    tablets(database)
    device(database, "T1")
    venue(database, "shiki")
    point(database, "shiki", device="AWAY")
    lend(database, {"venue": "ohgo"}, "LENT", due={"on": "2027-01-01"})
    stop(database, "HELD", "repair")
    retired(database, "GONE")
    before = rows(database, "access_point"), len(rows(database, "entry"))
    for number, error in (
        ("T1", Invalid),
        ("NONE", NotFound),
        ("LENT", AlreadyLent),
        ("AWAY", AlreadyLent),
        ("HELD", Held),
        ("GONE", Retired),
    ):
        with pytest.raises(error):
            point(database, device=number)
    assert (rows(database, "access_point"), len(rows(database, "entry"))) == before


def test_what_is_installed_is_never_due(database: Database) -> None:
    hall(database, "AP-1", remind_before_days=7, remind_every_days=7, agreement_required=True, default_days=3)
    tablets(database, remind_every_days=7)
    device(database, "T1")
    point(database, device="AP-1")
    lend(database, {"venue": "ohgo"}, "T1", due={"on": "2026-11-25"})
    number = seen(database, "AP-1").loan.number  # type: ignore[union-attr]
    day = look(database, day_at_a_glance, now=YEARS)
    assert [[item.asset_number for item in card.items] for card in day.overdue] == [["T1"]]
    assert (day.overdue_total, day.unsigned_total, day.due_today) == (1, 0, [])
    assert loan(database, number, now=YEARS).overdue is False
    assert loan(database, number).agreement == "not_needed"
    assert look(database, list_loans, now=NOON, agreement="missing").items == []
    assert [[item.asset_number for item in call.items] for call in look(database, calls_of, now=YEARS)] == [["T1"]]
    left = look(database, remaining, OfWhom(venue="ohgo"), now=NOON)
    assert ([one.asset_number for one in left.devices_out], left.lent) == (["T1"], 1)

    def listed(state: str) -> list[str]:
        cards = look(database, list_loans, now=YEARS, state=state).items
        return [item.asset_number for card in cards for item in card.items]

    assert (listed("open"), listed("overdue"), listed("installed"), listed("closed")) == (["T1"], ["T1"], ["AP-1"], [])
    out = look(database, list_devices, state=DeviceState.ON_LOAN).items
    assert [(card.asset_number, bool(card.loan and card.loan.installed)) for card in out] == [
        ("AP-1", True),
        ("T1", False),
    ]


def test_no_day_can_be_given_to_what_is_installed(database: Database) -> None:
    hall(database, "AP-1")
    tablets(database)
    device(database, "T1")
    point(database, device="AP-1")
    lend(database, {"venue": "ohgo"}, "T1", due={"on": "2026-11-25"})
    number = seen(database, "AP-1").loan.number  # type: ignore[union-attr]
    with pytest.raises(Invalid):
        act(database, extend, Extend(due=DueBy(on=date(2027, 1, 1))), loan=number)
    done = act(database, extend_all, ExtendAll(borrower="venue:ohgo", on=date(2027, 1, 1)))
    assert done.loans == [seen(database, "T1").loan.number]  # type: ignore[union-attr]
    assert loan(database, number).due.on is None


def test_a_device_comes_back_with_the_last_network_it_sends(database: Database) -> None:
    hall(database, "AP-1")
    guests = point(database, device="AP-1")
    staff = point(database, ssid="staff", auth="portal", device="AP-1")
    assert len(rows(database, "loan")) == 1
    remove(database, guests)
    assert here(database, staff) == ("AP-1", True)
    remove(database, staff)
    assert here(database, staff) == ("AP-1", False)
    card = seen(database, "AP-1")
    assert (card.loan, [hold.reason for hold in card.holds]) == (None, ["inspect"])
    assert [verb for verb, _ in rows(database, "entry")[-1].data["notes"]] == ["remove_access_point", "take_back"]


def test_a_change_of_device_takes_the_other_down(database: Database) -> None:
    hall(database, "AP-1", "AP-2")
    card = point(database, device="AP-1")
    card = change(database, card, device="AP-2")
    assert (here(database, card), seen(database, "AP-1").loan) == (("AP-2", True), None)
    card = change(database, card, device="AP-2", area="2階")
    assert here(database, card) == ("AP-2", True)
    card = change(database, card, device=None)
    assert (here(database, card), seen(database, "AP-2").loan) == (None, None)


def test_a_return_at_the_desk_shows_on_the_access_point(database: Database) -> None:
    hall(database, "AP-1")
    card = point(database, device="AP-1")
    by = member(database, "desk", Role.DESK)
    back = bring_back(database, "AP-1", by=by, now=later(hours=1), op_id="back")
    assert back.results[0].outcome == "returned"
    assert here(database, card) == ("AP-1", False)
    act(database, undo, operation="back", by=by, now=later(hours=1, minutes=1))
    assert here(database, card) == ("AP-1", True)
    bring_back(database, "AP-1", now=later(hours=2))
    remove(database, look(database, access_point_card, card.id))
    assert len(rows(database, "stray_return")) == 0


def test_a_device_is_put_back_where_it_was(database: Database) -> None:
    hall(database, "AP-1", after_term="none")
    card = point(database, device="AP-1")
    bring_back(database, "AP-1", now=later(hours=1))
    changed = change(database, look(database, access_point_card, card.id), device="AP-1")
    assert here(database, changed) == ("AP-1", True)


def test_a_swap_at_the_desk_lets_the_fresh_device_send(database: Database) -> None:
    hall(database, "AP-1", "AP-2")
    tablets(database)
    device(database, "T1")
    card = point(database, device="AP-1")
    assert scanned(database, "swap", "T1", target={"device": "AP-1"}, now=later(hours=1)).outcome == "refused"
    assert here(database, card) == ("AP-1", True)
    swapped = scanned(database, "swap", "AP-2", op_id="swap", target={"device": "AP-1"}, now=later(hours=2))
    assert swapped.outcome == "applied"
    assert (here(database, card), seen(database, "AP-1").loan) == (("AP-2", True), None)
    act(database, undo, operation="swap", now=later(hours=2, minutes=5))
    assert here(database, card) == ("AP-1", True)


def test_the_past_says_installed(database: Database) -> None:
    hall(database, "AP-1")
    card = point(database, device="AP-1")
    number = seen(database, "AP-1").loan.number  # type: ignore[union-attr]
    remove(database, card)
    events = look(database, device_history, "AP-1").items
    assert {event.what: event.installed for event in events if event.loan} == {"lent": True, "returned": True}
    acts = look(database, loan_history, number, by=member(database, "it", Role.IT), now=NOON)
    assert sorted(one.what for one in acts) == ["lent", "returned"]


def test_an_installed_loan_is_the_venues(database: Database) -> None:
    hall(database, "AP-1")
    point(database, device="AP-1", installed_on=DAY)
    (row,) = rows(database, "loan")
    assert (row.installed, row.due_on, row.end_of_office, row.venue_id is not None) == (True, None, False, True)
