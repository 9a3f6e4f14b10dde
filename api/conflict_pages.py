"""要確認 on screen: what waits for a person, and one conflict with both sides' facts and the ways it can end."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.conflict_views import view
from api.forms import Sent, Wrong, wrong, wrong_status
from api.pages import query_of, render, see_other
from api.transactions import Look, Now
from api.visitors import DESK, READERS
from inventory.conflicts import ConflictCard, ConflictList, conflict_card, count_conflicts, list_conflicts
from inventory.settling import Settle, settle

pages = APIRouter(include_in_schema=False)
Conflict = Annotated[str, Path(alias="conflict", max_length=20)]
State = Literal["open", "settled"]


@dataclass(frozen=True)
class _Listed:
    found: ConflictList
    waiting: int


def _list(session: Session, *, state: State, q: str | None, cursor: str | None) -> _Listed:
    found = list_conflicts(session, settled=state == "settled", q=q, cursor=cursor)
    return _Listed(found, count_conflicts(session))


@pages.get("/conflicts", dependencies=[READERS])
async def conflict_list(
    request: Request,
    look: Look,
    now: Now,
    state: State = "open",
    q: Annotated[str | None, Query(max_length=100)] = None,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
) -> Response:
    listed = await look.read(_list, state=state, q=q or None, cursor=cursor or None)
    following = listed.found.next
    return render(
        request,
        "conflicts/list.html",
        nav="conflicts",
        conflicts=[view(card, now) for card in listed.found.items],
        total=listed.found.total,
        waiting=listed.waiting,
        state=state,
        q=q,
        tabs={name: f"/conflicts?{query_of(request, cursor=None, state=name)}" for name in ("open", "settled")},
        query=query_of(request, cursor=None, state=state),
        next_url=f"/conflicts?{query_of(request, cursor=following)}" if following else None,
        first_url=f"/conflicts?{query_of(request, cursor=None)}" if cursor else None,
    )


@dataclass(frozen=True)
class _One:
    """``next`` is another conflict that waits, None when this is the last."""

    card: ConflictCard
    next: str | None
    others: int


def _load(session: Session, conflict: str) -> _One:
    card = conflict_card(session, conflict)
    waiting = [one.id for one in list_conflicts(session, limit=2).items if one.id != card.id]
    others = count_conflicts(session) - (card.settled is None)
    return _One(card, waiting[0] if waiting else None, others)


@pages.get("/conflicts/{conflict}", dependencies=[READERS])
async def one_conflict(request: Request, conflict: Conflict, look: Look, now: Now) -> Response:
    return _show(request, await look.read(_load, conflict), now)


@pages.post("/conflicts/{conflict}/settle", dependencies=[DESK])
async def settle_conflict(request: Request, conflict: Conflict, sent: Sent, look: Look, now: Now) -> Response:
    try:
        card = await sent.act(settle, Settle.model_validate(sent.values), conflict=conflict)
    except Wrong as error:
        return _show(request, await look.read(_load, conflict), now, reason=sent.values.get("reason", ""), error=error)
    return see_other(f"/conflicts/{card.id}", done="settled")


def _show(request: Request, one: _One, now: datetime, *, reason: str = "", error: Exception | None = None) -> Response:
    return render(
        request,
        "conflicts/card.html",
        nav="conflicts",
        status=wrong_status(error) if error else 200,
        conflict=view(one.card, now),
        card=one.card,
        next=one.next,
        others=one.others,
        reason=reason,
        errors=wrong(error) if error else {},
    )
