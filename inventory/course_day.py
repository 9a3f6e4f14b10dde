"""What goes to the hall with a course, and what of it waits afterwards: devices by their call numbers, no names."""

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select
from sqlmodel import Session

from inventory.borrowers import LOAN
from inventory.calendar import today
from inventory.cases import CaseCard, case_card
from inventory.course_help import Helpers, helpers_of
from inventory.courses import CourseCard, course_card
from inventory.devices import DEVICE, HOLD, ITEM, POOL
from inventory.packs_held import PackHeldCard, packs_of
from inventory.pools import PoolCard, list_pools
from inventory.reservations import reservations_of
from inventory.shapes import Card, row_id
from inventory.tables import HoldReason, PoolKind


class Numbered(Card):
    asset_number: str
    call_number: int | None
    kind: PoolKind


class Counted(Card):
    name: str
    count: int


class Goods(Card):
    """``quantity`` units of a pool go along; ``numbered`` are those that are known already: what lies in the case and
    what went out by scanning. The rest is chosen at hand-over. ``accessories`` are counted for all of them.

    ``reserved`` of them are promised to the course.
    """

    pool: str
    name: str
    kind: PoolKind
    quantity: int
    reserved: int
    numbered: list[Numbered]
    accessories: list[Counted]


class PackingList(Card):
    """``phones_wanted`` is what the plan asks for where nothing was reserved and no case was named, None otherwise."""

    course: CourseCard
    goods: list[Goods]
    case: CaseCard | None
    packs: list[PackHeldCard]
    helpers: Helpers
    phones_wanted: int | None


class Work(Card):
    """Devices that came back from a course and wait: ``wipe`` and ``inspect`` by call number."""

    returned: int
    wipe: list[Numbered]
    inspect: list[Numbered]


_NUMBERED = (DEVICE.c.asset_number, DEVICE.c.call_number, POOL.c.kind)
_OF_COURSES = (
    ITEM.join(LOAN, ITEM.c.loan_id == LOAN.c.id)
    .join(DEVICE, ITEM.c.device_id == DEVICE.c.id)
    .join(POOL, DEVICE.c.pool_id == POOL.c.id)
)


def packing_list(session: Session, course: str) -> PackingList:
    """Everything that goes to the hall, as far as the ledger knows it now. Raises NotFound."""
    card = course_card(session, course)
    case = case_card(session, card.case) if card.case is not None else None
    goods = _goods(session, card, case)
    phones = any(one.kind in (PoolKind.SMARTPHONE, PoolKind.TABLET) for one in goods)
    return PackingList(
        course=card,
        goods=goods,
        case=case,
        packs=packs_of(session, today(card.starts_at), card.venue),
        helpers=helpers_of(session, [int(card.id)])[int(card.id)],
        phones_wanted=None if phones else card.phones_needed or card.capacity,
    )


def _goods(session: Session, card: CourseCard, case: CaseCard | None) -> list[Goods]:
    """By pool in the pools' order. What is reserved may lie in the case: the larger of the two goes along."""
    reserved: Counter[str] = Counter()
    for one in reservations_of(session, [int(card.id)])[int(card.id)]:
        reserved[one.pool] += one.quantity
    known: dict[str, dict[str, Numbered]] = {}
    lying = [(one.pool, one) for one in case.members] if case else []
    for pool, one in [*lying, *_out(session, card.id)]:
        known.setdefault(pool, {})[one.asset_number] = _numbered(one)
    return [
        _of_pool(pool, reserved[pool.id], list(known.get(pool.id, {}).values()))
        for pool in list_pools(session)
        if reserved[pool.id] or pool.id in known
    ]


def _of_pool(pool: PoolCard, reserved: int, numbered: list[Numbered]) -> Goods:
    quantity = max(reserved, len(numbered))
    return Goods(
        pool=pool.id,
        name=pool.name,
        kind=pool.kind,
        quantity=quantity,
        reserved=reserved,
        numbered=_in_order(numbered),
        accessories=[Counted(name=one.name, count=one.count * quantity) for one in pool.accessories],
    )


def _numbered(device: Any) -> Numbered:
    return Numbered(asset_number=device.asset_number, call_number=device.call_number, kind=device.kind)


def _in_order(devices: list[Numbered]) -> list[Numbered]:
    return sorted(devices, key=lambda one: (one.call_number is None, one.call_number or 0, one.asset_number))


def _out(session: Session, course: str) -> list[tuple[str, Any]]:
    query = (
        select(*_NUMBERED, DEVICE.c.pool_id)
        .select_from(_OF_COURSES)
        .where(LOAN.c.course_id == row_id(course), ITEM.c.returned_at.is_(None))
    )
    return [(row.pool_id, row) for row in session.connection().execute(query)]


def work_after(session: Session, course: str, *, now: datetime) -> Work:
    """What came back from a course by ``now`` and waits for a wipe or a check. What is out again does not count."""
    of_course = (LOAN.c.course_id == row_id(course), ITEM.c.undone_entry.is_(None), ITEM.c.returned_at <= now)
    connection = session.connection()
    returned = connection.execute(
        select(func.count(func.distinct(ITEM.c.device_id))).select_from(_OF_COURSES).where(*of_course)
    ).scalar_one()

    def waiting(reason: HoldReason) -> list[Numbered]:
        stopped = exists().where(HOLD.c.device_id == DEVICE.c.id, HOLD.c.closed_at.is_(None), HOLD.c.reason == reason)
        lent_again = ITEM.alias("again")
        out = exists().where(lent_again.c.device_id == DEVICE.c.id, lent_again.c.returned_at.is_(None))
        query = (
            select(*_NUMBERED)
            .select_from(_OF_COURSES)
            .where(*of_course, stopped, ~out, DEVICE.c.retired_at.is_(None))
            .distinct()
        )
        return _in_order([_numbered(row) for row in connection.execute(query)])

    return Work(returned=returned, wipe=waiting(HoldReason.WIPE), inspect=waiting(HoldReason.INSPECT))
