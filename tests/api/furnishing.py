"""What the tests of the doors need in the ledger, put there through the doors."""

from typing import Any

from fastapi.testclient import TestClient

from tests.api.conftest import op

POOL: dict[str, Any] = {"id": "head-tablets", "name": "自治会長タブレット", "kind": "tablet", "after_term": "wipe"}
PHONE, EMAIL = "027-283-5678", "kanai@example.jp"


def made(client: TestClient, path: str, order: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(path, json=order, headers=op())
    assert answer.status_code == 201, answer.text
    card: dict[str, Any] = answer.json()
    return card


def stock(client: TestClient, count: int, **rules: Any) -> list[str]:
    """A pool and its devices ``MB-T-0001`` …; the asset numbers."""
    made(client, "/api/pools", POOL | rules)
    return [tablet(client, number) for number in range(1, count + 1)]


def tablet(client: TestClient, number: int, **fields: Any) -> str:
    order = {"pool": POOL["id"], "asset_number": f"MB-T-{number:04d}", "model": "TB-10A", "call_number": number}
    return str(made(client, "/api/devices", order | fields)["asset_number"])


def association(client: TestClient, name: str = "堀越町自治会", until: str | None = None) -> str:
    """An association of 大胡地区 whose head took office in April 2026; its id."""
    districts = {card["name"]: card["id"] for card in client.get("/api/districts").json()["items"]}
    district = districts.get("大胡地区") or made(client, "/api/districts", {"name": "大胡地区"})["id"]
    card = made(client, "/api/associations", {"name": name, "district": district})
    head = {"name": "金井 康男", "name_kana": "カナイ ヤスオ", "from": "2026-04-01", "until": until}
    made(client, f"/api/associations/{card['id']}/officers", head | {"phone": PHONE, "email": EMAIL})
    return str(card["id"])


def venue(client: TestClient, code: str = "ohgo") -> str:
    order = {"code": code, "kind": "kominkan", "name": "大胡公民館", "name_kana": "オオゴコウミンカン"}
    return str(made(client, "/api/venues", order)["code"])


def course(client: TestClient, venue: str | None, starts_at: str, ends_at: str) -> str:
    programme = made(
        client, "/api/programmes", {"code": f"R8-{starts_at[:10]}", "fiscal_year": 2026, "name": "スマホ講座"}
    )
    order = {"programme": programme["id"], "title": "スマホ入門", "venue": venue}
    return str(made(client, "/api/courses", order | {"starts_at": starts_at, "ends_at": ends_at})["id"])


def order_for(*devices: str, **fields: Any) -> dict[str, Any]:
    """An order that needs nothing in the ledger but the devices."""
    return {"borrower": {"section": "情報政策課"}, "devices": list(devices), "due": {"on": "2999-01-01"}} | fields


def lend(client: TestClient, *devices: str, **fields: Any) -> dict[str, Any]:
    return made(client, "/api/loans", order_for(*devices, **fields))


def state_of(client: TestClient, asset_number: str) -> str:
    return str(client.get(f"/api/devices/{asset_number}").json()["state"])


def trouble(client: TestClient, tag: str, **fields: str) -> str:
    """A report on behalf of a caller; its receipt number."""
    parts = {"tag": tag, "category": "power", "on_behalf": "true"} | fields
    answer = client.post("/api/issues", files={name: (None, value) for name, value in parts.items()}, headers=op())
    assert answer.status_code == 201, answer.text
    return str(answer.json()["receipt"])


def city(admin: TestClient) -> None:
    """One of everything that a route can name."""
    stock(admin, 3)
    hall, head = venue(admin), association(admin)
    day = course(admin, hall, "2999-05-20T10:00:00+09:00", "2999-05-20T12:00:00+09:00")
    lend(admin, "MB-T-0001", borrower={"association": head})
    lend(admin, "MB-T-0002", borrower={"course": day}, due=None)
    made(admin, "/api/devices/MB-T-0003/holds", {"reason": "repair"})
    tablet(admin, 4, line_number="090-1111-2222")
    made(admin, "/api/cases", {"code": "BOX-A", "name": "タブレット箱A"})
    told = {"text": "駅でなくした", "reporter_name": "家の人", "phone": PHONE, "email": EMAIL, "call_time": "morning"}
    trouble(admin, "MB-T-0001", category="lost", **told)
    made(admin, "/api/issues/1/hold", {"reason": "lost"})
    made(admin, "/api/issues/1/messages", {"channel": "letter", "text": "お返事です"})
    made(admin, "/api/standard-answers", {"title": "折り返します", "text": "お電話します。"})
    helper = {"name": "荒木 一", "category": "welfare", "consented_on": "2026-06-01", "note": f"携帯は{PHONE}"}
    person = made(admin, "/api/supporters", helper | {"phone": PHONE, "email": EMAIL})["id"]
    assert admin.post(f"/api/courses/{day}/helpers", json={"supporters": [person]}, headers=op()).status_code == 200
    made(admin, "/api/wishes", {"association": head, "kind": "continuation", "words": "来年も開いてほしい"})
