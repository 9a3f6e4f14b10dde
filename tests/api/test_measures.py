"""Closed days, speed tests, outages, drills and use counts of a venue, through the doors."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.conftest import op
from tests.api.furnishing import made, trouble, venue

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)


@pytest.fixture
def it(sign_in: Callable[[str], TestClient], admin: TestClient, at: Callable[[datetime], None]) -> TestClient:
    at(NOW)
    venue(admin)
    return sign_in("it")


def test_each_measure_is_written_once_and_read_back(it: TestClient, viewer: TestClient) -> None:
    orders: dict[str, dict[str, Any]] = {
        "closures": {"from": "2026-12-01", "until": "2026-12-02", "reason": "選挙"},
        "speed-tests": {"measured_at": "2026-11-24T10:00:00+09:00", "down_mbps": 88.5, "up_mbps": 40},
        "outages": {"began_at": "2026-11-24T09:00:00+09:00", "note": "親機"},
        "usage": {"month": "2026-10", "count": 120},
        "drills": {"held_on": "2026-09-01"},
    }
    for name, order in orders.items():
        key = op()
        first = it.post(f"/api/venues/ohgo/{name}", json=order, headers=key)
        again = it.post(f"/api/venues/ohgo/{name}", json=order, headers=key)
        assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json()), name
        assert again.headers["idempotent-replayed"] == "true"
        assert viewer.post(f"/api/venues/ohgo/{name}", json=order, headers=op()).status_code == 403
        assert it.post(f"/api/venues/nowhere/{name}", json=order, headers=op()).json()["code"] == "not-found"
    closure = viewer.get("/api/venues/ohgo/closures").json()["items"][0]
    assert (closure["from"], closure["until"], closure["reason"]) == ("2026-12-01", "2026-12-02", "選挙")
    speeds = viewer.get("/api/venues/ohgo/speed-tests").json()
    assert (speeds["median_down_mbps"], speeds["items"][0]["room"]) == (88.5, None)
    outages = viewer.get("/api/venues/ohgo/outages").json()
    assert (outages["down_minutes"], outages["items"][0]["note"]) == (180, "親機")
    assert viewer.get("/api/venues/ohgo/usage").json()["items"][0]["month"] == "2026-10"
    assert viewer.get("/api/wifi/usage").json()["rows"][0]["months"][6] == 120
    assert viewer.get("/api/venues/ohgo/disaster").json()["days_ago"] == 84
    for name in ("closures", "speed-tests", "drills"):
        path = f"/api/venues/ohgo/{name}/1/take-back"
        assert it.post(path, headers=op()).json()["taken_back"] is True, name
    assert viewer.get("/api/venues/ohgo/speed-tests").json()["items"] == []
    page = viewer.get("/venues/ohgo")
    assert page.status_code == 200 and "障害" in page.text


def test_a_report_leads_to_an_outage_that_outlives_it(it: TestClient, sign_in: Callable[[str], TestClient]) -> None:
    tag = it.post("/api/venues/ohgo/tag", headers=op()).json()["tag"]
    trouble(it, tag, category="network")
    assert "/venues/ohgo/outages?issue=1" in it.get("/issues/1").text
    form = {"on": "2026-11-24", "time": "11:30", "issue": "1", "from_issue": "1", "note": "ロビー"}
    begun = it.post("/venues/ohgo/outages", data=form)
    assert begun.headers["location"] == "/issues/1?done=outage-begun"
    (outage,) = it.get("/api/venues/ohgo/outages").json()["items"]
    assert (outage["issue"], outage["began_at"], outage["issue_resolved"]) == ("1", "2026-11-24T02:30:00Z", False)
    other = venue(it, "miyagi")
    wrong = {"began_at": "2026-11-24T11:00:00+09:00", "issue": "1"}
    assert it.post(f"/api/venues/{other}/outages", json=wrong, headers=op()).status_code == 422
    again = it.post("/api/venues/ohgo/outages", json=wrong, headers=op())
    assert (again.status_code, again.json()["code"]) == (409, "refused")
    done = it.post(
        "/api/issues/1/messages", json={"channel": "message", "text": "直りました", "state": "resolved"}, headers=op()
    )
    assert done.status_code == 201
    (outage,) = it.get("/api/venues/ohgo/outages").json()["items"]
    assert (outage["issue_resolved"], outage["ended_at"]) == (True, None)
    over = it.post("/venues/ohgo/outages/1/end", data={"on": "2026-11-24", "time": "１２：００", "from_issue": ""})
    assert over.headers["location"] == "/venues/ohgo/outages?done=outage-over"
    assert it.get("/api/venues/ohgo/outages").json()["items"][0]["minutes"] == 30
    assert sign_in("desk").get("/issues/1").status_code == 200


@pytest.mark.parametrize(
    ("path", "form", "field"),
    [
        ("closures", {"from": "", "reason": "床の張りかえ"}, "from"),
        ("closures", {"from": "2026-12-02", "until": "2026-12-01", "reason": "床の張りかえ"}, ""),
        ("outages", {"on": "2026-11-25", "time": "10:00", "note": "床の張りかえ"}, "on"),
        ("outages", {"on": "", "time": "", "note": "床の張りかえ"}, "on"),
        ("outages", {"on": "2026-11-20", "time": "10:00", "end_time": "9:00", "note": "床の張りかえ"}, "end_on"),
        (
            "outages",
            {"on": "2026-11-20", "time": "10:00", "end_on": "2026-11-20", "end_time": "09:00", "note": "床の張りかえ"},
            "end_on",
        ),
        ("speed/new", {"on": "2026-11-24", "time": "10:00", "up_mbps": "2", "note": "床の張りかえ"}, "down_mbps"),
        (
            "speed/new",
            {"on": "2026-11-25", "time": "10:00", "down_mbps": "1", "up_mbps": "2", "note": "床の張りかえ"},
            "on",
        ),
        ("drills", {"held_on": "2026-11-25", "note": "床の張りかえ"}, "held_on"),
    ],
)
def test_a_form_that_cannot_be_comes_back_filled(it: TestClient, path: str, form: dict[str, str], field: str) -> None:
    answer = it.post(f"/venues/ohgo/{path}", data=form)
    assert answer.status_code == 422
    assert "床の張りかえ" in answer.text
    assert 'id="wrong"' in answer.text and (not field or f'id="f-{field}-wrong"' in answer.text)
    assert it.get("/api/venues/ohgo/closures").json()["total"] == 0
    assert it.get("/api/venues/ohgo/speed-tests").json()["total"] == 0


def test_a_run_of_closed_days_is_told_to_its_end(it: TestClient) -> None:
    made(it, "/api/venues/ohgo/closures", {"from": "2026-12-28", "until": "2027-01-05", "reason": "改修"})
    page = it.get("/venues/ohgo/closures").text
    coming = page.partition('id="spans-h"')[2]
    # Five weeks end on 29 December: a run that goes on then is not over on that day.
    assert "12月28日（月）" in coming and "1月5日（火）まで" in coming and "12月29日（火）まで" not in coming


def test_a_plan_for_a_disaster_stands_on_the_wall(it: TestClient, viewer: TestClient) -> None:
    bare = it.put("/api/venues/ohgo/disaster", json={"disaster_open": True}, headers=op() | {"If-Match": '"1"'})
    assert bare.json()["errors"][0]["field"] == "disaster_procedure"
    how = {"disaster_open": "yes", "disaster_procedure": "赤いスイッチを入れる", "if_match": "1"}
    assert (
        it.post("/venues/ohgo/disaster", data=how).headers["location"] == "/venues/ohgo/disaster?done=disaster-planned"
    )
    assert it.post("/venues/ohgo/disaster", data=how).status_code == 412
    (hall,) = viewer.get("/api/wifi/disaster").json()["items"]
    assert (hall["code"], hall["stale"], hall["disaster_procedure"]) == ("ohgo", True, "赤いスイッチを入れる")
    assert "赤いスイッチを入れる" in viewer.get("/wifi/disaster").text
    assert it.post("/venues/ohgo/drills", data={"held_on": "2026-11-20"}).status_code == 303
    assert viewer.get("/api/wifi/disaster").json()["items"][0]["stale"] is False
    # A box that is not ticked closes it again; the words stay for the next time.
    closed = {"disaster_procedure": "赤いスイッチを入れる", "if_match": "2"}
    assert it.post("/venues/ohgo/disaster", data=closed).status_code == 303
    assert viewer.get("/api/venues/ohgo/disaster").json()["disaster_open"] is False


def test_the_form_for_speed_knows_the_room_it_was_opened_for(it: TestClient) -> None:
    room = made(it, "/api/venues/ohgo/rooms", {"name": "ホール"})["id"]
    page = it.get(f"/venues/ohgo/speed/new?room={room}")
    assert f'<option value="{room}" selected>' in page.text
    form = {"on": "2026-11-24", "time": "10:00", "down_mbps": "８８．５", "up_mbps": "40", "room": room}
    assert it.post("/venues/ohgo/speed/new", data=form).headers["location"] == "/venues/ohgo/speed/new?done=speed-added"
    (test,) = it.get("/api/venues/ohgo/speed-tests").json()["items"]
    assert (test["room_name"], test["down_mbps"]) == ("ホール", 88.5)
    assert it.post("/venues/ohgo/speed/1/take-back", data={}).status_code == 303
    exported = it.get("/api/exports/speed_tests.csv")
    assert exported.status_code == 200 and exported.text.count("\n") == 1
