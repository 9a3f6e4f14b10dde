"""Who is at the door, and what the door lets through.

Every route declares a ``Door``; one without fails the tests. The idle time of a session lives in its cookie, signed
anew as time passes, so that a GET writes nothing to the ledger.
"""

import hmac
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Request

from api.codes import Problem
from api.transactions import Ledger, Now, ledger_of
from inventory.errors import NotAllowed
from inventory.settings import Settings
from inventory.sign_in import SESSION_LASTS, SignedIn, who_has_session, who_has_token
from inventory.tables import Role

IDLE = timedelta(minutes=60)
# How old a cookie's time may grow before it is signed anew: saves a signature and a header on most answers.
RENEW_AFTER = timedelta(minutes=1)


def cookie_name(request: Request) -> str:
    return cookie_name_for(request.app.state.settings)


def cookie_name_for(settings: Settings) -> str:
    """``__Host-`` binds the cookie to this host over https; plain http does not know it."""
    return "__Host-tsunagu" if settings.public_url.startswith("https://") else "tsunagu"


def cookie_value(ledger: Ledger, token: str, now: datetime) -> str:
    """Token, time and signature. The token alone opens nothing after the idle time."""
    stamp = str(int(now.timestamp()))
    return f"{token}.{stamp}.{_signature(ledger, token, stamp)}"


def set_cookie(request: Request, value: str | None) -> None:
    """Have the guard send the cookie with whatever answers this request; None takes it away."""
    name = cookie_name(request)
    secure = "; Secure" if name.startswith("__Host-") else ""
    lasts = int(SESSION_LASTS.total_seconds()) if value else 0
    request.state.cookie = f"{name}={value or ''}; Path=/; HttpOnly; SameSite=Lax; Max-Age={lasts}{secure}"


def _signature(ledger: Ledger, token: str, stamp: str) -> str:
    return ledger.database.keys.sign("cookie", f"{token}.{stamp}".encode())[:43]


async def visitor_of(request: Request, now: datetime) -> SignedIn | None:
    """Who sends this request, by bearer token or by session cookie; None for anybody."""
    if hasattr(request.state, "visitor"):
        found: SignedIn | None = request.state.visitor
        return found
    ledger = ledger_of(request)
    request.state.visitor = await _by_token(request, ledger, now) or await _by_cookie(request, ledger, now)
    return request.state.visitor  # type: ignore[no-any-return]


async def _by_token(request: Request, ledger: Ledger, now: datetime) -> SignedIn | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        return None
    return await ledger.read(who_has_token, token.strip(), now)


async def _by_cookie(request: Request, ledger: Ledger, now: datetime) -> SignedIn | None:
    parts = request.cookies.get(cookie_name(request), "").split(".")
    if len(parts) != 3 or not (parts[1].isascii() and parts[1].isdecimal() and len(parts[1]) < 12):
        return None
    token, stamp, signature = parts
    if not hmac.compare_digest(signature.encode(), _signature(ledger, token, stamp).encode()):
        return None
    # Seconds since the last answer. A clock set back makes it negative, which is no reason to turn anybody away.
    idle = timedelta(seconds=int(now.timestamp()) - int(stamp))
    if idle > IDLE:
        return None
    visitor = await ledger.read(who_has_session, token, now)
    if visitor is not None and abs(idle) > RENEW_AFTER:
        set_cookie(request, cookie_value(ledger, token, now))
    return visitor


class Door:
    """Whom a route lets in: anybody, or a member of staff with one of these roles. An admin passes every door.

    A door that does not even ask who knocks needs no ledger to open.
    """

    def __init__(self, *roles: Role, anybody: bool = False, asks: bool = True) -> None:
        self.anybody = anybody
        self.asks = asks
        self.roles = frozenset(roles) | {Role.ADMIN}

    async def __call__(self, request: Request, now: Now) -> SignedIn | None:
        if not self.asks:
            return None
        visitor = await visitor_of(request, now)
        if self.anybody:
            return visitor
        if visitor is None:
            raise Problem(
                "sign-in",
                "サインインしてから、もう一度操作してください。",
                headers={"WWW-Authenticate": 'Bearer realm="tsunagu"'},
            )
        meant = request.headers.get("x-operator")
        if meant is not None and meant != visitor.username:
            # What one person read at the desk never enters the ledger under the name of who signed in after them.
            raise Problem("sign-in", "別の人がサインインしています。読み取った本人がサインインしてください。")
        if not visitor.roles & self.roles:
            raise NotAllowed("この操作をする役割がありません。管理者に役割を確かめてください。")
        return visitor


ANYBODY = Depends(Door(anybody=True))
UNASKED = Depends(Door(anybody=True, asks=False))
READERS = Depends(Door(*Role))
DESK = Depends(Door(Role.DESK))
IT = Depends(Door(Role.IT))
DESK_OR_IT = Depends(Door(Role.DESK, Role.IT))
ADMIN = Depends(Door(Role.ADMIN))


async def signed_in(request: Request) -> SignedIn:
    """The member of staff whom the route's door let in."""
    visitor: SignedIn = request.state.visitor
    return visitor


Staff = Annotated[SignedIn, Depends(signed_in)]


def sees_contacts(visitor: SignedIn | None) -> bool:
    """Viewers read everything but telephone numbers and mail addresses."""
    return visitor is not None and bool(visitor.roles & {Role.DESK, Role.IT, Role.ADMIN})
