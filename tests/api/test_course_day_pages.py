"""The pages of a course's day: how many came, the sheet of seats, the packing list, and what is left afterwards."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from api.course_day import sheet_lines
from inventory.course_seats import SeatCard, Seats
from inventory.tables import PoolKind
from tests.api.conftest import op
from tests.api.furnishing import course, made, stock, venue

BEFORE = datetime(2026, 11, 24, 0, tzinfo=UTC)
AFTER = datetime(2026, 11, 24, 4, tzinfo=UTC)


@pytest.fixture
def day(admin: TestClient, at: Callable[[datetime], None]) -> str:
    stock(admin, 3, after_course="wipe")
    made_day = course(admin, venue(admin), "2026-11-24T10:00:00+09:00", "2026-11-24T12:00:00+09:00")
    at(AFTER)
    return made_day


def lend(client: TestClient, day: str, *devices: str) -> None:
    order = {"borrower": {"course": day}, "devices": list(devices), "due": {"on": "2026-11-24"}}
    made(client, "/api/loans", order)


def test_the_count_is_one_question_and_comes_back_filled(desk: TestClient, day: str) -> None:
    page = desk.get(f"/courses/{day}/count").text
    assert "何人が参加しましたか。" in page
    wrong = desk.post(
        f"/courses/{day}/count", data={"participants": "3", "participants_distinct": "4", "approx": "yes"}
    )
    assert wrong.status_code == 422
    assert 'value="3"' in wrong.text and 'value="4"' in wrong.text and 'href="#f-participants_distinct"' in wrong.text
    empty = desk.post(f"/courses/{day}/count", data={"participants": ""})
    assert empty.status_code == 422 and 'href="#f-participants"' in empty.text
    done = desk.post(f"/courses/{day}/count", data={"participants": "0", "approx": "yes", "note": "大雨"})
    assert (done.status_code, done.headers["location"]) == (303, f"/courses/{day}?done=counted")
    card = desk.get(f"/api/courses/{day}").json()
    assert (card["participants"], card["approx"], card["note"], card["state"]) == (0, True, "大雨", "held")
    again = desk.get(f"/courses/{day}/count").text
    assert 'value="0"' in again and "大雨" in again and "checked" in again
    # An empty note takes the note out; a box without its tick takes 「約」 out.
    desk.post(f"/courses/{day}/count", data={"participants": "2", "note": ""})
    card = desk.get(f"/api/courses/{day}").json()
    assert (card["participants"], card["approx"], card["note"]) == (2, False, None)


def test_before_it_begins_nobody_is_asked(desk: TestClient, day: str, at: Callable[[datetime], None]) -> None:
    at(BEFORE)
    page = desk.get(f"/courses/{day}/count").text
    assert "<form" not in page.split("<main")[1].split("</main>")[0]
    assert desk.post(f"/courses/{day}/count", data={"participants": "3"}).status_code == 422
    assert f"/courses/{day}/count" not in desk.get(f"/courses/{day}").text
    assert desk.get("/courses/99/count").status_code == 404


def test_who_has_not_counted_is_found_and_led_to_the_question(desk: TestClient, viewer: TestClient, day: str) -> None:
    assert f'href="/courses/{day}/count"' in desk.get("/courses/uncounted").text
    assert f'href="/courses/{day}/count"' in desk.get(f"/courses/{day}").text
    seen = viewer.get("/courses/uncounted").text
    assert f'href="/courses/{day}"' in seen and f'href="/courses/{day}/count"' not in seen
    desk.post(f"/courses/{day}/count", data={"participants": "3"})
    assert f'href="/courses/{day}' not in desk.get("/courses/uncounted").text
    assert "/courses/uncounted" in desk.get("/courses").text


def test_what_is_not_back_stands_there_with_what_to_do(desk: TestClient, day: str) -> None:
    assert "戻っていない端末" not in desk.get(f"/courses/{day}").text
    lend(desk, day, "MB-T-0001", "MB-T-0002")
    page = desk.get(f"/courses/{day}").text
    assert "戻っていない端末" in page
    assert "この講座の残り" not in page
    assert "/devices/MB-T-0001?stop=missing#stops" in page
    assert desk.post("/api/returns", json={"devices": ["MB-T-0001"]}, headers=op()).status_code == 200
    page = desk.get(f"/courses/{day}").text
    assert "/devices/MB-T-0001?stop=missing#stops" not in page
    assert "/devices/MB-T-0002?stop=missing#stops" in page


def test_what_came_back_leads_to_the_round_of_wiping(desk: TestClient, day: str) -> None:
    lend(desk, day, "MB-T-0001", "MB-T-0002")
    assert "/desk?act=wipe" not in desk.get(f"/courses/{day}").text
    desk.post("/api/returns", json={"devices": ["MB-T-0001"]}, headers=op())
    page = desk.get(f"/courses/{day}").text
    assert "/desk?act=wipe" in page and "/desk?act=inspect" not in page
    card = desk.get("/api/devices/MB-T-0001").json()
    [hold] = card["holds"]
    assert desk.post(f"/api/devices/MB-T-0001/holds/{hold['id']}/release", json={}).status_code == 200
    assert "/desk?act=wipe" not in desk.get(f"/courses/{day}").text


def test_the_sheets_are_there_before_anything_is_lent(viewer: TestClient, day: str) -> None:
    assert viewer.get(f"/courses/{day}/seats").status_code == 200
    assert viewer.get(f"/courses/{day}/checklist").status_code == 200
    for sheet in ("seats", "checklist"):
        assert viewer.get(f"/courses/99/{sheet}").status_code == 404


def seat(number: str, call: int, *, back: bool = False) -> SeatCard:
    return SeatCard(
        seat=number,
        asset_number=f"MB-S-{call:04d}",
        call_number=call,
        kind=PoolKind.SMARTPHONE,
        loan="R8-00001",
        lent_at=BEFORE,
        returned_at=AFTER if back else None,
        doubled=False,
    )


def test_the_sheet_of_seats_shows_the_whole_hall_and_each_seat_as_it_stands() -> None:
    def lines(capacity: int | None, *seats: SeatCard) -> list[tuple[str, list[int | None]]]:
        made_lines = sheet_lines(Seats(items=list(seats), unseated=0), capacity)
        return [(number, [one.call_number for one in sitting]) for number, sitting in made_lines]

    # A swap: the worn one came back, the fresh one sits there. All came back: the last one stands.
    swapped = (seat("1", 7, back=True), seat("1", 8))
    assert lines(3, *swapped, seat("2", 9, back=True)) == [("1", [8]), ("2", [9]), ("3", [])]
    assert lines(1, seat("1", 7), seat("1", 8), seat("3", 9)) == [("1", [7, 8]), ("2", []), ("3", [9])]
    assert [number for number, _ in lines(None)] == [str(number) for number in range(1, 16)]
    assert lines(9, seat("A-1", 7)) == [("A-1", [7])]
    # However a number is written, and whatever it is, what went out stands on the sheet.
    assert lines(2, seat("01", 7), seat("0", 8)) == [("0", [8]), ("1", [7]), ("2", [])]
    assert lines(2, seat("120", 7))[-2:] == [("99", []), ("120", [7])]
