"""Acts of people without an account: counted before the ledger is asked, and numbered in a realm of their own.

A public door's verb takes ``realm`` and opens its entry in it. Whoever knows an op_id of the staff can do nothing with
it here, and the other way round. The program is who acts, also where staff happen to be signed in: they report like
anybody else here, and on behalf of somebody at their own door.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any, ClassVar, TypeVar
from uuid import uuid4

from fastapi import Depends, Request, Response
from pydantic import BaseModel
from starlette.datastructures import FormData

from api.codes import Problem
from api.throttle import Throttle, client_of
from api.transactions import Act, Now, op_id_of
from inventory.journal import By
from inventory.tables import Realm
from inventory.text import tag_number_in

C = TypeVar("C", bound=BaseModel)

# What the acts of a whole term of office are far below, and what a prank fills in seconds.
POSTS, POSTS_WITHIN = 10, timedelta(minutes=10)

_WAIT = "短い時間にたくさん送られたので、しばらくお待ちください。お急ぎのときは電話をかけてください。"


class PublicAct(Act):
    """``await act(verb, order, …)`` as in ``Act``; the verb is called with ``realm=Realm.PUBLIC`` besides."""

    realm: ClassVar[Realm] = Realm.PUBLIC

    async def __call__(
        self, verb: Callable[..., C], order: BaseModel | None = None, *, status: int = 200, **at: Any
    ) -> C:
        return await super().__call__(verb, order, status=status, realm=self.realm, **at)

    def _by(self) -> By:
        return By()


async def public_act_once(request: Request, response: Response, now: Now) -> PublicAct:
    """A public act over JSON or by a script; it must carry its op_id."""
    key = op_id_of(request)
    if key is None:
        raise Problem(
            "missing-op-id", "この操作には Idempotency-Key が要ります。操作ごとに新しい値をつけて送ってください。"
        )
    return PublicAct(request, response, now, key)


PublicActOnce = Annotated[PublicAct, Depends(public_act_once)]


def act_of_form(request: Request, form: FormData, now: Any) -> PublicAct:
    """The act of a page's form, by its hidden ``op_id``; one that cannot be used is as good as none."""
    op_id = form.get("op_id")
    usable = isinstance(op_id, str) and 1 <= len(op_id) <= 255 and all("!" <= c <= "~" for c in op_id)
    return PublicAct(request, Response(), now, str(op_id) if usable else str(uuid4()))


def must_not_flood(request: Request, now: Any, thing: str) -> None:
    """Count a post of this client about this label or receipt, before anything is read of the ledger.

    Raises:
        Problem: ``too-many`` with Retry-After: ten within ten minutes, of one client or about one thing.
    """
    wait = flooded(request, now, thing)
    if wait:
        raise too_many(wait)


def flooded(request: Request, now: Any, thing: str) -> int:
    """0, or the seconds to wait; for pages, which show the form again with what was written."""
    wait = client_waits(request, now)
    if wait:
        return wait
    wait = thing_waits(request, now, thing)
    if wait:
        _watch(request)[0].uncount(_client(request))
    return wait


def client_waits(request: Request, now: Any) -> int:
    """Count a post of this client: 0, or the seconds to wait."""
    return _watch(request)[0].count(_client(request), now)


def thing_waits(request: Request, now: Any, thing: str) -> int:
    """Count a post about this label or receipt: 0, or the seconds to wait. However it is written, it is one label."""
    return _watch(request)[1].count(tag_number_in(thing) or thing, now)


def too_many(wait: int) -> Problem:
    return Problem("too-many", _WAIT, headers={"Retry-After": str(wait)})


def _client(request: Request) -> str:
    # The address is the connection's; a proxy's word counts only where TRUSTED_PROXIES names the proxy.
    return client_of(request.client.host if request.client else "")


def _watch(request: Request) -> tuple[Throttle, Throttle]:
    """The counts of this app: by client, by label or receipt."""
    state = request.app.state
    if not hasattr(state, "post_watch"):
        state.post_watch = (Throttle(POSTS, POSTS_WITHIN), Throttle(POSTS, POSTS_WITHIN))
    watch: tuple[Throttle, Throttle] = state.post_watch
    return watch
