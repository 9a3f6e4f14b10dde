"""公共施設一覧 that come in as files: every layout, every repair and refusal by cell, and all of it or nothing."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from inventory.database import Database
from tests.api.conftest import head_of, on_sqlite, op, rows_of
from tests.api.furnishing import made, venue
from tests.api.test_imports import workbook

DOOR = "/api/imports/venues"
SHARED = Path(__file__).parents[3] / "shared" / "data"
DEFECTS = Path(__file__).parents[1] / "data" / "facilities_with_defects.csv"
OLD = (
    "都道府県コード又は市区町村コード,NO,都道府県名,市区町村名,名称,名称_カナ,名称_通称,POIコード,住所,方書,緯度,経度,"
    "電話番号,内線番号,法人番号,団体名,利用可能曜日,開始時間,終了時間,利用可能日時特記事項,説明,バリアフリー情報,URL,備考"
)
COUNTS = ("rows", "created", "changed", "unchanged")


@pytest.fixture
def it(sign_in: Callable[[str], TestClient]) -> TestClient:
    return sign_in("it")


def send(
    client: TestClient, data: bytes | str, *, dry_run: bool = False, headers: dict[str, str] | None = None, **query: str
) -> Any:
    sent = data.encode() if isinstance(data, str) else data
    asked = query | {"dry_run": str(dry_run).lower()}
    return client.post(DOOR, params=asked, files={"file": ("一覧", sent)}, headers=headers)


def told(client: TestClient, data: bytes | str, **query: str) -> Any:
    answer = send(client, data, dry_run=True, headers=None, **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def cells(found: list[dict[str, Any]]) -> list[tuple[int, str]]:
    return [(cell["line"], cell["column"]) for cell in found]


def old(**fields: str) -> str:
    """One line of the old layout, its cells by header."""
    target = io.StringIO(newline="")
    csv.writer(target).writerow([fields.get(header, "") for header in OLD.split(",")])
    return target.getvalue()


def test_a_footnote_between_the_halls_is_no_hall(it: TestClient) -> None:
    answer = told(it, "名称,住所\n東公民館,三俣町1\n※ここから旧町村\n※印館,三俣町2\n西公民館,総社町1\n※以上\n")
    assert (answer["created"], answer["errors"]) == (3, [])
    assert [(line["line"], line["value"]) for line in answer["skipped"]] == [(3, "※ここから旧町村"), (6, "※以上")]


@on_sqlite
def test_closed_days_come_back_from_cp932_as_they_are(it: TestClient, database: Database) -> None:
    hall = {"code": "higashi", "kind": "kominkan", "name": "東公民館", "closed_days": "第1・第3月曜、12/29–1/3"}
    made(it, "/api/venues", hall)
    file = it.get("/api/exports/venues.csv", params={"encoding": "cp932"})
    assert file.headers["x-lost-characters"] == "0"
    for data in (file.content, file.content.replace("－".encode("cp932"), "〓".encode("cp932"))):
        answer = told(it, data)
        assert (answer["unchanged"], answer["repairs"]) == (1, [])


# --- layouts ---------------------------------------------------------------------------------------------------


def test_the_old_layout_becomes_venues(it: TestClient, database: Database) -> None:
    line = old(
        都道府県コード又は市区町村コード="102016",
        NO="1",
        都道府県名="群馬県",
        市区町村名="前橋市",
        名称="大胡公民館",
        名称_カナ="オオゴコウミンカン",
        POIコード="1307",
        住所="前橋市堀越町1115",
        方書="大胡支所2階",
        緯度="36.423185",
        経度="139.163812",
        電話番号="027-283-1111",
        内線番号="12",
        利用可能曜日="火水木金土日",
        開始時間="09:00",
        URL="https://www.city.maebashi.gunma.jp/ogo",
        備考="駐車場30台",
    )
    before = head_of(database)
    data = f"{OLD}\n{line}".encode("cp932")
    answer = send(it, data)
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert [said[name] for name in (*COUNTS, "errors", "repairs")] == [1, 1, 0, 0, [], []]
    assert said["encoding"] == "cp932"
    assert set(said["unread"]) == {
        "名称_通称", "法人番号", "団体名", "利用可能曜日", "開始時間", "終了時間", "利用可能日時特記事項", "説明",
        "バリアフリー情報",
    }  # fmt: skip
    card = it.get("/api/venues/K01").json()
    assert (
        card
        | {
            "kind": "kominkan",
            "name": "大胡公民館",
            "name_kana": "オオゴコウミンカン",
            "prefecture": "群馬県",
            "city": "前橋市",
            "address": "前橋市堀越町1115",
            "building": "大胡支所2階",
            "latitude": 36.423185,
            "longitude": 139.163812,
            "phone": "027-283-1111",
            "extension": "12",
            "url": "https://www.city.maebashi.gunma.jp/ogo",
            "note": "駐車場30台",
        }
        == card
    )
    assert head_of(database) == before + 1
    again = send(it, data).json()
    assert [again[name] for name in COUNTS] == [1, 0, 0, 1]


@pytest.mark.parametrize(
    "header",
    [
        "全国地方公共団体コード,ID,名称,名称_カナ,名称_英語,所在地_連結表記,所在地_都道府県,所在地_市区町村,所在地_町字,"
        "所在地_番地以下,建物名等(方書),緯度,経度,電話番号,郵便番号,URL",
        "全国地方公共団体コード,NO,名称◎,名称_カナ,名称_英字,所在地_連結標記,所在地_都道府県,所在地_市区町村,所在地_町字,"
        "所在地_番地以下,建物名等（方書）,緯度,経度,電話番号,郵便番号,URL",
        "localgov_code,id,name,name_kana,name_english,seat_copulative_spell,seat_prefecture,seat_city,seat_choaza,"
        "seat_after_address,buillding_name_etc,latitude,longitude,phone_number,postal_code,url",
    ],
)
@on_sqlite
def test_the_new_layout_is_read_by_either_name(it: TestClient, header: str) -> None:
    line = (
        "102016,A-0001,大胡公民館,オオゴコウミンカン,Ogo Hall,群馬県前橋市堀越町1115,群馬県,前橋市,堀越町,1115,2階,"
        "36.423185,139.163812,027-283-1111,3710222,https://example.jp/"
    )
    found = told(it, f"{header}\n{line}\n")
    assert ([found[name] for name in COUNTS], found["errors"], found["unread"]) == ([1, 1, 0, 0], [], [])
    assert send(it, f"{header}\n{line}\n").status_code == 200
    card = it.get("/api/venues/K01").json()
    assert (card["town"], card["street"], card["building"], card["postal_code"], card["name_english"]) == (
        "堀越町",
        "1115",
        "2階",
        "3710222",
        "Ogo Hall",
    )


@pytest.mark.parametrize("form", ["csv", "csv?encoding=cp932", "xlsx"])
def test_our_own_list_comes_back_unchanged(admin: TestClient, database: Database, form: str) -> None:
    venue(admin)
    full: dict[str, Any] = {
        "code": "lib-1",
        "kind": "library",
        "name": "=市立図書館",
        "name_kana": "シリツ〜トショカン",
        "name_english": "City Library",
        "postal_code": "0600001",
        "prefecture": "群馬県",
        "city": "前橋市",
        "town": "大手町",
        "street": "2-12-1",
        "building": "議会棟 1F",
        "latitude": 36.38950912345,
        "longitude": 139.1,
        "phone": "027-224-4311",
        "extension": "7",
        "url": "https://example.jp/lib?a=1",
        "closed_days": "なし",
        "shelter": True,
        "disaster_open": True,
        "disaster_procedure": "親機を再起動し、\nSSIDを切り替える。",
        "note": "駐輪場あり\n- 𠮷田商店のとなり",
    }
    made(admin, "/api/venues", full)
    made(admin, "/api/venues", {"code": "1", "kind": "other", "name": "1"})
    before, head = rows_of(database), head_of(database)
    exported = admin.get(f"/api/exports/venues.{form}")
    said = send(admin, exported.content).json()
    assert ([said[name] for name in COUNTS], said["errors"], said["unread"]) == ([3, 0, 0, 3], [], []), said
    assert said["repairs"] == [] or form == "csv?encoding=cp932"
    assert rows_of(database) | {"entry": 0} == before | {"entry": 0} and head_of(database) == head + 1
    assert admin.get("/api/venues/lib-1").json()["latitude"] == 36.38950912345


# --- real files ------------------------------------------------------------------------------------------------


@on_sqlite
def test_a_file_with_every_defect_of_real_ones_tells_each_of_them(it: TestClient, database: Database) -> None:
    before, head = rows_of(database), head_of(database)
    found = told(it, DEFECTS.read_bytes(), kind="welfare_center")
    assert {(cell["line"], cell["column"], cell["repaired"]) for cell in found["repairs"]} >= {
        (4, "prefCode", "372013"),
        (4, "latitude", "34.333484"),
        (4, "longitude", "134.044415"),
        (4, "name", "さぬきホーム"),
        (4, "telephoneNumber", "087-802-2067"),
        (4, "fullNameInKana", "サヌキホーム"),
        (4, "note", ""),
        (5, "latitude", "34.265775"),
        (5, "longitude", "133.994928"),
        (5, "telephoneNumber", "087-885-2828"),
        (6, "telephoneNumber", "0878480800"),
    }
    assert set(cells(found["errors"])) == {
        (7, "latitude"),
        (8, "telephoneNumber"),
        (9, "name"),
        (10, "name"),
        (11, "name"),
        (12, "latitude"),
        (13, "referenceObject"),
        (13, "prefCode"),
    }
    assert all(cell["message"] for cell in found["errors"])
    assert [line["line"] for line in found["skipped"]] == [14, 15]
    assert (found["unread"], found["rows"]) == (["service"], 10)
    refused = send(it, DEFECTS.read_bytes())
    assert (refused.status_code, refused.json()["code"], refused.json()["created"]) == (422, "invalid", 0)
    assert cells(refused.json()["errors"]) == cells(found["errors"])
    assert (rows_of(database), head_of(database)) == (before, head)


@pytest.mark.parametrize(
    ("name", "rows", "repairs", "kind", "unread"),
    [
        ("takamatsu_0004_community_center.xlsx", 52, 86, "community_center", 0),
        ("takamatsu_elderly_welfare_facility_utf-8.csv", 47, 75, "welfare_center", 6),
        ("maebashi_kominkan_from_shelters.csv", 16, 0, "kominkan", 1),
    ],
)
@on_sqlite
def test_the_lists_of_real_cities(it: TestClient, name: str, rows: int, repairs: int, kind: str, unread: int) -> None:
    """The cities' own files are not ours to hand on: without them the file of our own making stands for them."""
    file = SHARED / name
    if not file.exists():
        assert told(it, DEFECTS.read_bytes())["errors"]
        return
    found = told(it, file.read_bytes(), kind="welfare_center")
    assert ([found[name] for name in COUNTS], found["errors"]) == ([rows, rows, 0, 0], [])
    assert (len(found["repairs"]), len(found["unread"])) == (repairs, unread)
    assert send(it, file.read_bytes(), kind="welfare_center").json()["created"] == rows
    cards = it.get("/api/venues?limit=200").json()["items"]
    assert len(cards) == rows and {card["kind"] for card in cards} == {kind}
    assert send(it, file.read_bytes()).json()["unchanged"] == rows
    if name.startswith("takamatsu"):
        assert {(card["prefecture"], card["city"]) for card in cards} == {("香川県", "高松市")}


# --- which hall is meant ---------------------------------------------------------------------------------------


def test_a_row_finds_its_hall(admin: TestClient) -> None:
    venue(admin)
    made(admin, "/api/venues", {"code": "7", "kind": "library", "name": "本町図書館"})
    made(admin, "/api/venues", {"code": "A1", "kind": "kominkan", "name": "城南"})
    made(admin, "/api/venues", {"code": "A2", "kind": "library", "name": "城南"})

    def changed(text: str) -> list[tuple[str, str | None]]:
        before = {card["code"]: card for card in admin.get("/api/venues").json()["items"]}
        answer = send(admin, text)
        assert answer.status_code == 200, answer.text
        after = admin.get("/api/venues").json()["items"]
        return [(card["code"], card["note"]) for card in after if card != before.get(card["code"])]

    name = admin.get("/api/venues/ohgo").json()["name"]
    # By its folded name; by our code; by an ID that is a code of ours, but not by a running number.
    assert changed(f"名称,備考\n{name[:2]}　{name[2:]},あ\n") == [("ohgo", "あ")]
    assert changed("会場コード,名称,備考\nohgo,大胡公民館,い\n") == [("ohgo", "い")]
    assert changed("ID,名称,備考\nA1,城南,う\n") == [("A1", "う")]
    assert changed("NO,名称,備考\n7,総合会館,え\n") == [("V01", "え")]
    assert changed("ID,名称,備考\n1.23E+15,総合会館,ID\n") == [("V01", "ID")]
    assert changed("NO,名称,備考\n7,本町図書館,お\n") == [("7", "お")]
    assert changed("会場コード,種類,会場名,メモ\n,図書館,城南,か\n") == [("A2", "か")]
    assert changed("会場コード,種類,会場名,メモ\nnew-1,福祉会館,新しい館,き\n") == [("new-1", "き")]
    # An empty cell changes nothing, and a hall keeps its kind whatever its new POIコード would make of it.
    assert changed("名称,POIコード,備考\n本町図書館,1309,\n") == []
    two = told(admin, "名称,備考\n城南,く\n")
    assert cells(two["errors"]) == [(2, "名称")]
    twice = told(admin, "名称,POIコード,緯度,経度\n東公民館,1307,,\n東公民館,1307,36.1,139.1\n東公民館,1512,,\n")
    assert (cells(twice["errors"]), twice["created"]) == ([(3, "名称")], 2)


@on_sqlite
def test_new_halls_get_codes_that_nobody_has(admin: TestClient) -> None:
    made(admin, "/api/venues", {"code": "K02", "kind": "other", "name": "別の館"})
    made(admin, "/api/venues", {"code": "k04", "kind": "other", "name": "もう1つの館"})
    lines = "会場コード,種類,会場名\n,公民館,い公民館\nK06,公民館,ろ公民館\n,公民館,は公民館\n,,に図書館\n,,ほ\n"
    assert send(admin, lines, kind="branch_office").json()["created"] == 5
    codes = {card["name"]: (card["code"], card["kind"]) for card in admin.get("/api/venues").json()["items"]}
    assert codes["い公民館"] == ("K07", "kominkan") and codes["は公民館"] == ("K08", "kominkan")
    assert codes["に図書館"] == ("L01", "library") and codes["ほ"] == ("B01", "branch_office")


def test_closed_days_that_are_no_rule_go_to_the_note(it: TestClient) -> None:
    text = "会場コード,会場名,休館日,メモ\na,あ館,月曜日,駐車場\nb,い館,館内整理日,駐車場\nc,う館,なし,\n"
    said = send(it, text).json()
    assert cells(said["repairs"]) == [(3, "休館日")]
    found = {card["code"]: (card["closed_days"], card["note"]) for card in it.get("/api/venues").json()["items"]}
    assert found == {
        "a": ("月曜日", "駐車場"),
        "b": (None, "駐車場\n休館日：館内整理日"),
        "c": ("なし", None),
    }
    once = send(it, "会場コード,会場名,休館日\nb,い館,館内整理日\n").json()
    assert [once[name] for name in COUNTS] == [1, 0, 0, 1]


# --- whole files -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "名称,住所\n",
        "令和8年度\n\n",
        "郵便番号,住所\n371-0000,前橋市\n",
        "1,2,3\n4,5,6\n",
    ],
)
@on_sqlite
def test_a_file_without_halls_is_refused_beside_its_field(it: TestClient, text: str) -> None:
    refused = send(it, text)
    assert (refused.status_code, [error["field"] for error in refused.json()["errors"]]) == (422, ["file"])


@on_sqlite
def test_titles_above_the_header_and_headers_that_stand_twice(it: TestClient) -> None:
    merged = workbook(
        ["令和8年度 公共施設一覧"], [], ["作成：情報政策課"], ["名称", "電話番号"], ["東公民館", "0272111111"]
    )
    found = told(it, merged)
    assert (found["created"], cells(found["errors"])) == (1, [])
    below = told(it, workbook(["名称", "所在地", None], ["東公民館", "群馬県", "前橋市"]))
    assert below["unread"] == ["見出しのない3列目"]
    twice = told(it, "名称,電話番号,電話番号\n東公民館,027-211-1111,\n")
    assert cells(twice["errors"]) == [(1, "電話番号")]


@on_sqlite
def test_what_stands_below_the_halls_is_told_and_left_out(it: TestClient) -> None:
    found = told(it, "名称,電話番号\n合計公民館,027-211-1111（代表）\n合計,1\n※ 令和8年4月,\n")
    assert (found["created"], [line["line"] for line in found["skipped"]]) == (1, [3, 4])
    assert [(cell["line"], cell["repaired"]) for cell in found["repairs"]] == [(2, "027-211-1111")]
    # In the middle of the list, or with a code of ours, such a line is a slip and not a footnote.
    assert cells(told(it, "名称,電話番号\n,1\n東公民館,\n")["errors"]) == [(2, "電話番号"), (2, "名称")]
    assert cells(told(it, "会場コード,会場名\nK01,\n")["errors"]) == [(2, "会場名")]


@on_sqlite
def test_formulas_are_refused_where_a_value_belongs(it: TestClient) -> None:
    rows = [
        ["名称", "URL"],
        ['=HYPERLINK("https://example.jp","東公民館")', "https://example.jp"],
        ["西公民館", "#REF!"],
    ]
    # A program that works nothing out leaves a formula without a value: nobody can say what stands there.
    whole = send(it, workbook(*rows), dry_run=True)
    assert (whole.status_code, whole.json()["errors"][0]["field"]) == (422, "file")
    assert cells(told(it, workbook(rows[0], rows[2]))["errors"]) == [(2, "URL")]
    text = '名称,URL\n"=HYPERLINK(""https://example.jp"",""東公民館"")",https://example.jp\n'
    refused = told(it, text)
    assert cells(refused["errors"]) == [(2, "名称")]


@on_sqlite
def test_five_thousand_rows_are_entered_by_one_act(it: TestClient, database: Database) -> None:
    lines = "".join(f"第{number}集会所,ﾀﾞｲ{number},前橋市堀越町{number}\n" for number in range(4999))
    before = head_of(database)
    answer = send(it, f"名称,名称_カナ,住所\n{lines}")
    assert (answer.status_code, answer.json()["created"]) == (200, 4999)
    assert len(answer.json()["repairs"]) == 4999 and head_of(database) == before + 1
    assert it.get("/api/venues/V4999").json()["name_kana"] == "ダイ4998"
    assert send(it, f"名称,名称_カナ,住所\n{lines}一館,,\n二館,,\n").status_code == 422


def test_a_list_is_entered_once(it: TestClient, database: Database) -> None:
    before, key = head_of(database), op()
    for _ in range(2):
        entered = send(it, "名称\n東公民館\n", headers=key)
        assert (entered.status_code, entered.json()["created"]) == (200, 1)
    assert head_of(database) == before + 1
    other = send(it, "名称\n西公民館\n", headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "op-id-reused")
