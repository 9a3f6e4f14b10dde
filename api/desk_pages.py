"""The scanning desk: one page, on which scanned labels become acts.

The page brings what the desk may lend to; everything that is decided is decided by ``/api/scans``.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from api.pages import render
from api.transactions import Look, Now
from api.visitors import DESK_OR_IT, Staff
from api.words import clock_time, day_of, short_day
from inventory.calendar import jst_day_bounds, today
from inventory.courses import CourseCard, course_card, list_courses
from inventory.errors import NotFound
from inventory.people import AssociationCard, association_card, list_associations, list_districts
from inventory.pools import list_pools
from inventory.reservation_lists import ReservationCard
from inventory.reservations import reservations_of
from inventory.tables import CourseState, PoolKind, Role
from inventory.venues import list_venues, venue_card

pages = APIRouter(include_in_schema=False)

# Word, and whether it lends or returns: those acts are for the desk's role alone. The first two stand above the others.
_ACTS = {
    "lend": ("貸出", True),
    "return": ("返却", True),
    "swap": ("交換", True),
    "move": ("移動", False),
    "inspect": ("点検", False),
    "wipe": ("初期化", False),
    "see": ("調べる", False),
}
# A city has a few hundred associations and far fewer halls; all of them travel with the page, so that choosing needs
# no network.
_ALL = 2000
_DAYS_AHEAD = 8

Id = Annotated[str | None, Query(max_length=60)]


@dataclass(frozen=True)
class Choice:
    """One line of the target chooser.

    ``until`` says when the loan is due when nobody says otherwise, ``needs`` how many devices are wanted ('': unknown),
    ``venue`` and ``day`` which pack belongs to a course ('': of every hall, of today).
    """

    value: str
    label: str
    name: str
    note: str
    until: str
    needs: str = ""
    venue: str = ""
    day: str = ""


@dataclass(frozen=True)
class Group:
    label: str
    choices: list[Choice]


@dataclass(frozen=True)
class Targets:
    """``kind`` and ``value`` are the suggestion; ``chosen`` when the address named it, so that nobody need ask."""

    courses: list[Group]
    associations: list[Group]
    venues: list[Choice]
    kind: str
    value: str
    chosen: bool


@pages.get("/desk", dependencies=[DESK_OR_IT])
async def desk(
    request: Request,
    look: Look,
    now: Now,
    visitor: Staff,
    act: Annotated[str | None, Query(max_length=20)] = None,
    association: Id = None,
    course: Id = None,
    venue: Id = None,
) -> HTMLResponse:
    """Unknown acts and targets in the address are passed over: the desk opens and asks."""
    lends = bool(visitor.roles & {Role.DESK, Role.ADMIN})
    acts = [(value, word) for value, (word, needs_desk) in _ACTS.items() if lends or not needs_desk]
    targets = await look.read(_targets, association=association, course=course, venue=venue, now=now)
    return render(
        request,
        "desk.html",
        nav="desk",
        acts=acts,
        act=act if act in dict(acts) else acts[0][0],
        targets=targets,
        lends=lends,
        accessories=await look.read(_accessories),
        desk_name=visitor.section or "窓口",
        today=today(now),
        now_ms=int(now.timestamp() * 1000),
    )


def _accessories(session: Session) -> dict[str, dict[str, int]]:
    """What goes out with a device, by pool: the desk asks for their count only when something is missing."""
    return {
        pool.id: {accessory.name: accessory.count for accessory in pool.accessories}
        for pool in list_pools(session)
        if pool.accessories
    }


def _targets(
    session: Session, *, association: str | None, course: str | None, venue: str | None, now: datetime
) -> Targets:
    begin, _ = jst_day_bounds(today(now))
    courses = list_courses(session, since=begin, until=begin + timedelta(days=_DAYS_AHEAD), limit=_ALL).items
    courses = [card for card in courses if card.state in (CourseState.PLANNED, CourseState.HELD)]
    associations = list_associations(session, now=now, limit=_ALL).items
    venues = [Choice(card.code, card.name, card.name, "会場", "") for card in list_venues(session, limit=_ALL).items]
    kind, value, chosen = _suggestion(courses, now)
    # What an address names wrongly is passed over: the page asks then.
    with suppress(NotFound):
        if course is not None:
            named = course_card(session, course)
            courses += [named] if all(card.id != named.id for card in courses) else []
            kind, value, chosen = "course", named.id, True
        elif association is not None:
            kind, value, chosen = "association", association_card(session, association, now=now).id, True
        elif venue is not None:
            kind, value, chosen = "venue", venue_card(session, venue).code, True
    districts = [district.id for district in list_districts(session)]
    reserved = reservations_of(session, [int(card.id) for card in courses])
    return Targets(
        _courses(courses, reserved, now), _associations(associations, districts), venues, kind, value, chosen
    )


def _suggestion(courses: list[CourseCard], now: datetime) -> tuple[str, str, bool]:
    """The next course of today, else the first to come, else an association: asked for, never taken by itself."""
    ahead = [card for card in courses if card.ends_at > now]
    if ahead:
        return "course", ahead[0].id, False
    return "association", "", False


def _courses(courses: list[CourseCard], reserved: dict[int, list[ReservationCard]], now: datetime) -> list[Group]:
    """Today's courses, then those to come, then what an address named from another time."""
    day = today(now)
    groups: dict[str, list[Choice]] = {"今日": [], "これから": [], "終わった講座": []}
    for card in courses:
        begins = day_of(card.starts_at)
        word = "今日" if begins == day else "終わった講座" if card.ends_at < now else "これから"
        groups[word].append(_course(card, reserved[int(card.id)], "今日" if begins == day else f"{short_day(begins)} "))
    return [Group(word, choices) for word, choices in groups.items() if choices]


def _course(card: CourseCard, reserved: list[ReservationCard], day: str) -> Choice:
    begins = f"{day}{clock_time(card.starts_at)}"
    name = f"{card.venue_name or ''}「{card.title}」"
    until = f"{short_day(card.ends_at)} {clock_time(card.ends_at)}まで（講座の終わり）"
    phones = sum(one.quantity for one in reserved if one.kind is PoolKind.SMARTPHONE)
    others = sum(one.quantity for one in reserved if one.kind is not PoolKind.SMARTPHONE)
    # Without a word on it, one phone for each place; what else was reserved goes along.
    needs = str((phones or card.phones_needed or card.capacity or 0) + others or "")
    on = day_of(card.starts_at).isoformat()
    return Choice(card.id, f"{begins} {name}", name, f"{begins}の講座", until, needs, card.venue or "", on)


def _associations(associations: list[AssociationCard], districts: list[str]) -> list[Group]:
    """By district in the districts' own order; those without a district last."""
    rank = {district: place for place, district in enumerate(districts)}

    def place(card: AssociationCard) -> int:
        return rank[card.district.id] if card.district else len(rank)

    grouped = groupby(sorted(associations, key=place), key=place)
    found = [(list(cards)) for _, cards in grouped]
    return [
        Group(cards[0].district.name if cards[0].district else "地区なし", [_association(card) for card in cards])
        for cards in found
    ]


def _association(card: AssociationCard) -> Choice:
    head = card.head
    note = f"{head.office} {head.name}" if head else "役職者の記録がありません"
    if head is None:
        until = ""
    elif head.until is None:
        until = "任期の終わりまで"
    else:
        until = f"任期の終わり（{short_day(head.until)}）まで"
    name = f"{card.district.name} {card.name}" if card.district else card.name
    return Choice(card.id, card.name, name, note, until)
