"""A planted defect: what an act did and that it was done are committed in two transactions.

``python -m tests.faults.two_transactions`` serves the whole app this way. A server killed between the two forgets an
act that it has carried out, so that its repetition is a second one, or is refused. It shows that the rounds of
killing can tell the difference.
"""

import sys
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from pydantic import BaseModel
from sqlmodel import Session

from api import recall, transactions
from api.__main__ import main
from inventory import journal
from inventory.journal import By
from inventory.tables import Realm


class Forgetful(transactions.Act):
    """Carries the act out under an op_id nobody knows, and writes the real one down afterwards."""

    async def __call__(
        self, verb: Callable[..., Any], order: BaseModel | None = None, *, status: int = 200, **at: Any
    ) -> Any:
        by = self.request.state.visitor.by
        known = await self.ledger.read(journal.find, Realm.STAFF, self.op_id)
        self.response.status_code = status
        if known is not None:
            return await self.ledger.read(recall.again, known.answer, self.now)
        orders = () if order is None else (order,)
        card = await self.ledger.write(verb, *orders, by=by, now=self.now, op_id=str(uuid4()), **at)
        await self.ledger.write(self._write_down, by, {"status": status, **recall.answer_of(card)})
        return card

    def _write_down(self, session: Session, by: By, answer: dict[str, Any]) -> None:
        journal.open_entry(session, by=by, now=self.now, op_id=self.op_id)
        journal.note(session, "check_out")
        journal.answer(session, None, answer)


if __name__ == "__main__":
    transactions.Act = Forgetful  # type: ignore[misc]
    sys.exit(main())
