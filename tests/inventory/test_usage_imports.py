"""利用件数 from a list: what each cell means, what cannot stand, and all or nothing."""

from typing import Any

import pytest

from inventory.database import Database
from inventory.errors import Invalid, Stale
from inventory.usage_counts import RecordUsage, record_usage
from inventory.usage_imports import SentUsage, enter_usage, plan_usage, usage_entered
from tests.inventory.city import NOON, act, look, rows, venue


@pytest.fixture
def halls(database: Database) -> Database:
    venue(database)
    venue(database, "miyagi", name="宮城公民館")
    return database


def cell(line: int, name: str, month: str, count: str, **fields: Any) -> dict[str, Any]:
    return {
        "line": line,
        "column": "件数",
        "month_column": "月",
        "venue": name,
        "month": month,
        "count": count,
        **fields,
    }


def sent(*cells: dict[str, Any], **fields: Any) -> SentUsage:
    return SentUsage.model_validate({"cells": list(cells), "venue_column": "会場", **fields})


def test_a_list_is_planned_and_then_done_as_it_was_seen(halls: Database) -> None:
    act(halls, record_usage, RecordUsage.model_validate({"month": "2026-05", "count": 3}), venue="ohgo")
    order = sent(
        cell(2, "大胡公民館", "令和8年4月", "１，２３４件"),
        cell(3, "大胡 公民館", "2026-05", "4"),
        cell(4, "", "4月", "0", code="miyagi", year="令和8年度"),
        cell(5, "宮城公民館", "5月", "-"),
        year=2026,
    )
    plan = look(halls, plan_usage, order, now=NOON)
    assert plan.errors == []
    assert [(one.venue, f"{one.month:%Y-%m}", one.count, one.before) for one in plan.counts] == [
        ("ohgo", "2026-04", 1234, None),
        ("ohgo", "2026-05", 4, 3),
        ("miyagi", "2026-04", 0, None),
    ]
    assert (plan.rows, plan.created, plan.changed, plan.unchanged) == (4, 2, 1, 1)
    assert [(fix.line, fix.repaired) for fix in plan.repairs] == [(2, "1234"), (3, "大胡公民館"), (5, "（記録なし）")]
    assert len(rows(halls, "wifi_usage")) == 1
    done = act(halls, enter_usage, order.model_copy(update={"digest": plan.digest}))
    assert (done.rows, done.created, done.changed, done.unchanged, done.counts) == (4, 2, 1, 1, 3)
    assert len(rows(halls, "wifi_usage")) == 4
    # The same list once more has nothing left to say.
    again = act(halls, enter_usage, order)
    assert (again.created, again.changed, again.unchanged, again.counts) == (0, 0, 4, 0)
    assert len(rows(halls, "wifi_usage")) == 4
    with pytest.raises(Stale):
        act(halls, enter_usage, order.model_copy(update={"digest": plan.digest}))


@pytest.mark.parametrize(
    ("wrong", "column"),
    [
        (cell(3, "知らない館", "2026-04", "1"), "会場"),
        (cell(3, "", "2026-04", "1"), "会場"),
        (cell(3, "", "2026-04", "1", code="nowhere"), "会場"),
        (cell(3, "宮城公民館", "2026-04", "1", code="ohgo"), "会場"),
        (cell(3, "宮城公民館", "4月", "1"), "月"),
        (cell(3, "宮城公民館", "2026-12", "1"), "月"),
        (cell(3, "宮城公民館", "合計", "1"), "月"),
        (cell(3, "宮城公民館", "2026-04", "約100"), "件数"),
        (cell(3, "宮城公民館", "2026-04", "-5"), "件数"),
        (cell(3, "宮城公民館", "2026-04", "99999999"), "件数"),
        (cell(3, "大胡公民館", "2026-04", "6"), "件数"),
    ],
)
def test_one_wrong_cell_stops_the_whole_list(halls: Database, wrong: dict[str, Any], column: str) -> None:
    order = sent(cell(2, "大胡公民館", "2026-04", "5"), wrong)
    plan = look(halls, plan_usage, order, now=NOON)
    assert [(one.line, one.column) for one in plan.errors] == [(3, column)]
    assert (plan.created, plan.unchanged) == (1, 0)
    with pytest.raises(Invalid):
        act(halls, enter_usage, order)
    assert rows(halls, "wifi_usage") == []


def test_two_halls_of_one_name_need_their_code(halls: Database) -> None:
    venue(halls, "ohgo2", name="大胡公民館")
    order = sent(cell(2, "大胡公民館", "2026-04", "5"), cell(3, "大胡公民館", "2026-04", "6", code="ohgo2"))
    plan = look(halls, plan_usage, order, now=NOON)
    assert ([one.line for one in plan.errors], [one.venue for one in plan.counts]) == ([2], ["ohgo2"])


def test_an_entry_that_is_no_list_is_not_found(halls: Database) -> None:
    with pytest.raises(Exception, match="見つかりません"):
        look(halls, usage_entered, "1")
