"""frontend/static/forms.js in a real browser: two presses, one request; the pressed button's value is still sent."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, Route, sync_playwright

SCRIPT = Path(__file__).resolve().parents[2] / "frontend" / "static" / "forms.js"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ORIGIN = "http://ledger.test"
# The answer 204 leaves the page standing, so that what the buttons look like afterwards can be read.
FORM = """<!doctype html><script type="module" src="/forms.js"></script>
<form method="{method}" action="/loans"><input name="op_id" value="1">
<button type="submit" name="act" value="lend">貸し出す</button>
<button type="submit" name="act" value="hold">止める</button>
<button type="button" id="aside">変える</button></form>"""


class Desk:
    """One page and what it sent."""

    def __init__(self, page: Page, method: str) -> None:
        self.page = page
        self.sent: list[dict[str, list[str]]] = []
        page.route("**/*", lambda route: self._answer(route, method))
        page.goto(f"{ORIGIN}/")

    def _answer(self, route: Route, method: str) -> None:
        request = route.request
        if request.url == f"{ORIGIN}/":
            route.fulfill(content_type="text/html; charset=utf-8", body=FORM.format(method=method))
        elif request.url.endswith("/forms.js"):
            route.fulfill(content_type="text/javascript", body=SCRIPT.read_text(encoding="utf-8"))
        else:
            self.sent.append(parse_qs(request.post_data or request.url.partition("?")[2]))
            route.fulfill(status=204)

    def send_twice(self) -> None:
        """One press, and once more by a way that asks no button (the first answer has come and left the page)."""
        self.page.get_by_text("貸し出す").click()
        self.page.wait_for_timeout(150)
        self.page.evaluate("() => document.querySelector('form').requestSubmit()")
        self.page.wait_for_timeout(150)


@pytest.fixture(scope="module")
def browser_page() -> Iterator[Page]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is missing: apt-get install chromium")
        pytest.skip("chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
        )
        yield browser.new_page()
        browser.close()


def test_two_presses_send_one_act_with_the_pressed_value(browser_page: Page) -> None:
    desk = Desk(browser_page, "post")
    desk.send_twice()
    assert desk.sent == [{"op_id": ["1"], "act": ["lend"]}]
    assert desk.page.locator("form").get_attribute("aria-busy") == "true"
    assert desk.page.locator("button[type=submit]:disabled").all_inner_texts() == ["貸し出す", "止める"]
    assert desk.page.locator("#aside").is_enabled()


def test_a_search_may_be_sent_again(browser_page: Page) -> None:
    desk = Desk(browser_page, "get")
    desk.send_twice()
    assert len(desk.sent) == 2
    assert desk.page.locator("button:disabled").count() == 0


def test_coming_back_to_the_page_gives_the_buttons_back(browser_page: Page) -> None:
    desk = Desk(browser_page, "post")
    desk.send_twice()
    desk.page.evaluate("() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    assert desk.page.locator("button:disabled").count() == 0
    assert desk.page.locator("form").get_attribute("aria-busy") is None
