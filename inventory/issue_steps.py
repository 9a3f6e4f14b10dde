"""The states that a report of trouble goes through, and what both sides tell each other about it.

Whoever reports and whoever answers both write here; each verb opens its own entry first.
"""

import hashlib
import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.errors import NotFound
from inventory.keys import Keys
from inventory.shapes import row_id
from inventory.tables import Author, IssueState, MessageChannel

ISSUE = SQLModel.metadata.tables["issue"]
ISSUE_STEP = SQLModel.metadata.tables["issue_step"]
ISSUE_MESSAGE = SQLModel.metadata.tables["issue_message"]


def make_receipt(session: Session) -> str:
    """Six random digits that no report has yet."""
    while True:
        number = f"{secrets.randbelow(1_000_000):06d}"
        taken = select(ISSUE.c.id).where(ISSUE.c.receipt == number)
        if session.connection().execute(taken).first() is None:
            return number


def secret_of(keys: Keys, receipt: str, version: int) -> str:
    """The secret of a report's private link, 256 bits as 64 hex digits.

    It can be made again by whoever has the ledger's key, so the ledger itself keeps only its hash.
    """
    return keys.sign("receipt", f"{receipt}/{version}".encode())


def hash_of(secret: str) -> str:
    """What the ledger keeps of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def issue_row(session: Session, issue: str) -> Any:
    """The row of a report by its id.

    Raises:
        NotFound: there is no such report.
    """
    row = session.connection().execute(select(ISSUE).where(ISSUE.c.id == row_id(issue))).first()
    if row is None:
        raise NotFound("この困りごとは見つかりません。一覧から選んでください。")
    return row


def state_of(session: Session, issue: int) -> IssueState:
    """The state that a report is in now."""
    query = select(ISSUE_STEP.c.state).where(ISSUE_STEP.c.issue_id == issue, ISSUE_STEP.c.ended_at.is_(None))
    state: IssueState = session.connection().execute(query).scalar_one()
    return state


def together(session: Session, issue: int) -> list[int]:
    """The reports that share a fate because they were merged: the one that is worked on, then those merged into it."""
    own = select(func.coalesce(ISSUE.c.merged_into_id, ISSUE.c.id)).where(ISSUE.c.id == issue)
    target = session.connection().execute(own).scalar_one()
    others = select(ISSUE.c.id).where(ISSUE.c.merged_into_id == target).order_by(ISSUE.c.id)
    return [target, *session.connection().execute(others).scalars()]


def begin(session: Session, issue: int, state: IssueState, *, at: datetime) -> None:
    """The first state of a report."""
    entry = journal.open_entry_number(session)
    session.connection().execute(insert(ISSUE_STEP).values(issue_id=issue, state=state, began_at=at, entry=entry))


def move(session: Session, issue: int, state: IssueState, *, at: datetime) -> bool:
    """Bring a report into another state; False when it is in it already."""
    if state_of(session, issue) == state:
        return False
    entry = journal.open_entry_number(session)
    still = update(ISSUE_STEP).where(ISSUE_STEP.c.issue_id == issue, ISSUE_STEP.c.ended_at.is_(None))
    session.connection().execute(still.values(ended_at=at, ended_entry=entry))
    begin(session, issue, state, at=at)
    return True


def say(session: Session, issue: int, author: Author, words: str, *, at: datetime, channel: MessageChannel) -> int:
    """Keep what was told; the message's row number."""
    values = {
        "issue_id": issue,
        "author": author,
        "channel": channel,
        "words": words,
        "written_at": at,
        "entry": journal.open_entry_number(session),
    }
    made = session.connection().execute(insert(ISSUE_MESSAGE).values(values))
    assert made.inserted_primary_key is not None
    return int(made.inserted_primary_key[0])
