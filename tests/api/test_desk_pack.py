"""The pack, what is still out, and the places, over JSON: their shape, and that asking again costs nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from inventory.packs import Pack
from inventory.remaining import Remaining
from tests.api.conftest import op
from tests.api.furnishing import EMAIL, PHONE, city, course, lend, made, stock, venue

DAY = {"on": "2999-05-20"}
GONE = {"on": "2020-05-20"}


def test_the_pack_has_what_was_promised_and_nobody_s_name(admin: TestClient, desk: TestClient) -> None:
    city(admin)
    answer = desk.get("/api/desk/pack", params=DAY | {"venue": "ohgo"})
    assert answer.status_code == 200
    pack = Pack.model_validate(answer.json())
    assert (pack.venue, pack.on.isoformat()) == ("ohgo", DAY["on"])
    assert [(one.asset_number, one.state) for one in pack.devices] == [
        ("MB-T-0001", "on_loan"),
        ("MB-T-0002", "on_loan"),
        ("MB-T-0003", "held"),
        ("MB-T-0004", "in_stock"),
    ]
    assert [one.title for one in pack.targets.courses] == ["スマホ入門"]
    assert [one.code for one in pack.cases] == ["BOX-A"]
    for word in (PHONE, EMAIL, "金井", "カナイ", "090-1111-2222", "R8-0000"):
        assert word not in answer.text


def test_a_pack_that_is_the_same_is_not_sent_again(
    admin: TestClient, desk: TestClient, at: Callable[[datetime], None]
) -> None:
    stock(admin, 1)
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    # The day is over, so the pack holds for twelve hours from now, to the full hour.
    at(hour + timedelta(minutes=1))
    first = desk.get("/api/desk/pack", params=GONE)
    known = {"If-None-Match": first.headers["etag"]}
    at(hour + timedelta(minutes=50))
    same = desk.get("/api/desk/pack", params=GONE, headers=known)
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", first.headers["etag"])
    made(admin, "/api/devices/MB-T-0001/holds", {"reason": "wipe"})
    other = desk.get("/api/desk/pack", params=GONE, headers=known)
    assert other.status_code == 200
    assert other.headers["etag"] != first.headers["etag"]


def test_without_a_day_the_pack_is_for_today_in_japan(desk: TestClient, at: Callable[[datetime], None]) -> None:
    at(datetime(2026, 11, 24, 15, 30, tzinfo=UTC))
    for params in ({}, {"venue": "", "on": ""}):
        pack = desk.get("/api/desk/pack", params=params).json()
        assert (pack["on"], pack["venue"]) == ("2026-11-25", None)


@pytest.mark.parametrize(("params", "status"), [({"venue": "nowhere"}, 404), ({"on": "someday"}, 422)])
def test_a_pack_for_no_hall_and_no_day_is_refused(desk: TestClient, params: dict[str, str], status: int) -> None:
    assert desk.get("/api/desk/pack", params=params).status_code == status


def test_several_desks_watch_one_course_run_empty(admin: TestClient, desk: TestClient, viewer: TestClient) -> None:
    first, second = stock(admin, 2)
    day = course(admin, venue(admin), "2999-05-20T10:00:00+09:00", "2999-05-20T12:00:00+09:00")
    scans = [
        {
            "op_id": f"scan-{at}",
            "seq": at,
            "act": "lend",
            "code": code,
            "target": {"course": day},
            "batch": "morning",
            "occurred_at": "2026-11-24T10:00:00+09:00",
            "clock_offset_ms": 0,
        }
        for at, code in enumerate((first, second), 1)
    ]
    sent = desk.post("/api/scans", json={"desk": "大胡1番", "items": scans})
    assert [one["outcome"] for one in sent.json()["results"]] == ["applied", "applied"]
    answer = viewer.get("/api/desk/remaining", params={"course": day})
    told = Remaining.model_validate(answer.json())
    assert [(one.asset_number, one.call_number, one.desk) for one in told.devices_out] == [
        (first, 1, "大胡1番"),
        (second, 2, "大胡1番"),
    ]
    known = {"If-None-Match": answer.headers["etag"]}
    assert viewer.get("/api/desk/remaining", params={"course": day}, headers=known).status_code == 304
    assert admin.post("/api/returns", json={"devices": [first]}, headers=op()).status_code == 200
    after = desk.get("/api/desk/remaining", params={"course": day}, headers=known)
    assert [one["asset_number"] for one in after.json()["devices_out"]] == [second]
    assert (after.json()["returned"], after.json()["lent"]) == (1, 2)


def test_what_is_left_is_asked_of_one_borrower(admin: TestClient, desk: TestClient) -> None:
    stock(admin, 1)
    number = lend(admin, "MB-T-0001")["number"]
    assert desk.get("/api/desk/remaining", params={"loan": number}).json()["lent"] == 1
    for params in ({}, {"loan": number, "venue": "ohgo"}, {"tray": "1"}):
        assert desk.get("/api/desk/remaining", params=params).status_code == 422
    assert desk.get("/api/desk/remaining", params={"loan": "R1-00001"}).status_code == 404


def test_places_are_those_in_use_and_the_halls(admin: TestClient, viewer: TestClient) -> None:
    venue(admin)
    made(admin, "/api/cases", {"code": "BOX-A", "name": "箱A", "place": "情報政策課 保管庫"})
    assert viewer.get("/api/places").json() == {
        "items": ["情報政策課 保管庫", "大胡公民館"],
        "next": None,
        "total": 2,
    }
