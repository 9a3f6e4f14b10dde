"""Reservations on screen: the open ones by day, one, the form that makes one, and giving one up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import Field, ValidationError
from sqlmodel import Session

from api.forms import Sent, Wrong, wrong, wrong_status
from api.loan_targets import choices
from api.pages import query_of, render, see_other
from api.reservation_rows import Row, rows_of
from api.transactions import Ledger, Look, Now
from api.visitors import DESK, READERS
from api.words import day_of
from inventory.availability import Shortage
from inventory.calendar import TOKYO
from inventory.courses import CourseCard, course_card
from inventory.errors import NotEnough
from inventory.people import association_card
from inventory.pools import list_pools
from inventory.reservation_lists import (
    ReservationList,
    ReservationState,
    list_reservations,
    reservation_card,
)
from inventory.reservations import (
    Availability,
    NewReservation,
    OtherDay,
    another_day,
    availability,
    release,
    reservations_of,
    reserve,
    said_of,
)
from inventory.shapes import BlankIsNone, Day, Identifier, Shape
from inventory.tables import PoolKind

pages = APIRouter(include_in_schema=False)
Id = Annotated[str, Path(alias="reservation", max_length=60)]
Word = Annotated[Annotated[str, Field(max_length=60)] | None, BlankIsNone]
Cursor = Annotated[Annotated[str, Field(max_length=400)] | None, BlankIsNone]
State = Annotated[ReservationState | None, BlankIsNone]
STATES = [("open", "これから"), ("over", "終わった"), ("released", "取りやめた")]


@dataclass(frozen=True)
class _Listed:
    found: ReservationList
    rows: list[Row]
    pools: list[tuple[str, str]]
    name: str | None


def _list(session: Session, /, *, now: datetime, **filters: Any) -> _Listed:
    found = list_reservations(session, now=now, exact=True, **filters)
    name = None
    if filters["course"]:
        name = f"「{course_card(session, filters['course']).title}」"
    elif filters["association"]:
        name = association_card(session, filters["association"], now=now).name
    pools = [(one.id, one.name) for one in list_pools(session)]
    return _Listed(found, rows_of(session, found.items, now), pools, name)


@pages.get("/reservations", dependencies=[READERS])
async def reservation_list(
    request: Request,
    look: Look,
    now: Now,
    pool: Word = None,
    course: Word = None,
    association: Word = None,
    state: State = None,
    cursor: Cursor = None,
) -> Response:
    filters: dict[str, Any] = {"pool": pool, "course": course, "association": association}
    shown = state or ReservationState.OPEN
    listed = await look.read(_list, now=now, state=shown, cursor=cursor, **filters)
    query = query_of(request, cursor=None)
    following = listed.found.next
    return render(
        request,
        "reservations/list.html",
        nav="courses",
        groups=[(day, list(rows)) for day, rows in groupby(listed.rows, key=lambda row: day_of(row.card.from_))],
        short=sum(row.short for row in listed.rows),
        pools=listed.pools,
        states=STATES,
        state=str(shown),
        name=listed.name,
        total=listed.found.total or 0,
        query=query_of(request, cursor=None, state=str(shown)),
        next_url=f"/reservations?{query_of(request, cursor=following)}" if following else None,
        first_url=f"/reservations?{query}" if cursor else None,
        filtered=bool(pool or course or association or state),
        **filters,
    )


class EnterReservation(Shape):
    """A reservation as the form sends it: days and times of Japan."""

    pool: Identifier
    quantity: int
    day: Day
    starts: time
    until_day: Annotated[Day | None, BlankIsNone] = None
    ends: time

    @property
    def times(self) -> tuple[datetime, datetime]:
        begin = datetime.combine(self.day, self.starts, tzinfo=TOKYO)
        return begin, datetime.combine(self.until_day or self.day, self.ends, tzinfo=TOKYO)


def _missing(session: Session, card: CourseCard) -> str:
    """How many of the phones that a course needs are not reserved for it yet; blank where none is."""
    held = reservations_of(session, [int(card.id)])[int(card.id)]
    kept = sum(one.quantity for one in held if one.kind == PoolKind.SMARTPHONE)
    return str(max((card.phones_needed or 0) - kept, 0) or "")


@pages.get("/reservations/new", dependencies=[DESK])
async def ask_reservation(request: Request, look: Look, now: Now) -> Response:
    """The address may bring the course or the association, the pool, how many, and the day and times."""
    names = ("course", "association", "pool", "quantity", "day", "starts", "until_day", "ends", "to")
    values = {name: request.query_params.get(name, "")[:60] for name in names}
    if values["course"]:
        card = await look.read(course_card, values["course"])
        begin, end = card.starts_at.astimezone(TOKYO), card.ends_at.astimezone(TOKYO)
        usual = _fields_of(begin, end) | {"quantity": await look.read(_missing, card)}
        values |= {name: values[name] or value for name, value in usual.items()}
    return await _form(request, look, now, values)


@pages.post("/reservations/new", dependencies=[DESK])
async def add_reservation(request: Request, sent: Sent, look: Look, now: Now) -> Response:
    try:
        names = ("pool", "quantity", "day", "starts", "until_day", "ends")
        begin, end = EnterReservation.model_validate(sent.given(*names)).times
        given: dict[str, Any] = sent.given("pool", "quantity", "course", "association", "note")
        if sent.values.get("override"):
            given["override"] = {"reason": sent.values["override"]}
        order = NewReservation.model_validate({**given, "from": begin, "until": end})
        card = await sent.act(reserve, order, status=201)
    except Wrong as error:
        return await _form(request, look, now, sent.values, error)
    if card.borrower.type == "course":
        return see_other(f"/courses/{card.borrower.id}", done="reserved")
    return see_other(f"/reservations/{card.id}", done="reserved")


@dataclass(frozen=True)
class _Asked:
    """What the form shows besides its fields. ``free`` is told where the time is known, of each pool with units."""

    pools: list[tuple[str, str]]
    free: list[Availability]
    courses: list[tuple[str, str]]
    associations: list[tuple[str, list[tuple[str, str]]]]
    other: OtherDay | None


def _ask(session: Session, values: Mapping[str, str], short: bool, now: datetime) -> _Asked:
    cards = list_pools(session)
    times = _times(values)
    free: list[Availability] = []
    if times is not None and times[1] > now:
        found = [availability(session, card.id, *times, now=now) for card in cards]
        free = [one for one in found if one.total]
    other = None
    if short and times is not None:
        other = another_day(session, values["pool"], int(values["quantity"]), *times, now=now)
    by_course = values.get("to") != "association" and not values.get("association")
    return _Asked(
        pools=[(card.id, card.name) for card in cards],
        free=free,
        courses=choices(session, "course", values.get("course") or None, now).options if by_course else [],
        associations=[] if by_course else choices(session, "association", None, now).groups,
        other=other,
    )


def _times(values: Mapping[str, str]) -> tuple[datetime, datetime] | None:
    """The time in a form that may be half filled; None where it is none that a reservation can have."""
    try:
        begin, end = EnterReservation.model_validate(
            {"pool": "-", "quantity": 1, **{name: values.get(name) or None for name in ("day", "starts", "ends")}}
            | {"until_day": values.get("until_day") or None}
        ).times
        order = {"pool": "-", "quantity": 1, "from": begin, "until": end, "association": "-"}
        NewReservation.model_validate(order)
    except ValidationError:
        return None
    return begin, end


async def _form(
    request: Request, look: Ledger, now: datetime, values: Mapping[str, str], error: Exception | None = None
) -> Response:
    short = error if isinstance(error, NotEnough) else None
    asked = await look.read(_ask, values, short is not None, now)
    errors = wrong(error) if error and short is None else {}
    if "" in errors:
        # The rules over several fields are that it lasts, and that it is for somebody.
        errors["ends" if values.get("course") or values.get("association") else "course"] = errors.pop("")
    errors = {_FIELDS.get(name, name): sentence for name, sentence in errors.items()}
    return render(
        request,
        "reservations/form.html",
        nav="courses",
        status=wrong_status(error) if error else 200,
        values=values,
        asked=asked,
        by_course=not asked.associations and values.get("to") != "association",
        errors=errors,
        short=short,
        sentences=[said_of(one) for one in _shortages(short)] if short else [],
        overridable=bool(values.get("override")) or short is not None,
        other=_query_of(values, asked.other) if asked.other else None,
        back=f"/courses/{values['course']}" if values.get("course") else "/reservations",
    )


_FIELDS = {"from": "starts", "until": "ends", "override.reason": "override"}


def _shortages(refusal: NotEnough) -> list[Shortage]:
    return [
        Shortage(datetime.fromisoformat(one["from"]), datetime.fromisoformat(one["until"]), one["missing"])
        for one in refusal.facts["shortage"]
    ]


def _query_of(values: Mapping[str, str], other: OtherDay) -> dict[str, Any]:
    """The form's fields with the days of another time."""
    begin, end = other.from_at.astimezone(TOKYO), other.until_at.astimezone(TOKYO)
    kept = {name: values[name] for name in ("course", "association", "pool", "quantity") if values.get(name)}
    return {"fields": kept | _fields_of(begin, end), "day": begin.date()}


def _fields_of(begin: datetime, end: datetime) -> dict[str, str]:
    """A time in Japan as the form's fields."""
    first, last = {"day": f"{begin:%Y-%m-%d}", "starts": f"{begin:%H:%M}"}, f"{end:%Y-%m-%d}"
    return first | {"until_day": last, "ends": f"{end:%H:%M}"}


@pages.get("/reservations/{reservation}", dependencies=[READERS])
async def one_reservation(request: Request, reservation: Id, look: Look, now: Now) -> Response:
    row = await look.read(_one, reservation, now)
    return render(request, "reservations/card.html", nav="courses", row=row, card=row.card, now=now)


def _one(session: Session, reservation: str, now: datetime) -> Row:
    return rows_of(session, [reservation_card(session, reservation)], now)[0]


@pages.post("/reservations/{reservation}/release", dependencies=[DESK])
async def give_up(request: Request, reservation: Id, sent: Sent) -> Response:
    card = await sent.act(release, reservation=reservation)
    if sent.values.get("back") == "course" and card.borrower.type == "course":
        return see_other(f"/courses/{card.borrower.id}", done="reservation-released")
    return see_other(f"/reservations/{card.id}", done="reservation-released")
