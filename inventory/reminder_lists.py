"""Reminders as cards and lists; letters as what is printed."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import func, select
from sqlmodel import Session

from inventory import keyset
from inventory.borrowers import ASSOCIATION, COURSE, COURSE_VENUE, DISTRICT, PERSON, VENUE, Borrower
from inventory.errors import NotFound
from inventory.reminding import REMINDER, Call, calls_among
from inventory.shapes import Card, row_id
from inventory.tables import ReminderChannel, ReminderOutcome

# A mail server may take its time to answer; a program that has said nothing for so long is gone.
DOUBTFUL_AFTER = timedelta(minutes=15)
ReminderState = Literal["open", "doubtful", "ended"]


class ReminderCard(Card):
    """``state``: a mail that did not end is open, and doubtful after 15 minutes. ``person`` is who was told, by name.

    ``note`` says why a mail failed. It holds no address and no number.
    """

    id: str
    key: str
    borrower: Borrower
    person: str | None
    on: date
    channel: ReminderChannel
    loans: list[str]
    claimed_at: datetime
    ended_at: datetime | None
    outcome: ReminderOutcome | None
    state: ReminderState
    note: str | None


class ReminderList(Card):
    items: list[ReminderCard]
    next: str | None
    total: int | None


_SELECT = select(
    REMINDER,
    ASSOCIATION.c.name.label("association_name"),
    DISTRICT.c.name.label("district_name"),
    PERSON.c.name.label("person_name"),
    PERSON.c.erased_at.label("person_erased"),
).select_from(
    REMINDER.outerjoin(ASSOCIATION, REMINDER.c.association_id == ASSOCIATION.c.id)
    .outerjoin(DISTRICT, ASSOCIATION.c.district_id == DISTRICT.c.id)
    .outerjoin(PERSON, REMINDER.c.person_id == PERSON.c.id)
)


def reminder_card(session: Session, reminder: str, *, now: datetime) -> ReminderCard:
    """Raises NotFound when there is no such reminder."""
    row = session.connection().execute(_SELECT.where(REMINDER.c.id == row_id(reminder))).first()
    if row is None:
        raise NotFound("その知らせは見つかりません。一覧を開き直してください。")
    return _cards(session, [row], now)[0]


def list_reminders(
    session: Session,
    *,
    now: datetime,
    state: ReminderState | None = None,
    limit: int = 50,
    cursor: str | None = None,
    exact: bool = False,
) -> ReminderList:
    """A page of reminders, the newest first."""
    query = _SELECT
    if state is not None:
        query = query.where(*_in_state(state, now))
    total = keyset.total(session, query, exact=exact)
    if cursor:
        query = query.where(REMINDER.c.id < keyset.after(cursor, int)[0])
    rows = session.connection().execute(query.order_by(REMINDER.c.id.desc()).limit(limit + 1)).all()
    following = keyset.cursor_of(rows[limit - 1].id) if len(rows) > limit else None
    return ReminderList(items=_cards(session, rows[:limit], now), next=following, total=total)


def count_doubtful(session: Session, *, now: datetime) -> int:
    query = select(func.count()).select_from(REMINDER).where(*_in_state("doubtful", now))
    counted: int = session.connection().execute(query).scalar_one()
    return counted


def letters_of(session: Session, day: date, *, now: datetime) -> list[Call]:
    """The letters that were written down on this day, by borrower, with what is due now.

    A letter to somebody from whom nothing is due any more is not printed again.
    """
    query = (
        select(REMINDER.c.borrower)
        .where(
            REMINDER.c.on_day == day,
            REMINDER.c.channel == ReminderChannel.LETTER,
            REMINDER.c.outcome == ReminderOutcome.SENT,
        )
        .order_by(REMINDER.c.id)
    )
    keys = list(session.connection().execute(query).scalars())
    calls = calls_among(session, keys, now=now) if keys else {}
    return [calls[key] for key in keys if key in calls]


def _in_state(state: ReminderState, now: datetime) -> list[Any]:
    if state == "ended":
        return [REMINDER.c.ended_at.is_not(None)]
    late = REMINDER.c.claimed_at <= now - DOUBTFUL_AFTER
    return [REMINDER.c.ended_at.is_(None), late if state == "doubtful" else ~late]


def _cards(session: Session, rows: Sequence[Any], now: datetime) -> list[ReminderCard]:
    names = _names(session, {row.borrower for row in rows if row.association_id is None})
    return [_card(row, names, now) for row in rows]


def _card(row: Any, names: dict[str, str], now: datetime) -> ReminderCard:
    kind, _, name = row.borrower.partition(":")
    if row.association_id is not None:
        said = f"{row.district_name} {row.association_name}" if row.district_name else row.association_name
    else:
        said = names.get(row.borrower, name)
    return ReminderCard(
        id=str(row.id),
        key=row.borrower,
        borrower=Borrower(type=kind, id=name, name=said),
        person="（消去ずみ）" if row.person_erased else row.person_name,
        on=row.on_day,
        channel=row.channel,
        loans=row.loans,
        claimed_at=row.claimed_at,
        ended_at=row.ended_at,
        outcome=row.outcome,
        state="ended" if row.ended_at else "doubtful" if now - row.claimed_at >= DOUBTFUL_AFTER else "open",
        note=row.note,
    )


def _names(session: Session, keys: set[str]) -> dict[str, str]:
    """What the screen calls borrowers that are no associations: one statement for courses, one for venues."""
    connection = session.connection()
    ids: dict[str, list[str]] = {}
    for key in keys:
        kind, _, name = key.partition(":")
        ids.setdefault(kind, []).append(name)
    names = {f"substitute:{name}": f"{name} の代替機" for name in ids.get("substitute", [])}
    if "course" in ids:
        query = select(COURSE.c.id, COURSE.c.title, COURSE_VENUE.c.name.label("venue")).select_from(
            COURSE.outerjoin(COURSE_VENUE, COURSE.c.venue_id == COURSE_VENUE.c.id)
        )
        for row in connection.execute(query.where(COURSE.c.id.in_([row_id(one) for one in ids["course"]]))):
            names[f"course:{row.id}"] = f"{row.venue or ''}「{row.title}」"
    if "venue" in ids:
        halls = select(VENUE.c.code, VENUE.c.name).where(VENUE.c.code.in_(ids["venue"]))
        names.update({f"venue:{hall.code}": hall.name for hall in connection.execute(halls)})
    return names
