"""What the papers besides the 借用書 tell of a loan or an association, and the labels for the cards at home."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from inventory.agreement_sheets import TRANSFER, Document, Signer, document_of, pool_of
from inventory.borrowers import LOAN
from inventory.calendar import today
from inventory.devices import BINDING, DEVICE, ITEM, POOL
from inventory.errors import Conflict, NotFound
from inventory.form_texts import FormTextCard, form_text, form_text_on
from inventory.loans import LoanCard, loan_card
from inventory.officers import find_association, heads_of, officer_card
from inventory.shapes import Card
from inventory.tables import FormKind, PoolKind


class Holder(Card):
    """An association and whoever speaks for it; ``signer`` is None where nobody is known."""

    name: str
    signer: Signer | None


class LoanPaper(Card):
    """A paper about a loan. ``after`` is who has the devices now; ``before`` had them before the loan passed on.

    ``document`` lists what is still out, or everything once nothing is.
    """

    loan: LoanCard
    text: FormTextCard
    document: Document
    before: Signer | None
    after: Signer | None


class FormPaper(Card):
    """A paper that is printed before it is about anything, perhaps for an association."""

    text: FormTextCard
    holder: Holder | None


class LoanLabel(Card):
    """A device that is out on a loan, as its label names it."""

    asset_number: str
    kind: PoolKind
    tag: str


_PASSED_ON = (
    select(TRANSFER)
    .join(LOAN, TRANSFER.c.loan_id == LOAN.c.id)
    .where(TRANSFER.c.undone_entry.is_(None))
    .order_by(TRANSFER.c.id.desc())
    .limit(1)
)


def loan_paper_facts(session: Session, number: str, kind: FormKind, *, now: datetime) -> LoanPaper:
    """Raises NotFound when there is no such loan, Conflict when it was taken back as a slip."""
    card = loan_card(session, number, now=now)
    document = document_of(session, card)
    out = {item.asset_number for item in card.items if item.returned_at is None}
    if out:
        document = document.model_copy(update={"items": [item for item in document.items if item.asset_number in out]})
    passed = session.connection().execute(_PASSED_ON.where(LOAN.c.number == card.number)).first()
    before: str | None = card.officer.id if card.officer else None
    after: str | None = None
    if passed is not None:
        before = str(passed.from_officer_id) if passed.from_officer_id is not None else None
        after = str(passed.to_officer_id)
    elif card.borrower.type == "association":
        association = int(card.borrower.id)
        head = heads_of(session, [association], today(now)).get(association)
        after = head.id if head and head.id != before else None
    return LoanPaper(
        loan=card,
        text=form_text_on(session, pool_of(session, card), kind, today(now)),
        document=document,
        before=_signer(session, before, now),
        after=_signer(session, after, now),
    )


def form_paper_facts(
    session: Session,
    pool: str,
    kind: FormKind,
    *,
    now: datetime,
    association: str | None = None,
    version: int | None = None,
) -> FormPaper:
    """Raises NotFound when there is no such pool, version or association."""
    text = form_text(session, pool, kind, version)
    return FormPaper(text=text, holder=holder(session, association, now=now) if association else None)


def holder(session: Session, association: str, *, now: datetime, officer: str | None = None) -> Holder:
    """The association with this officer, or with whoever heads it today."""
    row = find_association(session, association)
    assert row.id is not None
    head = heads_of(session, [row.id], today(now)).get(row.id) if officer is None else None
    return Holder(name=row.name, signer=_signer(session, officer or (head.id if head else None), now))


def labels_of_loans(session: Session, numbers: Iterable[str]) -> dict[str, list[LoanLabel]]:
    """The devices that are out on each of these loans, by loan number; a device without a label is left out."""
    wanted = [number.upper() for number in numbers]
    query = (
        select(LOAN.c.number, DEVICE.c.asset_number, POOL.c.kind, BINDING.c.number.label("tag"))
        .select_from(
            ITEM.join(LOAN, ITEM.c.loan_id == LOAN.c.id)
            .join(DEVICE, ITEM.c.device_id == DEVICE.c.id)
            .join(POOL, DEVICE.c.pool_id == POOL.c.id)
            .join(BINDING, BINDING.c.device_id == DEVICE.c.id)
        )
        .where(
            LOAN.c.number.in_(wanted),
            ITEM.c.returned_at.is_(None),
            ITEM.c.undone_entry.is_(None),
            BINDING.c.unbound_at.is_(None),
        )
        .order_by(ITEM.c.id)
    )
    found: dict[str, list[LoanLabel]] = {number: [] for number in wanted}
    for row in session.connection().execute(query):
        found[row.number].append(LoanLabel(asset_number=row.asset_number, kind=row.kind, tag=row.tag))
    return found


def labels_of_loan(session: Session, number: str, *, now: datetime) -> list[LoanLabel]:
    """Raises NotFound when there is no such loan, Conflict when none of its devices is out."""
    card = loan_card(session, number, now=now)
    found = labels_of_loans(session, [card.number])[card.number]
    if not found:
        raise Conflict(f"貸出 {card.number} には、いま貸している端末がありません。カードはいりません。")
    return found


def _signer(session: Session, officer: str | None, now: datetime) -> Signer | None:
    if officer is None:
        return None
    try:
        card = officer_card(session, officer, now=now)
    except NotFound:
        return None
    return Signer(office=card.office, name=card.name, name_kana=card.name_kana, phone=card.phone)
