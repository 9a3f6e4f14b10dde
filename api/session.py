"""Signing in and out over JSON, and the sign-in both doors share."""

from datetime import datetime
from typing import Annotated
from uuid import uuid4

import anyio
from anyio.to_thread import run_sync
from fastapi import Request
from pydantic import Field, StringConstraints
from sqlmodel import Session

from api.codes import Problem
from api.json_doors import json_router
from api.problems import problems
from api.transactions import Ledger, Look, Now, ledger_of
from api.visitors import ANYBODY, READERS, Staff, cookie_value, set_cookie
from inventory import sign_in
from inventory.shapes import Card, Shape
from inventory.sign_in import SignedIn
from inventory.tables import Role

json = json_router("session")


class Credentials(Shape):
    # No account has such a name, and PostgreSQL cannot even be asked about a text with NUL in it.
    username: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
    password: Annotated[str, Field(max_length=1000)]


class Who(Card):
    username: str
    name: str
    roles: list[Role]


# At most two passwords are hashed at once, off the event loop: more would starve a machine of two cores.
_HASHING = 2


async def check_password(request: Request, stored: str | None, password: str) -> bool:
    return await run_sync(sign_in.check_password, stored, password, limiter=_limiter(request))


async def hash_password(request: Request, password: str) -> str:
    return await run_sync(sign_in.hash_password, password, limiter=_limiter(request))


def _limiter(request: Request) -> anyio.CapacityLimiter:
    state = request.app.state
    if not hasattr(state, "hashing"):
        state.hashing = anyio.CapacityLimiter(_HASHING)
    limiter: anyio.CapacityLimiter = state.hashing
    return limiter


async def begin(request: Request, now: datetime, username: str, password: str) -> SignedIn:
    """Sign in: set the cookie of a fresh session and say who it is.

    The try is counted before the password is looked at, so that parallel guesses count like guesses in a row.

    Raises:
        Problem: ``too-many`` with Retry-After, or ``sign-in``, the same for an unknown name and a wrong password.
    """
    ledger = ledger_of(request)
    keys = ledger.database.keys
    account = sign_in.client_key(keys, "account", username.lower())
    client = sign_in.client_key(keys, "client", request.client.host if request.client else "")
    wait = await ledger.write(_count_try, account, client, now)
    if wait:
        raise Problem(
            "too-many",
            f"続けて失敗したので、しばらく受け付けません。{-(-wait // 60)}分ほど待って、もう一度試してください。",
            headers={"Retry-After": str(wait)},
        )
    found = await ledger.read(sign_in.stored_password, username, now)
    if not await check_password(request, found[1] if found else None, password) or found is None:
        raise Problem("sign-in", "ユーザー名かパスワードが違います。たしかめて、もう一度入れてください。")
    token = await ledger.write(_begin, found[0], account, now)
    visitor = await ledger.read(sign_in.who_has_session, token, now)
    assert visitor is not None
    request.state.visitor = visitor
    set_cookie(request, cookie_value(ledger, token, now))
    return visitor


async def end(request: Request, ledger: Ledger, now: datetime) -> None:
    """Sign out: the session is over for every copy of its cookie."""
    visitor: SignedIn | None = request.state.visitor
    if visitor is not None and visitor.session_id is not None:
        await ledger.write(sign_in.end_session, visitor.session_id, by=visitor.by, now=now, op_id=str(uuid4()))
    set_cookie(request, None)


def _count_try(session: Session, account: str, client: str, now: datetime) -> int:
    wait = sign_in.wait_before_next_try(session, account, client, now)
    if not wait:
        sign_in.count_failure(session, account, client, now)
    return wait


def _begin(session: Session, staff: int, account: str, now: datetime) -> str:
    sign_in.forget_failures(session, account)
    return sign_in.begin_session(session, staff, now=now, op_id=str(uuid4()))


def _who(visitor: SignedIn) -> Who:
    return Who(username=visitor.username, name=visitor.name, roles=sorted(visitor.roles, key=list(Role).index))


@json.post("/api/session", dependencies=[ANYBODY], responses=problems("too-many"))
async def sign_in_here(request: Request, credentials: Credentials, now: Now) -> Who:
    """Open a session; the answer sets its cookie."""
    return _who(await begin(request, now, credentials.username, credentials.password))


@json.get("/api/session", dependencies=[READERS])
async def who_am_i(visitor: Staff) -> Who:
    return _who(visitor)


@json.delete("/api/session", status_code=204, dependencies=[ANYBODY])
async def sign_out_here(request: Request, look: Look, now: Now) -> None:
    await end(request, look, now)
