"""Districts, associations and officers over JSON."""

from typing import Annotated

from fastapi import Path, Query, Response

from api.json_doors import Pages, etag, json_router
from api.problems import problems
from api.transactions import ActMaybeOnce, Look, Now, SeenRevision
from api.visitors import DESK, READERS, Staff, sees_contacts
from inventory.officer_changes import OfficerChange, change_officer
from inventory.officers import (
    EndOffice,
    NewOfficer,
    OfficerCard,
    add_officer,
    end_office,
    list_officers,
    officer_of,
    without_contacts,
)
from inventory.people import (
    AssociationCard,
    AssociationChange,
    AssociationList,
    DistrictCard,
    NewAssociation,
    NewDistrict,
    association_card,
    change_association,
    create_association,
    create_district,
    list_associations,
    list_districts,
)
from inventory.shapes import Card

json = json_router("people")
Association = Annotated[str, Path(alias="association", max_length=60)]
Officer = Annotated[str, Path(alias="officer", max_length=60)]


class Districts(Card):
    items: list[DistrictCard]
    next: None = None
    total: int


class Officers(Card):
    items: list[OfficerCard]
    next: None = None
    total: int


@json.get("/api/districts", dependencies=[READERS])
async def districts(look: Look) -> Districts:
    items = await look.read(list_districts)
    return Districts(items=items, total=len(items))


@json.post("/api/districts", status_code=201, dependencies=[DESK])
async def add_district(order: NewDistrict, act: ActMaybeOnce) -> DistrictCard:
    return await act(create_district, order, status=201)


@json.get("/api/associations", dependencies=[READERS])
async def associations(
    look: Look,
    pages: Pages,
    now: Now,
    visitor: Staff,
    district: Annotated[str | None, Query(max_length=60)] = None,
) -> AssociationList:
    found = await look.read(list_associations, now=now, district=district, **pages.arguments)
    if sees_contacts(visitor):
        return found
    return found.model_copy(update={"items": [hide_contacts(card) for card in found.items]})


@json.post("/api/associations", status_code=201, dependencies=[DESK])
async def add_association(order: NewAssociation, act: ActMaybeOnce, response: Response) -> AssociationCard:
    card = await act(create_association, order, status=201)
    etag(response, card.revision)
    return card


@json.get("/api/associations/{association}", dependencies=[READERS], responses=problems("not-found"))
async def one_association(
    association: Association, look: Look, now: Now, visitor: Staff, response: Response
) -> AssociationCard:
    card = await look.read(association_card, association, now=now)
    etag(response, card.revision)
    return card if sees_contacts(visitor) else hide_contacts(card)


@json.patch(
    "/api/associations/{association}",
    dependencies=[DESK],
    responses=problems("not-found", "stale", "missing-if-match"),
)
async def edit_association(
    association: Association,
    change: AssociationChange,
    revision: SeenRevision,
    act: ActMaybeOnce,
    response: Response,
) -> AssociationCard:
    card = await act(change_association, change, association=association, revision=revision)
    etag(response, card.revision)
    return card


@json.get("/api/associations/{association}/officers", dependencies=[READERS], responses=problems("not-found"))
async def officers(association: Association, look: Look, now: Now, visitor: Staff) -> Officers:
    """Everybody who held an office, the newest first."""
    items = await look.read(list_officers, association, now=now)
    if not sees_contacts(visitor):
        items = [without_contacts(officer) for officer in items]
    return Officers(items=items, total=len(items))


@json.post(
    "/api/associations/{association}/officers",
    status_code=201,
    dependencies=[DESK],
    responses=problems("not-found"),
)
async def new_officer(
    association: Association, order: NewOfficer, act: ActMaybeOnce, response: Response
) -> OfficerCard:
    card = await act(add_officer, order, status=201, association=association)
    etag(response, card.revision)
    return card


@json.get("/api/associations/{association}/officers/{officer}", dependencies=[READERS], responses=problems("not-found"))
async def one_officer(
    association: Association, officer: Officer, look: Look, now: Now, visitor: Staff, response: Response
) -> OfficerCard:
    card = await look.read(officer_of, association, officer, now=now)
    etag(response, card.revision)
    return card if sees_contacts(visitor) else without_contacts(card)


@json.patch(
    "/api/associations/{association}/officers/{officer}",
    dependencies=[DESK],
    responses=problems("not-found", "stale", "missing-if-match", "refused"),
)
async def edit_officer(
    association: Association,
    officer: Officer,
    change: OfficerChange,
    revision: SeenRevision,
    act: ActMaybeOnce,
    response: Response,
) -> OfficerCard:
    """Correct a name, contacts, the office or its days."""
    card = await act(change_officer, change, association=association, officer=officer, revision=revision)
    etag(response, card.revision)
    return card


@json.post(
    "/api/associations/{association}/officers/{officer}/end",
    dependencies=[DESK],
    responses=problems("not-found"),
)
async def officer_leaves(
    association: Association, officer: Officer, order: EndOffice, act: ActMaybeOnce
) -> OfficerCard:
    """Enter the last day in office, also late and backdated."""
    return await act(end_office, order, association=association, officer=officer)


def hide_contacts(card: AssociationCard) -> AssociationCard:
    return card.model_copy(update={"head": without_contacts(card.head)}) if card.head else card
