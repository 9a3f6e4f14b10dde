"""要望 over JSON."""

from typing import Annotated

from fastapi import Path, Query, Response

from api.json_doors import etag, json_router
from api.problems import problems
from api.transactions import ActMaybeOnce, Look, SeenRevision
from api.visitors import DESK, READERS
from inventory.shapes import Card
from inventory.tables import WishKind
from inventory.wish_lists import (
    DistrictWishes,
    WishCard,
    WishList,
    WishState,
    list_wishes,
    wish_card,
    wishes_by_district,
)
from inventory.wishes import AnswerWish, NewWish, WishChange, add_wish, answer_wish, change_wish, withdraw_wish

json = json_router("wishes")
Wish = Annotated[str, Path(alias="wish", max_length=60)]


class ByDistrict(Card):
    items: list[DistrictWishes]
    next: None = None
    total: int


@json.get("/api/wishes", dependencies=[READERS])
async def wishes(
    look: Look,
    district: Annotated[str | None, Query(max_length=60)] = None,
    association: Annotated[str | None, Query(max_length=60)] = None,
    state: Annotated[WishState | None, Query(description="Without: all but those that were withdrawn.")] = None,
    kind: WishKind | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    count: Annotated[str | None, Query(pattern="^exact$")] = None,
) -> WishList:
    """Wishes, the open ones first, by district."""
    return await look.read(
        list_wishes,
        district=district,
        association=association,
        state=state,
        kind=kind,
        limit=limit,
        cursor=cursor or None,
        exact=count == "exact",
    )


@json.post("/api/wishes", status_code=201, dependencies=[DESK])
async def new_wish(order: NewWish, act: ActMaybeOnce, response: Response) -> WishCard:
    card = await act(add_wish, order, status=201)
    etag(response, card.revision)
    return card


@json.get("/api/wishes/districts", dependencies=[READERS])
async def districts(look: Look) -> ByDistrict:
    """How many wishes each district has, open and answered."""
    items = await look.read(wishes_by_district)
    return ByDistrict(items=items, total=len(items))


@json.get("/api/wishes/{wish}", dependencies=[READERS], responses=problems("not-found"))
async def one_wish(wish: Wish, look: Look, response: Response) -> WishCard:
    card = await look.read(wish_card, wish)
    etag(response, card.revision)
    return card


@json.patch(
    "/api/wishes/{wish}", dependencies=[DESK], responses=problems("not-found", "stale", "missing-if-match", "refused")
)
async def edit_wish(
    wish: Wish, change: WishChange, revision: SeenRevision, act: ActMaybeOnce, response: Response
) -> WishCard:
    card = await act(change_wish, change, wish=wish, revision=revision)
    etag(response, card.revision)
    return card


@json.post("/api/wishes/{wish}/answer", dependencies=[DESK], responses=problems("not-found", "refused"))
async def answer(wish: Wish, order: AnswerWish, act: ActMaybeOnce, response: Response) -> WishCard:
    """What planning answers; a later answer takes the place of the first."""
    card = await act(answer_wish, order, wish=wish)
    etag(response, card.revision)
    return card


@json.post("/api/wishes/{wish}/withdraw", dependencies=[DESK], responses=problems("not-found", "refused"))
async def withdraw(wish: Wish, act: ActMaybeOnce, response: Response) -> WishCard:
    """Take a wish out of the list; it stays in the ledger."""
    card = await act(withdraw_wish, wish=wish)
    etag(response, card.revision)
    return card
