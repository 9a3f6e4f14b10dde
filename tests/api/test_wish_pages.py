"""要望 on screen: written down, listed by district, answered by planning, withdrawn."""

from typing import Any

from fastapi.testclient import TestClient

from tests.api.furnishing import association, course, made, venue
from tests.api.stocked import Page


def wish(client: TestClient, **fields: Any) -> str:
    return str(made(client, "/api/wishes", {"kind": "continuation", "words": "来年も開いてほしい", **fields})["id"])


def test_a_wish_is_written_by_form_and_comes_back_filled(desk: TestClient) -> None:
    assert desk.get("/wishes").status_code == 200
    head = association(desk)
    refused = desk.post("/wishes/new", data={"kind": "series", "words": "", "people": "12", "association": head})
    assert refused.status_code == 422 and 'id="f-words-wrong"' in refused.text
    assert Page(refused).fields["people"] == "12"
    nowhere = desk.post("/wishes/new", data={"kind": "series", "words": "三回つづけて"})
    assert nowhere.status_code == 422 and 'id="f-district-wrong"' in nowhere.text
    form = Page(desk.get(f"/wishes/new?association={head}"))
    data = {"kind": "series", "words": "三回つづけて", "association": head, "op_id": form.fields["op_id"]}
    sent = desk.post("/wishes/new", data=data)
    assert sent.status_code == 303 and sent.headers["location"].endswith("?done=wished")
    assert desk.post("/wishes/new", data=data).headers["location"] == sent.headers["location"]
    (card,) = desk.get("/api/wishes").json()["items"]
    assert (card["kind"], card["association_name"], card["district_name"]) == ("series", "堀越町自治会", "大胡地区")


def test_the_list_counts_by_district_and_narrows(desk: TestClient) -> None:
    ohgo, haga = (made(desk, "/api/districts", {"name": name})["id"] for name in ("大胡地区", "芳賀地区"))
    first, second = wish(desk, district=ohgo), wish(desk, district=haga, kind="new")
    page = Page(desk.get("/wishes"))
    assert "2件" in page.h1 and "2つの地区" in page.h1
    assert {f"/wishes?district={ohgo}", f"/wishes/{first}", f"/wishes/{second}"} <= set(page.links)
    for query, wanted in ((f"district={haga}", [second]), ("kind=continuation", [first]), ("state=answered", [])):
        links = Page(desk.get(f"/wishes?{query}")).links
        assert [one for one in (first, second) if f"/wishes/{one}" in links] == wanted, query


def test_planning_answers_with_a_course_and_the_course_form_is_filled(desk: TestClient, admin: TestClient) -> None:
    hall = venue(admin)
    one = wish(desk, district=made(desk, "/api/districts", {"name": "大胡地区"})["id"])
    page = Page(desk.get(f"/wishes/{one}"))
    plan = next(link for link in page.links if link.startswith("/courses/new"))
    day = course(desk, hall, "2026-12-20T10:00:00+09:00", "2026-12-20T12:00:00+09:00")
    assert Page(desk.get(plan)).fields["venue"] == hall
    refused = desk.post(f"/wishes/{one}/answer", data={"answer": "later", "course": day, "words": "来年"})
    assert refused.status_code == 422 and 'id="f-course-wrong"' in refused.text
    assert "来年" in refused.text
    sent = desk.post(f"/wishes/{one}/answer", data={"answer": "planned", "course": day})
    assert sent.headers["location"] == f"/wishes/{one}?done=wish-answered"
    assert f"/courses/{day}" in Page(desk.get(f"/wishes/{one}")).links
    assert desk.post(f"/wishes/{one}/answer", data={}).status_code == 422


def test_a_wish_is_changed_and_withdrawn_by_form(desk: TestClient, viewer: TestClient) -> None:
    one = wish(desk, district=made(desk, "/api/districts", {"name": "大胡地区"})["id"])
    form = Page(desk.get(f"/wishes/{one}/edit"))
    data = {name: form.fields[name] for name in ("district", "association", "words", "wished_on", "if_match")}
    data |= {"kind": "new", "people": "7"}
    assert desk.post(f"/wishes/{one}/edit", data=data).status_code == 303
    assert desk.get(f"/api/wishes/{one}").json()["people"] == 7
    stale = desk.post(f"/wishes/{one}/edit", data=data | {"words": "別の言葉"})
    assert stale.status_code == 412 and "別の言葉" in stale.text and Page(stale).fields["if_match"] == "2"
    assert "/answer" not in viewer.get(f"/wishes/{one}").text
    assert desk.post(f"/wishes/{one}/withdraw", data={}).status_code == 303
    assert desk.get(f"/wishes/{one}").status_code == 200
    assert desk.post(f"/wishes/{one}/withdraw", data={}).status_code == 409
