"""Who helps at a course: supporters are asked, they agree or decline, and what was asked may be taken back.

A row stays for ever and keeps the count; one that was taken back is marked and counts no more. Whoever agreed to two
courses at one time is told of, never refused: they may have promised half of each.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import and_, func, insert, select, update
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.borrowers import COURSE, PERSON
from inventory.calendar import today
from inventory.courses import CourseCard, course_card
from inventory.errors import Conflict, Invalid, NotFound
from inventory.journal import By
from inventory.shapes import Card, Identifier, Shape, row_id
from inventory.tables import CourseState, HelpAnswer, SupporterCategory

_tables = SQLModel.metadata.tables
HELP = _tables["course_help"]
SUPPORTER = _tables["supporter"]
PROGRAMME = _tables["programme"]
# Nobody stands in a hall on a day that was called off.
_OFF = (CourseState.CANCELLED, CourseState.POSTPONED)
MOST = 100


class AskSupporters(Shape):
    """``supporters`` are asked together; whoever was asked already stays as they are."""

    supporters: Annotated[list[Identifier], Field(min_length=1, max_length=MOST)]


class RecordAnswer(Shape):
    answer: HelpAnswer


class Helpers(Card):
    """A course's helpers in numbers. ``categories`` counts those who agreed; ``waiting`` gave no answer yet."""

    asked: int = 0
    agreed: int = 0
    declined: int = 0
    categories: dict[SupporterCategory, int] = {}

    @property
    def waiting(self) -> int:
        return self.asked - self.agreed - self.declined


class OtherCourse(Card):
    """A course to which the same supporter agreed, at the same time."""

    id: str
    title: str
    starts_at: datetime
    ends_at: datetime


class HelpCard(Card):
    """One supporter asked. ``overlaps`` names the courses at the same time, of one who agreed to them as well."""

    id: str
    supporter: str
    name: str
    category: SupporterCategory
    asked_at: datetime
    answer: HelpAnswer | None
    answered_at: datetime | None
    overlaps: list[OtherCourse]


class CourseHelpers(Card):
    """Who was asked to help at a course; ``needed`` is what the course asks for, ``missing`` how many are still away.

    Both are null while nobody said how many are needed.
    """

    course: str
    needed: int | None
    asked: int
    agreed: int
    declined: int
    missing: int | None
    items: list[HelpCard]


def helpers_of(session: Session, courses: Sequence[int]) -> dict[int, Helpers]:
    """The helpers of each of these courses, in one query; a course of which nobody was asked has zeros."""
    query = (
        select(HELP.c.course_id, HELP.c.answer, SUPPORTER.c.category, func.count().label("people"))
        .join(SUPPORTER, HELP.c.supporter_id == SUPPORTER.c.id)
        .where(HELP.c.course_id.in_(courses), HELP.c.undone_entry.is_(None))
        .group_by(HELP.c.course_id, HELP.c.answer, SUPPORTER.c.category)
    )
    rows: dict[int, list[Any]] = {course: [] for course in courses}
    for row in session.connection().execute(query):
        rows[row.course_id].append(row)
    return {course: _helpers(found) for course, found in rows.items()}


def _helpers(rows: Collection[Any]) -> Helpers:
    agreed = [row for row in rows if row.answer == HelpAnswer.AGREED]
    return Helpers(
        asked=sum(row.people for row in rows),
        agreed=sum(row.people for row in agreed),
        declined=sum(row.people for row in rows if row.answer == HelpAnswer.DECLINED),
        categories={SupporterCategory(row.category): row.people for row in agreed},
    )


def course_helpers(session: Session, course: str) -> CourseHelpers:
    """Raises NotFound when there is no such course."""
    return helpers_card(session, course_card(session, course))


def helpers_card(session: Session, card: CourseCard) -> CourseHelpers:
    """The same for a course whose card is read already: who agreed first, then who has not answered."""
    number = int(card.id)
    query = (
        select(HELP, SUPPORTER.c.category, PERSON.c.name, PERSON.c.erased_at)
        .join(SUPPORTER, HELP.c.supporter_id == SUPPORTER.c.id)
        .join(PERSON, SUPPORTER.c.person_id == PERSON.c.id)
        .where(HELP.c.course_id == number, HELP.c.undone_entry.is_(None))
        .order_by(HELP.c.id)
    )
    rows = session.connection().execute(query).all()
    overlaps = busy_with(session, card)
    items = [_help(row, overlaps.get(row.supporter_id, [])) for row in rows]
    order: dict[HelpAnswer | None, int] = {HelpAnswer.AGREED: 0, None: 1, HelpAnswer.DECLINED: 2}
    items.sort(key=lambda item: order[item.answer])
    agreed = sum(item.answer == HelpAnswer.AGREED for item in items)
    return CourseHelpers(
        course=card.id,
        needed=card.supporters_needed,
        asked=len(items),
        agreed=agreed,
        declined=sum(item.answer == HelpAnswer.DECLINED for item in items),
        missing=None if card.supporters_needed is None else max(0, card.supporters_needed - agreed),
        items=items,
    )


def _help(row: Any, overlaps: list[OtherCourse]) -> HelpCard:
    return HelpCard(
        id=str(row.id),
        supporter=str(row.supporter_id),
        name="（消去ずみ）" if row.erased_at else row.name,
        category=row.category,
        asked_at=row.asked_at,
        answer=row.answer,
        answered_at=row.answered_at,
        overlaps=overlaps if row.answer == HelpAnswer.AGREED else [],
    )


def busy_with(session: Session, card: CourseCard) -> dict[int, list[OtherCourse]]:
    """By supporter: other courses at the time of this one, to which they agreed and which take place."""
    query = (
        select(HELP.c.supporter_id, COURSE.c.id, COURSE.c.title, COURSE.c.starts_at, COURSE.c.ends_at)
        .join(COURSE, HELP.c.course_id == COURSE.c.id)
        .where(
            and_(COURSE.c.starts_at < card.ends_at, COURSE.c.ends_at > card.starts_at),
            COURSE.c.id != int(card.id),
            COURSE.c.state.not_in(_OFF),
            HELP.c.answer == HelpAnswer.AGREED,
            HELP.c.undone_entry.is_(None),
        )
        .order_by(COURSE.c.starts_at, COURSE.c.id)
    )
    found: dict[int, list[OtherCourse]] = {}
    for row in session.connection().execute(query):
        other = OtherCourse(id=str(row.id), title=row.title, starts_at=row.starts_at, ends_at=row.ends_at)
        found.setdefault(row.supporter_id, []).append(other)
    return found


def ask_supporters(
    session: Session, order: AskSupporters, *, course: str, by: By, now: datetime, op_id: str
) -> CourseHelpers:
    """Note that these supporters were asked to help.

    Raises:
        NotFound: there is no such course.
        Conflict: the course was cancelled or postponed.
        Invalid: one of them is not registered, or no longer on the day of the course.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    card = course_card(session, course)
    if card.state in _OFF:
        raise Conflict("この講座は中止か延期になっています。開く講座の画面から頼んでください。")
    wanted = list(dict.fromkeys(row_id(supporter) for supporter in order.supporters))
    day = today(card.starts_at)
    registered = select(SUPPORTER.c.id, SUPPORTER.c.ended_on).where(SUPPORTER.c.id.in_(wanted))
    ended = {row.id: row.ended_on for row in session.connection().execute(registered)}
    if any(one not in ended for one in wanted):
        raise Invalid.field("supporters", "そのサポーターは見つかりません。一覧から選び直してください。")
    if any(last is not None and last < day for last in ended.values()):
        raise Invalid.field("supporters", "登録を終えたサポーターには頼めません。外して、もう一度頼んでください。")
    asked = select(HELP.c.supporter_id).where(HELP.c.course_id == int(card.id), HELP.c.undone_entry.is_(None))
    already = set(session.connection().execute(asked).scalars())
    fresh = [one for one in wanted if one not in already]
    if fresh:
        session.connection().execute(
            insert(HELP),
            [{"course_id": int(card.id), "supporter_id": one, "asked_at": now, "entry": entry} for one in fresh],
        )
    journal.note(session, "ask_supporters", course=int(card.id), supporters=fresh)
    return helpers_card(session, card)


def record_answer(
    session: Session, order: RecordAnswer, *, course: str, helper: str, by: By, now: datetime, op_id: str
) -> CourseHelpers:
    """Note what a supporter answered; a later answer takes the place of the first.

    Raises:
        NotFound: the supporter is not asked for this course.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = _asked(session, course, helper)
    session.connection().execute(
        update(HELP).where(HELP.c.id == row.id).values(answer=order.answer, answered_at=now, answered_entry=entry)
    )
    before = row.answer.value if row.answer else None
    journal.note(session, "answer_help", help=row.id, before=before, after=order.answer.value)
    return course_helpers(session, course)


def take_back(session: Session, *, course: str, helper: str, by: By, now: datetime, op_id: str) -> CourseHelpers:
    """Take back that a supporter was asked: it was somebody else, or the course needs nobody any more.

    Raises:
        NotFound: the supporter is not asked for this course.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = _asked(session, course, helper)
    session.connection().execute(update(HELP).where(HELP.c.id == row.id).values(undone_entry=entry))
    journal.note(session, "take_back_help", help=row.id, course=row.course_id, supporter=row.supporter_id)
    return course_helpers(session, course)


def _asked(session: Session, course: str, helper: str) -> Any:
    query = select(HELP).where(
        HELP.c.id == row_id(helper), HELP.c.course_id == row_id(course), HELP.c.undone_entry.is_(None)
    )
    row = session.connection().execute(query).first()
    if row is None:
        raise NotFound("そのサポーターには、この講座を頼んでいません。講座の画面を開き直してください。")
    return row
