"""Devices on screen: the list, the card, stopping and releasing, returning, and what only the IT section may do."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from fastapi.testclient import TestClient

from tests.api.stocked import PHONES, Page, card, device, lend, stock

SignIn = Callable[[str], TestClient]


def post(client: TestClient, path: str, **fields: str) -> tuple[int, str]:
    answer = client.post(path, data=fields)
    return answer.status_code, answer.headers.get("location", "")


def test_the_list_counts_what_can_be_lent_and_links_every_device(admin: TestClient) -> None:
    stock(admin)
    lend(admin, "MB-S-0001")
    page = Page(admin.get("/devices"))
    assert [figure in page.h1 for figure in ("4台", "3台")] == [True, True]
    for number in ("MB-S-0001", "MB-S-0002", "MB-S-0003", "MB-T-0001"):
        assert f"/devices/{number}" in page.links


def test_the_list_filters(admin: TestClient) -> None:
    stock(admin)
    lend(admin, "MB-S-0001")
    admin.post("/api/devices/MB-S-0002/holds", json={"reason": "repair"})
    wanted = {
        "pool=head-tablets": {"MB-T-0001"},
        "state=on_loan": {"MB-S-0001"},
        "state=in_stock": {"MB-S-0003", "MB-T-0001"},
        "hold=repair": {"MB-S-0002"},
        "place=中央公民館": {"MB-S-0001", "MB-S-0002", "MB-S-0003"},
        "q=ha1k": {"MB-T-0001"},
        "state=&hold=&pool=&place=&q=": {"MB-S-0001", "MB-S-0002", "MB-S-0003", "MB-T-0001"},
        "state=retired": set(),
    }
    found = {query: Page(admin.get(f"/devices?{query}")).links for query in wanted}
    devices = {
        query: {link.removeprefix("/devices/") for link in links if link.startswith("/devices/MB")}
        for query, links in found.items()
    }
    assert devices == wanted


def test_an_empty_ledger_says_what_to_do_and_offers_it(admin: TestClient, desk: TestClient) -> None:
    assert "/devices/new" in Page(admin.get("/devices")).links
    assert "/devices/new" not in Page(desk.get("/devices")).links


def test_a_long_list_goes_on_with_its_filter_and_its_file_has_the_filter_too(admin: TestClient) -> None:
    admin.post("/api/pools", json=PHONES)
    for number in range(51):
        device(admin, f"S-{number:03d}", pool="course-phones")
    page = Page(admin.get("/devices?pool=course-phones"))
    following = next(link for link in page.links if "cursor=" in link)
    assert parse_qs(urlsplit(following).query)["pool"] == ["course-phones"]
    assert "/devices/S-050" not in page.links
    assert "/devices/S-050" in Page(admin.get(following)).links
    assert "/api/exports/devices.xlsx?pool=course-phones" in page.links


def test_a_card_of_a_lent_device_names_the_borrower_and_offers_the_return(admin: TestClient, desk: TestClient) -> None:
    stock(admin)
    loan = lend(admin, "MB-S-0001")
    page = Page(desk.get("/devices/mb-s-0001"))
    assert "生涯学習課" in page.h1
    assert "/devices/MB-S-0001/return" in page.links
    assert f"/loans/{loan}" in page.links
    assert "/devices/MB-S-0001/edit" not in page.links


def test_a_viewer_reads_the_card_and_is_offered_no_act(admin: TestClient, sign_in: SignIn) -> None:
    stock(admin)
    admin.post("/api/devices/MB-S-0001/holds", json={"reason": "inspect", "note": "画面のひび"})
    page = Page(sign_in("viewer").get("/devices/MB-S-0001"))
    assert "画面のひび" in page.texts["p"]
    assert [form for form in page.forms if form.startswith("/devices")] == []
    assert not {link for link in page.links if link.startswith(("/devices/MB-S-0001/", "/loans/new", "/labels?"))}


def test_an_unknown_device_is_a_page_of_its_own(admin: TestClient) -> None:
    answer = admin.get("/devices/NOPE")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


def test_the_past_shows_eight_and_then_everything(admin: TestClient) -> None:
    stock(admin)
    for _ in range(5):
        admin.post("/api/devices/MB-T-0001/holds", json={"reason": "repair"})
        hold = card(admin, "MB-T-0001")["holds"][0]["id"]
        admin.post(f"/api/devices/MB-T-0001/holds/{hold}/release", json={})
    short = admin.get("/devices/MB-T-0001")
    assert short.text.count('<li class="knot">') == 8
    assert "/devices/MB-T-0001?all=1" in Page(short).links
    # Ten acts on the hold and the entering, whose label number belongs to the same knot.
    assert admin.get("/devices/MB-T-0001?all=1").text.count('<li class="knot">') == 11


def test_a_return_and_the_stop_it_asked_for_are_one_knot(admin: TestClient) -> None:
    stock(admin)
    lend(admin, "MB-S-0001")
    post(admin, "/devices/MB-S-0001/return")
    answer = admin.get("/devices/MB-S-0001")
    assert answer.text.count('<li class="knot">') == 3
    assert [hold["reason"] for hold in card(admin, "MB-S-0001")["holds"]] == ["wipe"]


def test_stopping_and_releasing_by_form(admin: TestClient, desk: TestClient) -> None:
    stock(admin)
    done = post(desk, "/devices/MB-S-0001/holds", reason="repair", note="電源が入らない")
    assert done == (303, "/devices/MB-S-0001?done=held")
    hold = card(desk, "MB-S-0001")["holds"][0]
    assert (hold["reason"], hold["note"]) == ("repair", "電源が入らない")
    path = f"/devices/MB-S-0001/holds/{hold['id']}/release"
    assert path in Page(desk.get("/devices/MB-S-0001")).forms
    assert post(desk, path, note="") == (303, "/devices/MB-S-0001?done=released")
    assert card(desk, "MB-S-0001")["state"] == "in_stock"


def test_a_link_may_propose_why_a_device_is_stopped(admin: TestClient, desk: TestClient) -> None:
    stock(admin)
    assert Page(desk.get("/devices/MB-S-0001?stop=missing")).fields["reason"] == "missing"
    for other in ("", "?stop=", "?stop=stolen"):
        assert not Page(desk.get(f"/devices/MB-S-0001{other}")).fields["reason"]
    assert card(desk, "MB-S-0001")["holds"] == []


def test_a_stop_without_reason_comes_back_filled(admin: TestClient, desk: TestClient) -> None:
    stock(admin)
    answer = desk.post("/devices/MB-S-0001/holds", data={"reason": "", "note": "電源が入らない"})
    assert answer.status_code == 422
    assert Page(answer).fields["note"] == "電源が入らない"
    assert 'href="#f-reason"' in answer.text and 'id="f-reason"' in answer.text
    assert card(desk, "MB-S-0001")["holds"] == []


def test_a_return_by_form_keeps_what_was_counted_and_stops_what_looks_odd(admin: TestClient, desk: TestClient) -> None:
    stock(admin)
    loan = lend(admin, "MB-S-0001")
    page = Page(desk.get("/devices/MB-S-0001/return"))
    assert (page.fields["accessory-0"], page.fields["accessory-1"], page.fields["ok"]) == ("1", "2", "yes")
    sent = page.fields | {"accessory-1": "", "ok": "no", "note": "画面のひび"}
    assert post(desk, "/devices/MB-S-0001/return", **sent) == (303, "/devices/MB-S-0001?done=returned")
    item = desk.get(f"/api/loans/{loan}").json()["items"][0]
    assert item["returned_accessories"] == {"充電器": 1}
    assert (item["condition_ok"], item["condition_note"]) == (False, "画面のひび")
    assert {hold["reason"] for hold in card(desk, "MB-S-0001")["holds"]} == {"wipe", "inspect"}
    # The same press again is the same act.
    assert post(desk, "/devices/MB-S-0001/return", **sent) == (303, "/devices/MB-S-0001?done=returned")
    assert len(card(desk, "MB-S-0001")["holds"]) == 2


def test_a_miscounted_accessory_leads_to_its_field(admin: TestClient, desk: TestClient) -> None:
    stock(admin)
    lend(admin, "MB-S-0001")
    fields = Page(desk.get("/devices/MB-S-0001/return")).fields
    answer = desk.post("/devices/MB-S-0001/return", data=fields | {"accessory-1": "ふたつ", "note": "傷"})
    assert answer.status_code == 422
    assert 'href="#f-accessory-1"' in answer.text and 'id="f-accessory-1-wrong"' in answer.text
    assert Page(answer).fields["note"] == "傷"
    assert card(desk, "MB-S-0001")["state"] == "on_loan"


def test_a_return_of_what_is_here_says_so(admin: TestClient, desk: TestClient) -> None:
    stock(admin)
    assert "op_id" not in Page(desk.get("/devices/MB-S-0001/return")).fields
    assert post(desk, "/devices/MB-S-0001/return") == (303, "/devices/MB-S-0001?done=already-here")


def test_a_new_device_by_form(admin: TestClient, sign_in: SignIn) -> None:
    stock(admin)
    it = sign_in("it")
    fields = {
        "pool": "head-tablets",
        "asset_number": "ｍｂ－ｔ－０００９",
        "model": "TB-10A",
        "call_number": "9",
        "serial": "",
        "imei": "353918 05-123456 7",
        "line_number": "090-0000-0000",
        "acquired_on": "2026-04-01",
        "price_yen": "38500",
        "lease_until": "2031-03-31",
        "monthly_cost_yen": "1650",
        "os_support_until": "2030-06-30",
        "section": "情報政策課",
        "place": "保管庫",
        "note": "1行目\n2行目",
    }
    assert post(it, "/devices/new", **fields) == (303, "/devices/MB-T-0009?done=created")
    made = card(it, "MB-T-0009")
    assert (made["imei"], made["serial"], made["price_yen"]) == ("353918051234567", None, 38500)
    assert (made["acquired_on"], made["lease_until"], made["os_support_until"]) == (
        "2026-04-01",
        "2031-03-31",
        "2030-06-30",
    )
    assert (made["note"], made["call_number"], made["monthly_cost_yen"]) == ("1行目\n2行目", 9, 1650)
    assert made["tag"] is not None


def test_the_case_of_an_asset_number_stays_as_typed(admin: TestClient) -> None:
    stock(admin)
    assert post(admin, "/devices/new", pool="head-tablets", asset_number="mb-t-0010", model="TB")[1].startswith(
        "/devices/mb-t-0010"
    )


def test_a_wrong_new_device_comes_back_filled(admin: TestClient) -> None:
    stock(admin)
    answer = admin.post(
        "/devices/new", data={"pool": "head-tablets", "asset_number": "MB-T-0001", "model": "", "price_yen": "たくさん"}
    )
    assert answer.status_code == 422
    page = Page(answer)
    assert (page.fields["asset_number"], page.fields["price_yen"], page.fields["pool"]) == (
        "MB-T-0001",
        "たくさん",
        "head-tablets",
    )
    for field in ("model", "price_yen"):
        assert f'id="f-{field}-wrong"' in answer.text
    taken = admin.post("/devices/new", data={"pool": "head-tablets", "asset_number": "MB-T-0001", "model": "TB"})
    assert taken.status_code == 422 and 'id="f-asset_number-wrong"' in taken.text


def test_an_edit_shows_what_is_stored_and_an_emptied_field_is_empty(admin: TestClient) -> None:
    stock(admin)
    page = Page(admin.get("/devices/MB-T-0001/edit"))
    assert (page.fields["serial"], page.fields["lease_until"]) == ("HA1K7Q2043", "2031-03-31")
    sent = page.fields | {"serial": "", "place": "保管庫"}
    for name in ("q", ""):
        sent.pop(name, None)
    assert post(admin, "/devices/MB-T-0001/edit", **sent) == (303, "/devices/MB-T-0001?done=changed")
    changed = card(admin, "MB-T-0001")
    assert (changed["serial"], changed["place"], changed["lease_until"]) == (None, "保管庫", "2031-03-31")


def test_the_second_of_two_editors_is_told_and_keeps_the_words(admin: TestClient) -> None:
    stock(admin)
    seen = Page(admin.get("/devices/MB-T-0001/edit")).fields["if_match"]
    base = {"pool": "head-tablets", "model": "TB-10A", "if_match": seen}
    assert post(admin, "/devices/MB-T-0001/edit", **base, place="1階")[0] == 303
    answer = admin.post("/devices/MB-T-0001/edit", data=base | {"place": "2階"})
    assert answer.status_code == 412
    assert Page(answer).fields["place"] == "2階"
    assert "/devices/MB-T-0001/edit" in Page(answer).links
    assert card(admin, "MB-T-0001")["place"] == "1階"


def test_retiring_needs_a_reason_and_a_device_that_is_here(admin: TestClient) -> None:
    stock(admin)
    lend(admin, "MB-S-0001")
    assert "reason" not in Page(admin.get("/devices/MB-S-0001/retire")).fields
    assert post(admin, "/devices/MB-S-0001/retire", reason="故障")[0] == 409
    assert post(admin, "/devices/MB-S-0002/retire", reason="")[0] == 422
    assert post(admin, "/devices/MB-S-0002/retire", reason="リース満了") == (303, "/devices/MB-S-0002?done=retired")
    gone = card(admin, "MB-S-0002")
    assert (gone["state"], gone["retired_reason"]) == ("retired", "リース満了")
    page = Page(admin.get("/devices/MB-S-0002"))
    assert [form for form in page.forms if "MB-S-0002" in form] == []


def test_a_fresh_label_number_and_a_printed_one(admin: TestClient) -> None:
    stock(admin)
    first = card(admin, "MB-S-0001")["tag"]
    assert post(admin, "/devices/MB-S-0001/tag", which="fresh", number="") == (303, "/devices/MB-S-0001?done=tagged")
    second = card(admin, "MB-S-0001")["tag"]
    assert second not in (None, first)
    blank = admin.post("/api/labels/blanks", json={"count": 1}).json()["numbers"][0]
    typed = f"HTTPS://OTHER.EXAMPLE/T/{blank}"
    assert post(admin, "/devices/MB-S-0001/tag", which="printed", number=typed)[0] == 303
    assert card(admin, "MB-S-0001")["tag"] == blank


def test_a_label_number_that_is_none_changes_nothing(admin: TestClient) -> None:
    stock(admin)
    before = card(admin, "MB-S-0001")["tag"]
    for number in ("", "12345678", "MB-S-0002"):
        answer = admin.post("/devices/MB-S-0001/tag", data={"which": "printed", "number": number})
        assert answer.status_code == 422
        assert Page(answer).fields["number"] == number
        assert 'id="f-number-wrong"' in answer.text
    assert card(admin, "MB-S-0001")["tag"] == before


def test_each_page_lets_in_its_roles(admin: TestClient, sign_in: SignIn) -> None:
    stock(admin)
    wanted = {
        "/devices": {"viewer", "desk", "it"},
        "/devices/MB-S-0001": {"viewer", "desk", "it"},
        "/devices/MB-S-0001/return": {"desk"},
        "/devices/MB-S-0001/edit": {"it"},
        "/devices/MB-S-0001/retire": {"it"},
        "/devices/MB-S-0001/tag": {"it"},
        "/devices/new": {"it"},
    }
    visitors = {role: sign_in(role) for role in ("viewer", "desk", "it")}
    allowed = {
        path: {role for role, visitor in visitors.items() if visitor.get(path).status_code == 200} for path in wanted
    }
    assert allowed == wanted


def test_each_act_is_refused_to_others(admin: TestClient, sign_in: SignIn) -> None:
    stock(admin)
    before = card(admin, "MB-S-0001")
    visitors = {role: sign_in(role) for role in ("viewer", "desk", "it")}
    for path, role in (
        ("/devices/MB-S-0001/holds", "viewer"),
        ("/devices/MB-S-0001/holds/1/release", "viewer"),
        ("/devices/MB-S-0001/return", "it"),
        ("/devices/MB-S-0001/edit", "desk"),
        ("/devices/MB-S-0001/retire", "desk"),
        ("/devices/MB-S-0001/tag", "desk"),
        ("/devices/new", "desk"),
    ):
        fields = {"reason": "lost", "pool": "head-tablets", "model": "x"}
        assert (path, post(visitors[role], path, **fields)[0]) == (path, 403)
    assert card(admin, "MB-S-0001") == before
