"""Reminders as facts: claimed once, ended once, settled by a person, written down by hand."""

from datetime import timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from inventory.database import Database, writing
from inventory.errors import Conflict, Invalid, NotFound
from inventory.extending import Extend, ExtendAll, extend, extend_all
from inventory.history import loan_history
from inventory.pools import PoolChange, change_pool
from inventory.reminder_lists import DOUBTFUL_AFTER, count_doubtful, letters_of, list_reminders
from inventory.reminders import (
    RecordReminder,
    SettleReminder,
    WriteLetters,
    claim_mail,
    end_mail,
    record_reminder,
    settle_reminder,
    write_letters,
)
from inventory.reminding import REMINDER, calls_of
from inventory.tables import ReminderOutcome
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
    rows,
    tablets,
    venue,
)

DUE = {"on": "2026-11-24"}


def overdue(database: Database, *names: str) -> list[str]:
    """Associations with one overdue tablet each from tomorrow on; their keys."""
    tablets(database, remind_before_days=7, remind_every_days=5)
    keys = []
    for at, name in enumerate(names, start=1):
        device(database, f"T-{at}")
        one = association(database, name)
        head(database, one.id, email=f"head{at}@example.jp", phone="027-283-5678")
        lend(database, {"association": one.id}, f"T-{at}", due=DUE)
        keys.append(f"association:{one.id}")
    return keys


def claim(database: Database, key: str, hours: float = 24) -> str | None:
    with writing(database) as session:
        taken = claim_mail(session, key, now=later(hours=hours))
    return taken.reminder if taken else None


def end(database: Database, reminder: str, outcome: str = "sent", hours: float = 24) -> bool:
    with writing(database) as session:
        return end_mail(session, reminder, ReminderOutcome(outcome), "わけ", now=later(hours=hours))


def test_a_mail_is_claimed_once_and_ended_once(database: Database) -> None:
    [key] = overdue(database, "堀越町自治会")
    taken = claim(database, key)
    assert taken is not None
    [row] = rows(database, "reminder")
    assert (row.borrower, row.channel, row.outcome, row.ended_at) == (key, "mail", None, None)
    assert (row.loans, row.association_id, row.person_id) == (["R8-00001"], 1, 1)
    assert claim(database, key) is None
    assert end(database, taken)
    assert not end(database, taken, "failed")
    [row] = rows(database, "reminder")
    assert (row.outcome, row.note) == ("sent", "わけ")
    acts = [(entry.act, entry.by) for entry in rows(database, "entry")][-2:]
    assert acts == [("claim_reminder", None), ("end_reminder", None)]
    assert "example.jp" not in str([entry.data for entry in rows(database, "entry")])


def test_a_claim_asks_the_rule_again(database: Database) -> None:
    key, other, third = overdue(database, "堀越町自治会", "茂木町自治会", "大胡町自治会")
    # Somebody telephoned, everything came back, the pool reminds no more: all since the list was made.
    act(database, record_reminder, RecordReminder(borrower=key, channel="phone"), now=later(hours=24))
    assert claim(database, key) is None
    bring_back(database, "T-2", now=later(hours=24))
    assert claim(database, other) is None
    change = PoolChange(remind_before_days=None, remind_every_days=None)
    act(database, change_pool, change, pool="tablets", revision=1, now=later(hours=24))
    assert claim(database, third) is None
    with pytest.raises(NotFound):
        claim(database, "nobody:1")


def test_the_database_takes_one_mail_a_borrower_and_day(database: Database) -> None:
    [key] = overdue(database, "堀越町自治会")
    claim(database, key)
    [row] = rows(database, "reminder")
    again = {name: getattr(row, name) for name in REMINDER.c.keys() if name != "id"}  # noqa: SIM118
    with pytest.raises(IntegrityError), writing(database) as session:
        session.connection().execute(insert(REMINDER).values(**again))


def test_a_doubtful_mail_is_settled_by_a_person(database: Database) -> None:
    key, other = overdue(database, "堀越町自治会", "茂木町自治会")
    first, second = claim(database, key), claim(database, other)
    assert first and second
    young = later(hours=24) + DOUBTFUL_AFTER - timedelta(seconds=1)
    assert look(database, count_doubtful, now=young) == 0
    assert [card.state for card in look(database, list_reminders, state="open", now=young).items] == ["open", "open"]
    with pytest.raises(Conflict):
        act(database, settle_reminder, SettleReminder(outcome="sent"), reminder=first, now=young)
    old = later(hours=24) + DOUBTFUL_AFTER
    assert look(database, count_doubtful, now=old) == 2
    # While nobody decided, nobody is told again.
    assert look(database, calls_of, now=later(days=4)) == []
    sent = act(database, settle_reminder, SettleReminder(outcome="sent"), reminder=first, now=old)
    void = act(database, settle_reminder, SettleReminder(outcome="void"), reminder=second, now=old)
    assert (sent.outcome, sent.state, void.outcome) == ("sent", "ended", "void")
    assert [call.key for call in look(database, calls_of, now=later(days=2))] == [other]
    # The program that sent it comes back to life: it changes nothing.
    assert not end(database, first, hours=25)
    for settled in (first, "999"):
        with pytest.raises((Conflict, NotFound)):
            act(database, settle_reminder, SettleReminder(outcome="void"), reminder=settled, now=old)
    with pytest.raises(ValidationError):
        SettleReminder.model_validate({"outcome": "failed"})


def test_the_day_s_last_word_on_the_telephone_stands(database: Database) -> None:
    [key] = overdue(database, "堀越町自治会")

    def ring(outcome: str, hours: float = 24) -> str:
        order = RecordReminder.model_validate({"borrower": key, "channel": "phone", "outcome": outcome})
        card = act(database, record_reminder, order, now=later(hours=hours))
        assert card.person == "金井 康男"
        return str(card.outcome)

    assert [ring("failed"), ring("sent", 26), ring("void", 27), ring("sent", 28)] == ["failed", "sent", "void", "sent"]
    assert len(rows(database, "reminder")) == 1
    assert ring("failed", 24 * 6) == "failed"
    assert [row.outcome for row in rows(database, "reminder")] == ["sent", "failed"]
    assert len([entry for entry in rows(database, "entry") if entry.act == "record_reminder"]) == 5


def test_nobody_is_told_of_nothing(database: Database) -> None:
    [key] = overdue(database, "堀越町自治会")
    bring_back(database, "T-1")
    before = rows(database, "entry")
    for order in (
        RecordReminder(borrower=key, channel="phone"),
        RecordReminder(borrower="section:福祉課", channel="letter"),
    ):
        with pytest.raises(Invalid):
            act(database, record_reminder, order)
    with pytest.raises(ValidationError):
        RecordReminder.model_validate({"borrower": "section:a\nb", "channel": "phone"})
    with pytest.raises(ValidationError):
        RecordReminder.model_validate({"borrower": key, "channel": "mail"})
    assert rows(database, "entry") == before


def test_letters_are_written_all_or_none_and_printed_as_they_stand(database: Database) -> None:
    keys = overdue(database, "堀越町自治会", "茂木町自治会")
    with pytest.raises(Invalid):
        act(database, write_letters, WriteLetters(borrowers=[*keys, "section:福祉課"]), now=later(hours=24))
    assert rows(database, "reminder") == []
    written = act(database, write_letters, WriteLetters(borrowers=keys), now=later(hours=24))
    assert len(written.reminders) == 2
    day = written.on
    assert [call.key for call in look(database, letters_of, day, now=later(hours=25))] == keys
    assert look(database, calls_of, now=later(hours=25)) == []
    bring_back(database, "T-1", now=later(hours=25))
    assert [call.key for call in look(database, letters_of, day, now=later(hours=26))] == keys[1:]
    order = RecordReminder.model_validate({"borrower": keys[1], "channel": "letter", "outcome": "void"})
    act(database, record_reminder, order, now=later(hours=26))
    assert look(database, letters_of, day, now=later(hours=26)) == []
    assert [call.key for call in look(database, calls_of, now=later(hours=26))] == keys[1:]


def test_reminders_are_listed_by_page_with_names(database: Database) -> None:
    keys = overdue(database, "堀越町自治会", "茂木町自治会")
    venue(database)
    device(database, "T-3")
    device(database, "T-4")
    lend(database, {"venue": "ohgo"}, "T-3", due=DUE)
    lend(database, {"section": "福祉課"}, "T-4", due=DUE)
    for key in (*keys, "venue:ohgo", "section:福祉課"):
        act(database, record_reminder, RecordReminder(borrower=key, channel="phone"), now=later(hours=24))
    page = look(database, list_reminders, now=NOON, state="ended", limit=3)
    rest = look(database, list_reminders, now=NOON, state="ended", limit=3, cursor=page.next)
    assert [card.borrower.name for card in (*page.items, *rest.items)] == [
        "福祉課",
        "大胡公民館",
        "茂木町自治会",
        "堀越町自治会",
    ]
    assert (page.total, rest.next) == (4, None)


# ---- a later day for one loan, or for all of a borrower's


def test_an_extension_stops_where_a_lease_or_an_office_ends(database: Database) -> None:
    tablets(database)
    device(database, "T-1", lease_until="2026-12-20")
    devices(database, "T-2")
    one = association(database)
    head(database, one.id, until=NOON.date() + timedelta(days=60))
    leased = lend(database, {"section": "福祉課"}, "T-1", due=DUE).number
    led = lend(database, {"association": one.id}, "T-2", due=DUE).number

    def give(number: str, on: str, reason: str | None = None) -> str | None:
        order = {"due": {"on": on}} | ({"override": {"reason": reason}} if reason else {})
        return str(act(database, extend, Extend.model_validate(order), loan=number).due.on)

    assert give(leased, "2026-12-20") == "2026-12-20"
    for number, on in ((leased, "2026-12-21"), (led, "2027-01-24")):
        with pytest.raises(Invalid) as refusal:
            give(number, on)
        assert refusal.value.facts == {"overridable": True}
        assert [error["field"] for error in refusal.value.errors] == ["due"]
    assert give(led, "2027-01-23") == "2027-01-23"
    assert give(leased, "2026-12-21", "リースを1か月延ばす契約をした") == "2026-12-21"
    assert loan(database, leased).override == "リースを1か月延ばす契約をした"
    # Whoever brings it back sooner asks nothing more of the lease.
    assert give(leased, "2026-12-20") == "2026-12-20"
    assert "契約" not in str([entry.data for entry in rows(database, "entry")])


def test_every_loan_of_a_borrower_goes_on_to_the_same_day(database: Database) -> None:
    tablets(database)
    devices(database, "T-1", "T-2", "T-3", "T-4", "T-5")
    one, other = association(database), association(database, "茂木町自治会")
    for number, day in (("T-1", "2026-11-24"), ("T-2", "2026-12-01"), ("T-3", "2027-02-01")):
        lend(database, {"association": one.id}, number, due={"on": day})
    lend(database, {"association": other.id}, "T-4", due=DUE)
    order = ExtendAll.model_validate({"borrower": f"association:{one.id}", "on": "2026-12-24"})
    done = act(database, extend_all, order)
    assert (done.loans, str(done.on)) == (["R8-00001", "R8-00002"], "2026-12-24")
    days = [str(loan(database, f"R8-0000{at}").due.on) for at in (1, 2, 3, 4)]
    assert days == ["2026-12-24", "2026-12-24", "2027-02-01", "2026-11-24"]
    told = look(database, loan_history, "R8-00002", by=PROGRAM, now=later(hours=1))
    assert [told_.what for told_ in told] == ["extended", "lent"]
    with pytest.raises(Invalid):
        act(database, extend_all, order)
    with pytest.raises(Invalid):
        act(database, extend_all, ExtendAll.model_validate({"borrower": "section:福祉課", "on": "2026-12-24"}))
    with pytest.raises(Invalid):
        act(database, extend_all, ExtendAll.model_validate({"borrower": f"association:{one.id}", "on": "2026-11-23"}))


def test_one_lease_in_the_way_leaves_every_loan_as_it_was(database: Database) -> None:
    tablets(database)
    devices(database, "T-1")
    device(database, "T-2", lease_until="2026-12-20")
    one = association(database)
    for number in ("T-1", "T-2"):
        lend(database, {"association": one.id}, number, due=DUE)
    order = {"borrower": f"association:{one.id}", "on": "2026-12-24"}
    with pytest.raises(Invalid) as refusal:
        act(database, extend_all, ExtendAll.model_validate(order))
    assert refusal.value.facts == {"overridable": True}
    assert str(loan(database, "R8-00001").due.on) == "2026-11-24"
    done = act(database, extend_all, ExtendAll.model_validate(order | {"override": {"reason": "契約をした"}}))
    assert done.loans == ["R8-00001", "R8-00002"]
