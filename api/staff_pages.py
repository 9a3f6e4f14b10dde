"""Staff accounts on screen, for admins: the list, a new account, changes, another password."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from api.forms import Sent, Submitted, Wrong, wrong, wrong_status
from api.pages import render, see_other
from api.passwords import as_typed
from api.session import hash_password
from api.transactions import Look, Now
from api.visitors import ADMIN
from inventory.errors import Invalid, NotFound, Stale
from inventory.shapes import Shape
from inventory.staff import (
    NewStaff,
    Password,
    StaffCard,
    StaffChange,
    add_staff,
    change_staff,
    list_staff,
    set_password,
    staff_card,
)

pages = APIRouter(include_in_schema=False)
Member = Annotated[str, Path(alias="staff", max_length=60)]


class Given(Shape):
    """A password that an admin gives."""

    password: Password


async def _password(request: Request) -> str:
    """The new password, written twice.

    Raises:
        Invalid: the two differ.
        ValidationError: it is too short or too common.
    """
    given = Given(password=await as_typed(request, "password"))
    if given.password != await as_typed(request, "again"):
        raise Invalid.field("again", "パスワードが2つで違います。同じものを2回入れてください。")
    return given.password


@pages.get("/staff", dependencies=[ADMIN])
async def staff_list(request: Request, look: Look, now: Now) -> Response:
    staff = await look.read(list_staff, now=now)
    active = sum(card.active for card in staff)
    return render(request, "staff/list.html", nav="staff", staff=staff, active=active)


@pages.get("/staff/new", dependencies=[ADMIN])
async def ask_new(request: Request) -> Response:
    return _form(request, None, {"roles": ["desk"]})


@pages.post("/staff/new", dependencies=[ADMIN])
async def add_member(request: Request, sent: Sent) -> Response:
    try:
        order = NewStaff.model_validate(
            {"roles": _roles(sent), **_given(sent, "username", "name", "section", "appointed_until")}
        )
        hashed = await hash_password(request, await _password(request))
        await sent.act(add_staff, order, status=201, password_hash=hashed)
    except Wrong as error:
        return _form(request, None, {**sent.values, "roles": _roles(sent)}, error)
    return see_other("/staff", done="created")


@pages.get("/staff/{staff}/edit", dependencies=[ADMIN])
async def ask_change(request: Request, staff: Member, look: Look, now: Now) -> Response:
    card = await look.read(staff_card, staff, now=now)
    return _form(request, card, card.model_dump(mode="json"))


@pages.post("/staff/{staff}/edit", dependencies=[ADMIN])
async def edit_member(request: Request, staff: Member, sent: Sent, look: Look, now: Now) -> Response:
    card = await look.read(staff_card, staff, now=now)
    disabled = "disabled" in sent.values
    try:
        # Roles and the ban are named only when they change, because a change of either ends the account's sessions.
        fields: dict[str, Any] = _given(sent, "name", "section", "appointed_until")
        if set(_roles(sent)) != set(card.roles):
            fields["roles"] = _roles(sent)
        if disabled != card.disabled:
            fields["disabled"] = disabled
        change = StaffChange.model_validate(fields)
        await sent.act(change_staff, change, staff=staff, revision=sent.revision)
    except NotFound:
        raise
    except Wrong as error:
        return _form(request, card, {**sent.values, "roles": _roles(sent), "disabled": disabled}, error)
    return see_other("/staff", done="changed")


@pages.get("/staff/{staff}/password", dependencies=[ADMIN])
async def ask_password(request: Request, staff: Member, look: Look, now: Now) -> Response:
    card = await look.read(staff_card, staff, now=now)
    return render(request, "staff/password.html", nav="staff", card=card, errors={})


@pages.post("/staff/{staff}/password", dependencies=[ADMIN])
async def give_password(request: Request, staff: Member, sent: Sent, look: Look, now: Now) -> Response:
    card = await look.read(staff_card, staff, now=now)
    try:
        hashed = await hash_password(request, await _password(request))
        await sent.act(set_password, staff=staff, password_hash=hashed)
    except Wrong as error:
        return render(
            request, "staff/password.html", nav="staff", status=wrong_status(error), card=card, errors=wrong(error)
        )
    return see_other("/staff", done="password-given")


def _roles(sent: Submitted) -> list[str]:
    return [role for role in sent.lists.get("roles", []) if role]


def _given(sent: Submitted, *names: str) -> dict[str, str]:
    return {name: sent.values.get(name, "") for name in names}


def _form(
    request: Request, card: StaffCard | None, values: Mapping[str, Any], error: Exception | None = None
) -> Response:
    """The form of a new account (no card) or of one that is there."""
    errors = {field.split(".")[0]: sentence for field, sentence in wrong(error).items()} if error else {}
    if "roles" in errors and not values["roles"]:
        errors["roles"] = "役割を1つ以上選んでください。"
    return render(
        request,
        "staff/form.html",
        nav="staff",
        status=wrong_status(error) if error else 200,
        card=card,
        values=values,
        stale=isinstance(error, Stale),
        errors=errors,
    )
