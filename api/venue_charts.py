"""Charts of a venue's page as coordinates: what the server draws, so that they need no script and print as they stand.

Each is drawn twice, wide and for the phone, so that its text stays 16 px. Units are those of the drawing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from inventory.calendar import TOKYO

_SIZES = {"wide": (700, 300), "phone": (328, 260)}
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 12, 20, 40


@dataclass(frozen=True)
class Grid:
    """Lines across the drawing with their values, and where the drawing begins and ends."""

    width: int
    height: int
    left: int
    right: int
    base: int
    lines: list[tuple[float, str]]


@dataclass(frozen=True)
class Bars:
    """``bars``: x, y, width, height, and whether it is of the year before. ``labels``: x and month."""

    grid: Grid
    bars: list[tuple[float, float, float, float, bool]]
    labels: list[tuple[float, str]]


@dataclass(frozen=True)
class Lines:
    """``down`` and ``up`` are points of a measurement; the paths lead through them. ``labels``: x, day and anchor."""

    grid: Grid
    down: list[tuple[float, float]]
    up: list[tuple[float, float]]
    down_path: str
    up_path: str
    labels: list[tuple[float, str, str]]


def month_bars(months: Sequence[tuple[date, int | None, int | None]]) -> dict[str, Bars]:
    """Counts of months, each with that of the year before: month, count, count of the year before."""
    top = _top(max([count or 0 for _, *both in months for count in both], default=0))
    found = {}
    for size in _SIZES:
        grid = _grid(size, top)
        step = (grid.right - grid.left) / max(1, len(months))
        bar = step * 0.36
        bars, labels = [], []
        for place, (month, count, before) in enumerate(months):
            middle = grid.left + step * (place + 0.5)
            for value, x, past in ((before, middle - bar - 1, True), (count, middle + 1, False)):
                if value is not None:
                    y = _y(grid, value, top)
                    bars.append((round(x, 1), y, round(bar, 1), round(grid.base - y, 1), past))
            if size == "wide" or place % 3 == 0:
                labels.append((round(middle, 1), f"{month.month}月"))
        found[size] = Bars(grid, bars, labels)
    return found


def speed_lines(tests: Sequence[tuple[datetime, float, float, str | None]]) -> dict[str, Lines]:
    """Measurements, the oldest first: when, Mbit/s down, Mbit/s up, and the room. A line joins those of one room."""
    top = _top(max(max(test[1], test[2]) for test in tests))
    rooms = [test[3] for test in tests]
    first, last = tests[0][0], tests[-1][0]
    whole = max(1.0, (last - first).total_seconds())
    found = {}
    for size in _SIZES:
        grid = _grid(size, top)
        reach = grid.right - grid.left - 16
        places = [grid.left + 8 + reach * (at - first).total_seconds() / whole for at, *_ in tests]
        down = [(round(x, 1), _y(grid, test[1], top)) for x, test in zip(places, tests, strict=True)]
        up = [(round(x, 1), _y(grid, test[2], top)) for x, test in zip(places, tests, strict=True)]
        labels = [(float(grid.left), _day(first), "start"), (float(grid.right), _day(last), "end")]
        found[size] = Lines(grid, down, up, _paths(down, rooms), _paths(up, rooms), labels)
    return found


def _day(moment: datetime) -> str:
    local = moment.astimezone(TOKYO)
    return f"{local.year}年{local.month}月{local.day}日"


def _paths(points: Sequence[tuple[float, float]], rooms: Sequence[str | None]) -> str:
    of_room: dict[str | None, list[str]] = {}
    for (x, y), room in zip(points, rooms, strict=True):
        of_room.setdefault(room, []).append(f"{x} {y}")
    return "".join("M" + "L".join(places) for places in of_room.values())


def _grid(size: str, top: float) -> Grid:
    width, height = _SIZES[size]
    base = height - _BOTTOM
    lines = [(round(base - (base - _TOP) * part / 4, 1), _figure(top * part / 4)) for part in (0, 2, 4)]
    return Grid(width, height, _LEFT, width - _RIGHT, base, lines)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value.is_integer() else f"{value:g}"


def _y(grid: Grid, value: float, top: float) -> float:
    return round(grid.base - (grid.base - _TOP) * value / top, 1)


def _top(largest: float) -> float:
    """The round figure at or above the largest value, of which a half is round as well."""
    if largest <= 0:
        return 10.0
    power = 10.0 ** math.floor(math.log10(largest))
    return next(step * power for step in (1.0, 2.0, 4.0, 6.0, 8.0, 10.0) if step * power >= largest)
