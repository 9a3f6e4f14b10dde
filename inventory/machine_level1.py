"""Level 1 of 機械可読性ルール: the file and its cells, as a machine must be able to take them in. Pure."""

import re
from itertools import pairwise

from inventory.machine_sheets import CellAt, Sheet, Verdict, said, whole

_WITHOUT_VALUE = re.compile(r"[-ー－―−]|なし|無し|不明|未定|N/?A|n/?a|null|NULL|\*+|※+|…")
_LAID_OUT = re.compile(r"^\s|\s$|[\r\n\t]|[ \u3000]{2,}|^[^\x00-\x7f](?:[ \u3000][^\x00-\x7f])+$")
_FOOTNOTE = re.compile(r"\s*(?:[※＊*]|[（(]?注|備考|出典|作成|以上|合計|総計|小計|計$)")
# Signs of NEC and IBM that JIS X 0208 lacks, half-width kana, and characters of one's own.
_DEPENDENT = re.compile("[\u2460-\u24ff\u2160-\u217f\u3220-\u33ff\uff61-\uff9f\ue000-\uf8ff\u2116\u2121]")
# What shows that a cell holds more than one value; the name of a network may have any sign in it but these.
_LISTED = re.compile(r"[、；;]\s*\S|\n")
_SEVERAL = {
    "phone": re.compile(r"[、；;,，/・\n]|0[0-9-]{8,}\D+0[0-9-]{8,}"),
    "url": re.compile(r"[、；\n]|.https?://"),
    "latitude": re.compile(r"[、；;,，/・\n]"),
    "longitude": re.compile(r"[、；;,，/・\n]"),
    "id": re.compile(r"[、；;,，・\n]"),
    "code6": re.compile(r"[、；;,，/・\n]"),
}


def form(sheet: Sheet) -> tuple[Verdict, str, list[CellAt]]:
    if sheet.read.encoding is None:
        return "broken", "表として読み取れません。", whole("文字コード")
    return "ok", "ExcelのファイルまたはCSVとして読み取れます。", []


def one_table(sheet: Sheet) -> tuple[Verdict, str, list[CellAt]]:
    """A second table begins where the header, or something of another width behind an empty line, stands again."""
    header = [cell.strip() for cell in sheet.read.header]
    again = [
        sheet.at(line, 0, row[0].text)
        for line, row in enumerate(sheet.read.rows, start=1)
        if line > 1 and row and len(header) > 1 and [cell.text.strip() for cell in row] == header
    ]
    lines = [line for line, row in enumerate(sheet.read.rows, start=1) if any(cell.text.strip() for cell in row)]
    gaps = [after for before, after in pairwise(lines) if after > before + 1]
    split = [sheet.at(line, 0, sheet.read.rows[line - 1][0].text) for line in gaps]
    return said(again + split, "1つのファイルには、表を1つだけのせてください。")


def undivided(sheet: Sheet) -> tuple[Verdict, str, list[CellAt]]:
    rows = sheet.read.rows
    last = max((at for at, row in enumerate(rows) if any(cell.text.strip() for cell in row)), default=-1)
    empty = [
        sheet.at(at + 1, 0, "") for at, row in enumerate(rows[:last]) if not any(cell.text.strip() for cell in row)
    ]
    width = max((len(row) for row in rows), default=0)
    for column in range(width):
        if not any(column < len(row) and row[column].text.strip() for row in rows):
            empty.append(sheet.at(1, column, ""))
    return said(empty, "空いた行・列を消してください。")


def nothing_beside(sheet: Sheet) -> tuple[Verdict, str, list[CellAt]]:
    """A line that holds a single cell of a wide table, or begins like a footnote, is no record but a word about it."""
    cells = []
    for line, row in enumerate(sheet.read.rows, start=1):
        filled = [(column, cell.text) for column, cell in enumerate(row) if cell.text.strip()]
        header = line == 1 and sheet.found.places
        if header or len(sheet.read.header) < 4 or not filled:
            continue
        if len(filled) == 1 or (len(filled) < 4 and _FOOTNOTE.match(filled[0][1])):
            cells.append(sheet.at(line, *filled[0]))
    return said(cells, "表のほかに書いたメモ・注記・合計を消し、必要なことは説明の文書に書いてください。")


def named(sheet: Sheet) -> tuple[Verdict, str, list[CellAt]]:
    width = max((len(row) for row in sheet.read.rows[1:]), default=0)
    header = sheet.read.header
    nameless = [
        sheet.at(1, column, header[column] if column < len(header) else "")
        for column in range(max(width, len(header)))
        if column >= len(header) or re.fullmatch(r"\s*|列\s?[0-9]+|Unnamed.*", header[column])
    ]
    return said(nameless, "すべての列に、中身のわかる項目名を書いてください。")


def not_laid_out(sheet: Sheet) -> tuple[Verdict, str, list[CellAt]]:
    cells = [sheet.at(line, column, text) for line, column, text in sheet.cells() if _LAID_OUT.search(text)]
    cells += [sheet.at(1, column, text) for column, text in enumerate(sheet.read.header) if _LAID_OUT.search(text)]
    return said(cells, "体裁のための空白と改行を消してください。")


def one_value(sheet: Sheet) -> tuple[Verdict, str, list[CellAt]]:
    """Codes, numbers, web addresses and names of networks stand alone; names with a list mark may be meant so."""
    single = ("id", "code6", "phone", "email", "url", "latitude", "longitude", "postal", "poi", "time", "day", "ssid")
    several = [
        sheet.at(line, column, text)
        for line, column, text in sheet.cells(*single)
        if _SEVERAL.get(sheet.kinds[column], _LISTED).search(text)
    ]
    if several:
        return "broken", "1つのセルには、値を1つだけ書いてください。", several
    listed = [
        sheet.at(line, column, text)
        for line, column, text in sheet.cells("text", "kana", "address")
        if "\n" in text or (sheet.kinds[column] != "text" and _LISTED.search(text))
    ]
    return said(listed, "1つのセルに、いくつかの値があるように見えます。", "caution")


def plain_characters(sheet: Sheet) -> tuple[Verdict, str, list[CellAt]]:
    dependent = [sheet.at(line, column, text) for line, column, text in sheet.cells() if _DEPENDENT.search(text)]
    if dependent:
        return "broken", "丸数字・半角カナなどの機種依存文字を、ふつうの文字にしてください。", dependent
    rare = [sheet.at(line, column, text) for line, column, text in sheet.cells() if not _in_jis(text)]
    return said(rare, "JIS第1・第2水準にない文字があります。固有名詞なら、このままでかまいません。", "caution")


def _in_jis(text: str) -> bool:
    # Windows has its own character for seven signs that JIS X 0208 holds.
    plain = text.translate(str.maketrans("～∥－￠￡￢―", "〜‖−¢£¬—"))
    try:
        plain.encode("iso2022_jp")
    except UnicodeEncodeError:
        return False
    return True


def blank_is_blank(sheet: Sheet) -> tuple[Verdict, str, list[CellAt]]:
    cells = [
        sheet.at(line, column, text)
        for line, column, text in sheet.cells()
        if (_WITHOUT_VALUE.fullmatch(text.strip()) and sheet.kinds.get(column) != "yes_no")
        or (sheet.kinds.get(column) in ("latitude", "longitude") and re.fullmatch(r"0(\.0+)?", text.strip()))
    ]
    return said(cells, "値がないところは、記号や0を書かずに空けてください。")


def no_objects(sheet: Sheet) -> tuple[Verdict, str, list[CellAt]]:
    found = whole(f"{sheet.read.objects}個") if sheet.read.objects else []
    return said(found, "図形・画像・テキストボックスを消し、必要なことはセルに書いてください。")


def no_colours(sheet: Sheet) -> tuple[Verdict, str, list[CellAt]]:
    cells = [CellAt(line=int(re.sub("[A-Z]", "", name)), column=name, value="") for name in sheet.read.coloured]
    return said(cells, "色や太字でのちがいを、文字で書いてください。")


def not_merged(sheet: Sheet) -> tuple[Verdict, str, list[CellAt]]:
    cells = [CellAt(line=int(re.findall("[0-9]+", name)[0]), column=name, value="") for name in sheet.read.merged]
    return said(cells, "セルの結合を解き、それぞれのセルに書いてください。")


def nothing_hidden(sheet: Sheet) -> tuple[Verdict, str, list[CellAt]]:
    cells = [CellAt(line=int(name) if name.isdecimal() else 0, column=name, value="") for name in sheet.read.hidden]
    return said(cells, "隠れた行・列を消してください。")


def one_line_each(sheet: Sheet) -> tuple[Verdict, str, list[CellAt]]:
    cells = [sheet.at(line, column, text) for line, column, text in sheet.cells() if re.search(r"[\r\n]", text)]
    return said(cells, "1件を1行にしてください。セルの中に改行があります。")


def commas_quoted(sheet: Sheet) -> tuple[Verdict, str, list[CellAt]]:
    """A comma that nobody quoted gives a line more cells than the header has."""
    width = len(sheet.read.header)
    cells = [
        sheet.at(line, len(row) - 1, row[-1].text)
        for line, row in enumerate(sheet.read.rows, start=1)
        if len(row) != width and any(cell.text for cell in row)
    ]
    return said(cells, 'カンマを含む値を「"」で囲んでください。列の数が見出しと合わない行があります。')
