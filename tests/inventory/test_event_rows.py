"""What is published of courses: which of them, what stands in each cell, whose name never does, and what is missing."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlmodel import SQLModel

from inventory.calendar import TOKYO
from inventory.courses import NewCourse, create_course
from inventory.database import Database, reading, writing
from inventory.event_rows import (
    EVENTS,
    EventRow,
    missing_event_cells,
    office_and_phone,
    price,
    published_events,
    withheld_cells,
)
from inventory.machine_files import read_csv
from inventory.machine_rules import check_rules
from inventory.officers import NewOfficer, add_officer
from inventory.open_data_layouts import find_header, layout, layouts
from inventory.people import NewAssociation, create_association
from inventory.programmes import NewProgramme, create_programme
from inventory.tables import Audience
from tests.inventory.city import act
from tests.inventory.halls import OHGO, PUBLISHER, hall

TODAY = date(2026, 11, 24)
COURSE = SQLModel.metadata.tables["course"]
SERIES = SQLModel.metadata.tables["course_series"]
OLD, NEW = layout(EVENTS, "suishou"), layout(EVENTS, "ods")
# What a course says of itself when everything is filled in.
SAID: dict[str, Any] = {
    "title_kana": "はじめてのスマホ",
    "description": "電源の入れ方から\nはじめます。",
    "fee": "無料",
    "contact": "生涯学習課 027-898-1234",
    "apply_until": date(2026, 11, 30),
    "apply_how": "電話でお申し込みください。",
    "url": "https://www.example.lg.jp/koza",
}


@pytest.fixture
def programme(database: Database) -> str:
    hall(database, "K05", **OHGO)
    order = NewProgramme(
        code="S1", fiscal_year=2026, name="スマホ講座", audience=Audience.NO_PHONE, owner_section="情報政策課"
    )
    return act(database, create_programme, order).id


def course(database: Database, programme: str, day: date = date(2026, 12, 1), **fields: Any) -> int:
    """A published course of two hours from 13:30; what the form of a course writes is written past it."""
    starts_at = datetime(day.year, day.month, day.day, 13, 30, tzinfo=TOKYO)
    order = NewCourse(
        programme=programme,
        title=fields.pop("title", "はじめてのスマホ"),
        venue=fields.pop("venue", "K05"),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        capacity=20,
    )
    number = int(act(database, create_course, order).id)
    with writing(database) as session:
        said = {"published": True} | SAID | fields
        session.connection().execute(update(COURSE).where(COURSE.c.id == number).values(said))
    return number


def published(database: Database, on: date = TODAY) -> list[EventRow]:
    with reading(database) as session:
        return published_events(session, on=on, publisher=PUBLISHER)


def test_the_old_layout_has_the_32_columns_of_the_recommended_data_set() -> None:
    assert OLD.headers() == (
        "都道府県コード又は市区町村コード", "NO", "都道府県名", "市区町村名", "イベント名", "イベント名_カナ",
        "イベント名_英語", "開始日", "終了日", "開始時間", "終了時間", "開始日時特記事項", "説明", "料金(基本)",
        "料金(詳細)", "連絡先名称", "連絡先電話番号", "連絡先内線番号", "主催者", "場所名称", "住所", "方書", "緯度",
        "経度", "アクセス方法", "駐車場情報", "定員", "参加申込終了日", "参加申込終了時間", "参加申込方法", "URL",
        "備考",
    )  # fmt: skip
    assert [column.name for column in OLD.columns if column.required == "required"] == [
        "イベント名", "イベント名_カナ", "開始日", "終了日", "開始時間", "終了時間", "説明", "場所名称", "住所",
    ]  # fmt: skip
    assert {one.proof for one in layouts(EVENTS)} == {"seen", "partly"}
    assert {column.name for column in NEW.columns if column.proof == "unproved"} >= {"Web開催", "対象者", "主催者"}


@pytest.mark.parametrize("one", layouts(EVENTS), ids=lambda one: one.code)
def test_each_layout_is_told_from_the_other_by_its_own_headers(one: Any) -> None:
    for physical in (False, True):
        found = find_header([(1, list(one.headers(physical=physical)))], layouts(EVENTS), needed=frozenset({"id"}))
        assert found is not None and found[1].layout is one and len(found[1].places) == len(one.columns)


def test_a_row_is_made_of_the_course_the_hall_and_the_city(database: Database, programme: str) -> None:
    number = course(database, programme)
    (row,) = published(database)
    assert (row.course, row.venue) == (str(number), "K05")
    assert {key: value for key, value in row.cells.items() if value != ""} == {
        "code": "102016",
        "municipality": "群馬県前橋市",
        "prefecture_name": "群馬県",
        "city_name": "前橋市",
        "place_code": "102016",
        "id": f"EV-{number:06d}",
        "event_name": "はじめてのスマホ",
        "event_name_kana": "ハジメテノスマホ",
        "starts_on": "2026-12-01",
        "ends_on": "2026-12-01",
        "starts": "13:30",
        "ends": "15:30",
        "description": "電源の入れ方から はじめます。",
        "kind": "講座",
        "audience": "スマートフォンを持っていない方",
        "online": "無",
        "charged": "無",
        "fee": 0,
        "fee_detail": "無料",
        "contact": "生涯学習課",
        "contact_phone": "027-898-1234",
        "organiser": "前橋市情報政策課",
        "place": "大胡公民館",
        "address": "群馬県前橋市大胡町15番地",
        "prefecture": "群馬県",
        "city": "前橋市",
        "town": "大胡町",
        "street": "15番地",
        "latitude": 36.4231854,
        "longitude": 139.16382,
        "capacity": 20,
        "apply_until": "2026-11-30",
        "apply_how": "電話でお申し込みください。",
        "event_url": "https://www.example.lg.jp/koza",
    }
    # Both layouts find a cell for each of their columns.
    assert all(column.key in row.cells for one in layouts(EVENTS) for column in one.columns)
    assert missing_event_cells([row], OLD) == []


def test_only_published_courses_from_this_fiscal_year_on_are_there(database: Database, programme: str) -> None:
    course(database, programme, published=False)
    course(database, programme, date(2026, 3, 31), title="前の年度")
    course(database, programme, date(2027, 5, 1), title="次の年度")
    course(database, programme, date(2026, 4, 1), title="年度のはじめ")
    assert [row.title for row in published(database)] == ["年度のはじめ", "次の年度"]
    assert [row.title for row in published(database, date(2026, 3, 31))] == ["前の年度", "年度のはじめ", "次の年度"]


def test_a_cancelled_course_stays_and_says_so_without_its_reason(database: Database, programme: str) -> None:
    later = course(database, programme, date(2027, 1, 12), title="新しい日")
    secret = course(database, programme, date(2027, 1, 13), title="まだ公開しない日", published=False)
    course(database, programme, title="中止", state="cancelled", cancel_reason="講師の金井さんの急病", note="内密")
    course(database, programme, title="延期", state="postponed", postponed_to_id=later)
    course(database, programme, title="日は未定", state="postponed", postponed_to_id=secret)
    found = published(database)
    assert {row.title: row.cells["note"] for row in found} == {
        "中止": "中止になりました。",
        "延期": "延期になりました。新しい日は2027-01-12です。",
        "日は未定": "延期になりました。",
        "新しい日": "",
    }
    assert not any("金井" in str(cell) or "内密" in str(cell) for row in found for cell in row.cells.values())


def test_a_date_of_a_series_says_which_it_is(database: Database, programme: str) -> None:
    entry = {"entry": 1, "revision": 1}
    with writing(database) as session:
        session.connection().execute(insert(SERIES).values(id=1, programme_id=int(programme), title="三日で", **entry))
    for day, state in ((1, "planned"), (8, "postponed"), (15, "planned"), (22, "cancelled")):
        course(database, programme, date(2026, 12, day), series_id=1, state=state)
    assert [row.cells["days_note"] for row in published(database)] == [
        "連続講座「三日で」の第1回（全3回）",
        "",
        "連続講座「三日で」の第2回（全3回）",
        "連続講座「三日で」の第3回（全3回）",
    ]


def test_a_cell_that_names_somebody_in_the_ledger_stays_empty(database: Database, programme: str) -> None:
    association = act(database, create_association, NewAssociation(name="茂木町自治会")).id
    officer = {"name": "髙橋 一郎", "from": date(2026, 4, 1), "until": date(2027, 3, 31)}
    act(database, add_officer, NewOfficer.model_validate(officer), association=association)
    course(database, programme, contact="高橋一郎 090-1111-2222", apply_how="高橋　一郎まで")
    (row,) = published(database)
    assert row.withheld == ("contact", "apply_how")
    assert not any("一郎" in str(cell) for cell in row.cells.values())
    assert [(cell.row, cell.column) for cell in withheld_cells([row], OLD)] == [(1, "連絡先名称"), (1, "参加申込方法")]


def test_what_is_missing_is_told_row_by_row_with_where_to_fill_it_in(database: Database, programme: str) -> None:
    hall(database, "K06")
    course(database, programme, date(2026, 12, 1), venue="K06")
    course(database, programme, date(2026, 12, 2), title_kana=None, description=None, topics=None)
    course(database, programme, date(2026, 12, 3), venue=None)
    missing = [cell for cell in missing_event_cells(published(database), OLD) if cell.required == "required"]
    assert [(cell.row, cell.key, cell.venue) for cell in missing] == [
        (1, "address", "K06"),
        (2, "event_name_kana", None),
        (2, "description", None),
        (3, "place", None),
        (3, "address", None),
    ]


@pytest.mark.parametrize(
    ("contact", "office", "phone"),
    [
        ("生涯学習課（電話０２７－８９８－１２３４）", "生涯学習課", "027-898-1234"),
        ("情報政策課 (027)898-1234", "情報政策課", "027-898-1234"),
        ("0120-456-789", "", "0120-456-789"),
        ("総務課 TEL:027-224-1111 まで", "総務課 まで", "027-224-1111"),
        ("情報政策課", "情報政策課", ""),
        ("", "", ""),
    ],
)
def test_an_office_is_parted_from_its_telephone_number(contact: str, office: str, phone: str) -> None:
    assert office_and_phone(contact) == (office, phone)


@pytest.mark.parametrize(
    ("fee", "found"),
    [
        ("無料", (0, "無")),
        ("０円", (0, "無")),
        ("1,500円（教材費）", (1500, "有")),
        ("無料（教材費500円）", (500, "有")),
        ("実費", ("", "有")),
        (None, ("", "")),
        ("　", ("", "")),
    ],
)
def test_a_fee_is_a_number_where_it_is_one(fee: str | None, found: tuple[int | str, str]) -> None:
    assert price(fee) == found


def test_a_file_without_rows_breaks_no_rule_but_says_nothing() -> None:
    empty = read_csv(("\ufeff" + ",".join(OLD.headers()) + "\r\n").encode())
    assert [result.rule for result in check_rules(empty, OLD) if result.verdict == "broken"] == []
