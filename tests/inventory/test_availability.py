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

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, update
from sqlmodel import Session, SQLModel

from inventory.availability import (
    Besides,
    Entitled,
    Shortage,
    Window,
    free_windows,
    least_free,
    room_for,
    shortages,
    with_preparation,
)
from inventory.calendar import TOKYO
from inventory.database import Database
from inventory.errors import NotFound
from inventory.pools import NewPool, create_pool
from inventory.tables import HoldReason, PoolKind
from tests.inventory.city import (
    NOON,
    act,
    association,
    course,
    device,
    devices,
    head,
    later,
    lend,
    look,
    phones,
    stop,
    venue,
)
from tests.inventory.test_reservations import reserved

CASES = 1000
NOW = NOON.astimezone(UTC)
STEP = timedelta(minutes=30)
PREPARATIONS = (0, 40, 60, 1440)
ZONES = ("Asia/Tokyo", "UTC", "America/New_York", "Pacific/Kiritimati")
OTHER = "other"
_tables = SQLModel.metadata.tables


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
an_item = st.tuples(
    st.integers(0, 9),  # of this device
    st.integers(0, 9),  # on this reservation
    st.integers(-6, 6),  # lent so much before or after that begins
    st.one_of(st.none(), st.integers(0, 12)),  # and back after so long
    st.booleans(),  # undone
)
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
            lent_at = self.rows["reservation"][reservation - 1]["from_at"] + lent * STEP
            self._add_item(number, number, lent_at, lent_at + lasts * STEP, reservation, 1 if undone else None)

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


# --- by hand: the edges --------------------------------------------------------------------------------------------

HOUR = timedelta(hours=1)


@pytest.fixture
def two(database: Database) -> Database:
    """Two phones that are prepared for an hour."""
    phones(database, preparation_minutes=60)
    devices(database, "P1", "P2", pool="phones")
    return database


def free(database: Database, begin: datetime, end: datetime, *, now: datetime = NOON) -> list[tuple[datetime, int]]:
    """From when how many are free."""
    found = look(database, free_windows, "phones", begin, end, now=now)
    _must_tile(found, begin, end)
    return [(window.from_at, window.free) for window in found]


def test_an_empty_pool_has_nothing_and_an_unknown_one_is_refused(database: Database) -> None:
    phones(database)
    assert free(database, NOON, later(days=1)) == [(NOON, 0)]
    for unknown in ("tablets", "", "a\0b"):
        with pytest.raises(NotFound):
            look(database, free_windows, unknown, NOON, later(days=1), now=NOON)


def test_times_are_half_open_and_prepared_on_both_sides(two: Database) -> None:
    of = association(two)
    reserved(two, 1, later(hours=5), later(hours=7), association=of.id)
    assert free(two, NOON, later(hours=10)) == [(NOON, 2), (later(hours=4), 1), (later(hours=8), 2)]
    assert free(two, later(hours=3), later(hours=4)) == [(later(hours=3), 2)]
    assert free(two, later(hours=8), later(hours=9)) == [(later(hours=8), 2)]
    just_before = later(hours=8) - timedelta(microseconds=1)
    assert free(two, just_before, later(hours=9)) == [(just_before, 1), (later(hours=8), 2)]
    # Whoever asks is prepared for as well.
    asked = look(two, with_preparation, "phones", later(hours=9), later(hours=10), now=NOON)
    assert (asked[0].from_at, least_free(asked)) == (later(hours=8), 2)


def test_late_by_hours_is_back_by_midnight_and_late_by_days_is_not_back(two: Database) -> None:
    lend(two, {"section": "福祉課"}, "P1", due={"at": later(hours=2)})
    tonight = later(hours=12)
    assert free(two, NOON, later(days=3)) == [(NOON, 1), (later(hours=3), 2)]
    assert free(two, NOON, later(days=3), now=later(hours=2)) == [(NOON, 1), (tonight + HOUR, 2)]
    last = tonight - timedelta(microseconds=1)
    assert free(two, NOON, later(days=3), now=last) == [(NOON, 1), (tonight + HOUR, 2)]
    assert free(two, NOON, later(days=3), now=tonight) == [(NOON, 1)]


def test_an_end_nobody_knows_has_not_come(two: Database) -> None:
    of = association(two)
    officer = head(two, of.id)
    lend(two, {"association": of.id}, "P1", due={"end_of_office": True})
    assert free(two, NOON, later(days=900)) == [(NOON, 1)]
    with two.writer.begin() as connection:
        ends = update(_tables["officer"]).where(_tables["officer"].c.id == int(officer.id))
        connection.execute(ends.values(until_on=date(2027, 3, 31)))
    back = datetime(2027, 4, 1, tzinfo=TOKYO) + HOUR
    assert free(two, NOON, later(days=900)) == [(NOON, 1), (back, 2)]


@pytest.mark.parametrize(("reason", "left"), [("repair", 1), ("lost", 1), ("missing", 1), ("wipe", 2), ("inspect", 2)])
def test_what_is_gone_occupies_and_what_waits_for_work_does_not(two: Database, reason: str, left: int) -> None:
    stop(two, "P1", reason)
    assert free(two, later(hours=1), later(days=9)) == [(later(hours=1), left)]


def test_what_is_lost_and_late_is_missing_once(two: Database) -> None:
    lend(two, {"section": "福祉課"}, "P1", due={"at": later(hours=2)})
    stop(two, "P1", "lost", now=later(hours=1))
    assert free(two, NOON, later(days=9)) == [(NOON, 1)]


def test_the_last_day_of_a_lease_is_the_last_day(database: Database) -> None:
    phones(database, preparation_minutes=60)
    device(database, "P1", pool="phones", lease_until=date(2026, 11, 30))
    ends = datetime(2026, 12, 1, tzinfo=TOKYO)
    assert free(database, NOON, ends) == [(NOON, 1)]
    assert free(database, NOON, ends + HOUR) == [(NOON, 1), (ends, 0)]
    assert free(database, ends, ends + HOUR) == [(ends, 0)]
    lend(database, {"section": "福祉課"}, "P1", due={"on": "2026-12-05"})
    assert free(database, NOON, ends + 30 * HOUR) == [(NOON, 0)]


@pytest.mark.parametrize("length", [timedelta(days=7), timedelta(days=7, microseconds=1), timedelta(days=400)])
def test_a_reservation_is_found_at_its_very_end_however_long(two: Database, length: timedelta) -> None:
    end = later(days=500)
    reserved(two, 2, end - length, end, association=association(two).id)
    assert free(two, end + HOUR - timedelta(microseconds=1), end + 2 * HOUR)[0][1] == 0
    assert free(two, end + HOUR, end + 2 * HOUR) == [(end + HOUR, 2)]


def test_more_may_be_promised_than_there_is_and_neighbours_that_miss_the_same_are_one(two: Database) -> None:
    of = association(two)
    for hours in (0, 3):
        begin = later(days=1, hours=hours)
        reserved(two, 3, begin, begin + HOUR, association=of.id, override={"reason": "借りる"})
    windows = look(two, with_preparation, "phones", later(days=1), later(days=1, hours=4), now=NOON)
    assert [(window.free, window.promised) for window in windows] == [(-1, 3)]
    parts = [Window(NOON, later(hours=1), 1, 0), Window(later(hours=1), later(hours=2), 1, 2)]
    more = Window(later(hours=2), later(hours=3), 0, 2)
    assert shortages([*parts, more], 2) == [
        Shortage(NOON, later(hours=2), 1),
        Shortage(later(hours=2), later(hours=3), 2),
    ]
    assert shortages(parts, 1) == []


def test_there_is_room_for_what_nobody_else_was_promised(two: Database) -> None:
    of, other = association(two), association(two, "茂木町自治会")
    day, end = later(days=1), later(days=2)
    assert look(two, room_for, "phones", NOON, end, now=NOON) is None
    mine = reserved(two, 1, day, end, association=of.id)
    first = look(two, room_for, "phones", NOON, end, now=NOON)
    assert first is not None and (first.units, first.from_at) == (1, day - HOUR)
    own = {"besides": Besides([int(mine.id)]), "entitled": [Entitled(day - HOUR, end + HOUR, 1)]}
    assert look(two, room_for, "phones", NOON, end, now=NOON, **own) is None
    reserved(two, 1, day, end, association=other.id)
    stop(two, "P2", "lost")
    room = look(two, room_for, "phones", NOON, end, now=NOON)
    assert room is not None and room.units == 0
    # One is left for two promises: whoever was promised it may have it, before that time too nobody else wants it.
    room = look(two, room_for, "phones", NOON, end, now=NOON, **own)
    assert room is not None and room.units == 1
