"""transfer: a loan passes from an officer to the successor without coming back.

The loan keeps its number and its devices stay out. What was signed is superseded and kept, so that the successor is
asked to sign. The pool says how a device passes: over the counter, where it is wiped, or from hand to hand with a
check that both consent to (``handovers``).
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from sqlalchemy import insert, select, update
from sqlmodel import Session

from inventory import journal
from inventory.agreement_sheets import AGREEMENT, TRANSFER
from inventory.borrowers import LOAN, OFFICER, PERSON
from inventory.calendar import today
from inventory.devices import DEVICE, ITEM, POOL
from inventory.errors import Conflict, NotFound, Refusal
from inventory.holds import stop
from inventory.journal import By
from inventory.loans import LoanCard, loan_card
from inventory.officers import OfficerCard, find_association, heads_of, officer_card
from inventory.shapes import Card, Identifier, Shape, row_id
from inventory.tables import Handover, HoldReason
from inventory.transfer_history import stand_ins_follow

LoanNumber = Annotated[str, Field(min_length=1, max_length=20, pattern=r"^[\x21-\x7e]+$")]
# A city changes about ninety heads in April; one act holds the writer for less than a second with that many.
MOST_AT_ONCE = 300

NOBODY = "この自治会には、いま役職についている方がいません。先に新しい会長を登録してください。"


class PassOn(Shape):
    """To whom a loan passes: an officer in office, or whoever heads an association today."""

    officer: Identifier | None = None
    association: Identifier | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "PassOn":
        if (self.officer is None) == (self.association is None):
            raise ValueError("引き継ぐ相手を1人選んでください")
        return self


class PassOnMany(Shape):
    """Loans that pass to whoever heads their own association today."""

    loans: Annotated[list[LoanNumber], Field(min_length=1, max_length=MOST_AT_ONCE)]


class PassedOn(Card):
    """What became of one loan of many. ``code`` and ``detail`` say why it stayed where it was; no name in them."""

    loan: str
    outcome: Literal["transferred", "refused"]
    way: Handover | None = None
    code: str | None = None
    detail: str | None = None


class PassedOnMany(Card):
    results: list[PassedOn]


def transfer(session: Session, order: PassOn, *, loan: str, by: By, now: datetime, op_id: str) -> LoanCard:
    """Let a loan pass to an officer who is in office today.

    Raises:
        NotFound: there is no such loan, officer or association.
        Conflict: nothing is out on the loan, it is not an association's, nobody is in office there, or it is this
            officer's already.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = _loan(session, loan)
    out = _must_be_out_with_an_association(session, row)
    _pass_on(session, row, out, _receiver(session, order, now), now=now, entry=entry)
    return loan_card(session, row.number, now=now)


def transfer_many(session: Session, order: PassOnMany, *, by: By, now: datetime, op_id: str) -> PassedOnMany:
    """Let each loan pass to the head of its own association. One that cannot is named with why; the others go on."""
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    numbers = list(dict.fromkeys(number.upper() for number in order.loans))
    # Noted first, because the first verb names the act.
    journal.note(session, "transfer_many", loans=numbers)
    found = {row.number: row for row in session.connection().execute(select(LOAN).where(LOAN.c.number.in_(numbers)))}
    associations = {row.association_id for row in found.values() if row.association_id is not None}
    heads = heads_of(session, sorted(associations), today(now))
    results = []
    for number in numbers:
        try:
            row = found.get(number)
            if row is None:
                raise _unknown(number)
            out = _must_be_out_with_an_association(session, row)
            head = heads.get(row.association_id)
            if head is None:
                raise Conflict(NOBODY)
            _must_have_a_name(session, head)
            way = _pass_on(session, row, out, head, now=now, entry=entry)
        except Refusal as refusal:
            # Every refusal comes before the first row of its loan is written.
            results.append(PassedOn(loan=number, outcome="refused", code=refusal.code, detail=refusal.sentence))
        else:
            results.append(PassedOn(loan=number, outcome="transferred", way=way))
    return PassedOnMany(results=results)


def _loan(session: Session, number: str) -> Any:
    row = session.connection().execute(select(LOAN).where(LOAN.c.number == number.upper())).first()
    if row is None:
        raise _unknown(number)
    return row


def _unknown(number: str) -> NotFound:
    return NotFound(f"貸出 {number} は見つかりません。番号をたしかめてください。", loan=number)


def _must_be_out_with_an_association(session: Session, row: Any) -> list[Any]:
    """The devices that are out on the loan, each with its pool's rule."""
    if row.association_id is None:
        raise Conflict("自治会への貸出ではないので、引き継げません。貸出の画面で貸出先をたしかめてください。")
    query = (
        select(ITEM.c.device_id, DEVICE.c.asset_number, POOL.c.handover)
        .select_from(ITEM.join(DEVICE, ITEM.c.device_id == DEVICE.c.id).join(POOL, DEVICE.c.pool_id == POOL.c.id))
        .where(ITEM.c.loan_id == row.id, ITEM.c.returned_at.is_(None))
        .order_by(ITEM.c.id)
    )
    out = list(session.connection().execute(query))
    if not out:
        raise Conflict(f"貸出 {row.number} は、すべて返っています。新しい会長には、あらためて貸してください。")
    return out


def _receiver(session: Session, order: PassOn, now: datetime) -> OfficerCard:
    if order.officer is not None:
        officer = officer_card(session, order.officer, now=now)
        if not officer.in_office:
            raise Conflict("選んだ方は、いま役職についていません。任期をたしかめてください。")
        _must_have_a_name(session, officer)
        return officer
    row = find_association(session, order.association or "")
    assert row.id is not None
    head = heads_of(session, [row.id], today(now)).get(row.id)
    if head is None:
        raise Conflict(NOBODY)
    _must_have_a_name(session, head)
    return head


def _must_have_a_name(session: Session, officer: OfficerCard) -> None:
    erased = select(PERSON.c.erased_at).where(PERSON.c.id == int(officer.person))
    if session.connection().execute(erased).scalar() is not None:
        raise Conflict("引き継ぐ相手の記録は消去ずみです。新しい会長を登録してください。")


def _pass_on(
    session: Session, row: Any, out: list[Any], to: OfficerCard, *, now: datetime, entry: int
) -> Handover | None:
    """Write that a loan passes, and how its devices do; None when the same person has them for another term.

    It is refused, before anything is written, when it is this officer's already.
    """
    if row.officer_id == row_id(to.id):
        raise Conflict("この貸出は、もうその方が受けています。引き継ぐ必要はありません。")
    connection = session.connection()
    association = connection.execute(select(OFFICER.c.association_id).where(OFFICER.c.id == row_id(to.id))).scalar_one()
    again = row.officer_id is not None and _person(session, row.officer_id) == int(to.person)
    # Nobody's photos are in the way of whoever serves again; what an earlier transfer waits for is waited for still.
    way, checked = _last_way(session, row.id, now) if again else (way_of(out), None)
    connection.execute(
        insert(TRANSFER).values(
            loan_id=row.id,
            from_association_id=row.association_id,
            from_officer_id=row.officer_id,
            to_association_id=association,
            to_officer_id=row_id(to.id),
            way=way,
            transferred_at=now,
            checked_at=checked,
            entry=entry,
        )
    )
    connection.execute(
        update(LOAN).where(LOAN.c.id == row.id).values(officer_id=row_id(to.id), association_id=association)
    )
    connection.execute(
        update(AGREEMENT)
        .where(AGREEMENT.c.loan_id == row.id, AGREEMENT.c.superseded_at.is_(None))
        .values(superseded_at=now, superseded_entry=entry)
    )
    lent = [device.device_id for device in out]
    lent += stand_ins_follow(session, lent, row.officer_id, row_id(to.id))
    if way is Handover.WIPE and not again:
        for device in lent:
            stop(session, device, HoldReason.WIPE, None, now=now, entry=entry)
    journal.note(
        session,
        "transfer",
        loan=row.number,
        before=row.officer_id,
        after=row_id(to.id),
        association=association,
        way=way.value,
        devices=[device.asset_number for device in out],
    )
    return None if again else way


def _person(session: Session, officer: int) -> int:
    query = select(OFFICER.c.person_id).where(OFFICER.c.id == officer)
    return int(session.connection().execute(query).scalar_one())


def _last_way(session: Session, loan: int, now: datetime) -> tuple[Handover, datetime | None]:
    """How a loan passed last and when that was checked; with nothing left to check when it never did."""
    last = (
        select(TRANSFER.c.way, TRANSFER.c.checked_at)
        .where(TRANSFER.c.loan_id == loan, TRANSFER.c.undone_entry.is_(None))
        .order_by(TRANSFER.c.id.desc())
    )
    row = session.connection().execute(last.limit(1)).first()
    return (row.way, row.checked_at) if row is not None else (Handover.CHECK, now)


def way_of(devices: list[Any]) -> Handover:
    """How these devices pass together: when one has to be wiped, all of them come over the counter."""
    return Handover.WIPE if any(device.handover is Handover.WIPE for device in devices) else Handover.CHECK


class Passing(Card):
    """What a transfer of a loan would be: how the devices pass, and who is in office to take them."""

    loan: LoanCard
    way: Handover
    officers: list[OfficerCard]


def passing(session: Session, loan: str, *, now: datetime) -> Passing:
    """What to choose from before a loan passes.

    Raises:
        NotFound: there is no such loan.
        Conflict: nothing is out on it, or it is not an association's.
    """
    row = _loan(session, loan)
    out = _must_be_out_with_an_association(session, row)
    query = (
        select(OFFICER.c.id)
        .join(PERSON, OFFICER.c.person_id == PERSON.c.id)
        .where(
            OFFICER.c.association_id == row.association_id,
            OFFICER.c.id != (row.officer_id or 0),
            PERSON.c.erased_at.is_(None),
        )
        .order_by((OFFICER.c.office == "会長").desc(), OFFICER.c.from_on.desc(), OFFICER.c.id.desc())
    )
    officers = [officer_card(session, str(one), now=now) for one in session.connection().execute(query).scalars()]
    return Passing(
        loan=loan_card(session, row.number, now=now),
        way=way_of(out),
        officers=[officer for officer in officers if officer.in_office],
    )
