"""所在確認 over JSON: rounds, what was said of each device, and what the staff hear on the telephone."""

from typing import Annotated

from fastapi import Path, Query

from api.json_doors import Pages, json_router
from api.problems import problems
from api.transactions import ActMaybeOnce, Look, Now
from api.visitors import DESK, READERS, Staff, sees_contacts
from inventory.presence_counts import PresenceState, PresenceSummary, summarize
from inventory.presence_lists import PresenceList, list_presences
from inventory.presences import Confirm, NewRound, RoundCard, WordCard, confirm, create_round, list_rounds
from inventory.shapes import Card

json = json_router("presences")
Round = Annotated[str, Path(alias="round", max_length=60)]
Device = Annotated[str, Path(alias="asset_number", max_length=60)]


class Rounds(Card):
    items: list[RoundCard]
    next: None = None
    total: int


@json.get("/api/presence-rounds", dependencies=[READERS])
async def rounds(look: Look, now: Now) -> Rounds:
    """Every round, the newest first."""
    items = await look.read(list_rounds, now=now)
    return Rounds(items=items, total=len(items))


@json.post("/api/presence-rounds", status_code=201, dependencies=[DESK])
async def add_round(order: NewRound, act: ActMaybeOnce) -> RoundCard:
    """Ask the heads where their devices are, from a first to a last day."""
    return await act(create_round, order, status=201)


@json.get("/api/presence-rounds/{round}", dependencies=[READERS], responses=problems("not-found"))
async def one_round(in_round: Round, look: Look, now: Now) -> PresenceSummary:
    """How many devices the round asks for and what was said of them, in all and by district."""
    return await look.read(summarize, now=now, in_round=in_round)


@json.get("/api/presences", dependencies=[READERS], responses=problems("not-found"))
async def presences(
    look: Look,
    now: Now,
    pages: Pages,
    visitor: Staff,
    in_round: Annotated[str | None, Query(alias="round", max_length=60, description="Default: the newest.")] = None,
    state: PresenceState | None = None,
    district: Annotated[str | None, Query(max_length=60, description="``none``: associations of no district.")] = None,
) -> PresenceList:
    """The devices a round asks for. Telephone numbers only for roles that may see them."""
    contacts = sees_contacts(visitor)
    return await look.read(
        list_presences,
        now=now,
        contacts=contacts,
        in_round=in_round or None,
        state=state,
        district=district or None,
        **pages.arguments,
    )


@json.post(
    "/api/presence-rounds/{round}/devices/{asset_number}",
    status_code=201,
    dependencies=[DESK],
    responses=problems("not-found", "refused", "op-id-reused"),
)
async def add_word(in_round: Round, device: Device, order: Confirm, act: ActMaybeOnce) -> WordCard:
    """What the head said on the telephone or on a visit; the newest word counts."""
    return await act(confirm, order, status=201, in_round=in_round, device=device)
