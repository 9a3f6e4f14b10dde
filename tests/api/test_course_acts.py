"""What is done with courses, over JSON and by form: change, copy, cancel, postpone, series, last year's plan."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.conftest import op
from tests.api.furnishing import POOL, course, lend, made, stock, venue
from tests.api.test_session_pages import Fields

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
STARTS, ENDS = "2026-12-01T13:30:00+09:00", "2026-12-01T15:30:00+09:00"


@pytest.fixture
def hall(admin: TestClient, at: Callable[[datetime], None]) -> str:
    at(NOW)
    return venue(admin)


def card_of(client: TestClient, course: str) -> dict[str, Any]:
    card: dict[str, Any] = client.get(f"/api/courses/{course}").json()
    return card


def seen(client: TestClient, path: str) -> dict[str, str]:
    return {"If-Match": client.get(path).headers["etag"]} | op()


class Form(HTMLParser):
    """What a browser would send of the first form of a page that writes, were it pressed as it stands."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._state = "before"
        self._name = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method") == "post" and self._state == "before":
            self._state = "inside"
        if self._state != "inside":
            return
        name = given.get("name", "")
        if tag == "input" and (given.get("type") not in ("checkbox", "radio") or "checked" in given):
            self.values[name] = given.get("value", "")
        elif tag in ("select", "textarea"):
            self._name = name
            self.values[name] = ""
        elif tag == "option" and "selected" in given:
            self.values[self._name] = given["value"]

    def handle_data(self, data: str) -> None:
        if self._state == "inside" and self.lasttag == "textarea" and self._name:
            self.values[self._name] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._name = ""
        if tag == "form" and self._state == "inside":
            self._state = "after"


def sent(page: str, **more: str) -> dict[str, str]:
    """The fields of the page's form, as a browser sends them, with some written anew."""
    return {**Form(page).values, **more}


def promised(client: TestClient, course: str, quantity: int = 2) -> str:
    order = {"pool": POOL["id"], "quantity": quantity, "from": STARTS, "until": ENDS, "course": course}
    return str(made(client, "/api/reservations", order)["id"])


def test_a_course_and_a_programme_are_changed_from_the_version_that_was_read(desk: TestClient, hall: str) -> None:
    day = course(desk, hall, STARTS, ENDS)
    path = f"/api/courses/{day}"
    assert desk.patch(path, json={"title": "新しい題"}).status_code == 428
    headers = seen(desk, path)
    changed = desk.patch(path, json={"title": "新しい題", "case": None}, headers=headers)
    assert (changed.status_code, changed.json()["title"], changed.headers["etag"]) == (200, "新しい題", '"2"')
    assert desk.patch(path, json={"title": "あと"}, headers=headers | op()).status_code == 412
    programme = f"/api/programmes/{changed.json()['programme']}"
    order = {"reported_participants": 2429, "reported_courses": 164, "prints": "reported", "approx": True}
    answer = desk.patch(programme, json=order, headers=seen(desk, programme))
    assert {name: answer.json()[name] for name in order} == order
    wrong = desk.patch(programme, json={"reported_distinct": 2430}, headers=seen(desk, programme))
    assert [error["field"] for error in wrong.json()["errors"]] == ["reported_distinct"]
    assert desk.get("/api/programmes/99").status_code == desk.get("/api/course-series/99").status_code == 404


def test_a_course_moves_with_its_reservation_or_says_when_how_many_are_missing(admin: TestClient, hall: str) -> None:
    stock(admin, 3)
    day = course(admin, hall, STARTS, ENDS)
    promised(admin, day)
    later = course(admin, hall, "2026-12-08T13:30:00+09:00", "2026-12-08T15:30:00+09:00")
    order = {
        "pool": POOL["id"],
        "quantity": 2,
        "from": "2026-12-08T13:30:00+09:00",
        "until": "2026-12-08T15:30:00+09:00",
    }
    made(admin, "/api/reservations", order | {"course": later})
    times = {"starts_at": "2026-12-08T14:00:00+09:00", "ends_at": "2026-12-08T16:00:00+09:00"}
    path = f"/api/courses/{day}"
    refused = admin.patch(path, json=times, headers=seen(admin, path))
    assert (refused.status_code, refused.json()["code"]) == (409, "not-enough")
    assert [one["missing"] for one in refused.json()["shortage"]] == [1]
    assert datetime.fromisoformat(card_of(admin, day)["starts_at"]) == datetime.fromisoformat(STARTS)

    # The form says the same, keeps what was written, and asks for the reason that lets it through.
    page = admin.get(f"/courses/{day}/edit").text
    assert "f-override" not in Fields(page).ids
    form = sent(page, day="2026-12-08", starts="14:00", ends="16:00", title="動かす講座")
    answer = admin.post(f"/courses/{day}/edit", data=form)
    assert answer.status_code == 409
    fields = Fields(answer.text)
    assert fields.values["title"] == "動かす講座" and "f-override" in fields.ids
    answer = admin.post(f"/courses/{day}/edit", data=sent(answer.text, day="2026-12-08", override="1台は持参"))
    assert answer.status_code == 303
    assert (card_of(admin, day)["title"], card_of(admin, day)["revision"]) == ("動かす講座", 2)


def test_the_form_of_a_course_brings_back_what_is_recorded(desk: TestClient, hall: str) -> None:
    programme = made(desk, "/api/programmes", {"code": "A", "fiscal_year": 2026, "name": "教室"})["id"]
    order = {"programme": programme, "title": "題", "starts_at": STARTS, "ends_at": ENDS, "venue": hall, "level": 3}
    order |= {"capacity": 15, "topics": "カメラ", "apply_until": "2026-11-28", "needs_wifi": True, "published": True}
    order |= {"title_kana": "ダイ", "description": "はじめて\nの方へ", "fee": "無料", "url": "https://example.jp/"}
    before = made(desk, "/api/courses", order)
    form = sent(desk.get(f"/courses/{before['id']}/edit").text)
    assert desk.post(f"/courses/{before['id']}/edit", data=form).status_code == 303
    after = card_of(desk, before["id"])
    assert after == before | {"revision": 2}
    # An unticked box is no, an empty field is nothing.
    form = {name: value for name, value in form.items() if name not in ("needs_wifi", "published")} | {"if_match": "2"}
    desk.post(f"/courses/{before['id']}/edit", data=form | {"level": "", "venue": "", "op_id": "again"})
    after = card_of(desk, before["id"])
    assert (after["needs_wifi"], after["published"], after["level"], after["venue"]) == (False, False, None, None)


def test_a_course_that_is_over_is_entered_with_how_it_went(desk: TestClient, hall: str) -> None:
    programme = made(desk, "/api/programmes", {"code": "A", "fiscal_year": 2026, "name": "教室"})["id"]
    form = {"programme": programme, "title": "終わった講座", "day": "2026-11-20", "starts": "10:00", "ends": "11:30"}
    entered = desk.post("/courses/new", data=form | {"state": "held", "participants": "12", "approx": "yes"})
    assert entered.status_code == 303
    card = desk.get("/api/courses").json()["items"][0]
    assert (card["state"], card["participants"], card["approx"]) == ("held", 12, True)
    for wrong, status in (
        ({"state": "cancelled"}, 422),
        ({"state": "held", "day": "2026-12-20"}, 422),
        ({"participants": "3"}, 422),
        ({"state": "cancelled", "cancel_reason": "台風"}, 303),
    ):
        answer = desk.post("/courses/new", data=form | wrong)
        assert answer.status_code == status, wrong
        if status == 422:
            assert Fields(answer.text).values["title"] == "終わった講座"


def test_a_course_is_cancelled_postponed_and_planned_again_by_form(admin: TestClient, hall: str) -> None:
    stock(admin, 3)
    day = course(admin, hall, STARTS, ENDS)
    promised(admin, day)
    lent = lend(admin, "MB-T-0001", borrower={"course": day}, due=None)["number"]
    ask = admin.get(f"/courses/{day}/cancel").text
    assert f'href="/loans/{lent}"' in ask
    empty = admin.post(f"/courses/{day}/cancel", data=sent(ask))
    assert empty.status_code == 422 and "f-reason-wrong" in Fields(empty.text).ids
    assert admin.post(f"/courses/{day}/cancel", data=sent(empty.text, reason="台風")).status_code == 303
    card = card_of(admin, day)
    assert (card["state"], card["cancel_reason"]) == ("cancelled", "台風")
    assert admin.get("/api/reservations", params={"course": day, "state": "open"}).json()["items"] == []
    # The pages of what cannot be done say so, and have no form.
    for act in ("cancel", "postpone"):
        assert "f-reason" not in Fields(admin.get(f"/courses/{day}/{act}").text).ids
    refused = admin.post(
        f"/api/courses/{day}/cancel", json={"reason": "雨"}, headers=seen(admin, f"/api/courses/{day}")
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "refused")
    again = admin.get(f"/courses/{day}/plan-again").text
    assert admin.post(f"/courses/{day}/plan-again", data=sent(again)).status_code == 303
    assert card_of(admin, day)["state"] == "planned"

    promised(admin, day)
    ask = admin.get(f"/courses/{day}/postpone").text
    moved = admin.post(f"/courses/{day}/postpone", data=sent(ask, day="2026-12-15", reason="大雪"))
    to = card_of(admin, day)["postponed_to"]
    assert moved.headers["location"] == f"/courses/{to}?done=course-postponed-to"
    new = card_of(admin, to)
    assert (new["state"], new["venue"]) == ("planned", hall)
    assert datetime.fromisoformat(new["starts_at"]) == datetime.fromisoformat("2026-12-15T13:30:00+09:00")
    page = admin.get(f"/courses/{day}").text
    assert f'href="/courses/{to}"' in page and f'href="/courses/{day}/cancel"' not in page


def test_a_postponement_without_a_day_waits_and_one_without_phones_says_so(admin: TestClient, hall: str) -> None:
    stock(admin, 2)
    day, other = (
        course(admin, hall, STARTS, ENDS),
        course(admin, hall, "2026-12-08T13:30:00+09:00", "2026-12-08T15:30:00+09:00"),
    )
    promised(admin, day)
    busy = {
        "pool": POOL["id"],
        "quantity": 1,
        "from": "2026-12-08T13:30:00+09:00",
        "until": "2026-12-08T15:30:00+09:00",
    }
    made(admin, "/api/reservations", busy | {"course": other})
    order = {"starts_at": "2026-12-08T13:30:00+09:00", "ends_at": "2026-12-08T15:30:00+09:00"}
    headers = seen(admin, f"/api/courses/{day}")
    told = admin.post(f"/api/courses/{day}/postpone", json=order, headers=headers)
    assert told.status_code == 200
    assert told.json()["shortage"] == [{"pool": POOL["id"], "quantity": 2, "missing": 1}]
    # The same order sent again changes nothing and gets the same answer.
    assert admin.post(f"/api/courses/{day}/postpone", json=order, headers=headers).json() == told.json()
    waiting = admin.get(f"/courses/{other}/postpone").text
    answer = admin.post(f"/courses/{other}/postpone", data=sent(waiting, day=""))
    assert answer.headers["location"] == f"/courses/{other}?done=course-postponed"
    assert (card_of(admin, other)["state"], card_of(admin, other)["postponed_to"]) == ("postponed", None)


def test_a_copy_is_another_day(desk: TestClient, hall: str) -> None:
    day = course(desk, hall, STARTS, ENDS)
    page = desk.get(f"/courses/{day}/copy").text
    # A week later is the usual wish.
    assert Fields(page).values["day"] == "2026-12-08"
    answer = desk.post(f"/courses/{day}/copy", data=sent(page, starts="10:00", ends="09:00"))
    assert answer.status_code == 422 and "f-ends-wrong" in Fields(answer.text).ids
    answer = desk.post(f"/courses/{day}/copy", data=sent(page, starts="10:00", ends="11:30"))
    card = card_of(desk, answer.headers["location"].split("/")[2].split("?")[0])
    assert datetime.fromisoformat(card["starts_at"]) == datetime.fromisoformat("2026-12-08T10:00:00+09:00")


def test_a_series_is_looked_at_before_it_is_entered(desk: TestClient, admin: TestClient, hall: str) -> None:
    revision = {"If-Match": admin.get(f"/api/venues/{hall}").headers["etag"]}
    assert admin.patch(f"/api/venues/{hall}", json={"closed_days": "第3火曜"}, headers=revision).status_code == 200
    programme = made(desk, "/api/programmes", {"code": "A", "fiscal_year": 2026, "name": "教室"})["id"]
    form = {"programme": programme, "title": "スマホ入門", "venue": hall, "first": "2026-12-01", "starts": "10:00"}
    form |= {"ends": "11:30", "times": "3", "every_weeks": "1", "capacity": "15"}
    page = desk.post("/courses/series/new", data=form | {"step": "dates"})
    fields = Fields(page.text)
    assert [fields.values[f"day-{number}"] for number in (1, 2, 3)] == ["2026-12-01", "2026-12-08", "2026-12-15"]
    assert ("closed-2" in fields.ids, "closed-3" in fields.ids) == (False, True)
    assert (fields.values["capacity"], desk.get("/api/courses").json()["items"]) == ("15", [])
    skipping = desk.post("/courses/series/new", data=sent(page.text, step="skip"))
    assert Fields(skipping.text).values["day-3"] == "2026-12-22"
    slip = desk.post("/courses/series/new", data=sent(skipping.text, step="add", **{"ends-2": "9:00"}))
    assert slip.status_code == 422 and Fields(slip.text).values["day-3"] == "2026-12-22"
    answer = desk.post("/courses/series/new", data=sent(slip.text, step="add", **{"ends-2": "11:00", "day-1": ""}))
    assert answer.status_code == 303
    courses = desk.get("/api/courses").json()["items"]
    assert [one["title"] for one in courses] == ["スマホ入門（第1回）", "スマホ入門（第2回）"]
    assert {one["capacity"] for one in courses} == {15}
    none = desk.post("/courses/series/new", data=form | {"step": "add"})
    assert none.status_code == 422 and "f-first-wrong" in Fields(none.text).ids

    series = courses[0]["series"]
    here = f"/courses/series/{series}"
    more = {"day": "2027-01-12", "starts": "10:00", "ends": "11:30"}
    assert desk.post(f"{here}/dates", data=more).status_code == 303
    assert desk.post(f"{here}/dates", data=more).status_code == 422
    assert desk.post(f"{here}/copy", data={"first": "2027-02-02"}).status_code == 303
    assert (
        desk.post(f"{here}/edit", data={"title": "入門", "participants_distinct": "9", "if_match": "1"}).status_code
        == 303
    )
    card = desk.get(f"/api/course-series/{series}").json()
    assert (card["title"], card["participants_distinct"], len(card["courses"])) == ("入門", 9, 3)
    assert desk.get(here).status_code == desk.get("/courses/series/new").status_code == 200


def test_a_series_over_json(desk: TestClient, hall: str) -> None:
    programme = made(desk, "/api/programmes", {"code": "A", "fiscal_year": 2026, "name": "教室"})["id"]
    rule: dict[str, Any] = {"first": "2026-12-01", "starts": "10:00", "ends": "11:30", "times": 5}
    told = desk.get("/api/course-series/dates", params=rule | {"venue": hall}).json()
    assert [one["closed"] for one in told["items"]] == [None] * 5
    order = {"programme": programme, "title": "続", "venue": hall, "weekly": rule}
    card = made(desk, "/api/course-series", order)
    assert [one["starts_at"] for one in card["courses"]] == [
        datetime.fromisoformat(one["starts_at"]).astimezone(UTC).isoformat().replace("+00:00", "Z")
        for one in told["items"]
    ]
    assert desk.get("/api/course-series/dates", params=rule | {"ends": "09:00"}).status_code == 422
    assert desk.post("/api/course-series", json=order | {"dates": []}).status_code == 422


def test_last_years_plan_is_shown_chosen_and_taken_over(desk: TestClient, hall: str) -> None:
    kept = course(desk, hall, STARTS, ENDS)
    left = course(desk, hall, "2026-12-08T13:30:00+09:00", "2026-12-08T15:30:00+09:00")
    page = desk.get("/courses/copy-year?year=2026").text
    plan = desk.get("/api/fiscal-years/2026/next-plan").json()
    assert f'value="{plan["digest"]}"' in page and page.count(" checked") == 4
    form = {"year": "2026", "digest": plan["digest"], "courses": [kept]}
    nothing = desk.post("/courses/copy-year", data=form | {"courses": []})
    assert nothing.status_code == 422
    answer = desk.post("/courses/copy-year", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/courses?year=2027&done=plan-copied")
    (card,) = (one for one in desk.get("/api/courses").json()["items"] if one["id"] not in (kept, left))
    assert datetime.fromisoformat(card["starts_at"]).astimezone(UTC).date() == date(2027, 11, 30)
    late = desk.post("/courses/copy-year", data=form)
    assert late.status_code == 409
    assert desk.post("/api/course-copies", json=form | {"year": 2026}).status_code == 409


def test_the_page_of_a_programme_tells_both_totals_and_which_one_is_printed(desk: TestClient, hall: str) -> None:
    order = {"code": "S", "fiscal_year": 2021, "name": "教室", "planned_courses": 75, "reported_courses": 40}
    programme = made(desk, "/api/programmes", order | {"reported_participants": 621})["id"]
    past = {"programme": programme, "title": "題", "starts_at": "2021-11-20T10:00:00+09:00", "state": "held"}
    made(desk, "/api/courses", past | {"ends_at": "2021-11-20T11:00:00+09:00", "participants": 12, "approx": True})
    page = desk.get(f"/courses/programmes/{programme}").text
    assert "621人" in page and "約12人" in page and page.index("報告に刷る数") < page.index("約12人")
    form = sent(desk.get(f"/courses/programmes/{programme}/edit").text, prints="counted", supporters_asked="113")
    assert desk.post(f"/courses/programmes/{programme}/edit", data=form).status_code == 303
    page = desk.get(f"/courses/programmes/{programme}").text
    assert page.index("報告に刷る数") > page.index("621人")
    card = desk.get(f"/api/programmes/{programme}").json()
    assert (card["prints"], card["supporters_asked"], card["reported_participants"]) == ("counted", 113, 621)
    stale = desk.post(f"/courses/programmes/{programme}/edit", data=form | {"op_id": "later"})
    assert stale.status_code == 412
    wrong = sent(stale.text, supporters_agreed="114", if_match="2")
    answer = desk.post(f"/courses/programmes/{programme}/edit", data=wrong)
    assert answer.status_code == 422 and "f-supporters_agreed-wrong" in Fields(answer.text).ids


def test_only_the_desk_acts_on_courses(viewer: TestClient, desk: TestClient, hall: str) -> None:
    day = course(desk, hall, STARTS, ENDS)
    for act in ("edit", "copy", "cancel", "postpone", "plan-again"):
        assert viewer.get(f"/courses/{day}/{act}").status_code == 403
        assert desk.get(f"/courses/{day}/{act}").status_code == 200
    assert f"/courses/{day}/edit" not in viewer.get(f"/courses/{day}").text
