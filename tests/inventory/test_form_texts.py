"""The words of a pool's papers: built from the pool's own, written in versions, printed as they stood that day."""

from datetime import date, timedelta

import pytest

from inventory.agreement_texts import PoolWords, WriteText, list_texts, text_card, write_text
from inventory.database import Database
from inventory.errors import Conflict, Invalid, NotFound
from inventory.form_texts import (
    FIELDS_OF,
    FormField,
    FormTextCard,
    WriteFormText,
    built_in,
    form_text,
    form_text_of_id,
    form_text_on,
    list_form_texts,
    write_form_text,
)
from inventory.pools import PoolChange, change_pool
from inventory.tables import FormKind
from tests.inventory.city import NOON, act, later, look, phones, refused_fields, rows, tablets

ORDER = WriteFormText(
    title="貸与申請書",
    opening="次のとおり申請します。",
    lines=["守ります。"],
    legal_basis="前橋市物品管理規則第12条",
    form_number="様式第1号",
)


def write(
    database: Database, order: WriteFormText = ORDER, kind: FormKind = FormKind.APPLICATION, days: float = 0
) -> FormTextCard:
    return act(database, write_form_text, order, pool="tablets", kind=kind, now=later(days=days))


@pytest.mark.parametrize("kind", list(FormKind))
def test_every_paper_has_words_of_its_own_in_the_words_of_its_pool(kind: FormKind) -> None:
    words = built_in(kind, PoolWords("a", "区分", "貸付", "返納"))
    said = " ".join([words.title, words.opening, *words.lines, words.statement or ""])
    assert "貸付" in said or "返納" in said
    for usual in ("貸出", "貸与", "返却"):
        assert usual not in said
    assert set(words.fields) <= set(FIELDS_OF[kind])


def test_the_built_in_words_follow_the_pool_until_somebody_writes(database: Database) -> None:
    pool = tablets(database, lend_word="貸与", return_word="返納")
    card = look(database, form_text, "tablets", FormKind.RETURN)
    assert (card.id, card.title, card.version, card.since) == ("tablets/return/1", "返納確認書", 1, None)
    act(database, change_pool, PoolChange(return_word="返却"), pool="tablets", revision=pool.revision)
    assert look(database, form_text, "tablets", FormKind.RETURN).title == "返却確認書"
    assert rows(database, "form_text") == []


def test_a_version_is_added_and_the_one_before_stays(database: Database) -> None:
    tablets(database)
    first = look(database, form_text, "tablets", FormKind.APPLICATION)
    second = write(database)
    assert (second.version, second.since, second.title) == (2, date(2026, 11, 24), "貸与申請書")
    assert (second.legal_basis, second.form_number, second.statement) == (ORDER.legal_basis, "様式第1号", "")
    third = write(database, ORDER.model_copy(update={"title": "申込書"}), days=1)
    assert third.version == 3
    found = look(database, list_form_texts, "tablets", FormKind.APPLICATION)
    assert [card.version for card in found] == [3, 2, 1]
    assert found[2] == first and found[1] == second
    assert look(database, form_text_of_id, "tablets/application/2") == second
    # The words of one paper are not those of another, nor of another pool.
    assert look(database, form_text, "tablets", FormKind.LOSS).version == 1
    phones(database)
    assert look(database, form_text, "phones", FormKind.APPLICATION).version == 1
    told = rows(database, "entry")[-2]
    assert told.act == "write_form_text"
    assert told.data["notes"][0][1] == {"pool": "tablets", "kind": "application", "version": 3}


def test_a_paper_of_a_day_has_the_words_of_that_day(database: Database) -> None:
    tablets(database)
    write(database, days=1)
    write(database, ORDER.model_copy(update={"title": "申込書"}), days=10)
    day = NOON.date()
    versions = [
        look(database, form_text_on, "tablets", FormKind.APPLICATION, day + timedelta(days=days)).version
        for days in (-400, 0, 1, 9, 10, 400)
    ]
    assert versions == [1, 1, 2, 2, 3, 3]


def test_who_has_not_seen_the_newest_words_writes_none(database: Database) -> None:
    tablets(database)
    write(database, ORDER.model_copy(update={"seen": 1}))
    with pytest.raises(Conflict):
        write(database, ORDER.model_copy(update={"seen": 1}))
    assert len(rows(database, "form_text")) == 2


def test_a_field_of_another_paper_is_refused(database: Database) -> None:
    tablets(database)
    with pytest.raises(Invalid) as refusal:
        write(database, ORDER.model_copy(update={"fields": [FormField.POLICE]}))
    assert refused_fields(refusal) == ["fields"]
    assert rows(database, "form_text") == []
    for kind in FormKind:
        write(database, ORDER.model_copy(update={"fields": list(FIELDS_OF[kind])}), kind)


def test_unknown_pools_and_versions_are_told(database: Database) -> None:
    with pytest.raises(NotFound):
        look(database, form_text, "none", FormKind.LOSS)
    with pytest.raises(NotFound):
        write(database)
    tablets(database)
    with pytest.raises(NotFound):
        look(database, form_text, "tablets", FormKind.LOSS, 2)


def test_the_agreement_too_has_its_rule_its_number_and_the_words_of_the_pool(database: Database) -> None:
    tablets(database, return_word="返納")
    [first] = look(database, list_texts, "tablets")
    assert any("返納のあと" in promise for promise in first.promises)
    assert not any("返却" in promise for promise in first.promises)
    assert (first.return_word, first.legal_basis, first.form_number) == ("返納", None, None)
    order = WriteText(
        opening="借ります。",
        promises=["守ります。"],
        statement="受け取りました。",
        legal_basis="規則第12条",
        form_number="様式第3号",
    )
    act(database, write_text, order, pool="tablets")
    card = look(database, text_card, "tablets")
    assert (card.version, card.legal_basis, card.form_number) == (2, "規則第12条", "様式第3号")
    assert look(database, text_card, "tablets", 1).promises == first.promises
