"""What a code stands for, for staff."""

from typing import Annotated

from fastapi import Query

from api.json_doors import json_router
from api.transactions import Look
from api.visitors import READERS
from inventory.tags import Found, look_up

json = json_router("lookup")


@json.get("/api/lookup", dependencies=[READERS])
async def lookup(code: Annotated[str, Query(min_length=1, max_length=500)], look: Look) -> Found:
    """Label number, label URL of any host, asset number, serial or IMEI, as a scanner sends or a person types it."""
    return await look.read(look_up, code)
