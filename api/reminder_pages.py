"""Reminders on screen: whom to ring up or to write to today, mails that perhaps went, and what was tried."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.forms import Sent, Wrong, wrong, wrong_status
from api.loan_views import LoanView, view
from api.pages import query_of, render, see_other
from api.reminder_views import CallView, Tried, call_view, tried_view
from api.transactions import Look, Now
from api.visitors import DESK, READERS, Staff, sees_contacts
from inventory.calendar import today
from inventory.errors import NotFound
from inventory.extending import ExtendAll, extend_all
from inventory.loans import cards_where
from inventory.reminder_lists import letters_of, list_reminders
from inventory.reminders import RecordReminder, SettleReminder, WriteLetters, record_reminder, settle_reminder
from inventory.reminders import write_letters as write
from inventory.reminding import calls_of, of_borrower
from inventory.tables import ReminderOutcome

pages = APIRouter(include_in_schema=False)
Reminder = Annotated[str, Path(alias="reminder", max_length=20)]
# So many people can be rung up in a day; the whole list is in the file.
SHOWN = 100
_RECENT = 10
# Loans of one borrower on one form.
_LOANS = 200


@dataclass(frozen=True)
class _Day:
    """``by_hand`` are to be rung up or written to, ``by_mail`` get a mail at the next run; ``letters`` go out today."""

    doubtful: list[Tried]
    doubtful_total: int
    by_hand: list[CallView]
    by_mail: list[CallView]
    letters: int
    recent: list[Tried]


def _load(session: Session, *, now: datetime, contacts: bool, mails: bool) -> _Day:
    calls = calls_of(session, now=now)
    by_mail = [call for call in calls if mails and call.way == "mail"]
    by_hand = [call for call in calls if not (mails and call.way == "mail")]
    doubtful = list_reminders(session, now=now, state="doubtful", limit=SHOWN, exact=True)
    recent = list_reminders(session, now=now, state="ended", limit=_RECENT)
    return _Day(
        doubtful=[tried_view(card, now) for card in doubtful.items],
        doubtful_total=doubtful.total or 0,
        by_hand=[call_view(call, now, contacts=contacts) for call in by_hand],
        by_mail=[call_view(call, now, contacts=False) for call in by_mail],
        letters=len(letters_of(session, today(now), now=now)),
        recent=[tried_view(card, now) for card in recent.items],
    )


@pages.get("/reminders", dependencies=[READERS])
async def day_of_reminders(request: Request, look: Look, now: Now, visitor: Staff) -> Response:
    return await _page(request, look, now, visitor)


async def _page(
    request: Request, look: Look, now: datetime, visitor: Staff, error: Exception | None = None
) -> Response:
    mails = bool(request.app.state.settings.smtp_url)
    day = await look.read(_load, now=now, contacts=sees_contacts(visitor), mails=mails)
    return render(
        request,
        "reminders/list.html",
        nav="loans",
        status=wrong_status(error) if error else 200,
        errors=wrong(error) if error else {},
        day=day,
        mails=mails,
        on=today(now),
        shown=day.by_hand[:SHOWN],
        contacts=sees_contacts(visitor),
    )


@pages.get("/reminders/past", dependencies=[READERS])
async def past_reminders(
    request: Request, look: Look, now: Now, cursor: Annotated[str | None, Query(max_length=400)] = None
) -> Response:
    found = await look.read(list_reminders, now=now, state="ended", cursor=cursor or None)
    return render(
        request,
        "reminders/past.html",
        nav="loans",
        tried=[tried_view(card, now) for card in found.items],
        total=found.total,
        next_url=f"/reminders/past?{query_of(request, cursor=found.next)}" if found.next else None,
        first_url="/reminders/past" if cursor else None,
    )


@pages.post("/reminders/told", dependencies=[DESK])
async def record(request: Request, sent: Sent, look: Look, now: Now, visitor: Staff) -> Response:
    try:
        order = RecordReminder.model_validate({"channel": "phone", **sent.given("borrower", "channel", "outcome")})
        card = await sent.act(record_reminder, order, status=201)
    except Wrong as error:
        return await _page(request, look, now, visitor, error)
    done = {ReminderOutcome.SENT: "called", ReminderOutcome.FAILED: "no-answer"}
    return see_other("/reminders", done=done.get(card.outcome or ReminderOutcome.VOID, "not-told"))


@pages.post("/reminders/letters", dependencies=[DESK])
async def write_letters(request: Request, sent: Sent, look: Look, now: Now, visitor: Staff) -> Response:
    try:
        order = WriteLetters.model_validate({"borrowers": sent.lists.get("borrower", [])})
        await sent.act(write, order, status=201)
    except Wrong as error:
        return await _page(request, look, now, visitor, error)
    return see_other("/reminders", done="letters")


@pages.post("/reminders/{reminder}/settle", dependencies=[DESK])
async def settle(request: Request, reminder: Reminder, sent: Sent, look: Look, now: Now, visitor: Staff) -> Response:
    try:
        order = SettleReminder.model_validate(sent.given("outcome"))
        await sent.act(settle_reminder, order, reminder=reminder)
    except NotFound:
        raise
    except Wrong as error:
        return await _page(request, look, now, visitor, error)
    return see_other("/reminders", done="reminder-settled")


def _loans(session: Session, borrower: str, now: datetime) -> list[LoanView]:
    cards = cards_where(session, of_borrower(borrower), now=now, limit=_LOANS)
    if not cards:
        raise NotFound("この貸出先に、いま貸しているものはありません。一覧を開き直してください。")
    return [view(card, now) for card in cards]


@pages.get("/reminders/extend", dependencies=[DESK])
async def ask_extension(
    request: Request, look: Look, now: Now, borrower: Annotated[str, Query(max_length=80)] = ""
) -> Response:
    loans = await look.read(_loans, borrower, now)
    return _extend_form(
        request, loans, now, {"borrower": borrower, "on": (today(now) + timedelta(days=14)).isoformat()}
    )


@pages.post("/reminders/extend", dependencies=[DESK])
async def extend_borrower(request: Request, sent: Sent, look: Look, now: Now) -> Response:
    given: dict[str, Any] = {"borrower": sent.values.get("borrower", ""), "on": sent.values.get("on") or None}
    if sent.values.get("override"):
        given["override"] = {"reason": sent.values["override"]}
    try:
        await sent.act(extend_all, ExtendAll.model_validate(given))
    except NotFound:
        raise
    except Wrong as error:
        loans = await look.read(_loans, given["borrower"], now)
        return _extend_form(request, loans, now, sent.values, error)
    return see_other("/reminders", done="extended-all")


def _extend_form(
    request: Request,
    loans: list[LoanView],
    now: datetime,
    values: Mapping[str, Any],
    error: Exception | None = None,
) -> Response:
    return render(
        request,
        "reminders/extend.html",
        nav="loans",
        status=wrong_status(error) if error else 200,
        loans=loans,
        name=loans[0].card.borrower.name,
        values=values,
        overridable=bool(values.get("override")) or bool(getattr(error, "facts", {}).get("overridable")),
        errors={name.split(".")[0]: said for name, said in wrong(error).items()} if error else {},
        first_day=today(now),
    )
