"""The burn-up over JSON: the shape of the contract, and both clocks through the door."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from inventory.calendar import TOKYO
from inventory.database import Database, writing
from tests.inventory.test_wifi_burnup import FIRST, HISTORY, load, noon


@pytest.fixture
def rolled_out(database: Database, viewer: TestClient, at: Callable[[datetime], None]) -> TestClient:
    with writing(database) as session:
        load(session, HISTORY)
    at(datetime.combine(FIRST + timedelta(days=7), datetime.min.time(), TOKYO) + timedelta(hours=13))
    return viewer


def ask(client: TestClient, **query: str) -> dict[str, list[tuple[int, int]]]:
    answer = client.get("/api/wifi/burnup", params=query)
    assert answer.status_code == 200, answer.text
    return {
        name: [((date.fromisoformat(point["on"]) - FIRST).days, point["count"]) for point in line]
        for name, line in answer.json().items()
    }


SPAN = {"from": "2026-04-01", "until": "2026-04-08"}


def test_it_answers_the_four_lines_of_a_programme(rolled_out: TestClient) -> None:
    found = ask(rolled_out, **SPAN, programme="all")
    assert set(found) == {"baseline", "plan", "actual", "denominator"}
    assert found["actual"] == [(0, 0), (2, 1), (4, 2), (6, 1), (7, 1)]
    assert found["denominator"] == [(0, 2), (4, 3), (7, 3)]
    assert found == ask(rolled_out)
    assert ask(rolled_out, programme="-", **SPAN)["denominator"] == [(0, 3), (7, 3)]


def test_a_day_of_knowing_means_its_end_and_a_time_means_that_time(rolled_out: TestClient) -> None:
    by_day = ask(rolled_out, **SPAN, known_at="2026-04-04")
    assert by_day["actual"] == [(0, 0), (1, 1), (3, 1)]
    assert by_day == ask(rolled_out, **SPAN, known_at=noon(3).isoformat())
    # An hour before noon of that day nothing of that day was recorded; the third hall is not of the set yet.
    before = ask(rolled_out, **SPAN, known_at=(noon(1) - timedelta(hours=1)).isoformat())
    assert before["actual"] == [(0, 0), (1, 0)]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"from": "2026-04-08", "until": "2026-04-01"}, 422),
        ({"from": "1900-01-01"}, 422),
        ({"known_at": "yesterday"}, 422),
        ({"programme": "nowhere"}, 404),
    ],
)
def test_what_cannot_be_meant_is_refused(rolled_out: TestClient, query: dict[str, str], status: int) -> None:
    assert rolled_out.get("/api/wifi/burnup", params=query).status_code == status


def test_an_empty_city_has_flat_lines(viewer: TestClient) -> None:
    assert {count for line in ask(viewer).values() for _, count in line} == {0}
