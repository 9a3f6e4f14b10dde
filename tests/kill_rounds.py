"""Lending while the server is killed: clients that never give up, and what the ledger must hold afterwards.

Each client has devices of its own and lends and takes them back in turn. An act without an answer is sent again with
the same op_id until one comes, as a desk does it. So at the end every act is acknowledged, and the ledger holds each
exactly once; a refusal can only mean that an act was done and forgotten.
"""

import http.client
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from uuid import uuid4

from sqlalchemy import select

from inventory import journal
from inventory.database import Database, reading
from inventory.devices import DEVICE, ITEM
from inventory.journal import ENTRY
from inventory.settings import Settings, open_ledger
from tests.server import Answer, Server, asset_number

CLIENTS = 4
DEVICES_EACH = 10
# Acknowledged between two kills, so that a slow machine kills as many acts as a quick one.
LOANS_A_ROUND = 20


@dataclass
class Acknowledged:
    """What the clients were told. ``lent`` and ``back`` are op_ids, by device."""

    lent: dict[str, list[str]] = field(default_factory=dict)
    back: dict[str, list[str]] = field(default_factory=dict)
    loans: dict[str, str] = field(default_factory=dict)
    refused: list[tuple[str, int, bytes]] = field(default_factory=list)
    sent_again: int = 0


class Clients:
    """Four clients that lend and take back until the block is left, whatever becomes of the server meanwhile."""

    def __init__(self, server: Server, token: str) -> None:
        self.told = Acknowledged()
        self._server, self._token = server, token
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(number,)) for number in range(CLIENTS)]

    def _work(self, number: int) -> None:
        devices = [asset_number(number * DEVICES_EACH + at) for at in range(1, DEVICES_EACH + 1)]
        with self._server.caller(self._token, seconds=20) as caller:
            at = 0
            while not self._over.is_set():
                device = devices[at % len(devices)]
                at += 1
                for kind, send in ((self.told.lent, caller.lend), (self.told.back, caller.take_back)):
                    op_id = str(uuid4())
                    answer = self._until_answered(partial(send, device, key=op_id))
                    self._note(kind, device, op_id, answer)

    def _until_answered(self, send: Callable[[], Answer]) -> Answer:
        while True:
            try:
                return send()
            except (OSError, http.client.HTTPException):
                self.told.sent_again += 1
                time.sleep(0.1)

    def _note(self, kind: dict[str, list[str]], device: str, op_id: str, answer: Answer) -> None:
        if answer.status == 201:
            self.told.loans[op_id] = answer.json()["number"]
        elif answer.status != 200 or answer.json()["results"][0]["outcome"] != "returned":
            self.told.refused.append((op_id, answer.status, answer.body))
            return
        kind.setdefault(device, []).append(op_id)

    def wait_for(self, loans: int) -> None:
        """Until this many more loans are acknowledged, at most a minute."""
        wanted, until = len(self.told.loans) + loans, time.monotonic() + 60
        while len(self.told.loans) < wanted and time.monotonic() < until:
            time.sleep(0.01)

    def __enter__(self) -> "Clients":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """The acts under way are finished first; the server must be alive."""
        self._over.set()
        for thread in self._threads:
            thread.join()


def run(server: Server, token: str, database_url: str, folder: Path, *, rounds: int) -> Acknowledged:
    """Kill and start the server this often under four clients, verifying the journal while it is down."""
    chance = random.Random(20260401)
    with Clients(server, token) as clients:
        for _ in range(rounds):
            clients.wait_for(LOANS_A_ROUND)
            time.sleep(chance.uniform(0, 0.2))
            server.kill()
            assert findings(database_url, folder) == []
            server.start()
    return clients.told


def findings(database_url: str, folder: Path) -> list[journal.Finding]:
    """What ``verify`` finds in the ledger."""
    database = _open(database_url, folder)
    try:
        with reading(database) as session:
            return list(journal.verify(session, database.keys, database.anchor))
    finally:
        database.dispose()


def faults(told: Acknowledged, database_url: str, folder: Path) -> list[str]:
    """Acknowledged acts that the ledger lost or holds twice, and acts that nobody was told of."""
    found = [f"{op_id} was refused: {status} {body!r}" for op_id, status, body in told.refused]
    database = _open(database_url, folder)
    try:
        with reading(database) as session:
            rows = session.connection().execute(
                select(ITEM, DEVICE.c.asset_number, ENTRY.c.op_id)
                .join(DEVICE, ITEM.c.device_id == DEVICE.c.id)
                .join(ENTRY, ITEM.c.entry == ENTRY.c.seq)
            )
            items: dict[str, list[str]] = {}
            open_items: dict[str, int] = {}
            for row in rows:
                items.setdefault(row.asset_number, []).append(row.op_id)
                open_items[row.asset_number] = open_items.get(row.asset_number, 0) + (row.returned_at is None)
            answers = {
                row.op_id: row.answer["key"]
                for row in session.connection().execute(select(ENTRY).where(ENTRY.c.act == "check_out"))
                if row.answer
            }
    finally:
        database.dispose()
    for device in sorted(set(told.lent) | set(items)):
        if sorted(items.get(device, [])) != sorted(told.lent.get(device, [])):
            found.append(f"{device}: the ledger and the clients tell of different loans")
        if open_items.get(device, 0) != len(told.lent.get(device, [])) - len(told.back.get(device, [])):
            found.append(f"{device}: {open_items.get(device, 0)} open items")
    found += [f"{op_id} is not {loan}" for op_id, loan in told.loans.items() if answers.get(op_id) != loan]
    return found


def _open(database_url: str, folder: Path) -> Database:
    settings = {"DATABASE_URL": database_url, "SECRET_KEY_FILE": str(folder / "secret.key")}
    return open_ledger(Settings.from_environment(settings))
