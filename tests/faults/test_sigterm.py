"""SIGTERM during a write: what is under way is finished and answered, nobody new is let in, and the exit is clean."""

import signal
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.server import Answer, Caller, Server, asset_number, furnish

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_an_act_under_way_is_finished_and_nobody_new_let_in(database_url: str, tmp_path: Path) -> None:
    token = furnish(database_url, tmp_path, devices=2)
    answers: list[Answer] = []
    with Server(database_url, tmp_path) as server, closing(_connect(database_url)) as other:
        # Somebody else holds the ledger's write lock, so that the act is certainly under way when the signal comes.
        other.execute("BEGIN IMMEDIATE")
        caller = server.caller(token)
        under_way = threading.Thread(target=lambda: answers.append(caller.lend(asset_number(1))))
        under_way.start()
        time.sleep(0.5)
        began = time.monotonic()
        server.signal(signal.SIGTERM)
        _wait_until_refused(server)
        assert not answers
        other.execute("ROLLBACK")
        code = server.wait()
        under_way.join()
        caller.close()
    assert [answer.status for answer in answers] == [201]
    assert code in (0, -15, 143)
    assert time.monotonic() - began < 20
    assert "Traceback" not in server.said()


def _wait_until_refused(server: Server) -> None:
    """Until new connections are refused; a connection that was taken while the door closed gets no answer."""
    for _ in range(200):
        try:
            with Caller(server.port, seconds=1) as caller:
                caller.get("/livez")
        except ConnectionRefusedError:
            return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError("new connections are still taken")


def _connect(database_url: str) -> sqlite3.Connection:
    return sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
