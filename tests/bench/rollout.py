"""A rollout as large as a prefecture's: halls with ten steps, two revisions of every plan, and a programme of all.

Written in bulk through the tables, because 20,000 acts would take minutes; the triggers are those of every ledger.
"""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import insert
from sqlmodel import SQLModel

from inventory import journal
from inventory.database import Database, writing
from inventory.journal import By
from inventory.settings import Settings, open_ledger
from inventory.tables import SlipCause, VenueKind, WifiStage
from inventory.text import fold
from inventory.wifi_stages import ROAD
from tests.server import furnish

STEPS = 10
BEGAN = date(2022, 4, 1)
_TABLES = SQLModel.metadata.tables


def rollout(database_url: str, folder: Path, *, venues: int) -> str:
    """A furnished ledger with this many halls under way; gives a bearer token."""
    token = furnish(database_url, folder)
    settings = {"DATABASE_URL": database_url, "SECRET_KEY_FILE": str(folder / "secret.key")}
    database = open_ledger(Settings.from_environment(settings))
    try:
        roll_out(database, venues=venues)
    finally:
        database.dispose()
    return token


def roll_out(database: Database, *, venues: int) -> None:
    """``venues`` halls ``hall-0001`` …, each with ten steps, twelve plans, two access points; programme ``all``."""
    random = Random(venues)
    now = datetime.now(UTC)
    with writing(database) as session:
        entry = journal.open_entry(session, by=By(), now=now, op_id="rollout")
        journal.note(session, "import", venues=venues)
        connection = session.connection()

        def write(table: str, rows: list[dict[str, Any]]) -> None:
            connection.execute(insert(_TABLES[table]), [row | {"entry": entry} for row in rows])

        numbers = range(1, venues + 1)
        write("venue", [_venue(random, at) for at in numbers])
        write("wifi_step", [step for at in numbers for step in _steps(random, at, now)])
        write("wifi_plan", [plan for at in numbers for plan in _plans(random, at, now)])
        programme = {"id": 1, "code": "all", "name": "全館", "from_on": BEGAN, "until_on": date(2028, 3, 31)}
        write("wifi_programme", [programme | {"baseline_on": BEGAN, "revision": 1}])
        write("wifi_target", [{"id": 1, "programme_id": 1, "name": "全館", "since_on": BEGAN, "recorded_at": now}])
        write("wifi_target_venue", [{"target_id": 1, "venue_id": at} for at in numbers])
        on_the_air = [{"venue_id": at, "ssid": f"City-Wi-Fi-{at}"} for at in numbers for _ in range(2)]
        point = {"auth": "open", "disaster_ssid": False, "installed_on": BEGAN, "revision": 1}
        write("access_point", [row | point for row in on_the_air])
        write(
            "wifi_usage",
            [{"venue_id": at, "month": date(2026, 9, 1), "count": at % 997, "recorded_at": now} for at in numbers],
        )


def _venue(random: Random, at: int) -> dict[str, Any]:
    name = f"第{at}公民館"
    return {
        "id": at,
        "code": f"hall-{at:04d}",
        "kind": list(VenueKind)[at % 3],
        "name": name,
        "name_kana": f"ダイ{at:04d}コウミンカン",
        # Every fiftieth has no coordinates yet.
        "latitude": None if at % 50 == 0 else 36.2 + random.random() * 0.7,
        "longitude": None if at % 50 == 0 else 138.6 + random.random() * 1.0,
        "shelter": False,
        "disaster_open": False,
        "search": fold(f"hall-{at:04d}\n{name}"),
        "revision": 1,
    }


def _steps(random: Random, at: int, now: datetime) -> list[dict[str, Any]]:
    """Up the road with holds in between, until ten steps are full; every hall ends somewhere else."""
    stages: list[WifiStage] = []
    place = 0
    end = 1 + at % 6
    while len(stages) < STEPS:
        stages.append(ROAD[place])
        if place < end - 1 and len(stages) >= STEPS - 2 * (end - place):
            place += 1
        elif len(stages) < STEPS - 1:
            stages.append(WifiStage.ON_HOLD)
    day = BEGAN + timedelta(days=random.randrange(200))
    rows = []
    for stage in stages[:STEPS]:
        rows.append({"venue_id": at, "stage": stage, "happened_on": day, "recorded_at": now, "checks": []})
        day += timedelta(days=random.randrange(20, 160))
    return rows


def _plans(random: Random, at: int, now: datetime) -> list[dict[str, Any]]:
    rows = []
    day = BEGAN + timedelta(days=random.randrange(900, 1500))
    for stage in ROAD:
        day += timedelta(days=random.randrange(30, 120))
        moved = day + timedelta(days=random.randrange(0, 90))
        row = {"venue_id": at, "stage": stage, "recorded_at": now}
        rows.append(row | {"planned_on": day, "decided_on": BEGAN, "cause": None})
        again = {"planned_on": moved, "decided_on": date(2025, 4, 1) + timedelta(days=at % 300)}
        rows.append(row | again | {"cause": list(SlipCause)[at % 9]})
    return rows
