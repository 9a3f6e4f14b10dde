"""Pools on screen."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.pool_pages import accessories_in
from tests.api.test_session_pages import Fields

FORM = {
    "name": "講座用スマートフォン",
    "kind": "smartphone",
    "id": "course-phones",
    "after_course": "inspect",
    "after_term": "wipe",
    "handover": "check",
    "accessories": "充電器 1\nタッチペン×２\n\nケース",
    "one_per_borrower": "yes",
    "default_days": "",
    "preparation_minutes": "",
    "lend_word": "貸与",
    "return_word": "返納",
}


@pytest.fixture
def it(sign_in: Callable[[str], TestClient]) -> TestClient:
    return sign_in("it")


@pytest.mark.parametrize(
    ("line", "name", "count"),
    [
        ("充電器 1", "充電器", 1),
        ("充電器　２", "充電器", 2),
        ("ケース×12", "ケース", 12),
        ("ケース x 2個", "ケース", 2),
        ("充電器3", "充電器", 3),
        ("タッチペン", "タッチペン", 1),
        ("USB-C ケーブル 2", "USB-C ケーブル", 2),
        ("ケース 2 1", "ケース 2", 1),
        ("USB3", "USB3", 1),
        ("SDカード 64GB", "SDカード 64GB", 1),
    ],
)
def test_accessories_are_read_as_people_write_them(line: str, name: str, count: int) -> None:
    assert accessories_in(f"\n {line} \n") == [{"name": name, "count": count}]


def test_a_pool_is_made_with_its_rules(it: TestClient, viewer: TestClient) -> None:
    made = it.post("/pools/new", data=FORM)
    assert (made.status_code, made.headers["location"]) == (303, "/pools?done=created")
    pool = it.get("/api/pools/course-phones").json()
    assert pool["accessories"] == [
        {"name": "充電器", "count": 1},
        {"name": "タッチペン", "count": 2},
        {"name": "ケース", "count": 1},
    ]
    expected: dict[str, Any] = {
        "after_course": "inspect",
        "after_term": "wipe",
        "one_per_borrower": True,
        "agreement_required": False,
        "default_days": None,
        "preparation_minutes": 0,
        "lend_word": "貸与",
    }
    assert {name: pool[name] for name in expected} == expected
    assert 'href="/devices?pool=course-phones"' in viewer.get("/pools").text
    assert "/pools/course-phones/edit" not in viewer.get("/pools").text


def test_the_form_of_a_pool_brings_its_rules_and_takes_them_back_unchanged(it: TestClient) -> None:
    assert it.post("/pools/new", data={**FORM, "default_days": "14"}).status_code == 303
    before = it.get("/api/pools/course-phones").json()
    page = it.get("/pools/course-phones/edit").text
    assert "充電器 1\nタッチペン 2\nケース 1</textarea>" in page
    form = Fields(page).values
    sent = {**FORM, "default_days": form["default_days"], "if_match": form["if_match"]}
    sent |= {"accessories": "充電器 1\nタッチペン 2\nケース 1", "preparation_minutes": form["preparation_minutes"]}
    assert it.post("/pools/course-phones/edit", data=sent).headers["location"] == "/pools?done=changed"
    after = it.get("/api/pools/course-phones").json()
    assert after.pop("revision") == before.pop("revision") + 1
    assert after == before


def test_a_box_unticked_and_a_number_emptied_are_changes(it: TestClient) -> None:
    assert it.post("/pools/new", data={**FORM, "default_days": "14"}).status_code == 303
    assert it.get("/api/pools/course-phones").json()["one_per_borrower"] is True
    change = {name: value for name, value in FORM.items() if name not in ("one_per_borrower", "accessories", "id")}
    form = Fields(it.get("/pools/course-phones/edit").text).values
    assert it.post("/pools/course-phones/edit", data={**change, "if_match": form["if_match"]}).status_code == 303
    pool = it.get("/api/pools/course-phones").json()
    assert (pool["one_per_borrower"], pool["default_days"], pool["accessories"]) == (False, None, [])
    stale = it.post("/pools/course-phones/edit", data={**change, "name": "別", "if_match": form["if_match"]})
    assert stale.status_code == 412 and it.get("/api/pools/course-phones").json()["name"] == FORM["name"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"id": "Course Phones"}, "id"),
        ({"name": ""}, "name"),
        ({"kind": ""}, "kind"),
        ({"accessories": "充電器 1\n充電器 2"}, "accessories"),
        ({"accessories": "充電器 100"}, "accessories"),
        ({"default_days": "ふつか"}, "default_days"),
        ({"after_course": "burn"}, "after_course"),
    ],
)
def test_a_slip_is_said_beside_its_field_and_nothing_is_kept(it: TestClient, wrong: dict[str, str], field: str) -> None:
    answer = it.post("/pools/new", data=FORM | wrong)
    assert answer.status_code == 422
    fields = Fields(answer.text)
    assert f"f-{field}-wrong" in fields.ids and fields.values["lend_word"] == "貸与"
    assert it.get("/api/pools").json()["items"] == []


def test_an_id_that_is_taken_is_refused(it: TestClient) -> None:
    assert it.post("/pools/new", data=FORM).status_code == 303
    assert "f-id-wrong" in Fields(it.post("/pools/new", data=FORM).text).ids


def test_only_it_staff_make_and_change_pools(desk: TestClient, viewer: TestClient, it: TestClient) -> None:
    assert it.post("/pools/new", data=FORM).status_code == 303
    for client in (desk, viewer):
        assert client.get("/pools").status_code == 200
        for path in ("/pools/new", "/pools/course-phones/edit"):
            assert client.get(path).status_code == client.post(path, data=FORM).status_code == 403
    assert it.get("/pools/none/edit").status_code == it.post("/pools/none/edit", data=FORM).status_code == 404
