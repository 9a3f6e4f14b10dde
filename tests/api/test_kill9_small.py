"""A server killed while it lends; ``make faults`` does it twenty-five times."""

from pathlib import Path

import pytest

from tests import kill_rounds
from tests.server import Server, furnish


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_no_acknowledged_loan_is_lost_or_doubled(database_url: str, tmp_path: Path) -> None:
    token = furnish(database_url, tmp_path, devices=kill_rounds.CLIENTS * kill_rounds.DEVICES_EACH)
    with Server(database_url, tmp_path) as server:
        told = kill_rounds.run(server, token, database_url, tmp_path, rounds=1)
    assert told.loans
    assert told.sent_again
    assert kill_rounds.faults(told, database_url, tmp_path) == []
    assert kill_rounds.findings(database_url, tmp_path) == []
