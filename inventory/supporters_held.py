"""What the ledger holds about one person as a supporter: for whoever asks to see it (開示請求)."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlmodel import Session

from inventory.borrowers import COURSE, DISTRICT
from inventory.course_help import HELP, PROGRAMME, SUPPORTER
from inventory.personal_rows import Scope
from inventory.shapes import Card
from inventory.supporter_lists import SUPPORTER_DISTRICT
from inventory.tables import HelpAnswer, SupporterCategory


class HelpHeld(Card):
    """A course that the person was asked to help at. ``taken_back``: it was asked by mistake, or no longer needed."""

    course_id: str
    title: str
    starts_at: datetime
    asked_at: datetime
    answer: HelpAnswer | None
    taken_back: bool


class SupporterHeld(Card):
    """A registration. Without ``districts`` the person helps everywhere."""

    supporter_id: str
    category: SupporterCategory
    registered_on: date
    consented_on: date
    ended_on: date | None
    programme: str | None
    districts: list[str]
    note: str | None
    courses: list[HelpHeld]


def helps_of(session: Session, supporters: Sequence[int]) -> dict[int, list[HelpHeld]]:
    """What each of these supporters was asked to help at, the newest course first."""
    asked = (
        select(HELP, COURSE.c.title, COURSE.c.starts_at)
        .join(COURSE, HELP.c.course_id == COURSE.c.id)
        .where(HELP.c.supporter_id.in_(supporters))
        .order_by(COURSE.c.starts_at.desc(), HELP.c.id.desc())
    )
    found: dict[int, list[HelpHeld]] = {}
    for row in session.connection().execute(asked):
        held = HelpHeld(
            course_id=str(row.course_id),
            title=row.title,
            starts_at=row.starts_at,
            asked_at=row.asked_at,
            answer=row.answer,
            taken_back=row.undone_entry is not None,
        )
        found.setdefault(row.supporter_id, []).append(held)
    return found


def supporters_of(session: Session, scope: Scope) -> list[SupporterHeld]:
    """The person's registrations, the newest first, each with the courses that were asked for."""
    connection, mine = session.connection(), scope.about.supporters
    districts: dict[int, list[str]] = {}
    places = (
        select(SUPPORTER_DISTRICT.c.supporter_id, DISTRICT.c.name)
        .join(DISTRICT, SUPPORTER_DISTRICT.c.district_id == DISTRICT.c.id)
        .where(SUPPORTER_DISTRICT.c.supporter_id.in_(mine))
        .order_by(func.coalesce(DISTRICT.c.name_kana, DISTRICT.c.name), DISTRICT.c.id)
    )
    for place in connection.execute(places):
        districts.setdefault(place.supporter_id, []).append(place.name)
    courses = helps_of(session, mine)
    query = (
        select(SUPPORTER, PROGRAMME.c.name.label("programme"))
        .outerjoin(PROGRAMME, SUPPORTER.c.programme_id == PROGRAMME.c.id)
        .where(SUPPORTER.c.id.in_(mine))
        .order_by(SUPPORTER.c.id.desc())
    )
    return [
        SupporterHeld(
            supporter_id=str(row.id),
            category=row.category,
            registered_on=row.registered_on,
            consented_on=row.consented_on,
            ended_on=row.ended_on,
            programme=row.programme,
            districts=districts.get(row.id, []),
            note=row.note,
            courses=courses.get(row.id, []),
        )
        for row in connection.execute(query)
    ]
