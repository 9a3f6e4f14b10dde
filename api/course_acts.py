"""What is done with courses over JSON: cancel, postpone, plan again, copy; series; last year's plan."""

from datetime import time
from typing import Annotated

from fastapi import Path, Query, Response

from api.json_doors import etag, json_router
from api.problems import problems
from api.transactions import ActMaybeOnce, Look, SeenRevision
from api.visitors import DESK, READERS
from inventory.course_copies import CopyCourse, CopySeries, copy_course, copy_series
from inventory.course_series import (
    MOST,
    ChangeSeries,
    MoreDates,
    NewSeries,
    ProposedDates,
    SeriesCard,
    Weekly,
    change_series,
    create_series,
    extend_series,
    propose_dates,
    series_card,
)
from inventory.course_states import (
    CancelCourse,
    PostponeCourse,
    StateChanged,
    cancel_course,
    plan_again,
    postpone_course,
)
from inventory.courses import CourseCard
from inventory.errors import Invalid
from inventory.plan_copies import CopyYear, YearCopied, YearPlan, copy_year, year_plan
from inventory.shapes import Day

json = json_router("courses")
Course = Annotated[str, Path(alias="course", max_length=60)]
Series = Annotated[str, Path(alias="series", max_length=60)]
Year = Annotated[int, Path(alias="year", ge=1989, le=2998)]
_MOVED = problems("not-found", "refused", "stale", "missing-if-match")


@json.post("/api/courses/{course}/cancel", dependencies=[DESK], responses=_MOVED)
async def cancel(course: Course, order: CancelCourse, revision: SeenRevision, act: ActMaybeOnce) -> StateChanged:
    """Its reservations are released; loans that are still out are told, not touched."""
    return await act(cancel_course, order, course=course, revision=revision)


@json.post("/api/courses/{course}/postpone", dependencies=[DESK], responses=_MOVED)
async def postpone(course: Course, order: PostponeCourse, revision: SeenRevision, act: ActMaybeOnce) -> StateChanged:
    """To a new date, or without one yet. What cannot be reserved on the new date is told in ``shortage``."""
    return await act(postpone_course, order, course=course, revision=revision)


@json.post("/api/courses/{course}/plan-again", dependencies=[DESK], responses=_MOVED)
async def back_to_planned(course: Course, revision: SeenRevision, act: ActMaybeOnce) -> StateChanged:
    """Take back that it was cancelled, postponed or held."""
    return await act(plan_again, course=course, revision=revision)


@json.post("/api/courses/{course}/copy", status_code=201, dependencies=[DESK], responses=problems("not-found"))
async def copy(course: Course, order: CopyCourse, act: ActMaybeOnce, response: Response) -> CourseCard:
    card = await act(copy_course, order, status=201, course=course)
    etag(response, card.revision)
    return card


@json.get("/api/course-series/dates", dependencies=[READERS])
async def dates(
    look: Look,
    first: Day,
    starts: time,
    ends: time,
    times: Annotated[int, Query(ge=1, le=MOST)],
    every_weeks: Annotated[int, Query(ge=1, le=8)] = 1,
    skip_closed: bool = False,
    venue: Annotated[str | None, Query(max_length=60)] = None,
) -> ProposedDates:
    """The days that a weekly rule gives, each with why the hall is closed on it."""
    if starts.tzinfo is not None or ends.tzinfo is not None or ends <= starts:
        raise Invalid.field("ends", "終わりの時刻が、始まりより前です。時刻をたしかめてください。")
    rule = Weekly(first=first, starts=starts, ends=ends, times=times, every_weeks=every_weeks, skip_closed=skip_closed)
    return await look.read(propose_dates, rule, venue)


@json.post("/api/course-series", status_code=201, dependencies=[DESK])
async def add_series(order: NewSeries, act: ActMaybeOnce, response: Response) -> SeriesCard:
    """All dates of a series in one act: as listed, or by a weekly rule."""
    card = await act(create_series, order, status=201)
    etag(response, card.revision)
    return card


@json.get("/api/course-series/{series}", dependencies=[READERS], responses=problems("not-found"))
async def one_series(series: Series, look: Look, response: Response) -> SeriesCard:
    card = await look.read(series_card, series)
    etag(response, card.revision)
    return card


@json.patch(
    "/api/course-series/{series}",
    dependencies=[DESK],
    responses=problems("not-found", "stale", "missing-if-match"),
)
async def edit_series(
    series: Series, change: ChangeSeries, revision: SeenRevision, act: ActMaybeOnce, response: Response
) -> SeriesCard:
    card = await act(change_series, change, series=series, revision=revision)
    etag(response, card.revision)
    return card


@json.post("/api/course-series/{series}/dates", status_code=201, dependencies=[DESK], responses=problems("not-found"))
async def more_dates(series: Series, order: MoreDates, act: ActMaybeOnce, response: Response) -> SeriesCard:
    """Dates more, each like the one that begins last."""
    card = await act(extend_series, order, status=201, series=series)
    etag(response, card.revision)
    return card


@json.post("/api/course-series/{series}/copy", status_code=201, dependencies=[DESK], responses=problems("not-found"))
async def copy_of_series(series: Series, order: CopySeries, act: ActMaybeOnce, response: Response) -> SeriesCard:
    card = await act(copy_series, order, status=201, series=series)
    etag(response, card.revision)
    return card


@json.get("/api/fiscal-years/{year}/next-plan", dependencies=[READERS])
async def plan_of_next_year(year: Year, look: Look) -> YearPlan:
    """What the next fiscal year would take over of this one: programmes, and courses on the same weekday."""
    return await look.read(year_plan, year)


@json.post("/api/course-copies", status_code=201, dependencies=[DESK], responses=problems("refused"))
async def take_plan_over(order: CopyYear, act: ActMaybeOnce) -> YearCopied:
    """Exactly what ``next-plan`` showed: its ``digest`` stands for it."""
    return await act(copy_year, order, status=201)
