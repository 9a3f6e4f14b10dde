"""A list of access points as a table: which layout its headers are of, and the order that it makes."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from api.roster_tables import read_file
from api.tables_in import TableIn, refuse_twice, refused
from inventory.access_point_rows import MOST_ROWS, SentPoints
from inventory.open_data import DATASET
from inventory.open_data_layouts import find_header, layouts
from inventory.roster_rows import RepairedCell, WrongCell
from inventory.tables import WifiAuth

_NEEDED = frozenset({"name", "ssid"})


@dataclass(frozen=True)
class PointsIn:
    """``headers``: what the file says above each column that is read; ``unread``: headers of all the others.

    ``title``: what the layout of the file is called. ``above``: lines over the header, which are left out.
    """

    order: SentPoints
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


@dataclass(frozen=True)
class Wishes:
    """What a list is read with besides its rows; see ``SentPoints``."""

    new_venues: bool = False
    auth: WifiAuth = WifiAuth.OPEN
    since: date | str | None = None
    digest: str | None = None


async def read_points_file(data: bytes, wishes: Wishes) -> tuple[PointsIn, str]:
    """The list in a file and the encoding that it was read as."""
    table = await read_file(data)
    return points_in(table, wishes), table.encoding


def points_in(table: TableIn, wishes: Wishes) -> PointsIn:
    """The list in a table.

    Raises:
        Problem: no line has the headers that are needed, nothing stands below them, or it is too long.
    """
    if not table.rows:
        raise refused("表が空です。アクセスポイントの一覧を貼り付けるか、ファイルを選んでください。")
    found = find_header(table.rows, layouts(DATASET), needed=_NEEDED)
    if found is None:
        raise refused(
            "見出しの行が見つかりません。「名称」（会場の名前）と「SSID」の見出しを、表の1行目に書いてください。"
        )
    at, header = found
    refuse_twice(table.rows[at][1], header.places.values())
    rows = [
        {
            "line": number,
            "cells": {key: texts[place] for key, place in header.places.items() if place < len(texts) and texts[place]},
        }
        for number, texts in table.rows[at + 1 :]
    ]
    if not rows:
        raise refused("見出しの下に行がありません。アクセスポイントを1行に1つずつ書いてください。")
    if len(rows) > MOST_ROWS:
        raise refused(f"行が多すぎます。{MOST_ROWS:,}行までに分けてください。")
    order = SentPoints.model_validate(
        {
            "rows": rows,
            "kinds": header.layout.kinds,
            "new_venues": wishes.new_venues,
            "auth": wishes.auth,
            "since": wishes.since,
            "digest": wishes.digest,
        }
    )
    above = [number for number, _ in table.rows[:at]]
    return PointsIn(order, dict(header.headers), list(header.unread), header.layout.edition, above)


_STANDARD = {column.key: column.name for one in layouts(DATASET) for column in one.columns}
