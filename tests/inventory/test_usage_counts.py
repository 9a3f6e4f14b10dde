"""利用件数: the count recorded last counts, and the table adds up."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.exc import DatabaseError

from inventory.database import Database, writing
from inventory.errors import Invalid, NotFound
from inventory.usage_counts import (
    USAGE,
    RecordUsage,
    RecordUsages,
    UsageCard,
    every_count,
    list_usage,
    months_of,
    record_usage,
    record_usages,
    usage_table,
)
from tests.inventory.city import NOON, act, later, look, rows, venue


def used(database: Database, month: str, count: object, code: str = "ohgo", **more: Any) -> UsageCard:
    order = RecordUsage.model_validate({"month": month, "count": count})
    return act(database, record_usage, order, venue=code, **more)


def test_the_count_recorded_last_counts_and_none_is_changed(database: Database) -> None:
    venue(database)
    first = used(database, "2026-10", 120)
    assert (first.month, first.count, first.recorded_at) == ("2026-10", 120, NOON)
    second = used(database, "2026-10", "１，２００", now=later(days=1))
    assert (second.count, second.recorded_at) == (1200, later(days=1))
    assert used(database, "2026-10", 1200, now=later(days=2)).id == second.id
    assert [(row.month, row.count) for row in look(database, list_usage, "ohgo").items] == [("2026-10", 1200)]
    assert len(rows(database, "wifi_usage")) == 2
    with pytest.raises(DatabaseError), writing(database) as session:
        session.connection().execute(update(USAGE).values(count=1))


def test_the_table_adds_up_over_all_pages(database: Database) -> None:
    for number in range(5):
        venue(database, f"v{number}", name=f"{number}館", kind="library" if number == 4 else "kominkan")
    cells = [
        {"venue": f"v{number}", "month": month, "count": number * 10 + 1}
        for number in range(5)
        for month in ("2026-04", "2026-11")
    ]
    done = act(database, record_usages, RecordUsages.model_validate({"items": cells}))
    assert (done.created, done.changed) == (10, 0)
    done = act(database, record_usages, RecordUsages.model_validate({"items": [*cells[1:], cells[0] | {"count": 7}]}))
    assert (done.created, done.changed) == (0, 1)
    table = look(database, usage_table, fiscal_year=2026, now=NOON, limit=2)
    assert (table.venues, [row.code for row in table.rows]) == (5, ["v0", "v1"])
    assert (table.rows[0].months[0], table.rows[0].months[1], table.rows[0].months[7]) == (7, None, 1)
    assert table.months[0] == 7 + 11 + 21 + 31 + 41
    assert table.total == table.months[0] + table.months[7]
    codes, cursor = list[str](), None
    while True:
        page = look(database, usage_table, fiscal_year=2026, now=NOON, limit=2, cursor=cursor)
        codes += [row.code for row in page.rows]
        cursor = page.next
        if cursor is None:
            break
    assert codes == ["v0", "v1", "v2", "v3", "v4"]
    libraries = look(database, usage_table, fiscal_year=2026, now=NOON, kind="library")
    assert (libraries.venues, libraries.total) == (1, 82)
    assert look(database, usage_table, fiscal_year=2025, now=NOON).total == 0
    assert len(look(database, every_count, 2026)) == 10
    assert look(database, every_count, 2025) == []


def test_what_is_refused(database: Database) -> None:
    venue(database)
    with pytest.raises(Invalid):
        used(database, "2026-12", 1)
    with pytest.raises(NotFound):
        used(database, "2026-10", 1, "nowhere")
    with pytest.raises(NotFound):
        look(database, usage_table, fiscal_year=2026, now=NOON, programme="none")
    for month, count in (("2026-13", 1), ("10", 1), ("2026-10-01", 1), ("2026-10", -1), ("2026-10", "たくさん")):
        with pytest.raises(ValueError, match="validation error"):
            used(database, month, count)
    order = RecordUsages.model_validate(
        {"items": [{"venue": code, "month": "2026-10", "count": 1} for code in ("ohgo", "x")]}
    )
    with pytest.raises(Invalid):
        act(database, record_usages, order)
    assert rows(database, "wifi_usage") == []


@given(st.integers(1990, 2998))
def test_the_months_of_a_fiscal_year(year: int) -> None:
    months = months_of(year)
    assert (months[0], months[-1], len(set(months))) == (date(year, 4, 1), date(year + 1, 3, 1), 12)
    assert months == sorted(months)
