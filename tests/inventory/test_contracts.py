"""Contracts over many halls: what they cover, what each hall bears, and what no contract can say."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from inventory.contract_lists import ContractCard, contract_card, list_contracts, parts, years_of_contracts
from inventory.contracts import ContractChange, NewContract, change_contract, create_contract
from inventory.database import Database
from inventory.errors import Invalid, NotFound, Stale
from tests.inventory.city import act, look, refused_fields, rows, venue

HALLS = [f"hall-{number}" for number in range(1, 9)]


def halls(database: Database) -> None:
    for code in HALLS:
        venue(database, code, name=f"{code}公民館", name_kana=code)


def contract(database: Database, **fields: Any) -> ContractCard:
    order = {"number": "7-12", "title": "公民館Wi-Fi整備工事", "contractor": "前橋電工", "fiscal_year": 2025, **fields}
    return act(database, create_contract, NewContract.model_validate(order))


def change(database: Database, card: ContractCard, **fields: Any) -> ContractCard:
    order = ContractChange.model_validate(fields)
    return act(database, change_contract, order, contract=card.id, revision=card.revision)


def test_one_contract_covers_eight_halls_that_bear_equal_parts(database: Database) -> None:
    halls(database)
    card = contract(database, venues=HALLS, amount_yen=8_000_003, signed_on="2025-06-01", funding="一般財源")
    assert [one.code for one in card.venues] == HALLS
    assert [one.part_yen for one in card.venues] == [1_000_001] * 3 + [1_000_000] * 5
    # The parts are derived: the ledger holds no share that the contract does not name.
    assert {row.share_yen for row in rows(database, "contract_venue")} == {None}
    assert look(database, contract_card, card.id) == card


def test_a_venue_taken_out_stays_as_an_undone_row(database: Database) -> None:
    halls(database)
    card = contract(database, venues=[HALLS[0], {"venue": HALLS[1], "share_yen": 300}], amount_yen=1000)
    assert [one.part_yen for one in card.venues] == [700, 300]
    after = change(database, card, venues=[{"venue": HALLS[1], "share_yen": 400}, HALLS[2]])
    assert [(one.code, one.part_yen) for one in after.venues] == [(HALLS[1], 400), (HALLS[2], 600)]
    told = [(row.venue_id, row.share_yen, row.undone_entry is None) for row in rows(database, "contract_venue")]
    assert told == [(1, None, False), (2, 300, False), (2, 400, True), (3, None, True)]
    # What is named again as it was keeps its row.
    again = change(database, after, venues=[{"venue": HALLS[1], "share_yen": 400}, HALLS[2]], note=None)
    assert len(rows(database, "contract_venue")) == 4
    assert again.revision == 3


def test_a_change_keeps_what_it_does_not_name_and_none_overwrites_another(database: Database) -> None:
    halls(database)
    card = contract(database, venues=HALLS[:2], amount_yen=500, note="見積もりは3社")
    after = change(database, card, executed_yen=400, number=None)
    assert (after.number, after.note, len(after.venues), after.executed_yen) == ("7-12", "見積もりは3社", 2, 400)
    assert change(database, after, amount_yen=None).amount_yen is None
    with pytest.raises(Stale):
        change(database, card, title="べつの件名")
    with pytest.raises(NotFound):
        act(database, change_contract, ContractChange(), contract="99", revision=1)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"budget_yen": 1000, "executed_yen": 700, "carried_yen": 301}, "executed_yen"),
        ({"amount_yen": 1000, "venues": [{"venue": "hall-1", "share_yen": 1001}]}, "venues"),
        ({"venues": ["nowhere"]}, "venues"),
        ({"signed_on": date(2025, 6, 2), "until_on": date(2025, 6, 1)}, "until_on"),
        ({"number": "7-11"}, "number"),
    ],
)
def test_what_no_contract_can_say_is_refused_beside_its_field(
    database: Database, fields: dict[str, Any], wrong: str
) -> None:
    halls(database)
    contract(database, number="7-11")
    # The same number is free in another year.
    contract(database, number="7-11", fiscal_year=2024)
    with pytest.raises(Invalid) as refusal:
        contract(database, **fields)
    assert refused_fields(refusal) == [wrong]
    card = contract(database)
    with pytest.raises(Invalid) as refusal:
        change(database, card, **fields)
    assert refused_fields(refusal) == [wrong]
    assert look(database, contract_card, card.id) == card


def test_a_change_of_the_budget_alone_is_held_against_what_stands(database: Database) -> None:
    halls(database)
    card = contract(
        database, budget_yen=1000, executed_yen=900, amount_yen=900, venues=[{"venue": "hall-1", "share_yen": 800}]
    )
    for fields in ({"budget_yen": 899}, {"amount_yen": 799}, {"carried_yen": 101}):
        with pytest.raises(Invalid):
            change(database, card, **fields)
    assert change(database, card, carried_yen=100).unused_yen == 0


def test_a_venue_stands_in_a_contract_once() -> None:
    with pytest.raises(ValidationError):
        NewContract(number="1", title="工事", contractor="社", fiscal_year=2025, venues=["a", "a"])  # type: ignore[list-item]


def test_the_list_goes_by_year_and_number_and_finds_the_contracts_of_a_hall(database: Database) -> None:
    halls(database)
    for year, number, codes in ((2024, "1", HALLS[:1]), (2025, "2", HALLS[:2]), (2025, "1", HALLS[1:2])):
        contract(
            database, fiscal_year=year, number=number, venues=codes, amount_yen=100, budget_yen=200, executed_yen=50
        )
    first = look(database, list_contracts, limit=2, exact=True)
    assert [(one.fiscal_year, one.number) for one in first.items] == [(2025, "1"), (2025, "2")]
    assert first.total == 3
    rest = look(database, list_contracts, limit=2, cursor=first.next)
    assert [(one.fiscal_year, one.number) for one in rest.items] == [(2024, "1")]
    assert rest.next is None
    of_hall = look(database, list_contracts, venue=HALLS[0])
    assert [(one.fiscal_year, one.number) for one in of_hall.items] == [(2025, "2"), (2024, "1")]
    assert len(look(database, list_contracts, q="Wi-Fi").items) == 3
    assert look(database, list_contracts, q="%").items == []
    years = look(database, years_of_contracts)
    assert [(one.fiscal_year, one.contracts, one.amount_yen, one.executed_yen) for one in years] == [
        (2025, 2, 200, 100),
        (2024, 1, 100, 50),
    ]


@given(
    amount=st.none() | st.integers(0, 10**12),
    shares=st.lists(st.none() | st.integers(0, 10**10), min_size=1, max_size=20),
)
def test_parts_add_up_to_the_amount_and_differ_by_a_yen_at_most(amount: int | None, shares: list[int | None]) -> None:
    said = sum(share or 0 for share in shares)
    whole = None if amount is None else amount + said
    found = parts(whole, shares)
    assert [part for part, share in zip(found, shares, strict=True) if share is not None] == [
        share for share in shares if share is not None
    ]
    derived = [part for part, share in zip(found, shares, strict=True) if share is None]
    if amount is None:
        assert set(derived) <= {None}
    elif derived:
        known = [part for part in derived if part is not None]
        assert sum(known) == amount
        assert max(known) - min(known) <= 1
