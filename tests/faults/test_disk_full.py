"""A full disk: writes are refused with 507, reads go on, and the program works again as soon as there is space."""

import os
from pathlib import Path

import pytest

from tests import kill_rounds
from tests.server import Answer, Caller, Server, asset_number, furnish

pytestmark = pytest.mark.faults

DEVICES = 40
# The small disk is mounted in a mount namespace of the server alone, so that it goes when the server goes. Whoever is
# not root becomes root of a user namespace first, where the kernel allows it.
SMALL_DISK = 'mount -t tmpfs -o size=6m tmpfs "$DISK" && cp -a "$FURNISHED"/. "$DISK" && exec "$@"'
UNSHARE = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_full_disk_stops_writes_alone(backend: str, tmp_path: Path) -> None:
    furnished, disk = tmp_path / "furnished", tmp_path / "disk"
    furnished.mkdir()
    disk.mkdir()
    token = furnish(f"sqlite:///{furnished}/ledger.db", furnished, devices=DEVICES)
    url = f"sqlite:///{disk}/ledger.db"
    environ = {"DISK": str(disk), "FURNISHED": str(furnished), "SECRET_KEY_FILE": str(disk / "secret.key")}
    prefix = (*UNSHARE, "sh", "-c", SMALL_DISK, "sh")
    with Server(url, tmp_path, prefix=prefix, environ=environ) as server, server.caller(token) as caller:
        # The server's own view of its disk, from outside its namespace.
        seen = Path(f"/proc/{server.pid}/root{disk}")
        assert caller.lend(asset_number(1)).status == 201
        _fill(seen / "filler")
        lent, refused = _lend_until_refused(caller)
        assert (refused.status, refused.json()["code"]) == (507, "storage-full")
        assert refused.headers["content-type"] == "application/problem+json"
        assert caller.lend(asset_number(DEVICES)).status == 507
        assert caller.get("/api/loans").status == 200
        assert caller.get(f"/api/lookup?code={asset_number(1)}").status == 200
        assert caller.get("/livez").status == 200
        assert caller.get("/readyz").status == 503
        assert len(caller.get("/api/loans?limit=200").json()["items"]) == lent

        (seen / "filler").unlink()
        assert caller.lend(asset_number(DEVICES)).status == 201
        assert caller.get(f"/api/devices/{asset_number(DEVICES)}").json()["state"] == "on_loan"
        leftovers = {file.name for file in seen.iterdir()}
        assert leftovers <= {"ledger.db", "ledger.db-wal", "ledger.db-shm", "secret.key", "journal.head"}
        copy = tmp_path / "after"
        copy.mkdir()
        for name in leftovers:
            (copy / name).write_bytes((seen / name).read_bytes())
    assert "Traceback" not in server.said()
    assert kill_rounds.findings(f"sqlite:///{copy}/ledger.db", copy) == []


def _fill(filler: Path) -> None:
    """Write until not one page more fits."""
    with filler.open("wb", buffering=0) as file:
        for size in (65536, 4096):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue


def _lend_until_refused(caller: Caller) -> tuple[int, Answer]:
    """Loans on the ledger, and the first refusal. The write-ahead log may have pages left over from earlier acts."""
    for number in range(2, DEVICES):
        answer = caller.lend(asset_number(number))
        if answer.status != 201:
            return number - 1, answer
    raise AssertionError("the disk never got full")
