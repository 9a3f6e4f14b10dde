"""Staff accounts over JSON."""

from typing import Any

from fastapi.testclient import TestClient

from inventory.database import Database
from tests.api.conftest import head_of
from tests.api.furnishing import made

KIMURA: dict[str, Any] = {
    "username": "Kimura",
    "name": "木村 恵",
    "section": "市民協働課",
    "roles": ["it", "desk", "it"],
    "password": "山と川とそば粉と水",
}


def test_a_new_member_signs_in_with_the_password_given(admin: TestClient, anonymous: TestClient) -> None:
    card = made(admin, "/api/staff", KIMURA)
    assert (card["username"], card["roles"], card["active"]) == ("kimura", ["desk", "it"], True)
    assert KIMURA["password"] not in str(card) and "password" not in card
    who = anonymous.post("/api/session", json={"username": "kimura", "password": KIMURA["password"]})
    assert who.json() == {"username": "kimura", "name": "木村 恵", "roles": ["desk", "it"]}
    names = [member["username"] for member in admin.get("/api/staff").json()["items"]]
    assert names == ["admin", "desk", "it", "kimura", "viewer"]


def test_the_last_admin_stays(admin: TestClient, database: Database) -> None:
    own = next(card for card in admin.get("/api/staff").json()["items"] if card["username"] == "admin")
    before = head_of(database)
    for fields in ({"disabled": True}, {"roles": ["desk"]}, {"appointed_until": "2020-01-01"}):
        answer = admin.patch(f"/api/staff/{own['id']}", json=fields, headers={"If-Match": '"1"'})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "roles")
    assert head_of(database) == before
    assert admin.get("/api/session").status_code == 200


def test_accounts_and_passwords_that_cannot_be(admin: TestClient, database: Database) -> None:
    before = head_of(database)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"username": "desk"}, "username"),
        ({"username": "DESK"}, "username"),
        ({"username": "木村"}, "username"),
        ({"roles": []}, "roles"),
        ({"roles": ["mayor"]}, "roles.0"),
        ({"password": "みじかい"}, "password"),
        ({"password": "password"}, "password"),
        ({"password": "ああああああああ"}, "password"),
        ({"password": "maebashi1"}, "password"),
        ({"password": "あ" * 129}, "password"),
    ]
    for fields, field in wrong:
        answer = admin.post("/api/staff", json=KIMURA | fields)
        assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field]), fields
        assert KIMURA["password"] not in answer.text
    assert head_of(database) == before
