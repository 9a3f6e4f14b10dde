"""Passing one loan on to a successor, and recording the check of a device that passed from hand to hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.forms import Sent, Wrong, wrong, wrong_status
from api.loan_views import view
from api.pages import render, see_other
from api.transactions import Look, Now
from api.visitors import DESK
from api.words import CHECKED
from inventory.errors import Conflict
from inventory.handovers import ASKED, RecordHandover, record_handover, waiting_check
from inventory.loans import LoanCard, loan_card
from inventory.people import AssociationCard, list_associations
from inventory.transfer_history import TransferCard
from inventory.transfers import Passing, PassOn, passing, transfer

pages = APIRouter(include_in_schema=False)
Loan = Annotated[str, Path(alias="number", max_length=20)]
# So many associations stand in the list to choose from; a city has fewer.
_ASSOCIATIONS = 500


@dataclass(frozen=True)
class _Ways:
    """``why`` says why the loan cannot pass at all; then there is nothing to choose."""

    card: LoanCard
    passing: Passing | None
    why: str
    others: list[AssociationCard]


def _ways(session: Session, number: str, now: datetime) -> _Ways:
    card = loan_card(session, number, now=now)
    try:
        found = passing(session, card.number, now=now)
    except Conflict as refusal:
        return _Ways(card, None, refusal.sentence, [])
    listed = list_associations(session, now=now, limit=_ASSOCIATIONS).items
    others = [one for one in listed if one.head is not None and one.id != card.borrower.id]
    return _Ways(card, found, "", others)


@pages.get("/loans/{number}/transfer", dependencies=[DESK])
async def ask_to_whom(request: Request, loan: Loan, look: Look, now: Now) -> Response:
    ways = await look.read(_ways, loan, now)
    first = ways.passing.officers[0].id if ways.passing and ways.passing.officers else "other"
    return _transfer_form(request, ways, now, {"to": first})


@pages.post("/loans/{number}/transfer", dependencies=[DESK])
async def pass_on(request: Request, loan: Loan, sent: Sent, look: Look, now: Now) -> Response:
    ways = await look.read(_ways, loan, now)
    to = sent.values.get("to", "")
    if to == "other":
        order = {"association": sent.values["association"]} if sent.values.get("association") else {}
    else:
        order = {"officer": to} if to else {}
    try:
        card = await sent.act(transfer, PassOn.model_validate(order), loan=loan)
    except Wrong as error:
        return _transfer_form(request, ways, now, sent.values, error)
    return see_other(f"/loans/{card.number}", done="transferred")


def _transfer_form(
    request: Request, ways: _Ways, now: datetime, values: Mapping[str, str], error: Exception | None = None
) -> Response:
    errors = wrong(error) if error else {}
    if errors and not values.get("association") and values.get("to", "other") in ("", "other"):
        name = "association" if values.get("to") == "other" else "to"
        errors = {name: "引き継ぐ相手を選んでください。"}
    return render(
        request,
        "terms/transfer.html",
        nav="loans",
        status=wrong_status(error) if error else 200,
        card=ways.card,
        loan=view(ways.card, now),
        passing=ways.passing,
        why=ways.why,
        others=[(one.id, f"{one.name}（{one.head.name}さん）") for one in ways.others if one.head],
        values=values,
        errors=errors,
    )


@dataclass(frozen=True)
class _Check:
    card: LoanCard
    waiting: TransferCard | None
    why: str


def _check(session: Session, number: str, now: datetime) -> _Check:
    card = loan_card(session, number, now=now)
    try:
        return _Check(card, waiting_check(session, card.number), "")
    except Conflict as refusal:
        return _Check(card, None, refusal.sentence)


@pages.get("/loans/{number}/handover", dependencies=[DESK])
async def ask_for_check(request: Request, loan: Loan, look: Look, now: Now) -> Response:
    return _check_form(request, await look.read(_check, loan, now), now, set(), set())


@pages.post("/loans/{number}/handover", dependencies=[DESK])
async def record_check(request: Request, loan: Loan, sent: Sent, look: Look, now: Now) -> Response:
    check = await look.read(_check, loan, now)
    ticked, consents = set(sent.lists.get("checklist", [])), set(sent.lists.get("consent", []))
    try:
        order = RecordHandover.model_validate(
            {"from": "from" in consents, "to": "to" in consents, "checklist": sorted(ticked)}
        )
        card = await sent.act(record_handover, order, loan=loan)
    except Wrong as error:
        return _check_form(request, check, now, ticked, consents, error)
    return see_other(f"/loans/{card.number}", done="handed-over")


def _check_form(
    request: Request,
    check: _Check,
    now: datetime,
    ticked: set[str],
    consents: set[str],
    error: Exception | None = None,
) -> Response:
    errors = wrong(error) if error else {}
    lacking = [sentence for name, sentence in errors.items() if name in ("from", "to")]
    if lacking:
        errors = {"consent": lacking[0], **{name: said for name, said in errors.items() if name not in ("from", "to")}}
    return render(
        request,
        "terms/handover.html",
        nav="loans",
        status=wrong_status(error) if error else 200,
        card=check.card,
        loan=view(check.card, now),
        waiting=check.waiting,
        why=check.why,
        points=[(code, word, hint if code in ASKED else f"{hint}（あてはまるとき）") for code, word, hint in CHECKED],
        ticked=ticked,
        consents=consents,
        errors=errors,
    )
