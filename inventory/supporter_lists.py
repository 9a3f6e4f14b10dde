"""Supporters as cards, lists and counts. A name is searched by folding it here, never kept folded in a column."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlmodel import Session, SQLModel

from inventory import keyset
from inventory.borrowers import DISTRICT, PERSON
from inventory.calendar import fiscal_year_days, today
from inventory.course_help import HELP, PROGRAMME, SUPPORTER
from inventory.errors import NotFound
from inventory.people import DistrictCard
from inventory.shapes import Card, row_id
from inventory.tables import HelpAnswer, SupporterCategory
from inventory.text import fold

SUPPORTER_DISTRICT = SQLModel.metadata.tables["supporter_district"]


class SupporterCard(Card):
    """``active``: registered today. ``asked`` and ``agreed`` count courses. Without ``districts``: everywhere.

    ``phone``, ``email`` and ``note`` are null for whoever may not see contacts.
    """

    id: str
    person: str
    name: str
    name_kana: str
    category: SupporterCategory
    districts: list[DistrictCard]
    programme: str | None
    programme_name: str | None
    programme_code: str | None
    fiscal_year: int | None
    registered_on: date
    consented_on: date
    ended_on: date | None
    active: bool
    asked: int
    agreed: int
    phone: str | None
    email: str | None
    note: str | None
    revision: int


class SupporterList(Card):
    items: list[SupporterCard]
    next: str | None
    total: int | None


class SupporterNumbers(Card):
    """Who is registered today: ``active`` in all, by category; ``ended`` who no longer is."""

    active: int
    ended: int
    categories: dict[SupporterCategory, int]


class ProgrammeSupporters(Card):
    """``asked`` and ``agreed`` are what was reported; ``registered`` counts those in the register who came from it."""

    programme: str
    name: str
    asked: int | None
    agreed: int | None
    registered: int


class SupporterCounts(Card):
    """A fiscal year's supporters: programme by programme, and all of the register.

    ``registered``: registered in the year. ``standing``: registered on its last day. ``asked`` and ``agreed`` are sums
    of what was reported, null where no programme reported any.
    """

    fiscal_year: int
    asked: int | None
    agreed: int | None
    registered: int
    standing: int
    programmes: list[ProgrammeSupporters]


def supporter_card(session: Session, supporter: str, *, now: datetime) -> SupporterCard:
    """Raises NotFound when there is no such supporter."""
    return _cards(session, [find_supporter(session, supporter)], today(now))[0]


def find_supporter(session: Session, supporter: str) -> Any:
    """The row of a supporter, with the columns of the person and the programme.

    Raises:
        NotFound: there is no such supporter.
    """
    row = session.connection().execute(_SELECT.where(SUPPORTER.c.id == row_id(supporter))).first()
    if row is None:
        raise NotFound("そのサポーターは見つかりません。一覧から選んでください。")
    return row


def list_supporters(
    session: Session,
    *,
    now: datetime,
    category: SupporterCategory | None = None,
    district: str | None = None,
    active: bool | None = None,
    q: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
    exact: bool = False,
) -> SupporterList:
    """A page of supporters by kana; of a district: those of it and those who help everywhere.

    The cursor is a number alone, because names have no place in an address.
    """
    day = today(now)
    query = _SELECT
    if category is not None:
        query = query.where(SUPPORTER.c.category == category)
    if district:
        query = query.where(_helps_in(row_id(district)))
    if active is not None:
        query = query.where(_registered(day) if active else ~_registered(day))
    if q:
        query = query.where(SUPPORTER.c.id.in_(_named(session, q)))
    total = keyset.total(session, query, exact=exact)
    order = [PERSON.c.name_kana, SUPPORTER.c.id]
    if cursor:
        (last_id,) = keyset.after(cursor, int)
        kana = select(PERSON.c.name_kana).join(SUPPORTER, SUPPORTER.c.person_id == PERSON.c.id)
        seen = session.connection().execute(kana.where(SUPPORTER.c.id == last_id)).scalar()
        query = query.where(keyset.beyond(order, [seen or "", last_id]))
    rows = session.connection().execute(query.order_by(*order).limit(limit + 1)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    following = keyset.cursor_of(last.id) if last else None
    return SupporterList(items=_cards(session, rows[:limit], day), next=following, total=total)


def count_supporters(session: Session, *, now: datetime) -> SupporterNumbers:
    # Summed, not grouped by: PostgreSQL takes two bound days for two expressions.
    active = func.sum(case((_registered(today(now)), 1), else_=0)).label("active")
    query = select(SUPPORTER.c.category, active, func.count().label("people")).group_by(SUPPORTER.c.category)
    counts = {SupporterCategory(row.category): row for row in session.connection().execute(query)}
    return SupporterNumbers(
        active=sum(row.active for row in counts.values()),
        ended=sum(row.people - row.active for row in counts.values()),
        categories={one: counts[one].active for one in SupporterCategory if one in counts and counts[one].active},
    )


def supporter_counts(session: Session, year: int, *, on: date | None = None) -> SupporterCounts:
    """What a fiscal year's report says of supporters: what was reported beside what the register counts.

    ``standing`` is that of ``on``, else of the year's last day.
    Whoever ended or was erased still counts where they came from.
    """
    connection = session.connection()
    first, after = fiscal_year_days(year)
    came = (
        select(SUPPORTER.c.programme_id, func.count().label("people"))
        .where(SUPPORTER.c.programme_id.is_not(None))
        .group_by(SUPPORTER.c.programme_id)
        .subquery()
    )
    query = (
        select(PROGRAMME, func.coalesce(came.c.people, 0).label("people"))
        .outerjoin(came, came.c.programme_id == PROGRAMME.c.id)
        .where(PROGRAMME.c.fiscal_year == year)
        .order_by(PROGRAMME.c.id)
    )
    programmes = [
        ProgrammeSupporters(
            programme=str(row.id),
            name=row.name,
            asked=row.supporters_asked,
            agreed=row.supporters_agreed,
            registered=row.people,
        )
        for row in connection.execute(query)
    ]
    registered = select(func.count()).where(SUPPORTER.c.registered_on >= first, SUPPORTER.c.registered_on < after)
    last = date.fromordinal(after.toordinal() - 1)
    standing = select(func.count()).select_from(SUPPORTER).where(_registered(on or last))
    return SupporterCounts(
        fiscal_year=year,
        asked=_sum([one.asked for one in programmes]),
        agreed=_sum([one.agreed for one in programmes]),
        registered=connection.execute(registered).scalar_one(),
        standing=connection.execute(standing).scalar_one(),
        programmes=[one for one in programmes if one.asked is not None or one.agreed is not None or one.registered],
    )


def without_contacts(card: SupporterCard) -> SupporterCard:
    """The card as a viewer sees it: who and since when, but no telephone number, no mail address and no note."""
    return card.model_copy(update={"phone": None, "email": None, "note": None})


_SELECT = (
    select(
        SUPPORTER,
        PERSON.c.name,
        PERSON.c.name_kana,
        PERSON.c.phone,
        PERSON.c.email,
        PERSON.c.erased_at,
        PROGRAMME.c.name.label("programme_name"),
        PROGRAMME.c.code.label("programme_code"),
        PROGRAMME.c.fiscal_year,
    )
    .join(PERSON, SUPPORTER.c.person_id == PERSON.c.id)
    .outerjoin(PROGRAMME, SUPPORTER.c.programme_id == PROGRAMME.c.id)
)


def _registered(day: date) -> ColumnElement[bool]:
    ended = or_(SUPPORTER.c.ended_on.is_(None), SUPPORTER.c.ended_on >= day)
    return and_(SUPPORTER.c.registered_on <= day, ended)


def _helps_in(district: int) -> ColumnElement[bool]:
    at = SUPPORTER_DISTRICT.c.supporter_id == SUPPORTER.c.id
    anywhere = ~select(SUPPORTER_DISTRICT.c.supporter_id).where(at).correlate(SUPPORTER).exists()
    there = select(SUPPORTER_DISTRICT.c.supporter_id).where(at, SUPPORTER_DISTRICT.c.district_id == district)
    return or_(anywhere, there.correlate(SUPPORTER).exists())


def _named(session: Session, q: str) -> list[int]:
    """Whose name or reading holds these words: a city's supporters are few enough to fold here."""
    word = fold(q)
    people = select(SUPPORTER.c.id, PERSON.c.name, PERSON.c.name_kana).join(
        PERSON, SUPPORTER.c.person_id == PERSON.c.id
    )
    return [
        row.id for row in session.connection().execute(people) if word in fold(row.name) or word in fold(row.name_kana)
    ]


def _cards(session: Session, rows: Sequence[Any], day: date) -> list[SupporterCard]:
    ids = [row.id for row in rows]
    if not ids:
        return []
    connection = session.connection()
    places: dict[int, list[DistrictCard]] = {}
    districts = (
        select(SUPPORTER_DISTRICT.c.supporter_id, DISTRICT)
        .join(DISTRICT, SUPPORTER_DISTRICT.c.district_id == DISTRICT.c.id)
        .where(SUPPORTER_DISTRICT.c.supporter_id.in_(ids))
        .order_by(func.coalesce(DISTRICT.c.name_kana, DISTRICT.c.name), DISTRICT.c.id)
    )
    for row in connection.execute(districts):
        place = DistrictCard(id=str(row.id), name=row.name, name_kana=row.name_kana)
        places.setdefault(row.supporter_id, []).append(place)
    helped = (
        select(HELP.c.supporter_id, HELP.c.answer, func.count().label("courses"))
        .where(HELP.c.supporter_id.in_(ids), HELP.c.undone_entry.is_(None))
        .group_by(HELP.c.supporter_id, HELP.c.answer)
    )
    asked: dict[int, int] = {}
    agreed: dict[int, int] = {}
    for row in connection.execute(helped):
        asked[row.supporter_id] = asked.get(row.supporter_id, 0) + row.courses
        if row.answer == HelpAnswer.AGREED:
            agreed[row.supporter_id] = row.courses
    return [_card(row, places.get(row.id, []), asked.get(row.id, 0), agreed.get(row.id, 0), day) for row in rows]


def _card(row: Any, districts: list[DistrictCard], asked: int, agreed: int, day: date) -> SupporterCard:
    return SupporterCard(
        id=str(row.id),
        person=str(row.person_id),
        name="（消去ずみ）" if row.erased_at else row.name,
        name_kana=row.name_kana,
        category=row.category,
        districts=districts,
        programme=None if row.programme_id is None else str(row.programme_id),
        programme_name=row.programme_name,
        programme_code=row.programme_code,
        fiscal_year=row.fiscal_year,
        registered_on=row.registered_on,
        consented_on=row.consented_on,
        ended_on=row.ended_on,
        active=row.registered_on <= day and (row.ended_on is None or row.ended_on >= day),
        asked=asked,
        agreed=agreed,
        phone=row.phone,
        email=row.email,
        note=row.note,
        revision=row.revision,
    )


def _sum(numbers: list[int | None]) -> int | None:
    given = [number for number in numbers if number is not None]
    return sum(given) if given else None
