"""Answer a report, bring it into another state, say where the device is to be brought, merge what came in twice."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, StringConstraints
from sqlalchemy import select, update
from sqlmodel import Session

from inventory import journal
from inventory.borrowers import VENUE
from inventory.calendar import today
from inventory.errors import Invalid
from inventory.issue_steps import ISSUE, issue_row, move, say, state_of, together
from inventory.issues import IssueCard, issue_card, worked_on
from inventory.journal import By
from inventory.revisions import must_be_current
from inventory.shapes import Identifier, Lines, OptionalDay, Shape
from inventory.tables import Author, IssueCategory, IssueState, MessageChannel
from inventory.venues import VenueCode


def _said(value: str) -> str:
    if not value:
        raise ValueError("伝えることを書いてください")
    return value


Words = Annotated[str, StringConstraints(max_length=2000), Lines, AfterValidator(_said)]


class Answer(Shape):
    """What the office said. Without ``state`` the first word to who reported takes the report in hand."""

    channel: MessageChannel
    text: Words
    state: IssueState | None = None


class BringTo(Shape):
    """The venue (by code) and the day to bring the device."""

    venue: VenueCode
    on: OptionalDay = None


class IssueChange(Shape):
    """Fields left out stay as they are; ``bring`` null takes the place and the day back."""

    category: IssueCategory | None = None
    state: IssueState | None = None
    bring: BringTo | None = None


class Merge(Shape):
    """``into`` is the id of the report that goes on."""

    into: Identifier


def answer(session: Session, order: Answer, *, issue: str, by: By, now: datetime, op_id: str) -> IssueCard:
    """Keep what the office said or noted, and bring the report into the state that follows.

    A message goes to everybody whose report was merged into this one.

    Raises:
        NotFound: there is no such report. Conflict: it was merged into another.
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = worked_on(session, issue)
    every = together(session, row.id)
    told = every if order.channel is MessageChannel.MESSAGE else every[:1]
    for one in told:
        say(session, one, Author.OFFICE, order.text, at=now, channel=order.channel)
    state = order.state or _follows(state_of(session, row.id), order.channel)
    move_all(session, every, state, now)
    touch(session, row.id)
    journal.note(
        session, "answer_issue", issue=row.id, channel=order.channel.value, state=state.value if state else None
    )
    return issue_card(session, str(row.id))


def change_issue(
    session: Session, change: IssueChange, *, issue: str, revision: int, by: By, now: datetime, op_id: str
) -> IssueCard:
    """Change what the order names; ``revision`` is the one the caller has seen.

    Raises:
        NotFound, Conflict: as ``answer``. Stale: somebody changed it meanwhile.
        Invalid: there is no such venue, or the day is past.
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = worked_on(session, issue)
    must_be_current(row.revision, revision)
    given = change.model_fields_set
    values: dict[str, Any] = {}
    if change.category is not None:
        values["category"] = change.category
    if "bring" in given:
        values |= _bring(session, change.bring, now)
    if values:
        session.connection().execute(update(ISSUE).where(ISSUE.c.id == row.id).values(values))
    move_all(session, together(session, row.id), change.state, now)
    touch(session, row.id)
    journal.note(
        session,
        "change_issue",
        issue=row.id,
        fields=sorted(given),
        state=change.state.value if change.state else None,
        category=change.category.value if change.category else None,
    )
    return issue_card(session, str(row.id))


def merge(session: Session, order: Merge, *, issue: str, by: By, now: datetime, op_id: str) -> IssueCard:
    """Let another report stand for this one; the card is that of the one that goes on.

    Who reported keeps the receipt and its link, and from now on sees the state of the other and the answers to it.

    Raises:
        NotFound: one of them does not exist.
        Conflict: it was merged already.
        Invalid: it would be merged into itself.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row, named = worked_on(session, issue), issue_row(session, order.into)
    target = named.merged_into_id or named.id
    if target == row.id:
        raise Invalid.field("into", "同じ困りごとにまとめることはできません。もう1件のほうを選んでください。")
    every = together(session, row.id)
    session.connection().execute(
        update(ISSUE).where(ISSUE.c.id.in_(every)).values(merged_into_id=target, merged_entry=entry)
    )
    move_all(session, every, state_of(session, target), now)
    touch(session, row.id)
    touch(session, target)
    journal.note(session, "merge_issue", issue=row.id, into=target)
    return issue_card(session, str(target))


def touch(session: Session, issue: int) -> None:
    """Another revision: who filled a form from the one before is told."""
    session.connection().execute(update(ISSUE).where(ISSUE.c.id == issue).values(revision=ISSUE.c.revision + 1))


def begin_work(session: Session, issue: int, now: datetime) -> None:
    """Somebody has begun to do something about a report that nobody had taken in hand."""
    if state_of(session, issue) in (IssueState.RECEIVED, IssueState.CONFIRMED):
        move_all(session, together(session, issue), IssueState.IN_PROGRESS, now)


def _follows(state: IssueState, channel: MessageChannel) -> IssueState | None:
    fresh = state in (IssueState.RECEIVED, IssueState.CONFIRMED)
    return IssueState.IN_PROGRESS if fresh and channel is not MessageChannel.NOTE else None


def move_all(session: Session, issues: list[int], state: IssueState | None, now: datetime) -> None:
    """Bring reports that share a fate into one state; None leaves them as they are."""
    if state is None:
        return
    for one in issues:
        move(session, one, state, at=now)
    if state is not IssueState.RESOLVED:
        # What the office works on was not solved by trying.
        session.connection().execute(update(ISSUE).where(ISSUE.c.id.in_(issues)).values(self_solved=False))


def _bring(session: Session, bring: BringTo | None, now: datetime) -> dict[str, Any]:
    if bring is None:
        return {"bring_venue_id": None, "bring_on": None}
    if bring.on is not None and bring.on < today(now):
        raise Invalid.field("bring.on", "持ってきてもらう日が過ぎています。今日からあとの日を書いてください。")
    venue = session.connection().execute(select(VENUE.c.id).where(VENUE.c.code == bring.venue)).scalar()
    if venue is None:
        raise Invalid.field("bring.venue", "その会場は見つかりません。一覧から選んでください。")
    return {"bring_venue_id": venue, "bring_on": bring.on}
