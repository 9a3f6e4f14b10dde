"""Signing the 借用書 of a loan: on the screen, by a typed name, or on paper. One agreement per loan.

An agreement never blocks the loan that it is for: the loan says "missing" until somebody has signed.
"""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import insert, select
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.agreement_sheets import (
    AGREEMENT,
    AgreementCard,
    agreement_card,
    agreement_row,
    document_of,
    missing,
    pool_of,
)
from inventory.agreement_texts import text_row
from inventory.borrowers import LOAN
from inventory.calendar import jst_day_bounds, today
from inventory.errors import Conflict, Invalid, NotFound, Stale
from inventory.journal import By
from inventory.loans import LoanCard, loan_card
from inventory.pictures import Digest, Ready, put
from inventory.shapes import AssetNumber, Day, Identifier, Name, OptionalName, Shape, TagNumber
from inventory.tables import SignMethod

FORM = SQLModel.metadata.tables["paper_form"]


class Sign(Shape):
    """Sign on the screen: by ``signature`` (the SHA-256 of the drawing as sent), or by the typed name and ``consent``.

    ``text_version``, ``devices`` and ``officer`` (an id) are what the signer had before them; without them, what the
    ledger holds now.
    """

    signed_name: Name
    by_proxy: bool = False
    relation: OptionalName = None
    consent: bool = False
    signature: Digest | None = None
    text_version: Annotated[int, Field(ge=1)] | None = None
    devices: Annotated[list[AssetNumber], Field(max_length=200)] | None = None
    officer: Identifier | None = None


class FilePaper(Shape):
    """File a paper that was signed. ``paper`` is the number of a form printed before the loan, ``scan`` a digest."""

    signed_name: Name
    signed_on: Day
    by_proxy: bool = False
    relation: OptionalName = None
    paper: TagNumber | None = None
    scan: Digest | None = None


class AttachScan(Shape):
    scan: Digest


def sign(
    session: Session, order: Sign, *, loan: str, ready: Ready | None, by: By, now: datetime, op_id: str
) -> AgreementCard:
    """Sign on the screen. ``ready`` is the drawing as it will be kept.

    Raises:
        NotFound: there is no such loan or no such version of the words.
        Invalid: neither drawn nor consented to, or a proxy who does not say what they are to the borrower.
        Conflict: it is signed already.
        Stale: other devices are on the loan than the signer has seen, or it has passed to somebody else.
    """
    if ready is None and not order.consent:
        raise Invalid.field("signature", "わくの中に署名するか、「名前を書いて同意する」にしるしをつけてください。")
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    card = loan_card(session, loan, now=now)
    lent = {item.asset_number for item in card.items}
    if order.devices is not None and lent != set(order.devices):
        raise Stale("署名のあいだに、貸す端末が変わりました。いまの借用書を見て、もう一度署名してください。")
    if order.officer is not None and (card.officer is None or card.officer.id != order.officer):
        raise Stale("署名のあいだに、貸出が次の方に引き継がれました。いまの借用書を見て、もう一度署名してください。")
    method = SignMethod.TYPED if ready is None else SignMethod.SCREEN
    drawing: dict[str, Any] = {"signature": ready.content, "signature_sha256": ready.sha256} if ready else {}
    return _keep(session, card, order, version=order.text_version, entry=entry, method=method, at=now, **drawing)


def file_paper(
    session: Session, order: FilePaper, *, loan: str, ready: Ready | None, by: By, now: datetime, op_id: str
) -> AgreementCard:
    """File a signed paper. ``ready`` is its picture, which may also come later.

    Raises:
        NotFound: there is no such loan or no such form.
        Invalid: it was signed in the future, or a proxy does not say what they are to the borrower.
        Conflict: the loan is signed already, or the form stands for another loan.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    card = loan_card(session, loan, now=now)
    if order.signed_on > today(now):
        raise Invalid.field("signed_on", "署名の日が、今日よりあとです。紙に書かれた日付をたしかめてください。")
    text = _text_of_form(session, order.paper) if order.paper else None
    done = _keep(
        session,
        card,
        order,
        text=text,
        entry=entry,
        method=SignMethod.PAPER,
        at=jst_day_bounds(order.signed_on)[0],
        paper_number=order.paper,
    )
    if ready is not None:
        _add_scan(session, card.number, ready, now=now, entry=entry)
        done = agreement_card(session, card.number)
    return done


def attach_scan(
    session: Session, order: AttachScan, *, loan: str, ready: Ready, by: By, now: datetime, op_id: str
) -> AgreementCard:
    """Add a picture of the signed paper.

    Raises:
        NotFound: there is no such loan.
        AgreementMissing: nobody has signed yet, so the paper must be filed first.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    card = loan_card(session, loan, now=now)
    _add_scan(session, card.number, ready, now=now, entry=entry)
    return agreement_card(session, card.number)


def _keep(
    session: Session,
    card: LoanCard,
    order: Sign | FilePaper,
    *,
    entry: int,
    method: SignMethod,
    at: datetime,
    version: int | None = None,
    text: int | None = None,
    **more: Any,
) -> AgreementCard:
    if not card.items:
        raise Conflict(f"貸出 {card.number} は取り消してあります。借用書はいりません。")
    if order.by_proxy and order.relation is None:
        raise Invalid.field("relation", "代理の方の続柄か役職を書いてください。")
    if agreement_row(session, card.number) is not None:
        raise Conflict(f"貸出 {card.number} の借用書は、もう署名されています。借用書の画面で見られます。")
    if text is None:
        text = text_row(session, pool_of(session, card), version, entry=entry)
    loan = session.connection().execute(select(LOAN.c.id, LOAN.c.officer_id).where(LOAN.c.number == card.number)).one()
    values = {
        "loan_id": loan.id,
        "officer_id": loan.officer_id,
        "text_id": text,
        "method": method,
        "signed_at": at,
        "signed_name": order.signed_name,
        "by_proxy": order.by_proxy,
        "relation": order.relation if order.by_proxy else None,
        "document": document_of(session, card).model_dump(mode="json"),
        "entry": entry,
        **more,
    }
    session.connection().execute(insert(AGREEMENT).values(values))
    done = agreement_card(session, card.number)
    journal.note(
        session,
        "sign_agreement",
        loan=card.number,
        method=method.value,
        text=done.text.id,
        paper=done.paper,
        signature=done.signature_sha256,
    )
    return done


def _add_scan(session: Session, loan: str, ready: Ready, *, now: datetime, entry: int) -> None:
    row = agreement_row(session, loan)
    if row is None:
        raise missing(session, loan)
    picture = put(session, ready, now=now, entry=entry, agreement_id=row.id)
    journal.note(session, "attach_scan", loan=loan, picture=picture, sha256=ready.sha256)


def _text_of_form(session: Session, number: str) -> int:
    """The words of a form, while no loan has it."""
    text = session.connection().execute(select(FORM.c.text_id).where(FORM.c.number == number)).scalar()
    if text is None:
        raise NotFound(f"番号 {number} の用紙は見つかりません。紙の番号をたしかめてください。")
    taken = (
        select(LOAN.c.number)
        .join(AGREEMENT, AGREEMENT.c.loan_id == LOAN.c.id)
        .where(AGREEMENT.c.paper_number == number)
    )
    other = session.connection().execute(taken).scalar()
    if other is not None:
        raise Conflict(
            f"この用紙は、もう貸出 {other} の借用書になっています。紙の番号をたしかめてください。", loan=other
        )
    return int(text)
