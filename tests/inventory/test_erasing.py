"""Whoever is erased is gone from every table and from the file; what was counted and journaled stands as it was."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from inventory import journal
from inventory.agreement_sheets import agreement_card, loan_sheet
from inventory.database import Database, reading
from inventory.erasing import ERASED_NAME, ErasePerson, EraseReason, erase_person, holdings, person_card
from inventory.errors import Conflict, Invalid, NotFound
from inventory.lending import CheckOut, check_out
from inventory.loans import list_loans, loan_card
from inventory.officers import list_officers
from inventory.people import list_associations
from inventory.stock import DeviceChange, change_device
from tests.inventory import city, whole_person
from tests.inventory.whole_person import LATIN, MARK, MARKS, PHONE, Whole


@pytest.fixture
def whole(database: Database) -> Whole:
    return whole_person.enter(database)


def erase(database: Database, whole: Whole, *, texts: bool = True, op_id: str = "erase") -> None:
    keys = [text.key for text in city.look(database, holdings, whole.person).texts] if texts else []
    order = ErasePerson(texts=keys)
    city.act(database, erase_person, order, person=whole.person, now=city.later(days=1), op_id=op_id)


def test_no_table_holds_an_erased_person(database: Database, whole: Whole) -> None:
    before = whole_person.marked(database)
    assert set(before) >= {"person", "agreement", "picture", "issue", "issue_message", "presence", "reminder", "loan"}
    counts = {table: len(city.rows(database, table)) for table in before}
    erase(database, whole)
    assert whole_person.marked(database) == {}
    assert {table: len(city.rows(database, table)) for table in before} == counts


def test_what_is_counted_and_dated_stays(database: Database, whole: Whole) -> None:
    hashes = [row.signature_sha256 for row in city.rows(database, "agreement")]
    pictures = [row.sha256 for row in city.rows(database, "picture")]
    issue = city.rows(database, "issue")[0]
    entries = city.rows(database, "entry")
    erase(database, whole)
    assert [row.signature_sha256 for row in city.rows(database, "agreement")] == hashes
    assert [row.sha256 for row in city.rows(database, "picture")] == pictures
    kept = city.rows(database, "issue")[0]
    assert (kept.receipt, kept.category, kept.received_at) == (issue.receipt, issue.category, issue.received_at)
    assert kept.erased_at == city.later(days=1)
    assert city.rows(database, "entry")[:-1] == entries
    with reading(database) as session:
        assert list(journal.verify(session, database.keys)) == []


def test_the_entry_tells_numbers_alone(database: Database, whole: Whole) -> None:
    erase(database, whole)
    entry = city.rows(database, "entry")[-1]
    verb, facts = entry.data["notes"][0]
    assert (entry.act, verb, facts["person"], facts["reason"]) == ("erase_person", "erase_person", 1, "request")
    assert facts["erased"][0] == ["person", 1]
    assert all(isinstance(facts[name], int) for name in ("agreements", "pictures", "reports", "messages", "notes"))


def test_cards_say_erased_instead_of_the_name(database: Database, whole: Whole) -> None:
    erase(database, whole)
    now = city.later(days=1)
    assert city.look(database, person_card, whole.person).name == ERASED_NAME
    assert city.look(database, list_officers, whole.association, now=now)[0].name == ERASED_NAME
    officer = city.look(database, loan_card, whole.loan, now=now).officer
    assert officer is not None
    assert officer.name == ERASED_NAME
    card = city.look(database, agreement_card, whole.loan)
    assert (card.signed_name, card.has_signature, card.erased) == (None, False, True)
    sheet = city.look(database, loan_sheet, whole.loan, now=now)
    assert sheet.signer is not None
    assert (sheet.signer.name, sheet.document.purpose) == (None, None)


def test_no_search_finds_an_erased_person(database: Database, whole: Whole) -> None:
    assert len(city.look(database, list_associations, now=city.NOON, q=MARK).items) == 1
    erase(database, whole)
    for word in (MARK, f"{MARK}康男", "ミルシ", LATIN):
        assert city.look(database, list_associations, now=city.NOON, q=word).items == []
        assert city.look(database, list_loans, now=city.NOON, q=word).items == []


def test_a_note_of_a_device_goes_from_its_search_too(database: Database, whole: Whole) -> None:
    note = DeviceChange(note=f"{MARK} 康男さんの専用")
    before = city.rows(database, "device")[0]
    city.act(database, change_device, note, device="MB-T-0001", revision=before.revision)
    assert MARK in city.rows(database, "device")[0].search
    erase(database, whole)
    kept = city.rows(database, "device")[0]
    assert (kept.note, kept.search) == (None, before.search)


def test_texts_of_staff_go_only_where_somebody_says_so(database: Database, whole: Whole) -> None:
    shown = city.look(database, holdings, whole.person).texts
    kinds = {text.key.rpartition(".")[0] for text in shown}
    assert kinds == {"loan.purpose", "loan.note", "loan_item.condition_note", "hold.note"}
    chosen = next(text.key for text in shown if text.key.startswith("loan.note"))
    order = ErasePerson(texts=[chosen])
    city.act(database, erase_person, order, person=whole.person)
    left = {text.key for text in city.look(database, holdings, whole.person).texts}
    assert chosen not in left
    assert "loan" in whole_person.marked(database)


def test_a_text_that_was_not_shown_is_refused(database: Database, whole: Whole) -> None:
    city.device(database, "MB-T-0009", note="ほかの人の端末")
    for key in ("device.note.3", "person.name.1", "entry.act.1"):
        with pytest.raises(Invalid) as refusal:
            city.act(database, erase_person, ErasePerson(texts=[key]), person=whole.person)
        assert city.refused_fields(refusal) == ["texts"]
    assert city.look(database, person_card, whole.person).erased_at is None


def test_whoever_answers_for_an_open_loan_is_not_erased(database: Database, whole: Whole) -> None:
    order = CheckOut.model_validate(
        {"borrower": {"section": "情報政策課"}, "devices": ["MB-T-0001"], "due": {"on": "2026-12-24"}}
    )
    city.device(database, "MB-T-0003")
    city.act(database, check_out, order.model_copy(update={"devices": ["MB-T-0003"]}))
    assert city.look(database, holdings, whole.person).open_loans == []
    other = city.association(database, "荒子町自治会")
    head = city.head(database, other.id, name="荒木 一")
    city.device(database, "MB-T-0004")
    lent = city.act(
        database,
        check_out,
        CheckOut.model_validate(
            {"borrower": {"association": other.id}, "devices": ["MB-T-0004"], "due": {"on": "2026-12-24"}}
        ),
    )
    assert city.look(database, holdings, head.person).open_loans == [lent.number]
    with pytest.raises(Conflict) as refusal:
        city.act(database, erase_person, ErasePerson(), person=head.person)
    assert refusal.value.facts["loans"] == [lent.number]
    assert city.look(database, person_card, head.person).name == "荒木 一"


def test_whoever_waits_for_an_answer_is_not_erased(database: Database) -> None:
    whole = whole_person.enter(database, resolved=False)
    assert city.look(database, holdings, whole.person).open_reports == ["482173"]
    with pytest.raises(Conflict):
        city.act(database, erase_person, ErasePerson(), person=whole.person)
    assert "issue" in whole_person.marked(database)


def test_a_report_from_elsewhere_under_the_same_telephone_or_mail_goes_too(database: Database, whole: Whole) -> None:
    act: dict[str, Any] = {"officer": None, "loan": None, "resolved": True}
    city.act(database, whole_person.report, **act, receipt="111222", email=None)
    city.act(database, whole_person.report, **act, receipt="111333", phone=None)
    other: dict[str, Any] = {"officer": None, "loan": None, "resolved": True, "receipt": "333444"}
    words: dict[str, Any] = {"reporter_name": "別の人", "phone": "027-111-0000", "email": None, "words": "通信が切れる"}
    city.act(database, whole_person.report, **other, **words)
    erase(database, whole)
    told = {row.receipt: row.words for row in city.rows(database, "issue")}
    assert told == {"482173": None, "111222": None, "111333": None, "333444": "通信が切れる"}


def test_a_number_written_otherwise_is_the_same_number(database: Database, whole: Whole) -> None:
    act: dict[str, Any] = {"officer": None, "loan": None, "resolved": True}
    city.act(database, whole_person.report, **act, receipt="111222", email=None, phone=PHONE.replace("-", ""))
    city.act(database, whole_person.report, **act, receipt="111333", phone=None, email=f"{LATIN.upper()}@Example.jp")
    erase(database, whole)
    assert {row.words for row in city.rows(database, "issue")} == {None}


def test_who_shares_a_telephone_keeps_their_own_reports(database: Database, whole: Whole) -> None:
    """A household has one telephone, and a head who serves again by another entry has the same one."""
    since = date(2026, 10, 2)
    other = city.head(database, whole.association, name="後任 花子", phone=PHONE.replace("-", ""), since=since)
    theirs: dict[str, Any] = {"officer": int(other.id), "loan": None, "reporter_name": "後任 花子", "words": "暗い"}
    city.act(database, whole_person.report, **theirs, resolved=False, receipt="333444", email=None)
    assert city.look(database, holdings, whole.person).open_reports == []
    assert city.look(database, holdings, other.person).open_reports == ["333444"]
    erase(database, whole)
    kept = {row.receipt: (row.words, row.phone) for row in city.rows(database, "issue")}
    assert kept == {"482173": (None, None), "333444": ("暗い", PHONE)}


def test_what_others_wrote_about_the_person_is_shown_and_goes_where_somebody_says_so(
    database: Database, whole: Whole
) -> None:
    other: dict[str, Any] = {"officer": None, "loan": None, "resolved": False, "receipt": "333444"}
    said: dict[str, Any] = {"phone": None, "email": None, "reporter_name": f"{MARK} 康男", "words": f"{MARK}さんの番号"}
    issue = city.act(database, whole_person.report, **other, **said)
    keys = {text.key for text in city.look(database, holdings, whole.person).texts}
    assert {f"issue.words.{issue}", f"issue.reporter_name.{issue}"} <= keys
    assert {key for key in keys if key.startswith("issue_message.words.")} and "issue.words.1" not in keys
    erase(database, whole)
    row = city.rows(database, "issue")[-1]
    assert (row.words, row.reporter_name) == (None, None)
    assert {row.words for row in city.rows(database, "issue_message")} == {None}


def test_another_person_keeps_everything(database: Database, whole: Whole) -> None:
    other = city.head(
        database,
        whole.association,
        name="後任 次郎",
        phone="027-111-2222",
        email="jiro@example.jp",
        since=date(2026, 10, 2),
    )
    erase(database, whole)
    kept = city.look(database, person_card, other.person)
    assert (kept.name, kept.phone, kept.email) == ("後任 次郎", "027-111-2222", "jiro@example.jp")


def test_erased_again_what_came_in_since_goes_too(database: Database, whole: Whole) -> None:
    erase(database, whole)
    first = city.look(database, person_card, whole.person).erased_at
    act: dict[str, Any] = {"officer": int(whole.officer), "loan": None, "resolved": True, "receipt": "555666"}
    city.act(database, whole_person.report, **act)
    assert "issue" in whole_person.marked(database)
    city.act(
        database,
        erase_person,
        ErasePerson(reason=EraseReason.OTHER),
        person=whole.person,
        now=city.later(days=2),
        op_id="again",
    )
    assert whole_person.marked(database) == {}
    assert city.look(database, person_card, whole.person).erased_at == first


def test_nobody_is_not_erased(database: Database) -> None:
    for person in ("1", "なし", "-1"):
        with pytest.raises(NotFound):
            city.act(database, erase_person, ErasePerson(), person=person)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_the_file_and_its_log_hold_no_trace(database: Database, whole: Whole) -> None:
    """secure_delete overwrites what is freed, also whole pages of pictures; the emptied log keeps no old page."""
    file = Path(str(database.url.database))
    raw = [mark.encode() for mark in MARKS]
    log = file.with_name(file.name + "-wal")
    assert all(mark in file.read_bytes() + log.read_bytes() for mark in raw)
    erase(database, whole)
    assert log.stat().st_size == 0
    assert [mark for mark in raw if mark in file.read_bytes()] == []
