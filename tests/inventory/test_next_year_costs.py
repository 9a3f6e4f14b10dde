"""The costs of the next year, against sums made day by day in plain Python, and at the edges of the fiscal year."""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlmodel import Session, SQLModel

from inventory.calendar import TOKYO, fiscal_year
from inventory.database import Database
from inventory.next_year_costs import NextYearCosts, next_year_costs
from inventory.next_year_devices import last_day, months_of
from tests.inventory.test_tables import ROWS

TABLES = SQLModel.metadata.tables
NOW = datetime(2026, 11, 24, 9, tzinfo=TOKYO)
YEAR = 2027
FIRST, LAST = date(2027, 4, 1), date(2028, 3, 31)


class Leased(NamedTuple):
    """``retired``: the moment it was retired."""

    pool: str = "a"
    monthly: int | None = 1000
    since: date | None = None
    until: date | None = None
    retired: datetime | None = None
    support: date | None = None


class Line(NamedTuple):
    monthly: int | None
    since: date
    until: date | None


class Contract(NamedTuple):
    year: int
    amount: int | None = None
    budget: int | None = None
    carried: int | None = None
    until: date | None = None


def asked(
    database: Database,
    devices: list[Leased] | None = None,
    lines: list[Line] | None = None,
    contracts: list[Contract] | None = None,
    repairs: list[tuple[int, datetime]] | None = None,
    **how: Any,
) -> NextYearCosts:
    """What is told of these rows alone. ``repairs``: the number of a device from 1, and when it was stopped."""
    with database.writer.connect() as connection, Session(connection) as session:

        def write(table: str, **row: Any) -> None:
            session.connection().execute(insert(TABLES[table]).values({"entry": 1, **row}))

        session.connection().execute(insert(TABLES["entry"]).values(ROWS["entry"]))
        for pool in "ab":
            write("pool", **ROWS["pool"] | {"id": pool, "name": f"種類{pool}"})
        for number, one in enumerate(devices or [], 1):
            name = {"id": number, "asset_number": f"D{number:03d}", "asset_key": f"D{number:03d}", "pool_id": one.pool}
            days = {"acquired_on": one.since, "lease_until": one.until, "os_support_until": one.support}
            write("device", **ROWS["device"] | name | days, monthly_cost_yen=one.monthly, retired_at=one.retired)
        write("venue", **ROWS["venue"] | {"id": 1, "code": "K1"})
        for number, line in enumerate(lines or [], 1):
            row = {"id": number, "venue_id": 1, "provider": "社", "kind": "fibre", "revision": 1}
            write("line", **row, monthly_yen=line.monthly, from_on=line.since, until_on=line.until)
        for number, contract in enumerate(contracts or [], 1):
            row = {"id": number, "number": str(number), "title": "工事", "contractor": "社", "revision": 1}
            money = {"amount_yen": contract.amount, "budget_yen": contract.budget, "carried_yen": contract.carried}
            write("contract", **row | money, fiscal_year=contract.year, until_on=contract.until)
        for number, (device, opened) in enumerate(repairs or [], 1):
            write(
                "hold", id=number, device_id=device, reason="repair", opened_at=opened, closed_at=opened, closed_entry=1
            )
        if repairs and devices:
            # What is waiting for a wipe is no repair.
            write("hold", id=99, device_id=1, reason="wipe", opened_at=NOW)
        when: dict[str, Any] = {"now": NOW, "year": YEAR}
        found = next_year_costs(session, **when | how)
        connection.rollback()
    return found


yen = st.none() | st.integers(0, 9999)
days = st.dates(date(2026, 1, 1), date(2029, 6, 30))
moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 11, 24)).map(lambda at: at.replace(tzinfo=TOKYO))
devices = st.builds(
    Leased, st.sampled_from("ab"), yen, st.none() | days, st.none() | days, st.none() | moments, st.none() | days
)
lines = st.builds(
    lambda monthly, since, length: Line(monthly, since, None if length is None else since + timedelta(length)),
    yen,
    days,
    st.none() | st.integers(0, 900),
)
contracts = st.builds(
    Contract, st.integers(2025, 2028), yen, st.none() | st.integers(5000, 9999), st.none() | st.integers(0, 5000),
    st.none() | days,
)  # fmt: skip


def months(year: int, since: date | None, until: date | None) -> int:
    """Day by day: the months of the year in which one day lies between these two."""
    first, last = date(year, 4, 1), date(year + 1, 3, 31)
    whole = [first + timedelta(days=at) for at in range((last - first).days + 1)]
    return len({day.month for day in whole if (since or first) <= day <= (until or last)})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    stock=st.lists(devices, max_size=6),
    open_lines=st.lists(lines, max_size=4),
    signed=st.lists(contracts, max_size=5),
    stopped=st.lists(moments, max_size=5),
    price=st.none() | st.integers(0, 30000),
    year=st.sampled_from([2025, 2026, 2027, 2028]),
)
def test_the_sum_is_that_of_its_parts_and_of_every_row(
    database: Database,
    stock: list[Leased],
    open_lines: list[Line],
    signed: list[Contract],
    stopped: list[datetime],
    price: int | None,
    year: int,
) -> None:
    repairs = [(1 + at % len(stock), opened) for at, opened in enumerate(stopped)] if stock else []
    found = asked(database, stock, open_lines, signed, repairs, year=year, repair_yen=price)
    part = {one.key: one.yen for one in found.parts}
    assert found.total_yen == sum(yen or 0 for yen in part.values())
    ends = [min((day for day in (one.until, last_day(one.retired)) if day), default=None) for one in stock]
    leases = [(one.monthly or 0) * months(year, one.since, end) for one, end in zip(stock, ends, strict=True)]
    assert (
        part["devices"] == sum(leases) == sum(one.yen for one in found.devices) == sum(one.yen for one in found.pools)
    )
    assert part["lines"] == sum((one.monthly or 0) * months(year, one.since, one.until) for one in open_lines)
    assert part["lines"] == sum(one.yen for one in found.lines)
    own = [one.budget if one.budget is not None else one.amount or 0 for one in signed if one.year == year]
    over = [one.carried or 0 for one in signed if one.year == year - 1]
    assert part["contracts"] == sum(own) + sum(over) == sum(one.yen for one in found.contracts)
    recent = [opened for _, opened in repairs if opened >= datetime(2025, 11, 25, tzinfo=TOKYO)]
    assert part["repairs"] == (None if price is None else price * len(recent))
    by_year = sum(year.count for one in found.repairs for year in one.years)
    assert by_year == len([opened for _, opened in repairs if fiscal_year(opened.date()) >= 2023])


@pytest.mark.parametrize(
    ("since", "until", "count"),
    [
        (None, None, 12),
        (None, date(2027, 3, 31), 0),
        (None, date(2027, 4, 1), 1),
        (None, date(2027, 9, 30), 6),
        (None, date(2028, 3, 31), 12),
        (date(2027, 4, 30), None, 12),
        (date(2027, 5, 1), None, 11),
        (date(2028, 3, 31), None, 1),
        (date(2028, 4, 1), None, 0),
        (date(2027, 8, 31), date(2027, 9, 1), 2),
        (date(2027, 9, 1), date(2027, 8, 31), 0),
    ],
)
def test_months_at_the_edges_of_a_fiscal_year(since: date | None, until: date | None, count: int) -> None:
    assert months_of(YEAR, since, until) == count


def test_a_device_retired_at_midnight_was_not_there_that_day() -> None:
    assert last_day(None) is None
    assert last_day(datetime(2026, 4, 1, tzinfo=TOKYO)) == date(2026, 3, 31)
    assert last_day(datetime(2026, 4, 1, 0, 0, 1, tzinfo=TOKYO)) == date(2026, 4, 1)


def test_leases_that_end_are_told_with_what_they_would_cost_if_they_went_on(database: Database) -> None:
    found = asked(
        database,
        [
            Leased(until=date(2027, 9, 30)),
            Leased(until=date(2027, 3, 31)),
            Leased(until=LAST, pool="b"),
            Leased(until=date(2028, 4, 1), pool="b"),
            Leased(until=date(2027, 9, 30), monthly=None),
            Leased(until=date(2027, 9, 30), retired=NOW),
            Leased(until=date(2026, 11, 23)),
        ],
    )
    assert [(one.asset_number, one.ends, one.months, one.yen, one.renewed_yen) for one in found.devices] == [
        ("D001", True, 6, 6000, 6000),
        ("D002", True, 0, 0, 12000),
        ("D005", True, 6, 0, 0),
        ("D003", True, 12, 12000, 0),
        ("D004", False, 12, 12000, 0),
    ]
    assert [(one.pool, one.devices, one.leases_ending, one.yen) for one in found.pools] == [
        ("a", 1, 3, 6000),
        ("b", 2, 1, 24000),
    ]


def test_the_next_fiscal_year_is_meant_when_none_is_said(database: Database) -> None:
    assert asked(database, year=None).fiscal_year == 2027
    assert asked(database, year=None, now=datetime(2027, 3, 31, 23, 59, tzinfo=TOKYO)).fiscal_year == 2027
    assert asked(database, year=None, now=datetime(2027, 4, 1, tzinfo=TOKYO)).fiscal_year == 2028


def test_contracts_of_the_year_go_before_what_is_carried_over_and_what_ends(database: Database) -> None:
    found = asked(
        database,
        contracts=[
            Contract(2026, until=LAST, amount=700),
            Contract(2026, carried=300, budget=900),
            Contract(2027, amount=500),
            Contract(2027, amount=500, budget=600),
            Contract(2025, carried=50),
            Contract(2026, until=date(2028, 4, 1), amount=1),
            Contract(2025, until=LAST, carried=50),
        ],
    )
    assert [(one.number, one.kind, one.yen) for one in found.contracts] == [
        ("3", "recorded", 500),
        ("4", "recorded", 600),
        ("2", "carried", 300),
        ("1", "ends", 0),
        ("7", "ends", 0),
    ]
    assert next(one for one in found.parts if one.key == "contracts").count == 3


def test_repairs_are_those_of_the_twelve_months_and_of_each_fiscal_year(database: Database) -> None:
    opened = [
        datetime(2025, 11, 24, 23, 59, tzinfo=TOKYO),
        datetime(2025, 11, 25, tzinfo=TOKYO),
        datetime(2026, 3, 31, 23, 59, tzinfo=TOKYO),
        datetime(2026, 4, 1, tzinfo=TOKYO),
        datetime(2023, 3, 31, 23, 59, tzinfo=TOKYO),
    ]
    found = asked(database, [Leased(), Leased(pool="b")], repairs=[(1, at) for at in opened], repair_yen=15000)
    (one,) = found.repairs
    assert (one.pool, one.last_twelve_months, one.yen) == ("a", 3, 45000)
    assert [(year.fiscal_year, year.count) for year in one.years] == [(2023, 0), (2024, 0), (2025, 3), (2026, 1)]
    assert asked(database, [Leased()], repairs=[(1, NOW)]).parts[3].yen is None


def test_ends_of_support_are_told_until_the_last_day_of_the_year(database: Database) -> None:
    found = asked(
        database,
        [
            Leased(support=LAST),
            Leased(support=date(2028, 4, 1)),
            Leased(support=date(2027, 3, 31)),
            Leased(support=FIRST, retired=NOW),
            Leased(),
        ],
    )
    assert [(one.asset_number, one.ended) for one in found.support_ends] == [("D003", True), ("D001", False)]
