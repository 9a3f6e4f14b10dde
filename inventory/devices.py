"""Device cards and lists: what is where, and whether it may go out. State is derived here and nowhere else."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, not_, or_, select
from sqlmodel import Session, SQLModel

from inventory import keyset
from inventory.borrowers import (
    COLUMNS,
    LOAN,
    Borrower,
    borrower_of,
    due_day_of,
    with_borrower,
)
from inventory.errors import NotFound
from inventory.shapes import Card
from inventory.tables import DeviceState, HoldReason, PoolKind
from inventory.text import fold

_tables = SQLModel.metadata.tables
DEVICE = _tables["device"]
POOL = _tables["pool"]
HOLD = _tables["hold"]
ITEM = _tables["loan_item"]
BINDING = _tables["tag_binding"]
CASE = _tables["loan_case"]
MEMBER = _tables["loan_case_member"]


class HoldCard(Card):
    id: str
    reason: HoldReason
    opened_at: datetime
    note: str | None


class LoanOfDevice(Card):
    """The open loan of a device: its number, who has it, and until when (None: until an unknown end of office).

    One that is ``installed`` stays at its venue until it is taken down.
    """

    number: str
    borrower: Borrower
    lent_at: datetime
    due_on: date | None
    due_at: datetime | None
    end_of_office: bool
    installed: bool


class CaseOfDevice(Card):
    """The case that a device has its place in."""

    code: str
    name: str


class DeviceCard(Card):
    asset_number: str
    pool: str
    pool_name: str
    kind: PoolKind
    model: str
    serial: str | None
    imei: str | None
    line_number: str | None
    call_number: int | None
    state: DeviceState
    holds: list[HoldCard]
    loan: LoanOfDevice | None
    tag: str | None
    case: CaseOfDevice | None
    place: str | None
    section: str | None
    acquired_on: date | None
    price_yen: int | None
    lease_until: date | None
    monthly_cost_yen: int | None
    os_support_until: date | None
    note: str | None
    retired_at: datetime | None
    retired_reason: str | None
    revision: int


class DeviceList(Card):
    items: list[DeviceCard]
    next: str | None
    total: int | None


_BOUND = BINDING.alias("bound")
_FROM = (
    DEVICE.join(POOL, DEVICE.c.pool_id == POOL.c.id)
    .outerjoin(_BOUND, and_(_BOUND.c.device_id == DEVICE.c.id, _BOUND.c.unbound_at.is_(None)))
    .outerjoin(MEMBER, and_(MEMBER.c.device_id == DEVICE.c.id, MEMBER.c.left_at.is_(None)))
    .outerjoin(CASE, MEMBER.c.case_id == CASE.c.id)
)
_SELECT = select(
    DEVICE,
    POOL.c.name.label("pool_name"),
    POOL.c.kind,
    _BOUND.c.number.label("tag"),
    CASE.c.code.label("case_code"),
    CASE.c.name.label("case_name"),
).select_from(_FROM)
_OF_ASSET_KEY = select(DEVICE).where(DEVICE.c.asset_key == bindparam("key"))
_CARD_OF_ASSET_KEY = _SELECT.where(DEVICE.c.asset_key == bindparam("key"))
_CARDS_OF = _SELECT.where(DEVICE.c.id.in_(bindparam("devices", expanding=True))).order_by(DEVICE.c.asset_key)
_OPEN_HOLDS_OF = (
    select(HOLD)
    .where(HOLD.c.device_id.in_(bindparam("devices", expanding=True)), HOLD.c.closed_at.is_(None))
    .order_by(HOLD.c.id)
)
_OPEN_ITEMS_OF = (
    select(ITEM.c.device_id, ITEM.c.lent_at.label("item_lent_at"), *COLUMNS)
    .select_from(with_borrower(ITEM.join(LOAN, ITEM.c.loan_id == LOAN.c.id)))
    .where(ITEM.c.device_id.in_(bindparam("devices", expanding=True)), ITEM.c.returned_at.is_(None))
)
_ON_LOAN = exists().where(ITEM.c.device_id == DEVICE.c.id, ITEM.c.returned_at.is_(None))
_HELD = exists().where(HOLD.c.device_id == DEVICE.c.id, HOLD.c.closed_at.is_(None))


def in_state(state: DeviceState) -> ColumnElement[bool]:
    """The devices in a state, by the precedence retired > on_loan > held > in_stock."""
    present = DEVICE.c.retired_at.is_(None)
    if state is DeviceState.RETIRED:
        return not_(present)
    if state is DeviceState.ON_LOAN:
        return and_(present, _ON_LOAN)
    if state is DeviceState.HELD:
        return and_(present, not_(_ON_LOAN), _HELD)
    return and_(present, not_(_ON_LOAN), not_(_HELD))


def find_device(session: Session, asset_number: str) -> Any:
    """The device's row, whatever the case its number was typed in.

    Raises:
        NotFound: there is no such device.
    """
    row = session.connection().execute(_OF_ASSET_KEY, {"key": asset_number.upper()}).first()
    if row is None:
        raise NotFound(
            f"備品番号 {asset_number} の端末は見つかりません。番号をたしかめてください。", device=asset_number
        )
    return row


def device_card(session: Session, asset_number: str) -> DeviceCard:
    row = session.connection().execute(_CARD_OF_ASSET_KEY, {"key": asset_number.upper()}).first()
    if row is None:
        raise NotFound(
            f"備品番号 {asset_number} の端末は見つかりません。番号をたしかめてください。", device=asset_number
        )
    return _cards(session, [row])[0]


def device_cards(session: Session, ids: Sequence[int]) -> list[DeviceCard]:
    """Cards of these device rows, by asset number."""
    rows = session.connection().execute(_CARDS_OF, {"devices": list(ids)}).all()
    return _cards(session, rows)


def list_devices(
    session: Session,
    *,
    pool: str | None = None,
    state: DeviceState | None = None,
    place: str | None = None,
    hold: HoldReason | None = None,
    case: str | None = None,
    q: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
    exact: bool = False,
) -> DeviceList:
    """A page of devices in the order of their asset numbers. Without ``state`` retired devices are left out."""
    query = _SELECT.where(in_state(state) if state else DEVICE.c.retired_at.is_(None))
    if pool:
        query = query.where(DEVICE.c.pool_id == pool)
    if place:
        query = query.where(DEVICE.c.place == place)
    if hold:
        query = query.where(
            exists().where(HOLD.c.device_id == DEVICE.c.id, HOLD.c.reason == hold, HOLD.c.closed_at.is_(None))
        )
    if case:
        query = query.where(CASE.c.code_key == case.upper())
    if q:
        query = query.where(
            or_(
                DEVICE.c.search.contains(fold(q), autoescape=True),
                exists().where(
                    BINDING.c.device_id == DEVICE.c.id,
                    BINDING.c.unbound_at.is_(None),
                    BINDING.c.number.startswith(fold(q), autoescape=True),
                ),
            )
        )
    total = keyset.total(session, query, exact=exact)
    if cursor:
        query = query.where(DEVICE.c.asset_key > keyset.after(cursor, str)[0])
    rows = session.connection().execute(query.order_by(DEVICE.c.asset_key).limit(limit + 1)).all()
    following = keyset.cursor_of(rows[limit - 1].asset_key) if len(rows) > limit else None
    return DeviceList(items=_cards(session, rows[:limit]), next=following, total=total)


def list_places(session: Session) -> list[str]:
    """Every place where a device that is not retired is kept, for the filter of the list."""
    query = select(DEVICE.c.place).where(DEVICE.c.place.is_not(None), DEVICE.c.retired_at.is_(None))
    return sorted(session.connection().execute(query.distinct()).scalars())


def _cards(session: Session, rows: Sequence[Any]) -> list[DeviceCard]:
    """Three statements for any number of devices: the rows, their open holds, their open loans."""
    if not rows:
        return []
    ids = {"devices": [row.id for row in rows]}
    connection = session.connection()
    holds: dict[int, list[HoldCard]] = {}
    for hold in connection.execute(_OPEN_HOLDS_OF, ids):
        card = HoldCard(id=str(hold.id), reason=hold.reason, opened_at=hold.opened_at, note=hold.note)
        holds.setdefault(hold.device_id, []).append(card)
    loans = {item.device_id: _loan_of(item) for item in connection.execute(_OPEN_ITEMS_OF, ids)}
    return [_card(row, holds.get(row.id, []), loans.get(row.id)) for row in rows]


def _loan_of(item: Any) -> LoanOfDevice:
    return LoanOfDevice(
        number=item.loan_number,
        borrower=borrower_of(item),
        lent_at=item.item_lent_at,
        due_on=due_day_of(item),
        due_at=item.due_at,
        end_of_office=item.end_of_office,
        installed=item.installed,
    )


def _card(row: Any, holds: list[HoldCard], loan: LoanOfDevice | None) -> DeviceCard:
    if row.retired_at is not None:
        state = DeviceState.RETIRED
    elif loan is not None:
        state = DeviceState.ON_LOAN
    elif holds:
        state = DeviceState.HELD
    else:
        state = DeviceState.IN_STOCK
    # A retired device has left its case, though nobody took it out.
    cased = row.case_code is not None and row.retired_at is None
    case = CaseOfDevice(code=row.case_code, name=row.case_name) if cased else None
    values = {name: getattr(row, name) for name in _FROM_ROW}
    return DeviceCard(pool=row.pool_id, state=state, holds=holds, loan=loan, case=case, **values)


_FROM_ROW = [name for name in DeviceCard.model_fields if name not in ("pool", "state", "holds", "loan", "case")]
