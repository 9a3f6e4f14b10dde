"""Contracts as cards: one, a list, and the sums of a fiscal year. Parts of an amount are derived, never stored."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import Session, SQLModel

from inventory import keyset
from inventory.errors import NotFound
from inventory.shapes import Card, row_id

_tables = SQLModel.metadata.tables
CONTRACT, CONTRACT_VENUE, VENUE = _tables["contract"], _tables["contract_venue"], _tables["venue"]


class CoveredVenue(Card):
    """``share_yen`` is what the contract says; ``part_yen`` is that, or an equal part of what is left of the amount."""

    code: str
    name: str
    share_yen: int | None
    part_yen: int | None


class ContractCard(Card):
    id: str
    number: str
    title: str
    contractor: str
    fiscal_year: int
    signed_on: date | None
    until_on: date | None
    funding: str | None
    amount_yen: int | None
    budget_yen: int | None
    carried_yen: int | None
    executed_yen: int | None
    note: str | None
    venues: list[CoveredVenue]
    revision: int

    @property
    def unused_yen(self) -> int | None:
        """不用額: what is left of the budget when nothing more is paid or carried over."""
        if self.budget_yen is None:
            return None
        return self.budget_yen - (self.executed_yen or 0) - (self.carried_yen or 0)


class ContractList(Card):
    items: list[ContractCard]
    next: str | None
    total: int | None


class YearOfContracts(Card):
    """The sums of the contracts of one fiscal year; an amount that is not known counts as nothing."""

    fiscal_year: int
    contracts: int
    amount_yen: int
    budget_yen: int
    executed_yen: int
    carried_yen: int


def contract_card(session: Session, contract: str) -> ContractCard:
    row = find_contract(session, contract)
    return _card(row, covered(session, [row.id])[row.id])


def find_contract(session: Session, contract: str) -> Any:
    """The row of a contract by its id.

    Raises:
        NotFound: there is none.
    """
    row = session.connection().execute(select(CONTRACT).where(CONTRACT.c.id == row_id(contract))).first()
    if row is None:
        raise NotFound("その契約は見つかりません。一覧から選んでください。")
    return row


def list_contracts(
    session: Session,
    *,
    fiscal_year: int | None = None,
    venue: str | None = None,
    q: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
    exact: bool = False,
) -> ContractList:
    """A page of contracts, the newest fiscal year first, within it by number. ``venue`` is a code."""
    query = select(CONTRACT)
    if fiscal_year is not None:
        query = query.where(CONTRACT.c.fiscal_year == fiscal_year)
    if venue is not None:
        covers = (
            select(CONTRACT_VENUE.c.contract_id)
            .join(VENUE, VENUE.c.id == CONTRACT_VENUE.c.venue_id)
            .where(VENUE.c.code == venue, CONTRACT_VENUE.c.undone_entry.is_(None))
        )
        query = query.where(CONTRACT.c.id.in_(covers))
    if q:
        named = (CONTRACT.c.number, CONTRACT.c.title, CONTRACT.c.contractor)
        query = query.where(or_(*(column.contains(q.strip(), autoescape=True) for column in named)))
    total = keyset.total(session, query, exact=exact)
    order = [-CONTRACT.c.fiscal_year, CONTRACT.c.number, CONTRACT.c.id]
    if cursor:
        query = query.where(keyset.beyond(order, keyset.after(cursor, int, str, int)))
    rows = session.connection().execute(query.order_by(*order).limit(limit + 1)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    following = keyset.cursor_of(-last.fiscal_year, last.number, last.id) if last else None
    venues = covered(session, [row.id for row in rows[:limit]])
    return ContractList(items=[_card(row, venues[row.id]) for row in rows[:limit]], next=following, total=total)


def years_of_contracts(session: Session) -> list[YearOfContracts]:
    """The sums of each fiscal year that has a contract, the newest first."""
    sums = [func.coalesce(func.sum(CONTRACT.c[name]), 0).label(name) for name in _SUMMED]
    query = (
        select(CONTRACT.c.fiscal_year, func.count().label("contracts"), *sums)
        .group_by(CONTRACT.c.fiscal_year)
        .order_by(CONTRACT.c.fiscal_year.desc())
    )
    # PostgreSQL adds bigints up to a numeric.
    return [
        YearOfContracts.model_validate({name: int(value) for name, value in row._mapping.items()})
        for row in session.connection().execute(query)
    ]


_SUMMED = ("amount_yen", "budget_yen", "executed_yen", "carried_yen")


def fundings(session: Session) -> list[str]:
    """The funding sources that contracts name, for a field that offers them."""
    query = select(CONTRACT.c.funding).where(CONTRACT.c.funding.is_not(None)).distinct().order_by(CONTRACT.c.funding)
    return list(session.connection().execute(query.limit(100)).scalars())


def covered(session: Session, contracts: Iterable[int]) -> dict[int, list[Any]]:
    """Rows ``id, code, name, share_yen`` of the venues that each contract covers, by kana, in one query."""
    ids = list(contracts)
    found: dict[int, list[Any]] = {contract: [] for contract in ids}
    query = (
        select(CONTRACT_VENUE.c.contract_id, CONTRACT_VENUE.c.share_yen, VENUE.c.id, VENUE.c.code, VENUE.c.name)
        .join(VENUE, VENUE.c.id == CONTRACT_VENUE.c.venue_id)
        .where(CONTRACT_VENUE.c.contract_id.in_(ids), CONTRACT_VENUE.c.undone_entry.is_(None))
        .order_by(VENUE.c.name_kana, VENUE.c.code)
    )
    for row in session.connection().execute(query):
        found[row.contract_id].append(row)
    return found


def parts(amount: int | None, shares: Sequence[int | None]) -> list[int | None]:
    """What each venue bears of an amount: its share, and of what is left an equal part, the odd yen from the first on.

    >>> parts(100, [None, 40, None, None])
    [20, 40, 20, 20]
    >>> parts(10, [None, None, None])
    [4, 3, 3]

    Without an amount only the shares are known.
    """
    unsaid = sum(1 for share in shares if share is None)
    if amount is None or not unsaid:
        return list(shares)
    each, odd = divmod(amount - sum(share for share in shares if share is not None), unsaid)
    found: list[int | None] = []
    for share in shares:
        if share is None:
            share = each + (odd > 0)
            odd -= 1
        found.append(share)
    return found


def _card(row: Any, venues: list[Any]) -> ContractCard:
    borne = parts(row.amount_yen, [one.share_yen for one in venues])
    covers = [
        CoveredVenue(code=one.code, name=one.name, share_yen=one.share_yen, part_yen=part)
        for one, part in zip(venues, borne, strict=True)
    ]
    return ContractCard.model_validate({**row._mapping, "id": str(row.id), "venues": covers})
