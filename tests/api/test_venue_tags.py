"""A venue's label number, its poster, and what is reported under it."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from tests.api.conftest import op
from tests.api.furnishing import made, venue
from tests.api.test_session_pages import Fields


@pytest.fixture
def it(sign_in: Callable[[str], TestClient], admin: TestClient) -> TestClient:
    venue(admin)
    return sign_in("it")


def numbered(client: TestClient) -> str:
    answer = client.post("/api/venues/ohgo/tag", json={}, headers=op())
    assert answer.status_code == 200
    return str(answer.json()["tag"])


def number(client: TestClient) -> str | None:
    found: str | None = client.get("/api/venues/ohgo/tag").json()["tag"]
    return found


def test_a_venue_gets_a_number_under_which_trouble_lands_on_its_page(it: TestClient, viewer: TestClient) -> None:
    assert number(viewer) is None
    assert 'href="/venues/ohgo/tag"' in it.get("/venues/ohgo").text
    key = op()
    first = it.post("/api/venues/ohgo/tag", headers=key)
    assert first.status_code == 200
    again = it.post("/api/venues/ohgo/tag", headers=key)
    assert (again.json(), again.headers["idempotent-replayed"]) == (first.json(), "true")
    tag = first.json()["tag"]
    assert number(viewer) == tag
    it.cookies.clear()
    assert it.get(f"/T/{tag}").status_code == 200
    sent = it.post("/api/issues", json={"tag": tag, "category": "network"}, headers=op())
    assert sent.status_code == 201
    page = viewer.get("/venues/ohgo").text
    assert sent.json()["receipt"] in page


def test_a_number_that_is_changed_leaves_a_replaced_one(it: TestClient) -> None:
    old = numbered(it)
    form = Fields(it.get("/venues/ohgo/tag").text).values
    (blank,) = made(it, "/api/labels/blanks", {"count": 1})["numbers"]
    typed = {"op_id": form["op_id"], "which": "printed", "number": f"{blank[:4]} {blank[4:]}"}
    done = it.post("/venues/ohgo/tag", data=typed)
    assert (done.status_code, done.headers["location"]) == (303, "/venues/ohgo/tag?done=venue-tagged")
    assert number(it) == blank
    it.cookies.clear()
    assert (it.get(f"/T/{old}").status_code, it.get(f"/T/{blank}").status_code) == (410, 200)


@pytest.mark.parametrize("typed", ["", "12345678", "ohgo"])
def test_a_number_that_was_never_printed_is_refused_and_stays_written(it: TestClient, typed: str) -> None:
    answer = it.post("/venues/ohgo/tag", data={"which": "printed", "number": typed})
    assert answer.status_code == 422
    fields = Fields(answer.text)
    assert "f-number-wrong" in fields.ids and fields.values.get("number", "") == typed
    assert number(it) is None


def test_a_poster_needs_a_number(it: TestClient, viewer: TestClient) -> None:
    assert it.get("/api/venues/ohgo/poster.pdf").json()["code"] == "refused"
    assert it.get("/api/venues/nowhere/poster.pdf").status_code == 404
    numbered(it)
    poster = viewer.get("/api/venues/ohgo/poster.pdf")
    assert (poster.status_code, poster.headers["content-type"]) == (200, "application/pdf")
    assert poster.content.startswith(b"%PDF")


def test_who_may_not_make_numbers(it: TestClient, sign_in: Callable[[str], TestClient]) -> None:
    desk = sign_in("desk")
    assert desk.post("/api/venues/ohgo/tag", headers=op()).status_code == 403
    assert desk.post("/venues/ohgo/tag", data={"which": "fresh"}).status_code == 403
    assert number(it) is None
