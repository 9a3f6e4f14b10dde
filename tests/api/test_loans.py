"""Lending and returning over JSON."""

from fastapi.testclient import TestClient

from tests.api.conftest import op

POOL = {"id": "head-tablets", "name": "自治会長タブレット", "kind": "tablet", "after_term": "wipe"}


def _stock(admin: TestClient, count: int) -> None:
    assert admin.post("/api/pools", json=POOL).status_code == 201
    for number in range(1, count + 1):
        device = {
            "pool": "head-tablets",
            "asset_number": f"MB-T-{number:04d}",
            "model": "TB-10A",
            "call_number": number,
        }
        assert admin.post("/api/devices", json=device).status_code == 201


def _association(admin: TestClient) -> str:
    district = admin.post("/api/districts", json={"name": "大胡地区"}).json()["id"]
    made = admin.post("/api/associations", json={"name": "堀越町自治会", "district": district})
    assert made.status_code == 201, made.text
    head = {"name": "金井 康男", "name_kana": "カナイ ヤスオ", "office": "会長", "from": "2026-04-01", "until": None}
    assert admin.post(f"/api/associations/{made.json()['id']}/officers", json=head).status_code == 201
    return str(made.json()["id"])


def test_three_tablets_go_out_one_comes_back_is_wiped_and_goes_out_again(admin: TestClient) -> None:
    _stock(admin, 3)
    association = _association(admin)
    order = {
        "borrower": {"association": association},
        "devices": ["MB-T-0001", "MB-T-0002", "MB-T-0003"],
        "due": {"end_of_office": True},
    }
    lent = admin.post("/api/loans", json=order, headers=op())
    assert lent.status_code == 201, lent.text
    loan = lent.json()
    assert loan["borrower"] == {"type": "association", "id": association, "name": "大胡地区 堀越町自治会"}
    assert [item["asset_number"] for item in loan["items"]] == order["devices"]
    assert loan["officer"]["name"] == "金井 康男"

    again = admin.post("/api/loans", json=order, headers=op())
    assert (again.status_code, again.json()["code"], again.json()["device"]) == (409, "already-lent", "MB-T-0001")

    back = admin.post("/api/returns", json={"devices": ["MB-T-0002"]}, headers=op())
    assert back.json()["results"][0]["outcome"] == "returned"
    assert back.json()["results"][0]["holds_opened"] == ["wipe"]

    one = order | {"devices": ["MB-T-0002"]}
    held = admin.post("/api/loans", json=one, headers=op())
    assert (held.status_code, held.json()["code"], held.json()["holds"]) == (409, "held", ["wipe"])

    hold = admin.get("/api/devices/MB-T-0002").json()["holds"][0]["id"]
    released = admin.post(f"/api/devices/MB-T-0002/holds/{hold}/release", json={"note": "初期化した"})
    assert released.json()["state"] == "in_stock"
    assert admin.post("/api/loans", json=one, headers=op()).status_code == 201


def test_the_same_op_id_gives_the_same_loan(admin: TestClient) -> None:
    _stock(admin, 2)
    order = {"borrower": {"section": "情報政策課"}, "devices": ["MB-T-0001"], "due": {"on": "2999-01-01"}}
    key = op()
    first = admin.post("/api/loans", json=order, headers=key)
    again = admin.post("/api/loans", json=order, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json()["number"] == first.json()["number"]
    other = admin.post("/api/loans", json=order | {"devices": ["MB-T-0002"]}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "op-id-reused")
    assert admin.get("/api/devices/MB-T-0002").json()["state"] == "in_stock"
