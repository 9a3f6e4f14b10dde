"""Programmes and courses over JSON."""

from datetime import date, datetime
from typing import Annotated

from fastapi import Path, Query

from api.json_doors import Pages, json_router
from api.problems import problems
from api.transactions import ActMaybeOnce, Look
from api.visitors import DESK, READERS
from inventory.calendar import jst_day_bounds
from inventory.courses import (
    CourseCard,
    CourseList,
    NewCourse,
    NewProgramme,
    ProgrammeCard,
    course_card,
    create_course,
    create_programme,
    list_courses,
    list_programmes,
)
from inventory.shapes import Card, Day

json = json_router("courses")


class Programmes(Card):
    items: list[ProgrammeCard]
    next: None = None
    total: int


@json.get("/api/programmes", dependencies=[READERS])
async def programmes(look: Look, fiscal_year: Annotated[int | None, Query(ge=1989, le=2999)] = None) -> Programmes:
    items = await look.read(list_programmes, fiscal_year=fiscal_year)
    return Programmes(items=items, total=len(items))


@json.post("/api/programmes", status_code=201, dependencies=[DESK])
async def add_programme(order: NewProgramme, act: ActMaybeOnce) -> ProgrammeCard:
    return await act(create_programme, order, status=201)


@json.get("/api/courses", dependencies=[READERS])
async def courses(
    look: Look,
    pages: Pages,
    since: Annotated[Day | None, Query(description="Courses that end on this day (JST) or later.")] = None,
    until: Annotated[Day | None, Query(description="Courses that begin on this day (JST) or earlier.")] = None,
    programme: Annotated[str | None, Query(max_length=60)] = None,
    venue: Annotated[str | None, Query(max_length=60)] = None,
) -> CourseList:
    """Courses in the order they begin."""
    return await look.read(
        list_courses,
        since=_bounds(since, 0),
        until=_bounds(until, 1),
        programme=programme,
        venue=venue,
        **pages.arguments,
    )


@json.post("/api/courses", status_code=201, dependencies=[DESK])
async def add_course(order: NewCourse, act: ActMaybeOnce) -> CourseCard:
    return await act(create_course, order, status=201)


@json.get("/api/courses/{course}", dependencies=[READERS], responses=problems("not-found"))
async def one_course(course: Annotated[str, Path(max_length=60)], look: Look) -> CourseCard:
    return await look.read(course_card, course)


def _bounds(day: date | None, side: int) -> datetime | None:
    return jst_day_bounds(day)[side] if day else None
