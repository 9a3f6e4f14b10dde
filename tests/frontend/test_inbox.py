"""The staff's side of trouble reports in a browser: answered in two taps, repaired, lost, merged."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from inventory.database import writing
from inventory.journal import By
from inventory.reporting import Report, report
from tests.frontend.conftest import Server, axe_violations, sideways

pytestmark = pytest.mark.browser
Browse = Callable[..., BrowserContext]
WIDTHS = (360, 1280)


@pytest.fixture(scope="module")
def troubled(server: Server) -> Server:
    """Tablets 1–5 out with an association, and standard answers."""
    devices = [f"MB-T-{number:04d}" for number in range(1, 6)]
    order = {"borrower": {"association": server.city.association}, "devices": devices, "due": {"on": "2999-01-01"}}
    assert server.call("POST", "/api/loans", order)[0] == 201
    for title, text in (("充電", "30分充電してください。"), ("折り返し", "お電話します。")):
        assert server.call("POST", "/api/standard-answers", {"title": title, "text": text})[0] == 201
    return server


def told(server: Server, tag: str, **fields: Any) -> str:
    """A report on behalf of a caller; its id."""
    order = Report.model_validate(
        {"tag": tag, "category": "power", "text": "画面が黒いまま", "on_behalf": True} | fields
    )
    with writing(server.database) as session:
        keys, now = server.database.keys, datetime.now(UTC)
        return report(session, order, keys=keys, by=By(), now=now, op_id=str(uuid4())).issue


def sound(page: Page) -> None:
    """No fault that axe knows of, at both widths, and nothing that scrolls sideways."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert axe_violations(page) == [], f"{page.url} at {width} px"
        over = sideways(page)
        assert over <= 0, f"{page.url} at {width} px"


def issue(server: Server, number: str) -> Any:
    return server.get(f"/api/issues/{number}")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_an_answer_takes_two_taps(troubled: Server, browse: Browse, script: bool) -> None:
    number = told(troubled, "MB-T-0001")
    receipt = issue(troubled, number)["receipt"]
    page = browse(viewport={"width": 360, "height": 800}, java_script_enabled=script).new_page()
    page.goto("/issues")
    page.get_by_role("link", name=re.compile(receipt)).click()
    page.get_by_label("伝えること").fill("お電話ください。")
    page.get_by_role("button", name="返事を記録する").click()
    expect(page.get_by_role("status")).to_contain_text("返事を記録しました")
    card = issue(troubled, number)
    assert (card["state"], [one["text"] for one in card["messages"]]) == ("in_progress", ["お電話ください。"])


def test_a_standard_answer_is_put_where_it_can_be_changed(troubled: Server, browse: Browse) -> None:
    number = told(troubled, "MB-T-0001")
    page = browse().new_page()
    page.goto(f"/issues/{number}")
    page.get_by_text("標準の答えを使う").click()
    page.get_by_label("充電").check()
    expect(page.get_by_label("伝えること")).to_have_value("30分充電してください。")
    page.get_by_label("折り返し").check()
    expect(page.get_by_label("伝えること")).to_have_value("お電話します。")
    page.get_by_label("伝えること").fill("自分の言葉。")
    page.get_by_label("充電").check()
    expect(page.get_by_label("伝えること")).to_have_value("自分の言葉。\n30分充電してください。")
    sound(page)


def test_a_standard_answer_without_a_script(troubled: Server, browse: Browse) -> None:
    number = told(troubled, "MB-T-0001")
    page = browse(java_script_enabled=False).new_page()
    page.goto(f"/issues/{number}")
    page.get_by_text("標準の答えを使う").click()
    page.get_by_label("充電").check()
    page.get_by_role("button", name="返事を記録する").click()
    expect(page.get_by_role("status")).to_be_visible()
    assert [one["text"] for one in issue(troubled, number)["messages"]] == ["30分充電してください。"]


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_repair_with_a_stand_in(troubled: Server, browse: Browse, script: bool) -> None:
    device, stand_in = ("MB-T-0002", "MB-T-0006") if script else ("MB-T-0003", "MB-T-0007")
    number = told(troubled, device)
    page = browse(viewport={"width": 360, "height": 800}, java_script_enabled=script).new_page()
    page.goto(f"/issues/{number}")
    page.get_by_text("代替機を貸す").click()
    page.get_by_label("代わりに貸す端末").select_option(stand_in)
    page.get_by_role("button", name="この端末を貸す").click()
    expect(page.get_by_role("status")).to_contain_text("代替機の貸出を記録しました")
    assert [hold["reason"] for hold in troubled.get(f"/api/devices/{device}")["holds"]] == ["repair"]
    if script:
        sound(page)
    page.get_by_role("button", name="修理がすんで、もとの端末を渡しました").click()
    expect(page.get_by_role("status")).to_contain_text("もとの端末を渡したことを記録しました")
    card = issue(troubled, number)
    assert card["state"] == "resolved"
    assert [one["returned_at"] is not None for one in card["substitutes"]] == [True]
    assert troubled.get(f"/api/devices/{device}")["holds"] == []


def test_a_loss_step_by_step(troubled: Server, browse: Browse) -> None:
    number = told(troubled, "MB-T-0004", category="lost")
    page = browse("it", viewport={"width": 360, "height": 800}).new_page()
    page.goto(f"/issues/{number}")
    page.get_by_role("button", name="紛失にする").click()
    page.goto("/")
    page.get_by_role("link", name=re.compile("ロックと消去を記録する.*MB-T-0004")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("まだロックできていません")
    page.get_by_label("警察に届けた").check()
    page.get_by_role("button", name="記録する").click()
    expect(page.get_by_role("alert")).to_contain_text("受理番号")
    sound(page)
    page.get_by_label("警察の受理番号・メモ").fill("前橋署 第123号")
    page.get_by_role("button", name="記録する").click()
    expect(page.get_by_role("status")).to_contain_text("紛失の対応を記録しました")
    page.get_by_label("ロックできた").check()
    page.get_by_role("button", name="記録する").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("すんでいます")
    sound(page)
    loss = issue(troubled, number)["loss"]
    assert [(step["kind"], step["note"]) for step in loss["steps"]] == [
        ("police", "前橋署 第123号"),
        ("locked", None),
    ]
    page.goto("/")
    expect(page.get_by_text("まだロックできていません")).to_have_count(0)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_two_reports_become_one(troubled: Server, browse: Browse, script: bool) -> None:
    first, second = told(troubled, "MB-T-0005"), told(troubled, "MB-T-0005")
    page = browse(java_script_enabled=script).new_page()
    page.goto(f"/issues/{second}")
    page.get_by_text("ほかの困りごとにまとめる").click()
    page.get_by_label("まとめる先", exact=True).select_option(first)
    page.get_by_role("button", name="まとめる", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("1件にまとめました")
    assert page.url.split("?")[0].endswith(f"/issues/{first}")
    assert [one["id"] for one in issue(troubled, first)["merged"]] == [second]
    if script:
        sound(page)


def test_on_behalf_of_a_caller(troubled: Server, browse: Browse) -> None:
    page = browse(viewport={"width": 360, "height": 800}).new_page()
    page.goto("/issues")
    page.get_by_role("link", name="電話の困りごとを書きとめる").click()
    page.get_by_label("番号・自治会・会場").fill("堀越")
    page.get_by_role("button", name="探す").click()
    sound(page)
    page.get_by_role("link", name="MB-T-0001").click()
    page.get_by_label("電源").first.check()
    page.get_by_label("聞いたこと").fill("つかない")
    page.get_by_text("決まった言い方から選ぶ").click()
    sound(page)
    page.get_by_role("button", name="困りごとを記録する").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("受付番号は")
    sound(page)
    # The code leads whoever holds the slip to the answers, with no account.
    page.get_by_role("link", name="このコードが開くページを見る").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_the_inbox_and_the_answers_are_sound(troubled: Server, browse: Browse) -> None:
    told(troubled, "OGO", category="network", text="2階だけつながらない")
    page = browse().new_page()
    for path in (
        "/issues",
        "/issues?category=network&state=all",
        "/issues/answers",
        "/issues/answers/1",
        "/venues/OGO",
    ):
        page.goto(path)
        sound(page)
    it = browse("it").new_page()
    it.goto("/issues")
    expect(it.get_by_role("link", name="大胡公民館")).to_be_visible()
    expect(it.get_by_role("link", name="MB-T-0001")).to_have_count(0)
