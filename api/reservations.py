"""Reservations and what is free, over JSON."""

from typing import Annotated

from fastapi import Path, Query, Response

from api.exports import FILE, Word, Written
from api.json_doors import Pages, json_router
from api.problems import problems
from api.reservation_tables import reservations_table
from api.transactions import ActMaybeOnce, Look, Now
from api.visitors import DESK, READERS
from inventory.reservation_lists import (
    ReservationCard,
    ReservationList,
    ReservationState,
    list_reservations,
    reservation_card,
)
from inventory.reservations import Availability, NewReservation, availability, release, reserve
from inventory.shapes import BlankIsNone, Instant

json = json_router("reservations")
Id = Annotated[str, Path(alias="reservation", max_length=60)]
_Word = Annotated[str | None, Query(max_length=60)]


@json.get("/api/availability", dependencies=[READERS], responses=problems("not-found"))
async def what_is_free(
    look: Look,
    now: Now,
    pool: Annotated[str, Query(max_length=60)],
    from_: Annotated[Instant, Query(alias="from")],
    until: Annotated[Instant, Query()],
) -> Availability:
    """What can be reserved of a pool over [``from``, ``until``).

    ``windows`` tile that time and the pool's preparation on both sides of it; ``free`` is the least of them, so a
    reservation of ``free`` units for this time succeeds.
    """
    return await look.read(availability, pool, from_, until, now=now)


@json.get("/api/reservations", dependencies=[READERS])
async def reservations(
    look: Look,
    now: Now,
    pages: Pages,
    pool: _Word = None,
    course: _Word = None,
    association: _Word = None,
    state: ReservationState | None = None,
    since: Annotated[Instant | None, Query(description="Those that end after this moment.")] = None,
    until: Annotated[Instant | None, Query(description="Those that begin before this moment.")] = None,
) -> ReservationList:
    """Reservations in the order they begin; without ``state`` all of them."""
    arguments = {name: value for name, value in pages.arguments.items() if name != "q"}
    return await look.read(
        list_reservations,
        now=now,
        pool=pool,
        course=course,
        association=association,
        state=state,
        since=since,
        until=until,
        **arguments,
    )


@json.post("/api/reservations", status_code=201, dependencies=[DESK], responses=problems("not-found", "not-enough"))
async def add_reservation(order: NewReservation, act: ActMaybeOnce) -> ReservationCard:
    """Promise units to a course or an association; the pool's preparation on both sides is kept free besides."""
    return await act(reserve, order, status=201)


@json.get("/api/reservations/{reservation}", dependencies=[READERS], responses=problems("not-found"))
async def one_reservation(reservation: Id, look: Look) -> ReservationCard:
    return await look.read(reservation_card, reservation)


@json.post("/api/reservations/{reservation}/release", dependencies=[DESK], responses=problems("not-found"))
async def give_up(reservation: Id, act: ActMaybeOnce) -> ReservationCard:
    """Give a promise up. One that is released stays as it is."""
    return await act(release, reservation=reservation)


@json.get("/api/exports/reservations.{form}", dependencies=[READERS], response_class=Response, responses={200: FILE})
async def reservations_file(
    look: Look,
    written: Written,
    now: Now,
    pool: Word = None,
    course: Word = None,
    association: Word = None,
    state: Annotated[ReservationState | None, BlankIsNone] = None,
) -> Response:
    """Reservations with the filters of their page; without a state all of them."""
    filters = {"pool": pool or None, "course": course or None, "association": association or None, "state": state}
    return await written("reservations", await look.read(reservations_table, now=now, **filters))
