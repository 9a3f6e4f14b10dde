"""困りごと on screen: the inbox, one report with its talk, and what is printed of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import Field
from sqlmodel import Session

from api.issue_showing import show
from api.issue_views import grouped, headline, view
from api.pages import query_of, render
from api.report_words import read_aloud
from api.transactions import Ledger, Look, Now
from api.visitors import DESK_OR_IT, READERS, Staff, sees_contacts
from inventory.errors import NotFound
from inventory.issue_lists import Audience, Figures, IssueList, figures, list_issues
from inventory.issue_steps import issue_row, secret_of
from inventory.issues import IssueCard, issue_card, without_contacts
from inventory.losses import Loss, open_losses
from inventory.people import DistrictCard, list_districts
from inventory.shapes import BlankIsNone
from inventory.sign_in import SignedIn
from inventory.tables import IssueCategory, IssueState, Role
from labels.qr import encode

pages = APIRouter(include_in_schema=False)
Issue = Annotated[str, Path(alias="issue", max_length=20)]
_AGES = (1, 3, 7, 30)


@dataclass(frozen=True)
class _Inbox:
    found: IssueList
    figures: Figures
    losses: list[Loss]
    districts: list[DistrictCard]


def _inbox(session: Session, *, now: datetime, cursor: str | None, filters: dict[str, Any]) -> _Inbox:
    found = list_issues(session, cursor=cursor, exact=True, **filters)
    said = figures(session, now=now, audience=filters["audience"])
    return _Inbox(found, said, open_losses(session, unlocked=True, limit=20), list_districts(session))


def audience_of(visitor: SignedIn, asked: str | None) -> Audience | None:
    """Whose reports the inbox shows: who has IT's role alone sees IT's first, everybody else sees all."""
    if asked in ("desk", "it"):
        return asked  # type: ignore[return-value]
    only_it = Role.IT in visitor.roles and not visitor.roles & {Role.DESK, Role.ADMIN}
    return "it" if asked is None and only_it else None


@pages.get("/issues", dependencies=[READERS])
async def inbox(
    request: Request,
    look: Look,
    now: Now,
    visitor: Staff,
    state: Annotated[IssueState | Literal["open", "all"] | None, BlankIsNone] = None,
    district: Annotated[str | None, Query(max_length=60)] = None,
    category: Annotated[IssueCategory | None, BlankIsNone] = None,
    audience: Annotated[Literal["desk", "it", "all"] | None, BlankIsNone] = None,
    age: Annotated[Annotated[int, Field(ge=1, le=3660)] | None, BlankIsNone] = None,
    q: Annotated[str | None, Query(max_length=100)] = None,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
) -> Response:
    shown = state or "open"
    filters: dict[str, Any] = {
        "state": None if shown == "all" else shown,
        "district": district or None,
        "category": category,
        "audience": audience_of(visitor, audience),
        "before": now - timedelta(days=age) if age else None,
        "q": q or None,
    }
    loaded = await look.read(_inbox, now=now, cursor=cursor or None, filters=filters)
    lines = loaded.found.items if sees_contacts(visitor) else [without_contacts(line) for line in loaded.found.items]
    narrowed = any(filters[name] for name in ("district", "category", "before", "q")) or shown != "open"
    return render(
        request,
        "issues/list.html",
        nav="issues",
        groups=grouped(view(line, now) for line in lines),
        sentences=headline(loaded.figures, longest=True, now=now),
        narrowed=narrowed,
        total=loaded.found.total or 0,
        losses=loaded.losses,
        districts=[(card.id, card.name) for card in loaded.districts],
        ages=[(str(days), f"{days}日より前から") for days in _AGES],
        filters={**filters, "state": shown, "age": age, "audience": filters["audience"] or "all"},
        query=query_of(request, cursor=None, age=None, audience=filters["audience"], state=filters["state"] or None),
        next_url=f"/issues?{query_of(request, cursor=loaded.found.next)}" if loaded.found.next else None,
        first_url=f"/issues?{query_of(request, cursor=None)}" if cursor else None,
    )


@pages.get("/issues/{issue}", dependencies=[READERS])
async def one_issue(request: Request, issue: Issue, look: Look, now: Now, visitor: Staff) -> Response:
    return await show(request, look, now, visitor, issue)


@dataclass(frozen=True)
class _Slip:
    card: IssueCard
    secret: str


def _slip(session: Session, issue: str, ledger: Ledger) -> _Slip:
    row = issue_row(session, issue)
    return _Slip(issue_card(session, issue), secret_of(ledger.database.keys, row.receipt, row.secret_version))


@pages.get("/issues/{issue}/receipt", dependencies=[DESK_OR_IT])
async def receipt_slip(request: Request, issue: Issue, look: Look) -> Response:
    """The receipt to print for a caller: its number, how to say it, and the private link as a code."""
    slip = await look.read(_slip, issue, look)
    settings = request.app.state.settings
    code = encode(f"{settings.public_url}/R/{slip.secret}")
    return render(
        request,
        "issues/receipt.html",
        nav="issues",
        card=slip.card,
        aloud=read_aloud(slip.card.receipt),
        link=f"/R/{slip.secret}",
        code_size=code.size,
        code_path="".join(
            f"M{column} {line}h1v1h-1z"
            for line, modules in enumerate(code.rows)
            for column, dark in enumerate(modules)
            if dark == "1"
        ),
    )


@pages.get("/issues/{issue}/letters/{message}", dependencies=[DESK_OR_IT])
async def letter(request: Request, issue: Issue, message: Annotated[str, Path(max_length=20)], look: Look) -> Response:
    """A letter to print, on a sheet for an envelope with a window."""
    card = await look.read(issue_card, issue)
    found = next((one for one in card.messages if one.id == message and one.channel == "letter"), None)
    if found is None or found.text is None:
        raise NotFound("この手紙は見つかりません。困りごとの画面を開き直してください。")
    return render(
        request,
        "issues/letter.html",
        nav="issues",
        card=card,
        letter=found,
        phone=request.app.state.settings.office_phone,
    )
