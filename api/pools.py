"""Pools over JSON."""

from typing import Annotated

from fastapi import Path, Response

from api.json_doors import etag, json_router
from api.problems import problems
from api.transactions import ActMaybeOnce, Look, SeenRevision
from api.visitors import IT, READERS
from inventory.pools import NewPool, PoolCard, PoolChange, change_pool, create_pool, list_pools, pool_card
from inventory.shapes import Card

json = json_router("pools")
PoolInPath = Annotated[str, Path(alias="pool", max_length=60)]


class Pools(Card):
    items: list[PoolCard]
    next: None = None
    total: int


@json.get("/api/pools", dependencies=[READERS])
async def pools(look: Look) -> Pools:
    items = await look.read(list_pools)
    return Pools(items=items, total=len(items))


@json.post("/api/pools", status_code=201, dependencies=[IT])
async def add_pool(order: NewPool, act: ActMaybeOnce) -> PoolCard:
    return await act(create_pool, order, status=201)


@json.get("/api/pools/{pool}", dependencies=[READERS], responses=problems("not-found"))
async def one_pool(pool: PoolInPath, look: Look, response: Response) -> PoolCard:
    card = await look.read(pool_card, pool)
    etag(response, card.revision)
    return card


@json.patch("/api/pools/{pool}", dependencies=[IT], responses=problems("not-found", "stale", "missing-if-match"))
async def edit_pool(
    pool: PoolInPath, change: PoolChange, revision: SeenRevision, act: ActMaybeOnce, response: Response
) -> PoolCard:
    card = await act(change_pool, change, pool=pool, revision=revision)
    etag(response, card.revision)
    return card
