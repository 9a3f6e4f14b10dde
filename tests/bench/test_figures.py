"""What a request costs the server, in CPU time, on SQLite. ``make bench`` prints the table and writes bench.json.

Budgets are in yards (see ``yardstick``), which a busy machine stretches as it stretches the requests.
"""

import json
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.bench.stocked import PASSWORD, stock
from tests.bench.yardstick import cost
from tests.crowd import Readers, knock, spread, together
from tests.server import ROOT, Answer, Server, asset_number

pytestmark = pytest.mark.bench

TIMES = 300
FEW, MANY = 1_000, 20_000

TABLE: list[dict[str, Any]] = []


@pytest.fixture(scope="module", autouse=True)
def report() -> Iterator[None]:
    yield
    (ROOT / "bench.json").write_text(json.dumps(TABLE, ensure_ascii=False, indent=1) + "\n")
    print(f"\n{'':44}{'median ms':>10}{'mean ms':>10}{'yards':>8}{'budget':>8}")
    for row in TABLE:
        figures = "".join(_cell(row.get(name), width) for name, width in (("median", 10), ("mean", 10), ("yards", 8)))
        print(f"{row['what']:44}{figures}{_cell(row.get('budget'), 8)}{row.get('note', '')}")


def _cell(figure: float | None, width: int) -> str:
    return f"{'' if figure is None else format(figure, '.2f'):>{width}}"


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    yield from _serve(tmp_path_factory.mktemp("few"), FEW)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    yield from _serve(tmp_path_factory.mktemp("many"), MANY)


def _serve(folder: Path, devices: int) -> Iterator[tuple[Server, str]]:
    url = f"sqlite:///{folder}/ledger.db"
    token = stock(url, folder, devices=devices)
    with Server(url, folder) as server:
        yield server, token


def _measure(
    what: str,
    server: Server,
    send: Callable[[int], Answer],
    *,
    budget: float | None,
    status: int = 200,
    times: int = TIMES,
) -> float:
    def work(at: int) -> None:
        answer = send(at)
        assert answer.status == status, answer.body

    found = cost(work, server.cpu_seconds, times=times)
    TABLE.append({"what": what, "budget": budget, **found.__dict__})
    if budget is not None:
        assert found.yards <= budget, f"{what}: {found.yards:.2f} yards of {budget}"
    return found.yards


def test_one_device_at_the_desk(few: tuple[Server, str]) -> None:
    server, token = few
    with server.caller(token) as caller:

        def scan(act: str, at: int, **more: Any) -> Answer:
            item = {"op_id": str(uuid4()), "seq": at, "act": act, "code": asset_number(at + 1), **more}
            item["occurred_at"] = datetime.now(UTC).isoformat()
            answer = caller.call("POST", "/api/scans", {"desk": "窓口1", "items": [item]})
            assert [result["outcome"] for result in answer.json()["results"]] == ["applied"]
            return answer

        _measure("livez (no account, no ledger)", server, lambda at: _alive(server), budget=None)
        _measure(
            "one lend (POST /api/loans)", server, lambda at: caller.lend(asset_number(at + 1)), budget=5, status=201
        )
        _measure("one return (POST /api/returns)", server, lambda at: caller.take_back(asset_number(at + 1)), budget=5)
        _measure("look-up by asset number", server, lambda at: caller.get(_look_up(at)), budget=2.5)
        _measure("one scan that looks (POST /api/scans)", server, lambda at: scan("see", at), budget=None)
        lend = {"target": {"section": "情報政策課"}, "due": {"on": "2999-01-01"}}
        _measure("one scan that lends, a loan each", server, lambda at: scan("lend", at, **lend), budget=None)
        _measure("one scan that returns", server, lambda at: scan("return", at), budget=None)


def _look_up(at: int) -> str:
    return f"/api/lookup?code={asset_number(at + 1)}"


def _alive(server: Server) -> Answer:
    with server.caller() as caller:
        return caller.get("/livez")


def test_lists_cost_the_same_with_twenty_times_the_stock(few: tuple[Server, str], many: tuple[Server, str]) -> None:
    for limit, budget in ((50, None), (100, 8.0)):
        yards = []
        for devices, (server, token) in ((FEW, few), (MANY, many)):
            path = f"/api/devices?limit={limit}"
            with server.caller(token) as caller:
                what = f"list of {limit} of {devices:,} devices"
                yards.append(_measure(what, server, lambda at: caller.get(path), budget=budget, times=60))  # noqa: B023
        assert yards[1] < 1.5 * yards[0]


def test_sign_in(few: tuple[Server, str]) -> None:
    server, _ = few
    credentials = {"username": "desk", "password": PASSWORD}
    with server.caller() as caller:
        _measure(
            "sign-in (argon2id, m=19456, t=2, p=1)",
            server,
            lambda at: caller.call("POST", "/api/session", credentials),
            budget=None,
            times=20,
        )


def test_a_thousand_labels(few: tuple[Server, str]) -> None:
    server, token = few
    with server.caller(token) as caller:
        path = "/api/labels/sheet.pdf?stock=72224&pool=tablets"
        _measure("sheets for 1,000 devices (PDF)", server, lambda at: caller.get(path), budget=None, times=3)


def test_192_writes_by_64_clients(few: tuple[Server, str]) -> None:
    server, token = few
    clients = 64
    callers = [server.caller(token) for _ in range(clients)]
    knock(callers)

    def three(client: int) -> list[tuple[Answer, float]]:
        device, caller, found = asset_number(500 + client), callers[client], []
        for send in (caller.lend, caller.take_back, caller.lend):
            began = time.perf_counter()
            found.append((send(device), time.perf_counter() - began))
        return found

    before, began = server.cpu_seconds(), time.perf_counter()
    with Readers(server, token, "/api/devices?limit=50", "/api/loans", _look_up(1), "/livez") as readers:
        answers = [answer for each in together(clients, three) for answer in each]
    took, spent = time.perf_counter() - began, server.cpu_seconds() - before
    for caller in callers:
        caller.close()
    assert spread([answer for answer, _ in answers]) == {(201, None): 2 * clients, (200, None): clients}
    assert set(readers.answers) == {200}
    waits, reads = sorted(wait for _, wait in answers), sorted(readers.waits)
    p99 = reads[int(len(reads) * 0.99)]
    note = f"  worst wait {waits[-1] * 1000:.0f} ms, median {statistics.median(waits) * 1000:.0f} ms"
    note += f"; reads p99 {p99 * 1000:.0f} ms of {len(reads)}; {took:.1f} s, {spent:.1f} s CPU"
    what = "192 writes by 64 clients, readers meanwhile"
    TABLE.append({"what": what, "note": note, "worst_wait": waits[-1], "reads_p99": p99, "cpu": spent})
