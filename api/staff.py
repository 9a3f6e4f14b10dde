"""Staff accounts over JSON, for admins."""

from typing import Annotated

from fastapi import Path, Request, Response

from api.json_doors import etag, json_router
from api.problems import problems
from api.session import hash_password
from api.transactions import ActMaybeOnce, Look, Now, SeenRevision
from api.visitors import ADMIN
from inventory.shapes import Card
from inventory.staff import (
    NewStaff,
    Password,
    StaffCard,
    StaffChange,
    add_staff,
    change_staff,
    list_staff,
    staff_card,
)

json = json_router("staff")
Member = Annotated[str, Path(alias="staff", max_length=60)]


class NewStaffWithPassword(NewStaff):
    password: Password


class StaffList(Card):
    items: list[StaffCard]
    next: None = None
    total: int


@json.get("/api/staff", dependencies=[ADMIN])
async def staff(look: Look, now: Now) -> StaffList:
    items = await look.read(list_staff, now=now)
    return StaffList(items=items, total=len(items))


@json.post("/api/staff", status_code=201, dependencies=[ADMIN])
async def add_member(request: Request, order: NewStaffWithPassword, act: ActMaybeOnce) -> StaffCard:
    hashed = await hash_password(request, order.password)
    account = NewStaff.model_validate(order.model_dump(exclude={"password"}))
    return await act(add_staff, account, status=201, password_hash=hashed)


@json.get("/api/staff/{staff}", dependencies=[ADMIN], responses=problems("not-found"))
async def one_member(staff: Member, look: Look, now: Now, response: Response) -> StaffCard:
    card = await look.read(staff_card, staff, now=now)
    etag(response, card.revision)
    return card


@json.patch("/api/staff/{staff}", dependencies=[ADMIN], responses=problems("not-found", "stale", "missing-if-match"))
async def edit_member(
    staff: Member, change: StaffChange, revision: SeenRevision, act: ActMaybeOnce, response: Response
) -> StaffCard:
    card = await act(change_staff, change, staff=staff, revision=revision)
    etag(response, card.revision)
    return card
