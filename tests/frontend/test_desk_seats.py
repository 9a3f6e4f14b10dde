"""A course at the desk: seats instead of names, and the pack of its hall and day, with the network and without."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import select
from sqlmodel import SQLModel

from inventory.calendar import today
from inventory.database import reading
from tests.frontend.conftest import Server, sideways
from tests.frontend.test_desk import Desk

pytestmark = pytest.mark.browser
Browse = Callable[..., BrowserContext]


def seats(server: Server, course: str) -> dict[str, int]:
    """Call number by seat, of what is out."""
    items: list[dict[str, Any]] = server.get(f"/api/courses/{course}/seats")["items"]
    return {one["seat"]: one["call_number"] for one in items if one["returned_at"] is None}


def packs_held(server: Server) -> list[Any]:
    with reading(server.database) as session:
        return list(session.connection().execute(select(SQLModel.metadata.tables["pack_held"])))


def test_each_scan_takes_the_next_seat_and_no_name(server: Server, browse: Browse) -> None:
    course = server.city.course_today
    desk = Desk(server, browse(viewport={"width": 1280, "height": 900}), f"?act=lend&course={course}")
    seat = desk.page.locator("#seat")
    expect(seat).to_have_value("1")
    desk.scan(desk.label("MB-S-0005"))
    expect(desk.row("applied", "MB-S-0005")).to_contain_text("席1")
    expect(desk.page.locator("#result .seated")).to_contain_text("席1　5番")
    expect(seat).to_have_value("2")
    # A name is no seat, and is not taken for one.
    seat.fill("高橋")
    expect(desk.page.locator("#seat-hint")).to_contain_text("お名前は書きません")
    desk.scan(desk.label("MB-S-0006"))
    expect(desk.row("applied", "MB-S-0006")).to_contain_text("席2")
    seat.fill("７")
    seat.press("Enter")
    desk.scan(desk.label("MB-S-0007"))
    expect(desk.row("applied", "MB-S-0007")).to_contain_text("席7")
    expect(seat).to_have_value("8")
    desk.tap("#undo")
    expect(desk.row("undone", "MB-S-0007")).to_be_visible()
    expect(seat).to_have_value("7")
    assert seats(server, course) == {"1": 5, "2": 6}
    assert sideways(desk.page) <= 0


def test_another_window_goes_on_where_the_seats_are_free(server: Server, browse: Browse) -> None:
    course = server.city.course_today
    taken = seats(server, course)
    desk = Desk(server, browse(viewport={"width": 360, "height": 740}), f"?act=lend&course={course}")
    expect(desk.page.locator("#seat")).to_have_value(str(len(taken) + 1))
    assert sideways(desk.page) <= 0
    desk.tap("#target-change")
    desk.page.locator("[name=kind][value=venue]").check()
    desk.page.locator("#to-venue").select_option(server.city.venue)
    desk.tap("#chooser button[type=submit]")
    expect(desk.page.locator("#seat-line")).to_be_hidden()
    desk.scan(desk.label("MB-S-0010"))
    read = desk.page.locator("#runs > li").filter(has_text="MB-S-0010")
    expect(read).to_be_visible()
    expect(read).not_to_contain_text("席")


def test_from_the_course_s_page_the_desk_holds_the_pack_of_its_hall_and_day(server: Server, browse: Browse) -> None:
    course = server.get(f"/api/courses/{server.city.course_later}")
    on = today(datetime.fromisoformat(course["starts_at"]))
    context = browse(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"/courses/{course['id']}")
    page.get_by_role("link", name="この講座に貸す").click()
    page.locator("#desk[data-ready]").wait_for()
    expect(page.locator("#target-name")).to_contain_text(course["title"])
    held = page.locator("#target-pack")
    expect(held).to_contain_text("控えを読み込みました")
    expect(held).to_contain_text("6:00")
    with page.expect_response("**/api/desk/pack?*"):
        page.reload()
    expect(held).to_contain_text("控えを読み込みました")
    [said] = [one for one in packs_held(server) if one.on_day == on]
    assert (said.desk, said.expires_at > datetime.fromisoformat(course["ends_at"])) == ("生涯学習課", True)


def test_without_a_network_seats_are_counted_here_and_told_later(server: Server, browse: Browse) -> None:
    course = server.city.course_later
    context = browse(viewport={"width": 1280, "height": 900})
    desk = Desk(server, context, f"?act=lend&course={course}")
    expect(desk.page.locator("#target-pack")).to_contain_text("控えを読み込みました")
    context.set_offline(True)
    for number in (20, 21):
        desk.scan(desk.label(f"MB-S-{number:04d}"))
    expect(desk.row("waiting", "MB-S-0020")).to_contain_text("席1")
    expect(desk.page.locator("#result .seated")).to_contain_text("席2　21番")
    expect(desk.page.locator("#seat")).to_have_value("3")
    context.set_offline(False)
    expect(desk.rows("applied")).to_have_count(2)
    assert seats(server, course) == {"1": 20, "2": 21}
