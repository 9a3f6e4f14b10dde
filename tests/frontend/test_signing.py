"""Signing on the screen in a real browser: by mouse, by touch, by keyboard alone, and without script."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from inventory.agreement_sheets import signature
from inventory.database import reading
from tests.frontend import wedge
from tests.frontend.conftest import Server, axe_violations, sideways

pytestmark = pytest.mark.browser

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def loan(server: Server) -> str:
    """A tablet of its own out with an association, whose agreement is missing; the loan's number."""
    tablet = f"MB-T-{100 + len(server.get('/api/loans?limit=200')['items'])}"
    device = {"pool": "head-tablets", "asset_number": tablet, "model": "タブレット 10"}
    assert server.call("POST", "/api/devices", device, role="it")[0] == 201
    order = {"borrower": {"association": server.city.association}, "devices": [tablet]}
    status, card = server.call("POST", "/api/loans", order)
    assert (status, card["agreement"]) == (201, "missing")
    return str(card["number"])


@pytest.fixture
def opened(browse: Callable[..., BrowserContext], loan: str) -> Callable[..., Page]:
    def page(**options: Any) -> Page:
        new = browse(**options).new_page()
        new.goto(f"/loans/{loan}/agreement/sign")
        return new

    return page


def stroke(page: Page, *points: tuple[float, float]) -> None:
    """Draw with the mouse; points are shares of the frame."""
    page.locator("#pad").scroll_into_view_if_needed()
    box = page.locator("#pad").bounding_box()
    assert box
    at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*at[0])
    page.mouse.down()
    for to in at[1:]:
        page.mouse.move(*to, steps=6)
    page.mouse.up()


def ink(server: Server, loan: str) -> float:
    """How much of the kept signature is dark, from 0 to 1."""
    with reading(server.database) as session:
        kept = Image.open(io.BytesIO(signature(session, loan)))
    return sum(kept.point(lambda value: 255 if value < 128 else 0).histogram()[255:]) / (kept.width * kept.height)


def drawn(page: Page) -> float:
    """The same of the frame on the page."""
    return float(
        page.evaluate(
            """() => { const pad = document.querySelector("#pad");
            const pixels = pad.getContext("2d").getImageData(0, 0, pad.width, pad.height).data;
            let dark = 0; for (let at = 3; at < pixels.length; at += 4) dark += pixels[at] > 128;
            return dark / (pixels.length / 4); }"""
        )
    )


def test_a_mouse_signs(opened: Callable[..., Page], server: Server, loan: str) -> None:
    page = opened()
    assert axe_violations(page) == []
    assert drawn(page) == 0
    stroke(page, (0.1, 0.7), (0.3, 0.2), (0.5, 0.7), (0.8, 0.3))
    assert page.locator("#pad-said").inner_text() == "署名が書かれています。"
    assert 0.003 < drawn(page) < 0.2
    page.get_by_role("button", name="署名を記録する").click()
    page.wait_for_url("**/agreement?done=signed")
    assert page.locator(".signbox img").evaluate("image => image.naturalWidth") > 100
    assert 0.003 < ink(server, loan) < 0.2
    assert server.get(f"/api/loans/{loan}")["agreement"]["method"] == "screen"
    assert axe_violations(page) == []


def test_a_finger_signs_on_a_telephone_and_the_page_stays_where_it_is(
    opened: Callable[..., Page], server: Server, loan: str
) -> None:
    page = opened(**PHONE)
    page.locator("#pad").scroll_into_view_if_needed()
    box = page.locator("#pad").bounding_box()
    assert box and box["width"] > 300 and box["height"] > 170
    before = page.evaluate("scrollY")
    touch = page.context.new_cdp_session(page)

    def at(x: float, y: float) -> list[dict[str, float]]:
        return [{"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}]

    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": at(0.1, 0.2)})
    for step in range(1, 12):
        points = at(0.1 + step * 0.07, 0.2 + 0.5 * (step % 3) / 3)
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    # The frame took the finger: nothing scrolled away under it.
    assert page.evaluate("scrollY") == before
    assert drawn(page) > 0.003
    page.get_by_role("button", name="署名を記録する").click()
    page.wait_for_url("**/agreement?done=signed")
    assert ink(server, loan) > 0.003


def test_turning_the_telephone_keeps_the_signature_in_sight(opened: Callable[..., Page]) -> None:
    page = opened(**PHONE)
    stroke(page, (0.1, 0.3), (0.9, 0.6))
    page.set_viewport_size({"width": 740, "height": 360})
    page.locator("#pad").scroll_into_view_if_needed()
    box = page.locator("#pad").bounding_box()
    assert box and box["height"] < 300 and box["width"] > 600
    # The frame is drawn anew after the layout, before the next picture of the screen.
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.locator("#pad").evaluate("pad => pad.width") > 600
    assert drawn(page) > 0.001
    assert sideways(page) <= 0


def test_starting_again_clears_the_frame_and_an_empty_frame_is_asked_for(
    opened: Callable[..., Page], server: Server, loan: str
) -> None:
    page = opened()
    stroke(page, (0.1, 0.7), (0.6, 0.2))
    page.get_by_role("button", name="書き直す").click()
    assert drawn(page) == 0
    assert page.locator("#pad-said").inner_text() == "わくの中に名前を書いてください。"
    page.get_by_role("button", name="署名を記録する").click()
    link = page.locator("#wrong a")
    assert link.get_attribute("href") == "#f-signature"
    link.click()
    assert page.evaluate("document.activeElement.id") == "f-signature"
    assert axe_violations(page) == []
    assert server.get(f"/api/loans/{loan}")["agreement"] == "missing"


def test_a_refused_form_draws_the_signature_again(opened: Callable[..., Page], server: Server, loan: str) -> None:
    page = opened()
    stroke(page, (0.1, 0.7), (0.4, 0.2), (0.9, 0.6))
    before = drawn(page)
    page.get_by_label("代理の方が署名する").check()
    page.get_by_role("button", name="署名を記録する").click()
    assert page.locator("#wrong a").get_attribute("href") == "#f-relation"
    page.locator(".pad.drawn").wait_for()
    assert drawn(page) == pytest.approx(before, rel=0.25)
    page.get_by_label("代理の方の続柄・役職").fill("副会長")
    page.get_by_role("button", name="署名を記録する").click()
    page.wait_for_url("**/agreement?done=signed")
    assert ink(server, loan) > 0.003
    assert server.get(f"/api/loans/{loan}/agreement")["relation"] == "副会長"


def test_the_keyboard_alone_signs(opened: Callable[..., Page], server: Server, loan: str) -> None:
    page = opened()
    # Tab by tab, as somebody does who has no mouse; the frame is no stop, for a key cannot draw in it.
    page.keyboard.press("Tab")
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        name = page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")
        reached.append(name)
        if name == "f-signed_name":
            page.keyboard.press("Control+A")
            page.keyboard.type("Takahashi Ichiro")
        if name == "f-consent":
            page.keyboard.press("Space")
        if name == "署名を記録する":
            page.keyboard.press("Enter")
            break
    assert "pad" not in reached and "pad-clear" in reached
    page.wait_for_url("**/agreement?done=signed")
    card = server.get(f"/api/loans/{loan}/agreement")
    assert (card["method"], card["signed_name"]) == ("typed", "Takahashi Ichiro")


def test_without_script_a_name_and_consent_sign(opened: Callable[..., Page], server: Server, loan: str) -> None:
    page = opened(java_script_enabled=False)
    assert not page.locator("#pad").is_visible()
    page.get_by_role("button", name="署名を記録する").click()
    # The sentence of a refusal leads to something that is in sight without the frame as well.
    assert page.locator("#wrong a").get_attribute("href") == "#f-signature"
    assert page.locator("#f-signature .wrong").is_visible()
    page.get_by_label("名前を書いて、内容に同意します").check()
    page.get_by_role("button", name="署名を記録する").click()
    assert page.locator(".signbox .signed").inner_text() == "高橋 一郎"
    assert server.get(f"/api/loans/{loan}/agreement")["method"] == "typed"


def test_every_page_of_an_agreement_is_accessible_and_fits(
    browse: Callable[..., BrowserContext], server: Server, loan: str
) -> None:
    forms = server.call("POST", "/api/paper-forms", {"pool": "head-tablets", "copies": 2})[1]["numbers"]
    page = browse("admin").new_page()
    wrong = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    here = f"/loans/{loan}"
    paths = [
        f"{here}/agreement",
        f"{here}/agreement/sign",
        f"{here}/agreement/paper?paper={forms[0]}",
        f"/paper?numbers={','.join(forms)}",
        f"/paper/{forms[0]}",
        "/pools/head-tablets/agreement-text",
        "/loans?agreement=missing",
        here,
    ]
    for path in paths:
        for width in (320, 360, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            answer = page.goto(path)
            assert answer and answer.status == 200, path
            if sideways(page) > 0:
                wrong.append(f"{path} at {width}px scrolls sideways")
            wrong += [f"{path} at {width}px: {fault}" for fault in axe_violations(page)]
    assert wrong == []


def test_the_desk_leads_from_a_papers_code_to_where_it_is_filed(
    browse: Callable[..., BrowserContext], server: Server, loan: str
) -> None:
    [number] = server.call("POST", "/api/paper-forms", {"pool": "head-tablets"})[1]["numbers"]
    page = browse().new_page()
    page.goto("/desk")
    page.locator("#desk[data-ready]").wait_for()
    page.locator("#acts [value=see]").check()
    for code, path in (
        (f"{server.url}/T/{number}".upper(), f"/paper/{number}"),
        (f"{server.url}/loans/{loan}", f"/loans/{loan}/agreement"),
    ):
        wedge.scan(page, code)
        expect(page.locator("#result a")).to_have_attribute("href", path)
    page.goto(f"/find?q={number}")
    page.get_by_role("link", name="この貸出の借用書にする").filter(has_text=loan).click()
    page.get_by_role("button", name="紙の借用書を記録する").click()
    page.wait_for_url("**/agreement?done=paper")
    card = server.get(f"/api/loans/{loan}/agreement")
    assert (card["method"], card["paper"], card["signed_name"]) == ("paper", number, "高橋 一郎")


def test_the_sheet_prints_on_one_page_of_a4(browse: Callable[..., BrowserContext], server: Server, loan: str) -> None:
    pypdfium2 = pytest.importorskip("pypdfium2")
    page = browse("admin").new_page()
    page.goto(f"/loans/{loan}/agreement")
    printed = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True))
    assert len(printed) == 1
    words = "".join(printed[0].get_textpage().get_text_range().split())
    assert loan in words and "守ること" in words and "画面で署名する" not in words
