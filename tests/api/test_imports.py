"""Lists that come in as files: what is read from which bytes, told by cell, and entered all or not at all."""

import io
import re
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openpyxl import Workbook

from api.codes import Problem
from api.roster_tables import roster_in
from api.tables_in import as_text, read_table, read_text
from inventory.database import Database
from tests.api.conftest import head_of, on_sqlite, op, rows_of
from tests.api.furnishing import EMAIL, PHONE, association

DOOR = "/api/imports/associations"
LINES = (
    "地区,自治会名,フリガナ,役職,氏名,フリガナ,就任日,任期満了日,電話,メール",
    "大胡地区,堀越町自治会,ホリコシマチ,会長,髙橋　節子,タカハシ　セツコ,2027-04-01,,027-283-1234,",
    "大胡地区,嶺町自治会,ミネマチ,会長,山﨑 正治,ヤマザキ　マサハル,2027-04-01,2029-03-31,,",
)
TEXT = "\r\n".join(LINES) + "\r\n"


def send(client: TestClient, data: bytes, *, dry_run: bool = False, headers: dict[str, str] | None = None) -> Any:
    return client.post(f"{DOOR}?dry_run={str(dry_run).lower()}", files={"file": ("名簿", data)}, headers=headers)


def workbook(*rows: list[Any], title: str = "名簿") -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8-sig"),
        (TEXT.encode("utf-16"), "utf-16"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("cp932"), "cp932"),
        (TEXT.replace(",", "\t").encode("cp932"), "cp932"),
        (("令和9年度 名簿\n\n" + TEXT).encode(), "utf-8"),
    ],
)
def test_every_encoding_of_a_city_is_read_alike(data: bytes, encoding: str) -> None:
    table = read_table(data)
    assert table.encoding == encoding
    assert [cells[4] for _, cells in table.rows[-2:]] == ["髙橋　節子", "山﨑 正治"]
    again = read_text(as_text(table))
    assert again.rows == table.rows


def test_a_table_comes_back_from_a_field_as_it_was_read() -> None:
    cells = ["'=甲", "''+1", "一行目\r\n二行目", "a\tb", 'と"と', "-"]
    table = read_table(workbook(["題, 1"], [], ["名", *"abcde"], cells))
    assert table.rows[-1] == (4, ["'=甲", "''+1", "一行目\n二行目", "a\tb", 'と"と', "-"])
    sent = as_text(table).replace("\n", "\r\n")
    assert read_text(sent).rows == table.rows


@pytest.mark.parametrize(
    "row",
    ['甲自治会,"大胡地区', '甲自治会,"大胡"地区', '"甲自治会,大胡地区\n乙"自治会,大胡地区', f"甲自治会,{'あ' * 2001}"],
)
def test_nothing_of_a_table_is_lost_in_silence(row: str) -> None:
    with pytest.raises(Problem) as refusal:
        read_text(f"自治会名,地区\n{row}\n丙自治会,富士見地区\n")
    assert refusal.value.code == "invalid"


def test_a_table_is_as_wide_and_as_long_as_what_stands_in_it() -> None:
    months = [f"{year}年{month}月" for year in range(2020, 2026) for month in range(1, 13)]
    assert len(read_text("会場," + ",".join(months)).rows[0][1]) == 73
    with pytest.raises(Problem):
        read_text(",".join("a" * 201))
    bordered = read_text("名,備考\n" + "館\n" * 5000 + ",,\n" * 6000)
    assert len(bordered.rows) == 5001
    with pytest.raises(Problem):
        read_text("名\n" + "館\n" * 5010)


def test_a_formula_that_nobody_worked_out_is_not_read_as_empty() -> None:
    with pytest.raises(Problem):
        read_table(workbook(["名", "数"], ["一", "=1+1"]))
    made = workbook(["名", "数"], ["一", "WORKED"])
    worked, empty = b'<c r="B2"><f>1+1</f><v>2</v></c>', b'<c r="B2" t="str"><f>A9</f><v></v></c>'
    for cell, text in ((worked, ["一", "2"]), (empty, ["一"])):
        target = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(made)) as package, zipfile.ZipFile(target, "w") as copy:
            for name in package.namelist():
                content = package.read(name)
                if name.startswith("xl/worksheets/"):
                    content = re.sub(rb'<c r="B2"[^>]*>.*?</c>', cell, content)
                copy.writestr(name, content)
        assert read_table(target.getvalue()).rows[1] == (2, text)


def test_a_break_of_an_old_system_is_a_break() -> None:
    assert read_table(workbook(["名"], ["一_x000D_\n二"])).rows[1] == (2, ["一\n二"])


def test_a_dry_run_tells_everything_and_writes_nothing(desk: TestClient, database: Database) -> None:
    before, head = rows_of(database), head_of(database)
    told = send(desk, TEXT.encode("cp932"), dry_run=True)
    assert told.status_code == 200
    answer = told.json()
    assert {name: answer[name] for name in ("encoding", "rows", "created", "changed", "unchanged", "errors")} == {
        "encoding": "cp932",
        "rows": 2,
        "created": 2,
        "changed": 0,
        "unchanged": 0,
        "errors": [],
    }
    assert (rows_of(database), head_of(database)) == (before, head)


def test_a_list_is_entered_by_one_act_and_once(desk: TestClient, database: Database) -> None:
    before, key = head_of(database), op()
    for _ in range(2):
        entered = send(desk, TEXT.encode(), headers=key)
        assert (entered.status_code, entered.json()["created"]) == (200, 2)
    assert head_of(database) == before + 1
    cards = desk.get("/api/associations").json()["items"]
    assert {(card["name"], card["name_kana"], card["district"]["name"]) for card in cards} == {
        ("堀越町自治会", "ホリコシマチ", "大胡地区"),
        ("嶺町自治会", "ミネマチ", "大胡地区"),
    }
    assert send(desk, TEXT.encode()).json()["unchanged"] == 2
    other = send(desk, TEXT.replace("1234", "9999").encode(), headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "op-id-reused")


def test_errors_are_listed_by_cell_and_nothing_is_entered(desk: TestClient, database: Database) -> None:
    before, head = rows_of(database), head_of(database)
    lines = (LINES[0], LINES[1].replace("2027-04-01", "４月ごろ"), LINES[2].replace("2029-03-31", "2027-03-31"))
    data = "\n".join(lines).encode()
    told = send(desk, data, dry_run=True).json()
    assert [(cell["line"], cell["column"], cell["value"]) for cell in told["errors"]] == [
        (2, "就任日", "４月ごろ"),
        (3, "任期満了日", ""),
    ]
    refused = send(desk, data)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    assert [(cell["line"], cell["column"]) for cell in refused.json()["errors"]] == [(2, "就任日"), (3, "任期満了日")]
    assert refused.json()["created"] == 0 and all(cell["message"] for cell in refused.json()["errors"])
    assert (rows_of(database), head_of(database)) == (before, head)


def test_what_was_repaired_is_told(desk: TestClient) -> None:
    line = LINES[1].replace("2027-04-01", "令和９年４月１日").replace("027-283-1234", "（０２７）２８３－１２３４")
    told = send(desk, f"{LINES[0]}\n{line}".encode(), dry_run=True).json()
    assert {(cell["column"], cell["repaired"]) for cell in told["repairs"]} == {
        ("就任日", "2027-04-01"),
        ("電話", "027-283-1234"),
    }


@pytest.mark.parametrize("form", ["csv", "csv?encoding=cp932", "xlsx"])
def test_our_own_list_comes_back_unchanged(admin: TestClient, database: Database, form: str) -> None:
    first = association(admin, until="2027-03-31")
    second = association(admin, "茂木町自治会")
    deputy = {"name": "=山田", "office": "副会長", "from": "2026-05-01", "phone": "090-1111-2222"}
    assert admin.post(f"/api/associations/{first}/officers", json=deputy).status_code == 201
    assert admin.post("/api/associations", json={"name": "嶺町自治会"}).status_code == 201
    before = head_of(database)
    exported = admin.get(f"/api/exports/associations.{form}")
    told = send(admin, exported.content).json()
    assert (told["rows"], told["created"], told["changed"], told["unchanged"]) == (4, 0, 0, 4), told
    assert (told["errors"], told["repairs"]) == ([], [])
    assert {PHONE, EMAIL} <= set(admin.get(f"/api/associations/{second}").json()["head"].values())
    assert head_of(database) == before + 1


def test_a_workbook_is_read_as_values(desk: TestClient) -> None:
    rows: list[list[Any]] = [["名簿"], ["自治会名", "氏名", "任期開始", "電話"]]
    rows += [["堀越町自治会", '="金井"', date(2027, 4, 1), 272831234], ["嶺町自治会", "山田", "R9.4.1", 9011112222.0]]
    # A formula that no program has worked out yet has no value; it is not taken for an empty cell.
    assert send(desk, workbook(*rows), dry_run=True).status_code == 422
    rows[2][1] = None
    told = send(desk, workbook(*rows), dry_run=True).json()
    assert [(cell["line"], cell["column"]) for cell in told["errors"]] == [(3, "氏名")]
    assert (told["encoding"], told["rows"]) == ("xlsx", 2)
    assert {(cell["line"], cell["repaired"]) for cell in told["repairs"]} == {
        (3, "0272831234"),
        (4, "2027-04-01"),
        (4, "090-1111-2222"),
    }


def _with_part(data: bytes, name: str, content: bytes) -> bytes:
    """The workbook with one of its parts replaced."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for part in given.infolist():
            made.writestr(part.filename, content if part.filename == name else given.read(part))
    return target.getvalue()


PLAIN = workbook(["自治会名", "氏名"], ["堀越町自治会", "金井"])
SHEET, BOOK = "xl/worksheets/sheet1.xml", "xl/workbook.xml"
with zipfile.ZipFile(io.BytesIO(PLAIN)) as _package:
    # Everything else about this sheet is as it should be.
    ENTITIES = '<!DOCTYPE worksheet [<!ENTITY b "bbbb">]>' + _package.read(SHEET).decode()


def _of_many_parts() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        for number in range(2000):
            made.writestr(f"xl/{number}.xml", "")
    return target.getvalue()


# Made when they are asked for: one of them is large before it is packed.
HOSTILE: dict[str, Callable[[], bytes]] = {
    "unpacks to 300 MB": lambda: _with_part(PLAIN, SHEET, b" " * 300_000_000),
    "entities": lambda: _with_part(PLAIN, SHEET, ENTITIES.encode()),
    "entities in UTF-16": lambda: _with_part(PLAIN, SHEET, ENTITIES.encode("utf-16")),
    "many parts": _of_many_parts,
    "cut in the middle": lambda: PLAIN[: len(PLAIN) // 2],
    "no workbook": lambda: _with_part(PLAIN, BOOK, b"<a/>"),
    "an old workbook": lambda: b"\xd0\xcf\x11\xe0" + bytes(1000),
    "a picture": lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4,
    "a PDF": lambda: b"%PDF-1.7\n\xff\xff\x80\x81\n",
    "nothing": lambda: b"",
    "no header": "堀越町自治会,金井\n嶺町自治会,山田\n".encode,
    "a header alone": LINES[0].encode,
    "too many lines": ("自治会名,氏名\n" + "堀越町自治会,金井\n" * 6000).encode,
    "a cell without an end": ('自治会名,氏名\n"' + "あ" * 200_000).encode,
}


@pytest.mark.parametrize("kind", list(HOSTILE))
def test_what_is_no_list_is_refused_in_a_sentence(kind: str) -> None:
    data = HOSTILE[kind]()
    tracemalloc.start()
    try:
        with pytest.raises(Problem) as refusal:
            roster_in(read_table(data))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refusal.value.code == "invalid" and refusal.value.detail.endswith("。")
    assert peak < 64 * 1024 * 1024


def test_a_sheet_that_says_it_is_a_million_wide_is_read_as_far_as_it_goes() -> None:
    with zipfile.ZipFile(io.BytesIO(PLAIN)) as given:
        content = given.read(SHEET).replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"')
    assert b"XFD1048576" in content
    assert [len(cells) for _, cells in read_table(_with_part(PLAIN, SHEET, content)).rows] == [2, 2]


@on_sqlite
def test_the_door_refuses_what_it_does_not_know(desk: TestClient, viewer: TestClient, database: Database) -> None:
    before = head_of(database)
    large = send(desk, b"x" * 4_500_000)
    assert (large.status_code, large.json()["code"]) == (413, "too-large")
    assert desk.post(DOOR).status_code == 422
    assert desk.post(DOOR, files={"other": ("a", b"x")}).status_code == 422
    assert desk.post(DOOR, files={"file": ("a", TEXT.encode())}, data={"more": "x"}).status_code == 422
    assert send(viewer, TEXT.encode(), dry_run=True).status_code == 403
    assert head_of(database) == before
    template = desk.get(f"{DOOR}/template.xlsx")
    assert "attachment" in template.headers["content-disposition"]
    ((_, header),) = read_table(template.content).rows
    assert header[:2] == ["地区", "自治会名"]
