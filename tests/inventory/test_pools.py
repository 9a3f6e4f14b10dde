"""Pools carry the rules; two people at one form do not overwrite each other."""

from typing import Any

import pytest
from pydantic import ValidationError

from inventory.database import Database
from inventory.errors import Invalid, NotFound, Stale
from inventory.pools import NewPool, PoolChange, change_pool, create_pool, list_pools, pool_card
from inventory.tables import Demand, Handover, PoolKind
from tests.inventory.city import act, look, phones, refused_fields, rows, tablets


def test_a_pool_keeps_the_rules_it_was_given(database: Database) -> None:
    made = tablets(
        database,
        after_course="inspect",
        after_term="wipe",
        handover="wipe",
        agreement_required=True,
        accessories=[{"name": "充電器"}, {"name": "タッチペン", "count": 2}],
        preparation_minutes=30,
        default_days=14,
        one_per_borrower=True,
        lend_word="貸与",
        return_word="返還",
    )
    card = look(database, pool_card, "tablets")
    assert card == made
    assert (card.after_course, card.after_term, card.handover) == (Demand.INSPECT, Demand.WIPE, Handover.WIPE)
    assert [(part.name, part.count) for part in card.accessories] == [("充電器", 1), ("タッチペン", 2)]
    assert (card.preparation_minutes, card.default_days, card.revision) == (30, 14, 1)
    assert card.agreement_required and card.one_per_borrower
    assert (card.lend_word, card.return_word) == ("貸与", "返還")


def test_a_pool_without_rules_asks_for_nothing(database: Database) -> None:
    card = phones(database)
    assert (card.after_course, card.after_term, card.default_days) == (Demand.NONE, Demand.NONE, None)
    assert (card.lend_word, card.return_word, card.one_per_borrower) == ("貸出", "返却", False)


def test_an_id_is_given_once(database: Database) -> None:
    tablets(database)
    with pytest.raises(Invalid) as refusal:
        act(database, create_pool, NewPool(id="tablets", name="別の区分", kind=PoolKind.OTHER))
    assert refused_fields(refusal) == ["id"]
    assert [row.name for row in rows(database, "pool")] == ["自治会長タブレット"]


def test_a_change_touches_only_what_it_names(database: Database) -> None:
    before = tablets(database, after_term="wipe", default_days=14, accessories=[{"name": "充電器"}])
    change = PoolChange(name="会長用タブレット", default_days=None, kind=None)
    after = act(database, change_pool, change, pool="tablets", revision=1)
    assert (after.name, after.default_days, after.revision) == ("会長用タブレット", None, 2)
    assert (after.kind, after.after_term, after.accessories) == (PoolKind.TABLET, Demand.WIPE, before.accessories)
    kept = act(database, change_pool, PoolChange(accessories=[]), pool="tablets", revision=2)
    assert (kept.accessories, kept.name) == ([], "会長用タブレット")


def test_the_second_of_two_changes_is_told(database: Database) -> None:
    tablets(database)
    act(database, change_pool, PoolChange(name="先の人"), pool="tablets", revision=1)
    with pytest.raises(Stale) as refusal:
        act(database, change_pool, PoolChange(name="後の人"), pool="tablets", revision=1)
    assert refusal.value.facts == {"revision": 2}
    assert look(database, pool_card, "tablets").name == "先の人"


def test_an_unknown_pool_is_not_found(database: Database) -> None:
    with pytest.raises(NotFound):
        look(database, pool_card, "none")
    with pytest.raises(NotFound):
        act(database, change_pool, PoolChange(), pool="none", revision=1)


def test_pools_are_listed_by_id(database: Database) -> None:
    tablets(database)
    phones(database)
    assert [card.id for card in look(database, list_pools)] == ["phones", "tablets"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "Tablets"},
        {"id": "-tablets"},
        {"id": "new"},
        {"id": "a" * 41},
        {"id": ""},
        {"kind": "television"},
        {"name": " 　"},
        {"default_days": -1},
        {"default_days": 3661},
        {"preparation_minutes": 10081},
        {"after_term": "burn"},
        {"lend_word": "とても長いことばの貸出し"},
        {"accessories": [{"name": "充電器"}, {"name": "充電器"}]},
        {"accessories": [{"name": "充電器", "count": 0}]},
        {"colour": "red"},
    ],
)
def test_a_pool_of_the_wrong_shape_is_refused(wrong: dict[str, Any]) -> None:
    right = {"id": "tablets", "name": "タブレット", "kind": "tablet"}
    assert NewPool.model_validate(right).id == "tablets"
    with pytest.raises(ValidationError) as refusal:
        NewPool.model_validate(right | wrong)
    assert refusal.value.error_count() == 1
