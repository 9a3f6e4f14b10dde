"""Applications over JSON, and their papers as PDF."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path, Query, Request, Response
from sqlmodel import Session

from api.files import PDF, pdf_file
from api.form_papers import application_paper, decision_paper
from api.json_doors import json_router
from api.label_orders import in_ink
from api.problems import problems
from api.transactions import ActMaybeOnce, Look, Now
from api.visitors import DESK, READERS, Staff, sees_contacts
from inventory.applications import (
    ApplicationCard,
    ApplicationList,
    Decide,
    NewApplication,
    application_card,
    apply,
    decide,
    list_applications,
)
from inventory.errors import Conflict
from inventory.form_texts import FormTextCard, form_text_on
from inventory.loan_papers import Holder, holder
from inventory.tables import FormKind
from labels.paper import paper_pdf

json = json_router("applications")
Application = Annotated[str, Path(alias="application", max_length=60)]


@json.get("/api/applications", dependencies=[READERS], responses=problems("invalid"))
async def applications(
    look: Look,
    state: Literal["open", "decided"] | None = None,
    association: Annotated[str | None, Query(max_length=60)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    count: Annotated[Literal["exact"] | None, Query()] = None,
) -> ApplicationList:
    """Those that wait, the longest first (state=open); otherwise the newest first."""
    return await look.read(
        list_applications,
        state=state,
        association=association or None,
        limit=limit,
        cursor=cursor or None,
        exact=count == "exact",
    )


@json.get("/api/applications/{application}", dependencies=[READERS], responses=problems("not-found"))
async def one_application(application: Application, look: Look) -> ApplicationCard:
    return await look.read(application_card, application)


@json.post("/api/applications", status_code=201, dependencies=[DESK], responses=problems("not-found"))
async def new_application(order: NewApplication, act: ActMaybeOnce) -> ApplicationCard:
    """Enter an application that an association handed in."""
    return await act(apply, order, status=201)


@json.post(
    "/api/applications/{application}/decide",
    dependencies=[DESK],
    responses=problems("not-found", "refused"),
)
async def decide_application(application: Application, order: Decide, act: ActMaybeOnce) -> ApplicationCard:
    """Approve or refuse, once, with the number of the notice."""
    return await act(decide, order, application=application)


@json.get(
    "/api/applications/{application}/application.pdf",
    dependencies=[READERS],
    response_class=Response,
    responses={**problems("not-found"), 200: PDF},
)
async def application_pdf(request: Request, application: Application, look: Look, now: Now, visitor: Staff) -> Response:
    """The 申請書 as it was handed in."""
    card, text, who = await look.read(_applied, application, now)
    paper = application_paper(card, text, request.app.state.settings, who, contacts=sees_contacts(visitor))
    return pdf_file(await in_ink(request, paper_pdf, [paper]), f"application-{card.id}", f"{paper.title}-{card.id}")


@json.get(
    "/api/applications/{application}/approval.pdf",
    dependencies=[READERS],
    response_class=Response,
    responses={**problems("not-found", "refused"), 200: PDF},
)
async def approval_pdf(request: Request, application: Application, look: Look) -> Response:
    """The notice of the decision: 承認通知書 or 不承認通知書."""
    card, text = await look.read(_decided, application)
    paper = decision_paper(card, text, request.app.state.settings)
    return pdf_file(await in_ink(request, paper_pdf, [paper]), f"approval-{card.id}", f"{paper.title}-{card.id}")


def _applied(session: Session, application: str, now: datetime) -> tuple[ApplicationCard, FormTextCard, Holder]:
    card = application_card(session, application)
    text = form_text_on(session, card.pool, FormKind.APPLICATION, card.applied_on)
    who = holder(session, card.association, now=now, officer=card.officer.id) if card.officer else None
    return card, text, who or Holder(name=card.association_name, signer=None)


def _decided(session: Session, application: str) -> tuple[ApplicationCard, FormTextCard]:
    card = application_card(session, application)
    if card.decided_on is None:
        raise Conflict("この申請は、まだ決定していません。決定を記録すると、通知書を刷れます。", application=card.id)
    return card, form_text_on(session, card.pool, FormKind.APPROVAL, card.decided_on)
