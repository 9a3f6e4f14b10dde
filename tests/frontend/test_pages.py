"""Every page a link leads to, as an admin, at the door, and by whoever finds a device: accessible, whole, no dead end.

The walk starts at 今日 and follows every link of our own, so a new page is covered as soon as something leads to it.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.frontend.conftest import Server, sideways

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# How many pages of one kind are looked at besides the starts: the first device's card stands for the hundredth.
OF_A_KIND = 1
STARTS = (
    "/",
    "/account",
    "/labels",
    "/pools",
    "/staff",
    "/devices?state=held",
    "/loans?state=overdue",
    "/find?q=MB",
    "/T",
)


@pytest.fixture(scope="module")
def busy(server: Server) -> Server:
    """The small city in the middle of a day: a loan out, devices back and stopped, and one that two desks lent."""
    association = server.get("/api/associations")["items"][0]["id"]
    devices = [device["asset_number"] for device in server.get("/api/devices")["items"]]
    order = {"borrower": {"association": association}, "devices": devices[:3], "due": {"on": "2999-01-01"}}
    assert server.call("POST", "/api/loans", order)[0] == 201
    assert server.call("POST", "/api/returns", {"devices": devices[:1]})[0] == 200
    assert (
        server.call("POST", f"/api/devices/{devices[4]}/holds", {"reason": "repair", "note": "画面が割れている"})[0]
        == 201
    )
    late = {"op_id": "late", "seq": 1, "act": "lend", "code": devices[1], "target": {"section": "情報政策課"}}
    late |= {"occurred_at": (datetime.now(UTC) - timedelta(hours=1)).isoformat(), "due": {"on": "2999-01-01"}}
    told = server.call("POST", "/api/scans", {"desk": "大胡公民館", "items": [late]})[1]
    assert told["results"][0]["outcome"] == "conflict"
    case = {"code": "BOX-A", "name": "スマホ箱A", "place": "中央公民館"}
    assert server.call("POST", "/api/cases", case, role="it")[0] == 201
    assert server.call("PUT", "/api/cases/BOX-A/members", {"devices": devices[:6]}, role="it")[0] == 200
    point = {"ssid": "Maebashi-Free-WiFi", "area": "1階ロビー", "auth": "passphrase", "disaster_ssid": True}
    point |= {"passphrase": "kamo-sube-tani-4738", "passphrase_until": "2999-04-01"}
    assert server.call("POST", "/api/venues/OGO/access-points", point, role="it")[0] == 201
    year = server.get("/api/programmes")["items"][0]["fiscal_year"]
    assert server.call("POST", f"/api/fiscal-years/{year}/editions", {"submitted_on": f"{year + 1}-05-31"})[0] == 201
    helper = {"name": "荒木 一", "category": "welfare", "consented_on": "2026-04-01"}
    assert server.call("POST", "/api/supporters", helper)[0] == 201
    wish = {"association": association, "kind": "series", "words": "連続で開いてほしい"}
    assert server.call("POST", "/api/wishes", wish)[0] == 201
    asked = {"association": association, "pool": "head-tablets", "quantity": 1, "from": "2026-04-01"}
    assert server.call("POST", "/api/applications", asked | {"applied_on": "2026-04-01"})[0] == 201
    return server


def kind_of(path: str) -> str:
    """Addresses that differ in what they name only are one kind of page."""
    address = urlsplit(path)
    names = sorted(part.partition("=")[0] for part in address.query.split("&") if part)
    parts = [re.sub(r"^(?=.*\d).+$|^[a-z]+(-[a-z]+)+$", "*", part) for part in address.path.split("/")]
    return "/".join(parts) + ("?" + "&".join(names) if names else "")


def walk(page: Page, starts: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Open pages breadth first and yield each with its answer; the caller looks at ``page`` in between."""
    waiting, seen, kinds = list(starts), set(starts), dict[str, int]()
    while waiting:
        path = waiting.pop(0)
        answer = page.goto(path)
        assert answer is not None
        yield path, answer
        for href in page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))"):
            target = urldefrag(page.evaluate("href => new URL(href, location.href).href", href)).url
            address = urlsplit(target)
            if f"{address.scheme}://{address.netloc}" != page.evaluate("location.origin"):
                continue
            there = address.path + (f"?{address.query}" if address.query else "")
            kind = kind_of(there)
            if there in seen or there.startswith(("/api/", "/static/")) or kinds.get(kind, 0) >= OF_A_KIND:
                continue
            seen.add(there)
            kinds[kind] = kinds.get(kind, 0) + 1
            waiting.append(there)


def faults(page: Page) -> list[str]:
    """What axe finds at both widths, and what scrolls sideways when the page is enlarged."""
    found = []
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        if not page.evaluate("'axe' in window"):
            page.evaluate(AXE)
        result = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS)
        for violation in result["violations"]:
            where = violation["nodes"][0]["target"]
            found.append(f"{width}px {violation['id']}: {where} {violation['nodes'][0]['failureSummary']}")
    # 1280 px at a zoom of 200 % is 640 px wide, and 400 % is 320 px (WCAG 2.2, 1.4.4 and 1.4.10).
    for width in (320, 640):
        page.set_viewport_size({"width": width, "height": 900})
        over = sideways(page)
        if over > 0:
            found.append(f"{width}px: scrolls sideways by {over}px")
    return found


def look_at_all(page: Page, starts: tuple[str, ...]) -> tuple[list[str], list[str]]:
    said: list[str] = []
    page.on("console", lambda message: said.append(f"{page.url} {message.text}") if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(f"{page.url} {error}"))
    opened, wrong = [], []
    for path, answer in walk(page, starts):
        opened.append(path)
        if answer.status != 200:
            wrong.append(f"{path}: {answer.status}")
        elif "text/html" in answer.headers["content-type"]:
            wrong += [f"{path}: {fault}" for fault in faults(page)]
    return opened, wrong + said


def test_every_page_a_link_leads_to(busy: Server, browse: Callable[..., BrowserContext]) -> None:
    page = browse("admin").new_page()
    opened, wrong = look_at_all(page, STARTS)
    assert wrong == []
    kinds = {kind_of(path) for path in opened}
    # The walk reached the heart of each feature; a lost link would make it pass over whole rooms.
    for expected in (
        "/",
        "/desk",
        "/loans",
        "/loans/*",
        "/loans/new",
        "/devices",
        "/devices/*",
        "/devices/new",
        "/conflicts",
        "/conflicts/*",
        "/cases",
        "/cases/BOX-A",
        "/cases/new",
        "/associations",
        "/associations/*",
        "/associations/import",
        "/venues/import",
        "/presence",
        "/presence/new",
        "/trial",
        "/venues",
        "/wifi",
        "/wifi/map",
        "/wifi/table",
        "/wifi/import",
        "/wifi/steps/new",
        "/courses",
        "/courses/*/supporters",
        "/reservations",
        "/reservations/new",
        "/supporters",
        "/supporters/*",
        "/supporters/import",
        "/wishes",
        "/wishes/*",
        "/reports/*",
        "/reports/*/texts/*",
        "/reports/*/editions/*",
        "/labels",
        "/pools",
        "/staff",
        "/handbook",
        "/accessibility",
    ):
        assert expected in kinds, f"{expected} is not reached by any link"


def test_the_doors_for_everybody(busy: Server, browse: Callable[..., BrowserContext]) -> None:
    context = browse("admin")
    context.clear_cookies()
    number = busy.get("/api/devices")["items"][0]["tag"]
    page = context.new_page()
    opened, wrong = look_at_all(page, ("/sign-in", f"/T/{number}", "/T", "/handbook", "/problems/already-lent"))
    assert wrong == []
    assert f"/T/{number}" in opened
