"""What is cleared away every day: rows that are over and are no facts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session

from inventory.sign_in import FAILED, WINDOW
from inventory.staff import STAFF_SESSION

# Long enough to look up who was signed in when something went wrong last month.
SESSIONS_KEPT = timedelta(days=90)


@dataclass(frozen=True)
class Tidied:
    """How many rows went."""

    failed_sign_ins: int
    sessions: int


def tidy(session: Session, *, now: datetime) -> Tidied:
    """Forget failed sign-ins whose window is over and sessions that ended 90 days ago.

    No journal entry: signing in was journaled when it happened, and nothing that anybody did is forgotten.
    """
    connection = session.connection()
    failed = connection.execute(delete(FAILED).where(FAILED.c.at < now - WINDOW))
    sessions = connection.execute(delete(STAFF_SESSION).where(STAFF_SESSION.c.expires_at < now - SESSIONS_KEPT))
    return Tidied(failed.rowcount, sessions.rowcount)
