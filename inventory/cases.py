"""Cases: what lies in one, what of it is here, and where a case's code leads."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, exists, or_, select
from sqlmodel import Session

from inventory import keyset
from inventory.borrowers import Borrower
from inventory.devices import BINDING, CASE, DEVICE, MEMBER, DeviceCard, device_cards
from inventory.errors import NotFound
from inventory.shapes import Card
from inventory.tables import DeviceState, HoldReason, PoolKind
from inventory.text import NotText, code_text, fold, tag_number_in

_OF_NUMBER = select(BINDING.c.case_id).where(BINDING.c.number == bindparam("number"), BINDING.c.unbound_at.is_(None))
_OF_CODE = select(CASE.c.id).where(CASE.c.code_key == bindparam("key"))
# Devices lie in a case in the order of their call numbers; those without one come last.
_ORDER = (DEVICE.c.call_number.is_(None), DEVICE.c.call_number, DEVICE.c.asset_key)
# A retired device has left its case, though nobody took it out.
_LYING = (
    select(MEMBER.c.case_id, DEVICE.c.id, DEVICE.c.asset_number)
    .join(DEVICE, MEMBER.c.device_id == DEVICE.c.id)
    .where(MEMBER.c.left_at.is_(None), DEVICE.c.retired_at.is_(None))
)
_MEMBERS = _LYING.where(MEMBER.c.case_id == bindparam("case")).order_by(*_ORDER)
_MEMBERS_OF = _LYING.where(MEMBER.c.case_id.in_(bindparam("cases", expanding=True))).order_by(*_ORDER)
_BOUND = BINDING.alias("bound")
_SELECT = select(CASE, _BOUND.c.number.label("tag")).select_from(
    CASE.outerjoin(_BOUND, and_(_BOUND.c.case_id == CASE.c.id, _BOUND.c.unbound_at.is_(None)))
)


class LoanOfMember(Card):
    number: str
    borrower: Borrower


class CaseMember(Card):
    """A device that has its place in the case. ``here``: it lies in the case and may go out with it."""

    asset_number: str
    call_number: int | None
    model: str
    pool: str
    kind: PoolKind
    state: DeviceState
    holds: list[HoldReason]
    loan: LoanOfMember | None
    place: str | None
    here: bool


class CaseCard(Card):
    """``members`` by call number; ``missing`` are the asset numbers of those that cannot go out with the case now."""

    code: str
    name: str
    tag: str | None
    place: str | None
    note: str | None
    members: list[CaseMember]
    missing: list[str]
    retired_at: datetime | None
    revision: int


class CaseList(Card):
    items: list[CaseCard]
    next: str | None
    total: int | None


def members_of(session: Session, case_id: int) -> list[int]:
    """Row numbers of the devices that have their place in a case, by call number."""
    return [int(row.id) for row in session.connection().execute(_MEMBERS, {"case": case_id})]


def case_by_code(session: Session, code: str) -> int | None:
    """Row number of the case with this label number, label URL or code, in any width and case; None without one."""
    connection = session.connection()
    number = tag_number_in(code)
    if number:
        bound = connection.execute(_OF_NUMBER, {"number": number}).scalar()
        if bound is not None:
            return int(bound)
    try:
        key = code_text(code)
    except NotText:
        return None
    found: Any = connection.execute(_OF_CODE, {"key": key}).scalar() if 0 < len(key) <= 32 else None
    return None if found is None else int(found)


def find_case(session: Session, code: str) -> Any:
    """The case's row, whatever the case its code was typed in.

    Raises:
        NotFound: there is no such case.
    """
    row = session.connection().execute(_SELECT.where(CASE.c.code_key == code.upper())).first()
    if row is None:
        raise NotFound(f"貸出ケース {code} は見つかりません。番号をたしかめてください。", case=code)
    return row


def case_card(session: Session, code: str) -> CaseCard:
    return _cards(session, [find_case(session, code)])[0]


def case_by_id(session: Session, case: int) -> CaseCard:
    return _cards(session, [session.connection().execute(_SELECT.where(CASE.c.id == case)).one()])[0]


def list_cases(
    session: Session,
    *,
    q: str | None = None,
    place: str | None = None,
    retired: bool = False,
    limit: int = 50,
    cursor: str | None = None,
    exact: bool = False,
) -> CaseList:
    """A page of cases by code: those in use, or with ``retired`` those that are in use no more."""
    query = _SELECT.where(CASE.c.retired_at.is_not(None) if retired else CASE.c.retired_at.is_(None))
    if place:
        query = query.where(CASE.c.place == place)
    if q:
        number = exists().where(
            BINDING.c.case_id == CASE.c.id,
            BINDING.c.unbound_at.is_(None),
            BINDING.c.number.startswith(fold(q), autoescape=True),
        )
        query = query.where(or_(CASE.c.search.contains(fold(q), autoescape=True), number))
    total = keyset.total(session, query, exact=exact)
    if cursor:
        query = query.where(CASE.c.code_key > keyset.after(cursor, str)[0])
    rows = session.connection().execute(query.order_by(CASE.c.code_key).limit(limit + 1)).all()
    following = keyset.cursor_of(rows[limit - 1].code_key) if len(rows) > limit else None
    return CaseList(items=_cards(session, rows[:limit]), next=following, total=total)


def list_case_places(session: Session) -> list[str]:
    """Every place where a case in use is."""
    query = select(CASE.c.place).where(CASE.c.place.is_not(None), CASE.c.retired_at.is_(None))
    return sorted(session.connection().execute(query.distinct()).scalars())


def is_with(case_place: str | None, device_place: str | None) -> bool:
    """Whether a member lies where its case lies. A place that nobody wrote down contradicts none."""
    return case_place is None or device_place is None or case_place == device_place


def _cards(session: Session, rows: Sequence[Any]) -> list[CaseCard]:
    """Four statements for any number of cases: who lies in them, and the three that make the devices' cards."""
    if not rows:
        return []
    lying = session.connection().execute(_MEMBERS_OF, {"cases": [row.id for row in rows]}).all()
    cards = {card.asset_number: card for card in device_cards(session, [member.id for member in lying])}
    members: dict[int, list[DeviceCard]] = {row.id: [] for row in rows}
    for member in lying:
        members[member.case_id].append(cards[member.asset_number])
    return [_card(row, [_member(row.place, device) for device in members[row.id]]) for row in rows]


def _member(case_place: str | None, device: DeviceCard) -> CaseMember:
    loan = LoanOfMember(number=device.loan.number, borrower=device.loan.borrower) if device.loan else None
    return CaseMember(
        asset_number=device.asset_number,
        call_number=device.call_number,
        model=device.model,
        pool=device.pool,
        kind=device.kind,
        state=device.state,
        holds=list(dict.fromkeys(hold.reason for hold in device.holds)),
        loan=loan,
        place=device.place,
        here=device.state is DeviceState.IN_STOCK and is_with(case_place, device.place),
    )


def _card(row: Any, members: list[CaseMember]) -> CaseCard:
    return CaseCard(
        code=row.code,
        name=row.name,
        tag=row.tag,
        place=row.place,
        note=row.note,
        members=members,
        missing=[member.asset_number for member in members if not member.here],
        retired_at=row.retired_at,
        revision=row.revision,
    )
