"""A stage of wifi by form: choose halls, say which stage they entered and when; strike out what was wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field
from sqlmodel import Session

from api.forms import Sent, Submitted, Wrong, wrong, wrong_status
from api.pages import render, see_other
from api.transactions import Look, Now
from api.visitors import IT
from api.wifi_words import CHECK, STAGE
from inventory.calendar import today
from inventory.errors import IllegalStep, Invalid, NotFound
from inventory.shapes import BlankIsNone
from inventory.tables import WifiStage
from inventory.wifi_history import StepCard, VenueWifi, moves, venue_wifi
from inventory.wifi_stages import CHECKLISTS, PLAIN, ROAD, Move, next_stage
from inventory.wifi_step_lists import (
    MOST_CHOICES,
    Choices,
    ContractChoice,
    VenueChoice,
    contract_choices,
    venue_choices,
)
from inventory.wifi_steps import RecordSteps, StrikeStep, record_steps, strike_step

pages = APIRouter(include_in_schema=False)
Codes = Annotated[list[Annotated[str, Field(max_length=60)]], Query(max_length=MOST_CHOICES)]
Stage = Annotated[WifiStage | None, BlankIsNone, Query()]
Words = Annotated[Annotated[str, Field(max_length=100)] | None, BlankIsNone, Query()]
Venue = Annotated[str, Path(alias="code", max_length=60)]
Step = Annotated[str, Path(max_length=20)]
# Fields of the order → fields of the form.
_FIELDS = {"evidence.checks": "check", "evidence.contract": "contract", "evidence.accepted_on": "accepted_on"}
_LEFT_OUT = {"stage": "すすめる段階を選んでください。", "on": "その段階になった日を書いてください。"}


@pages.get("/wifi/steps/new", dependencies=[IT])
async def ask_step(
    request: Request,
    look: Look,
    now: Now,
    venue: Codes = [],  # noqa: B006  # The framework makes a list of its own for each request.
    stage: Stage = None,
    standing: Stage = None,
    q: Words = None,
    every: bool = False,
    chosen: bool = False,
) -> Response:
    """The halls to choose from, or, once some are chosen, the form of their step."""
    if every and standing is not None:
        found = await look.read(venue_choices, q=q, stage=standing)
        venue = [choice.code for choice in found.items]
    if not venue:
        errors = {"venue": "館を1つ以上選んでください。"} if chosen else {}
        return await _choose(request, look, stage=stage, standing=standing, q=q, errors=errors)
    loaded = await look.read(_load, venue)
    if not loaded.venues:
        raise NotFound("この会場は見つかりません。一覧から選び直してください。")
    values = {"on": today(now).isoformat(), "stage": (stage or _expected(loaded.venues) or "")}
    return _form(request, loaded, values)


@pages.post("/wifi/steps/new", dependencies=[IT])
async def add_step(request: Request, sent: Sent, look: Look) -> Response:
    codes = list(dict.fromkeys(sent.lists.get("venue", [])))
    if not codes:
        return await _choose(request, look, errors={"venue": "館を1つ以上選んでください。"})
    ticked = sent.lists.get("check", [])
    if "look" in sent.values:
        return _form(request, await look.read(_load, codes), sent.values, ticked=ticked)
    try:
        done = await sent.act(record_steps, RecordSteps.model_validate(_order(sent, codes, ticked)), status=201)
    except Wrong as error:
        loaded = await look.read(_load, sent.lists.get("of", codes))
        return _form(request, loaded, sent.values, ticked=ticked, kept=codes, error=error)
    if len(done.venues) == 1:
        return see_other(f"/venues/{done.venues[0]}", done="wifi-step")
    return see_other("/wifi", done="wifi-steps")


def _order(sent: Submitted, codes: list[str], ticked: list[str]) -> dict[str, Any]:
    evidence = {"checks": ticked, **sent.given("contract", "accepted_on")}
    return {"venues": codes, "evidence": evidence, **sent.given("stage", "on", "note", "reason")}


def _expected(venues: Sequence[VenueChoice]) -> WifiStage | None:
    """The stage that comes next, where all these venues stand at the same place."""
    stands = {(venue.stage, venue.place) for venue in venues}
    if len(stands) > 1:
        return None
    stage, place = stands.pop()
    if stage in (WifiStage.EXCLUDED, WifiStage.REMOVED):
        return None
    return place or ROAD[0] if stage is WifiStage.ON_HOLD else next_stage(place)


@dataclass(frozen=True)
class _Loaded:
    venues: list[VenueChoice]
    contracts: list[ContractChoice]


def _load(session: Session, codes: list[str]) -> _Loaded:
    # No code has a NUL in it, and PostgreSQL cannot even be asked about one.
    codes = [code for code in codes if "\0" not in code][:MOST_CHOICES]
    return _Loaded(venue_choices(session, venues=codes).items, contract_choices(session, codes))


@dataclass(frozen=True)
class _Group:
    """Venues that stand at the same stage; ``stage`` is None of those without any step."""

    stage: WifiStage | None
    venues: list[VenueChoice]


async def _choose(
    request: Request,
    look: Look,
    *,
    stage: WifiStage | None = None,
    standing: WifiStage | None = None,
    q: str | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response:
    found: Choices = await look.read(venue_choices, q=q, stage=standing)
    order = (None, *WifiStage)
    groups = [_Group(at, [venue for venue in found.items if venue.stage == at]) for at in order]
    return render(
        request,
        "wifi/step_choose.html",
        nav="venues",
        status=422 if errors else 200,
        groups=[group for group in groups if group.venues],
        more=found.more,
        stage=stage,
        standing=standing,
        q=q,
        errors=errors or {},
    )


def _form(
    request: Request,
    loaded: _Loaded,
    values: Mapping[str, str],
    *,
    ticked: Sequence[str] = (),
    kept: Sequence[str] | None = None,
    error: Exception | None = None,
) -> Response:
    """The form of the step. ``kept`` are the venues still ticked, all of them before the first try."""
    stage = values.get("stage", "")
    errors = {_FIELDS.get(field, field): said for field, said in wrong(error).items()} if error else {}
    for field, said in _LEFT_OUT.items():
        if field in errors and not values.get(field):
            errors[field] = said
    flagged: list[str] = []
    if isinstance(error, IllegalStep):
        flagged = error.facts["venues"]
        again = set(error.facts["moves"].values()) == {Move.NOWHERE.value}
        errors = {"stage" if again else "reason": error.sentence}
    return render(
        request,
        "wifi/step.html",
        nav="venues",
        status=wrong_status(error) if error else 200,
        venues=loaded.venues,
        kept=[venue.code for venue in loaded.venues] if kept is None else kept,
        flagged=flagged,
        options=_options(_expected(loaded.venues) if loaded.venues else None),
        checklists=_checklists(stage),
        ticked=ticked,
        contracts=[_contract(choice, len(loaded.venues)) for choice in loaded.contracts],
        values=values,
        errors=errors,
    )


def _options(expected: WifiStage | None) -> list[tuple[str, str, str]]:
    """The stages to choose from; the one that comes next says so."""
    return [(stage, word, "つぎの段階" if stage == expected else "") for stage, word in STAGE.items()]


def _checklists(stage: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """The checklists of the stage that is left and of the one that is entered, with their words."""
    if stage not in ROAD:
        return []
    at = ROAD.index(WifiStage(stage))
    return [
        (STAGE[one.value], [(code, word) for code, word in CHECK.items() if code in CHECKLISTS[one]])
        for one in ROAD[max(at - 1, 0) : at + 1]
    ]


def _contract(choice: ContractChoice, venues: int) -> tuple[str, str]:
    part = "" if choice.venues == venues else f"　{venues}館のうち{choice.venues}館"
    return choice.id, f"{choice.number} {choice.title}（{choice.contractor}）{part}"


@pages.get("/venues/{code}/wifi/steps/{step}/strike", dependencies=[IT])
async def ask_strike(request: Request, venue: Venue, step: Step, look: Look, now: Now) -> Response:
    return await _strike_form(request, look, venue, step, now, {})


@pages.post("/venues/{code}/wifi/steps/{step}/strike", dependencies=[IT])
async def strike_by_form(request: Request, venue: Venue, step: Step, sent: Sent, look: Look, now: Now) -> Response:
    try:
        card = await sent.act(strike_step, StrikeStep.model_validate(sent.given("reason")), venue=venue, step=step)
    except NotFound:
        raise
    except Wrong as error:
        return await _strike_form(request, look, venue, step, now, sent.values, error)
    return see_other(f"/venues/{card.venue}", done="wifi-step-struck")


async def _strike_form(
    request: Request,
    look: Look,
    venue: str,
    step: str,
    now: datetime,
    values: Mapping[str, str],
    error: Exception | None = None,
) -> Response:
    wifi: VenueWifi = await look.read(venue_wifi, venue, today=today(now))
    found = next((one for one in wifi.history if one.id == step), None)
    if found is None:
        raise NotFound("この段階の記録は見つかりません。会場の画面を開き直してください。")
    errors = wrong(error) if error else {}
    if error is not None and not isinstance(error, Invalid):
        errors = {"reason": "なぜ取り消すかを書いてください。"} if not values.get("reason") else errors
    left = [one for one in wifi.history if one.struck is None and one is not found]
    return render(
        request,
        "wifi/step_strike.html",
        nav="venues",
        status=wrong_status(error) if error else 200,
        wifi=wifi,
        step=found,
        left=left[-1] if left else None,
        gap=_gap(wifi, found, left),
        values=values,
        errors=errors,
    )


def _gap(wifi: VenueWifi, step: StepCard, left: Sequence[StepCard]) -> tuple[StepCard, StepCard] | None:
    """The two steps that stand side by side without the one struck out, where they do not follow each other."""
    at = sum(one in left for one in wifi.history[: wifi.history.index(step)])
    if step.struck or not 0 < at < len(left):
        return None
    kind = moves([one.stage for one in left])[at]
    return None if kind in PLAIN else (left[at - 1], left[at])
