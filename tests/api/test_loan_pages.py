"""Lending, returning, extending and taking back by form, without a script."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from inventory.calendar import TOKYO
from tests.api.furnishing import association, course, lend, made, state_of, stock, tablet, venue
from tests.api.stocked import Page

NOON = datetime(2026, 11, 24, 12, tzinfo=TOKYO)
SignIn = Callable[[str], TestClient]
Clock = Callable[[datetime], None]
ACCESSORIES = [{"name": "充電器", "count": 1}, {"name": "ケース", "count": 2}]


def _loans(client: TestClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/loans").json()["items"]
    return found


def _loan(client: TestClient, number: str) -> dict[str, Any]:
    card: dict[str, Any] = client.get(f"/api/loans/{number}").json()
    return card


def _undo_forms(client: TestClient, number: str) -> list[str]:
    return [action for action in Page(client.get(f"/loans/{number}")).forms if action.startswith("/operations/")]


# ---- lending


def test_a_form_with_asset_and_label_numbers_is_one_loan_however_often_it_is_sent(
    desk: TestClient, admin: TestClient
) -> None:
    stock(admin, 4)
    head = association(admin)
    second, third = (admin.get(f"/api/devices/MB-T-000{number}").json()["tag"] for number in (2, 3))
    form = Page(desk.get(f"/loans/new?association={head}&device=MB-T-0001"))
    assert (form.fields["target"], form.fields["devices"]) == (head, "MB-T-0001")
    devices = f"mb-t-0001\r\n{second[:4]} {second[4:]}、{third}\r\nMB-T-0004 MB-T-0001"
    data = form.fields | {"devices": devices, "purpose": "総会の準備"}
    first, again = (desk.post("/loans/new", data=data) for _ in range(2))
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.headers["location"] == again.headers["location"]
    (loan,) = _loans(desk)
    assert first.headers["location"] == f"/loans/{loan['number']}?done=lent"
    assert [item["asset_number"] for item in loan["items"]] == [f"MB-T-000{number}" for number in (1, 2, 3, 4)]
    assert (loan["borrower"]["id"], loan["purpose"], loan["due"]["end_of_office"]) == (head, "総会の準備", True)


@pytest.mark.parametrize("kind", ["course", "venue", "section", "substitute"])
def test_every_kind_of_borrower_has_its_form(sign_in: SignIn, at: Clock, kind: str) -> None:
    at(NOON)
    admin = sign_in("admin")
    stock(admin, 2)
    hall = venue(admin)
    taught = course(admin, hall, "2026-12-01T13:30:00+09:00", "2026-12-01T15:30:00+09:00")
    target = {"course": taught, "venue": hall, "section": "情報政策課", "substitute": "MB-T-0002"}[kind]
    page = admin.get(f"/loans/new?to={kind}")
    assert page.status_code == 200
    if kind in ("course", "venue"):
        assert f'value="{target}"' in page.text
        assert Page(admin.get(f"/loans/new?{kind}={target}")).fields["target"] == target
    data = {"to": kind, "target": target, "devices": "MB-T-0001", "until": "day", "on": "2026-12-10"}
    assert admin.post("/loans/new", data=data).status_code == 303
    (loan,) = _loans(admin)
    assert (loan["borrower"]["type"], loan["borrower"]["id"]) == (kind, target)
    assert loan["due"]["on"] == "2026-12-10"


def test_a_due_left_to_the_ledger_is_the_end_of_the_course(sign_in: SignIn, at: Clock) -> None:
    at(NOON)
    admin = sign_in("admin")
    stock(admin, 1)
    taught = course(admin, venue(admin), "2026-12-01T13:30:00+09:00", "2026-12-01T15:30:00+09:00")
    data = {"to": "course", "target": taught, "devices": "MB-T-0001", "until": "auto", "on": "2027-01-01"}
    assert admin.post("/loans/new", data=data).status_code == 303
    assert _loans(admin)[0]["due"]["on"] == "2026-12-01"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"target": ""}, "target"),
        ({"devices": " \r\n "}, "devices"),
        ({"devices": "MB-T-0001\r\nMB-T-9999"}, "devices"),
        ({"until": "day", "on": ""}, "on"),
        ({"until": "day", "on": "2020-01-01"}, "on"),
        ({"until": "auto"}, "on"),
        ({"purpose": "あ" * 201}, "purpose"),
    ],
)
def test_a_form_that_cannot_be_an_order_comes_back_filled(
    desk: TestClient, admin: TestClient, change: dict[str, str], field: str
) -> None:
    stock(admin, 1)
    data = {"to": "section", "target": "情報政策課", "devices": "MB-T-0001", "until": "day", "on": "2999-01-01"}
    sent = data | {"note": "机の上"} | change
    refused = desk.post("/loans/new", data=sent)
    assert refused.status_code == 422 and f'id="f-{field}-wrong"' in refused.text
    form = Page(refused).fields
    assert (form["to"], form["note"], form["target"]) == ("section", "机の上", sent["target"])
    assert _loans(desk) == []


def test_a_number_nobody_knows_is_named(desk: TestClient, admin: TestClient) -> None:
    stock(admin, 1)
    refused = desk.post("/loans/new", data={"to": "section", "target": "課", "devices": "MB-T-0001 XX-9"})
    assert "「XX-9」" in Page(refused).texts["p"]
    assert Page(refused).fields["devices"] == "MB-T-0001 XX-9"


def test_a_device_that_is_out_or_stopped_is_named_with_the_way_to_its_card(desk: TestClient, admin: TestClient) -> None:
    stock(admin, 2)
    lend(admin, "MB-T-0001")
    admin.post("/api/devices/MB-T-0002/holds", json={"reason": "wipe"})
    for number in ("MB-T-0001", "MB-T-0002"):
        data = {"to": "section", "target": "福祉課", "devices": number, "until": "day", "on": "2999-01-01"}
        refused = desk.post("/loans/new", data=data)
        page = Page(refused)
        assert refused.status_code == 409
        assert f"/devices/{number}" in page.links and number in page.texts["p"]
        assert (page.fields["target"], page.fields["devices"]) == ("福祉課", number)
        assert "override" not in page.fields
    assert len(_loans(desk)) == 1


def test_a_second_device_goes_out_for_a_reason(desk: TestClient, admin: TestClient) -> None:
    stock(admin, 2, one_per_borrower=True)
    head = association(admin)
    lend(admin, "MB-T-0001", borrower={"association": head})
    refused = desk.post("/loans/new", data={"to": "association", "target": head, "devices": "MB-T-0002"})
    form = Page(refused).fields
    assert (refused.status_code, form["override"], form["target"]) == (409, "", head)
    again = desk.post("/loans/new", data=form | {"override": "副会長の分"})
    assert again.status_code == 303
    assert _loans(desk)[0]["override"] == "副会長の分"


def test_choosing_another_kind_of_borrower_keeps_the_devices(desk: TestClient, admin: TestClient) -> None:
    stock(admin, 2)
    page = Page(desk.get("/loans/new?device=MB-T-0001&device=MB-T-0002"))
    other = next(link for link in page.links if link.startswith("/loans/new?to=venue"))
    assert Page(desk.get(other)).fields["devices"] == "MB-T-0001\nMB-T-0002"


# ---- returning


def test_all_of_a_loan_come_back_by_one_press(desk: TestClient, admin: TestClient) -> None:
    stock(admin, 3)
    number = lend(admin, "MB-T-0001", "MB-T-0002", "MB-T-0003")["number"]
    page = Page(desk.get(f"/loans/{number}"))
    assert "3台" in page.h1 and f"/loans/{number}/return" in page.forms
    data = {"op_id": page.fields["op_id"], "device": [f"MB-T-000{one}" for one in (1, 2, 3)]}
    for _ in range(2):
        back = desk.post(f"/loans/{number}/return", data=data)
        assert (back.status_code, back.headers["location"]) == (303, f"/loans/{number}?done=returned")
    assert _loan(desk, number)["open"] is False
    assert state_of(desk, "MB-T-0001") == "held"


def test_chosen_devices_come_back_with_what_came_with_them_and_what_was_noticed(
    desk: TestClient, admin: TestClient
) -> None:
    stock(admin, 2, accessories=ACCESSORIES, after_term="none")
    number = lend(admin, "MB-T-0001", "MB-T-0002")["number"]
    form = Page(desk.get(f"/loans/{number}/return")).fields
    assert (form["count-MB-T-0001-0"], form["count-MB-T-0001-1"]) == ("1", "2")
    back = desk.post(
        f"/loans/{number}/return",
        data={
            "device": "MB-T-0001",
            "count-MB-T-0001-0": "0",
            "count-MB-T-0001-1": "2",
            "trouble-MB-T-0001": "yes",
            "note-MB-T-0001": "画面にひび",
            "note-MB-T-0002": "こちらは選ばない",
        },
    )
    assert back.status_code == 303
    first, second = _loan(desk, number)["items"]
    assert first["returned_accessories"] == {"充電器": 0, "ケース": 2}
    assert (first["condition_ok"], first["condition_note"]) == (False, "画面にひび")
    assert second["returned_at"] is None
    assert (state_of(desk, "MB-T-0001"), state_of(desk, "MB-T-0002")) == ("held", "on_loan")
    page = Page(desk.get(f"/loans/{number}"))
    assert "1台は返りました" in page.h1 and "画面にひび" in page.texts["p"]


def test_a_return_form_that_is_wrong_comes_back_filled(desk: TestClient, admin: TestClient) -> None:
    stock(admin, 2, accessories=ACCESSORIES)
    number = lend(admin, "MB-T-0001", "MB-T-0002")["number"]
    nothing = desk.post(f"/loans/{number}/return", data={"note-MB-T-0001": "傷"})
    assert nothing.status_code == 422 and 'id="f-device-wrong"' in nothing.text
    assert Page(nothing).fields["note-MB-T-0001"] == "傷"
    data = {"device": "MB-T-0002", "count-MB-T-0002-1": "たくさん"}
    count = desk.post(f"/loans/{number}/return", data=data)
    assert count.status_code == 422 and 'id="f-count-MB-T-0002-1-wrong"' in count.text
    assert (Page(count).fields["count-MB-T-0002-1"], Page(count).fields["device"]) == ("たくさん", "MB-T-0002")
    long = desk.post(f"/loans/{number}/return", data={"device": "MB-T-0002", "note-MB-T-0002": "あ" * 1001})
    assert long.status_code == 422 and 'id="f-note-MB-T-0002-wrong"' in long.text
    assert all(item["returned_at"] is None for item in _loan(desk, number)["items"])


def test_an_old_return_form_leaves_the_next_loan_alone(desk: TestClient, admin: TestClient) -> None:
    stock(admin, 2, after_term="none")
    number = lend(admin, "MB-T-0001", "MB-T-0002")["number"]
    desk.post(f"/loans/{number}/return", data={"device": "MB-T-0001"})
    following = lend(admin, "MB-T-0001")["number"]
    stale = desk.post(f"/loans/{number}/return", data={"device": ["MB-T-0001", "MB-T-0002"]})
    assert stale.status_code == 422
    assert _loan(desk, following)["open"] is True
    assert _loan(desk, number)["items"][1]["returned_at"] is None
    foreign = desk.post(f"/loans/{number}/return", data={"device": "MB-T-0099"})
    assert foreign.status_code == 422


# ---- extending


def test_a_loan_is_extended_to_a_day_or_to_the_end_of_office(desk: TestClient, admin: TestClient) -> None:
    stock(admin, 1)
    head = association(admin, until="2999-03-31")
    number = lend(admin, "MB-T-0001", borrower={"association": head}, due={"on": "2999-01-01"})["number"]
    assert Page(desk.get(f"/loans/{number}/extend")).fields["on"] == "2999-01-08"
    sent = desk.post(f"/loans/{number}/extend", data={"until": "day", "on": "2999-02-01"})
    assert (sent.status_code, sent.headers["location"]) == (303, f"/loans/{number}?done=extended")
    assert _loan(desk, number)["due"]["on"] == "2999-02-01"
    desk.post(f"/loans/{number}/extend", data={"until": "office", "on": "2999-02-01"})
    assert _loan(desk, number)["due"] == {"on": "2999-03-31", "at": None, "end_of_office": True}
    past = Page(desk.get(f"/loans/{number}")).texts["p"]
    assert "2999" not in past and "令和981年2月1日" in past


@pytest.mark.parametrize("on", ["", "2020-01-01", "あした"])
def test_a_day_that_cannot_be_comes_back(desk: TestClient, admin: TestClient, on: str) -> None:
    stock(admin, 1)
    number = lend(admin, "MB-T-0001")["number"]
    refused = desk.post(f"/loans/{number}/extend", data={"on": on})
    assert refused.status_code == 422 and 'id="f-on-wrong"' in refused.text
    assert Page(refused).fields["on"] == on
    assert _loan(desk, number)["due"]["on"] == "2999-01-01"


# ---- taking back


def test_a_lend_by_form_is_undone_within_fifteen_minutes_by_whoever_did_it(sign_in: SignIn, at: Clock) -> None:
    at(NOON)
    admin, desk, other = sign_in("admin"), sign_in("desk"), sign_in("it")
    stock(admin, 1)
    data = {"to": "section", "target": "福祉課", "devices": "MB-T-0001", "until": "day", "on": "2026-12-10"}
    number = desk.post("/loans/new", data=data).headers["location"].removeprefix("/loans/").split("?")[0]
    at(NOON + timedelta(minutes=15))
    assert _undo_forms(other, number) == []
    assert len(_undo_forms(admin, number)) == 1
    (path,) = _undo_forms(desk, number)
    fields = Page(desk.get(f"/loans/{number}")).fields
    for _ in range(2):
        undone = desk.post(path, data={"op_id": fields["op_id"] + "u", "back": fields["back"]})
        assert (undone.status_code, undone.headers["location"]) == (303, f"/loans/{number}?done=undone")
    assert state_of(desk, "MB-T-0001") == "in_stock"
    assert _undo_forms(desk, number) == []
    assert desk.get(f"/loans/{number}").status_code == 200
    assert _loans(desk) == []


def test_after_fifteen_minutes_nothing_is_offered_and_nothing_is_undone(sign_in: SignIn, at: Clock) -> None:
    at(NOON)
    desk = sign_in("desk")
    stock(sign_in("admin"), 1)
    number = lend(desk, "MB-T-0001")["number"]
    (path,) = _undo_forms(desk, number)
    at(NOON + timedelta(minutes=15, seconds=1))
    assert _undo_forms(desk, number) == []
    assert desk.post(path, data={"back": "/"}).status_code == 409
    assert state_of(desk, "MB-T-0001") == "on_loan"


def test_a_return_is_undone_and_its_hold_with_it(desk: TestClient, admin: TestClient) -> None:
    stock(admin, 1)
    number = lend(desk, "MB-T-0001")["number"]
    desk.post(f"/loans/{number}/return", data={"device": "MB-T-0001"})
    (path,) = _undo_forms(desk, number)
    assert desk.post(path, data={"back": f"/loans/{number}"}).status_code == 303
    assert state_of(desk, "MB-T-0001") == "on_loan"
    assert admin.get("/api/devices/MB-T-0001").json()["holds"] == []


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example/", "https://evil.example/", "/\\evil.example", "", "/loans/../x?y"]
)
def test_undo_leads_nowhere_but_to_our_own_pages(desk: TestClient, admin: TestClient, elsewhere: str) -> None:
    stock(admin, 1)
    (path,) = _undo_forms(desk, lend(desk, "MB-T-0001")["number"])
    assert desk.post(path, data={"back": elsewhere}).headers["location"] == "/?done=undone"


def test_an_op_id_of_any_characters_can_be_undone(desk: TestClient, admin: TestClient) -> None:
    stock(admin, 1)
    order = {"borrower": {"section": "課"}, "devices": ["MB-T-0001"], "due": {"on": "2999-01-01"}}
    lent = desk.post("/api/loans", json=order, headers={"Idempotency-Key": "desk/1?a=4&b#c"}).json()
    (path,) = _undo_forms(desk, lent["number"])
    assert desk.post(path, data={"back": "/"}).status_code == 303
    assert state_of(desk, "MB-T-0001") == "in_stock"


# ---- the list and the card


def test_the_list_shows_a_state_and_narrows(sign_in: SignIn, at: Clock) -> None:
    at(NOON - timedelta(days=5))
    admin = sign_in("admin")
    stock(admin, 4, after_term="none")
    head, hall = association(admin), venue(admin)
    taught = course(admin, hall, "2026-12-01T13:30:00+09:00", "2026-12-01T15:30:00+09:00")
    late = lend(admin, "MB-T-0001", borrower={"association": head}, due={"on": "2026-11-20"})["number"]
    out = made(admin, "/api/loans", {"borrower": {"course": taught}, "devices": ["MB-T-0002"]})["number"]
    there = lend(admin, "MB-T-0003", borrower={"venue": hall})["number"]
    back = lend(admin, "MB-T-0004")["number"]
    admin.post(f"/loans/{back}/return", data={"device": "MB-T-0004"})
    at(NOON)
    viewer = sign_in("viewer")

    def shown(query: str) -> set[str]:
        answer = viewer.get(f"/loans{query}")
        assert answer.status_code == 200, query
        return {link.removeprefix("/loans/") for link in Page(answer).links if link.startswith("/loans/R")}

    assert shown("") == shown("?state=open&q=") == {late, out, there}
    assert shown("?state=overdue") == {late}
    assert shown("?state=closed") == {back}
    assert shown("?state=all") == {late, out, there, back}
    assert shown(f"?association={head}") == {late}
    assert shown(f"?course={taught}") == {out}
    assert shown(f"?venue={hall}") == {there}
    assert shown("?state=all&q=MB-T-0004") == {back}
    assert shown("?q=どこにもない") == set()
    page = viewer.get("/loans")
    assert "3件" in Page(page).h1 and "1件" in Page(page).h1
    assert page.text.count("日おくれ") == 1
    assert "/api/exports/loans.csv?state=open" in Page(page).links
    assert "/api/exports/loans.csv" in Page(viewer.get("/loans?state=all")).links
    assert "/api/exports/loans.csv?state=overdue" in Page(viewer.get("/loans?state=overdue")).links
    assert viewer.get("/loans?association=99999").status_code == 404
    assert viewer.get("/loans?state=lost").status_code == 422


def test_a_long_list_goes_on(desk: TestClient, admin: TestClient) -> None:
    stock(admin, 51)
    for one in range(1, 52):
        lend(admin, f"MB-T-{one:04d}")
    page = Page(desk.get("/loans?state=open"))
    following = next(link for link in page.links if "cursor=" in link)
    rest = Page(desk.get(following))
    assert [link for link in rest.links if link.startswith("/loans/R")] == [f"/loans/{_oldest(desk)}"]
    assert "/loans?state=open" in rest.links
    assert desk.get("/loans?cursor=xx").status_code == 422


def _oldest(client: TestClient) -> str:
    return str(client.get("/api/loans?limit=200").json()["items"][-1]["number"])


def test_the_card_names_who_until_when_and_every_device(sign_in: SignIn, at: Clock) -> None:
    at(NOON)
    admin = sign_in("admin")
    stock(admin, 1)
    tablet(admin, 2, call_number=77)
    head = association(admin, until="2027-03-31")
    number = lend(admin, "MB-T-0001", "MB-T-0002", borrower={"association": head}, due={"end_of_office": True})[
        "number"
    ]
    answer = sign_in("viewer").get(f"/loans/{number.lower()}")
    page = Page(answer)
    assert "大胡地区 堀越町自治会" in page.h1 and "2台" in page.h1 and "令和9年3月31日" in page.h1
    assert {"/devices/MB-T-0001", "/devices/MB-T-0002", f"/associations/{head}"} <= set(page.links)
    assert "77" in page.texts["th"]
    assert "tone-shu" not in answer.text
    assert page.forms == ["/find", "/sign-out"]


def test_who_may_lend_and_take_back(sign_in: SignIn, admin: TestClient, anonymous: TestClient) -> None:
    stock(admin, 1)
    number = lend(admin, "MB-T-0001")["number"]
    writing = {
        "/loans/new": {"to": "section", "target": "課", "devices": "MB-T-0001"},
        f"/loans/{number}/return": {"device": "MB-T-0001"},
        f"/loans/{number}/extend": {"until": "day", "on": "2999-02-01"},
    }
    before = _loan(admin, number)
    for role in ("viewer", "it"):
        client = sign_in(role)
        for path, data in writing.items():
            assert client.get(path).status_code == 403
            assert client.post(path, data=data).status_code == 403
            assert path not in Page(client.get(f"/loans/{number}")).links
    (path,) = _undo_forms(admin, number)
    assert sign_in("viewer").post(path, data={"back": "/"}).status_code == 403
    assert _loan(admin, number) == before
    assert anonymous.get(f"/loans/{number}").status_code == 303
    assert anonymous.post(f"/loans/{number}/return", data={"device": "MB-T-0001"}).status_code == 401
    assert sign_in("desk").get("/loans/R8-99999").status_code == 404
