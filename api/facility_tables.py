"""A list of facilities as a table: which layout its headers are of, and the order that it makes."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from api.roster_tables import read_file
from api.spreadsheets import Table
from api.tables_in import TableIn, refused
from inventory.facility_rows import MOST_ROWS, SentFacilities, has_place
from inventory.open_data_layouts import HeaderRead, find_header, header_word, layouts
from inventory.roster_rows import RepairedCell, WrongCell
from inventory.tables import VenueKind

# Columns of ours that somebody may put beside those of a published table.
_OURS = {header_word("会場コード"): "venue_code", header_word("種類"): "kind"}
_NEEDED = frozenset({"name"})
# How far down a header is looked for: titles and the day of print stand above that of many a list.
_SEARCHED = 10


@dataclass(frozen=True)
class FacilitiesIn:
    """``headers``: what the file says above each column. ``unread``: headers of columns that nothing is read from.

    ``title``: what the layout of the file is called. ``above``: lines over the header, which are left out.
    """

    order: SentFacilities
    headers: dict[str, str]
    unread: list[str]
    title: str
    above: list[int]

    def wrong(self, cells: list[WrongCell]) -> list[dict[str, Any]]:
        """Cells that cannot stand, each under its column's own header."""
        return [cell.model_dump() | {"column": self.header(cell.column)} for cell in cells]

    def repaired(self, cells: list[RepairedCell]) -> list[dict[str, Any]]:
        return [cell.model_dump() | {"column": self.header(cell.column)} for cell in cells]

    def header(self, column: str) -> str:
        return self.headers.get(column, _STANDARD.get(column, column))


async def read_facilities_file(data: bytes, *, kind: VenueKind, digest: str | None = None) -> tuple[FacilitiesIn, str]:
    """The list in a file and the encoding that it was read as."""
    table = await read_file(data)
    return facilities_in(table, kind=kind, digest=digest), table.encoding


def facilities_in(table: TableIn, *, kind: VenueKind, digest: str | None = None) -> FacilitiesIn:
    """The list in a table.

    Raises:
        Problem: no line has the headers that are needed, nothing stands below them, or it is too long.
    """
    if not table.rows:
        raise refused("表が空です。会場の一覧を貼り付けるか、ファイルを選んでください。")
    known = (*layouts("public_facility"), *layouts("venues"))
    found = find_header(table.rows, known, needed=_NEEDED, searched=_SEARCHED)
    if found is None:
        raise refused(
            "会場の名前の見出しが見つかりません。「名称」「施設名」「会場名」「name」のどれかを、表の1行目に書いてください。"
            "見出しの上に表題があれば消し、結合したセルは解いてください。"
        )
    at, header = found
    line, cells = table.rows[at]
    places, headers, unread = _columns(cells, header)
    unread += _unnamed(cells, table.rows[at + 1 :])
    rows = [
        {
            "line": number,
            "cells": {key: texts[place] for key, place in places.items() if place < len(texts) and texts[place]},
            "filled": sum(bool(text.strip()) for text in texts),
        }
        for number, texts in table.rows[at + 1 :]
    ]
    if not rows:
        raise refused(f"見出し（{line}行目）の下に行がありません。会場を1行に1館ずつ書いてください。")
    if len(rows) > MOST_ROWS:
        raise refused(f"行が多すぎます。{MOST_ROWS:,}行までに分けてください。")
    order = SentFacilities.model_validate(
        {
            "rows": rows,
            "kinds": {key: kind for key, kind in header.layout.kinds.items() if key in places},
            "own": header.layout.dataset == "venues",
            "kind": kind,
            "header": line,
            "twice": _twice(cells),
            "digest": digest,
        }
    )
    title = f"{header.layout.title}：{header.layout.edition}"
    return FacilitiesIn(order, headers, unread, title, [number for number, _ in table.rows[:at]])


def _columns(cells: list[str], header: HeaderRead) -> tuple[dict[str, int], dict[str, str], list[str]]:
    """Where each column stands that the ledger reads, what the file calls it, and the headers of all the others."""
    places = {key: place for key, place in header.places.items() if has_place(key)}
    for place, cell in enumerate(cells):
        ours = _OURS.get(header_word(cell))
        if ours is not None:
            places.setdefault(ours, place)
    read = set(places.values())
    headers = {key: " ".join(cells[place].split()) for key, place in places.items()}
    unread = [" ".join(cell.split()) for place, cell in enumerate(cells) if cell.strip() and place not in read]
    return places, headers, unread


def _unnamed(cells: list[str], rows: list[tuple[int, list[str]]]) -> list[str]:
    """Columns that hold something and have nothing above them, as below a merged header."""
    wide = max((len(texts) for _, texts in rows), default=0)
    bare = [place for place in range(wide) if place >= len(cells) or not cells[place].strip()]
    full = [place for place in bare if any(len(texts) > place and texts[place].strip() for _, texts in rows)]
    return [f"見出しのない{place + 1}列目" for place in full]


def _twice(cells: list[str]) -> list[str]:
    """Headers that stand above more than one column, as the file writes them."""
    words = [header_word(cell) for cell in cells]
    counts = Counter(word for word in words if word)
    return [" ".join(cells[words.index(word)].split()) for word, count in counts.items() if count > 1]


_STANDARD = {column.key: column.name for column in layouts("venues")[0].columns}


def template() -> Table:
    """An empty list with the headers of our own."""
    return Table("会場", layouts("venues")[0].headers(), [])
