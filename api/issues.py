"""Trouble reports over JSON, as the staff work on them. Who reports comes through another door."""

from typing import Annotated, Literal

from fastapi import Path, Query, Response

from api.json_doors import Pages, etag, json_router
from api.problems import problems
from api.transactions import ActOnce, Look, SeenRevision
from api.visitors import DESK, DESK_OR_IT, READERS, Staff, sees_contacts
from inventory.issue_answers import Answer, IssueChange, Merge, answer, change_issue, merge
from inventory.issue_lists import Audience, IssueList, list_issues
from inventory.issue_works import LendSubstitute, Repaired, StopDevice, lend_substitute, repaired, stop_device
from inventory.issues import IssueCard, issue_card, without_contacts
from inventory.losses import Loss, LossStep, LossStepCard, open_losses, record_loss_step
from inventory.shapes import Card
from inventory.tables import IssueCategory, IssueState

json = json_router("issues")
Issue = Annotated[str, Path(alias="issue", max_length=20)]
_ACT = ("missing-op-id", "not-found", "refused", "op-id-reused")


class Losses(Card):
    items: list[Loss]
    next: None = None
    total: int


@json.get("/api/issues", dependencies=[READERS])
async def issues(
    look: Look,
    pages: Pages,
    visitor: Staff,
    state: Annotated[IssueState | Literal["open"] | None, Query(description="open: all but resolved.")] = None,
    district: Annotated[str | None, Query(max_length=60)] = None,
    category: IssueCategory | None = None,
    audience: Annotated[Audience | None, Query(description="it: venues and losses; desk: devices.")] = None,
    association: Annotated[str | None, Query(max_length=60)] = None,
    venue: Annotated[str | None, Query(max_length=60)] = None,
    device: Annotated[str | None, Query(max_length=60)] = None,
) -> IssueList:
    """Reports by state, in each the one that came first; merged ones are left out."""
    found = await look.read(
        list_issues,
        state=state,
        district=district,
        category=category,
        audience=audience,
        association=association,
        venue=venue,
        device=device,
        **pages.arguments,
    )
    if sees_contacts(visitor):
        return found
    return found.model_copy(update={"items": [without_contacts(line) for line in found.items]})


@json.get("/api/issues/{issue}", dependencies=[READERS], responses=problems("not-found"))
async def one_issue(issue: Issue, look: Look, visitor: Staff, response: Response) -> IssueCard:
    card = await look.read(issue_card, issue)
    etag(response, card.revision)
    return card if sees_contacts(visitor) else without_contacts(card)


@json.patch(
    "/api/issues/{issue}",
    dependencies=[DESK_OR_IT],
    responses=problems(*_ACT, "stale", "missing-if-match"),
)
async def edit_issue(
    issue: Issue, change: IssueChange, revision: SeenRevision, act: ActOnce, response: Response
) -> IssueCard:
    """State, category, and where and when the device is to be brought."""
    card = await act(change_issue, change, issue=issue, revision=revision)
    etag(response, card.revision)
    return card


@json.post("/api/issues/{issue}/messages", status_code=201, dependencies=[DESK_OR_IT], responses=problems(*_ACT))
async def answer_issue(issue: Issue, order: Answer, act: ActOnce) -> IssueCard:
    """Answer by message, telephone or letter, or note something among the staff."""
    return await act(answer, order, status=201, issue=issue)


@json.post("/api/issues/{issue}/merge", dependencies=[DESK_OR_IT], responses=problems(*_ACT))
async def merge_issue(issue: Issue, order: Merge, act: ActOnce) -> IssueCard:
    """Let another report stand for this one; answers the one that goes on."""
    return await act(merge, order, issue=issue)


@json.post("/api/issues/{issue}/hold", status_code=201, dependencies=[DESK_OR_IT], responses=problems(*_ACT))
async def hold_device(issue: Issue, order: StopDevice, act: ActOnce) -> IssueCard:
    """Stop the device of a report for repair or as lost, though it is out on a loan."""
    return await act(stop_device, order, status=201, issue=issue)


@json.post(
    "/api/issues/{issue}/substitute",
    status_code=201,
    dependencies=[DESK],
    responses=problems(*_ACT, "already-lent", "held", "retired", "promised", "limit-reached"),
)
async def substitute_device(issue: Issue, order: LendSubstitute, act: ActOnce) -> IssueCard:
    """Lend a stand-in for the device of a report."""
    return await act(lend_substitute, order, status=201, issue=issue)


@json.post("/api/issues/{issue}/repaired", dependencies=[DESK], responses=problems(*_ACT))
async def repair_over(issue: Issue, order: Repaired, act: ActOnce) -> IssueCard:
    """The repair is over and the device is back with its people; the stand-in may come back in the same act."""
    return await act(repaired, order, issue=issue)


@json.get("/api/losses", dependencies=[READERS])
async def losses(look: Look) -> Losses:
    """Devices that are lost now, the oldest loss first."""
    items = await look.read(open_losses)
    return Losses(items=items, total=len(items))


@json.post(
    "/api/devices/{asset_number}/loss-steps",
    status_code=201,
    dependencies=[DESK_OR_IT],
    responses=problems(*_ACT),
)
async def add_loss_step(
    device: Annotated[str, Path(alias="asset_number", max_length=60)], order: LossStep, act: ActOnce
) -> LossStepCard:
    """Write down what was done about a lost device."""
    return await act(record_loss_step, order, status=201, device=device)
