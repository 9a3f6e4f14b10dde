"""Many clients at once, each in a thread of its own, let go at the same moment."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tests.server import Answer, Caller, Server

Result = TypeVar("Result")


def together(count: int, work: Callable[[int], Result]) -> list[Result]:
    """``work(0)`` … ``work(count - 1)``, all begun at once; the results in this order."""
    line = threading.Barrier(count)

    def one(number: int) -> Result:
        line.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def spread(answers: list[Answer]) -> dict[tuple[int, str | None], int]:
    """How often each status came, with the problem's code where there is one."""
    found: dict[tuple[int, str | None], int] = {}
    for answer in answers:
        key = (answer.status, answer.json()["code"] if answer.status >= 400 else None)
        found[key] = found.get(key, 0) + 1
    return found


class Readers:
    """People who read on until the block is left. ``answers`` are their statuses, ``waits`` their seconds."""

    def __init__(self, server: Server, token: str, *paths: str) -> None:
        self.answers: list[int] = []
        self.waits: list[float] = []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._read, args=(server, token, path)) for path in paths]

    def _read(self, server: Server, token: str, path: str) -> None:
        with server.caller(token) as caller:
            while not self._over.is_set():
                began = time.perf_counter()
                status = caller.get(path).status
                self.waits.append(time.perf_counter() - began)
                self.answers.append(status)
                # A person looks at what came before asking again; without a pause this would measure the pause's lack.
                self._over.wait(0.05)

    def __enter__(self) -> "Readers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()


def knock(callers: list[Caller]) -> None:
    """Open every caller's connection, so that a race begins at the ledger and not at the socket."""
    for caller in callers:
        assert caller.get("/livez").status == 200
