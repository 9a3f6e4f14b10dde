"""Correcting an officer, by form and by JSON: nobody is overwritten, and the journal holds no names."""

from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import select

from inventory.database import Database, reading
from inventory.journal import ENTRY
from tests.api.furnishing import EMAIL, PHONE, association
from tests.api.stocked import Page


def first_officer(client: TestClient, number: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/associations/{number}/officers").json()["items"][0]
    return found


def test_a_form_corrects_what_was_written_and_tells_of_anothers_change(desk: TestClient, admin: TestClient) -> None:
    number = association(admin)
    path = f"/associations/{number}/officers/{first_officer(desk, number)['id']}/edit"
    assert path in Page(desk.get(f"/associations/{number}")).links
    first, second = Page(desk.get(path)), Page(desk.get(path))
    assert (first.fields["phone"], first.fields["from"]) == (PHONE, "2026-04-01")
    sent = desk.post(path, data=first.fields | {"name": "金井 靖男", "phone": "027-283-9999", "email": ""})
    assert (sent.status_code, sent.headers["location"]) == (303, f"/associations/{number}?done=changed")
    officer = first_officer(desk, number)
    assert (officer["name"], officer["phone"], officer["email"], officer["revision"]) == (
        "金井 靖男",
        "027-283-9999",
        None,
        2,
    )
    stale = desk.post(path, data=second.fields | {"office": "副会長"})
    again = Page(stale)
    assert stale.status_code == 412 and again.fields["office"] == "副会長"
    assert first_officer(desk, number)["office"] == "会長"
    assert desk.post(path, data=again.fields).status_code == 303
    assert first_officer(desk, number)["office"] == "副会長"
    for field, value in (("name", ""), ("from", ""), ("until", "2026-03-31"), ("phone", "でんわ")):
        refused = desk.post(path, data=again.fields | {field: value})
        assert refused.status_code == 422 and Page(refused).fields[field] == value


def test_the_json_door_changes_the_fields_it_is_given(admin: TestClient, database: Database) -> None:
    number = association(admin, until="2027-03-31")
    path = f"/api/associations/{number}/officers/{first_officer(admin, number)['id']}"
    seen = admin.get(path)
    assert (seen.headers["etag"], seen.json()["name"]) == ('"1"', "金井 康男")
    changed = admin.patch(path, json={"until": None, "from": "2026-05-01"}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert (changed.json()["from"], changed.json()["until"], changed.json()["email"]) == ("2026-05-01", None, EMAIL)
    for change in ({"until": "2026-04-30"}, {"name": " "}, {"phone": "x"}, {"other": 1}):
        assert admin.patch(path, json=change, headers={"If-Match": '"2"'}).status_code == 422
    assert admin.patch(path, json={}, headers={"If-Match": '"1"'}).json()["code"] == "stale"
    other = association(admin, "茂木町自治会")
    elsewhere = path.replace(f"/associations/{number}/", f"/associations/{other}/")
    assert admin.get(elsewhere).status_code == 404
    assert admin.patch(elsewhere, json={}, headers={"If-Match": '"2"'}).status_code == 404
    assert admin.patch(path, json={"name": "山田 花子"}, headers={"If-Match": '"2"'}).status_code == 200
    with reading(database) as session:
        said = [str(row.data) for row in session.connection().execute(select(ENTRY))]
    assert not any("山田" in text or "金井" in text or PHONE in text for text in said)
