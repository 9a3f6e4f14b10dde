"""公衆無線LANアクセスポイント一覧 through the doors: the file, what is known of it, and the same rows read back."""

import csv
import io
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openpyxl import Workbook, load_workbook

from inventory.calendar import TOKYO
from inventory.database import Database, reading
from inventory.open_data import DATASET, published_rows
from inventory.open_data_layouts import layout
from inventory.tables import WifiAuth
from tests.api.conftest import head_of, on_sqlite, op, rows_of
from tests.inventory.halls import OHGO, PUBLISHER, hall, point, stand

NAME = f"102016_{DATASET}"
CHECK = f"/api/open-data/{DATASET}/check"
IMPORT = "/api/imports/access_points"
TAKAMATSU = Path(__file__).parents[2] / "../shared/data/takamatsu_0064_public_wireless_lan.xlsx"
# The same headers and the same kinds of defects in rows of our own.
LIKE_TAKAMATSU = Path(__file__).parents[1] / "inventory" / "open_data" / "camel_case_public_wireless_lan.csv"


@pytest.fixture
def city(database: Database, at: Callable[[datetime], None]) -> Database:
    """Two halls with what is awkward in a file: rare characters, formulas, rooms, passphrases."""
    at(datetime(2026, 11, 24, 12, tzinfo=TOKYO))
    hall(database, "K05", **OHGO)
    hall(database, "K-11", name="𠮷岡〜永明公民館", name_kana="エイメイコウミンカン", address="天川大島町1−2−3")
    point(database, "K05")
    point(database, "K05", ssid="=SUM(1)", auth=WifiAuth.PASSPHRASE, passphrase="ohgo-2026-x", area="1階〜2階")
    point(database, "K-11", ssid="Maebashi Free", auth=WifiAuth.PORTAL, disaster_ssid=True, area="髙橋記念室")
    for code in ("K05", "K-11"):
        stand(database, code)
    return database


def take(client: TestClient, form: str = "csv", **query: str) -> Any:
    answer = client.get(f"/api/exports/{DATASET}.{form}", params=query)
    assert answer.status_code == 200, answer.text
    return answer


def send(client: TestClient, data: bytes, **query: Any) -> Any:
    return client.post(IMPORT, params=query, files={"file": ("一覧", data)}, headers=op())


def table(content: bytes, encoding: str = "utf-8-sig") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(encoding), newline="")))


@on_sqlite
def test_the_file_is_named_by_the_rule_and_has_the_columns_of_its_layout(city: Database, viewer: TestClient) -> None:
    new = take(viewer)
    assert new.headers["content-disposition"] == f'attachment; filename="{NAME}.csv"'
    assert new.content.startswith(b"\xef\xbb\xbf") and new.content.count(b"\r\n") == 4
    rows = table(new.content)
    assert (len(rows), len(rows[0])) == (4, 28)
    assert rows[0] == list(layout(DATASET, "ods").headers())
    found = dict(zip(rows[0], rows[3], strict=True))
    assert (found["ID"][:4], found["緯度"], found["経度"]) == ("K05-", "36.423185", "139.163820")
    assert (found["SSID"], found["備考"]) == ("'=SUM(1)", "パスワード")
    assert b"ohgo-2026-x" not in new.content
    old = table(take(viewer, layout="suishou", headers="physical").content)
    assert old[0] == list(layout(DATASET, "suishou").headers(physical=True))
    assert len(old[0]) == 18


@on_sqlite
def test_the_workbook_has_numbers_where_numbers_stand(city: Database, viewer: TestClient) -> None:
    answer = take(viewer, "xlsx")
    assert answer.headers["content-disposition"] == f'attachment; filename="{NAME}.xlsx"'
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    cells = {cell.value: sheet.cell(4, at) for at, cell in enumerate(sheet[1], start=1)}
    assert (cells["緯度"].value, cells["緯度"].data_type) == (36.423185, "n")
    assert (cells["SSID"].value, cells["SSID"].data_type) == ("=SUM(1)", "s")


@on_sqlite
def test_what_cp932_cannot_hold_is_listed(city: Database, viewer: TestClient) -> None:
    answer = take(viewer, encoding="cp932")
    assert answer.headers["x-lost-characters"] == "1"
    assert table(answer.content, "cp932")[1][4] == "〓岡～永明公民館"
    told = viewer.get(CHECK, params={"encoding": "cp932"}).json()
    assert told["lost"] == [{"row": 1, "column": "名称", "character": "𠮷", "code_point": "U+20BB7", "instead": "〓"}]
    assert viewer.get(CHECK).json()["lost"] == []


@on_sqlite
def test_the_check_tells_what_is_missing_and_which_rules_the_bytes_keep(city: Database, viewer: TestClient) -> None:
    before = head_of(city)
    told = viewer.get(CHECK, params={"layout": "suishou"}).json()
    assert (told["file_name"], told["rows"], told["missing"]) == (f"{NAME}.csv", 3, [])
    verdicts = {result["rule"]: result["verdict"] for result in told["rules"]}
    assert {rule for rule, verdict in verdicts.items() if verdict == "broken"} == set()
    assert {rule for rule, verdict in verdicts.items() if verdict == "caution"} == {"L1-08"}
    assert verdicts["L1-12"] == "not_applicable"
    workbook = viewer.get(CHECK, params={"form": "xlsx"}).json()
    assert {result["rule"] for result in workbook["rules"] if result["verdict"] == "broken"} == set()
    assert {cell["column"] for cell in workbook["missing"] if cell["required"] == "required"} == set()
    assert {(cell["row"], cell["key"]) for cell in workbook["missing"]} >= {(1, "latitude"), (1, "name_english")}
    assert head_of(city) == before


@on_sqlite
def test_the_definition_names_every_column_in_ascii(viewer: TestClient) -> None:
    answer = viewer.get(f"/api/open-data/{DATASET}/definition.csv")
    rows = table(answer.content)
    assert [row[4] for row in rows[1:]] == list(layout(DATASET, "ods").headers(physical=True))
    assert answer.headers["content-disposition"] == f'attachment; filename="{NAME}_definition.csv"'


@on_sqlite
@pytest.mark.parametrize("headers", ["japanese", "physical"])
@pytest.mark.parametrize("code", ["ods", "suishou"])
@pytest.mark.parametrize(("form", "encoding"), [("csv", "utf-8-sig"), ("csv", "cp932"), ("xlsx", "utf-8-sig")])
def test_our_own_file_read_back_changes_nothing(
    city: Database, admin: TestClient, form: str, encoding: str, code: str, headers: str
) -> None:
    query = {"layout": code, "encoding": encoding, "headers": headers}
    content = take(admin, form, **query).content
    before = rows_of(city)
    told = send(admin, content).json()
    assert {name: told[name] for name in ("rows", "created", "changed", "unchanged", "errors")} == {
        "rows": 3,
        "created": 0,
        "changed": 0,
        "unchanged": 3,
        "errors": [],
    }
    # One character was lost in cp932; nothing else is read in another way than it stands.
    assert [cell["value"] for cell in told["repairs"]] == (["〓岡～永明公民館"] if encoding == "cp932" else [])
    assert told["unread"] == []
    assert rows_of(city) == before | {"entry": before["entry"] + 1}
    if form == "csv":
        assert take(admin, form, **query).content == content


# What spreadsheets run, fold, count or lose; what looks like nothing; what cp932 spells otherwise or not at all.
AWKWARD = (
    "=1+1", "'=x", "-5", "@home", "＝全角", "+81", "0012", "1,234", "1e5", "TRUE", "#N/A", 'a"b', "a;b", "なし",
    "Free  Wi", "Ｆｒｅｅ", "café", "か\u3099", "〜−‖¢", "𠮷", "葛\U000e0100城", "〓",
)  # fmt: skip


@on_sqlite
@pytest.mark.parametrize("code", ["ods", "suishou"])
@pytest.mark.parametrize(("form", "encoding"), [("csv", "utf-8-sig"), ("csv", "cp932"), ("xlsx", "utf-8-sig")])
def test_whatever_a_network_and_its_area_are_called_they_read_back_as_they_are(
    database: Database, admin: TestClient, at: Callable[[datetime], None], form: str, encoding: str, code: str
) -> None:
    at(datetime(2026, 11, 24, 12, tzinfo=TOKYO))
    hall(database, "K05", **OHGO)
    for text in AWKWARD:
        point(database, "K05", ssid=text, area=text)
    stand(database, "K05")
    content = take(admin, form, layout=code, encoding=encoding).content
    told = send(admin, content, dry_run=True).json()
    assert (told["rows"], told["unchanged"], told["errors"]) == (len(AWKWARD), len(AWKWARD), [])


@on_sqlite
def test_an_empty_ledger_gets_the_same_rows_from_the_file(city: Database, admin: TestClient, tmp_path: Path) -> None:
    content = take(admin).content
    lines = table(content)
    at = {name: place for place, name in enumerate(lines[0])}
    for row in lines[1:]:
        # Another city's ledger: halls of other names, and so none that is known.
        row[at["名称"]], row[at["ID"]] = "新" + row[at["名称"]], ""
        row[at["SSID"]] = row[at["SSID"]].replace("'", "")
    told = send(admin, written(lines), new_venues=True, auth="portal", since="2026-04-01").json()
    assert (told["created"], told["errors"], told["repairs"]) == (3, [], [])
    for code in told["new_venues"]:
        stand(city, code)
    with reading(city) as session:
        rows = [row.cells for row in published_rows(session, on=date(2026, 11, 24), publisher=PUBLISHER)]
    differ = ("id", "name")
    first, second = (
        [{k: v for k, v in row.items() if k not in differ} for row in part] for part in (rows[:3], rows[3:])
    )
    for cells in (*first, *second):
        for key in ("latitude", "longitude"):
            cells[key] = f"{cells[key]:.6f}" if cells[key] != "" else ""
    assert sorted(first, key=str) == sorted(second, key=str)


def written(rows: list[list[str]], encoding: str = "utf-8") -> bytes:
    target = io.StringIO(newline="")
    csv.writer(target).writerows(rows)
    return target.getvalue().encode(encoding)


def test_rows_are_changed_added_and_refused_as_a_whole(city: Database, admin: TestClient) -> None:
    rows = table(take(admin).content)
    at = {name: place for place, name in enumerate(rows[0])}
    rows[1][at["提供エリア"]] = "ロビー・ホール"
    rows[3][at["備考"]] = "認証なし"
    fresh = [""] * len(rows[0])
    fresh[at["名称"]], fresh[at["SSID"]], fresh[at["備考"]] = "大胡　公民館", "Study", "メール登録が必要。1日4回"
    rows.append(fresh)
    wrong = list(fresh)
    wrong[at["名称"]], wrong[at["緯度"]] = "どこかの館", "369.56056"
    before = rows_of(city)
    refused = send(admin, written([*rows, wrong]))
    assert refused.status_code == 422
    body = refused.json()
    assert [(cell["line"], cell["column"], cell["value"]) for cell in body["errors"]] == [
        (6, "緯度", "369.56056"),
    ]
    assert (body["created"], body["changed"]) == (0, 0)
    assert rows_of(city) == before
    trial = send(admin, written(rows), dry_run=True).json()
    assert rows_of(city) == before
    done = send(admin, written(rows)).json()
    assert done == trial
    assert (done["created"], done["changed"], done["unchanged"], done["errors"]) == (1, 2, 1, [])
    points = admin.get("/api/venues/K05/access-points").json()["items"]
    assert [(card["ssid"], card["auth"], card["has_passphrase"], card["note"]) for card in points] == [
        ("Maebashi-Free-WiFi", "open", False, None),
        ("=SUM(1)", "open", False, None),
        ("Study", "portal", False, "メール登録が必要。1日4回"),
    ]
    again = send(admin, written(rows)).json()
    assert (again["created"], again["changed"], again["unchanged"]) == (0, 0, 4)


@on_sqlite
@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"名称": "どこかの館"}, "名称"),
        ({"名称": "大胡公民館", "ID": "K-11-0003"}, "ID"),
        ({"名称": "大胡公民館", "SSID": ""}, "SSID"),
        ({"名称": "大胡公民館", "ID": "1.23E+15"}, "ID"),
        ({"名称": "大胡公民館", "SSID": "あ" * 11}, "SSID"),
        ({"名称": "大胡公民館", "経度": "139.1"}, "緯度"),
        ({"名称": "大胡公民館", "全国地方公共団体コード": "999999"}, "全国地方公共団体コード"),
        ({"名称": "大胡公民館", "名称_カナ": "大胡"}, "名称_カナ"),
        ({"名称": "大胡公民館", "提供エリア": "館" * 121}, "提供エリア"),
    ],
)
def test_a_cell_that_cannot_stand_is_told_under_its_header(
    city: Database, admin: TestClient, cells: dict[str, str], column: str
) -> None:
    row = {"名称": "", "SSID": "Study", **cells}
    header = list(dict.fromkeys([*row, column]))
    told = send(admin, written([header, [row.get(name, "") for name in header]]), dry_run=True).json()
    assert [(cell["line"], cell["column"]) for cell in told["errors"]] == [(2, column)]
    assert told["created"] == 0


@on_sqlite
def test_the_same_access_point_twice_is_refused(city: Database, admin: TestClient) -> None:
    twice = [["名称", "SSID", "提供エリア"], ["大胡公民館", "Study", "和室"], ["大胡公民館", "Study", "和室"]]
    assert [cell["line"] for cell in send(admin, written(twice), dry_run=True).json()["errors"]] == [3]
    rows = table(take(admin).content)
    again = send(admin, written([*rows, rows[1]]), dry_run=True).json()
    assert [(cell["line"], cell["column"]) for cell in again["errors"]] == [(5, "ID")]


def takamatsu() -> bytes:
    """The real file, and where it is not at hand ours with the same defects, as a workbook of texts."""
    if TAKAMATSU.exists():
        return TAKAMATSU.read_bytes()
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in csv.reader(LIKE_TAKAMATSU.read_text(encoding="utf-8").splitlines()):
        sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.mark.parametrize("real", [True, False], ids=["theirs", "ours"])
def test_a_real_file_comes_in_with_every_repair_and_refusal_told(city: Database, admin: TestClient, real: bool) -> None:
    data = takamatsu() if real else LIKE_TAKAMATSU.read_bytes()
    refused = send(admin, data)
    assert refused.status_code == 422
    assert [(cell["line"], cell["column"]) for cell in refused.json()["errors"]] == [
        (2, "name"), (3, "name"), (4, "name"),
    ]  # fmt: skip
    before = rows_of(city)
    told = send(admin, data, new_venues=True).json()
    assert (told["rows"], told["created"], told["errors"]) == (3, 3, [])
    assert (told["unread"], told["foreign"], len(told["new_venues"])) == (["#property"], ["372013"], 3)
    repaired = {(cell["line"], cell["column"]): (cell["value"], cell["repaired"]) for cell in told["repairs"]}
    assert repaired[(2, "prefCode")] == ("37201", "372013")
    assert repaired[(2, "latitude")] == ("34.42222463856056", "34.422225")
    assert repaired[(4, "longitude")][1] == "134.082327"
    assert repaired[(2, "note")] == ("", "認証なし")
    after = rows_of(city)
    assert (after["venue"] - before["venue"], after["access_point"] - before["access_point"]) == (3, 3)
    venue = admin.get(f"/api/venues/{told['new_venues'][2]}").json()
    # As the file spells it, full-width figures and all; the comparison folds them.
    assert venue["address"] == "香川県高松市塩江町安原上東３９０−９"
    assert (venue["prefecture"], venue["city"], venue["latitude"]) == ("香川県", "高松市", 34.170376)
    again = send(admin, data).json()
    assert (again["unchanged"], again["created"], again["changed"]) == (3, 0, 0)


@on_sqlite
def test_lists_come_from_it_alone(city: Database, sign_in: Callable[[str], TestClient]) -> None:
    content = take(sign_in("viewer")).content
    assert send(sign_in("desk"), content).status_code == 403
    assert send(sign_in("it"), content, dry_run=True).status_code == 200


@on_sqlite
def test_a_file_without_the_headers_is_refused(city: Database, admin: TestClient) -> None:
    for data in (b"", "会場,電波\n大胡,あり\n".encode(), "名称,SSID\n".encode()):
        assert send(admin, data).status_code == 422


@on_sqlite
def test_another_spelling_of_a_halls_name_is_told(city: Database, admin: TestClient) -> None:
    hall(city, "K07", name="髙ヶ渕公民館")
    told = send(admin, written([["名称", "SSID"], ["高ケ淵公民館", "Study"]]), dry_run=True).json()
    assert (told["created"], told["new_venues"]) == (1, [])
    assert ("名称", "高ケ淵公民館", "髙ヶ渕公民館") in [
        (cell["column"], cell["value"], cell["repaired"]) for cell in told["repairs"]
    ]


@on_sqlite
def test_every_character_that_is_counted_as_lost_is_listed(city: Database, viewer: TestClient) -> None:
    # A compatibility ideograph that cp932 has, one that it lacks, and a voicing mark of its own after them.
    hall(city, "K08", name="神\ufa30か\u3099丘館", address="葛\U000e0100町1")
    point(city, "K08")
    stand(city, "K08")
    answer = take(viewer, encoding="cp932")
    lost = viewer.get(CHECK, params={"encoding": "cp932"}).json()["lost"]
    assert len(lost) == int(answer.headers["x-lost-characters"])
    assert {cell["code_point"] for cell in lost} == {"U+20BB7", "U+FA30", "U+E0100"}
    assert "神〓が丘館" in answer.content.decode("cp932")


@on_sqlite
def test_two_columns_of_one_name_are_refused(city: Database, admin: TestClient) -> None:
    assert send(admin, written([["名称", "SSID", "SSID"], ["大胡公民館", "A", "B"]]), dry_run=True).status_code == 422
