"""The April change by form: seen first, then entered just as it was seen, and nothing typed is lost."""

from typing import Any

from fastapi.testclient import TestClient

from inventory.database import Database
from tests.api.conftest import head_of, rows_of
from tests.api.furnishing import association
from tests.api.stocked import Page

FORM, ENTER = "/associations/import", "/associations/import/enter"
TEXT = (
    "\t地区\t自治会名\t会長名\t電話\t住所\n"
    "1\t大胡地区\t堀越町自治会\t髙橋　節子\t０２７（２８３）１２３４\t堀越町1\n"
    "2\t大胡地区\t嶺町自治会\t山﨑 正治\t\t嶺町2\n"
)


def post(client: TestClient, path: str, text: str = TEXT, **fields: str) -> Any:
    data = {"text": text, "since": "2027-04-01", "until": ""} | fields
    return client.post(path, data=data, files={"file": ("", b"")})


def test_paste_look_and_enter(desk: TestClient, admin: TestClient, database: Database) -> None:
    number = association(admin)
    assert FORM in Page(desk.get("/associations")).links
    before, head = rows_of(database), head_of(database)
    shown = post(desk, FORM)
    page = Page(shown)
    assert shown.status_code == 200 and "1人が交代" in page.h1
    assert f"/associations/{number}" in page.links and "金井 康男" in shown.text and "住所" in shown.text
    assert (rows_of(database), head_of(database)) == (before, head)
    fields = {name: page.fields[name] for name in ("op_id", "digest", "since", "until")}
    entered, again = post(desk, ENTER, **fields), post(desk, ENTER, **fields)
    assert (entered.status_code, again.status_code) == (303, 303)
    assert again.headers["location"] == entered.headers["location"]
    assert head_of(database) == head + 1
    done = Page(desk.get(entered.headers["location"]))
    assert "2人" in done.h1 and "/terms" in done.links
    officers = desk.get(f"/api/associations/{number}/officers").json()["items"]
    assert tuple(officers[0][name] for name in ("name", "from", "until", "phone")) == (
        "髙橋　節子",
        "2027-04-01",
        None,
        "027-283-1234",
    )
    assert officers[1]["until"] == "2027-03-31"
    same = Page(post(desk, FORM))
    assert "同じ" in same.h1 and "digest" not in same.fields


def test_what_changed_in_between_is_shown_instead_of_entered(desk: TestClient, admin: TestClient) -> None:
    number = association(admin)
    page = Page(post(desk, FORM))
    officer = desk.get(f"/api/associations/{number}/officers").json()["items"][0]["id"]
    ended = desk.post(f"/api/associations/{number}/officers/{officer}/end", json={"until": "2027-02-28"})
    assert ended.status_code == 200
    stale = post(desk, ENTER, digest=page.fields["digest"])
    fresh = Page(stale)
    assert stale.status_code == 412 and fresh.fields["digest"] != page.fields["digest"]
    assert len(desk.get(f"/api/associations/{number}/officers").json()["items"]) == 1
    assert post(desk, ENTER, digest=fresh.fields["digest"]).status_code == 303
    assert post(desk, ENTER, digest="").status_code == 412


def test_a_wrong_cell_is_shown_with_the_whole_list_kept(desk: TestClient, database: Database) -> None:
    before = head_of(database)
    wrong = TEXT.replace("０２７（２８３）１２３４", "でんわ")
    for path in (FORM, ENTER):
        shown = post(desk, path, wrong)
        assert shown.status_code == 422 and "2行目" in shown.text and "でんわ" in shown.text
        assert "嶺町2" in Page(shown).fields["text"] and "digest" not in Page(shown).fields
    for text, field in (("", "text"), ("堀越町自治会\t金井", "text")):
        refused = post(desk, FORM, text)
        assert refused.status_code == 422 and f'id="f-{field}-wrong"' in refused.text
        assert Page(refused).fields["text"].rstrip() == text
    late = post(desk, FORM, since="4月")
    assert late.status_code == 422 and 'id="f-since-wrong"' in late.text and "嶺町2" in late.text
    assert head_of(database) == before


def test_a_file_is_read_in_place_of_the_text(desk: TestClient) -> None:
    sent = {"file": ("名簿.csv", TEXT.replace("\t", ",").encode("cp932"))}
    shown = desk.post(FORM, data={"text": "", "since": "2027-04-01"}, files=sent)
    assert shown.status_code == 200 and "嶺町自治会\t山﨑 正治" in Page(shown).fields["text"]
    broken = desk.post(FORM, data={"text": "あ", "since": "2027-04-01"}, files={"file": ("a.xls", b"\xd0\xcf\x11\xe0")})
    assert broken.status_code == 422 and 'id="f-file-wrong"' in broken.text and Page(broken).fields["text"] == "あ"


def test_the_forms_are_for_the_desk(viewer: TestClient, anonymous: TestClient) -> None:
    assert viewer.get(FORM).status_code == 403 and post(viewer, ENTER).status_code == 403
    assert FORM not in Page(viewer.get("/associations")).links
    assert anonymous.get(FORM).status_code == 303


def test_a_result_is_found_by_its_own_number_only(desk: TestClient) -> None:
    for number in ("1", "9999", "x"):
        assert desk.get(f"{FORM}/{number}").status_code == 404
