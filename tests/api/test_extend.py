"""A loan gets a new due day."""

from datetime import UTC, datetime, timedelta

from fastapi.testclient import TestClient

from inventory.database import Database
from tests.api.conftest import head_of, op
from tests.api.furnishing import association, lend, stock


def test_the_new_day_or_time_stands(admin: TestClient) -> None:
    stock(admin, 1)
    number = lend(admin, "MB-T-0001", due={"on": "2998-12-31"})["number"]
    answer = admin.post(f"/api/loans/{number.lower()}/extend", json={"due": {"on": "2999-12-31"}}, headers=op())
    assert (answer.status_code, answer.json()["due"]["on"]) == (200, "2999-12-31")
    until = {"due": {"at": "2999-12-30T12:00:00+09:00"}}
    timed = admin.post(f"/api/loans/{number}/extend", json=until, headers=op()).json()
    assert timed["due"]["on"] == "2999-12-30"
    assert datetime.fromisoformat(timed["due"]["at"]) == datetime(2999, 12, 30, 3, tzinfo=UTC)


def test_the_end_of_office_needs_an_officer(admin: TestClient) -> None:
    stock(admin, 2)
    head = association(admin, until="2027-03-31")
    led = lend(admin, "MB-T-0001", borrower={"association": head})["number"]
    alone = lend(admin, "MB-T-0002")["number"]
    order = {"due": {"end_of_office": True}}
    answer = admin.post(f"/api/loans/{led}/extend", json=order, headers=op())
    assert answer.json()["due"] == {"on": "2027-03-31", "at": None, "end_of_office": True}
    refused = admin.post(f"/api/loans/{alone}/extend", json=order, headers=op())
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "due")


def test_what_cannot_be_extended_stays(admin: TestClient, database: Database) -> None:
    stock(admin, 1)
    number = lend(admin, "MB-T-0001")["number"]
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    before = head_of(database)
    past = admin.post(f"/api/loans/{number}/extend", json={"due": {"on": yesterday}}, headers=op())
    assert (past.status_code, past.json()["errors"][0]["field"]) == (422, "due")
    nothing = admin.post(f"/api/loans/{number}/extend", json={"due": {}}, headers=op())
    assert nothing.status_code == 422
    unknown = admin.post("/api/loans/R8-99999/extend", json={"due": {"on": "2999-12-31"}}, headers=op())
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not-found")
    assert head_of(database) == before
    admin.post("/api/returns", json={"devices": ["MB-T-0001"]}, headers=op())
    closed = admin.post(f"/api/loans/{number}/extend", json={"due": {"on": "2999-12-31"}}, headers=op())
    assert (closed.status_code, closed.json()["errors"][0]["field"]) == (422, "due")
    assert admin.get(f"/api/loans/{number}").json()["due"]["on"] == "2999-01-01"
