"""A CSV or XLSX file as a machine meets it: every cell with its kind, and what else is in the file. Pure.

What is read here is held against 機械可読性ルール by ``inventory.machine_rules``. Only files that this program made, or
took within its limits, are read.
"""

import csv
import io
import zipfile
from dataclasses import dataclass, field
from typing import Any, Literal

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

Kind = Literal["empty", "text", "number", "day", "formula"]


@dataclass(frozen=True, slots=True)
class CellRead:
    """``text`` is what a person sees; of a formula it is the formula."""

    text: str
    kind: Kind


@dataclass
class FileRead:
    """``rows``: all lines, empty ones too. ``encoding`` is None when the bytes are no text that can be read.

    Of a workbook: cells by name (B2) that are merged, coloured (filled, in another colour, struck out), rows or columns
    that are hidden, and ``objects`` such as pictures; of the sheet with the table.
    """

    form: Literal["csv", "xlsx"]
    encoding: str | None
    bom: bool
    rows: list[list[CellRead]]
    merged: list[str] = field(default_factory=list)
    coloured: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    objects: int = 0

    @property
    def header(self) -> list[str]:
        return [cell.text for cell in self.rows[0]] if self.rows else []

    def place(self, row: int, column: int) -> str:
        """The header of a column, or its letter where there is none."""
        header = self.header
        return header[column] if column < len(header) and header[column].strip() else get_column_letter(column + 1)


def read_csv(data: bytes) -> FileRead:
    bom = data.startswith(b"\xef\xbb\xbf")
    for encoding in ("utf-8-sig", "cp932"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        lines = csv.reader(io.StringIO(text, newline=""))
        rows = [[CellRead(cell, _kind(cell)) for cell in line] for line in lines]
        return FileRead("csv", "utf-8" if encoding == "utf-8-sig" else encoding, bom, rows)
    return FileRead("csv", None, bom, [])


def _kind(cell: str) -> Kind:
    """A text has no kinds; a spreadsheet takes what begins like a formula for one."""
    if not cell.strip():
        return "empty" if not cell else "text"
    if cell.startswith(("=", "+", "-", "@")) and len(cell) > 1 and not _is_number(cell):
        return "formula"
    return "number" if _is_number(cell) else "text"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.isascii() and text.strip() == text


def read_xlsx(data: bytes) -> FileRead:
    """The first sheet that is shown."""
    book = load_workbook(io.BytesIO(data))
    sheet: Any = next(one for one in book.worksheets if one.sheet_state == "visible")
    read = FileRead("xlsx", "utf-8", False, [], merged=[str(part) for part in sheet.merged_cells.ranges])
    for cells in sheet.iter_rows():
        read.rows.append([_cell(cell) for cell in cells])
        # The header may be bold; what parts one row of data from another may not be a colour.
        if cells[0].row > 1:
            read.coloured += [cell.coordinate for cell in cells if _coloured(cell)]
    read.hidden = [str(number) for number, row in sheet.row_dimensions.items() if row.hidden]
    read.hidden += [letter for letter, column in sheet.column_dimensions.items() if column.hidden]
    # Pictures, charts and boxes of text stand in parts of their own, also those that the library drops.
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        read.objects = sum(name.startswith(("xl/drawings/", "xl/media/", "xl/charts/")) for name in package.namelist())
    return read


def _cell(cell: Any) -> CellRead:
    if cell.value is None or cell.value == "":
        return CellRead("", "empty")
    kinds: dict[str, Kind] = {"f": "formula", "n": "number", "d": "day"}
    return CellRead(str(cell.value), kinds.get(cell.data_type, "text"))


def _coloured(cell: Any) -> bool:
    font, fill = cell.font, cell.fill
    colour = font.color.rgb if font and font.color and font.color.type == "rgb" else None
    coloured = isinstance(colour, str) and colour[-6:] != "000000"
    return bool((fill and fill.fill_type) or coloured or (font and (font.strike or font.b or font.u)))
