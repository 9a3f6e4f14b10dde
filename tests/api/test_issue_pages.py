"""困りごと on screen: the inbox, one report and its forms, on behalf of a caller, what is printed."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from fastapi.testclient import TestClient

from tests.api.conftest import on_sqlite
from tests.api.furnishing import PHONE, association, lend, made, stock, trouble, venue

pytestmark = on_sqlite


def furnished(admin: TestClient) -> str:
    stock(admin, 2)
    lend(admin, "MB-T-0001", borrower={"association": association(admin)})
    trouble(admin, "MB-T-0001", text="黒い画面のまま", phone=PHONE)
    return "1"


def press(client: TestClient, path: str, **fields: Any) -> Any:
    return client.post(path, data=fields)


def issue(client: TestClient, number: str = "1") -> Any:
    return client.get(f"/api/issues/{number}").json()


def test_the_inbox_shows_who_waits(admin: TestClient, desk: TestClient, viewer: TestClient) -> None:
    assert desk.get("/issues").status_code == 200
    number = issue(desk, furnished(admin))["receipt"]
    page = desk.get("/issues")
    assert number in page.text and "黒い画面のまま" in page.text and "/issues/1#answer" in page.text
    assert desk.get("/issues?state=&district=&category=power&audience=all&age=&q=").text.count(number) >= 1
    assert number not in desk.get("/issues?category=lost").text
    assert number not in desk.get("/issues?age=3").text
    assert number not in desk.get("/issues?state=resolved").text
    seen = viewer.get("/issues").text + viewer.get("/issues/1").text
    assert number in seen and PHONE not in seen and "返事を記録する" not in seen


def test_a_receipt_number_leads_to_its_report(admin: TestClient, desk: TestClient) -> None:
    number = issue(desk, furnished(admin))["receipt"]
    for words in (number, number.replace("-", ""), f" {number} "):
        assert desk.get("/find", params={"q": words}).headers["location"] == "/issues/1", words


def test_it_sees_its_own_first(admin: TestClient, sign_in: Callable[[str], TestClient]) -> None:
    furnished(admin)
    venue(admin)
    trouble(admin, "ohgo", category="network")
    it = sign_in("it")
    device, hall = issue(it, "1")["receipt"], issue(it, "2")["receipt"]
    first = it.get("/issues").text
    assert hall in first and device not in first
    every = it.get("/issues?audience=all").text
    assert hall in every and device in every
    assert hall in admin.get("/issues").text and device in admin.get("/issues").text
    assert hall in it.get("/venues/ohgo").text


def test_answering_with_and_without_words_of_ones_own(admin: TestClient, desk: TestClient) -> None:
    furnished(admin)
    made(admin, "/api/standard-answers", {"title": "充電", "text": "30分充電してください。"})
    done = press(desk, "/issues/1/answer", channel="message", standard="1", text="", state="")
    assert (done.status_code, done.headers["location"]) == (303, "/issues/1?done=answered")
    press(desk, "/issues/1/answer", channel="phone", standard="1", text="自分の言葉", state="waiting")
    said = [(one["channel"], one["text"]) for one in issue(desk)["messages"]]
    assert said == [("message", "30分充電してください。"), ("phone", "自分の言葉")]
    assert issue(desk)["state"] == "waiting"
    empty = press(desk, "/issues/1/answer", channel="phone", text=" ", state="resolved")
    assert empty.status_code == 422
    assert 'aria-invalid="true"' in empty.text and 'value="phone" checked' in empty.text


def test_a_second_press_is_one_answer(admin: TestClient, desk: TestClient) -> None:
    furnished(admin)
    for _ in range(2):
        assert press(desk, "/issues/1/answer", op_id="once", channel="note", text="メモ").status_code == 303
    assert len(issue(desk)["messages"]) == 1


def test_change_and_bring_and_what_was_changed_meanwhile(admin: TestClient, desk: TestClient) -> None:
    furnished(admin)
    venue(admin)
    assert press(desk, "/issues/1/edit", if_match="1", category="screen", state="confirmed").status_code == 303
    assert (issue(desk)["category"], issue(desk)["state"]) == ("screen", "confirmed")
    stale = press(desk, "/issues/1/bring", if_match="1", venue="ohgo", on="2999-01-01")
    assert stale.status_code == 412
    assert 'name="if_match" value="2"' in stale.text and 'value="2999-01-01"' in stale.text
    assert press(desk, "/issues/1/bring", if_match="2", venue="ohgo", on="2999-01-01").status_code == 303
    assert "大胡公民館" in desk.get("/issues/1").text
    past = press(desk, "/issues/1/bring", if_match="3", venue="ohgo", on="2020-01-01")
    assert past.status_code == 422 and 'id="f-on-wrong"' in past.text
    assert press(desk, "/issues/1/bring", if_match="3", venue="", on="").status_code == 303
    assert issue(desk)["bring"] is None


def test_repair_stand_in_and_their_end(admin: TestClient, desk: TestClient) -> None:
    furnished(admin)
    assert press(desk, "/issues/1/hold", reason="repair").status_code == 303
    refused = press(desk, "/issues/1/substitute", device="MB-T-0099")
    assert refused.status_code == 404 and "MB-T-0099" in refused.text and "返事を記録する" in refused.text
    made(admin, "/api/pools", {"id": "others", "name": "ほか", "kind": "tablet"})
    assert press(desk, "/issues/1/substitute", device="MB-T-0002").status_code == 303
    assert press(desk, "/issues/1/repaired").status_code == 303
    home = desk.get("/").text
    assert "MB-T-0002 を返してもらいます" in home
    assert "代替機が返りました" in desk.get("/issues/1").text
    assert press(desk, "/issues/1/repaired", substitutes_back="yes").status_code == 303
    assert "MB-T-0002 を返してもらいます" not in desk.get("/").text
    over = press(desk, "/issues/1/repaired")
    assert over.status_code == 409 and "修理中になっていません" in over.text


def test_merging_by_receipt(admin: TestClient, desk: TestClient) -> None:
    furnished(admin)
    trouble(admin, "MB-T-0001")
    assert issue(desk, "1")["receipt"] in desk.get("/issues/2").text, "the likely one is offered"
    nowhere = press(desk, "/issues/2/merge", receipt="000-00")
    assert nowhere.status_code == 422 and 'id="f-receipt-wrong"' in nowhere.text
    assert press(desk, "/issues/2/merge", into="").status_code == 422
    done = press(desk, "/issues/2/merge", receipt=issue(desk, "1")["receipt"])
    assert done.headers["location"] == "/issues/1?done=merged"
    assert 'href="/issues/1"' in desk.get("/issues/2").text
    assert "返事を記録する" not in desk.get("/issues/2").text


def test_a_loss_on_the_pages(admin: TestClient, desk: TestClient, sign_in: Callable[[str], TestClient]) -> None:
    furnished(admin)
    press(desk, "/issues/1/hold", reason="lost")
    for path in ("/", "/issues", "/issues/1", "/devices/MB-T-0001", "/devices/MB-T-0001/loss?issue=1"):
        assert "まだロックできていません" in desk.get(path).text, path
    it = sign_in("it")
    no_number = press(it, "/devices/MB-T-0001/loss", kind="police", on="2026-04-01", time="09:30", note="")
    assert no_number.status_code == 422 and 'value="09:30"' in no_number.text
    broken = press(it, "/devices/MB-T-0001/loss", kind="locked", on="いつか", time="")
    assert broken.status_code == 422 and 'id="f-on-wrong"' in broken.text
    done = press(it, "/devices/MB-T-0001/loss", kind="locked", on="2026-04-01", time="09:30", issue="1")
    assert done.headers["location"] == "/devices/MB-T-0001/loss?issue=1&done=loss-step"
    assert "9:30" in it.get("/devices/MB-T-0001").text
    for path in ("/", "/issues", "/issues/1"):
        assert "まだロックできていません" not in desk.get(path).text, path


def test_on_behalf_of_a_caller(admin: TestClient, desk: TestClient) -> None:
    stock(admin, 2)
    lend(admin, "MB-T-0001", borrower={"association": association(admin)})
    venue(admin)
    tag = admin.get("/api/devices/MB-T-0001").json()["tag"]
    for words in (tag, f"{tag[:4]} {tag[4:]}", "mb-t-0001", "堀越"):
        assert "/issues/new?about=MB-T-0001" in desk.get(f"/issues/new?q={quote(words)}").text, words
    assert "/issues/new?about=ohgo" in desk.get("/issues/new?q=大胡").text
    assert "金井 康男" in desk.get("/issues/new?about=MB-T-0001").text
    wrong = press(desk, "/issues/new", about="MB-T-0001", text="つかない", phone="12")
    assert wrong.status_code == 422 and "つかない" in wrong.text and 'id="f-phone-wrong"' in wrong.text
    order = {"about": "MB-T-0001", "category": "power", "text": "つかない", "call_time": ""}
    done = press(desk, "/issues/new", **order, phrase=["no-charge", "no-touch"])
    assert done.headers["location"] == "/issues/1/receipt?done=reported"
    card = issue(desk)
    assert (card["on_behalf"], card["phrases"], card["call_time"]) == (True, ["no-charge"], None)
    slip = desk.get("/issues/1/receipt").text
    link = re.search(r'href="(/R/[0-9a-f]+)"', slip)
    assert card["receipt"] in slip and link is not None
    assert desk.get(link[1]).status_code == 200


def test_a_letter_is_printed_as_it_was_written(admin: TestClient, desk: TestClient) -> None:
    furnished(admin)
    press(desk, "/issues/1/answer", channel="letter", text="拝啓\nお返事です")
    message = issue(desk)["messages"][0]["id"]
    assert f"/issues/1/letters/{message}" in desk.get("/issues/1").text
    sheet = desk.get(f"/issues/1/letters/{message}").text
    assert "拝啓\nお返事です" in sheet and "金井 康男 様" in sheet
    assert desk.get("/issues/1/letters/99").status_code == 404


def test_standard_answers_are_edited(admin: TestClient, desk: TestClient) -> None:
    assert press(desk, "/issues/answers", title="", text="a").status_code == 422
    assert press(desk, "/issues/answers", title="充電", text="30分", category="").status_code == 303
    assert (
        press(desk, "/issues/answers/1", if_match="1", title="充電", text="1時間", category="power").status_code == 303
    )
    stale = press(desk, "/issues/answers/1", if_match="1", title="充電", text="2時間", category="")
    assert stale.status_code == 412 and "2時間" in stale.text and "1時間" in stale.text
    press(desk, "/issues/answers/1", if_match="2", title="x", text="x", press="retire")
    card = desk.get("/api/standard-answers?retired=true").json()["items"][0]
    assert (card["title"], card["text"], card["retired_at"] is None) == ("充電", "1時間", False)
    press(desk, "/issues/answers/1", if_match="3", press="offer")
    assert len(desk.get("/api/standard-answers").json()["items"]) == 1
    assert desk.get("/issues/answers/9").status_code == 404
