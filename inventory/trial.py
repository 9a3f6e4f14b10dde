"""試行の評価: what a fiscal year of lending to associations came to, by district, for whoever decides about more of it.

Every figure is counted from facts when it is asked for. A year that is over is counted as its last day ended.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlmodel import Session, SQLModel

from inventory.borrowers import ASSOCIATION, DISTRICT, LOAN
from inventory.calendar import fiscal_year_days, jst_day_bounds, today
from inventory.devices import DEVICE, HOLD, ITEM
from inventory.presence_counts import association_at, out_with_associations, with_words
from inventory.presences import PRESENCE, RoundCard, newest_round, round_card
from inventory.shapes import Card, row_id
from inventory.tables import Author, HoldReason, IssueState, MessageChannel

_tables = SQLModel.metadata.tables
ISSUE = _tables["issue"]
ISSUE_STEP = _tables["issue_step"]
ISSUE_MESSAGE = _tables["issue_message"]


class TrialFigures(Card):
    """``associations`` exist, ``with_devices`` of them have a device at the end of the period, ``lent`` devices.

    Of the lent devices ``confirmed`` were said to be at hand and ``not_in_hand`` not to be; ``used``, ``little`` and
    ``unused`` are what was said of the use, and of ``no_answer`` nothing was said about it. ``reports`` came in the
    period about devices that associations had, duplicates counted once: ``answered`` by the office, ``resolved``,
    ``self_solved`` by what to try first. ``first_answer_hours`` is the median from report to first answer, null
    without an answer. ``losses`` are devices that were recorded as lost while an association had them.
    """

    associations: int
    with_devices: int
    lent: int
    confirmed: int
    not_in_hand: int
    used: int
    little: int
    unused: int
    no_answer: int
    reports: int
    answered: int
    resolved: int
    self_solved: int
    first_answer_hours: float | None
    losses: int


class TrialRow(TrialFigures):
    """One district; ``district`` and ``name`` are null for the associations of none."""

    district: str | None
    name: str | None


class Trial(Card):
    """``as_of`` is the last day that is counted. ``round`` is the 所在確認 that tells of the use."""

    fiscal_year: int
    since: date
    as_of: date
    over: bool
    round: RoundCard | None
    rows: list[TrialRow]
    total: TrialFigures


@dataclass
class _Tally:
    """One district while it is counted. ``waited`` are hours from report to first answer."""

    counts: dict[str, int] = field(default_factory=dict)
    waited: list[float] = field(default_factory=list)

    def add(self, name: str, count: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + count


@dataclass(frozen=True)
class _Period:
    """``[since, until)``; ``end`` is None while the period lasts, and then today's state is its state."""

    since: datetime
    until: datetime
    end: datetime | None


def evaluate(
    session: Session,
    *,
    fiscal_year: int,
    now: datetime,
    in_round: str | None = None,
    pool: str | None = None,
) -> Trial:
    """The figures of a fiscal year, of one pool or of all.

    ``in_round``: by which 所在確認; without it the one that began last before the period ended.

    Raises:
        NotFound: there is no such round.
    """
    first, beyond = fiscal_year_days(fiscal_year)
    since, until = jst_day_bounds(first)[0], jst_day_bounds(beyond)[0]
    period = _Period(since, until, until if until <= now else None)
    last = beyond - timedelta(days=1)
    as_of = last if period.end else today(now)
    card = round_card(session, in_round, now=now) if in_round else newest_round(session, on=as_of, now=now)
    tallies: dict[int | None, _Tally] = {}
    names = _associations(session, tallies)
    _lent(session, tallies, period, card, pool)
    _reports(session, tallies, period, pool)
    _losses(session, tallies, period, pool)
    rows = [
        TrialRow(district=str(key) if key is not None else None, name=name, **_figures([tallies[key]]))
        for key, name in names.items()
    ]
    return Trial(
        fiscal_year=fiscal_year,
        since=first,
        as_of=max(as_of, first),
        over=period.end is not None,
        round=card,
        rows=rows,
        total=TrialFigures(**_figures(tallies.values())),
    )


def _associations(session: Session, tallies: dict[int | None, _Tally]) -> dict[int | None, str | None]:
    """Districts in the order of their kana, with their names; the associations of no district stand last."""
    connection = session.connection()
    query = select(ASSOCIATION.c.district_id, func.count().label("associations")).group_by(ASSOCIATION.c.district_id)
    for row in connection.execute(query):
        tallies.setdefault(row.district_id, _Tally()).add("associations", row.associations)
    listed = select(DISTRICT.c.id, DISTRICT.c.name).order_by(
        func.coalesce(DISTRICT.c.name_kana, DISTRICT.c.name), DISTRICT.c.id
    )
    names: dict[int | None, str | None] = {row.id: row.name for row in connection.execute(listed)}
    if None in tallies:
        names[None] = None
    for district in names:
        tallies.setdefault(district, _Tally())
    return names


def _lent(
    session: Session, tallies: dict[int | None, _Tally], period: _Period, card: RoundCard | None, pool: str | None
) -> None:
    joined, conditions = out_with_associations(period.end)
    # No round has the number 0, so nothing was said then.
    joined = with_words(joined, row_id(card.id) if card else 0, period.end)
    columns = [DISTRICT.c.id, PRESENCE.c.in_hand, PRESENCE.c.usage]
    query = select(*columns, func.count().label("devices")).select_from(joined).where(*conditions, *_of(pool))
    for row in session.connection().execute(query.group_by(*columns)):
        tally = tallies[row.id]
        tally.add("lent", row.devices)
        if row.in_hand is not None:
            tally.add("confirmed" if row.in_hand else "not_in_hand", row.devices)
        tally.add(row.usage.value if row.in_hand and row.usage else "no_answer", row.devices)
    holders = (
        select(DISTRICT.c.id, func.count(ASSOCIATION.c.id.distinct()).label("associations"))
        .select_from(out_with_associations(period.end)[0])
        .where(*conditions, *_of(pool))
        .group_by(DISTRICT.c.id)
    )
    for row in session.connection().execute(holders):
        tallies[row.id].add("with_devices", row.associations)


def _reports(session: Session, tallies: dict[int | None, _Tally], period: _Period, pool: str | None) -> None:
    """Reports of the period; an answer or an end after the period does not count for it."""
    answers = and_(
        ISSUE_MESSAGE.c.issue_id == ISSUE.c.id,
        ISSUE_MESSAGE.c.author == Author.OFFICE,
        ISSUE_MESSAGE.c.channel != MessageChannel.NOTE,
        ISSUE_MESSAGE.c.written_at < period.until,
    )
    first_answer = select(func.min(ISSUE_MESSAGE.c.written_at)).where(answers).correlate(ISSUE).scalar_subquery()
    ended = exists().where(
        ISSUE_STEP.c.issue_id == ISSUE.c.id,
        ISSUE_STEP.c.state == IssueState.RESOLVED,
        ISSUE_STEP.c.began_at < period.until,
        or_(ISSUE_STEP.c.ended_at.is_(None), ISSUE_STEP.c.ended_at >= period.until),
    )
    query = _by_district(
        select(
            ASSOCIATION.c.district_id,
            ISSUE.c.received_at,
            ISSUE.c.self_solved,
            first_answer.label("first_answer"),
            ended.label("resolved"),
        ),
        ISSUE.join(DEVICE, ISSUE.c.device_id == DEVICE.c.id).join(LOAN, ISSUE.c.loan_id == LOAN.c.id),
        ISSUE.c.received_at,
    ).where(
        ISSUE.c.received_at >= period.since,
        ISSUE.c.received_at < period.until,
        ISSUE.c.merged_into_id.is_(None),
        *_of(pool),
    )
    for row in session.connection().execute(query):
        tally = tallies[row.district_id]
        tally.add("reports")
        tally.add("self_solved", int(row.self_solved))
        tally.add("resolved", int(row.resolved))
        if row.first_answer is not None:
            tally.add("answered")
            tally.waited.append(max(0.0, (_utc(row.first_answer) - _utc(row.received_at)).total_seconds() / 3600))


def _losses(session: Session, tallies: dict[int | None, _Tally], period: _Period, pool: str | None) -> None:
    """Devices recorded as lost in the period that were out with an association then."""
    at_loss = and_(
        ITEM.c.lent_at <= HOLD.c.opened_at,
        or_(ITEM.c.returned_at.is_(None), ITEM.c.returned_at > HOLD.c.opened_at),
        ITEM.c.undone_entry.is_(None),
    )
    query = _by_district(
        select(ASSOCIATION.c.district_id, HOLD.c.device_id).distinct(),
        HOLD.join(DEVICE, HOLD.c.device_id == DEVICE.c.id)
        .join(ITEM, and_(ITEM.c.device_id == HOLD.c.device_id, at_loss))
        .join(LOAN, ITEM.c.loan_id == LOAN.c.id),
        HOLD.c.opened_at,
    ).where(
        HOLD.c.reason == HoldReason.LOST,
        HOLD.c.opened_at >= period.since,
        HOLD.c.opened_at < period.until,
        *_of(pool),
    )
    for row in session.connection().execute(query):
        tallies[row.district_id].add("losses")


def _by_district(query: Select[Any], joined: Any, at: Any) -> Select[Any]:
    """The query over what associations had at the time ``at`` of each row."""
    return query.select_from(joined.join(ASSOCIATION, association_at(at) == ASSOCIATION.c.id)).where(
        LOAN.c.association_id.is_not(None)
    )


def _of(pool: str | None) -> list[Any]:
    return [DEVICE.c.pool_id == pool] if pool else []


def _utc(moment: datetime) -> datetime:
    """SQLite gives the times of an expression without the zone that its columns carry."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_COUNTED = [name for name, kind in TrialFigures.model_fields.items() if kind.annotation is int]


def _figures(tallies: Iterable[_Tally]) -> dict[str, Any]:
    """The figures of some districts together; the median is that of all their reports."""
    together = list(tallies)
    waited = [hours for tally in together for hours in tally.waited]
    figures: dict[str, Any] = {name: sum(tally.counts.get(name, 0) for tally in together) for name in _COUNTED}
    return figures | {"first_answer_hours": round(median(waited), 2) if waited else None}
