"""What the board says in words: its answer, who is late, and what stands beside each hall's name."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from api.burnup_views import BurnupView, pace
from api.wifi_map_svg import lateness_words, short_name, stage_name
from api.wifi_words import CAUSE, STAGE
from inventory.calendar import fiscal_year, fiscal_year_name, month_day, wareki
from inventory.tables import WifiStage
from inventory.wifi_board import BESIDE, Board, Hall
from inventory.wifi_stages import ROAD

# Halls of a stage on the board; the rest stand in the table.
SHOWN = 40
_NEXT = 8
_NAMED = 3
_SOON = 60


@dataclass(frozen=True)
class Row:
    """A hall on the board. ``why``: the day of its next stage, or ``late`` and its cause."""

    code: str
    name: str
    short: str
    why: str
    late: str
    cause: str


@dataclass(frozen=True)
class Station:
    """A stage with its halls; ``rest`` of them are not shown here. ``stage`` is the wire value, none for まだ."""

    stage: str
    word: str
    count: int
    rows: list[Row]
    rest: int


@dataclass(frozen=True)
class Coming:
    code: str
    name: str
    day: str
    late: str
    note: str


@dataclass(frozen=True)
class BoardView:
    """``answer`` are the lines of the h1, ``told`` the sentence about those who are late."""

    board: Board
    name: str
    years: str
    answer: list[str]
    told: str
    road: list[Station]
    beside: list[Station]
    coming: list[Coming]
    coming_rest: int
    unplaced: list[Hall]
    past: bool
    future: bool


def programme_name(board: Board) -> str:
    return board.programme.name if board.programme else "すべての会場"


def board_view(board: Board, today: date, burnup: BurnupView | None = None, broken: Container[int] = ()) -> BoardView:
    stages, coming = board.stages, board.coming
    return BoardView(
        board=board,
        name=programme_name(board),
        years=_years(board.programme) if board.programme else "",
        answer=answer(board, today, burnup if board.day == today else None),
        told=told(board, today, broken),
        road=[_station(stage, stages[stage], board.on) for stage in ROAD],
        beside=[_station(stage, stages[stage], board.on) for stage in (*BESIDE, None) if stages[stage]],
        coming=[_coming(hall, board.on) for hall in coming[:_NEXT]],
        coming_rest=max(len(coming) - _NEXT, 0),
        unplaced=[hall for hall in board.halls if hall.latitude is None or hall.longitude is None],
        past=board.day < today,
        future=board.day > today,
    )


def answer(board: Board, today: date, burnup: BurnupView | None = None) -> list[str]:
    """How many halls can be used and whether the plan holds: the h1, a sentence a line.

    ``burnup``: the count of today is held against the plans as the burn-up does, so that both pages say the same.
    """
    total, late = len(board.halls), len(board.late)
    if not total:
        if board.programme is not None:
            return ["この整備計画には、まだ対象の館がありません。"]
        return ["会場は、まだ登録されていません。"]
    if board.day > today:
        line = f"{total}館のうち{board.expected}館で使える見込みです。"
        return [line, f"つぎの段階がおくれている館は、いま{late}館です。" if late else "おくれている館はありません。"]
    past = board.day < today
    asked = total - board.excluded
    if asked and board.in_service == asked:
        where = f"{asked}館すべて" if not board.excluded else f"対象外の{board.excluded}館をのぞく{asked}館すべて"
        return [f"{where}で{'使えました' if past else '使えます'}。"]
    line = f"{total}館のうち{board.in_service}館で{'使えました' if past else '使えます'}。"
    if burnup is not None and burnup.day == today:
        return [line, *pace(burnup)]
    if late:
        return [line, f"つぎの段階がおくれている館は{late}館{'でした' if past else 'です'}。"]
    if not any(hall.planned_on for hall in board.halls):
        # Without a plan nobody can say that it holds.
        return [line, "見込みの日は、まだ決まっていません。"]
    return [line, "おくれている館はありませんでした。" if past else "おくれている館はありません。"]


def told(board: Board, today: date, broken: Container[int] = ()) -> str:
    """Who is late, why, and when they are expected, and where the wifi is broken; empty when all is well."""
    return _late(board, "でした。" if board.day < today else "です。") + _broken(board, broken)


def _broken(board: Board, broken: Container[int]) -> str:
    names = [hall.name for hall in board.halls if hall.stage is WifiStage.IN_SERVICE and hall.venue in broken]
    if not names:
        return ""
    more = f"など{len(names)}館" if len(names) > _NAMED else ""
    return f"{'、'.join(names[:_NAMED])}{more}は、いま障害で使えません。"


def _late(board: Board, end: str) -> str:
    late = board.late
    if not late:
        return ""
    if len(late) > _NAMED:
        names = "、".join(hall.name for hall in late[:_NAMED])
        return f"つぎの段階が大きくおくれているのは{names}{end}"
    if len(late) == 1:
        return f"つぎの段階がおくれているのは{late[0].name}。{_reason(late[0], board.on)}{end}"
    return f"つぎの段階がおくれているのは{'、'.join(f'{hall.name}（{_reason(hall, board.on)}）' for hall in late)}{end}"


def _reason(hall: Hall, on: date) -> str:
    cause = f"{CAUSE[hall.cause]}で、" if hall.cause else ""
    stage = STAGE[hall.next] if hall.next else ""
    if hall.planned_on is None or hall.planned_on < on:
        return f"{cause}{stage}の予定から{hall.overdue_days}日"
    return f"{cause}{stage}の見込みは{day_words(hall.planned_on, on, weekday=True)}"


def day_words(day: date, on: date, *, weekday: bool = False) -> str:
    """12月18日, with its year where it is not plain from ``on``."""
    if abs((day - on).days) > 300:
        return wareki(day)
    return month_day(day) if weekday else f"{day.month}月{day.day}日"


def _station(stage: WifiStage | None, halls: Sequence[Hall], on: date) -> Station:
    word = STAGE[stage] if stage else "まだ始めていない館"
    rows = [row_of(hall, on) for hall in halls[:SHOWN]]
    return Station(stage.value if stage else "none", word, len(halls), rows, max(len(halls) - SHOWN, 0))


def row_of(hall: Hall, on: date) -> Row:
    return Row(
        code=hall.code,
        name=hall.name,
        short=short_name(hall.name),
        why=_why(hall, on),
        late=lateness_words(hall),
        cause=CAUSE[hall.cause] if hall.cause else "",
    )


def _why(hall: Hall, on: date) -> str:
    if hall.next is None:
        return ""
    if hall.stage is WifiStage.ON_HOLD:
        return f"{STAGE[hall.place]}で保留" if hall.place else ""
    if hall.planned_on is None:
        return "見込みはまだです"
    if hall.stage is WifiStage.ACTIVATION:
        left = (hall.planned_on - on).days
        return f"検収待ち　あと{left}日" if 0 <= left <= 30 else f"検収は{day_words(hall.planned_on, on)}まで"
    return f"{day_words(hall.planned_on, on)}まで"


def _coming(hall: Hall, on: date) -> Coming:
    assert hall.service_on is not None
    away = (hall.service_on - on).days
    day = hall.service_on
    near = f"{day.month}月{day.day}日" if away <= _SOON else f"{day.month}月"
    if away > 300:
        near = wareki(day).partition("月")[0] + "月"
    return Coming(hall.code, hall.name, near, lateness_words(hall), _coming_note(hall, on))


def _coming_note(hall: Hall, on: date) -> str:
    if lateness_words(hall):
        return CAUSE[hall.cause] if hall.cause else ""
    if hall.stage is WifiStage.ACTIVATION:
        return "検収がすめば運用"
    if hall.stage is None or hall.planned_on is None:
        return stage_name(hall)
    return f"{stage_name(hall)}は{day_words(hall.planned_on, on)}まで"


def _years(programme: Any) -> str:
    first, last = fiscal_year(programme.from_on), fiscal_year(programme.until_on)
    if first == last:
        return fiscal_year_name(first)
    return f"{fiscal_year_name(first).removesuffix('年度')}〜{fiscal_year_name(last).removeprefix('令和')}"
