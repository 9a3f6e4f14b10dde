"""What stands beside the courses of a fiscal year: devices lent, wifi in service, supporters, reports of trouble."""

from datetime import date, datetime, timedelta

from sqlalchemy import distinct, func, select
from sqlmodel import Session, SQLModel

from inventory.borrowers import LOAN
from inventory.calendar import fiscal_year_days, jst_day_bounds, today
from inventory.devices import DEVICE, ITEM
from inventory.journal import ENTRY
from inventory.shapes import Card
from inventory.supporter_lists import supporter_counts
from inventory.tables import PoolKind, WifiStage
from inventory.wifi_standing import standings

_tables = SQLModel.metadata.tables
ISSUE = _tables["issue"]
POOL = _tables["pool"]


class PoolLent(Card):
    """``devices`` different ones that were lent in the year, ``times`` how often one was, ``loans`` how many loans."""

    pool: str
    name: str
    kind: PoolKind
    devices: int
    times: int
    loans: int


class Beside(Card):
    """``on`` is the last day of the year, or the day of asking while the year lasts; None before the year.

    What was never told to a ledger that began after the year is None, not 0.

    ``wifi_in_service`` counts venues on that day. ``asked`` and ``agreed`` are supporters as the programmes reported
    them, None where none did; ``registered`` came in the year, ``standing`` were registered on that day.
    ``issues`` are reports of trouble that came in the year; the same trouble told twice counts once.
    """

    on: date | None
    lent: list[PoolLent]
    devices: int | None
    times: int | None
    loans: int | None
    wifi_in_service: int | None
    asked: int | None
    agreed: int | None
    registered: int | None
    standing: int | None
    issues: int | None


def year_beside(session: Session, year: int, *, now: datetime) -> Beside:
    """Access points that hang in a hall are no loans of the year; what was undone never happened."""
    connection = session.connection()
    first, after = fiscal_year_days(year)
    begin, end = jst_day_bounds(first)[0], jst_day_bounds(after)[0]
    lent = (
        ITEM.c.lent_at >= begin,
        ITEM.c.lent_at < end,
        ITEM.c.undone_entry.is_(None),
        LOAN.c.installed.is_(False),
    )
    counts = (
        func.count(distinct(ITEM.c.device_id)).label("devices"),
        func.count().label("times"),
        func.count(distinct(ITEM.c.loan_id)).label("loans"),
    )
    rows = ITEM.join(LOAN, ITEM.c.loan_id == LOAN.c.id)
    by_pool = (
        select(POOL.c.id, POOL.c.name, POOL.c.kind, *counts)
        .select_from(rows.join(DEVICE, ITEM.c.device_id == DEVICE.c.id).join(POOL, DEVICE.c.pool_id == POOL.c.id))
        .where(*lent)
        .group_by(POOL.c.id, POOL.c.name, POOL.c.kind)
        .order_by(POOL.c.id)
    )
    pools = [
        PoolLent(pool=row.id, name=row.name, kind=row.kind, devices=row.devices, times=row.times, loans=row.loans)
        for row in connection.execute(by_pool)
    ]
    whole = connection.execute(select(*counts).select_from(rows).where(*lent)).one()
    on = min(after - timedelta(days=1), today(now)) if first <= today(now) else None
    halls = standings(session, on=on).values() if on is not None else ()
    served = None if on is None else sum(one.stage is WifiStage.IN_SERVICE for one in halls)
    told = select(func.count()).where(
        ISSUE.c.received_at >= begin, ISSUE.c.received_at < end, ISSUE.c.merged_into_id.is_(None)
    )
    helpers = supporter_counts(session, year, on=on)
    began = connection.execute(select(func.min(ENTRY.c.at))).scalar()

    def known(count: int | None) -> int | None:
        return count if count or (began is not None and began < end) else None

    return Beside(
        on=on,
        lent=pools,
        devices=known(whole.devices),
        times=known(whole.times),
        loans=known(whole.loans),
        wifi_in_service=served if halls else known(served),
        asked=helpers.asked,
        agreed=helpers.agreed,
        registered=known(helpers.registered),
        standing=known(helpers.standing),
        issues=known(connection.execute(told).scalar_one()),
    )
