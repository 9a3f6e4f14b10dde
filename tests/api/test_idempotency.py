"""Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-06): an act is done once, however often it is sent."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from fastapi.testclient import TestClient
from sqlalchemy import select

from inventory.database import Database, reading
from inventory.journal import ENTRY
from tests.api.conftest import head_of, op, rows_of
from tests.api.furnishing import association, lend, made, order_for, state_of, stock, venue
from tests.crowd import together


def test_lending_returning_extending_and_undoing_need_a_key(admin: TestClient, database: Database) -> None:
    stock(admin, 1)
    number = lend(admin, "MB-T-0001")["number"]
    before = head_of(database)
    for path, order in (
        ("/api/loans", order_for("MB-T-0001")),
        ("/api/returns", {"devices": ["MB-T-0001"]}),
        (f"/api/loans/{number}/extend", {"due": {"on": "2999-12-31"}}),
        (f"/api/operations/{uuid4()}/undo", None),
    ):
        answer = admin.post(path, json=order)
        assert (answer.status_code, answer.json()["code"]) == (400, "missing-op-id")
    assert head_of(database) == before


def test_sent_again_every_act_answers_what_it_first_answered_and_writes_nothing(
    admin: TestClient, database: Database
) -> None:
    stock(admin, 2)
    hall, head = venue(admin), association(admin)
    programme = made(admin, "/api/programmes", {"code": "A", "fiscal_year": 2026, "name": "講座"})["id"]
    officer = admin.get(f"/api/associations/{head}").json()["head"]["id"]
    number = lend(admin, "MB-T-0002")["number"]
    spring = {"starts_at": "2999-05-20T10:00:00+09:00", "ends_at": "2999-05-20T12:00:00+09:00"}
    key = op()
    acts: list[tuple[str, str, Any, dict[str, str]]] = [
        ("POST", "/api/loans", order_for("MB-T-0001"), key),
        ("POST", f"/api/loans/{number}/extend", {"due": {"on": "2999-12-31"}}, op()),
        ("POST", f"/api/operations/{key['Idempotency-Key']}/undo", None, op()),
        ("POST", "/api/returns", {"devices": ["MB-T-0002", "MB-T-9999"]}, op()),
        ("POST", "/api/devices", {"pool": "head-tablets", "asset_number": "MB-T-0003", "model": "TB-10A"}, op()),
        ("PATCH", "/api/devices/MB-T-0003", {"place": "書庫"}, op() | {"If-Match": '"1"'}),
        ("POST", "/api/devices/MB-T-0003/holds", {"reason": "lost", "note": "公民館で"}, op()),
        ("POST", "/api/devices/MB-T-0003/tag", {}, op()),
        ("POST", "/api/devices/MB-T-0003/retire", {"reason": "水没"}, op()),
        ("POST", "/api/pools", {"id": "phones", "name": "スマートフォン", "kind": "smartphone"}, op()),
        ("PATCH", "/api/pools/phones", {"default_days": 7}, op() | {"If-Match": '"1"'}),
        ("POST", "/api/districts", {"name": "城南地区"}, op()),
        ("POST", "/api/associations", {"name": "二之宮町自治会"}, op()),
        ("PATCH", f"/api/associations/{head}", {"name_kana": "ホリコシ"}, op() | {"If-Match": '"1"'}),
        ("POST", f"/api/associations/{head}/officers", {"name": "金井", "from": "2027-04-01"}, op()),
        ("POST", f"/api/associations/{head}/officers/{officer}/end", {"until": "2027-03-31"}, op()),
        ("POST", "/api/venues", {"code": "jonan", "kind": "kominkan", "name": "城南公民館"}, op()),
        ("PATCH", f"/api/venues/{hall}", {"address": "前橋市堀越町1115"}, op() | {"If-Match": '"1"'}),
        ("POST", "/api/programmes", {"code": "B", "fiscal_year": 2026, "name": "出前講座"}, op()),
        ("POST", "/api/courses", {"programme": programme, "title": "入門", **spring}, op()),
        (
            "POST",
            "/api/staff",
            {"username": "kimura", "name": "木村", "roles": ["desk"], "password": "山と川とそば粉と水"},
            op(),
        ),
        ("POST", "/api/labels/blanks", {"count": 2}, op()),
    ]
    for method, path, order, headers in acts:
        first = admin.request(method, path, json=order, headers=headers)
        assert first.status_code in (200, 201), (path, first.text)
        assert "idempotent-replayed" not in first.headers
        before = rows_of(database)
        again = admin.request(method, path, json=order, headers=headers)
        assert (again.status_code, again.headers.get("idempotent-replayed")) == (first.status_code, "true"), path
        assert again.json() == first.json() and again.headers.get("etag") == first.headers.get("etag")
        assert rows_of(database) == before
    assert state_of(admin, "MB-T-0001") == "in_stock"


def test_the_same_key_for_another_act_is_refused(admin: TestClient, database: Database) -> None:
    stock(admin, 2)
    key = op()
    admin.post("/api/loans", json=order_for("MB-T-0001"), headers=key)
    before = head_of(database)
    for method, path, order in (
        ("POST", "/api/loans", order_for("MB-T-0002")),
        ("POST", "/api/loans", order_for("MB-T-0001", note="急ぎ")),
        ("POST", "/api/returns", {"devices": ["MB-T-0001"]}),
        ("POST", "/api/districts", {"name": "城南地区"}),
        ("PATCH", "/api/devices/MB-T-0001", {"place": "書庫"}),
    ):
        answer = admin.request(method, path, json=order, headers=key | {"If-Match": '"1"'})
        assert (answer.status_code, answer.json()["code"]) == (422, "op-id-reused")
    assert head_of(database) == before and state_of(admin, "MB-T-0001") == "on_loan"


def test_two_spellings_of_one_order_are_the_same_order(admin: TestClient) -> None:
    stock(admin, 1)
    key = op() | {"Content-Type": "application/json"}
    one = '{"borrower":{"section":"情報政策課"},"devices":["MB-T-0001"],"due":{"on":"2999-01-01"}}'
    other = '{ "due": {"on": "2999-01-01"}, "devices": ["MB-T-0001"], "borrower": {"section": "\\u60c5報政策課"} }'
    first = admin.post("/api/loans", content=one.encode(), headers=key)
    again = admin.post("/api/loans", content=other.encode(), headers=key)
    assert (first.status_code, again.status_code, again.json()["number"]) == (201, 201, first.json()["number"])


def test_a_quoted_key_is_the_bare_key_and_odd_keys_are_refused(admin: TestClient) -> None:
    stock(admin, 1)
    bare = "k" * 255
    first = admin.post("/api/loans", json=order_for("MB-T-0001"), headers={"Idempotency-Key": bare})
    quoted = admin.post("/api/loans", json=order_for("MB-T-0001"), headers={"Idempotency-Key": f'"{bare}"'})
    assert quoted.json()["number"] == first.json()["number"] and quoted.headers["idempotent-replayed"] == "true"
    odd: list[list[tuple[bytes, bytes]]] = [
        [(b"Idempotency-Key", value)]
        for value in (b"k" * 256, b"a\0b", b"a b", "鍵".encode(), b"\xe9", b"", b'""', b"a\x7f", b"a\tb")
    ]
    for headers in (*odd, [(b"Idempotency-Key", b"one"), (b"Idempotency-Key", b"two")]):
        for path, order in (("/api/loans", order_for("MB-T-0001")), ("/api/districts", {"name": "城南地区"})):
            answer = admin.post(path, json=order, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (400, "missing-op-id"), headers
    assert admin.get("/api/districts").json()["items"] == []


def test_a_refusal_is_not_kept_so_the_key_may_try_again(admin: TestClient) -> None:
    stock(admin, 1)
    lend(admin, "MB-T-0001", borrower={"section": "市民協働課"})
    key = op()
    for _ in range(2):
        refused = admin.post("/api/loans", json=order_for("MB-T-0001"), headers=key)
        assert (refused.status_code, "idempotent-replayed" in refused.headers) == (409, False)
    hold = admin.post("/api/returns", json={"devices": ["MB-T-0001"]}, headers=op())
    assert hold.json()["results"][0]["holds_opened"] == ["wipe"]
    standing = admin.get("/api/devices/MB-T-0001").json()["holds"][0]["id"]
    admin.post(f"/api/devices/MB-T-0001/holds/{standing}/release")
    assert admin.post("/api/loans", json=order_for("MB-T-0001"), headers=key).status_code == 201


def test_fifty_at_once_with_one_key_are_one_loan(admin: TestClient, database: Database) -> None:
    stock(admin, 2)
    key = op()
    with admin:
        answers = together(50, lambda _: admin.post("/api/loans", json=order_for("MB-T-0001"), headers=key))
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.json()["number"] for answer in answers}) == 1
        assert sum("idempotent-replayed" in answer.headers for answer in answers) == 49
    assert rows_of(database)["loan"] == rows_of(database)["loan_item"] == 1


def test_four_hundred_days_later_the_first_answer_comes_again(
    admin: TestClient, at: Callable[[datetime], None], sign_in: Callable[[str], TestClient]
) -> None:
    stock(admin, 1)
    key = op()
    first = admin.post("/api/loans", json=order_for("MB-T-0001"), headers=key)
    admin.post("/api/returns", json={"devices": ["MB-T-0001"]}, headers=op())
    at(datetime.now(UTC) + timedelta(days=400))
    later = sign_in("desk")
    again = later.post("/api/loans", json=order_for("MB-T-0001"), headers=key)
    assert (again.status_code, again.headers["idempotent-replayed"]) == (201, "true")
    # The thing is shown as it is now; what was done is what was done then.
    assert again.json()["number"] == first.json()["number"] and again.json()["open"] is False
    assert state_of(later, "MB-T-0001") == "held"


def test_a_repetition_shows_no_more_than_the_door_lets_see(
    admin: TestClient, sign_in: Callable[[str], TestClient], viewer: TestClient
) -> None:
    head, key = association(admin), op()
    order = {"name": "石倉", "from": "2027-04-01", "phone": "027-283-0000"}
    path = f"/api/associations/{head}/officers"
    assert admin.post(path, json=order, headers=key).status_code == 201
    for client in (viewer, sign_in("it")):
        assert client.post(path, json=order, headers=key).status_code == 403


def test_the_journal_keeps_identifiers_and_a_keyed_mac_but_nobodys_name(admin: TestClient, database: Database) -> None:
    head = association(admin)
    key = op()
    order = {"name": "石倉 光江", "from": "2027-04-01", "phone": "027-283-0000", "email": "i@example.jp"}
    officer = admin.post(f"/api/associations/{head}/officers", json=order, headers=key).json()["id"]
    with reading(database) as session:
        rows = session.connection().execute(select(ENTRY)).all()
    entry = next(row for row in rows if row.op_id == key["Idempotency-Key"])
    assert entry.answer == {"status": 201, "kind": "OfficerCard", "key": officer}
    for typed in ("石倉", "027-283-0000", "i@example.jp", "金井", "堀越", "大胡"):
        assert not any(typed in str(row) for row in rows)
