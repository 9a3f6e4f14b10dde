"""Agreements over JSON, and the papers of a loan as PDF."""

from typing import Annotated, Any

from fastapi import Path, Query, Request, Response
from sqlmodel import Session

from api.agreement_orders import paper_order, scan_order, sign_order
from api.files import PDF, PNG, inline, pdf_file
from api.form_papers import fridge_cards
from api.json_doors import json_router
from api.label_orders import in_ink, split_codes
from api.papers import blank_paper, loan_paper
from api.problems import problems
from api.receipt_papers import receipt_paper
from api.transactions import ActMaybeOnce, ActOnce, Look, Now
from api.uploads import PHOTO, fields_of, file_of, multipart
from api.visitors import DESK, IT, READERS, Staff, sees_contacts
from inventory.agreement_sheets import AgreementCard, LoanSheet, agreement_card, loan_sheet, signature
from inventory.agreement_texts import TextCard, WriteText, list_texts, write_text
from inventory.agreements import attach_scan, file_paper, sign
from inventory.errors import NotFound
from inventory.loan_papers import LoanLabel, labels_of_loans
from inventory.paper_forms import PaperForms, PrintForms, paper_forms, print_forms
from inventory.receipts import receipt
from inventory.shapes import Card
from labels.paper import paper_pdf

json = json_router("agreements")
Loan = Annotated[str, Path(alias="number", max_length=20, description="Loan number, such as R8-00012.")]
Pool = Annotated[str, Path(alias="pool", max_length=60)]

_TEXT: dict[str, Any] = {"type": "string"}
_FILE: dict[str, Any] = {"type": "string", "format": "binary"}
_WHO: dict[str, Any] = {
    "signed_name": {"type": "string", "maxLength": 60},
    "by_proxy": {"type": "boolean"},
    "relation": {"type": "string", "maxLength": 60, "description": "What a proxy is to the borrower."},
}


class Texts(Card):
    items: list[TextCard]
    next: None = None
    total: int


@json.get("/api/loans/{number}/agreement", dependencies=[READERS], responses=problems("not-found", "agreement-missing"))
async def agreement(loan: Loan, look: Look) -> AgreementCard:
    return await look.read(agreement_card, loan)


@json.post(
    "/api/loans/{number}/agreement",
    status_code=201,
    dependencies=[DESK],
    responses={**problems("missing-op-id", "not-found", "refused", "stale", "op-id-reused", "bad-photo"), **PHOTO},
    openapi_extra=multipart(
        ["signed_name"],
        **_WHO,
        signature={**_FILE, "description": "A PNG of the signature."},
        consent={"type": "boolean", "description": "Signed by the typed name alone, without a drawing."},
        text_version={"type": "integer", "minimum": 1},
        devices={"type": "array", "items": _TEXT, "description": "The devices that the signer has seen."},
        officer={"type": "string", "description": "The officer in charge whom the signer has seen, by id."},
    ),
)
async def sign_agreement(request: Request, loan: Loan, act: ActOnce) -> AgreementCard:
    """Sign on the screen: with a drawn signature, or by the typed name and consent."""
    form = await request.form(max_files=1, max_fields=300)
    order, ready = await sign_order(fields_of(form, "devices"), file_of(form, "signature"))
    return await act(sign, order, status=201, loan=loan, ready=ready)


@json.post(
    "/api/loans/{number}/agreement/paper",
    status_code=201,
    dependencies=[DESK],
    responses={**problems("missing-op-id", "not-found", "refused", "op-id-reused", "bad-photo"), **PHOTO},
    openapi_extra=multipart(
        ["signed_name", "signed_on"],
        **_WHO,
        signed_on={"type": "string", "format": "date"},
        paper={"type": "string", "description": "The number of a form that was printed before the loan."},
        scan={**_FILE, "description": "A photo or scan of the paper; it may also come later."},
    ),
)
async def file_signed_paper(request: Request, loan: Loan, act: ActOnce) -> AgreementCard:
    """File a paper that was signed."""
    form = await request.form(max_files=1, max_fields=20)
    order, ready = await paper_order(fields_of(form), file_of(form, "scan"))
    return await act(file_paper, order, status=201, loan=loan, ready=ready)


@json.post(
    "/api/loans/{number}/agreement/scans",
    status_code=201,
    dependencies=[DESK],
    responses={**problems("missing-op-id", "not-found", "agreement-missing", "op-id-reused", "bad-photo"), **PHOTO},
    openapi_extra=multipart(["scan"], scan=_FILE),
)
async def add_scan(request: Request, loan: Loan, act: ActOnce) -> AgreementCard:
    """Add a picture of the signed paper."""
    form = await request.form(max_files=1, max_fields=20)
    order, ready = await scan_order(file_of(form, "scan"))
    return await act(attach_scan, order, status=201, loan=loan, ready=ready)


@json.get(
    "/api/loans/{number}/agreement.pdf",
    dependencies=[READERS],
    response_class=Response,
    responses={**problems("not-found", "refused"), 200: PDF},
)
async def agreement_pdf(
    request: Request,
    loan: Loan,
    look: Look,
    now: Now,
    visitor: Staff,
    cards: Annotated[bool, Query(description="1: with a 冷蔵庫カード for every device that is out.")] = False,
) -> Response:
    """The 借用書 on A4: to be signed, or as it was signed. Viewers get it without telephone numbers."""
    sheet, drawing, labels = await look.read(_sheet, loan, now=now)
    settings = request.app.state.settings
    paper = loan_paper(sheet, settings, contacts=sees_contacts(visitor), drawing=drawing)
    number = sheet.document.loan
    made = await in_ink(request, paper_pdf, [paper], fridge_cards(labels, settings) if cards else [])
    return pdf_file(made, f"agreement-{number}", f"借用書-{number}")


@json.get(
    "/api/loans/{number}/agreement/signature.png",
    dependencies=[READERS],
    response_class=Response,
    responses={**problems("not-found"), 200: PNG},
)
async def agreement_signature(loan: Loan, look: Look) -> Response:
    content = await look.read(signature, loan)
    headers = inline(f"signature-{loan}.png", f"署名-{loan}.png") | {"Content-Security-Policy": "sandbox"}
    return Response(content, media_type="image/png", headers=headers)


@json.get(
    "/api/loans/{number}/receipt.pdf",
    dependencies=[READERS],
    response_class=Response,
    responses={**problems("not-found", "refused"), 200: PDF},
)
async def receipt_pdf(request: Request, loan: Loan, look: Look, now: Now) -> Response:
    """The 返却確認書 on A4: what came back and how."""
    told = await look.read(receipt, loan, now=now)
    paper = receipt_paper(told, request.app.state.settings, now)
    number = told.loan.number
    return pdf_file(await in_ink(request, paper_pdf, [paper]), f"receipt-{number}", f"{paper.title}-{number}")


@json.get("/api/pools/{pool}/agreement-texts", dependencies=[READERS], responses=problems("not-found"))
async def agreement_texts(pool: Pool, look: Look) -> Texts:
    """Every version of the words of a pool's 借用書, the newest first."""
    items = await look.read(list_texts, pool)
    return Texts(items=items, total=len(items))


@json.post(
    "/api/pools/{pool}/agreement-texts",
    status_code=201,
    dependencies=[IT],
    responses=problems("not-found", "refused"),
)
async def add_agreement_text(pool: Pool, order: WriteText, act: ActMaybeOnce) -> TextCard:
    """Write the next version. What was signed keeps its own."""
    return await act(write_text, order, status=201, pool=pool)


@json.post("/api/paper-forms", status_code=201, dependencies=[DESK], responses=problems("not-found"))
async def new_paper_forms(order: PrintForms, act: ActMaybeOnce) -> PaperForms:
    """Make numbers for forms that are printed before their loans."""
    return await act(print_forms, order, status=201)


@json.get(
    "/api/paper-forms.pdf",
    dependencies=[DESK],
    response_class=Response,
    responses={**problems("not-found"), 200: PDF},
)
async def paper_forms_pdf(
    request: Request,
    look: Look,
    numbers: Annotated[str, Query(max_length=2000, description="Numbers of forms, with commas between.")],
) -> Response:
    """Forms to take along, each on sheets of its own."""
    forms = await look.read(paper_forms, split_codes([numbers]))
    papers = [blank_paper(form, request.app.state.settings) for form in forms]
    return pdf_file(await in_ink(request, paper_pdf, papers), "paper-forms", "借用書-用紙")


def _sheet(session: Session, loan: str, *, now: Any) -> tuple[LoanSheet, bytes | None, list[LoanLabel]]:
    sheet = loan_sheet(session, loan, now=now)
    labels = labels_of_loans(session, [sheet.document.loan])[sheet.document.loan]
    try:
        return sheet, signature(session, sheet.document.loan), labels
    except NotFound:
        return sheet, None, labels
