"""A list of courses against those of the ledger, first as a plan, then as one act: all of it or nothing."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlmodel import Session

from inventory import journal
from inventory.borrowers import COURSE
from inventory.course_fields import SERIES
from inventory.course_plans import COLUMNS, CoursePlan, plan_courses
from inventory.course_rows import SentCourses
from inventory.errors import Invalid, NotEnough
from inventory.journal import By
from inventory.list_plans import ListEntered, done_of, must_be_seen, said_then
from inventory.reservation_moves import go_along, must_fit
from inventory.reservations import release_of_course


class CoursesEntered(ListEntered):
    """What a list of courses did."""


def enter_courses(session: Session, order: SentCourses, *, by: By, now: datetime, op_id: str) -> CoursesEntered:
    """Do all that the list says, or nothing.

    What was reserved for a course goes along to its new time, and is free again where the course is called off.

    Raises:
        Invalid: a cell cannot stand, or fewer devices are free at a new time than are reserved for the course.
        Stale: the list would do something else now than what was seen before.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    plan = plan_courses(session, order, now=now)
    must_be_seen(plan, order.digest)
    for course in plan.off:
        release_of_course(session, course, now=now, entry=entry)
    # A list may move each course to where another was, so all of them go before it is looked whether they fit.
    moved = {
        line: go_along(session, row["id"], row["starts_at"], row["ends_at"], now=now, override=None)
        for line, row in plan.moved.items()
    }
    for line, times in moved.items():
        try:
            must_fit(session, times, now=now)
        except NotEnough as error:
            sentence = f"{line}行目：{error.sentence}"
            raise Invalid(sentence, [{"field": f"{line}.starts", "message": error.sentence}]) from error
    _write(session, plan, entry)
    changed = [
        [int(row.id), [one.column for one in row.changes]] for row in plan.rows if row.id and row.act == "changed"
    ]
    journal.note(session, "enter_courses", rows=len(plan.rows), created=plan.created, changed=changed)
    return CoursesEntered(**done_of(plan, entry))


def courses_entered(session: Session, entry: str) -> CoursesEntered:
    """What an earlier list did. Raises NotFound."""
    return CoursesEntered.model_validate(said_then(session, entry, "enter_courses"))


def _write(session: Session, plan: CoursePlan, entry: int) -> None:
    """Every new course in one statement, and every change in another, however long the list is."""
    connection = session.connection()
    made: dict[tuple[int, str], int] = {}
    for programme, title in plan.series:
        values = {"programme_id": programme, "title": title, "revision": 1, "entry": entry}
        new = connection.execute(insert(SERIES).values(values))
        assert new.inserted_primary_key is not None
        made[programme, title] = int(new.inserted_primary_key[0])
    for row in (*plan.fresh, *plan.renewed):
        title = row.pop("series")
        if title is not None:
            row["series_id"] = made[row["programme_id"], title]
    if plan.fresh:
        connection.execute(insert(COURSE), [row | {"revision": 1, "entry": entry} for row in plan.fresh])
    if plan.renewed:
        names = (*COLUMNS, "search")
        bound = [{f"new_{name}": row[name] for name in ("id", *names)} for row in plan.renewed]
        values_of: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
        change = update(COURSE).where(COURSE.c.id == bindparam("new_id"))
        connection.execute(change.values(revision=COURSE.c.revision + 1, **values_of), bound)
