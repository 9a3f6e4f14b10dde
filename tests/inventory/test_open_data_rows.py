"""Cells of published tables: each defect that real files have, read or refused."""

import pytest

from inventory.open_data_rows import address_key, read_cell, read_row, venue_kind
from inventory.tables import VenueKind


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        ("code6", "102016", "102016"),
        ("code6", "37201", "372013"),
        ("code6", "92011", "092011"),
        ("code6", "１０２０１６", "102016"),
        ("code6", "102016.0", "102016"),
        ("kana", "ｵｵｺﾞ", "オオゴ"),
        ("kana", "おおごこうみんかん", "オオゴコウミンカン"),
        ("latitude", "34.42222463856056", "34.422225"),
        ("latitude", "３６．４２", "36.420000"),
        ("latitude", "北緯36度23分22秒", "36.389444"),
        ("longitude", "139°03′48.4″", "139.063444"),
        ("phone", "０２７－２８３－００１１", "027-283-0011"),
        ("phone", "272830011", "0272830011"),
        ("phone", "(027)283-0011", "027-283-0011"),
        ("postal", "〒371-0223", "3710223"),
        ("postal", "600000", "0600000"),
        ("url", " https://www.example.lg.jp/a ", "https://www.example.lg.jp/a"),
        ("email", "ｗｉｆｉ@example.lg.jp", "wifi@example.lg.jp"),
        ("corporate", "1000020102016", "1000020102016"),
        ("id", "Ｋ０１-0012", "K01-0012"),
        ("ssid", " Maebashi Free WiFi　", "Maebashi Free WiFi"),
        ("ssid", "-", "-"),
        ("poi", "１３０７", "1307"),
        ("weekdays", "月～金", "月火水木金"),
        ("weekdays", "火・水・木曜日", "火水木"),
        ("time", "9:00", "09:00"),
        ("time", "20：00", "20:00"),
        ("time", "9時", "09:00"),
        ("day", "2024/9/1", "2024-09-01"),
        ("day", "令和6年9月1日", "2024-09-01"),
        ("count", "1,234", "1234"),
        ("yes_no", "〇", "有"),
        ("yes_no", "なし", "無"),
        ("text", " 大胡\n公民館　", "大胡 公民館"),
        ("text", "なし", None),
        ("text", "－", None),
        ("phone", "無し", None),
        ("address", "木町１９８６番地", "木町１９８６番地"),
    ],
)
def test_a_cell_is_read(kind: str, written: str, value: str | None) -> None:
    assert read_cell(kind, written) == value


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("code6", "102017"),
        ("code6", "前橋市"),
        ("code6", "10"),
        ("corporate", "102016"),
        ("kana", "大胡公民館"),
        ("latitude", "369.56056"),
        ("latitude", "36度75分10秒"),
        ("latitude", "139.063438"),
        ("latitude", "北の方"),
        ("longitude", "36.389509"),
        ("phone", "027-283-0011、027-283-0012"),
        ("phone", "2830011"),
        ("email", "wifi"),
        ("url", "www.example.lg.jp"),
        ("url", "javascript:alert(1)"),
        ("postal", "371-022"),
        ("id", "1.23E+15"),
        ("id", "番号1"),
        ("ssid", "あ" * 11),
        ("ssid", "Free\u200bWiFi"),
        ("poi", "公民館"),
        ("weekdays", "毎日"),
        ("weekdays", "金～月"),
        ("time", "25:00"),
        ("time", "朝"),
        ("day", "春"),
        ("count", "約30"),
        ("yes_no", "一部"),
    ],
)
def test_a_cell_that_cannot_be_read_is_refused_with_a_sentence(kind: str, written: str) -> None:
    with pytest.raises(ValueError, match=r"[ぁ-ん]"):
        read_cell(kind, written)


KINDS = {"name": "text", "latitude": "latitude", "longitude": "longitude", "code": "code6", "note": "text"}


def test_coordinates_in_each_others_column_are_swapped_and_told() -> None:
    row = read_row(7, {"latitude": "139.0634384", "longitude": "36.389509"}, KINDS)
    assert row.values == {"latitude": "36.389509", "longitude": "139.063438"}
    assert [(cell.line, cell.column, cell.repaired) for cell in row.repairs] == [
        (7, "latitude", "36.389509"),
        (7, "longitude", "139.0634384"),
        (7, "longitude", "139.063438"),
    ]
    assert row.errors == []


def test_one_coordinate_alone_is_no_place() -> None:
    row = read_row(2, {"latitude": "36.389509", "longitude": "-"}, KINDS)
    assert [(cell.column, cell.value) for cell in row.errors] == [("longitude", "-")]
    broken = read_row(2, {"latitude": "36.389509", "longitude": "東"}, KINDS)
    assert [cell.column for cell in broken.errors] == ["longitude"]


def test_only_what_is_read_differently_is_a_repair() -> None:
    cells = {"name": "大胡公民館", "latitude": "36.42", "longitude": "139.163820", "code": "102016", "note": "  "}
    row = read_row(2, cells, KINDS)
    assert (row.repairs, row.errors) == ([], [])
    assert "note" not in row.values
    trailing = read_row(3, {"name": "大胡公民館　", "note": "なし"}, KINDS)
    assert [(cell.column, cell.value, cell.repaired) for cell in trailing.repairs] == [
        ("name", "大胡公民館　", "大胡公民館"),
        ("note", "なし", ""),
    ]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("男木町１９８６番地", "男木町1986", True),
        ("安原上東３９０−９", "安原上東390-9", True),
        ("大手町二丁目12番1号", "大手町二丁目12-1", True),
        ("大手町1丁目2番3号", "大手町１－２－３", True),
        ("大手町1-23", "大手町12-3", False),
        ("大胡町15番地", "大胡町16番地", False),
    ],
)
def test_addresses_are_compared_as_places(one: str, other: str, same: bool) -> None:
    assert (address_key(one) == address_key(other)) is same


def test_what_a_hall_is_its_name_or_its_code_tells() -> None:
    assert venue_kind("大胡公民館") is VenueKind.KOMINKAN
    assert venue_kind("大胡支所", "1307") is VenueKind.KOMINKAN
    assert venue_kind("総合福祉会館") is VenueKind.WELFARE_CENTER
    assert venue_kind("男木交流館", "9999") is VenueKind.OTHER
