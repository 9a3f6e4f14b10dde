"""The reports of fiscal years on screen: years, one year, texts, fixing, an edition."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from tests.api.furnishing import made
from tests.api.test_session_pages import Fields
from tests.inventory.seed_rows import seed_orders

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
FIX = {"submitted_on": "2022-05-31", "total": "plain", "note": ""}


@pytest.fixture
def desk(sign_in: Callable[[str], TestClient], at: Callable[[datetime], None]) -> TestClient:
    at(NOW)
    client = sign_in("desk")
    for order in seed_orders():
        made(client, "/api/programmes", order.model_dump(mode="json"))
    return client


def words(page: str) -> str:
    """What stands on the page, without its tags and blanks."""
    return "".join(re.sub(r"<[^>]+>", "", page[page.index("<main") :]).split())


def test_the_page_of_a_year_shows_the_printed_figures(desk: TestClient) -> None:
    page = desk.get("/reports/2021").text
    said = words(page)
    for found in ("64講座", "979名", "39講座", "550名", "113名", "61講座", "約900名", "計164講座（約2,429名）"):
        assert found in said
    assert "164講座を開き、約2,429名が参加しました。" in said
    assert "13公民館(宮城・清里・南橘を除く)" in said and "令和3年度" in said
    for number, mark in enumerate("①②③④⑤⑥⑦⑧", start=1):
        assert f'href="/reports/2021/texts/{number}"' in page and mark in said
    plain = words(desk.get("/reports/2021?total=plain").text)
    assert "計164講座（2,429名）" in plain and "約900名" in plain and "164講座を開き、2,429名が" in plain
    assert page.count('class="btn main') == 1
    assert desk.get("/reports/2021?total=x").status_code == 422


def test_years_lead_to_their_reports(desk: TestClient, viewer: TestClient) -> None:
    page = viewer.get("/reports").text
    assert 'href="/reports/2021"' in page and "約2,429名" in page
    assert 'href="/reports"' in viewer.get("/courses").text
    year = viewer.get("/reports/2021").text
    assert "/texts" not in year and "/fix" not in year and "/reports/2021.pdf" in year
    empty = viewer.get("/reports/2019")
    assert empty.status_code == 200 and "/reports/2019.pdf" not in empty.text


def test_a_ledger_without_programmes_has_no_report(viewer: TestClient) -> None:
    page = viewer.get("/reports")
    assert page.status_code == 200 and 'href="/courses"' in page.text


def test_a_text_is_written_by_form_and_stands_in_the_report(desk: TestClient) -> None:
    sent = desk.post("/reports/2021/texts/1", data={"words": "つながる\nまち", "seen": ""})
    assert (sent.status_code, sent.headers["location"]) == (303, "/reports/2021/texts?done=report-text")
    page = desk.get("/reports/2021/texts/1").text
    seen = Fields(page).values["seen"]
    late = desk.post("/reports/2021/texts/1", data={"words": "わたしの文", "seen": ""})
    assert late.status_code == 412 and "わたしの文" in late.text and "つながる" in late.text
    assert Fields(late.text).values["seen"] == seen
    assert desk.post("/reports/2021/texts/1", data={"words": "わたしの文", "seen": seen}).status_code == 303
    history = desk.get("/reports/2021/texts/1").text
    assert history.index("わたしの文") < history.rindex("つながる") and "deskさん" in history
    assert "わたしの文" in desk.get("/reports/2021").text
    long = desk.post("/reports/2021/texts/1", data={"words": "あ" * 4001})
    assert long.status_code == 422 and "f-words-wrong" in Fields(long.text).ids and "あ" * 4001 in long.text


def test_a_text_of_a_programme(desk: TestClient) -> None:
    programme = desk.get("/api/programmes?fiscal_year=2021").json()["items"][0]["id"]
    address = f"/reports/2021/texts/2?programme={programme}"
    assert address.replace("&", "&amp;") in desk.get("/reports/2021/texts").text
    assert desk.get(address).status_code == 200
    sent = {"programme": programme, "words": "使えるようになりました", "seen": ""}
    assert desk.post("/reports/2021/texts/2", data=sent).status_code == 303
    assert "使えるようになりました" in desk.get("/reports/2021").text
    assert desk.get("/reports/2021/texts/2?programme=999").status_code == 422


def test_last_years_texts_are_copied(desk: TestClient) -> None:
    made(desk, "/api/fiscal-years/2020/texts", {"item": 5, "words": "教室を開きます"})
    assert 'value="2020"' in desk.get("/reports/2021/texts").text
    done = desk.post("/reports/2021/texts/copy", data={"from_year": "2020"})
    assert done.headers["location"] == "/reports/2021/texts?done=report-texts"
    assert "教室を開きます" in desk.get("/reports/2021/texts").text
    again = desk.post("/reports/2021/texts/copy", data={"from_year": "2020"})
    assert again.status_code == 422 and 'id="wrong"' in again.text


def test_an_edition_is_made_and_read(desk: TestClient, viewer: TestClient) -> None:
    form = desk.get("/reports/2021/fix?total=plain").text
    assert Fields(form).values["submitted_on"] == "2026-11-24" and "第1版" in form
    wrong = desk.post("/reports/2021/fix", data=FIX | {"submitted_on": "5月", "note": "議会へ"})
    assert wrong.status_code == 422 and "f-submitted_on-wrong" in Fields(wrong.text).ids and "議会へ" in wrong.text
    early = desk.post("/reports/2021/fix", data=FIX | {"submitted_on": "1900-01-01", "note": "議会へ"})
    assert early.status_code == 422 and "令和3年4月1日から" in words(early.text) and "議会へ" in early.text
    done = desk.post("/reports/2021/fix", data=FIX)
    assert done.headers["location"] == "/reports/2021/editions/1?done=report-fixed"
    page = viewer.get("/reports/2021/editions/1").text
    assert "計164講座（2,429名）" in words(page) and "令和4年5月31日提出" in words(page)
    assert 'href="/reports/2021/editions/1"' in viewer.get("/reports").text
    assert desk.post("/reports/2021/fix", data=FIX).status_code == 409
    late = {"code": "S99", "fiscal_year": 2021, "name": "追加の事業", "reported_courses": 1}
    made(desk, "/api/programmes", late)
    page = viewer.get("/reports/2021/editions/1").text
    assert "計164講座（2,429名）" in words(page) and 'href="#changes"' in page and "165講座" in page
    assert "165講座" in desk.get("/reports/2021/fix").text
    assert desk.post("/reports/2021/fix", data=FIX).status_code == 303
    assert 'href="/reports/2021/editions/2"' in viewer.get("/reports/2021/editions/1").text
    assert viewer.get("/reports/2021/editions/3").status_code == 404
    assert desk.get("/reports/2020/fix").status_code == 200
    assert desk.post("/reports/2020/fix", data=FIX).status_code == 409


def test_only_the_desk_writes_reports(desk: TestClient, viewer: TestClient) -> None:
    for path in ("texts", "texts/1", "fix"):
        assert viewer.get(f"/reports/2021/{path}").status_code == 403
    for path in ("texts/copy", "texts/1", "fix"):
        assert viewer.post(f"/reports/2021/{path}", data=FIX).status_code == 403


def test_courses_that_were_held_are_found_in_the_report(
    sign_in: Callable[[str], TestClient], at: Callable[[datetime], None]
) -> None:
    at(NOW)
    client = sign_in("admin")
    programme = made(
        client, "/api/programmes", {"code": "A1", "fiscal_year": 2026, "name": "教室", "planned_courses": 3}
    )
    usual = {"programme": programme["id"], "title": "講座", "needs_wifi": False}
    times = {"starts_at": "2026-11-01T10:00:00+09:00", "ends_at": "2026-11-01T12:00:00+09:00"}
    held = {"state": "held", "participants": 12, "approx": True, "participants_distinct": 11}
    made(client, "/api/courses", usual | times | held)
    made(client, "/api/courses", usual | times | {"state": "cancelled", "cancel_reason": "台風"})
    made(client, "/api/courses", usual | times)
    said = words(client.get("/reports/2026").text)
    assert "計1講座（約12名、実11名）" in said and "中止台風1回" in said.replace("　", "")
    assert "記録されていない講座が1回" in said
    assert "1講座を開き、約12名が参加しました。" in words(client.get("/courses?year=2026").text)
