"""Erasing a person at 360 px, with and without script: what goes and what stays is read before anything is pressed."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from inventory.database import writing
from inventory.journal import By
from inventory.officers import NewOfficer, add_officer
from tests.frontend.conftest import Server, axe_violations, sideways
from tests.inventory.city import NOON

pytestmark = pytest.mark.browser

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def former(server: Server) -> str:
    """Somebody whose office ended, with a telephone number; the person's id."""
    order = NewOfficer.model_validate(
        {"name": "前任 花子", "from": "2020-04-01", "until": "2022-03-31", "phone": "027-111-2222"}
    )
    with writing(server.database) as session:
        made = add_officer(
            session, order, association=server.city.association_without_head, by=By(), now=NOON, op_id=str(uuid4())
        )
    return made.person


def fits(page: Page) -> bool:
    return bool(sideways(page) <= 0)


@pytest.mark.parametrize("script", [True, False])
def test_a_person_is_erased_from_the_association(
    server: Server, browse: Callable[..., BrowserContext], former: str, script: bool
) -> None:
    page = browse("desk", **PHONE, java_script_enabled=script).new_page()
    page.goto(f"/associations/{server.city.association_without_head}")
    page.locator(f"a[href='/people/{former}']").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("前任 花子さんについて")
    if script:
        assert axe_violations(page) == []
    assert fits(page)
    page.get_by_role("link", name="この人の記録を消去する").click()
    expect(page.get_by_role("heading", name="残るもの")).to_be_visible()
    if script:
        assert axe_violations(page) == []
    assert fits(page)
    page.get_by_role("button", name="消去する", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("消去しました")
    assert "前任" not in page.content()
    assert "027-111-2222" not in page.content()
    if script:
        assert axe_violations(page) == []
    page.goto(f"/associations/{server.city.association_without_head}")
    assert "前任" not in page.content()


def test_whoever_answers_for_a_loan_gets_no_button(
    server: Server, browse: Callable[..., BrowserContext], former: str
) -> None:
    tablet = "MB-T-0700"
    device = {"pool": "head-tablets", "asset_number": tablet, "model": "タブレット 10"}
    assert server.call("POST", "/api/devices", device, role="it")[0] == 201
    order = {"borrower": {"association": server.city.association}, "devices": [tablet], "due": {"on": "2999-01-01"}}
    status, loan = server.call("POST", "/api/loans", order)
    assert status == 201
    officers = server.get(f"/api/associations/{server.city.association}/officers")["items"]
    person = next(one["person"] for one in officers if one["id"] == loan["officer"]["id"])
    page = browse("desk", **PHONE).new_page()
    page.goto(f"/people/{person}/erase")
    expect(page.get_by_role("link", name=f"貸出 {loan['number']}")).to_be_visible()
    assert page.get_by_role("button", name="消去する", exact=True).count() == 0
    assert axe_violations(page) == []


@pytest.mark.parametrize("script", [True, False])
def test_the_years_are_tried_before_they_are_set(
    browse: Callable[..., BrowserContext], former: str, script: bool
) -> None:
    page = browse("admin", **PHONE, java_script_enabled=script).new_page()
    page.goto("/retention")
    page.get_by_label("役職者とサポーターの名前と連絡先").fill("3")
    page.get_by_role("button", name="決めずに、消えるものを見る").click()
    expect(page.locator(f"main a[href='/people/{former}']")).to_be_visible()
    expect(page.get_by_label("役職者とサポーターの名前と連絡先")).to_have_value("3")
    if script:
        assert axe_violations(page) == []
    assert fits(page)
    page.get_by_role("button", name="この年数に決める").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("次の「毎日の処理」で")
    page.get_by_label("役職者とサポーターの名前と連絡先").fill("")
    page.get_by_role("button", name="この年数に決める").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("保存期間は決めていません")
