"""What the stock costs in a fiscal year: leases by device and pool, repairs, and ends of support. Yen.

The days are those of Japan; a month counts when one of its days does.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlmodel import Session

from inventory.calendar import TOKYO, fiscal_year, fiscal_year_days, jst_day_bounds, today
from inventory.devices import DEVICE, HOLD, POOL
from inventory.shapes import Card
from inventory.tables import HoldReason
from inventory.wifi_costs import months_open

# How many fiscal years of repairs are told beside the twelve months.
_YEARS_BACK = 3


class DeviceCost(Card):
    """A device that costs something in the year, or whose lease ``ends`` from today to the last day of the year.

    ``months`` of the year that it is leased; ``renewed_yen``: what the rest of the year would cost besides, if a lease
    that ends went on.
    """

    asset_number: str
    pool: str
    pool_name: str
    model: str
    lease_until: date | None
    ends: bool
    monthly_yen: int
    months: int
    yen: int
    renewed_yen: int


class PoolCost(Card):
    """The devices of a pool: how many cost something, how many leases end by the end of the year, and the sums."""

    pool: str
    pool_name: str
    devices: int
    leases_ending: int
    yen: int
    renewed_yen: int


class YearOfRepairs(Card):
    fiscal_year: int
    count: int


class RepairCost(Card):
    """Repairs of a pool in the twelve months before, and in each fiscal year, this one so far. ``yen``: None without a
    price."""

    pool: str
    pool_name: str
    last_twelve_months: int
    years: list[YearOfRepairs]
    yen: int | None


class SupportEnd(Card):
    """A device whose operating system gets no updates any more, by the end of the year. ``ended``: before the year."""

    asset_number: str
    pool: str
    pool_name: str
    model: str
    os_support_until: date
    ended: bool
    lease_until: date | None
    price_yen: int | None


def months_of(year: int, since: date | None, until: date | None) -> int:
    """Of how many months of a fiscal year at least one day lies between two days, both included; None is open."""
    first, after = fiscal_year_days(year)
    last = after - timedelta(days=1)
    return dict(months_open(max(since or first, first), until, last)).get(year, 0)


def last_day(retired_at: datetime | None) -> date | None:
    """The last day in Japan on which a device was there at all: one retired at midnight was not there that day."""
    if retired_at is None:
        return None
    return (retired_at.astimezone(TOKYO) - timedelta(microseconds=1)).date()


_OF_DEVICE = (
    DEVICE.c.asset_number, DEVICE.c.pool_id, POOL.c.name.label("pool_name"), DEVICE.c.model, DEVICE.c.lease_until,
)  # fmt: skip
_IN_POOLS = DEVICE.join(POOL, POOL.c.id == DEVICE.c.pool_id)


def device_costs(session: Session, year: int, day: date) -> list[DeviceCost]:
    """By pool and asset number, as seen on a day."""
    first, after = fiscal_year_days(year)
    # What ends between that day and the year is to be renewed, or given back, at its beginning.
    since = min(day, first)
    leased = or_(DEVICE.c.lease_until.is_(None), DEVICE.c.lease_until >= since)
    there = or_(DEVICE.c.retired_at.is_(None), DEVICE.c.retired_at > jst_day_bounds(first)[0])
    # A device without a price is told only when its lease ends: somebody has to decide about it.
    told = or_(DEVICE.c.monthly_cost_yen > 0, and_(DEVICE.c.lease_until >= since, DEVICE.c.lease_until < after))
    columns = (DEVICE.c.monthly_cost_yen, DEVICE.c.acquired_on, DEVICE.c.retired_at)
    query = select(*_OF_DEVICE, *columns).select_from(_IN_POOLS).where(leased, there, told)
    found = []
    for row in session.connection().execute(query.order_by(POOL.c.name, POOL.c.id, DEVICE.c.asset_key)):
        gone, monthly = last_day(row.retired_at), row.monthly_cost_yen or 0
        ends = row.lease_until is not None and since <= row.lease_until < after and gone is None
        until = min((day for day in (row.lease_until, gone) if day is not None), default=None)
        months = months_of(year, row.acquired_on, until)
        if not months and not ends:
            continue
        whole = months_of(year, row.acquired_on, gone)
        found.append(
            DeviceCost(
                asset_number=row.asset_number,
                pool=row.pool_id,
                pool_name=row.pool_name,
                model=row.model,
                lease_until=row.lease_until,
                ends=ends,
                monthly_yen=monthly,
                months=months,
                yen=months * monthly,
                renewed_yen=(whole - months) * monthly if ends else 0,
            )
        )
    return found


def by_pool(devices: Sequence[DeviceCost]) -> list[PoolCost]:
    pools: dict[str, list[DeviceCost]] = {}
    for one in devices:
        pools.setdefault(one.pool, []).append(one)
    return [
        PoolCost(
            pool=pool,
            pool_name=own[0].pool_name,
            devices=sum(one.yen > 0 for one in own),
            leases_ending=sum(one.ends for one in own),
            yen=sum(one.yen for one in own),
            renewed_yen=sum(one.renewed_yen for one in own),
        )
        for pool, own in pools.items()
    ]


def repair_costs(session: Session, day: date, repair_yen: int | None) -> list[RepairCost]:
    """Devices stopped for repair, by pool; a hold that was opened counts once, however long it stood."""
    this_year = fiscal_year(day)
    since = jst_day_bounds(_twelve_months_before(day))[0]
    first = jst_day_bounds(fiscal_year_days(this_year - _YEARS_BACK)[0])[0]
    until = jst_day_bounds(day)[1]
    query = (
        select(DEVICE.c.pool_id, POOL.c.name, HOLD.c.opened_at)
        .select_from(HOLD.join(DEVICE, DEVICE.c.id == HOLD.c.device_id).join(POOL, POOL.c.id == DEVICE.c.pool_id))
        .where(HOLD.c.reason == HoldReason.REPAIR, HOLD.c.opened_at >= min(since, first), HOLD.c.opened_at < until)
    )
    names: dict[str, str] = {}
    recent: Counter[str] = Counter()
    years: Counter[tuple[str, int]] = Counter()
    for row in session.connection().execute(query):
        names[row.pool_id] = row.name
        recent[row.pool_id] += row.opened_at >= since
        years[row.pool_id, fiscal_year(today(row.opened_at))] += 1
    return [
        RepairCost(
            pool=pool,
            pool_name=name,
            last_twelve_months=recent[pool],
            years=[
                YearOfRepairs(fiscal_year=one, count=years[pool, one])
                for one in range(this_year - _YEARS_BACK, this_year + 1)
            ],
            yen=None if repair_yen is None else recent[pool] * repair_yen,
        )
        for pool, name in sorted(names.items(), key=lambda pair: (pair[1], pair[0]))
    ]


def _twelve_months_before(day: date) -> date:
    """Where the twelve months that end with this day begin: of 24 November 2026 on 25 November 2025."""
    following = day + timedelta(days=1)
    try:
        return following.replace(year=following.year - 1)
    except ValueError:
        return following.replace(year=following.year - 1, day=28)


def support_ends(session: Session, year: int) -> list[SupportEnd]:
    """Devices in the ledger whose support ends by the last day of the year, the earliest first."""
    first, after = fiscal_year_days(year)
    query = (
        select(*_OF_DEVICE, DEVICE.c.os_support_until, DEVICE.c.price_yen)
        .select_from(_IN_POOLS)
        .where(DEVICE.c.retired_at.is_(None), DEVICE.c.os_support_until < after)
        .order_by(DEVICE.c.os_support_until, POOL.c.name, DEVICE.c.asset_key)
    )
    return [
        SupportEnd(
            asset_number=row.asset_number,
            pool=row.pool_id,
            pool_name=row.pool_name,
            model=row.model,
            os_support_until=row.os_support_until,
            ended=row.os_support_until < first,
            lease_until=row.lease_until,
            price_yen=row.price_yen,
        )
        for row in session.connection().execute(query)
    ]
