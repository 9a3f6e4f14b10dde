"""The 借用書 of many loans in one PDF, and those from before a transfer."""

from typing import Annotated

from fastapi import Path, Query, Request, Response

from api.files import PDF, PNG, inline, pdf_file
from api.form_papers import fridge_cards
from api.json_doors import json_router
from api.label_orders import in_ink, split_codes
from api.papers import loan_paper
from api.problems import problems
from api.transactions import Look, Now
from api.visitors import READERS, Staff, sees_contacts
from inventory.agreement_sheets import AgreementCard, loan_sheets, past_agreements, signature, superseded_sheet
from inventory.errors import Invalid, NotFound
from inventory.loan_papers import labels_of_loans
from inventory.loans import loan_card
from inventory.shapes import Card
from inventory.terms import unsigned_loans
from labels.paper import paper_pdf

json = json_router("agreements")
Loan = Annotated[str, Path(alias="number", max_length=20, description="Loan number, such as R8-00012.")]
Agreement = Annotated[str, Path(alias="agreement", max_length=20)]
# A city has some 280 associations; nobody waits for more pages than that.
_MOST = 300


class Agreements(Card):
    items: list[AgreementCard]
    next: None = None
    total: int


@json.get(
    "/api/agreements.pdf",
    dependencies=[READERS],
    response_class=Response,
    responses={**problems("not-found", "refused"), 200: PDF},
)
async def agreements_pdf(
    request: Request,
    look: Look,
    now: Now,
    visitor: Staff,
    loans: Annotated[str, Query(max_length=3000, description="Numbers of loans, with commas between.")] = "",
    district: Annotated[
        str, Query(max_length=60, description="Without numbers: the unsigned loans of this district, or of all.")
    ] = "",
    cards: Annotated[bool, Query(description="Whether the cards for the refrigerator follow.")] = False,
) -> Response:
    """The 借用書 of many loans, each on sheets of its own with its code, so that signed paper is filed by scanning."""
    numbers = split_codes([loans]) or await look.read(unsigned_loans, now=now, district=district or None)
    if len(numbers) > _MOST:
        raise Invalid.field("loans", f"一度に印刷できるのは{_MOST}件までです。地区ごとに分けて印刷してください。")
    if not numbers:
        raise NotFound("署名を待っている借用書はありません。任期の一覧で、引き継いだ貸出をたしかめてください。")
    sheets = await look.read(loan_sheets, numbers, now=now)
    settings = request.app.state.settings
    contacts = sees_contacts(visitor)
    papers = [loan_paper(sheet, settings, contacts=contacts, drawing=drawing) for sheet, drawing in sheets]
    labels = await look.read(labels_of_loans, [sheet.document.loan for sheet, _ in sheets]) if cards else {}
    fridge = [card for of_loan in labels.values() for card in fridge_cards(of_loan, settings)]
    return pdf_file(await in_ink(request, paper_pdf, papers, fridge), "agreements", f"借用書-{len(papers)}件")


@json.get("/api/loans/{number}/agreements", dependencies=[READERS], responses=problems("not-found"))
async def earlier_agreements(loan: Loan, look: Look, now: Now) -> Agreements:
    """What was signed for a loan before it passed to a successor, the newest first."""
    card = await look.read(loan_card, loan, now=now)
    items = await look.read(past_agreements, card.number)
    return Agreements(items=items, total=len(items))


@json.get(
    "/api/loans/{number}/agreements/{agreement}/sheet.pdf",
    dependencies=[READERS],
    response_class=Response,
    responses={**problems("not-found"), 200: PDF},
)
async def earlier_agreement_pdf(
    request: Request, loan: Loan, agreement: Agreement, look: Look, visitor: Staff
) -> Response:
    """A 借用書 from before a transfer, as it was signed."""
    sheet, drawing = await look.read(superseded_sheet, loan, agreement)
    paper = loan_paper(sheet, request.app.state.settings, contacts=sees_contacts(visitor), drawing=drawing)
    name = f"{sheet.document.loan}-{agreement}"
    return pdf_file(await in_ink(request, paper_pdf, [paper]), f"agreement-{name}", f"借用書-{name}")


@json.get(
    "/api/loans/{number}/agreements/{agreement}/signature.png",
    dependencies=[READERS],
    response_class=Response,
    responses={**problems("not-found"), 200: PNG},
)
async def earlier_signature(loan: Loan, agreement: Agreement, look: Look) -> Response:
    content = await look.read(signature, loan, agreement=agreement)
    headers = inline(f"signature-{agreement}.png", f"署名-{agreement}.png") | {"Content-Security-Policy": "sandbox"}
    return Response(content, media_type="image/png", headers=headers)
