"""Signing in and out, one's own account and one's own password, as pages."""

from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlmodel import Session

from api.codes import Problem
from api.forms import Sent, wrong
from api.pages import render, see_other
from api.passwords import as_typed
from api.session import Credentials, begin, end, hash_password
from api.transactions import Look, Now
from api.visitors import ANYBODY, READERS, Staff, set_cookie
from inventory.sign_in import SignedIn
from inventory.staff import Password, StaffCard, any_staff, set_password, staff_card

pages = APIRouter(include_in_schema=False)


class NewPassword(BaseModel):
    """What the form for another password sends. Passwords are kept as typed, blanks included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    old: str = Field(max_length=1000)
    password: Password


def own_path(text: str) -> str:
    """``text`` when it is the address of a page of ours, otherwise the start page.

    Browsers read ``//host`` and ``/\\host`` as another site's address and drop tabs and line ends before they look, so
    none of these may stand in it.
    """
    ours = text.startswith("/") and not text.startswith("//") and "\\" not in text and text.isprintable()
    return text if ours else "/"


@pages.get("/sign-in", dependencies=[ANYBODY])
async def sign_in_form(request: Request, look: Look) -> Response:
    """The form; a ledger without any account leads to the first set-up instead."""
    following = own_path(request.query_params.get("next", "/"))
    if request.state.visitor is not None:
        return see_other(following)
    if not await look.read(any_staff):
        return see_other("/setup")
    return render(request, "sign_in.html", following=following, username="", errors={})


@pages.post("/sign-in", dependencies=[ANYBODY])
async def sign_in(request: Request, sent: Sent, now: Now) -> Response:
    following = own_path(sent.values.get("next", "/"))
    username = sent.values.get("username", "")
    try:
        given = Credentials(username=username, password=await as_typed(request, "password"))
        await begin(request, now, given.username, given.password)
    except ValidationError as error:
        return _sign_in_again(request, 422, following, username, wrong(error))
    except Problem as problem:
        return _sign_in_again(request, problem.status, following, username, {"": problem.detail}, problem.headers)
    return see_other(following)


def _sign_in_again(
    request: Request,
    status: int,
    following: str,
    username: str,
    errors: dict[str, str],
    headers: dict[str, str] | None = None,
) -> Response:
    return render(
        request,
        "sign_in.html",
        status=status,
        headers=headers,
        following=following,
        username=username,
        errors=errors,
    )


@pages.post("/sign-out", dependencies=[ANYBODY])
async def sign_out(request: Request, look: Look, now: Now) -> Response:
    await end(request, look, now)
    return see_other("/sign-in", done="signed-out")


@pages.get("/account", dependencies=[READERS])
async def account(request: Request, look: Look, now: Now, visitor: Staff) -> Response:
    card = await look.read(_own_card, visitor, now)
    return render(request, "account/card.html", card=card)


@pages.get("/password", dependencies=[READERS])
async def password_form(request: Request) -> Response:
    return render(request, "account/password.html", errors={})


@pages.post("/password", dependencies=[READERS])
async def change_password(request: Request, sent: Sent, now: Now, visitor: Staff) -> Response:
    """Change one's own password. Every session of the account ends, also on a device that was left somewhere."""
    try:
        order = NewPassword(old=await as_typed(request, "old"), password=await as_typed(request, "password"))
        if order.password != await as_typed(request, "again"):
            sentence = "新しいパスワードが2つで違います。同じものを2回入れてください。"
            return render(request, "account/password.html", status=422, errors={"again": sentence})
        # Signing in with the old password counts a wrong one as any failed try: a desk left open is no place to guess.
        await begin(request, now, visitor.username, order.old)
    except ValidationError as error:
        return render(request, "account/password.html", status=422, errors=wrong(error))
    except Problem as problem:
        errors = {"old": "いまのパスワードが違います。たしかめて、もう一度入れてください。"}
        if problem.status == 429:
            errors = {"": problem.detail}
        return render(request, "account/password.html", status=problem.status, headers=problem.headers, errors=errors)
    hashed = await hash_password(request, order.password)
    await sent.act(set_password, staff=str(visitor.staff_id), password_hash=hashed)
    set_cookie(request, None)
    return see_other("/sign-in", done="password")


def _own_card(session: Session, visitor: SignedIn, now: datetime) -> StaffCard:
    return staff_card(session, str(visitor.staff_id), now=now)
