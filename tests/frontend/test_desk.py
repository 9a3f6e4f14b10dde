"""The scanning desk in a real browser, against a real server: what is scanned, what the ledger holds afterwards."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Locator, Page, Request, Route, expect

from tests.frontend import printed, wedge
from tests.frontend.conftest import CAMERA_SWITCHES, Server, axe_violations, sideways

pytestmark = pytest.mark.browser
Browse = Callable[..., BrowserContext]
LAN_NAME = "tsunagu.test"


class Desk:
    """One window on ``/desk``. ``taps`` counts what a person presses besides the scanner."""

    def __init__(self, server: Server, context: BrowserContext, query: str = "") -> None:
        self.server = server
        self.page: Page = context.new_page()
        self.taps = 0
        self.scans_sent: list[dict[str, Any]] = []
        self.page.on("request", self._note)
        self.page.goto(f"/desk{query}")
        self.page.locator("#desk[data-ready]").wait_for()

    def reload(self) -> None:
        """Open the page anew, and wait until it takes scans again."""
        self.page.reload()
        self.page.locator("#desk[data-ready]").wait_for()

    def _note(self, request: Request) -> None:
        if request.url.endswith("/api/scans"):
            self.scans_sent += json.loads(request.post_data or "{}")["items"]

    def tap(self, what: str | Locator) -> None:
        self.taps += 1
        (self.page.locator(what) if isinstance(what, str) else what).click()

    def send_again(self) -> None:
        """「もう一度送る」. What waits may have gone out by itself just before, and then the button is gone, too."""
        self.page.evaluate("document.getElementById('send-again').click()")

    def choose(self, act: str) -> None:
        self.taps += 1
        self.page.locator(f"#acts [value={act}]").check()

    def scan(self, code: str) -> None:
        """As a keyboard-wedge scanner does it: the characters at once, then Enter."""
        wedge.scan(self.page, code)

    def enter(self, code: str) -> None:
        """As a person types it, or pastes it."""
        self.page.locator("#code").fill(code)
        self.page.locator("#code").press("Enter")

    def label(self, asset_number: str) -> str:
        """What the QR code of a device's label says."""
        return f"{self.server.url}/T/{self.server.city.tags[asset_number]}".upper()

    def rows(self, state: str) -> Locator:
        return self.page.locator(f"#runs > li.{state}")

    def row(self, state: str, asset_number: str) -> Locator:
        return self.rows(state).filter(has_text=asset_number)


@pytest.fixture
def desk(server: Server, browse: Browse) -> Desk:
    """The desk, lending to the association."""
    return Desk(server, browse(viewport={"width": 1280, "height": 900}), f"?association={server.city.association}")


def device(server: Server, asset_number: str) -> Any:
    return server.get(f"/api/devices/{asset_number}")


def loans_of(server: Server, asset_number: str) -> list[Any]:
    """Loans that hold this device, slips that were undone left out."""
    found: list[Any] = server.get(f"/api/loans?device={asset_number}")["items"]
    return found


def jpeg(content: bytes) -> FilePayload:
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": content}


# ---- A whole course by scanner ----


def test_fifteen_phones_go_to_the_course_of_today_by_fifteen_scans_and_two_taps(server: Server, browse: Browse) -> None:
    desk = Desk(server, browse(viewport={"width": 1280, "height": 900}))
    phones = [f"MB-S-{number:04d}" for number in range(1, 16)]
    desk.tap("#chooser button[type=submit]")
    for phone in phones:
        desk.scan(desk.label(phone))
    expect(desk.rows("applied")).to_have_count(15)
    assert desk.taps <= 2
    [loan] = server.get(f"/api/loans?course={server.city.course_today}")["items"]
    assert sorted(item["asset_number"] for item in loan["items"]) == phones
    expect(desk.page.locator("#count-line")).to_be_visible()
    assert desk.page.locator("#count").inner_text() == "15"
    assert desk.page.locator("#target-loan").get_attribute("href") == f"/loans/{loan['number']}"
    assert len({item["batch"] for item in desk.scans_sent}) == 1
    # Only the newest stand in sight; one press brings the others.
    expect(desk.page.locator("#runs > li:visible")).to_have_count(8)
    desk.page.locator("#earlier").click()
    expect(desk.page.locator("#runs > li:visible")).to_have_count(15)


def test_a_loan_that_wants_a_signature_leads_to_it_while_people_are_here(server: Server, desk: Desk) -> None:
    sign = desk.page.locator("#target-sign")
    expect(sign).to_be_hidden()
    desk.scan(desk.label("MB-T-0008"))
    expect(desk.row("applied", "MB-T-0008")).to_be_visible()
    expect(sign).to_be_visible()
    [loan] = loans_of(server, "MB-T-0008")
    assert loan["agreement"] == "missing"
    assert sign.get_attribute("href") == f"/loans/{loan['number']}/agreement/sign"
    desk.tap("#undo")
    expect(desk.row("undone", "MB-T-0008")).to_be_visible()
    desk.choose("return")
    expect(sign).to_be_hidden()


def test_another_target_begins_another_loan(server: Server, desk: Desk) -> None:
    desk.scan(desk.label("MB-S-0022"))
    desk.tap("#target-change")
    desk.page.locator("[name=kind][value=venue]").check()
    desk.page.locator("#to-venue").select_option(server.city.venue)
    desk.page.locator("#due summary").click()
    desk.page.locator("#due-on").fill("2990-01-31")
    desk.tap("#chooser button[type=submit]")
    desk.scan(desk.label("MB-S-0023"))
    expect(desk.rows("applied")).to_have_count(2)
    [first], [second] = loans_of(server, "MB-S-0022"), loans_of(server, "MB-S-0023")
    assert first["borrower"]["type"] == "association" and first["due"]["end_of_office"]
    assert second["borrower"]["type"] == "venue" and second["due"]["on"] == "2990-01-31"


def test_nothing_is_lent_before_somebody_said_to_whom(server: Server, browse: Browse) -> None:
    desk = Desk(server, browse())
    desk.scan(desk.label("MB-S-0022"))
    expect(desk.page.locator("#result .no")).to_be_visible()
    assert desk.page.locator("#runs > li").count() == 0
    desk.page.locator("[name=kind][value=association]").check()
    desk.tap("#chooser button[type=submit]")
    expect(desk.page.locator("#chooser-wrong")).not_to_be_empty()
    desk.page.locator("#narrow").fill("もてぎ")
    assert desk.page.locator("#to-association option").count() == 0
    desk.page.locator("#narrow").fill("ﾎﾘ越")
    assert desk.page.locator("#to-association option").count() == 0
    desk.page.locator("#narrow").fill("堀越")
    assert desk.page.locator("#to-association").input_value() == server.city.association
    desk.tap("#chooser button[type=submit]")
    expect(desk.page.locator("#target-name")).to_contain_text("堀越町自治会")
    assert desk.scans_sent == []


# ---- Camera and photo ----


def test_a_printed_label_before_the_camera_is_lent_and_returned(
    server: Server, launch: Callable[..., Browser], browse: Browse, tmp_path: Path
) -> None:
    film = tmp_path / "label.mjpeg"
    phone = "MB-S-0024"
    label = printed.label_of(server.url, phone, server.city.tags[phone])
    printed.video(film, label, shown=60, away=75)
    browser = launch(*CAMERA_SWITCHES, f"--use-file-for-fake-video-capture={film}")
    context = browse(browser=browser, viewport={"width": 360, "height": 640})
    desk = Desk(server, context, f"?course={server.city.course_today}")
    desk.tap("#camera-start")
    expect(desk.row("applied", phone)).to_be_visible()
    assert device(server, phone)["state"] == "on_loan"
    # The two newest scans are in sight below the picture, without scrolling and above the bar.
    expect(desk.rows("noted")).to_have_count(1)
    bar = desk.page.locator("#bar").bounding_box()
    older = desk.page.locator("#runs > li").nth(1).bounding_box()
    assert bar and older and older["y"] + older["height"] <= bar["y"] + 1
    desk.choose("return")
    expect(desk.row("applied", phone)).to_have_count(2)
    card = device(server, phone)
    assert card["loan"] is None and [hold["reason"] for hold in card["holds"]] == ["inspect"]
    desk.tap("#camera-stop")
    assert desk.page.evaluate("document.getElementById('video').srcObject") is None


def test_every_label_in_a_photo_is_one_scan(server: Server, desk: Desk) -> None:
    tablets = ["MB-T-0001", "MB-T-0002"]
    labels = [printed.label_of(server.url, tablet, server.city.tags[tablet]) for tablet in tablets]
    picture = jpeg(printed.photo(labels))
    desk.page.locator("#photo").set_input_files(picture)
    expect(desk.rows("applied")).to_have_count(2)
    assert [device(server, tablet)["state"] for tablet in tablets] == ["on_loan", "on_loan"]
    assert len(desk.scans_sent) == 2
    broken = jpeg(b"not a picture")
    desk.page.locator("#photo").set_input_files(broken)
    expect(desk.page.locator("#result .no")).to_be_visible()


def test_on_plain_http_in_the_hall_the_scanner_works_and_a_sentence_says_why_the_camera_does_not(
    server: Server, launch: Callable[..., Browser], browse: Browse
) -> None:
    browser = launch(f"--host-resolver-rules=MAP {LAN_NAME} 127.0.0.1")
    context = browse(browser=browser, host=LAN_NAME, viewport={"width": 360, "height": 740})
    desk = Desk(server, context, f"?association={server.city.association}")
    assert desk.page.evaluate("isSecureContext") is False
    expect(desk.page.locator("#camera-off")).to_contain_text("https")
    expect(desk.page.locator("#camera-start")).to_be_hidden()
    desk.scan(desk.label("MB-T-0003"))
    expect(desk.row("applied", "MB-T-0003")).to_be_visible()
    label = printed.label_of(server.url, "MB-S-0021", server.city.tags["MB-S-0021"])
    picture = jpeg(printed.photo([label]))
    desk.page.locator("#photo").set_input_files(picture)
    expect(desk.row("applied", "MB-S-0021")).to_be_visible()
    assert device(server, "MB-T-0003")["state"] == "on_loan"
    [op_id] = {item["op_id"][14] for item in desk.scans_sent}
    assert op_id == "7"


# ---- Verdicts, and what ends a refusal ----


def test_one_press_takes_the_last_act_back(server: Server, desk: Desk) -> None:
    desk.scan(desk.label("MB-T-0004"))
    expect(desk.row("applied", "MB-T-0004")).to_be_visible()
    desk.tap("#undo")
    expect(desk.row("undone", "MB-T-0004")).to_be_visible()
    assert device(server, "MB-T-0004")["state"] == "in_stock"
    assert loans_of(server, "MB-T-0004") == []
    expect(desk.page.locator("#undo")).to_be_hidden()
    # It was taken back, so the same label is no longer "already".
    desk.scan(desk.label("MB-T-0004"))
    expect(desk.row("applied", "MB-T-0004")).to_be_visible()
    assert device(server, "MB-T-0004")["state"] == "on_loan"


def test_a_device_that_waits_for_its_wipe_is_wiped_and_lent_by_one_press(server: Server, desk: Desk) -> None:
    status, _ = server.call("POST", "/api/devices/MB-T-0005/holds", {"reason": "wipe"}, role="it")
    assert status == 201
    desk.scan(desk.label("MB-T-0005"))
    refused = desk.row("refused", "MB-T-0005")
    expect(refused).to_be_visible()
    assert desk.page.locator("#count-line").is_hidden()
    desk.tap(refused.get_by_role("button").first)
    expect(desk.row("applied", "MB-T-0005")).to_have_count(2)
    card = device(server, "MB-T-0005")
    assert card["holds"] == [] and card["loan"]["number"] == loans_of(server, "MB-T-0005")[0]["number"]
    assert [item["act"] for item in desk.scans_sent] == ["lend", "wipe", "lend"]


def test_a_phone_comes_back_waits_for_its_wipe_and_goes_out_again_on_the_same_loan(server: Server, desk: Desk) -> None:
    desk.scan(desk.label("MB-S-0025"))
    expect(desk.row("applied", "MB-S-0025")).to_have_count(1)
    desk.choose("return")
    desk.scan(desk.label("MB-S-0025"))
    expect(desk.row("applied", "MB-S-0025")).to_have_count(2)
    assert [hold["reason"] for hold in device(server, "MB-S-0025")["holds"]] == ["wipe"]
    desk.choose("lend")
    desk.scan(desk.label("MB-S-0025"))
    desk.tap(desk.row("refused", "MB-S-0025").get_by_role("button").first)
    expect(desk.row("applied", "MB-S-0025")).to_have_count(4)
    [loan] = loans_of(server, "MB-S-0025")
    assert [bool(item["returned_at"]) for item in loan["items"]] == [True, False]


def test_what_somebody_else_has_is_refused_with_the_way_to_that_loan(server: Server, desk: Desk) -> None:
    order = {"borrower": {"course": server.city.course_later}, "devices": ["MB-S-0020"]}
    status, loan = server.call("POST", "/api/loans", order)
    assert status == 201
    desk.scan("SNS00020")  # Its serial, as its box says it.
    refused = desk.row("refused", "MB-S-0020")
    expect(refused.get_by_role("link").first).to_have_attribute("href", f"/loans/{loan['number']}")
    desk.tap(refused.get_by_role("button").first)
    expect(desk.row("applied", "MB-S-0020")).to_be_visible()
    assert device(server, "MB-S-0020")["loan"] is None


def test_what_is_promised_is_refused_with_the_way_to_the_form_that_takes_a_reason(server: Server, desk: Desk) -> None:
    begin = datetime.now(UTC)
    asked = {"pool": device(server, "MB-S-0026")["pool"], "from": begin.isoformat()}
    asked["until"] = (begin + timedelta(hours=1)).isoformat()
    free = server.get(f"/api/availability?{urlencode(asked)}")["free"]
    promise = asked | {"course": server.city.course_later, "quantity": free}
    status, card = server.call("POST", "/api/reservations", promise)
    assert status == 201, card
    try:
        desk.scan("MB-S-0026")
        link = desk.row("refused", "MB-S-0026").get_by_role("link").first
        expect(link).to_have_attribute("href", f"/loans/new?device=MB-S-0026&association={server.city.association}")
    finally:
        # Every phone of the city is promised: nothing could be lent in the tests after this one.
        assert server.call("POST", f"/api/reservations/{card['id']}/release", {})[0] == 200


def test_what_was_read_already_is_said_calmly_and_not_sent_again(server: Server, desk: Desk) -> None:
    desk.scan(desk.label("MB-T-0006"))
    expect(desk.row("applied", "MB-T-0006")).to_be_visible()
    desk.scan(server.city.tags["MB-T-0006"])  # The bars of the same label.
    desk.scan(desk.label("MB-T-0006").lower())
    desk.scan("mb-t-0006")
    expect(desk.rows("noted")).to_have_count(1)
    assert len(desk.scans_sent) == 1
    desk.scan("SNT00006")  # Only the ledger knows that this is the same tablet; it refuses, the desk stays calm.
    expect(desk.rows("noted")).to_have_count(2)
    assert desk.rows("refused").count() == 0
    assert len(loans_of(server, "MB-T-0006")[0]["items"]) == 1


def test_looking_up_shows_the_card_and_changes_nothing(server: Server, desk: Desk) -> None:
    desk.choose("see")
    desk.scan("MB-S-0016")
    expect(desk.page.locator("#result a")).to_have_attribute("href", "/devices/MB-S-0016")
    desk.scan("NOBODY-HAS-THIS")
    expect(desk.page.locator("#result .no")).to_be_visible()
    assert desk.scans_sent == []


# ---- Networks that fail, sessions that end ----


def test_an_answer_that_got_lost_is_asked_for_again_with_the_same_op_id(server: Server, desk: Desk) -> None:
    """An answer is lost, then a hall's wifi portal answers, then there is no network at all; then there is."""
    lost: list[str] = []

    def lose(route: Route) -> None:
        lost.append(route.fetch().text())
        route.abort("connectionreset")

    portal = {"status": 200, "content_type": "text/html", "body": "<title>wifi</title>"}
    desk.page.route("**/api/scans", lambda route: route.fulfill(**portal), times=1)
    desk.page.route("**/api/scans", lose, times=1)
    desk.scan(desk.label("MB-S-0016"))
    expect(desk.page.locator("#bar-words")).to_contain_text("1")
    expect(desk.page.locator("#bar-trouble")).not_to_be_empty()
    desk.page.context.set_offline(True)
    desk.scan(desk.label("MB-S-0017"))
    desk.scan(desk.label("MB-S-0018"))
    expect(desk.rows("waiting")).to_have_count(3)
    assert device(server, "MB-S-0017")["state"] == "in_stock"
    desk.tap("#undo")
    desk.page.context.set_offline(False)
    expect(desk.rows("applied")).to_have_count(2)
    expect(desk.row("undone", "MB-S-0018")).to_have_count(1)
    expect(desk.page.locator("#bar-words")).to_be_empty()
    assert "applied" in lost[0]
    sent = [item for item in desk.scans_sent if item["code"] == desk.label("MB-S-0016")]
    assert len(sent) >= 2 and len({item["op_id"] for item in sent}) == 1
    [loan] = loans_of(server, "MB-S-0016")
    assert [item["asset_number"] for item in loan["items"]] == ["MB-S-0016", "MB-S-0017"]
    assert device(server, "MB-S-0018")["state"] == "in_stock"


def test_when_the_session_ends_the_list_stays_and_is_sent_after_signing_in(server: Server, desk: Desk) -> None:
    cookies = desk.page.context.cookies()
    desk.page.context.clear_cookies()
    desk.scan(desk.label("MB-S-0019"))
    sign_in = desk.page.locator("#sign-in")
    expect(sign_in).to_be_visible()
    assert sign_in.get_attribute("target") == "_blank"
    desk.scan(desk.label("MB-S-0018"))
    expect(desk.rows("waiting")).to_have_count(2)
    desk.tap("#undo")  # It was never sent, so it is simply dropped.
    expect(desk.rows("undone")).to_have_count(1)
    desk.page.context.add_cookies(cookies)  # type: ignore[arg-type]
    desk.send_again()
    expect(desk.row("applied", "MB-S-0019")).to_be_visible()
    assert [item["code"] for item in desk.scans_sent[1:]] == [desk.label("MB-S-0019")]
    assert device(server, "MB-S-0019")["state"] == "on_loan"


# ---- Keys ----

_IME_KEYS = """([code, ime]) => {
  const target = document.activeElement;
  const keys = [...code].map((one) => {
    const place = /[0-9]/.test(one) ? `Digit${one}` : one === "-" ? "Minus" : `Key${one}`;
    const wide = String.fromCharCode(one.charCodeAt(0) + 0xfee0);
    return ime ? { key: "Process", code: place, keyCode: 229, isComposing: true } : { key: wide, code: place };
  });
  keys.push(ime ? { key: "Process", code: "Enter", keyCode: 229, isComposing: true } : { key: "Enter", code: "Enter" });
  for (const key of keys) {
    target.dispatchEvent(new KeyboardEvent("keydown", { ...key, bubbles: true, cancelable: true }));
    // What an input method leaves in the field it writes to.
    if (ime && "value" in target) target.value += "ｍ";
  }
}"""


def test_a_scanner_is_read_in_full_width_and_through_an_input_method(server: Server, desk: Desk) -> None:
    desk.page.evaluate(_IME_KEYS, ["MB-T-0007", False])
    expect(desk.row("applied", "MB-T-0007")).to_be_visible()
    desk.page.locator("#code").focus()
    desk.page.evaluate(_IME_KEYS, [server.city.tags["MB-T-0008"], True])
    expect(desk.row("applied", "MB-T-0008")).to_be_visible()
    expect(desk.page.locator("#code")).to_have_value("")
    assert [device(server, tablet)["state"] for tablet in ("MB-T-0007", "MB-T-0008")] == ["on_loan", "on_loan"]


def test_a_scan_leaves_the_field_it_fell_into_as_it_was(server: Server, desk: Desk) -> None:
    desk.choose("see")
    desk.page.locator(".settings summary").click()
    name = desk.page.locator("#desk-name")
    name.fill("大胡1番")
    name.press("End")
    desk.scan(server.city.tags["MB-S-0001"])
    expect(desk.page.locator("#result a")).to_have_attribute("href", "/devices/MB-S-0001")
    expect(name).to_have_value("大胡1番")


def test_what_a_person_types_is_checked_at_once_and_taken_by_enter(server: Server, desk: Desk) -> None:
    desk.choose("see")
    right = server.city.tags["MB-S-0002"]
    wrong = right[:7] + str((int(right[7]) + 1) % 10)
    field = desk.page.locator("#code")
    field.press_sequentially(wrong, delay=160)
    expect(desk.page.locator("#code-hint")).not_to_be_empty()
    field.fill(f"{right[:4]} {right[4:]}")
    expect(desk.page.locator("#code-hint")).to_be_empty()
    field.press("Enter")
    expect(desk.page.locator("#result a")).to_have_attribute("href", "/devices/MB-S-0002")


def test_codes_are_told_apart_as_the_ledger_tells_them(server: Server, desk: Desk) -> None:
    from inventory.text import tag_number_in

    number = server.city.tags["MB-S-0001"]
    texts = [number, f"{number[:4]} {number[4:]}", f"https://else.example/t/{number}", "MB-S-0001", "00000018", "4"]
    texts += [f"HTTPS://X/T/{number}?a#b", f"・T・{number}", f"x{number}", number[::-1], "", "１２３４５６７８"]
    texts += [number.translate({ord(str(d)): chr(0xFF10 + d) for d in range(10)}), f"{number}0", f"/T/{number}/x"]
    read = """async (texts) => {
      const { dammFits, digitsIn } = await import("/static/codes.js");
      return texts.map(digitsIn).map((number) => (number && dammFits(number) ? number : null));
    }"""
    assert desk.page.evaluate(read, texts) == [tag_number_in(text) for text in texts]


# ---- For eyes, ears and hands ----


def test_the_three_words_differ_in_the_hand_and_can_be_switched_off(server: Server, browse: Browse) -> None:
    context = browse()
    context.add_init_script("window.shaken = []; navigator.vibrate = (shake) => window.shaken.push(shake.join(' '));")
    desk = Desk(server, context, "?act=return")
    desk.scan(desk.label("MB-S-0003"))
    expect(desk.row("applied", "MB-S-0003")).to_be_visible()
    desk.scan(desk.label("MB-S-0003"))
    desk.scan("00000000")
    expect(desk.rows("refused")).to_have_count(1)
    assert desk.page.evaluate("shaken") == ["60", "40 60 40", "60", "300"]
    desk.page.locator(".settings summary").click()
    desk.page.locator("#sound").uncheck()
    desk.reload()
    expect(desk.page.locator("#sound")).not_to_be_checked()
    # Within three seconds it is the same scan, after them another one; either is told without a shake.
    desk.scan("00000000")
    expect(desk.page.locator("#result > *")).not_to_have_count(0)
    assert desk.page.evaluate("shaken") == []


def test_without_javascript_a_sentence_leads_to_the_forms(server: Server, browse: Browse) -> None:
    page = browse(java_script_enabled=False).new_page()
    page.goto("/desk")
    expect(page.locator("noscript a[href='/loans/new']")).to_be_visible()
    expect(page.locator("#desk")).to_be_hidden()


@pytest.mark.parametrize("width", [360, 1280])
def test_the_desk_can_be_used_by_everybody(server: Server, browse: Browse, width: int) -> None:
    desk = Desk(server, browse(viewport={"width": width, "height": 900}))
    assert axe_violations(desk.page) == []
    desk.tap("#chooser button[type=submit]")
    # Taken back by a test before, or still out: either way there are rows of several kinds.
    for code in (desk.label("MB-S-0001"), desk.label("MB-S-0001"), "00000000"):
        desk.scan(code)
    expect(desk.rows("refused").first).to_be_visible()
    expect(desk.rows("waiting")).to_have_count(0)
    assert axe_violations(desk.page) == []
    wide = sideways(desk.page)
    assert wide <= 0
