"""Two desks tell late of the same device: one loan stands, the other is a conflict that a person settles, once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlmodel import SQLModel

from inventory.database import Database, reading
from tests.api.conftest import head_of, op, rows_of
from tests.api.furnishing import course, lend, made, state_of, stock, venue
from tests.crowd import knock, together
from tests.server import Server, furnish

NOW = datetime.now(UTC).replace(microsecond=0)
DUE = {"due": {"on": "2999-01-01"}}
FIRST, SECOND = {"section": "市民協働課"}, {"section": "情報政策課"}
DEVICE = "MB-T-0001"


def lending(code: str, minutes_ago: float, target: dict[str, str] | None, **fields: Any) -> dict[str, Any]:
    at = (NOW - timedelta(minutes=minutes_ago)).isoformat()
    item = {"op_id": str(uuid4()), "seq": 1, "act": "lend", "code": code, "occurred_at": at, "clock_offset_ms": 0}
    return item | {"target": target} | DUE | fields


def send(client: TestClient, desk: str, *items: dict[str, Any]) -> list[str]:
    """The outcome of each item."""
    answer = client.post("/api/scans", json={"desk": desk, "items": list(items)})
    assert answer.status_code == 200, answer.text
    return [result["outcome"] for result in answer.json()["results"]]


def waiting(client: TestClient, **query: str) -> list[dict[str, Any]]:
    answer = client.get("/api/conflicts", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def settle(client: TestClient, conflict: str, choice: str, **fields: Any) -> Any:
    order = {"choice": choice} | fields
    return client.post(f"/api/conflicts/{conflict}/settle", json=order, headers=op())


def rows(database: Database, table: str) -> list[Any]:
    model = SQLModel.metadata.tables[table]
    with reading(database) as session:
        return list(session.connection().execute(select(model).order_by(*model.primary_key)))


def clash(desk: TestClient, admin: TestClient) -> str:
    """Desk A lent the device 90 minutes ago and tells of it first; desk B lent it 60 minutes ago. The conflict's id."""
    stock(admin, 2, after_term="wipe")
    assert send(desk, "A", lending(DEVICE, 90, FIRST)) == ["applied"]
    assert send(desk, "B", lending(DEVICE, 60, SECOND)) == ["conflict"]
    return str(waiting(desk)[0]["id"])


@pytest.mark.parametrize("order", [("A", "B"), ("B", "A")], ids="".join)
def test_in_either_order_one_loan_is_open_one_conflict_waits_and_nothing_is_returned(
    desk: TestClient, admin: TestClient, database: Database, order: tuple[str, str]
) -> None:
    stock(admin, 1, after_term="wipe")
    told = {"A": lending(DEVICE, 90, FIRST), "B": lending(DEVICE, 60, SECOND)}
    assert [send(desk, name, told[name]) for name in order] == [["applied"], ["conflict"]]
    (item,) = rows(database, "loan_item")
    assert (item.returned_at, item.returned_entry, item.undone_entry) == (None, None, None)
    (conflict,) = rows(database, "conflict")
    assert (conflict.code, conflict.against_id, conflict.settled_at) == ("already-lent", item.id, None)
    assert rows(database, "hold") == [] and rows(database, "stray_return") == []
    assert not any(note[0] == "take_back" for entry in rows(database, "entry") for note in entry.data["notes"])
    # Sent again, also by a phone found in a drawer, it adds nothing.
    before = rows_of(database)
    assert [send(desk, name, told[name]) for name in order] == [["repeated"], ["repeated"]]
    assert rows_of(database) == before


def test_a_card_tells_both_sides(desk: TestClient, admin: TestClient) -> None:
    stock(admin, 1)
    send(desk, "1番窓口", lending(DEVICE, 90, FIRST, seat="A-1"))
    send(desk, "大胡公民館", lending(DEVICE, 68, SECOND, clock_offset_ms=480_000, seat="B-2"))
    (listed,) = waiting(desk)
    card = desk.get(f"/api/conflicts/{listed['id']}").json()
    assert card == listed
    assert (card["act"], card["code"], card["device"]["asset_number"]) == ("lend", "already-lent", DEVICE)
    claim, ledger = card["claim"], card["ledger"]
    assert (claim["desk"], claim["seat"], claim["borrower"]["id"], claim["by"]) == (
        "大胡公民館",
        "B-2",
        "情報政策課",
        "deskさん",
    )
    assert datetime.fromisoformat(claim["happened_at"]) == NOW - timedelta(minutes=60)
    assert (claim["offset_ms"], claim["loan"]) == (480_000, None)
    assert (ledger["desk"], ledger["seat"], ledger["borrower"]["id"]) == ("1番窓口", "A-1", "市民協働課")
    assert (datetime.fromisoformat(ledger["happened_at"]), ledger["offset_ms"]) == (NOW - timedelta(minutes=90), None)
    assert desk.get(f"/api/loans/{ledger['loan']}").json()["open"]
    assert datetime.fromisoformat(claim["known_at"]) > NOW - timedelta(minutes=1)


def test_the_clock_of_the_ledgers_side_is_told_where_it_was_far_off(desk: TestClient, admin: TestClient) -> None:
    stock(admin, 1)
    send(desk, "A", lending(DEVICE, 90, FIRST, clock_offset_ms=600_000))
    send(desk, "B", lending(DEVICE, 60, SECOND))
    assert waiting(desk)[0]["ledger"]["offset_ms"] == 600_000


@pytest.mark.parametrize("choice", ["keep", "dismiss"])
def test_kept_or_dismissed_the_ledger_stays(
    desk: TestClient, admin: TestClient, database: Database, choice: str
) -> None:
    conflict = clash(desk, admin)
    items, head = rows(database, "loan_item"), head_of(database)
    answer = settle(desk, conflict, choice, reason="電話で確かめた")
    assert answer.status_code == 200, answer.text
    settled = answer.json()["settled"]
    assert (settled["choice"], settled["reason"], settled["by"]) == (choice, "電話で確かめた", "deskさん")
    assert settled["loan"] is None
    assert rows(database, "loan_item") == items and rows(database, "hold") == []
    (row,) = rows(database, "conflict")
    assert (row.choice, row.item_id, row.settled_entry) == (choice, None, head + 1)
    entry = rows(database, "entry")[-1]
    assert (entry.act, entry.data) == ("settle", {"notes": [["settle", {"conflict": row.id, "choice": choice}]]})
    assert waiting(desk) == [] and [card["id"] for card in waiting(desk, state="settled")] == [conflict]


def test_the_other_ends_the_ledgers_loan_without_a_hold_and_begins_at_its_own_time(
    desk: TestClient, admin: TestClient, database: Database
) -> None:
    conflict = clash(desk, admin)
    head = head_of(database)
    answer = settle(desk, conflict, "other")
    assert answer.status_code == 200, answer.text
    at = NOW - timedelta(minutes=60)
    first, second = rows(database, "loan_item")
    assert (first.returned_at, first.returned_entry, first.condition_ok) == (at, head + 1, None)
    assert (second.lent_at, second.returned_at, second.entry) == (at, None, head + 1)
    assert rows(database, "hold") == [] and rows(database, "stray_return") == []
    (row,) = rows(database, "conflict")
    assert (row.choice, row.item_id, row.settled_entry) == ("other", second.id, head + 1)
    loan = desk.get(f"/api/loans/{answer.json()['settled']['loan']}").json()
    assert (loan["borrower"]["id"], loan["open"]) == ("情報政策課", True)
    assert state_of(desk, DEVICE) == "on_loan"
    # The next return is the second borrower's, and asks for what the pool asks for.
    back = desk.post("/api/returns", json={"devices": [DEVICE]}, headers=op()).json()["results"][0]
    assert (back["outcome"], back["holds_opened"]) == ("returned", ["wipe"])


def test_the_other_before_the_ledgers_loan_takes_its_place_and_its_return(
    desk: TestClient, admin: TestClient, database: Database
) -> None:
    """Lent to A at -90, back at -30; B says -100. A's loan never was, and what came back at -30 came back from B."""
    stock(admin, 1)
    send(desk, "A", lending(DEVICE, 90, FIRST), lending(DEVICE, 30, None, act="return", due=None))
    assert send(desk, "B", lending(DEVICE, 100, SECOND)) == ["conflict"]
    assert settle(desk, waiting(desk)[0]["id"], "other").status_code == 200
    first, second = rows(database, "loan_item")
    assert first.returned_at == first.lent_at
    assert (second.lent_at, second.returned_at) == (NOW - timedelta(minutes=100), NOW - timedelta(minutes=30))
    assert state_of(desk, DEVICE) == "held"


def test_settled_once_for_ever_and_the_same_key_gets_the_first_answer(
    desk: TestClient, admin: TestClient, database: Database
) -> None:
    conflict, key = clash(desk, admin), op()
    path, order = f"/api/conflicts/{conflict}/settle", {"choice": "keep"}
    first = desk.post(path, json=order, headers=key)
    again = desk.post(path, json=order, headers=key)
    assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    assert desk.post(path, json={"choice": "other"}, headers=key).json()["code"] == "op-id-reused"
    before = rows(database, "loan_item"), rows(database, "conflict"), head_of(database)
    late = settle(desk, conflict, "other")
    assert (late.status_code, late.json()["code"]) == (409, "refused")
    assert (rows(database, "loan_item"), rows(database, "conflict"), head_of(database)) == before


def test_of_two_who_settle_at_once_one_does(database_url: str, database: Database, tmp_path: Path) -> None:
    token = furnish(database_url, tmp_path, devices=1)
    with Server(database_url, tmp_path) as server:
        callers = [server.caller(token) for _ in range(2)]
        for desk, minutes, target in (("A", 90, FIRST), ("B", 60, SECOND)):
            told = {"desk": desk, "items": [lending(DEVICE, minutes, target)]}
            assert callers[0].call("POST", "/api/scans", told).status == 200
        (conflict,) = rows(database, "conflict")
        knock(callers)

        def press(number: int) -> int:
            order = {"choice": ("keep", "other")[number]}
            return callers[number].call("POST", f"/api/conflicts/{conflict.id}/settle", order, key=str(uuid4())).status

        answers = together(2, press)
        for caller in callers:
            caller.close()
    assert sorted(answers) == [200, 409]
    (row,) = rows(database, "conflict")
    assert row.choice == ("keep", "other")[answers.index(200)]
    assert len(rows(database, "loan_item")) == (1 if row.choice == "keep" else 2)
    settled = [entry for entry in rows(database, "entry") if entry.act == "settle"]
    assert [entry.seq for entry in settled] == [row.settled_entry]


def test_a_hold_stays_on_a_device_that_was_lent_in_spite_of_it(
    desk: TestClient, admin: TestClient, database: Database, at: Callable[[datetime], None]
) -> None:
    at(NOW - timedelta(hours=2))
    stock(admin, 1)
    made(admin, f"/api/devices/{DEVICE}/holds", {"reason": "wipe"})
    at(NOW)
    assert send(desk, "B", lending(DEVICE, 60, SECOND)) == ["conflict"]
    (card,) = waiting(desk)
    assert (card["code"], card["ledger"], card["device"]["holds"][0]["reason"]) == ("held", None, "wipe")
    assert settle(desk, card["id"], "other").status_code == 200
    assert state_of(desk, DEVICE) == "on_loan"
    (hold,) = rows(database, "hold")
    assert hold.closed_at is None


def test_one_more_than_the_limit_can_be_told_with_its_reason(
    desk: TestClient, admin: TestClient, database: Database
) -> None:
    stock(admin, 2, one_per_borrower=True)
    send(desk, "A", lending(DEVICE, 90, FIRST))
    assert send(desk, "B", lending("MB-T-0002", 60, FIRST)) == ["conflict"]
    (card,) = waiting(desk)
    assert (card["code"], card["ledger"]) == ("limit-reached", None)
    settled = settle(desk, card["id"], "other", reason="会長が2人いる").json()["settled"]
    assert desk.get(f"/api/loans/{settled['loan']}").json()["override"] == "会長が2人いる"
    assert [item.returned_at for item in rows(database, "loan_item")] == [None, None]


def test_a_retired_device_goes_out_no_more_and_the_conflict_stays(
    desk: TestClient, admin: TestClient, database: Database
) -> None:
    stock(admin, 1)
    retired = admin.post(f"/api/devices/{DEVICE}/retire", json={"reason": "故障"}, headers=op())
    assert retired.status_code == 200, retired.text
    assert send(desk, "B", lending(DEVICE, 60, SECOND)) == ["conflict"]
    (card,) = waiting(desk)
    before = head_of(database)
    refused = settle(desk, card["id"], "other")
    assert (refused.status_code, refused.json()["code"]) == (409, "retired")
    assert (waiting(desk), head_of(database)) == ([card], before)
    assert settle(desk, card["id"], "keep").status_code == 200


def test_a_swap_of_what_was_not_out_waits_until_that_loan_is_told_of(
    desk: TestClient, admin: TestClient, database: Database
) -> None:
    stock(admin, 2)
    swap = lending("MB-T-0002", 60, {"device": DEVICE}, act="swap", due=None)
    assert send(desk, "B", swap) == ["conflict"]
    (card,) = waiting(desk)
    assert (card["act"], card["code"], card["worn"]) == ("swap", "not-found", DEVICE)
    assert card["claim"]["borrower"] is None and card["device"]["asset_number"] == "MB-T-0002"
    refused = settle(desk, card["id"], "other")
    assert (refused.status_code, refused.json()["code"]) == (404, "not-found")
    assert send(desk, "A", lending(DEVICE, 90, FIRST)) == ["applied"]
    assert waiting(desk) == []
    (fitted,) = waiting(desk, state="settled")
    assert (fitted["settled"]["choice"], rows(database, "conflict")[0].choice) == ("fitted", "fitted")
    assert [state_of(desk, number) for number in (DEVICE, "MB-T-0002")] == ["held", "on_loan"]


def test_who_may_look_and_who_may_settle(
    desk: TestClient, admin: TestClient, sign_in: Callable[[str], TestClient], anonymous: TestClient
) -> None:
    conflict = clash(desk, admin)
    for role in ("viewer", "it"):
        client = sign_in(role)
        assert [card["id"] for card in waiting(client)] == [conflict]
        assert settle(client, conflict, "keep").status_code == 403
    assert anonymous.get("/api/conflicts").status_code == 401
    assert settle(anonymous, conflict, "keep").status_code == 401
    assert [card["id"] for card in waiting(desk)] == [conflict]


def test_what_an_order_needs(desk: TestClient, admin: TestClient) -> None:
    conflict = clash(desk, admin)
    without_key = desk.post(f"/api/conflicts/{conflict}/settle", json={"choice": "keep"})
    assert (without_key.status_code, without_key.json()["code"]) == (400, "missing-op-id")
    for wrong in ({"choice": "fitted"}, {"choice": "both"}, {}, {"choice": "keep", "colour": "red"}):
        answer = desk.post(f"/api/conflicts/{conflict}/settle", json=wrong, headers=op())
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), wrong
    for name in ("99", "x", "0"):
        assert settle(desk, name, "keep").status_code == 404
        assert desk.get(f"/api/conflicts/{name}").status_code == 404
    assert [card["id"] for card in waiting(desk)] == [conflict]


def test_the_list_has_pages_a_search_and_a_total(desk: TestClient, admin: TestClient) -> None:
    numbers = stock(admin, 5)
    for number in numbers:
        send(desk, "A", lending(number, 90, FIRST))
        send(desk, "B", lending(number, 60, SECOND))
    first = desk.get("/api/conflicts?limit=3").json()
    second = desk.get("/api/conflicts", params={"limit": 3, "cursor": first["next"]}).json()
    found = [card["device"]["asset_number"] for card in first["items"] + second["items"]]
    assert (found, first["total"], second["next"]) == (numbers[::-1], 5, None)
    assert [card["device"]["asset_number"] for card in waiting(desk, q="t-0004")] == ["MB-T-0004"]
    assert desk.get("/api/conflicts?state=gone").status_code == 422


def test_who_is_told_on_the_spot_leaves_nothing_to_settle(
    desk: TestClient, admin: TestClient, database: Database, at: Callable[[datetime], None]
) -> None:
    stock(admin, 1)
    at(NOW - timedelta(minutes=45))
    assert send(desk, "A", lending(DEVICE, 45, FIRST)) == ["applied"]
    at(NOW)
    assert send(desk, "B", lending(DEVICE, 0.4, SECOND)) == ["refused"]
    assert rows(database, "conflict") == []
    assert send(desk, "B", lending(DEVICE, 0.6, SECOND)) == ["conflict"]


def test_a_late_loan_to_the_very_borrower_is_no_conflict(
    desk: TestClient, admin: TestClient, at: Callable[[datetime], None]
) -> None:
    at(NOW - timedelta(hours=2))
    stock(admin, 1)
    taught = course(admin, venue(admin), "2999-05-20T10:00:00+09:00", "2999-05-20T12:00:00+09:00")
    lend(admin, DEVICE, borrower={"course": taught}, due=None)
    at(NOW)
    assert send(desk, "B", lending(DEVICE, 60, {"course": taught}, due=None)) == ["refused"]
    assert waiting(desk) == [] and waiting(desk, state="settled") == []
