"""Courses for a calendar program: one course, or those of a list, as ``.ics``. For staff who are signed in."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path, Query, Request, Response
from sqlmodel import Session

from api.course_tables import every_course
from api.files import attachment
from api.ical import MEDIA_TYPE, calendar_file
from api.json_doors import json_router
from api.problems import problems
from api.transactions import Look, Now
from api.visitors import READERS
from inventory.calendar import jst_day_bounds
from inventory.courses import CourseCard, course_card
from inventory.journal import first_mark
from inventory.shapes import BlankIsNone, OptionalDay

json = json_router("exports")
pages = APIRouter(include_in_schema=False)
Word = Annotated[Annotated[str, Query(max_length=60)] | None, BlankIsNone]
Words = Annotated[Annotated[str, Query(max_length=100)] | None, BlankIsNone]
ICS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file (RFC 5545).", "content": {"text/calendar": {"schema": {"type": "string"}}}}
}


@dataclass(frozen=True)
class _Loaded:
    courses: list[CourseCard]
    ledger: str


def _load(session: Session, /, **filters: Any) -> _Loaded:
    return _Loaded(every_course(session, **filters), first_mark(session))


def _load_one(session: Session, course: str) -> _Loaded:
    return _Loaded([course_card(session, course)], first_mark(session))


@json.get("/api/exports/courses.ics", dependencies=[READERS], response_class=Response, responses=ICS)
async def courses(
    request: Request,
    look: Look,
    now: Now,
    q: Words = None,
    since: Annotated[OptionalDay, Query(description="Courses that end on this day (JST) or later.")] = None,
    until: Annotated[OptionalDay, Query(description="Courses that begin on this day (JST) or earlier.")] = None,
    programme: Word = None,
    venue: Word = None,
) -> Response:
    """The courses of a list for a calendar program, with the filters of the list."""
    bounds = {"since": _bound(since, 0), "until": _bound(until, 1)}
    loaded = await look.read(_load, q=q, programme=programme, venue=venue, **bounds)
    return await _file(request, loaded, now, plain="courses", full="講座")


@json.get(
    "/api/courses/{course}/event.ics",
    dependencies=[READERS],
    response_class=Response,
    responses={**problems("not-found"), **ICS},
)
async def one_event(request: Request, course: Annotated[str, Path(max_length=60)], look: Look, now: Now) -> Response:
    """One course for a calendar program."""
    return await _one(request, course, look, now)


@pages.get("/courses/{course}.ics", dependencies=[READERS])
async def one_course(request: Request, course: Annotated[str, Path(max_length=60)], look: Look, now: Now) -> Response:
    return await _one(request, course, look, now)


async def _one(request: Request, course: str, look: Look, now: datetime) -> Response:
    loaded = await look.read(_load_one, course)
    (card,) = loaded.courses
    return await _file(request, loaded, now, plain=f"course-{card.id}", full=f"講座{card.id}")


async def _file(request: Request, loaded: _Loaded, now: datetime, *, plain: str, full: str) -> Response:
    settings = request.app.state.settings
    name = f"{settings.city_name}の講座"

    def make() -> bytes:
        return calendar_file(loaded.courses, ledger=loaded.ledger, address=settings.public_url, name=name, now=now)

    made = await run_sync(make)
    return Response(made, headers=attachment(f"{plain}.ics", f"{full}.ics") | {"Content-Type": MEDIA_TYPE})


def _bound(day: date | None, side: int) -> datetime | None:
    return jst_day_bounds(day)[side] if day else None
