"""Signing in and out, the own account and the own password, by form."""

from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient

from api.session_pages import own_path
from tests.api.conftest import PASSWORD

NEW = "つぎの ながい合言葉 2026 "


class Fields(HTMLParser):
    """Values of the inputs of a page, and the ids that exist."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.ids: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids.add(given.get("id") or "")
        if tag == "input":
            self.values[given.get("name") or ""] = given.get("value") or ""


def test_whoever_is_not_signed_in_comes_back_to_the_page_they_wanted(anonymous: TestClient) -> None:
    asked = anonymous.get("/account")
    assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in?next=%2Faccount")
    form = Fields(anonymous.get(asked.headers["location"]).text)
    assert form.values["next"] == "/account"
    sent = anonymous.post("/sign-in", data={"username": "desk", "password": PASSWORD, "next": form.values["next"]})
    assert (sent.status_code, sent.headers["location"]) == (303, "/account")
    assert anonymous.get("/api/session").json()["username"] == "desk"
    # Signed in, the form has nothing to ask.
    assert anonymous.get("/sign-in?next=/loans").headers["location"] == "/loans"


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example", "/\n/evil.example", "evil", ""],
)
def test_next_leads_nowhere_but_to_our_own_pages(anonymous: TestClient, elsewhere: str) -> None:
    assert own_path(elsewhere) == "/"
    sent = anonymous.post("/sign-in", data={"username": "desk", "password": PASSWORD, "next": elsewhere})
    assert (sent.status_code, sent.headers["location"]) == (303, "/")


def test_next_keeps_the_query_of_our_own_page() -> None:
    assert own_path("/devices?q=大胡&state=on_loan") == "/devices?q=大胡&state=on_loan"


def test_a_wrong_password_and_an_unknown_name_get_the_same_form_with_the_name_kept(anonymous: TestClient) -> None:
    pages = []
    for name in ("desk", "nobody"):
        answer = anonymous.post("/sign-in", data={"username": name, "password": "ちがう言葉", "next": "/loans"})
        assert answer.status_code == 401
        fields = Fields(answer.text)
        assert (fields.values["username"], fields.values["next"]) == (name, "/loans")
        assert "wrong" in fields.ids and "ちがう言葉" not in answer.text
        pages.append(answer.text.replace(f'value="{name}"', ""))
    assert pages[0] == pages[1]
    assert anonymous.get("/api/session").status_code == 401


def test_the_sixth_try_waits_and_says_how_long(anonymous: TestClient) -> None:
    for _ in range(5):
        assert anonymous.post("/sign-in", data={"username": "desk", "password": "no"}).status_code == 401
    answer = anonymous.post("/sign-in", data={"username": "desk", "password": PASSWORD})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 901
    assert f"{-(-int(answer.headers['retry-after']) // 60)}分" in answer.text


def test_endless_input_is_refused_before_anything_is_hashed(anonymous: TestClient) -> None:
    answer = anonymous.post("/sign-in", data={"username": "desk", "password": "x" * 1001})
    assert answer.status_code == 422
    assert "f-password-wrong" in Fields(answer.text).ids


def test_signing_out_ends_the_session_for_every_copy_of_its_cookie(desk: TestClient) -> None:
    copy = dict(desk.cookies)
    left = desk.post("/sign-out")
    assert (left.status_code, left.headers["location"]) == (303, "/sign-in?done=signed-out")
    assert desk.get("/account").status_code == 303
    desk.cookies.update(copy)
    assert desk.get("/account").status_code == 303


def test_the_account_page_says_who_one_is_and_what_one_may_do(sign_in: Callable[[str], TestClient]) -> None:
    for role, word in (("viewer", "見るだけ"), ("desk", "窓口"), ("it", "情報担当"), ("admin", "管理者")):
        page = sign_in(role).get("/account")
        assert page.status_code == 200
        assert f"<dd>{word}</dd>" in page.text and f"{role}さん" in page.text and "<dd>生涯学習課</dd>" in page.text


def test_a_new_password_ends_every_session_and_is_kept_as_typed(
    sign_in: Callable[[str], TestClient], anonymous: TestClient
) -> None:
    here, elsewhere = sign_in("desk"), sign_in("desk")
    changed = here.post("/password", data={"old": PASSWORD, "password": NEW, "again": NEW})
    assert (changed.status_code, changed.headers["location"]) == (303, "/sign-in?done=password")
    assert here.get("/api/session").status_code == 401
    assert elsewhere.get("/api/session").status_code == 401
    for password, status in ((PASSWORD, 401), (NEW.strip(), 401), (NEW, 200)):
        assert anonymous.post("/api/session", json={"username": "desk", "password": password}).status_code == status
    assert anonymous.post("/sign-in", data={"username": "desk", "password": NEW}).status_code == 303


def test_a_new_password_needs_the_old_one_and_the_same_word_twice(desk: TestClient) -> None:
    for data, status, field in (
        ({"old": "ちがう", "password": NEW, "again": NEW}, 401, "old"),
        ({"old": PASSWORD, "password": NEW, "again": NEW + "x"}, 422, "again"),
        ({"old": PASSWORD, "password": "みじかい", "again": "みじかい"}, 422, "password"),
    ):
        answer = desk.post("/password", data=data)
        assert answer.status_code == status
        assert f"f-{field}-wrong" in Fields(answer.text).ids
    assert desk.get("/api/session").status_code == 200


def test_guessing_the_old_password_is_counted_as_signing_in_is(desk: TestClient) -> None:
    for _ in range(5):
        assert desk.post("/password", data={"old": "x", "password": NEW, "again": NEW}).status_code == 401
    answer = desk.post("/password", data={"old": PASSWORD, "password": NEW, "again": NEW})
    assert answer.status_code == 429 and int(answer.headers["retry-after"]) > 0
