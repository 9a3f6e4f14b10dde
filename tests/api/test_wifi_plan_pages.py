"""Plans, slips, what is next and programmes on screen: what a press writes, and forms that come back filled."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from fastapi.testclient import TestClient

from inventory.calendar import TOKYO
from inventory.database import Database
from tests.api.conftest import head_of
from tests.api.furnishing import made, venue

NOW = datetime(2026, 11, 24, 10, tzinfo=TOKYO)
WHY = {"reason": "共架の返事がまだ", "cause": "pole_wait"}
FORM = {"Accept": "text/html"}


@pytest.fixture
def halls(admin: TestClient, at: Callable[[datetime], None]) -> list[str]:
    at(NOW)
    return [venue(admin, code) for code in ("K01", "K02")]


def planned(client: TestClient, code: str) -> dict[str, str | None]:
    """The newest planned day of each stage."""
    items = client.get(f"/api/venues/{code}/wifi/plans").json()["items"]
    return {one["stage"]: one["planned_on"] for one in reversed(items)}


def test_days_are_written_for_one_venue(admin: TestClient, halls: list[str]) -> None:
    page = admin.get("/wifi/plans/new?venue=K01")
    assert page.status_code == 200
    assert 'value="2026-11-24"' in page.text
    form = {"venues": "K01", "how": "days", "days.activation": "2026-12-14", "days.in_service": "2026-12-21"}
    sent = admin.post("/wifi/plans/new", data=form)
    assert (sent.status_code, sent.headers["location"]) == (303, "/venues/K01?done=wifi-plans")
    assert planned(admin, "K01") == {"activation": "2026-12-14", "in_service": "2026-12-21"}
    assert 'value="2026-12-14"' in admin.get("/wifi/plans/new?venue=K01").text


def test_a_day_that_was_emptied_is_taken_back_for_one_venue_alone(admin: TestClient, halls: list[str]) -> None:
    days = {"activation": "2026-12-14", "in_service": "2026-12-21"}
    made(admin, "/api/wifi/plans", {"venues": halls, "days": days})
    form = {"how": "days", "days.activation": "2026-12-14", "days.in_service": "", **WHY}
    assert admin.post("/wifi/plans/new", data=form | {"venues": halls, "offered": halls}).status_code == 422
    sent = admin.post("/wifi/plans/new", data=form | {"venues": "K01", "offered": "K01", "alone": "yes"})
    assert sent.status_code == 303
    assert planned(admin, "K01") == {"activation": "2026-12-14", "in_service": None}
    assert planned(admin, "K02") == days


def test_days_are_moved_for_many_venues(admin: TestClient, halls: list[str]) -> None:
    days = {"activation": "2026-12-14", "in_service": "2026-12-21"}
    made(admin, "/api/wifi/plans", {"venues": halls, "days": days})
    form = {"how": "shift", "stage": "activation", "shift_days": "14", "following": "yes", "offered": halls, **WHY}
    sent = admin.post("/wifi/plans/new", data=form | {"venues": halls})
    assert (sent.status_code, sent.headers["location"]) == (303, "/wifi?done=wifi-plans")
    assert planned(admin, "K02") == {"activation": "2026-12-28", "in_service": "2027-01-04"}


def test_a_form_that_cannot_be_comes_back_filled(admin: TestClient, halls: list[str], database: Database) -> None:
    made(admin, "/api/wifi/plans", {"venues": halls, "days": {"activation": "2026-12-14"}})
    before = head_of(database)
    form = {"how": "shift", "stage": "activation", "shift_days": "14", "offered": halls, "reason": "返事がまだ"}
    sent = admin.post("/wifi/plans/new", data=form | {"venues": ["K02"]})
    assert sent.status_code == 422
    assert 'href="#f-cause"' in sent.text
    assert "返事がまだ" in sent.text
    assert re.search(r'value="K02" checked', sent.text)
    assert not re.search(r'value="K01" checked', sent.text)
    for wrong, field in (
        ({"venues": []}, "venues"),
        ({"how": "days", "days.survey": "あした"}, "days.survey"),
        ({"how": "days"}, "planned_on"),
        ({"how": "days", "days.in_service": "2026-12-01"}, "days"),
    ):
        sent = admin.post("/wifi/plans/new", data=form | {"venues": halls, **WHY} | wrong)
        assert sent.status_code == 422
        assert f'href="#f-{field}"' in sent.text, field
        assert f'id="f-{field}' in sent.text, field
    assert head_of(database) == before


def test_the_page_of_a_venue_shows_what_slipped(admin: TestClient, viewer: TestClient, halls: list[str]) -> None:
    made(admin, "/api/venues/K01/wifi/plans", {"stage": "survey", "planned_on": "2026-11-10"})
    order = {"stage": "survey", "planned_on": "2026-11-20", **WHY}
    made(admin, "/api/venues/K01/wifi/plans", order)
    shown = viewer.get("/venues/K01").text
    assert "4日過ぎています" in shown
    assert '電柱の共架待ち</span> <span class="nb">＋10日' in shown
    assert "/wifi/plans/new" not in shown
    # Whoever may not plan is not told that there is no plan.
    assert 'id="plans"' not in viewer.get("/venues/K02").text
    assert 'id="plans"' in admin.get("/venues/K02").text


def test_slips_are_listed_by_cause_and_by_venue(admin: TestClient, viewer: TestClient, halls: list[str]) -> None:
    assert viewer.get("/wifi/slips").status_code == 200
    days = {"venues": halls, "days": {"in_service": "2026-04-01"}, "decided_on": "2025-04-01"}
    made(admin, "/api/wifi/plans", days)
    moved = {"stage": "in_service", "planned_on": "2026-05-01", "decided_on": "2026-03-01", **WHY}
    made(admin, "/api/venues/K01/wifi/plans", moved)
    shown = viewer.get("/wifi/slips").text
    heading = re.search(r"<h1>(.*?)</h1>", shown, re.DOTALL)
    assert heading is not None
    assert heading[1].replace("<wbr>", "") == "1館の運用開始の見込みが、のべ30日おそくなりました。"
    assert "令和7年度" in shown
    assert "のべ30日" in viewer.get("/wifi/slips?year=2025").text
    assert "のべ30日" not in viewer.get("/wifi/slips?year=2024").text
    # Only the venues of the programme's set count.
    programme = {"code": "R7", "name": "全公民館", "from_on": "2025-04-01", "until_on": "2027-03-31"}
    made(admin, "/api/wifi/programmes", programme | {"baseline_on": "2025-04-01"})
    made(admin, "/api/wifi/programmes/R7/targets", {"name": "1館", "since_on": "2025-04-01", "venues": ["K02"]})
    assert "のべ30日" not in viewer.get("/wifi/slips").text
    assert viewer.get("/wifi/slips?programme=nothing", headers=FORM).status_code == 404


def test_what_is_next_is_written_and_done_on_screen(admin: TestClient, viewer: TestClient, halls: list[str]) -> None:
    form = {"action": "返事を聞く", "owner": "情報政策課", "due_on": "2026-11-20"}
    assert admin.post("/venues/K01/wifi/actions", data=form).status_code == 303
    assert 'value="返事を聞く"' in admin.get("/venues/K01/wifi/actions").text
    refused = admin.post("/venues/K01/wifi/actions", data=form | {"action": "", "owner": "小林"})
    assert refused.status_code == 422
    assert 'value="小林"' in refused.text
    shown = viewer.get("/wifi/actions").text
    assert "返事を聞く" in shown
    assert "4日おくれ" in shown
    assert "/done" not in shown
    address = re.search(r'action="(/venues/K01/wifi/actions/\d+/done)"', admin.get("/wifi/actions").text)
    assert address is not None
    done = admin.post(address[1], data={"back": "list"})
    assert (done.status_code, done.headers["location"]) == (303, "/wifi/actions?done=wifi-action-done")
    assert "返事を聞く" not in viewer.get("/wifi/actions").text


def test_a_programme_is_made_and_enlarged_on_screen(admin: TestClient, viewer: TestClient, halls: list[str]) -> None:
    form = {"code": "R7", "name": "全公民館", "from_on": "2025-04-01", "until_on": "2027-03-31"}
    assert admin.post("/wifi/programmes/new", data=form).status_code == 422
    sent = admin.post("/wifi/programmes/new", data=form | {"baseline_on": "2025-04-01"})
    assert sent.headers["location"] == "/wifi/programmes/R7?done=wifi-programme"
    at = "/wifi/programmes/R7"
    target = {"name": "1館", "since_on": "2025-04-01", "venues": ["K01"]}
    assert admin.post(f"{at}/targets", data=target).status_code == 303
    page = admin.get(at).text
    assert re.search(r'value="K01" checked', page)
    assert not re.search(r'value="K02" checked', page)
    refused = admin.post(f"{at}/targets", data=target | {"name": "同じ"})
    assert refused.status_code == 422
    assert 'value="同じ"' in refused.text
    assert admin.post(f"{at}/targets", data=target | {"name": "2館", "venues": halls}).status_code == 303
    shown = viewer.get(at).text
    assert "いまの対象は2館です" in shown
    assert "/targets" not in shown
    etag = re.search(r'name="if_match" value="(\d+)"', admin.get(f"{at}/edit").text)
    assert etag is not None
    change = form | {"name": "全公民館（16館）", "baseline_on": "2025-04-01", "if_match": etag[1]}
    del change["code"]
    assert admin.post(f"{at}/edit", data=change).status_code == 303
    assert admin.post(f"{at}/edit", data=change).status_code == 412
    assert "全公民館（16館）" in viewer.get("/wifi/programmes").text
