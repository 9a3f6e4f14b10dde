"""One course on screen: whether it can be held, what it needs, what was lent to it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.course_parts import load_parts
from api.loan_views import counted, still_out, view
from api.pages import render
from api.transactions import Look, Now
from api.visitors import READERS, Staff
from api.words import clock_time, long_day, short_day
from inventory.calendar import today
from inventory.courses import CourseCard, course_card
from inventory.loans import LoanCard, list_loans
from inventory.remaining import OfWhom, Remaining, remaining
from inventory.sign_in import SignedIn

pages = APIRouter(include_in_schema=False)
Id = Annotated[str, Path(alias="course", max_length=60)]


def _load(
    session: Session, course: str, now: datetime, visitor: SignedIn
) -> tuple[CourseCard, list[LoanCard], Remaining, dict[str, Any]]:
    card = course_card(session, course)
    loans = list_loans(session, now=now, course=course, limit=200).items
    left = remaining(session, OfWhom(course=card.id), now=now)
    return card, loans, left, load_parts(session, card, now, visitor)


@pages.get("/courses/{course}", dependencies=[READERS])
async def one_course(request: Request, course: Id, look: Look, now: Now, visitor: Staff) -> Response:
    card, loans, left, parts = await look.read(_load, course, now, visitor)
    out = [item for loan in loans for item in still_out(loan)]
    return render(
        request,
        "courses/card.html",
        nav="courses",
        card=card,
        sentences=[_when(card, now), *([f"{counted(out)}を貸しています。"] if out else [])],
        over=card.ends_at <= now,
        devices_out=len(out),
        remaining=left,
        loans=[view(loan, now) for loan in loans],
        parts=parts,
    )


def _when(card: CourseCard, now: datetime) -> str:
    day = short_day(card.starts_at) if today(card.starts_at).year == today(now).year else long_day(card.starts_at)
    when = f"{day}{clock_time(card.starts_at)}から{clock_time(card.ends_at)}まで"
    where = f"{card.venue_name}で" if card.venue_name else ""
    if card.state in ("cancelled", "postponed"):
        word = "中止" if card.state == "cancelled" else "延期"
        return f"{day}の講座は、{word}になりました。"
    return f"{when}、{where}{'開きました' if card.ends_at <= now else '開きます'}。"
