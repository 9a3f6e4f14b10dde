"""The desk in a hall without a network: it opens, it reads, and what it read arrives once, later."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.frontend import printed, seed
from tests.frontend.conftest import Server, axe_violations
from tests.frontend.cut_line import CutLine, cut_line
from tests.frontend.test_desk import LAN_NAME, Desk, device, jpeg, loans_of

pytestmark = pytest.mark.browser
Browse = Callable[..., BrowserContext]


@pytest.fixture
def line(server: Server) -> Iterator[CutLine]:
    with cut_line(server.port) as between:
        yield between


@pytest.fixture
def hall(server: Server, browse: Browse, line: CutLine) -> BrowserContext:
    """A window whose whole network is the line, signed in as ``desk``."""
    return browse(base_url=f"http://127.0.0.1:{line.port}", viewport={"width": 1280, "height": 900})


def until(page: Page, script: str, seconds: float = 60) -> None:
    """Wait until ``script`` is true in the page, whose policy lets no test wait inside of it."""
    end = time.monotonic() + seconds
    while not page.evaluate(script):
        assert time.monotonic() < end, f"waited in vain for {script}"
        page.wait_for_timeout(50)


def kept_desk(server: Server, context: BrowserContext, query: str = "") -> Desk:
    """A desk that was opened once with a network, and is kept."""
    desk = Desk(server, context, query)
    desk.page.evaluate("navigator.serviceWorker.ready")
    until(desk.page, "caches.match('/desk').then(Boolean)")
    return desk


def opens(desk: Desk, query: str = "") -> None:
    desk.page.goto(f"/desk{query}")
    desk.page.locator("#desk[data-ready]").wait_for()


def test_without_a_network_the_desk_opens_reads_and_sends_once_it_is_back(server: Server, browse: Browse) -> None:
    desk = kept_desk(server, browse(viewport={"width": 1280, "height": 900}))
    desk.tap("#chooser button[type=submit]")
    desk.page.context.set_offline(True)
    desk.enter(desk.label("MB-S-0001"))
    expect(desk.rows("waiting")).to_have_count(1)
    desk.page.reload()
    desk.page.locator("#desk[data-ready]").wait_for()
    expect(desk.row("waiting", "MB-S-0001")).to_be_visible()
    expect(desk.page.locator("#bar-words")).to_contain_text("1")
    # The same loan goes on, and the same label is still "already".
    desk.enter(desk.label("MB-S-0001"))
    expect(desk.rows("noted")).to_have_count(1)
    desk.enter(desk.label("MB-S-0002"))
    expect(desk.rows("waiting")).to_have_count(2)
    assert server.get("/api/loans")["items"] == []
    desk.page.context.set_offline(False)
    expect(desk.rows("applied")).to_have_count(2)
    expect(desk.page.locator("#bar-words")).to_be_empty()
    [loan] = server.get("/api/loans")["items"]
    assert [item["asset_number"] for item in loan["items"]] == ["MB-S-0001", "MB-S-0002"]


@pytest.mark.parametrize("state", ["cut", "busy", "silent"])
def test_the_kept_desk_takes_the_place_of_a_server_that_does_not_answer(
    server: Server, hall: BrowserContext, line: CutLine, state: str
) -> None:
    desk = kept_desk(server, hall)
    line.state = state
    # The address still says to whom.
    opens(desk, f"?association={server.city.association}")
    expect(desk.page.locator("#target-name")).to_contain_text("堀越町自治会")
    desk.enter(desk.label("MB-S-0003"))
    expect(desk.rows("waiting")).to_have_count(1)
    assert loans_of(server, "MB-S-0003") == []
    line.state = "through"
    desk.tap("#undo")
    expect(desk.rows("undone")).to_have_count(1)


def test_a_photo_is_read_without_a_network(server: Server, browse: Browse) -> None:
    desk = kept_desk(server, browse(), f"?association={server.city.association}")
    desk.page.context.set_offline(True)
    opens(desk)
    desk.choose("inspect")
    picture = jpeg(printed.photo([printed.label_of(server.url, "MB-S-0003", server.city.tags["MB-S-0003"])]))
    desk.page.locator("#photo").set_input_files(picture)
    expect(desk.row("waiting", "MB-S-0003")).to_be_visible()
    desk.tap("#undo")
    expect(desk.rows("undone")).to_have_count(1)


def test_a_wifi_that_shows_its_own_page_is_never_kept(server: Server, hall: BrowserContext, line: CutLine) -> None:
    desk = kept_desk(server, hall)
    line.state = "portal"
    desk.page.goto("/desk")
    expect(desk.page).to_have_title("wifi")
    line.state = "cut"
    opens(desk)
    desk.choose("inspect")
    desk.enter(desk.label("MB-S-0004"))
    expect(desk.rows("waiting")).to_have_count(1)
    line.state = "portal"
    desk.send_again()
    expect(desk.page.locator("#bar-trouble")).to_contain_text("Wi-Fi")
    line.state = "through"
    expect(desk.rows("waiting")).to_have_count(0)


def test_the_worker_holds_the_desk_and_nothing_else(server: Server, browse: Browse) -> None:
    desk = kept_desk(server, browse())
    desk.choose("see")
    desk.enter("MB-S-0005")
    expect(desk.page.locator("#result a")).to_be_visible()
    opens(desk)  # Now under the worker, whose page it is.
    kept = desk.page.evaluate(
        """async () => {
          const names = await caches.keys();
          const all = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
          return all.flat().map((request) => new URL(request.url).pathname);
        }"""
    )
    assert {path for path in kept if not path.startswith("/static/")} == {"/desk"}
    assert "/static/vendor/zxing/zxing_reader.wasm" in kept
    page = desk.page.evaluate("caches.match('/desk').then((answer) => answer.text())")
    assert 'data-now=""' in page and not re.search(r'data-now="\d', page)
    registered = desk.page.evaluate("navigator.serviceWorker.getRegistration().then((one) => one.scope)")
    assert registered == f"{server.url}/desk"
    assert desk.page.evaluate("navigator.serviceWorker.controller !== null")
    desk.page.goto("/")
    assert desk.page.evaluate("navigator.serviceWorker.controller") is None


def test_the_slices_of_the_font_that_the_page_used_are_kept(server: Server, browse: Browse) -> None:
    desk = kept_desk(server, browse())
    names = "caches.keys().then((names) => names.filter((name) => name.includes('fonts')))"
    until(desk.page, f"{names}.then((found) => found.length)")
    slices = f"{names}.then(([name]) => caches.open(name)).then((cache) => cache.keys()).then((all) => all.length)"
    until(desk.page, f"{slices}.then((count) => count > 5)")
    assert desk.page.evaluate(slices) < 120


def test_worker_and_manifest_are_served_to_be_installed(server: Server, browse: Browse) -> None:
    page = browse().new_page()
    worker = page.request.get("/desk/sw.js")
    assert worker.headers["service-worker-allowed"] == "/desk"
    assert worker.headers["cache-control"] == "no-cache"
    manifest = page.request.get("/desk/manifest.webmanifest")
    assert manifest.headers["content-type"].startswith("application/manifest+json")
    said = manifest.json()
    assert said["scope"] == said["start_url"] == said["id"] == "/desk"
    purposes = set()
    for icon in said["icons"]:
        page.goto("/accessibility")
        size = page.evaluate(
            "async (src) => { const it = new Image(); it.src = src; await it.decode(); return it.naturalWidth; }",
            icon["src"],
        )
        assert icon["sizes"] == f"{size}x{size}"
        purposes.add(icon["purpose"])
    assert purposes == {"any", "maskable"}


def sign_in(page: Page, username: str, password: str = seed.PASSWORD) -> None:
    page.locator("[name=username]").fill(username)
    page.locator("[name=password]").fill(password)
    page.locator("form[action='/sign-in'] button[type=submit]").click()


def test_after_signing_out_the_kept_desk_is_gone_and_the_queue_is_not(server: Server, browse: Browse) -> None:
    context = browse()
    context.clear_cookies()
    page = context.new_page()
    page.goto("/sign-in")
    sign_in(page, "desk")
    expect(page.locator(".foot")).to_be_visible()
    desk = kept_desk(server, context)
    context.set_offline(True)
    desk.choose("inspect")
    desk.enter(desk.label("MB-S-0006"))
    expect(desk.rows("waiting")).to_have_count(1)
    context.route("**/api/scans", lambda route: route.abort())
    context.set_offline(False)
    desk.page.goto("/")
    desk.page.locator("form[action='/sign-out'] button").first.click()
    ask = desk.page.locator("#ask-sign-out")
    expect(ask).to_contain_text("1件")
    ask.get_by_role("button").nth(1).click()
    expect(ask).to_have_count(0)
    desk.page.locator("form[action='/sign-out'] button").first.click()
    ask.get_by_role("button").first.click()
    desk.page.wait_for_url("**/sign-in?*")
    assert desk.page.evaluate("caches.match('/desk').then(Boolean)") is False
    expect(desk.page.locator("#unsent")).to_contain_text("1件")
    context.unroute("**/api/scans")
    sign_in(desk.page, "desk")
    expect(desk.page.locator(".foot")).to_be_visible()
    expect(desk.page.locator("#unsent")).to_be_hidden()
    opens(desk)
    expect(desk.row("applied", "MB-S-0006").or_(desk.row("noted", "MB-S-0006"))).to_be_visible()


def test_another_person_does_not_find_the_desk_of_the_one_before(server: Server, browse: Browse) -> None:
    context = browse("desk")
    desk = kept_desk(server, context)
    name, _, value = server.cookie("admin").partition("=")
    context.add_cookies([{"name": name, "value": value, "domain": "127.0.0.1", "path": "/", "httpOnly": True}])
    desk.page.goto("/")
    until(desk.page, "caches.match('/desk').then((found) => !found)")
    opens(desk)
    until(desk.page, "caches.match('/desk').then(Boolean)")
    context.set_offline(True)
    opens(desk)
    expect(desk.page.locator("#desk-who")).to_have_text("adminさん")


# ---- Plain http in the city's own network ----


def test_on_plain_http_the_queue_holds_and_one_sentence_says_what_is_off(
    server: Server, launch: Callable[..., Browser], browse: Browse
) -> None:
    browser = launch(f"--host-resolver-rules=MAP {LAN_NAME} 127.0.0.1")
    context = browse(browser=browser, host=LAN_NAME, viewport={"width": 360, "height": 740})
    desk = Desk(server, context, f"?association={server.city.association}")
    assert desk.page.evaluate("[isSecureContext, 'serviceWorker' in navigator, 'locks' in navigator]") == [False] * 3
    said = desk.page.locator("#camera-off").inner_text()
    assert "カメラ" in said and "電波のないところで" in said and said.count("。") == 1
    context.route("**/api/scans", lambda route: route.abort())
    desk.enter(desk.label("MB-T-0001"))
    desk.page.locator("#code").fill(server.city.tags["MB-T-0002"])
    desk.page.locator("#code").press("Enter")
    expect(desk.rows("waiting")).to_have_count(2)
    desk.page.reload()
    desk.page.locator("#desk[data-ready]").wait_for()
    expect(desk.rows("waiting")).to_have_count(2)
    assert axe_violations(desk.page) == []
    # A second tab, also without locks: the lease in the store lets one of them send.
    other = Desk(server, context)
    expect(other.page.locator("#bar-words")).to_contain_text("2")
    context.unroute("**/api/scans")
    other.send_again()
    expect(desk.rows("applied")).to_have_count(2)
    expect(other.page.locator("#bar-words")).to_be_empty()
    [loan] = loans_of(server, "MB-T-0001")
    assert [item["asset_number"] for item in loan["items"]] == ["MB-T-0001", "MB-T-0002"]


# ---- The pack ----


def packed(server: Server, **changes: Any) -> dict[str, Any]:
    said: dict[str, Any] = server.get("/api/desk/pack")
    return said | changes


def test_the_pack_names_what_is_scanned_without_a_network(server: Server, browse: Browse) -> None:
    desk = kept_desk(server, browse())
    expect(desk.page.locator("#pack-age")).to_contain_text("控え：")
    desk.page.context.set_offline(True)
    opens(desk)
    expect(desk.page.locator("#pack-age")).to_contain_text("控え：")
    desk.choose("see")
    desk.enter(server.city.tags["MB-S-0007"])
    expect(desk.page.locator("#result")).to_contain_text("MB-S-0007（7番）")
    expect(desk.page.locator("#result")).to_contain_text("控えでは在庫")
    desk.choose("inspect")
    desk.enter(desk.label("MB-S-0008"))
    expect(desk.row("waiting", "MB-S-0008")).to_contain_text("8番")


def test_a_pack_that_is_over_is_no_longer_used(server: Server, browse: Browse) -> None:
    context = browse()
    old = packed(server, expires_at="2026-01-01T00:00:00Z")
    context.route("**/api/desk/pack*", lambda route: route.fulfill(json=old))
    desk = kept_desk(server, context)
    expect(desk.page.locator("#pack-age")).to_have_text("控えは古くなりました")
    context.set_offline(True)
    desk.choose("inspect")
    desk.enter(desk.label("MB-S-0009"))
    expect(desk.rows("waiting")).to_contain_text(server.city.tags["MB-S-0009"][:4])
    assert device(server, "MB-S-0009")["state"] == "in_stock"
