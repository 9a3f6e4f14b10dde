"""A speed test typed on a phone in the hall, and the measurements as a file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from sqlmodel import Session

from api.exports import FILE, Written
from api.forms import Sent, Wrong, wrong, wrong_status
from api.json_doors import json_router
from api.moments import fields_of_moment, moment_of
from api.pages import render, see_other
from api.spreadsheets import Cell, Table
from api.transactions import Look, Now
from api.visitors import DESK_OR_IT, READERS
from inventory.errors import NotFound
from inventory.speed_tests import (
    NewSpeedTest,
    SpeedTestCard,
    every_speed_test,
    list_speed_tests,
    record_speed_test,
    take_speed_test_back,
)
from inventory.venue_records import rooms_of, venue_row
from inventory.venues import VenueCard, venue_card

json = json_router("exports")
pages = APIRouter(include_in_schema=False)
Venue = Annotated[str, Path(alias="code", max_length=60)]
Test = Annotated[str, Path(alias="id", max_length=20)]
_SHOWN = 10


@dataclass(frozen=True)
class _Loaded:
    card: VenueCard
    rooms: list[tuple[str, str]]
    tests: list[SpeedTestCard]


def _load(session: Session, venue: str, now: datetime) -> _Loaded:
    card = venue_card(session, venue)
    rooms = rooms_of(session, venue_row(session, venue).id)
    return _Loaded(card, rooms, list_speed_tests(session, venue, now=now).items[:_SHOWN])


@pages.get("/venues/{code}/speed/new", dependencies=[DESK_OR_IT])
async def ask_speed(
    request: Request, venue: Venue, look: Look, now: Now, room: Annotated[str, Query(max_length=60)] = ""
) -> Response:
    values = {"room": room, **fields_of_moment(now, "on", "time")}
    return _page(request, await look.read(_load, venue, now), values)


@pages.post("/venues/{code}/speed/new", dependencies=[DESK_OR_IT])
async def add_speed(request: Request, venue: Venue, sent: Sent, look: Look, now: Now) -> Response:
    try:
        fields: dict[str, Any] = sent.given("room", "down_mbps", "up_mbps", "latency_ms", "note")
        fields["measured_at"] = moment_of(sent.values, "on", "time", "on")
        await sent.act(record_speed_test, NewSpeedTest.model_validate(fields), status=201, venue=venue)
    except NotFound:
        raise
    except Wrong as error:
        return _page(request, await look.read(_load, venue, now), sent.values, error)
    # Whoever measures walks from room to room: the form comes back, ready for the next.
    return see_other(f"/venues/{venue}/speed/new", done="speed-added")


@pages.post("/venues/{code}/speed/{id}/take-back", dependencies=[DESK_OR_IT])
async def take_speed_back(venue: Venue, test: Test, sent: Sent) -> Response:
    await sent.act(take_speed_test_back, venue=venue, speed_test=test)
    return see_other(f"/venues/{venue}/speed/new", done="speed-taken-back")


def _page(request: Request, loaded: _Loaded, values: Mapping[str, Any], error: Exception | None = None) -> Response:
    said = wrong(error) if error else {}
    if "measured_at" in said:
        said = {"on" if name == "measured_at" else name: sentence for name, sentence in said.items()}
    return render(
        request,
        "venues/speed.html",
        nav="venues",
        status=wrong_status(error) if error else 200,
        card=loaded.card,
        rooms=loaded.rooms,
        tests=loaded.tests,
        values=values,
        errors=said,
    )


_COLUMNS: Sequence[tuple[str, Callable[[SpeedTestCard], Cell]]] = (
    ("会場コード", lambda card: card.venue),
    ("会場", lambda card: card.venue_name),
    ("部屋", lambda card: card.room_name),
    ("測った日時", lambda card: card.measured_at),
    ("下り（Mbps）", lambda card: card.down_mbps),
    ("上り（Mbps）", lambda card: card.up_mbps),
    ("応答（ms）", lambda card: card.latency_ms),
    ("メモ", lambda card: card.note),
)


def speed_tests_table(session: Session) -> Table:
    rows = [[cell(card) for _, cell in _COLUMNS] for card in every_speed_test(session)]
    return Table("速度測定", tuple(name for name, _ in _COLUMNS), rows)


@json.get("/api/exports/speed_tests.{form}", dependencies=[READERS], response_class=Response, responses={200: FILE})
async def speed_tests(look: Look, written: Written) -> Response:
    """Every measurement that counts, by venue."""
    return await written("speed_tests", await look.read(speed_tests_table))
