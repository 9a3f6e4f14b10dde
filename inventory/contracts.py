"""Contracts of the wifi rollout: one record over one venue or many, with its budget and what was paid. Yen with tax."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints, model_validator
from sqlalchemy import insert, select, update
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.contract_lists import CONTRACT, ContractCard, contract_card, covered, find_contract
from inventory.errors import Invalid
from inventory.journal import By
from inventory.revisions import must_be_current
from inventory.shapes import BlankIsNone, LongName, LongNote, ModelName, OneLine, OptionalDay, Shape

_tables = SQLModel.metadata.tables
CONTRACT_VENUE, VENUE = _tables["contract_venue"], _tables["venue"]
# The largest amount that a city of a million people writes into one contract, and ten times that.
MOST_YEN = 999_999_999_999

ContractNumber = Annotated[str, StringConstraints(max_length=40), OneLine]
FiscalYear = Annotated[int, Field(ge=1989, le=2998)]
Amount = Annotated[Annotated[int, Field(ge=0, le=MOST_YEN)] | None, BlankIsNone]
Funding = Annotated[ModelName | None, BlankIsNone]


class VenueShare(Shape):
    """A venue that the contract covers; ``share_yen`` is its part of the amount, where the contract says so."""

    venue: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    share_yen: Amount = None


def _of_code(value: Any) -> Any:
    return {"venue": value} if isinstance(value, str) else value


Covered = Annotated[VenueShare, BeforeValidator(_of_code, json_schema_input_type=VenueShare | str)]
Venues = Annotated[list[Covered], Field(max_length=500)]


class ContractFields(Shape):
    """``budget_yen`` is the 予算現額, ``executed_yen`` the 執行済額, ``carried_yen`` the 翌年度繰越額."""

    signed_on: OptionalDay = None
    until_on: OptionalDay = None
    funding: Funding = None
    amount_yen: Amount = None
    budget_yen: Amount = None
    carried_yen: Amount = None
    executed_yen: Amount = None
    note: LongNote = None


class NewContract(ContractFields):
    number: ContractNumber
    title: LongName
    contractor: ModelName
    fiscal_year: FiscalYear
    venues: Venues = []

    @model_validator(mode="after")
    def _each_venue_once(self) -> "NewContract":
        _once(self.venues)
        return self


class ContractChange(ContractFields):
    """Fields left out stay as they are; null empties a field. ``venues`` are all that are covered from now on."""

    number: ContractNumber | None = None
    title: LongName | None = None
    contractor: ModelName | None = None
    fiscal_year: FiscalYear | None = None
    venues: Venues | None = None

    @model_validator(mode="after")
    def _each_venue_once(self) -> "ContractChange":
        _once(self.venues or [])
        return self


_REQUIRED = ("number", "title", "contractor", "fiscal_year")


def create_contract(session: Session, order: NewContract, *, by: By, now: datetime, op_id: str) -> ContractCard:
    """Enter a contract and the venues it covers.

    Raises:
        Invalid: the number is taken in its fiscal year, a venue is unknown, or the amounts do not agree.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    fields = order.model_dump(exclude={"venues"})
    _must_agree(session, fields, order.venues, own=None)
    wanted = _venue_rows(session, order.venues)
    row = session.connection().execute(insert(CONTRACT).values(fields | {"revision": 1, "entry": entry}))
    assert row.inserted_primary_key is not None
    contract = row.inserted_primary_key[0]
    for venue, share in wanted.items():
        _cover(session, contract, venue, share, entry)
    journal.note(session, "create_contract", contract=contract, venues=[one.venue for one in order.venues])
    return contract_card(session, str(contract))


def change_contract(
    session: Session, change: ContractChange, *, contract: str, revision: int, by: By, now: datetime, op_id: str
) -> ContractCard:
    """Change what the order names; ``revision`` is the one the caller has seen. A venue taken out stays on record.

    Raises:
        NotFound: there is no such contract.
        Invalid: as for a new one.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = find_contract(session, contract)
    must_be_current(row.revision, revision)
    given = {
        name: value
        for name, value in change.model_dump(exclude_unset=True, exclude={"venues"}).items()
        if value is not None or name not in _REQUIRED
    }
    merged = {**row._mapping, **given}
    stands = covered(session, [row.id])[row.id]
    venues: Sequence[VenueShare] = (
        change.venues
        if change.venues is not None
        else [VenueShare(venue=one.code, share_yen=one.share_yen) for one in stands]
    )
    _must_agree(session, merged, venues, own=row.id)
    session.connection().execute(
        update(CONTRACT).where(CONTRACT.c.id == row.id).values(**given, revision=row.revision + 1)
    )
    if change.venues is not None:
        _cover_these(session, row.id, _venue_rows(session, venues), entry)
    journal.note(
        session,
        "change_contract",
        contract=row.id,
        fields=sorted(change.model_fields_set),
        venues=[one.venue for one in venues],
    )
    return contract_card(session, contract)


def _once(venues: Sequence[VenueShare]) -> None:
    codes = [one.venue for one in venues]
    if len(codes) != len(set(codes)):
        raise ValueError("同じ会場が2度あります。1つにしてください")


def _must_agree(session: Session, fields: dict[str, Any], venues: Sequence[VenueShare], *, own: int | None) -> None:
    """Refuse what no contract can say; each sentence stands beside the field to look at."""
    taken = select(CONTRACT.c.title).where(
        CONTRACT.c.fiscal_year == fields["fiscal_year"],
        CONTRACT.c.number == fields["number"],
        CONTRACT.c.id != (own or 0),
    )
    title = session.connection().execute(taken).scalar()
    if title is not None:
        raise Invalid.field(
            "number",
            f"契約番号 {fields['number']} は、同じ年度の「{title}」が使っています。番号か年度をたしかめてください。",
        )
    if fields["signed_on"] and fields["until_on"] and fields["until_on"] < fields["signed_on"]:
        raise Invalid.field("until_on", "履行期限は、契約した日より後にしてください。")
    budget, spent = fields["budget_yen"], (fields["executed_yen"] or 0) + (fields["carried_yen"] or 0)
    if budget is not None and spent > budget:
        raise Invalid.field(
            "executed_yen",
            f"執行済額と翌年度繰越額を合わせると{spent:,}円で、予算現額の{budget:,}円をこえます。"
            "どれかの額を直してください。",
        )
    amount, shares = fields["amount_yen"], [one.share_yen for one in venues if one.share_yen is not None]
    if amount is not None and sum(shares) > amount:
        raise Invalid.field(
            "venues",
            f"館ごとの額を合わせると{sum(shares):,}円で、契約金額の{amount:,}円をこえます。"
            "館ごとの額か契約金額を直してください。",
        )


def _venue_rows(session: Session, venues: Sequence[VenueShare]) -> dict[int, int | None]:
    """Row numbers of venues with their shares.

    Raises:
        Invalid: there is no venue of one of the codes.
    """
    codes = [one.venue for one in venues]
    found = session.connection().execute(select(VENUE.c.code, VENUE.c.id).where(VENUE.c.code.in_(codes)))
    ids: dict[str, int] = {row.code: row.id for row in found}
    unknown = [code for code in codes if code not in ids]
    if unknown:
        raise Invalid.field("venues", f"会場 {unknown[0]} は見つかりません。一覧から選び直してください。")
    return {ids[one.venue]: one.share_yen for one in venues}


def _cover_these(session: Session, contract: int, wanted: dict[int, int | None], entry: int) -> None:
    """Have the contract cover these venues: rows that say otherwise are undone, never overwritten."""
    open_rows = select(CONTRACT_VENUE.c.id, CONTRACT_VENUE.c.venue_id, CONTRACT_VENUE.c.share_yen).where(
        CONTRACT_VENUE.c.contract_id == contract, CONTRACT_VENUE.c.undone_entry.is_(None)
    )
    kept = set()
    for row in session.connection().execute(open_rows).all():
        if row.venue_id in wanted and wanted[row.venue_id] == row.share_yen:
            kept.add(row.venue_id)
        else:
            undo = update(CONTRACT_VENUE).where(CONTRACT_VENUE.c.id == row.id).values(undone_entry=entry)
            session.connection().execute(undo)
    for venue, share in wanted.items():
        if venue not in kept:
            _cover(session, contract, venue, share, entry)


def _cover(session: Session, contract: int, venue: int, share: int | None, entry: int) -> None:
    values = {"contract_id": contract, "venue_id": venue, "share_yen": share, "entry": entry}
    session.connection().execute(insert(CONTRACT_VENUE).values(values))
