"""What the 借用書 of a loan says: as it was signed, or as it would be signed now."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, SQLModel

from inventory.agreement_texts import TextCard, text_card, text_of_row
from inventory.borrowers import LOAN, OFFICER, PERSON
from inventory.calendar import today
from inventory.devices import DEVICE, ITEM, POOL
from inventory.errors import AgreementMissing, Conflict, NotFound
from inventory.loans import Due, LoanCard, loan_card
from inventory.pictures import PICTURE
from inventory.shapes import Card, row_id
from inventory.tables import PoolKind, SignMethod

AGREEMENT = SQLModel.metadata.tables["agreement"]
TRANSFER = SQLModel.metadata.tables["transfer"]


class DocumentItem(Card):
    asset_number: str
    call_number: int | None
    kind: PoolKind
    model: str
    serial: str | None
    accessories: dict[str, int]


class Document(Card):
    """What the sheet of a loan says and what is kept with the signature. It names no person.

    ``lent_on`` is from when this borrower has it: the day it went out, or the day it passed to them.
    """

    loan: str
    borrower: str
    borrower_type: str
    lent_on: date
    due: Due
    purpose: str | None
    items: list[DocumentItem]


class Signer(Card):
    """The officer who answers for the loan, as the sheet names them; ``name`` is None once the person was erased."""

    office: str
    name: str | None
    name_kana: str
    phone: str | None


class AgreementCard(Card):
    """``signed_name`` and ``relation`` are None once erased. ``scans`` are ids of pictures of the signed paper.

    ``superseded_at`` is when the loan passed to a successor, None while the agreement stands.
    """

    id: str
    loan: str
    method: SignMethod
    signed_at: datetime
    signed_name: str | None
    by_proxy: bool
    relation: str | None
    paper: str | None
    text: TextCard
    signature_sha256: str | None
    has_signature: bool
    scans: list[str]
    superseded_at: datetime | None
    erased: bool


class LoanSheet(Card):
    """Everything that a 借用書 shows. ``changed``: other devices are on the loan now than were signed for."""

    document: Document
    text: TextCard
    signer: Signer | None
    agreement: AgreementCard | None
    changed: bool


def agreement_card(session: Session, loan: str) -> AgreementCard:
    """Raises AgreementMissing when nobody has signed, NotFound when there is no such loan."""
    row = agreement_row(session, loan)
    if row is None:
        raise missing(session, loan)
    return _agreement(session, row)


def agreement_again(session: Session, key: str) -> AgreementCard:
    """The agreement that an earlier act signed, by its id; an old entry names the loan, whose first one it was."""
    named = AGREEMENT.c.id == row_id(key) if key.isdecimal() else LOAN.c.number == key.upper()
    row = session.connection().execute(_ROWS.where(named).order_by(AGREEMENT.c.id).limit(1)).first()
    if row is None:
        raise missing(session, key)
    return _agreement(session, row)


def past_agreements(session: Session, loan: str) -> list[AgreementCard]:
    """What was signed for a loan before it passed to a successor, the newest first."""
    of_loan = _ROWS.where(LOAN.c.number == loan.upper(), AGREEMENT.c.superseded_at.is_not(None))
    rows = session.connection().execute(of_loan.order_by(AGREEMENT.c.id.desc())).all()
    return [_agreement(session, row) for row in rows]


def _agreement(session: Session, row: Any) -> AgreementCard:
    scans = (
        select(PICTURE.c.id)
        .where(PICTURE.c.agreement_id == row.id, PICTURE.c.content.is_not(None))
        .order_by(PICTURE.c.id)
    )
    return AgreementCard(
        id=str(row.id),
        loan=row.number,
        method=row.method,
        signed_at=row.signed_at,
        signed_name=row.signed_name,
        by_proxy=row.by_proxy,
        relation=row.relation,
        paper=row.paper_number,
        text=text_of_row(session, row.text_id),
        signature_sha256=row.signature_sha256,
        has_signature=row.drawn,
        scans=[str(scan) for scan in session.connection().execute(scans).scalars()],
        superseded_at=row.superseded_at,
        erased=row.erased_at is not None,
    )


def loan_sheet(session: Session, loan: str, *, now: datetime) -> LoanSheet:
    """What the loan's 借用書 says: as it was signed, or as it would be signed now."""
    card = loan_card(session, loan, now=now)
    fresh = document_of(session, card)
    row = agreement_row(session, card.number)
    if row is None:
        signer = _signer(session, LOAN.c.number == card.number, LOAN.c.officer_id)
        return LoanSheet(document=fresh, text=_text(session, card), signer=signer, agreement=None, changed=False)
    sheet = _signed_sheet(session, row)
    numbers = {item.asset_number for item in fresh.items}
    signed = {item.asset_number for item in sheet.document.items}
    return sheet.model_copy(update={"changed": bool(numbers) and numbers != signed})


def loan_sheets(session: Session, loans: Sequence[str], *, now: datetime) -> list[tuple[LoanSheet, bytes | None]]:
    """The 借用書 of many loans, each with the drawing it was signed with, in the order asked for."""
    sheets = [loan_sheet(session, number, now=now) for number in dict.fromkeys(loans)]
    return [(sheet, _drawing_of(session, sheet)) for sheet in sheets]


def superseded_sheet(session: Session, loan: str, agreement: str) -> tuple[LoanSheet, bytes | None]:
    """A 借用書 that was signed before the loan passed to a successor, and the drawing it was signed with.

    Raises:
        NotFound: the loan has no such agreement. The one that stands is found by its loan.
    """
    query = _ROWS.where(
        LOAN.c.number == loan.upper(), AGREEMENT.c.id == row_id(agreement), AGREEMENT.c.superseded_at.is_not(None)
    )
    row = session.connection().execute(query).first()
    if row is None:
        raise NotFound("この貸出に、その前の借用書はありません。貸出の画面から選んでください。")
    sheet = _signed_sheet(session, row)
    return sheet, _drawing_of(session, sheet)


def _signed_sheet(session: Session, row: Any) -> LoanSheet:
    return LoanSheet(
        document=Document.model_validate(row.document),
        text=text_of_row(session, row.text_id),
        signer=_signer(session, AGREEMENT.c.id == row.id, AGREEMENT.c.officer_id),
        agreement=_agreement(session, row),
        changed=False,
    )


def _drawing_of(session: Session, sheet: LoanSheet) -> bytes | None:
    if sheet.agreement is None or not sheet.agreement.has_signature:
        return None
    query = select(AGREEMENT.c.signature).where(AGREEMENT.c.id == int(sheet.agreement.id))
    found = session.connection().execute(query).scalar()
    return bytes(found) if found is not None else None


def signature(session: Session, loan: str, *, agreement: str | None = None) -> bytes:
    """The drawing of a signature, a PNG: of the agreement that stands, or of an earlier one of the loan.

    Raises:
        NotFound: it was not signed by drawing, or the signature was erased.
    """
    which = AGREEMENT.c.superseded_at.is_(None) if agreement is None else AGREEMENT.c.id == row_id(agreement)
    query = (
        select(AGREEMENT.c.signature)
        .join(LOAN, AGREEMENT.c.loan_id == LOAN.c.id)
        .where(LOAN.c.number == loan.upper(), which, AGREEMENT.c.signature.is_not(None))
    )
    found = session.connection().execute(query).scalar()
    if found is None:
        raise NotFound("この貸出に、画面で書かれた署名はありません。")
    return bytes(found)


_ROWS = select(
    *(column for column in AGREEMENT.c if column is not AGREEMENT.c.signature),
    AGREEMENT.c.signature.is_not(None).label("drawn"),
    LOAN.c.number,
).join(LOAN, AGREEMENT.c.loan_id == LOAN.c.id)


def agreement_row(session: Session, loan: str) -> Any | None:
    """The agreement of a loan that stands; those from before a transfer do not."""
    query = _ROWS.where(LOAN.c.number == loan.upper(), AGREEMENT.c.superseded_at.is_(None))
    return session.connection().execute(query).first()


def _text(session: Session, card: LoanCard) -> TextCard:
    return text_card(session, pool_of(session, card))


def pool_of(session: Session, card: LoanCard) -> str:
    """The pool whose words count: the first on the loan that wants an agreement, else that of the first device."""
    wanting = select(POOL.c.id).where(POOL.c.agreement_required)
    asked = set(session.connection().execute(wanting).scalars())
    pools = [item.pool for item in card.items]
    if not pools:
        raise Conflict(f"貸出 {card.number} は取り消してあります。借用書はいりません。")
    return next((pool for pool in pools if pool in asked), pools[0])


def document_of(session: Session, card: LoanCard) -> Document:
    query = (
        select(DEVICE.c.asset_number, DEVICE.c.serial)
        .join(ITEM, ITEM.c.device_id == DEVICE.c.id)
        .join(LOAN, ITEM.c.loan_id == LOAN.c.id)
        .where(LOAN.c.number == card.number)
    )
    serials = {row.asset_number: row.serial for row in session.connection().execute(query)}
    items = [
        DocumentItem(
            asset_number=item.asset_number,
            call_number=item.call_number,
            kind=item.kind,
            model=item.model,
            serial=serials[item.asset_number],
            accessories=item.accessories,
        )
        for item in card.items
    ]
    return Document(
        loan=card.number,
        borrower=card.borrower.name,
        borrower_type=card.borrower.type,
        lent_on=_begins(session, card),
        due=card.due,
        purpose=card.purpose,
        items=items,
    )


def _signer(session: Session, which: Any, officer: Any) -> Signer | None:
    """The officer that a loan or an agreement names: who answers for it, or who did when it was signed."""
    query = (
        select(PERSON, OFFICER.c.office)
        .select_from(officer.table.join(OFFICER, officer == OFFICER.c.id).join(PERSON))
        .where(which)
    )
    row = session.connection().execute(query).first()
    if row is None:
        return None
    if row.erased_at is not None:
        return Signer(office=row.office, name=None, name_kana="", phone=None)
    return Signer(office=row.office, name=row.name, name_kana=row.name_kana, phone=row.phone)


def _begins(session: Session, card: LoanCard) -> date:
    """From when the borrower who signs now has the loan: when it went out, or when it passed to them."""
    query = (
        select(func.max(TRANSFER.c.transferred_at))
        .join(LOAN, TRANSFER.c.loan_id == LOAN.c.id)
        .where(LOAN.c.number == card.number, TRANSFER.c.undone_entry.is_(None))
    )
    passed: datetime | None = session.connection().execute(query).scalar()
    return today(passed or card.lent_at)


def missing(session: Session, loan: str) -> Exception:
    found = session.connection().execute(select(LOAN.c.id).where(LOAN.c.number == loan.upper())).first()
    if found is None:
        return NotFound(f"貸出 {loan} は見つかりません。番号をたしかめてください。")
    return AgreementMissing(f"貸出 {loan} の借用書は、まだ署名されていません。先に署名を記録してください。", loan=loan)
