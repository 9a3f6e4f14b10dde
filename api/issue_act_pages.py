"""What the staff do about a trouble report, as forms of its page: answer, change, stop, lend a stand-in, merge."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from pydantic import BaseModel
from sqlmodel import Session

from api.forms import Sent, Submitted, Wrong, wrong, wrong_status
from api.issue_showing import show
from api.issue_views import loss_knots
from api.pages import render, see_other
from api.transactions import Ledger, Look, Now
from api.visitors import DESK, DESK_OR_IT, Staff
from inventory.calendar import TOKYO, today
from inventory.devices import DeviceCard, device_card
from inventory.errors import Invalid, NotFound
from inventory.issue_answers import Answer, IssueChange, Merge, answer, change_issue, merge
from inventory.issue_works import LendSubstitute, Repaired, StopDevice, lend_substitute, repaired, stop_device
from inventory.issues import issue_of_receipt
from inventory.losses import Loss, LossStep, loss_of, record_loss_step
from inventory.sign_in import SignedIn
from inventory.standard_answers import standard_answer

pages = APIRouter(include_in_schema=False)
Issue = Annotated[str, Path(alias="issue", max_length=20)]
Device = Annotated[str, Path(alias="asset_number", max_length=60)]
_FALSE_ID = "0"


async def _carried_out(
    request: Request,
    look: Ledger,
    now: datetime,
    visitor: SignedIn,
    issue: str,
    *,
    sent: Submitted,
    form: str,
    order: Callable[[], BaseModel],
    verb: Callable[..., Any],
    done: str,
    **at: Any,
) -> Response:
    """Carry a form of the page out and go back to the page, or show the form again with what to look at."""
    try:
        card = await sent.act(verb, order(), issue=issue, **at)
    except NotFound as error:
        if form not in ("substitute", "merge"):
            raise
        return await show(request, look, now, visitor, issue, form=form, values=sent.values, error=error)
    except Wrong as error:
        return await show(request, look, now, visitor, issue, form=form, values=sent.values, error=error)
    return see_other(f"/issues/{card.id}", done=done)


@pages.post("/issues/{issue}/answer", dependencies=[DESK_OR_IT])
async def answer_here(request: Request, issue: Issue, sent: Sent, look: Look, now: Now, visitor: Staff) -> Response:
    fields = sent.given("channel", "text", "state")
    # Without a script a standard answer is put in when the form arrives.
    if "text" not in fields and sent.values.get("standard"):
        fields["text"] = (await look.read(standard_answer, sent.values["standard"])).text
    done = "noted" if fields.get("channel") == "note" else "answered"
    return await _carried_out(
        request,
        look,
        now,
        visitor,
        issue,
        sent=sent,
        form="answer",
        order=lambda: Answer.model_validate({"text": "", **fields}),
        verb=answer,
        done=done,
    )


@pages.post("/issues/{issue}/edit", dependencies=[DESK_OR_IT])
async def edit_here(request: Request, issue: Issue, sent: Sent, look: Look, now: Now, visitor: Staff) -> Response:
    return await _carried_out(
        request,
        look,
        now,
        visitor,
        issue,
        sent=sent,
        form="edit",
        order=lambda: IssueChange.model_validate(sent.given("category", "state")),
        verb=change_issue,
        done="issue-changed",
        revision=sent.revision,
    )


@pages.post("/issues/{issue}/bring", dependencies=[DESK_OR_IT])
async def bring_where(request: Request, issue: Issue, sent: Sent, look: Look, now: Now, visitor: Staff) -> Response:
    bring = {"venue": sent.values["venue"], "on": sent.values.get("on")} if sent.values.get("venue") else None
    return await _carried_out(
        request,
        look,
        now,
        visitor,
        issue,
        sent=sent,
        form="bring",
        order=lambda: IssueChange.model_validate({"bring": bring}),
        verb=change_issue,
        done="issue-changed",
        revision=sent.revision,
    )


@pages.post("/issues/{issue}/hold", dependencies=[DESK_OR_IT])
async def stop_here(request: Request, issue: Issue, sent: Sent, look: Look, now: Now, visitor: Staff) -> Response:
    return await _carried_out(
        request,
        look,
        now,
        visitor,
        issue,
        sent=sent,
        form="hold",
        order=lambda: StopDevice.model_validate(sent.given("reason", "note")),
        verb=stop_device,
        done="stopped-for-issue",
    )


@pages.post("/issues/{issue}/substitute", dependencies=[DESK])
async def substitute_here(request: Request, issue: Issue, sent: Sent, look: Look, now: Now, visitor: Staff) -> Response:
    return await _carried_out(
        request,
        look,
        now,
        visitor,
        issue,
        sent=sent,
        form="substitute",
        order=lambda: LendSubstitute.model_validate({"device": sent.values.get("device", "")}),
        verb=lend_substitute,
        done="substitute",
    )


@pages.post("/issues/{issue}/repaired", dependencies=[DESK])
async def repaired_here(request: Request, issue: Issue, sent: Sent, look: Look, now: Now, visitor: Staff) -> Response:
    ticked = {name: True for name in ("substitutes_back", "resolved") if name in sent.values}
    return await _carried_out(
        request,
        look,
        now,
        visitor,
        issue,
        sent=sent,
        form="repaired",
        order=lambda: Repaired.model_validate({"note": sent.values.get("note"), **ticked}),
        verb=repaired,
        done="repaired",
    )


@pages.post("/issues/{issue}/merge", dependencies=[DESK_OR_IT])
async def merge_here(request: Request, issue: Issue, sent: Sent, look: Look, now: Now, visitor: Staff) -> Response:
    into = sent.values.get("into", "")
    if sent.values.get("receipt"):
        named = await look.read(issue_of_receipt, sent.values["receipt"])
        into = named or _FALSE_ID
    return await _carried_out(
        request,
        look,
        now,
        visitor,
        issue,
        sent=sent,
        form="merge",
        order=lambda: _into(into),
        verb=merge,
        done="merged",
    )


def _into(issue: str) -> Merge:
    if not issue:
        raise Invalid.field("into", "まとめる先を選ぶか、受付番号を書いてください。")
    if issue == _FALSE_ID:
        raise Invalid.field("receipt", "この受付番号の困りごとは見つかりません。番号をたしかめてください。")
    return Merge(into=issue)


def _load_loss(session: Session, device: str) -> tuple[DeviceCard, Loss | None]:
    card = device_card(session, device)
    return card, loss_of(session, card.asset_number)


@pages.get("/devices/{asset_number}/loss", dependencies=[DESK_OR_IT])
async def loss_steps(request: Request, device: Device, look: Look, now: Now, issue: str = "") -> Response:
    card, loss = await look.read(_load_loss, device)
    return _loss_form(request, card, loss, now, {"issue": issue[:20]})


@pages.post("/devices/{asset_number}/loss", dependencies=[DESK_OR_IT])
async def add_loss_step(request: Request, device: Device, sent: Sent, look: Look, now: Now) -> Response:
    try:
        fields: dict[str, Any] = sent.given("kind", "note", "issue")
        order = LossStep.model_validate({**fields, "at": _moment(sent.values)})
        await sent.act(record_loss_step, order, device=device)
    except Wrong as error:
        card, loss = await look.read(_load_loss, device)
        return _loss_form(request, card, loss, now, sent.values, error)
    issue = sent.values.get("issue")
    return see_other(f"/devices/{device}/loss{f'?issue={issue}' if issue else ''}", done="loss-step")


def _moment(values: dict[str, str]) -> datetime | None:
    """The day and the time of the form, in Japan; None for now, when neither was written."""
    day, clock = values.get("on", ""), values.get("time", "")
    if not day and not clock:
        return None
    try:
        return datetime.combine(date.fromisoformat(day), time.fromisoformat(clock or "00:00"), tzinfo=TOKYO)
    except ValueError as unreadable:
        raise Invalid.field("on", "したときの日と時刻を書いてください。") from unreadable


def _loss_form(
    request: Request,
    card: DeviceCard,
    loss: Loss | None,
    now: datetime,
    values: dict[str, str],
    error: Exception | None = None,
) -> Response:
    local = now.astimezone(TOKYO)
    return render(
        request,
        "issues/loss.html",
        nav="issues",
        status=wrong_status(error) if error else 200,
        card=card,
        loss=loss,
        knots=loss_knots(loss) if loss else [],
        values={"on": today(now).isoformat(), "time": f"{local:%H:%M}", **values},
        errors={"on" if name == "at" else name: said for name, said in wrong(error).items()} if error else {},
    )
