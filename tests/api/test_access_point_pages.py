"""Access points, passphrases and posters by form: what is shown to whom, and what comes back filled."""

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient

from tests.api.furnishing import made, venue
from tests.api.test_access_points import AT, PHRASE, POINT, printed, put_up, words

HALL = "/venues/ohgo"


@pytest.fixture
def it(sign_in: Callable[[str], TestClient], admin: TestClient) -> TestClient:
    venue(admin)
    made(admin, "/api/pools", {"id": "aps", "name": "無線アクセスポイント", "kind": "access_point"})
    for number in ("AP-1", "AP-2"):
        made(admin, "/api/devices", {"pool": "aps", "asset_number": number, "model": "AP-300"})
    return sign_in("it")


class Form(HTMLParser):
    """What a browser would send with the form that is to be filled in, as it stands."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.sent: dict[str, str] = {}
        self.inside = False
        self.area = self.choice = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = given.get("class") == "form"
        if not self.inside:
            return
        if tag == "input" and (given["type"] not in ("radio", "checkbox") or "checked" in given):
            self.sent[given["name"]] = given.get("value", "")
        elif tag == "textarea":
            self.area = given["name"]
            self.sent[self.area] = ""
        elif tag == "select":
            self.choice = given["name"]
            self.sent[self.choice] = ""
        elif tag == "option" and self.choice and "selected" in given:
            self.sent[self.choice] = given["value"]

    def handle_endtag(self, tag: str) -> None:
        self.area = "" if tag == "textarea" else self.area
        self.choice = "" if tag == "select" else self.choice
        self.inside = self.inside and tag != "form"

    def handle_data(self, data: str) -> None:
        if self.area:
            self.sent[self.area] += data.removeprefix("\n")


def form_of(client: TestClient, path: str) -> dict[str, str]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return Form(answer.text).sent


def points(client: TestClient) -> list[dict[str, object]]:
    found: list[dict[str, object]] = client.get(AT).json()["items"]
    return found


def test_an_access_point_from_the_form_to_the_venues_page(it: TestClient, viewer: TestClient) -> None:
    assert f'href="{HALL}/access-points/new"' in it.get(HALL).text
    assert "access-points" not in viewer.get(HALL).text
    form = form_of(it, f"{HALL}/access-points/new")
    assert (form["auth"], "AP-1" in it.get(f"{HALL}/access-points/new").text) == ("passphrase", True)
    form |= {"ssid": "Maebashi-Free-WiFi", "area": "1階ロビー", "passphrase": PHRASE, "device": "ap-1"}
    form |= {"disaster_ssid": "yes", "passphrase_until": "2999-04-01", "note": "天井裏"}
    done = it.post(f"{HALL}/access-points/new", data=form)
    assert (done.status_code, done.headers["location"]) == (303, f"{HALL}?done=point-added")
    (card,) = points(it)
    assert (card["disaster_ssid"], card["has_passphrase"], card["note"]) == (True, True, "天井裏")
    assert card["device"] == {"asset_number": "AP-1", "model": "AP-300", "installed": True}
    page = viewer.get(HALL).text
    for word in ("Maebashi-Free-WiFi", "1階ロビー", "00000JAPAN", 'href="/devices/AP-1"', "設置中", "天井裏"):
        assert word in page, word
    assert it.post(f"{HALL}/access-points/new", data=form).status_code == 303
    assert len(points(it)) == 1


def test_a_refused_form_comes_back_filled_but_for_the_passphrase(it: TestClient) -> None:
    form = form_of(it, f"{HALL}/access-points/new")
    form |= {"ssid": "x" * 33, "area": "1階ロビー", "passphrase": PHRASE}
    answer = it.post(f"{HALL}/access-points/new", data=form)
    assert (answer.status_code, PHRASE in answer.text) == (422, False)
    assert 'value="1階ロビー"' in answer.text
    assert {"f-ssid-wrong", "f-passphrase-wrong"} <= set(re.findall(r'id="(f-[a-z_]+-wrong)"', answer.text))
    taken = it.post(f"{HALL}/access-points/new", data=form | {"ssid": "ok", "device": "NONE"})
    assert (taken.status_code, 'id="f-device-wrong"' in taken.text, PHRASE in taken.text) == (404, True, False)
    assert points(it) == []


def test_an_edit_shows_what_stands_and_the_second_of_two_is_told(it: TestClient) -> None:
    card = put_up(it, device="AP-1", disaster_ssid=True, band="5GHz")
    path = f"{HALL}/access-points/{card['id']}/edit"
    form = form_of(it, path)
    assert (form["ssid"], form["band"], form["device"], form["disaster_ssid"]) == (
        "Maebashi-Free-WiFi", "5GHz", "AP-1", "yes",
    )  # fmt: skip
    assert "passphrase" not in form
    changed = {name: value for name, value in form.items() if name != "disaster_ssid"} | {"device": "AP-2", "band": ""}
    assert it.post(path, data=changed).headers["location"] == f"{HALL}?done=point-changed"
    (now,) = points(it)
    assert (now["band"], now["disaster_ssid"]) == (None, False)
    assert now["device"] == {"asset_number": "AP-2", "model": "AP-300", "installed": True}
    assert it.get("/api/devices/AP-1").json()["state"] == "in_stock"
    late = it.post(path, data=form | {"op_id": "another", "area": "3階"})
    assert (late.status_code, 'value="3階"' in late.text) == (412, True)


def test_what_was_taken_down_is_folded_away(it: TestClient, desk: TestClient) -> None:
    card = put_up(it, device="AP-1")
    assert desk.post("/devices/AP-1/return", data={"ok": "yes", "op_id": "back"}).status_code == 303
    assert "機器が外されています" in it.get(HALL).text
    path = f"{HALL}/access-points/{card['id']}/remove"
    form = form_of(it, path)
    wrong = it.post(path, data=form | {"on": "2999-01-01", "op_id": "wrong", "reason": "館の改修"})
    assert (wrong.status_code, 'value="館の改修"' in wrong.text) == (422, True)
    assert it.post(path, data=form | {"reason": "館の改修"}).headers["location"] == f"{HALL}?done=point-removed"
    page = it.get(HALL).text
    assert ("取り外しずみ" in page, "外したわけ：館の改修" in page) == (True, True)
    assert "もう記録されています" in it.get(path).text


def test_the_page_of_a_passphrase_shows_makes_and_changes_it(it: TestClient) -> None:
    card = put_up(it)
    path = f"{HALL}/access-points/{card['id']}/passphrase"
    assert f'href="{path}"' in it.get(HALL).text
    first = form_of(it, f"{path}?make=1")["passphrase"]
    assert re.fullmatch(r"([a-z]{4}-){3}[2-9]{4}", first)
    assert form_of(it, f"{path}?make=1")["passphrase"] != first
    form = form_of(it, path) | {"passphrase": first, "until": "2999-04-01"}
    assert it.post(path, data=form).headers["location"] == f"{path}?done=passphrase-changed"
    shown = it.get(path).text
    assert (first in words(shown), "令和981年4月1日" in shown) == (True, True)
    refused = it.post(path, data=form | {"op_id": "short", "passphrase": "short7!"})
    assert (refused.status_code, "short7!" in refused.text, first in words(refused.text)) == (422, False, True)


def test_all_passphrases_change_in_one_form(it: TestClient, admin: TestClient) -> None:
    made(admin, "/api/venues", {"code": "shiki", "kind": "community_center", "name": "敷島コミュニティセンター"})
    one, two = put_up(it, passphrase=PHRASE), put_up(it, area="2階")
    there = made(it, "/api/venues/shiki/access-points", POINT | {"passphrase": PHRASE})
    put_up(it, ssid="staff", auth="portal")
    empty = form_of(it, "/wifi/passphrases")
    assert {name for name in empty if name.startswith("p-")} == {f"p-{one['id']}", f"p-{there['id']}"}
    narrow = form_of(it, "/wifi/passphrases?kind=kominkan")
    assert {name for name in narrow if name.startswith("p-")} == {f"p-{one['id']}"}
    nothing = it.post("/wifi/passphrases", data=empty)
    assert nothing.status_code == 422
    filled = form_of(it, "/wifi/passphrases?make=1") | {"until": "2999-04-01", f"p-{there['id']}": ""}
    fresh = filled[f"p-{one['id']}"]
    bad = it.post("/wifi/passphrases", data=filled | {f"p-{there['id']}": "short", "op_id": "bad"})
    assert (bad.status_code, f'id="f-p-{there["id"]}-wrong"' in bad.text) == (422, True)
    done = it.post("/wifi/passphrases", data=filled)
    assert done.headers["location"] == "/wifi/posters?done=passphrases-changed"
    halls = {code: printed(it.get(f"/api/venues/{code}/wifi-poster.pdf").content) for code in ("ohgo", "shiki")}
    assert (halls["ohgo"].count(fresh), fresh in halls["shiki"], PHRASE in halls["shiki"]) == (1, False, True)
    days = {card["id"]: card["passphrase_until"] for card in points(it)}
    assert (days[one["id"]], days[two["id"]]) == ("2999-04-01", "2999-04-01")


def test_the_page_of_posters_says_what_changes_when(it: TestClient, admin: TestClient) -> None:
    assert 'href="/wifi/posters"' in it.get("/wifi").text
    assert "posters.pdf" not in it.get("/wifi/posters").text
    made(admin, "/api/venues", {"code": "shiki", "kind": "community_center", "name": "敷島コミュニティセンター"})
    put_up(it, passphrase=PHRASE, passphrase_until="2999-04-01")
    made(it, "/api/venues/shiki/access-points", POINT)
    page = it.get("/wifi/posters").text
    assert 'href="/api/wifi/posters.pdf"' in page
    assert ("令和981年4月1日" in page, "パスワードがまだ" in page, PHRASE in words(page)) == (True, True, False)
    assert re.findall(r'name="venue" value="(\w+)"', page) == ["ohgo"]
    only = it.get("/wifi/posters?kind=community_center").text
    assert ('href="/venues/shiki"' in only, 'href="/venues/ohgo"' in only) == (True, False)


def test_installed_devices_are_told_of_as_such(it: TestClient, desk: TestClient) -> None:
    put_up(it, device="AP-1")
    number = it.get("/api/devices/AP-1").json()["loan"]["number"]
    for path in ("/devices/AP-1", "/devices?pool=aps", f"/loans/{number}", "/loans?state=installed", "/find?q=AP-300"):
        page = desk.get(path).text
        assert "設置中" in page, path
        assert ("貸出中</span>" in page, "任期の終わり" in page) == (False, False), path
    assert f"/loans/{number}/extend" not in desk.get(f"/loans/{number}").text
    assert number not in desk.get("/loans").text
    assert "AP-1" not in desk.get("/").text
    extending = desk.get(f"/loans/{number}/extend").text
    assert ("返す日はありません" in extending, '<form class="form"' in extending) == (True, False)
    hall = desk.get(HALL).text
    assert ("貸している端末はありません。" in hall, f"/loans/{number}/return" in hall) == (True, False)
    back = desk.post(f"/loans/{number}/return", data={"device": "AP-1", "op_id": "all-back"})
    assert back.headers["location"] == f"/loans/{number}?done=returned"
    assert "すべて外しました" in desk.get(f"/loans/{number}").text
