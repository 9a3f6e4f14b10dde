"""Trouble reports as the staff work on them: who waits, answers and states, merging, and where to bring the device."""

from datetime import date, timedelta

import pytest

from inventory.database import Database
from inventory.errors import Conflict, Invalid, NotFound, Stale
from inventory.issue_lists import figures, list_issues
from inventory.issue_steps import hash_of, secret_of, together
from inventory.issues import issue_of_receipt, without_contacts
from inventory.people import NewDistrict, create_district
from inventory.report_receipts import Reopen, WriteBack, receipt_of, reopen, write_back
from inventory.standard_answers import (
    NewStandardAnswer,
    StandardAnswerChange,
    add_standard_answer,
    change_standard_answer,
    list_standard_answers,
)
from inventory.tables import IssueCategory, IssueState, Role
from inventory.venues import venue_card
from tests.inventory.city import (
    NOON,
    act,
    association,
    head,
    later,
    lend,
    look,
    member,
    refused_fields,
    rows,
    tablets,
    venue,
)
from tests.inventory.city import device as make_device
from tests.inventory.troubled import answered, card, changed, lent_tablet, merged, told, told_by_scan


def ids(database: Database, **filters: object) -> list[str]:
    return [line.id for line in look(database, list_issues, **filters).items]


def test_a_report_names_who_had_the_device(database: Database) -> None:
    loan = lent_tablet(database)
    issue = told(database, text="画面が黒い", reporter_name="金井", phone="027-283-1111", call_time="morning")
    found = card(database, issue)
    assert (found.state, found.category, found.text) == (IssueState.RECEIVED, IssueCategory.POWER, "画面が黒い")
    assert found.device is not None and found.device.asset_number == "T1"
    assert (found.loan, found.borrower and found.borrower.name) == (loan, "堀越町自治会")
    assert found.officer is not None and found.officer.name == "金井 康男"
    assert (found.waits_since, found.first_answer_at, found.on_behalf) == (NOON, None, True)
    assert len(found.receipt) == 7 and found.receipt[3] == "-"
    hidden = without_contacts(found)
    assert (hidden.reporter_name, hidden.phone, hidden.call_time) == (None, None, None)
    assert hidden.text == "画面が黒い"


def test_an_answer_takes_the_report_in_hand_and_a_note_does_not(database: Database) -> None:
    lent_tablet(database)
    issue = told(database)
    by = member(database, "kobayashi", Role.DESK)
    noted = answered(database, issue, "電源の型番を確かめる", channel="note", now=later(hours=1), by=by)
    assert (noted.state, noted.first_answer_at, noted.waits_since) == (IssueState.RECEIVED, None, NOON)
    told_back = answered(database, issue, channel="phone", now=later(hours=2), by=by)
    assert (told_back.state, told_back.first_answer_at) == (IssueState.IN_PROGRESS, later(hours=2))
    assert told_back.waits_since is None
    waiting = answered(database, issue, state="waiting", now=later(hours=3))
    assert waiting.state is IssueState.WAITING
    assert [(one.channel.value, one.by) for one in waiting.messages] == [
        ("note", "kobayashi さん"),
        ("phone", "kobayashi さん"),
        ("message", None),
    ]
    assert [step.state.value for step in waiting.steps] == ["received", "in_progress", "waiting"]
    done = answered(database, issue, state="resolved", now=later(hours=4))
    assert answered(database, issue, "念のため", now=later(hours=5)).state is IssueState.RESOLVED
    assert done.revision < card(database, issue).revision


def test_who_writes_again_waits_again(database: Database) -> None:
    lent_tablet(database)
    issue = told_by_scan(database)
    row = rows(database, "issue")[0]
    secret = secret_of(database.keys, row.receipt, 1)
    assert row.secret_hash == hash_of(secret)
    answered(database, issue, now=later(hours=1))
    act(database, write_back, WriteBack(text="まだつきません"), secret=secret, now=later(hours=5))
    assert card(database, issue).waits_since == later(hours=5)
    assert look(database, figures, now=later(days=1)).longest == later(hours=5)
    answered(database, issue, state="resolved", now=later(hours=6))
    assert card(database, issue).waits_since is None
    act(database, reopen, Reopen(), secret=secret, now=later(hours=8))
    assert card(database, issue).waits_since == later(hours=8)
    assert look(database, figures, now=later(days=1)).longest == later(hours=8)


def test_the_list_stands_by_state_and_age(database: Database) -> None:
    lent_tablet(database)
    first, second, third, fourth = (told(database, now=later(hours=hour)) for hour in range(4))
    answered(database, first, now=later(hours=5))
    answered(database, second, state="resolved", now=later(hours=6))
    answered(database, third, state="resolved", now=later(hours=6))
    assert ids(database) == [fourth, first, second, third]
    assert ids(database, state="open") == [fourth, first]
    assert ids(database, state=IssueState.RESOLVED) == [third, second]
    assert ids(database, before=later(hours=2)) == [first, second]
    page = look(database, list_issues, limit=3)
    assert [line.id for line in look(database, list_issues, cursor=page.next).items] == [third]
    newest = look(database, list_issues, state=IssueState.RESOLVED, limit=1)
    assert [line.id for line in look(database, list_issues, state=IssueState.RESOLVED, cursor=newest.next).items] == [
        second
    ]


def test_the_list_is_narrowed_by_district_audience_and_words(database: Database) -> None:
    tablets(database)
    for number in ("T1", "T2"):
        make_device(database, number)
    east = act(database, create_district, NewDistrict(name="東地区")).id
    far = association(database, "茂木町自治会", district=east)
    head(database, far.id)
    lend(database, {"association": far.id}, "T1")
    venue(database)
    power, wifi = told(database, "T1", text="充電できない"), told(database, "ohgo", category="network")
    lost = told(database, "T2", category="lost")
    assert ids(database, district=east) == [power]
    assert ids(database, audience="it") == [wifi, lost]
    assert ids(database, audience="desk") == [power, lost]
    assert ids(database, venue="ohgo") == [wifi]
    assert ids(database, device="t1") == [power]
    assert ids(database, association=far.id) == [power]
    assert ids(database, category=IssueCategory.LOST) == [lost]
    receipt = card(database, lost).receipt
    assert ids(database, q=receipt) == ids(database, q=receipt.replace("-", "")) == [lost]
    assert (ids(database, q="茂木町"), ids(database, q="大胡"), ids(database, q="充電")) == ([power], [wifi], [power])
    assert look(database, issue_of_receipt, f"　{receipt}") == lost
    assert look(database, issue_of_receipt, "000") is None


def test_the_figures_of_the_inbox(database: Database) -> None:
    lent_tablet(database)
    assert look(database, figures, now=NOON).median_hours is None
    old = told(database, now=later(days=-91))
    answered(database, old, state="resolved", now=later(days=-80))
    for hours in (2, 6, 30):
        issue = told(database)
        answered(database, issue, "見ました", channel="note", now=later(hours=1))
        answered(database, issue, now=later(hours=hours))
    told(database, now=later(hours=1))
    told(database, solved=True)
    found = look(database, figures, now=later(days=2))
    assert (found.open, found.received, found.median_hours) == (4, 1, 6.0)
    assert (found.longest, found.oldest_received) == (later(hours=1), later(hours=1))


def test_where_and_when_to_bring_the_device(database: Database) -> None:
    lent_tablet(database)
    venue(database)
    issue = told(database)
    found = changed(database, issue, category="broken", bring={"venue": "ohgo", "on": "2026-11-27"})
    assert found.category is IssueCategory.BROKEN
    assert found.bring is not None and (found.bring.name, found.bring.on) == ("大胡公民館", date(2026, 11, 27))
    assert changed(database, issue, state="confirmed").bring is not None
    assert changed(database, issue, bring=None).bring is None
    with pytest.raises(Invalid) as past:
        changed(database, issue, bring={"venue": "ohgo", "on": "2026-11-23"})
    with pytest.raises(Invalid) as nowhere:
        changed(database, issue, bring={"venue": "moon"})
    assert refused_fields(past) + refused_fields(nowhere) == ["bring.on", "bring.venue"]
    with pytest.raises(Stale):
        changed(database, issue, revision=1, state="resolved")
    with pytest.raises(NotFound):
        card(database, "999")


def test_merged_reports_share_a_fate(database: Database) -> None:
    lent_tablet(database)
    first, second, third = told(database, text="つかない"), told(database, text="黒い"), told(database)
    answered(database, first)
    merged(database, third, second)
    found = merged(database, second, first)
    assert (found.id, [one.id for one in found.merged]) == (first, [second, third])
    assert ids(database) == [first]
    with_state = {issue: card(database, issue).state for issue in (second, third)}
    assert with_state == {second: IssueState.IN_PROGRESS, third: IssueState.IN_PROGRESS}
    answered(database, first, "代わりの端末を用意します", state="waiting", now=later(hours=1))
    answered(database, first, "本人に電話した", channel="phone", now=later(hours=2))
    for issue in (second, third):
        assert card(database, issue).state is IssueState.WAITING
        assert [one.text for one in card(database, issue).messages] == ["代わりの端末を用意します"]
    assert [one.text for one in card(database, first).messages] == [
        "30分充電してください。",
        "代わりの端末を用意します",
        "本人に電話した",
    ]
    changed(database, first, state="resolved", now=later(hours=3))
    assert card(database, third).state is IssueState.RESOLVED
    assert look(database, together, int(second)) == [int(first), int(second), int(third)]


def test_a_word_from_a_merged_report_is_heard(database: Database) -> None:
    lent_tablet(database)
    first, second = told(database), told(database)
    merged(database, second, first)
    answered(database, first, state="resolved", now=later(hours=1))
    receipt = rows(database, "issue")[1].receipt
    secret = secret_of(database.keys, receipt, 1)
    act(database, write_back, WriteBack(text="まだです"), secret=secret, now=later(hours=2))
    changed(database, first, state="in_progress", now=later(hours=3))
    found = card(database, first)
    assert [(one.text, one.report) for one in found.messages][-1] == ("まだです", card(database, second).receipt)
    assert found.waits_since == later(hours=2)


def test_what_cannot_be_merged_or_worked_on(database: Database) -> None:
    lent_tablet(database)
    first, second = told(database), told(database)
    with pytest.raises(Invalid) as itself:
        merged(database, first, first)
    assert refused_fields(itself) == ["into"]
    merged(database, second, first)
    with pytest.raises(Conflict) as gone:
        answered(database, second)
    assert gone.value.facts == {"into": first}
    with pytest.raises(Invalid):
        merged(database, first, second)
    with pytest.raises(NotFound):
        merged(database, first, "999")


def test_nothing_that_was_said_enters_the_journal(database: Database) -> None:
    lent_tablet(database)
    issue = told(database, text="ひみつのことば", reporter_name="ひみつのことば", phone="027-283-1111")
    answered(database, issue, "ひみつのことば")
    changed(database, issue, state="waiting")
    assert all("ひみつ" not in str(entry.data) and "283" not in str(entry.data) for entry in rows(database, "entry"))


def test_standard_answers_are_offered_where_they_fit(database: Database) -> None:
    charge = act(
        database,
        add_standard_answer,
        NewStandardAnswer(title="充電", text="30分充電してください。", category=IssueCategory.POWER),
    )
    network = act(
        database,
        add_standard_answer,
        NewStandardAnswer(title="Wi-Fi", text="入れ直してください。", category=IssueCategory.NETWORK),
    )
    offered = look(database, list_standard_answers, first=IssueCategory.NETWORK)
    assert [one.id for one in offered] == [network.id, charge.id]
    changed_one = act(
        database,
        change_standard_answer,
        StandardAnswerChange(text="1時間充電してください。", category=None),
        answer=charge.id,
        revision=1,
    )
    assert (changed_one.title, changed_one.text, changed_one.category) == ("充電", "1時間充電してください。", None)
    retire = StandardAnswerChange(retired=True)
    act(database, change_standard_answer, retire, answer=network.id, revision=1, now=NOON + timedelta(days=1))
    assert [one.id for one in look(database, list_standard_answers)] == [charge.id]
    assert [one.id for one in look(database, list_standard_answers, retired=True)] == [charge.id, network.id]
    with pytest.raises(Stale):
        act(database, change_standard_answer, retire, answer=network.id, revision=1)
    with pytest.raises(NotFound):
        act(database, change_standard_answer, retire, answer="99", revision=1)


def test_what_staff_take_up_again_did_not_solve_itself(database: Database) -> None:
    lent_tablet(database)
    first, second, third = (told(database, solved=True) for _ in range(3))
    assert card(database, first).self_solved
    assert not changed(database, first, state="in_progress").self_solved
    assert not answered(database, second, state="waiting").self_solved
    assert not changed(database, first, state="resolved").self_solved
    assert answered(database, third, "ありがとうございました。").self_solved


def test_who_reported_the_same_is_told_where_to_bring_it_too(database: Database) -> None:
    lent_tablet(database)
    venue(database, "ohgo")
    first, second = told_by_scan(database), told_by_scan(database)
    merged(database, second, first)
    changed(database, first, bring={"venue": "ohgo", "on": "2026-11-26"})
    for issue in (first, second):
        bring = look(database, receipt_of, card(database, issue).receipt).bring
        assert bring is not None and bring.on == date(2026, 11, 26)
        assert bring.venue == look(database, venue_card, "ohgo").name
