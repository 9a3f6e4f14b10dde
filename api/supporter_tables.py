"""Supporters as a table: the list that is saved, and the headers of a list that comes in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from api.roster_tables import read_file
from api.spreadsheets import Cell, Table
from api.tables_in import TableIn, refuse_twice, refused
from api.words import SUPPORTER
from inventory.roster_rows import RepairedCell, WrongCell
from inventory.supporter_lists import SupporterCard, list_supporters
from inventory.supporter_rows import EVERYWHERE, MOST_ROWS, SentSupporters
from inventory.text import fold

Column = tuple[str, Callable[[SupporterCard], Cell]]
# Rows a statement reads at once: large enough to be quick, small enough for SQLite's limit of bound values.
_STEP = 500
# Titles and the day of print stand above the header of many a list.
_SEARCHED = 10

_COLUMNS: Sequence[Column] = (
    ("サポーター番号", lambda card: card.id),
    ("氏名", lambda card: card.name),
    ("フリガナ", lambda card: card.name_kana),
    ("分類", lambda card: SUPPORTER[card.category]),
    ("地区", lambda card: "、".join(one.name for one in card.districts) or EVERYWHERE),
    ("同意日", lambda card: card.consented_on),
    ("登録日", lambda card: card.registered_on),
    ("終了日", lambda card: card.ended_on),
    ("年度", lambda card: card.fiscal_year),
    ("事業コード", lambda card: card.programme_code),
    ("事業", lambda card: card.programme_name),
    ("頼んだ講座", lambda card: card.asked),
    ("引き受けた講座", lambda card: card.agreed),
)
_CONTACTS: Sequence[Column] = (
    ("電話番号", lambda card: card.phone),
    ("メール", lambda card: card.email),
    ("メモ", lambda card: card.note),
)

# Column of the rule book → what people write above it; the first is what the template says.
HEADERS: dict[str, tuple[str, ...]] = {
    "supporter_id": ("サポーター番号",),
    "name": ("氏名", "名前", "サポーター名", "サポーター氏名"),
    "name_kana": ("フリガナ", "カナ", "氏名フリガナ", "氏名カナ", "ヨミガナ"),
    "category": ("分類", "区分", "種類", "種別"),
    "districts": ("地区", "活動地区", "担当地区", "地区名"),
    "consented_on": ("同意日", "同意した日", "同意年月日"),
    "registered_on": ("登録日", "登録した日", "登録年月日"),
    "ended_on": ("終了日", "登録の終わり", "終了年月日"),
    "fiscal_year": ("年度", "事業の年度"),
    "programme": ("事業コード",),
    "phone": ("電話番号", "電話", "TEL", "連絡先", "携帯電話", "携帯"),
    "email": ("メール", "メールアドレス", "Eメール", "E-mail", "mail"),
    "note": ("メモ", "備考"),
}
_COLUMN_OF = {fold(header): column for column, headers in HEADERS.items() for header in headers}


def supporters_table(session: Session, /, *, contacts: bool, now: datetime, **filters: Any) -> Table:
    """Supporters by kana. Whoever may not see contacts gets no columns for them, nor for notes."""
    columns = [*_COLUMNS, *(_CONTACTS if contacts else ())]
    found: list[SupporterCard] = []
    cursor: str | None = None
    while True:
        page = list_supporters(session, now=now, limit=_STEP, cursor=cursor, **filters)
        found += page.items
        cursor = page.next
        if cursor is None:
            break
    rows = [[cell(card) for _, cell in columns] for card in found]
    return Table("サポーター", tuple(name for name, _ in columns), rows)


@dataclass(frozen=True)
class SupportersIn:
    """``headers``: what the file says above each column that is read. ``unread``: headers that nothing is read from."""

    order: SentSupporters
    headers: dict[str, str]
    unread: list[str]

    def wrong(self, cells: list[WrongCell]) -> list[dict[str, Any]]:
        """Cells that cannot stand, each under its column's own header, in the order of the file."""
        return [cell.model_dump() | {"column": self.header(cell.column)} for cell in cells]

    def repaired(self, cells: list[RepairedCell]) -> list[dict[str, Any]]:
        return [cell.model_dump() | {"column": self.header(cell.column)} for cell in cells]

    def header(self, column: str) -> str:
        return self.headers.get(column, word_of(column))


def word_of(column: str) -> str:
    """What the template writes above a column."""
    return "事業" if column == "programme_id" else HEADERS[column][0]


async def read_supporters_file(data: bytes) -> tuple[SupportersIn, str]:
    """The list in a file and the encoding that it was read as."""
    table = await read_file(data)
    return supporters_in(table), table.encoding


def supporters_in(table: TableIn, *, digest: str | None = None) -> SupportersIn:
    """The list in a table.

    Raises:
        Problem: no line has the headers that are needed, nothing stands below them, or it is too long.
    """
    if not table.rows:
        raise refused("表が空です。サポーターの一覧を貼り付けるか、ファイルを選んでください。")
    at = next((at for at, (_, cells) in enumerate(table.rows[:_SEARCHED]) if _is_header(cells)), None)
    if at is None:
        raise refused(
            "見出しの行が見つかりません。表のいちばん上に「氏名」「分類」「同意日」などの見出しを書いてください。"
        )
    cells = table.rows[at][1]
    columns = _columns(cells)
    refuse_twice(cells, columns.values())
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
        raise refused("見出しの下に行がありません。サポーターを1行に1人ずつ書いてください。")
    if len(rows) > MOST_ROWS:
        raise refused(f"行が多すぎます。{MOST_ROWS:,}行までに分けてください。")
    return SupportersIn(SentSupporters.model_validate({"rows": rows, "digest": digest}), headers, unread)


def _is_header(cells: list[str]) -> bool:
    columns = _columns(cells)
    return "name" in columns and len(columns) > 1


def _columns(cells: list[str]) -> dict[str, int]:
    """Where each column stands; of two with the same meaning the first counts."""
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        column = _COLUMN_OF.get(fold(cell))
        if column is not None:
            found.setdefault(column, place)
    return found


def template() -> Table:
    """An empty list with the headers that are read."""
    return Table("サポーター", tuple(words[0] for column, words in HEADERS.items() if column != "supporter_id"), [])
