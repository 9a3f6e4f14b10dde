"""Venues on screen."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from tests.api.conftest import op
from tests.api.furnishing import course, lend, stock, venue
from tests.api.test_session_pages import Fields

FORM = {"name": "大胡公民館", "kind": "kominkan", "code": "ogo", "phone": "０２７−２８３−１１１１"}


@pytest.fixture
def it(sign_in: Callable[[str], TestClient]) -> TestClient:
    return sign_in("it")


def test_a_venue_is_entered_without_coordinates_and_shown(it: TestClient, viewer: TestClient) -> None:
    entered = it.post("/venues/new", data={**FORM, "latitude": "", "longitude": "", "closed_days": "月曜日"})
    assert (entered.status_code, entered.headers["location"]) == (303, "/venues/ogo?done=created")
    card = it.get("/api/venues/ogo").json()
    assert (card["phone"], card["latitude"], card["closed_days"]) == ("027-283-1111", None, "月曜日")
    page = viewer.get("/venues/ogo")
    assert page.status_code == 200 and 'href="tel:0272831111"' in page.text
    assert "/venues/ogo/edit" not in page.text and "/venues/ogo/edit" in it.get("/venues/ogo").text
    assert 'href="/venues/ogo"' in viewer.get("/venues").text


def test_a_venue_is_entered_with_all_that_open_data_asks_for(it: TestClient, viewer: TestClient) -> None:
    blank = Fields(it.get("/venues/new").text).values
    assert (blank["prefecture"], blank["city"]) == ("群馬県", "前橋市")
    more = {
        "name_english": "Ogo Hall",
        "postal_code": "〒371-0222",
        "prefecture": "群馬県",
        "city": "前橋市",
        "town": "堀越町",
        "street": "1115",
        "extension": "12",
        "url": "https://example.jp/ogo",
        "shelter": "yes",
    }
    assert it.post("/venues/new", data=FORM | more | {"address": ""}).status_code == 303
    card = it.get("/api/venues/ogo").json()
    assert (card["address"], card["postal_code"], card["shelter"]) == ("群馬県前橋市堀越町1115", "3710222", True)
    page = viewer.get("/venues/ogo").text
    for word in ("371-0222", "群馬県前橋市堀越町1115", 'href="https://example.jp/ogo"', "指定避難所", "内線"):
        assert word in page, word
    assert 'href="/venues/ogo"' in viewer.get("/venues?shelter=yes").text
    assert 'href="/venues/ogo"' not in viewer.get("/venues?shelter=no").text
    # What is done in a disaster has a form of its own, and this one leaves it alone.
    change = {"disaster_open": True, "disaster_procedure": "親機を再起動する"}
    assert it.patch("/api/venues/ogo", json=change, headers={"If-Match": '"1"'}).status_code == 200
    form = Fields(it.get("/venues/ogo/edit").text).values
    assert form["postal_code"] == "371-0222" and "disaster_procedure" not in form
    kept = {name: value for name, value in form.items() if name not in ("op_id", "shelter", "q")}
    assert it.post("/venues/ogo/edit", data=kept | {"kind": "kominkan"}).status_code == 303
    card = it.get("/api/venues/ogo").json()
    assert (card["shelter"], card["disaster_open"], card["disaster_procedure"]) == (False, True, "親機を再起動する")
    assert it.post("/venues/new", data=FORM | {"code": "b", "url": "javascript:alert(1)"}).status_code == 422


def test_a_slip_gives_the_form_back_as_written(it: TestClient) -> None:
    answer = it.post("/venues/new", data={**FORM, "name": "", "latitude": "361", "phone": "大胡"})
    assert answer.status_code == 422
    fields = Fields(answer.text)
    assert {"f-name-wrong", "f-latitude-wrong", "f-phone-wrong"} <= fields.ids
    assert (fields.values["code"], fields.values["phone"]) == ("ogo", "大胡")
    assert it.get("/api/venues").json()["items"] == []


def test_a_code_that_is_taken_is_said_beside_its_field(it: TestClient) -> None:
    assert it.post("/venues/new", data=FORM).status_code == 303
    assert "f-code-wrong" in Fields(it.post("/venues/new", data=FORM).text).ids


def test_the_same_form_sent_twice_makes_one_venue(it: TestClient) -> None:
    sent = {**FORM, "op_id": Fields(it.get("/venues/new").text).values["op_id"]}
    answers = [it.post("/venues/new", data=sent) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(it.get("/api/venues").json()["items"]) == 1


def test_a_change_empties_fields_and_does_not_overwrite_another_s(it: TestClient, admin: TestClient) -> None:
    assert it.post("/venues/new", data={**FORM, "address": "堀越町1115"}).status_code == 303
    form = Fields(it.get("/venues/ogo/edit").text).values
    assert form["address"] == "堀越町1115" and "code" not in form
    change = {"name": "大胡公民館", "kind": "kominkan", "address": "", "if_match": form["if_match"]}
    assert it.post("/venues/ogo/edit", data=change).headers["location"] == "/venues/ogo?done=changed"
    card = it.get("/api/venues/ogo").json()
    assert (card["address"], card["phone"]) == (None, "027-283-1111")

    late = admin.post("/venues/ogo/edit", data={**change, "name": "あとから"})
    assert late.status_code == 412
    assert Fields(late.text).values["if_match"] != form["if_match"]
    assert admin.get("/api/venues/ogo").json()["name"] == "大胡公民館"
    again = {**change, "name": "あとから", "if_match": Fields(late.text).values["if_match"]}
    assert admin.post("/venues/ogo/edit", data=again).status_code == 303


def test_a_venue_shows_what_it_holds_and_what_is_held_in_it(admin: TestClient, desk: TestClient) -> None:
    stock(admin, 2)
    code = venue(admin)
    lent = lend(admin, "MB-T-0001", "MB-T-0002", borrower={"venue": code})
    held = course(admin, code, "2999-04-01T13:30:00+09:00", "2999-04-01T15:30:00+09:00")
    page = desk.get(f"/venues/{code}").text
    assert f'href="/loans/{lent["number"]}"' in page and "MB-T-0001" in page and "タブレット2台" in page
    assert f'href="/courses/{held}"' in page
    assert desk.post("/api/returns", json={"devices": ["MB-T-0001", "MB-T-0002"]}, headers=op()).status_code == 200
    back = desk.get(f"/venues/{code}").text
    assert f'href="/loans/{lent["number"]}"' not in back and f"state=closed&amp;venue={code}" in back


def test_the_list_is_narrowed_by_name_and_kind(admin: TestClient, viewer: TestClient) -> None:
    for code, kind, name, kana in (
        ("a", "kominkan", "大胡公民館", "オオゴ"),
        ("b", "library", "こども図書館", "コドモ"),
    ):
        order = {"code": code, "kind": kind, "name": name, "name_kana": kana}
        assert admin.post("/api/venues", json=order).status_code == 201
    for query, shown in (("q=おおご", {"a"}), ("kind=library", {"b"}), ("kind=&q=", {"a", "b"}), ("q=ない", set())):
        page = viewer.get(f"/venues?{query}")
        assert page.status_code == 200
        assert {code for code in "ab" if f'href="/venues/{code}"' in page.text} == shown
    assert "/api/exports/venues.xlsx?kind=library" in viewer.get("/venues?kind=library").text
    assert viewer.get("/api/exports/venues.csv?kind=library").status_code == 200


def test_only_it_staff_enter_and_change_venues(desk: TestClient, viewer: TestClient, admin: TestClient) -> None:
    code = venue(admin)
    for client in (desk, viewer):
        for path in ("/venues/new", f"/venues/{code}/edit"):
            assert client.get(path).status_code == client.post(path, data=FORM).status_code == 403
    assert admin.get("/venues/nowhere").status_code == admin.get("/venues/nowhere/edit").status_code == 404
    assert admin.post("/venues/nowhere/edit", data={"name": "x"}).status_code == 404
