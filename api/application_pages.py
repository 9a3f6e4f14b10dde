"""Applications on screen: the list with those that wait first, one with its papers, and the forms for both acts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.forms import Sent, Wrong, wrong, wrong_status
from api.loan_targets import choices
from api.pages import query_of, render, see_other
from api.transactions import Look, Now
from api.visitors import DESK, READERS
from inventory.applications import (
    ApplicationCard,
    ApplicationList,
    Decide,
    NewApplication,
    application_card,
    apply,
    count_waiting,
    decide,
    list_applications,
)
from inventory.calendar import today
from inventory.errors import Conflict, NotFound
from inventory.officers import OfficerCard, list_officers
from inventory.people import AssociationCard, association_card
from inventory.pools import PoolCard, list_pools
from inventory.tables import Decision

pages = APIRouter(include_in_schema=False)
Application = Annotated[str, Path(alias="application", max_length=60)]
Association = Annotated[str | None, Query(max_length=60)]

DECISIONS = [(Decision.APPROVED, "承認する"), (Decision.REFUSED, "承認しない")]
_WRITTEN = ("officer", "pool", "quantity", "purpose", "from", "until", "applied_on", "note")


@dataclass(frozen=True)
class _Listed:
    found: ApplicationList
    waiting: int
    narrowed_to: str | None


def _list(
    session: Session,
    *,
    now: datetime,
    state: Literal["open", "decided"],
    association: str | None,
    cursor: str | None,
) -> _Listed:
    name = association_card(session, association, now=now).name if association else None
    found = list_applications(session, state=state, association=association, cursor=cursor)
    return _Listed(found, count_waiting(session), name)


@pages.get("/applications", dependencies=[READERS])
async def application_list(
    request: Request,
    look: Look,
    now: Now,
    state: Literal["open", "decided"] = "open",
    association: Association = None,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
) -> Response:
    narrowed = association or None
    listed = await look.read(_list, now=now, state=state, association=narrowed, cursor=cursor or None)
    following = listed.found.next
    return render(
        request,
        "applications/list.html",
        nav="associations",
        listed=listed,
        state=state,
        association=narrowed,
        today=today(now),
        tabs={one: f"/applications?{query_of(request, cursor=None, state=one)}" for one in ("open", "decided")},
        next_url=f"/applications?{query_of(request, cursor=following)}" if following else None,
        first_url=f"/applications?{query_of(request, cursor=None)}" if cursor else None,
    )


@dataclass(frozen=True)
class _Choices:
    """What the form offers; without an association only the associations, by district."""

    groups: list[tuple[str, list[tuple[str, str]]]]
    association: AssociationCard | None
    officers: list[OfficerCard]
    pools: list[PoolCard]


def _choices(session: Session, association: str | None, now: datetime) -> _Choices:
    if not association:
        return _Choices(choices(session, "association", None, now).groups, None, [], [])
    card = association_card(session, association, now=now)
    officers = [one for one in list_officers(session, association, now=now) if one.name != "（消去ずみ）"]
    pools = sorted(list_pools(session), key=lambda pool: not pool.agreement_required)
    return _Choices([], card, officers, pools)


@pages.get("/applications/new", dependencies=[DESK])
async def ask_new(request: Request, look: Look, now: Now, association: Association = None) -> Response:
    """First the association, then what it asks for; the address may bring the association."""
    day = today(now).isoformat()
    return await _form(
        request, look, now, association or None, {"quantity": "1", "applied_on": day, "from": day, "until": ""}
    )


@pages.post("/applications/new", dependencies=[DESK])
async def enter(request: Request, sent: Sent, look: Look, now: Now) -> Response:
    association = sent.values.get("association", "")
    try:
        order = NewApplication.model_validate({"association": association, **sent.given(*_WRITTEN)})
        card = await sent.act(apply, order, status=201)
    except Wrong as error:
        return await _form(request, look, now, association or None, sent.values, error)
    return see_other(f"/applications/{card.id}", done="applied")


async def _form(
    request: Request,
    look: Look,
    now: datetime,
    association: str | None,
    values: Mapping[str, Any],
    error: Exception | None = None,
) -> Response:
    try:
        offered = await look.read(_choices, association, now)
    except NotFound:
        if error is None:
            raise
        # The form named an association that is not there: it is asked for again.
        offered = await look.read(_choices, None, now)
    head = next((one.id for one in offered.officers if one.in_office), None)
    pools = offered.pools
    usual = {"officer": head, "pool": pools[0].id if len(pools) == 1 else None}
    return render(
        request,
        "applications/new.html",
        nav="associations",
        status=wrong_status(error) if error else 200,
        offered=offered,
        pools=[(pool.id, pool.name) for pool in pools],
        officers=[(one.id, f"{one.office}　{one.name}") for one in offered.officers],
        values={**dict.fromkeys(_WRITTEN, ""), **usual, **values},
        errors=_sentences(error) if error else {},
    )


@pages.get("/applications/{application}", dependencies=[READERS])
async def one_application(request: Request, application: Application, look: Look) -> Response:
    card = await look.read(application_card, application)
    return render(request, "applications/card.html", nav="associations", card=card)


@pages.get("/applications/{application}/decide", dependencies=[DESK])
async def ask_decision(request: Request, application: Application, look: Look, now: Now) -> Response:
    card = await look.read(application_card, application)
    return _decision(request, card, {"decision": "", "decided_on": today(now).isoformat()})


@pages.post("/applications/{application}/decide", dependencies=[DESK])
async def decide_here(request: Request, application: Application, sent: Sent, look: Look) -> Response:
    try:
        order = Decide.model_validate(sent.given("decision", "decided_on", "document_number", "reason"))
        await sent.act(decide, order, application=application)
    except NotFound:
        raise
    except Wrong as error:
        return _decision(request, await look.read(application_card, application), sent.values, error)
    return see_other(f"/applications/{application}", done="decided")


def _decision(
    request: Request, card: ApplicationCard, values: Mapping[str, Any], error: Exception | None = None
) -> Response:
    return render(
        request,
        "applications/decide.html",
        nav="associations",
        status=wrong_status(error) if error else 200,
        card=card,
        decisions=DECISIONS,
        decided=isinstance(error, Conflict) or card.decided_on is not None,
        values={**dict.fromkeys(("decision", "decided_on", "document_number", "reason"), ""), **values},
        errors=_sentences(error) if error else {},
    )


def _sentences(error: Exception) -> dict[str, str]:
    """Sentences for what is left open, as the page asks for it."""
    errors = wrong(error)
    for field, sentence in (
        ("association", "申請した自治会を選んでください。"),
        ("pool", "借りたい物品の貸出区分を選んでください。"),
        ("decision", "承認するか、しないかを選んでください。"),
        ("document_number", "通知書の文書番号を書いてください。例：前情政第12号"),
    ):
        if field in errors:
            errors[field] = sentence
    # The one rule over several fields is that the end is not before the beginning.
    if isinstance(error, ValueError) and "" in errors:
        errors = {**{key: said for key, said in errors.items() if key}, "until": errors[""]}
    return errors
