"""The calendar of courses over JSON."""

from typing import Annotated

from fastapi import Query

from api.json_doors import json_router
from api.problems import problems
from api.transactions import Look
from api.visitors import READERS
from inventory.course_calendar import CourseCalendar, course_calendar
from inventory.shapes import BlankIsNone, Day

json = json_router("courses")


@json.get("/api/courses/calendar", dependencies=[READERS], responses=problems("invalid"))
async def calendar(
    look: Look,
    since: Annotated[Day, Query(description="The first day (JST).")],
    until: Annotated[Day, Query(description="The last day (JST), at most 62 days on.")],
    venue: Annotated[Annotated[str, Query(max_length=60)] | None, BlankIsNone] = None,
    programme: Annotated[Annotated[str, Query(max_length=60)] | None, BlankIsNone] = None,
) -> CourseCalendar:
    """Courses by day, with holidays, closed halls, and courses that are in each other's way."""
    return await look.read(course_calendar, since=since, until=until, venue=venue, programme=programme)
