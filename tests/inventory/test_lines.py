"""Lines of venues: they come, change and end, each at its own venue."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from inventory.contracts import NewContract, create_contract
from inventory.database import Database
from inventory.errors import Invalid, NotFound, Stale
from inventory.lines import LineCard, LineChange, NewLine, add_line, change_line, every_line, lines_of
from inventory.tables import LineKind
from tests.inventory.city import act, look, refused_fields, venue


def line(database: Database, code: str = "ohgo", **fields: Any) -> LineCard:
    order = {"provider": "フレッツ光", "kind": "fibre", "from_on": "2025-08-01", **fields}
    return act(database, add_line, NewLine.model_validate(order), venue=code)


def change(database: Database, card: LineCard, *, venue: str | None = None, **fields: Any) -> LineCard:
    order = LineChange.model_validate(fields)
    return act(database, change_line, order, venue=venue or card.venue, line=card.id, revision=card.revision)


def test_a_line_comes_and_ends_with_its_last_day(database: Database) -> None:
    venue(database)
    card = line(database, circuit="CAF0012345678", speed_mbps=1000, monthly_yen=5500, note="情報盤は事務室")
    assert (card.venue, card.kind, card.monthly_yen, card.contract) == ("ohgo", LineKind.FIBRE, 5500, None)
    ended = change(database, card, until_on="2026-03-31")
    assert (ended.until_on, ended.circuit, ended.revision) == (date(2026, 3, 31), "CAF0012345678", 2)
    newer = line(database, from_on="2026-04-01", provider="ケーブルテレビ", kind="cable")
    assert [one.id for one in look(database, lines_of, "ohgo").items] == [newer.id, card.id]
    # A line that ended by mistake goes on.
    assert change(database, ended, until_on=None, provider=None).until_on is None


def test_a_line_names_its_contract(database: Database) -> None:
    venue(database)
    order = NewContract(number="7-12", title="回線契約", contractor="社", fiscal_year=2025)
    contract = act(database, create_contract, order)
    card = line(database, contract=contract.id)
    assert (card.contract, card.contract_name) == (contract.id, "7-12 回線契約")
    assert change(database, card, contract="").contract is None
    with pytest.raises(Invalid) as refusal:
        line(database, contract="99")
    assert refused_fields(refusal) == ["contract"]


def test_what_cannot_be_is_refused(database: Database) -> None:
    venue(database)
    venue(database, "other", name="東公民館")
    with pytest.raises(NotFound):
        line(database, "nowhere")
    with pytest.raises(NotFound):
        look(database, lines_of, "nowhere")
    with pytest.raises(ValidationError):
        line(database, until_on="2025-07-31")
    card = line(database)
    for wrong in ({"until_on": "2025-07-31"}, {"until_on": "2025-09-30", "from_on": "2025-10-01"}):
        with pytest.raises(Invalid) as refusal:
            change(database, card, **wrong)
        assert refused_fields(refusal) == ["until_on"]
    # A line is reached through its own venue alone.
    with pytest.raises(NotFound):
        change(database, card, venue="other", monthly_yen=1)
    change(database, card, monthly_yen=1)
    with pytest.raises(Stale):
        change(database, card, monthly_yen=2)
    assert [one.monthly_yen for one in look(database, every_line)] == [1]
