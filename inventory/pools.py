"""Pools: devices lent under the same rules."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator
from sqlmodel import Session, select

from inventory import journal
from inventory.errors import Invalid, NotFound
from inventory.journal import By
from inventory.revisions import must_be_current
from inventory.shapes import Card, Name, NotAPage, Shape, ShortName, Word
from inventory.tables import Demand, Handover, Pool, PoolKind

PoolId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$"), NotAPage]


class Accessory(Shape):
    name: ShortName
    count: Annotated[int, Field(ge=1, le=99)] = 1


class PoolRules(Shape):
    """The rules of a pool. "After term" holds for every loan that is not to a course.

    ``remind_before_days``: how long before its due day a borrower is reminded of a loan, once. ``remind_every_days``:
    how often once it is overdue. Never when null.
    """

    after_course: Demand = Demand.NONE
    after_term: Demand = Demand.NONE
    handover: Handover = Handover.CHECK
    agreement_required: bool = False
    accessories: Annotated[list[Accessory], Field(max_length=20)] = []
    preparation_minutes: Annotated[int, Field(ge=0, le=10080)] = 0
    default_days: Annotated[int, Field(ge=0, le=3660)] | None = None
    one_per_borrower: bool = False
    lend_word: Word = "貸出"
    return_word: Word = "返却"
    remind_before_days: Annotated[int, Field(ge=0, le=365)] | None = None
    remind_every_days: Annotated[int, Field(ge=1, le=365)] | None = None

    @model_validator(mode="after")
    def _each_accessory_once(self) -> "PoolRules":
        names = [accessory.name for accessory in self.accessories]
        if len(names) != len(set(names)):
            raise ValueError("同じ付属品が2度あります。1行にまとめてください")
        return self


class NewPool(PoolRules):
    id: PoolId
    name: Name
    kind: PoolKind


class PoolChange(PoolRules):
    """Fields left out stay as they are."""

    name: Name | None = None
    kind: PoolKind | None = None


class PoolCard(Card):
    id: str
    name: str
    kind: PoolKind
    after_course: Demand
    after_term: Demand
    handover: Handover
    agreement_required: bool
    accessories: list[Accessory]
    preparation_minutes: int
    default_days: int | None
    one_per_borrower: bool
    lend_word: str
    return_word: str
    remind_before_days: int | None
    remind_every_days: int | None
    revision: int


def create_pool(session: Session, order: NewPool, *, by: By, now: datetime, op_id: str) -> PoolCard:
    """Open a pool under the id the client gives.

    Raises:
        Invalid: the id is taken.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    if session.get(Pool, order.id):
        raise Invalid.field("id", f"貸出区分 {order.id} はもうあります。別の番号にしてください。")
    session.add(Pool(**order.model_dump(), entry=entry))
    session.flush()
    journal.note(session, "create_pool", pool=order.id)
    return pool_card(session, order.id)


def change_pool(
    session: Session, change: PoolChange, *, pool: str, revision: int, by: By, now: datetime, op_id: str
) -> PoolCard:
    """Change what the order names; ``revision`` is the one the caller has seen."""
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = _pool(session, pool)
    must_be_current(row.revision, revision)
    fields = {name: value for name, value in change.model_dump(exclude_unset=True).items() if _given(name, value)}
    row.sqlmodel_update(fields)
    row.revision += 1
    session.add(row)
    session.flush()
    journal.note(session, "change_pool", pool=pool, fields=sorted(fields))
    return pool_card(session, pool)


def _given(name: str, value: Any) -> bool:
    return value is not None or name in ("default_days", "remind_before_days", "remind_every_days")


def pool_card(session: Session, pool: str) -> PoolCard:
    return PoolCard.model_validate(_pool(session, pool), from_attributes=True)


def list_pools(session: Session) -> list[PoolCard]:
    """Every pool, by id. A city has a handful, so there is no paging."""
    rows = session.exec(select(Pool).order_by(Pool.id))
    return [PoolCard.model_validate(row, from_attributes=True) for row in rows]


def _pool(session: Session, pool: str) -> Pool:
    row = session.get(Pool, pool)
    if row is None:
        raise NotFound(f"貸出区分 {pool} は見つかりません。一覧から選んでください。")
    return row
