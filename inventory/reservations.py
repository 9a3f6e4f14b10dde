"""reserve, release: so many devices of a pool are promised to a course or an association for a time.

Which units go is decided at hand-over, by scanning (``inventory/promises.py``). What is free is told by
``inventory/availability.py`` alone. There is one writer per city, so nobody reserves between the look and the promise.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, NamedTuple

from pydantic import Field, StringConstraints, model_validator
from sqlalchemy import insert, select, update
from sqlmodel import Session

from inventory import journal
from inventory.availability import (
    Shortage,
    Window,
    free_windows,
    least_free,
    preparation_of,
    shortages,
    with_preparation,
)
from inventory.availability_rows import RESERVATION, SHORT, units_of
from inventory.borrowers import COURSE
from inventory.calendar import TOKYO, month_day
from inventory.devices import POOL
from inventory.errors import Invalid, NotEnough
from inventory.journal import By
from inventory.lending import Override
from inventory.reservation_lists import ReservationCard, find_reservation, reservation_card, reservation_cards
from inventory.shapes import BlankIsNone, Card, Identifier, Instant, Lines, Shape
from inventory.tables import CourseState
from inventory.targets import Target, borrower_columns

# Longer than any lease of the devices themselves; what is longer was mistyped.
LONGEST = timedelta(days=5 * 366)
# How far ahead another day is looked for on which enough are free.
LOOK_AHEAD = 30

Remark = Annotated[Annotated[str, StringConstraints(max_length=400), Lines] | None, BlankIsNone]


class NewReservation(Shape):
    """``quantity`` units of a pool over [``from``, ``until``), for exactly one of a course and an association.

    The pool's preparation before and after is kept free besides; it is not part of the time asked for.
    """

    pool: Identifier
    quantity: Annotated[int, Field(ge=1, le=9999)]
    from_: Instant = Field(alias="from")
    until: Instant
    course: Identifier | None = None
    association: Identifier | None = None
    note: Remark = None
    override: Override | None = None

    @model_validator(mode="after")
    def _lasts(self) -> "NewReservation":
        if self.until <= self.from_:
            raise ValueError("終わりの時刻が、始まりより前です。時刻をたしかめてください")
        if self.until - self.from_ > LONGEST:
            raise ValueError("期間が5年より長くなっています。日時をたしかめてください")
        return self

    @model_validator(mode="after")
    def _for_one(self) -> "NewReservation":
        if (self.course is None) == (self.association is None):
            raise ValueError("講座か自治会のどちらか1つを選んでください")
        return self


class FreeWindow(Card):
    """``free`` units from ``from`` to before ``until``; below 0 is said as 0. ``promised`` are reserved, not handed."""

    from_: datetime = Field(serialization_alias="from")
    until: datetime
    free: int
    promised: int


class Availability(Card):
    """What can be reserved of a pool for a time.

    ``windows`` tile the time asked for and the preparation on both sides of it, in order, without gaps. ``free`` is the
    least of them, so that a reservation of ``free`` units for this time succeeds. ``total`` are the pool's units.
    """

    pool: str
    pool_name: str
    free: int
    total: int
    preparation_minutes: int
    windows: list[FreeWindow]


def availability(session: Session, pool: str, from_at: datetime, until_at: datetime, *, now: datetime) -> Availability:
    """What is free for whoever wants units over [``from_at``, ``until_at``).

    Raises:
        NotFound: there is no such pool.
        Invalid: the time does not last, or lasts more than five years.
    """
    if not timedelta() < until_at - from_at <= LONGEST:
        raise Invalid.field("until", "期間は、始まりより後で5年までにしてください。日時をたしかめてください。")
    preparation = preparation_of(session, pool)
    windows = with_preparation(session, pool, from_at, until_at, now=now)
    name = session.connection().execute(select(POOL.c.name).where(POOL.c.id == pool)).scalar_one()
    return Availability(
        pool=pool,
        pool_name=name,
        free=max(0, least_free(windows)),
        total=units_of(session, pool),
        preparation_minutes=int(preparation.total_seconds() // 60),
        windows=[_said(window) for window in windows],
    )


def _said(window: Window) -> FreeWindow:
    return FreeWindow(
        from_=window.from_at, until=window.until_at, free=max(0, window.free), promised=max(0, window.promised)
    )


def reserve(session: Session, order: NewReservation, *, by: By, now: datetime, op_id: str) -> ReservationCard:
    """Promise units, the preparation before and after included.

    Raises:
        NotFound: the course or the association does not exist.
        Invalid: the pool is unknown or empty, the time is over, or the course was called off.
        NotEnough: fewer are free at some time and no reason was given; ``shortage`` says when, and how many.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    pool = pool_with_units(session, order.pool)
    if order.until <= now:
        raise Invalid.field("until", "終わりの時刻が過ぎています。これからの時間を書いてください。")
    target = Target(course=order.course, association=order.association)
    borrower = borrower_columns(session, target, order.from_.astimezone(TOKYO).date())
    if order.course is not None:
        _must_take_place(session, borrower["course_id"])
    if order.override is None:
        windows = with_preparation(session, order.pool, order.from_, order.until, now=now)
        must_be_enough(pool, windows, order.quantity)
    values = {
        "pool_id": order.pool,
        "quantity": order.quantity,
        "from_at": order.from_,
        "until_at": order.until,
        "long": is_long(order.from_, order.until),
        "course_id": borrower["course_id"],
        "association_id": borrower["association_id"],
        "note": order.note,
        "override_reason": order.override.reason if order.override else None,
        "entry": entry,
    }
    row = session.connection().execute(insert(RESERVATION).values(values))
    assert row.inserted_primary_key is not None
    number = int(row.inserted_primary_key[0])
    told = {"pool": order.pool, "quantity": order.quantity, "overridden": order.override is not None}
    journal.note(session, "reserve", reservation=number, **told)
    return reservation_card(session, str(number))


def is_long(from_at: datetime, until_at: datetime) -> bool:
    """Whether a reservation is found among the long ones: it may begin more than ``SHORT`` before what it reaches."""
    return until_at - from_at > SHORT


def release(session: Session, *, reservation: str, by: By, now: datetime, op_id: str) -> ReservationCard:
    """Give a promise up: what was not handed out yet is free again. One that is released stays as it is.

    Raises:
        NotFound: there is no such reservation.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = find_reservation(session, reservation)
    if row.released_at is None:
        _release(session, [row.id], now=now, entry=entry)
        journal.note(session, "release", reservation=row.id)
    return reservation_card(session, str(row.id))


def release_of_course(session: Session, course: int, *, now: datetime, entry: int) -> list[int]:
    """Release what a course (row number) that does not take place was promised; the row numbers of the reservations."""
    found = open_of_course(session, course)
    if found:
        _release(session, [row.id for row in found], now=now, entry=entry)
        journal.note(session, "release", course=course, reservations=[row.id for row in found])
    return [row.id for row in found]


def reservations_of(session: Session, courses: Sequence[int]) -> dict[int, list[ReservationCard]]:
    """The open reservations of courses (row numbers), the earliest first; a course without any has an empty list."""
    found: dict[int, list[ReservationCard]] = {course: [] for course in courses}
    if courses:
        cards = reservation_cards(
            session, RESERVATION.c.course_id.in_(list(courses)), RESERVATION.c.released_at.is_(None)
        )
        for card in cards:
            found[int(card.borrower.id)].append(card)
    return found


class OtherDay(NamedTuple):
    """The same hours on a later day on which enough are free."""

    from_at: datetime
    until_at: datetime


def another_day(
    session: Session, pool: str, quantity: int, from_at: datetime, until_at: datetime, *, now: datetime
) -> OtherDay | None:
    """The next day within ``LOOK_AHEAD`` days on which enough are free at the same hours; None when there is none."""
    preparation = preparation_of(session, pool)
    last = timedelta(days=LOOK_AHEAD)
    windows = free_windows(session, pool, from_at - preparation, until_at + preparation + last, now=now)
    for step in range(1, LOOK_AHEAD + 1):
        shift = timedelta(days=step)
        begin, end = from_at + shift - preparation, until_at + shift + preparation
        if all(window.free >= quantity for window in windows if window.from_at < end and window.until_at > begin):
            return OtherDay(from_at + shift, until_at + shift)
    return None


def must_be_enough(pool: Any, windows: list[Window], quantity: int) -> None:
    missing = shortages(windows, quantity)
    if not missing:
        return
    worst = max(missing, key=lambda one: one.missing)
    raise NotEnough(
        f"{pool.name}が{worst.missing}台足りません。{said_of(worst)}時間か台数を変えるか、わけを書いてください。",
        pool=pool.id,
        shortage=[
            {"from": one.from_at.isoformat(), "until": one.until_at.isoformat(), "missing": one.missing}
            for one in missing
        ],
    )


def said_of(shortage: Shortage) -> str:
    """A shortage as a sentence: when, and how many are missing."""
    begin, end = shortage.from_at.astimezone(TOKYO), shortage.until_at.astimezone(TOKYO)
    until = f"{end.hour}:{end:%M}"
    if begin.date() != end.date():
        until = month_day(end.date()) + until
    return f"{month_day(begin.date())}{begin.hour}:{begin:%M}から{until}まで、{shortage.missing}台足りません。"


def pool_with_units(session: Session, pool: str) -> Any:
    row = None
    if "\0" not in pool:
        row = session.connection().execute(select(POOL.c.id, POOL.c.name).where(POOL.c.id == pool)).first()
    if row is None:
        raise Invalid.field("pool", "その貸出区分は見つかりません。一覧から選んでください。")
    if units_of(session, pool) == 0:
        raise Invalid.field("pool", f"{row.name}には、まだ端末がありません。ほかの貸出区分を選んでください。")
    return row


def _must_take_place(session: Session, course: int) -> None:
    state = session.connection().execute(select(COURSE.c.state).where(COURSE.c.id == course)).scalar_one()
    if state in (CourseState.CANCELLED, CourseState.POSTPONED):
        raise Invalid.field("course", "この講座は、中止か延期になっています。予約はいりません。")


def open_of_course(session: Session, course: int) -> list[Any]:
    query = select(RESERVATION).where(RESERVATION.c.course_id == course, RESERVATION.c.released_at.is_(None))
    return list(session.connection().execute(query.order_by(RESERVATION.c.id)))


def _release(session: Session, reservations: list[int], *, now: datetime, entry: int) -> None:
    values = {"released_at": now, "released_entry": entry}
    session.connection().execute(update(RESERVATION).where(RESERVATION.c.id.in_(reservations)).values(values))
