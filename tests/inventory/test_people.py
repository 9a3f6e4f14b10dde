"""Associations, districts and officers: who answers for whom, from when until when."""

from datetime import date, datetime
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import update

from inventory.borrowers import PERSON
from inventory.calendar import TOKYO
from inventory.database import Database, writing
from inventory.errors import Invalid, NotFound, Stale
from inventory.loans import list_loans
from inventory.officers import (
    EndOffice,
    NewOfficer,
    add_officer,
    end_office,
    list_officers,
    officer_card,
    phones_of,
    without_contacts,
)
from inventory.people import (
    AssociationChange,
    DevicesLent,
    NewAssociation,
    NewDistrict,
    association_card,
    change_association,
    create_association,
    create_district,
    district_card,
    lent_to_associations,
    list_associations,
    list_districts,
)
from tests.inventory.city import (
    NOON,
    act,
    association,
    bring_back,
    devices,
    head,
    later,
    led_association,
    lend,
    loan,
    look,
    refused_fields,
    rows,
    tablets,
)


def _erase(database: Database, person: str) -> None:
    """What the verb that erases a person will leave: the row, blanked."""
    with writing(database) as session:
        blank = {"name": "", "name_kana": "", "phone": None, "email": None, "erased_at": NOON}
        session.connection().execute(update(PERSON).where(PERSON.c.id == int(person)).values(blank))


def test_a_district_is_named_once(database: Database) -> None:
    made = act(database, create_district, NewDistrict(name="大胡地区", name_kana="おおごちく"))
    act(database, create_district, NewDistrict(name="宮城地区", name_kana="ﾐﾔｷﾞﾁｸ"))
    act(database, create_district, NewDistrict(name="粕川地区", name_kana="カスカワチク"))
    with pytest.raises(Invalid) as refusal:
        act(database, create_district, NewDistrict(name=" 大胡地区 "))
    assert refused_fields(refusal) == ["name"]
    listed = look(database, list_districts)
    assert [card.name_kana for card in listed] == ["オオゴチク", "カスカワチク", "ミヤギチク"]
    assert look(database, district_card, made.id) == made == listed[0]
    with pytest.raises(NotFound):
        look(database, district_card, "x")


def test_an_association_stands_in_its_district(database: Database) -> None:
    district = act(database, create_district, NewDistrict(name="大胡地区"))
    made = association(database, "堀越町自治会", name_kana="ほりこしまちじちかい", district=district.id)
    assert (made.name_kana, made.district, made.head, made.devices_out, made.revision) == (
        "ホリコシマチジチカイ",
        district,
        None,
        0,
        1,
    )
    assert look(database, association_card, made.id, now=NOON) == made
    with pytest.raises(Invalid) as refusal:
        act(database, create_association, NewAssociation(name="別", district="999"))
    assert refused_fields(refusal) == ["district"]
    for unknown in ("999", "x", "0", "-1", "１", "99999999999"):
        with pytest.raises(NotFound):
            look(database, association_card, unknown, now=NOON)
        with pytest.raises(NotFound):
            look(database, list_officers, unknown, now=NOON)


def test_a_changed_association_is_found_by_its_new_words(database: Database) -> None:
    district = act(database, create_district, NewDistrict(name="大胡地区"))
    made = association(database, "堀越町", name_kana="ほりこし")
    change = AssociationChange(name="高﨑町自治会", district=district.id)
    card = act(database, change_association, change, association=made.id, revision=1)
    assert (card.name, card.name_kana, card.district, card.revision) == ("高﨑町自治会", "ホリコシ", district, 2)

    def found(q: str) -> list[str]:
        return [item.name for item in look(database, list_associations, now=NOON, q=q).items]

    assert found("髙崎町") == found("大胡") == found("ほりこし") == ["高﨑町自治会"]
    assert found("堀越") == []
    same = act(database, change_association, AssociationChange(name_kana="ほりこし"), association=made.id, revision=2)
    assert (same.district, same.revision) == (district, 3)
    emptied = AssociationChange(name=None, name_kana=None, district=None)
    bare = act(database, change_association, emptied, association=made.id, revision=3)
    assert (bare.name, bare.name_kana, bare.district) == ("高﨑町自治会", "", None)
    assert found("大胡") == found("ほりこし") == []
    with pytest.raises(Stale):
        act(database, change_association, change, association=made.id, revision=2)
    with pytest.raises(Invalid):
        act(database, change_association, AssociationChange(district="999"), association=made.id, revision=4)
    with pytest.raises(NotFound):
        act(database, change_association, change, association="999", revision=1)


def test_an_association_is_found_by_whoever_holds_an_office(database: Database) -> None:
    one = association(database, "一丁目")
    association(database, "二丁目")
    head(database, one.id, name="髙橋　康男", name_kana="たかはし　やすお")

    def found(q: str) -> list[str]:
        return [item.name for item in look(database, list_associations, now=NOON, q=q).items]

    for q in ("高橋", "髙橋 康男", "たかはしやすお", "ﾀｶﾊｼ", "タカハシ　ヤスオ"):
        assert found(q) == ["一丁目"], q
    assert found("100%") == found("_") == found("\x00たなか") == []


def test_associations_are_listed_by_kana_in_pages(database: Database) -> None:
    district = act(database, create_district, NewDistrict(name="大胡地区"))
    kana = ["アサヒ", "イケ", "イケ", "ウエ", "エダ", "オカ　ノ", "カミ"]
    made = [association(database, f"{k}自治会", name_kana=k, district=district.id) for k in reversed(kana)]
    outside = association(database, "地区外", name_kana="ン")

    def pages(**query: Any) -> list[str]:
        walked, cursor = [], None
        while True:
            page = look(database, list_associations, now=NOON, limit=2, cursor=cursor, **query)
            walked += [card.id for card in page.items]
            cursor = page.next
            if cursor is None:
                return walked

    walked = pages()
    assert sorted(walked) == sorted(card.id for card in [*made, outside])
    names = {card.id: card.name_kana for card in [*made, outside]}
    assert [names[number] for number in walked] == [*kana, "ン"]
    assert sorted(pages(district=district.id)) == sorted(card.id for card in made)
    assert look(database, list_associations, now=NOON, limit=2).total == 8
    # A district that cannot be is no district; it is not "those without one".
    for unknown in ("x", "999", "0"):
        assert pages(district=unknown) == []


def test_the_head_is_who_holds_the_office_today(database: Database) -> None:
    made = association(database)
    head(database, made.id, name="前の会長", since=date(2024, 4, 1), until=date(2026, 3, 31))
    head(database, made.id, name="副会長の人", since=date(2026, 4, 1), office="副会長")
    head(database, made.id, name="今の会長", since=date(2026, 4, 1), until=date(2027, 3, 31))
    head(database, made.id, name="次の会長", since=date(2027, 4, 1))

    def head_at(now: datetime) -> str | None:
        found = look(database, association_card, made.id, now=now).head
        return found.name if found else None

    assert head_at(datetime(2024, 3, 31, 23, 59, tzinfo=TOKYO)) is None
    assert head_at(datetime(2026, 3, 31, 23, 59, tzinfo=TOKYO)) == "前の会長"
    assert head_at(datetime(2026, 4, 1, 0, 0, tzinfo=TOKYO)) == "今の会長"
    assert head_at(datetime(2027, 3, 31, 23, 59, tzinfo=TOKYO)) == "今の会長"
    assert head_at(datetime(2027, 4, 1, 0, 0, tzinfo=TOKYO)) == "次の会長"
    listed = look(database, list_officers, made.id, now=NOON)
    assert [card.name for card in listed] == ["次の会長", "今の会長", "副会長の人", "前の会長"]
    assert [card.in_office for card in listed] == [False, True, True, False]


def test_without_a_chair_another_office_answers(database: Database) -> None:
    made = association(database)
    head(database, made.id, name="会計の人", office="会計")
    found = look(database, association_card, made.id, now=NOON).head
    assert found is not None and (found.name, found.office) == ("会計の人", "会計")


def test_the_end_of_an_office_is_entered_when_it_is_known(database: Database) -> None:
    made = association(database)
    chair = head(database, made.id, since=date(2026, 4, 1))
    assert (chair.until, chair.in_office) == (None, True)
    ended = act(
        database, end_office, EndOffice(until=date(2026, 11, 23)), association=made.id, officer=chair.id, now=NOON
    )
    assert (ended.until, ended.in_office) == (date(2026, 11, 23), False)
    assert rows(database, "entry")[-1].data["notes"] == [
        ["end_office", {"officer": int(chair.id), "before": None, "after": "2026-11-23"}]
    ]
    longer = act(database, end_office, EndOffice(until=date(2027, 3, 31)), association=made.id, officer=chair.id)
    assert longer.in_office
    with pytest.raises(Invalid) as refusal:
        act(database, end_office, EndOffice(until=date(2026, 3, 31)), association=made.id, officer=chair.id)
    assert refused_fields(refusal) == ["until"]
    other = association(database, "別の自治会")
    for of, officer in ((other.id, chair.id), (made.id, "999"), ("x", "x"), ("x", chair.id)):
        with pytest.raises(NotFound):
            act(database, end_office, EndOffice(until=date(2027, 3, 31)), association=of, officer=officer)
    with pytest.raises(NotFound):
        look(database, officer_card, "999", now=NOON)


def test_contacts_are_on_the_card_and_off_for_a_viewer(database: Database) -> None:
    made = association(database)
    chair = head(database, made.id, name_kana="ｶﾅｲ ﾔｽｵ", phone="０２７（８９８）１２３４", email="kanai@example.jp")
    assert (chair.phone, chair.email, chair.name_kana) == ("027-898-1234", "kanai@example.jp", "カナイ ヤスオ")
    assert look(database, officer_card, chair.id, now=NOON) == chair
    bare = head(database, made.id, office="会計")
    assert look(database, phones_of, [chair.id, bare.id, "999", "x"]) == {chair.id: "027-898-1234"}
    assert look(database, phones_of, []) == {}
    shown = without_contacts(chair)
    assert (shown.phone, shown.email, shown.name) == (None, None, chair.name)
    assert chair.model_dump(by_alias=True)["from"] == date(2026, 4, 1)


def test_an_erased_person_leaves_the_office_and_no_name(database: Database) -> None:
    tablets(database)
    devices(database, "T1")
    made = association(database)
    chair = head(database, made.id, name="金井 康男", phone="027-898-1234")
    card = lend(database, {"association": made.id}, "T1")
    _erase(database, chair.person)
    (officer,) = look(database, list_officers, made.id, now=NOON)
    assert (officer.name, officer.phone, officer.in_office) == ("（消去ずみ）", None, True)
    found = look(database, association_card, made.id, now=NOON)
    assert found.head is not None and found.head.name == "（消去ずみ）"
    on_loan = loan(database, card.number).officer
    assert on_loan is not None and on_loan.name == "（消去ずみ）"
    assert look(database, list_associations, now=NOON, q="金井").items == []


def test_an_association_counts_what_it_has(database: Database) -> None:
    tablets(database)
    devices(database, "T1", "T2", "T3")
    one, two = led_association(database, "一丁目"), led_association(database, "二丁目")
    lend(database, {"association": one.id}, "T1", "T2")
    lend(database, {"association": two.id}, "T3")
    bring_back(database, "T1", now=later(hours=1))
    out = {card.id: card.devices_out for card in look(database, list_associations, now=NOON).items}
    assert out == {one.id: 1, two.id: 1}
    association(database, "三丁目")
    lend(database, {"section": "福祉課"}, "T1", due={"on": "2026-12-01"})
    assert look(database, lent_to_associations) == DevicesLent(associations=2, devices=2)
    bring_back(database, "T2", "T3")
    assert look(database, lent_to_associations) == DevicesLent(associations=0, devices=0)
    assert [card.borrower.id for card in look(database, list_loans, now=NOON, association=two.id).items] == [two.id]


def test_an_unknown_association_has_no_officers(database: Database) -> None:
    order = NewOfficer.model_validate({"name": "誰か", "from": "2026-04-01"})
    with pytest.raises(NotFound):
        act(database, add_officer, order, association="999")
    assert rows(database, "person") == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"phone": "1234"}, "phone"),
        ({"phone": "0-9-0-1-2-3-4-5-6-7-8"}, "phone"),
        ({"email": "no at sign"}, "email"),
        ({"email": "a@b\x00.jp"}, "email"),
        ({"from": "2026-02-30"}, "from"),
        ({"from": "1899-12-31"}, "from"),
        ({"until": "2026-03-31"}, None),
        ({"office": "とても長い役職名" * 4}, "office"),
    ],
)
def test_an_officer_of_the_wrong_shape_is_refused(wrong: dict[str, str], field: str | None) -> None:
    right = {"name": "金井", "from": "2026-04-01", "until": "", "phone": " ", "email": ""}
    made = NewOfficer.model_validate(right)
    assert (made.until, made.phone, made.email, made.office) == (None, None, None, "会長")
    with pytest.raises(ValidationError) as refusal:
        NewOfficer.model_validate(right | wrong)
    assert [error["loc"] for error in refusal.value.errors()] == [(field,) if field else ()]
