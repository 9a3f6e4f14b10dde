"""The check of a device that passes from hand to hand: both consent, and what is private is out of it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field
from sqlalchemy import select, update
from sqlmodel import Session

from inventory import journal
from inventory.agreement_sheets import TRANSFER
from inventory.borrowers import LOAN
from inventory.errors import Conflict, Invalid, NotFound
from inventory.journal import By
from inventory.loans import LoanCard, loan_card
from inventory.shapes import Shape
from inventory.tables import Handover
from inventory.transfer_history import TransferCard, transfers_of


class Checked(StrEnum):
    """What is gone through before a device passes on. The first three are asked for always."""

    PHOTOS = "photos"
    LINE = "line"
    PASSCODE = "passcode"
    ACCOUNTS = "accounts"
    ACCESSORIES = "accessories"


ASKED = (Checked.PHOTOS, Checked.LINE, Checked.PASSCODE)


class RecordHandover(Shape):
    """``from`` and ``to``: whoever gives the device away and whoever takes it consent to passing it on unwiped."""

    from_: Annotated[bool, Field(alias="from")] = False
    to: bool = False
    checklist: Annotated[list[Checked], Field(max_length=len(Checked))] = []


def record_handover(
    session: Session, order: RecordHandover, *, loan: str, by: By, now: datetime, op_id: str
) -> LoanCard:
    """Write down that a device was checked and passed from hand to hand.

    Raises:
        NotFound: there is no such loan.
        Conflict: no check of it is waited for.
        Invalid: one of the two did not consent, or a point that is always asked for is not ticked.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    waiting = waiting_check(session, loan)
    errors = []
    for name, given, who in (("from", order.from_, "前の方"), ("to", order.to, "新しい方")):
        if not given:
            errors.append({"field": name, "message": f"{who}の同意をたしかめて、しるしをつけてください。"})
    if any(one not in order.checklist for one in ASKED):
        sentence = "写真・LINE・暗証番号の3つは、かならずたしかめてください。"
        errors.append({"field": "checklist", "message": sentence})
    if errors:
        raise Invalid(errors[0]["message"], errors)
    ticked = [one.value for one in Checked if one in order.checklist]
    session.connection().execute(
        update(TRANSFER)
        .where(TRANSFER.c.id == int(waiting.id))
        .values(checked_at=now, checklist=ticked, checked_entry=entry)
    )
    journal.note(session, "record_handover", loan=loan.upper(), transfer=int(waiting.id), checklist=ticked)
    return loan_card(session, loan, now=now)


def waiting_check(session: Session, loan: str) -> TransferCard:
    """The transfer of a loan whose check is still to be recorded.

    Raises:
        NotFound: there is no such loan.
        Conflict: the loan did not pass, it passes by a wipe, or the check is recorded already.
    """
    if session.connection().execute(select(LOAN.c.id).where(LOAN.c.number == loan.upper())).first() is None:
        raise NotFound(f"貸出 {loan} は見つかりません。番号をたしかめてください。")
    last = next((one for one in transfers_of(session, loan) if not one.undone), None)
    if last is None:
        raise Conflict(f"貸出 {loan.upper()} は、引き継いでいません。先に引き継ぎを記録してください。")
    if last.way is Handover.WIPE:
        raise Conflict("この端末は、初期化してから渡す決まりです。窓口で初期化を記録してください。")
    if last.checked_at is not None:
        raise Conflict("引き継ぎの確認は、もう記録してあります。")
    return last
