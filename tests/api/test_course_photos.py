"""Photos of a course at the doors: drawn anew, with consent or without, and seen without it by staff alone."""

import pytest
from fastapi.testclient import TestClient

from tests.api.conftest import op
from tests.api.furnishing import course, venue
from tests.api.test_venue_photos import jpeg


@pytest.fixture
def day(desk: TestClient, admin: TestClient) -> str:
    return course(admin, venue(admin), "2026-05-20T10:00:00+09:00", "2026-05-20T12:00:00+09:00")


def test_a_photo_with_and_one_without_consent(desk: TestClient, viewer: TestClient, day: str) -> None:
    key, door = op(), f"/api/courses/{day}/photos"
    sent = [desk.post(door, files={"photo": ("a.jpg", jpeg())}, data={"caption": "席"}, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in sent] == [201, 201]
    assert sent[0].json() == sent[1].json()
    first = sent[0].json()["id"]
    agreed = desk.post(
        f"/api/courses/{day}/photos", files={"photo": ("a.jpg", jpeg())}, data={"consent": "true"}, headers=op()
    ).json()
    assert agreed["consent"] is True
    assert [one["id"] for one in desk.get(f"/api/courses/{day}/photos").json()["items"]] == [agreed["id"], first]
    # Who may not see a telephone number sees no face either, unless its owner agreed.
    assert [one["id"] for one in viewer.get(f"/api/courses/{day}/photos").json()["items"]] == [agreed["id"]]
    seen = [viewer.get(f"/api/pictures/{one}").status_code for one in (first, agreed["id"])]
    assert seen == [403, 200]
    assert f"/api/pictures/{first}" in desk.get(f"/courses/{day}").text
    assert f"/api/pictures/{first}" not in viewer.get(f"/courses/{day}").text
    changed = desk.post(f"/api/courses/{day}/photos/{first}/change", json={"consent": True}, headers=op()).json()
    assert (changed["consent"], changed["caption"]) == (True, "席")
    assert viewer.get(f"/api/pictures/{first}").status_code == 200
    assert desk.post(f"/api/courses/{day}/photos/{first}/erase", headers=op()).json()["erased"] is True
    assert desk.get(f"/api/pictures/{first}").status_code == 404


def test_the_form_adds_changes_and_erases(desk: TestClient, day: str) -> None:
    page = f"/courses/{day}/photos"
    wrong = desk.post(page, files={"photo": ("a.txt", b"none")}, data={"caption": "席", "consent": "yes"})
    assert wrong.status_code == 415 and 'value="席"' in wrong.text and " checked" in wrong.text
    assert desk.get(f"/api/courses/{day}/photos").json()["total"] == 0
    done = desk.post(page, files={"photo": ("a.jpg", jpeg())}, data={"caption": "席", "consent": "yes"})
    assert done.headers["location"] == f"{page}?done=photo-added"
    (photo,) = desk.get(f"/api/courses/{day}/photos").json()["items"]
    assert photo["consent"] is True
    long = desk.post(f"{page}/{photo['id']}/change", data={"caption": "あ" * 201})
    assert long.status_code == 422 and "あ" * 201 in long.text
    assert desk.post(f"{page}/{photo['id']}/change", data={"caption": "実演"}).status_code == 303
    (photo,) = desk.get(f"/api/courses/{day}/photos").json()["items"]
    assert (photo["consent"], photo["caption"]) == (False, "実演")
    assert desk.post(f"{page}/{photo['id']}/erase").status_code == 303
    assert desk.get(f"/api/courses/{day}/photos").json()["total"] == 0


def test_a_foreign_photo_and_a_foreign_role(desk: TestClient, viewer: TestClient, day: str) -> None:
    assert desk.get("/courses/99/photos").status_code == 404
    assert desk.post(f"/courses/{day}/photos/99/change", data={}).status_code == 404
    assert viewer.get(f"/courses/{day}/photos").status_code == 403
