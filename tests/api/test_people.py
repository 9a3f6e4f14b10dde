"""Districts, associations and officers over JSON."""

from typing import Any

from fastapi.testclient import TestClient

from inventory.database import Database
from tests.api.conftest import head_of, op
from tests.api.furnishing import EMAIL, PHONE, association, lend, made, stock


def test_an_association_shows_who_heads_it_and_how_many_devices_are_out(desk: TestClient, admin: TestClient) -> None:
    stock(admin, 2)
    head = association(desk)
    deputy = {"name": "石倉 光江", "office": "副会長", "from": "2026-05-01"}
    made(desk, f"/api/associations/{head}/officers", deputy)
    lend(desk, "MB-T-0001", "MB-T-0002", borrower={"association": head})
    card = desk.get(f"/api/associations/{head}").json()
    assert (card["name"], card["district"]["name"], card["devices_out"]) == ("堀越町自治会", "大胡地区", 2)
    assert (card["head"]["name"], card["head"]["office"], card["head"]["from"]) == ("金井 康男", "会長", "2026-04-01")
    desk.post("/api/returns", json={"devices": ["MB-T-0002"]}, headers=op())
    assert desk.get("/api/associations").json()["items"][0]["devices_out"] == 1


def test_a_successor_takes_the_office_and_the_predecessor_stays_in_the_list(desk: TestClient) -> None:
    head = association(desk)
    first = desk.get(f"/api/associations/{head}").json()["head"]["id"]
    path = f"/api/associations/{head}/officers"
    early = desk.post(f"{path}/{first}/end", json={"until": "2026-03-31"})
    assert (early.status_code, early.json()["errors"][0]["field"]) == (422, "until")
    ended = desk.post(f"{path}/{first}/end", json={"until": "2026-04-30"}).json()
    assert (ended["until"], ended["in_office"]) == ("2026-04-30", False)
    second = made(desk, path, {"name": "石倉 光江", "name_kana": "いしくら", "from": "2026-05-01"})
    assert (second["name_kana"], second["until"], second["in_office"]) == ("イシクラ", None, True)
    assert desk.get(f"/api/associations/{head}").json()["head"]["id"] == second["id"]
    assert [officer["id"] for officer in desk.get(path).json()["items"]] == [second["id"], first]
    other = association(desk, "二之宮町自治会")
    assert desk.post(f"/api/associations/{other}/officers/{first}/end", json={"until": "2026-06-30"}).status_code == 404


def test_a_viewer_reads_who_but_not_how_to_reach_them(desk: TestClient, viewer: TestClient) -> None:
    head = association(desk)
    paths = ("/api/associations", f"/api/associations/{head}", f"/api/associations/{head}/officers")
    for path in paths:
        assert PHONE in desk.get(path).text and EMAIL in desk.get(path).text
        seen = viewer.get(path)
        assert seen.status_code == 200 and "金井 康男" in seen.text
        assert PHONE not in seen.text and EMAIL not in seen.text
    assert (viewer.get(paths[1]).json()["head"]["phone"], viewer.get(paths[1]).json()["head"]["email"]) == (None, None)


def test_telephone_numbers_are_written_one_way(desk: TestClient) -> None:
    path = f"/api/associations/{association(desk)}/officers"
    for typed, kept in (
        ("０２７（２８３）５６７８", "027-283-5678"),
        ("+81 90 1234 5678", "090-1234-5678"),
        ("", None),
    ):
        officer = made(desk, path, {"name": "石倉", "from": "2026-05-01", "phone": typed})
        assert officer["phone"] == kept


def test_names_are_found_in_every_spelling(desk: TestClient) -> None:
    association(desk, "髙﨑町自治会")
    made(desk, "/api/associations", {"name": "二之宮町自治会", "name_kana": "にのみやまち"})

    def found(word: str) -> list[str]:
        return [card["name"] for card in desk.get("/api/associations", params={"q": word}).json()["items"]]

    assert found("高崎") == found("髙﨑") == found("大胡") == found("金井") == ["髙﨑町自治会"]
    assert found("ニノミヤ") == found("ﾆﾉﾐﾔ") == ["二之宮町自治会"]
    assert found("%") == []


def test_lists_page_by_kana(desk: TestClient) -> None:
    for name in "うあいえ":
        made(desk, "/api/associations", {"name": f"{name}町", "name_kana": name})
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 3}
    while True:
        page = desk.get("/api/associations", params=query).json()
        seen += [card["name"] for card in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert seen == ["あ町", "い町", "う町", "え町"] and page["total"] == 4


def test_what_is_wrong_is_named_by_its_field(desk: TestClient, database: Database) -> None:
    head = association(desk)
    officer: dict[str, Any] = {"name": "石倉", "from": "2026-05-01"}
    before = head_of(database)
    for path, order, field in (
        ("/api/districts", {"name": "大胡地区"}, "name"),
        ("/api/associations", {"name": "堀越町", "district": "9999"}, "district"),
        ("/api/associations", {"name": "　"}, "name"),
        (f"/api/associations/{head}/officers", officer | {"until": "2026-04-30"}, ""),
        (f"/api/associations/{head}/officers", officer | {"phone": "12"}, "phone"),
        (f"/api/associations/{head}/officers", officer | {"email": "kanai"}, "email"),
        (f"/api/associations/{head}/officers", officer | {"from": "2026-13-01"}, "from"),
    ):
        answer = desk.post(path, json=order)
        assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field])
    assert desk.get("/api/associations/9999/officers").status_code == 404
    assert desk.post("/api/associations/9999/officers", json=officer).status_code == 404
    assert head_of(database) == before
