"""行政データにおける機械可読性に関するルール (令和8年3月31日), held against a file that was made. Pure.

Each rule has its number and its short name (repository digital-go-jp/machine_readability_rule, read at 1c86658). A rule
looks at the bytes as read by ``inventory.machine_files``, never at what the program meant to write. Rules that ask what
data mean rather than how they are written (L2-02, L2-05, L3-02, L3-03, L3-04, L3-07, L3-09) are for people to judge.
"""

import re
from collections import Counter
from typing import Literal

from inventory import machine_level1 as level1
from inventory.addresses import NotACode, municipality_code
from inventory.machine_files import FileRead
from inventory.machine_sheets import CellAt, Rule, Sheet, Verdict, said, whole
from inventory.open_data_layouts import Layout
from inventory.shapes import Card

# Cells of one rule that are told of; how many there are in all is told as well.
MOST_CELLS = 20
_NUMBERS = ("latitude", "longitude", "count")
_ERAS = re.compile(r"(明治|大正|昭和|平成|令和|[MTSHR])\s?([0-9０-９]{1,2}|元)\s?[年.．/]")
_YEAR = re.compile(r"(19|20)[0-9]{2}")


class RuleResult(Card):
    """``verdict``: ``ok`` ○, ``caution`` △ (it may stand when there is a reason), ``broken`` ×, ``not_applicable`` ―.

    ``cells`` are the first places, ``found`` how many there are.
    """

    rule: str
    name: str
    verdict: Verdict
    sentence: str
    found: int = 0
    cells: list[CellAt] = []


def check_rules(read: FileRead, layout: Layout) -> list[RuleResult]:
    """What each rule says of the file, by number."""
    sheet = Sheet(read, layout)
    results = []
    for number, (name, form, rule) in _RULES.items():
        if form is not None and form != read.form:
            sentence = "Excelのファイルのルールです。" if form == "xlsx" else "CSVのファイルのルールです。"
            results.append(RuleResult(rule=number, name=name, verdict="not_applicable", sentence=sentence))
            continue
        verdict, sentence, cells = rule(sheet)
        results.append(
            RuleResult(
                rule=number,
                name=name,
                verdict=verdict,
                sentence=sentence,
                found=len(cells),
                cells=cells[:MOST_CELLS],
            )
        )
    return results


def _numbers(sheet: Sheet) -> tuple[Verdict, str, list[CellAt]]:
    if not any(kind in _NUMBERS for kind in sheet.kinds.values()):
        return "not_applicable", "数値の列はありません。", []
    cells = [
        sheet.at(line, column, text)
        for line, column, text in sheet.cells(*_NUMBERS)
        if sheet.read.rows[line - 1][column].kind != "number"
    ]
    return said(cells, "数値の列には、単位や記号のない数値だけを書いてください。")


def _unique_headers(sheet: Sheet) -> tuple[Verdict, str, list[CellAt]]:
    times = Counter(cell.strip() for cell in sheet.read.header if cell.strip())
    cells = [sheet.at(1, at, cell) for at, cell in enumerate(sheet.read.header) if times.get(cell.strip(), 0) > 1]
    return said(cells, "同じ項目名の列があります。それぞれちがう名前にしてください。")


def _choices(sheet: Sheet) -> tuple[Verdict, str, list[CellAt]]:
    if "yes_no" not in sheet.kinds.values():
        return "not_applicable", "選択肢の列はありません。", []
    cells = [sheet.at(line, column, text) for line, column, text in sheet.cells("yes_no") if text not in ("有", "無")]
    return said(cells, "選択肢は「有」か「無」にそろえてください。")


def _no_formulas(sheet: Sheet) -> tuple[Verdict, str, list[CellAt]]:
    cells = [
        sheet.at(line, column, text)
        for line, column, text in sheet.cells()
        if sheet.read.rows[line - 1][column].kind == "formula"
    ]
    return said(cells, "数式を、値にしてください。")


def _header_first(sheet: Sheet) -> tuple[Verdict, str, list[CellAt]]:
    named = [cell for cell in sheet.read.header if cell.strip()]
    if len(sheet.found.places) * 2 >= len(named) > 0 and len(named) > 1:
        return "ok", "1行目が項目名で、2行目からデータです。", []
    value = named[0] if named else ""
    return "broken", "1行目を項目名の行にし、2行目からデータを書いてください。", [sheet.at(1, 0, value)]


def _western_years(sheet: Sheet) -> tuple[Verdict, str, list[CellAt]]:
    cells = [
        sheet.at(line, column, text)
        for line, column, text in sheet.cells()
        if _ERAS.search(text) and not _YEAR.search(text)
    ]
    return said(cells, "和暦には西暦を並べて書いてください。")


def _areas(sheet: Sheet) -> tuple[Verdict, str, list[CellAt]]:
    if "code" not in sheet.found.places:
        return "broken", "団体コードの列がありません。", whole("団体コード")
    at = sheet.found.places["code"]
    wrong = []
    for line, row in enumerate(sheet.read.rows[1:], start=2):
        text = row[at].text if at < len(row) else ""
        if any(cell.text for cell in row) and not _is_area(text):
            wrong.append(sheet.at(line, at, text))
    return said(wrong, "市区町村の団体コードを、先頭の0を落とさずに書いてください。")


def _is_area(text: str) -> bool:
    """標準地域コード has five digits, 全国地方公共団体コード a check digit too; a dropped 0 makes it neither."""
    try:
        code = municipality_code(text)
    except NotACode:
        return False
    return text in (code, code[:5])


def _encoding(sheet: Sheet) -> tuple[Verdict, str, list[CellAt]]:
    if sheet.read.form == "xlsx":
        told = "文字コードはExcelのファイルが自分で示します（UTF-8）。"
    elif sheet.read.encoding is None:
        return "broken", "文字コードがUTF-8でもShift_JISでもありません。", whole("文字コード")
    elif sheet.read.encoding == "cp932":
        told = "文字コードはShift_JIS（CP932）、BOMはありません。"
    elif sheet.read.bom:
        told = "文字コードはUTF-8、BOMがあります。"
    else:
        return "caution", "UTF-8でBOMがありません。Windowsの表計算では文字化けすることがあります。", whole("BOM")
    plain = [cell for cell in sheet.read.header if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", cell)]
    if plain:
        return "ok", told + "物理名（英数字）は、項目の定義の表にあります。いっしょに公開してください。", []
    return "ok", told + "項目名は物理名（英数字）です。", []


_RULES: dict[str, tuple[str, Literal["csv", "xlsx"] | None, Rule]] = {
    "L1-01": ("ファイル形式は機械が読み取れるか", None, level1.form),
    "L1-02": ("1ファイルに複数の表がないか", None, level1.one_table),
    "L1-03": ("データが分断されていないか", None, level1.undivided),
    "L1-04": ("データ本体と無関係な情報がないか", None, level1.nothing_beside),
    "L1-05": ("すべての列に項目名があるか", None, level1.named),
    "L1-06": ("スペースや改行で体裁を整えていないか", None, level1.not_laid_out),
    "L1-07": ("1セル1データか", None, level1.one_value),
    "L1-08": ("機種依存文字を使っていないか", None, level1.plain_characters),
    "L1-09": ("空白とゼロが区別されているか", None, level1.blank_is_blank),
    "L1-10": ("オブジェクトを使っていないか", "xlsx", level1.no_objects),
    "L1-11": ("書式でちがいを表していないか", "xlsx", level1.no_colours),
    "L1-12": ("セルを結合していないか", "xlsx", level1.not_merged),
    "L1-13": ("行や列が隠れていないか", "xlsx", level1.nothing_hidden),
    "L1-14": ("1行1データか", "csv", level1.one_line_each),
    "L1-15": ("カンマを含む値を囲んでいるか", "csv", level1.commas_quoted),
    "L2-01": ("数値は数値だけか", None, _numbers),
    "L2-03": ("項目名が重なっていないか", None, _unique_headers),
    "L2-04": ("選択肢がそろっているか", None, _choices),
    "L2-06": ("数式が残っていないか", None, _no_formulas),
    "L3-01": ("1行目が項目名か", None, _header_first),
    "L3-05": ("年月日が西暦か、西暦を並べているか", None, _western_years),
    "L3-06": ("地域コードがあるか", None, _areas),
    "L3-08": ("文字コード・BOM・物理名が示されているか", None, _encoding),
}
