"""Who has confirmed where the lent devices are, who said that one is gone, and who has not answered yet."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlmodel import Session

from inventory import keyset
from inventory.borrowers import ASSOCIATION, DISTRICT, LOAN, OFFICER, PERSON
from inventory.calendar import today
from inventory.devices import DEVICE
from inventory.officers import OfficerCard, heads_of
from inventory.presence_counts import DISTRICT_ORDER, SAID, PresenceState, asked_of, asked_round
from inventory.presences import PRESENCE, RoundCard, WordCard, round_card
from inventory.shapes import Card, row_id
from inventory.text import fold

# The district filter that asks for the associations of no district.
NO_DISTRICT = "none"


class Contact(Card):
    """Somebody to ring. ``phone`` is null for whoever may not see contacts."""

    name: str
    office: str
    phone: str | None
    in_office: bool


class Asked(Card):
    """A device that is or was out with an association when the round asked, and what was said of it.

    ``officer`` answers for the loan; ``head`` holds the office today, where that is somebody else.
    """

    asset_number: str
    call_number: int | None
    model: str
    loan: str
    association: str
    association_name: str
    district_name: str | None
    officer: Contact | None
    head: Contact | None
    word: WordCard | None


class PresenceList(Card):
    """``round`` is null while there has never been one."""

    round: RoundCard | None
    items: list[Asked]
    next: str | None
    total: int | None


_ORDER: list[Any] = [*DISTRICT_ORDER, ASSOCIATION.c.name_kana, ASSOCIATION.c.id, DEVICE.c.asset_key]
_KINDS = (int, str, int, str, int, str)


def list_presences(
    session: Session,
    *,
    now: datetime,
    contacts: bool,
    in_round: str | None = None,
    state: PresenceState | None = None,
    district: str | None = None,
    q: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
    exact: bool = False,
) -> PresenceList:
    """A page of the devices that a round asks for, by district and association."""
    card = asked_round(session, in_round, now=now)
    if card is None:
        return PresenceList(round=None, items=[], next=None, total=0)
    query = _rows(card, now, state, district, q)
    total = keyset.total(session, query, exact=exact)
    if cursor:
        query = query.where(keyset.beyond(_ORDER, keyset.after(cursor, *_KINDS)))
    rows = session.connection().execute(query.order_by(*_ORDER).limit(limit + 1)).all()
    following = None
    if len(rows) > limit:
        last = rows[limit - 1]
        following = keyset.cursor_of(
            last.no_district,
            last.district_key,
            last.district_id or 0,
            last.name_kana,
            last.association_id,
            last.asset_key,
        )
    items = _asked(session, rows[:limit], card, contacts=contacts, now=now)
    return PresenceList(round=card, items=items, next=following, total=total)


def asked_device(session: Session, device: str, *, in_round: str, contacts: bool, now: datetime) -> Asked | None:
    """One device of a round; None when the round does not ask for it."""
    card = round_card(session, in_round, now=now)
    query = _rows(card, now, None, None, None).where(DEVICE.c.asset_key == device.upper())
    rows = session.connection().execute(query.limit(1)).all()
    return _asked(session, rows, card, contacts=contacts, now=now)[0] if rows else None


def _rows(
    card: RoundCard, now: datetime, state: PresenceState | None, district: str | None, q: str | None
) -> Select[Any]:
    joined, conditions = asked_of(card, now)
    query = (
        select(
            DEVICE.c.asset_number,
            DEVICE.c.asset_key,
            DEVICE.c.call_number,
            DEVICE.c.model,
            LOAN.c.number.label("loan"),
            LOAN.c.officer_id,
            ASSOCIATION.c.id.label("association_id"),
            ASSOCIATION.c.name.label("association_name"),
            ASSOCIATION.c.name_kana,
            DISTRICT.c.id.label("district_id"),
            DISTRICT.c.name.label("district_name"),
            DISTRICT_ORDER[0].label("no_district"),
            DISTRICT_ORDER[1].label("district_key"),
            PRESENCE.c.id.label("word"),
            PRESENCE.c.in_hand,
            PRESENCE.c.usage,
            PRESENCE.c.channel,
            PRESENCE.c.note,
            PRESENCE.c.confirmed_at,
        )
        .select_from(joined)
        .where(*conditions)
    )
    if state:
        query = query.where(SAID[state])
    if district == NO_DISTRICT:
        query = query.where(DISTRICT.c.id.is_(None))
    elif district:
        query = query.where(DISTRICT.c.id == row_id(district))
    if q:
        query = query.where(_mentions(q))
    return query


def _mentions(q: str) -> ColumnElement[bool]:
    word = fold(q)
    return or_(ASSOCIATION.c.search.contains(word, autoescape=True), DEVICE.c.search.contains(word, autoescape=True))


def _asked(session: Session, rows: Sequence[Any], card: RoundCard, *, contacts: bool, now: datetime) -> list[Asked]:
    """Two statements more for any number of rows: who answers for the loans, and who is head today."""
    day = today(now)
    heads = heads_of(session, sorted({row.association_id for row in rows}), day)
    query = (
        select(OFFICER, PERSON.c.name, PERSON.c.phone, PERSON.c.erased_at)
        .join(PERSON, OFFICER.c.person_id == PERSON.c.id)
        .where(OFFICER.c.id.in_({row.officer_id for row in rows if row.officer_id is not None}))
    )
    officers = {row.id: row for row in session.connection().execute(query)}
    found = []
    for row in rows:
        officer, head = officers.get(row.officer_id), heads.get(row.association_id)
        other = head is not None and (officer is None or head.person != str(officer.person_id))
        found.append(
            Asked(
                asset_number=row.asset_number,
                call_number=row.call_number,
                model=row.model,
                loan=row.loan,
                association=str(row.association_id),
                association_name=row.association_name,
                district_name=row.district_name,
                officer=_contact(officer, day, contacts) if officer else None,
                head=_head(head, contacts) if head is not None and other else None,
                word=_word(row, card),
            )
        )
    return found


def _contact(row: Any, day: date, contacts: bool) -> Contact:
    return Contact(
        name="（消去ずみ）" if row.erased_at else row.name,
        office=row.office,
        phone=row.phone if contacts else None,
        in_office=row.from_on <= day and (row.until_on is None or row.until_on >= day),
    )


def _head(card: OfficerCard, contacts: bool) -> Contact:
    return Contact(name=card.name, office=card.office, phone=card.phone if contacts else None, in_office=True)


def _word(row: Any, card: RoundCard) -> WordCard | None:
    if row.word is None:
        return None
    return WordCard(
        id=str(row.word),
        round=card.id,
        asset_number=row.asset_number,
        in_hand=row.in_hand,
        usage=row.usage,
        channel=row.channel,
        note=row.note,
        confirmed_at=row.confirmed_at,
    )
