"""The history of wifi as a table: a row for each step, or a row for each venue with a column for each stage."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from api.spreadsheets import Cell, Table
from api.tables_in import TableIn, refuse_twice, refused
from api.wifi_words import CHECK, STAGE
from inventory.calendar import fiscal_year_name, wareki
from inventory.tables import WifiStage
from inventory.text import fold
from inventory.wifi_import_rows import MOST_STEPS, NOTHING, RepairedCell, SentSteps, Words, WrongCell
from inventory.wifi_stages import ROAD
from inventory.wifi_step_lists import StepLine, list_steps, venue_names

# Column of the rule book → what cities write above it; the first is what the template says.
HEADERS: dict[str, tuple[str, ...]] = {
    "code": ("会場コード", "館コード", "施設コード", "施設番号"),
    "venue": ("会場", "会場名", "館名", "館", "施設", "施設名", "施設名称", "名称", "公民館名", "公民館", "設置場所"),
    "stage": ("段階", "工程", "整備段階", "ステータス", "進捗"),
    "on": ("日", "日付", "年月日", "実施日", "完了した日", "happened_on"),
    "reason": ("理由", "わけ"),
    "note": ("備考", "メモ", "摘要", "特記事項", "コメント"),
    "checks": ("確かめたこと", "確認事項"),
    "accepted_on": ("検収日", "検収", "検収に合格した日"),
}
# What cities call the stages, besides the words of the screen and of the program.
_STAGES: dict[WifiStage, tuple[str, ...]] = {
    WifiStage.SURVEY: ("現地調査", "現場調査", "事前調査", "調査開始", "現調"),
    WifiStage.DESIGN: ("実施設計", "基本設計", "設計開始"),
    WifiStage.CONTRACT: ("契約締結", "発注", "請負契約"),
    WifiStage.CONSTRUCTION: ("施工", "着工", "工事着手", "工事開始", "設置工事"),
    WifiStage.ACTIVATION: ("回線開通", "開通確認", "試験運用", "試験"),
    WifiStage.IN_SERVICE: ("供用中", "供用", "供用開始", "運用中", "運用開始", "利用開始", "提供開始"),
    WifiStage.ON_HOLD: ("保留中", "中断", "休止"),
    WifiStage.EXCLUDED: ("除外", "対象から除外", "整備しない"),
    WifiStage.REMOVED: ("撤去済", "撤去ずみ", "廃止"),
}
_STAGE_OF = {
    fold(word): stage
    for stage in WifiStage
    for base in (stage.value, STAGE[stage.value], *_STAGES[stage])
    for word in (base, f"{base}日", f"{base}年月日")
}
WORDS = Words(
    stages=_STAGE_OF,
    stage_names={stage: STAGE[stage.value] for stage in WifiStage},
    checks={fold(word): code for code, word in CHECK.items()} | {fold(code): code for code in CHECK},
)
_COLUMN_OF = {fold(header): column for column, headers in HEADERS.items() for header in headers}
_BRACKETS = re.compile(r"[（(].*?[）)]")
# Titles and the day of print stand above the header of many a list.
_SEARCHED = 10


@dataclass(frozen=True)
class StepsIn:
    """``headers``: what the file says above each column that is read. ``unread``: headers that nothing is read from.

    ``wide``: the sheet has a row for each venue and a column for each stage. ``nothing``: cells of such columns where
    somebody wrote that there is nothing to write.
    """

    order: SentSteps
    headers: dict[str, str]
    unread: list[str]
    wide: bool
    nothing: list[RepairedCell]

    def wrong(self, cells: list[WrongCell]) -> list[dict[str, Any]]:
        """Cells that cannot stand, each under its column's own header, in the order of the file."""
        return [cell.model_dump() | {"column": self.header(cell.column)} for cell in cells]

    def repaired(self, cells: list[RepairedCell]) -> list[dict[str, Any]]:
        told = sorted((*self.nothing, *cells), key=lambda cell: cell.line)
        return [cell.model_dump() | {"column": self.header(cell.column)} for cell in told]

    def header(self, column: str) -> str:
        return self.headers.get(column) or HEADERS.get(column, (column,))[0]


def steps_in(table: TableIn, *, digest: str | None = None) -> StepsIn:
    """The steps in a table.

    Raises:
        Problem: no line has the headers that are needed, nothing stands below them, or there are too many steps.
    """
    if not table.rows:
        raise refused("表が空です。履歴を貼り付けるか、ファイルを選んでください。")
    at = next((at for at, (_, cells) in enumerate(table.rows[:_SEARCHED]) if _is_header(cells)), None)
    if at is None:
        raise refused(
            "見出しの行が見つかりません。「会場」「段階」「日」、または「館名」と「調査」「設計」などの段階の名前を、"
            "表のいちばん上に書いてください。"
        )
    cells = table.rows[at][1]
    columns, stages = _columns(cells), _stage_columns(cells)
    wide = "stage" not in columns
    if wide:
        columns = {name: place for name, place in columns.items() if name not in ("on", "checks", "accepted_on")}
    read = set(columns.values()) | (set(stages.values()) if wide else set())
    refuse_twice(cells, read)
    headers = {column: " ".join(cells[place].split()) for column, place in columns.items()}
    if wide:
        headers |= {stage.value: " ".join(cells[place].split()) for stage, place in stages.items()}
    unread = [" ".join(cell.split()) for place, cell in enumerate(cells) if cell.strip() and place not in read]
    rows: list[dict[str, Any]] = []
    nothing: list[RepairedCell] = []
    for line, texts in table.rows[at + 1 :]:
        own = {column: texts[place] for column, place in columns.items() if place < len(texts) and texts[place]}
        rows += _wide_rows(line, own, texts, stages) if wide else [{"line": line, "cells": own}]
        nothing += _nothing(line, texts, stages) if wide else []
    if not rows:
        raise refused("見出しの下に日付がありません。すんだ段階の日付を書いてください。")
    if len(rows) > MOST_STEPS:
        raise refused(f"段階の数が多すぎます。{MOST_STEPS:,}件までに分けてください。")
    order = {"rows": rows, "note_is_reason": "reason" not in columns, "digest": digest}
    return StepsIn(SentSteps.model_validate(order), headers, unread, wide, nothing)


def _wide_rows(line: int, own: dict[str, str], texts: list[str], stages: dict[WifiStage, int]) -> list[dict[str, Any]]:
    """A step for each stage that has a day. The words of the row stand beside each of them, where they are needed."""
    filled = [
        (stage, texts[place])
        for stage, place in stages.items()
        if place < len(texts) and texts[place].strip() and texts[place].strip() not in NOTHING
    ]
    return [
        {"line": line, "cells": own | {"stage": stage.value, "on": text}, "day_column": stage.value}
        for stage, text in filled
    ]


def _nothing(line: int, texts: list[str], stages: dict[WifiStage, int]) -> list[RepairedCell]:
    """Cells of days that say 「未定」 or 「-」: they are read as empty, which is told."""
    said = [(stage, texts[place]) for stage, place in stages.items() if place < len(texts)]
    return [
        RepairedCell(line=line, column=stage.value, value=text, repaired="")
        for stage, text in said
        if text.strip() in NOTHING
    ]


def _is_header(cells: list[str]) -> bool:
    columns = _columns(cells)
    if not columns.keys() & {"code", "venue"}:
        return False
    return {"stage", "on"} <= columns.keys() or ("stage" not in columns and len(_stage_columns(cells)) > 1)


def _columns(cells: list[str]) -> dict[str, int]:
    """Where each column stands; of two with the same meaning the first counts."""
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        column = _COLUMN_OF.get(fold(cell)) or _COLUMN_OF.get(fold(_BRACKETS.sub("", cell)))
        if column is not None:
            found.setdefault(column, place)
    return found


def _stage_columns(cells: list[str]) -> dict[WifiStage, int]:
    found: dict[WifiStage, int] = {}
    for place, cell in enumerate(cells):
        stage = _STAGE_OF.get(fold(cell)) or _STAGE_OF.get(fold(_BRACKETS.sub("", cell)))
        if stage is not None:
            found.setdefault(stage, place)
    return found


def long_template() -> Table:
    """An empty history with the headers that are read, a row for each step."""
    names = ("code", "venue", "stage", "on", "reason", "note")
    return Table("Wi-Fi整備の履歴", tuple(HEADERS[name][0] for name in names), [])


def wide_template(session: Session, /) -> Table:
    """An empty history with a row for each venue of the ledger."""
    stages = [STAGE[stage.value] for stage in ROAD]
    rows = [(code, name, *([None] * (len(stages) + 1))) for code, name in venue_names(session)]
    return Table("Wi-Fi整備の履歴（館ごと）", ("会場コード", "館名", *stages, "備考"), rows)


_EXPORT: Sequence[tuple[str, Callable[[StepLine], Cell]]] = (
    ("会場コード", lambda line: line.venue),
    ("会場", lambda line: line.venue_name),
    ("段階", lambda line: STAGE[line.stage]),
    ("日", lambda line: line.on),
    ("日（和暦）", lambda line: wareki(line.on)),
    ("理由", lambda line: line.reason),
    ("備考", lambda line: line.note),
    ("確かめたこと", lambda line: "、".join(CHECK[code] for code in line.checks if code in CHECK) or None),
    ("契約の年度", lambda line: fiscal_year_name(line.contract_year) if line.contract_year else None),
    ("契約番号", lambda line: line.contract_number),
    ("検収日", lambda line: line.accepted_on),
    ("記録した日時", lambda line: line.recorded_at),
)


def steps_table(session: Session, /) -> Table:
    """Every step that counts; read back, it changes nothing."""
    header = tuple(name for name, _ in _EXPORT)
    return Table("Wi-Fi整備の履歴", header, [[value(line) for _, value in _EXPORT] for line in list_steps(session)])
