"""この日のうごき as a drawing, in the units of an SVG view box, for a wide screen and for a phone; and as a table.

A text is drawn only where it has room: what is left out of the drawing stands in the table.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.burnup_svg import width_of
from api.words import clock_time, short_day
from inventory.availability import Window
from inventory.calendar import TOKYO
from inventory.courses import CourseCard
from inventory.day_moves import Bar, DayMoves, Lane
from inventory.tables import PoolKind

_SHORT = {"smartphone": "スマホ", "tablet": "タブレット", "router": "ルーター", None: ""}
_HEIGHT, _BAR = 54, 44
_ADVICE = "1台の予約をおすすめ"
_HOUR = timedelta(hours=1)
Across = Callable[[datetime], float]


@dataclass(frozen=True, slots=True)
class Rect:
    """``kind``: own other preparation free full use."""

    x: float
    y: float
    width: float
    height: float
    kind: str


@dataclass(frozen=True, slots=True)
class Words:
    x: float
    y: float
    words: str
    anchor: str = "middle"
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    width: int
    height: int
    grid: list[float]
    bottom: float
    rects: list[Rect]
    words: list[Words]


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table: what, from when to when, and what goes on then."""

    name: str
    when: str
    said: str


@dataclass(frozen=True, slots=True)
class DayView:
    title: str
    wide: Drawing
    phone: Drawing
    lines: list[Line]


def day_view(moves: DayMoves, card: CourseCard, *, router_advised: bool) -> DayView:
    """``router_advised``: the drawing says that one is worth reserving, where the course has none."""
    lines = [line for lane in moves.lanes for line in _lines(lane)]
    said = "。".join(_said(lane) for lane in moves.lanes)
    return DayView(
        f"{short_day(card.starts_at)}の時間割。{said}",
        _draw(moves, width=880, left=150, right=856, labels_above=False, advised=router_advised),
        _draw(moves, width=328, left=8, right=320, labels_above=True, advised=router_advised),
        lines,
    )


def _draw(moves: DayMoves, *, width: int, left: float, right: float, labels_above: bool, advised: bool) -> Drawing:
    span = (moves.until_at - moves.from_at).total_seconds()

    def across(moment: datetime) -> float:
        at = min(max(moment, moves.from_at), moves.until_at)
        return round(left + (right - left) * (at - moves.from_at).total_seconds() / span, 1)

    rects: list[Rect] = []
    words: list[Words] = []
    step = _HEIGHT + (24 if labels_above else 0)
    top = 16.0
    for at, lane in enumerate(moves.lanes):
        y = top + at * step + (24 if labels_above else 4)
        if labels_above:
            words.append(Words(left, y - 8, f"{lane.name}　{_free(lane)}" if lane.kind else lane.name, "start", "b"))
        else:
            words.append(Words(left - 16, y + 28, _fitting(lane, left - 24), "end", "b"))
        rects += _free_rects(lane, across, y)
        for bar in lane.bars:
            rects += _bar_rects(lane, bar, across, y)
            words += _bar_words(lane, bar, across, y)
        if lane.kind and not labels_above:
            words += _free_words(lane, across, y, right, advised)
        if labels_above and _advised(lane, advised):
            words.append(Words((left + right) / 2, y + 28, _ADVICE))
    bottom = top + len(moves.lanes) * step
    ticks = _ticks(moves, left, right, labels_above)
    grid = [across(moment) for moment in ticks]
    words += [
        Words(across(moment), bottom + 26, _hour(moment, moves, labels_above), "middle", "soft") for moment in ticks
    ]
    return Drawing(width, round(bottom + 40), grid, bottom, rects, words)


def _ticks(moves: DayMoves, left: float, right: float, short: bool) -> list[datetime]:
    hours = int((moves.until_at - moves.from_at) / _HOUR)
    room = (right - left) / max(1, hours)
    every = next((step for step in (1, 2, 3, 4, 6, 12) if room * step >= (32 if short else 56)), 12)
    return [moves.from_at + _HOUR * at for at in range(0, hours + 1, every)]


def _hour(moment: datetime, moves: DayMoves, short: bool) -> str:
    hour = 24 if moment == moves.until_at and moment.astimezone(TOKYO).hour == 0 else moment.astimezone(TOKYO).hour
    return str(hour) if short else f"{hour}時"


def _fitting(lane: Lane, room: float) -> str:
    """The lane's name where it has room, else the short word of its kind, else its beginning."""
    short = _SHORT.get(lane.kind.value if lane.kind else None, lane.name)
    for name in (lane.name, short):
        if name and width_of(name) <= room:
            return name
    kept = lane.name
    while width_of(kept + "…") > room:
        kept = kept[:-1]
    return kept + "…"


def _free_rects(lane: Lane, across: Across, y: float) -> list[Rect]:
    """The ground of a pool: where units are free, and where none is."""
    rects = []
    for window in lane.windows:
        x, end = across(window.from_at), across(window.until_at)
        if end > x:
            rects.append(Rect(x, y, round(end - x, 1), _BAR, "free" if window.free > 0 else "full"))
    return rects


def _bar_rects(lane: Lane, bar: Bar, across: Across, y: float) -> list[Rect]:
    x, end = across(bar.from_at), across(bar.until_at)
    if lane.kind is None:
        return [Rect(x, y, max(1.0, round(end - x, 1)), _BAR, "own" if bar.own else "other")]
    begin, back = across(bar.from_at - lane.preparation), across(bar.until_at + lane.preparation)
    return [Rect(begin, y + 1.5, max(1.0, round(back - begin, 1)), _BAR - 3, "use")]


def _bar_words(lane: Lane, bar: Bar, across: Across, y: float) -> list[Words]:
    if lane.kind is None:
        x, end, kind = across(bar.from_at), across(bar.until_at), "b onai" if bar.own else ""
        said = ["この講座", "講座"] if bar.own else [f"「{bar.title}」", "ほかの講座", "ほか"]
    else:
        x, end = across(bar.from_at - lane.preparation), across(bar.until_at + lane.preparation)
        kind = "b f-take"
        with_work = [f"この講座に{lane.quantity}台（準備をふくむ）"] if lane.preparation else []
        said = [*with_work, f"この講座に{lane.quantity}台", f"{lane.quantity}台"]
    words = next((one for one in said if width_of(one) + 12 <= end - x), None)
    return [Words(round((x + end) / 2, 1), y + 28, words, "middle", kind)] if words else []


def _free_words(lane: Lane, across: Across, y: float, right: float, advised: bool) -> list[Words]:
    """How many are free besides, to the right of what the course takes, or in the middle of an empty lane."""
    said = f"{_free(lane)}。{_ADVICE}" if _advised(lane, advised) else _free(lane)
    if not lane.bars:
        left = across(lane.windows[0].from_at)
        return [Words(round((left + right) / 2, 1), y + 28, said)]
    end = across(max(bar.until_at for bar in lane.bars) + lane.preparation)
    begin = across(min(bar.from_at for bar in lane.bars) - lane.preparation)
    left = across(lane.windows[0].from_at)
    if width_of(said) + 20 <= right - end:
        return [Words(end + 12, y + 28, said, "start")]
    if width_of(said) + 20 <= begin - left:
        return [Words(begin - 12, y + 28, said, "end")]
    return []


def _advised(lane: Lane, advised: bool) -> bool:
    return advised and lane.kind is PoolKind.ROUTER and not lane.bars


def _free(lane: Lane) -> str:
    free = min((window.free for window in lane.windows), default=0)
    more = "ほかに" if lane.bars and free > 0 else ""
    return f"{more}{free}台空き" if free > 0 else "空きなし"


def _said(lane: Lane) -> str:
    """What a lane shows, in a few words, for whoever cannot see it."""
    if lane.kind is None:
        own = next(bar for bar in lane.bars if bar.own)
        others = sum(not bar.own for bar in lane.bars)
        more = f"、ほかの講座が{others}つ" if others else ""
        return f"{lane.name}は{clock_time(own.from_at)}から{clock_time(own.until_at)}まで{more}"
    taken = f"この講座に{lane.quantity}台、" if lane.quantity else ""
    return f"{lane.name}は{taken}{_free(lane)}"


def _lines(lane: Lane) -> list[Line]:
    if lane.kind is None:
        bars = sorted(lane.bars, key=lambda bar: bar.from_at)
        return [
            Line(lane.name, _span(bar.from_at, bar.until_at), "この講座" if bar.own else f"「{bar.title}」")
            for bar in bars
        ]
    minutes = int(lane.preparation.total_seconds() // 60)
    work = f"（前後の準備{minutes}分をふくむ）" if minutes else ""
    taken = [
        Line(
            lane.name,
            _span(bar.from_at - lane.preparation, bar.until_at + lane.preparation),
            f"この講座に{lane.quantity}台{work}",
        )
        for bar in lane.bars[:1]
    ]
    free = [Line(lane.name, _span(one.from_at, one.until_at), _window(lane, one)) for one in lane.windows]
    return taken + free


def _window(lane: Lane, window: Window) -> str:
    if window.free <= 0:
        return "空きなし" if window.free == 0 else f"{-window.free}台足りません"
    return f"{'ほかに' if lane.bars else ''}{window.free}台空き"


def _span(from_at: datetime, until_at: datetime) -> str:
    until = "24:00" if clock_time(until_at) == "0:00" else clock_time(until_at)
    return f"{clock_time(from_at)}–{until}"
