"""Whoever asks what the ledger holds about them gets all of it, and nothing about anybody else."""

import json
from typing import Any

import pytest

from inventory.database import Database
from inventory.erasing import ErasePerson, erase_person
from inventory.errors import NotFound
from inventory.personal_data import personal_record
from inventory.personal_files import files_of
from tests.inventory import city, whole_person
from tests.inventory.whole_person import LATIN, MARK, PHONE


def record(database: Database, person: str) -> dict[str, object]:
    found = city.look(database, personal_record, person, now=city.NOON)
    whole: dict[str, object] = json.loads(found.model_dump_json())
    return whole


def test_the_record_holds_everything_about_the_person(database: Database) -> None:
    whole = whole_person.enter(database)
    found = city.look(database, personal_record, whole.person, now=city.NOON)
    assert (found.person.phone, found.person.email) == (PHONE, f"{LATIN}@example.jp")
    assert [(held.association_id, held.office) for held in found.offices] == [(whole.association, "会長")]
    assert [(loan.number, loan.devices, loan.open) for loan in found.loans] == [
        (whole.second_loan, ["MB-T-0002"], False),
        (whole.loan, ["MB-T-0001"], False),
    ]
    assert [(paper.signed_name, paper.by_proxy, paper.has_signature) for paper in found.agreements] == [
        (f"{MARK} 花子", True, False),
        (f"{MARK} 康男", False, True),
    ]
    report = found.reports[0]
    assert (report.receipt, report.phone, len(report.messages), len(report.pictures)) == ("482173", PHONE, 2, 1)
    assert [reminder.note for reminder in found.reminders] == [f"{MARK}の妻"]
    assert [presence.device for presence in found.presences] == ["MB-T-0001"]


def test_the_files_are_those_that_the_record_names(database: Database) -> None:
    whole = whole_person.enter(database)
    found = city.look(database, personal_record, whole.person, now=city.NOON)
    named = [*found.agreements[0].scans, *found.agreements[1].scans, *found.reports[0].pictures]
    files = city.look(database, files_of, whole.person)
    assert len(files) == len(named) + 1
    assert set(files) == {f"signature-{whole.loan}-1.png"} | {
        f"picture-{str(picture.address).rpartition('/')[2]}.png" for picture in named
    }
    assert all(LATIN.encode() in content for content in files.values())


def test_nothing_about_anybody_else(database: Database) -> None:
    whole = whole_person.enter(database)
    other = city.head(database, whole.association, name="後任 次郎", phone="027-111-2222")
    report: dict[str, Any] = {"officer": int(other.id), "loan": None, "resolved": True, "receipt": "111222"}
    words: dict[str, Any] = {
        "words": "後任の困りごと",
        "reporter_name": "後任 次郎",
        "phone": "027-111-2222",
        "email": None,
    }
    city.act(database, whole_person.report, **report, **words)
    text = json.dumps(record(database, whole.person), ensure_ascii=False)
    assert "後任" not in text
    assert "027-111-2222" not in text
    assert MARK not in json.dumps(record(database, other.person)["person"], ensure_ascii=False)


def test_after_the_erasure_numbers_and_days_are_left(database: Database) -> None:
    whole = whole_person.enter(database)
    texts = [f"loan.note.{row}" for row in (1, 2)] + [f"loan.purpose.{row}" for row in (1, 2)]
    city.act(database, erase_person, ErasePerson(texts=texts), person=whole.person)
    text = json.dumps(record(database, whole.person), ensure_ascii=False)
    assert not any(mark in text for mark in (*whole_person.MARKS, PHONE))
    assert whole.loan in text
    assert city.look(database, files_of, whole.person) == {}


def test_nobody_has_no_record(database: Database) -> None:
    with pytest.raises(NotFound):
        record(database, "99")
