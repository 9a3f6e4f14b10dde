"""Coordinates on paper without any network: a projection, a square of a round length, and names that do not collide.

Pure. The projection is equirectangular with the middle latitude true (a degree of longitude shrinks by its cosine):
over a city, even over a prefecture, it errs by less than a dot is wide. A degree of latitude is 110.95 km and one of
longitude at the equator 111.32 km (GRS 80, JGD2011, at 36 degrees north).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, cos, floor, radians

KM_A_DEGREE_NORTH = 110.95
KM_A_DEGREE_EAST = 111.32
# Kilometres: what a square may measure, and what a map covers at least, so that one hall is no infinite close-up.
SQUARES = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200)
LEAST = 1.0


@dataclass(frozen=True, slots=True)
class Sheet:
    """A map on paper, in pixels: ``width`` is given, ``height`` follows from what is on it.

    ``dots`` are (x, y) in the order of the points; ``columns`` and ``rows`` are where the squares' lines stand, which
    are ``square`` pixels or ``square_km`` apart.
    """

    width: int
    height: int
    dots: list[tuple[float, float]]
    columns: list[float]
    rows: list[float]
    square: float
    square_km: float


def project(points: Sequence[tuple[float, float]], *, width: int, tallest: int, margin: int, square_of: int) -> Sheet:
    """Points (latitude, longitude) in degrees on a sheet; north is up. ``square_of``: the least square, in pixels.

    No points give an empty sheet of the least size.
    """
    south = min((point[0] for point in points), default=0.0)
    north = max((point[0] for point in points), default=0.0)
    west = min((point[1] for point in points), default=0.0)
    east = max((point[1] for point in points), default=0.0)
    east_km = KM_A_DEGREE_EAST * cos(radians((south + north) / 2))
    across, up = (east - west) * east_km, (north - south) * KM_A_DEGREE_NORTH
    inner, high = width - 2 * margin, tallest - 2 * margin
    scale = min(inner / max(across, LEAST), high / max(up, LEAST))
    height = round(max(up, LEAST) * scale) + 2 * margin
    left, top = (width - across * scale) / 2, (height - up * scale) / 2
    dots = [
        (left + (longitude - west) * east_km * scale, top + (north - latitude) * KM_A_DEGREE_NORTH * scale)
        for latitude, longitude in points
    ]
    square_km = next((km for km in SQUARES if km * scale >= square_of), SQUARES[-1])
    square = square_km * scale
    # The lines run through the middle of the sheet, so that they do not crowd one edge.
    return Sheet(width, height, dots, _lines(width, square), _lines(height, square), square, square_km)


def _lines(length: int, square: float) -> list[float]:
    middle = length / 2
    return [middle + at * square for at in range(ceil(-middle / square), floor(middle / square) + 1)]


@dataclass(frozen=True, slots=True)
class Label:
    """``x`` and ``y`` are the foot of the text; ``anchor`` is start, middle or end, as SVG has it."""

    dot: int
    x: float
    y: float
    anchor: str


Box = tuple[float, float, float, float]
# Pixels of the cells in which boxes are looked up; wider than most labels are high.
_CELL = 40


def label_places(sheet: Sheet, texts: Iterable[tuple[int, str]], *, radius: float, size: int = 16) -> list[Label]:
    """Where the names of dots stand: beside, below, above, wherever nothing is yet; none where all is full.

    ``texts`` are (number of the dot, its text), the most important first; ``radius`` is that of a dot.
    """
    full: dict[tuple[int, int], list[Box]] = {}
    near: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for x, y in sheet.dots:
        near.setdefault((int(x // _CELL), int(y // _CELL)), []).append((x, y))
    placed = []
    for dot, text in texts:
        long = text_width(text, size)
        x, y = sheet.dots[dot]
        gap = radius + size * 0.4
        for anchor, at, foot in (
            ("start", x + gap, y + size * 0.36),
            ("end", x - gap, y + size * 0.36),
            ("middle", x, y + radius + size * 1.05),
            ("middle", x, y - radius - size * 0.35),
            ("start", x + radius * 0.5, y + radius + size),
            ("start", x + radius * 0.5, y - radius - size * 0.2),
            ("end", x - radius * 0.5, y + radius + size),
            ("end", x - radius * 0.5, y - radius - size * 0.2),
        ):
            left = at - {"start": 0, "middle": long / 2, "end": long}[anchor]
            box = (left, foot - size * 0.85, left + long, foot + size * 0.2)
            if left < 2 or left + long > sheet.width - 2 or box[1] < 2 or box[3] > sheet.height - 2:
                continue
            if not _touches(full, box) and not _covers(near, box, radius):
                _put(full, box)
                placed.append(Label(dot, at, foot, anchor))
                break
    return placed


def text_width(text: str, size: int) -> float:
    """About how wide a text of BIZ UDPGothic is, in pixels; its Latin letters and digits take half a kana."""
    return sum(size * (0.6 if character.isascii() else 1.02) for character in text)


def _cells(box: Box) -> Iterable[tuple[int, int]]:
    for column in range(int(box[0] // _CELL), int(box[2] // _CELL) + 1):
        for row in range(int(box[1] // _CELL), int(box[3] // _CELL) + 1):
            yield column, row


def _put(full: dict[tuple[int, int], list[Box]], box: Box) -> None:
    for cell in _cells(box):
        full.setdefault(cell, []).append(box)


def _touches(full: dict[tuple[int, int], list[Box]], box: Box) -> bool:
    return any(
        box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]
        for cell in _cells(box)
        for other in full.get(cell, ())
    )


def _covers(near: dict[tuple[int, int], list[tuple[float, float]]], box: Box, radius: float) -> bool:
    """Whether a box lies on a dot."""
    left, top, right, bottom = box[0] - radius, box[1] - radius, box[2] + radius, box[3] + radius
    return any(
        left < x < right and top < y < bottom
        for cell in _cells((left, top, right, bottom))
        for x, y in near.get(cell, ())
    )
