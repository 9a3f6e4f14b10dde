"""所在確認 in a real browser: a head's taps at the label and a call by the staff, with and without scripts."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select
from sqlmodel import SQLModel

from inventory.calendar import today
from inventory.database import reading
from tests.frontend.conftest import Server, axe_violations, sideways

pytestmark = pytest.mark.browser

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
TARGET = 56


@pytest.fixture(scope="module")
def asked(server: Server) -> Server:
    """A round that is open, and all tablets but the last with one association."""
    devices = [f"MB-T-{number:04d}" for number in range(1, 8)]
    order = {"borrower": {"association": server.city.association}, "devices": devices, "due": {"on": "2999-01-01"}}
    assert server.call("POST", "/api/loans", order)[0] == 201
    day = today(datetime.now(UTC))
    card = {"name": "所在確認", "opens_on": f"{day}", "closes_on": f"{day + timedelta(days=9)}"}
    assert server.call("POST", "/api/presence-rounds", card)[0] == 201
    return server


@pytest.fixture
def stranger(asked: Server, launch: Callable[..., Browser]) -> Iterator[Callable[..., Page]]:
    """``stranger(**context)``: a phone of somebody without an account."""
    opened: list[BrowserContext] = []

    def phone(**options: Any) -> Page:
        context = launch().new_context(locale="ja-JP", base_url=asked.url, **{**PHONE, **options})
        context.set_default_timeout(60_000)
        opened.append(context)
        return context.new_page()

    yield phone
    for context in opened:
        context.close()


def word(server: Server, asset_number: str) -> dict[str, Any] | None:
    """What the ledger holds of a device."""
    found = server.get(f"/api/presences?q={asset_number}")["items"]
    said: dict[str, Any] | None = found[0]["word"] if found else None
    return said


def looks_right(page: Page) -> None:
    """Large text, large targets, the office's telephone in view, nothing sideways, nothing for axe."""
    assert axe_violations(page) == []
    assert sideways(page) <= 0
    small = page.evaluate(
        """() => [...document.querySelectorAll("main p, main h1, main .btn, main a")]
        .filter(e => e.offsetParent && parseFloat(getComputedStyle(e).fontSize) < 20).map(e => e.textContent)"""
    )
    assert small == []
    for button in page.locator("main button, main .btn").all():
        box = button.bounding_box()
        assert box is not None and box["height"] >= TARGET and box["width"] >= TARGET
    expect(page.locator(".callbar a").first).to_be_in_viewport()


YES = "form:has(input[name=in_hand][value=yes]) button"
NO = "form:has(input[name=in_hand][value=no]) button"


def usage(value: str) -> str:
    return f"form:has(input[name=usage][value={value}]) button"


@pytest.mark.parametrize(("script", "device"), [(True, "MB-T-0001"), (False, "MB-T-0002")])
def test_a_head_answers_in_three_taps(asked: Server, stranger: Callable[..., Page], script: bool, device: str) -> None:
    page = stranger(java_script_enabled=script)
    page.goto(f"/T/{asked.city.tags[device]}")
    page.locator("a[href$='/presence']").tap()
    page.locator(YES).tap()
    expect(page.locator(usage("used"))).to_be_visible()
    # Whoever stops here has said where the device is.
    said = word(asked, device)
    assert said is not None and (said["in_hand"], said["usage"]) == (True, None)
    page.locator(usage("used")).tap()
    expect(page.locator("h1")).to_contain_text("ありがとう")
    said = word(asked, device)
    assert said is not None and (said["in_hand"], said["usage"], said["channel"]) == (True, "used", "label")


def test_a_head_who_has_it_no_more_is_asked_to_ring(asked: Server, stranger: Callable[..., Page]) -> None:
    page = stranger()
    page.goto(f"/T/{asked.city.tags['MB-T-0003']}/presence")
    page.locator(NO).tap()
    expect(page.locator("main a[href^='tel:']").first).to_be_visible()
    # The way to the report of a lost device stands ready.
    answer = page.request.get(str(page.locator("a[href*='category=lost']").get_attribute("href")))
    assert answer.status == 200
    said = word(asked, "MB-T-0003")
    assert said is not None and said["in_hand"] is False


def test_every_view_is_large_and_whole_also_at_twice_the_size(asked: Server, stranger: Callable[..., Page]) -> None:
    page = stranger()
    here = f"/T/{asked.city.tags['MB-T-0008']}/presence"
    for step in ("", "?step=usage", "?step=thanks", "?step=gone", "?step=closed"):
        page.set_viewport_size({"width": 360, "height": 740})
        page.goto(here + step)
        looks_right(page)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert sideways(page) <= 0, step
        cut = page.evaluate(
            """() => [...document.querySelectorAll("main button, main .btn, main h1, main .tagno")]
            .filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline")
            .map(e => e.textContent)"""
        )
        assert cut == [], step


def test_a_finger_that_presses_twice_says_it_once(asked: Server, stranger: Callable[..., Page]) -> None:
    page = stranger()
    page.goto(f"/T/{asked.city.tags['MB-T-0008']}/presence")
    before = len(rows(asked))
    page.locator(YES).dblclick()
    expect(page.locator(usage("used"))).to_be_visible()
    assert len(rows(asked)) == before + 1


def rows(server: Server) -> list[Any]:
    presence = SQLModel.metadata.tables["presence"]
    with reading(server.database) as session:
        return list(session.connection().execute(select(presence.c.id)))


@pytest.mark.parametrize(("script", "device", "width"), [(True, "MB-T-0005", 1280), (False, "MB-T-0006", 360)])
def test_the_staff_write_down_a_call_in_two_presses(
    asked: Server, browse: Callable[..., BrowserContext], script: bool, device: str, width: int
) -> None:
    page = browse(java_script_enabled=script, viewport={"width": width, "height": 900}).new_page()
    page.goto("/presence")
    if script:
        assert axe_violations(page) == []
    page.locator(f"a.btn[href*='/devices/{device}?']").click()
    if script:
        assert axe_violations(page) == []
    page.locator("button[value=little]").click()
    expect(page).to_have_url(re.compile(r"/presence\?.*done=presence"))
    expect(page.locator(f"a.btn[href*='/devices/{device}?']")).to_have_count(0)
    said = word(asked, device)
    assert said is not None and (said["usage"], said["channel"]) == ("little", "phone")


def test_a_note_of_a_visit_is_written_before_the_answer(asked: Server, browse: Callable[..., BrowserContext]) -> None:
    page = browse().new_page()
    page.goto("/presence?q=MB-T-0007&state=")
    page.locator("a.btn[href*='/devices/MB-T-0007?']").click()
    page.locator("details.more-said summary").click()
    page.locator("input[name=channel][value=visit]").check()
    page.locator("textarea[name=note]").fill("集会所の金庫")
    page.locator("button[value=unused]").click()
    expect(page.locator(".rows")).to_contain_text("集会所の金庫")
    said = word(asked, "MB-T-0007")
    assert said is not None and (said["usage"], said["channel"]) == ("unused", "visit")


@pytest.mark.parametrize("path", ["/presence", "/presence?state=", "/presence/new", "/trial"])
def test_the_pages_of_the_staff_fit_a_phone(asked: Server, browse: Callable[..., BrowserContext], path: str) -> None:
    page = browse("viewer" if path == "/trial" else "desk").new_page()
    for width in (320, 360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(path)
        assert axe_violations(page) == []
        assert sideways(page) <= 0, width
