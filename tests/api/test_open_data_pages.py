"""The page of what is published, and the import by form: seen first, then done exactly so."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from inventory.calendar import TOKYO
from inventory.database import Database
from tests.api.conftest import head_of, rows_of
from tests.inventory.halls import OHGO, hall, point, stand

LIST = "名称\tSSID\t提供エリア\t備考\n大胡公民館\tStudy\t和室\tパスワード\nどこかの館\tStudy\t\t\n"


@pytest.fixture
def city(database: Database, at: Callable[[datetime], None]) -> Database:
    at(datetime(2026, 11, 24, 12, tzinfo=TOKYO))
    hall(database, "K05", **OHGO)
    hall(database, "K11", name="𠮷岡公民館")
    for code in ("K05", "K11"):
        point(database, code)
        stand(database, code)
    return database


def heading(page: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", page, re.DOTALL)
    assert found is not None
    return re.sub(r"<[^>]+>", "", found[1])


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def test_the_page_says_what_is_written_and_what_is_missing(
    city: Database, sign_in: Callable[[str], TestClient]
) -> None:
    it, viewer = sign_in("it"), sign_in("viewer")
    before = head_of(city)
    page = it.get("/open-data", params={"layout": "suishou", "file": "cp932"}).text
    assert heading(page) == "2件を書き出せます。必須の項目が2件たりません。"
    assert "/venues/K11/edit#f-address" in page and "/venues/K11/edit#f-name_kana" in page
    assert "K05/edit" not in page
    assert "U+20BB7" in page
    address = "/api/exports/public_wireless_lan.csv?layout=suishou&amp;headers=japanese&amp;encoding=cp932"
    assert f'href="{address}"' in page
    assert it.get(address.replace("&amp;", "&")).headers["x-lost-characters"] == "1"
    looked = viewer.get("/open-data").text
    assert "/edit#" not in looked and "/open-data/import" not in looked
    assert "U+20BB7" not in looked
    assert "L1-08" in looked
    assert head_of(city) == before


def test_without_a_hall_in_service_the_page_says_what_to_do(sign_in: Callable[[str], TestClient]) -> None:
    answer = sign_in("viewer").get("/open-data")
    assert answer.status_code == 200
    assert heading(answer.text) == "いま書き出せるアクセスポイントはありません。"


def test_the_page_is_linked_from_the_rollout(city: Database, sign_in: Callable[[str], TestClient]) -> None:
    assert 'href="/open-data"' in sign_in("viewer").get("/wifi").text


def post(client: TestClient, path: str = "/open-data/import", *, data: Any = None, **fields: str) -> Any:
    files = {"file": ("list.csv", data)} if data else {"none": ("", b"")}
    return client.post(path, data=fields, files=files)


def test_a_list_is_seen_first_and_then_entered_as_it_was_seen(
    city: Database, sign_in: Callable[[str], TestClient]
) -> None:
    it = sign_in("it")
    assert it.get("/open-data/import").status_code == 200
    before = rows_of(city)
    refused = post(it, text=LIST)
    assert refused.status_code == 422
    assert heading(refused.text) == "1か所を直すと、登録できます。まだ何も記録していません。"
    assert "どこかの館" in refused.text and 'name="digest"' not in refused.text
    seen = post(it, data=LIST.encode(), new_venues="yes", auth="portal", since="2026-10-01")
    assert seen.status_code == 200
    assert heading(seen.text) == "新しい会場が1館、新しいアクセスポイントが2件あります。"
    assert rows_of(city) == before
    form = {
        "op_id": str(uuid4()),
        "text": LIST,
        "new_venues": "yes",
        "auth": "portal",
        "since": "2026-10-01",
        "digest": hidden(seen.text, "digest"),
    }
    done = post(it, "/open-data/import/enter", **form)
    assert done.status_code == 303
    assert heading(it.get(done.headers["location"]).text) == "アクセスポイントを2件加えました。"
    after = rows_of(city)
    assert (after["venue"] - before["venue"], after["access_point"] - before["access_point"]) == (1, 2)
    # The same press again changes nothing and leads to the same page.
    assert post(it, "/open-data/import/enter", **form).headers["location"] == done.headers["location"]
    assert rows_of(city) == after
    again = post(it, text=LIST)
    assert heading(again.text) == "一覧は台帳と同じです。2行とも、登録するものはありません。"


def test_a_list_is_not_entered_over_what_changed_since(city: Database, sign_in: Callable[[str], TestClient]) -> None:
    it = sign_in("it")
    text = "名称\tSSID\n大胡公民館\tStudy\n"
    seen = post(it, text=text)
    point(city, "K05", ssid="Study", area=None)
    before = rows_of(city)
    late = post(it, "/open-data/import/enter", op_id=str(uuid4()), text=text, digest=hidden(seen.text, "digest"))
    assert late.status_code == 412
    assert rows_of(city) == before
    # Without a digest nothing was seen, so nothing is done.
    blind = post(it, "/open-data/import/enter", op_id=str(uuid4()), text="名称\tSSID\n大胡公民館\tNew\n")
    assert blind.status_code == 412
    assert rows_of(city) == before
    # The day of installation is of what was seen as well.
    seen = post(it, text="名称\tSSID\n大胡公民館\tNew\n", since="2026-04-01")
    form = {"text": "名称\tSSID\n大胡公民館\tNew\n", "digest": hidden(seen.text, "digest")}
    moved = post(it, "/open-data/import/enter", op_id=str(uuid4()), **form, since="2025-04-01")
    assert moved.status_code == 412
    assert rows_of(city) == before


@pytest.mark.parametrize(
    "fields",
    [
        {"text": ""},
        {"text": "会場\t電波\n大胡\tあり\n"},
        {"text": "名称\tSSID\n"},
        {"text": LIST, "since": "春"},
    ],
)
def test_a_list_that_cannot_be_read_comes_back_with_what_to_do(
    city: Database, sign_in: Callable[[str], TestClient], fields: dict[str, str]
) -> None:
    answer = post(sign_in("it"), **fields)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert fields["text"].strip().split("\t")[0] in answer.text


def test_a_day_ahead_is_told_beside_its_field(city: Database, sign_in: Callable[[str], TestClient]) -> None:
    it = sign_in("it")
    seen = post(it, text="名称\tSSID\n大胡公民館\tStudy\n", since="2027-01-01")
    form = {"text": "名称\tSSID\n大胡公民館\tStudy\n", "since": "2027-01-01", "digest": hidden(seen.text, "digest")}
    answer = post(it, "/open-data/import/enter", op_id=str(uuid4()), **form)
    assert answer.status_code == 422
    assert 'id="f-since-wrong"' in answer.text


def test_only_it_may_bring_a_list(city: Database, sign_in: Callable[[str], TestClient]) -> None:
    desk = sign_in("desk")
    assert desk.get("/open-data/import").status_code == 403
    assert post(desk, text=LIST).status_code == 403
    assert sign_in("it").get("/open-data/import/1").status_code == 404
