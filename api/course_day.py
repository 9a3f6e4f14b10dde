"""The day of a course and after: its seats, what goes to the hall, how many came, and who has not counted yet."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import ValidationError
from sqlmodel import Session

from api.forms import Sent, Wrong, wrong, wrong_status
from api.json_doors import json_router
from api.pages import render, see_other
from api.problems import problems
from api.transactions import ActMaybeOnce, Look, Now
from api.visitors import DESK, READERS
from inventory.course_counts import CountParticipants, Uncounted, count_participants, uncounted
from inventory.course_day import packing_list
from inventory.course_seats import SeatCard, Seats, course_seats
from inventory.courses import CourseCard, course_card
from inventory.errors import NotFound

json = json_router("courses")
pages = APIRouter(include_in_schema=False)
Id = Annotated[str, Path(alias="course", max_length=60)]
_LISTED = 200
# Seats on an empty sheet when nobody has said how many people fit in.
_BLANK = 15


@json.get("/api/courses/{course}/seats", dependencies=[READERS], responses=problems("not-found"))
async def seats(course: Id, look: Look) -> Seats:
    """Seat and call number of what went out to a course. Nobody's name is in it, because none is in the ledger."""
    return await look.read(course_seats, course)


@json.post("/api/courses/{course}/participants", dependencies=[DESK], responses=problems("not-found"))
async def count(course: Id, order: CountParticipants, act: ActMaybeOnce) -> CourseCard:
    """How many people took part; from then on the course is held. Sent again with other numbers, it is mended."""
    return await act(count_participants, order, course=course)


@pages.get("/courses/uncounted", dependencies=[READERS])
async def uncounted_courses(request: Request, look: Look, now: Now) -> Response:
    found: Uncounted = await look.read(uncounted, now, _LISTED)
    return render(request, "courses/uncounted.html", nav="courses", courses=found.items, total=found.total)


@pages.get("/courses/{course}/count", dependencies=[DESK])
async def ask_count(request: Request, course: Id, look: Look, now: Now) -> Response:
    card = await look.read(course_card, course)
    given = card.model_dump(include={"participants", "participants_distinct", "note"})
    return _count(request, card, now, given | ({"approx": "yes"} if card.approx else {}))


@pages.post("/courses/{course}/count", dependencies=[DESK])
async def count_by_form(request: Request, course: Id, sent: Sent, look: Look, now: Now) -> Response:
    try:
        order = CountParticipants.model_validate(
            {
                **sent.given("participants", "participants_distinct"),
                "approx": "approx" in sent.values,
                "note": sent.values.get("note"),
            }
        )
        await sent.act(count_participants, order, course=course)
    except NotFound:
        raise
    except Wrong as error:
        return _count(request, await look.read(course_card, course), now, sent.values, error)
    return see_other(f"/courses/{course}", done="counted")


def _count(
    request: Request, card: CourseCard, now: datetime, values: Mapping[str, Any], error: Exception | None = None
) -> Response:
    errors = wrong(error) if error else {}
    if isinstance(error, ValidationError) and "" in errors:
        # The one rule over several fields of a count is about the distinct participants.
        errors["participants_distinct"] = errors.pop("")
    if "participants" in errors and not values.get("participants"):
        errors["participants"] = "参加した人の数を書いてください。だれも来なかったときは0と書きます。"
    return render(
        request,
        "courses/count.html",
        nav="courses",
        status=wrong_status(error) if error else 200,
        card=card,
        begun=card.starts_at <= now,
        off=card.state in ("cancelled", "postponed"),
        values=values,
        errors=errors,
    )


def _seats(session: Session, course: str) -> tuple[CourseCard, Seats]:
    return course_card(session, course), course_seats(session, course)


@pages.get("/courses/{course}/seats", dependencies=[READERS])
async def seat_sheet(request: Request, course: Id, look: Look) -> Response:
    """A sheet of paper for the hall: what sits where, and lines to write on where nothing was lent yet."""
    card, found = await look.read(_seats, course)
    lines = sheet_lines(found, card.capacity)
    return render(request, "courses/seats.html", nav="courses", card=card, seats=found, lines=lines)


def sheet_lines(seats: Seats, capacity: int | None) -> list[tuple[str, list[SeatCard]]]:
    """Each seat with its devices, those that are out or, where none is, the one that was there last; the seats of the
    hall that nothing was lent for stay empty."""
    sitting: dict[str, list[SeatCard]] = {}
    for one in seats.items:
        # 01 and 1 are one seat of the hall.
        seat = str(int(one.seat)) if one.seat.isdecimal() else one.seat
        before = sitting.setdefault(seat, [])
        # A swap leaves the fresh one; two that are out at one seat both stand there, until somebody mends it.
        before[:] = [other for other in before if other.returned_at is None] + [one]
    if any(not seat.isdecimal() for seat in sitting):
        return list(sitting.items())
    numbers = {int(seat) for seat in sitting}
    most = max([capacity or 0, *numbers]) or _BLANK
    return [(str(number), sitting.get(str(number), [])) for number in sorted(numbers | {*range(1, min(most, 99) + 1)})]


@pages.get("/courses/{course}/checklist", dependencies=[READERS])
async def checklist(request: Request, course: Id, look: Look) -> Response:
    """Everything that goes to the hall, to be ticked by hand."""
    found = await look.read(packing_list, course)
    return render(request, "courses/checklist.html", nav="courses", card=found.course, list=found)
