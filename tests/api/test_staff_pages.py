"""Staff accounts on screen."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.api.conftest import PASSWORD
from tests.api.test_session_pages import Fields

NEW = "あたらしい長い合言葉 2026"
FORM: dict[str, Any] = {
    "username": "Sakurai",
    "name": "櫻井 誠",
    "section": "情報政策課",
    "roles": ["it", "desk"],
    "appointed_until": "2999-03-31",
    "password": NEW,
    "again": NEW,
}


def _id(admin: TestClient, username: str) -> str:
    return next(str(card["id"]) for card in admin.get("/api/staff").json()["items"] if card["username"] == username)


def _card(admin: TestClient, username: str) -> dict[str, Any]:
    card: dict[str, Any] = admin.get(f"/api/staff/{_id(admin, username)}").json()
    return card


def _edit(admin: TestClient, username: str, **changes: Any) -> dict[str, Any]:
    """What the form of this account sends, with changes; None leaves a field out."""
    card = _card(admin, username)
    page = admin.get(f"/staff/{card['id']}/edit")
    assert page.status_code == 200
    sent = {name: card[name] or "" for name in ("name", "section", "roles", "appointed_until")}
    sent["if_match"] = Fields(page.text).values["if_match"]
    return {name: value for name, value in (sent | changes).items() if value is not None}


def test_an_account_is_opened_with_roles_and_can_sign_in(admin: TestClient, anonymous: TestClient) -> None:
    opened = admin.post("/staff/new", data=FORM)
    assert (opened.status_code, opened.headers["location"]) == (303, "/staff?done=created")
    card = _card(admin, "sakurai")
    assert (card["roles"], card["section"], card["appointed_until"]) == (["desk", "it"], "情報政策課", "2999-03-31")
    assert anonymous.post("/api/session", json={"username": "sakurai", "password": NEW}).status_code == 200
    assert f'href="/staff/{card["id"]}/edit"' in admin.get("/staff").text
    form = admin.get(f"/staff/{card['id']}/edit").text
    ticked = re.findall(r'name="roles" value="([a-z]+)"( checked)?', form)
    assert ticked == [("viewer", ""), ("desk", " checked"), ("it", " checked"), ("admin", "")]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"roles": []}, "roles"),
        ({"roles": ["mayor"]}, "roles"),
        ({"username": "さくらい"}, "username"),
        ({"username": "desk"}, "username"),
        ({"name": ""}, "name"),
        ({"appointed_until": "来年"}, "appointed_until"),
        ({"password": "12345678", "again": "12345678"}, "password"),
        ({"again": "ちがう"}, "again"),
    ],
)
def test_a_slip_is_said_beside_its_field(admin: TestClient, wrong: dict[str, Any], field: str) -> None:
    answer = admin.post("/staff/new", data=FORM | wrong)
    assert answer.status_code == 422
    fields = Fields(answer.text)
    assert f"f-{field}-wrong" in fields.ids or (field == "roles" and 'href="#f-roles"' in answer.text)
    assert fields.values["section"] == "情報政策課" and NEW not in answer.text
    assert len(admin.get("/api/staff").json()["items"]) == 4


def test_a_new_name_keeps_the_session_and_new_roles_end_it(
    admin: TestClient, sign_in: Callable[[str], TestClient]
) -> None:
    desk = sign_in("desk")
    number = _id(admin, "desk")
    renamed = admin.post(f"/staff/{number}/edit", data=_edit(admin, "desk", name="小林 恵", section=""))
    assert renamed.headers["location"] == "/staff?done=changed"
    assert desk.get("/api/session").json()["name"] == "小林 恵"
    assert _card(admin, "desk")["section"] is None

    assert admin.post(f"/staff/{number}/edit", data=_edit(admin, "desk", roles=["viewer"])).status_code == 303
    assert desk.get("/api/session").status_code == 401
    assert _card(admin, "desk")["roles"] == ["viewer"]


def test_an_account_is_stopped_and_opened_again(
    admin: TestClient, sign_in: Callable[[str], TestClient], anonymous: TestClient
) -> None:
    desk = sign_in("desk")
    number = _id(admin, "desk")
    assert admin.post(f"/staff/{number}/edit", data=_edit(admin, "desk", disabled="yes")).status_code == 303
    assert desk.get("/api/session").status_code == 401
    credentials = {"username": "desk", "password": PASSWORD}
    assert anonymous.post("/api/session", json=credentials).status_code == 401
    # A further change that leaves the box ticked keeps the ban.
    assert admin.post(f"/staff/{number}/edit", data=_edit(admin, "desk", disabled="yes")).status_code == 303
    assert _card(admin, "desk")["disabled"] is True
    assert admin.post(f"/staff/{number}/edit", data=_edit(admin, "desk")).status_code == 303
    assert anonymous.post("/api/session", json=credentials).status_code == 200


def test_the_last_admin_stays_and_a_stale_form_overwrites_nothing(admin: TestClient) -> None:
    number = _id(admin, "admin")
    changes: list[dict[str, Any]] = [{"roles": ["desk"]}, {"disabled": "yes"}, {"roles": []}]
    for change in changes:
        answer = admin.post(f"/staff/{number}/edit", data=_edit(admin, "admin", **change))
        assert answer.status_code == 422
    assert _card(admin, "admin")["roles"] == ["admin"]
    old = _edit(admin, "viewer", name="はじめ")
    assert admin.post(f"/staff/{_id(admin, 'viewer')}/edit", data=old).status_code == 303
    late = admin.post(f"/staff/{_id(admin, 'viewer')}/edit", data=old | {"name": "あと"})
    assert late.status_code == 412 and Fields(late.text).values["name"] == "あと"
    assert _card(admin, "viewer")["name"] == "はじめ"


def test_an_admin_gives_another_password(
    app: FastAPI, admin: TestClient, sign_in: Callable[[str], TestClient], anonymous: TestClient
) -> None:
    desk = sign_in("desk")
    number = _id(admin, "desk")
    for data, field in (
        ({"password": "みじかい", "again": "みじかい"}, "password"),
        ({"password": NEW, "again": NEW + " "}, "again"),
    ):
        answer = admin.post(f"/staff/{number}/password", data=data)
        assert answer.status_code == 422 and f"f-{field}-wrong" in Fields(answer.text).ids
    assert desk.get("/api/session").status_code == 200
    given = admin.post(f"/staff/{number}/password", data={"password": NEW, "again": NEW})
    assert given.headers["location"] == "/staff?done=password-given"
    assert desk.get("/api/session").status_code == 401
    assert anonymous.post("/api/session", json={"username": "desk", "password": NEW}).status_code == 200


def test_only_admins_see_staff(sign_in: Callable[[str], TestClient], admin: TestClient) -> None:
    number = _id(admin, "desk")
    for role in ("viewer", "desk", "it"):
        client = sign_in(role)
        for path in ("/staff", "/staff/new", f"/staff/{number}/edit", f"/staff/{number}/password"):
            assert client.get(path).status_code == 403
        for path in ("/staff/new", f"/staff/{number}/edit", f"/staff/{number}/password"):
            assert client.post(path, data=FORM).status_code == 403
    for path in ("/staff/999/edit", "/staff/999/password"):
        assert admin.get(path).status_code == admin.post(path, data=FORM).status_code == 404
