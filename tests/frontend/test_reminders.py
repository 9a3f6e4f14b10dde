"""The telephone list on a phone: rung up and written down without a script, by key, at 200 % and by axe's measure."""

import http.client
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from inventory.calendar import today
from inventory.database import writing
from inventory.reminder_lists import DOUBTFUL_AFTER
from inventory.reminders import claim_mail
from tests.frontend.conftest import Server, axe_violations, sideways

pytestmark = pytest.mark.browser

PHONE, WIDE = {"width": 360, "height": 740}, {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def due(server: Server) -> Server:
    """Two associations from which something is due soon, one of which a mail perhaps reached, and a course's phones."""
    rules = {"remind_before_days": 30, "remind_every_days": 7}
    for pool in ("head-tablets", "course-phones"):
        _change_pool(server, pool, rules)
    head = {"name": "関口 静子", "from": "2026-04-01", "phone": "027-000-2002", "email": "head@example.jp"}
    other = server.city.association_without_head
    assert server.call("POST", f"/api/associations/{other}/officers", head)[0] == 201
    on = (today(datetime.now(UTC)) + timedelta(days=5)).isoformat()
    for borrower, devices in (
        ({"association": server.city.association}, ["MB-T-0001", "MB-T-0002"]),
        ({"association": other}, ["MB-T-0003"]),
        ({"section": "情報政策課"}, ["MB-S-0001"]),
    ):
        order = {"borrower": borrower, "devices": devices, "due": {"on": on}}
        assert server.call("POST", "/api/loans", order)[0] == 201
    with writing(server.database) as session:
        assert claim_mail(session, f"association:{other}", now=datetime.now(UTC) - DOUBTFUL_AFTER) is not None
    return server


def _change_pool(server: Server, pool: str, rules: dict[str, int]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    headers = {"Cookie": server.cookie("it"), "If-Match": '"1"', "Content-Type": "application/json"}
    connection.request("PATCH", f"/api/pools/{pool}", json.dumps(rules), headers)
    assert connection.getresponse().status == 200
    connection.close()


def _headline(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text().replace("\n", "")


@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["phone", "wide"])
def test_every_page_of_reminders_is_whole(
    due: Server, browse: Callable[..., BrowserContext], size: dict[str, int]
) -> None:
    page = browse("desk", viewport=size).new_page()
    extend = f"/reminders/extend?borrower=association:{due.city.association}"
    for path in ("/reminders", "/reminders/past", extend, "/pools", "/loans"):
        page.goto(path)
        assert axe_violations(page) == [], path
        wide = sideways(page)
        assert wide <= 0, path
        assert page.locator(".btn.main").count() <= 1, path
    page.goto("/reminders")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert sideways(page) <= 0


def test_the_day_leads_to_the_doubtful_mail(due: Server, browse: Callable[..., BrowserContext]) -> None:
    page = browse("desk", viewport=PHONE).new_page()
    page.goto("/")
    page.get_by_role("link", name="たしかめて決める").click()
    assert "メールが1通あります" in _headline(page)
    page.goto("/loans")
    page.get_by_role("link", name="返す日の知らせ").click()
    expect(page.get_by_role("button", name="届いたことにする")).to_be_visible()


def test_a_viewer_presses_nothing_and_sees_no_number(due: Server, browse: Callable[..., BrowserContext]) -> None:
    page = browse("viewer", viewport=PHONE).new_page()
    page.goto("/reminders")
    assert "堀越町自治会" in page.locator("main").inner_text()
    assert page.locator("main button").count() == 0
    assert page.locator("main a[href^='tel:']").count() == 0
    assert axe_violations(page) == []


def test_a_morning_at_the_telephone_without_a_script(due: Server, browse: Callable[..., BrowserContext]) -> None:
    page = browse("desk", viewport=PHONE, java_script_enabled=False).new_page()
    page.goto("/reminders")
    page.get_by_role("button", name="数えない・もう一度送れるようにする").click()
    expect(page.locator(".notice.done")).to_be_visible()
    # What was claimed today is not sent twice on one day, so the telephone is left; here nobody has a mail server.
    assert "相手は3人です" in _headline(page)
    number = page.locator("a[href='tel:0270002002']")
    assert number.bounding_box()["height"] >= 44  # type: ignore[index]
    row = page.locator(".call-row", has=number)
    row.get_by_role("button", name="出ませんでした").click()
    expect(page.locator(".call-row", has=number)).to_contain_text("電話に出ませんでした")
    expect(page.get_by_role("checkbox", name="茂木町自治会")).to_be_checked()
    page.locator(".call-row", has_text="情報政策課").get_by_role("button", name="電話しました").click()
    assert "相手は2人です" in _headline(page)
    page.get_by_role("button", name="選んだ相手に手紙を出す").click()
    assert "相手はいません" in _headline(page)
    printed = page.get_by_role("link", name="今日の手紙を刷る").get_attribute("href")
    answer = page.request.get(str(printed))
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    # One was a slip: it goes back to the list.
    page.get_by_role("form", name="情報政策課の記録").get_by_role("button").click()
    assert "相手は1人です" in _headline(page)
    page.get_by_role("link", name="返す日を延ばす").click()
    later = (today(datetime.now(UTC)) + timedelta(days=60)).isoformat()
    page.get_by_label("新しい返す日").fill(later)
    page.get_by_role("button", name="この日まで延ばす").click()
    assert "相手はいません" in _headline(page)
