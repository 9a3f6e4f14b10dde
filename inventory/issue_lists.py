"""Lists of trouble reports: what waits for whom since when, and how soon the first answer comes."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median
from typing import Literal

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlmodel import Session

from inventory import keyset
from inventory.borrowers import ASSOCIATION, LOAN
from inventory.devices import DEVICE
from inventory.issue_lines import ANSWER, ANSWERED_AT, ASKED_AT, AT, REOPENED_AT, SELECT, IssueLine, lines, waits_since
from inventory.issue_steps import ISSUE, ISSUE_MESSAGE, ISSUE_STEP
from inventory.journal import ENTRY
from inventory.shapes import Card, row_id
from inventory.tables import IssueCategory, IssueState
from inventory.text import code_text, fold

# What the office has to work on. The order is that of the list.
OPEN = (IssueState.RECEIVED, IssueState.CONFIRMED, IssueState.IN_PROGRESS, IssueState.WAITING)
Audience = Literal["desk", "it"]
# How far back the first answers are looked at.
LOOKED_AT = timedelta(days=90)


class IssueList(Card):
    items: list[IssueLine]
    next: str | None
    total: int | None


class Figures(Card):
    """``longest`` is since when the one waits who waits longest; ``median_hours`` from report to first answer.

    Reports that solved themselves are in none of them, and a note among the staff is no answer.
    """

    open: int
    received: int
    oldest_received: datetime | None
    longest: datetime | None
    median_hours: float | None


class NewReports(Card):
    """Reports that nobody has taken in hand; ``oldest`` is when the first of them came."""

    count: int
    oldest: datetime | None


_RANK = case(*((ISSUE_STEP.c.state == state, rank) for rank, state in enumerate((*OPEN, IssueState.RESOLVED))), else_=9)
_STANDS = ISSUE.c.merged_into_id.is_(None)


def list_issues(
    session: Session,
    *,
    state: IssueState | Literal["open"] | None = None,
    category: IssueCategory | None = None,
    district: str | None = None,
    audience: Audience | None = None,
    association: str | None = None,
    venue: str | None = None,
    device: str | None = None,
    before: datetime | None = None,
    q: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
    exact: bool = False,
) -> IssueList:
    """A page of reports: by state, and in each the one that came first; solved ones alone with the newest first.

    ``audience`` it: trouble at venues and lost devices; desk: trouble with devices. ``before``: what came before then.
    A report that was merged into another is not listed.
    """
    query = SELECT.where(_STANDS, *_filters(state, category, district, audience))
    if association:
        query = query.where(LOAN.c.association_id == row_id(association))
    if venue:
        query = query.where(AT.c.code == venue)
    if device:
        query = query.where(DEVICE.c.asset_key == device.upper())
    if before:
        query = query.where(ISSUE.c.received_at < before)
    if q:
        query = query.where(_mentions(q))
    total = keyset.total(session, query, exact=exact)
    newest_first = state == IssueState.RESOLVED
    if cursor:
        rank, last = keyset.after(cursor, int, int)
        later = ISSUE.c.id < last if newest_first else keyset.beyond([_RANK, ISSUE.c.id], [rank, last])
        query = query.where(later)
    order = [ISSUE.c.id.desc()] if newest_first else [_RANK, ISSUE.c.id]
    rows = session.connection().execute(query.add_columns(_RANK.label("rank")).order_by(*order).limit(limit + 1)).all()
    following = keyset.cursor_of(rows[limit - 1].rank, rows[limit - 1].id) if len(rows) > limit else None
    return IssueList(items=lines(session, rows[:limit]), next=following, total=total)


def figures(session: Session, *, now: datetime, audience: Audience | None = None) -> Figures:
    """What the inbox says of itself in one sentence, of what is this audience's."""
    waiting = (
        select(
            ISSUE.c.id,
            ISSUE.c.received_at,
            ISSUE_STEP.c.state,
            REOPENED_AT.label("reopened_at"),
            func.max(ANSWERED_AT).label("answered_at"),
            func.max(ASKED_AT).label("asked_at"),
        )
        .select_from(
            ISSUE.join(ISSUE_STEP, and_(ISSUE_STEP.c.issue_id == ISSUE.c.id, ISSUE_STEP.c.ended_at.is_(None)))
            .join(ENTRY, ISSUE_STEP.c.entry == ENTRY.c.seq)
            .outerjoin(ISSUE_MESSAGE, ISSUE_MESSAGE.c.issue_id == ISSUE.c.id)
        )
        .where(_STANDS, *_filters("open", None, None, audience))
        .group_by(ISSUE.c.id, ISSUE.c.received_at, ISSUE_STEP.c.state, ISSUE_STEP.c.began_at, ENTRY.c.realm)
    )
    rows = session.connection().execute(waiting).all()
    received = [row.received_at for row in rows if row.state is IssueState.RECEIVED]
    since = [waits_since(row.state, row.received_at, row.answered_at, row.asked_at, row.reopened_at) for row in rows]
    return Figures(
        open=len(rows),
        received=len(received),
        oldest_received=min(received, default=None),
        longest=min((moment for moment in since if moment is not None), default=None),
        median_hours=_median_hours(session, now, audience),
    )


def new_reports(session: Session) -> NewReports:
    """What came in and waits for somebody to take it in hand."""
    query = (
        select(func.count().label("count"), func.min(ISSUE.c.received_at).label("oldest"))
        .select_from(ISSUE.join(ISSUE_STEP, ISSUE_STEP.c.issue_id == ISSUE.c.id))
        .where(_STANDS, ISSUE_STEP.c.ended_at.is_(None), ISSUE_STEP.c.state == IssueState.RECEIVED)
    )
    row = session.connection().execute(query).one()
    # Subscripted, because a row has a method of the name count.
    return NewReports(count=row[0], oldest=row[1])


def _median_hours(session: Session, now: datetime, audience: Audience | None) -> float | None:
    """Hours from a report of the last ``LOOKED_AT`` to its first answer, the middle one; None without any answer."""
    answered = (
        select(ISSUE.c.received_at, func.min(ISSUE_MESSAGE.c.written_at).label("answered_at"))
        .select_from(ISSUE.join(ISSUE_MESSAGE, ISSUE_MESSAGE.c.issue_id == ISSUE.c.id))
        .where(
            ISSUE.c.received_at >= now - LOOKED_AT,
            ISSUE.c.self_solved.is_(False),
            ANSWER,
            *_filters(None, None, None, audience),
        )
        .group_by(ISSUE.c.id, ISSUE.c.received_at)
    )
    took = [row.answered_at - row.received_at for row in session.connection().execute(answered)]
    return median(time / timedelta(hours=1) for time in took) if took else None


def _filters(
    state: IssueState | Literal["open"] | None,
    category: IssueCategory | None,
    district: str | None,
    audience: Audience | None,
) -> Iterable[ColumnElement[bool]]:
    if state == "open":
        yield ISSUE_STEP.c.state.in_(OPEN)
    elif state is not None:
        yield ISSUE_STEP.c.state == state
    if category is not None:
        yield ISSUE.c.category == category
    if district:
        yield ASSOCIATION.c.district_id == row_id(district)
    if audience == "it":
        yield or_(ISSUE.c.venue_id.is_not(None), ISSUE.c.category == IssueCategory.LOST)
    elif audience == "desk":
        yield ISSUE.c.venue_id.is_(None)


def _mentions(q: str) -> ColumnElement[bool]:
    """By receipt number however it is written, by device, association or venue, by what was written."""
    word = fold(q)
    found = [
        DEVICE.c.search.contains(word, autoescape=True),
        ASSOCIATION.c.search.contains(word, autoescape=True),
        AT.c.search.contains(word, autoescape=True),
        ISSUE.c.words.contains(q.strip(), autoescape=True),
    ]
    number = code_text(q).replace("-", "")
    if number.isascii() and number.isdecimal() and len(number) <= 6:
        found.append(ISSUE.c.receipt.startswith(number, autoescape=True))
    return or_(*found)
