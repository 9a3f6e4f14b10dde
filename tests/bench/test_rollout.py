"""What the screens of the wifi rollout cost the server, with 200 halls and with 2,000, each with ten steps.

The figures join the table and bench.json of ``test_figures``. Budgets are in yards (see ``yardstick``); that ten times
the halls cost no more than twelve times the work is held without any clock.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bench.rollout import STEPS, rollout
from tests.bench.yardstick import cost
from tests.server import ROOT, Server

pytestmark = pytest.mark.bench

FEW, MANY = 200, 2_000
TIMES = 20
# Yards, of which a machine that does the pages of 2,000 halls in 60 ms has about 80; some air above that.
BUDGET = 90.0
PAGES = {
    "board": "/wifi",
    "board of all venues": "/wifi?programme=-",
    "map": "/wifi/map",
    "table": "/wifi/table",
    "burn-up": "/wifi/burnup",
    "board (JSON)": "/api/wifi/board",
}

TABLE: list[dict[str, Any]] = []


@pytest.fixture(scope="module", autouse=True)
def report() -> Iterator[None]:
    yield
    written = ROOT / "bench.json"
    others = json.loads(written.read_text()) if written.exists() else []
    mine = {row["what"] for row in TABLE}
    rows = [row for row in others if row["what"] not in mine] + TABLE
    written.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n")
    print(f"\n{'':44}{'median ms':>10}{'mean ms':>10}{'yards':>8}{'budget':>8}")
    for row in TABLE:
        budget = "" if row["budget"] is None else format(row["budget"], ".2f")
        print(f"{row['what']:44}{row['median']:>10.2f}{row['mean']:>10.2f}{row['yards']:>8.2f}{budget:>8}")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, tuple[Server, str]]]:
    """The server and a token, by the number of halls."""
    started: dict[int, tuple[Server, str]] = {}
    try:
        for venues in (FEW, MANY):
            folder: Path = tmp_path_factory.mktemp(f"halls-{venues}")
            url = f"sqlite:///{folder}/ledger.db"
            token = rollout(url, folder, venues=venues)
            server = Server(url, folder)
            server.__enter__()
            started[venues] = (server, token)
        yield started
    finally:
        for server, _ in started.values():
            server.__exit__(None, None, None)


@pytest.mark.parametrize("name", PAGES)
def test_ten_times_the_halls_cost_no_more_than_twelve_times(served: dict[int, tuple[Server, str]], name: str) -> None:
    yards = []
    for venues, (server, token) in served.items():
        with server.caller(token) as caller:

            def look(at: int) -> None:
                answer = caller.get(PAGES[name])
                assert answer.status == 200, answer.body

            found = cost(look, server.cpu_seconds, times=TIMES, warm=5)
        budget = BUDGET if venues == MANY else None
        what = f"{name}, {venues:,} halls, {venues * STEPS:,} steps"
        TABLE.append({"what": what, "budget": budget, **found.__dict__})
        yards.append(found.yards)
    assert yards[1] <= 12 * yards[0]
    assert yards[1] <= BUDGET, f"{name}: {yards[1]:.1f} yards of {BUDGET}"
