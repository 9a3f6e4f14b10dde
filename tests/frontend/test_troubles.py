"""The desk among silent networks, full disks, wrong clocks and two people on one machine."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Route, expect

from tests.frontend import printed
from tests.frontend.conftest import CAMERA_SWITCHES, Server
from tests.frontend.cut_line import CutLine, cut_line
from tests.frontend.test_camera import file_of, labels_of
from tests.frontend.test_desk import LAN_NAME, Desk, jpeg, loans_of
from tests.frontend.test_desk_acts import form_of, lend
from tests.frontend.test_offline_desk import kept_desk, opens, sign_in, until
from tests.frontend.test_queue import SCANS, again, become, cut, mend, store

pytestmark = pytest.mark.browser
Browse = Callable[..., BrowserContext]
Launch = Callable[..., Browser]
PICTURES = re.compile(r"/api/devices/[^/]+/pictures$")


@pytest.fixture
def calm(server: Server, browse: Browse) -> Desk:
    """The desk, noting inspections: acts that any device takes at any time."""
    return Desk(server, browse(viewport={"width": 1280, "height": 900}), "?act=inspect")


@pytest.fixture
def line(server: Server) -> Iterator[CutLine]:
    with cut_line(server.port) as between:
        yield between


def never(_: Route) -> None:
    """Nobody answers, and nobody hangs up."""


def slowly(route: Route) -> None:
    time.sleep(1)
    route.continue_()


# ---- A network that is there and silent ----


def test_a_worker_whose_parts_never_come_leaves_the_photo_to_the_page(server: Server, browse: Browse) -> None:
    context = browse(service_workers="block")
    context.route("**/decode_worker.js*", never)
    desk = Desk(server, context, "?act=inspect")
    desk.page.locator("#photo").set_input_files(file_of(printed.photo(labels_of(server, ["MB-S-0002"]))))
    expect(desk.row("noted", "MB-S-0002")).to_be_visible()
    assert desk.page.workers == []


def test_on_plain_http_a_photo_is_read_after_the_network_fell_silent(
    server: Server, launch: Launch, browse: Browse, line: CutLine
) -> None:
    browser = launch(f"--host-resolver-rules=MAP {LAN_NAME} 127.0.0.1")
    context = browse(browser=browser, host=LAN_NAME, base_url=f"http://{LAN_NAME}:{line.port}")
    desk = Desk(server, context, "?act=inspect")
    until(desk.page, "performance.getEntriesByType('resource').some((one) => one.name.endsWith('.wasm'))")
    desk.page.wait_for_load_state("networkidle")
    line.state = "silent"
    desk.page.locator("#photo").set_input_files(file_of(printed.photo(labels_of(server, ["MB-S-0003"]))))
    expect(desk.rows("waiting")).to_have_count(1)


def test_a_look_up_that_hangs_holds_back_nothing_and_stays_a_look_up(server: Server, calm: Desk) -> None:
    calm.page.context.route("**/api/lookup?*", never)
    calm.choose("see")
    for phone in ("MB-S-0004", "MB-S-0005"):
        calm.enter(calm.label(phone))
    calm.choose("inspect")
    calm.enter(calm.label("MB-S-0006"))
    expect(calm.row("noted", "MB-S-0006")).to_be_visible()
    assert [item["code"] for item in calm.scans_sent] == [calm.label("MB-S-0006")]


# ---- Acts and their taking back ----


def test_what_came_back_goes_out_again_on_the_same_loan_without_a_network(server: Server, browse: Browse) -> None:
    desk = Desk(server, browse(), f"?association={server.city.association}")
    cut(desk)
    for number, act in enumerate(("lend", "return", "lend"), start=1):
        desk.choose(act)
        desk.enter(desk.label("MB-S-0007"))
        expect(desk.rows("waiting")).to_have_count(number)
    mend(desk)
    expect(desk.page.locator("#bar-words")).to_be_empty()
    assert [item["act"] for item in desk.scans_sent[-3:]] == ["lend", "return", "lend"]


def test_taking_back_that_cannot_be_kept_is_said_and_can_be_tried_again(server: Server, calm: Desk) -> None:
    cut(calm)
    calm.enter(calm.label("MB-S-0008"))
    expect(calm.rows("waiting")).to_have_count(1)
    calm.page.evaluate(
        """() => {
          const { put } = IDBObjectStore.prototype;
          window.empty = () => { IDBObjectStore.prototype.put = put; };
          IDBObjectStore.prototype.put = () => { throw new DOMException("full", "QuotaExceededError"); };
        }"""
    )
    calm.tap("#undo")
    expect(calm.page.locator("#result .no")).to_contain_text("書きとめられません")
    expect(calm.rows("waiting")).not_to_contain_text("取り消し")
    calm.page.evaluate("empty()")
    calm.tap("#undo")
    mend(calm)
    expect(calm.rows("undone")).to_have_count(1)


def test_taking_back_that_was_refused_without_a_sentence_is_not_shown_as_done(server: Server, calm: Desk) -> None:
    calm.enter(calm.label("MB-S-0001"))
    expect(calm.row("noted", "MB-S-0001")).to_be_visible()
    desk = Desk(server, calm.page.context, f"?association={server.city.association}")
    desk.enter(desk.label("MB-S-0009"))
    expect(desk.row("applied", "MB-S-0009")).to_be_visible()
    desk.page.context.route("**/undo", lambda route: route.fulfill(status=404, json={}))
    desk.tap("#undo")
    expect(desk.row("applied", "MB-S-0009")).to_contain_text("取り消せませんでした")
    assert len(loans_of(server, "MB-S-0009")) == 1


def test_a_verdict_that_comes_while_a_long_list_is_read_again_is_shown(server: Server, calm: Desk) -> None:
    cut(calm)
    many = """
      for (let at = 0; at < 260; at += 1) {
        const content = { kind: "scan", act: "inspect", code: `X-${at}`, wire: {}, turn: null, shown: `X-${at}` };
        const { op_id } = await store.keep({ ...content, desk: "窓口", username: "desk", name: "deskさん" });
        await store.change(new Map([[op_id, { state: "undone" }]]));
      }"""
    store(calm.page, many)
    calm.enter(calm.label("MB-S-0010"))
    expect(calm.page.locator("#bar-words")).to_have_text("未送信 1件")
    # A slow tablet: its turns between two parts of the list last long enough for the answer to come in between.
    calm.page.add_init_script(
        "const later = setTimeout; window.setTimeout = (what, after, ...all) => later(what, after ?? 2000, ...all);"
    )
    calm.page.context.unroute(SCANS)
    calm.page.context.route(SCANS, slowly)
    again(calm)
    expect(calm.row("noted", "MB-S-0010")).to_be_visible()


# ---- The clock ----


def test_a_clock_days_ahead_neither_reddens_what_is_new_nor_ends_the_pack(server: Server, browse: Browse) -> None:
    context = browse()
    context.add_init_script(
        """const [ahead, now, origin] = [3 * 86_400_000, Date.now, performance.timeOrigin];
        Date.now = () => now() + ahead;
        Object.defineProperty(performance, "timeOrigin", { value: origin + ahead });"""
    )
    desk = Desk(server, context, "?act=inspect")
    expect(desk.page.locator("#pack-age")).to_contain_text("控え：")
    cut(desk)
    desk.enter(desk.label("MB-S-0011"))
    expect(desk.page.locator("#bar-words")).to_have_text("未送信 1件")
    desk.page.goto("/")
    expect(desk.page.locator("#unsent")).to_have_text("未送信 1件")


def test_a_server_that_asked_for_a_pause_is_asked_again_though_the_clock_was_set_back(
    server: Server, browse: Browse
) -> None:
    context = browse()
    context.add_init_script("window.shift = 0; const now = Date.now; Date.now = () => now() + window.shift;")
    desk = Desk(server, context, "?act=inspect")
    busy = {"Retry-After": "2", "Content-Type": "application/json"}
    context.route(SCANS, lambda route: route.fulfill(status=503, headers=busy, body="{}"), times=1)
    desk.enter(desk.label("MB-S-0012"))
    expect(desk.page.locator("#bar-trouble")).not_to_be_empty()
    desk.page.evaluate("window.shift = -86_400_000")
    expect(desk.row("noted", "MB-S-0012")).to_be_visible()


# ---- Two people on one machine ----


@pytest.mark.parametrize("lacking", ["", "delete window.BroadcastChannel"])
def test_nothing_goes_out_under_the_name_of_who_signed_in_elsewhere(
    server: Server, browse: Browse, lacking: str
) -> None:
    context = browse()
    if lacking:
        context.add_init_script(lacking)
    desk = Desk(server, context, "?act=inspect")
    # Another window signed in, and this one has not heard of it.
    become(context, server, "admin")
    desk.enter(desk.label("MB-S-0013"))
    expect(desk.page.locator("#bar-others")).to_contain_text("deskさんの操作が1件")
    expect(desk.page.locator("#desk-who")).to_have_text("adminさん")
    expect(desk.rows("waiting")).to_have_count(1)


def test_who_signs_in_at_the_desk_itself_finds_it_without_a_network(server: Server, browse: Browse) -> None:
    context = browse()
    context.clear_cookies()
    page = context.new_page()
    page.goto("/sign-in")
    sign_in(page, "desk")
    expect(page.locator(".foot")).to_be_visible()
    desk = kept_desk(server, context)
    desk.page.goto("/")
    desk.page.locator("form[action='/sign-out'] button").first.click()
    desk.page.wait_for_url("**/sign-in?*")
    desk.page.goto("/sign-in?next=/desk")
    sign_in(desk.page, "admin")
    desk.page.locator("#desk[data-ready]").wait_for()
    desk.page.wait_for_load_state("networkidle")
    until(desk.page, "caches.match('/desk').then(Boolean)")
    context.set_offline(True)
    opens(desk)
    expect(desk.page.locator("#desk-who")).to_have_text("adminさん")


# ---- Pictures of damage ----


def broken(desk: Desk, asset_number: str) -> None:
    """Take a device back with a picture of its damage."""
    desk.enter(desk.label(asset_number))
    row = desk.row("applied", asset_number)
    row.get_by_role("button", name="ちがうところがある").click()
    form = form_of(desk.page.locator("#runs > li", has_text=asset_number).first)
    form.locator("[type=checkbox]").check()
    label = printed.label_of(desk.server.url, asset_number, desk.server.city.tags[asset_number])
    form.locator("[type=file]").set_input_files(jpeg(printed.photo([label])))
    expect(form.locator(".shots img")).to_have_count(1)
    form.locator("[type=submit]").click()
    expect(desk.row("applied", asset_number)).to_contain_text("こわれています")


def pictures_of(server: Server, asset_number: str) -> list[Any]:
    found: list[Any] = server.get(f"/api/devices/{asset_number}/pictures")["items"]
    return found


def test_a_wifi_that_shows_its_own_page_takes_no_picture_away(server: Server, browse: Browse) -> None:
    lend(server, "MB-S-0014")
    desk = Desk(server, browse(), "?act=return")
    portal = "<title>wifi</title>"
    desk.page.context.route(PICTURES, lambda route: route.fulfill(content_type="text/html", body=portal))
    broken(desk, "MB-S-0014")
    expect(desk.page.locator("#bar-trouble")).to_contain_text("Wi-Fi")
    expect(desk.page.locator("#bar-words")).to_have_text("写真 未送信 1枚")
    desk.page.context.unroute(PICTURES)
    desk.send_again()
    expect(desk.page.locator("#bar-words")).to_be_empty()
    assert len(pictures_of(server, "MB-S-0014")) == 1


def test_a_picture_that_nobody_judges_says_why_and_holds_no_other_up(server: Server, browse: Browse) -> None:
    lend(server, "MB-S-0015", "MB-S-0016")
    desk = Desk(server, browse(), "?act=return")
    sick = re.compile(r"/api/devices/MB-S-0015/pictures$")
    desk.page.context.route(sick, lambda route: route.fulfill(status=500, json={}))
    for phone in ("MB-S-0015", "MB-S-0016"):
        broken(desk, phone)
    expect(desk.page.locator("#bar-words")).to_have_text("写真 未送信 1枚")
    expect(desk.page.locator("#bar-trouble")).not_to_be_empty()
    assert [len(pictures_of(server, phone)) for phone in ("MB-S-0015", "MB-S-0016")] == [0, 1]


def test_a_picture_goes_out_under_the_name_of_who_took_it(server: Server, browse: Browse) -> None:
    lend(server, "MB-S-0017")
    context = browse()
    desk = Desk(server, context, "?act=return")
    context.route(PICTURES, lambda route: route.abort())
    broken(desk, "MB-S-0017")
    expect(desk.page.locator("#bar-words")).to_have_text("写真 未送信 1枚")
    become(context, server, "admin")
    context.unroute(PICTURES)
    new = Desk(server, context, "?act=inspect")
    expect(new.page.locator("#bar-others")).to_contain_text("deskさんの写真が1枚")
    assert pictures_of(server, "MB-S-0017") == []
    new.tap("#take-over")
    expect(new.page.locator("#bar-words")).to_be_empty()
    assert len(pictures_of(server, "MB-S-0017")) == 1


# ---- The camera ----


def test_a_camera_that_was_stopped_before_it_was_allowed_stays_off(
    server: Server, launch: Launch, browse: Browse
) -> None:
    context = browse(browser=launch(*CAMERA_SWITCHES))
    context.add_init_script(
        """const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = async (wanted) => {
          await new Promise((resolve) => { window.allow = resolve; });
          return (window.given = await ask(wanted));
        };"""
    )
    desk = Desk(server, context, "?act=see")
    desk.tap("#camera-start")
    desk.tap("#camera-stop")
    desk.page.evaluate("allow()")
    until(desk.page, "window.given?.getTracks().every((track) => track.readyState === 'ended')")
    expect(desk.page.locator("#camera")).to_be_hidden()


def test_on_a_phone_the_last_two_scans_stay_in_sight_while_they_wait(
    server: Server, launch: Launch, browse: Browse
) -> None:
    context = browse(browser=launch(*CAMERA_SWITCHES), viewport={"width": 360, "height": 740})
    desk = Desk(server, context, f"?association={server.city.association}")
    cut(desk)
    for number, phone in enumerate(("MB-S-0018", "MB-S-0019", "MB-S-0020"), start=1):
        desk.enter(desk.label(phone))
        expect(desk.rows("waiting")).to_have_count(number)
    expect(desk.page.locator("#send-again")).to_be_visible()
    desk.tap("#camera-start")
    until(desk.page, "localStorage.getItem('tsunagu.desk.camera') === 'on'")
    desk.page.evaluate("scrollTo(0, 0)")
    second, bar = desk.rows("waiting").nth(1).bounding_box(), desk.page.locator("#bar").bounding_box()
    assert second and bar and second["y"] + second["height"] <= bar["y"]
