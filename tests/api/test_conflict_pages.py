"""要確認 on screen: what waits, both sides beside each other, and the buttons that end it, without a script."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from api.conflict_views import ConflictView, view
from inventory.calendar import TOKYO
from inventory.conflicts import ConflictCard
from tests.api.furnishing import association, made, stock, tablet
from tests.api.stocked import Page

NOON = datetime(2026, 11, 24, 12, tzinfo=TOKYO)
DUE = {"due": {"on": "2999-01-01"}}
FIRST, SECOND = {"section": "市民協働課"}, {"section": "情報政策課"}
DEVICE = "MB-T-0001"
SignIn = Callable[[str], TestClient]
Clock = Callable[[datetime], None]


@pytest.fixture
def noon(at: Clock) -> None:
    at(NOON)


def tell(client: TestClient, desk: str, act: str, code: str, minutes_ago: float, **fields: Any) -> str:
    occurred_at = (NOON - timedelta(minutes=minutes_ago)).isoformat()
    item = {"op_id": str(uuid4()), "seq": 1, "act": act, "code": code, "occurred_at": occurred_at}
    answer = client.post("/api/scans", json={"desk": desk, "items": [item | {"clock_offset_ms": 0} | fields]})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["results"][0]["outcome"])


def clash(client: TestClient, number: str = DEVICE, **fields: Any) -> str:
    """Desk A lent it at 10:30, desk B at 11:00; the conflict's id."""
    tell(client, "A窓口", "lend", number, 90, target=FIRST, **DUE)
    assert tell(client, "B窓口", "lend", number, 60, **{"target": SECOND, **DUE, **fields}) == "conflict"
    return newest(client)


def newest(client: TestClient) -> str:
    return str(client.get("/api/conflicts").json()["items"][0]["id"])


def seen(client: TestClient, conflict: str) -> ConflictView:
    card = ConflictCard.model_validate(client.get(f"/api/conflicts/{conflict}").json())
    return view(card, NOON)


def buttons(text: str) -> list[str]:
    """The choices that the page offers as buttons."""
    return re.findall(r'<button type="submit"[^>]*name="choice" value="(\w+)"', text)


@pytest.mark.usefixtures("noon")
def test_both_sides_stand_on_the_page_and_two_taps_settle_it(sign_in: SignIn) -> None:
    desk = sign_in("admin")
    stock(desk, 1)
    conflict = clash(desk)
    here = f"/conflicts/{conflict}"
    listed = Page(desk.get("/conflicts"))
    assert listed.links.count(here) == 2 and "1件" in listed.h1
    page = desk.get(here)
    assert page.status_code == 200
    for fact in ("市民協働課", "情報政策課", "11月24日（火） 10:30", "11月24日（火） 11:00", "A窓口", "B窓口"):
        assert fact in page.text, fact
    assert buttons(page.text) == ["keep", "other", "dismiss"]
    assert "btn main" not in page.text and "tone-shu" not in page.text and "#mark-ask" in page.text
    data = {"op_id": Page(page).fields["op_id"], "reason": "電話で聞いた", "choice": "other"}
    answers = [desk.post(f"{here}/settle", data=data) for _ in range(2)]
    assert [(answer.status_code, answer.headers["location"]) for answer in answers] == [
        (303, f"{here}?done=settled")
    ] * 2
    done = desk.get(here)
    assert buttons(done.text) == [] and "電話で聞いた" in done.text and "adminさん" in done.text
    loan = desk.get(f"/api/conflicts/{conflict}").json()["settled"]["loan"]
    assert f"/loans/{loan}" in Page(done).links
    assert here not in Page(desk.get("/conflicts")).links
    assert here in Page(desk.get("/conflicts?state=settled")).links


@pytest.mark.usefixtures("noon")
def test_who_comes_second_sees_how_it_was_settled(sign_in: SignIn) -> None:
    desk = sign_in("admin")
    stock(desk, 1)
    here = f"/conflicts/{clash(desk)}"
    forms = [Page(desk.get(here)).fields["op_id"] for _ in range(2)]
    assert desk.post(f"{here}/settle", data={"op_id": forms[0], "choice": "keep"}).status_code == 303
    late = desk.post(f"{here}/settle", data={"op_id": forms[1], "choice": "other", "reason": "こちらに貸した"})
    assert late.status_code == 409 and buttons(late.text) == []
    # Back to the page, and another button: the same key stands for another act by now.
    back = desk.post(f"{here}/settle", data={"op_id": forms[0], "choice": "other"})
    assert back.status_code == 422 and buttons(back.text) == []
    assert len(desk.get("/api/loans").json()["items"]) == 1


@pytest.mark.usefixtures("noon")
def test_what_cannot_be_comes_back_with_what_was_written(sign_in: SignIn) -> None:
    desk = sign_in("admin")
    stock(desk, 1)
    here = f"/conflicts/{clash(desk)}"
    for data in ({"choice": "fitted"}, {"choice": "both"}, {}, {"choice": "keep", "reason": "あ" * 201}):
        answer = desk.post(f"{here}/settle", data={"reason": "会長に聞いた"} | data)
        assert answer.status_code == 422 and 'role="alert"' in answer.text
        assert Page(answer).fields["reason"] == data.get("reason", "会長に聞いた")
        assert buttons(answer.text) == ["keep", "other", "dismiss"]
    assert desk.get("/conflicts/99").status_code == 404
    assert desk.post("/conflicts/99/settle", data={"choice": "keep"}).status_code == 404


@pytest.mark.usefixtures("noon")
def test_who_may_not_settle_sees_the_facts_and_no_button(sign_in: SignIn) -> None:
    stock(sign_in("admin"), 1)
    here = f"/conflicts/{clash(sign_in('desk'))}"
    for role in ("viewer", "it"):
        client = sign_in(role)
        page = client.get(here)
        assert page.status_code == 200 and buttons(page.text) == [] and "op_id" not in Page(page).fields
        assert client.post(f"{here}/settle", data={"choice": "keep"}).status_code == 403
        today = Page(client.get("/"))
        assert today.links.count(here) == 1
        assert ("/conflicts" in today.links) is (role == "it")
    assert Page(sign_in("desk").get("/")).links.count(here) == 2


@pytest.mark.usefixtures("noon")
def test_it_is_told_wherever_the_device_is(sign_in: SignIn) -> None:
    desk = sign_in("admin")
    stock(desk, 2)
    calm = {path: desk.get(path).text.count("#mark-ask") for path in ("/", "/loans", "/devices")}
    here = f"/conflicts/{clash(desk)}"
    loan = desk.get("/api/loans").json()["items"][0]["number"]
    for path in ("/", f"/devices/{DEVICE}", f"/loans/{loan}"):
        assert here in Page(desk.get(path)).links, path
    for path, marks in calm.items():
        page = desk.get(path)
        assert page.text.count("#mark-ask") == marks + 1 and "/conflicts" in Page(page).links, path
    assert here not in Page(desk.get("/devices/MB-T-0002")).links
    assert "要確認の1件" in Page(desk.get("/")).h1
    desk.post(f"{here}/settle", data={"choice": "keep"})
    for path in ("/", f"/devices/{DEVICE}", f"/loans/{loan}"):
        assert here not in Page(desk.get(path)).links, path
    assert "急ぐことはありません" in Page(desk.get("/")).h1


@pytest.mark.usefixtures("noon")
def test_the_next_one_is_one_tap_away(sign_in: SignIn) -> None:
    desk = sign_in("admin")
    stock(desk, 2)
    first, second = (f"/conflicts/{clash(desk, number)}" for number in (DEVICE, "MB-T-0002"))
    assert second not in Page(desk.get(first)).links
    desk.post(f"{first}/settle", data={"choice": "keep"})
    assert second in Page(desk.get(first)).links
    desk.post(f"{second}/settle", data={"choice": "dismiss"})
    assert first not in Page(desk.get(second)).links


@pytest.mark.usefixtures("noon")
def test_the_words_of_a_lent_device(sign_in: SignIn) -> None:
    desk = sign_in("admin")
    stock(desk, 1)
    told = seen(desk, clash(desk))
    assert told.question == "1番\u00a0MB-T-0001 は、どちらの貸出ですか。"
    assert told.keep.label == "台帳のままにする（市民協働課に貸出中）"
    assert told.other.label == "情報政策課に貸したことにする"
    assert "この時刻で終わりになります" in told.other.effect
    tell(desk, "A窓口", "return", DEVICE, 10)
    told = seen(desk, newest(desk))
    assert told.keep.label == "台帳のままにする（市民協働課に貸していた）"
    assert "11月24日（火） 11:50 の返却は、こちらの貸出の返却になります。" in told.other.effect


@pytest.mark.usefixtures("noon")
def test_the_words_when_the_ledgers_loan_began_later(sign_in: SignIn) -> None:
    desk = sign_in("admin")
    stock(desk, 2)
    tell(desk, "A窓口", "lend", DEVICE, 30, target=FIRST, **DUE)
    target = {"device": "MB-T-0002"}
    assert tell(desk, "B窓口", "lend", DEVICE, 60, target=target, **DUE) == "conflict"
    told = seen(desk, newest(desk))
    assert "は、なかったことになります" in told.other.effect
    # A substitute is lent as one, not to one.
    assert told.other.label == "MB-T-0002 の代替機として貸したことにする"
    desk.post(f"/conflicts/{told.card.id}/settle", data={"choice": "other"})
    assert "貸さなかったことになりました" in desk.get(f"/conflicts/{told.card.id}").text


@pytest.mark.usefixtures("noon")
def test_the_words_of_a_hold_and_of_one_that_is_over(sign_in: SignIn, at: Clock) -> None:
    at(NOON - timedelta(days=1))
    admin = sign_in("admin")
    stock(admin, 1)
    hold = made(admin, f"/api/devices/{DEVICE}/holds", {"reason": "wipe"})["id"]
    at(NOON)
    admin = sign_in("admin")
    assert tell(admin, "B窓口", "lend", DEVICE, 60, target=SECOND, **DUE) == "conflict"
    conflict = newest(admin)
    told = seen(admin, conflict)
    assert told.question == "初期化待ちの 1番\u00a0MB-T-0001 を、貸しましたか。"
    assert told.obstacles == ["11月23日（月） 12:00 から初期化待ちです。"] and told.ledger is None
    assert told.keep.label == "台帳のままにする（貸していない）"
    assert told.other.effect.endswith("初期化待ちは、そのまま残ります。")
    assert buttons(admin.get(f"/conflicts/{conflict}").text) == ["keep", "other", "dismiss"]
    admin.post(f"/api/devices/{DEVICE}/holds/{hold}/release", json={})
    over = seen(admin, conflict)
    assert over.question.startswith("貸出停止の") and "いまは解けています" in over.obstacles[0]
    assert "残ります" not in over.other.effect


@pytest.mark.usefixtures("noon")
def test_the_words_of_a_limit(sign_in: SignIn) -> None:
    admin = sign_in("admin")
    stock(admin, 2, one_per_borrower=True)
    head = {"association": association(admin)}
    tell(admin, "A窓口", "lend", DEVICE, 90, target=head, **DUE)
    assert tell(admin, "B窓口", "lend", "MB-T-0002", 60, target=head, **DUE) == "conflict"
    told = seen(admin, newest(admin))
    assert told.question == "大胡地区 堀越町自治会に、2台目の 2番\u00a0MB-T-0002 を貸しましたか。"
    assert told.keep.label == "台帳のままにする（2台目は貸していない）"
    assert told.other.label == "大胡地区 堀越町自治会に2台目を貸したことにする"
    assert told.claim.path == f"/associations/{head['association']}"


@pytest.mark.usefixtures("noon")
def test_a_retired_device_offers_what_can_be(sign_in: SignIn) -> None:
    admin = sign_in("admin")
    stock(admin, 1)
    admin.post(f"/api/devices/{DEVICE}/retire", json={"reason": "故障"})
    assert tell(admin, "B窓口", "lend", DEVICE, 60, target=SECOND, **DUE) == "conflict"
    conflict = newest(admin)
    told = seen(admin, conflict)
    assert told.question.startswith("除却した") and told.obstacles == ["11月24日（火） 12:00 に除却しています。"]
    page = admin.get(f"/conflicts/{conflict}")
    assert buttons(page.text) == ["keep", "dismiss"]
    assert told.other.path in Page(page).links
    # A program may ask for it all the same, and is told why not; nothing is lost.
    asked = admin.post(f"/conflicts/{conflict}/settle", data={"choice": "other", "reason": "貸した"})
    assert (asked.status_code, Page(asked).fields["reason"]) == (409, "貸した")


@pytest.mark.usefixtures("noon")
def test_a_swap_of_what_was_not_out_offers_to_lend_and_ends_by_itself(sign_in: SignIn) -> None:
    admin = sign_in("admin")
    stock(admin, 2)
    swap = {"target": {"device": DEVICE}}
    assert tell(admin, "B窓口", "swap", "MB-T-0002", 60, **swap) == "conflict"
    conflict = newest(admin)
    told = seen(admin, conflict)
    assert told.question == "貸していない MB-T-0001 を、2番\u00a0MB-T-0002 に取り替えましたか。"
    page = admin.get(f"/conflicts/{conflict}")
    assert buttons(page.text) == ["keep", "dismiss"]
    assert told.other.path == f"/loans/new?{urlencode({'device': 'MB-T-0002'})}" and told.other.path in Page(page).links
    tell(admin, "A窓口", "lend", DEVICE, 90, target=FIRST, **DUE)
    assert "あとから届いた返却で合いました" in Page(admin.get(f"/conflicts/{conflict}")).h1


@pytest.mark.usefixtures("noon")
def test_a_swap_onto_a_lent_device_names_the_unit_it_replaced(sign_in: SignIn) -> None:
    admin = sign_in("admin")
    stock(admin, 2)
    tell(admin, "A窓口", "lend", DEVICE, 90, target=FIRST, **DUE)
    tell(admin, "A窓口", "lend", "MB-T-0002", 80, target=FIRST, **DUE)
    assert tell(admin, "B窓口", "swap", "MB-T-0002", 60, target={"device": DEVICE}) == "conflict"
    told = seen(admin, newest(admin))
    assert (told.claim.who, told.claim.path) == ("MB-T-0001 からの取り替え", f"/devices/{DEVICE}")
    assert told.other.label == "MB-T-0001 のかわりに渡したことにする"


@pytest.mark.usefixtures("noon")
@pytest.mark.parametrize(
    ("offset", "words"),
    [
        (None, "合っていたかは、わかりません"),
        (0, "窓口の時計は台帳と合っています"),
        (59_000, "窓口の時計は台帳と合っています"),
        (480_000, "時計が8分おくれていました"),
        (-480_000, "時計が8分すすんでいました"),
        (3 * 3_600_000, "時計が3時間おくれていました"),
        (5 * 86_400_000, "時計が5日おくれていました"),
    ],
)
def test_by_which_clock_a_moment_is_told(sign_in: SignIn, offset: int | None, words: str) -> None:
    admin = sign_in("admin")
    stock(admin, 1)
    tell(admin, "A窓口", "lend", DEVICE, 90, target=FIRST, **DUE)
    off = timedelta(milliseconds=offset or 0)
    showed = {"occurred_at": (NOON - timedelta(minutes=60) - off).isoformat(), "clock_offset_ms": offset}
    assert tell(admin, "B窓口", "lend", DEVICE, 60, target=SECOND, **DUE, **showed) == "conflict"
    told = seen(admin, newest(admin))
    assert words in told.claim.clock and told.claim.when == "11月24日（火） 11:00"
    assert told.ledger is not None and "窓口の時計" in told.ledger.clock


def test_what_the_counter_recorded_on_the_spot_says_so(sign_in: SignIn, at: Clock) -> None:
    at(NOON - timedelta(minutes=90))
    admin = sign_in("admin")
    stock(admin, 1)
    made(admin, "/api/loans", {"borrower": FIRST, "devices": [DEVICE], **DUE})
    at(NOON)
    admin = sign_in("admin")
    assert tell(admin, "B窓口", "lend", DEVICE, 60, target=SECOND, **DUE) == "conflict"
    told = seen(admin, newest(admin))
    assert told.ledger is not None
    assert (told.ledger.where, told.ledger.clock) == ("台帳の画面から", "その場で台帳に入りました")


@pytest.mark.usefixtures("noon")
def test_the_list_is_searched_paged_and_saved(sign_in: SignIn) -> None:
    admin = sign_in("admin")
    stock(admin, 2)
    tablet(admin, 60)
    first, second = (clash(admin, number) for number in (DEVICE, "MB-T-0060"))
    found = Page(admin.get("/conflicts?q=0060"))
    assert f"/conflicts/{second}" in found.links and f"/conflicts/{first}" not in found.links
    assert "あてはまる要確認はありません" in Page(admin.get("/conflicts?q=zzz")).h1
    assert "まだありません" in Page(admin.get("/conflicts?state=settled")).h1
    assert "/api/exports/conflicts.csv?q=0060&state=open" in found.links
    for ending in ("csv", "xlsx"):
        assert admin.get(f"/api/exports/conflicts.{ending}?q=0060&state=open").status_code == 200
    text = admin.get("/api/exports/conflicts.csv?state=open").content.decode("utf-8-sig")
    header, *lines = text.strip().split("\r\n")
    assert header.startswith("要確認コード,備品番号") and len(lines) == 2
    assert "市民協働課" in lines[0] and "情報政策課" in lines[0] and "貸出中です" in lines[0]
    admin.post(f"/conflicts/{first}/settle", data={"choice": "keep", "reason": "確認ずみ"})
    settled = admin.get("/api/exports/conflicts.csv?state=settled").content.decode("utf-8-sig")
    assert "台帳のまま" in settled and "確認ずみ" in settled and "adminさん" in settled
    assert admin.get("/conflicts").text.count("くらべて決める") == 1
