"""所在確認 and 試行の評価 as tables with Japanese headers."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlmodel import Session

from api.spreadsheets import Cell, Table
from api.words import CHANNEL, PRESENCE, USAGE
from inventory.calendar import fiscal_year_name
from inventory.presence_lists import Asked, Contact, list_presences
from inventory.trial import TrialFigures, evaluate

# Rows a statement reads at once.
STEP = 500


def _said(asked: Asked) -> str:
    if asked.word is None:
        return PRESENCE["missing"]
    return PRESENCE["confirmed" if asked.word.in_hand else "not_in_hand"]


def _of(contact: Contact | None, name: str) -> str | None:
    return getattr(contact, name) if contact else None


_PRESENCES: Sequence[tuple[str, Callable[[Asked], Cell]]] = (
    ("地区", lambda asked: asked.district_name),
    ("自治会コード", lambda asked: asked.association),
    ("自治会名", lambda asked: asked.association_name),
    ("備品番号", lambda asked: asked.asset_number),
    ("呼び番号", lambda asked: asked.call_number),
    ("品名・型番", lambda asked: asked.model),
    ("貸出番号", lambda asked: asked.loan),
    ("所在確認", _said),
    ("使い方", lambda asked: USAGE[asked.word.usage] if asked.word and asked.word.usage else None),
    ("きき方", lambda asked: CHANNEL[asked.word.channel] if asked.word else None),
    ("確認した日時", lambda asked: asked.word.confirmed_at if asked.word else None),
    ("メモ", lambda asked: asked.word.note if asked.word else None),
    ("貸出の役職", lambda asked: _of(asked.officer, "office")),
    ("貸出の役職者", lambda asked: _of(asked.officer, "name")),
    ("いまの役職者", lambda asked: _of(asked.head or asked.officer, "name")),
)
_PHONES: Sequence[tuple[str, Callable[[Asked], Cell]]] = (
    ("貸出の役職者の電話", lambda asked: _of(asked.officer, "phone")),
    ("いまの役職者の電話", lambda asked: _of(asked.head or asked.officer, "phone")),
)


def presences_table(session: Session, /, *, contacts: bool, **filters: Any) -> Table:
    """Every device that a round asks for. Whoever may not see contacts gets no columns for them."""
    columns = [*_PRESENCES, *(_PHONES if contacts else ())]
    found: list[Asked] = []
    cursor: str | None = None
    while True:
        page = list_presences(session, contacts=contacts, limit=STEP, cursor=cursor, **filters)
        found += page.items
        cursor = page.next
        if cursor is None:
            break
    rows = [[cell(asked) for _, cell in columns] for asked in found]
    return Table("所在確認", tuple(name for name, _ in columns), rows)


TRIAL: Sequence[tuple[str, Callable[[TrialFigures], Cell]]] = (
    ("自治会", lambda row: row.associations),
    ("貸している自治会", lambda row: row.with_devices),
    ("貸している台数", lambda row: row.lent),
    ("手元にあると確認", lambda row: row.confirmed),
    ("手元にない", lambda row: row.not_in_hand),
    ("使っている", lambda row: row.used),
    ("あまり使っていない", lambda row: row.little),
    ("使っていない", lambda row: row.unused),
    ("使い方がわからない", lambda row: row.no_answer),
    ("困りごと", lambda row: row.reports),
    ("返事した", lambda row: row.answered),
    ("解決した", lambda row: row.resolved),
    ("自分で直った", lambda row: row.self_solved),
    ("最初の返事までの時間（中央値）", lambda row: row.first_answer_hours),
    ("紛失", lambda row: row.losses),
)


def trial_table(session: Session, /, **asked: Any) -> Table:
    """A row a district and one of all of them, with what they are counted for in the columns at the end."""
    found = evaluate(session, **asked)
    basis: list[Cell] = [fiscal_year_name(found.fiscal_year), found.as_of, found.round.name if found.round else None]
    rows: list[list[Cell]] = [[row.name or "地区なし", *(cell(row) for _, cell in TRIAL), *basis] for row in found.rows]
    rows.append(["合計", *(cell(found.total) for _, cell in TRIAL), *basis])
    header = ("地区", *(name for name, _ in TRIAL), "年度", "いつの数か", "所在確認")
    return Table("試行の評価", header, rows)
