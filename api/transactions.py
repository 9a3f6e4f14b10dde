"""look and act: the only ways from a door into the ledger.

``look`` runs a reading verb in a worker thread with a session of its own, opened and closed in that thread. ``act``
runs a writing verb behind a fair gate that is passed before a thread is taken. Neither keeps a connection while it
waits for a thread: a transaction opened in a sync ``yield`` dependency and finished in another thread deadlocks as soon
as every thread waits for a connection and every connection for a thread (64 clients were enough).
"""

import hmac
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, ClassVar, Concatenate, ParamSpec, TypeVar
from uuid import uuid4

import anyio
from anyio.to_thread import run_sync
from fastapi import Depends, Request, Response
from pydantic import BaseModel
from sqlmodel import Session

from api import recall
from api.codes import Problem
from inventory import journal
from inventory.database import Database, reading, writing
from inventory.errors import OpIdReused
from inventory.journal import By
from inventory.tables import Realm

P = ParamSpec("P")
T = TypeVar("T")
C = TypeVar("C", bound=BaseModel)


class Ledger:
    """The database of this app and the gate before its one writer. The gate is FIFO: nobody is overtaken."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.gate = anyio.Lock()

    async def read(self, verb: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await run_sync(partial(self._read, verb, *args, **kwargs))

    def _read(self, verb: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        with reading(self.database) as session:
            return verb(session, *args, **kwargs)

    async def write(self, verb: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a verb in the one writing transaction. A caller that has gone away still gets its act finished whole."""
        async with self.gate:
            with anyio.CancelScope(shield=True):
                done = await run_sync(partial(self._write, verb, *args, **kwargs))
        return done

    def _write(self, verb: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        with writing(self.database) as session:
            return verb(session, *args, **kwargs)


def ledger_of(request: Request) -> Ledger:
    ledger: Ledger = request.app.state.ledger
    return ledger


# The framework runs a plain function it depends on in a thread of its own, which costs more than these do; so what
# only takes something from the request is a coroutine.
async def look_of(request: Request) -> Ledger:
    return ledger_of(request)


async def clock() -> datetime:
    """Now. Tests put their own clock in its place."""
    return datetime.now(UTC)


Now = Annotated[datetime, Depends(clock)]
Look = Annotated[Ledger, Depends(look_of)]


class Act:
    """One act of a visitor: ``await act(verb, order, …)``.

    A repeated op_id changes nothing and gets the first answer, rendered for today's caller; the same op_id with other
    content is refused. ``realm`` is the space in which its op_id is unique.
    """

    realm: ClassVar[Realm] = Realm.STAFF

    def __init__(self, request: Request, response: Response, now: datetime, op_id: str) -> None:
        self.request = request
        self.response = response
        self.now = now
        self.op_id = op_id
        self.ledger = ledger_of(request)

    async def __call__(
        self, verb: Callable[..., C], order: BaseModel | None = None, *, status: int = 200, **at: Any
    ) -> C:
        by = self._by()
        mac = request_mac(self.ledger.database, self.request, order)
        ran = partial(self._run, verb, order, by, mac, status, at)
        card, said, repeated = await self.ledger.write(ran)
        self.response.status_code = said
        if repeated:
            self.response.headers["Idempotent-Replayed"] = "true"
        return card  # type: ignore[no-any-return]

    def _by(self) -> By:
        visitor = getattr(self.request.state, "visitor", None)
        return visitor.by if visitor else By()

    def _run(
        self,
        verb: Callable[..., C],
        order: BaseModel | None,
        by: By,
        mac: str,
        status: int,
        at: dict[str, Any],
        session: Session,
    ) -> tuple[Any, int, bool]:
        entry = journal.find(session, self.realm, self.op_id)
        if entry is not None:
            if entry.request_mac is None or not hmac.compare_digest(entry.request_mac, mac):
                raise OpIdReused(
                    "この操作番号は、ほかの操作で使われています。画面を開き直して、もう一度操作してください。"
                )
            return recall.again(session, entry.answer, self.now), entry.answer["status"], True
        orders = () if order is None else (order,)
        card = verb(session, *orders, by=by, now=self.now, op_id=self.op_id, **at)
        journal.answer(session, mac, {"status": status, **recall.answer_of(card)})
        return card, status, False


def op_id_of(request: Request) -> str | None:
    """The Idempotency-Key, bare or as the quoted string of draft-ietf-httpapi-idempotency-key-header-06.

    Raises:
        Problem: it is empty, longer than 255 characters, or has characters other than visible ASCII.
    """
    values = request.headers.getlist("idempotency-key")
    if not values:
        return None
    key = values[0].strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if len(values) > 1 or not 1 <= len(key) <= 255 or any(not "!" <= character <= "~" for character in key):
        raise Problem("missing-op-id", "Idempotency-Key は、半角の英数字と記号で1文字から255文字にしてください。")
    return key


async def act_once(request: Request, response: Response, now: Now) -> Act:
    """An act that must carry its op_id: to lend twice is worse than to ask twice."""
    key = op_id_of(request)
    if key is None:
        raise Problem(
            "missing-op-id", "この操作には Idempotency-Key が要ります。操作ごとに新しい値をつけて送ってください。"
        )
    return Act(request, response, now, key)


async def act_maybe_once(request: Request, response: Response, now: Now) -> Act:
    """An act that may carry an op_id; without one the program makes it."""
    return Act(request, response, now, op_id_of(request) or str(uuid4()))


ActOnce = Annotated[Act, Depends(act_once)]
ActMaybeOnce = Annotated[Act, Depends(act_maybe_once)]


async def seen_revision(request: Request) -> int:
    """The revision in If-Match (RFC 9110 section 13.1.1), which a change must name.

    Raises:
        Problem: it is missing (428, RFC 6585 section 3). Anything but one strong ETag of ours is a revision nobody has.
    """
    seen = request.headers.get("if-match")
    if seen is None:
        raise Problem("missing-if-match", "If-Match に、もとにした版（ETag）をつけて送ってください。")
    ours = re.fullmatch(r'"([1-9][0-9]{0,8})"', seen.strip())
    return int(ours[1]) if ours else -1


SeenRevision = Annotated[int, Depends(seen_revision)]


def request_mac(database: Database, request: Request, order: BaseModel | None) -> str:
    """A keyed MAC of method, path and parsed content: two spellings of the same order are the same request."""
    content = order.model_dump(mode="json", exclude_unset=True) if order is not None else None
    text = json.dumps([request.method, request.scope["path"], content], sort_keys=True, ensure_ascii=True)
    return database.keys.sign("request", text.encode())
