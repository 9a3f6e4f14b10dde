"""How long a desk takes that comes home with two thousand acts, and whether its page answers the hand meanwhile.

The page is a real Chromium's, the server a program of its own; ``make bench`` adds the figures to bench.json.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright, sync_playwright

from tests import desk_rounds
from tests.server import ROOT, Server, asset_number, furnish

pytestmark = [pytest.mark.bench, pytest.mark.browser]

ACTS, DEVICES = 2_000, 200
WITHIN = 60.0  # seconds for all of them
LONG_TASK = 200.0  # ms that the page may be deaf at a time
_SEED = """async (codes) => {
  const store = await import("/static/store.js");
  for (const code of codes) {
    await store.keep({ kind: "scan", desk: "大胡", username: "desk", name: "desk", act: "inspect", code, wire: {},
      turn: null, shown: code, call: null });
  }
}"""
_LISTEN = """
window.longest = [];
new PerformanceObserver((list) => window.longest.push(...list.getEntries().map((task) => task.duration)))
  .observe({ type: "longtask", buffered: true });
"""


@pytest.fixture
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


def test_two_thousand_acts_go_home(playwright: Playwright, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"
    furnish(url, tmp_path, devices=DEVICES)
    desk_rounds.add_desks(url, tmp_path, ["desk"])
    with Server(url, tmp_path) as server, desk_rounds.desks_at(playwright, server, tmp_path, ["desk"]) as [desk]:
        desk.offline(True)
        desk.page.evaluate(_SEED, [asset_number(1 + number % DEVICES) for number in range(ACTS)])
        desk.context.add_init_script(_LISTEN)
        desk.page.reload()
        desk.page.locator("#desk[data-ready]").wait_for()
        assert desk.unsent() == ACTS
        desk.offline(False)
        began = time.perf_counter()
        desk.page.evaluate("dispatchEvent(new Event('online'))")
        while desk.page.locator("#bar-words").inner_text():
            assert time.perf_counter() - began < 4 * WITHIN, "not everything was sent"
            time.sleep(0.2)
        took = time.perf_counter() - began
        tasks: list[float] = desk.page.evaluate("longest")
        states = {state for _, state, _, _ in desk.records()}
    _report(took, tasks)
    assert states == {"applied"}
    assert took <= WITHIN
    assert max(tasks, default=0) <= LONG_TASK


def _report(took: float, tasks: list[float]) -> None:
    """Add the figures to bench.json, whose table another module writes."""
    longest = max(tasks, default=0.0)
    note = f"  {took:.1f} s of {WITHIN:.0f}; longest task of the page {longest:.0f} ms of {LONG_TASK:.0f}"
    row: dict[str, Any] = {
        "what": f"{ACTS:,} queued acts sent by a desk",
        "took": took,
        "longest": longest,
        "note": note,
    }
    file = ROOT / "bench.json"
    table = [one for one in (json.loads(file.read_text()) if file.exists() else []) if one["what"] != row["what"]]
    file.write_text(json.dumps([*table, row], ensure_ascii=False, indent=1) + "\n")
    print(f"\n{row['what']}:{note}")
