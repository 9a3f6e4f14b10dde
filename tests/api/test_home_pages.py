"""今日: what the day asks for, and of whom; a good day asks for nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from inventory.calendar import TOKYO
from tests.api.conftest import op
from tests.api.furnishing import PHONE, association, course, lend, made, stock, venue
from tests.api.stocked import Page

NOON = datetime(2026, 11, 24, 12, tzinfo=TOKYO)
SignIn = Callable[[str], TestClient]
Clock = Callable[[datetime], None]
TEL = f"tel:{PHONE.replace('-', '')}"


def _overdue(sign_in: SignIn, at: Clock) -> dict[str, str]:
    """Two loans that were due on 20 November, seen on the 24th: to an association and to a section of the city hall."""
    at(NOON - timedelta(days=10))
    admin = sign_in("admin")
    stock(admin, 3, after_term="none")
    due = {"due": {"on": "2026-11-20"}}
    head = lend(admin, "MB-T-0001", borrower={"association": association(admin)}, **due)["number"]
    section = lend(admin, "MB-T-0002", **due)["number"]
    at(NOON)
    return {"head": head, "section": section}


def test_a_good_day_is_calm(admin: TestClient, viewer: TestClient) -> None:
    stock(admin, 1)
    page = admin.get("/")
    assert page.status_code == 200
    assert "tone-shu" not in page.text and "#mark-late" not in page.text
    assert "急ぐことはありません" in Page(page).h1
    # Beside what the menus of both offer there is the one main button, for whoever works at a desk.
    assert Page(page).links.count("/desk") == Page(viewer.get("/")).links.count("/desk") + 1


def test_a_late_loan_is_told_with_the_telephone_of_its_officer_alone(sign_in: SignIn, at: Clock) -> None:
    late = _overdue(sign_in, at)
    page = Page(sign_in("desk").get("/"))
    assert "2件" in page.h1 and "1つ" in page.h1
    assert {f"/loans/{number}" for number in late.values()} <= set(page.links)
    assert {f"/loans/{number}/extend" for number in late.values()} <= set(page.links)
    assert page.links.count(TEL) == 1
    assert page.texts["p"].count("4日おくれ") == 2


@pytest.mark.parametrize(("role", "calls", "extends"), [("viewer", 0, 0), ("it", 1, 0), ("admin", 1, 2)])
def test_who_may_call_and_who_may_extend(sign_in: SignIn, at: Clock, role: str, calls: int, extends: int) -> None:
    _overdue(sign_in, at)
    answer = sign_in(role).get("/")
    links = Page(answer).links
    assert (links.count(TEL), sum(link.endswith("/extend") for link in links)) == (calls, extends)
    assert (PHONE in answer.text) is bool(calls)


def test_what_comes_back_today_has_the_desk_of_its_course_or_its_return(sign_in: SignIn, at: Clock) -> None:
    at(NOON)
    admin = sign_in("admin")
    stock(admin, 3)
    taught = course(admin, venue(admin), "2026-11-24T13:30:00+09:00", "2026-11-24T15:30:00+09:00")
    made(
        admin,
        "/api/loans",
        {"borrower": {"course": taught}, "devices": ["MB-T-0001", "MB-T-0002"]},
    )
    alone = lend(admin, "MB-T-0003", due={"on": "2026-11-24"})["number"]
    page = Page(admin.get("/"))
    assert "3台" in page.h1
    assert {f"/desk?act=return&course={taught}", f"/loans/{alone}/return", f"/courses/{taught}"} <= set(page.links)
    assert "15:30まで" in page.texts["p"]
    assert not any(link.endswith("/return") for link in Page(sign_in("viewer").get("/")).links)


def test_stopped_devices_are_worked_off_by_scanning_or_looked_up(admin: TestClient) -> None:
    stock(admin, 3)
    for number, reason in (("MB-T-0001", "wipe"), ("MB-T-0002", "wipe"), ("MB-T-0003", "repair")):
        assert admin.post(f"/api/devices/{number}/holds", json={"reason": reason}).status_code == 201
    page = Page(admin.get("/"))
    assert "2台" in page.h1
    assert "/desk?act=wipe" in page.links and "/desk?act=repair" not in page.links
    assert {"/devices?state=held&hold=wipe", "/devices?state=held&hold=repair"} <= set(page.links)
    for link in ("/desk?act=wipe", "/devices?state=held&hold=repair"):
        assert admin.get(link).status_code == 200


def test_a_repair_alone_makes_no_day_a_busy_one(admin: TestClient) -> None:
    stock(admin, 1)
    admin.post("/api/devices/MB-T-0001/holds", json={"reason": "repair"})
    page = admin.get("/")
    assert "急ぐことはありません" in Page(page).h1
    assert "/devices?state=held&hold=repair" in Page(page).links


def test_courses_of_the_next_seven_days_but_not_the_cancelled(sign_in: SignIn, at: Clock) -> None:
    at(NOON)
    admin = sign_in("admin")
    hall = venue(admin)
    near = course(admin, hall, "2026-12-01T13:30:00+09:00", "2026-12-01T15:30:00+09:00")
    far = course(admin, hall, "2026-12-02T13:30:00+09:00", "2026-12-02T15:30:00+09:00")
    links = Page(admin.get("/")).links
    assert f"/courses/{near}" in links and f"/courses/{far}" not in links


def test_more_than_fits_the_sheet_is_one_tap_away(sign_in: SignIn, at: Clock) -> None:
    at(NOON - timedelta(days=10))
    admin = sign_in("admin")
    for number in stock(admin, 7, after_term="none"):
        lend(admin, number, due={"on": "2026-11-20"})
    at(NOON)
    page = Page(sign_in("desk").get("/"))
    assert "7件" in page.h1
    assert sum(link.endswith("/extend") for link in page.links) == 5
    assert "/loans?state=overdue" in page.links


def test_nobody_signed_in_is_asked_to(anonymous: TestClient) -> None:
    answer = anonymous.get("/", headers=op())
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2F")


def test_a_missing_signature_leads_to_its_paper(admin: TestClient, viewer: TestClient) -> None:
    stock(admin, 1, agreement_required=True)
    number = lend(admin, "MB-T-0001")["number"]
    assert f"/loans/{number}/agreement" in Page(admin.get("/")).links
    assert f"/loans/{number}/agreement" not in Page(viewer.get("/")).links
