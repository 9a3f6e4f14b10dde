"""An application from the counter to the printed notice in a real browser, and the words of papers tried before they
count: at both widths, with and without script."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.frontend.conftest import Server, axe_violations, sideways

pytestmark = pytest.mark.browser

WIDTHS = {"phone": {"width": 360, "height": 740}, "desk": {"width": 1280, "height": 900}}


def whole(page: Page) -> None:
    """Nothing scrolls sideways, and axe finds nothing."""
    over = sideways(page)
    assert over <= 0, f"{page.url} scrolls sideways by {over}px"
    assert axe_violations(page) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_an_application_is_entered_decided_and_its_notice_printed(
    server: Server, browse: Callable[..., BrowserContext], width: str
) -> None:
    page = browse(viewport=WIDTHS[width]).new_page()
    page.goto("/associations")
    page.locator('a[href="/applications"]').click()
    whole(page)
    page.get_by_role("link", name="申請を記録する").click()
    whole(page)
    page.get_by_label("自治会").select_option(server.city.association)
    page.get_by_role("button", name="つぎへ").click()
    whole(page)
    page.get_by_label("借りたい物品").select_option("head-tablets")
    page.get_by_label("使用目的").fill("電子回覧板と、災害のときの連絡")
    page.get_by_role("button", name="申請を記録する").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("決定を待っています")
    whole(page)
    page.get_by_role("link", name="決定を記録する").click()
    page.get_by_label("承認しない").check()
    page.get_by_label("文書番号").fill("前情政第12号")
    page.get_by_role("button", name="決定を記録する").click()
    # A refusal needs its reason: the form comes back filled and leads to the field.
    expect(page.get_by_label("文書番号")).to_have_value("前情政第12号")
    expect(page.get_by_label("承認しない")).to_be_checked()
    whole(page)
    page.get_by_label("承認する").check()
    page.get_by_role("button", name="決定を記録する").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("承認されました")
    whole(page)
    notice = page.get_by_role("link", name="承認通知書を印刷する").get_attribute("href")
    assert notice
    answer = page.request.get(notice)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    page.get_by_role("link", name="この申請で貸す").click()
    expect(page.get_by_label("自治会")).to_have_value(server.city.association)


def test_it_all_works_without_script(server: Server, browse: Callable[..., BrowserContext]) -> None:
    page = browse("admin", java_script_enabled=False).new_page()
    page.goto(f"/applications/new?association={server.city.association_without_head}")
    page.get_by_label("借りたい物品").select_option("head-tablets")
    page.get_by_role("button", name="申請を記録する").click()
    page.get_by_role("link", name="決定を記録する").click()
    page.get_by_label("承認しない").check()
    page.get_by_label("文書番号").fill("前情政第13号")
    page.get_by_label("理由").fill("台数がたりません。")
    page.get_by_role("button", name="決定を記録する").click()
    expect(page.get_by_role("link", name="不承認通知書を印刷する")).to_be_visible()
    expect(page.get_by_role("link", name="この申請で貸す")).to_have_count(0)


@pytest.mark.parametrize(
    "options",
    [{"viewport": WIDTHS["phone"]}, {"viewport": WIDTHS["desk"]}, {"java_script_enabled": False}],
    ids=["phone", "desk", "no-script"],
)
def test_words_are_seen_on_the_paper_before_they_count(
    server: Server, browse: Callable[..., BrowserContext], options: dict[str, Any]
) -> None:
    """Seen as they print, then written."""
    scripted = options.get("java_script_enabled", True)
    texts = "/api/pools/head-tablets/form-texts/handover"
    before = server.get(texts)["total"]
    page = browse("it", **options).new_page()
    page.goto("/pools")
    page.locator('a[href="/pools/head-tablets/forms"]').click()
    if scripted:
        whole(page)
    page.locator('a[href="/pools/head-tablets/forms/handover"]').click()
    page.get_by_label("様式番号").fill("様式第6号")
    page.get_by_label("題").fill("引継確認書")
    page.get_by_role("button", name="刷り上がりを見る").click()
    sheet = page.locator(".a4")
    expect(sheet).to_contain_text("様式第6号")
    expect(sheet.get_by_role("heading", name="引継確認書")).to_be_visible()
    assert server.get(texts)["total"] == before
    if scripted:
        whole(page)
    page.get_by_role("button", name="版として記録する").click()
    expect(page.get_by_role("status")).to_contain_text("新しい版")
    # The built-in words became the first version with the second.
    assert server.get(texts)["total"] == before + 1


def test_an_agreement_and_its_cards_are_one_print(server: Server, browse: Callable[..., BrowserContext]) -> None:
    order = {"borrower": {"association": server.city.association}, "devices": ["MB-T-0007"]}
    status, card = server.call("POST", "/api/loans", order)
    assert status == 201
    page = browse(viewport=WIDTHS["phone"]).new_page()
    page.goto(f"/loans/{card['number']}/agreement")
    whole(page)
    href = page.get_by_role("link", name="借用書と冷蔵庫カードを印刷する").get_attribute("href")
    assert href and page.request.get(href).headers["content-type"] == "application/pdf"
    page.goto(f"/loans/{card['number']}")
    for name in ("cards", "loss", "handover"):
        assert page.locator(f'a[href="/api/loans/{card["number"]}/{name}.pdf"]').count() == 1
