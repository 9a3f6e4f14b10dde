"""Contracts, lines and costs on screen: eight halls in one form, amounts as people type them, files of both."""

import csv
import io

import pytest
from fastapi.testclient import TestClient

from api.cost_bars import draw_costs, yen_short
from api.money import yen_typed
from inventory.wifi_costs import YearCost

HALLS = [f"hall-{number}" for number in range(1, 9)]


@pytest.fixture
def it(admin: TestClient) -> TestClient:
    for code in HALLS:
        admin.post("/api/venues", json={"code": code, "kind": "kominkan", "name": f"{code}公民館", "name_kana": code})
    return admin


FORM: dict[str, str | list[str]] = {
    "number": "7-12",
    "title": "公民館Wi-Fi整備工事",
    "contractor": "前橋電工",
    "fiscal_year": "2025",
    "amount_yen": "８，０００，００１円",
    "budget_yen": "9,000千円",
    "executed_yen": "¥4,000,000",
    "carried_yen": "",
    "venue": HALLS,
}


def test_eight_halls_enter_in_one_form(it: TestClient, viewer: TestClient) -> None:
    answer = it.post("/contracts/new", data=FORM)
    assert answer.status_code == 303, answer.text
    card = it.get("/api/contracts").json()["items"][0]
    assert (card["amount_yen"], card["budget_yen"], card["executed_yen"]) == (8_000_001, 9_000_000, 4_000_000)
    assert card["carried_yen"] is None
    assert [(one["code"], one["share_yen"]) for one in card["venues"]] == [(code, None) for code in HALLS]
    assert sum(one["part_yen"] for one in card["venues"]) == 8_000_001
    assert answer.headers["location"].startswith(f"/contracts/{card['id']}?")
    page = viewer.get(f"/contracts/{card['id']}").text
    assert page.count("（等分）") == 8
    assert "44.4%" in page
    assert "公民館Wi-Fi整備工事" in viewer.get("/venues/hall-3").text


def test_a_hall_is_taken_out_by_its_tick_and_a_share_is_kept(it: TestClient) -> None:
    it.post("/contracts/new", data=FORM | {"share-hall-2": "3,000,000"})
    at = "/contracts/1/edit"
    form = it.get(at).text
    assert 'value="3,000,000"' in form
    sent = FORM | {"if_match": "1", "share-hall-2": "3,000,000", "venue": HALLS[:1] + HALLS[2:]}
    assert it.post(at, data=sent).status_code == 303
    assert [one["code"] for one in it.get("/api/contracts/1").json()["venues"]] == HALLS[:1] + HALLS[2:]
    # Another has changed it meanwhile: what was typed stays, and the form may be sent again.
    stale = it.post(at, data=sent | {"title": "べつの件名", "share-hall-2": ""})
    assert stale.status_code == 412
    assert "べつの件名" in stale.text
    assert 'name="if_match" value="2"' in stale.text


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": ""}, "title"),
        ({"amount_yen": "八百万円"}, "amount_yen"),
        # More figures than the language turns into a number.
        ({"amount_yen": "9" * 5000}, "amount_yen"),
        ({"fiscal_year": "9" * 5000}, "fiscal_year"),
        ({"executed_yen": "9,000,001"}, "executed_yen"),
        ({"share-hall-1": "8,000,002"}, "venues"),
        ({"share-hall-1": "5", "venue": HALLS[1:]}, "venues"),
    ],
)
def test_a_form_that_cannot_be_comes_back_filled(it: TestClient, wrong: dict[str, str | list[str]], field: str) -> None:
    answer = it.post("/contracts/new", data=FORM | wrong)
    assert answer.status_code == 422
    assert f'id="f-{field}-wrong"' in answer.text
    for name, value in (FORM | wrong).items():
        if isinstance(value, str) and name != "fiscal_year":
            assert value in answer.text
    assert answer.text.count(" checked") == len((FORM | wrong)["venue"])
    assert it.get("/api/contracts").json()["items"] == []


def test_a_line_is_entered_and_ended_on_its_form(it: TestClient, viewer: TestClient) -> None:
    form = {"provider": "NTT東日本", "kind": "fibre", "from_on": "2025-08-01", "monthly_yen": "５，９４０円"}
    assert it.post("/venues/hall-1/lines/new", data=form).status_code == 303
    line = it.get("/api/venues/hall-1/lines").json()["items"][0]
    assert line["monthly_yen"] == 5940
    at = f"/venues/hall-1/lines/{line['id']}/edit"
    assert 'value="NTT東日本"' in it.get(at).text
    backwards = it.post(at, data=form | {"if_match": "1", "until_on": "2025-07-31"})
    assert (backwards.status_code, 'id="f-until_on-wrong"' in backwards.text) == (422, True)
    assert it.post(at, data=form | {"if_match": "1", "until_on": "2026-03-31"}).status_code == 303
    assert it.get("/api/venues/hall-1/lines").json()["items"][0]["until_on"] == "2026-03-31"
    assert it.get(at.replace("hall-1", "hall-2")).status_code == 404
    # A viewer sees the line and no way to change it.
    page = viewer.get("/venues/hall-1").text
    assert ("NTT東日本" in page, at in page) == (True, False)
    assert "回線と契約" not in viewer.get("/venues/hall-2").text


def rows(client: TestClient, name: str, query: str = "") -> list[dict[str, str]]:
    content = client.get(f"/api/exports/{name}.csv{query}").content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content, newline="")))


def test_contracts_lines_and_costs_are_files(it: TestClient, viewer: TestClient) -> None:
    it.post("/contracts/new", data=FORM)
    it.post("/contracts/new", data=FORM | {"number": "6-1", "fiscal_year": "2024", "venue": []})
    it.post(
        "/api/venues/hall-1/lines", json={"provider": "社", "kind": "cable", "from_on": "2025-08-01", "monthly_yen": 5}
    )
    found = rows(viewer, "contracts", "?fiscal_year=2025")
    assert [row["会場コード"] for row in found] == HALLS
    # The column of amounts adds up to the amounts of the contracts.
    assert [row["契約金額（円）"] for row in found] == ["8000001"] + [""] * 7
    assert sum(int(row["館の額（円）"]) for row in found) == 8_000_001
    assert [row["種類"] for row in rows(viewer, "lines")] == ["ケーブルテレビ"]
    spent = rows(viewer, "wifi_costs")
    assert sum(int(row["契約の執行済額（円）"]) for row in spent if row["年度"] == "令和7年度") == 4_000_000
    assert [row["会場"] for row in spent if row["年度"] == "令和6年度"] == ["館を選んでいない契約"]
    assert viewer.get("/api/exports/wifi_costs.xlsx").status_code == 200
    assert viewer.get("/api/exports/wifi_costs.csv?programme=nowhere").status_code == 404


def test_the_page_of_costs_shows_bars_and_their_numbers(it: TestClient, viewer: TestClient) -> None:
    assert '<svg class="chart' not in viewer.get("/wifi/costs").text
    it.post("/contracts/new", data=FORM | {"amount_yen": "8,000,000"})
    page = viewer.get("/wifi/costs?year=2025").text
    assert page.count('<svg class="chart') == 2
    assert page.count("500,000") == 8 * 2
    assert "4,000,000" in page
    assert viewer.get("/wifi/costs?year=1800").status_code == 422


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("１２，３４５円", "12345"),
        ("¥12,345", "12345"),
        ("￥１２３４５", "12345"),
        ("12 345 円也", "12345"),
        ("金", "金"),
        ("1,200千円", "1200000"),
        ("３０万円", "300000"),
        ("12.5", "12.5"),
        ("-5", "-5"),
    ],
)
def test_amounts_are_read_as_people_type_them(typed: str, read: str) -> None:
    assert yen_typed(typed) == read


def test_bars_are_as_long_as_their_amounts_and_fit_their_box() -> None:
    years = [
        YearCost(
            fiscal_year=year,
            executed_yen=paid,
            carried_yen=0,
            lines_yen=lines,
            total_yen=paid + lines,
            by_funding=[],
            in_service=0,
            per_hall_yen=None,
        )
        for year, paid, lines in ((2024, 9_000_000, 1_000_000), (2025, 5_000_000, 0), (2026, 0, 0))
    ]
    for width in (328, 700):
        drawn = draw_costs(years, width)
        longest = drawn.bars[0].paid[1] + drawn.bars[0].lines[1]
        assert abs(drawn.bars[1].paid[1] - longest / 2) < 0.2
        assert drawn.bars[2].paid[1] == drawn.bars[2].lines[1] == 0
        assert drawn.left + longest < width
    assert (yen_short(12_345_678), yen_short(9_999)) == ("1,235万円", "9,999円")
    assert draw_costs([], 328).bars == []
