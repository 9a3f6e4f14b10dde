"""Reports of trouble: who had the device, what the receipt shows and hides, and how both sides move it on."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import insert, update
from sqlmodel import SQLModel

from inventory import journal
from inventory.database import Database, writing
from inventory.errors import Invalid, NotFound
from inventory.issue_steps import hash_of, move, say, secret_of
from inventory.pictures import Ready
from inventory.report_receipts import (
    ReceiptCard,
    Reopen,
    WriteBack,
    receipt_card,
    reopen,
    rotate,
    say_solved,
    write_back,
)
from inventory.reporting import PHRASES, Report, Reported, report, report_view
from inventory.tables import Author, IssueCategory, IssueState, MessageChannel, Realm
from inventory.text import new_tag_number
from tests.inventory import city

SNAP = Ready(b"\xff\xd8\xff picture", "image/jpeg", 40, 30)


@pytest.fixture
def lent(database: Database) -> str:
    """The label of a tablet that an association has through its head; the head's telephone number is on file."""
    city.tablets(database)
    card = city.device(database, "MB-T-0042")
    association = city.association(database)
    city.head(database, association.id, phone="027-283-5678")
    city.lend(database, {"association": association.id}, "MB-T-0042", due={"end_of_office": True})
    assert card.tag is not None
    return card.tag


def _report(database: Database, tag: str, pictures: tuple[Ready, ...] = (), **fields: Any) -> Reported:
    order = Report.model_validate({"tag": tag, "category": "power", **fields})
    return city.act(database, report, order, keys=database.keys, pictures=pictures, realm=Realm.PUBLIC)


def _secret(database: Database, card: Reported) -> str:
    return secret_of(database.keys, card.receipt.replace("-", ""), card.version)


def _seen(database: Database, card: Reported) -> ReceiptCard:
    return city.look(database, receipt_card, _secret(database, card))


def _office(database: Database, card: Reported, state: IssueState, words: str | None = None, **how: Any) -> None:
    """What the office does, without its doors."""
    with writing(database) as session:
        journal.open_entry(session, by=city.PROGRAM, now=city.NOON, op_id=f"office-{state}-{words}")
        journal.note(session, "office", issue=card.issue)
        move(session, int(card.issue), state, at=city.NOON)
        if words:
            say(session, int(card.issue), Author.OFFICE, words, at=city.NOON, **how)


def _venue_label(database: Database) -> str:
    city.venue(database)
    number, tables = new_tag_number(), SQLModel.metadata.tables
    with writing(database) as session:
        entry = journal.open_entry(session, by=city.PROGRAM, now=city.NOON, op_id="venue-label")
        journal.note(session, "bind_tag", tag=number)
        venue = session.connection().execute(tables["venue"].select()).one().id
        session.connection().execute(insert(tables["tag"]).values(number=number, created_at=city.NOON, entry=entry))
        binding = {"number": number, "venue_id": venue, "bound_at": city.NOON, "entry": entry}
        session.connection().execute(insert(tables["tag_binding"]).values(binding))
    return number


def test_a_report_knows_who_had_the_device_and_begins_as_received(database: Database, lent: str) -> None:
    made = _report(database, lent, (SNAP,), phrases=["no-charge"], text="朝から つきません")
    (row,) = city.rows(database, "issue")
    (loan,) = city.rows(database, "loan")
    assert (row.loan_id, row.officer_id, row.venue_id) == (loan.id, loan.officer_id, None)
    assert made.receipt == f"{row.receipt[:3]}-{row.receipt[3:]}" and made.issue == str(row.id)
    assert row.secret_hash == hash_of(_secret(database, made)) != _secret(database, made)
    (step,) = city.rows(database, "issue_step")
    assert (step.state, step.ended_at) == (IssueState.RECEIVED, None)
    (picture,) = city.rows(database, "picture")
    assert (picture.issue_id, picture.device_id) == (row.id, None)
    entry = city.rows(database, "entry")[-1]
    assert (entry.realm, entry.act) == (Realm.PUBLIC, "report")
    assert "朝から" not in str(entry.data) and "027" not in str(entry.data)


def test_a_shelved_device_s_report_has_nobody_and_a_venue_s_has_its_venue(database: Database, lent: str) -> None:
    shelved = city.device(database, "MB-T-0043").tag
    assert shelved is not None
    _report(database, shelved)
    _report(database, _venue_label(database), category="network", phrases=["no-wifi-name"])
    first, second = city.rows(database, "issue")
    assert (first.loan_id, first.officer_id) == (None, None)
    assert second.device_id is None and second.venue_id is not None


def test_what_to_try_first_was_enough(database: Database, lent: str) -> None:
    seen = _seen(database, _report(database, lent, solved=True))
    assert (seen.state, seen.self_solved) == (IssueState.RESOLVED, True)


def test_numbers_that_are_on_nothing_and_phrases_of_others_are_refused(database: Database, lent: str) -> None:
    for tag in ("00000000", lent[:-1] + str((int(lent[-1]) + 1) % 10), "MB-T-0042", "x"):
        with pytest.raises(NotFound):
            _report(database, tag)
    with pytest.raises(Invalid) as refusal:
        _report(database, lent, phrases=["lost-home"])
    assert city.refused_fields(refusal) == ["phrase"]
    assert city.rows(database, "issue") == []


def test_staff_report_for_a_caller_by_asset_number_or_venue_code(database: Database, lent: str) -> None:
    city.venue(database)
    for tag in ("mb-t-0042", lent, "ohgo"):
        order = Report.model_validate({"tag": tag, "category": "other", "on_behalf": True, "phone": "0272831111"})
        city.act(database, report, order, keys=database.keys)
    rows = city.rows(database, "issue")
    assert [bool(row.device_id) for row in rows] == [True, True, False]
    assert all(row.on_behalf for row in rows)


def test_the_page_asks_for_a_telephone_only_where_none_is_on_file(database: Database, lent: str) -> None:
    assert city.look(database, report_view, lent).reachable
    shelved = city.device(database, "MB-T-0043").tag
    assert not city.look(database, report_view, shelved).reachable
    with writing(database) as session:
        person = SQLModel.metadata.tables["person"]
        session.connection().execute(update(person).values(phone=None))
    assert not city.look(database, report_view, lent).reachable


def test_the_receipt_shows_what_both_said_and_no_note_no_name_no_call(database: Database, lent: str) -> None:
    made = _report(database, lent, text="こわれた", reporter_name="金井 康男", phone="027-283-5678")
    _report(database, lent, text="別の報告")
    _office(database, made, IssueState.CONFIRMED, "確認します", channel=MessageChannel.MESSAGE)
    _office(database, made, IssueState.CONFIRMED, "内緒のメモ", channel=MessageChannel.NOTE)
    _office(database, made, IssueState.CONFIRMED, "金井さんと話した", channel=MessageChannel.PHONE)
    seen = _seen(database, made)
    assert [(m.channel, m.words) for m in seen.messages] == [("message", "確認します"), ("phone", None)]
    told = seen.model_dump_json()
    for hidden in ("内緒", "金井", "283-5678", "別の報告", "MB-T-0042", "堀越町"):
        assert hidden not in told
    assert "こわれた" in told


def test_where_to_bring_it_stands_on_the_receipt(database: Database, lent: str) -> None:
    made = _report(database, lent)
    assert _seen(database, made).bring is None
    city.venue(database)
    with writing(database) as session:
        tables = SQLModel.metadata.tables
        venue = session.connection().execute(tables["venue"].select()).one().id
        session.connection().execute(update(tables["issue"]).values(bring_venue_id=venue, bring_on=date(2026, 12, 1)))
    bring = _seen(database, made).bring
    assert bring is not None and (bring.venue, bring.on) == ("大胡公民館", date(2026, 12, 1))


def test_a_message_moves_on_what_waited(database: Database, lent: str) -> None:
    made = _report(database, lent)
    _office(database, made, IssueState.WAITING, "いつが よいですか", channel=MessageChannel.MESSAGE)
    seen = city.act(database, write_back, WriteBack(text="火曜日"), secret=_secret(database, made))
    assert (seen.state, seen.messages[-1].author, seen.messages[-1].words) == ("in_progress", "reporter", "火曜日")
    with pytest.raises(ValidationError):
        WriteBack(text="  \n ")


def test_a_message_to_a_new_report_leaves_it_new(database: Database, lent: str) -> None:
    made = _report(database, lent)
    assert city.act(database, write_back, WriteBack(text="つづき"), secret=_secret(database, made)).state == "received"


def test_solved_and_reopened_by_whoever_reported(database: Database, lent: str) -> None:
    tried = _report(database, lent, solved=True)
    again = city.act(database, reopen, Reopen(text="また消えた"), secret=_secret(database, tried))
    assert (again.state, again.self_solved, again.messages[-1].words) == ("received", False, "また消えた")
    worked = _report(database, lent)
    _office(database, worked, IssueState.IN_PROGRESS)
    assert city.act(database, say_solved, secret=_secret(database, worked)).state == "resolved"
    assert city.act(database, reopen, Reopen(), secret=_secret(database, worked)).state == "in_progress"
    assert [step.state for step in _seen(database, worked).steps] == [
        "received",
        "in_progress",
        "resolved",
        "in_progress",
    ]


def test_merged_reports_share_their_fate_and_show_their_own(database: Database, lent: str) -> None:
    first, second = _report(database, lent, text="一つめ"), _report(database, lent, text="二つめ")
    with writing(database) as session:
        entry = journal.open_entry(session, by=city.PROGRAM, now=city.NOON, op_id="merge")
        journal.note(session, "merge", issue=second.issue)
        issue = SQLModel.metadata.tables["issue"]
        merged = update(issue).where(issue.c.id == int(second.issue))
        session.connection().execute(merged.values(merged_into_id=int(first.issue), merged_entry=entry))
    _office(database, first, IssueState.WAITING)
    _office(database, second, IssueState.WAITING, "x", channel=MessageChannel.NOTE)
    city.act(database, write_back, WriteBack(text="返事"), secret=_secret(database, second))
    assert _seen(database, first).state == _seen(database, second).state == "in_progress"
    assert "二つめ" not in _seen(database, first).model_dump_json() and _seen(database, first).messages == []
    assert _seen(database, second).words == "二つめ"


def test_a_rotated_secret_opens_nothing_from_then_on(database: Database, lent: str) -> None:
    made = _report(database, lent)
    fresh = city.act(database, rotate, issue=made.issue, keys=database.keys)
    assert (fresh.receipt, fresh.version) == (made.receipt, 2)
    with pytest.raises(NotFound):
        _seen(database, made)
    assert _seen(database, fresh).receipt == made.receipt
    for secret in ("", "0" * 64, made.receipt, hash_of(_secret(database, fresh))):
        with pytest.raises(NotFound):
            city.look(database, receipt_card, secret)


def test_every_category_has_words_to_tick_and_no_code_means_two_things() -> None:
    assert set(PHRASES) == set(IssueCategory)
    codes = [code for group in PHRASES.values() for code in group]
    assert len(codes) == len(set(codes)) and all(len(group) <= 5 for group in PHRASES.values())
