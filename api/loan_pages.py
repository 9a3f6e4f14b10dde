"""Loans on screen: the list, one loan with its past, lending, returning, extending and taking an act back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.forms import Sent, Wrong, wrong, wrong_status
from api.loan_orders import BORROWERS, asset_numbers, beside_fields, check_out_order, extend_order, take_back_order
from api.loan_targets import choices
from api.loan_terms import OnTerm, on_term
from api.loan_views import headline, knots, still_out, view
from api.pages import query_of, render, see_other
from api.transactions import Look, Now
from api.visitors import DESK, DESK_OR_IT, READERS, Staff
from inventory import journal
from inventory.calendar import today
from inventory.conflicts import ConflictCard, conflicts_on, count_conflicts
from inventory.courses import course_card
from inventory.errors import Conflict, Invalid
from inventory.extending import extend
from inventory.history import LoanAct, loan_history
from inventory.journal import By
from inventory.lending import check_out
from inventory.loans import LoanCard, LoanList, list_loans, loan_card
from inventory.people import association_card
from inventory.pictures import PictureCard, pictures_of_loan
from inventory.returning import take_back
from inventory.tables import Realm
from inventory.undo import undo
from inventory.venues import venue_card

pages = APIRouter(include_in_schema=False)
Loan = Annotated[str, Path(alias="number", max_length=20)]
Id = Annotated[str | None, Query(max_length=60)]
State = Literal["open", "overdue", "installed", "closed", "all"]

# The address of a page of ours; a browser reads two slashes as the address of another host.
_PAGE = re.compile(r"/(?!/)[A-Za-z0-9/_.-]*")


@dataclass(frozen=True)
class _Listed:
    found: LoanList
    open: int
    overdue: int
    conflicts: int
    narrowed_to: str | None


def _list(
    session: Session,
    *,
    now: datetime,
    state: State,
    association: str | None,
    course: str | None,
    venue: str | None,
    q: str | None,
    cursor: str | None,
    agreement: Literal["missing"] | None,
) -> _Listed:
    name = None
    if association:
        name = association_card(session, association, now=now).name
    elif course:
        name = f"「{course_card(session, course).title}」"
    elif venue:
        name = venue_card(session, venue).name
    found = list_loans(
        session,
        now=now,
        state=None if state == "all" else state,
        association=association,
        course=course,
        venue=venue,
        q=q,
        cursor=cursor,
        agreement=agreement,
    )
    counts = [list_loans(session, now=now, state=one, limit=1, exact=True).total or 0 for one in ("open", "overdue")]
    return _Listed(found, counts[0], counts[1], count_conflicts(session), name)


@pages.get("/loans", dependencies=[READERS])
async def loan_list(
    request: Request,
    look: Look,
    now: Now,
    state: State = "open",
    association: Id = None,
    course: Id = None,
    venue: Id = None,
    q: Annotated[str | None, Query(max_length=100)] = None,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    agreement: Literal["missing", ""] = "",
) -> Response:
    # An empty field of the filter is sent as an empty text, which narrows nothing.
    asked = {"association": association, "course": course, "venue": venue, "q": q, "cursor": cursor}
    narrowed = {name: value or None for name, value in asked.items()}
    listed = await look.read(_list, now=now, state=state, agreement=agreement or None, **narrowed)
    following = listed.found.next
    return render(
        request,
        "loans/list.html",
        nav="loans",
        listed=listed,
        loans=[view(card, now) for card in listed.found.items],
        total=listed.found.total,
        state=state,
        q=q,
        kept={"association": association, "course": course, "venue": venue, "agreement": agreement},
        filtered=bool(q or association or course or venue),
        unsigned=bool(agreement),
        tabs={
            name: f"/loans?{query_of(request, cursor=None, state=name, agreement=None)}"
            for name in ("open", "overdue", "installed", "closed", "all")
        },
        query=query_of(request, cursor=None, state=None if state == "all" else state),
        next_url=f"/loans?{query_of(request, cursor=following)}" if following else None,
        first_url=f"/loans?{query_of(request, cursor=None)}" if cursor else None,
    )


@pages.get("/loans/new", dependencies=[DESK])
async def new_loan(
    request: Request,
    look: Look,
    now: Now,
    to: Annotated[str | None, Query(max_length=20)] = None,
    association: Id = None,
    course: Id = None,
    venue: Id = None,
    device: Annotated[list[str] | None, Query(max_length=200)] = None,
) -> Response:
    """The lending form. The address may bring the devices, and the borrower or at least its kind."""
    given = {"association": association, "course": course, "venue": venue}
    named = next((kind for kind, value in given.items() if value), None)
    values = {"to": named or to or "", "target": given[named] or "" if named else ""}
    return await _lend_form(request, look, now, {**values, "devices": "\n".join(device or [])})


@pages.post("/loans/new", dependencies=[DESK])
async def lend(request: Request, sent: Sent, look: Look, now: Now) -> Response:
    try:
        devices = await look.read(asset_numbers, sent.values.get("devices", ""))
        card = await sent.act(check_out, check_out_order(sent, devices), status=201)
    except Wrong as error:
        return await _lend_form(request, look, now, sent.values, error)
    return see_other(f"/loans/{card.number}", done="lent")


async def _lend_form(
    request: Request, look: Look, now: datetime, values: Mapping[str, str], error: Exception | None = None
) -> Response:
    kind = values["to"] if values.get("to") in BORROWERS else "association"
    written = values.get("devices", "")
    # A refusal that names a device is told with the way to its card, and an override is offered where one helps.
    refusal = error if isinstance(error, Conflict) else None
    return render(
        request,
        "loans/new.html",
        nav="loans",
        status=wrong_status(error) if error else 200,
        kind=kind,
        kinds=[
            (one, f"/loans/new?{urlencode([('to', one), *(('device', line) for line in written.split())])}")
            for one in BORROWERS
        ],
        choices=await look.read(choices, kind, values.get("target"), now),
        values={"until": "auto", **values},
        written=written,
        refusal=refusal,
        overridable=bool(values.get("override"))
        or (refusal is not None and refusal.code in ("promised", "limit-reached")),
        errors=beside_fields(wrong(error)) if error and refusal is None else {},
        first_day=today(now),
    )


@dataclass(frozen=True)
class _Loan:
    card: LoanCard
    acts: list[LoanAct]
    conflicts: list[ConflictCard]
    pictures: list[PictureCard]
    term: OnTerm


def _load(session: Session, number: str, by: By, now: datetime) -> _Loan:
    card = loan_card(session, number, now=now)
    asked = conflicts_on(session, [item.asset_number for item in card.items])
    out = {item.asset_number for item in still_out(card)}
    conflicts = [one for one in asked if one.device.asset_number in out or _against(one) == card.number]
    acts = loan_history(session, card.number, by=by, now=now)
    return _Loan(card, acts, conflicts, pictures_of_loan(session, card.number), on_term(session, card, acts, now=now))


def _against(conflict: ConflictCard) -> str | None:
    return conflict.ledger.loan if conflict.ledger else None


@pages.get("/loans/{number}", dependencies=[READERS])
async def one_loan(request: Request, loan: Loan, look: Look, now: Now, visitor: Staff) -> Response:
    loaded = await look.read(_load, loan, visitor.by, now)
    seen = view(loaded.card, now)
    return render(
        request,
        "loans/card.html",
        nav="loans",
        loan=seen,
        card=loaded.card,
        out=still_out(loaded.card),
        sentences=headline(seen),
        knots=knots(loaded.acts, now, installed=loaded.card.installed),
        conflicts=loaded.conflicts,
        pictures=loaded.pictures,
        term=loaded.term,
    )


@pages.get("/loans/{number}/return", dependencies=[DESK])
async def return_form(request: Request, loan: Loan, look: Look, now: Now) -> Response:
    card = await look.read(loan_card, loan, now=now)
    return _return_form(request, card, now, {}, {item.asset_number for item in still_out(card)})


def _returning(session: Session, number: str, op_id: str, now: datetime) -> tuple[LoanCard, bool]:
    """The loan, and whether this very return is in the ledger already."""
    return loan_card(session, number, now=now), journal.find(session, Realm.STAFF, op_id) is not None


@pages.post("/loans/{number}/return", dependencies=[DESK])
async def take_devices_back(request: Request, loan: Loan, sent: Sent, look: Look, now: Now) -> Response:
    card, repeated = await look.read(_returning, loan, sent.act.op_id, now)
    try:
        order = take_back_order(sent, card)
        here = {item.asset_number for item in card.items if item.returned_at is not None}
        # A form from before may name a device that is back and out again elsewhere: that loan is not this form's.
        if not repeated and here.intersection(order.devices):
            raise Invalid.field("device", f"{min(here.intersection(order.devices))} は、もう返っています。")
        back = await sent.act(take_back, order)
    except Wrong as error:
        ticked = set(sent.lists.get("device", []))
        return _return_form(request, card, now, sent.values, ticked, error)
    returned = any(result.outcome == "returned" for result in back.results)
    return see_other(f"/loans/{card.number}", done="returned" if returned else "nothing")


def _return_form(
    request: Request,
    card: LoanCard,
    now: datetime,
    values: Mapping[str, str],
    ticked: set[str],
    error: Exception | None = None,
) -> Response:
    return render(
        request,
        "loans/return.html",
        nav="loans",
        status=wrong_status(error) if error else 200,
        card=card,
        loan=view(card, now),
        out=still_out(card),
        values=values,
        ticked=ticked,
        errors=beside_fields(wrong(error), card) if error else {},
    )


@pages.get("/loans/{number}/extend", dependencies=[DESK])
async def extend_form(request: Request, loan: Loan, look: Look, now: Now) -> Response:
    card = await look.read(loan_card, loan, now=now)
    later = max(today(now), card.due.on or today(now)) + timedelta(days=7)
    return _extend_form(request, card, now, {"until": "day", "on": later.isoformat()})


@pages.post("/loans/{number}/extend", dependencies=[DESK])
async def extend_loan(request: Request, loan: Loan, sent: Sent, look: Look, now: Now) -> Response:
    card = await look.read(loan_card, loan, now=now)
    try:
        await sent.act(extend, extend_order(sent), loan=loan)
    except Wrong as error:
        return _extend_form(request, card, now, sent.values, error)
    return see_other(f"/loans/{card.number}", done="extended")


def _extend_form(
    request: Request, card: LoanCard, now: datetime, values: Mapping[str, str], error: Exception | None = None
) -> Response:
    return render(
        request,
        "loans/extend.html",
        nav="loans",
        status=wrong_status(error) if error else 200,
        card=card,
        loan=view(card, now),
        values=values,
        overridable=bool(values.get("override")) or bool(getattr(error, "facts", {}).get("overridable")),
        errors=beside_fields(wrong(error)) if error else {},
        first_day=today(now),
    )


@pages.post("/operations/{operation:path}/undo", dependencies=[DESK_OR_IT])
async def undo_operation(operation: Annotated[str, Path(max_length=255)], sent: Sent) -> Response:
    """Take an act back and show again the page of ours that the form names."""
    await sent.act(undo, operation=operation)
    back = sent.values.get("back", "/")
    return see_other(back if _PAGE.fullmatch(back) else "/", done="undone")
