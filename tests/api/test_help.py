"""The handbook, the page of every problem code, the accessibility policy: open to anybody."""

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.codes import TITLES
from api.pages import FRONTEND
from tests.api.conftest import on_sqlite

pytestmark = on_sqlite
TEMPLATES = FRONTEND / "templates"


def test_every_code_has_a_page_and_every_page_a_code(anonymous: TestClient) -> None:
    assert [code for code in TITLES if anonymous.get(f"/problems/{code}").status_code != 200] == []
    written = {file.stem for file in (TEMPLATES / "problems").glob("*.html")} - {"frame"}
    assert written == set(TITLES)


def test_the_page_of_a_code_names_its_title_its_status_and_what_to_do(anonymous: TestClient, admin: TestClient) -> None:
    for code, (status, title) in TITLES.items():
        for visitor in (anonymous, admin):
            page = visitor.get(f"/problems/{code}")
            assert page.status_code == 200
            assert f"「{title}」" in page.text
            assert f"<code>{status}</code>" in page.text and f"<code>{code}</code>" in page.text
            lists = re.search(r'<ul class="stack-s bullets">(.*?)</ul>', page.text, re.DOTALL)
            assert lists is not None and "<li>" in lists[1]


@pytest.mark.parametrize("code", ["nothing", "frame", "..%2flayout", "ALREADY-LENT"])
def test_an_unknown_code_has_no_page(anonymous: TestClient, code: str) -> None:
    assert anonymous.get(f"/problems/{code}").status_code == 404


def test_the_type_of_a_problem_leads_to_its_page(anonymous: TestClient) -> None:
    problem = anonymous.get("/api/devices").json()
    assert problem["type"] == "/problems/sign-in"
    assert anonymous.get(problem["type"]).status_code == 200


@pytest.mark.parametrize("path", ["/handbook", "/accessibility"])
def test_help_opens_for_anybody_and_shows_the_menu_only_to_staff(
    path: str, anonymous: TestClient, admin: TestClient
) -> None:
    assert anonymous.get(path).status_code == admin.get(path).status_code == 200
    assert 'class="nav wide"' in admin.get(path).text
    assert 'class="nav wide"' not in anonymous.get(path).text


def test_the_handbook_leads_to_each_of_its_chapters_and_to_pages_that_exist(admin: TestClient) -> None:
    text = admin.get("/handbook").text
    main = text[text.index('<main id="main"') : text.index("</main>")]
    for anchor in re.findall(r'<a href="#([^"]+)"', main):
        assert f'id="{anchor}"' in main
    chapters = {file.stem for file in (TEMPLATES / "help/handbook").glob("*.html")}
    assert chapters == set(re.findall(r'class="prose" id="([^"]+)"', main))
    links = {href.replace("&amp;", "&") for href in re.findall(r'href="(/[^"]*)"', main)}
    assert {f"/problems/{code}" for code in TITLES} <= links
    assert {link: admin.get(link).status_code for link in links if admin.get(link).status_code != 200} == {}


def test_every_anchor_into_the_handbook_from_elsewhere_exists(anonymous: TestClient) -> None:
    text = anonymous.get("/handbook").text
    for file in _templates():
        for anchor in re.findall(r"/handbook#([a-z-]+)", file.read_text()):
            assert f'id="{anchor}"' in text, file


def test_the_policy_gives_the_standard_the_exceptions_and_the_telephone(anonymous: TestClient) -> None:
    text = anonymous.get("/accessibility").text
    assert "JIS X 8341-3:2016" in text and 'href="tel:0270001234"' in text


def test_a_page_that_is_not_there_says_so_with_a_way_on(anonymous: TestClient) -> None:
    page = anonymous.get("/nowhere")
    assert page.status_code == 404
    assert 'href="/problems/not-found"' in page.text and 'href="/handbook#trouble"' in page.text


def _templates() -> list[Path]:
    return sorted(TEMPLATES.rglob("*.html"))
