"""The page of a label: what a finder sees, and what nobody can tell from an answer."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import insert
from sqlmodel import SQLModel

from api import public
from api.app import create_app
from api.throttle import Throttle, client_of
from inventory import journal
from inventory.database import Database, writing
from inventory.journal import By
from inventory.settings import Settings
from inventory.text import damm_check, new_tag_number
from tests.api.conftest import head_of, op

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
PROBLEM = {"Accept": "application/problem+json"}


@pytest.fixture
def lent(admin: TestClient) -> dict[str, Any]:
    """A tablet lent to an association: its card, with the number of its label."""
    pool = {"id": "head-tablets", "name": "自治会長タブレット", "kind": "tablet"}
    assert admin.post("/api/pools", json=pool).status_code == 201
    device = {"pool": "head-tablets", "asset_number": "MB-T-0042", "model": "TB-10A", "serial": "HA1K7Q2043"}
    assert admin.post("/api/devices", json=device).status_code == 201
    association = admin.post("/api/associations", json={"name": "堀越町自治会"}).json()["id"]
    head = {"name": "金井 康男", "name_kana": "カナイ ヤスオ", "office": "会長", "from": "2026-04-01", "until": None}
    assert admin.post(f"/api/associations/{association}/officers", json=head).status_code == 201
    order = {"borrower": {"association": association}, "devices": ["MB-T-0042"], "due": {"end_of_office": True}}
    assert admin.post("/api/loans", json=order, headers=op()).status_code == 201
    card: dict[str, Any] = admin.get("/api/devices/MB-T-0042").json()
    return card


def _label_of_a_venue(admin: TestClient, database: Database) -> str:
    venue = {"code": "ogo", "kind": "kominkan", "name": "大胡公民館"}
    assert admin.post("/api/venues", json=venue).status_code == 201
    number, tables = new_tag_number(), SQLModel.metadata.tables
    with writing(database) as session:
        entry = journal.open_entry(session, by=By(), now=NOW, op_id="venue-label")
        journal.note(session, "bind_tag", tag=number)
        connection = session.connection()
        row = connection.execute(tables["venue"].select()).one()
        connection.execute(insert(tables["tag"]).values(number=number, created_at=NOW, entry=entry))
        binding = {"number": number, "venue_id": row.id, "bound_at": NOW, "entry": entry}
        connection.execute(insert(tables["tag_binding"]).values(binding))
    return number


def test_a_finder_learns_whose_it_is_and_whom_to_ring_and_nothing_of_the_borrower(
    lent: dict[str, Any], anonymous: TestClient
) -> None:
    page = anonymous.get(f"/T/{lent['tag']}")
    assert page.status_code == 200
    for shown in ("タブレット", "前橋市", "デジタルデバイド解消WG", 'href="tel:0270001234"', "平日", "8:30–17:15"):
        assert shown in page.text
    for hidden in ("堀越町", "金井", "カナイ", "MB-T-0042", "TB-10A", "HA1K7Q2043", "自治会", "R8-"):
        assert hidden not in page.text
    assert page.headers["referrer-policy"] == "no-referrer" and page.headers["cache-control"] == "no-store"
    assert 'name="robots" content="noindex"' in page.text


def test_a_label_of_a_venue_names_the_venue(admin: TestClient, anonymous: TestClient, database: Database) -> None:
    number = _label_of_a_venue(admin, database)
    page = anonymous.get(f"/T/{number}")
    assert page.status_code == 200 and "大胡公民館" in page.text
    assert 'href="/venues/ogo"' in admin.get(f"/T/{number}").text


def test_the_number_is_read_in_every_way_a_person_or_a_scanner_writes_it(
    lent: dict[str, Any], anonymous: TestClient
) -> None:
    number = lent["tag"]
    wide = number.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    for path in (f"/t/{number}", f"/T/{number[:4]}-{number[4:]}", f"/T/{number[:4]} {number[4:]}", f"/T/{wide}"):
        assert anonymous.get(path).status_code == 200
    for typed in (number, f"{number[:4]} {number[4:]}", wide, f"http://other.example/T/{number}"):
        led = anonymous.get("/T", params={"number": typed})
        assert (led.status_code, led.headers["location"]) == (303, f"/T/{number}")
    assert anonymous.get("/T").status_code == 200
    assert anonymous.get("/T/").headers["location"] == "/T"


def test_wrong_foreign_blank_and_unknown_numbers_get_one_answer_to_the_byte(
    admin: TestClient, anonymous: TestClient, lent: dict[str, Any]
) -> None:
    number = lent["tag"]
    mistyped = number[:-1] + str((int(number[-1]) + 1) % 10)
    unknown = "0000001" + damm_check("0000001")
    typed_badly = anonymous.get("/T", params={"number": "MB-T-0042"}).headers["location"]
    paths = [f"/T/{number[:-1]}", f"/T/{mistyped}", f"/T/{unknown}", "/T/MB-T-0042", "/t/ABC/def", typed_badly]
    for headers in ({}, PROBLEM, {"Accept": "application/json"}):
        answers = [anonymous.get(path, headers=headers) for path in paths]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.content for answer in answers}) == 1
        assert len({tuple(sorted(answer.headers.items())) for answer in answers}) == 1
    assert anonymous.get(paths[0], headers=PROBLEM).json()["code"] == "not-found"


def test_a_replaced_label_says_so_and_nothing_else(
    admin: TestClient, anonymous: TestClient, lent: dict[str, Any]
) -> None:
    old = lent["tag"]
    assert admin.post("/api/devices/MB-T-0042/tag").status_code == 200
    page = anonymous.get(f"/T/{old}")
    assert page.status_code == 410
    assert "タブレット" not in page.text and "MB-T-0042" not in page.text
    assert anonymous.get(f"/T/{old}", headers=PROBLEM).json()["code"] == "replaced"


def test_staff_find_the_way_to_the_card_and_finders_do_not(
    admin: TestClient, anonymous: TestClient, lent: dict[str, Any]
) -> None:
    assert 'href="/devices/MB-T-0042"' in admin.get(f"/T/{lent['tag']}").text
    assert "/devices/" not in anonymous.get(f"/T/{lent['tag']}").text


def test_whoever_misses_twenty_times_waits_and_a_hit_costs_nothing(
    anonymous: TestClient, lent: dict[str, Any], at: Callable[[datetime], None], database: Database
) -> None:
    at(NOW)
    before = head_of(database)
    for _ in range(19):
        assert anonymous.get("/T/1").status_code == 404
    for _ in range(30):
        assert anonymous.get(f"/T/{lent['tag']}").status_code == 200
    assert anonymous.get("/T/1").status_code == 404
    refused = anonymous.get(f"/T/{lent['tag']}")
    assert refused.status_code == 429 and refused.headers["retry-after"] == "600"
    assert anonymous.get("/T/1", headers=PROBLEM).json()["code"] == "too-many"
    at(NOW + timedelta(seconds=599))
    assert anonymous.get("/T/1").headers["retry-after"] == "1"
    at(NOW + timedelta(seconds=600))
    assert anonymous.get("/T/1").status_code == 404
    assert head_of(database) == before


def test_guesses_of_one_client_do_not_stop_another_nor_staff(
    app: FastAPI, admin: TestClient, anonymous: TestClient, lent: dict[str, Any]
) -> None:
    assert [anonymous.get("/T/1").status_code for _ in range(21)][-2:] == [404, 429]
    other = TestClient(app, follow_redirects=False, client=("192.0.2.7", 50000))
    assert other.get(f"/T/{lent['tag']}").status_code == 200
    assert admin.get(f"/T/{lent['tag']}").status_code == 200


def test_even_good_numbers_are_read_a_hundred_and_twenty_times_a_minute_at_most(
    anonymous: TestClient, lent: dict[str, Any], at: Callable[[datetime], None]
) -> None:
    at(NOW)
    answers = [anonymous.get(f"/T/{lent['tag']}").status_code for _ in range(public.ALL + 1)]
    assert answers == [200] * public.ALL + [429]


def test_a_server_out_of_the_public_s_reach_has_no_such_pages(settings: Settings, database: Database) -> None:
    app = create_app(replace(settings, public_pages=False), database)
    with TestClient(app, follow_redirects=False) as client:
        unknown = client.get("/nowhere")
        for path in ("/T", "/t", "/T/12345678", "/T?number=1"):
            answer = client.get(path)
            assert (answer.status_code, answer.content) == (404, unknown.content)


def test_search_engines_are_asked_to_stay_away(anonymous: TestClient) -> None:
    assert anonymous.get("/robots.txt").text.splitlines() == ["User-agent: *", "Disallow: /"]


def test_a_throttle_allows_its_limit_within_any_stretch_of_its_window() -> None:
    throttle = Throttle(3, timedelta(seconds=10))
    assert [throttle.count("a", NOW + timedelta(seconds=s)) for s in (0, 4, 8, 9)] == [0, 0, 0, 1]
    # Ten seconds after the first one place is free, and the next frees at fourteen.
    assert throttle.count("a", NOW + timedelta(seconds=10)) == 0
    assert throttle.count("a", NOW + timedelta(seconds=11)) == 3
    throttle.uncount("a")
    assert throttle.count("a", NOW + timedelta(seconds=11)) == 0
    assert throttle.count("b", NOW) == 0


def test_a_flood_of_addresses_forgets_the_oldest_and_never_grows() -> None:
    throttle = Throttle(1, timedelta(hours=1), clients=3)
    for name in "abc":
        throttle.count(name, NOW)
    assert throttle.count("a", NOW) > 0
    throttle.count("d", NOW)
    assert len(throttle) == 3
    # b was heard longest ago, because a was heard again.
    assert throttle.count("a", NOW) > 0 and throttle.count("b", NOW) == 0


def test_addresses_are_counted_as_one_house() -> None:
    assert client_of("2001:db8:1:2::1") == client_of("2001:db8:1:2:ffff::9") != client_of("2001:db8:1:3::1")
    assert client_of("::ffff:192.0.2.1") == client_of("192.0.2.1") == "192.0.2.1"
    assert client_of("testclient") == "testclient"
