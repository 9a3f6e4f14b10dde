"""The desk's page as the server sends it: whom it lets in, what it offers, what it suggests."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient

from inventory.calendar import TOKYO, fiscal_year, today
from tests.api.conftest import op

TODAY = today(datetime.now(UTC))


class Read(HTMLParser):
    """Forms of a page: ``acts`` (value → checked), ``options`` (select id → values), ``chosen`` (select id → value)."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.acts: dict[str, bool] = {}
        self.options: dict[str, list[str]] = {}
        self.chosen: dict[str, str] = {}
        self.kind = ""
        self.at_once = False
        self.ids: set[str] = set()
        self.needs: dict[str, str] = {}
        self.accessories: dict[str, dict[str, int]] = {}
        self.text = html
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given["id"]} if "id" in given else set()
        if "data-accessories" in given:
            self.accessories = json.loads(given["data-accessories"])
        if given.get("name") == "act":
            self.acts[given["value"]] = "checked" in given
        elif tag == "form" and given.get("id") == "chooser":
            self.kind, self.at_once = given["data-kind"], "data-chosen" in given
        elif tag == "select":
            self._select = given["id"]
            self.options[self._select] = []
        elif tag == "option":
            self.options[self._select].append(given["value"])
            self.needs[given["value"]] = given.get("data-needs", "")
            if "selected" in given:
                self.chosen[self._select] = given["value"]


def see(client: TestClient, query: str = "") -> Read:
    answer = client.get(f"/desk{query}")
    assert answer.status_code == 200, answer.text
    return Read(answer.text)


@pytest.fixture
def course(admin: TestClient) -> Callable[..., str]:
    """``course(days, title)`` enters a course that many days from today, all day long, and says its id."""
    programme = admin.post(
        "/api/programmes", json={"code": "A", "fiscal_year": fiscal_year(TODAY), "name": "スマホ講座"}, headers=op()
    ).json()["id"]

    def enter(days: int, title: str, **more: int) -> str:
        day = TODAY + timedelta(days=days)
        begins, ends = (datetime.combine(day, at, tzinfo=TOKYO).isoformat() for at in (time(0), time(23, 59, 59)))
        body = {"programme": programme, "title": title, "starts_at": begins, "ends_at": ends, **more}
        answer = admin.post("/api/courses", json=body, headers=op())
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    return enter


def associate(admin: TestClient, name: str, until: str | None = None, **more: str) -> str:
    answer = admin.post("/api/associations", json={"name": name, **more}, headers=op())
    assert answer.status_code == 201, answer.text
    number = str(answer.json()["id"])
    if until:
        officer = {"name": "高橋 一郎", "office": "会長", "from": "2020-04-01", "until": until, "phone": "027-898-1234"}
        assert admin.post(f"/api/associations/{number}/officers", json=officer, headers=op()).status_code == 201
    return number


def test_the_desk_opens_for_those_who_scan(sign_in: Callable[[str], TestClient], anonymous: TestClient) -> None:
    assert sign_in("viewer").get("/desk").status_code == 403
    turned_away = anonymous.get("/desk")
    assert turned_away.status_code in (303, 307) and turned_away.headers["location"].startswith("/sign-in")
    everything = ["lend", "return", "swap", "move", "inspect", "wipe", "see"]
    assert list(see(sign_in("desk")).acts) == list(see(sign_in("admin")).acts) == everything
    # The information section works holds off, moves things and looks them up; it neither lends nor returns.
    page = see(sign_in("it"), "?act=lend")
    assert list(page.acts) == ["move", "inspect", "wipe", "see"] and page.acts["move"]
    assert not {"chooser", "swapping", "remaining"} & page.ids and "mover" in page.ids


def test_only_the_desk_may_compile_a_decoder(desk: TestClient) -> None:
    assert "'wasm-unsafe-eval'" in desk.get("/desk").headers["content-security-policy"]
    assert "'wasm-unsafe-eval'" not in desk.get("/livez").headers["content-security-policy"]


def test_an_empty_ledger_opens_too_and_strange_addresses_ask(desk: TestClient) -> None:
    for query in ("", "?act=burn", "?course=999999", "?association=x", "?venue=NOWHERE", "?act=&course="):
        page = see(desk, query)
        assert page.acts["lend"] and page.kind == "association" and not page.at_once


def test_the_next_course_is_suggested_but_not_taken(desk: TestClient, course: Callable[..., str]) -> None:
    later, now, beyond = course(3, "あとの講座"), course(0, "今日の講座"), course(30, "来月の講座")
    past = course(-2, "おとといの講座")
    page = see(desk)
    assert page.options["to-course"] == [now, later]
    assert (page.kind, page.chosen["to-course"], page.at_once) == ("course", now, False)
    # A link names its course, whenever it is held; then nobody is asked.
    for named in (beyond, past, now):
        page = see(desk, f"?course={named}")
        assert (page.kind, page.chosen["to-course"], page.at_once) == ("course", named, True)


def test_an_association_is_offered_with_its_head_and_never_with_a_telephone_number(
    admin: TestClient, desk: TestClient
) -> None:
    ogo = admin.post("/api/districts", json={"name": "大胡地区", "name_kana": "オオゴ"}, headers=op()).json()["id"]
    headed = associate(admin, "堀越町自治会", until="2990-03-31", district=ogo)
    alone = associate(admin, "茂木町自治会")
    page = see(desk, f"?act=return&association={headed}")
    assert page.options["to-association"] == [headed, alone]
    assert (page.kind, page.chosen["to-association"], page.at_once) == ("association", headed, True)
    assert "高橋 一郎" in page.text and "3月31日" in page.text and "898-1234" not in page.text
    assert [act for act, checked in page.acts.items() if checked] == ["return"]


def test_a_venue_can_be_named_as_well(admin: TestClient, desk: TestClient) -> None:
    venue = {"code": "OGO", "kind": "kominkan", "name": "大胡公民館"}
    assert admin.post("/api/venues", json=venue, headers=op()).status_code == 201
    page = see(desk, "?venue=OGO")
    assert (page.kind, page.chosen["to-venue"], page.at_once) == ("venue", "OGO", True)
    assert page.options["to-venue"] == ["", "OGO"]


def test_a_course_says_how_many_devices_it_wants_and_can_be_followed_while_they_come_back(
    desk: TestClient, course: Callable[..., str]
) -> None:
    counted, open_to_all = course(0, "今日の講座", capacity=15), course(1, "あすの講座")
    page = see(desk, f"?act=return&course={counted}")
    assert (page.needs[counted], page.needs[open_to_all]) == ("15", "")
    assert page.options["remaining-course"] == ["", counted, open_to_all]


@pytest.mark.parametrize(("kind", "needs"), [("router", "16"), ("smartphone", "1")])
def test_what_is_reserved_for_a_course_is_wanted_at_the_desk(
    admin: TestClient, desk: TestClient, course: Callable[..., str], kind: str, needs: str
) -> None:
    """A router goes along with a phone for each place; phones that are reserved are the phones."""
    admin.post("/api/pools", json={"id": "one", "name": "区分", "kind": kind}, headers=op())
    admin.post("/api/devices", json={"pool": "one", "asset_number": "R-1", "model": "型"}, headers=op())
    tomorrow = course(1, "あすの講座", capacity=15)
    begins, ends = (datetime.combine(TODAY + timedelta(days=1), at, tzinfo=TOKYO) for at in (time(10), time(11)))
    order = {"pool": "one", "quantity": 1, "from": begins.isoformat(), "until": ends.isoformat(), "course": tomorrow}
    assert admin.post("/api/reservations", json=order, headers=op()).status_code == 201
    assert see(desk).needs[tomorrow] == needs


def test_the_page_says_what_goes_out_with_a_device_for_halls_without_a_network(
    admin: TestClient, desk: TestClient
) -> None:
    plain = {"id": "phones", "name": "講座用スマートフォン", "kind": "smartphone"}
    packed = {"id": "tablets", "name": "会長タブレット", "kind": "tablet"} | {
        "accessories": [{"name": '充電器"<b>', "count": 1}, {"name": "ケーブル", "count": 2}]
    }
    for pool in (plain, packed):
        assert admin.post("/api/pools", json=pool, headers=op()).status_code == 201
    assert see(desk).accessories == {"tablets": {'充電器"<b>': 1, "ケーブル": 2}}
