"""The board, the map and the table of the rollout at their doors, and lists that are kept."""

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from inventory.calendar import TOKYO
from inventory.database import Database
from tests.api.conftest import on_sqlite, op
from tests.api.furnishing import made
from tests.api.test_session_pages import Fields
from tests.bench.rollout import roll_out

NOON = datetime(2026, 11, 24, 12, tzinfo=TOKYO)


@pytest.fixture
def it(sign_in: Callable[[str], TestClient], at: Callable[[datetime], None]) -> TestClient:
    """Signed in as IT in a city of three halls: one late at 工事, one in service, one where nothing has begun."""
    at(NOON)
    client = sign_in("it")
    place = {"latitude": 36.4, "longitude": 139.1}
    for code, name, kana, more in (
        ("miyagi", "宮城公民館", "ミヤギ", place),
        ("ogo", "大胡<i>公民館", "オオゴ", place | {"longitude": 139.2}),
        ("kasukawa", "粕川<公民館>", "カスカワ", {}),
    ):
        made(client, "/api/venues", {"code": code, "kind": "kominkan", "name": name, "name_kana": kana} | more)
    step(client, "miyagi", "construction", "2026-11-04")
    step(client, "ogo", "in_service", "2026-05-01")
    plan(client, "miyagi", "activation", "2026-11-30", "2026-04-01")
    plan(client, "miyagi", "activation", "2026-12-14", "2026-10-01", cause="pole_wait")
    plan(client, "miyagi", "in_service", "2026-12-21", "2026-04-01")
    return client


def step(client: TestClient, venue: str, stage: str, on: str) -> None:
    order = {"stage": stage, "on": on, "reason": "前の記録がない"}
    assert client.post(f"/api/venues/{venue}/wifi/steps", json=order, headers=op()).status_code == 201


def plan(client: TestClient, venue: str, stage: str, planned_on: str, decided_on: str, **more: str) -> None:
    order = {"stage": stage, "planned_on": planned_on, "decided_on": decided_on, "reason": "工程表"} | more
    answer = client.post(f"/api/venues/{venue}/wifi/plans", json=order, headers=op())
    assert answer.status_code == 201, answer.text


def columns(answer: Any) -> dict[str | None, list[str]]:
    return {one["stage"]: [hall["code"] for hall in one["venues"]] for one in answer.json()["stages"] if one["count"]}


def test_the_board_as_data(it: TestClient, viewer: TestClient) -> None:
    board = viewer.get("/api/wifi/board")
    assert columns(board) == {"construction": ["miyagi"], "in_service": ["ogo"], None: ["kasukawa"]}
    card = board.json()
    assert (card["on"], card["total"], card["in_service"], card["late"]) == ("2026-11-24", 3, 1, 1)
    [late] = next(one["venues"] for one in card["stages"] if one["stage"] == "construction")
    assert (late["since"], late["planned_on"], late["days_late"]) == ("2026-11-04", "2026-12-14", 14)
    assert (late["next_stage"], late["cause"]) == ("activation", "pole_wait")
    # On another day only what had happened by then counts.
    assert columns(viewer.get("/api/wifi/board?on=2026-06-01")) == {"in_service": ["ogo"], None: ["kasukawa", "miyagi"]}
    assert viewer.get("/api/wifi/board?on=2027-01-01").json()["on"] == "2026-11-24"
    assert viewer.get("/api/wifi/board?programme=nowhere").json()["code"] == "not-found"
    assert viewer.get("/api/wifi/board?on=soon").status_code == 422


def test_the_board_on_screen(it: TestClient, viewer: TestClient) -> None:
    page = it.get("/wifi").text
    assert "3館のうち1館で使えます。<br>" in page
    assert "電柱の共架待ちで、開通の見込みは12月14日（月）" in page
    # Halls are chosen in a form without any script, by whoever may move them.
    assert 'action="/wifi/steps/new"' in page and 'name="venue" value="miyagi"' in page
    assert "粕川&lt;公民館&gt;" in page and "粕川<公民館>" not in page
    seen = viewer.get("/wifi").text
    assert "/wifi/steps/new" not in seen and 'href="/venues/miyagi"' in seen
    past = it.get("/wifi?on=2026-06-01").text
    assert "3館のうち1館で使えました。" in past and 'name="venue"' not in past
    assert "3館のうち2館で使える見込みです。" in it.get("/wifi?on=2026-12-31").text
    for wrong in ("/wifi?programme=nowhere", "/wifi/map?programme=nowhere", "/wifi/table?programme=nowhere"):
        assert it.get(wrong).status_code == 404


def test_the_board_before_there_is_anything(viewer: TestClient) -> None:
    for path in ("/wifi", "/wifi/map", "/wifi/table"):
        assert viewer.get(path).status_code == 200, path
    assert viewer.get("/api/wifi/board").json()["total"] == 0


def test_a_programme_is_about_its_halls(it: TestClient) -> None:
    days = {"from_on": "2025-04-01", "until_on": "2027-03-31", "baseline_on": "2026-04-01"}
    made(it, "/api/wifi/programmes", {"code": "two", "name": "2館の整備"} | days)
    assert "この整備計画には、まだ対象の館がありません。" in it.get("/wifi").text
    target = {"name": "はじめの1館", "since_on": "2025-04-01", "venues": ["ogo"]}
    assert it.post("/api/wifi/programmes/two/targets", json=target, headers=op()).status_code == 201
    assert columns(it.get("/api/wifi/board")) == {"in_service": ["ogo"]}
    page = it.get("/wifi").text
    assert "1館すべてで使えます。" in page and "miyagi" not in page
    assert "miyagi" in it.get("/wifi?programme=-").text
    assert "miyagi" not in it.get("/wifi/map").text and "miyagi" in it.get("/wifi/map?programme=-").text
    assert "miyagi" not in it.get("/wifi/table").text and "miyagi" in it.get("/wifi/table?programme=-").text


def test_the_map(it: TestClient) -> None:
    page = it.get("/wifi/map").text
    # Both drawings and the list name a hall; one without coordinates is told of, and where to give them.
    assert "<i>" not in page and page.count("大胡&lt;i&gt;") >= 4
    assert page.count('href="/venues/ogo"') == 2 and "北" in page and "ひとます" in page
    assert 'href="/venues/kasukawa/edit"' in page
    assert "/venues/ogo" not in it.get("/wifi/map?stage=construction").text
    assert "/venues/ogo" not in it.get("/wifi/map?kind=library").text
    nobody = it.get("/wifi/map?stage=none").text
    assert '<svg class="map' not in nobody and "粕川&lt;公民館&gt;" in nobody


def test_the_table_and_its_file(it: TestClient, viewer: TestClient) -> None:
    assert [found in viewer.get("/wifi/table?late=yes").text for found in ("/venues/miyagi", "/venues/ogo")] == [
        True,
        False,
    ]
    assert viewer.get("/wifi/table?page=2").status_code == 404
    assert viewer.get("/wifi/table?order=colour").status_code == 422
    csv = viewer.get("/api/exports/wifi_venues.csv?order=name&late=yes").content.decode("utf-8-sig").splitlines()
    assert len(csv) == 2 and csv[1].startswith("miyagi,宮城公民館,")
    book = load_workbook(BytesIO(viewer.get("/api/exports/wifi_venues.xlsx").content)).active
    assert book is not None
    assert [row[0].value for row in book.iter_rows(min_row=2)] == ["miyagi", "ogo", "kasukawa"]


def test_a_list_is_kept_on_the_page_and_removed(it: TestClient, desk: TestClient, viewer: TestClient) -> None:
    page = desk.get("/wifi/table?late=yes").text
    op_id = Fields(page).values["op_id"]
    for _ in range(2):
        kept = desk.post("/wifi/table?late=yes&page=1", data={"name": "おくれ", "op_id": op_id})
        assert (kept.status_code, kept.headers["location"]) == (303, "/wifi/table?late=yes&done=filter-saved")
    assert 'href="/wifi/table?late=yes" aria-current="true"' in viewer.get("/wifi/table?late=yes").text
    assert "/remove" not in viewer.get("/wifi/table").text
    again = desk.post("/wifi/table?outage=yes", data={"name": "おくれ"})
    assert again.status_code == 422 and 'value="おくれ"' in again.text and "/wifi/table?outage=yes" in again.text
    [saved] = viewer.get("/api/saved-filters?page=/wifi/table").json()["items"]
    assert (saved["name"], saved["query"]) == ("おくれ", "late=yes")
    assert viewer.post("/wifi/table?late=yes", data={"name": "見る人"}).status_code == 403
    gone = it.post(f"/wifi/table/saved/{saved['id']}/remove", data={})
    assert gone.headers["location"] == "/wifi/table?done=filter-removed"
    assert viewer.get("/api/saved-filters").json() == {"items": []}


def test_lists_are_kept_over_json(desk: TestClient, viewer: TestClient) -> None:
    order = {"page": "/wifi/table", "name": "おくれ", "query": "late=yes"}
    key = op()
    saved = desk.post("/api/saved-filters", json=order, headers=key)
    assert saved.status_code == 201
    again = desk.post("/api/saved-filters", json=order, headers=key)
    assert (again.status_code, again.json()) == (201, saved.json())
    assert viewer.post("/api/saved-filters", json=order | {"name": "x"}, headers=op()).json()["code"] == "not-allowed"
    assert desk.post("/api/saved-filters", json=order, headers=op()).json()["code"] == "invalid"
    assert desk.post("/api/saved-filters/99/remove", headers=op()).json()["code"] == "not-found"
    assert desk.post(f"/api/saved-filters/{saved.json()['id']}/remove", headers=op()).json() == saved.json()


def headline(client: TestClient, path: str) -> list[str]:
    said = client.get(path).text.partition("<h1>")[2].partition("</h1>")[0]
    return said.split("<br>")


def test_the_board_and_the_burn_up_hold_the_count_against_the_same_plans(it: TestClient) -> None:
    programme = {"code": "R8", "name": "全公民館", "from_on": "2026-04-01", "until_on": "2027-03-31"}
    made(it, "/api/wifi/programmes", programme | {"baseline_on": "2026-04-01"})
    target = {"name": "3館", "since_on": "2026-04-01", "venues": ["miyagi", "ogo", "kasukawa"]}
    made(it, "/api/wifi/programmes/R8/targets", target)
    assert headline(it, "/wifi") == headline(it, "/wifi/burnup")
    on_time = headline(it, "/wifi")[1]
    # Late against the first plan, on time by the one of now: both are said, on both pages.
    plan(it, "kasukawa", "in_service", "2026-11-20", "2026-04-01")
    plan(it, "kasukawa", "in_service", "2026-12-20", "2026-10-01", cause="pole_wait")
    behind = headline(it, "/wifi")
    assert behind == headline(it, "/wifi/burnup")
    assert behind[1] != on_time and len(behind) == 3 and "1館" in behind[1]


def test_a_hall_whose_wifi_is_broken_is_named_beside_those_that_can_be_used(it: TestClient) -> None:
    assert "大胡&lt;i&gt;公民館は、いま" not in it.get("/wifi").text
    made(it, "/api/venues/ogo/outages", {"began_at": "2026-11-24T09:00:00+09:00"})
    assert "大胡&lt;i&gt;公民館は、いま" in it.get("/wifi").text
    assert "大胡&lt;i&gt;公民館は、いま" not in it.get("/wifi?on=2026-10-01").text


@on_sqlite
def test_a_large_rollout_leads_to_its_map_and_its_burn_up(viewer: TestClient, database: Database) -> None:
    roll_out(database, venues=301)
    for address, programme in (("/wifi", "all"), ("/wifi?programme=-", "-")):
        page = viewer.get(address).text
        assert '<svg class="chart' not in page and '<svg class="map' not in page
        assert f'href="/wifi/burnup?programme={programme}"' in page
        assert 'href="/wifi/map' in page
