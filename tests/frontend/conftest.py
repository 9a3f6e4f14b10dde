"""A server that really serves, and a browser that really knocks.

``server``   ``python -m api``'s application over a ledger of its own, on a port of this machine; see ``seed`` for what
             is in it. One per module: tests of a module share its devices.
``browse``   ``browse("desk")`` opens a window in which the member of staff of that role is signed in
"""

import http.client
import json
import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from api.app import create_app
from inventory.database import Database
from inventory.settings import Settings, open_ledger
from tests.frontend import seed

# How long a test waits for what must come. Only a test that fails waits this long; a busy machine stops for seconds.
expect.set_options(timeout=60_000)

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CHROMIUM_ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# A camera that shows what --use-file-for-fake-video-capture names, and nobody asks whether it may.
CAMERA_SWITCHES = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
_AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
# WCAG 2.2 AA contains the levels and versions before it, which axe tags one by one.
_AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]


def sideways(page: Page) -> int:
    """By how many CSS pixels the page is wider than its window; 0 or less when nothing scrolls sideways.

    A press that leads to another page may return while that page is still empty, so its whole document is waited for.
    """
    page.wait_for_load_state()
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def axe_violations(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2 AA on the page as it stands: rule and place, one line each."""
    page.wait_for_load_state()
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    found = page.evaluate("(tags) => axe.run(document, { runOnly: { type: 'tag', values: tags } })", _AXE_TAGS)
    return [
        f"{rule['id']}: {node['target']} {node['html'][:160]}" for rule in found["violations"] for node in rule["nodes"]
    ]


@dataclass(frozen=True)
class Server:
    """``url`` has no slash at its end; ``database`` is the same ledger, for looking at rows."""

    url: str
    port: int
    database: Database
    city: seed.City
    _cookies: dict[str, str] = field(default_factory=dict)

    def cookie(self, role: str = "desk") -> str:
        """``name=value`` of a session of this role. Each role signs in once: tries from one address are counted."""
        if role not in self._cookies:
            credentials = {"username": role, "password": seed.PASSWORD}
            status, _, headers = self._ask("POST", "/api/session", credentials, {})
            assert status == 200, status
            self._cookies[role] = headers["set-cookie"].partition(";")[0]
        return self._cookies[role]

    def call(self, method: str, path: str, body: Any = None, *, role: str = "desk") -> tuple[int, Any]:
        """Status and JSON of one request by a member of staff; every write carries an Idempotency-Key."""
        headers = {"Cookie": self.cookie(role), "Idempotency-Key": str(uuid4())}
        status, said, _ = self._ask(method, path, body, headers)
        return status, said

    def get(self, path: str, *, role: str = "desk") -> Any:
        status, said = self.call("GET", path, role=role)
        assert status == 200, said
        return said

    def _ask(self, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            sent = None if body is None else json.dumps(body).encode()
            connection.request(method, path, sent, {"Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            text = answer.read()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, json.loads(text) if text else None, names
        finally:
            connection.close()


@pytest.fixture(scope="module")
def server(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("served")
    shutil.copyfile(sqlite_template, folder / "ledger.db")
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    port = listening.getsockname()[1]
    settings = Settings.from_environment(
        {
            "DATABASE_URL": f"sqlite:///{folder}/ledger.db",
            "SECRET_KEY_FILE": str(folder / "secret.key"),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "OFFICE_PHONE": "027-000-1234",
            "OFFICE_HOURS": "平日 8:30–17:15",
        }
    )
    database = open_ledger(settings)
    city = seed.enter(database, datetime.now(UTC))
    app = create_app(settings, database)
    running = uvicorn.Server(uvicorn.Config(app, ws="none", access_log=False, log_level="warning"))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, name="served")
    thread.start()
    try:
        _wait_until(lambda: running.started or not thread.is_alive())
        yield Server(f"http://127.0.0.1:{port}", port, database, city)
    finally:
        running.should_exit = True
        thread.join(15)
        listening.close()


def _wait_until(done: Callable[[], bool], seconds: float = 15) -> None:
    """Wait for what another thread does."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is missing: apt-get install chromium")
        pytest.skip("chromium is missing: apt-get install chromium")
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def launch(playwright: Playwright) -> Iterator[Callable[..., Browser]]:
    """``launch("--switch", …)``: a Chromium with further switches; each set of switches starts one."""
    started: dict[tuple[str, ...], Browser] = {}

    def chromium(*switches: str) -> Browser:
        if switches not in started:
            started[switches] = playwright.chromium.launch(executable_path=CHROMIUM, args=[*CHROMIUM_ARGS, *switches])
        return started[switches]

    yield chromium
    for browser in started.values():
        browser.close()


@pytest.fixture
def browse(server: Server, launch: Callable[..., Browser]) -> Iterator[Callable[..., BrowserContext]]:
    """``browse(role, browser=…, host=…, **context)``: a window signed in as this role, closed after the test."""
    opened: list[BrowserContext] = []

    def window(
        role: str = "desk", *, browser: Browser | None = None, host: str = "127.0.0.1", **options: Any
    ) -> BrowserContext:
        options.setdefault("base_url", f"http://{host}:{server.port}")
        context = (browser or launch()).new_context(locale="ja-JP", timezone_id="Asia/Tokyo", **options)
        opened.append(context)
        name, _, value = server.cookie(role).partition("=")
        context.add_cookies([{"name": name, "value": value, "domain": host, "path": "/", "httpOnly": True}])
        context.set_default_timeout(60_000)
        return context

    yield window
    for context in opened:
        context.close()
