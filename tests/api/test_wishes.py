"""要望 over JSON."""

import csv
import io
from typing import Any

from fastapi.testclient import TestClient

from inventory.database import Database
from tests.api.conftest import op, rows_of
from tests.api.furnishing import course, made


def wish(client: TestClient, **fields: Any) -> dict[str, Any]:
    return made(client, "/api/wishes", {"kind": "continuation", "words": "来年も開いてほしい", **fields})


def test_a_wish_is_written_answered_and_withdrawn(desk: TestClient, viewer: TestClient, database: Database) -> None:
    district = made(desk, "/api/districts", {"name": "大胡地区"})["id"]
    order = {"kind": "series", "words": "三回つづけて", "district": district, "people": 12}
    answer = desk.post("/api/wishes", json=order, headers=(key := op()))
    card = answer.json()
    assert (answer.status_code, answer.headers["etag"], card["state"]) == (201, '"1"', "open")
    assert desk.post("/api/wishes", json=order, headers=key).json() == card
    here = f"/api/wishes/{card['id']}"
    assert viewer.get(here).json() == card
    assert desk.patch(here, json={"people": 9}).status_code == 428
    assert desk.patch(here, json={"people": 9}, headers={"If-Match": '"1"'}).json()["people"] == 9
    assert desk.patch(here, json={}, headers={"If-Match": '"1"'}).status_code == 412
    day = course(desk, None, "2999-05-20T10:00:00+09:00", "2999-05-20T12:00:00+09:00")
    planned = desk.post(f"{here}/answer", json={"answer": "planned", "course": day}, headers=op())
    assert (planned.json()["state"], planned.json()["course"], planned.headers["etag"]) == ("answered", day, '"3"')
    refused = desk.post(f"{here}/answer", json={"answer": "later", "course": day}, headers=op())
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "course")
    assert desk.post(f"{here}/withdraw", headers=op()).json()["state"] == "withdrawn"
    assert desk.post(f"{here}/withdraw", headers=op()).status_code == 409
    assert desk.get("/api/wishes").json()["items"] == []
    assert rows_of(database)["wish"] == 1
    assert desk.get("/api/wishes/999").status_code == 404


def test_lists_counts_and_files_agree(desk: TestClient) -> None:
    ohgo, haga = (made(desk, "/api/districts", {"name": name})["id"] for name in ("大胡地区", "芳賀地区"))
    first, second = wish(desk, district=haga), wish(desk, district=ohgo, people=3)
    third = wish(desk, district=ohgo, kind="new", words="=写真\n講座")
    desk.post(f"/api/wishes/{third['id']}/answer", json={"answer": "later", "words": "来年度"}, headers=op())
    listed = desk.get("/api/wishes?limit=2&count=exact").json()
    assert (listed["total"], [one["id"] for one in listed["items"]]) == (3, [second["id"], first["id"]])
    rest = desk.get(f"/api/wishes?limit=2&cursor={listed['next']}").json()
    assert [one["id"] for one in rest["items"]] == [third["id"]]
    counts = desk.get("/api/wishes/districts").json()["items"]
    assert [(one["name"], one["open"], one["answered"], one["people"]) for one in counts] == [
        ("大胡地区", 1, 1, 3),
        ("芳賀地区", 1, 0, 0),
    ]
    content = desk.get("/api/exports/wishes.csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content, newline="")))
    assert [row["番号"] for row in rows] == [second["id"], first["id"], third["id"]]
    assert (rows[2]["要望"], rows[2]["答え"], rows[2]["種類"]) == ("'=写真\n講座", "あとの年度に考える", "新しく")
    narrowed = desk.get(f"/api/exports/wishes.csv?district={haga}&state=open&kind=").content.decode("utf-8-sig")
    assert narrowed.count("\r\n") == 2
    assert desk.get("/api/exports/wishes.xlsx").status_code == 200
    assert desk.get("/api/wishes?cursor=x").status_code == 422
