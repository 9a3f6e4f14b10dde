"""Transfers, hand-over checks and the list of terms through the doors, over JSON and on the pages."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from fastapi.testclient import TestClient

from inventory.calendar import today
from inventory.database import Database
from tests.api.conftest import head_of, on_sqlite, op
from tests.api.furnishing import POOL, association, made, stock

TODAY = today(datetime.now(UTC))
CHECK = {"from": True, "to": True, "checklist": ["photos", "line", "passcode"]}


def lent_to_old_head(admin: TestClient, name: str = "堀越町自治会", device: str = "MB-T-0001") -> dict[str, str]:
    """A loan of an association whose head changed yesterday: its number, the association, the two officers."""
    place = association(admin, name)
    [old] = admin.get(f"/api/associations/{place}/officers").json()["items"]
    loan = made(admin, "/api/loans", {"borrower": {"association": place}, "devices": [device]})["number"]
    new = made(
        admin,
        f"/api/associations/{place}/officers",
        {"name": "新井 和江", "from": (TODAY - timedelta(days=1)).isoformat(), "phone": "027-283-9999"},
    )
    return {"loan": loan, "association": place, "old": old["id"], "new": new["id"]}


def change(client: TestClient, path: str, order: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
    return client.post(path, json=order, headers=headers or op())


def test_a_loan_passes_and_the_same_key_changes_nothing_more(admin: TestClient, database: Database) -> None:
    stock(admin, 1, handover="wipe", agreement_required=True)
    there = lent_to_old_head(admin)
    path, key = f"/api/loans/{there['loan']}/transfer", op()
    first = change(admin, path, {"association": there["association"]}, key)
    assert (first.status_code, first.json()["officer"]["id"]) == (200, there["new"])
    before = head_of(database)
    again = change(admin, path, {"association": there["association"]}, key)
    assert (again.status_code, again.json(), again.headers["Idempotent-Replayed"]) == (200, first.json(), "true")
    assert change(admin, path, {"officer": there["old"]}, key).json()["code"] == "op-id-reused"
    refused = change(admin, path, {"officer": there["new"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "refused")
    assert admin.post(path, json={"officer": there["old"]}).json()["code"] == "missing-op-id"
    assert change(admin, path, {}).status_code == 422
    assert head_of(database) == before
    told = admin.get(f"/api/loans/{there['loan']}/transfers").json()
    assert (told["total"], told["items"][0]["way"]) == (1, "wipe")
    device = admin.get("/api/devices/MB-T-0001").json()
    assert (device["state"], [hold["reason"] for hold in device["holds"]]) == ("on_loan", ["wipe"])


def test_many_pass_in_one_act_and_the_answer_is_the_same_again(admin: TestClient, database: Database) -> None:
    stock(admin, 2, handover="check")
    first = lent_to_old_head(admin)
    made(
        admin, "/api/loans", {"borrower": {"section": "福祉課"}, "devices": ["MB-T-0002"], "due": {"on": "2999-01-01"}}
    )
    key = op()
    order = {"loans": [first["loan"], "R8-99999"]}
    done = change(admin, "/api/transfers", order, key)
    assert [(one["loan"], one["outcome"], one["code"]) for one in done.json()["results"]] == [
        (first["loan"], "transferred", None),
        ("R8-99999", "refused", "not-found"),
    ]
    before = head_of(database)
    assert change(admin, "/api/transfers", order, key).json() == done.json()
    assert head_of(database) == before
    wrongs: tuple[dict[str, Any], ...] = ({"loans": []}, {"loans": ["x"] * 301}, {"loans": ["x" * 21]}, {})
    for wrong in wrongs:
        assert change(admin, "/api/transfers", wrong).status_code == 422
    undone = change(admin, f"/api/operations/{key['Idempotency-Key']}/undo", {})
    assert (undone.status_code, undone.json()["devices"]) == (200, ["MB-T-0001"])


def test_the_check_of_a_hand_over(admin: TestClient) -> None:
    stock(admin, 1, handover="check")
    there = lent_to_old_head(admin)
    path = f"/api/loans/{there['loan']}/handover"
    assert change(admin, path, CHECK).status_code == 409
    change(admin, f"/api/loans/{there['loan']}/transfer", {"officer": there["new"]})
    assert [item["stages"] for item in admin.get("/api/terms").json()["items"]] == [["unknown", "checking"]]
    lacking = change(admin, path, {"to": True, "checklist": ["photos", "line"]})
    assert [error["field"] for error in lacking.json()["errors"]] == ["from", "checklist"]
    assert change(admin, path, CHECK | {"checklist": ["games"]}).status_code == 422
    assert change(admin, path, CHECK).status_code == 200
    assert admin.get("/api/terms?stage=checking").json()["items"] == []


def test_only_the_desk_passes_loans_on(admin: TestClient, sign_in: Callable[[str], TestClient]) -> None:
    stock(admin, 1)
    there = lent_to_old_head(admin)
    for path, order in (
        (f"/api/loans/{there['loan']}/transfer", {"officer": there["new"]}),
        (f"/api/loans/{there['loan']}/handover", CHECK),
        ("/api/transfers", {"loans": [there["loan"]]}),
    ):
        assert [change(sign_in(role), path, order).status_code for role in ("viewer", "it")] == [403, 403]
    shown = sign_in("viewer").get("/terms").text
    assert "027-283" not in shown and 'name="loan"' not in shown


def test_what_was_signed_before_can_still_be_opened(admin: TestClient, desk: TestClient) -> None:
    stock(admin, 1, handover="wipe", agreement_required=True)
    there = lent_to_old_head(admin)
    loan = there["loan"]
    form = desk.get(f"/loans/{loan}/agreement/sign").text
    fields = {name: _hidden(form, name) for name in ("op_id", "devices", "text_version")}
    assert (
        desk.post(
            f"/loans/{loan}/agreement/sign", data=fields | {"signed_name": "金井 康男", "consent": "yes"}
        ).status_code
        == 303
    )
    change(admin, f"/api/loans/{loan}/transfer", {"officer": there["new"]})
    assert desk.get(f"/api/loans/{loan}/agreement").json()["code"] == "agreement-missing"
    [past] = desk.get(f"/api/loans/{loan}/agreements").json()["items"]
    assert (past["signed_name"], bool(past["superseded_at"])) == ("金井 康男", True)
    page = f"/loans/{loan}/agreements/{past['id']}"
    assert page in desk.get(f"/loans/{loan}").text
    assert "金井 康男" in desk.get(page).text and "新井" not in desk.get(page).text
    assert desk.get(f"/api{page}/sheet.pdf").content.startswith(b"%PDF")
    assert desk.get(f"/api{page}/signature.png").status_code == 404
    assert desk.get(f"/loans/{loan}/agreements/999").status_code == 404
    assert "新井 和江" in desk.get(f"/loans/{loan}/agreement").text


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


class TestThePages:
    @pytest.fixture
    def there(self, admin: TestClient) -> dict[str, str]:
        stock(admin, 2, handover="wipe", agreement_required=True)
        return lent_to_old_head(admin)

    def test_the_april_change_from_list_to_paper(self, desk: TestClient, there: dict[str, str]) -> None:
        page = desk.get("/terms").text
        assert f'value="{there["loan"]}" form="pass-on" id="f-loan" checked' in page
        sent = desk.post("/transfers", data={"op_id": _hidden(page, "op_id"), "loan": [there["loan"]]})
        assert sent.status_code == 303
        done = desk.get(sent.headers["location"])
        assert done.status_code == 200 and "1件を" in done.text
        assert _hidden(done.text, "loans") == there["loan"]
        # The same form once more shows the same result.
        again = desk.post("/transfers", data={"op_id": _hidden(page, "op_id"), "loan": [there["loan"]]})
        assert again.headers["location"] == sent.headers["location"]
        paper = desk.get("/api/agreements.pdf", params={"loans": there["loan"]})
        assert paper.content.startswith(b"%PDF")
        undo = re.search(r'action="(/operations/[^"]+/undo)"', done.text)
        assert undo and desk.post(undo[1], data={"back": "/terms"}).status_code == 303
        assert there["loan"] in desk.get("/terms").text

    def test_nothing_ticked_says_so_and_unticking_is_a_link(self, desk: TestClient, there: dict[str, str]) -> None:
        refused = desk.post("/transfers", data={"district": ""})
        assert refused.status_code == 422 and "1件以上" in refused.text
        assert " checked" not in desk.get("/terms?chosen=none").text.split('name="cards"')[0]

    def test_choosing_whom(self, desk: TestClient, there: dict[str, str]) -> None:
        path = f"/loans/{there['loan']}/transfer"
        page = desk.get(path)
        assert page.status_code == 200 and "新井 和江" in page.text
        nobody = desk.post(path, data={"to": "other"})
        assert nobody.status_code == 422 and 'id="f-association-wrong"' in nobody.text
        assert desk.post(path, data={}).status_code == 422
        assert desk.post(path, data={"to": there["old"]}).status_code == 409
        sent = desk.post(path, data={"to": there["new"]})
        assert (sent.status_code, sent.headers["location"]) == (303, f"/loans/{there['loan']}?done=transferred")
        loan = desk.get(f"/loans/{there['loan']}").text
        assert "引き継ぎました" in loan and "取り消す" in loan
        assert "引き継げません" in desk.get("/loans/" + _section_loan(desk) + "/transfer").text

    def test_the_check_comes_back_filled(self, admin: TestClient, desk: TestClient, there: dict[str, str]) -> None:
        path = f"/loans/{there['loan']}/handover"
        assert "いりません" in desk.get(path).text
        etag = next(pool for pool in admin.get("/api/pools").json()["items"] if pool["id"] == POOL["id"])["revision"]
        changed = admin.patch(
            f"/api/pools/{POOL['id']}", json={"handover": "check"}, headers=op() | {"If-Match": f'"{etag}"'}
        )
        assert changed.status_code == 200
        change(admin, f"/api/loans/{there['loan']}/transfer", {"officer": there["new"]})
        back = desk.post(path, data={"consent": ["to"], "checklist": ["photos"]})
        assert back.status_code == 422 and back.text.count(" checked") == 2
        done = desk.post(path, data={"consent": ["from", "to"], "checklist": ["photos", "line", "passcode"]})
        assert (done.status_code, done.headers["location"]) == (303, f"/loans/{there['loan']}?done=handed-over")

    def test_a_result_is_shown_to_nobody_without_one(self, desk: TestClient, there: dict[str, str]) -> None:
        assert desk.get("/transfers/nothing").status_code == 404
        key = op()
        change(desk, f"/api/loans/{there['loan']}/transfer", {"officer": there["new"]}, key)
        assert desk.get(f"/transfers/{key['Idempotency-Key']}").status_code == 404

    def test_the_list_as_a_file(self, desk: TestClient, there: dict[str, str]) -> None:
        text = desk.get("/api/exports/terms.csv").content.decode("utf-8-sig")
        assert text.count("\n") == 2 and there["loan"] in text and "新井 和江" in text
        assert desk.get("/api/exports/terms.xlsx").status_code == 200


def _section_loan(client: TestClient) -> str:
    order = {"borrower": {"section": "福祉課"}, "devices": ["MB-T-0002"], "due": {"on": "2999-01-01"}}
    return str(made(client, "/api/loans", order)["number"])


@on_sqlite
def test_ninety_pass_on_and_ninety_sheets_are_printed_each_with_its_code(admin: TestClient) -> None:
    stock(admin, 90, handover="wipe", agreement_required=True)
    there = [lent_to_old_head(admin, f"第{number}自治会", f"MB-T-{number:04d}")["loan"] for number in range(1, 91)]
    done = change(admin, "/api/transfers", {"loans": there})
    assert [one["outcome"] for one in done.json()["results"]] == ["transferred"] * 90
    paper = admin.get("/api/agreements.pdf")
    assert paper.status_code == 200
    document = pypdfium2.PdfDocument(paper.content)
    assert len(document) == 90
    read = {code.text for page in document for code in zxingcpp.read_barcodes(page.render(scale=2).to_pil())}
    assert read == {f"http://testserver/loans/{number}" for number in there}
    # What the code says leads to the loan, where the signed paper is filed.
    found = admin.get("/find", params={"q": sorted(read)[0]})
    assert (found.status_code, found.headers["location"]) == (303, f"/loans/{sorted(there)[0]}")
    assert admin.get("/api/agreements.pdf?loans=" + ",".join(["R8-00001"] * 2)).status_code == 200
    assert admin.get("/api/agreements.pdf?loans=R1-00001").status_code == 404
    many = ",".join(f"R8-{number:05d}" for number in range(301))
    assert admin.get("/api/agreements.pdf?loans=" + many).status_code == 422
    assert admin.get("/api/agreements.pdf?district=999").status_code == 404
