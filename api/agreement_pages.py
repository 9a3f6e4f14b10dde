"""A loan's 借用書 on screen: the sheet as it will print, and signing it with the finger or by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.agreement_orders import drawn_order
from api.forms import Sent, Submitted
from api.pages import render, see_other
from api.papers import loan_paper, version_words
from api.sheet_views import sheet_view
from api.transactions import Look, Now
from api.uploads import Refused, said_beside, said_status
from api.visitors import DESK, READERS, Staff, sees_contacts
from inventory.agreement_sheets import LoanSheet, loan_sheet, superseded_sheet
from inventory.agreements import Sign, sign
from inventory.loans import LoanCard, loan_card
from inventory.pictures import Ready

pages = APIRouter(include_in_schema=False)
Loan = Annotated[str, Path(alias="number", max_length=20)]


@dataclass(frozen=True)
class _Loaded:
    card: LoanCard
    sheet: LoanSheet | None


def _load(session: Session, number: str, now: datetime) -> _Loaded:
    card = loan_card(session, number, now=now)
    # A loan that was taken back as a slip has no devices that anybody could sign for.
    return _Loaded(card, loan_sheet(session, card.number, now=now) if card.items else None)


@pages.get("/loans/{number}/agreement", dependencies=[READERS])
async def one_agreement(request: Request, loan: Loan, look: Look, now: Now, visitor: Staff) -> Response:
    loaded = await look.read(_load, loan, now)
    return render(
        request,
        "agreements/card.html",
        nav="loans",
        card=loaded.card,
        sheet=loaded.sheet,
        version=version_words(loaded.sheet.text) if loaded.sheet else "",
        view=_view(request, loaded, contacts=sees_contacts(visitor)),
        contacts=sees_contacts(visitor),
    )


@pages.get("/loans/{number}/agreements/{agreement}", dependencies=[READERS])
async def earlier_agreement(
    request: Request,
    loan: Loan,
    agreement: Annotated[str, Path(max_length=20)],
    look: Look,
    visitor: Staff,
) -> Response:
    """A 借用書 from before the loan passed to a successor, as it was signed."""
    sheet, _ = await look.read(superseded_sheet, loan, agreement)
    contacts = sees_contacts(visitor)
    here = f"/loans/{sheet.document.loan}/agreements/{agreement}"
    signed = sheet.agreement
    drawing = f"/api{here}/signature.png" if signed is not None and signed.has_signature else None
    return render(
        request,
        "agreements/past.html",
        nav="loans",
        number=sheet.document.loan,
        here=here,
        sheet=sheet,
        signed=signed,
        view=sheet_view(loan_paper(sheet, request.app.state.settings, contacts=contacts), drawing),
        contacts=contacts,
    )


@pages.get("/loans/{number}/agreement/sign", dependencies=[DESK])
async def ask_to_sign(request: Request, loan: Loan, look: Look, now: Now) -> Response:
    loaded = await look.read(_load, loan, now)
    signer = loaded.sheet.signer if loaded.sheet else None
    return _form(request, loaded, {"signed_name": (signer.name if signer else None) or ""})


@pages.post("/loans/{number}/agreement/sign", dependencies=[DESK])
async def sign_here(request: Request, loan: Loan, sent: Sent, look: Look, now: Now) -> Response:
    loaded = await look.read(_load, loan, now)
    try:
        order, ready = await _order(sent)
        await sent.act(sign, order, status=201, loan=loan, ready=ready)
    except Refused as error:
        return _form(request, loaded, sent.values, error)
    return see_other(f"/loans/{loaded.card.number}/agreement", done="signed")


async def _order(sent: Submitted) -> tuple[Sign, Ready | None]:
    """The order of the form. A drawing comes as text, so that it can be sent back with a form that is refused."""
    fields: dict[str, Any] = sent.given("signed_name", "relation", "text_version", "officer")
    fields |= {name: True for name in ("by_proxy", "consent") if name in sent.values}
    if sent.values.get("devices"):
        fields["devices"] = sent.values["devices"].split()
    return await drawn_order(fields, sent.values.get("drawing", ""))


def _form(request: Request, loaded: _Loaded, values: Mapping[str, Any], error: Exception | None = None) -> Response:
    sheet = loaded.sheet
    return render(
        request,
        "agreements/sign.html",
        nav="loans",
        status=said_status(error) if error else 200,
        card=loaded.card,
        sheet=sheet,
        version=version_words(sheet.text) if sheet else "",
        view=_view(request, loaded, contacts=True),
        # What this page shows is what is signed, whoever changes the loan or the words meanwhile.
        seen=" ".join(item.asset_number for item in loaded.card.items),
        values={**dict.fromkeys(("signed_name", "relation", "drawing"), ""), **values},
        errors=said_beside(error) if error else {},
    )


def _view(request: Request, loaded: _Loaded, *, contacts: bool) -> Any:
    if loaded.sheet is None:
        return None
    signed = loaded.sheet.agreement
    drawing = f"/api/loans/{loaded.card.number}/agreement/signature.png" if signed and signed.has_signature else None
    paper = loan_paper(loaded.sheet, request.app.state.settings, contacts=contacts)
    return sheet_view(paper, drawing)
