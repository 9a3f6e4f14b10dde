"""The wifi of the venues on screen: the board of stages, and the map."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field
from sqlmodel import Session

from api.burnup_views import BurnupView, load_burnup
from api.pages import query_of, render
from api.transactions import Look, Now
from api.visitors import READERS
from api.wifi_board_views import board_view, programme_name
from api.wifi_map_svg import drawings, listing
from inventory.calendar import today
from inventory.outages import open_outages
from inventory.shapes import BlankIsNone, OptionalDay
from inventory.tables import VenueKind
from inventory.wifi_board import BESIDE, Board, Hall, load_board, programme_names
from inventory.wifi_stages import ROAD

pages = APIRouter(include_in_schema=False)
Code = Annotated[Annotated[str, Field(max_length=32)] | None, BlankIsNone]
Stage = Annotated[Annotated[str, Field(max_length=20)] | None, BlankIsNone, Query()]
# Above this many halls the board leads to the map and the burn-up instead of drawing them: they would be most of the
# page, and of the time that it takes.
_DRAWN = 300
_LISTED = 300
# The choice that means every venue, whatever programmes there are.
EVERYTHING = "-"


@dataclass(frozen=True)
class _Loaded:
    board: Board
    programmes: list[tuple[str, str]]
    burnup: BurnupView | None = None
    broken: Container[int] = ()


def _load(session: Session, now: datetime, on: date | None, programme: str | None) -> _Loaded:
    everything = programme == EVERYTHING
    board = load_board(session, now=now, on=on, programme=None if everything else programme, everything=everything)
    return _Loaded(board, programme_names(session))


def _load_all(session: Session, now: datetime, on: date | None, programme: str | None) -> _Loaded:
    loaded = _load(session, now, on, programme)
    if not 0 < len(loaded.board.halls) <= _DRAWN:
        return loaded
    found, everything = loaded.board.programme, programme == EVERYTHING
    burnup = load_burnup(session, now=now, programme=found.code if found else None, everything=everything)
    # What is broken now says nothing of another day.
    broken = open_outages(session) if loaded.board.day == today(now) else {}
    return _Loaded(loaded.board, loaded.programmes, burnup, broken)


@pages.get("/wifi", dependencies=[READERS])
async def board(request: Request, look: Look, now: Now, programme: Code = None, on: OptionalDay = None) -> Response:
    loaded = await look.read(_load_all, now, on, programme)
    halls = loaded.board.halls
    return render(
        request,
        "wifi/board.html",
        nav="venues",
        board=loaded.board,
        view=board_view(loaded.board, today(now), loaded.burnup, loaded.broken),
        programmes=loaded.programmes,
        everything=programme == EVERYTHING,
        map=drawings(halls, "館の位置と段階") if len(halls) <= _DRAWN else "",
        marks=_marks(halls),
        crowded=len(halls) > _DRAWN,
        burnup=loaded.burnup,
        query=query_of(request),
    )


@pages.get("/wifi/map", dependencies=[READERS])
async def venue_map(
    request: Request,
    look: Look,
    now: Now,
    programme: Code = None,
    on: OptionalDay = None,
    stage: Stage = None,
    kind: Annotated[VenueKind | None, BlankIsNone] = None,
) -> Response:
    loaded = await look.read(_load, now, on, programme)
    halls = [
        hall
        for hall in loaded.board.halls
        if (kind is None or hall.kind is kind) and (stage is None or (hall.stage or "none") == stage)
    ]
    there = [hall for hall in halls if hall.latitude is not None and hall.longitude is not None]
    return render(
        request,
        "wifi/map.html",
        nav="venues",
        board=loaded.board,
        name=programme_name(loaded.board),
        programmes=loaded.programmes,
        everything=programme == EVERYTHING,
        stage=stage,
        kind=kind,
        filtered=bool(stage or kind),
        halls=halls,
        there=there,
        map=drawings(there, "館の位置と段階。内容は下の一覧と同じです"),
        marks=_marks(there),
        listed=listing(there[:_LISTED]),
        rest=max(len(there) - _LISTED, 0),
        unplaced=[hall for hall in halls if hall.latitude is None or hall.longitude is None],
        query=query_of(request),
    )


def _marks(halls: Sequence[Hall]) -> list[Any]:
    """The stages that are on the map, for its legend: wire value, or None for まだ."""
    met = {hall.stage for hall in halls}
    return [stage for stage in (*reversed(ROAD), *BESIDE, None) if stage in met]
