"""A roster of associations as a table: the headers that it may have, and the table that it is made from."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

import anyio
from anyio.to_thread import run_sync

from api.spreadsheets import Table
from api.tables_in import TableIn, read_table, read_text, refused
from inventory.roster_rows import MOST_ROWS, RepairedCell, SentRoster, WrongCell
from inventory.text import fold

# Column of the rule book → what cities write above it; the first is what the template says.
HEADERS: dict[str, tuple[str, ...]] = {
    "association_id": ("自治会コード",),
    "district": ("地区", "地区名", "行政区", "連合自治会"),
    "association": ("自治会名", "自治会", "自治会の名前", "町内会名", "町内会", "町会名", "団体名"),
    "association_kana": ("自治会名フリガナ", "自治会名カナ", "自治会カナ", "自治会フリガナ", "町内会名カナ"),
    "office": ("役職", "役職名", "職名"),
    "name": (
        "氏名",
        "会長名",
        "会長氏名",
        "自治会長名",
        "自治会長氏名",
        "自治会長",
        "会長",
        "役職者",
        "名前",
        "代表者名",
    ),
    "name_kana": ("氏名フリガナ", "氏名カナ", "会長名カナ", "会長名フリガナ", "役職者フリガナ", "役職者カナ"),
    "since": ("任期の始まり", "任期開始", "任期開始日", "就任日", "就任年月日", "任期始期", "任期（自）"),
    "until": ("任期の終わり", "任期終了", "任期終了日", "任期満了", "任期満了日", "任期終期", "任期（至）"),
    "phone": ("電話番号", "電話", "TEL", "連絡先", "会長電話", "会長電話番号", "連絡先電話番号", "携帯電話", "携帯"),
    "email": ("メール", "メールアドレス", "Eメール", "E-mail", "mail"),
}
# A reading of whatever stands in the column before.
_READINGS = frozenset(map(fold, ("フリガナ", "カナ", "ヨミガナ", "ヨミ")))
_COLUMN_OF = {fold(header): column for column, headers in HEADERS.items() for header in headers}
_BRACKETS = re.compile(r"[（(].*?[）)]")
# One workbook in memory at a time: two of them would need twice the room and not end sooner.
_HANDS = anyio.CapacityLimiter(1)
# Titles and the day of print stand above the header of many a list.
_SEARCHED = 10


@dataclass(frozen=True)
class RosterIn:
    """``headers``: what the file says above each column that is read. ``unread``: headers that nothing is read from."""

    order: SentRoster
    headers: dict[str, str]
    unread: list[str]

    def wrong(self, cells: list[WrongCell]) -> list[dict[str, Any]]:
        """Cells that cannot stand, each under its column's own header, in the order of the file."""
        return [cell.model_dump() | {"column": self.header(cell.column)} for cell in cells]

    def repaired(self, cells: list[RepairedCell]) -> list[dict[str, Any]]:
        return [cell.model_dump() | {"column": self.header(cell.column)} for cell in cells]

    def header(self, column: str) -> str:
        return self.headers.get(column, HEADERS[column][0])


async def read_roster(data: bytes) -> tuple[RosterIn, str]:
    """The roster in a file and the encoding that it was read as, made in a worker thread."""
    table = await read_file(data)
    return roster_in(table), table.encoding


async def read_file(data: bytes) -> TableIn:
    async with _HANDS:
        return await run_sync(read_table, data)


async def read_pasted(text: str) -> TableIn:
    return await run_sync(read_text, text)


def roster_in(
    table: TableIn, *, since: date | str | None = None, until: date | str | None = None, digest: str | None = None
) -> RosterIn:
    """The roster in a table.

    Raises:
        Problem: no line has the headers that are needed, nothing stands below them, or it is too long.
    """
    if not table.rows:
        raise refused("表が空です。名簿を貼り付けるか、ファイルを選んでください。")
    at = next((at for at, (_, cells) in enumerate(table.rows[:_SEARCHED]) if _is_header(cells)), None)
    if at is None:
        raise refused(
            "見出しの行が見つかりません。表のいちばん上に「地区」「自治会名」「氏名」などの見出しを書いてください。"
        )
    cells = table.rows[at][1]
    columns = _columns(cells)
    headers = {column: " ".join(cells[place].split()) for column, place in columns.items()}
    read = set(columns.values())
    unread = [" ".join(cell.split()) for place, cell in enumerate(cells) if cell.strip() and place not in read]
    rows = [
        {
            "line": number,
            "cells": {column: texts[place] for column, place in columns.items() if place < len(texts) and texts[place]},
        }
        for number, texts in table.rows[at + 1 :]
    ]
    if not rows:
        raise refused("見出しの下に行がありません。自治会を1行に1つずつ書いてください。")
    if len(rows) > MOST_ROWS:
        raise refused(f"行が多すぎます。{MOST_ROWS:,}行までに分けてください。")
    order = SentRoster.model_validate({"rows": rows, "since": since, "until": until, "digest": digest})
    return RosterIn(order, headers, unread)


def _is_header(cells: list[str]) -> bool:
    columns = _columns(cells)
    return "association" in columns and len(columns) > 1


def _columns(cells: list[str]) -> dict[str, int]:
    """Where each column stands; of two with the same meaning the first counts."""
    found: dict[str, int] = {}
    before = None
    for place, cell in enumerate(cells):
        header, plain = fold(cell), fold(_BRACKETS.sub("", cell))
        column = _COLUMN_OF.get(header) or _COLUMN_OF.get(plain)
        if header in _READINGS or plain in _READINGS:
            column = "association_kana" if before == "association" else "name_kana"
        if column is not None:
            found.setdefault(column, place)
            before = column
    return found


def template() -> Table:
    """An empty roster with the headers that are read."""
    names = [headers[0] for column, headers in HEADERS.items() if column != "association_id"]
    return Table("自治会名簿", tuple(names), [])
