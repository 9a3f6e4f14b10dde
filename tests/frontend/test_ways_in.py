"""Codes by scanner, through an input method and by hand, in a real browser; and what the desk answers them with."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, CDPSession, Page, expect

from tests.frontend import wedge
from tests.frontend.conftest import Server
from tests.frontend.test_desk import Desk

pytestmark = pytest.mark.browser
Browse = Callable[..., BrowserContext]


@pytest.fixture
def desk(server: Server, browse: Browse) -> Desk:
    """The desk, looking things up: what was read shows, and the ledger stays as it is."""
    return Desk(server, browse(viewport={"width": 1280, "height": 900}), "?act=see")


def read(desk: Desk, asset_number: str) -> None:
    """It was read, once and rightly."""
    expect(desk.rows("seen").filter(has_text=asset_number)).to_have_count(1)


# ---- Wherever the focus stands ----

_PLACES = {
    "nowhere": "document.activeElement.blur()",
    "a radio button": "document.querySelector('#acts :checked').focus()",
    "a button": "document.getElementById('photo-pick').focus()",
    "the number field": "document.getElementById('code').focus()",
    "a field with text": "document.getElementById('desk-name').focus()",
    "a check box": "document.getElementById('sound').focus()",
}


def test_a_scanner_is_heard_wherever_the_focus_stands(desk: Desk) -> None:
    desk.page.evaluate("""() => {
      document.querySelector('.settings').open = true;
      document.getElementById('desk-name').value = '大胡1番';
      window.picked = 0;
      document.getElementById('photo').click = () => (window.picked += 1);
    }""")
    before = desk.page.evaluate(_STATE)
    for number, (place, focus) in enumerate(_PLACES.items(), start=1):
        desk.page.evaluate(focus)
        desk.scan(desk.label(f"MB-S-{number:04d}"))
        read(desk, f"MB-S-{number:04d}")
        # The Enter pressed no button, sent no form, and no character stayed anywhere.
        desk.page.wait_for_timeout(100)
        assert desk.page.evaluate(_STATE) == before, place
    assert desk.page.evaluate("picked") == 0


_STATE = """() => [document.getElementById('code').value, document.getElementById('desk-name').value,
  document.getElementById('sound').checked, document.querySelector('#acts :checked').value]"""


def test_a_scanner_may_say_the_label_in_any_of_its_spellings(server: Server, desk: Desk) -> None:
    spellings = ["{tag}", "{url}", "mb-s-{n:04d}", "SNS{n:05d}", "https://else.example/t/{tag}?a=1"]
    for number, spelling in enumerate(spellings, start=1):
        asset = f"MB-S-{number:04d}"
        desk.scan(spelling.format(tag=server.city.tags[asset], url=desk.label(asset), n=number))
        read(desk, asset)


def test_a_scanner_that_ends_a_line_twice_presses_nothing(desk: Desk) -> None:
    summary = desk.page.locator(".settings summary")
    summary.focus()
    wedge.scan(desk.page, desk.label("MB-S-0003"), "Enter", "Enter", "Control+j")
    read(desk, "MB-S-0003")
    assert desk.page.locator(".settings").get_attribute("open") is None
    desk.page.wait_for_timeout(300)
    # A person's Enter a moment later is a press again.
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator(".settings")).to_have_attribute("open", "")


# ---- What a person types ----


@pytest.mark.parametrize("delay", [90, 160])
def test_typing_into_a_field_is_no_scan(desk: Desk, delay: int) -> None:
    desk.page.evaluate("document.querySelector('.settings').open = true")
    name = desk.page.locator("#desk-name")
    name.fill("")
    name.press_sequentially("12345678", delay=delay)
    name.press("Enter")
    desk.page.wait_for_timeout(200)
    expect(name).to_have_value("12345678")
    assert desk.page.locator("#runs > li").count() == 0
    assert desk.page.locator("#result > *").count() == 0


def test_a_key_held_down_is_no_scan(desk: Desk) -> None:
    desk.page.locator("#code").focus()
    for _ in range(8):
        desk.page.keyboard.down("4")
    desk.page.keyboard.up("4")
    expect(desk.page.locator("#code")).to_have_value("44444444")
    desk.page.evaluate("document.getElementById('typed').addEventListener('submit', () => (window.sent = true))")
    desk.page.keyboard.press("Enter")
    # It went in as what a person typed: by the form.
    assert desk.page.evaluate("sent") is True


def test_fast_keys_without_enter_stay_in_the_field(server: Server, desk: Desk) -> None:
    field = desk.page.locator("#code")
    field.focus()
    desk.page.keyboard.type(server.city.tags["MB-S-0004"])
    desk.page.wait_for_timeout(300)
    expect(field).to_have_value(server.city.tags["MB-S-0004"])
    assert desk.page.locator("#runs > li").count() == 0
    # After a rest the Enter is a person's: the form takes what stands in the field.
    field.press("Enter")
    read(desk, "MB-S-0004")


def test_a_person_may_type_it_in_any_width(server: Server, desk: Desk) -> None:
    field = desk.page.locator("#code")
    spellings = ["{tag}", "{a} {b}", "{a}-{b}", "{wide}", "ｍｂ－ｓ－{n:04d}", "sns{n:05d}"]
    for number, spelling in enumerate(spellings, start=1):
        asset = f"MB-S-{number:04d}"
        tag = server.city.tags[asset]
        wide = tag.translate({ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)})
        field.fill(spelling.format(tag=tag, a=tag[:4], b=tag[4:], wide=wide, n=number))
        desk.page.locator("#typed button").click()
        read(desk, asset)


# ---- Through an input method ----

_SEND = """(keys) => {
  const target = document.activeElement;
  const send = (key) => target.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...key }));
  keys.forEach(send);
}"""


def pressed(code: str, *, key: str | None = None, numpad: bool = False) -> list[dict[str, Any]]:
    """The keydowns of a scanner that types this text on the places of a keyboard; ``key`` None: the text's own."""
    keys: list[dict[str, Any]] = []
    for one in code:
        place, shift = _place(one, numpad=numpad)
        if shift:
            keys.append({"key": "Shift", "code": "ShiftLeft", "shiftKey": True})
        keys.append({"key": key or one, "code": place, "shiftKey": shift, "isComposing": key == "Process"})
    return [*keys, {"key": key or "Enter", "code": "NumpadEnter" if numpad else "Enter"}]


def _place(one: str, *, numpad: bool = False) -> tuple[str, bool]:
    if one.isdigit():
        return f"{'Numpad' if numpad else 'Digit'}{one}", False
    if one.isalpha():
        return f"Key{one.upper()}", one.isupper()
    # On a Japanese keyboard the colon has a key of its own, and the underscore stands on the one left of Shift.
    places = {"-": ("Minus", False), "/": ("Slash", False), ".": ("Period", False), ":": ("Quote", False)}
    return places.get(one) or {"_": ("IntlRo", True), "?": ("Slash", True)}[one]


@pytest.mark.parametrize("field", [True, False])
def test_keys_that_an_input_method_holds_back_are_read_by_their_places(server: Server, desk: Desk, field: bool) -> None:
    for number, how in enumerate(("url", "digits", "numpad", "asset"), start=1):
        asset = f"MB-S-{number:04d}"
        code = {"url": desk.label(asset), "asset": asset}.get(how, server.city.tags[asset])
        if field:
            desk.page.locator("#code").focus()
        desk.page.evaluate(_SEND, pressed(code, key="Process", numpad=how == "numpad"))
        read(desk, asset)


def test_a_keyboard_in_kana_or_full_width_mode_is_read_by_its_places(desk: Desk) -> None:
    kana = {"M": "も", "B": "こ", "S": "と", "-": "ほ", "0": "わ", "7": "や", "8": "ゆ"}
    for asset, name in (("MB-S-0007", str), ("MB-S-0008", kana.get)):
        keys = pressed(asset)
        for key in keys[:-1]:
            if len(key["key"]) == 1:
                key["key"] = kana[key["key"]] if name is not str else chr(ord(key["key"]) + 0xFEE0)
        desk.page.evaluate(_SEND, keys)
        read(desk, asset)


def test_the_underscore_of_a_japanese_keyboard_is_read(desk: Desk) -> None:
    desk.page.evaluate(_SEND, pressed("MB_S_9999", key="Process"))
    expect(desk.page.locator("#result .no")).to_contain_text("MB_S_9999")


class InputMethod:
    """Chromium's own composition, driven as a Japanese input method drives it."""

    def __init__(self, page: Page) -> None:
        self._browser: CDPSession = page.context.new_cdp_session(page)
        self._pressed = time.time()
        self.held = ""

    def key(self, place: str, number: int = 229) -> None:
        self._pressed += wedge.APART
        event = {"type": "rawKeyDown", "key": "Process", "code": place, "windowsVirtualKeyCode": number}
        event["timestamp"] = self._pressed
        self._browser.send("Input.dispatchKeyEvent", event)

    def compose(self, one: str) -> None:
        self.key(_place(one)[0])
        self.held += chr(ord(one) + 0xFEE0)
        where = {"text": self.held, "selectionStart": len(self.held), "selectionEnd": len(self.held)}
        self._browser.send("Input.imeSetComposition", where)

    def settle(self, pause: float = 0) -> None:
        """Enter; ``pause`` seconds later the input method gives the field what it held."""
        self.key("Enter")
        time.sleep(pause)
        self._browser.send("Input.insertText", {"text": self.held})
        self.held = ""


@pytest.mark.parametrize(("place", "pause"), [("#code", 0), ("#code", 0.4), ("#desk-name", 0)])
def test_a_scan_into_a_field_with_the_input_method_on_leaves_nothing_in_it(
    server: Server, desk: Desk, place: str, pause: float
) -> None:
    desk.page.evaluate("document.querySelector('.settings').open = true")
    field = desk.page.locator(place)
    field.fill("元の字")
    field.press("End")
    method = InputMethod(desk.page)
    for one in server.city.tags["MB-S-0009"]:
        method.compose(one)
    method.settle(pause)
    read(desk, "MB-S-0009")
    expect(field).to_have_value("元の字")


def test_a_sentence_stands_by_the_field_while_an_input_method_is_on(server: Server, desk: Desk) -> None:
    hint = desk.page.locator("#ime-hint")
    field = desk.page.locator("#code")
    field.press_sequentially("1", delay=0)
    expect(hint).to_be_empty()
    method = InputMethod(desk.page)
    method.compose("2")
    expect(hint).not_to_be_empty()
    expect(hint).to_be_visible()
    # The sentence stays while a scanner goes on typing through it, and goes with the first plain key.
    for one in server.city.tags["MB-S-0010"]:
        method.compose(one)
    expect(hint).not_to_be_empty()
    method.settle()
    desk.page.keyboard.press("3")
    expect(hint).to_be_empty()


# ---- What the desk answers ----

_LISTEN = """
  window.notes = []; window.shaken = [];
  navigator.vibrate = (shake) => shaken.push(shake);
  window.OscillatorNode = class extends OscillatorNode {
    start(at) { notes.push(Math.round(this.frequency.value)); super.start(at); }
  };
"""


def test_taken_already_and_refused_differ_for_ear_hand_and_eye(server: Server, browse: Browse) -> None:
    context = browse()
    context.add_init_script(_LISTEN)
    order = {"borrower": {"course": server.city.course_later}, "devices": ["MB-S-0012"]}
    assert server.call("POST", "/api/loans", order)[0] == 201
    desk = Desk(server, context, "?act=return")
    said = []

    def answer(code: str, kind: str) -> None:
        desk.page.evaluate("notes.length = shaken.length = 0; document.getElementById('result').replaceChildren()")
        desk.scan(code)
        band = desk.page.locator(f"#result .result{kind}")
        expect(band).to_be_visible()
        if kind == ".no":
            # The act was taken first, and refused when the ledger answered; what counts is the last word.
            expect(desk.rows("refused")).to_have_count(1)
        look = "(band) => [getComputedStyle(band).backgroundColor, band.querySelector('use').getAttribute('href')]"
        said.append((*band.evaluate(look), desk.page.evaluate("[notes.at(-1), shaken.at(-1)]")))

    answer(desk.label("MB-S-0012"), ":not(.again):not(.no)")
    expect(desk.rows("waiting")).to_have_count(0)
    answer(desk.label("MB-S-0012"), ".again")
    desk.page.wait_for_timeout(150)
    answer("00000000", ".no")
    for what in range(2):
        assert len({one[what] for one in said}) == 3, said
    sounds = [one[2] for one in said]
    assert len({json.dumps(sound) for sound in sounds}) == 3
    assert len({sound[0] for sound in sounds}) == len({json.dumps(sound[1]) for sound in sounds}) == 3


def test_switched_off_the_desk_is_silent_and_still_says_it_on_the_screen(server: Server, browse: Browse) -> None:
    context = browse()
    context.add_init_script(_LISTEN)
    desk = Desk(server, context, "?act=return")
    desk.page.locator(".settings summary").click()
    desk.page.locator("#sound").uncheck()
    desk.scan(desk.label("MB-S-0013"))
    desk.scan("00000000")
    expect(desk.page.locator("#result .no")).to_be_visible()
    desk.page.reload()
    desk.page.locator("#desk[data-ready]").wait_for()
    desk.scan("00000000")
    expect(desk.page.locator("#result .no")).to_be_visible()
    assert desk.page.evaluate("[notes, shaken]") == [[], []]


def test_sixteen_codes_at_once_are_one_sound(server: Server, browse: Browse) -> None:
    context = browse()
    context.add_init_script(_LISTEN)
    desk = Desk(server, context, "?act=see")
    say = """async () => {
      const { say } = await import("/static/sound.js");
      for (let at = 0; at < 16; at++) say("taken");
      const together = notes.length;
      await new Promise((resolve) => setTimeout(resolve, 200));
      say("taken");
      say("refused");
      return [together, notes.length];
    }"""
    desk.page.keyboard.press("Shift")
    assert desk.page.evaluate(say) == [1, 3]
