"""What desks send: every item gets a verdict of its own, once and for ever."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from inventory.database import Database, reading
from inventory.journal import ENTRY
from tests.api.conftest import head_of, op, rows_of
from tests.api.furnishing import association, lend, made, order_for, state_of, stock, tablet

SECTION = {"section": "市民協働課"}


def item(act: str, code: str, **fields: Any) -> dict[str, Any]:
    return {
        "op_id": str(uuid4()),
        "seq": 1,
        "act": act,
        "code": code,
        "occurred_at": datetime.now(UTC).isoformat(),
    } | fields


def lending(code: str, **fields: Any) -> dict[str, Any]:
    return item("lend", code, target=SECTION, due={"on": "2999-01-01"}, **fields)


def send(client: TestClient, *items: Any) -> list[dict[str, Any]]:
    answer = client.post("/api/scans", json={"desk": "1番窓口", "items": list(items)})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def verdicts(results: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(result["outcome"], result["code"]) for result in results]


def test_every_item_has_its_verdict_in_the_order_of_the_request(desk: TestClient, admin: TestClient) -> None:
    stock(admin, 4)
    made(admin, "/api/devices/MB-T-0003/holds", {"reason": "repair"})
    lend(admin, "MB-T-0004")
    broken: list[Any] = [
        lending("MB-T-0002") | {"act": "steal"},
        lending("MB-T-0002") | {"op_id": "全角"},
        lending("MB-T-0002") | {"colour": "red"},
        lending("MB-T-0002") | {"occurred_at": "2026-11-24T10:00:00"},
        {},
        {"op_id": ["list"]},
        "no object",
        None,
        7,
    ]
    numbers = ("MB-T-9999", "MB-T-0003", "MB-T-0004", "MB-T-0002")
    items = [lending("MB-T-0001"), *broken, *(lending(number) for number in numbers)]
    results = send(desk, *items)
    assert verdicts(results) == [
        ("applied", None),
        *[("refused", "invalid")] * len(broken),
        ("refused", "not-found"),
        ("refused", "held"),
        ("refused", "already-lent"),
        ("applied", None),
    ]
    named = [given.get("op_id") if isinstance(given, dict) else None for given in items]
    assert [result["op_id"] for result in results] == [name if isinstance(name, str) else "" for name in named]
    assert (results[0]["device"], results[0]["call_number"]) == ("MB-T-0001", 1)
    assert results[11]["holds"] == ["repair"]
    assert all(result["detail"] for result in results if result["outcome"] == "refused")
    assert [state_of(desk, f"MB-T-000{number}") for number in (1, 2, 3)] == ["on_loan", "on_loan", "held"]


def test_four_bad_items_among_fifty_stop_no_other_and_each_says_why(
    desk: TestClient, admin: TestClient, database: Database
) -> None:
    stock(admin, 49)
    first = lending("MB-T-0049")
    assert verdicts(send(desk, first)) == [("applied", None)]
    good = [lending(f"MB-T-{number:04d}", batch="b") for number in range(1, 47)]
    bad = [
        lending("MB-T-7777"),
        lending("MB-T-0047", occurred_at="2026-02-30T10:00:00+09:00"),
        lending("MB-T-0047", seat="3\x07番"),
        lending("MB-T-0047") | {"op_id": first["op_id"]},
    ]
    items = [*good[:10], bad[0], *good[10:20], bad[1], bad[2], *good[20:40], bad[3], *good[40:]]
    results = send(desk, *items)
    assert len(results) == 50 and [result["op_id"] for result in results] == [one["op_id"] for one in items]
    assert sum(result["outcome"] == "applied" for result in results) == 46
    refused = [result for result in results if result["outcome"] == "refused"]
    assert [result["code"] for result in refused] == ["not-found", "impossible-time", "invalid", "op-id-reused"]
    assert len({result["detail"] for result in refused}) == 4 and all(result["detail"] for result in refused)
    assert state_of(desk, "MB-T-0047") == "in_stock"
    before = rows_of(database)
    again = send(desk, *items)
    assert [result["outcome"] for result in again if result["code"] is None] == ["repeated"] * 46
    # What was kept is told again; what had no shape or no number of its own is refused again.
    assert [(result["outcome"], result["code"]) for result in again if result["code"]] == [
        ("repeated", "not-found"),
        ("refused", "impossible-time"),
        ("refused", "invalid"),
        ("refused", "op-id-reused"),
    ]
    assert rows_of(database) == before


@pytest.mark.parametrize(
    ("occurred_at", "code"),
    [
        ("2026-13-01T10:00:00+09:00", "impossible-time"),
        ("0001-01-01T00:00:00Z", "impossible-time"),
        ("9999-12-31T23:59:59Z", "impossible-time"),
        ("1970-01-01T00:00:00Z", "impossible-time"),
        ("2098-01-01T00:00:00Z", "impossible-time"),
        ("yesterday", "impossible-time"),
        ("2026-11-24T10:00:00", "invalid"),
        (None, "impossible-time"),
    ],
)
def test_a_time_that_cannot_be(desk: TestClient, admin: TestClient, occurred_at: Any, code: str) -> None:
    stock(admin, 1)
    assert verdicts(send(desk, lending("MB-T-0001", occurred_at=occurred_at))) == [("refused", code)]
    assert state_of(desk, "MB-T-0001") == "in_stock"


def test_a_conflict_is_told_once_and_again_with_the_same_verdict(desk: TestClient, admin: TestClient) -> None:
    stock(admin, 1)
    an_hour_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    one = lending("MB-T-0001", occurred_at=an_hour_ago)
    other = lending("MB-T-0001", occurred_at=an_hour_ago) | {"target": {"section": "福祉課"}}
    assert verdicts(send(desk, one, other)) == [("applied", None), ("conflict", "already-lent")]
    again = send(desk, one, other)
    assert verdicts(again) == [("repeated", None), ("repeated", "already-lent")]
    assert [result["first"] for result in again] == ["applied", "conflict"]


def test_only_a_broken_envelope_is_refused_whole(desk: TestClient, admin: TestClient, database: Database) -> None:
    stock(admin, 1)
    good = lending("MB-T-0001")
    before = head_of(database)
    for envelope in (
        {"items": [good]},
        {"desk": "", "items": [good]},
        {"desk": "1番窓口"},
        {"desk": "1番窓口", "items": []},
        {"desk": "1番窓口", "items": {"0": good}},
        {"desk": "1番窓口", "items": [good], "colour": "red"},
        {"desk": "1番窓口", "items": [good] * 501},
        [good],
    ):
        answer = desk.post("/api/scans", json=envelope)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert head_of(database) == before and state_of(desk, "MB-T-0001") == "in_stock"


def test_five_hundred_items_pass_and_one_batch_is_one_loan(desk: TestClient, admin: TestClient) -> None:
    numbers = stock(admin, 30)
    lent = [lending(number, batch="morning", seq=at) for at, number in enumerate(numbers)]
    results = send(desk, *lent, *[lent[at % 30] for at in range(470)])
    assert verdicts(results) == [("applied", None)] * 30 + [("repeated", None)] * 470
    assert {result["loan"] for result in results} == {results[0]["loan"]}
    loan = desk.get(f"/api/loans/{results[0]['loan']}").json()
    assert [entry["asset_number"] for entry in loan["items"]] == numbers
    other = send(desk, lending(tablet(admin, 31), batch="morning") | {"target": {"section": "情報政策課"}})
    assert verdicts(other) == [("refused", "invalid")]


def test_an_item_sent_again_gets_its_first_verdict_also_a_year_later(
    desk: TestClient, admin: TestClient, at: Callable[[datetime], None], sign_in: Callable[[str], TestClient]
) -> None:
    stock(admin, 2)
    lend(admin, "MB-T-0002")
    lent, refused = lending("MB-T-0001"), lending("MB-T-0002")
    first = send(desk, lent, refused)
    admin.post("/api/returns", json={"devices": ["MB-T-0001", "MB-T-0002"]}, headers=op())
    at(datetime.now(UTC) + timedelta(days=400))
    later = sign_in("desk")
    # The client may know its clock better the second time and count its items anew; it is the same item.
    again = send(later, lent | {"seq": 9, "clock_offset_ms": 250}, refused)
    assert verdicts(first) == [("applied", None), ("refused", "already-lent")]
    assert [result["outcome"] for result in again] == ["repeated", "repeated"]
    assert (again[0]["loan"], again[1]["code"]) == (first[0]["loan"], "already-lent")
    assert [state_of(later, f"MB-T-000{number}") for number in (1, 2)] == ["held", "held"]


def test_an_op_id_of_another_act_is_refused(desk: TestClient, admin: TestClient) -> None:
    stock(admin, 3)
    lent = lending("MB-T-0001")
    key = op()
    admin.post("/api/loans", json=order_for("MB-T-0002"), headers=key)
    send(desk, lent)
    results = send(
        desk,
        lent | {"code": "MB-T-0003"},
        lent | {"act": "return", "target": None},
        lending("MB-T-0003") | {"op_id": key["Idempotency-Key"]},
    )
    assert verdicts(results) == [("refused", "op-id-reused")] * 3
    assert [state_of(desk, f"MB-T-000{number}") for number in (1, 2, 3)] == ["on_loan", "on_loan", "in_stock"]


def test_the_it_role_works_on_holds_and_moves_but_lends_to_nobody(
    admin: TestClient, sign_in: Callable[[str], TestClient], viewer: TestClient, anonymous: TestClient
) -> None:
    stock(admin, 2)
    lend(admin, "MB-T-0002")
    for reason in ("wipe", "inspect"):
        made(admin, "/api/devices/MB-T-0001/holds", {"reason": reason})
    it = sign_in("it")
    shelf = {"target": {"place": "書庫の棚3"}}
    results = send(
        it,
        item("wipe", "MB-T-0001"),
        item("inspect", "MB-T-0001"),
        item("move", "MB-T-0001", **shelf),
        item("see", "MB-T-0002"),
        lending("MB-T-0001"),
        item("return", "MB-T-0002"),
        item("swap", "MB-T-0001", target={"device": "MB-T-0002"}),
    )
    assert verdicts(results) == [("applied", None)] * 4 + [("refused", "not-allowed")] * 3
    card = it.get("/api/devices/MB-T-0001").json()
    assert (card["state"], card["place"], card["holds"]) == ("in_stock", "書庫の棚3", [])
    assert state_of(it, "MB-T-0002") == "on_loan"
    for client, status in ((viewer, 403), (anonymous, 401)):
        assert client.post("/api/scans", json={"desk": "1", "items": [item("see", "MB-T-0001")]}).status_code == status


def test_what_one_person_read_is_not_taken_from_the_session_of_another(desk: TestClient, admin: TestClient) -> None:
    stock(admin, 1)
    body = {"desk": "1", "items": [lending("MB-T-0001")]}
    refused = desk.post("/api/scans", json=body, headers={"X-Operator": "admin"})
    assert (refused.status_code, refused.json()["code"]) == (401, "sign-in")
    assert state_of(desk, "MB-T-0001") == "in_stock"
    assert desk.post("/api/scans", json=body, headers={"X-Operator": "desk"}).json()["results"][0]["loan"]


def test_a_swap_takes_the_worn_device_back_and_keeps_loan_and_seat(desk: TestClient, admin: TestClient) -> None:
    stock(admin, 2)
    number = send(desk, lending("MB-T-0001", seat="A-3"))[0]["loan"]
    swap = item("swap", "MB-T-0002", target={"device": "MB-T-0001"}, condition={"ok": False, "note": "電源が入らない"})
    result = send(desk, swap)[0]
    assert (result["outcome"], result["loan"], result["device"]) == ("applied", number, "MB-T-0002")
    worn, fresh = desk.get(f"/api/loans/{number}").json()["items"]
    assert (worn["asset_number"], worn["returned_at"] is None, worn["condition_ok"]) == ("MB-T-0001", False, False)
    assert (fresh["asset_number"], fresh["returned_at"], fresh["seat"]) == ("MB-T-0002", None, "A-3")
    assert state_of(desk, "MB-T-0001") == "held"


def test_a_return_by_label_opens_the_holds_and_the_due_day_is_the_end_of_office(
    desk: TestClient, admin: TestClient
) -> None:
    stock(admin, 1)
    head = association(admin, until="2027-03-31")
    tag = desk.get("/api/devices/MB-T-0001").json()["tag"]
    lent = send(desk, item("lend", f"https://old.example/T/{tag}", target={"association": head}))[0]
    assert desk.get(f"/api/loans/{lent['loan']}").json()["due"]["on"] == "2027-03-31"
    back, again = send(desk, item("return", tag), item("return", tag))
    assert (back["loan"], back["holds"]) == (lent["loan"], ["wipe"])
    assert (again["outcome"], again["loan"], again["holds"]) == ("applied", None, [])


def test_what_a_scan_needs_besides_its_code(desk: TestClient, admin: TestClient) -> None:
    stock(admin, 1)
    results = send(
        desk,
        item("lend", "MB-T-0001"),
        item("lend", "MB-T-0001", target={"place": "棚"}),
        item("lend", "MB-T-0001", target={}),
        item("lend", "MB-T-0001", target=SECTION | {"venue": "ohgo"}),
        item("move", "MB-T-0001", target=SECTION),
        item("swap", "MB-T-0001"),
    )
    assert verdicts(results) == [("refused", "invalid")] * 6
    assert state_of(desk, "MB-T-0001") == "in_stock"


def test_when_it_happened_is_told_by_the_servers_clock_and_never_later_than_now(
    desk: TestClient, admin: TestClient, database: Database, at: Callable[[datetime], None]
) -> None:
    stock(admin, 1)
    now = datetime.now(UTC).replace(microsecond=0)
    at(now)
    hour = timedelta(hours=1)
    slow = item("see", "MB-T-0001", occurred_at=(now - 2 * hour).isoformat(), clock_offset_ms=3_600_000, seq=41)
    fast = item("see", "MB-T-0001", occurred_at=(now + hour).isoformat())
    send(desk, slow, fast)
    with reading(database) as session:
        rows = session.connection().execute(select(ENTRY).where(ENTRY.c.op_id.in_([slow["op_id"], fast["op_id"]])))
        found = {row.op_id: row for row in rows}
    assert [found[given["op_id"]].occurred_at for given in (slow, fast)] == [now - hour, now]
    assert (found[slow["op_id"]].at, found[slow["op_id"]].desk, found[slow["op_id"]].desk_seq) == (now, "1番窓口", 41)
