"""Contracts, lines and the costs of the rollout as files, with the filters of their pages."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from fastapi import Query, Response
from sqlmodel import Session

from api.exports import FILE, Word, Words, Written
from api.json_doors import json_router
from api.problems import problems
from api.spreadsheets import Cell, Table
from api.transactions import Look, Now
from api.visitors import READERS
from api.wifi_words import LINE
from inventory.calendar import fiscal_year_name
from inventory.contract_lists import ContractCard, CoveredVenue, list_contracts
from inventory.lines import LineCard, every_line
from inventory.wifi_costs import VenueCost, costs

json = json_router("exports")
_ANSWER: dict[str, Any] = {"dependencies": [READERS], "response_class": Response, "responses": {200: FILE}}
_OF_A_PROGRAMME: dict[str, Any] = _ANSWER | {"responses": {200: FILE, **problems("not-found")}}
EVERYTHING = "-"
# Rows that one statement reads.
_STEP = 500

_Covered = tuple[ContractCard, CoveredVenue | None, bool]
# What a contract says as a whole stands in the row of its first hall alone, so that a column can be added up.
_CONTRACTS: Sequence[tuple[str, Callable[[_Covered], Cell]]] = (
    ("年度", lambda row: fiscal_year_name(row[0].fiscal_year)),
    ("契約番号", lambda row: row[0].number),
    ("件名", lambda row: row[0].title),
    ("契約の相手", lambda row: row[0].contractor),
    ("契約した日", lambda row: row[0].signed_on),
    ("履行期限", lambda row: row[0].until_on),
    ("財源", lambda row: row[0].funding),
    ("契約金額（円）", lambda row: row[0].amount_yen if row[2] else None),
    ("予算現額（円）", lambda row: row[0].budget_yen if row[2] else None),
    ("執行済額（円）", lambda row: row[0].executed_yen if row[2] else None),
    ("翌年度繰越額（円）", lambda row: row[0].carried_yen if row[2] else None),
    ("会場コード", lambda row: row[1].code if row[1] else None),
    ("会場", lambda row: row[1].name if row[1] else None),
    ("館の額（円）", lambda row: row[1].part_yen if row[1] else None),
    ("館の額の決め方", lambda row: None if row[1] is None else "等分" if row[1].share_yen is None else "契約のとおり"),
    ("メモ", lambda row: row[0].note if row[2] else None),
)
_LINES: Sequence[tuple[str, Callable[[LineCard], Cell]]] = (
    ("会場コード", lambda card: card.venue),
    ("会場", lambda card: card.venue_name),
    ("事業者", lambda card: card.provider),
    ("種類", lambda card: LINE[card.kind]),
    ("回線番号", lambda card: card.circuit),
    ("契約の速さ（Mbps）", lambda card: card.speed_mbps),
    ("毎月の費用（円）", lambda card: card.monthly_yen),
    ("使い始めた日", lambda card: card.from_on),
    ("最後の日", lambda card: card.until_on),
    ("契約", lambda card: card.contract_name),
    ("メモ", lambda card: card.note),
)
_COSTS: Sequence[tuple[str, Callable[[VenueCost], Cell]]] = (
    ("年度", lambda row: fiscal_year_name(row.fiscal_year)),
    ("会場コード", lambda row: row.code),
    ("会場", lambda row: row.name or "館を選んでいない契約"),
    ("契約の執行済額（円）", lambda row: row.executed_yen),
    ("回線の費用（円）", lambda row: row.lines_yen),
    ("合計（円）", lambda row: row.total_yen),
    ("翌年度繰越額（円）", lambda row: row.carried_yen),
)


def contracts_table(session: Session, /, **filters: Any) -> Table:
    """A row for each hall of each contract; a contract that covers none has one row."""
    rows: list[_Covered] = []
    cursor: str | None = None
    while True:
        page = list_contracts(session, limit=_STEP, cursor=cursor, **filters)
        for card in page.items:
            rows += [(card, venue, at == 0) for at, venue in enumerate(card.venues or [None])]
        cursor = page.next
        if cursor is None:
            return _table("契約", _CONTRACTS, rows)


def _table(title: str, columns: Sequence[tuple[str, Callable[[Any], Cell]]], things: Sequence[Any]) -> Table:
    header = tuple(name for name, _ in columns)
    return Table(title, header, [[cell(thing) for _, cell in columns] for thing in things])


@json.get("/api/exports/contracts.{form}", **_ANSWER)
async def contracts(
    look: Look,
    written: Written,
    q: Words = None,
    fiscal_year: Annotated[int | None, Query(ge=1989, le=2998)] = None,
    venue: Word = None,
) -> Response:
    """Contracts with what each of their halls bears; one row per hall."""
    table = await look.read(contracts_table, q=q or None, fiscal_year=fiscal_year, venue=venue or None)
    return await written("contracts", table)


def lines_table(session: Session) -> Table:
    return _table("回線", _LINES, every_line(session))


@json.get("/api/exports/lines.{form}", **_ANSWER)
async def lines(look: Look, written: Written) -> Response:
    """The lines of all venues, also those that have ended."""
    return await written("lines", await look.read(lines_table))


def costs_table(session: Session, /, **asked: Any) -> Table:
    return _table("Wi-Fi整備の費用", _COSTS, costs(session, **asked).venues)


@json.get("/api/exports/wifi_costs.{form}", **_OF_A_PROGRAMME)
async def wifi_costs(look: Look, written: Written, now: Now, programme: Word = None) -> Response:
    """What the wifi of each hall cost in each fiscal year; without a programme the newest, - for all halls."""
    everything = programme == EVERYTHING
    table = await look.read(costs_table, now=now, programme=programme or None, everything=everything)
    return await written("wifi_costs", table)
