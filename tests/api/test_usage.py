"""利用件数 through the doors: the sheet typed by hand, lists long and wide, and the file that reads back unchanged."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openpyxl import Workbook

from tests.api.conftest import head_of, op
from tests.api.furnishing import made
from tests.api.test_session_pages import Fields

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
HALLS = {"ogo": "大胡公民館", "miyagi": "宮城公民館", "kasukawa": "粕川公民館"}


@pytest.fixture
def it(sign_in: Callable[[str], TestClient], admin: TestClient, at: Callable[[datetime], None]) -> TestClient:
    at(NOW)
    for code, name in HALLS.items():
        made(admin, "/api/venues", {"code": code, "kind": "kominkan", "name": name, "name_kana": code})
    return sign_in("it")


def imported(client: TestClient, content: str | bytes, query: str = "") -> dict[str, Any]:
    data = content.encode() if isinstance(content, str) else content
    answer = client.post(f"/api/imports/usage{query}", files={"file": ("usage.csv", data)}, headers=op())
    assert answer.status_code in (200, 422), answer.text
    found: dict[str, Any] = answer.json()
    return found


def counts(client: TestClient, year: int = 2026) -> dict[str, list[int | None]]:
    rows = client.get(f"/api/wifi/usage?fiscal_year={year}").json()["rows"]
    return {row["code"]: row["months"] for row in rows}


def test_the_sheet_writes_what_was_typed_anew_and_keeps_what_cannot_be(it: TestClient) -> None:
    assert it.post("/api/venues/ogo/usage", json={"month": "2026-04", "count": 100}, headers=op()).status_code == 201
    form = Fields(it.get("/wifi/usage?fiscal_year=2026").text).values
    assert form["n.ogo.2026-04"] == "100" and "n.ogo.2026-12" not in form
    # Somebody else is quicker with a cell that this form leaves as it was shown.
    it.post("/api/venues/ogo/usage", json={"month": "2026-04", "count": 101}, headers=op())
    typed = form | {"n.ogo.2026-05": "１，２３４", "n.miyagi.2026-11": "7件"}
    wrong = it.post("/wifi/usage?fiscal_year=2026", data=typed | {"n.miyagi.2026-04": "たくさん", "n.ogo.2026-04": ""})
    assert wrong.status_code == 422
    back = Fields(wrong.text).values
    assert (back["n.miyagi.2026-04"], back["n.ogo.2026-05"]) == ("たくさん", "１，２３４")
    assert counts(it)["ogo"][:2] == [101, None]
    done = it.post("/wifi/usage?fiscal_year=2026", data=typed)
    assert done.headers["location"] == "/wifi/usage?fiscal_year=2026&done=usage-recorded"
    assert counts(it)["ogo"][:2] == [101, 1234]
    assert counts(it)["miyagi"][7] == 7
    again = it.post("/wifi/usage?fiscal_year=2026", data=Fields(it.get("/wifi/usage?fiscal_year=2026").text).values)
    assert again.headers["location"].endswith("done=nothing")


@pytest.mark.parametrize("typed", ["10000001", "9" * 5000, "0" * 12 + "99999999999", "0" * 5000])
def test_a_count_that_no_hall_has_is_refused_beside_its_cell(it: TestClient, typed: str) -> None:
    form = Fields(it.get("/wifi/usage?fiscal_year=2026").text).values
    answer = it.post("/wifi/usage?fiscal_year=2026", data=form | {"n.ogo.2026-04": typed})
    assert answer.status_code == 422
    assert Fields(answer.text).values["n.ogo.2026-04"] == typed
    assert counts(it)["ogo"][0] is None


def test_the_sheet_is_for_reading_where_one_may_not_write(it: TestClient, viewer: TestClient) -> None:
    it.post("/api/venues/ogo/usage", json={"month": "2026-04", "count": 1234}, headers=op())
    page = viewer.get("/wifi/usage?fiscal_year=2026&kind=kominkan&q=大胡")
    assert page.status_code == 200
    assert "1,234" in page.text and not [name for name in Fields(page.text).values if name.startswith("n.")]
    assert viewer.post("/wifi/usage", data={}).status_code == 403
    assert it.get("/wifi/usage?cursor=broken").status_code == 422
    assert it.get("/wifi/usage?programme=none").status_code == 404


LONG = '会場,月,件数\n大胡公民館,2025-04,10\n大胡公民館,令和7年5月,"1,020"\n宮城公民館,R7.4,-\n'
WIDE = (
    '令和7年度 Wi-Fi利用件数\n\n会場名,4月,5月,６月,合計\n大胡公民館,10,"1,020",,1030\n宮城公民館,3,0,-,3\n'
    "合計,13,1020,,1033\n"
)
DATED = "施設名,令和7年4月,令和7年5月,令和8年3月\n大胡公民館,10,1020,5\n"


@pytest.mark.parametrize(
    ("content", "ogo", "miyagi"),
    [
        (LONG, [10, 1020, None], [None, None, None]),
        (WIDE, [10, 1020, None], [3, 0, None]),
        (WIDE.replace("\n", "\r\n").encode("cp932"), [10, 1020, None], [3, 0, None]),
        (DATED, [10, 1020, None], [None, None, None]),
    ],
)
def test_long_and_wide_lists_in_any_encoding(
    it: TestClient, content: str | bytes, ogo: list[int | None], miyagi: list[int | None]
) -> None:
    before = it.get("/api/wifi/usage?fiscal_year=2025").json()
    tried = imported(it, content, "?dry_run=true")
    assert tried["errors"] == [] and tried["created"] >= 1
    assert it.get("/api/wifi/usage?fiscal_year=2025").json() == before
    done = imported(it, content)
    assert {name: done[name] for name in ("rows", "created", "changed")} == {
        name: tried[name] for name in ("rows", "created", "changed")
    }
    assert counts(it, 2025)["ogo"][:3] == ogo
    assert counts(it, 2025)["miyagi"][:3] == miyagi
    once_more = imported(it, content)
    assert (once_more["created"], once_more["changed"], once_more["unchanged"]) == (0, 0, done["rows"])


def test_a_workbook_with_days_for_months(it: TestClient) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["会場", "対象月", "利用件数"])
    sheet.append(["粕川公民館", datetime(2025, 4, 1), 42.0])
    kept = io.BytesIO()
    book.save(kept)
    assert imported(it, kept.getvalue())["created"] == 1
    assert counts(it, 2025)["kasukawa"][0] == 42


def test_every_wrong_cell_is_named_and_nothing_is_written(it: TestClient) -> None:
    content = "会場,年度,4月,5月\n大胡公民館,令和7年度,10,約20\nどこか館,令和7年度,1,2\n宮城公民館,来年度,1,\n"
    found = imported(it, content)
    assert [(cell["line"], cell["column"], cell["value"]) for cell in found["errors"]] == [
        (2, "5月", "約20"),
        (3, "会場", "どこか館"),
        (4, "4月", "4月"),
    ]
    assert counts(it, 2025) == {code: [None] * 12 for code in HALLS}


def test_a_line_that_is_new_and_wrong_is_not_unchanged(it: TestClient) -> None:
    found = imported(it, "会場,年度,4月,5月\n大胡公民館,令和7年度,10,約20\n", "?dry_run=true")
    assert (found["rows"], found["created"], found["unchanged"]) == (1, 1, 0)


@pytest.mark.parametrize("header", ["会場,月,件数,件数", "会場,令和7年4月,令和７年４月,月"])
def test_two_columns_of_one_name_are_refused(it: TestClient, header: str) -> None:
    sent = it.post("/api/imports/usage", files={"file": ("a", f"{header}\n大胡公民館,2025-04,1,2\n".encode())})
    assert sent.status_code == 422 and "line" not in sent.json()["errors"][0]


def test_a_code_that_no_hall_has_is_told_in_its_own_column(it: TestClient) -> None:
    found = imported(it, "コード,会場,月,件数\nK99,大胡公民館,2025-04,1\n")
    assert [(cell["line"], cell["column"], cell["value"]) for cell in found["errors"]] == [(2, "コード", "K99")]


@pytest.mark.parametrize("content", ["", "会場,電話\n大胡公民館,027\n", "会場,月,件数\n", "あ,い\nう,え\n"])
def test_what_is_no_list_of_counts(it: TestClient, content: str) -> None:
    answer = it.post("/api/imports/usage", files={"file": ("a.csv", content.encode())}, headers=op())
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize("form", ["csv", "xlsx", "csv?encoding=cp932"])
def test_our_own_export_reads_back_unchanged(it: TestClient, app: Any, form: str) -> None:
    imported(it, WIDE)
    kept = it.get(f"/api/exports/usage.{form}").content
    before = counts(it, 2025)
    found = imported(it, kept)
    assert (found["rows"], found["created"], found["changed"], found["errors"]) == (4, 0, 0, [])
    assert found["repairs"] == []
    assert counts(it, 2025) == before


def test_the_form_does_exactly_what_it_showed(it: TestClient, database: Any) -> None:
    before = head_of(database)
    shown = it.post("/wifi/usage/import", files={"text": (None, LONG), "fiscal_year": (None, "2025")})
    assert shown.status_code == 200 and head_of(database) == before
    form = Fields(shown.text).values
    enter = {name: (None, form[name]) for name in ("op_id", "digest", "fiscal_year")} | {"text": (None, LONG)}
    # Somebody counts in between: what would be done now is another thing, and is shown first.
    it.post("/api/venues/ogo/usage", json={"month": "2025-04", "count": 10}, headers=op())
    stale = it.post("/wifi/usage/import/enter", files=enter)
    assert stale.status_code == 412 and counts(it, 2025)["ogo"][1] is None
    fresh = Fields(stale.text).values
    done = it.post("/wifi/usage/import/enter", files=enter | {"digest": (None, fresh["digest"])})
    assert done.status_code == 303 and counts(it, 2025)["ogo"][:2] == [10, 1020]
    assert it.get(done.headers["location"]).status_code == 200
    wrong = it.post("/wifi/usage/import", files={"text": (None, LONG + "どこか館,2025-04,1\n")})
    assert wrong.status_code == 422 and "どこか館" in wrong.text
    empty = it.post("/wifi/usage/import", files={"text": (None, "")})
    assert empty.status_code == 422 and 'id="f-text-wrong"' in empty.text
