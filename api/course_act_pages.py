"""What is done with one course on screen: copy, cancel, postpone, plan again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.course_choices import Choices, beside_fields, load_choices, moments, values_of
from api.forms import Sent, Submitted, Wrong, wrong_status
from api.pages import render, see_other
from api.transactions import Look
from api.visitors import DESK
from inventory.calendar import today
from inventory.course_copies import CopyCourse, copy_course
from inventory.course_states import (
    CancelCourse,
    PostponeCourse,
    StateChanged,
    cancel_course,
    loans_out,
    may_become,
    plan_again,
    postpone_course,
)
from inventory.courses import CourseCard, course_card
from inventory.errors import NotFound
from inventory.reservation_lists import ReservationCard
from inventory.reservations import reservations_of
from inventory.shapes import Day, LongName, OptionalLine, Shape
from inventory.tables import CourseState

pages = APIRouter(include_in_schema=False)
Id = Annotated[str, Path(alias="course", max_length=60)]


class EnterDate(Shape):
    """A day and two times of Japan, as a form sends them."""

    day: Day
    starts: time
    ends: time
    title: LongName | None = None


class EnterReason(Shape):
    reason: OptionalLine = None


@dataclass(frozen=True)
class _Course:
    """What an act on a course has to tell before it is done."""

    card: CourseCard
    reserved: list[ReservationCard]
    loans: list[str]
    choices: Choices


def _load(session: Session, course: str) -> _Course:
    card = course_card(session, course)
    number = int(card.id)
    reserved = reservations_of(session, [number])[number]
    return _Course(card, reserved, loans_out(session, number), load_choices(session))


@pages.get("/courses/{course}/copy", dependencies=[DESK])
async def ask_copy(request: Request, course: Id, look: Look) -> Response:
    shown = await look.read(_load, course)
    a_week_on = today(shown.card.starts_at) + timedelta(days=7)
    return _page(request, "copy", shown, values_of(shown.card) | {"day": a_week_on.isoformat()})


@pages.post("/courses/{course}/copy", dependencies=[DESK])
async def copy(request: Request, course: Id, sent: Sent, look: Look) -> Response:
    try:
        told = EnterDate.model_validate(sent.values)
        starts_at, ends_at = moments(told.day, told.starts, told.ends)
        order = CopyCourse(starts_at=starts_at, ends_at=ends_at, title=told.title)
        card = await sent.act(copy_course, order, status=201, course=course)
    except NotFound:
        raise
    except Wrong as error:
        return await _again(request, "copy", course, sent, look, error)
    return see_other(f"/courses/{card.id}", done="course-copied")


@pages.get("/courses/{course}/cancel", dependencies=[DESK])
async def ask_cancel(request: Request, course: Id, look: Look) -> Response:
    return _page(request, "cancel", await look.read(_load, course), {})


@pages.post("/courses/{course}/cancel", dependencies=[DESK])
async def cancel(request: Request, course: Id, sent: Sent, look: Look) -> Response:
    try:
        order = CancelCourse.model_validate(sent.values)
        await sent.act(cancel_course, order, course=course, revision=sent.revision)
    except NotFound:
        raise
    except Wrong as error:
        return await _again(request, "cancel", course, sent, look, error)
    return see_other(f"/courses/{course}", done="course-cancelled")


@pages.get("/courses/{course}/postpone", dependencies=[DESK])
async def ask_postpone(request: Request, course: Id, look: Look) -> Response:
    shown = await look.read(_load, course)
    same = values_of(shown.card)
    return _page(request, "postpone", shown, {name: same[name] for name in ("starts", "ends", "venue", "room")})


@pages.post("/courses/{course}/postpone", dependencies=[DESK])
async def postpone(request: Request, course: Id, sent: Sent, look: Look) -> Response:
    try:
        told: StateChanged = await sent.act(postpone_course, _postponed(sent), course=course, revision=sent.revision)
    except NotFound:
        raise
    except Wrong as error:
        return await _again(request, "postpone", course, sent, look, error)
    if told.to is None:
        return see_other(f"/courses/{course}", done="course-postponed")
    return see_other(f"/courses/{told.to}", done="course-postponed-short" if told.shortage else "course-postponed-to")


def _postponed(sent: Submitted) -> PostponeCourse:
    """Without a day the course waits for one, whatever else of the new date is filled in."""
    reason = EnterReason.model_validate(sent.given("reason")).reason
    if not sent.values.get("day"):
        return PostponeCourse(reason=reason)
    told = EnterDate.model_validate(sent.given("day", "starts", "ends"))
    starts_at, ends_at = moments(told.day, told.starts, told.ends)
    where = sent.given("venue", "room")
    return PostponeCourse.model_validate({"starts_at": starts_at, "ends_at": ends_at, "reason": reason, **where})


@pages.get("/courses/{course}/plan-again", dependencies=[DESK])
async def ask_plan_again(request: Request, course: Id, look: Look) -> Response:
    return _page(request, "plan_again", await look.read(_load, course), {})


@pages.post("/courses/{course}/plan-again", dependencies=[DESK])
async def back_to_planned(request: Request, course: Id, sent: Sent, look: Look) -> Response:
    try:
        await sent.act(plan_again, course=course, revision=sent.revision)
    except NotFound:
        raise
    except Wrong as error:
        return await _again(request, "plan_again", course, sent, look, error)
    return see_other(f"/courses/{course}", done="course-planned-again")


async def _again(request: Request, name: str, course: str, sent: Submitted, look: Look, error: Exception) -> Response:
    return _page(request, name, await look.read(_load, course), sent.values, error)


_WANTED = {
    "cancel": CourseState.CANCELLED,
    "postpone": CourseState.POSTPONED,
    "plan_again": CourseState.PLANNED,
}


def _page(
    request: Request, name: str, shown: _Course, values: Mapping[str, Any], error: Exception | None = None
) -> Response:
    card, wanted = shown.card, _WANTED.get(name)
    return render(
        request,
        f"courses/{name}.html",
        nav="courses",
        status=wrong_status(error) if error else 200,
        card=card,
        shown=shown,
        # Another date that was cancelled itself does not stand in the way; the act decides, and says so.
        allowed=wanted is None or may_become(card.state, wanted),
        values=values,
        errors=beside_fields(error, values) if error else {},
    )
