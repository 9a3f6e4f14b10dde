"""The costs of fiscal years as bars: what was paid on contracts, then what lines cost. A table has the numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.burnup_svg import Key, Text, width_of
from inventory.calendar import fiscal_year_name
from inventory.wifi_costs import YearCost

# Of many fiscal years the newest are drawn.
_MOST = 12
_ROW, _THICK = 48, 28


@dataclass(frozen=True, slots=True)
class Bar:
    """Of a row at ``y``: where its two parts begin and how wide they are."""

    y: float
    year: Text
    paid: tuple[float, float]
    lines: tuple[float, float]
    total: Text


@dataclass(frozen=True, slots=True)
class Bars:
    width: int
    height: int
    thick: int
    left: float
    keys: list[Key]
    bars: list[Bar]


def draw_costs(years: Sequence[YearCost], width: int) -> Bars:
    """A row a year, the oldest first, in the units of an SVG view box of this width."""
    shown = years[-_MOST:]
    names = [fiscal_year_name(year.fiscal_year) for year in shown]
    left = max((width_of(name) for name in names), default=0) + 12
    room = width - left - max((width_of(yen_short(year.total_yen)) for year in shown), default=0) - 14
    most = max((year.total_yen for year in shown), default=0) or 1
    bars = []
    for at, (year, name) in enumerate(zip(shown, names, strict=True)):
        y = 40.0 + at * _ROW
        paid, lines = (round(room * part / most, 1) for part in (year.executed_yen, year.lines_yen))
        end = left + paid + lines
        bars.append(
            Bar(
                y,
                Text(left - 12, y + 20, name, "end"),
                (left, paid),
                (left + paid, lines),
                Text(end + 10, y + 20, yen_short(year.total_yen), "start"),
            )
        )
    keys = []
    x = 0.0
    for kind, words in (("paid", "契約（執行済）"), ("lines", "回線")):
        keys.append(Key(kind, x, x + 28, 4, Text(x + 38, 20, words, "start")))
        x += 38 + width_of(words) + 22
    return Bars(width, 40 + len(bars) * _ROW, _THICK, left, keys, bars)


def yen_short(amount: int) -> str:
    """An amount for a picture: 1,234万円; under a 万円 in full."""
    return f"{round(amount / 10_000):,}万円" if amount >= 10_000 else f"{amount:,}円"
