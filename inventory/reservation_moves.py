"""A course's open reservations go along to its new time, refused where fewer are free there.

A list may move many courses at once, each to where another was; so all of them go first, and then it is looked whether
they fit.
"""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlmodel import Session

from inventory import journal
from inventory.availability import with_preparation
from inventory.availability_rows import RESERVATION
from inventory.borrowers import COURSE
from inventory.lending import Override
from inventory.promises import want_again
from inventory.reservations import LONGEST, is_long, must_be_enough, open_of_course, pool_with_units


class Moved(NamedTuple):
    """A reservation's pool, and the time to which it went."""

    pool: str
    from_at: datetime
    until_at: datetime


def move_with_course(
    session: Session,
    course: int,
    starts_at: datetime,
    ends_at: datetime,
    *,
    now: datetime,
    entry: int,
    override: Override | None,
) -> None:
    """Let a course's open reservations go along to its new time. To be called before the course's own row changes.

    Each keeps what it begins earlier and ends later than the course. All of them move, or none.

    Raises:
        NotEnough: fewer are free at the new time, and no reason was given.
    """
    moved = go_along(session, course, starts_at, ends_at, now=now, override=override)
    if override is None:
        must_fit(session, moved, now=now)


def go_along(
    session: Session, course: int, starts_at: datetime, ends_at: datetime, *, now: datetime, override: Override | None
) -> list[Moved]:
    """Move the open reservations of a course (row number) without looking whether they fit (``must_fit``).

    Units that are out on them and are expected back before their new time are wanted again then.
    """
    before = session.connection().execute(select(COURSE.c.starts_at, COURSE.c.ends_at).where(COURSE.c.id == course))
    old = before.one()
    if (old.starts_at, old.ends_at) == (starts_at, ends_at):
        return []
    moved = []
    found = open_of_course(session, course)
    for row in found:
        from_at = starts_at + (row.from_at - old.starts_at)
        until_at = ends_at + (row.until_at - old.ends_at)
        # One that ended well before the course did has no place in a shorter one: it lasts as long as the course.
        if until_at <= from_at or until_at - from_at > LONGEST:
            from_at, until_at = starts_at, ends_at
        values: dict[str, Any] = {"from_at": from_at, "until_at": until_at, "long": is_long(from_at, until_at)}
        if override is not None:
            values["override_reason"] = override.reason
        session.connection().execute(update(RESERVATION).where(RESERVATION.c.id == row.id).values(values))
        moved.append(Moved(row.pool_id, from_at, until_at))
    if moved:
        numbers = [row.id for row in found]
        want_again(session, RESERVATION.c.id.in_(numbers), now=now)
        journal.note(session, "move_reservations", course=course, reservations=numbers)
    return moved


def must_fit(session: Session, moved: list[Moved], *, now: datetime) -> None:
    """Raises NotEnough when more is promised than there is where reservations went."""
    for one in moved:
        # It counts itself already, so what is missing is what is below 0.
        windows = with_preparation(session, one.pool, one.from_at, one.until_at, now=now)
        must_be_enough(pool_with_units(session, one.pool), windows, 0)
