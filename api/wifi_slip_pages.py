"""おくれと理由: what slipped in a programme, by cause and by venue."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field
from sqlmodel import Session

from api.pages import query_of, render
from api.transactions import Look, Now
from api.visitors import READERS
from inventory.calendar import today
from inventory.shapes import BlankIsNone
from inventory.wifi_programmes import WifiProgrammeLine, list_wifi_programmes
from inventory.wifi_slips import CauseSum, VenueSlip, cause_sums, venue_slips, years_of_moves
from inventory.wifi_standing import programme_row, target_id, target_venues

pages = APIRouter(include_in_schema=False)
_SHOWN = 200
Year = Annotated[Annotated[int, Field(ge=1900, le=2999)] | None, BlankIsNone]
Code = Annotated[Annotated[str, Field(max_length=60)] | None, BlankIsNone]


@dataclass(frozen=True)
class _Slips:
    programme: Any | None
    programmes: list[WifiProgrammeLine]
    years: list[int]
    causes: list[CauseSum]
    slips: list[VenueSlip]


def _load(session: Session, now: Now, code: str | None, year: int | None) -> _Slips:
    """All venues while there is no programme; the venues of its set of today else."""
    day, about = today(now), programme_row(session, code)
    venues = None
    if about is not None:
        target = target_id(session, about.id, on=day)
        venues = list(session.connection().execute(target_venues(target)).scalars()) if target is not None else []
    return _Slips(
        about,
        list_wifi_programmes(session, now=now),
        years_of_moves(session),
        cause_sums(session, venues=venues, year=year),
        venue_slips(session, on=day, venues=venues, year=year),
    )


@pages.get("/wifi/slips", dependencies=[READERS])
async def slips(
    request: Request,
    look: Look,
    now: Now,
    programme: Code = None,
    year: Year = None,
    sheet: Annotated[int, Query(ge=1, le=1000)] = 1,
) -> Response:
    loaded = await look.read(_load, now, programme, year)
    told = [slip for slip in loaded.slips if slip.causes or (year is None and _slipped(slip))]
    start = (sheet - 1) * _SHOWN
    following = f"/wifi/slips?{query_of(request, sheet=str(sheet + 1))}"
    return render(
        request,
        "wifi/slips.html",
        nav="venues",
        programme=loaded.programme,
        programmes=[(one.code, one.name) for one in loaded.programmes],
        years=loaded.years,
        year=year,
        causes=loaded.causes,
        days=sum(one.days for one in loaded.causes),
        moved=sum(bool(slip.causes) for slip in loaded.slips),
        slips=told[start : start + _SHOWN],
        others=len(loaded.slips) - len(told),
        overdue=sum(slip.overdue_days > 0 for slip in loaded.slips),
        next_url=following if start + _SHOWN < len(told) else None,
        first_url=f"/wifi/slips?{query_of(request, sheet=None)}" if sheet > 1 else None,
        today=today(now),
    )


def _slipped(slip: VenueSlip) -> bool:
    return bool(slip.overdue_days or slip.late_days or slip.slip_days)
