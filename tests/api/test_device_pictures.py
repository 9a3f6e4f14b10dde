"""Pictures of devices: what belongs to which act, who may see them, and how much one request may bring."""

import io
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from fastapi.testclient import TestClient
from PIL import Image

from api.guard import BODY_LIMIT, PICTURE_LIMIT, body_limit
from inventory.database import Database
from inventory.pictures import LARGEST_KEPT
from tests.api.conftest import PASSWORD, head_of, on_sqlite, op, rows_of
from tests.api.furnishing import lend, stock
from tests.api.test_pictures import encoded, photo
from tests.server import Server

PICTURES = "/api/devices/MB-T-0001/pictures"


@pytest.fixture
def lent(admin: TestClient) -> dict[str, Any]:
    stock(admin, 2)
    return lend(admin, "MB-T-0001")


def sent(client: TestClient, content: bytes, *, key: dict[str, str] | None = None, **fields: str) -> Any:
    return client.post(PICTURES, data=fields, files={"picture": ("p", content)}, headers=key or op())


def test_a_picture_belongs_to_the_return_that_it_was_taken_at(
    desk: TestClient, viewer: TestClient, lent: dict[str, Any], database: Database
) -> None:
    key = op()
    desk.post("/api/returns", json={"devices": ["MB-T-0001"]}, headers=key)
    answer = sent(desk, encoded(photo()), operation=key["Idempotency-Key"])
    assert answer.status_code == 201, answer.text
    card = answer.json()
    assert (card["device"], card["loan"], card["media_type"]) == ("MB-T-0001", lent["number"], "image/jpeg")
    assert (card["width"], card["height"]) == (640, 480)
    assert viewer.get(PICTURES).json()["items"] == [card]
    shown = viewer.get(f"/api/pictures/{card['id']}")
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert shown.headers["content-disposition"].startswith("inline; filename=")
    assert shown.headers["cache-control"] == "no-store"
    assert Image.open(io.BytesIO(shown.content)).size == (640, 480) and len(shown.content) <= LARGEST_KEPT
    for page in (f"/loans/{lent['number']}", "/devices/MB-T-0001"):
        assert f'src="/api/pictures/{card["id"]}"' in viewer.get(page).text
    assert rows_of(database)["picture"] == 1


def test_the_same_picture_sent_again_is_kept_once(desk: TestClient, lent: dict[str, Any], database: Database) -> None:
    key = op()
    first = sent(desk, encoded(photo()), key=key)
    before = (rows_of(database), head_of(database))
    again = sent(desk, encoded(photo()), key=key)
    assert (again.status_code, again.json(), again.headers["idempotent-replayed"]) == (201, first.json(), "true")
    other = sent(desk, encoded(photo(320, 240)), key=key)
    assert (other.status_code, other.json()["code"]) == (422, "op-id-reused")
    assert (rows_of(database), head_of(database)) == before


def test_what_cannot_be_kept_is_refused(
    desk: TestClient, sign_in: Callable[[str], TestClient], lent: dict[str, Any], database: Database
) -> None:
    refused = [
        (sent(desk, b"GIF89a"), 415, "bad-photo"),
        (sent(desk, encoded(photo())[:200]), 422, "bad-photo"),
        (sent(desk, encoded(photo()), operation=str(uuid4())), 404, "not-found"),
        (sent(desk, encoded(photo()), surprise="1"), 422, "invalid"),
        (desk.post(PICTURES, data={"operation": "x"}, headers=op()), 422, "bad-photo"),
        (desk.post(PICTURES, files={"picture": encoded(photo())}), 400, "missing-op-id"),
        (desk.post(PICTURES, content=b"{}", headers=op() | {"Content-Type": "application/json"}), 422, "bad-photo"),
        (desk.post("/api/devices/NONE/pictures", files={"picture": encoded(photo())}, headers=op()), 404, "not-found"),
        (sent(sign_in("viewer"), encoded(photo())), 403, "not-allowed"),
        (sent(sign_in("it"), encoded(photo())), 403, "not-allowed"),
    ]
    for answer, status, code in refused:
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert rows_of(database)["picture"] == 0
    assert desk.get("/api/pictures/99").status_code == 404
    assert desk.get("/api/devices/NONE/pictures").json()["items"] == []


def test_a_picture_of_an_act_that_ended_no_loan_is_the_devices_own(desk: TestClient, lent: dict[str, Any]) -> None:
    key = op()
    desk.post("/api/returns", json={"devices": ["MB-T-0002"]}, headers=key)
    card = desk.post(
        "/api/devices/MB-T-0002/pictures",
        data={"operation": key["Idempotency-Key"]},
        files={"picture": encoded(photo())},
        headers=op(),
    ).json()
    assert (card["device"], card["loan"]) == ("MB-T-0002", None)


@on_sqlite
def test_the_doors_of_pictures_have_room_for_one_and_no_other_door_has(
    desk: TestClient, lent: dict[str, Any], database: Database
) -> None:
    room = {
        PICTURES: PICTURE_LIMIT,
        "/api/loans/R8-00001/agreement/paper": PICTURE_LIMIT,
        "/api/loans/R8-00001/agreement/scans": PICTURE_LIMIT,
        "/loans/R8-00001/agreement/paper": PICTURE_LIMIT,
        "/loans/R8-00001/agreement/scan": PICTURE_LIMIT,
        "/api/loans/R8-00001/agreement": BODY_LIMIT,
        "/api/loans": BODY_LIMIT,
        "/api/loans/R8/1/agreement/scans": BODY_LIMIT,
        "/x/api/devices/a/pictures": BODY_LIMIT,
        "/api/devices/a/pictures/": BODY_LIMIT,
    }
    assert {path: body_limit(path) for path in room} == room
    large = encoded(photo()) + b"\0" * (2 * 1024 * 1024)
    assert sent(desk, large).status_code == 201
    # More than 15 MB is no picture of ours, and more than the door's room is not even read.
    over = sent(desk, encoded(photo()) + b"\0" * (15 * 1024 * 1024 + 1))
    assert (over.status_code, over.json()["code"], over.json()["errors"][0]["field"]) == (413, "too-large", "picture")
    assert sent(desk, b"\0" * (PICTURE_LIMIT + 1)).json()["code"] == "too-large"

    def unmeasured() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="picture"; filename="p"\r\n\r\n'
        for _ in range(18):
            yield b"\0" * (1024 * 1024)
        yield b"\r\n--b--\r\n"

    headers = op() | {"Content-Type": "multipart/form-data; boundary=b"}
    streamed = desk.post(PICTURES, content=unmeasured(), headers=headers)
    # The guard stopped it on its way in; the form, which would have named its field, never came to be.
    assert (streamed.status_code, streamed.json()["code"], streamed.json()["errors"]) == (413, "too-large", [])
    for path in ("/api/loans/R8-00001/agreement", "/api/loans"):
        assert desk.post(path, content=b"\0" * (BODY_LIMIT + 1), headers=op()).status_code == 413
    assert rows_of(database)["picture"] == 1


@on_sqlite
def test_nobody_sends_a_picture_before_the_door_has_asked_who_it_is(anonymous: TestClient) -> None:
    assert sent(anonymous, encoded(photo())).status_code == 401


@on_sqlite
def test_the_reference_says_how_a_picture_is_sent(anonymous: TestClient) -> None:
    document = json.loads(anonymous.get("/openapi.json").text)
    body = document["paths"]["/api/devices/{asset_number}/pictures"]["post"]["requestBody"]
    assert list(body["content"]) == ["multipart/form-data"]
    assert {"415", "413", "422"} <= set(document["paths"]["/api/devices/{asset_number}/pictures"]["post"]["responses"])


@on_sqlite
def test_ten_large_pictures_at_once_do_not_fill_the_memory(lent: dict[str, Any], database_url: str) -> None:
    """The program's size grows by what two pictures need, not by what ten bring."""
    content = encoded(Image.effect_noise((4000, 3000), 60).convert("RGB"), quality=92)
    assert 5_000_000 < len(content) < 15_000_000
    folder = Path(database_url.removeprefix("sqlite:///")).parent
    with Server(database_url, folder) as running:
        signed = requests.post(
            f"{running.url}/api/session", json={"username": "desk", "password": PASSWORD}, timeout=30
        )
        cookie = {"Cookie": signed.headers["set-cookie"].partition(";")[0]}

        def send() -> None:
            answer = requests.post(
                f"{running.url}{PICTURES}", files={"picture": content}, headers=cookie | op(), timeout=120
            )
            statuses.append(answer.status_code)

        statuses: list[int] = []
        send()
        before = _peak(running.pid)
        Path(f"/proc/{running.pid}/clear_refs").write_text("5")
        threads = [threading.Thread(target=send) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert statuses == [201] * 11
        # All ten at once would need 500 MiB; two at a time need a third of it, most of it the allocator's slack.
        assert _peak(running.pid) - before < 300


def _peak(pid: int) -> float:
    """MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
