"""What the wifi of the halls costs, by fiscal year and by hall: what was paid on contracts, and what lines cost. Yen.

A contract belongs to its fiscal year. What was paid on it and what is carried over is divided over the halls that it
covers, in proportion to the parts of its amount (``contract_lists.parts``), equally where there is no amount. A line
costs its monthly price for every month of which it was open on one day at least, up to this month. Of a programme the
halls of the target set that stands today count; without one every hall, and contracts that name no hall.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, SQLModel

from inventory.calendar import fiscal_year, fiscal_year_days, today
from inventory.contract_lists import covered, parts
from inventory.shapes import Card
from inventory.wifi_burnup import count_on, rollout
from inventory.wifi_standing import programme_row, target_id, target_venues

_tables = SQLModel.metadata.tables
CONTRACT, LINE, VENUE = _tables["contract"], _tables["line"], _tables["venue"]
# How many years back the halls in service are counted.
_YEARS = 50
# A statement names at most this many contracts.
_STEP = 500


class FundingCost(Card):
    """What was paid on the contracts of one funding source; None where a contract names none."""

    funding: str | None
    executed_yen: int


class YearCost(Card):
    """``total_yen`` is what was paid on contracts and for lines. ``in_service``: halls on the last day of the fiscal
    year, or today; ``per_hall_yen`` the total by these, rounded down."""

    fiscal_year: int
    executed_yen: int
    carried_yen: int
    lines_yen: int
    total_yen: int
    by_funding: list[FundingCost]
    in_service: int
    per_hall_yen: int | None


class VenueCost(Card):
    """The costs of a hall in a fiscal year; without ``code`` those of contracts that name no hall."""

    fiscal_year: int
    code: str | None
    name: str | None
    executed_yen: int
    carried_yen: int
    lines_yen: int
    total_yen: int


class Costs(Card):
    """``programme`` is a code, None for all halls; ``years`` the oldest first."""

    programme: str | None
    programme_name: str | None
    as_of: date
    years: list[YearCost]
    venues: list[VenueCost]


@dataclass(slots=True)
class _Sum:
    executed: int = 0
    carried: int = 0
    lines: int = 0


@dataclass(slots=True)
class _Sums:
    """By fiscal year and row number of a hall (None: no hall); what was paid by fiscal year and funding."""

    of: dict[tuple[int, int | None], _Sum] = field(default_factory=lambda: defaultdict(_Sum))
    funding: dict[tuple[int, str | None], int] = field(default_factory=lambda: defaultdict(int))


def costs(
    session: Session,
    *,
    now: datetime,
    programme: str | None = None,
    everything: bool = False,
    year: int | None = None,
) -> Costs:
    """The costs of a programme by code, of the newest without one, of all halls where there is none.

    ``everything``: of all halls, whatever programme there is. ``year``: ``venues`` of that fiscal year alone.

    Raises:
        NotFound: there is no programme of this code.
    """
    day = today(now)
    about = None if everything else programme_row(session, programme)
    halls = _halls(session, about, day)
    sums = _Sums()
    _add_contracts(session, sums, halls)
    _add_lines(session, sums, halls, day)
    serving = _serving(session, now, about)
    years = sorted({spent for spent, _ in sums.of})
    return Costs(
        programme=about and about.code,
        programme_name=about and about.name,
        as_of=day,
        years=[_year(sums, spent, serving(spent)) for spent in years],
        venues=_venues(session, sums, year),
    )


def _halls(session: Session, about: Any | None, day: date) -> frozenset[int] | None:
    """Row numbers of the halls that count; None for all."""
    if about is None:
        return None
    target = target_id(session, about.id, on=day)
    if target is None:
        return frozenset()
    return frozenset(session.connection().execute(target_venues(target)).scalars())


def _add_contracts(session: Session, sums: _Sums, halls: frozenset[int] | None) -> None:
    rows = session.connection().execute(select(CONTRACT).order_by(CONTRACT.c.id)).all()
    venues: dict[int, list[Any]] = {}
    for at in range(0, len(rows), _STEP):
        venues |= covered(session, [row.id for row in rows[at : at + _STEP]])
    for row in rows:
        covers = venues[row.id]
        weights = parts(row.amount_yen, [one.share_yen for one in covers])
        paid = divided(row.executed_yen or 0, weights)
        carried = divided(row.carried_yen or 0, weights)
        found = list(zip([one.id for one in covers], paid, carried, strict=True))
        if not covers:
            found = [(None, row.executed_yen or 0, row.carried_yen or 0)]
        for venue, executed, over in found:
            if halls is not None and venue not in halls:
                continue
            total = sums.of[row.fiscal_year, venue]
            total.executed += executed
            total.carried += over
            sums.funding[row.fiscal_year, row.funding] += executed


def _add_lines(session: Session, sums: _Sums, halls: frozenset[int] | None, day: date) -> None:
    priced = select(LINE.c.venue_id, LINE.c.monthly_yen, LINE.c.from_on, LINE.c.until_on)
    for row in session.connection().execute(priced.where(LINE.c.monthly_yen > 0)):
        if halls is None or row.venue_id in halls:
            for spent, months in months_open(row.from_on, row.until_on, day):
                sums.of[spent, row.venue_id].lines += months * row.monthly_yen


def _serving(session: Session, now: datetime, about: Any | None) -> Any:
    """How many halls are in service at the end of a fiscal year, as a function of it; 0 beyond this year."""
    this_year = fiscal_year(today(now))
    first = fiscal_year_days(this_year - _YEARS)[0]
    code = about.code if about is not None else None
    found = rollout(session, now=now, programme=code, everything=about is None, since=first, until=today(now))

    def at_the_end_of(year: int) -> int:
        end = min(fiscal_year_days(year)[1] - timedelta(days=1), today(now))
        return count_on(found.lines.actual, end) if year <= this_year else 0

    return at_the_end_of


def months_open(since: date, until: date | None, day: date) -> list[tuple[int, int]]:
    """Of each fiscal year in which a line was open by ``day``, how many months it was open in: ``[(2025, 8), …]``."""
    last = min(until or day, day)
    found = []
    if last >= since:
        for year in range(fiscal_year(since), fiscal_year(last) + 1):
            first, after = fiscal_year_days(year)
            begin, end = max(since, first), min(last, after - timedelta(days=1))
            found.append((year, (end.year - begin.year) * 12 + end.month - begin.month + 1))
    return found


def divided(amount: int, weights: Sequence[int | None]) -> list[int]:
    """An amount in whole yen in proportion to the weights, equally where they are none; odd yen go to the first.

    >>> divided(100, [3, 1])
    [75, 25]
    >>> divided(10, [None, None, None])
    [4, 3, 3]
    """
    known = [weight or 0 for weight in weights]
    if not sum(known):
        known = [1] * len(known)
    whole = sum(known)
    found = [amount * weight // whole for weight in known]
    odd = amount - sum(found)
    for at, weight in enumerate(known):
        if odd and weight:
            found[at] += 1
            odd -= 1
    return found


def _year(sums: _Sums, year: int, serving: int) -> YearCost:
    own = [total for (spent, _), total in sums.of.items() if spent == year]
    executed, lines = sum(one.executed for one in own), sum(one.lines for one in own)
    named = [(source, paid) for (spent, source), paid in sums.funding.items() if spent == year and paid]
    return YearCost(
        fiscal_year=year,
        executed_yen=executed,
        carried_yen=sum(one.carried for one in own),
        lines_yen=lines,
        total_yen=executed + lines,
        by_funding=[
            FundingCost(funding=source, executed_yen=paid)
            for source, paid in sorted(named, key=lambda pair: (pair[0] is None, pair[0] or ""))
        ],
        in_service=serving,
        per_hall_yen=(executed + lines) // serving if serving else None,
    )


def _venues(session: Session, sums: _Sums, year: int | None) -> list[VenueCost]:
    """Halls with a cost, by fiscal year and kana; what belongs to no hall stands last in its year."""
    query = select(VENUE.c.id, VENUE.c.code, VENUE.c.name).order_by(VENUE.c.name_kana, VENUE.c.code)
    places = {row.id: (at, row) for at, row in enumerate(session.connection().execute(query))}
    found = []
    for (spent, venue), total in sums.of.items():
        if year in (None, spent) and (total.executed or total.carried or total.lines):
            at, row = places[venue] if venue is not None else (len(places), None)
            found.append((spent, at, row, total))
    return [
        VenueCost(
            fiscal_year=spent,
            code=row.code if row is not None else None,
            name=row.name if row is not None else None,
            executed_yen=total.executed,
            carried_yen=total.carried,
            lines_yen=total.lines,
            total_yen=total.executed + total.lines,
        )
        for spent, _, row, total in sorted(found, key=lambda one: one[:2])
    ]
