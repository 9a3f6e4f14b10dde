"""Lists with their conditions under a name, for all staff."""

from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlencode

from pydantic import AfterValidator, StringConstraints
from sqlalchemy import insert, select, update
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.errors import Invalid, NotFound
from inventory.journal import By
from inventory.shapes import Card, Name, Shape, row_id

SAVED_FILTER = SQLModel.metadata.tables["saved_filter"]
# The lists that can be kept.
Kept = Literal["/wifi/table"]
_FEW = 50


def _query(value: str) -> str:
    """Name and value pairs as an address holds them, without those that are empty or say where a reader was."""
    pairs = parse_qsl(value.removeprefix("?"), max_num_fields=30)
    kept = urlencode([(name, word) for name, word in pairs if name not in ("page", "done", "cursor")])
    if not kept:
        raise ValueError("条件を選んでから保存してください")
    if len(kept) > 400:
        raise ValueError("条件が長すぎます。へらしてから保存してください")
    return kept


class NewSavedFilter(Shape):
    """``query`` is what follows the ``?`` of the list's address."""

    page: Kept
    name: Name
    query: Annotated[str, StringConstraints(max_length=2000), AfterValidator(_query)]


class SavedFilterCard(Card):
    id: str
    page: str
    name: str
    query: str


class SavedFilters(Card):
    items: list[SavedFilterCard]


def save_filter(session: Session, order: NewSavedFilter, *, by: By, now: datetime, op_id: str) -> SavedFilterCard:
    """Raises Invalid when the name is taken, or as many are kept as a reader finds his way in."""
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    there = saved_filters(session, page=order.page).items
    if any(one.name == order.name for one in there):
        raise Invalid.field("name", f"「{order.name}」という名前はもうあります。別の名前にしてください。")
    if len(there) >= _FEW:
        raise Invalid.field("name", f"保存できる条件は{_FEW}件までです。使わないものを消してください。")
    made = session.connection().execute(insert(SAVED_FILTER).values(**order.model_dump(), entry=entry))
    assert made.inserted_primary_key is not None
    number = int(made.inserted_primary_key[0])
    journal.note(session, "save_filter", saved_filter=number)
    return saved_filter(session, str(number))


def remove_filter(session: Session, *, saved: str, by: By, now: datetime, op_id: str) -> SavedFilterCard:
    """Offer a list no more. Removing it again changes nothing.

    Raises:
        NotFound: there is no such list.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = _row(session, saved)
    if row.removed_entry is None:
        gone = update(SAVED_FILTER).where(SAVED_FILTER.c.id == row.id).values(removed_entry=entry)
        session.connection().execute(gone)
    journal.note(session, "remove_filter", saved_filter=row.id)
    return saved_filter(session, saved)


def saved_filter(session: Session, saved: str) -> SavedFilterCard:
    """A list that is or was offered. Raises NotFound when there is none."""
    return _card(_row(session, saved))


def saved_filters(session: Session, *, page: str | None = None) -> SavedFilters:
    """What is offered, by name."""
    query = select(SAVED_FILTER).where(SAVED_FILTER.c.removed_entry.is_(None))
    if page is not None:
        query = query.where(SAVED_FILTER.c.page == page)
    rows = session.connection().execute(query.order_by(SAVED_FILTER.c.name, SAVED_FILTER.c.id))
    return SavedFilters(items=[_card(row) for row in rows])


def _row(session: Session, saved: str) -> Any:
    row = session.connection().execute(select(SAVED_FILTER).where(SAVED_FILTER.c.id == row_id(saved))).first()
    if row is None:
        raise NotFound("この条件は見つかりません。一覧から選んでください。")
    return row


def _card(row: Any) -> SavedFilterCard:
    return SavedFilterCard(id=str(row.id), page=row.page, name=row.name, query=row.query)
