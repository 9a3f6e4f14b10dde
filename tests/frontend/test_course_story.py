"""One course from its plan to the year's report, in a browser: a hall without wifi, a router, a day, a count."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from inventory.calendar import fiscal_year, today
from tests.frontend import wedge
from tests.frontend.conftest import Server, axe_violations, sideways

pytestmark = pytest.mark.browser

TITLE = "スマホで防災"
PHONES = ("MB-S-0003", "MB-S-0001", "MB-S-0002")


def router(server: Server) -> str:
    """The one router that the city has; its label number."""
    pool = {"id": "routers", "name": "モバイルルーター", "kind": "router"}
    assert server.call("POST", "/api/pools", pool, role="it")[0] == 201
    device = {"pool": "routers", "asset_number": "MB-R-0001", "model": "MR51FN", "call_number": 1}
    status, card = server.call("POST", "/api/devices", device, role="it")
    assert status == 201
    return str(card["tag"])


def plan(page: Page, day: str) -> str:
    """Enter the course by the form; its id. It lasts all day, so that it is under way at whatever hour this runs."""
    page.goto("/courses/new")
    page.get_by_label("事業", exact=False).first.select_option(index=1)
    page.get_by_label("講座名", exact=False).first.fill(TITLE)
    page.get_by_label("開く日").fill(day)
    page.get_by_label("始まり").fill("00:00")
    page.get_by_label("終わり").fill("23:59")
    page.get_by_label("会場", exact=True).select_option(label="大胡公民館")
    page.get_by_label("定員（人）").fill("3")
    page.get_by_label("Wi-Fiを使う").check()
    page.get_by_role("button", name="講座を加える").click()
    expect(page.get_by_text("台帳に加えました")).to_be_visible()
    return page.url.rpartition("/")[2].partition("?")[0]


def verdict(page: Page, sign: str) -> None:
    """What stands large on the course's page."""
    expect(page.locator(f".verdict use[href='#mark-{sign}']")).to_have_count(1)


def scan(server: Server, page: Page, number: str) -> None:
    wedge.scan(page, f"{server.url}/T/{number}".upper())


def row(page: Page, state: str, asset: str) -> Any:
    return page.locator(f"#runs > li.{state}").filter(has_text=asset)


def test_a_course_is_planned_made_ready_run_counted_and_reported(
    server: Server, browse: Callable[..., BrowserContext]
) -> None:
    label = router(server)
    day = today(datetime.now(UTC))
    page = browse("desk", viewport={"width": 1280, "height": 900}).new_page()

    # The plan: the hall has no wifi, so the course is a worry, and one tap ends it.
    course = plan(page, day.isoformat())
    verdict(page, "caution")
    assert server.get(f"/api/courses/{course}/readiness")["verdict"] == "caution"
    assert axe_violations(page) == []
    page.get_by_role("button", name="ルーターを1台予約する").click()
    verdict(page, "go")
    assert server.get(f"/api/courses/{course}/readiness")["verdict"] == "go"
    assert axe_violations(page) == []

    # The day: straight to the desk, which holds the pack; the router and a phone for each seat go out by scanning.
    page.get_by_role("link", name="この講座に貸す").click()
    page.locator("#desk[data-ready]").wait_for()
    expect(page.locator("#target-name")).to_contain_text(TITLE)
    expect(page.locator("#target-pack")).to_contain_text("電波がなくても使えます")
    scan(server, page, label)
    expect(row(page, "applied", "MB-R-0001")).to_be_visible()
    expect(row(page, "applied", "MB-R-0001")).not_to_contain_text("席")
    for seat, phone in enumerate(PHONES, 1):
        scan(server, page, server.city.tags[phone])
        expect(row(page, "applied", phone)).to_contain_text(f"席{seat}")
    page.goto(f"/courses/{course}")
    expect(page.locator(".seatlist li")).to_have_text(
        ["席1 ＝ MB-S-0003、3番", "席2 ＝ MB-S-0001、1番", "席3 ＝ MB-S-0002、2番"]
    )
    assert axe_violations(page) == []
    assert sideways(page) <= 0

    # Back they come, in whatever order.
    page.get_by_role("link", name="この講座の返却を記録").click()
    page.locator("#desk[data-ready]").wait_for()
    expect(page.locator("#remaining-title")).to_contain_text("4")
    for number in (server.city.tags["MB-S-0002"], label, server.city.tags["MB-S-0003"], server.city.tags["MB-S-0001"]):
        scan(server, page, number)
    expect(page.locator("#remaining-title")).to_have_text("全部もどりました。")

    # How many came, in one question.
    page.goto(f"/courses/{course}")
    expect(page.get_by_text("点検待ちが3台")).to_be_visible()
    page.get_by_role("link", name="参加した人を数える").click()
    page.get_by_label("参加した人の数").fill("3")
    assert axe_violations(page) == []
    page.get_by_role("button", name="この人数を記録する").click()
    expect(page.get_by_text("参加した人の数を記録しました")).to_be_visible()
    assert server.get(f"/api/courses/{course}")["state"] == "held"

    # And the year's report has them.
    year = fiscal_year(day)
    page.goto("/courses")
    page.get_by_role("link", name="年度の報告").click()
    page.get_by_role("link", name=f"令和{year - 2018}年度", exact=False).first.click()
    expect(page.locator("h1")).to_contain_text("3名")
    expect(page.get_by_role("row").filter(has_text="スマホ講座").first).to_contain_text("3名")
    total = server.get(f"/api/fiscal-years/{year}/summary")["grand_total"]
    assert (total["courses"], total["participants"], total["approx"]) == (1, 3, False)
