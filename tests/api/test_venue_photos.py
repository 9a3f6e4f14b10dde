"""Photos of a venue: drawn anew, with their caption, erased for good."""

import io
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from tests.api.conftest import op
from tests.api.furnishing import venue


def jpeg() -> bytes:
    kept = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "GPS 36.39 139.06"
    Image.new("RGB", (60, 40), "teal").save(kept, "JPEG", exif=exif)
    return kept.getvalue()


@pytest.fixture
def it(sign_in: Callable[[str], TestClient], admin: TestClient) -> TestClient:
    venue(admin)
    return sign_in("it")


def test_a_photo_is_drawn_anew_shown_and_erased(it: TestClient, viewer: TestClient) -> None:
    key = op()
    for _ in range(2):
        sent = it.post(
            "/api/venues/ohgo/photos", files={"photo": ("a.jpg", jpeg())}, data={"caption": "ロビー"}, headers=key
        )
        assert sent.status_code == 201, sent.text
    (photo,) = viewer.get("/api/venues/ohgo/photos").json()["items"]
    assert (photo["caption"], photo["width"], photo["height"], photo["step"]) == ("ロビー", 60, 40, None)
    shown = viewer.get(f"/api/pictures/{photo['id']}")
    assert shown.status_code == 200 and b"GPS" not in shown.content
    assert 'alt="ロビー"' in viewer.get("/venues/ohgo").text
    assert it.post(f"/venues/ohgo/photos/{photo['id']}/erase", data={}).status_code == 303
    assert viewer.get(f"/api/pictures/{photo['id']}").status_code == 404
    assert viewer.get("/api/venues/ohgo/photos").json()["total"] == 0


def test_the_form_takes_a_photo_and_keeps_the_words_of_one_it_refuses(it: TestClient) -> None:
    wrong = it.post("/venues/ohgo/photos", files={"photo": ("a.txt", b"no picture")}, data={"caption": "ロビー"})
    assert wrong.status_code == 415 and 'value="ロビー"' in wrong.text
    nothing = it.post("/venues/ohgo/photos", files={"caption": (None, "ロビー")})
    assert nothing.status_code == 422 and 'value="ロビー"' in nothing.text
    step = it.post("/venues/ohgo/photos", files={"photo": ("a.jpg", jpeg())}, data={"step": "77"})
    assert step.status_code == 422
    assert it.get("/api/venues/ohgo/photos").json()["total"] == 0
    done = it.post("/venues/ohgo/photos", files={"photo": ("a.jpg", jpeg())}, data={"caption": ""})
    assert done.headers["location"] == "/venues/ohgo/photos?done=photo-added"
    assert it.get("/api/venues/ohgo/photos").json()["total"] == 1
