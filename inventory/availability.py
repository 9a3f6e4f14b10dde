"""How many devices of a pool are free at any time: the one function behind every screen, promise and refusal.

All intervals are half-open, ``[from, until)``, and all times are instants. A reservation occupies its time and the
pool's preparation (charging, wiping) before and after it. A loan occupies its device from when it went out until it is
due and prepared again; an overdue one until it is back, whenever that is. A device in repair, lost or missing is not
there until that ends, and a leased one not after its lease. Waiting for a check or a wipe does not occupy: that work is
what the preparation is for, and ``inventory/readiness.py`` tells of it.

What is over has no weight: closed loans and released reservations do not count, at no time. A reservation counts with
what of it has not been handed out yet.

The cost grows with the reservations that reach into the time asked for, and with the devices that are out or held: the
short reservations are found by where they begin, the few long ones by where they end (``Reservation.long``).
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select
from sqlmodel import Session

from inventory.availability_rows import Asked, Change, any_reserved, away, not_reserved, reserved, units_of
from inventory.calendar import jst_day_bounds, today
from inventory.devices import POOL
from inventory.errors import NotFound

NEVER = datetime(9999, 12, 1, tzinfo=UTC)
_PREPARATION = select(POOL.c.preparation_minutes).where(POOL.c.id == bindparam("pool"))


class Window(NamedTuple):
    """``free`` units from ``from_at`` to before ``until_at``, below 0 where more is promised than there is;
    ``promised`` units are reserved and not handed out yet."""

    from_at: datetime
    until_at: datetime
    free: int
    promised: int


class Shortage(NamedTuple):
    """So many units are missing from ``from_at`` to before ``until_at``."""

    from_at: datetime
    until_at: datetime
    missing: int


@dataclass(frozen=True)
class Besides:
    """What does not count: reservations and a loan by their row numbers, because the question is about them."""

    reservations: Collection[int] = ()
    loan: int | None = None


_NOTHING = Besides()


def free_windows(
    session: Session, pool: str, from_at: datetime, until_at: datetime, *, now: datetime, besides: Besides = _NOTHING
) -> list[Window]:
    """What is free from ``from_at`` to before ``until_at``, without gaps, in order; neighbours differ.

    The preparation of whoever asks is not added here (``with_preparation``).

    Raises:
        NotFound: there is no such pool.
    """
    from_at, until_at = from_at.astimezone(UTC), until_at.astimezone(UTC)
    asked = Asked(pool, from_at, until_at, preparation_of(session, pool))
    units = units_of(session, pool)
    changes = [(from_at, 0, 0), *reserved(session, asked)]
    for start, end, count in not_reserved(session, asked, besides.reservations):
        changes += _within(asked, start, end, 0, -count)
    day = today(now)
    for row in away(session, asked, today(until_at), besides.loan):
        for start, end in _away(row, now, day, asked):
            changes += _within(asked, start, end, row.units, 0)
    return _windows(units, changes, until_at)


def _within(asked: Asked, start: datetime, end: datetime, gone: int, promised: int) -> Iterator[Change]:
    """The changes that something makes which is so from ``start`` to before ``end``."""
    # What went out by a clock that was ahead may be due before that.
    if start < min(end, asked.until_at) and end > asked.from_at:
        yield max(start, asked.from_at), gone, promised
        if end < asked.until_at:
            yield end, -gone, -promised


def _windows(units: int, changes: list[Change], until_at: datetime) -> list[Window]:
    windows: list[Window] = []
    changes.sort()
    begin = at = changes[0][0]
    free = shown_free = units
    promised = shown_promised = 0
    for moment, gone, more in changes:
        if moment != at:
            if free != shown_free or promised != shown_promised:
                if at != begin:
                    windows.append(Window(begin, at, shown_free, shown_promised))
                begin, shown_free, shown_promised = at, free, promised
            at = moment
        free -= gone + more
        promised += more
    if at != begin and (free != shown_free or promised != shown_promised):
        windows.append(Window(begin, at, shown_free, shown_promised))
        begin = at
    windows.append(Window(begin, until_at, free, promised))
    return windows


def _away(row: Any, now: datetime, day: date, asked: Asked) -> Iterator[tuple[datetime, datetime]]:
    """When devices that are out, stopped, or at the end of their lease are not there, each time once."""
    ends = [row.stopped_at, day_end(row.lease_until) if row.lease_until else None]
    gone = min((end for end in ends if end is not None), default=NEVER)
    if row.is_out:
        lent_at, back = row.lent_at or asked.from_at, _back(row, now, day, asked.preparation)
        if back >= gone:
            # What is gone before it is back is gone from then on.
            yield min(lent_at, gone), NEVER
            return
        yield lent_at, back
    if gone < NEVER:
        yield gone, NEVER


def _back(row: Any, now: datetime, day: date, preparation: timedelta) -> datetime:
    """When a device that is out can go out again, as far as one knows."""
    if row.installed or row.due_day is None:
        return NEVER
    return away_until(back_by(row.due_at, row.due_day, now, day), preparation)


def back_by(due_at: datetime | None, due_day: date, now: datetime, day: date) -> datetime:
    """When what is due then is back, as far as one knows at ``now``, on ``day``: overdue by a day, whenever it is."""
    if due_day < day:
        return NEVER
    end = due_at or day_end(due_day)
    # Who is an hour late is expected today still.
    return end if end > now else day_end(day)


def away_until(end: datetime, preparation: timedelta) -> datetime:
    """When a device that comes back at ``end`` can go out again."""
    return end if end == NEVER else end + preparation


@lru_cache(maxsize=2048)
def day_end(day: date) -> datetime:
    """The first moment after a day of Japan."""
    return jst_day_bounds(day)[1].astimezone(UTC)


def preparation_of(session: Session, pool: str) -> timedelta:
    """How long a unit of the pool is prepared before it goes out, and after it came back.

    Raises:
        NotFound: there is no such pool.
    """
    minutes = None if "\0" in pool else session.connection().execute(_PREPARATION, {"pool": pool}).scalar()
    if minutes is None:
        raise NotFound("その貸出区分は見つかりません。一覧から選んでください。")
    return timedelta(minutes=minutes)


def with_preparation(
    session: Session, pool: str, from_at: datetime, until_at: datetime, *, now: datetime, besides: Besides = _NOTHING
) -> list[Window]:
    """What is free for somebody who wants units for this time, the preparation before and after it included."""
    preparation = preparation_of(session, pool)
    return free_windows(session, pool, from_at - preparation, until_at + preparation, now=now, besides=besides)


def least_free(windows: list[Window]) -> int:
    """How many units are free throughout; below 0 where more is promised than there is."""
    return min(window.free for window in windows)


def shortages(windows: list[Window], quantity: int) -> list[Shortage]:
    """Where fewer than ``quantity`` are free, and how many are missing there; neighbours that miss the same are one."""
    found: list[Shortage] = []
    for window in windows:
        missing = quantity - window.free
        if missing <= 0:
            continue
        last = found[-1] if found else None
        if last is not None and last.until_at == window.from_at and last.missing == missing:
            found[-1] = Shortage(last.from_at, window.until_at, missing)
        else:
            found.append(Shortage(window.from_at, window.until_at, missing))
    return found


def any_promised(session: Session, pool: str, from_at: datetime, until_at: datetime, preparation: timedelta) -> bool:
    """Whether anything is promised in this time, however little: one look at an index."""
    return any_reserved(session, Asked(pool, from_at, until_at, preparation))


class Entitled(NamedTuple):
    """So many units were promised to whoever asks, from ``from_at`` to before ``until_at``, preparation included."""

    from_at: datetime
    until_at: datetime
    units: int


class Room(NamedTuple):
    """So many units may go (0 or more), and the time that binds: there somebody else would miss the next one."""

    units: int
    from_at: datetime
    until_at: datetime


def room_for(
    session: Session,
    pool: str,
    from_at: datetime,
    until_at: datetime,
    *,
    now: datetime,
    besides: Besides = _NOTHING,
    entitled: Sequence[Entitled] = (),
) -> Room | None:
    """How many units may be away throughout this time without breaking a promise to somebody else; None: any number.

    Units that are merely scarce (all the others are overdue) may go: only what somebody was promised stays. Whoever was
    promised units itself (``entitled``, which ``besides`` leaves out) may have them also where the pool is short.
    """
    least: Room | None = None
    for window in free_windows(session, pool, from_at, until_at, now=now, besides=besides):
        if window.promised <= 0:
            continue
        for begin, end in _pieces(window, entitled):
            own = sum(one.units for one in entitled if one.from_at <= begin and one.until_at >= end)
            units = max(window.free, own)
            if least is None or units < least.units:
                least = Room(units, begin, end)
    return least


def _pieces(window: Window, entitled: Sequence[Entitled]) -> Iterator[tuple[datetime, datetime]]:
    """A window cut where somebody's own promises begin and end."""
    edges = {edge for one in entitled for edge in (one.from_at, one.until_at)}
    inside = sorted(edge for edge in edges if window.from_at < edge < window.until_at)
    yield from pairwise((window.from_at, *inside, window.until_at))
