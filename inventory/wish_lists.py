"""Wishes as cards and lists: the open ones first, district by district."""

from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Select, case, func, select
from sqlmodel import Session, SQLModel

from inventory import keyset
from inventory.borrowers import ASSOCIATION, COURSE, DISTRICT, VENUE
from inventory.course_help import PROGRAMME
from inventory.errors import NotFound
from inventory.shapes import Card, row_id
from inventory.tables import VenueKind, WishAnswer, WishKind

WISH = SQLModel.metadata.tables["wish"]
WishState = Literal["open", "answered", "withdrawn"]


class WishCard(Card):
    """``course_title``, ``course_starts_at`` and ``programme_name`` tell where a wish comes true."""

    id: str
    district: str | None
    district_name: str | None
    association: str | None
    association_name: str | None
    kind: WishKind
    words: str
    people: int | None
    wished_on: date
    state: WishState
    answer: WishAnswer | None
    answer_words: str | None
    answered_on: date | None
    course: str | None
    course_title: str | None
    course_starts_at: datetime | None
    programme: str | None
    programme_name: str | None
    fiscal_year: int | None
    revision: int


class WishList(Card):
    items: list[WishCard]
    next: str | None
    total: int | None


class DistrictWishes(Card):
    """A district's wishes in numbers; ``district`` null for associations that have none. ``people`` of the open ones,
    where they say how many."""

    district: str | None
    name: str | None
    open: int
    answered: int
    people: int


def wish_card(session: Session, wish: str) -> WishCard:
    """Raises NotFound when there is no such wish."""
    return _card(find_wish(session, wish))


def find_wish(session: Session, wish: str) -> Any:
    """The row of a wish, with the names beside it.

    Raises:
        NotFound: there is no such wish.
    """
    row = session.connection().execute(_select().where(WISH.c.id == row_id(wish))).first()
    if row is None:
        raise NotFound("その要望は見つかりません。一覧から選んでください。")
    return row


def list_wishes(
    session: Session,
    *,
    district: str | None = None,
    association: str | None = None,
    state: WishState | None = None,
    kind: WishKind | None = None,
    course: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
    exact: bool = False,
) -> WishList:
    """A page of wishes: the open ones first, by district, the oldest first. Withdrawn ones when they are asked for."""
    rank = case((WISH.c.answer.is_(None), 0), else_=1)
    query = _select(rank.label("rank"), _DISTRICT_KEY.label("district_key"))
    if state == "withdrawn":
        query = query.where(WISH.c.withdrawn_entry.is_not(None))
    else:
        query = query.where(WISH.c.withdrawn_entry.is_(None))
        if state is not None:
            query = query.where(WISH.c.answer.is_(None) if state == "open" else WISH.c.answer.is_not(None))
    if district:
        query = query.where(WISH.c.district_id == row_id(district))
    if association:
        query = query.where(WISH.c.association_id == row_id(association))
    if kind is not None:
        query = query.where(WISH.c.kind == kind)
    if course:
        query = query.where(WISH.c.course_id == row_id(course))
    total = keyset.total(session, query, exact=exact)
    order = [rank, _DISTRICT_KEY, WISH.c.id]
    if cursor:
        query = query.where(keyset.beyond(order, keyset.after(cursor, int, str, int)))
    rows = session.connection().execute(query.order_by(*order).limit(limit + 1)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    following = keyset.cursor_of(last.rank, last.district_key, last.id) if last else None
    return WishList(items=[_card(row) for row in rows[:limit]], next=following, total=total)


def wishes_by_district(session: Session) -> list[DistrictWishes]:
    """Every district that wishes or wished for something, by kana; those without a district last."""
    is_open = case((WISH.c.answer.is_(None), 1), else_=0)
    query = (
        select(
            WISH.c.district_id,
            DISTRICT.c.name,
            func.sum(is_open).label("open"),
            func.count().label("wishes"),
            func.sum(is_open * func.coalesce(WISH.c.people, 0)).label("people"),
        )
        .select_from(WISH.outerjoin(DISTRICT, WISH.c.district_id == DISTRICT.c.id))
        .where(WISH.c.withdrawn_entry.is_(None))
        .group_by(WISH.c.district_id, DISTRICT.c.name, DISTRICT.c.name_kana)
        .order_by(
            WISH.c.district_id.is_(None), func.coalesce(DISTRICT.c.name_kana, DISTRICT.c.name), WISH.c.district_id
        )
    )
    return [
        DistrictWishes(
            district=None if row.district_id is None else str(row.district_id),
            name=row.name,
            open=row.open,
            answered=row.wishes - row.open,
            people=row.people,
        )
        for row in session.connection().execute(query)
    ]


def kominkan_of(session: Session, district: str | None) -> str | None:
    """The code of the one 公民館 named as a district is (大胡地区: 大胡公民館); None where none or several are."""
    stem = (district or "").removesuffix("地区")
    if not stem:
        return None
    named = select(VENUE.c.code).where(
        VENUE.c.kind == VenueKind.KOMINKAN, VENUE.c.name.startswith(stem, autoescape=True)
    )
    codes = session.connection().execute(named.limit(2)).scalars().all()
    return codes[0] if len(codes) == 1 else None


# Wishes without a district stand after all others, and a keyset compares no null.
_DISTRICT_KEY = func.coalesce(DISTRICT.c.name_kana, DISTRICT.c.name, "\U0010ffff")


def _select(*more: Any) -> Select[Any]:
    return select(
        WISH,
        DISTRICT.c.name.label("district_name"),
        ASSOCIATION.c.name.label("association_name"),
        COURSE.c.title.label("course_title"),
        COURSE.c.starts_at.label("course_starts_at"),
        PROGRAMME.c.name.label("programme_name"),
        PROGRAMME.c.fiscal_year,
        *more,
    ).select_from(
        WISH.outerjoin(DISTRICT, WISH.c.district_id == DISTRICT.c.id)
        .outerjoin(ASSOCIATION, WISH.c.association_id == ASSOCIATION.c.id)
        .outerjoin(COURSE, WISH.c.course_id == COURSE.c.id)
        .outerjoin(PROGRAMME, WISH.c.programme_id == PROGRAMME.c.id)
    )


def _card(row: Any) -> WishCard:
    ids = {name: getattr(row, f"{name}_id") for name in ("district", "association", "course", "programme")}
    plain = [name for name in WishCard.model_fields if name not in ("id", "state", *ids)]
    state: WishState = "open"
    if row.withdrawn_entry is not None:
        state = "withdrawn"
    elif row.answer is not None:
        state = "answered"
    values: dict[str, Any] = {name: None if number is None else str(number) for name, number in ids.items()}
    values |= {name: getattr(row, name) for name in plain}
    return WishCard(id=str(row.id), state=state, **values)
