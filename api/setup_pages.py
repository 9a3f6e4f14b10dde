"""The first set-up: an empty ledger asks for the code that its server printed, and makes the first admin."""

import hmac
from datetime import datetime
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from sqlmodel import Session

from api.codes import Problem
from api.forms import Sent, Wrong, wrong, wrong_status
from api.pages import render, see_other
from api.passwords import as_typed
from api.session import begin, hash_password
from api.transactions import Look, Now, ledger_of
from api.visitors import ANYBODY
from inventory import sign_in
from inventory.errors import Conflict, Invalid
from inventory.journal import By
from inventory.shapes import Name, OptionalName
from inventory.staff import NewStaff, Password, Username, any_staff, first_admin
from inventory.tables import Role, Setting
from inventory.text import NotText, code_text

pages = APIRouter(include_in_schema=False)

_FIELDS = ("code", "username", "name", "section")
_LAPSED = "設定コードの期限が切れています。台帳のサーバーを起動し直し、新しく表示されたコードを入れてください。"
_WRONG = "設定コードが違います。台帳のサーバーを起動した画面に表示されたコードを入れてください。"


def _code(value: object) -> object:
    """The code as it was made, whatever width, case and blanks it was typed with."""
    try:
        return code_text(value).replace("-", "").lower() if isinstance(value, str) else value
    except NotText:
        return ""


class SetUp(BaseModel):
    """What the set-up form sends."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: Annotated[str, Field(max_length=200), BeforeValidator(_code)]
    username: Username
    name: Name
    section: OptionalName = None
    password: Password


@pages.get("/setup", dependencies=[ANYBODY])
async def setup_form(request: Request, look: Look) -> Response:
    await _must_be_empty(look)
    return render(request, "setup.html", values=dict.fromkeys(_FIELDS, ""), errors={})


@pages.post("/setup", dependencies=[ANYBODY])
async def set_up(request: Request, sent: Sent, look: Look, now: Now) -> Response:
    """Make the first admin and sign in.

    The shape is checked first and costs no try; then the try is counted, so that parallel guesses count like guesses
    in a row; then the code is looked at, so that only whoever has it makes the server hash a password; and at last the
    code is checked and consumed in the transaction that opens the account.
    """
    await _must_be_empty(look)
    password = await as_typed(request, "password")
    values = {name: sent.values.get(name, "") for name in _FIELDS}
    try:
        order = SetUp.model_validate({**values, "password": password})
        if password != await as_typed(request, "again"):
            raise Invalid.field("again", "パスワードが2つで違います。同じものを2回入れてください。")
        await _count_try(request, now)
        await look.read(_must_fit, order.code, now)
        hashed = await hash_password(request, password)
        await look.write(_first_admin, order, hashed, now)
    except Wrong as error:
        return render(request, "setup.html", status=wrong_status(error), values=values, errors=wrong(error))
    except Problem as problem:
        errors = {"": problem.detail}
        return render(
            request, "setup.html", status=problem.status, headers=problem.headers, values=values, errors=errors
        )
    await begin(request, now, order.username, password)
    return see_other("/", done="set-up")


async def _must_be_empty(look: Look) -> None:
    if await look.read(any_staff):
        raise Problem("not-found", "はじめの設定は、もう済んでいます。サインインしてください。")


async def _count_try(request: Request, now: datetime) -> None:
    """Count a try of this client's; guesses of one client never shut out another's set-up."""
    ledger = ledger_of(request)
    host = request.client.host if request.client else ""
    account = sign_in.client_key(ledger.database.keys, "setup", host)
    client = sign_in.client_key(ledger.database.keys, "client", host)
    wait = await ledger.write(_counted, account, client, now)
    if wait:
        minutes = -(-wait // 60)
        raise Problem(
            "too-many",
            f"続けて違うコードが入れられたので、しばらく受け付けません。{minutes}分ほど待って、もう一度試してください。",
            headers={"Retry-After": str(wait)},
        )


def _counted(session: Session, account: str, client: str, now: datetime) -> int:
    wait = sign_in.wait_before_next_try(session, account, client, now)
    if not wait:
        sign_in.count_failure(session, account, client, now)
    return wait


def _must_fit(session: Session, code: str, now: datetime) -> None:
    """Raises Invalid unless this is the code that stands in the ledger, within its time."""
    kept = session.get(Setting, "setup_code")
    hashed, _, until = (kept.value if kept else "").partition(" ")
    if not hmac.compare_digest(hashed.encode(), sign_in.token_hash(code).encode()):
        raise Invalid.field("code", _WRONG)
    if now.timestamp() >= int(until):
        raise Invalid.field("code", _LAPSED)


def _first_admin(session: Session, order: SetUp, password_hash: str, now: datetime) -> None:
    """Check the code, consume it and open the account, all in one transaction: of ten set-ups at once one wins."""
    if any_staff(session):
        raise Conflict("はじめの設定は、ほかの人が済ませました。サインインしてください。")
    _must_fit(session, order.code, now)
    account = NewStaff(username=order.username, name=order.name, section=order.section, roles=[Role.ADMIN])
    first_admin(session, account, password_hash=password_hash, by=By(), now=now, op_id=str(uuid4()))
    session.delete(session.get_one(Setting, "setup_code"))
