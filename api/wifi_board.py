"""The board of the rollout over JSON."""

from typing import Annotated

from fastapi import Query

from api.json_doors import json_router
from api.problems import problems
from api.transactions import Look, Now
from api.visitors import READERS
from inventory.shapes import OptionalDay
from inventory.wifi_board import BoardCard, board_card

json = json_router("wifi")


@json.get("/api/wifi/board", dependencies=[READERS], responses=problems("not-found"))
async def board(
    look: Look,
    now: Now,
    on: Annotated[OptionalDay, Query(description="The day in question; today without it.")] = None,
    programme: Annotated[
        str | None, Query(max_length=32, description="Code of a programme; the newest without it.")
    ] = None,
) -> BoardCard:
    """Every stage with its venues. A day to come answers as today does: nothing has happened on it yet."""
    return await look.read(board_card, now=now, on=on, programme=programme or None)
