"""A file held against a layout: where its cells stand and what kind they are, for the rules to look at. Pure."""

from collections.abc import Callable, Iterator
from typing import Literal

from inventory.machine_files import FileRead
from inventory.open_data_layouts import Layout, read_header
from inventory.shapes import Card

Verdict = Literal["ok", "caution", "broken", "not_applicable"]
FINE = "あてはまるところはありません。"


class CellAt(Card):
    """``line`` of the file (1 is the first; 0: the file as a whole) and the header of the column."""

    line: int
    column: str
    value: str


class Sheet:
    """A file with its data rows and the kind of cell that the layout has in each column."""

    def __init__(self, read: FileRead, layout: Layout) -> None:
        self.read, self.layout = read, layout
        self.found = read_header(read.header, [layout])
        self.kinds = {place: layout.kinds[key] for key, place in self.found.places.items()}

    def at(self, line: int, column: int, value: str) -> CellAt:
        return CellAt(line=line, column=self.read.place(line, column), value=value[:100])

    def cells(self, *kinds: str) -> Iterator[tuple[int, int, str]]:
        """Line, column and text of every cell with something in it; of these kinds of column alone where any is said.

        A file without a header that is known is looked through from its first line.
        """
        for line, row in enumerate(self.read.rows, start=1):
            if line == 1 and self.found.places:
                continue
            for column, cell in enumerate(row):
                if cell.text and (not kinds or self.kinds.get(column) in kinds):
                    yield line, column, cell.text


Rule = Callable[[Sheet], tuple[Verdict, str, list[CellAt]]]


def said(cells: list[CellAt], sentence: str, verdict: Verdict = "broken") -> tuple[Verdict, str, list[CellAt]]:
    return (verdict, sentence, cells) if cells else ("ok", FINE, [])


def whole(value: str) -> list[CellAt]:
    return [CellAt(line=0, column="", value=value)]
