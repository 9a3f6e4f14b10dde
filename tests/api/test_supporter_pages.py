"""Supporters on screen: the register, whom to ask for a course, what they answer, and lists by form."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from fastapi.testclient import TestClient

from inventory.calendar import fiscal_year, today
from tests.api.conftest import op
from tests.api.furnishing import EMAIL, PHONE, course, made
from tests.api.stocked import Page

SignIn = Callable[[str], TestClient]
NEW = {
    "name": "髙橋 節子",
    "name_kana": "たかはし",
    "category": "welfare",
    "consented_on": "2026-06-01",
    "phone": PHONE,
}
REPORTED = {"supporters_asked": 113, "supporters_agreed": 26}
DAY = ("2999-05-20T10:00:00+09:00", "2999-05-20T12:00:00+09:00")


def register(client: TestClient, **fields: Any) -> str:
    order = {"name": "髙橋 節子", "category": "welfare", "consented_on": "2026-06-01", "registered_on": "2026-06-01"}
    return str(made(client, "/api/supporters", order | fields)["id"])


def needs(client: TestClient, day: str, people: int) -> None:
    card = client.get(f"/api/courses/{day}")
    change = {"supporters_needed": people}
    assert (
        client.patch(f"/api/courses/{day}", json=change, headers={"If-Match": card.headers["etag"]}).status_code == 200
    )


def helpers(client: TestClient, day: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/courses/{day}/helpers").json()
    return found


def test_a_supporter_is_registered_by_form_and_only_with_consent(desk: TestClient) -> None:
    district = made(desk, "/api/districts", {"name": "大胡地区"})["id"]
    form = Page(desk.get("/supporters/new"))
    assert form.fields["consented_on"] == ""
    refused = desk.post("/supporters/new", data=NEW | {"consented_on": "", "districts": district})
    assert refused.status_code == 422 and 'id="f-consented_on-wrong"' in refused.text
    again = Page(refused)
    assert (again.fields["name"], again.fields["phone"]) == ("髙橋 節子", PHONE)
    assert f'value="{district}" checked' in refused.text
    assert desk.get("/api/supporters").json()["items"] == []
    data = NEW | {"districts": [district], "op_id": form.fields["op_id"]}
    sent = desk.post("/supporters/new", data=data)
    assert sent.status_code == 303 and sent.headers["location"].endswith("?done=registered")
    assert desk.post("/supporters/new", data=data).headers["location"] == sent.headers["location"]
    (card,) = desk.get("/api/supporters").json()["items"]
    assert (card["name_kana"], [one["id"] for one in card["districts"]]) == ("タカハシ", [district])
    page = Page(desk.get(sent.headers["location"]))
    assert f"/people/{card['person']}" in page.links and f"tel:{PHONE.replace('-', '')}" in page.links


def test_the_list_says_how_many_and_narrows(desk: TestClient) -> None:
    assert desk.get("/supporters").status_code == 200
    ids = [register(desk), register(desk, name="荒木 一", category="student"), register(desk, name="金井 康男")]
    desk.post(f"/api/supporters/{ids[2]}/end", json={"on": "2026-06-30"}, headers=op())
    page = Page(desk.get("/supporters"))
    assert "2人" in page.h1
    assert {f"/supporters/{one}" for one in ids[:2]} <= set(page.links) and f"/supporters/{ids[2]}" not in page.links
    for query, wanted in (
        ("category=student", ids[1:2]),
        ("standing=ended", ids[2:]),
        ("standing=all&q=&category=&district=", ids),
        ("q=高橋", ids[:1]),
        ("q=どこにもいない", []),
    ):
        links = Page(desk.get(f"/supporters?{query}")).links
        assert [one for one in ids if f"/supporters/{one}" in links] == wanted, query
    # What a programme reported stands beside those of the register who came from it.
    year = fiscal_year(today(datetime.now(UTC)))
    programme = made(desk, "/api/programmes", {"code": "S16", "fiscal_year": year, "name": "人材育成"} | REPORTED)["id"]
    register(desk, name="茂木 ちづる", programme=programme)
    text = desk.get("/supporters").text
    assert f"programme={programme}" in text and "113人" in text and "26人" in text
    # The files hold what the page shows: those who are registered.
    exported = next(link for link in page.links if link.startswith("/api/exports/supporters.csv"))
    assert "active=true" in exported and desk.get(exported).content.count(b"\r\n") == 4


def test_contacts_are_on_no_page_of_a_viewer(sign_in: SignIn, desk: TestClient) -> None:
    one = register(desk, phone=PHONE, email=EMAIL, note="携帯もある")
    for role, sees in (("viewer", False), ("desk", True)):
        text = sign_in(role).get(f"/supporters/{one}").text
        assert (PHONE in text, EMAIL in text, "携帯もある" in text) == (sees, sees, sees)


def test_a_registration_is_changed_and_ended_by_form(desk: TestClient) -> None:
    one = register(desk, phone=PHONE)
    form = Page(desk.get(f"/supporters/{one}/edit"))
    data = {
        name: form.fields[name] for name in ("name", "name_kana", "phone", "email", "consented_on", "registered_on")
    }
    data |= {"category": "student", "note": "火曜", "ended_on": "", "if_match": form.fields["if_match"]}
    assert desk.post(f"/supporters/{one}/edit", data=data).status_code == 303
    card = desk.get(f"/api/supporters/{one}").json()
    assert (card["category"], card["note"], card["phone"], card["revision"]) == ("student", "火曜", PHONE, 2)
    stale = desk.post(f"/supporters/{one}/edit", data=data | {"name": "別の名"})
    assert stale.status_code == 412 and Page(stale).fields["name"] == "別の名"
    assert Page(stale).fields["if_match"] == "2"
    assert desk.post(f"/supporters/{one}/edit", data=data | {"name": "", "if_match": "2"}).status_code == 422
    refused = desk.post(f"/supporters/{one}/end", data={"on": "2026-05-01"})
    assert refused.status_code == 422 and 'id="f-on-wrong"' in refused.text
    assert desk.post(f"/supporters/{one}/end", data={"on": "2026-07-01"}).status_code == 303
    assert desk.get(f"/api/supporters/{one}").json()["ended_on"] == "2026-07-01"
    assert desk.get("/supporters/999").status_code == 404


def test_an_erased_supporter_keeps_the_days_and_takes_no_name(desk: TestClient) -> None:
    one = register(desk, name="龘驫 康男")
    person = desk.get(f"/api/supporters/{one}").json()["person"]
    page = desk.get(f"/people/{person}")
    assert f"/supporters/{one}" in Page(page).links
    assert desk.post(f"/people/{person}/erase", data={"reason": "request"}).status_code == 303
    for address in (f"/supporters/{one}", f"/supporters/{one}/edit", "/supporters?standing=all", f"/people/{person}"):
        answer = desk.get(address)
        assert answer.status_code == 200 and "龘" not in answer.text, address
    form = Page(desk.get(f"/supporters/{one}/edit"))
    assert "name" not in form.fields
    data = {"category": "student", "consented_on": "2026-06-01", "registered_on": "2026-06-01"}
    assert desk.post(f"/supporters/{one}/edit", data=data | {"if_match": form.fields["if_match"]}).status_code == 303
    assert desk.get(f"/api/supporters/{one}").json()["category"] == "student"


def test_supporters_are_asked_by_ticks_and_answer_on_the_page_of_the_course(desk: TestClient) -> None:
    day = course(desk, None, *DAY)
    needs(desk, day, 2)
    first, second = register(desk), register(desk, name="荒木 一", category="student")
    here = f"/courses/{day}/supporters"
    assert here in Page(desk.get(f"/courses/{day}")).links
    assert here in desk.get(f"/courses/{day}").text
    form = Page(desk.get(here))
    nobody = desk.post(here, data={"op_id": form.fields["op_id"], "category": "student"})
    assert nobody.status_code == 422 and 'id="f-supporters-wrong"' in nobody.text
    assert "荒木 一" in nobody.text and "髙橋 節子" not in nobody.text
    assert "髙橋 節子" not in desk.get(f"{here}?category=student").text
    sent = desk.post(here, data={"supporters": [first, second]})
    assert sent.headers["location"] == f"/courses/{day}?done=asked-supporters"
    assert helpers(desk, day)["asked"] == 2
    page = desk.get(f"/courses/{day}").text
    assert "あと2人" in page and "返事待ち" in page
    asked = {item["supporter"]: item["id"] for item in helpers(desk, day)["items"]}
    for supporter, said in ((first, "agreed"), (second, "declined")):
        answer = desk.post(f"{here}/{asked[supporter]}/answer", data={"answer": said})
        assert answer.headers["location"] == f"/courses/{day}?done=help-answered"
    assert (helpers(desk, day)["agreed"], helpers(desk, day)["missing"]) == (1, 1)
    assert "あと1人" in desk.get(f"/courses/{day}").text
    assert desk.post(f"{here}/{asked[second]}/take-back", data={}).status_code == 303
    assert helpers(desk, day)["asked"] == 1
    assert f'value="{first}"' not in desk.get(here).text
    assert desk.get("/courses/999/supporters").status_code == 404


def test_who_agreed_to_two_courses_at_one_time_is_told_on_both_pages(desk: TestClient) -> None:
    one = register(desk)
    first = course(desk, None, *DAY)
    programme = desk.get(f"/api/courses/{first}").json()["programme"]
    times = {"starts_at": "2999-05-20T11:00:00+09:00", "ends_at": "2999-05-20T13:00:00+09:00"}
    second = str(made(desk, "/api/courses", {"programme": programme, "title": "同じ時間の講座", **times})["id"])
    for day in (first, second):
        if day == second:
            assert "スマホ入門" in desk.get(f"/courses/{day}/supporters").text
        desk.post(f"/api/courses/{day}/helpers", json={"supporters": [one]}, headers=op())
        helper = helpers(desk, day)["items"][0]["id"]
        desk.post(f"/api/courses/{day}/helpers/{helper}/answer", json={"answer": "agreed"}, headers=op())
    assert f"/courses/{second}" in Page(desk.get(f"/courses/{first}")).links
    assert f"/courses/{first}" in Page(desk.get(f"/courses/{second}")).links


def test_a_viewer_sees_who_helps_and_presses_nothing(desk: TestClient, viewer: TestClient) -> None:
    day, one = course(desk, None, *DAY), register(desk)
    desk.post(f"/api/courses/{day}/helpers", json={"supporters": [one]}, headers=op())
    page = Page(viewer.get(f"/courses/{day}"))
    assert f"/supporters/{one}" in page.links and f"/courses/{day}/supporters" not in page.links
    assert "/answer" not in viewer.get(f"/courses/{day}").text


def test_a_list_is_seen_first_and_entered_then(desk: TestClient) -> None:
    text = "氏名\t分類\t同意日\n荒木 一\t学生\t2026-06-01\n"
    empty = desk.post("/supporters/import", data={"text": ""}, files={"x": b""})
    assert empty.status_code == 422 and 'id="f-text-wrong"' in empty.text
    wrong = desk.post("/supporters/import", data={"text": text + "金井 康男\t学生\t\n"}, files={"x": b""})
    assert wrong.status_code == 422 and "金井 康男" in wrong.text
    seen = desk.post("/supporters/import", data={"text": text}, files={"x": b""})
    form = Page(seen)
    assert seen.status_code == 200 and desk.get("/api/supporters").json()["items"] == []
    data = {"text": text, "digest": form.fields["digest"], "op_id": form.fields["op_id"]}
    register(desk, name="荒木 一")
    moved = desk.post("/supporters/import/enter", data=data, files={"x": b""})
    assert moved.status_code == 412
    desk.post("/api/supporters/1/end", json={"on": "2026-06-02"}, headers=op())
    again = Page(
        desk.post("/supporters/import", data={"text": text + "茂木 ちづる\t学生\t2026-06-01\n"}, files={"x": b""})
    )
    data = {"text": text + "茂木 ちづる\t学生\t2026-06-01\n", "digest": again.fields["digest"]}
    done = desk.post("/supporters/import/enter", data=data, files={"x": b""})
    assert done.status_code == 303 and desk.get(done.headers["location"]).status_code == 200
    assert desk.get("/supporters/import/999").status_code == 404
