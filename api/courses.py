"""Programmes and courses over JSON."""

from datetime import date, datetime
from typing import Annotated

from fastapi import Path, Query, Response

from api.json_doors import Pages, etag, json_router
from api.problems import problems
from api.transactions import ActMaybeOnce, Look, SeenRevision
from api.visitors import DESK, READERS
from inventory.calendar import jst_day_bounds
from inventory.course_changes import ChangeCourse, change_course
from inventory.courses import CourseCard, CourseList, NewCourse, course_card, create_course, list_courses
from inventory.programmes import (
    ChangeProgramme,
    NewProgramme,
    ProgrammeCard,
    change_programme,
    create_programme,
    list_programmes,
    programme_card,
)
from inventory.shapes import Card, Day

json = json_router("courses")
Programme = Annotated[str, Path(alias="programme", max_length=60)]
Course = Annotated[str, Path(alias="course", max_length=60)]
_CHANGED = problems("not-found", "stale", "missing-if-match")


class Programmes(Card):
    items: list[ProgrammeCard]
    next: None = None
    total: int


@json.get("/api/programmes", dependencies=[READERS])
async def programmes(look: Look, fiscal_year: Annotated[int | None, Query(ge=1989, le=2999)] = None) -> Programmes:
    items = await look.read(list_programmes, fiscal_year=fiscal_year)
    return Programmes(items=items, total=len(items))


@json.post("/api/programmes", status_code=201, dependencies=[DESK])
async def add_programme(order: NewProgramme, act: ActMaybeOnce, response: Response) -> ProgrammeCard:
    card = await act(create_programme, order, status=201)
    etag(response, card.revision)
    return card


@json.get("/api/programmes/{programme}", dependencies=[READERS], responses=problems("not-found"))
async def one_programme(programme: Programme, look: Look, response: Response) -> ProgrammeCard:
    card = await look.read(programme_card, programme)
    etag(response, card.revision)
    return card


@json.patch("/api/programmes/{programme}", dependencies=[DESK], responses=_CHANGED)
async def edit_programme(
    programme: Programme, change: ChangeProgramme, revision: SeenRevision, act: ActMaybeOnce, response: Response
) -> ProgrammeCard:
    card = await act(change_programme, change, programme=programme, revision=revision)
    etag(response, card.revision)
    return card


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
async def add_course(order: NewCourse, act: ActMaybeOnce, response: Response) -> CourseCard:
    """A course that has begun may be entered as held with its participants, one that did not take place as such."""
    card = await act(create_course, order, status=201)
    etag(response, card.revision)
    return card


@json.get("/api/courses/{course}", dependencies=[READERS], responses=problems("not-found"))
async def one_course(course: Course, look: Look, response: Response) -> CourseCard:
    card = await look.read(course_card, course)
    etag(response, card.revision)
    return card


@json.patch(
    "/api/courses/{course}",
    dependencies=[DESK],
    responses=problems("not-found", "stale", "missing-if-match", "not-enough"),
)
async def edit_course(
    course: Course, change: ChangeCourse, revision: SeenRevision, act: ActMaybeOnce, response: Response
) -> CourseCard:
    """At a new time its open reservations go along, all or none; how it went is written by acts of their own."""
    card = await act(change_course, change, course=course, revision=revision)
    etag(response, card.revision)
    return card


def _bounds(day: date | None, side: int) -> datetime | None:
    return jst_day_bounds(day)[side] if day else None
