"""Labels through the doors: what comes out of the PDF is what the ledger says."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from api.label_orders import leads_to_this_machine_only
from inventory.database import Database
from inventory.settings import Settings
from tests.api.conftest import PASSWORD
from tests.api.stocked import Page, card, stock
from tests.labels.reading import decode, pages, png, text

SignIn = Callable[[str], TestClient]
PDF = "/api/labels/sheet.pdf"


def read(pdf: bytes) -> list[list[str]]:
    """The texts of the QR codes and the Code 128 bars of each page, sorted."""
    return [sorted(code.text for code in decode(page)) for page in pages(pdf)]


def codes(*tags: str) -> list[str]:
    return sorted([*tags, *(f"HTTP://TESTSERVER/T/{tag}" for tag in tags)])


def test_a_sheet_of_named_devices_reads_back_as_their_numbers(admin: TestClient) -> None:
    stock(admin)
    answer = admin.get(f"{PDF}?devices=MB-S-0001,mb-t-0001&start=5")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith('inline; filename="labels-')
    assert answer.headers["x-label-warnings"] == "0"
    tags = [card(admin, number)["tag"] for number in ("MB-S-0001", "MB-T-0001")]
    assert read(answer.content) == [codes(*tags)]
    printed = text(answer.content)
    assert "前橋市 講座用スマートフォン" in printed and "前橋市 自治会長タブレット" in printed
    assert "MB-T-0001" in printed and "027-000-1234" in printed


def test_a_sheet_of_a_pool_leaves_out_other_pools_and_retired_devices(admin: TestClient) -> None:
    stock(admin)
    admin.post("/api/devices/MB-S-0003/retire", json={"reason": "故障"})
    tags = [card(admin, number)["tag"] for number in ("MB-S-0001", "MB-S-0002")]
    assert read(admin.get(f"{PDF}?pool=course-phones").content) == [codes(*tags)]


def test_devices_may_stand_several_times_and_by_label_number(admin: TestClient) -> None:
    stock(admin)
    tags = [card(admin, number)["tag"] for number in ("MB-S-0001", "MB-S-0002")]
    params = {"devices": ["MB-S-0001", f"{tags[1][:4]} {tags[1][4:]}", "MB-S-0001"]}
    assert read(admin.get(PDF, params=params).content) == [codes(*tags)]


def test_copies_go_over_to_a_second_sheet(admin: TestClient) -> None:
    stock(admin)
    answer = admin.get(f"{PDF}?devices=MB-S-0001,MB-S-0002&stock=31514&start=10&copies=2")
    tags = [card(admin, number)["tag"] for number in ("MB-S-0001", "MB-S-0002")]
    assert read(answer.content) == [codes(tags[0]), codes(tags[0], tags[1], tags[1])]


def test_frames_alone_carry_no_code(admin: TestClient) -> None:
    stock(admin)
    assert read(admin.get(f"{PDF}?stock=72244&frame=only&devices=MB-S-0001").content) == [[]]
    assert read(admin.get(f"{PDF}?frame=1&devices=MB-S-0001").content) == [codes(card(admin, "MB-S-0001")["tag"])]


def test_blank_fields_of_the_form_count_as_not_written(admin: TestClient) -> None:
    stock(admin)
    answer = admin.get(f"{PDF}?devices=MB-S-0001&pool=&numbers=&start=&copies=&offset_x=&offset_y=")
    assert answer.status_code == 200


def test_what_cannot_be_printed_names_its_parameter(admin: TestClient) -> None:
    stock(admin)
    for query, status, field in (
        ("devices=MB-S-0001&start=25", 422, "start"),
        ("devices=MB-S-0001&start=0", 422, "start"),
        ("devices=MB-S-0001&copies=51", 422, "copies"),
        ("devices=MB-S-0001&offset_x=10.1", 422, "offset_x"),
        ("devices=MB-S-0001&offset_y=nan", 422, "offset_y"),
        ("devices=MB-S-0001&stock=nope", 422, "stock"),
        ("devices=MB-S-0001&stock=ql-62", 422, "stock"),
        ("devices=MB-S-0001&frame=yes", 422, "frame"),
        ("devices=MB-S-0001&start=five", 422, "start"),
        ("", 422, "devices"),
        ("devices=MB-S-0001,NOPE", 404, None),
        ("pool=nope", 404, None),
        ("numbers=12345678", 404, None),
    ):
        answer = admin.get(f"{PDF}?{query}")
        assert answer.headers["content-type"] == "application/problem+json", query
        fields = [error["field"] for error in answer.json()["errors"]]
        assert (query, answer.status_code, fields) == (query, status, [field] if field else [])


def test_warnings_are_counted(admin: TestClient) -> None:
    pool = {"id": "odd", "name": "𠮷野家さんの寄附によるとても長い名前の貸出区分のタブレット", "kind": "tablet"}
    assert admin.post("/api/pools", json=pool).status_code == 201
    admin.post("/api/devices", json={"pool": "odd", "asset_number": "A-1", "model": "TB"})
    assert int(admin.get(f"{PDF}?devices=A-1").headers["x-label-warnings"]) >= 1
    assert 'class="doubts"' in admin.get("/labels?devices=A-1").text


def test_blank_numbers_are_made_printed_and_claimed_once(admin: TestClient) -> None:
    stock(admin)
    made = admin.post("/api/labels/blanks", json={"count": 3})
    assert made.status_code == 201
    numbers = made.json()["numbers"]
    assert len(set(numbers)) == 3
    answer = admin.get(PDF, params={"numbers": ",".join(numbers)})
    assert read(answer.content) == [codes(*numbers)]
    assert admin.post("/api/devices/MB-S-0001/tag", json={"number": numbers[0]}).status_code == 200
    again = admin.get(PDF, params={"numbers": ",".join(numbers)})
    assert (again.status_code, [error["field"] for error in again.json()["errors"]]) == (422, ["numbers"])


def test_a_tape_is_a_picture_that_reads_back(admin: TestClient) -> None:
    stock(admin)
    answer = admin.get("/api/labels/tape.png?device=MB-S-0001")
    assert answer.headers["content-type"] == "image/png"
    tag = card(admin, "MB-S-0001")["tag"]
    assert sorted(code.text for code in decode(png(answer.content))) == codes(tag)
    blank = admin.post("/api/labels/blanks", json={"count": 1}).json()["numbers"][0]
    picture = admin.get(f"/api/labels/tape.png?number={blank}").content
    assert sorted(code.text for code in decode(png(picture))) == codes(blank)
    assert admin.get("/api/labels/tape.png?device=NOPE").status_code == 404
    assert admin.get("/api/labels/tape.png").json()["errors"][0]["field"] == "devices"
    assert admin.get("/api/labels/tape.png?device=MB-S-0001&stock=72224").json()["errors"][0]["field"] == "stock"


def test_the_stocks_say_their_faces(admin: TestClient) -> None:
    items = {item["id"]: item for item in admin.get("/api/labels/stocks").json()["items"]}
    assert items["72224"]["faces"] == items["72224"]["columns"] * items["72224"]["rows"] == 24
    assert (items["ql-62"]["kind"], items["ql-62"]["faces"]) == ("tape", None)
    assert items["72265"]["code128"] is False


def test_each_label_door_lets_in_its_roles(admin: TestClient, sign_in: SignIn, anonymous: TestClient) -> None:
    stock(admin)
    visitors = {role: sign_in(role) for role in ("viewer", "desk", "it")}
    for method, path, roles in (
        ("GET", f"{PDF}?frame=only", {"desk", "it"}),
        ("GET", "/api/labels/tape.png?device=MB-S-0001", {"desk", "it"}),
        ("GET", "/api/labels/stocks", {"viewer", "desk", "it"}),
        ("GET", "/labels", {"desk", "it"}),
        ("POST", "/api/labels/blanks", {"it"}),
    ):
        body = {"count": 1} if method == "POST" else None
        answers = {role: one.request(method, path, json=body).status_code for role, one in visitors.items()}
        assert (path, {role for role, status in answers.items() if status in (200, 201)}) == (path, roles)
        assert set(answers.values()) <= {200, 201, 403}
        assert anonymous.request(method, path, json=body).status_code in (401, 303)


def test_the_page_first_asks_for_devices(admin: TestClient) -> None:
    stock(admin)
    page = Page(admin.get("/labels"))
    assert page.forms.count("/labels") == 2 and "/labels/blanks" in page.forms
    assert PDF not in page.forms


def test_the_form_of_the_page_prints_without_a_script(admin: TestClient) -> None:
    stock(admin)
    answer = admin.get("/labels?devices=MB-S-0001&devices=MB-S-0002&start=7&offset_x=0.3&copies=2")
    page = Page(answer)
    assert PDF in page.forms
    sent = {name: page.fields[name] for name in ("devices", "stock", "start", "offset_x", "offset_y", "copies")}
    assert (sent["start"], sent["offset_x"], sent["copies"]) == ("7", "0.3", "2")
    tags = [card(admin, number)["tag"] for number in ("MB-S-0001", "MB-S-0002")]
    assert read(admin.get(PDF, params=sent).content) == [codes(*tags, *tags)]


def test_every_face_of_the_stock_can_be_the_first(admin: TestClient) -> None:
    stock(admin)
    for key, faces in (("72224", 24), ("72244", 44), ("72265", 65), ("31514", 10)):
        answer = admin.get(f"/labels?devices=MB-S-0001&stock={key}")
        assert answer.text.count('name="start"') == faces
    # A face that the paper does not have is brought back to its last.
    assert Page(admin.get("/labels?devices=MB-S-0001&stock=31514&start=24")).fields["start"] == "10"


def test_a_tape_has_a_picture_for_every_device(admin: TestClient) -> None:
    stock(admin)
    links = Page(admin.get("/labels?pool=course-phones&stock=ql-62")).links
    assert [link for link in links if link.startswith("/api/labels/tape.png?device=")] == [
        f"/api/labels/tape.png?device=MB-S-000{number}" for number in (1, 2, 3)
    ]


def test_numbers_may_be_pasted(admin: TestClient) -> None:
    stock(admin)
    for typed in ("MB-S-0001\r\nMB-S-0002", "MB-S-0001、mb-s-0002", "MB-S-0001 MB-S-0002"):
        assert Page(admin.get("/labels", params={"devices": typed})).fields["devices"] == "MB-S-0001,MB-S-0002"


def test_an_unknown_number_comes_back_beside_its_field(admin: TestClient) -> None:
    stock(admin)
    answer = admin.get("/labels?devices=MB-S-0001,NOPE")
    assert answer.status_code == 404
    assert Page(answer).fields["devices"] == "MB-S-0001\nNOPE"
    assert 'href="#f-devices"' in answer.text and 'id="f-devices-wrong"' in answer.text
    assert admin.get("/labels?pool=nope").status_code == 404


def test_blanks_by_form_lead_to_their_sheet(admin: TestClient, sign_in: SignIn) -> None:
    it = sign_in("it")
    made = it.post("/labels/blanks", data={"count": "4"})
    assert made.status_code == 303
    page = Page(it.get(made.headers["location"]))
    numbers = page.fields["numbers"].split(",")
    assert len(numbers) == 4
    assert read(it.get(PDF, params={"numbers": page.fields["numbers"]}).content) == [codes(*numbers)]
    for wrong in ("0", "501", "", "many"):
        answer = it.post("/labels/blanks", data={"count": wrong})
        assert answer.status_code == 422 and Page(answer).fields["count"] == wrong
    assert sign_in("desk").post("/labels/blanks", data={"count": "1"}).status_code == 403
    assert "/labels/blanks" not in Page(sign_in("desk").get("/labels")).forms


@pytest.mark.parametrize(
    ("url", "alone"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost:8000", True),
        ("http://[::1]:8000", True),
        ("http://0.0.0.0", True),
        ("https://daicho.example.lg.jp", False),
        ("http://192.168.1.20:8000", False),
    ],
)
def test_an_address_of_this_machine_alone_is_recognised(url: str, alone: bool) -> None:
    assert leads_to_this_machine_only(url) is alone


def _signed_in(settings: Settings, database: Database) -> TestClient:
    client = TestClient(create_app(settings, database), base_url=settings.public_url, follow_redirects=False)
    assert client.post("/api/session", json={"username": "admin", "password": PASSWORD}).status_code == 200
    return client


def test_the_page_warns_of_an_address_of_this_machine(
    app: FastAPI, admin: TestClient, database: Database, database_url: str, tmp_path: Path
) -> None:
    stock(admin)
    assert "PUBLIC_URL" not in admin.get("/labels").text
    environ = {"DATABASE_URL": database_url, "SECRET_KEY_FILE": str(tmp_path / "secret.key")}
    own = _signed_in(Settings.from_environment(environ | {"PUBLIC_URL": "http://127.0.0.1:8000"}), database)
    assert "PUBLIC_URL" in own.get("/labels").text
    assert "PUBLIC_URL" in own.get("/labels?devices=MB-S-0001").text


def test_an_address_no_label_can_carry_is_told_and_breaks_no_page(
    app: FastAPI, admin: TestClient, database: Database, database_url: str, tmp_path: Path
) -> None:
    stock(admin)
    environ = {"DATABASE_URL": database_url, "SECRET_KEY_FILE": str(tmp_path / "secret.key")}
    six = _signed_in(Settings.from_environment(environ | {"PUBLIC_URL": "http://[::1]:8000"}), database)
    assert six.get("/devices/MB-S-0001").status_code == 200
    assert six.get("/labels?devices=MB-S-0001").status_code == 200
    refused = six.get(f"{PDF}?devices=MB-S-0001")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "public_url")
