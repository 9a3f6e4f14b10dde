"""Which devices a 所在確認 asks for, which word counts for each, and how many of which kind there are."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlmodel import Session, SQLModel

from inventory.borrowers import ASSOCIATION, DISTRICT, LOAN
from inventory.calendar import jst_day_bounds, today
from inventory.devices import DEVICE, ITEM
from inventory.presences import PRESENCE, RoundCard, newest_round, round_card
from inventory.shapes import Card, row_id

TRANSFER = SQLModel.metadata.tables["transfer"]

# What was said of a device: nothing yet, that it is not at hand, or that it is.
PresenceState = Literal["missing", "not_in_hand", "confirmed"]


class PresenceCounts(Card):
    """Devices. ``confirmed`` are at hand, ``not_in_hand`` are not, of ``missing`` nobody has said anything."""

    lent: int
    confirmed: int
    not_in_hand: int
    missing: int


class DistrictCounts(PresenceCounts):
    """The same of one district; ``id`` and ``name`` are null for the associations of none."""

    id: str | None
    name: str | None


class PresenceSummary(Card):
    round: RoundCard | None
    counts: PresenceCounts
    districts: list[DistrictCounts]


def out_with_associations(until: datetime | None) -> tuple[Any, list[Any]]:
    """FROM and WHERE of the loan items that were open, with an association, at the moment ``until``; None is now.

    An undone loan never was. What came back and went out again since is told by its rows, not by today's state.
    """
    joined = (
        ITEM.join(LOAN, ITEM.c.loan_id == LOAN.c.id)
        .join(DEVICE, ITEM.c.device_id == DEVICE.c.id)
        .join(ASSOCIATION, association_at(until) == ASSOCIATION.c.id)
        .outerjoin(DISTRICT, ASSOCIATION.c.district_id == DISTRICT.c.id)
    )
    return joined, [LOAN.c.association_id.is_not(None), *open_at(until)]


def open_at(until: datetime | None) -> list[ColumnElement[bool]]:
    """Which loan items were open at a moment."""
    if until is None:
        return [ITEM.c.returned_at.is_(None)]
    return [
        ITEM.c.lent_at < until,
        or_(ITEM.c.returned_at.is_(None), ITEM.c.returned_at >= until),
        ITEM.c.undone_entry.is_(None),
    ]


def association_at(until: datetime | ColumnElement[datetime] | None) -> Any:
    """Whose the loan was at a moment: it may have passed to another association since."""
    if until is None:
        return LOAN.c.association_id
    before = (
        select(TRANSFER.c.from_association_id)
        .where(TRANSFER.c.loan_id == LOAN.c.id, TRANSFER.c.transferred_at >= until)
        .order_by(TRANSFER.c.transferred_at, TRANSFER.c.id)
        .limit(1)
        .correlate_except(TRANSFER)
        .scalar_subquery()
    )
    return func.coalesce(before, LOAN.c.association_id)


def newest_words(in_round: int, before: datetime | None = None) -> Any:
    """The number of the newest word of a round by device and loan: what was said under another loan is of no use."""
    query = select(func.max(PRESENCE.c.id).label("id"), PRESENCE.c.device_id, PRESENCE.c.loan_id).where(
        PRESENCE.c.round_id == in_round
    )
    if before is not None:
        query = query.where(PRESENCE.c.confirmed_at < before)
    return query.group_by(PRESENCE.c.device_id, PRESENCE.c.loan_id).subquery("newest")


def with_words(joined: Any, in_round: int, before: datetime | None = None) -> Any:
    """A join that reaches the word that counts, from a FROM clause that holds the loan item."""
    newest = newest_words(in_round, before)
    return joined.outerjoin(
        newest, and_(newest.c.device_id == ITEM.c.device_id, newest.c.loan_id == ITEM.c.loan_id)
    ).outerjoin(PRESENCE, PRESENCE.c.id == newest.c.id)


def tally(condition: Any) -> Any:
    """How many rows fulfil a condition."""
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


# Sorts by kana where there is one, and the associations of no district to the end.
DISTRICT_ORDER: list[Any] = [
    case((DISTRICT.c.id.is_(None), 1), else_=0),
    func.coalesce(DISTRICT.c.name_kana, DISTRICT.c.name, ""),
    func.coalesce(DISTRICT.c.id, 0),
]
SAID: dict[str, Any] = {
    "missing": PRESENCE.c.id.is_(None),
    "not_in_hand": and_(PRESENCE.c.id.is_not(None), PRESENCE.c.in_hand.is_(False)),
    "confirmed": and_(PRESENCE.c.id.is_not(None), PRESENCE.c.in_hand.is_(True)),
}


def asked_round(session: Session, in_round: str | None, *, now: datetime) -> RoundCard | None:
    """The round of this id, or else the one that began last."""
    return round_card(session, in_round, now=now) if in_round else newest_round(session, on=today(now), now=now)


def summarize(session: Session, *, now: datetime, in_round: str | None = None) -> PresenceSummary:
    """How many devices a round asked for and what was said of them, in all and by district."""
    card = asked_round(session, in_round, now=now)
    if card is None:
        return PresenceSummary(round=None, counts=_counts([]), districts=[])
    joined, conditions = asked_of(card, now)
    query = (
        select(
            DISTRICT.c.id,
            DISTRICT.c.name,
            func.count().label("lent"),
            *(tally(condition).label(state) for state, condition in SAID.items()),
        )
        .select_from(joined)
        .where(*conditions)
        .group_by(DISTRICT.c.id, DISTRICT.c.name, DISTRICT.c.name_kana)
        .order_by(*DISTRICT_ORDER)
    )
    districts = [
        DistrictCounts(
            id=str(row.id) if row.id is not None else None,
            name=row.name,
            lent=row.lent,
            confirmed=row.confirmed,
            not_in_hand=row.not_in_hand,
            missing=row.missing,
        )
        for row in session.connection().execute(query)
    ]
    return PresenceSummary(round=card, counts=_counts(districts), districts=districts)


def until_of(card: RoundCard, now: datetime) -> datetime | None:
    """Up to when a round asks: a round that is over keeps asking for what was out on its last day."""
    beyond = jst_day_bounds(card.closes_on)[1]
    return beyond if beyond <= now else None


def asked_of(card: RoundCard, now: datetime) -> tuple[Any, list[Any]]:
    """FROM and WHERE of the devices that a round asks for, each with the word that counts."""
    joined, conditions = out_with_associations(until_of(card, now))
    return with_words(joined, row_id(card.id)), conditions


def _counts(districts: Sequence[DistrictCounts]) -> PresenceCounts:
    return PresenceCounts(
        lent=sum(one.lent for one in districts),
        confirmed=sum(one.confirmed for one in districts),
        not_in_hand=sum(one.not_in_hand for one in districts),
        missing=sum(one.missing for one in districts),
    )
