"""Rooms of venues, on screen."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from tests.api.furnishing import venue
from tests.api.stocked import Page
from tests.api.test_session_pages import Fields


@pytest.fixture
def it(sign_in: Callable[[str], TestClient]) -> TestClient:
    return sign_in("it")


def test_a_room_is_added_changed_and_given_up(it: TestClient, admin: TestClient, viewer: TestClient) -> None:
    code = venue(admin)
    here, rooms = f"/venues/{code}", f"/venues/{code}/rooms"
    assert rooms in Page(it.get(here)).links and rooms not in Page(viewer.get(here)).links
    sent = {"op_id": Page(it.get(rooms)).fields["op_id"], "name": "第1会議室", "capacity": "40", "note": ""}
    for _ in range(2):
        assert it.post(rooms, data=sent).headers["location"] == f"{rooms}?done=room-added"
    assert "第1会議室" in viewer.get(here).text and "40人" in viewer.get(here).text
    wrong = it.post(rooms, data={"name": "第1会議室", "capacity": "たくさん"})
    assert wrong.status_code == 422 and "f-capacity-wrong" in Fields(wrong.text).ids
    taken = it.post(rooms, data={"name": "第1会議室", "capacity": ""})
    assert taken.status_code == 422 and "f-name-wrong" in Fields(taken.text).ids
    one = next(link for link in Page(it.get(rooms)).links if link.startswith(f"{rooms}/"))
    form = Page(it.get(one)).fields
    assert (form["name"], form["capacity"]) == ("第1会議室", "40")
    change = {"name": "大会議室", "capacity": "", "note": "2階", "if_match": form["if_match"]}
    assert it.post(one, data=change).status_code == 303
    late = it.post(one, data=change | {"name": "小会議室"})
    assert late.status_code == 412 and Page(late).fields["name"] == "小会議室"
    gone = it.post(one, data={"act": "retire", "if_match": Page(late).fields["if_match"]})
    assert gone.headers["location"] == f"{rooms}?done=room-retired"
    assert "大会議室" not in viewer.get(here).text and "大会議室" in it.get(rooms).text
    assert it.get(one).status_code == 200 and it.get(f"{rooms}/0").status_code == 404
    for client in (viewer,):
        assert client.get(rooms).status_code == client.post(rooms, data=sent).status_code == 403
