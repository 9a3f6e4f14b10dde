"""Planned days of the wifi stages, and what is to be done next, over JSON."""

from typing import Annotated

from fastapi import Path

from api.json_doors import json_router
from api.problems import problems
from api.transactions import ActMaybeOnce, Look
from api.visitors import IT, READERS
from inventory.shapes import Card
from inventory.wifi_actions import ActionCard, ActionOrder, finish_action, open_actions, set_action
from inventory.wifi_plan_lists import PlanRevision, plan_revisions
from inventory.wifi_plans import PlanOrder, PlansOrder, PlansRevised, revise_plan, revise_plans

json = json_router("venues")
Venue = Annotated[str, Path(alias="code", max_length=60)]


class PlanRevisions(Card):
    items: list[PlanRevision]
    next: None = None
    total: int


class Actions(Card):
    items: list[ActionCard]
    next: None = None
    total: int


@json.get("/api/venues/{code}/wifi/plans", dependencies=[READERS], responses=problems("not-found"))
async def plans(venue: Venue, look: Look) -> PlanRevisions:
    """Every revision of a venue's plan, the newest decision first."""
    items = await look.read(plan_revisions, venue)
    return PlanRevisions(items=items, total=len(items))


@json.post("/api/venues/{code}/wifi/plans", status_code=201, dependencies=[IT], responses=problems("not-found"))
async def plan(venue: Venue, order: PlanOrder, act: ActMaybeOnce) -> PlanRevision:
    return await act(revise_plan, order, venue=venue, status=201)


@json.post("/api/wifi/plans", status_code=201, dependencies=[IT])
async def plan_many(order: PlansOrder, act: ActMaybeOnce) -> PlansRevised:
    """The plans of many venues in one act: all of them or none."""
    return await act(revise_plans, order, status=201)


@json.get("/api/wifi/actions", dependencies=[READERS])
async def actions(look: Look) -> Actions:
    """What is open, one at most for each venue."""
    items = list((await look.read(open_actions)).values())
    return Actions(items=items, total=len(items))


@json.post("/api/venues/{code}/wifi/actions", status_code=201, dependencies=[IT], responses=problems("not-found"))
async def next_action(venue: Venue, order: ActionOrder, act: ActMaybeOnce) -> ActionCard:
    """Write down what is next; what was open before ends."""
    return await act(set_action, order, venue=venue, status=201)


@json.post("/api/venues/{code}/wifi/actions/{action}/done", dependencies=[IT], responses=problems("not-found"))
async def action_done(venue: Venue, action: Annotated[str, Path(max_length=20)], act: ActMaybeOnce) -> ActionCard:
    return await act(finish_action, venue=venue, action=action)
