"""確定版: a report as it was submitted, and what has changed since."""

import json
from datetime import date, timedelta

import pytest
from sqlalchemy.exc import DatabaseError

from inventory.database import Database, writing
from inventory.errors import Conflict, Invalid, NotFound
from inventory.programmes import NewProgramme, create_programme
from inventory.report_differences import differences
from inventory.report_editions import FixReport, digest, edition, edition_card, editions, fix_report, newest_editions
from inventory.report_texts import WriteReportText, write_report_text
from inventory.year_reports import report_years, year_report
from tests.inventory.city import NOON, act, look, rows
from tests.inventory.seed_rows import seed_orders

SUBMITTED = FixReport(submitted_on=date(2022, 5, 31), with_approx=False, note="議会へ")


def fixed(database: Database) -> None:
    for order in seed_orders():
        act(database, create_programme, order)
    act(database, write_report_text, WriteReportText(item=1, words="だれも取り残さない"), year=2021)
    act(database, fix_report, SUBMITTED, year=2021)


def test_an_edition_keeps_all_of_the_report(database: Database) -> None:
    fixed(database)
    kept = look(database, edition, 2021, 1)
    assert kept.intact and kept.report == look(database, year_report, 2021, now=NOON)
    assert (kept.report.summary.grand_total.participants, kept.report.summary.grand_total.approx) == (2429, True)
    assert (kept.card.number, kept.card.with_approx, kept.card.note) == (1, False, "議会へ")
    assert kept.card.sha256 == digest(rows(database, "report_edition")[0].content)
    assert look(database, editions, 2021) == [kept.card] == [look(database, edition_card, kept.card.id)]
    assert look(database, newest_editions) == {2021: kept.card} and look(database, report_years) == [2021]
    assert "議会" not in str([row.data for row in rows(database, "entry")])
    for year, number in ((2021, 2), (2020, 1)):
        with pytest.raises(NotFound):
            look(database, edition, year, number)


def test_a_later_correction_changes_no_edition_and_shows(database: Database) -> None:
    fixed(database)
    before = look(database, edition, 2021, 1)
    act(database, write_report_text, WriteReportText(item=1, words="みんながつながる"), year=2021)
    late = NewProgramme(code="S99", fiscal_year=2021, name="公民館主催事業", line="追加分", reported_courses=1)
    act(database, create_programme, late, now=NOON + timedelta(days=1))
    assert look(database, edition, 2021, 1) == before
    found = differences(before.report, look(database, year_report, 2021, now=NOON + timedelta(days=2)))
    told = {(one.place, one.what): (one.was, one.now) for one in found}
    assert told["令和3年度の計", "講座数"] == ("164講座", "165講座")
    assert told["①実現したい未来", "文"] == ("だれも取り残さない", "みんながつながる")
    assert told["公民館主催事業　追加分", "印刷する数"] == (None, "報告の数")
    assert ("令和3年度の計", "参加者（延べ）") not in told
    # The line that was there before is the same beside a new one.
    assert not [place for place, _ in told if "DD講座" in place] and len(told) == 5
    assert act(database, fix_report, SUBMITTED, year=2021).number == 2
    assert [card.number for card in look(database, editions, 2021)] == [2, 1]


def test_about_that_is_taken_back_is_a_difference(database: Database) -> None:
    fixed(database)
    kept = look(database, edition, 2021, 1).report
    exact = kept.model_copy(
        update={
            "summary": kept.summary.model_copy(
                update={"grand_total": kept.summary.grand_total.model_copy(update={"approx": False})}
            )
        }
    )
    (one,) = differences(kept, exact)
    assert (one.place, one.what, one.was, one.now) == ("令和3年度の計", "参加者（延べ）", "約2,429名", "2,429名")


def test_the_same_report_is_not_fixed_twice(database: Database) -> None:
    fixed(database)
    with pytest.raises(Conflict):
        act(database, fix_report, SUBMITTED, year=2021, now=NOON + timedelta(days=9))
    assert act(database, fix_report, FixReport(submitted_on=date(2022, 6, 1)), year=2021).number == 2
    with pytest.raises(Conflict):
        act(database, fix_report, SUBMITTED, year=2020)


def test_an_edition_is_never_changed(database: Database) -> None:
    fixed(database)
    for statement in (
        "UPDATE report_edition SET submitted_on = '2030-01-01'",
        "UPDATE report_edition SET content = '{}'",
        "UPDATE report_edition SET with_approx = true",
        "DELETE FROM report_edition",
    ):
        with pytest.raises(DatabaseError), writing(database) as session:
            session.connection().exec_driver_sql(statement)
    with writing(database) as session:
        session.connection().exec_driver_sql("UPDATE report_edition SET note = NULL")
    kept = look(database, edition, 2021, 1)
    assert kept.intact and kept.card.note is None


def test_a_text_that_is_erased_is_gone_from_the_edition_too(database: Database) -> None:
    fixed(database)
    of = look(database, year_report, 2021, now=NOON).summary.programmes[0].lines[0].id
    name = "龘驫 康男"
    order = WriteReportText(item=2, words=f"{name}さんの話", programme=of)
    act(database, write_report_text, order, year=2021)
    act(database, fix_report, SUBMITTED, year=2021)
    kept = look(database, edition, 2021, 2)
    assert name in kept.report.programmes[0].texts[2] and kept.intact
    assert "龘" not in digest_input(database) and "だれも" not in digest_input(database)
    with writing(database) as session:
        session.connection().exec_driver_sql("UPDATE report_text SET words = '' WHERE item = 2")
    after = look(database, edition, 2021, 2)
    assert (after.intact, after.report.programmes[0].texts, after.report.texts) == (True, {}, kept.report.texts)
    assert after.card == kept.card and not differences(after.report, look(database, year_report, 2021, now=NOON))


def digest_input(database: Database) -> str:
    """Everything that the newest edition's row holds."""
    return json.dumps(rows(database, "report_edition")[-1].content, ensure_ascii=False)


@pytest.mark.parametrize("on", [date(1900, 1, 1), date(2021, 3, 31), NOON.date() + timedelta(days=367)])
def test_a_slip_in_the_day_of_submission_is_refused_while_it_can_be_mended(database: Database, on: date) -> None:
    for order in seed_orders():
        act(database, create_programme, order)
    with pytest.raises(Invalid):
        act(database, fix_report, FixReport(submitted_on=on), year=2021)
    assert act(database, fix_report, FixReport(submitted_on=date(2021, 4, 1)), year=2021).number == 1
