"""A hall in a browser: from 調査 to 運用 with a slip and a step back, until the published list names it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from inventory.calendar import today
from tests.frontend.conftest import Server, axe_violations, sideways

pytestmark = pytest.mark.browser

HALL, CODE = "大胡公民館", "OGO"
EXPORT = "/api/exports/public_wireless_lan.csv"


def ago(days: int) -> str:
    return (today(datetime.now(UTC)) - timedelta(days=days)).isoformat()


def move(page: Page, word: str, days: int, *, to: str = "") -> None:
    """Move the hall by the form to the stage that it offers (``word``), or to another (``to``)."""
    page.goto(f"/venues/{CODE}")
    page.get_by_role("link", name="段階をすすめる").click()
    if to:
        page.get_by_role("radio", name=to, exact=True).check()
    else:
        expect(page.get_by_role("radio", name=re.compile(f"^{word}.*つぎの段階$"))).to_be_checked()
    page.get_by_label("その段階になった日").fill(ago(days))
    page.get_by_role("button", name="この段階を記録する").click()


def moved(page: Page, sentence: str) -> None:
    expect(page.get_by_role("status")).to_contain_text("段階を記録しました")
    expect(page.get_by_text(sentence)).to_be_visible()


def test_a_hall_comes_into_service_and_is_published(server: Server, browse: Callable[..., BrowserContext]) -> None:
    page = browse("it", viewport={"width": 360, "height": 780}).new_page()
    move(page, "調査", 90)
    moved(page, "Wi-Fiは調査中です")
    assert axe_violations(page) == []
    assert sideways(page) <= 0
    # The day of service is planned, and slips when nobody bids.
    for days, cause, decided in ((20, "はじめての見込み（原因なし）", 88), (4, "入札不調", 45)):
        page.goto(f"/wifi/plans/new?venue={CODE}")
        page.get_by_label("運用", exact=True).first.fill(ago(days))
        page.get_by_label("原因").select_option(label=cause)
        page.get_by_label("理由").fill("" if decided == 88 else "応札がなかった")
        page.get_by_label("決めた日").fill(ago(decided))
        page.get_by_role("button", name="見込みを記録する").click()
        expect(page.get_by_role("status")).to_contain_text("見込みを記録しました")
    for word, days, sentence in (("設計", 80, "設計中"), ("契約", 60, "契約の手続き中"), ("工事", 40, "工事中")):
        move(page, word, days)
        moved(page, f"Wi-Fiは{sentence}です")
    # A step back is recorded once it says why; what was written is still there.
    move(page, "契約", 30, to="契約")
    expect(page.get_by_role("alert")).to_contain_text(f"{HALL}は、前の段階に戻ります")
    assert axe_violations(page) == []
    expect(page.get_by_label("その段階になった日")).to_have_value(ago(30))
    page.get_by_label("理由").fill("入札をやり直した")
    page.get_by_role("button", name="この段階を記録する").click()
    moved(page, "Wi-Fiは契約の手続き中です")
    for word, days, sentence in (("工事", 20, "工事中"), ("開通", 10, "開通の確認中")):
        move(page, word, days)
        moved(page, f"Wi-Fiは{sentence}です")
    point = {"ssid": "Maebashi_Free_Wi-Fi", "area": "ロビー", "auth": "portal", "installed_on": ago(15)}
    assert server.call("POST", f"/api/venues/{CODE}/access-points", point, role="it")[0] == 201
    assert HALL not in page.request.get(EXPORT).text()
    move(page, "運用", 3)
    moved(page, "Wi-Fiが使えます")
    expect(page.get_by_text("入札をやり直した")).to_be_visible()
    assert sideways(page) <= 0
    published = page.request.get(EXPORT)
    assert published.ok and HALL in published.text() and "Maebashi_Free_Wi-Fi" in published.text()
    history = server.get(f"/api/venues/{CODE}/wifi")["history"]
    assert [(step["stage"], step["on"]) for step in history][2:5] == [
        ("contract", ago(60)),
        ("construction", ago(40)),
        ("contract", ago(30)),
    ]
    page.goto("/wifi/slips")
    row = page.get_by_role("row").filter(has_text=HALL)
    expect(row).to_contain_text("入札不調")


def test_halls_are_chosen_and_moved_without_scripts(server: Server, browse: Callable[..., BrowserContext]) -> None:
    for code, name in (("N1", "南橘公民館"), ("N2", "芳賀公民館")):
        order = {"code": code, "kind": "kominkan", "name": name}
        assert server.call("POST", "/api/venues", order, role="it")[0] == 201
    page = browse("it", java_script_enabled=False).new_page()
    page.goto("/wifi/steps/new")
    for name in ("南橘公民館", "芳賀公民館"):
        page.get_by_label(name).check()
    page.get_by_role("button", name="選んだ館の段階をすすめる").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2館の段階を")
    page.get_by_role("button", name="この段階を記録する").click()
    expect(page.get_by_role("status")).to_contain_text("選んだ館の段階を記録しました")
    page.goto("/wifi/import")
    page.get_by_label("履歴の表").fill(f"館名\t設計\n南橘公民館\t{ago(0)}\n")
    page.get_by_role("button", name="何を記録するかを見る").click()
    expect(page.get_by_role("alert")).to_contain_text("見出しの行が見つかりません")
    page.get_by_label("履歴の表").fill(f"館名\t設計\t契約\n南橘公民館\t{ago(0)}\t\n芳賀公民館\t{ago(0)}\t未定\n")
    page.get_by_role("button", name="何を記録するかを見る").click()
    page.get_by_role("button", name="この内容で記録する").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2館の2件を")
    assert [server.get(f"/api/venues/{code}/wifi")["stage"] for code in ("N1", "N2")] == ["design", "design"]
