"""イベント一覧 through the doors: the file in both layouts and encodings, its check, and the page about it."""

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
from inventory.event_rows import EVENTS
from inventory.machine_files import read_csv, read_xlsx
from inventory.machine_rules import check_rules
from inventory.open_data_layouts import layout
from inventory.programmes import NewProgramme, create_programme
from tests.api.conftest import head_of, on_sqlite
from tests.inventory.city import act
from tests.inventory.halls import OHGO, hall
from tests.inventory.test_event_rows import course

NAME = f"102016_{EVENTS}"
CHECK = f"/api/open-data/{EVENTS}/check"


@pytest.fixture
def city(database: Database, at: Callable[[datetime], None]) -> Database:
    """Three published courses: one whole, one with what is awkward in a file, one without a hall."""
    at(datetime(2026, 11, 24, 12, tzinfo=TOKYO))
    hall(database, "K05", **OHGO)
    hall(database, "K11", name="𠮷岡公民館")
    programme = act(
        database, create_programme, NewProgramme(code="S1", fiscal_year=2026, name="スマホ講座", owner_section="総務課")
    ).id
    course(database, programme)
    course(database, programme, date(2026, 12, 2), venue="K11", title="=SUM(1)", description="写真,地図\n①から")
    course(database, programme, date(2026, 12, 3), venue=None, title="場所は未定")
    return database


def take(client: TestClient, form: str = "csv", **query: str) -> Any:
    answer = client.get(f"/api/exports/{EVENTS}.{form}", params=query)
    assert answer.status_code == 200, answer.text
    return answer


def table(content: bytes, encoding: str = "utf-8-sig") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(encoding), newline="")))


@on_sqlite
@pytest.mark.parametrize("headers", ["japanese", "physical"])
@pytest.mark.parametrize(("code", "columns"), [("ods", 45), ("suishou", 32)])
def test_the_file_is_named_by_the_rule_and_has_the_columns_of_its_layout(
    city: Database, viewer: TestClient, code: str, columns: int, headers: str
) -> None:
    answer = take(viewer, layout=code, headers=headers)
    assert answer.headers["content-disposition"] == f'attachment; filename="{NAME}.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbf") and answer.content.count(b"\r\n") == 4
    rows = table(answer.content)
    assert {len(row) for row in rows} == {columns}
    assert rows[0] == list(layout(EVENTS, code).headers(physical=headers == "physical"))
    found = dict(zip(layout(EVENTS, code).headers(), rows[1], strict=True))
    assert [found[name] for name in ("開始日", "開始時間", "定員", "緯度")] == [
        "2026-12-01",
        "13:30",
        "20",
        "36.423185",
    ]


@on_sqlite
def test_the_workbook_has_numbers_where_numbers_stand(city: Database, viewer: TestClient) -> None:
    sheet = load_workbook(io.BytesIO(take(viewer, "xlsx", layout="suishou").content)).active
    assert sheet is not None
    cells = {cell.value: sheet.cell(2, at) for at, cell in enumerate(sheet[1], start=1)}
    assert (cells["定員"].value, cells["料金(基本)"].value, cells["緯度"].value) == (20, 0, 36.423185)
    assert {cells[name].data_type for name in ("定員", "料金(基本)", "緯度")} == {"n"}
    assert (cells["NO"].data_type, sheet.cell(3, 5).value, sheet.cell(3, 5).data_type) == ("s", "=SUM(1)", "s")


@on_sqlite
def test_what_cp932_cannot_hold_is_listed(city: Database, viewer: TestClient) -> None:
    answer = take(viewer, layout="suishou", encoding="cp932")
    assert answer.headers["x-lost-characters"] == "1"
    assert table(answer.content, "cp932")[2][19] == "〓岡公民館"
    told = viewer.get(CHECK, params={"encoding": "cp932", "layout": "suishou"}).json()
    assert [(one["row"], one["column"], one["character"]) for one in told["lost"]] == [(2, "場所名称", "𠮷")]
    assert viewer.get(CHECK).json()["lost"] == []


@on_sqlite
@pytest.mark.parametrize("code", ["ods", "suishou"])
@pytest.mark.parametrize(("form", "encoding"), [("csv", "utf-8-sig"), ("csv", "cp932"), ("xlsx", "utf-8-sig")])
def test_our_own_bytes_keep_the_rules(city: Database, viewer: TestClient, form: str, encoding: str, code: str) -> None:
    before = head_of(city)
    query = {"layout": code, "encoding": encoding}
    content = take(viewer, form, **query).content
    read = read_xlsx(content) if form == "xlsx" else read_csv(content)
    results = check_rules(read, layout(EVENTS, code))
    # What somebody wrote in a description is told, what this program writes breaks nothing.
    assert [(one.rule, one.found) for one in results if one.verdict == "broken"] == [("L1-08", 1)]
    told = viewer.get(CHECK, params=query | {"form": form}).json()
    assert told["rules"] == [one.model_dump() for one in results]
    assert (told["rows"], told["file_name"]) == (3, f"{NAME}.{form}")
    assert head_of(city) == before


@on_sqlite
def test_the_definition_names_every_column_in_ascii(viewer: TestClient) -> None:
    for code in ("ods", "suishou"):
        answer = viewer.get(f"/api/open-data/{EVENTS}/definition.csv", params={"layout": code})
        rows = table(answer.content)
        assert [row[4] for row in rows[1:]] == list(layout(EVENTS, code).headers(physical=True))
        assert answer.headers["content-disposition"] == f'attachment; filename="{NAME}_definition.csv"'


def test_the_page_says_what_is_written_and_what_is_missing(
    city: Database, sign_in: Callable[[str], TestClient]
) -> None:
    desk, viewer = sign_in("desk"), sign_in("viewer")
    page = desk.get("/open-data/events", params={"layout": "suishou", "file": "cp932"}).text
    assert "講座3件を書き出せます。" in page and "必須の項目が3件たりません。" in page
    assert 'href="/api/exports/event.csv?layout=suishou&amp;headers=japanese&amp;encoding=cp932"' in page
    assert "U+20BB7" in page and "/edit#f-venue" in page and "102016_event.csv" in page
    looked = viewer.get("/open-data/events").text
    assert "/edit#" not in looked and "U+20BB7" not in looked
    for path in ("/courses", "/open-data"):
        assert 'href="/open-data/events"' in viewer.get(path).text


def test_without_a_published_course_the_page_says_what_to_do(sign_in: Callable[[str], TestClient]) -> None:
    answer = sign_in("viewer").get("/open-data/events")
    assert answer.status_code == 200 and "まだありません" in answer.text
