"""What is over is erased once, by whichever machine comes first; the dry run tells the same and writes nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from inventory import journal, retention
from inventory.__main__ import main
from inventory.calendar import TOKYO
from inventory.commands import upkeep
from inventory.daily import keep_retention
from inventory.database import Database, connect, reading
from inventory.erasing import ERASED_NAME, person_card
from inventory.lending import CheckOut, check_out
from inventory.retention import KINDS, Plan, Rules, RulesCard, plan, rules_of, set_rules
from tests.inventory import city, whole_person
from tests.inventory.whole_person import Whole

# The office ended on 23 November 2026, the report was resolved and everything written on the 24th.
ALL = Rules(people=3, reports=2, pictures=5, notes=1)


def day(year: int, month: int = 11, number: int = 24, hour: int = 12) -> datetime:
    return datetime(year, month, number, hour, tzinfo=TOKYO)


@pytest.fixture
def whole(database: Database) -> Whole:
    made = whole_person.enter(database)
    whole_person.damage(database)
    return made


def rules(database: Database, order: Rules = ALL) -> RulesCard:
    return city.act(database, set_rules, order)


def planned(database: Database, now: datetime) -> Plan:
    return city.look(database, plan, now=now)


def kept(database: Database, now: datetime) -> dict[str, int]:
    """What a run of the day erased, without the kinds of which there was nothing."""
    return {kind: count for kind, count in keep_retention(database, clock=lambda: now).items() if count}


def test_every_rule_is_off_until_somebody_sets_it(database: Database, whole: Whole) -> None:
    assert city.look(database, rules_of) == RulesCard(people=None, reports=None, pictures=None, notes=None)
    assert planned(database, day(2099)).counts == {}
    before = city.rows(database, "entry")
    assert kept(database, day(2099)) == {}
    assert city.rows(database, "entry") == before


def test_rules_are_set_journaled_and_taken_back(database: Database) -> None:
    assert rules(database).people == 3
    assert rules(database, Rules(reports=7)) == RulesCard(people=None, reports=7, pictures=None, notes=None)
    entry = city.rows(database, "entry")[-1]
    assert entry.data["notes"] == [
        ["set_retention", {"people": None, "reports": 7, "pictures": None, "notes": None}],
    ]


@pytest.mark.parametrize("years", [0, -1, 31, 1.5, "すぐ"])
def test_years_are_from_1_to_30(years: Any) -> None:
    with pytest.raises(ValidationError):
        Rules.model_validate({"people": years})
    assert Rules.model_validate({"people": ""}).people is None


@pytest.mark.parametrize(
    ("kind", "over"),
    [
        ("people", day(2029, 11, 23, 0)),
        ("reports", day(2028, 11, 24, 0)),
        ("pictures", day(2031, 11, 24, 0)),
        ("reminders", day(2027, 11, 24, 0)),
        ("presences", day(2027, 11, 24, 0)),
    ],
)
def test_each_rule_counts_from_its_day(database: Database, whole: Whole, kind: str, over: datetime) -> None:
    rules(database)
    assert planned(database, over.replace(day=over.day - 1, hour=23)).counts[kind] == 0
    found = planned(database, over)
    assert found.counts[kind] == 1
    one = next(one for one in found.rows if one.kind == kind)
    assert (one.row, one.since) == (1 if kind != "pictures" else 4, date(2026, 11, 23 if kind == "people" else 24))


def test_the_day_erases_what_the_dry_run_told_and_nothing_else(database: Database, whole: Whole) -> None:
    rules(database, Rules(reports=2, pictures=5))
    now = day(2031)
    before = city.rows(database, "entry")
    assert {kind: count for kind, count in planned(database, now).counts.items() if count} == {
        "reports": 1,
        "pictures": 1,
    }
    assert city.rows(database, "entry") == before
    assert kept(database, now) == {"reports": 1, "pictures": 1}
    assert "issue" not in whole_person.marked(database)
    assert "issue_message" not in whole_person.marked(database)
    # The scans of the agreement are the person's and stay.
    assert [row.content is None for row in city.rows(database, "picture")] == [False, False, True, True]
    assert city.look(database, person_card, whole.person).name != ERASED_NAME
    acts = [entry.act for entry in city.rows(database, "entry")[len(before) :]]
    assert acts == ["erase_report", "erase_pictures"]


def test_a_second_run_finds_nothing(database: Database, whole: Whole) -> None:
    rules(database)
    now = day(2040)
    assert set(kept(database, now)) == {"people", "pictures"}
    before = city.rows(database, "entry")
    assert kept(database, now) == {}
    assert kept(database, day(2041)) == {}
    assert city.rows(database, "entry") == before
    with reading(database) as session:
        assert list(journal.verify(session, database.keys)) == []


def test_notes_go_by_themselves(database: Database, whole: Whole) -> None:
    rules(database, Rules(notes=1))
    assert kept(database, day(2028)) == {"reminders": 1, "presences": 1}
    assert not {"reminder", "presence"} & set(whole_person.marked(database))
    assert "person" in whole_person.marked(database)


def test_two_machines_at_once_erase_each_thing_once(
    database: Database, database_url: str, whole: Whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "PART", 2)
    for _ in range(7):
        whole_person.damage(database)
    rules(database, Rules(pictures=5))
    other = connect(database_url, keys=database.keys)
    before = len(city.rows(database, "entry"))
    try:
        with ThreadPoolExecutor(2) as two:
            counts = list(two.map(lambda ledger: kept(ledger, day(2040)), (database, other)))
    finally:
        other.dispose()
    assert sum(count.get("pictures", 0) for count in counts) == 8
    assert len(city.rows(database, "entry")) - before == 4
    erased = [pair for entry in city.rows(database, "entry")[before:] for pair in entry.data["notes"][0][1]["erased"]]
    assert len(erased) == len({tuple(pair) for pair in erased}) == 8


def test_whoever_answers_for_a_loan_or_waits_for_an_answer_stays(database: Database) -> None:
    waiting = whole_person.enter(database, resolved=False)
    city.device(database, "MB-T-0007")
    other = city.association(database, "荒子町自治会")
    head = city.head(database, other.id, name="荒木 一", since=date(2020, 4, 1), until=date(2026, 12, 31))
    order = CheckOut.model_validate(
        {"borrower": {"association": other.id}, "devices": ["MB-T-0007"], "due": {"on": "2026-12-24"}}
    )
    city.act(database, check_out, order)
    in_office = city.head(database, other.id, name="在任 太郎", since=date(2020, 4, 1))
    former = city.head(database, other.id, name="前任 花子", since=date(2010, 4, 1), until=date(2012, 3, 31))
    # Of two offices one is over and the other lasts.
    both = city.head(database, other.id, name="兼任 三郎", since=date(2010, 4, 1), until=date(2012, 3, 31))
    lasting: dict[str, Any] = {
        "association_id": int(other.id),
        "person_id": int(both.person),
        "from_on": date(2012, 4, 1),
    }
    city.act(database, whole_person.row, "officer", office="会計", revision=1, **lasting)
    rules(database, Rules(people=1))
    # Those who stay keep nobody else.
    assert kept(database, day(2050)) == {"people": 1}
    assert city.look(database, person_card, former.person).name == ERASED_NAME
    for person in (waiting.person, head.person, in_office.person, both.person):
        assert city.look(database, person_card, person).name != ERASED_NAME


def test_the_years_agree_with_the_erasure_about_whose_report_it_is(database: Database, whole: Whole) -> None:
    """A person of the list whom the erasure refuses would stop the day's run."""
    other = city.head(database, whole.association, name="後任 花子", phone="0279991234", since=date(2026, 10, 2))
    theirs: dict[str, Any] = {"officer": int(other.id), "loan": None, "reporter_name": "後任 花子", "words": "暗い"}
    city.act(database, whole_person.report, **theirs, resolved=False, receipt="333444", email=None)
    rules(database, Rules(people=1))
    assert kept(database, day(2050)) == {"people": 1}
    assert city.rows(database, "issue")[-1].words == "暗い"
    loose: dict[str, Any] = {"officer": None, "loan": None, "resolved": False, "phone": "0272220000", "email": None}
    former = city.head(
        database,
        whole.association,
        name="前任 一",
        phone="027-222-0000",
        since=date(2010, 4, 1),
        until=date(2012, 3, 31),
    )
    city.act(database, whole_person.report, **loose, receipt="555444")
    assert kept(database, day(2051)) == {}
    assert city.look(database, person_card, former.person).name == "前任 一"


def test_a_reopened_report_is_cleared_when_it_is_resolved_again(database: Database, whole: Whole) -> None:
    rules(database, Rules(reports=2))
    assert kept(database, day(2029)) == {"reports": 1}
    more: dict[str, Any] = {"officer": None, "loan": None, "receipt": "999888", "merged_into_id": 1, "merged_entry": 1}
    city.act(database, whole_person.report, resolved=False, **more)
    # A report that was merged goes with the one it went into.
    assert kept(database, day(2029)) == {"reports": 1}
    assert "issue" not in whole_person.marked(database)


def test_every_kind_has_a_rule(database: Database) -> None:
    assert set(KINDS.values()) == set(Rules.model_fields)


def test_the_command_tells_first_and_erases_then(
    database: Database,
    database_url: str,
    whole: Whole,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rules(database)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "secret.key"))
    monkeypatch.setattr(upkeep, "now", lambda: day(2040))
    before = city.rows(database, "entry")
    assert main(["daily", "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert "retention: would erase 1 people, 1 reports, 1 pictures, 1 reminders, 1 presences" in told
    assert "  people 1, over since 2026-11-23" in told
    assert not any(mark in told for mark in whole_person.MARKS)
    assert city.rows(database, "entry") == before
    # The journal of this ledger was signed with another key than the file's, which the day's last step complains of.
    assert main(["daily"]) == 1
    assert "retention: erased 1 people, 1 pictures" in capsys.readouterr().out
    assert city.look(database, person_card, whole.person).name == ERASED_NAME
