"""A planted defect: the writer's turn is taken inside a sync ``yield`` dependency, as many FastAPI examples do it.

``python -m tests.api.sync_gate`` serves ``POST /api/loans`` this way on the same ledger and settings. Each waiting
client keeps a worker thread; the one whose turn it is needs a thread too, to run its verb and to end its transaction.
With more clients than threads nobody moves any more. It shows that the race over HTTP can tell the difference.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, Header
from fastapi.responses import PlainTextResponse
from sqlmodel import Session

from inventory.database import writing
from inventory.journal import By
from inventory.lending import CheckOut, check_out
from inventory.loans import LoanCard
from inventory.settings import Settings, open_ledger


def main() -> None:
    settings = Settings.from_environment(os.environ)
    database = open_ledger(settings)
    app = FastAPI()

    def turn() -> Iterator[Session]:
        with writing(database) as session:
            yield session

    @app.get("/livez")
    async def livez() -> PlainTextResponse:
        return PlainTextResponse("ok\n")

    @app.post("/api/loans", status_code=201)
    def lend(
        order: CheckOut, session: Annotated[Session, Depends(turn)], idempotency_key: Annotated[str, Header()]
    ) -> LoanCard:
        return check_out(session, order, by=By(), now=datetime.now(UTC), op_id=idempotency_key)

    uvicorn.run(app, host=settings.host, port=settings.port, log_level="critical")


if __name__ == "__main__":
    main()
