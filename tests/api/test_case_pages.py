"""Cases on screen."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from api.case_views import absent, headline
from inventory.cases import CaseCard
from tests.api.conftest import op
from tests.api.furnishing import course, lend, made, stock, venue
from tests.api.test_session_pages import Fields

FORM = {"name": "タブレット箱A", "code": "ＢＯＸ－Ａ", "place": "情報政策課 保管庫", "note": ""}


@pytest.fixture
def it(sign_in: Callable[[str], TestClient]) -> TestClient:
    return sign_in("it")


def case_of(it: TestClient, *devices: str, code: str = "BOX-A", place: str | None = "情報政策課 保管庫") -> None:
    made(it, "/api/cases", {"code": code, "name": f"箱{code}", "place": place})
    order = {"devices": list(devices)}
    assert it.put(f"/api/cases/{code}/members", json=order, headers=op()).status_code == 200


def test_a_case_is_entered_filled_and_read_by_everybody(it: TestClient, viewer: TestClient, admin: TestClient) -> None:
    stock(admin, 2)
    entered = it.post("/cases/new", data=FORM)
    assert (entered.status_code, entered.headers["location"]) == (303, "/cases/BOX-A?done=created")
    assert 'href="/cases/BOX-A/members"' in it.get("/cases/BOX-A").text
    tag = it.get("/api/devices/MB-T-0002").json()["tag"]
    filled = it.post("/cases/BOX-A/members", data={"devices": f"mb-t-0001\r\n{tag[:4]} {tag[4:]}"})
    assert (filled.status_code, filled.headers["location"]) == (303, "/cases/BOX-A?done=filled")
    page = viewer.get("/cases/box-a")
    assert page.status_code == 200
    assert 'href="/devices/MB-T-0001"' in page.text and 'href="/devices/MB-T-0002"' in page.text
    for only_for_it in ("/cases/BOX-A/members", "/cases/BOX-A/edit", "/cases/BOX-A/retire", "/cases/BOX-A/move"):
        assert only_for_it not in page.text
    assert 'href="/cases/BOX-A"' in viewer.get("/cases").text
    assert 'href="/cases"' in viewer.get("/devices").text
    assert 'href="/cases/BOX-A"' in viewer.get("/devices/MB-T-0001").text


def test_a_slip_gives_the_form_back_as_written(it: TestClient) -> None:
    answer = it.post("/cases/new", data={**FORM, "name": "", "code": "箱 A"})
    assert answer.status_code == 422
    fields = Fields(answer.text)
    assert {"f-name-wrong", "f-code-wrong"} <= fields.ids
    assert (fields.values["code"], fields.values["place"]) == ("箱 A", FORM["place"])
    assert it.post("/cases/new", data=FORM).status_code == 303
    assert "f-code-wrong" in Fields(it.post("/cases/new", data=FORM).text).ids


def test_the_same_form_sent_twice_makes_one_case(it: TestClient) -> None:
    sent = {**FORM, "op_id": Fields(it.get("/cases/new").text).values["op_id"]}
    assert [it.post("/cases/new", data=sent).status_code for _ in range(2)] == [303, 303]
    assert len(it.get("/api/cases").json()["items"]) == 1


def test_what_is_missing_stands_with_its_place_and_the_tap_that_ends_it(
    it: TestClient, desk: TestClient, viewer: TestClient, admin: TestClient
) -> None:
    names = stock(admin, 6)
    case_of(it, *names)
    number = lend(desk, names[0], names[1])["number"]
    made(it, f"/api/devices/{names[2]}/holds", {"reason": "inspect"})
    made(it, f"/api/devices/{names[3]}/holds", {"reason": "lost"})
    for name in names[4:]:
        seen = it.get(f"/api/devices/{name}").headers["etag"]
        moved = it.patch(f"/api/devices/{name}", json={"place": "修理店"}, headers=op() | {"If-Match": seen})
        assert moved.status_code == 200
    page = desk.get("/cases/BOX-A").text
    assert f'href="/loans/{number}/return"' in page
    assert f'href="/devices/{names[2]}"' in page and f'href="/devices/{names[3]}"' in page
    assert 'action="/cases/BOX-A/bring-in"' in page and "修理店" in page
    card = CaseCard.model_validate(desk.get("/api/cases/BOX-A").json())
    assert [(one.kind, one.mark, [member.asset_number for member in one.members]) for one in absent(card)] == [
        ("lent", "lent", names[:2]),
        ("held", "hold", [names[2]]),
        ("held", "lost", [names[3]]),
        ("away", "ask", names[4:]),
    ]
    assert "/return" not in viewer.get("/cases/BOX-A").text
    back = desk.post("/cases/BOX-A/bring-in", data={"device": names[4:]})
    assert (back.status_code, back.headers["location"]) == (303, "/cases/BOX-A?done=brought")
    assert desk.get("/api/cases/BOX-A").json()["missing"] == names[:4]
    assert desk.post("/cases/BOX-A/bring-in", data={}).status_code == 422


def test_the_answer_counts_what_is_there(it: TestClient, desk: TestClient, admin: TestClient) -> None:
    def answer() -> str:
        return headline(CaseCard.model_validate(it.get("/api/cases/BOX-A").json()))[0]

    names = stock(admin, 3)
    case_of(it)
    assert "3" not in answer()
    assert it.put("/api/cases/BOX-A/members", json={"devices": names}, headers=op()).status_code == 200
    assert answer() == "3台がそろっています。"
    lend(desk, names[0])
    assert answer() == "3台のうち2台がそろっています。"
    lend(desk, *names[1:])
    assert answer() == "3台とも、いまは貸せません。"


def test_a_device_of_another_case_is_asked_about_before_it_is_taken_over(it: TestClient, admin: TestClient) -> None:
    first, second = stock(admin, 2)
    case_of(it, first)
    case_of(it, second, code="BOX-B")
    typed = f"{first}\r\n{second}"
    assert "f-take_over" not in Fields(it.get("/cases/BOX-B/members").text).ids
    asked = it.post("/cases/BOX-B/members", data={"devices": typed})
    assert asked.status_code == 409
    fields = Fields(asked.text)
    assert {"f-devices-wrong", "f-take_over"} <= fields.ids
    done = it.post("/cases/BOX-B/members", data={"devices": typed, "take_over": "yes"})
    assert done.headers["location"] == "/cases/BOX-B?done=filled"
    assert it.get("/api/cases/BOX-A").json()["members"] == []


def test_a_whole_pool_comes_in_but_what_lies_in_a_case_stays_there(it: TestClient, admin: TestClient) -> None:
    names = stock(admin, 3)
    case_of(it, names[0])
    case_of(it, code="BOX-B")
    sent = it.post("/cases/BOX-B/members", data={"devices": "", "pool": "head-tablets"})
    assert sent.status_code == 303
    members = it.get("/api/cases/BOX-B").json()["members"]
    assert [member["asset_number"] for member in members] == names[1:]


def test_a_code_nobody_knows_is_named_and_nothing_is_lost(it: TestClient, admin: TestClient) -> None:
    stock(admin, 1)
    case_of(it)
    answer = it.post("/cases/BOX-A/members", data={"devices": "MB-T-0001\r\nMB-T-0099"})
    assert answer.status_code == 422
    assert "f-devices-wrong" in Fields(answer.text).ids and "MB-T-0001\r\nMB-T-0099" in answer.text.replace(
        "\n", "\r\n"
    ).replace("\r\r", "\r")


def test_the_desk_says_where_the_case_is_now(it: TestClient, desk: TestClient, admin: TestClient) -> None:
    (name,) = stock(admin, 1)
    venue(admin)
    case_of(it, name)
    assert '<option value="大胡公民館">' in desk.get("/cases/BOX-A").text
    empty = desk.post("/cases/BOX-A/move", data={"place": " "})
    assert empty.status_code == 422 and "f-place-wrong" in Fields(empty.text).ids
    moved = desk.post("/cases/BOX-A/move", data={"place": "大胡公民館"})
    assert moved.headers["location"] == "/cases/BOX-A?done=carried"
    assert desk.get(f"/api/devices/{name}").json()["place"] == "大胡公民館"
    assert desk.post("/cases/BOX-Z/move", data={"place": "大胡公民館"}).status_code == 404


def test_a_change_does_not_overwrite_another_s(it: TestClient, admin: TestClient) -> None:
    case_of(it)
    form = Fields(it.get("/cases/BOX-A/edit").text).values
    assert form["place"] == "情報政策課 保管庫" and "code" not in form
    change = {"name": "箱1", "place": "", "note": "鍵つき", "if_match": form["if_match"]}
    assert it.post("/cases/BOX-A/edit", data=change).headers["location"] == "/cases/BOX-A?done=changed"
    card = it.get("/api/cases/BOX-A").json()
    assert (card["name"], card["place"], card["note"]) == ("箱1", None, "鍵つき")
    late = admin.post("/cases/BOX-A/edit", data={**change, "name": "あとから"})
    assert late.status_code == 412
    again = {**change, "name": "あとから", "if_match": Fields(late.text).values["if_match"]}
    assert admin.post("/cases/BOX-A/edit", data=again).status_code == 303


def test_a_label_is_printed_and_replaced(it: TestClient, desk: TestClient) -> None:
    case_of(it)
    old = it.get("/api/cases/BOX-A").json()["tag"]
    for address in ("/labels?devices=BOX-A", f"/labels?devices={old}", "/labels?devices=box-a&stock=ql-62"):
        page = desk.get(address)
        assert page.status_code == 200 and "<svg" in page.text
    pdf = desk.get("/api/labels/sheet.pdf", params={"devices": "BOX-A"})
    assert pdf.content[:5] == b"%PDF-"
    assert desk.get("/api/labels/tape.png", params={"device": "BOX-A"}).content[1:4] == b"PNG"
    refused = it.post("/cases/BOX-A/tag", data={"which": "printed", "number": ""})
    assert refused.status_code == 422 and "f-number-wrong" in Fields(refused.text).ids
    blank = made(it, "/api/labels/blanks", {"count": 1})["numbers"][0]
    done = it.post("/cases/BOX-A/tag", data={"which": "printed", "number": f"{blank[:4]} {blank[4:]}"})
    assert done.headers["location"] == "/cases/BOX-A?done=tagged"
    assert it.get("/api/cases/BOX-A").json()["tag"] == blank
    assert it.post("/cases/BOX-A/tag", data={"which": "fresh", "number": ""}).status_code == 303


def test_a_case_is_given_up_and_stays_to_be_read(it: TestClient, desk: TestClient, admin: TestClient) -> None:
    (name,) = stock(admin, 1)
    case_of(it, name)
    assert it.get("/cases/BOX-A/retire").status_code == 200
    gone = it.post("/cases/BOX-A/retire")
    assert gone.headers["location"] == "/cases/BOX-A?done=given-up"
    assert it.post("/cases/BOX-A/retire").status_code == 409
    page = it.get("/cases/BOX-A")
    assert page.status_code == 200 and "/cases/BOX-A/members" not in page.text
    assert "BOX-A" not in it.get("/cases").text
    assert "BOX-A" in it.get("/cases?retired=true&q=&place=").text
    assert desk.get(f"/devices/{name}").status_code == 200


def test_a_code_or_a_label_leads_to_the_case_and_words_find_it(it: TestClient, viewer: TestClient) -> None:
    case_of(it)
    tag = it.get("/api/cases/BOX-A").json()["tag"]
    for q in ("box-a", tag, f"{tag[:4]} {tag[4:]}"):
        assert viewer.get("/find", params={"q": q}).headers["location"] == "/cases/BOX-A"
    assert 'href="/cases/BOX-A"' in viewer.get("/find", params={"q": "箱BOX"}).text


def test_the_list_and_what_lies_in_a_case_are_files_too(it: TestClient, viewer: TestClient, admin: TestClient) -> None:
    names = stock(admin, 3)
    case_of(it, *names[:2])
    lend(admin, names[0])
    table = viewer.get("/api/exports/cases.csv").content.decode("utf-8-sig").splitlines()
    assert len(table) == 2 and table[1].startswith("BOX-A,箱BOX-A,") and f"{names[0]}、{names[1]}" in table[1]
    assert viewer.get("/api/exports/cases.xlsx").content[:2] == b"PK"
    inside = viewer.get("/api/exports/devices.csv", params={"case": "box-a"}).content.decode("utf-8-sig").splitlines()
    assert [row.split(",")[0] for row in inside[1:]] == names[:2]
    listed = viewer.get("/api/devices", params={"case": "BOX-A"}).json()["items"]
    assert [card["asset_number"] for card in listed] == names[:2]


def test_the_page_of_a_course_shows_what_it_still_has(it: TestClient, desk: TestClient, admin: TestClient) -> None:
    names = stock(admin, 3)
    router = {"id": "routers", "name": "ルーター", "kind": "router"}
    made(admin, "/api/pools", router)
    made(admin, "/api/devices", {"pool": "routers", "asset_number": "MB-R-1", "model": "R", "call_number": 1})
    day = course(admin, venue(admin), "2999-05-20T10:00:00+09:00", "2999-05-20T12:00:00+09:00")
    assert "この講座の残り" not in desk.get(f"/courses/{day}").text
    lend(desk, *names, "MB-R-1", borrower={"course": day}, due=None)
    assert desk.post("/api/returns", json={"devices": names[:1]}, headers=op()).status_code == 200
    page = desk.get(f"/courses/{day}").text
    left = page[page.index("この講座の残り") : page.index("この講座の貸出")]
    assert f'href="/devices/{names[0]}"' not in left
    for name in (*names[1:], "MB-R-1"):
        assert f'href="/devices/{name}"' in left
    assert left.count('class="calls"') == 2


def test_the_last_acts_stand_on_the_page_and_the_others_one_tap_away(it: TestClient) -> None:
    case_of(it)
    stock(it, 1)
    assert it.put("/api/cases/BOX-A/members", json={"devices": ["MB-T-0001"]}, headers=op()).status_code == 200
    for place in range(9):
        assert it.post("/cases/BOX-A/move", data={"place": f"倉庫{place}"}).status_code == 303
    page = it.get("/cases/BOX-A").text
    past = page[page.index("これまで") :]
    assert "倉庫8" in past and "倉庫0" not in past and "?all=1" in past
    assert "倉庫0" in it.get("/cases/BOX-A?all=1").text
