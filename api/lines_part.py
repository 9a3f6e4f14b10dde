"""The part of a venue's page about its lines and the contracts that cover it."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from inventory.calendar import today
from inventory.contract_lists import ContractCard, list_contracts
from inventory.lines import LineCard, lines_of
from inventory.sign_in import SignedIn
from inventory.tables import Role

# More contracts than one hall has.
_CONTRACTS = 50


@dataclass(frozen=True)
class LinesPart:
    """``open`` are the lines that stand today or are to come, ``past`` those that have ended."""

    open: list[LineCard]
    past: list[LineCard]
    contracts: list[ContractCard]
    monthly_yen: int


def load_lines(session: Session, venue: str, now: datetime, visitor: SignedIn) -> LinesPart | None:
    """Without a line and a contract only who may add one is told so."""
    lines = lines_of(session, venue).items
    contracts = list_contracts(session, venue=venue, limit=_CONTRACTS).items
    if not lines and not contracts and not visitor.roles & {Role.IT, Role.ADMIN}:
        return None
    day = today(now)
    stands = [line for line in lines if line.until_on is None or line.until_on >= day]
    past = [line for line in lines if line.until_on is not None and line.until_on < day]
    return LinesPart(stands, past, contracts, sum(line.monthly_yen or 0 for line in stands if line.from_on <= day))
