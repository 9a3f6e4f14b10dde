"""Whoever finds a lent device: every page and answer that is open to anybody is fetched and searched for what it must
not show."""

from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.api.conftest import op
from tests.api.doors import routes
from tests.api.furnishing import EMAIL, PHONE, association, made, order_for, stock, venue

# What stands in the ledger about the borrower, about other devices, and about this one beyond its kind.
SECRETS = (
    "堀越町", "金井", "カナイ", "康男", "大胡地区", PHONE, PHONE.replace("-", ""), EMAIL, "MB-T-0001", "MB-T-0002",
    "TB-10A", "HA1K7Q2043", "R8-", "生涯学習", "報告した人", "027-111-2222", "内緒のメモ", "別の報告の文",
)  # fmt: skip


def test_nothing_of_the_borrower_and_nothing_of_other_devices(
    app: FastAPI, admin: TestClient, anonymous: TestClient
) -> None:
    stock(admin, 1)
    made(
        admin,
        "/api/devices",
        {"pool": "head-tablets", "asset_number": "MB-T-0002", "model": "TB-10A", "serial": "HA1K7Q2043"},
    )
    head = association(admin)
    venue(admin)
    loan: dict[str, Any] = {"borrower": {"association": head}, "due": {"end_of_office": True}}
    made(admin, "/api/loans", order_for("MB-T-0001", "MB-T-0002") | loan)
    tag, other = (admin.get(f"/api/devices/MB-T-000{n}").json()["tag"] for n in (1, 2))
    fields = {"tag": tag, "category": "power", "text": "つかない"}
    own = anonymous.post("/api/issues", data=fields, headers=op()).json()
    named = {"reporter_name": "報告した人", "phone": "027-111-2222", "text": "別の報告の文"}
    second = anonymous.post("/api/issues", data=fields | named, headers=op()).json()
    secret = own["link"].removeprefix("/R/")

    fetched = 0
    for route in routes(app):
        if not route.doors or not route.doors[0].anybody:
            continue
        for number in (tag, f"{tag[:4]} {tag[4:]}"):
            path = route.path.replace("{number:path}", number).replace("{number}", number)
            path = path.replace("{secret:path}", secret).replace("{secret}", secret)
            if "{" in path or not route.safe:
                continue
            for accept in ("text/html", "application/json", "application/problem+json"):
                answer = anonymous.get(path, headers={"Accept": accept})
                told = answer.text + str(dict(answer.headers))
                if not path.startswith(("/handbook", "/problems")):
                    assert [word for word in SECRETS if word in told] == [], path
                    assert other not in told and second["receipt"] not in told, path
                fetched += answer.status_code == 200
    assert fetched > 20
    # Refusals tell as little as answers.
    for path, body in ((f"/T/{tag}/report", {"category": "x"}), (f"{own['link']}/messages", {"text": ""})):
        answer = anonymous.post(path, data=body)
        assert answer.status_code == 422 and [word for word in SECRETS if word in answer.text] == []
