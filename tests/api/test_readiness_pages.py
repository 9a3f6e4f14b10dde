"""A course's page as its readiness: the verdict first, one filled button, the day drawn and in numbers; 30 days."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from fastapi.testclient import TestClient

from inventory.calendar import TOKYO
from tests.api.furnishing import made
from tests.api.stocked import Page
from tests.api.test_readiness import FROM, NOON, UNTIL, routers, taught

SignIn = Callable[[str], TestClient]
Clock = Callable[[datetime], None]


def filled(text: str) -> list[str]:
    """The words of the page's filled buttons."""
    body = text[text.index("<main") :]
    return [
        re.sub(r"<[^>]*>", "", words) for words in re.findall(r'class="btn main[^"]*"[^>]*>(.*?)</(?:a|button)>', body)
    ]


def phones(client: TestClient, count: int) -> None:
    pool = {"id": "course-phones", "name": "講座用スマートフォン", "kind": "smartphone", "preparation_minutes": 60}
    made(client, "/api/pools", pool)
    for number in range(1, count + 1):
        order = {"pool": "course-phones", "asset_number": f"MB-S-{number:04d}", "model": "F-52B", "call_number": number}
        made(client, "/api/devices", order)


def test_the_answer_comes_first_and_the_most_pressing_trouble_has_the_filled_button(sign_in: SignIn, at: Clock) -> None:
    at(NOON)
    admin = sign_in("admin")
    routers(admin)
    course = taught(admin, supporters_needed=2)
    text = sign_in("desk").get(f"/courses/{course}").text
    assert "気がかりが2つ" in Page(sign_in("desk").get(f"/courses/{course}")).h1
    assert filled(text) == ["ルーターを1台予約する"]
    assert f'action="/courses/{course}/reserve"' in text and f'href="/courses/{course}/supporters"' in text
    # Who only reads sees the same troubles and no button.
    seen = sign_in("viewer").get(f"/courses/{course}")
    assert "気がかりが2つ" in Page(seen).h1 and filled(seen.text) == []
    assert f"/courses/{course}/reserve" not in seen.text


def test_one_press_reserves_the_router_and_the_page_says_that_it_goes(sign_in: SignIn, at: Clock) -> None:
    at(NOON)
    admin = sign_in("admin")
    routers(admin)
    course = taught(admin)
    desk = sign_in("desk")
    page = desk.post(f"/courses/{course}/reserve", data={"pool": "routers", "quantity": "1"}, follow_redirects=True)
    assert page.status_code == 200 and Page(page).h1 == "できます。"
    assert 'class="notice done"' in page.text and filled(page.text) == ["この講座に貸す"]


def test_a_course_that_cannot_be_held_says_why_in_vermilion(sign_in: SignIn, at: Clock) -> None:
    at(NOON)
    admin = sign_in("admin")
    course = taught(admin, needs_wifi=False)
    made(admin, "/api/venues/ohgo/closures", {"from": "2026-11-26"})
    text = admin.get(f"/courses/{course}").text
    assert "できません" in text[text.index("<h1") : text.index("</h1>")]
    assert "#mark-nogo" in text[text.index('class="verdict"') : text.index("<h1")]
    assert filled(text) == ["日時・会場を変える"]
    home = admin.get("/")
    assert "できない講座の2つ" in Page(home).h1 and f"/courses/{course}" in Page(home).links
    listed = admin.get("/courses/ready").text
    assert "2講座ができません" in listed and "tone-shu" in listed


def test_the_day_is_drawn_twice_and_stands_in_numbers(sign_in: SignIn, at: Clock) -> None:
    at(NOON)
    admin = sign_in("admin")
    phones(admin, 3)
    routers(admin, 2)
    course = taught(admin, phones_needed=2)
    reserved = {"pool": "course-phones", "quantity": 2, "from": FROM, "until": UNTIL, "course": course}
    made(admin, "/api/reservations", reserved)
    text = admin.get(f"/courses/{course}").text
    assert text.count('class="chart only-') == 2
    table = text[text.index('<table class="counts">') : text.index("</table>", text.index('<table class="counts">'))]
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in table.split("<tr>")[2:]]
    assert ["講座用スマートフォン", "9:00–12:30", "この講座に2台（前後の準備60分をふくむ）"] in rows
    assert ["講座用スマートフォン", "9:00–12:30", "ほかに1台空き"] in rows
    assert ["モバイルルーター", "8:00–14:00", "2台空き"] in rows
    assert rows[0] == ["大胡公民館", "10:00–11:30", "この講座"]


def test_after_the_course_the_page_tells_what_became_of_it(sign_in: SignIn, at: Clock) -> None:
    at(NOON)
    admin = sign_in("admin")
    course = taught(admin)
    at(NOON + timedelta(days=3))
    page = sign_in("viewer").get(f"/courses/{course}")
    assert "記録していません" in Page(page).h1 and 'class="chart' not in page.text
    assert f"/courses/{course}/reserve" not in page.text


def test_a_cancelled_course_says_so_and_has_no_verdict(sign_in: SignIn, at: Clock) -> None:
    at(NOON)
    admin = sign_in("admin")
    course = taught(admin, state="cancelled", cancel_reason="大雪")
    page = admin.get(f"/courses/{course}")
    assert "中止" in Page(page).h1 and "大雪" in page.text and filled(page.text) == []


def test_the_list_of_thirty_days_says_how_many_and_leads_to_each(sign_in: SignIn, at: Clock) -> None:
    at(NOON)
    admin = sign_in("admin")
    empty = Page(admin.get("/courses/ready"))
    assert "30日" in empty.h1
    routers(admin, 3)
    first = taught(admin, needs_wifi=False)
    worry = taught(admin)
    page = Page(sign_in("viewer").get("/courses/ready"))
    assert "3講座のうち" in page.h1 and "1講座に気がかり" in page.h1
    order = [link for link in page.links if link in (f"/courses/{first}", f"/courses/{worry}")]
    assert order[0] == f"/courses/{worry}" and order[-1] == f"/courses/{first}"
    assert "/api/exports/ready.xlsx" in page.links
    at(datetime(2027, 1, 10, 9, tzinfo=TOKYO))
    assert "予定はありません" in Page(sign_in("viewer").get("/courses/ready")).h1
