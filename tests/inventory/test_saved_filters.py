"""Lists with their conditions under a name."""

import pytest
from pydantic import ValidationError

from inventory.database import Database
from inventory.errors import Invalid, NotFound
from inventory.saved_filters import NewSavedFilter, remove_filter, save_filter, saved_filter, saved_filters
from tests.inventory.city import act, look, refused_fields, rows

HERE = "/wifi/table"


def order(name: str = "おくれている館", query: str = "late=yes&stage=construction", page: str = HERE) -> NewSavedFilter:
    return NewSavedFilter.model_validate({"page": page, "name": name, "query": query})


def test_a_list_is_kept_until_it_is_removed(database: Database) -> None:
    kept = act(database, save_filter, order())
    act(database, save_filter, order("いま使えない館", "outage=yes"))
    assert [one.name for one in look(database, saved_filters, page=HERE).items] == ["いま使えない館", "おくれている館"]
    assert look(database, saved_filters) == look(database, saved_filters, page=HERE)
    assert look(database, saved_filters, page="/wifi/map").items == []
    for _ in range(2):
        act(database, remove_filter, saved=kept.id)
    assert [one.name for one in look(database, saved_filters, page=HERE).items] == ["いま使えない館"]
    # It stays in the ledger, and what removed it is told.
    first, *_ = rows(database, "saved_filter")
    assert first.removed_entry == rows(database, "entry")[2].seq
    assert look(database, saved_filter, kept.id) == kept
    # Its name is free again.
    act(database, save_filter, order())


def test_a_name_stands_once(database: Database) -> None:
    act(database, save_filter, order())
    with pytest.raises(Invalid) as refusal:
        act(database, save_filter, order(query="late=yes"))
    assert refused_fields(refusal) == ["name"]
    with pytest.raises(NotFound):
        act(database, remove_filter, saved="7")


def test_conditions_are_kept_without_where_a_reader_was() -> None:
    assert order(query="?late=yes&page=3&done=filter-saved&q=").query == "late=yes"
    assert order(query="q=大胡&kind=kominkan").query == "q=%E5%A4%A7%E8%83%A1&kind=kominkan"


@pytest.mark.parametrize(
    "wrong",
    [{"query": "page=2"}, {"query": ""}, {"query": "q=" + "大" * 60}, {"name": " "}, {"page": "/loans"}],
    ids=str,
)
def test_what_cannot_be_kept(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        order(**wrong)
