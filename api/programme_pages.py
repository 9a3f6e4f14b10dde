"""A programme on screen: its plan, its courses, both its totals and which of them the report prints; its form."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from pydantic import ValidationError
from sqlmodel import Session

from api.course_choices import AUDIENCES
from api.forms import Sent, Submitted, Wrong, wrong, wrong_status
from api.pages import render, see_other
from api.transactions import Look, Now
from api.visitors import DESK, READERS
from inventory.calendar import fiscal_year, today
from inventory.course_series import series_of
from inventory.courses import CourseList, list_courses
from inventory.errors import NotFound, Stale
from inventory.programmes import (
    ChangeProgramme,
    NewProgramme,
    ProgrammeCard,
    change_programme,
    create_programme,
    programme_card,
)
from inventory.year_figures import LineFigures, year_summary

pages = APIRouter(include_in_schema=False)
Id = Annotated[str, Path(alias="programme", max_length=60)]
_SHOWN = 200
_TICKED = ("approx", "planned_approx")


@dataclass(frozen=True)
class _Programme:
    card: ProgrammeCard
    figures: LineFigures
    courses: CourseList
    series: list[tuple[str, str]]


def _load(session: Session, programme: str, now: datetime) -> _Programme:
    card = programme_card(session, programme)
    lines = [line for one in year_summary(session, card.fiscal_year, now=now).programmes for line in one.lines]
    figures = next(line for line in lines if line.id == card.id)
    courses = list_courses(session, programme=programme, limit=_SHOWN, exact=True)
    return _Programme(card, figures, courses, series_of(session, programme))


@pages.get("/courses/programmes/new", dependencies=[DESK])
async def ask_programme(request: Request, now: Now) -> Response:
    year = request.query_params.get("year", "")
    usual = year if year.isascii() and year.isdecimal() else str(fiscal_year(today(now)))
    return _form(request, None, {"fiscal_year": usual})


@pages.post("/courses/programmes/new", dependencies=[DESK])
async def add_programme(request: Request, sent: Sent) -> Response:
    try:
        order = NewProgramme.model_validate({**sent.given(*NewProgramme.model_fields), **_ticks(sent)})
        card = await sent.act(create_programme, order, status=201)
    except Wrong as error:
        return _form(request, None, sent.values, error)
    return see_other(f"/courses?year={card.fiscal_year}", done="created")


@pages.get("/courses/programmes/{programme}", dependencies=[READERS])
async def one_programme(request: Request, programme: Id, look: Look, now: Now) -> Response:
    shown = await look.read(_load, programme, now)
    return render(request, "courses/programme.html", nav="courses", shown=shown, card=shown.card, now=now)


@pages.get("/courses/programmes/{programme}/edit", dependencies=[DESK])
async def ask_change(request: Request, programme: Id, look: Look) -> Response:
    card = await look.read(programme_card, programme)
    return _form(request, card, card.model_dump(mode="json"))


@pages.post("/courses/programmes/{programme}/edit", dependencies=[DESK])
async def edit_programme(request: Request, programme: Id, sent: Sent, look: Look) -> Response:
    try:
        change = ChangeProgramme.model_validate({**sent.values, **_ticks(sent)})
        card = await sent.act(change_programme, change, programme=programme, revision=sent.revision)
    except NotFound:
        raise
    except Wrong as error:
        return _form(request, await look.read(programme_card, programme), sent.values, error)
    return see_other(f"/courses/programmes/{card.id}", done="changed")


def _ticks(sent: Submitted) -> dict[str, bool]:
    """A box that is not ticked is not sent, and means no."""
    return {name: name in sent.values for name in _TICKED}


def _form(
    request: Request, card: ProgrammeCard | None, values: Mapping[str, Any], error: Exception | None = None
) -> Response:
    """The form of a new programme (no card) or of one that is there."""
    errors = wrong(error) if error else {}
    if isinstance(error, ValidationError) and "" in errors:
        # The rules over several fields are about parts that are more than their whole.
        field = "supporters_agreed" if "サポーター" in errors[""] else "reported_distinct"
        errors[field] = errors.pop("")
    return render(
        request,
        "courses/programme_form.html",
        nav="courses",
        status=wrong_status(error) if error else 200,
        card=card,
        values=values,
        audiences=AUDIENCES,
        stale=isinstance(error, Stale),
        errors=errors,
    )
