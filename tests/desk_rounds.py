"""Desks that work offline while their browsers, their pages and the server are killed, and what the ledger holds then.

Each desk is a Chromium of its own with its own folder. It reads codes as a scanner does, its browser is killed as a
power switch does it, and it starts again on the same folder. An act counts as taken as soon as the screen has said so.
"""

import contextlib
import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Playwright
from playwright.sync_api import Error as BrowserError
from sqlalchemy import select

from inventory.database import reading, writing
from inventory.journal import ENTRY, By
from inventory.settings import Settings, open_ledger
from inventory.sign_in import hash_password
from inventory.staff import NewStaff, add_staff
from inventory.tables import Role
from tests.frontend.conftest import CHROMIUM, CHROMIUM_ARGS
from tests.frontend.cut_line import CutLine
from tests.server import Server

PASSWORD = "さくらと自転車で出かけた日"
# Seconds for a browser or a page on a machine that does ten things at once.
PATIENCE = 60.0
_KEPT = """async () => {
  const store = await import("/static/store.js");
  const records = await store.shownSince(0);
  return records.map(({ op_id, state, code, result }) => [op_id, state, code, result?.code ?? null]);
}"""
_SHOWN = "() => document.querySelectorAll('#runs > li:is(.waiting, .applied, .noted, .refused)').length"


def add_desks(database_url: str, folder: Path, names: list[str]) -> None:
    """An account for each desk, on a furnished ledger."""
    settings = {"DATABASE_URL": database_url, "SECRET_KEY_FILE": str(folder / "secret.key")}
    database = open_ledger(Settings.from_environment(settings))
    now, hashed = datetime.now(UTC), hash_password(PASSWORD)
    try:
        for name in names:
            order = NewStaff(username=name, name=name, section="窓口", roles=[Role.DESK])
            with writing(database) as session:
                add_staff(session, order, password_hash=hashed, by=By(), now=now, op_id=f"desk-{name}")
    finally:
        database.dispose()


@dataclass
class KilledDesk:
    """One machine at a desk. ``said`` counts the acts of which the screen said that they were taken."""

    playwright: Playwright
    line: CutLine
    folder: Path
    name: str
    said: int = 0
    kills: int = 0
    reloads: int = 0
    _context: BrowserContext | None = None
    _page: Page | None = None
    _codes: list[str] = field(default_factory=list)

    @property
    def page(self) -> Page:
        assert self._page is not None
        return self._page

    @property
    def context(self) -> BrowserContext:
        assert self._context is not None
        return self._context

    def start(self) -> None:
        """Start the browser on its folder; without a network its service worker opens the desk."""
        self._context = self.playwright.chromium.launch_persistent_context(
            str(self.folder),
            executable_path=CHROMIUM,
            args=list(CHROMIUM_ARGS),
            base_url=f"http://127.0.0.1:{self.line.port}",
            locale="ja-JP",
            timezone_id="Asia/Tokyo",
        )
        self._context.set_default_timeout(PATIENCE * 1000)
        self._page = self._context.pages[0] if self._context.pages else self._context.new_page()

    def sign_in(self) -> None:
        """A browser killed soon after somebody signed in has forgotten the cookie: then they sign in again."""
        self.page.goto("/sign-in?next=/desk")
        if self.page.locator("[name=username]").count():
            self.page.locator("[name=username]").fill(self.name)
            self.page.locator("[name=password]").fill(PASSWORD)
            self.page.locator("form[action='/sign-in'] button[type=submit]").click()
        self.page.locator("#desk[data-ready]").wait_for()
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        self._until("caches.match('/desk').then(Boolean)")

    def open(self) -> None:
        self.page.goto("/desk?act=inspect")
        self.page.locator("#desk[data-ready]").wait_for()
        # The kept page is that of any act.
        self.page.locator("#acts [value=inspect]").check()

    def offline(self, yes: bool) -> None:
        self.line.state = "cut" if yes else "through"

    def read(self, code: str) -> None:
        """Read one code, and wait until the desk says that it was read."""
        before = self.page.evaluate(_SHOWN)
        self.page.locator("#code").fill(code)
        self.page.locator("#code").press("Enter")
        self._until(f"({_SHOWN})() > {before}")
        self.said += 1

    def reload(self) -> None:
        self.page.reload()
        self.page.locator("#desk[data-ready]").wait_for()
        self.page.locator("#acts [value=inspect]").check()
        self.reloads += 1

    def kill(self) -> None:
        """SIGKILL to every process of this browser at once: nothing of it gets another turn."""
        for process in _processes_of(self.folder):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        with contextlib.suppress(BrowserError):
            self.context.close()
        for lock in self.folder.glob("Singleton*"):
            lock.unlink(missing_ok=True)
        self.kills += 1

    def close(self) -> None:
        with contextlib.suppress(BrowserError):
            self.context.close()

    def records(self) -> list[list[Any]]:
        """[op_id, state, code, refusal] of everything this machine keeps."""
        found: list[list[Any]] = self.page.evaluate(_KEPT)
        return found

    def unsent(self) -> int:
        return sum(state == "waiting" for _, state, _, _ in self.records())

    def _until(self, script: str) -> None:
        end = time.monotonic() + PATIENCE
        while not self.page.evaluate(script):
            assert time.monotonic() < end, f"waited in vain for {script}"
            self.page.wait_for_timeout(10)


def _processes_of(folder: Path) -> Iterator[int]:
    """Process ids of the browser that works in this folder, and of everything it started (Linux)."""
    parents: dict[int, int] = {}
    roots = set()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            if f"--user-data-dir={folder}".encode() in (entry / "cmdline").read_bytes().split(b"\0"):
                roots.add(int(entry.name))
    found = set(roots)
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    yield from found


@dataclass(frozen=True)
class Plan:
    """How much is done to the desks and their server, over all desks together."""

    acts: int
    browser_kills: int
    reloads: int
    server_kills: int


def run(server: Server, desks: list[KilledDesk], plan: Plan, codes: list[str]) -> None:
    """Read everything offline between kills and reloads, then send it while the server is killed."""
    chance = random.Random(20261126)
    accidents = ["kill"] * plan.browser_kills + ["reload"] * plan.reloads
    chance.shuffle(accidents)
    when = sorted(chance.sample(range(1, plan.acts), len(accidents)))
    for desk in desks:
        desk.offline(True)
    for number in range(plan.acts):
        while when and when[0] == number:
            when.pop(0)
            desk = desks[chance.randrange(len(desks))]
            if accidents.pop() == "reload":
                desk.reload()
                continue
            desk.kill()
            desk.start()
            desk.open()
        desks[number % len(desks)].read(codes[number % len(codes)])
    _send(server, desks, plan.server_kills, chance)


def _send(server: Server, desks: list[KilledDesk], kills: int, chance: random.Random) -> None:
    """The network is back; the server dies in the middle of it, again and again."""
    waiting = sum(desk.unsent() for desk in desks)
    for desk in desks:
        desk.offline(False)
        desk.sign_in()
    for left in range(kills, 0, -1):
        # Each kill falls into what is still to be sent: after a share of it, and a moment more.
        until = waiting * left // (kills + 1)
        end = time.monotonic() + PATIENCE
        while sum(desk.unsent() for desk in desks) > until and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.05))
        server.restart()
        for desk in desks:
            desk.page.evaluate("dispatchEvent(new Event('online'))")
    end = time.monotonic() + 3 * PATIENCE
    while any(desk.unsent() for desk in desks):
        assert time.monotonic() < end, "not everything was sent"
        time.sleep(0.1)


def faults(desks: list[KilledDesk], database_url: str, folder: Path) -> list[str]:
    """Acts that the screens promised and the ledger lost or holds twice, and acts that no desk knows of."""
    records = [record for desk in desks for record in desk.records()]
    ours = Counter(op_id for op_id, _, _, _ in records)
    found = [f"{op_id} is kept {count} times" for op_id, count in ours.items() if count > 1]
    said = sum(desk.said for desk in desks)
    if said != len(records):
        found.append(f"{said} acts were said to be taken, {len(records)} are kept")
    found += [f"{op_id} of {code} was {state}: {code}" for op_id, state, code, refusal in records if refusal]
    settings = {"DATABASE_URL": database_url, "SECRET_KEY_FILE": str(folder / "secret.key")}
    database = open_ledger(Settings.from_environment(settings))
    try:
        with reading(database) as session:
            rows = session.connection().execute(select(ENTRY.c.op_id, ENTRY.c.act).where(ENTRY.c.desk.is_not(None)))
            # That a desk holds a pack is told beside its acts, and no scan.
            theirs = Counter(row.op_id for row in rows if row.act != "hold_pack")
    finally:
        database.dispose()
    found += [f"{op_id} is in the journal {count} times" for op_id, count in theirs.items() if count > 1]
    found += [f"{op_id} was lost" for op_id in ours.keys() - theirs.keys()]
    found += [f"{op_id} is known to no desk" for op_id in theirs.keys() - ours.keys()]
    return found


@contextlib.contextmanager
def desks_at(playwright: Playwright, server: Server, folder: Path, names: list[str]) -> Iterator[list[KilledDesk]]:
    lines = [CutLine(server.port) for _ in names]
    desks = [
        KilledDesk(playwright, line, folder / f"browser-{name}", name) for name, line in zip(names, lines, strict=True)
    ]
    try:
        for desk in desks:
            desk.start()
            desk.sign_in()
            desk.open()
        yield desks
    finally:
        for desk in desks:
            desk.close()
            desk.line.close()
            shutil.rmtree(desk.folder, ignore_errors=True)
