"""公共施設一覧 by form: seen first with every repair and refusal, then entered just as it was seen."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from inventory.database import Database
from tests.api.conftest import head_of, rows_of
from tests.api.furnishing import venue
from tests.api.stocked import Page
from tests.api.test_facilities import DEFECTS
from tests.api.test_imports import workbook

FORM, ENTER = "/venues/import", "/venues/import/enter"
TEXT = (
    "\t名称\t名称_カナ\t所在地_連結表記\t電話番号\t高度の値\n"
    "1\t大胡公民館\tｵｵｺﾞ\t前橋市堀越町1115\t０２７（２８３）１１１１\t2\n"
    "2\t集いの家\t\t\t\t\n"
)


@pytest.fixture
def it(sign_in: Callable[[str], TestClient]) -> TestClient:
    return sign_in("it")


def post(client: TestClient, path: str, text: str = TEXT, file: bytes = b"", **fields: str) -> Any:
    data = {"text": text, "kind": "welfare_center"} | fields
    return client.post(path, data=data, files={"file": ("一覧.csv" if file else "", file)})


def test_paste_look_and_enter(it: TestClient, admin: TestClient, database: Database) -> None:
    venue(admin)
    assert FORM in Page(it.get("/venues")).links and FORM not in Page(it.get("/venues/ohgo")).links
    before, head = rows_of(database), head_of(database)
    shown = post(it, FORM)
    page = Page(shown)
    assert shown.status_code == 200 and "1館" in page.h1
    assert (rows_of(database), head_of(database)) == (before, head)
    for word in ("高度の値", "ｵｵｺﾞ", "オオゴ", "027-283-1111", "福祉会館", "/venues/ohgo"):
        assert word in shown.text, word
    fields = {name: page.fields[name] for name in ("op_id", "digest", "kind")}
    entered, again = (post(it, ENTER, TEXT, b"", **fields) for _ in range(2))
    assert (entered.status_code, again.status_code) == (303, 303)
    assert again.headers["location"] == entered.headers["location"] and head_of(database) == head + 1
    done = Page(it.get(entered.headers["location"]))
    assert "1館" in done.h1 and "/venues" in done.links
    assert it.get("/api/venues/W01").json()["name"] == "集いの家"
    assert it.get("/api/venues/ohgo").json()["phone"] == "027-283-1111"
    same = Page(post(it, FORM))
    assert "同じ" in same.h1 and "digest" not in same.fields
    assert it.get(f"{FORM}/1").status_code == it.get(f"{FORM}/enter").status_code == 404


def test_a_note_of_two_lines_is_entered_as_it_was_shown(it: TestClient) -> None:
    shown = post(it, FORM, "", workbook(["名称", "備考"], ["東公民館", "一行目\n二行目"]))
    fields = {name: Page(shown).fields[name] for name in ("op_id", "digest", "kind")}
    text = '名称\t備考\r\n東公民館\t"一行目\r\n二行目"\r\n'
    assert text.replace("\r\n", "\n").replace('"', "&#34;") in shown.text
    assert post(it, ENTER, text, b"", **fields).status_code == 303
    assert it.get("/api/venues/K01").json()["note"] == "一行目\n二行目"


def test_what_changed_in_between_is_shown_instead_of_entered(it: TestClient, admin: TestClient) -> None:
    venue(admin)
    page = Page(post(it, FORM))
    change = admin.patch("/api/venues/ohgo", json={"phone": "027-000-0000"}, headers={"If-Match": '"1"'})
    assert change.status_code == 200
    stale = post(it, ENTER, digest=page.fields["digest"])
    fresh = Page(stale)
    assert stale.status_code == 412 and fresh.fields["digest"] != page.fields["digest"]
    assert it.get("/api/venues/ohgo").json()["phone"] == "027-000-0000"
    assert post(it, ENTER, digest=fresh.fields["digest"]).status_code == 303
    assert post(it, ENTER, digest="").status_code == 412


def test_a_wrong_cell_is_shown_with_the_whole_list_kept(it: TestClient, database: Database) -> None:
    before = head_of(database)
    for path in (FORM, ENTER):
        shown = post(it, path, "", DEFECTS.read_bytes())
        page = Page(shown)
        assert shown.status_code == 422 and "7行目" in shown.text and "369.56056" in shown.text
        assert "さぬきホーム" in page.fields["text"] and "digest" not in page.fields
        assert "14行目" in shown.text and "service" in shown.text
    for text, file in (
        ("", b""),
        ("集いの家\n", b""),
        ("名称\t住所\n", b""),
        ("", b"\xd0\xcf\x11\xe0"),
        ("", b"a,b\n1,2"),
    ):
        refused = post(it, FORM, text, file)
        field = "file" if file else "text"
        assert refused.status_code == 422 and f'id="f-{field}-wrong"' in refused.text
        assert Page(refused).fields["text"].strip() == text.strip() or file
    assert head_of(database) == before


def test_only_it_staff_read_lists_in(desk: TestClient, viewer: TestClient) -> None:
    for client in (desk, viewer):
        assert client.get(FORM).status_code == post(client, FORM).status_code == post(client, ENTER).status_code == 403
        assert FORM not in Page(client.get("/venues")).links
