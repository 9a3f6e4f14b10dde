"""任期: whose term ends soon, what stayed with a head who left, and passing many loans on at once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.forms import Sent, Wrong, wrong, wrong_status
from api.loan_views import LoanView, view
from api.pages import query_of, render, see_other
from api.recall import again
from api.transactions import Look, Now
from api.visitors import DESK, READERS, Staff, sees_contacts
from inventory import journal
from inventory.calendar import today
from inventory.errors import NotFound
from inventory.journal import By
from inventory.loans import LoanCard, loan_card
from inventory.officers import phones_of
from inventory.people import DistrictCard, list_districts
from inventory.tables import Realm, Role
from inventory.terms import NEAR, TermList, TermLoan, TermStage, list_terms
from inventory.transfers import PassedOn, PassedOnMany, PassOnMany, transfer_many
from inventory.undo import UNDO_WITHIN

pages = APIRouter(include_in_schema=False)
Operation = Annotated[str, Path(max_length=255)]


@dataclass(frozen=True)
class TermView:
    """A loan on the list: the loan as a page says it, and what its term of office says."""

    term: TermLoan
    loan: LoanView


@dataclass(frozen=True)
class _Listed:
    found: TermList
    districts: list[DistrictCard]
    phones: dict[str, str]


def _list(session: Session, *, now: datetime, district: str | None, contacts: bool) -> _Listed:
    found = list_terms(session, now=now, district=district)
    behind = [item for item in found.items if TermStage.BEHIND in item.stages]
    officers = {item.loan.officer.id for item in behind if item.loan.officer} if contacts else set()
    return _Listed(found, list_districts(session), phones_of(session, officers) if officers else {})


@pages.get("/terms", dependencies=[READERS])
async def term_list(
    request: Request,
    look: Look,
    now: Now,
    visitor: Staff,
    district: Annotated[str, Query(max_length=60)] = "",
    chosen: Literal["all", "none", ""] = "all",
) -> Response:
    return await _terms(request, look, now, visitor, district, None if chosen != "none" else set())


@pages.post("/transfers", dependencies=[DESK])
async def pass_on_many(request: Request, sent: Sent, look: Look, now: Now, visitor: Staff) -> Response:
    """Let the ticked loans pass to the heads of their associations."""
    ticked = sent.lists.get("loan", [])
    try:
        order = PassOnMany(loans=ticked)
        await sent.act(transfer_many, order)
    except Wrong as error:
        district = sent.values.get("district", "")
        return await _terms(request, look, now, visitor, district, set(ticked), error)
    return see_other(f"/transfers/{sent.act.op_id}")


async def _terms(
    request: Request,
    look: Look,
    now: datetime,
    visitor: Staff,
    district: str,
    ticked: set[str] | None,
    error: Exception | None = None,
) -> Response:
    listed = await look.read(_list, now=now, district=district or None, contacts=sees_contacts(visitor))
    views = [TermView(item, view(item.loan, now)) for item in listed.found.items]
    stages = {stage.value: [one for one in views if stage in one.term.stages] for stage in TermStage}
    ready = [one for one in stages["behind"] if one.term.ready]
    return render(
        request,
        "terms/list.html",
        nav="associations",
        status=wrong_status(error) if error else 200,
        stages=stages,
        devices={name: sum(one.loan.left for one in found) for name, found in stages.items()},
        sentences=_headline(stages),
        ready=ready,
        ticked={one.loan.card.number for one in ready} if ticked is None else ticked,
        more=listed.found.more,
        near=NEAR,
        today=today(now),
        district=district,
        districts=[(one.id, one.name) for one in listed.districts],
        phones=listed.phones,
        all_url=f"/terms?{query_of(request, chosen=None, district=district)}",
        none_url=f"/terms?{query_of(request, chosen='none', district=district)}",
        errors={"loan": "引き継ぐ貸出を1件以上選んでください。"}
        if error and not ticked
        else wrong(error)
        if error
        else {},
    )


def _errors(error: Exception | None, ticked: set[str] | None) -> dict[str, str]:
    if error is None:
        return {}
    return wrong(error) if ticked else {"loan": "引き継ぐ貸出を1件以上選んでください。"}


def _headline(stages: dict[str, list[TermView]]) -> list[str]:
    """What asks for somebody, the most pressing first."""
    behind, ending = stages["behind"], stages["ending"]
    waiting = {one.loan.card.number for name in ("wiping", "checking", "unsigned") for one in stages[name]}
    said = []
    if behind:
        said.append(f"前の会長の手元に、端末が{sum(one.loan.left for one in behind)}台あるはずです。")
    if ending:
        places = {one.loan.card.borrower.id for one in ending}
        said.append(f"{len(places)}自治会で、まもなく任期が終わります。")
    if waiting:
        said.append(f"初期化・確認・借用書を待つものが{len(waiting)}件あります。")
    if said:
        return said
    if stages["unknown"]:
        return ["任期で急ぐことはありません。", f"任期の終わりがわからない貸出が{len(stages['unknown'])}件あります。"]
    return ["任期で急ぐことはありません。"]


@dataclass(frozen=True)
class _Done:
    at: datetime
    undoable: bool
    results: list[tuple[PassedOn, LoanCard | None]]


def _done(session: Session, operation: str, by: By, now: datetime) -> _Done:
    entry = journal.find(session, Realm.STAFF, operation)
    if entry is None or (entry.answer or {}).get("kind") != PassedOnMany.__name__:
        raise NotFound("この引き継ぎの記録は見つかりません。任期の一覧から選んでください。")
    said: PassedOnMany = again(session, entry.answer, now)
    results = [(one, _card(session, one.loan, now)) for one in said.results]
    mine = by.staff_id is not None and (entry.by == by.staff_id or Role.ADMIN in by.roles)
    return _Done(entry.at, mine and now - entry.at <= UNDO_WITHIN, results)


def _card(session: Session, number: str, now: datetime) -> LoanCard | None:
    try:
        return loan_card(session, number, now=now)
    except NotFound:
        return None


@pages.get("/transfers/{operation}", dependencies=[READERS])
async def passed_on(request: Request, operation: Operation, look: Look, now: Now, visitor: Staff) -> Response:
    """What became of each loan of one act."""
    done = await look.read(_done, operation, visitor.by, now)
    passed = [(one, card) for one, card in done.results if one.outcome == "transferred"]
    unsigned = [one.loan for one, card in passed if card is not None and card.agreement == "missing"]
    return render(
        request,
        "terms/done.html",
        nav="associations",
        passed=[(one, view(card, now)) for one, card in passed if card is not None],
        refused=[(one, view(card, now) if card else None) for one, card in done.results if one.outcome == "refused"],
        unsigned=",".join(unsigned),
        count=len(unsigned),
        wiping=any(one.way == "wipe" for one, _ in passed),
        checking=any(one.way == "check" for one, _ in passed),
        operation=operation if done.undoable and passed else None,
    )
