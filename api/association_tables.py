"""The roster as a table that ``/api/imports/associations`` reads back unchanged: one row per officer in office."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from api.spreadsheets import Cell, Table
from inventory.calendar import FIRST_GREGORIAN_DAY, today, wareki
from inventory.officers import OfficerCard, serving
from inventory.people import AssociationCard, list_associations

Served = tuple[AssociationCard, OfficerCard | None]
Column = tuple[str, Callable[[Served], Cell]]
# Rows a statement reads at once: large enough to be quick, small enough for SQLite's limit of bound values.
_STEP = 500


def _era(day: date | None) -> str | None:
    return wareki(day) if day is not None and day >= FIRST_GREGORIAN_DAY else None


_COLUMNS: Sequence[Column] = (
    ("自治会コード", lambda served: served[0].id),
    ("地区", lambda served: served[0].district.name if served[0].district else None),
    ("自治会名", lambda served: served[0].name),
    ("フリガナ", lambda served: served[0].name_kana),
    ("役職", lambda served: served[1].office if served[1] else None),
    ("役職者", lambda served: served[1].name if served[1] else None),
    ("役職者フリガナ", lambda served: served[1].name_kana if served[1] else None),
    ("任期の始まり", lambda served: served[1].from_ if served[1] else None),
    ("任期の終わり", lambda served: served[1].until if served[1] else None),
    ("任期の終わり（和暦）", lambda served: _era(served[1].until) if served[1] else None),
    ("貸出中の台数", lambda served: served[0].devices_out),
)
_CONTACTS: Sequence[Column] = (
    ("電話番号", lambda served: served[1].phone if served[1] else None),
    ("メール", lambda served: served[1].email if served[1] else None),
)


def associations_table(session: Session, /, *, contacts: bool, now: datetime, **filters: Any) -> Table:
    """Associations with everybody who holds an office today. Whoever may not see contacts gets no columns for them."""
    columns = [*_COLUMNS, *(_CONTACTS if contacts else ())]
    rows = [[cell(served) for _, cell in columns] for served in _served(session, now, filters)]
    return Table("自治会", tuple(name for name, _ in columns), rows)


def _served(session: Session, now: datetime, filters: dict[str, Any]) -> list[Served]:
    found: list[Served] = []
    cursor: str | None = None
    while True:
        page = list_associations(session, now=now, limit=_STEP, cursor=cursor, **filters)
        officers = serving(session, [int(card.id) for card in page.items], today(now))
        for card in page.items:
            found += [(card, officer) for officer in officers.get(int(card.id), [None])]
        cursor = page.next
        if cursor is None:
            return found
