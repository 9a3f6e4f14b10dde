"""What stands beside the courses of a fiscal year, and the report as a whole."""

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from inventory import journal
from inventory.calendar import TOKYO
from inventory.database import Database, writing
from inventory.programmes import NewProgramme, create_programme
from inventory.report_editions import FixReport, edition, fix_report
from inventory.tables import Picture, WifiStage
from inventory.wifi_steps import RecordStep, record_step
from inventory.year_beside import Beside, year_beside
from inventory.year_reports import compared_years, photo_contents, printable_photos_of, year_report
from tests.inventory.city import NOON, act, bring_back, course, devices, lend, look, phones, rows, tablets, venue


def beside(database: Database, year: int = 2026, now: datetime = NOON) -> Beside:
    return look(database, year_beside, year, now=now)


def test_loans_of_a_year_are_counted_by_pool(database: Database) -> None:
    tablets(database)
    phones(database)
    devices(database, "T1", "T2")
    devices(database, "P1", pool="phones")
    section = {"section": "情報政策課"}
    lend(database, section, "T1", "P1", now=NOON - timedelta(days=9), due={"on": "2026-12-01"})
    bring_back(database, "T1", now=NOON - timedelta(days=8))
    lend(database, section, "T1", due={"on": "2026-12-01"})
    lend(database, section, "T2", due={"on": "2026-12-01"}, op_id="slip")
    with writing(database) as session:
        session.connection().exec_driver_sql("UPDATE loan_item SET undone_entry = entry WHERE id = 4")
    found = beside(database)
    assert [(pool.pool, pool.devices, pool.times, pool.loans) for pool in found.lent] == [
        ("phones", 1, 1, 1),
        ("tablets", 1, 2, 2),
    ]
    assert (found.devices, found.times, found.loans) == (2, 3, 2)
    next_year = beside(database, 2027, NOON + timedelta(days=365))
    assert (next_year.lent, next_year.devices, next_year.on) == ([], 0, date(2027, 11, 24))


def test_a_loan_of_the_last_hour_of_march_is_one_of_the_old_year(database: Database) -> None:
    tablets(database)
    devices(database, "T1")
    last = datetime(2026, 3, 31, 23, 59, tzinfo=TOKYO)
    lend(database, {"section": "課"}, "T1", now=last, due={"on": "2026-04-02"})
    assert [beside(database, year).times for year in (2025, 2026)] == [1, 0]


def test_the_wifi_of_a_year_is_that_of_its_last_day(database: Database) -> None:
    venue(database, "k1")
    for stage, on in ((WifiStage.SURVEY, date(2025, 4, 2)), (WifiStage.IN_SERVICE, date(2026, 4, 1))):
        order = RecordStep.model_validate({"stage": stage, "on": on, "reason": "移記"})
        act(database, record_step, order, venue="k1")
    assert [beside(database, year).wifi_in_service for year in (2025, 2026)] == [0, 1]
    assert (beside(database, 2025).on, beside(database, 2026).on) == (date(2026, 3, 31), date(2026, 11, 24))
    assert (beside(database, 2027).on, beside(database, 2027).wifi_in_service) == (None, None)


def test_a_ledger_that_began_later_does_not_say_none(database: Database) -> None:
    venue(database)
    old, new = beside(database, 2021), beside(database, 2026)
    for name in ("devices", "times", "loans", "wifi_in_service", "registered", "standing", "issues"):
        assert (getattr(old, name), getattr(new, name)) == (None, 0)


def photo(database: Database, of: str, *, consent: bool = True, content: bytes | None = b"jpeg") -> str:
    def keep(session: Any, *, by: Any, now: datetime, op_id: str) -> int:
        entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
        row = Picture(
            media_type="image/jpeg", content=content, width=4, height=3, sha256="0" * 64, course_id=int(of),
            consent=consent, received_at=now, erased_at=None if content else now, entry=entry,
        )  # fmt: skip
        session.add(row)
        session.flush()
        journal.note(session, "keep", picture=row.id)
        return row.id or 0

    return str(act(database, keep))


def test_photos_with_consent_alone_are_in_the_report(database: Database) -> None:
    one, other = course(database), course(database)
    first, second = photo(database, one.id), photo(database, one.id)
    photo(database, one.id, consent=False)
    photo(database, one.id, content=None)
    third = photo(database, other.id)
    report = look(database, year_report, 2026, now=NOON)
    (programme,) = report.programmes
    assert [found.picture for found in programme.photos] == [first, third, second]
    assert look(database, photo_contents, report) == dict.fromkeys((first, second, third), b"jpeg")
    with writing(database) as session:
        session.connection().exec_driver_sql("UPDATE picture SET consent = false WHERE id = " + third)
    # The report was kept; the photo of somebody who changed their mind is not.
    assert look(database, printable_photos_of, report) == set(look(database, photo_contents, report)) == {first, second}


def test_an_edition_copies_no_caption(database: Database) -> None:
    number = photo(database, course(database).id)
    caption = "UPDATE picture SET caption = {} WHERE id = " + number
    with writing(database) as session:
        session.connection().exec_driver_sql(caption.format("'龘驫さんの講座'"))
    act(database, fix_report, FixReport(submitted_on=date(2026, 11, 24)), year=2026)
    assert "龘" not in json.dumps(rows(database, "report_edition")[0].content, ensure_ascii=False)
    for words, shown in (("'龘驫さんの講座'", "龘驫さんの講座"), ("NULL", None)):
        with writing(database) as session:
            session.connection().exec_driver_sql(caption.format(words))
        kept = look(database, edition, 2026, 1)
        assert kept.intact and [one.caption for one in kept.report.programmes[0].photos] == [shown]


@pytest.mark.parametrize("year", [2026, 2027])
def test_three_years_stand_side_by_side_with_the_plan_of_the_next(database: Database, year: int) -> None:
    course(database)
    found = look(database, compared_years, year, now=NOON)
    assert [one.fiscal_year for one in found] == [year - 2, year - 1, year, year + 1]
    assert [len(one.programmes) for one in found].index(1) == 2026 - (year - 2)


def test_the_report_keeps_the_years_side_by_side(database: Database) -> None:
    order = NewProgramme(code="A", fiscal_year=2026, name="スマホ講座", planned_courses=5, planned_participants=50)
    act(database, create_programme, order)
    tablets(database)
    devices(database, "T1")
    lend(database, {"section": "情報政策課"}, "T1", due={"on": "2026-12-01"})
    this, next_year = (look(database, year_report, year, now=NOON).compared for year in (2026, 2027))
    assert this.years == [2024, 2025, 2026, 2027]
    (programme,) = this.programmes
    assert [one is not None for one in programme.years] == [False, False, True, False]
    assert programme.years[2] == this.total[2] and this.total[3] is None
    own = programme.years[2]
    assert own is not None and (own.planned, own.planned_participants) == (5, 50)
    assert [one.devices for one in this.in_hand] == [None, None, 1]
    assert [one.devices for one in next_year.in_hand] == [None, 1, 0]
    assert next_year.programmes[0].years[1] == own


def test_what_hangs_in_a_hall_was_not_lent_that_year(database: Database) -> None:
    tablets(database)
    devices(database, "T1")
    venue(database, "k1")
    lend(database, {"venue": "k1"}, "T1", due={"on": "2026-12-01"})
    assert beside(database).times == 1
    with writing(database) as session:
        session.connection().exec_driver_sql("UPDATE loan SET installed = true")
    assert (beside(database).lent, beside(database).times) == ([], 0)
