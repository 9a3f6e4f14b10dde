"""The laws of the tables: every member is stored, every CHECK and every partial unique index bites."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, Connection, Enum, ForeignKeyConstraint, UniqueConstraint, insert
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import SQLModel

from inventory import schema
from inventory.database import Database, connect, writing
from tests.inventory.city import NOON, later, rows

TABLES = SQLModel.metadata.tables

# One row of every table that the others may refer to; ``entry`` and the row numbers are 1.
GROUND: list[tuple[str, dict[str, Any]]] = [
    (
        "entry",
        {
            "seq": 1,
            "realm": "staff",
            "op_id": "one",
            "act": "ground",
            "at": NOON,
            "occurred_at": NOON,
            "data": {"notes": []},
            "key_id": "0" * 16,
            "mac": "0" * 64,
        },
    ),
    ("staff", {"id": 1, "username": "one", "name": "一人目", "revision": 1}),
    (
        "pool",
        {
            "id": "one",
            "name": "区分",
            "kind": "tablet",
            "after_course": "none",
            "after_term": "none",
            "handover": "check",
            "agreement_required": False,
            "accessories": [],
            "preparation_minutes": 0,
            "one_per_borrower": False,
            "lend_word": "貸出",
            "return_word": "返却",
            "revision": 1,
            "entry": 1,
        },
    ),
    (
        "device",
        {
            "id": 1,
            "asset_number": "ONE",
            "asset_key": "ONE",
            "pool_id": "one",
            "model": "型",
            "search": "",
            "revision": 1,
            "entry": 1,
        },
    ),
    ("tag", {"number": "00000000", "created_at": NOON, "entry": 1}),
    ("district", {"id": 1, "name": "地区", "entry": 1}),
    ("association", {"id": 1, "name": "自治会", "name_kana": "", "search": "", "revision": 1, "entry": 1}),
    ("person", {"id": 1, "name": "人", "name_kana": "", "entry": 1}),
    (
        "officer",
        {
            "id": 1,
            "association_id": 1,
            "person_id": 1,
            "office": "会長",
            "from_on": date(2026, 4, 1),
            "revision": 1,
            "entry": 1,
        },
    ),
    (
        "venue",
        {
            "id": 1,
            "code": "one",
            "kind": "kominkan",
            "name": "館",
            "name_kana": "",
            "shelter": False,
            "disaster_open": False,
            "search": "",
            "revision": 1,
            "entry": 1,
        },
    ),
    ("room", {"id": 1, "venue_id": 1, "name": "大会議室", "capacity": 60, "revision": 1, "entry": 1}),
    (
        "venue_closure",
        {"id": 1, "venue_id": 1, "from_on": date(2026, 12, 1), "until_on": date(2026, 12, 1), "entry": 1},
    ),
    (
        "contract",
        {
            "id": 1,
            "number": "7-12",
            "title": "公民館無線LAN整備",
            "contractor": "会社",
            "fiscal_year": 2026,
            "amount_yen": 1000,
            "budget_yen": 1200,
            "carried_yen": 200,
            "executed_yen": 1000,
            "revision": 1,
            "entry": 1,
        },
    ),
    ("contract_venue", {"id": 1, "contract_id": 1, "venue_id": 1, "entry": 1}),
    (
        "wifi_step",
        {
            "id": 1,
            "venue_id": 1,
            "stage": "survey",
            "happened_on": date(2026, 4, 1),
            "recorded_at": NOON,
            "checks": [],
            "entry": 1,
        },
    ),
    ("wifi_step_strike", {"step_id": 1, "recorded_at": NOON, "entry": 1}),
    (
        "wifi_plan",
        {
            "id": 1,
            "venue_id": 1,
            "stage": "in_service",
            "planned_on": date(2026, 12, 1),
            "decided_on": date(2026, 4, 1),
            "recorded_at": NOON,
            "cause": "carried_over",
            "entry": 1,
        },
    ),
    ("wifi_action", {"id": 1, "venue_id": 1, "action": "電柱の共架を申請する", "opened_at": NOON, "entry": 1}),
    (
        "wifi_programme",
        {
            "id": 1,
            "code": "one",
            "name": "整備",
            "from_on": date(2022, 4, 1),
            "until_on": date(2027, 3, 31),
            "baseline_on": date(2022, 4, 1),
            "revision": 1,
            "entry": 1,
        },
    ),
    (
        "wifi_target",
        {
            "id": 1,
            "programme_id": 1,
            "name": "13館",
            "since_on": date(2022, 4, 1),
            "recorded_at": NOON,
            "entry": 1,
        },
    ),
    ("wifi_target_venue", {"target_id": 1, "venue_id": 1, "entry": 1}),
    (
        "line",
        {
            "id": 1,
            "venue_id": 1,
            "provider": "会社",
            "kind": "fibre",
            "from_on": date(2026, 4, 1),
            "revision": 1,
            "entry": 1,
        },
    ),
    (
        "access_point",
        {
            "id": 1,
            "venue_id": 1,
            "ssid": "City_Wi-Fi",
            "auth": "passphrase",
            "disaster_ssid": False,
            "passphrase": b"1",
            "installed_on": date(2026, 4, 1),
            "revision": 1,
            "entry": 1,
        },
    ),
    (
        "speed_test",
        {
            "id": 1,
            "venue_id": 1,
            "measured_at": NOON,
            "down_mbps": 93.4,
            "up_mbps": 20.0,
            "latency_ms": 12.0,
            "entry": 1,
        },
    ),
    (
        "wifi_usage",
        {"id": 1, "venue_id": 1, "month": date(2026, 10, 1), "count": 120, "recorded_at": NOON, "entry": 1},
    ),
    ("wifi_outage", {"id": 1, "venue_id": 1, "began_at": NOON, "entry": 1}),
    ("disaster_drill", {"id": 1, "venue_id": 1, "held_on": date(2026, 9, 1), "entry": 1}),
    ("saved_filter", {"id": 1, "page": "/wifi/table", "name": "工事中", "query": "stage=construction", "entry": 1}),
    (
        "programme",
        {
            "id": 1,
            "code": "one",
            "fiscal_year": 2026,
            "name": "事業",
            "planned_approx": False,
            "approx": False,
            "prints": "reported",
            "revision": 1,
            "entry": 1,
        },
    ),
    ("course_series", {"id": 1, "programme_id": 1, "title": "連続講座", "revision": 1, "entry": 1}),
    (
        "course",
        {
            "id": 1,
            "programme_id": 1,
            "title": "講座",
            "starts_at": NOON,
            "ends_at": later(hours=2),
            "needs_wifi": False,
            "state": "planned",
            "approx": False,
            "published": False,
            "search": "",
            "revision": 1,
            "entry": 1,
        },
    ),
    (
        "reservation",
        {
            "id": 1,
            "pool_id": "one",
            "quantity": 1,
            "from_at": NOON,
            "until_at": later(hours=2),
            "long": False,
            "course_id": 1,
            "entry": 1,
        },
    ),
    (
        "pack_held",
        {
            "id": 1,
            "desk": "窓口1",
            "on_day": date(2026, 12, 1),
            "made_at": NOON,
            "expires_at": later(hours=12),
            "held_at": NOON,
            "entry": 1,
        },
    ),
    (
        "supporter",
        {
            "id": 1,
            "person_id": 1,
            "category": "student",
            "registered_on": date(2026, 4, 1),
            "consented_on": date(2026, 4, 1),
            "revision": 1,
            "entry": 1,
        },
    ),
    ("supporter_district", {"supporter_id": 1, "district_id": 1}),
    (
        "course_help",
        {
            "id": 1,
            "course_id": 1,
            "supporter_id": 1,
            "asked_at": NOON,
            "answer": "agreed",
            "answered_at": NOON,
            "entry": 1,
        },
    ),
    (
        "wish",
        {
            "id": 1,
            "kind": "series",
            "words": "続けてほしい",
            "people": 12,
            "wished_on": date(2026, 4, 1),
            "answer": "planned",
            "answered_on": date(2026, 5, 1),
            "revision": 1,
            "entry": 1,
        },
    ),
    ("report_text", {"id": 1, "fiscal_year": 2026, "item": 1, "words": "未来", "written_at": NOON, "entry": 1}),
    (
        "report_edition",
        {
            "id": 1,
            "fiscal_year": 2026,
            "number": 1,
            "submitted_on": date(2027, 4, 30),
            "with_approx": True,
            "content": {},
            "sha256": "a",
            "fixed_at": NOON,
            "entry": 1,
        },
    ),
    (
        "loan",
        {
            "id": 1,
            "number": "R8-00001",
            "fiscal_year": 2026,
            "sequence": 1,
            "section": "福祉課",
            "due_on": date(2026, 12, 1),
            "end_of_office": False,
            "installed": False,
            "lent_at": NOON,
            "entry": 1,
        },
    ),
    ("hold", {"id": 1, "device_id": 1, "reason": "wipe", "opened_at": NOON, "entry": 1}),
    ("move", {"id": 1, "device_id": 1, "to_place": "大胡公民館", "moved_at": NOON, "entry": 1}),
    ("loan_item", {"id": 1, "loan_id": 1, "device_id": 1, "lent_at": NOON, "accessories": {}, "entry": 1}),
    ("loan_case", {"id": 1, "code": "ONE", "code_key": "ONE", "name": "箱", "search": "", "revision": 1, "entry": 1}),
    ("loan_case_member", {"id": 1, "case_id": 1, "device_id": 1, "joined_at": NOON, "entry": 1}),
    ("tag_binding", {"id": 1, "number": "00000000", "device_id": 1, "bound_at": NOON, "entry": 1}),
    ("work", {"id": 1, "device_id": 1, "kind": "wipe", "done_at": NOON, "entry": 1}),
    ("stray_return", {"id": 1, "device_id": 1, "returned_at": NOON, "condition_ok": True, "entry": 1}),
    (
        "conflict",
        {
            "id": 1,
            "device_id": 1,
            "code": "already-lent",
            "claim": {},
            "happened_at": NOON,
            "entry": 1,
            "settled_at": NOON,
            "choice": "keep",
        },
    ),
    (
        "agreement_text",
        {
            "id": 1,
            "pool_id": "one",
            "version": 1,
            "opening": "借りました。",
            "promises": ["守ります。"],
            "statement": "受け取りました。",
            "fields": [],
            "entry": 1,
        },
    ),
    ("paper_form", {"number": "00000000", "text_id": 1, "printed_at": NOON, "entry": 1}),
    (
        "agreement",
        {
            "id": 1,
            "loan_id": 1,
            "text_id": 1,
            "paper_number": "00000000",
            "method": "paper",
            "signed_at": NOON,
            "by_proxy": False,
            "document": {},
            "entry": 1,
        },
    ),
    (
        "picture",
        {
            "id": 1,
            "media_type": "image/jpeg",
            "content": b"1",
            "width": 1,
            "height": 1,
            "sha256": "a",
            "device_id": 1,
            "consent": False,
            "received_at": NOON,
            "entry": 1,
        },
    ),
    (
        "transfer",
        {
            "id": 1,
            "loan_id": 1,
            "from_association_id": 1,
            "to_association_id": 1,
            "to_officer_id": 1,
            "way": "check",
            "transferred_at": NOON,
            "entry": 1,
        },
    ),
    (
        "form_text",
        {
            "id": 1,
            "pool_id": "one",
            "kind": "application",
            "version": 1,
            "title": "貸出申請書",
            "opening": "申請します。",
            "lines": [],
            "statement": "",
            "fields": [],
            "entry": 1,
        },
    ),
    (
        "application",
        {
            "id": 1,
            "association_id": 1,
            "pool_id": "one",
            "quantity": 1,
            "from_on": date(2026, 4, 1),
            "applied_on": date(2026, 4, 1),
            "decision": "approved",
            "decided_on": date(2026, 4, 2),
            "entry": 1,
        },
    ),
    (
        "reminder",
        {
            "id": 1,
            "borrower": "association:1",
            "on_day": date(2026, 4, 1),
            "channel": "mail",
            "loans": ["R8-00001"],
            "claimed_at": NOON,
            "ended_at": NOON,
            "outcome": "sent",
            "entry": 1,
        },
    ),
    (
        "presence_round",
        {"id": 1, "name": "令和8年度", "opens_on": date(2026, 9, 1), "closes_on": date(2026, 9, 30), "entry": 1},
    ),
    (
        "presence",
        {
            "id": 1,
            "round_id": 1,
            "device_id": 1,
            "channel": "label",
            "in_hand": True,
            "usage": "used",
            "confirmed_at": NOON,
            "entry": 1,
        },
    ),
    (
        "issue",
        {
            "id": 1,
            "receipt": "482173",
            "device_id": 1,
            "category": "power",
            "phrases": [],
            "call_time": "any",
            "on_behalf": False,
            "self_solved": False,
            "secret_version": 1,
            "secret_hash": "a",
            "received_at": NOON,
            "revision": 1,
            "entry": 1,
        },
    ),
    ("issue_step", {"id": 1, "issue_id": 1, "state": "received", "began_at": NOON, "entry": 1}),
    (
        "issue_message",
        {"id": 1, "issue_id": 1, "author": "office", "channel": "phone", "written_at": NOON, "entry": 1},
    ),
    ("issue_hold", {"hold_id": 1, "issue_id": 1, "entry": 1}),
    ("issue_substitute", {"loan_id": 1, "issue_id": 1, "entry": 1}),
    ("loss_step", {"id": 1, "device_id": 1, "kind": "locked", "at": NOON, "entry": 1}),
    ("standard_answer", {"id": 1, "title": "充電", "words": "充電してください。", "revision": 1, "entry": 1}),
    ("staff_role", {"staff_id": 1, "role": "desk"}),
    ("setting", {"name": "demo", "value": "1"}),
    ("staff_session", {"id": 1, "token_hash": "a", "staff_id": 1, "created_at": NOON, "expires_at": NOON}),
    ("api_token", {"id": 1, "token_hash": "a", "staff_id": 1, "label": "札", "created_at": NOON}),
    ("failed_sign_in", {"id": 1, "account": "a", "client": "b", "at": NOON}),
]
ROWS = dict(GROUND)
# What must differ in a second row of a table, and what a second row of it leaves out.
SECOND: dict[str, dict[str, Any]] = {
    "entry": {"seq": 2, "op_id": "two"},
    "staff": {"id": 2, "username": "two"},
    "pool": {"id": "two"},
    "device": {"id": 2, "asset_number": "TWO", "asset_key": "TWO"},
    "tag": {"number": "11111111"},
    "district": {"id": 2, "name": "別の地区"},
    "venue": {"id": 2, "code": "two"},
    "programme": {"id": 2, "code": "two"},
    "loan": {"id": 2, "number": "R8-00002", "sequence": 2},
    "hold": {"id": 2, "reason": "lost"},
    "move": {"id": 2},
    "loan_item": {"id": 2, "returned_at": NOON},
    "tag_binding": {"id": 2, "number": "11111111", "unbound_at": NOON},
    "loan_case": {"id": 2, "code": "TWO", "code_key": "TWO"},
    "loan_case_member": {"id": 2, "left_at": NOON},
    "agreement_text": {"id": 2, "version": 2},
    "paper_form": {"number": "11111111"},
    "agreement": {"id": 2, "loan_id": 2, "paper_number": None},
    "form_text": {"id": 2, "version": 2},
    "reminder": {"id": 2, "on_day": date(2026, 4, 2)},
    "issue": {"id": 2, "receipt": "482174", "secret_hash": "b"},
    "issue_step": {"id": 2, "ended_at": NOON},
    "issue_hold": {"hold_id": 2},
    "issue_substitute": {"loan_id": 2},
    "room": {"id": 2, "name": "和室"},
    "contract": {"id": 2, "number": "7-13"},
    "contract_venue": {"id": 2, "undone_entry": 1},
    "wifi_step_strike": {"step_id": 2},
    "wifi_action": {"id": 2, "ended_at": NOON, "ended_entry": 1},
    "wifi_programme": {"id": 2, "code": "two"},
    "wifi_target_venue": {"target_id": 2},
    "supporter_district": {"supporter_id": 2},
    "course_help": {"id": 2, "undone_entry": 1},
    "report_edition": {"id": 2, "number": 2},
    "staff_role": {"role": "it"},
    "setting": {"name": "other"},
    "staff_session": {"id": 2, "token_hash": "b"},
    "api_token": {"id": 2, "token_hash": "b"},
}


@pytest.fixture
def ground(database: Database) -> Iterator[Connection]:
    """A writing connection on a ledger that holds one row of every table."""
    with database.writer.connect() as connection:
        for table, row in GROUND:
            connection.execute(insert(TABLES[table]).values(row))
        connection.execute(insert(TABLES["tag"]).values(ROWS["tag"] | SECOND["tag"]))
        yield connection
        connection.rollback()


def second(table: str, **differing: Any) -> Any:
    return insert(TABLES[table]).values(ROWS[table] | SECOND.get(table, {"id": 2}) | differing)


def refused(connection: Connection, statement: Any) -> str:
    """What the database says when it refuses a statement; the rows before it stay."""
    savepoint = connection.begin_nested()
    with pytest.raises(IntegrityError) as refusal:
        connection.execute(statement)
    savepoint.rollback()
    return str(refusal.value.orig)


def test_the_ground_has_a_row_of_every_table_and_may_have_a_second(ground: Connection) -> None:
    assert set(ROWS) == set(TABLES)
    for table in ROWS:
        if table != "tag":
            ground.execute(second(table))
        assert len(ground.execute(TABLES[table].select()).all()) == 2, table


ENUMS = [
    (table.name, column.name, member)
    for table in TABLES.values()
    for column in table.c
    if isinstance(column.type, Enum)
    for member in (column.type.enum_class or ())
]


def test_every_column_with_members_is_among_them() -> None:
    assert {(table, column) for table, column, _ in ENUMS} == {
        ("entry", "realm"),
        ("staff_role", "role"),
        ("pool", "kind"),
        ("pool", "after_course"),
        ("pool", "after_term"),
        ("pool", "handover"),
        ("hold", "reason"),
        ("venue", "kind"),
        ("programme", "audience"),
        ("programme", "prints"),
        ("supporter", "category"),
        ("course_help", "answer"),
        ("wish", "kind"),
        ("wish", "answer"),
        ("course", "state"),
        ("work", "kind"),
        ("conflict", "choice"),
        ("agreement", "method"),
        ("transfer", "way"),
        ("form_text", "kind"),
        ("application", "decision"),
        ("reminder", "channel"),
        ("reminder", "outcome"),
        ("presence", "channel"),
        ("presence", "usage"),
        ("issue", "category"),
        ("issue", "call_time"),
        ("issue_step", "state"),
        ("issue_message", "author"),
        ("issue_message", "channel"),
        ("loss_step", "kind"),
        ("standard_answer", "category"),
        ("wifi_step", "stage"),
        ("wifi_plan", "stage"),
        ("wifi_plan", "cause"),
        ("line", "kind"),
        ("access_point", "auth"),
    }


def test_every_member_of_every_column_is_stored_by_its_value(ground: Connection) -> None:
    for table, column, member in ENUMS:
        savepoint = ground.begin_nested()
        if table == "staff_role":
            ground.execute(TABLES[table].delete())
        if table == "hold":
            ground.execute(TABLES[table].update().values(closed_at=NOON))
        if table == "agreement":
            ground.execute(second("loan"))
        if table == "issue_step":
            ground.execute(TABLES[table].update().values(ended_at=NOON))
        # Only a network with a passphrase has one.
        beside = {"passphrase": None} if table == "access_point" else {}
        ground.execute(second(table, **{column: member}, **beside))
        newest = TABLES[table].select().order_by(*TABLES[table].primary_key.columns)
        stored = [row._mapping[column] for row in ground.execute(newest)]
        assert member in stored and {type(value) for value in stored} <= {type(member), type(None)}, (
            table,
            column,
            member,
        )
        raw = ground.exec_driver_sql(f'SELECT count(*) FROM "{table}" WHERE "{column}" = \'{member.value}\'')
        assert raw.scalar_one() >= 1, (table, column, member)
        savepoint.rollback()


def test_no_column_takes_a_member_it_does_not_have(ground: Connection) -> None:
    for table, column in sorted({(table, column) for table, column, _ in ENUMS}):
        savepoint = ground.begin_nested()
        if table in schema.APPEND_ONLY:
            # Its triggers would speak first.
            differing = SECOND.get(table, {"id": 2}) | {column: "burn"}
            columns = [name for name in ROWS[table] if name not in differing]
            values = ", ".join(f"'{value}'" for value in differing.values())
            statement = (
                f'INSERT INTO "{table}" ({", ".join([*differing, *columns])})'
                f' SELECT {", ".join([values, *columns])} FROM "{table}" LIMIT 1'
            )
        else:
            statement = f'UPDATE "{table}" SET "{column}" = \'burn\''
        with pytest.raises(IntegrityError) as refusal:
            ground.exec_driver_sql(statement)
        assert f"ck_{table}_" in str(refusal.value.orig)
        savepoint.rollback()


CHECKS: list[tuple[str, str, dict[str, Any]]] = [
    ("pool", "preparation_minutes", {"preparation_minutes": -1}),
    ("pool", "preparation_minutes", {"preparation_minutes": 10081}),
    ("pool", "default_days", {"default_days": -1}),
    ("pool", "default_days", {"default_days": 3661}),
    ("device", "call_number", {"call_number": 0}),
    ("device", "call_number", {"call_number": 100}),
    ("device", "price_yen", {"price_yen": -1}),
    ("device", "monthly_cost_yen", {"monthly_cost_yen": -1}),
    ("tag_binding", "one_thing", {"venue_id": 1}),
    ("tag_binding", "one_thing", {"device_id": None}),
    ("tag_binding", "one_thing", {"case_id": 1}),
    ("pool", "remind_before_days", {"remind_before_days": -1}),
    ("pool", "remind_before_days", {"remind_before_days": 366}),
    ("pool", "remind_every_days", {"remind_every_days": 0}),
    ("pool", "remind_every_days", {"remind_every_days": 366}),
    ("application", "quantity", {"quantity": 0}),
    ("application", "quantity", {"quantity": 201}),
    ("application", "decided", {"decision": None}),
    ("application", "decided", {"decided_on": None}),
    ("reminder", "ended", {"ended_at": None}),
    ("reminder", "ended", {"outcome": None}),
    ("presence_round", "days", {"closes_on": date(2026, 8, 31)}),
    ("issue", "one_thing", {"venue_id": 1}),
    ("issue", "merged", {"merged_into_id": 1}),
    ("issue", "merged", {"merged_entry": 1}),
    ("conflict", "settled", {"choice": None}),
    ("conflict", "settled", {"settled_at": None}),
    ("picture", "one_thing", {"device_id": None}),
    ("picture", "one_thing", {"agreement_id": 1}),
    ("picture", "one_thing", {"issue_id": 1}),
    ("picture", "one_thing", {"venue_id": 1}),
    ("officer", "term", {"until_on": date(2026, 3, 31)}),
    ("venue", "latitude", {"latitude": 19.9}),
    ("venue", "latitude", {"latitude": 46.1}),
    ("venue", "longitude", {"longitude": 121.9}),
    ("venue", "longitude", {"longitude": 154.1}),
    ("programme", "distinct_within_total", {"reported_participants": 4, "reported_distinct": 5}),
    ("programme", "agreed_within_asked", {"supporters_asked": 4, "supporters_agreed": 5}),
    ("course", "lasts", {"ends_at": NOON}),
    ("course", "enrolled", {"enrolled": -1}),
    ("course", "phones_needed", {"phones_needed": -1}),
    ("course", "supporters_needed", {"supporters_needed": -1}),
    ("course", "postponed", {"postponed_to_id": 1}),
    ("reservation", "lasts", {"until_at": NOON}),
    ("reservation", "quantity", {"quantity": 0}),
    ("reservation", "quantity", {"quantity": 10000}),
    ("reservation", "one_borrower", {"course_id": None}),
    ("reservation", "one_borrower", {"association_id": 1}),
    ("reservation", "released", {"released_at": NOON}),
    ("reservation", "released", {"released_entry": 1}),
    ("supporter", "days", {"ended_on": date(2026, 3, 31)}),
    ("course_help", "answered", {"answer": None}),
    ("course_help", "answered", {"answered_at": None}),
    ("wish", "answered", {"answer": None}),
    ("wish", "answered", {"answered_on": None}),
    ("wish", "people", {"people": 0}),
    ("report_text", "item", {"item": 0}),
    ("report_text", "item", {"item": 9}),
    ("report_text", "item", {"item": 3, "programme_id": 1}),
    ("picture", "one_thing", {"course_id": 1}),
    ("course", "level", {"level": 0}),
    ("course", "level", {"level": 6}),
    ("course", "capacity", {"capacity": -1}),
    ("course", "distinct_within_total", {"participants": 4, "participants_distinct": 5}),
    ("loan", "one_borrower", {"section": None}),
    ("loan", "one_borrower", {"association_id": 1}),
    ("loan", "one_borrower", {"course_id": 1}),
    ("loan", "one_borrower", {"venue_id": 1}),
    ("loan", "one_borrower", {"substitute_for_id": 1}),
    ("loan", "due", {"due_on": None}),
    ("loan", "installed", {"installed": True}),
    ("room", "capacity", {"capacity": 0}),
    ("room", "capacity", {"capacity": 10000}),
    ("venue_closure", "days", {"until_on": date(2026, 11, 30)}),
    ("contract", "amount_yen", {"amount_yen": -1}),
    ("contract", "budget_yen", {"budget_yen": -1, "carried_yen": None, "executed_yen": -1}),
    ("contract", "carried_yen", {"carried_yen": -1}),
    ("contract", "executed_yen", {"executed_yen": -1}),
    ("contract", "within_budget", {"executed_yen": 1001}),
    ("contract_venue", "share_yen", {"share_yen": -1}),
    ("wifi_action", "ended", {"ended_at": None}),
    ("wifi_action", "ended", {"ended_entry": None}),
    ("wifi_programme", "days", {"until_on": date(2022, 3, 31)}),
    ("line", "days", {"until_on": date(2026, 3, 31)}),
    ("line", "monthly_yen", {"monthly_yen": -1}),
    ("line", "speed_mbps", {"speed_mbps": 0}),
    ("access_point", "passphrase", {"auth": "open"}),
    ("access_point", "days", {"removed_on": date(2026, 3, 31)}),
    ("speed_test", "down_mbps", {"down_mbps": -0.1}),
    ("speed_test", "down_mbps", {"down_mbps": 100000.1}),
    ("speed_test", "up_mbps", {"up_mbps": -0.1}),
    ("speed_test", "up_mbps", {"up_mbps": 100000.1}),
    ("speed_test", "latency_ms", {"latency_ms": -0.1}),
    ("speed_test", "latency_ms", {"latency_ms": 60000.1}),
    ("wifi_usage", "count", {"count": -1}),
    ("wifi_outage", "order", {"ended_at": NOON - timedelta(seconds=1), "ended_entry": 1}),
    ("wifi_outage", "ended", {"ended_at": NOON}),
    ("wifi_outage", "ended", {"ended_entry": 1}),
    ("loan_item", "order", {"returned_at": NOON - timedelta(seconds=1)}),
]
FITTING: list[tuple[str, dict[str, Any]]] = [
    ("pool", {"preparation_minutes": 10080, "default_days": 3660}),
    ("pool", {"default_days": 0}),
    ("device", {"call_number": 99, "price_yen": 0, "monthly_cost_yen": 0}),
    ("tag_binding", {"device_id": None, "venue_id": 1}),
    ("tag_binding", {"device_id": None, "case_id": 1}),
    ("conflict", {"settled_at": None, "choice": None}),
    ("picture", {"device_id": None, "agreement_id": 1}),
    ("picture", {"device_id": None, "issue_id": 1}),
    ("picture", {"device_id": None, "venue_id": 1, "wifi_step_id": 1, "caption": "天井"}),
    ("pool", {"remind_before_days": 0, "remind_every_days": 1}),
    ("pool", {"remind_before_days": 365, "remind_every_days": 365}),
    ("application", {"quantity": 200, "decision": None, "decided_on": None}),
    ("reminder", {"ended_at": None, "outcome": None}),
    ("presence_round", {"closes_on": date(2026, 9, 1)}),
    ("issue", {"device_id": None, "venue_id": 1, "merged_into_id": 1, "merged_entry": 1}),
    ("officer", {"until_on": date(2026, 4, 1)}),
    ("venue", {"latitude": 20.0, "longitude": 154.0}),
    ("programme", {"reported_participants": 5, "reported_distinct": 5}),
    ("programme", {"reported_distinct": 5}),
    ("programme", {"supporters_asked": 113, "supporters_agreed": 26}),
    ("course", {"level": 5, "capacity": 0, "participants": 5, "participants_distinct": 5}),
    ("course", {"enrolled": 0, "phones_needed": 0, "supporters_needed": 0}),
    ("course", {"state": "postponed", "postponed_to_id": 1}),
    ("reservation", {"course_id": None, "association_id": 1, "quantity": 9999}),
    ("reservation", {"released_at": NOON, "released_entry": 1}),
    ("supporter", {"ended_on": date(2026, 4, 1)}),
    ("course_help", {"answer": None, "answered_at": None}),
    ("wish", {"answer": None, "answered_on": None, "people": None}),
    ("report_text", {"item": 8}),
    ("report_text", {"item": 2, "programme_id": 1}),
    ("picture", {"device_id": None, "course_id": 1, "consent": True}),
    ("loan", {"section": None, "substitute_for_id": 1}),
    ("loan", {"due_on": None, "end_of_office": True}),
    ("loan", {"due_on": None, "section": None, "venue_id": 1, "installed": True}),
    ("room", {"capacity": None}),
    ("room", {"capacity": 9999}),
    ("contract", {"budget_yen": None, "executed_yen": 5_000_000_000}),
    ("contract", {"executed_yen": None, "carried_yen": 1200}),
    ("wifi_plan", {"planned_on": None, "cause": None}),
    ("line", {"until_on": date(2026, 4, 1), "monthly_yen": 0, "speed_mbps": 1}),
    ("access_point", {"auth": "open", "passphrase": None, "removed_on": date(2026, 4, 1)}),
    ("speed_test", {"down_mbps": 0, "up_mbps": 0, "latency_ms": None}),
    ("wifi_outage", {"ended_at": NOON, "ended_entry": 1}),
    ("loan_item", {"returned_at": NOON}),
]


def test_every_check_has_a_row_that_it_refuses() -> None:
    declared = {
        (table.name, str(constraint.name))
        for table in TABLES.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint) and "IN (" not in str(constraint.sqltext)
    }
    told = {(table, f"ck_{table}_{name}") for table, name, _ in CHECKS}
    assert {(table, name if name.startswith("ck_") else f"ck_{table}_{name}") for table, name in declared} == told


def test_every_check_bites(ground: Connection) -> None:
    for table, name, wrong in CHECKS:
        assert f"ck_{table}_{name}" in refused(ground, second(table, **wrong)), (table, wrong)


def test_no_check_refuses_what_fits(ground: Connection) -> None:
    for table, fitting in FITTING:
        savepoint = ground.begin_nested()
        ground.execute(second(table, **fitting))
        savepoint.rollback()


UNIQUE: list[tuple[str, dict[str, Any]]] = [
    ("entry", {"op_id": "one"}),
    ("staff", {"username": "one"}),
    ("staff_role", {"role": "desk"}),
    ("staff_session", {"token_hash": "a"}),
    ("api_token", {"token_hash": "a"}),
    ("device", {"asset_key": "ONE"}),
    ("tag_binding", {"number": "00000000"}),
    ("district", {"name": "地区"}),
    ("venue", {"code": "one"}),
    ("programme", {"code": "one"}),
    ("loan", {"number": "R8-00001"}),
    ("loan", {"sequence": 1}),
    ("agreement_text", {"version": 1}),
    ("paper_form", {"number": "00000000"}),
    ("agreement", {"loan_id": 1}),
    ("agreement", {"loan_id": 2, "paper_number": "00000000"}),
    ("form_text", {"version": 1}),
    ("reminder", {"on_day": date(2026, 4, 1)}),
    ("issue", {"receipt": "482173"}),
    ("issue", {"secret_hash": "a"}),
    ("issue_hold", {"hold_id": 1}),
    ("issue_substitute", {"loan_id": 1}),
    ("room", {"name": "大会議室"}),
    ("contract", {"number": "7-12"}),
    ("contract_venue", {"undone_entry": None}),
    ("wifi_step_strike", {"step_id": 1}),
    ("wifi_action", {"ended_at": None, "ended_entry": None}),
    ("wifi_programme", {"code": "one"}),
    ("wifi_target_venue", {"target_id": 1}),
]


def test_what_names_a_row_names_no_other(ground: Connection) -> None:
    for table, same in UNIQUE:
        assert "unique" in refused(ground, second(table, **same)).lower(), (table, same)
    ground.execute(second("entry", op_id="one", realm="public"))
    ground.execute(second("programme", code="one", fiscal_year=2027))
    ground.execute(second("loan", sequence=1, fiscal_year=2027))
    ground.execute(TABLES["device"].update().values(serial="SN", imei="352099001761481"))
    for column, value in (("serial", "SN"), ("imei", "352099001761481")):
        refused(ground, second("device", **{column: value}))
    ground.execute(TABLES["loan"].update().where(TABLES["loan"].c.id == 1).values(batch="b"))
    refused(ground, insert(TABLES["loan"]).values(ROWS["loan"] | {"id": 3, "number": "x", "sequence": 3, "batch": "b"}))


def test_a_device_has_one_open_loan_item(ground: Connection) -> None:
    refused(ground, second("loan_item", returned_at=None))
    ground.execute(second("loan_item", returned_at=NOON))
    ground.execute(TABLES["loan_item"].update().values(returned_at=NOON))
    ground.execute(second("loan_item", id=3, returned_at=None))


def test_a_reason_is_open_once_per_device(ground: Connection) -> None:
    refused(ground, second("hold", reason="wipe"))
    ground.execute(second("hold", reason="lost"))
    ground.execute(second("hold", id=3, reason="wipe", closed_at=NOON))
    ground.execute(TABLES["hold"].update().values(closed_at=NOON))
    ground.execute(second("hold", id=4, reason="wipe"))


def test_a_thing_has_one_open_label(ground: Connection) -> None:
    refused(ground, second("tag_binding", unbound_at=None))
    ground.execute(second("tag_binding", unbound_at=None, device_id=None, venue_id=1))
    ground.execute(insert(TABLES["tag"]).values(ROWS["tag"] | {"number": "22222222"}))
    refused(ground, second("tag_binding", id=3, number="22222222", device_id=None, venue_id=1, unbound_at=None))
    ground.execute(second("tag_binding", id=4, number="22222222", unbound_at=NOON))


def test_one_agreement_of_a_loan_stands(ground: Connection) -> None:
    refused(ground, second("agreement", loan_id=1))
    ground.execute(second("agreement", loan_id=1, superseded_at=NOON, superseded_entry=1))
    ground.execute(TABLES["agreement"].update().values(superseded_at=NOON))
    ground.execute(second("agreement", id=3, loan_id=1))


def test_a_report_is_in_one_state(ground: Connection) -> None:
    refused(ground, second("issue_step", ended_at=None, state="confirmed"))
    ground.execute(TABLES["issue_step"].update().values(ended_at=NOON))
    ground.execute(second("issue_step", ended_at=None, state="confirmed"))


def test_a_call_number_is_one_devices_in_its_pool_while_it_is_in_use(ground: Connection) -> None:
    ground.execute(TABLES["device"].update().values(call_number=7))
    refused(ground, second("device", call_number=7))
    ground.execute(second("pool"))
    ground.execute(second("device", call_number=7, pool_id="two"))
    ground.execute(second("device", id=3, asset_key="THREE", call_number=7, retired_at=NOON))
    ground.execute(TABLES["device"].update().where(TABLES["device"].c.id == 1).values(retired_at=NOON))
    ground.execute(second("device", id=4, asset_key="FOUR", call_number=7))


def test_a_fact_names_an_entry_that_is_there_when_the_act_ends(database: Database) -> None:
    with writing(database) as session:
        # The entry is written last, so the reference is looked at when the act ends and not before.
        session.connection().execute(insert(TABLES["district"]).values(ROWS["district"]))
        session.connection().execute(insert(TABLES["entry"]).values(ROWS["entry"]))
    dangling = ROWS["district"] | {"id": 2, "name": "別の地区", "entry": 9}
    with pytest.raises(IntegrityError), writing(database) as session:
        session.connection().execute(insert(TABLES["district"]).values(dangling))
    assert [row.name for row in rows(database, "district")] == ["地区"]
    # A commit that failed leaves the one writer free: for another process, and for the next act here.
    other = connect(database.url.render_as_string(hide_password=False))
    try:
        with writing(other) as session:
            session.connection().execute(insert(TABLES["setting"]).values(ROWS["setting"]))
    finally:
        other.dispose()
    with writing(database) as session:
        session.connection().execute(insert(TABLES["district"]).values(dangling | {"entry": 1}))
    assert len(rows(database, "district")) == 2


def test_nothing_refers_to_what_is_not_there(ground: Connection) -> None:
    for table, wrong in (
        ("device", {"pool_id": "none"}),
        ("hold", {"device_id": 9}),
        ("loan_item", {"loan_id": 9}),
        ("officer", {"person_id": 9}),
        ("tag_binding", {"number": "99999999", "unbound_at": NOON}),
        ("staff_role", {"staff_id": 9}),
        ("loan", {"section": None, "venue_id": 9}),
        ("course", {"programme_id": 9}),
    ):
        refused(ground, second(table, **wrong))


def test_an_instant_and_a_day_come_back_as_they_were(ground: Connection) -> None:
    course = ground.execute(TABLES["course"].select()).one()
    assert isinstance(course.starts_at, datetime)
    assert course.starts_at.utcoffset() is not None and course.starts_at == NOON
    loan = ground.execute(TABLES["loan"].select()).one()
    assert (loan.due_on, type(loan.due_on)) == (date(2026, 12, 1), date)


def test_the_tables_agree_with_the_migrations_of_both_databases(database: Database) -> None:
    assert schema.check(database) == []


def test_what_is_history_is_not_changed_but_for_words_that_are_erased(ground: Connection) -> None:
    for table, blanked in schema.APPEND_ONLY.items():
        for column in [column.name for column in TABLES[table].columns]:
            change = f'UPDATE "{table}" SET "{column}" = "{column}"'
            if column in blanked:
                ground.exec_driver_sql(change)
            else:
                savepoint = ground.begin_nested()
                with pytest.raises(DBAPIError, match="append-only"):
                    ground.exec_driver_sql(change)
                savepoint.rollback()
        savepoint = ground.begin_nested()
        with pytest.raises(DBAPIError, match="append-only"):
            ground.exec_driver_sql(f'DELETE FROM "{table}"')
        savepoint.rollback()


def test_every_constraint_has_a_name_by_the_convention() -> None:
    prefixes: dict[type[Any], str] = {UniqueConstraint: "uq", ForeignKeyConstraint: "fk", CheckConstraint: "ck"}
    names: list[str] = []
    for table in TABLES.values():
        for constraint in table.constraints:
            for kind, prefix in prefixes.items():
                if isinstance(constraint, kind) and not isinstance(constraint.name, str):
                    names.append(f"{prefix}_{table.name}: {constraint}")
        for index in table.indexes:
            assert str(index.name).startswith((f"ix_{table.name}_", f"uq_{table.name}_")), index
    assert names == []


def test_every_column_that_names_an_entry_is_found_by_it() -> None:
    """SQLite looks for facts that wait for an entry when it is written; without an index it reads the whole table."""
    for table in TABLES.values():
        indexed = {next(iter(index.columns)).name for index in table.indexes}
        naming = {key.parent.name for key in table.foreign_keys if key.target_fullname == "entry.seq"}
        assert naming <= indexed, table.name
