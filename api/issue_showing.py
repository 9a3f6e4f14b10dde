"""One trouble report as a page, with every form that belongs to it; a form that came back stands there filled."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from sqlmodel import Session

from api.forms import wrong, wrong_status
from api.issue_views import answer_sentences, knots, loss_knots, said_of, title_of
from api.pages import render
from api.transactions import Ledger
from api.visitors import sees_contacts
from inventory.devices import DeviceCard
from inventory.errors import Stale
from inventory.issue_lists import list_issues
from inventory.issue_works import spare_devices
from inventory.issues import IssueCard, issue_card, without_contacts
from inventory.outages import OutageCard, outage_of_issue
from inventory.sign_in import SignedIn
from inventory.standard_answers import StandardAnswerCard, list_standard_answers
from inventory.tables import VenueKind
from inventory.venues import VenueCard, list_venues

# Where a device can be handed in: counters of the city first, then the other halls.
_COUNTERS = (VenueKind.BRANCH_OFFICE, VenueKind.COMMUNITY_CENTER)
_HALLS = 200


@dataclass(frozen=True)
class Loaded:
    """A report and what its forms offer: ``spares`` that could stand in, ``others`` that may tell of the same.

    ``outage`` is the one of the venue's wifi that lasts, or the one that this report told of.
    """

    card: IssueCard
    answers: list[StandardAnswerCard]
    spares: list[DeviceCard]
    halls: list[VenueCard]
    others: list[tuple[str, str]]
    outage: OutageCard | None


def load(session: Session, issue: str, now: datetime) -> Loaded:
    card = issue_card(session, issue)
    spares = spare_devices(session, card.device.pool) if card.device else []
    halls = list_venues(session, limit=_HALLS).items if card.device else []
    halls.sort(key=lambda hall: hall.kind not in _COUNTERS)
    if card.bring is not None:
        place = card.bring.name
        spares.sort(key=lambda spare: spare.place != place)
    outage = outage_of_issue(session, issue, now=now)
    answers = list_standard_answers(session, first=card.category)
    return Loaded(card, answers, spares, halls, _others(session, card), outage)


def _others(session: Session, card: IssueCard) -> list[tuple[str, str]]:
    """Open reports that may tell of the same trouble: those of the same device, borrower or venue."""
    near: list[dict[str, Any]] = []
    if card.device is not None:
        near.append({"device": card.device.asset_number})
    if card.borrower is not None and card.borrower.type == "association":
        near.append({"association": card.borrower.id})
    if card.venue is not None:
        near.append({"venue": card.venue.code})
    found = {
        line.id: f"{line.receipt}　{title_of(line)}　{said_of(line)[:30]}"
        for where in near
        for line in list_issues(session, state="open", limit=20, **where).items
        if line.id != card.id
    }
    return list(found.items())


async def show(
    request: Request,
    look: Ledger,
    now: datetime,
    visitor: SignedIn,
    issue: str,
    *,
    form: str = "",
    values: Mapping[str, Any] | None = None,
    error: Exception | None = None,
) -> Response:
    """A report's page. ``form`` names the one that came back; the others are drawn fresh."""
    loaded = await look.read(load, issue, now)
    card = loaded.card if sees_contacts(visitor) else without_contacts(loaded.card)
    spare_at: dict[str, int] = {}
    for spare in loaded.spares:
        spare_at[spare.place or ""] = spare_at.get(spare.place or "", 0) + 1
    halls = [
        (hall.code, f"{hall.name}（予備{spare_at[hall.name]}台）" if hall.name in spare_at else hall.name)
        for hall in loaded.halls
    ]
    repair = next((hold for hold in card.holds if hold.reason == "repair" and hold.closed_at is None), None)
    return render(
        request,
        "issues/card.html",
        nav="issues",
        status=wrong_status(error) if error else 200,
        card=card,
        title=title_of(card),
        sentences=answer_sentences(card, now),
        knots=knots(card),
        loss=card.loss,
        loss_knots=loss_knots(card.loss) if card.loss else [],
        answers=loaded.answers,
        spares=[(spare.asset_number, _spare(spare)) for spare in loaded.spares],
        spare_here=spare_at.get(card.bring.name, 0) if card.bring else 0,
        halls=halls,
        others=loaded.others,
        outage=loaded.outage,
        repair=repair,
        out=[one for one in card.substitutes if one.returned_at is None],
        today=now,
        form=form,
        values=values or {},
        stale=isinstance(error, Stale),
        errors=wrong(error) if error else {},
    )


def _spare(spare: DeviceCard) -> str:
    call = f"{spare.call_number}番　" if spare.call_number is not None else ""
    return f"{call}{spare.asset_number}{f'　{spare.place}' if spare.place else ''}"
