"""The real server as a program of its own, for tests that race it, measure it, or take it away.

``furnish`` makes a ledger's first account, devices and a bearer token with the verbs a member of staff would use;
``Server`` starts ``python -m api`` (or a planted defect) on it. ``Caller`` is one client that keeps its connection.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any
from uuid import uuid4

from inventory import schema
from inventory.database import writing
from inventory.journal import By
from inventory.pools import NewPool, create_pool
from inventory.settings import Settings, open_ledger
from inventory.sign_in import NewToken, add_token
from inventory.staff import NewStaff, add_staff
from inventory.stock import NewDevice, create_device
from inventory.tables import PoolKind, Role

ROOT = Path(__file__).resolve().parents[1]
HOST = "127.0.0.1"
# Seconds. Importing the program takes two on an idle machine; this one may be busy with other tests.
STARTS_WITHIN = 60.0


def furnish(database_url: str, folder: Path, *, devices: int = 0) -> str:
    """Migrate the ledger, open an admin account, take in devices ``MB-T-0001`` …, and give a bearer token."""
    settings = Settings.from_environment(_environ(database_url, folder, 1))
    database = open_ledger(settings)
    now = datetime.now(UTC)
    try:
        schema.migrate(database)
        with writing(database) as session:
            order = NewStaff(username="admin", name="管理者", roles=[Role.ADMIN])
            staff = add_staff(session, order, password_hash=None, by=By(), now=now, op_id="furnish-staff")
        with writing(database) as session:
            label = NewToken(label="試験")
            token = add_token(session, label, staff=int(staff.id), by=By(), now=now, op_id="furnish-token").token
        with writing(database) as session:
            pool = NewPool(id="tablets", name="自治会長タブレット", kind=PoolKind.TABLET)
            create_pool(session, pool, by=By(), now=now, op_id="furnish-stock")
            for number in range(1, devices + 1):
                device = NewDevice(pool="tablets", asset_number=asset_number(number), model="TB-10A")
                create_device(session, device, by=By(), now=now, op_id="furnish-stock")
    finally:
        database.dispose()
    return token


def asset_number(number: int) -> str:
    return f"MB-T-{number:04d}"


def lending_of(*asset_numbers: str) -> dict[str, Any]:
    """An order that needs nothing in the ledger but the devices."""
    return {"borrower": {"section": "情報政策課"}, "devices": list(asset_numbers), "due": {"on": "2999-01-01"}}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
    return port


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Caller:
    """One client on one kept connection. Any ``OSError`` or ``HTTPException`` leaves it ready for the next try."""

    def __init__(self, port: int, token: str | None = None, *, seconds: float = 120.0) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=seconds)
        self._always = {"Authorization": f"Bearer {token}"} if token else {}

    def call(
        self,
        method: str,
        path: str,
        content: Any = None,
        *,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        headers = self._always | dict(headers or {})
        if content is not None:
            headers["Content-Type"] = "application/json"
        if key is not None:
            headers["Idempotency-Key"] = key
        try:
            body = None if content is None else json.dumps(content).encode()
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        except BaseException:
            self._connection.close()
            raise

    def get(self, path: str, *, headers: Mapping[str, str] | None = None) -> Answer:
        return self.call("GET", path, headers=headers)

    def lend(self, *asset_numbers: str, key: str | None = None) -> Answer:
        return self.call("POST", "/api/loans", lending_of(*asset_numbers), key=key or str(uuid4()))

    def take_back(self, *asset_numbers: str, key: str | None = None) -> Answer:
        return self.call("POST", "/api/returns", {"devices": list(asset_numbers)}, key=key or str(uuid4()))

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> "Caller":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Server:
    """``with Server(url, folder) as server:`` runs until the block is left; what it says goes to ``server.log``.

    Args:
        database_url: the ledger it serves.
        folder: holds its secret, its anchor and its log.
        program: what Python runs, ``-m api`` unless a test plants a defect.
        prefix: a command that runs Python in surroundings of its own.
        environ: more settings.
    """

    def __init__(
        self,
        database_url: str,
        folder: Path,
        *,
        program: tuple[str, ...] = ("-m", "api"),
        prefix: tuple[str, ...] = (),
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.port = free_port()
        self.log = folder / f"server-{self.port}.log"
        self._command = [*prefix, sys.executable, *program]
        self._environ = _environ(database_url, folder, self.port) | dict(environ or {})
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def caller(self, token: str | None = None, *, seconds: float = 120.0) -> Caller:
        return Caller(self.port, token, seconds=seconds)

    def launch(self) -> None:
        """Start the program without waiting for it."""
        assert self._process is None
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self._command, cwd=ROOT, env=self._environ, stdout=log, stderr=log)

    def wait_until_alive(self) -> None:
        """Wait until ``/livez`` answers.

        Raises:
            RuntimeError: the program ended, or says nothing within a minute; its log is in the text.
        """
        assert self._process is not None
        until = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < until:
            if self._process.poll() is not None:
                break
            try:
                with Caller(self.port, seconds=5) as caller:
                    if caller.get("/livez").status == 200:
                        return
            except (OSError, http.client.HTTPException):
                time.sleep(0.02)
        code = self._process.poll()
        self.kill()
        how = "says nothing" if code is None else f"ended with {code}"
        raise RuntimeError(f"the server {how}:\n{self.said()}")

    def start(self) -> None:
        self.launch()
        self.wait_until_alive()

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self, seconds: float = 30.0) -> int:
        """The exit code of a program that was told to end."""
        assert self._process is not None
        code = self._process.wait(seconds)
        self._process = None
        return code

    def kill(self) -> None:
        """kill -9, as a power switch does it to a process: nothing of it gets another turn."""
        if self._process is not None:
            self._process.kill()
            self.wait()

    def terminate(self) -> int:
        """SIGTERM, and the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def restart(self) -> None:
        self.kill()
        self.start()

    def said(self) -> str:
        """Everything the program has written, over all its starts."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def cpu_seconds(self) -> float:
        """CPU time of the program so far, user and system, threads that ended included (Linux).

        The number is what clock_getcpuclockid(3) makes of a process id; unlike /proc/PID/stat it counts nanoseconds,
        so that a single request can be measured.
        """
        return time.clock_gettime((~self.pid << 3) | 2)

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            sys.stderr.write(self.said())
        self.kill()


def _environ(database_url: str, folder: Path, port: int) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": database_url,
        "SECRET_KEY_FILE": str(folder / "secret.key"),
        "HOST": HOST,
        "PORT": str(port),
    }
