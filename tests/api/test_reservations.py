"""Reservations and what is free behind their doors, and the desk that is refused what somebody else was promised."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.conftest import op
from tests.api.furnishing import POOL, association, course, made, order_for, stock, venue

DAY = {"from": "2999-11-24T13:00:00+09:00", "until": "2999-11-24T15:00:00+09:00"}
ASKED = {"pool": POOL["id"], **DAY}


@pytest.fixture
def lesson(admin: TestClient) -> str:
    """Four tablets that are prepared for half an hour, and a course that wants some."""
    stock(admin, 4, preparation_minutes=30)
    return course(admin, venue(admin), DAY["from"], DAY["until"])


def _free(client: TestClient) -> dict[str, Any]:
    answer = client.get("/api/availability", params=ASKED)
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


def test_reserve_see_and_release(admin: TestClient, lesson: str) -> None:
    assert (_free(admin)["free"], _free(admin)["total"], _free(admin)["preparation_minutes"]) == (4, 4, 30)
    card = made(admin, "/api/reservations", ASKED | {"quantity": 3, "course": lesson, "note": "窓側"})
    assert {name: card[name] for name in ("pool", "quantity", "handed", "wanted", "note", "released_at")} == {
        "pool": POOL["id"], "quantity": 3, "handed": 0, "wanted": 3, "note": "窓側", "released_at": None,
    }  # fmt: skip
    assert (card["borrower"]["type"], card["borrower"]["id"]) == ("course", lesson)
    said = _free(admin)
    assert said["free"] == 1
    assert said["windows"] == [
        {"from": "2999-11-24T03:30:00Z", "until": "2999-11-24T06:30:00Z", "free": 1, "promised": 3}
    ]
    assert admin.get(f"/api/reservations/{card['id']}").json() == card
    listed = admin.get("/api/reservations", params={"course": lesson, "state": "open"}).json()
    assert listed == {"items": [card], "next": None, "total": 1}
    gone = admin.post(f"/api/reservations/{card['id']}/release", headers=op())
    assert gone.status_code == 200 and gone.json()["released_at"] is not None
    assert _free(admin)["free"] == 4
    assert admin.get("/api/reservations", params={"state": "released"}).json()["total"] == 1


def test_too_many_are_refused_with_the_windows_and_overridden_with_a_reason(admin: TestClient, lesson: str) -> None:
    order = ASKED | {"quantity": 6, "course": lesson}
    refused = admin.post("/api/reservations", json=order, headers=op())
    assert (refused.status_code, refused.json()["code"]) == (409, "not-enough")
    window = {"from": "2999-11-24T03:30:00+00:00", "until": "2999-11-24T06:30:00+00:00", "missing": 2}
    assert (refused.json()["pool"], refused.json()["shortage"]) == (POOL["id"], [window])
    assert admin.get("/api/reservations").json()["total"] == 0
    card = made(admin, "/api/reservations", order | {"override": {"reason": "借りてくる"}})
    assert card["override_reason"] == "借りてくる"
    # Said as nothing, never as less.
    assert _free(admin)["free"] == 0


def test_a_repeated_order_is_one_reservation(admin: TestClient, lesson: str) -> None:
    key = op()
    order = ASKED | {"quantity": 2, "course": lesson}
    first = admin.post("/api/reservations", json=order, headers=key)
    again = admin.post("/api/reservations", json=order, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert admin.get("/api/reservations").json()["total"] == 1


def test_the_desk_is_refused_what_was_promised_and_may_lend_it_with_a_reason(admin: TestClient, lesson: str) -> None:
    card = made(admin, "/api/reservations", ASKED | {"quantity": 4, "course": lesson})
    order = order_for("MB-T-0001", due={"on": "2999-12-01"})
    refused = admin.post("/api/loans", json=order, headers=op())
    assert (refused.status_code, refused.json()["code"]) == (409, "promised")
    assert (refused.json()["device"], refused.json()["reservation"]) == ("MB-T-0001", card["id"])
    page = admin.post(
        "/loans/new",
        data={
            "to": "section", "target": "福祉課", "devices": "MB-T-0001", "until": "day", "on": "2999-12-01",
        },
    )  # fmt: skip
    assert page.status_code == 409 and 'name="override"' in page.text
    lent = made(admin, "/api/loans", order | {"override": {"reason": "急ぎ"}})
    assert lent["override"] == "急ぎ"


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"pool": "nowhere"}, 404),
        ({"from": DAY["until"]}, 422),
        ({"from": "2999-11-24T13:00:00"}, 422),
        ({"until": "2999-11-24"}, 422),
    ],
)
def test_what_is_free_can_only_be_asked_of_a_pool_and_a_time(
    admin: TestClient, lesson: str, wrong: dict[str, str], status: int
) -> None:
    assert admin.get("/api/availability", params=ASKED | wrong).status_code == status


def test_the_pages_of_a_reservation(admin: TestClient, lesson: str) -> None:
    form = admin.get(f"/reservations/new?course={lesson}").text
    assert 'value="2999-11-24"' in form and 'value="13:00"' in form and "4</b>台" in form
    sent = {"course": lesson, "pool": POOL["id"], "quantity": "3", "day": "2999-11-24", "starts": "13:00"}
    made_here = admin.post("/reservations/new", data=sent | {"ends": "15:00"}, follow_redirects=False)
    assert (made_here.status_code, made_here.headers["location"]) == (303, f"/courses/{lesson}?done=reserved")
    (card,) = admin.get("/api/reservations").json()["items"]
    assert (card["from"], card["until"]) == ("2999-11-24T04:00:00Z", "2999-11-24T06:00:00Z")
    for path in ("/reservations", f"/reservations/{card['id']}", f"/courses/{lesson}", "/reservations?state=over"):
        assert admin.get(path).status_code == 200, path
    assert f"/reservations/{card['id']}" in admin.get(f"/courses/{lesson}").text
    short = admin.post("/reservations/new", data=sent | {"ends": "15:00"}, follow_redirects=False)
    assert short.status_code == 409
    # The form comes back filled, with a way to override and a day on which enough are free.
    for part in ('name="override"', 'value="13:00"', "day=2999-11-25", 'value="3"'):
        assert part in short.text, part
    assert admin.get("/api/reservations").json()["total"] == 1
    backwards = admin.post("/reservations/new", data=sent | {"ends": "12:00"}, follow_redirects=False)
    assert backwards.status_code == 422 and 'id="f-ends-wrong"' in backwards.text
    gone = admin.post(f"/reservations/{card['id']}/release", data={}, follow_redirects=False)
    assert gone.headers["location"] == f"/reservations/{card['id']}?done=reservation-released"


def test_the_form_asks_for_the_phones_that_are_not_reserved_yet(admin: TestClient) -> None:
    stock(admin, 4, kind="smartphone")
    of = course(admin, venue(admin), DAY["from"], DAY["until"])
    etag = admin.get(f"/api/courses/{of}").headers["ETag"]
    changed = admin.patch(f"/api/courses/{of}", json={"phones_needed": 4}, headers=op() | {"If-Match": etag})
    assert changed.status_code == 200, changed.text
    field = re.compile(r'id="f-quantity" name="quantity" value="(\d*)"')
    asked = []
    for quantity in (3, 1):
        asked += field.findall(admin.get(f"/reservations/new?course={of}").text)
        made(admin, "/api/reservations", ASKED | {"quantity": quantity, "course": of})
    assert asked + field.findall(admin.get(f"/reservations/new?course={of}").text) == ["4", "1", ""]


def test_a_form_that_names_neither_pool_nor_number_says_so_beside_each(admin: TestClient, lesson: str) -> None:
    sent = {"course": lesson, "day": "2999-11-24", "starts": "13:00", "ends": "15:00"}
    blank = admin.post("/reservations/new", data=sent, follow_redirects=False)
    assert blank.status_code == 422
    said = dict(re.findall(r'id="f-(pool|quantity)-wrong">.*?<span>(.*?)</span>', blank.text, re.DOTALL))
    assert set(said) == {"pool", "quantity"} and said["pool"] != said["quantity"]


def test_the_pages_of_an_association_and_a_pool(admin: TestClient, lesson: str) -> None:
    of = association(admin)
    sent = {"to": "association", "pool": POOL["id"], "quantity": "3", "day": "2999-11-24", "starts": "13:00"}
    nobody = admin.post("/reservations/new", data=sent | {"ends": "15:00"}, follow_redirects=False)
    assert nobody.status_code == 422 and 'id="f-association-wrong"' in nobody.text
    told = admin.post("/reservations/new", data=sent | {"ends": "15:00", "association": of}, follow_redirects=False)
    assert told.status_code == 303
    (card,) = admin.get("/api/reservations", params={"association": of}).json()["items"]
    assert f"/reservations/{card['id']}" in admin.get(f"/associations/{of}").text
    days = admin.get(f"/pools/{POOL['id']}/calendar?since=2999-11-23").text
    assert "3台" in days and "1台" in days
    assert admin.get(f"/pools/{POOL['id']}/calendar?since=2999-12-31").status_code == 200
    assert admin.get("/pools/nowhere/calendar").status_code == 404


def test_reservations_as_a_file(admin: TestClient, lesson: str) -> None:
    made(admin, "/api/reservations", ASKED | {"quantity": 3, "course": lesson})
    file = admin.get("/api/exports/reservations.csv?state=open").text.splitlines()
    assert len(file) == 2 and POOL["id"] in file[1] and "スマホ入門" in file[1]
    assert len(admin.get("/api/exports/reservations.csv?state=over").text.splitlines()) == 1
    assert admin.get("/api/exports/reservations.xlsx").status_code == 200
