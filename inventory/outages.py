"""Outages: the wifi of a venue does not work, from when until when, perhaps because a report told of it.

One is open at a time in a venue. It ends by an act of its own: a report that is resolved says nothing of the network.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import StringConstraints
from sqlalchemy import func, insert, or_, select, update
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.errors import Conflict, Invalid, NotFound
from inventory.issue_lines import spoken_receipt
from inventory.issue_steps import ISSUE, ISSUE_STEP, issue_row
from inventory.journal import By
from inventory.shapes import BlankIsNone, Card, Identifier, Instant, Lines, Shape, row_id
from inventory.tables import IssueState
from inventory.venue_records import VENUE, must_have_been, venue_row

OUTAGE = SQLModel.metadata.tables["wifi_outage"]
_MOST = 200
_BACKWARDS = "復旧の日時が、障害の始まりより前です。日時をたしかめてください。"
ShortNote = Annotated[Annotated[str, StringConstraints(max_length=400), Lines] | None, BlankIsNone]


class BeginOutage(Shape):
    """``issue`` is the id of the report that told of it; ``ended_at`` of one that was over when it was told of."""

    began_at: Instant
    ended_at: Annotated[Instant | None, BlankIsNone] = None
    issue: Annotated[Identifier | None, BlankIsNone] = None
    note: ShortNote = None


class EndOutage(Shape):
    ended_at: Instant


class OutageCard(Card):
    """``venue`` is the venue's code, ``minutes`` how long it lasted, or lasts so far.

    ``issue`` and ``receipt`` are those of the report; ``issue_resolved``: nobody works on it any more.
    """

    id: str
    venue: str
    venue_name: str
    began_at: datetime
    ended_at: datetime | None
    minutes: int
    issue: str | None
    receipt: str | None
    issue_resolved: bool
    note: str | None


class Outages(Card):
    """The newest first. ``down_minutes``: of all of them, within the 12 months before now."""

    items: list[OutageCard]
    next: None = None
    total: int
    down_minutes: int


def begin_outage(session: Session, order: BeginOutage, *, venue: str, by: By, now: datetime, op_id: str) -> OutageCard:
    """Write down that the wifi of a venue does not work.

    Raises:
        NotFound: there is no such venue or report.
        Conflict: an outage is open there, and this one reaches into it.
        Invalid: it began in the future or overlaps an outage that is over, or the report is about something else.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = venue_row(session, venue)
    must_have_been(order.began_at, now, "began_at")
    issue = None
    if order.issue is not None:
        told = issue_row(session, order.issue)
        if told.venue_id != row.id:
            raise Invalid.field("issue", "この困りごとは、別の会場か端末のものです。会場の画面から記録してください。")
        issue = int(told.id)
    if order.ended_at is not None:
        must_have_been(order.ended_at, now, "ended_at")
        if order.ended_at < order.began_at:
            raise Invalid.field("ended_at", _BACKWARDS)
    _must_stand_alone(session, row.id, order)
    values = {
        "venue_id": row.id,
        "issue_id": issue,
        "began_at": order.began_at,
        "ended_at": order.ended_at,
        "note": order.note,
        "entry": entry,
        "ended_entry": entry if order.ended_at is not None else None,
    }
    made = session.connection().execute(insert(OUTAGE).values(values))
    assert made.inserted_primary_key is not None
    outage = int(made.inserted_primary_key[0])
    began = order.began_at.isoformat()
    ended = order.ended_at.isoformat() if order.ended_at is not None else None
    facts = {"outage": outage, "issue": issue, "began_at": began, "ended_at": ended}
    journal.note(session, "begin_outage", venue=row.code, **facts)
    return outage_card(session, str(outage), now=now)


def _must_stand_alone(session: Session, venue: int, order: BeginOutage) -> None:
    """Refuse an outage that overlaps another; one without an end reaches until now."""
    others = select(OUTAGE.c.ended_at).where(
        OUTAGE.c.venue_id == venue, or_(OUTAGE.c.ended_at.is_(None), OUTAGE.c.ended_at > order.began_at)
    )
    if order.ended_at is not None:
        others = others.where(OUTAGE.c.began_at < order.ended_at)
    met = list(session.connection().execute(others).scalars())
    if None in met:
        raise Conflict("この会場は、もう障害中と記録してあります。直ったら「復旧を記録する」を押してください。")
    if met:
        sentence = "この日時は、ほかの障害と重なります。始まった日時と直った日時をたしかめてください。"
        raise Invalid.field("began_at", sentence)


def end_outage(
    session: Session, order: EndOutage, *, venue: str, outage: str, by: By, now: datetime, op_id: str
) -> OutageCard:
    """Write down that the wifi works again. One that is over already stays as it is.

    Raises:
        NotFound: the venue has no such outage.
        Invalid: it ended in the future, or before it began.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    card = outage_card(session, outage, now=now)
    if card.venue != venue:
        raise _not_there()
    must_have_been(order.ended_at, now, "ended_at")
    if order.ended_at < card.began_at:
        raise Invalid.field("ended_at", _BACKWARDS)
    if card.ended_at is None:
        change = update(OUTAGE).where(OUTAGE.c.id == row_id(outage))
        session.connection().execute(change.values(ended_at=order.ended_at, ended_entry=entry))
        ended = order.ended_at.isoformat()
        journal.note(session, "end_outage", venue=venue, outage=row_id(outage), ended_at=ended)
    return outage_card(session, outage, now=now)


_CARDS = select(
    OUTAGE, VENUE.c.code, VENUE.c.name.label("venue_name"), ISSUE.c.receipt, ISSUE_STEP.c.state
).select_from(
    OUTAGE.join(VENUE, OUTAGE.c.venue_id == VENUE.c.id)
    .outerjoin(ISSUE, OUTAGE.c.issue_id == ISSUE.c.id)
    .outerjoin(
        ISSUE_STEP,
        # A report that was merged into another is as far as that one.
        (ISSUE_STEP.c.issue_id == func.coalesce(ISSUE.c.merged_into_id, ISSUE.c.id)) & ISSUE_STEP.c.ended_at.is_(None),
    )
)


def outage_card(session: Session, outage: str, *, now: datetime) -> OutageCard:
    row = session.connection().execute(_CARDS.where(OUTAGE.c.id == row_id(outage))).first()
    if row is None:
        raise _not_there()
    return _card(row, now)


def list_outages(session: Session, venue: str, *, now: datetime) -> Outages:
    """The newest outages of a venue, and how long it was down in the last 12 months."""
    row = venue_row(session, venue)
    newest = _CARDS.where(OUTAGE.c.venue_id == row.id).order_by(OUTAGE.c.began_at.desc(), OUTAGE.c.id.desc())
    items = [_card(found, now) for found in session.connection().execute(newest.limit(_MOST))]
    return Outages(items=items, total=len(items), down_minutes=down_minutes(items, now))


def down_minutes(outages: Sequence[OutageCard], now: datetime) -> int:
    """Minutes of these outages within the 365 days before now."""
    since = now - timedelta(days=365)
    spans = ((max(one.began_at, since), one.ended_at or now) for one in outages)
    return sum(max(0, int((ended - began).total_seconds() // 60)) for began, ended in spans)


def open_outages(session: Session) -> dict[int, datetime]:
    """Since when the wifi of a venue (row number) does not work; venues where it does are left out."""
    query = select(OUTAGE.c.venue_id, func.min(OUTAGE.c.began_at)).where(OUTAGE.c.ended_at.is_(None))
    return {row[0]: row[1] for row in session.connection().execute(query.group_by(OUTAGE.c.venue_id))}


def outage_of_issue(session: Session, issue: str, *, now: datetime) -> OutageCard | None:
    """The outage that a report told of, or that is open at the report's venue; None where there is neither."""
    told = issue_row(session, issue)
    if told.venue_id is None:
        return None
    own = _CARDS.where(OUTAGE.c.issue_id == told.id).order_by(OUTAGE.c.id.desc()).limit(1)
    there = _CARDS.where(OUTAGE.c.venue_id == told.venue_id, OUTAGE.c.ended_at.is_(None)).limit(1)
    row = session.connection().execute(there).first() or session.connection().execute(own).first()
    return _card(row, now) if row is not None else None


def _card(row: Any, now: datetime) -> OutageCard:
    lasted = (row.ended_at or now) - row.began_at
    return OutageCard(
        id=str(row.id),
        venue=row.code,
        venue_name=row.venue_name,
        began_at=row.began_at,
        ended_at=row.ended_at,
        minutes=max(0, int(lasted.total_seconds() // 60)),
        issue=str(row.issue_id) if row.issue_id is not None else None,
        receipt=spoken_receipt(row.receipt) if row.receipt else None,
        issue_resolved=row.state is IssueState.RESOLVED,
        note=row.note,
    )


def _not_there() -> NotFound:
    return NotFound("その障害の記録は見つかりません。会場の画面を開き直してください。")
