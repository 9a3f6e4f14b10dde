"""The form of a course, new and as it is."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from api.course_choices import beside_fields, load_choices, read_course, values_of
from api.forms import Sent, Wrong, wrong_status
from api.pages import render, see_other
from api.transactions import Look, Now
from api.visitors import DESK
from inventory.calendar import today
from inventory.course_changes import change_course
from inventory.courses import CourseCard, course_card, create_course
from inventory.errors import NotEnough, NotFound, Stale
from inventory.tables import CourseState

pages = APIRouter(include_in_schema=False)
Id = Annotated[str, Path(alias="course", max_length=60)]
_OFF = (CourseState.CANCELLED, CourseState.POSTPONED)


@pages.get("/courses/new", dependencies=[DESK])
async def ask_course(request: Request, look: Look, now: Now) -> Response:
    asked = {name: request.query_params.get(name, "") for name in ("programme", "venue", "series", "day", "title")}
    return await _form(request, look, None, asked | {"day": asked["day"] or today(now).isoformat()})


@pages.post("/courses/new", dependencies=[DESK])
async def add_course(request: Request, sent: Sent, look: Look) -> Response:
    try:
        card = await sent.act(create_course, read_course(sent).order(), status=201)
    except Wrong as error:
        return await _form(request, look, None, sent.values, error)
    return see_other(f"/courses/{card.id}", done="created")


@pages.get("/courses/{course}/edit", dependencies=[DESK])
async def ask_change(request: Request, course: Id, look: Look) -> Response:
    card = await look.read(course_card, course)
    return await _form(request, look, card, values_of(card))


@pages.post("/courses/{course}/edit", dependencies=[DESK])
async def edit_course(request: Request, course: Id, sent: Sent, look: Look) -> Response:
    try:
        change = read_course(sent, "cancel_reason", "series").change(sent.values.get("override", ""))
        card = await sent.act(change_course, change, course=course, revision=sent.revision)
    except NotFound:
        raise
    except Wrong as error:
        return await _form(request, look, await look.read(course_card, course), sent.values, error)
    return see_other(f"/courses/{card.id}", done="changed")


async def _form(
    request: Request,
    look: Look,
    card: CourseCard | None,
    values: Mapping[str, Any],
    error: Exception | None = None,
) -> Response:
    """The form of a new course (no card) or of one that is there."""
    choices = await look.read(load_choices, str(values.get("programme") or ""))
    return render(
        request,
        "courses/form.html",
        nav="courses",
        status=wrong_status(error) if error else 200,
        card=card,
        values=values,
        choices=choices,
        off=card is not None and card.state in _OFF,
        # Whoever meets another's change sees what stands now beside what was written, and may press again.
        stale=isinstance(error, Stale),
        short=isinstance(error, NotEnough) or bool(values.get("override")),
        errors=beside_fields(error, values) if error else {},
    )
