"""Conflicts over JSON: what desks told of too late to be refused, with the facts of both sides, and how they end."""

from typing import Annotated, Literal

from fastapi import Path, Query

from api.json_doors import Pages, json_router
from api.problems import problems
from api.transactions import ActOnce, Look
from api.visitors import DESK, READERS
from inventory.conflicts import ConflictCard, ConflictList, conflict_card, list_conflicts
from inventory.settling import Settle, settle

json = json_router("conflicts")
Conflict = Annotated[str, Path(alias="conflict", max_length=20)]
State = Annotated[Literal["open", "settled"], Query(description="open: they wait for a person.")]


@json.get("/api/conflicts", dependencies=[READERS])
async def conflicts(look: Look, pages: Pages, state: State = "open") -> ConflictList:
    """Conflicts, the newest first. ``q`` is a part of the device's asset number."""
    return await look.read(list_conflicts, settled=state == "settled", **pages.arguments)


@json.get("/api/conflicts/{conflict}", dependencies=[READERS], responses=problems("not-found"))
async def one_conflict(conflict: Conflict, look: Look) -> ConflictCard:
    return await look.read(conflict_card, conflict)


@json.post(
    "/api/conflicts/{conflict}/settle",
    dependencies=[DESK],
    responses=problems("missing-op-id", "not-found", "refused", "retired", "op-id-reused"),
)
async def settle_conflict(conflict: Conflict, order: Settle, act: ActOnce) -> ConflictCard:
    """Settle a conflict for good: once, by whoever is first."""
    return await act(settle, order, conflict=conflict)
