"""Loan cards and lists."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import and_, bindparam, exists, not_, or_, select
from sqlmodel import Session, SQLModel

from inventory import keyset
from inventory.borrowers import (
    ASSOCIATION,
    COLUMNS,
    COURSE,
    DUE_DAY,
    LOAN,
    OFFICER,
    PERSON,
    VENUE,
    Borrower,
    borrower_of,
    due_day_of,
    with_borrower,
)
from inventory.calendar import today
from inventory.devices import DEVICE, ITEM, POOL
from inventory.errors import NotFound
from inventory.shapes import Card, row_id
from inventory.tables import PoolKind, SignMethod
from inventory.text import clean_name, code_text, fold

LoanState = Literal["open", "overdue", "closed", "installed"]
AGREEMENT = SQLModel.metadata.tables["agreement"]


class OfficerInCharge(Card):
    id: str
    name: str
    office: str


class ItemCard(Card):
    asset_number: str
    call_number: int | None
    model: str
    pool: str
    kind: PoolKind
    lent_at: datetime
    returned_at: datetime | None
    accessories: dict[str, int]
    returned_accessories: dict[str, int] | None
    seat: str | None
    condition_ok: bool | None
    condition_note: str | None


class Due(Card):
    """``on`` is the last day; with ``end_of_office`` it is the officer's last day and None while that is unknown.

    Neither a day nor the end of office: the devices are installed at a venue.
    """

    on: date | None
    at: datetime | None
    end_of_office: bool


class Signed(Card):
    """A signed agreement, as the loan tells of it."""

    signed_at: datetime
    method: SignMethod


class LoanCard(Card):
    """``installed``: its devices stay at the venue until they are taken down, so no day is due and it is never late."""

    number: str
    borrower: Borrower
    officer: OfficerInCharge | None
    items: list[ItemCard]
    due: Due
    installed: bool
    overdue: bool
    agreement: Literal["missing", "not_needed"] | Signed
    purpose: str | None
    note: str | None
    override: str | None
    lent_at: datetime
    open: bool


class LoanList(Card):
    items: list[LoanCard]
    next: str | None
    total: int | None


_SELECT = (
    select(
        LOAN,
        *(column for column in COLUMNS if column.table is not LOAN),
        PERSON.c.name.label("officer_name"),
        PERSON.c.erased_at.label("officer_erased"),
        OFFICER.c.office.label("officer_office"),
        AGREEMENT.c.signed_at,
        AGREEMENT.c.method.label("sign_method"),
    )
    .select_from(
        with_borrower(LOAN)
        .outerjoin(PERSON, OFFICER.c.person_id == PERSON.c.id)
        .outerjoin(AGREEMENT, and_(AGREEMENT.c.loan_id == LOAN.c.id, AGREEMENT.c.superseded_at.is_(None)))
    )
    .add_columns(LOAN.c.number.label("loan_number"))
)
_ITEMS = select(
    ITEM,
    DEVICE.c.asset_number,
    DEVICE.c.call_number,
    DEVICE.c.model,
    DEVICE.c.pool_id,
    POOL.c.kind,
    POOL.c.agreement_required,
).select_from(ITEM.join(DEVICE, ITEM.c.device_id == DEVICE.c.id).join(POOL, DEVICE.c.pool_id == POOL.c.id))
_ONE = _SELECT.where(LOAN.c.number == bindparam("number"))
_ITEMS_OF = _ITEMS.where(
    ITEM.c.loan_id.in_(bindparam("loans", expanding=True)), ITEM.c.undone_entry.is_(None)
).order_by(ITEM.c.id)
# Asked this way round, because few loans are open of all that ever were, and those have an index of their own.
_HAS_OPEN_ITEM = LOAN.c.id.in_(select(ITEM.c.loan_id).where(ITEM.c.returned_at.is_(None)))
# A loan whose every item was undone was a slip: it keeps its number and its journal, and no list shows it.
_STANDS = exists().where(ITEM.c.loan_id == LOAN.c.id, ITEM.c.undone_entry.is_(None))
# Somebody still has to sign: a device of a pool that wants an agreement is on the loan, and nobody has. What stays
# installed at a venue of the city is signed for by nobody.
_UNSIGNED = and_(
    AGREEMENT.c.id.is_(None),
    not_(LOAN.c.installed),
    exists().where(
        ITEM.c.loan_id == LOAN.c.id,
        ITEM.c.undone_entry.is_(None),
        ITEM.c.device_id == DEVICE.c.id,
        DEVICE.c.pool_id == POOL.c.id,
        POOL.c.agreement_required,
    ),
)


def loan_card(session: Session, number: str, *, now: datetime) -> LoanCard:
    """Raises NotFound when there is no loan of this number."""
    row = session.connection().execute(_ONE, {"number": number.upper()}).first()
    if row is None:
        raise NotFound(f"貸出 {number} は見つかりません。番号をたしかめてください。")
    return _cards(session, [row], now)[0]


def list_loans(
    session: Session,
    *,
    now: datetime,
    state: LoanState | None = None,
    due_before: date | None = None,
    association: str | None = None,
    course: str | None = None,
    venue: str | None = None,
    device: str | None = None,
    agreement: Literal["missing"] | None = None,
    q: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
    exact: bool = False,
) -> LoanList:
    """A page of loans, the newest first. What stays installed at a venue is ``installed``, not ``open``."""
    query = _SELECT.where(_STANDS)
    if state in ("open", "installed"):
        query = query.where(_HAS_OPEN_ITEM, LOAN.c.installed == (state == "installed"))
    elif state == "overdue":
        query = query.where(_HAS_OPEN_ITEM, DUE_DAY < today(now))
    elif state == "closed":
        query = query.where(not_(_HAS_OPEN_ITEM))
    if due_before:
        query = query.where(_HAS_OPEN_ITEM, DUE_DAY < due_before)
    if association:
        query = query.where(LOAN.c.association_id == row_id(association))
    if course:
        query = query.where(LOAN.c.course_id == row_id(course))
    if venue:
        query = query.where(VENUE.c.code == venue)
    if device:
        query = query.where(
            exists().where(
                ITEM.c.loan_id == LOAN.c.id, ITEM.c.device_id == DEVICE.c.id, DEVICE.c.asset_key == device.upper()
            )
        )
    if agreement:
        query = query.where(_UNSIGNED)
    if q:
        query = query.where(_mentions(q))
    total = keyset.total(session, query, exact=exact)
    if cursor:
        query = query.where(LOAN.c.id < keyset.after(cursor, int)[0])
    rows = session.connection().execute(query.order_by(LOAN.c.id.desc()).limit(limit + 1)).all()
    following = keyset.cursor_of(rows[limit - 1].id) if len(rows) > limit else None
    return LoanList(items=_cards(session, rows[:limit], now), next=following, total=total)


def cards_where(session: Session, condition: Any, *, now: datetime, limit: int) -> list[LoanCard]:
    """Open loans that fulfil a condition on the loan and its officer, the one due first at the top."""
    query = _SELECT.where(_HAS_OPEN_ITEM, condition).order_by(DUE_DAY, LOAN.c.id).limit(limit)
    return _cards(session, session.connection().execute(query).all(), now)


def _mentions(q: str) -> Any:
    word = fold(q)
    return or_(
        LOAN.c.number.contains(code_text(q), autoescape=True),
        ASSOCIATION.c.search.contains(word, autoescape=True),
        COURSE.c.search.contains(word, autoescape=True),
        VENUE.c.search.contains(word, autoescape=True),
        LOAN.c.section.contains(clean_name(q), autoescape=True),
        exists().where(
            and_(
                ITEM.c.loan_id == LOAN.c.id,
                ITEM.c.device_id == DEVICE.c.id,
                DEVICE.c.search.contains(word, autoescape=True),
            )
        ),
    )


def _cards(session: Session, rows: Sequence[Any], now: datetime) -> list[LoanCard]:
    """Two statements for any number of loans: the rows, their items."""
    items: dict[int, list[Any]] = {row.id: [] for row in rows}
    if not rows:
        return []
    for item in session.connection().execute(_ITEMS_OF, {"loans": list(items)}):
        items[item.loan_id].append(item)
    return [_card(row, items[row.id], now) for row in rows]


def _card(row: Any, items: list[Any], now: datetime) -> LoanCard:
    due_day = due_day_of(row)
    still_out = any(item.returned_at is None for item in items)
    officer = None
    if row.officer_id is not None:
        name = "（消去ずみ）" if row.officer_erased else row.officer_name
        officer = OfficerInCharge(id=str(row.officer_id), name=name, office=row.officer_office)
    return LoanCard(
        number=row.number,
        borrower=borrower_of(row),
        officer=officer,
        items=[_item(item) for item in items],
        due=Due(on=due_day, at=row.due_at, end_of_office=row.end_of_office),
        installed=row.installed,
        overdue=still_out and due_day is not None and due_day < today(now),
        agreement=_agreement(row, items),
        purpose=row.purpose,
        note=row.note,
        override=row.override_reason,
        lent_at=row.lent_at,
        open=still_out,
    )


def _agreement(row: Any, items: list[Any]) -> Literal["missing", "not_needed"] | Signed:
    if row.sign_method is not None:
        return Signed(signed_at=row.signed_at, method=row.sign_method)
    missing = not row.installed and any(item.agreement_required for item in items)
    return "missing" if missing else "not_needed"


def _item(item: Any) -> ItemCard:
    values = {name: getattr(item, name) for name in ItemCard.model_fields if name != "pool"}
    return ItemCard(pool=item.pool_id, **values)
