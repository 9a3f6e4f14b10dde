"""Whom to tell today over JSON, as pages, as a list for Excel and as letters: and who may see how to reach them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert

from inventory.database import Database, reading, writing
from inventory.reminder_lists import DOUBTFUL_AFTER
from inventory.reminders import claim_mail
from inventory.reminding import REMINDER
from tests.api.conftest import op, rows_of
from tests.api.furnishing import EMAIL, PHONE, association, lend, made, stock
from tests.labels.reading import text

SOON = (datetime.now(UTC) + timedelta(days=10)).date().isoformat()
LATE = (datetime.now(UTC) + timedelta(days=40)).date().isoformat()


@pytest.fixture
def key(admin: TestClient) -> str:
    """An association from which two tablets are due in ten days, of which it is to be told today."""
    stock(admin, 2, remind_before_days=30, remind_every_days=7)
    head = association(admin)
    lend(admin, "MB-T-0001", "MB-T-0002", borrower={"association": head}, due={"on": SOON})
    return f"association:{head}"


def due(client: TestClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get("/api/reminders/due").json()["items"]
    return items


def test_who_is_to_be_told_of_what(desk: TestClient, viewer: TestClient, key: str) -> None:
    [call] = due(desk)
    assert (call["key"], call["way"], call["today"]) == (key, "mail", [])
    assert (call["borrower"]["name"], call["contact"]["name"]) == ("大胡地区 堀越町自治会", "金井 康男")
    assert (call["contact"]["phone"], call["contact"]["email"]) == (PHONE, EMAIL)
    assert [(item["asset_number"], item["due_on"]) for item in call["items"]] == [
        ("MB-T-0001", SOON),
        ("MB-T-0002", SOON),
    ]
    [seen] = due(viewer)
    assert (seen["contact"]["phone"], seen["contact"]["email"]) == (None, None)
    assert seen["contact"]["name"] == "金井 康男"


def test_a_call_is_written_down_once_and_the_borrower_leaves_the_list(desk: TestClient, key: str) -> None:
    headers = op()
    order = {"borrower": key, "channel": "phone", "outcome": "sent"}
    first = desk.post("/api/reminders", json=order, headers=headers)
    again = desk.post("/api/reminders", json=order, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert first.json()["loans"] == ["R8-00001"]
    assert due(desk) == []
    listed = desk.get("/api/reminders?state=ended").json()
    assert ([item["id"] for item in listed["items"]], listed["total"]) == ([first.json()["id"]], 1)
    assert desk.get("/api/reminders?state=open").json()["items"] == []
    assert desk.get("/api/reminders?state=doubtful").json()["items"] == []


def test_what_cannot_be_written_down_is_refused(desk: TestClient, key: str, database: Database) -> None:
    before = rows_of(database)
    assert desk.post("/api/reminders", json={"borrower": key, "channel": "phone"}).json()["code"] == "missing-op-id"
    for order, status in (
        ({"borrower": key, "channel": "mail"}, 422),
        ({"borrower": "section:福祉課", "channel": "phone"}, 422),
        ({"borrower": "nobody:1", "channel": "phone"}, 404),
        ({"borrower": "堀越町", "channel": "phone"}, 422),
    ):
        assert desk.post("/api/reminders", json=order, headers=op()).status_code == status, order
    assert rows_of(database) == before


def claimed(database: Database, key: str, ago: timedelta) -> str:
    """A mail that a run took so long ago and never ended."""
    with writing(database) as session:
        taken = claim_mail(session, key, now=datetime.now(UTC) - ago)
    assert taken is not None
    return taken.reminder


def test_a_doubtful_mail_is_shown_and_settled(desk: TestClient, key: str, database: Database) -> None:
    reminder = claimed(database, key, DOUBTFUL_AFTER)
    [one] = desk.get("/api/reminders?state=doubtful").json()["items"]
    assert (one["id"], one["outcome"], one["state"]) == (reminder, None, "doubtful")
    wrong = desk.post(f"/api/reminders/{reminder}/settle", json={"outcome": "failed"}, headers=op())
    assert wrong.status_code == 422
    settled = desk.post(f"/api/reminders/{reminder}/settle", json={"outcome": "void"}, headers=op())
    assert (settled.status_code, settled.json()["outcome"]) == (200, "void")
    for at, status in ((reminder, 409), ("999", 404)):
        answer = desk.post(f"/api/reminders/{at}/settle", json={"outcome": "sent"}, headers=op())
        assert answer.status_code == status


def test_a_mail_on_its_way_is_not_settled(desk: TestClient, key: str, database: Database) -> None:
    reminder = claimed(database, key, timedelta())
    assert [item["id"] for item in desk.get("/api/reminders?state=open").json()["items"]] == [reminder]
    answer = desk.post(f"/api/reminders/{reminder}/settle", json={"outcome": "sent"}, headers=op())
    assert (answer.status_code, answer.json()["code"]) == (409, "refused")


def test_letters_are_written_down_and_then_printed(desk: TestClient, viewer: TestClient, key: str) -> None:
    assert desk.get("/api/reminders.pdf").status_code == 404
    written = desk.post("/api/reminders/letters", json={"borrowers": [key]}, headers=op())
    assert written.status_code == 201
    day = written.json()["on"]
    printed = desk.get(f"/api/reminders.pdf?on={day}")
    assert (printed.status_code, printed.headers["content-type"]) == (200, "application/pdf")
    said = "".join(text(printed.content).split())
    for word in ("堀越町自治会", "会長金井康男様", "MB-T-0001", "MB-T-0002", "027-000-1234"):
        assert word in said, word
    assert EMAIL not in said
    assert viewer.get("/api/reminders.pdf").status_code == 403
    assert desk.get("/api/reminders.pdf?on=2026-01-01").status_code == 404


def test_every_loan_of_a_borrower_is_extended_over_json(desk: TestClient, key: str) -> None:
    answer = desk.post("/api/reminders/extend", json={"borrower": key, "on": LATE}, headers=op())
    assert (answer.status_code, answer.json()) == (200, {"loans": ["R8-00001"], "on": LATE})
    assert due(desk) == []
    nothing = desk.post("/api/reminders/extend", json={"borrower": key, "on": LATE}, headers=op())
    assert (nothing.status_code, nothing.json()["errors"][0]["field"]) == (422, "on")


def test_the_telephone_list_for_excel_shows_contacts_to_whoever_may_see_them(
    desk: TestClient, viewer: TestClient, key: str
) -> None:
    listed = desk.get("/api/exports/reminders.csv").text.splitlines()
    assert len(listed) == 3
    assert PHONE in listed[1] and "MB-T-0001" in listed[1]
    plain = viewer.get("/api/exports/reminders.csv").text
    assert PHONE not in plain and EMAIL not in plain and "MB-T-0002" in plain
    assert desk.get("/api/exports/reminders.xlsx").status_code == 200


# ---- pages


def test_the_page_shows_whom_to_ring_and_takes_what_came_of_it(
    desk: TestClient, viewer: TestClient, key: str, database: Database
) -> None:
    page = desk.get("/reminders").text
    assert "相手は1人です" in page and 'href="tel:0272835678"' in page
    seen = viewer.get("/reminders").text
    assert "堀越町自治会" in seen and PHONE not in seen and 'action="/reminders' not in seen
    data = {"borrower": key, "outcome": "failed", "op_id": "op-1"}
    sent = desk.post("/reminders/told", data=data)
    assert (sent.status_code, sent.headers["location"]) == (303, "/reminders?done=no-answer")
    assert "出ませんでした" in desk.get("/reminders").text
    sent = desk.post("/reminders/told", data=data | {"outcome": "sent", "op_id": "op-2"})
    assert sent.headers["location"] == "/reminders?done=called"
    assert "相手はいません" in desk.get("/reminders").text
    undone = desk.post("/reminders/told", data=data | {"outcome": "void", "channel": "phone", "op_id": "op-3"})
    assert undone.headers["location"] == "/reminders?done=not-told"
    assert "相手は1人です" in desk.get("/reminders").text
    assert rows_of(database)["reminder"] == 1


def test_letters_by_form_need_somebody_to_go_to(desk: TestClient, key: str) -> None:
    empty = desk.post("/reminders/letters", data={"op_id": "op-1"})
    assert empty.status_code == 422 and 'id="wrong"' in empty.text
    sent = desk.post("/reminders/letters", data={"borrower": key, "op_id": "op-2"})
    assert sent.headers["location"] == "/reminders?done=letters"
    assert "/api/reminders.pdf?on=" in desk.get("/reminders").text
    assert "手紙を出しました" in desk.get("/reminders/past").text


def test_a_doubtful_mail_stands_on_the_day_s_page_and_is_settled_by_form(
    desk: TestClient, key: str, database: Database
) -> None:
    reminder = claimed(database, key, DOUBTFUL_AFTER)
    assert "届いたかわからないメール" in desk.get("/").text
    assert "メールが1通あります" in desk.get("/reminders").text
    sent = desk.post(f"/reminders/{reminder}/settle", data={"outcome": "sent", "op_id": "op-1"})
    assert sent.headers["location"] == "/reminders?done=reminder-settled"
    assert desk.post(f"/reminders/{reminder}/settle", data={"outcome": "void", "op_id": "op-2"}).status_code == 409
    assert desk.post("/reminders/999/settle", data={"outcome": "void", "op_id": "op-3"}).status_code == 404
    assert "届いたかわからないメール" not in desk.get("/").text


def test_the_form_of_a_borrower_keeps_what_was_written(admin: TestClient, desk: TestClient, key: str) -> None:
    lease = {"lease_until": SOON}
    etag = admin.get("/api/devices/MB-T-0001").headers["etag"]
    assert admin.patch("/api/devices/MB-T-0001", json=lease, headers={"If-Match": etag}).status_code == 200
    assert "R8-00001" in desk.get(f"/reminders/extend?borrower={key}").text
    data = {"borrower": key, "on": LATE}
    refused = desk.post("/reminders/extend", data=data | {"op_id": "op-1"})
    assert refused.status_code == 422
    assert f'value="{LATE}"' in refused.text and 'name="override"' in refused.text
    done = desk.post("/reminders/extend", data=data | {"override": "契約を延ばした", "op_id": "op-2"})
    assert done.headers["location"] == "/reminders?done=extended-all"
    assert desk.post("/reminders/extend", data={"borrower": key, "op_id": "op-3"}).status_code == 422
    for unknown in ("association:999", "nobody:1", ""):
        assert desk.get(f"/reminders/extend?borrower={unknown}").status_code == 404


def test_a_loan_s_own_form_offers_the_reason_when_one_helps(admin: TestClient, desk: TestClient, key: str) -> None:
    etag = admin.get("/api/devices/MB-T-0001").headers["etag"]
    admin.patch("/api/devices/MB-T-0001", json={"lease_until": SOON}, headers={"If-Match": etag})
    data = {"until": "day", "on": LATE}
    refused = desk.post("/loans/R8-00001/extend", data=data | {"op_id": "op-1"})
    assert refused.status_code == 422 and 'name="override"' in refused.text
    assert 'name="override"' not in desk.get("/loans/R8-00001/extend").text
    done = desk.post("/loans/R8-00001/extend", data=data | {"override": "契約を延ばした", "op_id": "op-2"})
    assert done.headers["location"] == "/loans/R8-00001?done=extended"


def test_past_reminders_are_read_page_by_page(desk: TestClient, key: str, database: Database) -> None:
    now = datetime.now(UTC)
    row = {"borrower": key, "association_id": int(key.partition(":")[2]), "channel": "phone", "loans": ["R8-00001"]}
    with reading(database) as session:
        entry = session.connection().exec_driver_sql("SELECT max(seq) FROM entry").scalar()
    row |= {"claimed_at": now, "ended_at": now, "outcome": "sent", "entry": entry, "ended_entry": entry}
    past = [row | {"on_day": (now - timedelta(days=days)).date()} for days in range(400, 455)]
    with writing(database) as session:
        session.connection().execute(insert(REMINDER), past)
    first = desk.get("/reminders/past").text
    assert "55件" in first and "cursor=" in first
    listed = desk.get("/api/reminders?limit=50").json()
    rest = desk.get(f"/api/reminders?limit=50&cursor={listed['next']}").json()
    assert (len(listed["items"]), len(rest["items"]), rest["next"]) == (50, 5, None)


@pytest.mark.parametrize("field", ["remind_before_days", "remind_every_days"])
def test_a_pool_takes_and_drops_its_cadence(admin: TestClient, key: str, field: str) -> None:
    assert admin.get("/api/pools/head-tablets").json()[field] in (7, 30)
    etag = admin.get("/api/pools/head-tablets").headers["etag"]
    changed = admin.patch("/api/pools/head-tablets", json={field: None}, headers={"If-Match": etag}).json()
    assert changed[field] is None
    bad = admin.patch("/api/pools/head-tablets", json={field: 366}, headers={"If-Match": '"2"'})
    assert bad.status_code == 422
    form = admin.get("/pools/head-tablets/edit").text
    assert f'name="{field}"' in form


def test_a_pool_of_before_reminds_nobody(admin: TestClient, at: Callable[[datetime], None]) -> None:
    stock(admin, 1)
    head = association(admin)
    lend(admin, "MB-T-0001", borrower={"association": head}, due={"on": SOON})
    assert due(admin) == []
    pool = made(admin, "/api/pools", {"id": "plain", "name": "そのほか", "kind": "other"})
    assert (pool["remind_before_days"], pool["remind_every_days"]) == (None, None)
