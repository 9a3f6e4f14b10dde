"""A table that somebody brings: CSV, TSV or XLSX as a file, or text pasted from a spreadsheet.

The bytes say what they are, never the name of the file. Text is read by the first of these that fits: a byte order
mark, UTF-16 where every other byte is empty, UTF-8, and cp932, which nearly any bytes fit and which stands last for
that. A workbook is read cell by cell as values, within limits on its parts, rows and columns, so that a file of a few
kilobytes that unpacks to gigabytes is refused before it is unpacked.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from openpyxl import load_workbook

from api.codes import Problem
from api.spreadsheets import unguard
from inventory.text import fold

# Bytes of a file that a door takes, of all parts of a workbook unpacked, and how many parts there may be.
LARGEST_TABLE = 4 * 1024 * 1024
_UNPACKED = 32 * 1024 * 1024
_PARTS = 500
# Rows with something in them, columns (six years of months are 72) and characters of a cell. Past its limits a table
# is refused: what was cut off in silence would be missed by nobody.
_ROWS = 5000
_ABOVE = 10
_WIDTH = 200
_CELL = 2000
# Lines that are looked at: a sheet may have been given borders down to its last line.
_LINES = 100_000
# What Excel writes for a break that came from an old system.
_RETURN = "_x000D_"
# A formula without its value, as other programs than Excel leave it; one that gives "" is typed as a text.
_NOT_WORKED_OUT = re.compile(
    rb"""<c\b(?![^>]*\bt="str")[^>]*>\s*<f\b[^<]*(?:/>|</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>"""
)
_BREAK = re.compile("\r+\n?")


@dataclass(frozen=True)
class TableIn:
    """``rows``: the number of the line in the file (1 is the first) and its cells as text, empty lines left out."""

    encoding: str
    rows: list[tuple[int, list[str]]]


def refused(sentence: str) -> Problem:
    """What is told beside the field of the file."""
    return Problem("invalid", sentence, errors=[{"field": "file", "message": sentence}])


def read_table(data: bytes) -> TableIn:
    """The table in a file.

    Raises:
        Problem: ``too-large``, or ``invalid`` when it is no table that can be read.
    """
    if len(data) > LARGEST_TABLE:
        sentence = f"ファイルが大きすぎます。{LARGEST_TABLE // 1024 // 1024} MBまでにしてください。"
        raise Problem("too-large", sentence, errors=[{"field": "file", "message": sentence}])
    if data.startswith(b"PK\x03\x04"):
        return TableIn("xlsx", _numbered(_workbook(data)))
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise refused("古い形式のExcelファイル（.xls）です。Excelで「.xlsx」か「CSV」として保存し直してください。")
    text, encoding = _decoded(data)
    return read_text(text, encoding)


def read_text(text: str, encoding: str = "utf-8") -> TableIn:
    """The table in a text: what was pasted from a spreadsheet has tabs between its cells."""
    if "\0" in text:
        raise refused("文字の表として読み取れません。CSVかExcelのファイルを選んでください。")
    # A quotation mark that nobody closed would swallow every row below it, so none is guessed at.
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        return TableIn(encoding, _numbered([unguard(cell) for cell in cells] for cells in lines))
    except csv.Error:
        sentence = f'表の形が{lines.line_num}行目までにくずれています。「"」で囲んだところをたしかめてください。'
        raise refused(sentence) from None


def refuse_twice(cells: list[str], read: Iterable[int]) -> None:
    """Refuse a header with two columns of one name, of which one is read: nobody can tell which of them is meant.

    Raises:
        Problem: ``invalid``.
    """
    words = [fold(cell) for cell in cells]
    twice = next((place for place in sorted(read) if words.count(words[place]) > 1), None)
    if twice is not None:
        name = " ".join(cells[twice].split())
        raise refused(f"「{name}」の列が2つあります。使わない列を消すか、見出しを変えてください。")


def as_text(table: TableIn) -> str:
    """The table as it may stand in a field and be read again: the same cells under the same numbers."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter="\t", lineterminator="\n")
    line = 1
    for number, cells in table.rows:
        while line < number:
            target.write("\n")
            line += 1
        writer.writerow([_as_read(cell) for cell in cells])
        line += 1
    return target.getvalue()


def _as_read(cell: str) -> str:
    """The cell as ``read_text`` gives it back: an apostrophe that it would take off stands twice."""
    return "'" + cell if unguard(cell) != cell else cell


def _numbered(lines: Iterable[list[str]]) -> list[tuple[int, list[str]]]:
    found: list[tuple[int, list[str]]] = []
    for number, cells in enumerate(lines, start=1):
        # A field sends its breaks as CR LF: a cell is the same on its first way in and on its second.
        kept = [_BREAK.sub("\n", cell) if "\r" in cell else cell for cell in cells]
        while kept and not kept[-1].strip():
            kept.pop()
        if not kept:
            continue
        if len(found) >= _ROWS + _ABOVE or number > _LINES:
            raise refused(f"行が多すぎます。{_ROWS:,}行までに分けてください。")
        if len(kept) > _WIDTH:
            raise refused(f"{number}行目の列が多すぎます。{_WIDTH}列までに分けてください。")
        long = next((place for place, cell in enumerate(kept, start=1) if len(cell) > _CELL), None)
        if long is not None:
            raise refused(f"{number}行目の{long}列目の文字が多すぎます。{_CELL:,}文字までにしてください。")
        found.append((number, kept))
    return found


def _decoded(data: bytes) -> tuple[str, str]:
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _strict(data, encoding), encoding
    # Commas, tabs and digits leave an empty byte beside them in UTF-16 and in no other encoding of a table.
    if b"\0" in data:
        encoding = "utf-16-le" if data[1::2].count(0) >= data[0::2].count(0) else "utf-16-be"
        return _strict(data, encoding), encoding
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _strict(data, "cp932"), "cp932"


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise refused(
            "文字コードを読み取れません。Excelで「CSV UTF-8（コンマ区切り）」か「.xlsx」として保存し直してください。"
        ) from None


def _delimiter(text: str) -> str:
    """What parts the cells: the sign that most of the first lines have, since a title may have any of them."""
    counts = {sign: [line.count(sign) for line in text.splitlines()[:20]] for sign in ("\t", ",", ";")}
    return max(counts, key=lambda sign: (sum(map(bool, counts[sign])), sum(counts[sign])))


def _workbook(data: bytes) -> Iterator[list[str]]:
    """The first sheet that is shown. Formulas give the value that was last worked out."""
    try:
        _look_inside(data)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet: Any = next(sheet for sheet in book.worksheets if sheet.sheet_state == "visible")
        # A sheet may say that it is a million columns wide.
        sheet.reset_dimensions()
        for cells in sheet.iter_rows(max_row=_LINES + 1, values_only=True):
            yield [_plain(cell) for cell in cells]
    except Problem:
        raise
    except Exception:
        # The reader raises what it happens to meet in a file that is no workbook: a dozen kinds, none of its own.
        raise refused("Excelのファイルとして読み取れません。Excelで開き、保存し直してください。") from None


def _look_inside(data: bytes) -> None:
    """Refuse a workbook that unpacks to too much, is locked, or defines entities of its own."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = package.infolist()
        if len(parts) > _PARTS or sum(part.file_size for part in parts) > _UNPACKED:
            raise refused("Excelのファイルが大きすぎます。表のシートだけを新しいファイルに写してください。")
        for part in parts:
            # No program writes a document type into a workbook. A part never gives more than it said above.
            if part.filename.lower().endswith((".xml", ".rels", ".vml")):
                with package.open(part) as opened:
                    content = opened.read().replace(b"\0", b"")
                if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
                    raise refused("このExcelファイルは読み取れません。Excelで開き、別の名前で保存し直してください。")
                if part.filename.startswith("xl/worksheets/") and _NOT_WORKED_OUT.search(content):
                    raise refused("計算式の答えが入っていません。Excelで開き、保存し直してから選んでください。")


def _plain(value: object) -> str:
    """A cell as somebody would write it: days in ISO form, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace(_RETURN, "")
