"""Applications (貸出申請): an association asks for devices of a pool, and the city decides, once and with a number."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator
from sqlalchemy import and_, func, insert, or_, select, update
from sqlmodel import Session, SQLModel

from inventory import journal, keyset
from inventory.agreement_texts import pool_words
from inventory.borrowers import ASSOCIATION, DISTRICT, OFFICER, PERSON
from inventory.calendar import today
from inventory.devices import POOL
from inventory.errors import Conflict, Invalid, NotFound
from inventory.journal import By
from inventory.loans import OfficerInCharge
from inventory.officers import find_association, heads_of
from inventory.shapes import (
    BlankIsNone,
    Card,
    Day,
    Identifier,
    Note,
    OneLine,
    OptionalDay,
    OptionalLine,
    Shape,
    row_id,
)
from inventory.tables import Decision

APPLICATION = SQLModel.metadata.tables["application"]

ApplicationState = Literal["open", "decided"]
OptionalId = Annotated[Identifier | None, BlankIsNone]


class NewApplication(Shape):
    """``officer`` is who signed it; without one, who headed the association on the day of the application.

    ``from`` and ``until`` are the first and the last day; ``until`` may be left to the end of office.
    """

    association: Identifier
    officer: OptionalId = None
    pool: Identifier
    quantity: Annotated[int, Field(ge=1, le=200)]
    purpose: OptionalLine = None
    from_: Day = Field(alias="from")
    until: OptionalDay = None
    applied_on: Day
    note: Note = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> "NewApplication":
        if self.until is not None and self.until < self.from_:
            raise ValueError("期間の終わりが、始まりより前です。日付をたしかめてください")
        return self


class Decide(Shape):
    """``document_number`` is the number of the notice (前情政第12号); a refusal needs its reason."""

    decision: Decision
    decided_on: Day
    document_number: Annotated[str, StringConstraints(max_length=40), OneLine]
    reason: Annotated[Annotated[str, StringConstraints(max_length=400), OneLine] | None, BlankIsNone] = None


class ApplicationCard(Card):
    """``officer`` is who signed it, None where the association had no officer then."""

    id: str
    association: str
    association_name: str
    district: str | None
    officer: OfficerInCharge | None
    pool: str
    pool_name: str
    lend_word: str
    quantity: int
    purpose: str | None
    from_: date = Field(serialization_alias="from")
    until: date | None
    applied_on: date
    note: str | None
    state: ApplicationState
    decision: Decision | None
    decided_on: date | None
    document_number: str | None
    reason: str | None


class ApplicationList(Card):
    items: list[ApplicationCard]
    next: str | None
    total: int | None


def apply(session: Session, order: NewApplication, *, by: By, now: datetime, op_id: str) -> ApplicationCard:
    """Enter an application that came in, also days later.

    Raises:
        NotFound: there is no such association or pool.
        Invalid: the officer is not one of the association, or the day of the application has not come.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    association = find_association(session, order.association)
    assert association.id is not None
    pool = pool_words(session, order.pool)
    if order.applied_on > today(now):
        raise Invalid.field("applied_on", "申請の日は、今日までの日にしてください。")
    row = {
        "association_id": association.id,
        "officer_id": _officer(session, order, association.id),
        "pool_id": pool.id,
        "quantity": order.quantity,
        "purpose": order.purpose,
        "from_on": order.from_,
        "until_on": order.until,
        "applied_on": order.applied_on,
        "note": order.note,
        "entry": entry,
    }
    made = session.connection().execute(insert(APPLICATION).values(**row).returning(APPLICATION.c.id)).scalar_one()
    journal.note(session, "apply", application=made, association=association.id, pool=pool.id, quantity=order.quantity)
    return application_card(session, str(made))


def decide(session: Session, order: Decide, *, application: str, by: By, now: datetime, op_id: str) -> ApplicationCard:
    """Approve or refuse, once.

    Raises:
        NotFound: there is no such application.
        Conflict: it is decided already.
        Invalid: a refusal without a reason, or a day before the application.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    card = application_card(session, application)
    if card.decided_on is not None:
        raise Conflict(
            f"この申請は、もう決定しています（{card.document_number}）。画面を開き直してたしかめてください。",
            application=card.id,
        )
    if order.decision is Decision.REFUSED and order.reason is None:
        raise Invalid.field("reason", "承認しないときは、理由を書いてください。通知書に刷ります。")
    if order.decided_on < card.applied_on:
        raise Invalid.field("decided_on", "決定の日が、申請の日より前です。日付をたしかめてください。")
    session.connection().execute(
        update(APPLICATION)
        .where(APPLICATION.c.id == row_id(card.id))
        .values(
            decision=order.decision,
            decided_on=order.decided_on,
            document_number=order.document_number,
            decision_reason=order.reason,
            decision_entry=entry,
        )
    )
    journal.note(
        session,
        "decide",
        application=row_id(card.id),
        decision=order.decision,
        decided_on=order.decided_on.isoformat(),
    )
    return application_card(session, card.id)


def application_card(session: Session, application: str) -> ApplicationCard:
    """Raises NotFound when there is no such application."""
    row = session.connection().execute(_SELECT.where(APPLICATION.c.id == row_id(application))).first()
    if row is None:
        raise NotFound("その申請は見つかりません。一覧から選んでください。")
    return _card(row)


def list_applications(
    session: Session,
    *,
    state: ApplicationState | None = None,
    association: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
    exact: bool = False,
) -> ApplicationList:
    """Those that wait, the longest first; or those that are decided, or all, the newest first."""
    query = _SELECT
    if state is not None:
        waits = APPLICATION.c.decided_on.is_(None)
        query = query.where(waits if state == "open" else ~waits)
    if association is not None:
        query = query.where(APPLICATION.c.association_id == row_id(association))
    found = keyset.total(session, query, exact=exact)
    if state == "open":
        # By the day it was handed in, which may be long before the day it was entered.
        if cursor is not None:
            day, last = keyset.after(cursor, str, int)
            applied = _day_of(day)
            later = APPLICATION.c.applied_on > applied
            query = query.where(or_(later, and_(APPLICATION.c.applied_on == applied, APPLICATION.c.id > last)))
        query = query.order_by(APPLICATION.c.applied_on, APPLICATION.c.id)
    else:
        if cursor is not None:
            query = query.where(APPLICATION.c.id < keyset.after(cursor, int)[0])
        query = query.order_by(APPLICATION.c.id.desc())
    rows = session.connection().execute(query.limit(limit + 1)).all()
    following = None
    if len(rows) > limit:
        last_row = rows[limit - 1]
        keys = (last_row.applied_on.isoformat(), last_row.id) if state == "open" else (last_row.id,)
        following = keyset.cursor_of(*keys)
    return ApplicationList(items=[_card(row) for row in rows[:limit]], next=following, total=found)


def count_waiting(session: Session) -> int:
    """Applications that nobody has decided."""
    query = select(func.count()).select_from(APPLICATION).where(APPLICATION.c.decided_on.is_(None))
    return session.connection().execute(query).scalar_one()


_SELECT = select(
    APPLICATION,
    ASSOCIATION.c.name.label("association_name"),
    DISTRICT.c.name.label("district_name"),
    POOL.c.name.label("pool_name"),
    POOL.c.lend_word,
    OFFICER.c.office,
    PERSON.c.name.label("officer_name"),
    PERSON.c.erased_at.label("officer_erased"),
).select_from(
    APPLICATION.join(ASSOCIATION, APPLICATION.c.association_id == ASSOCIATION.c.id)
    .outerjoin(DISTRICT, ASSOCIATION.c.district_id == DISTRICT.c.id)
    .join(POOL, APPLICATION.c.pool_id == POOL.c.id)
    .outerjoin(OFFICER, APPLICATION.c.officer_id == OFFICER.c.id)
    .outerjoin(PERSON, OFFICER.c.person_id == PERSON.c.id)
)


def _card(row: Any) -> ApplicationCard:
    officer = None
    if row.officer_id is not None:
        name = "（消去ずみ）" if row.officer_erased else row.officer_name
        officer = OfficerInCharge(id=str(row.officer_id), name=name, office=row.office)
    return ApplicationCard(
        id=str(row.id),
        association=str(row.association_id),
        association_name=row.association_name,
        district=row.district_name,
        officer=officer,
        pool=row.pool_id,
        pool_name=row.pool_name,
        lend_word=row.lend_word,
        quantity=row.quantity,
        purpose=row.purpose,
        from_=row.from_on,
        until=row.until_on,
        applied_on=row.applied_on,
        note=row.note,
        state="open" if row.decided_on is None else "decided",
        decision=row.decision,
        decided_on=row.decided_on,
        document_number=row.document_number,
        reason=row.decision_reason,
    )


def _officer(session: Session, order: NewApplication, association: int) -> int | None:
    if order.officer is None:
        head = heads_of(session, [association], order.applied_on).get(association)
        return int(head.id) if head else None
    query = select(OFFICER.c.id).where(OFFICER.c.id == row_id(order.officer), OFFICER.c.association_id == association)
    found = session.connection().execute(query).scalar()
    if found is None:
        raise Invalid.field("officer", "その役職者は、この自治会の役職者ではありません。選び直してください。")
    return int(found)


def _day_of(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid.field("cursor", "一覧の続きが見つかりません。一覧をはじめから開いてください。") from None
