"""Lists with their conditions under a name, over JSON."""

from typing import Annotated

from fastapi import Path, Query

from api.json_doors import json_router
from api.problems import problems
from api.transactions import ActMaybeOnce, Look
from api.visitors import DESK_OR_IT, READERS
from inventory.saved_filters import (
    Kept,
    NewSavedFilter,
    SavedFilterCard,
    SavedFilters,
    remove_filter,
    save_filter,
    saved_filters,
)

json = json_router("wifi")
Saved = Annotated[str, Path(alias="saved_filter", max_length=60)]


@json.get("/api/saved-filters", dependencies=[READERS])
async def kept(
    look: Look, page: Annotated[Kept | None, Query(description="Of this list alone.")] = None
) -> SavedFilters:
    return await look.read(saved_filters, page=page)


@json.post("/api/saved-filters", status_code=201, dependencies=[DESK_OR_IT])
async def keep(order: NewSavedFilter, act: ActMaybeOnce) -> SavedFilterCard:
    return await act(save_filter, order, status=201)


@json.post("/api/saved-filters/{saved_filter}/remove", dependencies=[DESK_OR_IT], responses=problems("not-found"))
async def remove(saved: Saved, act: ActMaybeOnce) -> SavedFilterCard:
    """Offer it no more, to anybody."""
    return await act(remove_filter, saved=saved)
