"""What a millisecond is worth on the machine at hand.

A laptop, a CI machine and the same machine while somebody else compiles differ by factors. So every figure is also
given in *yards*: the CPU time of a fixed piece of work of the kind the server does, taken between the requests of the
same run. ``REPEATS`` is chosen so that a yard is about a millisecond of CPU on a quiet office machine of 2020.
"""

import json
import sqlite3
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

REPEATS = 50


class Yardstick:
    """``with Yardstick() as yard: yard.lay()`` does the work once and gives its CPU time in milliseconds."""

    def __init__(self) -> None:
        self._ledger = sqlite3.connect(":memory:")
        self._ledger.execute("CREATE TABLE fact (id INTEGER PRIMARY KEY, name TEXT)")
        self._ledger.executemany("INSERT INTO fact VALUES (?, ?)", [(at, f"MB-T-{at:04d}") for at in range(1000)])

    def lay(self) -> float:
        began = time.thread_time()
        for at in range(REPEATS):
            row = self._ledger.execute("SELECT id, name FROM fact WHERE id = ?", (at,)).fetchone()
            card = {"number": row[1], "items": [{"id": item, "name": f"{row[1]}-{item}"} for item in range(10)]}
            assert len(json.loads(json.dumps(card))["items"]) == 10
        return (time.thread_time() - began) * 1000

    def __enter__(self) -> "Yardstick":
        return self

    def __exit__(self, *_: object) -> None:
        self._ledger.close()


@dataclass(frozen=True)
class Cost:
    """CPU of one request in milliseconds, and the median in yards of the same minutes."""

    median: float
    mean: float
    yards: float
    yard: float
    times: int


def cost(work: Callable[[int], None], cpu_seconds: Callable[[], float], *, times: int, warm: int = 10) -> Cost:
    """Do ``work(0)`` … and measure all but the first ``warm``, with a yard laid before each."""
    spent: list[float] = []
    yards: list[float] = []
    with Yardstick() as yardstick:
        for at in range(times + warm):
            yard = yardstick.lay()
            before = cpu_seconds()
            work(at)
            took = (cpu_seconds() - before) * 1000
            if at >= warm:
                spent.append(took)
                yards.append(yard)
    middle, yard = statistics.median(spent), statistics.median(yards)
    return Cost(middle, statistics.fmean(spent), middle / yard, yard, times)
