"""How many people took part: counted once a course has begun, which makes it held, and mended later."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import model_validator
from sqlalchemy import func, select
from sqlmodel import Session

from inventory import journal
from inventory.borrowers import COURSE
from inventory.courses import CourseCard, course_card, course_cards
from inventory.errors import Invalid, NotFound
from inventory.journal import By
from inventory.shapes import Card, Count, Note, OptionalCount, Shape, row_id
from inventory.tables import Course, CourseState


class CountParticipants(Shape):
    """``participants`` 延べ, ``participants_distinct`` 実人員, ``approx`` 「約」. A note left out stays as it is."""

    participants: Count
    participants_distinct: OptionalCount = None
    approx: bool = False
    note: Note = None

    @model_validator(mode="after")
    def _distinct_within_total(self) -> "CountParticipants":
        if (self.participants_distinct or 0) > self.participants:
            raise ValueError("実人員が延べ人数より多くなっています。数をたしかめてください")
        return self


class Uncounted(Card):
    """``total`` is how many there are, ``items`` the latest of them."""

    items: list[CourseCard]
    total: int


def count_participants(
    session: Session, order: CountParticipants, *, course: str, by: By, now: datetime, op_id: str
) -> CourseCard:
    """Write down who came. The course is held from now on; what was counted before stands in the journal.

    Raises:
        Invalid: the course has not begun, or it is cancelled or postponed.
        NotFound: there is no such course.
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = session.get(Course, row_id(course))
    if row is None:
        raise NotFound("その講座は見つかりません。一覧から選んでください。")
    if row.state not in (CourseState.PLANNED, CourseState.HELD):
        word = "中止" if row.state == CourseState.CANCELLED else "延期"
        raise Invalid.field(
            "participants", f"この講座は{word}になっています。開いたのなら、さきに開催にもどしてください。"
        )
    if now < row.starts_at:
        raise Invalid.field(
            "participants", "この講座はまだ始まっていません。始まってから、参加した人を数えてください。"
        )
    before = [row.participants, row.participants_distinct, row.approx]
    row.participants = order.participants
    row.participants_distinct = order.participants_distinct
    row.approx = order.approx
    if "note" in order.model_fields_set:
        row.note = order.note
    row.state = CourseState.HELD
    row.revision += 1
    session.add(row)
    session.flush()
    after = [row.participants, row.participants_distinct, row.approx]
    journal.note(session, "count_participants", course=row.id, before=before, after=after)
    return course_card(session, str(row.id))


def uncounted(session: Session, now: datetime, limit: int = 50) -> Uncounted:
    """Courses that are over and whose participants nobody has written down, the latest first."""
    which = (
        COURSE.c.starts_at < now,
        COURSE.c.ends_at <= now,
        COURSE.c.participants.is_(None),
        COURSE.c.state.in_((CourseState.PLANNED, CourseState.HELD)),
    )
    connection = session.connection()
    total = connection.execute(select(func.count()).where(*which)).scalar_one()
    latest = select(COURSE.c.id).where(*which).order_by(COURSE.c.ends_at.desc(), COURSE.c.id.desc()).limit(limit)
    return Uncounted(items=_cards(session, connection.execute(latest).scalars().all()), total=total)


def _cards(session: Session, courses: Sequence[int]) -> list[CourseCard]:
    cards = {int(card.id): card for card in course_cards(session, courses)}
    return [cards[course] for course in courses]
