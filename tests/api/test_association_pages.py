"""Associations, their officers and terms, by form."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.furnishing import EMAIL, PHONE, association, lend, stock
from tests.api.stocked import Page

SignIn = Callable[[str], TestClient]
HEAD = {"name": "髙橋 節子", "name_kana": "たかはし せつこ", "office": "会長", "from": "2027-04-01", "until": ""}


def _cards(client: TestClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/associations").json()["items"]
    return found


def _officers(client: TestClient, number: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/api/associations/{number}/officers").json()["items"]
    return found


def test_the_list_counts_devices_and_finds_by_district_name_and_officer(desk: TestClient, admin: TestClient) -> None:
    assert desk.get("/associations").status_code == 200
    stock(admin, 2)
    first = association(admin)
    second = association(admin, "茂木町自治会")
    other = desk.post("/associations/new", data={"name": "嶺町自治会", "new_district": "芳賀地区"})
    third = other.headers["location"].removeprefix("/associations/").split("?")[0]
    lend(admin, "MB-T-0001", "MB-T-0002", borrower={"association": first})
    page = Page(desk.get("/associations"))
    assert "3" in page.h1 and "1自治会" in page.h1 and "2台" in page.h1
    assert {f"/associations/{number}" for number in (first, second, third)} <= set(page.links)
    district = next(card for card in _cards(desk) if card["id"] == first)["district"]["id"]
    narrowed = Page(desk.get(f"/associations?district={district}&q="))
    assert f"/associations/{second}" in narrowed.links and f"/associations/{third}" not in narrowed.links
    assert narrowed.fields["district"] == district
    assert f"/associations/{first}" in Page(desk.get("/associations?q=金井")).links
    assert "/associations" in Page(desk.get("/associations?q=どこにもない")).links


def test_an_association_and_its_new_district_are_entered_by_one_press(desk: TestClient) -> None:
    form = Page(desk.get("/associations/new"))
    data = {
        "op_id": form.fields["op_id"],
        "name": "堀越町自治会",
        "name_kana": "ほりこしまち",
        "new_district": "大胡地区",
    }
    made = desk.post("/associations/new", data=data)
    assert made.status_code == 303 and made.headers["location"].endswith("?done=created")
    again = desk.post("/associations/new", data=data)
    assert again.headers["location"] == made.headers["location"]
    (card,) = _cards(desk)
    assert (card["name"], card["name_kana"], card["district"]["name"]) == ("堀越町自治会", "ホリコシマチ", "大胡地区")


def test_a_district_that_exists_is_chosen_not_entered_twice(desk: TestClient) -> None:
    desk.post("/associations/new", data={"name": "堀越町自治会", "new_district": "大胡地区"})
    district = _cards(desk)[0]["district"]["id"]
    for data in (
        {"name": "茂木町自治会", "new_district": "大胡地区"},
        {"name": "茂木町自治会", "new_district": "芳賀地区", "district": district},
    ):
        refused = desk.post("/associations/new", data=data)
        form = Page(refused)
        assert refused.status_code == 422 and 'id="f-new_district-wrong"' in refused.text
        assert form.fields["name"] == "茂木町自治会"
    assert len(_cards(desk)) == 1
    assert len(desk.get("/api/districts").json()["items"]) == 1
    desk.post("/associations/new", data={"name": "茂木町自治会", "district": district})
    assert {card["district"]["id"] for card in _cards(desk)} == {district}


def test_an_association_without_a_name_comes_back_filled(desk: TestClient) -> None:
    refused = desk.post("/associations/new", data={"name": " ", "name_kana": "ほりこし", "new_district": "大胡地区"})
    assert refused.status_code == 422 and 'id="f-name-wrong"' in refused.text
    assert (Page(refused).fields["name_kana"], Page(refused).fields["new_district"]) == ("ほりこし", "大胡地区")
    assert _cards(desk) == [] and desk.get("/api/districts").json()["items"] == []


def test_the_card_says_who_is_head_until_when_and_what_they_have(desk: TestClient, admin: TestClient) -> None:
    stock(admin, 3)
    number = association(admin, until="2027-03-31")
    loan = lend(admin, "MB-T-0001", "MB-T-0002", borrower={"association": number}, due={"end_of_office": True})
    page = Page(desk.get(f"/associations/{number}"))
    assert "金井 康男" in page.h1 and "令和9年3月31日" in page.h1 and "2台" in page.h1
    assert f"/loans/{loan['number']}" in page.links
    assert f"/loans/new?association={number}" in page.links
    assert {f"tel:{PHONE.replace('-', '')}", "mailto:kanai%40example.jp"} <= set(page.links)


def test_contacts_are_for_those_who_need_them(sign_in: SignIn, admin: TestClient) -> None:
    number = association(admin)
    for role, sees in (("viewer", False), ("it", True), ("desk", True)):
        text = sign_in(role).get(f"/associations/{number}").text
        assert (PHONE in text, EMAIL in text) == (sees, sees)


def test_a_new_head_is_recorded_once_and_the_old_terms_end_too(desk: TestClient, admin: TestClient) -> None:
    number = association(admin)
    old = _officers(desk, number)[0]
    form = Page(desk.get(f"/associations/{number}/officers/new"))
    assert (form.fields["office"], form.fields["from"] != "") == ("会長", True)
    data = HEAD | {"op_id": form.fields["op_id"], "phone": "027-898-1234", "email": ""}
    for _ in range(2):
        sent = desk.post(f"/associations/{number}/officers", data=data)
        assert (sent.status_code, sent.headers["location"]) == (303, f"/associations/{number}?done=officer")
    new, _ = _officers(desk, number)
    assert (new["name"], new["name_kana"], new["phone"]) == ("髙橋 節子", "タカハシ セツコ", "027-898-1234")
    assert (new["from"], new["until"], new["email"]) == ("2027-04-01", None, None)

    end = f"/associations/{number}/officers/{old['id']}/end"
    assert end in Page(desk.get(f"/associations/{number}")).links
    refused = desk.post(end, data={"until": "2026-03-01"})
    assert refused.status_code == 422 and 'id="f-until-wrong"' in refused.text
    assert Page(refused).fields["until"] == "2026-03-01"
    sent = desk.post(end, data={"until": "2027-03-31"})
    assert (sent.status_code, sent.headers["location"]) == (303, f"/associations/{number}?done=end-of-office")
    assert _officers(desk, number)[1]["until"] == "2027-03-31"


@pytest.mark.parametrize(
    ("field", "value"), [("name", ""), ("from", ""), ("phone", "でんわ"), ("email", "kanai"), ("office", "")]
)
def test_an_officer_written_wrongly_comes_back_filled(
    desk: TestClient, admin: TestClient, field: str, value: str
) -> None:
    number = association(admin)
    refused = desk.post(f"/associations/{number}/officers", data=HEAD | {field: value})
    assert refused.status_code == 422 and f'id="f-{field}-wrong"' in refused.text
    form = Page(refused).fields
    assert form[field] == value and form["name_kana"] == HEAD["name_kana"]
    assert len(_officers(desk, number)) == 1


def test_a_term_that_ends_before_it_begins_is_refused(desk: TestClient, admin: TestClient) -> None:
    number = association(admin)
    refused = desk.post(f"/associations/{number}/officers", data=HEAD | {"until": "2027-03-31"})
    assert refused.status_code == 422 and 'id="wrong"' in refused.text
    assert len(_officers(desk, number)) == 1


def test_a_term_ended_by_form_moves_the_due_day_of_its_loans(desk: TestClient, admin: TestClient) -> None:
    stock(admin, 1)
    number = association(admin)
    loan = lend(admin, "MB-T-0001", borrower={"association": number}, due={"end_of_office": True})["number"]
    until = (date.today() + timedelta(days=400)).isoformat()  # noqa: DTZ011
    desk.post(f"/associations/{number}/officers/{_officers(desk, number)[0]['id']}/end", data={"until": until})
    assert desk.get(f"/api/loans/{loan}").json()["due"]["on"] == until


def test_a_change_names_the_revision_it_was_made_from(desk: TestClient, admin: TestClient) -> None:
    number = association(admin)
    edit = f"/associations/{number}/edit"
    first, second = Page(desk.get(edit)), Page(desk.get(edit))
    assert first.fields["name"] == "堀越町自治会" and first.fields["district"]
    sent = desk.post(edit, data=first.fields | {"name_kana": "ほりこしまち", "district": ""})
    assert (sent.status_code, sent.headers["location"]) == (303, f"/associations/{number}?done=changed")
    card = _cards(desk)[0]
    assert (card["name_kana"], card["district"]) == ("ホリコシマチ", None)

    stale = desk.post(edit, data=second.fields | {"name": "堀越町町内会"})
    again = Page(stale)
    assert stale.status_code == 412 and again.fields["name"] == "堀越町町内会"
    assert _cards(desk)[0]["name"] == "堀越町自治会"
    assert desk.post(edit, data=again.fields).status_code == 303
    assert _cards(desk)[0]["name"] == "堀越町町内会"


def test_who_may_enter_the_forms(sign_in: SignIn, admin: TestClient, anonymous: TestClient) -> None:
    number = association(admin)
    officer = _officers(admin, number)[0]["id"]
    forms = [
        "/associations/new",
        f"/associations/{number}/edit",
        f"/associations/{number}/officers/new",
        f"/associations/{number}/officers/{officer}/end",
    ]
    before = admin.get(f"/api/associations/{number}").json()
    for role in ("viewer", "it"):
        client = sign_in(role)
        links = Page(client.get(f"/associations/{number}")).links
        for path in forms:
            assert client.get(path).status_code == 403
            assert path not in links
            written = path.removesuffix("/new") if "officers/new" in path else path
            assert client.post(written, data=HEAD | {"until": "2027-01-01"}).status_code == 403
    assert admin.get(f"/api/associations/{number}").json() == before
    assert all(path in Page(sign_in("desk").get(f"/associations/{number}")).links for path in forms[1:])
    assert anonymous.get("/associations").headers["location"] == "/sign-in?next=%2Fassociations"


def test_what_is_not_there_is_not_found(desk: TestClient, admin: TestClient) -> None:
    number = association(admin)
    other = association(admin, "茂木町自治会")
    officer = _officers(admin, other)[0]["id"]
    for path in ("/associations/99999", "/associations/99999/edit", f"/associations/{number}/officers/{officer}/end"):
        assert desk.get(path).status_code == 404
    assert desk.post("/associations/99999/edit", data={"name": "x"}).status_code == 404
    assert desk.post("/associations/99999/officers", data=HEAD).status_code == 404


def test_an_association_nobody_leads_says_so(desk: TestClient) -> None:
    path = desk.post("/associations/new", data={"name": "嶺町自治会"}).headers["location"]
    page = Page(desk.get(path))
    assert "記録がありません" in page.h1
    assert path.split("?")[0] + "/officers/new" in page.links
