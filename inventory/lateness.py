"""How late the ledger hears of an act, and what that means for clocks that nobody set to the same second."""

from datetime import datetime, timedelta

from sqlmodel import Session

from inventory import journal

# An act that reaches the ledger within this time was told to whoever did it while they stood there.
ON_THE_SPOT = timedelta(seconds=30)
# How far apart two clocks may be that show the same time.
CLOCKS = timedelta(seconds=2)


def is_late(session: Session, at: datetime) -> bool:
    """Whether anything can have happened since."""
    return at < journal.opened_at(session)


def slack_of(session: Session, at: datetime) -> timedelta:
    """How much later something may seem to be that the ledger heard of before this act."""
    return CLOCKS if is_on_the_spot(session, at) else timedelta()


def is_on_the_spot(session: Session, at: datetime) -> bool:
    """Whether the act under way happened just now, so that its refusal reaches whoever did it."""
    return journal.opened_at(session) - at <= ON_THE_SPOT
