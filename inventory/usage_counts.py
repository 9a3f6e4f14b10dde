"""利用件数: how often the wifi of each venue was used in a month. The count recorded last counts; none is changed."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints
from sqlalchemy import Select, func, insert, select
from sqlmodel import Session, SQLModel

from inventory import journal, keyset
from inventory.calendar import fiscal_year_days, today
from inventory.errors import Invalid, NotFound
from inventory.journal import By
from inventory.shapes import Card, Shape, row_id
from inventory.speed_tests import Figure
from inventory.tables import VenueKind
from inventory.text import fold
from inventory.venue_records import VENUE, venue_row
from inventory.wifi_standing import programme_row, target_id, target_venues

USAGE = SQLModel.metadata.tables["wifi_usage"]
# A row of the database has a method of the column's own name.
USED = USAGE.c["count"].label("used")
# More than a library of a large city counts in a month.
MOST_COUNT = 10_000_000
# What one press of the table brings: 50 venues, 12 months.
MOST_CELLS = 600


def _month(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    year, _, month = value.strip().partition("-")
    if not (len(year) == 4 and len(month) == 2 and (year + month).isascii() and (year + month).isdecimal()):
        raise ValueError("月は 2026-10 のように書いてください")
    if not (1 <= int(month) <= 12 and 1989 <= int(year) <= 2998):
        raise ValueError("月は 2026-10 のように書いてください")
    return date(int(year), int(month), 1)


Month = Annotated[
    date,
    BeforeValidator(_month, json_schema_input_type=Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}$")]),
    Field(ge=date(1989, 1, 1), le=date(2998, 12, 1), description="Year and month, 2026-10."),
]
UseCount = Annotated[int, Figure, Field(ge=0, le=MOST_COUNT)]


class RecordUsage(Shape):
    """``month`` is written as 2026-10."""

    month: Month
    count: UseCount


class VenueMonth(RecordUsage):
    """A cell of the table; ``venue`` is a venue's code."""

    venue: Annotated[str, StringConstraints(max_length=32)]


class RecordUsages(Shape):
    items: Annotated[list[VenueMonth], Field(max_length=MOST_CELLS)]


class UsageCard(Card):
    """``venue`` is the venue's code, ``month`` as in 2026-10."""

    id: str
    venue: str
    month: str
    count: int
    recorded_at: datetime


class Usages(Card):
    items: list[UsageCard]
    next: None = None
    total: int


class UsagesRecorded(Card):
    """How many counts were new, and how many took another value; those that stood already are left out."""

    created: int
    changed: int


class UsageRow(Card):
    """A venue's twelve months from April on; null where nothing is recorded. ``total`` is their sum."""

    code: str
    name: str
    months: list[int | None]
    total: int


class UsageTable(Card):
    """A page of venues, and the sums over all venues of the filter: of each month, and of the year."""

    fiscal_year: int
    rows: list[UsageRow]
    months: list[int]
    total: int
    venues: int
    next: str | None


def record_usage(session: Session, order: RecordUsage, *, venue: str, by: By, now: datetime, op_id: str) -> UsageCard:
    """Write down the count of one venue and month; the same count as stands is answered as it is.

    Raises:
        NotFound: there is no such venue.
        Invalid: the month has not begun.
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = venue_row(session, venue)
    _must_have_begun(order.month, now)
    write_counts(session, {(row.id, order.month): order.count}, now=now, op_id=op_id, by=by)
    query = _CARDS.where(USAGE.c.venue_id == row.id, USAGE.c.month == order.month)
    found = session.connection().execute(query.order_by(USAGE.c.id.desc()).limit(1)).one()
    return _card(found)


def record_usages(session: Session, order: RecordUsages, *, by: By, now: datetime, op_id: str) -> UsagesRecorded:
    """Write down counts of many venues and months in one act.

    Raises:
        Invalid: a venue is unknown, or a month has not begun; nothing is written then.
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    codes = {item.venue for item in order.items}
    query = select(VENUE.c.code, VENUE.c.id).where(VENUE.c.code.in_(codes))
    ids = {row.code: row.id for row in session.connection().execute(query)}
    for item in order.items:
        if item.venue not in ids:
            raise Invalid.field("items", f"会場 {item.venue} は見つかりません。画面を開き直してください。")
        _must_have_begun(item.month, now)
    counts = {(ids[item.venue], item.month): item.count for item in order.items}
    created, changed = write_counts(session, counts, now=now, op_id=op_id, by=by)
    return UsagesRecorded(created=created, changed=changed)


def write_counts(
    session: Session, counts: Mapping[tuple[int, date], int], *, by: By, now: datetime, op_id: str
) -> tuple[int, int]:
    """Append the counts that differ from those that stand; how many were new and how many changed.

    Keys are the row number of a venue and the first day of a month.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    if not counts:
        return 0, 0
    months = [month for _, month in counts]
    standing = counts_of(session, {venue for venue, _ in counts}, min(months), max(months))
    fresh = {key: count for key, count in counts.items() if standing.get(key) != count}
    values = [
        {"venue_id": venue, "month": month, "count": count, "recorded_at": now, "entry": entry}
        for (venue, month), count in fresh.items()
    ]
    if values:
        session.connection().execute(insert(USAGE), values)
    changed = sum(key in standing for key in fresh)
    created = len(fresh) - changed
    facts = {"venues": sorted({venue for venue, _ in fresh}), "created": created, "changed": changed}
    journal.note(session, "record_usage", **facts)
    return created, changed


def _latest(first: date, last: date) -> Select[Any]:
    """Row numbers of the counts that count, for months from ``first`` to ``last``, both included."""
    return (
        select(func.max(USAGE.c.id))
        .where(USAGE.c.month >= first, USAGE.c.month <= last)
        .group_by(USAGE.c.venue_id, USAGE.c.month)
    )


def counts_of(
    session: Session, venues: Sequence[int] | set[int], first: date, last: date
) -> dict[tuple[int, date], int]:
    """The counts of these venues (row numbers) in the months from ``first`` to ``last`` (their first days)."""
    query = select(USAGE.c.venue_id, USAGE.c.month, USED).where(
        USAGE.c.id.in_(_latest(first, last).where(USAGE.c.venue_id.in_(venues)))
    )
    return {(row.venue_id, row.month): row.used for row in session.connection().execute(query)}


_CARDS = select(USAGE, VENUE.c.code).join(VENUE, USAGE.c.venue_id == VENUE.c.id)


def usage_card(session: Session, usage: str) -> UsageCard:
    row = session.connection().execute(_CARDS.where(USAGE.c.id == row_id(usage))).first()
    if row is None:
        raise NotFound("その利用件数は見つかりません。会場の画面を開き直してください。")
    return _card(row)


def list_usage(session: Session, venue: str) -> Usages:
    """The counts of a venue that count, the newest month first; ten years at most."""
    row = venue_row(session, venue)
    newest = _latest(date(1989, 1, 1), date(2998, 12, 1)).where(USAGE.c.venue_id == row.id)
    query = _CARDS.where(USAGE.c.id.in_(newest)).order_by(USAGE.c.month.desc()).limit(120)
    items = [_card(found) for found in session.connection().execute(query)]
    return Usages(items=items, total=len(items))


def every_count(session: Session, fiscal_year: int | None = None) -> list[tuple[str, str, date, int]]:
    """Code, name, month and count of every venue, by venue and month; of one fiscal year where it is given."""
    first, beyond = fiscal_year_days(fiscal_year) if fiscal_year is not None else (date(1989, 1, 1), date(2999, 1, 1))
    query = select(VENUE.c.code, VENUE.c.name, USAGE.c.month, USED).join(VENUE, USAGE.c.venue_id == VENUE.c.id)
    query = query.where(USAGE.c.id.in_(_latest(first, _before(beyond))))
    query = query.order_by(VENUE.c.name_kana, VENUE.c.code, USAGE.c.month)
    return [(row.code, row.name, row.month, row.used) for row in session.connection().execute(query)]


def months_of(fiscal_year: int) -> list[date]:
    """The first days of the twelve months of a fiscal year."""
    return [date(fiscal_year + (month > 12), (month - 1) % 12 + 1, 1) for month in range(4, 16)]


def usage_table(
    session: Session,
    *,
    fiscal_year: int,
    now: datetime,
    programme: str | None = None,
    kind: VenueKind | None = None,
    q: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> UsageTable:
    """A page of venues with their counts of a fiscal year. ``programme``: its venues of today alone.

    Raises:
        NotFound: there is no such programme.
    """
    query = select(VENUE.c.id, VENUE.c.code, VENUE.c.name, VENUE.c.name_kana)
    if programme:
        row = programme_row(session, programme)
        target = target_id(session, row.id, on=today(now)) if row is not None else None
        query = query.where(VENUE.c.id.in_(target_venues(target or 0)))
    if kind:
        query = query.where(VENUE.c.kind == kind)
    if q:
        query = query.where(VENUE.c.search.contains(fold(q), autoescape=True))
    connection, months = session.connection(), months_of(fiscal_year)
    found = query.with_only_columns(VENUE.c.id)
    latest = _latest(months[0], months[-1]).where(USAGE.c.venue_id.in_(found))
    by_month = select(USAGE.c.month, func.sum(USAGE.c["count"])).where(USAGE.c.id.in_(latest)).group_by(USAGE.c.month)
    sums = {row[0]: int(row[1]) for row in connection.execute(by_month)}
    venues = connection.execute(select(func.count()).select_from(found.subquery())).scalar_one()
    order = [VENUE.c.name_kana, VENUE.c.code]
    if cursor:
        query = query.where(keyset.beyond(order, keyset.after(cursor, str, str)))
    rows = connection.execute(query.order_by(*order).limit(limit + 1)).all()
    shown = rows[:limit]
    following = keyset.cursor_of(shown[-1].name_kana, shown[-1].code) if len(rows) > limit else None
    counts = counts_of(session, [row.id for row in shown], months[0], months[-1])
    return UsageTable(
        fiscal_year=fiscal_year,
        rows=[_row(row, [counts.get((row.id, month)) for month in months]) for row in shown],
        months=[sums.get(month, 0) for month in months],
        total=sum(sums.values()),
        venues=venues,
        next=following,
    )


def _row(row: Any, months: list[int | None]) -> UsageRow:
    return UsageRow(code=row.code, name=row.name, months=months, total=sum(count or 0 for count in months))


def _card(row: Any) -> UsageCard:
    return UsageCard(
        id=str(row.id),
        venue=row.code,
        month=f"{row.month:%Y-%m}",
        count=row._mapping["count"],
        recorded_at=row.recorded_at,
    )


def _must_have_begun(month: date, now: datetime) -> None:
    if month > today(now):
        raise Invalid.field("month", "まだ来ていない月です。月をたしかめてください。")


def _before(beyond: date) -> date:
    """The first day of the month before the one that begins on ``beyond``."""
    return date(beyond.year - (beyond.month == 1), (beyond.month - 2) % 12 + 1, 1)
