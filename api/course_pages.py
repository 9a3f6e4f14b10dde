"""Courses on screen: a fiscal year's programmes with their figures, the courses, one course, the forms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from pydantic import Field, ValidationError
from sqlmodel import Session

from api.course_views import headline
from api.forms import Sent, Submitted, Wrong, wrong, wrong_status
from api.pages import query_of, render, see_other
from api.transactions import Look, Now
from api.visitors import DESK, READERS
from api.words import AUDIENCE
from inventory.calendar import TOKYO, fiscal_year, fiscal_year_days, fiscal_year_name, jst_day_bounds, today
from inventory.courses import (
    CourseList,
    NewCourse,
    NewProgramme,
    ProgrammeCard,
    create_course,
    create_programme,
    list_courses,
    list_programmes,
)
from inventory.shapes import BlankIsNone, Day, Identifier, LongName, OptionalCount, Shape
from inventory.venues import VenueCard, list_venues
from inventory.year_figures import YearSummary, year_summary

pages = APIRouter(include_in_schema=False)
Id = Annotated[str, Path(alias="course", max_length=60)]
# A form sends an empty field where an address leaves it out.
Word = Annotated[Annotated[str, Field(max_length=60)] | None, BlankIsNone]
Words = Annotated[Annotated[str, Field(max_length=100)] | None, BlankIsNone]
Cursor = Annotated[Annotated[str, Field(max_length=400)] | None, BlankIsNone]
_ALL = 2000


@dataclass(frozen=True)
class _Listed:
    programmes: list[ProgrammeCard]
    courses: CourseList
    summary: YearSummary


def _list(session: Session, shown: int, at: datetime, /, **filters: Any) -> _Listed:
    listed = list_courses(session, exact=True, **filters)
    return _Listed(list_programmes(session), listed, year_summary(session, shown, now=at))


@pages.get("/courses", dependencies=[READERS])
async def course_list(
    request: Request,
    look: Look,
    now: Now,
    year: Annotated[Annotated[int, Field(ge=1989, le=2999)] | None, BlankIsNone] = None,
    programme: Word = None,
    venue: Word = None,
    q: Words = None,
    cursor: Cursor = None,
) -> Response:
    """Without a year: this fiscal year's programmes and the courses to come. With one: all that year's courses."""
    this_year = fiscal_year(today(now))
    shown = year or this_year
    first, after = fiscal_year_days(shown)
    since = jst_day_bounds(first if year else today(now))[0]
    until = jst_day_bounds(after)[0] if year else None
    filters = {"programme": programme, "venue": venue, "q": q}
    listed = await look.read(_list, shown, now, since=since, until=until, cursor=cursor, **filters)
    years = sorted({this_year, shown, *(one.fiscal_year for one in listed.programmes)}, reverse=True)
    period = {
        "since": since.date().isoformat(),
        "until": (after - timedelta(days=1)).isoformat() if year else None,
    }
    return render(
        request,
        "courses/list.html",
        nav="courses",
        sentences=headline(listed.summary),
        year=year,
        shown=shown,
        years=[(one, fiscal_year_name(one)) for one in years],
        groups=listed.summary.programmes,
        total=listed.summary.grand_total,
        courses=listed.courses.items,
        now=now,
        courses_total=listed.courses.total or 0,
        q=q,
        venue=venue,
        programme=next((one for one in listed.programmes if one.id == programme), None),
        filtered=bool(q or programme or venue),
        query=query_of(request, cursor=None, year=None, **period),
        next_url=f"/courses?{query_of(request, cursor=listed.courses.next)}" if listed.courses.next else None,
        first_url=f"/courses?{query_of(request, cursor=None)}" if cursor else None,
    )


class EnterCourse(Shape):
    """A course as the form sends it: a day and two times of Japan."""

    programme: Identifier
    title: LongName
    level: Annotated[int, Field(ge=1, le=5)] | None = None
    venue: Identifier | None = None
    day: Day
    starts: time
    ends: time
    capacity: OptionalCount = None
    needs_wifi: bool = False

    def order(self) -> NewCourse:
        moments = {
            "starts_at": datetime.combine(self.day, self.starts, tzinfo=TOKYO),
            "ends_at": datetime.combine(self.day, self.ends, tzinfo=TOKYO),
        }
        return NewCourse.model_validate({**self.model_dump(exclude={"day", "starts", "ends"}), **moments})


@pages.get("/courses/new", dependencies=[DESK])
async def ask_course(request: Request, look: Look, now: Now) -> Response:
    asked = {name: request.query_params.get(name, "") for name in ("programme", "venue")}
    return await _course_form(request, look, {"day": today(now).isoformat(), **asked})


@pages.post("/courses/new", dependencies=[DESK])
async def add_course(request: Request, sent: Sent, look: Look) -> Response:
    try:
        names = ("programme", "title", "level", "venue", "day", "starts", "ends", "capacity", "needs_wifi")
        order = EnterCourse.model_validate(sent.given(*names)).order()
        card = await sent.act(create_course, order, status=201)
    except Wrong as error:
        return await _course_form(request, look, sent.values, error)
    return see_other(f"/courses/{card.id}", done="created")


def _choices(session: Session) -> tuple[list[ProgrammeCard], list[VenueCard]]:
    return list_programmes(session), list_venues(session, limit=_ALL).items


async def _course_form(
    request: Request, look: Look, values: Mapping[str, str], error: Exception | None = None
) -> Response:
    programmes, venues = await look.read(_choices)
    errors = wrong(error) if error else {}
    if "programme" in errors and not values.get("programme"):
        errors["programme"] = "どの事業の講座かを選んでください。"
    if isinstance(error, ValidationError) and "" in errors:
        # The one rule over several fields of a course is that it ends after it begins.
        errors["ends"] = errors.pop("")
    return render(
        request,
        "courses/form.html",
        nav="courses",
        status=wrong_status(error) if error else 200,
        values=values,
        programmes=[(one.id, _name(one)) for one in programmes],
        venues=[(one.code, one.name) for one in venues],
        errors=errors,
    )


def _name(programme: ProgrammeCard) -> str:
    line = f"　{programme.line}" if programme.line else ""
    return f"{fiscal_year_name(programme.fiscal_year)}　{programme.name}{line}"


@pages.get("/courses/programmes/new", dependencies=[DESK])
async def ask_programme(request: Request, now: Now) -> Response:
    year = request.query_params.get("year", "")
    usual = year if year.isascii() and year.isdecimal() else str(fiscal_year(today(now)))
    return _programme_form(request, {"fiscal_year": usual})


@pages.post("/courses/programmes/new", dependencies=[DESK])
async def add_programme(request: Request, sent: Sent) -> Response:
    try:
        order = NewProgramme.model_validate(_programme(sent))
        card = await sent.act(create_programme, order, status=201)
    except Wrong as error:
        return _programme_form(request, sent.values, error)
    return see_other(f"/courses?year={card.fiscal_year}", done="created")


def _programme(sent: Submitted) -> dict[str, Any]:
    return {**sent.given(*NewProgramme.model_fields), "approx": "approx" in sent.values}


def _programme_form(request: Request, values: Mapping[str, str], error: Exception | None = None) -> Response:
    errors = wrong(error) if error else {}
    if isinstance(error, ValidationError) and "" in errors:
        # The one rule over several fields of a programme is about its distinct participants.
        errors["reported_distinct"] = errors.pop("")
    return render(
        request,
        "courses/programme_form.html",
        nav="courses",
        status=wrong_status(error) if error else 200,
        values=values,
        audiences=list(AUDIENCE.items()),
        errors=errors,
    )
