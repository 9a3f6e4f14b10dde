"""要望: who wishes for what, what planning answers, and what is still open."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from inventory.database import Database, writing
from inventory.errors import Conflict, Invalid, NotFound, Stale
from inventory.free_texts import blank_text
from inventory.people import NewAssociation, NewDistrict, create_association, create_district
from inventory.tables import WishAnswer, WishKind
from inventory.wish_lists import WishCard, list_wishes, wish_card, wishes_by_district
from inventory.wishes import AnswerWish, NewWish, WishChange, add_wish, answer_wish, change_wish, withdraw_wish
from tests.inventory.city import NOON, act, course, look, refused_fields, rows


def district(database: Database, name: str, kana: str | None = None) -> str:
    return act(database, create_district, NewDistrict(name=name, name_kana=kana)).id


def association(database: Database, name: str, of: str | None = None) -> str:
    return act(database, create_association, NewAssociation(name=name, district=of)).id


def wish(database: Database, **fields: Any) -> WishCard:
    order = {"kind": "continuation", "words": "来年もスマホ講座を開いてほしい", **fields}
    return act(database, add_wish, NewWish.model_validate(order))


def answer(database: Database, of: WishCard, said: str, **fields: Any) -> WishCard:
    return act(database, answer_wish, AnswerWish.model_validate({"answer": said, **fields}), wish=of.id)


def change(database: Database, of: WishCard, **fields: Any) -> WishCard:
    return act(database, change_wish, WishChange.model_validate(fields), wish=of.id, revision=of.revision)


def test_a_wish_comes_from_a_district_or_an_association(database: Database) -> None:
    ohgo, haga = district(database, "大胡地区"), district(database, "芳賀地区")
    horikoshi, loose = association(database, "堀越町自治会", ohgo), association(database, "どこでもない自治会")
    of_district = wish(database, district=ohgo, people=12, kind="series", wished_on="2026-11-01")
    assert look(database, wish_card, of_district.id) == of_district
    assert (of_district.district_name, of_district.kind, of_district.people) == ("大胡地区", WishKind.SERIES, 12)
    assert (of_district.state, of_district.wished_on, of_district.answer) == ("open", date(2026, 11, 1), None)
    of_association = wish(database, association=horikoshi)
    assert (of_association.district, of_association.association_name) == (ohgo, "堀越町自治会")
    assert of_association.wished_on == NOON.date()
    assert (wish(database, association=loose, district=haga).district, loose) == (haga, loose)
    assert wish(database, association=loose).district is None
    for fields, field in (
        ({}, "district"),
        ({"district": "999"}, "district"),
        ({"association": "x"}, "association"),
        ({"association": horikoshi, "district": haga}, "district"),
        ({"district": ohgo, "wished_on": "2026-11-25"}, "wished_on"),
    ):
        with pytest.raises(Invalid) as refusal:
            wish(database, **fields)
        assert refused_fields(refusal) == [field]
    for broken in ({"words": " "}, {"people": 0}, {"kind": "other"}):
        with pytest.raises(ValidationError):
            wish(database, district=ohgo, **broken)
    assert len(rows(database, "wish")) == 4


def test_planning_answers_and_may_answer_anew(database: Database) -> None:
    made = wish(database, district=district(database, "大胡地区"), wished_on="2026-11-01")
    later = answer(database, made, "later", words="来年度に考えます")
    assert (later.state, later.answer, later.answer_words) == ("answered", WishAnswer.LATER, "来年度に考えます")
    assert later.answered_on == NOON.date()
    of = course(database)
    planned = answer(database, made, "planned", course=of.id, on="2026-11-20")
    assert (planned.course, planned.course_title, planned.answer_words) == (of.id, "スマホ入門", None)
    assert (planned.answered_on, planned.revision) == (date(2026, 11, 20), 3)
    by_programme = answer(database, made, "planned", programme=of.programme)
    assert (by_programme.course, by_programme.programme_name, by_programme.fiscal_year) == (None, "スマホ講座", 2026)
    for said, fields, field in (
        ("planned", {"course": "999"}, "course"),
        ("planned", {"programme": "x"}, "programme"),
        ("declined", {"course": of.id}, "course"),
        ("later", {"programme": of.programme}, "programme"),
        ("later", {"on": "2026-11-25"}, "on"),
        ("later", {"on": "2026-10-31"}, "on"),
    ):
        with pytest.raises(Invalid) as refusal:
            answer(database, made, said, **fields)
        assert refused_fields(refusal) == [field]
    with pytest.raises(NotFound):
        act(database, answer_wish, AnswerWish(answer=WishAnswer.LATER), wish="999")
    facts = {"wish": int(made.id), "before": None, "after": "later", "course": None, "programme": None}
    assert ["answer_wish", facts] in [note for row in rows(database, "entry") for note in row.data["notes"]]


def test_a_wish_is_corrected_by_whoever_saw_it_last(database: Database) -> None:
    ohgo, haga = district(database, "大胡地区"), district(database, "芳賀地区")
    horikoshi, loose = association(database, "堀越町自治会", ohgo), association(database, "どこでもない自治会")
    made = wish(database, district=haga, people=5)
    card = change(database, made, words="写真の講座も", people=None, kind="new")
    assert (card.words, card.people, card.kind, card.district) == ("写真の講座も", None, WishKind.NEW, haga)
    with pytest.raises(Stale):
        change(database, made, people=7)
    # An association brings its own district along.
    card = change(database, card, association=horikoshi)
    assert (card.association, card.district) == (horikoshi, ohgo)
    card = change(database, card, association=loose, district=haga)
    assert (card.association, card.district) == (loose, haga)
    card = change(database, card, association=None)
    assert (card.association, card.district) == (None, haga)
    card = change(database, card, district=ohgo)
    assert (card.association, card.district) == (None, ohgo)
    with pytest.raises(Invalid):
        change(database, card, district=None)
    assert change(database, card, kind=None, words=None, wished_on=None).words == "写真の講座も"
    with pytest.raises(Invalid) as refusal:
        change(database, look(database, wish_card, card.id), wished_on="2026-11-25")
    assert refused_fields(refusal) == ["wished_on"]


def test_what_is_withdrawn_stays_and_counts_no_more(database: Database) -> None:
    ohgo = district(database, "大胡地区")
    made, other = wish(database, district=ohgo), wish(database, district=ohgo)
    gone = act(database, withdraw_wish, wish=made.id)
    assert gone.state == "withdrawn"
    with pytest.raises(Conflict):
        act(database, withdraw_wish, wish=made.id)
    with pytest.raises(Conflict):
        answer(database, made, "later")
    with pytest.raises(Conflict):
        change(database, gone, people=3)
    assert [card.id for card in look(database, list_wishes).items] == [other.id]
    assert [card.id for card in look(database, list_wishes, state="withdrawn").items] == [made.id]
    assert [one.open for one in look(database, wishes_by_district)] == [1]


def test_the_open_ones_stand_first_by_district(database: Database) -> None:
    ohgo, haga = district(database, "大胡地区", "オオゴ"), district(database, "芳賀地区", "ハガ")
    loose = association(database, "どこでもない自治会")
    nowhere = wish(database, association=loose, people=4)
    first = wish(database, district=haga, people=10)
    second = wish(database, district=ohgo)
    third = wish(database, district=ohgo, people=8, kind="new")
    answered = wish(database, district=ohgo)
    answer(database, answered, "later")
    assert [card.id for card in look(database, list_wishes).items] == [
        second.id,
        third.id,
        first.id,
        nowhere.id,
        answered.id,
    ]
    seen, cursor = [], None
    while True:
        page = look(database, list_wishes, limit=2, cursor=cursor)
        assert page.total == 5
        seen += [card.id for card in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == [second.id, third.id, first.id, nowhere.id, answered.id]
    counts = look(database, wishes_by_district)
    assert [(one.district, one.open, one.answered, one.people) for one in counts] == [
        (ohgo, 2, 1, 8),
        (haga, 1, 0, 10),
        (None, 1, 0, 4),
    ]
    for filters, wanted in (
        ({"district": haga}, [first.id]),
        ({"association": loose}, [nowhere.id]),
        ({"state": "answered"}, [answered.id]),
        ({"state": "open", "district": ohgo}, [second.id, third.id]),
        ({"kind": WishKind.NEW}, [third.id]),
        ({"course": "1"}, []),
    ):
        assert [card.id for card in look(database, list_wishes, **filters).items] == wanted


def test_the_words_of_a_wish_can_be_erased(database: Database) -> None:
    made = wish(database, district=district(database, "大胡地区"), words="金井康男さんの希望")
    answer(database, made, "later", words="金井康男さんに電話")
    with writing(database) as session:
        assert blank_text(session, "wish.words", int(made.id))
        assert blank_text(session, "wish.answer_words", int(made.id))
        assert not blank_text(session, "wish.words", int(made.id))
    card = look(database, wish_card, made.id)
    assert (card.words, card.answer_words) == ("", None)
    with pytest.raises(Stale):
        change(database, made, words="金井康男さんの希望")
