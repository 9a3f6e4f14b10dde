"""Cases over JSON: what lies in them, what is missing, where they are."""

from typing import Annotated

from fastapi import Path, Query, Response

from api.json_doors import Pages, etag, json_router
from api.problems import problems
from api.transactions import ActMaybeOnce, Look, SeenRevision
from api.visitors import DESK_OR_IT, IT, READERS
from inventory.case_history import CaseHistory, case_history
from inventory.case_keeping import (
    BringIn,
    CaseChange,
    Fill,
    MoveCase,
    NewCase,
    bind_case_tag,
    bring_in,
    change_case,
    create_case,
    fill_case,
    move,
    retire_case,
)
from inventory.cases import CaseCard, CaseList, case_card, list_cases
from inventory.stock import BindTag

json = json_router("cases")
Case = Annotated[str, Path(alias="case", max_length=60, description="The case's code, in any case.")]


@json.get("/api/cases", dependencies=[READERS])
async def cases(
    look: Look, pages: Pages, place: Annotated[str | None, Query(max_length=60)] = None, retired: bool = False
) -> CaseList:
    """Cases by code: those in use, or with ``retired`` those that are in use no more."""
    return await look.read(list_cases, place=place, retired=retired, **pages.arguments)


@json.post("/api/cases", status_code=201, dependencies=[IT])
async def add_case(order: NewCase, act: ActMaybeOnce, response: Response) -> CaseCard:
    """Take a case into the ledger; it gets its first label number."""
    card = await act(create_case, order, status=201)
    etag(response, card.revision)
    return card


@json.get("/api/cases/{case}", dependencies=[READERS], responses=problems("not-found"))
async def one_case(case: Case, look: Look, response: Response) -> CaseCard:
    card = await look.read(case_card, case)
    etag(response, card.revision)
    return card


@json.patch("/api/cases/{case}", dependencies=[IT], responses=problems("not-found", "stale", "missing-if-match"))
async def edit_case(
    case: Case, change: CaseChange, revision: SeenRevision, act: ActMaybeOnce, response: Response
) -> CaseCard:
    """Change name, place or note. Another place moves the case with what lies in it."""
    card = await act(change_case, change, case=case, revision=revision)
    etag(response, card.revision)
    return card


@json.get("/api/cases/{case}/history", dependencies=[READERS], responses=problems("not-found"))
async def history(case: Case, look: Look) -> CaseHistory:
    """Everything that happened to the case, the newest first."""
    return await look.read(case_history, case)


@json.put("/api/cases/{case}/members", dependencies=[IT], responses=problems("not-found", "retired", "in-other-case"))
async def fill(case: Case, order: Fill, act: ActMaybeOnce, response: Response) -> CaseCard:
    """The whole list of the case's devices; what is not named leaves it."""
    card = await act(fill_case, order, case=case)
    etag(response, card.revision)
    return card


@json.post("/api/cases/{case}/move", dependencies=[DESK_OR_IT], responses=problems("not-found", "retired"))
async def carry(case: Case, order: MoveCase, act: ActMaybeOnce) -> CaseCard:
    """The case is at another place now, and what lies in it with it."""
    return await act(move, order, case=case)


@json.post("/api/cases/{case}/bring-in", dependencies=[DESK_OR_IT], responses=problems("not-found", "retired"))
async def bring(case: Case, order: BringIn, act: ActMaybeOnce) -> CaseCard:
    """Members that lay elsewhere are in their case again."""
    return await act(bring_in, order, case=case)


@json.post("/api/cases/{case}/tag", dependencies=[IT], responses=problems("not-found"))
async def tag_case(case: Case, act: ActMaybeOnce, order: BindTag | None = None) -> CaseCard:
    """Give the case another label number; whoever reads the old one learns that it was replaced."""
    return await act(bind_case_tag, order or BindTag(), case=case)


@json.post("/api/cases/{case}/retire", dependencies=[IT], responses=problems("not-found", "retired"))
async def give_up(case: Case, act: ActMaybeOnce) -> CaseCard:
    """The case is in use no more; its devices stay in the ledger without one."""
    return await act(retire_case, case=case)
