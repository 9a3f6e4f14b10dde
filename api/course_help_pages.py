"""Asking supporters to help at a course, from a list with boxes to tick, and writing down what they answer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import Field
from sqlmodel import Session

from api.forms import Sent, Wrong, wrong, wrong_status
from api.pages import query_of, render, see_other
from api.transactions import Look, Now
from api.visitors import DESK
from inventory.course_help import (
    MOST,
    AskSupporters,
    CourseHelpers,
    OtherCourse,
    RecordAnswer,
    ask_supporters,
    busy_with,
    helpers_card,
    record_answer,
    take_back,
)
from inventory.courses import CourseCard, course_card
from inventory.errors import NotFound
from inventory.people import DistrictCard, list_districts
from inventory.shapes import BlankIsNone
from inventory.supporter_lists import SupporterList, list_supporters
from inventory.tables import SupporterCategory

pages = APIRouter(include_in_schema=False)
Course = Annotated[str, Path(alias="course", max_length=60)]
Helper = Annotated[str, Path(alias="helper", max_length=60)]
Word = Annotated[Annotated[str, Field(max_length=60)] | None, BlankIsNone]
Words = Annotated[Annotated[str, Field(max_length=100)] | None, BlankIsNone]
Cursor = Annotated[Annotated[str, Field(max_length=400)] | None, BlankIsNone]
Category = Annotated[SupporterCategory | None, BlankIsNone]


@dataclass(frozen=True)
class _Asking:
    card: CourseCard
    helpers: CourseHelpers
    found: SupporterList
    busy: dict[int, list[OtherCourse]]
    districts: list[DistrictCard]


def _load(session: Session, course: str, /, *, now: datetime, **filters: Any) -> _Asking:
    card = course_card(session, course)
    # Whoever is registered on the day of the course, which may be long past when it is written down.
    found = list_supporters(session, now=card.starts_at, active=True, limit=MOST, exact=True, **filters)
    return _Asking(card, helpers_card(session, card), found, busy_with(session, card), list_districts(session))


@pages.get("/courses/{course}/supporters", dependencies=[DESK])
async def choose(
    request: Request,
    course: Course,
    look: Look,
    now: Now,
    q: Words = None,
    category: Category = None,
    district: Word = None,
    cursor: Cursor = None,
) -> Response:
    return await _asking(
        request, look, course, now=now, q=q, category=category, district=district, cursor=cursor, ticked=[]
    )


@pages.post("/courses/{course}/supporters", dependencies=[DESK])
async def ask(request: Request, course: Course, sent: Sent, look: Look, now: Now) -> Response:
    chosen = sent.lists.get("supporters", [])
    try:
        order = AskSupporters.model_validate({"supporters": chosen})
        await sent.act(ask_supporters, order, course=course)
    except NotFound:
        raise
    except Wrong as error:
        category = sent.values.get("category")
        narrowed = {name: sent.values.get(name) or None for name in ("q", "district")}
        return await _asking(
            request,
            look,
            course,
            now=now,
            category=SupporterCategory(category) if category in set(SupporterCategory) else None,
            cursor=None,
            ticked=chosen,
            error=error,
            **narrowed,
        )
    return see_other(f"/courses/{course}", done="asked-supporters")


async def _asking(
    request: Request,
    look: Look,
    course: str,
    *,
    now: datetime,
    q: str | None,
    category: SupporterCategory | None,
    district: str | None,
    cursor: str | None,
    ticked: list[str],
    error: Exception | None = None,
) -> Response:
    loaded = await look.read(_load, course, now=now, q=q, category=category, district=district, cursor=cursor)
    errors = wrong(error) if error else {}
    if "supporters" in errors and not ticked:
        errors["supporters"] = "頼む方を1人以上選んでください。"
    following, here = loaded.found.next, f"/courses/{loaded.card.id}/supporters"
    return render(
        request,
        "supporters/ask.html",
        nav="courses",
        status=wrong_status(error) if error else 200,
        card=loaded.card,
        helpers=loaded.helpers,
        asked={item.supporter: item for item in loaded.helpers.items},
        supporters=loaded.found.items,
        total=loaded.found.total or 0,
        busy=loaded.busy,
        districts=[(one.id, one.name) for one in loaded.districts],
        q=q,
        category=category,
        district=district,
        filtered=bool(q or category or district),
        ticked=ticked,
        errors=errors,
        next_url=f"{here}?{query_of(request, cursor=following)}" if following else None,
        first_url=f"{here}?{query_of(request, cursor=None)}" if cursor else None,
    )


@pages.post("/courses/{course}/supporters/{helper}/answer", dependencies=[DESK])
async def answer(course: Course, helper: Helper, sent: Sent) -> Response:
    order = RecordAnswer.model_validate(sent.given("answer"))
    await sent.act(record_answer, order, course=course, helper=helper)
    return see_other(f"/courses/{course}", done="help-answered")


@pages.post("/courses/{course}/supporters/{helper}/take-back", dependencies=[DESK])
async def unask(course: Course, helper: Helper, sent: Sent) -> Response:
    await sent.act(take_back, course=course, helper=helper)
    return see_other(f"/courses/{course}", done="help-taken-back")
