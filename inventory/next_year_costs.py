"""来年度の費用の見込み: what devices, lines, contracts of the wifi and repairs will cost in a fiscal year. Yen.

Everything is what the ledger knows on the day of asking, told forth: nothing is bought, leased or renewed that is not
in it. Months are those with one day of use at least, and the days are those of Japan.

Devices: the monthly cost times the months of the year, to the end of the lease or the moment of retirement.
Lines: the monthly price times the months in which the line is open.
Contracts: those of the year with their budget, else their amount, and what contracts of the year before carry over.
Repairs: how many devices were stopped for repair in the twelve months before, times a price that whoever asks knows.
"""

from datetime import date, datetime
from typing import Literal

from sqlalchemy import and_, or_, select
from sqlmodel import Session

from inventory.calendar import fiscal_year, fiscal_year_days, today
from inventory.contract_lists import CONTRACT
from inventory.lines import LINE, VENUE
from inventory.next_year_devices import (
    DeviceCost,
    PoolCost,
    RepairCost,
    SupportEnd,
    by_pool,
    device_costs,
    months_of,
    repair_costs,
    support_ends,
)
from inventory.shapes import Card

PartKey = Literal["devices", "lines", "contracts", "repairs"]


class LineCost(Card):
    venue: str
    venue_name: str
    provider: str
    from_on: date
    until_on: date | None
    monthly_yen: int
    months: int
    yen: int


class ContractCost(Card):
    """``kind``: ``recorded``, a contract of the year; ``carried``, what one of the year before carries over; ``ends``,
    an earlier one that ends in the year, which costs nothing by itself."""

    id: str
    number: str
    title: str
    contractor: str
    kind: Literal["recorded", "carried", "ends"]
    until_on: date | None
    yen: int


class CostPart(Card):
    """``count`` of what is in the part; ``yen`` None where nobody knows a price."""

    key: PartKey
    count: int
    yen: int | None


class NextYearCosts(Card):
    """``total_yen`` is the sum of the parts whose yen are known."""

    fiscal_year: int
    as_of: date
    repair_yen: int | None
    parts: list[CostPart]
    total_yen: int
    pools: list[PoolCost]
    devices: list[DeviceCost]
    lines: list[LineCost]
    contracts: list[ContractCost]
    repairs: list[RepairCost]
    support_ends: list[SupportEnd]


def next_year_costs(
    session: Session, *, now: datetime, year: int | None = None, repair_yen: int | None = None
) -> NextYearCosts:
    """The costs of a fiscal year, of the next one when none is said. ``repair_yen``: what one repair costs."""
    day = today(now)
    asked = fiscal_year(day) + 1 if year is None else year
    devices = device_costs(session, asked, day)
    lines = _lines(session, asked)
    contracts = _contracts(session, asked)
    repairs = repair_costs(session, day, repair_yen)
    known = None if repair_yen is None else sum(one.yen or 0 for one in repairs)
    parts = [
        CostPart(key="devices", count=sum(one.months > 0 for one in devices), yen=sum(one.yen for one in devices)),
        CostPart(key="lines", count=len(lines), yen=sum(one.yen for one in lines)),
        CostPart(
            key="contracts",
            count=sum(one.kind != "ends" for one in contracts),
            yen=sum(one.yen for one in contracts),
        ),
        CostPart(key="repairs", count=sum(one.last_twelve_months for one in repairs), yen=known),
    ]
    return NextYearCosts(
        fiscal_year=asked,
        as_of=day,
        repair_yen=repair_yen,
        parts=parts,
        total_yen=sum(part.yen or 0 for part in parts),
        pools=by_pool(devices),
        devices=devices,
        lines=lines,
        contracts=contracts,
        repairs=repairs,
        support_ends=support_ends(session, asked),
    )


def _lines(session: Session, year: int) -> list[LineCost]:
    """Lines with a price that are open in the year, by hall."""
    first, after = fiscal_year_days(year)
    query = (
        select(LINE, VENUE.c.code, VENUE.c.name.label("venue_name"))
        .join(VENUE, VENUE.c.id == LINE.c.venue_id)
        .where(LINE.c.monthly_yen > 0, LINE.c.from_on < after)
        .where(or_(LINE.c.until_on.is_(None), LINE.c.until_on >= first))
        .order_by(VENUE.c.name_kana, VENUE.c.code, LINE.c.from_on, LINE.c.id)
    )
    found = []
    for row in session.connection().execute(query):
        months = months_of(year, row.from_on, row.until_on)
        found.append(
            LineCost(
                venue=row.code,
                venue_name=row.venue_name,
                provider=row.provider,
                from_on=row.from_on,
                until_on=row.until_on,
                monthly_yen=row.monthly_yen,
                months=months,
                yen=months * row.monthly_yen,
            )
        )
    return found


def _contracts(session: Session, year: int) -> list[ContractCost]:
    """Contracts of the year, then those that carry over into it, then those that end in it."""
    first, after = fiscal_year_days(year)
    carried = and_(CONTRACT.c.fiscal_year == year - 1, CONTRACT.c.carried_yen > 0)
    ends = and_(CONTRACT.c.fiscal_year < year, CONTRACT.c.until_on >= first, CONTRACT.c.until_on < after)
    query = select(CONTRACT).where(or_(CONTRACT.c.fiscal_year == year, carried, ends))
    found: dict[str, list[ContractCost]] = {"recorded": [], "carried": [], "ends": []}
    for row in session.connection().execute(query.order_by(CONTRACT.c.number, CONTRACT.c.id)):
        kind: Literal["recorded", "carried", "ends"] = "ends"
        yen = 0
        if row.fiscal_year == year:
            kind, yen = "recorded", _first_known(row.budget_yen, row.amount_yen)
        elif row.fiscal_year == year - 1 and row.carried_yen:
            kind, yen = "carried", row.carried_yen
        found[kind].append(
            ContractCost(
                id=str(row.id),
                number=row.number,
                title=row.title,
                contractor=row.contractor,
                kind=kind,
                until_on=row.until_on,
                yen=yen,
            )
        )
    return [one for own in found.values() for one in own]


def _first_known(*amounts: int | None) -> int:
    return next((amount for amount in amounts if amount is not None), 0)
