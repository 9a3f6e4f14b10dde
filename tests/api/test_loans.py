"""Lending over JSON: all or nothing, in the order of refusals, and what a list of loans shows."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi.testclient import TestClient

from inventory.database import Database
from tests.api.conftest import PASSWORD, head_of, op
from tests.api.furnishing import association, course, lend, made, order_for, state_of, stock, tablet, venue


def test_three_tablets_go_out_one_comes_back_is_wiped_and_goes_out_again(admin: TestClient) -> None:
    stock(admin, 3)
    borrower = association(admin)
    order: dict[str, Any] = {
        "borrower": {"association": borrower},
        "devices": ["MB-T-0001", "MB-T-0002", "MB-T-0003"],
        "due": {"end_of_office": True},
    }
    lent = admin.post("/api/loans", json=order, headers=op())
    assert lent.status_code == 201, lent.text
    loan = lent.json()
    assert loan["borrower"] == {"type": "association", "id": borrower, "name": "大胡地区 堀越町自治会"}
    assert [item["asset_number"] for item in loan["items"]] == order["devices"]
    assert loan["officer"]["name"] == "金井 康男"
    assert (loan["due"], loan["overdue"]) == ({"on": None, "at": None, "end_of_office": True}, False)

    again = admin.post("/api/loans", json=order, headers=op())
    assert (again.status_code, again.json()["code"], again.json()["device"]) == (409, "already-lent", "MB-T-0001")

    back = admin.post("/api/returns", json={"devices": ["MB-T-0002"]}, headers=op())
    assert back.json()["results"][0]["outcome"] == "returned"
    assert back.json()["results"][0]["holds_opened"] == ["wipe"]

    one = order | {"devices": ["MB-T-0002"]}
    held = admin.post("/api/loans", json=one, headers=op())
    assert (held.status_code, held.json()["code"], held.json()["holds"]) == (409, "held", ["wipe"])

    hold = admin.get("/api/devices/MB-T-0002").json()["holds"][0]["id"]
    released = admin.post(f"/api/devices/MB-T-0002/holds/{hold}/release", json={"note": "初期化した"})
    assert released.json()["state"] == "in_stock"
    assert admin.post("/api/loans", json=one, headers=op()).status_code == 201


def test_a_refused_loan_lends_nothing_and_leaves_no_trace(admin: TestClient, database: Database) -> None:
    stock(admin, 3)
    lend(admin, "MB-T-0002")
    before = head_of(database)
    refused = admin.post("/api/loans", json=order_for("MB-T-0001", "MB-T-0002", "MB-T-0003"), headers=op())
    assert (refused.status_code, refused.json()["device"]) == (409, "MB-T-0002")
    missing = admin.post("/api/loans", json=order_for("MB-T-0001", "MB-T-9999"), headers=op())
    assert (missing.status_code, missing.json()["code"], missing.json()["device"]) == (404, "not-found", "MB-T-9999")
    assert [state_of(admin, number) for number in ("MB-T-0001", "MB-T-0003")] == ["in_stock", "in_stock"]
    assert head_of(database) == before


def test_refusals_come_in_their_order(admin: TestClient) -> None:
    stock(admin, 5, one_per_borrower=True)
    lend(admin, "MB-T-0001", borrower={"section": "市民協働課"})
    made(admin, "/api/devices/MB-T-0001/holds", {"reason": "repair"})
    made(admin, "/api/devices/MB-T-0002/holds", {"reason": "inspect"})
    for number in ("MB-T-0002", "MB-T-0003"):
        assert admin.post(f"/api/devices/{number}/retire", json={"reason": "電池の劣化"}).status_code == 200
    remaining = ["MB-T-0004", "MB-T-0005", "MB-T-0003", "MB-T-0002", "MB-T-0001"]
    for code, device in (
        ("already-lent", "MB-T-0001"),
        ("held", "MB-T-0002"),
        ("retired", "MB-T-0003"),
        ("limit-reached", "MB-T-0005"),
    ):
        answer = admin.post("/api/loans", json=order_for(*remaining), headers=op())
        assert (answer.status_code, answer.json()["code"], answer.json()["device"]) == (409, code, device)
        remaining.remove(device)
    assert lend(admin, "MB-T-0004")["items"][0]["asset_number"] == "MB-T-0004"
    over = admin.post("/api/loans", json=order_for("MB-T-0005"), headers=op())
    assert over.json()["code"] == "limit-reached"
    reason = {"override": {"reason": "2つの会場で同時に使う"}}
    assert lend(admin, "MB-T-0005", **reason)["override"] == "2つの会場で同時に使う"


def test_without_a_due_day_the_borrower_tells_it(admin: TestClient) -> None:
    numbers = stock(admin, 4, default_days=14)
    head = association(admin, until="2027-03-31")
    day = course(admin, venue(admin), "2999-05-20T10:00:00+09:00", "2999-05-20T12:00:00+09:00")
    due = [
        lend(admin, number, borrower=borrower, due=None)["due"]
        for number, borrower in zip(
            numbers,
            ({"association": head}, {"course": day}, {"venue": "ohgo"}, {"substitute_for": numbers[0]}),
            strict=True,
        )
    ]
    assert due[0] == {"on": "2027-03-31", "at": None, "end_of_office": True}
    assert (due[1]["on"], datetime.fromisoformat(due[1]["at"])) == ("2999-05-20", datetime(2999, 5, 20, 3, tzinfo=UTC))
    tokyo = datetime.now(UTC) + timedelta(hours=9)
    for given in due[2:]:
        assert given["at"] is None and abs((datetime.fromisoformat(given["on"]).date() - tokyo.date()).days - 14) <= 1


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"due": {"on": "2020-01-01"}}, "due"),
    ({"due": {"end_of_office": True}}, "due"),
    ({"due": {"on": "2999-01-01", "end_of_office": True}}, "due"),
    ({"due": None}, "due"),
    ({"accessories": {"充電器": 1}}, "accessories"),
    ({"borrower": {}}, "borrower"),
    ({"borrower": {"section": "情報政策課", "venue": "ohgo"}}, "borrower"),
    ({"devices": []}, "devices"),
    ({"devices": ["備品 1"]}, "devices.0"),
    ({"colour": "red"}, "colour"),
]


def test_what_is_wrong_is_named_by_its_field(admin: TestClient, database: Database) -> None:
    stock(admin, 1)
    before = head_of(database)
    for wrong, field in WRONG:
        answer = admin.post("/api/loans", json=order_for("MB-T-0001") | wrong, headers=op())
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
        assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert head_of(database) == before


def test_a_borrower_nobody_knows_is_not_found(admin: TestClient) -> None:
    stock(admin, 1)
    for kind in ("association", "course", "venue"):
        answer = admin.post("/api/loans", json=order_for("MB-T-0001", borrower={kind: "999999"}), headers=op())
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_numbers_count_within_the_fiscal_year_and_one_device_is_one_item(
    admin: TestClient, at: Callable[[datetime], None]
) -> None:
    at(datetime(2027, 3, 31, 14, 59, tzinfo=UTC))
    # The idle hour of a session does not reach over the years; who acts does not matter here.
    admin.post("/api/session", json={"username": "admin", "password": PASSWORD})
    stock(admin, 2)
    assert lend(admin, "MB-T-0001", "mb-t-0001")["number"] == "R8-00001"
    at(datetime(2027, 3, 31, 15, 0, tzinfo=UTC))
    second = lend(admin, "MB-T-0002")
    assert second["number"] == "R9-00001"
    assert admin.get("/api/loans/r8-00001").json()["items"][0]["asset_number"] == "MB-T-0001"
    assert len(admin.get("/api/loans/R8-00001").json()["items"]) == 1


def test_lists_filter_and_page_without_losing_or_doubling(admin: TestClient, at: Callable[[datetime], None]) -> None:
    numbers = stock(admin, 7)
    head = association(admin)
    for number in numbers[:5]:
        lend(admin, number)
    lend(admin, numbers[5], borrower={"association": head}, due={"on": "2998-12-31"})
    lend(admin, numbers[6], borrower={"association": head}, due={"end_of_office": True})
    admin.post("/api/returns", json={"devices": [numbers[0]]}, headers=op())

    def found(**query: Any) -> list[str]:
        answer = admin.get("/api/loans", params=query)
        assert answer.status_code == 200, answer.text
        return [loan["items"][0]["asset_number"] for loan in answer.json()["items"]]

    assert found() == numbers[::-1]
    assert found(state="closed") == numbers[:1]
    assert found(state="open") == numbers[:0:-1]
    assert found(state="overdue") == []
    assert found(association=head) == [numbers[6], numbers[5]]
    assert found(due_before="2999-01-01") == [numbers[5]]
    assert found(device=numbers[3].lower()) == [numbers[3]]
    assert found(q="堀越") == [numbers[6], numbers[5]]
    assert found(association="0") == found(course="x") == found(venue="x") == []

    pages: list[list[str]] = []
    cursor = None
    while True:
        answer = admin.get("/api/loans", params={"limit": 3} | ({"cursor": cursor} if cursor else {})).json()
        assert answer["total"] == 7 + bool(pages)
        pages.append([loan["items"][0]["asset_number"] for loan in answer["items"]])
        cursor = answer["next"]
        if cursor is None:
            break
        if len(pages) == 1:
            # What comes in between neither moves the rest nor shows twice.
            lend(admin, tablet(admin, 8))
    assert [number for page in pages for number in page] == numbers[::-1]


def test_a_loan_is_overdue_from_the_day_after_in_japan(admin: TestClient, at: Callable[[datetime], None]) -> None:
    now = datetime.now(UTC)
    due = (now + timedelta(hours=9)).date() + timedelta(days=2)
    stock(admin, 1)
    number = lend(admin, "MB-T-0001", due={"on": due.isoformat()})["number"]
    midnight = datetime(due.year, due.month, due.day, 15, tzinfo=UTC)
    for moment, overdue in ((midnight - timedelta(seconds=1), False), (midnight, True)):
        at(moment)
        admin.post("/api/session", json={"username": "admin", "password": PASSWORD})
        assert admin.get(f"/api/loans/{number}").json()["overdue"] is overdue
        assert len(admin.get("/api/loans?state=overdue").json()["items"]) == int(overdue)
