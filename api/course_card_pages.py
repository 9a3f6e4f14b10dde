"""One course on screen: whether it can be held, what it needs, what was lent to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.course_parts import load_parts
from api.day_svg import DayView, day_view
from api.forms import Sent, Wrong, wrong, wrong_status
from api.loan_views import counted, still_out, view
from api.pages import render, see_other
from api.readiness_views import MARK, KnotView, answer, knots
from api.transactions import Ledger, Look, Now
from api.visitors import DESK, READERS, Staff
from api.words import day_of, long_day, short_day
from inventory.courses import CourseCard, course_card
from inventory.day_moves import DayMoves, day_moves
from inventory.errors import NotEnough, NotFound
from inventory.loans import LoanCard, list_loans
from inventory.readiness import Readiness, is_to_come, readiness_of
from inventory.readiness_cards import Do
from inventory.remaining import OfWhom, Remaining, remaining
from inventory.reservations import NewReservation, another_day, reserve
from inventory.shapes import Identifier, Shape
from inventory.sign_in import SignedIn

pages = APIRouter(include_in_schema=False)
Id = Annotated[str, Path(alias="course", max_length=60)]
_WEEKDAYS = "月火水木金土日"


@dataclass(frozen=True)
class _Loaded:
    card: CourseCard
    loans: list[LoanCard]
    remaining: Remaining
    parts: dict[str, Any]
    readiness: Readiness
    moves: DayMoves | None


def _load(session: Session, course: str, now: datetime, visitor: SignedIn) -> _Loaded:
    card = course_card(session, course)
    return _Loaded(
        card=card,
        loans=list_loans(session, now=now, course=course, limit=200).items,
        remaining=remaining(session, OfWhom(course=card.id), now=now),
        parts=load_parts(session, card, now, visitor),
        readiness=readiness_of(session, [card], now=now)[card.id],
        moves=day_moves(session, card, now=now) if is_to_come(card, now) else None,
    )


@pages.get("/courses/{course}", dependencies=[READERS])
async def one_course(request: Request, course: Id, look: Look, now: Now, visitor: Staff) -> Response:
    return await _page(request, course, look, now, visitor)


class ReserveOnePress(Shape):
    """What the button beside a trouble sends: so many of a pool, for the time of the course."""

    pool: Identifier
    quantity: int


@pages.post("/courses/{course}/reserve", dependencies=[DESK])
async def reserve_by_press(request: Request, course: Id, sent: Sent, look: Look, now: Now, visitor: Staff) -> Response:
    """Reserve for the course's own time what a check found missing."""
    card = await look.read(course_card, course)
    try:
        asked = ReserveOnePress.model_validate(sent.given("pool", "quantity"))
        time = {"from": card.starts_at, "until": card.ends_at}
        await sent.act(reserve, NewReservation.model_validate({**asked.model_dump(), **time, "course": card.id}))
    except NotFound:
        raise
    except NotEnough as error:
        refused = f"{error.sentence.split('。')[0]}。まだ予約していません。"
        refused += await _next_time(look, card, sent.values, now)
        return await _page(request, course, look, now, visitor, status=409, refused=refused)
    except Wrong as error:
        refused = next(iter(wrong(error).values()))
        return await _page(request, course, look, now, visitor, status=wrong_status(error), refused=refused)
    return see_other(f"/courses/{course}", done="reserved-for-course")


async def _next_time(look: Ledger, card: CourseCard, values: Mapping[str, str], now: datetime) -> str:
    """When as many are free that were just refused."""
    pool, quantity = values["pool"], int(values["quantity"])
    other = await look.read(another_day, pool, quantity, card.starts_at, card.ends_at, now=now)
    return f"つぎに空くのは、{short_day(other.from_at)}の同じ時間です。" if other else ""


async def _page(
    request: Request,
    course: str,
    look: Ledger,
    now: datetime,
    visitor: SignedIn,
    *,
    status: int = 200,
    refused: str | None = None,
) -> Response:
    found = await look.read(_load, course, now, visitor)
    card, day = found.card, day_of(found.card.starts_at)
    out = [item for loan in found.loans for item in still_out(loan)]
    heading, lead = _says(found, now)
    return render(
        request,
        "courses/card.html",
        nav="courses",
        status=status,
        card=card,
        heading=heading,
        lead=[part for part in (lead, f"{counted(out)}を貸しています。" if out else None) if part],
        mark=MARK.get(str(found.readiness.verdict)),
        year=long_day(card.starts_at).split("年")[0] + "年",
        day=f"{day.month}月{day.day}日",
        weekday=f"{_WEEKDAYS[day.weekday()]}曜日",
        knots=_knots(found),
        moves=_moves(found),
        refused=refused,
        over=card.ends_at <= now,
        devices_out=len(out),
        remaining=found.remaining,
        loans=[view(loan, now) for loan in found.loans],
        parts=found.parts,
    )


def _knots(found: _Loaded) -> list[KnotView]:
    return knots(found.readiness, found.card) if found.readiness.verdict is not None else []


def _moves(found: _Loaded) -> DayView | None:
    advised = any(one.act.do is Do.RESERVE_ROUTER for one in found.readiness.suggestions)
    return day_view(found.moves, found.card, router_advised=advised) if found.moves is not None else None


def _says(found: _Loaded, now: datetime) -> tuple[str, str | None]:
    """The answer of the page: whether the course can be held, or what became of it."""
    card = found.card
    if card.state in ("cancelled", "postponed"):
        word = "中止" if card.state == "cancelled" else "延期"
        why = f"理由は「{card.cancel_reason}」です。" if card.cancel_reason else None
        return f"{short_day(card.starts_at)}の講座は、{word}になりました。", why
    if card.ends_at <= now or card.participants is not None:
        if card.participants is None:
            return "終わりました。参加者の数を、まだ記録していません。", None
        distinct = f"（実{card.participants_distinct:,}人）" if card.participants_distinct is not None else ""
        return f"{'約' if card.approx else ''}{card.participants:,}人が参加しました{distinct}。", None
    return answer(found.readiness)
