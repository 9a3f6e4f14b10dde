"""Reminders as facts: a mail is claimed and ended, a call and a letter are written down, a doubtful mail is settled.

A mail is claimed in one act, sent outside of any transaction, and ended in a second act. So no two programs send the
same one, and a program that dies in between leaves a row that nobody sends again: after ``DOUBTFUL_AFTER`` it is a
doubtful mail, which a person settles.
"""

import hashlib
from datetime import date, datetime
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, StringConstraints
from sqlalchemy import insert, select, update
from sqlmodel import Session

from inventory import journal
from inventory.calendar import today
from inventory.errors import Conflict, Invalid, NotFound
from inventory.journal import By
from inventory.reminder_lists import DOUBTFUL_AFTER, ReminderCard, reminder_card
from inventory.reminding import REMINDER, Call, call_of, calls_among
from inventory.shapes import Card, Shape, row_id
from inventory.tables import Realm, ReminderChannel, ReminderOutcome

# Nothing of the words of a borrower's key may break a line or a database.
BorrowerKey = Annotated[str, StringConstraints(max_length=80, pattern=r"^[a-z]+:[^\x00-\x1f\x7f]+$")]


class Claim(NamedTuple):
    """A claimed mail: the reminder it is, and everything it tells of."""

    reminder: str
    call: Call


class RecordReminder(Shape):
    """A call or a letter of today. ``failed``: nobody answered; ``void``: it was written down by mistake."""

    borrower: BorrowerKey
    channel: Literal["phone", "letter"]
    outcome: ReminderOutcome = ReminderOutcome.SENT


class WriteLetters(Shape):
    """A letter each to these borrowers, which goes out today."""

    borrowers: Annotated[list[BorrowerKey], Field(min_length=1, max_length=500)]


class SettleReminder(Shape):
    """What a person decides about a doubtful mail: it reached the borrower, or it does not count."""

    outcome: Literal["sent", "void"]


class LettersWritten(Card):
    """``reminders`` are the ids of the letters, ``on`` the day whose letters they are."""

    on: date
    reminders: list[str]


def mail_op_id(key: str, day: date) -> str:
    """The number of the act that claims the mail of this day to this borrower: whoever comes second finds it taken."""
    return f"reminder-mail-{day.isoformat()}-{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def claim_mail(session: Session, key: str, *, now: datetime) -> Claim | None:
    """Take today's mail to this borrower, or find that there is none to send (any more).

    The rule is asked again here, behind the writer's lock: somebody may have telephoned since, or all may be back.
    """
    day = today(now)
    op_id = mail_op_id(key, day)
    if journal.find(session, Realm.STAFF, op_id) is not None:
        return None
    call, called = call_of(session, key, now=now)
    if call is None or not called or call.way != "mail":
        return None
    entry = journal.open_entry(session, by=By(), now=now, op_id=op_id)
    reminder = _add(session, call, ReminderChannel.MAIL, now, entry)
    journal.note(session, "claim_reminder", reminder=reminder, loans=call.loans)
    return Claim(str(reminder), call)


def end_mail(
    session: Session, reminder: str, outcome: ReminderOutcome, note: str | None = None, *, now: datetime
) -> bool:
    """Write down how a claimed mail ended; False when it was ended already, by a person or by an earlier try."""
    row = _row(session, reminder)
    op_id = f"reminder-end-{row.id}"
    if row.ended_at is not None or journal.find(session, Realm.STAFF, op_id) is not None:
        return False
    entry = journal.open_entry(session, by=By(), now=now, op_id=op_id)
    _end(session, row.id, outcome, now, entry, note=note)
    journal.note(session, "end_reminder", reminder=row.id, outcome=outcome.value)
    return True


def settle_reminder(
    session: Session, order: SettleReminder, *, reminder: str, by: By, now: datetime, op_id: str
) -> ReminderCard:
    """Decide about a doubtful mail. Counted as sent, or void: then the borrower is told anew from tomorrow on.

    Raises:
        NotFound: there is no such reminder.
        Conflict: it ended already, or it may still be on its way.
    """
    row = _row(session, reminder)
    if row.ended_at is not None:
        raise Conflict("この知らせは、もう決まっています。一覧を開き直してください。")
    if now - row.claimed_at < DOUBTFUL_AFTER:
        raise Conflict("いま送っているところです。15分たっても終わらなければ、ここで決められます。")
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    _end(session, row.id, ReminderOutcome(order.outcome), now, entry)
    journal.note(session, "settle_reminder", reminder=row.id, outcome=order.outcome)
    return reminder_card(session, str(row.id), now=now)


def record_reminder(session: Session, order: RecordReminder, *, by: By, now: datetime, op_id: str) -> ReminderCard:
    """Write down a call or a letter. The day's last word stands: whoever answers at the second call was reached.

    Raises:
        NotFound: no borrower can be called this.
        Invalid: nothing is due from this borrower.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    call, _ = call_of(session, order.borrower, now=now)
    reminder = _write(session, order.borrower, call, ReminderChannel(order.channel), order.outcome, now, entry)
    journal.note(session, "record_reminder", reminder=reminder, channel=order.channel, outcome=order.outcome.value)
    return reminder_card(session, str(reminder), now=now)


def write_letters(session: Session, order: WriteLetters, *, by: By, now: datetime, op_id: str) -> LettersWritten:
    """Write down a letter to each of these borrowers, all or none.

    Raises:
        Invalid: nothing is due from one of them.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    keys = list(dict.fromkeys(order.borrowers))
    calls = calls_among(session, keys, now=now)
    made = [
        _write(session, key, calls.get(key), ReminderChannel.LETTER, ReminderOutcome.SENT, now, entry) for key in keys
    ]
    journal.note(session, "write_letters", reminders=made)
    return LettersWritten(on=today(now), reminders=[str(one) for one in made])


def _write(
    session: Session,
    key: str,
    call: Call | None,
    channel: ReminderChannel,
    outcome: ReminderOutcome,
    now: datetime,
    entry: int,
) -> int:
    """Today's row of this borrower and channel, made or changed; its number."""
    standing = select(REMINDER).where(
        REMINDER.c.borrower == key, REMINDER.c.on_day == today(now), REMINDER.c.channel == channel
    )
    row = session.connection().execute(standing).first()
    if row is None:
        if call is None:
            raise Invalid.field("borrower", "返す日が近い端末も、すぎた端末もありません。一覧を開き直してください。")
        number = _add(session, call, channel, now, entry)
        _end(session, number, outcome, now, entry)
        return number
    if call is not None:
        session.connection().execute(update(REMINDER).where(REMINDER.c.id == row.id).values(loans=call.loans))
    _end(session, row.id, outcome, now, entry)
    number = row.id
    assert isinstance(number, int)
    return number


def _add(session: Session, call: Call, channel: ReminderChannel, now: datetime, entry: int) -> int:
    values: dict[str, Any] = {
        "borrower": call.key,
        "association_id": int(call.borrower.id) if call.borrower.type == "association" else None,
        "person_id": int(call.contact.person) if call.contact.person else None,
        "on_day": today(now),
        "channel": channel,
        "loans": call.loans,
        "claimed_at": now,
        "entry": entry,
    }
    made = session.connection().execute(insert(REMINDER).values(**values))
    assert made.inserted_primary_key is not None
    number: int = made.inserted_primary_key[0]
    return number


def _end(
    session: Session, reminder: int, outcome: ReminderOutcome, now: datetime, entry: int, *, note: str | None = None
) -> None:
    ended = {"ended_at": now, "outcome": outcome, "note": note, "ended_entry": entry}
    session.connection().execute(update(REMINDER).where(REMINDER.c.id == reminder).values(**ended))


def _row(session: Session, reminder: str) -> Any:
    row = session.connection().execute(select(REMINDER).where(REMINDER.c.id == row_id(reminder))).first()
    if row is None:
        raise NotFound("その知らせは見つかりません。一覧を開き直してください。")
    return row
