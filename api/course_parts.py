"""The parts of a course's page: each has a name, a template ``courses/parts/<name>.html``, and what it shows.

A part is loaded in the page's one reading of the ledger. ``load(session, card, now, visitor)`` gets the course's card
and answers what the template finds as ``parts.<name>``; None leaves the part out.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlmodel import Session

from api.course_day_parts import count_part, not_back_part, seats_part, work_part
from api.reservation_rows import Row, rows_of
from api.visitors import sees_contacts
from inventory.course_help import CourseHelpers, helpers_card
from inventory.course_photos import CoursePhotos, list_course_photos
from inventory.courses import CourseCard
from inventory.reservations import reservations_of
from inventory.sign_in import SignedIn

Load = Callable[[Session, CourseCard, datetime, SignedIn], Any]


def _photos(session: Session, card: CourseCard, now: datetime, visitor: SignedIn) -> CoursePhotos | None:
    """Photos, once the course has begun or where there are some; those without consent for staff who see people."""
    found = list_course_photos(session, card.id, consented=not sees_contacts(visitor))
    return found if found.items or (card.starts_at <= now and card.state in ("planned", "held")) else None


def _supporters(session: Session, card: CourseCard, now: datetime, visitor: SignedIn) -> CourseHelpers | None:
    """Who helps; of a course that is called off only where somebody was asked, to be told so."""
    helpers = helpers_card(session, card)
    return helpers if helpers.asked or card.state in ("planned", "held") else None


def _reservations(session: Session, card: CourseCard, now: datetime, visitor: SignedIn) -> list[Row] | None:
    """What is reserved; of a course that is over or called off only where there is something."""
    rows = rows_of(session, reservations_of(session, [int(card.id)])[int(card.id)], now)
    return rows if rows or (card.ends_at > now and card.state in ("planned", "held")) else None


# In the order in which they stand on the page.
PARTS: tuple[tuple[str, Load], ...] = (
    ("reservations", _reservations),
    ("supporters", _supporters),
    ("not_back", not_back_part),
    ("work_after", work_part),
    ("seats", seats_part),
    ("count", count_part),
    ("photos", _photos),
)


def load_parts(session: Session, card: CourseCard, now: datetime, visitor: SignedIn) -> dict[str, Any]:
    """What each part shows, by its name; parts that have nothing to show are left out."""
    found = {name: load(session, card, now, visitor) for name, load in PARTS}
    return {name: shown for name, shown in found.items() if shown is not None}
