"""Loans that pass to a successor, the check of a hand-over, and the list of terms, over JSON."""

from typing import Annotated

from fastapi import Path, Query

from api.json_doors import json_router
from api.problems import problems
from api.transactions import ActOnce, Look, Now
from api.visitors import DESK, READERS
from inventory.handovers import RecordHandover, record_handover
from inventory.loans import LoanCard, loan_card
from inventory.shapes import Card
from inventory.terms import TermList, TermStage, list_terms
from inventory.transfer_history import TransferCard, transfers_of
from inventory.transfers import PassedOnMany, PassOn, PassOnMany, transfer, transfer_many

json = json_router("loans")
Loan = Annotated[str, Path(alias="number", max_length=20, description="Loan number, such as R8-00012.")]


class Transfers(Card):
    items: list[TransferCard]
    next: None = None
    total: int


@json.post(
    "/api/loans/{number}/transfer",
    dependencies=[DESK],
    responses=problems("missing-op-id", "not-found", "refused", "op-id-reused"),
)
async def pass_on(loan: Loan, order: PassOn, act: ActOnce) -> LoanCard:
    """Let a loan pass to an officer in office, or to whoever heads an association today. Nothing comes back."""
    return await act(transfer, order, loan=loan)


@json.get("/api/loans/{number}/transfers", dependencies=[READERS], responses=problems("not-found"))
async def transfers(loan: Loan, look: Look, now: Now) -> Transfers:
    """What transfers a loan has behind it, the newest first."""
    card = await look.read(loan_card, loan, now=now)
    items = await look.read(transfers_of, card.number)
    return Transfers(items=items, total=len(items))


@json.post(
    "/api/loans/{number}/handover",
    dependencies=[DESK],
    responses=problems("missing-op-id", "not-found", "refused", "op-id-reused"),
)
async def hand_over(loan: Loan, order: RecordHandover, act: ActOnce) -> LoanCard:
    """Record that a device was checked and passed from hand to hand, with the consent of both."""
    return await act(record_handover, order, loan=loan)


@json.post("/api/transfers", dependencies=[DESK], responses=problems("missing-op-id", "op-id-reused"))
async def pass_on_many(order: PassOnMany, act: ActOnce) -> PassedOnMany:
    """Let each loan pass to the head of its own association. One that cannot is named; the others go on."""
    return await act(transfer_many, order)


@json.get("/api/terms", dependencies=[READERS])
async def terms(
    look: Look,
    now: Now,
    district: Annotated[str | None, Query(max_length=60)] = None,
    stage: TermStage | None = None,
) -> TermList:
    """Open loans of associations that a term of office concerns: near its end, over, unknown, or just passed on."""
    return await look.read(list_terms, now=now, district=district, stage=stage)
