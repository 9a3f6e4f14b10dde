"""Rollout programmes and their sets of venues over JSON."""

from typing import Annotated

from fastapi import Path, Response

from api.json_doors import etag, json_router
from api.problems import problems
from api.transactions import ActMaybeOnce, Look, Now, SeenRevision
from api.visitors import IT, READERS
from inventory.shapes import Card
from inventory.wifi_programmes import (
    NewTarget,
    NewWifiProgramme,
    WifiProgrammeCard,
    WifiProgrammeChange,
    WifiProgrammeLine,
    change_wifi_programme,
    create_wifi_programme,
    list_wifi_programmes,
    set_targets,
    wifi_programme_card,
)

json = json_router("venues")
Programme = Annotated[str, Path(alias="code", max_length=60)]


class WifiProgrammes(Card):
    items: list[WifiProgrammeLine]
    next: None = None
    total: int


@json.get("/api/wifi/programmes", dependencies=[READERS])
async def programmes(look: Look, now: Now) -> WifiProgrammes:
    items = await look.read(list_wifi_programmes, now=now)
    return WifiProgrammes(items=items, total=len(items))


@json.post("/api/wifi/programmes", status_code=201, dependencies=[IT])
async def add_programme(order: NewWifiProgramme, act: ActMaybeOnce, response: Response) -> WifiProgrammeCard:
    card = await act(create_wifi_programme, order, status=201)
    etag(response, card.revision)
    return card


@json.get("/api/wifi/programmes/{code}", dependencies=[READERS], responses=problems("not-found"))
async def one_programme(programme: Programme, look: Look, now: Now, response: Response) -> WifiProgrammeCard:
    card = await look.read(wifi_programme_card, programme, now=now)
    etag(response, card.revision)
    return card


@json.patch(
    "/api/wifi/programmes/{code}",
    dependencies=[IT],
    responses=problems("not-found", "stale", "missing-if-match"),
)
async def edit_programme(
    programme: Programme, change: WifiProgrammeChange, revision: SeenRevision, act: ActMaybeOnce, response: Response
) -> WifiProgrammeCard:
    card = await act(change_wifi_programme, change, programme=programme, revision=revision)
    etag(response, card.revision)
    return card


@json.post(
    "/api/wifi/programmes/{code}/targets",
    status_code=201,
    dependencies=[IT],
    responses=problems("not-found"),
)
async def add_targets(programme: Programme, order: NewTarget, act: ActMaybeOnce) -> WifiProgrammeCard:
    """A set of venues from a day on. The sets before it stay as they are; a day in the future may be given."""
    return await act(set_targets, order, programme=programme, status=201)
