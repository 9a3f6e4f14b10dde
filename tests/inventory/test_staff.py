"""Accounts of staff: roles, appointments, passwords, and always an admin left."""

from datetime import date, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from inventory.calendar import TOKYO
from inventory.database import Database, writing
from inventory.errors import Conflict, Invalid, NotFound, Stale
from inventory.journal import By
from inventory.sign_in import begin_session, who_has_session
from inventory.staff import (
    NewStaff,
    Password,
    StaffChange,
    add_staff,
    any_staff,
    change_staff,
    find_by_username,
    first_admin,
    list_staff,
    set_password,
    staff_card,
)
from inventory.tables import Role
from tests.inventory.city import NOON, act, later, look, member, refused_fields, rows


def card_of(database: Database, who: By, now: datetime = NOON) -> Any:
    return look(database, staff_card, str(who.staff_id), now=now)


def change(database: Database, who: By, now: datetime = NOON, **fields: Any) -> Any:
    revision = card_of(database, who).revision
    return act(
        database, change_staff, StaffChange.model_validate(fields), staff=str(who.staff_id), revision=revision, now=now
    )


def test_an_account_is_one_persons_in_roles(database: Database) -> None:
    assert not look(database, any_staff)
    order = NewStaff(username="Kanai.Y", name="金井 康男", section="福祉課", roles=[Role.IT, Role.DESK, Role.IT])
    made = act(database, add_staff, order, password_hash="hash")
    assert (made.username, made.roles, made.disabled, made.active) == ("kanai.y", [Role.DESK, Role.IT], False, True)
    assert look(database, any_staff)
    for typed in ("kanai.y", "KANAI.Y"):
        assert look(database, find_by_username, typed, now=NOON) == made
    assert look(database, find_by_username, "nobody", now=NOON) is None
    with pytest.raises(Invalid) as refusal:
        act(database, add_staff, NewStaff(username="KANAI.y", name="別人", roles=[Role.DESK]), password_hash=None)
    assert refused_fields(refusal) == ["username"]
    assert "hash" not in str(rows(database, "entry")[-1].data)
    member(database, "aoki", Role.ADMIN)
    assert [card.username for card in look(database, list_staff, now=NOON)] == ["aoki", "kanai.y"]
    for unknown in ("999", "x"):
        with pytest.raises(NotFound):
            look(database, staff_card, unknown, now=NOON)


def test_the_first_admin_is_the_first_of_all(database: Database) -> None:
    order = NewStaff(username="admin", name="管理者", roles=[Role.ADMIN])
    assert act(database, first_admin, order, password_hash="hash").roles == [Role.ADMIN]
    with pytest.raises(Conflict):
        act(database, first_admin, NewStaff(username="second", name="二人目", roles=[Role.ADMIN]), password_hash="hash")
    assert [row.username for row in rows(database, "staff")] == ["admin"]


def test_an_appointment_ends_at_the_end_of_its_last_day(database: Database) -> None:
    order = NewStaff(username="helper", name="会計年度任用職員", roles=[Role.DESK], appointed_until=date(2027, 3, 31))
    made = By(int(act(database, add_staff, order, password_hash=None).id))
    assert card_of(database, made, datetime(2027, 3, 31, 23, 59, tzinfo=TOKYO)).active
    assert not card_of(database, made, datetime(2027, 4, 1, 0, 0, tzinfo=TOKYO)).active


def test_a_change_touches_only_what_it_names(database: Database) -> None:
    member(database, "boss", Role.ADMIN)
    desk = member(database, "desk", Role.DESK)
    after = change(database, desk, name="新しい名前", section="福祉課", appointed_until="2027-03-31")
    assert (after.name, after.section, after.appointed_until, after.revision) == (
        "新しい名前",
        "福祉課",
        date(2027, 3, 31),
        2,
    )
    assert (after.roles, after.disabled) == ([Role.DESK], False)
    emptied = change(database, desk, name=None, section=None, roles=None, disabled=None)
    assert (emptied.name, emptied.section, emptied.roles) == ("新しい名前", None, [Role.DESK])
    with pytest.raises(Stale):
        act(database, change_staff, StaffChange(name="古い"), staff=str(desk.staff_id), revision=1)


def test_new_roles_and_disabling_end_the_sessions(database: Database) -> None:
    member(database, "boss", Role.ADMIN)
    desk = member(database, "desk", Role.DESK)
    token = _begin(database, desk)
    change(database, desk, name="改名")
    assert look(database, who_has_session, token, NOON) is not None
    change(database, desk, roles=["it", "viewer"])
    assert look(database, who_has_session, token, NOON) is None
    token = _begin(database, desk)
    found = look(database, who_has_session, token, NOON)
    assert found is not None and found.roles == {Role.IT, Role.VIEWER}
    stopped = change(database, desk, disabled=True, now=later(hours=1))
    assert (stopped.disabled, stopped.active) == (True, False)
    again = change(database, desk, disabled=True, now=later(hours=2))
    assert again.disabled and [row.disabled_at for row in rows(database, "staff")] == [None, later(hours=1)]
    assert change(database, desk, disabled=False).active
    assert look(database, who_has_session, token, NOON) is None


def _begin(database: Database, who: By) -> str:
    with writing(database) as session:
        assert who.staff_id is not None
        return begin_session(session, who.staff_id, now=NOON, op_id=f"sign in {len(rows(database, 'entry'))}")


@pytest.mark.parametrize(
    "fields", [{"disabled": True}, {"roles": ["desk"]}, {"appointed_until": "2026-11-23"}], ids=lambda f: next(iter(f))
)
def test_the_last_admin_stays(database: Database, fields: dict[str, Any]) -> None:
    boss = member(database, "boss", Role.ADMIN)
    before = card_of(database, boss)
    with pytest.raises(Invalid) as refusal:
        change(database, boss, **fields)
    assert refused_fields(refusal) == ["roles"]
    assert card_of(database, boss) == before
    member(database, "second", Role.ADMIN)
    assert change(database, boss, **fields).revision == 2


def test_a_new_password_ends_the_sessions(database: Database) -> None:
    desk = member(database, "desk", Role.DESK)
    token = _begin(database, desk)
    act(database, set_password, staff=str(desk.staff_id), password_hash="new hash", now=NOON)
    assert [row.password_hash for row in rows(database, "staff")] == ["new hash"]
    assert look(database, who_has_session, token, NOON) is None
    assert "hash" not in str(rows(database, "entry")[-1].data)
    with pytest.raises(NotFound):
        act(database, set_password, staff="999", password_hash="x")


@pytest.mark.parametrize(
    ("typed", "fits"),
    [
        ("short12", False),
        ("password", False),
        ("PASSWORD1", False),
        ("aaaaaaaabb", False),
        ("maebashi2026", False),
        ("まえばし市の合言葉です", True),
        ("前橋市役所です", False),
        ("tsunagu-daicho-no-kagi", True),
        ("たぬきが三匹で川渡り", True),
        ("x" * 129, False),
    ],
)
def test_a_password_is_long_and_not_everybodys(typed: str, fits: bool) -> None:
    check = TypeAdapter(Password)
    if fits:
        assert check.validate_python(typed) == typed
    else:
        with pytest.raises(ValidationError):
            check.validate_python(typed)


@pytest.mark.parametrize(
    "wrong",
    [{"username": ""}, {"username": "金井"}, {"username": "a b"}, {"roles": []}, {"roles": ["king"]}, {"name": ""}],
)
def test_an_account_of_the_wrong_shape_is_refused(wrong: dict[str, Any]) -> None:
    right = {"username": "kanai", "name": "金井", "roles": ["desk"]}
    assert NewStaff.model_validate(right).roles == [Role.DESK]
    with pytest.raises(ValidationError):
        NewStaff.model_validate(right | wrong)
