"""A report as whoever made it sees it, by the secret of its private link: states, what both said, where to bring it.

Never a name, never a note of the staff, nothing of any other report.
"""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints
from sqlalchemy import func, select, update
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.borrowers import VENUE
from inventory.devices import DEVICE, POOL
from inventory.errors import NotFound
from inventory.issue_steps import (
    ISSUE,
    ISSUE_MESSAGE,
    ISSUE_STEP,
    hash_of,
    issue_row,
    move,
    say,
    secret_of,
    state_of,
    together,
)
from inventory.journal import By
from inventory.keys import Keys
from inventory.reporting import Reported, spoken_receipt
from inventory.shapes import Card, Lines, LongNote, Shape
from inventory.tables import Author, IssueCategory, IssueState, MessageChannel, PoolKind, Realm

_PICTURE = SQLModel.metadata.tables["picture"]
_BRING = VENUE.alias("bring_venue")
# The report that is worked on: this one, or the one that it was merged into.
_GOES_ON = ISSUE.alias("goes_on")


class WriteBack(Shape):
    """A message of whoever reported to the office."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=2000), Lines, Field(min_length=1)]


class Reopen(Shape):
    """The trouble is still there, or is there again."""

    text: LongNote = None


class StepSeen(Card):
    state: IssueState
    at: datetime


class MessageSeen(Card):
    """``words`` is null for a call by telephone, of which only the time is shown, and for what was erased."""

    author: Author
    channel: MessageChannel
    words: str | None
    at: datetime


class BringTo(Card):
    """Where to bring the device, and on which day; the name is a venue's."""

    venue: str | None
    address: str | None
    on: date | None


class ReceiptCard(Card):
    """``receipt`` as written, 482-173. ``kind`` is a device's, ``venue`` a venue's name."""

    receipt: str
    kind: PoolKind | None
    venue: str | None
    category: IssueCategory
    phrases: list[str]
    words: str | None
    pictures: int
    received_at: datetime
    state: IssueState
    self_solved: bool
    steps: list[StepSeen]
    messages: list[MessageSeen]
    bring: BringTo | None


def receipt_card(session: Session, secret: str) -> ReceiptCard:
    """A report by the secret of its link.

    Raises:
        NotFound: no report has this secret now.
    """
    return _card(session, _by_secret(session, secret))


def receipt_of(session: Session, receipt: str) -> ReceiptCard:
    """A report by its receipt number as written: what a repeated act answers, never a door of its own."""
    query = select(ISSUE).where(ISSUE.c.receipt == receipt.replace("-", ""))
    return _card(session, session.connection().execute(query).one())


def write_back(
    session: Session,
    order: WriteBack,
    *,
    secret: str,
    by: By,
    now: datetime,
    op_id: str,
    realm: Realm = Realm.PUBLIC,
) -> ReceiptCard:
    """Keep a message to the office. What waited for it goes on, and so does what was thought to be over."""
    journal.open_entry(session, by=by, now=now, op_id=op_id, realm=realm)
    row = _by_secret(session, secret)
    message = say(session, row.id, Author.REPORTER, order.text, at=now, channel=MessageChannel.MESSAGE)
    if state_of(session, row.id) in (IssueState.WAITING, IssueState.RESOLVED):
        _move_all(session, row.id, _going_on(session, row), at=now)
    journal.note(session, "write_back", issue=row.id, message=message)
    return _card(session, _by_secret(session, secret))


def say_solved(
    session: Session, *, secret: str, by: By, now: datetime, op_id: str, realm: Realm = Realm.PUBLIC
) -> ReceiptCard:
    """「直りました」: whoever reported says that the trouble is over."""
    journal.open_entry(session, by=by, now=now, op_id=op_id, realm=realm)
    row = _by_secret(session, secret)
    _move_all(session, row.id, IssueState.RESOLVED, at=now)
    journal.note(session, "say_solved", issue=row.id)
    return _card(session, row)


def reopen(
    session: Session,
    order: Reopen,
    *,
    secret: str,
    by: By,
    now: datetime,
    op_id: str,
    realm: Realm = Realm.PUBLIC,
) -> ReceiptCard:
    """「まだです」: back to work, or back to the beginning where nobody has worked on it yet."""
    journal.open_entry(session, by=by, now=now, op_id=op_id, realm=realm)
    row = _by_secret(session, secret)
    if order.text:
        say(session, row.id, Author.REPORTER, order.text, at=now, channel=MessageChannel.MESSAGE)
    if state_of(session, row.id) in (IssueState.WAITING, IssueState.RESOLVED):
        _move_all(session, row.id, _going_on(session, row), at=now)
    journal.note(session, "reopen", issue=row.id)
    return _card(session, _by_secret(session, secret))


def rotate(session: Session, *, issue: str, keys: Keys, by: By, now: datetime, op_id: str) -> Reported:
    """Give a report a new private link; the old one opens nothing from now on."""
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = issue_row(session, issue)
    version = row.secret_version + 1
    fresh = {
        "secret_version": version,
        "secret_hash": hash_of(secret_of(keys, row.receipt, version)),
        "revision": row.revision + 1,
    }
    session.connection().execute(update(ISSUE).where(ISSUE.c.id == row.id).values(fresh))
    journal.note(session, "rotate", issue=row.id, version=version)
    return Reported(issue=str(row.id), receipt=spoken_receipt(row.receipt), version=version)


def _by_secret(session: Session, secret: str) -> Any:
    query = select(ISSUE).where(ISSUE.c.secret_hash == hash_of(secret))
    row = session.connection().execute(query).first()
    if row is None:
        raise NotFound("見つかりません。番号をもう一度お確かめください。")
    return row


def _going_on(session: Session, row: Any) -> IssueState:
    """Where an unfinished report stands: at its beginning when the office has done nothing about it yet."""
    done = (IssueState.CONFIRMED, IssueState.IN_PROGRESS, IssueState.WAITING)
    steps = select(ISSUE_STEP.c.id).where(ISSUE_STEP.c.issue_id == row.id, ISSUE_STEP.c.state.in_(done)).limit(1)
    begun = session.connection().execute(steps).first() is not None
    return IssueState.IN_PROGRESS if begun else IssueState.RECEIVED


def _move_all(session: Session, issue: int, state: IssueState, *, at: datetime) -> None:
    """Reports that were merged share one fate."""
    family = together(session, issue)
    for one in family:
        move(session, one, state, at=at)
    if state != IssueState.RESOLVED:
        # What came back was not solved by trying.
        undone = update(ISSUE).where(ISSUE.c.id.in_(family), ISSUE.c.self_solved)
        session.connection().execute(undone.values(self_solved=False))


def _card(session: Session, row: Any) -> ReceiptCard:
    connection = session.connection()
    things = (
        select(
            POOL.c.kind,
            VENUE.c.name.label("venue"),
            _BRING.c.name.label("bring"),
            _BRING.c.address.label("bring_address"),
            _GOES_ON.c.bring_venue_id,
            _GOES_ON.c.bring_on,
            ISSUE.c.self_solved,
        )
        .select_from(
            ISSUE.outerjoin(DEVICE, ISSUE.c.device_id == DEVICE.c.id)
            .outerjoin(POOL, DEVICE.c.pool_id == POOL.c.id)
            .outerjoin(VENUE, ISSUE.c.venue_id == VENUE.c.id)
            .join(_GOES_ON, _GOES_ON.c.id == func.coalesce(ISSUE.c.merged_into_id, ISSUE.c.id))
            .outerjoin(_BRING, _GOES_ON.c.bring_venue_id == _BRING.c.id)
        )
        .where(ISSUE.c.id == row.id)
    )
    thing = connection.execute(things).one()
    steps = select(ISSUE_STEP.c.state, ISSUE_STEP.c.began_at).where(ISSUE_STEP.c.issue_id == row.id)
    messages = (
        select(ISSUE_MESSAGE)
        .where(ISSUE_MESSAGE.c.issue_id == row.id, ISSUE_MESSAGE.c.channel != MessageChannel.NOTE)
        .order_by(ISSUE_MESSAGE.c.id)
    )
    pictures = (
        select(func.count()).select_from(_PICTURE).where(_PICTURE.c.issue_id == row.id, _PICTURE.c.erased_at.is_(None))
    )
    bring = BringTo(venue=thing.bring, address=thing.bring_address, on=thing.bring_on)
    return ReceiptCard(
        receipt=spoken_receipt(row.receipt),
        kind=thing.kind,
        venue=thing.venue,
        category=row.category,
        phrases=row.phrases,
        words=row.words,
        pictures=connection.execute(pictures).scalar_one(),
        received_at=row.received_at,
        state=state_of(session, row.id),
        self_solved=thing.self_solved,
        steps=[StepSeen(state=s.state, at=s.began_at) for s in connection.execute(steps.order_by(ISSUE_STEP.c.id))],
        messages=[_message(message) for message in connection.execute(messages)],
        bring=bring if thing.bring_venue_id or thing.bring_on else None,
    )


def _message(row: Any) -> MessageSeen:
    # What staff wrote down of a call is a note to themselves; that they rang is not.
    shown = None if row.channel == MessageChannel.PHONE else row.words
    return MessageSeen(author=row.author, channel=row.channel, words=shown, at=row.written_at)
