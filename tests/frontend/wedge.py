"""A keyboard-wedge scanner as a browser meets it: fast keys, then Enter, at times of the scanner's own making."""

import time

from playwright.sync_api import Page

APART = 0.004  # s between two keys of a scanner on a cable.


def scan(page: Page, text: str, *enders: str) -> None:
    """
    Type ``text`` and press Enter (or ``enders``) into whatever has the focus.

    Every key says when it was pressed. A test machine that stops for half a second between two of them would
    otherwise look like a person who types, and the scan like none.
    """
    browser = page.context.new_cdp_session(page)
    pressed = time.time()
    for key in [*text, *(enders or ("Enter",))]:
        pressed += APART
        down, up = _strokes(key)
        browser.send("Input.dispatchKeyEvent", {**down, "timestamp": pressed})
        browser.send("Input.dispatchKeyEvent", {**up, "timestamp": pressed})
    browser.detach()


def _strokes(key: str) -> tuple[dict[str, object], dict[str, object]]:
    if key == "Enter":
        named: dict[str, object] = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}
        return {"type": "keyDown", "text": "\r", **named}, {"type": "keyUp", **named}
    if key == "Control+j":
        named = {"key": "j", "code": "KeyJ", "windowsVirtualKeyCode": 74, "modifiers": 2}
        return {"type": "rawKeyDown", **named}, {"type": "keyUp", **named}
    named = {"key": key}
    if key.isascii() and key.isalnum():
        named["code"] = f"Digit{key}" if key.isdigit() else f"Key{key.upper()}"
        named["windowsVirtualKeyCode"] = ord(key.upper())
    return {"type": "keyDown", "text": key, **named}, {"type": "keyUp", **named}
