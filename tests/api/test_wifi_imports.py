"""The history of wifi from a sheet: read cell by cell, held against the ledger, entered whole or not at all."""

from datetime import date
from typing import Any

import pytest

from api.codes import Problem
from api.step_tables import WORDS, StepsIn, steps_in
from api.tables_in import read_text
from inventory.database import Database
from inventory.errors import Invalid, Stale
from inventory.tables import WifiStage
from inventory.wifi_history import venue_wifi
from inventory.wifi_import_rows import CannotRead, read_day
from inventory.wifi_imports import StepPlan, StepsEntered, enter_wifi_steps, plan_wifi_steps, steps_entered
from inventory.wifi_standing import standings
from inventory.wifi_steps import RecordStep, record_step
from tests.inventory.city import NOON, act, look, rows, venue

TODAY = date(2026, 11, 24)
# Sixteen halls as a city names them; six years from the survey of 令和4年度 on.
HALLS = (
    "中央公民館 上川淵公民館 下川淵公民館 芳賀公民館 桂萱公民館 東公民館 元総社公民館 総社公民館 "
    "南橘公民館 清里公民館 永明公民館 城南公民館 大胡公民館 宮城公民館 粕川公民館 富士見公民館"
).split()
STAGES = "調査 設計 契約 工事 開通 運用".split()


def halls(database: Database) -> None:
    for number, name in enumerate(HALLS, 1):
        venue(database, f"K{number:02d}", name=name)


def days(hall: int) -> list[str]:
    """The days of one hall, each written in another of the ways in which cities write them; later halls are later."""
    start = 4 + hall // 4
    return [
        f"令和{start}年5月{hall + 1}日",
        f"R{start}.7.{hall + 1}",
        f"{2018 + start}/8/{hall + 1}",
        f"{2018 + start}-10-{hall + 1:02d}",
        f"Ｒ{start + 1}．２．{hall + 1}",
        f"令和{start + 1}年3月{hall + 1}日",
    ]


def wide(*more: str) -> str:
    lines = ["館名\t" + "\t".join(STAGES) + "\t備考"]
    lines += [f"{name}\t" + "\t".join(days(at)) + "\t" for at, name in enumerate(HALLS)]
    return "\n".join([*lines, *more])


def long(*more: str) -> str:
    """The same history, a row for each step, the newest first."""
    told = [f"{name}\t{stage}\t{on}\t" for at, name in enumerate(HALLS) for stage, on in zip(STAGES, days(at))]  # noqa: B905
    return "\n".join(["会場\t段階\t日\t備考", *reversed(told), *more])


def plan_of(database: Database, text: str) -> tuple[StepsIn, StepPlan]:
    steps = steps_in(read_text(text))
    return steps, look(database, plan_wifi_steps, steps.order, words=WORDS, now=NOON)


def enter(database: Database, text: str, digest: str | None = None) -> StepsEntered:
    order = steps_in(read_text(text), digest=digest).order
    return act(database, enter_wifi_steps, order, words=WORDS)


def cells(plan: StepPlan) -> list[tuple[int, str]]:
    return [(cell.line, cell.column) for cell in plan.errors]


@pytest.mark.parametrize("sheet", [wide(), long()], ids=["wide", "long"])
def test_sixteen_halls_with_six_years_enter_in_one_act(database: Database, sheet: str) -> None:
    halls(database)
    acts = len(rows(database, "entry"))
    _, plan = plan_of(database, sheet)
    assert (plan.created, plan.unchanged, plan.errors) == (96, 0, [])
    # Every day that was not written as the ledger keeps it is named.
    assert len(plan.repairs) == 16 * 5
    assert rows(database, "wifi_step") == []
    done = enter(database, sheet, plan.digest)
    assert (done.created, done.unchanged, done.venues) == (96, 0, 16)
    assert len(rows(database, "entry")) == acts + 1
    standing = look(database, standings)
    assert {one.stage for one in standing.values()} == {WifiStage.IN_SERVICE}
    assert min(one.since for one in standing.values()) == date(2023, 3, 1)
    assert max(one.since for one in standing.values()) == date(2026, 3, 16)
    assert [step.on for step in look(database, venue_wifi, "K16").history] == [
        date(2025, 5, 16),
        date(2025, 7, 16),
        date(2025, 8, 16),
        date(2025, 10, 16),
        date(2026, 2, 16),
        date(2026, 3, 16),
    ]
    _, again = plan_of(database, sheet)
    assert (again.created, again.unchanged, again.errors) == (0, 96, [])
    assert enter(database, sheet).created == 0
    assert len(rows(database, "wifi_step")) == 96


def test_a_skip_needs_its_words_beside_it(database: Database) -> None:
    venue(database)
    sheet = "会場\t段階\t日\t備考\n大胡公民館\t調査\tR4.5.1\t雨\n大胡公民館\t契約\tR4.8.1\t"
    _, plan = plan_of(database, sheet)
    assert cells(plan) == [(3, "note")]
    with pytest.raises(Invalid):
        enter(database, sheet)
    assert rows(database, "wifi_step") == []
    enter(database, sheet + "設計は本課で行った")
    history = look(database, venue_wifi, "ohgo").history
    assert [(step.reason, step.note) for step in history] == [(None, "雨"), ("設計は本課で行った", None)]


def test_where_there_is_a_column_for_reasons_a_note_is_none(database: Database) -> None:
    venue(database)
    head = "会場コード\t段階\t日\t備考\t理由\n"
    _, plan = plan_of(database, head + "ohgo\t設計\tR4.5.1\t図面があった\t")
    assert cells(plan) == [(2, "reason")]
    enter(database, head + "ohgo\t設計\tR4.5.1\tメモ\t図面があった")
    (step,) = look(database, venue_wifi, "ohgo").history
    assert (step.reason, step.note) == ("図面があった", "メモ")


def test_a_row_for_a_hall_gives_its_words_to_the_steps_that_need_them(database: Database) -> None:
    venue(database)
    sheet = "館名\t調査日\t工事（着工）\t開通日\t供用開始日\t備考\n"
    sheet += "大胡公民館\t2022/5/1\t2022/9/1\t―\t未定\t設計と契約は県が行った"
    _, plan = plan_of(database, sheet)
    assert (plan.created, plan.errors) == (2, [])
    enter(database, sheet)
    history = look(database, venue_wifi, "ohgo").history
    assert [(step.stage, step.reason) for step in history] == [
        (WifiStage.SURVEY, None),
        (WifiStage.CONSTRUCTION, "設計と契約は県が行った"),
    ]
    bare, plan = plan_of(database, "館名\t調査\t運用\n大胡公民館\t2022/5/1\tR6.4")
    assert [(cell["line"], cell["column"]) for cell in bare.wrong(plan.errors)] == [(2, "運用")]


def test_rows_and_ledger_are_one_history(database: Database) -> None:
    venue(database)
    for stage, on in ((WifiStage.SURVEY, date(2022, 5, 1)), (WifiStage.DESIGN, date(2022, 9, 1))):
        act(database, record_step, RecordStep(stage=stage, on=on), venue="ohgo")
    head = "会場\t段階\t日\t備考\n"
    # The ledger has the survey; another one beside it goes nowhere, and a contract before the design skips it.
    _, plan = plan_of(database, head + "大胡公民館\t調査\t2022-05-02\tわけ\n大胡公民館\t契約\t2022-08-01\t")
    assert cells(plan) == [(2, "stage"), (3, "note")]
    _, plan = plan_of(database, head + "大胡公民館\t契約\t2022-12-01\t\n大胡公民館\t設計\t2022-09-01\t")
    assert (plan.created, plan.unchanged, plan.errors) == (1, 1, [])
    # The ledger goes on after a hold where it stood before: a step in between makes that one a step back.
    for stage, on in ((WifiStage.ON_HOLD, date(2023, 4, 1)), (WifiStage.DESIGN, date(2023, 6, 1))):
        act(database, record_step, RecordStep(stage=stage, on=on, reason="予算を待つ"), venue="ohgo")
    _, plan = plan_of(database, head + "大胡公民館\t契約\t2023-03-01\t")
    assert cells(plan) == [(2, "note")]
    _, plan = plan_of(database, head + "大胡公民館\t契約\t2023-03-01\t入札が不調だった")
    assert (plan.errors, plan.new[0].reason) == ([], "入札が不調だった")


def test_steps_of_one_day_keep_the_order_of_the_file_or_of_the_road(database: Database) -> None:
    venue(database)
    head = "会場\t段階\t日\n"
    _, plan = plan_of(database, head + "大胡公民館\t調査\t2022-05-01\n大胡公民館\t設計\t2022-05-01")
    assert plan.errors == []
    newest_first = "大胡公民館\t契約\t2022-06-01\n大胡公民館\t設計\t2022-05-01\n大胡公民館\t調査\t2022-05-01"
    _, plan = plan_of(database, head + newest_first)
    assert (plan.created, plan.errors) == (3, [])
    _, twice = plan_of(database, head + "大胡公民館\t調査\t2022-05-01\n大胡公民館\t調査\t2022-05-01")
    assert cells(twice) == [(3, "stage")]


@pytest.mark.parametrize(
    ("row", "columns"),
    [
        ("大胡公民舘\t調査\t2022-05-01", []),
        ("ＯＨＧＯ\tsurvey\t2022-05-01", []),
        ("大胡\t調査\t2022-05-01", ["venue"]),
        ("どこかの館\t調査\t2022-05-01", ["venue"]),
        ("東公民館\t調査\t2022-05-01", ["venue"]),
        ("\t調査\t2022-05-01", ["venue"]),
        ("大胡公民館\t準備\t2022-05-01", ["stage"]),
        ("大胡公民館\t\t2022-05-01", ["stage"]),
        ("大胡公民館\t調査\tR4.10", ["on"]),
        ("大胡公民館\t調査\t令和4年度", ["on"]),
        ("大胡公民館\t調査\t済", ["on"]),
        ("大胡公民館\t調査\t2026-11-25", ["on"]),
        ("大胡公民館\t調査\t1989-12-31", ["on"]),
        ("大胡公民館\t調査\t", ["on"]),
        ("大胡\t準備\tR4.10", ["stage", "on", "venue"]),
    ],
)
def test_cells_that_cannot_stand_are_named(database: Database, row: str, columns: list[str]) -> None:
    venue(database)
    for code in ("e1", "e2"):
        venue(database, code, name="東公民館")
    _, plan = plan_of(database, f"会場\t段階\t日\n{row}")
    assert [cell.column for cell in plan.errors] == columns
    assert len({cell.message for cell in plan.errors}) == len(columns)


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("44835", date(2022, 10, 1)),
        ("20221001", date(2022, 10, 1)),
        ("2022-10-01 00:00:00", date(2022, 10, 1)),
        ("令和元年5月1日（水）", date(2019, 5, 1)),
        ("平成３１年４月３０日", date(2019, 4, 30)),
        ("R8.11.24", TODAY),
    ],
)
def test_days_are_read_as_cities_write_them(text: str, on: date) -> None:
    assert read_day(text, TODAY) == (on, on.isoformat())


@pytest.mark.parametrize("text", ["R4.10", "令和4年10月", "R4", "2022", "令和４年度", "４月", "R4.13.1", "99999"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(CannotRead):
        read_day(text, TODAY)


def test_what_changed_in_between_is_not_entered(database: Database) -> None:
    venue(database)
    sheet = "会場\t段階\t日\n大胡公民館\t調査\t2022-05-01"
    _, plan = plan_of(database, sheet)
    act(database, record_step, RecordStep(stage=WifiStage.SURVEY, on=date(2022, 5, 1)), venue="ohgo")
    with pytest.raises(Stale):
        enter(database, sheet, plan.digest)
    assert len(rows(database, "wifi_step")) == 1


def test_no_words_of_a_sheet_enter_the_journal(database: Database) -> None:
    venue(database)
    done = enter(database, "会場\t段階\t日\t備考\n大胡公民館\t設計\t2022-05-01\t金井館長の依頼")
    entry: Any = rows(database, "entry")[-1]
    assert entry.act == "enter_wifi_steps" and "金井" not in str(entry.data)
    # Without a door nothing was answered, so there is nothing to show again.
    with pytest.raises(Exception, match="見つかりません"):
        look(database, steps_entered, done.entry)


def test_a_code_beside_the_name_of_another_hall_is_refused(database: Database) -> None:
    halls(database)
    head = "会場コード\t館名\t段階\t日\n"
    _, plan = plan_of(database, head + "K05\t桂萱公民館\t調査\tR4.5.1\nK01\t桂萱公民館\t調査\tR4.5.1")
    assert cells(plan) == [(3, "code")]
    with pytest.raises(Invalid):
        enter(database, head + "K01\t桂萱公民館\t調査\tR4.5.1")
    assert rows(database, "wifi_step") == []


def test_two_codes_that_look_alike_are_two_halls(database: Database) -> None:
    venue(database, "K-1", name="東公民館")
    venue(database, "K1", name="西公民館")
    head = "会場コード\t段階\t日\n"
    _, plan = plan_of(database, head + "K-1\t調査\tR4.5.1\nK1\t調査\tR4.5.1\nＫ１\t調査\tR4.6.1")
    assert [row.venue for row in plan.rows] == ["K-1", "K1"]
    assert cells(plan) == [(4, "code")]


def test_what_says_nothing_is_told_as_a_repair_and_each_cell_once(database: Database) -> None:
    halls(database)
    steps, plan = plan_of(
        database, "館名\t調査\t設計\t契約\t備考\n桂 萱公民館\tR4.5.1\t2022-06-01\t未定\t-\nない館\tR4.5.1\tR4.6.1\t-"
    )
    told = [(cell["line"], cell["column"], cell["repaired"]) for cell in steps.repaired(plan.repairs)]
    assert sorted(told) == sorted(
        [
            (2, "契約", ""),
            (2, "備考", ""),
            (2, "館名", "桂萱公民館"),
            (2, "調査", "2022-05-01"),
            (3, "契約", ""),
            (3, "調査", "2022-05-01"),
            (3, "設計", "2022-06-01"),
        ]
    )
    assert cells(plan) == [(3, "venue")]
    steps, plan = plan_of(database, "館名\t段階\t日\t備考\n桂萱公民館\t調査\t-\t未定")
    assert [(cell["line"], cell["column"]) for cell in steps.repaired(plan.repairs)] == [(2, "日"), (2, "備考")]


@pytest.mark.parametrize("header", ["会場\t段階\t日\t日", "館名\t調査\t設計\t調査"])
def test_two_columns_of_one_name_are_refused(header: str) -> None:
    with pytest.raises(Problem):
        steps_in(read_text(f"{header}\n大胡公民館\t調査\tR4.5.1\tR4.6.1"))
