"""A list of supporters: seen first, entered whole or not at all, and read back as nothing new."""

from typing import Any

import pytest

from inventory.database import Database
from inventory.erasing import ErasePerson, erase_person
from inventory.errors import Invalid, NotFound, Stale
from inventory.people import NewDistrict, create_district
from inventory.programmes import NewProgramme, create_programme
from inventory.supporter_imports import enter_supporters, supporters_entered
from inventory.supporter_lists import SupporterCard, list_supporters, supporter_card
from inventory.supporter_plans import Plan, plan_supporters
from inventory.supporter_rows import SentSupporters
from inventory.supporters import EndSupporter, SupporterChange, change_supporter, end_supporter
from inventory.tables import SupporterCategory
from tests.inventory.city import NOON, act, look, rows
from tests.inventory.volunteers import supporter

NEW = {"name": "荒木 一", "category": "民生委員", "consented_on": "令和8年6月1日"}


def sent(*lines: dict[str, str], digest: str | None = None) -> SentSupporters:
    told = [{"line": at, "cells": cells} for at, cells in enumerate(lines, start=2)]
    return SentSupporters.model_validate({"rows": told, "digest": digest})


def plan(database: Database, *lines: dict[str, str]) -> Plan:
    return look(database, plan_supporters, sent(*lines), now=NOON)


def wrong(database: Database, *lines: dict[str, str]) -> list[tuple[int, str]]:
    return [(cell.line, cell.column) for cell in plan(database, *lines).errors]


def enter(database: Database, *lines: dict[str, str], **more: Any) -> Any:
    return act(database, enter_supporters, sent(*lines), **more)


def everybody(database: Database) -> list[SupporterCard]:
    return look(database, list_supporters, now=NOON).items


def test_a_list_of_new_supporters_is_entered_whole(database: Database) -> None:
    for name in ("大胡地区", "芳賀地区"):
        act(database, create_district, NewDistrict(name=name))
    came = act(database, create_programme, NewProgramme(code="S16", fiscal_year=2025, name="育成"))
    done = enter(
        database,
        NEW
        | {
            "name_kana": "あらき はじめ",
            "districts": "大胡、芳賀地区",
            "phone": "272835678",
            "email": "araki@example.jp",
            "fiscal_year": "令和7年度",
            "programme": "S16",
            "note": "火曜は休み",
        },
        {"name": "髙橋　節子", "category": "学生", "consented_on": "2026/6/2", "registered_on": "R8.6.3"},
    )
    assert (done.rows, done.created, done.changed, done.unchanged) == (2, 2, 0, 0)
    second, first = everybody(database)
    assert (first.name, first.name_kana, first.phone) == ("荒木 一", "アラキ ハジメ", "0272835678")
    assert ([one.name for one in first.districts], first.programme) == (["大胡地区", "芳賀地区"], came.id)
    assert (first.note, first.category, first.registered_on) == ("火曜は休み", SupporterCategory.WELFARE, NOON.date())
    assert (second.name, second.category, second.districts) == ("髙橋　節子", SupporterCategory.STUDENT, [])
    notes = rows(database, "entry")[-1].data["notes"]
    assert notes == [["enter_supporters", {"rows": 2, "created": [1, 2], "changed": []}]]


def test_the_same_list_again_does_nothing(database: Database) -> None:
    enter(database, NEW, NEW | {"name": "金井 康男"})
    again = plan(database, NEW | {"name": "荒木　一"}, {"name": "金井康男", "category": "民生委員・児童委員"})
    assert (again.created, again.changed, again.unchanged, again.errors) == (0, 0, 2, [])


def test_a_row_changes_what_it_names_and_nothing_else(database: Database) -> None:
    act(database, create_district, NewDistrict(name="大胡地区"))
    before = supporter(database, "荒木 一", phone="027-283-5678", note="火曜は休み")
    found = plan(database, {"name": "荒木 一", "districts": "大胡地区", "email": "araki@example.jp", "phone": ""})
    assert [change.column for change in found.rows[0].changes] == ["email", "districts"]
    enter(database, {"name": "荒木 一", "districts": "大胡地区", "email": "araki@example.jp"})
    after = look(database, supporter_card, before.id, now=NOON)
    assert (after.phone, after.email, after.note) == ("027-283-5678", "araki@example.jp", "火曜は休み")
    assert ([one.name for one in after.districts], after.revision) == (["大胡地区"], 2)
    enter(database, {"name": "荒木 一", "districts": "市内全域", "ended_on": "2026-11-30"})
    after = look(database, supporter_card, before.id, now=NOON)
    assert (after.districts, str(after.ended_on)) == ([], "2026-11-30")
    notes = rows(database, "entry")[-1].data["notes"]
    assert notes == [["enter_supporters", {"rows": 1, "created": [], "changed": [[1, ["ended_on", "districts"]]]}]]


def test_whom_a_row_means(database: Database) -> None:
    first = supporter(database, "荒木 一", name_kana="あらき はじめ")
    second = supporter(database, "荒木 一", name_kana="あらき いち")
    assert wrong(database, {"name": "荒木 一", "note": "だれ"}) == [(2, "name")]
    by_kana = plan(database, {"name": "荒木 一", "name_kana": "アラキ イチ", "note": "二人目"})
    assert [row.supporter for row in by_kana.rows] == [second.id]
    by_id = plan(database, {"supporter_id": first.id, "name": "新木 一"})
    assert [(change.column, change.before, change.after) for change in by_id.rows[0].changes] == [
        ("name", "荒木 一", "新木 一")
    ]
    third = plan(database, NEW | {"name_kana": "アラキ ヒトシ"})
    assert (third.created, third.rows[0].namesake) == (1, True)
    # Whoever ended and comes back with a new consent is registered anew; without a day it is the old registration.
    for one in (first, second):
        act(database, end_supporter, EndSupporter(on=NOON.date().replace(month=7)), supporter=one.id)
    anew = {"name_kana": "アラキ イチ", "consented_on": "2026-09-01", "registered_on": "2026-09-01"}
    assert plan(database, NEW | anew).created == 1
    old = plan(database, {"name": "荒木 一", "name_kana": "アラキ イチ", "note": "あとから"})
    assert [row.supporter for row in old.rows] == [second.id]


def test_what_cannot_stand_stops_the_whole_list(database: Database) -> None:
    act(database, create_programme, NewProgramme(code="S16", fiscal_year=2025, name="育成"))
    act(database, create_programme, NewProgramme(code="S16", fiscal_year=2026, name="育成"))
    lines: list[tuple[dict[str, str], str]] = [
        ({"category": "学生"}, "name"),
        ({"name": "一"}, "category"),
        ({"name": "二", "category": "学生"}, "consented_on"),
        (NEW | {"name": "三", "category": "町内会長"}, "category"),
        (NEW | {"name": "四", "consented_on": "6月ごろ"}, "consented_on"),
        (NEW | {"name": "五", "consented_on": "2027-01-01"}, "consented_on"),
        (NEW | {"name": "六", "registered_on": "2026-05-01"}, "registered_on"),
        (NEW | {"name": "七", "ended_on": "2026-05-01"}, "ended_on"),
        (NEW | {"name": "八", "districts": "火星"}, "districts"),
        (NEW | {"name": "九", "programme": "S16"}, "programme"),
        (NEW | {"name": "十", "programme": "S99", "fiscal_year": "2025"}, "programme"),
        (NEW | {"name": "十一", "fiscal_year": "平年度"}, "fiscal_year"),
        (NEW | {"name": "十二", "phone": "119"}, "phone"),
        (NEW | {"name": "十三", "email": "x"}, "email"),
        (NEW | {"name": "十四", "supporter_id": "999"}, "supporter_id"),
        (NEW | {"name": "十五", "note": "あ" * 401}, "note"),
        (NEW, ""),
        (NEW, "name"),
    ]
    found = wrong(database, *(cells for cells, _ in lines))
    assert found == [(at, column) for at, (_, column) in enumerate(lines, start=2) if column]
    with pytest.raises(Invalid):
        enter(database, *(cells for cells, _ in lines))
    assert rows(database, "supporter") == [] and rows(database, "person") == []


def test_only_what_was_seen_is_done(database: Database) -> None:
    seen = plan(database, NEW)
    made = supporter(database, "荒木 一")
    with pytest.raises(Stale):
        act(database, enter_supporters, sent(NEW, digest=seen.digest))
    now = plan(database, NEW)
    assert act(database, enter_supporters, sent(NEW, digest=now.digest)).unchanged == 1
    act(database, change_supporter, SupporterChange(note="x"), supporter=made.id, revision=1)
    assert plan(database, NEW).digest == now.digest
    for unknown in ("999", "x"):
        with pytest.raises(NotFound):
            look(database, supporters_entered, unknown)


def test_no_list_brings_an_erased_person_back(database: Database) -> None:
    made = supporter(database, "龘驫 康男", note="龘驫さん")
    line = {
        "supporter_id": made.id,
        "name": "龘驫 康男",
        "phone": "027-283-5678",
        "note": "龘驫さん",
        "category": "学生",
    }
    act(database, erase_person, ErasePerson(), person=made.person)
    found = plan(database, line)
    assert [change.column for change in found.rows[0].changes] == ["category"]
    enter(database, line)
    assert not any("龘" in str(value) for value in (*rows(database, "person")[0], *rows(database, "supporter")[0]))
    # The name alone is that of somebody new, who has to agree anew.
    assert wrong(database, {"name": "龘驫 康男", "category": "学生"}) == [(2, "consented_on")]


def test_what_old_software_cannot_hold_is_no_change(database: Database) -> None:
    made = supporter(database, "𠮷田 〜子", note="一行目\n二行目")
    line = {"supporter_id": made.id, "name": "〓田 ～子", "note": "一行目 二行目"}
    assert plan(database, line).unchanged == 1
    assert plan(database, line | {"name": "〓山 ～子"}).changed == 1


def test_the_years_of_a_programme_are_read_as_they_are_written(database: Database) -> None:
    act(database, create_programme, NewProgramme(code="S16", fiscal_year=2025, name="育成"))
    for written in ("2025", "令和7年度", "令和７", "R7", "2025年度"):
        found = plan(database, NEW | {"fiscal_year": written, "programme": "S16"})
        assert (found.errors, found.created) == ([], 1)
