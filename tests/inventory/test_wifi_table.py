"""The table of the rollout: who is on it, in what order, and what stands beside each hall."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.database import Database, writing
from inventory.journal import By
from inventory.tables import SlipCause, VenueKind, WifiStage
from inventory.wifi_table import Conditions, Order, WifiTable, month_before, wifi_table
from tests.inventory.city import NOON, look, venue
from tests.inventory.test_tables import ROWS

TABLES = SQLModel.metadata.tables
TODAY = NOON.date()


def put(session: Session, table: str, **row: Any) -> None:
    session.connection().execute(insert(TABLES[table]).values(row))


@pytest.fixture
def halls(database: Database) -> Database:
    """a: late at 工事. b: in service, counted, down. c: nothing begun, no coordinates, another kind. d: on hold."""
    place: dict[str, Any] = {"latitude": 36.4, "longitude": 139.1}
    for code, kana, more in (
        ("a", "アズマ", place),
        ("b", "オオゴ", place),
        ("c", "キヨサト", {"kind": VenueKind.LIBRARY, "name": "清里図書室"}),
        ("d", "ナンキツ", place),
    ):
        venue(database, code, **({"name": f"{code}公民館", "name_kana": kana} | more))
    with writing(database) as session:
        entry = journal.open_entry(session, by=By(), now=NOON, op_id="halls")
        journal.note(session, "import")
        step: dict[str, Any] = {"recorded_at": NOON, "checks": [], "entry": entry}
        plan: dict[str, Any] = {"recorded_at": NOON, "entry": entry, "decided_on": date(2026, 4, 1)}
        put(session, "wifi_step", venue_id=1, stage=WifiStage.CONSTRUCTION, happened_on=date(2026, 11, 4), **step)
        put(session, "wifi_step", venue_id=2, stage=WifiStage.IN_SERVICE, happened_on=date(2026, 5, 1), **step)
        put(session, "wifi_step", venue_id=4, stage=WifiStage.SURVEY, happened_on=date(2026, 5, 1), **step)
        put(session, "wifi_step", venue_id=4, stage=WifiStage.ON_HOLD, happened_on=date(2026, 6, 1), **step)
        put(session, "wifi_plan", venue_id=1, stage=WifiStage.ACTIVATION, planned_on=date(2026, 11, 20), **plan)
        later = plan | {"decided_on": date(2026, 10, 1), "cause": SlipCause.POLE_WAIT}
        put(session, "wifi_plan", venue_id=1, stage=WifiStage.ACTIVATION, planned_on=date(2026, 12, 4), **later)
        point = ROWS["access_point"] | {"entry": entry, "room_id": None, "device_id": None, "removed_entry": None}
        for number, gone in ((1, None), (2, None), (3, date(2026, 6, 1))):
            there = {"id": number, "venue_id": 2, "installed_on": date(2026, 5, 1), "removed_on": gone}
            put(session, "access_point", **(point | there))
        for number, count in ((1, 90), (2, 120)):
            told = {"id": number, "venue_id": 2, "month": date(2026, 10, 1), "count": count}
            put(session, "wifi_usage", recorded_at=NOON, entry=entry, **told)
        put(session, "wifi_outage", id=1, venue_id=2, began_at=NOON, entry=entry)
        owed = {"action": "共架の返事を聞く", "owner": "情報政策課", "due_on": date(2026, 11, 30)}
        put(session, "wifi_action", id=1, venue_id=1, opened_at=NOON, entry=entry, **owed)
    return database


@pytest.fixture
def codes(halls: Database) -> Callable[..., list[str]]:
    def found(**conditions: Any) -> list[str]:
        return [row.code for row in look(halls, wifi_table, Conditions(**conditions), now=NOON).rows]

    return found


def test_what_stands_beside_each_hall(halls: Database) -> None:
    table: WifiTable = look(halls, wifi_table, Conditions(), now=NOON)
    rows = {row.code: row for row in table.rows}
    assert (table.total, table.late, table.in_service, table.month) == (4, 1, 1, date(2026, 10, 1))
    late, used = rows["a"], rows["b"]
    assert (late.stage, late.days_in_stage, late.next_stage) == (WifiStage.CONSTRUCTION, 20, WifiStage.ACTIVATION)
    assert (late.planned_on, late.days_late, late.cause) == (date(2026, 12, 4), 14, SlipCause.POLE_WAIT)
    assert (late.action, late.owner, late.action_due_on) == ("共架の返事を聞く", "情報政策課", date(2026, 11, 30))
    # The count recorded last, and the access points that hang there still.
    assert (used.used, used.access_points, used.outage_since, used.next_stage) == (120, 2, NOON, None)
    assert (rows["c"].stage, rows["c"].since, rows["c"].placed, rows["c"].used) == (None, None, False, None)
    assert (rows["d"].stage, rows["d"].place, rows["d"].next_stage) == (
        WifiStage.ON_HOLD,
        WifiStage.SURVEY,
        WifiStage.DESIGN,
    )


def test_who_is_on_it(codes: Callable[..., list[str]]) -> None:
    assert codes() == ["a", "b", "c", "d"]
    assert codes(stage=WifiStage.IN_SERVICE) == ["b"]
    assert codes(stage="none") == ["c"]
    assert codes(kind=VenueKind.LIBRARY) == ["c"]
    assert codes(late=True) == ["a"]
    assert codes(outage=True) == ["b"]
    assert codes(coordinates="none") == ["c"]
    assert codes(q="公民館") == ["a", "b", "d"]
    assert codes(q="ｵｵｺﾞ") == ["b"]
    assert codes(q="公民館", late=True, stage=WifiStage.SURVEY) == []


def test_its_order_puts_those_without_last(codes: Callable[..., list[str]]) -> None:
    assert codes(order=Order.NAME, down=True) == ["d", "c", "b", "a"]
    assert codes(order=Order.STAGE) == ["a", "b", "d", "c"]
    assert codes(order=Order.SINCE) == ["b", "d", "a", "c"]
    assert codes(order=Order.SINCE, down=True) == ["a", "d", "b", "c"]
    assert codes(order=Order.PLANNED)[0] == "a"
    assert codes(order=Order.POINTS)[0] == codes(order=Order.USAGE)[0] == "b"
    assert codes(order=Order.SERVICE) == ["a", "b", "c", "d"]
    assert codes(order=Order.LATE, down=True)[-1] == "a"


def test_a_page_of_it(halls: Database) -> None:
    pages = [look(halls, wifi_table, Conditions(), now=NOON, page=number, size=3) for number in (1, 2, 3)]
    assert [[row.code for row in page.rows] for page in pages] == [["a", "b", "c"], ["d"], []]
    assert {page.total for page in pages} == {4}
    assert len(look(halls, wifi_table, Conditions(), now=NOON, size=None).rows) == 4


def test_the_month_before() -> None:
    assert month_before(date(2026, 1, 31)) == date(2025, 12, 1)
    assert month_before(date(2026, 12, 1)) == date(2026, 11, 1)
