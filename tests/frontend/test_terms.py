"""The April story in a browser: from the list of terms to the paper, on a phone, by keyboard, without scripts."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from inventory.calendar import today
from tests.frontend.conftest import Server, axe_violations, sideways

pytestmark = pytest.mark.browser

YESTERDAY = (today(datetime.now(UTC)) - timedelta(days=1)).isoformat()
PHONE, SCREEN = {"width": 360, "height": 780}, {"width": 1280, "height": 900}


@pytest.fixture
def left(server: Server) -> str:
    """A loan that stayed with a head who was followed yesterday; its number."""
    device = next(one["asset_number"] for one in server.get("/api/devices?pool=head-tablets&state=in_stock")["items"])
    place = _made(server, "/api/associations", {"name": f"自治会{uuid4().hex[:6]}"})["id"]
    officers = f"/api/associations/{place}/officers"
    _made(server, officers, {"name": "金井 康男", "from": "2024-04-01", "phone": "027-283-5678"})
    loan = _made(server, "/api/loans", {"borrower": {"association": place}, "devices": [device]})["number"]
    _made(server, officers, {"name": "新井 和江", "from": YESTERDAY})
    return str(loan)


def _made(server: Server, path: str, order: dict[str, Any]) -> Any:
    status, card = server.call("POST", path, order)
    assert status == 201, card
    return card


def fits(page: Page) -> None:
    assert sideways(page) <= 0


@pytest.mark.parametrize(
    "window", [{"viewport": PHONE}, {"viewport": SCREEN}, {"viewport": PHONE, "java_script_enabled": False}]
)
def test_the_april_change(
    server: Server, browse: Callable[..., BrowserContext], left: str, window: dict[str, Any]
) -> None:
    scripts = window.get("java_script_enabled", True)
    page = browse("desk", **window).new_page()
    page.goto("/associations")
    page.get_by_role("link", name="任期と引き継ぎ").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("前の会長の手元")
    # Everything that can pass is ticked to begin with, and one link unticks or ticks it all.
    expect(page.get_by_role("checkbox", name=left)).to_be_checked()
    if scripts:
        assert axe_violations(page) == []
        fits(page)
    page.get_by_role("button", name="選んだ貸出を、いまの会長に引き継ぐ").click()
    expect(page).to_have_url(re.compile("/transfers/"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("引き継ぎました")
    if scripts:
        assert axe_violations(page) == []
        fits(page)
    assert server.get(f"/api/loans/{left}")["officer"]["name"] == "新井 和江"
    with page.expect_request("**/api/agreements.pdf**") as asked:
        page.get_by_role("button", name="新しい借用書をまとめて印刷する").click()
    assert left in asked.value.url
    status, _ = server.call("POST", "/api/returns", {"devices": [_device(server, left)]})
    assert status == 200


def _device(server: Server, loan: str) -> str:
    return str(server.get(f"/api/loans/{loan}")["items"][0]["asset_number"])


def test_by_keyboard_alone(server: Server, browse: Callable[..., BrowserContext], left: str) -> None:
    page = browse("desk", viewport=SCREEN).new_page()
    page.goto("/terms?chosen=none")
    box = page.get_by_role("checkbox", name=left)
    expect(box).not_to_be_checked()
    box.focus()
    page.keyboard.press("Space")
    expect(box).to_be_checked()
    button = page.get_by_role("button", name="選んだ貸出を、いまの会長に引き継ぐ")
    for _ in range(60):
        page.keyboard.press("Tab")
        if button.evaluate("one => one === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/transfers/"))
    page.get_by_role("button", name="取り消す").press("Enter")
    expect(page.get_by_role("checkbox", name=left)).to_be_visible()
    assert server.get(f"/api/loans/{left}")["officer"]["name"] == "金井 康男"


def test_one_loan_to_whom_and_the_check(server: Server, browse: Callable[..., BrowserContext], left: str) -> None:
    page = browse("desk", viewport=PHONE).new_page()
    page.goto(f"/loans/{left}")
    page.get_by_role("link", name="次の方に引き継ぐ").click()
    assert axe_violations(page) == []
    fits(page)
    page.get_by_role("button", name="引き継ぎを記録する").click()
    expect(page).to_have_url(re.compile(f"/loans/{left}"))
    page.get_by_role("link", name="引き継ぎの確認を記録する").click()
    assert axe_violations(page) == []
    fits(page)
    page.get_by_role("button", name="引き継ぎの確認を記録する").click()
    expect(page.get_by_role("alert")).to_contain_text("見直してください")
    assert axe_violations(page) == []
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="引き継ぎの確認を記録する").click()
    expect(page.get_by_text("引き継ぎの確認を記録しました")).to_be_visible()
    [told] = server.get(f"/api/loans/{left}/transfers")["items"]
    assert told["checked_at"] is not None
