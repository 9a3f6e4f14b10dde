"""The papers of a pool besides the 借用書, over JSON: their words, version by version, and each as PDF."""

from typing import Annotated

from fastapi import Path, Query, Request, Response

from api.files import PDF, pdf_file
from api.form_papers import form_paper, fridge_cards, handover_paper, loss_paper
from api.json_doors import json_router
from api.label_orders import in_ink
from api.problems import problems
from api.transactions import ActMaybeOnce, Look, Now
from api.visitors import IT, READERS, Staff, sees_contacts
from inventory.form_texts import FormTextCard, WriteFormText, list_form_texts, write_form_text
from inventory.loan_papers import form_paper_facts, labels_of_loan, loan_paper_facts
from inventory.shapes import Card
from inventory.tables import FormKind
from labels.paper import paper_pdf

json = json_router("forms")
Pool = Annotated[str, Path(alias="pool", max_length=60)]
Loan = Annotated[str, Path(alias="number", max_length=20, description="Loan number, such as R8-00012.")]


class FormTexts(Card):
    items: list[FormTextCard]
    next: None = None
    total: int


@json.get("/api/pools/{pool}/form-texts/{kind}", dependencies=[READERS], responses=problems("not-found"))
async def form_texts(pool: Pool, kind: FormKind, look: Look) -> FormTexts:
    """Every version of the words of a paper, the newest first."""
    items = await look.read(list_form_texts, pool, kind)
    return FormTexts(items=items, total=len(items))


@json.post(
    "/api/pools/{pool}/form-texts/{kind}",
    status_code=201,
    dependencies=[IT],
    responses=problems("not-found", "refused"),
)
async def add_form_text(pool: Pool, kind: FormKind, order: WriteFormText, act: ActMaybeOnce) -> FormTextCard:
    """Write the next version. Papers of earlier days keep theirs."""
    return await act(write_form_text, order, status=201, pool=pool, kind=kind)


@json.get(
    "/api/pools/{pool}/forms/{kind}.pdf",
    dependencies=[READERS],
    response_class=Response,
    responses={**problems("not-found"), 200: PDF},
)
async def form_pdf(
    request: Request,
    pool: Pool,
    kind: FormKind,
    look: Look,
    now: Now,
    visitor: Staff,
    association: Annotated[str | None, Query(max_length=60)] = None,
    version: Annotated[int | None, Query(ge=1, le=99999)] = None,
) -> Response:
    """A paper to be written on, with the names of an association filled in where one is given."""
    facts = await look.read(form_paper_facts, pool, kind, now=now, association=association or None, version=version)
    paper = form_paper(facts.text, request.app.state.settings, facts.holder, contacts=sees_contacts(visitor))
    return pdf_file(await in_ink(request, paper_pdf, [paper]), f"{kind}-{facts.text.pool}", paper.title)


@json.get(
    "/api/loans/{number}/loss.pdf",
    dependencies=[READERS],
    response_class=Response,
    responses={**problems("not-found", "refused"), 200: PDF},
)
async def loss_pdf(request: Request, loan: Loan, look: Look, now: Now, visitor: Staff) -> Response:
    """The 亡失・損傷届 about what is out on a loan, to be filled in by whoever has it."""
    facts = await look.read(loan_paper_facts, loan, FormKind.LOSS, now=now)
    paper = loss_paper(facts, request.app.state.settings, contacts=sees_contacts(visitor))
    number = facts.loan.number
    return pdf_file(await in_ink(request, paper_pdf, [paper]), f"loss-{number}", f"{paper.title}-{number}")


@json.get(
    "/api/loans/{number}/handover.pdf",
    dependencies=[READERS],
    response_class=Response,
    responses={**problems("not-found", "refused"), 200: PDF},
)
async def handover_pdf(request: Request, loan: Loan, look: Look, now: Now, visitor: Staff) -> Response:
    """The 引き継ぎ確認書 of a loan that passes from one officer to the next."""
    facts = await look.read(loan_paper_facts, loan, FormKind.HANDOVER, now=now)
    paper = handover_paper(facts, request.app.state.settings, contacts=sees_contacts(visitor))
    number = facts.loan.number
    return pdf_file(await in_ink(request, paper_pdf, [paper]), f"handover-{number}", f"{paper.title}-{number}")


@json.get(
    "/api/loans/{number}/cards.pdf",
    dependencies=[READERS],
    response_class=Response,
    responses={**problems("not-found", "refused"), 200: PDF},
)
async def cards_pdf(request: Request, loan: Loan, look: Look, now: Now) -> Response:
    """A 冷蔵庫カード for every device that is out on a loan, four on an A4 sheet."""
    labels = await look.read(labels_of_loan, loan, now=now)
    made = await in_ink(request, paper_pdf, [], fridge_cards(labels, request.app.state.settings))
    return pdf_file(made, f"cards-{loan.upper()}", f"冷蔵庫カード-{loan.upper()}")
