"""Supporters and wishes as files, with the filters of their lists."""

from typing import Annotated

from fastapi import Response

from api.exports import FILE, Word, Words, Written
from api.json_doors import json_router
from api.supporter_tables import supporters_table
from api.transactions import Look, Now
from api.visitors import READERS, Staff, sees_contacts
from api.wish_tables import wishes_table
from inventory.shapes import BlankIsNone
from inventory.tables import SupporterCategory, WishKind
from inventory.wish_lists import WishState

json = json_router("exports")


@json.get("/api/exports/supporters.{form}", dependencies=[READERS], response_class=Response, responses={200: FILE})
async def supporters(
    look: Look,
    written: Written,
    now: Now,
    visitor: Staff,
    q: Words = None,
    category: Annotated[SupporterCategory | None, BlankIsNone] = None,
    district: Word = None,
    active: Annotated[bool | None, BlankIsNone] = None,
) -> Response:
    """Supporters by kana. Columns for contacts and notes only for roles that may see them."""
    table = await look.read(
        supporters_table,
        contacts=sees_contacts(visitor),
        now=now,
        q=q or None,
        category=category,
        district=district or None,
        active=active,
    )
    return await written("supporters", table)


@json.get("/api/exports/wishes.{form}", dependencies=[READERS], response_class=Response, responses={200: FILE})
async def wishes(
    look: Look,
    written: Written,
    district: Word = None,
    association: Word = None,
    state: Annotated[WishState | None, BlankIsNone] = None,
    kind: Annotated[WishKind | None, BlankIsNone] = None,
) -> Response:
    """要望, the open ones first, by district."""
    table = await look.read(
        wishes_table, district=district or None, association=association or None, state=state, kind=kind
    )
    return await written("wishes", table)
