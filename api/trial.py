"""試行の評価, over JSON and on screen."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field
from sqlmodel import Session

from api.json_doors import json_router
from api.pages import query_of, render
from api.problems import problems
from api.transactions import Look, Now
from api.visitors import READERS
from inventory.calendar import fiscal_year as fiscal_year_of
from inventory.calendar import fiscal_year_name, today
from inventory.errors import NotFound
from inventory.pools import PoolCard, list_pools
from inventory.presences import RoundCard, list_rounds
from inventory.shapes import BlankIsNone
from inventory.trial import Trial, TrialFigures, evaluate

json = json_router("trial")
pages = APIRouter(include_in_schema=False)
Year = Annotated[Annotated[int, Field(ge=1989, le=2998)] | None, BlankIsNone]
Word = Annotated[Annotated[str, Field(max_length=60)] | None, BlankIsNone]
# The list of years to choose from goes back this far.
_YEARS = 6


@json.get("/api/trial", dependencies=[READERS], responses=problems("not-found"))
async def trial(
    look: Look,
    now: Now,
    fiscal_year: Annotated[int | None, Query(ge=1989, le=2998, description="Default: this one.")] = None,
    in_round: Annotated[str | None, Query(alias="round", max_length=60, description="Default: the newest.")] = None,
    pool: Annotated[str | None, Query(max_length=60, description="Default: all.")] = None,
) -> Trial:
    """What lending to associations came to in a fiscal year, by district."""
    return await look.read(
        evaluate,
        fiscal_year=fiscal_year or fiscal_year_of(today(now)),
        now=now,
        in_round=in_round or None,
        pool=pool or None,
    )


def _load(session: Session, /, **asked: Any) -> tuple[Trial, list[RoundCard], list[PoolCard]]:
    now: datetime = asked["now"]
    return evaluate(session, **asked), list_rounds(session, now=now), list_pools(session)


@pages.get("/trial", dependencies=[READERS])
async def trial_page(
    request: Request,
    look: Look,
    now: Now,
    fiscal_year: Year = None,
    in_round: Annotated[Word, Query(alias="round")] = None,
    pool: Word = None,
) -> Response:
    this_year = fiscal_year_of(today(now))
    shown = fiscal_year or this_year
    try:
        found, rounds, pools = await look.read(_load, fiscal_year=shown, now=now, in_round=in_round, pool=pool)
    except NotFound:
        # A round that an old address names is no reason to show no figures.
        found, rounds, pools = await look.read(_load, fiscal_year=shown, now=now, in_round=None, pool=pool)
    years = sorted({shown, *range(this_year - _YEARS + 1, this_year + 1)}, reverse=True)
    return render(
        request,
        "trial.html",
        nav="associations",
        trial=found,
        waited=waited,
        sentences=headline(found.total, asked=found.round is not None),
        years=[(year, fiscal_year_name(year)) for year in years],
        rounds=[(card.id, card.name) for card in rounds],
        pools=[(card.id, card.name) for card in pools],
        pool=pool or "",
        query=query_of(request, fiscal_year=str(shown)),
    )


def headline(total: TrialFigures, *, asked: bool) -> list[str]:
    """What whoever decides wants to know first."""
    if not total.lent and not total.reports:
        return ["自治会に貸した端末は、まだありません。"]
    said = []
    if asked and total.confirmed + total.not_in_hand:
        said.append(f"{total.lent}台のうち{total.used}台が使われています。")
    else:
        said.append(f"{total.lent}台を貸しています。使われ方は、所在確認でわかります。")
    if total.first_answer_hours is not None:
        said.append(f"困りごとへの最初の返事は、中央値で{waited(total.first_answer_hours)}でした。")
    elif total.reports:
        said.append(f"困りごとは{total.reports}件ありました。まだ答えていません。")
    else:
        said.append("困りごとの知らせはありませんでした。")
    return said


def waited(hours: float) -> str:
    """A time as people say it: minutes under an hour, hours under two days, then days."""
    if hours < 1:
        return f"{max(1, round(hours * 60))}分"
    return f"{round(hours)}時間" if hours < 48 else f"{round(hours / 24)}日"
