"""What is free, against an oracle that looks at every unit at every moment, and by hand at the edges.

The oracle knows nothing of intervals: it asks of each device whether it is there at one moment, and of each reservation
what it still wants then. Days of Japan are nine hours ahead of UTC, whatever the machine says: the cases run under
several time zones.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlmodel import Session, SQLModel

from inventory.availability import (
    Besides,
    Window,
    free_windows,
)
from inventory.database import Database
from inventory.pools import NewPool, create_pool
from inventory.tables import HoldReason, PoolKind
from tests.inventory.city import NOON, act, association, course, head, venue

CASES = 1000
NOW = NOON.astimezone(UTC)
STEP = timedelta(minutes=30)
PREPARATIONS = (0, 40, 60, 1440)
ZONES = ("Asia/Tokyo", "UTC", "America/New_York", "Pacific/Kiritimati")
OTHER = "other"
_tables = SQLModel.metadata.tables
EVER = datetime(9999, 12, 1, tzinfo=UTC)


# --- the world: small whole numbers, of which moments are half hours from NOW --------------------------------------

moments = st.integers(-480, 720)
soon = st.integers(-60, 160)
lasting = st.one_of(st.integers(1, 8), st.integers(330, 340), st.integers(1, 900))
maybe = st.one_of(st.none(), st.integers(-6, 16))
a_device = st.tuples(
    maybe,  # the lease ends on this day from today
    st.one_of(st.none(), soon),  # stopped since
    st.sampled_from(HoldReason),
    st.sampled_from(("", "", "on", "at", "office", "open-office", "ended-office", "installed")),
    soon,  # lent at
    st.integers(-4, 14),  # the day it is due, from today
    st.integers(0, 47),  # the half hour of the day it is due
    st.booleans(),  # retired
    st.booleans(),  # of the other pool
)
a_reservation = st.tuples(moments, lasting, st.integers(1, 6), st.sampled_from((False, False, False, True)))
an_item = st.tuples(st.integers(0, 9), st.integers(0, 9), soon, st.one_of(st.none(), st.integers(0, 50)), st.booleans())
a_world = st.tuples(
    st.sampled_from(PREPARATIONS),
    st.lists(a_device, min_size=0, max_size=7),
    st.lists(a_reservation, min_size=0, max_size=8),
    st.lists(an_item, max_size=6),
    st.integers(-500, 700),
    st.one_of(st.integers(1, 60), st.integers(1, 900)),
    st.sets(st.integers(0, 7), max_size=3),
    st.one_of(st.none(), st.integers(0, 6)),
    st.sampled_from(ZONES),
)


def _at(halves: int) -> datetime:
    return NOW + halves * STEP


def _midnight(day: date) -> datetime:
    """The moment a day of Japan begins."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=9)


def _day(moment: datetime) -> date:
    return (moment.astimezone(UTC) + timedelta(hours=9)).date()


TODAY = _day(NOW)


class World:
    """The rows of one case, and where they are looked at by hand."""

    def __init__(self, drawn: Any, ground: dict[str, Any]) -> None:
        minutes, devices, reservations, items, begin, length, besides, loan, self.zone = drawn
        self.pool = f"p{minutes}"
        self.preparation = timedelta(minutes=minutes)
        self.from_at, self.until_at = _at(begin), _at(begin + length)
        self.besides = {number + 1 for number in besides if number < len(reservations)}
        self.loan = None if loan is None else loan + 1
        self.rows: dict[str, list[dict[str, Any]]] = {
            name: [] for name in ("device", "hold", "reservation", "loan", "loan_item")
        }
        for number, (start, lasts, quantity, released) in enumerate(reservations, 1):
            self.rows["reservation"].append(
                {
                    "id": number,
                    "pool_id": self.pool,
                    "quantity": quantity,
                    "from_at": _at(start),
                    "until_at": _at(start + lasts),
                    "long": lasts * STEP > timedelta(days=7),
                    "course_id": ground["course"],
                    "released_at": NOW if released else None,
                    "released_entry": 1 if released else None,
                    "entry": 1,
                }
            )
        for number, drawn_device in enumerate(devices, 1):
            self._device(number, drawn_device, ground)
        for index, (of, on, lent, lasts, undone) in enumerate(items):
            self._item(index, of, on, lent, lasts, undone)

    def _device(self, number: int, drawn: Any, ground: dict[str, Any]) -> None:
        lease, stopped, reason, how, lent, due, half, retired, other = drawn
        out = how and not (retired and how == "installed")
        self.rows["device"].append(
            {
                "id": number,
                "asset_number": f"D{number}",
                "asset_key": f"D{number}",
                "pool_id": OTHER if other else self.pool,
                "model": "m",
                "search": "",
                "lease_until": None if lease is None else TODAY + timedelta(days=lease),
                "retired_at": NOW if retired and lease is not None else None,
                "revision": 1,
                "entry": 1,
            }
        )
        if stopped is not None:
            self.rows["hold"].append(
                {
                    "device_id": number,
                    "reason": reason,
                    "opened_at": _at(stopped),
                    "closed_at": _at(stopped + 1) if retired else None,
                    "closed_entry": 1 if retired else None,
                    "entry": 1,
                }
            )
        due_on = TODAY + timedelta(days=due)
        office = how.endswith("office")
        self.rows["loan"].append(
            {
                "id": number,
                "number": f"R8-{number:05d}",
                "fiscal_year": 2026,
                "sequence": number,
                "association_id": ground["association"] if office else None,
                "officer_id": ground[how] if office else None,
                "venue_id": ground["venue"] if how == "installed" else None,
                "section": None if office or how == "installed" else "s",
                "due_on": None if office or how == "installed" else due_on,
                "due_at": _midnight(due_on) + half * STEP if how == "at" else None,
                "end_of_office": office,
                "installed": how == "installed",
                "lent_at": _at(lent),
                "entry": 1,
            }
        )
        if out:
            self._add_item(number, number, _at(lent), None, None, None)

    def _item(self, index: int, of: int, on: int, lent: int, lasts: int | None, undone: bool) -> None:
        """An item that is back, on a reservation; or the open one of a device comes to be on it."""
        if not self.rows["device"] or not self.rows["reservation"]:
            return
        number = of % len(self.rows["device"]) + 1
        reservation = on % len(self.rows["reservation"]) + 1
        open_one = next((row for row in self.rows["loan_item"] if row["loan_id"] == number), None)
        if lasts is None and open_one is not None and open_one["returned_at"] is None:
            open_one["reservation_id"] = reservation
        elif lasts is not None:
            back = _at(lent + lasts)
            self._add_item(number, number, _at(lent), back, reservation, 1 if undone else None)

    def _add_item(
        self, loan: int, unit: int, lent: datetime, back: datetime | None, reservation: int | None, undone: int | None
    ) -> None:
        self.rows["loan_item"].append(
            {
                "loan_id": loan,
                "device_id": unit,
                "lent_at": lent,
                "returned_at": back,
                "returned_entry": None if back is None else 1,
                "reservation_id": reservation,
                "undone_entry": undone,
                "accessories": {},
                "entry": 1,
            }
        )

    def put(self, session: Session) -> None:
        for name, rows in self.rows.items():
            if rows:
                session.connection().execute(insert(_tables[name]), rows)


# --- the oracle ----------------------------------------------------------------------------------------------------


def _is_there(world: World, unit: dict[str, Any], at: datetime, terms: dict[int | None, date | None]) -> bool:
    if unit["lease_until"] is not None and _day(at) > unit["lease_until"]:
        return False
    for hold in world.rows["hold"]:
        stops = hold["reason"] in (HoldReason.REPAIR, HoldReason.LOST, HoldReason.MISSING)
        if hold["device_id"] == unit["id"] and hold["closed_at"] is None and stops and at >= hold["opened_at"]:
            return False
    for item in world.rows["loan_item"]:
        if item["device_id"] != unit["id"] or item["returned_at"] is not None or item["loan_id"] == world.loan:
            continue
        loan = next(loan for loan in world.rows["loan"] if loan["id"] == item["loan_id"])
        day = terms[loan["officer_id"]] if loan["end_of_office"] else loan["due_on"]
        if at < item["lent_at"]:
            continue
        if loan["installed"] or day is None or day < TODAY:
            return False
        due = loan["due_at"] or _midnight(day + timedelta(days=1))
        # Late by hours is expected until midnight.
        back = due if due > NOW else _midnight(TODAY + timedelta(days=1))
        if at < back + world.preparation:
            return False
    return True


def _wanted(world: World, at: datetime) -> int:
    wanted = 0
    for row in world.rows["reservation"]:
        begins, ends = row["from_at"] - world.preparation, row["until_at"] + world.preparation
        if row["released_at"] is not None or row["id"] in world.besides or not begins <= at < ends:
            continue
        handed = [
            item
            for item in world.rows["loan_item"]
            if item["reservation_id"] == row["id"]
            and item["undone_entry"] is None
            and (item["returned_at"] is None or item["returned_at"] > max(item["lent_at"], row["from_at"]))
        ]
        wanted += max(0, row["quantity"] - len(handed))
    return wanted


def _oracle(world: World, at: datetime, terms: dict[int | None, date | None]) -> tuple[int, int]:
    units = [row for row in world.rows["device"] if row["pool_id"] == world.pool and row["retired_at"] is None]
    promised = _wanted(world, at)
    return sum(_is_there(world, unit, at, terms) for unit in units) - promised, promised


def _looked_at(world: World) -> list[datetime]:
    """Every half hour would do; only near an edge can anything change, so those are looked at, and just before."""
    edges = {world.from_at, world.until_at}
    for row in world.rows["reservation"]:
        edges |= {row["from_at"] - world.preparation, row["until_at"] + world.preparation}
    edges |= {row["lent_at"] for row in world.rows["loan_item"]} | {row["opened_at"] for row in world.rows["hold"]}
    for row in world.rows["loan"]:
        edges |= {moment + world.preparation for moment in (row["due_at"],) if moment is not None}
    days = [TODAY + timedelta(days=day) for day in range(-8, 20)]
    edges |= {_midnight(day) for day in days} | {_midnight(day) + world.preparation for day in days}
    just_before = {edge - timedelta(microseconds=1) for edge in edges}
    return sorted(moment for moment in edges | just_before if world.from_at <= moment < world.until_at)


@contextmanager
def _zone(name: str) -> Iterator[None]:
    """The machine's clock set to a time zone."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = name
    time.tzset()
    try:
        yield
    finally:
        os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
        time.tzset()


def _ground(database: Database) -> tuple[dict[str, Any], dict[int | None, date | None]]:
    """Pools of every preparation, and borrowers: their row numbers, and when each officer's term ends."""
    for minutes in PREPARATIONS:
        order = NewPool(id=f"p{minutes}", name=str(minutes), kind=PoolKind.TABLET, preparation_minutes=minutes)
        act(database, create_pool, order)
    act(database, create_pool, NewPool(id=OTHER, name="other", kind=PoolKind.TABLET, preparation_minutes=60))
    of = association(database)
    terms = {"office": TODAY + timedelta(days=5), "open-office": None, "ended-office": TODAY - timedelta(days=2)}
    ground: dict[str, Any] = {"association": int(of.id), "course": int(course(database).id)}
    venue(database)
    ground["venue"] = 1
    by_officer: dict[int | None, date | None] = {}
    for how, until in terms.items():
        ground[how] = int(head(database, of.id, until=until).id)
        by_officer[ground[how]] = until
    return ground, by_officer


def test_what_is_free_equals_looking_at_every_unit_at_every_moment(database: Database) -> None:
    ground, terms = _ground(database)
    seen = {"overdue": 0, "promised": 0, "handed": 0, "short": 0, "lease": 0, "cases": 0}

    @settings(
        max_examples=CASES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(a_world)
    def holds(drawn: Any) -> None:
        world = World(drawn, ground)
        with _zone(world.zone), Session(database.writer) as session:
            world.put(session)
            besides = Besides(world.besides, world.loan)
            windows = free_windows(session, world.pool, world.from_at, world.until_at, now=NOW, besides=besides)
            session.rollback()
            _must_tile(windows, world.from_at, world.until_at)
            for moment in _looked_at(world):
                window = next(one for one in windows if one.from_at <= moment < one.until_at)
                assert (window.free, window.promised) == _oracle(world, moment, terms), moment
        seen["cases"] += 1
        seen["promised"] += any(window.promised for window in windows)
        seen["short"] += any(window.free < 0 for window in windows)
        seen["handed"] += any(row["reservation_id"] for row in world.rows["loan_item"])
        seen["lease"] += any(row["lease_until"] for row in world.rows["device"])
        seen["overdue"] += any(row["due_on"] and row["due_on"] < TODAY for row in world.rows["loan"])

    holds()
    # What a case is to be about has to occur in many of them.
    assert seen["cases"] >= CASES and min(seen.values()) > CASES / 10, seen


def _must_tile(windows: list[Window], from_at: datetime, until_at: datetime) -> None:
    assert (windows[0].from_at, windows[-1].until_at) == (from_at, until_at)
    assert all(window.from_at < window.until_at for window in windows)
    for one, following in pairwise(windows):
        assert one.until_at == following.from_at
        assert (one.free, one.promised) != (following.free, following.promised)
