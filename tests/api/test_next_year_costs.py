"""来年度の費用の見込み through the doors: JSON, a workbook and CSV that add up, and the page."""

import csv
import io
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from inventory.calendar import TOKYO
from inventory.database import Database
from inventory.lines import NewLine, add_line
from inventory.stock import OpenHold, open_hold
from inventory.tables import HoldReason, LineKind
from tests.api.conftest import head_of, on_sqlite
from tests.inventory.city import act, device, phones
from tests.inventory.halls import hall

PATH = "/api/costs/next-year"
FILE = "/api/exports/next_year_costs"


@pytest.fixture
def city(database: Database, at: Callable[[datetime], None]) -> Database:
    at(datetime(2026, 11, 24, 12, tzinfo=TOKYO))
    phones(database)
    lease = {"monthly_cost_yen": 1100, "lease_until": date(2027, 9, 30)}
    device(database, "MB-S-0001", pool="phones", model="=SUM(1)", **lease, os_support_until=date(2027, 12, 31))
    device(database, "MB-S-0002", pool="phones", monthly_cost_yen=900)
    act(database, open_hold, OpenHold(reason=HoldReason.REPAIR, note="画面"), device="MB-S-0002")
    hall(database, "K05")
    line = NewLine(provider="通信会社", kind=LineKind.FIBRE, monthly_yen=5000, from_on=date(2026, 4, 1))
    act(database, add_line, line, venue="K05")
    return database


@on_sqlite
def test_the_sum_is_told_with_its_parts(city: Database, viewer: TestClient) -> None:
    before = head_of(city)
    found = viewer.get(PATH).json()
    assert (found["fiscal_year"], found["total_yen"]) == (2027, 1100 * 6 + 900 * 12 + 5000 * 12)
    assert {part["key"]: (part["count"], part["yen"]) for part in found["parts"]} == {
        "devices": (2, 17400),
        "lines": (1, 60000),
        "contracts": (0, 0),
        "repairs": (1, None),
    }
    priced = viewer.get(PATH, params={"year": "2028", "repair_yen": "15000"}).json()
    assert priced["total_yen"] == 900 * 12 + 60000 + 15000
    assert viewer.get(PATH, params={"year": "1"}).status_code == 422
    assert head_of(city) == before


@on_sqlite
def test_the_workbook_has_a_sheet_a_part_with_numbers_that_add_up(city: Database, viewer: TestClient) -> None:
    answer = viewer.get(f"{FILE}.xlsx", params={"repair_yen": "15000"})
    assert "next_year_costs-2027.xlsx" in answer.headers["content-disposition"]
    book: Any = load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == [
        "計", "リースの種類ごと", "リースの端末", "回線", "Wi-Fi整備の契約", "修理", "OSのサポート", "前提",
    ]  # fmt: skip
    sums = list(book["計"].iter_rows(values_only=True))
    amounts = {row[0]: row[3] for row in sums[1:]}
    assert amounts["計"] == sum(amounts[name] for name in amounts if name != "計") == 17400 + 60000 + 15000
    for name in ("リースの端末", "リースの種類ごと", "回線", "修理"):
        rows = list(book[name].iter_rows(values_only=True))
        column = rows[0].index("見込み（円）")
        assert sum(row[column] for row in rows[1:]) == amounts[name if name in amounts else "端末のリース"], name
    devices = book["リースの端末"]
    assert (devices["C2"].value, devices["C2"].data_type, devices["F2"].value) == ("=SUM(1)", "s", 1100)
    assert devices["D2"].value == datetime(2027, 9, 30)
    assert book["OSのサポート"]["A2"].value == "MB-S-0001"
    assert not any(cell.data_type == "f" for sheet in book for row in sheet.iter_rows() for cell in row)


@on_sqlite
def test_the_csv_has_a_row_for_each_thing_and_no_sum(city: Database, viewer: TestClient) -> None:
    answer = viewer.get(f"{FILE}.csv", params={"repair_yen": "15000", "year": ""})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [row[1] for row in rows[1:]] == ["端末のリース", "端末のリース", "回線", "修理"]
    assert sum(int(row[7]) for row in rows[1:]) == viewer.get(PATH, params={"repair_yen": "15000"}).json()["total_yen"]
    assert rows[1][2] == "MB-S-0001"
    assert viewer.get(f"{FILE}.csv", params={"encoding": "cp932"}).content.decode("cp932").startswith("年度,区分")


def page(client: TestClient, **query: str) -> Any:
    answer = client.get("/costs/next-year", params=query)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_the_page_says_the_sum_and_what_it_is_made_of(city: Database, sign_in: Callable[[str], TestClient]) -> None:
    viewer = sign_in("viewer")
    told = page(viewer)
    assert "令和9年度の費用は、8万円の見込みです。" in told and "年度末までに、リースが1台終わります。" in told
    assert "額が未入力" in told and 'href="/devices/MB-S-0001"' in told
    priced = page(viewer, year="2027", repair_yen="１万5,000円")
    assert 'value="１万5,000円"' in priced and 'aria-invalid="true"' in priced
    priced = page(viewer, year="2027", repair_yen="１５，０００円")
    assert "<b>92,400</b>" in priced and "/api/exports/next_year_costs.xlsx?year=2027&amp;repair_yen=15000" in priced
    for path in ("/courses", "/wifi/costs"):
        assert 'href="/costs/next-year"' in viewer.get(path).text


def test_an_empty_ledger_costs_nothing_and_says_what_to_record(sign_in: Callable[[str], TestClient]) -> None:
    told = page(sign_in("viewer"), year="", repair_yen="")
    assert "0円の見込みです。" in told
