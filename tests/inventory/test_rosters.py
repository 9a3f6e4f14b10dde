"""The April change: what a roster means against the ledger, and what it does there, all or nothing."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from inventory.database import Database
from inventory.errors import Invalid, NotFound, Stale
from inventory.officers import EndOffice, end_office, list_officers
from inventory.people import AssociationChange, NewDistrict, change_association, create_district, list_associations
from inventory.roster_plans import Plan
from inventory.roster_rows import SentRoster
from inventory.rosters import RosterEntered, enter_roster, plan_roster, roster_entered
from tests.inventory.city import NOON, act, association, head, led_association, lend, loan, look, rows, tablets
from tests.inventory.city import device as device_of

MARCH_31, APRIL_1 = date(2027, 3, 31), date(2027, 4, 1)


def sent(*lines: dict[str, str], **more: Any) -> SentRoster:
    """A roster as a file brings it: its first row is line 2, below the header."""
    numbered = [{"line": number, "cells": cells} for number, cells in enumerate(lines, start=2)]
    return SentRoster.model_validate({"rows": numbered, **more})


def plan(database: Database, *lines: dict[str, str], **more: Any) -> Plan:
    return look(database, plan_roster, sent(*lines, **more), now=NOON)


def enter(database: Database, *lines: dict[str, str], **more: Any) -> RosterEntered:
    return act(database, enter_roster, sent(*lines, **more))


def wrong(found: Plan) -> list[tuple[int, str]]:
    return [(cell.line, cell.column) for cell in found.errors]


def terms(database: Database, of: str) -> list[tuple[str, str, date, date | None]]:
    officers = look(database, list_officers, of, now=NOON)
    return [(one.office, one.name, one.from_, one.until) for one in officers]


def row(name: str = "髙橋 節子", **cells: str) -> dict[str, str]:
    return {"association": "堀越町自治会", "name": name, "since": "2027-04-01", **cells}


def test_a_successor_ends_the_term_before(database: Database) -> None:
    horikoshi = led_association(database).id
    entered = enter(
        database, row(name_kana="たかはし せつこ", phone="０２７（８９８）１２３４", email="Setsu@example.jp")
    )
    assert (entered.created, entered.changed, entered.unchanged) == (1, 0, 0)
    assert (entered.associations, entered.officers, entered.ended) == (0, 1, 1)
    assert terms(database, horikoshi) == [
        ("会長", "髙橋 節子", APRIL_1, None),
        ("会長", "金井 康男", date(2026, 4, 1), MARCH_31),
    ]
    person = rows(database, "person")[-1]
    assert (person.name_kana, person.phone, person.email) == ("タカハシ セツコ", "027-898-1234", "Setsu@example.jp")


def test_looking_at_a_plan_writes_nothing_and_says_what_would_be(database: Database) -> None:
    led_association(database)
    before = {table: rows(database, table) for table in ("entry", "association", "person", "officer")}
    found = plan(
        database, row(), {"association": "嶺町自治会", "district": "芳賀地区"}, {"association": "堀越町自治会"}
    )
    assert [(one.line, one.kind) for one in found.rows] == [
        (2, "new_officer"),
        (3, "new_association"),
        (4, "unchanged"),
    ]
    (ending,) = found.rows[0].ends
    assert (ending.name, ending.before, ending.until, ending.moved) == ("金井 康男", None, MARCH_31, True)
    assert (found.created, found.changed, found.unchanged, found.new_districts) == (2, 0, 1, ["芳賀地区"])
    assert {table: rows(database, table) for table in before} == before


def test_a_term_that_was_to_end_by_then_keeps_its_day(database: Database) -> None:
    horikoshi = led_association(database, until=date(2027, 2, 28)).id
    (planned,) = plan(database, row()).rows
    assert [(ending.name, ending.moved) for ending in planned.ends] == [("金井 康男", False)]
    assert enter(database, row()).ended == 0
    assert [until for *_, until in terms(database, horikoshi)] == [None, date(2027, 2, 28)]


def test_names_are_compared_as_they_sound_and_look(database: Database) -> None:
    horikoshi = association(database).id
    head(database, horikoshi, name="髙橋　節子", phone="027-898-1234")
    same = {"association": "堀越町　自治会", "office": "会長", "name": "高橋節子", "phone": "（027）898-1234"}
    found = plan(database, same, since="2026-04-01")
    assert ([one.kind for one in found.rows], found.errors) == (["unchanged"], [])
    entered = enter(database, same | {"phone": "027-898-9999", "until": "令和9年3月31日"})
    assert (entered.created, entered.changed) == (0, 1)
    (officer,) = look(database, list_officers, horikoshi, now=NOON)
    assert (officer.name, officer.phone, officer.until) == ("髙橋　節子", "027-898-9999", MARCH_31)
    assert officer.revision > 1


def test_an_empty_cell_leaves_what_the_ledger_has(database: Database) -> None:
    horikoshi = association(database, name_kana="ホリコシ").id
    head(database, horikoshi, name_kana="カナイ", phone="027-898-1234", email="kanai@example.jp", until=MARCH_31)
    assert enter(database, {"association": "堀越町自治会", "name": "金井 康男"}).unchanged == 1
    (officer,) = look(database, list_officers, horikoshi, now=NOON)
    assert (officer.name_kana, officer.phone, officer.email) == ("カナイ", "027-898-1234", "kanai@example.jp")
    assert officer.until == MARCH_31


def test_whoever_goes_on_serves_another_term_as_the_same_person(database: Database) -> None:
    horikoshi = led_association(database).id
    (planned,) = plan(database, row("金井康男", phone="027-898-1234")).rows
    assert (planned.kind, planned.notes, planned.changes) == ("new_officer", ["again"], ["phone"])
    enter(database, row("金井康男", phone="027-898-1234"))
    assert [(since, until) for *_, since, until in terms(database, horikoshi)] == [
        (APRIL_1, None),
        (date(2026, 4, 1), MARCH_31),
    ]
    (person,) = rows(database, "person")
    assert (person.name, person.phone) == ("金井 康男", "027-898-1234")


def test_a_past_term_of_somebody_else_is_no_term_of_today(database: Database) -> None:
    """A list without days names whoever holds the office; 金井 held it once and takes it again."""
    horikoshi = association(database).id
    head(database, horikoshi, name="金井 康男", since=date(2022, 4, 1), until=date(2024, 3, 31))
    head(database, horikoshi, name="山田 花子", since=date(2024, 4, 1))
    found = plan(database, {"association": "堀越町自治会", "name": "金井 康男"}, since=APRIL_1)
    assert [(one.kind, [ending.name for ending in one.ends]) for one in found.rows] == [("new_officer", ["山田 花子"])]


def test_an_association_is_found_in_its_district(database: Database) -> None:
    ogo = act(database, create_district, NewDistrict(name="大胡地区")).id
    first = association(database, "本町自治会", district=ogo).id
    lone = association(database, "嶺町自治会").id
    entered = enter(
        database,
        {"association": "本町自治会", "district": "大胡地区"},
        {"association": "本町自治会", "district": "粕川地区"},
        {"association": "嶺町自治会", "district": "芳賀地区"},
    )
    assert (entered.created, entered.changed, entered.unchanged) == (1, 1, 1)
    found = look(database, list_associations, now=NOON).items
    districts = {card.id: card.district.name if card.district else None for card in found}
    assert len(found) == 3 and (districts[first], districts[lone]) == ("大胡地区", "芳賀地区")
    assert look(database, list_associations, now=NOON, q="芳賀").items[0].id == lone
    assert wrong(plan(database, {"association": "本町自治会"})) == [(2, "district")]
    (planned,) = plan(database, {"association": "本町自治会", "district": "宮城地区"}).rows
    assert planned.notes == ["elsewhere"]


def test_several_hold_an_office_that_is_no_head(database: Database) -> None:
    horikoshi = association(database).id
    for name in ("一郎", "二郎"):
        head(database, horikoshi, name=name, office="副会長")
    both = plan(database, row("三郎", office="副会長"), row("一郎", office="副会長", since="2026-04-01"))
    assert [(one.kind, [ending.name for ending in one.ends]) for one in both.rows] == [
        ("new_officer", ["二郎"]),
        ("unchanged", []),
    ]
    (alone,) = plan(database, row("三郎", office="副会長")).rows
    assert (alone.ends, alone.notes) == ([], ["several"])


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"association": ""}, "association"),
        ({"since": "4月ごろ"}, "since"),
        ({"since": ""}, "since"),
        ({"until": "2027-03-31"}, "until"),
        ({"phone": "027-898-1234、090-1111-2222"}, "phone"),
        ({"email": "kanai"}, "email"),
        ({"name": "", "phone": "027-898-1234"}, "name"),
        ({"name": "あ" * 61}, "name"),
        ({"association_id": "9999"}, "association_id"),
        ({"since": "2026-04-01"}, "since"),
        ({"since": "2025-04-01"}, "until"),
        ({"name": "（消去ずみ）"}, "name"),
    ],
)
def test_a_cell_that_cannot_stand_is_told_by_line_and_column(
    database: Database, cells: dict[str, str], column: str
) -> None:
    led_association(database)
    found = plan(database, row("山田 花子") | {"association": "嶺町自治会"}, row() | cells)
    assert wrong(found) == [(3, column)]
    assert all(cell.message.endswith(("。", "）。")) for cell in found.errors)


def test_nothing_is_entered_when_one_row_is_wrong(database: Database) -> None:
    led_association(database)
    before = {table: rows(database, table) for table in ("entry", "association", "person", "officer")}
    with pytest.raises(Invalid) as refusal:
        enter(database, row(), row("山田", phone="でんわ") | {"association": "嶺町自治会"})
    assert [error["field"] for error in refusal.value.errors] == ["3.phone"]
    assert {table: rows(database, table) for table in before} == before


def test_rows_that_contradict_each_other_are_told(database: Database) -> None:
    led_association(database)
    assert wrong(plan(database, row(), row())) == [(3, "since")]
    assert wrong(plan(database, row("金井 康男", since="2026-04-01", until="2027-06-30"), row())) == [(3, "since")]
    later = row("山田", since="2028-04-01", association_kana="コシ")
    assert wrong(plan(database, row(association_kana="ホリ"), later)) == [(3, "association_kana")]
    sequence = plan(database, row(until="2028-03-31"), row("山田", since="2028-04-01"))
    assert (sequence.errors, sequence.created) == ([], 2)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("ｔａｋａ@example.jp", "taka@example.jp"),
        ("taka@example.jp", "taka@example.jp"),
    ],
)
def test_what_was_written_otherwise_is_told(database: Database, written: str, kept: str) -> None:
    found = plan(database, row(email=written, phone="９０１１１１２２２２", since="R9.4.1"))
    told = {cell.column: cell.repaired for cell in found.repairs}
    assert told.pop("email", kept) == kept
    assert told == {"phone": "090-1111-2222", "since": "2027-04-01"}
    assert found.errors == []


def test_the_head_of_an_association_has_one_name(database: Database) -> None:
    led_association(database)
    found = plan(database, row(office="自治会長"))
    assert [(one.office, [ending.name for ending in one.ends]) for one in found.rows] == [("会長", ["金井 康男"])]
    assert [(cell.column, cell.repaired) for cell in found.repairs] == [("office", "会長")]


def test_what_was_seen_is_what_is_entered(database: Database) -> None:
    horikoshi = led_association(database).id
    digest = plan(database, row()).digest
    officer = look(database, list_officers, horikoshi, now=NOON)[0].id
    act(database, end_office, EndOffice(until=date(2027, 1, 31)), association=horikoshi, officer=officer)
    with pytest.raises(Stale):
        enter(database, row(), digest=digest)
    assert len(terms(database, horikoshi)) == 1
    assert enter(database, row(), digest=plan(database, row()).digest).officers == 1


def test_the_journal_holds_numbers_and_days_only(database: Database) -> None:
    led_association(database)
    entered = enter(database, row(phone="027-898-1234", name_kana="タカハシ"))
    entry = rows(database, "entry")[-1]
    assert (str(entry.seq), entry.act) == (entered.entry, "enter_roster")
    said = str(entry.data)
    assert not any(word in said for word in ("髙橋", "タカハシ", "898", "堀越"))
    ((_, facts),) = entry.data["notes"]
    assert facts["ended"] == [[1, None, "2027-03-31"]] and facts["officers"] == [2]
    for number in ("9999", "x", "1"):
        with pytest.raises(NotFound):
            look(database, roster_entered, number)


def test_a_change_made_with_an_older_form_is_told_of_the_roster(database: Database) -> None:
    made = association(database)
    enter(database, {"association": made.name, "association_kana": "ほりこし"})
    with pytest.raises(Stale):
        act(database, change_association, AssociationChange(name="堀越"), association=made.id, revision=made.revision)


def test_loans_stay_with_whoever_had_them_and_are_due_at_the_end_of_that_term(database: Database) -> None:
    tablets(database)
    device_of(database, "MB-T-0001")
    horikoshi = led_association(database).id
    number = lend(database, {"association": horikoshi}, "MB-T-0001", due={"end_of_office": True}).number
    enter(database, row())
    card = loan(database, number)
    assert (card.due.on, card.officer.name if card.officer else None) == (MARCH_31, "金井 康男")


def _roster_of_a_city(changed: int) -> list[dict[str, str]]:
    """280 associations in 24 districts; the first ``changed`` have a new head from April 2027."""
    return [
        {
            "district": f"第{number % 24 + 1}地区",
            "association": f"第{number}町自治会",
            "office": "会長",
            "name": f"新任 {number}" if number < changed else f"会長 {number}",
            "since": "2027-04-01" if number < changed else "2026-04-01",
            "phone": f"027-{number:03d}-1234",
        }
        for number in range(280)
    ]


def test_ninety_heads_of_a_city_change_by_one_act_and_few_statements(database: Database) -> None:
    entered = enter(database, *_roster_of_a_city(0))
    assert (entered.associations, entered.officers, entered.ended) == (280, 280, 0)
    assert (len(rows(database, "district")), len(rows(database, "association"))) == (24, 280)
    counted = 0

    def count(*_: Any) -> None:
        nonlocal counted
        counted += 1

    for engine in (database.reader, database.writer):
        event.listen(engine, "before_cursor_execute", count)
    try:
        found = plan(database, *_roster_of_a_city(90))
        planning, counted = counted, 0
        entered = enter(database, *_roster_of_a_city(90), digest=found.digest)
    finally:
        for engine in (database.reader, database.writer):
            event.remove(engine, "before_cursor_execute", count)
    assert (found.created, found.changed, found.unchanged, found.successions) == (90, 0, 190, 90)
    assert (entered.officers, entered.ended, entered.associations) == (90, 90, 0)
    assert planning <= 6 and counted <= 20
    officers = rows(database, "officer")
    assert len(officers) == 370
    assert sum(one.until_on == MARCH_31 for one in officers) == 90
    assert sum(one.until_on is None and one.from_on == APRIL_1 for one in officers) == 90
    assert len(rows(database, "entry")) == 2
    listed = look(database, list_associations, now=NOON + timedelta(days=200), limit=300).items
    heads = {card.head.name for card in listed if card.head}
    assert sum(name.startswith("新任") for name in heads) == 90
    again = enter(database, *_roster_of_a_city(90))
    assert (again.created, again.changed, again.unchanged) == (0, 0, 280)
