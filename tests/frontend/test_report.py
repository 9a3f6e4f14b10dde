"""A head of seventy reports trouble: from the scan to the number, with a script and without, with a network and not."""

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select
from sqlmodel import SQLModel

from api import public_acts
from inventory.database import reading
from inventory.issue_steps import secret_of
from tests.frontend.conftest import Server, axe_violations, sideways

pytestmark = pytest.mark.browser

ISSUE = SQLModel.metadata.tables["issue"]
PICTURE = SQLModel.metadata.tables["picture"]
PHONE_SIZE = {"width": 360, "height": 780}
# What is pressed and lower than 56 px; what is read and smaller than 20 px, furigana aside.
_SMALL = """() => [...document.querySelectorAll('.btn, .pick, label.choice, .callbar a')]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 56)
  .map((one) => one.outerHTML.slice(0, 90))"""
_TINY = """() => [...document.querySelectorAll('main *')]
  .filter((one) => one.checkVisibility() && !one.closest('rt, rp, .hush, svg'))
  .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
  .filter((one) => parseFloat(getComputedStyle(one).fontSize) < 20)
  .map((one) => one.outerHTML.slice(0, 90))"""
RECEIPT = re.compile(r".*/R/[0-9a-f]{64}(\?photo=\d)?$")


@pytest.fixture
def phone(
    server: Server, launch: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., BrowserContext]]:
    """``phone(…)``: somebody's own telephone, in which nobody is signed in."""
    opened: list[BrowserContext] = []

    def window(**options: Any) -> BrowserContext:
        options.setdefault("viewport", PHONE_SIZE)
        context = launch().new_context(
            locale="ja-JP", timezone_id="Asia/Tokyo", base_url=server.url, has_touch=True, **options
        )
        context.set_default_timeout(60_000)
        opened.append(context)
        return context

    # All these telephones have one address, whose posts are counted; tests/api holds that they are.
    monkeypatch.setattr(public_acts, "POSTS", 1000)
    yield window
    for context in opened:
        context.close()


def lent(server: Server, asset_number: str) -> str:
    """The label of a tablet that the association's head has, with a telephone number on file."""
    card = server.get(f"/api/devices/{asset_number}")
    if card["loan"] is None:
        made = server.call("POST", "/api/associations", {"name": f"自治会 {asset_number}"})[1]["id"]
        head = {"name": "金井 康男", "from": "2020-04-01", "phone": "027-283-5678"}
        assert server.call("POST", f"/api/associations/{made}/officers", head)[0] == 201
        order = {"borrower": {"association": made}, "devices": [asset_number], "due": {"end_of_office": True}}
        status, said = server.call("POST", "/api/loans", order, role="admin")
        assert status == 201, said
    return str(card["tag"])


def issues(server: Server) -> list[Any]:
    with reading(server.database) as session:
        return list(session.connection().execute(select(ISSUE).order_by(ISSUE.c.id)))


def jpeg(folder: Path, name: str = "taken.jpg") -> Path:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "red").save(out, "JPEG")
    (folder / name).write_bytes(out.getvalue())
    return folder / name


def at_receipt(page: Page, server: Server) -> Any:
    """The report whose number the page shows."""
    page.wait_for_url(RECEIPT)
    row = issues(server)[-1]
    expect(page.locator(".receipt .no")).to_have_text(f"{row.receipt[:3]}-{row.receipt[3:]}")
    return row


def test_three_taps_from_the_scan_to_the_number(server: Server, phone: Callable[..., BrowserContext]) -> None:
    page, tag, taps = phone().new_page(), lent(server, "MB-T-0001"), 0
    page.goto(f"/T/{tag}")

    def tap(what: Any) -> None:
        nonlocal taps
        what.tap()
        taps += 1

    tap(page.get_by_role("link", name="電源"))
    tap(page.get_by_role("button", name="直りません。つぎへ").or_(page.get_by_role("button", name="つぎへ")).first)
    page.locator("#f-text").fill("朝から つきません")
    expect(page.locator("[name=phone]")).to_have_count(0)
    tap(page.locator(".send button"))
    row = at_receipt(page, server)
    assert taps == 3
    assert (row.category, row.words, row.officer_id is not None) == ("power", "朝から つきません", True)
    assert page.locator(".say").inner_text().count(" ") == 6


def test_every_step_is_free_of_barriers(server: Server, phone: Callable[..., BrowserContext]) -> None:
    """axe, 320 px, and text twice as large, at every view of the way."""
    page, tag = phone().new_page(), server.city.tags["MB-T-0002"]
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))

    def look() -> None:
        assert axe_violations(page) == []
        for width, size in ((360, "200%"), (320, "100%"), (360, "100%")):
            page.set_viewport_size({"width": width, "height": 780})
            page.evaluate("(size) => { document.documentElement.style.fontSize = size; }", size)
            over = sideways(page)
            assert over <= 0, (page.url, width, size)
        assert page.evaluate(_SMALL) == []
        assert page.evaluate(_TINY) == []

    page.goto(f"/T/{tag}")
    look()
    page.goto(f"/T/{tag}/report")
    expect(page.locator("form.stepped")).to_be_visible()
    look()
    page.locator("label.pick").first.tap()
    expect(page.locator("[data-view=try]")).to_be_visible()
    look()
    page.get_by_role("button", name="直").and_(page.locator("[data-next]")).tap()
    expect(page.locator("#f-text")).to_be_visible()
    look()
    page.locator(".send button").tap()
    page.wait_for_url(RECEIPT)
    look()
    page.get_by_role("button", name="保存").or_(page.locator("[data-keep] button")).first.tap()
    page.goto("/T")
    expect(page.locator(".saved a")).to_have_count(1)
    look()
    assert said == []


def test_the_same_without_a_script(server: Server, phone: Callable[..., BrowserContext], tmp_path: Path) -> None:
    page = phone(java_script_enabled=False).new_page()
    page.goto(f"/T/{lent(server, 'MB-T-0001')}")
    page.get_by_role("link", name="画面").click()
    page.locator("[value=cracked]").check()
    page.locator("#f-text").fill("われました")
    page.locator("#f-photos").set_input_files(jpeg(tmp_path))
    page.locator(".send button").click()
    row = at_receipt(page, server)
    assert (row.category, row.phrases, row.words) == ("screen", ["cracked"], "われました")
    with reading(server.database) as session:
        kept = session.connection().execute(select(PICTURE.c.id).where(PICTURE.c.issue_id == row.id)).all()
    assert len(kept) == 1
    page.locator("form[action$=solved] button").click()
    expect(page.locator("form[action$=reopen] button")).to_be_visible()


def test_without_a_network_it_waits_in_the_phone_and_goes_when_there_is_one(
    server: Server, phone: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    context = phone()
    page, before = context.new_page(), len(issues(server))
    page.goto(f"/T/{lent(server, 'MB-T-0001')}/report?category=howto")
    page.locator("[data-view=try] [data-next]").tap()
    page.locator("#f-text").fill("圏外で書いた")
    page.locator("#f-photos").set_input_files(jpeg(tmp_path))
    expect(page.locator(".shots img")).to_have_count(1)
    context.set_offline(True)
    page.locator(".send button").tap()
    expect(page.locator("[data-say=offline]")).to_be_visible()
    assert not RECEIPT.match(page.url) and len(issues(server)) == before
    context.set_offline(False)
    row = at_receipt(page, server)
    assert row.words == "圏外で書いた" and len(issues(server)) == before + 1
    with reading(server.database) as session:
        assert session.connection().execute(select(PICTURE.c.id).where(PICTURE.c.issue_id == row.id)).all()


def test_it_waits_also_while_the_page_is_closed(server: Server, phone: Callable[..., BrowserContext]) -> None:
    context = phone()
    page, before = context.new_page(), len(issues(server))
    page.goto(f"/T/{lent(server, 'MB-T-0001')}/report?category=other")
    page.locator("#f-text").fill("閉じても残る")
    context.set_offline(True)
    page.locator(".send button").tap()
    expect(page.locator("[data-say=offline]")).to_be_visible()
    page.close()
    context.set_offline(False)
    later = context.new_page()
    later.goto("/T")
    expect(later.locator("[data-say=sent-later] a")).to_have_text(re.compile(r"^\d{3}-\d{3}$"))
    assert [row.words for row in issues(server)][before:] == ["閉じても残る"]
    later.reload()
    expect(later.locator("h1")).to_be_visible()
    assert len(issues(server)) == before + 1


def test_an_answer_that_was_lost_makes_no_second_report(server: Server, phone: Callable[..., BrowserContext]) -> None:
    context = phone()
    page, before = context.new_page(), len(issues(server))
    lost: list[int] = []

    def swallow(route: Any) -> None:
        if lost:
            route.continue_()
        else:
            lost.append(route.fetch().status)
            route.abort()

    page.route("**/api/issues", swallow)
    page.goto(f"/T/{lent(server, 'MB-T-0001')}/report?category=other")
    page.locator(".send button").tap()
    expect(page.locator("[data-say=offline]")).to_be_visible()
    assert lost == [201]
    page.locator("[data-again]").tap()
    at_receipt(page, server)
    assert len(issues(server)) == before + 1


def test_the_draft_outlives_a_reload(server: Server, phone: Callable[..., BrowserContext], tmp_path: Path) -> None:
    page = phone().new_page()
    page.goto(f"/T/{server.city.tags['MB-T-0003']}/report")
    page.locator("label.pick", has=page.locator("[value=broken]")).tap()
    page.locator("[value=water]").check()
    page.locator("#f-text").fill("書きかけ")
    page.locator("#f-phone").fill("027-283-1111")
    page.locator("#f-photos").set_input_files(jpeg(tmp_path))
    expect(page.locator(".shots img")).to_have_count(1)
    page.reload()
    expect(page.locator("form.stepped")).to_be_visible()
    page.locator("[data-view=what] [data-next]").tap()
    expect(page.locator("#f-text")).to_have_value("書きかけ")
    expect(page.locator("#f-phone")).to_have_value("027-283-1111")
    expect(page.locator("[value=water]")).to_be_checked()
    expect(page.locator(".shots img")).to_have_count(1)
    page.locator(".shots button").tap()
    expect(page.locator(".shots img")).to_have_count(0)


def test_the_browser_s_back_button_goes_back_one_question(server: Server, phone: Callable[..., BrowserContext]) -> None:
    page = phone().new_page()
    page.goto(f"/T/{server.city.tags['MB-T-0003']}/report")
    page.locator("label.pick").first.tap()
    expect(page.locator("[data-view=try]")).to_be_visible()
    page.locator("[data-view=try] [data-next]").tap()
    expect(page.locator("[data-view=how]")).to_be_visible()
    page.go_back()
    expect(page.locator("[data-view=try]")).to_be_visible()
    page.locator("[data-view=try] [data-back]").tap()
    expect(page.locator("[data-view=what]")).to_be_visible()


def test_a_refused_photo_keeps_the_words(server: Server, phone: Callable[..., BrowserContext], tmp_path: Path) -> None:
    page = phone().new_page()
    (tmp_path / "bad.jpg").write_bytes(b"GIF89a" + b"\0" * 50)
    page.goto(f"/T/{lent(server, 'MB-T-0001')}/report?category=other")
    page.locator("#f-text").fill("写真は読めない")
    page.locator("#f-photos").set_input_files(tmp_path / "bad.jpg")
    page.locator(".send button").tap()
    row = at_receipt(page, server)
    assert row.words == "写真は読めない" and page.url.endswith("?photo=1")
    expect(page.locator(".notice").first).to_be_visible()


def test_a_refusal_brings_the_form_back_with_what_was_written(
    server: Server, phone: Callable[..., BrowserContext]
) -> None:
    page, before = phone().new_page(), len(issues(server))
    page.goto(f"/T/{server.city.tags['MB-T-0003']}/report?category=other")
    page.locator("#f-text").fill("電話番号がおかしい")
    page.locator("#f-phone").fill("12")
    page.locator(".send button").tap()
    expect(page.locator("[data-say=refused]")).to_be_visible()
    expect(page.locator("#f-text")).to_have_value("電話番号がおかしい")
    assert len(issues(server)) == before
    page.locator("#f-phone").fill("027-283-1111")
    page.locator(".send button").tap()
    assert at_receipt(page, server).phone == "027-283-1111"


def test_solved_by_trying(server: Server, phone: Callable[..., BrowserContext]) -> None:
    page = phone().new_page()
    page.goto(f"/T/{lent(server, 'MB-T-0001')}/report?category=power")
    page.locator("[data-of-category=power] [data-solved]").tap()
    row = at_receipt(page, server)
    assert row.self_solved and row.category == "power"


def test_with_the_keyboard_alone(server: Server, phone: Callable[..., BrowserContext]) -> None:
    page = phone().new_page()
    page.goto(f"/T/{server.city.tags['MB-T-0003']}/report")
    expect(page.locator("form.stepped")).to_be_visible()
    page.locator("[name=category]").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    # Walking through the rows does not leave them.
    expect(page.locator("[data-view=what]")).to_be_visible()
    expect(page.locator("#f-category-network")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.locator("[data-view=try]")).to_be_visible()


def test_the_receipt_s_link_is_the_report_s_own(server: Server, phone: Callable[..., BrowserContext]) -> None:
    page = phone().new_page()
    page.goto(f"/T/{lent(server, 'MB-T-0001')}/report?category=other")
    page.locator(".send button").tap()
    row = at_receipt(page, server)
    assert page.url.endswith("/R/" + secret_of(server.database.keys, row.receipt, 1))
