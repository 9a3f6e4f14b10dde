"""One trouble report with everything that belongs to it: the talk, its states, pictures, stops, stand-ins, a loss."""

from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import and_, or_, select
from sqlmodel import Session, SQLModel

from inventory.borrowers import LOAN
from inventory.devices import DEVICE, HOLD, ITEM
from inventory.errors import Conflict, NotFound
from inventory.issue_lines import SELECT, IssueLine, lines, spoken_receipt
from inventory.issue_steps import ISSUE, ISSUE_MESSAGE, ISSUE_STEP, issue_row, together
from inventory.journal import ENTRY
from inventory.losses import Loss, loss_of
from inventory.pictures import PICTURE
from inventory.shapes import Card, row_id
from inventory.tables import Author, HoldReason, IssueState, MessageChannel
from inventory.text import code_text

ISSUE_HOLD = SQLModel.metadata.tables["issue_hold"]
ISSUE_SUBSTITUTE = SQLModel.metadata.tables["issue_substitute"]
STAFF = SQLModel.metadata.tables["staff"]
Line = TypeVar("Line", bound=IssueLine)
# The stops that a report leads to.
STOPS = (HoldReason.REPAIR, HoldReason.LOST)


class MessageOfIssue(Card):
    """``text`` is null once erased. ``report`` is the receipt of the merged report that it was told on, else null."""

    id: str
    author: Author
    channel: MessageChannel
    text: str | None
    written_at: datetime
    by: str | None
    report: str | None


class StepOfIssue(Card):
    """``by`` is who brought the report into this state; null for who reported and for the program."""

    state: IssueState
    began_at: datetime
    by: str | None


class PictureOfIssue(Card):
    id: str
    width: int
    height: int
    received_at: datetime


class HoldOfIssue(Card):
    id: str
    reason: HoldReason
    opened_at: datetime
    closed_at: datetime | None
    note: str | None


class SubstituteOfIssue(Card):
    """A 代替機 and its loan. ``comes_back``: it is out although the device that it stands for is well again."""

    loan: str
    asset_number: str
    lent_at: datetime
    returned_at: datetime | None
    due_on: date | None
    comes_back: bool


class MergedReport(Card):
    id: str
    receipt: str
    text: str | None
    phrases: list[str]
    reporter_name: str | None
    phone: str | None
    received_at: datetime


class IssueCard(IssueLine):
    """Everything is the oldest first. Messages of merged reports stand among those of the one they were merged into."""

    messages: list[MessageOfIssue]
    steps: list[StepOfIssue]
    pictures: list[PictureOfIssue]
    holds: list[HoldOfIssue]
    substitutes: list[SubstituteOfIssue]
    merged: list[MergedReport]
    loss: Loss | None


def issue_card(session: Session, issue: str) -> IssueCard:
    """Raises NotFound when there is no such report."""
    row = session.connection().execute(SELECT.where(ISSUE.c.id == row_id(issue))).first()
    if row is None:
        raise NotFound("この困りごとは見つかりません。一覧から選んでください。")
    own = together(session, row.id) if row.merged_into_id is None else [row.id]
    holds = _holds(session, own, row.device_id)
    lost = any(hold.reason is HoldReason.LOST for hold in holds)
    return IssueCard(
        **dict(lines(session, [row])[0]),
        messages=_messages(session, own),
        steps=_steps(session, row.id),
        pictures=_pictures(session, own),
        holds=holds,
        substitutes=_substitutes(session, own),
        merged=_merged(session, own[1:]),
        loss=loss_of(session, row.asset_number) if lost and row.asset_number else None,
    )


def without_contacts(card: Line) -> Line:
    """The card as a viewer sees it: what is wrong and what was done, but not who told of it or how to reach anybody."""
    hidden: dict[str, Any] = dict.fromkeys(("reporter_name", "phone", "email", "call_time"))
    if card.officer is not None:
        hidden["officer"] = card.officer.model_copy(update={"phone": None, "email": None})
    if isinstance(card, IssueCard):
        nobody = {"reporter_name": None, "phone": None}
        hidden["merged"] = [report.model_copy(update=nobody) for report in card.merged]
    return card.model_copy(update=hidden)


def worked_on(session: Session, issue: str) -> Any:
    """The row of a report that is worked on by itself.

    Raises:
        NotFound: there is no such report.
        Conflict: it was merged into another, which is where to go on.
    """
    row = issue_row(session, issue)
    if row.merged_into_id is not None:
        number = spoken_receipt(issue_row(session, str(row.merged_into_id)).receipt)
        raise Conflict(
            f"この困りごとは、{number} にまとめました。{number} の画面で続けてください。", into=str(row.merged_into_id)
        )
    return row


def issue_of_receipt(session: Session, written: str) -> str | None:
    """The id of the report with this receipt number, however it is written; None when there is none."""
    number = code_text(written).replace("-", "")
    found = session.connection().execute(select(ISSUE.c.id).where(ISSUE.c.receipt == number)).scalar()
    return str(found) if found is not None else None


def _messages(session: Session, own: list[int]) -> list[MessageOfIssue]:
    query = (
        select(ISSUE_MESSAGE, ISSUE.c.receipt, STAFF.c.name.label("staff_name"))
        .select_from(
            ISSUE_MESSAGE.join(ISSUE, ISSUE_MESSAGE.c.issue_id == ISSUE.c.id)
            .outerjoin(ENTRY, ISSUE_MESSAGE.c.entry == ENTRY.c.seq)
            .outerjoin(STAFF, ENTRY.c.by == STAFF.c.id)
        )
        .where(ISSUE_MESSAGE.c.issue_id.in_(own))
        .order_by(ISSUE_MESSAGE.c.written_at, ISSUE_MESSAGE.c.id)
    )
    found = session.connection().execute(query).all()
    # What the office wrote to all of them at once is one message.
    written_here = {row.entry for row in found if row.issue_id == own[0]}
    return [
        MessageOfIssue(
            id=str(row.id),
            author=row.author,
            channel=row.channel,
            text=row.words,
            written_at=row.written_at,
            by=row.staff_name,
            report=None if row.issue_id == own[0] else spoken_receipt(row.receipt),
        )
        for row in found
        if row.issue_id == own[0] or row.entry not in written_here
    ]


def _steps(session: Session, issue: int) -> list[StepOfIssue]:
    query = (
        select(ISSUE_STEP.c.state, ISSUE_STEP.c.began_at, STAFF.c.name)
        .select_from(
            ISSUE_STEP.outerjoin(ENTRY, ISSUE_STEP.c.entry == ENTRY.c.seq).outerjoin(STAFF, ENTRY.c.by == STAFF.c.id)
        )
        .where(ISSUE_STEP.c.issue_id == issue)
        .order_by(ISSUE_STEP.c.id)
    )
    return [
        StepOfIssue(state=row.state, began_at=row.began_at, by=row.name) for row in session.connection().execute(query)
    ]


def _pictures(session: Session, own: list[int]) -> list[PictureOfIssue]:
    query = select(PICTURE.c.id, PICTURE.c.width, PICTURE.c.height, PICTURE.c.received_at).where(
        PICTURE.c.issue_id.in_(own), PICTURE.c.erased_at.is_(None)
    )
    return [
        PictureOfIssue(id=str(row.id), width=row.width, height=row.height, received_at=row.received_at)
        for row in session.connection().execute(query.order_by(PICTURE.c.id))
    ]


def _holds(session: Session, own: list[int], device: int | None) -> list[HoldOfIssue]:
    """Stops that these reports led to, and whatever else stops the device for such a reason now."""
    standing = and_(HOLD.c.device_id == device, HOLD.c.closed_at.is_(None), HOLD.c.reason.in_(STOPS))
    query = (
        select(HOLD)
        .select_from(HOLD.outerjoin(ISSUE_HOLD, ISSUE_HOLD.c.hold_id == HOLD.c.id))
        .where(or_(ISSUE_HOLD.c.issue_id.in_(own), standing) if device is not None else ISSUE_HOLD.c.issue_id.in_(own))
        .order_by(HOLD.c.id)
    )
    return [
        HoldOfIssue(id=str(row.id), reason=row.reason, opened_at=row.opened_at, closed_at=row.closed_at, note=row.note)
        for row in session.connection().execute(query)
    ]


def _substitutes(session: Session, own: list[int]) -> list[SubstituteOfIssue]:
    stopped = (
        select(HOLD.c.id)
        .where(HOLD.c.device_id == LOAN.c.substitute_for_id, HOLD.c.closed_at.is_(None), HOLD.c.reason.in_(STOPS))
        .correlate(LOAN)
        .exists()
    )
    query = (
        select(
            LOAN.c.number,
            LOAN.c.due_on,
            DEVICE.c.asset_number,
            ITEM.c.lent_at,
            ITEM.c.returned_at,
            stopped.label("stopped"),
        )
        .select_from(
            ISSUE_SUBSTITUTE.join(LOAN, ISSUE_SUBSTITUTE.c.loan_id == LOAN.c.id)
            .join(ITEM, ITEM.c.loan_id == LOAN.c.id)
            .join(DEVICE, ITEM.c.device_id == DEVICE.c.id)
        )
        .where(ISSUE_SUBSTITUTE.c.issue_id.in_(own), ITEM.c.undone_entry.is_(None))
        .order_by(ITEM.c.id)
    )
    return [
        SubstituteOfIssue(
            loan=row.number,
            asset_number=row.asset_number,
            lent_at=row.lent_at,
            returned_at=row.returned_at,
            due_on=row.due_on,
            comes_back=row.returned_at is None and not row.stopped,
        )
        for row in session.connection().execute(query)
    ]


def _merged(session: Session, others: list[int]) -> list[MergedReport]:
    if not others:
        return []
    query = select(ISSUE).where(ISSUE.c.id.in_(others)).order_by(ISSUE.c.id)
    return [
        MergedReport(
            id=str(row.id),
            receipt=spoken_receipt(row.receipt),
            text=row.words,
            phrases=row.phrases,
            reporter_name=row.reporter_name,
            phone=row.phone,
            received_at=row.received_at,
        )
        for row in session.connection().execute(query)
    ]
