"""Cancel, postpone, plan again: which state a course may go to from which, and what it was promised.

planned → held (``inventory/course_counts.py``), cancelled, postponed · held → planned · cancelled → planned ·
postponed → planned, cancelled, and postponed to a date as long as it has none.

What is lent to the course already stays lent and is told: it comes back by being scanned, not by a change of plan.
"""

from datetime import datetime, timedelta
from typing import Any

from pydantic import model_validator
from sqlalchemy import select
from sqlmodel import Session

from inventory import journal
from inventory.borrowers import COURSE, LOAN
from inventory.course_fields import SHARED, SHARED_REFERENCES, OptionalId, must_last, refer, search_of, venue_name
from inventory.courses import course_card
from inventory.devices import ITEM
from inventory.errors import Conflict, Invalid, NotEnough, NotFound
from inventory.journal import By
from inventory.reservation_lists import ReservationCard
from inventory.reservations import NewReservation, release_of_course, reservations_of, reserve
from inventory.revisions import must_be_current
from inventory.shapes import Card, Instant, OptionalLine, Reason, Shape, row_id
from inventory.tables import Course, CourseState

_LEGAL = {
    CourseState.PLANNED: (CourseState.CANCELLED, CourseState.POSTPONED),
    CourseState.HELD: (CourseState.PLANNED,),
    CourseState.CANCELLED: (CourseState.PLANNED,),
    CourseState.POSTPONED: (CourseState.PLANNED, CourseState.CANCELLED, CourseState.POSTPONED),
}
_WHY_NOT = {
    CourseState.PLANNED: "この講座は、もう予定になっています。",
    CourseState.HELD: "この講座は、開いたことになっています。まちがいなら、さきに予定にもどしてください。",
    CourseState.CANCELLED: "この講座は、中止になっています。延期にするときは、さきに予定にもどしてください。",
    CourseState.POSTPONED: "延期した先の日は、もう決まっています。日時を変えるときは、その日の講座を直してください。",
}


class CancelCourse(Shape):
    reason: Reason


class PostponeCourse(Shape):
    """Without a time the course waits for a date. ``venue`` and ``room``: where else it is held, if not there."""

    starts_at: Instant | None = None
    ends_at: Instant | None = None
    venue: OptionalId = None
    room: OptionalId = None
    reason: OptionalLine = None

    @model_validator(mode="after")
    def _lasts(self) -> "PostponeCourse":
        if (self.starts_at is None) != (self.ends_at is None):
            raise ValueError("延期した先の日は、始まりと終わりの時刻といっしょに書いてください")
        if self.starts_at is None and (self.venue is not None or self.room is not None):
            raise ValueError("会場を変えるときは、延期した先の日時も書いてください")
        if self.starts_at is not None and self.ends_at is not None:
            must_last(self.starts_at, self.ends_at)
        return self


class Missing(Card):
    """So many units of a pool are missing at the new date; their reservation was not made."""

    pool: str
    quantity: int
    missing: int


class StateChanged(Card):
    """What became of a course. ``to`` is the date that stands in for it, ``loans_out`` loans not all back yet.

    ``released`` and ``reserved`` are ids of reservations; ``shortage`` tells of those that the new date did not get.
    """

    course: str
    state: CourseState
    to: str | None = None
    released: list[str] = []
    reserved: list[str] = []
    shortage: list[Missing] = []
    loans_out: list[str] = []


def cancel_course(
    session: Session, order: CancelCourse, *, course: str, revision: int, by: By, now: datetime, op_id: str
) -> StateChanged:
    """The course does not take place; what it was promised is free again.

    Raises:
        Conflict: it was held, or it is cancelled already.
        NotFound, Stale.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = _to(session, course, revision, CourseState.CANCELLED)
    assert row.id is not None
    released = release_of_course(session, row.id, now=now, entry=entry)
    _write(session, row, state=CourseState.CANCELLED, cancel_reason=order.reason, postponed_to_id=None)
    journal.note(session, "cancel_course", course=row.id)
    return StateChanged(
        course=course, state=row.state, released=[str(one) for one in released], loans_out=loans_out(session, row.id)
    )


def postpone_course(
    session: Session, order: PostponeCourse, *, course: str, revision: int, by: By, now: datetime, op_id: str
) -> StateChanged:
    """Put the course off: a new one takes its place where a date is given, and gets the reservations if it can.

    The postponement stands even where not enough is free on the new date: then the answer tells what is missing.

    Raises:
        Conflict: it was held or cancelled, or has a new date already.
        Invalid: the new date is the old one, or its venue or room is unknown.
        NotFound, Stale.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = _to(session, course, revision, CourseState.POSTPONED)
    assert row.id is not None
    promised = reservations_of(session, [row.id])[row.id]
    released = release_of_course(session, row.id, now=now, entry=entry)
    instead = None
    if order.starts_at is not None and order.ends_at is not None:
        instead = _instead(session, row, order, entry)
    reason = order.reason or row.cancel_reason
    _write(session, row, state=CourseState.POSTPONED, cancel_reason=reason, postponed_to_id=instead and instead.id)
    journal.note(session, "postpone_course", course=row.id, to=instead and instead.id)
    made = [_reserve_there(session, one, row, instead, by=by, now=now, op_id=op_id) for one in promised if instead]
    return StateChanged(
        course=course,
        state=row.state,
        to=str(instead.id) if instead else None,
        released=[str(one) for one in released],
        reserved=[one for one in made if isinstance(one, str)],
        shortage=[one for one in made if isinstance(one, Missing)],
        loans_out=loans_out(session, row.id),
    )


def plan_again(session: Session, *, course: str, revision: int, by: By, now: datetime, op_id: str) -> StateChanged:
    """Take back that it was cancelled, postponed or held. What was released is not reserved again by itself.

    Raises:
        Conflict: it is planned, or another date stands in for it.
        NotFound, Stale.
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = _to(session, course, revision, CourseState.PLANNED)
    facts = {"was": row.state.value}
    if row.state == CourseState.HELD and row.participants is not None:
        facts["participants"] = str(row.participants)
    empty: dict[str, Any] = {"participants": None, "participants_distinct": None, "approx": False}
    _write(session, row, state=CourseState.PLANNED, cancel_reason=None, postponed_to_id=None, **empty)
    journal.note(session, "plan_again", course=row.id, **facts)
    return StateChanged(course=course, state=row.state)


def may_become(state: CourseState, wanted: CourseState, *, has_date: bool = False) -> bool:
    """Whether a course may go to a state. ``has_date``: another date stands in for it already."""
    if wanted not in _LEGAL[state]:
        return False
    return not (state == CourseState.POSTPONED and has_date)


def loans_out(session: Session, course: int) -> list[str]:
    """Numbers of the loans to a course (row number) that are not all back."""
    query = (
        select(LOAN.c.number)
        .join(ITEM, ITEM.c.loan_id == LOAN.c.id)
        .where(LOAN.c.course_id == course, ITEM.c.returned_at.is_(None), ITEM.c.undone_entry.is_(None))
        .distinct()
        .order_by(LOAN.c.number)
    )
    return list(session.connection().execute(query).scalars())


def _to(session: Session, course: str, revision: int, wanted: CourseState) -> Course:
    row = session.get(Course, row_id(course))
    if row is None:
        raise NotFound("その講座は見つかりません。一覧から選んでください。")
    must_be_current(row.revision, revision)
    if may_become(row.state, wanted, has_date=_stands_in(session, row)):
        return row
    if row.state == CourseState.CANCELLED == wanted:
        raise Conflict("この講座は、もう中止になっています。")
    raise Conflict(_WHY_NOT[row.state])


def _stands_in(session: Session, row: Course) -> bool:
    """Whether another date stands in for this one. A date that was itself cancelled stands in for nothing."""
    query = select(COURSE.c.state).where(COURSE.c.id == row.postponed_to_id)
    state = session.connection().execute(query).scalar()
    return state is not None and state != CourseState.CANCELLED


def _write(session: Session, row: Course, **values: Any) -> None:
    row.sqlmodel_update(values)
    row.revision += 1
    session.add(row)
    session.flush()


def _instead(session: Session, row: Course, order: PostponeCourse, entry: int) -> Course:
    assert order.starts_at is not None and order.ends_at is not None
    if order.starts_at == row.starts_at:
        raise Invalid.field("starts_at", "延期した先の日時が、もとの日時と同じです。新しい日時を書いてください。")
    card = course_card(session, str(row.id))
    same = {name: getattr(row, name) for name in SHARED_REFERENCES}
    if order.venue is not None or order.room is not None:
        elsewhere = {"programme": card.programme, "venue": order.venue, "room": order.room}
        found = refer(session, elsewhere)
        same |= {"venue_id": found["venue_id"], "room_id": found["room_id"]}
    made = Course(
        **{name: getattr(row, name) for name in SHARED},
        **same,
        series_id=row.series_id,
        enrolled=row.enrolled,
        starts_at=order.starts_at,
        ends_at=order.ends_at,
        search=search_of(row.title, venue_name(session, same["venue_id"])),
        entry=entry,
    )
    session.add(made)
    session.flush()
    journal.note(session, "create_course", course=made.id)
    return made


def _reserve_there(
    session: Session, one: ReservationCard, old: Course, new: Course, *, by: By, now: datetime, op_id: str
) -> "str | Missing":
    """Reserve for the new date what was for the old one, as much earlier and later; or what is missing there."""
    from_at, until_at = new.starts_at + (one.from_ - old.starts_at), new.ends_at + (one.until - old.ends_at)
    if until_at - from_at < timedelta(minutes=1):
        from_at, until_at = new.starts_at, new.ends_at
    order = {"pool": one.pool, "quantity": one.quantity, "from": from_at, "until": until_at, "course": str(new.id)}
    try:
        # It looks before it writes: what is refused has left nothing behind.
        return reserve(session, NewReservation.model_validate(order), by=by, now=now, op_id=op_id).id
    except NotEnough as refusal:
        missing = max((each["missing"] for each in refusal.facts["shortage"]), default=one.quantity)
        return Missing(pool=one.pool, quantity=one.quantity, missing=missing)
    except Invalid:
        # The new date is over already, or the pool has no units any more: there is nothing to reserve.
        return Missing(pool=one.pool, quantity=one.quantity, missing=one.quantity)
