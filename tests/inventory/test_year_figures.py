"""The figures of a fiscal year: reported and counted, added up one way."""

import csv
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event
from sqlmodel import Session

from inventory import journal
from inventory.database import Database, reading
from inventory.journal import By
from inventory.programmes import NewProgramme, ProgrammeCard, create_programme
from inventory.shapes import Shape
from inventory.tables import Audience, Course, CourseSeries, CourseState, TotalSource
from inventory.year_figures import (
    Figures,
    LineFigures,
    Total,
    YearSummary,
    added,
    line_of,
    sum_of,
    year_summaries,
    year_summary,
)
from tests.inventory.city import NOON, act, look, rows, venue
from tests.inventory.seed_rows import AUDIENCES, seed_orders

HELD, CANCELLED, POSTPONED, PLANNED = (
    CourseState.HELD,
    CourseState.CANCELLED,
    CourseState.POSTPONED,
    CourseState.PLANNED,
)


def programme(database: Database, **fields: Any) -> int:
    order = NewProgramme.model_validate({"code": "A1", "fiscal_year": 2026, "name": "教室"} | fields)
    return int(act(database, create_programme, order).id)


class Rows(Shape):
    rows: list[dict[str, Any]]


def enter(session: Session, order: Rows, *, by: By, now: datetime, op_id: str) -> list[int]:
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    made = []
    for fields in order.rows:
        usual: dict[str, Any] = {
            "title": "講座",
            "starts_at": now,
            "ends_at": now + timedelta(hours=2),
            "search": "",
            "state": HELD,
        }
        made.append(Course(**usual | fields, entry=entry))
    session.add_all(made)
    session.flush()
    journal.note(session, "enter", courses=len(made))
    return [row.id or 0 for row in made]


def courses(database: Database, *given: dict[str, Any]) -> list[int]:
    return act(database, enter, Rows(rows=list(given)))


def series(database: Database, of: int, distinct: int | None) -> int:
    def make(session: Session, *, by: By, now: datetime, op_id: str) -> int:
        entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
        row = CourseSeries(programme_id=of, title="全5回", participants_distinct=distinct, entry=entry)
        session.add(row)
        session.flush()
        journal.note(session, "make", series=row.id)
        return row.id or 0

    return act(database, make)


def total(figures: Total) -> tuple[int | None, int | None, int | None, bool]:
    return figures.courses, figures.participants, figures.distinct, figures.approx


def of(database: Database, year: int = 2026, now: datetime | None = None) -> YearSummary:
    return look(database, year_summary, year, now=now)


def test_the_printed_figures_of_reiwa_3(database: Database) -> None:
    for order in seed_orders():
        act(database, create_programme, order)
    summary = of(database, 2021)
    assert [total(one) for one in summary.programmes] == [
        (64, 979, None, False),
        (39, 550, 113, False),
        (61, 900, None, True),
    ]
    assert total(summary.grand_total) == (164, 2429, None, True)
    assert summary.name == "令和3年度"
    assert [one.prints for one in summary.programmes] == [TotalSource.REPORTED] * 3
    assert [line.venues_note for line in summary.programmes[2].lines] == ["13公民館(宮城・清里・南橘を除く)"]


def test_both_totals_stand_and_one_is_printed(database: Database) -> None:
    reported = programme(database, reported_courses=3, reported_participants=50, reported_distinct=30, approx=True)
    rows_too = {"programme_id": reported, "participants": 20}
    courses(database, rows_too, rows_too)
    (one,) = of(database).programmes
    assert one.prints is TotalSource.REPORTED and total(one) == (3, 50, 30, True)
    assert total(one.counted) == (2, 40, None, False) and total(one.reported) == (3, 50, 30, True)
    programme(database, code="A2", prints=TotalSource.COUNTED, reported_courses=9, reported_participants=9)
    programme(database, code="A3", prints=TotalSource.REPORTED)
    one = of(database).programmes[0]
    # The one that is to be counted has no rows yet; the one to be reported has no figures yet.
    assert [line.prints for line in one.lines] == [TotalSource.REPORTED, TotalSource.COUNTED, TotalSource.COUNTED]
    assert one.prints is None and total(one) == (3, 50, 30, True)
    assert total(one.reported) == (12, 59, None, True)


def test_people_are_never_added_as_distinct_ones(database: Database) -> None:
    def distinct(*given: dict[str, Any], **fields: Any) -> int | None:
        number = programme(database, code=f"C{random.random()}"[:12], name=str(len(rows(database, "programme"))))
        run = series(database, number, fields["series"]) if "series" in fields else None
        courses(database, *({"programme_id": number, "participants": 10, "series_id": run, **one} for one in given))
        return of(database).programmes[-1].distinct

    assert distinct({"participants_distinct": 8}) == 8
    assert distinct({"participants_distinct": 8}, {"participants_distinct": 8}) is None
    assert distinct({"participants_distinct": 8}, {"state": CANCELLED, "participants": None}) == 8
    assert distinct({"participants_distinct": 8}, {"participants_distinct": 8}, series=9) == 9
    assert distinct({"participants_distinct": 8}, series=9) == 8
    assert distinct({}, series=9) == 9
    assert distinct({}, {"series_id": None}, series=9) is None
    # 延べ is never less than 実人員.
    assert distinct({}, {}, series=21) is None
    assert distinct({"participants": None}, series=3) is None
    assert of(database).grand_total.distinct is None


def test_about_spreads_to_what_contains_it(database: Database) -> None:
    first = programme(database)
    second = programme(database, code="A2", name="相談会")
    courses(database, {"programme_id": first, "participants": 10, "approx": True}, {"programme_id": first})
    courses(database, {"programme_id": second, "participants": 4})
    summary = of(database)
    assert [one.approx for one in summary.programmes] == [True, False] and summary.grand_total.approx
    # A 「約」 without a number is about nothing.
    programme(database, code="A3", fiscal_year=2025, approx=True, reported_courses=2)
    courses(database, {"programme_id": programme(database, code="A4", fiscal_year=2025, name="別"), "approx": True})
    assert not of(database, 2025).grand_total.approx


def test_plan_against_what_came_of_it(database: Database) -> None:
    number = programme(database, planned_courses=8, planned_participants=80, planned_approx=True)
    past, rain = NOON - timedelta(days=3), {"programme_id": number, "cancel_reason": "台風"}
    over = {"starts_at": past, "ends_at": past + timedelta(hours=1)}
    courses(
        database,
        {"programme_id": number, "participants": 12},
        {"programme_id": number},
        {**rain, "state": CANCELLED},
        {**rain, "state": CANCELLED},
        {"programme_id": number, "state": CANCELLED},
        {**rain, "state": POSTPONED},
        {"programme_id": number, "state": PLANNED, **over},
        {"programme_id": number, "state": PLANNED},
    )
    (one,) = of(database, now=NOON).programmes
    assert (one.planned, one.planned_participants, one.planned_approx) == (8, 80, True)
    assert (one.courses, one.participants, one.cancelled, one.postponed) == (2, 12, 3, 1)
    assert (one.waiting, one.uncounted) == (1, 1)
    assert of(database).grand_total.waiting == 0
    assert [(reason.state, reason.reason, reason.courses) for reason in one.lines[0].reasons] == [
        (CANCELLED, "台風", 2),
        (CANCELLED, None, 1),
        (POSTPONED, "台風", 1),
    ]


def test_the_kominkan_that_a_round_left_out_are_named(database: Database) -> None:
    for code in ("k1", "k2", "k3"):
        venue(database, code, name=f"{code}公民館")
    venue(database, "w1", kind="welfare_center", name="福祉会館")
    halls = {row.code: row.id for row in rows(database, "venue")}
    number = programme(database)
    courses(database, *({"programme_id": number, "venue_id": halls[code]} for code in ("k1", "k1", "w1")))
    (one,) = of(database).programmes
    assert [(hall.code, hall.courses) for hall in one.lines[0].venues] == [("k1", 2), ("w1", 1)]
    assert one.without == []
    courses(database, {"programme_id": number, "venue_id": halls["k3"]})
    courses(database, {"programme_id": number, "venue_id": halls["k2"], "state": CANCELLED})
    assert of(database).programmes[0].without == ["k2公民館"]


def test_the_database_adds_up_what_a_loop_adds_up(database: Database) -> None:
    chance = random.Random(6)
    ids = [programme(database, code=f"P{at}", name=f"事業{at % 3}", fiscal_year=2025 + at % 2) for at in range(8)]
    made = []
    for _ in range(300):
        people = chance.choice([None, *range(1, 30)])
        states = [HELD, HELD, HELD, CANCELLED, PLANNED]
        about = chance.random() < 0.05
        made.append({"programme_id": chance.choice(ids), "participants": people, "state": chance.choice(states)})
        made[-1]["approx"] = about
    courses(database, *made)
    found = look(database, year_summaries, [2025, 2026])
    for year, summary in found.items():
        mine = [row for row in made if ids.index(row["programme_id"]) % 2 == year - 2025]
        held = [row for row in mine if row["state"] is HELD]
        people = [row for row in held if row["participants"] is not None]
        assert total(summary.grand_total) == (
            len(held),
            sum(row["participants"] for row in people),
            None,
            any(row["approx"] for row in people),
        )
        assert summary.grand_total.cancelled == sum(row["state"] is CANCELLED for row in mine)
        assert summary.grand_total.uncounted == len(held) - len(people)
        assert summary == of(database, year)


def test_a_year_of_many_courses_is_a_handful_of_statements(database: Database) -> None:
    number = programme(database)
    courses(database, *({"programme_id": number, "participants": 5} for _ in range(40)))
    with reading(database) as session:
        asked: list[str] = []
        event.listen(session.connection(), "before_cursor_execute", lambda *seen: asked.append(seen[2]))
        assert year_summary(session, 2026).grand_total.participants == 200
    assert len(asked) <= 6


def test_a_year_without_anything(database: Database) -> None:
    summary = of(database, 2030)
    assert summary.programmes == [] and total(summary.grand_total) == (None, None, None, False)


NUMBERS = st.none() | st.integers(0, 99999)


@st.composite
def totals(draw: st.DrawFn) -> Total:
    people = draw(NUMBERS)
    distinct = None if people is None else draw(st.none() | st.integers(0, people))
    about = people is not None and draw(st.booleans())
    return Total(courses=draw(NUMBERS), participants=people, distinct=distinct, approx=about)


@st.composite
def lines(draw: st.DrawFn) -> LineFigures:
    reported = draw(totals())
    nothing = dict.fromkeys(ProgrammeCard.model_fields)
    card = ProgrammeCard.model_validate(
        nothing
        | {"id": "1", "code": "A", "fiscal_year": 2026, "name": "教室", "revision": 1}
        | {"planned_courses": draw(NUMBERS), "planned_participants": draw(NUMBERS)}
        | {"planned_approx": draw(st.booleans()), "prints": draw(st.sampled_from([None, *TotalSource]))}
        | {"reported_courses": reported.courses, "reported_participants": reported.participants}
        | {"reported_distinct": reported.distinct, "approx": draw(st.booleans())}
    )
    return line_of(card, {"counted": draw(totals()), "cancelled": draw(st.integers(0, 9)), "uncounted": 0})


@given(st.lists(st.lists(lines(), min_size=1, max_size=4), max_size=4))
def test_a_year_is_the_sum_of_its_programmes(groups: list[list[LineFigures]]) -> None:
    programmes = [Figures(**added(one)) for one in groups]
    year = Figures(**added(programmes))
    every = [line for one in groups for line in one]
    sums: list[tuple[Figures, Sequence[Figures]]] = [(year, programmes), (year, every)]
    for whole, parts in [*sums, *zip(programmes, groups, strict=True)]:
        for name in ("courses", "participants", "planned", "planned_participants"):
            known = [getattr(part, name) for part in parts if getattr(part, name) is not None]
            assert getattr(whole, name) == (sum(known) if known else None)
        assert whole.approx == any(part.approx for part in parts)
        assert whole.cancelled == sum(part.cancelled for part in parts)
        if whole.distinct is not None:
            assert whole.distinct <= (whole.participants or 0)
            # One part brought everything that there is.
            assert sum(bool(part.courses) or part.participants is not None for part in parts) == 1
    for line in every:
        assert line.approx <= (line.participants is not None)
        printed = line.reported if line.prints is TotalSource.REPORTED else line.counted
        assert total(line) == total(printed)


def test_the_sum_of_nothing() -> None:
    assert total(sum_of([])) == total(sum_of([Total()])) == (None, None, None, False)


def test_the_rows_of_the_seed_are_the_published_ones() -> None:
    """The copy that stands in for the folder is the folder's own, to the letter."""
    published = Path(__file__).parents[3] / "shared/data/seed_rows.csv"
    copied = Path(__file__).parents[1] / "data/seed_rows.csv"
    found = [file.read_text("utf-8") for file in (published, copied) if file.exists()]
    assert copied.exists() and len(set(found)) == 1
    with copied.open(encoding="utf-8", newline="") as file:
        assert {row["audience"] for row in csv.DictReader(file)} == set(AUDIENCES)
    assert {order.audience for order in seed_orders()} <= {None, *Audience}


@pytest.mark.parametrize("year", [1989, 2999])
def test_the_first_and_the_last_year(database: Database, year: int) -> None:
    programme(database, fiscal_year=year, reported_courses=1)
    assert of(database, year).grand_total.courses == 1
