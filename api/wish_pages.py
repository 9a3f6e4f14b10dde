"""要望 on screen: the list, district by district, the form, and what planning answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Request, Response
from pydantic import Field
from sqlmodel import Session

from api.forms import Sent, Wrong, wrong, wrong_status
from api.pages import query_of, render, see_other
from api.transactions import Look, Now
from api.visitors import DESK, READERS
from api.words import short_day
from inventory.calendar import fiscal_year, fiscal_year_days, fiscal_year_name, jst_day_bounds, today
from inventory.courses import CourseCard, list_courses
from inventory.errors import NotFound, Stale
from inventory.people import AssociationCard, DistrictCard, list_associations, list_districts
from inventory.programmes import ProgrammeCard, list_programmes
from inventory.shapes import BlankIsNone
from inventory.tables import WishKind
from inventory.wish_lists import (
    DistrictWishes,
    WishCard,
    WishList,
    WishState,
    kominkan_of,
    list_wishes,
    wish_card,
    wishes_by_district,
)
from inventory.wishes import AnswerWish, NewWish, WishChange, add_wish, answer_wish, change_wish, withdraw_wish

pages = APIRouter(include_in_schema=False)
Id = Annotated[str, Path(alias="wish", max_length=60)]
# A form sends an empty field where an address leaves it out.
Word = Annotated[Annotated[str, Field(max_length=60)] | None, BlankIsNone]
Cursor = Annotated[Annotated[str, Field(max_length=400)] | None, BlankIsNone]
_FIELDS = ("district", "association", "kind", "words", "people", "wished_on")
# Associations and courses that a field offers: more than a city has, and a page that a browser still bears.
_OFFERED = 2000


@dataclass(frozen=True)
class _Listed:
    found: WishList
    counts: list[DistrictWishes]
    districts: list[DistrictCard]


def _list(session: Session, /, **filters: Any) -> _Listed:
    return _Listed(list_wishes(session, exact=True, **filters), wishes_by_district(session), list_districts(session))


@pages.get("/wishes", dependencies=[READERS])
async def wish_list(
    request: Request,
    look: Look,
    district: Word = None,
    state: Annotated[WishState | None, BlankIsNone] = None,
    kind: Annotated[WishKind | None, BlankIsNone] = None,
    cursor: Cursor = None,
) -> Response:
    listed = await look.read(_list, district=district, state=state, kind=kind, cursor=cursor)
    following = listed.found.next
    return render(
        request,
        "wishes/list.html",
        nav="courses",
        sentences=_headline(listed.counts),
        listed=listed,
        total=listed.found.total or 0,
        districts=[(one.id, one.name) for one in listed.districts],
        district=district,
        state=state,
        kind=kind,
        filtered=bool(district or state or kind),
        query=query_of(request, cursor=None),
        next_url=f"/wishes?{query_of(request, cursor=following)}" if following else None,
        first_url=f"/wishes?{query_of(request, cursor=None)}" if cursor else None,
    )


def _headline(counts: list[DistrictWishes]) -> list[str]:
    """How many wishes wait for an answer, and from how many districts."""
    waiting = sum(one.open for one in counts)
    if waiting:
        places = sum(one.open > 0 and one.district is not None for one in counts)
        where = f"{places}つの地区から、" if places else ""
        return [f"答えていない要望が{waiting}件あります。", f"{where}講座を待っています。"]
    if counts:
        return ["要望には、すべて答えました。"]
    return ["講座の要望は、まだありません。"]


@pages.get("/wishes/new", dependencies=[DESK])
async def ask_wish(request: Request, look: Look, now: Now) -> Response:
    asked = {name: request.query_params.get(name, "") for name in ("district", "association")}
    values = {"wished_on": today(now).isoformat(), "kind": "continuation", **asked}
    return await _form(request, look, now, None, values)


@pages.post("/wishes/new", dependencies=[DESK])
async def add(request: Request, sent: Sent, look: Look, now: Now) -> Response:
    try:
        order = NewWish.model_validate({"words": "", **sent.given(*_FIELDS)})
        card = await sent.act(add_wish, order, status=201)
    except Wrong as error:
        return await _form(request, look, now, None, sent.values, error)
    return see_other(f"/wishes/{card.id}", done="wished")


@dataclass(frozen=True)
class _Places:
    districts: list[DistrictCard]
    associations: list[AssociationCard]


def _places(session: Session, now: datetime) -> _Places:
    return _Places(list_districts(session), list_associations(session, now=now, limit=_OFFERED).items)


async def _form(
    request: Request,
    look: Look,
    now: datetime,
    card: WishCard | None,
    values: Mapping[str, str],
    error: Exception | None = None,
) -> Response:
    """The form of a new wish (no card) or of one that is there."""
    places = await look.read(_places, now)
    errors = wrong(error) if error else {}
    if "words" in errors and not values.get("words"):
        errors["words"] = "どんな要望かを書いてください。"
    return render(
        request,
        "wishes/form.html",
        nav="courses",
        status=wrong_status(error) if error else 200,
        card=card,
        values=values,
        districts=[(one.id, one.name) for one in places.districts],
        associations=[(one.id, _whose(one)) for one in places.associations],
        # Whoever meets another's change sees what stands now beside what was written, and may press again.
        stale=isinstance(error, Stale),
        errors=errors,
    )


def _whose(association: AssociationCard) -> str:
    return f"{association.district.name}　{association.name}" if association.district else association.name


@dataclass(frozen=True)
class _Card:
    card: WishCard
    courses: list[CourseCard]
    programmes: list[ProgrammeCard]
    hall: str | None


def _load(session: Session, wish: str, day: date) -> _Card:
    """A wish, and where it may come true: courses and programmes of this fiscal year and the next."""
    card, year = wish_card(session, wish), fiscal_year(day)
    since, until = (jst_day_bounds(fiscal_year_days(one)[0])[0] for one in (year, year + 2))
    courses = list_courses(session, since=since, until=until, limit=_OFFERED).items
    programmes = [one for one in list_programmes(session) if one.fiscal_year >= year]
    return _Card(card, courses, programmes, kominkan_of(session, card.district_name))


@pages.get("/wishes/{wish}", dependencies=[READERS])
async def one_wish(request: Request, wish: Id, look: Look, now: Now) -> Response:
    return _card(request, await look.read(_load, wish, today(now)), now)


def _card(
    request: Request,
    loaded: _Card,
    now: datetime,
    values: Mapping[str, str] | None = None,
    error: Exception | None = None,
) -> Response:
    card = loaded.card
    asked = {"programme": card.programme, "venue": loaded.hall}
    query = urlencode({name: value for name, value in asked.items() if value})
    given = {
        "answer": card.answer.value if card.answer else "",
        "words": card.answer_words or "",
        "course": card.course or "",
        "programme": card.programme or "",
        "on": today(now).isoformat(),
    }
    return render(
        request,
        "wishes/card.html",
        nav="courses",
        status=wrong_status(error) if error else 200,
        card=card,
        plan_url="/courses/new" + (f"?{query}" if query else ""),
        courses=[(one.id, f"{short_day(one.starts_at)}　{one.title}") for one in loaded.courses],
        programmes=[(one.id, f"{fiscal_year_name(one.fiscal_year)}　{one.name}") for one in loaded.programmes],
        values=values or given,
        errors=wrong(error) if error else {},
    )


@pages.post("/wishes/{wish}/answer", dependencies=[DESK])
async def answer(request: Request, wish: Id, sent: Sent, look: Look, now: Now) -> Response:
    try:
        order = AnswerWish.model_validate(sent.given("answer", "words", "course", "programme", "on"))
        await sent.act(answer_wish, order, wish=wish)
    except NotFound:
        raise
    except Wrong as error:
        return _card(request, await look.read(_load, wish, today(now)), now, sent.values, error)
    return see_other(f"/wishes/{wish}", done="wish-answered")


@pages.get("/wishes/{wish}/edit", dependencies=[DESK])
async def edit_form(request: Request, wish: Id, look: Look, now: Now) -> Response:
    card = await look.read(wish_card, wish)
    values = {name: "" if (value := getattr(card, name)) is None else str(value) for name in _FIELDS}
    return await _form(request, look, now, card, values)


@pages.post("/wishes/{wish}/edit", dependencies=[DESK])
async def edit(request: Request, wish: Id, sent: Sent, look: Look, now: Now) -> Response:
    try:
        change = WishChange.model_validate({name: sent.values.get(name, "") for name in _FIELDS})
        await sent.act(change_wish, change, wish=wish, revision=sent.revision)
    except NotFound:
        raise
    except Wrong as error:
        return await _form(request, look, now, await look.read(wish_card, wish), sent.values, error)
    return see_other(f"/wishes/{wish}", done="changed")


@pages.post("/wishes/{wish}/withdraw", dependencies=[DESK])
async def withdraw(wish: Id, sent: Sent) -> Response:
    await sent.act(withdraw_wish, wish=wish)
    return see_other(f"/wishes/{wish}", done="wish-withdrawn")
