"""What a 返却確認書 tells: what came back on a loan, which sections of the city checked it, and in which words."""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, SQLModel

from inventory.agreement_sheets import document_of, pool_of
from inventory.borrowers import LOAN
from inventory.calendar import today
from inventory.devices import ITEM
from inventory.errors import Conflict
from inventory.form_texts import FormTextCard, form_text_on
from inventory.journal import ENTRY
from inventory.loans import LoanCard, loan_card
from inventory.shapes import Card
from inventory.tables import FormKind

STAFF = SQLModel.metadata.tables["staff"]


class Receipt(Card):
    """``checked_by`` are sections, in the order in which they took something back; ``serials`` by asset number."""

    loan: LoanCard
    text: FormTextCard
    serials: dict[str, str]
    checked_by: list[str]


def receipt(session: Session, number: str, *, now: datetime) -> Receipt:
    """Raises Conflict while nothing is back, NotFound when there is no such loan."""
    card = loan_card(session, number, now=now)
    if all(item.returned_at is None for item in card.items):
        raise Conflict(
            f"貸出 {card.number} は、まだ何も返っていません。返却を記録すると、返却確認書を刷れます。", loan=card.number
        )
    query = (
        select(STAFF.c.section)
        .select_from(
            ITEM.join(LOAN, ITEM.c.loan_id == LOAN.c.id)
            .join(ENTRY, ITEM.c.returned_entry == ENTRY.c.seq)
            .join(STAFF, ENTRY.c.by == STAFF.c.id)
        )
        .where(LOAN.c.number == card.number, STAFF.c.section.is_not(None))
        .order_by(ITEM.c.returned_at, ITEM.c.id)
    )
    return Receipt(
        loan=card,
        text=form_text_on(session, pool_of(session, card), FormKind.RETURN, today(now)),
        serials={item.asset_number: item.serial for item in document_of(session, card).items if item.serial},
        checked_by=list(dict.fromkeys(session.connection().execute(query).scalars())),
    )
