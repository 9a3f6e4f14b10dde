"""Wishes as a table with Japanese headers."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlmodel import Session

from api.spreadsheets import Cell, Table
from api.words import WISH, WISH_ANSWER, WISH_STATE
from inventory.calendar import today
from inventory.wish_lists import WishCard, list_wishes

Column = tuple[str, Callable[[WishCard], Cell]]
# Rows a statement reads at once: large enough to be quick, small enough for SQLite's limit of bound values.
_STEP = 500

_COLUMNS: Sequence[Column] = (
    ("番号", lambda card: card.id),
    ("ようす", lambda card: WISH_STATE[card.state]),
    ("地区", lambda card: card.district_name),
    ("自治会", lambda card: card.association_name),
    ("種類", lambda card: WISH[card.kind]),
    ("要望", lambda card: card.words),
    ("人数", lambda card: card.people),
    ("要望の日", lambda card: card.wished_on),
    ("答え", lambda card: WISH_ANSWER[card.answer] if card.answer else None),
    ("答えの言葉", lambda card: card.answer_words),
    ("答えの日", lambda card: card.answered_on),
    ("講座", lambda card: card.course_title),
    ("講座の日", lambda card: today(card.course_starts_at) if card.course_starts_at else None),
    ("年度", lambda card: card.fiscal_year),
    ("事業", lambda card: card.programme_name),
)


def wishes_table(session: Session, /, **filters: Any) -> Table:
    """Wishes as the list shows them, all pages of it."""
    found: list[WishCard] = []
    cursor: str | None = None
    while True:
        page = list_wishes(session, limit=_STEP, cursor=cursor, **filters)
        found += page.items
        cursor = page.next
        if cursor is None:
            break
    rows = [[cell(card) for _, cell in _COLUMNS] for card in found]
    return Table("要望", tuple(name for name, _ in _COLUMNS), rows)
