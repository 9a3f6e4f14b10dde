"""Who is to be told today that something is due: one bundle per borrower, never one per device.

The rule, for one device on one loan: while its due day is ahead and no further than the pool's ``remind_before_days``,
it calls for a reminder unless its borrower was told of this loan since it came that near; once it is overdue, it calls
for one whenever the last was ``remind_every_days`` ago. A loan whose due day nobody knows calls for none. A reminder
that failed, or that a person does not count, told nobody; one that was claimed and never ended perhaps did, so it
counts until a person decides.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import bindparam, func, or_, select
from sqlmodel import Session, SQLModel

from inventory.borrowers import (
    COLUMNS,
    COURSE_VENUE,
    DUE_DAY,
    LOAN,
    OFFICER,
    PERSON,
    SUBSTITUTED,
    VENUE,
    Borrower,
    borrower_of,
    with_borrower,
)
from inventory.cadence import Told, calls_for, concerned
from inventory.calendar import today
from inventory.devices import DEVICE, ITEM, POOL
from inventory.errors import NotFound
from inventory.officers import heads_of
from inventory.shapes import Card, row_id
from inventory.tables import ReminderChannel, ReminderOutcome

REMINDER = SQLModel.metadata.tables["reminder"]
# The longest cadence of a pool, in days: no older reminder has a say.
LONGEST = 365
# How long a mail is not tried again to an address that the other server refused: it would refuse it every morning.
REFUSED_FOR = timedelta(days=30)
# How the note of such a reminder begins.
REFUSED = "相手のメールサーバーが受け取りませんでした"
# As many borrowers as one statement may name on SQLite with room to spare.
_STEP = 500

_ITEMS = (
    select(
        *COLUMNS,
        LOAN.c.officer_id,
        ITEM.c.id.label("item_id"),
        DEVICE.c.asset_number,
        DEVICE.c.call_number,
        DEVICE.c.model,
        POOL.c.name.label("pool_name"),
        POOL.c.return_word,
        POOL.c.remind_before_days,
        POOL.c.remind_every_days,
        OFFICER.c.person_id,
        OFFICER.c.office,
        OFFICER.c.from_on,
        PERSON.c.name.label("person_name"),
        PERSON.c.erased_at,
        PERSON.c.phone,
        PERSON.c.email,
        VENUE.c.phone.label("venue_phone"),
        COURSE_VENUE.c.phone.label("course_venue_phone"),
    )
    .select_from(
        with_borrower(
            ITEM.join(LOAN, ITEM.c.loan_id == LOAN.c.id)
            .join(DEVICE, ITEM.c.device_id == DEVICE.c.id)
            .join(POOL, DEVICE.c.pool_id == POOL.c.id)
        ).outerjoin(PERSON, OFFICER.c.person_id == PERSON.c.id)
    )
    .where(
        ITEM.c.returned_at.is_(None),
        or_(POOL.c.remind_before_days.is_not(None), POOL.c.remind_every_days.is_not(None)),
        DUE_DAY <= bindparam("horizon", type_=LOAN.c.due_on.type),
    )
    .order_by(DUE_DAY, LOAN.c.id, ITEM.c.id)
)
_AHEAD = select(func.max(POOL.c.remind_before_days))
_TOLD = (
    select(
        REMINDER.c.borrower,
        REMINDER.c.on_day,
        REMINDER.c.channel,
        REMINDER.c.loans,
        REMINDER.c.claimed_at,
        REMINDER.c.ended_at,
        REMINDER.c.outcome,
        REMINDER.c.note,
    )
    .where(REMINDER.c.borrower.in_(bindparam("keys", expanding=True)), REMINDER.c.on_day > bindparam("since"))
    .order_by(REMINDER.c.id)
)


class CalledItem(Card):
    """A device that is due. ``days_late`` is 0 until its due day is over, ``days_left`` 0 from that day on."""

    loan: str
    asset_number: str
    call_number: int | None
    model: str
    pool_name: str
    return_word: str
    due_on: date
    days_late: int
    days_left: int


class Contact(Card):
    """Who is told. ``officer`` and ``person`` are null where nobody answers by name; contacts for whoever may see."""

    officer: str | None = None
    person: str | None = None
    name: str | None = None
    office: str | None = None
    phone: str | None = None
    email: str | None = None


class ToldToday(Card):
    """What was tried today already. Without an outcome it is a mail that is on its way, or a doubtful one."""

    channel: ReminderChannel
    outcome: ReminderOutcome | None
    at: datetime


class Call(Card):
    """Everything that one borrower is to be told of. ``key`` is type and id, such as ``association:12``.

    ``way`` is how: by ``mail`` where somebody has an address that takes one, else by ``hand``: telephone or letter.
    """

    key: str
    borrower: Borrower
    contact: Contact
    items: list[CalledItem]
    today: list[ToldToday]
    way: Literal["mail", "hand"]

    @property
    def loans(self) -> list[str]:
        return list(dict.fromkeys(item.loan for item in self.items))

    def without_contacts(self) -> "Call":
        """As a viewer sees it: who, but neither telephone number nor mail address."""
        hidden = self.contact.model_copy(update={"phone": None, "email": None})
        return self.model_copy(update={"contact": hidden})


def calls_of(session: Session, *, now: datetime) -> list[Call]:
    """Every borrower who is to be told today, the one whose device is due first at the top. A handful of statements."""
    return [call for call, called in _bundles(session, None, now) if called]


def call_of(session: Session, key: str, *, now: datetime) -> tuple[Call | None, bool]:
    """Everything that is due from one borrower, and whether it calls for a reminder today.

    Raises:
        NotFound: no borrower can be called this.
    """
    found = _bundles(session, key, now)
    return found[0] if found else (None, False)


def calls_among(session: Session, keys: Iterable[str], *, now: datetime) -> dict[str, Call]:
    """What is due from these borrowers, called for or not; nothing for those of whom nothing is due."""
    wanted = set(keys)
    return {call.key: call for call, _ in _bundles(session, None, now) if call.key in wanted}


def key_of(borrower: Borrower) -> str:
    return f"{borrower.type}:{borrower.id}"


def of_borrower(key: str) -> Any:
    """The condition on a loan (joined ``with_borrower``) that it is this borrower's.

    Raises:
        NotFound: no borrower can be called this.
    """
    kind, _, name = key.partition(":")
    columns: dict[str, Any] = {
        "association": LOAN.c.association_id == row_id(name),
        "course": LOAN.c.course_id == row_id(name),
        "venue": VENUE.c.code == name,
        "section": LOAN.c.section == name,
        "substitute": SUBSTITUTED.c.asset_number == name,
    }
    if kind not in columns or not name:
        raise NotFound("その貸出先は見つかりません。一覧から選んでください。")
    return columns[kind]


def _bundles(session: Session, key: str | None, now: datetime) -> list[tuple[Call, bool]]:
    day = today(now)
    query = _ITEMS if key is None else _ITEMS.where(of_borrower(key))
    ahead = session.connection().execute(_AHEAD).scalar() or 0
    rows = session.connection().execute(query, {"horizon": day + timedelta(days=ahead)}).all()
    bundles: dict[str, list[Any]] = {}
    for row in rows:
        if concerned(_due_day(row), day, row.remind_before_days, row.remind_every_days):
            bundles.setdefault(key_of(borrower_of(row)), []).append(row)
    told = told_to(session, list(bundles), day)
    heads = _heads(session, bundles.values(), day)
    return [(_call(one, rows, told[one], heads, day), _called(rows, told[one], day)) for one, rows in bundles.items()]


def told_to(session: Session, keys: Sequence[str], day: date) -> dict[str, list[Told]]:
    """The reminders of the past year by borrower, the oldest first."""
    found: dict[str, list[Told]] = {key: [] for key in keys}
    for at in range(0, len(keys), _STEP):
        asked = {"keys": list(keys[at : at + _STEP]), "since": day - timedelta(days=LONGEST + 1)}
        for row in session.connection().execute(_TOLD, asked):
            found[row.borrower].append(
                Told(
                    row.on_day, row.channel, frozenset(row.loans), row.ended_at or row.claimed_at, row.outcome, row.note
                )
            )
    return found


def _called(rows: Sequence[Any], told: Sequence[Told], day: date) -> bool:
    def since(loan: str) -> list[date]:
        return [one.on for one in told if one.counts and loan in one.loans]

    return any(
        calls_for(_due_day(row), day, row.remind_before_days, row.remind_every_days, since(row.loan_number))
        for row in rows
    )


def _call(key: str, rows: Sequence[Any], told: Sequence[Told], heads: dict[int, Contact], day: date) -> Call:
    contact = _contact(rows, heads, day)
    return Call(
        key=key,
        borrower=borrower_of(rows[0]),
        contact=contact,
        items=[_item(row, day) for row in rows],
        today=[ToldToday(channel=one.channel, outcome=one.outcome, at=one.at) for one in told if one.on == day],
        way="mail" if contact.email and not _no_mail(told, day) else "hand",
    )


def _no_mail(told: Sequence[Told], day: date) -> bool:
    """Whether a mail was tried today, or was refused lately: then somebody has to take the telephone."""
    mails = [one for one in told if one.channel is ReminderChannel.MAIL]
    if any(one.on == day for one in mails):
        return True
    last = mails[-1] if mails else None
    refused = last is not None and last.outcome is ReminderOutcome.FAILED and (last.note or "").startswith(REFUSED)
    return refused and last is not None and day - last.on < REFUSED_FOR


def _due_day(row: Any) -> date:
    """The day of a row that ``_ITEMS`` found, which has one."""
    day: date = row.due_on if row.due_on is not None else row.office_until
    return day


def _item(row: Any, day: date) -> CalledItem:
    due = _due_day(row)
    return CalledItem(
        loan=row.loan_number,
        asset_number=row.asset_number,
        call_number=row.call_number,
        model=row.model,
        pool_name=row.pool_name,
        return_word=row.return_word,
        due_on=due,
        days_late=max(0, (day - due).days),
        days_left=max(0, (due - day).days),
    )


def _contact(rows: Sequence[Any], heads: dict[int, Contact], day: date) -> Contact:
    """Who answers for the loans: their officer, one who is in office today before one who has left it."""
    answering = [row for row in rows if row.officer_id is not None]
    if answering:
        row = next((one for one in answering if one.office_until is None or one.office_until >= day), answering[0])
        return Contact(
            officer=str(row.officer_id),
            person=str(row.person_id),
            name="（消去ずみ）" if row.erased_at else row.person_name,
            office=row.office,
            phone=row.phone,
            email=row.email,
        )
    first = rows[0]
    if first.association_id is not None:
        return heads.get(first.association_id, Contact())
    return Contact(phone=first.venue_phone or first.course_venue_phone)


def _heads(session: Session, bundles: Iterable[Sequence[Any]], day: date) -> dict[int, Contact]:
    """Who is in office today of associations whose loans name nobody."""
    alone = [
        rows[0].association_id
        for rows in bundles
        if rows[0].association_id is not None and all(row.officer_id is None for row in rows)
    ]
    found = heads_of(session, alone, day) if alone else {}
    return {
        association: Contact(
            officer=head.id,
            person=head.person,
            name=head.name,
            office=head.office,
            phone=head.phone,
            email=head.email,
        )
        for association, head in found.items()
    }
