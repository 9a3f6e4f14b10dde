"""The board and the map of the rollout in a real browser: by keyboard alone, on a phone, and on paper."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pypdfium2
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from inventory.calendar import today
from tests.frontend.conftest import Server, axe_violations, sideways

pytestmark = pytest.mark.browser

STAGES = ("survey", "design", "contract", "construction", "activation", "in_service")
HALLS = 16


@pytest.fixture(scope="module")
def rollout(server: Server) -> Server:
    """Sixteen halls from 調査 to 運用, one late; the last has no coordinates."""
    day = today(datetime.now(UTC))

    def send(path: str, order: dict[str, Any]) -> None:
        status, said = server.call("POST", path, order, role="it")
        assert status == 201, said

    for number in range(1, HALLS + 1):
        code, place = f"K{number:02d}", {"latitude": 36.3 + number % 4 * 0.05, "longitude": 139.0 + number * 0.015}
        name = {"code": code, "kind": "kominkan", "name": f"第{number}公民館", "name_kana": f"ダイ{number:02d}"}
        send("/api/venues", name | (place if number < HALLS else {}))
        stage = {"stage": STAGES[min(number - 1, 5)], "on": f"{day - timedelta(days=9)}", "reason": "前の記録がない"}
        send(f"/api/venues/{code}/wifi/steps", stage)
    for planned, decided, more in ((3, 8, {}), (17, 1, {"cause": "pole_wait"})):
        order = {"stage": "activation", "planned_on": f"{day + timedelta(days=planned)}", "reason": "工程表"}
        send("/api/venues/K04/wifi/plans", order | {"decided_on": f"{day - timedelta(days=decided)}"} | more)
    return server


def tab_to(page: Page, wanted: str, most: int = 150) -> None:
    """Press the tab key until what the selector names has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    raise AssertionError(f"{wanted} is not reached by the tab key")


def test_two_halls_are_chosen_and_moved_on_by_keyboard(rollout: Server, browse: Callable[..., BrowserContext]) -> None:
    page = browse("it", viewport={"width": 1280, "height": 900}).new_page()
    page.goto("/wifi")
    expect(page.locator("h1")).to_contain_text("17館のうち11館で使えます。")
    expect(page.locator(".head .lead")).to_contain_text("つぎの段階がおくれているのは")
    assert axe_violations(page) == []
    for code in ("K01", "K02"):
        tab_to(page, f"input[name=venue][value={code}]")
        page.keyboard.press("Space")
        expect(page.locator(f"input[value={code}]")).to_be_checked()
    tab_to(page, "form[action='/wifi/steps/new'] button")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{rollout.url}/wifi/steps/new?venue=K01&venue=K02")
    for name in ("第1公民館", "第2公民館"):
        expect(page.get_by_text(name).first).to_be_visible()


def test_a_hall_on_the_map_is_reached_by_keyboard(rollout: Server, browse: Callable[..., BrowserContext]) -> None:
    page = browse("viewer", viewport={"width": 1280, "height": 900}).new_page()
    page.goto("/wifi/map")
    assert axe_violations(page) == []
    dot = "svg.only-wide a[href='/venues/K04']"
    tab_to(page, dot)
    expect(page.locator(dot)).to_have_accessible_name("第4　工事　14日おくれ（第4公民館　工事　14日おくれ）")
    # The focus is drawn: the dot's edge is thick, and ink.
    ring = page.locator(f"{dot} use").evaluate(
        "use => [getComputedStyle(use).stroke, getComputedStyle(use).strokeWidth]"
    )
    assert ring == ["rgb(0, 0, 0)", "5px"]
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{rollout.url}/venues/K04")
    page.go_back()
    tab_to(page, ".past-map a")
    expect(page.locator(".past-map a")).to_be_in_viewport()


def test_on_a_phone(rollout: Server, browse: Callable[..., BrowserContext]) -> None:
    page = browse("it", viewport={"width": 360, "height": 740}).new_page()
    for path in ("/wifi", "/wifi/map", "/wifi/table?late=yes"):
        page.goto(path)
        assert sideways(page) == 0, path
        assert axe_violations(page) == [], path
    page.goto("/wifi/map")
    # The phone's drawing has letters of 16 px and no links to be missed by a finger; the list has them.
    sizes = page.locator("svg.only-phone text").evaluate_all("texts => texts.map(text => text.getScreenCTM().a * 16)")
    assert sizes and min(sizes) > 15
    assert page.locator("svg.only-phone a").count() == 0
    assert page.locator(".halls a[href='/venues/K04']").is_visible()


def test_sixteen_halls_are_one_landscape_sheet(rollout: Server, browse: Callable[..., BrowserContext]) -> None:
    page = browse("it").new_page()
    for path in ("/wifi", "/wifi/map"):
        page.goto(path)
        page.wait_for_load_state()
        printed = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True))
        assert len(printed) == 1, path
        width, height = printed[0].get_size()
        assert width > height
        assert "第4" in printed[0].get_textpage().get_text_bounded()
