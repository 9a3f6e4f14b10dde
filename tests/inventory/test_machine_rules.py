"""行政データにおける機械可読性ルール: a file that keeps each rule, and for each rule one that does not."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.drawing.image import Image as Drawing
from openpyxl.styles import Font, PatternFill
from PIL import Image

from inventory.machine_files import read_csv, read_xlsx
from inventory.machine_rules import MOST_CELLS, RuleResult, check_rules
from inventory.open_data_layouts import Layout, layout, read_layout

LAN = layout("public_wireless_lan", "suishou")
HEADER = list(LAN.headers())
ROW = (
    "102016,K05-0001,群馬県,前橋市,大胡公民館,オオゴコウミンカン,Ohgo Kominkan,群馬県前橋市大胡町15番地,,"
    "36.423185,139.163820,前橋市,027-283-0011,21,Maebashi-Free-WiFi,ロビー,https://www.example.lg.jp/ohgo,認証なし"
).split(",")
CHOICES = read_layout(
    'dataset = "things"\ncode = "a"\ntitle = "もの"\nedition = "1"\nsource = "ここ"\nproof = "seen"\nnote = ""\n'
    '[[columns]]\nkey = "code"\nname = "コード"\nphysical = "code"\nrequired = "required"\ncell = "code6"\n'
    '[[columns]]\nkey = "open"\nname = "開放の有無"\nphysical = "open"\nrequired = "required"\ncell = "yes_no"\n'
)


def text(*rows: list[str], encoding: str = "utf-8-sig") -> bytes:
    target = io.StringIO(newline="")
    csv.writer(target, lineterminator="\r\n").writerows(rows)
    return target.getvalue().encode(encoding)


def but(**cells: str) -> list[str]:
    """The row with other cells, by the keys of the layout."""
    keys = [column.key for column in LAN.columns]
    return [cells.get(key, cell) for key, cell in zip(keys, ROW, strict=True)]


def found(data: bytes, rule: str, known: Layout = LAN) -> RuleResult:
    read = read_xlsx(data) if data.startswith(b"PK") else read_csv(data)
    return {result.rule: result for result in check_rules(read, known)}[rule]


def workbook(change: Callable[[Any, Any], None] = lambda book, sheet: None) -> bytes:
    book = Workbook()
    sheet: Any = book.active
    sheet.append(HEADER)
    sheet.append([float(cell) if at in (9, 10) else cell or None for at, cell in enumerate(ROW)])
    change(book, sheet)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def with_picture(book: Any, sheet: Any) -> None:
    target = io.BytesIO()
    Image.new("RGB", (4, 4)).save(target, "PNG")
    target.seek(0)
    sheet.add_image(Drawing(target), "C4")


def coloured(book: Any, sheet: Any) -> None:
    sheet["E2"].fill = PatternFill("solid", fgColor="FFFF00")
    sheet["F2"].font = Font(color="FF0000")


@pytest.mark.parametrize("data", [text(HEADER, ROW), text(HEADER, ROW, encoding="cp932"), workbook()])
def test_a_good_file_breaks_no_rule(data: bytes) -> None:
    read = read_xlsx(data) if data.startswith(b"PK") else read_csv(data)
    results = check_rules(read, LAN)
    assert [(result.rule, result.cells) for result in results if result.verdict in ("broken", "caution")] == []
    other = {"L1-14", "L1-15"} if data.startswith(b"PK") else {"L1-10", "L1-11", "L1-12", "L1-13"}
    assert {result.rule for result in results if result.verdict == "not_applicable"} == other | {"L2-04"}
    assert len(results) == 23
    # Those that are not told are for people to judge; together they are the thirty rules.
    told = {result.rule for result in results}
    assert told | {"L2-02", "L2-05", "L3-02", "L3-03", "L3-04", "L3-07", "L3-09"} == {
        f"L{level}-{number:02d}" for level, last in ((1, 15), (2, 6), (3, 9)) for number in range(1, last + 1)
    }


@pytest.mark.parametrize(
    ("rule", "data", "line", "column"),
    [
        ("L1-01", b"\x81\x00\xff\xfe\xfa", 0, ""),
        ("L1-02", text(HEADER, ROW, HEADER, ROW), 3, HEADER[0]),
        ("L1-02", text(HEADER, ROW, [], ["合計", "1"]), 4, HEADER[0]),
        ("L1-03", text(HEADER, [], ROW), 2, HEADER[0]),
        ("L1-03", text([*HEADER, "", "最終確認日"], [*ROW, "", "2024-09-01"]), 1, "S"),
        ("L1-04", text(HEADER, ROW, ["※令和8年4月1日現在"]), 3, HEADER[0]),
        ("L1-04", text(HEADER, ROW, ["", "", "", "", "合計", "", "1館"]), 3, "名称"),
        ("L1-04", text(HEADER, ROW, ["", "", "メモ"]), 3, HEADER[2]),
        ("L1-05", text(["列1" if name == "名称" else name for name in HEADER], ROW), 1, "列1"),
        ("L1-05", text([*HEADER, ""], [*ROW, "x"]), 1, "S"),
        ("L1-06", text(HEADER, but(name="大胡公民館　")), 2, "名称"),
        ("L1-06", text(HEADER, but(name="大　胡")), 2, "名称"),
        ("L1-06", text(HEADER, but(note="認証なし\n注意")), 2, "備考"),
        ("L1-07", text(HEADER, but(phone="027-283-0011、027-283-0012")), 2, "電話番号"),
        ("L1-07", text(HEADER, but(latitude="36.423185,139.163820")), 2, "緯度"),
        ("L1-08", text(HEADER, but(area="①ロビー")), 2, "提供エリア"),
        ("L1-08", text(HEADER, but(name_kana="ｵｵｺﾞ")), 2, "名称_カナ"),
        ("L1-09", text(HEADER, but(phone="-")), 2, "電話番号"),
        ("L1-09", text(HEADER, but(building="なし")), 2, "方書"),
        ("L1-09", text(HEADER, but(latitude="0")), 2, "緯度"),
        ("L1-10", workbook(with_picture), 0, ""),
        ("L1-11", workbook(coloured), 2, "E2"),
        ("L1-12", workbook(lambda book, sheet: sheet.merge_cells("A2:B2")), 2, "A2:B2"),
        (
            "L1-13",
            workbook(lambda book, sheet: setattr(sheet.row_dimensions[2], "hidden", True)),
            2,
            "2",
        ),
        ("L1-14", text(HEADER, but(area="ロビー\n和室")), 2, "提供エリア"),
        ("L1-15", text(HEADER) + ",".join(but(area="ロビー,和室")).encode(), 2, "S"),
        ("L2-01", text(HEADER, but(latitude="36.4度")), 2, "緯度"),
        ("L2-01", workbook(lambda book, sheet: sheet.__setitem__("J2", "36.423185")), 2, "緯度"),
        ("L2-03", text([*HEADER[:-1], "URL"], ROW), 1, "URL"),
        ("L2-06", text(HEADER, but(ssid="=SUM(A1)")), 2, "SSID"),
        ("L2-06", workbook(lambda book, sheet: sheet.__setitem__("Q2", "=A2")), 2, "URL"),
        ("L3-01", text(["公衆無線LAN一覧"], HEADER, ROW), 1, "公衆無線LAN一覧"),
        ("L3-01", text(ROW), 1, "102016"),
        ("L3-05", text(HEADER, but(note="令和6年9月1日から")), 2, "備考"),
        ("L3-06", text(HEADER, but(code="92011")), 2, HEADER[0]),
        ("L3-06", text(HEADER, but(code="")), 2, HEADER[0]),
        ("L3-06", text(HEADER[1:], ROW[1:]), 0, ""),
        ("L3-08", b"\x81\x00\xff\xfe\xfa", 0, ""),
    ],
)
def test_a_rule_that_is_broken_is_told_with_the_cell(rule: str, data: bytes, line: int, column: str) -> None:
    result = found(data, rule)
    assert result.verdict == "broken"
    assert (result.cells[0].line, result.cells[0].column) == (line, column)
    assert result.found == len(result.cells)


@pytest.mark.parametrize(
    ("rule", "data"),
    [
        ("L1-07", text(HEADER, but(name_kana="オオゴ、ミヤギ"))),
        ("L1-08", text(HEADER, but(name="髙橋記念館"))),
        ("L1-08", text(HEADER, but(name="𠮷岡公民館"))),
        ("L3-08", text(HEADER, ROW, encoding="utf-8")),
    ],
)
def test_what_may_stand_with_a_reason_is_a_caution(rule: str, data: bytes) -> None:
    assert found(data, rule).verdict == "caution"


@pytest.mark.parametrize(
    ("rule", "data"),
    [
        ("L1-06", text(HEADER, but(ssid="Maebashi Free WiFi"))),
        ("L1-07", text(HEADER, but(ssid="City/Free・WiFi", note="認証なし。災害時は00000JAPANを開放"))),
        ("L1-08", text(HEADER, but(area="1階〜2階"), encoding="cp932")),
        ("L1-15", text(HEADER, but(area="ロビー,和室"))),
        ("L2-06", text(HEADER, but(ssid="'=SUM(A1)"))),
        ("L3-05", text(HEADER, but(note="令和6年（2024年）9月1日から"))),
        ("L3-06", text(HEADER, but(code="37201"))),
        ("L3-08", text(list(LAN.headers(physical=True)), ROW)),
    ],
)
def test_what_looks_alike_and_is_no_breach_passes(rule: str, data: bytes) -> None:
    assert found(data, rule).verdict == "ok"


def test_choices_are_written_in_the_standard_words() -> None:
    header = list(CHOICES.headers())
    assert found(text(header, ["102016", "有"], ["102016", "無"]), "L2-04", CHOICES).verdict == "ok"
    told = found(text(header, ["102016", "○"]), "L2-04", CHOICES)
    assert (told.verdict, told.cells[0].value) == ("broken", "○")
    assert found(text(header, ["102016", "有"]), "L2-01", CHOICES).verdict == "not_applicable"


def test_many_cells_are_counted_and_the_first_are_told() -> None:
    told = found(text(HEADER, *[but(phone="なし")] * 50), "L1-09")
    assert (told.found, len(told.cells)) == (50, MOST_CELLS)
    assert [cell.line for cell in told.cells[:2]] == [2, 3]


def test_an_empty_file_is_looked_at_too() -> None:
    assert found(b"", "L3-01").verdict == "broken"
    assert found(text(HEADER), "L3-06").verdict == "ok"
