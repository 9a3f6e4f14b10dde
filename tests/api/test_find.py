"""The search box: codes lead to their thing, words to everything that bears them."""

from fastapi.testclient import TestClient

from tests.api.stocked import Page, association, card, lend, stock


def test_a_code_opens_its_device(admin: TestClient) -> None:
    stock(admin)
    tag = card(admin, "MB-T-0001")["tag"]
    for typed in (
        "MB-T-0001",
        "mb-t-0001",
        "ＭＢ－Ｔ－０００１",
        " MB-T-0001 ",
        "HA1K7Q2043",
        tag,
        f"{tag[:4]} {tag[4:]}",
        f"HTTPS://SOMEWHERE.EXAMPLE/T/{tag}",
    ):
        answer = admin.get("/find", params={"q": typed})
        assert (typed, answer.status_code, answer.headers["location"]) == (typed, 303, "/devices/MB-T-0001")


def test_a_code_opens_its_venue(admin: TestClient) -> None:
    admin.post("/api/venues", json={"code": "KM-01", "kind": "kominkan", "name": "中央公民館"})
    answer = admin.get("/find?q=KM-01")
    assert (answer.status_code, answer.headers["location"]) == (303, "/venues/KM-01")


def test_words_lead_to_every_kind(admin: TestClient) -> None:
    stock(admin)
    number = association(admin, "中央町自治会")
    admin.post("/api/venues", json={"code": "KM-01", "kind": "kominkan", "name": "中央公民館"})
    programme = admin.post("/api/programmes", json={"code": "A", "fiscal_year": 2026, "name": "スマホ講座"}).json()
    course = admin.post(
        "/api/courses",
        json={
            "programme": programme["id"],
            "title": "中央で地図",
            "starts_at": "2026-12-01T10:00:00+09:00",
            "ends_at": "2026-12-01T12:00:00+09:00",
        },
    ).json()
    loan = lend(admin, "MB-T-0001", section="中央市民サービスセンター")
    page = Page(admin.get("/find?q=中央"))
    for link in (
        "/devices/MB-S-0001",
        f"/loans/{loan}",
        f"/associations/{number}",
        "/venues/KM-01",
        f"/courses/{course['id']}",
    ):
        assert link in page.links
    assert page.fields["q"] == "中央"
    # Three phones, a loan, an association, a venue and a course.
    assert "7件" in page.h1


def test_a_person_leads_to_the_association(admin: TestClient) -> None:
    number = association(admin, head="金井 康男")
    assert f"/associations/{number}" in Page(admin.get("/find?q=金井")).links


def test_nothing_found_and_nothing_asked_are_pages(admin: TestClient) -> None:
    assert admin.get("/find?q=存在しない").status_code == 200
    assert admin.get("/find").status_code == 200
    assert admin.get("/find?q=%20").status_code == 200
    assert admin.get("/find?q=<b>&q='%25_").status_code == 200


def test_an_old_label_is_told_from_an_unknown_number(admin: TestClient) -> None:
    stock(admin)
    old = card(admin, "MB-T-0001")["tag"]
    admin.post("/api/devices/MB-T-0001/tag")
    assert "notice info" in admin.get("/find", params={"q": old}).text
    assert "notice info" not in admin.get("/find?q=12345678").text


def test_the_search_is_for_staff(anonymous: TestClient) -> None:
    answer = anonymous.get("/find?q=MB")
    assert (answer.status_code, answer.headers["location"][:8]) == (303, "/sign-in")
