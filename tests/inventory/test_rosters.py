"""The April change: what a roster means against the ledger, and what it does there, all or nothing."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from inventory.database import Database, reading
from inventory.errors import Invalid, NotFound, Stale
from inventory.journal import By
from inventory.officers import EndOffice, end_office, list_officers
from inventory.people import AssociationChange, NewDistrict, change_association, create_district, list_associations
from inventory.roster_plans import Plan
from inventory.roster_rows import SentRoster
from inventory.rosters import RosterEntered, enter_roster, plan_roster, roster_entered
from tests.inventory.city import NOON, PROGRAM, act, association, head, led_association, lend, loan, look, rows, tablets
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
    entered = enter(database, row(name_kana="たかはし せつこ", phone="０２７（８９８）１２３４", email="Setsu@example.jp"))
    assert (entered.created, entered.changed, entered.unchanged) == (1, 0, 0)
    assert (entered.associations, entered.officers, entered.ended) == (0, 1, 1)
    assert terms(database, horikoshi) == [
        ("会長", "髙橋 節子", APRIL_1, None),
        ("会長", "金井 康男", date(2026, 4, 1), MARCH_31),
    ]
    person = rows(database, "person")[-1]
    assert (person.name_kana, person.phone, person.email) == ("タカハシ セツコ", "027-898-1234", "Setsu@example.jp")
