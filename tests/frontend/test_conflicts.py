"""要確認 on a phone: two taps from 今日 or from the list settle it, with JavaScript and without, by touch or by key."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Locator, Page

from tests.frontend.conftest import Server, axe_violations, sideways

pytestmark = pytest.mark.browser

PHONE, WIDE = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
DEVICES = count(1)


@pytest.fixture
def device() -> str:
    """A phone that no other test of this module has lent."""
    return f"MB-S-{next(DEVICES):04d}"


@pytest.fixture
def conflict(server: Server, device: str) -> Iterator[str]:
    """Two desks lent it to the course and to the association, and told of it late. Nothing of it waits afterwards."""
    _tell(server, "1番窓口", device, 90, {"course": server.city.course_today})
    assert _tell(server, "大胡公民館", device, 60, {"association": server.city.association}) == "conflict"
    made = str(server.get("/api/conflicts")["items"][0]["id"])
    yield made
    server.call("POST", f"/api/conflicts/{made}/settle", {"choice": "dismiss"})


def _tell(server: Server, desk: str, device: str, minutes_ago: int, target: dict[str, str]) -> str:
    occurred_at = (datetime.now(UTC) - timedelta(minutes=minutes_ago)).isoformat()
    item = {"op_id": str(uuid4()), "seq": 1, "act": "lend", "code": device, "target": target}
    item |= {"occurred_at": occurred_at, "clock_offset_ms": 0, "due": {"on": "2999-01-01"}}
    status, said = server.call("POST", "/api/scans", {"desk": desk, "items": [item]})
    assert status == 200, said
    return str(said["results"][0]["outcome"])


def _settled(server: Server, conflict: str) -> Any:
    return server.get(f"/api/conflicts/{conflict}")["settled"]


def _choice(page: Page, choice: str) -> Locator:
    return page.locator(f"button[name=choice][value={choice}]")


@pytest.mark.parametrize("start", ["/", "/conflicts"])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_two_taps_settle_it_on_a_phone(
    server: Server, browse: Callable[..., BrowserContext], conflict: str, device: str, start: str, script: bool
) -> None:
    page = browse("desk", viewport=PHONE, has_touch=True, java_script_enabled=script).new_page()
    page.goto(start)
    page.locator(f"a.btn[href='/conflicts/{conflict}']").tap()
    page.wait_for_url(f"**/conflicts/{conflict}")
    _choice(page, "other").tap()
    page.wait_for_url("**done=settled")
    settled = _settled(server, conflict)
    assert (settled["choice"], settled["by"]) == ("other", "deskさん")
    card = server.get(f"/api/devices/{device}")
    assert (card["loan"]["number"], card["loan"]["borrower"]["type"]) == (settled["loan"], "association")
    assert card["holds"] == []


def test_by_keyboard_with_a_reason(server: Server, browse: Callable[..., BrowserContext], conflict: str) -> None:
    page = browse("desk", viewport=WIDE).new_page()
    page.goto(f"/conflicts/{conflict}")
    page.get_by_label("わけ").fill("受付の控えを見た")
    reached = []
    page.locator("main").focus()
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.value ?? ''"))
    assert [value for value in reached if value in ("keep", "other", "dismiss")] == ["keep", "other", "dismiss"]
    _choice(page, "keep").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**done=settled")
    settled = _settled(server, conflict)
    assert (settled["choice"], settled["reason"], settled["loan"]) == ("keep", "受付の控えを見た", None)


def test_enter_in_the_reason_chooses_for_nobody(
    server: Server, browse: Callable[..., BrowserContext], conflict: str
) -> None:
    page = browse("desk", viewport=WIDE).new_page()
    page.goto(f"/conflicts/{conflict}")
    page.get_by_label("わけ").fill("まだ決めていない")
    page.get_by_label("わけ").press("Enter")
    page.wait_for_timeout(300)
    assert page.get_by_label("わけ").input_value() == "まだ決めていない"
    assert _settled(server, conflict) is None


def test_the_sides_stand_beside_each_other_and_on_a_phone_under_each_other(
    browse: Callable[..., BrowserContext], conflict: str
) -> None:
    page = browse("desk").new_page()
    for size, beside in ((WIDE, True), (PHONE, False)):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.goto(f"/conflicts/{conflict}")
        keep, other = (_choice(page, choice).bounding_box() for choice in ("keep", "other"))
        assert keep and other
        assert (abs(keep["y"] - other["y"]) < 1) is beside
        assert min(keep["height"], other["height"]) >= 48
        assert sideways(page) <= 0


def test_every_page_of_it_is_accessible(
    server: Server, browse: Callable[..., BrowserContext], conflict: str, device: str
) -> None:
    page = browse("desk").new_page()
    loan = server.get(f"/api/devices/{device}")["loan"]["number"]
    found = []
    for path in ("/conflicts", f"/conflicts/{conflict}", f"/devices/{device}", f"/loans/{loan}"):
        for size in (PHONE, WIDE):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            page.goto(path)
            found += [f"{path} {size['width']}px {fault}" for fault in axe_violations(page)]
    server.call("POST", f"/api/conflicts/{conflict}/settle", {"choice": "keep", "reason": "確かめた"})
    for path in (f"/conflicts/{conflict}", "/conflicts?state=settled"):
        page.goto(path)
        found += [f"{path} {fault}" for fault in axe_violations(page)]
    assert found == []
