"""A published list as a table and as a file, and what a file's encoding cannot hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from api.spreadsheets import GETA, Cell, Encoding, File, Table, composed, csv_file, to_cp932, xlsx_file
from inventory.open_data import HasCells, Publisher
from inventory.open_data_layouts import Layout
from inventory.shapes import Card
from inventory.text import windows_text

LayoutCode = Literal["ods", "suishou"]
Headers = Literal["japanese", "physical"]
FileForm = Literal["csv", "xlsx"]


class LostCharacter(Card):
    """A character that the encoding cannot hold, and what stands in its place. ``row`` counts rows from 1."""

    row: int
    column: str
    character: str
    code_point: str
    instead: str


@dataclass(frozen=True)
class Published:
    """A table as it is asked for: by its layout, with which headers, in which form and encoding."""

    layout: Layout
    headers: Headers
    form: FileForm
    encoding: Encoding

    def table(self, rows: Sequence[HasCells]) -> Table:
        """Coordinates are numbers in a workbook, and have six decimals in a text; counts are numbers in both."""
        keys = [column.key for column in self.layout.columns]
        cells = [[self._cell(row.cells.get(key, "")) for key in keys] for row in rows]
        return Table(self.layout.title, self.layout.headers(physical=self.headers == "physical"), cells)

    def _cell(self, value: str | int | float) -> Cell:
        if isinstance(value, str):
            return value or None
        if isinstance(value, int):
            return value
        return round(value, 6) if self.form == "xlsx" else f"{value:.6f}"

    def file(self, rows: Sequence[HasCells]) -> File:
        table = self.table(rows)
        return xlsx_file(table) if self.form == "xlsx" else csv_file(table, self.encoding)

    def lost(self, rows: Sequence[HasCells]) -> list[LostCharacter]:
        """Every character of the rows that the file does not have."""
        if self.form == "xlsx" or self.encoding != "cp932":
            return []
        table = self.table(rows)
        return [
            LostCharacter(row=number, column=header, character=one, code_point=f"U+{ord(one):04X}", instead=instead)
            for number, row in enumerate(table.rows, start=1)
            for header, cell in zip(table.header, row, strict=True)
            if isinstance(cell, str) and to_cp932(cell)[1]
            for one, instead in _lost(cell)
        ]


def file_name(publisher: Publisher, dataset: str, form: FileForm) -> str:
    """By the rule of 自治体標準オープンデータセット: the code of the municipality, then the word of the data set."""
    return f"{publisher.code}_{dataset}.{form}"


def _lost(text: str) -> list[tuple[str, str]]:
    """Characters of a text that cp932 lacks, each with what ``to_cp932`` puts there."""
    found = []
    for one in composed(text):
        kept, missing = to_cp932(one)
        if missing:
            found.append((one, kept if windows_text(one) else ""))
    assert all(instead in ("", GETA) for _, instead in found)
    return found
