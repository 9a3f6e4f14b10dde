"""A list in a table: where its header stands, which columns are read, and the lines below it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.tables_in import TableIn, refuse_twice, refused
from inventory.list_rows import MOST_ROWS
from inventory.roster_rows import RepairedCell, WrongCell
from inventory.text import fold

_BRACKETS = re.compile(r"[（(].*?[）)]")
# Titles and the day of print stand above the header of many a list.
_SEARCHED = 10
Headers = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class ListIn:
    """``rows``: line and cells by column, as the orders of the imports take them.

    ``headers``: what the file says above each column that is read. ``unread``: headers that nothing is read from.
    ``above``: lines over the header, which are left out. ``known``: the words for columns that the file lacks.
    """

    rows: list[dict[str, Any]]
    headers: dict[str, str]
    unread: list[str]
    above: list[int]
    known: Headers

    def wrong(self, cells: Sequence[WrongCell]) -> list[dict[str, Any]]:
        """Cells that cannot stand, each under its column's own header, in the order of the file."""
        return [cell.model_dump() | {"column": self.header(cell.column)} for cell in cells]

    def repaired(self, cells: Sequence[RepairedCell]) -> list[dict[str, Any]]:
        return [cell.model_dump() | {"column": self.header(cell.column)} for cell in cells]

    def header(self, column: str) -> str:
        return self.headers.get(column) or self.known.get(column, (column,))[0]


def list_in(table: TableIn, known: Headers, *, needed: Sequence[Sequence[str]], what: str, example: str) -> ListIn:
    """The list in a table. A header has one column of each group in ``needed``; ``what`` is what a row is of.

    Raises:
        Problem: no line has the headers that are needed, nothing stands below them, or it is too long.
    """
    if not table.rows:
        raise refused(f"表が空です。{what}の一覧を貼り付けるか、ファイルを選んでください。")
    meaning: dict[str, str] = {}
    for column, words in known.items():
        for word in words:
            meaning.setdefault(fold(word), column)
    header = next(
        (
            (at, found)
            for at, (_, cells) in enumerate(table.rows[:_SEARCHED])
            if all(set(group) & (found := _columns(cells, meaning)).keys() for group in needed)
        ),
        None,
    )
    if header is None:
        raise refused(f"見出しの行が見つかりません。表のいちばん上に{example}などの見出しを書いてください。")
    at, columns = header
    cells = table.rows[at][1]
    read = set(columns.values())
    refuse_twice(cells, read)
    rows = [
        {
            "line": number,
            "cells": {column: texts[place] for column, place in columns.items() if place < len(texts) and texts[place]},
        }
        for number, texts in table.rows[at + 1 :]
    ]
    if not rows:
        raise refused(f"見出しの下に行がありません。{what}を1行に1つずつ書いてください。")
    if len(rows) > MOST_ROWS:
        raise refused(f"行が多すぎます。{MOST_ROWS:,}行までに分けてください。")
    return ListIn(
        rows=rows,
        headers={column: " ".join(cells[place].split()) for column, place in columns.items()},
        unread=[" ".join(cell.split()) for place, cell in enumerate(cells) if cell.strip() and place not in read],
        above=[number for number, _ in table.rows[:at]],
        known=known,
    )


def _columns(cells: Sequence[str], meaning: Mapping[str, str]) -> dict[str, int]:
    """Where each column stands; of two with the same meaning the first counts, and a whole header before a part."""
    found: dict[str, int] = {}
    for words in ([fold(cell) for cell in cells], [fold(_BRACKETS.sub("", cell)) for cell in cells]):
        for place, word in enumerate(words):
            column = meaning.get(word)
            if column is not None and place not in found.values():
                found.setdefault(column, place)
    return found
