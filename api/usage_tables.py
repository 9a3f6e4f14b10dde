"""A list of 利用件数 as a table: long or wide, the headers that it may have, and the cells that it is made from."""

import re
from dataclasses import dataclass
from typing import Any

from api.roster_tables import read_file
from api.spreadsheets import Table
from api.tables_in import TableIn, refuse_twice, refused
from inventory.text import fold
from inventory.usage_imports import MOST_CELLS, SentUsage
from inventory.usage_words import month_in, year_in

HEADERS: dict[str, tuple[str, ...]] = {
    "code": ("会場コード", "施設コード", "館コード", "コード"),
    "venue": ("会場", "会場名", "施設", "施設名", "館名", "館", "公民館名", "公民館"),
    "year": ("年度",),
    "month": ("月", "年月", "利用月", "対象月", "利用年月"),
    "count": ("件数", "利用件数", "利用数", "利用回数", "接続数", "接続件数", "利用者数"),
}
_COLUMN_OF = {fold(header): column for column, headers in HEADERS.items() for header in headers}
_BRACKETS = re.compile(r"[（(].*?[）)]")
_SUMS = frozenset(map(fold, ("合計", "計", "総計", "小計", "年度計", "平均")))
_SEARCHED = 10


@dataclass(frozen=True)
class UsageIn:
    """``unread``: headers that nothing is read from. ``sums``: lines that are sums and were left out."""

    order: SentUsage
    unread: list[str]
    sums: list[int]


async def read_usage(data: bytes, fiscal_year: int | None = None) -> tuple[UsageIn, str]:
    """The list in a file, and the encoding that it was read as."""
    table = await read_file(data)
    return usage_in(table, fiscal_year=fiscal_year), table.encoding


def usage_in(table: TableIn, *, fiscal_year: int | None = None, digest: str | None = None) -> UsageIn:
    """The list in a table.

    Raises:
        Problem: no line has the headers that are needed, nothing stands below them, or it is too long.
    """
    if not table.rows:
        raise refused("表が空です。表を貼り付けるか、ファイルを選んでください。")
    found = next(((at, heads) for at, heads in _heads(table) if heads is not None), None)
    if found is None:
        raise refused(
            "見出しの行が見つかりません。表のいちばん上に「会場」「月」「件数」か、「会場」「4月」…「3月」と書いてください。"
        )
    at, heads = found
    # A title above the header may say the year of the whole list: 令和7年度 Wi-Fi利用件数.
    titled = [_year_of_title(cell) for _, cells in table.rows[:at] for cell in cells]
    year = fiscal_year or next((named for named in titled if named is not None), None)
    header = table.rows[at][1]
    read = {place for place in heads.values() if isinstance(place, int)} | set(heads["months"])
    refuse_twice(header, read)
    cells: list[dict[str, Any]] = []
    sums: list[int] = []
    for line, texts in table.rows[at + 1 :]:
        if fold(_text(texts, heads.get("venue")) or _text(texts, heads.get("code"))) in _SUMS:
            sums.append(line)
            continue
        cells += _cells(line, texts, heads, header)
    if not cells:
        raise refused("見出しの下に行がありません。会場を1行に1つずつ書いてください。")
    if len(cells) > MOST_CELLS:
        raise refused(f"欄が多すぎます。{MOST_CELLS:,}欄までに分けてください。")
    named = heads.get("venue", heads.get("code", 0))
    order = SentUsage.model_validate(
        {
            "cells": cells,
            "venue_column": _words(header[named]),
            "code_column": _words(header[heads["code"]]) if "code" in heads else "",
            "year": year,
            "digest": digest,
        }
    )
    unread = [_words(cell) for place, cell in enumerate(header) if cell.strip() and place not in read]
    return UsageIn(order, unread, sums)


def _heads(table: TableIn) -> Any:
    for at, (_, cells) in enumerate(table.rows[:_SEARCHED]):
        yield at, _columns(cells)


def _columns(cells: list[str]) -> dict[str, Any] | None:
    """Where each column stands, and under ``months`` the columns that are months; None when it is no header."""
    heads: dict[str, Any] = {"months": []}
    for place, cell in enumerate(cells):
        column = _COLUMN_OF.get(fold(cell)) or _COLUMN_OF.get(fold(_BRACKETS.sub("", cell)))
        if column is not None:
            heads.setdefault(column, place)
        elif month_in(cell, 2000 if "月" in cell else None) is not None:
            heads["months"].append(place)
    named = "venue" in heads or "code" in heads
    if "month" in heads and "count" in heads:
        # A long list may carry a month in a heading of another column; its counts stand in one.
        heads["months"] = []
        return heads if named else None
    return heads if named and heads["months"] else None


def _cells(line: int, texts: list[str], heads: dict[str, Any], header: list[str]) -> list[dict[str, Any]]:
    shared = {"line": line} | {name: _text(texts, heads.get(name)) for name in ("code", "venue", "year")}
    if not heads["months"]:
        month, count = heads["month"], heads["count"]
        columns = {"column": _words(header[count]), "month_column": _words(header[month])}
        return [shared | columns | {"month": _text(texts, month), "count": _text(texts, count)}]
    found = []
    for place in heads["months"]:
        head = _words(header[place])
        count = _text(texts, place)
        found.append(shared | {"column": head, "month_column": head, "month": header[place], "count": count})
    return found


def _text(texts: list[str], place: int | None) -> str:
    return texts[place] if place is not None and place < len(texts) else ""


def _words(cell: str) -> str:
    return " ".join(cell.split())[:200]


def _year_of_title(cell: str) -> int | None:
    found = re.search(r"(?:令和|平成|[0-9０-９]{4})[0-9０-９元]*\s*年度", cell)
    return year_in(found[0]) if found else None


def template() -> Table:
    """An empty list of a year with the headers that are read."""
    months = [f"{(month - 1) % 12 + 1}月" for month in range(4, 16)]
    return Table("利用件数", ("会場コード", "会場", "年度", *months), [])
