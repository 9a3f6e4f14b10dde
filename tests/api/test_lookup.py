"""What a code stands for, whatever a scanner sends or a person types."""

from fastapi.testclient import TestClient

from tests.api.furnishing import stock, tablet, venue


def test_every_way_to_name_a_device_finds_it(admin: TestClient, viewer: TestClient) -> None:
    stock(admin, 1)
    tablet(admin, 2, serial="SN-77 81", imei="35-209900-176148-1")
    venue(admin)
    tag = admin.get("/api/devices/MB-T-0002").json()["tag"]
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in tag)
    for code in (
        "MB-T-0002",
        "mb-t-0002",
        "ＭＢ－Ｔ－０００２",
        " MB-T-0002 ",
        "MBーTー0002",
        tag,
        f"{tag[:4]} {tag[4:]}",
        f"{tag[:4]}-{tag[4:]}",
        wide,
        f"http://testserver/T/{tag}",
        f"https://elsewhere.example:8443/T/{tag}?from=poster",
        "SN-7781",
        "sn-7781",
        "352099001761481",
        "35-209900-176148-1",
    ):
        answer = viewer.get("/api/lookup", params={"code": code})
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert (code, found["type"], found["card"] and found["card"].get("asset_number")) == (
            code,
            "device",
            "MB-T-0002",
        )
    place = viewer.get("/api/lookup", params={"code": "ohgo"}).json()
    assert (place["type"], place["card"]["name"]) == ("venue", "大胡公民館")


def test_what_nobody_knows_is_unknown_and_an_empty_code_is_refused(admin: TestClient) -> None:
    stock(admin, 1)
    tag = admin.get("/api/devices/MB-T-0001").json()["tag"]
    mistyped = tag[:-1] + str((int(tag[-1]) + 1) % 10)
    for code in ("MB-T-9999", mistyped, "00000000", "https://evil.example/", "x" * 500, "%", "_", "🗾", "\u202e"):
        assert admin.get("/api/lookup", params={"code": code}).json() == {"type": "unknown", "card": None}
    for query in ({}, {"code": ""}, {"code": "x" * 501}):
        answer = admin.get("/api/lookup", params=query)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "code")


def test_a_replaced_label_no_longer_finds_its_device(admin: TestClient) -> None:
    stock(admin, 1)
    old = admin.get("/api/devices/MB-T-0001").json()["tag"]
    new = admin.post("/api/devices/MB-T-0001/tag").json()["tag"]
    assert new != old
    assert admin.get("/api/lookup", params={"code": old}).json()["type"] == "unknown"
    assert admin.get("/api/lookup", params={"code": new}).json()["card"]["asset_number"] == "MB-T-0001"
