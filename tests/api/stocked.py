"""A small ledger for the tests of pages: two pools, a few devices, an association with its head, and loans."""

from html.parser import HTMLParser
from typing import Any, Protocol

from fastapi.testclient import TestClient

from tests.api.conftest import op

PHONES = {
    "id": "course-phones",
    "name": "講座用スマートフォン",
    "kind": "smartphone",
    "after_course": "inspect",
    "after_term": "wipe",
    "accessories": [{"name": "充電器", "count": 1}, {"name": "タッチペン 予備", "count": 2}],
}
TABLETS = {"id": "head-tablets", "name": "自治会長タブレット", "kind": "tablet"}


def stock(admin: TestClient) -> None:
    """Pools ``course-phones`` with MB-S-0001 … 0003 and ``head-tablets`` with MB-T-0001."""
    for pool in (PHONES, TABLETS):
        assert admin.post("/api/pools", json=pool).status_code == 201
    for number in (1, 2, 3):
        device(admin, f"MB-S-{number:04d}", pool="course-phones", call_number=number, place="中央公民館")
    device(admin, "MB-T-0001", pool="head-tablets", serial="HA1K7Q2043", lease_until="2031-03-31")


def device(admin: TestClient, asset_number: str, *, pool: str, **fields: Any) -> dict[str, Any]:
    body = {"pool": pool, "asset_number": asset_number, "model": "10型 TB-10A", **fields}
    made = admin.post("/api/devices", json=body)
    assert made.status_code == 201, made.text
    return card(admin, asset_number)


def card(client: TestClient, asset_number: str) -> dict[str, Any]:
    answer = client.get(f"/api/devices/{asset_number}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def lend(client: TestClient, *devices: str, section: str = "生涯学習課", due: str = "2999-03-31") -> str:
    order = {"borrower": {"section": section}, "devices": list(devices), "due": {"on": due}}
    made = client.post("/api/loans", json=order, headers=op())
    assert made.status_code == 201, made.text
    return str(made.json()["number"])


def association(admin: TestClient, name: str = "堀越町自治会", head: str = "金井 康男", **contacts: str) -> str:
    made = admin.post("/api/associations", json={"name": name, "name_kana": "ホリコシマチ"})
    assert made.status_code == 201, made.text
    number = str(made.json()["id"])
    officer = {"name": head, "office": "会長", "from": "2026-04-01", "until": "2028-03-31", **contacts}
    added = admin.post(f"/api/associations/{number}/officers", json=officer)
    assert added.status_code == 201, added.text
    return number


class Answer(Protocol):
    @property
    def text(self) -> str: ...


class Page(HTMLParser):
    """What a page offers: its fields with their values, its links and forms, and its text by element."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.links: list[str] = []
        self.forms: list[str] = []
        self.texts: dict[str, str] = {}
        self._open: list[str] = []
        self._select = ""
        self._area = ""
        self.feed(answer.text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "input" and (given.get("type") not in ("radio", "checkbox") or "checked" in given):
            self.fields[name] = given.get("value", "")
        elif tag == "select":
            self._select = name
            self.fields[name] = ""
        elif tag == "option" and "selected" in given:
            self.fields[self._select] = given["value"]
        elif tag == "textarea":
            self._area = name
            self.fields[name] = ""
        elif tag == "a":
            self.links.append(given.get("href", ""))
        elif tag == "form":
            self.forms.append(given.get("action", ""))
        if tag in ("h1", "p", "dd", "th", "td", "h2", "textarea"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        if self._open and self._open[-1] == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] = (self.fields[self._area] + data).removeprefix("\n")
        if self._open:
            self.texts[self._open[-1]] = self.texts.get(self._open[-1], "") + data

    @property
    def h1(self) -> str:
        return self.texts.get("h1", "").strip()
