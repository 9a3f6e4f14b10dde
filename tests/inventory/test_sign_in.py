"""Signing in: passwords, sessions and tokens; who fails too often waits, and nobody is locked out for good."""

from datetime import date, datetime, timedelta

import pytest

from inventory.calendar import TOKYO
from inventory.database import Database, writing
from inventory.errors import NotFound
from inventory.journal import By
from inventory.keys import Keys
from inventory.sign_in import (
    TRIES_PER_ACCOUNT,
    TRIES_PER_CLIENT,
    WINDOW,
    NewToken,
    add_token,
    begin_session,
    check_password,
    client_key,
    count_failure,
    end_session,
    forget_failures,
    hash_password,
    stored_password,
    wait_before_next_try,
    who_has_session,
    who_has_token,
)
from inventory.staff import NewStaff, StaffChange, add_staff, change_staff
from inventory.tables import Role
from tests.inventory.city import NOON, act, later, look, member, rows


def sign_in(database: Database, who: By, now: datetime = NOON) -> str:
    assert who.staff_id is not None
    with writing(database) as session:
        return begin_session(session, who.staff_id, now=now, op_id=f"sign in {len(rows(database, 'entry'))}")


def fail(database: Database, account: str, client: str, now: datetime = NOON) -> None:
    with writing(database) as session:
        count_failure(session, account, client, now)


def wait(database: Database, account: str, client: str, now: datetime = NOON) -> int:
    return look(database, wait_before_next_try, account, client, now)


def disable(database: Database, who: By) -> None:
    act(database, change_staff, StaffChange(disabled=True), staff=str(who.staff_id), revision=1)


def test_a_password_is_checked_against_its_hash() -> None:
    stored = hash_password("たぬきが三匹")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert check_password(stored, "たぬきが三匹")
    assert not check_password(stored, "たぬきが四匹")
    assert not check_password("not a hash", "たぬきが三匹")
    assert not check_password(None, "たぬきが三匹")
    assert hash_password("たぬきが三匹") != stored


def test_an_account_that_may_not_sign_in_has_no_password(database: Database) -> None:
    member(database, "boss", Role.ADMIN)
    order = NewStaff(username="helper", name="任用職員", roles=[Role.DESK], appointed_until=date(2027, 3, 31))
    made = act(database, add_staff, order, password_hash="hash")
    last_moment = datetime(2027, 3, 31, 23, 59, tzinfo=TOKYO)
    assert look(database, stored_password, "HELPER", last_moment) == (int(made.id), "hash")
    assert look(database, stored_password, "helper", last_moment + timedelta(minutes=1)) is None
    assert look(database, stored_password, "nobody", NOON) is None
    disable(database, By(int(made.id)))
    assert look(database, stored_password, "helper", NOON) is None


def test_a_session_lasts_twelve_hours_and_ends_when_told(database: Database) -> None:
    desk = member(database, "desk", Role.DESK, Role.IT)
    token = sign_in(database, desk)
    found = look(database, who_has_session, token, later(hours=11, minutes=59))
    assert found is not None
    assert (found.username, found.name, found.roles, found.by) == ("desk", "desk さん", desk.roles, desk)
    for hours in (12, 13):
        assert look(database, who_has_session, token, later(hours=hours)) is None
    assert look(database, who_has_session, token + "x", NOON) is None
    other = sign_in(database, desk)
    assert other != token
    assert found.session_id is not None
    with writing(database) as session:
        end_session(session, found.session_id, by=desk, now=later(hours=1), op_id="sign out")
    assert look(database, who_has_session, token, later(hours=2)) is None
    assert look(database, who_has_session, other, later(hours=2)) is not None
    assert [row.act for row in rows(database, "entry")][-3:] == ["sign_in", "sign_in", "sign_out"]


def test_the_ledger_keeps_no_token_that_opens_a_door(database: Database) -> None:
    desk = member(database, "desk", Role.DESK)
    assert desk.staff_id is not None
    session_token = sign_in(database, desk)
    card = act(database, add_token, NewToken(label="集計用"), staff=desk.staff_id)
    assert card.token.startswith("tsunagu_") and card.label == "集計用"
    kept = str([rows(database, table) for table in ("staff_session", "api_token", "entry")])
    assert session_token not in kept and card.token not in kept


def test_a_token_does_what_its_account_may(database: Database) -> None:
    member(database, "boss", Role.ADMIN)
    desk = member(database, "desk", Role.DESK)
    assert desk.staff_id is not None
    token = act(database, add_token, NewToken(label="集計用"), staff=desk.staff_id).token
    found = look(database, who_has_token, token, later(days=300))
    assert found is not None and (found.by, found.session_id) == (desk, None)
    assert look(database, who_has_token, "tsunagu_x", NOON) is None
    assert look(database, who_has_session, token, NOON) is None
    disable(database, desk)
    assert look(database, who_has_token, token, NOON) is None
    with pytest.raises(NotFound):
        act(database, add_token, NewToken(label="誰の"), staff=999)


def test_an_ended_appointment_ends_session_and_token(database: Database) -> None:
    member(database, "boss", Role.ADMIN)
    order = NewStaff(username="helper", name="任用職員", roles=[Role.DESK], appointed_until=date(2026, 11, 24))
    helper = By(int(act(database, add_staff, order, password_hash=None).id))
    assert helper.staff_id is not None
    token = act(database, add_token, NewToken(label="集計用"), staff=helper.staff_id).token
    evening = datetime(2026, 11, 24, 23, 0, tzinfo=TOKYO)
    session_token = sign_in(database, helper, evening)
    for read, value in ((who_has_token, token), (who_has_session, session_token)):
        assert look(database, read, value, evening) is not None
        assert look(database, read, value, evening + timedelta(hours=1)) is None


def test_who_fails_five_times_waits_until_the_spell_lapses(database: Database) -> None:
    for number in range(TRIES_PER_ACCOUNT - 1):
        fail(database, "account", f"client{number}", later(minutes=number))
    assert wait(database, "account", "me", later(minutes=4)) == 0
    fail(database, "account", "client", later(minutes=4))
    assert wait(database, "account", "me", later(minutes=5)) == 10 * 60 + 1
    assert wait(database, "other", "me", later(minutes=5)) == 0
    # The first of the five leaves the window a quarter of an hour after it was made.
    assert wait(database, "account", "me", NOON + WINDOW) == 0
    assert len(rows(database, "failed_sign_in")) == TRIES_PER_ACCOUNT


def test_one_client_may_not_try_every_account(database: Database) -> None:
    for number in range(TRIES_PER_CLIENT):
        assert wait(database, "fresh", "client") == 0
        fail(database, f"account{number}", "client")
    assert wait(database, "fresh", "client") == WINDOW.total_seconds() + 1
    assert wait(database, "fresh", "another client") == 0


def test_a_sign_in_forgets_the_failures_of_its_account(database: Database) -> None:
    for account in ("mine", "yours"):
        for _ in range(TRIES_PER_ACCOUNT):
            fail(database, account, account)
    with writing(database) as session:
        forget_failures(session, "mine")
    assert wait(database, "mine", "elsewhere") == 0
    assert wait(database, "yours", "elsewhere") > 0
    fail(database, "third", "third", NOON + WINDOW * 2)
    assert [row.account for row in rows(database, "failed_sign_in")] == ["third"]
    assert rows(database, "entry") == []


def test_failures_are_counted_without_a_name() -> None:
    keys, others = Keys(b"k" * 32), Keys(b"o" * 32)
    key = client_key(keys, "account", "kanai")
    assert key == client_key(keys, "account", "kanai") and len(key) == 64 and "kanai" not in key
    assert len({key, client_key(keys, "client", "kanai"), client_key(others, "account", "kanai")}) == 3
