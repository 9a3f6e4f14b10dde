"""Loans, returns and their undoing over JSON."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Path, Query

from api.json_doors import Pages, json_router
from api.problems import problems
from api.transactions import ActOnce, Look, Now
from api.visitors import DESK, DESK_OR_IT, READERS
from inventory.extending import Extend, extend
from inventory.lending import CheckOut, check_out
from inventory.loans import LoanCard, LoanList, LoanState, list_loans, loan_card
from inventory.returning import Returned, TakeBack, take_back
from inventory.undo import TakeUndo, Undone, undo

json = json_router("loans")
Loan = Annotated[str, Path(alias="number", max_length=20, description="Loan number, such as R8-00012.")]


@json.get("/api/loans", dependencies=[READERS])
async def loans(
    look: Look,
    pages: Pages,
    now: Now,
    state: LoanState | None = None,
    due_before: date | None = None,
    association: Annotated[str | None, Query(max_length=60)] = None,
    course: Annotated[str | None, Query(max_length=60)] = None,
    venue: Annotated[str | None, Query(max_length=60)] = None,
    device: Annotated[str | None, Query(max_length=60)] = None,
    agreement: Annotated[Literal["missing"] | None, Query(description="Loans that nobody has signed for.")] = None,
) -> LoanList:
    """Loans, the newest first."""
    return await look.read(
        list_loans,
        now=now,
        state=state,
        due_before=due_before,
        association=association,
        course=course,
        venue=venue,
        device=device,
        agreement=agreement,
        **pages.arguments,
    )


@json.post(
    "/api/loans",
    status_code=201,
    dependencies=[DESK],
    responses=problems(
        "missing-op-id", "not-found", "already-lent", "held", "retired", "promised", "limit-reached", "op-id-reused"
    ),
)
async def lend(order: CheckOut, act: ActOnce) -> LoanCard:
    """Lend every device of the order, or none."""
    return await act(check_out, order, status=201)


@json.get("/api/loans/{number}", dependencies=[READERS], responses=problems("not-found"))
async def one_loan(loan: Loan, look: Look, now: Now) -> LoanCard:
    return await look.read(loan_card, loan, now=now)


@json.post("/api/returns", dependencies=[DESK], responses=problems("missing-op-id", "op-id-reused"))
async def take_devices_back(order: TakeBack, act: ActOnce) -> Returned:
    """Take devices back. A return is never refused for another record's sake."""
    return await act(take_back, order)


@json.post(
    "/api/loans/{number}/extend",
    dependencies=[DESK],
    responses=problems("missing-op-id", "not-found", "op-id-reused"),
)
async def extend_loan(loan: Loan, order: Extend, act: ActOnce) -> LoanCard:
    return await act(extend, order, loan=loan)


@json.post(
    "/api/operations/{op_id}/undo",
    dependencies=[DESK_OR_IT],
    responses=problems("missing-op-id", "not-found", "already-lent", "too-late-to-undo", "op-id-reused"),
)
async def undo_operation(
    op_id: Annotated[str, Path(max_length=255)], act: ActOnce, order: TakeUndo | None = None
) -> Undone:
    """Take an act back within 15 minutes; only whoever did it, or an admin. The body may say when it was pressed."""
    return await act(undo, order, operation=op_id)
