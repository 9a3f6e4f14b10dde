"""Lists as files: every row, with the filters of the list, and nothing that a spreadsheet runs."""

import csv
import io
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from api.spreadsheets import Table, csv_file, guard, to_cp932, unguard, xlsx_file
from inventory.calendar import TOKYO
from tests.api.conftest import op
from tests.api.stocked import PHONES, association, card, device, lend, stock

SignIn = Callable[[str], TestClient]
NAMES = ("devices", "loans", "associations", "venues", "courses")
NOW = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)


def rows(content: bytes, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(encoding), newline="")))


def cells(content: bytes) -> list[list[Any]]:
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_an_empty_list_is_a_header_and_nothing_else(admin: TestClient) -> None:
    for name in NAMES:
        plain = admin.get(f"/api/exports/{name}.csv")
        assert (name, plain.status_code) == (name, 200)
        assert plain.content.startswith(b"\xef\xbb\xbf") and plain.content.count(b"\r\n") == 1
        assert plain.headers["content-type"] == "text/csv; charset=utf-8; header=present"
        sheet = admin.get(f"/api/exports/{name}.xlsx")
        assert cells(sheet.content) == [plain.content.decode("utf-8-sig").strip().split(",")]
        assert re.match(rf'attachment; filename="{name}-[0-9]{{8}}\.xlsx"', sheet.headers["content-disposition"])


def test_devices_stand_with_their_state_their_borrower_and_both_calendars(admin: TestClient) -> None:
    stock(admin)
    lend(admin, "MB-S-0001", due="2999-03-31")
    admin.post("/api/devices/MB-S-0002/holds", json={"reason": "repair"})
    found = {row["備品番号"]: row for row in rows(admin.get("/api/exports/devices.csv").content)}
    assert sorted(found) == ["MB-S-0001", "MB-S-0002", "MB-S-0003", "MB-T-0001"]
    assert (found["MB-S-0001"]["状態"], found["MB-S-0001"]["貸出先"]) == ("貸出中", "生涯学習課")
    assert (found["MB-S-0001"]["返す日"], found["MB-S-0001"]["返す日（和暦）"]) == ("2999-03-31", "令和981年3月31日")
    assert found["MB-S-0002"]["貸出停止"] == "修理中"
    assert found["MB-T-0001"]["リース終了日（和暦）"] == "令和13年3月31日"
    assert found["MB-T-0001"]["ラベル番号"] == card(admin, "MB-T-0001")["tag"]


def test_the_filters_are_those_of_the_list(admin: TestClient) -> None:
    stock(admin)
    lend(admin, "MB-S-0001")
    admin.post("/api/devices/MB-S-0002/holds", json={"reason": "repair"})
    wanted = {
        "pool=head-tablets": ["MB-T-0001"],
        "state=on_loan&q=": ["MB-S-0001"],
        "hold=repair": ["MB-S-0002"],
        "place=中央公民館&state=in_stock": ["MB-S-0003"],
        "q=ha1k": ["MB-T-0001"],
    }
    found = {query: rows(admin.get(f"/api/exports/devices.csv?{query}").content) for query in wanted}
    assert {query: [row["備品番号"] for row in table] for query, table in found.items()} == wanted


def test_csv_and_xlsx_hold_the_same(admin: TestClient) -> None:
    stock(admin)
    lend(admin, "MB-S-0001", "MB-S-0002")
    for name in NAMES:
        plain = list(
            csv.reader(io.StringIO(admin.get(f"/api/exports/{name}.csv").content.decode("utf-8-sig"), newline=""))
        )
        assert [[_said(cell) for cell in row] for row in cells(admin.get(f"/api/exports/{name}.xlsx").content)] == plain


def _said(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        # The library reads every date as a datetime; a day has no time of its own.
        return f"{value:%Y-%m-%d}" if value.time() == datetime.min.time() else f"{value:%Y-%m-%d %H:%M:%S}"
    return str(value)


def test_every_page_of_the_list_is_in_the_file(admin: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.export_tables.STEP", 3)
    admin.post("/api/pools", json=PHONES)
    for number in range(7):
        device(admin, f"S-{number}", pool="course-phones")
    found = [row["備品番号"] for row in rows(admin.get("/api/exports/devices.csv").content)]
    assert found == [f"S-{number}" for number in range(7)]


def test_a_loan_of_two_is_two_rows_and_one_that_came_back_says_so(admin: TestClient) -> None:
    stock(admin)
    number = lend(admin, "MB-S-0001", "MB-S-0002")
    admin.post("/api/returns", json={"devices": ["MB-S-0002"]}, headers=op())
    found = rows(admin.get("/api/exports/loans.csv?state=open").content)
    assert [(row["貸出番号"], row["備品番号"], row["状態"]) for row in found] == [
        (number, "MB-S-0001", "貸出中"),
        (number, "MB-S-0002", "返却ずみ"),
    ]
    lent = datetime.strptime(found[0]["貸した日時"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=TOKYO)
    assert abs(datetime.now(UTC) - lent) < timedelta(minutes=5)
    assert rows(admin.get("/api/exports/loans.csv?state=overdue").content) == []


def test_contacts_stand_only_in_the_file_of_who_may_see_them(admin: TestClient, sign_in: SignIn) -> None:
    association(admin, phone="027-000-0001", email="kanai@example.jp")
    for role in ("desk", "it", "admin"):
        row = rows(sign_in(role).get("/api/exports/associations.csv").content)[0]
        assert (row["電話番号"], row["メール"]) == ("027-000-0001", "kanai@example.jp")
    for form in ("csv", "xlsx"):
        content = sign_in("viewer").get(f"/api/exports/associations.{form}").content
        table = cells(content) if form == "xlsx" else [list(row.values()) for row in rows(content)]
        assert not any("027-000-0001" in map(str, row) or "kanai@example.jp" in map(str, row) for row in table)
    assert rows(sign_in("viewer").get("/api/exports/associations.csv").content)[0]["役職者"] == "金井 康男"


def test_nobody_else_gets_a_file(anonymous: TestClient) -> None:
    for name in NAMES:
        assert anonymous.get(f"/api/exports/{name}.csv").status_code == 401


def test_only_known_forms_and_encodings(admin: TestClient) -> None:
    assert admin.get("/api/exports/devices.pdf").status_code == 422
    assert admin.get("/api/exports/devices.csv?encoding=utf-7").status_code == 422
    assert admin.get("/api/exports/devices.csv?state=broken").status_code == 422


def test_cp932_counts_what_it_cannot_hold(admin: TestClient) -> None:
    stock(admin)
    device(admin, "MB-T-0009", pool="head-tablets", place="𠮷野家 〜 髙﨑", note="−5℃で保管")
    answer = admin.get("/api/exports/devices.csv?encoding=cp932&q=MB-T-0009")
    assert answer.headers["x-lost-characters"] == "1"
    assert "windows-31j" in answer.headers["content-type"]
    row = rows(answer.content, "cp932")[0]
    assert row["置き場所"] == "〓野家 ～ 髙﨑"
    # The minus sign of Unicode becomes one that a spreadsheet runs, so the guard looks at what is written.
    assert row["メモ"] == "'－5℃で保管"
    assert admin.get("/api/exports/devices.csv").headers["x-lost-characters"] == "0"


@pytest.mark.parametrize(
    ("text", "plain", "lost"),
    [
        ("前橋市", "前橋市", 0),
        ("葛\U000e0100城", "葛城", 1),
        ("か\u3099", "が", 0),
        ("神\ufa19か\u3099", "神\ufa19が", 0),
        ("8:30–17:15", "8:30－17:15", 0),
        ("神\ufa19", "神\ufa19", 0),
        ("①㈱Ⅲ", "①㈱Ⅲ", 0),
        ("😀", "〓", 1),
    ],
)
def test_characters_for_windows(text: str, plain: str, lost: int) -> None:
    assert to_cp932(text) == (plain, lost)
    plain.encode("cp932")


def test_a_workbook_of_the_same_rows_is_the_same_bytes() -> None:
    table = Table("表", ("名", "日"), [["大胡", date(2026, 4, 1)]])
    made = xlsx_file(table).content
    assert xlsx_file(table).content == made
    with zipfile.ZipFile(io.BytesIO(made)) as package:
        assert {part.date_time for part in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"dcterms:modified" not in package.read("docProps/core.xml")
    assert load_workbook(io.BytesIO(made)).worksheets[0]["A2"].value == "大胡"


DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x", "'=1", "''+1"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_cell_that_would_run_is_a_text(text: str) -> None:
    table = Table("表", ("列",), [[text]])
    stored = list(csv.reader(io.StringIO(csv_file(table).content.decode("utf-8-sig"), newline="")))[1][0]
    assert stored[0] == "'" and unguard(stored) == text
    sheet = load_workbook(io.BytesIO(xlsx_file(table).content)).active
    assert sheet is not None
    cell = sheet["A2"]
    assert cell.data_type == "s" and cell.quotePrefix
    # XML itself folds a carriage return to a line feed.
    assert str(cell.value).replace("\r", "\n") == text.replace("\r", "\n")


def test_a_device_named_like_a_formula_is_guarded_in_its_file(admin: TestClient) -> None:
    stock(admin)
    device(admin, "MB-T-0009", pool="head-tablets", place="=HYPERLINK(0)", note="-- 予備 --")
    row = rows(admin.get("/api/exports/devices.csv?q=MB-T-0009").content)[0]
    assert (row["置き場所"], row["メモ"]) == ("'=HYPERLINK(0)", "'-- 予備 --")
    header, found = cells(admin.get("/api/exports/devices.xlsx?q=MB-T-0009").content)
    assert dict(zip(header, found, strict=True))["置き場所"] == "=HYPERLINK(0)"


@given(st.text())
def test_guarding_is_undone_whatever_the_text(text: str) -> None:
    assert unguard(guard(text)) == text


def test_xlsx_reads_back_identically() -> None:
    table = Table(
        "端末",
        ("文字", "数", "日", "時刻", "空"),
        [
            ["0042", 38500, date(2027, 3, 31), NOW, None],
            ["353918051234567", 0, date(1900, 3, 1), NOW, None],
            ["1行目\n2行目", -5, date(2999, 12, 31), NOW, None],
            ["#N/A", 1, date(2026, 11, 23), NOW, None],
        ],
    )
    local = datetime(2026, 11, 23, 13, 30)
    read = cells(xlsx_file(table).content)
    assert read[0] == list(table.header)
    for row, (text, number, day, _, _) in zip(read[1:], table.rows, strict=True):
        assert row[:2] == [text, number] and [type(value) for value in row[:2]] == [str, int]
        assert isinstance(day, date) and row[2].date() == day
        assert row[3:] == [local, None]
    sheet = load_workbook(io.BytesIO(xlsx_file(table).content)).active
    assert sheet is not None
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:E5")
    assert not sheet.merged_cells.ranges
    assert {cell.data_type for cell in sheet["A"]} == {"s"}


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("programmes", ["年度", 2021, "S16"]),
        ("pools", ["貸出区分コード", "routers", "モバイルルーター"]),
    ],
)
def test_short_lists_are_files_too(sign_in: Callable[[str], TestClient], name: str, row: list[object]) -> None:
    admin = sign_in("admin")
    programme = {"code": "S16", "fiscal_year": 2021, "name": "人材育成", "reported_courses": 39}
    assert admin.post("/api/programmes", json=programme).status_code == 201
    assert (
        admin.post("/api/pools", json={"id": "routers", "name": "モバイルルーター", "kind": "router"}).status_code
        == 201
    )
    answer = sign_in("viewer").get(f"/api/exports/{name}.xlsx")
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert [sheet["A1"].value, sheet["A2"].value, sheet["B2"].value] == row


def test_the_list_of_accounts_is_for_admins(sign_in: Callable[[str], TestClient]) -> None:
    assert sign_in("desk").get("/api/exports/staff.csv").status_code == 403
    lines = sign_in("admin").get("/api/exports/staff.csv").content.decode("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines] == ["ユーザー名", "admin", "desk", "it", "viewer"]
