"""The burn-up as a drawing: step lines over days, in the units of an SVG view box, for a given width.

Every number of it stands in a table beside it. The key stands above the lines, where it never covers one, and names
each line by its dash and its word.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from inventory.calendar import era_of
from inventory.wifi_burnup import Point, Rollout, count_on

# Font size 16: a kana or kanji is as wide, a digit a little more than half of that.
_WIDE, _NARROW = 16.0, 9.5
_SAMPLE, _GAP, _ROW = 40, 22, 28
# Months between two labels of the time axis, the first that leaves room enough.
_MONTHS = (1, 2, 3, 6, 12, 24, 36, 60, 120, 240)
_ROOM = 104
_STEPS = (1, 2, 4, 5, 10, 20, 25, 40, 50, 100, 200, 250, 400, 500, 1000, 2000, 2500, 5000, 10000, 20000)


@dataclass(frozen=True, slots=True)
class Text:
    """``anchor`` is start, middle or end."""

    x: float
    y: float
    words: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Key:
    """A sample of a line from ``x`` to ``x2`` at the height ``y``, and its words at ``text``."""

    name: str
    x: float
    x2: float
    y: float
    text: Text


@dataclass(frozen=True, slots=True)
class Chart:
    """Paths are ``d`` attributes; ``ticks`` stand below the axis at ``bottom``."""

    width: int
    height: int
    left: float
    right: float
    top: float
    bottom: float
    rules: list[Text]
    ticks: list[Text]
    marks: list[float]
    paths: dict[str, str]
    area: str
    keys: list[Key]
    now: Text | None
    dot: tuple[float, float] | None


def width_of(words: str) -> float:
    """How wide a text is, roughly, in units of the view box."""
    return sum(_NARROW if character.isascii() else _WIDE for character in words)


def draw(found: Rollout, words: dict[str, str], *, width: int, height: int, now: str) -> Chart:
    """``words`` are the words of each line in the key, ``now`` those at the day up to which ``actual`` goes."""
    keys, below = _keys(words, width)
    most = max((point.count for line in _lines(found).values() for point in line), default=0)
    step = next((step for step in _STEPS if most <= 5 * step), _STEPS[-1])
    high = max(step, -(-most // step) * step)
    left = width_of(f"{high:,}") + 14
    right, top, bottom = width - 12.0, below + 30.0, below + height - 44.0
    days = max(1, (found.until - found.since).days)

    since, wide = found.since.toordinal(), 2 * (right - left) / days

    def across(day: date) -> float:
        return round((left + (right - left) * (day - found.since).days / days) * 2) / 2

    def up(count: int) -> float:
        return round(bottom - (bottom - top) * count / high, 1)

    def path(line: Sequence[Point]) -> str:
        """Of several changes within half a unit only the last is drawn, so the path stays short however long it is."""
        drawn: list[tuple[int, int]] = []
        for point in line:
            # In half units, and heights are worked out for what is drawn alone: a long line has a point a day.
            at = int((point.on.toordinal() - since) * wide + 0.5)
            if drawn and drawn[-1][0] == at:
                drawn.pop()
            drawn.append((at, point.count))
        steps = [(left + at / 2, up(count)) for at, count in drawn]
        return "".join(f"M{x:g} {y:g}" if at == 0 else f"H{x:g}V{y:g}" for at, (x, y) in enumerate(steps))

    paths = {name: path(line) for name, line in _lines(found).items() if line}
    actual = found.lines.actual
    dot = (across(found.last), up(count_on(actual, found.last))) if actual else None
    area = f"{paths['actual']}V{bottom:g}H{left:g}z" if actual else ""
    shown = None
    if dot and found.last < found.until:
        room = dot[0] - left > width_of(now) + 8
        shown = Text(dot[0] + (-8 if room else 8), top - 8, now, "end" if room else "start")
    ticks, marks = _ticks(found, across, right, bottom + 30)
    return Chart(
        width,
        round(bottom + 44),
        left,
        right,
        top,
        bottom,
        [Text(left - 8, up(count) + 6, f"{count:,}", "end") for count in range(0, high + 1, step)],
        ticks,
        marks,
        paths,
        area,
        keys,
        shown,
        dot,
    )


def _lines(found: Rollout) -> dict[str, list[Point]]:
    lines = found.lines
    return {"denominator": lines.denominator, "baseline": lines.baseline, "plan": lines.plan, "actual": lines.actual}


def _keys(words: dict[str, str], width: int) -> tuple[list[Key], float]:
    """The key, in as many rows as it needs, and the height at which it ends."""
    found: list[Key] = []
    x, y = 0.0, 14.0
    for name, text in words.items():
        needed = _SAMPLE + 8 + width_of(text)
        if x and x + needed > width:
            x, y = 0.0, y + _ROW
        found.append(Key(name, x + 2, x + _SAMPLE - 2, y, Text(x + _SAMPLE + 8, y + 6, text, "start")))
        x += needed + _GAP
    return found, y + 10


def _ticks(found: Rollout, across: Callable[[date], float], right: float, y: float) -> tuple[list[Text], list[float]]:
    """Labels at first days of months, told by fiscal years; the first names its era."""
    first = found.since.year * 12 + found.since.month - 1 + (found.since.day > 1)
    last = found.until.year * 12 + found.until.month - 1
    per_month = (right - across(found.since)) / max(1, last - first)
    step = next((step for step in _MONTHS if step * per_month >= _ROOM), _MONTHS[-1])
    ticks: list[Text] = []
    marks: list[float] = []
    edge = 0.0
    for month in range(first, last + 1):
        # Counted from April, so that a label stands where a fiscal year begins.
        if (month - 3) % step:
            continue
        day = date(month // 12, month % 12 + 1, 1)
        words = _month(day, era=not ticks)
        x, wide = across(day), width_of(words)
        anchor = "start" if x - wide / 2 < 0 else "end" if x + wide / 2 > right + 12 else "middle"
        begins = x - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
        marks.append(x)
        if begins >= edge:
            ticks.append(Text(x, y, words, anchor))
            edge = begins + wide + 12
    return ticks, marks


def _month(day: date, *, era: bool) -> str:
    """令和7年4月 at first, then 8年4月 where a year begins and 10月 within it."""
    of = era_of(day)
    year = day.year - of.first_year + 1
    if era or year == 1:
        return f"{of.name}{'元' if year == 1 else year}年{day.month}月"
    return f"{year}年{day.month}月" if day.month in (1, 4) else f"{day.month}月"
