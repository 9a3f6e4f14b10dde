"""Supporters: nobody without consent, a name that goes with the person, counts that stay."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import update

from inventory.course_help import PROGRAMME, SUPPORTER, AskSupporters, RecordAnswer, ask_supporters, record_answer
from inventory.database import Database, writing
from inventory.erasing import ERASED_NAME, ErasePerson, erase_person, holdings
from inventory.errors import Conflict, Invalid, NotFound, Stale
from inventory.people import NewDistrict, create_district
from inventory.personal_data import personal_record
from inventory.programmes import NewProgramme, create_programme
from inventory.retention import Rules, plan, set_rules
from inventory.supporter_lists import (
    SupporterCard,
    count_supporters,
    list_supporters,
    supporter_card,
    supporter_counts,
    without_contacts,
)
from inventory.supporters import (
    EndSupporter,
    NewSupporter,
    SupporterChange,
    change_supporter,
    end_supporter,
    register_supporter,
)
from inventory.tables import HelpAnswer, SupporterCategory
from tests.inventory import city
from tests.inventory.city import NOON, act, later, look, refused_fields, rows
from tests.inventory.volunteers import CONSENTED, supporter


def district(database: Database, name: str) -> str:
    return act(database, create_district, NewDistrict(name=name)).id


def programme(database: Database, code: str = "S16", year: int = 2026, **fields: Any) -> str:
    with_numbers = {name: fields.pop(name) for name in ("supporters_asked", "supporters_agreed") if name in fields}
    made = act(database, create_programme, NewProgramme(code=code, fiscal_year=year, name="ICTサポート育成")).id
    if with_numbers:
        with writing(database) as session:
            session.connection().execute(update(PROGRAMME).where(PROGRAMME.c.id == int(made)).values(with_numbers))
    return made


def names(database: Database, **filters: Any) -> list[str]:
    return [card.name for card in look(database, list_supporters, now=NOON, **filters).items]


def change(database: Database, card: SupporterCard, **fields: Any) -> SupporterCard:
    order = SupporterChange.model_validate(fields)
    return act(database, change_supporter, order, supporter=card.id, revision=card.revision)


def test_a_supporter_is_registered_with_everything_that_is_asked_for(database: Database) -> None:
    ohgo, haga = district(database, "大胡地区"), district(database, "芳賀地区")
    came = programme(database)
    card = supporter(
        database,
        "髙橋 節子",
        name_kana="たかはし せつこ",
        phone="０２７ー２８３ー５６７８",
        email="setsuko@example.jp",
        category="care_prevention",
        districts=[haga, ohgo, haga],
        programme=came,
        note="火曜は休み",
    )
    assert look(database, supporter_card, card.id, now=NOON) == card
    assert (card.name_kana, card.phone, card.email) == ("タカハシ セツコ", "027-283-5678", "setsuko@example.jp")
    assert {one.id for one in card.districts} == {ohgo, haga}
    assert (card.programme, card.programme_code, card.fiscal_year) == (came, "S16", 2026)
    assert (card.active, card.consented_on, card.ended_on, card.asked, card.agreed) == (True, CONSENTED, None, 0, 0)
    hidden = without_contacts(card)
    assert (hidden.phone, hidden.email, hidden.note, hidden.name) == (None, None, None, "髙橋 節子")
    assert rows(database, "person")[0].name == "髙橋 節子"
    assert rows(database, "entry")[-1].data["notes"] == [["register_supporter", {"supporter": 1, "person": 1}]]


def test_nobody_is_registered_without_consent(database: Database) -> None:
    bare: dict[str, Any] = {"name": "金井 康男", "category": "welfare"}
    for more, field in (
        ({}, "consented_on"),
        ({"consented_on": ""}, "consented_on"),
        ({"consented_on": "2026-11-25"}, "consented_on"),
        ({"consented_on": "2026-06-02", "registered_on": "2026-06-01"}, "registered_on"),
        ({"consented_on": "2026-06-01", "districts": ["999"]}, "districts"),
        ({"consented_on": "2026-06-01", "programme": "999"}, "programme"),
    ):
        with pytest.raises(Invalid) as refusal:
            act(database, register_supporter, NewSupporter.model_validate(bare | more))
        assert refused_fields(refusal) == [field]
    assert rows(database, "supporter") == [] and rows(database, "person") == []
    made = act(database, register_supporter, NewSupporter.model_validate(bare | {"consented_on": "2026-06-01"}))
    assert made.registered_on == NOON.date()


def test_a_registration_is_corrected_by_whoever_saw_it_last(database: Database) -> None:
    ohgo = district(database, "大胡地区")
    first = supporter(database, districts=[ohgo], phone="027-283-5678", note="メモ", programme=programme(database))
    card = change(
        database, first, name="金井 靖男", phone=None, districts=[], category="student", programme=None, note=None
    )
    assert (card.name, card.phone, card.districts, card.category) == ("金井 靖男", None, [], SupporterCategory.STUDENT)
    assert (card.programme, card.note, card.revision) == (None, None, 2)
    with pytest.raises(Stale):
        change(database, first, name="古い")
    with pytest.raises(NotFound):
        act(database, change_supporter, SupporterChange(), supporter="999", revision=1)
    assert change(database, card, name=None, category=None, consented_on=None).name == "金井 靖男"
    for fields, field in (
        ({"consented_on": "2026-11-25"}, "consented_on"),
        ({"registered_on": "2026-05-31"}, "registered_on"),
        ({"ended_on": "2026-05-31"}, "ended_on"),
    ):
        with pytest.raises(Invalid) as refusal:
            change(database, look(database, supporter_card, card.id, now=NOON), **fields)
        assert refused_fields(refusal) == [field]


def test_a_registration_ends_and_the_end_may_be_taken_back(database: Database) -> None:
    made = supporter(database)
    with pytest.raises(Invalid) as refusal:
        act(database, end_supporter, EndSupporter(on=date(2026, 5, 31)), supporter=made.id)
    assert refused_fields(refusal) == ["on"]
    ended = act(database, end_supporter, EndSupporter(on=date(2026, 11, 23)), supporter=made.id)
    assert (ended.active, ended.ended_on) == (False, date(2026, 11, 23))
    last_day = act(database, end_supporter, EndSupporter(on=date(2026, 11, 24)), supporter=made.id)
    assert last_day.active
    assert change(database, last_day, ended_on=None).ended_on is None


def test_the_list_is_by_kana_and_found_by_folded_names(database: Database) -> None:
    ohgo, haga = district(database, "大胡地区"), district(database, "芳賀地区")
    supporter(database, "髙橋 節子", name_kana="たかはし せつこ", districts=[ohgo])
    supporter(database, "荒木 一", name_kana="あらき はじめ", category="student", districts=[haga])
    everywhere = supporter(database, "金井 康男", name_kana="かない やすお")
    assert names(database) == ["荒木 一", "金井 康男", "髙橋 節子"]
    assert names(database, q="高橋節子") == ["髙橋 節子"]
    assert names(database, q="ｱﾗｷ") == ["荒木 一"]
    # Who names no district helps everywhere.
    assert names(database, district=ohgo) == ["金井 康男", "髙橋 節子"]
    assert names(database, district="x") == ["金井 康男"]
    assert names(database, category=SupporterCategory.STUDENT) == ["荒木 一"]
    act(database, end_supporter, EndSupporter(on=date(2026, 11, 1)), supporter=everywhere.id)
    assert names(database, active=True) == ["荒木 一", "髙橋 節子"]
    assert names(database, active=False) == ["金井 康男"]


def test_pages_follow_each_other_and_carry_no_name(database: Database) -> None:
    for number in range(5):
        supporter(database, f"支援 {number}", name_kana="しえん" if number < 3 else "しえんた")
    seen: list[str] = []
    cursor = None
    while True:
        page = look(database, list_supporters, now=NOON, limit=2, cursor=cursor)
        assert page.total == 5
        seen += [card.name for card in page.items]
        cursor = page.next
        if cursor is None:
            break
        assert len(cursor) < 12
    assert seen == [f"支援 {number}" for number in range(5)]


def test_numbers_by_category(database: Database) -> None:
    last = supporter(database)
    for category in ("student", "welfare"):
        supporter(database, category=category)
    act(database, end_supporter, EndSupporter(on=date(2026, 11, 1)), supporter=last.id)
    found = look(database, count_supporters, now=NOON)
    assert (found.active, found.ended) == (2, 1)
    assert found.categories == {SupporterCategory.WELFARE: 1, SupporterCategory.STUDENT: 1}


def test_what_was_reported_stands_beside_what_is_counted(database: Database) -> None:
    told = programme(database, supporters_asked=113, supporters_agreed=26)
    silent = programme(database, "S17")
    older = programme(database, "S16", 2025)
    first = supporter(database, programme=told)
    supporter(database, programme=told)
    supporter(database, programme=older, consented_on="2025-06-01", registered_on="2025-06-01")
    supporter(database)
    act(database, end_supporter, EndSupporter(on=date(2026, 11, 1)), supporter=first.id)
    act(database, erase_person, ErasePerson(), person=first.person)
    found = look(database, supporter_counts, 2026)
    assert (found.asked, found.agreed, found.registered, found.standing) == (113, 26, 3, 3)
    # A year under way is counted on the day of asking.
    assert look(database, supporter_counts, 2026, on=date(2026, 10, 31)).standing == 4
    (one,) = found.programmes
    assert (one.programme, one.asked, one.agreed, one.registered) == (told, 113, 26, 2)
    before = look(database, supporter_counts, 2025)
    assert (before.asked, before.agreed, before.registered, before.standing) == (None, None, 1, 1)
    assert [one.programme for one in before.programmes] == [older] and silent != older


def test_whoever_is_erased_is_asked_no_more_and_still_counts(database: Database) -> None:
    made = supporter(database, "龘驫 康男", name_kana="みるし", phone="027-999-1234", note="龘驫さんは火曜だけ")
    of = city.course(database)
    helper = act(database, ask_supporters, AskSupporters(supporters=[made.id]), course=of.id).items[0].id
    act(database, record_answer, RecordAnswer(answer=HelpAnswer.AGREED), course=of.id, helper=helper)
    found = look(database, holdings, made.person)
    assert (found.supporters, [text.key for text in found.texts]) == (1, [])
    act(database, erase_person, ErasePerson(), person=made.person, now=later(days=1))
    assert not any(
        "龘" in str(value) for table in ("person", "supporter") for row in rows(database, table) for value in row
    )
    card = look(database, supporter_card, made.id, now=later(days=2))
    assert (card.name, card.active, card.ended_on, card.agreed) == (ERASED_NAME, False, later(days=1).date(), 1)
    assert (card.phone, card.note, card.revision) == (None, None, 2)
    assert look(database, list_supporters, now=NOON, q="龘驫").items == []
    with pytest.raises(Conflict):
        change(database, card, name="龘驫 康男")
    with pytest.raises(Conflict):
        change(database, card, ended_on=None)
    assert look(database, holdings, made.person).supporters == 0
    entry = rows(database, "entry")[-1].data["notes"][0][1]
    assert (entry["supporters"], entry["erased"]) == (1, [["person", int(made.person)]])


def test_another_text_about_a_supporter_goes_where_somebody_says_so(database: Database) -> None:
    made = supporter(database, "龘驫 康男")
    other = supporter(database, "金井 靖男", note="龘驫 康男さんの紹介")
    keys = [text.key for text in look(database, holdings, made.person).texts]
    assert keys == [f"supporter.note.{other.id}"]
    act(database, erase_person, ErasePerson(texts=keys), person=made.person)
    assert look(database, supporter_card, other.id, now=NOON).note is None


def test_the_record_of_a_person_holds_what_they_helped_with(database: Database) -> None:
    made = supporter(database, districts=[district(database, "大胡地区")], programme=programme(database), note="メモ")
    of = city.course(database)
    act(database, ask_supporters, AskSupporters(supporters=[made.id]), course=of.id)
    supporter(database, "荒木 一", note="よその人")
    (held,) = look(database, personal_record, made.person, now=NOON).supporters
    assert (held.supporter_id, held.districts, held.programme, held.note) == (
        made.id,
        ["大胡地区"],
        "ICTサポート育成",
        "メモ",
    )
    assert [(one.course_id, one.answer, one.taken_back) for one in held.courses] == [(of.id, None, False)]


def test_the_years_of_keeping_hold_for_supporters_too(database: Database) -> None:
    act(database, set_rules, Rules(people=1))
    made = supporter(database)
    officer = city.head(database, city.association(database).id, since=date(2022, 4, 1), until=date(2024, 3, 31))
    over = look(database, plan, now=NOON).rows
    assert [str(one.row) for one in over] == [officer.person]
    act(database, end_supporter, EndSupporter(on=date(2026, 11, 30)), supporter=made.id)
    assert len(look(database, plan, now=later(days=365)).rows) == 1
    rows_then = look(database, plan, now=later(days=372)).rows
    assert {str(one.row): one.since for one in rows_then} == {
        officer.person: date(2024, 3, 31),
        made.person: date(2026, 11, 30),
    }
    # Whoever held an office once and still helps is kept.
    with writing(database) as session:
        session.connection().execute(update(SUPPORTER).values(person_id=int(officer.person), ended_on=None))
    assert look(database, plan, now=later(days=372)).rows == []
