"""Officers by form: who takes office, when a term ends, and what was written wrongly."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.forms import Sent, Wrong, wrong, wrong_status
from api.pages import render, see_other
from api.transactions import Look, Now
from api.visitors import DESK
from inventory.calendar import today
from inventory.errors import NotFound, Stale
from inventory.officer_changes import OfficerChange, change_officer
from inventory.officers import EndOffice, NewOfficer, OfficerCard, add_officer, end_office, officer_of
from inventory.people import AssociationCard, association_card

pages = APIRouter(include_in_schema=False)
Id = Annotated[str, Path(max_length=60)]
_FIELDS = ("name", "name_kana", "office", "from", "until", "phone", "email")


@pages.get("/associations/{association}/officers/new", dependencies=[DESK])
async def new_officer(request: Request, association: Id, look: Look, now: Now) -> Response:
    card = await look.read(association_card, association, now=now)
    return _officer_form(request, card, {"office": "会長", "from": today(now).isoformat()})


@pages.post("/associations/{association}/officers", dependencies=[DESK])
async def record_officer(request: Request, association: Id, sent: Sent, look: Look, now: Now) -> Response:
    card = await look.read(association_card, association, now=now)
    try:
        order = NewOfficer.model_validate({name: sent.values.get(name, "") for name in _FIELDS})
        await sent.act(add_officer, order, status=201, association=association)
    except Wrong as error:
        return _officer_form(request, card, sent.values, error)
    return see_other(f"/associations/{card.id}", done="officer")


def _officer_form(
    request: Request,
    card: AssociationCard,
    values: Mapping[str, str],
    error: Exception | None = None,
    officer: OfficerCard | None = None,
) -> Response:
    """The form of a new officer, or of one that is there."""
    return render(
        request,
        "associations/officer.html",
        nav="associations",
        status=wrong_status(error) if error else 200,
        card=card,
        officer=officer,
        values=values,
        # Whoever meets another's change sees what stands now beside what was written, and may press again.
        stale=isinstance(error, Stale),
        errors=wrong(error) if error else {},
    )


@pages.get("/associations/{association}/officers/{officer}/edit", dependencies=[DESK])
async def edit_form(request: Request, association: Id, officer: Id, look: Look, now: Now) -> Response:
    card, one = await look.read(_officer, association, officer, now)
    values = {
        "name": one.name,
        "name_kana": one.name_kana,
        "office": one.office,
        "from": one.from_.isoformat(),
        "until": one.until.isoformat() if one.until else "",
        "phone": one.phone or "",
        "email": one.email or "",
    }
    return _officer_form(request, card, values, officer=one)


@pages.post("/associations/{association}/officers/{officer}/edit", dependencies=[DESK])
async def edit(request: Request, association: Id, officer: Id, sent: Sent, look: Look, now: Now) -> Response:
    card, one = await look.read(_officer, association, officer, now)
    try:
        given = {name: sent.values[name] for name in _FIELDS if name in sent.values}
        # Somebody without a name or an office is nobody's officer: the shape of a new one says so beside the field.
        NewOfficer.model_validate({"name": one.name, "office": one.office, "from": one.from_} | given)
        await sent.act(
            change_officer,
            OfficerChange.model_validate(given),
            association=association,
            officer=officer,
            revision=sent.revision,
        )
    except NotFound:
        raise
    except Wrong as error:
        card, one = await look.read(_officer, association, officer, now)
        return _officer_form(request, card, sent.values, error, one)
    return see_other(f"/associations/{card.id}", done="changed")


def _officer(session: Session, association: str, officer: str, now: datetime) -> tuple[AssociationCard, OfficerCard]:
    return association_card(session, association, now=now), officer_of(session, association, officer, now=now)


@pages.get("/associations/{association}/officers/{officer}/end", dependencies=[DESK])
async def end_form(request: Request, association: Id, officer: Id, look: Look, now: Now) -> Response:
    card, one = await look.read(_officer, association, officer, now)
    return _end_form(request, card, one, {"until": (one.until or today(now)).isoformat()})


@pages.post("/associations/{association}/officers/{officer}/end", dependencies=[DESK])
async def record_end(request: Request, association: Id, officer: Id, sent: Sent, look: Look, now: Now) -> Response:
    card, one = await look.read(_officer, association, officer, now)
    try:
        order = EndOffice.model_validate({"until": sent.values.get("until", "")})
        await sent.act(end_office, order, association=association, officer=officer)
    except Wrong as error:
        return _end_form(request, card, one, sent.values, error)
    return see_other(f"/associations/{card.id}", done="end-of-office")


def _end_form(
    request: Request,
    card: AssociationCard,
    officer: OfficerCard,
    values: Mapping[str, str],
    error: Exception | None = None,
) -> Response:
    return render(
        request,
        "associations/end.html",
        nav="associations",
        status=wrong_status(error) if error else 200,
        card=card,
        officer=officer,
        values=values,
        errors=wrong(error) if error else {},
    )
