"""Forms of the 借用書 that are printed before their loan, for a hall without a network, and filed by their number."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import Field
from sqlalchemy import insert, select
from sqlmodel import Session

from inventory import journal
from inventory.agreement_sheets import AGREEMENT
from inventory.agreement_texts import TextCard, text_of_row, text_row
from inventory.agreements import FORM
from inventory.borrowers import ASSOCIATION, LOAN
from inventory.errors import NotFound
from inventory.journal import By
from inventory.loans import LoanCard, list_loans
from inventory.shapes import BlankIsNone, Card, Identifier, Shape, row_id
from inventory.tags import make_number

# So many loans are offered to file a form under; the one that is meant is among the newest.
_OFFERED = 20


class PrintForms(Shape):
    """``copies`` forms with the newest words of a pool, for one association or for whoever comes."""

    pool: Identifier
    copies: Annotated[int, Field(ge=1, le=100)] = 1
    association: Annotated[Identifier | None, BlankIsNone] = None


class PaperForms(Card):
    numbers: list[str]


class PaperFormCard(Card):
    """``association`` is an id, with its name; ``loan`` is the loan that the form was filed under."""

    number: str
    text: TextCard
    association: str | None
    association_name: str | None
    printed_at: datetime
    loan: str | None


def print_forms(session: Session, order: PrintForms, *, by: By, now: datetime, op_id: str) -> PaperForms:
    """Make numbers for forms that are printed now.

    Raises:
        NotFound: there is no such pool or association.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    association = _association(session, order.association) if order.association else None
    text = text_row(session, order.pool, None, entry=entry)
    numbers = [make_number(session, now=now, entry=entry) for _ in range(order.copies)]
    rows = [
        {"number": number, "text_id": text, "association_id": association, "printed_at": now, "entry": entry}
        for number in numbers
    ]
    session.connection().execute(insert(FORM), rows)
    journal.note(session, "print_forms", pool=order.pool, papers=numbers)
    return PaperForms(numbers=numbers)


def paper_form(session: Session, number: str) -> PaperFormCard:
    """Raises NotFound when no form has this number."""
    return paper_forms(session, [number])[0]


def paper_forms(session: Session, numbers: Sequence[str]) -> list[PaperFormCard]:
    """These forms, in this order.

    Raises:
        NotFound: a number is that of no form.
    """
    query = (
        select(
            FORM,
            ASSOCIATION.c.name.label("association_name"),
            LOAN.c.number.label("loan"),
        )
        .select_from(
            FORM.outerjoin(ASSOCIATION, FORM.c.association_id == ASSOCIATION.c.id)
            .outerjoin(AGREEMENT, AGREEMENT.c.paper_number == FORM.c.number)
            .outerjoin(LOAN, AGREEMENT.c.loan_id == LOAN.c.id)
        )
        .where(FORM.c.number.in_(numbers))
    )
    found = {row.number: row for row in session.connection().execute(query)}
    texts = {row.text_id: text_of_row(session, row.text_id) for row in found.values()}
    cards = []
    for number in numbers:
        row = found.get(number)
        if row is None:
            raise NotFound(f"番号 {number[:20]} の用紙は見つかりません。紙の番号をたしかめてください。")
        cards.append(
            PaperFormCard(
                number=row.number,
                text=texts[row.text_id],
                association=str(row.association_id) if row.association_id is not None else None,
                association_name=row.association_name,
                printed_at=row.printed_at,
                loan=row.loan,
            )
        )
    return cards


def loans_for(session: Session, form: PaperFormCard, *, now: datetime) -> list[LoanCard]:
    """Loans that the form may belong to: out, unsigned, with a device of its pool; the newest first."""
    found = list_loans(
        session, now=now, state="open", agreement="missing", association=form.association, limit=_OFFERED * 5
    )
    fitting = [loan for loan in found.items if any(item.pool == form.text.pool for item in loan.items)]
    return fitting[:_OFFERED]


def _association(session: Session, association: str) -> int:
    query = select(ASSOCIATION.c.id).where(ASSOCIATION.c.id == row_id(association))
    found = session.connection().execute(query).scalar()
    if found is None:
        raise NotFound("その自治会は見つかりません。一覧から選んでください。")
    return int(found)
