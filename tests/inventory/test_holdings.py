"""What an association's page knows besides officers and loans, and the correction of an officer."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import update

from inventory.agreements import Sign, sign
from inventory.borrowers import PERSON
from inventory.calendar import today
from inventory.database import Database, writing
from inventory.errors import Conflict, Invalid, Stale
from inventory.holdings import Holdings, holdings
from inventory.officer_changes import OfficerChange, change_officer
from inventory.officers import serving
from inventory.pictures import Ready
from inventory.presences import Confirm, NewRound, confirm, create_round
from inventory.reporting import Report, Reported, report
from inventory.tables import IssueState, Realm, Usage
from inventory.transfers import PassOn, transfer
from inventory.undo import undo
from tests.inventory.city import (
    NOON,
    act,
    association,
    bring_back,
    device,
    head,
    later,
    led_association,
    lend,
    look,
    refused_fields,
    rows,
    tablets,
)

DRAWING = Ready(b"\x89PNG drawing", "image/png", 900, 300)


def seen(database: Database, of: str) -> Holdings:
    return look(database, holdings, of, day=today(NOON))


def lent(database: Database) -> tuple[str, str, str]:
    """An association with a tablet on loan until the end of office: its id, the loan, and the tablet's label."""
    tablets(database, handover="check", agreement_required=True)
    tag = device(database, "MB-T-0001").tag
    of = led_association(database).id
    assert tag is not None
    number = lend(database, {"association": of}, "MB-T-0001", due={"end_of_office": True}).number
    return of, number, tag


def told(database: Database, tag: str, **fields: Any) -> Reported:
    order = Report.model_validate({"tag": tag, "category": "power", **fields})
    return act(database, report, order, keys=database.keys, pictures=(), realm=Realm.PUBLIC)


def test_an_association_without_anything_has_nothing(database: Database) -> None:
    of = association(database).id
    assert seen(database, of) == Holdings(seen={}, troubles=[], passed=[], kept=[], round_open=False)


def test_the_newest_word_about_each_device_that_is_out(database: Database) -> None:
    of, number, _ = lent(database)
    day = today(NOON)
    asked = act(database, create_round, NewRound(name="令和8年度", opens_on=day, closes_on=day)).id
    act(database, confirm, Confirm(in_hand=False), device="MB-T-0001", in_round=asked)
    said = Confirm(in_hand=True, usage=Usage.LITTLE)
    act(database, confirm, said, device="MB-T-0001", in_round=asked, now=later(minutes=5))
    found = seen(database, of)
    assert found.round_open and list(found.seen) == ["MB-T-0001"]
    word = found.seen["MB-T-0001"]
    assert (word.in_hand, word.usage, word.round_name) == (True, Usage.LITTLE, "令和8年度")
    bring_back(database, "MB-T-0001", now=later(minutes=10))
    assert seen(database, of).seen == {}
    lend(database, {"association": of}, "MB-T-0001", due={"end_of_office": True}, now=later(minutes=20))
    assert number and seen(database, of).seen == {}


def test_reports_stand_with_their_state_and_only_where_they_belong(database: Database) -> None:
    of, _, tag = lent(database)
    other = led_association(database, "茂木町自治会").id
    first = told(database, tag)
    second = told(database, tag, category="network")
    troubles = seen(database, of).troubles
    assert [trouble.id for trouble in troubles] == [second.issue, first.issue]
    assert {trouble.state for trouble in troubles} == {IssueState.RECEIVED} and all(one.open for one in troubles)
    assert troubles[0].receipt == second.receipt.replace("-", "") and troubles[0].asset_number == "MB-T-0001"
    assert seen(database, other).troubles == []


def test_a_loan_that_passed_on_keeps_what_was_signed_before(database: Database) -> None:
    of, number, _ = lent(database)
    act(database, sign, Sign(signed_name="金井 康男"), loan=number, ready=DRAWING)
    head(database, of, name="新井 和江", since=date(2026, 11, 1))
    act(database, transfer, PassOn(association=of), loan=number, op_id="pass")
    found = seen(database, of)
    ((passed,), (kept,)) = (found.passed, found.kept)
    assert (passed.loan, passed.giver and passed.giver.name, passed.taker.name, passed.checked_at) == (
        number,
        "金井 康男",
        "新井 和江",
        None,
    )
    assert (kept.loan, kept.officer and kept.officer.name) == (number, "金井 康男")
    act(database, undo, operation="pass", now=later(minutes=1))
    assert (seen(database, of).passed, seen(database, of).kept) == ([], [])


def test_everybody_in_office_the_head_first(database: Database) -> None:
    of = association(database).id
    for name, office, since in (("副", "副会長", 2024), ("長", "会長", 2025), ("次", "会長", 2027)):
        head(database, of, name=name, office=office, since=date(since, 4, 1))
    head(database, of, name="前", since=date(2022, 4, 1), until=date(2025, 3, 31))
    found = look(database, serving, [int(of)], today(NOON))
    assert [officer.name for officer in found[int(of)]] == ["長", "副"]


def test_an_officer_is_corrected_in_the_fields_that_are_given(database: Database) -> None:
    of = association(database).id
    officer = head(database, of, until=date(2027, 3, 31), phone="027-898-1234")

    def correct(revision: int, **fields: Any) -> Any:
        change = OfficerChange.model_validate(fields)
        return act(database, change_officer, change, association=of, officer=officer.id, revision=revision)

    changed = correct(1, until=None, name_kana="かない やすお", **{"from": "2026-05-01"})
    assert (changed.until, changed.from_, changed.name_kana) == (None, date(2026, 5, 1), "カナイ ヤスオ")
    assert (changed.phone, changed.name, changed.revision) == ("027-898-1234", "金井 康男", 2)
    with pytest.raises(Stale):
        correct(1, name="別の人")
    with pytest.raises(Invalid) as refusal:
        correct(2, until="2026-04-30")
    assert refused_fields(refusal) == ["until"]
    # A name and an office cannot be emptied.
    assert correct(2, name=None, office=None, phone=None).name == "金井 康男"
    (person,) = rows(database, "person")
    assert (person.name, person.phone) == ("金井 康男", None)


def test_an_erased_person_gets_no_name_back(database: Database) -> None:
    of = association(database).id
    officer = head(database, of)
    with writing(database) as session:
        blank = {"name": "", "name_kana": "", "phone": None, "email": None, "erased_at": NOON}
        session.connection().execute(update(PERSON).values(blank))
    where: dict[str, Any] = {"association": of, "officer": officer.id, "revision": 1}
    with pytest.raises(Conflict):
        act(database, change_officer, OfficerChange(name="金井 康男"), **where)
    act(database, change_officer, OfficerChange(until=date(2027, 3, 31)), **where)
    (person,) = rows(database, "person")
    assert (person.name, rows(database, "officer")[0].until_on) == ("", date(2027, 3, 31))
