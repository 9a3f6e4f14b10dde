"""kill -9 of the server during lending: no acknowledged loan is lost, none is there twice, and the journal holds."""

from pathlib import Path

import pytest

from tests import kill_rounds
from tests.server import Server, furnish

pytestmark = pytest.mark.faults

ROUNDS = {"sqlite": 25, "postgresql": 5}
DEVICES = kill_rounds.CLIENTS * kill_rounds.DEVICES_EACH


def test_no_acknowledged_loan_is_lost_or_doubled(backend: str, database_url: str, tmp_path: Path) -> None:
    token = furnish(database_url, tmp_path, devices=DEVICES)
    with Server(database_url, tmp_path) as server:
        told = kill_rounds.run(server, token, database_url, tmp_path, rounds=ROUNDS[backend])
    print(f"{backend}: {len(told.loans)} loans acknowledged, {told.sent_again} tries without an answer")
    assert told.sent_again >= ROUNDS[backend]
    assert kill_rounds.faults(told, database_url, tmp_path) == []
    assert kill_rounds.findings(database_url, tmp_path) == []


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_an_op_id_in_a_second_transaction_is_caught(database_url: str, tmp_path: Path) -> None:
    """The planted defect loses an acknowledgement sooner or later; ten kills with four clients are plenty."""
    token = furnish(database_url, tmp_path, devices=DEVICES)
    with Server(database_url, tmp_path, program=("-m", "tests.faults.two_transactions")) as server:
        told = kill_rounds.run(server, token, database_url, tmp_path, rounds=10)
    print(f"{len(told.loans)} loans acknowledged, {len(told.refused)} acts refused that had been done")
    assert told.refused
