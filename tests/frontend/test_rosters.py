"""The April change in a browser: paste, look, enter; on a phone, without JavaScript, and by keyboard."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.frontend.conftest import Server, axe_violations, sideways

pytestmark = pytest.mark.browser

HEADER = "地区\t自治会名\t役職\t氏名\tフリガナ\t就任日\t電話\n"
WRONG = HEADER + "大胡地区\t堀越町自治会\t会長\t新井 節子\tアライ セツコ\t4月ごろ\t027-283-1234\n"


def _roster(name: str, day: str) -> str:
    return HEADER + (
        f"大胡地区\t堀越町自治会\t会長\t{name}\tアライ セツコ\t{day}\t（027）283-1234\n"
        f"大胡地区\t茂木町自治会\t会長\t山田 花子\tヤマダ ハナコ\t{day}\t\n"
    )


def _whole(page: Page) -> None:
    """Nothing that axe finds, and nothing that scrolls sideways."""
    assert axe_violations(page) == []
    assert sideways(page) == 0


@pytest.mark.parametrize(("javascript", "day"), [(True, "2030-04-01"), (False, "2032-04-01")])
def test_a_list_is_pasted_looked_at_and_entered_on_a_phone(
    server: Server, browse: Callable[..., BrowserContext], javascript: bool, day: str
) -> None:
    context = browse("desk", viewport={"width": 360, "height": 740}, java_script_enabled=javascript)
    page = context.new_page()
    page.goto("/associations")
    page.get_by_role("link", name="会長の交代をまとめて入れる").click()
    if javascript:
        _whole(page)
    page.get_by_label("名簿", exact=True).fill(WRONG)
    page.get_by_role("button", name="何が変わるかを見る").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("1か所")
    expect(page.get_by_role("row", name="2行目")).to_contain_text("4月ごろ")
    if javascript:
        _whole(page)
    expect(page.get_by_label("名簿", exact=True)).to_have_value(WRONG)
    name = f"新井 節子{'' if javascript else '二世'}"
    page.get_by_label("名簿", exact=True).fill(_roster(name, day))
    page.get_by_role("button", name="もう一度たしかめる").click()
    enter = page.get_by_role("button", name="この内容で登録する")
    expect(enter).to_be_visible()
    before = len(server.get(f"/api/associations/{server.city.association}/officers")["items"])
    if javascript:
        page.get_by_text("書き方をそろえたところを見る").click()
        _whole(page)
    enter.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2人")
    expect(page.get_by_role("link", name="任期と引き継ぎへ進む")).to_be_visible()
    if javascript:
        _whole(page)
    officers = server.get(f"/api/associations/{server.city.association}/officers")["items"]
    assert len(officers) == before + 1
    assert (officers[0]["name"], officers[0]["from"], officers[0]["phone"]) == (name, day, "027-283-1234")


def test_an_association_says_what_it_holds_at_any_width(server: Server, browse: Callable[..., BrowserContext]) -> None:
    order = {
        "borrower": {"association": server.city.association},
        "devices": ["MB-T-0001", "MB-T-0002"],
        "due": {"end_of_office": True},
    }
    status, loan = server.call("POST", "/api/loans", order)
    assert status == 201
    page = browse("desk").new_page()
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"/associations/{server.city.association}")
        expect(page.get_by_role("heading", level=1)).to_contain_text("2台")
        expect(page.get_by_role("link", name="借用書がまだ")).to_have_attribute(
            "href", f"/loans/{loan['number']}/agreement"
        )
        _whole(page)
