"""Access points over HTTP: who may write and see what, and that a passphrase goes out by two doors alone."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlmodel import SQLModel

from api.app import create_app
from inventory.backup import backup
from inventory.database import Database, connect, reading
from inventory.settings import Settings
from tests.api.conftest import PASSWORD, on_sqlite, op
from tests.api.doors import routes
from tests.api.furnishing import city, made, venue
from tests.inventory.city import NOON

PHRASE = "kamo-sube-tani-4738"
POINT: dict[str, Any] = {"ssid": "Maebashi-Free-WiFi", "area": "1階ロビー", "auth": "passphrase"}
AT = "/api/venues/ohgo/access-points"


@pytest.fixture
def it(sign_in: Callable[[str], TestClient], admin: TestClient) -> TestClient:
    venue(admin)
    return sign_in("it")


def put_up(client: TestClient, **fields: Any) -> dict[str, Any]:
    return made(client, AT, POINT | fields)


def words(page: str) -> str:
    """What a page says, without its tags: the groups of a passphrase as one word."""
    return unescape(re.sub(r"<[^>]+>", "", page))


def printed(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "".join("".join(page.get_textpage().get_text_range().split()) for page in document)


def test_an_access_point_over_json(it: TestClient, viewer: TestClient) -> None:
    key = op()
    order = POINT | {"passphrase": PHRASE, "passphrase_until": "2999-04-01", "band": "5GHz", "disaster_ssid": True}
    first = it.post(AT, json=order, headers=key)
    assert first.status_code == 201, first.text
    card = first.json()
    assert (card["has_passphrase"], card["passphrase_until"], card["venue"]) == (True, "2999-04-01", "ohgo")
    assert "passphrase" not in card
    assert first.headers["etag"] == '"1"'
    again = it.post(AT, json=order, headers=key)
    assert (again.status_code, again.json(), again.headers["idempotent-replayed"]) == (201, card, "true")
    other = it.post(AT, json=order | {"passphrase": PHRASE + "x"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "op-id-reused")
    assert viewer.get(AT).json() == {"items": [card]}
    one = viewer.get(f"{AT}/{card['id']}")
    assert (one.json(), one.headers["etag"]) == (card, '"1"')
    assert viewer.get("/api/venues/nowhere/access-points").status_code == 404
    assert viewer.get(f"/api/venues/nowhere/access-points/{card['id']}").status_code == 404


def test_a_change_needs_the_revision(it: TestClient) -> None:
    card = put_up(it)
    at = f"{AT}/{card['id']}"
    assert it.patch(at, json={"area": "2階"}).status_code == 428
    changed = it.patch(at, json={"area": "2階"}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["area"], changed.headers["etag"]) == (200, "2階", '"2"')
    assert it.patch(at, json={"area": "3階"}, headers={"If-Match": '"1"'}).status_code == 412
    assert it.patch(at, json={"passphrase": PHRASE}, headers={"If-Match": '"2"'}).status_code == 422
    gone = it.post(f"{at}/remove", json={"on": card["installed_on"], "reason": "改修"}, headers=op())
    assert (gone.status_code, gone.json()["removed_on"]) == (200, card["installed_on"])


def test_a_device_that_is_out_is_a_conflict(it: TestClient, admin: TestClient) -> None:
    made(admin, "/api/pools", {"id": "aps", "name": "無線アクセスポイント", "kind": "access_point"})
    made(admin, "/api/devices", {"pool": "aps", "asset_number": "AP-1", "model": "AP-300"})
    venue(admin, "shiki")
    card = put_up(it, device="AP-1")
    assert card["device"] == {"asset_number": "AP-1", "model": "AP-300", "installed": True}
    refused = it.post("/api/venues/shiki/access-points", json=POINT | {"device": "AP-1"}, headers=op())
    assert (refused.status_code, refused.json()["code"], refused.json()["device"]) == (409, "already-lent", "AP-1")
    device = it.get("/api/devices/AP-1").json()
    assert (device["state"], device["loan"]["installed"], device["loan"]["due_on"]) == ("on_loan", True, None)
    number = device["loan"]["number"]
    assert [loan["number"] for loan in it.get("/api/loans?state=installed").json()["items"]] == [number]
    assert it.get("/api/loans?state=open").json()["items"] == []
    file = it.get("/api/exports/loans.csv?state=installed").content.decode("utf-8-sig")
    assert (number in file, "設置中" in file, "貸出中" in file) == (True, True, False)
    assert "設置中" in it.get("/api/exports/devices.csv").content.decode("utf-8-sig")
    back = admin.post("/api/returns", json={"devices": ["AP-1"]}, headers=op())
    assert back.json()["results"][0]["outcome"] == "returned"
    assert it.get(f"{AT}/{card['id']}").json()["device"]["installed"] is False


@pytest.mark.parametrize("passphrase", ["short-7", "x" * 64, "ぱすわーどぱすわーど", "tab\tin-the-middle"])
def test_a_passphrase_that_is_none_is_not_repeated(it: TestClient, passphrase: str) -> None:
    card = put_up(it)
    for path, order in (
        (AT, POINT | {"passphrase": passphrase}),
        (f"{AT}/{card['id']}/passphrase", {"passphrase": passphrase}),
        ("/api/wifi/passphrases", {"changes": [{"access_point": card["id"], "passphrase": passphrase}]}),
    ):
        refused = it.post(path, json=order, headers=op())
        assert refused.status_code == 422
        assert [error["field"].split(".")[-1] for error in refused.json()["errors"]] == ["passphrase"]
        assert passphrase not in refused.text and json.dumps(passphrase) not in refused.text
    # Refused for another field: not repeated either.
    refused = it.post(AT, json=POINT | {"auth": "open", "passphrase": PHRASE}, headers=op())
    assert (refused.status_code, PHRASE in refused.text) == (422, False)
    refused = it.post(AT, json=POINT | {"ssid": "", "passphrase": PHRASE}, headers=op())
    assert (refused.status_code, PHRASE in refused.text) == (422, False)


def test_it_alone_sees_passphrases_and_prints_posters(it: TestClient, sign_in: Callable[[str], TestClient]) -> None:
    card = put_up(it, passphrase=PHRASE)
    page = f"/venues/ohgo/access-points/{card['id']}/passphrase"
    for client in (it, sign_in("admin")):
        shown = client.get(page)
        assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")
        assert PHRASE in words(shown.text)
        for pdf in ("/api/venues/ohgo/wifi-poster.pdf", "/api/wifi/posters.pdf", "/api/wifi/posters.pdf?venue=ohgo"):
            poster = client.get(pdf)
            assert (poster.status_code, poster.headers["cache-control"]) == (200, "no-store")
            assert PHRASE in printed(poster.content)
    for role in ("viewer", "desk"):
        client = sign_in(role)
        for path in (
            page,
            "/api/venues/ohgo/wifi-poster.pdf",
            "/api/wifi/posters.pdf",
            "/wifi/posters",
            "/wifi/passphrases",
        ):
            assert client.get(path).status_code == 403, path
        hall = client.get("/venues/ohgo").text
        assert "Maebashi-Free-WiFi" in hall
        assert "/passphrase" not in hall and "wifi-poster.pdf" not in hall


def test_another_passphrase_takes_the_place_of_the_first(it: TestClient) -> None:
    card = put_up(it, passphrase=PHRASE)
    at = f"{AT}/{card['id']}/passphrase"
    changed = it.post(at, json={"passphrase": "another-phrase", "until": "2999-04-01"}, headers=op())
    assert (changed.status_code, changed.json()["passphrase_until"], changed.json()["revision"]) == (
        200,
        "2999-04-01",
        2,
    )
    many = {"changes": [{"access_point": card["id"], "passphrase": "third-phrase"}], "until": None}
    assert it.post("/api/wifi/passphrases", json=many, headers=op()).json() == {"access_points": [card["id"]]}
    poster = printed(it.get("/api/wifi/posters.pdf").content)
    assert ("third-phrase" in poster, "another-phrase" in poster) == (True, False)


def test_two_halls_are_two_pages_and_none_is_refused(it: TestClient, admin: TestClient) -> None:
    empty = it.get("/api/wifi/posters.pdf")
    assert (empty.status_code, empty.json()["code"]) == (409, "refused")
    made(admin, "/api/venues", {"code": "shiki", "kind": "community_center", "name": "敷島コミュニティセンター"})
    put_up(it, passphrase=PHRASE)
    put_up(it, passphrase=PHRASE, area="2階")
    bare = it.get("/api/venues/shiki/wifi-poster.pdf")
    assert (bare.status_code, bare.json()["code"]) == (409, "refused")
    made(it, "/api/venues/shiki/access-points", POINT | {"auth": "open"})

    def pages(query: str = "") -> int:
        return len(pypdfium2.PdfDocument(it.get(f"/api/wifi/posters.pdf{query}").content))

    assert (pages(), pages("?kind=community_center"), pages("?venue=ohgo&venue=shiki")) == (2, 1, 2)
    assert it.get("/api/wifi/posters.pdf?programme=nowhere").status_code == 404


@on_sqlite
def test_a_ledger_without_its_key_says_so(
    it: TestClient, database_url: str, settings: Settings, tmp_path: Path
) -> None:
    card = put_up(it, passphrase=PHRASE)
    put_up(it, ssid="for-all", auth="open")
    settings.secret_key_file.write_bytes(b"k" * 64)
    other = TestClient(create_app(settings, connect(database_url, keys=None)), follow_redirects=False)
    assert other.post("/api/session", json={"username": "it", "password": PASSWORD}).status_code == 200
    shown = other.get(f"/venues/ohgo/access-points/{card['id']}/passphrase")
    assert (shown.status_code, "秘密鍵" in shown.text, PHRASE in words(shown.text)) == (200, True, False)
    refused = other.get("/api/wifi/posters.pdf")
    assert (refused.status_code, refused.json()["code"]) == (409, "refused")
    again = other.post(f"{AT}/{card['id']}/passphrase", json={"passphrase": "written-anew"}, headers=op())
    assert again.status_code == 200
    assert "written-anew" in printed(other.get("/api/wifi/posters.pdf").content)


@on_sqlite
def test_no_other_door_and_no_row_holds_a_passphrase(
    app: FastAPI, admin: TestClient, database: Database, tmp_path: Path
) -> None:
    city(admin)
    secrets = [PHRASE, "another-phrase", "third-phrase"]
    card = made(admin, AT, POINT | {"passphrase": PHRASE, "note": "天井裏"})
    admin.post(f"{AT}/{card['id']}/passphrase", json={"passphrase": secrets[1]}, headers=op())
    many = {"changes": [{"access_point": card["id"], "passphrase": secrets[2]}]}
    admin.post("/api/wifi/passphrases", json=many, headers=op())
    form = {"ssid": "x", "auth": "open", "passphrase": PHRASE, "installed_on": card["installed_on"]}
    assert PHRASE not in admin.post("/venues/ohgo/access-points/new", data=form).text
    told = f"/venues/ohgo/access-points/{card['id']}/passphrase"
    looked = 0
    for route in routes(app):
        if not route.safe or route.address == told:
            continue
        answer = admin.get(route.address)
        said = answer.content
        if said[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(said)) as packed:
                said = b"".join(packed.read(name) for name in packed.namelist())
        elif said[:4] == b"%PDF" and "wifi" not in route.path:
            said = printed(said).encode()
        text = words(said.decode(errors="replace"))
        assert not any(secret in text for secret in secrets), route
        looked += answer.status_code == 200
    assert looked > 80
    with reading(database) as session:
        for table in SQLModel.metadata.sorted_tables:
            kept = str(session.connection().execute(select(table)).all())
            assert not any(secret in kept for secret in secrets), table.name
    copy = tmp_path / "city.backup"
    backup(database, copy, now=NOON)
    for file in [*tmp_path.glob("ledger.db*"), *tmp_path.glob("city.backup*")]:
        content = file.read_bytes()
        assert not any(secret.encode() in content for secret in secrets), file.name
