"""Courses on screen: a fiscal year's programmes with their figures, and the list of courses."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field
from sqlmodel import Session

from api.course_views import headline
from api.pages import query_of, render
from api.transactions import Look, Now
from api.visitors import READERS
from inventory.calendar import fiscal_year, fiscal_year_days, fiscal_year_name, jst_day_bounds, today
from inventory.courses import CourseList, list_courses
from inventory.programmes import ProgrammeCard, list_programmes
from inventory.shapes import BlankIsNone
from inventory.year_figures import YearSummary, year_summary

pages = APIRouter(include_in_schema=False)
# A form sends an empty field where an address leaves it out.
Word = Annotated[Annotated[str, Field(max_length=60)] | None, BlankIsNone]
Words = Annotated[Annotated[str, Field(max_length=100)] | None, BlankIsNone]
Cursor = Annotated[Annotated[str, Field(max_length=400)] | None, BlankIsNone]


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
