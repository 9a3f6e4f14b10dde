"""Erasing a person: names, contacts, signatures and words go everywhere, counts, dates and the journal stay.

What goes belongs to the person by a number: the person's own row, the agreements and reports of the offices held, what
was written down about calls. What staff wrote in their own words is erased where whoever erases says so
(``free_texts``). The journal never held any of it, so it verifies as before.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, StringConstraints
from sqlalchemy import Table, case, update
from sqlmodel import Session

from inventory import journal
from inventory.borrowers import PERSON
from inventory.calendar import today
from inventory.erasure_register import Erased, stands
from inventory.errors import Conflict, Invalid
from inventory.free_texts import FreeText, blank_text, texts_about
from inventory.issue_steps import ISSUE, ISSUE_MESSAGE
from inventory.journal import By
from inventory.personal_rows import (
    AGREEMENT,
    PICTURE,
    PRESENCE,
    REMINDER,
    SUPPORTER,
    Scope,
    agreements_left,
    ids_where,
    messages_left,
    open_loans,
    open_reports,
    pictures_left,
    presences_left,
    reminders_left,
    reports_left,
    scans_left,
    scope_of,
    supporters_left,
)
from inventory.shapes import Card, Shape

ERASED_NAME = "（消去ずみ）"

TextKey = Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-z_]+\.[a-z_]+\.[0-9]{1,10}$")]


class EraseReason(StrEnum):
    """Why: the person asked for it, the time of keeping is over, something else."""

    REQUEST = "request"
    RETENTION = "retention"
    OTHER = "other"


class ErasePerson(Shape):
    """``texts`` names texts of staff that go as well, by their keys; see ``Holdings.texts``."""

    reason: EraseReason = EraseReason.REQUEST
    texts: Annotated[list[TextKey], Field(max_length=200)] = []


class PersonCard(Card):
    """``name`` says so once the person is erased."""

    id: str
    name: str
    name_kana: str
    phone: str | None
    email: str | None
    erased_at: datetime | None


class Holdings(Card):
    """What an erasure takes away, counted, and the texts of staff that somebody has to look at.

    ``open_loans`` and ``open_reports`` stand in its way: numbers of loans, receipts of reports.
    """

    person: PersonCard
    agreements: int
    scans: int
    reports: int
    messages: int
    pictures: int
    notes: int
    supporters: int
    texts: list[FreeText]
    open_loans: list[str]
    open_reports: list[str]


def person_card(session: Session, person: str) -> PersonCard:
    return _card(scope_of(session, person).person)


def holdings(session: Session, person: str) -> Holdings:
    """What erasing this person would take away, and what stands in its way."""
    scope = scope_of(session, person)
    agreements, scans, pictures = (
        agreements_left(session, scope),
        scans_left(session, scope),
        pictures_left(session, scope),
    )
    return Holdings(
        person=_card(scope.person),
        agreements=len(agreements),
        scans=len(scans),
        reports=len(reports_left(session, scope.about.reports)),
        messages=len(messages_left(session, scope.about.reports)),
        pictures=len(pictures),
        notes=len(reminders_left(session, scope)) + len(presences_left(session, scope)),
        supporters=len(supporters_left(session, scope)),
        texts=texts_about(session, scope.about),
        open_loans=open_loans(session, scope),
        open_reports=open_reports(session, scope),
    )


def erase_person(session: Session, order: ErasePerson, *, person: str, by: By, now: datetime, op_id: str) -> PersonCard:
    """Erase a person. Done again, it erases what has come in since.

    Raises:
        NotFound: there is no such person.
        Conflict: the person answers for a loan that is open, or waits for the answer to a report.
        Invalid: ``texts`` names a text that is none of those shown for this person.
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    scope = scope_of(session, person)
    loans = open_loans(session, scope)
    if loans:
        raise Conflict(
            f"この人は、貸出 {'、'.join(loans)} の責任者です。先に返却か引き継ぎを記録してください。", loans=loans
        )
    receipts = open_reports(session, scope)
    if receipts:
        shown = "、".join(f"{receipt[:3]}-{receipt[3:]}" for receipt in receipts)
        raise Conflict(f"受付番号 {shown} の困りごとが、まだ解決していません。先に解決してください。")
    texts = _chosen(session, scope, order.texts)
    leave_no_trace(session)
    gone = blank_person(session, scope, now=now)
    for kind, row in texts:
        blank_text(session, kind, row)
    number = int(scope.person.id)
    journal.note(
        session,
        "erase_person",
        person=number,
        reason=order.reason.value,
        erased=[["person", number], *([kind, row] for kind, row in texts)],
        **gone,
    )
    return person_card(session, str(number))


def blank_person(session: Session, scope: Scope, *, now: datetime) -> dict[str, int]:
    """Blank everything that belongs to the person; how many rows of each kind lost something."""
    connection = session.connection()
    agreements, scans, pictures = (
        agreements_left(session, scope),
        scans_left(session, scope),
        pictures_left(session, scope),
    )
    told, messages = reports_left(session, scope.about.reports), messages_left(session, scope.about.reports)
    reminders, presences = reminders_left(session, scope), presences_left(session, scope)
    supporters = supporters_left(session, scope, today(now))
    connection.execute(
        update(PERSON)
        .where(PERSON.c.id == scope.person.id)
        .values(name="", name_kana="", phone=None, email=None, erased_at=scope.person.erased_at or now)
    )
    _blank(session, AGREEMENT, agreements, signed_name=None, relation=None, signature=None, erased_at=now)
    blank_pictures(session, [*scans, *pictures], now=now)
    blank_reports(session, told, messages, now=now)
    blank_notes(session, REMINDER, reminders)
    blank_notes(session, PRESENCE, presences)
    end_supporters(session, supporters, now=now)
    return {
        "agreements": len(agreements),
        "pictures": len(scans) + len(pictures),
        "reports": len(told),
        "messages": len(messages),
        "notes": len(reminders) + len(presences),
        "supporters": len(supporters),
    }


def end_supporters(session: Session, supporters: Collection[int], *, now: datetime) -> None:
    """Blank what was noted about these supporters and end what goes on: nobody is asked who has no name."""
    day = today(now)
    last = case(
        (SUPPORTER.c.ended_on < day, SUPPORTER.c.ended_on),
        (SUPPORTER.c.registered_on > day, SUPPORTER.c.registered_on),
        else_=day,
    )
    _blank(session, SUPPORTER, supporters, note=None, ended_on=last, revision=SUPPORTER.c.revision + 1)


def blank_reports(session: Session, told: Collection[int], messages: Collection[int], *, now: datetime) -> None:
    """Blank the words and contacts of these reports, and the words of these messages."""
    _blank(session, ISSUE, told, words=None, reporter_name=None, phone=None, email=None, erased_at=now)
    _blank(session, ISSUE_MESSAGE, messages, words=None, erased_at=now)


def blank_whole_reports(session: Session, reports: Collection[int], *, now: datetime) -> bool:
    """Blank all that these reports still say, their messages and pictures too; False when nothing was left."""
    told, messages, pictures = (
        reports_left(session, reports),
        messages_left(session, reports),
        ids_where(session, PICTURE, PICTURE.c.issue_id.in_(reports), PICTURE.c.content.is_not(None)),
    )
    blank_reports(session, told, messages, now=now)
    blank_pictures(session, pictures, now=now)
    return bool(told or messages or pictures)


def blank_notes(session: Session, table: Table, rows: Collection[int]) -> None:
    """Blank what was written down about these reminders or presences."""
    _blank(session, table, rows, note=None)


def blank_pictures(session: Session, pictures: Collection[int], *, now: datetime) -> None:
    """Take the bytes of these pictures away; their digests stay."""
    _blank(session, PICTURE, pictures, content=None, erased_at=now)


def leave_no_trace(session: Session) -> None:
    """Have the database overwrite what this act is about to free, and empty its log after the commit.

    SQLite's ordinary mode clears what it frees inside a page and leaves freed pages as they are.
    """
    if session.connection().dialect.name == "sqlite":
        session.connection().exec_driver_sql("PRAGMA secure_delete = ON")
    session.info["erasing"] = True


def erase_again(session: Session, erased: Sequence[Erased], *, now: datetime) -> list[list[str | int]]:
    """Erase in a restored ledger what was erased since its backup; kind and row of whatever had come back.

    The ledger's entry is open. A row that is another one by now is left alone.
    """
    leave_no_trace(session)
    return [
        [one.kind, one.row]
        for one in dict.fromkeys(erased)
        if stands(session, one) and _erase_one(session, one.kind, one.row, now=now)
    ]


def _erase_one(session: Session, kind: str, row: int, *, now: datetime) -> bool:
    if kind == "person":
        scope = scope_of(session, row)
        return any(blank_person(session, scope, now=now).values()) or scope.person.erased_at is None
    if kind == "issue":
        return blank_whole_reports(session, (row,), now=now)
    if kind == "picture":
        left = ids_where(session, PICTURE, PICTURE.c.id == row, PICTURE.c.content.is_not(None))
        blank_pictures(session, left, now=now)
        return bool(left)
    if kind in ("reminder", "presence"):
        table = REMINDER if kind == "reminder" else PRESENCE
        left = ids_where(session, table, table.c.id == row, table.c.note.is_not(None))
        blank_notes(session, table, left)
        return bool(left)
    return blank_text(session, kind, row)


def _chosen(session: Session, scope: Scope, keys: list[str]) -> list[tuple[str, int]]:
    """Tables with columns, and rows, of the texts that were chosen among those shown."""
    shown = {text.key for text in texts_about(session, scope.about)} if keys else set()
    if not shown.issuperset(keys):
        raise Invalid.field("texts", "選んだ文が、台帳の文と合いません。画面を開き直して、もう一度選んでください。")
    pairs = [key.rpartition(".") for key in dict.fromkeys(keys)]
    return [(kind, int(row)) for kind, _, row in pairs]


def _blank(session: Session, table: Any, ids: Collection[int], **values: Any) -> None:
    if ids:
        session.connection().execute(update(table).where(table.c.id.in_(ids)).values(**values))


def _card(row: Any) -> PersonCard:
    erased = row.erased_at is not None
    return PersonCard(
        id=str(row.id),
        name=ERASED_NAME if erased else row.name,
        name_kana=row.name_kana,
        phone=row.phone,
        email=row.email,
        erased_at=row.erased_at,
    )
