"""extend: a loan, or every loan of a borrower, gets a new due day, where the devices are there that long."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, not_, select, update
from sqlmodel import Session

from inventory import journal, promises
from inventory.borrowers import LOAN, OFFICER, with_borrower
from inventory.devices import DEVICE, ITEM
from inventory.due import DueBy, given_due
from inventory.errors import Invalid
from inventory.journal import By
from inventory.lending import Override
from inventory.loans import LoanCard, loan_card
from inventory.reminding import of_borrower
from inventory.shapes import Card, Day, Shape
from inventory.text import clean_name

_ROW = select(LOAN, OFFICER.c.until_on).select_from(LOAN.outerjoin(OFFICER, LOAN.c.officer_id == OFFICER.c.id))
_LEASED = (
    select(DEVICE.c.asset_number, DEVICE.c.lease_until)
    .join(ITEM, ITEM.c.device_id == DEVICE.c.id)
    .where(
        ITEM.c.loan_id == bindparam("loan"),
        ITEM.c.returned_at.is_(None),
        DEVICE.c.lease_until < bindparam("day", type_=DEVICE.c.lease_until.type),
    )
    .order_by(DEVICE.c.lease_until, DEVICE.c.asset_number)
)


class Extend(Shape):
    due: DueBy
    override: Override | None = None


class ExtendAll(Shape):
    """Every loan of a borrower (type and id, such as ``association:12``) until one day."""

    borrower: str
    on: Day
    override: Override | None = None


class ExtendedAll(Card):
    """The loans that go on until this day now. Those that went on longer already are not among them."""

    loans: list[str]
    on: date


def extend(session: Session, order: Extend, *, loan: str, by: By, now: datetime, op_id: str) -> LoanCard:
    """Give a loan a new due day.

    Raises:
        NotFound: there is no such loan.
        Invalid: everything is back already or installed, the new day is past, nobody's term can end, a device or
            the officer is not there that long, or it was promised to somebody else meanwhile (``overridable``).
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    card = loan_card(session, loan, now=now)
    if not card.open:
        raise Invalid.field("due", f"貸出 {card.number} は、すべて返っています。延ばす必要はありません。")
    if card.installed:
        raise Invalid.field("due", f"貸出 {card.number} は設置中なので、返す日はありません。延ばす必要はありません。")
    row = session.connection().execute(_ROW.where(LOAN.c.number == card.number)).one()
    _give(session, row, given_due(order.due, row.officer_id, now), order.override, now=now)
    return loan_card(session, card.number, now=now)


def extend_all(session: Session, order: ExtendAll, *, by: By, now: datetime, op_id: str) -> ExtendedAll:
    """Give every open loan of a borrower the same new due day, or none of them.

    Raises:
        NotFound: no borrower can be called this.
        Invalid: the borrower has nothing, or as for one loan.
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    out = LOAN.c.id.in_(select(ITEM.c.loan_id).where(ITEM.c.returned_at.is_(None)))
    query = (
        select(LOAN, OFFICER.c.until_on)
        .select_from(with_borrower(LOAN))
        .where(of_borrower(order.borrower), out, not_(LOAN.c.installed))
        .order_by(LOAN.c.id)
    )
    found = session.connection().execute(query).all()
    due = given_due(DueBy(on=order.on), None, now)
    rows = [row for row in found if (_due_day(row) or date.min) < order.on]
    if not rows:
        sentence = "この日より前に返すことになっている貸出はありません。日付をたしかめてください。"
        raise Invalid.field("on", sentence if found else "いま貸しているものはありません。延ばす必要はありません。")
    for row in rows:
        _give(session, row, due, order.override, now=now, field="on")
    return ExtendedAll(loans=[row.number for row in rows], on=order.on)


def _give(
    session: Session,
    row: Any,
    due: dict[str, Any],
    override: Override | None,
    *,
    now: datetime,
    field: str = "due",
) -> None:
    values = dict(due)
    # A loan that is to end earlier than it did asks nothing more of its devices.
    before, after = _due_day(row), due["due_on"] or row.until_on
    longer = after is not None and (before is None or after > before)
    obstacles = list(_in_the_way(session, row, after)) if longer else []
    obstacles += promises.in_the_way(session, row, due, now=now)
    if obstacles and override is None:
        sentence = f"{obstacles[0]}わけを書けば、延ばせます。"
        raise Invalid(sentence, [{"field": field, "message": sentence}], overridable=True)
    if override is not None:
        values["override_reason"] = clean_name(override.reason)
    session.connection().execute(update(LOAN).where(LOAN.c.id == row.id).values(**values))
    promises.want_again(session, LOAN.c.id == row.id, now=now)
    journal.note(
        session,
        "extend",
        loan=row.number,
        before=_iso(row.due_on),
        before_end_of_office=row.end_of_office,
        after=_iso(due["due_on"]),
        after_end_of_office=due["end_of_office"],
        overridden=override is not None,
    )


def _in_the_way(session: Session, row: Any, until: date) -> Iterator[str]:
    """What does not last until this day, a sentence each."""
    for device in session.connection().execute(_LEASED, {"loan": row.id, "day": until}):
        yield f"{device.asset_number} のリースは{_said(device.lease_until)}までです。"
    if row.until_on is not None and row.until_on < until:
        yield f"{row.number} を借りている役職者の任期は{_said(row.until_on)}までです。"


def _due_day(row: Any) -> date | None:
    day: date | None = row.due_on if row.due_on is not None else row.until_on
    return day


def _said(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
