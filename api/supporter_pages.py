"""Supporters on screen: the register, one supporter, and the forms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request, Response
from pydantic import Field
from sqlmodel import Session

from api.forms import Sent, Submitted, Wrong, wrong, wrong_status
from api.pages import query_of, render, see_other
from api.transactions import Look, Now
from api.visitors import DESK, READERS, Staff, sees_contacts
from api.words import SUPPORTER
from inventory.calendar import fiscal_year, fiscal_year_name, today
from inventory.errors import NotFound, Stale
from inventory.people import DistrictCard, list_districts
from inventory.programmes import ProgrammeCard, list_programmes
from inventory.shapes import BlankIsNone
from inventory.supporter_lists import (
    SupporterCard,
    SupporterCounts,
    SupporterList,
    SupporterNumbers,
    count_supporters,
    list_supporters,
    supporter_card,
    supporter_counts,
    without_contacts,
)
from inventory.supporters import (
    EndSupporter,
    NewSupporter,
    SupporterChange,
    change_supporter,
    end_supporter,
    register_supporter,
)
from inventory.supporters_held import HelpHeld, helps_of
from inventory.tables import SupporterCategory

pages = APIRouter(include_in_schema=False)
Id = Annotated[str, Path(alias="supporter", max_length=60)]
# A form sends an empty field where an address leaves it out.
Word = Annotated[Annotated[str, Field(max_length=60)] | None, BlankIsNone]
Words = Annotated[Annotated[str, Field(max_length=100)] | None, BlankIsNone]
Cursor = Annotated[Annotated[str, Field(max_length=400)] | None, BlankIsNone]
Category = Annotated[SupporterCategory | None, BlankIsNone]
# Which of them a list shows: those who are registered unless told otherwise.
Standing = Annotated[Literal["active", "ended", "all"] | None, BlankIsNone]
_FIELDS = (
    "name",
    "name_kana",
    "phone",
    "email",
    "category",
    "consented_on",
    "registered_on",
    "programme",
    "note",
)


@dataclass(frozen=True)
class _Listed:
    found: SupporterList
    numbers: SupporterNumbers
    districts: list[DistrictCard]
    years: list[SupporterCounts]


def _list(session: Session, /, *, now: datetime, **filters: Any) -> _Listed:
    found = list_supporters(session, now=now, exact=True, **filters)
    year = fiscal_year(today(now))
    counts = [supporter_counts(session, one) for one in (year, year - 1)]
    return _Listed(
        found,
        count_supporters(session, now=now),
        list_districts(session),
        [one for one in counts if one.programmes],
    )


@pages.get("/supporters", dependencies=[READERS])
async def supporter_list(
    request: Request,
    look: Look,
    now: Now,
    q: Words = None,
    category: Category = None,
    district: Word = None,
    standing: Standing = None,
    cursor: Cursor = None,
) -> Response:
    active = {None: True, "active": True, "ended": False, "all": None}[standing]
    listed = await look.read(_list, now=now, q=q, category=category, district=district, active=active, cursor=cursor)
    filtered = bool(q or category or district or standing not in (None, "active"))
    following = listed.found.next
    return render(
        request,
        "supporters/list.html",
        nav="courses",
        sentences=_headline(listed.numbers),
        listed=listed,
        total=listed.found.total or 0,
        districts=[(one.id, one.name) for one in listed.districts],
        q=q,
        category=category,
        district=district,
        standing=standing,
        filtered=filtered,
        query=query_of(request, cursor=None, standing=None, active=None if active is None else str(active).lower()),
        next_url=f"/supporters?{query_of(request, cursor=following)}" if following else None,
        first_url=f"/supporters?{query_of(request, cursor=None)}" if cursor else None,
    )


def _headline(numbers: SupporterNumbers) -> list[str]:
    """How many are registered, and of which kinds."""
    if not numbers.active:
        ended = f"登録を終えた方が{numbers.ended}人います。" if numbers.ended else "まだ誰も登録していません。"
        return ["登録しているサポーターはいません。", ended]
    kinds = "、".join(f"{SUPPORTER[one]}が{count}人" for one, count in numbers.categories.items())
    return [f"登録は{numbers.active}人です。", f"{kinds}です。"]


@pages.get("/supporters/new", dependencies=[DESK])
async def ask_supporter(request: Request, look: Look) -> Response:
    # The day of consent is left empty: one that stands there already would be nobody's consent.
    return await _form(request, look, None, {"programme": request.query_params.get("programme", "")}, [])


@pages.post("/supporters/new", dependencies=[DESK])
async def add_supporter(request: Request, sent: Sent, look: Look) -> Response:
    districts = sent.lists.get("districts", [])
    try:
        order = NewSupporter.model_validate({"name": "", **sent.given(*_FIELDS), "districts": districts})
        card = await sent.act(register_supporter, order, status=201)
    except Wrong as error:
        return await _form(request, look, None, sent.values, districts, error)
    return see_other(f"/supporters/{card.id}", done="registered")


@dataclass(frozen=True)
class _Card:
    card: SupporterCard
    helps: list[HelpHeld]


def _load(session: Session, supporter: str, now: datetime) -> _Card:
    card = supporter_card(session, supporter, now=now)
    return _Card(card, helps_of(session, [int(card.id)]).get(int(card.id), []))


@pages.get("/supporters/{supporter}", dependencies=[READERS])
async def one_supporter(request: Request, supporter: Id, look: Look, now: Now, visitor: Staff) -> Response:
    loaded = await look.read(_load, supporter, now)
    return render(
        request,
        "supporters/card.html",
        nav="courses",
        card=loaded.card if sees_contacts(visitor) else without_contacts(loaded.card),
        contacts=sees_contacts(visitor),
        helps=[one for one in loaded.helps if not one.taken_back],
        now=now,
    )


@pages.get("/supporters/{supporter}/edit", dependencies=[DESK])
async def edit_form(request: Request, supporter: Id, look: Look, now: Now) -> Response:
    card = await look.read(supporter_card, supporter, now=now)
    said = {name: getattr(card, name) for name in (*_FIELDS, "ended_on")}
    values = {name: "" if value is None else str(value) for name, value in said.items()}
    return await _form(request, look, card, values, [one.id for one in card.districts])


@pages.post("/supporters/{supporter}/edit", dependencies=[DESK])
async def edit(request: Request, supporter: Id, sent: Sent, look: Look, now: Now) -> Response:
    districts = sent.lists.get("districts", [])
    try:
        order = SupporterChange.model_validate(_changed(sent) | {"districts": districts})
        await sent.act(change_supporter, order, supporter=supporter, revision=sent.revision)
    except NotFound:
        raise
    except Wrong as error:
        card = await look.read(supporter_card, supporter, now=now)
        return await _form(request, look, card, sent.values, districts, error)
    return see_other(f"/supporters/{supporter}", done="changed")


def _changed(sent: Submitted) -> dict[str, str]:
    """The fields as sent; an erased person's form has no fields of the person, which then stay as they are."""
    return {name: sent.values[name] for name in (*_FIELDS, "ended_on") if name in sent.values}


def _choices(session: Session) -> tuple[list[DistrictCard], list[ProgrammeCard]]:
    return list_districts(session), list_programmes(session)


async def _form(
    request: Request,
    look: Look,
    card: SupporterCard | None,
    values: Mapping[str, str],
    chosen: list[str],
    error: Exception | None = None,
) -> Response:
    """The form of a new supporter (no card) or of one who is there."""
    districts, programmes = await look.read(_choices)
    return render(
        request,
        "supporters/form.html",
        nav="courses",
        status=wrong_status(error) if error else 200,
        card=card,
        values=values,
        chosen=chosen,
        districts=[(one.id, one.name) for one in districts],
        programmes=[(one.id, programme_name(one)) for one in programmes],
        # Whoever meets another's change sees what stands now beside what was written, and may press again.
        stale=isinstance(error, Stale),
        errors=wrong(error) if error else {},
    )


def programme_name(programme: ProgrammeCard) -> str:
    line = f"　{programme.line}" if programme.line else ""
    return f"{fiscal_year_name(programme.fiscal_year)}　{programme.name}{line}"


@pages.get("/supporters/{supporter}/end", dependencies=[DESK])
async def end_form(request: Request, supporter: Id, look: Look, now: Now) -> Response:
    card = await look.read(supporter_card, supporter, now=now)
    return _end(request, card, {"on": (card.ended_on or today(now)).isoformat()})


@pages.post("/supporters/{supporter}/end", dependencies=[DESK])
async def end(request: Request, supporter: Id, sent: Sent, look: Look, now: Now) -> Response:
    card = await look.read(supporter_card, supporter, now=now)
    try:
        await sent.act(end_supporter, EndSupporter.model_validate(sent.given("on")), supporter=supporter)
    except Wrong as error:
        return _end(request, card, sent.values, error)
    return see_other(f"/supporters/{card.id}", done="registration-ended")


def _end(request: Request, card: SupporterCard, values: Mapping[str, str], error: Exception | None = None) -> Response:
    return render(
        request,
        "supporters/end.html",
        nav="courses",
        status=wrong_status(error) if error else 200,
        card=card,
        values=values,
        errors=wrong(error) if error else {},
    )
