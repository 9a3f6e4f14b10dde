"""What a term of office has to do with a loan, for its page: with whom it stayed, how it passed, what was signed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from api.loan_views import last_transfer
from inventory.agreement_sheets import AgreementCard, past_agreements
from inventory.history import LoanAct
from inventory.loans import LoanCard
from inventory.terms import TermStage, stages_of
from inventory.transfer_history import TransferCard


@dataclass(frozen=True)
class OnTerm:
    """``stages`` are what its term of office asks for now; ``past`` agreements from before it passed on."""

    stages: list[TermStage]
    passed: TransferCard | None
    past: list[AgreementCard]


def on_term(session: Session, card: LoanCard, acts: Iterable[LoanAct], *, now: datetime) -> OnTerm:
    return OnTerm(
        stages=stages_of(session, card.number, now=now),
        passed=last_transfer(acts),
        past=past_agreements(session, card.number),
    )
