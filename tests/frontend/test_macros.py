"""The parts pages are made of: every state has its word and its shape, every sentence leads to its field."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace as Card
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).resolve().parents[2] / "frontend" / "templates"
STATIC = TEMPLATES.parent / "static"
PAGE = Card(
    visitor=None,
    nav=None,
    demo=False,
    city="前橋市",
    office_name="情報政策課",
    office_phone="027-000-1234",
    office_hours="",
    lost_phone="",
    flash=None,
    asset=lambda path: f"/static/{path}?v=1",
    new_op_id=lambda: "0123-op",
    can=lambda *roles: False,
)
ENVIRONMENT = Environment(loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, autoescape=True)


def draw(source: str, **context: Any) -> str:
    template = ENVIRONMENT.from_string('{% import "macros.html" as m with context %}' + source)
    return template.render(page=PAGE, **context)


def shapes(html: str) -> list[str]:
    return re.findall(r'href="#mark-([\w-]+)"', html)


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.mark.parametrize(
    ("state", "holds", "overdue", "shape", "word"),
    [
        ("in_stock", [], False, ["stock"], "在庫"),
        ("on_loan", [], False, ["lent"], "貸出中"),
        ("on_loan", [], True, ["late"], "延滞"),
        ("on_loan", ["lost"], False, ["lent", "lost"], "貸出中 紛失"),
        ("held", ["wipe", "inspect", "wipe"], False, ["hold", "hold"], "初期化待ち 点検待ち"),
        ("held", ["repair"], False, ["hold"], "修理中"),
        ("held", ["missing"], False, ["hold"], "所在不明"),
        ("retired", ["lost"], False, ["gone"], "除却"),
    ],
)
def test_a_state_is_its_word_and_its_shape(
    state: str, holds: list[str], overdue: bool, shape: list[str], word: str
) -> None:
    card = Card(
        state=state,
        holds=[Card(reason=reason) for reason in holds],
        loan=Card(overdue=overdue) if state == "on_loan" else None,
    )
    html = draw("{{ m.state(card) }}", card=card)
    assert (shapes(html), words(html)) == (shape, word)


def test_a_card_may_say_itself_that_it_is_overdue() -> None:
    html = draw("{{ m.state(card) }}", card=Card(state="on_loan", holds=[], loan=None, overdue=True))
    assert shapes(html) == ["late"]


def test_a_wrong_field_carries_its_sentence_and_the_summary_leads_to_it() -> None:
    html = draw(
        "{{ m.errors_summary(errors) }}{{ m.field('note', '備考', '<b>', errors, hint='短く') }}",
        errors={"note": "短くしてください。"},
    )
    assert 'href="#f-note"' in html and 'id="f-note"' in html
    described = re.search(r'aria-describedby="([^"]+)"', html)
    assert described is not None and described[1].split() == ["f-note-wrong", "f-note-hint"]
    assert all(f'id="{name}"' in html for name in described[1].split())
    assert 'aria-invalid="true"' in html
    assert 'value="&lt;b&gt;"' in html


def test_a_field_without_fault_says_nothing() -> None:
    html = draw("{{ m.errors_summary({}) }}{{ m.field('note', '備考') }}")
    assert "aria-" not in html and "notice" not in html


@pytest.mark.parametrize("macro", ["radio", "checks"])
def test_the_summary_leads_to_the_first_choice(macro: str) -> None:
    html = draw(
        f"{{{{ m.{macro}('act', 'すること', [('a', 'あ'), ('b', 'い')], errors={{'act': 'えらんでください。'}}) }}}}"
    )
    inputs = re.findall(r'<input type="\w+" id="([^"]+)"', html)
    assert inputs == ["f-act", "f-act-2"]
    assert 'aria-describedby="f-act-wrong"' in html


def test_only_the_given_choices_are_made() -> None:
    options = "[(1, 'あ'), (2, 'い'), (3, 'う')]"
    assert re.findall(r'value="(\d)" checked', draw(f"{{{{ m.radio('n', 'x', {options}, 2) }}}}")) == ["2"]
    assert re.findall(r'value="(\d)" checked', draw(f"{{{{ m.checks('n', 'x', {options}, [1, '3']) }}}}")) == ["1", "3"]
    assert re.findall(r'value="(\d)" selected', draw(f"{{{{ m.select('n', 'x', {options}, '3') }}}}")) == ["3"]
    assert "selected" not in draw(f"{{{{ m.select('n', 'x', {options}, none, blank='すべて') }}}}")


def test_a_password_is_never_written_back() -> None:
    assert "hunter2" not in draw("{{ m.field('password', 'パスワード', 'hunter2', type='password') }}")


def test_a_form_carries_its_number_and_its_revision() -> None:
    html = draw("{{ m.op_id() }}{{ m.if_match(etag) }}", etag='"3"')
    assert 'name="op_id" value="0123-op"' in html
    assert 'name="if_match" value="&#34;3&#34;"' in html


def test_the_foot_of_a_list_counts_only_when_counted_and_ends_on_the_last_page() -> None:
    html = draw("{{ m.pager('/devices?cursor=a&q=b', 1048, '台') }}")
    assert 'href="/devices?cursor=a&amp;q=b"' in html and "1,048" in html
    assert draw("{{ m.pager(none, none) }}") == ""
    assert "href" not in draw("{{ m.pager(none, 3) }}")


def test_every_mark_that_a_template_draws_is_in_the_sprite() -> None:
    sprite = (TEMPLATES / "marks.html").read_text(encoding="utf-8")
    known = set(re.findall(r'<symbol id="mark-([\w-]+)"', sprite))
    drawn = set()
    for path in TEMPLATES.rglob("*.html"):
        drawn |= set(re.findall(r"\bmark\('([\w-]+)'", path.read_text(encoding="utf-8")))
    assert {"brand", "search", "nogo"} <= drawn <= known


@pytest.mark.parametrize(
    ("roles", "quiet"),
    [
        (["viewer"], set()),
        (["desk"], {"/conflicts"}),
        (["it"], {"/conflicts", "/pools"}),
        (["admin"], {"/conflicts", "/pools", "/staff"}),
    ],
)
def test_the_quiet_menu_is_for_those_who_may_enter(roles: list[str], quiet: set[str]) -> None:
    visitor = Card(username="kobayashi", name="小林", section="生涯学習課", roles=roles)

    def can(*some: str) -> bool:
        return "admin" in roles or bool(set(some) & set(roles))

    page = Card(**{**vars(PAGE), "visitor": visitor, "nav": "desk", "can": can})
    html = ENVIRONMENT.get_template("layout.html").render(page=page)
    assert set(re.findall(r'href="(/conflicts|/pools|/staff)"', html)) == quiet
    assert re.findall(r'<a href="([^"]+)" aria-current="page"', html) == ["/desk", "/desk"]


@pytest.mark.parametrize("name", ["layout.html", "public.html"])
def test_a_layout_stands_without_a_visitor_and_names_only_files_that_exist(name: str) -> None:
    html = ENVIRONMENT.get_template(name).render(page=PAGE)
    assert 'action="/find"' not in html and "/sign-out" not in html
    named = re.findall(r'"/static/([^"?]+)\?v=1"', html)
    assert len(named) >= 7 and [path for path in named if not (STATIC / path).is_file()] == []


def test_the_public_layout_dials_the_office_or_shows_no_bar() -> None:
    template = ENVIRONMENT.get_template("public.html")
    assert 'href="tel:0270001234"' in template.render(page=PAGE)
    assert "callbar" not in template.render(page=Card(**{**vars(PAGE), "office_phone": ""}))
