"""Single days on which a venue is closed besides its rule, and whether it is closed on any day.

A closure that was entered wrongly is taken back: it stays and is marked.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import Field, model_validator
from sqlalchemy import insert, select, update
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.closed_days import NotARule, parse
from inventory.closed_rules import Rule, why
from inventory.errors import Invalid, NotFound
from inventory.journal import By
from inventory.shapes import Card, Day, OptionalDay, OptionalLine, Shape, row_id
from inventory.venue_records import VENUE, venue_row

CLOSURE = SQLModel.metadata.tables["venue_closure"]
# A hall that is rebuilt is closed for two years; what is longer was mistyped.
LONGEST = 1100
_MOST = 200
_WORDS = "臨時休館"


class NewClosure(Shape):
    """``from`` is the first day, ``until`` the last one; the same day when it is left out."""

    from_: Day = Field(alias="from")
    until: OptionalDay = None
    reason: OptionalLine = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> "NewClosure":
        if self.until is not None and self.until < self.from_:
            raise ValueError("終わりの日が、始まりの日より前です。日付をたしかめてください")
        if self.until is not None and (self.until - self.from_).days > LONGEST:
            raise ValueError("期間が3年より長くなっています。日付をたしかめてください")
        return self


class ClosureCard(Card):
    """``venue`` is the venue's code. ``taken_back``: it was entered wrongly and does not count."""

    id: str
    venue: str
    from_: date = Field(serialization_alias="from")
    until: date
    reason: str | None
    taken_back: bool


class Closures(Card):
    items: list[ClosureCard]
    next: None = None
    total: int


def add_closure(session: Session, order: NewClosure, *, venue: str, by: By, now: datetime, op_id: str) -> ClosureCard:
    """Write down days on which a venue is closed.

    Raises:
        NotFound: there is no such venue.
        Invalid: the same days stand already.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = venue_row(session, venue)
    until = order.until or order.from_
    same = select(CLOSURE.c.id).where(
        CLOSURE.c.venue_id == row.id,
        CLOSURE.c.from_on == order.from_,
        CLOSURE.c.until_on == until,
        CLOSURE.c.undone_entry.is_(None),
    )
    if session.connection().execute(same).first():
        raise Invalid.field("from", "この日の休館は、もう記録してあります。一覧をたしかめてください。")
    values = {"venue_id": row.id, "from_on": order.from_, "until_on": until, "reason": order.reason, "entry": entry}
    made = session.connection().execute(insert(CLOSURE).values(values))
    assert made.inserted_primary_key is not None
    closure = int(made.inserted_primary_key[0])
    days = {"from": order.from_.isoformat(), "until": until.isoformat()}
    journal.note(session, "add_closure", venue=row.code, closure=closure, **days)
    return closure_card(session, str(closure))


def take_closure_back(session: Session, *, venue: str, closure: str, by: By, now: datetime, op_id: str) -> ClosureCard:
    """Mark a closure as entered wrongly. One that is marked already stays as it is.

    Raises:
        NotFound: the venue has no such closure.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    card = closure_card(session, closure)
    if card.venue != venue:
        raise _not_there()
    if not card.taken_back:
        change = update(CLOSURE).where(CLOSURE.c.id == row_id(closure)).values(undone_entry=entry)
        session.connection().execute(change)
        journal.note(session, "take_closure_back", venue=venue, closure=row_id(closure))
    return closure_card(session, closure)


_CARDS = select(CLOSURE, VENUE.c.code).join(VENUE, CLOSURE.c.venue_id == VENUE.c.id)


def closure_card(session: Session, closure: str) -> ClosureCard:
    row = session.connection().execute(_CARDS.where(CLOSURE.c.id == row_id(closure))).first()
    if row is None:
        raise _not_there()
    return _card(row)


def list_closures(session: Session, venue: str, since: date | None = None) -> Closures:
    """The closures of a venue that count, the earliest first; with ``since`` those that end on this day or later."""
    query = _CARDS.where(CLOSURE.c.venue_id == venue_row(session, venue).id, CLOSURE.c.undone_entry.is_(None))
    if since is not None:
        query = query.where(CLOSURE.c.until_on >= since)
    query = query.order_by(CLOSURE.c.from_on, CLOSURE.c.id).limit(_MOST)
    items = [_card(row) for row in session.connection().execute(query)]
    return Closures(items=items, total=len(items))


def closed_on(session: Session, venues: Sequence[int], from_on: date, until: date) -> dict[int, dict[date, str]]:
    """Why each venue (row numbers) is closed, by day, from ``from_on`` to before ``until``: rule and single days.

    A venue that is open throughout, or whose rule cannot be read and that has no single days, maps to nothing.
    """
    connection = session.connection()
    days = [from_on + timedelta(days=step) for step in range(max(0, (until - from_on).days))]
    found: dict[int, dict[date, str]] = {venue: {} for venue in venues}
    rules = select(VENUE.c.id, VENUE.c.closed_days).where(VENUE.c.id.in_(venues), VENUE.c.closed_days.is_not(None))
    by_rule: dict[str, dict[date, str]] = {}
    for row in connection.execute(rules):
        if row.closed_days not in by_rule:
            rule = rule_of(row.closed_days)
            told = {day: why(rule, day) for day in days} if rule is not None else {}
            by_rule[row.closed_days] = {day: said for day, said in told.items() if said}
        found[row.id] = dict(by_rule[row.closed_days])
    single = select(CLOSURE).where(
        CLOSURE.c.venue_id.in_(venues),
        CLOSURE.c.undone_entry.is_(None),
        CLOSURE.c.from_on < until,
        CLOSURE.c.until_on >= from_on,
    )
    for row in connection.execute(single.order_by(CLOSURE.c.id)):
        day = max(row.from_on, from_on)
        while day <= row.until_on and day < until:
            found[row.venue_id][day] = row.reason or _WORDS
            day += timedelta(days=1)
    return {venue: dict(sorted(told.items())) for venue, told in found.items()}


def rule_of(text: str | None) -> Rule | None:
    """The rule in a venue's words; None where there are none, or none that can be read."""
    if text is None:
        return None
    try:
        return parse(text)
    except NotARule:
        return None


def _card(row: Any) -> ClosureCard:
    return ClosureCard(
        id=str(row.id),
        venue=row.code,
        from_=row.from_on,
        until=row.until_on,
        reason=row.reason,
        taken_back=row.undone_entry is not None,
    )


def _not_there() -> NotFound:
    return NotFound("その休館の記録は見つかりません。会場の画面を開き直してください。")
