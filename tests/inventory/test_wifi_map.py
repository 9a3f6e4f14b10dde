"""Projection and names of the map: true distances, north up, everything on the sheet, nothing on top of each other."""

from math import hypot, isclose

from hypothesis import given
from hypothesis import strategies as st

from inventory.wifi_map import SQUARES, Sheet, label_places, project, text_width

# 前橋公園 and 大胡駅: 9.46 km apart on the ellipsoid (GRS 80, Vincenty).
PARK, STATION = (36.3953, 139.0611), (36.4133, 139.1642)
POINTS = st.lists(st.tuples(st.floats(30, 45), st.floats(129, 145)), max_size=40)
CITY = st.lists(st.tuples(st.floats(36.3, 36.5), st.floats(139.0, 139.3)), max_size=40)


def sheet(points: list[tuple[float, float]]) -> Sheet:
    return project(points, width=736, tallest=546, margin=52, square_of=90)


def test_a_square_measures_what_it_says() -> None:
    found = sheet([PARK, STATION])
    (left, low), (right, high) = found.dots
    assert left < right and high < low
    apart = hypot(right - left, low - high) / found.square * found.square_km
    assert isclose(apart, 9.46, rel_tol=0.005)
    assert found.square_km in SQUARES and found.square >= 90


@given(POINTS | CITY)
def test_every_point_is_on_the_sheet_with_north_up(points: list[tuple[float, float]]) -> None:
    found = sheet(points)
    assert len(found.dots) == len(points) and found.height <= 546
    for x, y in found.dots:
        assert 51 <= x <= 736 - 51 and 51 <= y <= found.height - 51
    for (north, east), (x, y) in zip(points, found.dots, strict=True):
        assert (north <= points[0][0] or y <= found.dots[0][1] + 1e-6) and (
            east <= points[0][1] or x >= found.dots[0][0] - 1e-6
        )
    assert all(0 <= x <= found.width for x in found.columns) and all(0 <= y <= found.height for y in found.rows)


def test_a_single_hall_stands_in_the_middle() -> None:
    assert sheet([PARK]).dots == [(368.0, sheet([PARK]).height / 2)]
    assert sheet([]).dots == []


@given(CITY, st.integers(0, 8))
def test_no_name_lies_on_another_or_on_a_dot(points: list[tuple[float, float]], length: int) -> None:
    found = sheet(points)
    texts = [(number, "大胡公民館前橋" + "あ" * length) for number in range(len(points))]
    placed = label_places(found, texts, radius=14)
    boxes = []
    for label in placed:
        long = text_width(texts[label.dot][1], 16)
        left = label.x - {"start": 0, "middle": long / 2, "end": long}[label.anchor]
        boxes.append((left, label.y - 13, left + long, label.y + 3))
    for at, box in enumerate(boxes):
        assert 0 <= box[0] and box[2] <= found.width and 0 <= box[1] and box[3] <= found.height
        assert not any(_touch(box, other) for other in boxes[at + 1 :])
        assert not any(_touch(box, (x - 14, y - 14, x + 14, y + 14)) for x, y in found.dots)


def test_the_first_name_is_placed_first() -> None:
    # Two dots on one spot: there is room for both names, and the first stands where a name stands best.
    found = sheet([PARK, PARK, STATION])
    placed = label_places(found, [(1, "大胡"), (0, "宮城")], radius=14)
    assert [(label.dot, label.anchor) for label in placed] == [(1, "start"), (0, "middle")]


def _touch(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
