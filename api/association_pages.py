"""Associations on screen: the list, one association with its officers and what it holds, and the forms for both."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.forms import Sent, Submitted, Wrong, wrong, wrong_status
from api.loan_views import counted, still_out, view
from api.pages import query_of, render, see_other
from api.transactions import Look, Now
from api.visitors import DESK, READERS, Staff, sees_contacts
from inventory.calendar import today, wareki
from inventory.errors import Invalid, NotFound, Stale
from inventory.holdings import Holdings, holdings
from inventory.journal import By
from inventory.loans import LoanCard, list_loans
from inventory.officers import OfficerCard, list_officers, without_contacts
from inventory.people import (
    AssociationCard,
    AssociationChange,
    AssociationList,
    DevicesLent,
    DistrictCard,
    NewAssociation,
    NewDistrict,
    association_card,
    change_association,
    create_association,
    create_district,
    lent_to_associations,
    list_associations,
    list_districts,
)
from inventory.reservation_lists import ReservationCard, list_reservations
from inventory.shapes import OptionalName

pages = APIRouter(include_in_schema=False)
Id = Annotated[str, Path(max_length=60)]
# More open loans than any association has.
_ALL = 200


class EnterAssociation(NewAssociation):
    """An association, with a district of the list or with a new one that is entered by the same act."""

    new_district: OptionalName = None


def enter_association(
    session: Session, order: EnterAssociation, *, by: By, now: datetime, op_id: str
) -> AssociationCard:
    """Enter an association and, where it is named, its new district: both or neither."""
    district = order.district
    if order.new_district is not None:
        if district is not None:
            raise Invalid.field("new_district", "地区は、一覧から選ぶか新しく書くか、どちらかにしてください。")
        try:
            made = create_district(session, NewDistrict(name=order.new_district), by=by, now=now, op_id=op_id)
        except Invalid as error:
            raise Invalid.field("new_district", error.sentence) from error
        district = made.id
    fresh = NewAssociation(name=order.name, name_kana=order.name_kana, district=district)
    return create_association(session, fresh, by=by, now=now, op_id=op_id)


@dataclass(frozen=True)
class _Listed:
    found: AssociationList
    lent: DevicesLent
    districts: list[DistrictCard]


def _list(session: Session, *, now: datetime, district: str | None, q: str | None, cursor: str | None) -> _Listed:
    found = list_associations(session, now=now, district=district, q=q, cursor=cursor, exact=True)
    return _Listed(found, lent_to_associations(session), list_districts(session))


@pages.get("/associations", dependencies=[READERS])
async def association_list(
    request: Request,
    look: Look,
    now: Now,
    district: Annotated[str | None, Query(max_length=60)] = None,
    q: Annotated[str | None, Query(max_length=100)] = None,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
) -> Response:
    # An empty field of the filter is sent as an empty text, which narrows nothing.
    listed = await look.read(_list, now=now, district=district or None, q=q or None, cursor=cursor or None)
    following = listed.found.next
    return render(
        request,
        "associations/list.html",
        nav="associations",
        listed=listed,
        total=listed.found.total or 0,
        districts=[(one.id, one.name) for one in listed.districts],
        district=district,
        q=q,
        filtered=bool(district or q),
        query=query_of(request, cursor=None),
        next_url=f"/associations?{query_of(request, cursor=following)}" if following else None,
        first_url=f"/associations?{query_of(request, cursor=None)}" if cursor else None,
    )


@pages.get("/associations/new", dependencies=[DESK])
async def new_association(request: Request, look: Look) -> Response:
    return await _association_form(request, look, None, {"district": request.query_params.get("district", "")})


@pages.post("/associations/new", dependencies=[DESK])
async def add_association(request: Request, sent: Sent, look: Look) -> Response:
    try:
        order = EnterAssociation.model_validate({"name": "", **_given(sent, "name", "name_kana", "new_district")})
        card = await sent.act(enter_association, order, status=201)
    except Wrong as error:
        return await _association_form(request, look, None, sent.values, error)
    return see_other(f"/associations/{card.id}", done="created")


def _given(sent: Submitted, *names: str) -> dict[str, Any]:
    """These fields as sent, and the district where one is chosen."""
    return {
        **{name: sent.values[name] for name in names if name in sent.values},
        "district": sent.values.get("district") or None,
    }


async def _association_form(
    request: Request,
    look: Look,
    card: AssociationCard | None,
    values: Mapping[str, str],
    error: Exception | None = None,
) -> Response:
    """The form of a new association (no card) or of one that is there."""
    districts = await look.read(list_districts)
    return render(
        request,
        "associations/form.html",
        nav="associations",
        status=wrong_status(error) if error else 200,
        card=card,
        values=values,
        districts=[(one.id, one.name) for one in districts],
        # Whoever meets another's change sees what stands now beside what was written, and may press again.
        stale=isinstance(error, Stale),
        errors=wrong(error) if error else {},
    )


@dataclass(frozen=True)
class _Card:
    card: AssociationCard
    officers: list[OfficerCard]
    loans: list[LoanCard]
    past_loans: bool
    held: Holdings
    reservations: list[ReservationCard]

    @property
    def behind(self) -> list[LoanCard]:
        """Open loans for which somebody answers who is no longer in office."""
        serving = {officer.id for officer in self.officers if officer.in_office}
        return [loan for loan in self.loans if loan.officer is not None and loan.officer.id not in serving]


def _load(session: Session, association: str, now: datetime) -> _Card:
    card = association_card(session, association, now=now)
    officers = list_officers(session, association, now=now)
    loans = list_loans(session, now=now, association=association, state="open", limit=_ALL).items
    past = list_loans(session, now=now, association=association, state="closed", limit=1).items
    reserved = list_reservations(session, now=now, association=association).items
    return _Card(card, officers, loans, bool(past), holdings(session, card.id, day=today(now)), reserved)


@pages.get("/associations/{association}", dependencies=[READERS])
async def one_association(request: Request, association: Id, look: Look, now: Now, visitor: Staff) -> Response:
    loaded = await look.read(_load, association, now)
    officers = loaded.officers if sees_contacts(visitor) else [without_contacts(one) for one in loaded.officers]
    return render(
        request,
        "associations/card.html",
        nav="associations",
        card=loaded.card,
        sentences=_headline(loaded),
        worries=_worries(loaded),
        officers=officers,
        behind={loan.number for loan in loaded.behind},
        held=loaded.held,
        today=today(now),
        loans=[view(loan, now) for loan in loaded.loans],
        past_loans=loaded.past_loans,
        reservations=loaded.reservations,
    )


def _headline(loaded: _Card) -> list[str]:
    """Who is head until when, and what the association has."""
    head = loaded.card.head
    if head is None:
        said = ["いまの役職者の記録がありません。"]
    else:
        term = f"任期は{wareki(head.until)}まで。" if head.until else "任期の終わりは、まだ決まっていません。"
        said = [f"{head.office}は{head.name}さん。", term]
    out = [item for loan in loaded.loans for item in still_out(loan)]
    return [*said, f"{counted(out)}を貸しています。" if out else "貸している端末はありません。"]


def _worries(loaded: _Card) -> list[str]:
    """What somebody ought to see to."""
    said = []
    left = sum(len(still_out(loan)) for loan in loaded.behind)
    if left:
        said.append(f"{left}台は、任期の終わった方の貸出のままです。")
    unsigned = sum(loan.agreement == "missing" for loan in loaded.loans)
    if unsigned:
        said.append(f"借用書が{unsigned}件、まだです。")
    waiting = sum(trouble.open for trouble in loaded.held.troubles)
    if waiting:
        said.append(f"困りごとが{waiting}件、まだ終わっていません。")
    away = sum(not seen.in_hand for seen in loaded.held.seen.values())
    if away:
        said.append(f"{away}台は、手元にないと聞いています。")
    return said


@pages.get("/associations/{association}/edit", dependencies=[DESK])
async def edit_form(request: Request, association: Id, look: Look, now: Now) -> Response:
    card = await look.read(association_card, association, now=now)
    values = {"name": card.name, "name_kana": card.name_kana, "district": card.district.id if card.district else ""}
    return await _association_form(request, look, card, values)


@pages.post("/associations/{association}/edit", dependencies=[DESK])
async def edit(request: Request, association: Id, sent: Sent, look: Look, now: Now) -> Response:
    try:
        change = AssociationChange.model_validate(_given(sent, "name", "name_kana"))
        card = await sent.act(change_association, change, association=association, revision=sent.revision)
    except NotFound:
        raise
    except Wrong as error:
        card = await look.read(association_card, association, now=now)
        return await _association_form(request, look, card, sent.values, error)
    return see_other(f"/associations/{card.id}", done="changed")
