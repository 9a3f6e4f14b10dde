"""What a course's page shows of its day: seats, how many came, what is not back, what waits to be wiped or checked."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from inventory.course_day import Work, work_after
from inventory.course_seats import SeatCard, Seats, course_seats
from inventory.courses import CourseCard
from inventory.remaining import OfWhom, Remaining, remaining
from inventory.sign_in import SignedIn


@dataclass(frozen=True)
class SeatPart:
    """``items`` are the seats whose devices are out or, once all are back, all of them."""

    items: list[SeatCard]
    unseated: int
    doubled: list[str]


def seats_part(session: Session, card: CourseCard, now: datetime, visitor: SignedIn) -> SeatPart | None:
    found: Seats = course_seats(session, card.id)
    if not found.items:
        return None
    out = [one for one in found.items if one.returned_at is None]
    doubled = list(dict.fromkeys(one.seat for one in found.items if one.doubled))
    return SeatPart(out or found.items, found.unseated, doubled)


def count_part(session: Session, card: CourseCard, now: datetime, visitor: SignedIn) -> bool | None:
    """Whether the course is over; nothing before it begins, and nothing of one that is off."""
    if card.starts_at > now or card.state not in ("planned", "held"):
        return None
    return card.ends_at <= now


def not_back_part(session: Session, card: CourseCard, now: datetime, visitor: SignedIn) -> Remaining | None:
    """What has not come back though the course is over."""
    if card.ends_at > now:
        return None
    left = remaining(session, OfWhom(course=card.id), now=now)
    return left if left.devices_out else None


def work_part(session: Session, card: CourseCard, now: datetime, visitor: SignedIn) -> Work | None:
    """What waits of that which came back, or that nothing does; nothing while nothing came back."""
    if card.starts_at > now:
        return None
    work = work_after(session, card.id, now=now)
    return work if work.returned else None
