"""Reminders over JSON: who is to be told, what was tried, the decision about a doubtful mail, and letters as PDF."""

from typing import Annotated

from fastapi import Path, Query, Request, Response
from sqlmodel import Session

from api.files import PDF, inline
from api.json_doors import json_router
from api.label_orders import in_ink
from api.letters import letter_to
from api.problems import problems
from api.transactions import ActMaybeOnce, ActOnce, Look, Now
from api.visitors import DESK, READERS, Staff, sees_contacts
from inventory.calendar import today
from inventory.errors import NotFound
from inventory.extending import ExtendAll, ExtendedAll, extend_all
from inventory.reminder_lists import ReminderCard, ReminderList, ReminderState, letters_of, list_reminders
from inventory.reminders import (
    LettersWritten,
    RecordReminder,
    SettleReminder,
    WriteLetters,
    record_reminder,
    settle_reminder,
    write_letters,
)
from inventory.reminding import Call, calls_of
from inventory.shapes import Card, Day
from labels.letter import letters_pdf

json = json_router("reminders")
Reminder = Annotated[str, Path(alias="reminder", max_length=20)]


class Calls(Card):
    items: list[Call]
    next: None = None
    total: int


def calls_for_visitor(session: Session, *, now: Now, contacts: bool) -> list[Call]:
    """Who is to be told today; telephone numbers and mail addresses for whoever may see them."""
    calls = calls_of(session, now=now)
    return calls if contacts else [call.without_contacts() for call in calls]


@json.get("/api/reminders", dependencies=[READERS])
async def reminders(
    look: Look,
    now: Now,
    state: Annotated[ReminderState | None, Query(description="doubtful: a mail that perhaps went.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
) -> ReminderList:
    """Reminders that were tried, the newest first."""
    return await look.read(list_reminders, now=now, state=state, limit=limit, cursor=cursor or None)


@json.get("/api/reminders/due", dependencies=[READERS])
async def due(look: Look, now: Now, visitor: Staff) -> Calls:
    """Who is to be told today, with everything that is due from them: one bundle per borrower."""
    items = await look.read(calls_for_visitor, now=now, contacts=sees_contacts(visitor))
    return Calls(items=items, total=len(items))


@json.post(
    "/api/reminders",
    status_code=201,
    dependencies=[DESK],
    responses=problems("missing-op-id", "not-found", "op-id-reused"),
)
async def record(order: RecordReminder, act: ActOnce) -> ReminderCard:
    """Write down a call or a letter of today. The day's last word stands."""
    return await act(record_reminder, order, status=201)


@json.post("/api/reminders/letters", status_code=201, dependencies=[DESK], responses=problems("missing-op-id"))
async def letters(order: WriteLetters, act: ActOnce) -> LettersWritten:
    """Write down that a letter goes to each of these borrowers today; print them as ``/api/reminders.pdf``."""
    return await act(write_letters, order, status=201)


@json.post("/api/reminders/extend", dependencies=[DESK], responses=problems("missing-op-id", "not-found"))
async def extend_borrower(order: ExtendAll, act: ActOnce) -> ExtendedAll:
    """Give every loan of a borrower the same new due day."""
    return await act(extend_all, order)


@json.post(
    "/api/reminders/{reminder}/settle",
    dependencies=[DESK],
    responses=problems("not-found", "refused", "op-id-reused"),
)
async def settle(reminder: Reminder, order: SettleReminder, act: ActMaybeOnce) -> ReminderCard:
    """Decide about a doubtful mail: it reached the borrower, or it does not count."""
    return await act(settle_reminder, order, reminder=reminder)


@json.get(
    "/api/reminders.pdf",
    dependencies=[DESK],
    response_class=Response,
    responses={**problems("not-found"), 200: PDF},
)
async def letters_on_paper(
    request: Request,
    look: Look,
    now: Now,
    on: Annotated[Day | None, Query(description="The day whose letters are printed; today when left out.")] = None,
) -> Response:
    """The letters of a day, for a window envelope 長形3号; one sheet each."""
    day = on or today(now)
    found = await look.read(letters_of, day, now=now)
    if not found:
        raise NotFound("この日に出す手紙はありません。先に「返す日の知らせ」の画面で、手紙を出す相手を選んでください。")
    settings = request.app.state.settings
    made = await in_ink(request, letters_pdf, [letter_to(call, settings, now) for call in found])
    return Response(
        made.pdf, media_type="application/pdf", headers=inline(f"letters-{day}.pdf", f"返す日の手紙-{day}.pdf")
    )
