"""Rollout programmes on screen: the list, one with its sets of venues, and the forms."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.forms import Sent, Submitted, Wrong, wrong, wrong_status
from api.pages import render, see_other
from api.transactions import Look, Now
from api.visitors import IT, READERS
from inventory.calendar import today
from inventory.errors import NotFound, Stale
from inventory.tables import VenueKind
from inventory.wifi_programmes import (
    NewTarget,
    NewWifiProgramme,
    WifiProgrammeCard,
    WifiProgrammeChange,
    change_wifi_programme,
    create_wifi_programme,
    list_wifi_programmes,
    set_targets,
    venue_names,
    wifi_programme_card,
)

pages = APIRouter(include_in_schema=False)
Code = Annotated[str, Path(alias="code", max_length=60)]
_FIELDS = ("name", "from_on", "until_on", "baseline_on", "note")


async def _large(request: Request, now: Now) -> Submitted:
    """A form with a box for every venue of the city."""
    return Submitted(request, await request.form(max_files=0, max_fields=4000), now)


SentLarge = Annotated[Submitted, Depends(_large)]


@pages.get("/wifi/programmes", dependencies=[READERS])
async def programmes(request: Request, look: Look, now: Now) -> Response:
    found = await look.read(list_wifi_programmes, now=now)
    return render(request, "wifi/programmes.html", nav="venues", programmes=found)


@pages.get("/wifi/programmes/new", dependencies=[IT])
async def ask_new(request: Request, now: Now) -> Response:
    return _form(request, None, {"baseline_on": today(now).isoformat()})


@pages.post("/wifi/programmes/new", dependencies=[IT])
async def add_programme(request: Request, sent: Sent) -> Response:
    try:
        card = await sent.act(create_wifi_programme, NewWifiProgramme.model_validate(sent.values), status=201)
    except Wrong as error:
        return _form(request, None, sent.values, error)
    return see_other(f"/wifi/programmes/{card.code}", done="wifi-programme")


@dataclass(frozen=True)
class _Loaded:
    card: WifiProgrammeCard
    venues: dict[str, tuple[VenueKind, str]]


def _load(session: Session, programme: str, now: Now) -> _Loaded:
    return _Loaded(wifi_programme_card(session, programme, now=now), venue_names(session))


@pages.get("/wifi/programmes/{code}", dependencies=[READERS])
async def one_programme(request: Request, programme: Code, look: Look, now: Now) -> Response:
    loaded = await look.read(_load, programme, now)
    return _card(request, loaded, {"since_on": today(now).isoformat()}, _standing(loaded.card))


@pages.post("/wifi/programmes/{code}/targets", dependencies=[IT])
async def add_targets(request: Request, programme: Code, sent: SentLarge, look: Look, now: Now) -> Response:
    venues = sent.lists.get("venues", [])
    try:
        order = {name: sent.values.get(name, "") for name in ("name", "since_on", "reason")}
        await sent.act(
            set_targets, NewTarget.model_validate(order | {"venues": venues}), programme=programme, status=201
        )
    except NotFound:
        raise
    except Wrong as error:
        return _card(request, await look.read(_load, programme, now), sent.values, venues, error)
    return see_other(f"/wifi/programmes/{programme}", done="wifi-target")


@pages.get("/wifi/programmes/{code}/edit", dependencies=[IT])
async def ask_change(request: Request, programme: Code, look: Look, now: Now) -> Response:
    card = await look.read(wifi_programme_card, programme, now=now)
    return _form(request, card, card.model_dump(mode="json", include={*_FIELDS}))


@pages.post("/wifi/programmes/{code}/edit", dependencies=[IT])
async def edit_programme(request: Request, programme: Code, sent: Sent, look: Look, now: Now) -> Response:
    try:
        change = WifiProgrammeChange.model_validate(sent.values)
        await sent.act(change_wifi_programme, change, programme=programme, revision=sent.revision)
    except NotFound:
        raise
    except Wrong as error:
        return _form(request, await look.read(wifi_programme_card, programme, now=now), sent.values, error)
    return see_other(f"/wifi/programmes/{programme}", done="changed")


def _standing(card: WifiProgrammeCard) -> list[str]:
    """The newest set that is decided: the next one mostly differs from it by a few venues."""
    return card.targets[-1].venues if card.targets else []


def _card(
    request: Request,
    loaded: _Loaded,
    values: Mapping[str, Any],
    ticked: list[str],
    error: Exception | None = None,
) -> Response:
    kinds: dict[VenueKind, list[tuple[str, str]]] = {}
    for code, (kind, name) in loaded.venues.items():
        kinds.setdefault(kind, []).append((code, name))
    return render(
        request,
        "wifi/programme.html",
        nav="venues",
        status=wrong_status(error) if error else 200,
        card=loaded.card,
        names={code: name for code, (_, name) in loaded.venues.items()},
        kinds=kinds,
        ticked=set(ticked),
        values=values,
        errors=wrong(error) if error else {},
    )


def _form(
    request: Request, card: WifiProgrammeCard | None, values: Mapping[str, Any], error: Exception | None = None
) -> Response:
    return render(
        request,
        "wifi/programme_form.html",
        nav="venues",
        status=wrong_status(error) if error else 200,
        card=card,
        values=values,
        stale=isinstance(error, Stale),
        errors=wrong(error) if error else {},
    )
