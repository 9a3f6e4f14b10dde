"""A phone is found in a drawer more than a year later and sends what it has again: the first answers, and no change.

The server really runs in that year: faketime sets its clock (``apt-get install faketime``).
"""

import shutil
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlmodel import SQLModel

from inventory.database import connect, reading
from tests.server import Answer, Caller, Server, asset_number, furnish

pytestmark = pytest.mark.faults
LATER = "+400d"
SECTION, OTHER = {"section": "情報政策課"}, {"section": "福祉課"}


def item(act: str, number: int, ago: timedelta = timedelta(), **more: Any) -> dict[str, Any]:
    at = (datetime.now(UTC) - ago).isoformat()
    return {"op_id": str(uuid4()), "seq": 1, "act": act, "code": asset_number(number), "occurred_at": at} | more


def scans(caller: Caller, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    answer = caller.call("POST", "/api/scans", {"desk": "引き出し", "items": items})
    assert answer.status == 200, answer.body
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def one_of_each() -> list[dict[str, Any]]:
    """Every act of a desk, one of them refused and one a conflict."""
    hour, due = timedelta(hours=1), {"due": {"on": "2999-01-01"}}
    return [
        item("lend", 1, hour, target=SECTION, **due),
        item("lend", 1, hour / 2, target=OTHER, **due),
        item("lend", 2, hour, target=SECTION, batch="b", seat="1番", **due),
        item("swap", 3, hour / 2, target={"device": asset_number(2)}),
        item("return", 3, timedelta(minutes=5)),
        item("move", 4, hour, target={"place": "大胡公民館"}),
        item("inspect", 4, hour),
        item("wipe", 4, hour),
        item("see", 4, hour),
        item("return", 9999, hour),
    ]


def rows(database_url: str) -> dict[str, int]:
    database = connect(database_url)
    try:
        with reading(database) as session:
            return {
                table.name: session.connection().execute(select(func.count()).select_from(table)).scalar_one()
                for table in SQLModel.metadata.sorted_tables
            }
    finally:
        database.dispose()


def test_whatever_is_sent_again_after_four_hundred_days_changes_nothing(database_url: str, tmp_path: Path) -> None:
    assert shutil.which("faketime"), "apt-get install faketime"
    token = furnish(database_url, tmp_path, devices=6)
    items = one_of_each()

    def by_key(caller: Caller) -> list[Answer]:
        """Acts of pages and programs, each under its own key."""
        return [
            caller.lend(asset_number(5), key="loan"),
            caller.take_back(asset_number(5), key="return"),
            caller.lend(asset_number(6), key="undone"),
            caller.call("POST", "/api/operations/undone/undo", key="undo"),
            caller.call("POST", "/api/conflicts/1/settle", {"choice": "keep"}, key="settle"),
        ]

    with Server(database_url, tmp_path) as server, server.caller(token) as caller:
        first, first_by_key = scans(caller, items), by_key(caller)
    outcomes = [result["outcome"] for result in first]
    assert outcomes == ["applied", "conflict", *["applied"] * 7, "refused"]
    assert [answer.status for answer in first_by_key] == [201, 200, 201, 200, 200]
    before = rows(database_url)
    with Server(database_url, tmp_path, prefix=("faketime", "-f", LATER)) as server, server.caller(token) as caller:
        there = parsedate_to_datetime(caller.get("/livez").headers["date"])
        assert there - datetime.now(UTC) > timedelta(days=399)
        again, again_by_key = scans(caller, items), by_key(caller)
    assert [result["outcome"] for result in again] == ["repeated"] * len(items)
    assert [result["first"] for result in again] == outcomes
    for key in ("op_id", "code", "device", "loan", "holds"):
        assert [result[key] for result in again] == [result[key] for result in first]
    for now, then in zip(again_by_key, first_by_key, strict=True):
        assert (now.status, now.headers.get("idempotent-replayed")) == (then.status, "true")
    assert again_by_key[0].json()["number"] == first_by_key[0].json()["number"]
    assert rows(database_url) == before
