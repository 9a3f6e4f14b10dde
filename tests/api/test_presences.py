"""所在確認 and 試行の評価 at the doors: who may what, and what a stranger can tell from a label's page (nothing)."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from api.trial import headline, waited
from inventory.calendar import fiscal_year, today
from inventory.database import Database
from inventory.text import damm_check
from inventory.trial import TrialFigures
from tests.api.conftest import head_of, on_sqlite, op, rows_of
from tests.api.furnishing import PHONE, association, lend, made, stock

SignIn = Callable[[str], TestClient]
PROBLEM = {"Accept": "application/problem+json"}
# No page of a finder holds any of these.
SECRETS = ("堀越町", "大胡", "自治会", "金井", "カナイ", PHONE, "MB-T-", "TB-10A", "R8-", "貸出中")


def a_round(client: TestClient, opens: int = 0, closes: int = 30) -> dict[str, Any]:
    day = today(datetime.now(UTC))
    order = {"name": "令和8年度の所在確認", "opens_on": f"{day + timedelta(opens)}"}
    return made(client, "/api/presence-rounds", order | {"closes_on": f"{day + timedelta(closes)}"})


def said(**fields: str) -> dict[str, str]:
    """A form as the page sends it."""
    return {"op_id": str(uuid4()), **fields}


@pytest.fixture
def tags(admin: TestClient) -> dict[str, str]:
    """Three tablets, the first two with an association: label numbers by asset number."""
    stock(admin, 3)
    lend(admin, "MB-T-0001", "MB-T-0002", borrower={"association": association(admin)})
    return {item["asset_number"]: item["tag"] for item in admin.get("/api/devices").json()["items"]}


def counts(client: TestClient, card: dict[str, Any]) -> tuple[int, int, int, int]:
    found = client.get(f"/api/presence-rounds/{card['id']}").json()["counts"]
    return found["lent"], found["confirmed"], found["not_in_hand"], found["missing"]


def test_two_questions_at_the_label_are_kept_one_by_one(
    admin: TestClient, anonymous: TestClient, tags: dict[str, str]
) -> None:
    card = a_round(admin)
    here = f"/T/{tags['MB-T-0001']}/presence"
    assert anonymous.get(here).status_code == 200
    first = anonymous.post(here, data=said(in_hand="yes"))
    assert (first.status_code, first.headers["location"]) == (303, f"{here}?step=usage")
    assert counts(admin, card) == (2, 1, 0, 1)
    second = anonymous.post(here, data=said(in_hand="yes", usage="little"))
    assert (second.status_code, second.headers["location"]) == (303, f"{here}?step=thanks")
    assert anonymous.get(second.headers["location"]).status_code == 200
    found = admin.get("/api/presences", params={"state": "confirmed"}).json()["items"]
    assert [(one["asset_number"], one["word"]["usage"], one["word"]["channel"]) for one in found] == [
        ("MB-T-0001", "little", "label")
    ]
    gone = anonymous.post(f"/t/{tags['MB-T-0002']}/presence", data=said(in_hand="no"))
    assert gone.headers["location"].endswith("?step=gone")
    assert "report?category=lost" in anonymous.get(gone.headers["location"]).text
    assert counts(admin, card) == (2, 1, 1, 0)


def test_the_same_press_twice_is_one_word_with_the_same_answer(
    admin: TestClient, anonymous: TestClient, tags: dict[str, str], database: Database
) -> None:
    a_round(admin)
    here, form = f"/T/{tags['MB-T-0001']}/presence", said(in_hand="yes", usage="used")
    first = anonymous.post(here, data=form)
    before = rows_of(database)
    again = anonymous.post(here, data=form)
    assert (again.status_code, again.headers["location"]) == (first.status_code, first.headers["location"])
    assert rows_of(database) == before
    other = anonymous.post(here, data=form | {"usage": "unused"})
    assert other.status_code == 422
    assert rows_of(database) == before


def test_nothing_that_is_no_answer_is_kept(
    admin: TestClient, anonymous: TestClient, tags: dict[str, str], database: Database
) -> None:
    a_round(admin)
    here, before = f"/T/{tags['MB-T-0001']}/presence", head_of(database)
    for form in ({}, {"in_hand": "perhaps"}, {"in_hand": "no", "usage": "used"}, {"usage": "used"}):
        assert anonymous.post(here, data=said(**form)).status_code == 422
    assert head_of(database) == before


def test_a_lent_device_and_one_in_stock_look_and_answer_alike(
    admin: TestClient, anonymous: TestClient, tags: dict[str, str]
) -> None:
    def without_its_number(text: str, number: str) -> str:
        plain = text.replace(number, "").replace(f"{number[:4]} {number[4:]}", "")
        return "\n".join(line for line in plain.splitlines() if 'name="op_id"' not in line)

    for opened in (False, True):
        if opened:
            a_round(admin)
        for step in ("", "?step=usage", "?step=thanks", "?step=gone", "?step=closed", "?step=nonsense"):
            pages = {}
            for name in ("MB-T-0001", "MB-T-0003"):
                page = anonymous.get(f"/T/{tags[name]}/presence{step}")
                assert page.status_code == 200
                for secret in SECRETS:
                    assert secret not in page.text, (step, secret)
                assert tags["MB-T-0002"] not in page.text
                pages[name] = without_its_number(page.text, tags[name])
            assert pages["MB-T-0001"] == pages["MB-T-0003"]
    for name in ("MB-T-0001", "MB-T-0003"):
        answer = anonymous.post(f"/T/{tags[name]}/presence", data=said(in_hand="yes"))
        assert (answer.status_code, answer.text) == (303, "")


def test_numbers_that_are_none_of_ours_get_the_one_page_of_every_label(
    admin: TestClient, anonymous: TestClient, tags: dict[str, str], app: FastAPI
) -> None:
    a_round(admin)
    case = made(admin, "/api/cases", {"code": "BOX-A", "name": "タブレット箱A"})
    number = tags["MB-T-0001"]
    unknown = "0000001" + damm_check("0000001")
    mistyped = number[:-1] + str((int(number[-1]) + 1) % 10)
    for headers in ({}, PROBLEM):
        wanted = anonymous.get(f"/T/{unknown}", headers=headers)
        assert wanted.status_code == 404
        # The label of a case is no device's, and neither page tells so.
        for path in (unknown, mistyped, "MB-T-0001", case["tag"] or "x"):
            got = anonymous.get(f"/T/{path}/presence", headers=headers)
            assert (got.status_code, got.content) == (404, wanted.content), path
            sent = anonymous.post(f"/T/{path}/presence", data=said(in_hand="yes"), headers=headers)
            assert (sent.status_code, sent.content) == (404, wanted.content), path
    assert admin.post("/api/devices/MB-T-0001/tag").status_code == 200
    assert anonymous.get(f"/T/{number}/presence").status_code == 410
    assert anonymous.post(f"/T/{number}/presence", data=said(in_hand="yes")).status_code == 410


def test_ten_posts_in_ten_minutes_of_one_client_or_about_one_label(
    admin: TestClient,
    anonymous: TestClient,
    app: FastAPI,
    tags: dict[str, str],
    at: Callable[[datetime], None],
    database: Database,
) -> None:
    a_round(admin)
    now = datetime.now(UTC)
    at(now)
    here = f"/T/{tags['MB-T-0001']}/presence"
    for _ in range(10):
        assert anonymous.post(here, data=said(in_hand="yes")).status_code == 303
    before = head_of(database)
    # Another label of the same client, and the same label of another client, whatever a header claims.
    spoofed = {"X-Forwarded-For": "192.0.2.99", "Forwarded": "for=192.0.2.99"}
    refused = anonymous.post(f"/T/{tags['MB-T-0002']}/presence", data=said(in_hand="yes"), headers=spoofed)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "600")
    assert "手元" in refused.text
    other = TestClient(app, follow_redirects=False, client=("192.0.2.7", 50000))
    assert other.post(here, data=said(in_hand="yes", usage="used")).status_code == 429
    assert other.post(f"/T/{tags['MB-T-0002']}/presence", data=said(in_hand="yes")).status_code == 303
    assert head_of(database) == before + 1
    at(now + timedelta(minutes=10))
    assert anonymous.post(here, data=said(in_hand="yes")).status_code == 303


def test_without_an_open_round_the_label_asks_nothing_and_takes_nothing(
    admin: TestClient, anonymous: TestClient, tags: dict[str, str], at: Callable[[datetime], None], database: Database
) -> None:
    here = f"/T/{tags['MB-T-0001']}/presence"
    assert anonymous.get(here).status_code == 200
    before = head_of(database)
    assert anonymous.post(here, data=said(in_hand="yes")).status_code == 409
    assert head_of(database) == before
    a_round(admin, 0, 1)
    at(datetime.now(UTC) + timedelta(days=3))
    assert anonymous.post(here, data=said(in_hand="yes")).status_code == 409


def test_the_label_leads_to_the_question_only_while_it_is_asked(
    admin: TestClient, anonymous: TestClient, tags: dict[str, str]
) -> None:
    lent, stocked = (f"/T/{tags[name]}" for name in ("MB-T-0001", "MB-T-0003"))
    assert "/presence" not in anonymous.get(lent).text
    a_round(admin)
    for here in (lent, stocked):
        assert f'href="{here}/presence"' in anonymous.get(here).text


def test_the_desk_writes_down_what_it_hears_and_nobody_else(
    admin: TestClient, sign_in: SignIn, tags: dict[str, str]
) -> None:
    card = a_round(sign_in("desk"))
    word = {"in_hand": True, "usage": "used", "channel": "visit", "note": "棚の上"}
    path = f"/api/presence-rounds/{card['id']}/devices/mb-t-0001"
    for role in ("viewer", "it"):
        assert sign_in(role).post(path, json=word, headers=op()).status_code == 403
        assert sign_in(role).post("/api/presence-rounds", json={}, headers=op()).status_code == 403
    key = op()
    first = sign_in("desk").post(path, json=word, headers=key)
    assert first.status_code == 201
    again = sign_in("desk").post(path, json=word, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    refused = sign_in("desk").post(f"/api/presence-rounds/{card['id']}/devices/MB-T-0003", json=word, headers=op())
    assert (refused.status_code, refused.json()["code"]) == (409, "refused")
    wrong = sign_in("desk").post(path, json={"in_hand": False, "usage": "used"}, headers=op())
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid")
    assert sign_in("viewer").get("/api/presence-rounds").json()["total"] == 1


def test_telephone_numbers_are_for_roles_that_may_see_them(
    admin: TestClient, sign_in: SignIn, tags: dict[str, str]
) -> None:
    a_round(admin)
    for role, shown in (("viewer", False), ("desk", True), ("it", True)):
        client = sign_in(role)
        for path in ("/presence", "/api/presences", "/api/exports/presences.csv"):
            assert (PHONE in client.get(path).text) is shown, (role, path)


def test_two_presses_on_the_page_write_down_a_call(admin: TestClient, desk: TestClient, tags: dict[str, str]) -> None:
    card = a_round(admin)
    here = f"/presence/{card['id']}/devices/MB-T-0001"
    assert f'href="{here}?' in desk.get("/presence").text
    done = desk.post(here, data=said(word="little", channel="phone", note="", state="missing", district=""))
    assert done.status_code == 303
    assert counts(admin, card) == (2, 1, 0, 1)
    gone = desk.post(f"/presence/{card['id']}/devices/MB-T-0002", data=said(word="gone", note="弟の家"))
    assert "done=not-in-hand" in gone.headers["location"]
    assert "弟の家" in desk.get(f"/presence?round={card['id']}&state=not_in_hand").text
    nothing = desk.post(here, data=said(note="書いたメモ"))
    assert nothing.status_code == 422 and "書いたメモ" in nothing.text
    assert desk.get(f"/presence/{card['id']}/devices/MB-T-0003").status_code == 404
    assert desk.get("/presence/99/devices/MB-T-0001").status_code == 404


def test_a_round_is_opened_on_the_page_and_a_wrong_one_comes_back_filled(desk: TestClient) -> None:
    day = today(datetime.now(UTC))
    form = {"name": "春の所在確認", "opens_on": f"{day}", "closes_on": f"{day - timedelta(1)}"}
    wrong = desk.post("/presence/new", data=said(**form))
    assert wrong.status_code == 422 and "春の所在確認" in wrong.text
    right = desk.post("/presence/new", data=said(**form | {"closes_on": f"{day + timedelta(9)}"}))
    assert right.status_code == 303
    assert "春の所在確認" in desk.get(right.headers["location"]).text


def test_the_trial_is_the_same_over_json_as_a_file_and_on_the_page(
    admin: TestClient, viewer: TestClient, anonymous: TestClient, tags: dict[str, str]
) -> None:
    a_round(admin)
    anonymous.post(f"/T/{tags['MB-T-0001']}/presence", data=said(in_hand="yes", usage="used"))
    found = viewer.get("/api/trial").json()
    assert (found["fiscal_year"], found["total"]["lent"], found["total"]["used"]) == (
        fiscal_year(today(datetime.now(UTC))),
        2,
        1,
    )
    sheet = load_workbook(io.BytesIO(viewer.get("/api/exports/trial.xlsx").content)).active
    assert sheet is not None
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    text = viewer.get("/api/exports/trial.csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["地区"] for row in rows] == [cells[1][0], cells[2][0]] == ["大胡地区", "合計"]
    for row in rows:
        assert (row["貸している台数"], row["使っている"], row["使い方がわからない"]) == ("2", "1", "1")
    assert "2台のうち1台が使われています。" in viewer.get("/trial").text
    assert viewer.get("/trial?fiscal_year=2024&pool=&round=").status_code == 200
    assert viewer.get("/trial?round=77").status_code == 200
    assert viewer.get("/api/trial?round=77").status_code == 404
    past = viewer.get("/api/trial?fiscal_year=2019").json()
    assert (past["as_of"], past["over"], past["total"]["lent"]) == ("2020-03-31", True, 0)


def figures(**some: Any) -> TrialFigures:
    nought: dict[str, Any] = dict.fromkeys(TrialFigures.model_fields, 0)
    return TrialFigures(**nought | {"first_answer_hours": None} | some)


@on_sqlite
def test_the_sentence_says_what_is_known_and_no_more(backend: str) -> None:
    assert headline(figures(), asked=True) == ["自治会に貸した端末は、まだありません。"]
    known = headline(figures(lent=35, confirmed=33, used=29, reports=4, first_answer_hours=24.5), asked=True)
    assert "35台のうち29台" in known[0] and "24時間" in known[1]
    assert "29台" not in headline(figures(lent=35, used=29), asked=False)[0]
    assert "3件" in headline(figures(lent=35, reports=3), asked=False)[1]
    assert [waited(hours) for hours in (0.0, 0.5, 1, 47.4, 48, 60)] == ["1分", "30分", "1時間", "47時間", "2日", "2日"]


def test_a_day_is_a_day(admin: TestClient) -> None:
    refused = admin.post(
        "/api/presence-rounds",
        json={"name": "x", "opens_on": f"{date(2020, 1, 1)}", "closes_on": f"{date(2020, 1, 2)}"},
        headers=op(),
    )
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "closes_on")
