"""Papers with a pen: forms printed before their loan, found again by their number, and filed with a loan."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.agreement_orders import paper_order, scan_order
from api.forms import Sent, Wrong, wrong, wrong_status
from api.label_orders import split_codes
from api.loan_views import view
from api.pages import render, see_other
from api.papers import version_words
from api.transactions import Look, Now
from api.uploads import Refused, SentFiles, said_beside, said_status
from api.visitors import DESK, READERS
from inventory.agreement_sheets import LoanSheet, agreement_card, loan_sheet
from inventory.agreements import attach_scan, file_paper
from inventory.calendar import today
from inventory.loans import LoanCard, loan_card
from inventory.paper_forms import (
    PaperFormCard,
    PrintForms,
    loans_for,
    paper_form,
    paper_forms,
    print_forms,
)
from inventory.people import AssociationCard, list_associations
from inventory.pools import PoolCard, list_pools

pages = APIRouter(include_in_schema=False)
Loan = Annotated[str, Path(alias="number", max_length=20)]
Form = Annotated[str, Path(alias="form", max_length=20)]
# So many associations stand in the list to choose from; a city has fewer.
_ASSOCIATIONS = 200


@dataclass(frozen=True)
class _Choices:
    pools: list[PoolCard]
    associations: list[AssociationCard]
    made: list[PaperFormCard]


def _choices(session: Session, numbers: list[str], now: datetime) -> _Choices:
    pools = sorted(list_pools(session), key=lambda pool: not pool.agreement_required)
    associations = list_associations(session, now=now, limit=_ASSOCIATIONS).items
    return _Choices(pools, associations, paper_forms(session, numbers) if numbers else [])


@pages.get("/paper", dependencies=[DESK])
async def ask_for_forms(
    request: Request,
    look: Look,
    now: Now,
    numbers: Annotated[str, Query(max_length=2000)] = "",
    association: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """The page that makes forms, and below it those that were just made."""
    values = {"copies": "1", "association": association}
    return await _forms(request, look, now, split_codes([numbers]), values)


@pages.post("/paper", dependencies=[DESK])
async def make_forms(request: Request, sent: Sent, look: Look, now: Now) -> Response:
    try:
        order = PrintForms.model_validate(sent.given("pool", "copies", "association"))
        done = await sent.act(print_forms, order, status=201)
    except Wrong as error:
        return await _forms(request, look, now, [], sent.values, error)
    return see_other(f"/paper?numbers={','.join(done.numbers)}", done="forms")


async def _forms(
    request: Request,
    look: Look,
    now: datetime,
    numbers: list[str],
    values: Mapping[str, Any],
    error: Exception | None = None,
) -> Response:
    choices = await look.read(_choices, numbers, now)
    errors = wrong(error) if error else {}
    if "pool" in errors:
        errors["pool"] = "貸出区分を選んでください。"
    return render(
        request,
        "agreements/forms.html",
        nav="loans",
        status=wrong_status(error) if error else 200,
        choices=choices,
        pools=[(pool.id, pool.name) for pool in choices.pools],
        associations=[(one.id, one.name) for one in choices.associations],
        numbers=",".join(numbers),
        values={"pool": choices.pools[0].id if len(choices.pools) == 1 else None, **values},
        errors=errors,
    )


@dataclass(frozen=True)
class _Form:
    form: PaperFormCard
    loans: list[LoanCard]


def _form_and_loans(session: Session, number: str, now: datetime) -> _Form:
    form = paper_form(session, number)
    return _Form(form, [] if form.loan else loans_for(session, form, now=now))


@pages.get("/paper/{form}", dependencies=[READERS])
async def one_form(request: Request, form: Form, look: Look, now: Now) -> Response:
    """A form that somebody scanned: the loans that it may belong to, or the one that it does."""
    found = await look.read(_form_and_loans, form, now)
    return render(
        request,
        "agreements/form.html",
        nav="loans",
        form=found.form,
        version=version_words(found.form.text),
        loans=[view(card, now) for card in found.loans],
    )


def _sheet(session: Session, number: str, now: datetime) -> tuple[LoanCard, LoanSheet]:
    return loan_card(session, number, now=now), loan_sheet(session, number, now=now)


@pages.get("/loans/{number}/agreement/paper", dependencies=[DESK])
async def ask_for_paper(
    request: Request, loan: Loan, look: Look, now: Now, paper: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    card, sheet = await look.read(_sheet, loan, now)
    signer = sheet.signer.name if sheet.signer else None
    day = today(card.lent_at)
    return _filing(request, card, sheet, {"signed_name": signer or "", "signed_on": day.isoformat(), "paper": paper})


@pages.post("/loans/{number}/agreement/paper", dependencies=[DESK])
async def file_here(request: Request, loan: Loan, sent: SentFiles, look: Look, now: Now) -> Response:
    card, sheet = await look.read(_sheet, loan, now)
    fields: dict[str, Any] = sent.given("signed_name", "signed_on", "relation", "paper")
    try:
        order, ready = await paper_order(
            {**fields, **({"by_proxy": True} if "by_proxy" in sent.values else {})}, sent.files.get("scan")
        )
        await sent.act(file_paper, order, status=201, loan=loan, ready=ready)
    except Refused as error:
        return _filing(request, card, sheet, sent.values, error)
    return see_other(f"/loans/{card.number}/agreement", done="paper")


def _filing(
    request: Request,
    card: LoanCard,
    sheet: LoanSheet,
    values: Mapping[str, Any],
    error: Exception | None = None,
) -> Response:
    return render(
        request,
        "agreements/paper.html",
        nav="loans",
        status=said_status(error) if error else 200,
        card=card,
        sheet=sheet,
        values={**dict.fromkeys(("signed_name", "signed_on", "relation", "paper"), ""), **values},
        errors=said_beside(error) if error else {},
    )


@pages.get("/loans/{number}/agreement/scan", dependencies=[DESK])
async def ask_for_scan(request: Request, loan: Loan, look: Look) -> Response:
    return _scan(request, (await look.read(agreement_card, loan)).loan)


@pages.post("/loans/{number}/agreement/scan", dependencies=[DESK])
async def add_scan_here(request: Request, loan: Loan, sent: SentFiles, look: Look) -> Response:
    card = await look.read(agreement_card, loan)
    try:
        order, ready = await scan_order(sent.files.get("scan"))
        await sent.act(attach_scan, order, status=201, loan=loan, ready=ready)
    except Refused as error:
        return _scan(request, card.loan, error)
    return see_other(f"/loans/{card.loan}/agreement", done="scan")


def _scan(request: Request, number: str, error: Exception | None = None) -> Response:
    return render(
        request,
        "agreements/scan.html",
        nav="loans",
        status=said_status(error) if error else 200,
        number=number,
        errors=said_beside(error) if error else {},
    )
